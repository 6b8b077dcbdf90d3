"""Worth and break-evens: sums worked by hand, and what must hold whatever the numbers."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.estimation.economics import (
    Case,
    break_even_units,
    break_even_utilisation,
    cost_per_resolved,
    own_usd_per_mtok,
)

money = st.floats(0.01, 10_000)
share = st.floats(0.01, 1)

# 120 tasks x 15 min = 30 h at 50 = 1,500; checking 10 h = 500; upkeep 2 h at 90 = 180
REPORTS = Case(
    tasks=120,
    minutes_saved=15,
    minutes_checking=5,
    usd_an_hour=50,
    bill=500,
    build_hours=40,
    upkeep_hours=2,
    usd_engineer_hour=90,
)


def test_the_dear_feature_that_saves_time_by_hand():
    assert REPORTS.time_value == 1_500
    assert REPORTS.checking == 500
    many = replace(REPORTS, tasks=np.int32(10**9))  # whose minutes int32 does not hold
    assert many.checking == pytest.approx(10**9 * 5 / 60 * 50)
    assert REPORTS.upkeep == 180
    assert REPORTS.running == 1_180
    assert REPORTS.net == 320
    assert REPORTS.payback_months == 3_600 / 320
    # a year: 18,000 of value; 3,600 + 12 x 1,180 = 17,760 of cost
    assert REPORTS.roi(12) == pytest.approx(240 / 17_760)


def test_the_cheap_feature_that_makes_garbage_never_pays():
    tickets = replace(
        REPORTS, tasks=600, minutes_saved=3, minutes_checking=1.5, useful_share=0.2, bill=50
    )
    # 600 x 0.2 x 3 min = 6 h = 300; checking 15 h = 750; 300 - 750 - 50 - 180
    assert tickets.net == pytest.approx(-680)
    assert tickets.payback_months == math.inf
    assert tickets.roi() < 0


def test_other_value_is_apart_from_time():
    more = replace(REPORTS, other_value=300)
    assert more.time_value == REPORTS.time_value and more.net == REPORTS.net + 300


def test_nothing_built_pays_back_at_once():
    assert replace(REPORTS, build_hours=0).payback_months == 0
    assert replace(REPORTS, build_hours=0, bill=5_000).payback_months == math.inf


@given(money, st.floats(0.1, 60), st.floats(0, 60), share)
def test_dearer_or_slower_is_never_worth_more(bill, saved, checking, useful):
    case = replace(
        REPORTS, bill=bill, minutes_saved=saved, minutes_checking=checking, useful_share=useful
    )
    assert replace(case, bill=bill + 1).net < case.net
    assert replace(case, minutes_checking=checking + 1).roi() < case.roi()
    assert replace(case, upkeep_hours=3).net < case.net
    assert (case.roi(1_000_000) > 0) == (case.net > 0) or abs(case.net) < 0.01


def test_impossible_cases_are_refused():
    for wrong in ({"bill": -1}, {"useful_share": 1.1}, {"tasks": -5}, {"bill": math.nan}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* is outside of 0 to 1"):
            replace(REPORTS, **wrong)
    free = Case(tasks=1, minutes_saved=1, minutes_checking=0, usd_an_hour=1, bill=0)
    with pytest.raises(ValueError, match="costs nothing"):
        free.roi()


def test_a_resolved_question_by_hand():
    # 100 questions at 0.05 with 0.15 of checking = 20; 40 go to a person at 4 = 160; 60 resolved
    assert cost_per_resolved(0.05, 0.6, checking=0.15, fallback=4) == pytest.approx(180 / 60)
    for wrong in (0, -0.1, 1.2):
        with pytest.raises(ValueError, match="resolved_share"):
            cost_per_resolved(1, wrong)


@given(money, share, money)
def test_a_resolved_question_costs_no_less_than_an_attempt(attempt, resolved, fallback):
    assert cost_per_resolved(attempt, resolved, fallback=fallback) >= attempt * 0.999_999
    assert cost_per_resolved(attempt, 1, fallback=fallback) == attempt


@given(money, money)
def test_the_break_even_is_the_first_number_that_is_not_dearer(fixed, unit):
    least = break_even_units(fixed, unit)
    assert least * unit >= fixed * (1 - 1e-6)
    assert (least - 1) * unit < fixed


def test_break_evens_that_come_out_even():
    assert break_even_units(20, 0.1) == 200  # 20 / 0.1 in floats is 200, 0.3 / 0.1 is not 3
    assert break_even_units(0.3, 0.1) == 3
    assert break_even_units(0, 5) == 0
    for name, wrong in (("per_unit", (1, 0)), ("fixed", (-1, 1))):
        with pytest.raises(ValueError, match=f"{name}=.* is outside"):
            break_even_units(*wrong)


def test_own_hardware_by_hand():
    # 1,000 tokens a second are 3.6 million an hour; 7.20 an hour is 2.00 a million, always busy
    assert own_usd_per_mtok(7.2, 1_000) == pytest.approx(2)
    assert own_usd_per_mtok(7.2, 1_000, utilisation=0.1) == pytest.approx(20)
    assert own_usd_per_mtok(7.2, 1_000, utilisation=0.5, operations=3) == pytest.approx(12)
    assert break_even_utilisation(7.2, 1_000, 5) == pytest.approx(0.4)
    assert break_even_utilisation(7.2, 1_000, 1) == pytest.approx(2)  # never, however busy


@given(money, st.floats(1, 50_000), money, st.floats(1, 5))
def test_at_its_break_even_the_machine_costs_what_the_api_does(hour, tps, api, operations):
    busy = break_even_utilisation(hour, tps, api, operations)
    if busy <= 1:
        assert own_usd_per_mtok(hour, tps, busy, operations) == pytest.approx(api)
    else:
        assert own_usd_per_mtok(hour, tps, 1, operations) > api


def test_impossible_machines_are_refused():
    for wrong in ({"utilisation": 0}, {"utilisation": 1.1}, {"tokens_per_second": 0}):
        with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* is outside"):
            own_usd_per_mtok(**({"usd_an_hour": 1, "tokens_per_second": 1} | wrong))
    with pytest.raises(ValueError, match="usd_per_mtok"):
        break_even_utilisation(1, 1, 0)
