"""Lesson 6's first calculator, Which questions should the dear model answer?

Plays a router at a threshold on the recorded outcomes of `costlib.optimization`: means over 20
random splits, USD at the list prices of March 2024. The frontier is what the same router reaches at
every threshold, beside a lot at equal cost.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import PERCENT, Inputs, choice, decades, number
from costlib.display.amounts import money
from costlib.display.figures import BLUE, GREY, VERMILION, Drawing
from costlib.display.tables import table
from costlib.display.templates import render
from costlib.optimization.routing import PRICED_ON, Tried, tried

_SHARES = tuple(range(0, 101, 10))
_ACCURACY = (60, 70, 80, 90)  # per cent, from the foot of the drawing to its top
_ROUTERS = (
    ("cascade, sees the weak answer", "learned cascade"),
    ("router, sees the question", "learned router"),
    ("by lot", "by lot"),
)


@cache
def _tried(policy: str, percent: int, price: int) -> Tried:
    return tried(policy, percent / 100, strong_times=price / 100)


@dataclass(frozen=True)
class Point:
    """A threshold: the share sent to the strong model, what came of it, and USD a question when
    wrong answers are paid for as well."""

    percent: int
    found: Tried
    with_mistakes: float


@dataclass(frozen=True)
class Routed:
    """The chosen threshold, and the frontier it lies on."""

    chosen: Point
    frontier: tuple[Point, ...]

    @property
    def cheapest(self) -> Point:
        """The point of the frontier that costs least when wrong answers are paid for."""
        return min(self.frontier, key=lambda point: point.with_mistakes)


@dataclass(frozen=True)
class RouterSettings(Inputs):
    """A router, its threshold, and what a wrong answer costs."""

    router: str = choice("Router", "learned cascade", lambda: _ROUTERS)
    percent: int = number("Sent to the strong model, %", 30, high=100, whole=True, stops=PERCENT)
    wrong_usd: float = number(
        "A wrong answer costs, USD", 0.01, high=1_000, stops=(0, *decades(0.001, 1))
    )
    price: int = number(
        "Strong model's price, % of its list price", 100, low=10, high=1_000, whole=True
    )

    def result(self) -> Routed:
        """Play the router at the threshold, and at every tenth of the questions."""
        points = {percent: self._point(percent) for percent in (*_SHARES, self.percent)}
        return Routed(points[self.percent], tuple(points[percent] for percent in _SHARES))

    def _point(self, percent: int) -> Point:
        found = _tried(self.router, percent, self.price)
        return Point(percent, found, found.usd + (1 - found.accuracy) * self.wrong_usd)


@dataclass(frozen=True)
class Frontier(Drawing):
    """Accuracy against the cost of a right answer: a line through the thresholds, and a dot."""

    chosen: Point
    points: Sequence[Point]

    @property
    def width(self) -> float:
        """Pixels on the page."""
        return 420

    @property
    def words(self) -> str:
        """What the drawing shows."""
        first, last = self.points[0].found, self.points[-1].found
        return (
            f"Accuracy against USD for a right answer, from {first.accuracy:.1%} at "
            f"{money(first.usd_per_success)} (none sent to the strong model) to "
            f"{last.accuracy:.1%} at {money(last.usd_per_success)} (all); dashed, a lot at equal "
            f"cost; the dot is {self.chosen.percent}%."
        )

    def svg(self) -> str:
        """Two lines and a dot over the cost of a right answer."""
        found = [point.found for point in self.points]
        most = max(one.usd_per_success for one in (*found, self.chosen.found))

        def at(usd: float, accuracy: float) -> tuple[float, float]:
            low, high = _ACCURACY[0], _ACCURACY[-1]
            across, up = usd / (1.05 * most), (100 * accuracy - low) / (high - low)
            return 40 + 340 * across, 190 - 180 * up

        # A lot at the same USD a question has a lower accuracy, so each right answer costs more.
        lot = [(one.usd, one.accuracy - one.lead) for one in found]
        return render(
            "calculators/frontier.svg",
            router=[at(one.usd_per_success, one.accuracy) for one in found],
            lot=[at(usd / accuracy, accuracy) for usd, accuracy in lot],
            dot=at(self.chosen.found.usd_per_success, self.chosen.found.accuracy),
            ticks=[(at(0, percent / 100)[1], percent) for percent in _ACCURACY],
            most=money(most),
            blue=BLUE,
            grey=GREY,
            red=VERMILION,
        )


class RoutingCalculator(Calculator):
    """Which questions should the dear model answer? Leave it as a cell's last expression."""

    title = "Which questions should the dear model answer?"
    inputs_type = RouterSettings

    def answer(self, result: Routed) -> Finding:
        """The threshold in a sentence, the frontier drawn and in numbers, and the best of it."""
        chosen = result.chosen
        found = chosen.found
        sentence = (
            f"{chosen.percent}% to the strong model: {found.accuracy:.1%} right, "
            f"{money(found.usd_per_success)} for a right answer; "
            f"{100 * found.lead:+.1f} points against a lot at equal cost."
        )
        rows = [
            {
                "sent to the strong one": f"{point.percent}%",
                "right": f"{point.found.accuracy:.1%} ± {100 * point.found.accuracy_sd:.1f}",
                "1,000 questions": money(1_000 * point.found.usd),
                "a right answer": money(point.found.usd_per_success),
                "against a lot, points": f"{100 * point.found.lead:+.1f} "
                f"± {100 * point.found.lead_sd:.1f}",
                "1,000 with mistakes paid": money(1_000 * point.with_mistakes),
            }
            for point in result.frontier
        ]
        caption = f"USD at list prices of {PRICED_ON:%B %Y}; ± is one standard deviation of splits"
        cheapest = result.cheapest
        notes = (
            f"With wrong answers paid for, {cheapest.percent}% is the cheapest of these "
            f"thresholds: {money(1_000 * cheapest.with_mistakes)} for 1,000 questions.",
            "Models of 2023, questions of one kind: the method transfers, the numbers do not.",
        )
        return Finding(
            sentence, (Frontier(chosen, result.frontier), table(rows, caption=caption)), notes
        )
