"""No check calls a wrong answer Correct, and none names a mistake that an answer does not make.

Every right answer, the lesson's own and those beside each exercise, is changed in one place in all
the ways of `mutants`. What a check calls Correct must then agree with the reference on other inputs
that the statement allows, and what it gives the message of a misconception must agree with that.
Where one does not, Hypothesis makes the input small that shows it. A sample runs by itself;
COSTLIB_MUTANTS=all takes every mutant, and three times as many inputs. Answers that are no
functions are tried one by one.
"""

from __future__ import annotations

import ast
import os
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from decimal import Decimal
from functools import cache
from itertools import islice, permutations, product
from math import ceil
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, find, reject, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from mutants import made, mutants, programs

from costlib import exercises as ex
from costlib.alerts import Anomaly, BurnRate, Threshold, delay, false_alarms, hourly
from costlib.bank.levers import bank_plan, local_accuracy
from costlib.bank.tracked import incidents, tracked_month, without_incidents
from costlib.exercises.framework import CORRECT, INCORRECT, Feedback, Function, Trial
from costlib.exercises.inputs import NotAllowed, Pick, drawn
from costlib.exercises.lesson_05 import Till, Visit
from costlib.exercises.lesson_07 import PIECES
from costlib.exercises.values import Unreadable, WrongForm, call_of, same
from costlib.intents import at_least, local_step
from costlib.pricing.cost import cost_of
from costlib.pricing.price_book import AS_OF
from costlib.pricing.prices import models
from costlib.usage.record import Usage

ALL = os.environ.get("COSTLIB_MUTANTS") == "all"
SAMPLE = 100
QUICK = settings(
    max_examples=2_000,
    suppress_health_check=list(HealthCheck),
    derandomize=True,
)
FUNCTIONS = [
    exercise
    for lesson in ex.lessons()
    for exercise in ex.lesson_exercises(lesson)
    if isinstance(exercise, Function)
]
pytestmark = pytest.mark.filterwarnings("ignore")  # of mutants, which divide by zero and worse
each_function = pytest.mark.parametrize("exercise", FUNCTIONS, ids=lambda exercise: exercise.id)


class Drawn(Pick):
    """The same description of inputs, with Hypothesis to choose: it looks for small ones."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        super().__init__(Random(0))
        self._draw = draw

    def whole(self, low: int, high: int) -> int:
        return self._draw(st.integers(low, high))


@st.composite
def inputs(draw: Callable[..., Any], exercise: Function) -> tuple[Any, ...]:
    try:
        return exercise.draw(Drawn(draw))
    except NotAllowed:
        reject()


Agrees = Callable[[Any, Trial], bool]


@cache
def fresh(number: str) -> tuple[Trial, ...]:
    """Inputs that the check does not try."""
    exercise = next(exercise for exercise in FUNCTIONS if exercise.id == number)
    count = 500 if exercise.draws >= 100 else 200
    sets = 6 if ALL else 2
    return tuple(
        exercise.trial(args)
        for n in range(sets)
        for args in drawn(exercise.draw, f"{number} once more {n}", count)
    )


def like_the_reference(exercise: Function) -> Agrees:
    def agrees(got: Any, trial: Trial) -> bool:
        return exercise.problem(got, trial) is None

    return agrees


def like_the_mistakes(exercise: Function, text: str) -> list[Agrees]:
    """The misconceptions, one mostly, whose message it is."""

    def like(place: int) -> Agrees:
        return lambda got, trial: same(got, trial.mistake(place), exercise.tolerance)

    return [like(i) for i, (_, message) in enumerate(exercise.misconceptions) if message == text]


def holds(function: Callable[..., Any], trial: Trial, agrees: Agrees) -> bool:
    try:
        got = function(*trial.copies())
        return agrees(list(got) if hasattr(got, "__next__") else got, trial)
    except (Unreadable, WrongForm):
        return False
    except Exception:
        return False


def agrees_on_all(exercise: Function, function: Callable[..., Any], agrees: Agrees) -> bool:
    return all(holds(function, trial, agrees) for trial in fresh(exercise.id))


def difference(exercise: Function, function: Callable[..., Any], agrees: Agrees) -> str:
    """The smallest input that the statement allows on which the two differ, or ""."""

    def differs(args: tuple[Any, ...]) -> bool:
        return not holds(function, exercise.trial(args), agrees)

    found = [trial.args for trial in fresh(exercise.id) if not holds(function, trial, agrees)]
    if not found:
        return ""
    with suppress(NoSuchExample):
        found.append(find(inputs(exercise), differs, settings=QUICK))
    least = min(found, key=lambda args: len(repr(args)))
    return call_of(exercise.answer_name, least)


@each_function
def test_no_mutant_of_a_right_answer_passes_unless_it_is_right(
    exercise: Function, record_property: Callable[[str, object], None]
):
    tried: Counter[str] = Counter()
    faults = []
    answers = [program for program in programs(exercise) if ALL or not program.slow]
    most = None if ALL else ceil(SAMPLE / len(answers))
    every = [
        (program, source)
        for program in answers
        for source in islice(mutants(program.tree, Random(exercise.id)), most)
    ]
    assert len(every) >= 30
    for program, source in every:
        function = made(source, program.names)
        if function is None:
            continue
        tried["mutants"] += 1
        feedback = exercise.check(function)
        if feedback.word == CORRECT:
            tried["equivalent"] += 1
            said = [like_the_reference(exercise)]
        else:
            tried["killed"] += 1
            said = like_the_mistakes(exercise, feedback.text)
        if said and not any(agrees_on_all(exercise, function, agrees) for agrees in said):
            least = difference(exercise, function, said[0])
            faults.append(f"{feedback.text}\n{least}\nof {program.origin}:\n{source}\n")
    for what, count in tried.items():
        record_property(what, count)
    print(exercise.id, dict(tried), "faults", len(faults))
    assert not faults, f"{len(faults)} of {tried['mutants']}:\n\n" + "\n".join(faults[:5])


@each_function
def test_the_lessons_own_solution_is_correct(exercise: Function):
    program = programs(exercise)[0]
    function = made(ast.unparse(program.tree), program.names)
    assert exercise.check(function) == Feedback(CORRECT, exercise.explanation)
    assert not difference(exercise, function, like_the_reference(exercise))


@each_function
def test_right_answers_and_the_reference_agree_on_other_inputs(exercise: Function):
    for answer in (exercise.expected, *exercise.right):
        assert difference(exercise, answer, like_the_reference(exercise)) == ""


# ---------------------------------------------------------------- answers of the other kind


def exercise_of(number: str) -> Any:
    return next(e for e in ex.lesson_exercises(int(number[0])) if e.id == number)


def accepted(number: str, answers: Iterable[Any]) -> list[Any]:
    """Of these answers the ones that are called Correct; all others are called Incorrect."""
    found = []
    for answer in answers:
        verdict = exercise_of(number).check(answer)
        assert verdict.word in (CORRECT, INCORRECT), (answer, verdict)
        if verdict.word == CORRECT:
            found.append(answer)
    return found


def test_of_all_pairs_of_models_those_a_hundredfold_apart_are_accepted():
    live = [m.id for m in models("anthropic", kind="chat", at=AS_OF)]
    task = Usage(input_tokens=3_000, output_tokens=400)
    usd = {model: cost_of(task, model, provider="anthropic").total for model in live}
    wanted = [(a, b) for a, b in permutations(live, 2) if usd[a] >= 100 * usd[b]]
    assert wanted and accepted("1.2", permutations(live, 2)) == wanted
    others = [m.id for m in models("openai", kind="chat", at=AS_OF)]
    assert accepted("1.2", permutations(others[:12], 2)) == []


def test_of_many_rules_those_that_neither_cry_nor_sleep_are_accepted():
    month = tracked_month()
    clean = hourly(without_incidents(month), feature="dispute-form")
    loop = hourly(without_incidents(month, keep="form-loop"), feature="dispute-form")
    (truth,) = incidents().query("incident == 'form-loop'").to_dict("records")
    rules = [
        BurnRate(budget=budget, factor=factor, long=long)
        for budget, factor, long in product((20, 40, 80), (2, 3, 6), (3, 6))
    ]
    rules += [Anomaly(z=z) for z in (1.5, 2, 2.5, 3, 4, 6, 40)] + [Threshold(budget=40)]

    def good(rule: Any) -> bool:
        line = rule.budget * rule.factor if isinstance(rule, BurnRate) else 0
        if rule == Anomaly(z=3) or (line == 120 and rule.long == 6):
            return False  # the table's own, in any numbers
        seen = delay(rule, loop, truth["first"], truth["last"])
        on_time = seen is not None and seen <= timedelta(hours=3)
        return on_time and false_alarms(rule, clean) <= 1

    assert accepted("4.3", rules) == [rule for rule in rules if good(rule)]


VISITS = [
    Visit(limit, most, ends)
    for limit, most in ((3, 1), (1, 1), (0, 1), (Decimal("0.5"), Decimal("0.4")), (9, 0.7))
    for ends in (0, Decimal("0.25"), 0.3, 7, TimeoutError("late"), ConnectionError("gone"))
]


def seen(answer: Callable[..., Any], visit: Visit) -> tuple[Any, ...]:
    """All that an account and a caller see of one call of a function."""
    till, calls = Till(visit.limit), []

    def call() -> Any:
        calls.append(till.reserved)
        if isinstance(visit.ends, Exception):
            raise visit.ends
        return visit.ends

    try:
        ended = answer(till, visit.most, call)
    except Exception as error:
        ended = repr(error)
    return calls, till.spent, till.reserved, ended


def test_no_mutant_of_a_guarded_call_passes_unless_it_does_the_same():
    exercise = exercise_of("5.1")
    every = [(p, source) for p in programs(exercise) for source in mutants(p.tree)]
    right, tried = exercise.right[0], Counter[str]()
    for program, source in every:
        function = made(source, program.names)
        if function is None:
            continue
        tried["mutants"] += 1
        if exercise.check(function).word == CORRECT:
            tried["equivalent"] += 1
            for visit in VISITS:
                assert seen(function, visit) == seen(right, visit), source
    assert tried["mutants"] >= 40
    print("5.1", dict(tried))


def test_a_search_for_the_reuses_that_gives_up_is_incorrect():
    """No mutant of a formula has the bound that a loop has."""
    for most in (20, 50, 100, 200):

        def found(read: float, write: float, most: int = most) -> int | None:
            tried = range(1, most + 1)
            return next((n for n in tried if round(write + n * read, 6) < 1 + n), None)

        assert exercise_of("7.3").check(found).word == INCORRECT


def test_so_many_rounds_of_sharing_are_too_few():
    for rounds in range(1, 12):

        def shared(total: float, wishes: dict[str, float], rounds: int = rounds) -> Any:
            given = dict.fromkeys(wishes, 0.0)
            for _ in range(rounds):
                hungry = [user for user in wishes if given[user] < wishes[user] - 1e-9]
                part = (total - sum(given.values())) / max(1, len(hungry))
                given |= {user: min(wishes[user], given[user] + part) for user in hungry}
            return given

        assert exercise_of("5.6").check(shared).word == INCORRECT


def test_an_answer_that_stops_at_so_many_retries_is_incorrect():
    for most in (2, 5, 10, 20, 60, 100, 1_000):

        def capped(sent: int, out: int, retries: int, rates: Any, most: int = most) -> float:
            usd = 0.0
            for _ in range(min(retries, most) + 1):
                usd += (sent * rates["input"] + out * rates["output"]) / 1e6
            return usd

        assert exercise_of("3.7").check(capped).word == INCORRECT


def test_of_all_five_pairs_of_counters_one_answer_is_accepted():
    pair = [(0, 0), (6000, 0), (0, 6000), (6000, 6000)]
    right = ((0, 6000), (6000, 0), (6000, 0), (0, 6000), (0, 6000))
    assert accepted("7.1", product(pair, repeat=5)) == [right]


def test_of_all_orders_of_a_prompt_those_by_change_are_accepted():
    often = dict(zip(PIECES, (0, 0, 0, 1, 2, 3, 4), strict=True))

    def good(order: tuple[str, ...]) -> bool:
        changes = [often[name] for name in order]
        return order[0] == "tools" and changes == sorted(changes)

    orders = list(permutations(PIECES))
    assert accepted("7.2", orders) == [order for order in orders if good(order)]


def test_of_all_breakpoints_those_at_the_ends_of_what_is_shared_are_accepted():
    places = ("tools", "handbook", "profile", "history", "question")
    sets = [
        tuple(name for name, chosen in zip(places, bits, strict=True) if chosen)
        for bits in product((False, True), repeat=5)
    ]
    wanted = [s for s in sets if {"handbook", "profile", "question"} <= set(s) and len(s) <= 4]
    assert accepted("7.5", sets[1:]) == wanted


def test_of_all_counts_by_hand_one_answer_is_accepted():
    grid = product(range(7, 11), range(3), range(9, 13), (0, 8e-6, 16e-6, -8e-6, 88e-6))
    names = ("accepted", "rejected", "completion_tokens", "dollars_more")
    answers = (dict(zip(names, values, strict=True)) for values in grid)
    assert accepted("8.1", answers) == [dict(zip(names, (8, 1, 11, 8e-6), strict=True))]


def test_of_all_levers_and_margins_those_above_floor_and_target_are_accepted():
    """And the test set agrees with each of them, as the explanation says."""
    plan, step = bank_plan(), local_step()
    names = ("answer_locally", "batch_summaries", "cache_prefix", "shorten_prompts")
    answers = [
        {"levers": chosen, "margin": margin}
        for chosen in (names[:3], names, names[1:3], (names[0], names[2]))
        for margin in (0.5, 0.52, 0.64, 0.9)
    ]

    def good(answer: dict[str, Any]) -> bool:
        chosen, margin = answer["levers"], answer["margin"]
        if "shorten_prompts" in chosen:
            return False
        local = "answer_locally" in chosen
        right = (step.held.answers == step.held_truth)[step.held.margins >= margin]
        off = (plan.adjusted("answer_locally", margin=margin) if local else plan).off(chosen)
        return (not local or at_least(right.sum(), len(right)) >= 0.97) and off >= 0.89

    found = accepted("8.3", answers)
    assert found and found == [answer for answer in answers if good(answer)]
    assert all(local_accuracy(answer["margin"]) > 0.97 for answer in found)
