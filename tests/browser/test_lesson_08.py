"""Lesson 8 in real JupyterLab: Run All, the calculator's controls, every exercise, the report."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose, says, type_number

pytestmark = pytest.mark.browser

LESSON = "08_predicted_outputs.ipynb"

BY_HAND = (
    'answer_8_1 = {"accepted": %s, "rejected": %s, "completion_tokens": %s, "dollars_more": %s}'
)
CAPSTONE = 'answer_8_3 = {"levers": %s, "margin": %s}'
ALLOWED = '["cache_prefix", "batch_summaries", "answer_locally"]'


def function(name: str, number: int, arguments: str, body: str) -> str:
    return f"def {name}({arguments}):\n    {body}\n\n\nanswer_8_{number} = {name}"


BLANK = "return ..."
ANSWERS = {  # a piece of the cell, then a blank, a wrong and a right answer, and the mistake named
    "8.1": (
        "answer_8_1 = {",
        BY_HAND % ("...", "...", "...", "..."),
        BY_HAND % (8, 2, 12, 16e-6),
        BY_HAND % (8, 1, 11, 8e-6),
        "new tokens of the reply",
    ),
    "8.2": (
        "answer_8_2 = most_changed",
        *(
            function("most_changed", 2, "file_tokens, overhead, failing", body)
            for body in (
                BLANK,
                "return max(0, (1 - failing) * file_tokens - overhead)",
                "return max(0, (1 - failing) * file_tokens - overhead) / 2",
            )
        ),
        "changed tokens once",
    ),
    "8.3": (
        "answer_8_3 = {",
        CAPSTONE % ("[...]", "..."),
        CAPSTONE % (ALLOWED[:-1] + ', "resize_screenshots"]', 0.55),
        CAPSTONE % (ALLOWED, 0.55),
        "nobody measured",
    ),
    "8.4": (
        "answer_8_4 = both_costs",
        *(
            function("both_costs", 4, "usage, input_rate, output_rate", body)
            for body in (
                BLANK,
                "d = usage['completion_tokens_details']; n = usage['completion_tokens']; "
                "p = usage['prompt_tokens'] * input_rate; r = d['rejected_prediction_tokens'] or 0"
                "; return (p + (n + r) * output_rate) / 1e6, (p + n * output_rate) / 1e6",
                "d = usage['completion_tokens_details']; n = usage['completion_tokens']; "
                "p = usage['prompt_tokens'] * input_rate; r = d['rejected_prediction_tokens'] or 0"
                "; return (p + n * output_rate) / 1e6, (p + (n - r) * output_rate) / 1e6",
            )
        ),
        "in completion_tokens already",
    ),
    "8.5": (
        "answer_8_5 = choose",
        *(
            function("choose", 5, "ways, usd_a_second, request", body)
            for body in (
                BLANK,
                "return min(ways, key=lambda w: ways[w][0] + ways[w][1] * usd_a_second)",
                "ways = {w: v for w, v in ways.items() if w != 'predicted' or not ((request.get("
                "'n') or 1) > 1 or any(map(request.get, ('tools', 'logprobs', "
                "'max_completion_tokens'))))}; "
                "return min(ways, key=lambda w: ways[w][0] + ways[w][1] * usd_a_second)",
            )
        ),
        "the API refuses",
    ),
    "8.6": (
        "answer_8_6 = savings",
        *(
            function("savings", 6, "order, bills", body)
            for body in (
                BLANK,
                "return [bills[frozenset()] - bills[frozenset({name})] for name in order]",
                "return [bills[frozenset(order[:i])] - bills[frozenset(order[: i + 1])] "
                "for i in range(len(order))]",
            )
        ),
        "alone against the plan",
    ),
}


def test_the_calculator_follows_each_of_its_controls(lesson: lab.Notebook):
    calculator = lesson.fresh("PredictionCalculator(")
    says(calculator, "195 tokens accepted, 3 rejected: the prediction costs 0.0024 cents more")
    for label, text in (
        ("Before: the prediction", "The card was declined."),
        ("After: the reply", "The card was returned."),
    ):
        box = calculator.get_by_role("textbox", name=label, exact=True)
        box.fill(text)
        box.press("Tab")
    # one token at 8 USD a million; four tokens at 25 a second
    says(calculator, "4 tokens accepted, 1 rejected: the prediction costs 0.0008 cents more")
    says(calculator, "comes 0.2 s sooner")
    choose(calculator, "Model", "gpt-4o")
    says(calculator, "the prediction costs 0.001 cents more")
    type_number(calculator, "A second of waiting is worth, cents", "5")
    says(calculator, "Waiting included, the best is: whole file, predicted.")
    type_number(calculator, "Diffs and blocks that fail, %", "100")
    choose(calculator, "Tokens are accepted by", "fitted")
    says(calculator, "tokens accepted")
    box = calculator.get_by_role("textbox", name="After: the reply", exact=True)
    box.fill("")
    box.press("Tab")
    says(calculator, "After is empty: paste the text there.")
    assert lesson.errors() == []


@pytest.mark.parametrize("exercise", ANSWERS)
def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook, exercise: str):
    cell, *sources, mistake = ANSWERS[exercise]
    blank, wrong, right = lesson.verdicts(exercise, cell, *sources)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and mistake in wrong
    assert "Correct" in right and "Incorrect" not in right


def test_the_report_prints_on_one_sheet(chromium: Any, lesson: lab.Notebook, tmp_path: Path):
    frame = lesson.page.locator('iframe[title*="a report on one page"]')
    document = frame.get_attribute("srcdoc")
    assert "% less" in frame.content_frame.locator("h1").text_content()
    path = tmp_path / "bill.html"
    path.write_text(document, encoding="utf-8")
    page = chromium.new_page(viewport={"width": 900, "height": 1200})
    try:
        page.goto(path.as_uri())
        sheet = page.pdf(prefer_css_page_size=True, print_background=True)
        assert len(re.findall(rb"/Type\s*/Page\b(?!s)", sheet)) == 1
        # Every word of the waterfall stands inside the drawing.
        outside = page.evaluate(
            """() => {
                const box = document.querySelector('svg').getBoundingClientRect();
                return [...document.querySelectorAll('svg text')].filter(text => {
                    const at = text.getBoundingClientRect();
                    return at.left < box.left - 1 || at.right > box.right + 1;
                }).map(text => text.textContent);
            }"""
        )
        assert outside == []
    finally:
        page.close()
