"""The base of all calculators: inputs that say their bounds, and one view made from them.

A calculator is a pure model, a frozen dataclass whose fields are inputs and whose `result()`
computes, and a view that only asks and shows. The model can be tested, and used in a cell,
without a widget; the view is also a table, for a page on which no widget can live. `pricing` is the
first. Core ipywidgets only, version 7.7 or 8.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import Field, dataclass, field, fields, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from textwrap import indent
from typing import Any, ClassVar

from costlib.calculators.numbers import read_number
from costlib.display.amounts import money
from costlib.display.tables import Shown, Table
from costlib.display.templates import render
from costlib.pricing.prices import AS_OF, day_cards, find_model, rate_card, role

_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class NumberBox:
    """A number input: its label with its unit, and the least and the greatest value allowed."""

    label: str
    low: float
    high: float
    whole: bool

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
) -> Any:
    """A dataclass field for a number; `label` carries the unit, `whole` refuses fractions.

    A `group` is folded away under its name: inputs that few need to change.
    """
    control = NumberBox(label, low, high, whole)
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
    """When a model is dearest on the as-of date, and its name with the window that then holds.

    That is the day itself where all hours cost the same, as at nearly every vendor; where peak
    hours cost more (DeepSeek on weekdays), a plan reckons with them. Raises as `day_cards`.
    """
    cards = day_cards(model, provider=provider, tier=tier)
    if len(cards) == 1:
        return AS_OF, model
    dearest = max(cards, key=lambda card: card.rates["output"] or 0)
    for half_hour in range(48):
        moment = datetime.combine(AS_OF, time(), UTC) + timedelta(minutes=30 * half_hour)
        if rate_card(model, provider=provider, tier=tier, at=moment) == dearest:
            return moment, f"{model} ({dearest.window})"
    raise LookupError(f"no half hour of {AS_OF} has the {dearest.window} price of {model!r}")


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
            _control(item).check(getattr(self, item.name))

    @abstractmethod
    def result(self) -> Any:
        """What the inputs give; ValueError or LookupError with a sentence when they cannot."""


def _control(item: Field[Any]) -> NumberBox | DropDown | TextBox:
    control: NumberBox | DropDown | TextBox = item.metadata["control"]
    return control


def rounded_usd(usd: float) -> str:
    """An estimate as money: whole dollars from a hundred on, the digits after them are unknown."""
    return money(usd, digits=0 if abs(usd) >= 100 else None)


@dataclass(frozen=True)
class Finding:
    """The answer of a calculator: a sentence, what it shows beneath, and notes on reading it.

    A `problem` is a sentence that says why there is no answer; it is shown as one.
    """

    sentence: str
    shown: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()
    problem: bool = False

    def html(self) -> str:
        """The sentence alone is a status or an alert: a screen reader hears it at each change."""
        return render(
            "calculators/finding.html",
            sentence=self.sentence,
            problem=self.problem,
            shown=[part.html() for part in self.shown],
            notes=self.notes,
        )

    def __str__(self) -> str:
        notes = "\n".join(f"- {note}" for note in self.notes)
        sentence = f"No answer: {self.sentence}" if self.problem else self.sentence
        parts = [sentence, *(str(part) for part in self.shown), notes]
        return "\n\n".join(part for part in parts if part)


class Calculator(ABC):
    """The view of a model: one labelled control for each input, and the answer beneath.

    Leave one as a cell's last expression to see it. Keyword arguments set the inputs that it
    starts with. A subclass names its `title` and `inputs_type`, and puts results into words.
    """

    title: ClassVar[str]
    inputs_type: ClassVar[type[Inputs]]

    def __init__(self, **inputs: Any) -> None:
        import ipywidgets as widgets

        start = self.inputs_type(**inputs)
        self._turn = threading.Lock()
        self.controls = {
            item.name: _control(item).widget(
                getattr(start, item.name),
                description=_control(item).label,
                style={"description_width": "initial"},  # labels as long as they need to be
            )
            for item in fields(start)
        }
        self.output = widgets.HTML(self.answer_now().html())
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        page = widgets.HTML(render("calculators/page.html"), layout={"display": "none"})
        self.view = widgets.VBox([page, *self._groups(), self.output])
        self.view.add_class("costlib-calculator")

    def _groups(self) -> list[Any]:
        """The controls in grids: those that everybody needs, then each group behind its name."""
        import ipywidgets as widgets

        groups: dict[str, list[Any]] = {"": []}
        for item in fields(self.inputs_type):
            groups.setdefault(item.metadata.get("group", ""), []).append(self.controls[item.name])
        boxes = []
        for name, members in groups.items():
            box = widgets.Box(members)
            box.add_class("costlib-inputs")
            if name:
                box.add_class("costlib-rare")
                fold = widgets.HTML(render("calculators/fold.html", name=name))
                fold.add_class("costlib-fold")
                boxes.append(fold)
            boxes.append(box)
        return boxes

    @abstractmethod
    def answer(self, result: Any) -> Finding:
        """A result in words and tables."""

    def answer_now(self) -> Finding:
        """The answer to what the controls say; bad input gives its sentence and nothing else."""
        try:
            values = self._values()
            found = self.answer(self.inputs_type(**values).result())
        except (ValueError, LookupError) as problem:
            return Finding(str(problem.args[0]), problem=True)
        remarks = (_control(item).remark(values[item.name]) for item in fields(self.inputs_type))
        return replace(found, notes=(*filter(None, remarks), *found.notes))

    def _values(self) -> dict[str, Any]:
        """What the controls say; ValueError with the sentence of the first that says nothing."""
        return {
            item.name: _control(item).read(self.controls[item.name].value)
            for item in fields(self.inputs_type)
        }

    def _changed(self, change: Any) -> None:
        # JupyterLab hands messages of controls to threads of the kernel (subshells): two may be
        # under way at once. One after the other, the last answer is to what all controls say.
        with self._turn:
            self.output.add_class("costlib-busy")
            self._write_out(change["owner"])
            self.output.value = self.answer_now().html()
            self.output.remove_class("costlib-busy")

    def _write_out(self, typed_in: Any) -> None:
        """Give the numbers their separators, except in the box that is being typed in."""
        for item in fields(self.inputs_type):
            box, control = self.controls[item.name], _control(item)
            if box is typed_in or not isinstance(control, NumberBox):
                continue
            try:
                shown = control.show(control.read(box.value))
            except ValueError:
                continue
            if box.value != shown:
                box.unobserve(self._changed, names="value")
                box.value = shown
                box.observe(self._changed, names="value")

    def _inputs(self) -> list[tuple[str, str]]:
        """Each label and what its control says, as a reader sees it; what cannot be read, as is."""
        shown = []
        for item in fields(self.inputs_type):
            control, value = _control(item), self.controls[item.name].value
            with suppress(ValueError):
                value = control.show(control.read(value))
            shown.append((control.label, value))
        return shown

    def __repr__(self) -> str:
        inputs = "\n".join(
            f"{label}:\n{indent(value, '    ')}" if "\n" in value else f"{label}: {value}"
            for label, value in self._inputs()
        )
        return f"{self.title}\n\n{inputs}\n\n{self.answer_now()}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        said = self._inputs()
        short = tuple((label, value) for label, value in said if "\n" not in value)
        inputs = Table(("input", "value"), short, (False, False), self.title)
        texts = [each for each in said if "\n" in each[1]]  # each in a block of its own
        view = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        return {
            "text/plain": repr(self),
            "text/html": inputs.html()
            + render("calculators/texts.html", texts=texts)
            + self.answer_now().html(),
            _VIEW: view,
        }
