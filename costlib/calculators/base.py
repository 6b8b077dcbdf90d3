"""The base of all calculators: an answer in words and tables, and the view that asks and shows.

A calculator is a pure model, a frozen dataclass whose fields are `inputs` and whose `result()`
computes, and a view that only asks and shows. The model can be tested, and used in a cell,
without a widget; the view is also a table, for a page on which no widget can live. `pricing` is the
first. Core ipywidgets only, version 7.7 or 8.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from functools import partial
from textwrap import indent
from typing import Any, ClassVar

from costlib.calculators.inputs import Inputs, NumberBox, control_of
from costlib.display.amounts import money
from costlib.display.tables import Shown, Table
from costlib.display.templates import render
from costlib.faces import counted_as_usual, shown
from costlib.pricing.price_book import Model
from costlib.provider.caches.families import rule_of
from costlib.provider.efforts import default_effort

_VIEW = "application/vnd.jupyter.widget-view+json"


def rounded_usd(usd: float) -> str:
    """An estimate as money: whole dollars from a hundred on, the digits after them are unknown."""
    return money(usd, digits=0 if abs(usd) >= 100 else None)


def billed_output(*models: Model) -> str:
    """What an input of output tokens has to hold on these models: what they reason, too."""
    efforts = {model.id: default_effort(model.id, model.provider) for model in models}
    known = [
        f"{name} ({effort})" for name, effort in efforts.items() if effort not in (None, "none")
    ]
    unknown = [name for name, effort in efforts.items() if effort is None]
    found = [
        f"{words}: {', '.join(names)}."
        for words, names in (("Reasons unasked", known), ("Not recorded", unknown))
        if names
    ]
    return " ".join(["Output is as billed, what a model reasons included.", *found])


def too_short(model: Model, tokens: int) -> str:
    """Why so few tokens at the front of a request are never read from a cache; "" if they may be,
    or where the model is newer than the table of caches.
    """
    with suppress(LookupError):
        rule = rule_of(model.provider, model.id, {})
        if rule is not None and tokens < rule.minimum:
            least = f"{rule.minimum:,} tokens"
            return f"{model.id} caches nothing below {least}, and these are {tokens:,}"
    return ""


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


def _number_boxes(inputs: type[Inputs]) -> dict[str, NumberBox]:
    """The fields that are numbers, by name."""
    controls = {item.name: control_of(item) for item in fields(inputs)}
    return {name: box for name, box in controls.items() if isinstance(box, NumberBox)}


@counted_as_usual
class Calculator(ABC):
    """The view of a model: one labelled control for each input, and the answer beneath.

    Leave one as a cell's last expression to see it. Keyword arguments set the inputs that it
    starts with. A subclass names its `title` and `inputs_type`, and puts results into words.
    """

    title: ClassVar[str]
    inputs_type: ClassVar[type[Inputs]]

    def __init__(self, *unnamed: Any, **inputs: Any) -> None:
        import ipywidgets as widgets

        self._refuse(unnamed, inputs)
        start = self.inputs_type(**inputs)
        self._turn = threading.RLock()
        self.controls = {
            item.name: control_of(item).widget(
                getattr(start, item.name),
                description=control_of(item).label,
                style={"description_width": "initial"},  # labels as long as they need to be
            )
            for item in fields(start)
        }
        self.sliders = {
            name: control.slider(getattr(start, name))
            for name, control in _number_boxes(self.inputs_type).items()
            if control.stops
        }
        self.output = widgets.HTML(self.answer_now().html())
        for control in self.controls.values():
            control.observe(self._changed, names="value")
        for name, slider in self.sliders.items():
            slider.observe(partial(self._slid, name), names="value")
        page = widgets.HTML(render("calculators/page.html"), layout={"display": "none"})
        self.view = widgets.VBox([page, *self._groups(), self.output])
        self.view.add_class("costlib-calculator")

    def _refuse(self, unnamed: tuple[Any, ...], inputs: Mapping[str, Any]) -> None:
        name, known = type(self).__name__, [item.name for item in fields(self.inputs_type)]
        if unnamed:
            raise TypeError(
                f"{name} takes its inputs by name, and {shown(unnamed[0])} has none: give one of "
                f"{', '.join(known)}, such as {known[0]}=..."
            )
        if wrong := [each for each in inputs if each not in known]:
            raise TypeError(f"{name} has no input {wrong[0]!r}: it has {', '.join(known)}")

    def _groups(self) -> list[Any]:
        """The controls in grids: those that everybody needs, then each group behind its name."""
        import ipywidgets as widgets

        groups: dict[str, list[Any]] = {"": []}
        for item in fields(self.inputs_type):
            member = self.controls[item.name]
            if item.name in self.sliders:
                member = widgets.VBox([member, self.sliders[item.name]])
            groups.setdefault(item.metadata.get("group", ""), []).append(member)
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
        remarks = (control_of(item).remark(values[item.name]) for item in fields(self.inputs_type))
        return replace(found, notes=(*filter(None, remarks), *found.notes))

    def _values(self) -> dict[str, Any]:
        """What the controls say; ValueError with the sentence of the first that says nothing."""
        return {
            item.name: control_of(item).read(self.controls[item.name].value)
            for item in fields(self.inputs_type)
        }

    def _changed(self, change: Any) -> None:
        # JupyterLab hands messages of controls to threads of the kernel (subshells): two may be
        # under way at once. One after the other, the last answer is to what all controls say.
        with self._turn:
            self.output.add_class("costlib-busy")
            self._write_out(change["owner"])
            self._point_sliders()
            self.output.value = self.answer_now().html()
            self.output.remove_class("costlib-busy")

    def _write_out(self, typed_in: Any) -> None:
        """Give the numbers their separators, except in the box that is being typed in."""
        for name, control in _number_boxes(self.inputs_type).items():
            box = self.controls[name]
            if box is typed_in:
                continue
            try:
                shown = control.show(control.read(box.value))
            except ValueError:
                continue
            if box.value != shown:
                box.unobserve(self._changed, names="value")
                box.value = shown
                box.observe(self._changed, names="value")

    def _slid(self, name: str, change: Any) -> None:
        """The box says what its slider was moved to; it need not when the box moved the slider."""
        with self._turn:
            if self._stop(name) != change["new"]:
                box = self.controls[name]
                box.value = _number_boxes(self.inputs_type)[name].show(change["new"])

    def _point_sliders(self) -> None:
        """Move each slider to the stop nearest to what its box says, if that is a number."""
        for name, slider in self.sliders.items():
            stop = self._stop(name)
            if stop is not None and slider.value != stop:
                slider.value = stop

    def _stop(self, name: str) -> float | None:
        control = _number_boxes(self.inputs_type)[name]
        with suppress(ValueError):
            return control.stop(control.read(self.controls[name].value))
        return None

    def _inputs(self) -> list[tuple[str, str]]:
        """Each label and what its control says, as a reader sees it; what cannot be read, as is."""
        shown = []
        for item in fields(self.inputs_type):
            control, value = control_of(item), self.controls[item.name].value
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
