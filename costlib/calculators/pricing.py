"""Lesson 1's calculator, What will this cost?: a request, a day, a month and a year, four models.

Amounts are USD, exact until they are shown; a month is 30 days, a year 365. Everything is priced
by `cost_of` at the rates of the course's as-of date, and each model gets the same token counts.
"""

from __future__ import annotations

from calendar import day_name
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache

from costlib.calculators.bars import Bars
from costlib.calculators.base import Calculator, Finding, billed_output, too_short
from costlib.calculators.inputs import PERCENT, Inputs, choice, decades, model_choice, number
from costlib.display.amounts import money
from costlib.display.tables import table
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import (
    AS_OF,
    TIERS,
    RateCard,
    find_model,
    models,
    price_periods,
    roles,
    week_cards,
)
from costlib.usage.read import Usage

_VENDORS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "google": "Google",
    "deepseek": "DeepSeek",
    "x-ai": "xAI",
    "mistral": "Mistral",
}

_TOKENS_DIFFER = (
    "Each model is given the same number of tokens, but vendors cut text differently: a new "
    "tokenizer alone made up to 1.35 times as many of the same text (Anthropic on Opus 4.7; S. "
    "Willison measured 1.46). Compare vendors on a task, as lesson 2 does."
)
_NO_WRITES = "Writing to the cache is not in these figures; lesson 7 adds it."
_OTHERS = "Models to compare with"


@cache
def chat_models() -> tuple[tuple[str, str], ...]:
    """The models with a role first, then every chat model that can be called today."""
    named = {(r.provider, r.model): f"{_VENDORS[r.provider]} {r.role}" for r in reversed(roles())}
    named = dict(reversed(named.items()))
    for model in models(kind="chat", at=AS_OF):
        if model.context_window:  # unknown for names that are no longer models one can call
            named.setdefault((model.provider, model.id), _VENDORS[model.provider])
    return tuple(
        (f"{model} · {who}", f"{vendor}/{model}") for (vendor, model), who in named.items()
    )


def _changes(card: RateCard) -> date | None:
    """The first later day on which these hours have other rates; a holiday has no hours of its own
    and changes none."""
    for later in price_periods(card.model, card.provider, card.tier):
        same = later.window == card.window and later.valid_from > card.valid_from
        if same and later.rates != card.rates:
            return later.valid_from
    return None


def _tiers() -> tuple[tuple[str, str], ...]:
    return tuple((tier, tier) for tier in TIERS)


@dataclass(frozen=True)
class Line:
    """What one model costs: USD a request, or the sentence that says why it has no price."""

    model: str
    requests_a_day: int
    request: Decimal | None = None
    problem: str = ""
    notes: tuple[str, ...] = ()

    def over(self, days: int) -> Decimal | None:
        """USD for a number of days of this traffic."""
        return None if self.request is None else self.request * self.requests_a_day * days


@dataclass(frozen=True)
class PriceComparison:
    """The model and its alternatives in the order chosen, and what to bear in mind."""

    lines: tuple[Line, ...]
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Pricing(Inputs):
    """A request, how often it is sent, and the models that might answer it."""

    model: str = model_choice("Model", ("anthropic", "flagship"), chat_models)
    tier: str = choice("Tier", "standard", _tiers)
    input_tokens: int = number("Input tokens a request", 7_000, high=10_000_000, whole=True)
    output_tokens: int = number("Output tokens a request", 200, high=1_000_000, whole=True)
    cached_share: float = number("Input read from cache, %", 0.0, high=100, stops=PERCENT)
    requests_a_day: int = number(
        "Requests a day", 40_000, high=1_000_000_000, whole=True, stops=decades(100, 1_000_000)
    )
    alternative_1: str = model_choice(
        "First alternative", ("openai", "flagship"), chat_models, group=_OTHERS
    )
    alternative_2: str = model_choice(
        "Second alternative", ("anthropic", "small"), chat_models, group=_OTHERS
    )
    alternative_3: str = model_choice(
        "Third alternative", ("deepseek", "small"), chat_models, group=_OTHERS
    )

    def usage(self) -> Usage:
        """One request; the cached share is rounded to whole tokens, half to even."""
        cached = round(self.input_tokens * Decimal(str(self.cached_share)) / 100)
        return Usage(
            input_tokens=self.input_tokens,
            cached_input_tokens=cached,
            output_tokens=self.output_tokens,
        )

    def result(self) -> PriceComparison:
        """One line for the model, one for each alternative; the same model is not priced twice."""
        chosen = dict.fromkeys(
            (self.model, self.alternative_1, self.alternative_2, self.alternative_3)
        )
        reasoned = billed_output(*(find_model(*reversed(name.split("/", 1))) for name in chosen))
        notes = (reasoned, *([_NO_WRITES] if self.cached_share else []), _TOKENS_DIFFER)
        return PriceComparison(tuple(line for name in chosen for line in self._lines(name)), notes)

    def _lines(self, name: str) -> list[Line]:
        """A line, or one for each window where the price depends on the hour."""
        provider, model = name.split("/", 1)
        try:
            self._fits(provider, model)
            cards = week_cards(model, provider=provider, tier=self.tier)
            costs = [cost_of(self.usage(), card).total for card in cards]
        except (LookupError, ValueError) as problem:
            return [Line(model, self.requests_a_day, problem=str(problem.args[0]))]
        names = [model] if len(cards) == 1 else [f"{model} ({card.window})" for card in cards]
        return [
            Line(shown, self.requests_a_day, cost, notes=self._notes(card))
            for shown, cost, card in zip(names, costs, cards, strict=True)
        ]

    def _fits(self, provider: str, model: str) -> None:
        known = find_model(model, provider)
        window = known.context_window
        if window and self.input_tokens > window:
            raise ValueError(
                f"{model} reads at most {window:,} tokens, fewer than {self.input_tokens:,}: "
                "shorten the input or choose a model with a longer context"
            )
        if self.cached_share and (why := too_short(known, self.input_tokens)):
            raise ValueError(f"{why}: set the share that is read to 0%")

    def _notes(self, card: RateCard) -> tuple[str, ...]:
        notes = []
        if card.long_context and card.long_context.applies(self.input_tokens):
            notes.append(
                f"{card.model}: {self.input_tokens:,} input tokens are beyond "
                f"{card.long_context.threshold:,}, so the whole request is billed at its "
                "long-context rates, output too."
            )
        if day := _changes(card):
            notes.append(
                f"{card.model}: its rates change on {day}; the month and the year "
                "here are at today's."
            )
        if card.hours:
            days, *spans = card.hours.split()
            first, last = (day_name[int(day) - 1] for day in days.split("-"))
            notes.append(
                f"{card.model}: its price depends on the hour; {card.window} is "
                f"{' and '.join(spans)} UTC, {first} to {last}."
            )
        return tuple(notes)


class PricingCalculator(Calculator):
    """What will this cost? Leave it as a cell's last expression, or start it with values:

    PricingCalculator(input_tokens=2_000, requests_a_day=500)
    """

    title = "What will this cost?"
    inputs_type = Pricing

    def answer(self, result: PriceComparison) -> Finding:
        """The model's cost in a sentence, all models in a table, and what to bear in mind."""
        first, *others = result.lines
        if first.request is None:
            sentence = f"{first.problem}."
        else:
            month = first.request * first.requests_a_day * 30
            sentence = f"{first.model}: {money(first.request)} a request, {money(month)} a month."
        rows = [
            {
                "model": line.model,
                "a request": line.request,
                "a day": line.over(1),
                "a month": line.over(30),
                "a year": line.over(365),
                "against the first": _against(line.request, first.request),
            }
            for line in result.lines
        ]
        amounts = {name: money for name in ("a request", "a day", "a month", "a year")}
        shown = table(
            rows,
            caption=f"USD at the rates of {AS_OF}; a month is 30 days",
            formats=amounts,
        )
        bars = [
            (line.model, float(usd), money(usd))
            for line in result.lines
            if (usd := line.over(30)) is not None
        ]
        drawn = (Bars("USD a month", bars),) if len(bars) > 1 else ()
        problems = tuple(f"No price: {line.problem}." for line in others if line.problem)
        notes = dict.fromkeys(note for line in result.lines for note in line.notes)
        return Finding(
            sentence,
            (*drawn, shown),
            (*problems, *notes, *result.notes),
            problem=first.request is None,
        )


def _against(usd: Decimal | None, first: Decimal | None) -> str | None:
    """How many times cheaper or dearer than the first, in words."""
    if usd is None or not first or not usd:
        return None
    times = max(usd, first) / min(usd, first)
    if times < Decimal("1.005"):
        return "the same"
    many = f"{times:,.0f}" if times >= 10 else f"{times:.2g}" if times >= 2 else f"{times:.2f}"
    return f"{many} times {'cheaper' if usd < first else 'dearer'}"
