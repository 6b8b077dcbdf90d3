"""The frame of an admin report: buckets of time, pages of buckets, groups within a bucket.

Buckets are minutes, hours or days in UTC. Anthropic moves a report's start back to the start of its
bucket; at OpenAI the first bucket begins at the start that was asked for, and is shorter. Lesson 4
reads such reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import takewhile
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.paging import Query, limit_of, one
from costlib.provider.records import Record
from costlib.provider.rules import invalid

_WIDTHS = {"1m": timedelta(minutes=1), "1h": timedelta(hours=1), "1d": timedelta(days=1)}
# Both vendors' references: buckets on a page, the default and the most.
PAGES = {"1m": (60, 1_440), "1h": (24, 168), "1d": (7, 31)}


@dataclass(frozen=True)
class Page:
    """The buckets of one page, as (start, end), and the cursor of the next page or None."""

    buckets: tuple[tuple[datetime, datetime], ...]
    next_page: str | None


def page_of(
    query: Query,
    start: datetime | None,
    end: datetime | None,
    now: datetime,
    *,
    start_name: str,
    widths: Sequence[str],
    whole: bool,
    pages: Mapping[str, tuple[int, int]] = PAGES,
) -> Page:
    """The buckets that a request asks for; a 400 for what no bucket can be made of.

    `whole`: the first bucket begins where a bucket begins, before `start` if need be.
    """
    if start is None:
        raise ApiError(
            400,
            f"Missing required parameter: '{start_name}'.",
            code="missing_required_parameter",
            param=start_name,
        )
    name = one(query, "bucket_width") or "1d"
    if name not in widths:
        raise invalid("bucket_width", name, ", ".join(map(repr, widths)))
    width = _WIDTHS[name]
    limit = limit_of(query, *pages[name])
    if end is not None and end <= start:
        raise ApiError(400, f"The end of the report must be after its '{start_name}'.")
    if whole:
        start = _floor(start, width)
    cursor = one(query, "page")
    if cursor is not None:
        at = cursor.removeprefix("page_")
        if not at.isdecimal():
            raise invalid("page", cursor, "the next_page of the page before")
        start = datetime.fromtimestamp(int(at), UTC)
    # The bucket of this moment is shown, as far as it has come.
    until = now + timedelta(microseconds=1) if end is None else end
    found: list[tuple[datetime, datetime]] = []
    while start < until and len(found) < limit:
        end_of_bucket = _floor(start, width) + width
        found.append((start, end_of_bucket))
        start = end_of_bucket
    return Page(tuple(found), f"page_{int(start.timestamp())}" if start < until else None)


def _floor(moment: datetime, width: timedelta) -> datetime:
    """The start of the bucket of a moment."""
    midnight = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    return moment - (moment - midnight) % width


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


def chosen(
    query: Query, filters: Mapping[str, Callable[[Record], Any]], known: Iterable[str]
) -> Callable[[Record], bool]:
    """Whether a record passes the filters that are given, such as `models=[...]`.

    `known` are all the parameters of the report; one of them that filters nothing here is about
    what this provider has none of (images, vector stores). Raises a 400 for any other: a filter
    that was misspelt would show everybody's usage.
    """
    for name in query:
        if name not in known:
            raise ApiError(400, f"Unknown parameter: '{name}'.", code="unknown_parameter")
    given = {name: set(query[name]) for name in filters if name in query}
    return lambda record: all(filters[name](record) in values for name, values in given.items())
