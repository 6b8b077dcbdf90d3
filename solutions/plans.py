"""The timetables in INSTRUCTORS.md: python solutions/plans.py

Between `<!-- lesson 3 -->` and `<!-- end -->` stands a table of the lesson's core path, section by
section, with the clock of a room. It follows from the lesson's source, so that it cannot fall
behind it; a test compares the two. Units: minutes.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from costlib.course.core_path import core_cells, tags
from costlib.exercises.framework import CHECK_CALL
from costlib.paths import ROOT
from solutions.derive import read_source, visible_lines, words

BLOCK = re.compile(r"(<!-- lesson (\d) -->\n).*?(<!-- end -->)", re.S)
EXERCISE_CELL = re.compile(r"ex-\d+-\d+-")
SECTION = re.compile(r"^## (.*)$", re.M)
# In a room a prediction is a show of hands and a word from somebody, and an exercise waits for
# most of the room: each takes longer than alone. Code is pointed at, line by line where it teaches.
WORDS_A_MINUTE, PREDICTION, EXERCISE, CALCULATOR = 150, 3, 7, 4
LINES_A_MINUTE = 40


@dataclass
class Section:
    """A section of the core path: what it asks for, and how long it takes in a room."""

    title: str
    words: int = 0
    lines: int = 0
    predictions: int = 0
    exercises: tuple[str, ...] = ()
    calculator: bool = False

    @property
    def minutes(self) -> int:
        """Whole minutes, one at least."""
        time = self.words / WORDS_A_MINUTE + self.lines / LINES_A_MINUTE
        time += CALCULATOR * self.calculator
        time += PREDICTION * self.predictions + EXERCISE * len(self.exercises)
        return max(1, round(time))

    def asks(self) -> str:
        """What the room does, as words."""
        parts = []
        if self.predictions:
            parts.append("predict" if self.predictions == 1 else f"predict {self.predictions} ×")
        parts += [f"exercise {number}" for number in self.exercises]
        return ", ".join(parts + ["calculator"] * self.calculator) or "tell"


def sections(source: Path) -> list[Section]:
    """The sections of a lesson's core path, in order; what precedes the first is *Opening*."""
    found = [Section("Opening")]
    for cell in core_cells(read_source(source).cells):
        if cell.cell_type == "markdown":
            for title in SECTION.findall(cell.source):
                found.append(Section(title))
            found[-1].words += words(cell.source)
        else:
            if not EXERCISE_CELL.match(cell.id):  # its code is the learner's, and has its minutes
                found[-1].lines += visible_lines(cell)
            found[-1].predictions += "predict" in tags(cell)
            found[-1].calculator |= "calculator" in tags(cell)
            if "check" in tags(cell):
                found[-1].exercises += (CHECK_CALL.search(cell.source)[1],)
    return found


def timetable(source: Path) -> str:
    """The table of a lesson, as markdown."""
    lines = ["", "| from | minutes | section | the room |", "|---|---|---|---|"]
    *begin, end = map(on_the_clock, starts(source).values())
    for start, section in zip(begin, sections(source), strict=True):
        lines.append(f"| {start} | {section.minutes} | {section.title} | {section.asks()} |")
    return "\n".join([*lines, f"| {end} | | end | |", "", ""])


def starts(source: Path) -> dict[str, int]:
    """The minute at which each section begins, by its title, and at which all is over ("end")."""
    found, clock = {}, 0
    for section in sections(source):
        found[section.title] = clock
        clock += section.minutes
    return found | {"end": clock}


def on_the_clock(minutes: float) -> str:
    """Minutes as hours and minutes: 0:05."""
    return f"{int(minutes) // 60}:{int(minutes) % 60:02}"


def filled(text: str, root: Path = ROOT) -> str:
    """INSTRUCTORS.md with each table made anew; a lesson not written yet keeps its block empty."""

    def fill(block: re.Match[str]) -> str:
        source = sorted(root.glob(f"solutions/{int(block[2]):02d}_*.py"))
        return block[1] + (timetable(source[0]) if source else "") + block[3]

    return BLOCK.sub(fill, text)


if __name__ == "__main__":
    path = ROOT / "INSTRUCTORS.md"
    path.write_bytes(filled(path.read_text("utf-8")).encode())
