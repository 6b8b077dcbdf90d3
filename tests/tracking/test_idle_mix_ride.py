"""Three more detectors: nobody there, another model, a result that rides along."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest

from costlib.bank.tracked import tracked_month, without_incidents
from costlib.pricing.cost import cost_of
from costlib.tracking import model_change, riding_results, unattended
from costlib.tracking.ledger import Call, Ledger
from costlib.tracking.waste import Finding, false_alarms
from costlib.usage.record import Usage

OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"
NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def clean() -> pd.DataFrame:
    return without_incidents(tracked_month())


def ledger(*rows: dict[str, Any]) -> pd.DataFrame:
    """Calls of the flagship for nobody; `minute` says when, other keys as in Call and Usage."""
    calls = []
    for row in rows:
        counts = {name: row[name] for name in row if name.endswith("_tokens")}
        rest = {name: row[name] for name in row if name not in (*counts, "minute")}
        usage = Usage(**{"input_tokens": 80_000, "output_tokens": 20} | counts)
        about = {"provider": "anthropic", "model": OPUS, "feature": "agent"} | rest
        calls.append(Call(time=NOON + timedelta(minutes=row["minute"]), usage=usage, **about))
    kept = Ledger()
    kept.record_many(calls)
    return kept.frame()


# --- Nobody there -----------------------------------------------------------------------------


def beats(count: int, gap: float = 30, **fields: Any) -> list[dict[str, Any]]:
    sent = range(80_000, 80_000 + 40 * count, 40)
    return [
        {"minute": gap * i + i % 3 / 60, "input_tokens": tokens, **fields}
        for i, tokens in enumerate(sent)
    ]


def test_a_heartbeat_by_hand():
    calls = ledger(*beats(10))
    (found,) = unattended(calls)
    (same,) = unattended(calls.assign(user=None, project=None))  # as pandas.read_csv reads them
    assert same.usd == found.usd
    each = [cost_of(Usage(input_tokens=80_000 + 40 * i, output_tokens=20), OPUS) for i in range(10)]
    assert found.usd == sum(cost.total for cost in each[1:])
    assert len(found.ids) == 9 and found.first == NOON + timedelta(minutes=30, seconds=1)
    assert "10 calls of claude-opus-5-5, one every 30 minutes, 80,180 tokens" in found.what


def test_a_heartbeat_that_changes_its_rhythm_is_two():
    slower = [row | {"minute": row["minute"] + 300} for row in beats(8, gap=60)]
    assert [len(f.ids) for f in unattended(ledger(*beats(8), *slower))] == [7, 7]


@pytest.mark.parametrize(
    "rows",
    [
        beats(5),
        beats(10, user="customer-1"),
        beats(10, gap=1),
        [{"minute": minute} for minute in (0, 30, 95, 110, 190, 200, 290, 300)],
        [{"minute": 30 * i, "input_tokens": 9_000 + 50_000 * (i % 2)} for i in range(10)],
        beats(10, status="interrupted"),
    ],
    ids=["few", "a person", "a fast job", "no rhythm", "other prompts", "not answered"],
)
def test_what_is_no_heartbeat(rows: list[dict[str, Any]]):
    assert unattended(ledger(*rows)) == []


def test_who_is_a_person_can_be_said():
    rows = beats(10, user="nightly-job")
    assert unattended(ledger(*rows)) == []
    assert unattended(ledger(*rows), person=lambda user: user.startswith("customer"))


# --- Another model ----------------------------------------------------------------------------


def days(*parts: tuple[int, int], **fields: Any) -> list[dict[str, Any]]:
    """A day of calls for each pair: how many of the mid model, how many of the flagship."""
    rows = []
    for day, (mid, flagship) in enumerate(parts):
        models = [SONNET] * mid + [OPUS] * flagship
        rows += [
            {"minute": 1_440 * day + i, "model": model, "input_tokens": 1_000, **fields}
            for i, model in enumerate(models)
        ]
    return rows


def test_a_silent_upgrade_by_hand():
    rows = days(*[(60, 0)] * 7, (30, 30), (20, 40), (60, 0))
    (found,) = model_change(ledger(*rows))
    assert len(found.ids) == 70 and found.first.date() == (NOON + timedelta(days=7)).date()
    usage = Usage(input_tokens=1_000, output_tokens=20)
    dearer = cost_of(usage, OPUS).total - cost_of(usage, SONNET).total
    assert found.usd == 70 * dearer > 0


def test_a_cheaper_model_is_a_change_that_cost_nothing():
    (found,) = model_change(ledger(*days(*[(0, 60)] * 7, (40, 20))))
    assert (found.usd, len(found.ids)) == (0, 40) and SONNET in found.what


def test_a_mix_that_has_always_moved_or_a_few_calls_are_no_change():
    assert model_change(ledger(*days(*[(60, 0), (30, 30)] * 5))) == []
    assert model_change(ledger(*days(*[(60, 0)] * 7, (60, 10)))) == []
    assert model_change(ledger(*days(*[(60, 0)] * 6, (0, 60)))) == []  # too early to judge


def test_a_stolen_key_shows_by_project():
    rows = days(*[(60, 0)] * 8, project="web") + [
        row | {"feature": "", "minute": row["minute"] + 700}
        for row in days(*[(0, 0)] * 7, (0, 90), project="web")
    ]
    assert model_change(ledger(*rows)) == []  # as a feature it is new, and not judged
    (found,) = model_change(ledger(*rows), by="project")
    assert len(found.ids) == 90


# --- A result that rides along ----------------------------------------------------------------


def ride(*sent: int, **fields: Any) -> list[dict[str, Any]]:
    return [
        {"minute": i, "input_tokens": tokens, "run": "run-1", **fields}
        for i, tokens in enumerate(sent)
    ]


def test_a_result_by_hand():
    rows = ride(1_000, 41_020, 41_100, 41_200, 41_300)
    (found,) = riding_results(ledger(*rows))
    # 40,000 tokens in each of three turns after the one that first sent them, at 4 USD a million
    assert found.usd == cost_of(Usage(input_tokens=40_000), OPUS).total * 3
    assert len(found.ids) == 3 and "40,000 tokens that run-1 got once" in found.what


def test_what_a_cache_read_costs_less():
    rows = ride(1_000, 41_020, 41_100, 41_200, 41_300)
    rows[2]["cached_input_tokens"] = 21_020  # half of it
    rows[3] |= {"cached_input_tokens": 1_020, "cache_write_5m_tokens": 40_180}
    (found,) = riding_results(ledger(*rows))
    parts = (
        Usage(input_tokens=40_000, cached_input_tokens=20_000),
        Usage(input_tokens=40_000, cache_write_5m_tokens=40_000),
        Usage(input_tokens=40_000),
    )
    assert found.usd == sum(cost_of(usage, OPUS).total for usage in parts)


def test_what_does_not_ride():
    cut = ride(1_000, 41_020, 2_000, 2_100, 2_200)
    soon = ride(1_000, 41_020, 41_100, 41_200)
    slow = ride(1_000, 5_000, 9_000, 13_000, 17_000, 21_000)
    long_answer = ride(1_000, 41_000, 41_100, 41_200, 41_300, output_tokens=39_500)
    apart = [row | {"run": f"run-{i}"} for i, row in enumerate(ride(1_000, 41_000, 41_100, 41_200))]
    for rows in (cut, soon, slow, long_answer, apart):
        assert riding_results(ledger(*rows)) == []


# --- False alarms -----------------------------------------------------------------------------


def test_false_alarms_on_the_clean_month(clean: pd.DataFrame):
    def nobody(calls: pd.DataFrame) -> list[Finding]:
        return unattended(calls, person=lambda user: user.startswith("customer"))

    for detector in (nobody, model_change, riding_results):
        assert false_alarms(detector, clean)["findings"] == 0
    # the price of looking closer: long histories of chats look like results
    closer = false_alarms(lambda calls: riding_results(calls, least=3_000, turns=1), clean)
    assert (closer["findings"], round(closer["usd"], 2)) == (11, 0.16)


@pytest.mark.parametrize("detector", [unattended, model_change, riding_results])
def test_an_empty_ledger_and_calls_without_a_price(detector):
    assert detector(Ledger().frame()) == []
    unknown = [row | {"model": "who-knows"} for row in beats(10)]
    assert detector(ledger(*unknown)) == []
