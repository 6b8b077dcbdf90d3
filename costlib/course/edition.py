"""The edition of the course: its name, the day of its prices, and which lessons it changed.

Name and day come from `data/edition.json`, so that README.md, CHANGELOG.md and the index page say
the same. Every notebook of lessons/ carries the day of its edition in its metadata, so a learner's
saved lesson says how old it is.
"""

from __future__ import annotations

import json
import re
from datetime import date
from pathlib import Path
from typing import NamedTuple

from costlib.paths import ROOT, data_path

CHANGE = re.compile(r"^- Lesson (\d+), (\d{4}-\d\d-\d\d): (.+)$", re.M)
"""How CHANGELOG.md says, in one sentence with its day, what an edition changed in a lesson."""


class Edition(NamedTuple):
    """An edition is named for the year and month of its as-of date: 2026.11."""

    day: date

    @property
    def name(self) -> str:
        return f"{self.day:%Y.%m}"

    @property
    def heading(self) -> str:
        """Its line in CHANGELOG.md."""
        return f"## {self.name} (prices as of {self.day})"

    @property
    def line(self) -> str:
        """How README.md and the index page say it."""
        return f"Edition {self.name}, with list prices of {self.day}"


def edition() -> Edition:
    """The edition of this checkout, whatever day COSTLIB_AS_OF names."""
    return Edition(date.fromisoformat(json.loads(data_path("edition.json").read_text())["as_of"]))


def write_edition(path: Path, **fields: str) -> None:
    """Replaces fields of an edition.json: `as_of`, or `genai_prices` and `read`."""
    old = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps(old | fields, indent=2) + "\n", "utf-8")


def stamp() -> dict[str, dict[str, str]]:
    """What a derived notebook's metadata says of the edition that it is of."""
    return {"costlib": {"edition": str(edition().day)}}


def changed_since(lesson: int, day: date | None) -> str | None:
    """What CHANGELOG.md says of a lesson that changed after a day, mostly one sentence.

    None as a day is that of a notebook without a stamp, which is older than every sentence. None
    as an answer: nothing changed.
    """
    path = ROOT / "CHANGELOG.md"
    text = path.read_text("utf-8") if path.is_file() else ""
    later = sorted(
        (said, what)
        for number, said, what in CHANGE.findall(text)
        if int(number) == lesson and (day is None or date.fromisoformat(said) > day)
    )
    return " ".join(dict.fromkeys(what for _, what in later)) or None
