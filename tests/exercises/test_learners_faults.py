"""What a learner's answer does wrong is called the learner's, whatever it is: never the course's.

Every exception that Python has, an end of the program, recursion and printing without end, results
that fail when they are looked at, threads left behind, built-in functions and costlib changed. The
verdict is Incorrect, Not attempted or Cannot check, in a sentence about the answer; it says that
the check itself failed only where the course is at fault.
"""

from __future__ import annotations

import builtins
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from costlib.exercises.asking import lesson_exercises, lessons
from costlib.exercises.framework import (
    CANNOT_CHECK,
    CORRECT,
    INCORRECT,
    Design,
    Exercise,
    Function,
)
from costlib.paths import ROOT

EVERY = [exercise for lesson in lessons() for exercise in lesson_exercises(lesson)]
FUNCTIONS = [exercise for exercise in EVERY if isinstance(exercise, Function)]
ONE = FUNCTIONS[0]


def exceptions() -> list[type[BaseException]]:
    """Every exception class of Python's that a learner's code can raise."""
    found = [each for each in vars(builtins).values()
             if isinstance(each, type) and issubclass(each, BaseException)]  # fmt: skip
    return sorted(set(found) - {KeyboardInterrupt}, key=lambda kind: kind.__name__)


def made(kind: type[BaseException]) -> BaseException:
    if issubclass(kind, BaseExceptionGroup):
        return kind("several", [ValueError("one")])
    arguments: dict[type[BaseException], tuple[Any, ...]] = {
        UnicodeDecodeError: ("utf-8", b"\xff", 0, 1, "odd"),
        UnicodeEncodeError: ("utf-8", "\ud800", 0, 1, "odd"),
        UnicodeTranslateError: ("\ud800", 0, 1, "odd"),
    }
    if kind in arguments:
        return kind(*arguments[kind])
    return kind("odd \ud800 text")


def verdict(exercise: Exercise, answer: Any) -> str:
    """The word for an answer, whose message blames not the course, and is no page long."""
    feedback = exercise.check(answer)
    assert "course's fault" not in str(feedback), str(feedback)
    assert len(str(feedback)) < 5_000
    return feedback.word


@pytest.mark.parametrize("kind", exceptions(), ids=lambda kind: kind.__name__)
def test_an_exception_is_the_answer_s(kind: type[BaseException]) -> None:
    def answer(*args: Any) -> Any:
        raise made(kind)

    assert verdict(ONE, answer) == INCORRECT


class Untold(Exception):
    def __str__(self) -> str:
        raise RuntimeError("no words")

    __repr__ = __str__


class Odd:
    """Fails whatever is asked of it."""

    def __getattr__(self, name: str) -> Any:
        raise RuntimeError(name)

    def _fail(self, *_: Any) -> Any:
        raise RuntimeError("no")

    __eq__ = __repr__ = __iter__ = __len__ = __bool__ = __float__ = __int__ = _fail
    __hash__ = None  # type: ignore[assignment]


def ring() -> list[Any]:
    found: list[Any] = []
    found.append(found)
    return found


@cache  # one check asks for it 453 times
def deep() -> list[Any]:
    found: list[Any] = []
    for _ in range(100_000):
        found = [found]
    return found


def endless() -> Iterator[int]:
    while True:
        yield 1


def raise_(error: BaseException) -> Any:
    raise error


def recurse(*args: Any) -> Any:
    return recurse(*args)


def leave(code: Any = 0) -> Any:
    sys.exit(code)


def print_much(*args: Any) -> None:
    print("x" * 10**6)


def start_a_thread(*args: Any) -> None:
    threading.Thread(target=threading.Event().wait, daemon=True).start()


def much(*args: Any) -> Any:
    return bytearray(10**15)


FAULTS: dict[str, Callable[..., Any]] = {
    "no words": lambda *_: raise_(Untold()),
    "from another": lambda *_: raise_(ValueError("x" * 10**6)),
    "exit": lambda *_: leave(),
    "exit with an object": lambda *_: leave(Odd()),
    "recursion": recurse,
    "memory": much,
    "prints": print_much,
    "leaves threads": start_a_thread,
    "an odd object": lambda *_: Odd(),
    "odd objects in a list": lambda *_: [Odd(), Odd()],
    "odd objects in a dict": lambda *_: {"a": Odd()},
    "itself inside": lambda *_: ring(),
    "nested without end": lambda *_: deep(),
    "yields without end": lambda *_: endless(),
    "a class": lambda *_: Odd,
    "a function": lambda *_: raise_,
    "too many parameters": lambda a, b, c, d, e, f, g, h, i, j: 1,
    "a number of 5,000 digits": lambda *_: 10**5_000,
    "text that is half a character": lambda *_: "\ud800",
    "not a number": lambda *_: float("nan"),
    "bytes": lambda *_: b"\xff" * 1_000_000,
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_result_or_an_act_that_is_odd_is_the_answer_s(name: str) -> None:
    assert verdict(ONE, FAULTS[name]) != CORRECT


@pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.id)
def test_every_function_exercise_sees_odd_results_as_the_answer_s(exercise: Function) -> None:
    for name in ("an odd object", "itself inside"):
        assert verdict(exercise, FAULTS[name]) != CORRECT, name


@pytest.mark.parametrize("exercise", EVERY, ids=lambda exercise: exercise.id)
def test_an_answer_that_is_no_answer_is_not_the_course_s_fault(exercise: Exercise) -> None:
    odd = (Odd(), [Odd()], {"a": Odd()}, ring(), deep(), Odd, float("nan"), 10**5_000, "\ud800")
    for answer in (*odd, b"\xff", {1: {2: 3}}, object()):
        assert verdict(exercise, answer) != CORRECT


@pytest.mark.parametrize("exercise", [e for e in EVERY if isinstance(e, Design)],
                         ids=lambda exercise: exercise.id)  # fmt: skip
@pytest.mark.parametrize("name", FAULTS)
def test_a_design_that_fails_when_it_is_tried_is_the_answer_s(exercise: Design, name: str) -> None:
    assert verdict(exercise, FAULTS[name]) != CORRECT


_CHANGES = """
import builtins
from costlib.exercises.asking import lesson_exercises
exercise = next(e for e in lesson_exercises(1) if hasattr(e, "expected"))
for name in ("len", "sum", "print", "isinstance", "float", "min", "repr", "all", "type", "set"):
    def answer(*args):
        setattr(builtins, name, None)
        return 1
    feedback = exercise.check(answer)
    assert feedback.word == "Incorrect" and f"`{name}`" in str(feedback), feedback
assert exercise.check(exercise.right[0]).word == "Correct"
"""


def test_an_answer_that_changes_a_built_in_function_is_told_so() -> None:
    """In a process of its own, which it may break."""
    subprocess.run([sys.executable, "-c", _CHANGES], check=True, cwd=ROOT)


def test_a_fault_of_the_course_is_called_so() -> None:
    """Else the tests above would prove nothing."""

    class Broken(Function):
        @property
        def trials(self) -> Any:
            raise ZeroDivisionError

    broken = Broken(id="9.9", hints=(), expected=int, draw=lambda pick: (1,), by_hand=())
    assert "course's fault" in str(broken.check(lambda number: 1))
    assert broken.check(lambda number: 1).word == CANNOT_CHECK
