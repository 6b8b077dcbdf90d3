"""Lesson 3's calculator of an agent: What will this run cost?

A run of equal turns, priced turn by turn and part by part, with a cache, pauses, compaction and
children, beside real runs of that length on the same model. Tokens and USD at the rates of the
course's as-of date; what is modelled is said beneath the answer.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from costlib.agents.cache_choices import lifetimes, one_card, with_cache, with_pauses
from costlib.agents.cards import on_model, token_factor
from costlib.agents.children import split
from costlib.agents.compaction import compacted
from costlib.agents.planning import planned
from costlib.agents.reading import swe_runs
from costlib.agents.runs import NONE, PARTS, Runs
from costlib.agents.spending import Spent, spent
from costlib.calculators.base import Calculator, Finding, billed_output
from costlib.calculators.estimate import role_models
from costlib.calculators.inputs import Inputs, choice, dearest_time, decades, model_choice, number
from costlib.display.amounts import counted, money
from costlib.display.figures import PALETTE, Drawing
from costlib.display.tables import Table, table
from costlib.display.templates import render
from costlib.pricing.prices import AS_OF, RateCard, find_model, rate_card

NEAR = 0.1  # real runs "of that length" have so many turns more or less, as a share
_FEWEST = 10  # real runs that are worth comparing with
_WIDE, _LEFT, _HIGH, _TOP = 380, 58, 170, 10  # pixels
_BARS = 60
_SHORT, _LONG = "short", "long"
_MORE = "Pauses, compaction and children"


def _caches() -> tuple[tuple[str, str], ...]:
    return (
        ("none", NONE),
        ("the model's shortest lifetime", _SHORT),
        ("the model's longest lifetime", _LONG),
    )


@dataclass(frozen=True)
class RunCost:
    """A run and what it costs; the same without a cache; real runs of its length on the same card,
    None where there are too few.
    """

    card: RateCard
    money: Spent
    plain: Spent
    real: Spent | None

    @property
    def runs(self) -> Runs:
        """The run, as changed by pauses, children and compaction."""
        return self.money.runs


@dataclass(frozen=True)
class Run(Inputs):
    """A run of an agent before it starts: how many turns, and what is in each."""

    model: str = model_choice("Model", ("anthropic", "flagship"), role_models)
    turns: int = number("Turns (calls)", 36, low=1, high=500, whole=True, stops=decades(1, 500))
    definitions: int = number("Tool definitions, tokens", 3_000, high=200_000, whole=True)
    prefix: int = number("System text and task, tokens", 1_900, high=200_000, whole=True)
    tool_result: int = number(
        "A tool's result, tokens", 300, high=50_000, whole=True, stops=decades(10, 20_000)
    )
    written: int = number("An answer, tokens", 280, high=20_000, whole=True)
    cache: str = choice("Cache", _SHORT, _caches)
    pause: float = number("A pause, minutes", 0.0, high=1_440, group=_MORE)
    every: int = number("… once in so many turns", 10, low=1, high=500, whole=True, group=_MORE)
    compact: int = number(
        "Compacted above, tokens (0: never)", 0, high=10**6, whole=True, group=_MORE
    )
    summary: int = number("A summary, tokens", 1_000, low=1, high=20_000, whole=True, group=_MORE)
    children: int = number("Children that share the turns", 0, high=50, whole=True, group=_MORE)

    def result(self) -> RunCost:
        """The run turn by turn, without a cache too, and the real runs that were about as long."""
        provider, name = self.model.split("/", 1)
        at, _ = dearest_time(name, provider)
        card = rate_card(name, provider=provider, at=at)
        cache = self._lifetime(card)
        run = planned(
            card,
            self.turns,
            definitions=self.definitions,
            prefix=self.prefix,
            result=self.tool_result,
            answer=self.written,
        )
        if self.pause:
            run = with_pauses(run, self.pause * 60, every=self.every)
        if self.children:
            run = split(run, self.children, summary=self.summary)
        if self.compact:
            run = compacted(run, self.compact, summary=self.summary)
        real = swe_runs()
        near = np.abs(real.turns - self.turns) <= NEAR * self.turns
        there = None
        if near.sum() >= _FEWEST:
            there = spent(on_model(real[near], name, provider=provider, at=at, cache=cache))
        return RunCost(card, spent(with_cache(run, cache)), spent(run), there)

    def _lifetime(self, card: RateCard) -> str:
        if self.cache == NONE:
            return NONE
        known = lifetimes(card)
        if not known:
            raise LookupError(f"{card.model} publishes no price for reads: choose no cache")
        return known[0 if self.cache == _SHORT else -1]


@dataclass(frozen=True)
class Stack(Drawing):
    """What each turn costs, its parts on top of each other."""

    money: Spent

    @property
    def width(self) -> float:
        """Pixels on the page."""
        return _WIDE

    @property
    def bars(self) -> np.ndarray:
        """USD of each bar (rows) and part: a turn, or of a long run some turns together, on
        average, in order of time.
        """
        runs = self.money.runs
        parts = self.money.parts[runs.by_time] / 1e12
        bar = np.arange(len(parts)) * min(_BARS, len(parts)) // len(parts)
        counts = np.bincount(bar)
        return np.stack([np.bincount(bar, parts[:, i]) / counts for i in range(len(PARTS))], axis=1)

    @property
    def words(self) -> str:
        """What the drawing shows."""
        total = self.money.by_turn[self.money.runs.by_time] / 1e12
        most = PARTS[int(self.money.parts.sum(axis=0).argmax())]
        calls, ends = "the only call", f": {money(total[0])}"
        if len(total) > 1:
            calls = f"each of {len(total):,} calls,"
            ends = (
                f": the first costs {money(total[0])}, the last {money(total[-1])}, "
                f"the dearest {money(total.max())}"
            )
        return f"USD of {calls} by part{ends}. Over the whole run most goes for {most}."

    def svg(self) -> str:
        """A stacked bar for each turn, the parts from the front of the prompt upwards."""
        bars = self.bars
        most = float(bars.sum(axis=1).max()) or 1.0
        step = (_WIDE - _LEFT - 8) / len(bars)
        drawn = []
        for place, bar in enumerate(bars):
            tops = np.cumsum(bar) / most * _HIGH
            pieces = [
                (_TOP + _HIGH - top, top - below, fill)
                for top, below, fill in zip(tops, [0.0, *tops[:-1]], PALETTE, strict=True)
                if top > below
            ]
            drawn.append((_LEFT + place * step, pieces))
        ticks = [(_TOP + _HIGH * (1 - part), money(most * part, digits=4)) for part in (0.5, 1.0)]
        return render(
            "calculators/run.svg",
            bars=drawn,
            bar=step * 0.86,
            ticks=ticks,
            names=_legend(),
            turns=f"{len(self.money.runs.seconds):,}",
            across="calls, in order of time",
            wide=_WIDE,
            left=_LEFT,
            high=_TOP + _HIGH,
        )


def _legend() -> list[tuple[int, int, str, str]]:
    """Where the name of each part stands (x, and the row it is in), its colour, and the name."""
    places, at, row = [], 6, 0
    for name, fill in zip(PARTS, PALETTE, strict=True):
        wide = 34 + 8 * len(name)
        if at + wide > _WIDE:
            at, row = 6, row + 1
        places.append((at, row, fill, name))
        at += wide
    return places


def _name(card: RateCard) -> str:
    return f"{card.model} ({card.window})" if card.window else card.model


def _against(usd: Decimal, plain: Decimal) -> str:
    """How much more or less, in words; a run in which nothing is sent or said costs nothing."""
    more = usd / plain - 1 if plain else Decimal(0)
    percent = f"{abs(more):.0%}"
    return "as much as" if percent == "0%" else f"{percent} {'more' if more > 0 else 'less'} than"


class RunCalculator(Calculator):
    """What will this run cost? Leave it as a cell's last expression, or start it with values:

    RunCalculator(turns=80, tool_result=2_000, compact=40_000)
    """

    title = "What will this run cost?"
    inputs_type = Run

    def answer(self, result: RunCost) -> Finding:
        """The run in a sentence, turn by turn as a drawing, its parts as a table."""
        total, plain = result.money.usd, result.plain.usd
        runs = result.runs
        sentence = (
            f"{_name(result.card)}: this run costs {money(total)} in "
            f"{counted(len(runs.seconds), 'call')}"
        )
        if runs.cache != NONE:
            sentence += f", {_against(total, plain)} without a cache ({money(plain)})"
        return Finding(
            sentence + ".",
            (Stack(result.money), self._parts(result.money)),
            (
                self._beside(result),
                billed_output(find_model(result.card.model, result.card.provider)),
                *runs.notes,
            ),
        )

    @staticmethod
    def _parts(cost: Spent) -> Table:
        runs = cost.runs
        rows = []
        for name, usd in cost.by_part.items():
            tokens = int(getattr(runs, name).sum())
            rows.append(
                {
                    "part": name,
                    "tokens, all calls": tokens,
                    "USD": money(usd),
                    "of the run": f"{usd / cost.usd:.0%}" if cost.usd else None,
                }
            )
        return table(rows, caption=f"What it goes for, at the rates of {AS_OF}")

    @staticmethod
    def _beside(result: RunCost) -> str:
        if result.real is None:
            return "Too few of the 500 real runs are as long as this to compare it with."
        usd = result.real.by_run / 1e12
        low, middle, high = np.quantile(usd, (0.1, 0.5, 0.9))
        counted_by = one_card(swe_runs()).model
        return (
            f"{len(usd)} real runs of a coding agent that took about as many calls, at this "
            f"model's rates and cache, with {token_factor(counted_by, result.card.model)} tokens "
            f"for one of {counted_by}: {money(middle, digits=2)} in the median, "
            f"{money(low, digits=2)} to {money(high, digits=2)} for four in five."
        )
