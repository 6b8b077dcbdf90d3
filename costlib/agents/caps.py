"""A cap for each run: whom it cuts off, what it saves, what it loses.

A cap stops runs that would fail, and runs that would have succeeded; where a cap cuts, how many of
each is **measured** on these runs, if they say which were solved. Units: Decimal USD. Lesson 5
teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from costlib.agents.outcomes import measured
from costlib.agents.runs import Runs
from costlib.agents.spending import Spent, spent
from costlib.budgets.limits import picodollars, usd_of
from costlib.faces import counted_as_usual


@dataclass(frozen=True, eq=False)
@counted_as_usual
class Capped:
    """What a cap does. `cut` says which runs it cuts off; `lost` counts those of them that were
    solved, `solved` those that still are. Money is USD.
    """

    cap: Decimal
    cut: np.ndarray
    lost: int
    solved: int
    usd: Decimal
    saved: Decimal

    @property
    def per_solved(self) -> Decimal | None:
        """USD for each task that is still solved; None where none is."""
        return self.usd / self.solved if self.solved else None

    @property
    def per_lost(self) -> Decimal | None:
        """USD saved for each solved task lost: what a task must at most be worth. None: none."""
        return self.saved / self.lost if self.lost else None


def capped(runs: Runs | Spent, cap: Decimal | float | str) -> Capped:
    """The runs when each stops before the first call that would take it beyond `cap` USD.

    That is the latest a budget can stop: one that reserves the worst case of a call (lesson 5)
    stops a little earlier. A run that is cut off counts as not solved.

    Raises ValueError for a cap that is not above 0, and when nobody measured what was solved.
    """
    limit = usd_of(picodollars(cap))
    if not limit:
        raise ValueError(f"cap={cap}: give USD above 0")
    money = spent(runs) if isinstance(runs, Runs) else runs
    runs = money.runs
    solved = measured(runs)
    each = money.by_turn[runs.by_time]
    total = np.cumsum(each)
    before = np.repeat(total[runs.first[:-1]] - each[runs.first[:-1]], runs.turns)
    beyond = total - before > int(limit.scaleb(12))  # and every call after it, as costs add up
    saved = int(each[beyond].sum())
    cut = runs.per_run(beyond.astype(np.int64)) > 0
    return Capped(
        limit,
        cut,
        int((cut & solved).sum()),
        int((~cut & solved).sum()),
        money.usd - Decimal(saved).scaleb(-12),
        Decimal(saved).scaleb(-12),
    )
