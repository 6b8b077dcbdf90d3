"""The page, the table and the command: what they say, what they escape, what they ask."""

from __future__ import annotations

import html
import json
import re
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costlib.audit import command
from costlib.audit.breakdown import parts_of
from costlib.audit.log_homes import log_homes
from costlib.audit.result import Audit, audit
from costlib.course import commands
from costlib.paths import data_path
from costlib.pricing.own_rates import read_own_rates
from costlib.tracking.calls import REPORT, Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

DAY = datetime(2026, 11, 2, 23, 30, tzinfo=UTC)
HOSTILE = "<script>alert('x')</script> & \"$5\""


def made(path: Path, *calls: Call) -> Path:
    ledger = Ledger(path)
    ledger.record_many(calls)
    ledger.close()
    return path


def call(days: float = 0, into: int = 1_000_000, **about: str) -> Call:
    given = {"provider": "openai", "model": "gpt-4o"} | about
    return Call(time=DAY + timedelta(days=days), usage=Usage(into), **given)


@pytest.fixture(scope="module")
def example() -> Audit:
    return audit(data_path("own"))


def test_names_are_escaped_and_nothing_is_loaded(tmp_path: Path) -> None:
    found = audit(made(tmp_path / "l.sqlite", call(project=HOSTILE, run=HOSTILE, model=HOSTILE),
                       call(1, project=HOSTILE)))  # fmt: skip
    page = found.document()
    assert "<script" not in page + found.html()
    assert HOSTILE.partition(" &")[0] in html.unescape(page)
    assert not re.search(r"(?:src|href|action)\s*=|@import|url\(|https?://", page)
    assert "default-src 'none'" in page and 'name="viewport"' in page
    assert "prefers-color-scheme: dark" in page


def test_the_page_says_what_the_audit_says(example: Audit) -> None:
    text = re.sub(r"<[^>]+>", "", html.unescape(example.document()))
    for each in example.levers:
        assert each.lever in text and (each.needs in text if each.needs else each.assumed in text)
        if each.saved is not None:
            assert example.saving(*each.saved) in text
    for hidden in example.hidden:
        assert hidden.name in text and hidden.needs in text and hidden.what in text
    for part in (*example.by_model, *example.by_project, *example.by_session, *example.by_day):
        assert part.name in text
    assert str(example.total.unpriced) in text and "repeats 2 rows" in text
    assert example.total.usd in str(example) and str(example.total.unpriced) in str(example)


def test_the_rest_is_summed_and_what_is_small_is_not_zero(tmp_path: Path) -> None:
    calls = [call(project=f"p{n}", into=10 ** (n + 1)) for n in range(6)]
    found = audit(made(tmp_path / "l.sqlite", *calls, call(project="free", into=0)), top=2)
    names = [part.name for part in found.by_project]
    assert names == ["p5", "p4", "5 others"]
    assert sum((part.shown for part in found.by_project), Decimal(0)) == found.total.shown
    small = parts_of(found.frame, found.frame["project"])
    assert {part.name: part.usd for part in small}["p0"] == "below $0.01"
    assert {part.name: part.usd for part in small}["free"] == "$0"


def test_few_days_are_not_scaled_to_a_month(tmp_path: Path) -> None:
    short = audit(made(tmp_path / "a.sqlite", call(), call(5)))
    assert short.days == 6 and short.a_month(Decimal(1)) is None
    assert "too few to say" in str(short) and "too few to say" in short.document()
    week = audit(made(tmp_path / "b.sqlite", call(), call(6)))
    assert week.a_month(Decimal(7)) == 30
    chosen = audit(tmp_path / "a.sqlite", since=date(2026, 11, 1), until=date(2026, 12, 1))
    assert chosen.days == 30 and chosen.a_month(Decimal(1)) == 1


def test_days_are_the_zones_and_a_reports_days_its_own(tmp_path: Path) -> None:
    report = Call(time=DAY.replace(hour=0, minute=0), provider="openai", model="gpt-4o",
                  usage=Usage(9, requests=3), operation=REPORT)  # fmt: skip
    path = made(tmp_path / "l.sqlite", call(), report)
    here = audit(path, zone="Europe/Berlin")
    assert [part.name for part in here.by_day] == ["2026-11-02", "2026-11-03"]
    there = audit(path, zone="America/New_York")
    assert [part.name for part in there.by_day] == ["2026-11-02"]
    assert there.total.calls == 4
    with pytest.raises(ValueError, match="time zone 'Mars' is unknown"):
        audit(path, zone="Mars")
    with pytest.raises(ValueError, match="none of what was read, 2 calls, lies between"):
        audit(path, since=date(2027, 1, 1))
    with pytest.raises(ValueError, match="no day is left"):
        audit(path, since=date(2027, 1, 1), until=date(2027, 1, 1))


def test_calls_long_after_the_prices_say_so(tmp_path: Path, monkeypatch) -> None:
    path = made(tmp_path / "l.sqlite", call())
    for known, told in ((date(2026, 10, 2), False), (date(2026, 10, 1), True)):
        monkeypatch.setattr("costlib.audit.summary.AS_OF", known)
        found = audit(path)
        said = f"those known on {known}: what a vendor has changed since"
        assert (said in str(found)) == (said in found.document()) == told


def test_long_records_are_shown_by_month(tmp_path: Path) -> None:
    found = audit(made(tmp_path / "l.sqlite", call(-80), call()))
    assert [part.name for part in found.by_day] == ["2026-08", "2026-11"]


def test_the_headline_counts_in_words_that_fit(tmp_path: Path) -> None:
    one = audit(made(tmp_path / "a.sqlite", call()))
    assert str(one).startswith("$2.50 for 1 call, on 2026-11-02\nThese records cover 1 day in UTC")
    none = audit(made(tmp_path / "b.sqlite", call(model="mystery-1")))
    first = (
        "1 call, on 2026-11-02: 1 call with 1,000,000 tokens has no price, so the sum is unknown"
    )
    assert str(none).splitlines()[0] == first and first in none.document()
    both = audit(made(tmp_path / "c.sqlite", call(), call(model="mystery-1")))
    assert str(both).startswith(
        "$2.50 for 1 call, on 2026-11-02; beside it, 1 call with 1,000,000 tokens has no price"
    )
    assert "$0" not in none.document().replace("$0 ", "")


def test_savings_in_words(example: Audit) -> None:
    said = [((1, 1), "$1.00"), ((1, 2), "$1.00 to $2.00"), ((0, 2), "up to $2.00"), ((0, 0), "$0"),
            ((-1, 2), "$1.00 more to $2.00 less"), ((-3, -1), "$1.00 to $3.00 more")]  # fmt: skip
    for (low, high), words in said:
        assert example.saving(Decimal(low), Decimal(high)) == words


def test_own_rates_stand_beside_the_list_price(tmp_path: Path) -> None:
    file = tmp_path / "rates.toml"
    file.write_text(
        'source = "Contract 4711"\n[[rate]]\nprovider = "openai"\ndiscount_percent = 10\n'
    )
    path = made(tmp_path / "l.sqlite", call(), call(1, model="mystery-1"))
    found = audit(path, rates=read_own_rates(file))
    assert found.total.exact == Decimal("2.5") and found.contracted == (Decimal("2.25"), 1)
    for text in (str(found), found.document()):
        assert "Contract 4711" in text and "$2.25" in text and "$2.50" in text
    assert run(str(path), "--rates", str(file), "--out", str(tmp_path / "x.html")) == 0
    assert run(str(path), "--rates", str(path), "--out", str(tmp_path / "x.html")) == 1


# --- The command ------------------------------------------------------------------------------


def run(*argv: str) -> int:
    return command.main(commands.read("audit", list(argv)))


def test_the_command_writes_a_page_and_prints_a_table(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path, page = made(tmp_path / "l.sqlite", call(), call(8)), tmp_path / "out.html"
    assert run(str(path), "--out", str(page)) == 0
    out = capsys.readouterr()
    assert out.out.startswith("$5.00 for 2 calls, 2026-11-02 to 2026-11-10") and out.err == ""
    assert "spent in all" in out.out and str(page) in out.out
    assert page.read_text("utf-8").startswith("<!doctype html>")
    assert run(str(path), "--out", str(page)) == 0, "its own page may be replaced"


def test_a_file_that_is_no_audit_is_not_written_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made(tmp_path / "l.sqlite", call())
    assert run(str(path), "--out", str(path)) == 1
    assert "is no audit's page" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run(str(path), "--out", str(tmp_path))
    assert "is a folder: name a file" in capsys.readouterr().err
    assert run(str(tmp_path / "gone"), "--out", str(tmp_path / "x.html")) == 1
    assert "does not exist" in capsys.readouterr().err
    assert not (tmp_path / "x.html").exists() and Ledger(path).frame().shape[0] == 1


def test_the_figures_as_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = made(tmp_path / "l.sqlite", call(), call(8, model="mystery-1"))
    assert run(str(path), "--json", "--out", str(tmp_path / "x.html")) == 0
    figures = json.loads(capsys.readouterr().out)
    assert Decimal(figures["total"]["usd"]) == Decimal("2.5")
    assert figures["total"]["unpriced_calls"] == 1 and figures["days"] == 9
    assert {each["name"] for each in figures["by_model"]} == {"gpt-4o", "mystery-1"}
    assert not (tmp_path / "x.html").exists()


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(tmp_path / "claude"))
    monkeypatch.setenv("CODEX_HOME", str(tmp_path / "codex"))
    return tmp_path


def with_logs(home: Path) -> None:
    for name, source in (("claude/projects/a", "claude_code/app/session-1.jsonl"),
                         ("codex/sessions/2026", "codex/rollout-2026-11-20.jsonl")):  # fmt: skip
        (home / name).mkdir(parents=True)
        (home / name / "log.jsonl").write_bytes(data_path("own", source).read_bytes())


def test_logs_are_looked_for_where_tools_keep_them(home: Path) -> None:
    assert [found.files for found in log_homes()] == [0, 0]
    with_logs(home)
    assert [(found.tool, found.files) for found in log_homes()] == [
        ("Claude Code", 1), ("Codex", 1),
    ]  # fmt: skip
    plain = log_homes({})
    assert [found.path for found in plain] == [
        Path.home() / ".claude" / "projects", Path.home() / ".codex" / "sessions",
    ]  # fmt: skip


def test_without_a_path_it_asks_and_without_a_terminal_it_reads_nothing(
    home: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def never(*args: object, **kwargs: object) -> None:
        raise AssertionError("a log was read without leave")

    page = str(home / "audit.html")
    assert run("--out", page) == 1
    assert "There are no session logs in" in capsys.readouterr().err
    with_logs(home)
    with monkeypatch.context() as patch:
        patch.setattr(command, "audit", never)
        assert run("--out", page) == 1
        out = capsys.readouterr()
        assert "Nothing was read." in out.err and str(home / "claude" / "projects") in out.err
        patch.setattr(sys.stdin, "isatty", lambda: True)
        patch.setattr("builtins.input", lambda question: "n")
        assert run("--out", page) == 1
        assert "Nothing was read." in capsys.readouterr().out
    monkeypatch.setattr(sys.stdin, "isatty", lambda: True)
    monkeypatch.setattr("builtins.input", lambda question: "y")
    assert run("--out", page) == 0
    assert "26 calls" in capsys.readouterr().out.replace("for ", "")
