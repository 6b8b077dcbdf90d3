"""Test whether a gateway keeps your cache

Before you send traffic through a gateway or proxy, and after each change of it. It makes five calls
that begin alike; all but the first must read.
"""

from uuid import uuid4

from anthropic import Anthropic

client = Anthropic()  # base_url=... for your gateway


def keeps_the_cache(handbook, calls=5, **more):
    text = f"Test {uuid4()}\n{handbook}"  # nothing that an earlier test has written
    system = [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}]
    asked = ([{"role": "user", "content": f"Say {n}."}] for n in range(calls))
    first, *later = (
        client.messages.create(system=system, messages=said, **more).usage for said in asked
    )
    if not first.cache_creation_input_tokens:
        return "no breakpoint arrives, or the handbook is below the model's minimum"
    return f"{sum(bool(u.cache_read_input_tokens) for u in later)} of {calls - 1} later calls read"
