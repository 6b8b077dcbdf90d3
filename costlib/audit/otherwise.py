"""What the same calls would cost otherwise: two prices of the same rows, and their difference.

Both sides are priced anew at the rates of each call's time, so that a price that was stored by
other rates moves nothing. Rows that one of the two cannot price are in neither sum. Units: exact
Decimal USD. Lesson 4 has the one side, every later lesson a reason for the other.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple

import pandas as pd

from costlib.faces import counted_as_usual
from costlib.pricing.prices import AS_OF
from costlib.tracking.exact_sum import exact_usd
from costlib.tracking.reprice import reprice_frame


@counted_as_usual
class Otherwise(NamedTuple):
    """What rows cost as they are, and otherwise (USD), and how many of them both can price."""

    before: Decimal
    after: Decimal
    calls: int

    @property
    def saved(self) -> Decimal:
        """USD less; below 0 where it costs more."""
        return self.before - self.after


def otherwise(
    rows: pd.DataFrame,
    changed: pd.DataFrame | None = None,
    *,
    model: str | None = None,
    tier: str | None = None,
    at: date | datetime | None = None,
) -> Otherwise:
    """The rows, and the same rows with other counts, on another model, in another tier, or at
    another time. A model that was not sold yet at a call's time is priced at the as-of date.
    """
    before = reprice_frame(rows)["repriced_pusd"]
    other = rows if changed is None else changed
    after = reprice_frame(other, model=model, tier=tier, at=at)["repriced_pusd"]
    if model is not None and at is None and after.isna().any():
        later = reprice_frame(other[after.isna()], model=model, tier=tier, at=AS_OF)
        after = after.fillna(later["repriced_pusd"])
    both = before.notna() & after.notna()
    return Otherwise(exact_usd(before[both]), exact_usd(after[both]), int(both.sum()))
