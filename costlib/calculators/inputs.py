"""The inputs of calculators: fields of a frozen dataclass that say their bounds and their control.

`number`, `choice`, `model_choice` and `text` make the fields; `Inputs` is the base of the models
made of them. A control checks a value, reads what was typed, shows it, and makes its widget.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from costlib.calculators.numbers import read_number
from costlib.pricing.prices import AS_OF, find_model, rate_card, role, week_cards

_NEAR = 7  # days, of which one at least is a weekday with peak hours


@dataclass(frozen=True)
class NumberBox:
    """A number input: its label with its unit, and the least and the greatest value allowed.

    With `stops` a slider goes through them; the box takes every value within the bounds.
    """

    label: str
    low: float
    high: float
    whole: bool
    stops: tuple[float, ...] = ()

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not a number within the bounds."""
        kind = int if self.whole else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool) or value != value:
            raise ValueError(
                f"{self.label} must be a {'whole ' if self.whole else ''}number; it is {value!r}."
            )
        if not self.low <= value <= self.high:
            remedy = f"{self.low:,} or more" if value < self.low else f"{_plain(self.high)} or less"
            raise ValueError(
                f"{self.label} must be from {self.low:,} to {_plain(self.high)}; it is "
                f"{_plain(value)}: give {remedy}."
            )

    def read(self, typed: str) -> int | float:
        """What was typed, as a number; ValueError with a sentence when it is none for this box."""
        value = read_number(typed, self.label, whole=self.whole)
        self.check(value)
        return value

    def show(self, value: Any) -> str:
        """The value as a reader sees it, with separators of thousands."""
        return _plain(value)

    def remark(self, value: Any) -> str:
        """A note on the value for the reader: a number needs none."""
        return ""

    def widget(self, value: Any, **common: Any) -> Any:
        """A text box, because number boxes turn what they do not take into another number."""
        import ipywidgets

        return ipywidgets.Text(value=self.show(value), **common)

    def slider(self, value: float) -> Any:
        """A slider through the stops, at the one nearest to `value`."""
        import ipywidgets

        slider = ipywidgets.SelectionSlider(
            options=[(self.show(stop), stop) for stop in self.stops],
            value=self.stop(value),
            readout=False,  # the box beside it says the value
        )
        slider.add_class("costlib-slider")
        return slider

    def stop(self, value: float) -> float:
        """The stop nearest to a value."""
        return min(self.stops, key=lambda stop: abs(stop - value))


PERCENT = tuple(range(0, 101, 5))
"""Stops for a share."""


def decades(low: float, high: float) -> tuple[float, ...]:
    """Stops for what spans powers of ten: 1, 2, 3 … 9, 10, 20, 30 …, from `low` to `high`."""
    powers = range(math.floor(math.log10(low)), math.floor(math.log10(high)) + 1)
    stops = (float(Decimal(digit).scaleb(power)) for power in powers for digit in range(1, 10))
    return tuple(stop for stop in stops if low <= stop <= high)


def _plain(value: float) -> str:
    """A number with separators of thousands, and without a fraction that is none."""
    if value == int(value):
        return f"{int(value):,}"
    return f"{Decimal(repr(value)):,f}"


@dataclass(frozen=True)
class DropDown:
    """An input chosen from a list of (what is shown, value); the list is made when needed.

    `retired` says what to remark on a value that was on the list once, None for any other. Such a
    value still works: a cell that was saved with it does.
    """

    label: str
    options: Callable[[], Sequence[tuple[str, str]]]
    retired: Callable[[str], str | None] = lambda _: None

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not on the list and never was."""
        values = [option for _, option in self.options()]
        if value not in values and (not isinstance(value, str) or self.retired(value) is None):
            first = ", ".join(repr(option) for option in values[:5])
            raise ValueError(
                f"{self.label} has no choice {value!r}; choose one of {len(values)}, "
                f"such as {first}."
            )

    def read(self, chosen: str) -> str:
        """The choice itself."""
        return chosen

    def show(self, value: Any) -> str:
        """The choice as a reader sees it."""
        return next((shown for shown, option in self.options() if option == value), value)

    def remark(self, value: Any) -> str:
        """A note on a value that is no longer on the list."""
        known = any(option == value for _, option in self.options())
        return "" if known else self.retired(value) or ""

    def widget(self, value: Any, **common: Any) -> Any:
        """A drop-down list."""
        import ipywidgets

        options = list(self.options())
        if value not in [option for _, option in options]:
            options.append((value, value))
        return ipywidgets.Dropdown(value=value, options=options, **common)


@dataclass(frozen=True)
class TextBox:
    """An input of several lines of text, which the model itself reads."""

    label: str

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not text."""
        if not isinstance(value, str):
            raise ValueError(f"{self.label} must be text; it is {value!r}.")

    def read(self, typed: str) -> str:
        """The text itself."""
        return typed

    def show(self, value: Any) -> str:
        """The text as a reader sees it."""
        return str(value)

    def remark(self, value: Any) -> str:
        """A note on the value for the reader: a text needs none."""
        return ""

    def widget(self, value: Any, **common: Any) -> Any:
        """A box of ten lines as wide as the page."""
        import ipywidgets

        return ipywidgets.Textarea(value=value, rows=10, **common)


def number(
    label: str,
    default: float,
    *,
    low: float = 0,
    high: float,
    whole: bool = False,
    group: str = "",
    stops: tuple[float, ...] = (),
) -> Any:
    """A dataclass field for a number; `label` carries the unit, `whole` refuses fractions.

    A `group` is folded away under its name: inputs that few need to change. With `stops` a slider
    stands beneath the box: for inputs where moving it teaches something.
    """
    control = NumberBox(label, low, high, whole, stops)
    return field(default=default, metadata={"control": control, "group": group})


def choice(
    label: str,
    default: str,
    options: Callable[[], Sequence[tuple[str, str]]],
    *,
    group: str = "",
) -> Any:
    """A dataclass field for a choice from `options()`, a list of (what is shown, value).

    `group` as in `number`.
    """
    return field(default=default, metadata={"control": DropDown(label, options), "group": group})


def model_choice(
    label: str,
    wanted: tuple[str, str],
    options: Callable[[], Sequence[tuple[str, str]]],
    *,
    group: str = "",
) -> Any:
    """A dataclass field for a model from `options()`, named "gpt-5" or "openai/gpt-5".

    It begins with the model that plays the role `wanted`, (provider, role), when the calculator
    is made: a new flagship takes the place of the old one. Where that is not on the list, the
    first of the list does. A known model that is not on the list still works, at its own rates,
    and the answer says so: a cell may have been saved when it was.
    """

    def default() -> str:
        name = role(*wanted)
        names = [option for _, option in options()]
        return next((option for option in names if option.split("/")[-1] == name), names[0])

    control = DropDown(label, options, _retired)
    return field(default_factory=default, metadata={"control": control, "group": group})


def dearest_time(model: str, provider: str, tier: str = "standard") -> tuple[date | datetime, str]:
    """When a model is dearest at the as-of date's prices, and its name with the window that holds.

    That is the day itself where all hours cost the same, as at nearly every vendor; where peak
    hours cost more (DeepSeek on weekdays), a plan reckons with them, made on a weekend too: then it
    is an hour of the nearest weekday. Raises as `week_cards`.
    """
    cards = week_cards(model, provider=provider, tier=tier)
    if len(cards) == 1:
        return AS_OF, model
    dearest = max(cards, key=lambda card: card.rates["output"] or 0)
    for days in sorted(range(-_NEAR, _NEAR + 1), key=abs):
        for half_hour in range(48):
            midnight = datetime.combine(AS_OF + timedelta(days), time(), UTC)
            moment = midnight + timedelta(minutes=30 * half_hour)
            if rate_card(model, provider=provider, tier=tier, at=moment) == dearest:
                return moment, f"{model} ({dearest.window})"
    raise LookupError(f"no half hour near {AS_OF} has the {dearest.window} price of {model!r}")


def _retired(name: str) -> str | None:
    """The remark on a model that is known and no longer on offer; None for an unknown one."""
    provider, _, model = name.rpartition("/")
    try:
        known = find_model(model, provider or None)
    except LookupError:
        return None
    if known.shutdown and known.shutdown <= AS_OF:
        return f"{model} was shut down on {known.shutdown}: what you see is at its last rates."
    return f"{model} is no longer on the list of models: what you see is at its own rates."


def text(label: str, default: str) -> Any:
    """A dataclass field for text of several lines."""
    return field(default=default, metadata={"control": TextBox(label)})


@dataclass(frozen=True)
class Inputs(ABC):
    """The base of every model: a frozen dataclass of `number`, `choice` and `text` fields."""

    def __post_init__(self) -> None:
        for item in fields(self):
            control_of(item).check(getattr(self, item.name))

    @abstractmethod
    def result(self) -> Any:
        """What the inputs give; ValueError or LookupError with a sentence when they cannot."""


def control_of(item: Field[Any]) -> NumberBox | DropDown | TextBox:
    """The control that a field of `Inputs` was made with."""
    control: NumberBox | DropDown | TextBox = item.metadata["control"]
    return control
