"""Detectors of waste: what they find, to the cent, and what they say when nothing is wrong."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

from costlib.bank.tracked import score, tracked_month, wasted_calls, without_incidents
from costlib.tracking.ledger import Call, Ledger
from costlib.tracking.waste import (
    context_growth,
    false_alarms,
    over_provisioned,
    retry_loops,
    transport_retries,
)
from costlib.usage.read import Usage

OPUS, HAIKU = "claude-opus-5-5", "claude-haiku-5-5"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return tracked_month()


@pytest.fixture(scope="module")
def clean(calls: pd.DataFrame) -> pd.DataFrame:
    return without_incidents(calls)


def frame(*rows: dict[str, Any]) -> pd.DataFrame:
    """A ledger of calls to the flagship, 1,000 tokens in and 100 out: 0.006 USD each."""
    ledger = Ledger()
    for number, row in enumerate(rows):
        usage = Usage(
            input_tokens=row.pop("input_tokens", 1_000),
            output_tokens=row.pop("output_tokens", 100),
            tier=row.pop("tier", "standard"),
        )
        given = {
            "time": NOON,
            "provider": "anthropic",
            "model": OPUS,
            "usage": usage,
            "call_id": f"call-{number}",
            "feature": "agent",
            "run": "run-1",
            "prompt_hash": "aaaa",
        }
        ledger.record(Call(**given | row))
    return ledger.frame()


def after(seconds: float, **more: Any) -> dict[str, Any]:
    return {"time": NOON + timedelta(seconds=seconds), **more}


# --- Retry loops ------------------------------------------------------------------------------


def test_a_loop_by_hand() -> None:
    (loop,) = retry_loops(frame(*(after(5 * n) for n in range(6))))
    assert loop.usd == Decimal("0.03")  # 5 of the 6 calls at 0.006
    assert loop.ids.tolist() == [2, 3, 4, 5, 6]
    assert (loop.first, loop.last) == (after(5)["time"], after(25)["time"])


@pytest.mark.parametrize(
    "rows",
    [
        [after(10 * n) for n in range(3)],  # a customer who taps twice more
        [after(5 * n, run=f"run-{n}") for n in range(9)],  # nine people with one question
        [after(5 * n, prompt_hash=f"{n}") for n in range(9)],  # a conversation
        [after(1_000 * n) for n in range(9)],  # a check every quarter of an hour
        [after(5 * n, run="") for n in range(9)],  # calls that nobody tagged
        [  # two SDK calls that the transport tried again and again
            after(40 * call + n, call_id=f"c{call}", attempt=n, status=status, error=error)
            for call in range(2)
            for n, (status, error) in enumerate([("error", "429"), ("error", "529"), ("ok", "")])
        ],
    ],
)
def test_what_is_no_loop(rows: list[dict[str, Any]]) -> None:
    assert retry_loops(frame(*rows)) == []


def test_a_loop_pays_for_its_timed_out_attempts_and_not_for_refusals() -> None:
    rows = [after(5 * n) for n in range(6)]
    rows[2] |= {"status": "error", "error": "timeout", "estimated": True}
    rows.insert(4, after(16, status="error", error="429", input_tokens=0, output_tokens=0))
    (loop,) = retry_loops(frame(*rows))
    assert loop.usd == Decimal("0.03")


def test_the_loop_of_the_tracked_month_is_found_to_the_last_digit(calls: pd.DataFrame) -> None:
    found = retry_loops(calls)
    scored = score(found, "form-loop")
    assert scored.found_usd == scored.true_usd > 14
    assert scored.precision == 1.0 and scored.recall > 0.9  # refused attempts cost nothing
    assert {finding.feature for finding in found} == {"dispute-form"}


def test_repeats_trade_false_alarms_for_small_loops(clean: pd.DataFrame) -> None:
    alarms = [
        false_alarms(lambda calls, n=n: retry_loops(calls, repeats=n), clean)["findings"]
        for n in range(4)
    ]
    assert alarms[0] > 100 > alarms[1] > 10 > alarms[2] == alarms[3] == 0


# --- Context waste ----------------------------------------------------------------------------


def feature_of(days: int, grown_by: int, since: int, wordier: float = 1.0) -> pd.DataFrame:
    """40 calls a day whose prompts grow by so many tokens from one day on."""
    rng = np.random.default_rng(0)
    rows = []
    for day in range(days):
        for _ in range(40):
            more = grown_by if day >= since else 0
            output = 100 * (wordier if day >= since else 1.0)
            rows.append(
                after(
                    day * 86_400 + float(rng.integers(0, 40_000)),
                    input_tokens=6_000 + int(rng.integers(100, 3_000)) + more,
                    output_tokens=int(output),
                )
            )
    return frame(*rows)


def test_growth_by_hand() -> None:
    (grown,) = context_growth(feature_of(14, 1_000, since=9))
    # 5 days x 40 calls x 1,000 tokens at 4 USD a million is 0.80 USD
    assert float(grown.usd) == pytest.approx(0.80, rel=0.15)
    assert len(grown.ids) == pytest.approx(200, abs=5)
    assert grown.first.date() == (NOON + timedelta(days=9)).date()


def test_growth_that_is_small_or_brings_longer_answers_or_ends_at_once_is_not_waste() -> None:
    assert context_growth(feature_of(14, 100, since=9)) == []
    assert context_growth(feature_of(14, 1_000, since=9, wordier=1.5)) == []
    assert context_growth(feature_of(10, 1_000, since=9)) == []  # one day is no trend


def test_a_floor_that_grows_while_prompts_shrink_is_not_waste() -> None:
    rows = [
        after(day * 86_400 + n, input_tokens=(1_000 if n < 5 else 9_000) if day < 9 else 2_000)
        for day in range(14)
        for n in range(25)
    ]
    assert context_growth(frame(*rows)) == []


def test_the_page_of_the_tracked_month_is_found(calls: pd.DataFrame, clean: pd.DataFrame) -> None:
    found = context_growth(calls)
    scored = score(found, "page-in-prompt")
    assert float(scored.found_usd) == pytest.approx(float(scored.true_usd), rel=0.12)
    assert scored.recall > 0.99 and scored.precision > 0.98
    assert false_alarms(context_growth, clean)["findings"] == 0


# --- Over-provisioned models ------------------------------------------------------------------


def test_a_job_by_hand() -> None:
    rows = [after(n, output_tokens=5) for n in range(200)]
    calls = frame(*rows)
    (job,) = over_provisioned(calls.assign(total_tokens=calls["input_tokens"]))  # a column of mine
    # 200 x (1,000 x 4 + 5 x 20) / 1e6 = 0.82 USD, half of it in a batch; Haiku's batch: 0.01025
    assert job.usd == Decimal("0.41")
    assert job.cheaper_usd == Decimal("0.41") - Decimal("0.01025")


def test_people_wait_for_short_answers_so_only_the_model_is_in_question() -> None:
    rows = [after(n, output_tokens=5, run=f"chat-{n}") for n in range(200)]
    (short,) = over_provisioned(frame(*rows))
    assert short.usd == 0
    assert short.cheaper_usd == Decimal("0.82") - Decimal("0.0205")


@pytest.mark.parametrize(
    "change", [{"output_tokens": 21}, {"model": HAIKU, "tier": "batch"}, {"model": HAIKU}]
)
def test_what_is_not_over_provisioned(change: dict[str, Any]) -> None:
    rows = [after(n, run=f"chat-{n}", **{"output_tokens": 5} | change) for n in range(200)]
    assert over_provisioned(frame(*rows)) == []
    assert over_provisioned(frame(*rows[:99])) == []


def test_the_backfill_is_found_and_single_short_replies_are_false_alarms(
    calls: pd.DataFrame, clean: pd.DataFrame
) -> None:
    (job,) = over_provisioned(calls)
    scored = score([job], "backfill-on-flagship")
    assert float(scored.found_usd) == pytest.approx(float(scored.true_usd), rel=0.001)
    assert scored.precision == 1.0
    assert float(job.cheaper_usd) > 0.95 * float(job.usd)
    assert false_alarms(over_provisioned, clean)["findings"] == 0
    one_by_one = false_alarms(lambda rows: over_provisioned(rows, least=1), clean)
    assert 0.01 < one_by_one["calls"] < 0.03


# --- What they share --------------------------------------------------------------------------


def test_no_detector_changes_the_frame(calls: pd.DataFrame) -> None:
    before = calls.copy()
    for detector in (retry_loops, context_growth, over_provisioned):
        detector(calls)
    assert calls.equals(before)


def test_detectors_of_an_empty_ledger_find_nothing() -> None:
    empty = Ledger().frame()
    for detector in (retry_loops, context_growth, over_provisioned):
        assert detector(empty) == []
        assert false_alarms(detector, empty) == {"findings": 0, "usd": 0.0, "calls": 0.0}


def test_what_has_no_price_or_no_smaller_model_is_passed_over() -> None:
    rows = [after(n, output_tokens=5, provider="x-ai", model="grok-4.7") for n in range(200)]
    rows += [after(n, output_tokens=5, provider="acme", model="acme-1") for n in range(200)]
    calls = frame(*(row | {"run": f"run-{n}"} for n, row in enumerate(rows)))
    assert calls["cost_pusd"].isna().sum() == 200
    for detector in (retry_loops, context_growth, over_provisioned):
        assert detector(calls) == []
    (loop,) = retry_loops(frame(*(after(n, provider="acme", model="acme-1") for n in range(9))))
    assert loop.usd == 0  # found, although nobody knows what it cost


def test_transport_retries_are_counted_apart(calls: pd.DataFrame) -> None:
    failed = transport_retries(calls)
    assert failed.loc["429", "usd"] == 0 < failed.loc["timeout", "usd"]
    assert failed["attempts"].sum() == (calls["status"] == "error").sum()


@pytest.mark.parametrize(
    ("detector", "name", "number"),
    [
        (retry_loops, "repeats", -1),
        (context_growth, "learn", 0),
        (context_growth, "growth", -0.1),
        (context_growth, "days", 0),
        (over_provisioned, "short", -1),
        (over_provisioned, "least", 0),
    ],
)
def test_a_bound_that_makes_no_sense_is_named(
    calls: pd.DataFrame, detector: Any, name: str, number: float
) -> None:
    with pytest.raises(ValueError, match=f"{name}={number} is outside of "):
        detector(calls.head(0), **{name: number})


def test_one_incident_can_be_left_in(calls: pd.DataFrame, clean: pd.DataFrame) -> None:
    truth = wasted_calls().groupby("incident")["wasted_pusd"].sum()
    page = without_incidents(calls, keep="page-in-prompt")
    assert page["cost_pusd"].sum() - clean["cost_pusd"].sum() == truth["page-in-prompt"]
    with pytest.raises(ValueError, match="no incident 'fire': choose one of backfill"):
        without_incidents(calls, keep="fire")
    with pytest.raises(ValueError, match="no incident 'fire'"):
        score([], "fire")
