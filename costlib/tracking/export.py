"""A month of a ledger for a spreadsheet, whose rows add up to the ledger to the last digit.

By day (of a time zone), project, feature and model, with USD; what has no price is counted in
columns of its own and is in no sum. Amounts are not rounded. By one's own rates (`OwnRates`), the
list price and the contract's stand side by side; the columns are those of FOCUS: `list_cost_usd`
(ListCost), `contracted_cost_usd` (ContractedCost), `billed_cost_eur` (BilledCost before credits and
tax). `python -m costlib export` writes it; lesson 4 uses it.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from costlib.display.amounts import counted
from costlib.pricing.cost import sum_exactly
from costlib.pricing.own_rates import OwnRates, read_own_rates
from costlib.tracking.calls import by_time, call_of, cost_of_call, load_calls
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.ledger import Ledger, open_ledger
from costlib.tracking.periods import Period, find_zone, label, period_of
from costlib.tracking.unpriced import Unpriced, unpriced_in

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    import pandas

BY = ("day", "project", "feature", "model")
COULD_BE_BY = (*BY, "provider", "user", "run", "tier", "region", "status", "operation")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run what begins so
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")  # XML, and so .xlsx, has no place for these


@dataclass(frozen=True)
class Export:
    """Rows of a month, their columns in order, and what they add up to, in exact USD.

    `contracted` and `billed` are None without own rates; `unpriced` has no list price, and
    `without_own` no price by own rates.
    """

    period: Period
    zone: ZoneInfo
    by: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    attempts: int
    listed: Decimal
    unpriced: Unpriced
    rates: OwnRates | None = None
    contracted: Decimal | None = None
    without_own: Unpriced = field(default_factory=Unpriced)

    @property
    def name(self) -> str:
        """The month and the zone, such as "2026-11 in Europe/Berlin"."""
        return f"{label(self.period, self.zone)} in {self.zone.key}"

    def __str__(self) -> str:
        attempts = counted(self.attempts, "attempt")
        lines = [f"{self.name}: {self.listed:,f} USD at list price for {attempts}."]
        if self.unpriced:
            lines.append(f"Not in it: {self.unpriced}.")
        if self.rates is not None and self.contracted is not None:
            own = f"By own rates ({self.rates.source}): {self.contracted:,f} USD"
            if self.rates.currency is not None:
                code = self.rates.currency.code
                own += f", {self.rates.currency.of(self.contracted):,f} {code} at "
                own += str(self.rates.currency)
            lines.append(f"{own}.")
            if self.without_own:
                lines.append(f"Not in that: {self.without_own} by own rates.")
        lines.append(
            f"Divided by {', '.join(self.by)} into {counted(len(self.rows), 'row')}, exact to the "
            "last digit: nothing is rounded."
        )
        return "\n".join(lines)

    def write_csv(self, file: TextIO) -> None:
        """The rows as CSV; a text that a spreadsheet would run as a formula gets a quote mark."""
        writer = csv.DictWriter(file, list(self.rows[0]), lineterminator="\n")
        writer.writeheader()
        for row in self.rows:
            writer.writerow({name: _as_csv(value) for name, value in row.items()})

    def write_xlsx(self, path: str | Path) -> None:
        """The rows as a sheet for Excel, and a second one that says what they are.

        Excel keeps 15 digits of a number; the second sheet has the sums to the last digit, as text.
        Raises ValueError where the package openpyxl is not there.
        """
        try:
            from openpyxl import Workbook
        except ImportError:
            raise ValueError(
                "an .xlsx file needs the package openpyxl: install it with `pip install openpyxl`, "
                "or write a .csv, which every spreadsheet opens"
            ) from None
        book = Workbook()
        sheet = book.active
        sheet.title = label(self.period, self.zone)
        for number, row in enumerate([dict.fromkeys(self.rows[0]), *self.rows], start=1):
            for place, (name, value) in enumerate(row.items(), start=1):
                cell = sheet.cell(number, place)
                cell.value = (
                    _CONTROL.sub("\ufffd", name if number == 1 else value)
                    if (number == 1 or isinstance(value, str))
                    else value
                )
                if isinstance(cell.value, str):
                    cell.data_type = "s"  # never a formula
        sheet.freeze_panes = "A2"
        about = book.create_sheet("about")
        for number, line in enumerate(str(self).splitlines(), start=1):
            cell = about.cell(number, 1)
            cell.value, cell.data_type = _CONTROL.sub("\ufffd", line), "s"
        book.save(path)


def export_month(
    calls: pandas.DataFrame,
    month: str,
    *,
    zone: str = "UTC",
    by: Sequence[str] = BY,
    rates: OwnRates | None = None,
) -> Export:
    """The calls of a month (2026-11, by the calendar of `zone`) in rows by the columns `by`.

    `calls` is `Ledger.frame()` or a part of it that has the month. Raises ValueError for a month
    without calls, saying which days there are, and for what is no month, zone or column.
    """
    where = find_zone(zone)
    period = month_of(month, where)
    unknown = [name for name in by if name not in COULD_BE_BY]
    if unknown or not by:
        raise ValueError(
            f"by={unknown[0] if unknown else ''!r}: choose some of {', '.join(COULD_BE_BY)}"
        )
    rows = in_period(calls, period, where)
    rows = rows.assign(day=rows["time"].dt.tz_convert(where).dt.date)
    if "model" in by and "provider" not in by:
        by = [name for each in by for name in (("provider", each) if each == "model" else (each,))]
    own = _by_own_rates(rows, rates)
    without_own = unpriced_in(rows.assign(cost_pusd=own)) if rates else Unpriced()
    found = [
        _row(dict(zip(by, key, strict=True)), mine, own, rates)
        for key, mine in rows.groupby(list(by), sort=True)
    ]
    return Export(
        period, where, tuple(by), tuple(found), len(rows), sum_usd(rows), unpriced_in(rows),
        rates, sum_exactly(row["contracted_cost_usd"] for row in found) if rates else None,
        without_own,
    )  # fmt: skip


def month_of(month: str, zone: ZoneInfo) -> Period:
    """The period of a month written like 2026-11; ValueError for anything else."""
    try:
        first = datetime.strptime(month, "%Y-%m")
    except (ValueError, TypeError):
        raise ValueError(f"month={month!r} is no month: write it like 2026-11") from None
    return period_of(first.replace(hour=12, tzinfo=zone), "month", zone)


def in_period(calls: pandas.DataFrame, period: Period, zone: ZoneInfo) -> pandas.DataFrame:
    """The calls of a period; ValueError, saying which days there are, for none."""
    calls = by_time(calls)
    rows = calls[(calls["time"] >= period.start) & (calls["time"] < period.end)]
    if len(rows):
        return rows
    if not len(calls):
        raise ValueError("the ledger is empty: there is nothing to write yet")
    first, last = (calls["time"].agg(end).tz_convert(zone).date() for end in ("min", "max"))
    raise ValueError(
        f"there are no calls in {label(period, zone)} ({zone.key}): the ledger has calls from "
        f"{first} to {last}"
    )


def read_ledger(where: str) -> pandas.DataFrame:
    """The calls of a ledger that is there: its file or URL, or a CSV file (`.gz` too) of it.

    Raises ValueError for one that is not there; nothing is made.
    """
    if where.lower().endswith((".csv", ".csv.gz")):
        return load_calls(where)
    ledger: Ledger = open_ledger(where)
    try:
        return ledger.frame()
    finally:
        ledger.close()


def main(options: argparse.Namespace) -> int:
    """`python -m costlib export`."""
    try:
        rates = read_own_rates(options.rates) if options.rates else None
        made = export_month(
            read_ledger(options.ledger),
            options.month,
            zone=options.zone,
            by=[name.strip() for name in options.by.split(",")],
            rates=rates,
        )
        if options.out is None:
            _show(made)
        elif options.out.suffix.lower() == ".xlsx":
            made.write_xlsx(options.out)
        else:
            with options.out.open("w", encoding="utf-8", newline="") as file:
                made.write_csv(file)
    except (ValueError, LookupError) as error:
        print(f"Nothing was written: {error}.", file=sys.stderr)
        return 1
    print(made, file=sys.stderr)
    return 0


def _show(made: Export) -> None:
    """The table on the screen; ValueError where that would show another sign for one of a name."""
    table, encoding = io.StringIO(newline=""), sys.stdout.encoding or "utf-8"
    made.write_csv(table)
    try:
        table.getvalue().encode(encoding)
    except UnicodeEncodeError as error:
        sign = ascii(error.object[error.start])
        raise ValueError(f"{encoding} cannot show {sign}: write a file, with --out") from None
    print(table.getvalue(), end="")


# --- Inside -----------------------------------------------------------------------------------


def _by_own_rates(rows: pandas.DataFrame, rates: OwnRates | None) -> pandas.Series:
    import pandas

    if rates is None:
        return pandas.Series(pandas.NA, index=rows.index, dtype=object)
    about = rows.drop(columns=["day", "id"], errors="ignore").to_dict("records")
    costs = [cost_of_call(call_of(row), rates.rate_card)[0] for row in about]
    return pandas.Series(costs, index=rows.index, dtype=object)


def _row(
    about: dict[str, Any], mine: pandas.DataFrame, own: pandas.Series, rates: OwnRates | None
) -> dict[str, Any]:
    unpriced = unpriced_in(mine)
    row = {
        **about,
        "attempts": len(mine),
        "requests": int(mine["requests"].sum()),
        "input_tokens": int(mine["input_tokens"].sum()),
        "output_tokens": int(mine["output_tokens"].sum()),
        "list_cost_usd": sum_usd(mine),
        "unpriced_calls": unpriced.calls,
        "unpriced_tokens": unpriced.tokens,
    }
    if rates is not None:
        costs = own.loc[mine.index]
        row["contracted_cost_usd"] = sum_exactly(usd for usd in costs if usd is not None)
        row["without_own_price"] = unpriced_in(mine.assign(cost_pusd=costs)).calls
        if rates.currency is not None:
            billed = rates.currency.of(row["contracted_cost_usd"])
            row[f"billed_cost_{rates.currency.code.lower()}"] = billed
    return row


def _as_csv(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, str):
        text = value.replace("\x00", "\ufffd")
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value
