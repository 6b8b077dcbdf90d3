"""Reading, comparing and naming whatever a learner's answer turns out to be.

Learners answer with an int, a float, a `Decimal`, a `Fraction`, a numpy or pandas scalar: all are
the same number here. Behind the checks of every lesson; no units of its own.
"""

from __future__ import annotations

import math
import re
import reprlib
from collections.abc import Mapping, Set
from dataclasses import fields, is_dataclass
from decimal import Decimal
from inspect import Signature
from numbers import Real
from typing import Any

# Zero needs an absolute bound: a pico-dollar is the smallest amount the course computes with.
SMALLEST = 1e-12


class Unreadable(Exception):
    """An answer of a type that cannot be compared with what was asked for; its text says why."""


def is_blank(answer: Any) -> bool:
    """Whether nothing was answered: `None`, `...`, blank text, or a container of only those."""
    if answer is None or answer is ...:
        return True
    if isinstance(answer, str):
        return not answer.strip()
    if isinstance(answer, Mapping):
        return all(is_blank(value) for value in answer.values())
    if isinstance(answer, (list, tuple, set, frozenset)):
        return all(is_blank(value) for value in answer)
    return False


def plain(value: Any) -> Any:
    """The Python value behind a numpy or pandas one; a `Cost` is its total in dollars."""
    if hasattr(value, "tolist") and not isinstance(value, type):
        return value.tolist()
    total = getattr(value, "total", None)
    return total if isinstance(total, Decimal) else value


def number(value: Any) -> float:
    """The finite or infinite number that an answer is. Raises `Unreadable` when it is none."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        hint = {
            str: "text: give the number without quotes, currency signs or thousands separators",
            bool: "True or False",
        }.get(type(value), "of type " + type(value).__name__)
        if callable(value):
            hint = "a function: call it, and give what it returns"
        raise Unreadable(f"A number is wanted, and this is {hint}.")
    try:
        return float(value)
    except (OverflowError, ValueError):
        return math.copysign(math.inf, 1 if value > 0 else -1) if value == value else math.nan


def close(got: float, want: float, tolerance: float) -> bool:
    """Whether two numbers agree within a relative tolerance (0.001 is 0.1 %)."""
    return math.isclose(got, want, rel_tol=max(tolerance, SMALLEST), abs_tol=SMALLEST)


def same(got: Any, want: Any, tolerance: float) -> bool:
    """Whether an answer equals the expected one: numbers within the tolerance, also inside lists,
    tuples (the two are interchangeable) and dicts; text apart from blanks around it.

    Raises `Unreadable` when a number is wanted and something else was given.
    """
    got, want = plain(got), plain(want)
    if got is None or got is ...:
        return want is None
    if isinstance(want, bool):
        return isinstance(got, bool) and got == want
    if isinstance(want, (Real, Decimal)):
        return close(number(got), float(want), tolerance)
    if isinstance(want, str):
        return isinstance(got, str) and got.strip() == want
    if isinstance(want, (list, tuple)):
        return (
            isinstance(got, (list, tuple))
            and len(got) == len(want)
            and all(same(g, w, tolerance) for g, w in zip(got, want, strict=True))
        )
    if isinstance(want, Mapping):
        return (
            isinstance(got, Mapping)
            and got.keys() == want.keys()
            and all(same(got[key], want[key], tolerance) for key in want)
        )
    if isinstance(want, Set):
        return isinstance(got, Set) and set(got) == set(want)
    return bool(got == want)


_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 6
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60


def show(value: Any) -> str:
    """A value in a sentence: short, and the same in every run (no memory addresses)."""
    value = plain(value)
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in fields(value) if field.repr}
        defaults = {field.name: field.default for field in fields(value)}
        told = [f"{name}={show(it)}" for name, it in given.items() if it != defaults[name]]
        return f"{type(value).__name__}({', '.join(told)})"
    return without_addresses(_SHORT.repr(value))


def show_call(signature: Signature, args: tuple[Any, ...]) -> str:
    """The inputs of a call by name: `tokens=1200, rate=0.25`."""
    bound = signature.bind(*args).arguments
    return ", ".join(f"{name}={show(value)}" for name, value in bound.items())


def show_error(error: BaseException) -> str:
    """An exception in a sentence: its type, and the first line of what it says."""
    lines = without_addresses(str(error)).splitlines()
    return f"{type(error).__name__}: {lines[0][:160]}" if lines else type(error).__name__


def without_addresses(text: str) -> str:
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
