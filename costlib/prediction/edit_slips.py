"""Slips in an edit, and what comes of them: put into a faultless answer on purpose, then applied.

The slips are modelled: mistakes that models are known to make, one for each answer, so that what
happens next is measured and not supposed. How often a model slips is not known here; `malformed`
reads what one benchmark published. Lesson 8 teaches this module. Units: lines, shares from 0 to 1.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from costlib.paths import data_path
from costlib.prediction.edit_formats import (
    DIVIDER,
    END,
    HUNK,
    RANGE,
    REPLACE,
    SEARCH,
    Refused,
    file_lines,
)

Slip = Callable[[str, str, Random], str | None]
"""Gives an answer with the slip in it, from the file, a good answer and dice; None where the answer
has nothing that could slip so."""


def _lines_of(before: str, answer: str, *, copied: bool) -> list[int]:
    """The places in an answer of lines that the file has (without the sign in front), or has not.

    Blank lines, markers and headers are neither.
    """
    known = {line.strip() for line in file_lines(before)}
    signed = HUNK.search(answer) is not None
    places = []
    for i, line in enumerate(file_lines(answer)):
        if line in (SEARCH, DIVIDER, REPLACE, END) or RANGE.fullmatch(line):
            continue
        if line.startswith(("@@", "--- a/", "+++ b/")):
            continue
        text = (line[1:] if signed else line).strip()
        if text and (text in known) == copied:
            places.append(i)
    return places


def _text(lines: list[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


def _numbers(before: str, answer: str, rng: Random) -> str | None:
    off = rng.randrange(1, 4)
    if RANGE.search(answer):
        return RANGE.sub(
            lambda head: f"<<<<<<< LINES {int(head[1]) + off}-{int(head[2]) + off}", answer
        )
    if not HUNK.search(answer):
        return None
    return re.sub(r"(?m)^@@ -(\d+)", lambda head: f"@@ -{int(head[1]) + off}", answer)


def _retyped(before: str, answer: str, rng: Random) -> str | None:
    lines = file_lines(answer)
    places = [
        i for i in _lines_of(before, answer, copied=True) if re.search(r"[\"']|, | = ", lines[i])
    ]
    if not places:
        return None
    i = rng.choice(places)
    line = lines[i].translate(str.maketrans("\"'", "'\""))
    lines[i] = line if line != lines[i] else line.replace(", ", ",").replace(" = ", "=")
    return _text(lines)


def _elided(before: str, answer: str, rng: Random) -> str | None:
    lines, places = file_lines(answer), set(_lines_of(before, answer, copied=True))
    runs = [i for i in places if {i + 1, i + 2} <= places]
    if not runs:
        return None
    first = last = rng.choice(sorted(runs))
    while last + 1 in places and last - first < 11:
        last += 1
    sign = " " if HUNK.search(answer) else ""
    lines[first : last + 1] = [f"{sign}# ... the rest is unchanged ..."]
    return _text(lines)


def _outdented(before: str, answer: str, rng: Random) -> str | None:
    lines = file_lines(answer)
    places = [i for i in _lines_of(before, answer, copied=False) if re.match(r"[+]?    ", lines[i])]
    if not places:
        return None
    i = rng.choice(places)
    lines[i] = lines[i].replace("    ", "", 1)
    return _text(lines)


SLIPS: dict[str, Slip] = {
    "line numbers off": _numbers,
    "an unchanged line miscopied": _retyped,
    "lines left out": _elided,
    "a new line's indent lost": _outdented,
}


def outcome(before: str, after: str, answer: str, apply: Callable[[str, str], str]) -> str:
    """What comes of an answer: "right", "refused", or "wrong", a file that nobody asked for."""
    try:
        return "right" if apply(before, answer) == after else "wrong"
    except Refused:
        return "refused"


# --- Published --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Malformed:
    """Aider's benchmark: in how many of its cases a model gave an answer that did not fit."""

    model: str
    format: str
    cases: int
    malformed: int
    date: str

    @property
    def share(self) -> float:
        """Cases with a malformed answer, as a share of all."""
        return self.malformed / self.cases


def malformed() -> list[Malformed]:
    """The rows of data/edits/malformed.csv; "diff" there means search/replace blocks."""
    with data_path("edits", "malformed.csv").open(encoding="utf-8", newline="") as file:
        return [
            Malformed(
                row["model"], row["format"], int(row["cases"]), int(row["malformed"]), row["date"]
            )
            for row in csv.DictReader(file)
        ]
