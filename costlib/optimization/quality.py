"""How sure a measured share is: its interval, and a comparison on the same questions.

Cheaper is easy; cheaper without getting worse has to be measured, and a measurement on a few
hundred questions moves by some points from chance alone. Shares go from 0 to 1, a *point* is 0.01.
Taught in lesson 6. Formulas: Wilson (1927) for one share; for the difference of two on the same
questions Agresti and Min ("Simple improved confidence intervals for comparing matched proportions",
Statistics in Medicine 24, 2005).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from costlib.faces import MOST
from costlib.intents.neighbours import at_least


@dataclass(frozen=True)
class Measured:
    """A measured share, or a difference of two, and the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def within(self) -> float:
        """Half the width of the interval: the "plus or minus"."""
        return (self.high - self.low) / 2

    def __str__(self) -> str:
        if self.within > min(self.value, 1 - self.value):  # no share is below 0 or above 100%
            return f"{self.value:.1%} ({self.low:.1%} to {self.high:.1%})"
        return f"{self.value:.1%} ± {100 * self.within:.1f}"


def share(right: int, of: int, confidence: float = 0.95) -> Measured:
    """The share `right / of` with Wilson's interval, which is sound near 0 and 1 too.

    Raises ValueError for counts that make no share.
    """
    if not (1 <= of <= MOST and 0 <= right <= of):
        raise ValueError(f"{right} right of {of} is no share: of at least 1, from 0 to all right")
    p, each_side = right / of, (1 + _sound(confidence)) / 2
    low = float(at_least(right, of, each_side))
    high = 1 - float(at_least(of - right, of, each_side))
    # At 0 and 1 an end is the share itself, but for the last digit.
    return Measured(p, max(0.0, min(p, low)), min(1.0, max(p, high)))


def difference(before: np.ndarray, after: np.ndarray, confidence: float = 0.95) -> Measured:
    """How much larger the share right is `after` than `before`, on the same questions.

    Both are arrays of True and False, one entry for each question, in the same order. Questions
    that both get right, or both wrong, say nothing about the difference; so the interval is
    narrower than that of two separate samples. Raises ValueError when they do not pair up, or for
    an entry that is neither True nor False.
    """
    before, after = _marks("before", before), _marks("after", after)
    if before.shape != after.shape or before.ndim != 1 or not before.size:
        raise ValueError(
            f"results of {before.size} and of {after.size} questions do not pair up: give one "
            "entry for each question to both, in the same order"
        )
    gained, lost = int((after & ~before).sum()), int((before & ~after).sum())
    # Half a question more of each outcome (both right, gained, lost, both wrong): without it ten
    # questions that come out alike would show for certain that nothing has changed.
    of = before.size + 2
    middle = (gained - lost) / of
    within = _z(confidence) * math.sqrt(gained + lost + 1 - (gained - lost) ** 2 / of) / of
    value = (gained - lost) / before.size
    return Measured(value, max(-1.0, middle - within), min(1.0, middle + within))


def _marks(name: str, results: np.ndarray) -> np.ndarray:
    """The results as booleans; numpy would take the text "False" for True."""
    found = np.asarray(results)
    odd = [one for one in found.ravel().tolist() if one not in (True, False)]
    if odd:
        raise ValueError(
            f"{name} has {odd[0]!r}, which is neither True nor False: say of each question whether "
            "it was answered right"
        )
    return found.astype(bool)


def _z(confidence: float) -> float:
    return NormalDist().inv_cdf((1 + _sound(confidence)) / 2)


def _sound(confidence: float) -> float:
    if not 0 < confidence < 1:
        raise ValueError(f"confidence={confidence!r} is not between 0 and 1: 0.95 is usual")
    return confidence
