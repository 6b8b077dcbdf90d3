"""A question in one's own words, on the index page: what is found, and what is said of the rest."""

from __future__ import annotations

import csv
import json
import sqlite3
from functools import cache
from pathlib import Path
from typing import NoReturn

import nbformat
import pytest
from nbformat import NotebookNode

from costlib.course import ask as asking
from costlib.course.ask import EXAMPLE, SHOWN, answers, ask
from costlib.paths import ROOT, data_rows
from solutions import index

PAGE = """\
| Asked | In short | In full |
| --- | --- | --- |
| Why is nothing read from the cache ([asked here](a://b/1)) | The time stands first. | [lesson 7, \
*2. The `prefix`*](07_caching.ipynb#cell-id=prefix) |
| Who pays for a cache that was written and is never read ([asked here](a://b/2)) | You do. | \
[lesson 7, *Writes*](07_caching.ipynb#cell-id=writes) |
| **cache** | Where a prefix is kept | [lesson 7, *1. How*](07_caching.ipynb#cell-id=how) |
| **sub-agent** | An agent of an agent | [lesson 5, *A run*](05_budgets.ipynb#cell-id=run) |
"""


def asked(question: object, page: str = PAGE) -> list[str]:
    return [place.asked for place in answers(question, [page]).places]


def test_rows_are_found_by_the_words_that_they_share_the_best_first() -> None:
    found = answers("I wrote into the cache: why is nothing read?", ["# Title", PAGE])
    assert [place.link for place in found.places] == [
        "07_caching.ipynb#cell-id=prefix",
        "07_caching.ipynb#cell-id=writes",
    ]
    best = found.places[0]
    assert (best.asked, best.answer) == (
        "Why is nothing read from the cache", "The time stands first."
    )  # fmt: skip
    assert best.where == "lesson 7, 2. The `prefix`"


def test_one_word_in_common_is_no_answer_to_a_longer_question() -> None:
    assert asked("CACHING") and asked("caching") == asked("CACHING")
    assert asked("where do I buy a cache of gold") == []
    assert "open a subject" in answers("where do I buy a cache of gold", [PAGE]).said


def test_two_words_find_what_has_either() -> None:
    assert len(asked("nothing written")) == 2


def test_a_term_that_is_all_of_the_question_comes_first() -> None:
    assert asked("What is a cache?")[0] == "cache"


def test_other_words_for_the_same_count_as_the_same() -> None:
    assert asked("subagents") == ["sub-agent"]


def test_no_word_has_two_groups_of_synonyms() -> None:
    words = [word for row in data_rows("synonyms.csv") for word in row["words"].split()]
    assert len(words) == len(set(words)) and all(word == word.lower() for word in words)


@pytest.mark.parametrize(
    "question",
    ["", " \n", "...", ..., None, 42, 0.5, b"cache", ["cache"], "why is it so?", "\x00"],
)
def test_where_there_is_no_word_one_sentence_says_what_to_write(question: object) -> None:
    assert str(answers(question, [PAGE])) == (
        "There is no word to look for: write your question between the quotation marks, such as "
        f'ask("{EXAMPLE}").'
    )


@pytest.mark.parametrize(
    "question",
    [
        '"', "'; DROP TABLE place; --", 'NEAR(zebra unicorn, 2)', "zebra AND NOT unicorn*",
        "asked:zebra", "zebra^2 {unicorn}", "123456", "账单为什么这么高", "почему такой счёт",
        "zebra\x00unicorn", "\ud800zebra", "🦓🦄", "zebra " * 100_000, "z" * 1_000_000,
        " ".join(f"zebra{n}" for n in range(20_000)),
    ],
)  # fmt: skip
def test_whatever_is_asked_is_answered_in_a_sentence(question: str) -> None:
    found = answers(question, [PAGE])
    assert found.places == () and str(found) == found.said and found.said.endswith(".")
    assert found._repr_mimebundle_()["text/plain"]


@pytest.mark.parametrize("text", [None, "{", "[]", '{"cells": [{"source": 5}]}', "[" * 100_000])
def test_a_page_that_cannot_be_read_is_said(tmp_path: Path, monkeypatch, text: str | None) -> None:
    monkeypatch.setattr(asking, "PAGE", tmp_path / "00_index.ipynb")
    if text is not None:
        asking.PAGE.write_text(text)
    assert "lessons/00_index.ipynb, which cannot be read here" in ask(EXAMPLE).said


def test_a_sqlite_without_full_text_search_is_named(monkeypatch) -> None:
    def without(_: str) -> NoReturn:
        raise sqlite3.OperationalError("no such module: fts5")

    monkeypatch.setattr(asking.sqlite3, "connect", without)
    said = str(ask(EXAMPLE))
    assert f"SQLite ({sqlite3.sqlite_version}) lacks FTS5" in said and "open a subject" in said


def test_what_is_shown_is_escaped_its_code_marked_and_its_link_a_link() -> None:
    page = "| Is `a<b` at $5 cheap & good ([asked here](a://b)) | $ | [lesson 1, *x*](01.ipynb#c) |"
    html = answers("cheap and good", [page]).html()
    assert "Is <code>a&lt;b</code> at <span>$</span>5 cheap &amp; good" in html
    assert '<a href="01.ipynb#c">lesson 1, x</a>' in html and "<table" not in html


# ---- on the page of the course


@cache
def course() -> NotebookNode:
    """The page as it lies there; test_index.py compares it with what it is derived from."""
    return nbformat.read(asking.PAGE, as_version=4)


def found_in_course(question: str) -> tuple[asking.Place, ...]:
    return answers(question, [cell.source for cell in course().cells]).places


def test_every_row_of_the_page_can_be_found() -> None:
    found = [row for cell in course().cells for row in asking._ROW.findall(cell.source)]
    with (ROOT / "solutions" / "questions.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert len(found) == len(rows) + len(index.read_glossary(ROOT))


@pytest.mark.parametrize(
    ("question", "row"),
    [  # not one of them is a row's own words
        (EXAMPLE, "Our bill jumped 34% in a month"),
        ("why is my bill so high", "Our bill jumped 34% in a month"),
        ("Prompt caching never hits: every request pays full input price",
         "Caching is automatic with GPT"),
        ("would local models make it cheaper", "Is self-hosting cheaper"),
        ("limit subagents in terms of tokens, cost or time", "Background tasks that nobody"),
        ("set a monthly budget and get told when I am over it, with a projection to month end",
         "At the current rate, what will I spend"),
        ("what is a token?", "token"),
        ("TTL", "time to live (TTL)"),
    ],
)  # fmt: skip
def test_what_people_ask_elsewhere_finds_its_row(question: str, row: str) -> None:
    found = [place.asked for place in found_in_course(question)]
    assert any(each.startswith(row) for each in found), found
    assert len(found) <= SHOWN


@pytest.mark.parametrize(
    "question",
    ["how do I cook rice", "kubernetes pod stuck in crash loop", "how long should I boil an egg",
     "css center a div vertically", "who won the world cup in 2022"],
)  # fmt: skip
def test_what_is_about_something_else_finds_nothing(question: str) -> None:
    assert found_in_course(question) == ()


def test_the_page_shows_its_example_above_the_subjects() -> None:
    ids = [cell.id for cell in course().cells]
    assert ids[ids.index("ask") - 1 :][:3] == ["ask-text", "ask", "questions"]
    cell = course().cells[ids.index("ask")]
    assert cell.outputs[0].data["text/plain"] == str(ask(EXAMPLE)) and ask(EXAMPLE).places
    assert json.dumps(EXAMPLE) in cell.source
