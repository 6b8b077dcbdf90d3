"""What a learner calls in a lesson: `ex.check("3.2")`, `ex.hint("3.2")`, `ex.solution("3.2")`.

`framework` says how exercises are written and judged. Used by every lesson; no units of its own.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
from collections import defaultdict
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from types import FunctionType
from typing import Any

from costlib.exercises.framework import (
    CANNOT_CHECK,
    CORRECT,
    INCORRECT,
    NOT_ATTEMPTED,
    Exercise,
    Feedback,
    Hints,
    Ruling,
    our_fault,
)
from costlib.exercises.session import Tries, watched_cells
from costlib.paths import ROOT

_LONGEST = 40  # characters of a number that is none, as it is shown
_LOOK_UP = object()  # an answer that is not given: the notebook's own is taken

_tries: defaultdict[str, Tries] = defaultdict(Tries)
_failed_cells = watched_cells()


def check(number: str = "", answer: Any = _LOOK_UP) -> Feedback:
    """The verdict on an exercise: `check("1.1")` takes the notebook's `answer_1_1`.

    Never raises (KeyboardInterrupt passes). From the second wrong try on, it also says what was
    expected for the input that it shows.
    """
    try:
        exercise = _find(number)
        name = exercise.answer_name
        names = sys._getframe(1).f_globals if answer is _LOOK_UP else {}
        if answer is _LOOK_UP:
            answer = names.get(name, _LOOK_UP)
        if answer is _LOOK_UP:
            return Feedback(
                NOT_ATTEMPTED,
                f"There is no `{name}` yet: run the cell above that makes it. In a kernel that has "
                "just started, first run all the cells above.",
            )
        if error := _failed_cells.why(name):
            return Feedback(
                CANNOT_CHECK,
                f"Your answer cell has not run since you changed it: it stopped with {error}. "
                f"`{name}` is still the answer from before. Mend the cell, run it, then this one.",
            )
        tries = _tries[exercise.id]
        verdict = exercise.check(answer, tries.before(answer))
        if verdict.word == INCORRECT and (newer := _defined_anew(answer, names)):
            return Feedback(
                CANNOT_CHECK,
                f"`{name}` is still the `{newer}` from before you defined it anew: run "
                f"`{name} = {newer}`, then this cell again.",
            )
        if verdict.word in (CORRECT, INCORRECT):
            tries.add(answer, wrong=verdict.word == INCORRECT)
        return verdict
    except Ruling as ruling:
        return ruling.feedback
    except Exception as error:
        return our_fault(error)


def _defined_anew(answer: object, names: Mapping[str, object]) -> str:
    """The name of a function for which the notebook has another one by now, or ""."""
    if not isinstance(answer, FunctionType) or hasattr(answer, "__wrapped__"):
        return ""
    newer = names.get(answer.__name__, answer)
    return answer.__name__ if isinstance(newer, FunctionType) and newer is not answer else ""


def hint(number: str = "", which: int | None = None) -> Hints | Feedback:
    """An exercise's hints, each folded until it is opened, or one of them: `hint("1.1", 2)`."""
    try:
        exercise = _find(number)
    except Ruling as ruling:
        return ruling.feedback
    except Exception as error:
        return our_fault(error)
    count = len(exercise.hints)
    if which is None:
        return Hints(exercise.id, exercise.hints)
    if isinstance(which, int) and 1 <= which <= count:
        return Feedback(f"Hint {which:d} of {count}", exercise.hints[which - 1])
    return Feedback(
        "No such hint",
        f'There are {count}: `ex.hint("{exercise.id}", {count})` is the last. After a try, '
        f'`ex.solution("{exercise.id}")` shows our answer.',
    )


def solution(number: str = "") -> Feedback:
    """Our answer to an exercise and why it is right, once an answer of yours has been checked."""
    try:
        exercise = _find(number)
        if not _tries[exercise.id].any:
            return Feedback(
                "Not yet",
                f'Try it first: run `ex.check("{exercise.id}")` on an answer of yours, right or '
                f'wrong. `ex.hint("{exercise.id}")` helps with a start.',
            )
        return Feedback("Our answer", exercise.explanation, _solved(exercise.id))
    except Ruling as ruling:
        return ruling.feedback
    except Exception as error:
        return our_fault(error)


def _solved(number: str) -> str:
    """The answer cell of the solved lesson. Raises `Ruling` where the solutions do not lie."""
    lesson, _, place = number.partition(".")
    wanted = f"ex-{lesson}-{place}-answer"
    for path in (ROOT / "solutions").glob(f"{int(lesson):02d}_*.ipynb"):
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
            if cell.get("id") == wanted:
                return "".join(cell["source"])
    raise Ruling(
        CANNOT_CHECK,
        f"The solutions of lesson {lesson} do not lie beside this course: get them from its "
        "repository.",
    )


def lesson_exercises(lesson: int) -> tuple[Exercise, ...]:
    """The exercises of a lesson, in order. Raises LookupError when it has none."""
    if lesson not in lessons():
        raise LookupError(f"Lesson {lesson} has no exercises: there are {lessons()}.")
    return import_module(f"{__package__}.lesson_{lesson:02d}").EXERCISES


def lessons() -> list[int]:
    """The numbers of the lessons that have exercises."""
    return list(_numbers())


@cache
def _numbers() -> tuple[int, ...]:
    here = Path(__file__).parent
    return tuple(sorted(int(path.stem[-2:]) for path in here.glob("lesson_[0-9][0-9].py")))


def _find(number: str) -> Exercise:
    asked = str(number).strip() if isinstance(number, (str, int, float)) else ""
    lesson, _, place = asked.partition(".")
    there = lessons()
    if not re.search(r"\d", asked[:_LONGEST]):
        raise Ruling(
            CANNOT_CHECK, 'The number of an exercise is wanted, in quotes: `ex.check("1.1")`.'
        )
    if lesson.isdecimal() and int(lesson) in there:
        of_lesson = {exercise.id: exercise for exercise in lesson_exercises(int(lesson))}
        if asked in of_lesson:
            return of_lesson[asked]
        if not place:
            raise Ruling(
                CANNOT_CHECK,
                f"Lesson {lesson} has the exercises {', '.join(sorted(of_lesson))}: which of them?",
            )
    ids = [exercise.id for number in there for exercise in lesson_exercises(number)]
    near = difflib.get_close_matches(asked, ids, n=1, cutoff=0) or ["none"]
    raise Ruling(
        CANNOT_CHECK, f'There is no exercise "{asked[:_LONGEST]}"; the nearest is "{near[0]}".'
    )
