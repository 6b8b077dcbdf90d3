"""The ledger on both databases: what is written, what is kept, what is refused."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from dataclasses import fields
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from threading import Thread

import pandas
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.pricing.cost import cost_of
from costlib.pricing.table import cost_table
from costlib.tracking import calls as calls_module
from costlib.tracking.database import open_database
from costlib.tracking.ledger import CALLS, COLUMNS, OTEL_NAMES, Call, Ledger, load_calls
from costlib.usage.record import COUNTS, Usage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
ROOT = Path(__file__).resolve().parents[1]


def call(**changes):
    about = {"time": NOON, "provider": "openai", "model": "gpt-4.1", "usage": Usage(1000, 200)}
    return Call(**{**about, **changes})


@pytest.fixture
def ledger(database_url):
    ledger = Ledger(database_url)
    yield ledger
    ledger.close()


# --- One row ----------------------------------------------------------------------------------


def test_a_row_by_hand(ledger):
    usage = Usage(1000, 200, cached_input_tokens=400, tier="priority")
    ledger.record(
        call(usage=usage, user="ann", feature="answer", project="web", run="r1", latency=1.25,
             operation="chat", request_id="req_1", call_id="c1", attempt=1, finish_reason="stop",
             prompt_hash="ab12")
    )  # fmt: skip
    (row,) = ledger.frame().to_dict("records")
    # gpt-4.1, priority: 3.50 in, 0.875 cached, 14 out, USD a million: 2,100 + 350 + 2,800 e-6.
    assert row["cost_pusd"] == 5_250_000_000
    assert row["tier"] == "priority" and row["time"] == NOON
    assert (row["cached_input_tokens"], row["requests"], row["latency"]) == (400, 1, 1.25)
    about = {"user": "ann", "feature": "answer", "project": "web", "run": "r1", "attempt": 1}
    about |= {"operation": "chat", "request_id": "req_1", "call_id": "c1", "prompt_hash": "ab12"}
    assert {name: row[name] for name in about} == about
    assert not row["estimated"] and row["status"] == "ok" and row["error"] == ""
    card = cost_of(usage, "gpt-4.1", at=NOON).card
    assert row["rate_valid_from"].date() == card.valid_from


def test_the_table_has_the_fields_of_a_call_and_of_a_usage():
    ours = {"id", "tier", "region", "fees", "audio_seconds", "cost_pusd", "rate_valid_from"}
    ours |= set(COUNTS)
    theirs = {field.name for field in fields(Call)} - {"usage"}
    assert set(COLUMNS) == ours | theirs
    assert tuple(CALLS.c.keys()) == COLUMNS
    assert set(OTEL_NAMES) < set(COLUMNS)


@pytest.mark.parametrize("model", ["gpt-99", "my-own-model"])
def test_an_unknown_model_has_no_cost_and_is_listed(ledger, model):
    ledger.record_many([call(), call(model=model), call(model=model, usage=Usage(50, 1))])
    assert ledger.frame(model=model)["cost_pusd"].isna().all()
    assert ledger.query("SELECT sum(cost_pusd) AS s FROM calls")["s"][0] == 3_600_000_000
    (row,) = ledger.unpriced().to_dict("records")
    assert (row["model"], row["calls"], row["input_tokens"]) == (model, 2, 1050)


def test_a_refusal_costs_nothing_and_an_estimate_does(ledger):
    ledger.record(call(usage=Usage(), status="error", error="429"))
    ledger.record(call(usage=Usage(1000, 0), status="error", error="timeout", estimated=True))
    ledger.record(call(usage=Usage(), status="error", error="404", model="gpt-99"))
    assert ledger.frame()["cost_pusd"].tolist() == [0, 2_000_000_000, 0]


def test_a_changed_price_file_does_not_change_the_past(ledger, monkeypatch):
    ledger.record(call())
    before = ledger.frame()
    dearer = cost_of(Usage(1000, 200), "gpt-4.1", at=NOON) + cost_of(Usage(1, 1), "gpt-4.1")
    monkeypatch.setattr(calls_module, "cost_of", lambda *args, **about: dearer)
    ledger.record(call())
    after = ledger.frame()
    assert after.iloc[:1].equals(before)
    assert after["cost_pusd"][1] > after["cost_pusd"][0]


def test_a_price_holds_from_its_date(ledger):
    # o3 fell from 10/40 to 2/8 USD a million on 2025-06-10.
    for day in (9, 10):
        ledger.record(call(model="o3", time=datetime(2025, 6, day, 12, tzinfo=UTC)))
    frame = ledger.frame()
    assert frame["cost_pusd"].tolist() == [18_000_000_000, 3_600_000_000]
    assert str(frame["rate_valid_from"][1].date()) == "2025-06-10"
    what_if = ledger.reprice(at=date(2025, 6, 9))["repriced_pusd"]
    assert what_if.tolist() == [18_000_000_000] * 2
    assert ledger.frame().equals(frame), "a question changes nothing"


def test_time_is_utc_whatever_the_zone(ledger):
    ledger.record(call(time=datetime(2026, 11, 22, 1, tzinfo=timezone(timedelta(hours=2)))))
    assert ledger.frame()["time"][0] == datetime(2026, 11, 21, 23, tzinfo=UTC)
    assert len(ledger.frame(until=date(2026, 11, 22))) == 1
    assert len(ledger.frame(since=date(2026, 11, 22))) == 0


def test_keys_never_reach_a_row(ledger):
    key = "sk-proj-" + "Ab3_-" * 8
    names = ("user", "feature", "project", "run", "request_id", "error", "finish_reason")
    ledger.record(call(model=key, **dict.fromkeys(names, f"x {key}")))
    ledger.record({**ledger.frame().iloc[0].to_dict(), "run": key})
    for row in ledger.frame().to_dict("records"):
        assert key not in str(row) and "[key]" in row["run"]


# --- Refused ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("bad", "message"),
    [
        ({"time": datetime(2026, 11, 22)}, "zone"),
        ({"status": "fine"}, "ok, error, interrupted"),
        ({"model": ""}, "model is empty"),
        ({"input_tokens": None}, "absent is not zero"),
        ({"cached_input_tokens": 2000}, "more than input_tokens"),
        ({"output_tokens": -1}, "negative"),
        ({"prompt_tokens": 5}, "input_tokens|output_tokens"),
        ({"cost_pusd": 0.0334}, "cost_pusd=0.0334: give whole pico-dollars"),  # it was 0
        ({"cost_pusd": "dear"}, "cost_pusd='dear': give whole pico-dollars"),
        ({"cost_pusd": 5, "rate_valid_from": "soon"}, "rate_valid_from='soon': give a date"),
    ],
)
def test_rows_that_cannot_be(ledger, bad, message):
    good = {"time": NOON, "provider": "openai", "model": "gpt-4.1", "input_tokens": 1000}
    with pytest.raises(ValueError, match=message):
        ledger.record_many([good, {**good, **bad}])
    assert len(ledger.frame()) == 0, "all or none"


def test_a_row_without_a_time():
    with pytest.raises(ValueError, match="time, provider and model"):
        Ledger().record({"model": "gpt-4.1", "provider": "openai"})


@pytest.mark.parametrize("url", ["foo://x", "sqlite:////no/such/folder/x.sqlite", "postgresql://"])
def test_databases_that_cannot_be_opened(url):
    with pytest.raises(ValueError, match="cannot be opened"):
        Ledger(url)


def test_an_unset_variable_is_no_ledger_that_ends_with_the_process():
    for address in ("", " ", "sqlite:///"):
        with pytest.raises(ValueError, match="database is empty: give sqlite:///a_file"):
            Ledger(address)
    with pytest.raises(ValueError, match="an address of type NoneType opens no database: give"):
        Ledger(None)


def test_a_password_is_not_shown(monkeypatch):
    with pytest.raises(ValueError, match="cannot be opened") as caught:
        open_database("nodb://ann:secret@db/x")
    assert "secret" not in str(caught.value)


def test_a_table_of_somebody_else(database_url):
    engine = open_database(database_url)
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE calls (id INTEGER, phone TEXT, time TIMESTAMP)"))
    engine.dispose()
    with pytest.raises(ValueError, match="not a ledger's"):
        Ledger(database_url)


# --- Questions --------------------------------------------------------------------------------


def test_frame_by_time_and_by_value(ledger):
    moments = [NOON + timedelta(hours=hours) for hours in (0, 6, 12, 30)]
    users = ("ann", "bob", "ann", "cy")
    ledger.record_many(call(time=t, user=u) for t, u in zip(moments, users, strict=True))
    assert ledger.frame(user="ann")["time"].tolist() == [moments[0], moments[2]]
    assert ledger.frame(user=["bob", "cy"])["user"].tolist() == ["bob", "cy"]
    day = ledger.frame(since=date(2026, 11, 23), until=date(2026, 11, 24))
    assert day["time"].tolist() == [moments[2], moments[3]]
    assert ledger.frame(since=moments[1], until=moments[2])["user"].tolist() == ["bob"]
    with pytest.raises(ValueError, match="did you mean 'feature'"):
        ledger.frame(featur="x")
    with pytest.raises(ValueError, match="zone"):
        ledger.frame(since=datetime(2026, 11, 22))


def test_an_empty_frame_has_the_same_types(ledger):
    empty = ledger.frame()
    ledger.record(call())
    assert (empty.dtypes == ledger.frame().dtypes).all()


def test_questions_in_sql(ledger):
    ledger.record_many([call(user="ann"), call(user="bob"), call(user="ann", model="gpt-99")])
    sql = 'SELECT "user", count(*) AS n, sum(cost_pusd) AS pusd FROM calls WHERE model <> :m '
    sql += 'GROUP BY "user" ORDER BY "user"'
    found = ledger.query(sql, m="gpt-4o")
    assert found.to_dict("list") == {
        "user": ["ann", "bob"], "n": [2, 1], "pusd": [3_600_000_000, 3_600_000_000]
    }  # fmt: skip
    assert str(found["pusd"].dtype) == "int64"
    assert len(ledger.query("SELECT * FROM calls WHERE model = 'none'")) == 0
    with pytest.raises(ValueError, match="refused the query"):
        ledger.query("SELECT nonsense FROM calls")
    with pytest.raises(ValueError, match=r"SELECT|refused"):
        ledger.query("DELETE FROM calls")
    assert len(ledger.frame()) == 3


def test_money_stays_whole_beside_a_null(ledger):
    # 9,007.2 million pico-dollars is where floats begin to skip whole numbers: 2^53.
    large = Usage(input_tokens=10**9 + 1)
    ledger.record_many([call(model="gpt-4o", usage=large), call(model="gpt-99")])
    exact = cost_of(large, "gpt-4o", at=NOON).total.scaleb(12)
    found = ledger.query("SELECT cost_pusd FROM calls ORDER BY id")["cost_pusd"]
    assert found[0] == int(exact) == ledger.frame()["cost_pusd"][0]
    assert found.isna()[1]


# --- There and back ---------------------------------------------------------------------------

models = st.sampled_from(["gpt-4.1", "gpt-5-mini", "gpt-99"])
usages = st.builds(
    lambda total, cached, out, tier, place: Usage(
        total, out, min(cached, total), tier=tier, region=place
    ),
    st.integers(0, 300_000), st.integers(0, 300_000), st.integers(0, 50_000),
    st.sampled_from([None, "batch", "priority"]),
    st.sampled_from([None, "global"]),
)  # fmt: skip


@settings(max_examples=15)
@given(st.lists(st.tuples(models, usages), min_size=1, max_size=5))
def test_what_is_stored_is_what_cost_of_says(rows):
    ledger = Ledger()
    ledger.record_many(call(model=model, usage=usage) for model, usage in rows)
    frame = ledger.frame()
    for (model, usage), stored in zip(rows, frame["cost_pusd"], strict=True):
        try:
            cost = cost_of(usage, model, provider="openai", tier=usage.tier or "standard", at=NOON)
        except LookupError:
            assert pandas.isna(stored)
        else:
            assert Decimal(int(stored)).scaleb(-12) == cost.total
    priced = frame[frame["cost_pusd"].notna()]
    assert cost_table(priced)["cost_pusd"].tolist() == priced["cost_pusd"].tolist()
    again = Ledger()
    assert again.record_many(frame) == len(rows)
    assert again.frame().equals(frame)


def test_a_csv_file_and_back(tmp_path, ledger):
    ledger.record_many([call(latency=0.5), call(model="gpt-99"), call(estimated=True, user="NA")])
    frame = ledger.frame()
    frame.to_csv(tmp_path / "calls.csv.gz", index=False)
    loaded = load_calls(tmp_path / "calls.csv.gz")
    assert loaded.equals(frame)
    assert Ledger().record_many(loaded) == 3
    plain = pandas.read_csv(tmp_path / "calls.csv.gz", parse_dates=["time"])  # "" is read as NaN
    again = Ledger()
    again.record_many(plain)
    assert again.frame().drop(columns="user").equals(frame.drop(columns="user"))  # so is "NA"
    frame.drop(columns="run").to_csv(tmp_path / "less.csv", index=False)
    with pytest.raises(ValueError, match="no column 'run'"):
        load_calls(tmp_path / "less.csv")
    with pytest.raises(ValueError, match="cannot be read"):
        load_calls(tmp_path / "none.csv")
    (tmp_path / "empty.csv").touch()
    with pytest.raises(ValueError, match=r"empty\.csv' is empty: it has no header and no row"):
        load_calls(tmp_path / "empty.csv")


# --- What if ----------------------------------------------------------------------------------


def test_reprice_by_hand(ledger):
    claude = call(
        provider="anthropic", model="claude-sonnet-5-5",
        usage=Usage(1000, 200, cached_input_tokens=300, cache_write_5m_tokens=100),
    )  # fmt: skip
    refused = call(usage=Usage(), status="error", error="500")
    ledger.record_many([claude, call(), refused, call(model="gpt-99", usage=Usage(10, 20))])
    assert (
        ledger.reprice()["repriced_pusd"].tolist()[:3] == ledger.frame()["cost_pusd"][:3].tolist()
    )
    # gpt-6.1-sol: 2 in, 0.10 cached, 2.50 written, 10 out; 1,200 + 30 + 250 + 2,000 e-6 USD.
    sol = ledger.reprice(model="gpt-6.1-sol")["repriced_pusd"].tolist()
    assert sol == [3_480_000_000, 4_000_000_000, 0, 220_000_000]
    # gpt-4.1 writes for free: 700 in at 2, 300 cached at 0.50, 200 out at 8.
    old = ledger.reprice(model="gpt-4.1")["repriced_pusd"].tolist()
    assert old == [3_150_000_000, 3_600_000_000, 0, 180_000_000]
    batch = ledger.reprice(tier="batch", provider="openai", model=None)["repriced_pusd"]
    assert batch.tolist()[:2] == [1_800_000_000, 0] and batch.isna()[2]
    assert ledger.reprice(tier="flex")["repriced_pusd"].isna().tolist() == [True, True, False, True]
    with pytest.raises(LookupError):
        ledger.reprice(model="gpt-99")
    with pytest.raises(LookupError, match="tier 'Batch': did you mean 'batch'"):
        ledger.reprice(tier="Batch")


@pytest.mark.parametrize(
    ("model", "provider", "region", "usd"),
    [
        # 1,000 x 3 + 100 x 15 a million, a tenth more in one region; then 1 and 5 there
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "bedrock/us", "0.00495"),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "", "0.0045"),
        ("somebody.elses-v1:0", "somewhere.example", "", None),
    ],
)
def test_a_row_keeps_where_the_name_says_that_it_ran(ledger, model, provider, region, usd):
    """So that another model, which has no such name, is priced where the call ran."""
    ledger.record(Call(time=NOON, provider=provider, model=model, usage=Usage(1_000, 100)))
    (row,) = ledger.frame().to_dict("records")
    assert row["region"] == region
    if usd is None:
        assert pandas.isna(row["cost_pusd"])
        return
    assert row["cost_pusd"] == int(Decimal(usd).scaleb(12))
    (other,) = ledger.reprice(model="claude-haiku-4-5")["repriced_pusd"]
    assert other == int(Decimal("0.0015").scaleb(12) * (Decimal("1.1") if region else 1))


def test_reprice_of_what_is_free_and_of_what_was_not_counted(ledger):
    ledger.record_many([
        call(provider="google", model="gemma-3", usage=Usage(1000, 100)),
        call(model="gpt-4.1", usage=Usage(), estimated=True),
        call(model="gpt-4.1", usage=Usage(), estimated=True, status="interrupted"),
        call(model="gpt-99", usage=Usage(), status="error"),
        call(model="gpt-99", usage=Usage(), status="error", estimated=True),
    ])  # fmt: skip
    stored = ledger.frame()["cost_pusd"]
    assert stored.fillna(-1).tolist() == [0, -1, -1, 0, -1]
    assert ledger.reprice()["repriced_pusd"].equals(stored.rename("repriced_pusd"))
    # gpt-4.1: 1,000 in at 2, 100 out at 8.
    paid = ledger.reprice(model="gpt-4.1")["repriced_pusd"]
    assert paid.fillna(-1).tolist() == [2_800_000_000, -1, -1, 0, -1]


# --- Many writers -----------------------------------------------------------------------------

_WRITE = """
import sys
from datetime import UTC, datetime
from costlib.tracking.ledger import Call, Ledger
from costlib.usage.record import Usage
url, name, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
sys.stdin.readline()
ledger = Ledger(url)
for number in range(count):
    ledger.record(Call(time=datetime(2026, 11, 22, 12, tzinfo=UTC), provider="openai",
                       model="gpt-4.1", usage=Usage(1000, 200), user=name, attempt=number))
    print(number, flush=True)
"""


def writer(url: str, name: str, count: int) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(
        [sys.executable, "-c", _WRITE, url, name, str(count)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment,
    )  # fmt: skip


def start(process: subprocess.Popen[str]) -> None:
    process.stdin.write("go\n")
    process.stdin.flush()


def test_two_processes_write_at_once(database_url):
    """Both make the table, too: the database is empty when they begin."""
    both = [writer(database_url, name, 150) for name in ("ann", "bob")]
    for process in both:
        start(process)
    for process in both:
        process.communicate()
        assert process.returncode == 0
    frame = Ledger(database_url).frame()
    assert frame.groupby("user")["attempt"].apply(sorted).tolist() == [list(range(150))] * 2
    assert frame["id"].is_unique and frame["cost_pusd"].sum() == 300 * 3_600_000_000


def test_kill_9_in_the_middle_of_10_000_calls(database_url):
    process = writer(database_url, "ann", 10_000)
    start(process)
    said = -1
    while said < 500:
        said = int(process.stdout.readline())
    process.kill()
    for line in process.stdout.read().splitlines():
        said = int(line)
    process.wait()
    assert said < 9_999, "killed too late to prove anything"
    frame = Ledger(database_url).frame()
    # Every row that record() reported is there; at most one more was committed and not reported.
    assert frame["attempt"].tolist() == list(range(len(frame)))
    assert len(frame) - 1 in (said, said + 1)
    assert (frame["cost_pusd"] == 3_600_000_000).all()
    if database_url.startswith("sqlite"):
        with sqlite3.connect(database_url.removeprefix("sqlite:///")) as plain:
            assert plain.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert Ledger(database_url).record(call()) > frame["id"].max(), "and it goes on"


@pytest.mark.parametrize("where", ["memory", "database"])
def test_threads_share_a_ledger(where, database_url):
    ledger = Ledger() if where == "memory" else Ledger(database_url)
    threads = [Thread(target=lambda: [ledger.record(call()) for _ in range(25)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(ledger.frame()) == 200


def test_a_path_is_a_url(tmp_path):
    Ledger(tmp_path / "x.sqlite").record(call())
    assert len(Ledger(f"sqlite:///{tmp_path / 'x.sqlite'}").frame()) == 1
    assert set(sa.inspect(Ledger().engine).get_table_names()) == {CALLS.name}
