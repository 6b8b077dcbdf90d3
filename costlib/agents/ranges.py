"""What will this task cost? A range from runs like it, at the start and again on the way.

The same agent on tasks of the same kind costs many times more on one than on another. Neither the
length of the task nor the cost of the first calls tells which (in the 500 runs their correlations
with what is to come are below 0.2): so the answer is a range. It is **calibrated** on runs that it
was not made from, and tested on runs that neither has seen (`backtest`). It holds for runs drawn
like these, by the same agent and model, and fails where they are not: on another kind of task, and
for the runs that turn out long. Units: USD. Lesson 3 teaches it. Method: conformalised ranges
(Romano, Patterson, Candès, "Conformalized Quantile Regression", NeurIPS 2019), on logarithms
because costs vary by factors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from costlib.agents.runs import Runs
from costlib.agents.spending import spent
from costlib.estimation.estimate import Interval, fit_interval

_FEWEST = 20  # runs from which a range can be made and calibrated


def still_to_come(runs: Runs, after: int = 0) -> np.ndarray:
    """USD that each run with more than `after` calls cost from then on, in the order of the runs.

    Raises ValueError when turns have no price, and when no run has that many calls.
    """
    return _parted(runs, _so_far(runs), after)[1]


def task_range(runs: Runs, probability: float = 0.8, *, after: int = 0, seed: int = 0) -> Interval:
    """A range in USD for what a run like these will cost from call `after` + 1 on.

    With `after` 0 that is the whole run. Only runs that got that far count: one that is still at
    work after 20 calls is no longer any run. Half of them make the narrowest range that holds the
    `probability`; on the other half it is widened or narrowed until it holds it there.

    Raises ValueError with fewer than 20 such runs.
    """
    return _range(still_to_come(runs, after), len(runs), probability, after, seed)


def _range(rest: np.ndarray, runs: int, probability: float, after: int, seed: int) -> Interval:
    """As `task_range`, from what is still to come of those that got that far, of so many runs."""
    if len(rest) < _FEWEST:
        raise ValueError(
            f"{len(rest)} of {runs} runs have more than {after} calls: a range needs "
            f"{_FEWEST}, so ask earlier in the run, or give more runs"
        )
    mixed = np.log(np.maximum(np.random.default_rng(seed).permutation(rest), 1e-12))
    made, kept = mixed[::2], mixed[1::2]
    first = fit_interval(made, probability)
    beyond = np.sort(np.maximum(first.low - kept, kept - first.high))
    place = min(len(kept), math.ceil((len(kept) + 1) * probability))
    more = float(beyond[place - 1])
    low, high = math.exp(first.low - more), math.exp(first.high + more)
    return Interval(min(low, high), max(low, high), probability)


@dataclass(frozen=True)
class Backtest:
    """How a range did on runs that it has not seen, and how the mean of all would have done.

    `coverage` is the share of the runs inside the range. `error` is how far the middle of the range
    (geometric) is off for a typical run, as a factor; `mean_error` the same of "what runs cost on
    average, less what this one has cost so far", and `mean_gone` the share of runs for which that
    is nothing or less, although they go on.
    """

    runs: int
    range: Interval
    coverage: float
    error: float
    mean_error: float
    mean_gone: float


def backtest(
    made_from: Runs, tested_on: Runs, probability: float = 0.8, *, after: int = 0, seed: int = 0
) -> Backtest:
    """The range that some runs give, tested on others."""
    total = _so_far(made_from)  # priced once, for the range and for the mean
    found = _range(_parted(made_from, total, after)[1], len(made_from), probability, after, seed)
    before, rest = _parted(tested_on, _so_far(tested_on), after)
    guess = _parted(made_from, total, 0)[1].mean() - before
    there = guess > 0
    return Backtest(
        len(rest),
        found,
        found.coverage(rest),
        _factor(math.sqrt(found.low * found.high) / rest),
        _factor(guess[there] / rest[there]),
        float(1 - there.mean()),
    )


def _so_far(runs: Runs) -> np.ndarray:
    """Pico-dollars up to and with each turn, over all the runs, in order of time."""
    money = spent(runs)
    if money.unpriced:
        raise ValueError(f"turns of {', '.join(money.unpriced)} have no price: give them a card")
    return np.cumsum(money.by_turn[runs.by_time])


def _parted(runs: Runs, total: np.ndarray, after: int) -> tuple[np.ndarray, np.ndarray]:
    """USD before and from call `after` + 1 on, of each run that has one; `total` is `_so_far`."""
    if after < 0:
        raise ValueError(f"after={after}: give a number of calls, 0 or more")
    there = runs.turns > after
    if not there.any():
        raise ValueError(f"no run has more than {after} calls: the longest has {runs.turns.max()}")
    starts = runs.first[:-1][there]
    upto = total[starts + after - 1] if after else np.append(0, total)[starts]
    before = upto - np.append(0, total)[starts]
    return before / 1e12, (total[runs.first[1:][there] - 1] - upto) / 1e12


def _factor(ratios: np.ndarray) -> float:
    """The typical factor by which something is off, either way: 2 is half or twice as much."""
    return float(np.exp(np.median(np.abs(np.log(ratios))))) if len(ratios) else math.nan
