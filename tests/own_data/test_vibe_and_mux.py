"""Sessions of Mistral Vibe and workspaces of Mux: by the request, or by the sum of each model."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costlib.audit.gathering import gather
from costlib.own_data.calls import is_session_log, read_calls, read_charges
from costlib.own_data.sessions import read_session_log
from costlib.tracking.calls import REPORT
from costlib.usage.record import Usage

META = {
    "session_id": "v1", "start_time": "2026-11-02T08:00:00Z", "origin_directory": "/home/a/bank",
    "config": {"active_model": "big", "models": {
        "big": {"name": "mistral-large-latest", "input_price": 2}, "small": {"name": "codestral"}}},
    "stats": {"steps": 2, "session_prompt_tokens": 2500, "session_completion_tokens": 47,
              "session_cached_tokens": 1000},
}  # fmt: skip


def answer(second: int, into: int, cached: int, out: int, **more: Any) -> dict[str, Any]:
    return {
        "role": "assistant", "content": "secret", "timestamp": f"2026-11-02T08:00:{second:02}Z",
        "usage": {"prompt_tokens": into, "completion_tokens": out, "cached_tokens": cached}, **more,
    }  # fmt: skip


def session(folder: Path, meta: dict[str, Any], *messages: dict[str, Any]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "meta.json").write_text(json.dumps(meta, indent=2))
    lines = [{"role": "user", "content": "secret words"}, *messages]
    (folder / "messages.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines))
    return folder


def test_an_answer_of_vibes_is_a_call_of_the_model_behind_its_alias(tmp_path):
    answers = answer(1, 1000, 0, 7, model="small", cost=0.5), answer(2, 1500, 1000, 40)
    folder = session(tmp_path / "session_1", META, *answers)
    session(tmp_path / "a copy", META, *answers)
    worker = {**META, "session_id": "v2", "stats": {}}
    session(folder / "agents" / "session_2", worker, answer(3, 10, 0, 5))
    log = read_session_log(tmp_path)
    calls = list(log)
    assert [call.usage for call in calls] == [
        Usage(1000, 7), Usage(1500, 40, cached_input_tokens=1000), Usage(10, 5),
    ]  # fmt: skip
    assert [call.model for call in calls] == ["codestral", *["mistral-large-latest"] * 2]
    assert [(c.run, c.feature, c.project) for c in calls] == [
        ("v1", "", "bank"), ("v1", "", "bank"), ("v2", "sub-agent", "bank"),
    ]  # fmt: skip
    assert not log.problems and "secret" not in repr(calls)
    assert len(read_calls(folder / "messages.jsonl")) == 2
    charges = read_charges(folder / "messages.jsonl")
    assert charges["amount_usd"].tolist() == [Decimal("0.5")]
    (folder / "other.jsonl").write_text("{}")
    assert not is_session_log(folder / "other.jsonl")


def test_a_session_of_vibes_that_was_cut_says_what_its_totals_have_more(tmp_path):
    session(tmp_path, META, answer(2, 1500, 1000, 40))
    log = read_session_log(tmp_path)
    assert len(list(log)) == 1
    assert "session's 2,500 prompt tokens 1,000 stand in no message" in log.problems[0].reason


@pytest.mark.parametrize("wrapped", [False, True])
def test_an_older_session_of_vibes_has_its_totals(tmp_path, wrapped):
    if wrapped:
        path = tmp_path / "session_1.json"
        path.write_text(json.dumps({"metadata": META, "messages": []}))
    else:
        path = session(tmp_path, META, {"role": "assistant", "content": "secret"}) / "meta.json"
    (call,) = read_calls(path)
    assert call.usage == Usage(2500, 47, cached_input_tokens=1000) and call.operation == REPORT


def test_a_count_that_is_missing_in_an_answer_of_vibes_is_no_zero(tmp_path):
    short = answer(1, 1000, 0, 7)
    del short["usage"]["completion_tokens"]
    log = read_session_log(session(tmp_path, META, short, answer(2, 1500, 1000, 40)))
    assert [call.usage.input_tokens for call in log] == [1500]
    assert "completion_tokens is absent, and absent is not zero" in log.problems[0].reason


def of_mux(**parts: tuple[int, float | None]) -> dict[str, Any]:
    names = "input", "cached", "cacheCreate", "output", "reasoning"
    found = {name: parts.get(name, (0, 0.0)) for name in names}
    return {name: {"tokens": count, "cost_usd": cost} for name, (count, cost) in found.items()}


def workspace(folder: Path, models: dict[str, Any], **more: Any) -> None:
    folder.mkdir()
    last = {"lastRequest": {"model": "x", "timestamp": 1_793_606_400_000}}
    text = json.dumps({"version": 1, "byModel": models, **last, **more}, indent=2)
    (folder / "session-usage.json").write_text(text)


def test_a_workspace_of_mux_is_a_sum_of_each_model_and_holds_its_childrens(tmp_path):
    claude = of_mux(input=(10, 0.5), cached=(1000, 0.25), cacheCreate=(500, 0.125), output=(7, 0.5))
    gpt = of_mux(input=(30, 1.0), output=(40, None), reasoning=(20, 1.0))
    models = {"anthropic:claude-sonnet-4-5": claude, "openai:gpt-5.1": gpt, "x:none": of_mux()}
    workspace(tmp_path / "parent", models, rolledUpFrom={"child": True})
    workspace(tmp_path / "child", {"openai:gpt-5.1": gpt})
    workspace(tmp_path / "other", {"openai:gpt-5.1": gpt}, lastRequest=None)
    log = read_session_log(tmp_path)
    charged = list(log.charged)
    assert [each.call.usage for each in charged] == [
        Usage(1510, 7, cached_input_tokens=1000, cache_write_5m_tokens=500),
        Usage(30, 60, reasoning_tokens=20),
    ]
    assert [each.reported for each in charged] == [Decimal("1.375"), None]
    calls = [each.call for each in charged]
    assert [(c.model, c.provider, c.run, c.operation) for c in calls] == [
        ("claude-sonnet-4-5", "anthropic", "parent", REPORT),
        ("gpt-5.1", "openai", "parent", REPORT),
    ]
    assert "no request has a time" in log.problems[0].reason
    assert len(read_calls(tmp_path / "parent" / "session-usage.json")) == 2


@pytest.mark.parametrize("cost", ["free", {}, float("nan"), float("inf")])
def test_a_cost_of_muxs_that_is_none_is_said(tmp_path, cost):
    usage = of_mux(input=(30, 1.0), output=(40, cost))
    workspace(tmp_path / "w", {"openai:gpt-5.1": usage})
    log = read_session_log(tmp_path)
    assert not list(log)
    assert f"output.cost_usd={cost!r} is no amount of money" in log.problems[0].reason


def test_what_a_tool_keeps_beside_a_log_is_counted_by_the_log(tmp_path):
    workspace(tmp_path / "w", {"openai:gpt-5.1": of_mux(input=(30, 1.0), output=(40, 1.0))})
    usage = {"inputTokens": 30, "outputTokens": 40, "totalTokens": 70}
    said = {"model": "openai:gpt-5.1", "usage": usage, "timestamp": 1_793_606_400_000}
    chat = {"id": "m1", "role": "assistant", "parts": [], "metadata": said}
    (tmp_path / "w" / "chat.jsonl").write_text(json.dumps(chat))
    (tmp_path / "w" / "more.json").write_text("{}")
    found = gather([tmp_path])
    assert [(source.kind, source.calls) for source in found.sources] == [("Mux, workspaces", 1)]
    assert found.sources[0].reported == 2 and [left.name for left in found.left] == ["more.json"]
    assert not read_session_log(tmp_path).problems
