"""Test whether a gateway keeps your cache

Before you send traffic through a gateway or proxy, and after each change of it. It makes one call
twice; the second must read what the first wrote.
"""

from anthropic import Anthropic

client = Anthropic()  # base_url=... for your gateway


def keeps_the_cache(handbook, **more):
    system = [{"type": "text", "text": handbook, "cache_control": {"type": "ephemeral"}}]
    said = [{"role": "user", "content": "Answer with one word: ready?"}]
    first, second = (
        client.messages.create(system=system, messages=said, **more).usage for _ in range(2)
    )
    if not (first.cache_read_input_tokens or first.cache_creation_input_tokens):
        return "no breakpoint arrives, or the handbook is below the model's minimum"
    return "it reads" if second.cache_read_input_tokens else "each call has another cache"
