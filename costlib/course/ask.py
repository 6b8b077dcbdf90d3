"""A question in your own words, and the places of the course that answer it.

`lessons/00_index.ipynb` has what people have asked about their bills, and the glossary, each row
with a short answer and the place that says it in full. `ask` shows the rows that share most words
with a question. SQLite ranks them (bm25, words by their stems); no model is asked, nothing is
written, and nothing leaves the machine.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass

from costlib.display.tables import Shown
from costlib.display.templates import render
from costlib.exercises.files import read_regular
from costlib.paths import NOTEBOOK_BYTES, ROOT, data_rows

PAGE = ROOT / "lessons" / "00_index.ipynb"
EXAMPLE = "my agent's bill tripled overnight"
SHOWN = 5
# Words that a question must share with a row, where it has more of them than that. Of 92 questions
# on AI bills none lost its answer by it; of 30 on other things 7 find a row, and 22 do where one
# word is enough. Who types two words ("reduce costs") gets the rows that have either.
LEAST_SHARED = 2
MOST_WORDS = 100  # of a question that is a whole page
_ASKED, _ANSWER = 5, 1  # what a word weighs in a question or a term, and in what is said of it

_WORD = re.compile(r"[^\W_]+")
_EMPTY = frozenset(
    _WORD.findall(
        "a about am an and are as at be been but by can could did do does don doesn for from had "
        "has have how i if in into is isn it its ll me my no not of on or our re should so than "
        "that the their then there these they this those to us ve was we were what when where "
        "which who why will with would you your"
    )
)
# A row of the page: a term or a question with its thread, the answer, and the link to the place.
_ROW = re.compile(
    r"^\| (?:\*\*(.+?)\*\*|(.+) \(\[asked here\]\([^)]+\)\)) \| (.+) \| \[(.+)\]\((\S+)\) \|$", re.M
)


@dataclass(frozen=True)
class Place:
    """A question or term of the index page, what it says of it, and the link to the lesson."""

    asked: str
    answer: str
    where: str
    link: str


@dataclass(frozen=True)
class Answers(Shown):
    """What was found, the best first, under a sentence that says what to do with it."""

    said: str
    places: tuple[Place, ...] = ()

    def html(self) -> str:
        """The sentence, and a numbered list that a narrow screen can show too."""
        return render("course/answers.html", said=self.said, places=self.places)

    def __str__(self) -> str:
        rows = (
            f"{n}. {place.asked}\n   {place.answer}\n   In full: {place.where}"
            for n, place in enumerate(self.places, 1)
        )
        return "\n".join((self.said, *rows))


def ask(question: str) -> Answers:
    """The questions and terms of the index page that share most words with yours.

    Of a text of more than a hundred different words the first hundred count.
    """
    try:
        page = json.loads(read_regular(PAGE, NOTEBOOK_BYTES).decode("utf-8-sig"))
        sources = ["".join(cell["source"]) for cell in page["cells"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return Answers(
            f"`ask` looks into lessons/{PAGE.name}, which cannot be read here: use it in a copy of "
            "the course that has this page."
        )
    return answers(question, sources)


def answers(question: object, sources: Iterable[str]) -> Answers:
    """What `ask` shows, from the texts of the page's cells."""
    words = _words(question) if isinstance(question, str) else ()
    if not words:
        return Answers(
            "There is no word to look for: write your question between the quotation marks, such "
            f'as ask("{EXAMPLE}").'
        )
    places = [
        Place(term or asked, answer, where.replace("*", ""), link)
        for source in sources
        for term, asked, answer, where, link in _ROW.findall(source)
    ]
    try:
        best = _best(words, places)
    except sqlite3.OperationalError:
        return Answers(
            f"This Python's SQLite ({sqlite3.sqlite_version}) lacks FTS5, the full-text search "
            "that `ask` needs: open a subject below instead."
        )
    if not best:
        return Answers(
            "Nothing here shares enough words with your question. Try other words for the same "
            "thing, or open a subject below."
        )
    return Answers(
        "These share most words with your question, the best first. Is none of them yours? Try "
        "other words, or open a subject below.",
        tuple(best),
    )


def _words(text: str) -> tuple[str, ...]:
    """The different words of a text that say what it is about, in their order."""
    found = dict.fromkeys(word.lower() for word in _WORD.findall(text))
    return tuple(w for w in found if len(w) > 1 and w not in _EMPTY)[:MOST_WORDS]


def _best(words: Sequence[str], places: Sequence[Place]) -> list[Place]:
    """The places that share enough of the words, by bm25; a term that is all of the question is
    the first, and among equals what comes first on the page."""
    score: Counter[int] = Counter()
    shared: Counter[int] = Counter()
    with closing(sqlite3.connect(":memory:")) as base:
        base.execute(
            "CREATE VIRTUAL TABLE place USING fts5(asked, answer, tokenize='porter unicode61')"
        )
        rows = [(n, place.asked, place.answer) for n, place in enumerate(places)]
        base.executemany("INSERT INTO place (rowid, asked, answer) VALUES (?, ?, ?)", rows)
        # Word by word, which adds up to the rank of all and counts how many a place shares.
        query = f"SELECT rowid, bm25(place, {_ASKED}, {_ANSWER}) FROM place WHERE place MATCH ?"
        for word in words:
            for n, rank in base.execute(query, (_either(word),)):
                score[n] -= rank  # SQLite's best rank is the lowest
                shared[n] += 1
    enough = LEAST_SHARED if len(words) > LEAST_SHARED else 1
    found = [n for n in score if shared[n] >= enough]
    found.sort(key=lambda n: (_words(places[n].asked) != words, -score[n], n))
    return [places[n] for n in found[:SHOWN]]


def _either(word: str) -> str:
    """A word or one that stands for the same, as FTS5 is asked for it; quotes make it no
    operator."""
    groups = [row["words"].split() for row in data_rows("synonyms.csv")]
    same = [other for group in groups if word in group for other in group]
    return " OR ".join(f'"{each}"' for each in dict.fromkeys((word, *same)))
