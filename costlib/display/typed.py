"""A number as people type it: "7,000", "1 500", "1e3", "1.5k" and "2 million" are what they mean.

Read for the box of a calculator and for a guess in a lesson, which take other words beside it. What
could mean two things is no number: nothing is corrected in silence. Numbers are decimals, so that
"0.1" is exact. No units of its own: the words beside a number are given back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from decimal import Decimal

_TIMES: Mapping[str, int] = {  # small and large letters are told apart where one alone is clear
    "hundred": 2, "k": 3, "thousand": 3, "lakh": 5, "M": 6, "mn": 6, "mio": 6, "million": 6,
    "crore": 7, "bn": 9, "B": 9, "billion": 9, "trillion": 12,
}  # fmt: skip
_SIGNS = {"%": "%", "percent": "%", "$": "USD", "us$": "USD", "dollar": "USD", "¢": "cents"}
_SIGNS |= {"€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "c": "cents", "ct": "cents"}
_TYPED = re.compile(
    r"(?P<before>US\$|[$€£¥₹]|USD|EUR)?\s*(?P<number>[-+]?[\d.,'_ ]*\d\.?)(?P<after>.*)"
)
_SCIENTIFIC = re.compile(r"\s*[eE]\s?(?P<power>[-+]?\d{1,3})\b")
_GROUPED = re.compile(r"[-+]?\d{1,3}([,'_ ])\d{3}(\1\d{3})*(\.\d+)?")
_NO_NUMBER = ", which is not a number: type digits, such as 1500 or 1,500."


def read_typed(
    text: str, *, whole: bool, times: Mapping[str, int] | None = None
) -> tuple[Decimal, list[str]]:
    """A number and the words beside it, as they stand there; a sign in front of it comes first.

    `whole` says that whole numbers are meant: then "7.000" could be read in two ways. `times` are
    powers of ten by the word for them, taken beside those that are known everywhere.

    Raises ValueError for what is no number, or could be two. Its text goes on where a sentence has
    named what was typed: "Tokens is “7.000”" and ", which can be read in two ways: …".
    """
    # Of ², ½ and ① the plain form is another number.
    plain = unicodedata.normalize("NFKC", re.sub(r"\s", " ", text.strip()))
    found = _TYPED.fullmatch(
        re.sub(r"^-\s*([$€£¥₹]?)\s*", r"\1-", plain.replace("−", "-").replace("’", "'"))
    )
    if found is None or any(unicodedata.category(sign) == "No" for sign in text):
        raise ValueError(_NO_NUMBER)
    after, power = found["after"], 0
    if scientific := _SCIENTIFIC.match(after):
        after, power = after[scientific.end() :], int(scientific["power"])
    words = re.findall(r"[^\W\d_]+|[^\w\s]|\d+", after)
    known = {**_TIMES, **(times or {})}
    while words and (more := _power(words[0], known)):  # "3 hundred thousand", "1 lakh crore"
        power += more
        del words[0]
    number = _digits(found["number"].strip(), whole and not power).scaleb(power)
    if abs(number) >= Decimal(10) ** 100:  # far beyond anything, and slow to write out
        raise ValueError(", which is too large: type a smaller number.")
    return number, [found["before"], *words] if found["before"] else words


def _power(word: str, known: Mapping[str, int]) -> int:
    """The power of ten that a word means, 0 for another word; one letter has no plural."""
    names = (word, word.lower(), stem(word) if len(word) > 2 else word)
    return next((known[name] for name in names if name in known), 0)


def _digits(text: str, whole: bool) -> Decimal:
    """The digits as a number; separators of thousands must stand where thousands are."""
    if whole and re.fullmatch(r"[-+]?[1-9]\d{0,2}\.\d{3}", text):
        raise ValueError(
            f", which can be read in two ways: type {text.replace('.', '')}, or "
            f"{text.split('.')[0]}."
        )
    if _GROUPED.fullmatch(text):
        text = re.sub(r"[,'_ ]", "", text)
    if not re.fullmatch(r"[-+]?(\d+\.?\d*|\.\d+)", text):
        raise ValueError(
            ": a comma or a space separates thousands here, as in 1,500, and a point the fraction, "
            "as in 1.5. Type it so."
        )
    return Decimal(text)


def unit_of(word: str) -> str:
    """The unit that a sign or word stands for, "USD" for "$" and "dollars"; others as they are."""
    return _SIGNS.get(stem(word), word)


def stem(word: str) -> str:
    """A word without the s of a plural, in small letters."""
    return word.lower().removesuffix("s")
