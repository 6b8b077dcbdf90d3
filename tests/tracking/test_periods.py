"""Calendar periods: days of 23 and 25 hours, leap days, days that a zone skipped."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.tracking.periods import KINDS, find_zone, period_before, period_of

# Clocks that change at midnight, by half an hour, in the south; a date that never was (Apia, 2011).
ZONES = (
    "UTC", "Europe/Berlin", "America/New_York", "America/Sao_Paulo", "America/Havana",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "Africa/Cairo",
)  # fmt: skip


def hours(kind: str, zone: str, *moment: int) -> float:
    """How long the period is that holds a local moment."""
    found = period_of(datetime(*moment, tzinfo=ZoneInfo(zone)), kind, ZoneInfo(zone))
    return (found.end - found.start) / timedelta(hours=1)


@pytest.mark.parametrize(
    ("kind", "zone", "moment", "expected"),
    [
        ("day", "Europe/Berlin", (2026, 3, 29, 12), 23),
        ("day", "Europe/Berlin", (2026, 10, 25, 12), 25),
        ("day", "Europe/Berlin", (2026, 11, 22, 12), 24),
        ("day", "Australia/Lord_Howe", (2026, 10, 4, 12), 23.5),
        ("day", "America/Sao_Paulo", (2018, 11, 4, 12), 23),  # began at 01:00
        ("week", "Europe/Berlin", (2026, 3, 29, 12), 167),
        ("month", "Europe/Berlin", (2026, 3, 1), 31 * 24 - 1),
        ("month", "Europe/Berlin", (2026, 10, 31, 23), 31 * 24 + 1),
        ("month", "UTC", (2026, 2, 28), 28 * 24),
        ("month", "UTC", (2028, 2, 29), 29 * 24),
        ("month", "UTC", (2100, 2, 28), 28 * 24),  # no leap year
        ("month", "Pacific/Apia", (2011, 12, 31), 30 * 24),  # 30 December never was
    ],
)
def test_lengths_by_the_calendar(kind, zone, moment, expected):
    assert hours(kind, zone, *moment) == expected


def test_the_same_moment_lies_in_two_months():
    moment = datetime(2026, 10, 31, 23, 30, tzinfo=UTC)
    assert period_of(moment, "month", ZoneInfo("UTC")).start.month == 10
    berlin = period_of(moment, "month", ZoneInfo("Europe/Berlin"))
    assert berlin.start == datetime(2026, 10, 31, 23, tzinfo=UTC)  # 1 November, 00:00 there


def test_a_week_begins_on_monday_also_across_the_year():
    found = period_of(datetime(2027, 1, 1, tzinfo=UTC), "week", ZoneInfo("UTC"))
    assert (found.start.date().isoformat(), found.end.date().isoformat()) == (
        "2026-12-28",
        "2027-01-04",
    )


@given(
    st.datetimes(datetime(1995, 1, 1), datetime(2036, 1, 1), timezones=st.just(UTC)),
    st.sampled_from([kind for kind in KINDS if kind != "ever"]),
    st.sampled_from(ZONES),
)
def test_periods_tile_the_time_line(moment, kind, name):
    zone = ZoneInfo(name)
    found = period_of(moment, kind, zone)
    assert found.start <= moment < found.end
    # What begins at an end is the next period, and what ended at the start is the one before.
    assert period_of(found.end, kind, zone).start == found.end
    assert period_before(found, zone).end == found.start
    assert period_of(found.start, kind, zone) == found
    # A period holds whole local dates and nothing else.
    just_before = found.end - timedelta(microseconds=1)
    first, last = found.start.astimezone(zone).date(), just_before.astimezone(zone).date()
    assert found.end.astimezone(zone).date() > last >= first
    if kind == "month":
        assert (first.year, first.month) == (last.year, last.month)


def test_ever_has_no_end_and_nothing_before():
    ever = period_of(datetime(2026, 1, 1, tzinfo=UTC), "ever", ZoneInfo("UTC"))
    assert (ever.start, ever.end) == (None, None)
    assert period_before(ever, ZoneInfo("UTC")) is None


def test_bad_input_is_named():
    with pytest.raises(ValueError, match=r"Middle_Earth.*IANA"):
        find_zone("Middle_Earth")
    with pytest.raises(ValueError, match="no time zone"):
        period_of(datetime(2026, 1, 1), "day", ZoneInfo("UTC"))
    with pytest.raises(ValueError, match="'year' is unknown"):
        period_of(datetime(2026, 1, 1, tzinfo=timezone(timedelta(0))), "year", ZoneInfo("UTC"))
