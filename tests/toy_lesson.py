"""A tiny course for tests of the checker: two exercises in lesson 90, their solution, learners'
notebooks. A copy of costlib's exercises, and of what they stand on, is beside it, so that the
checker finds them."""

from __future__ import annotations

import shutil
from pathlib import Path

from nbformat import NotebookNode, v4, write

from costlib.exercises.framework import CORRECT, Feedback
from costlib.paths import ROOT

LESSON = """\
from costlib.exercises.framework import Choice, Function

EXERCISES = (
    Function(
        id="90.1",
        expected=lambda tokens: tokens * 2 / 1e6,
        draw=lambda pick: (pick.whole(1, 1000),),
        by_hand=(((1_000_000,), 2),),
        misconceptions=((lambda tokens: tokens * 2, "Rates are per million."),),
        explanation="Two dollars per million.",
        hints=("First.", "Second."),
    ),
    Choice(id="90.2", options={"a": "No: it waits.", "b": "Yes: half."}, answer="b", hints=()),
    Choice(id="90.3", options={"a": "Yes: a fee.", "b": "No: tokens."}, answer="a", hints=()),
)
"""
EXPLANATIONS = {"90.1": "Two dollars per million.", "90.2": "Yes: half.", "90.3": "Yes: a fee."}
SETUP = "from costlib import exercises as ex"
SOLVED = {
    "90.1": "def answer_90_1(tokens):\n    return tokens * 2 / 1_000_000",
    "90.2": 'answer_90_2 = "b"',
    "90.3": 'answer_90_3 = "a"',
}


def check(number: str) -> str:
    """The source of the check cell of an exercise."""
    return f'from costlib import exercises as ex\n\nex.check("{number}")'


def notebook(*sources: str) -> NotebookNode:
    """A notebook of code cells, saved without outputs."""
    return v4.new_notebook(cells=[v4.new_code_cell(source) for source in sources])


def answers(**changed: str | None) -> NotebookNode:
    """A learner's notebook: all solved, but for `e1`, `e2`, `e3`: the answer cell's source."""
    sources = [SETUP]
    for number, source in SOLVED.items():
        sources += [changed.get("e" + number[-1], source) or "", check(number)]
    return notebook(*sources)


def make_course(root: Path) -> Path:
    """Lay out costlib's exercises with lesson 90, and its executed solution, under `root`."""
    for room in ("exercises", "display"):  # guesses are shown as tables
        shutil.copytree(
            ROOT / "costlib" / room,
            root / "costlib" / room,
            ignore=shutil.ignore_patterns("lesson_*", "__pycache__"),
        )
    (root / "costlib" / "course").mkdir()
    for name in ("__init__.py", "faces.py", "paths.py", "course/__init__.py", "course/limits.py",
                 "course/nbval_rows.py", "course/nbval_run.py"):  # fmt: skip
        shutil.copy(ROOT / "costlib" / name, root / "costlib" / name)
    (root / "costlib" / "exercises" / "lesson_90.py").write_text(LESSON)
    solution = answers()
    for count, cell in enumerate(solution.cells, 1):
        cell.execution_count = count
        for number, text in EXPLANATIONS.items():
            if cell.source == check(number):
                said = Feedback(CORRECT, text)
                data = {"text/plain": repr(said), "text/html": said._repr_html_()}
                cell.outputs = [v4.new_output("execute_result", data, execution_count=count)]
    (root / "solutions").mkdir()
    write(solution, root / "solutions" / "90_toy.ipynb")
    return root
