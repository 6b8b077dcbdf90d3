"""The rehearsal sheet: what is asked, when, and what comes out."""

from __future__ import annotations

import re

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from costlib.course import cli
from costlib.paths import ROOT
from solutions.plans import PREDICTION, starts
from solutions.rehearsal import sheet


def test_a_prediction_has_its_options_its_answer_and_the_output_that_shows_it() -> None:
    said = new_output("stream", text="The answer: 42.5%. You made no guess.\n")
    text = "## 1. One\n\n" + "word " * 300 + "\n\n**Predict.** Which share, [here](x.md)?"
    made = sheet(
        new_notebook(
            cells=[
                new_markdown_cell(text, id="one"),
                new_code_cell("guess_a = ...  # in %", id="guess", metadata={"tags": ["predict"]}),
                new_code_cell("a = 1\n" * 40, id="run", outputs=[said], execution_count=7),
                new_markdown_cell("## Further", id="more", metadata={"tags": ["further"]}),
            ]
        ),
        {"1. One": 4, "end": 12},
    )
    _, _, section, asked, ran, end = made.splitlines()
    assert section == "| 0:04 | `one` | **1. One** |"
    assert asked == "| 0:06 | `guess` | **Predict.** Which share, here? (in %) |"
    assert ran == f"| 0:0{6 + PREDICTION} | `run` | code, 1.0 min; output [7]: answer **42.5%** |"
    assert end == "| 0:12 | | end |"


def test_a_sheet_and_the_timetable_have_one_clock() -> None:
    for path in sorted(ROOT.glob("solutions/0[1-9]_*.ipynb")):
        begin = starts(path.with_suffix(".py"))
        made = sheet(nbformat.read(path, as_version=4), begin)
        for title, minute in begin.items():
            if title not in ("Opening", "end"):
                assert re.search(rf"\| 0:{minute:02} \| `.+` \| \*\*{re.escape(title)}", made)
        shown = [int(at) for at in re.findall(r"^\| 0:(\d\d) ", made, re.M)]
        assert shown == sorted(shown) and shown[-1] == begin["end"], path


def test_every_lesson_has_a_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.inside(["rehearsal", "1", "8"]) == 0
    said = capsys.readouterr().out
    assert said.count("# Lesson") == 2 and said.count("| end |") == 2
    with pytest.raises(SystemExit, match="2"):
        cli.inside(["rehearsal", "9"])
    assert "no lesson 9" in capsys.readouterr().err
