"""The exercises of every lesson against their fixtures, and the framework against odd answers."""

from __future__ import annotations

import math
import re
import sys
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from difflib import SequenceMatcher
from fractions import Fraction
from random import Random
from types import SimpleNamespace
from typing import Any

import numpy
import pandas
import pytest

from costlib import exercises as ex
from costlib.exercises import asking
from costlib.exercises.framework import (
    CANNOT_CHECK,
    CORRECT,
    INCORRECT,
    NOT_ATTEMPTED,
    Blank,
    Choice,
    Design,
    Exercise,
    Feedback,
    Function,
    call,
)
from costlib.exercises.inputs import NotAllowed, Pick, drawn
from costlib.exercises.session import FailedCells, Tries
from costlib.exercises.values import call_of, same, show
from costlib.paths import ROOT

ALL = [exercise for lesson in ex.lessons() for exercise in ex.lesson_exercises(lesson)]
BREAK_EVEN = next(exercise for exercise in ALL if exercise.id == "1.4")
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


def statement(number: str) -> str:
    """What a lesson says of an exercise, above its answer."""
    lesson, place = number.split(".")
    (path,) = ROOT.glob(f"solutions/{int(lesson):02}_*.py")
    marker = f'# %% [markdown] id="ex-{lesson}-{place}"'
    return path.read_text("utf-8").partition(marker)[2].partition("# %% ")[0]


def in_words(text: str) -> list[str]:
    """Its words and signs, without the marks of code and of emphasis."""
    return re.findall(r"\w+|[^\w\s`*#]", text)


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
    if not isinstance(exercise, Function):
        assert len(exercise.wrong) >= (2 if isinstance(exercise, Choice) else 3)
    given = [exercise.check(answer) for answer, _ in exercise.wrong]
    for feedback, (_, fragment) in zip(given, exercise.wrong, strict=True):
        assert (feedback.word, fragment in feedback.text) == (INCORRECT, True), feedback
    assert sum(feedback.general for feedback in given) <= 1


@each_exercise
def test_a_blank_is_not_attempted(exercise: Exercise):
    for blank in (None, ..., "", [...], (None, ...), ["tools", ...], [(6_000, ...)] * 5):
        assert exercise.check(blank).word == NOT_ATTEMPTED
    if isinstance(exercise, Function):
        assert exercise.check(lambda *args: ...).word == NOT_ATTEMPTED
        nothing = exercise.check(lambda *args: None)
        assert nothing.word == INCORRECT and "a `return` missing" in nothing.text


@each_exercise
def test_hints_go_from_first_to_last(exercise: Exercise):
    assert len(exercise.hints) >= 2 and len(set(exercise.hints)) == len(exercise.hints)
    for which, text in enumerate(exercise.hints, 1):
        assert ex.hint(exercise.id, which) == Feedback(
            f"Hint {which} of {len(exercise.hints)}", text
        )
        told, said = in_words(text), in_words(statement(exercise.id))
        again = SequenceMatcher(None, said, told, autojunk=False).find_longest_match().size
        assert again < max(9, len(told) / 2), "the statement says this already"


@each_exercise
def test_messages_are_one_line_and_odd_answers_raise_nothing(exercise: Exercise):
    odd = [object(), float("nan"), 10**400, b"x", {"a": 1}, [[]], Decimal("sNaN"), type, len, 1j]
    for answer in [*odd, *(answer for answer, _ in exercise.wrong), *exercise.right]:
        feedback = exercise.check(answer)
        assert "\n" not in feedback.text and " at 0x" not in repr(feedback)
        assert repr(feedback) == f"{feedback.word}. {feedback.text}\n{feedback.code}".strip()
        assert feedback == exercise.check(answer)


@each_function
def test_every_misconception_brings_its_own_message(exercise: Function):
    assert len(exercise.misconceptions) >= 3
    for mistake, message in exercise.misconceptions:
        assert exercise.check(mistake) == Feedback(INCORRECT, message)


@each_function
def test_cases_are_fixed_and_worked_by_hand(exercise: Function):
    assert exercise.by_hand
    for args, literal in exercise.by_hand:
        assert same(exercise.expected(*args), literal, exercise.tolerance)
        for right in exercise.right:
            assert exercise.problem(right(*args), exercise.trial(args)) is None
    again = drawn(exercise.draw, exercise.id, exercise.draws)
    tried = [repr(trial.args) for trial in exercise.trials]
    assert set(map(repr, again)) <= set(tried) and tried == sorted(tried, key=len)
    assert len(exercise.trials) >= 60


@each_function
def test_every_parameter_must_be_read_and_more_than_one_result_is_right(exercise: Function):
    """What is the same in every input need not be looked at; what is always right need not be
    worked out."""
    trials = exercise.trials
    for column in zip(*(trial.args for trial in trials), strict=True):
        assert len({repr(value) for value in column}) > 1
        if all(isinstance(value, dict) for value in column):
            for key in set().union(*column):
                assert len({repr(value.get(key)) for value in column}) > 1, key
    assert len({repr(trial.want) for trial in trials}) > 2
    assert exercise.check(lambda *args: trials[0].want).word == INCORRECT


@each_function
def test_what_a_dictionary_has_is_not_taken_by_its_place(exercise: Function):
    """Of dictionaries with the same keys every one is read as if they came as in the first."""
    orders: dict[frozenset[Any], list[Any]] = {}

    def misread(value: Any) -> Any:
        if isinstance(value, list | tuple):
            return type(value)(map(misread, value))
        if not isinstance(value, dict):
            return value
        keys = orders.setdefault(frozenset(value), list(value))
        return dict(zip(keys, map(misread, value.values()), strict=True))

    said = exercise.check(lambda *args: exercise.right[0](*misread(args)))
    swapped = any(len(keys) > 1 for keys in orders) and exercise.id != "3.1"  # a sum of both
    assert said.word == (INCORRECT if swapped else CORRECT)


@each_function
def test_no_two_numbers_of_an_input_keep_a_fixed_ratio(exercise: Function):
    """Where one is always twice the other, two mistakes cost the same."""

    def numbers(value: Any, path: str = "") -> dict[str, float]:
        if isinstance(value, dict):
            parts: Any = value.items()
        elif isinstance(value, tuple):
            parts = enumerate(value)
        else:
            usable = isinstance(value, (int, float)) and not isinstance(value, bool)
            return {path: float(value)} if usable else {}
        return {k: v for key, each in parts for k, v in numbers(each, f"{path}/{key}").items()}

    found = [numbers(trial.args) for trial in exercise.trials]
    names = sorted(set.intersection(*(set(each) for each in found)))
    for place, one in enumerate(names):
        for other in names[place + 1 :]:
            ratios = {
                round(each[one] / each[other], 6) for each in found if each[one] and each[other]
            }
            by_statement = (exercise.id, one, other) == ("4.4", "/0/input", "/1/input")
            assert by_statement or not 0 < len(ratios) <= 2, (one, other)


@each_function
def test_no_message_tells_what_the_function_should_return(exercise: Function):
    for args, literal in exercise.by_hand:
        if isinstance(literal, (int, float, Decimal)) and abs(literal) not in (0, 1, math.inf):
            messages = [message for _, message in exercise.misconceptions]
            for text in (*messages, *exercise.hints):
                assert not tells(text, float(literal)), (args, text)


def oddly(exercise: Function) -> Callable[..., Any]:
    """The right answer, but for the very first input."""
    first = exercise.trials[0].args

    def answer(*args: Any) -> Any:
        return "odd" if repr(args) == repr(first) else exercise.expected(*args)

    return answer


@each_function
def test_a_wrong_answer_is_shown_the_input_complete_and_what_was_expected_later(
    exercise: Function,
):
    """The shown call can be pasted: run in a cell, it gives the learner's result."""
    shift = exercise.trials[-1].want
    wrong = exercise.check(lambda *args: shift)
    if wrong.general:
        begins = (
            r"Right for \d+ of \d+ inputs\. Yours gives the same .*\. For this one yours gives "
        )
        assert re.match(begins, wrong.text)
        assert "is right" not in wrong.text
        names = {exercise.answer_name: lambda *args: args, "np": numpy, "math": math}
        args = eval(wrong.code, names)
        least = exercise.trial(args)
        assert repr(args) in {repr(trial.args) for trial in exercise.trials}
        if exercise.fits is None:
            later = exercise.check(lambda *args: shift, tries=1)
            assert later.text.endswith(f"and {show(least.want)} is right.")
    raised = exercise.check(lambda *args: {}["key"])
    assert raised.word == INCORRECT and "KeyError: 'key', for this input:" in raised.text
    eval(raised.code, {exercise.answer_name: lambda *args: args, "np": numpy, "math": math})


def other_forms(result: Any) -> list[Any]:
    """The same result as people return it who write in other styles."""
    if isinstance(result, bool) or result is None:
        return []
    if isinstance(result, int):
        exact = [Fraction(result), Decimal(result), numpy.int64(result), float(result)]
        return [*exact, numpy.array(result), pandas.Series([result]).iloc[0]]
    if isinstance(result, float):
        return [numpy.float64(result), numpy.array(result), pandas.Series([result]).iloc[0]]
    if isinstance(result, str):
        return [numpy.str_(result)]
    if isinstance(result, dict):
        return [dict(reversed(result.items())), pandas.Series(result, dtype=float).to_dict()] + [
            {key: form for key, form in zip(result, forms, strict=True)}
            for forms in zip(*(other_forms(each) for each in result.values()), strict=True)
        ]
    if isinstance(result, list | tuple):
        plain = list(result)
        forms: list[Any] = [plain, tuple(plain), iter(plain), (each for each in plain)]
        forms += [deque(plain), pandas.Series(plain, dtype=object), dict.fromkeys(plain).keys()]
        forms.append(numpy.array(plain) if plain else numpy.array([]))
        return forms if len(set(plain)) == len(plain) else forms[:-2] + forms[-1:]
    return []


@each_function
def test_a_right_answer_is_right_in_every_form(exercise: Function):
    """Decimals, fractions, numpy and pandas scalars; lists, tuples, arrays, Series, generators."""
    for trial in exercise.trials[:40]:
        for form in other_forms(exercise.expected(*trial.copies())):
            assert exercise.problem(form, trial) is None, (form, trial.want)


# ---------------------------------------------------------------- the framework itself

PER_MILLION = Function(
    id="9.2",
    expected=lambda tokens, rate: tokens * rate / 1e6,
    draw=lambda pick: (pick.whole(1, 10_000), pick.one_of([2, 8])),
    draws=20,
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


def only(want: Any, **more: Any) -> Function:
    """An exercise whose answer is the same for its one input."""
    return Function(
        id="9.1",
        expected=lambda: want,
        draw=lambda pick: (),
        draws=0,
        by_hand=(((), want),),
        hints=(),
        explanation="Each token is billed once.",
        **more,
    )


COST = only(0.0048, misconceptions=((lambda: 0.0072, "You added reasoning tokens."),))


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
    assert COST.check(lambda: answer) == Feedback(CORRECT, "Each token is billed once.")


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        (0.0072, "reasoning"),
        (4800, "1,000,000 times too large"),
        (0.48, "100 times too large"),
        (0.000048, "100 times too small"),
        (4.8, "1,000 times too large"),
        (-0.0048, "sign"),
        (0.00482, "yours gives 0.00482"),
        (math.inf, "yours gives inf"),
        (math.nan, "yours gives nan"),
        (-(10**400), "yours gives -1000"),
    ],
)
def test_a_wrong_number_is_explained(answer: Any, fragment: str):
    feedback = COST.check(lambda: answer)
    assert feedback.word == INCORRECT and fragment in feedback.text
    assert feedback.general == ("yours gives" in fragment)


@pytest.mark.parametrize(
    ("want", "answer", "fragment"),
    [
        ((0.0048, 1.5), (0.48, 150), "100 times too large"),
        ([0.25, 0], [-0.25, 0], "sign"),
        ({"a": 0.0048, "b": [None, 2]}, {"a": 4.8, "b": [None, 2_000]}, "1,000 times too large"),
        ((0.0048, 1.5), (0.48, 1.5), "`[0]`: The digits are right, 100 times"),
        ((0.0048, 1.5), (0.48, 15), "yours gives"),
        ((0.0048, 1.5), (0.48, 1.5, 0), "yours gives"),
        ([0.0048, 1.5], [0.48, 1.5], "yours gives"),  # a list may have any length
    ],
)
def test_a_unit_is_named_inside_of_a_tuple_list_or_dictionary(
    want: Any, answer: Any, fragment: str
):
    assert fragment in only(want, misconceptions=()).check(lambda: answer).text


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("$0.0048", "without quotes"),
        (True, "True or False"),
        ([0.0048], "this is a list"),
        ((0.0048, 1), "this is a tuple"),
        (lambda: 0.0048, "call it"),
        (0.0048j, "type complex"),
    ],
)
def test_what_is_no_number_cannot_be_checked(answer: Any, fragment: str):
    feedback = COST.check(lambda: answer)
    assert feedback.word == CANNOT_CHECK and fragment in feedback.text


def test_zero_has_an_absolute_bound():
    nothing = only(0.0)
    assert nothing.check(lambda: 1e-13).word == CORRECT
    assert nothing.check(lambda: 1e-9).word == INCORRECT


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
        (lambda t, r: t / 0, "Your function raised ZeroDivisionError: division by zero, for this"),
        (lambda t: t, "gives 2 values, in the order of the statement"),
        (lambda t, r: 0.5 + Decimal(t), "put `float(...)` around the Decimal"),
        (_exit, "SystemExit: 1"),
        (_forever, "RecursionError"),
        (_hoard, "MemoryError"),
        (lambda t, r: iter([]).throw(1), "AttributeError"),
        (lambda t, r: t * r / 1e6 if t < 1e6 else None, "yours gives None"),
        (lambda t, r: t * r + 1, "yours gives "),
    ],
)
def test_a_wrong_function_is_explained(function: Any, fragment: str):
    feedback = PER_MILLION.check(function)
    assert feedback.word == INCORRECT and fragment in feedback.text


def test_a_misconception_is_named_only_where_the_answer_agrees_with_it_on_every_input():
    assert PER_MILLION.check(lambda t, r: t * r / 5e5).text == "Doubled."
    assert PER_MILLION.check(lambda t, r: t * r / (5e5 if r > 3 else 1e6)).text.startswith("Dear")
    assert PER_MILLION.check(lambda t, r: t * r / (5e5 if t > 5e5 else 1)).general
    almost = PER_MILLION.check(lambda t, r: t * r / (1e6 if t == 1_000_000 else 5e5))
    assert almost.general and almost.text.startswith("Right for 1 of 21 inputs.")


def test_a_factor_is_named_only_where_it_is_the_same_on_every_input():
    assert "1,000,000 times" in PER_MILLION.check(lambda t, r: t * r).text
    assert PER_MILLION.check(lambda t, r: t * r if r == 8 else t).general


def test_rounding_is_named_only_where_it_explains_every_input():
    for digits in (1, 4):
        assert "rounded" in PER_MILLION.check(lambda t, r, n=digits: round(t * r / 1e6, n)).text
    assert PER_MILLION.check(lambda t, r: round(t * r / 1e6, 1 if r > 3 else 2)).general
    assert only(0.3).check(lambda: 0).general  # 0 for any input would agree with round(x)


def test_a_factor_or_rounding_is_named_where_one_of_several_numbers_has_it():
    counts, bill = (next(e for e in ALL if e.id == number) for number in ("2.1", "2.2"))

    def says(change):
        return bill.check(lambda usage, rate: change(*bill.expected(usage, rate))).text

    assert says(lambda part, usd: (part, 100 * usd)).startswith(
        "The number at `[1]`: The digits are right, 100 times too large: cents"
    )
    assert says(lambda part, usd: (-part, usd)).startswith("The number at `[0]`: The size is right")
    assert says(lambda part, usd: (round(part, 2), usd)) == (
        "The number at `[0]`: You rounded: give the number with all its digits."
    )
    assert says(lambda part, usd: (round(part, 2), 100 * usd)).startswith("Right for ")
    minus = counts.check(lambda u: (right := counts.expected(u)) | {"cached": -right["cached"]})
    assert minus.text == "The number at `['cached']`: The size is right and the sign is not."


def test_what_is_printed_is_told_apart_from_what_is_nothing():
    assert "`return` what you print" in PER_MILLION.check(lambda t, r: print(t * r / 1e6)).text
    assert "is a `return` missing" in PER_MILLION.check(lambda t, r: None).text


def test_minutes_for_hours_are_named():
    assert "60 times too large: " in PER_MILLION.check(lambda t, r: 60 * t * r / 1e6).text
    assert "3,600 times too small: " in PER_MILLION.check(lambda t, r: t * r / 3.6e9).text


KEPT: list[float] = []


def added_up(tokens: int, rate: int, so_far: Any = KEPT) -> float:
    so_far.append(tokens * rate / 1e6)
    return sum(so_far)


def hides_sum(tokens: int, rate: int) -> float:
    sum = tokens * rate
    return sum([sum, 1e6])


@pytest.mark.parametrize(
    ("answer", "says"),
    [
        (lambda t, r: 3, "Yours gives the same for every input: "),
        (lambda t, r: t * r / 1e6 if r == 8 else ..., "a `...` is left there to fill in"),
        (lambda t, r: ... * r, "a `...` is left there to fill in"),
        (added_up, "Called again with the same input yours gives something else: "),
        (lambda t, r: Random().random(), "or it draws by chance"),
        (hides_sum, "(`sum` is a number there: give that another name), for this input:"),
        (
            eval("lambda t, r: max(t, r)", {"max": [1]}),
            "(`max` is a list there: give that another name, and restart the kernel)",
        ),
    ],
)
def test_what_is_wrong_in_every_exercise_is_named(answer: Any, says: str):
    said = PER_MILLION.check(answer)
    assert said.word == INCORRECT and said.code and says in said.text


def test_a_dictionary_taken_for_an_object_is_told_the_key():
    tracker = next(e for e in ALL if e.id == "2.6")
    said = tracker.check(lambda usage, rates: usage.prompt_tokens * rates["input"] / 1e6)
    assert said.text.endswith('by its key: `["prompt_tokens"]`), for this input:')


def test_a_dictionary_whose_order_decides_is_named_and_only_there():
    tracker, cheapest = (next(e for e in ALL if e.id == number) for number in ("2.6", "6.8"))

    def by_place(usage: Any, rates: Any) -> float:
        full, cached, output = rates.values()
        in_order = {"input": full, "cached_input": cached, "output": output}
        return tracker.expected(usage, in_order)

    assert "take nothing by its place" in tracker.check(by_place).text
    # The first of equal ones is wanted there, and so it is of what is equal by another measure.
    of_equal_ones = cheapest.check(lambda policies, usd: next(iter(policies)))
    assert of_equal_ones.general and "by its place" not in of_equal_ones.text
    no_number = BREAK_EVEN.check(lambda fee, share, cost: math.nan if share < 1 else 7)
    assert "Right for 0 of 163 inputs. For this one yours gives" in no_number.text


def test_an_item_of_another_form_is_told_apart_from_the_list():
    names = next(e for e in ALL if e.id == "5.5")
    assert "An item has another form: text is wanted, and this is a tuple." in (
        names.check(lambda parts, room: [(name,) for name in names.expected(parts, room)]).text
    )


class AlwaysEqual(str):
    """A text that says of itself that it is whatever is wanted."""

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        return True

    def strip(self, *_: Any) -> AlwaysEqual:
        return self


def test_an_answer_does_not_judge_itself():
    """In none of the exercises whose answer is a text."""
    for exercise in ALL:
        assert exercise.check(lambda *args: AlwaysEqual("whole")).word != CORRECT, exercise.id


def test_the_smallest_input_that_differs_is_shown_ready_to_paste():
    feedback = PER_MILLION.check(lambda t, r: 0 * numpy.float64(t))
    least = min((trial.args for trial in PER_MILLION.trials), key=lambda args: len(repr(args)))
    assert feedback.code == call_of("answer_9_2", least) == f"answer_9_2{least}"
    assert PER_MILLION.check(lambda t, r: t / 0).code == feedback.code
    assert "yours gives 0.0." in feedback.text and "np." not in feedback.text
    long = call_of("f", ([{"a": list(range(30))}, {"b": "x" * 200}], numpy.eye(2), math.inf))
    assert "..." not in long and "np.array(" in long and max(map(len, long.splitlines())) < 230
    assert eval(long, {"f": lambda *a: len(a), "np": numpy, "math": math}) == 3


async def _later(tokens: int, rate: int) -> float:
    return tokens * rate / 1e6


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        (3, "without parentheses"),
        (lambda t, r: f"${t * r}", "For this input: A number is wanted, and this is text"),
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
        draw=lambda pick: ([1, 2, 3],),
        draws=1,
        by_hand=((([4, 5],), 9),),
        explanation="A sum.",
        hints=(),
    )
    assert share.check(lambda jobs: jobs.clear() or 0).word == INCORRECT
    jobs = [1]
    assert call(lambda jobs: jobs.pop(), jobs, shown="jobs") == 1 and jobs == [1]


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
        draw=lambda pick: (0,),
        draws=0,
        by_hand=(((0,), 7), ((1,), want)),
        explanation="Yes.",
        hints=(),
    )
    assert exercise.check(lambda n: right if n else 7).word == CORRECT
    assert exercise.check(lambda n: wrong if n else 7).word == INCORRECT


@pytest.mark.parametrize(
    ("number", "answer", "fragment"),
    [
        ("2.1", lambda usage: {"input": 1, "cached": 0, "output": 1, "total": 2}, "and no others"),
        ("2.2", lambda usage, rate: {"share": 1, "usd": 2}, "`return a, b` gives it, is wanted"),
        ("2.2", lambda usage, rate: 7, "and this is a number"),
        ("4.6", lambda calls, short, least: ["tag"], "A dictionary is wanted, and this is a list"),
        ("5.2", lambda *cents: 3, "Text is wanted, and this is a number"),
        ("6.2", lambda *args: {1, 2}, "A list is wanted, and this is a set"),
        ("6.5", lambda query, pool, k: [len(pool)], "the first row is 0"),
        ("4.6", lambda calls, short, least: {}, "yours gives {}"),
    ],
)
def test_another_form_is_named_as_such(number: str, answer: Any, fragment: str):
    feedback = next(e for e in ALL if e.id == number).check(answer)
    assert feedback.word == INCORRECT and fragment in feedback.text and feedback.code


def test_a_choice_explains_every_option():
    assert BATCH.check(" (B) ") == Feedback(CORRECT, "Yes: half the price.")
    assert BATCH.check("c") == Feedback(INCORRECT, "No: dearer.")
    assert 'one of "a", "b", "c"' in BATCH.check("d").text
    assert BATCH.check(2).word == CANNOT_CHECK


def test_a_design_is_accepted_or_says_why_not():
    pair = Design(
        id="9.7",
        validate=lambda pair: "" if pair[0] > pair[1] else "The order is reversed.",
        explanation="Dear, then cheap.",
        hints=(),
    )
    assert pair.check((2, 1)) == Feedback(CORRECT, "Dear, then cheap.")
    assert pair.check((1, 2)) == Feedback(INCORRECT, "The order is reversed.")
    assert "the course's fault" in pair.check(5).text

    def unfilled(answer: Any) -> str:
        raise Blank

    blank = Design(id="9.8", validate=unfilled, explanation="Fine.", hints=())
    assert blank.check(5).word == NOT_ATTEMPTED


class Hostile:
    def __getattribute__(self, name: str) -> Any:
        raise SystemExit(3)


def test_check_raises_nothing_but_keyboard_interrupt():
    for exercise in (COST, PER_MILLION, BATCH):
        assert exercise.check(Hostile()).word == CANNOT_CHECK
    broken = only(1, fits=lambda got: str(1 / 0)).check(lambda: 1)
    assert "ZeroDivisionError" in broken.text and "the course's fault" in broken.text

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


@pytest.mark.parametrize("ask", [ex.check, ex.hint, ex.solution])
def test_what_is_no_number_of_an_exercise_asks_for_one(ask: Any):
    for number in ((), ("",), (None,), (len,), (["1.1"],), ("x" * 500,), (True,)):
        assert ask(*number).text.startswith("The number of an exercise is wanted, in quotes")
    for lesson in ("1", 1, "1."):
        assert ask(lesson).text.startswith("Lesson 1 has the exercises 1.1, 1.2, ")


@pytest.mark.parametrize(
    ("answer", "fragment"),
    [
        ("even", "'even': give its name without quotes."),
        ((len,), "give its name alone, without a comma or brackets."),
        ([len], "give its name alone, without a comma or brackets."),
        (667, "667: give its name without parentheses after it."),
    ],
)
def test_what_to_give_for_a_function_is_said(answer: Any, fragment: str):
    assert fragment in BREAK_EVEN.check(answer).text


@pytest.mark.parametrize(
    ("answer", "takes"),
    [
        (lambda: 1, "`()`"),
        (lambda fee, share: 1, "`(fee, share)`"),
        (lambda fee, share, cost, year: 1, "`(fee, share, cost, year)`"),
        (lambda *, fee, share, cost: 1, "`(*, fee, share, cost)`"),
    ],
)
def test_other_parameters_are_told_in_words(answer: Any, takes: str):
    said = BREAK_EVEN.check(answer)
    assert said.word == INCORRECT and "TypeError" not in said.text
    assert f"gives 3 values, in the order of the statement, and your function takes {takes}" in (
        said.text
    )


def test_an_error_inside_of_a_function_is_told_as_it_is():
    said = BREAK_EVEN.check(lambda fee, share, cost: (lambda: 1)(fee))
    assert "raised TypeError: " in said.text and said.code


def test_hints_are_folded_and_spoil_nothing():
    """Run All shows how many there are; each opens by a click, without a kernel."""
    first = ALL[0]
    hints = ex.hint(first.id)
    assert repr(hints) == f'{len(first.hints)} hints: `ex.hint("{first.id}", 1)` gives the first.'
    page = hints._repr_html_()
    assert page.count("<details><summary>Hint ") == len(first.hints) and "open" not in page
    assert page.index("Hint 1 of") < page.index("Hint 2 of") and "<script" not in page
    for which in (99, 0, "two"):
        assert ex.hint(first.id, which).word == "No such hint"


# ---------------------------------------------------------------- in a notebook


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Any:
    """A kernel: `run(source)` runs a cell, and gives what its last line shows."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell()
    cells = FailedCells()
    cells.watch(shell)
    monkeypatch.setattr(asking, "_failed_cells", cells)
    monkeypatch.setattr(asking, "_tries", type(asking._tries)(Tries))
    shell.showtraceback = shell.showsyntaxerror = lambda *args, **kwargs: None

    def run(source: str) -> Any:
        return shell.run_cell(source, store_history=True).result

    return run


CHECK = 'from costlib import exercises as ex\n\nex.check("1.6")'


def test_a_check_takes_the_notebooks_own_answer_and_says_what_to_run_first(notebook: Any):
    assert notebook(CHECK).word == NOT_ATTEMPTED
    assert "no `answer_1_6` yet" in notebook(CHECK).text
    notebook('answer_1_6 = "a"')
    assert notebook(CHECK).word == INCORRECT
    notebook('answer_1_6 = "c"')
    assert notebook(CHECK).word == CORRECT


@pytest.mark.parametrize(
    "broken", ['answer_1_6 = = "a"', "answer_1_6 = A_NAME", '1 / 0\nanswer_1_6 = "a"']
)
def test_an_answer_whose_cell_failed_since_is_not_judged(notebook: Any, broken: str):
    notebook('answer_1_6 = "c"')
    assert notebook(CHECK).word == CORRECT
    notebook(broken)
    stale = notebook(CHECK)
    assert stale.word == CANNOT_CHECK and "has not run since you changed it" in stale.text
    assert re.search(r"stopped with (SyntaxError|NameError|ZeroDivisionError)", stale.text)
    assert notebook('ex.check("1.5")').word == NOT_ATTEMPTED
    notebook('answer_1_6 = "c"')
    assert notebook(CHECK).word == CORRECT


def test_a_cell_that_fails_after_it_made_the_answer_is_judged(notebook: Any):
    notebook('answer_1_6 = "a"')
    notebook('answer_1_6 = "".join(["c"])\n1 / 0')
    assert notebook(CHECK).word == CORRECT
    notebook("raise ValueError('answer_1_6 is mentioned')")
    assert notebook(CHECK).word == CORRECT


def test_a_cell_that_is_no_python_is_told_by_its_line_and_no_file(notebook: Any):
    notebook('answer_1_6 = "c"')
    notebook('letter = "a"\nanswer_1_6 = = letter')
    assert "SyntaxError: invalid syntax, in line 2. `answer_1_6` is still" in notebook(CHECK).text


def test_a_function_that_was_defined_anew_is_not_judged_by_the_old_one(notebook: Any):
    check = CHECK.replace("1.6", "1.4")
    notebook("def even(fee, share, cost):\n    return 7\nanswer_1_4 = even")
    assert notebook(check).word == INCORRECT
    notebook("def even(fee, share, cost):\n    return 8")
    old = notebook(check)
    assert old.word == CANNOT_CHECK and "run `answer_1_4 = even`, then" in old.text
    notebook("answer_1_4 = even")
    assert notebook(check).word == INCORRECT


def test_a_wrapped_function_is_no_old_one(notebook: Any):
    notebook("import functools\ndef even(fee, share, cost):\n    return 7")
    notebook("answer_1_4 = functools.wraps(even)(lambda *args: even(*args))")
    assert notebook(CHECK.replace("1.6", "1.4")).word == INCORRECT
    notebook("answer_1_4 = functools.cache(even)")
    assert notebook(CHECK.replace("1.6", "1.4")).word == INCORRECT


def test_a_check_asks_nobody(notebook: Any):
    notebook("def even(fee, share, cost):\n    return input('How many? ')\nanswer_1_4 = even")
    assert "`input` asks for what the parameters have" in notebook(CHECK.replace("1.6", "1.4")).text
    assert notebook("input").__name__ != "_no_input"


def test_what_was_expected_is_told_from_the_second_wrong_try_on(notebook: Any):
    notebook("answer_1_4 = lambda *args: 7")
    check = CHECK.replace("1.6", "1.4")
    assert "is right" not in notebook(check).text
    assert "is right" not in notebook(check).text  # the same answer again is no second try
    notebook("answer_1_4 = lambda *args: 8")
    assert re.search(r"yours gives 8, and \d+ is right\.", notebook(check).text)
    assert "is right" in notebook(check).text


def test_our_answer_is_shown_after_a_try(notebook: Any):
    notebook("from costlib import exercises as ex")
    assert notebook('ex.solution("1.6")').word == "Not yet"
    notebook('answer_1_6 = ...\nex.check("1.6")')
    assert notebook('ex.solution("1.6")').word == "Not yet"
    notebook('answer_1_6 = "a"')
    notebook(CHECK)
    ours = notebook('ex.solution("1.6")')
    assert ours.word == "Our answer" and ours.code == 'answer_1_6 = "c"'
    assert "The price climbed" in ours.text and "<pre" in ours._repr_html_()


@each_exercise
def test_every_exercise_has_a_solution_to_show(exercise: Exercise):
    assert exercise.answer_name in asking._solved(exercise.id)


def test_where_the_solutions_do_not_lie_it_says_so(monkeypatch: Any, tmp_path: Any):
    monkeypatch.setattr(asking, "ROOT", tmp_path)
    monkeypatch.setitem(asking._tries, "1.6", Tries(any=True))
    assert "do not lie beside this course" in ex.solution("1.6").text


# ---------------------------------------------------------------- how it is shown


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
    assert show((numpy.float64(40.0), [numpy.int64(3)])) == "(40.0, [3])"
    assert show((0 * -3.79, 0.5)) == "(0.0, 0.5)"
    assert show({"usd": 2.7329999999999998e-05, "share": 1 / 3}) == (
        "{'usd': 2.733e-05, 'share': 0.3333333333333}"
    )


def test_a_pick_draws_what_its_bounds_allow_ends_first():
    pick = Pick(Random(1))
    found = [pick.whole(3, 99) for _ in range(300)]
    assert {3, 99} < set(found) and min(found) == 3 and max(found) == 99
    assert len({pick.amount(0, 1, 2) for _ in range(300)}) > 40
    assert sorted(pick.shuffled("abc")) == ["a", "b", "c"]
    assert pick.some(lambda: 1, 2, 2) == [1, 1] and Pick(Random(1), 0.0).some(list, 1, 9) == [[]]


def test_a_description_that_allows_nothing_is_named():
    def never(pick: Pick) -> tuple[Any, ...]:
        raise NotAllowed

    with pytest.raises(LookupError, match=r"9\.9: of 21 inputs none was allowed"):
        drawn(never, "9.9", 1)
