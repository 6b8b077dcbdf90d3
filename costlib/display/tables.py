"""Tables that anyone can read and a test can compare: HTML with named headers, and plain text.

A screen reader finds the header of each cell, a phone scrolls what is too wide, a page leaves the
dollar signs alone, and nbval compares the text. Lessons reach this as `figures.table`; lesson 1
shows the first one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Number
from typing import Any

from costlib.display.templates import render

Format = str | Callable[[Any], str]

_NOTHING = "–"  # a value that is not there; an empty cell would look like a mistake
_AMOUNT = re.compile(r"[-−]?\$?[\d,]+(\.\d+)?( ?[%×])?")  # text that is a number, such as "$1.20"


class Shown(ABC):
    """Something that a cell shows, as HTML and as plain text; nbval compares both."""

    @abstractmethod
    def html(self) -> str:
        """The thing as HTML."""

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        shown = {"text/html": self.html(), "text/plain": str(self)}
        # Half a character (a lone surrogate) cannot be sent to a page.
        return {kind: text.encode("utf-8", "replace").decode() for kind, text in shown.items()}


@dataclass(frozen=True)
class Table(Shown):
    """Rows already formatted as text; the first column names its row. Shows as HTML and as text.

    `right` says for each column whether it holds numbers, which stand to the right.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: tuple[bool, ...]
    caption: str = ""

    def html(self) -> str:
        """An accessible HTML table: a caption, header cells with scope, its own scroll bar."""
        return render(
            "display/table.html",
            header=self.header,
            rows=self.rows,
            right=self.right,
            caption=self.caption,
        )

    def __str__(self) -> str:
        lines = (self.header, *self.rows)
        widths = [max(len(row[i]) for row in lines) for i in range(len(self.header))]
        sides = [">" if right else "<" for right in self.right]
        text = [
            "  ".join(
                f"{part:{side}{width}}"
                for part, side, width in zip(row, sides, widths, strict=True)
            ).rstrip()
            for row in lines
        ]
        return "\n".join(([self.caption] if self.caption else []) + text)


def table(rows: Any, *, caption: str = "", formats: Mapping[str, Format] | None = None) -> Table:
    """A table of a list of dicts, or of a pandas frame (with its index, if that has a name).

    `formats` maps a column to a format ("{:.1%}") or to a function (`money`). Other numbers are
    grouped by thousands, floats to six digits; None and NaN become a dash. The columns are those
    of the first row; a row without one of them shows a dash there. No rows raise ValueError.
    """
    if hasattr(rows, "to_dict"):
        frame = rows.reset_index() if any(name is not None for name in rows.index.names) else rows
        rows = frame.to_dict("records")
    rows = list(rows)
    if not rows:
        raise ValueError("A table of no rows shows nothing: give it at least one row.")
    if odd := [row for row in rows if not isinstance(row, Mapping)]:
        raise TypeError(
            f"{odd[0]!r} is no row of a table: give mappings, such as {{'model': 'gpt-4.1'}}"
        )
    names = list(rows[0])
    formats = formats or {}
    unknown = set(formats) - set(names)
    if unknown:
        raise ValueError(f"formats names {sorted(unknown)}, but the columns are {names}.")
    columns = [[row.get(name) for row in rows] for name in names]
    texts = [
        [_text(value, formats.get(name)) for value in column]
        for name, column in zip(names, columns, strict=True)
    ]
    right = tuple(
        all(
            _is_number(value) or _is_missing(value) or _AMOUNT.fullmatch(str(value))
            for value in column
        )
        for column in columns
    )
    header = tuple(str(name) for name in names)
    return Table(header, tuple(zip(*texts, strict=True)), right, caption)


def _is_missing(value: Any) -> bool:
    return value is None or bool(value != value)  # NaN and NaT differ from themselves


def _is_number(value: Any) -> bool:
    return isinstance(value, Number) and not isinstance(value, bool)


def _text(value: Any, form: Format | None) -> str:
    if _is_missing(value):
        return _NOTHING
    if form is not None:
        return form(value) if callable(form) else form.format(value)
    if not _is_number(value):
        return str(value)
    if isinstance(value, Integral | Decimal):
        return f"{value:,}"
    return f"{value:,.0f}" if float(value).is_integer() else f"{value:,.6g}"
