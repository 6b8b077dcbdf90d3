"""A page of an API as the records in it: Langfuse's, Cursor's, OpenAI's lists, and others'.

A page has one list of records that count something, and says besides whether more follow; a page
that is not the last is no whole. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Mapping

from costlib.usage.envelopes import usage_objects
from costlib.usage.fields import Body, as_mapping, at, counting, is_quantity
from costlib.usage.telling import tell

# Where a page says that another follows, and where it has its number and how many there are.
_MORE = (
    "has_more", "next_page", "nextPageToken", "next_cursor", "nextCursor", "pagination.hasNextPage",
    "meta.cursor", "meta.nextCursor",
)  # fmt: skip
# OTLP's frames; Gemini's batches, which cost less than the answers in them; Claude Code's sums.
_NO_PAGES = ("resourceSpans", "resourceLogs", "inlinedResponses", "modelUsage")
_NUMBERED = (("meta.page", "meta.totalPages"), ("pagination.currentPage", "pagination.numPages"))


def on_pages(records: list[Mapping[str, object]], name: str) -> list[Mapping[str, object]]:
    """The records on the pages of a file; the records themselves where they are no pages.

    Warns where the last page says that more follow.
    """
    pages = [_listed(record) for record in records]
    listed = [each for page in pages if page is not None for each in page]
    if None in pages or not listed:
        return records
    if _goes_on(records[-1]):
        tell(f"{name!r}: the last page says that more follow, so fetch and give all of them")
    return listed


def _listed(record: Body) -> list[Body] | None:
    """The records of a page; None for what is a record itself, or has several lists of them."""
    itself = any("token" in str(key).lower() and is_quantity(n) for key, n in record.items())
    if itself or any(name in record for name in _NO_PAGES) or any(usage_objects(record)):
        return None
    lists = [value for value in record.values() if isinstance(value, list)]
    inside = [[as_mapping(each) or {} for each in value] for value in lists]
    counted = [each for each in inside if any(map(counting, each))]
    if len(counted) == 1:
        return counted[0]
    return [] if [] in lists and not counting(record) else None


def _goes_on(page: Body) -> bool:
    numbers = [(at(page, number), at(page, of)) for number, of in _NUMBERED]
    return any(at(page, path) for path in _MORE) or any(
        isinstance(number, int) and isinstance(of, int) and number < of for number, of in numbers
    )
