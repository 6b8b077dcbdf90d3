"""What a region adds to a price: `data/regions.csv`, one row for each vendor, host and place.

A vendor charges more for work that must stay in one place: a factor on every rate for tokens, never
on fees by the call. A region is written as the place alone at the model's maker ("us"), with the
cloud before it elsewhere ("bedrock/eu", "azure/us", "vertex/europe-west1"). No units: factors.
Lesson 1 names it; its source is in each row.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Context, Decimal, InvalidOperation, Rounded
from functools import cache
from types import MappingProxyType

from costlib.paths import data_rows
from costlib.pricing.price_book import TOKEN_KINDS, Model, RateCard, Rates

_EXACT = Context(prec=60, traps=[Rounded, InvalidOperation])


def place_of(region: str | None) -> str:
    """Where work has to stay; "" where it may be done anywhere, which vendors call global."""
    place = "" if region is None else str(region)
    return "" if place.lower() == "global" else place


def region_of_host(host: str) -> str | None:
    """Where a host keeps the work that is sent to it: "eu" of eu.api.openai.com; None where the
    host does not say."""
    row = _endpoints().get(host.lower())
    return row["place"] if row else None


def vendor_of_host(host: str) -> str | None:
    """Whose rates apply at a host of one region: "openai" at eu.api.openai.com."""
    row = _endpoints().get(host.lower())
    return row["provider"] if row else None


@cache
def _endpoints() -> dict[str, dict[str, str]]:
    """The vendors' own hosts that keep the work in one place, with their rows."""
    return {row["endpoint"]: row for row in data_rows("regions.csv") if row["endpoint"]}


def dearest_region(provider: str) -> Decimal:
    """The most that any region of a vendor's own service may add: how many times the list price."""
    rows = data_rows("regions.csv")
    return max(
        (
            Decimal(row["factor"])
            for row in rows
            if (row["provider"], row["host"]) == (provider, "")
        ),
        default=Decimal(1),
    )


def region_factor(model: Model, region: str) -> Decimal:
    """How many times its list price a model costs in a region; 1 where the vendor adds nothing.

    Models that came out before the vendor charged for a region cost their list price in it. A row
    of a place holds for what lies in it ("us-gov-west-1" in "us-gov"), the nearest first. Raises
    LookupError where nothing is published of that vendor's regions, or of that place.
    """
    host, _, place = region.lower().rpartition("/")
    rows = [
        row
        for row in data_rows("regions.csv")
        if (row["provider"], row["host"]) == (model.provider, host)
        and f"{place}-".startswith(f"{row['place']}-" if row["place"] else "")
        and (not row["prefix"] or f"{model.id}-".startswith(f"{row['prefix']}-"))
    ]
    if not rows:
        raise LookupError(
            f"no price of {model.id!r} in region {region!r} is known: leave the region out for the "
            "list price, or add a sourced row to data/regions.csv"
        )
    charged = [row for row in rows if _out_by_then(model, row["released_from"])]
    if not charged:
        return Decimal(1)
    row = max(charged, key=lambda row: (len(row["prefix"]), row["place"]))
    return Decimal(row["factor"])


def in_region(card: RateCard, region: str, factor: Decimal) -> RateCard:
    """The card of a region: its rates for tokens are `factor` times those of the list."""
    long = card.long_context
    more = f"; {factor} times in region {region!r}, data/regions.csv" if factor != 1 else ""
    return replace(
        card,
        rates=_times(card.rates, factor),
        long_context=long and replace(long, rates=_times(long.rates, factor)),
        region=region,
        source=f"{card.source}{more}",
    )


def _times(rates: Rates, factor: Decimal) -> Rates:
    return MappingProxyType(
        {
            kind: rate if rate is None or kind not in TOKEN_KINDS else _EXACT.multiply(rate, factor)
            for kind, rate in rates.items()
        }
    )


def _out_by_then(model: Model, start: str) -> bool:
    """Whether a model is of those that are charged; one without a date is taken as new."""
    return not start or model.released is None or model.released >= date.fromisoformat(start)
