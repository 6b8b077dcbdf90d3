"""What a period will cost in the end: spent so far, and the usual week for the rest.

Lesson 4 teaches this module. Units: USD by the hour (UTC), as `alerts.hourly` gives it from a
ledger. Traffic has a week's shape, so an hour to come is expected to cost what its hour of the week
did; how far that is off is seen in the weeks behind. `backtest` tries it on what is known by now.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import Literal
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from pandas.api.types import is_numeric_dtype

from costlib.tracking.periods import period_of
from costlib.tracking.unpriced import Unpriced

Kind = Literal["day", "week", "month"]
WEEK = 24 * 7
"""Hours."""
_LABELS: dict[str, str] = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}


@dataclass(frozen=True)
class Forecast:
    """The total of a period in USD, from what is spent and what is still to come.

    `unpriced` is what has no price, and so is in none of the amounts.
    """

    spent: float
    low: float
    middle: float
    high: float
    unpriced: Unpriced = field(default_factory=Unpriced)


def forecast(
    spend: pd.Series, period: Kind = "month", sure: float = 0.9, *, now: datetime | None = None
) -> Forecast:
    """What the period of the last hour of `spend` will cost in the end.

    The rest is what `expected` gives; how far that may be off comes from how far each day of the
    last weeks was from the same day a week before. `low` and `high` are each passed with the
    probability 1 - `sure`, as long as the weeks to come are like those behind; `backtest` tries it.

    Today is not over: hours at the end of the last day in which nothing is spent are still to come.
    `now` (aware) says how far they are known instead; of the hour under way the rest is to come.
    Raises ValueError for less than two weeks, and for a `now` outside of the last day.
    """
    label = period_labels(spend, period)
    spent = float(spend[label == label.iloc[-1]].sum())
    known, rest_of_hour = _known(spend, now)
    if len(known) < 2 * WEEK - 23:
        raise ValueError(
            f"{len(spend) / 24:g} days are too few: a forecast needs two weeks, one to learn from "
            "and one to see how far it is off"
        )
    end = _end(spend, period)
    ahead = expected(known, end)
    rest, days = float(ahead.sum()) + rest_of_hour, len(ahead) / 24
    off = _off(known, days, sure)
    low, high = spent + rest * max(1 - off, 0), spent + rest * (1 + off)
    return Forecast(spent, low, spent + rest, high, unpriced_of(spend))


def runs_out(
    spend: pd.Series, budget: float, period: Kind = "month", *, now: datetime | None = None
) -> datetime | None:
    """The hour (its start, UTC) in which `budget` USD for the period will be used up.

    It may lie behind. None: at the usual week's pace it lasts to the period's end. See `forecast`
    for `now` and for what is raised.
    """
    if not budget > 0:
        raise ValueError(f"budget={budget!r} must be above 0")
    check_hours(spend)
    label = period_labels(spend, period)
    known, _ = _known(spend, now)
    behind = known[label[known.index] == label.iloc[-1]]
    course = pd.concat([behind, expected(known, _end(spend, period))]).cumsum()
    over = course[course >= budget]
    return None if over.empty else over.index[0].to_pydatetime()


def unpriced_of(spend: pd.Series) -> Unpriced:
    """What is not in a series of `hourly`, because it has no price."""
    found = spend.attrs.get("unpriced")
    return found if isinstance(found, Unpriced) else Unpriced()


def _known(spend: pd.Series, now: datetime | None) -> tuple[pd.Series, float]:
    """The hours that have begun, and what the rest of the one under way should still cost."""
    if now is None:
        today = spend.index >= spend.index[-1].floor("D")
        spent = np.flatnonzero((spend.to_numpy() != 0) | ~today)
        return spend.iloc[: int(spent[-1]) + 1] if len(spent) else spend, 0.0
    last = spend.index[-1]
    if now.tzinfo is None or not last.floor("D") <= now <= last + timedelta(hours=1):
        raise ValueError(
            f"now={now} is outside of the last day, {last:%Y-%m-%d} UTC: give an aware moment in it"
        )
    begun = spend[spend.index < now]
    left = (begun.index[-1] + timedelta(hours=1) - now) / timedelta(hours=1)
    if left <= 0:
        return begun, 0.0
    before = begun.iloc[:-1]
    return begun, float(expected(before, begun.index[-1] + timedelta(hours=1)).iloc[0]) * left


def _end(spend: pd.Series, period: Kind) -> datetime:
    end = period_of(spend.index[-1], period, ZoneInfo("UTC")).end
    assert end is not None  # a day, a week and a month have one
    return end


def expected(spend: pd.Series, end: datetime) -> pd.Series:
    """USD for each hour after `spend` and before `end`: the mean of its hour of the week.

    The mean is over the last four weeks, or what there is of them.
    """
    recent = spend.iloc[-4 * WEEK :]
    by_hour = recent.groupby(_hour_of_week(recent.index)).mean()
    ahead = pd.date_range(spend.index[-1] + timedelta(hours=1), end, freq="h", inclusive="left")
    return pd.Series(by_hour.reindex(_hour_of_week(ahead)).to_numpy(), index=ahead)


def backtest(spend: pd.Series, days: int = 7, sure: float = 0.9) -> pd.DataFrame:
    """How right the forecast has been: for each day with two weeks behind it, the next `days` days.

    One row for each such day: `low`, `middle`, `high`, and what `actual` became, in USD.
    """
    rows = []
    for end in range(2 * WEEK, len(spend) - 24 * days + 1, 24):
        seen, to_come = spend.iloc[:end], spend.iloc[end : end + 24 * days]
        until = to_come.index[-1] + timedelta(hours=1)
        middle, off = float(expected(seen, until).sum()), _off(seen, days, sure)
        rows.append(
            {
                "day": to_come.index[0],
                "low": middle * max(1 - off, 0),
                "middle": middle,
                "high": middle * (1 + off),
                "actual": float(to_come.sum()),
            }
        )
    return pd.DataFrame(rows)


def _off(spend: pd.Series, days: float, sure: float) -> float:
    """How far a sum over so many days to come may be off, relatively.

    The level is uncertain for all days alike, as a week tells it; the days themselves one by one.
    """
    z = NormalDist().inv_cdf(sure)
    return z * _day_errors(spend) * math.sqrt(1 / 7 + 1 / max(days, 1))


def _day_errors(spend: pd.Series) -> float:
    """How far, relative to the forecast, a whole day was from the same days of the weeks before.

    The median, which an incident hardly moves. Where it is 0, as for a job that runs on a few days
    of many, all days tell: the root of their mean square, relative to the mean day.
    """
    days = spend.iloc[-4 * WEEK :].to_numpy()
    days = days[len(days) % 24 :].reshape(-1, 24).sum(axis=1)
    change = days[7:] - days[:-7]
    off = change / np.maximum(days[:-7], 1e-9)
    spread = 1.4826 * np.median(np.abs(off - np.median(off)))
    if not spread:
        spread = np.sqrt(np.mean(change**2)) / max(days.mean(), 1e-9)
    return float(spread / np.sqrt(2))


# --- Hours and their periods ------------------------------------------------------------------


def check_hours(spend: pd.Series) -> None:
    """Raises ValueError for what is no series of USD by the hour, as `hourly` makes one."""
    index = getattr(spend, "index", None)
    if not isinstance(index, pd.DatetimeIndex) or not len(index):
        raise ValueError(
            f"spend is no series of hours ({type(spend).__name__} without an hour): give what "
            "hourly(calls) makes"
        )
    if not is_numeric_dtype(spend) or spend.isna().any():
        raise ValueError(
            "spend has hours whose amount is missing or no number, and these are not 0: give what "
            "hourly(calls) makes"
        )


def period_labels(hours: pd.Series | pd.DataFrame, period: Kind) -> pd.Series:
    """The name of each hour's period, such as 2026-11, 2026-W46 or 2026-11-14."""
    check_period(period)
    return pd.Series(hours.index.strftime(_LABELS[period]), index=hours.index)


def check_period(period: str) -> None:
    """Raises ValueError for what is no `Kind` of period."""
    if period not in tuple(_LABELS):  # of which a list is none either
        raise ValueError(f"period={period!r}: choose day, week or month")


def _hour_of_week(hours: pd.DatetimeIndex) -> np.ndarray:
    return (hours.day_of_week * 24 + hours.hour).to_numpy()
