"""A vendor's usage report as calls: what the admin APIs serve and the dashboards export.

`read_usage_report` gives `Call`s for `import_calls` or `Ledger.record_many`, one for each row of
the report (many requests together: `usage.requests` says how many). It takes what the vendors give:
the JSON pages of their admin APIs (SDK objects, dicts, files, one page a line) and the CSV of their
dashboards.

What is certain: JSON, from the types of openai 3 and the reference of Anthropic's reports. What is
not: neither vendor documents its CSV. OpenAI's columns were taken from exports that users
published in 2025-10 (they are the names of the JSON fields); Anthropic's from exports and importers
published 2025-06 to 2026-09. A column that is not known is refused by name where it counts
something; one that is needed and missing is an error too. Rows that stand twice, and pages, are
counted once, with a warning. Anthropic calls the reports read here its older ones, still supported;
its newer Analytics API is not read. Lesson 4 teaches it.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from costlib.own_data.identity import numbered, row_id
from costlib.own_data.known import of_a_bill
from costlib.own_data.numbers import Decimals, number, whole_count
from costlib.own_data.report_rows import Counted, Row, Source, report_rows, tier_of
from costlib.own_data.sums import as_sum
from costlib.tracking.calls import Call
from costlib.usage.fields import counting, counts
from costlib.usage.record import Usage


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
    for vendor, start, row in report_rows(source, _usage_vendor, decimal, day_first):
        if not (row.get("model") or row.get("model_version")):
            raise ValueError(
                f"the usage report's row of {start:%Y-%m-%d} names no model, so it cannot be "
                "priced: ask for the report with group_by=['model']"
            )
        read = _openai_usage if vendor == "openai" else _anthropic_usage
        calls.append(_call(vendor, start, row, *read(row)))
        _refuse_unread(row, vendor)
    return list(numbered(calls))


def _usage_vendor(row: Row) -> str:
    if "num_model_requests" in row:
        return "openai"
    if "uncached_input_tokens" in row or "usage_input_tokens_no_cache" in row:
        return "anthropic"
    raise ValueError(
        "this is no usage report: a row has no start of a bucket with num_model_requests (OpenAI) "
        "or uncached_input_tokens (Anthropic), but the columns "
        f"{', '.join(map(str, row))}{of_a_bill(row)}"
    )


def _openai_usage(row: Row) -> tuple[Counted, str]:
    # Transcriptions count seconds and speech characters, where other reports count tokens.
    seconds, characters = _count(row, "seconds"), _count(row, "characters")
    # Older reports have the sum of the writes and no share of those of 30 minutes.
    written, long = (_count(row, f"input_cache_write{name}_tokens") for name in ("", "_12h"))
    short = _count(row, "input_cache_write_30m_tokens") or max(written - long, 0)
    counted: Counted = {
        "input_tokens": _count(row, "input_tokens", need=not (seconds or characters)),
        "audio_seconds": seconds,
        "input_characters": characters,
        "output_tokens": _count(row, "output_tokens"),
        "cached_input_tokens": _count(row, "input_cached_tokens"),
        "cache_write_30m_tokens": short,
        "cache_write_12h_tokens": long,
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
    return counted, "batch" if batch else tier_of(row.get("service_tier"))


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
    return counted, "fast" if fast else tier_of(row.get("service_tier") or row.get("usage_type"))


def _call(vendor: str, start: datetime, row: Row, counted: Counted, tier: str) -> Call:
    name = str(row.get("model") or row["model_version"])
    project = row.get("project_id") or row.get("workspace_id") or row.get("workspace")
    long = _said_to_be_long(row.get("context_window"))
    region = str(row.get("inference_geo") or "global").lower()
    place = None if region in ("global", "not_available") else region
    call = Call(
        time=start,
        provider=vendor,
        model=name,
        usage=Usage(**counted, tier=tier, region=place),
        project=str(project or ""),
        call_id=row_id(vendor, start, {k: v for k, v in row.items() if not counts(k)}),
    )
    return as_sum(call, counted.get("requests"), long)


def _said_to_be_long(window: Any) -> bool | None:
    """Whether the row's requests are above the bound; None where the row does not say.

    Anthropic writes "> 200k" and "≤ 200k" in its CSV, "200k-1M" and "0-200k" in its JSON.
    """
    text = str(window or "").strip().lower()
    if not text:
        return None
    return text.startswith((">", "200k-"))


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
