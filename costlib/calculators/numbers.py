"""Numbers as people type them into a box: "7,000 tokens", "$0.05", "80 %" are what they mean.

What has another unit than the box, or a fraction where it takes whole numbers, is refused with a
sentence: the value, the rule and what to type instead; and so is what `display.typed` cannot read.
"""

from __future__ import annotations

import math
import re

from costlib.display.typed import read_typed, stem, unit_of

_SHORT = {"px": "pixels", "h": "hours", "hr": "hours", "s": "second"}
_BETWEEN = {"a", "an", "per", "each", "/", "."}


def read_number(typed: str, label: str, *, whole: bool) -> int | float:
    """What `typed` means in a box with this label, whose words are the units that it takes.

    Raises ValueError with a sentence for what is no number, could be two, has another unit, or is
    a fraction where the box takes whole numbers. Bounds are for the box to check.
    """
    shown = typed.strip()
    if not shown:
        raise ValueError(f"{label} is empty: type a number.")
    try:
        number, words = read_typed(shown, whole=whole)
    except ValueError as reason:
        raise ValueError(f"{label} is “{shown}”{reason}") from None
    _check_units(words, label, shown)
    if not whole:
        return float(number)
    if number != number.to_integral_value():
        below = math.floor(number)
        raise ValueError(
            f"{label} must be a whole number; it is {shown}: type {below:,} or {below + 1:,}."
        )
    return int(number)


def _check_units(words: list[str], label: str, shown: str) -> None:
    """ValueError when a word beside the number is no unit of the label's.

    The unit stands after the label's comma ("Limit a month, USD"), if it has one; what follows the
    first word ("tokens a request") may be any word of it.
    """
    takes = _words(label.rpartition(",")[2])
    if any(word.isdecimal() or word in "^*" for word in words):
        raise ValueError(
            f"{label} is “{shown}”, and a box takes one number: type it alone, such as 0.5 for 1/2."
        )
    for word in words:
        if word in _BETWEEN:
            continue
        name = unit_of(_SHORT.get(word, word))
        begun = len(name) >= 3 and any(each.startswith(stem(name)) for each in takes)  # "min"
        if not begun and stem(name) not in takes:
            raise ValueError(
                f"{label} is “{shown}”, and “{word}” is no unit of this box: type the number in "
                "the unit that the label names."
            )
        takes = _words(label)


def _words(label: str) -> list[str]:
    return [stem(word) for word in re.findall(r"[^\W\d_]+|[%$]", label)]
