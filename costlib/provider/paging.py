"""Lists in pages, as both vendors give them: so many items after, or before, the one with an id.

Lesson 1 lists batches; lesson 4 walks through pages of reports (`buckets` makes those).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.rules import invalid

Query = Mapping[str, list[str]]


@dataclass(frozen=True)
class Slice:
    """The items of one page, and whether more follow."""

    items: Sequence[dict[str, Any]]
    more: bool

    @property
    def ends(self) -> dict[str, Any]:
        """`first_id`, `last_id` and `has_more`, which both vendors' pages carry."""
        return {
            "first_id": self.items[0]["id"] if self.items else None,
            "last_id": self.items[-1]["id"] if self.items else None,
            "has_more": self.more,
        }


def one(query: Query, name: str) -> str | None:
    """The value of a parameter that may be given once."""
    return query.get(name, [None])[0]


def limit_of(query: Query, default: int, most: int) -> int:
    """How many items a page may have; the vendors' 400 for what is no such number."""
    text = one(query, "limit")
    if text is None:
        return default
    if not text.isdecimal() or not 1 <= int(text) <= most:
        raise invalid("limit", text, f"whole numbers from 1 to {most}")
    return int(text)


def slice_of(
    items: Sequence[dict[str, Any]],
    limit: int,
    after: str | None = None,
    before: str | None = None,
) -> Slice:
    """The page after, or before, the item with an id; a 400 for an id that is not in the list."""
    ids = [item["id"] for item in items]
    for cursor in (after, before):
        if cursor is not None and cursor not in ids:
            raise ApiError(400, f"There is no item with id '{cursor}' in this list.")
    if before is not None:
        end = ids.index(before)
        return Slice(items[max(0, end - limit) : end], end > limit)
    start = 0 if after is None else ids.index(after) + 1
    return Slice(items[start : start + limit], len(items) > start + limit)


def openai_page(
    items: Sequence[dict[str, Any]],
    query: Query,
    *,
    order: str | None = "asc",
    limit: int = 20,
    most: int = 100,
) -> dict[str, Any]:
    """A list as OpenAI sends it, of items in the order in which they were made.

    `order` is the default of the endpoint, None for one that has no such parameter (newest first).
    """
    asked = one(query, "order") or order or "desc"
    if asked not in ("asc", "desc"):
        raise invalid("order", asked, "'asc', 'desc'")
    ordered = items if asked == "asc" else items[::-1]
    found = slice_of(ordered, limit_of(query, limit, most), one(query, "after"))
    return {"object": "list", "data": found.items, **found.ends}


def anthropic_page(items: Sequence[dict[str, Any]], query: Query) -> dict[str, Any]:
    """A list as Anthropic sends it, of items in its own order (newest first)."""
    limit = limit_of(query, 20, 1_000)
    found = slice_of(items, limit, one(query, "after_id"), one(query, "before_id"))
    return {"data": found.items, **found.ends}
