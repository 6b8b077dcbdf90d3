"""A step that answers for nothing: neighbours, and a threshold that was chosen honestly.

It answers a Banking77 question by its nearest training questions, and only where the lead of the
first intent (the margin) is large enough; the rest it passes on. Its threshold is chosen on
questions that it has not learned and is not tested on. Shares from 0 to 1. Taught in lesson 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from costlib.intents.neighbours import Votes, labelled, sentence_vectors, threshold_for, vote

ACCURACY = 0.97
"""How often the local step must be right when it answers."""

CONFIDENCE = 0.95
"""How sure the held-out questions must make us of that (see `neighbours.at_least`)."""

HELD_OUT = 0.2
"""The share of the training questions that its threshold is chosen on, and that it never learns."""


@dataclass(frozen=True)
class LocalStep:
    """Neighbours that answer from a margin on; `held` and `test` are what they say of questions.

    `held` is for the part of train that the threshold may be chosen on, `held_truth` its intents.
    `test` has a vote for each row of Banking77's test set.
    """

    held: Votes
    held_truth: np.ndarray
    test: Votes
    threshold: float

    @property
    def answered(self) -> np.ndarray:
        """For each row of the test set, whether the step answers it and does not pass it on."""
        return self.test.margins >= self.threshold

    def tested(self) -> tuple[float, float]:
        """Coverage and accuracy on the test set, which had no part in choosing the threshold."""
        return self.test.measure(labelled("test")["category"], self.threshold)


@cache
def local_step(seed: int = 0) -> LocalStep:
    """The local step: a fifth of train held out, the threshold the smallest that it vouches for.

    The rule was fixed before the test set was looked at: enough of the held-out questions must be
    right for the lower bound at CONFIDENCE to reach ACCURACY. A plain share of 97 % would let the
    luck of this sample choose. `seed` says which questions are held out.
    """
    known, labels = sentence_vectors("train"), labelled("train")["category"].to_numpy()
    order = np.random.default_rng(seed).permutation(len(labels))
    held, kept = np.split(order, [int(HELD_OUT * len(labels))])
    asked, known = known[held], known[kept]
    votes = vote(asked, known, labels[kept])
    return LocalStep(
        held=votes,
        held_truth=labels[held],
        test=vote(sentence_vectors("test"), known, labels[kept]),
        threshold=threshold_for(votes, labels[held], ACCURACY, confidence=CONFIDENCE),
    )
