"""The shipped records of a small team: what is in them, counted another way, and what is found."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from costlib.audit.result import Audit, audit
from costlib.paths import ROOT, data_path
from costlib.pricing.cost import cost_of
from costlib.usage.read import read_usage


@pytest.fixture(scope="module")
def found() -> Audit:
    return audit(data_path("own"))


def test_the_script_makes_the_files_that_ship(tmp_path: Path) -> None:
    script = tmp_path / "build_own.py"
    script.write_bytes((ROOT / "data" / "build_own.py").read_bytes())
    subprocess.run([sys.executable, str(script)], check=True)
    made = {p.relative_to(tmp_path): p.read_bytes() for p in (tmp_path / "own").rglob("*.*")
            if p.is_file()}  # fmt: skip
    there = {p.relative_to(data_path()): p.read_bytes() for p in data_path("own").rglob("*.*")
             if p.is_file()}  # fmt: skip
    assert made == there
    assert sum(map(len, there.values())) < 300_000


def test_the_figures_in_the_readme(found: Audit) -> None:
    """By a plain loop over the lines, as somebody would write it by hand."""
    lines, usd, last = 0, Decimal(0), {}
    for path in sorted(data_path("own", "claude_code").rglob("*.jsonl")):
        for text in path.read_text("utf-8").splitlines():
            line = json.loads(text)
            if line["type"] == "assistant":
                message = line["message"]
                usage = read_usage({"usage": message["usage"]}, provider="anthropic")
                lines += 1
                cost = cost_of(usage, message["model"], at=date(2026, 11, 15)).total
                usd += cost
                last[message["id"]] = cost
    once = sum(last.values(), Decimal(0))
    readme = data_path("README.md").read_text("utf-8")
    total = found.total
    for figure in (
        f"{lines} lines have usage, for {len(last)} responses",
        f"line by line they cost {usd:.2f} USD, each response once {once:.2f} USD",
        f"{total.calls:,} calls, of which {total.calls - total.unpriced.calls:,} cost "
        f"{total.exact:.2f} USD and {total.unpriced.calls} have no price",
    ):
        assert figure in readme
    assert found.sources[0].usd == once and found.sources[0].calls == len(last)


def test_the_gateway_says_what_list_prices_say(found: Audit) -> None:
    with data_path("own", "team_spend.csv").open(encoding="utf-8", newline="") as file:
        rows = {row["request_id"]: row for row in csv.DictReader(file)}
    said = sum((Decimal(row["spend"]) for row in rows.values()), Decimal(0))
    export = found.sources[-1]
    assert export.kind.startswith("LiteLLM") and export.calls == len(rows)
    assert export.reported == export.usd == said
    assert export.unpriced == found.total.unpriced and export.unpriced.calls == 21
    assert (
        "it says $15.48 itself, list prices give $15.48; 21 calls with 32,783 tokens have no price."
        in str(found)
    )
    assert "repeats 2 rows" in export.notes[0]


def test_what_was_put_in_is_found(found: Audit) -> None:
    hidden = {each.name: each for each in found.hidden}
    beats = hidden["calls at regular gaps with nobody there"]
    assert beats.calls == 123 and "every 30 minutes" in beats.what
    pauses = hidden["pauses longer than the cache lives"]
    assert pauses.calls == 2
    riding = hidden["long results sent again"]
    assert riding.calls == 8 and "41,999 tokens that session-3" in riding.what
    assert hidden["sub-agents"].calls == 8
    assert hidden["more of another model than before"].calls == 0
    (own,) = found.unpriced
    assert own.name == "larkfield/tone-2" and own.unpriced.calls == 21
    assert "21 calls" in str(found).splitlines()[0]


def test_every_sum_foots(found: Audit) -> None:
    for parts in (found.by_day, found.by_model, found.by_project, found.by_session):
        assert sum((part.shown for part in parts), Decimal(0)) == found.total.shown
        assert sum(part.exact for part in parts) == found.total.exact
        assert sum(part.calls for part in parts) == found.total.calls
        assert sum(part.unpriced.calls for part in parts) == found.total.unpriced.calls
    assert found.total.exact == sum(each.usd for each in found.sources)
