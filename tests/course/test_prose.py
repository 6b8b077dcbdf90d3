"""Tied numbers, claims and sources in the prose of a lesson, on a tiny one."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from solutions import build
from solutions.derive import BuildError, derive, words
from solutions.prose import ProseError, cited, filled, matches
from tests.course.test_build import SLUG, write_course

LESSON = """\
# %% [markdown] id="title"
# # Lesson 1: Pricing models

# %% id="price"
dear, cheap, names = 12.5, 0.1, ["a", "b"]

# %% [markdown] id="said"
# It costs {{= dear / cheap:,.1f}} times, {{= "more than " + str(len(names)):>12}}.
# Half is {{= 50}}%.{{claim: dear > 100 * cheap}} See [it]({{source:it}}).

# %% id="later"
dear = 1

# %% [markdown] id="after"
# Now {{= dear}}.

# %% id="ex-1-1-answer"
answer_1_1 = 2  # SOLUTION
"""
pytestmark = pytest.mark.usefixtures("forked_builds")
SOURCES = "id,url\nit,https://example.com/it\nmemory,\n"


def course(root: Path, lesson: str = LESSON) -> Path:
    """A course of one lesson and one source."""
    path = write_course(root, lesson)
    (root / "data").mkdir()
    (root / "data" / "sources.csv").write_text(SOURCES, "utf-8")
    return path


def cell(root: Path, folder: str, cell_id: str) -> NotebookNode:
    page = nbformat.read(root / folder / f"{SLUG}.ipynb", as_version=4)
    return next(c for c in page.cells if c.id == cell_id)


def test_numbers_are_those_above_the_cell_in_both_notebooks(tmp_path: Path) -> None:
    course(tmp_path)
    assert build.main([], tmp_path) == 0
    for folder in ("solutions", "lessons"):
        assert cell(tmp_path, folder, "said").source == (
            "It costs 125.0 times,  more than 2.\nHalf is 50%. See [it](https://example.com/it)."
        )
        assert cell(tmp_path, folder, "after").source == "Now 1."
    pages = [nbformat.read(tmp_path / f / f"{SLUG}.ipynb", 4) for f in ("solutions", "lessons")]
    assert all(len(page.cells) == 6 for page in pages)  # nothing of the probes is left
    assert pages[0].cells[-1].execution_count == 3


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("dear / cheap", "deer / cheap", r"'said' raises NameError: name 'deer' is not defined\.$"),
        ("{{= dear}}", "{{= dear +}}", r"asks for {{= dear \+}}, which is no Python expression\.$"),
        (
            "dear > 100 * cheap",
            "dear > 200 * cheap",
            r"'said' says 'Half is 50%\.', but dear > 200 \* cheap is no longer true "
            r"\(12\.5, 20\.0\)\.$",
        ),
        ("dear > 100 * cheap", "not names", r"but not names is no longer true\.$"),
        ("dear > 100 * cheap", "all(n > 'a' for n in names)", r"in names\) is no longer true\.$"),
        ("dear > 100 * cheap", "dear > 1 and cheap > 1", r"cheap > 1 is .* \(12\.5, 0\.1\)\.$"),
        ("{{= dear}}", "{{= answer_1_1}}", r"'after' raises NameError"),
        ("{{source:it}}", "{{source:that}}", r"'said' cites 'that', which is no row of data/sourc"),
        ("{{source:it}}", "{{source:memory}}", r"'said' cites 'memory', which has no address in "),
    ],
)
def test_what_is_not_so_is_one_sentence_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], old: str, new: str, message: str
) -> None:
    assert old in LESSON
    course(tmp_path, LESSON.replace(old, new))
    assert build.main([], tmp_path) == 1
    error = capsys.readouterr().err
    assert re.search(message, error.strip())
    assert error.startswith(f"solutions/{SLUG}.py")
    assert error.count("\n") == 1
    assert list(tmp_path.glob("*/*.ipynb")) == []


def test_a_number_that_hangs_on_an_answer_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(tmp_path, LESSON + '\n# %% [markdown] id="end"\n# It is {{= answer_1_1}}.\n')
    assert build.main([], tmp_path) == 1
    assert "'end', blanked, says other numbers than solved" in capsys.readouterr().err


def test_words_count_a_number_as_one_and_a_claim_as_none() -> None:
    assert words("It is {{= dear / cheap:,.1f}} times.{{claim: dear > 100 * cheap}}") == 4


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("It is 12.5 (or [so](x)).", True),
        ("It is  (or [so](x)).", False),
        ("It was 12.5 (or [so](x)).", False),
        ("It is 12.5 (or [so](x)). More.", False),
    ],
)
def test_a_filled_text_is_told_from_another(text: str, fits: bool) -> None:
    assert matches("It is {{= a}} (or [so](x)).{{claim: a}}", text) is fits


def test_two_amounts_in_a_paragraph_make_no_formula() -> None:
    text, _ = filled("From {{= a}} to {{= b}}.", ["$1.00", "$2.00"])
    assert text == "From <span>&#36;</span>1.00 to <span>&#36;</span>2.00."


def test_a_claim_is_quoted_without_the_placeholders_of_its_sentence() -> None:
    text, broken = filled("First. Most is {{= a}}, much.{{claim: a < b}}", ["2", [False, "3", "2"]])
    assert text == "First. Most is 2, much."
    assert broken == ["says 'Most is 2, much.', but a < b is no longer true (3, 2)"]


def test_on_another_day_what_no_longer_holds_is_said_and_stops_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    course(tmp_path, LESSON.replace("100 * cheap", "200 * cheap"))
    assert build.main(["--as-of", "2027-01-04"], tmp_path) == 0
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert all("is no longer true (12.5, 20.0)." in line for line in said)


def test_a_course_without_sources_cites_none(tmp_path: Path) -> None:
    with pytest.raises(ProseError, match="no row"):
        cited("[it]({{source:it}})", tmp_path)
    with pytest.raises(BuildError, match="'said' cites 'it'"):
        derive(write_course(tmp_path, LESSON))
