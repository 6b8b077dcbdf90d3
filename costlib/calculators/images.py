"""Lesson 2's second calculator, What does a picture cost?: its tokens, with the grid drawn.

Sizes are pixels; amounts are USD at the rates of the course's as-of date, for the picture's tokens
at the model's input rate. The squares are those of `tokens.image_grid`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, choice, model_choice, number
from costlib.display.amounts import counted, money
from costlib.display.figures import BLUE, VERMILION, Drawing
from costlib.display.tables import table
from costlib.display.templates import render
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import AS_OF, find_model, models, role
from costlib.tokens.images import ImageGrid, image_grid, image_models
from costlib.usage.read import Usage

_TALLEST = 320  # pixels on the page
_SIDES = tuple(range(100, 4_001, 100))  # pixels, of the sliders
_OLDER = ("gpt-4o", "gpt-4o-mini", "gpt-5-mini", "gpt-5.4", "claude-sonnet-4-6")  # other rules


@cache
def _models() -> tuple[tuple[str, str], ...]:
    """The models with a published rule that can be called today."""
    alive = {model.id for model in models(at=AS_OF)}
    return tuple((name, name) for name in image_models() if name in alive)


def _details() -> tuple[tuple[str, str], ...]:
    return (("auto", "auto"), ("high", "high"), ("low", "low"))


def picture_cost(tokens: int, model: str) -> Decimal:
    """USD for so many tokens of a picture, which are billed as input."""
    return cost_of(Usage(input_tokens=tokens), model).total


def _beside() -> tuple[str, ...]:
    """Models to compare with: one of each older rule, and today's flagship where it has one."""
    known = image_models()
    return tuple(name for name in (*_OLDER, role("anthropic", "flagship")) if name in known)


@dataclass(frozen=True)
class Priced:
    """A picture on a model: the size that was sent, its grid, and what it costs in USD."""

    model: str
    sent: tuple[int, int]
    grid: ImageGrid
    usd: Decimal


@dataclass(frozen=True)
class Picture(Inputs):
    """A picture and the model that reads it."""

    width: int = number("Width, pixels", 1290, low=1, high=20_000, whole=True, stops=_SIDES)
    height: int = number("Height, pixels", 2796, low=1, high=20_000, whole=True, stops=_SIDES)
    model: str = model_choice("Model", ("anthropic", "flagship"), _models)
    detail: str = choice("Detail (OpenAI)", "auto", _details)

    def result(self) -> Priced:
        """The picture priced; LookupError for a detail that the model has no rule for, ValueError
        for a picture that its API rejects."""
        return _priced(self.width, self.height, self.model, self.detail)


def _priced(width: int, height: int, model: str, detail: str) -> Priced:
    grid = image_grid(width, height, model, detail)
    return Priced(model, (width, height), grid, picture_cost(grid.tokens, model))


def _said(name: str) -> str:
    """A model's name, and its end where that is past."""
    model = find_model(name)
    return name if model.live(AS_OF) else f"{name} · until {model.shutdown}"


def _row(priced: Priced) -> dict[str, object]:
    return {
        "model": _said(priced.model),
        "read at": f"{priced.grid.width} x {priced.grid.height}",
        "tokens": priced.grid.tokens,
        "for 1,000": money(priced.usd * 1000),
    }


def _row_elsewhere(result: Priced, model: str) -> dict[str, object]:
    """The same picture on another model, or that its API takes none of this size."""
    try:
        return _row(_priced(*result.sent, model, "auto"))
    except ValueError:
        return {"model": _said(model), "read at": "rejected", "tokens": None, "for 1,000": None}


@dataclass(frozen=True)
class GridDrawing(Drawing):
    """The picture as it is read, as a shape, and the squares over it; a vector image."""

    grid: ImageGrid
    sent: tuple[int, int]

    @property
    def words(self) -> str:
        """What the drawing shows."""
        g = self.grid
        shrunk = " after shrinking" if (g.width, g.height) != self.sent else ", as sent"
        return (
            f"{g.width:,} x {g.height:,} pixels{shrunk}, covered by {g.across} x {g.down} "
            f"squares of {g.unit} pixels; what reaches beyond the picture is paid as well."
        )

    @property
    def _scale(self) -> float:
        """Pixels on the page for one of the picture."""
        wide, high = self.grid.across * self.grid.unit, self.grid.down * self.grid.unit
        return min(_TALLEST / high, 1.5 * _TALLEST / wide)

    @property
    def width(self) -> float:
        """Pixels on the page."""
        return self.grid.across * self.grid.unit * self._scale

    def svg(self) -> str:
        """The picture's shape, and the lines between the squares."""
        thin = 1 / self._scale
        return render(
            "calculators/image_grid.svg", grid=self.grid, thin=thin, blue=BLUE, red=VERMILION
        )


class ImageCalculator(Calculator):
    """What does a picture cost? Leave it as a cell's last expression, or start it with values:

    ImageCalculator(width=1024, height=1024, model="gpt-4o")
    """

    title = "What does a picture cost?"
    inputs_type = Picture

    def answer(self, result: Priced) -> Finding:
        """The tokens in a sentence, the grid drawn, and the same picture on other models."""
        g = result.grid
        how = f"{g.base:,} + " * bool(g.base) + f"{counted(g.squares, 'square')} x {g.per_unit:g}"
        how = how if g.per_unit else "whatever its size"
        sentence = (
            f"{result.model}: {counted(g.tokens, 'token')} ({how}), {money(result.usd)} a picture, "
            f"{money(result.usd * 1000)} for 1,000."
        )
        rows = [_row(result)]
        rows += [_row_elsewhere(result, name) for name in _beside() if name != result.model]
        shown = table(rows, caption=f"The same picture elsewhere, USD at the rates of {AS_OF}")
        notes = []
        if (g.width, g.height) != result.sent:
            notes.append(
                f"Sent at {result.sent[0]:,} x {result.sent[1]:,}, read at {g.width:,} x "
                f"{g.height:,}: the pixels between were uploaded for nothing."
            )
        return Finding(sentence, (GridDrawing(g, result.sent), shown), tuple(notes))
