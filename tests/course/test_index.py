"""The learner's road: the index page, the glossary's places, and progress from saved lessons."""

from __future__ import annotations

import csv
import json
import re
from functools import cache
from itertools import groupby
from pathlib import Path

import nbformat
import pytest

from costlib.course import check, cli
from costlib.course import progress as road
from costlib.course.badges import read_course
from costlib.course.core_path import headings
from costlib.paths import ROOT
from solutions import index
from solutions.derive import INDEX, BuildError, derive

SLUGS = [path.stem for path in sorted((ROOT / "solutions").glob("0[1-9]_*.py"))]
TITLE = """\
# %% [markdown] id="title"
# # Lesson 1. Pricing
#
# {{badges}} {{minutes}}
#
# After this lesson you can price a call, and read a card. It is short.
#
# You need lesson 1 or 3, and no key. Previous: none

# %% [markdown] id="s1"
# ## 1. What is a `token`?
#
# A **token** is a piece of text.

# %% id="ex-1-1-check" tags=["check"]
ex.check("1.1", answer_1_1)
"""


@cache  # 0.7 s, which each worker of the suite would take when it collects
def lessons() -> list[index.Lesson]:
    return index.read_lessons(ROOT)


def course(root: Path, *terms: tuple[str, str, str, str]) -> Path:
    """A course of one written lesson and one that is only named."""
    config = {"repository": "ada/ai-costs", "ref": "v1.0"}
    config["lessons"] = {"01_pricing": "Pricing", "02_tokens": "Tokens"}
    folder = root / "solutions"
    folder.mkdir(parents=True)
    (folder / "course.json").write_text(json.dumps(config))
    (folder / "01_pricing.py").write_text(TITLE)
    with (folder / "glossary.csv").open("w", newline="") as file:
        csv.writer(file).writerows([("term", "meaning", "lesson", "cell"), *terms])
    return root


def page(root: Path) -> dict[str, str]:
    return {cell.id: cell.source for cell in index.derive_index(root).cells}


def test_each_lesson_says_what_it_is_for_what_it_needs_and_how_long_it_takes(tmp_path: Path):
    rows = page(course(tmp_path))["road"].splitlines()
    colab = "https://colab.research.google.com/github/ada/ai-costs/blob/v1.0/lessons"
    minutes = derive(tmp_path / "solutions" / "01_pricing.py")[1].core_minutes
    assert (
        f"| [1. Pricing](01_pricing.ipynb) ([in Colab]({colab}/01_pricing.ipynb)) "
        f"| price a call, and read a card | lessons 1 and 3 | {minutes} or {minutes} |"
    ) in rows
    assert "| 2. Tokens | in preparation | – | – |" in rows


def test_a_term_leads_to_the_heading_above_the_cell_that_teaches_it(tmp_path: Path):
    glossary = page(course(tmp_path, ("token", "A piece of text", "01_pricing", "s1")))["glossary"]
    assert (
        "| **token** | A piece of text | [lesson 1, *1. What is a token?*]"
        "(01_pricing.ipynb#cell-id=s1) |"
    ) in glossary


@pytest.mark.parametrize(
    ("term", "cell", "message"),
    [
        ("rate", "s1", "'rate' is not in cell 's1' of 01_pricing"),
        ("token", "s9", "'token' names cell 's9', which 01_pricing does not have"),
    ],
)
def test_a_term_that_is_not_taught_there_is_refused(tmp_path: Path, term, cell, message):
    with pytest.raises(BuildError, match=message):
        page(course(tmp_path, (term, "?", "01_pricing", cell)))


def test_terms_of_lessons_to_come_are_left_out(tmp_path: Path):
    glossary = page(course(tmp_path, ("rate", "?", "02_tokens", "s1")))["glossary"]
    assert "No lesson has a term yet." in glossary


def test_a_question_leads_to_the_cell_that_answers_it(tmp_path: Path):
    ask(
        course(tmp_path),
        ("Tokens", "What is one?", "A piece of text.", "01_pricing", "s1", "a://b"),
    )
    assert page(tmp_path)["questions"].endswith(
        "| What is one? ([asked here](a://b)) | A piece of text. | [lesson 1, *1. What is a "
        "token?*](01_pricing.ipynb#cell-id=s1) |\n\n</details>"
    )


def test_a_question_that_no_cell_answers_is_refused(tmp_path: Path):
    ask(course(tmp_path), ("Tokens", "What is one?", "?", "01_pricing", "s9", "a://b"))
    with pytest.raises(BuildError, match="'What is one\\?' names cell 's9', which 01_pricing"):
        page(tmp_path)


def ask(root: Path, *rows: tuple[str, str, str, str, str, str]) -> None:
    with (root / "solutions" / "questions.csv").open("w", newline="") as file:
        head = ("kind", "question", "answer", "lesson", "cell", "thread")
        csv.writer(file).writerows([head, *rows])


# ---- the real page


def test_a_place_is_named_by_a_section_and_never_by_its_lesson():
    places = [*index.glossary_places(ROOT, lessons()), *index.questions(ROOT, lessons())]
    assert not [each for each in places if each.heading.startswith("Lesson ")]
    assert {each.heading for each in places if each.cell == "self-check"} == {
        "Two-minute self-check"
    }


def test_questions_are_asked_once_each_subject_in_one_piece_and_answered_briefly():
    asked = index.questions(ROOT, lessons())
    assert len({each.asked for each in asked}) == len(asked) > 150
    rows = (ROOT / "solutions" / "questions.csv").read_text("utf-8").splitlines()[1:]
    assert len(asked) == len(rows), "a row is not shown: does its answer have a comma, unquoted?"
    kinds = [kind for kind, _ in groupby(each.kind for each in asked)]
    assert len(set(kinds)) == len(kinds)
    for each in asked:
        assert each.thread.startswith("https://") and each.answer.endswith(".")
        assert len(each.answer.split()) <= 30, each.answer
        assert not re.search(r"[$|]", each.asked + each.answer), each.asked


@pytest.mark.parametrize("slug", SLUGS)
def test_every_lesson_says_what_the_index_needs_and_has_its_neighbours(slug: str):
    assert [lesson.slug for lesson in lessons()] == SLUGS
    at = SLUGS.index(slug)
    lesson = lessons()[at]
    assert lesson.can, 'the title cell must say "After this lesson you can …."'
    assert all(needed < lesson.number for needed in lesson.needs)
    text = "\n".join(cell.source for cell in lesson.cells)
    colab = f"https://{read_course().colab}lessons"
    for neighbour in SLUGS[max(at - 1, 0) : at] + SLUGS[at + 1 : at + 2]:
        assert f"]({neighbour}.ipynb) ([in Colab]({colab}/{neighbour}.ipynb))" in text
    assert f"]({INDEX})" in lesson.cells[0].source


def test_the_page_is_in_step_with_what_it_is_derived_from():
    actual = nbformat.read(ROOT / "lessons" / INDEX, as_version=nbformat.NO_CONVERT)
    nbformat.validate(actual)
    assert actual == index.derive_index(ROOT), "run: python solutions/build.py 00_index"
    levels = [n for c in actual.cells if c.cell_type == "markdown" for n in headings(c.source)]
    assert levels[:7] == [1, 2, 2, 2, 2, 2, 2] and set(levels[7:]) == {3}
    (setup,) = (cell for cell in actual.cells if cell.id == "setup")
    assert setup.metadata["jupyter"]["source_hidden"] and setup.metadata["cellView"] == "form"


def test_the_letters_of_the_glossary_lead_to_its_terms():
    glossary = page(ROOT)["glossary"]
    letters = re.findall(r"^### (\w)$", glossary, re.M)
    assert letters == sorted(set(letters)) == re.findall(r"\[(\w)\]\(#\1\)", glossary)
    for letter, terms in zip(letters, re.split(r"^### \w$", glossary, flags=re.M)[1:], strict=True):
        named = re.findall(r"^\| \*\*(.)", terms, re.M)
        assert named and {name.upper() for name in named} == {letter}


def test_every_lesson_has_terms_and_every_link_of_the_page_leads_to_a_cell():
    text = "\n".join(page(ROOT).values())
    links = re.findall(r"\]\((\d\d_\w+\.ipynb)(?:#cell-id=([^)]+))?\)", text)
    cells = {f"{lesson.slug}.ipynb": {cell.id for cell in lesson.cells} for lesson in lessons()}
    for name, cell_id in links:
        assert not cell_id or cell_id in cells[name], (name, cell_id)
    assert {name for name, cell_id in links if cell_id} == set(cells)


def test_terms_are_unique_and_their_lessons_are_of_the_course():
    terms = index.read_glossary(ROOT)
    names = [term["term"].casefold() for term in terms]
    assert sorted(names) == sorted(set(names))
    assert {term["lesson"] for term in terms} <= read_course().lessons.keys()
    assert all(term["meaning"] and "|" not in term["meaning"] for term in terms)


# ---- progress


def lesson(path: Path, *said: str | None) -> Path:
    """A saved lesson with a check for each verdict; None was never run."""
    cells = [nbformat.v4.new_markdown_cell("# Lesson 7. Caching\n\ntext")]
    for number, text in enumerate(said, 1):
        data = {"text/plain": text, "text/html": "<b>Correct</b>"}
        outputs = [nbformat.v4.new_output("execute_result", data)] if text else []
        cells.append(nbformat.v4.new_code_cell(f'ex.check("7.{number}", a)', outputs=outputs))
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def test_progress_is_what_the_saved_checks_last_said(tmp_path: Path):
    lesson(
        tmp_path / "07_caching.ipynb",
        "Correct. Half of it.",
        "Incorrect. Correct would be less.",
        "Not attempted. Put your answer there.",
        None,
        "Cannot check. Ours.",
    )
    (tmp_path / "08_broken.ipynb").write_text("{")
    (tmp_path / INDEX).write_text((ROOT / "lessons" / INDEX).read_text("utf-8"), "utf-8")
    shown = road.progress(tmp_path)
    assert tuple(row[:5] for row in shown.rows) == (
        ("Lesson 7. Caching", "–", "1 of 5", "7.2, 7.5", "7.3, 7.4"),
        ("08_broken.ipynb cannot be read", "–", "0 of 0", "–", "–"),
    )
    assert shown.caption == "1 of 5 exercises correct in your saved lessons"


@pytest.mark.parametrize(
    ("source", "said", "verdict"),
    [
        ('ex.check("7.1")', None, "Correct"),
        ('# ex.check("7.1")', None, "Correct"),
        ('ex.check("7.1")', "Not attempted. Put your answer there.", "Correct"),
        ('ex.check("7.1")', "Incorrect. Not so.", "Incorrect"),
    ],
)
def test_a_copy_of_a_check_that_was_not_run_takes_nothing_back(
    tmp_path: Path, source: str, said: str | None, verdict: str
):
    path = lesson(tmp_path / "07_caching.ipynb", "Correct. Half of it.")
    notebook = nbformat.read(path, 4)
    outputs = [nbformat.v4.new_output("execute_result", {"text/plain": said})] if said else []
    notebook.cells.append(nbformat.v4.new_code_cell(source, outputs=outputs))
    assert road.standing_of(notebook, "07").verdicts == {"7.1": verdict}


@pytest.mark.parametrize(
    "text",
    [
        '{"cells": [{"cell_type": "code", "source": "ex.check(\\"7.2\\")", "outputs": [null]}]}',
        '{"cells": [null]}',
        '{"cells": 5}',
        "[1]",
        "[" * 100_000,
    ],
    ids=["outputs", "cell", "cells", "list", "deep"],
)
def test_a_damaged_lesson_does_not_stop_the_progress_of_the_others(tmp_path: Path, text: str):
    lesson(tmp_path / "07_caching.ipynb", "Correct. Yes.")
    (tmp_path / "08_broken.ipynb").write_text(text)
    rows = road.progress(tmp_path).rows
    assert rows[0][0] == "Lesson 7. Caching"
    assert rows[1][:5] == ("08_broken.ipynb cannot be read", "–", "0 of 0", "–", "–")


def test_who_comes_back_is_told_what_changed_in_lessons_taken(tmp_path: Path, monkeypatch):
    said = (
        "# What changed\n\n## 2027.02 (prices as of 2027-02-03)\n\n"
        "- Lesson 5, 2027-02-03: A limit has a new unit.\n- Lesson 7, 2027-02-03: Writes moved.\n\n"
        "## 2027.01 (prices as of 2027-01-05)\n\n"
        "- Lesson 7, 2027-01-05: A section is new.\n"
    )
    (tmp_path / "CHANGELOG.md").write_text(said)
    monkeypatch.setattr("costlib.course.edition.ROOT", tmp_path)
    lesson(tmp_path / "05_budgets.ipynb", "Incorrect. No.", None)  # not taken
    path = lesson(tmp_path / "07_caching.ipynb", "Correct. Yes.", None)
    for day, told in (
        (None, "A section is new. Writes moved."),  # from before notebooks had a stamp
        ("tomorrow", "A section is new. Writes moved."),
        ("2027-01-04", "A section is new. Writes moved."),
        ("2027-01-05", "Writes moved."),
        ("2027-02-03", None),
    ):
        notebook = nbformat.read(path, 4)
        notebook.metadata["costlib"] = {"edition": day} if day else "?"
        nbformat.write(notebook, path)
        shown = road.progress(tmp_path)
        assert ("changed since you took it" in shown.header) == (told is not None)
        assert road.news(tmp_path) == (
            "Lesson 7 has changed since you took it: `python -m costlib progress` says how."
            if told
            else None
        )
        if told:
            assert [row[-1] for row in shown.rows] == ["–", told]
    lesson(tmp_path / "05_budgets.ipynb", "Correct. Yes.")
    notebook.metadata["costlib"] = {"edition": "2027-01-05"}
    nbformat.write(notebook, path)
    assert road.news(tmp_path).startswith("Lessons 5, 7 have changed since you took them: ")


def test_progress_writes_nothing(tmp_path: Path):
    path = lesson(tmp_path / "07_caching.ipynb", "Correct. Yes.")
    before = path.read_bytes()
    road.progress(tmp_path)
    assert [p.name for p in tmp_path.iterdir()] == [path.name] and path.read_bytes() == before


def test_an_untouched_course_has_nothing_attempted_and_the_command_says_so(capsys):
    assert cli.inside(["progress"]) == 0
    out = capsys.readouterr().out
    assert all(f"Lesson {each.number}. {each.title}" in out for each in lessons())
    with pytest.raises(SystemExit, match="2"):
        cli.inside(["progress", "3"])


def test_no_lesson_at_all(tmp_path: Path):
    assert "there are no lessons" in str(road.progress(tmp_path))


def test_grading_a_folder_leaves_the_index_out(tmp_path: Path):
    for name in (INDEX, "01_pricing.ipynb"):
        (tmp_path / name).touch()
    assert [one.path.name for one in check.find(str(tmp_path))] == ["01_pricing.ipynb"]
