"""Lesson 7 in real JupyterLab: Run All, the calculator's controls, an exercise's three verdicts."""

from __future__ import annotations

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, says, type_number

pytestmark = pytest.mark.browser

LESSON = "07_prompt_caching.ipynb"

RIGHT = """\
def reuses(read, write):
    n = 1
    while round(write + n * read, 9) >= 1 + n:
        n += 1
    return n


answer_7_3 = reuses"""
WRONG = RIGHT.replace("return n", "return n + 1")
BLANK = """\
def reuses(read, write):
    return ...


answer_7_3 = reuses"""


def test_the_calculator_follows_each_of_its_controls(lesson: lab.Notebook):
    calculator = lesson.fresh("CacheCalculator(")
    says(calculator, "54 requests a day: a cache of 1h is cheapest")
    calculator.get_by_role("img", name="with 1h 1 write").wait_for(timeout=10_000)
    choose(calculator, "They come", "evenly")
    type_number(calculator, "Prefix that never changes, tokens", "10000")
    type_number(calculator, "Hours a day", "10")
    # 18 million tokens a month at 4 dollars; 30 writes at 8, the other 1,770 reads at 0.20
    says(calculator, "$5.94 a month for the prefix instead of $72.00, 92% less.")
    type_number(calculator, "Requests an hour", "0.5")
    says(calculator, "no cache is cheapest")
    type_number(calculator, "Requests an hour", "600")
    says(calculator, "a cache of 5m is cheapest")
    choose(calculator, "They come", "in")
    says(calculator, "6,000 requests a day: a cache of 5m is cheapest")
    choose(calculator, "Model", "gpt-4.1")
    says(calculator, "gpt-4.1, 6,000 requests a day")
    type_number(calculator, "Prefix that never changes, tokens", "300")
    says(calculator, "below this model's minimum of 1,024")
    assert lesson.errors() == []


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    blank, wrong, right = lesson.verdicts("7.3", "answer_7_3 = reuses", BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "a reuse is one that comes after it" in wrong
    assert "Correct" in right and "Incorrect" not in right
