"""Prompt caching: what it costs on a model, and when that pays.

A cached token costs twice: once written, at a premium, and then read, at a fraction. So a price is
given here as two *multiples* of the input price, `read` (0.05, say) and `write` (1.25), always
computed from the dated rate card, because they differ from model to model. The closed forms say
how many reuses, which share of reads and which length pay for that; `cache_replay` says what would
have happened to real requests. Units: tokens, seconds, Decimal USD. Taught in lesson 7.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from costlib.faces import counted_as_usual
from costlib.pricing.numbers import LEAST, plausible
from costlib.pricing.prices import RateCard, find_model, rate_card
from costlib.provider.caches.families import rule_of

# --- Prices -----------------------------------------------------------------------------------


@dataclass(frozen=True)
@counted_as_usual
class CachePrices:
    """What caching costs on a model: `write` and `seconds` have an entry for each lifetime.

    Rates are USD per million tokens. `minimum` is the shortest prefix, in tokens, that is cached.
    Where a vendor charges nothing extra for writing, `write` is the price of ordinary input.
    """

    card: RateCard
    minimum: int
    write: Mapping[str, Decimal]
    seconds: Mapping[str, float]

    @property
    def input(self) -> Decimal:
        """The rate of input that is neither read nor written."""
        return self.card.published("input")

    @property
    def read(self) -> Decimal:
        """The rate of input that is read from a cache."""
        return self.card.published("cached_input")

    def multiples(self, lifetime: str) -> tuple[Decimal, Decimal]:
        """Read and write as multiples of the input price; LookupError for another lifetime."""
        return self.read / self.input, self.write[self.checked(lifetime)] / self.input

    def checked(self, lifetime: str) -> str:
        """The name of a lifetime, if the model has it; LookupError otherwise."""
        if lifetime not in self.write:
            raise LookupError(
                f"lifetime {lifetime!r} is not one of {self.card.model}: "
                f"choose {' or '.join(map(repr, self.write))}"
            )
        return lifetime


def cache_prices(
    model: str,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
) -> CachePrices:
    """The cache prices and rules of a model of OpenAI or Anthropic on a date (None: `AS_OF`).

    Raises LookupError for a model that is unknown, or that does not cache.
    """
    found = find_model(model, provider)
    rule = rule_of(found.provider, found.id, {})
    card = rate_card(model, provider=provider, tier=tier, at=at)
    if rule is None or card.rates["cached_input"] is None:
        raise LookupError(
            f"{found.id!r} has no prompt cache with known rules and a published rate: choose a "
            "model of OpenAI or Anthropic that has a cached rate (rate_card shows it)"
        )
    if rule.match == "tokens":  # OpenAI up to gpt-5.5: writing costs nothing extra
        write = dict.fromkeys(rule.lifetimes, card.published("input"))
    else:
        rates = {name: card.rates.get(f"cache_write_{name}") for name in rule.lifetimes}
        write = {name: rate for name, rate in rates.items() if rate is not None}
    return CachePrices(card, rule.minimum, write, {name: rule.lifetimes[name] for name in write})


# --- When it pays: closed forms ---------------------------------------------------------------


def reuses_to_pay(read: float | Decimal, write: float | Decimal) -> int:
    """The fewest reuses from which one write and its reads cost less than no caching.

    With n reuses, write + n x read < 1 + n, so n > (write - 1) / (1 - read). Raises ValueError
    when a read is no cheaper than ordinary input.
    """
    read, write = _multiples(read, write)
    return max(1, math.floor((write - 1) / (1 - read)) + 1)


def hit_rate_to_pay(read: float | Decimal, write: float | Decimal) -> float:
    """The share of a prefix's tokens that must be read, the rest being written, to break even.

    With share h, h x read + (1 - h) x write = 1, so h = (write - 1) / (write - read).
    """
    read, write = _multiples(read, write)
    return float(max(Decimal(0), (write - 1) / (write - read)))


def length_to_pay(
    minimum: int, requests: int, read: float | Decimal, write: float | Decimal
) -> float:
    """From how many tokens on a prefix that is too short is worth filling up to the minimum.

    Filled up, it costs minimum x (write + (requests - 1) x read); as it is, length x requests.
    So the length is minimum x (read + (write - read) / requests) (OpenAI's guide gives this form).
    """
    read, write = _multiples(read, write)
    plausible("minimum", minimum)
    plausible("requests", requests, low=1)
    return float(minimum * (read + (write - read) / requests))


def pings_to_pay(read: float | Decimal, write: float | Decimal) -> int:
    """How many requests that only keep an entry alive cost less than to write it again.

    k pings and the read that follows cost (k + 1) x read, a new write costs `write`. With k pings
    a gap of up to (k + 1) lifetimes is bridged.
    """
    read, write = _multiples(read, write)
    return max(0, math.ceil((write - read) / read) - 1)


def _multiples(read: float | Decimal, write: float | Decimal) -> tuple[Decimal, Decimal]:
    plausible("read", read)
    plausible("write", write)
    read, write = Decimal(str(read)), Decimal(str(write))
    if not LEAST <= read < 1 <= write:
        raise ValueError(
            f"read={read} and write={write}: as multiples of the input price, a read lies between "
            "0 and 1 and a write is at least 1"
        )
    return read, write
