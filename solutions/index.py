"""The index page, lessons/00_index.ipynb: the lessons in order, your progress, and the glossary.

Everything on it is derived: the order from course.json, what a lesson is for and what it needs from
its title cell, the minutes from its words, the glossary from glossary.csv, whose every term names
the cell that teaches it, and what people ask from questions.csv, whose every question names the
cell that answers it. build.py writes the page after each build.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from costlib.course.ask import EXAMPLE, answers
from costlib.course.badges import Course, read_course
from costlib.course.core_path import FENCE
from costlib.course.edition import edition, stamp
from costlib.course.progress import as_table, standing_of
from costlib.display.tables import Table
from solutions.derive import INDEX, METADATA, SETUP, BuildError, Effort, derive, fold
from solutions.work import snippets

_CAN = re.compile(r"^After this lesson you can (.+?)\.(?: |$)", re.M)
_NEEDS = re.compile(r"^You need .*?[.:](?: |$)", re.M)
_TITLE = re.compile(r"^#{1,6} +(.+?)\s*$", re.M)
_FOLD = re.compile(r"<details><summary><strong>(.+?)</strong>")
_SHORT_PATH = (1, 2, 5, 7)  # half a day in a workshop: what changes most bills


@dataclass(frozen=True)
class Lesson:
    """What the index says of a lesson that exists."""

    slug: str
    title: str
    can: str
    needs: tuple[int, ...]
    effort: Effort
    cells: list[NotebookNode]

    @property
    def number(self) -> int:
        return int(self.slug[:2])


def read_lessons(root: Path) -> list[Lesson]:
    """The lessons that have a source, in order. Raises BuildError as `derive` does."""
    found = []
    for slug, title in read_course(root).lessons.items():
        path = root / "solutions" / f"{slug}.py"
        if path.exists():
            derived, effort = derive(path)
            cells = derived["lessons"].cells
            can, needs = _CAN.search(cells[0].source), _NEEDS.search(cells[0].source)
            numbers = sorted({int(n) for n in re.findall(r"\b\d\b", needs[0])}) if needs else []
            said = can[1] if can else ""
            found.append(Lesson(slug, title, said, tuple(numbers), effort, cells))
    return found


def derive_index(root: Path) -> NotebookNode:
    """The page, not executed: of outputs it holds the progress of who has not begun.

    Raises BuildError for a term that is not taught.

    Lessons without a source are listed by name, and their terms are left out.
    """
    course, lessons = read_course(root), read_lessons(root)
    markdown, code = nbformat.v4.new_markdown_cell, nbformat.v4.new_code_cell
    page = nbformat.v4.new_notebook(metadata=nbformat.from_dict(METADATA | stamp()))
    page.nbformat_minor = 5
    setup = code(SETUP.format(clone=course.clone), id="setup")
    fold(setup)
    shown = code("from costlib.course.progress import progress\n\nprogress()", id="progress")
    asked, terms = _questions(root, lessons), _glossary(root, lessons)
    found = code(f'from costlib.course.ask import ask\n\nask("{EXAMPLE}")', id="ask")
    if lessons:
        # nbval compares the outputs of a cell that has run
        for count, (cell, said) in enumerate(
            ((shown, _nothing_attempted(lessons)), (found, answers(EXAMPLE, (asked, terms)))), 1
        ):
            cell.execution_count = count
            cell.outputs.append(nbformat.v4.new_output("display_data", said._repr_mimebundle_()))
    page.cells = [
        markdown(_title(course), id="title"),
        setup,
        markdown(_road(course, lessons), id="road"),
        markdown(_PROGRESS, id="progress-text"),
        shown,
        markdown(_JOURNEY, id="journey-text"),
        code("from costlib.bank import show_journey\n\nshow_journey(8)", id="journey"),
        markdown(f"## Take it to work\n\n{take_to_work(root)}", id="take-to-work"),
        markdown(_ask(root, lessons), id="ask-text"),
        found,
        markdown(asked, id="questions"),
        markdown(terms, id="glossary"),
    ]
    return page


def take_to_work(root: Path) -> str:
    """The checklist of levers, and every snippet of solutions/work/, folded, lesson by lesson."""
    folder = root / "solutions" / "work"
    checklist = folder / "checklist.md"
    parts = [checklist.read_text(encoding="utf-8").strip()] if checklist.exists() else []
    for each in snippets(folder):
        parts.append(
            f"<details><summary>{each.title} (lesson {each.lesson})</summary>\n\n"
            f"{each.body}\n\n</details>"
        )
    return "\n\n".join(parts)


def _title(course: Course) -> str:
    return f"""\
# All lessons

{course.badges(f"lessons/{INDEX}")}

{edition().line}. If you took lessons in an earlier one, the table under "Where you are" says what \
has changed in them.

Start with lesson 1. It opens with a two-minute self-check of what you should bring, with a short \
refresher for each: a little Python, what a token is, what a request and an API key are, what a \
rate limit is. You need no key and no money."""


def _road(course: Course, lessons: list[Lesson]) -> str:
    by_slug = {lesson.slug: lesson for lesson in lessons}
    rows = [_row(course, slug, title, by_slug.get(slug)) for slug, title in course.lessons.items()]
    core = sum(lesson.effort.core_minutes for lesson in lessons)
    text = f"""\
## The lessons, in order

{_table(("Lesson", "After it you can", "Needs", "Minutes"), rows)}

The first number of minutes is the core path, the second everything with *Going further*. The core \
paths of all take {_hours(core)}. Every lesson works on the same bill, a month of an online bank's \
assistant, so the given order tells one story."""
    chosen = [lesson for lesson in lessons if lesson.number in _SHORT_PATH]
    if len(chosen) == len(_SHORT_PATH):
        core = sum(lesson.effort.core_minutes for lesson in chosen)
        text += (
            f" **Short of time?** Lessons {_and(map(str, _SHORT_PATH))}, core paths only, take "
            f"{_hours(core)}."
        )
    return text


def _row(course: Course, slug: str, title: str, lesson: Lesson | None) -> tuple[str, ...]:
    name = f"{int(slug[:2])}. {title}"
    if lesson is None:
        return name, "in preparation", "–", "–"
    several = "s" if len(lesson.needs) > 1 else ""
    needs = f"lesson{several} {_and(map(str, lesson.needs))}" if lesson.needs else "–"
    minutes = f"{lesson.effort.core_minutes} or {lesson.effort.minutes}"
    return course.link(name, f"lessons/{slug}.ipynb"), lesson.can, needs, minutes


_PROGRESS = """\
## Where you are

The table is as it was when its cell last ran; in a fresh copy of the course nothing is attempted. \
Run the cell (Shift+Enter) to bring it up to date. Exercises stand in the order in which a lesson \
brings them; each keeps its number from edition to edition, so the numbers are not in order. The \
table is read from your own saved lessons, from \
what their checks last said; nothing else is kept, and nothing leaves your machine. So save a \
lesson first (Ctrl+S), and this page afterwards to find the table when you open it again. In \
Colab each notebook is a file of its own that this page does not see."""


def _nothing_attempted(lessons: list[Lesson]) -> Table:
    """What `progress()` shows before the first exercise."""
    untouched = {
        Path(f"{lesson.slug}.ipynb"): standing_of({"cells": lesson.cells}, lesson.title)
        for lesson in lessons
    }
    return as_table(untouched)


_JOURNEY = """\
## The whole journey

This is the bank's bill again, with the lever of each lesson. Lessons 3 and 8 have none: the one \
estimates the bill, the other adds the levers up. What each bar assumes is said in its lesson."""


@dataclass(frozen=True)
class Place:
    """A term, what it means, and where it is taught: lesson, the heading above, and the cell."""

    term: str
    meaning: str
    lesson: Lesson
    heading: str
    cell: str


def glossary_places(root: Path, lessons: list[Lesson]) -> list[Place]:
    """The terms of the lessons that exist, in order. Raises BuildError for one not taught."""
    by_slug = {lesson.slug: lesson for lesson in lessons}
    return [
        Place(row["term"], row["meaning"], lesson, _taught(row, lesson), row["cell"])
        for row in sorted(read_glossary(root), key=lambda row: row["term"].casefold())
        if (lesson := by_slug.get(row["lesson"]))
    ]


@dataclass(frozen=True)
class Question:
    """What somebody asked in public, the answer in a sentence, and the cell that gives it whole."""

    kind: str
    asked: str
    answer: str
    thread: str
    lesson: Lesson
    heading: str
    cell: str


def questions(root: Path, lessons: list[Lesson]) -> list[Question]:
    """The questions of solutions/questions.csv that lessons which exist answer, kind by kind.

    Raises BuildError for one whose cell does not exist.
    """
    by_slug = {lesson.slug: lesson for lesson in lessons}
    found = []
    for row in _read(root / "solutions" / "questions.csv"):
        if lesson := by_slug.get(row["lesson"]):
            where = f"solutions/questions.csv: {row['question']!r}"
            heading, _ = _cell(where, row["cell"], lesson)
            found.append(
                Question(row["kind"], row["question"], row["answer"], row["thread"], lesson,
                         heading, row["cell"])
            )  # fmt: skip
    return found


def by_kind(asked: Iterable[Question]) -> dict[str, list[Question]]:
    """The questions under their subjects, in order, for a reader to jump by."""
    return {kind: list(some) for kind, some in groupby(asked, key=lambda each: each.kind)}


def _ask(root: Path, lessons: list[Lesson]) -> str:
    return f"""\
## What people ask

{len(questions(root, lessons))} questions that people who pay for models and agents have asked in \
public stand below by subject, each with a short answer and the place that says it in full.

**Ask in your own words.** Write your question between the quotation marks and run the cell \
(Shift+Enter). `ask` compares words and understands none: it shows what shares most of yours, \
among these questions and the terms of the glossary. Of ninety fresh questions it answered half, \
so try other words too, or open a subject."""


def _questions(root: Path, lessons: list[Lesson]) -> str:
    parts = []
    for kind, some in by_kind(questions(root, lessons)).items():
        rows = [
            (f"{each.asked} ([asked here]({each.thread}))", each.answer, _link(each))
            for each in some
        ]
        table = _table(("Asked", "In short", "In full"), rows)
        parts.append(f"<details><summary>{kind} ({len(rows)})</summary>\n\n{table}\n\n</details>")
    return "\n\n".join(parts)


def _link(place: Place | Question) -> str:
    """The link to a place in a lesson; JupyterLab scrolls to its cell."""
    return (
        f"[lesson {place.lesson.number}, *{place.heading}*]"
        f"({place.lesson.slug}.ipynb#cell-id={place.cell})"
    )


def by_letter(places: Iterable[Place]) -> dict[str, list[Place]]:
    """The terms under their first letters, in order, for a reader to jump by."""
    found = groupby(places, key=lambda each: each.term[0].upper())
    return {letter: list(some) for letter, some in found}


def _glossary(root: Path, lessons: list[Lesson]) -> str:
    places = glossary_places(root, lessons)
    if not places:
        return "## Glossary\n\nNo lesson has a term yet."
    letters = by_letter(places)
    jump = " · ".join(f"[{letter}](#{letter})" for letter in letters)
    tables = "\n\n".join(
        f"### {letter}\n\n{_table(('Term', 'Meaning', 'Taught in'), map(_term, some))}"
        for letter, some in letters.items()
    )
    return f"""\
## Glossary

{len(places)} terms, each with the place that teaches it: {jump}

JupyterLab may open a lesson at its top: once it is open, the same link leads to the place. In \
Colab and on GitHub, the name of the section says where to look.

{tables}"""


def _term(place: Place) -> tuple[str, ...]:
    return f"**{place.term}**", place.meaning, _link(place)


def read_glossary(root: Path) -> list[dict[str, str]]:
    """The rows of solutions/glossary.csv: term, meaning, lesson (its slug), cell (its id)."""
    return _read(root / "solutions" / "glossary.csv")


def _read(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _taught(term: dict[str, str], lesson: Lesson) -> str:
    """The heading above the cell that teaches a term.

    Raises BuildError when there is no such cell, or when its text does not hold the term.
    """
    where = f"solutions/glossary.csv: {term['term']!r}"
    heading, source = _cell(where, term["cell"], lesson)
    if not holds(source, term["term"]):
        raise BuildError(f"{where} is not in cell {term['cell']!r} of {lesson.slug}.")
    return heading


def _cell(where: str, cell_id: str, lesson: Lesson) -> tuple[str, str]:
    """What names a cell, and its source: the words on its fold, or the heading that it has or
    stands under. BuildError when there is no such cell.
    """
    heading = ""
    for cell in lesson.cells:
        text = FENCE.sub("", cell.source) if cell.cell_type == "markdown" else ""
        found = _TITLE.findall(text)
        heading = found[-1] if found else heading
        if cell.id == cell_id:
            name = _FOLD.match(text) or _TITLE.search(text)
            return re.sub(r"[*`]", "", name[1] if name else heading), cell.source
    raise BuildError(f"{where} names cell {cell_id!r}, which {lesson.slug} does not have.")


def holds(text: str, term: str) -> bool:
    """Whether a text has a term, in any case, plural too; one of its names where it has several.

    "time to live (TTL)" is found by either name.
    """
    names = [name.strip() for name in re.split(r"[(),]", term) if name.strip()]
    plain = re.sub(r"[*`]", "", text).casefold()
    return any(re.search(rf"\b{re.escape(name.casefold())}", plain) for name in names)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _and(items: Iterable[str]) -> str:
    *most, last = items
    return f"{', '.join(most)} and {last}" if most else last


def _hours(minutes: int) -> str:
    hours = round(minutes / 30) / 2
    return f"{minutes} minutes" if minutes < 90 else f"about {hours:g} hours"


def build_index(root: Path) -> tuple[int, int]:
    """Write the page; the number of lessons and of terms on it."""
    page = derive_index(root)
    nbformat.validate(page)
    path = root / "lessons" / INDEX
    path.parent.mkdir(exist_ok=True)
    path.write_bytes((nbformat.writes(page, version=4).rstrip("\n") + "\n").encode())
    terms = sum(row.startswith("| **") for row in page.cells[-1].source.splitlines())
    return len(read_lessons(root)), terms
