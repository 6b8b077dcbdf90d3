"""What holds for every lesson in real JupyterLab; a lesson's test module imports these tests.

They read `lesson`, the fixture that opens the module's `LESSON` and runs all of it once.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import axe
import lab
import nbformat

from costlib.exercises import lesson_exercises

__all__ = [
    "test_axe_finds_no_fault_in_either_theme",
    "test_dollar_amounts_are_not_typeset_as_formulas",
    "test_every_control_has_a_name_and_is_reached_by_tab",
    "test_every_picture_has_alternative_text",
    "test_nothing_is_cut_off_on_a_phone",
    "test_run_all_gives_the_outputs_that_the_notebook_has_stored",
    "test_run_all_on_the_untouched_lesson_ends_without_an_error",
]

BADGES = ("colab-badge.svg", "badge_logo.svg")


def test_run_all_on_the_untouched_lesson_ends_without_an_error(lesson: lab.Notebook):
    assert lesson.errors() == []
    for exercise in lesson_exercises(lesson.number):
        assert "Not attempted" in lesson.shown(lesson.cell(f'ex.check("{exercise.id}"'))
    asked = [address for address in lesson.outside if not address.endswith(BADGES)]
    assert asked == []


def test_run_all_gives_the_outputs_that_the_notebook_has_stored(
    lesson: lab.Notebook, lessons: Path
):
    """What nbval would find by running the lesson once more: checks and calculators say the same.

    The other cells of a lesson have no output stored, and nbval compares none of theirs either.
    """
    (path,) = lessons.glob(f"{lesson.number:02}_*.ipynb")
    cells = nbformat.read(path, as_version=4).cells
    stored = {cell.id: _compared(cell.outputs) for cell in cells if cell.get("outputs")}
    assert len(stored) > len(lesson_exercises(lesson.number))
    shown = lesson.outputs()
    assert {name: _compared(shown[name]) for name in stored} == stored


def _compared(outputs: list[dict[str, Any]]) -> list[dict[str, str]]:
    """Of each output the HTML and the text, the bytes of pictures aside; a text may be in lines."""
    return [
        {
            kind: re.sub(r"data:image/png;base64,[A-Za-z0-9+/=\n]+", "PNG", "".join(said))
            for kind, said in (output.get("data") or {"stream": output.get("text", "")}).items()
            if kind.startswith(("text/", "stream"))
        }
        for output in outputs
    ]


def test_dollar_amounts_are_not_typeset_as_formulas(lesson: lab.Notebook):
    assert lesson.formulas() == []


def test_every_picture_has_alternative_text(lesson: lab.Notebook):
    alts = lesson.page.locator(".jp-OutputArea img").evaluate_all(
        "images => images.map(image => image.getAttribute('alt'))"
    )
    assert len(alts) >= 2
    assert all(alt and len(alt) > 20 for alt in alts)


def test_nothing_is_cut_off_on_a_phone(lesson: lab.Notebook):
    before = lesson.page.viewport_size
    lesson.page.set_viewport_size({"width": 390, "height": 844})
    try:
        assert lesson.too_wide() == []
    finally:
        lesson.page.set_viewport_size(before)


def test_axe_finds_no_fault_in_either_theme(lesson: lab.Notebook):
    # A planted fault shows that what stands at the very end is looked at, and its contrast too.
    last = lesson.page.locator(".jp-Notebook .jp-RenderedMarkdown").last
    last.evaluate(
        """cell => cell.insertAdjacentHTML('beforeend',
            '<p id="planted" style="color:#808080;background:#909090">planted</p>')"""
    )
    try:
        found = axe.faults(lesson)
    finally:
        lesson.page.evaluate("document.getElementById('planted')?.remove()")
    planted = [fault for fault in found if 'id="planted"' in fault]
    assert {fault.split(" (")[0] for fault in planted} == {
        "JupyterLab Dark: color-contrast",
        "JupyterLab Light: color-contrast",
    }
    assert len(planted) == 2
    assert [fault for fault in found if fault not in planted] == []


def test_every_control_has_a_name_and_is_reached_by_tab(lesson: lab.Notebook):
    for cell in lesson.calculators():
        names = axe.controls(cell)
        assert names and "no name" not in names
        assert axe.tabbed(lesson, cell) == names
