"""Sliders of calculators: each moves its number box, follows it, and never says less than it."""

from __future__ import annotations

from dataclasses import dataclass, fields

import pytest

from costlib import calculators
from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, NumberBox, control_of, decades, number


@dataclass(frozen=True)
class Traffic(Inputs):
    """A small model with a slider."""

    calls: int = number("Calls a day", 2_500, high=10**9, whole=True, stops=decades(10, 10_000))
    usd: float = number("A call, USD", 0.5, high=100)

    def result(self) -> float:
        return self.calls * self.usd


class TrafficCalculator(Calculator):
    title = "Traffic"
    inputs_type = Traffic

    def answer(self, result: float) -> Finding:
        return Finding(f"{result:g} USD a day.")


def test_decades_are_round_numbers_within_their_ends():
    assert decades(0.05, 3) == (
        *(0.05, 0.06, 0.07, 0.08, 0.09, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 2, 3),
    )
    assert decades(90, 300) == (90, 100, 200, 300)


def test_a_moved_slider_is_what_its_box_says_and_the_answer_follows():
    traffic = TrafficCalculator()
    traffic.sliders["calls"].value = 9_000
    assert traffic.controls["calls"].value == "9,000"
    assert "4500 USD a day." in traffic.output.value


@pytest.mark.parametrize(
    ("typed", "stop"),
    [("3,400", 3_000), ("3,600 calls", 4_000), ("1e9", 10_000), ("0", 10), ("2k", 2_000)],
)
def test_a_slider_goes_to_the_stop_nearest_to_what_is_typed_and_the_box_keeps_it(
    typed: str, stop: float
):
    traffic = TrafficCalculator()
    traffic.controls["calls"].value = typed
    assert traffic.sliders["calls"].value == stop
    assert traffic.controls["calls"].value == typed
    traffic.controls["usd"].value = "1"  # another box: the first one is written out, not rounded
    assert traffic.controls["calls"].value != f"{stop:,}" or typed == "2k"


def test_a_slider_moved_back_to_where_it_stood_is_heard():
    traffic = TrafficCalculator(calls=3_400)
    slider = traffic.sliders["calls"]
    assert slider.value == 3_000
    slider.value = 4_000
    slider.value = 3_000
    assert traffic.controls["calls"].value == "3,000"


def test_a_slider_stays_where_it_is_while_its_box_says_nothing_and_mends_it_when_moved():
    traffic = TrafficCalculator()
    for typed in ("", "many", "-5", "1e12"):
        traffic.controls["calls"].value = typed
        assert traffic.sliders["calls"].value == 2_000
        assert "No answer" in traffic.output.value
    traffic.sliders["calls"].value = 5_000
    assert traffic.controls["calls"].value == "5,000"
    assert "2500 USD a day." in traffic.output.value


def test_a_page_without_widgets_shows_what_the_box_says():
    said = repr(TrafficCalculator(calls=3_400))
    assert said == "Traffic\n\nCalls a day: 3,400\nA call, USD: 0.5\n\n1700 USD a day."


@pytest.mark.parametrize("name", [each for each in calculators.__all__ if each != "Dashboard"])
def test_each_calculator_has_a_few_sliders_whose_stops_its_boxes_take(name: str):
    inputs = getattr(calculators, name).inputs_type
    boxes = [
        control
        for item in fields(inputs)
        if isinstance(control := control_of(item), NumberBox) and control.stops
    ]
    numbers = [item for item in fields(inputs) if isinstance(control_of(item), NumberBox)]
    assert len(boxes) <= 3
    assert boxes or not numbers
    for box in boxes:
        assert list(box.stops) == sorted(set(box.stops))
        assert [box.read(box.show(stop)) for stop in box.stops] == list(box.stops)
