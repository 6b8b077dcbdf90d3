"""Sums that foot: what calls cost by day, model, project or session, and what has no price beside.

Each sum is rounded so that the column adds up to the total to the last digit shown (the largest
remainders are rounded up). The dearest stand alone, the rest is one row. Units: Decimal USD, days
of a time zone. Lesson 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

import pandas as pd

from costlib.display.amounts import counted, money
from costlib.faces import counted_as_usual
from costlib.tracking.calls import REPORTS
from costlib.tracking.exact_sum import exact_sums, sum_usd
from costlib.tracking.showback import CENT, UNTAGGED, spread
from costlib.tracking.unpriced import Unpriced, unpriced_in


@dataclass(frozen=True)
@counted_as_usual
class Part:
    """A row of a breakdown: what it is, its requests, its USD (exact, and as it is shown so that
    the column foots), and what of it has no price.
    """

    name: str
    calls: int
    exact: Decimal
    shown: Decimal
    unpriced: Unpriced

    @property
    def usd(self) -> str:
        """The amount as text: never zero for what costs, or for what has no price."""
        if not self.exact and self.unpriced:
            return "no price"
        if self.exact and not self.shown:
            return f"below {money(Decimal(1).scaleb(-places_of(self.shown)))}"
        return money(self.shown, digits=places_of(self.shown)) if self.exact else "$0"


def days_of(frame: pd.DataFrame, zone: ZoneInfo) -> pd.Series:
    """The day of each call in a zone; a row of a vendor's report keeps the vendor's day, in UTC."""
    here = frame["time"].dt.tz_convert(zone).dt.date
    return here.where(~frame["operation"].isin(REPORTS), frame["time"].dt.date)


def calls_in(rows: pd.DataFrame) -> int:
    """Requests: a row that sums up several counts as that many."""
    return int(rows["requests"].clip(lower=1).sum())


def unit_of(total: Decimal) -> Decimal:
    """What a column is rounded to: cents, or for a small total what leaves three digits."""
    return CENT if total >= 1 or not total else Decimal(1).scaleb(min(-2, total.adjusted() - 2))


def parts_of(
    frame: pd.DataFrame, names: pd.Series, *, top: int | None = None, by_name: bool = False
) -> list[Part]:
    """A row for each name, the dearest first (or in the order of names), `top` of them and the rest
    in one. What is shown adds up to the total as `unit_of` rounds it.
    """
    rows = frame.assign(
        _name=names.map(lambda name: str(name) or UNTAGGED),
        _requests=frame["requests"].clip(lower=1),
        _none=frame["cost_pusd"].isna() * frame["requests"].clip(lower=1),
        _tokens=frame["cost_pusd"].isna() * (frame["input_tokens"] + frame["output_tokens"]),
    )
    sums = rows.groupby("_name")[["_requests", "_none", "_tokens"]].sum()
    sums["_cost"] = exact_sums(frame["cost_pusd"], rows["_name"])
    if by_name:
        sums = sums.sort_index()
    else:
        sums = sums.sort_values(["_cost", "_tokens"], ascending=False, kind="stable")
    if top is not None and len(sums) > top + 1:
        rest = sums.iloc[top:]
        more = pd.DataFrame([rest.sum()], index=[counted(len(rest), "other")])
        sums = pd.concat([sums.iloc[:top], more])
    exact = [Decimal(int(cost)).scaleb(-12) for cost in sums["_cost"]]
    total = sum(exact, Decimal(0))
    unit = unit_of(total)
    shown = spread(total.quantize(unit), exact, unit)
    return [
        Part(
            str(name),
            int(row["_requests"]),
            usd,
            cents,
            Unpriced(int(row["_none"]), int(row["_tokens"])),
        )
        for (name, row), usd, cents in zip(sums.iterrows(), exact, shown, strict=True)
    ]


def total_of(frame: pd.DataFrame) -> Part:
    """All calls together, rounded as the parts are."""
    exact = sum_usd(frame)
    shown = exact.quantize(unit_of(exact))
    return Part("in all", calls_in(frame), exact, shown, unpriced_in(frame))


def places_of(shown: Decimal) -> int:
    """The digits behind the point of a rounded amount."""
    return -int(shown.as_tuple().exponent)
