"""A vendor's cost report as a frame: what was charged, by day and line, in exact dollars.

It takes what usage_reports.py takes: JSON pages of the admin APIs, and the CSV of the dashboards
(OpenAI's `amount_value` and Anthropic's `cost_usd`, as users published them until 2026-09).
Lesson 4 teaches it.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from costlib.own_data.known import of_a_bill
from costlib.own_data.numbers import Decimals, number
from costlib.own_data.report_rows import Row, Source, report_rows, tier_of
from costlib.pricing.price_book import TIERS
from costlib.pricing.prices import find_model

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
    for vendor, start, row in report_rows(source, _cost_vendor, decimal, day_first):
        read = _openai_cost if vendor == "openai" else _anthropic_cost
        found.append({"day": start.date(), "provider": vendor, **read(row)})
    return pandas.DataFrame(found, columns=list(COST_COLUMNS))


def _cost_vendor(row: Row) -> str:
    if "amount_value" in row or isinstance(row.get("amount"), Mapping):
        return "openai"
    if "cost_usd" in row or "amount" in row:
        return "anthropic"
    raise ValueError(
        "this is no cost report: a row has neither amount, amount_value nor cost_usd, but the "
        f"columns {', '.join(map(str, row))}{of_a_bill(row)}"
    )


def _openai_cost(row: Row) -> dict[str, Any]:
    amount = row.get("amount") or {"value": row.get("amount_value"), "currency": "usd"}
    _dollars_only(row.get("amount_currency") or amount.get("currency"))
    item, _, words = str(row.get("line_item") or "").partition(", ")
    model, _, tier = item.rpartition(" ")
    if tier not in TIERS:
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
        "tier": "fast" if fast else tier_of(tier),
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
        known = str(error)
        raise ValueError(
            known if "dollars" in known else f"{known}: this is no number of dollars"
        ) from None


def _dollars_only(currency: Any) -> None:
    if str(currency or "usd").lower() != "usd":
        raise ValueError(f"the amounts are in {currency!r}: only US dollars can be read")
