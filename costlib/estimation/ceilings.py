"""The most that a request can cost, before it is sent: what a budget has to set aside for it.

Its input is known, at the upper end where counting is an estimate; its output is no more than
`max_tokens`. Exact US dollars. Lesson 5 reserves this sum; live mode does the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from costlib.pricing.cost import EXACT, cost_of
from costlib.pricing.prices import rate_card
from costlib.pricing.regions import place_of
from costlib.tokens.text import Count
from costlib.usage.beside import searches_always
from costlib.usage.record import Usage, whole_number

_WRITES = ("cache_write_5m", "cache_write_30m", "cache_write_1h", "cache_write_12h")


def ceiling(
    model: str,
    input_tokens: int | Count,
    max_tokens: int,
    *,
    provider: str | None = None,
    tiers: str | Iterable[str] = "standard",
    attempts: int = 1,
    cache_writes: bool = True,
    at: date | datetime | None = None,
    region: str | None = None,
) -> Decimal:
    """USD at the dearest rates that may apply: input plain or written to a cache, any tier.

    `region` is where the work has to stay, and a part of the price as in `cost_of`: "us" for
    Anthropic's `inference_geo` or for us.api.openai.com, "bedrock/eu" through a cloud. Of an
    estimated `Count` the high end is taken. `attempts` is how often the SDK may send the request
    before it gives up (its `max_retries` + 1): an attempt that timed out may be billed.
    `cache_writes=False` is for a request of which nothing can be written to a cache: none of it is
    marked, and the model caches nothing by itself. Tiers and cache writes that the model has no
    rate for are passed over. The fee of a model that searches the web before each answer is in it;
    tools that the provider runs are not. Raises LookupError when none is left or no price in the
    region is known, ValueError for counts that are impossible.
    """
    sent = input_tokens.high if isinstance(input_tokens, Count) else input_tokens
    if not (attempts := whole_number("attempts", attempts)):
        raise ValueError("attempts=0 would send nothing: give 1 or more")
    uses = _uses(model, sent, whole_number("max_tokens", max_tokens), cache_writes)
    tiers = (tiers,) if isinstance(tiers, str) else tuple(tiers)
    found = []
    for tier in tiers:
        about: dict[str, Any] = {"provider": provider, "tier": tier, "at": at, "region": region}
        for usage in uses:
            with suppress(LookupError):
                found.append(cost_of(usage, model, **about).total)
    if not found:
        for tier in tiers if place_of(region) else ():
            rate_card(model, provider=provider, tier=tier, at=at, region=region)  # says what lacks
        raise LookupError(
            f"{model!r} has no published rate in {', '.join(tiers) or 'no tier at all'}: choose a "
            "model of costlib.pricing.models(), and a tier that it has"
        )
    return EXACT.multiply(max(found), attempts)


def _uses(model: str, sent: int, written: int, cache_writes: bool) -> list[Usage]:
    """What a call may turn out to use: its input plain, or all of it written for a lifetime."""
    plain = Usage(
        input_tokens=sent, output_tokens=written, web_searches=int(searches_always(model))
    )
    lifetimes: list[dict[str, Any]] = [{f"{name}_tokens": sent} for name in _WRITES]
    return [plain, *(replace(plain, **each) for each in lifetimes if cache_writes)]
