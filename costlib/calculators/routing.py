"""Lesson 6's first calculator, Which questions should the dear model answer?

Plays a router at a threshold on the recorded outcomes of `costlib.optimization`: means over 20
random splits, USD at the list prices of March 2024. The frontier is what the same router reaches at
every threshold, beside a lot at equal cost.
"""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from costlib.calculators.base import Answer, Calculator, Model, choice, number
from costlib.display.amounts import money
from costlib.display.figures import BLUE, GREY, VERMILION
from costlib.display.tables import Shown, table
from costlib.optimization.routing import PRICED_ON, Tried, tried

_SHARES = tuple(range(0, 101, 10))
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
class Threshold(Model):
    """A router, its threshold, and what a wrong answer costs."""

    router: str = choice("Router", "learned cascade", lambda: _ROUTERS)
    percent: int = number("Sent to the strong model, %", 30, high=100, step=5)
    wrong_usd: float = number("A wrong answer costs, USD", 0.01, high=1_000, step=0.01)
    price: int = number("Strong model's price, % of its list price", 100, low=10, high=1_000)

    def result(self) -> Routed:
        """Play the router at the threshold, and at every tenth of the questions."""
        points = {percent: self._point(percent) for percent in (*_SHARES, self.percent)}
        return Routed(points[self.percent], tuple(points[percent] for percent in _SHARES))

    def _point(self, percent: int) -> Point:
        found = _tried(self.router, percent, self.price)
        return Point(percent, found, found.usd + (1 - found.accuracy) * self.wrong_usd)


@dataclass(frozen=True)
class Frontier(Shown):
    """Accuracy against the cost of a right answer: a line through the thresholds, and a dot."""

    chosen: Point
    points: Sequence[Point]

    @property
    def words(self) -> str:
        """What the drawing shows."""
        first, last = self.points[0].found, self.points[-1].found
        return (
            f"Accuracy against USD for a right answer, from {first.accuracy:.1%} at "
            f"{money(first.usd_per_success)} (none sent to the strong model) to "
            f"{last.accuracy:.1%} at {money(last.usd_per_success)} (all); dashed, a lot at equal "
            f"cost; the dot is {self.chosen.percent} %."
        )

    def html(self) -> str:
        """An image element, which survives where a page takes no vector markup."""
        every = [point.found for point in (*self.points, self.chosen)]
        most = max(one.usd_per_success for one in every) * 1.05
        low, high = 0.6, 0.9

        def at(usd: float, accuracy: float) -> str:
            return f"{40 + 340 * usd / most:.1f} {190 - 180 * (accuracy - low) / (high - low):.1f}"

        def path(pairs: Sequence[tuple[float, float]]) -> str:
            return "M" + "L".join(at(*pair) for pair in pairs)

        router = path([(one.usd_per_success, one.accuracy) for one in every[:-1]])
        # A lot at the same USD a question has a lower accuracy, so each right answer costs more.
        lot = [(one.usd, one.accuracy - one.lead) for one in every[:-1]]
        lot = path([(usd / accuracy, accuracy) for usd, accuracy in lot])
        x, y = at(every[-1].usd_per_success, every[-1].accuracy).split()
        ticks = "".join(
            f'<path d="M40 {at(0, p / 100).split()[1]}H380" stroke="#dddddd"/>'
            f'<text x="36" y="{float(at(0, p / 100).split()[1]) + 4:.1f}" text-anchor="end">'
            f"{p}%</text>"
            for p in (60, 70, 80, 90)
        )
        svg = (
            '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 225" '
            'font-family="sans-serif" font-size="12" fill="#222222">'
            f'<rect width="400" height="225" fill="#ffffff"/>{ticks}'
            f'<path d="{lot}" fill="none" stroke="{GREY}" stroke-dasharray="5 4" '
            f'stroke-width="2"/><path d="{router}" fill="none" stroke="{BLUE}" '
            f'stroke-width="2.5"/><circle cx="{x}" cy="{y}" r="6" fill="{VERMILION}"/>'
            f'<text x="40" y="206">$0</text><text x="380" y="206" text-anchor="end">'
            f'{money(most / 1.05)}</text><text x="210" y="221" text-anchor="middle">'
            "USD for a right answer</text></svg>"
        )
        data = base64.b64encode(svg.encode()).decode("ascii")
        return (
            f'<figure style="margin:0 0 0.8em"><img alt="{html.escape(self.words)}" '
            f'src="data:image/svg+xml;base64,{data}" style="width:480px;max-width:100%;'
            f'height:auto"><figcaption style="max-width:60vw">'
            f"{html.escape(self.words).replace('$', '<span>$</span>')}</figcaption></figure>"
        )

    def __str__(self) -> str:
        return self.words


class RoutingCalculator(Calculator):
    """Which questions should the dear model answer? Leave it as a cell's last expression."""

    title = "Which questions should the dear model answer?"
    model_type = Threshold

    def answer(self, result: Routed) -> Answer:
        """The threshold in a sentence, the frontier drawn and in numbers, and the best of it."""
        chosen = result.chosen
        found = chosen.found
        sentence = (
            f"{chosen.percent} % to the strong model: {found.accuracy:.1%} right, "
            f"{money(found.usd_per_success)} for a right answer; "
            f"{100 * found.lead:+.1f} points against a lot at equal cost."
        )
        rows = [
            {
                "sent to the strong one": f"{point.percent} %",
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
            f"With wrong answers paid for, {cheapest.percent} % is the cheapest of these "
            f"thresholds: {money(1_000 * cheapest.with_mistakes)} for 1,000 questions.",
            "Models of 2023, questions of one kind: the method transfers, the numbers do not.",
        )
        return Answer(
            sentence, (Frontier(chosen, result.frontier), table(rows, caption=caption)), notes
        )
