"""`cost_table`: a ledger priced at once. numpy and pandas load with the first table.

It stands apart from `bulk`, which does the work, so that importing the name loads neither. Units:
whole pico-dollars (1e-12 USD). Lesson 3 uses it first.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas


def cost_table(frame: pandas.DataFrame) -> pandas.DataFrame:
    """A ledger priced at once: a copy of `frame` with `cost_pusd` and `cost_usd`.

    `frame` has one row a request with the columns `model`, `time` and any of `provider`, `tier`
    and the counts of `Usage`; a count without a column is 0, an empty tier is standard. `time`
    holds datetimes (one without a zone is UTC) or dates. Other columns are kept as they are.
    `cost_pusd` is exact, in int64 pico-dollars (1e-12 USD), and equals `cost_of` row by row;
    `cost_usd` is its float, for plots.

    Raises what `cost_of` and `Usage` raise, naming the first offending row; ValueError for an
    empty cell in a count (absent is not zero), and for a column that looks like a token count
    but is none, naming the nearest. Rows with audio seconds are priced one by one.
    """
    from costlib.pricing.bulk import price_frame

    return price_frame(frame)
