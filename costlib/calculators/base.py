"""What all calculators share: inputs that say their bounds, and one view made from them.

A calculator is a pure model, a frozen dataclass whose fields are inputs and whose `result()`
computes, and a view that only asks and shows. The model can be tested, and used in a cell,
without a widget; the view is also a table, for a page on which no widget can live. `pricing` is the
first. Core ipywidgets only, version 7.7 or 8.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import Field, dataclass, field, fields
from typing import Any, ClassVar

from costlib.display.tables import Shown, Table, escape

_VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Number:
    """A number input: its label with its unit, and the least and the greatest value allowed."""

    label: str
    low: float
    high: float
    step: float

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not a number within the bounds."""
        whole = isinstance(self.step, int)
        kind = int if whole else (int, float)
        if not isinstance(value, kind) or isinstance(value, bool) or value != value:
            raise ValueError(
                f"{self.label} must be a {'whole ' if whole else ''}number; it is {value!r}."
            )
        if not self.low <= value <= self.high:
            raise ValueError(
                f"{self.label} must be from {self.low:,} to {self.high:,}; it is {value:,}."
            )

    def show(self, value: Any) -> str:
        """The value as a reader sees it."""
        return f"{value:,}"

    def widget(self, value: Any, **common: Any) -> Any:
        """A number box that keeps to the bounds."""
        import ipywidgets

        box = (
            ipywidgets.BoundedIntText
            if isinstance(self.step, int)
            else (ipywidgets.BoundedFloatText)
        )
        return box(value=value, min=self.low, max=self.high, step=self.step, **common)


@dataclass(frozen=True)
class Choice:
    """An input chosen from a list of (what is shown, value); the list is made when needed."""

    label: str
    options: Callable[[], Sequence[tuple[str, str]]]

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not on the list."""
        values = [option for _, option in self.options()]
        if value not in values:
            first = ", ".join(repr(option) for option in values[:5])
            raise ValueError(
                f"{self.label} has no choice {value!r}; choose one of {len(values)}, "
                f"such as {first}."
            )

    def show(self, value: Any) -> str:
        """The choice as a reader sees it."""
        return next(shown for shown, option in self.options() if option == value)

    def widget(self, value: Any, **common: Any) -> Any:
        """A drop-down list."""
        import ipywidgets

        return ipywidgets.Dropdown(value=value, options=self.options(), **common)


@dataclass(frozen=True)
class Text:
    """An input of several lines of text, which the model itself reads."""

    label: str

    def check(self, value: Any) -> None:
        """Raise ValueError with a sentence when `value` is not text."""
        if not isinstance(value, str):
            raise ValueError(f"{self.label} must be text; it is {value!r}.")

    def show(self, value: Any) -> str:
        """The text as a reader sees it."""
        return value

    def widget(self, value: Any, **common: Any) -> Any:
        """A box of ten lines as wide as the page, read when the learner leaves it."""
        import ipywidgets

        common["layout"] = ipywidgets.Layout(
            flex_flow="column", align_items="stretch", width="100%", height="auto"
        )
        common["style"] = {"description_width": "fit-content"}  # or the label is pushed right
        return ipywidgets.Textarea(value=value, rows=10, continuous_update=False, **common)


def number(label: str, default: float, *, low: float = 0, high: float, step: float = 1) -> Any:
    """A dataclass field for a number; `label` carries the unit; a float `step` allows floats."""
    return field(default=default, metadata={"control": Number(label, low, high, step)})


def choice(label: str, default: str, options: Callable[[], Sequence[tuple[str, str]]]) -> Any:
    """A dataclass field for a choice from `options()`, a list of (what is shown, value)."""
    return field(default=default, metadata={"control": Choice(label, options)})


def text(label: str, default: str) -> Any:
    """A dataclass field for text of several lines."""
    return field(default=default, metadata={"control": Text(label)})


class Model(ABC):
    """The base of every model: a frozen dataclass of `number`, `choice` and `text` fields."""

    def __post_init__(self) -> None:
        for item in fields(self):
            _control(item).check(getattr(self, item.name))

    @abstractmethod
    def result(self) -> Any:
        """What the inputs lead to; ValueError or LookupError with a sentence when they cannot."""


def _control(item: Field[Any]) -> Number | Choice | Text:
    return item.metadata["control"]


@dataclass(frozen=True)
class Answer:
    """What a calculator says: a sentence, what it shows beneath, and notes on how to read it."""

    sentence: str
    shown: tuple[Shown, ...] = ()
    notes: tuple[str, ...] = ()

    def html(self) -> str:
        """The sentence alone is a status, so that a screen reader hears it at each change."""
        shown = "".join(part.html() for part in self.shown)
        notes = "".join(f"<li>{escape(note)}</li>" for note in self.notes)
        # A grid, because what lies in it may not push it wider than the screen: tables scroll.
        return (
            '<div style="display:grid;grid-template-columns:minmax(0,1fr);line-height:1.5">'
            f'<p role="status" style="font-weight:bold;margin:0.5em 0">'
            f"{escape(self.sentence)}</p>{shown}"
            + (f'<ul style="margin:0.5em 0;padding-left:1.5em">{notes}</ul>' if notes else "")
            + "</div>"
        )

    def __str__(self) -> str:
        notes = "\n".join(f"- {note}" for note in self.notes)
        parts = [self.sentence, *(str(part) for part in self.shown), notes]
        return "\n\n".join(part for part in parts if part)


class Calculator(ABC):
    """The view of a model: one labelled control for each input, and the answer beneath.

    Leave one as a cell's last expression to see it. Keyword arguments set the inputs that it
    starts with. A subclass names its `title` and `model_type`, and puts results into words.
    """

    title: ClassVar[str]
    model_type: ClassVar[type[Model]]

    def __init__(self, **inputs: Any) -> None:
        import ipywidgets as widgets

        start = self.model_type(**inputs)
        self._turn = threading.Lock()
        # Labels as long as they need to be, and a control that wraps beneath its own label:
        # nothing is cut off at a phone's width.
        look = {
            "style": {"description_width": "initial"},
            "layout": widgets.Layout(
                display="grid",
                grid_template_columns="minmax(0, 1fr)",
                justify_items="flex-start",
                flex="1 1 240px",
                height="auto",
                max_width="400px",
            ),
        }
        self.controls = {
            item.name: _control(item).widget(
                getattr(start, item.name), description=_control(item).label, **look
            )
            for item in fields(start)
        }
        self.output = widgets.HTML(self.answer_now().html())
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        inputs_box = widgets.Box(
            list(self.controls.values()),
            layout=widgets.Layout(flex_flow="row wrap"),
        )
        self.view = widgets.VBox([inputs_box, self.output])

    @abstractmethod
    def answer(self, result: Any) -> Answer:
        """A result in words and tables."""

    def answer_now(self) -> Answer:
        """The answer to what the controls say; bad input gives its sentence and nothing else."""
        values = {name: control.value for name, control in self.controls.items()}
        try:
            return self.answer(self.model_type(**values).result())
        except (ValueError, LookupError) as problem:
            return Answer(str(problem.args[0]))

    def _changed(self, _: Any) -> None:
        # JupyterLab hands messages of controls to threads of the kernel (subshells): two may be
        # under way at once. One after the other, the last answer is to what all controls say.
        with self._turn:
            self.output.value = self.answer_now().html()

    def _inputs(self) -> list[tuple[str, str]]:
        controls = [_control(item) for item in fields(self.model_type)]
        values = [self.controls[item.name].value for item in fields(self.model_type)]
        return [(c.label, c.show(value)) for c, value in zip(controls, values, strict=True)]

    def __repr__(self) -> str:
        inputs = "\n".join(f"{label}: {value}" for label, value in self._inputs())
        return f"{self.title}\n\n{inputs}\n\n{self.answer_now()}"

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        inputs = Table(("input", "value"), tuple(self._inputs()), (False, True), self.title)
        view = {"version_major": 2, "version_minor": 0, "model_id": self.view.model_id}
        return {
            "text/plain": repr(self),
            "text/html": inputs.html() + self.answer_now().html(),
            _VIEW: view,
        }
