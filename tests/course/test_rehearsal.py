"""The rehearsal sheet: what is asked, when, and what comes out."""

from __future__ import annotations

import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

from costlib.course import cli
from solutions.plans import PREDICTION
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
        )
    )
    _, _, section, asked, ran, end = made.splitlines()
    assert section == "| 0:00 | `one` | **1. One** |"
    assert asked == "| 0:02 | `guess` | **Predict.** Which share, here? (in %) |"
    assert ran == f"| 0:0{2 + PREDICTION} | `run` | code, 1.0 min; output [7]: answer **42.5%** |"
    assert end == f"| 0:0{3 + PREDICTION} | | end |"


def test_every_lesson_has_a_sheet(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.inside(["rehearsal", "1", "8"]) == 0
    said = capsys.readouterr().out
    assert said.count("# Lesson") == 2 and said.count("| end |") == 2
    with pytest.raises(SystemExit, match="2"):
        cli.inside(["rehearsal", "9"])
    assert "no lesson 9" in capsys.readouterr().err
