"""The edition of the course: its name, and the day of its prices.

Both come from `data/edition.json`, so that README.md, CHANGELOG.md and the index page say the same.
"""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import NamedTuple

from costlib.paths import data_path


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
