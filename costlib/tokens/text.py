"""How many tokens a text is for a model, and how well that is known.

A count is *exact* only where the vendor published the encoding: OpenAI up to gpt-5.x. For gpt-6
and Claude it is an *estimate*: the tokens of o200k_base times a measured factor, with the range
between its sources (`data/tokenizer_factors.csv`), and never more than the text has bytes. Units:
tokens of the model asked about.
Lesson 2 teaches this module, lesson 3 measures its error.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import find_model
from costlib.tokens.encodings import encoded_length


@dataclass(frozen=True, repr=False)
class Count:
    """A number of tokens; when it is not `exact`, the true number should lie in [low, high].

    `int(count)` is `tokens`, the exact number or the best guess. Counts add up; a sum is exact
    when all its parts are.
    """

    tokens: int
    low: int
    high: int
    exact: bool

    def __int__(self) -> int:
        return self.tokens

    def __add__(self, other: Count) -> Count:
        if not isinstance(other, Count):
            return NotImplemented
        return Count(
            self.tokens + other.tokens,
            self.low + other.low,
            self.high + other.high,
            self.exact and other.exact,
        )

    def at_most(self, most: int) -> Count:
        """The same count with no number above `most`, as a bound that is known."""
        return Count(min(self.tokens, most), min(self.low, most), min(self.high, most), self.exact)

    def __repr__(self) -> str:
        if self.exact:
            return f"{self.tokens:,}"
        return f"est. {self.tokens:,} ({self.low:,}-{self.high:,})"


@dataclass(frozen=True)
class Tokenizer:
    """The row of a model in `data/tokenizer_factors.csv`: an encoding, and the factor on it."""

    prefix: str
    encoding: str
    low: float
    factor: float
    high: float
    source: str

    @property
    def exact(self) -> bool:
        """Whether the model's own encoding is public."""
        return self.low == self.high

    def count(self, encoded: int) -> Count:
        """The model's count for a text that has `encoded` tokens of `encoding`."""
        return Count(
            round(encoded * self.factor),
            math.floor(encoded * self.low),
            math.ceil(encoded * self.high),
            self.exact,
        )


def count_text(text: str, model: str) -> Count:
    """The tokens of a text for a model, without any chat framing.

    Raises LookupError for an unknown model, and for one whose tokenizer is neither public nor
    measured (Google, DeepSeek, xAI, Mistral: their own count endpoints know).
    """
    tokenizer = tokenizer_of(model)
    return tokenizer.count(encoded_length(text, tokenizer.encoding)).at_most(size_of(text))


def size_of(text: str) -> int:
    """The bytes of a text: a token stands for at least one, so it has no more tokens than these."""
    return len(text.encode("utf-8", "surrogatepass"))


@cache
def tokenizer_of(model: str) -> Tokenizer:
    """How a model's tokens are counted: its row, that of the longest prefix of its name.

    Raises LookupError as `count_text`, and for a model that came out after that row was checked,
    because a new model may have a new tokenizer (Claude Opus 4.7 had).
    """
    found = find_model(model)
    row = fitting_row("tokenizer_factors.csv", found)
    if row is None:
        raise LookupError(
            f"the tokens of {found.id!r} cannot be counted offline, because {found.provider} "
            "publishes no encoding for it and no measured factor is known: use the provider's own "
            "count endpoint"
        )
    low, factor, high = (float(row[name]) for name in ("low", "factor", "high"))
    return Tokenizer(row["prefix"], row["encoding"], low, factor, high, row["source"])
