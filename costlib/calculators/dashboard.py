"""Lesson 4's calculator, the live dashboard: filter a ledger, and see where the money goes.

Per day with a forecast, per feature, per hour of the week, and what moved most. Units: USD, calls,
tokens; days and hours are UTC. Amounts are added up as whole pico-dollars and shown in dollars.

The rows are sorted into cells (an hour of a feature) once. A refresh then masks them and adds up
each cell, so that a million rows take a fraction of the time that drawing takes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, make_dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from costlib.alerts.forecast import Forecast, expected, forecast
from costlib.bank.tracked import tracked_month
from costlib.calculators.bars import DayBars
from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, choice
from costlib.display.amounts import counted, money
from costlib.display.figures import PALETTE
from costlib.display.tables import Shown, Table, table
from costlib.display.templates import render
from costlib.tracking.calls import by_time
from costlib.tracking.exact_sum import exact_sum
from costlib.tracking.unpriced import Unpriced

FILTERS = ("feature", "project", "user", "model", "status")
METRICS = {
    "cost_pusd": "cost, USD",
    "requests": "attempts",
    "input_tokens": "input tokens",
    "output_tokens": "output tokens",
}
ALL = "all"
_LISTED = 30  # names on a list, the dearest; users can be thousands
_MOVERS = 8
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


# --- The numbers ------------------------------------------------------------------------------


class Cells:
    """A ledger's frame made ready: codes to filter by, and rows in the order of their cell."""

    def __init__(self, calls: pd.DataFrame) -> None:
        _refuse(calls)
        calls = by_time(calls, FILTERS)
        total = exact_sum(calls["cost_pusd"])
        if total >= 2**63:  # the sums below are int64
            raise ValueError(
                f"the ledger holds {money(total // 10**12)}, and the dashboard "
                "adds up to 9.2 million dollars: give it a shorter time, frame(since=..., "
                "until=...)"
            )
        hour = calls["time"].dt.floor("h")
        self.first: date = hour.min().date()
        origin = pd.Timestamp(self.first, tz="UTC")
        self.hours = int((hour.max().floor("D") - origin) / timedelta(hours=1)) + 24
        place = ((hour - origin) / timedelta(hours=1)).to_numpy().astype(np.int64)
        coded = {name: pd.factorize(calls[name], sort=True) for name in FILTERS}
        self.names = {name: [str(each) for each in names] for name, (_, names) in coded.items()}
        cell = place * len(self.names["feature"]) + coded["feature"][0]
        order = np.argsort(cell, kind="stable")
        self.codes = {name: code[order].astype(np.int32) for name, (code, _) in coded.items()}
        self.values = {
            name: calls[name].fillna(0).to_numpy(dtype=np.int64)[order] for name in METRICS
        }
        self.unpriced = calls["cost_pusd"].isna().to_numpy()[order]
        # Before the first call and after the last nobody was looking: not observed, and not 0.
        self.seen = int(place.min()), int(place.max())
        cell = cell[order]
        self.starts = np.flatnonzero(np.diff(cell, prepend=-1))
        self.cell = cell[self.starts]
        self.hour = (cell // len(self.names["feature"])).astype(np.int32)

    @cached_property
    def days(self) -> list[str]:
        """Every day, as 2026-10-23."""
        return [str(self.first + timedelta(days=n)) for n in range(self.hours // 24)]

    def dearest(self, name: str) -> list[str]:
        """The values of a column that cost most, dearest first."""
        total = self.by(name, self.values["cost_pusd"])
        return [self.names[name][i] for i in np.argsort(-total, kind="stable")[:_LISTED]]

    def by(self, name: str, values: np.ndarray) -> np.ndarray:
        """The exact sum for each value of a column."""
        total = np.zeros(len(self.names[name]), dtype=np.int64)
        if name == "feature":
            np.add.at(total, self.cell % len(total), np.add.reduceat(values, self.starts))
        else:  # two sums of small numbers, because bincount adds in float64
            for part, unit in ((values >> 22, 1 << 22), (values & ((1 << 22) - 1), 1)):
                summed = np.bincount(self.codes[name], weights=part, minlength=len(total))
                total += summed.astype(np.int64) * unit
        return total

    def mask(self, chosen: Mapping[str, str], first: int, last: int) -> np.ndarray:
        """The rows that the filters choose, from one day to another, both included."""
        kept = (self.hour >= 24 * first) & (self.hour < 24 * (last + 1))
        for name, value in chosen.items():
            if value != ALL:
                kept &= self.codes[name] == self.names[name].index(value)
        return kept

    def grid(self, values: np.ndarray) -> np.ndarray:
        """Sums by hour (down) and feature (across), in int64."""
        grid = np.zeros(self.hours * len(self.names["feature"]), dtype=np.int64)
        grid[self.cell] = np.add.reduceat(values, self.starts)
        return grid.reshape(self.hours, -1)


@dataclass(frozen=True)
class Seen:
    """What the filters let through: `hourly` has hours down and features across, in the metric.

    Costs are in pico-dollars. `movers`: name, the last `span` days, and as many days before them.
    `unpriced` is what no cost contains, `unpriced_calls` how many of it each hour has. `observed`
    says for each hour whether the ledger had begun by then and went on.
    """

    metric: str
    by: str
    hourly: pd.DataFrame
    calls: int
    picodollars: int
    movers: tuple[tuple[str, int, int], ...]
    span: int
    month: Forecast | None
    unpriced: Unpriced
    unpriced_calls: np.ndarray
    observed: np.ndarray


@dataclass(frozen=True)
class View(Inputs):
    """The filters of a dashboard; `view_of` adds the fields, whose choices come from a ledger."""

    cells: ClassVar[Cells]

    def result(self) -> Seen:
        """Add up what the filters let through."""
        cells, inputs = self.cells, dict(vars(self))
        first, last = (cells.days.index(inputs.pop(name)) for name in ("since", "until"))
        metric, by = inputs.pop("metric"), inputs.pop("movers_by")
        if last < first:
            raise ValueError(
                f"Until, {cells.days[last]}, is before From, {cells.days[first]}: choose a later "
                "end."
            )
        kept = cells.mask(inputs, first, last)
        if not kept.any():
            chosen = ", ".join(f"{k} {v}" for k, v in inputs.items() if v != ALL)
            raise ValueError(f"No calls match {chosen or 'these days'}: choose fewer filters.")
        values = np.where(kept, cells.values[metric], 0)
        rows = slice(24 * first, 24 * (last + 1))
        hours = pd.date_range(cells.days[first], periods=rows.stop - rows.start, freq="h", tz="UTC")
        grid = pd.DataFrame(cells.grid(values)[rows], index=hours, columns=cells.names["feature"])
        span = min(7, (last + 1 - first) // 2)
        day = cells.hour // 24
        recent = np.where(day > last - span, values, 0)
        before = np.where((day <= last - span) & (day > last - 2 * span), values, 0)
        pairs = zip(cells.names[by], cells.by(by, recent), cells.by(by, before), strict=True)
        movers = sorted(pairs, key=lambda mover: -abs(mover[1] - mover[2]))
        spend = grid.sum(axis=1) / 1e12
        unpriced = kept & cells.unpriced
        tokens = sum(
            int(cells.values[f"{way}_tokens"][unpriced].sum()) for way in ("input", "output")
        )
        missing = Unpriced(int(cells.values["requests"][unpriced].sum()), tokens)
        spend.attrs["unpriced"] = missing
        hour = np.arange(rows.start, rows.stop)
        return Seen(
            metric,
            by,
            grid.loc[:, grid.any()],
            int(kept.sum()),
            int(cells.values["cost_pusd"][kept].sum()),
            tuple(
                (name, int(now), int(then)) for name, now, then in movers[:_MOVERS] if now - then
            ),
            span,
            forecast(spend) if metric == "cost_pusd" and _whole_month(spend.index) else None,
            missing,
            cells.grid(unpriced.astype(np.int64))[rows].sum(axis=1),
            (hour >= cells.seen[0]) & (hour <= cells.seen[1]),
        )


def _whole_month(hours: pd.DatetimeIndex) -> bool:
    """Whether the last month can be forecast: its first day is there, and two weeks in all."""
    return len(hours) >= 14 * 24 and hours[0] <= hours[-1].floor("D").replace(day=1)


def _refuse(calls: pd.DataFrame) -> None:
    columns = getattr(calls, "columns", ())
    if missing := [name for name in ("time", *FILTERS, *METRICS) if name not in columns]:
        raise ValueError(
            f"the dashboard shows the frame of a ledger, and this {type(calls).__name__} has no "
            f"column {missing[0]!r}: give ledger.frame()"
        )
    if calls.empty:
        raise ValueError("the ledger is empty: there is nothing to show yet")


def view_of(calls: pd.DataFrame) -> type[View]:
    """The filters of a ledger's frame: a `View` whose choices are what is in it."""
    cells = Cells(calls)

    def named(name: str) -> Any:
        options = ((f"{ALL} {name}s" if name != "status" else "any", ALL),)
        return lambda: options + tuple((value or "(none)", value) for value in cells.dearest(name))

    def days() -> tuple[tuple[str, str], ...]:
        return tuple((day, day) for day in cells.days)

    inputs = [(name, str, choice(name.capitalize(), ALL, named(name))) for name in FILTERS]
    inputs += [
        ("since", str, choice("From (UTC)", cells.days[0], days)),
        ("until", str, choice("Until, included", cells.days[-1], days)),
        ("metric", str, choice("Show", "cost_pusd", lambda: [(v, k) for k, v in METRICS.items()])),
        ("movers_by", str, choice("Movers by", "feature", lambda: [(n, n) for n in FILTERS])),
    ]
    return make_dataclass("View", inputs, bases=(View,), namespace={"cells": cells}, frozen=True)


# --- What is shown ----------------------------------------------------------------------------


@dataclass(frozen=True)
class HeatMap(Shown):
    """The mean of each hour of the week, hours down and days across: the darker, the more.

    An hour of the week that the ledger has not seen has no mean (NaN), which is not 0.
    """

    caption: str
    means: pd.DataFrame
    texts: tuple[tuple[str, ...], ...]

    def html(self) -> str:
        """A table whose cells have a colour and their number, so that colour is not needed."""
        means = self.means.to_numpy()
        seen = means[~np.isnan(means)]
        most = (float(seen.max()) if seen.size else 0.0) or 1.0
        shades = means * 0.5 / most  # so that the fullest cell can be read, in a dark theme too
        return render(
            "calculators/heat_map.html",
            caption=self.caption,
            days=_DAYS,
            hours=[
                (
                    hour,
                    [
                        (None if np.isnan(shade) else shade, text)
                        for shade, text in zip(shades[hour], texts, strict=True)
                    ],
                )
                for hour, texts in enumerate(self.texts)
            ],
        )

    def __str__(self) -> str:
        rows = [
            {"hour": f"{hour:02d}", **dict(zip(_DAYS, texts, strict=True))}
            for hour, texts in enumerate(self.texts)
        ]
        return str(table(rows, caption=self.caption))


class Dashboard(Calculator):
    """A ledger to look at, with filters. Leave it as a cell's last expression:

    Dashboard()                              # the tracked month of the bank
    Dashboard(ledger.frame(), feature="help-page", metric="input_tokens")
    """

    title = "Where does the money go?"

    def __init__(self, calls: pd.DataFrame | None = None, **inputs: Any) -> None:
        self.inputs_type = view_of(tracked_month() if calls is None else calls)  # type: ignore[misc]
        super().__init__(**inputs)

    def answer(self, result: Seen) -> Finding:
        """The sum in a sentence; each day, the hours of the week, and movers beneath."""
        hours = result.hourly.index
        usd = result.picodollars / 1e12
        sentence = (
            f"{counted(result.calls, 'attempt')} cost {money(usd, digits=2)} from "
            f"{hours[0]:%Y-%m-%d} to {hours[-1]:%Y-%m-%d}, {money(usd / result.calls)} each."
        )
        if result.unpriced:
            sentence += f" Not in it: {result.unpriced}."
        if result.month:
            low, high = (money(usd, digits=2) for usd in (result.month.low, result.month.high))
            ends = f"at about {low}" if low == high else f"between {low} and {high} (80% sure)"
            sentence += f" {hours[-1]:%B} will end {ends}."
        shown: list[Shown] = [_days(result), _heat(result)]
        if result.movers:
            shown.append(_movers(result))
        notes = (
            "Failed attempts are rows too: filter by status to see what they cost.",
            "The forecast takes the last four weeks as they were, trouble included.",
        )
        return Finding(sentence, tuple(shown), notes)


def _scaled(result: Seen) -> pd.DataFrame:
    """The metric by hour and feature, in its unit: dollars, or a count."""
    return result.hourly / 1e12 if result.metric == "cost_pusd" else result.hourly.astype(float)


def _show(result: Seen, value: float) -> str:
    return money(value, digits=2) if result.metric == "cost_pusd" else f"{value:,.0f}"


def _days(result: Seen) -> DayBars:
    """Each day as a bar of its features, the dearest lowest, and a forecast of seven days."""
    hourly = _scaled(result)
    spend = hourly.sum(axis=1)
    daily = hourly.to_numpy().reshape(-1, 24, hourly.shape[1]).sum(axis=1)
    totals = daily.sum(axis=1)
    order = np.argsort(-daily.sum(axis=0), kind="stable")
    parts = [(str(hourly.columns[i]) or "(none)", daily[:, i]) for i in order]
    if len(parts) > len(PALETTE):
        kept = len(PALETTE) - 1
        parts[kept:] = [("the rest", np.sum([values for _, values in parts[kept:]], axis=0))]
    ahead = np.array([])
    if len(daily) >= 14:
        hours = expected(spend, spend.index[-1] + timedelta(days=7, hours=1))
        ahead = hours.to_numpy().reshape(-1, 24).sum(axis=1)
    at, most = hourly.index[::24], max(*totals, *ahead, 0.0)
    return DayBars(
        *_told(result, at, totals, parts, len(ahead)),
        [f"{day:%Y-%m-%d}" for day in at],
        parts,
        list(ahead),
        f"{_show(result, most)} a day",
        _of_each_day(result, at, totals, ahead),
    )


def _told(
    result: Seen,
    at: pd.DatetimeIndex,
    totals: np.ndarray,
    parts: Sequence[tuple[str, np.ndarray]],
    ahead: int,
) -> tuple[str, str]:
    """The title of the days, and what the eye would see."""
    top, least = int(totals.argmax()), int(totals.argmin())
    title = f"{at[top]:%A, %d %B} is the top day: {_show(result, totals[top])}"
    if len(parts) > 1:
        share = parts[0][1].sum() / max(totals.sum(), 1e-12)
        title += f"; {parts[0][0]} is {share:.0%} of it all"
    alt = (
        f"A bar for each of {len(at)} days, {METRICS[result.metric]} a day, highest on "
        f"{at[top]:%d %B} and lowest on {at[least]:%d %B} with {_show(result, totals[least])}; "
        f"from below: {', '.join(name for name, _ in parts)}."
    )
    alt += " Dashed bars go on for seven days like the weeks before." if ahead else ""
    return title, alt


def _of_each_day(
    result: Seen, at: pd.DatetimeIndex, totals: np.ndarray, ahead: np.ndarray
) -> Table:
    missing = result.unpriced_calls.reshape(-1, 24).sum(axis=1)
    missing = missing if result.metric == "cost_pusd" else missing * 0
    unit = METRICS[result.metric]
    rows = [
        {"day": f"{day:%Y-%m-%d}", unit: _cell(result, total, calls)}
        for day, total, calls in zip(at, totals, missing, strict=True)
    ]
    rows += [
        {"day": f"{at[-1] + timedelta(days=n):%Y-%m-%d} (forecast)", unit: _show(result, value)}
        for n, value in enumerate(ahead, start=1)
    ]
    caption = "each day; ? has calls without a price" if missing.any() else "each day"
    return table(rows, caption=caption)


def _heat(result: Seen) -> HeatMap:
    values = _scaled(result).sum(axis=1).where(result.observed)
    money_shown = result.metric == "cost_pusd"
    unpriced = pd.Series(result.unpriced_calls if money_shown else 0, index=values.index)
    of_the_week = [values.index.hour, values.index.day_of_week]
    means, missing = (
        each.unstack().reindex(index=range(24), columns=range(7))
        for each in (values.groupby(of_the_week).mean(), unpriced.groupby(of_the_week).sum())
    )
    texts = tuple(
        tuple(_cell(result, *pair) for pair in zip(*row, strict=True))
        for row in zip(means.to_numpy(), missing.to_numpy(), strict=True)
    )
    caption = f"Mean hour of the week (UTC): {METRICS[result.metric]}"
    if means.isna().to_numpy().any():
        caption += "; – was not observed"
    if money_shown and result.unpriced:
        caption += "; ? has calls without a price"
    return HeatMap(caption, means, texts)


def _cell(result: Seen, mean: float, unpriced: float) -> str:
    """A mean as text: a dash where nothing was observed, a question mark where some of it has no
    price, and that alone where all of it has none."""
    if np.isnan(mean):
        return "–"
    if not unpriced:
        return _show(result, mean)
    return f"{_show(result, mean)}+?" if mean else "?"


def _movers(result: Seen) -> Shown:
    scale = 1e12 if result.metric == "cost_pusd" else 1
    rows = [
        {
            result.by: name or "(none)",
            f"{counted(result.span, 'day')} before": _show(result, then / scale),
            f"last {counted(result.span, 'day')}": _show(result, now / scale),
            "change": now / then - 1 if then else None,
        }
        for name, now, then in result.movers
    ]
    caption = f"What moved most by {result.by}: {METRICS[result.metric]}"
    return table(rows, caption=caption, formats={"change": "{:+.0%}"})
