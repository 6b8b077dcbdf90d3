"""Lesson 2 in real JupyterLab: Run All, two calculators' controls, an exercise's three verdicts."""

from __future__ import annotations

import json
from typing import Any

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, type_number

pytestmark = pytest.mark.browser

LESSON = "02_token_pricing_categories.ipynb"

RIGHT = """\
def reasoning_bill(usage, output_rate):
    reasoning = (usage["output_tokens_details"] or {}).get("reasoning_tokens", 0)
    return reasoning / usage["output_tokens"], reasoning * output_rate / 1e6


answer_2_2 = reasoning_bill"""
WRONG = RIGHT.replace('/ usage["output_tokens"]', '/ (usage["output_tokens"] + reasoning)')
BLANK = """\
def reasoning_bill(usage, output_rate):
    return ...


answer_2_2 = reasoning_bill"""

CLAUDE = {
    "model": "claude-opus-5-5",
    "usage": {"input_tokens": 1000, "cache_read_input_tokens": 6000, "output_tokens": 500},
}


def says(calculator: Any, text: str) -> None:
    """Wait until the calculator announces this."""
    calculator.get_by_role("status").filter(has_text=text).wait_for(timeout=10_000)


def test_the_picture_calculator_follows_each_of_its_controls(lesson: lab.Notebook):
    calculator = lesson.fresh("ImageCalculator(")
    says(calculator, "claude-opus-5-5: 3,956 tokens")
    drawing = calculator.get_by_role("img", name="43 x 92 squares of 28 pixels")
    drawing.wait_for(timeout=10_000)
    type_number(calculator, "Width, pixels", "1024")
    type_number(calculator, "Height, pixels", "1024")
    says(calculator, "1,369 tokens")  # 37 x 37
    choose(calculator, "Model", "gpt-5.4")
    says(calculator, "gpt-5.4: 1,229 tokens")
    choose(calculator, "Model", "gpt-4o")
    says(calculator, "gpt-4o: 765 tokens (85 + 4 squares x 170)")
    calculator.get_by_role("img", name="2 x 2 squares of 512 pixels").wait_for(timeout=10_000)
    choose(calculator, "Detail (OpenAI)", "low")
    says(calculator, "gpt-4o: 85 tokens")
    assert lesson.errors() == []


def test_the_usage_decoder_reads_what_is_pasted(lesson: lab.Notebook):
    calculator = lesson.fresh("UsageDecoder(")
    says(calculator, "gpt-5-mini: $0.0016 for 7,000 tokens in and 600 out.")
    box = calculator.get_by_role("textbox", name="Response or usage, JSON", exact=True)
    box.fill(json.dumps(CLAUDE))
    box.press("Tab")
    # 1,000 x 4 + 6,000 x 0.2 + 500 x 20 = 15,200
    says(calculator, "claude-opus-5-5: $0.0152 for 7,000 tokens in and 500 out.")
    choose(calculator, "Price it as", "claude-sonnet-5-5")
    says(calculator, "claude-sonnet-5-5: $0.0076 for")
    box.fill('{"usage": ')
    box.press("Tab")
    calculator.get_by_role("alert").filter(has_text="This is not JSON: line 1").wait_for()
    box.fill("{}")
    box.press("Tab")
    calculator.get_by_role("alert").filter(has_text="absent is not zero").wait_for()
    assert lesson.errors() == []


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    answer = "answer_2_2 = reasoning_bill"
    blank, wrong, right = lesson.verdicts("2.2", answer, BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "already inside" in wrong
    assert "Correct" in right and "Incorrect" not in right
