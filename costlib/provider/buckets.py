"""The frame of an admin report: buckets of time, pages of buckets, groups within a bucket.

Buckets are minutes, hours or days in UTC; a report's start is moved back to the start of its
bucket. Lesson 4 reads such reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.records import Record
from costlib.provider.rules import invalid

_WIDTHS = {"1m": timedelta(minutes=1), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
# Both vendors' references: buckets on a page, the default and the most.
PAGES = {"1m": (60, 1_440), "1h": (24, 168), "1d": (7, 31)}

Query = Mapping[str, list[str]]


@dataclass(frozen=True)
class Page:
    """The buckets of one page, as (start, end), and the cursor of the next page or None."""

    buckets: tuple[tuple[datetime, datetime], ...]
    next_page: str | None


def one(query: Query, name: str, default: str | None = None) -> str | None:
    """The value of a parameter that may be given once."""
    return query.get(name, [default])[0]


def page_of(
    query: Query,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    *,
    start_name: str,
    widths: Sequence[str],
    pages: Mapping[str, tuple[int, int]] = PAGES,
) -> Page:
    """The buckets that a request asks for; a 400 for what no bucket can be made of."""
    if start is None:
        raise ApiError(
            400,
            f"Missing required parameter: '{start_name}'.",
            code="missing_required_parameter",
            param=start_name,
        )
    name = one(query, "bucket_width", "1d")
    if name not in widths:
        raise invalid("bucket_width", name, ", ".join(map(repr, widths)))
    width = _WIDTHS[name]
    default, most = pages[name]
    limit = one(query, "limit", str(default))
    if not limit.isdecimal() or not 1 <= int(limit) <= most:
        raise invalid("limit", limit, f"whole numbers from 1 to {most}")
    if end is not None and end <= start:
        raise ApiError(400, f"The end of the report must be after its '{start_name}'.")
    midnight = datetime(start.year, start.month, start.day, tzinfo=UTC)
    start -= (start - midnight) % width
    cursor = one(query, "page")
    if cursor is not None:
        at = cursor.removeprefix("page_")
        if not at.isdecimal():
            raise invalid("page", cursor, "the next_page of the page before")
        start = datetime.fromtimestamp(int(at), UTC)
    # The bucket of this moment is shown, as far as it has come.
    until = now + timedelta(microseconds=1) if end is None else end
    found = []
    while start < until and len(found) < int(limit):
        found.append((start, start + width))
        start += width
    return Page(tuple(found), f"page_{int(start.timestamp())}" if start < until else None)


def within(
    records: Iterable[Record], start: datetime, end: datetime, wanted: Callable[[Record], bool]
) -> list[Record]:
    """The billed records of a bucket; the log is in order of time."""
    upto = takewhile(lambda record: record.time < end, records)
    return [
        record
        for record in upto
        if record.time >= start and record.usage and record.outcome != "refused" and wanted(record)
    ]


def grouping(query: Query, known: Sequence[str]) -> tuple[str, ...]:
    """The fields that a report is grouped by; a 400 for one that it does not know."""
    asked = query.get("group_by", [])
    for name in asked:
        if name not in known:
            raise invalid("group_by", name, ", ".join(map(repr, known)))
    return tuple(name for name in known if name in asked)


_FRAME = ("bucket_width", "limit", "page", "group_by", "line_items")
_TIMES = ("start_time", "end_time", "starting_at", "ending_at")


def chosen(query: Query, filters: Mapping[str, Callable[[Record], Any]]) -> Callable[..., bool]:
    """Whether a record passes the filters that are given, such as `models=[...]`.

    Raises a 400 for a parameter that the report does not know: a filter that was misspelt would
    show everybody's usage.
    """
    for name in query:
        if name not in (*filters, *_FRAME, *_TIMES):
            raise ApiError(400, f"Unknown parameter: '{name}'.", code="unknown_parameter")
    given = {name: set(query[name]) for name in filters if name in query}
    return lambda record: all(filters[name](record) in values for name, values in given.items())
