"""A month's invoice against the ledger, line by line: what explains its total, and what is left.

From the calls at list price one comes to an invoice by a discount (or one's own rates), a dated
rate of exchange, credits, and value-added tax on what remains. Each line is rounded to a cent, as
on an invoice; the last one is what nobody has explained, and all of them add up to the total.
`reconcile` takes that last line apart with the provider's daily reports. Units: exact amounts in
the invoice's currency. Lesson 4 uses it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, NamedTuple

from costlib.display.amounts import counted
from costlib.display.tables import Shown, Table
from costlib.pricing.cost import sum_exactly
from costlib.pricing.own_rates import Currency, OwnRates
from costlib.tracking.calls import call_of, cost_of_call
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.showback import CENT, MOST, Amount, exact_amount
from costlib.tracking.unpriced import Unpriced, unpriced_in

if TYPE_CHECKING:
    import pandas

UNEXPLAINED = "not explained"


class InvoiceLine(NamedTuple):
    """A step from the ledger to the invoice: `amount` in its currency, and how it was found."""

    what: str
    amount: Decimal
    how: str


@dataclass(frozen=True)
class InvoiceCheck(Shown):
    """`lines` add up to `total`; the last is what is `left`. `unpriced` calls are in no line."""

    lines: tuple[InvoiceLine, ...]
    total: Decimal
    currency: str
    unpriced: Unpriced

    @property
    def left(self) -> Decimal:
        """What the invoice has beyond the other lines; negative where it has less."""
        return self.lines[-1].amount

    def table(self) -> Table:
        """The lines and their sum."""
        rows = [(line.what, f"{line.amount:,f}", line.how) for line in self.lines]
        rows.append(("the invoice", f"{self.total:,f}", "the sum of the lines"))
        caption = "From the ledger to the invoice"
        if self.unpriced:
            caption += f"; {self.unpriced}, and are in no line but the last"
        return Table(("line", self.currency, "how"), tuple(rows), (False, True, False), caption)

    def html(self) -> str:
        """The table as HTML."""
        return self.table().html()

    def __str__(self) -> str:
        return str(self.table())


def reconcile_invoice(
    calls: pandas.DataFrame,
    total: Amount,
    *,
    discount_percent: Amount = 0,
    rates: OwnRates | None = None,
    currency: Currency | None = None,
    credits: Amount = 0,
    vat_percent: Amount | None = None,
    vat: Amount | None = None,
) -> InvoiceCheck:
    """From the calls of a period (`Ledger.frame(since, until)`) to the `total` of its invoice.

    `discount_percent` is off the list price; `rates` are one's own instead of it, and bring their
    currency. `currency` is what the invoice is written in, with a dated rate: None is USD.
    `credits` (0 or more, in the invoice's currency) are taken off before tax. Tax is `vat_percent`
    of what remains, or the amount `vat` that the invoice prints.

    Raises ValueError, naming the argument, for what is no amount, and for two ways of saying one
    thing.
    """
    wanted = exact_amount("total", total, least=-MOST)
    off = exact_amount("discount_percent", discount_percent, most=Decimal(100))
    if off and rates is not None:
        raise ValueError("discount_percent and rates: put the discount into the rates, once")
    if vat is not None and vat_percent is not None:
        raise ValueError("vat and vat_percent: give the amount or the percentage")
    money = _one_currency(currency, rates)
    lines, unpriced = _before_credits(calls, money, off, rates)
    taken = _cents(exact_amount("credits", credits))
    if taken:
        lines.append(InvoiceLine("credits", -taken, "as the invoice has them, before tax"))
    lines += _tax(_sum(lines), vat_percent, vat)
    left = wanted - _sum(lines)
    lines.append(InvoiceLine(UNEXPLAINED, left, _why(left, unpriced)))
    return InvoiceCheck(tuple(lines), wanted, money.code, unpriced)


def _one_currency(currency: Currency | None, rates: OwnRates | None) -> Currency:
    """What the invoice is written in: the given currency, or the one that the rates bring."""
    brought = rates.currency if rates is not None else None
    if brought is not None and currency not in (None, brought):
        raise ValueError(
            f"currency={currency} and the rates' {brought}: an invoice has one; leave currency out"
        )
    return brought or currency or Currency("USD", Decimal(1), date.min, "")


def _before_credits(
    calls: pandas.DataFrame, money: Currency, off: Decimal, rates: OwnRates | None
) -> tuple[list[InvoiceLine], Unpriced]:
    """What the calls cost at list price, and what a discount or one's own rates change of it."""
    listed = sum_usd(calls)
    at = f", at {money}" if money.source else ""
    priced = f"{counted(len(calls), 'attempt')}, {listed:,f} USD{at}"
    lines = [InvoiceLine("calls at list price", _cents(money.of(listed)), priced)]
    if off:
        less = _cents(money.of(listed) * off / 100)
        lines.append(InvoiceLine("discount", -less, f"{off}% of the list price"))
    if rates is None:
        return lines, unpriced_in(calls)
    costs = _costs(calls, rates)
    own = sum_exactly(usd for usd in costs if usd is not None)
    change = _cents(money.of(own)) - lines[0].amount
    lines.append(InvoiceLine("own rates", change, f"{own:,f} USD by {rates.source}"))
    return lines, unpriced_in(calls.assign(cost_pusd=costs))


def _tax(net: Decimal, vat_percent: Amount | None, vat: Amount | None) -> list[InvoiceLine]:
    """The line of the tax on `net`; none where the invoice has no tax."""
    if vat is not None:
        amount, how = _cents(exact_amount("vat", vat)), "as the invoice has it"
    elif vat_percent is not None:
        percent = exact_amount("vat_percent", vat_percent, most=Decimal(100))
        amount, how = _cents(net * percent / 100), f"{percent}% of {net:,f}"
    else:
        return []
    return [InvoiceLine("value-added tax", amount, how)]


def _sum(lines: list[InvoiceLine]) -> Decimal:
    return sum((line.amount for line in lines), Decimal(0))


def _why(left: Decimal, unpriced: Unpriced) -> str:
    """Where to look for what is left."""
    beside = f"; {unpriced}" if unpriced else ""
    if not left:
        return f"every cent is explained{beside}"
    if abs(left) <= 2 * CENT:
        return f"a cent or two of rounding{beside}"
    if left < 0:
        return "the invoice has less: a discount, credits or days that were not given"
    return f"the invoice has more: calls that nobody tracked, fees, other rates{beside}"


def _costs(calls: pandas.DataFrame, rates: OwnRates) -> list[Decimal | None]:
    rows = calls.drop(columns="id", errors="ignore").to_dict("records")
    return [cost_of_call(call_of(row), rates.rate_card)[0] for row in rows]


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(CENT, ROUND_HALF_UP)
