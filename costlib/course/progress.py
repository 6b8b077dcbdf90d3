"""How far you are: what the checks in your own saved lessons last said.

The saved notebooks are the only record. Nothing is written, so a check in a lesson has no side
effect, and a read-only disk is no trouble. A saved lesson says of which edition it is, so that who
comes back is told what has changed in it. `lessons/00_index.ipynb` shows it, and
`python -m costlib progress` prints it. For a verdict on answers as they stand, run the lesson again
or use `python -m costlib check`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from costlib.course.edition import changed_since
from costlib.course.limits import NOTEBOOK_BYTES
from costlib.display.tables import Table, table
from costlib.exercises.files import read_regular
from costlib.exercises.framework import CHECK_CALL, CORRECT, NOT_ATTEMPTED
from costlib.exercises.guesses import guesses_of
from costlib.paths import ROOT

CHANGED = "changed since you took it"


@dataclass(frozen=True)
class Standing:
    """A lesson's title and the last verdict on each of its exercises, such as {"1.1": "Correct"}.

    A lesson that cannot be read has no verdicts. `edition` is the day of the edition that it was
    saved from, None where it does not say.
    """

    title: str
    verdicts: dict[str, str]
    guesses: tuple[int, int] = (0, 0)  # that a later lesson can read, and how many are asked for
    edition: date | None = None

    def among(self, *words: str) -> list[str]:
        """The exercises whose verdict is one of these."""
        return [number for number, verdict in self.verdicts.items() if verdict in words]


def standing(path: Path) -> Standing:
    """What a saved lesson's checks last said."""
    try:
        saved = json.loads(read_regular(path, NOTEBOOK_BYTES).decode("utf-8-sig"))
        return standing_of(saved, path.stem)
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Standing(f"{path.name} cannot be read", {})


def standing_of(notebook: Mapping[str, Any], name: str) -> Standing:
    """What the checks of a notebook last said; its name is its title, where it has none."""
    cells = notebook["cells"]
    sources = ["".join(cell["source"]) for cell in cells]
    verdicts: dict[str, str] = {}
    for cell, source in zip(cells, sources, strict=True):
        if cell["cell_type"] == "code" and (found := CHECK_CALL.search(source)):
            said = _verdict(cell)
            # A learner's own copy of a check that was never run takes nothing back.
            if said != NOT_ATTEMPTED or found[1] not in verdicts:
                verdicts[found[1]] = said
    guesses = guesses_of(notebook)
    made = sum(guess is not ... for guess in guesses.values())
    titles = (line for source in sources for line in source.splitlines() if line.startswith("# "))
    title = next(titles, name).removeprefix("# ")
    return Standing(title, verdicts, (made, len(guesses)), _edition(notebook))


def _edition(notebook: Mapping[str, Any]) -> date | None:
    try:
        return date.fromisoformat(notebook["metadata"]["costlib"]["edition"])
    except (KeyError, TypeError, ValueError):  # from before notebooks said it, or another program's
        return None


def _verdict(cell: dict[str, list[dict[str, dict[str, str | list[str]]]]]) -> str:
    """The word with which the check's shown result begins."""
    for output in cell.get("outputs", ()):
        said = "".join(output.get("data", {}).get("text/plain", ""))
        if said:
            return said.partition(".")[0]
    return NOT_ATTEMPTED


def changed(path: Path, lesson: Standing) -> str | None:
    """What has changed in a lesson since it was taken, in one sentence; None: nothing, or it was
    not taken, which is a lesson without a correct exercise."""
    return changed_since(int(path.name[:2]), lesson.edition) if lesson.among(CORRECT) else None


def lessons(folder: Path = ROOT / "lessons") -> dict[Path, Standing]:
    """The saved lessons of a folder, in their order."""
    found = {path: standing(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))}
    return {path: it for path, it in found.items() if it.verdicts or "cannot" in it.title}


def progress(folder: Path = ROOT / "lessons") -> Table:
    """A row for each lesson: exercises correct, those still open, and, where anything has, what
    has changed since the lesson was taken; from the saved notebooks."""
    found = lessons(folder)
    return (
        as_table(found) if found else table([{"lesson": f"there are no lessons in {folder.name}"}])
    )


def as_table(found: Mapping[Path, Standing]) -> Table:
    """The table of `progress` for some lessons, one at least, by the paths of their notebooks."""
    rows, right, count = [], 0, 0
    for path, lesson in found.items():
        correct, blank = lesson.among(CORRECT), lesson.among(NOT_ATTEMPTED)
        tried = [number for number in lesson.verdicts if number not in (*correct, *blank)]
        right, count = right + len(correct), count + len(lesson.verdicts)
        rows.append(
            {
                "lesson": lesson.title,
                "guesses made": " of ".join(map(str, lesson.guesses))
                if lesson.guesses[1]
                else None,
                "correct": f"{len(correct)} of {len(lesson.verdicts)}",
                "try again": ", ".join(tried) or None,
                "not attempted": ", ".join(blank) or None,
                CHANGED: changed(path, lesson),
            }
        )
    if not any(row[CHANGED] for row in rows):
        rows = [{name: row[name] for name in row if name != CHANGED} for row in rows]
    return table(rows, caption=f"{right} of {count} exercises correct in your saved lessons")


def news(folder: Path = ROOT / "lessons") -> str | None:
    """A line on the lessons that have changed since they were taken; None where none has."""
    numbers = [str(int(p.name[:2])) for p, lesson in lessons(folder).items() if changed(p, lesson)]
    if not numbers:
        return None
    one = len(numbers) == 1
    which = f"Lesson {numbers[0]} has" if one else f"Lessons {', '.join(numbers)} have"
    it = "it" if one else "them"
    return f"{which} changed since you took {it}: `python -m costlib progress` says how."


def main(options: argparse.Namespace) -> int:
    """Prints the progress; 0."""
    print(progress())
    return 0
