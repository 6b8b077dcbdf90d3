"""Shorter prompts: what each part costs, what may go without loss, and what is lost when it goes.

Three ways to send less, and how each is scored. *Without loss*: white space that a parser ignores.
*By section or passage*: keep what the question needs; scored by **evidence kept**, the share of
questions whose answer still stands in what is sent (`data/bank/evidence.csv` says which sentence of
the handbook each intent needs). *Examples by retrieval*: show the model the few labelled questions
that are most like this one. A tokenizer's counts, USD at list price. Taught in lesson 6.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import pairwise

import numpy as np
import pandas as pd

from costlib.intents.tfidf import TfIdf
from costlib.optimization.quality import Measured, share
from costlib.paths import data_path
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import RateCard
from costlib.tokens.text import count_text

# --- What each part costs ---------------------------------------------------------------------


@dataclass(frozen=True)
class Section:
    """A piece of a prompt: its title, and its text with everything up to the next piece."""

    title: str
    text: str


_HEADING = re.compile(r"#{1,6} +\S")
_FENCE = re.compile(r" {0,3}(?:```|~~~)")


def sections(prompt: str) -> list[Section]:
    """A prompt cut at its Markdown headings, or at its blank lines where it has none.

    Nothing is lost: the texts, joined, are the prompt. Headings inside code fences do not count.
    """
    lines = prompt.splitlines(keepends=True)
    begins = next((n for n, line in enumerate(lines) if line.strip()), 0)  # behind blank lines
    fenced, starts, gaps = False, [], []
    for number, line in enumerate(lines):
        if _FENCE.match(line):
            fenced = not fenced
        if not fenced and _HEADING.match(line):
            starts.append(number)
        if not fenced and number and line.strip() and not lines[number - 1].strip():
            gaps.append(number)
    cuts = sorted({0, *(n for n in starts or gaps if n > begins), len(lines)})
    texts = ["".join(lines[a:b]) for a, b in pairwise(cuts)]
    return [Section(_title(text), text) for text in texts]


def _title(text: str) -> str:
    first = next((line.strip() for line in text.splitlines() if line.strip()), "(blank)")
    title = first.lstrip("#").strip() if _HEADING.match(first) else first
    return title if len(title) <= 40 else title[:39].rstrip() + "…"


def added_tokens(texts: Sequence[str], model: str) -> list[int]:
    """The tokens that each text adds to those before it; together exactly those of the whole."""
    joined, before, added = "", 0, []
    for text in texts:
        joined += text
        after = count_text(joined, model).tokens
        added.append(after - before)
        before = after
    return added


def prefix_rate(card: RateCard, read: float | Decimal = 0.0) -> Decimal:
    """USD per million tokens for a part that is the same in each request.

    `read` is the share of requests that find it in the prompt cache; the others write it there.
    0 means that nothing is cached, and the part is ordinary input. Raises LookupError when the
    model publishes no cached rate, ValueError for what is no share.
    """
    if isinstance(read, bool) or not 0 <= read <= 1:
        raise ValueError(f"read={read!r} is no share: give a number from 0 to 1")
    rates = card.rates
    if not read:
        return card.published("input")
    cached = rates["cached_input"]
    if cached is None:
        raise LookupError(f"{card.model} publishes no price for cached input: set the share to 0")
    written = rates["cache_write_5m"] or rates["cache_write_30m"] or card.published("input")
    share = Decimal(str(read))
    return share * cached + (1 - share) * written


def usd_a_month(tokens: int, requests: int, rate: Decimal) -> Decimal:
    """USD a month for `tokens` in each request, at a rate in USD per million tokens.

    Raises ValueError for what is below 0 or more than anybody sends.
    """
    for name, value in (("tokens", tokens), ("requests", requests), ("rate", rate)):
        plausible(name, value)
    return rate * tokens * requests / 1_000_000  # never two counts, which numpy's may not hold


# --- Without loss -----------------------------------------------------------------------------

_STRING_OR_SPACE = re.compile(r'("(?:[^"\\]|\\.)*")|[ \t\n\r]+')


def minify_json(text: str) -> str:
    """JSON without the white space between its tokens.

    Lossless in this sense: strings, the spelling of numbers and the order of keys stay as they
    were, so every parser reads the same value. A model does not parse: it reads other tokens.
    Raises ValueError for what is not JSON.
    """
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        raise ValueError(
            f"this is not JSON (line {error.lineno}: {error.msg}), so its white space may matter: "
            "send it as it is"
        ) from None
    return _STRING_OR_SPACE.sub(lambda found: found[1] or "", text)


# --- By passage -------------------------------------------------------------------------------


def evidence() -> dict[str, str]:
    """For each intent of Banking77 the words of the handbook that its answer rests on.

    Chosen by hand, one for each intent, before anything was compressed.
    """
    rows = pd.read_csv(data_path("bank", "evidence.csv"))
    return dict(zip(rows["intent"], rows["evidence"], strict=True))


def passages(text: str) -> list[str]:
    """The lines of a Markdown text that say something: paragraphs, list items, rows of tables."""
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not _HEADING.match(line) and set(line) - set("|-: ")]


def likeness(queries: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """How alike each query and each text are in their words: cosines from 0 to 1, queries down.

    By TF-IDF: a word counts the more, the fewer of the `texts` have it (see `TfIdf`).
    """
    weighted = TfIdf(texts)
    return np.asarray(weighted.vectors(queries)) @ np.asarray(weighted.vectors(texts)).T


def best(scores: np.ndarray, keep: int) -> np.ndarray:
    """For each row True at its `keep` highest scores (equal ones in their order)."""
    chosen = np.argsort(-scores, axis=1, kind="stable")[:, :keep]
    marked = np.zeros(scores.shape, dtype=bool)
    np.put_along_axis(marked, chosen, True, axis=1)
    return marked


def extract(texts: Sequence[str], scores: Sequence[float], keep: int) -> str:
    """The `keep` texts with the highest scores, in their original order, one a line."""
    kept = best(np.asarray(scores, float)[None, :], keep)[0]
    return "\n".join(text for text, stays in zip(texts, kept, strict=True) if stays)


@dataclass(frozen=True)
class Compressed:
    """A selection in place of the whole: mean tokens, and how often it still has the evidence."""

    tokens: float
    of_all: float
    evidence: Measured


def compressed(sent: np.ndarray, needed: np.ndarray, lengths: np.ndarray) -> Compressed:
    """Scores a selection: `sent` and `needed` say for each question (rows) which texts (columns)
    are sent, and which hold its evidence; `lengths` are the tokens of the texts.

    One text with the evidence is enough.
    """
    tokens = float((sent @ lengths).mean())
    kept = (sent & needed).any(axis=1)
    return Compressed(tokens, tokens / lengths.sum(), share(int(kept.sum()), len(kept)))


def needs(intents: Sequence[str], texts: Sequence[str]) -> np.ndarray:
    """For each intent (rows) the texts (columns) that hold its evidence.

    Raises LookupError for an intent whose evidence nobody wrote down.
    """
    phrases = evidence()
    for intent in intents:
        if intent not in phrases:
            raise LookupError(
                f"no evidence is known for the intent {intent!r}: evidence() names those that have"
            )
    return np.array([[phrases[intent] in text for text in texts] for intent in intents])


# --- Examples by retrieval --------------------------------------------------------------------


def typical(vectors: np.ndarray, labels: Sequence[str], each: int = 1) -> np.ndarray:
    """Rows of fixed examples: for each label, in order, the `each` nearest to its mean vector."""
    named = np.asarray(labels)
    chosen: list[int] = []
    for label in np.unique(named):
        rows = np.flatnonzero(named == label)
        near = vectors[rows] @ vectors[rows].mean(axis=0)
        chosen.extend(rows[np.argsort(-near, kind="stable")[:each]])
    return np.array(chosen)


def example(text: str, label: str) -> str:
    """A labelled question as it stands in a prompt."""
    return f"Question: {text.strip()}\nIntent: {label}\n\n"
