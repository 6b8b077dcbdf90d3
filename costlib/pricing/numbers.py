"""Numbers that arguments have to be: finite, and within what anybody can mean.

Lesson 3 meets these refusals first, when a guess is typed with too many zeros.
"""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction
from numbers import Real

from costlib.faces import MOST

LEAST = 1e-12
"""The least that a number above 0 may be: a pico-dollar, for instance."""


def plausible(name: str, value: float | Decimal, low: float = 0, high: float = MOST) -> None:
    """Raises ValueError, naming argument, value and bounds, for a number outside `low` to `high`.

    NaN is outside of everything. Raises TypeError for what is no number: numpy's are numbers, and
    fractions, with which decimals do not count, are none.
    """
    if isinstance(value, bool | Fraction) or not isinstance(value, Real | Decimal):
        raise TypeError(f"{name}={value!r} is not a number: give a number from {low:g} to {high:g}")
    if (isinstance(value, Decimal) and value.is_nan()) or not low <= value <= high:
        raise ValueError(f"{name}={shown(value)} is outside of {low:g} to {high:g}: check it")


def shown(value: float | Decimal) -> str:
    """A number as an error message shows it: short, however large it is."""
    if isinstance(value, int) and abs(value) >= MOST:
        return f"about 1e{int(math.log10(abs(value)))}"
    return f"{value:.6g}" if isinstance(value, Decimal) else repr(value)
