"""`python -m costlib check`: the exercises of a lesson, or of a class, as text and as a table.

`grade` judges; this finds the notebooks, judges several at once, and shows each exercise of one, or
each notebook of many, as soon as it is judged. What a learner wrote is shown with its control
characters escaped. Used by INSTRUCTORS.md; no units.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TextIO

from costlib.course.grade import Report, Row, check_notebook
from costlib.course.gradebook import lines, write_feedback, write_gradebook
from costlib.course.handed_in import Handed, find
from costlib.course.install_progress import Progress
from costlib.display.amounts import counted
from costlib.exercises.framework import CANNOT_CHECK, CORRECT, INCORRECT
from costlib.paths import ROOT

COLUMNS = ("notebook", "learner", "lesson", "exercise", "path", "verdict", "detail")


def check_all(handed: list[Handed], timeout: float) -> Iterator[Report]:
    """Check notebooks, as many at once as there are processors and one more, since some wait;
    reports come in order. A line on stderr says how many are judged."""
    waiting = Progress("Checking", sys.stderr)
    judged = 0

    def check(one: Handed) -> Report:
        nonlocal judged
        report = check_notebook(one.path, cell_timeout=timeout)
        judged += 1  # off by one for a moment at worst: only the line on stderr reads it
        waiting.show(f"{judged} of {len(handed)} notebooks")
        return report

    pool = ThreadPoolExecutor(max_workers=(os.cpu_count() or 1) + 1)
    try:
        for report in pool.map(check, handed):
            waiting.clear()
            yield report
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, those not begun are not wanted
        waiting.clear()


def one_line(text: str) -> str:
    """A stranger's text on one line, with what a terminal would obey written as an escape."""
    line = " ".join(text.split())
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in line)


def in_a_cell(text: str) -> str:
    """A stranger's text for a spreadsheet, which takes some first characters for a formula."""
    line = one_line(text)
    return "'" + line if line[:1] in ("=", "+", "-", "@") else line


def _place(one: Handed) -> str:
    """What to call a notebook: its path, or where it was in a zip file."""
    return one_line(one.shown) if one.shown else _name(one.path)


def _name(path: Path) -> str:
    absolute = Path(os.path.abspath(path))  # which follows no link: some lead round in a circle
    here = absolute.is_relative_to(ROOT)
    return one_line(absolute.relative_to(ROOT).as_posix() if here else str(path))


def _as_text(row: Row) -> str:
    return f"  {row.exercise:5} {row.verdict:19} {one_line(row.detail)}".rstrip()


def _score(report: Report) -> str:
    """As in "5 of 6 correct, 3 of 3 on the core path", or why there is no score."""
    if report.problem:
        return one_line(report.problem)
    (right, count), (core, of_core) = report.score(), report.score(core=True)
    extra = f", {core} of {of_core} on the core path" if of_core not in (0, count) else ""
    return f"{right} of {count} correct{extra}"


def _lesson(report: Report) -> str:
    return report.rows[0].exercise.partition(".")[0] if report.rows else ""


def _class_summary(handed: list[Handed], reports: list[Report]) -> str:
    """For a room: each learner's scores, and how many have each exercise right, wrong and blank."""
    unread = sum(bool(report.problem) for report in reports)
    lines = [
        counted(len(reports), "notebook") + (f", {unread} could not be checked" if unread else "")
    ]
    scores: dict[str, list[str]] = {}
    for one, report in zip(handed, reports, strict=True):
        if report.rows:
            said = f"lesson {_lesson(report)}: {' of '.join(map(str, report.score()))}"
            scores.setdefault(one_line(one.learner) or "you", []).append(said)
    lines += [f"  {learner}: {'; '.join(said)}" for learner, said in scores.items()]
    verdicts = Counter((r.exercise, r.verdict) for report in reports for r in report.rows)
    for exercise in sorted({exercise for exercise, _ in verdicts}):
        right, wrong = verdicts[exercise, CORRECT], verdicts[exercise, INCORRECT]
        judged = sum(r.exercise == exercise and r.counts for report in reports for r in report.rows)
        others = judged - right - wrong
        lines.append(f"  {exercise:5} {right:3} correct {wrong:3} incorrect {others:3} other")
    return "\n".join(lines)


class ScoreTable:
    """The table of a class as CSV, written notebook by notebook, so that nothing judged is lost."""

    def __init__(self, file: TextIO) -> None:
        self._file = file
        self._writer = csv.writer(file, lineterminator="\n")
        self._writer.writerow(COLUMNS)

    def add(self, one: Handed, report: Report) -> None:
        for row in report.rows or (Row("", CANNOT_CHECK, report.problem),):
            path = ("core" if row.core else "further") if report.rows else ""
            cells = [_place(one), one.learner, _lesson(report), row.exercise, path]
            self._writer.writerow(map(in_a_cell, [*cells, row.verdict, row.detail]))
        self._file.flush()


def _judged(handed: list[Handed], timeout: float, quiet: bool) -> Iterator[Report]:
    """The reports, each printed as soon as it is there; of a single notebook, each exercise."""
    if len(handed) == 1:
        shown: set[Row] = set()

        def show(row: Row) -> None:
            shown.add(row)
            if not quiet:
                with suppress(BrokenPipeError):  # as in `| head`: the score below meets it, too
                    print(_as_text(row), flush=True)

        if not quiet:
            print(_place(handed[0]), flush=True)
        judge = partial(check_notebook, handed[0].path, cell_timeout=timeout, seen=show)
        reports = iter((judge(),))
    else:
        shown, reports = set(), check_all(handed, timeout)
    for one, report in zip(handed, reports, strict=True):
        if not quiet:
            head = [_place(one)] if len(handed) > 1 else []
            rows = [_as_text(row) for row in report.rows if row not in shown]
            print("\n".join([*head, *rows, f"  {_score(report)}"]), flush=True)
        yield report


def main(options: argparse.Namespace) -> int:
    """Check notebooks. Returns 0 when all could be checked, whatever their scores, and 1 when
    one could not."""
    if importlib.util.find_spec("nbval") is None:
        print("nbval is not installed here: run `python -m costlib doctor`.", file=sys.stderr)
        return 1
    with tempfile.TemporaryDirectory() as scratch:
        handed = [one for what in options.what for one in find(what, Path(scratch))]
        try:
            reports = _checked(handed, options)
            _handed_back(handed, reports, options)
        except BrokenPipeError:
            raise
        except OSError as error:
            what = error.filename or options.csv
            print(f"{what} cannot be written: {error.strerror}.", file=sys.stderr)
            return 1
    return 1 if any(report.problem for report in reports) else 0


def _checked(handed: list[Handed], options: argparse.Namespace) -> list[Report]:
    """The reports, with the table of exercises written as they come. Raises OSError."""
    quiet = options.csv == "-"
    reports: list[Report] = []
    with ExitStack() as files:
        table = None
        if quiet:
            table = ScoreTable(sys.stdout)
        elif options.csv:
            # With the mark that makes a spreadsheet read it as UTF-8.
            name, mark = options.csv, "utf-8-sig"
            table = ScoreTable(files.enter_context(open(name, "w", newline="", encoding=mark)))
        for one, report in zip(handed, _judged(handed, options.timeout, quiet), strict=True):
            reports.append(report)
            if table:
                table.add(one, report)
    if len(reports) > 1 and not quiet:
        print(f"\n{_class_summary(handed, reports)}")
    return reports


def _handed_back(handed: list[Handed], reports: list[Report], options: argparse.Namespace) -> None:
    """The gradebook and the pages, where they are asked for. Raises OSError."""
    found = lines(handed, reports, core_only=options.only == "core")
    said = []
    if options.gradebook:
        write_gradebook(options.gradebook, found, in_a_cell)
        said.append(
            f"{options.gradebook}: {counted(len(found), 'row')}, one for each learner and lesson"
        )
    if options.feedback:
        count = write_feedback(options.feedback, found, one_line)
        said.append(f"{options.feedback}: {counted(count, 'page')}, one for each learner")
    if said and options.csv != "-":
        print("\n".join(said))
