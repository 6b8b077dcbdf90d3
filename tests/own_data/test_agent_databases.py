"""Databases of coding tools: which rows count, each once, and what they mean."""

from __future__ import annotations

import json
import sqlite3
import sys
import warnings
from contextlib import closing
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from costlib.audit.gathering import gather
from costlib.own_data.calls import read_calls, read_charges
from costlib.own_data.imports import import_calls
from costlib.tracking.calls import REPORT
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage


def database(path: Path, **tables: list[dict[str, Any]]) -> Path:
    """A database with these tables, whose columns are those of their first row."""
    with closing(sqlite3.connect(path)) as connection, connection:
        for table, rows in tables.items():
            columns = ", ".join(rows[0])
            connection.execute(f"CREATE TABLE {table} ({columns})")
            for row in rows:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {table} ({', '.join(row)}) VALUES ({marks})",
                                   list(row.values()))  # fmt: skip
    return path


MODEL = json.dumps({"model_name": "claude-sonnet-4-5", "context_limit": None})


def goose_session(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "working_dir": "/home/a/bank", "created_at": "2026-11-02 08:00:00",
        "accumulated_input_tokens": None, "accumulated_output_tokens": None,
        "accumulated_cost": None, "model_config_json": MODEL, "parent_session_id": None, **more,
    }  # fmt: skip


def goose_row(number: int, session: str = "s1", **more: Any) -> dict[str, Any]:
    return {
        "id": number, "session_id": session, "created_timestamp": 1_793_606_400 + number,
        "model": "claude-sonnet-4-5", "input_tokens": 1510, "output_tokens": 7,
        "total_tokens": 1517, "cache_read_tokens": 1000, "cache_write_tokens": 500, "cost": 0.25,
        "cost_source": "estimated", "is_compaction": 0, **more,
    }  # fmt: skip


GOOSE = Usage(1510, 7, cached_input_tokens=1000, cache_write_5m_tokens=500)


def test_gooses_ledger_has_each_request_and_its_sessions_what_was_before(tmp_path):
    before = {"accumulated_input_tokens": 900, "accumulated_output_tokens": 30}
    path = database(
        tmp_path / "sessions.db",
        sessions=[
            goose_session("s1", accumulated_input_tokens=9999, accumulated_output_tokens=99),
            goose_session("s2", parent_session_id="s1"),
            goose_session("s3", **before, accumulated_cost=0.5),
            goose_session("s4"),
        ],
        usage_ledger=[
            goose_row(1), goose_row(2, is_compaction=1, cost=None),
            goose_row(3, "s2", model=None),
            goose_row(4, "s2", cost_source="carried_forward", input_tokens=80, output_tokens=9,
                      total_tokens=89, cache_read_tokens=0, cache_write_tokens=0),
        ],
    )  # fmt: skip
    calls = read_calls(path)
    assert [call.usage for call in calls] == [GOOSE, GOOSE, GOOSE, Usage(80, 9), Usage(900, 30)]
    assert [call.run for call in calls] == ["s1", "s1", "s2", "s2", "s3"]
    assert [call.feature for call in calls] == ["", "", "sub-agent", "sub-agent", ""]
    # What was used before there was a ledger is a sum, and how much of it was cached is not known.
    assert [(c.operation, c.estimated) for c in calls] == [("", False)] * 3 + [(REPORT, True)] * 2
    assert {(call.model, call.provider, call.project) for call in calls} == {
        ("claude-sonnet-4-5", "anthropic", "bank")
    }
    costs = read_charges(path)["amount_usd"].tolist()
    assert costs == [Decimal("0.25")] * 3 + [Decimal("0.5")]
    ledger = Ledger()
    assert import_calls(ledger, read_calls(path)).new == 5
    assert import_calls(ledger, read_calls(path)).new == 0


def test_an_older_session_of_gooses_says_where_it_is_whole(tmp_path):
    head = {"working_dir": "/a", "message_count": 2, "accumulated_total_tokens": 9}
    (tmp_path / "s.jsonl").write_text(json.dumps(head) + "\n" + json.dumps({"role": "user"}))
    with pytest.raises(ValueError, match=r"record 1: this is a session of Goose's .* sessions.db"):
        read_calls(tmp_path / "s.jsonl")


def test_two_machines_that_count_alike_are_two(tmp_path):
    ledger = Ledger()
    for number in range(2):
        row = goose_row(1, created_timestamp=1_793_606_400 + number)
        path = database(tmp_path / f"{number}.db", usage_ledger=[row])
        assert import_calls(ledger, read_calls(path)).new == 1


def hermes_session(name: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name, "started_at": 1_793_606_400.5, "cwd": "/home/a/bank", "system_prompt": "secret",
        "model": "gpt-4.1", "billing_provider": "openai", "input_tokens": 10, "output_tokens": 50,
        "cache_read_tokens": 1000, "cache_write_tokens": 0, "reasoning_tokens": 20,
        "estimated_cost_usd": 0.5, "actual_cost_usd": None, **more,
    }  # fmt: skip


def hermes_row(model: str, **more: Any) -> dict[str, Any]:
    return {
        "session_id": "s1", "model": model, "billing_provider": "openai", "billing_mode": "",
        "task": "", "api_call_count": 3, "input_tokens": 10, "output_tokens": 50,
        "cache_read_tokens": 1000, "cache_write_tokens": 0, "reasoning_tokens": 20,
        "estimated_cost_usd": 0.5, "actual_cost_usd": 0.0, "first_seen": 1_793_606_400.5,
        "last_seen": 1_793_610_000.5, **more,
    }  # fmt: skip


def test_hermes_has_a_sum_of_each_model_and_older_sessions_their_totals(tmp_path):
    path = tmp_path / "state.db"
    rows = [
        hermes_row("gpt-4.1"),
        hermes_row("claude-sonnet-4-5", actual_cost_usd=0.75, cache_write_tokens=200),
        hermes_row("gpt-4.1", task="title", api_call_count=1, input_tokens=0, output_tokens=0,
                   cache_read_tokens=0, reasoning_tokens=0),
    ]  # fmt: skip
    database(path, sessions=[hermes_session("s1"), hermes_session("s2")], session_model_usage=rows)
    calls = read_calls(path)
    read = {"cached_input_tokens": 1000, "reasoning_tokens": 20}
    assert [call.usage for call in calls] == [
        Usage(1010, 50, **read, requests=3),
        Usage(1210, 50, **read, cache_write_5m_tokens=200, requests=3),
        Usage(0, 0, requests=1),
        Usage(1010, 50, **read),
    ]
    assert [call.run for call in calls] == ["s1", "s1", "s1", "s2"]
    assert all(call.operation == REPORT for call in calls) and "secret" not in repr(calls)
    costs = read_charges(path)["amount_usd"].tolist()
    assert costs == [Decimal("0.5"), Decimal("0.75"), Decimal("0.5"), Decimal("0.5")]
    ledger = Ledger()
    import_calls(ledger, calls)
    path.unlink()
    rows[0] |= {"output_tokens": 90, "last_seen": 1_793_620_000.5}
    database(path, sessions=[hermes_session("s1"), hermes_session("s2")], session_model_usage=rows)
    assert import_calls(ledger, read_calls(path)).new == 0  # it has grown, and replaces the former
    assert ledger.frame()["output_tokens"].sum() == 190


def test_a_row_of_no_session_hides_no_session(tmp_path):
    rows = [hermes_row("gpt-4.1", session_id=None)]
    path = database(tmp_path / "state.db", sessions=[hermes_session("s1")],
                    session_model_usage=rows)  # fmt: skip
    assert [call.run for call in read_calls(path)] == ["", "s1"]


@pytest.mark.parametrize(
    ("count", "said"),
    [("ten", "a count is a whole number"), (-10, "a count cannot be negative"), (None, "is empty")],
)
def test_a_count_in_words_is_left_out_and_said(tmp_path, count, said):
    rows = [hermes_session("s1", input_tokens=count), hermes_session("s2")]
    with pytest.warns(UserWarning, match=f"left out: 1 row, the first because input_.*{said}"):
        (call,) = read_calls(database(tmp_path / "state.db", sessions=rows))
    assert call.run == "s2"


def test_an_older_hermes_has_totals_alone(tmp_path):
    session = hermes_session("s1")
    del session["cwd"], session["actual_cost_usd"]
    (call,) = read_calls(database(tmp_path / "state.db", sessions=[session]))
    assert call.usage.input_tokens == 1010 and call.model == "gpt-4.1"


def test_opencodes_messages_count_by_what_stands_in_their_data(tmp_path):
    tokens = {"input": 10, "output": 7, "reasoning": 0, "cache": {"read": 1000, "write": 500}}
    data = {
        "role": "assistant", "modelID": "claude-sonnet-4-5", "providerID": "anthropic",
        "time": {"created": 1_793_606_400_000}, "cost": 0.25, "tokens": tokens,
    }  # fmt: skip
    silent = {**data, "tokens": {"input": 0, "output": 0, "reasoning": 0}, "cost": 0}
    unclear = {**data, "modelID": "qwen3-coder", "tokens": {**tokens, "reasoning": 3}}
    messages = {
        "msg_000000001": {**data, "id": "other"}, "msg_000000002": {"role": "user"},
        "msg_000000003": silent, "msg_000000004": unclear,
    }  # fmt: skip
    rows = [
        {"id": name, "session_id": "s1", "data": json.dumps(each)}
        for name, each in messages.items()
    ]
    sessions = [{"id": "s1", "directory": "/home/a/bank", "parent_id": "s0"}]
    rows.append({"id": "msg_000000005", "session_id": "s1", "data": json.dumps(data)[:-9]})
    path = database(tmp_path / "opencode.db", message=rows, session=sessions)
    with pytest.warns(UserWarning, match="left out: 2 rows, the first because reasoning_tokens=3"):
        (call,) = read_calls(path)
    assert call.usage == GOOSE
    assert (call.run, call.project, call.feature) == ("s1", "bank", "sub-agent")
    # Before version 1.2 a message was a file, which stays there when the database has it.
    (tmp_path / "msg.json").write_text(json.dumps({**data, "id": "msg_000000001"}))
    assert read_calls(tmp_path / "msg.json")[0].call_id == call.call_id
    assert len(gather([tmp_path]).frame) == 1


@pytest.mark.parametrize("library", [None, "zstandard"])
def test_a_thread_of_zeds_is_a_sum_if_its_compression_can_be_read(tmp_path, monkeypatch, library):
    usage = {"input_tokens": 10, "output_tokens": 7, "cache_read_input_tokens": 1000,
             "cache_creation_input_tokens": 500}  # fmt: skip
    thread = {
        "version": "0.3.0", "messages": [{"User": {"content": "secret"}}], "imported": False,
        "model": {"provider": "anthropic", "model": "claude-sonnet-4-5"},
        "cumulative_token_usage": usage, "request_token_usage": {"u1": usage},
    }  # fmt: skip
    shared = {**thread, "imported": True}
    about = {
        "updated_at": "2026-11-02T08:00:00Z", "created_at": None, "parent_id": None,
        "folder_paths": "/home/a/bank\n/home/a/shop",
    }  # fmt: skip
    rows = [
        {"id": "t1", "data_type": "json", "data": json.dumps(thread).encode(), **about},
        {
            "id": "t2",
            "data_type": "json",
            "data": json.dumps(shared),
            **about,
        },
        {"id": "t3", "data_type": "zstd", "data": json.dumps(thread).encode(), **about},
    ]
    for name in ("compression.zstd", "backports.zstd", "zstandard"):
        monkeypatch.setitem(sys.modules, name, None)  # as if it were not installed
    if library:
        frame = SimpleNamespace(decompress=bytes)
        reader = SimpleNamespace(decompressobj=lambda: frame)
        module = SimpleNamespace(ZstdDecompressor=lambda: reader)
        monkeypatch.setitem(sys.modules, library, module)
    path = database(tmp_path / "threads.db", threads=rows)
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        calls = read_calls(path)
    assert [call.run for call in calls] == ["t1", "t3"][: 1 + bool(library)]
    assert {(c.usage, c.project, c.operation, c.estimated) for c in calls} == {
        (GOOSE, "bank", REPORT, True)
    }
    assert library or "pip install zstandard" in str(heard[0].message)
    assert "secret" not in repr(calls)


@pytest.mark.parametrize("total", [{}, {"input_tokens": 10, "output_tokens": 7}])
def test_a_thread_of_zeds_without_its_whole_sum_is_left_out_and_said(tmp_path, total):
    last = {"u1": {"input_tokens": 100, "output_tokens": 7}}
    thread = {
        "model": {"provider": "anthropic", "model": "claude-sonnet-4-5"},
        "cumulative_token_usage": total, "request_token_usage": last,
    }  # fmt: skip
    row = {"id": "t1", "updated_at": "2026-03-02T08:00:00Z", "data_type": "json",
           "data": json.dumps(thread)}  # fmt: skip
    path = database(tmp_path / "threads.db", threads=[row])
    with pytest.warns(UserWarning, match="1 row, the first because its sum is less than its"):
        assert not read_calls(path)


@pytest.mark.parametrize("newest_in_the_log", [False, True])
def test_a_database_with_a_write_ahead_log_is_read_in_a_folder_that_cannot_be_written(
    tmp_path, newest_in_the_log
):
    path = tmp_path / "sessions.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=wal")
    database(path, usage_ledger=[goose_row(1)], sessions=[goose_session("s1")])
    # SQLite follows no link to this file, so that it fails as it does in a read-only folder.
    (tmp_path / "sessions.db-shm").symlink_to(tmp_path / "nowhere")
    if newest_in_the_log:
        (tmp_path / "sessions.db-wal").write_bytes(b"rows")
        with pytest.raises(ValueError, match=r"newest rows are in 'sessions\.db-wal': copy both"):
            read_calls(path)
    else:
        assert [call.usage for call in read_calls(path)] == [GOOSE]


def test_a_database_of_nobodys_says_what_it_has(tmp_path):
    path = database(tmp_path / "x.db", sessions=[{"id": 1}], other=[{"a": 1}])
    with pytest.raises(ValueError, match="no tool that is known here; it has other, sessions"):
        read_calls(path)
    path.write_bytes(path.read_bytes()[:50])
    with pytest.raises(ValueError, match="cannot be read as a SQLite database"):
        read_calls(path)


def test_the_audit_finds_a_database_among_other_files(tmp_path):
    database(tmp_path / "sessions.db", usage_ledger=[goose_row(1)])
    database(tmp_path / "x.db", other=[{"a": 1}])
    found = gather([tmp_path])
    assert [(source.kind, source.calls) for source in found.sources] == [("Goose, database", 1)]
    assert found.sources[0].reported == Decimal("0.25")
    assert [left.name for left in found.left] == ["x.db"]
