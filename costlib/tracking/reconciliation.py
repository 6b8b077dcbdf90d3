"""Your ledger against the provider's report: the difference, split by cause, to the last digit.

Units: exact US dollars; days in UTC. The split is the one that accountants make between price and
volume. For each day and model: tokens that the report has in another tier, or in another kind of
input (cached or not), are valued at the difference of the two rates; tokens that only one side has
at their rate; what is left was charged at other rates than ours. The causes add up exactly to the
difference. Lesson 4 teaches this module.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, NamedTuple

from costlib.display.amounts import money
from costlib.faces import counted_as_usual
from costlib.pricing.kinds import quantities
from costlib.pricing.prices import find_model, rate_card
from costlib.tracking.calls import REPORTS, Call
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.unpriced import Unpriced, unpriced_in
from costlib.usage.record import COUNTS

if TYPE_CHECKING:
    import pandas

CAUSES: dict[str, str] = {
    "late": "the report is not complete for these days: read it again later",
    "unseen": "calls that one side never saw: a client that is not tracked, or batches",
    "estimates": "cut streams and time-outs: the ledger has an estimate, the provider the count",
    "tier": "another tier was served than the ledger has",
    "cached": "input that the ledger has as cached, written or plain, and the report otherwise",
    "rates": "the same tokens at other rates: an old price file, a discount, a surcharge",
    "unpriced": "calls that the ledger has no price for",
}
_PICO = Decimal("1e-12")
_INPUT = ("input", "cached_input", "cache_write_5m", "cache_write_30m", "cache_write_1h",
          "cache_write_12h")  # fmt: skip


@dataclass(frozen=True)
@counted_as_usual
class Reconciliation:
    """`ours` and `theirs` in USD; `causes` add up to `theirs - ours`; `lines` has one row for each
    day, provider and model that differs, with a column for each cause. `unpriced` is what of the
    ledger has no price, and so is not in `ours`."""

    ours: Decimal
    theirs: Decimal
    causes: Mapping[str, Decimal]
    lines: pandas.DataFrame
    unpriced: Unpriced = field(default_factory=Unpriced)

    @property
    def difference(self) -> Decimal:
        """What the provider charges beyond the ledger; negative when the ledger has more."""
        return self.theirs - self.ours

    def table(self) -> list[dict[str, str]]:
        """The causes that are not zero, as shown, the largest first."""
        found = sorted(self.causes.items(), key=lambda cause: -abs(cause[1]))
        return [
            {"cause": name, "difference": money(amount), "what it means": CAUSES[name]}
            for name, amount in found
            if amount
        ]


@dataclass
class _Side:
    """What one side has of a day and model: tokens by tier and kind, money, requests."""

    tokens: Counter[tuple[str, str]] = field(default_factory=Counter)
    amount: Decimal = Decimal(0)
    requests: int = 0
    estimated: int = 0
    unpriced: int = 0


def reconcile(
    frame: pandas.DataFrame,
    costs: pandas.DataFrame,
    usage: Iterable[Call],
    *,
    complete_until: date | None = None,
) -> Reconciliation:
    """Compare a ledger with the provider's reports of the same days.

    frame: `Ledger.frame()` of whole UTC days. costs: `read_cost_report` of a report by line item
    (Anthropic: description). usage: `read_usage_report` of one by model and tier. Days from
    `complete_until` on are not complete in the report; None means that all are.

    A daily report cannot tell a cut stream from a call that nobody tracked when both happened on
    one model on one day: the difference then counts as "unseen" where the report has more requests
    than the ledger, else as "estimates". Raises ValueError for an empty report.
    """
    import pandas

    if not len(costs):
        raise ValueError("the cost report is empty: ask for the days that the ledger has")
    ours = _ledger_side(frame)
    theirs = _report_side(costs, usage)
    rows: list[dict[str, Any]] = []
    for key in sorted({*ours, *theirs}):
        left, right = ours.get(key, _Side()), theirs.get(key, _Side())
        causes = _explain(key, left, right, complete_until)
        if any(causes.values()):
            day, provider, model = key
            about: dict[str, Any] = {"day": day, "provider": provider, "model": model}
            rows.append({**about, "ours": left.amount, "theirs": right.amount, **causes})
    columns = ["day", "provider", "model", "ours", "theirs", *CAUSES]
    return Reconciliation(
        sum((side.amount for side in ours.values()), Decimal(0)),
        sum((side.amount for side in theirs.values()), Decimal(0)),
        {name: sum((row[name] for row in rows), Decimal(0)) for name in CAUSES},
        pandas.DataFrame(rows, columns=columns),
        unpriced_in(frame),
    )


Key = tuple[date, str, str]  # day, provider, model
Part = tuple[str, str]  # tier, kind of token


def _ledger_side(frame: pandas.DataFrame) -> dict[Key, _Side]:
    sides: defaultdict[Key, _Side] = defaultdict(_Side)
    by = [frame["time"].dt.date.rename("day"), "provider", "model", "tier"]
    for (day, provider, model, tier), rows in frame.groupby(by):
        side = sides[day, provider, _id(provider, model)]
        side.amount += sum_usd(rows)
        side.unpriced += int(rows["cost_pusd"].isna().sum())
        side.estimated += int(rows["estimated"].sum())
        billed = (rows["input_tokens"] + rows["output_tokens"] + rows["web_searches"]) > 0
        side.requests += int(rows.loc[billed, "requests"].sum())
        sums = {name: int(rows[name].sum()) for name in COUNTS}
        side.tokens.update(_by_kind(sums, tier))
    return dict(sides)


def _report_side(costs: pandas.DataFrame, usage: Iterable[Call]) -> dict[Key, _Side]:
    sides: defaultdict[Key, _Side] = defaultdict(_Side)
    for row in costs.to_dict("records"):
        sides[row["day"], row["provider"], _id(row["provider"], row["model"])].amount += row[
            "amount_usd"
        ]
    for call in usage:
        if call.operation not in REPORTS:
            raise ValueError("usage has calls of a ledger: give what read_usage_report gives")
        side = sides[call.time.date(), call.provider, _id(call.provider, call.model)]
        side.requests += call.usage.requests
        sums = {name: getattr(call.usage, name) for name in COUNTS}
        side.tokens.update(_by_kind(sums, call.usage.tier or "standard"))
    return dict(sides)


def _by_kind(sums: Mapping[str, int], tier: str) -> dict[tuple[str, str], int]:
    parts = quantities(SimpleNamespace(**sums, audio_seconds=0))
    return {(tier, kind): quantity for kind, quantity in parts.items() if quantity}


def _id(provider: str, name: str) -> str:
    """One name for a model and its dated snapshots; the given one where it is not known."""
    try:
        return find_model(name, provider).id
    except LookupError:
        return name


def _explain(
    key: Key, ours: _Side, theirs: _Side, complete_until: date | None
) -> dict[str, Decimal]:
    """The difference of one day and model by its causes, which add up to it."""
    day, provider, model = key
    difference = theirs.amount - ours.amount
    found: dict[str, Decimal]
    only = "estimates" if ours.estimated and theirs.requests <= ours.requests else "unseen"
    rates = _rates(model, provider, day, {*ours.tokens, *theirs.tokens})
    if complete_until is not None and day >= complete_until:
        found = {"late": difference}
    elif ours.unpriced and not ours.amount:
        found = {"unpriced": difference}
    elif rates is None:  # charges without a model, or without a rate of ours
        found = {only: difference}
    else:
        found = _price_and_volume(ours, theirs, rates, only)
        found["rates"] = difference - sum(found.values(), Decimal(0))
    return {**dict.fromkeys(CAUSES, Decimal(0)), **found}


def _price_and_volume(
    ours: _Side, theirs: _Side, rates: Mapping[Part, Fraction], only: str
) -> dict[str, Decimal]:
    """What other tiers, another share of cached input and other amounts of tokens make, in USD.

    `only` is the cause of tokens that one side alone has.
    """
    by_kind: defaultdict[str, list[_Extra]] = defaultdict(list)
    for part, rate in rates.items():
        tokens = theirs.tokens[part] - ours.tokens[part]
        by_kind[part[1]].append(_Extra(tokens, tokens * rate))
    moved = {kind: _moved(parts) for kind, parts in by_kind.items()}
    # What is left of each kind after tokens have moved between tiers may have moved to another.
    left = {kind: _Extra.total(parts, moved[kind]) for kind, parts in by_kind.items()}
    tier = _dollars(sum(moved.values(), Fraction(0)))
    cached = _dollars(_moved([left[kind] for kind in _INPUT if kind in left]))
    every = [extra.value for parts in by_kind.values() for extra in parts]
    return {"tier": tier, "cached": cached, only: _dollars(sum(every, Fraction(0))) - tier - cached}


class _Extra(NamedTuple):
    """Tokens that the report has beyond the ledger (negative: fewer), and their value in USD."""

    tokens: int
    value: Fraction

    @classmethod
    def total(cls, parts: list[_Extra], without: Fraction) -> _Extra:
        value = sum((part.value for part in parts), Fraction(0)) - without
        return cls(sum(part.tokens for part in parts), value)


def _moved(parts: list[_Extra]) -> Fraction:
    """The value of tokens that left some parts and came to others: as many as are on both sides.

    A part has extra tokens (negative: missing ones) and their value; tokens that moved are taken
    from each side in proportion.
    """
    came = [(n, v) for n, v in parts if n > 0]
    went = [(-n, -v) for n, v in parts if n < 0]
    plus, minus = sum(n for n, _ in came), sum(n for n, _ in went)
    moved = min(plus, minus)
    if not moved:
        return Fraction(0)
    dearer = sum((v for _, v in came), Fraction(0)) / plus
    cheaper = sum((v for _, v in went), Fraction(0)) / minus
    return moved * (dearer - cheaper)


def _rates(
    model: str, provider: str, day: date, parts: Iterable[Part]
) -> dict[Part, Fraction] | None:
    """Our rate for a token of each tier and kind, in USD; None where one is not known."""
    found = {}
    for tier, kind in parts:
        try:
            rate = rate_card(model, provider=provider, tier=tier, at=day).rates[kind]
        except LookupError:
            return None
        if rate is None:
            return None
        found[tier, kind] = Fraction(rate) / (1_000 if kind == "web_search" else 1_000_000)
    return found


def _dollars(value: Fraction) -> Decimal:
    return (Decimal(value.numerator) / Decimal(value.denominator)).quantize(_PICO)
