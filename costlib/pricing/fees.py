"""What is charged by the call and not by the token: `data/fees.csv`.

A search of one's files, a container that runs code, an answer grounded in maps. Web searches have a
rate on their model's card (`web_search`); where a vendor has one price for all its models, it
stands here. Units: exact USD. A fee without a row is not published: it is named, never dropped.
Lesson 2 meets fees; each row names its source.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from costlib.paths import data_rows


class Fee(NamedTuple):
    """A price of `usd` for each `per` calls, which are `unit` in words."""

    usd: Decimal
    per: int
    unit: str


@cache
def fee_of(fee: str, provider: str, model: str, day: date) -> Fee:
    """The price of a fee at a vendor on a day.

    Raises LookupError, naming the fee, where no price is published or the day is before the first
    known one.
    """
    rows = [
        row
        for row in data_rows("fees.csv")
        if (row["provider"], row["fee"]) == (provider, fee)
        and (not row["prefix"] or f"{model}-".startswith(f"{row['prefix']}-"))
    ]
    known = [row for row in rows if date.fromisoformat(row["valid_from"]) <= day]
    if not known:
        first = min((row["valid_from"] for row in rows), default=None)
        why = (
            f"no price of it is published for {model!r} at {provider!r}"
            if first is None
            else f"its first known price at {provider!r} is of {first}, and this is {day}"
        )
        raise LookupError(
            f"the fee {fee!r} is charged beside the tokens, and {why}: price the rest with "
            "dataclasses.replace(usage, fees=()) and add the fee yourself, or add a sourced row to "
            "data/fees.csv"
        )
    row = max(known, key=lambda row: (len(row["prefix"]), row["valid_from"]))
    return Fee(Decimal(row["usd"]), int(row["per"]), row["unit"])


@cache
def is_priced(fee: str, provider: str) -> bool:
    """Whether any price of a fee is known at a vendor."""
    known = [(row["fee"], row["provider"]) for row in data_rows("fees.csv")]
    return (fee, provider) in known


@cache
def fee_unit(fee: str) -> str:
    """What a fee's rate is for, such as "1,000 calls"."""
    return next((row["unit"] for row in data_rows("fees.csv") if row["fee"] == fee), "call")
