"""Exercises that check themselves: `ex.check("1.1", answer_1_1)` and `ex.hint("1.1")`.

A check says Not attempted, Incorrect, Correct or Cannot check, with a sentence, and never raises.
Used by every lesson; `framework` says how exercises are written.
"""

from __future__ import annotations

import difflib
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

from costlib.exercises.framework import CANNOT_CHECK, Exercise, Feedback, Ruling, our_fault

__all__ = ["check", "hint"]

_hints_given: Counter[str] = Counter()


def check(number: str, answer: Any = ...) -> Feedback:
    """The verdict on the answer to an exercise, for example `check("1.1", answer_1_1)`.

    Never raises (KeyboardInterrupt passes), and never tells the expected answer.
    """
    try:
        exercise = _find(number)
    except Ruling as ruling:
        return ruling.feedback
    except Exception as error:
        return our_fault(error)
    return exercise.check(answer)


def hint(number: str, which: int | None = None) -> Feedback:
    """The next hint of an exercise at each call, or the one asked for: `hint("1.1", 2)`."""
    try:
        exercise = _find(number)
    except Ruling as ruling:
        return ruling.feedback
    except Exception as error:
        return our_fault(error)
    count = len(exercise.hints)
    if which is None:
        _hints_given[exercise.id] += 1
        which = _hints_given[exercise.id]
    if isinstance(which, int) and 1 <= which <= count:
        return Feedback(f"Hint {which} of {count}", exercise.hints[which - 1])
    return Feedback(
        "No more hints",
        f'There are {count}: ask for one again with `ex.hint("{exercise.id}", {count})`. '
        "The worked solution is in the `solutions` folder.",
    )


def lesson_exercises(lesson: int) -> tuple[Exercise, ...]:
    """The exercises of a lesson, in order. Raises LookupError when it has none."""
    if lesson not in lessons():
        raise LookupError(f"Lesson {lesson} has no exercises: there are {lessons()}.")
    return import_module(f"{__name__}.lesson_{lesson:02d}").EXERCISES


def lessons() -> list[int]:
    """The numbers of the lessons that have exercises."""
    here = Path(__file__).parent
    return sorted(int(path.stem[-2:]) for path in here.glob("lesson_[0-9][0-9].py"))


def _find(number: str) -> Exercise:
    asked = str(number).strip()
    lesson = asked.partition(".")[0]
    if lesson.isdecimal() and int(lesson) in lessons():
        for exercise in lesson_exercises(int(lesson)):
            if exercise.id == asked:
                return exercise
    ids = [exercise.id for lesson in lessons() for exercise in lesson_exercises(lesson)]
    near = difflib.get_close_matches(asked, ids, n=1, cutoff=0) or ["none"]
    raise Ruling(CANNOT_CHECK, f'There is no exercise "{asked}"; the nearest is "{near[0]}".')
