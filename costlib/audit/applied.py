"""A lever applied to one's own calls as a record, and the calls as levers ask for them.

Every lever is measured by itself against the calls as they were: what they save together is less
than the sum. A range is an estimate, and its ends say what it depends on. Whether answers stay as
good is measured nowhere here. Units: exact Decimal USD in the records' own period. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import pandas as pd

from costlib.agents.cache_choices import lifetimes, one_card
from costlib.agents.reading import runs_of
from costlib.agents.runs import Runs
from costlib.tracking.calls import REPORTS

GROWING = 0.7
"""A session: so many of its turns send at least what the turn before sent."""

READ_SHARE = Decimal("0.88")
"""Of what a model of a cache says, the 500 recorded runs of lesson 3 read so much: the low end."""

QUALITY = "how good the answers are"
WAITING = "who waits for an answer"
NOTHING = "nothing: the requests are the same"
SAME_TURNS = "the same turns, and answers of the same length"


@dataclass(frozen=True)
class Applied:
    """A lever on these calls: `saved` in USD, low and high, in the records' period (negative where
    it would cost more; None where it cannot be told, and `needs` says what is missing).
    """

    lesson: int
    lever: str
    saved: tuple[Decimal, Decimal] | None
    certain: str = ""
    assumed: str = ""
    unmeasured: str = ""
    needs: str = ""


@dataclass(frozen=True, eq=False)
class Records:
    """Calls with a price, and what several levers ask of them, worked out once."""

    frame: pd.DataFrame

    @cached_property
    def priced(self) -> pd.DataFrame:
        """What has a price and came back."""
        return self.frame[self.frame["cost_pusd"].notna() & (self.frame["status"] == "ok")]

    @cached_property
    def single(self) -> pd.DataFrame:
        """Of these, calls that stand for one request and whose counts are the vendor's."""
        rows = self.priced
        alone = ~rows["operation"].isin(REPORTS) & (rows["requests"] <= 1)
        return rows[alone & ~rows["estimated"]]

    @cached_property
    def turns(self) -> pd.DataFrame:
        """Of these, the turns of sessions: calls of one run and model that send ever more.

        A job whose calls have nothing to do with each other may have a run too; it is no session.
        """
        rows = self.single[(self.single["run"] != "") & (self.single["input_tokens"] > 0)]
        thread = ["run", "feature", "provider", "model"]
        rows = rows.sort_values([*thread, "time", "id"])
        follows = rows[thread].eq(rows[thread].shift()).all(axis=1)
        grows = rows["input_tokens"].diff().ge(0).where(follows)
        share = grows.astype(float).groupby([rows[name] for name in thread]).transform("mean")
        return rows[share >= GROWING]  # a run of one call has no share

    @cached_property
    def loose(self) -> pd.DataFrame:
        """The other single calls."""
        return self.single[~self.single["id"].isin(self.turns["id"])]

    @cached_property
    def runs(self) -> list[Runs]:
        """The sessions as runs, apart for each model and rate, as each has its own cache.

        Those of a model whose cache no table knows, or whose price depends on the hour, are left
        out.
        """
        found = []
        by = ["provider", "model", "tier", "rate_valid_from"]
        for _, mine in self.turns.groupby(by, dropna=False):
            runs = runs_of(mine, apart="feature")
            with suppress(LookupError, ValueError):
                lifetimes(one_card(runs))
                found.append(runs)
        return found


def placed(rows: pd.DataFrame) -> pd.DataFrame:
    """The rows with their project as their feature where they name none.

    Detectors judge what belongs together by feature, which logs and exports seldom have.
    """
    return rows.assign(feature=rows["feature"].where(rows["feature"] != "", rows["project"]))


Pull = Callable[[Records], Iterator[Applied]]
"""A lever: from records to what it does there, in one row or several."""
