"""Runs as records: the published figures, money that sums exactly, ledgers read into runs."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.agents import PARTS, Runs, may_lose, outcome, runs_of, spent, swe_runs, swe_tables
from costlib.own_data import read_session_log
from costlib.paths import data_path
from costlib.pricing.table import cost_table
from costlib.tracking.ledger import Call, Ledger
from costlib.usage.record import Usage

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
MODEL = "claude-opus-5-5"


# --- The 500 runs -----------------------------------------------------------------------------


def test_each_of_the_19_584_billed_amounts_to_the_last_digit():
    path = data_path("agents", "swe_runs_calls.csv.gz")
    amounts = pd.read_csv(path, dtype=str, keep_default_na=False)["billed_usd"]
    billed = amounts != ""
    ours = spent(swe_runs()).by_turn
    assert billed.sum() == 19_584
    assert [Decimal(int(pico)).scaleb(-12) for pico in ours[billed]] == [
        Decimal(amount) for amount in amounts[billed]
    ]


def test_published_runs_need_no_database():
    code = "import sys; from costlib.agents import swe_runs; swe_runs(); print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert "pandas" in loaded.stdout.split() and "sqlalchemy" not in loaded.stdout.split()


def test_the_published_money():
    runs = swe_runs()
    money = spent(runs)
    each = money.by_run / 1e12
    assert round(money.usd, 2) == Decimal("230.46")
    assert round(each.mean(), 3) == 0.461 and round(np.median(each), 3) == 0.377
    assert round(each[runs.solved].mean(), 3) == 0.411
    assert round(each[~runs.solved].mean(), 3) == 0.605
    assert round(np.sort(each)[-50:].sum() / each.sum(), 2) == 0.27
    billed = np.sort(swe_tables()[0]["billed_usd"])
    assert round(billed[-50:].sum() / billed.sum(), 2) == 0.28  # of what was reported as billed
    found = outcome(money)
    assert (found.solved, found.runs) == (371, 500)
    assert round(found.per_solved.value, 3) == 0.621
    assert round(found.failed_money, 2) == 0.34


def test_the_published_shape():
    runs = swe_runs()
    assert (len(runs), runs.turns.sum()) == (500, 20_163)
    assert (runs.turns.mean().round(), np.median(runs.turns), runs.turns.max()) == (40, 36, 145)
    assert round(runs.prompt.sum() / 1e6) == 333 and round(runs.answer.sum() / 1e6, 1) == 5.6
    assert round(runs.read.sum() / runs.prompt.sum(), 3) == 0.838
    longest = np.maximum.reduceat(runs.prompt, runs.first[:-1])
    assert (round(longest.mean()), round(np.median(longest) + 0.1)) == (24_774, 22_209)
    assert round(np.percentile(longest, 90)) == 37_928
    later = (runs.turn > 1) & (runs.prompt > 4_096)
    assert round((runs.read[later] == 0).mean(), 3) == 0.067
    long = np.isin(runs.run, np.flatnonzero(runs.turns >= 60))
    by_turn = spent(runs).by_turn
    tens = [by_turn[long & (runs.turn > a) & (runs.turn <= a + 10)].sum() for a in (0, 50)]
    assert round(tens[1] / tens[0], 1) == 1.8
    _, calls = swe_tables()
    assert (calls["reasoning_tokens"] > calls["completion_tokens"]).sum() == 20
    # What a run's last call gave back, up to 868,167 characters, was sent to nobody.
    sent_on = calls["run"].eq(calls["run"].shift(-1))
    assert (calls["observation_chars"].max(), (~sent_on).sum()) == (868_167, 500)
    chars = np.sort(calls.loc[sent_on, "observation_chars"])
    assert (np.median(chars), round(chars.mean()), chars[-1]) == (263, 978, 41_623)
    assert round(chars[-(len(chars) // 20) :].sum() / chars.sum(), 2) == 0.45


def test_nobody_changes_the_runs_of_everybody():
    with pytest.raises(ValueError, match="read-only"):
        swe_runs().read[0] = 1
    _, calls = swe_tables()
    calls["prompt_tokens"] = 0
    assert swe_tables()[1]["prompt_tokens"].sum() == swe_runs().prompt.sum()


def test_parts_make_the_prompt_and_the_money():
    runs = swe_runs()
    _, calls = swe_tables()
    assert (runs.prompt == calls["prompt_tokens"]).all()
    money = spent(runs)
    assert sum(money.by_part.values()) == money.usd
    assert list(money.by_part) == list(PARTS)
    # results ride along: 34% of the money, and 29% for what the model wrote
    assert round(money.by_part["results"] / money.usd, 2) == Decimal("0.34")
    assert round(money.by_part["answer"] / money.usd, 2) == Decimal("0.29")


def test_a_solved_task_costs_what_a_bootstrap_says():
    runs = swe_runs()
    found = outcome(runs).per_solved
    each, solved = spent(runs).by_run / 1e12, runs.solved
    rows = np.random.default_rng(1).integers(0, 500, (4_000, 500))
    ratios = each[rows].sum(axis=1) / solved[rows].sum(axis=1)
    low, high = np.quantile(ratios, (0.025, 0.975))
    assert abs(found.low - low) < 0.01 and abs(found.high - high) < 0.01


# --- Money by part ----------------------------------------------------------------------------


def usage_frame(runs: Runs, model: str) -> pd.DataFrame:
    columns = {f"cache_write_{name}_tokens": tokens for name, tokens in runs.written.items()}
    return pd.DataFrame(
        {
            "time": START,
            "model": model,
            "input_tokens": runs.prompt,
            "cached_input_tokens": runs.read,
            "output_tokens": runs.answer,
            **columns,
        }
    )


@settings(max_examples=50)
@given(
    st.lists(
        st.tuples(st.integers(1, 150_000), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9_000)),
        min_size=1,
        max_size=12,
    ),
    st.integers(0, 3_000),
    st.sampled_from([MODEL, "claude-haiku-5-5", "gpt-5.5"]),
)
def test_money_by_part_is_the_price_of_the_calls(turns, definitions, model):
    calls = []
    for at, (prompt, read, written, answer) in enumerate(turns):
        cached = int(prompt * read)
        write = 0 if model == "gpt-5.5" else int((prompt - cached) * written)
        usage = Usage(
            input_tokens=prompt,
            cached_input_tokens=cached,
            cache_write_5m_tokens=write // 2 if model != "gpt-5.5" else 0,
            cache_write_1h_tokens=write - write // 2,
            output_tokens=answer,
        )
        provider = "openai" if model == "gpt-5.5" else "anthropic"
        when = START + timedelta(minutes=at)
        calls.append(Call(time=when, provider=provider, model=model, usage=usage, run="r"))
    runs = runs_of(calls, definitions=definitions)
    assert runs.prompt.tolist() == [prompt for prompt, *_ in turns]
    assert (runs.front(runs.read) >= 0).all()
    money = spent(runs)
    priced = cost_table(usage_frame(runs, model))["cost_pusd"]
    assert money.by_turn.tolist() == priced.tolist()
    assert (money.parts >= 0).all()


def test_what_was_read_is_the_front_of_the_prompt():
    # 1,000 standing; answer 100 and result 400 twice; the last turn reads up to the first result
    calls = grown([(1_000, 0, 100), (1_500, 1_000, 100), (2_000, 1_250, 50)])
    runs = runs_of(calls, definitions=300)
    assert runs.front(runs.prompt)[2].tolist() == [300, 700, 200, 800]
    assert runs.front(runs.read)[2].tolist() == [300, 700, 100, 150]
    rates = spent(runs).parts[2]
    assert rates.tolist() == [
        300 * 200_000,  # opus 5.5 reads at 0.20, takes at 4 USD a million
        700 * 200_000,
        100 * 200_000 + 100 * 4_000_000,
        150 * 200_000 + 650 * 4_000_000,
        50 * 20_000_000,
    ]


def grown(turns: list[tuple[int, int, int]], run: str = "r", **fields) -> list[Call]:
    return [
        Call(
            time=START + timedelta(minutes=at),
            provider="anthropic",
            model=MODEL,
            usage=Usage(input_tokens=prompt, cached_input_tokens=read, output_tokens=answer),
            run=run,
            **fields,
        )
        for at, (prompt, read, answer) in enumerate(turns)
    ]


def test_a_run_turn_by_turn():
    runs = runs_of(grown([(1_000, 0, 100), (1_500, 1_000, 100)]), definitions=300)
    first, second = spent(runs).frame().to_dict("records")
    assert (first["run"], first["turn"], second["turn"], second["seconds"]) == ("r", 1, 2, 60)
    names = [*PARTS, "read"]
    assert [second[name] for name in names] == [300, 700, 100, 400, 100, 1_000]
    assert second["usd"] == pytest.approx(0.0042) == sum(second[f"{name}_usd"] for name in PARTS)
    unknown = [replace(call, model="who-knows", provider="x") for call in grown([(9, 0, 1)])]
    assert np.isnan(spent(runs_of(unknown)).frame()["usd"][0])


# --- Reading ----------------------------------------------------------------------------------


def test_a_context_that_falls_to_half_was_rewritten():
    runs = runs_of(grown([(1_000, 0, 100), (9_000, 0, 100), (3_000, 0, 100), (3_500, 0, 1)]))
    assert runs.history.tolist() == [0, 100, 2_000, 2_100]
    assert runs.results.tolist() == [0, 7_900, 0, 400]


def test_thinking_that_is_left_out_shrinks_the_history_only():
    runs = runs_of(grown([(1_000, 0, 500), (1_700, 0, 500), (1_600, 0, 9)]))
    assert runs.history.tolist() == [0, 500, 400]
    assert runs.results.tolist() == [0, 200, 200]


def test_runs_of_a_ledger_with_children_unpriced_models_and_searches():
    ledger = Ledger()
    ledger.record_many(grown([(1_000, 0, 100), (2_000, 0, 100)], run="task"))
    ledger.record_many(grown([(600, 0, 50)], run="child"))
    ledger.record_many(grown([(10, 0, 1)], run=""))
    search = Usage(input_tokens=500, output_tokens=10, web_searches=2)
    ledger.record(Call(time=START, provider="anthropic", model=MODEL, usage=search, run="b"))
    odd = Usage(input_tokens=70, output_tokens=7)
    ledger.record(Call(time=START, provider="x", model="who-knows", usage=odd, run="c"))
    ledger.record(
        Call(time=START, provider="anthropic", model=MODEL, run="b", status="error", error="529")
    )
    frame = ledger.frame()
    runs = runs_of(frame, parents={"child": "task"}, solved={"task": True, "b": False, "c": True})
    assert runs.names == ("b", "c", "task")
    assert runs["task"].thread.tolist() == [0, 0, 1]
    assert any("not among these: 1 call." in note for note in runs.notes)
    money = spent(runs)
    assert money.unpriced == {"who-knows": 1}
    known = frame[(frame["run"] != "") & frame["cost_pusd"].notna()]["cost_pusd"].sum()
    assert money.by_turn.sum() == known
    assert money.by_part["beside"] == Decimal("0.02")  # 2 searches at 10 USD a thousand
    with pytest.raises(ValueError, match=r"1 turns have no price \(who-knows\)"):
        outcome(runs)
    assert outcome(runs[np.array([True, False, True])]).solved == 1


def line(at: int, name: str, prompt: int, read: int, answer: int, **fields: object) -> str:
    usage = {
        "input_tokens": prompt - read,
        "cache_read_input_tokens": read,
        "cache_creation_input_tokens": 0,
        "output_tokens": answer,
    }
    message = {"id": name, "model": MODEL, "role": "assistant", "usage": usage}
    about = {"type": "assistant", "sessionId": "s1", "requestId": f"req_{name}"} | fields
    when = f"2026-11-20T09:{at:02}:00.000Z"
    return json.dumps(about | {"uuid": name, "timestamp": when, "message": message})


def test_a_session_log_with_a_sub_agent_and_repeated_lines(tmp_path: Path):
    worker = {"isSidechain": True, "agentId": "a1"}
    log = tmp_path / "s1.jsonl"
    lines = [
        line(0, "m1", 1_000, 0, 100),
        line(0, "m1", 1_000, 0, 100),
        line(1, "w1", 600, 0, 50, **worker),
        line(2, "w2", 900, 600, 50, **worker),
        line(3, "m2", 1_500, 1_000, 100),
    ]
    log.write_text("\n".join(lines) + "\n", "utf-8")
    runs = runs_of(read_session_log(log), apart="feature")
    assert runs.names == ("s1",)
    assert runs.thread.tolist() == [0, 0, 1, 1]
    assert runs.prompt.tolist() == [1_000, 1_500, 600, 900]
    assert runs.results.tolist() == [0, 400, 0, 250]
    assert runs.seconds.tolist() == [0, 180, 60, 120]


def test_runs_can_be_chosen():
    runs = swe_runs()
    some = runs[runs.turns > 100]
    assert (some.turns > 100).all() and len(some.solved) == len(some)
    assert spent(some).usd == sum(spent(runs[name]).usd for name in some.names)
    with pytest.raises(LookupError, match="there is no run 'django'"):
        runs["django"]
    with pytest.raises(ValueError, match="no run is chosen"):
        runs[runs.turns > 1_000]


def two_requests() -> list[Call]:
    usage = Usage(input_tokens=5, requests=2)
    return [Call(time=START, provider="openai", model="gpt-5.5", usage=usage, run="r")]


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: runs_of([]), "no call with tokens has a run"),
        (lambda: runs_of(pd.DataFrame({"run": ["a"]})), "has no column 'time'"),
        (lambda: runs_of(two_requests()), "a turn is a single call"),
        (lambda: runs_of(grown([(9, 0, 1)]), solved={}), "solved says nothing of run 'r'"),
        (lambda: runs_of(grown([(9, 0, 1)]), parents={"r": "r"}), "a run has one parent"),
        (lambda: outcome(runs_of(grown([(9, 0, 1)]))), "was not measured"),
        (lambda: outcome(runs_of(grown([(9, 0, 1)]), solved={"r": False})), "no run was solved"),
    ],
)
def test_bad_input_gets_a_sentence(call: Callable[[], object], words: str):
    with pytest.raises(ValueError, match=words):
        call()


def test_a_saving_says_how_many_solved_tasks_it_may_lose():
    runs = swe_runs()
    assert may_lose(runs, runs) == 0
    half = runs[np.arange(0, 500, 2)]
    room = may_lose(runs, half)
    per_task = spent(runs).usd / 371
    assert spent(half).usd / (371 - room) <= per_task < spent(half).usd / (371 - room - 1)
