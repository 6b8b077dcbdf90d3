"""A month for a spreadsheet: it foots to the ledger, by a zone's calendar, and runs nothing."""

from __future__ import annotations

import csv
import io
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from costlib.bank.tracked import tracked_month
from costlib.course.commands import read
from costlib.pricing.own_rates import read_own_rates
from costlib.tracking.calls import Call
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.export import Export, export_month, main
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

RATES = """
source = "Contract 4711"
[[rate]]
provider = "openai"
discount_percent = 10
[currency]
code = "EUR"
per_usd = 0.86
date = 2026-11-27
source = "ECB"
"""


def call(when: str, tokens: int = 1_000_000, **about: str) -> Call:
    about = {"provider": "openai", "model": "gpt-4.1", **about}
    return Call(time=datetime.fromisoformat(when), usage=Usage(tokens), **about)


def month(calls: list[Call], name: str = "2026-11", **how: object) -> Export:
    ledger = Ledger()
    ledger.record_many(calls)
    return export_month(ledger.frame(), name, **how)  # type: ignore[arg-type]


def text_of(made: Export) -> str:
    file = io.StringIO()
    made.write_csv(file)
    return file.getvalue()


def test_untagged_calls_that_plain_pandas_has_read_are_in_the_sum():
    calls = tracked_month()
    calls = calls.assign(feature=calls["feature"].mask(calls["feature"] == "help-page", ""))
    read_as_missing = calls.replace({"feature": {"": None}})
    made = export_month(calls, "2026-11")
    assert export_month(read_as_missing, "2026-11").rows == made.rows
    assert sum(Decimal(row["list_cost_usd"]) for row in made.rows) == made.listed


def test_the_rows_add_up_to_the_ledger_to_the_last_digit():
    calls = tracked_month()
    made = export_month(calls, "2026-11", zone="Europe/Berlin")
    rows = list(csv.DictReader(io.StringIO(text_of(made))))
    inside = calls[(calls["time"] >= "2026-10-31T23:00Z") & (calls["time"] < "2026-11-30T23:00Z")]
    assert sum(Decimal(row["list_cost_usd"]) for row in rows) == sum_usd(inside) == made.listed
    assert sum(int(row["attempts"]) for row in rows) == len(inside) == made.attempts
    assert f"{made.listed:,f} USD at list price" in str(made) and "nothing is rounded" in str(made)


@pytest.mark.parametrize(
    ("name", "first", "last", "before", "after"),
    [  # the clocks change on 29 March and 25 October: 23 and 25 hours, and 31 days all the same
        ("2026-03", "2026-02-28T23:00Z", "2026-03-31T21:59Z", "2026-02-28T22:59Z",
         "2026-03-31T22:00Z"),
        ("2026-10", "2026-09-30T22:00Z", "2026-10-31T22:59Z", "2026-09-30T21:59Z",
         "2026-10-31T23:00Z"),
    ],
)  # fmt: skip
def test_a_month_is_that_of_the_zone(name, first, last, before, after):
    made = month([call(each) for each in (first, last, before, after)], name, zone="Europe/Berlin")
    assert made.attempts == 2
    assert [str(row["day"]) for row in made.rows] == [f"{name}-01", f"{name}-31"]
    assert made.name == f"{name} in Europe/Berlin"


def test_what_has_no_price_has_columns_of_its_own():
    made = month([call("2026-11-02T10:00Z"), call("2026-11-02T11:00Z", 7, model="gpt-99")])
    priced, unknown = made.rows
    assert (priced["list_cost_usd"], priced["unpriced_calls"]) == (Decimal(2), 0)
    assert (unknown["unpriced_calls"], unknown["unpriced_tokens"]) == (1, 7)
    assert "Not in it: 1 call with 7 tokens has no price." in str(made)


def test_own_rates_stand_beside_the_list(tmp_path: Path):
    (tmp_path / "rates.toml").write_text(RATES, encoding="utf-8")
    calls = [call("2026-11-02T10:00Z"), call("2026-11-02T11:00Z", 5, model="gpt-99")]
    made = month(calls, rates=read_own_rates(tmp_path / "rates.toml"))
    row = made.rows[0]
    assert (row["list_cost_usd"], row["contracted_cost_usd"]) == (Decimal(2), Decimal("1.8"))
    assert row["billed_cost_eur"] == Decimal("1.548")
    assert made.rows[1]["without_own_price"] == 1
    assert "By own rates (Contract 4711): 1.80" in str(made) and "EUR at 0.86 EUR" in str(made)
    assert "Not in that: 1 call with 5 tokens has no price by own rates." in str(made)


def test_a_text_that_a_spreadsheet_would_run_is_only_a_text(tmp_path: Path):
    evil = ('=cmd|"/C calc"!A0', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "plain")
    made = month([call("2026-11-02T10:00Z", feature=each) for each in evil], by=["feature"])
    shown = [row["feature"] for row in csv.DictReader(io.StringIO(text_of(made)))]
    assert sorted(shown) == sorted([*(f"'{each}" for each in evil[:-1]), "plain"])
    openpyxl = pytest.importorskip("openpyxl")
    made.write_xlsx(tmp_path / "a.xlsx")
    sheets = openpyxl.load_workbook(tmp_path / "a.xlsx")
    assert sheets.sheetnames == ["2026-11", "about"]
    cells = [row[0] for row in sheets["2026-11"].iter_rows(min_row=2)]
    assert {cell.data_type for cell in cells} == {"s"} and cells[-1].value == "plain"
    assert made.name in sheets["about"]["A1"].value


def test_without_openpyxl_there_is_a_sentence(monkeypatch, tmp_path: Path):
    monkeypatch.setitem(sys.modules, "openpyxl", None)
    with pytest.raises(ValueError, match=r"pip install openpyxl.*or write a \.csv"):
        month([call("2026-11-02T10:00Z")]).write_xlsx(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--month", "2026-13"], "is no month"),
        (["--month", "2026-12"], "no calls in 2026-12 (UTC): the ledger has calls from 2026-11-02"),
        (["--month", "2026-11", "--zone", "Berlin"], "'Berlin' is unknown"),
        (["--month", "2026-11", "--by", "day,modl"], "by='modl': choose some of day"),
        (["--month", "2026-11", "--by", "time"], "by='time': choose some of day"),
        (["--month", "2026-11", "--rates", "none.toml"], "cannot be read"),
    ],
)
def test_a_slip_is_a_sentence_and_writes_nothing(tmp_path, capsys, options, words):
    ledger = Ledger(tmp_path / "calls.sqlite")
    ledger.record(call("2026-11-02T10:00Z"))
    ledger.close()
    out = tmp_path / "out.csv"
    argv = [str(tmp_path / "calls.sqlite"), *options, "--out", str(out)]
    assert main(read("export", argv)) == 1
    shown = capsys.readouterr()
    assert words in shown.err and shown.out == "" and not out.exists()


@pytest.mark.parametrize("command", ["export", "report"])
def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys, command):
    for out, words in (
        (tmp_path / "none" / "a.csv", "there is no folder"),
        (tmp_path, "is a folder"),
    ):
        with pytest.raises(SystemExit, match="2"):
            read(command, ["calls.sqlite", "--month", "2026-11", "--out", str(out)])
        assert words in capsys.readouterr().err


def test_a_ledger_that_is_not_there_is_not_made(tmp_path, capsys):
    path = tmp_path / "typo.sqlite"
    assert main(read("export", [str(path), "--month", "2026-11"])) == 1
    assert "there is no ledger" in capsys.readouterr().err and not path.exists()


def test_a_name_that_the_screen_cannot_show_is_not_written_as_another(
    tmp_path, monkeypatch, capsys
):
    """As on Windows, where what is sent to a file is not in UTF-8: two names would be one."""
    ledger = Ledger(tmp_path / "calls.sqlite")
    ledger.record(call("2026-11-02T10:00Z", project="é"))
    ledger.close()
    argv = [str(tmp_path / "calls.sqlite"), "--month", "2026-11"]
    screen = io.TextIOWrapper(io.BytesIO(), encoding="ascii", errors="replace")
    monkeypatch.setattr("sys.stdout", screen)
    assert main(read("export", argv)) == 1
    assert r"ascii cannot show '\xe9': write a file, with --out" in capsys.readouterr().err
    assert screen.buffer.getvalue() == b""


def test_the_command_writes_the_same_to_a_file_as_to_the_screen(tmp_path, capsys):
    ledger = Ledger(tmp_path / "calls.sqlite")
    ledger.record_many([call("2026-11-02T10:00Z", project="a"), call("2026-11-03T10:00Z")])
    ledger.frame().to_csv(tmp_path / "calls.csv.gz", index=False)
    ledger.close()
    shown = []
    for where in ("calls.sqlite", "calls.csv.gz"):
        assert main(read("export", [str(tmp_path / where), "--month", "2026-11"])) == 0
        shown.append(capsys.readouterr().out)
    out = tmp_path / "nov.csv"
    argv = [str(tmp_path / "calls.sqlite"), "--month", "2026-11", "--out", str(out)]
    assert main(read("export", argv)) == 0
    assert shown == [out.read_text(encoding="utf-8")] * 2 and shown[0].count("\n") == 3


def test_it_survives_a_reader_who_leaves(tmp_path):
    ledger = Ledger(tmp_path / "calls.sqlite")
    start = datetime(2026, 11, 2, tzinfo=UTC)
    ledger.record_many(call(start.isoformat(), feature=f"f{n}") for n in range(3_000))
    ledger.close()
    command = [sys.executable, "-m", "costlib.course.cli", "export",
               str(tmp_path / "calls.sqlite"), "--month", "2026-11"]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith(b"day,project")
        process.stdout.close()
        words = process.stderr.read().decode()
    assert "Traceback" not in words and "BrokenPipe" not in words
