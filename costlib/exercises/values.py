"""Reading, comparing and naming whatever a learner's answer turns out to be.

Learners answer with an int, a float, a `Decimal`, a `Fraction`, a numpy or pandas scalar: all are
the same number here. A list, a tuple, an array, a Series, a generator are the same sequence.
Behind the checks of every lesson; no units of its own.
"""

from __future__ import annotations

import math
import pprint
import re
import reprlib
from collections.abc import (
    Callable,
    ItemsView,
    Iterator,
    KeysView,
    Mapping,
    Sequence,
    Set,
    ValuesView,
)
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import islice
from typing import Any

# Zero needs an absolute bound: a pico-dollar is the smallest amount the course computes with.
SMALLEST = 1e-12
MOST_ITEMS = 10_000  # read from a generator, which may be endless
_ROWS = (list, tuple, set, frozenset)
NUMBER = (int, float, Fraction, Decimal)
# What `plain` leaves as it is without a look at what it can do, which takes ten times as long.
_SCALARS = frozenset({int, float, str, bool})
_PLAIN = _SCALARS | {type(None), Decimal, Fraction, list, tuple, dict, set}


class Unreadable(Exception):
    """An answer of a type that cannot be compared with what was asked for; its text says why."""


class WrongForm(Exception):
    """An answer that can be read and has another form than the one asked for: a list for a
    dictionary. Its text says which form is wanted."""


def is_blank(answer: object) -> bool:
    """Whether an answer is not filled in: `None`, blank text, a container of only those, or a
    sequence or set in which a `...` is left."""
    if isinstance(answer, Mapping):  # of which an exercise may want one value and not the other
        return all(is_blank(value) for value in answer.values())
    if answer is None or has_gap(answer):
        return True
    if isinstance(answer, str):
        return not answer.strip()
    return isinstance(answer, _ROWS) and all(is_blank(value) for value in answer)


def has_gap(answer: object) -> bool:
    """Whether a `...` is left, in however many lists and dictionaries."""
    if isinstance(answer, Mapping):
        return any(has_gap(value) for value in answer.values())
    return answer is ... or (isinstance(answer, _ROWS) and any(has_gap(value) for value in answer))


def plain(value: Any) -> Any:
    """The Python value behind a numpy or pandas one; a `Cost` is its total in dollars, a `Count` is
    its tokens; what can be read only once is read into a list."""
    if type(value) in _PLAIN or isinstance(value, type):
        return value
    if isinstance(value, (Iterator, KeysView, ValuesView, ItemsView)):
        return list(islice(value, MOST_ITEMS))
    for name in ("tolist", "to_numpy"):  # a frame has only the second
        if hasattr(value, name):
            return plain(getattr(value, name)())
    # Known by what they have: importing them would have the day of the prices read.
    if isinstance(total := getattr(value, "total", None), Decimal):
        return total
    if hasattr(value, "__int__") and isinstance(tokens := getattr(value, "tokens", None), int):
        return tokens
    return value


def number(value: Any) -> float:
    """The finite or infinite number that an answer is. Raises `Unreadable` when it is none."""
    value = plain(value)
    if isinstance(value, bool) or not isinstance(value, NUMBER):
        hint = ""
        if isinstance(value, str):
            hint = ": give the number without quotes, currency signs or thousands separators"
        elif callable(value):
            hint = ": call it, and give what it returns"
        raise Unreadable(f"A number is wanted, and this is {kind(value)}{hint}.")
    try:
        return float(value)
    except OverflowError:
        return math.copysign(math.inf, 1 if value > 0 else -1)
    except ValueError:  # a signalling NaN
        return math.nan


def items(value: object) -> list[Any] | None:
    """The items of a sequence of any kind, in order; None for what has no order."""
    value = plain(value)
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else None


def close(got: float, want: float, tolerance: float) -> bool:
    """Whether two numbers agree within a relative tolerance (0.001 is 0.1%)."""
    return math.isclose(got, want, rel_tol=max(tolerance, SMALLEST), abs_tol=SMALLEST)


def same(got: object, want: object, tolerance: float) -> bool:
    """Whether an answer equals the expected one: numbers within the tolerance, also inside
    sequences and dictionaries; text apart from blanks around it.

    Raises `Unreadable` when a number is wanted and something else was given, and `WrongForm` when
    another form was given; None is no form, and equals only None.
    """
    if type(got) is type(want) and type(want) in _SCALARS and got == want:  # most are
        return True
    want = plain(want)
    if want is None or got is None or got is ...:
        return got is want or plain(got) is want
    for kinds, form, agree in _FORMS:
        if isinstance(want, kinds):
            found = agree(got, want, tolerance)
            if found is None:
                raise WrongForm(f"{form} is wanted, and this is {kind(got)}.")
            return found
    return bool(plain(got) == want)


def kind(value: object) -> str:
    """What a learner calls a value of this type."""
    names = {
        bool: "True or False",
        dict: "a dictionary",
        list: "a list",
        set: "a set",
        str: "text",
        tuple: "a tuple",
    }
    value = plain(value)
    if callable(value):
        return "a function"
    if isinstance(value, (int, float, Decimal)) and not isinstance(value, bool):
        return "a number"
    return names.get(type(value), f"of type {type(value).__name__}")


def _bools(got: object, want: bool, _: float) -> bool | None:
    got = plain(got)
    return got == want if isinstance(got, bool) else None


def _numbers(got: object, want: Any, tolerance: float) -> bool:
    return close(number(got), float(want), tolerance)


def _texts(got: object, want: str, _: float) -> bool | None:
    got = plain(got)
    return str.strip(got) == want if isinstance(got, str) else None


def _sequences(got: object, want: Sequence[object], tolerance: float) -> bool | None:
    found = items(got)
    if found is None:
        return None
    if len(found) != len(want):
        return False
    try:
        return all(same(g, w, tolerance) for g, w in zip(found, want, strict=True))
    except WrongForm as reason:
        text = str(reason)
        raise WrongForm(f"An item has another form: {text[:1].lower()}{text[1:]}") from None


def _mappings(got: Any, want: Mapping[object, object], tolerance: float) -> bool | None:
    got = got.to_dict() if hasattr(got, "to_dict") else got  # a Series
    if not isinstance(got, Mapping):
        return None
    return got.keys() == want.keys() and all(same(got[key], want[key], tolerance) for key in want)


def _sets(got: object, want: Set[object], _: float) -> bool | None:
    return set(got) == set(want) if isinstance(got, Set) else None


# By the type of what is wanted: the form in words, and the comparison, which gives None for an
# answer of another form. A bool is a number to Python, so it stands first.
_FORMS: tuple[tuple[Any, str, Callable[[Any, Any, float], bool | None]], ...] = (
    (bool, "True or False", _bools),
    (NUMBER, "A number", _numbers),
    (str, "Text", _texts),
    (tuple, "A tuple, as `return a, b` gives it,", _sequences),
    (list, "A list", _sequences),
    (Mapping, "A dictionary", _mappings),
    (Set, "A set", _sets),
)


# ---------------------------------------------------------------- naming

_SHORT = reprlib.Repr()
_SHORT.maxlist = _SHORT.maxtuple = _SHORT.maxdict = _SHORT.maxset = 6
_SHORT.maxstring = _SHORT.maxother = _SHORT.maxlong = 60
_WIDTH = 88  # of a cell's line in JupyterLab at a desk


def bare(value: Any, digits: int = 17) -> Any:
    """`plain`, inside of tuples, lists and dictionaries too: a numpy number becomes `40.0`.

    `digits`, of which 17 tell every float from its neighbours, are those that a float keeps.
    """
    value = plain(value)
    if type(value) is float:
        return float(f"{value:.{digits}g}") + 0.0  # a product with 0 may be -0.0
    if type(value) is list:
        return [bare(each, digits) for each in value]
    if type(value) is tuple:
        return tuple(bare(each, digits) for each in value)
    if type(value) is dict:
        return {bare(key, digits): bare(each, digits) for key, each in value.items()}
    return value


def show(value: object) -> str:
    """A value in a sentence: short, and the same in every run (no memory addresses)."""
    value = bare(value, 13)  # one more than `close` compares, and none that arithmetic made up
    if isinstance(value, Decimal):
        return str(value)
    if is_dataclass(value) and not isinstance(value, type):
        given = {field.name: getattr(value, field.name) for field in fields(value) if field.repr}
        defaults = {field.name: field.default for field in fields(value)}
        told = [f"{name}={show(it)}" for name, it in given.items() if it != defaults[name]]
        return f"{type(value).__name__}({', '.join(told)})"
    text = without_addresses(repr(value)) if len(_SHORT.repr(value)) < 200 else ""
    return text if 0 < len(text) <= 200 else without_addresses(_SHORT.repr(value))


def call_of(name: str, args: Sequence[object]) -> str:
    """A call with all of its arguments, as one would type it into a cell."""
    texts = [_literal(value) for value in args]
    line = f"{name}({', '.join(texts)})"
    if len(line) <= _WIDTH and "\n" not in line:
        return line
    inner = ",\n".join(texts).replace("\n", "\n    ")
    return f"{name}(\n    {inner},\n)"


def _literal(value: object) -> str:
    text = pprint.pformat(bare(value), width=_WIDTH - 4, sort_dicts=False, compact=True)
    text = re.sub(r"(?<![\w'\"])inf(?![\w'\"])", "math.inf", text)
    return f"np.array({text})" if type(value).__name__ == "ndarray" else text


def show_error(error: BaseException) -> str:
    """An exception in a sentence: its type, and the first line of what it says; of a cell that is
    no Python the line in that cell, which is in no file."""
    try:
        words = str(error)
        if isinstance(error, SyntaxError) and error.lineno:
            words = f"{error.msg}, in line {error.lineno}"
    except Exception:  # a class of a learner's, which has no words
        words = ""
    lines = without_addresses(words).splitlines()
    return f"{type(error).__name__}: {lines[0][:300]}" if lines else type(error).__name__


def own_words(error: BaseException) -> str:
    """What one of costlib's own errors says, as a sentence of a verdict."""
    words = str(error.args[0]).rstrip(".")
    return f"{words[:1].upper()}{words[1:]}."


def without_addresses(text: str) -> str:
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
