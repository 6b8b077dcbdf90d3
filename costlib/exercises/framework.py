"""How an exercise is described and judged. Taught by every lesson; no units of its own.

How to write the exercises of lesson 3: `costlib/exercises/lesson_03.py` holds one tuple,
`EXERCISES`, of the four kinds below. All arguments are keywords.

Every kind has
    id            "3.2", as in `ex.check("3.2", answer_3_2)`
    explanation   shown after "Correct.": why it is so. The same whatever the form of the answer
    hints         two or more, from a nudge to the method; never the answer itself
    right         answers that must be Correct; for a `Number` a literal worked by hand
    wrong         at least three `(answer, fragment)`: answers people really give, and a piece of
                  the message that each must bring (one at most may get the general message)

`Number`     expected() -> number, computed with costlib; tolerance (relative, 0.001 unless given);
             misconceptions: ((callable() -> number, message), ...).
             Powers of ten (cents, per 1K, per 1M) and the sign are recognised without being listed.
`Function`   expected(*args) -> anything; cases(rng) -> list of argument tuples (rng is a
             `random.Random` seeded from the id); by_hand: ((args, literal), ...) worked by hand,
             run before the cases; misconceptions: ((wrong function, message), ...);
             tolerance for the numbers in what it returns (0 for counts that must be exact).
`Choice`     options: {"a": why, "b": why, ...}, every option explained; answer: "b".
             `explanation`, `right` and `wrong` come from the options and are not given.
`Design`     validate(answer) -> (True, "") | (False, "the reason") | (None, "") when blank;
             may use `number(x)` (reads any numeric type) and `call(function, *args)` (runs a
             learner's function on copies). A right design gets `explanation`.

    EXERCISES = (
        Number(
            id="3.1",
            expected=lambda: cost_of(USAGE, "gpt-4.1").total,
            misconceptions=((lambda: ..., "You added reasoning tokens: they are in the output."),),
            explanation="Each token is billed once.",
            hints=("Which tokens are counted twice?", "Multiply each kind by its own rate, add."),
            # 1,200 x $2.00 / 1M + 300 x $8.00 / 1M
            right=(Decimal("0.0048"),),
            wrong=((4800, "1,000,000"), (0.0072, "reasoning"), (1, "not the value")),
        ),
        Function(
            id="3.2",
            expected=lambda tokens, rate: tokens * rate / 1_000_000,
            cases=lambda rng: [(rng.randrange(10_000), rng.choice([2, 8])) for _ in range(8)],
            by_hand=(((1_000_000, 3), 3),),
            misconceptions=((lambda tokens, rate: tokens * rate / 1_000, "Rates are per 1M."),),
            ...
        ),
    )

Messages are one line; `code` in backticks becomes code in HTML. Numbers that the answer should
not give away must not stand in a hint or a misconception's message: tests/test_exercises.py runs
over every lesson and looks, and requires verdict and message of every `right` and `wrong`.
"""

from __future__ import annotations

import contextlib
import html
import inspect
import io
import random
import re
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from costlib.exercises.values import (
    Unreadable,
    close,
    is_blank,
    number,
    same,
    show,
    show_call,
    show_error,
)

NOT_ATTEMPTED = "Not attempted"
INCORRECT = "Incorrect"
CORRECT = "Correct"
CANNOT_CHECK = "Cannot check"

# A cell's call of a check, by the number of the exercise: ids do not stay, hosts rewrite them.
CHECK_CALL = re.compile(r"""\bex\.check\(\s*["'](\d+\.\d+)["']""")

# A word in white on its own colour is read at 4.5:1 or more in a light and in a dark theme; no
# colour of text reaches that on both of their backgrounds.
_LOOKS = {
    NOT_ATTEMPTED: ("○", "#5c5c5c"),
    INCORRECT: ("✗", "#b3261e"),
    CORRECT: ("✓", "#1b6e2e"),
    CANNOT_CHECK: ("?", "#7a4b00"),
}
_HINT_LOOK = ("→", "#1a4f9c")

_BLANK = "Put your answer in place of the `...`, run that cell, then run this one again."
_NOTHING = "Your function gives None for every input: is a `return` missing?"
_SCALES = {
    -1.0: "The size is right and the sign is not.",
    100.0: "The digits are right, 100 times too large: cents for dollars, or a percentage?",
    0.01: "The digits are right, 100 times too small: dollars for cents, or a fraction?",
    1e3: "The digits are right, 1,000 times too large: look at the unit of each rate and count.",
    1e-3: "The digits are right, 1,000 times too small: look at the unit of each rate and count.",
    1e6: "The digits are right, 1,000,000 times too large: rates are per 1,000,000 tokens.",
    1e-6: "The digits are right, 1,000,000 times too small: divided by 1,000,000 twice?",
}


@dataclass(frozen=True)
class Feedback:
    """What a check or a hint says: a word and a sentence, as text and as HTML.

    `general` marks the message given when no known misconception explains a wrong answer.
    """

    word: str
    text: str
    general: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return f"{self.word}. {self.text}"

    def _repr_html_(self) -> str:
        icon, colour = _LOOKS.get(self.word, _HINT_LOOK)
        text = re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(self.text, quote=False))
        return (
            '<div role="status" style="margin:0.3em 0">'
            f'<strong style="background:{colour};color:#ffffff;border-radius:3px;'
            f'padding:0.1em 0.5em"><span aria-hidden="true">{icon}</span> {self.word}</strong> '
            f"{text}</div>"
        )


class Ruling(Exception):
    """Ends a check early with its feedback."""

    def __init__(self, word: str, text: str) -> None:
        super().__init__(text)
        self.feedback = Feedback(word, text)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every kind of exercise has; the module's docstring says what each field means."""

    id: str
    hints: tuple[str, ...]
    explanation: str = ""
    right: tuple[Any, ...] = ()
    wrong: tuple[tuple[Any, str], ...] = ()

    def judge(self, answer: Any) -> Feedback:
        """The verdict on an answer that is not blank; may raise `Ruling` or `Unreadable`."""
        raise NotImplementedError

    def check(self, answer: Any) -> Feedback:
        """The verdict on any answer. Raises nothing but KeyboardInterrupt."""
        try:
            return Feedback(NOT_ATTEMPTED, _BLANK) if is_blank(answer) else self.judge(answer)
        except Ruling as ruling:
            return ruling.feedback
        except Unreadable as reason:
            return Feedback(CANNOT_CHECK, str(reason))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return our_fault(error)


def our_fault(error: BaseException) -> Feedback:
    """The verdict when the check itself failed."""
    return Feedback(
        CANNOT_CHECK,
        f"The check itself failed ({show_error(error)}). This is the course's fault, not a "
        "mistake of yours: please report it, and go on.",
    )


@dataclass(frozen=True, kw_only=True)
class Number(Exercise):
    """One number, within a relative tolerance."""

    expected: Callable[[], Any]
    misconceptions: tuple[tuple[Callable[[], Any], str], ...] = ()
    tolerance: float = 0.001

    def judge(self, answer: Any) -> Feedback:
        got, want = number(answer), number(self.expected())
        if close(got, want, self.tolerance):
            return Feedback(CORRECT, self.explanation)
        for mistake, message in self.misconceptions:
            if close(got, number(mistake()), self.tolerance):
                return Feedback(INCORRECT, message)
        for factor, message in _SCALES.items():
            if want and close(got, want * factor, self.tolerance):
                return Feedback(INCORRECT, message)
        text = "This is not the value. Check the unit of every term, or uncomment the hint."
        return Feedback(INCORRECT, text, general=True)


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """A function, run on inputs worked by hand and on others made from a fixed seed."""

    expected: Callable[..., Any]
    cases: Callable[[random.Random], list[tuple[Any, ...]]]
    by_hand: tuple[tuple[tuple[Any, ...], Any], ...]
    misconceptions: tuple[tuple[Callable[..., Any], str], ...] = ()
    tolerance: float = 0.001

    def inputs(self) -> list[tuple[Any, ...]]:
        """The argument tuples of every run: the same each time."""
        return [args for args, _ in self.by_hand] + list(self.cases(random.Random(self.id)))

    def judge(self, answer: Any) -> Feedback:
        if not callable(answer):
            raise Unreadable(
                f"A function is wanted, and this is {show(answer)}: "
                "give its name without parentheses after it."
            )
        inputs = self.inputs()
        signature = inspect.signature(self.expected)
        want = [self.expected(*deepcopy(args)) for args in inputs]
        got = [call(answer, *args, shown=show_call(signature, args)) for args in inputs]
        if all(value is None for value in got):
            return Feedback(NOT_ATTEMPTED, _NOTHING)
        if all(value is None or value is ... for value in got):
            return Feedback(NOT_ATTEMPTED, _BLANK)
        differ = []
        for i, args in enumerate(inputs):
            try:
                if not same(got[i], want[i], self.tolerance):
                    differ.append(i)
            except Unreadable as reason:
                raise Unreadable(f"With {show_call(signature, args)}: {reason}") from None
        if not differ:
            return Feedback(CORRECT, self.explanation)
        if message := self._misconception(inputs, got, differ):
            return Feedback(INCORRECT, message)
        first = differ[0]
        text = (
            f"Right for {len(inputs) - len(differ)} of {len(inputs)} inputs. The first that is "
            f"not: with {show_call(signature, inputs[first])} yours gives {show(got[first])}."
        )
        return Feedback(INCORRECT, text, general=True)

    def _misconception(self, inputs: list, got: list, differ: list[int]) -> str:
        """The message of the mistake that gives what the learner's function gave wherever that is
        wrong; of several, the one that agrees with it on most other inputs too."""

        def agrees(mistake: Callable[..., Any], i: int) -> bool:
            try:
                return same(got[i], mistake(*deepcopy(inputs[i])), self.tolerance)
            except Exception:
                return False  # a mistake that fails on this input does not explain it

        best, most = "", 0
        for mistake, message in self.misconceptions:
            agreed = {i for i in range(len(inputs)) if agrees(mistake, i)}
            if agreed.issuperset(differ) and len(agreed) > most:
                best, most = message, len(agreed)
        return best


@dataclass(frozen=True, kw_only=True)
class Choice(Exercise):
    """One of several named options, each of which says why it is right or wrong."""

    options: Mapping[str, str]
    answer: str

    def __post_init__(self) -> None:
        others = tuple((key, why) for key, why in self.options.items() if key != self.answer)
        object.__setattr__(self, "explanation", self.options[self.answer])
        object.__setattr__(self, "right", (self.answer,))
        object.__setattr__(self, "wrong", others)

    def judge(self, answer: Any) -> Feedback:
        told = answer.strip().strip("().").casefold() if isinstance(answer, str) else None
        for key, why in self.options.items():
            if told == key.casefold():
                return Feedback(CORRECT if key == self.answer else INCORRECT, why)
        known = ", ".join(f'"{key}"' for key in self.options)
        raise Unreadable(f"{show(answer)} is none of the options: write one of {known}, in quotes.")


@dataclass(frozen=True, kw_only=True)
class Design(Exercise):
    """Anything with many right answers: a validator accepts it, or says what is wrong with it."""

    validate: Callable[[Any], tuple[bool | None, str]]

    def judge(self, answer: Any) -> Feedback:
        good, reason = self.validate(answer)
        if good is None:
            return Feedback(NOT_ATTEMPTED, _BLANK)
        return Feedback(CORRECT, self.explanation) if good else Feedback(INCORRECT, reason)


class _Nowhere(io.TextIOBase):
    """Swallows what is printed, without keeping it: a learner's function may print for ever."""

    def write(self, text: str) -> int:
        return len(text)


def call(function: Callable[..., Any], *args: Any, shown: str | None = None) -> Any:
    """What a learner's function returns for copies of `args`; what it prints is thrown away, and
    an iterator is read (10,000 items at most) into a list.

    Raises `Ruling` (Incorrect), naming the input (`shown`, or the values) and the exception,
    whatever the function raised, SystemExit included; KeyboardInterrupt alone passes.
    """
    inputs = shown if shown is not None else ", ".join(show(value) for value in args)
    copies = deepcopy(args)
    with contextlib.redirect_stdout(_Nowhere()), contextlib.redirect_stderr(_Nowhere()):
        try:
            result = function(*copies)
            if isinstance(result, Iterator):
                result = list(islice(result, 10_000))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            text = f"With {inputs} your function raised {show_error(error)}"
            raise Ruling(INCORRECT, text if text.endswith(".") else text + ".") from None
    if inspect.iscoroutine(result):
        result.close()
        raise Unreadable("Your function is `async`: write it with `def` alone.")
    return result
