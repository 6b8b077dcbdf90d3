"""The learner's road in real JupyterLab: from lesson to index, to an answer, to a term, to the next
lesson."""

from __future__ import annotations

from collections.abc import Callable

import axe
import lab
import pytest

pytestmark = pytest.mark.browser

INDEX, FIRST = "00_index.ipynb", "01_pricing_models.ipynb"


def test_the_index_shows_progress_and_its_links_lead_on(
    turn_to: Callable[[str], lab.Notebook],
):
    index = turn_to(INDEX)
    assert "0 of" in index.shown(index.cell("progress()"))  # before anything runs
    index.page.get_by_role("link", name="T", exact=True).click()
    lab.wait_until(
        index.page,
        """letter => {
            const place = letter.getBoundingClientRect();
            return place.top >= 0 && place.bottom <= innerHeight;
        }""",
        index.page.get_by_role("heading", name="T", exact=True).element_handle(),
        seconds=20,
    )
    index.run_all()
    assert index.errors() == []
    shown = index.shown(index.cell("progress()"))
    assert "0 of" in shown and "Lesson 1. Pricing models" in shown and "1.1, 1.3" in shown
    assert axe.faults(index) == []
    assert index.too_wide() == []
    # JupyterLab opens the lesson at its top, and scrolls to the place in a lesson that is open.
    term = index.page.get_by_role("link", name="lesson 1, 2. The rate card").first
    answer = index.cell("ask import ask").get_by_role("link", name="lesson 1, Prices move")
    answer.click()
    taught = index.page.get_by_role("heading", name="2. The rate card")
    taught.wait_for()
    index.page.get_by_role("tab", name=INDEX).click()
    term.click()
    lab.wait_until(
        index.page,
        """taught => {
            const place = taught.getBoundingClientRect();
            return place.top >= 0 && place.bottom <= innerHeight;
        }""",
        taught.element_handle(),
        seconds=20,
    )


def test_a_lesson_leads_to_the_index_and_to_the_next(turn_to: Callable[[str], lab.Notebook]):
    lesson = turn_to(FIRST)
    for link, heading in (
        ("All lessons, your progress and the glossary", "All lessons"),
        ("2. Token pricing categories", "Lesson 2. Token pricing categories"),
    ):
        lesson.page.get_by_role("link", name=link, exact=True).first.click()
        lesson.page.get_by_role("heading", name=heading, exact=False, level=1).wait_for()
