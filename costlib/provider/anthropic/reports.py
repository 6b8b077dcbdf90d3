"""Anthropic's usage and cost reports, which its SDK has no method for: read them with
`client.get("/v1/organizations/cost_report", cast_to=object, options={"params": {...}})`.

Usage is in tokens, exclusive as on the wire. Costs are decimal strings in cents, not dollars:
"123.45" is $1.23. Days are UTC. Lesson 4 settles a ledger with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from costlib.provider.bill import cost_of_record, usage_of_record
from costlib.provider.buckets import chosen, grouping, page_of, within
from costlib.provider.paging import Query, one
from costlib.provider.records import Record
from costlib.provider.rules import invalid
from costlib.provider.transport import Call

_LONG = 200_000  # the report's own two windows of context, whatever the price of long input is


def _window(record: Record) -> str:
    usage = usage_of_record(record)
    return "200k-1M" if usage is not None and usage.input_tokens > _LONG else "0-200k"


_FIELDS: dict[str, Callable[[Record], Any]] = {
    "api_key_id": lambda record: record.api_key_id,
    "workspace_id": lambda record: None,  # the default workspace is null
    "model": lambda record: record.model,
    "service_tier": lambda record: record.usage.get("service_tier") or record.tier_served,
    "context_window": _window,
    "inference_geo": lambda record: record.usage.get("inference_geo"),
    "speed": lambda record: record.usage.get("speed"),
}
_FILTERS = {
    "api_key_ids": _FIELDS["api_key_id"],
    "workspace_ids": _FIELDS["workspace_id"],
    "models": _FIELDS["model"],
    "service_tiers": _FIELDS["service_tier"],
    "context_window": _FIELDS["context_window"],
    "inference_geos": _FIELDS["inference_geo"],
    "speeds": _FIELDS["speed"],
}
_TOKEN_TYPES = {
    "input": "uncached_input_tokens",
    "cached_input": "cache_read_input_tokens",
    "cache_write_5m": "cache_creation.ephemeral_5m_input_tokens",
    "cache_write_1h": "cache_creation.ephemeral_1h_input_tokens",
    "output": "output_tokens",
}
_FRAME = ("starting_at", "ending_at", "bucket_width", "limit", "page", "group_by")
_DESCRIBED = (
    "description", "cost_type", "token_type", "model", "service_tier", "context_window",
    "inference_geo",
)  # fmt: skip


def usage_report(call: Call) -> dict[str, Any]:
    """GET /v1/organizations/usage_report/messages."""
    names = grouping(call.query, tuple(_FIELDS))
    wanted = chosen(call.query, _FILTERS, (*_FRAME, *_FILTERS))

    def results(start: datetime, end: datetime) -> list[dict[str, Any]]:
        groups: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for record in filter(wanted, within(call.provider.log, start, end, _ours)):
            groups[tuple(_FIELDS[name](record) for name in names)].append(record)
        return [
            {
                **_counts(records),
                **dict.fromkeys(_FIELDS),
                **dict(zip(names, group, strict=True)),
            }
            for group, records in groups.items()
        ]

    return _report(call, results, ("1m", "1h", "1d"))


def cost_report(call: Call) -> dict[str, Any]:
    """GET /v1/organizations/cost_report, in daily buckets; fast mode is in it, in its own words.

    Priority Tier is bought ahead and is not in the real report; this provider has none.
    """
    names = grouping(call.query, ("workspace_id", "description"))
    wanted = chosen(call.query, {}, _FRAME)

    def results(start: datetime, end: datetime) -> list[dict[str, Any]]:
        amounts: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        for record in filter(wanted, within(call.provider.log, start, end, _ours)):
            cost = cost_of_record(record)
            for line in cost.lines if cost else ():
                label = _describe(record, line.kind) if "description" in names else ()
                amounts[label] += line.amount
        return [
            {
                "currency": "USD",
                "amount": str((amount * 100).normalize() + 0),
                "workspace_id": None,
                **dict(zip(_DESCRIBED, label or [None] * len(_DESCRIBED), strict=True)),
            }
            for label, amount in amounts.items()
        ]

    return _report(call, results, ("1d",))


def _ours(record: Record) -> bool:
    return record.vendor == "anthropic"


def _describe(record: Record, kind: str) -> tuple[str | None, ...]:
    geo = record.usage.get("inference_geo")
    if kind == "web_search":
        return ("Web Search Usage", "web_search", None, None, None, None, geo)
    tier, window = _FIELDS["service_tier"](record), _window(record)
    words = _TOKEN_TYPES.get(kind, kind)
    fast = " (fast)" if record.usage.get("speed") == "fast" else ""
    text = f"{record.model} Usage - {words.replace('_', ' ')}{fast}"
    return (text, "tokens", words, record.model, tier, window, geo)


def _counts(records: list[Record]) -> dict[str, Any]:
    def total(*path: str) -> int:
        found = 0
        for record in records:
            value: Any = record.usage
            for name in path:
                value = (value or {}).get(name)
            found += value or 0
        return found

    return {
        "uncached_input_tokens": total("input_tokens"),
        "cache_creation": {
            name: total("cache_creation", name)
            for name in ("ephemeral_1h_input_tokens", "ephemeral_5m_input_tokens")
        },
        "cache_read_input_tokens": total("cache_read_input_tokens"),
        "output_tokens": total("output_tokens"),
        "server_tool_use": {"web_search_requests": total("server_tool_use", "web_search_requests")},
    }


def _report(
    call: Call,
    results: Callable[[datetime, datetime], list[dict[str, Any]]],
    widths: tuple[str, ...],
) -> dict[str, Any]:
    page = page_of(
        call.query,
        _moment(call.query, "starting_at"),
        _moment(call.query, "ending_at"),
        call.provider.clock.now,
        start_name="starting_at",
        widths=widths,
        whole=True,
    )
    return {
        "data": [
            {
                "starting_at": f"{start:%Y-%m-%dT%H:%M:%SZ}",
                "ending_at": f"{end:%Y-%m-%dT%H:%M:%SZ}",
                "results": results(start, end),
            }
            for start, end in page.buckets
        ],
        "has_more": page.next_page is not None,
        "next_page": page.next_page,
    }


def _moment(query: Query, name: str) -> datetime | None:
    value = one(query, name)
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(value)
    except ValueError:
        raise invalid(name, value, "RFC 3339 timestamps") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
