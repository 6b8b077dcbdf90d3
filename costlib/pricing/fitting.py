"""The row of a table of rules that covers a model: the one with the longest prefix of its name.

A table such as `data/cache_rules.csv` says what holds for families of models. Whoever checked a row
can only have meant models that were out on that day, so a row's prefix covers none that came
later: a new model is refused with the row to add, and takes nothing from its family silently.
No units. `python -m costlib model NAME` lists what a model lacks.
"""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from costlib.paths import data_rows
from costlib.pricing.price_book import Book, Model, book

Row = dict[str, str]


@lru_cache(maxsize=1_024)
def fitting_row(table: str, model: Model, name: str = "", *, complete: bool = False) -> Row | None:
    """The row of a file in `data/` that covers a model, under another `name` if one is given.

    The table has the columns `prefix` and `checked`, and where it has `provider`, that must be the
    model's. A prefix covers the names that continue it with "-" or "."; a row whose prefix is the
    whole name is about it, whenever it came out. None: no row fits. `complete` says
    that the table is meant to list every model that needs a row, so that a missing one tells
    something; it tells nothing of a model that came out after the table was last checked.

    Raises LookupError for a model that came out after the row that nearly fits was checked, or
    after the whole table was, if it is `complete`.
    """
    name = name or model.id
    rows = [
        row for row in data_rows(table) if row.get("provider", model.provider) == model.provider
    ]
    row = max((r for r in rows if _fits(r["prefix"], name)), key=_length, default=None)
    out = came_out(model)
    if row is not None:
        if row["prefix"] not in (model.id, name) and _later(out, row["checked"]):
            raise LookupError(
                f"data/{table} has no row for {model.id!r}: it came out {_since(out)}, and the row "
                f"{row['prefix']!r}, which nearly fits, was checked on {row['checked']}, so add a "
                f"row with the prefix {model.id!r}, a source and the day"
            )
    elif complete and rows and _later(out, checked := max(r["checked"] for r in rows)):
        raise LookupError(
            f"data/{table} has no row for {model.id!r}: it came out {_since(out)}, and the table "
            f"was last checked on {checked}, so add a row with the prefix {model.id!r}, a source "
            "and the day"
        )
    return row


def came_out(model: Model, prices: Book | None = None) -> date | None:
    """The first day on which a model is known to have been sold: released, or first priced in a
    price book (None: the shipped one)."""
    days = [
        starts[0]
        for (provider, name, _), starts in (prices or book()).starts.items()
        if (provider, name) == (model.provider, model.id)
    ]
    return model.released or min(days, default=None)


def _fits(prefix: str, name: str) -> bool:
    return name == prefix or name.startswith((f"{prefix}-", f"{prefix}."))


def _length(row: Row) -> int:
    return len(row["prefix"])


def _later(out: date | None, checked: str) -> bool:
    """A model without any date may have come out at any time: later, to be safe."""
    return out is None or out > date.fromisoformat(checked)


def _since(out: date | None) -> str:
    return f"on {out}" if out else "on an unknown day"
