"""What would the same runs cost otherwise? Small runs by hand, the 500 against brute force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest

from costlib.agents import (
    Runs,
    capped,
    compacted,
    cut_results,
    on_model,
    outcome,
    runs_of,
    spent,
    split,
    summarise_results,
    swe_runs,
    token_factor,
    tool_costs,
    with_cache,
    with_definitions,
    with_pauses,
)
from costlib.tracking.ledger import Call
from costlib.usage.record import Usage

START = datetime(2026, 11, 20, 9, tzinfo=UTC)


def run(
    turns: list[tuple[int, int]],
    *,
    prefix: int = 1_000,
    minutes: float = 1,
    model: str = "claude-opus-5-5",
    **fields,
) -> Runs:
    """A run whose turns write `answer` tokens and get `result` back, so many minutes apart."""
    calls, prompt = [], prefix
    for at, (answer, result) in enumerate(turns):
        usage = Usage(input_tokens=prompt, output_tokens=answer)
        when = START + timedelta(minutes=at * minutes)
        provider = "anthropic" if model.startswith("claude") else "openai"
        calls.append(Call(time=when, provider=provider, model=model, usage=usage, run="r"))
        prompt += answer + result
    return with_cache(runs_of(calls, **fields), "none")


THREE = run([(100, 400), (100, 900), (50, 0)])


# --- Caches -----------------------------------------------------------------------------------


def test_each_turn_reads_what_the_one_before_it_sent_and_writes_the_rest():
    runs = with_cache(THREE, "5m")
    assert runs.prompt.tolist() == [1_000, 1_500, 2_500]
    assert runs.read.tolist() == [0, 1_000, 1_500]
    assert runs.written["5m"].tolist() == [1_000, 500, 1_000]
    # 2,500 written at 5, 2,500 read at 0.20, 250 out at 20 USD a million
    assert spent(runs).usd == Decimal("0.018")
    assert spent(with_cache(runs, "1h")).usd == Decimal("0.0255")
    assert spent(with_cache(runs, "none")).usd == Decimal("0.025")


def test_a_pause_of_the_lifetime_writes_everything_again():
    kept = with_cache(THREE, "5m")
    for seconds, reads in ((239, [0, 1_000, 1_500]), (240, [0, 1_000, 0])):
        paused = with_pauses(kept, seconds, every=2)
        assert paused.seconds.tolist() == [0, 60, 120 + seconds]
        assert paused.read.tolist() == reads
    assert with_pauses(with_cache(kept, "1h"), 240, every=2).read.tolist() == [0, 1_000, 1_500]


def test_a_pause_holds_up_the_children_too():
    two = split(with_cache(run([(100, 400)] * 4, definitions=600), "5m"), 2)
    paused = with_pauses(two, 600, every=3)
    order = two.by_time
    later = (paused.seconds - two.seconds)[order]
    assert later.tolist() == [600 * (at // 3) for at in range(len(order))]


def test_a_short_prefix_is_not_cached_and_steps_are_whole():
    short = with_cache(run([(100, 100), (100, 100), (9, 0)], prefix=400), "5m")
    assert short.read.tolist() == [0, 0, 600] and short.written["5m"].tolist() == [0, 600, 200]
    steps = with_cache(run([(100, 400), (100, 900), (9, 0)], model="gpt-5.5", prefix=2_200), "24h")
    assert steps.read.tolist() == [0, 2_176, 2_688] and steps.written == {}


def test_the_500_runs_without_a_cache_and_with_one_that_loses_nothing():
    runs = swe_runs()
    assert round(spent(with_cache(runs, "none")).usd, 2) == Decimal("732.78")
    kept = with_cache(runs, "5m")
    before = np.where(runs.opens | runs.rewritten, 0, np.roll(runs.prompt, 1))
    late = np.diff(runs.seconds, prepend=0) >= 300
    assert (kept.read == np.where((before < 2_048) | late, 0, before))[~runs.rewritten].all()
    assert round(spent(kept).usd, 2) == Decimal("166.65")
    assert "publishes neither lifetimes nor writes" in " ".join(kept.notes)


# --- Diet -------------------------------------------------------------------------------------


def test_a_cut_result_is_shorter_in_every_later_turn():
    assert cut_results(THREE, 500).prompt.tolist() == [1_000, 1_500, 2_100]
    assert cut_results(THREE, 100).results.tolist() == [0, 100, 200]
    assert cut_results(THREE, 100).history.tolist() == THREE.history.tolist()
    kept = cut_results(with_cache(THREE, "5m"), 100)
    assert kept.read.tolist() == [0, 1_000, 1_200]


def test_measured_reads_keep_their_place_when_results_are_cut():
    runs = swe_runs()
    same = cut_results(runs, 10**6)
    assert (same.read == runs.read).all() and spent(same).usd == spent(runs).usd
    shorter = cut_results(runs, 500)
    came = runs.grown(runs.results)
    want = np.zeros(len(came), np.int64)
    for turn in np.flatnonzero(~runs.opens):  # by brute force, where nothing was rewritten
        want[turn] = want[turn - 1] + min(came[turn - 1], 500)
    whole = ~np.isin(runs.run, runs.run[runs.rewritten])
    assert (shorter.results[whole] == want[whole]).all()
    full = runs.read == np.roll(runs.prompt, 1)  # a turn that read all of the one before still does
    full &= ~runs.opens & whole
    assert full.any() and (shorter.read[full] == np.roll(shorter.prompt, 1)[full]).all()
    assert round(spent(shorter).usd, 2) == Decimal("196.95")


def test_a_cut_where_the_context_was_rewritten_shrinks_by_the_same_share():
    usage = [(1_000, 100), (9_100, 100), (3_000, 100), (3_600, 1)]
    calls = [
        Call(
            time=START + timedelta(minutes=at),
            provider="anthropic",
            model="claude-opus-5-5",
            usage=Usage(input_tokens=prompt, output_tokens=answer),
            run="r",
        )
        for at, (prompt, answer) in enumerate(usage)
    ]
    runs = with_cache(runs_of(calls), "none")
    assert runs.results.tolist() == [0, 8_000, 0, 500]
    assert cut_results(runs, 200).results.tolist() == [0, 200, 0, 200]


def test_a_summary_is_a_call_that_stands_alone():
    runs = summarise_results(with_cache(THREE, "5m"), longer_than=500, to=200, prompt=50)
    assert runs.turns.tolist() == [4]
    assert runs.prompt.tolist() == [1_000, 1_500, 1_800, 950]
    assert runs.answer.tolist() == [100, 100, 50, 200]
    assert runs.overhead.tolist() == [False, False, False, True]
    assert runs.read.tolist() == [0, 1_000, 1_500, 0]
    assert runs.written["5m"].tolist() == [1_000, 500, 300, 0]
    free = summarise_results(THREE, longer_than=500, to=200, by_model=False)
    assert free.prompt.tolist() == [1_000, 1_500, 1_800]


def test_definitions_stand_in_each_prompt_or_come_when_they_are_used():
    always = with_definitions(with_cache(THREE, "5m"), 100, 600)
    assert always.prompt.tolist() == [61_000, 61_500, 62_500]
    assert always.read.tolist() == [0, 61_000, 61_500]
    found = with_definitions(THREE, 100, 600, on_demand=True, used=2, search=500, query=40)
    assert found.definitions.tolist() == [500, 500, 500]
    assert found.prompt.tolist() == [1_500, 2_640, 4_280]
    assert found.answer.tolist() == [140, 140, 50]
    runs = swe_runs()
    assert spent(with_definitions(runs, 0, 600)).usd == spent(runs).usd
    # 60,000 tokens more in each prompt cost more than twice what the runs did
    assert round(spent(with_definitions(runs, 100, 600)).usd / spent(runs).usd, 1) == Decimal("3.3")


def test_tools_ranked_by_dollars_for_a_use():
    runs = with_cache(THREE, "5m")
    tools = tool_costs(runs, {"run": 500, "search": 1_000, "draw": 100}, {"run": 50, "search": 2})
    assert [tool.name for tool in tools] == ["draw", "search", "run"]
    # written once at 5 and read twice at 0.20 USD a million
    assert tools[1].usd == Decimal("0.0054") and tools[1].per_use == 0.0027
    assert tools[0].per_use == float("inf")
    with pytest.raises(ValueError, match="uses names 'sing'"):
        tool_costs(runs, {"run": 500}, {"sing": 1})


def test_a_tool_costs_what_the_runs_would_save_without_it():
    """In proportion to its length, although alone a short one lifts prompts into the cache."""
    runs = with_cache(swe_runs(), "5m")
    tools = tool_costs(runs, {"browser": 8_000, "search": 700, "deploy": 1_200})
    usd = {tool.name: tool.usd for tool in tools}
    assert usd["deploy"] / 1_200 == usd["search"] / 700 == usd["browser"] / 8_000
    alone = spent(with_definitions(runs, 1, 700)).usd - spent(runs).usd
    assert alone < usd["search"] / 3
    (only,) = tool_costs(runs, {"search": 700})
    assert only.usd == alone


# --- Compaction -------------------------------------------------------------------------------


def test_a_compaction_reads_the_context_and_breaks_the_cache():
    runs = run([(100, 400), (100, 900), (100, 900), (50, 0)])
    assert runs.prompt.tolist() == [1_000, 1_500, 2_500, 3_500]
    less = compacted(with_cache(runs, "5m"), 2_000, summary=300, prompt=60, framing=0)
    assert less.overhead.tolist() == [False, False, True, False, True, False]
    # 1,000 stand; before the third turn 1,500 are summed up, before the fourth 1,300
    assert less.prompt.tolist() == [1_000, 1_500, 2_560, 1_300, 2_360, 1_300]
    assert less.answer.tolist() == [100, 100, 300, 100, 300, 50]
    assert less.read.tolist() == [0, 1_000, 1_500, 1_000, 1_300, 1_000]
    assert (less.seconds == [0, 60, 120, 120, 180, 180]).all()


def test_a_context_within_the_threshold_or_a_summary_is_left_alone():
    runs = with_cache(swe_runs(), "5m")
    assert spent(compacted(runs, 10**6)).usd == spent(runs).usd
    assert not compacted(THREE, 1, summary=10**6).overhead.any()


def test_compaction_pays_from_some_length_on():
    base = with_cache(swe_runs(), "5m")
    costs = {at: spent(compacted(base, at)).usd for at in (8_000, 16_000, 50_000)}
    assert costs[16_000] < costs[50_000] < spent(base).usd < costs[8_000]


# --- Children ---------------------------------------------------------------------------------


def test_children_carry_only_their_own_stretch():
    runs = run([(100, 400), (100, 900), (100, 900), (50, 0)])
    two = split(with_cache(runs, "5m"), 2, brief=30, summary=70, framing=5)
    assert two.thread.tolist() == [0, 0, 0, 1, 1, 1, 2, 2]
    assert two.prompt.tolist() == [1_000, 1_105, 1_210, 1_030, 1_530, 2_530, 1_030, 2_030]
    assert two.answer.tolist() == [30, 30, 70, 100, 100, 70, 100, 50]
    assert two.overhead.tolist() == [True] * 3 + [False, False, True, False, False]
    # the parent reads its prefix again; a child finds nothing that is its own
    assert two.read.tolist() == [0, 1_000, 1_105, 0, 1_030, 1_530, 0, 1_030]
    assert two.turns.tolist() == [8] and two.solved is None


def test_children_read_the_definitions_that_their_parent_wrote():
    runs = run([(100, 400), (100, 900)], definitions=600)
    two = split(with_cache(runs, "5m"), 2, brief=30, summary=70, framing=0)
    assert two.thread.tolist() == [0, 0, 0, 1, 1, 2]
    assert two.read.tolist() == [0, 1_000, 1_100, 600, 1_030, 600]


def test_one_agent_or_several_flips_with_the_cache():
    runs = swe_runs()
    kept = on_model(runs, "claude-sonnet-5-5", cache="5m")
    plain = on_model(runs, "claude-sonnet-5-5", cache="none")
    assert spent(split(kept, 8)).usd > spent(kept).usd
    assert spent(split(plain, 8)).usd < spent(plain).usd / 2
    # Five children, at 12 USD: each run writes 5 briefs of 300 tokens, and 5 summaries of 500, of
    # which the parent's is one.
    as_it_is = with_cache(runs, "5m")
    one, several = spent(as_it_is).by_part, spent(split(as_it_is, 5)).by_part
    assert several["answer"] - one["answer"] == Decimal(500 * (5 * 300 + 5 * 500) * 12) / 10**6
    assert round(several["prefix"] - one["prefix"], 2) == Decimal("19.06")
    rides = [parts["history"] + parts["results"] for parts in (one, several)]
    assert round(rides[0] - rides[1], 2) == Decimal("48.93")


# --- Cards ------------------------------------------------------------------------------------


def test_another_card_and_its_tokens():
    same = on_model(THREE, "claude-opus-5-5", cache="none")
    assert spent(same).usd == spent(THREE).usd
    assert token_factor("claude-opus-5-5", "claude-sonnet-5-5").low == 1
    factor = token_factor("gpt-5.5", "claude-opus-5-5")
    assert (factor.low, factor.best, factor.high) == (1.18, 1.53, 1.72)
    assert token_factor("gemini-3-pro-preview", "gemini-4-argon").high == 1
    unknown = token_factor("gemini-3-pro-preview", "mistral-large-4")
    assert unknown.low < 0.75 and unknown.best == 1 and unknown.high > 1.35
    runs = run([(100, 400), (100, 900), (50, 0)], model="gpt-5.5")
    there = on_model(runs, "claude-opus-5-5", cache="1h", factor=1.5)
    assert there.prompt.tolist() == [1_500, 2_250, 3_750]
    assert there.written["1h"].tolist() == [1_500, 750, 1_500]
    # 3,750 written at 8, 3,750 read at 0.20, 375 out at 20 USD a million
    assert spent(there).usd == Decimal("0.03825")
    assert any("estimates: 1.5 for each" in note for note in there.notes)


def test_the_same_model_on_another_day_solves_the_same_tasks():
    runs = swe_runs()
    today = on_model(runs, "gemini-3-pro-preview")
    assert outcome(today).solved == 371 and not any("estimates" in note for note in today.notes)
    assert spent(today).usd == spent(runs).usd


def test_the_500_runs_on_other_cards():
    runs = swe_runs()
    for model, lifetime in (("gpt-6.1-sol", "30m"), ("claude-opus-5-5", "5m")):
        assert on_model(runs, model).cache == lifetime
    there = on_model(runs, "gemini-4-argon")
    assert there.cache == "measured" and (there.read == runs.read).all()
    ends = token_factor("gemini-3-pro-preview", "claude-opus-5-5")
    costs = [
        spent(on_model(runs, "claude-opus-5-5", factor=by)).usd for by in (ends.low, ends.high)
    ]
    assert costs[0] < spent(on_model(runs, "claude-opus-5-5")).usd < costs[1]


# --- Caps -------------------------------------------------------------------------------------


@pytest.mark.parametrize("cap", ["0.10", "0.5", "1", "3"])
def test_a_cap_against_a_loop_over_the_calls(cap: str):
    runs = swe_runs()
    each, limit = spent(runs).by_turn, int(Decimal(cap).scaleb(12))
    saved, cut = 0, []
    for i in range(len(runs)):
        total, stopped = 0, False
        for pico in each[runs.first[i] : runs.first[i + 1]].tolist():
            stopped = stopped or total + pico > limit
            total += 0 if stopped else pico
            saved += pico if stopped else 0
        cut.append(stopped)
    found = capped(runs, cap)
    assert found.cut.tolist() == cut and found.saved == Decimal(saved).scaleb(-12)
    assert found.saved + found.usd == spent(runs).usd
    assert found.lost == int((np.array(cut) & runs.solved).sum())
    assert found.solved + found.lost == 371


def test_a_cap_of_a_dollar_cuts_25_runs_of_which_12_were_solved():
    found = capped(swe_runs(), 1)
    assert (int(found.cut.sum()), found.lost, round(found.saved, 2)) == (25, 12, Decimal("15.52"))
    assert round(found.per_solved, 3) == Decimal("0.599")
    assert round(found.per_lost, 2) == Decimal("1.29")
    assert capped(swe_runs(), 3).per_lost is None


# --- What nobody measured, and bad input ------------------------------------------------------


@pytest.mark.parametrize(
    "changed",
    [
        lambda runs: cut_results(runs, 100),
        lambda runs: summarise_results(runs, longer_than=100, to=20),
        lambda runs: with_definitions(runs, 10, 100),
        lambda runs: compacted(runs, 8_000),
        lambda runs: split(runs, 2),
        lambda runs: on_model(runs, "gpt-5.5"),
    ],
)
def test_no_what_if_claims_that_as_many_tasks_are_solved(changed: Callable[[Runs], Runs]):
    runs = with_cache(swe_runs(), "5m")
    before = (runs.prompt.copy(), runs.read.copy(), runs.notes)
    with pytest.raises(ValueError, match="was not measured"):
        outcome(changed(runs))
    assert (before[0] == runs.prompt).all() and (before[1] == runs.read).all()
    assert runs.notes == before[2] and runs.solved is not None


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: with_cache(THREE, "30m"), LookupError, "not one of claude-opus-5-5: choose '5m'"),
        (lambda: with_cache(swe_runs(), "long"), LookupError, "not one such as '5m'"),
        (lambda: with_pauses(swe_runs(), 60), ValueError, "choose a cache before"),
        (lambda: with_pauses(THREE, -1), ValueError, "give 0 or more"),
        (lambda: compacted(swe_runs(), 8_000), ValueError, "choose a cache before"),
        (lambda: compacted(THREE, 0), ValueError, "threshold=0"),
        (lambda: split(swe_runs(), 2), ValueError, "choose a cache before"),
        (lambda: split(split(THREE, 2), 2), ValueError, "have children already"),
        (lambda: split(THREE, 0), ValueError, "give at least 1 child"),
        (lambda: cut_results(THREE, -1), ValueError, "tokens=-1: give 0 or more"),
        (lambda: with_definitions(THREE, 2, 9, on_demand=True, used=3), ValueError, "used=3"),
        (lambda: summarise_results(THREE, longer_than=0, to=1), ValueError, "longer_than=0"),
        (lambda: on_model(THREE, "gpt-9"), LookupError, "no price is known"),
        (lambda: on_model(THREE, "gpt-5.5", factor=0), ValueError, "above 0"),
        (lambda: capped(swe_runs(), 0), ValueError, "give USD above 0"),
        (lambda: capped(THREE, 1), ValueError, "was not measured"),
    ],
)
def test_bad_input_gets_a_sentence(call: Callable[[], object], error: type, words: str):
    with pytest.raises(error, match=words):
        call()
