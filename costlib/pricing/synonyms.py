"""Columns of other people's tables that decide a price, by the names that these tables use.

A batch that is priced at the standard rate costs twice what it did, and nobody sees it: whoever
reads a table refuses such a column where it would not be read. Lesson 4 prices tables.
"""

from __future__ import annotations

SYNONYMS: dict[str, tuple[str, tuple[str, ...]]] = {
    "service_tier": ("tier", ("standard", "default", "auto", "on_demand")),
    "batch": ("tier", ("false", "0", "no")),
    "is_batch": ("tier", ("false", "0", "no")),
    "speed": ("tier", ("standard",)),
    "inference_geo": ("region", ("global", "not_available")),
}
"""A column, the one that holds the same here, and the words in it that change nothing."""


def place_of_fact(name: str, value: object) -> str:
    """The column for a fact that decides the price and stands under another name; "" for none."""
    here, usual = SYNONYMS.get(name.lower(), ("", ()))
    said = str(value).strip().lower()
    return here if said and said not in usual else ""
