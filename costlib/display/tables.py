"""Tables that anyone can read and a test can compare: HTML with named headers, and plain text.

A screen reader finds the header of each cell, a phone scrolls what is too wide, a page leaves the
dollar signs alone, and nbval compares the text. Lessons reach this as `figures.table`; lesson 1
shows the first one.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from numbers import Integral, Number
from typing import Any

from costlib.display.templates import render

Format = str | Callable[[Any], str]

_NOTHING = "–"  # a value that is not there; an empty cell would look like a mistake
# A text that is a number, such as "$1.20", "+25%", "± 3.5%" or "11 months"; group 1: its decimals.
_AMOUNT = re.compile(r"(?:[-−+±<>≤≥~≈] ?)?\$?\d[\d,]*(?:\.(\d+))?(?: ?[%×]| [a-z]+)?")
_WORD = re.compile(r"[a-z]+")  # "never" among numbers stands where they do
_SUM = re.compile(r"(.* )?(total|sum|in all|all together|what is left)", re.IGNORECASE)
_DIGIT, _POINT = "\u2007", "\u2008"  # spaces as wide as a digit and as a point


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
            rows=[(row, bool(_SUM.fullmatch(row[0]))) for row in self._aligned(_DIGIT, _POINT)],
            right=self.right,
            caption=self.caption,
        )

    def __str__(self) -> str:
        lines = (self.header, *self._aligned(" ", " "))
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

    def _aligned(self, digit: str, point: str) -> list[tuple[str, ...]]:
        """The rows, with room behind numbers so that the points of a column stand in a line.

        Room and not zeros, because a zero would say more than is known.
        """
        columns = [
            _with_room(column, digit, point) if right else column
            for column, right in zip(zip(*self.rows, strict=True), self.right, strict=True)
        ]
        return list(zip(*columns, strict=True))


def _with_room(column: Sequence[str], digit: str, point: str) -> Sequence[str]:
    found = [_AMOUNT.fullmatch(text) for text in column]
    if not all(
        match is None or text[-1].isdigit() for text, match in zip(column, found, strict=True)
    ):
        return column  # what follows the digits, such as %, is in line already
    places = [len(match[1] or "") if match else None for match in found]
    most = max((n for n in places if n is not None), default=0)
    return [
        text if n is None else text + (point if most and not n else "") + digit * (most - n)
        for text, n in zip(column, places, strict=True)
    ]


def table(rows: Any, *, caption: str = "", formats: Mapping[str, Format] | None = None) -> Table:
    """A table of a list of dicts, or of a pandas frame (with its index, if that has a name).

    `formats` maps a column to a format ("{:.1%}") or to a function (`money`). Other numbers are
    grouped by thousands, floats to six digits; None and NaN become a dash. The columns are those
    of the first row; a row without one of them shows a dash there. Nothing is "$0.00" in a column
    of dollars and cents. A row named a total, or what is left, has a rule above it. No rows raise
    ValueError.
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
        _to_the_cent([_text(value, formats.get(name)) for value in column])
        for name, column in zip(names, columns, strict=True)
    ]
    named = any(str(value)[-1:].isalpha() for value in columns[0])  # "80 heavy" is a name
    right = tuple(_holds_numbers(column) and not (named and not at)
                  for at, column in enumerate(columns))  # fmt: skip
    header = tuple(str(name) for name in names)
    return Table(header, tuple(zip(*texts, strict=True)), right, caption)


def _holds_numbers(column: Sequence[Any]) -> bool:
    """Whether a column stands to the right: numbers, and words such as "never" among them."""
    there = [value for value in column if not _is_missing(value)]
    numbers = [value for value in there if _is_number(value) or _AMOUNT.fullmatch(str(value))]
    words = [value for value in there if _WORD.fullmatch(str(value))]
    return len(numbers) + len(words) == len(there) and bool(numbers or not there)


def _to_the_cent(column: list[str]) -> list[str]:
    cents = [text for text in column if re.fullmatch(r"-?\$[\d,]+\.\d\d", text)]
    others = [text for text in column if "$" in text and text != "$0" and text not in cents]
    return ["$0.00" if cents and not others and text == "$0" else text for text in column]


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
