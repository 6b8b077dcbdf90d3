"""A provider's own export, brought into a ledger or a frame: usage as calls, costs as amounts.

`read_usage_report` gives `Call`s for `Ledger.record_many`, one for each row of the report (many
requests together: `usage.requests` says how many). `read_cost_report` gives a frame of what was
charged, by day and line, in exact dollars. Both take what the providers give: the JSON pages of
their admin APIs (SDK objects, dicts, files, one page a line) and the CSV of their dashboards.

What is certain: JSON, from the types of openai 3 and the reference of Anthropic's reports. What is
not: neither vendor documents its CSV. OpenAI's columns were taken from exports that users
published in 2025-10 (they are the names of the JSON fields, with `amount_value` for the amount);
Anthropic's from exports and importers published 2025-06 to 2026-09. A column that is not known is
ignored; one that is needed and missing is an error that names it. Anthropic calls the reports read
here its older ones, still supported; its newer Analytics API is not read. Lesson 4 teaches it.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from costlib.pricing.prices import find_model, rate_card
from costlib.tracking.calls import REPORT, Call
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


def read_usage_report(source: Source) -> list[Call]:
    """The rows of a usage report as calls: OpenAI's (completions, embeddings) or Anthropic's.

    `time` is the start of the row's bucket; the project, or Anthropic's workspace, becomes
    `project`. A row is a sum and priced as if no request passed its model's long-context bound;
    where one may have, `estimated` says so.

    Ask for the report with group_by model, or nothing can be priced: a row without a model raises
    ValueError. So does a file of another kind, naming what was expected.
    """
    calls = []
    for vendor, start, row in _rows(source, _usage_vendor):
        if not (row.get("model") or row.get("model_version")):
            raise ValueError(
                f"the usage report's row of {start:%Y-%m-%d} names no model, so it cannot be "
                "priced: ask for the report with group_by=['model']"
            )
        read = _openai_usage if vendor == "openai" else _anthropic_usage
        calls.append(_call(vendor, start, row, *read(row)))
    return calls


def read_cost_report(source: Source) -> pandas.DataFrame:
    """A cost report as a frame with `COST_COLUMNS`: OpenAI's costs or Anthropic's cost report.

    Anthropic's JSON has cents, OpenAI's dollars: both come out as dollars. Without
    group_by line_item (description) a row has neither model nor kind. Raises ValueError for another
    currency than US dollars and for a file of another kind.
    """
    import pandas

    found = []
    for vendor, start, row in _rows(source, _cost_vendor):
        read = _openai_cost if vendor == "openai" else _anthropic_cost
        found.append({"day": start.date(), "provider": vendor, **read(row)})
    return pandas.DataFrame(found, columns=list(COST_COLUMNS))


# --- Finding the rows -------------------------------------------------------------------------


def _rows(source: Source, vendor_of: Any) -> Iterator[tuple[str, datetime, Mapping[str, Any]]]:
    """Vendor, start of the bucket, and row; buckets without rows say nothing."""
    for record in _records(source):
        if "data" in record:
            for bucket in record["data"]:
                bucket = _plain(bucket)
                start = _moment(bucket.get("start_time", bucket.get("starting_at")))
                for row in bucket.get("results") or bucket.get("result") or ():
                    row = _plain(row)
                    yield vendor_of(row), start, row
            continue
        start = _moment(record.get("start_time") or record.get("usage_date_utc"))
        empty = [name for name in record if not name.startswith(("start_time", "end_time"))]
        if any(record[name] for name in empty):  # OpenAI writes a line for a day without usage
            yield vendor_of(record), start, record


def _records(source: Source) -> Iterator[Mapping[str, Any]]:
    """Pages of JSON, or lines of CSV, whatever they came in."""
    if isinstance(source, str | os.PathLike):
        yield from _file(source)
    elif isinstance(source, Mapping) or hasattr(source, "model_dump"):
        yield _plain(source)
    elif isinstance(source, Iterable):
        for page in source:
            yield _plain(page)
    else:
        raise ValueError(
            f"a {type(source).__name__} is no report: give a path, or pages of the admin API"
        )


def _file(path: str | os.PathLike[str]) -> Iterator[Mapping[str, Any]]:
    name = os.fspath(path)
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{name!r} cannot be read: {error}") from None
    if text.lstrip()[:1] not in ("{", "["):
        yield from csv.DictReader(io.StringIO(text), dialect=_dialect(text))
        return
    try:
        found = json.loads(text)
    except ValueError:
        try:  # one page a line
            found = [json.loads(line) for line in text.splitlines() if line.strip()]
        except ValueError as error:
            raise ValueError(f"{name!r} is no JSON: {error}") from None
    yield from found if isinstance(found, list) else [found]


def _dialect(text: str) -> Any:
    """Commas, or the tabs and semicolons that spreadsheets write."""
    head = text.partition("\n")[0]
    return type("Found", (csv.excel,), {"delimiter": max(",\t;", key=head.count)})


def _plain(record: Any) -> Mapping[str, Any]:
    if hasattr(record, "model_dump"):
        record = record.model_dump(warnings=False)
    if not isinstance(record, Mapping):
        raise ValueError(f"a {type(record).__name__} is no page of a report: give the whole page")
    return record


def _usage_vendor(row: Mapping[str, Any]) -> str:
    if "num_model_requests" in row:
        return "openai"
    if "uncached_input_tokens" in row or "usage_input_tokens_no_cache" in row:
        return "anthropic"
    raise ValueError(
        "this is no usage report: a row has neither num_model_requests (OpenAI) nor "
        f"uncached_input_tokens (Anthropic), but {', '.join(map(str, row))}"
    )


def _cost_vendor(row: Mapping[str, Any]) -> str:
    if "amount_value" in row or isinstance(row.get("amount"), Mapping):
        return "openai"
    if "cost_usd" in row or "amount" in row:
        return "anthropic"
    raise ValueError(
        "this is no cost report: a row has neither amount, amount_value nor cost_usd, but "
        f"{', '.join(map(str, row))}"
    )


# --- Usage ------------------------------------------------------------------------------------


def _openai_usage(row: Mapping[str, Any]) -> tuple[dict[str, int], str]:
    counts = {
        "input_tokens": _count(row, "input_tokens", need=True),
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
        counts[f"input_{medium}_tokens"] = fresh + counts[f"cached_{medium}_tokens"]
    batch = str(row.get("batch") or "").lower() == "true"
    return counts, "batch" if batch else _tier(row.get("service_tier"))


def _anthropic_usage(row: Mapping[str, Any]) -> tuple[dict[str, int], str]:
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
    counts = {
        "cached_input_tokens": _count(row, read),
        "cache_write_5m_tokens": short,
        "cache_write_1h_tokens": long,
        "output_tokens": _count(row, "usage_output_tokens" if dashboard else "output_tokens"),
        "web_searches": _count(row, "web_search_count") or _count(searches, "web_search_requests"),
    }
    counts["input_tokens"] = _count(row, plain, need=True) + sum(
        counts[name]
        for name in ("cached_input_tokens", "cache_write_5m_tokens", "cache_write_1h_tokens")
    )
    fast = row.get("speed") == "fast"
    return counts, "fast" if fast else _tier(row.get("service_tier") or row.get("usage_type"))


def _call(
    vendor: str, start: datetime, row: Mapping[str, Any], counts: dict[str, int], tier: str
) -> Call:
    name = str(row.get("model") or row["model_version"])
    project = row.get("project_id") or row.get("workspace_id") or row.get("workspace")
    return Call(
        time=start,
        provider=vendor,
        model=name,
        usage=Usage(**counts, tier=tier),
        operation=REPORT,
        estimated=_may_be_long(vendor, name, tier, start, counts),
        project=str(project or ""),
    )


def _may_be_long(
    vendor: str, model: str, tier: str, start: datetime, counts: Mapping[str, int]
) -> bool:
    """Whether a request in the sum may have passed the bound above which rates are higher."""
    try:
        long = rate_card(model, provider=vendor, tier=tier, at=start).long_context
    except LookupError:
        return False
    return long is not None and long.applies(counts["input_tokens"])


def _count(row: Mapping[str, Any], name: str, *, need: bool = False) -> int:
    """A count: JSON's int, or CSV's "59200.0"; a part that is missing or empty is 0."""
    value = row.get(name)
    if value is None or value == "":
        if need:
            raise ValueError(f"a row of the report has no {name}, and absent is not zero")
        return 0
    try:
        number = Decimal(str(value).replace(",", ""))
        if number != int(number) or number < 0:
            raise ValueError
    except (InvalidOperation, ValueError, OverflowError):
        raise ValueError(f"{name}={value!r} is no whole number of at least 0") from None
    return int(number)


def _tier(name: Any) -> str:
    """The tier of a report in our words; none is said where it was not grouped by."""
    tier = str(name or "standard").lower()
    return "standard" if tier in ("default", "auto", "message", "not_available") else tier


def _moment(value: Any) -> datetime:
    """Seconds since 1970, or a date or time as text; in UTC."""
    try:
        if isinstance(value, int | float) or str(value).isdecimal():
            return datetime.fromtimestamp(float(value), UTC)
        found = datetime.fromisoformat(str(value))
    except (ValueError, OverflowError, OSError):
        raise ValueError(
            f"{value!r} is no start of a bucket: a report has start_time (OpenAI), starting_at or "
            "usage_date_utc (Anthropic)"
        ) from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)


# --- Costs ------------------------------------------------------------------------------------


def _openai_cost(row: Mapping[str, Any]) -> dict[str, Any]:
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
        "quantity": None if quantity in (None, "") else int(float(quantity)),
        "amount_usd": _amount(amount.get("value")),
    }


def _anthropic_cost(row: Mapping[str, Any]) -> dict[str, Any]:
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
        return Decimal(str(value)).quantize(Decimal("1e-12"))
    except InvalidOperation:
        raise ValueError(f"amount {value!r} is no number of dollars") from None


def _dollars_only(currency: Any) -> None:
    if str(currency or "usd").lower() != "usd":
        raise ValueError(f"the amounts are in {currency!r}: only US dollars can be read")
