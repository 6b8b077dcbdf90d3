"""Numbers as people type them: "7,000 tokens", "$0.05", "1e3", "80 %", "1.5k" are what they mean.

What could mean two things, or something else than the box asks for, is refused with a sentence:
the value, the rule and what to type instead. Nothing is corrected in silence. Numbers are read as
decimals, so that "0.1" is exact until the model takes it.
"""

from __future__ import annotations

import math
import re
import unicodedata
from decimal import Decimal

_TIMES = {
    "k": 3, "thousand": 3, "M": 6, "million": 6, "millions": 6, "bn": 9, "B": 9, "billion": 9,
}  # fmt: skip
_SHORT = {"px": "pixels", "h": "hours", "hr": "hours", "s": "second", "ct": "cents"}
_SIGNS = {"%": "%", "percent": "%", "$": "USD", "us$": "USD", "dollar": "USD", "¢": "cents"}
_BETWEEN = {"a", "an", "per", "each"}
_TYPED = re.compile(
    r"(?P<before>US\$|[$€£¥]|USD|EUR)?\s*(?P<number>[-+]?[\d.,'_ ]*\d\.?)(?P<after>.*)"
)
_SCIENTIFIC = re.compile(r"\s*[eE]\s?(?P<power>[-+]?\d{1,3})\b")
_GROUPED = re.compile(r"[-+]?\d{1,3}([,'_ ])\d{3}(\1\d{3})*(\.\d+)?")


def read_number(typed: str, label: str, *, whole: bool) -> int | float:
    """What `typed` means in a box with this label, whose words are the units that it takes.

    Raises ValueError with a sentence for what is no number, could be two, has another unit, or is
    a fraction where the box takes whole numbers. Bounds are for the box to check.
    """
    shown = typed.strip()
    if not shown:
        raise ValueError(f"{label} is empty: type a number.")
    plain = unicodedata.normalize("NFKC", shown).replace("−", "-").replace("’", "'")
    found = _TYPED.fullmatch(re.sub(r"^-\s*([$€£¥])", r"\1-", plain))
    if found is None:
        raise ValueError(
            f"{label} is “{shown}”, which is not a number: type digits, such as 1500 or 1,500."
        )
    after, power = found["after"], 0
    if scientific := _SCIENTIFIC.match(after):
        after, power = after[scientific.end() :], int(scientific["power"])
    words = re.findall(r"[^\W\d_]+|[^\w\s]|\d+", after)
    if words and words[0] in _TIMES:
        power += _TIMES[words.pop(0)]
    _check_units([found["before"] or "", *words], label, shown)
    number = _digits(found["number"], label, shown, whole and not power).scaleb(power)
    if abs(number) >= Decimal(10) ** 100:  # far beyond any box, and slow to write out
        raise ValueError(f"{label} is “{shown}”, which is too large: type a smaller number.")
    if not whole:
        return float(number)
    if number != number.to_integral_value():
        below = math.floor(number)
        raise ValueError(
            f"{label} must be a whole number; it is {shown}: type {below:,} or {below + 1:,}."
        )
    return int(number)


def _digits(text: str, label: str, shown: str, whole: bool) -> Decimal:
    """The digits as a number; separators of thousands must stand where thousands are."""
    text = text.strip()
    if whole and re.fullmatch(r"[-+]?[1-9]\d{0,2}\.\d{3}", text):
        raise ValueError(
            f"{label} is “{shown}”, which can be read in two ways: type "
            f"{text.replace('.', '')}, or {text.split('.')[0]}."
        )
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[,'_ ]", "", text)
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", text):
        raise ValueError(
            f"{label} is “{shown}”: a comma or a space separates thousands here, as in 1,500, and "
            "a point the fraction, as in 1.5. Type it so."
        )
    return Decimal(text)


def _check_units(words: list[str], label: str, shown: str) -> None:
    """ValueError when a word beside the number is no unit of the label's.

    The unit stands after the label's comma ("Limit a month, USD"), if it has one; what follows the
    first word ("tokens a request") may be any word of it.
    """
    takes = _words(label.rpartition(",")[2])
    for word in filter(None, words):
        if word in ("/", ".") or word in _BETWEEN:
            continue
        name = _SIGNS.get(_stem(word), _SIGNS.get(word, _SHORT.get(word, word)))
        begun = len(name) >= 3 and any(each.startswith(_stem(name)) for each in takes)  # "min"
        if not begun and _stem(name) not in takes:
            raise ValueError(
                f"{label} is “{shown}”, and “{word}” is no unit of this box: type the number in "
                "the unit that the label names."
            )
        takes = _words(label)


def _words(label: str) -> list[str]:
    return [_stem(word) for word in re.findall(r"[^\W\d_]+|[%$]", label)]


def _stem(word: str) -> str:
    """A word without the s of a plural, in small letters."""
    return word.lower().removesuffix("s")
