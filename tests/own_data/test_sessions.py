"""Session logs of coding tools: each response once, whatever the log repeats."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from costlib.own_data.calls import read_calls
from costlib.own_data.imports import import_calls
from costlib.own_data.sessions import read_session_log
from costlib.tracking.calls import Call, price
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage


def log(path: Path, lines: list[Any]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(
        (line if isinstance(line, str) else json.dumps(line)) + "\n" for line in lines
    ))  # fmt: skip
    return path


# --- Claude Code ------------------------------------------------------------------------------


def answer(message="m1", second=1, output=70, *, model="claude-sonnet-4-6", session="s1", **about):
    return {
        "type": "assistant", "sessionId": session, "requestId": f"r-{message}",
        "cwd": "/home/a/bank",
        "timestamp": f"2026-11-02T08:00:{second:02}.000Z", "uuid": f"u{second}",
        "message": {
            "id": message, "type": "message", "role": "assistant", "model": model,
            "content": [{"type": "text", "text": "never kept: secret words"}],
            "stop_reason": None,
            "usage": {
                "input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 1000,
                "cache_creation_input_tokens": 500, "service_tier": "standard",
                "cache_creation": {"ephemeral_5m_input_tokens": 100,
                                   "ephemeral_1h_input_tokens": 400},
            },
        },
        **about,
    }  # fmt: skip


USER = {"type": "user", "sessionId": "s1", "message": {"role": "user", "content": "secret words"}}


def test_a_path_may_begin_at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))  # the same on Windows
    log(tmp_path / "logs" / "s1.jsonl", [answer()])
    assert len(list(read_session_log("~/logs"))) == 1
    assert len(list(read_calls("~/logs/s1.jsonl"))) == len(list(read_calls("~/logs"))) == 1
    (tmp_path / "calls.csv").write_text("a,b\n1,2\n")
    with pytest.raises(ValueError, match="columns are a, b"):  # it was found, and read
        list(read_calls("~/calls.csv"))
    with pytest.raises(ValueError, match="no session log"):
        read_session_log("~nobody-of-this-name/logs")
    with pytest.raises(ValueError, match="the path is empty: give a file or a folder"):
        read_session_log("")  # it was the folder that one is in, as for an unset variable


def test_the_lines_of_one_response_are_one_call(tmp_path):
    lines = [USER, answer(second=1, output=1), answer(second=2, output=70), USER,
             answer("m2", 9, 5, model="claude-haiku-4-5"), answer(second=3, output=70)]  # fmt: skip
    found = read_session_log(log(tmp_path / "s1.jsonl", lines))
    first, second = list(found)
    assert first == Call(
        time=datetime(2026, 11, 2, 8, 0, 1, tzinfo=UTC), provider="anthropic",
        model="claude-sonnet-4-6", operation="messages", request_id="r-m1",
        call_id="claude-code:m1:r-m1", run="s1", project="bank",
        usage=Usage(1503, 70, cached_input_tokens=1000, cache_write_5m_tokens=100,
                    cache_write_1h_tokens=400, tier="standard"),
    )  # fmt: skip
    # 3 x 3 + 1000 x 0.3 + 100 x 3.75 + 400 x 6 + 70 x 15
    assert price(first)[0] == 4_134_000_000
    assert second.model == "claude-haiku-4-5" and second.usage.output_tokens == 5
    assert found.problems == [] and found.lines == 6
    assert "secret" not in repr([first, second])


def test_an_adviser_is_a_call_of_its_own_model(tmp_path):
    line = answer()
    own = {**line["message"]["usage"], "type": "message"}
    advice = {"type": "advisor_message", "model": "claude-opus-4-7", "input_tokens": 2728,
              "output_tokens": 874}  # fmt: skip
    line["message"]["usage"]["iterations"] = [own, advice]
    path = log(tmp_path / "s.jsonl", [line])
    plain, advised = read_session_log(path)
    assert (plain.model, plain.usage.output_tokens) == ("claude-sonnet-4-6", 70)
    assert (advised.model, advised.usage) == ("claude-opus-4-7", Usage(2728, 874))
    assert plain.call_id != advised.call_id


def test_parallel_responses_may_interleave_their_lines(tmp_path):
    lines = [answer(f"m{n % 7}", n % 60, n) for n in range(70)]
    calls = list(read_session_log(log(tmp_path / "s.jsonl", lines)))
    assert sorted(call.usage.output_tokens for call in calls) == [63, 64, 65, 66, 67, 68, 69]


def test_a_resumed_session_copies_what_was_counted(tmp_path):
    log(tmp_path / "a" / "s1.jsonl", [answer("m1", 1), answer("m2", 2)])
    log(
        tmp_path / "a" / "s2.jsonl",
        [answer("m1", 1), answer("m2", 2), answer("m3", 3, session="s2")],
    )
    worker = answer("m4", 4, isSidechain=True, agentId="x")
    log(tmp_path / "a" / "s1" / "subagents" / "agent-x.jsonl", [worker])
    calls = list(read_session_log(tmp_path))
    assert sorted(call.call_id for call in calls) == [
        f"claude-code:m{n}:r-m{n}" for n in (1, 2, 3, 4)
    ]
    assert {call.call_id[12:14]: call.feature for call in calls}["m4"] == "sub-agent"


def test_a_broken_line_costs_itself_and_is_reported(tmp_path):
    whole = json.dumps(answer("m9", 9))
    lines = [answer("m1", 1), whole[: len(whole) // 2], "not json", answer("m2", 2),
             answer("m3", 3, timestamp="soon"), answer("m4", 4)]  # fmt: skip
    lines[-1]["message"]["usage"]["judge_tokens"] = 7
    found = read_session_log(log(tmp_path / "s.jsonl", lines))
    assert [call.call_id[12:14] for call in found] == ["m1", "m2"]
    reasons = [problem.reason for problem in found.problems]
    assert [problem.line for problem in found.problems][:2] == [2, 3] and len(reasons) == 4
    assert any("judge_tokens=7" in reason for reason in reasons)
    assert any("soon" in reason for reason in reasons)


@pytest.mark.parametrize("form", ["utf-8-sig", "utf-16", "utf-16-le", "crlf", "array"])
def test_a_log_however_it_was_copied(tmp_path, form):
    lines = [USER, answer("m1", 1, 5), answer("m1", 2, 70), answer("m2", 3, 9)]
    path = log(tmp_path / "s1.jsonl", lines)
    text = path.read_text()
    if form == "array":
        path = tmp_path / "s1.json"
        path.write_text(json.dumps(lines))
    elif form == "crlf":
        path.write_bytes(text.replace("\n", "\r\n").encode())
    else:
        path.write_text(text, encoding=form)
    assert [call.usage.output_tokens for call in read_calls(path)] == [70, 9]


def test_an_error_that_the_tool_words_itself_is_no_call(tmp_path):
    path = log(tmp_path / "s.jsonl", [answer("m1", 1), answer("m2", 2, 0, model="<synthetic>")])
    assert [call.model for call in read_session_log(path)] == ["claude-sonnet-4-6"]


def test_another_makers_model_behind_claude_code_has_its_own_price(tmp_path):
    path = log(
        tmp_path / "s.jsonl", [answer("m1", 1, model="glm-5"), answer("m2", 2, model="gpt-5.1")]
    )
    assert [(call.provider, call.model) for call in read_session_log(path)] == [
        ("anthropic", "glm-5"), ("openai", "gpt-5.1"),
    ]  # fmt: skip


# --- Codex ------------------------------------------------------------------------------------


def meta(session="c1", **about):
    return {"timestamp": "2026-11-02T09:00:00Z", "type": "session_meta",
            "payload": {"id": session, "cwd": "/home/a/shop", **about}}  # fmt: skip


def turn(model="gpt-5.1"):
    return {
        "timestamp": "2026-11-02T09:00:00Z",
        "type": "turn_context",
        "payload": {"model": model},
    }


def usage(into, cached, out, reasoning=0):
    return {"input_tokens": into, "cached_input_tokens": cached, "output_tokens": out,
            "reasoning_output_tokens": reasoning, "total_tokens": into + out}  # fmt: skip


def count(total, last, second=1):
    info = {"total_token_usage": usage(*total), "last_token_usage": last and usage(*last),
            "model_context_window": 272000}  # fmt: skip
    return {"timestamp": f"2026-11-02T09:00:{second:02}Z", "type": "event_msg",
            "payload": {"type": "token_count", "info": info, "rate_limits": {}}}  # fmt: skip


A, B, C = (100, 0, 10), (300, 90, 30, 5), (350, 100, 34, 5)
OLD = [count(A, A), count(B, (200, 90, 20, 5), 2), count(B, (200, 90, 20, 5), 3)]


def test_running_totals_become_differences(tmp_path):
    nothing = {
        "timestamp": "t",
        "type": "event_msg",
        "payload": {"type": "token_count", "info": None},
    }
    found = read_session_log(log(tmp_path / "r.jsonl", [
        meta(), turn(), nothing, *OLD, turn("gpt-5.4"), count(C, (50, 10, 4), 9)]))  # fmt: skip
    calls = list(found)
    assert [call.usage for call in calls] == [
        Usage(100, 10), Usage(200, 20, cached_input_tokens=90, reasoning_tokens=5),
        Usage(50, 4, cached_input_tokens=10),
    ]  # fmt: skip
    assert [call.model for call in calls] == ["gpt-5.1", "gpt-5.1", "gpt-5.4"]
    assert {(call.run, call.project, call.provider) for call in calls} == {("c1", "shop", "openai")}
    assert not found.problems


def test_a_fork_copies_its_parents_events_with_new_times(tmp_path):
    log(tmp_path / "1.jsonl", [meta(), turn(), *OLD])
    copied = [{**line, "timestamp": "2026-11-05T00:00:00Z"} for line in OLD]
    fork = [meta("c2", forked_from_id="c1"), meta("c1"), turn(), *copied, count(C, (50, 10, 4), 9)]
    log(tmp_path / "2.jsonl", fork)
    worker = {"subagent": {"thread_spawn": {"parent_thread_id": "c1"}}}
    log(tmp_path / "3.jsonl", [meta("c3", source=worker), turn(), count(A, A)])
    calls = list(read_session_log(tmp_path))
    assert [(call.run, call.usage.input_tokens) for call in calls] == [
        ("c1", 100), ("c1", 200), ("c2", 50), ("c3", 100),
    ]  # fmt: skip
    assert calls[3].feature == "sub-agent"
    # The fork by itself, and then both, into one ledger: nothing twice.
    ledger = Ledger()
    import_calls(ledger, read_session_log(tmp_path / "2.jsonl"))
    import_calls(ledger, read_session_log(tmp_path))
    assert ledger.frame()["input_tokens"].sum() == 450


def test_a_fork_without_its_parents_events_begins_from_its_last_request(tmp_path):
    lines = [meta("c2", forked_from_id="c1"), turn(), count((9350, 100, 34), (50, 10, 4))]
    (call,) = read_session_log(log(tmp_path / "2.jsonl", lines))
    assert call.usage == Usage(50, 4, cached_input_tokens=10)


def test_a_missing_line_is_made_up_for_by_the_total(tmp_path):
    lines = [meta(), turn(), count(A, A), json.dumps(OLD[1])[:-30], count(C, (50, 10, 4), 9)]
    found = read_session_log(log(tmp_path / "r.jsonl", lines))
    calls = list(found)
    assert sum(call.usage.input_tokens for call in calls) == 350
    assert [call.estimated for call in calls] == [False, True, False]
    assert [problem.line for problem in found.problems] == [4]


def test_totals_that_begin_anew_are_counted_from_there(tmp_path):
    calls = list(
        read_session_log(log(tmp_path / "r.jsonl", [meta(), turn(), *OLD, count(A, A, 9)]))
    )
    assert [call.usage.input_tokens for call in calls] == [100, 200]  # the same total, counted once
    fresh = (70, 0, 7)
    lines = [meta("c9"), turn(), *OLD, count(fresh, fresh, 9)]
    calls = list(read_session_log(log(tmp_path / "s.jsonl", lines)))
    assert [call.usage.input_tokens for call in calls] == [100, 200, 70]


@pytest.mark.parametrize(
    ("setting", "tier", "pusd"),
    [
        (turn("gpt-5.4"), None, 400_000_000),  # 100 in at 2.50 and 10 out at 15 a million
        ({**turn(), "payload": {"model": "gpt-5.4", "service_tier": "fast"}}, "priority",
         800_000_000),
        ({"type": "event_msg", "payload": {"type": "thread_settings_applied", "thread_settings": {
            "model": "gpt-5.4", "service_tier": "flex"}}}, "flex", 200_000_000),
        ({**turn(), "payload": {"model": "gpt-5.4", "service_tier": "default"}}, None, 400_000_000),
    ],
)  # fmt: skip
def test_the_tier_that_codex_asks_for_is_a_part_of_the_price(tmp_path, setting, tier, pusd):
    (call,) = read_session_log(log(tmp_path / "r.jsonl", [meta(), setting, count(A, A)]))
    assert call.usage == Usage(100, 10, tier=tier) and price(call)[0] == pusd


def test_a_rollout_that_counts_by_response_alone(tmp_path):
    """Codex writes both from 0.153 on; they say the same."""

    def record(response, last, second=1):
        return {"timestamp": f"2026-11-02T09:00:{second:02}Z", "type": "token_usage_record",
                "payload": {"response_id": response, "thread_id": "c1", "usage": usage(*last),
                            "thread_token_usage": usage(*B)}}  # fmt: skip

    both = [meta(), turn(), record("r1", A), count(A, A), record("r2", (200, 90, 20, 5)), OLD[1]]
    alone = [meta("c9"), turn(), record("r8", A), record("r8", A), record("r9", (50, 10, 4), 9)]
    log(tmp_path / "1.jsonl", both)
    log(tmp_path / "2.jsonl", alone)
    calls = list(read_session_log(tmp_path))
    assert [(call.run, call.usage.input_tokens) for call in calls] == [
        ("c1", 100), ("c1", 200), ("c9", 100), ("c9", 50),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("after", "inputs"),
    [
        ([count(A, A, 3), count((150, 0, 17), (50, 0, 7), 5)], [100, 900, 50]),  # never counted
        ([count((150, 0, 17), (50, 0, 7), 5)], [100, 900, 50]),
        ([], [100, 900]),
        ([count((1000, 800, 35), (900, 800, 25), 3)], [100, 900]),  # counted by itself
        ([count((1050, 800, 42), (50, 0, 7), 5)], [100, 900, 50]),  # counted with the next
    ],
)
def test_the_request_that_compacts_is_a_call_though_no_total_has_it(tmp_path, after, inputs):
    """openai/codex#47003: 0.154 and 0.155 record it, and leave it out of the running total."""
    record = {
        "timestamp": "2026-09-20T09:00:02Z",
        "type": "token_usage_record",
        "payload": {"response_id": "rc", "thread_id": "c1", "usage": usage(900, 800, 25)},
    }
    compacted = {"timestamp": "2026-09-20T09:00:02Z", "type": "compacted",
                 "payload": {"message": "", "compaction_response_id": "rc"}}  # fmt: skip
    lines = [meta(), turn(), count(A, A), record, compacted, *after]
    log(tmp_path / "1.jsonl", lines)
    log(tmp_path / "2.jsonl", [meta("c2", forked_from_id="c1"), *lines])  # a fork copies it
    calls = list(read_session_log(tmp_path))
    assert [call.usage.input_tokens for call in calls] == inputs
    assert sum(call.usage.output_tokens for call in calls) == {2: 35, 3: 42}[len(inputs)]


def test_a_compressed_log_is_no_log_that_is_silently_left_out(tmp_path):
    log(tmp_path / "a.jsonl", [meta(), turn(), count(A, A)])
    for name in ("a.jsonl.zst", "old/b.jsonl.zst"):  # the first lies there unpacked too
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"\x28\xb5\x2f\xfd")
    found = read_session_log(tmp_path)
    assert len(list(found)) == 1
    (problem,) = found.problems
    assert problem.path.endswith("b.jsonl.zst") and "none of it is counted" in problem.reason
    with pytest.raises(ValueError, match=r"no session log .*b\.jsonl\.zst: the log is compr"):
        read_session_log(tmp_path / "old")
    with pytest.raises(ValueError, match=r"compressed \(zstd\): unpack it first"):
        list(read_session_log(tmp_path / "old" / "b.jsonl.zst"))


def test_a_session_without_a_model_has_no_price(tmp_path):
    (call,) = read_session_log(log(tmp_path / "r.jsonl", [meta(), count(A, A)]))
    assert call.model == "unknown" and price(call) == (None, None)


# --- Gemini CLI -------------------------------------------------------------------------------


def test_a_session_of_gemini_cli(tmp_path):
    reply = {"id": "g1", "type": "gemini", "timestamp": "2026-11-02T10:00:00Z",
             "model": "gemini-2.5-pro", "content": "secret words",
             "tokens": {"input": 100, "output": 9, "cached": 60, "thoughts": 30, "tool": 0,
                        "total": 139}}  # fmt: skip
    session = {"sessionId": "g", "projectHash": "h", "messages": [{"type": "user"}, reply, reply]}
    path = tmp_path / "session-1.json"
    path.write_text(json.dumps(session, indent=2))
    log(tmp_path / "session-2.jsonl", [{"sessionId": "k", "projectHash": "h"}, reply])
    calls = list(read_session_log(tmp_path))
    assert [call.run for call in calls] == ["g", "k"]
    assert calls[0].usage == Usage(100, 39, cached_input_tokens=60, reasoning_tokens=30)


def test_a_message_of_gemini_cli_that_is_written_again_counts_as_it_was_last(tmp_path):
    early = {"id": "g1", "type": "gemini", "timestamp": "2026-11-02T10:00:00Z",
             "model": "gemini-2.5-pro", "tokens": {"input": 10, "output": 1}}  # fmt: skip
    late = {**early, "tokens": {"input": 20, "output": 2, "cached": 5, "thoughts": 3, "total": 25}}
    heads = [{"sessionId": name, "projectHash": "h"} for name in "kl"]
    path = log(tmp_path / "s.jsonl", [heads[0], early, late, heads[1], early])
    call, other = read_session_log(path)
    assert call.usage == Usage(20, 5, cached_input_tokens=5, reasoning_tokens=3)
    assert other.usage == Usage(10, 1) and [call.run, other.run] == ["k", "l"]


# --- pi ---------------------------------------------------------------------------------------


def test_a_session_of_pi(tmp_path):
    usage = {"input": 5, "output": 101, "cacheRead": 1009, "cacheWrite": 211, "totalTokens": 1326}
    reply = {"type": "message", "id": "a1", "parentId": "u1", "timestamp": "2026-11-02T10:00:00Z",
             "message": {"role": "assistant", "provider": "anthropic", "model": "claude-opus-4-5",
                         "content": [{"type": "text", "text": "secret words"}], "usage": usage,
                         "stopReason": "stop"}}  # fmt: skip
    lines = [{"type": "session", "id": "p", "timestamp": "2026-11-02T09:59:00Z", "cwd": "/a/bank"},
             {"type": "message", "id": "u1", "message": {"role": "user", "content": "secret"}},
             reply, reply]  # fmt: skip
    path = log(tmp_path / "s.jsonl", lines)
    (call,) = read_session_log(path)
    assert call.usage == Usage(1225, 101, cached_input_tokens=1009, cache_write_5m_tokens=211)
    assert (call.run, call.project, call.call_id) == ("p", "bank", "pi:p:a1")
    # 5 x 5 + 1009 x 0.5 + 211 x 6.25 + 101 x 25
    assert price(call)[0] == 4_373_250_000
    assert read_calls(path) == [call] and "secret" not in repr(call)


# --- Copies -----------------------------------------------------------------------------------

HEAD = {"sessionId": "k", "projectHash": "h"}
MESSAGES = [
    {"id": f"g{n // 2}", "type": "gemini", "timestamp": f"2026-11-02T10:00:0{n}Z",
     "model": "gemini-2.5-pro", "tokens": {"input": 10, "output": 10 * (n + 1)}} for n in range(4)
]  # fmt: skip


@pytest.mark.parametrize(
    "lines",
    [
        [USER, answer("m1", 1, 5), answer("m1", 2, 70), answer("m2", 3, 1), answer("m2", 4, 800)],
        [meta(), turn(), *OLD, turn("gpt-5.4"), count(C, (50, 10, 4), 9)],
        [HEAD, *MESSAGES],
    ],
    ids=["claude-code", "codex", "gemini-cli"],
)
def test_a_copy_that_was_cut_off_adds_and_takes_nothing(tmp_path, lines):
    """A synchronised folder has an older copy beside a log, named before it or behind it."""
    whole = list(read_session_log(log(tmp_path / "whole" / "b.jsonl", lines)))
    for cut in range(1, len(lines)):
        for name in ("a", "c"):
            folder = tmp_path / f"{name}{cut}"
            log(folder / f"{name}.jsonl", lines[:cut])
            log(folder / "b.jsonl", lines)
            found = read_session_log(folder)
            usages = sorted(str(call.usage) for call in found)
            assert usages == sorted(str(call.usage) for call in whole) and not found.problems


# --- Files and ledgers ------------------------------------------------------------------------


def test_a_log_of_another_tool_among_them_is_no_log_that_is_silently_left_out(tmp_path):
    other = {"type": "turn", "usageMetadata": {"promptTokenCount": 5}}
    log(tmp_path / "a.jsonl", [USER, answer("m1", 1)])
    log(tmp_path / "b.jsonl", [{"type": "start"}, other])
    log(tmp_path / "c.jsonl", [{"type": "setting", "usage": "none"}])
    found = read_session_log(tmp_path)
    assert len(list(found)) == 1
    (problem,) = found.problems
    assert problem.path.endswith("b.jsonl") and problem.line == 2
    assert "none of it is counted" in problem.reason
    with pytest.raises(ValueError, match=r"no session log of a tool that is known here \(Claude"):
        list(read_session_log(tmp_path / "b.jsonl"))


def test_what_is_no_log_is_said_to_be_none(tmp_path):
    with pytest.raises(ValueError, match="there is no session log"):
        read_session_log(tmp_path)
    with pytest.raises(ValueError, match="there is no session log"):
        read_session_log(tmp_path / "gone.jsonl")
    with pytest.raises(ValueError, match=r"no session log of a tool that is known here \(Claude"):
        list(read_session_log(log(tmp_path / "x.jsonl", [{"a": 1}])))
    (tmp_path / "z.csv").write_text("model,input_tokens\ngpt-4.1,5\n")
    with pytest.raises(ValueError, match=r"no session log .* read_calls reads exports"):
        list(read_session_log(tmp_path / "z.csv"))  # it had no calls
    (tmp_path / "y.jsonl").write_bytes(b"PK\x03\x04")
    with pytest.raises(ValueError, match="zip archive"):
        list(read_session_log(tmp_path / "y.jsonl"))


def test_progress_ends_where_the_files_end(tmp_path):
    path = log(tmp_path / "s.jsonl", [answer("m1", 1), "{" + '"x": "' + "y" * 5_000_000 + '"}'])
    seen: list[tuple[int, int]] = []
    list(read_session_log(path, progress=lambda done, size: seen.append((done, size))))
    assert len(seen) >= 2 and seen[-1] == (path.stat().st_size, path.stat().st_size)


def test_an_import_can_be_repeated(tmp_path):
    ledger = Ledger()
    path = log(tmp_path / "s.jsonl", [answer("m1", 1), answer("m2", 2, model="glm-5")])
    assert import_calls(ledger, read_session_log(path)) == (2, 2, 1)
    before = ledger.frame().drop(columns="id")
    assert import_calls(ledger, read_session_log(path)) == (2, 0, 1)
    assert ledger.frame().drop(columns="id").equals(before) and len(before) == 2
    log(path, [answer("m1", 1), answer("m2", 2), answer("m3", 3)])
    assert import_calls(ledger, read_session_log(path)).new == 1
    assert len(ledger.frame()) == 3


def test_a_call_without_an_id_cannot_be_imported_again():
    call = Call(time=datetime(2026, 11, 2, tzinfo=UTC), provider="openai", model="gpt-4o")
    with pytest.raises(ValueError, match="no call_id"):
        import_calls(Ledger(), [call])


def test_a_row_that_has_grown_replaces_the_earlier(tmp_path):
    ledger = Ledger()
    for tokens in (5, 9):
        call = Call(time=datetime(2026, 11, 2, tzinfo=UTC), provider="openai", model="gpt-4o",
                    usage=Usage(tokens), call_id="openai:1")  # fmt: skip
        import_calls(ledger, [call])
    assert ledger.frame()["input_tokens"].tolist() == [9]
