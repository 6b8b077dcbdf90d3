"""Lesson 3 in real JupyterLab: Run All, the calculator's controls, an exercise's three verdicts."""

from __future__ import annotations

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import type_number

pytestmark = pytest.mark.browser

LESSON = "03_cost_estimation.ipynb"

RIGHT = """\
def conversation_cost(turns, system, question, answer, rates):
    sent = sum(system + t * (question + answer) + question for t in range(turns))
    return (sent * rates["input"] + turns * answer * rates["output"]) / 1e6


answer_3_3 = conversation_cost"""
# The history is not sent again.
WRONG = RIGHT.replace("t * (question + answer) + ", "")
BLANK = """\
def conversation_cost(turns, system, question, answer, rates):
    return ...


answer_3_3 = conversation_cost"""


def test_the_calculator_changes_to_a_right_number(lesson: lab.Notebook):
    cell = lesson.fresh("FeatureCalculator(")
    status = cell.get_by_role("status")
    status.filter(has_text="What moves it most: volume.").wait_for(timeout=10_000)
    for label, value in (
        ("Same in each request, tokens", "1000"),
        ("Other input, tokens", "500"),
        ("Typical output, tokens", "100"),
        ("Output that 1 in 20 exceeds", "100"),
        ("Sent again and billed, %", "0"),
        ("Volume may be off by, %", "0"),
        ("Growth in the month, up to ± %", "0"),
        ("Other input may be off by, %", "0"),
    ):
        type_number(cell, label, value)
    # 30,000 x (1,500 x $4 + 100 x $20) / 1M, and nothing in doubt
    status.filter(has_text="$240 to $240 a month (90%)").wait_for(timeout=10_000)


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    answer = "answer_3_3 = conversation_cost"
    blank, wrong, right = lesson.verdicts("3.3", answer, BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "no history" in wrong
    assert "Correct" in right and "Incorrect" not in right
