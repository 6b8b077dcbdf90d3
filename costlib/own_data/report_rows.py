"""The rows of a vendor's report, whatever they came in: pages, dicts, a file of JSON or a table.

Each row comes with its vendor and the start of its bucket; what stands twice comes once. Which
vendor's a row is, and what is in it, say usage_reports.py and cost_reports.py. Lesson 4.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from costlib.display.amounts import counted
from costlib.own_data.files import (
    Table,
    is_json,
    json_records,
    plain_name,
    read_table,
    read_text,
)
from costlib.own_data.numbers import Decimals, day_comes_first, decimal_mark, moment, number
from costlib.usage.fields import counts
from costlib.usage.telling import tell

Source = Any
"""A path to a .json, .jsonl or .csv file; a page or several, as SDK objects or dicts."""
Row = Mapping[str, Any]
Found = tuple[str, datetime, Row]
Counted = dict[str, Any]  # counts by the fields of Usage
VendorOf = Callable[[Row], str]


def report_rows(
    source: Source, vendor_of: VendorOf, decimal: Decimals | None, day_first: bool | None
) -> Iterator[Found]:
    """Vendor, start of the bucket, and row; what stands twice once, and buckets without rows never.

    A page that says there are more, and is the last one given, warns.
    """
    seen: set[str] = set()
    twice = 0
    more = False
    for record in _records(source, decimal, day_first):
        more = bool(record.get("has_more")) if "data" in record else more
        for found in _of_record(record, vendor_of, day_first):
            said = json.dumps(found, sort_keys=True, default=str)
            twice += said in seen
            if said not in seen:
                seen.add(said)
                yield found
    if twice:
        tell(
            f"the report repeats {counted(twice, 'row')}, equal in every column: each was "
            "counted once"
        )
    if more:
        tell(
            "has_more is true on the last page given: the report goes on, so fetch and give all of "
            "its pages"
        )


def _of_record(record: Row, vendor_of: VendorOf, day_first: bool | None) -> Iterator[Found]:
    if "data" in record:
        for bucket in record["data"]:
            bucket = _plain(bucket)
            results = bucket.get("results", bucket.get("result"))
            if results is None:
                vendor_of(bucket)  # words the error of a report of another kind
            start = _start(bucket.get("start_time", bucket.get("starting_at")), day_first)
            for row in results or ():
                row = _plain(row)
                yield vendor_of(row), start, row
        return
    said = [
        name for name in record if not name.startswith(("start_time", "end_time", "usage_date"))
    ]
    if any(record[name] not in (None, "") for name in said):  # OpenAI has lines for empty days
        vendor = vendor_of(record)
        yield (
            vendor,
            _start(record.get("start_time") or record.get("usage_date_utc"), day_first),
            record,
        )


def _records(source: Source, decimal: Decimals | None, day_first: bool | None) -> Iterator[Row]:
    """Pages of JSON, or lines of CSV, whatever they came in."""
    if isinstance(source, str | os.PathLike):
        text = read_text(source)
        name = os.fspath(source)
        if is_json(text):
            yield from json_records(name, text)
        else:
            yield from _lines(read_table(name, text), decimal, day_first)
    elif isinstance(source, Mapping) or hasattr(source, "model_dump"):
        yield _plain(source)
    elif isinstance(source, Iterable):
        for page in source:
            yield _plain(page)
    else:
        raise ValueError(
            f"a {type(source).__name__} is no report: give a path, or pages of the admin API"
        )


# Columns of Anthropic's console with their titles, as users exported them in 2026-09.
_TITLES = {
    "usage_date": "usage_date_utc",
    "input_tokens": "usage_input_tokens_no_cache",
    "cache_creation_input_tokens": "usage_input_tokens_cache_write",
    "cache_read_input_tokens": "usage_input_tokens_cache_read",
    "output_tokens": "usage_output_tokens",
}
_AMOUNTS = ("amount_value", "amount", "cost_usd", "quantity")


def _lines(table: Table, decimal: Decimals | None, day_first: bool | None) -> Iterator[Row]:
    """The rows of a table under the names that the vendors' reports have, numbers made plain."""
    names = {column: plain_name(column) for column in table.columns}
    if {"cache_creation_input_tokens", "cache_read_input_tokens"} <= set(names.values()):
        names = {column: _TITLES.get(name, name) for column, name in names.items()}
    numeric = {column: name for column, name in names.items() if counts(name) or name in _AMOUNTS}
    cells = {column: [row[column] for row in table.rows] for column in table.columns}
    whole = [cell for c, name in numeric.items() if name not in _AMOUNTS for cell in cells[c]]
    parts = [cell for c, name in numeric.items() if name in _AMOUNTS for cell in cells[c]]
    mark = decimal or decimal_mark(whole, parts, table.delimiter)
    if day_first is None:
        dates = [c for c, name in names.items() if name in ("start_time", "usage_date_utc")]
        day_first = day_comes_first(cell for c in dates for cell in cells[c])
    for row in table.rows:
        found: dict[str, Any] = {}
        for column, name in names.items():
            cell: Any = row[column]
            if column in numeric and cell:
                plain = _number_or_text(name, cell, mark)
                cell = plain if plain is not None else cell
            if name in ("start_time", "usage_date_utc") and cell and day_first is not None:
                cell = moment(cell, day_first).isoformat()
            found[name] = cell
        yield found


def _number_or_text(name: str, cell: str, mark: Decimals | None) -> str | None:
    """A cell as plain digits; None for text, which whoever needs a number there will refuse."""
    try:
        return f"{number(name, cell, mark):f}"
    except ValueError:
        return None


def _plain(record: Any) -> Row:
    if hasattr(record, "model_dump"):
        record = record.model_dump(warnings=False)
    if not isinstance(record, Mapping):
        raise ValueError(f"a {type(record).__name__} is no page of a report: give the whole page")
    return record


def _start(value: Any, day_first: bool | None) -> datetime:
    try:
        return moment(value, day_first)
    except ValueError:
        raise ValueError(
            f"{value!r} is no start of a bucket: a report has start_time (OpenAI), starting_at or "
            "usage_date_utc (Anthropic)"
        ) from None


def tier_of(name: Any) -> str:
    """The tier of a report in our words; none is said where it was not grouped by."""
    tier = str(name or "standard").lower()
    return "standard" if tier in ("default", "auto", "message", "not_available") else tier
