"""A lesson's slides: what a room sees, and what it must not see yet."""

from __future__ import annotations

import html
import re
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from costlib.course.commands import read
from costlib.course.core_path import core_cells, tags
from costlib.paths import ROOT
from solutions import slides
from solutions.derive import FOLDED_TAG, blanked, read_source

LESSONS = sorted(ROOT.glob("solutions/[0-9]*.ipynb"))
OUTSIDE = re.compile(r"<(?:script|link|img|iframe)\b[^>]*\b(?:src|href)=\"(?!data:)[^\"]*\"")


def code(source: str, ident: str, text: str = "", **metadata: object) -> nbformat.NotebookNode:
    outputs = [new_output("stream", text=text)] if text else []
    return new_code_cell(source, id=ident, outputs=outputs, metadata=metadata)


def pages(*cells: nbformat.NotebookNode) -> list[str]:
    title = new_markdown_cell("# Lesson 9. Toys\n\n[![Colab](x.svg)](https://x)\n\nTen minutes.")
    page = slides.deck(new_notebook(cells=[title, *cells]))
    assert page.count("<section") == page.count("</section>")
    return page.split("<section")[1:]


def notes_of(page: str) -> str:
    return page.partition("<template>")[2].partition("</template>")[0]


def wall_of(page: str) -> str:
    return page.partition("<template>")[0]


def test_the_question_and_its_code_come_before_the_result() -> None:
    told = "## One\n\nTold.\n\nIt sends 9 tokens.\n\n**Predict.** The call below: above a cent?"
    title, asked, shown = pages(
        new_markdown_cell(told),
        code("guess = ...", "one-guess", tags=["predict"]),
        code("print(cost < 1)", "run", "True\n"),
        new_markdown_cell("So the answer is yes."),
        code("# Draws it.\nfigures.bars()", "draw", tags=[FOLDED_TAG]),
    )
    assert "Lesson 9. Toys" in title and "x.svg" not in title
    assert "The call below" in wall_of(asked) and "9 tokens" in wall_of(asked)
    assert "print(cost &lt; 1)" in wall_of(asked) and "True" not in asked
    assert "Told." not in wall_of(asked) and "Told." in notes_of(asked)
    assert "True" in wall_of(shown) and "print" not in wall_of(shown)
    assert "So the answer" in notes_of(shown) and "figures.bars()" in notes_of(shown)
    assert "So the answer" not in wall_of(shown) and "figures" not in wall_of(shown)


def test_a_list_before_a_question_keeps_the_sentence_that_says_what_it_is() -> None:
    told = "## One\n\nTold.\n\nIt costs 9. Two levers lower it:\n\n- a;\n- b.\n\n**Predict.** How?"
    asked = pages(new_markdown_cell(told), code("guess = ...", "one", tags=["predict"]))[1]
    assert "Two levers lower it:" in wall_of(asked) and "Told." not in wall_of(asked)


def test_nothing_is_below_on_a_slide_that_shows_nothing() -> None:
    (_, asked) = pages(
        new_markdown_cell("### Your turn: exercise 9.1\n\nJobs like those below. Give 0 below 1.")
    )
    assert "like those in the notebook. Give 0 below 1." in wall_of(asked)


def test_a_table_of_the_text_is_looked_at_and_a_long_section_keeps_its_list() -> None:
    long = "word " * 100
    table, recap = pages(
        new_markdown_cell("## Why\n\nTold.\n\n| a | b |\n|---|---|\n| 1 | 2 |"),
        new_markdown_cell(f"## Recap\n\n{long}\n\n1. Remember.\n\n### Take it to work\n\n- x"),
    )[1:]
    assert "<table" in wall_of(table) and "Why" in wall_of(table)
    assert "Remember." in wall_of(recap) and "word word" not in wall_of(recap)
    assert "word word" in notes_of(recap) and "Take it" in notes_of(recap)


def test_an_exercise_keeps_its_statement_only() -> None:
    found = pages(
        new_markdown_cell("### Your turn: exercise 9.1\n\nDouble it."),
        code("answer_9_1 = lambda x: 2 * x", "ex-9-1-answer", "shown\n"),
        code('ex.check("9.1", answer_9_1)', "ex-9-1-check", "Correct.\n", tags=["check"]),
        new_markdown_cell("## Going further\n\nNot here.", metadata={"tags": ["further"]}),
        code("print(1)", "more", "1\n"),
    )
    assert len(found) == 2 and "Double it." in found[1]
    assert "Correct." not in "".join(found) and "Not here." not in "".join(found)


def test_formulas_are_pictures_with_their_words() -> None:
    tex = r"$$\begin{aligned}\text{cost} = {}&n\cdot r\\ &+ \frac{a}{b}\end{aligned}$$"
    shown = slides.markdown(f"It is this:\n\n{tex}\n\nAnd 5 dollars.")
    assert shown.count("data:image/svg+xml") == 2 and "$$" not in shown
    assert 'alt="cost =' in shown and "And 5 dollars." in shown


def test_links_to_other_notebooks_are_words() -> None:
    colab = (
        "([in Colab](https://colab.research.google.com/github/a/b/blob/main/lessons/02_x.ipynb))"
    )
    shown = slides.markdown(f"Next: [Lesson 2](02_x.ipynb) {colab}. See [the page](https://x.y/z).")
    assert "Next: Lesson 2. See" in shown and 'href="https://x.y/z"' in shown


@pytest.mark.parametrize("path", LESSONS, ids=[path.stem for path in LESSONS])
def test_every_lesson_is_slides_that_ask_no_network_and_give_no_answer(path: Path) -> None:
    page = slides.deck(nbformat.read(path, as_version=4))
    assert OUTSIDE.findall(page) == []
    assert ".ipynb" not in page and "FORMULA" not in page and "$$" not in page
    assert page.count('class="predict"') >= 3
    assert 12 <= page.count("<section") <= 25
    for slide in page.split("<section")[1:]:
        wall = wall_of(slide)
        shows = re.search("<pre|<table|<img", wall)
        assert shows or not re.search(r"\bbelow[.:,]", wall)
    assert re.findall(r"<img(?![^>]*\balt=\"[^\"]+\")", page) == []
    for cell in core_cells(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "code" and FOLDED_TAG in tags(cell):
            assert not any(
                html.escape(cell.source.splitlines()[0]) in wall_of(slide)
                for slide in page.split("<section")
            ), cell.id
    for cell in read_source(path.with_suffix(".py")).cells:
        if re.fullmatch(r"ex-\d+-\d+-answer", cell.id):
            secret = set(slides_lines(cell.source)) - set(slides_lines(blanked(cell.source)))
            assert not any(line in page for line in secret), cell.id


def slides_lines(source: str) -> list[str]:
    """The telling lines of a source: long enough not to stand elsewhere by chance."""
    lines = (line.strip() for line in source.splitlines())
    return [line for line in lines if len(line) > 30 and not line.startswith("#")]


def test_the_command_writes_a_deck_and_refuses_a_lesson_that_is_not_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert slides.main(read("slides", ["1", "--to", str(tmp_path)])) == 0
    (deck,) = tmp_path.iterdir()
    assert deck.name == "01_pricing_models.html"
    assert "slides" in capsys.readouterr().out
    with pytest.raises(SystemExit, match="2"):
        read("slides", ["99"])
    assert "no lesson 99: the lessons are 1, 2, 3, 4, 5, 6, 7, 8" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "taken").touch()
    with pytest.raises(SystemExit, match="2"):
        read("slides", ["1", "--to", str(tmp_path / "taken")])
    assert "is a file: name a folder" in capsys.readouterr().err
    (tmp_path / "01_pricing_models.html").mkdir()
    assert slides.main(read("slides", ["1", "--to", str(tmp_path)])) == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert "cannot be written (" in said and "--to" in said
