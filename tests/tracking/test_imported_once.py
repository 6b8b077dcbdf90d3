"""A call of a file is one row, whoever imports it, how often, and at once; older ledgers too."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from running import quick_processes

from costlib.own_data.imports import import_calls
from costlib.tracking.calls import COLUMNS, LATER, Call, load_calls
from costlib.tracking.calls_table import ONCE
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def from_file(count: int = 30, tokens: int = 10) -> list[Call]:
    return [
        Call(time=NOON, provider="openai", model="gpt-4.1", usage=Usage(tokens, 1),
             call_id=f"codex:{i}")
        for i in range(count)
    ]  # fmt: skip


def _import(url: str, barrier: object, tokens: int) -> None:
    ledger = Ledger(url)
    barrier.wait()  # type: ignore[attr-defined]
    import_calls(ledger, from_file(tokens=tokens))
    ledger.close()


def test_processes_that_import_one_file_at_once_leave_each_call_once(database_url):
    Ledger(database_url).close()
    context = quick_processes()
    barrier = context.Barrier(3)
    processes = [
        context.Process(target=_import, args=(database_url, barrier, 10)) for _ in range(3)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    frame = Ledger(database_url).frame()
    assert len(frame) == 30 and frame["call_id"].is_unique


def test_a_row_that_is_there_is_replaced_and_no_other_is(database_url):
    ledger = Ledger(database_url)
    ledger.record_many([Call(time=NOON, provider="openai", model="gpt-4.1", call_id="c1")] * 2)
    assert import_calls(ledger, from_file(3)) == (3, 3, 0)
    assert import_calls(ledger, from_file(4, tokens=20)) == (4, 1, 0)
    frame = ledger.frame()
    assert sorted(frame["call_id"]) == ["c1", "c1", *(f"codex:{i}" for i in range(4))]
    assert frame["input_tokens"].sum() == 80
    with pytest.raises(ValueError, match=r"already.*import_calls replaces it"):
        ledger.record_many(from_file(1))
    with pytest.raises(ValueError, match="does not say what it came from"):
        ledger.put([Call(time=NOON, provider="openai", model="gpt-4.1", call_id="c2")])
    assert len(ledger.frame()) == 6
    ledger.close()


def make_old(url: str, rows: list[Call]) -> None:
    """A ledger as an earlier edition made it: no index that keeps a call once, no late columns."""
    ledger = Ledger(url)
    with ledger.engine.begin() as connection:
        connection.execute(sa.schema.DropIndex(ONCE))
    for row in rows:
        ledger.record(row)
    with ledger.engine.begin() as connection:
        for name in LATER:
            connection.execute(sa.text(f"ALTER TABLE calls DROP COLUMN {name}"))
    ledger.close()


def test_a_ledger_of_an_earlier_edition_goes_on(database_url):
    make_old(database_url, from_file(3))
    ledger = Ledger(database_url)
    assert tuple(ledger.frame().columns) and set(ledger.frame().columns) == set(COLUMNS)
    assert set(ledger.frame()["region"]) == {""}
    assert import_calls(ledger, from_file(4)).new == 1
    ledger.record({"time": NOON, "provider": "anthropic", "model": "claude-opus-5-5",
                   "input_tokens": 1_000_000, "region": "us"})  # fmt: skip
    row = ledger.frame(region="us").iloc[0]
    assert row["cost_pusd"] == 4_400_000_000_000  # 4 USD a million, 1.1 times
    ledger.close()
    assert len(Ledger(database_url).frame()) == 5


def test_a_ledger_that_has_calls_twice_opens_and_says_so(database_url):
    make_old(database_url, from_file(2) + from_file(1))
    ledger = Ledger(database_url)
    assert len(ledger.frame()) == 3
    with pytest.raises(ValueError, match="has calls of a file twice"):
        import_calls(ledger, from_file(2))
    ledger.query("SELECT 1")
    ledger.close()


def test_a_csv_of_an_earlier_edition_is_read(tmp_path: Path):
    ledger = Ledger()
    ledger.record_many(from_file(2))
    ledger.frame().drop(columns=list(LATER)).to_csv(tmp_path / "calls.csv", index=False)
    assert load_calls(tmp_path / "calls.csv").equals(ledger.frame())
