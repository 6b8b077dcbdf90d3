"""What a call on the offline provider costs above a canned reply, and what 100,000 calls keep.

Time, by `python -m costlib bench`: the official SDK on the offline provider, and on
`httpx2.MockTransport` with the same reply already written; the prompt has 7,000 tokens and is warm
(only the question at its end is new each time). Memory, by

    python tests/benchmarks/bench_provider.py [number of calls]

is the resident set before and after so many calls on one organisation, each with a new question
after the same instructions.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path
from time import perf_counter

import httpx2
import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from costlib.provider import Provider, connect  # noqa: E402
from costlib.tokens.text import count_text  # noqa: E402

MODELS = {"gpt-4.1": "openai", "gpt-6.1-sol": "openai", "claude-opus-5-5": "anthropic"}
SENTENCE = "Fees are shown before they are taken, and nothing else is needed. "


def instructions(model: str, tokens: int = 7_000) -> str:
    """A text of so many tokens of the model."""
    return SENTENCE * (tokens * 100 // count_text(SENTENCE * 100, model).tokens)


def caller(vendor: str, model: str, client: object, system: str) -> Callable[[str], object]:
    """One call with a question."""
    if vendor == "openai":
        return lambda question: client.chat.completions.create(  # type: ignore[attr-defined]
            model=model,
            messages=[
                {"role": "developer", "content": system},
                {"role": "user", "content": question},
            ],
        )
    marked = [{"type": "text", "text": system, "cache_control": {"type": "ephemeral"}}]
    return lambda question: client.messages.create(  # type: ignore[attr-defined]
        model=model,
        max_tokens=1_000,
        system=marked,
        messages=[{"role": "user", "content": question}],
    )


def canned(vendor: str, body: bytes) -> object:
    """The same SDK client on a transport that always gives this reply."""
    reply = httpx2.Response(200, headers={"content-type": "application/json"}, content=body)
    transport = httpx2.MockTransport(
        lambda request: httpx2.Response(200, headers=reply.headers, content=body)
    )
    http_client = httpx2.Client(transport=transport)
    if vendor == "openai":
        from openai import OpenAI

        return OpenAI(api_key="x", http_client=http_client)
    from anthropic import Anthropic

    return Anthropic(api_key="x", http_client=http_client)


@pytest.mark.parametrize("model", MODELS)
def bench_call(race: Callable[..., None], model: str) -> None:
    """a warm call of 7,000 tokens"""
    vendor = MODELS[model]
    system, questions = instructions(model), count()
    offline = caller(vendor, model, connect(vendor), system)
    body = offline("Warm?").model_dump_json().encode()  # type: ignore[attr-defined]
    with_canned_reply = caller(vendor, model, canned(vendor, body), system)
    race(
        lambda: offline(f"Where is card number {next(questions)}?"),
        lambda: with_canned_reply(f"Where is card number {next(questions)}?"),
        against="the SDK with the reply already written",
    )


def resident() -> float:
    """Memory of this process in MB (Linux: from /proc; elsewhere the peak)."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (
        2**20 if sys.platform == "darwin" else 2**10
    )


def memory(vendor: str, model: str, calls: int) -> None:
    """Print what one organisation keeps after so many calls, a second apart."""
    provider = Provider()
    call = caller(vendor, model, connect(vendor, provider=provider), instructions(model, 1_500))
    for number in range(200):
        call(f"Warm {number}?")
    gc.collect()
    before, start = resident(), perf_counter()
    for number in range(calls):
        call(f"Where is card number {number}?")
        provider.clock.advance(seconds=1)
    gc.collect()
    print(
        f"{model}: {calls:,} calls in {perf_counter() - start:.0f} s keep "
        f"{resident() - before:.0f} MB, {len(provider.log):,} records"
    )


def main() -> None:
    calls = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    memory("openai", "gpt-6.1-sol", calls)


if __name__ == "__main__":
    main()
