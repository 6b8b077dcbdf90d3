"""A provider's own export, brought into a ledger or a frame: usage as calls, costs as amounts.

`read_usage_report` gives `Call`s for `Ledger.record_many`, one for each row of the report (many
requests together: `usage.requests` says how many). `read_cost_report` gives a frame of what was
charged, by day and line, in exact dollars. Both take what the providers give: the JSON pages of
their admin APIs (SDK objects, dicts, files, one page a line) and the CSV of their dashboards.

What is certain: JSON, from the types of openai 3 and the reference of Anthropic's reports. What is
not: neither vendor documents its CSV. OpenAI's columns were taken from exports that users
published in 2025-10 (they are the names of the JSON fields, with `amount_value` for the amount);
Anthropic's from exports and importers published 2025-06 to 2026-09. A column that is not known is
refused by name where it counts something; one that is needed and missing is an error too. Rows that
stand twice, and pages, are counted once, with a warning. Anthropic calls the reports read
here its older ones, still supported; its newer Analytics API is not read. Lesson 4 teaches it.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costlib.own_data.files import (
    Table,
    is_json,
    json_records,
    plain_name,
    read_table,
    read_text,
)
from costlib.own_data.identity import numbered, row_id
from costlib.own_data.numbers import (
    Decimals,
    day_comes_first,
    decimal_mark,
    moment,
    number,
    whole_count,
)
from costlib.pricing.prices import find_model, rate_card
from costlib.tracking.calls import LONG_REPORT, REPORT, Call
from costlib.usage.fields import counting, counts
from costlib.usage.record import Usage

if TYPE_CHECKING:
    import pandas

COST_COLUMNS = ("day", "provider", "project", "model", "tier", "kind", "quantity", "amount_usd")
"""`day` is a date in UTC; `kind` a rate kind of prices.py, or the vendor's words for another
charge; `quantity` the tokens (null where the report has none); `amount_usd` an exact Decimal."""

# Names of OpenAI's line items ("gpt-4.1 batch, output_tokens") and of Anthropic's token types.
_KINDS = {
    "input_tokens": "input", "input": "input", "input_uncached_tokens": "input",
    "input_cached_tokens": "cached_input", "cached input": "cached_input",
    "input_cache_write_30m_tokens": "cache_write_30m",
    "input_cache_write_12h_tokens": "cache_write_12h", "output_tokens": "output",
    "output": "output", "uncached_input_tokens": "input", "input_no_cache": "input",
    "cache_read_input_tokens": "cached_input", "input_cache_read": "cached_input",
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m",
    "input_cache_write_5m": "cache_write_5m", "input_cache_write_1h": "cache_write_1h",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h", "web_search": "web_search",
}  # fmt: skip
_TIERS = ("standard", "batch", "flex", "priority", "fast")

Source = Any
"""A path to a .json, .jsonl or .csv file; a page or several, as SDK objects or dicts."""


def read_usage_report(
    source: Source, *, decimal: Decimals | None = None, day_first: bool | None = None
) -> list[Call]:
    """The rows of a usage report as calls: OpenAI's (completions, embeddings) or Anthropic's.

    `time` is the start of the row's bucket; the project, or Anthropic's workspace, becomes
    `project`, and `call_id` names the row, so that it is one row however often it is imported. A
    row is a sum and priced as if no request passed its model's long-context bound; where one may
    have, `estimated` says so. A row that says its context window is priced accordingly.

    Ask for the report with group_by model, or nothing can be priced: a row without a model raises
    ValueError. So does a file of another kind, naming what was expected, and a file whose numbers
    or dates could mean two things: `decimal` is its decimal mark, `day_first` its order.
    """
    calls = []
    for vendor, start, row in _rows(source, _usage_vendor, decimal, day_first):
        if not (row.get("model") or row.get("model_version")):
            raise ValueError(
                f"the usage report's row of {start:%Y-%m-%d} names no model, so it cannot be "
                "priced: ask for the report with group_by=['model']"
            )
        read = _openai_usage if vendor == "openai" else _anthropic_usage
        calls.append(_call(vendor, start, row, *read(row)))
        _refuse_unread(row, vendor)
    return list(numbered(calls))


def read_cost_report(
    source: Source, *, decimal: Decimals | None = None, day_first: bool | None = None
) -> pandas.DataFrame:
    """A cost report as a frame with `COST_COLUMNS`: OpenAI's costs or Anthropic's cost report.

    Anthropic's JSON has cents, OpenAI's dollars: both come out as dollars. Without
    group_by line_item (description) a row has neither model nor kind. Raises ValueError for another
    currency than US dollars, for a file of another kind, and for numbers or dates that could mean
    two things (see `read_usage_report`).
    """
    import pandas

    found = []
    for vendor, start, row in _rows(source, _cost_vendor, decimal, day_first):
        read = _openai_cost if vendor == "openai" else _anthropic_cost
        found.append({"day": start.date(), "provider": vendor, **read(row)})
    return pandas.DataFrame(found, columns=list(COST_COLUMNS))


# --- Finding the rows -------------------------------------------------------------------------

Row = Mapping[str, Any]
Found = tuple[str, datetime, Row]
Counted = dict[str, Any]  # counts by the fields of Usage
_VendorOf = Callable[[Row], str]


def _rows(
    source: Source, vendor_of: _VendorOf, decimal: Decimals | None, day_first: bool | None
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
        warnings.warn(
            f"{twice} rows of the report stand there twice, equal in every column: each was "
            "counted once",
            stacklevel=3,
        )
    if more:
        warnings.warn(
            "has_more is true on the last page given: the report goes on, so fetch and give all of "
            "its pages",
            stacklevel=3,
        )


def _of_record(record: Row, vendor_of: _VendorOf, day_first: bool | None) -> Iterator[Found]:
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


def _usage_vendor(row: Row) -> str:
    if "num_model_requests" in row:
        return "openai"
    if "uncached_input_tokens" in row or "usage_input_tokens_no_cache" in row:
        return "anthropic"
    raise ValueError(
        "this is no usage report: a row has no start of a bucket with num_model_requests (OpenAI) "
        f"or uncached_input_tokens (Anthropic), but the columns {', '.join(map(str, row))}"
    )


def _cost_vendor(row: Row) -> str:
    if "amount_value" in row or isinstance(row.get("amount"), Mapping):
        return "openai"
    if "cost_usd" in row or "amount" in row:
        return "anthropic"
    raise ValueError(
        "this is no cost report: a row has neither amount, amount_value nor cost_usd, but the "
        f"columns {', '.join(map(str, row))}"
    )


# --- Usage ------------------------------------------------------------------------------------


def _openai_usage(row: Row) -> tuple[Counted, str]:
    # Transcriptions count seconds and speech characters, where other reports count tokens.
    seconds, characters = _count(row, "seconds"), _count(row, "characters")
    counted: Counted = {
        "input_tokens": _count(row, "input_tokens", need=not (seconds or characters)),
        "audio_seconds": seconds,
        "input_characters": characters,
        "output_tokens": _count(row, "output_tokens"),
        "cached_input_tokens": _count(row, "input_cached_tokens"),
        "cache_write_30m_tokens": _count(row, "input_cache_write_30m_tokens"),
        "cache_write_12h_tokens": _count(row, "input_cache_write_12h_tokens"),
        "cached_audio_tokens": _count(row, "input_cached_audio_tokens"),
        "cached_image_tokens": _count(row, "input_cached_image_tokens"),
        "output_audio_tokens": _count(row, "output_audio_tokens"),
        "output_image_tokens": _count(row, "output_image_tokens"),
        "requests": _count(row, "num_model_requests", need=True) or 1,
    }
    # The report's audio and image inputs leave out what was cached.
    for medium in ("audio", "image"):
        fresh = _count(row, f"input_{medium}_tokens")
        counted[f"input_{medium}_tokens"] = fresh + counted[f"cached_{medium}_tokens"]
    batch = str(row.get("batch") or "").lower() == "true"
    return counted, "batch" if batch else _tier(row.get("service_tier"))


def _anthropic_usage(row: Row) -> tuple[Counted, str]:
    """Exclusive counts become inclusive. The report does not say how many requests there were."""
    dashboard = "usage_input_tokens_no_cache" in row
    written = row.get("cache_creation") or {}
    searches = row.get("server_tool_use") or {}
    if dashboard:
        plain, read = "usage_input_tokens_no_cache", "usage_input_tokens_cache_read"
        short = _count(row, "usage_input_tokens_cache_write_5m")
        short += _count(row, "usage_input_tokens_cache_write")  # before lifetimes were told apart
        long = _count(row, "usage_input_tokens_cache_write_1h")
    else:
        plain, read = "uncached_input_tokens", "cache_read_input_tokens"
        short = _count(written, "ephemeral_5m_input_tokens")
        long = _count(written, "ephemeral_1h_input_tokens")
    counted: Counted = {
        "cached_input_tokens": _count(row, read),
        "cache_write_5m_tokens": short,
        "cache_write_1h_tokens": long,
        "output_tokens": _count(row, "usage_output_tokens" if dashboard else "output_tokens"),
        "web_searches": _count(row, "web_search_count") or _count(searches, "web_search_requests"),
    }
    counted["input_tokens"] = _count(row, plain, need=True) + sum(
        counted[name]
        for name in ("cached_input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
    )
    fast = row.get("speed") == "fast"
    return counted, "fast" if fast else _tier(row.get("service_tier") or row.get("usage_type"))


def _call(vendor: str, start: datetime, row: Row, counted: Counted, tier: str) -> Call:
    name = str(row.get("model") or row["model_version"])
    project = row.get("project_id") or row.get("workspace_id") or row.get("workspace")
    long = _said_to_be_long(row.get("context_window"))
    region = str(row.get("inference_geo") or "global")
    if region not in ("global", "not_available"):
        warnings.warn(
            f"inference_geo={region!r}: Anthropic charges 1.1 times its list price for work in one "
            "region (Opus 4.6 and later), which these calls' prices leave out",
            stacklevel=4,
        )
    return Call(
        time=start,
        provider=vendor,
        model=name,
        usage=Usage(**counted, tier=tier),
        operation=LONG_REPORT if long else REPORT,
        estimated=long is None and _may_be_long(vendor, name, tier, start, counted),
        project=str(project or ""),
        call_id=row_id(vendor, start, {k: v for k, v in row.items() if not counts(k)}),
    )


def _said_to_be_long(window: Any) -> bool | None:
    """Whether the row's requests are above the bound; None where the row does not say.

    Anthropic writes "> 200k" and "≤ 200k" in its CSV, "200k-1M" and "0-200k" in its JSON.
    """
    text = str(window or "").strip().lower()
    if not text:
        return None
    return text.startswith((">", "200k-"))


def _may_be_long(vendor: str, model: str, tier: str, start: datetime, counted: Counted) -> bool:
    """Whether a request in the sum may have passed the bound above which rates are higher."""
    try:
        long = rate_card(model, provider=vendor, tier=tier, at=start).long_context
    except LookupError:
        return False
    return long is not None and long.applies(counted["input_tokens"])


def _count(row: Row, name: str, *, need: bool = False) -> int:
    """A count: JSON's int, or CSV's "59200.0"; a part that is missing or empty is 0."""
    value = row.get(name)
    if value is None or value == "":
        if need:
            raise ValueError(f"a row of the report has no {name}, and absent is not zero")
        return 0
    return whole_count(name, value)


# What the reports count besides: sums and remainders of what is read.
_READ = {
    "openai": re.compile(
        r"num_model_requests|seconds|characters|(input|output)(_cached|_uncached)?(_text|_audio|_image)?_tokens|"
        r"input_cache_write(_30m|_12h)?_tokens|amount.*"
    ),
    "anthropic": re.compile(
        r"uncached_input_tokens|cache_read_input_tokens|output_tokens|web_search_count|"
        r"cache_creation\.ephemeral_(5m|1h)_input_tokens|server_tool_use\.web_(search|fetch)_requests|"
        r"usage_(input|output)_tokens(_no_cache|_cache_read|_cache_write(_5m|_1h)?)?"
    ),
}


def _refuse_unread(row: Row, vendor: str) -> None:
    plain = {name: _digits(value) for name, value in row.items()}
    for path, value in counting(plain).items():
        if not _READ[vendor].fullmatch(path):
            raise ValueError(
                f"{path}={value} counts something that {vendor}'s usage report is not known to "
                "have, and no count is dropped: take the column out if it costs nothing"
            )


def _digits(value: object) -> object:
    """A table's cell as the number that it holds; anything else as it is."""
    try:
        return number("", value) if isinstance(value, str) else value
    except ValueError:
        return value


def _tier(name: Any) -> str:
    """The tier of a report in our words; none is said where it was not grouped by."""
    tier = str(name or "standard").lower()
    return "standard" if tier in ("default", "auto", "message", "not_available") else tier


# --- Costs ------------------------------------------------------------------------------------


def _openai_cost(row: Row) -> dict[str, Any]:
    amount = row.get("amount") or {"value": row.get("amount_value"), "currency": "usd"}
    _dollars_only(row.get("amount_currency") or amount.get("currency"))
    item, _, words = str(row.get("line_item") or "").partition(", ")
    model, _, tier = item.rpartition(" ")
    if tier not in _TIERS:
        model, tier = item, "standard"
    quantity = row.get("quantity")
    return {
        "project": row.get("project_id") or "",
        "model": model,
        "tier": tier if item else "",
        "kind": _KINDS.get(words, words or item),
        "quantity": None if quantity in (None, "") else int(number("quantity", quantity)),
        "amount_usd": _amount(amount.get("value")),
    }


def _anthropic_cost(row: Row) -> dict[str, Any]:
    dashboard = "cost_usd" in row
    if not dashboard:
        _dollars_only(row.get("currency"))
    amount = _amount(row["cost_usd"]) if dashboard else _amount(row["amount"]) / 100
    charge = str(row.get("token_type") or row.get("cost_type") or "")
    tier = str((row.get("usage_type") if dashboard else row.get("service_tier")) or "standard")
    fast = row.get("speed") == "fast" or str(row.get("description") or "").endswith("(fast)")
    return {
        "project": row.get("workspace_id") or row.get("workspace") or "",
        "model": _anthropic_id(row.get("model") or ""),
        "tier": "fast" if fast else _tier(tier),
        "kind": _KINDS.get(charge, charge),
        "quantity": None,
        "amount_usd": amount,
    }


def _anthropic_id(name: str) -> str:
    """The dashboard's "Claude Haiku 4.5" as the API's claude-haiku-4-5, where that is a model."""
    for tried in (name, name.lower().replace(" ", "-").replace(".", "-")):
        try:
            return find_model(tried, "anthropic").id
        except LookupError:
            continue
    return name


def _amount(value: Any) -> Decimal:
    """An exact Decimal of the digits that were written, to a pico-dollar.

    OpenAI's JSON has floats: what their sums added in the 17th digit is rounded away.
    """
    try:
        return number("amount", value).quantize(Decimal("1e-12"))
    except ValueError as error:
        raise ValueError(f"{error}: this is no number of dollars") from None


def _dollars_only(currency: Any) -> None:
    if str(currency or "usd").lower() != "usd":
        raise ValueError(f"the amounts are in {currency!r}: only US dollars can be read")
