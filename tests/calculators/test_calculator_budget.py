"""Lesson 5's calculator: limits against traffic worked by hand, and its sentences."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from costlib.calculators.budget import BudgetPlanner, PlannedLimits
from costlib.pricing.prices import roles

# A call of 1,000 tokens in and 100 out at 4 and 20 USD a million costs 0.006, and with max_tokens
# of 500 reserves 0.014. 100 users send 1,000 a day: 6 USD a day, 180 a month. 10 heavy ones send
# half of it, 50 each; the 90 others 5.56 each.
PLAN = PlannedLimits(
    model="anthropic/claude-opus-5-5",
    input_tokens=1_000,
    output=100,
    max_tokens=500,
    requests_a_day=1_000,
    users=100,
    heavy_users=10.0,
    heavy_share=50.0,
    month_limit=1_000.0,
    at_once=20,
)


def test_a_plan_that_no_limit_stops():
    found = PLAN.result()
    assert (found.usd, found.most) == (pytest.approx(0.006), pytest.approx(0.014))
    assert (found.planned, found.spent) == (pytest.approx(180), pytest.approx(180))
    assert (found.day_stops, found.month_stops, found.warns) == (None, None, None)
    assert found.refused == pytest.approx(0)
    assert found.locked == pytest.approx(20 * 0.008)


def test_a_model_that_caches_by_itself_reserves_the_write():
    # 1,000 tokens in at 1 USD a million, written for 12 hours at 2.50; at most 500 out at 5
    found = replace(PLAN, model="openai/gpt-6.1-terra").result()
    assert (found.usd, found.most) == (pytest.approx(0.0015), pytest.approx(0.005))


def test_the_month_stops_on_the_day_and_hour_by_hand():
    # The call that still finds room for 0.014 is number 1 + int(62.986 / 0.006) = 10,498: 62.988,
    # ten days of 6 and 498 thousandths of another.
    found = replace(PLAN, month_limit=63.0).result()
    day, hour = found.month_stops
    assert (day, hour) == (11, pytest.approx(24 * 0.498, abs=1e-3))
    assert found.spent == pytest.approx(62.988)
    assert found.refused == pytest.approx(1 - 62.988 / 180)
    assert found.warns == 9  # 50.40 is reached on the ninth day
    # All of 63 is never spent: the notice of a first refusal comes instead.
    assert replace(PLAN, month_limit=63.0, warn_at=100.0).result().warns == 11


@pytest.mark.parametrize("limit", ["month_limit", "day_limit", "user_limit"])
def test_the_last_call_under_any_limit_finds_room_for_what_it_reserves(limit):
    # of a limit of a user each of 100 has one: then one call each is 100 calls
    for usd, calls in ((0.0139, 0), (0.014, 1), (0.0199, 1), (0.02, 2)):
        found = replace(PLAN, **{limit: usd}).result()
        times = {"month_limit": 1, "day_limit": 30, "user_limit": 30 * 100}[limit]
        assert found.spent == pytest.approx(times * calls * 0.006), usd


def test_a_day_stops_for_everybody_by_hand():
    found = replace(PLAN, day_limit=4.5).result()  # 1 + int(4.486 / 0.006) = 748 calls
    assert found.day_stops == pytest.approx(24 * 0.748, abs=1e-3)
    assert found.spent == pytest.approx(30 * 4.488)
    # then the month's limit is reached later: 62.988 / 4.488 is 14 days and a little
    assert replace(PLAN, day_limit=4.5, month_limit=63.0).result().month_stops[0] == 15


def test_a_users_limit_cuts_only_who_asks_for_much():
    # 0.10 a day: the call that still finds room for 0.014 is number 1 + int(0.086 / 0.006) = 15
    found = replace(PLAN, user_limit=0.1).result()
    heavy, other = found.groups
    assert (heavy.allowed, heavy.stops) == (15, pytest.approx(24 * 15 / 50))
    assert other.stops == 24
    assert found.spent == pytest.approx(30 * 0.006 * (10 * 15 + 500))
    # a limit below one reservation serves nobody
    assert replace(PLAN, user_limit=0.013).result().refused == 1


def test_a_group_of_one_is_named_as_one():
    one = BudgetPlanner(users=1, user_limit=1.0)
    assert "The only user stops at" in one.answer_now().sentence
    few = BudgetPlanner(users=100, heavy_users=1.0, user_limit=1.0)
    assert "The only heavy user stops at" in few.answer_now().sentence
    assert "each of the 99 other users stops at" in few.answer_now().sentence


def test_the_users_limit_changes_when_the_day_stops():
    # heavy users stop at 07:12, when 150 + 150 calls have cost 1.80; the others need 0.125 an hour
    # for what is left of 1 + int(2.786 / 0.006) = 465 calls, 2.79
    found = replace(PLAN, user_limit=0.1, day_limit=2.8).result()
    assert found.day_stops == pytest.approx(7.2 + 0.99 / 0.125, abs=1e-3)


def test_without_heavy_users_all_are_alike():
    # 0.4% of 100 users is less than one of them
    for share in (0.0, 0.4, 100.0):
        plan = replace(PLAN, heavy_users=share, user_limit=0.05)
        (group,) = plan.result().groups
        assert (group.users, group.asks) == (100, 10)
        view = BudgetPlanner(**{name: getattr(plan, name) for name in plan.__dataclass_fields__})
        # 1 + int(0.036 / 0.006) = 7 calls of 10
        assert "Each of the 100 users stops at 16:48 every day" in str(view)
        assert "100 alike" in str(view)


def test_every_model_on_the_list_has_a_plan():
    for r in roles():
        assert replace(PLAN, model=f"{r.provider}/{r.model}").result().planned > 0


def test_the_view_says_who_stops_and_when():
    view = BudgetPlanner(**{name: getattr(PLAN, name) for name in PLAN.__dataclass_fields__})

    def status() -> str:
        (text,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', view.output.value)
        return re.sub(r"<[^>]*>", "", text)

    assert status() == (
        "claude-opus-5-5: $180 a month if nothing stops it. No limit is reached. "
        "Refused: none of the requests."
    )
    assert "- No notice is given." in str(view)
    view.controls["month_limit"].value = "63.0"
    assert "The month stops for everybody on day 11 at 11:57. Refused: 65.0%" in status()
    view.controls["month_limit"].value = "179.99"
    assert "on day 30 at 23:56. Refused: less than 0.1% of the requests." in status()
    view.controls["month_limit"].value = "0.02"
    assert "on day 1 at 00:03. Refused: more than 99.9% of the requests." in status()
    view.controls["month_limit"].value = "0.01"
    assert "on day 1 at 00:00. Refused: all of the requests." in status()
    view.controls["month_limit"].value = "63.0"
    view.controls["user_limit"].value = "0.1"
    assert "each of the 10 heavy users stops at 07:12 every day" in status()
    assert "Notice is given on day" in str(view) and "$0.00 " not in str(view)


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"output": 2_000}, "cannot be above max_tokens"),
        ({"model": "openai/gpt-99"}, "no choice"),
    ],
)
def test_bad_input_gives_a_sentence(inputs, sentence):
    if "model" in inputs:
        with pytest.raises(ValueError, match=sentence):
            BudgetPlanner(**inputs)
        return
    view = BudgetPlanner(**inputs)
    assert sentence in view.output.value
    assert "<table" not in view.output.value


def test_limits_of_nothing_stop_everything():
    found = replace(PLAN, month_limit=0.0).result()
    assert (found.spent, found.refused) == (0, 1)
    assert found.month_stops == (1, pytest.approx(0, abs=1e-3))
