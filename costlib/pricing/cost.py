"""Usage times rate card is money: what a request costs, line by line.

Units: amounts are exact Decimal US dollars; `cost_table` holds whole pico-dollars (1e-12 USD) in
int64. Rates are USD per million tokens or characters, per 1,000 searches, per hour of audio. Every
published rate times one token is a whole number of pico-dollars, so nothing is rounded, except
audio billed by the hour: each such line is rounded half to even to a pico-dollar.
Lesson 1 teaches this module.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, NamedTuple

from costlib.display.amounts import exact_money
from costlib.display.tables import Table
from costlib.pricing.prices import RATE_KINDS, RateCard, Rates, rate_card
from costlib.usage.record import Usage

_UNITS = {"web_search": "1,000 searches", "audio_hour": "hour", "input_characters": "1M characters"}
_PICO = Decimal("1e-12")
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)


class CostLine(NamedTuple):
    """One line of a bill: so many tokens of one kind, at one rate, make an amount.

    `kind` is a rate kind of prices.py. `quantity` counts tokens, searches or characters, and
    seconds for `audio_hour`. `rate` is in the unit of its kind, `amount` in USD.
    """

    kind: str
    quantity: int | Decimal
    rate: Decimal
    amount: Decimal

    @property
    def unit(self) -> str:
        """What the rate is for, such as "1M tokens"."""
        return _UNITS.get(self.kind, "1M tokens")


@dataclass(frozen=True, slots=True, repr=False)
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
                    _EXACT.add(same.amount, line.amount),
                )
            merged[line.kind, line.rate] = line
        return Cost(
            tuple(sorted(merged.values(), key=lambda line: RATE_KINDS.index(line.kind))),
            _EXACT.add(self.total, other.total),
            self.model if self.model == other.model else None,
            self.provider if self.provider == other.provider else None,
            self.tier if self.tier == other.tier else None,
            self.card if self.card is other.card else None,
        )

    def __radd__(self, other: object) -> Cost:
        """Lets `sum(costs)` begin from its 0."""
        return self if type(other) is int and other == 0 else NotImplemented

    def _title(self) -> str:
        """For whom and under which rates, such as "gpt-4.1 (openai, batch, rates of ...)"."""
        about = [self.provider or "several providers", self.tier or "several tiers"]
        if self.card is not None:
            about += [f"rates since {self.card.valid_from}", *filter(None, [self.card.window])]
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
    model: str,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
) -> Cost:
    """The cost of one request, in USD: each token is billed once, at the rate of its kind.

    `usage.tier`, what was served, wins over `tier`, what was asked for. `at` is a date or an aware
    datetime; None is `prices.AS_OF`. An input above the card's long-context bound reprices the
    whole request.

    Raises LookupError when no rate is known (model, date, tier, or a kind that was used but has no
    published rate), and ValueError when a sum of several requests meets a card with a long-context
    bound: which of them were long is lost, so add the Cost of each.
    """
    if not isinstance(usage, Usage):
        raise TypeError(
            f"cost_of needs a Usage, not a {type(usage).__name__}: pass read_usage(response)"
        )
    card = rate_card(model, provider=provider, tier=usage.tier or tier, at=at)
    rates = _rates(card, usage)
    parts = quantities(usage)
    if parts["input"] < 0:
        parts = _unsplit(parts, rates, card)
    lines = []
    total = Decimal(0)
    for kind, quantity in parts.items():
        if quantity:
            rate = rates[kind]
            if rate is None:
                raise LookupError(_no_rate(card, kind, quantity, rates))
            amount = _amount(kind, quantity, rate)
            lines.append(CostLine(kind, quantity, rate, amount))
            total += amount
    return Cost(tuple(lines), total, card.model, card.provider, card.tier, card)


def quantities(usage: Any) -> dict[str, Any]:
    """How much of each kind is billed, in the order of `RATE_KINDS`: every token in one kind.

    Reasoning and prediction tokens are inside the output and no kind of their own. Works on a
    Usage and, element by element, on anything with the same fields that hold arrays.

    Cached tokens that no field calls audio, image or video count as text. When that makes the
    plain input negative they were not: `cost_of` then needs to know which they were.
    """
    cached_media = usage.cached_audio_tokens + usage.cached_image_tokens + usage.cached_video_tokens
    cached_text = usage.cached_input_tokens - cached_media
    written = (
        usage.cache_write_5m_tokens
        + usage.cache_write_30m_tokens
        + usage.cache_write_1h_tokens
        + usage.cache_write_12h_tokens
    )
    media = usage.input_audio_tokens + usage.input_image_tokens + usage.input_video_tokens
    return {
        "input": usage.input_tokens - cached_text - written - media,
        "cached_input": cached_text,
        "cache_write_5m": usage.cache_write_5m_tokens,
        "cache_write_30m": usage.cache_write_30m_tokens,
        "cache_write_1h": usage.cache_write_1h_tokens,
        "cache_write_12h": usage.cache_write_12h_tokens,
        "output": usage.output_tokens - usage.output_audio_tokens - usage.output_image_tokens,
        "input_audio": usage.input_audio_tokens - usage.cached_audio_tokens,
        "cached_audio": usage.cached_audio_tokens,
        "output_audio": usage.output_audio_tokens,
        "input_image": usage.input_image_tokens - usage.cached_image_tokens,
        "cached_image": usage.cached_image_tokens,
        "output_image": usage.output_image_tokens,
        "input_video": usage.input_video_tokens - usage.cached_video_tokens,
        "cached_video": usage.cached_video_tokens,
        "web_search": usage.web_searches,
        "audio_hour": usage.audio_seconds,
        "input_characters": usage.input_characters,
    }


def _rates(card: RateCard, usage: Usage) -> Rates:
    """The card's rates for a request of this length."""
    long = card.long_context
    if long is None:
        return card.rates
    if usage.requests > 1:
        raise ValueError(
            f"requests={usage.requests}: {card.model!r} charges more for a request of over "
            f"{long.threshold:,} input tokens, and a sum does not say which were; price each "
            "request and add the Costs"
        )
    return long.rates if long.applies(usage.input_tokens) else card.rates


def _unsplit(parts: Mapping[str, Any], rates: Rates, card: RateCard) -> dict[str, Any]:
    """Parts of a record whose cached or written tokens must be media, but are not said to be.

    Media that cost what text costs may count as text, and then it does not matter which they were.
    """
    parts = dict(parts)
    for medium in ("audio", "image", "video"):
        fresh, cached = f"input_{medium}", f"cached_{medium}"
        if rates[fresh] == rates["input"] and rates[cached] == rates["cached_input"]:
            parts["input"] += parts.pop(fresh)
            parts["cached_input"] += parts.pop(cached)
    if parts["input"] < 0:
        raise ValueError(
            f"{-parts['input']} of the cached or written input tokens are audio, image or video, "
            f"whose rates differ from text on {card.model!r}: say which, with "
            "cached_audio_tokens, cached_image_tokens or cached_video_tokens"
        )
    return parts


def _amount(kind: str, quantity: int | Decimal, rate: Decimal) -> Decimal:
    if kind == "audio_hour":
        return _EXACT.quantize(_EXACT.divide(rate * quantity, Decimal(3600)), _PICO)
    return (rate * quantity).scaleb(-3 if kind == "web_search" else -6)


def _no_rate(card: RateCard, kind: str, quantity: int | Decimal, rates: Rates) -> str:
    long = "" if rates is card.rates else " above its long-context bound"
    return (
        f"{card.provider} publishes no {kind} rate for {card.model!r} in tier "
        f"{card.tier!r}{long}, and the usage has {quantity} of it: choose a model or tier "
        "that has one (see rate_card(...).rates), or add a sourced row to data/price_overlay.csv"
    )
