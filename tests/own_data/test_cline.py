"""Tasks of Cline, Roo Code and Kilo Code: what an input contains, and whose it is."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from costlib.own_data.calls import read_calls, read_charges
from costlib.own_data.sessions import read_session_log
from costlib.tracking.calls import REPORT
from costlib.usage.record import Usage

BEGAN = 1_762_000_000_000  # 2025-11-01 12:26 UTC, after Roo's change and before Kilo's
LATER = BEGAN + 2_000_000_000  # after both
FIRST = {"ts": BEGAN, "type": "say", "say": "task", "text": "secret words"}


def request(ts: int, told: dict[str, Any], say: str = "api_req_started", **about: Any) -> Any:
    text = json.dumps({"request": "secret words", **told})
    return {"ts": ts, "type": "say", "say": say, "text": text, **about}


def counts(into: int, written: int = 0, read: int = 0, **more: Any) -> dict[str, Any]:
    return {"tokensIn": into, "tokensOut": 7, "cacheWrites": written, "cacheReads": read, **more}


def of(provider: str, model: str) -> dict[str, Any]:
    return {"modelInfo": {"providerId": provider, "modelId": model, "mode": "act"}}


def task(where: Path, *messages: Any, **beside: Any) -> Path:
    where.mkdir(parents=True, exist_ok=True)
    (where / "ui_messages.json").write_text(json.dumps([FIRST, *messages]))
    for name, document in beside.items():
        (where / f"{name}.json").write_text(json.dumps(document))
    return where / "ui_messages.json"


CLINE = Path("saoudrizwan.claude-dev/tasks/1762000000000")
ROO = Path("rooveterinaryinc.roo-cline/tasks/9c")
KILO = Path("kilocode.kilo-code/tasks/9c")
SAID = "<environment_details>\n<slug>code</slug>\n<model>{}</model>\n</environment_details>"


def prompts(*models: tuple[int, str]) -> list[Any]:
    return [
        {"role": "user", "ts": ts, "content": [{"type": "text", "text": SAID.format(model)}]}
        for ts, model in models
    ]


@pytest.mark.parametrize(
    ("provider", "model", "told", "usage"),
    [
        ("anthropic", "claude-sonnet-4-5", counts(10, 500, 1000),
         Usage(1510, 7, cached_input_tokens=1000, cache_write_5m_tokens=500)),
        ("anthropic", "claude-sonnet-4-5", counts(5000, 500, 1000),
         Usage(6500, 7, cached_input_tokens=1000, cache_write_5m_tokens=500)),
        ("openai", "gpt-4.1", counts(3000, 0, 1000), Usage(3000, 7, cached_input_tokens=1000)),
        ("openrouter", "openai/gpt-4.1", counts(3000, 0, 1000),
         Usage(4000, 7, cached_input_tokens=1000)),
        # What DeepSeek's cache did not have stands as written: by its own provider, and by OpenAI's
        ("deepseek", "deepseek-chat", counts(0, 2000, 1000),
         Usage(3000, 7, cached_input_tokens=1000)),
        ("openai", "deepseek-chat", counts(3000, 2000, 1000),
         Usage(3000, 7, cached_input_tokens=1000)),
        ("somebody", "gpt-4.1", counts(3000), Usage(3000, 7)),  # nothing cached, nothing to settle
        ("somebody", "claude-sonnet-4-5", counts(10, 0, 1000),  # it cannot contain them
         Usage(1010, 7, cached_input_tokens=1000)),
    ],
)  # fmt: skip
def test_cline_adds_the_cache_by_provider(tmp_path, provider, model, told, usage):
    path = task(tmp_path / CLINE, request(LATER, told, **of(provider, model)))
    (call,) = read_calls(path)
    assert call.usage == usage and call.model == model
    assert call.run == "1762000000000" and "secret" not in repr(call)


def test_what_no_source_settles_is_left_out_and_said(tmp_path):
    path = task(tmp_path / CLINE, request(LATER, counts(3000, 0, 1000), **of("new", "gpt-4.1")))
    log = read_session_log(path)
    assert not list(log)
    assert "tokensIn=3000 may contain the 1000 tokens" in log.problems[0].reason


@pytest.mark.parametrize("count", ["tokensIn", "tokensOut"])
def test_a_count_that_is_missing_is_no_zero(tmp_path, count):
    told = counts(10)
    del told[count]
    path = task(tmp_path / CLINE, request(LATER, told, **of("anthropic", "claude-sonnet-4-5")))
    log = read_session_log(path)
    assert not list(log) and f"{count} is absent, and absent is not zero" in log.problems[0].reason


@pytest.mark.parametrize("file", ["ui_messages", "api_conversation_history"])
def test_json_that_is_nested_too_deep_stops_nothing(tmp_path, file):
    said = of("anthropic", "claude-sonnet-4-5")
    path = task(tmp_path / CLINE, request(LATER, counts(10), **said))
    task(tmp_path / ROO, request(LATER, counts(10), **said))
    (path.parent / f"{file}.json").write_text('[{"say":"api_req_started","x":' + "[" * 9999)
    log = read_session_log(tmp_path)
    assert len(list(log)) == 1
    assert [problem.path for problem in log.problems] == [str(path)] * (file == "ui_messages")


def test_writes_that_cline_does_not_log_make_an_estimate(tmp_path):
    said = of("openrouter", "anthropic/claude-sonnet-4.5")
    (call,) = read_calls(task(tmp_path / CLINE, request(LATER, counts(90, 0, 10), **said)))
    assert call.estimated


def test_claude_code_behind_cline_has_a_log_of_its_own(tmp_path):
    told = of("claude-code", "claude-sonnet-4-5")
    log = read_session_log(task(tmp_path / CLINE, request(LATER, counts(30, 0, 3), **told)))
    assert not list(log) and "whose own session log" in log.problems[0].reason


@pytest.mark.parametrize(
    ("folder", "protocol", "ts", "into", "whole"),
    [
        (ROO, "openai", BEGAN - 10**9, 3000, True),
        (ROO, "anthropic", BEGAN - 10**9, 3000, False),
        (ROO, "anthropic", BEGAN, 3000, True),
        (KILO, "anthropic", BEGAN, 3000, False),
        (KILO, "anthropic", LATER, 3000, True),
        (ROO, "anthropic", LATER, 5, False),  # an older version after the day: it cannot be whole
        (Path("copied"), "anthropic", LATER, 3000, True),
        (Path("copied"), "anthropic", BEGAN, 3000, None),  # Roo's or Kilo's
    ],
)
def test_roo_and_kilo_add_the_cache_by_protocol_and_day(
    tmp_path, folder, protocol, ts, into, whole
):
    told = counts(into, 100, 1000, apiProtocol=protocol, cost=0.5)
    path = task(
        tmp_path / folder, request(ts, told),
        api_conversation_history=prompts((ts + 5, "claude-sonnet-4-5")),
    )  # fmt: skip
    log = read_session_log(path)
    calls = list(log)
    if whole is None:
        assert not calls and "may contain" in log.problems[0].reason
        return
    (call,) = calls
    assert call.usage.input_tokens == (into if whole else into + 1100)
    assert call.usage.cached_input_tokens == 1000 and call.usage.cache_write_5m_tokens == 100
    assert call.model == "claude-sonnet-4-5" and call.provider == "anthropic"
    assert read_charges(path)["amount_usd"].tolist() == [Decimal("0.5")]


def test_a_model_holds_from_the_prompt_that_names_it(tmp_path):
    told = counts(30, apiProtocol="openai")
    path = task(
        tmp_path / ROO, *(request(LATER + 100 * n, told) for n in range(3)),
        api_conversation_history=prompts((LATER + 5, "gpt-4.1"), (LATER + 105, "gpt-4.1-mini")),
        history_item={"workspace": "C:\\work\\bank", "parentTaskId": "7"},
    )  # fmt: skip
    calls = read_calls(path)
    assert [call.model for call in calls] == ["gpt-4.1", "gpt-4.1-mini", "gpt-4.1-mini"]
    assert {(call.project, call.feature) for call in calls} == {("bank", "sub-agent")}


def test_an_older_task_of_clines_has_its_models_in_a_file(tmp_path):
    named = [
        {"ts": LATER - 9, "model_id": "gpt-4.1", "model_provider_id": "openai", "mode": "plan"},
        {"ts": LATER + 65, "model_id": "claude-sonnet-4-5", "model_provider_id": "anthropic"},
    ]
    path = task(
        tmp_path / "elsewhere", request(LATER, counts(3000, 0, 1000)),
        request(LATER + 60, counts(3000, 0, 1000)), task_metadata={"model_usage": named},
    )  # fmt: skip
    assert [(c.model, c.usage.input_tokens) for c in read_calls(path)] == [
        ("gpt-4.1", 3000), ("claude-sonnet-4-5", 4000),
    ]  # fmt: skip


def test_a_folder_of_tasks_counts_a_copy_once_and_says_what_has_no_counts(tmp_path):
    said = of("anthropic", "claude-sonnet-4-5")
    messages = [
        request(LATER, counts(10, cost=0), **said),
        request(LATER + 1, {"cancelReason": "user_cancelled"}, **said),
        request(LATER + 2, counts(20), say="deleted_api_reqs", **said),
        request(LATER + 3, counts(30), say="subagent_usage", **said),
        {"ts": LATER + 4, "type": "say", "say": "condense_context", "contextCondense": {"cost": 1}},
    ]
    for folder in (CLINE, Path("copy of them/1")):
        task(tmp_path / folder, *messages, api_conversation_history=[{"role": "user"}])
    log = read_session_log(tmp_path)
    charged = list(log.charged)
    assert [each.call.usage.input_tokens for each in charged] == [10, 20, 30]
    assert [each.call.operation for each in charged] == ["", REPORT, REPORT]
    assert charged[2].call.feature == "sub-agent" and charged[0].reported is None
    assert len(log.problems) == 4  # two of each file
    assert {problem.reason.partition(":")[0] for problem in log.problems} == {
        "1 request without counts, as when one is cancelled or fails",
        "the context was condensed 1 time, by requests with a cost here and without counts",
    }


def test_a_task_that_was_cut_off_says_so(tmp_path):
    path = task(tmp_path / CLINE, request(LATER, counts(10), **of("anthropic", "claude-opus-4-5")))
    path.write_text(path.read_text()[:-20])
    log = read_session_log(path)
    assert not list(log) and len(log.problems) == 1


def test_a_session_of_clines_own_format(tmp_path):
    reply = {
        "id": "m1", "role": "assistant", "ts": LATER, "content": "secret words",
        "modelInfo": {"id": "claude-sonnet-4-5", "provider": "anthropic"},
        "metrics": {"inputTokens": 1510, "outputTokens": 7, "cacheReadTokens": 1000,
                    "cacheWriteTokens": 500, "cost": 0.01},
    }  # fmt: skip
    session = {
        "version": 1,
        "sessionId": "s",
        "agent": "lead",
        "messages": [{"role": "user"}, reply],
    }
    where = tmp_path / "sessions" / "s"
    where.mkdir(parents=True)
    (where / "s.messages.json").write_text(json.dumps(session))
    worker = {**session, "sessionId": "s-1", "agent": "subagent"}
    (where / "worker.messages.json").write_text(json.dumps(worker))
    calls = list(read_session_log(tmp_path))
    usage = Usage(1510, 7, cached_input_tokens=1000, cache_write_5m_tokens=500)
    assert [call.usage for call in calls] == [usage, usage]
    assert [(call.run, call.feature) for call in calls] == [("s", ""), ("s", "sub-agent")]
    assert read_charges(where / "s.messages.json")["amount_usd"].tolist() == [Decimal("0.01")]
