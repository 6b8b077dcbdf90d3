"""Lesson 3 in real JupyterLab: Run All, the calculator's controls, an exercise's three verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import lab
import pytest

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


@pytest.fixture(scope="module")
def lesson(chromium: Any, server: str) -> Iterator[lab.Notebook]:
    """The untouched lesson after one Run All; what a test changes in it, no other test reads."""
    notebook = lab.Notebook.open(chromium, server, LESSON)
    notebook.run_all()
    yield notebook
    notebook.page.close()


def test_run_all_ends_without_an_error_and_typesets_no_dollars(lesson: lab.Notebook):
    assert lesson.errors() == []
    assert lesson.formulas() == []
    for number in range(1, 7):
        assert "Not attempted" in lesson.shown(lesson.cell(f'ex.check("3.{number}"'))


def test_the_calculator_changes_to_a_right_number(lesson: lab.Notebook):
    cell = lesson.cell("FeatureCalculator(")
    lesson.run_cell(cell)
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
        box = cell.get_by_role("spinbutton", name=label, exact=True)
        box.fill(value)
        box.press("Tab")
    # 30,000 x (1,500 x $4 + 100 x $20) / 1M, and nothing in doubt
    status.filter(has_text="$240 to $240 a month (90 %)").wait_for(timeout=10_000)


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    answer, check = lesson.cell("answer_3_3 = conversation_cost"), lesson.cell('ex.check("3.3"')
    shown = []
    for source in (BLANK, WRONG, RIGHT):
        lesson.run_cell(answer, source)
        shown.append(lesson.run_cell(check))
    blank, wrong, right = shown
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "no history" in wrong
    assert "Correct" in right and "Incorrect" not in right


def test_nothing_is_cut_off_on_a_phone(lesson: lab.Notebook):
    before = lesson.page.viewport_size
    lesson.page.set_viewport_size({"width": 390, "height": 844})
    try:
        assert lesson.too_wide() == []
    finally:
        lesson.page.set_viewport_size(before)
