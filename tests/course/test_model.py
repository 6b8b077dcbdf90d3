"""`python -m costlib model NAME`: which tables lack a model, and the rows to add."""

from __future__ import annotations

import csv

import pytest
from later_model import add_later_model

from costlib.course import cli
from costlib.course.model import TABLES, header, lacking, read, relative_of
from costlib.paths import ROOT
from costlib.pricing.prices import roles
from costlib.tokens.images import image_tokens


def run(capsys: pytest.CaptureFixture[str], *argv: str) -> tuple[int, str, str]:
    code = cli.inside(["model", *argv])
    out = capsys.readouterr()
    return code, out.out, out.err


def test_a_model_that_nobody_knows_needs_a_row_in_every_table_of_its_relative(capsys):
    code, out, err = run(capsys, "claude-opus-6-1", "--like", "claude-opus-5-5")
    assert (code, err) == (1, "")
    files = [
        line.split(":")[0] for line in out.splitlines() if line.startswith(("data/", "tests/"))
    ]
    assert files == [
        "data/model_overlay.csv",
        "data/price_overlay.csv",
        "data/tokenizer_factors.csv",
        "data/cache_rules.csv",
        "data/anthropic_model_rules.csv",
        "data/image_rules.csv",
        "data/price_history.csv",
        "tests/pricing/literal_rates.csv",
        "data/roles.csv",
    ]
    assert "  claude-opus-6-1,o200k_base,1.18,1.53,1.72,?,?\n" in out
    assert "  anthropic,flagship,claude-opus-6-1,,\n" in out


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.path)
def test_a_row_to_add_fits_its_file_and_claims_neither_source_nor_day(table):
    relative = relative_of("gpt-6.2-sol" if "anthropic" not in table.path else "claude-opus-6-1")
    model = lacking("claude-opus-6-1", relative.id)[0]
    columns = header(table.add_to or table.path)
    for row in table.to_add(model, relative):
        assert list(row) == columns and "claude-opus-6-1" in row.values()
        assert row["source"] == "?" and row.get("checked", "?") == "?"


@pytest.mark.parametrize(
    "name", sorted({name for entry in roles() for name in (entry.model, entry.then) if name})
)
def test_nothing_is_missing_for_a_model_with_a_role(capsys, name):
    code, out, _ = run(capsys, name)
    assert code == 0 and out.startswith("Nothing is missing"), out


def test_what_no_source_says_is_told_and_taken_from_no_relative(capsys):
    out = run(capsys, "gpt-6.1-terra")[1]
    _, mark, doubts = out.partition("\nUncertain of gpt-6.1-terra, because no source says it:\n")
    assert mark and "  data/image_rules.csv: what a picture costs" in doubts
    with pytest.raises(LookupError, match="no published rule says what a picture costs"):
        image_tokens(640, 480, "gpt-6.1-terra")
    assert "Uncertain" not in run(capsys, "deepseek-flash")[1]


def test_a_model_with_prices_alone_lacks_the_rules(monkeypatch):
    add_later_model(monkeypatch, "claude-sonnet-6-1", "claude-sonnet-5-5")
    tables = {table.path for table in lacking("claude-sonnet-6-1")[2]}
    assert {
        "data/tokenizer_factors.csv",
        "data/cache_rules.csv",
        "data/anthropic_model_rules.csv",
    } <= tables


def test_the_relative_is_the_newest_of_the_line():
    assert relative_of("claude-opus-6").id == "claude-opus-5-5"  # and not claude-opus-4-6
    assert relative_of("gpt-6.3-sol").id == "gpt-6.2-sol"


def test_a_name_without_a_relative_is_a_sentence(capsys):
    code, out, err = run(capsys, "qqqqqqqq")
    assert (code, out) == (2, "") and err.endswith("with --like MODEL\n")
    code, _, err = run(capsys, "x", "--like", "gpt-6.1-sool")
    assert code == 2 and "did you mean gpt-6.1-sol?" in err


def test_every_table_that_matches_a_model_by_prefix_is_listed():
    listed = {table.path for table in TABLES}
    for path in sorted((ROOT / "data").glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            prefixes = [row.get("prefix") for row in csv.DictReader(file)]
        if all(prefixes):  # where it may be empty, a row is of a vendor and not of a family
            assert f"data/{path.name}" in listed
    for table in TABLES:
        assert read(table.path) and table.column in header(table.path)
