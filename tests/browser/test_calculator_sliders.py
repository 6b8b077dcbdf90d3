"""The sliders of a calculator in JupyterLab: by mouse and keyboard, with a name, on a phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lab
import nbformat
import pytest

from costlib.calculators import PricingCalculator

pytestmark = pytest.mark.browser

_NAME = "sliders.ipynb"


def says(calculator: Any, **inputs: float) -> None:
    """Wait until the calculator says what the model says of these inputs."""
    lab.says(calculator, PricingCalculator(**inputs).answer_now().sentence)


@pytest.fixture(scope="module")
def calculator(turn_to: Callable[[str], lab.Notebook], lessons: Path) -> Iterator[Any]:
    """Lesson 1's calculator in a notebook of its own."""
    path = lessons / _NAME
    source = "from costlib.calculators import *\nPricingCalculator(requests_a_day=1_000)"
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    cells = [nbformat.v4.new_code_cell(source)]
    nbformat.write(nbformat.v4.new_notebook(metadata=kernel, cells=cells), path)
    opened = turn_to(_NAME)
    opened.run_all()
    yield opened.cell("PricingCalculator(")
    path.unlink()


def test_a_slider_and_its_box_follow_each_other(calculator: Any):
    slider = calculator.get_by_role("slider", name="Requests a day", exact=True)
    box = calculator.get_by_role("textbox", name="Requests a day", exact=True)
    assert slider.get_attribute("aria-valuetext") == "1,000"
    slider.press("ArrowRight")
    says(calculator, requests_a_day=2_000)
    assert box.input_value() == slider.get_attribute("aria-valuetext") == "2,000"
    slider.press("End")
    says(calculator, requests_a_day=1_000_000)
    assert box.input_value() == "1,000,000"
    lab.type_number(calculator, "Requests a day", "3,000,000")  # beyond the slider's end
    says(calculator, requests_a_day=3_000_000)
    assert slider.get_attribute("aria-valuetext") == "1,000,000"
    lab.type_number(calculator, "Requests a day", "490")
    says(calculator, requests_a_day=490)
    calculator.locator(".costlib-slider [role=slider][aria-valuetext='500']").wait_for()
    assert box.input_value() == "490"


def test_a_slider_can_be_dragged(calculator: Any):
    lab.type_number(calculator, "Requests a day", "490")
    share = calculator.get_by_role("slider", name="Input read from cache, %", exact=True)
    track = calculator.locator(".costlib-slider").first.locator(".noUi-base").bounding_box()
    share.hover()
    mouse = calculator.page.mouse
    mouse.down()
    for part in (0.3, 0.6, 0.8):
        mouse.move(track["x"] + part * track["width"], track["y"])
    mouse.up()
    box = calculator.get_by_role("textbox", name="Input read from cache, %", exact=True)
    lab.wait_until(calculator.page, "box => box.value === '80'", box.element_handle())
    says(calculator, requests_a_day=490, cached_share=80.0)


def test_a_finger_finds_the_slider_on_a_phone(calculator: Any):
    page = calculator.page
    page.set_viewport_size({"width": 390, "height": 844})
    for slider in calculator.locator(".costlib-slider").all():
        assert slider.bounding_box()["height"] >= 44
        assert slider.get_by_role("slider").bounding_box()["width"] >= 24
    page.set_viewport_size({"width": 1280, "height": 1000})
