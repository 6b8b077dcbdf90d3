"""A cache of one's own: answer a question again with the answer that a similar one got, for free.

A prompt cache makes the same input cheaper; a response cache skips the call, input and output. It
gives a *hit* when the nearest question that it knows is as similar as a threshold asks, and a hit
is *wrong* when the two questions did not want the same answer. On Banking77 they do when both have
one intent. Similarities go from 0 (nothing in common) to 1 (the same). Taught in lesson 7.

Four ways to compare: equal texts (`exact`), weighted words (`tfidf`), and the shipped vectors of
`neighbours`, of single words averaged (WordLlama) and of whole sentences (MiniLM). Each gives
`Votes`, whose `measure` and `threshold_for` lesson 5 introduced: answered is a hit here.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costlib.intents.neighbours import Votes, nearest
from costlib.intents.tfidf import WordVectors, normal
from costlib.pricing.numbers import plausible


def exact(queries: Sequence[str], known: Sequence[str], labels: Sequence[str]) -> Votes:
    """The label of the first known text that is equal, once both are `normal`: margin 1, or 0."""
    first = {normal(text): label for text, label in reversed(list(zip(known, labels, strict=True)))}
    answers = [first.get(normal(query), "") for query in queries]
    return Votes(np.array(answers, dtype=object), np.array([float(a != "") for a in answers]))


def similar(
    queries: np.ndarray | WordVectors, known: np.ndarray | WordVectors, labels: Sequence[str]
) -> Votes:
    """The label of the nearest known vector, with its cosine as margin; vectors have length 1."""
    rows, cosines = nearest(queries, known, 1)
    return Votes(np.asarray(labels, dtype=object)[rows[:, 0]], cosines[:, 0])


@dataclass(frozen=True)
class Worth:
    """What a response cache is worth for each question that is asked, in USD.

    `call` is what a call costs, `wrong` what a wrong answer costs beyond it (a complaint, a
    person's time), `lookup` what it costs to look a question up.
    """

    call: float
    wrong: float
    lookup: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            plausible(name, value)

    def net(self, hits: float, wrong_hits: float) -> float:
        """USD saved for each question; `hits` and `wrong_hits` are shares of all questions."""
        return hits * self.call - wrong_hits * self.wrong - self.lookup

    @property
    def tolerable(self) -> float:
        """The share of hits that may be wrong before the cache costs more than it saves."""
        return self.call / self.wrong if self.wrong else math.inf


@dataclass(frozen=True, eq=False)
class Curve:
    """For each threshold that makes a difference, highest first: hits and wrong hits, as shares
    of all questions."""

    threshold: np.ndarray
    hits: np.ndarray
    wrong: np.ndarray

    @property
    def wrong_of_hits(self) -> np.ndarray:
        """The share of the hits that is wrong, at each threshold."""
        return self.wrong / self.hits

    def best(self, worth: Worth) -> int:
        """The place of the threshold that saves most; -1 when no threshold saves anything."""
        net = self.hits * worth.call - self.wrong * worth.wrong - worth.lookup
        place = int(net.argmax()) if len(net) else -1
        return place if len(net) and net[place] > 0 else -1


def curve(votes: Votes, truth: Sequence[str]) -> Curve:
    """Hits and wrong hits as the threshold falls from 1 to the lowest similarity above 0."""
    order = np.argsort(-votes.margins, kind="stable")
    margins = votes.margins[order]
    wrong = (votes.answers != np.asarray(truth, dtype=object))[order]
    # Equal similarities are hits together, so only the last of them counts.
    last = np.append(margins[1:] != margins[:-1], True) & (margins > 0)
    counted = np.arange(1, len(order) + 1) / len(order)
    return Curve(margins[last], counted[last], (np.cumsum(wrong) / len(order))[last])
