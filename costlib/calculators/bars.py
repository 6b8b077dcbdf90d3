"""Bars beside their numbers, drawn by the page itself: they take its colours, width and type.

`Bars` compares a few amounts; `DayBars` stacks the parts of each day. Both are also plain text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costlib.display.figures import BLUE, PALETTE
from costlib.display.tables import Shown, Table
from costlib.display.templates import render


@dataclass(frozen=True)
class Bars(Shown):
    """Amounts by name, each a bar as long as it is large, and its text behind it."""

    title: str
    bars: Sequence[tuple[str, float, str]]

    @property
    def words(self) -> str:
        """What the bars show."""
        return f"{self.title}: " + "; ".join(f"{name} {text}" for name, _, text in self.bars) + "."

    def html(self) -> str:
        """A grid of names, bars and amounts; a screen reader hears the words."""
        most = max((amount for _, amount, _ in self.bars), default=0.0) or 1.0
        shares = [(name, 100 * amount / most, text) for name, amount, text in self.bars]
        return render(
            "calculators/bars.html", title=self.title, says=self.words, bars=shares, fill=BLUE
        )

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True)
class DayBars(Shown):
    """Days as bars of stacked parts, days to come as outlines behind them, and the numbers.

    `parts` holds for each name its value on each day; `ahead` what is expected after the last.
    A day is a bar of its own, because nothing lies between two days.
    """

    title: str
    alt: str
    days: Sequence[str]
    parts: Sequence[tuple[str, Sequence[float]]]
    ahead: Sequence[float]
    scale: str  # the text of the highest bar
    numbers: Table

    def html(self) -> str:
        """A picture made of boxes, its legend, and the numbers folded beneath."""
        totals = [sum(values[i] for _, values in self.parts) for i in range(len(self.days))]
        most = max((*totals, *self.ahead), default=0.0) or 1.0
        columns = [
            [
                (100 * values[i] / most, fill)
                for (_, values), fill in zip(self.parts, PALETTE, strict=False)
                if values[i] > 0
            ]
            for i in range(len(self.days))
        ]
        return render(
            "calculators/day_bars.html",
            title=self.title,
            alt=self.alt,
            first=self.days[0],
            last=self.days[-1],
            columns=columns,
            ahead=[100 * value / most for value in self.ahead],
            scale=self.scale,
            legend=list(zip((name for name, _ in self.parts), PALETTE, strict=False)),
            numbers=self.numbers.html(),
        )

    def __str__(self) -> str:
        return f"{self.title}\n{self.alt}\n{self.numbers}"
