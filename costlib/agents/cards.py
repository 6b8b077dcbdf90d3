"""The same runs on another model's rate card, and what its tokenizer makes of their tokens.

The same text is another number of tokens for each vendor, so counts are multiplied by a factor and
are **estimates**. Another model would also take other turns: what is answered is what these turns
would cost there, not what that model would do. Units: tokens. Lesson 1 has the cards, lesson 2 the
factors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

import numpy as np

from costlib.agents.cache_choices import one_card, with_cache
from costlib.agents.diet import UNMEASURED
from costlib.agents.runs import MEASURED, NONE, PARTS, Runs
from costlib.pricing.prices import RateCard, find_model, models, rate_card
from costlib.provider.caches.families import rule_of
from costlib.tokens.text import tokenizer_of

# No public count relates Gemini's (or xAI's, DeepSeek's, Mistral's) tokens to o200k_base: taken as
# one for one. Comparisons of short texts that people publish stay within these 15 percent.
_UNKNOWN = (0.85, 1.0, 1.15)


@dataclass(frozen=True)
class Factor:
    """Tokens of one model for a token of another: the best guess, and the range it lies in."""

    low: float
    best: float
    high: float

    def __str__(self) -> str:
        if self.low == self.high:
            return f"{self.best:.2f}"
        return f"est. {self.best:.2f} ({self.low:.2f} to {self.high:.2f})"


def token_factor(model: str, other: str) -> Factor:
    """How many tokens of `other` the text of one token of `model` is.

    Exactly 1 where both are counted alike, as models of one vendor without public counts are taken
    to be. Otherwise from the factors on o200k_base of `data/tokenizer_factors.csv`; a vendor that
    it does not have is taken one for one, within 15%.
    """
    here, there = _on_o200k(model), _on_o200k(other)
    if here == there and (here != _UNKNOWN or _vendors(model) & _vendors(other)):
        return Factor(1.0, 1.0, 1.0)
    return Factor(there[0] / here[2], there[1] / here[1], there[2] / here[0])


def _vendors(model: str) -> set[str]:
    """Who makes a model, or those of whom one of that name is known."""
    return {each.provider for each in models() if model in (each.id, *each.aliases)}


def on_model(
    runs: Runs,
    model: str,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
    cache: str | None = None,
    factor: float | None = None,
) -> Runs:
    """The runs on a model's card of a date (None: the course's as-of date).

    `factor` multiplies every count; None is the best guess of `token_factor` (give its ends to see
    the range). `cache` is a lifetime of the model, or "none"; None is the model's default, and for
    a vendor that names no lifetimes, the reads as they were. Which runs are solved is kept for the
    same model only.

    Raises LookupError for a model, tier or date without a card, and for a lifetime that it lacks;
    ValueError for runs of several cards without a `factor`.
    """
    card = rate_card(model, provider=provider, tier=tier, at=at)
    guess = None if factor is not None else token_factor(one_card(runs).model, card.model)
    by = guess.best if guess else factor
    if by is None or not by > 0:
        raise ValueError(f"factor={factor}: tokens for a token is a number above 0")
    parts = {name: np.rint(getattr(runs, name) * by).astype(np.int64) for name in PARTS}
    notes = []
    if guess is None or guess.low != guess.high:
        notes.append(f"Token counts are estimates: {by:.3g} for each as counted.")
    same = {each if isinstance(each, str) else each.model for each in runs.cards} == {card.model}
    if not same:
        notes.append(f"The turns are as they were; {card.model} would take others. {UNMEASURED}")
    moved = replace(
        runs,
        **parts,
        read=np.zeros(len(runs.read), np.int64),
        written={},
        cards=(card,),
        card=np.zeros(len(runs.card), np.int64),
        tail=round(runs.tail * by),
        solved=runs.solved if same else None,
    ).noted(*notes)
    lifetime = _default_cache(runs, card) if cache is None else cache
    if cache is None and lifetime == MEASURED:
        read = np.minimum(np.floor(runs.read * by).astype(np.int64), moved.prompt)
        return replace(moved, read=read, cache=MEASURED)
    return with_cache(moved, lifetime)


def _default_cache(runs: Runs, card: RateCard) -> str:
    """The lifetime that a card's model has by itself; MEASURED where its vendor names none."""
    if card.rates["cached_input"] is None:
        return NONE
    rule = rule_of(card.provider, card.model, {})
    if rule is not None:
        return rule.default_lifetime
    return NONE if runs.written else MEASURED


def _on_o200k(model: str) -> tuple[float, float, float]:
    """Tokens of a model for one token of o200k_base."""
    try:
        tokenizer = tokenizer_of(find_model(model).id)
    except LookupError:
        return _UNKNOWN
    if tokenizer.encoding != "o200k_base":  # cl100k_base, of models that are gone
        return _UNKNOWN
    return tokenizer.low, tokenizer.factor, tokenizer.high
