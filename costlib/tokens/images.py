"""How many input tokens a picture is, by the vendors' published formulas.

Units: pixels, and tokens of the model asked about. Lesson 2 teaches this module.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from numbers import Real

from costlib.paths import data_rows
from costlib.pricing.prices import find_model

_MOST_PIXELS = 10**6  # on a side; the largest file format in use, JPEG, ends at 65,535


@dataclass(frozen=True)
class ImageGrid:
    """A picture as a model reads it: shrunk to `width` x `height` pixels, covered with squares.

    `across` x `down` squares of `unit` pixels cover it; `squares` of them are billed (fewer only
    where rounding would pass the vendor's limit), each at `per_unit` tokens, on top of `base`.
    """

    width: int
    height: int
    unit: int
    across: int
    down: int
    squares: int
    base: int
    per_unit: float

    @property
    def tokens(self) -> int:
        """What the picture costs, rounded up to whole tokens."""
        # Rounded first: 1.2 x 2,500 must be 3,000, not 3,000.0000000000005 and so 3,001.
        return self.base + math.ceil(round(self.squares * self.per_unit, 6))


def image_tokens(width: int, height: int, model: str, detail: str = "auto") -> int:
    """The input tokens of a picture of this size in pixels: those of its `image_grid`."""
    return image_grid(width, height, model, detail).tokens


def image_grid(width: int, height: int, model: str, detail: str = "auto") -> ImageGrid:
    """What an API makes of a picture of this size, by the vendor's published formula.

    The picture is first shrunk to the model's limits, never enlarged, then covered with square
    units, tiles of 512 pixels or patches of 32 (OpenAI) or 28 (Anthropic); each unit costs the
    same. The rules are rows of `data/image_rules.csv`. `detail` ("auto", "high", "low", "original")
    is OpenAI's parameter.

    Raises LookupError for a model or detail without a published rule, ValueError for a size that
    is not positive, and for a picture that the vendor rejects as too large.
    """
    for side in (width, height):
        if not isinstance(side, Real) or not 1 <= side <= _MOST_PIXELS:
            raise ValueError(
                f"a picture of {width!r} x {height!r} pixels does not exist: give both sides, "
                f"from 1 to {_MOST_PIXELS:,}"
            )
    rule = _image_rule(find_model(model).id, detail)
    if max(width, height) > (longest := _longest(rule)):
        raise ValueError(
            f"a picture of {width} x {height} pixels is too large for {model}, which rejects more "
            f"than {longest:,} on a side: make it smaller"
        )
    shrink = _SHRINKS[rule["shrunk_to"]]
    sides = shrink(float(width), float(height), rule)  # a table's numbers are numpy's, maybe narrow
    unit = int(rule["unit_px"])
    across, down = (_ceil(side / unit) for side in sides)
    squares = across * down
    most = int(rule["rejected_above"] or squares)
    if squares > most:
        raise ValueError(
            f"a picture of {width} x {height} pixels is {squares:,} patches, and {model} rejects "
            f"more than {most:,}: make it smaller, or send it with detail high"
        )
    return ImageGrid(
        width=max(1, round(sides[0])),
        height=max(1, round(sides[1])),
        unit=unit,
        across=across,
        down=down,
        squares=min(squares, int(rule["max_units"] or squares)),
        base=int(rule["base"]),
        per_unit=float(rule["per_unit"]),
    )


def longest_side(model: str) -> int:
    """The most pixels on a side that a model's API takes; it rejects a picture with more.

    Raises LookupError for a model without a published rule.
    """
    return _longest(_image_rule(find_model(model).id, "auto"))


def image_models() -> tuple[str, ...]:
    """The models that have a published rule for pictures, in the order of the rules."""
    rules = (row["models"].split() for row in data_rows("image_rules.csv") if row["per_unit"])
    return tuple(dict.fromkeys(name for names in rules for name in names))


@cache
def _image_rule(name: str, detail: str) -> Mapping[str, str]:
    named = [row for row in data_rows("image_rules.csv") if name in row["models"].split()]
    rules = [row for row in named if row["per_unit"]]  # without it: looked for, not published
    for row in rules:
        if detail in row["detail"].split():
            return row
    known = " ".join(row["detail"] for row in rules).split()
    raise LookupError(
        f"no rule for detail={detail!r} is published for {name!r}: give {' or '.join(known)}"
        if rules
        else f"no published rule says what a picture costs on {name!r}: see data/image_rules.csv"
    )


def _longest(rule: Mapping[str, str]) -> int:
    return int(rule["rejected_side"] or _MOST_PIXELS)


def _to_tiles(width: float, height: float, rule: Mapping[str, str]) -> tuple[float, float]:
    """OpenAI's guide for tiles: the long side shrunk to its limit; then the short side to its own,
    with the other cut to whole pixels."""
    scale = min(1, int(rule["max_side"]) / max(width, height))
    width, height = width * scale, height * scale
    scale = int(rule["short_side"] or _MOST_PIXELS) / min(width, height)
    return (width, height) if scale >= 1 else (_cut(width * scale), _cut(height * scale))


def _to_whole_squares(width: float, height: float, rule: Mapping[str, str]) -> tuple[float, float]:
    """OpenAI's guide for patches: the long side shrunk to its limit, rounded to whole pixels; then
    to the area of the squares allowed, on until one side is whole squares, and cut to pixels."""
    scale = int(rule["max_side"]) / max(width, height)
    if scale < 1:
        width, height = max(1, round(width * scale)), max(1, round(height * scale))
    unit, limit = int(rule["unit_px"]), int(rule["max_units"] or 0)
    across, down = width / unit, height / unit
    if not limit or _ceil(across) * _ceil(down) <= limit:
        return width, height
    shrink = math.sqrt(limit / (across * down))
    fit = min(max(1, math.floor(side * shrink + 1e-9)) / side for side in (across, down))
    return _cut(width * min(fit, 1)), _cut(height * min(fit, 1))


def _to_whole_pixels(width: float, height: float, rule: Mapping[str, str]) -> tuple[float, float]:
    """Anthropic's coordinates guide: the longest whole side with which both limits are kept, the
    other side rounded to whole pixels."""
    unit, long, short = int(rule["unit_px"]), max(width, height), min(width, height)

    def other(side: float) -> int:
        return max(1, round(side * short / long))

    def beyond(side: float) -> bool:
        squares = _ceil(side / unit) * _ceil(other(side) / unit)
        return side > int(rule["max_side"]) or squares > int(rule["max_units"])

    if not beyond(long):
        return width, height
    side = bisect_left(range(1, int(long) + 1), True, key=beyond)
    return (side, other(side)) if width >= height else (other(side), side)


_SHRINKS = {"tiles": _to_tiles, "squares": _to_whole_squares, "pixels": _to_whole_pixels}


def _cut(side: float) -> int:
    return max(1, math.floor(side + 1e-9))


def _ceil(value: float) -> int:
    return max(1, math.ceil(value - 1e-9))
