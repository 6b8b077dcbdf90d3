"""Lesson 6's first calculator: its points are those of costlib.optimization, its sentences hold."""

from __future__ import annotations

import re

import pytest

from costlib.calculators.routing import RouterSettings, RoutingCalculator
from costlib.optimization import tried


def status(view: RoutingCalculator) -> str:
    (text,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', view.output.value)
    return re.sub(r"<[^>]+>", "", text)


def test_a_threshold_is_what_the_router_does_there():
    found = RouterSettings(router="learned cascade", percent=30).result()
    assert found.chosen.found == tried("learned cascade", 0.3)
    assert [point.percent for point in found.frontier] == list(range(0, 101, 10))


def test_wrong_answers_are_paid_for():
    point = RouterSettings(router="by lot", percent=0, wrong_usd=2.0).result().chosen
    expected = point.found.usd + (1 - point.found.accuracy) * 2
    assert point.with_mistakes == pytest.approx(expected)


def test_the_dearer_a_mistake_the_more_questions_go_to_the_strong_model():
    best = [
        RouterSettings(wrong_usd=usd, router="learned router").result().cheapest.percent
        for usd in (0.0, 0.02, 1.0)
    ]
    assert best == sorted(best) and (best[0], best[-1]) == (0, 100)


def test_a_cheaper_strong_model_moves_the_cost_and_not_the_accuracy():
    full, half = (RouterSettings(router="by lot", percent=100, price=p).result() for p in (100, 50))
    assert half.chosen.found.usd == pytest.approx(full.chosen.found.usd / 2)
    assert half.chosen.found.accuracy == full.chosen.found.accuracy


def test_the_view_says_share_accuracy_cost_and_lead():
    view = RoutingCalculator()
    assert status(view).startswith("30% to the strong model: 76.9% right, $0.00227 for a right")
    view.controls["percent"].value = "0"
    assert status(view).startswith("0% to the strong model: 63.6% right, $0.000216")
    view.controls["wrong_usd"].value = "0.1"
    assert "100% is the cheapest" in view.output.value
    view.controls["price"].value = "10"
    view.controls["router"].value = "learned router"
    assert "points against a lot" in status(view)
    assert "alt=" in view.output.value and "models of 2023" in str(view).lower()


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"percent": 101}, "from 0 to 100"),
        ({"router": "clairvoyant"}, "no choice 'clairvoyant'"),
        ({"price": 0}, "from 10 to 1,000"),
        ({"wrong_usd": -1.0}, "from 0 to 1,000"),
    ],
)
def test_bad_input_gives_a_sentence(inputs, sentence):
    with pytest.raises(ValueError, match=re.escape(sentence)):
        RoutingCalculator(**inputs)
