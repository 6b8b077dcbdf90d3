"""Sums of whole pico-dollars to the last digit, however large: int64 ends at 9.2 million dollars.

Beyond that pandas goes on at minus 9.2 million without a word. So the upper and the lower half of
each amount are added apart, and put together as Python's own numbers. Lesson 4 adds up a ledger.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas

_HALF = 2**32


def exact_sum(picodollars: pandas.Series) -> int:
    """What a column of whole pico-dollars adds up to; what has no price is in no sum."""
    whole = picodollars.fillna(0).astype("int64")
    return int((whole // _HALF).sum()) * _HALF + int((whole % _HALF).sum())


def exact_usd(picodollars: pandas.Series) -> Decimal:
    """The same in USD."""
    return Decimal(exact_sum(picodollars)).scaleb(-12)


def sum_usd(calls: pandas.DataFrame) -> Decimal:
    """What rows of a ledger cost together, in exact USD; those without a price are in no sum."""
    return exact_usd(calls["cost_pusd"])


def exact_sums(picodollars: pandas.Series, by: pandas.Series) -> pandas.Series:
    """`exact_sum` for each value of another column of the rows: Python's numbers, by its values."""
    whole = picodollars.fillna(0).astype("int64")
    upper, lower = ((part.groupby(by).sum()) for part in (whole // _HALF, whole % _HALF))
    return upper.astype(object) * _HALF + lower.astype(object)
