"""Runs played on the offline provider against the what-ifs: their counters agree to the token."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from costlib.agents import (
    Runs,
    Script,
    Turn,
    compacted,
    cut_results,
    follow,
    play,
    runs_of,
    spent,
    split,
    with_cache,
    with_pauses,
    words,
)
from costlib.agents.loop import GO_ON
from costlib.budgets import Budget, BudgetExceeded, Limit
from costlib.estimation import ceiling
from costlib.provider import connect, provider_of
from costlib.tokens import count_text
from costlib.tracking import Ledger, track

CLAUDE, GPT, OLDER = "claude-opus-5-5", "gpt-5.6-sol", "gpt-5.5"
TOOL = {
    "name": "run",
    "description": words(300, 1),
    "input_schema": {"type": "object", "properties": {}},
}
FRAMING = 12  # tokens that wrap a tool's result at OpenAI, as a run of one turn shows below


def script(
    lengths: list[int], *, minutes: float = 0.0, every: int = 1, answer: int = 100, last: int = 50
) -> Script:
    """A run whose tool gives results of so many tokens; then it ends with an answer of `last`."""
    turns = [
        Turn(words(answer, 10 + i), words(length, 20 + i), minutes if i and i % every == 0 else 0)
        for i, length in enumerate(lengths)
    ]
    end = minutes if lengths and len(lengths) % every == 0 else 0
    return Script(words(900, 5), (*turns, Turn(words(last, 99), None, end)), words(200, 3), (TOOL,))


def played(model: str, script: Script, **options: Any) -> Runs:
    """The runs that a ledger kept of a played script."""
    ledger = Ledger()
    client = connect("anthropic" if model.startswith("claude") else "openai")
    found = play(client, ledger, script, model, **options)
    assert len(ledger.frame()) == found.calls
    runs = runs_of(ledger.frame(), parents=found.parents)
    return runs if runs.tail else replace(runs, tail=3)  # what primes a reply, at OpenAI


def same(one: Runs, other: Runs) -> None:
    """Every counter of every turn, and so the money."""
    for name in ("prompt", "answer", "read", "thread"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.all_written.tolist() == other.all_written.tolist()
    assert spent(one).by_turn.tolist() == spent(other).by_turn.tolist()


SIX = [400, 700, 100, 2_000, 300, 500]
DEFAULT = {CLAUDE: "5m", GPT: "30m", OLDER: "24h"}


# --- Caches -----------------------------------------------------------------------------------


@pytest.mark.parametrize("model", [CLAUDE, GPT, OLDER])
def test_a_played_run_reads_and_writes_what_the_model_says(model: str):
    runs = played(model, script(SIX), cache="5m" if model == CLAUDE else None)
    assert runs.turns.tolist() == [7] and runs.read[-1] > 0
    same(runs, with_cache(runs, DEFAULT[model]))


@pytest.mark.parametrize(("model", "lifetime"), [(CLAUDE, "1h"), (GPT, "12h")])
def test_another_lifetime_played(model: str, lifetime: str):
    runs = with_cache(played(model, script(SIX), cache=DEFAULT[model]), lifetime)
    same(played(model, script(SIX), cache=lifetime), runs)


def test_no_cache_played():
    same(played(CLAUDE, script(SIX)), with_cache(played(CLAUDE, script(SIX), cache="5m"), "none"))


@pytest.mark.parametrize(
    ("model", "lifetime", "minutes", "every"),
    [(CLAUDE, "5m", 6, 1), (CLAUDE, "5m", 6, 3), (CLAUDE, "5m", 4, 1), (CLAUDE, "1h", 59, 2),
     (CLAUDE, "1h", 60, 2), (GPT, "30m", 30, 2), (OLDER, "24h", 60 * 24, 3)],
)  # fmt: skip
def test_pauses_played(model: str, lifetime: str, minutes: float, every: int):
    cache = None if model == OLDER else lifetime
    plain = with_cache(played(model, script(SIX), cache=cache), lifetime)
    paused = played(model, script(SIX, minutes=minutes, every=every), cache=cache)
    same(paused, with_pauses(plain, minutes * 60, every=every))


# --- Results, compaction, children ------------------------------------------------------------


def test_framing_of_a_result():
    runs = played(GPT, script([1]))
    assert runs.grown(runs.results).tolist() == [1 + FRAMING, 0]


@pytest.mark.parametrize("model", [GPT, OLDER])
def test_results_cut_played(model: str):
    plain = with_cache(played(model, script(SIX)), DEFAULT[model])
    cut = played(model, script([min(length, 350) for length in SIX]))
    same(cut, cut_results(plain, 350 + FRAMING))


@pytest.mark.parametrize("at", [2_500, 3_500, 10_000])
def test_a_compaction_played(at: int):
    options = {"summaries": [words(200, 70 + i) for i in range(5)], "ask": words(40, 66)}
    plain = with_cache(played(GPT, script(SIX)), "30m")
    mine = played(GPT, script(SIX), compact_at=at, **options)
    wrap = len(("assistant", "user")) * 4 + count_text(GO_ON, GPT).tokens  # two messages
    model = compacted(plain, at, summary=200, prompt=40 + 4, framing=wrap)
    assert model.overhead.any() == (at < 10_000)
    same(mine, model)


@pytest.mark.parametrize("children", [1, 2, 3])
def test_children_played(children: int):
    whole = script(SIX)
    plain = with_cache(played(GPT, whole), "30m")
    bounds = [np.flatnonzero(np.arange(7) * children // 7 == child) for child in range(children)]
    brief, call = 60, 2  # the call of the tool is two tokens: its name and {}
    turns = []
    for child, rows in enumerate(bounds):
        own = [whole.turns[i] for i in rows]
        if child < children - 1:
            own.append(Turn(words(50, 80 + child)))
        task = f"{whole.task} {words(brief + call, 30 + child)}"
        turns.append(Turn(words(brief, 40 + child), replace(whole, task=task, turns=tuple(own))))
    parent = replace(whole, turns=(*turns, Turn(words(50, 98))))
    mine = played(GPT, parent)
    same(mine, split(plain, children, brief=brief + call, summary=50, framing=FRAMING))
    assert mine.turns.tolist() == [7 + children - 1 + children + 1]


def test_claude_s_children_read_the_definitions_of_the_first():
    whole = script(SIX)
    child = replace(whole, turns=(Turn(words(50, 7)),), task=words(900, 8))
    parent = replace(whole, turns=(Turn(words(60, 9), child), Turn(words(50, 98))))
    ledger, client = Ledger(), connect("anthropic")
    found = play(client, ledger, parent, CLAUDE, cache="5m")
    tools = (
        client.messages.count_tokens(
            model=CLAUDE, tools=[TOOL], messages=[{"role": "user", "content": "x"}]
        ).input_tokens
        - client.messages.count_tokens(
            model=CLAUDE, messages=[{"role": "user", "content": "x"}]
        ).input_tokens
    )
    runs = runs_of(ledger.frame(), parents=found.parents, definitions=tools)
    assert found.parents == {"run/1": "run"} and runs.thread.tolist() == [0, 0, 1]
    assert runs.read[2] == tools > 512
    same(runs, with_cache(runs, "5m"))


# --- Inside a budget --------------------------------------------------------------------------


def family() -> Script:
    """A parent with three children of six turns each."""
    whole = script(SIX)
    turns = [Turn(words(60, 40 + i), replace(whole, task=words(900, 30 + i))) for i in range(3)]
    return replace(whole, turns=(*turns, Turn(words(50, 98))))


def test_a_budget_settles_what_the_ledger_says_for_all_children(tmp_path: Any):
    budget = Budget(f"sqlite:///{tmp_path / 'budget.sqlite'}", [Limit(10, "ever", by="run")])
    ledger = Ledger()
    root = budget.run("run", cap=3)
    play(connect("openai"), ledger, family(), GPT, within=root, max_tokens=400)
    money = runs_of(ledger.frame(), parents={f"run/{i}": "run" for i in (1, 2, 3)})
    (capped,) = [each for each in root.accounts() if each.limit == 3]
    assert capped.spent == spent(money).usd and capped.reserved == 0
    assert spent(runs_of(ledger.frame())).usd == spent(money).usd
    budget.close()


@pytest.mark.parametrize("cap", ["0.05", "0.10", "0.15"])
def test_children_stop_inside_the_room_of_their_parent(cap: str, tmp_path: Any):
    budget = Budget(f"sqlite:///{tmp_path / 'budget.sqlite'}", [])
    ledger = Ledger()
    root = budget.run("run", cap=cap)
    with pytest.raises(BudgetExceeded):
        play(connect("openai"), ledger, family(), GPT, within=root, max_tokens=400)
    runs = runs_of(ledger.frame(), parents={f"run/{i}": "run" for i in (1, 2, 3)})
    assert len(runs) == 1 and runs.thread.max() >= 1  # it was a child that found no room
    dearest = ceiling(GPT, 6_300, 400)  # no prompt is longer
    assert Decimal(cap) - dearest < spent(runs).usd <= Decimal(cap)
    budget.close()


# --- The SDKs' own loops ----------------------------------------------------------------------


def test_anthropic_s_tool_runner_plays_a_script():
    from anthropic import beta_tool

    @beta_tool
    def run(command: str) -> str:
        """Run a command.

        Args:
            command: what to run
        """
        return words(200, len(command))

    client = connect("anthropic")
    provider_of(client).reply = follow(script(SIX), {"command": "ls"})
    ledger = Ledger()
    runner = track(client, ledger, run="r").beta.messages.tool_runner(
        model=CLAUDE,
        max_tokens=16_000,
        tools=[run],
        messages=[{"role": "user", "content": "Count the files."}],
        thread=False,
        cache_control={"type": "ephemeral"},
    )
    last = runner.until_done()
    assert last.content[-1].text == words(50, 99)
    runs = runs_of(ledger.frame())
    assert runs.turns.tolist() == [7] and (runs.grown(runs.results)[:-1] > 200).all()
    same(runs, with_cache(runs, "5m"))


def test_openai_s_tool_runner_plays_a_script():
    from openai.lib.responses_tool_runner import RegisteredFunction, ResponsesToolRunner

    tool = {
        "type": "function",
        "name": "run",
        "description": "Run a command.",
        "parameters": {"type": "object", "properties": {}},
        "strict": False,
    }
    client, ledger = connect("openai"), Ledger()
    provider_of(client).reply = follow(script(SIX))
    runner = ResponsesToolRunner(functions=[RegisteredFunction(tool, lambda _: words(200, 3))])
    params = {"model": GPT, "input": words(1_100, 2), "reasoning": {"effort": "none"}}
    last = runner.run(track(client, ledger, run="r"), params)
    assert last.output_text == words(50, 99)
    runs = runs_of(ledger.frame())
    assert runs.grown(runs.results).tolist() == [200 + FRAMING] * 6 + [0]
    same(runs, with_cache(runs, "30m"))


def test_bad_scripts_get_a_sentence():
    client, ledger = connect("openai"), Ledger()
    with pytest.raises(ValueError, match="needs a tool"):
        play(client, ledger, Script("x", (Turn("a", "b"),)), GPT)
    with pytest.raises(ValueError, match="too few summaries"):
        play(client, ledger, script(SIX), GPT, compact_at=2_000)
    from openai import OpenAI

    with pytest.raises(ValueError, match="not on the offline provider"):
        play(OpenAI(api_key="none"), ledger, Script("x", (Turn("a"),)), GPT)
