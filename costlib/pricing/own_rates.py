"""One's own rates: a contract's discounts, factors and prices, beside the list price.

They stand in a TOML file of one's own and never replace the list silently: a cost by them shows
both. In the terms of FOCUS (the FinOps Foundation's specification of bills): ListCost is what the
list says, ContractedCost what the contract says, and BilledCost is the latter in the invoice's
currency, before credits and tax.

    source = "Contract 4711 of 15 January 2026"   # what the rates rest on

    [[rate]]                     # 12.5 % off all of a vendor, until the end of the year
    provider = "anthropic"
    discount_percent = 12.5
    valid_until = 2026-12-31

    [[rate]]                     # a negotiated price, in the unit of data/prices.csv
    provider = "openai"
    model = "gpt-4.1"
    kind = "output"
    usd = 6.40

    [[rate]]                     # a reseller's surcharge on what runs in Europe
    provider = "anthropic"
    region = "bedrock/eu"
    multiplier = 1.03

    [currency]                   # what the invoice is written in, by a dated rate
    code = "EUR"
    per_usd = 0.8612
    date = 2026-11-27
    source = "ECB euro reference rate"

An entry holds where its `provider`, `model`, `tier`, `kind` and `region` do; what it leaves out is
everything. A negotiated price is what is charged, and no discount or factor applies to it; else the
list rate is taken times the discount and the factor that hold. Of two discounts (factors, prices)
that hold for one thing the narrower one counts, and where neither lies within the other the file
is refused. Units: exact Decimal USD. Lessons 1 and 4 use it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Context, Decimal, InvalidOperation, Rounded
from difflib import get_close_matches
from functools import lru_cache
from types import MappingProxyType
from typing import Any, NamedTuple

from costlib.paths import data_rows, own_path
from costlib.pricing.fees import Fee, fee_of
from costlib.pricing.price_book import AS_OF, RATE_KINDS, TIERS, TOKEN_KINDS, RateCard, Rates
from costlib.pricing.prices import find_model, rate_card

_EXACT = Context(prec=60, traps=[Rounded, InvalidOperation])
_WHAT = ("discount_percent", "multiplier", "usd")
_SCOPE = ("provider", "model", "tier", "kind", "region")
_KEYS = (*_SCOPE, *_WHAT, "long_usd", "valid_from", "valid_until")
_MOST = {"discount_percent": 100, "multiplier": 100, "usd": 1_000_000, "long_usd": 1_000_000}


class Currency(NamedTuple):
    """What an invoice is written in: `per_usd` of it for a dollar, on a date, by a source."""

    code: str
    per_usd: Decimal
    date: date
    source: str

    def of(self, usd: Decimal) -> Decimal:
        """An amount of USD in this currency, to the last digit."""
        return _EXACT.multiply(usd, self.per_usd)

    def __str__(self) -> str:
        return f"{self.per_usd} {self.code} for 1 USD ({self.source}, {self.date})"


@dataclass(frozen=True, eq=False)
class Term:
    """An entry: `what` it gives (a key of `_WHAT`), its `value`, and where and when it holds."""

    number: int
    what: str
    value: Decimal
    scope: Mapping[str, str]
    valid_from: date = date.min
    valid_until: date = date.max  # the last day
    long_value: Decimal | None = None

    def holds(self, day: date, about: Mapping[str, str]) -> bool:
        """Whether it holds on a day for what has this provider, model, tier, kind and region."""
        return self.valid_from <= day <= self.valid_until and all(
            about[name] == value for name, value in self.scope.items()
        )

    def within(self, other: Term) -> bool:
        """Whether its scope lies in the other's, and is not the same."""
        return self.scope != other.scope and other.scope.items() <= self.scope.items()

    def meets(self, other: Term) -> bool:
        """Whether both can hold for one thing on one day."""
        return (
            self.what == other.what
            and self.valid_from <= other.valid_until
            and other.valid_from <= self.valid_until
            and all(other.scope.get(name, value) == value for name, value in self.scope.items())
        )


@dataclass(frozen=True)
class OwnRates:
    """A file of one's own rates: what they rest on, the entries, and the invoice's currency."""

    source: str
    terms: tuple[Term, ...]
    currency: Currency | None = None

    def rate_card(
        self,
        model: str,
        *,
        provider: str | None = None,
        tier: str = "standard",
        at: date | datetime | None = None,
        region: str | None = None,
    ) -> RateCard:
        """The card by these rates; its `source` says so. A model that has no list price (the name
        of a deployment) has those rates that the file gives. Raises as `rate_card` does."""
        day = at.astimezone(UTC).date() if isinstance(at, datetime) else at or AS_OF
        try:
            listed = rate_card(model, provider=provider, tier=tier, at=at, region=region)
        except LookupError:
            owner = next((t.scope["provider"] for t in self.terms if self._names(t, model)), None)
            if owner is None or provider not in (None, owner):
                raise
            listed = _unlisted(model, owner, tier, day, region or "")
        return _own_card(self.source, self.terms, listed, day)

    def _names(self, term: Term, model: str) -> bool:
        return term.what == "usd" and term.scope.get("model") == model


def read_own_rates(path: str | os.PathLike[str]) -> OwnRates:
    """The rates in a TOML file, checked.

    Raises ValueError, naming the file and the entry, for what cannot be meant: an unknown name, a
    negative or impossible number, two entries that overlap, a currency without a date.
    """
    where = repr(os.fspath(path))
    try:
        text = own_path(path).read_text(encoding="utf-8-sig")
        given = tomllib.loads(text, parse_float=Decimal)
    except (OSError, UnicodeError) as error:
        raise ValueError(f"{where} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{where} is no TOML ({error}): see costlib.pricing.own_rates") from None
    try:
        _known(given, ("source", "rate", "currency"), "the file")
        entries = given.get("rate", [])
        if not isinstance(entries, list) or not (entries or "currency" in given):
            raise ValueError("it has no entry: begin each with a line [[rate]]")
        terms = tuple(_term(i, entry) for i, entry in enumerate(entries, start=1))
        _refuse_overlaps(terms)
        currency = _currency(given["currency"]) if "currency" in given else None
        return OwnRates(_text(given, "source", "the file"), terms, currency)
    except (ValueError, LookupError) as error:
        raise ValueError(f"{where}: {error}") from None


# --- A card by one's own rates ----------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _own_card(source: str, terms: tuple[Term, ...], listed: RateCard, day: date) -> RateCard:
    about = {
        "provider": listed.provider,
        "model": listed.model,
        "tier": listed.tier,
        "region": listed.region,
    }

    def narrowest(what: str, kind: str) -> Term | None:
        holding = [t for t in terms if t.what == what and t.holds(day, {**about, "kind": kind})]
        return max(holding, key=lambda term: len(term.scope), default=None)

    def factor(kind: str) -> Decimal:
        discount, more = narrowest("discount_percent", kind), narrowest("multiplier", kind)
        left = _EXACT.subtract(Decimal(100), discount.value) if discount else Decimal(100)
        return _EXACT.scaleb(_EXACT.multiply(left, more.value if more else Decimal(1)), -2)

    def rates(of: Rates, long: bool) -> Rates:
        own: dict[str, Decimal | None] = {}
        for kind, rate in of.items():
            term = narrowest("usd", kind)
            if term is not None:
                own[kind] = term.long_value if long and kind in TOKEN_KINDS else term.value
            else:
                own[kind] = rate and _EXACT.multiply(rate, factor(kind))
        return MappingProxyType(own)

    fees: dict[str, Fee] = {}
    names = {row["fee"] for row in data_rows("fees.csv")} | {
        term.scope["kind"] for term in terms if "kind" in term.scope
    }
    for name in names - {kind for kind in RATE_KINDS if listed.rates[kind] is not None}:
        term = narrowest("usd", name)
        try:
            fee = fee_of(name, listed.provider, listed.model, day)
        except LookupError:
            if term is not None and name not in RATE_KINDS:
                fees[name] = Fee(term.value, 1, "call")
            continue
        usd = term.value if term else _EXACT.multiply(fee.usd, factor(name))
        fees[name] = fee._replace(usd=usd)
    long = listed.long_context
    return replace(
        listed,
        rates=rates(listed.rates, long=False),
        long_context=long and replace(long, rates=rates(long.rates, long=True)),
        fees=MappingProxyType(fees),
        source=f"own rates: {source}",
    )


@lru_cache(maxsize=1_024)
def _unlisted(model: str, provider: str, tier: str, day: date, region: str) -> RateCard:
    """A card without any rate, for a model that no list has."""
    nothing: Rates = MappingProxyType(dict.fromkeys(RATE_KINDS))
    return RateCard(
        provider=provider, model=model, tier=tier, valid_from=day, valid_until=None, window="",
        hours="", rates=nothing, long_context=None, source="", checked=day, region=region,
    )  # fmt: skip


# --- Reading ----------------------------------------------------------------------------------


def _term(number: int, entry: object) -> Term:
    where = f"[[rate]] number {number}"
    if not isinstance(entry, dict):
        raise ValueError(f"{where} is no table: write [[rate]] on a line of its own")
    _known(entry, _KEYS, where)
    what = [name for name in _WHAT if name in entry]
    if len(what) != 1:
        raise ValueError(f"{where} has {' and '.join(what) or 'no rate'}: give one of {_WHAT}")
    scope = {name: _text(entry, name, where) for name in _SCOPE if name in entry}
    _check_scope(scope, what[0], where)
    value = _number(entry, what[0], where)
    long_value = _number(entry, "long_usd", where) if "long_usd" in entry else None
    if long_value is not None and what[0] != "usd":
        raise ValueError(f"{where}: long_usd is the price above a long-context bound, beside usd")
    first, last = _day(entry, "valid_from", where), _day(entry, "valid_until", where)
    if (first or date.min) > (last or date.max):
        raise ValueError(f"{where}: valid_until={last} is before valid_from={first}")
    return Term(
        number, what[0], value, MappingProxyType(scope), first or date.min, last or date.max,
        long_value,
    )  # fmt: skip


def _check_scope(scope: dict[str, str], what: str, where: str) -> None:
    """Names that exist, and the model's own name in place of an alias."""
    kinds = [*RATE_KINDS, *dict.fromkeys(row["fee"] for row in data_rows("fees.csv"))]
    for name, known in (("tier", [*TIERS]), ("kind", kinds)):
        given = scope.get(name)
        if given is not None and given not in known and not (name == "kind" and what == "usd"):
            near = get_close_matches(given, known, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"known are {', '.join(known)}"
            raise ValueError(f"{where}: {name}={given!r} is unknown: {hint}")
    if what == "usd" and ("kind" not in scope or "provider" not in scope):
        raise ValueError(f"{where}: usd is the price of one kind at one provider: give both")
    if what == "usd" and scope["kind"] in TOKEN_KINDS and "model" not in scope:
        raise ValueError(f"{where}: usd is the price of tokens of one model: give its model")
    if "model" in scope:
        try:
            model = find_model(scope["model"], scope.get("provider"))
        except LookupError:
            if what != "usd":  # a price needs no list, the name may be that of a deployment
                raise
        else:
            scope.update(model=model.id, provider=model.provider)


def _refuse_overlaps(terms: tuple[Term, ...]) -> None:
    for i, one in enumerate(terms):
        for other in terms[i + 1 :]:
            if one.meets(other) and not one.within(other) and not other.within(one):
                raise ValueError(
                    f"[[rate]] numbers {one.number} and {other.number} overlap: both give a "
                    f"{one.what} for the same thing on the same day, and neither is the narrower; "
                    "narrow one of them, or its dates"
                )


def _currency(given: object) -> Currency:
    where = "[currency]"
    if not isinstance(given, dict):
        raise ValueError(f"{where} is no table: write [currency] on a line of its own")
    _known(given, Currency._fields, where)
    code = _text(given, "code", where)
    if not (code.isascii() and code.isalpha() and code.isupper() and len(code) == 3):
        raise ValueError(f"{where}: code={code!r} is no currency: write three letters, such as EUR")
    day = _day(given, "date", where)
    if day is None:
        raise ValueError(f"{where} has no date: a rate of exchange holds on a day, such as {AS_OF}")
    return Currency(code, _number(given, "per_usd", where), day, _text(given, "source", where))


def _known(given: Mapping[str, Any], keys: tuple[str, ...], where: str) -> None:
    for name in given:
        if name not in keys:
            near = get_close_matches(name, keys, n=1)
            hint = f"did you mean {near[0]!r}?" if near else f"its keys are {', '.join(keys)}"
            raise ValueError(f"{where} has a key {name!r}: {hint}")


def _text(given: Mapping[str, Any], name: str, where: str) -> str:
    value = given.get(name)
    if not isinstance(value, str) or not value.strip():
        raise ValueError(f"{where}: {name}={value!r}: give it as a text in quotes")
    return value.strip()


def _number(given: Mapping[str, Any], name: str, where: str) -> Decimal:
    value = given.get(name)
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"{where}: {name}={value!r}: give a number, without quotes")
    number = Decimal(value)
    least = Decimal(0) if name in ("usd", "long_usd") else Decimal("1e-9")
    most = _MOST.get(name, 1_000_000)
    if not number.is_finite() or not least <= number <= most or len(number.as_tuple().digits) > 20:
        raise ValueError(
            f"{where}: {name}={value}: give a number "
            f"{'from' if not least else 'above'} 0 {'to' if least == 0 else 'and up to'} {most:,}"
        )
    return number


def _day(given: Mapping[str, Any], name: str, where: str) -> date | None:
    value = given.get(name)
    if value is not None and type(value) is not date:
        raise ValueError(f"{where}: {name}={value!r} is no day: write 2026-11-27, without quotes")
    return value
