"""Opening and asking databases: a question writes nothing, a name stays, no secret is shown."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime

import psycopg
import pytest
from commits import interrupt_commit

from costlib import connect
from costlib.tracking import database
from costlib.tracking.clients import track
from costlib.tracking.database import Lanes, open_database, shown
from costlib.tracking.ledger import Ledger
from costlib.usage import Usage

ROW = {
    "time": datetime(2026, 11, 22, tzinfo=UTC), "provider": "openai", "model": "gpt-4.1",
    "input_tokens": 10, "output_tokens": 5,
}  # fmt: skip


@pytest.fixture
def ledger(database_url):
    ledger = Ledger(database_url)
    ledger.record(ROW)
    yield ledger
    ledger.close()


@pytest.mark.parametrize(
    "sql",
    [
        "DROP TABLE calls", "DELETE FROM calls", "UPDATE calls SET model = 'x'",
        "ALTER TABLE calls ADD COLUMN x INTEGER", "CREATE TABLE x (y INTEGER)",
        "INSERT INTO calls (model) VALUES ('x')",
        "INSERT INTO calls (model) VALUES ('x') RETURNING id",
        "SELECT 1; DROP TABLE calls", "ROLLBACK; DROP TABLE calls", "COMMIT", "VACUUM",
        "VACUUM INTO 'copy.sqlite'", "ATTACH 'other.sqlite' AS other", "PRAGMA query_only = OFF",
        "PRAGMA journal_mode = DELETE", "CREATE TEMP TABLE x AS SELECT * FROM calls",
        "WITH gone AS (DELETE FROM calls RETURNING id) SELECT * FROM gone", "no SQL at all", "",
        "SELECT * FROM nothing", "SET default_transaction_read_only = off",
        "COPY calls TO '/tmp/x'",
    ],
)  # fmt: skip
def test_a_question_changes_nothing(ledger, sql, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.iterdir())
    with pytest.raises(ValueError, match=r"database refused the query|gives no rows"):
        ledger.query(sql)
    assert [path for path in sorted(tmp_path.iterdir()) if path not in before] == []
    assert len(ledger.frame()) == 1
    ledger.record(ROW)  # and the ledger still writes
    assert ledger.query("SELECT COUNT(*) AS n FROM calls")["n"].item() == 2


def test_a_question_may_use_all_of_select(ledger):
    sql = """
        WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)
        SELECT n.i, UPPER(model) AS model, SUM(input_tokens) AS tokens
        FROM n JOIN calls ON true WHERE model = :model GROUP BY n.i, model ORDER BY n.i
    """
    rows = ledger.query(sql, model="gpt-4.1")
    assert rows["tokens"].tolist() == [10, 10, 10] and rows["model"][0] == "GPT-4.1"


@pytest.mark.parametrize("name", ["what?.sqlite", "a%20b.sqlite", "a b#c", "file:x?mode=memory"])
@pytest.mark.parametrize("form", ["{}", "sqlite:///{}", "sqlite+pysqlite:///{}"])
def test_the_name_of_a_file_is_taken_literally(tmp_path, monkeypatch, name, form):
    monkeypatch.chdir(tmp_path)
    ledger = Ledger(form.format(name))
    ledger.record(ROW)
    ledger.close()
    assert {path.name for path in tmp_path.iterdir()} == {name}
    assert len(Ledger(tmp_path / name).frame()) == 1


SECRET = "s3cret"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://ann:s3cret@127.0.0.1:1/x",
        "postgresql+psycopg://ann:p@s3cret@127.0.0.1:1/x",
        "postgresql+psycopg://ann:p%40s3cret@127.0.0.1:1/x",
        "postgresql+psycopg://127.0.0.1:1/x?user=ann&password=s3cret",
        "postgresql+psycopg://ann@127.0.0.1:1/x?sslpassword=s3cret&passfile=s3cret",
        "postgresql+psycopg://ann:pass:s3cret/word@127.0.0.1:1/x",
        "postgresql+psycopg://ann:x@127.0.0.1:s3cret/x",
        "postgresql+psycopg://ann@127.0.0.1:1/x?options=s3cret&s3cret=1",
        "mysql://ann:s3cret@127.0.0.1/x", "nothing://ann:s3cret@127.0.0.1/x",
        "ann:s3cret@127.0.0.1:1/x", "/no/host=x password=s3cret user=ann",
    ],
)  # fmt: skip
def test_a_password_never_shows(url):
    with pytest.raises(ValueError, match="cannot be opened") as refused:
        open_database(url)
    assert SECRET not in str(refused.value)
    assert refused.value.__suppress_context__


def test_a_password_does_not_show_where_it_works(postgres_url):
    ledger = Ledger(postgres_url.replace("course@", "course:s3cret@") + "?application_name=s3cret")
    assert SECRET not in repr(ledger) + shown(ledger.engine.url)
    with pytest.raises(ValueError) as refused:
        ledger.query("SELECT nothing")
    assert SECRET not in str(refused.value)
    ledger.close()


def locked():
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_a_commit_whose_answer_was_lost_writes_no_row_twice(ledger, after, monkeypatch):
    monkeypatch.setattr(database, "FIRST_WAIT", 0)
    kind = ledger.engine.dialect.name
    for write in (lambda: ledger.record(ROW), lambda: ledger.record_many([ROW, ROW])):
        error = locked() if kind == "sqlite" else psycopg.OperationalError("connection is lost")
        interrupt_commit(ledger.engine, error, after)
        write()
    assert len(ledger.frame()) == 4


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_interrupted_kernel_loses_no_row_and_doubles_none(database_url, after):
    for url in ("sqlite://", database_url):
        ledger = Ledger(url)
        client = track(connect("openai"), ledger)
        asked = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}
        client.chat.completions.create(**asked)
        interrupt_commit(ledger.engine, KeyboardInterrupt(), after)
        with pytest.raises(KeyboardInterrupt):
            client.chat.completions.create(**asked)
        client.chat.completions.create(**asked)
        assert len(ledger.frame()) == 3
        ledger.close()


@pytest.mark.parametrize("tokens", [2**63, 10**30])
def test_a_count_that_no_row_can_hold_is_named(database_url, tokens):
    ledger = Ledger(database_url)
    with pytest.raises(ValueError, match=f"input_tokens={tokens} does not fit into 64 bits"):
        ledger.record({**ROW, "input_tokens": tokens})
    assert Usage(input_tokens=tokens).input_tokens == tokens
    assert len(ledger.frame()) == 0
    ledger.close()


def test_lanes_keep_the_order_of_a_key_and_let_other_keys_pass():
    from threading import Event

    lanes, go, order = Lanes(threads=4), Event(), []

    def wait(name):
        go.wait(30)
        order.append(name)

    slow = [lanes.submit("a", lambda n=n: wait(f"a{n}")) for n in range(20)]
    lanes.submit("b", lambda: order.append("b")).result(30)
    assert order == ["b"], "twenty that wait for one row hold one thread"
    with pytest.raises(ZeroDivisionError):
        lanes.submit("c", lambda: 1 / 0).result(30)
    go.set()
    lanes.wait()
    assert order == ["b", *(f"a{n}" for n in range(20))]
    assert all(each.done() for each in slow)
