"""Days, weeks and months as a calendar on the wall counts them, in a time zone.

A month is not 30 days, a day is not 24 hours when the clocks change, and the first of the month
begins at another moment in Berlin than in UTC. Moments are aware datetimes; a period begins at its
`start` and ends just before its `end`, both in UTC. Taught in lesson 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

KINDS = ("day", "week", "month", "ever")
"""What a limit can last for. A week begins on Monday; "ever" has no end."""


@dataclass(frozen=True)
class Period:
    """From `start` to just before `end` (UTC); "ever" has neither."""

    kind: str
    start: datetime | None = None
    end: datetime | None = None


def find_zone(name: str) -> ZoneInfo:
    """The time zone of an IANA name such as "Europe/Berlin"; ValueError for an unknown one."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, TypeError, OSError):
        raise ValueError(
            f"time zone {name!r} is unknown: give an IANA name, such as Europe/Berlin or UTC"
        ) from None


def period_of(moment: datetime, kind: str, zone: ZoneInfo) -> Period:
    """The period of that kind in which an aware `moment` lies, by the calendar of `zone`."""
    if moment.tzinfo is None:
        raise ValueError(f"{moment} has no time zone: give an aware datetime, such as in UTC")
    if kind not in KINDS:
        raise ValueError(f"period {kind!r} is unknown: choose one of {', '.join(KINDS)}")
    if kind == "ever":
        return Period("ever")
    try:
        first, following = _days(moment.astimezone(zone).date(), kind)
        return Period(kind, _begins(first, zone), _begins(following, zone))
    except OverflowError:
        raise ValueError(
            f"the {kind} of {moment} goes beyond the calendar: give a year from 2 to 9998"
        ) from None


def period_before(period: Period, zone: ZoneInfo) -> Period | None:
    """The period that ended when this one began; None for "ever"."""
    if period.start is None:
        return None
    return period_of(period.start - timedelta(microseconds=1), period.kind, zone)


def label(period: Period, zone: ZoneInfo) -> str:
    """The name of a period in a zone: 2026-11-14, 2026-W46, 2026-11, or ever."""
    if period.start is None:
        return period.kind
    form = {"day": "%Y-%m-%d", "week": "%G-W%V", "month": "%Y-%m"}[period.kind]
    return period.start.astimezone(zone).strftime(form)


def _days(today: date, kind: str) -> tuple[date, date]:
    """The first day of the period in which a day lies, and that of the period after it."""
    if kind == "day":
        return today, today + timedelta(days=1)
    if kind == "week":
        first = today - timedelta(days=today.weekday())
        return first, first + timedelta(days=7)
    first = today.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


def _begins(day: date, zone: ZoneInfo) -> datetime:
    """The first moment of a day: midnight, or where the clocks skip it, the moment they do."""
    return datetime.combine(day, time(0), zone).astimezone(UTC)
