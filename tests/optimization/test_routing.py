"""Routers on recorded outcomes: the data's counts, policies by hand, and what may be looked at."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.optimization.routing import (
    MIXTRAL,
    POLICIES,
    PRICED_ON,
    STRONG,
    WEAK,
    after_the_weak_answer,
    before_the_call,
    learn,
    looks_wrong,
    most_doubtful,
    oracle,
    outcomes,
    play,
    random_beside,
    splits,
    trials,
    tried,
    tried_rule,
)
from costlib.pricing.prices import rate_card

BY_HAND = pd.DataFrame(
    {
        "weak_right": [True, False, False, True],
        "strong_right": [True, True, False, False],
        "weak_usd": [1.0, 1.0, 1.0, 1.0],
        "strong_usd": [5.0, 9.0, 5.0, 5.0],
    }
)


def test_the_recorded_questions_are_those_that_were_published():
    rows = outcomes()
    assert len(rows) == 1_319
    both = pd.crosstab(rows["weak_right"], rows["strong_right"]).to_numpy().tolist()
    assert both == [[94, 383], [95, 747]]


def test_a_call_is_priced_by_the_rates_of_its_day():
    strong, weak = (rate_card(model, at=PRICED_ON).rates for model in (STRONG, WEAK))
    assert [strong["input"], strong["output"], weak["input"], weak["output"]] == [
        Decimal(10), Decimal(30), Decimal("0.7"), Decimal("0.7"),
    ]  # fmt: skip
    # The first question has 64 tokens of cl100k (x 1.10 for Mixtral), both answers 82 (x 1.27).
    first = outcomes().iloc[0]
    assert first["strong_usd"] == pytest.approx((64 * 10 + 82 * 30) / 1e6)
    assert first["weak_usd"] == pytest.approx((70 + 104) * 0.7 / 1e6)
    low, best, high = (outcomes(band)["weak_usd"].sum() for band in range(3))
    assert low < best < high
    assert all(low < best < high for low, best, high in MIXTRAL.values())


def test_policies_by_hand():
    only_second = np.array([False, True, False, False])
    router = play(BY_HAND, only_second)
    assert (router.accuracy, router.usd, router.strong_share) == (0.75, 3.0, 0.25)
    cascade = play(BY_HAND, only_second, weak_first=True)
    assert (cascade.accuracy, cascade.usd) == (0.75, 3.25)  # the weak call is paid as well
    assert oracle(BY_HAND).tolist() == only_second.tolist()
    # always-weak: 2 of 4 right for 1; always-strong: 2 of 4 for 6
    assert random_beside(BY_HAND, 3.0) == 0.5
    with pytest.raises(ValueError, match="less than always-weak"):
        random_beside(BY_HAND, 0.5)


@settings(max_examples=30)
@given(st.integers(0, 10**6), st.floats(0, 1), st.booleans())
def test_no_policy_beats_the_oracle_and_no_cascade_is_cheaper(seed, share, weak_first):
    rows = outcomes()
    sent = np.random.default_rng(seed).random(len(rows)) < share
    played = play(rows, sent, weak_first=weak_first)
    assert played.accuracy <= play(rows, oracle(rows)).accuracy
    assert played.usd >= play(rows, sent).usd - 1e-15


def test_random_at_equal_cost_is_what_a_lot_gets():
    rows = outcomes()
    rng = np.random.default_rng(0)
    for share in (0.2, 0.7):
        drawn = [play(rows, rng.random(len(rows)) < share) for _ in range(400)]
        expected = random_beside(rows, float(np.mean([one.usd for one in drawn])))
        assert np.mean([one.accuracy for one in drawn]) == pytest.approx(expected, abs=0.002)
    dear = play(rows, np.ones(len(rows)), weak_first=True).usd  # more than always-strong costs
    assert random_beside(rows, dear) == play(rows, np.ones(len(rows))).accuracy


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ("He has 9 * 2 = <<9*2=18>>18.\n#### 18", False),
        ("#### $1,200", False),
        ("<<80000+50000=130000>>130,00", True),  # broken off
        ("<<9*2=19>>19\n#### 19", True),
        ("<<10/3=3.33>>3.33\n#### 3", False),  # rounded to cents
        ("<<5%*200=10>>10\n#### 10", False),
        ("<<1,000*2=2,000>>\n#### 2000", False),
        ("<<1/0=5>>\n#### 5", True),
        ("<<__import__('os')=1>>\n#### 1", True),  # read, never run
        ("<<9**9**9**9=1>>\n#### 1", True),
        (f"<<{'9' * 400}+1=1>>\n#### 1", True),
        ("", True),
    ],
)
def test_visible_faults(answer, wrong):
    assert looks_wrong(answer) is wrong


@given(st.text("0123456789+-*/().,%$<>= #x", max_size=40))
def test_any_answer_can_be_looked_at(answer):
    assert looks_wrong(f"<<{answer}=1>> #### 1") in (True, False)


def test_a_fault_tells_without_the_truth():
    rows = outcomes()
    faulty = rows["weak_answer"].map(looks_wrong)
    assert 100 < faulty.sum() < 300
    assert rows["weak_right"][faulty].mean() < 0.3 < 0.65 < rows["weak_right"][~faulty].mean()


def test_features_do_not_see_the_outcome():
    rows = outcomes()
    hidden = rows.assign(weak_right=False, strong_right=True, weak_usd=0.0, strong_usd=0.0)
    assert (before_the_call(hidden) == before_the_call(rows)).all()
    assert (after_the_weak_answer(hidden) == after_the_weak_answer(rows)).all()
    blind = hidden.assign(weak_answer="")
    assert (before_the_call(blind) == before_the_call(rows)).all()


def test_the_regression_finds_what_is_there():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(4_000, 3))
    chance = 1 / (1 + np.exp(-(1.5 * features[:, 0] - 1)))
    doubt = learn(features, rng.random(4_000) < chance)(features)
    assert np.abs(doubt - chance).mean() < 0.02
    assert (learn(features, np.zeros(4_000))(features) < 0.01).all()


def test_splits_are_halves_and_the_same_each_time():
    first = [(seen.tolist(), unseen.tolist()) for seen, unseen in splits(11, 3)]
    assert first == [(seen.tolist(), unseen.tolist()) for seen, unseen in splits(11, 3)]
    assert all(sorted(seen + unseen) == list(range(11)) for seen, unseen in first)
    assert first[0] != first[1]
    assert most_doubtful(np.array([0.1, 0.9, 0.9, 0.2]), 0.5).tolist() == [False, True, True, False]


def test_what_the_lesson_says_of_the_routers():
    router, cascade = (tried(name, 0.3) for name in ("learned router", "learned cascade"))
    assert router.lead < 2 * router.lead_sd  # hardly better than a lot: published all the same
    assert cascade.lead > 4 * cascade.lead_sd
    faults = tried_rule(lambda rows: rows["weak_answer"].map(looks_wrong), weak_first=True)
    assert faults.lead > 5 * faults.lead_sd and faults.usd < cascade.usd
    weak = tried_rule(lambda rows: np.zeros(len(rows)))
    assert weak.lead == pytest.approx(0) and weak.usd_per_success == pytest.approx(
        2.16e-4, rel=0.01
    )


def test_every_policy_ends_at_the_same_two_points():
    for name in POLICIES:
        assert tried(name, 0).accuracy == tried("by lot", 0).accuracy
        assert tried(name, 1).accuracy == tried("by lot", 1).accuracy
    assert tried("by lot", 1, strong_times=2).usd == pytest.approx(2 * tried("by lot", 1).usd)


def test_an_unknown_policy_is_refused_with_the_known_ones():
    with pytest.raises(ValueError, match="learned cascade"):
        trials("clairvoyant")
