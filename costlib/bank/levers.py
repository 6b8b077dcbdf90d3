"""The whole bill: every lever of the course, alone, together, and in any order.

What a lever saves depends on which were pulled before it: a shorter prompt saves little once the
prompt is read from a cache. So a `Plan` prices *sets* of levers, and every order is a path from the
plan to the same end. Units: exact USD. Lesson 8 teaches this module; each lever's own module says
what it measures and what it models.

The levers of a set are pulled in the order of `LEVERS`, whatever order an account is given in:
first what takes requests away, then what makes them shorter, then where they are sent, and the
cache last, because what it reads depends on all of these.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cache, partial
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from costlib.bank import traffic as bank
from costlib.display import figures
from costlib.display.amounts import money
from costlib.faces import counted_as_usual
from costlib.intents.local import ACCURACY, local_step
from costlib.intents.neighbours import labelled
from costlib.pricing.bulk import picodollars

Answers = Literal["untouched", "measured", "not measured"]
_PRICED = (
    "time", "model", "tier", "input_tokens", "output_tokens", *bank.CACHE_COLUMNS,
)  # fmt: skip


@dataclass(frozen=True)
class Lever:
    """A change of the month: what pulls it, and what is known of the answers afterwards.

    `name` is that of the function in `traffic` which is `pull`. `answers` is "untouched"
    when the model reads and writes the same tokens as before, "measured" when the quality of what
    changes was measured, else "not measured"; `evidence` says it in words, `effort` what a team
    has to do.
    """

    lesson: int
    name: str
    does: str
    pull: Callable[[pd.DataFrame], pd.DataFrame]
    answers: Answers
    evidence: str
    effort: str


LEVERS = (
    Lever(
        5,
        "answer_locally",
        "answer questions locally",
        bank.answer_locally,
        "measured",
        f"right at least {ACCURACY:.0%} of the times it answers, on questions not seen; that a "
        "prepared text will do is assumed",
        "a few days: vectors, a threshold, a test set",
    ),
    Lever(
        6,
        "shorten_prompts",
        "shorten the prompts",
        bank.shorten_prompts,
        "not measured",
        "no known question needs the cut section; long histories lose their beginning",
        "a day, and a set of questions to test on",
    ),
    Lever(
        2,
        "resize_screenshots",
        "resize screenshots",
        bank.resize_screenshots,
        "not measured",
        "the model reads a picture with fewer pixels; its smallest text stays 16 pixels high",
        "a line in the app that uploads",
    ),
    Lever(
        1,
        "batch_summaries",
        "batch the summaries",
        bank.batch_summaries,
        "untouched",
        "the same request, answered within a day",
        "a nightly job, and code for what fails",
    ),
    Lever(
        7,
        "cache_prefix",
        "cache tools and handbook",
        bank.cache_prefix,
        "untouched",
        "the same request; how much is read from the cache is modelled",
        "one argument, and a check of the counters",
    ),
)
STOP_WASTE = Lever(
    4,
    "stop_waste",
    "stop the waste",
    bank.stop_waste,
    "untouched",
    "nobody asked for what it stops",
    "a ledger, and somebody who reads its alerts",
)
"""The lever that leads from the month as it ran to the plan, in which it has nothing to stop."""


@counted_as_usual
class Step(NamedTuple):
    """A lever in an account: the month in USD before it was pulled, and after."""

    lever: Lever
    before: Decimal
    after: Decimal

    @property
    def saved(self) -> Decimal:
        """USD a month; below 0 when the bill rises."""
        return self.before - self.after


def priced(month: pd.DataFrame) -> Decimal:
    """The cost of a month in USD: every request is priced by itself, and the sum taken."""
    needed = month[[name for name in _PRICED if name in month]]
    total = sum(int(picodollars(rows).sum()) for rows in bank.in_blocks(needed))
    return Decimal(total).scaleb(-12)


class Misses(NamedTuple):
    """What each batch request of a month costs more, in pico-dollars, when it misses the cache.

    `requests` is how many the month has, `rows` which of them are in a batch, counted from 0.
    """

    requests: int
    rows: np.ndarray
    picodollars: np.ndarray


def _misses(month: pd.DataFrame) -> Misses:
    rows = np.flatnonzero(month["tier"] == "batch")
    batch = month[[name for name in _PRICED if name in month]].iloc[rows]
    missing = batch
    for written in batch.columns.intersection(bank.CACHE_WRITES):  # one, where a lever caches
        lost = {"cached_input_tokens": 0, written: batch[written] + batch["cached_input_tokens"]}
        missing = batch.assign(**lost)
    return Misses(len(month), rows, picodollars(missing) - picodollars(batch))


@counted_as_usual
class Plan:
    """A month, and what it costs with any set of levers; each set is priced once, request by
    request. `found` is what came before the plan: the waste of the month as it really ran."""

    def __init__(
        self,
        month: pd.DataFrame,
        ran: Decimal | Callable[[], Decimal] | None = None,
        levers: tuple[Lever, ...] = LEVERS,
    ) -> None:
        self.month = month
        self.levers = levers
        self._ran = ran
        self._known: dict[frozenset[str], Decimal] = {}
        self._misses: dict[frozenset[str], Misses] = {}

    def lever(self, name: str) -> Lever:
        """A lever by its name. Raises LookupError, which names the levers that exist."""
        for each in self.levers:
            if each.name == name:
                return each
        known = ", ".join(each.name for each in self.levers)
        raise LookupError(f"{name!r} is no lever: choose from {known}")

    def adjusted(self, name: str, **settings: Any) -> Plan:
        """The same plan with a lever set otherwise: `adjusted("cache_prefix", lifetime="1h")`."""
        chosen = self.lever(name)
        changed = replace(chosen, pull=partial(chosen.pull, **settings))
        levers = tuple(changed if each is chosen else each for each in self.levers)
        return Plan(self.month, self._ran, levers)

    @property
    def found(self) -> Step:
        """The month as it ran, and the plan, with the lever that leads from one to the other."""
        if self._ran is None:
            raise LookupError("this plan does not say how its month ran: give its cost as `ran`")
        ran = self._ran() if callable(self._ran) else self._ran
        return Step(STOP_WASTE, ran, self.usd())

    def with_levers(self, names: Iterable[str]) -> pd.DataFrame:
        """The month after the levers of a set. Raises LookupError for an unknown name."""
        wanted = {self.lever(name).name for name in names}
        month = self.month
        for each in self.levers:
            if each.name in wanted:
                month = each.pull(month)
        return month

    def usd(self, names: Iterable[str] = ()) -> Decimal:
        """What the month costs with a set of levers, in USD; without names, the plan."""
        key = frozenset(names)
        if key not in self._known:
            self._known[key] = priced(self.with_levers(key))
        return self._known[key]

    def batch_misses(self, names: Iterable[str]) -> Misses:
        """With a set of levers: what it costs that a batch request writes what it should read."""
        key = frozenset(names)
        if key not in self._misses:
            self._misses[key] = _misses(self.with_levers(key))
        return self._misses[key]

    def off(self, names: Iterable[str]) -> Decimal:
        """The share of the plan that a set of levers takes off: 0.7 leaves three tenths."""
        return 1 - self.usd(names) / self.usd()

    def account(self, order: Sequence[str]) -> list[Step]:
        """The way from the plan to the end, lever by lever, in this order.

        What a lever saves is measured against what those before it left, so the savings add up.
        """
        pulled: list[str] = []
        steps = []
        for name in order:
            before = self.usd(pulled)
            pulled.append(name)
            steps.append(Step(self.lever(name), before, self.usd(pulled)))
        return steps

    def alone(self, name: str) -> Decimal:
        """USD that a lever saves when no other is pulled."""
        return self.usd() - self.usd([name])

    def undone(self, name: str, names: Iterable[str]) -> Decimal:
        """USD that come back when one lever of a set is let go."""
        kept = frozenset(names)
        return self.usd(kept - {name}) - self.usd(kept)

    def undo_order(self, names: Iterable[str]) -> list[Lever]:
        """Which levers of a set to let go first when answers get worse.

        Those whose effect nobody measured come first, then those with a measured one; in each
        group the cheapest to let go. Levers that touch no answer cannot be the cause, and are not
        in the list.
        """
        pulled = frozenset(names)
        suspects = [each for each in map(self.lever, pulled) if each.answers != "untouched"]
        return sorted(
            suspects,
            key=lambda each: (each.answers == "measured", self.undone(each.name, pulled)),
        )


@cache
def bank_plan() -> Plan:
    """The plan of the bank's month, made once: lesson and exercise price the same sets."""

    @cache
    def ran() -> Decimal:
        """What `as_it_ran` adds to the month, priced by itself: the sum is the same."""
        from costlib.bank.tracked import SHARE, wasted_usage

        return plan.usd() + SHARE * priced(wasted_usage())

    plan = Plan(bank.month(), ran)
    return plan


def journey(lesson: int) -> list[Step]:
    """The levers of the lessons so far, in the lessons' order, each a step of the month's bill.

    From the month as it is planned; a lesson without a lever (3 and 8) adds no step, and neither
    does lesson 4, whose lever leads from the month as it ran *to* the plan.
    """
    names = [each.name for each in sorted(LEVERS, key=lambda each: each.lesson)
             if each.lesson <= lesson]  # fmt: skip
    return bank_plan().account(names)


def show_journey(lesson: int) -> None:
    """Draw the bill so far as a waterfall: the month as planned, and a bar for each lesson's lever.

    The bar of this lesson stands out. Raises ValueError before the first lever (lesson 1).
    """
    steps = journey(lesson)
    if not steps:
        raise ValueError(f"lesson={lesson}: the first lever is lesson 1's")
    here = [step for step in steps if step.lever.lesson == lesson]
    planned, left = bank_plan().usd(), steps[-1].after
    saved = f"this lesson takes off {money(here[0].saved, digits=0)}; " if here else ""
    figures.waterfall(
        [("as planned", planned)]
        + [(f"{step.lever.lesson}. {step.lever.does}", step.after) for step in steps],
        f"The bill so far: {saved}{money(left, digits=0)} of {money(planned, digits=0)} are left",
        alt="A waterfall of the month's bill: as planned, then a bar for what each lesson's lever "
        "takes off, then what is left.",
        unit="USD a month",
        lit=f"{lesson}. {here[0].lever.does}" if here else "",
    )


def local_accuracy(margin: float) -> float:
    """How often the local step is right when it answers, on questions it has not seen (test set).

    `margin` is the lead in votes from which it answers; NaN when it then never does.
    """
    return local_step().test.measure(labelled("test")["category"], margin)[1]


# --- Beside the levers ------------------------------------------------------------------------


def swap_model(month: pd.DataFrame, model: str) -> pd.DataFrame:
    """Every request to another model with the same tokenizer, and with as much output, thinking
    included. No lever: quality unmeasured, and unless told the other model may think more.
    """
    names = pd.Categorical.from_codes([0] * len(month), [model])
    return month.assign(model=pd.Series(names, index=month.index))


def cheaper_models(plan: Plan) -> dict[str, Decimal]:
    """The plan on the vendor's smaller models, in USD: cheaper, and other answers."""
    return {name: priced(swap_model(plan.month, name)) for name in bank.SMALLER}


def with_batch_hits(plan: Plan, names: Iterable[str], share: float) -> Decimal:
    """The month in USD with a set of levers when only a share of batch requests read the cache.

    The others write the prefix again. Which ones is drawn at random, the same each time.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"share={share!r} is no share: give one from 0 to 1, such as 0.3")
    pulled = frozenset(names)
    batch = plan.batch_misses(pulled)
    missed = np.random.default_rng(0).random(batch.requests)[batch.rows] >= share
    return plan.usd(pulled) + Decimal(int(batch.picodollars[missed].sum())).scaleb(-12)


class Promise(NamedTuple):
    """The share that a set of levers takes off the plan: its low end, and its high end."""

    low: Decimal
    high: Decimal

    def __str__(self) -> str:
        least, most = f"{self.low:.1%}", f"{self.high:.1%}"
        return most if least == most else f"{least.removesuffix('%')} to {most}"


def promised(plan: Plan, names: Iterable[str]) -> Promise:
    """What may be said of a set of levers: a range, where a batch has to find the cache.

    The high end is `plan.off`, where every request of a batch that could read does; at the low
    end none does, and each writes the prefix again. Both were measured (bike4mind-2741 in
    sources.csv), and nothing in between is promised.
    """
    pulled = frozenset(names)
    high = plan.off(pulled)
    if not pulled >= {"batch_summaries", "cache_prefix"}:
        return Promise(high, high)
    return Promise(1 - with_batch_hits(plan, pulled, 0) / plan.usd(), high)
