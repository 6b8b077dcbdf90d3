"""A guess before a cell runs, and the answer beside it: `ex.reveal(guess, answer, unit)`.

A learner who has committed to a number remembers how far off it was. A guess is a line of a
lesson, `guess_month = ...  # USD`, and so it is kept in the notebook itself: it outlives the
kernel, and a later lesson can read it (`saved_guess`). It is optional: three dots are no guess, and
nothing waits for one. What a saved notebook holds is read in one place (`guesses_of`), for the
lesson that shows it and for `progress`, which counts. Units: those of the answer. Every lesson uses
it.
"""

from __future__ import annotations

import ast
import json
import operator
import re
import reprlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import isfinite
from pathlib import Path
from typing import Any

from costlib.display.amounts import money
from costlib.display.tables import Shown
from costlib.display.templates import render
from costlib.display.typed import read_typed, stem, unit_of
from costlib.exercises.files import read_regular
from costlib.exercises.values import is_blank
from costlib.faces import explained
from costlib.paths import NOTEBOOK_BYTES, ROOT

_CLOSE = 0.1  # a guess within a tenth is called close
_ABOUT = re.compile(r"(?:about|around|approx\w*\.?|ca\.?|circa|maybe|roughly|some|[~≈])\s*", re.I)
_TIMES = {"m": 6, "b": 9}  # beside those known everywhere: a guess is in millions and no minutes
_UNITS = {"USD", "EUR", "GBP", "JPY", "INR", "%"}  # of which one is not compared with another
_GUESS = re.compile(r"^(?P<name>guess_\w+)[ \t]*=(?P<value>[^=\n][^\n]*)$", re.M)
_SUMS = {  # of floats, which end where a power of whole numbers would fill the memory
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}
_LONGEST = 60  # characters of a guess in words that are shown


@dataclass(frozen=True)
class Reveal(Shown):
    """A guess beside its answer, as a sentence or two."""

    guessed: str
    answered: str

    def html(self) -> str:
        """The two sentences in a box that both themes can show."""
        return render("exercises/reveal.html", guessed=self.guessed, answered=self.answered)

    def __str__(self) -> str:
        return f"{self.answered} {self.guessed}"


def reveal(guess: Any, answer: Any, unit: str = "") -> Reveal:
    """The answer, and how the guess compares: how many times too high or low, or right or not.

    `answer` is a number in `unit` ("USD" is shown as money, "%" behind the number), or a text, for
    a guess among choices. `guess` is what the learner wrote: a number, a text such as "20 dollars",
    or `...` for none. A guess that cannot be compared is shown as it is; none raises.
    """
    answered = f"The answer: {_in_words(answer, unit)}."
    if is_blank(guess):
        return Reveal("You made no guess.", answered)
    if isinstance(answer, str):
        right = str(guess).strip().casefold() == answer.strip().casefold()
        return Reveal(f"You guessed {_short(guess)}{': right' if right else ''}.", answered)
    number = _number(guess, unit)
    if number is None:
        return Reveal(f"You guessed {_short(guess)}.", answered)
    return Reveal(f"You guessed {_in_words(number, unit)}: {_compared(number, float(answer))}.",
                  answered)  # fmt: skip


@explained
def saved_guess(lesson: int, name: str, folder: Path = ROOT / "lessons") -> Any:
    """The guess that the learner's saved notebook of a lesson holds under a name; `...` if none.

    Nothing is run: `guesses_of` reads the line. A notebook that is missing or damaged has no guess.
    """
    for path in sorted(folder.glob(f"{lesson:02d}_*.ipynb")):
        try:
            notebook = json.loads(read_regular(path, NOTEBOOK_BYTES).decode("utf-8-sig"))
            return guesses_of(notebook).get(name, ...)
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return ...
    return ...


def guesses_of(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """The guesses that a notebook's code cells ask for, by name: each with what was guessed, and
    `...` where nothing was, or nothing that can be read without running it.

    A number, a text, and a sum of numbers such as `30 * 700` can be read. Raises KeyError or
    TypeError for what is no notebook.
    """
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    asked = _GUESS.finditer("\n".join(sources))
    return {line["name"]: _read(line["value"].strip()) for line in asked}


def _read(text: str) -> Any:
    try:
        guess = _value(ast.parse(text, mode="eval").body)
    except (ValueError, TypeError, SyntaxError, ArithmeticError, MemoryError, RecursionError):
        return ...
    return ... if is_blank(guess) else guess


def _value(node: ast.expr) -> Any:
    if isinstance(node, ast.BinOp) and type(node.op) in _SUMS:
        return _SUMS[type(node.op)](float(_value(node.left)), float(_value(node.right)))
    return ast.literal_eval(node)


def _number(guess: Any, unit: str) -> float | None:
    """A guess as a number: 0.2, Decimal("0.2"), "20 dollars", "about 7k", "7 000", "20 cents".

    None for others: of "2,5" and "2 to 3" no one number can be told, and euros are no dollars.
    """
    try:
        if isinstance(guess, str):
            guess = _in_prose(guess, unit)
        number = float("nan" if isinstance(guess, bool) else guess)
    except (TypeError, ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _in_prose(guess: str, unit: str) -> Decimal:
    """The number in a guess. Raises ValueError where there is none, or more than one."""
    number, words = read_typed(_ABOUT.sub("", guess.strip(), count=1), whole=False, times=_TIMES)
    if words[:2] == [":", "1"]:  # a ratio to 1
        del words[:2]
    words = [unit_of(word) for word in words if word not in unit.split()]
    if any(word.isdecimal() or word in ("^", "*") for word in words):  # a range, a fraction, a sum
        raise ValueError
    if unit in _UNITS and not _UNITS.isdisjoint(words) and unit not in words:
        raise ValueError
    return number.scaleb(-2) if words and stem(words[0]) == "cent" else number


def _compared(guess: float, answer: float) -> str:
    if guess == answer:
        return "exactly right"
    if answer and abs(guess - answer) <= _CLOSE * abs(answer):
        return "close"
    if guess <= 0 or answer <= 0:
        return "too high" if guess > answer else "too low"
    times = max(guess, answer) / min(guess, answer)
    how = f"{times:,.1f} times" if times < 10 else f"{times:,.0f} times"
    return f"{how} too {'high' if guess > answer else 'low'}"


def _in_words(answer: Any, unit: str) -> str:
    if isinstance(answer, str):
        return answer
    if unit == "USD":
        return money(answer)
    value = float(answer)
    number = f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.3g}"
    return f"{number}{'' if unit == '%' else ' '}{unit}".strip()


def _short(guess: Any) -> str:
    text = " ".join(reprlib.repr(guess).strip("'\"").split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
