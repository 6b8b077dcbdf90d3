"""Lesson 7's calculator, Does a cache pay?: a day of requests that share a prefix, on a time line.

Tokens and USD at the rates of the course's as-of date, for the prefix alone: the rest of a request
costs the same with and without a cache. A day is like the day before, so an entry that lives long
enough is found again in the morning. An entry can be read a second after the request that wrote it.
"""

from __future__ import annotations

import base64
import html
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np

from costlib.caching.multiples import CachePrices, cache_prices, hit_rate_to_pay, reuses_to_pay
from costlib.caching.replays import one_prefix, replay
from costlib.calculators.base import Answer, Calculator, Model, choice, number
from costlib.display.amounts import money
from costlib.display.figures import BLUE, VERMILION
from costlib.display.tables import Shown, table
from costlib.pricing.prices import AS_OF, roles

DAYS = 30  # of the month
STARTS_AFTER = 1.0  # seconds until a response begins, and what it wrote can be read
BURST = 10
_DAY = 86_400
_SHOWN = 30  # requests on the time line


@cache
def _models() -> tuple[tuple[str, str], ...]:
    """The models of the course's roles that have a prompt cache, older families included."""
    names = dict.fromkeys(r.model for r in roles() if r.provider in ("anthropic", "openai"))
    cached = []
    for name in [*names, "claude-haiku-4-5", "gpt-5.5", "gpt-4.1"]:
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
class Way:
    """A lifetime, or None for no cache: which of a day's requests read, and the month in USD."""

    lifetime: str | None
    read: np.ndarray
    month: Decimal


def _name(way: Way) -> str:
    return (way.lifetime or "none").replace("_", " ")


@dataclass(frozen=True)
class Day:
    """The seconds at which a day's requests come, and each way to serve them, cheapest first."""

    prices: CachePrices
    prefix: int
    seconds: np.ndarray
    ways: tuple[Way, ...]

    @property
    def plain(self) -> Way:
        """The way without a cache."""
        return next(way for way in self.ways if way.lifetime is None)


@dataclass(frozen=True)
class Prefix(Model):
    """A prefix, the model that reads it, and how often."""

    model: str = choice("Model", "claude-opus-5-5", _models)
    prefix: int = number("Prefix that never changes, tokens", 6_000, low=1, high=500_000, step=1)
    an_hour: float = number("Requests an hour", 6.0, low=0.1, high=5_000, step=0.1)
    hours: int = number("Hours a day", 9, low=1, high=24, step=1)
    arrivals: str = choice("They come", "random", _arrivals)

    def result(self) -> Day:
        """The day, and what it costs with each of the model's lifetimes and without any."""
        prices = cache_prices(self.model)
        seconds = self._seconds()
        # Two days, of which the second counts: its first request may find what the first left.
        days = one_prefix(np.concatenate((seconds, seconds + _DAY)), self.prefix)
        nothing = np.zeros(len(seconds), bool)
        plain = one_prefix(seconds, self.prefix).sent.sum() * prices.input
        ways = [Way(None, nothing, Decimal(plain).scaleb(-6) * DAYS)]
        for lifetime in prices.write:
            both = replay(
                days,
                prices.seconds[lifetime],
                minimum=prices.minimum,
                starts_after=STARTS_AFTER,
            )
            second = type(both)(*(part[len(seconds) :] for part in vars(both).values()))
            usd = second.usd(prices, lifetime) * DAYS
            ways.append(Way(lifetime, second.read > 0, usd))
        return Day(prices, self.prefix, seconds, tuple(sorted(ways, key=lambda way: way.month)))

    def _seconds(self) -> np.ndarray:
        count, span = max(1, round(self.an_hour * self.hours)), self.hours * 3_600
        if self.arrivals == "bursts":
            return np.repeat(np.arange(0, count, BURST) * span / count, BURST)[:count]
        if self.arrivals == "evenly":
            return np.arange(count) * span / count
        return np.sort(np.random.default_rng(7).uniform(0, span, count))


@dataclass(frozen=True)
class TimeLine(Shown):
    """The first requests of a day, a lane for each lifetime: long marks write, short ones read."""

    day: Day

    @property
    def lanes(self) -> list[Way]:
        """The ways that cache, shortest lifetime first."""
        cached = [way for way in self.day.ways if way.lifetime]
        return sorted(cached, key=lambda way: self.day.prices.seconds[way.lifetime])

    @property
    def words(self) -> str:
        """What the drawing shows."""
        count = min(_SHOWN, len(self.day.seconds))
        minutes = self.day.seconds[count - 1] / 60
        lanes = ", ".join(
            f"with {_name(way)} {int((~way.read[:count]).sum())} write" for way in self.lanes
        )
        what = "The only request" if count == 1 else f"The first {count} requests"
        return f"{what} of a day, {minutes:,.0f} minutes: {lanes}; the others read."

    def html(self) -> str:
        """An image element, which survives where a page takes no vector markup."""
        seconds = self.day.seconds[:_SHOWN]
        span = float(seconds[-1]) or 1.0
        wide, lane, left = 340, 44, 84
        shapes = []
        for row, way in enumerate(self.lanes):
            base = (row + 1) * lane - 8
            shapes.append(
                f'<text x="0" y="{base - 6}" font-size="16">{_name(way)}</text>'
                f'<path d="M{left} {base}H{left + wide}" stroke="#999999"/>'
            )
            for at, read in zip(seconds, way.read[:_SHOWN], strict=True):
                x = left + wide * float(at) / span
                colour, high, thick = (BLUE, 12, 2) if read else (VERMILION, 30, 4)
                shapes.append(
                    f'<path d="M{x:.1f} {base}v-{high}" stroke="{colour}" stroke-width="{thick}"/>'
                )
        high = lane * len(self.lanes) + 24
        legend = "long, red: writes; short, blue: reads"
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {left + wide + 8} {high}" '
            f'font-family="sans-serif"><rect width="100%" height="100%" fill="#ffffff"/>'
            f'{"".join(shapes)}<text x="{left}" y="{high - 6}" font-size="14">{legend}</text></svg>'
        )
        data = base64.b64encode(svg.encode()).decode("ascii")
        return (
            f'<figure style="margin:0 0 0.8em"><img alt="{html.escape(self.words)}" '
            f'src="data:image/svg+xml;base64,{data}" style="width:{left + wide}px;max-width:100%;'
            f'height:auto"><figcaption>{html.escape(self.words)}</figcaption></figure>'
        )

    def __str__(self) -> str:
        return self.words


class CacheCalculator(Calculator):
    """Does a cache pay? Leave it as a cell's last expression, or start it with values:

    CacheCalculator(prefix=12_000, an_hour=60.0, arrivals="bursts")
    """

    title = "Does a cache pay?"
    model_type = Prefix

    def answer(self, result: Day) -> Answer:
        """Which way is cheapest, the time line, and every way with its break-even."""
        prices, best = result.prices, result.ways[0]
        plain = result.plain.month
        name = f"{prices.card.model}, {len(result.seconds):,} requests a day"
        if result.prefix < prices.minimum:
            return Answer(
                f"{name}: {money(plain)} a month for the prefix. Its {result.prefix:,} tokens are "
                f"below this model's minimum of {prices.minimum:,}, so nothing is cached, and "
                "nothing says so."
            )
        if best.lifetime is None:
            sentence = f"{name}: no cache is cheapest, {money(plain)} a month for the prefix."
        else:
            sentence = (
                f"{name}: a cache of {_name(best)} is cheapest, {money(best.month)} a month for "
                f"the prefix instead of {money(plain)}, {1 - best.month / plain:.0%} less."
            )
        return Answer(
            sentence,
            (TimeLine(result), table(self._rows(result), caption=f"Rates of {AS_OF}")),
            (
                "USD of a month of such days, for the prefix alone; output and the rest of the "
                "input cost the same in all rows.",
                "An entry can be read a second after the request that wrote it: of a burst that "
                "finds none, every request writes.",
            ),
        )

    @staticmethod
    def _rows(day: Day) -> list[dict[str, object]]:
        none = {"pays from reads of": None, "or from reuses": None}
        rows = []
        for way in day.ways:
            row = {
                "cache": _name(way),
                "prefix, USD a month": money(way.month),
                "against none": None,
                "reads": None,
            }
            pays = none
            if way.lifetime:
                row["against none"] = f"{way.month / day.plain.month - 1:+.0%}"
                row["reads"] = f"{way.read.mean():.0%}"
                multiples = day.prices.multiples(way.lifetime)
                pays = {
                    "pays from reads of": f"{hit_rate_to_pay(*multiples):.0%}",
                    "or from reuses": reuses_to_pay(*multiples),
                }
            rows.append(row | pays)
        return rows
