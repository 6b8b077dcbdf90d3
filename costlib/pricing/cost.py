"""Usage times rate card is money: what a request costs, line by line.

Units: amounts are exact Decimal US dollars; `cost_table` holds whole pico-dollars (1e-12 USD) in
int64. Rates are USD per million tokens or characters, per 1,000 searches, per hour of audio. Every
published rate times one token is a whole number of pico-dollars, so nothing is rounded, except
audio billed by the hour: each such line is rounded half to even to a pico-dollar. The decimal
context of the caller changes nothing. Lesson 1 teaches this module.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, Overflow, Rounded
from functools import cache, partial, reduce
from itertools import compress
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from costlib.display.amounts import exact_money
from costlib.display.tables import Table
from costlib.pricing.fees import fee_of, fee_unit, is_priced
from costlib.pricing.kinds import NO_OTHERS, TEXT_KINDS, kinds, others_of, text_kinds, text_of
from costlib.pricing.prices import (
    AS_OF,
    RATE_KINDS,
    LongContext,
    RateCard,
    find_model,
    rate_card,
    when,
)
from costlib.pricing.regions import place_of
from costlib.usage.record import Usage

_UNITS = {"web_search": "1,000 searches", "audio_hour": "hour", "input_characters": "1M characters"}
_PICO = Decimal("1e-12")
EXACT = Context(prec=60, traps=[Rounded, InvalidOperation, Overflow])
"""Arithmetic that never rounds: it raises instead. The context of a thread may be anything."""
_ROUNDED = Context(prec=60, rounding=ROUND_HALF_EVEN, traps=[InvalidOperation, Overflow])
_ZERO = Decimal(0)
_SEARCH = RATE_KINDS.index("web_search")
_TOO_MUCH = (Rounded, InvalidOperation, Overflow)
_multiply = EXACT.multiply
_Parts = tuple[int | Decimal, ...]  # quantities of the first few, or all, of RATE_KINDS


class CostLine(NamedTuple):
    """One line of a bill: tokens of one kind, at one rate, make an amount.

    `kind` is a rate kind of prices.py, or a fee of fees.csv. `quantity` counts tokens,
    searches, characters or calls, and seconds for `audio_hour`. `rate` is in the unit of its kind,
    `amount` in USD.
    """

    kind: str
    quantity: int | Decimal
    rate: Decimal
    amount: Decimal

    @property
    def unit(self) -> str:
        """What the rate is for, such as "1M tokens"."""
        if self.kind in RATE_KINDS:
            return _UNITS.get(self.kind, "1M tokens")
        return fee_unit(self.kind)


@dataclass(frozen=True, repr=False)
class Cost:
    """What was billed: `lines` whose amounts add up exactly to `total` (USD).

    `Cost + Cost` adds, and so does `sum`: lines of the same kind and rate become one. In a sum
    over several models (providers, tiers, cards) the field that differs is None.
    """

    lines: tuple[CostLine, ...]
    total: Decimal
    model: str | None
    provider: str | None
    tier: str | None
    card: RateCard | None

    def __add__(self, other: object) -> Cost:
        if not isinstance(other, Cost):
            return NotImplemented
        merged = {(line.kind, line.rate): line for line in self.lines}
        for line in other.lines:
            same = merged.get((line.kind, line.rate))
            if same is not None:
                line = CostLine(
                    line.kind,
                    same.quantity + line.quantity,
                    line.rate,
                    EXACT.add(same.amount, line.amount),
                )
            merged[line.kind, line.rate] = line
        return Cost(
            tuple(sorted(merged.values(), key=_place)),
            EXACT.add(self.total, other.total),
            self.model if self.model == other.model else None,
            self.provider if self.provider == other.provider else None,
            self.tier if self.tier == other.tier else None,
            self.card if self.card is other.card else None,
        )

    if not TYPE_CHECKING:

        def __getattr__(self, name: str) -> object:
            """Makes a field that `cost_of` left out, when it is first read."""
            if name not in ("lines", "model", "provider", "tier") or "_parts" not in self.__dict__:
                raise AttributeError(f"a Cost has no field {name!r}")
            if name != "lines":
                return getattr(self.card, name)
            lines = tuple(_lines(*self.__dict__["_parts"]))
            self.__dict__["lines"] = lines
            return lines

    def __radd__(self, other: object) -> Cost:
        """Lets `sum(costs)` begin from its 0."""
        return self if type(other) is int and other == 0 else NotImplemented

    @property
    def picodollars(self) -> int:
        """The total in whole pico-dollars (1e-12 USD), as ledgers and `cost_table` hold it."""
        return int(EXACT.scaleb(self.total, 12))

    def _title(self) -> str:
        """For whom and under which rates, such as "gpt-4.1 (openai, batch, rates of ...)"."""
        about = [self.provider or "several providers", self.tier or "several tiers"]
        if self.card is not None:
            about += [f"rates since {self.card.valid_from}", *filter(None, [self.card.window])]
            about += [f"region {self.card.region}"] if self.card.region else []
            about += [self.card.source] if self.card.source.startswith("own rates") else []
        return f"{self.model or 'several models'} ({', '.join(about)})"

    def _cells(self) -> list[tuple[str, str, str, str]]:
        """Kind, quantity, rate and amount as shown: exact, so that a reader can add them up."""
        return [
            (line.kind, f"{line.quantity:,}", f"{exact_money(line.rate)} / {line.unit}",
             exact_money(line.amount))
            for line in self.lines
        ]  # fmt: skip

    def __repr__(self) -> str:
        rows = self._cells()
        widths = [max((len(row[i]) for row in rows), default=0) for i in range(4)]
        text = [f"Cost {exact_money(self.total)}: {self._title()}"]
        for kind, quantity, rate, amount in rows:
            text.append(
                f"  {kind:<{widths[0]}}  {quantity:>{widths[1]}} x {rate:<{widths[2]}}"
                f" = {amount:>{widths[3]}}"
            )
        return "\n".join(text)

    def _repr_html_(self) -> str:
        rows = (*self._cells(), ("total", "", "", exact_money(self.total)))
        heads = ("kind", "quantity", "rate", "amount")
        return Table(heads, rows, (False, True, True, True), f"Cost of {self._title()}").html()


def cost_of(
    usage: Usage,
    model: str | RateCard,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
    region: str | None = None,
) -> Cost:
    """The cost of one request, in USD: each token is billed once, at the rate of its kind.

    `usage.tier`, what was served, wins over `tier`, what was asked for, and `usage.region` over
    `region`, which is a part of the price (see `rate_card`). `usage.fees` are lines too. `at` is
    a date or an aware datetime; None is `prices.AS_OF`. In place of a model's name stands its
    `RateCard` where the card is already known; the other arguments then do not count. An input
    above the card's long-context bound reprices the whole request.

    Raises LookupError when no rate is known (model, date, tier, region, or a kind or fee that was
    used but has no published rate), and ValueError when a sum of several requests meets a card with
    a long-context bound, and so does an input larger than the model's context window: which
    requests were long is lost, so add the Cost of each.
    """
    if not isinstance(usage, Usage):
        raise TypeError(
            f"cost_of needs a Usage, not a {type(usage).__name__}: pass read_usage(response)"
        )
    if isinstance(model, RateCard):
        card = model
        _fits(card, usage)
    else:
        tier, region = usage.tier or tier, usage.region or region
        card = rate_card(model, provider=provider, tier=tier, at=at, region=region)
    long = card.long_context
    rated = card if long is None else _for_length(usage, card, long)
    rates, fees = _whole_rates(rated), usage.fees
    try:
        if (
            others_of(usage) == NO_OTHERS
        ):  # text alone, the common case: few kinds, and whole numbers
            parts = text_kinds(*text_of(usage))
            units = sum(map(mul, parts, rates.text))
            total = _multiply(units, rates.unit) if units else _ZERO  # and not 0E-7
        else:
            parts, fees = _all_kinds(usage, rated, card)
            if any(compress(parts, rates.unknown)):
                raise LookupError(_no_rate(card, rated, parts))
            total = sum_exactly(line.amount for line in _lines(parts, rated))
    except _TOO_MUCH:
        if any(compress(parts, rates.unknown)):
            raise LookupError(_no_rate(card, rated, parts)) from None
        raise ValueError(_too_much(parts)) from None
    # To set six fields of a frozen dataclass takes longer than to price a request, and most callers
    # read the total alone: the other fields are made by `Cost.__getattr__`.
    cost = object.__new__(Cost)
    fields = cost.__dict__
    fields["card"] = card
    fields["total"] = total
    fields["_parts"] = parts, rated
    if fees:
        charged = fee_lines(fees, card, at)
        fields["total"] = EXACT.add(total, sum_exactly(line.amount for line in charged))
        fields["lines"] = tuple(sorted([*_lines(parts, rated), *charged], key=_place))
    return cost


def _all_kinds(
    usage: Usage, rated: RateCard | LongContext, card: RateCard
) -> tuple[_Parts, tuple[tuple[str, int], ...]]:
    """How much of each of RATE_KINDS was used, and the fees.

    Searches are a fee where they have one price for all models of a vendor.
    """
    parts, fees = kinds(*text_of(usage), *others_of(usage)), usage.fees
    if parts[0] < 0:
        parts = _unsplit(parts, rated, card)
    searched = parts[_SEARCH]
    if searched and rated.rates["web_search"] is None and is_priced("web_search", card.provider):
        fees = (("web_search", int(searched)), *fees)
        parts = (*parts[:_SEARCH], 0, *parts[_SEARCH + 1 :])
    return parts, fees


def _fits(card: RateCard, usage: Usage) -> None:
    """Refuses a card that is given for a usage of another tier, or of a region."""
    if usage.tier not in (None, card.tier):
        raise ValueError(
            f"usage.tier={usage.tier!r} was served, and the card is for {card.tier!r}: take "
            f"rate_card({card.model!r}, tier={usage.tier!r})"
        )
    place = place_of(usage.region)
    if place and place.lower() != card.region.lower():
        theirs = f"for {card.region!r}" if card.region else "of the list"
        raise ValueError(
            f"usage.region={usage.region!r} is a part of the price, and the card is {theirs}: "
            f"take rate_card({card.model!r}, region={usage.region!r})"
        )


def sum_exactly(amounts: Iterable[Decimal]) -> Decimal:
    """The sum to the last digit, whatever the thread's decimal context."""
    return reduce(EXACT.add, amounts, _ZERO)


def fee_lines(
    fees: tuple[tuple[str, int], ...], card: RateCard, at: date | datetime | None
) -> list[CostLine]:
    """What is charged by the call, a line each; a card that is given is of no day but its own."""
    if at is None:
        in_force = card.valid_from <= AS_OF and (not card.valid_until or card.valid_until > AS_OF)
        day = AS_OF if in_force else card.valid_from
    else:
        day = when(at)[0]
    lines = []
    for name, count in fees:
        fee = card.fees.get(name) or fee_of(name, card.provider, card.model, day)
        # `per` is a power of ten, so the quotient has an end.
        amount = EXACT.divide(EXACT.multiply(fee.usd, Decimal(count)), Decimal(fee.per))
        lines.append(CostLine(name, count, fee.usd, amount))
    return lines


def _place(line: CostLine) -> tuple[int, str]:
    """The order of lines: kinds of tokens as in prices.csv, then fees by name."""
    known = line.kind in RATE_KINDS
    return (RATE_KINDS.index(line.kind) if known else len(RATE_KINDS), line.kind)


def _lines(parts: _Parts, rated: RateCard | LongContext) -> list[CostLine]:
    """The lines of a bill whose rates are known to be published."""
    lines = []
    for kind, quantity, charge in zip(RATE_KINDS, parts, _charges(rated), strict=False):
        rate = rated.rates[kind]
        if quantity and charge is not None and rate is not None:
            lines.append(CostLine(kind, quantity, rate, charge(quantity)))
    return lines


_NO_RATE = 10**EXACT.prec
"""Stands for a rate that nobody knows: what it is multiplied with has too many digits for EXACT."""


class _WholeRates(NamedTuple):
    """A card's rates of text as whole numbers, so that a request of text is one sum of integers."""

    text: tuple[int, ...]  # in `unit` for a token; _NO_RATE where none is known
    unit: Decimal  # USD
    unknown: tuple[bool, ...]  # for each of `RATE_KINDS`, whether no rate is known


@cache
def _whole_rates(rated: RateCard | LongContext) -> _WholeRates:
    text = [rated.rates[kind] for kind in TEXT_KINDS]
    places = min((int(rate.as_tuple().exponent) for rate in text if rate is not None), default=0)
    return _WholeRates(
        text=tuple(_NO_RATE if rate is None else int(EXACT.scaleb(rate, -places)) for rate in text),
        unit=EXACT.scaleb(Decimal(1), places - 6),
        unknown=tuple(rated.rates[kind] is None for kind in RATE_KINDS),
    )


_Charge = Callable[[int | Decimal], Decimal]


@cache
def _charges(rated: RateCard | LongContext) -> tuple[_Charge | None, ...]:
    """For each of `RATE_KINDS` a function from quantity to USD; None where no rate is known."""
    rates = ((kind, rated.rates[kind]) for kind in RATE_KINDS)
    return tuple(None if rate is None else charge(kind, rate) for kind, rate in rates)


def charge(kind: str, rate: Decimal) -> _Charge:
    """The function from a quantity of a kind (tokens, searches, seconds) to USD at a rate."""
    if kind == "audio_hour":
        return partial(_by_the_hour, rate)
    return partial(EXACT.multiply, EXACT.scaleb(rate, -3 if kind == "web_search" else -6))


def _by_the_hour(rate: Decimal, seconds: int | Decimal) -> Decimal:
    usd = _ROUNDED.divide(_ROUNDED.multiply(rate, seconds), Decimal(3600))
    return _ROUNDED.quantize(usd, _PICO)


def _for_length(usage: Usage, card: RateCard, long: LongContext) -> RateCard | LongContext:
    """The card, or its long-context rates when the request is that long."""
    if usage.requests > 1:
        raise ValueError(
            f"requests={usage.requests}: {card.model!r} charges more for a request of over "
            f"{long.threshold:,} input tokens, and a sum does not say which were; price each "
            "request and add the Costs"
        )
    if not long.applies(usage.input_tokens):
        return card
    window = find_model(card.model, card.provider).context_window
    # A window that ends at the bound is that of the model without its long-context beta.
    if window is not None and long.threshold < window < usage.input_tokens:
        raise ValueError(
            f"input_tokens={usage.input_tokens:,} is more than the context window of "
            f"{card.model!r} ({window:,}), so this is a sum of several requests, and it does not "
            "say which were long; price each request and add the Costs"
        )
    return long


def _unsplit(parts: _Parts, rated: RateCard | LongContext, card: RateCard) -> _Parts:
    """Quantities of a record whose cached or written tokens must be media, but are not said to be.

    Media that cost what text costs may count as text, and then it does not matter which they were.
    """
    by_kind = dict(zip(RATE_KINDS, parts, strict=False))
    rates = rated.rates
    for medium in ("audio", "image", "video"):
        fresh, cached = f"input_{medium}", f"cached_{medium}"
        if rates[fresh] == rates["input"] and rates[cached] == rates["cached_input"]:
            by_kind["input"] += by_kind.get(fresh, 0)
            by_kind["cached_input"] += by_kind.get(cached, 0)
            by_kind |= {fresh: 0, cached: 0}
    if by_kind["input"] < 0:
        raise ValueError(
            f"{-by_kind['input']} of the cached or written input tokens are audio, image or video, "
            f"whose rates differ from text on {card.model!r}: say which, with "
            "cached_audio_tokens, cached_image_tokens or cached_video_tokens"
        )
    return tuple(by_kind.values())


def _no_rate(card: RateCard, rated: RateCard | LongContext, parts: _Parts) -> str:
    """Why a bill has no total, in a sentence about its first kind without a rate."""
    kind, quantity = next(
        (kind, quantity)
        for kind, quantity in zip(RATE_KINDS, parts, strict=False)
        if quantity and rated.rates[kind] is None
    )
    long = "" if rated is card else " above its long-context bound"
    return (
        f"{card.provider} publishes no {kind} rate for {card.model!r} in tier "
        f"{card.tier!r}{long}, and the usage has {quantity} of it: choose a model or tier "
        "that has one (see rate_card(...).rates), or add a sourced row to data/price_overlay.csv"
    )


def _too_much(parts: _Parts) -> str:
    most = max(parts)
    return (
        f"{RATE_KINDS[parts.index(most)]}={Decimal(most):.3e} is more than one request can "
        "use, and too much for an exact amount: check where the number comes from"
    )
