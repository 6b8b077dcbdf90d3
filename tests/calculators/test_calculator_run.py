"""The calculator of an agent's run: worked by hand, its sentences, and real runs beside it."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest

from costlib.agents.planning import planned
from costlib.agents.spending import spent
from costlib.calculators.run import Run, RunCalculator
from costlib.pricing.prices import rate_card

OPUS = "anthropic/claude-opus-5-5"
SMALL = {"model": OPUS, "turns": 3, "definitions": 600, "prefix": 400, "tool_result": 400,
         "written": 100}  # fmt: skip


def total(**inputs: object) -> Decimal:
    return Run(**(SMALL | inputs)).result().money.usd


def test_a_run_by_hand():
    # prompts of 1,000, 1,500 and 2,000; each writes 100 at 20 USD a million
    assert total(cache="none") == Decimal("0.024")  # 4,500 at 4
    assert total() == Decimal("0.0165")  # 2,000 written at 5, 2,500 read at 0.20
    assert total(cache="long") == Decimal("0.0225")  # 2,000 written at 8


def test_a_pause_writes_again_and_a_longer_lifetime_does_not():
    assert total(pause=6.0, every=2) == Decimal("0.0165") + 1_500 * Decimal("4.8e-6")
    assert total(pause=6.0, every=2, cache="long") == total(cache="long")


def test_compaction_and_children_change_the_run():
    run = Run(**(SMALL | {"turns": 40, "compact": 5_000, "summary": 500})).result().runs
    assert run.overhead.sum() >= 3 and run.prompt.max() < 5_000 + 500 + 110
    run = Run(**(SMALL | {"turns": 40, "children": 4})).result().runs
    assert set(run.thread.tolist()) == {0, 1, 2, 3, 4}


def test_the_view_says_what_it_costs_and_for_what():
    view = RunCalculator(**SMALL)

    def status() -> str:
        (text,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', view.output.value)
        return html.unescape(re.sub("<[^>]*>", "", text))

    assert status() == (
        "claude-opus-5-5: this run costs $0.0165 in 3 calls, 31% less than without a cache "
        "($0.024)."
    )
    assert "Too few of the 500 real runs" in view.output.value
    view.controls["turns"].value = "36"
    assert "real runs of a coding agent that took about as many calls" in view.output.value
    beside, output, *_ = view.answer_now().notes
    assert "with est. 1.53 (1.03 to 2.02) tokens for one of gemini-3-pro-preview" in beside
    assert output.endswith("Reasons unasked: claude-opus-5-5 (medium).")
    view.controls["cache"].value = "none"
    assert status().endswith("in 36 calls.")
    view.controls["turns"].value = "1"
    assert status().endswith("in 1 call.") and "USD of the only call by part: $" in str(view)
    view.controls["turns"].value = "36"
    text = str(view)
    rows = re.findall(r"^(definitions|prefix|history|results|answer) +([\d,]+)", text, re.MULTILINE)
    assert [name for name, _ in rows] == ["definitions", "prefix", "history", "results", "answer"]
    assert dict(rows)["history"] == f"{100 * 36 * 35 // 2:,}"


def test_a_run_in_which_nothing_is_sent_or_said_costs_nothing():
    nothing = RunCalculator(model=OPUS, definitions=0, prefix=0, tool_result=0, written=0)
    assert nothing.answer_now().sentence.endswith(
        "costs $0 in 36 calls, as much as without a cache ($0)."
    )


def test_the_drawing_stacks_every_turn_and_averages_long_runs():
    view = RunCalculator(**(SMALL | {"turns": 200}))
    stack = view.answer_now().shown[0]
    assert len(stack.bars) == 60
    money = stack.money
    assert abs(stack.bars.sum() * 200 / 60 - float(money.usd)) < 0.02 * float(money.usd)
    assert stack.svg().count("<rect") > 60 * 3
    assert "USD of each of 200 calls" in str(stack)


def test_every_model_and_cache_answers_or_says_why_not():
    view = RunCalculator()
    for _, model in view.controls["model"].options:
        view.controls["model"].value = model
        for cache in ("none", "short", "long"):
            view.controls["cache"].value = cache
            assert "this run costs" in view.output.value or "choose no cache" in view.output.value


def test_a_planned_run_needs_turns():
    card = rate_card("claude-opus-5-5")
    one = planned(card, 1, definitions=0, prefix=1_000, result=0, answer=0)
    assert spent(one).usd == Decimal("0.004")
    with pytest.raises(ValueError, match="give at least 1 turn"):
        planned(card, 0, definitions=0, prefix=0, result=0, answer=0)
