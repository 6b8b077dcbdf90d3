"""`python -m costlib check`: which exercises of a notebook are right, judged by nbval.

Each check cell is put back as the reference in `solutions/` has it, with its output, and nbval
runs the learner's cells and compares: what a notebook has stored or prints is never believed.
Behind `check`, which shows what came of it; `nbval_run` runs it within `limits`. Units: seconds.

Not protected: the notebook's code runs with the rights of whoever checks it (API keys are taken
out of its environment), and code that sets out to deceive the kernel itself, its display or the
rest of costlib, can. The solutions are public, so a score is a help to learn, not an exam.
"""

from __future__ import annotations

import time
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from costlib.course.core_path import core_cells
from costlib.course.limits import CELL_SECONDS, NOTEBOOK_BYTES, NOTEBOOK_SECONDS
from costlib.course.nbval_run import Cell, Result, Unusable, run
from costlib.exercises.files import read_regular
from costlib.exercises.framework import (
    CANNOT_CHECK,
    CHECK_CALL,
    CORRECT,
    INCORRECT,
    NOT_ATTEMPTED,
)
from costlib.paths import ROOT

if TYPE_CHECKING:
    from nbformat import NotebookNode

MISSING = "Check cell missing"
DOUBLED = "Check cell doubled"
ALTERED = "Check cell altered"
NOT_REACHED = "Not reached"

# Run before each check cell: a learner's `ex`, or one patched in memory, is not what judges.
_FRESH = """\
for _name in [name for name in __import__("sys").modules if name.startswith("costlib.exercises")]:
    del __import__("sys").modules[_name]
import costlib.exercises as ex
"""


@dataclass(frozen=True)
class Row:
    """One line of the report: an exercise and its verdict, or a remark on its check cell.

    `core` says whether the exercise is of the lesson's core path.
    """

    exercise: str
    verdict: str
    detail: str = ""
    core: bool = True

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

    def score(self, *, core: bool = False) -> tuple[int, int]:
        """Exercises that are correct, and exercises in all; of the core path, where asked."""
        verdicts = [row.verdict for row in self.rows if row.counts and (row.core or not core)]
        return verdicts.count(CORRECT), len(verdicts)


@dataclass(frozen=True)
class Reference:
    """The check cells of a lesson's executed solution, by exercise, in order; `core` are those of
    its core path."""

    checks: dict[str, Cell]
    core: frozenset[str]


def check_notebook(
    path: Path,
    *,
    root: Path = ROOT,
    cell_timeout: float = CELL_SECONDS,
    notebook_timeout: float = NOTEBOOK_SECONDS,
    seen: Callable[[Row], None] = lambda row: None,
) -> Report:
    """Check one notebook. Never raises for what is in the file: the report's `problem` says it.

    `seen` gets the verdict on an exercise as soon as it is reached. When a cell after it has to be
    stopped, what follows is run again, and a verdict that changes comes again.
    """
    try:
        return Report(path, tuple(_rows(path, root, cell_timeout, notebook_timeout, seen)))
    except Unusable as problem:
        return Report(path, problem=str(problem))
    except OSError as error:
        reason = error.strerror or str(error)
        return Report(path, problem=f"This machine could not run it ({reason}): run it again.")
    except Exception as error:  # one notebook must not end the grading of a class
        what = f"{type(error).__name__}: {error}"
        return Report(path, problem=f"The checker itself failed ({what}): please report it.")


def _rows(
    path: Path, root: Path, cell_timeout: float, timeout: float, seen: Callable[[Row], None]
) -> list[Row]:
    sources = [cell.source for cell in _cells(path) if _is_code(cell)]
    reference = _reference(_lesson_of(sources), root / "solutions")
    cells, remarks = _compose(sources, reference.checks)
    present = {cell.exercise for cell in cells}
    shown: set[Row] = set()

    def verdict(number: str, results: dict[int, Result]) -> Row:
        if number not in present:
            row = Row(number, MISSING, f'no cell calls ex.check("{number}")')
        else:
            row = _judge(number, cells, results)
        return replace(row, core=number in reference.core)

    def look(results: dict[int, Result]) -> None:
        for number in present & reference.checks.keys():
            at = _place(number, cells)
            if at in results and results[at].passed is not None and not results[at].stopped:
                row = verdict(number, results)
                if row not in shown:
                    shown.add(row)
                    seen(row)

    results = run(cells, root, cell_timeout, time.monotonic() + timeout, look)
    rows: list[Row] = []
    for number in reference.checks:
        rows.append(verdict(number, results))
        rows += [remark for remark in remarks if remark.exercise == number]
    return rows


def _cells(path: Path) -> list[NotebookNode]:
    """The cells of a notebook file. Raises `Unusable` with a sentence."""
    import nbformat

    if path.is_dir():
        raise Unusable("There is no notebook in this folder.")
    try:
        content = read_regular(path, NOTEBOOK_BYTES)
    except FileNotFoundError:
        raise Unusable("There is no such file.") from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise Unusable(f"The file cannot be read: {reason}.") from None
    if content.startswith(b"PK\x03\x04"):
        raise Unusable("This zip file holds no notebook that can be read: open it and look.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # ids that a host rewrote or left out
            cells = nbformat.reads(content.decode("utf-8-sig"), as_version=4).cells
        if all(isinstance(cell.cell_type + cell.source, str) for cell in cells):
            return list(cells)
    except Exception:  # nbformat raises many types on what is not a notebook
        pass
    raise Unusable("This is not a Jupyter notebook that can be read.")


def _is_code(cell: NotebookNode) -> bool:
    return cell.cell_type == "code" and bool(cell.source.strip())


def _lesson_of(sources: Iterable[str]) -> int:
    """The lesson that most check cells belong to."""
    numbers = (n.partition(".")[0] for source in sources for n in CHECK_CALL.findall(source))
    found = Counter(int(n) for n in numbers if len(n) < 4)
    if not found:
        raise Unusable("No cell calls ex.check(...): this is not a lesson with exercises.")
    return found.most_common(1)[0][0]


def _reference(lesson: int, solutions: Path) -> Reference:
    """What a lesson's executed solution says. Raises `Unusable` where there is none."""
    found = sorted(solutions.glob(f"{lesson:02d}_*.ipynb"))
    if not found:
        raise Unusable(
            f"Lesson {lesson} has no executed solution in the solutions folder, and checking needs "
            "it: restore it with `git checkout -- solutions`."
        )
    cells = _cells(found[0])
    checks = {}
    for cell in filter(_is_code, cells):
        if number := CHECK_CALL.search(cell.source):
            if cell.execution_count is None or not cell.outputs:
                raise Unusable(f"The solution of {number[1]} was not executed: rebuild it.")
            checks[number[1]] = Cell(cell.source, number[1], cell.outputs)
    core = (n for cell in core_cells(cells) if _is_code(cell) for n in _checked(cell.source))
    return Reference(checks, frozenset(core))


def _checked(source: str) -> list[str]:
    """The exercises that a cell checks."""
    return list(dict.fromkeys(CHECK_CALL.findall(source)))


def _compose(sources: list[str], reference: dict[str, Cell]) -> tuple[list[Cell], list[Row]]:
    """The cells to run, and remarks. A check cell is replaced by ours; an altered one still runs,
    since an answer may have been written into it, and ours follows. Of two, the last counts."""
    stands: dict[str, list[int]] = {number: [] for number in reference}
    for i, source in enumerate(sources):
        for number in _checked(source):
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


def _place(number: str, cells: list[Cell]) -> int:
    """Where our check cell of an exercise stands."""
    return next(i for i, cell in enumerate(cells) if cell.exercise == number)


def _judge(number: str, cells: list[Cell], results: dict[int, Result]) -> Row:
    """The verdict on one exercise, from nbval's result for our check cell."""
    at = _place(number, cells)
    if cells[at].stopped:
        return Row(number, INCORRECT, f"the check was stopped: {cells[at].stopped}")
    result = results.get(at)
    if result is None or result.passed is None:
        return Row(number, NOT_REACHED, "the notebook took too long, or stopped before it")
    if result.passed:
        return Row(number, CORRECT)
    above = _trouble_above(at, cells, results)
    verdict, _, text = result.says.partition(". ")
    if verdict == CORRECT:
        return Row(number, CANNOT_CHECK, "the answer shows something of its own during the check")
    if verdict in (INCORRECT, CANNOT_CHECK):
        return Row(number, verdict, text)
    if verdict == NOT_ATTEMPTED:  # there is no answer: was there a cell that should have made it?
        missing = text.startswith("There is no")
        return Row(number, INCORRECT if above and missing else verdict, above or text)
    return Row(number, INCORRECT, above or result.why)


def _trouble_above(at: int, cells: list[Cell], results: dict[int, Result]) -> str:
    """What went wrong in the learner's cells since the check before: why there is no answer."""
    trouble = ""
    for i in range(at - 1, -1, -1):
        if cells[i].exercise:
            break
        if cells[i].stopped:
            return f"a cell above was stopped: {cells[i].stopped}"
        if not trouble and i in results and results[i].why:
            trouble = f"a cell above raised {results[i].why}"
    return trouble
