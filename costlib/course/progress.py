"""How far you are: what the checks in your own saved lessons last said.

The saved notebooks are the only record. Nothing is written, so a check in a lesson has no side
effect, and a read-only disk is no trouble. `lessons/00_index.ipynb` shows it, and
`python -m costlib progress` prints it. For a verdict on answers as they stand, run the lesson again
or use `python -m costlib check`.
"""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass
from pathlib import Path

from costlib.course.limits import NOTEBOOK_BYTES
from costlib.display.tables import Table, table
from costlib.exercises.files import read_regular
from costlib.exercises.framework import CHECK_CALL, CORRECT, NOT_ATTEMPTED
from costlib.exercises.guesses import GUESS
from costlib.paths import ROOT


@dataclass(frozen=True)
class Standing:
    """A lesson's title and the last verdict on each of its exercises, such as {"1.1": "Correct"}.

    A lesson that cannot be read has no verdicts.
    """

    title: str
    verdicts: dict[str, str]
    guesses: tuple[int, int] = (0, 0)  # made, and how many the lesson asks for

    def among(self, *words: str) -> list[str]:
        """The exercises whose verdict is one of these."""
        return [number for number, verdict in self.verdicts.items() if verdict in words]


def standing(path: Path) -> Standing:
    """What a saved lesson's checks last said."""
    try:
        cells = json.loads(read_regular(path, NOTEBOOK_BYTES).decode("utf-8-sig"))["cells"]
        sources = ["".join(cell["source"]) for cell in cells]
        verdicts = {
            found[1]: _verdict(cell)
            for cell, source in zip(cells, sources, strict=True)
            if cell["cell_type"] == "code" and (found := CHECK_CALL.search(source))
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return Standing(f"{path.name} cannot be read", {})
    asked = [found for source in sources for found in GUESS.finditer(source)]
    made = sum(found["value"].split("#")[0].strip() != "..." for found in asked)
    titles = (line for source in sources for line in source.splitlines() if line.startswith("# "))
    return Standing(next(titles, path.stem).removeprefix("# "), verdicts, (made, len(asked)))


def _verdict(cell: dict[str, list[dict[str, dict[str, str | list[str]]]]]) -> str:
    """The word with which the check's shown result begins."""
    for output in cell.get("outputs", ()):
        said = "".join(output.get("data", {}).get("text/plain", ""))
        if said:
            return said.partition(".")[0]
    return NOT_ATTEMPTED


def progress(folder: Path = ROOT / "lessons") -> Table:
    """A row for each lesson: exercises correct, and those still open, from the saved notebooks."""
    found = [standing(path) for path in sorted(folder.glob("[0-9][0-9]_*.ipynb"))]
    lessons = [lesson for lesson in found if lesson.verdicts or "cannot" in lesson.title]
    rows, right, count = [], 0, 0
    for lesson in lessons:
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
            }
        )
    if not rows:
        return table([{"lesson": f"there are no lessons in {folder.name}"}])
    return table(rows, caption=f"{right} of {count} exercises correct in your saved lessons")


def main(options: argparse.Namespace) -> int:
    """Prints the progress; 0."""
    print(progress())
    return 0
