"""Rules by hand and by property: what they know, when they fire, how often they are wrong."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.alerts.conditions import (
    Anomaly,
    BurnRate,
    ForecastToExceed,
    Rule,
    Threshold,
    delay,
    false_alarms,
    fires,
    hourly,
    usual,
    without_price,
)
from costlib.alerts.forecast import backtest, expected, forecast, runs_out
from costlib.bank.tracked import incidents, tracked_month, without_incidents

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = 168


def series(values: np.ndarray | list[float], start: datetime = MONDAY) -> pd.Series:
    index = pd.date_range(start, periods=len(values), freq="h", name="hour")
    return pd.Series(np.asarray(values, float), index=index, name="usd")


def steady(days: int, usd: float = 1.0) -> np.ndarray:
    return np.full(24 * days, usd)


RULES: list[Rule] = [
    Threshold(100.0),
    Threshold(20.0, 0.5, "day"),
    BurnRate(700.0, factor=2),
    ForecastToExceed(500.0),
    Anomaly(z=4),
]


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return tracked_month()


@pytest.fixture(scope="module")
def clean(calls: pd.DataFrame) -> pd.DataFrame:
    return without_incidents(calls)


# --- The series -------------------------------------------------------------------------------


def test_hours_add_up_to_the_calls_and_quiet_hours_are_zero(calls: pd.DataFrame) -> None:
    spend = hourly(calls)
    assert len(spend) == 30 * 24
    assert spend.sum() == pytest.approx(calls["cost_pusd"].sum() / 1e12)
    tagging = hourly(calls, feature="tagging")
    untagged = calls.replace({"feature": {"tagging": None}})  # as pandas.read_csv reads ""
    assert hourly(untagged, feature="").equals(tagging)
    with pytest.raises(ValueError, match="'time' is of type str and has no time zone: give it one"):
        hourly(calls.astype({"time": str}))
    assert len(tagging) == 3 * 24 and (tagging == 0).sum() == 3 * 23
    with pytest.raises(ValueError, match="no column 'team'"):
        hourly(calls, team="x")
    with pytest.raises(ValueError, match="no calls with feature='nothing': most have app-chat, "):
        hourly(calls, feature="nothing")


# --- Rules by hand ----------------------------------------------------------------------------


def test_threshold_by_hand() -> None:
    # a dollar an hour: 80% of 100 USD is passed in hour 81 of the month, which began a day before
    (alert,) = fires(Threshold(100.0), series(steady(10)))
    assert alert.hour == MONDAY + timedelta(hours=80)
    assert (alert.value, alert.limit, alert.period) == (81.0, 80.0, "2026-11")
    assert alert.text == (
        "Hour from 2026-11-05 08:00 UTC: $81.00 spent in the month so far; the line is $80.00."
    )
    assert len(fires(Threshold(20.0, 0.5, "day"), series(steady(10)))) == 10
    assert len(fires(Threshold(100.0, 0.8, "week"), series(steady(14)))) == 2


def test_a_month_ends_where_the_calendar_says() -> None:
    late = series(steady(4, 10.0), datetime(2026, 11, 29, tzinfo=UTC))
    periods = [alert.period for alert in fires(Threshold(100.0, 1.0), late)]
    assert periods == ["2026-11", "2026-12"]


def test_burn_rate_needs_both_windows() -> None:
    pace = 1.0  # 720 USD for 30 days is a dollar an hour
    quiet = steady(1)
    peak = quiet.copy()
    peak[10] = 15.0  # one hour: a mean of 20 / 6 over the long window
    rule = BurnRate(720.0 * pace, factor=3, long=6, short=1)
    assert [alert.hour.hour for alert in fires(rule, series(peak))] == [10]
    calm = BurnRate(720.0 * pace, factor=3, long=6, short=2)
    peak[10], peak[12:] = 40.0, 0.1  # the long window stays high until 15:00, the short one not
    firing = calm.signal(series(peak))["firing"]
    assert firing[firing].index.hour.tolist() == [10, 11]


def test_an_anomaly_is_judged_by_its_own_hour_of_the_week() -> None:
    rng = np.random.default_rng(1)
    shape = np.where(np.arange(WEEK) % 24 < 8, 0.1, 4.0)
    spend = np.tile(shape, 4) * rng.uniform(0.9, 1.1, 4 * WEEK)
    assert fires(Anomaly(z=6), series(spend)) == []
    spend[3 * WEEK + 24 * 5 + 3] = 2.0  # at night: less than any working hour, 20 times the usual
    (alert,) = fires(Anomaly(z=6), series(spend))
    assert alert.hour == MONDAY + timedelta(hours=3 * WEEK + 24 * 5 + 3)
    assert f"usually does, by a z of {alert.value:.1f}; the line is 6." in alert.text


def test_an_incident_is_usual_for_a_week_or_two_and_then_forgotten() -> None:
    rng = np.random.default_rng(2)
    spend = steady(42) * rng.uniform(0.8, 1.2, 42 * 24)
    spend[200:212] = 30.0
    known = usual(series(spend))
    assert known.iloc[205 + WEEK] > 10  # of two weeks seen, one
    assert known.iloc[205 + 2 * WEEK] < 1.3  # of three weeks one: outvoted
    assert known.iloc[:WEEK].isna().all()


def test_a_forecast_of_a_regular_month_by_hand() -> None:
    shape = np.tile(np.r_[steady(5, 2.0), steady(2, 1.0)], 3)  # 288 USD a week
    start = datetime(2026, 11, 2, tzinfo=UTC)
    seen = forecast(series(shape, start))
    assert seen.spent == pytest.approx(3 * 288)
    # until 30 November, a Monday: 22 November is a Sunday, so one week and a Monday
    assert seen.middle == pytest.approx(4 * 288 + 48)
    assert seen.low == seen.high == pytest.approx(seen.middle)
    assert expected(series(shape, start), start + timedelta(days=22)).tolist() == [2.0] * 24
    with pytest.raises(ValueError, match="13 days are too few"):
        forecast(series(steady(13)))


def test_what_a_job_of_three_evenings_will_cost_is_not_known_to_the_cent() -> None:
    spend = series(steady(28, 0.0), datetime(2026, 11, 1, tzinfo=UTC))
    spend.iloc[[10 * 24 + 22, 11 * 24 + 22, 12 * 24 + 22]] = 6.0
    seen = forecast(spend[: 24 * 21])
    assert seen.spent == seen.low == 18 < seen.middle < seen.high < 100
    assert fires(ForecastToExceed(20.0), spend) == []
    assert fires(ForecastToExceed(17.0), spend) != []


def test_a_forecast_fires_before_the_money_is_spent() -> None:
    rng = np.random.default_rng(3)
    spend = series(steady(28) * rng.uniform(0.9, 1.1, 28 * 24), datetime(2026, 11, 1, tzinfo=UTC))
    assert fires(ForecastToExceed(730.0), spend) == []  # it will be 720
    (alert,) = fires(ForecastToExceed(650.0), spend)
    spent = spend[: alert.hour].sum()
    assert alert.hour.day == 14 and spent < 0.6 * 650
    assert fires(Threshold(650.0, 1.0), spend)[0].hour > alert.hour + timedelta(days=12)


# --- Properties -------------------------------------------------------------------------------


@given(
    st.integers(0, 2**32 - 1), st.integers(15 * 24, 20 * 24), st.sampled_from(RULES)
)  # fmt: skip
@settings(max_examples=25)
def test_a_rule_knows_nothing_of_the_future(seed: int, hours: int, rule: Rule) -> None:
    rng = np.random.default_rng(seed)
    spend = series(rng.exponential(1.0, 24 * 24) * rng.choice([1.0, 20.0], 24 * 24, p=[0.97, 0.03]))
    whole, begun = rule.signal(spend), rule.signal(spend.iloc[:hours])
    pd.testing.assert_frame_equal(whole.iloc[:hours], begun, check_freq=False)


@given(st.integers(0, 2**32 - 1), st.sampled_from(RULES))
@settings(max_examples=25)
def test_a_rule_fires_once_in_a_period_and_only_when_it_holds(seed: int, rule: Rule) -> None:
    rng = np.random.default_rng(seed)
    spend = series(rng.exponential(1.0, 24 * 24) * rng.choice([1.0, 20.0], 24 * 24, p=[0.97, 0.03]))
    found, firing = fires(rule, spend), rule.signal(spend)["firing"]
    assert len({alert.period for alert in found}) == len(found)
    assert all(firing[alert.hour] and alert.value > alert.limit for alert in found)
    assert bool(found) == firing.any()


# --- What they are worth ----------------------------------------------------------------------


def test_a_stricter_rule_cries_less_and_sees_later(
    calls: pd.DataFrame, clean: pd.DataFrame
) -> None:
    quiet = hourly(clean, feature="dispute-form")
    noisy = hourly(without_incidents(calls, keep="form-loop"), feature="dispute-form")
    loop = incidents().set_index("incident").loc["form-loop"]
    alarms = [false_alarms(Anomaly(z=z), quiet) for z in (1.5, 2, 3, 4, 6)]
    delays = [delay(Anomaly(z=z), noisy, loop["first"], loop["last"]) for z in (1.5, 2, 3, 4, 6)]
    assert alarms == [6, 2, 0, 0, 0]
    assert None not in delays and delays == sorted(delays) and delays[2] < timedelta(hours=1)


@pytest.mark.parametrize("feature", ["app-chat", "help-page", "dispute-form", "ticket-summary"])
def test_three_deviations_are_rare_also_where_most_hours_are_empty(
    clean: pd.DataFrame, feature: str
) -> None:
    assert false_alarms(Anomaly(z=3), hourly(clean, feature=feature)) == 0


@pytest.mark.parametrize(("times", "nights"), [(1, 0), (3, 2), (50, 2)])
def test_a_job_that_runs_at_night_is_watched(calls: pd.DataFrame, times: int, nights: int) -> None:
    job = calls[calls["feature"] == "ticket-summary"]
    dearer = job["cost_pusd"].where(job["time"] < "2026-11-20", times * job["cost_pusd"])
    found = fires(Anomaly(z=4), hourly(job.assign(cost_pusd=dearer)))
    assert [alert.period for alert in found] == ["2026-11-20", "2026-11-21"][:nights]


def test_a_job_whose_runs_cost_the_same_is_watched() -> None:
    spend = np.concatenate([steady(14), [1.01, 1.2]])
    (alert,) = fires(Anomaly(z=4), series(spend))
    assert alert.hour == MONDAY + timedelta(days=14, hours=1)


@pytest.mark.parametrize(
    ("hour", "usd", "told"), [(2, 2.0, False), (2, 5.0, True), (12, 1.0, True)]
)
def test_a_job_of_one_hour_a_night_is_watched_in_it_and_outside(hour, usd, told) -> None:
    night = np.zeros(24)
    night[2] = 1.0
    spend = np.tile(night, 42) * np.repeat(np.resize([1.0, 1.3, 0.8, 1.1, 0.9], 42), 24)
    spend[24 * 40 + hour] = usd
    assert usual(series(spend)).iloc[24 * 40 + 2] == pytest.approx(1.0, rel=0.2)
    found = [alert.hour for alert in fires(Anomaly(), series(spend))]
    assert found == [MONDAY + timedelta(days=40, hours=hour)] * told


def test_spending_at_an_hour_without_any_is_seen_where_all_runs_cost_the_same() -> None:
    spend = np.tile(np.r_[0.0, 0.0, steady(1)[:3], np.zeros(19)], 28)
    spend[24 * 24 + 12] = 0.5
    assert [alert.hour for alert in fires(Anomaly(), series(spend))] == [
        MONDAY + timedelta(days=24, hours=12)
    ]


def test_a_month_s_threshold_sees_no_incident_in_time(calls: pd.DataFrame) -> None:
    spend = hourly(calls)
    loop = incidents().set_index("incident").loc["form-loop"]
    assert delay(Threshold(450.0), spend, loop["first"], loop["last"]) is None


def test_delay_by_hand() -> None:
    spend = series(steady(3))
    spend.iloc[30:34] = 50.0
    rule, first = Threshold(30.0, 1.0, "day"), MONDAY + timedelta(hours=30.5)
    # the hour from 06:00 passes the limit and is known at 07:00
    assert delay(rule, spend, first, first + timedelta(hours=4)) == timedelta(minutes=30)
    assert delay(rule, series(steady(3)), first, first + timedelta(hours=4)) is None
    assert false_alarms(rule, series(steady(3, 2.0))) == pytest.approx(30)


def test_the_forecast_s_interval_keeps_its_word(clean: pd.DataFrame) -> None:
    tried = backtest(hourly(clean))
    assert len(tried) == 10  # from two weeks on, each day with a whole week behind it
    inside = ((tried["actual"] >= tried["low"]) & (tried["actual"] <= tried["high"])).mean()
    assert inside >= 0.6  # 80 % is promised; ten weeks that overlap cannot tell 0.8 from 0.6
    off = (tried["actual"] / tried["middle"] - 1).abs()
    assert off.max() < 0.1


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Threshold(0), "budget=0 must be above 0"),
        (lambda: Threshold(10, period="year").signal(series(steady(1))), "period='year'"),
        (lambda: BurnRate(10, long=1, short=6), "longer than the long one"),
        (lambda: ForecastToExceed(10, sure=1.0), "sure=1.0"),
        (lambda: ForecastToExceed(10, sure=Decimal("NaN")), "sure=NaN is outside"),
        (lambda: Anomaly(z=float("nan")), "z=nan must be above 0"),
        (lambda: BurnRate(10, long=2.5), "long=2.5: a count is a whole number"),
        (lambda: BurnRate(10, short=0.5), "short=0.5: a count is a whole number"),
        (lambda: Anomaly(weeks=1.5), "weeks=1.5: a count is a whole number"),
        *(
            (lambda kind=kind: kind(10, period="hour"), "period='hour': choose day, week or month")
            for kind in (Threshold, BurnRate, ForecastToExceed, Anomaly)
        ),
        (
            lambda: delay(Threshold(1), series(steady(1)), MONDAY, MONDAY - timedelta(1)),
            "swap them",
        ),
        (lambda: delay(Threshold(1), series(steady(1)), datetime(2026, 1, 1), MONDAY), "a zone"),
        (lambda: false_alarms(Threshold(1), series(steady(1)).astype(str)), "and these are not 0"),
        (lambda: fires(Threshold(1), series(steady(1)).replace(1, np.nan)), "and these are not 0"),
        (lambda: hourly(flat(1, 0).iloc[:0]), "there are no calls"),
        (lambda: hourly(flat(1, 0), model="gpt-41"), "model='gpt-41': did you mean 'gpt-4.1'?"),
        (lambda: hourly(flat(1, 0), model="opus"), "no calls with model='opus': most have gpt-4.1"),
    ],
)
def test_bad_rules_are_refused_in_a_sentence(make, sentence: str) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        make()


@pytest.mark.parametrize("number", [Decimal, np.int64, np.float32])
def test_a_rule_takes_decimals_and_what_a_sweep_over_numpy_s_numbers_gives(number) -> None:
    usual = np.resize([1.0, 1.1, 0.9, 1.2, 0.8], 24 * 21)
    spend = series(np.concatenate([usual, steady(1, 30.0)]))
    for kind, *numbers in (
        (Threshold, 600), (BurnRate, 700, 8), (ForecastToExceed, 600), (Anomaly, 4),
    ):  # fmt: skip
        assert fires(kind(*map(number, numbers)), spend) == fires(kind(*numbers), spend) != []
    assert fires(BurnRate(700, 8, np.int64(3)), spend) == fires(BurnRate(700, 8, 3), spend)


# --- What is not known, or not yet ------------------------------------------------------------


def rows(*hours: datetime, usd: float | None = 10.0, model: str = "gpt-4.1") -> pd.DataFrame:
    cost = None if usd is None else int(usd * 10**12)
    return pd.DataFrame(
        {
            "time": pd.DatetimeIndex(hours),
            "cost_pusd": pd.array([cost] * len(hours), dtype="Int64"),
            "input_tokens": 900,
            "output_tokens": 100,
            "requests": 1,
            "model": model,
        }
    )


def flat(days: int, hours: int) -> pd.DataFrame:
    """Ten dollars in each hour of so many days and hours."""
    return rows(*(MONDAY + timedelta(hours=n) for n in range(24 * days + hours)))


def test_today_is_not_over() -> None:
    spend = hourly(flat(21, 1))  # asked at one in the morning, the day filled up with zeros
    assert len(spend) == 22 * 24
    day = forecast(spend, "day")
    assert (day.spent, day.middle) == (10.0, pytest.approx(240.0))
    one = MONDAY + timedelta(days=21, hours=1)
    assert forecast(spend, "day", now=one).middle == pytest.approx(240.0)
    # At 01:30 of the hour under way half is still to come.
    half = forecast(spend, "day", now=one + timedelta(minutes=30))
    assert half.middle == pytest.approx(10 + 5 + 22 * 10)
    # An outage until ten is known when it is said: nine hours are zeros for good.
    assert forecast(spend, "day", now=one + timedelta(hours=9)).middle == pytest.approx(150.0)
    for wrong in (one - timedelta(days=1), one.replace(tzinfo=None)):
        with pytest.raises(ValueError, match="outside of the last day"):
            forecast(spend, now=wrong)


def test_the_date_on_which_a_budget_runs_out() -> None:
    spend = hourly(flat(21, 12))  # from Monday the 2nd to the 23rd at noon: 5,160 dollars
    # 840 are left of 6,000, 84 hours after noon: Thursday at midnight, in its last hour
    assert runs_out(spend, 6_000.0) == datetime(2026, 11, 26, 23, tzinfo=UTC)
    assert runs_out(spend, 100.0) == MONDAY + timedelta(hours=9)
    assert runs_out(spend, 7_000.0) is None  # the month ends at 6,960
    assert runs_out(spend, 239.0, "day") == datetime(2026, 11, 23, 23, tzinfo=UTC)
    with pytest.raises(ValueError, match="above 0"):
        runs_out(spend, 0.0)


def test_every_total_says_what_has_no_price() -> None:
    known, unknown = flat(21, 12), rows(MONDAY + timedelta(days=9), usd=None, model="moon-1")
    spend = hourly(pd.concat([known, *[unknown] * 480]))
    said = "480 calls with 480,000 tokens have no price"
    assert str(forecast(spend).unpriced) == said
    (alert, *_) = fires(Threshold(5_000.0), spend)
    assert alert.text.endswith(f" Not in it: {said}.")
    (alone,) = without_price(pd.concat([unknown] * 480))
    assert alone.period == "2026-11" and said in alone.text and "moon-1" in alone.text
    assert without_price(known) == [] and not forecast(hourly(known)).unpriced
