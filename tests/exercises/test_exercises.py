"""The exercises of every lesson against their fixtures, and the framework against odd answers."""

from __future__ import annotations

import math
import re
import sys
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from inspect import signature
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy
import pytest

from costlib import exercises as ex
from costlib.exercises.framework import (
    CANNOT_CHECK,
    CORRECT,
    INCORRECT,
    NOT_ATTEMPTED,
    Choice,
    Design,
    Exercise,
    Feedback,
    Function,
    Number,
    call,
)
from costlib.exercises.values import show, show_call

ALL = [exercise for lesson in ex.lessons() for exercise in ex.lesson_exercises(lesson)]
each_exercise = pytest.mark.parametrize("exercise", ALL, ids=lambda exercise: exercise.id)
each_function = pytest.mark.parametrize(
    "exercise", [e for e in ALL if isinstance(e, Function)], ids=lambda exercise: exercise.id
)


def spellings(value: float) -> list[str]:
    """How a number is usually written."""
    forms = {f"{value:{form}}" for form in ("", "g", ".4g", ".3g", ".2f", ",.2f", ",.0f", ",")}
    return [form for form in forms if float(form.replace(",", "")) != 0 or value == 0]


def tells(text: str, value: float) -> bool:
    """Whether a text gives a number away, not as a part of a longer one."""
    return any(
        re.search(rf"(?<![\d.,]){re.escape(form)}(?!\d|[.,]\d)", text) for form in spellings(value)
    )


# ---------------------------------------------------------------- every lesson's exercises


def test_there_are_exercises_and_their_ids_are_those_of_their_lesson():
    assert ALL
    for lesson in ex.lessons():
        ids = [exercise.id for exercise in ex.lesson_exercises(lesson)]
        assert ids == [f"{lesson}.{n}" for n in range(1, len(ids) + 1)]


@each_exercise
def test_right_answers_are_correct_with_one_and_the_same_message(exercise: Exercise):
    assert exercise.right and exercise.explanation
    for answer in exercise.right:
        assert exercise.check(answer) == Feedback(CORRECT, exercise.explanation)


@each_exercise
def test_wrong_answers_bring_their_message(exercise: Exercise):
    assert len(exercise.wrong) >= (2 if isinstance(exercise, Choice) else 3)
    given = [exercise.check(answer) for answer, _ in exercise.wrong]
    for feedback, (_, fragment) in zip(given, exercise.wrong, strict=True):
        assert (feedback.word, fragment in feedback.text) == (INCORRECT, True), feedback
    assert sum(feedback.general for feedback in given) <= 1


@each_exercise
def test_a_blank_is_not_attempted(exercise: Exercise):
    for blank in (None, ..., "", [...], (None, ...)):
        assert exercise.check(blank).word == NOT_ATTEMPTED
    if isinstance(exercise, Function):
        assert exercise.check(lambda *args: None).word == NOT_ATTEMPTED
        assert exercise.check(lambda *args: ...).word == NOT_ATTEMPTED


@each_exercise
def test_hints_go_from_first_to_last(exercise: Exercise):
    assert len(exercise.hints) >= 2 and len(set(exercise.hints)) == len(exercise.hints)
    for which, text in enumerate(exercise.hints, 1):
        assert ex.hint(exercise.id, which) == Feedback(
            f"Hint {which} of {len(exercise.hints)}", text
        )


@each_exercise
def test_messages_are_one_line_and_odd_answers_raise_nothing(exercise: Exercise):
    odd = [object(), float("nan"), 10**400, b"x", {"a": 1}, [[]], Decimal("sNaN"), type, len, 1j]
    for answer in [*odd, *(answer for answer, _ in exercise.wrong), *exercise.right]:
        feedback = exercise.check(answer)
        assert "\n" not in repr(feedback) and " at 0x" not in repr(feedback)
        assert feedback == exercise.check(answer)


def test_no_message_tells_the_number():
    for exercise in (COST, *(e for e in ALL if isinstance(e, Number))):
        expected = float(exercise.expected())
        messages = [message for _, message in exercise.misconceptions]
        messages += [exercise.check(answer).text for answer, _ in exercise.wrong]
        for text in (*messages, *exercise.hints):
            assert not tells(text, expected), text


@each_function
def test_cases_are_fixed_and_worked_by_hand(exercise: Function):
    assert exercise.by_hand
    for args, literal in exercise.by_hand:
        alone = Function(
            id=exercise.id,
            hints=(),
            expected=lambda *_, literal=literal: literal,
            cases=lambda rng: [],
            by_hand=((args, literal),),
            tolerance=exercise.tolerance,
        )
        for right in exercise.right:
            assert alone.check(right).word == CORRECT
    assert repr(exercise.inputs()) == repr(exercise.inputs())
    assert len(exercise.inputs()) >= 5


@each_function
def test_no_message_tells_what_the_function_should_return(exercise: Function):
    for args, literal in exercise.by_hand:
        if isinstance(literal, (int, float, Decimal)):
            messages = [message for _, message in exercise.misconceptions]
            for text in (*messages, *exercise.hints):
                assert not tells(text, float(literal)), (args, text)
    for answer, _ in exercise.wrong:
        feedback = exercise.check(answer)
        for args in exercise.inputs() if feedback.general else ():
            inputs = show_call(signature(exercise.expected), args)
            wanted = exercise.expected(*args)
            if inputs in feedback.text and isinstance(wanted, (int, float, Decimal)):
                told = feedback.text.replace(inputs, "")
                assert not tells(told, float(wanted)), feedback.text


# ---------------------------------------------------------------- the framework itself

COST = Number(
    id="9.1",
    expected=lambda: Decimal("0.0048"),
    misconceptions=((lambda: 0.0072, "You added reasoning tokens: they are in the output."),),
    explanation="Each token is billed once.",
    hints=("First.", "Second."),
)
PER_MILLION = Function(
    id="9.2",
    expected=lambda tokens, rate: tokens * rate / 1e6,
    cases=lambda rng: [(rng.randrange(1, 10_000), rng.choice([2, 8])) for _ in range(6)],
    by_hand=(((1_000_000, 3), 3),),
    misconceptions=(
        (lambda tokens, rate: 2 * tokens * rate / 1e6, "Doubled."),
        (lambda tokens, rate: (2 if rate == 8 else 1) * tokens * rate / 1e6, "Dear ones doubled."),
    ),
    explanation="Rates are per million.",
    hints=("First.", "Second."),
)
BATCH = Choice(
    id="9.3",
    options={"a": "No: it waits.", "b": "Yes: half the price.", "c": "No: dearer."},
    answer="b",
    hints=("First.", "Second."),
)


@pytest.mark.parametrize(
    "answer",
    [
        0.0048,
        Decimal("0.0048"),
        Fraction(48, 10_000),
        numpy.float32(0.0048),
        numpy.float64(0.0048),
        numpy.array(0.0048),
        0.004803,
        SimpleNamespace(total=Decimal("0.0048")),
    ],
    ids=repr,
)
def test_every_form_of_a_number_is_read_within_the_tolerance(answer: Any):
    assert COST.check(answer) == Feedback(CORRECT, "Each token is billed once.")


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        (0.0072, "reasoning"),
        (4800, "1,000,000 times too large"),
        (0.48, "100 times too large"),
        (0.000048, "100 times too small"),
        (4.8, "1,000 times too large"),
        (-0.0048, "sign"),
        (0.00482, "not the value"),
        (math.inf, "not the value"),
        (math.nan, "not the value"),
        (-(10**400), "not the value"),
    ],
)
def test_a_wrong_number_is_explained(answer: Any, fragment: str):
    feedback = COST.check(answer)
    assert feedback.word == INCORRECT and fragment in feedback.text
    assert feedback.general == (fragment == "not the value")


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("$0.0048", "without quotes"),
        (True, "True or False"),
        ([0.0048], "type list"),
        (lambda: 0.0048, "call it"),
        (0.0048j, "type complex"),
    ],
)
def test_what_is_no_number_cannot_be_checked(answer: Any, fragment: str):
    feedback = COST.check(answer)
    assert feedback.word == CANNOT_CHECK and fragment in feedback.text


def test_zero_has_an_absolute_bound():
    nothing = Number(id="9.4", expected=lambda: 0, hints=(), explanation="Free.")
    assert nothing.check(1e-13).word == CORRECT
    assert nothing.check(1e-9).word == INCORRECT


@pytest.mark.parametrize(
    "function",
    [
        lambda t, r: t * r / 1e6,
        lambda t, r: Decimal(t) * r / 1_000_000,
        lambda t, r: Fraction(t * r, 1_000_000),
        lambda t, r: numpy.int64(t) * r / 1e6,
        lambda t, r: print("working") or t * r / 1e6,
    ],
)
def test_every_form_of_a_function_is_correct_and_prints_nothing(function: Any, capsys: Any):
    assert PER_MILLION.check(function) == Feedback(CORRECT, "Rates are per million.")
    assert capsys.readouterr() == ("", "")


def _exit(*_: Any) -> None:
    sys.exit(1)


def _forever(tokens: int, rate: int) -> float:
    return _forever(tokens, rate)


def _hoard(*_: Any) -> None:
    raise MemoryError


@pytest.mark.parametrize(
    ("function", "fragment"),
    [
        (lambda t, r: t / 0, "With tokens=1000000, rate=3 your function raised ZeroDivisionError"),
        (lambda t: t, "TypeError"),
        (_exit, "SystemExit: 1"),
        (_forever, "RecursionError"),
        (_hoard, "MemoryError"),
        (lambda t, r: iter([]).throw(1), "AttributeError"),
        (lambda t, r: t * r / 1e6 if t < 1e6 else None, "yours gives None"),
        (lambda t, r: t * r, "yours gives 3000000"),
    ],
)
def test_a_wrong_function_is_explained(function: Any, fragment: str):
    feedback = PER_MILLION.check(function)
    assert feedback.word == INCORRECT and fragment in feedback.text


def test_of_two_misconceptions_the_one_that_agrees_more_is_named():
    assert PER_MILLION.check(lambda t, r: t * r / 5e5).text == "Doubled."
    assert PER_MILLION.check(lambda t, r: t * r / (5e5 if r > 3 else 1e6)).text.startswith("Dear")
    assert PER_MILLION.check(lambda t, r: t * r / (5e5 if t > 5e5 else 1)).general


async def _later(tokens: int, rate: int) -> float:
    return tokens * rate / 1e6


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        (3, "without parentheses"),
        (lambda t, r: f"${t * r}", "With tokens=1000000, rate=3: A number is wanted"),
        (_later, "async"),
    ],
)
def test_what_is_no_function_cannot_be_checked(answer: Any, fragment: str):
    feedback = PER_MILLION.check(answer)
    assert feedback.word == CANNOT_CHECK and fragment in feedback.text


def test_a_function_cannot_change_the_inputs():
    share = Function(
        id="9.5",
        expected=lambda jobs: sum(jobs),
        cases=lambda rng: [([1, 2, 3],)],
        by_hand=((([4, 5],), 9),),
        explanation="A sum.",
        hints=(),
    )
    assert share.check(lambda jobs: jobs.clear() or 0).word == INCORRECT
    jobs = [1]
    assert call(lambda jobs: jobs.pop(), jobs) == 1 and jobs == [1]


@pytest.mark.parametrize(
    ("want", "right", "wrong"),
    [
        ({"a": 1.0}, {"a": Decimal(1)}, {"b": 1.0}),
        ([1, "x"], (1.0, " x "), [1, "x", 2]),
        ((1, 2), numpy.array([1, 2]), [2, 1]),
        ((1, 2), (n for n in (1, 2)), (n for n in (1,))),
        (True, numpy.bool_(True), 1),
        (None, None, 0),
        ({"x"}, frozenset("x"), ["x"]),
        ("x", "x", 1),
    ],
)
def test_what_a_function_returns_may_be_of_any_shape(want: Any, right: Any, wrong: Any):
    exercise = Function(
        id="9.6",
        expected=lambda n: want if n else 7,
        cases=lambda rng: [],
        by_hand=(((0,), 7), ((1,), want)),
        explanation="Yes.",
        hints=(),
    )
    assert exercise.check(lambda n: right if n else 7).word == CORRECT
    assert exercise.check(lambda n: wrong if n else 7).word == INCORRECT


def test_a_choice_explains_every_option():
    assert BATCH.check(" (B) ") == Feedback(CORRECT, "Yes: half the price.")
    assert BATCH.check("c") == Feedback(INCORRECT, "No: dearer.")
    assert 'one of "a", "b", "c"' in BATCH.check("d").text
    assert BATCH.check(2).word == CANNOT_CHECK


def test_a_design_is_accepted_or_says_why_not():
    pair = Design(
        id="9.7",
        validate=lambda pair: (pair[0] > pair[1], "The order is reversed."),
        explanation="Dear, then cheap.",
        hints=(),
    )
    assert pair.check((2, 1)) == Feedback(CORRECT, "Dear, then cheap.")
    assert pair.check((1, 2)) == Feedback(INCORRECT, "The order is reversed.")
    assert "the course's fault" in pair.check(5).text
    blank = Design(id="9.8", validate=lambda answer: (None, ""), explanation="Fine.", hints=())
    assert blank.check(5).word == NOT_ATTEMPTED


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(3)


def test_check_raises_nothing_but_keyboard_interrupt():
    for exercise in (COST, PER_MILLION, BATCH):
        assert exercise.check(Hostile()).word == CANNOT_CHECK
    broken = Number(id="9.9", expected=lambda: 1 / 0, hints=(), explanation="")
    assert (
        "ZeroDivisionError" in broken.check(1).text and "the course's fault" in broken.check(1).text
    )

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PER_MILLION.check(interrupted)


def test_an_unknown_exercise_names_the_nearest():
    feedback = ex.check("1.99", 5)
    assert feedback.word == CANNOT_CHECK and '"1.9' not in feedback.text.replace("1.99", "")
    assert re.search(r'the nearest is "1\.\d"', feedback.text)
    assert ex.hint("nothing").word == CANNOT_CHECK
    assert ex.check(ALL[0].id).word == NOT_ATTEMPTED


def test_hints_come_one_at_a_time_and_end():
    ex._hints_given.clear()
    first = ALL[0]
    given = [ex.hint(first.id).word for _ in range(len(first.hints) + 1)]
    assert given[0] == f"Hint 1 of {len(first.hints)}" and given[-1] == "No more hints"
    assert ex.hint(first.id, 99).word == "No more hints"


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("word", [NOT_ATTEMPTED, INCORRECT, CORRECT, CANNOT_CHECK, "Hint 1 of 2"])
def test_the_word_is_readable_in_both_themes_and_announced(word: str):
    shown = Feedback(word, "Use `a < b` & go on.")
    page = shown._repr_html_()
    back, front = re.findall(r"#[0-9a-f]{6}", page)
    assert (_luminance(front) + 0.05) / (_luminance(back) + 0.05) >= 4.5
    assert 'role="status"' in page and f" {word}</strong>" in page
    assert "<code>a &lt; b</code> &amp; go on." in page
    assert repr(shown) == f"{word}. Use `a < b` & go on."


@dataclass
class Job:
    tokens: int
    cached: int = 0
    rate: Decimal = Decimal(2)


def test_values_are_shown_short_and_alike_in_every_run():
    assert show(Job(3, rate=Decimal("2.5"))) == "Job(tokens=3, rate=2.5)"
    assert show(numpy.float64(2.5)) == "2.5"
    assert len(show("x" * 10_000)) < 100 and len(show(list(range(10_000)))) < 100
    assert " at 0x" not in show(object()) + show(_exit) + show([object()])
    assert PER_MILLION.inputs() == PER_MILLION.inputs()
    assert PER_MILLION.cases(Random("9.2")) == PER_MILLION.inputs()[1:]
