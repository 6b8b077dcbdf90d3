"""The local step and its honest threshold, the ladder, the packer, the loop guard, lever 5."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib import cost_table
from costlib.bank import traffic as bank
from costlib.budgets.budget import Budget, BudgetExceeded, Limit
from costlib.budgets.context import Part, pack
from costlib.budgets.degrade import Step, descend, ladder
from costlib.budgets.runaway import LoopGuard, RunawayAgent
from costlib.intents.local import ACCURACY, local_step
from costlib.intents.neighbours import at_least, nearest, threshold_for

# --- The local step -----------------------------------------------------------------------------


def test_the_local_step_keeps_its_promise_on_the_test_set():
    step = local_step()
    coverage, accuracy = step.tested()
    assert accuracy >= ACCURACY == 0.97
    assert 0.80 < coverage < 0.90
    assert step.answered.mean() == coverage
    # The bound asks for a higher margin than the share that was seen; that one breaks the promise.
    plain = threshold_for(step.held, step.held_truth, ACCURACY)
    assert plain < step.threshold
    assert replace(step, threshold=plain).tested()[1] < ACCURACY


def test_the_promise_is_no_luck_of_one_split():
    step = local_step(seed=2)
    assert step.threshold != local_step().threshold
    assert step.tested()[1] >= ACCURACY


def test_the_lower_bound_by_hand():
    # Wilson, z = 1.6449, 98 of 100: (0.98 + 0.01353 - 0.02672) / 1.02706
    assert at_least(98, 100) == pytest.approx(0.94135, abs=1e-5)
    assert at_least(9_800, 10_000) == pytest.approx(0.97756, abs=1e-5)
    assert at_least(100, 100) < 1 and at_least(0, 100) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("truth", [0.9, 0.95, 0.97, 0.985])
@pytest.mark.parametrize("count", [500, 1_700])
def test_the_truth_is_above_the_lower_bound_about_19_times_in_20(truth, count):
    draws = np.random.default_rng(count).binomial(count, truth, 20_000)
    assert (at_least(draws, count) <= truth).mean() == pytest.approx(0.95, abs=0.02)


@given(st.integers(1, 12), st.integers(0, 5))
def test_neighbours_come_as_a_full_stable_sort_orders_them(k, seed):
    rng = np.random.default_rng(seed)
    known = rng.integers(-1, 2, (10, 3)).astype(np.float32)  # many ties
    queries = rng.integers(-1, 2, (20, 3)).astype(np.float32)
    rows, cosines = nearest(queries, known, k)
    likeness = queries @ known.T
    assert rows.tolist() == np.argsort(-likeness, axis=1, kind="stable")[:, :k].tolist()
    assert (cosines == np.take_along_axis(likeness, rows, axis=1)).all()


# --- Lever 5 ------------------------------------------------------------------------------------


def test_the_lever_takes_out_what_the_step_answers_and_nothing_else():
    month = bank.month()
    kept = bank.answer_locally(month)
    gone = month.drop(kept.index)
    assert (gone["kind"] == "question").all() and (gone["screenshot"] == 0).all()
    assert local_step().answered[gone["asked"]].all()
    sent = kept[(kept["kind"] == "question") & (kept["screenshot"] == 0)]
    assert not local_step().answered[sent["asked"]].any()
    assert kept.equals(month.loc[kept.index])
    # 95% of the questions carry no screenshot, and all of those that are covered go
    coverage, _ = local_step().tested()
    questions = (month["kind"] == "question").sum()
    assert len(gone) / questions == pytest.approx(0.95 * coverage, abs=0.002)
    # what is saved is what the questions that are not sent would have cost, to the last digit
    costs = cost_table(month)["cost_pusd"]
    saved = bank.bill(month).total - bank.bill(kept).total
    assert saved == Decimal(int(costs[gone.index].sum())).scaleb(-12)


# --- The ladder ---------------------------------------------------------------------------------

REQUEST = {"input": 7_000, "history": 1_000, "output": 200}


def test_the_ladder_by_hand():
    steps = ladder(REQUEST, "claude-opus-5-5", "claude-sonnet-5-5", history=500, local=local_step())
    # opus 5.5: 4 and 20, sonnet 5.5: 2 and 10, batch: half
    assert [(step.name, step.usd) for step in steps] == [
        ("as planned", Decimal("0.032")),
        ("cheaper model", Decimal("0.016")),
        ("smaller context", Decimal("0.015")),
        ("local", Decimal(0)),
        ("queue", Decimal("0.016")),
        ("refuse", Decimal(0)),
    ]
    assert [step.name for step in steps if step.accuracy is not None] == ["local"]
    assert steps[3].accuracy >= ACCURACY
    assert {step.quality for step in steps[1:3]} == {"unmeasured"}


def test_the_way_down_leaves_money_for_the_steps_below():
    steps = [
        Step("as planned", Decimal("0.30"), "planned"),
        Step("cheaper model", Decimal("0.10"), "unmeasured"),
        Step("queue", Decimal("0.15"), "later", now=False),
    ]
    limits = [Limit(1, "day"), Limit("0.60", "day", where={"step": "as planned"})]
    budget = Budget("sqlite://", limits)
    taken = []
    for _ in range(8):
        step, reservation = descend(budget, steps)
        if reservation is not None:
            reservation.settle(step.usd)
        taken.append(step.name)
    assert taken == ["as planned"] * 2 + ["cheaper model"] * 4 + ["queue"] * 2
    assert budget.accounts()[0].left == 0
    with pytest.raises(BudgetExceeded):
        descend(budget, steps[:2])
    with pytest.raises(ValueError, match="at least one step"):
        descend(budget, [])


# --- What goes into one request -----------------------------------------------------------------

PARTS = st.lists(
    st.builds(Part, st.text(max_size=3), st.integers(0, 50), st.none() | st.integers(0, 4)),
    max_size=12,
)


def test_the_least_worth_goes_first_and_of_equals_the_older():
    parts = [
        Part("system", 100),
        Part("turn 1", 40, 1),
        Part("turn 2", 30, 1),
        Part("document", 60, 2),
        Part("question", 10),
    ]
    kept, dropped = pack(parts, 200)
    assert [part.name for part in dropped] == ["turn 1"]
    assert [part.name for part in kept] == ["system", "turn 2", "document", "question"]
    assert [part.name for part in pack(parts, 170)[1]] == ["turn 1", "turn 2"]
    assert pack(parts, 240)[1] == []
    with pytest.raises(ValueError, match="110 tokens must go in and there is room for 109"):
        pack(parts, 109)


@given(PARTS, st.integers(0, 400))
def test_what_is_packed_fits_and_drops_no_more_than_it_must(parts, room):
    needed = sum(part.tokens for part in parts if part.worth is None)
    if needed > room:
        with pytest.raises(ValueError, match="must go in"):
            pack(parts, room)
        return
    kept, dropped = pack(parts, room)
    total = sum(part.tokens for part in kept)
    assert total <= room
    assert sorted(map(id, kept + dropped)) == sorted(map(id, parts))
    if dropped:
        assert total + dropped[-1].tokens > room
        worths = [part.worth for part in dropped]
        assert worths == sorted(worths)
        assert all(part.worth is None or part.worth >= worths[-1] for part in kept)


# --- A runaway agent ----------------------------------------------------------------------------


def test_a_loop_is_seen_at_its_third_turn_also_with_other_moves_between():
    guard = LoopGuard(repeats=3, window=6)
    for move in ({"tool": "search", "q": 1}, "a", {"q": 1, "tool": "search"}, "b", "c"):
        guard.see(move)
    with pytest.raises(RunawayAgent, match="3 times in the last 6"):
        guard.see({"tool": "search", "q": 1})


def test_what_lies_far_back_is_forgotten():
    guard = LoopGuard(repeats=2, window=3)
    for move in ("a", "b", "c", "a", "d", "e", "a"):
        guard.see(move)
    with pytest.raises(ValueError, match="no more than the window"):
        LoopGuard(repeats=4, window=3)
    for wrong in ({"repeats": 3.5}, {"repeats": "3"}, {"window": None}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* is a whole number"):
            LoopGuard(**wrong)
    with pytest.raises(ValueError, match="window=about 1e30 is outside"):
        LoopGuard(window=10**30)


@pytest.mark.parametrize("move", [object(), {"sets"}, b"bytes", {1: 2, "a": 3}, {(1, 2): 3}])
def test_a_move_that_is_no_json_gets_a_sentence_and_is_not_counted(move):
    guard = LoopGuard(repeats=2)
    for _ in range(2):
        with pytest.raises(ValueError, match=r"cannot be written as JSON .* model_dump"):
            guard.see(move)
