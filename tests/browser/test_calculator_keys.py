"""Keys typed in a calculator stay there: JupyterLab's commands for cells hear none of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import lab
import nbformat
import pytest

pytestmark = pytest.mark.browser

_NAME = "keys.ipynb"
# One of each kind, each in a calculator.
_KINDS = {
    "list": "PricingCalculator(|select",
    "fold": "PricingCalculator(|.costlib-fold summary",
    "table": "PricingCalculator(|[role=group][tabindex='0']",
    "slider": "PricingCalculator(|.costlib-slider [role=slider]",
    "number": "PricingCalculator(|input",  # last: what is typed there is no number
    "text": "UsageDecoder(|textarea",
}
_STATE = """control => {
    const book = window.jupyterapp.shell.currentWidget.content;
    return [control === document.activeElement, book.activeCellIndex, book.mode,
        ...book.widgets.map(cell => [cell.model.id, cell.model.type,
            cell.model.sharedModel.getSource(), cell.model.executionCount])];
}"""


@pytest.fixture(scope="module")
def notebook(turn_to: Callable[[str], lab.Notebook], lessons: Path) -> Iterator[lab.Notebook]:
    """Two calculators with a cell before and a cell behind them, which a key could reach."""
    cell = nbformat.v4.new_code_cell
    use = "from costlib.calculators import *"
    sources = ["1 + 1", f"{use}\nPricingCalculator()", f"{use}\nUsageDecoder()", "2 + 2"]
    path = lessons / _NAME
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [cell(each) for each in sources]
    nbformat.write(nbformat.v4.new_notebook(metadata=kernel, cells=cells), path)
    opened = turn_to(_NAME)
    opened.run_all()
    yield opened
    path.unlink()


def _bound(notebook: lab.Notebook) -> list[list[str]]:
    """Each key, or row of keys, that JupyterLab binds while a cell and not its text is chosen."""
    found = notebook.page.evaluate(
        """window.jupyterapp.commands.keyBindings
            .filter(each => each.selector.includes('jp-mod-commandMode')).map(each => each.keys)"""
    )
    unique = {json.dumps(keys) for keys in found if keys and all(keys)}
    names = {"Accel": "Control", "Ctrl": "Control"}
    return [
        ["+".join(names.get(part, part) for part in stroke.split()) for stroke in json.loads(keys)]
        for keys in sorted(unique)
    ]


@pytest.mark.parametrize("kind", _KINDS)
def test_no_key_of_a_control_reaches_the_notebook(notebook: lab.Notebook, kind: str):
    source, _, css = _KINDS[kind].partition("|")
    cell = notebook.cell(source)
    lab.unfold(cell)
    control = cell.locator(".jp-OutputArea").locator(css).first.element_handle()
    control.focus()
    before = control.evaluate(_STATE)
    assert before[0]
    keys = _bound(notebook)
    assert len(keys) > 35
    for strokes in keys:
        for stroke in strokes:
            notebook.page.keyboard.press(_lower(stroke))
        assert control.evaluate(_STATE) == before, strokes


def _lower(stroke: str) -> str:
    """A stroke as a person types it: letters are small unless Shift is named."""
    return stroke.lower() if len(stroke) == 1 else stroke


def test_keys_do_in_a_calculator_what_they_do_on_any_page(notebook: lab.Notebook):
    """What INSTRUCTORS.md says of them."""
    cell = notebook.cell("PricingCalculator(")
    lab.unfold(cell)
    page = notebook.page
    tier = cell.get_by_role("combobox", name="Tier", exact=True)
    tier.focus()
    page.keyboard.press("ArrowDown")
    assert tier.input_value() == "batch"
    page.keyboard.press("p")
    assert tier.input_value() == "priority"
    page.keyboard.press("Home")
    assert tier.input_value() == "standard"

    def focused() -> tuple[str, str]:
        return tuple(
            page.evaluate(
                """() => { const e = document.activeElement;
                    return [e.getAttribute('role') ?? e.tagName, e.getAttribute('aria-label') ??
                        e.labels?.[0]?.textContent ?? e.textContent]; }"""
            )
        )

    met = []
    for _ in range(8):
        page.keyboard.press("Tab")
        met.append(focused())
    share, calls = "Input read from cache, %", "Requests a day"
    assert met == [
        ("INPUT", "Input tokens a request"),
        ("INPUT", "Output tokens a request"),
        ("INPUT", share),
        ("slider", share),
        ("INPUT", calls),
        ("slider", calls),
        ("SUMMARY", "Models to compare with"),
        ("SELECT", "First alternative"),
    ]
    fold = cell.locator(".costlib-fold details")
    fold.locator("summary").focus()
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is None
    page.keyboard.press("Enter")
    assert fold.get_attribute("open") is not None
    slider = cell.get_by_role("slider", name=share, exact=True)
    slider.focus()
    for key, percent in (("End", 100), ("PageDown", 75), ("ArrowLeft", 70), ("Home", 0)):
        page.keyboard.press(key)
        assert slider.get_attribute("aria-valuetext") == str(percent), key
