"""A month of one's own ledger on a page that can be signed: what it cost, and how sure that is.

The certain figure leads: calls with a price whose tokens the provider counted. What rests on an
estimate stands beside it, what has no price in no sum, and a day without a call in the ledger is
drawn as such and not as zero. Every table adds up to the total that it shows: amounts are rounded
to cents by the largest remainder (`showback.spread`). Units: USD, and the invoice's currency
where the own rates have one. `python -m costlib report` writes the page; lesson 4 uses it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

from costlib.display.amounts import counted, money
from costlib.display.tables import Shown
from costlib.display.templates import render
from costlib.faces import counted_as_usual
from costlib.pricing.own_rates import OwnRates, read_own_rates
from costlib.pricing.prices import AS_OF
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.export import Export, export_month, in_period, read_ledger
from costlib.tracking.showback import CENT, UNTAGGED, spread

_WIDTH, _HEIGHT = 640, 120  # pixels of the chart
_LISTED = 12  # rows of a table; the others are one row
_BY = ("provider", "model", "project", "feature", "day")


class _Day(NamedTuple):
    """A day of the chart: its left end and height in pixels, USD (None: no calls), a caveat."""

    name: str
    left: float
    size: float
    usd: str | None
    note: str
    label: str


class _Table(NamedTuple):
    title: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]
    foot: tuple[str, ...]
    numbers: tuple[int, ...]


@dataclass(frozen=True)
@counted_as_usual
class LedgerReport(Shown):
    """The page of a month; `calls` are those of the month, `made` what `export_month` makes of
    them by provider, model, project, feature and day."""

    calls: pd.DataFrame
    made: Export
    ledger: str = "a ledger"
    author: str = ""
    title: str = ""

    def document(self) -> str:
        """The whole page, with nothing that it would have to load."""
        certain = money(self._certain()[0], digits=2)
        return render(
            "bank/ledger_report.html",
            head=f"{self.title or 'What models cost'}, {self.made.name}: {certain} certain",
            about=f"{counted(self.made.attempts, 'attempt')}, failures and retries too, each "
            "priced by itself when it was recorded. Amounts are USD at list price unless a column "
            "says otherwise.",
            sums=self._sums(),
            finding=self._finding(),
            width=_WIDTH,
            height=_HEIGHT,
            bar=_WIDTH / len(self._dates()) * 0.8,
            days=self._days(),
            top=f"{self._dearest()[1]} on the dearest day",
            chart=f"Bars of USD a day, {counted(len(self._dates()), 'day')}; the table by day has "
            "them all.",
            legend="A dashed box is a day without a call in the ledger: whether nothing was used, "
            "or nothing recorded, the ledger cannot tell. A question mark is a day with calls that "
            "have no price, which its bar leaves out.",
            tables=[
                self._table("By vendor and model", ("provider", "model")),
                self._table("By project", ("project",)),
                self._table("By feature", ("feature",)),
                self._table("By day", ("day",), listed=31),
            ],
            facts=self._facts(),
            notes=(
                *self._unfinished(),
                "Certain: the provider counted the tokens, and data/prices.csv had a rate. An "
                "invoice may differ by tax, credits, discounts and what no client tracked: "
                "costlib.tracking.reconcile_invoice takes it apart.",
            ),
        )

    def _unfinished(self) -> list[str]:
        """A month that goes on: whoever signs has to know that its sum grows."""
        end = self.made.period.end
        assert end is not None  # a month has one
        if datetime.now(UTC) >= end:
            return []
        return [f"This month was not over when the page was made: calls until "
                f"{end:%Y-%m-%d %H:%M} UTC still belong to it."]  # fmt: skip

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; gives its path."""
        target = Path(path)
        target.write_text(self.document(), encoding="utf-8")
        return target

    def html(self) -> str:
        """The page in a frame of its own, so that a notebook's theme leaves it alone."""
        title = self.title or "What models cost"
        return render("bank/report_frame.html", title=title, page=self.document())

    def __str__(self) -> str:
        certain, estimated = (money(usd, digits=2) for usd in self._certain())
        return f"{self.made}\nCertain: {certain}; on estimates: {estimated}."

    def _total(self) -> Decimal:
        return self.made.listed.quantize(CENT, ROUND_HALF_UP)

    def _certain(self) -> tuple[Decimal, Decimal]:
        """USD of calls that the provider counted, and of those that rest on an estimate."""
        estimated = self.calls["estimated"]
        parts = [sum_usd(self.calls[~estimated]), sum_usd(self.calls[estimated])]
        certain, guessed = spread(self._total(), parts, CENT)
        return certain, guessed

    def _sums(self) -> list[tuple[str, str, str]]:
        certain, estimated = self._certain()
        guesses = int(self.calls["estimated"].sum())
        sums = [
            ("certain", money(certain, digits=2), "counted by the provider"),
            ("on estimates", money(estimated, digits=2), f"{guesses:,} cut or failed attempts"),
            ("both together", money(self._total(), digits=2), "at list price"),
        ]
        made = self.made
        if made.contracted is not None and made.rates is not None:
            own = made.contracted.quantize(CENT, ROUND_HALF_UP)
            beside = made.rates.source
            if made.rates.currency is not None:
                billed = made.rates.currency.of(made.contracted).quantize(CENT, ROUND_HALF_UP)
                beside += f"; {billed:,f} {made.rates.currency.code}"
            sums.append(("by own rates", money(own, digits=2), beside))
        if made.unpriced:
            sums.append(
                ("without a price", counted(made.unpriced.calls, "call"),
                 f"{counted(made.unpriced.tokens, 'token')}, in no sum")
            )  # fmt: skip
        return sums

    def _finding(self) -> str:
        day, usd = self._dearest()
        return f"The dearest day is {day:%A, %d %B}: {usd}"

    def _dearest(self) -> tuple[date, str]:
        day = max(self._by_day, key=lambda each: self._by_day[each])
        return day, self._shown_by_day[day]

    def _dates(self) -> list[date]:
        start, end = self.made.period.start, self.made.period.end
        assert start is not None and end is not None  # a month has both
        first, last = (moment.astimezone(self.made.zone).date() for moment in (start, end))
        return [first + timedelta(days=n) for n in range((last - first).days)]

    @cached_property
    def _by_day(self) -> dict[date, Decimal]:
        """USD of each day that has calls in the ledger, in their order."""
        found: dict[date, Decimal] = {}
        for row in sorted(self.made.rows, key=lambda row: row["day"]):
            found[row["day"]] = found.get(row["day"], Decimal(0)) + row["list_cost_usd"]
        return found

    @cached_property
    def _shown_by_day(self) -> dict[date, str]:
        """The same in cents, as the table by day has them."""
        cents = spread(self._total(), list(self._by_day.values()), CENT)
        return {day: money(usd, digits=2) for day, usd in zip(self._by_day, cents, strict=True)}

    def _days(self) -> list[_Day]:
        by_day, shown, dates = self._by_day, self._shown_by_day, self._dates()
        most = max(by_day.values()) or Decimal(1)
        unpriced = {row["day"] for row in self.made.rows if row["unpriced_calls"]}
        step = _WIDTH / len(dates)
        return [
            _Day(
                str(day),
                n * step,
                0.0 if day not in by_day else max(float(by_day[day] / most) * _HEIGHT, 1.0),
                shown.get(day),
                ", and calls without a price" if day in unpriced else "",
                str(day.day) if day.day == 1 or day.day % 5 == 0 else "",
            )
            for n, day in enumerate(dates)
        ]

    def _table(self, title: str, by: Sequence[str], listed: int = _LISTED) -> _Table:
        """The month divided by some columns, the dearest first (days in their order)."""
        groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in self.made.rows:
            groups.setdefault(tuple(str(row[name]) or UNTAGGED for name in by), []).append(row)
        names = sorted(groups, key=lambda key: (-_sum(groups[key], "list_cost_usd"), key))
        if by == ("day",):
            names = sorted(groups)
        kept = [(" · ".join(key), groups[key]) for key in names[:listed]]
        if names[listed:]:
            rest = [row for key in names[listed:] for row in groups[key]]
            kept.append((counted(len(names) - listed, "other"), rest))
        columns = [self._usd_column(kept, "list_cost_usd", self.made.listed)]
        heads = ["USD"]
        if self.made.contracted is not None:
            columns.append(self._usd_column(kept, "contracted_cost_usd", self.made.contracted))
            heads.append("USD by own rates")
        rows = []
        for n, (name, mine) in enumerate(kept):
            attempts = sum(row["attempts"] for row in mine)
            unpriced = sum(row["unpriced_calls"] for row in mine)
            amounts = (column[n] for column in columns)
            rows.append((name, f"{attempts:,}", *amounts, f"{unpriced:,}"))
        foot = ("Total", f"{self.made.attempts:,}", *(column[-1] for column in columns),
                f"{self.made.unpriced.calls:,}")  # fmt: skip
        titles = (" · ".join(by).capitalize(), "Attempts", *heads, "Calls without a price")
        return _Table(title, titles, rows, foot, tuple(range(1, len(titles))))

    def _usd_column(
        self, kept: list[tuple[str, list[dict[str, Any]]]], name: str, whole: Decimal
    ) -> list[str]:
        """The amounts of a column in cents, and last the total that they add up to."""
        total = whole.quantize(CENT, ROUND_HALF_UP)
        shown = spread(total, [_sum(rows, name) for _, rows in kept], CENT)
        return [f"{usd:,f}" for usd in (*shown, total)]

    def _facts(self) -> list[tuple[str, str]]:
        start, end = self.made.period.start, self.made.period.end
        first, last = self.calls["time"].min(), self.calls["time"].max()
        zone = self.made.zone
        vendors, models = (sorted({str(n) for n in self.calls[c]}) for c in ("provider", "model"))
        shown = ", ".join(models[:12]) + (f" and {len(models) - 12} more" if models[12:] else "")
        rates = self.made.rates
        return [
            ("Period", f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M} UTC, {self.made.name}"),
            ("Calls in it", f"from {first.tz_convert(zone):%Y-%m-%d %H:%M} to "
             f"{last.tz_convert(zone):%Y-%m-%d %H:%M}, {counted(self.made.attempts, 'attempt')}"),
            ("Ledger", self.ledger),
            ("Vendors", ", ".join(vendors)),
            ("Models", shown),
            ("Prices", "list prices of the day of each call, without tax, credits and discounts"),
            ("Own rates", "none" if rates is None else rates.source
             + (f"; {rates.currency}" if rates.currency else "")),
            ("Edition", f"{AS_OF:%Y.%m}, prices checked until {AS_OF}"),
            ("Author", self.author or "–"),
            ("Made on", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
            ("Rounded", "to cents, at the end; in each table the cents that are left go to the "
             f"largest remainders, so that it adds up. Exact sum: {self.made.listed:,f} USD"),
        ]  # fmt: skip


def month_report(
    calls: pd.DataFrame,
    month: str,
    *,
    zone: str = "UTC",
    rates: OwnRates | None = None,
    ledger: str = "a ledger",
    author: str = "",
    title: str = "",
) -> LedgerReport:
    """The report of a month (2026-11) of a ledger's frame. Raises as `export_month` does."""
    made = export_month(calls, month, zone=zone, by=_BY, rates=rates)
    return LedgerReport(in_period(calls, made.period, made.zone), made, ledger, author, title)


def main(options: argparse.Namespace) -> int:
    """`python -m costlib report`."""
    try:
        page = month_report(
            read_ledger(options.ledger),
            options.month,
            zone=options.zone,
            rates=read_own_rates(options.rates) if options.rates else None,
            ledger=Path(options.ledger.partition("?")[0]).name,
            author=options.author,
            title=options.title,
        )
        target = page.save(options.out or f"report-{options.month}.html")
    except (ValueError, LookupError) as error:
        print(f"Nothing was written: {error}.", file=sys.stderr)
        return 1
    print(f"{page}\nThe page is {target}; a browser prints it.")
    return 0


def _sum(rows: list[dict[str, Any]], name: str) -> Decimal:
    return sum((row[name] for row in rows), Decimal(0))
