"""A row for each learner and lesson, and a page for each learner to hand back.

Of several notebooks of a learner for one lesson the best counts. A notebook that could not be
checked has no score, which is not zero: its row says why. Behind `python -m costlib check
handed-in --gradebook FILE --feedback DIR`. Scores are counts of exercises.
"""

from __future__ import annotations

import csv
import html
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from costlib.course.grade import Report, Row
from costlib.course.handed_in import Handed
from costlib.exercises.framework import CORRECT

COLUMNS = ("name", "id", "lesson", "core", "core_of", "further", "further_of", "total", "of",
           "remark")  # fmt: skip

PAGE = """<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{name}</title>
<style>body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 45rem; margin: 2rem auto;
padding: 0 1rem; color-scheme: light dark; }} td, th {{ text-align: left; vertical-align: top;
padding: 0.2rem 1rem 0.2rem 0; }}</style></head>
<body><main><h1>{name}</h1>
{lessons}
<p>Open the lesson and run its hint cells where an exercise is open; the check names the mistake
that it knows.</p>
</main></body></html>
"""


class Marks(NamedTuple):
    """How many exercises are correct, and how many there are."""

    right: int
    of: int


@dataclass(frozen=True)
class Line:
    """A learner's score in a lesson; `report` is the notebook that counts."""

    one: Handed
    report: Report

    @property
    def lesson(self) -> str:
        """The lesson's number, empty where the notebook could not be read."""
        return self.report.rows[0].exercise.partition(".")[0] if self.report.rows else ""

    def marks(self, *, core: bool | None = None) -> Marks:
        """Of the core path, of the rest, or of all."""
        mine = [row for row in self.report.rows if row.counts and core in (None, row.core)]
        return Marks(sum(row.verdict == CORRECT for row in mine), len(mine))


def lines(
    handed: Iterable[Handed], reports: Iterable[Report], *, core_only: bool = False
) -> list[Line]:
    """A line for each learner and lesson, sorted by both; a notebook without a score has its own.

    With `core_only`, exercises of *Going further* count nowhere.
    """
    best: dict[tuple[str, ...], Line] = {}
    for one, report in zip(handed, reports, strict=True):
        if core_only:
            core = tuple(row for row in report.rows if row.core)
            report = Report(report.path, core, report.problem)
        line = Line(one, report)
        key = (one.learner, one.id, line.lesson or f"?{one.path}")
        if key not in best or line.marks() > best[key].marks():
            best[key] = line
    return [best[key] for key in sorted(best)]


def write_gradebook(path: Path, found: list[Line], clean: Callable[[str], str]) -> None:
    """The table as CSV, with the mark that makes a spreadsheet read it as UTF-8. Raises OSError.

    `clean` makes a stranger's text safe to show."""
    with path.open("w", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for line in found:
            marks = [*line.marks(core=True), *line.marks(core=False), *line.marks()]
            scores = map(str, marks) if line.report.rows else [""] * len(marks)
            cells = [line.one.learner or "you", line.one.id, line.lesson, *scores]
            writer.writerow(map(clean, [*cells, line.report.problem]))


def write_feedback(folder: Path, found: list[Line], clean: Callable[[str], str]) -> int:
    """A page for each learner; how many there are. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    learners: dict[tuple[str, str], list[Line]] = {}
    for line in found:
        learners.setdefault((line.one.learner, line.one.id), []).append(line)
    taken: set[str] = set()
    for (name, number), mine in learners.items():
        stem = f"{mine[0].one.back}feedback" if mine[0].one.back else "_".join([name, number])
        stem = re.sub(r"[^\w. -]", "-", stem).strip("_. ") or "you"
        while stem.casefold() in taken:
            stem += "-2"
        taken.add(stem.casefold())
        said = "\n".join(_lesson(line, clean) for line in mine)
        page = PAGE.format(name=html.escape(clean(name or "you")), lessons=said)
        folder.joinpath(f"{stem}.html").write_bytes(page.encode())
    return len(learners)


def _lesson(line: Line, clean: Callable[[str], str]) -> str:
    if not line.report.rows:
        what = html.escape(clean(line.one.path.name))
        return f"<h2>{what}</h2>\n<p>{html.escape(clean(line.report.problem))}</p>"
    core, further = line.marks(core=True), line.marks(core=False)
    score = f"{core.right} of {core.of} on the core path"
    if further.of:
        score += f", {further.right} of {further.of} in Going further"
    rows = "\n".join(_row(row, clean) for row in line.report.rows)
    head = "<tr><th>exercise</th><th>verdict</th><th>why</th></tr>"
    return f"<h2>Lesson {line.lesson}: {score}</h2>\n<table>{head}\n{rows}\n</table>"


def _row(row: Row, clean: Callable[[str], str]) -> str:
    cells = (row.exercise, row.verdict, clean(row.detail))
    return f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
