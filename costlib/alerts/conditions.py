"""Rules that read spending by the hour and say when to look: four kinds, and how often they cry.

Lesson 4 teaches this module. Units: USD, hours (UTC), shares of a budget. `hourly(calls)` makes the
series that every rule reads from the frame of a ledger; `rule.signal(spend)` says for each hour
whether the rule holds at its end, knowing that hour and those before it, and nothing later.

- `Threshold`: so much of the period's budget is spent.
- `BurnRate`: money goes faster than planned, over a long window and still over a short one.
- `ForecastToExceed`: at this hour's pace and the week's usual shape, the period ends above budget.
- `Anomaly`: an hour far from what this hour of the week usually costs, in robust deviations.

A rule fires once in a period, at its first hour: `fires(rule, spend)`. What a rule is worth is
`false_alarms` on clean traffic and the `delay` until it sees an incident. `delivery` sends alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from difflib import get_close_matches
from numbers import Real
from typing import Protocol

import numpy as np
import pandas as pd

from costlib.alerts.forecast import (
    WEEK,
    Kind,
    check_hours,
    check_period,
    forecast,
    period_labels,
    unpriced_of,
)
from costlib.display.amounts import money
from costlib.pricing.numbers import plausible
from costlib.tracking.alert import Alert
from costlib.tracking.calls import by_time
from costlib.tracking.exact_sum import exact_sums
from costlib.tracking.unpriced import unpriced_in
from costlib.usage.record import whole_number

__all__ = [
    "Alert", "Anomaly", "BurnRate", "ForecastToExceed", "Rule", "Threshold",
    "delay", "false_alarms", "fires", "hourly", "usual", "without_price",
]  # fmt: skip


class Rule(Protocol):
    """A rule: a name, the period in which it fires once, its signal, and its words."""

    @property
    def name(self) -> str: ...

    @property
    def period(self) -> Kind: ...

    def signal(self, spend: pd.Series) -> pd.DataFrame:
        """For each hour: `value`, `limit`, and `firing`, whether the first is above the second."""
        ...

    def say(self, value: float, limit: float) -> str:
        """What an hour's value and limit mean, for people."""
        ...


def hourly(calls: pd.DataFrame, **equal: str) -> pd.Series:
    """USD spent in each hour (UTC), hours without calls included, from the first to the last.

    `equal` picks rows: `hourly(calls, feature="help-page")`. Calls without a known price are left
    out; `attrs["unpriced"]` says how many they are, and alerts and forecasts repeat it. Days are
    filled at both ends, so that a series begins and ends at midnight.
    """
    if calls.empty:
        raise ValueError("there are no calls, so there is nothing to watch")
    calls = by_time(calls, equal)
    for column, value in equal.items():
        if column not in calls:
            raise ValueError(f"there is no column {column!r}: choose one of {list(calls.columns)}")
        found = calls[calls[column] == value]
        if found.empty:
            names = [*calls[column].astype(str).value_counts().index]
            near = get_close_matches(str(value), names, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"most have {', '.join(names[:5])}"
            raise ValueError(f"no calls with {column}={value!r}: {hint}")
        calls = found
    hour = calls["time"].dt.floor("h")
    unpriced = unpriced_in(calls)
    usd = exact_sums(calls["cost_pusd"], hour).astype(float) / 1e12
    first, last = hour.min().floor("D"), hour.max().floor("D") + timedelta(hours=23)
    index = pd.date_range(first, last, freq="h", name="hour")
    spend = usd.reindex(index, fill_value=0.0).rename("usd")
    spend.attrs["unpriced"] = unpriced
    return spend


LEAST_SPREAD = 0.01
"""Of the root of what an hour usually costs: nothing is taken to vary less (an assumption)."""

# --- The rules --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Threshold:
    """So much is spent: `share` of `budget` (USD a `period`). Exact, and often too late.

    A month that goes as planned passes a share below 1 too, near its end.
    """

    budget: float
    share: float = 0.8
    period: Kind = "month"

    def __post_init__(self) -> None:
        _positive(budget=self.budget, share=self.share)
        check_period(self.period)

    @property
    def name(self) -> str:
        """Its name in a message."""
        return f"{self.share:.0%} of the {self.period}'s budget spent"

    def signal(self, spend: pd.Series) -> pd.DataFrame:
        """Value: USD spent in the period so far."""
        so_far = spend.groupby(period_labels(spend, self.period)).cumsum()
        return _signal(so_far, float(self.share) * float(self.budget))

    def say(self, value: float, limit: float) -> str:
        """What is spent, and the line that it passed."""
        return f"{_usd(value)} spent in the {self.period} so far; the line is {_usd(limit)}"


@dataclass(frozen=True)
class BurnRate:
    """Money goes `factor` times as fast as `budget` (USD for 30 days) allows, over both windows.

    The long window (hours) makes it sure, the short one makes it stop when the trouble has. After
    Google's SRE Workbook (2018), chapter 5, "Alerting on SLOs": two windows, the short one a
    twelfth of the long (here an hour at least, as the series is hourly). There it guards a budget
    of errors that should not be spent at all; money is meant to be spent, a working day's busiest
    hour burns nearly twice the month's mean, and so a factor below 2 would fire each morning.
    """

    budget: float
    factor: float = 3.0
    long: int = 6
    short: int = 1
    period: Kind = "day"

    def __post_init__(self) -> None:
        _positive(budget=self.budget, factor=self.factor, long=self.long, short=self.short)
        _whole(long=self.long, short=self.short)
        check_period(self.period)
        if self.short > self.long:
            raise ValueError(
                f"the short window ({self.short} h) is longer than the long one ({self.long} h): "
                "swap them"
            )

    @property
    def name(self) -> str:
        """Its name in a message."""
        return f"Burning {self.factor:g}× the budget over {self.long} h and {self.short} h"

    def signal(self, spend: pd.Series) -> pd.DataFrame:
        """Value: the slower of the two burn rates, 1 being the budget's own pace."""
        pace = float(self.budget) / 30 / 24
        rates = [spend.rolling(hours).mean() / pace for hours in (self.long, self.short)]
        return _signal(pd.concat(rates, axis=1).min(axis=1, skipna=False), float(self.factor))

    def say(self, value: float, limit: float) -> str:
        """How many times the budget's pace it is."""
        return (
            f"money goes {value:.1f} times as fast as the budget allows, over {self.long} h and "
            f"over {self.short} h; the line is {limit:g} times"
        )


@dataclass(frozen=True)
class ForecastToExceed:
    """The period will end above `budget`, and not by a whim: its forecast's low end says so.

    See `forecast`. `sure` is the probability that the end is above the low end (0.9: one in ten
    such alerts may be wrong). It is asked once a day, at midnight, and needs two weeks of history.
    """

    budget: float
    sure: float = 0.9
    period: Kind = "month"

    def __post_init__(self) -> None:
        _positive(budget=self.budget, sure=self.sure)
        check_period(self.period)
        if not 0.5 <= self.sure < 1:
            raise ValueError(f"sure={self.sure} must be from 0.5 to below 1, such as 0.9")

    @property
    def name(self) -> str:
        """Its name in a message."""
        return f"Forecast to exceed the {self.period}'s budget"

    def signal(self, spend: pd.Series) -> pd.DataFrame:
        """Value: the low end of the forecast of the period's total, in USD."""
        low = pd.Series(np.nan, index=spend.index)
        midnights = np.flatnonzero(spend.index.hour == 23)
        for place in midnights[midnights >= 2 * WEEK - 1]:
            seen = spend.iloc[: place + 1]
            # Of the last day nobody knows whether it is over; those before it are.
            over = seen.index[-1] + timedelta(hours=1) if place + 1 < len(spend) else None
            low.iloc[place] = forecast(seen, self.period, self.sure, now=over).low
        return _signal(low, float(self.budget))

    def say(self, value: float, limit: float) -> str:
        """Where the period will end at least, and the budget."""
        return f"the {self.period} will end at {_usd(value)} or above; the budget is {_usd(limit)}"


@dataclass(frozen=True)
class Anomaly:
    """An hour that costs more than its hour of the week usually does, by `z` robust deviations.

    What is usual is said by `usual`, from the last `weeks` weeks. Amounts enter as square roots,
    because a busy hour varies more than a quiet one; a deviation is 1.4826 times the median of the
    distances of the hours before (Rousseeuw and Croux, 1993: equal to the standard deviation for a
    normal distribution), which an earlier incident hardly moves, while a mean and a standard
    deviation would learn it. Hours in which nothing is spent and nothing usually is do not count
    there: they would make a job that runs at night look as if it never varied. A deviation is at
    least 1% of the root of what is usual, or was in the last hour that usually costs something (an
    assumption), so that a job whose runs cost the same is watched too.

    It is silent for the first week, and until 24 hours with spending have been compared.
    """

    z: float = 5.0
    weeks: int = 3
    period: Kind = "day"

    def __post_init__(self) -> None:
        _positive(z=self.z, weeks=self.weeks)
        _whole(weeks=self.weeks)
        check_period(self.period)

    @property
    def name(self) -> str:
        """Its name in a message."""
        return f"An unusual hour (z above {self.z:g})"

    def signal(self, spend: pd.Series) -> pd.DataFrame:
        """Value: the robust z of each hour."""
        root, known = np.sqrt(spend), np.sqrt(usual(spend, self.weeks))
        off = root - known
        told = off.abs().where((root > 0) | (known > 0))
        spread = 1.4826 * told.shift().expanding(min_periods=24).median()
        spread = np.maximum(spread, LEAST_SPREAD * known.where(known > 0).ffill())
        return _signal(off / spread.replace(0, np.nan), float(self.z))

    def say(self, value: float, limit: float) -> str:
        """How unusual the hour is."""
        return (
            f"it costs more than its hour of the week usually does, by a z of {value:.1f}; "
            f"the line is {limit:g}"
        )


def usual(spend: pd.Series, weeks: int = 3) -> pd.Series:
    """What each hour of the week usually costs, from the weeks before it alone; NaN in the first.

    The median over up to `weeks` weeks of the same hour of the week and its two neighbours; where
    that is nothing, of the hour alone, so that a job of one hour a day is known too.
    """
    check_hours(spend)
    _positive(weeks=weeks)
    _whole(weeks=weeks)
    past = []
    for week in range(1, min(weeks, len(spend) // WEEK + 1) + 1):  # before them there is nothing
        beside = pd.concat([spend.shift(WEEK * week + hours) for hours in (-1, 0, 1)], axis=1)
        past.append(beside.where(beside.notna().all(axis=1)))  # half a week would lean to one side
    near = pd.concat(past, axis=1)
    usually = near.median(axis=1)
    return usually.where(usually > 0, near.iloc[:, 1::3].median(axis=1))


# --- Firing once, and being right -------------------------------------------------------------


def fires(rule: Rule, spend: pd.Series, scope: str = "all") -> list[Alert]:
    """The alerts of a rule over a series of hours: the first hour of each period in which it holds.

    A rule fires when it begins to hold, or when a new period begins and it still does.
    """
    check_hours(spend)
    signal, unpriced = rule.signal(spend), unpriced_of(spend)
    beside = f" Not in it: {unpriced}." if unpriced else ""
    held = signal[signal["firing"]]
    labels = period_labels(held, rule.period)
    first = held[~labels.duplicated()]
    return [
        Alert(
            rule.name,
            scope,
            label,
            hour.to_pydatetime(),
            value,
            limit,
            f"Hour from {hour:%Y-%m-%d %H:%M} UTC: {rule.say(value, limit)}.{beside}",
        )
        for label, hour, value, limit in zip(
            labels[first.index], first.index, first["value"], first["limit"], strict=True
        )
    ]


def without_price(calls: pd.DataFrame, scope: str = "all") -> list[Alert]:
    """An alert for each month with calls that have no price: rules that read dollars miss them."""
    rows = calls[calls["cost_pusd"].isna()].sort_values("time")
    found = []
    for month, mine in rows.groupby(rows["time"].dt.strftime("%Y-%m")):
        first, unpriced = mine["time"].iloc[0], unpriced_in(mine)
        models = ", ".join(map(str, mine["model"].value_counts().index[:3]))
        found.append(
            Alert(
                rule="Calls without a price",
                scope=scope,
                period=str(month),
                hour=first.floor("h").to_pydatetime(),
                value=float(unpriced.calls),
                limit=0.0,
                text=f"Since {first:%Y-%m-%d %H:%M} UTC: {unpriced} ({models}), so no total of "
                "dollars contains them.",
            )
        )
    return found


def false_alarms(rule: Rule, clean: pd.Series) -> float:
    """How often a rule fires in 30 days of traffic in which nothing is wrong."""
    return len(fires(rule, clean)) * 30 * 24 / len(clean)


def delay(rule: Rule, spend: pd.Series, first: datetime, last: datetime) -> timedelta | None:
    """How long after an incident began a rule fires, None when it does not until the incident ends.

    An hour is known when it is over. An alert of a period that began before the incident does not
    count: then the rule had cried already. Raises ValueError for times without a zone, or in the
    wrong order.
    """
    if first.tzinfo is None or last.tzinfo is None:
        raise ValueError(f"first={first}, last={last}: give both with a zone, such as UTC")
    if last < first:
        raise ValueError(f"the incident ends ({last}) before it begins ({first}): swap them")
    found = [a for a in fires(rule, spend) if first - timedelta(hours=1) < a.hour <= last]
    return found[0].hour + timedelta(hours=1) - first if found else None


def _usd(usd: float) -> str:
    return money(usd, digits=2)


def _signal(value: pd.Series, limit: float) -> pd.DataFrame:
    return pd.DataFrame({"value": value, "limit": limit, "firing": value > limit})


def _positive(**numbers: float) -> None:
    for name, value in numbers.items():
        if isinstance(value, Real) and not value > 0:
            raise ValueError(f"{name}={value!r} must be above 0")
        plausible(name, value)


def _whole(**numbers: int) -> None:
    for name, value in numbers.items():
        whole_number(name, value)
