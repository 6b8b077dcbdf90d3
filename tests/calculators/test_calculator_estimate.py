"""Lesson 3's calculator: months worked by hand from published rates, and its sentences."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from costlib.calculators.estimate import Feature, FeatureCalculator
from costlib.pricing.prices import roles

# Everything known: 30,000 requests of 1,000 + 500 tokens in and 100 out at 4 and 20 USD a million
SURE = Feature(
    model="anthropic/claude-opus-5-5",
    prefix=1_000,
    other=500,
    output=100,
    long_output=100,
    requests_a_day=1_000,
    sent_again=0.0,
    volume_off=0.0,
    growth_off=0.0,
    other_off=0.0,
)


def test_a_month_without_doubt_by_hand():
    found = SURE.result()
    assert found.typical_request == found.long_request == pytest.approx(0.008)
    assert found.middle == pytest.approx(240)  # 30,000 x (1,500 x 4 + 100 x 20) / 1M
    assert found.month.low == found.month.high == pytest.approx(240)
    assert all(swing.width == 0 for swing in found.swings)
    assert replace(SURE, sent_again=25.0).result().middle == pytest.approx(300)


def test_cached_tokens_are_read_or_written_by_hand():
    # prefix 120 USD a month; 80% read at 0.2 / 4, 20% written at 5 / 4: 120 x (0.04 + 0.25)
    cached = replace(SURE, hits_low=80.0, hits_high=80.0).result()
    assert cached.middle == pytest.approx(120 * 0.29 + 120)
    # no answer is longer than another here, so the typical request is a month's share
    assert cached.typical_request == cached.long_request == pytest.approx(cached.middle / 30_000)


def test_the_month_uses_the_mean_answer_which_is_above_the_typical_one():
    # log-normal: median 100, and 1 in 20 above 500: sigma = ln 5 / 1.645, mean 100 exp(sigma^2 / 2)
    wide = replace(SURE, long_output=500).result()
    assert wide.typical_request == pytest.approx(0.008)
    assert wide.long_request == pytest.approx(0.016)
    assert wide.middle == pytest.approx(30_000 * (0.006 + 161.4 * 20 / 1e6), rel=1e-3)
    assert 0 < wide.swings[0].width / wide.middle < 0.01


def test_what_dominates_follows_the_beliefs():
    first = {
        "volume": Feature(),
        "growth": Feature(volume_off=1.0, growth_off=60.0),
        "history": Feature(volume_off=1.0, growth_off=1.0, other_off=100.0),
        "cache hits": Feature(hits_low=40.0, hits_high=95.0),
    }
    for cause, feature in first.items():
        assert feature.result().swings[0].cause == cause


def test_the_case_by_hand():
    # 30,000 tasks: 80% x 2 min at 40 an hour = 32,000; checking 0.5 min = 10,000; 240; 10 h x 90
    cases = dict(SURE.result().cases)
    assert cases["in the middle"].net == pytest.approx(32_000 - 10_000 - 240 - 900)
    assert cases["in the middle"].payback_months == pytest.approx(18_000 / 20_860)
    doubtful = dict(Feature().result().cases)
    assert doubtful["dear"].net < doubtful["in the middle"].net < doubtful["cheap"].net


def test_a_row_of_the_case_adds_up():
    view = FeatureCalculator(requests_a_day=1_000)
    (row,) = re.findall(r"in the middle</th>(.*?)</tr>", view.output.value)
    amounts = re.findall(r"\$</span>([\d,]+)<", row)
    value, bill, checking, upkeep, left = (int(usd.replace(",", "")) for usd in amounts)
    assert upkeep == 900  # 10 hours at 90
    assert value - bill - checking - upkeep == left


def test_every_model_on_the_list_has_a_month():
    for r in roles():
        found = replace(
            SURE, model=f"{r.provider}/{r.model}", prefix=2_048, hits_low=50.0, hits_high=90.0
        )
        assert found.result().middle > 0


def test_a_prefix_below_the_minimum_is_not_read_from_a_cache():
    short = replace(SURE, model="openai/gpt-6-luna", prefix=1_023, hits_low=50.0, hits_high=90.0)
    with pytest.raises(ValueError, match=r"nothing below 1,024 tokens, and these are 1,023.*0%"):
        short.result()
    assert replace(short, hits_low=0.0, hits_high=0.0).result().middle > 0


def test_output_holds_what_the_model_reasons():
    note = "Reasons unasked: claude-opus-5-5 (medium)."
    assert note in FeatureCalculator().answer_now().notes[1]


def test_the_view_says_month_cause_and_worth():
    view = FeatureCalculator(requests_a_day=1_000)
    (status,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', view.output.value)
    assert "a month (90%)" in status and status.endswith("What moves it most: volume.")
    view.controls["hits_high"].value = "95.0"
    view.controls["hits_low"].value = "60.0"
    assert "What moves it most: cache hits." in view.output.value
    view.controls["useful"].value = "25.0"
    assert "never" in view.output.value
    assert "What moves it most" in str(view) and "$0.00" not in str(view)


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"long_output": 50}, "must not be below the typical one"),
        ({"output": 100, "long_output": 22_400}, "more than 223 times the typical one"),
        ({"output": 100, "long_output": 22_300, "requests_a_day": 1}, "reach below zero"),
        ({"hits_high": 90.0}, "at least 0% and at most 90%: give"),
        ({"hits_high": 50.0, "hits_low": 60.0}, "at least 60% and at most 50%: give"),
        ({"hits_low": 60.0}, "at least 60% and at most 0%: give"),
        ({"prefix": 500_000, "model": "openai/gpt-6.1-sol"}, "long-context bound"),
    ],
)
def test_bad_input_gives_a_sentence(inputs, sentence):
    view = FeatureCalculator(**inputs)
    assert sentence in view.output.value
    assert "<table" not in view.output.value


def test_nothing_asked_of_a_feature_that_costs_nothing():
    free = FeatureCalculator(
        prefix=0, other=0, output=1, long_output=1, minutes_checking=0.0, build_hours=0.0
    )
    assert "a month (90%)" in free.output.value
