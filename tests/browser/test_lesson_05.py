"""Lesson 5 in real JupyterLab: Run All, the planner's controls, an exercise's three verdicts."""

from __future__ import annotations

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, says, type_number

pytestmark = pytest.mark.browser

LESSON = "05_budget_limits.ipynb"

RIGHT = """\
def guarded(account, most, call):
    if not account.reserve(most):
        return None
    cost = 0
    try:
        cost = call()
    except TimeoutError:  # it may have been billed
        cost = most
        raise
    finally:
        account.settle(most, cost)
    return cost


answer_5_1 = guarded"""
# Looks first, and does not hear what the reservation says.
WRONG = RIGHT.replace(
    "if not account.reserve(most):\n        return None",
    "if account.left < most:\n        return None\n    account.reserve(most)",
)
BLANK = """\
def guarded(account, most, call):
    return ...


answer_5_1 = guarded"""


def test_the_planner_follows_each_of_its_controls(lesson: lab.Notebook):
    calculator = lesson.fresh("BudgetPlanner(")
    says(calculator, "The month stops for everybody on day 23")
    for label, value in (
        ("Input, tokens", "1000"),
        ("Typical output, tokens", "100"),
        ("Output at most (max_tokens)", "500"),
        ("Requests a day", "1000"),
        ("Users", "100"),
        ("Heavy users, % of them", "10"),
        ("Requests they send, %", "50"),
        ("Limit a month, USD", "63"),
        ("Notice at, % of the month's limit", "50"),
        ("Calls at once", "5"),
    ):
        type_number(calculator, label, value)
    # 1,000 calls of 0.006 USD are 6 a day: 63 is ten days and a half, but for what a call reserves
    says(calculator, "$180 a month if nothing stops it. The month stops for everybody on day 11 at")
    says(calculator, "at 11:57. Refused: 65.0% of the requests.")
    calculator.get_by_text("Notice is given on day 6.").wait_for(timeout=10_000)
    type_number(calculator, "Limit a user and day, USD (0: none)", "0.1")
    says(calculator, "each of the 10 heavy users stops at 07:12 every day")
    type_number(calculator, "Limit a day, USD (0: none)", "2.8")
    says(calculator, "each day stops for everybody at 15:07")
    choose(calculator, "Model", "claude-sonnet-5-5")
    says(calculator, "claude-sonnet-5-5: $90.00 a month")
    type_number(calculator, "Typical output, tokens", "900")
    says(calculator, "cannot be above max_tokens")
    assert lesson.errors() == []


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    answer = "answer_5_1 = guarded"
    blank, wrong, right = lesson.verdicts("5.1", answer, BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "looked at" in wrong
    assert "Correct" in right and "Incorrect" not in right
