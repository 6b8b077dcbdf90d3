"""`python -m costlib check`: which exercises of a notebook are right, judged by nbval.

Each check cell is put back as the reference in `solutions/` has it, with its output, and nbval
runs the learner's cells and compares: what a notebook has stored or prints is never believed.
Used by INSTRUCTORS.md; `_nbval_run` runs it within limits. Units: seconds.

Not protected: the notebook's code runs with the rights of whoever checks it (API keys are taken
out of its environment), and code that sets out to deceive the kernel itself, its display or the
rest of costlib, can. The solutions are public, so a score is a help to learn, not an exam.
"""

from __future__ import annotations

import argparse
import csv
import importlib.util
import os
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

from costlib.course.nbval_run import Cell, Unusable, run
from costlib.exercises.framework import (
    CANNOT_CHECK,
    CHECK_CALL,
    CORRECT,
    INCORRECT,
    NOT_ATTEMPTED,
)
from costlib.paths import ROOT

MISSING = "Check cell missing"
DOUBLED = "Check cell doubled"
ALTERED = "Check cell altered"
NOT_REACHED = "Not reached"

CELL_TIMEOUT = 30.0
NOTEBOOK_TIMEOUT = 600.0

# Run before each check cell: a learner's `ex`, or one patched in memory, is not what judges.
_FRESH = """\
for _name in [name for name in __import__("sys").modules if name.startswith("costlib.exercises")]:
    del __import__("sys").modules[_name]
import costlib.exercises as ex
"""


@dataclass(frozen=True)
class Row:
    """One line of the report: an exercise and its verdict, or a remark on its check cell."""

    exercise: str
    verdict: str
    detail: str = ""

    @property
    def counts(self) -> bool:
        """Whether it is the exercise's verdict, not a remark beside it."""
        return self.verdict not in (DOUBLED, ALTERED)


@dataclass(frozen=True)
class Report:
    """What checking one file gave: its rows, or the sentence that says why there are none."""

    path: Path
    rows: tuple[Row, ...] = ()
    problem: str = ""

    @property
    def score(self) -> tuple[int, int]:
        """Exercises that are correct, and exercises in all."""
        verdicts = [row.verdict for row in self.rows if row.counts]
        return verdicts.count(CORRECT), len(verdicts)


def check_notebook(
    path: Path,
    *,
    root: Path = ROOT,
    cell_timeout: float = CELL_TIMEOUT,
    notebook_timeout: float = NOTEBOOK_TIMEOUT,
) -> Report:
    """Check one notebook. Never raises for what is in the file: the report's `problem` says it."""
    try:
        sources = [cell.source for cell in _code_cells(path)]
        lesson = _lesson_of(sources)
        reference = _reference(lesson, root / "solutions")
        cells, remarks = _compose(sources, reference)
        results = run(cells, root, cell_timeout, time.monotonic() + notebook_timeout)
    except Unusable as problem:
        return Report(path, problem=str(problem))
    present = {cell.exercise for cell in cells}
    rows: list[Row] = []
    for number in reference:
        if number in present:
            rows.append(_judge(number, cells, results))
        else:
            rows.append(Row(number, MISSING, f'no cell calls ex.check("{number}", ...)'))
        rows += [remark for remark in remarks if remark.exercise == number]
    return Report(path, tuple(rows))


def _code_cells(path: Path) -> list[Any]:
    """The code cells of a notebook file. Raises `Unusable` with a sentence."""
    import nbformat

    if path.is_dir():
        raise Unusable("There is no notebook in this folder.")
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise Unusable("There is no such file.") from None
    except UnicodeDecodeError:
        raise Unusable("This is not a Jupyter notebook that can be read.") from None
    except OSError as error:
        raise Unusable(f"The file cannot be read: {type(error).__name__}.") from None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ids that a host rewrote or left out
            notebook = nbformat.reads(text, as_version=4)
        return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    except Exception:  # nbformat raises many types on what is not a notebook
        raise Unusable("This is not a Jupyter notebook that can be read.") from None


def _lesson_of(sources: Iterable[str]) -> int:
    """The lesson that most check cells belong to."""
    found = Counter(
        int(n.partition(".")[0]) for source in sources for n in CHECK_CALL.findall(source)
    )
    if not found:
        raise Unusable("No cell calls ex.check(...): this is not a lesson with exercises.")
    return found.most_common(1)[0][0]


def _reference(lesson: int, solutions: Path) -> dict[str, Cell]:
    """The check cells of a lesson's executed solution, by exercise, in order."""
    found = sorted(solutions.glob(f"{lesson:02d}_*.ipynb"))
    if not found:
        raise Unusable(
            f"Lesson {lesson} has no executed solution in the solutions folder, and checking needs "
            "it: restore it with `git checkout -- solutions`."
        )
    checks = {}
    for cell in _code_cells(found[0]):
        if number := CHECK_CALL.search(cell.source):
            if cell.execution_count is None or not cell.outputs:
                raise Unusable(f"The solution of {number[1]} was not executed: rebuild it.")
            checks[number[1]] = Cell(cell.source, number[1], cell.outputs)
    return checks


def _compose(sources: list[str], reference: dict[str, Cell]) -> tuple[list[Cell], list[Row]]:
    """The cells to run, and remarks. A check cell is replaced by ours; an altered one still runs,
    since an answer may have been written into it, and ours follows. Of two, the last counts."""
    stands = {number: [] for number in reference}
    for i, source in enumerate(sources):
        for number in dict.fromkeys(CHECK_CALL.findall(source)):
            if number in stands:
                stands[number].append(i)
    cells: list[Cell] = []
    for i, source in enumerate(sources):
        ours = [reference[number] for number, at in stands.items() if at and at[-1] == i]
        if not any(source.strip() == check.source.strip() for check in reference.values()):
            cells.append(Cell(source))
        cells += [Cell(_FRESH + check.source, check.exercise, check.outputs) for check in ours]
    remarks = []
    for number, at in stands.items():
        if len(at) > 1:
            remarks.append(Row(number, DOUBLED, f"{len(at)} cells check it: the last one counts"))
        if at and sources[at[-1]].strip() != reference[number].source.strip():
            remarks.append(Row(number, ALTERED, "judged with the original check"))
    return cells, remarks


def _judge(number: str, cells: list[Cell], results: dict[int, dict[str, Any]]) -> Row:
    """The verdict on one exercise, from nbval's result for our check cell."""
    at = next(i for i, cell in enumerate(cells) if cell.exercise == number)
    if cells[at].stopped:
        return Row(number, INCORRECT, f"the check was stopped: {cells[at].stopped}")
    result = results.get(at)
    if result is None or "passed" not in result:
        return Row(number, NOT_REACHED, "the notebook took too long, or stopped before it")
    if result["passed"]:
        return Row(number, CORRECT)
    above = _trouble_above(at, cells, results)
    verdict, _, text = result["says"].partition(". ")
    if verdict == CORRECT:
        return Row(number, CANNOT_CHECK, "the check printed something that its reference does not")
    if verdict in (INCORRECT, CANNOT_CHECK):
        return Row(number, verdict, text)
    if verdict == NOT_ATTEMPTED:
        return Row(number, verdict, above or text)
    return Row(number, INCORRECT, above or result["why"])


def _trouble_above(at: int, cells: list[Cell], results: dict[int, dict[str, Any]]) -> str:
    """What went wrong in the learner's cells since the check before: why there is no answer."""
    trouble = ""
    for i in range(at - 1, -1, -1):
        if cells[i].exercise:
            break
        if cells[i].stopped:
            return f"a cell above was stopped: {cells[i].stopped}"
        if not trouble and results.get(i, {}).get("why"):
            trouble = f"a cell above raised {results[i]['why']}"
    return trouble


def check_all(paths: Iterable[Path], **options: Any) -> Iterable[Report]:
    """Check many notebooks, as many at once as there are processors; reports come in order."""
    pool = ThreadPoolExecutor(max_workers=os.cpu_count() or 1)
    try:
        yield from pool.map(lambda path: check_notebook(path, **options), paths)
    finally:
        pool.shutdown(cancel_futures=True)  # after Ctrl-C, those not begun are not wanted


def _find(what: str) -> list[Path]:
    """The notebooks an argument names: a lesson's number, a file, or a folder of files."""
    if what.isdecimal():
        return sorted(ROOT.glob(f"lessons/{int(what):02d}_*.ipynb")) or [
            ROOT / "lessons" / f"{int(what):02d}.ipynb"
        ]
    path = Path(what)
    if not path.is_dir():
        return [path]
    # Hand-in systems give each learner a folder; Jupyter leaves copies in hidden ones.
    # The course's index page has no exercises.
    found = (p for p in path.rglob("*.ipynb") if not _hidden(p.relative_to(path)))
    return sorted(p for p in found if not p.name.startswith("00_")) or [path]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _as_text(report: Report) -> str:
    right, count = report.score
    lines = [
        f"  {row.exercise:5} {row.verdict:19} {_one_line(row.detail)}".rstrip()
        for row in report.rows
    ]
    lines.append(f"  {report.problem or f'{right} of {count} correct'}")
    return "\n".join([_name(report.path), *lines])


def _class_summary(reports: list[Report]) -> str:
    """For a room: how many notebooks, and how many have each exercise right, wrong and blank."""
    unread = sum(bool(report.problem) for report in reports)
    lines = [f"{len(reports)} notebooks" + (f", {unread} could not be checked" if unread else "")]
    verdicts = Counter((r.exercise, r.verdict) for report in reports for r in report.rows)
    for exercise in sorted({exercise for exercise, _ in verdicts}):
        right, wrong = verdicts[exercise, CORRECT], verdicts[exercise, INCORRECT]
        judged = sum(r.exercise == exercise and r.counts for report in reports for r in report.rows)
        others = judged - right - wrong
        lines.append(f"  {exercise:5} {right:3} correct {wrong:3} incorrect {others:3} other")
    return "\n".join(lines)


def _as_csv(reports: Iterable[Report], file: TextIO) -> None:
    table = csv.writer(file, lineterminator="\n")
    table.writerow(["notebook", "exercise", "verdict", "detail"])
    for report in reports:
        for row in report.rows or (Row("", CANNOT_CHECK, report.problem),):
            cells = [_name(report.path), row.exercise, row.verdict, _one_line(row.detail)]
            # A spreadsheet takes these first characters for a formula; the text is a stranger's.
            table.writerow(["'" + c if c[:1] in ("=", "+", "-", "@") else c for c in cells])


def _name(path: Path) -> str:
    absolute = path.resolve()
    return absolute.relative_to(ROOT).as_posix() if absolute.is_relative_to(ROOT) else str(path)


def _one_line(text: str) -> str:
    return " ".join(text.split())


def main(argv: list[str] | None = None) -> int:
    """Check notebooks. Returns 0 when all could be checked, whatever their scores, and 1 when
    one could not; wrong arguments leave with 2."""
    parser = argparse.ArgumentParser(
        prog="python -m costlib check",
        description="Which exercises are correct, in your lesson or in notebooks handed in.",
        epilog="The notebooks' code runs with your rights: check strangers' in a container.",
    )
    parser.add_argument("what", nargs="+", help="a lesson's number (3), notebooks, or a folder")
    parser.add_argument("--csv", metavar="FILE", help="also write a table; - prints only that")
    timeout = f"the longest a cell may run (default: {CELL_TIMEOUT:g} seconds)"
    parser.add_argument("--timeout", type=float, default=CELL_TIMEOUT, help=timeout)
    options = parser.parse_args(argv)
    if not 0 < options.timeout < NOTEBOOK_TIMEOUT:
        parser.error(f"--timeout {options.timeout:g}: give 1 to {NOTEBOOK_TIMEOUT:g} seconds")
    if importlib.util.find_spec("nbval") is None:
        print("nbval is not installed here: run `python -m costlib doctor`.", file=sys.stderr)
        return 1
    paths = [path for what in options.what for path in _find(what)]
    reports = []
    for report in check_all(paths, cell_timeout=options.timeout):
        reports.append(report)
        if options.csv != "-":
            print(_as_text(report), flush=True)
    if len(reports) > 1 and options.csv != "-":
        print(f"\n{_class_summary(reports)}")
    try:
        if options.csv == "-":
            _as_csv(reports, sys.stdout)
        elif options.csv:
            # With the mark that makes a spreadsheet read it as UTF-8.
            with open(options.csv, "w", newline="", encoding="utf-8-sig") as file:
                _as_csv(reports, file)
    except OSError as error:
        print(f"{options.csv} cannot be written: {error.strerror}.", file=sys.stderr)
        return 1
    return 1 if any(report.problem for report in reports) else 0
