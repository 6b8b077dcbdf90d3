"""What files are: told apart by content, each call once, and a bad file costs itself."""

from __future__ import annotations

import json
import sqlite3
import tracemalloc
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costlib.audit.gathering import gather
from costlib.audit.result import audit
from costlib.bank.tracked import incidents, tracked_month
from costlib.own_data.imports import import_calls
from costlib.paths import data_path
from costlib.tracking.calls import Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

DAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
COSTS = "start_time,amount_value,amount_currency,line_item\n1793491200,1.25,usd,x\n"


def line(message: str, output: int = 70, *, model: str = "claude-sonnet-5-5", **about: Any) -> str:
    usage = {"input_tokens": 3, "output_tokens": output, "cache_read_input_tokens": 1000}
    record = {
        "type": "assistant", "sessionId": "s1", "requestId": f"r-{message}",
        "cwd": "/home/ada/bank", "timestamp": "2026-11-02T08:00:01.000Z",
        "message": {"id": message, "role": "assistant", "model": model, "stop_reason": "end_turn",
                    "content": [{"type": "text", "text": "never kept: secret words"}],
                    "usage": usage},
        **about,
    }  # fmt: skip
    return json.dumps(record) + "\n"


SPEND = (
    "request_id,startTime,model,prompt_tokens,completion_tokens,spend\n"
    "a,2026-11-02 09:00:00,gpt-4o,1000,10,0.0026\n"
    "b,2026-11-02 09:05:00,mystery-1,1000,10,0\n"
)


def test_a_folder_of_everything(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "s1.jsonl").write_text(line("m1") + line("m1") + line("m2"))
    (tmp_path / "resumed.jsonl").write_text(line("m1") + line("m3"))
    (tmp_path / "spend.csv").write_text(SPEND)
    (tmp_path / "costs.csv").write_text(COSTS)
    (tmp_path / "staff.csv").write_text("name,desk\nada,4\nbo,5\n")
    (tmp_path / "config.json").write_text('{"theme": "dark"}')
    (tmp_path / "notes.txt").write_text("not looked at")
    ledger = Ledger(tmp_path / "own.sqlite")
    ledger.record(Call(time=DAY, provider="openai", model="gpt-4o", usage=Usage(500, 5)))
    ledger.close()
    database = sqlite3.connect(tmp_path / "other.db")
    database.execute("CREATE TABLE recipes (name TEXT)")
    database.commit()
    database.close()
    before = (tmp_path / "other.db").read_bytes()

    found = gather([tmp_path, tmp_path / "spend.csv"])
    assert len(found.frame) == 3 + 2 + 1 and found.frame["id"].is_unique
    assert {each.kind: (each.files, each.calls) for each in found.sources} == {
        "Claude Code, session logs": (2, 3), "LiteLLM, export": (1, 2),
        "ledger, own.sqlite": (1, 1),
    }  # fmt: skip
    assert found.charged == Decimal("1.25")
    reasons = {each.name: each.reason for each in found.left}
    assert set(reasons) == {"staff.csv", "config.json", "other.db"}
    assert "its columns are name, desk" in reasons["staff.csv"]
    assert "its fields are theme" in reasons["config.json"]
    assert "recipes" in reasons["other.db"]
    assert not any(str(tmp_path) in reason for reason in reasons.values())
    assert (tmp_path / "other.db").read_bytes() == before, "no table was made in it"


def test_a_call_in_a_log_and_in_a_ledger_is_one(tmp_path: Path) -> None:
    (tmp_path / "s1.jsonl").write_text(line("m1") + line("m2"))
    ledger = Ledger(tmp_path / "own.sqlite")
    import_calls(ledger, iter(gather_calls(tmp_path / "s1.jsonl")))
    ledger.close()
    both = gather([tmp_path / "own.sqlite", tmp_path / "s1.jsonl"])
    assert len(both.frame) == 2 and "count once" in both.sources[-1].notes[-1]
    url = f"sqlite:///{tmp_path / 'own.sqlite'}"
    assert len(gather([url, url]).frame) == 2
    assert audit(url).total.exact == audit(tmp_path / "s1.jsonl").total.exact


def gather_calls(path: Path) -> list[Call]:
    from costlib.own_data.calls import read_calls

    return read_calls(path)


def test_a_ledger_is_given_as_itself_its_frame_or_its_table(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "own.sqlite")
    ledger.record(Call(time=DAY, provider="openai", model="gpt-4o", usage=Usage(500, 5)))
    frame = ledger.frame()
    frame.to_csv(tmp_path / "calls.csv", index=False)
    frame.to_csv(tmp_path / "calls.csv.gz", index=False)
    total = audit(ledger).total.exact
    assert total == audit(frame).total.exact == audit(tmp_path / "calls.csv").total.exact > 0
    assert audit(tmp_path / "calls.csv.gz").sources[0].kind == "ledger, calls.csv.gz"
    (tmp_path / "torn.csv").write_text("call_id,attempt,cost_pusd\n1,2,3\n")
    assert [each.name for each in gather([tmp_path / "torn.csv", ledger]).left] == ["torn.csv"]
    with pytest.raises(ValueError, match="no column 'time'"):
        audit(frame.drop(columns="time"))


def test_the_tracked_month_and_what_is_wrong_in_it() -> None:
    month, truth = tracked_month(), incidents().set_index("incident")
    found = audit(month)
    assert found.total.exact == Decimal(int(month["cost_pusd"].sum())).scaleb(-12)
    assert found.total.calls == len(month)
    hidden = {each.name: each for each in found.hidden}
    loop = hidden["one prompt again and again"]
    assert f"{loop.usd:.2f}" == f"{truth['wasted_usd']['form-loop']:.2f}"
    assert hidden["attempts that failed"].calls == (month["status"] == "error").sum()
    stop = next(each for each in found.levers if each.lever.startswith("stop"))
    assert stop.saved == (loop.usd, loop.usd) and stop.unmeasured.startswith("nothing")


POISON = {
    "cut.csv": SPEND.encode() + b'"c,2026',
    "binary.csv": bytes(range(256)) * 4,
    "nan.csv": SPEND.replace("1000,10,0.0026", "NaN,10,0.1").encode(),
    "deep.json": b"[" * 100_000,
    "empty.jsonl": b"",
    "book.csv": b"PK\x03\x04 and more",
    "long_ago.csv": SPEND.replace("2026-11-02", "1970-01-01").encode(),
    "huge.csv": SPEND.replace("1000,10,", f"{10**30},10,").encode(),
    "torn.sqlite": b"SQLite format 3\x00" + b"\x00" * 200,
}


@pytest.mark.parametrize("name", POISON)
def test_a_poisoned_file_costs_itself(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(POISON[name])
    (tmp_path / "s1.jsonl").write_text(line("m1") + "{broken\n" + line("m2"))
    found = gather([tmp_path])
    # Of the cut, the huge and the old export some rows may be sound: the log is whole in any case.
    mine = found.frame["call_id"].str.startswith("claude-code:")
    assert mine.sum() == 2
    left = {each.name for each in found.left}
    assert "s1.jsonl" in left, "its broken line is named"
    assert name in left or name.startswith(("long_ago", "huge"))
    assert len(found.left) >= 2


def test_what_is_not_there_or_holds_nothing_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        audit(tmp_path / "gone.csv")
    with pytest.raises(ValueError, match=r"no \.jsonl, \.json"):
        audit(tmp_path)
    (tmp_path / "staff.csv").write_text("name,desk\nada,4\n")
    with pytest.raises(ValueError, match="its columns are name, desk"):
        audit(tmp_path)
    with pytest.raises(ValueError, match="does not exist"):
        audit(tmp_path / "staff.csv", f"sqlite:///{tmp_path / 'gone.sqlite'}")
    assert not (tmp_path / "gone.sqlite").exists()
    with pytest.raises(ValueError, match="give a file"):
        audit()
    (tmp_path / "costs.csv").write_text(COSTS)
    with pytest.raises(ValueError, match="there are cost reports and no calls"):
        audit(tmp_path / "costs.csv")


def test_no_text_of_a_message_gets_in(tmp_path: Path) -> None:
    (tmp_path / "s1.jsonl").write_text(line("m1") + line("m2"))
    found = audit(tmp_path)
    assert "secret" not in found.document() + str(found) + found.html()
    assert "/home/ada" not in found.document()


def test_a_log_passes_through_without_being_held(tmp_path: Path) -> None:
    """Of 40 MB of texts, less than a tenth is in memory at any moment."""
    gather([data_path("own", "codex")])  # what is imported once is not the log's
    with (tmp_path / "s1.jsonl").open("w") as file:
        for number in range(400):
            file.write(line(f"m{number}", text="x" * 100_000))
    tracemalloc.start()
    try:
        found = gather([tmp_path])
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(found.frame) == 400 and most < 4_000_000


def test_more_than_int64_can_add_up(tmp_path: Path) -> None:
    """400,000 million tokens at 2.50 USD, twelve times: 12 million dollars."""
    ledger = Ledger(tmp_path / "own.sqlite")
    ledger.record_many(
        Call(time=DAY, provider="openai", model="gpt-4o", usage=Usage(400 * 10**9),
             operation="report", project="p")
        for _ in range(12)
    )  # fmt: skip
    ledger.close()
    found = audit(tmp_path / "own.sqlite")
    assert found.total.exact == 12_000_000
    assert [part.exact for part in found.by_project] == [12_000_000]


MODELS = st.sampled_from(["gpt-4o", "claude-sonnet-5-5", "gpt-6-luna", "mystery-1", "tone-2"])
COUNT = st.integers(0, 200_000)


@st.composite
def calls(draw: Any) -> Call:
    into = draw(COUNT)
    return Call(
        time=DAY + timedelta(minutes=draw(st.integers(0, 60 * 24 * 40))),
        provider="x",
        model=draw(MODELS),
        usage=Usage(into, draw(COUNT), cached_input_tokens=draw(st.integers(0, into))),
        call_id=f"made:{draw(st.integers(0, 30))}",
        run=draw(st.sampled_from(["", "r1", "r2"])),
        project=draw(st.sampled_from(["", "a", "<b>"])),
        user=draw(st.sampled_from(["", "u"])),
    )


@settings(max_examples=10, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(calls(), MODELS), min_size=1, max_size=40))
def test_the_total_is_the_ledgers(tmp_path_factory: Any, made: list[tuple[Call, str]]) -> None:
    path = tmp_path_factory.mktemp("mix") / "own.sqlite"
    ledger = Ledger(path)
    from dataclasses import replace

    from costlib.own_data.lines import provider_of_model

    mix = [
        replace(call, model=model, provider=provider_of_model(model, "other"))
        for call, model in made
    ]
    import_calls(ledger, mix)
    frame = ledger.frame()
    ledger.close()
    found = audit(path)
    total = Decimal(int(frame["cost_pusd"].sum())).scaleb(-12)
    none = int(frame["cost_pusd"].isna().sum())
    assert found.total.exact == total
    assert (found.total.calls, found.total.unpriced.calls) == (len(frame), none)
    for parts in (found.by_day, found.by_model, found.by_project, found.by_session):
        assert sum(part.exact for part in parts) == total
        assert sum((part.shown for part in parts), Decimal(0)) == found.total.shown
    page = found.document()
    assert found.total.usd.replace("$", "") in page and "<b>" + "</b>" not in page
    if none:
        assert str(found.total.unpriced) in page and str(found.total.unpriced) in str(found)
