"""Lesson 1 in real JupyterLab: Run All, the calculator's controls, an exercise's three verdicts."""

from __future__ import annotations

import re
from typing import Any

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, says, type_number

pytestmark = pytest.mark.browser

LESSON = "01_pricing_models.ipynb"

RIGHT = """\
def request_cost(input_tokens, cached_tokens, output_tokens, rates):
    full = (input_tokens - cached_tokens) * rates["input"]
    return (full + cached_tokens * rates["cached_input"] + output_tokens * rates["output"]) / 1e6


answer_1_1 = request_cost"""
# Cached tokens are inside the input; this bills them at both rates.
WRONG = RIGHT.replace("(input_tokens - cached_tokens)", "input_tokens")
BLANK = """\
def request_cost(input_tokens, cached_tokens, output_tokens, rates):
    return ...


answer_1_1 = request_cost"""


@pytest.fixture
def calculator(lesson: lab.Notebook) -> Any:
    return lesson.fresh("PricingCalculator(")


def month(calculator: Any, usd: str) -> None:
    """Wait until the calculator announces this month."""
    calculator.get_by_role("status").filter(has_text=f"{usd} a month.").wait_for(timeout=10_000)


def test_the_calculator_follows_each_of_its_controls(calculator: Any):
    month(calculator, "$420.00")  # (1,500 x $4 + 400 x $20) / 1M x 1,000 x 30
    type_number(calculator, "Requests a day", "40000")
    month(calculator, "$16,800.00")
    type_number(calculator, "Output tokens a request", "200")
    type_number(calculator, "Input tokens a request", "1000")
    month(calculator, "$9,600.00")  # 4,000 + 4,000
    type_number(calculator, "Output tokens a request", "500")
    month(calculator, "$16,800.00")  # 4,000 + 10,000
    type_number(calculator, "Input tokens a request", "2000")
    type_number(calculator, "Input read from cache, %", "50")
    month(calculator, "$17,040.00")  # 1,000 x 4 + 1,000 x 0.2 + 10,000 = 14,200
    type_number(calculator, "Requests a day", "1000")
    month(calculator, "$426.00")
    choose(calculator, "Tier", "batch")
    month(calculator, "$213.00")
    choose(calculator, "Model", "gpt-6.1-sol")
    month(calculator, "$106.50")  # batch: 1,000 x 1 + 1,000 x 0.05 + 500 x 5 = 3,550
    for label, name, usd in (
        ("First alternative", "claude-opus-5-5", "$213.00"),
        ("Second alternative", "claude-sonnet-5-5", "$106.50"),  # the rates of gpt-6.1-sol
        ("Third alternative", "claude-fable-5-2", "$423.00"),  # batch: 1,000 x 4.1 + 500 x 20
    ):
        choose(calculator, label, name)
        calculator.get_by_role("row", name=name).filter(has_text=usd).wait_for(timeout=10_000)


def test_the_calculator_answers_bad_input_with_a_sentence(lesson: lab.Notebook, calculator: Any):
    choose(calculator, "Tier", "flex")
    alert = calculator.get_by_role("alert")
    alert.filter(has_text=re.compile("No answer: .*flex.*claude-opus-5-5")).wait_for(timeout=10_000)
    choose(calculator, "Tier", "standard")
    type_number(calculator, "Requests a day", "-5")
    says(calculator, "Requests a day must be from 0 to 1,000,000,000; it is -5: give 0 or more.")
    box = calculator.get_by_role("textbox", name="Requests a day", exact=True)
    assert box.input_value() == "-5"
    assert lesson.errors() == []


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    blank, wrong, right = lesson.verdicts("1.1", "answer_1_1 = request_cost", BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "twice" in wrong
    assert "Correct" in right and "Incorrect" not in right
