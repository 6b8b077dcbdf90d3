"""data/sources.csv: every citation has a row, and every row is cited.

So the next check of the course's facts is a list to walk down. A lesson cites by id
(`{{source:ID}}`), a document by the address, a table of data by the words of `cited_as`.
"""

from __future__ import annotations

import csv
import re
from datetime import date
from pathlib import Path

import pytest

from costlib.paths import ROOT
from solutions.prose import SOURCE, sources

ROWS = sources(ROOT)
LESSONS = sorted((ROOT / "solutions").glob("[0-9]*.py"))
DOCUMENTS = [
    ROOT / name
    for name in ("README.md", "INSTRUCTORS.md", "data/README.md", "costlib/provider/README.md",
                 "solutions/glossary.csv")
]  # fmt: skip
TABLES = sorted(
    path
    for path in (ROOT / "data").glob("*.csv")
    if "source" in path.read_text("utf-8").partition("\n")[0].split(",")
)

HOW = {
    "whole": "read from beginning to end",
    "excerpt": "the part that says it was read, in a stored copy",
    "second-hand": "somebody else quotes it, mostly several who do not know each other",
    "unread": "remembered, and not read again",
    "address": "offered for reading; nothing rests on it",
}
OURS = re.compile(
    r"our assumption|assumed|inferred|\bas [\w.-]+\d|price_history\.csv|data/prices\.csv"
    r"|snapshot id|an alias|not sourced|the day of claude|first use in|two guides|the package has"
    r"|half of standard|share of standard|as copied on"
)
"""What a table says of a row that rests on no source of its own."""
NAVIGATION = re.compile(
    r"https?://(?:www\.)?(?:python\.org|z2jh\.jupyter\.org|YOUR-HUB|github\.com/OWNER|OWNER\.github\.io|localhost)"
)
LINK = re.compile(r"https?://[^\s)\"'`>|]+")
NUMBERED = re.compile(r"([\w.-]+/[\w.-]+) (?:#|issue |pull request |discussion )(\d+)")


def cited_rows(text: str) -> set[str]:
    """The ids of the rows that a text cites, in any of the three ways."""
    found = {match[1] for match in SOURCE.finditer(text)}
    for name, row in ROWS.items():
        address = row["url"] and re.search(re.escape(row["url"]) + r"(?![\w/#-])", text)
        if address or (row["cited_as"] and row["cited_as"] in text):
            found.add(name)
    return found


def test_rows_say_what_when_and_how() -> None:
    assert list(ROWS) == sorted(ROWS)
    for name, row in ROWS.items():
        assert re.fullmatch(r"[a-z0-9.-]+", name), name
        assert row["shows"] and row["how"] in HOW, name
        assert date.fromisoformat(row["checked"]) <= date.today(), name
        assert row["url"].startswith("https://") or (not row["url"] and row["cited_as"]), name
    addresses = [row["url"] for row in ROWS.values() if row["url"]]
    assert len(addresses) == len(set(addresses))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_a_lesson_cites_by_id(path: Path) -> None:
    text = path.read_text("utf-8")
    assert {match[1] for match in SOURCE.finditer(text)} <= set(ROWS)
    assert re.findall(r"\]\(https?://[^)]*\)", text) == []


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_links_of_documents_have_a_row(path: Path) -> None:
    known = {row["url"] for row in ROWS.values()}
    text = path.read_text("utf-8")
    links = {link.rstrip(".,;:") for link in LINK.findall(text) if not NAVIGATION.match(link)}
    assert links - known == set()


@pytest.mark.parametrize("path", [*DOCUMENTS, *TABLES], ids=lambda path: path.name)
def test_numbered_citations_have_a_row(path: Path) -> None:
    addresses = " ".join(row["url"] + " " for row in ROWS.values())
    for repository, number in NUMBERED.findall(path.read_text("utf-8")):
        assert re.search(rf"{re.escape(repository)}/\w+/{number} ", addresses), (repository, number)


@pytest.mark.parametrize("path", TABLES, ids=lambda path: path.stem)
def test_every_row_of_a_table_names_a_source_or_says_that_it_is_ours(path: Path) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        cells = {row["source"] for row in csv.DictReader(file)}
    assert {cell for cell in cells if not cited_rows(cell) and not OURS.search(cell)} == set()


def test_every_row_is_cited() -> None:
    texts = [path.read_text("utf-8") for path in (*LESSONS, *DOCUMENTS, *TABLES)]
    assert set(ROWS) - cited_rows("\n".join(texts)) == set()
