"""A cache of one's own: answer a question again with the answer that a similar one got, for free.

A prompt cache makes the same input cheaper; a response cache skips the call, input and output. It
gives a *hit* when the nearest question that it knows is as similar as a threshold asks, and a hit
is *wrong* when the two questions did not want the same answer. On Banking77 they do when both have
one intent. Similarities go from 0 (nothing in common) to 1 (the same). Taught in lesson 7.

Four ways to compare: equal texts (`exact`), weighted words (`TfIdf`), and the shipped vectors of
`neighbours`, of single words averaged (WordLlama) and of whole sentences (MiniLM). Each gives
`Votes`, whose `measure` and `threshold_for` lesson 5 introduced: answered is a hit here.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from costlib.neighbours import Votes

_WORD = re.compile(r"[a-z0-9]+")


def normal(text: str) -> str:
    """A text without case and punctuation: "Where's my card?" is "where s my card"."""
    return " ".join(_WORD.findall(text.casefold()))


def exact(queries: Sequence[str], known: Sequence[str], labels: Sequence[str]) -> Votes:
    """The label of the first known text that is equal, once both are `normal`: margin 1, or 0."""
    first = {normal(text): label for text, label in reversed(list(zip(known, labels, strict=True)))}
    answers = [first.get(normal(query), "") for query in queries]
    return Votes(np.array(answers, dtype=object), np.array([float(a != "") for a in answers]))


def similar(queries: np.ndarray, known: np.ndarray, labels: Sequence[str]) -> Votes:
    """The label of the nearest known vector, with its cosine as margin; vectors have length 1."""
    rows, cosines = [], []
    for start in range(0, len(queries), 512):  # a block at a time, so that memory stays small
        likeness = queries[start : start + 512] @ known.T
        rows.append(likeness.argmax(axis=1))
        cosines.append(likeness.max(axis=1))
    return Votes(np.asarray(labels, dtype=object)[np.concatenate(rows)], np.concatenate(cosines))


class TfIdf:
    """Texts as weighted words: a word counts the more, the fewer of the known texts have it.

    The weight of a word is its count in the text times 1 + ln((1 + texts) / (1 + texts with it));
    vectors are scaled to length 1 (a text of unknown words only stays at 0). This is the common
    smoothed form.
    """

    def __init__(self, known: Sequence[str]) -> None:
        words = Counter(word for text in known for word in set(normal(text).split()))
        self.column = {word: i for i, word in enumerate(sorted(words))}
        counts = np.array([words[word] for word in self.column])
        self.weight = (1 + np.log((1 + len(known)) / (1 + counts))).astype(np.float32)

    def vectors(self, texts: Sequence[str]) -> np.ndarray:
        """A row for each text; float32."""
        rows = np.zeros((len(texts), len(self.column)), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in normal(text).split():
                if word in self.column:
                    rows[row, self.column[word]] += 1
        rows *= self.weight
        length = np.linalg.norm(rows, axis=1, keepdims=True)
        return rows / np.where(length > 0, length, 1)


@dataclass(frozen=True)
class Worth:
    """What a response cache is worth for each question that is asked, in USD.

    `call` is what a call costs, `wrong` what a wrong answer costs beyond it (a complaint, a
    person's time), `lookup` what it costs to look a question up.
    """

    call: float
    wrong: float
    lookup: float = 0.0

    def net(self, hits: float, wrong_hits: float) -> float:
        """USD saved for each question, when of all questions so many are hits and wrong hits."""
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
