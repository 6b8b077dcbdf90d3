"""Lesson 4 in real JupyterLab: Run All, the dashboard's filters, an exercise's three verdicts."""

from __future__ import annotations

from functools import partial

import lab
import pytest
from every_lesson import *  # noqa: F403 - the tests of every lesson run here on this one
from lab import choose

from costlib.bank.tracked import tracked_month

pytestmark = pytest.mark.browser

LESSON = "04_usage_tracking_alerts.ipynb"

RIGHT = "answer_4_3 = BurnRate(budget=40, factor=4)"
WRONG = "answer_4_3 = BurnRate(budget=40, factor=2)"
BLANK = "answer_4_3 = ..."


says = partial(lab.says, seconds=20)  # much is computed anew at each change


def test_the_dashboard_follows_each_of_its_filters(lesson: lab.Notebook):
    calls = tracked_month()
    calculator = lesson.fresh("Dashboard(")
    says(calculator, f"{len(calls):,} attempts cost")
    choose(calculator, "Status", "error")
    failed = calls[calls["status"] == "error"]
    says(calculator, f"{len(failed):,} attempts cost ${failed['cost_pusd'].sum() / 1e12:.2f}")
    choose(calculator, "Status", "any")
    choose(calculator, "Feature", "tagging")
    tagging = calls[calls["feature"] == "tagging"]
    says(calculator, f"{len(tagging):,} attempts cost ${tagging['cost_pusd'].sum() / 1e12:.2f}")
    choose(calculator, "Until, included", "2026-10-24")
    says(calculator, "No calls match feature tagging")
    choose(calculator, "Until, included", "2026-11-21")
    choose(calculator, "Show", "input")
    choose(calculator, "Movers by", "user")
    calculator.get_by_text("What moved most by user: input tokens").wait_for(timeout=20_000)
    assert lesson.errors() == []


def test_an_alert_arrived_at_the_webhook(lesson: lab.Notebook):
    shown = lesson.shown(lesson.cell("with Webhook("))
    assert "first run:  ['sent', 'sent']" in shown
    assert "second run: ['sent before', 'sent before']" in shown
    assert "dispute-form" in shown and "500" in shown


def test_an_exercise_tells_blank_wrong_and_right_apart(lesson: lab.Notebook):
    blank, wrong, right = lesson.verdicts("4.3", BLANK, BLANK, WRONG, RIGHT)
    assert "Not attempted" in blank
    assert "Incorrect" in wrong and "people stop reading" in wrong
    assert "Correct" in right and "Incorrect" not in right
