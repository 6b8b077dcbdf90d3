"""A month of one's own ledger on a page that can be signed."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from decimal import Decimal

import pandas as pd
import pytest

from costlib.bank import month_report
from costlib.bank.ledger_report import LedgerReport, main
from costlib.bank.tracked import tracked_month
from costlib.course.commands import read
from costlib.pricing.own_rates import read_own_rates
from costlib.tracking.calls import Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage


def few() -> pd.DataFrame:
    """Three calls of a third of a cent on one day, an estimate on another, and one unpriced."""
    ledger = Ledger()
    rows = [
        *(("2026-11-02", 1_667, project, "gpt-4.1", False) for project in "abc"),
        ("2026-11-04", 500_000, "", "gpt-4.1", True),
        ("2026-11-05", 9, "a", "gpt-99", False),
    ]
    ledger.record_many(
        Call(time=datetime.fromisoformat(f"{day}T12:00Z"), provider="openai", model=model,
             usage=Usage(tokens), project=project, estimated=guess)
        for day, tokens, project, model, guess in rows
    )  # fmt: skip
    return ledger.frame()


def text_of(page: LedgerReport) -> str:
    return re.sub(r"<[^>]+>", " ", html.unescape(page.document()))


def test_the_page_stands_by_itself_and_leads_with_what_is_certain(tmp_path):
    page = month_report(few(), "2026-11", author="A. Person", ledger="calls.sqlite")
    document = page.save(tmp_path / "page.html").read_text("utf-8")
    assert not re.search(r"https?:|src=|<link|<script|@import|url\(", document)
    assert document.count("<h1>") == 1 and '<html lang="en">' in document
    # 5,001 tokens at 2 USD a million are certain: one cent; half a million rests on an estimate
    assert "<h1>What models cost, 2026-11 in UTC: $0.01 certain</h1>" in document
    text = text_of(page)
    for words in ("$1.00", "$1.01", "1 call", "9 tokens, in no sum", "A. Person", "calls.sqlite",
                  "openai", "gpt-4.1, gpt-99", "2026-11-01 00:00 to 2026-12-01 00:00 UTC",
                  "Edition", "Exact sum: 1.010002", "Approved by, date"):  # fmt: skip
        assert words in text, words


def test_every_table_adds_up_to_its_total():
    for page in (month_report(few(), "2026-11"),
                 month_report(tracked_month(), "2026-11", zone="Europe/Berlin")):  # fmt: skip
        total = page.made.listed.quantize(Decimal("0.01"))
        tables = re.findall(r"<tbody>(.*?)</tbody>\s*<tfoot>(.*?)</tfoot>", page.document(), re.S)
        assert len(tables) == 4
        for body, foot in tables:
            rows = [re.findall(r"<td[^>]*>([^<]*)</td>", row) for row in body.split("</tr>")[:-1]]
            shown = sum(Decimal(row[1].replace(",", "")) for row in rows)
            last = re.findall(r"<td[^>]*>([^<]*)</td>", foot)
            assert shown == Decimal(last[1].replace(",", "")) == total
            assert sum(int(row[0].replace(",", "")) for row in rows) == page.made.attempts


def test_the_dearest_day_costs_the_same_above_the_chart_and_in_the_table():
    """Three days of 0.004 USD are one cent in all: it is the first day's, in both places."""
    ledger = Ledger()
    ledger.record_many(
        Call(time=datetime.fromisoformat(f"2026-11-0{day}T12:00Z"), provider="openai",
             model="gpt-4.1", usage=Usage(2_000))
        for day in (1, 2, 3)
    )  # fmt: skip
    text = text_of(month_report(ledger.frame(), "2026-11"))
    assert "The dearest day is Sunday, 01 November: $0.01" in text
    assert "2026-11-01: $0.01" in text and "2026-11-02: $0" in text
    assert re.search(r"2026-11-01\s+1\s+0\.01\s+0", text)


def test_a_month_that_goes_on_says_so():
    ledger = Ledger()
    for year in (2026, 2999):
        ledger.record(Call(time=datetime(year, 8, 2, tzinfo=UTC), provider="openai",
                           model="gpt-4.1", usage=Usage(9)))  # fmt: skip
    over, going_on = (text_of(month_report(ledger.frame(), f"{year}-08")) for year in (2026, 2999))
    assert "not over" not in over
    assert "This month was not over when the page was made" in going_on
    assert "until 2999-09-01 00:00 UTC" in going_on


def test_a_day_without_calls_is_not_drawn_as_zero():
    document = month_report(few(), "2026-11").document()
    assert document.count("no calls recorded") == 27
    assert document.count('fill="#0072B2"') == 3
    assert "2026-11-05: $0, and calls without a price" in html.unescape(document)
    assert "cannot tell" in document


def test_own_rates_are_a_column_and_a_sum(tmp_path):
    (tmp_path / "rates.toml").write_text(
        'source = "Contract 4711"\n[[rate]]\nmultiplier = 2\n', encoding="utf-8"
    )
    page = month_report(few(), "2026-11", rates=read_own_rates(tmp_path / "rates.toml"))
    text = text_of(page)
    assert "by own rates" in text and "$2.02" in text and "Contract 4711" in text
    assert "USD by own rates" in text


def test_the_command_writes_the_page(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    ledger = Ledger("calls.sqlite")
    ledger.record_many(few())
    ledger.close()
    assert main(read("report", ["calls.sqlite", "--month", "2026-11"])) == 0
    assert "The page is report-2026-11.html" in capsys.readouterr().out
    assert (tmp_path / "report-2026-11.html").read_text("utf-8").startswith("<!doctype html>")
    assert main(read("report", ["calls.sqlite", "--month", "2026-10"])) == 1
    assert "no calls in 2026-10" in capsys.readouterr().err


def test_a_month_of_refusals_has_a_page():
    ledger = Ledger()
    when = datetime.fromisoformat("2026-11-02T12:00Z")
    ledger.record(Call(time=when, provider="openai", model="gpt-4.1", status="error", error="429"))
    document = month_report(ledger.frame(), "2026-11").document()
    assert "$0 certain" in document


@pytest.mark.parametrize("word", ["<script>", "a & b", "$x$"])
def test_what_people_type_is_only_text(word):
    document = month_report(few(), "2026-11", author=word, title=word).document()
    assert "<script" not in document and html.escape(word, quote=False)[0] in document
