"""What a request costs by the list and by one's own rates, side by side.

Units: exact USD; the invoice's currency too where the file of rates names one. The words are those
of FOCUS, see `own_rates`. Lesson 1 shows one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from costlib.display.amounts import exact_money
from costlib.display.tables import Shown, Table
from costlib.faces import counted_as_usual
from costlib.pricing.cost import EXACT, Cost, cost_of
from costlib.pricing.own_rates import Currency, OwnRates
from costlib.usage.record import Usage

_HEADS = ("kind", "quantity", "list rate", "ListCost", "own rate", "ContractedCost")


@dataclass(frozen=True)
@counted_as_usual
class OwnCost(Shown):
    """`listed` by the list (None where it has no price, and `why_not` says why), `contracted` by
    one's own rates, which rest on `source`; `currency` is the invoice's."""

    listed: Cost | None
    contracted: Cost
    source: str
    currency: Currency | None
    why_not: str = ""

    @property
    def list_cost(self) -> Decimal | None:
        """USD by the list; None where the list has no price, which is not 0."""
        return None if self.listed is None else self.listed.total

    @property
    def contracted_cost(self) -> Decimal:
        """USD by one's own rates."""
        return self.contracted.total

    @property
    def billed_cost(self) -> Decimal:
        """The contracted cost in the invoice's currency, before credits and tax."""
        usd = self.contracted.total
        return usd if self.currency is None else self.currency.of(usd)

    @property
    def saved(self) -> Decimal | None:
        """USD below the list price; negative where one's own rates are dearer."""
        listed, own = self.list_cost, self.contracted.total
        return None if listed is None else EXACT.subtract(listed, own)

    def table(self) -> Table:
        """Both costs, kind by kind, each to its last digit."""
        listed = {line.kind: line for line in self.listed.lines} if self.listed else {}
        rows = []
        for own in self.contracted.lines:
            line = listed.get(own.kind)
            theirs = (
                (f"{exact_money(line.rate)} / {line.unit}", exact_money(line.amount))
                if (line)
                else ("–", "–")
            )
            rows.append(
                (own.kind, f"{own.quantity:,}", *theirs, f"{exact_money(own.rate)} / {own.unit}",
                 exact_money(own.amount))
            )  # fmt: skip
        total = "–" if self.listed is None else exact_money(self.listed.total)
        rows.append(("total", "", "", total, "", exact_money(self.contracted.total)))
        caption = f"By own rates ({self.source}), beside the list price"
        if self.listed is None:
            caption += f"; the list has none: {self.why_not}"
        if self.currency is not None:
            billed = f"{self.billed_cost.normalize():,f} {self.currency.code}"
            caption += f". BilledCost {billed} at {self.currency}"
        return Table(_HEADS, tuple(rows), (False, *([True] * 5)), caption)

    def html(self) -> str:
        """The table as HTML."""
        return self.table().html()

    def __str__(self) -> str:
        return str(self.table())

    __repr__ = __str__


def own_cost_of(
    usage: Usage,
    model: str,
    rates: OwnRates,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
    region: str | None = None,
) -> OwnCost:
    """The cost of a request by one's own rates, beside the list price; arguments as `cost_of`.

    Raises LookupError where one's own rates have no price for it either.
    """
    tier, region = usage.tier or tier, usage.region or region
    card = rates.rate_card(model, provider=provider, tier=tier, at=at, region=region)
    contracted = cost_of(usage, card, at=at)
    try:
        listed = cost_of(usage, model, provider=provider, tier=tier, at=at, region=region)
    except LookupError as error:
        return OwnCost(None, contracted, rates.source, rates.currency, str(error))
    return OwnCost(listed, contracted, rates.source, rates.currency)
