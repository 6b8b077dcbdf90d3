"""What a finished task costs: all the money, over the tasks that were solved.

Runs that fail cost as well, and those that succeed carry it. Units: Decimal USD, shares from 0 to
1. Lesson 3 teaches it. Formulas: the ratio of two means and its standard error by linearisation
(Cochran, "Sampling Techniques", 1977, ch. 6); Wilson's interval for a share (lesson 6).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import Decimal
from statistics import NormalDist

import numpy as np

from costlib.agents.runs import Runs
from costlib.agents.spending import Spent, spent
from costlib.faces import counted_as_usual
from costlib.optimization.quality import Measured, share


@dataclass(frozen=True)
@counted_as_usual
class Outcome:
    """What runs cost and what came of it.

    `usd` is all the money, `failed_usd` what went into runs that were not solved. `per_solved` is
    USD for each solved task with its interval, `solved_share` the share that was solved with its
    own. They speak of more tasks of the same kind; a repeated run of one task differs too.
    """

    runs: int
    solved: int
    usd: Decimal
    failed_usd: Decimal
    per_run: Decimal
    per_solved: Measured
    solved_share: Measured

    @property
    def failed_money(self) -> float:
        """The share of the money that went into runs that failed."""
        return float(self.failed_usd / self.usd) if self.usd else 0.0


def outcome(runs: Runs | Spent, confidence: float = 0.95) -> Outcome:
    """What the runs cost, by whether they were solved.

    Raises ValueError when nobody measured what was solved, when nothing was, and when a run has
    turns without a price: its cost is not known.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} is no share: give one such as 0.95")
    money = spent(runs) if isinstance(runs, Runs) else runs
    runs = money.runs
    solved = measured(runs)
    if money.unpriced:
        raise ValueError(
            f"{sum(money.unpriced.values()):,} turns have no price ({', '.join(money.unpriced)}): "
            "what a run with such a turn cost is not known; give the model a card first (on_model)"
        )
    if not solved.any():
        raise ValueError("no run was solved: there is no cost for each solved task")
    each = money.by_run
    failed = Decimal(int(each[~solved].sum())).scaleb(-12)
    return Outcome(
        runs=len(runs),
        solved=int(solved.sum()),
        usd=money.usd,
        failed_usd=failed,
        per_run=money.usd / len(runs),
        per_solved=_ratio(each / 1e12, solved, confidence),
        solved_share=share(int(solved.sum()), len(runs), confidence),
    )


def measured(runs: Runs) -> np.ndarray:
    """Which runs were solved; ValueError when nobody measured it."""
    if runs.solved is None:
        why = f" ({runs.notes[-1]})" if runs.notes else ""
        raise ValueError(f"which of these runs are solved was not measured{why}")
    return runs.solved


def may_lose(before: Runs, after: Runs) -> int:
    """How many solved tasks a cheaper way may lose until a solved task costs what it did.

    Whether it loses any has to be measured; this says how much room the saving leaves. Negative:
    it is dearer, and so many more would have to be solved.
    """
    was, now = outcome(before), spent(after).usd
    room = was.solved * (1 - now / was.usd)
    return math.floor(round(room, 9))


def _ratio(costs: np.ndarray, solved: np.ndarray, confidence: float) -> Measured:
    """The sum of costs over the number solved. The two go together, so their errors do not add."""
    ratio = float(costs.sum() / solved.sum())
    if len(costs) < 2:
        return Measured(ratio, 0.0, math.inf)
    residuals = costs - ratio * solved
    error = float(residuals.std(ddof=1)) / math.sqrt(len(costs)) / float(solved.mean())
    within = NormalDist().inv_cdf((1 + confidence) / 2) * error
    return Measured(ratio, max(0.0, ratio - within), ratio + within)
