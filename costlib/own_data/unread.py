"""What a table says of the price that no reader hears: it is refused by name, never let pass.

A column such as service_tier that nothing reads, a cost in another currency, counts inside a column
of JSON. Lesson 4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from costlib.own_data.files import Table, cell_json, plain_name
from costlib.own_data.known import Export
from costlib.pricing.price_book import TIERS
from costlib.pricing.prices import costs_more_in
from costlib.pricing.synonyms import SYNONYMS, place_of_fact
from costlib.usage.envelopes import refuse_texts
from costlib.usage.fields import Body, as_mapping, counting

_MAY_BE_TIERS = (
    "tier", "mode", "processing", "processing_tier", "pricing_tier", "api", "usage_type", "kind",
    "type", "traffic_type",
)  # fmt: skip
_CURRENCIES = ("currency", "currency_code", "cost_currency", "billing_currency", "amount_currency")
_OTHER_MONEY = re.compile(
    r"[€£¥₹₩]|\b(EUR|GBP|CHF|JPY|CNY|RMB|INR|KRW|CAD|AUD|NZD|SGD|SEK|NOK|DKK|PLN|CZK|BRL|MXN)\b"
)
EMPTY = ("", "-", "–", "—", "n/a", "na", "none", "null")  # as tools write that there is nothing


def deciding(names: Mapping[str, str], ignored: set[str], export: Export) -> dict[str, str]:
    """The columns that may decide the price and that nothing reads, such as service_tier, by title
    with the place of such a fact."""
    rows = export.dialect.rows
    places = {name: place for name, (place, _) in SYNONYMS.items()}
    places |= dict.fromkeys(_MAY_BE_TIERS, "tier") | {"fees": "fees", "region": "region"}
    return {
        column: places[name]
        for column, name in names.items()
        if name in places and name not in ignored
        if name not in rows and places[name] not in rows.values()
    }


def refuse_other_money(
    table: Table, names: Mapping[str, str], roles: Mapping[str, str], ignored: set[str]
) -> None:
    """Refuses a cost that is not in dollars, as its title or a column beside it says."""
    remedy = "only US dollars are read here: convert it at the day's rate, or leave the cost out"
    for column, role in roles.items():
        if role.startswith("$") and _OTHER_MONEY.search(column):
            raise ValueError(
                f"{table.name!r}: the title {column!r} names another currency, and {remedy}"
            )
    for column in (c for c, name in names.items() if name in _CURRENCIES and name not in ignored):
        for line, row in zip(table.lines, table.rows, strict=True):
            if row[column].lower() not in (*EMPTY, "usd", "$"):
                raise ValueError(
                    f"{table.name!r}, {table.unit} {line}: {column}={row[column]!r}, and {remedy}"
                )


def refuse_unread(row: Mapping[str, str], unread: Mapping[str, str], model: str) -> None:
    """Refuses a row whose price such a column decides."""
    for column, here in unread.items():
        name, cell = plain_name(column), row[column]
        if name in _MAY_BE_TIERS:
            decides = cell.strip().lower() in TIERS[1:]  # else it may be a customer's
        elif name == "region":
            decides = costs_more_in(model, cell)  # else it may be a customer's
        elif name == "fees":
            decides = "=" in cell  # else it is an amount of money, which `cost` reads
        elif name == "speed" and any(letter.isdigit() for letter in cell):
            decides = False  # tokens a second
        else:
            decides = bool(place_of_fact(name, cell))
        if decides:
            tiers = f" (tiers are {', '.join(TIERS)})" if here == "tier" else ""
            raise ValueError(
                f"{column}={cell!r} changes the price, and would not be read: name a column for "
                f"{here!r} in columns={tiers}, or pass ignore= with the title"
            )


def refuse_hidden(fields: Body) -> None:
    """Refuses counts in a column of JSON, as a database keeps the details of tokens."""
    for name, cell in fields.items():
        if name.endswith(("token_details", "tokens_details")):
            details = as_mapping(cell_json(cell))
            if details is None:
                refuse_texts({name: cell})
            details = counting(details or {})
            if hidden := next((f"{path}={n}" for path, n in details.items() if n), None):
                raise ValueError(
                    f"{name} has {hidden}, which no column counts, and no count is dropped: write "
                    "the rows as JSON, one a line, which is read with its details, or pass ignore= "
                    "with the title if it costs nothing"
                )
