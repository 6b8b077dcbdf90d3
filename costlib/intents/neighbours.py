"""Answers by nearest neighbours on shipped sentence vectors: a step that is real and costs nothing.

A question of Banking77 gets the intent that most of its nearest training questions have. The
*margin*, how far the first intent leads the second in that vote, says when to pass the question on
instead. Similarities are cosines from -1 to 1, margins and shares go from 0 to 1. Taught in lesson
5; lessons 6 and 7 use the same vectors. data/README.md says which models made them.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Any

import numpy as np
import pandas as pd

from costlib.intents.tfidf import WordVectors
from costlib.paths import data_path

MODELS = ("minilm", "wordllama")
"""Whose vectors are shipped: all-MiniLM-L6-v2 (384 dimensions) and WordLlama (256)."""

_BLOCK = 256  # rows at a time: to compare them with all of Banking77 takes 10 MB


def labelled(part: str) -> pd.DataFrame:
    """The questions of Banking77's "train" (10,003) or "test" part (3,080): `text`, `category`.

    Raises ValueError for another part.
    """
    if part not in ("train", "test"):
        raise ValueError(f'part {part!r} does not exist: choose "train" or "test"')
    return pd.read_csv(data_path("intents", f"banking77_{part}.csv"))


def sentence_vectors(part: str, model: str = "minilm") -> np.ndarray:
    """A vector of length 1 for each question of `labelled(part)`, in its order; float32.

    Raises ValueError for another part, and for a model that is not in MODELS.
    """
    if model not in MODELS:
        raise ValueError(f"model {model!r} has no shipped vectors: choose one of {MODELS}")
    rows = len(labelled(part))
    with np.load(data_path("intents", f"banking77_{model}_int8.npz")) as file:
        stored = file["vectors"][:rows] if part == "train" else file["vectors"][-rows:]
    vectors = stored.astype(np.float32)
    for start in range(0, rows, _BLOCK):
        block = vectors[start : start + _BLOCK]
        block /= np.linalg.norm(block, axis=1, keepdims=True)
    return vectors


def nearest(
    queries: np.ndarray | WordVectors, known: np.ndarray | WordVectors, k: int
) -> tuple[np.ndarray, np.ndarray]:
    """For each query the rows of its `k` nearest `known` vectors and their cosines, nearest first.

    Both hold vectors of length 1, one a row: arrays, or both what `TfIdf` makes. Equally near rows
    come in their own order.
    """
    if not (isinstance(queries, WordVectors) and isinstance(known, WordVectors)):
        queries, known = _vectors("queries", queries), _vectors("known", known)
    if queries.shape[1] != known.shape[1] or k < 1 or not len(known):
        raise ValueError(
            f"k={k} of {len(known)} vectors of length {known.shape[1]}, for queries of length "
            f"{queries.shape[1]}: give at least 1, and vectors of one length"
        )
    turned = known.T
    found, cosines = [], []
    for start in range(0, len(queries), _BLOCK):
        likeness = queries[start : start + _BLOCK] @ turned
        best = _first(-likeness, k) if k > 1 else likeness.argmax(axis=1)[:, None]
        found.append(best)
        cosines.append(np.take_along_axis(likeness, best, axis=1))
        del likeness  # or the next one is made beside it
    return np.concatenate(found), np.concatenate(cosines)


def _vectors(name: str, values: np.ndarray | WordVectors) -> np.ndarray:
    found = np.asarray(values)
    if found.ndim != 2 or found.dtype.kind not in "biuf":
        raise ValueError(
            f"{name} has the shape {found.shape} and holds {found.dtype}: give a vector of numbers "
            "in each row"
        )
    return found


def _first(values: np.ndarray, k: int) -> np.ndarray:
    """Of each row the columns of its `k` smallest values, as a stable sort orders them.

    Sorting all of a row takes ten times as long. So columns are looked at in groups first: no value
    above the k-th smallest of the groups' minima can be among the k smallest.
    """
    width = values.shape[1]
    groups = max(1, min(width, 40 * k))  # column i is in group i modulo groups
    least = values[:, :groups].copy()
    for start in range(groups, width, groups):
        some = values[:, start : start + groups]
        np.minimum(least[:, : some.shape[1]], some, out=least[:, : some.shape[1]])
    if least.shape[1] < k or np.isnan(least).any():
        return np.argsort(values, axis=1, kind="stable")[:, :k]
    bound = np.partition(least, k - 1, axis=1)[:, k - 1 : k]
    # Of an array of one dimension numpy finds the places eight times as fast.
    row, column = np.divmod(np.flatnonzero(values <= bound), width)
    order = np.lexsort((column, values[row, column], row))
    begins = np.searchsorted(row, np.arange(len(values)))
    return column[order[begins[:, None] + np.arange(k)]]


@dataclass(frozen=True)
class Votes:
    """What the neighbours say of each query: the first intent, and its lead over the second."""

    answers: np.ndarray
    margins: np.ndarray

    def measure(self, truth: np.ndarray, threshold: float) -> tuple[float, float]:
        """Coverage and accuracy when only margins of at least `threshold` are answered.

        Coverage is the share of queries answered, accuracy the share of those that are right
        (NaN when none is answered).
        """
        answered = self.margins >= threshold
        right = self.answers == np.asarray(truth)
        return float(answered.mean()), float(right[answered].mean() if answered.any() else np.nan)


def vote(queries: np.ndarray, known: np.ndarray, labels: np.ndarray, k: int = 10) -> Votes:
    """Let the `k` nearest `known` vectors vote on each query's label, each by its cosine.

    `labels` has one entry for each row of `known`. The margin is the lead of the first label over
    the second, as a share of all votes.
    """
    names, codes = np.unique(np.asarray(labels), return_inverse=True)
    rows, cosines = nearest(queries, known, k)
    votes = np.zeros((len(queries), max(2, len(names))))  # a lone label leads over nothing
    weights = np.maximum(cosines, 0)
    np.add.at(votes, (np.arange(len(queries))[:, None], codes[rows]), weights)
    order = np.sort(votes, axis=1)
    total = np.maximum(order.sum(axis=1), 1e-12)
    return Votes(names[votes.argmax(axis=1)], (order[:, -1] - order[:, -2]) / total)


def at_least(right: Any, answered: Any, confidence: float = 0.95) -> Any:
    """The accuracy that a sample of answers vouches for: a one-sided lower bound (Wilson, 1927).

    In a share `confidence` of all samples the true accuracy is above it. `right` of `answered`
    are numbers or arrays. It holds for one threshold that was fixed before; of many that were
    tried, the one that looks best is a little worse than it looks.
    """
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} is no share: give one such as 0.95")
    z = NormalDist().inv_cdf(confidence)
    n = np.asarray(answered, dtype=float)
    if not ((n > 0) & (np.asarray(right) >= 0) & (np.asarray(right) <= n)).all():
        raise ValueError(
            f"right={right!r} of answered={answered!r} cannot be: give at least 1 answer, and no "
            "more right ones than answers"
        )
    share = np.asarray(right) / n
    spread = z * np.sqrt(share * (1 - share) / n + z**2 / (4 * n**2))
    return (share + z**2 / (2 * n) - spread) / (1 + z**2 / n)


def threshold_for(
    votes: Votes, truth: np.ndarray, accuracy: float, *, confidence: float | None = None
) -> float:
    """The smallest margin from which on the answers to these queries are right often enough.

    Choose it on questions that are not tested on afterwards: on its own data it looks better than
    it is. With a `confidence` (0.95) it is the lower bound of `at_least` that must reach
    `accuracy`, and not the share seen. Raises ValueError when no margin gives `accuracy`.
    """
    if np.shape(truth) != np.shape(votes.answers):
        raise ValueError(
            f"truth has the shape {np.shape(truth)} for {len(votes.answers)} answers: give one "
            "label for each"
        )
    order = np.argsort(-votes.margins, kind="stable")
    right = (votes.answers == np.asarray(truth))[order]
    answered = np.arange(1, len(right) + 1)
    reached = np.cumsum(right) / answered
    if confidence is not None:
        reached = at_least(np.cumsum(right), answered, confidence)
    margins = votes.margins[order]
    # Equal margins are answered together, so only the last of them counts.
    last = np.append(margins[1:] != margins[:-1], True)
    good = np.flatnonzero((reached >= accuracy) & last)
    if not good.size:
        raise ValueError(
            f"accuracy={accuracy} is not reached at any margin: ask for less, or for better vectors"
        )
    return float(margins[good[-1]])
