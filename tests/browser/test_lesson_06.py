"""Lesson 6 in real JupyterLab: Run All, two calculators' controls, an exercise's three verdicts."""

from __future__ import annotations

from functools import partial

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, type_number

pytestmark = pytest.mark.browser

LESSON = "06_prompt_optimization.ipynb"

RIGHT = """\
def enough(now, points):
    worse = now - points
    variance = now * (1 - now) + worse * (1 - worse)
    return math.ceil(round(variance * ((1.96 + 0.84) / points) ** 2, 6))


answer_6_1 = enough"""
WRONG = RIGHT.replace(" + 0.84", "")
BLANK = """\
def enough(now, points):
    return ...


answer_6_1 = enough"""


says = partial(lab.says, seconds=20)  # much is computed anew at each change


def test_the_routing_calculator_follows_each_of_its_controls(lesson: lab.Notebook):
    calculator = lesson.fresh("RoutingCalculator(")
    says(calculator, "30% to the strong model: 76.9% right, $0.00227 for a right answer")
    calculator.get_by_role("img", name="the dot is 30%").wait_for(timeout=10_000)
    type_number(calculator, "Sent to the strong model, %", "0")
    says(calculator, "0% to the strong model: 63.6% right, $0.000216 for a right answer")
    type_number(calculator, "A wrong answer costs, USD", "1")
    calculator.get_by_text("100% is the cheapest of these").wait_for(timeout=10_000)
    type_number(calculator, "Sent to the strong model, %", "100")
    says(calculator, "100% to the strong model: 85.5% right, $0.0052 for a right answer")
    choose(calculator, "Router", "by")
    says(calculator, "85.5% right, $0.00504 for a right answer")  # no weak call in front
    type_number(calculator, "Strong model's price, % of its list price", "50")
    says(calculator, "85.5% right, $0.00252 for a right answer")
    assert lesson.errors() == []


def test_the_prompt_diet_reads_what_is_pasted(lesson: lab.Notebook):
    calculator = lesson.fresh("PromptDiet(")
    says(calculator, "claude-opus-5-5: est. 193")
    choose(calculator, "Model", "gpt-4.1")
    box = calculator.get_by_role("textbox", name="The prompt", exact=True)
    box.fill("# Only\nHello, world")
    box.press("Tab")
    type_number(calculator, "Requests a day", "100000")
    # "# Only" with its line end 3 tokens, "Hello, world" 3; 3 million requests at 2 USD
    says(calculator, "gpt-4.1: 6 tokens, $36.00 a month; the dearest part is “Only”")
    type_number(calculator, "Read from a cache, % of requests", "100")
    says(calculator, "$9.00 a month")  # read at 0.50
    box.fill(" ")
    box.press("Tab")
    says(calculator, "There is no prompt yet: paste one.")
    assert lesson.errors() == []


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    answer = "answer_6_1 = enough"
    blank, wrong, right = lesson.verdicts("6.1", answer, BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "every other time" in wrong
    assert "Correct" in right and "Incorrect" not in right
