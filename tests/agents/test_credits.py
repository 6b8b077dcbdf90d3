"""Credits by the published rates, and a team's month on a plan."""

from __future__ import annotations

import csv
import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from costlib.agents import credits_of, plan_month
from costlib.paths import data_path
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import find_model
from costlib.usage.record import Usage

CALL = Usage(input_tokens=100_000, cached_input_tokens=80_000, output_tokens=2_000)


def test_one_call_in_two_vendors_credits():
    # 20,000 x 125 + 80,000 x 12.5 + 2,000 x 750, for a million
    assert credits_of(CALL, "gpt-5.5", "codex") == Decimal("5")
    assert credits_of(CALL, "gpt-5.5", "copilot") == Decimal("20")
    assert cost_of(CALL, "gpt-5.5").total == Decimal("0.20")  # a Copilot credit is a cent


def test_writes_and_long_prompts():
    wrote = Usage(input_tokens=10_000, cache_write_5m_tokens=10_000)
    assert credits_of(wrote, "claude-opus-4-8", "copilot") == Decimal("6.25")
    assert credits_of(Usage(10_000, 1_000), "claude-opus-5-5", "copilot") == Decimal("6")
    long = Usage(input_tokens=300_000)
    assert credits_of(long, "gpt-5.5", "copilot") == Decimal("300")


@pytest.mark.parametrize(
    ("usage", "model", "plan_of", "words"),
    [
        (CALL, "gpt-5.5", "cursor", "choose codex or copilot"),
        (CALL, "gpt-6.1-sol", "codex", "no credits for 'gpt-6.1-sol' are published by codex"),
        (CALL, "gpt-6.1-sol", "copilot", "no credits for cached_input of 'gpt-6.1-sol' are known"),
        (Usage(input_tokens=300_000), "gpt-5.5", "codex", "above 272,000 input tokens"),
        (
            Usage(input_tokens=9, cache_write_1h_tokens=9),
            "claude-opus-5",
            "copilot",
            "no credits for cache_write_1h",
        ),
        (Usage(web_searches=1), "claude-opus-5", "copilot", "no credits for web_search"),
    ],
)
def test_what_is_not_published_is_not_answered(usage, model, plan_of, words):
    with pytest.raises(LookupError, match=words):
        credits_of(usage, model, plan_of)


def test_a_sum_may_hide_a_long_request():
    with pytest.raises(ValueError, match="add the credits of each"):
        credits_of(CALL + CALL, "gpt-5.5", "copilot")


def test_fifty_people_with_a_heavy_tail_need_a_pool():
    used = np.sort(np.random.default_rng(1).lognormal(np.log(900), 1.1, 50)).round()
    month = plan_month("copilot", "business", used)
    assert (month.people, month.fee, month.included) == (50, 950, 95_000)
    assert month.pooled is not None and month.unpooled > month.pooled == month.usd
    over = sum(max(credits - 1_900, 0) for credits in used)
    assert month.unpooled == 950 + Decimal(str(over)) / 100
    assert month.equivalent == Decimal(str(used.sum())) / 100


def test_a_plan_of_one_s_own_has_no_pool():
    month = plan_month("copilot", "pro", [2_000])
    assert (month.pooled, month.usd) == (None, Decimal("15.00"))
    assert plan_month("copilot", "pro", [2_000], flex=False).usd == Decimal("20.00")


def test_bad_plans_get_a_sentence():
    with pytest.raises(LookupError, match="there are copilot pro"):
        plan_month("copilot", "team", [1])
    for used, why in (([], "one person at least"), ([1, -1], r"used\[1\]=-1 is outside of 0"),
                      ([math.inf], "outside"), ([math.nan], "outside")):  # fmt: skip
        with pytest.raises(ValueError, match=why):
            plan_month("copilot", "pro", used)
    for used in ("300", b"300", {300: "ann"}, {"ann": 300}, 300, [None], [True], [Fraction(1, 3)]):
        with pytest.raises(TypeError, match=r"used.* (a list of numbers|give one|not a number)"):
            plan_month("copilot", "pro", used)


def test_every_row_is_of_a_known_model_and_says_where_it_comes_from():
    for name in ("credit_rates.csv", "plans.csv"):
        with data_path(name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert all(row["source"] and row["checked"] for row in rows)
        for row in rows:
            if "model" in row:
                assert find_model(row["model"]).id == row["model"]
