"""How long a call would have taken: seconds to the first token, and tokens per second after it.

Every number here is modelled: plausible for 2026, measured nowhere, and not evidence of anything.
`Record.first_token` and `Record.latency` come from here. Lesson 8 compares predictions with it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple


class Latency(NamedTuple):
    """Seconds from the request to the first visible token, and to the last one."""

    first_token: float
    total: float


class Speed(NamedTuple):
    """A row of the model: seconds before the first token, and tokens per second after it."""

    prefix: str
    wait: float
    tokens_per_second: float


# Longest prefix wins. gpt-4o and gpt-4.1: the one published measurement of a prediction (Simon
# Willison, 2024-11-04: 118 tokens in 5.2 s) gives about 25 tokens/s with half a second of wait.
SPEEDS = (
    Speed("", 0.6, 60.0),
    Speed("gpt-4", 0.5, 25.0),
    Speed("gpt-4.1-mini", 0.4, 60.0),
    Speed("gpt-4.1-nano", 0.3, 110.0),
    Speed("gpt-4o-mini", 0.4, 60.0),
    Speed("gpt-5", 0.8, 70.0),
    Speed("gpt-5-mini", 0.6, 100.0),
    Speed("gpt-5-nano", 0.5, 150.0),
    Speed("gpt-5.6-luna", 0.4, 150.0),
    Speed("gpt-6-astra", 1.2, 45.0),
    Speed("gpt-6-luna", 0.3, 180.0),
    Speed("claude-fable", 1.2, 40.0),
    Speed("claude-opus", 1.0, 55.0),
    Speed("claude-sonnet", 0.7, 75.0),
    Speed("claude-haiku", 0.4, 140.0),
)
# How much longer the wait is, and how many times faster the tokens come; by tier served.
TIERS = {"flex": (8.0, 0.7), "priority": (0.6, 1.6), "fast": (0.6, 2.5), "ultrafast": (0.6, 6.0)}
_PREFILL, _CACHED_PREFILL = 12_000.0, 120_000.0  # input tokens read per second


def latency_of(model: str, tier: str | None, usage: Mapping[str, Any]) -> Latency:
    """The latency of a request, from the usage of its reply.

    Predicted tokens, accepted or rejected, are checked many at a time and so take no time: that
    gives the published measurement's 3.3 s (226 tokens, 49 accepted, 107 rejected).
    """
    speed = max(
        (row for row in SPEEDS if model.startswith(row.prefix)), key=lambda row: len(row.prefix)
    )
    slower, faster = TIERS.get(tier or "", (1.0, 1.0))
    read = _number(usage, "input_tokens") or _number(usage, "prompt_tokens")
    details = usage.get("prompt_tokens_details") or usage.get("input_tokens_details") or {}
    cached = _number(details, "cached_tokens") + _number(usage, "cache_read_input_tokens")
    fresh = read - _number(details, "cached_tokens")
    fresh += _number(usage, "cache_creation_input_tokens")
    written = _number(usage, "output_tokens") or _number(usage, "completion_tokens")
    output = usage.get("completion_tokens_details") or usage.get("output_tokens_details") or {}
    hidden = _number(output, "reasoning_tokens") or _number(output, "thinking_tokens")
    predicted = _number(output, "accepted_prediction_tokens")
    predicted += _number(output, "rejected_prediction_tokens")
    rate = speed.tokens_per_second * faster
    wait = speed.wait * slower + fresh / _PREFILL + cached / _CACHED_PREFILL
    return Latency(
        round(wait + hidden / rate, 3), round(wait + max(0, written - predicted) / rate, 3)
    )


def _number(usage: Mapping[str, Any], name: str) -> int:
    return usage.get(name) or 0
