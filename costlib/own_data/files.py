"""What a file holds, whatever wrote it: the rows of a table, or the records of JSON.

Excel's byte order marks, UTF-16, `sep=;`, title lines above the header, rows of nothing but commas
are seen through; what is no text is named (an Excel workbook, an archive). A cell stays the text
that was written: numbers.py says what it means. Lesson 4.
"""

from __future__ import annotations

import ast
import csv
import io
import json
import os
import re
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Literal, NamedTuple

from costlib.display.amounts import counted
from costlib.paths import own_path
from costlib.usage.fields import flat

SQLITE = b"SQLite format 3"
_MAGIC = (
    (b"PK\x03\x04", "an Excel workbook (.xlsx) or a zip archive: save as CSV, or unpack it"),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls): save the sheet as CSV"),
    (b"\x1f\x8b", "compressed (gzip): unpack it first"),
    (b"\x28\xb5\x2f\xfd", "compressed (zstd): unpack it first, with zstd -d"),
    (b"%PDF", "a PDF: export CSV or JSON instead"),
    (SQLITE, "a SQLite database: read_calls knows those of some tools, and Ledger a ledger's"),
    (b"PAR1", "a Parquet file: export CSV or JSON instead"),
)
_NUMBER = re.compile(r"(0|[1-9]\d{0,14})(\.\d+)?")
_HEAD_LINES = 30  # above this a table has begun
_DELIMITERS = ",;\t|"
csv.field_size_limit(2**31 - 1)  # a cell may hold a whole prompt; 131,072 characters are refused


class Table(NamedTuple):
    """The rows of a file under their columns' names, and each row's line in the file."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[dict[str, str], ...]
    lines: tuple[int, ...]
    delimiter: str
    unit: str = "line"  # what `lines` counts
    decimal: Literal["."] | None = None  # the decimal mark, where it is known beforehand


def read_text(path: str | os.PathLike[str]) -> str:
    """The text of a file in UTF-8 or UTF-16; ValueError for one that is no text."""
    name = os.fspath(path)
    try:
        data = own_path(path).read_bytes()
    except (OSError, ValueError) as error:  # ValueError: a name that no file system has
        raise ValueError(f"{name!r} cannot be read: {error}") from None
    refuse_binary(name, data)
    try:
        return data.decode(encoding_of(data))
    except UnicodeError as error:
        raise ValueError(
            f"{name!r} cannot be read: it is not UTF-8 ({error}), so save it as CSV UTF-8"
        ) from None


def encoding_of(head: bytes) -> str:
    """The encoding of a text by its first bytes: UTF-16 as Windows writes it, else UTF-8."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if b"\0" in head[:200]:  # UTF-16 without its mark: every other byte of ASCII is 0
        return "utf-16-le" if head[1:2] == b"\0" else "utf-16-be"
    return "utf-8-sig"


def first_bytes(path: str | os.PathLike[str]) -> bytes:
    """The first bytes of a file, which say what it is; none of one that cannot be read."""
    try:
        with own_path(path).open("rb") as file:
            return file.read(200)
    except (OSError, ValueError):  # the reader words the error
        return b""


def refuse_binary(name: str, head: bytes) -> None:
    """ValueError for a file whose first bytes say that it is no text, with what it is."""
    for magic, what in _MAGIC:
        if head.startswith(magic):
            raise ValueError(f"{name!r} is no CSV or JSON but {what}")


def is_json(text: str) -> bool:
    return text.lstrip()[:1] in ("{", "[")


def json_records(name: str, text: str) -> list[Mapping[str, object]]:
    """The objects of a JSON file: one, a list of them, or one a line."""
    try:
        found = _documents(name, text)
    except RecursionError:
        raise ValueError(f"{name!r} is nested too deep to be an export: export it again") from None
    records = found if isinstance(found, list) else [found]
    for record in records:
        if not isinstance(record, dict):
            raise ValueError(f"{name!r} holds a {type(record).__name__} where an object must be")
    return records


def _documents(name: str, text: str) -> Any:
    """The JSON of a file, or a list of its lines'."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except json.JSONDecodeError as whole:
        found = []
        for line, each in enumerate(text.splitlines(), start=1):
            if each.strip():
                try:
                    found.append(json.loads(each, parse_constant=_no_number))
                except json.JSONDecodeError as error:
                    problem = error if found else whole
                    where = f"line {line}: " if found else ""
                    raise ValueError(f"{name!r} is no JSON: {where}{problem}") from None
        return found


def table_of(name: str, records: list[Mapping[str, object]]) -> Table:
    """Records of JSON as a table: a column for each field at any depth, named by its path, such as
    `usage.prompt`. Numbers are written as JSON has them, whose decimal mark is a point."""
    flats = [flat(record) for record in records]
    columns = tuple(dict.fromkeys(path for fields in flats for path in fields))
    rows = tuple(
        {path: "" if fields.get(path) is None else str(fields[path]) for path in columns}
        for fields in flats
    )
    return Table(name, columns, rows, tuple(range(1, len(rows) + 1)), ",", "record", ".")


def records_of(table: Table) -> list[Mapping[str, object]]:
    """The rows of a table whose cells hold JSON as records; an empty cell has no field."""
    return [{name: _value(cell) for name, cell in row.items() if cell} for row in table.rows]


def _value(cell: str) -> object:
    if _NUMBER.fullmatch(cell):
        number = float(cell)
        return int(number) if number.is_integer() else number
    return cell_json(cell)


def cell_json(cell: object) -> object:
    """The JSON in a cell, as databases export it, or the literal that pandas makes of a dict; the
    cell itself where it is neither."""
    if isinstance(cell, str) and cell[:1] in ("{", "["):
        for read in (json.loads, ast.literal_eval):
            with suppress(ValueError, SyntaxError, RecursionError, MemoryError):
                return read(cell)
    return cell


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no finite number, and JSON has none: export the file again")


def read_table(name: str, text: str) -> Table:
    """A table of text cells. Raises ValueError where no row is a header, and where a row has more
    cells than the header (a thousands comma without quotation marks splits its number).
    """
    filled, delimiter = _filled_lines(name, text.replace("\r\n", "\n").replace("\r", "\n"))
    widest = max(sum(map(bool, row)) for _, row in filled[:_HEAD_LINES])
    start = next(
        place for place, (_, row) in enumerate(filled) if sum(map(bool, row)) * 5 >= widest * 4
    )
    columns = _header(name, filled[start][1])
    rows = []
    for line, row in filled[start + 1 :]:
        while len(row) > len(columns) and not row[-1]:
            row.pop()
        if len(row) > len(columns):
            raise ValueError(
                f"{name!r}, line {line} has {counted(len(row), 'cell')} and the header "
                f'{len(columns)}: put numbers such as "59,200" in quotation marks'
            )
        rows.append(dict(zip(columns, [*row, *[""] * (len(columns) - len(row))], strict=True)))
    kept = tuple(line for line, _ in filled[start + 1 :])
    return Table(name, tuple(columns), tuple(rows), kept, delimiter)


def _filled_lines(name: str, text: str) -> tuple[list[tuple[int, list[str]]], str]:
    """The lines that are not empty, each with its number in the file, and what parts their cells.

    A first line `sep=;`, as Excel reads it, says what does.
    """
    first, _, rest = text.partition("\n")
    skipped = 0
    if first.strip().lower().startswith("sep=") and len(first.strip()) == 5:
        delimiters, text, skipped = first.strip()[4], rest, 1
    else:
        delimiters = _DELIMITERS
    head = text.splitlines()[:_HEAD_LINES]
    delimiter = max(delimiters, key=lambda each: _regularity(head, each))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        lines = [(reader.line_num + skipped, row) for row in reader]
    except csv.Error as error:
        raise ValueError(f"{name!r} is no table: {error}") from None
    filled = [
        (line, [cell.strip() for cell in row]) for line, row in lines if any(map(str.strip, row))
    ]
    if not filled:
        raise ValueError(f"{name!r} is empty: it has no header and no row")
    return filled, delimiter


def _header(name: str, columns: list[str]) -> list[str]:
    """The names of the columns; ValueError when there are none, or one stands twice."""
    while columns and not columns[-1]:
        columns.pop()
    numbers = [cell for cell in columns if cell.replace(".", "").replace(",", "").isdigit()]
    if numbers or len(columns) < 2:
        shown = ", ".join(columns[:6])
        raise ValueError(
            f"{name!r} has no header with the names of its columns, but begins {shown}"
        )
    twice = [column for column, times in Counter(columns).items() if times > 1 and column]
    if twice:
        raise ValueError(f"{name!r} has two columns {twice[0]!r}: rename one of them")
    return columns


def plain_name(column: str) -> str:
    """A column's title as a name in JSON is written: "Usage Date (UTC)" as usage_date; letters of
    every alphabet stay."""
    known = re.sub(r"\((?:utc|usd|\$)\)", "", column.strip(), flags=re.IGNORECASE)
    known = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", known)
    return re.sub(r"[\W_]+", "_", known.lower().replace("w/o", "without")).strip("_")


def _regularity(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines agree on a number of cells above one, and on how many cells."""
    try:
        sizes = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return 0, 0
    agreed = [(times, size) for size, times in sizes.items() if size > 1]
    return max(agreed, default=(0, 0))
