"""Lesson 7's calculator, Does a cache pay?: a day of requests that share a prefix, on a time line.

Tokens and USD at the rates of the course's as-of date, for the prefix alone: the rest of a request
costs the same with and without a cache. A day is like the day before, so an entry that lives long
enough is found again in the morning. An entry can be read a second after the request that wrote it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np

from costlib.caching.multiples import CachePrices, cache_prices, hit_rate_to_pay, reuses_to_pay
from costlib.caching.replays import one_prefix, replay
from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, choice, decades, model_choice, number
from costlib.display.amounts import counted, money
from costlib.display.figures import BLUE, VERMILION, Drawing
from costlib.display.tables import table
from costlib.display.templates import render
from costlib.pricing.prices import AS_OF, models, roles

DAYS = 30  # of the month
STARTS_AFTER = 1.0  # seconds until a response begins, and what it wrote can be read
BURST = 10
_DAY = 86_400
_SHOWN = 30  # requests on the time line
_LEFT, _WIDE, _LANE = 96, 340, 44  # pixels: names, the line, the height of a lane


@cache
def _models() -> tuple[tuple[str, str], ...]:
    """The models of the course's roles that have a prompt cache, and some of older families, as
    long as they can be called."""
    names = dict.fromkeys(r.model for r in roles() if r.provider in ("anthropic", "openai"))
    cached = []
    alive = {model.id for model in models(at=AS_OF)}
    for name in [*names, "claude-haiku-4-5", "gpt-5.5", "gpt-4.1"]:
        if name not in alive:
            continue
        try:
            cache_prices(name)
        except LookupError:
            continue
        cached.append((name, name))
    return tuple(cached)


def _arrivals() -> tuple[tuple[str, str], ...]:
    return (
        ("evenly", "evenly"),
        ("at random", "random"),
        (f"in bursts of {BURST} at once", "bursts"),
    )


@dataclass(frozen=True)
class CacheWay:
    """A lifetime, or None for no cache: which of a day's requests read, and the month in USD."""

    lifetime: str | None
    read: np.ndarray
    month: Decimal


def _name(way: CacheWay) -> str:
    return (way.lifetime or "none").replace("_", " ")


@dataclass(frozen=True)
class Day:
    """The seconds at which a day's requests come, and each way to serve them, cheapest first."""

    prices: CachePrices
    prefix: int
    seconds: np.ndarray
    ways: tuple[CacheWay, ...]

    @property
    def plain(self) -> CacheWay:
        """The way without a cache."""
        return next(way for way in self.ways if way.lifetime is None)


@dataclass(frozen=True)
class Prefix(Inputs):
    """A prefix, the model that reads it, and how often."""

    model: str = model_choice("Model", ("anthropic", "flagship"), _models)
    prefix: int = number(
        "Prefix that never changes, tokens",
        6_000,
        low=1,
        high=500_000,
        whole=True,
        stops=decades(100, 100_000),
    )
    an_hour: float = number("Requests an hour", 6.0, low=0.1, high=5_000, stops=decades(0.5, 1_000))
    hours: int = number("Hours a day", 9, low=1, high=24, whole=True)
    arrivals: str = choice("They come", "random", _arrivals)

    def result(self) -> Day:
        """The day, and what it costs with each of the model's lifetimes and without any."""
        prices = cache_prices(self.model)
        seconds = self._seconds()
        # Two days, of which the second counts: its first request may find what the first left.
        days = one_prefix(np.concatenate((seconds, seconds + _DAY)), self.prefix)
        nothing = np.zeros(len(seconds), bool)
        plain = one_prefix(seconds, self.prefix).sent.sum() * prices.input
        ways = [CacheWay(None, nothing, Decimal(plain).scaleb(-6) * DAYS)]
        for lifetime in prices.write:
            both = replay(
                days,
                prices.seconds[lifetime],
                minimum=prices.minimum,
                starts_after=STARTS_AFTER,
            )
            second = both.since(len(seconds))
            usd = second.usd(prices, lifetime) * DAYS
            ways.append(CacheWay(lifetime, second.read > 0, usd))
        return Day(prices, self.prefix, seconds, tuple(sorted(ways, key=lambda way: way.month)))

    def _seconds(self) -> np.ndarray:
        count, span = max(1, round(self.an_hour * self.hours)), self.hours * 3_600
        if self.arrivals == "bursts":
            return np.repeat(np.arange(0, count, BURST) * span / count, BURST)[:count]
        if self.arrivals == "evenly":
            return np.arange(count) * span / count
        return np.sort(np.random.default_rng(7).uniform(0, span, count))


@dataclass(frozen=True)
class TimeLine(Drawing):
    """The first requests of a day, a lane for each lifetime: long marks write, short ones read."""

    day: Day

    @property
    def width(self) -> float:
        """Pixels on the page."""
        return _LEFT + _WIDE

    @property
    def lanes(self) -> list[CacheWay]:
        """The ways that cache, shortest lifetime first."""
        by_lifetime = {way.lifetime: way for way in self.day.ways}
        seconds = self.day.prices.seconds
        return [by_lifetime[name] for name in sorted(seconds, key=lambda name: seconds[name])]

    @property
    def words(self) -> str:
        """What the drawing shows."""
        count = min(_SHOWN, len(self.day.seconds))
        minutes = self.day.seconds[count - 1] / 60
        written = {_name(way): int((~way.read[:count]).sum()) for way in self.lanes}
        if count == 1:
            one = [f"with {name} it {'writes' if n else 'reads'}" for name, n in written.items()]
            return f"The only request of a day: {', '.join(one)}."
        lanes = ", ".join(f"with {name} {n} write" for name, n in written.items())
        first = f"The first {count} requests of a day, {minutes:,.0f} minutes"
        return f"{first}: {lanes}; the others read."

    def svg(self) -> str:
        """A lane for each way; a request is a mark in it, placed by its time."""
        seconds = self.day.seconds[:_SHOWN]
        span = float(seconds[-1]) or 1.0
        lanes = []
        for place, way in enumerate(self.lanes, start=1):
            across = (_LEFT + _WIDE * float(at) / span for at in seconds)
            marks = list(zip(across, way.read[:_SHOWN], strict=True))
            lanes.append((_name(way), place * _LANE - 8, marks))
        return render(
            "calculators/time_line.svg",
            lanes=lanes,
            left=_LEFT,
            wide=_WIDE,
            high=_LANE * len(lanes) + 24,
            blue=BLUE,
            red=VERMILION,
        )


class CacheCalculator(Calculator):
    """Does a cache pay? Leave it as a cell's last expression, or start it with values:

    CacheCalculator(prefix=12_000, an_hour=60.0, arrivals="bursts")
    """

    title = "Does a cache pay?"
    inputs_type = Prefix

    def answer(self, result: Day) -> Finding:
        """Which way is cheapest, the time line, and every way with its break-even."""
        prices, best = result.prices, result.ways[0]
        plain = result.plain.month
        name = f"{prices.card.model}, {counted(len(result.seconds), 'request')} a day"
        if result.prefix < prices.minimum:
            return Finding(
                f"{name}: {money(plain)} a month for the prefix. It has "
                f"{counted(result.prefix, 'token')}, below this model's minimum of "
                f"{prices.minimum:,}, so nothing is cached, and nothing says so."
            )
        if best.lifetime is None:
            sentence = f"{name}: no cache is cheapest, {money(plain)} a month for the prefix."
        else:
            sentence = (
                f"{name}: a cache of {_name(best)} is cheapest, {money(best.month)} a month for "
                f"the prefix instead of {money(plain)}, {1 - best.month / plain:.0%} less."
            )
        notes = [
            "USD of a month of such days, for the prefix alone; output and the rest of the input "
            "cost the same in all rows.",
            "An entry can be read a second after the request that wrote it: of a burst that finds "
            "none, every request writes.",
        ]
        if "24h" in prices.write:  # OpenAI up to gpt-5.5, by its guide on prompt caching
            notes.append(
                "This model promises no lifetime: 24h is the longest, about 30 minutes are typical."
            )
        drawn = (TimeLine(result), table(self._rows(result), caption=f"Rates of {AS_OF}"))
        return Finding(sentence, drawn, tuple(notes))

    @staticmethod
    def _rows(day: Day) -> list[dict[str, object]]:
        rows = []
        for way in day.ways:
            row: dict[str, object] = {
                "cache": _name(way),
                "prefix, USD a month": money(way.month),
                "against none": None,
                "reads": None,
                "pays from reads of": None,
                "or from reuses": None,
            }
            if way.lifetime:
                multiples = day.prices.multiples(way.lifetime)
                row |= {
                    "against none": f"{way.month / day.plain.month - 1:+.0%}",
                    "reads": f"{way.read.mean():.0%}",
                    "pays from reads of": f"{hit_rate_to_pay(*multiples):.0%}",
                    "or from reuses": reuses_to_pay(*multiples),
                }
            rows.append(row)
        return rows
