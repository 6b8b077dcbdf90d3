"""OpenAI's admin routes: usage, costs, and the monthly spend limit.

Usage is in tokens and requests, costs in US dollars, spend limits in cents; days are UTC. The
reports are made of the provider's own log, so they hold what a caller never saw: replies to a
request that timed out, the rest of an interrupted stream. Lesson 4 settles a ledger with them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints

from openai.types.admin import organization

from costlib.provider.bill import cost_of_record, usage_of_record
from costlib.provider.buckets import Page, chosen, grouping, page_of, within
from costlib.provider.errors import ApiError
from costlib.provider.paging import Query, one
from costlib.provider.records import Record
from costlib.provider.rules import invalid
from costlib.provider.transport import Call

_USER = "user-offline"
_FIELDS: dict[str, Callable[[Record], Any]] = {
    "project_id": lambda record: record.project,
    "user_id": lambda record: _USER,
    "api_key_id": lambda record: record.api_key_id,
    "model": lambda record: record.model,
    "batch": lambda record: record.tier_served == "batch",
    "service_tier": lambda record: record.tier_served,
    "api_source": lambda record: "unlabeled",
}
_FILTERS = {
    "project_ids": _FIELDS["project_id"],
    "user_ids": _FIELDS["user_id"],
    "api_key_ids": _FIELDS["api_key_id"],
    "models": _FIELDS["model"],
    "batch": lambda record: str(_FIELDS["batch"](record)).lower(),
}
_COST_FIELDS = ("project_id", "user_id", "line_item", "api_key_id", "api_source")
_COST_PAGES = {"1d": (7, 180)}
# openai SDK, usage_costs_params.py: a line item is "gpt-6-astra, input_tokens"; the other names
# are those of the usage report.
_LINES = {
    "input": "input_tokens",
    "cached_input": "input_cached_tokens",
    "cache_write_30m": "input_cache_write_30m_tokens",
    "cache_write_12h": "input_cache_write_12h_tokens",
    "output": "output_tokens",
}


def usage(call: Call) -> dict[str, Any]:
    """GET /v1/organization/usage/{kind}; kinds that this provider does not serve stay empty."""
    params = None if call.name == "costs" else _params_of(call.name)
    if params is None:
        raise ApiError(404, f"There is no usage report {call.name!r}.")
    # Groups and filters of kinds that this provider does not serve are known, and find nothing.
    names = grouping(call.query, _choices(params.get("group_by")))
    names = tuple(name for name in names if name in _FIELDS)
    wanted = chosen(call.query, _FILTERS, params)
    embeds = call.name == "embeddings"

    def results(start: datetime, end: datetime) -> list[dict[str, Any]]:
        if call.name not in ("completions", "embeddings"):
            return []
        groups: defaultdict[tuple[Any, ...], list[Record]] = defaultdict(list)
        for record in within(call.provider.log, start, end, wanted):
            if record.vendor == "openai" and record.route.endswith("/embeddings") == embeds:
                groups[tuple(_FIELDS[name](record) for name in names)].append(record)
        count = _embedding_usage if embeds else _completion_usage
        return [{**count(records), **_labels(names, group)} for group, records in groups.items()]

    return _report(call, results, ("1m", "1h", "1d"))


def _params_of(kind: str) -> dict[str, Any] | None:
    """The parameters of a report, name -> type, as the SDK declares them; None: no such report."""
    module = getattr(organization, f"usage_{kind}_params", None)
    if module is None:
        return None
    return get_type_hints(getattr(module, f"Usage{kind.title().replace('_', '')}Params"))


def _choices(hint: Any) -> tuple[str, ...]:
    """The values that a type names, wherever in it they stand."""
    if get_origin(hint) is Literal:
        return get_args(hint)
    return tuple(value for inner in get_args(hint) for value in _choices(inner))


def costs(call: Call) -> dict[str, Any]:
    """GET /v1/organization/costs, in daily buckets."""
    names = grouping(call.query, _COST_FIELDS)
    filters = {k: v for k, v in _FILTERS.items() if k not in ("models", "batch")}
    wanted = chosen(call.query, filters, _params_of("costs") or ())
    items = call.query.get("line_items")

    def results(start: datetime, end: datetime) -> list[dict[str, Any]]:
        amounts: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        quantities: defaultdict[tuple[Any, ...], Decimal] = defaultdict(Decimal)
        for record in within(call.provider.log, start, end, wanted):
            cost = cost_of_record(record) if record.vendor == "openai" else None
            for line in cost.lines if cost else ():
                item = _line_item(record, line.kind)
                if items is not None and item not in items:
                    continue
                group = tuple(
                    item if name == "line_item" else _FIELDS[name](record) for name in names
                )
                amounts[group] += line.amount
                quantities[group] += line.quantity
        by_line = "line_item" in names
        return [
            {
                "object": "organization.costs.result",
                "amount": {"value": float(amount), "currency": "usd"},
                "quantity": float(quantities[group]) if by_line else None,
                "quantity_unit": "tokens" if by_line else None,
                **_labels(names, group, _COST_FIELDS),
            }
            for group, amount in amounts.items()
        ]

    return _report(call, results, ("1d",), _COST_PAGES)


def get_spend_limit(call: Call) -> dict[str, Any]:
    """GET .../spend_limit, of the organisation or of a project."""
    cents = call.provider.limits.spend_limit("openai", call.name or None)
    if cents is None:
        raise ApiError(404, f"No spend limit is set for {call.name or 'the organization'}.")
    enforcing = call.provider.limits.exceeded(
        call.provider.log, call.provider.clock.now, "openai", call.name or None
    )
    return {
        "object": f"{_scope(call)}.spend_limit",
        "currency": "USD",
        "interval": "month",
        "threshold_amount": cents,
        "enforcement": {"status": "enforcing" if enforcing else "inactive"},
    }


def set_spend_limit(call: Call) -> dict[str, Any]:
    """POST .../spend_limit: create or replace it."""
    body = call.json()
    for name, known in (("currency", "USD"), ("interval", "month")):
        if body.get(name) != known:
            raise invalid(name, body.get(name), repr(known))
    cents = body.get("threshold_amount")
    if not isinstance(cents, int) or isinstance(cents, bool) or cents < 0:
        raise invalid("threshold_amount", cents, "whole numbers of cents from 0")
    call.provider.limits.set_spend_limit(cents, project=call.name or None)
    return get_spend_limit(call)


def delete_spend_limit(call: Call) -> dict[str, Any]:
    """DELETE .../spend_limit."""
    get_spend_limit(call)  # a 404 when there is none
    call.provider.limits.set_spend_limit(None, project=call.name or None)
    return {"object": f"{_scope(call)}.spend_limit.deleted", "deleted": True}


def _scope(call: Call) -> str:
    return "project" if call.name else "organization"


def _report(
    call: Call,
    results: Callable[[datetime, datetime], list[dict[str, Any]]],
    widths: Sequence[str],
    pages: Mapping[str, tuple[int, int]] | None = None,
) -> dict[str, Any]:
    given = {} if pages is None else {"pages": pages}
    page: Page = page_of(
        call.query,
        _seconds(call.query, "start_time"),
        _seconds(call.query, "end_time"),
        call.provider.clock.now,
        start_name="start_time",
        widths=widths,
        whole=False,
        **given,
    )
    return {
        "object": "page",
        "data": [
            {
                "object": "bucket",
                "start_time": int(start.timestamp()),
                "end_time": int(end.timestamp()),
                "results": results(start, end),
            }
            for start, end in page.buckets
        ],
        "has_more": page.next_page is not None,
        "next_page": page.next_page,
    }


def _seconds(query: Query, name: str) -> datetime | None:
    value = one(query, name)
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError):
        raise invalid(name, value, "whole seconds since 1970") from None


def _labels(
    names: Sequence[str], group: Sequence[Any], every: Sequence[str] = tuple(_FIELDS)
) -> dict[str, Any]:
    return {**dict.fromkeys(every), **dict(zip(names, group, strict=True))}


def _line_item(record: Record, kind: str) -> str:
    tier = "" if record.tier_served in (None, "default") else f" {record.tier_served}"
    return f"{record.model}{tier}, {_LINES.get(kind, kind)}"


def _embedding_usage(records: list[Record]) -> dict[str, Any]:
    return {
        "object": "organization.usage.embeddings.result",
        "input_tokens": sum(record.usage["prompt_tokens"] for record in records),
        "num_model_requests": len(records),
    }


def _completion_usage(records: list[Record]) -> dict[str, Any]:
    read = [found for record in records if (found := usage_of_record(record)) is not None]

    def total(name: str) -> int:
        return sum(getattr(each, name) for each in read)

    sent, cached = total("input_tokens"), total("cached_input_tokens")
    half_hour, half_day = total("cache_write_30m_tokens"), total("cache_write_12h_tokens")
    audio, image = total("input_audio_tokens"), total("input_image_tokens")
    cached_audio, cached_image = total("cached_audio_tokens"), total("cached_image_tokens")
    # "uncached" excludes what was written to a cache, says the SDK's docstring.
    uncached = sent - cached - half_hour - half_day
    output, spoken, drawn = (
        total("output_tokens"), total("output_audio_tokens"), total("output_image_tokens")
    )  # fmt: skip
    return {
        "object": "organization.usage.completions.result",
        "num_model_requests": len(records),
        "input_tokens": sent,
        "input_uncached_tokens": uncached,
        "input_text_tokens": uncached - (audio - cached_audio) - (image - cached_image),
        "input_audio_tokens": audio - cached_audio,
        "input_image_tokens": image - cached_image,
        "input_cached_tokens": cached,
        "input_cached_text_tokens": cached - cached_audio - cached_image,
        "input_cached_audio_tokens": cached_audio,
        "input_cached_image_tokens": cached_image,
        "input_cache_write_tokens": half_hour + half_day,
        "input_cache_write_30m_tokens": half_hour,
        "input_cache_write_12h_tokens": half_day,
        "output_tokens": output,
        "output_text_tokens": output - spoken - drawn,
        "output_audio_tokens": spoken,
        "output_image_tokens": drawn,
    }
