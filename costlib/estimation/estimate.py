"""What a call, a conversation and a month will cost, before they happen: ranges, not points.

An estimate is a range with a probability, and the probability can be tested: how often did values
that the range has not seen fall inside it? Units: tokens, USD, shares from 0 to 1. Taught in
lesson 3. A month is simulated from *stated* distributions: they are what a person believes, and
the interval that comes out is worth what they are worth.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from numbers import Real
from statistics import NormalDist
from typing import Any, Literal

import numpy as np

from costlib.pricing.numbers import plausible
from costlib.usage.read import Usage

_NORMAL = NormalDist()
# A range may hold this much more than the closest one does, where that makes it narrower.
_SLACK = 0.005


# --- Ranges -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Interval:
    """A range, both ends inside, that should hold a new value with a probability."""

    low: float
    high: float
    probability: float

    def coverage(self, values: Iterable[float]) -> float:
        """The share of `values` inside: compare it with `probability`, on values not seen."""
        seen = np.asarray(values, dtype=float)
        if not seen.size:
            raise ValueError("there are no values to cover: give at least one")
        return float(np.mean((seen >= self.low) & (seen <= self.high)))


def fit_interval(values: Iterable[float], probability: float) -> Interval:
    """A range of observed values that holds a share `probability` of them, and few more.

    Two quantiles will not do for counts with ties: when a twelfth of all answers have the same
    length, cutting at that length keeps all of them, and the range holds too much. So every low
    end is tried with the nearest high end that reaches the share; of the ranges that come
    closest to it, the narrowest is taken.
    """
    share = _share(probability)
    seen, counts = np.unique(np.asarray(list(values), dtype=float), return_counts=True)
    if not seen.size or not np.isfinite(seen).all():
        raise ValueError("a range needs values, all of them finite: give at least one")
    to_here = np.cumsum(counts) / counts.sum()  # the share at or below each value
    below = np.concatenate(([0.0], to_here[:-1]))
    lows = np.flatnonzero(below <= 1 - share + 1e-12)
    highs = np.searchsorted(to_here, below[lows] + share - 1e-12).clip(max=len(seen) - 1)
    excess = to_here[highs] - below[lows] - share
    width = seen[highs] - seen[lows]
    close = excess <= excess.min() + _SLACK
    best = np.flatnonzero(close)[np.argmin(width[close])]
    return Interval(float(seen[lows[best]]), float(seen[highs[best]]), share)


_ENDS = {"factor": (0, math.inf), "share": (0, 1), "change": (-1, math.inf)}


def _share(probability: float) -> float:
    if not isinstance(probability, Real) or not 0 < probability < 1:
        raise ValueError(f"probability={probability!r} is not between 0 and 1: 0.9 is 90%")
    return float(probability)


# --- Conversations ----------------------------------------------------------------------------


def conversation(
    turns: int,
    *,
    system: int,
    question: int,
    answer: int,
    keep: int | None = None,
    cached: bool = False,
) -> Usage:
    """The tokens of a whole conversation in which every turn sends again what was said before.

    `system` tokens stand in front (tools too), each turn adds a `question` and an `answer`. With
    n turns the input is n (system + question) + (question + answer) n (n - 1) / 2. `keep` sends
    only the latest exchanges. `cached` reads from the cache what the last request began with and
    writes the rest, as Anthropic's automatic caching does; its shortest length (lesson 7) is left
    out, and so are expiries. A trimmed history begins with other words each time, so that of a
    trimmed request only `system` is read.
    """
    for name, value in (("system", system), ("question", question), ("answer", answer)):
        if value < 0:
            raise ValueError(f"{name}={value} is not a number of tokens: give 0 or more")
    if turns < 1 or (keep is not None and keep < 0):
        raise ValueError(
            f"turns={turns}, keep={keep}: give at least one turn, and keep none or more"
        )
    exchange = question + answer
    whole = turns if keep is None else min(turns, keep + 1)  # turns that still send everything
    trimmed = turns - whole
    history = exchange * (whole * (whole - 1) // 2 + (keep or 0) * trimmed)
    sent = turns * (system + question) + history
    if not cached:
        return Usage(input_tokens=sent, output_tokens=turns * answer, requests=turns)
    # An untrimmed turn after the first reads the whole input of the turn before it.
    earlier = (whole - 1) * (system + question) + exchange * (whole - 1) * (whole - 2) // 2
    read = earlier + trimmed * system
    return Usage(
        input_tokens=sent,
        cached_input_tokens=read,
        cache_write_5m_tokens=sent - read,
        output_tokens=turns * answer,
        requests=turns,
    )


# --- Months -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Spread:
    """What somebody believes about a number: it lies in [low, high] with a `probability`.

    The shape follows from `kind`. A "factor" (0.8 to 1.25) is log-normal, a "share" (0.5 to 0.9)
    is normal in log-odds, so that it stays between 0 and 1, and a "change" (-0.05 to 0.3) is the
    logarithm of 1 + change that is normal. Low equal to high says that the number is known.
    """

    low: float
    high: float
    kind: Literal["factor", "share", "change"] = "factor"
    probability: float = 0.8

    def __post_init__(self) -> None:
        _share(self.probability)
        if self.kind not in (*_ENDS,):
            raise ValueError(f"kind={self.kind!r} is unknown: choose one of {', '.join(_ENDS)}")
        least, most = _ENDS[self.kind]
        if not least < self.low <= self.high < most:
            raise ValueError(
                f"a {self.kind} from {self.low} to {self.high} is not possible: give low <= high, "
                f"both above {least} and below {most}"
            )

    def at(self, z: Any) -> Any:
        """The value that lies `z` standard deviations from the middle; a number or an array."""
        low, high = self._straight(self.low), self._straight(self.high)
        width = (high - low) / 2 / _NORMAL.inv_cdf((1 + self.probability) / 2)
        bent = np.exp((low + high) / 2 + width * np.asarray(z, dtype=float))
        value = {"factor": bent, "change": bent - 1, "share": bent / (1 + bent)}[self.kind]
        return value if np.ndim(z) else float(value)

    def _straight(self, value: float) -> float:
        """The value on the scale on which the belief is normal."""
        if self.kind == "share":
            return math.log(value / (1 - value))
        return math.log(value if self.kind == "factor" else 1 + value)


_WIDEST = 0.5  # standard deviation of the requests' sum, as a share of it, to be taken for normal
KNOWN = Spread(1, 1)
NO_GROWTH = Spread(0, 0, "change")

CAUSES = ("volume", "growth", "history", "cache hits", "request sampling")


@dataclass(frozen=True)
class Swing:
    """What one cause alone does to the month: USD at its low and its high end, the rest midway."""

    cause: str
    low: float
    high: float

    @property
    def width(self) -> float:
        """How far the month moves, in USD."""
        return abs(self.high - self.low)


@dataclass(frozen=True)
class Month:
    """A month's money as planned, and what is believed about everything that may move it.

    `prefix`, `history` and `rest` are USD for the month at the plan: what is the same at the start
    of each request, the conversation so far, everything else. `hit_rate` is the share of the
    prefix that is read from a cache, None where nothing is cached; a token read then costs
    `read_price` of an ordinary one, any other token of the prefix `write_price`. `volume` and
    `history_length` multiply the plan; `growth` is the change from the first day to the last.
    `request_sd` is the standard deviation of one request's cost as a share of its mean.
    """

    prefix: float
    history: float
    rest: float
    requests: int
    request_sd: float = 0.0
    volume: Spread = KNOWN
    growth: Spread = NO_GROWTH
    history_length: Spread = KNOWN
    hit_rate: Spread | None = None
    read_price: float = 1.0
    write_price: float = 1.0

    def __post_init__(self) -> None:
        for name in ("prefix", "history", "rest", "requests", "request_sd"):
            plausible(name, getattr(self, name))
        if self.requests < 1:
            raise ValueError(f"requests={self.requests!r}: a month needs at least one request")
        if self.request_sd > _WIDEST * math.sqrt(self.requests):
            raise ValueError(
                f"{self.requests:,} requests that differ so much (request_sd={self.request_sd:.3g} "
                "of their mean) have no range here: their sum is taken for normal, and would reach "
                "below zero. Plan for more requests, or for answers closer to each other"
            )
        for name in ("read_price", "write_price"):  # multiples of the input price
            plausible(name, getattr(self, name), high=1_000)

    def usd(self, **z: Any) -> Any:
        """The month in USD when each cause lies a number of standard deviations from its middle.

        Arguments are `volume`, `growth`, `history`, `cache_hits` and `request_sampling`, numbers
        or arrays; what is not named stays in the middle.
        """
        volume = self.volume.at(z.get("volume", 0.0))
        growth = self.growth.at(z.get("growth", 0.0))
        history = self.history_length.at(z.get("history", 0.0))
        sampling = 1 + self.request_sd / math.sqrt(self.requests) * z.get("request_sampling", 0.0)
        prefix = self.prefix
        if self.hit_rate is not None:
            hits = self.hit_rate.at(z.get("cache_hits", 0.0))
            prefix = prefix * (hits * self.read_price + (1 - hits) * self.write_price)
        # The mean of (1 + growth) ** t over the month, t from 0 to 1, is growth / log(1 + growth).
        log = np.log1p(growth)
        flat = np.abs(log) < 1e-9
        mean_growth = np.where(flat, 1.0, growth / np.where(flat, 1.0, log))
        total = volume * mean_growth * sampling * (prefix + self.history * history + self.rest)
        return total if np.ndim(total) else float(total)

    def draws(self, count: int = 20_000, seed: int = 0) -> np.ndarray:
        """`count` possible months in USD, each cause drawn by itself; the same for a seed."""
        rng = np.random.default_rng(seed)
        return self.usd(**{_key(cause): rng.standard_normal(count) for cause in CAUSES})

    def interval(self, probability: float = 0.9, count: int = 20_000, seed: int = 0) -> Interval:
        """The range that holds the month with a probability, if the beliefs are right."""
        tail = (1 - _share(probability)) / 2
        low, high = np.quantile(self.draws(count, seed), (tail, 1 - tail))
        return Interval(float(low), float(high), probability)

    def swings(self, probability: float = 0.9) -> list[Swing]:
        """A tornado: each cause alone from end to end of its range, the widest swing first."""
        z = _NORMAL.inv_cdf((1 + _share(probability)) / 2)
        swings = [
            Swing(cause, self.usd(**{_key(cause): -z}), self.usd(**{_key(cause): z}))
            for cause in CAUSES
            if cause != "cache hits" or self.hit_rate is not None
        ]
        return sorted(swings, key=lambda swing: -swing.width)


def _key(cause: str) -> str:
    return cause.replace(" ", "_")
