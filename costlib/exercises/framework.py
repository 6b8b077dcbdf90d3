"""How an exercise is described and judged. Taught by every lesson; no units of its own.

How to write the exercises of lesson 3: `costlib/exercises/lesson_03.py` holds one tuple,
`EXERCISES`, of the three kinds below. All arguments are keywords.

Every kind has
    id            "3.2", as in `ex.check("3.2")`, which looks at the notebook's `answer_3_2`
    explanation   shown after "Correct.": why it is so. The same whatever the form of the answer
    hints         two or more, from a nudge to the method; never the answer itself
    right         answers that must be Correct, in more styles than one
    wrong         `(answer, fragment)`: wrong answers that bring no misconception's message, and a
                  piece of what they bring

`Function`   expected(*args) -> anything;
             draw(pick) -> one argument tuple, any that the statement allows (`inputs.Pick`);
             by_hand: ((args, literal), ...) worked by hand;
             edges: argument tuples for boundaries that `draw` seldom meets;
             misconceptions: ((wrong function, message), ...), three or more. Each is a wrong answer
             that must bring its own message: it answers every input, and differs from the others;
             tolerance (relative, 0.001) for the numbers in what it returns, 0 for exact counts;
             fits(result, *args) -> "" or the reason, where more than one result is right.
`Choice`     options: {"a": why, "b": why, ...}, every option explained; answer: "b".
             `explanation`, `right` and `wrong` come from the options and are not given.
`Design`     validate(answer) -> "" when it is right, or the reason why not; raises `Blank` for one
             that is not filled in. A right design gets `explanation`.

    EXERCISES = (
        Function(
            id="3.2",
            expected=lambda tokens, rate: tokens * rate / 1_000_000,
            draw=lambda pick: (pick.whole(0, 9_000), pick.amount(0, 20, 2)),
            by_hand=(((1_000_000, 3), 3),),
            misconceptions=((lambda tokens, rate: tokens * rate / 1_000, "Rates are per 1M."), ...),
            explanation="Each token is billed once.",
            hints=("What is a rate per?", "Multiply, then divide by 1,000,000."),
            right=(lambda tokens, rate: Decimal(tokens) * Decimal(str(rate)) / 1_000_000,),
        ),
    )

A message that names a misconception is given only when the answer equals it on every input. What
differs by a constant factor (cents, per 1K, minutes, the sign) or by rounding is recognised without
being listed, inside of a tuple, list or dictionary too, and where one of its numbers alone does.
Any other wrong answer gets the smallest input on which it differs or raises, ready to paste, and
from the second wrong try on what was expected; and a sentence, where it gives the same for every
input, keeps something from call to call, or looks at the order of a dictionary's keys.

`code` in backticks becomes code in HTML. Numbers that the answer should not give away must not
stand in a hint or a misconception's message. tests/exercises/test_exercises.py looks for all of
this, and test_mutants.py changes every right answer in many ways and requires that no change which
makes a difference passes.
"""

from __future__ import annotations

import builtins
import contextlib
import html
import inspect
import io
import operator
import pickle
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property, partial
from itertools import islice, product
from typing import Any

from costlib.display.amounts import counted
from costlib.exercises.inputs import Pick, drawn, in_order
from costlib.exercises.values import (
    MOST_ITEMS,
    Unreadable,
    WrongForm,
    call_of,
    has_gap,
    is_blank,
    items,
    kind,
    plain,
    same,
    show,
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
_OTHER_LOOK = ("→", "#1a4f9c")

_BLANK = "Put your answer in place of the `...`, run that cell, then run this one again."
_NOTHING = (
    "Your function gives None for every input: is a `return` missing, or does it stand where no "
    "input arrives?"
)
_PRINTED = "Your function prints, and gives None for every input: `return` what you print."
_NO_FUNCTION = "A function is wanted, and this is {}: give {}."
SCALES = (
    (-1.0, "The size is right and the sign is not."),
    (100.0, "The digits are right, 100 times too large: cents for dollars, or a percentage?"),
    (0.01, "The digits are right, 100 times too small: dollars for cents, or a fraction?"),
    (1e3, "The digits are right, 1,000 times too large: look at the unit of each rate and count."),
    (1e-3, "The digits are right, 1,000 times too small: look at the unit of each rate and count."),
    (1e6, "The digits are right, 1,000,000 times too large: rates are per 1,000,000 tokens."),
    (1e-6, "The digits are right, 1,000,000 times too small: divided by 1,000,000 twice?"),
)
_OF_TIME = tuple(
    (factor, f"Yours is {times} times too {how}: are minutes taken for hours, or seconds?")
    for factor, times, how in (
        (60.0, "60", "large"),
        (1 / 60, "60", "small"),
        (3600.0, "3,600", "large"),
        (1 / 3600, "3,600", "small"),
    )
)
_CONSTANT = "Yours gives the same for every input: let it depend on the parameters. "
_KEEPS = (
    "Called again with the same input yours gives something else: it keeps what an earlier call "
    "left, such as a list that is made outside of it, or it draws by chance. "
)
_BY_PLACE = (
    "The keys of a dictionary may come in any order, and with another one yours gives something "
    "else: take nothing by its place in it. "
)
_ROUNDED = "You rounded: give the number with all its digits."
_MOST_DIGITS = 6  # to which people round


@dataclass(frozen=True)
class Feedback:
    """What a check or a hint says: a word and a sentence, as text and as HTML, and perhaps code to
    paste into a cell.

    `general` marks the message given when no known misconception explains a wrong answer.
    """

    word: str
    text: str
    code: str = ""
    general: bool = field(default=False, compare=False)

    def __repr__(self) -> str:
        return f"{self.word}. {self.text}" + (f"\n{self.code}" if self.code else "")

    def _repr_html_(self) -> str:
        icon, colour = _LOOKS.get(self.word, _OTHER_LOOK)
        text = _with_code(self.text)
        if self.code:
            text += f'<pre style="margin:0.4em 0">{html.escape(self.code, quote=False)}</pre>'
        return (
            '<div role="status" style="margin:0.3em 0">'
            f'<strong style="background:{colour};color:#ffffff;border-radius:3px;'
            f'padding:0.1em 0.5em"><span aria-hidden="true">{icon}</span> {self.word}</strong> '
            f"{text}</div>"
        )


def _with_code(text: str) -> str:
    """A sentence as HTML, what stands in backticks as code."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", html.escape(text, quote=False))


@dataclass(frozen=True)
class Hints:
    """An exercise's hints, each folded until it is asked for, so that Run All spoils nothing."""

    id: str
    texts: tuple[str, ...]

    def __repr__(self) -> str:
        return f'{len(self.texts)} hints: `ex.hint("{self.id}", 1)` gives the first.'

    def _repr_html_(self) -> str:
        folded = "".join(
            f"<details><summary>Hint {which} of {len(self.texts)}</summary>{_with_code(text)}"
            "</details>"
            for which, text in enumerate(self.texts, 1)
        )
        after = _with_code(f'After a try, `ex.solution("{self.id}")` shows our answer.')
        return f'<div role="note" style="margin:0.3em 0">{folded}<small>{after}</small></div>'


class Ruling(Exception):
    """Ends a check early with its feedback."""

    def __init__(self, word: str, text: str, code: str = "") -> None:
        super().__init__(text)
        self.feedback = Feedback(word, text, code)


class Blank(Ruling):
    """Raised by a validator for an answer that is not filled in."""

    def __init__(self) -> None:
        super().__init__(NOT_ATTEMPTED, _BLANK)


@dataclass(frozen=True, kw_only=True)
class Exercise:
    """What every kind of exercise has; the module's docstring says what each field means."""

    id: str
    hints: tuple[str, ...]
    explanation: str = ""
    right: tuple[Any, ...] = ()
    wrong: tuple[tuple[Any, str], ...] = ()

    @property
    def answer_name(self) -> str:
        """The name of its answer in a notebook: `answer_3_2`."""
        return "answer_" + self.id.replace(".", "_")

    def judge(self, answer: Any, tries: int) -> Feedback:
        """The verdict on an answer that is not blank, after so many wrong ones.

        May raise `Ruling`, `Unreadable` or `WrongForm`.
        """
        raise NotImplementedError

    def check(self, answer: Any, tries: int = 0) -> Feedback:
        """The verdict on any answer. Raises nothing but KeyboardInterrupt."""
        try:
            if is_blank(answer):
                return Feedback(NOT_ATTEMPTED, _BLANK)
            return self.judge(answer, tries)
        except Ruling as ruling:
            return ruling.feedback
        except Unreadable as reason:
            return Feedback(CANNOT_CHECK, str(reason))
        except WrongForm as reason:
            return Feedback(INCORRECT, str(reason))
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return self._stumbled(error)

    def _stumbled(self, error: BaseException) -> Feedback:
        """The verdict when a check stopped: at the answer, if it accepts ours, else by itself."""
        try:
            accepts = bool(self.right) and self.judge(self.right[0], 0).word == CORRECT
        except KeyboardInterrupt:
            raise
        except BaseException:
            accepts = False
        if not accepts:
            return our_fault(error)
        return Feedback(
            CANNOT_CHECK,
            f"What your answer gives cannot be looked at: that stopped with {show_error(error)}. "
            "Give plain numbers, text, lists or dictionaries.",
        )


def our_fault(error: BaseException) -> Feedback:
    """The verdict when the check itself failed."""
    return Feedback(
        CANNOT_CHECK,
        f"The check itself failed ({show_error(error)}). This is the course's fault, not a "
        "mistake of yours: please report it, and go on.",
    )


@dataclass(frozen=True)
class Trial:
    """One input of a function, what is expected for it, and what the misconception at a place
    gives, which is worked out when it is asked for: a right answer needs none of them."""

    args: tuple[Any, ...]
    want: Any
    mistake: Callable[[int], Any]
    kept: bytes

    def copies(self) -> tuple[Any, ...]:
        """The arguments, for a function that may change them."""
        return pickle.loads(self.kept)


@dataclass(frozen=True, kw_only=True)
class Function(Exercise):
    """A function, run on inputs worked by hand and on others drawn with a fixed seed."""

    expected: Callable[..., Any]
    draw: Callable[[Pick], tuple[Any, ...]]
    by_hand: tuple[tuple[tuple[Any, ...], Any], ...]
    edges: tuple[tuple[Any, ...], ...] = ()
    misconceptions: tuple[tuple[Callable[..., Any], str], ...] = ()
    tolerance: float = 0.001
    fits: Callable[..., str] | None = None
    draws: int = 150

    @cached_property
    def trials(self) -> tuple[Trial, ...]:
        """The inputs of every run, the same each time, with what is expected; the smallest first,
        because the first on which an answer fails is shown."""
        inputs = [args for args, _ in self.by_hand] + list(self.edges)
        inputs += drawn(self.draw, self.id, self.draws)
        return tuple(map(self.trial, sorted(inputs, key=lambda args: len(repr(args)))))

    def trial(self, args: tuple[Any, ...]) -> Trial:
        """An input with what is expected for it."""
        kept = pickle.dumps(args)  # read anew for each function, for it may change its arguments
        want = plain(self.expected(*pickle.loads(kept)))

        @cache
        def mistake(place: int) -> Any:
            return plain(self.misconceptions[place][0](*pickle.loads(kept)))

        return Trial(args, want, mistake, kept)

    def problem(self, got: Any, trial: Trial) -> str | None:
        """None when a result is right, else a sentence about it, or "".

        Raises `Unreadable` or `WrongForm` for a result that is not of the form asked for.
        """
        if self.fits is not None:
            return self.fits(got, *trial.copies()) or None
        if same(got, trial.want, self.tolerance):
            return None
        if self.keys and isinstance(got, Mapping) and set(got) != set(self.keys):
            names = ", ".join(map(repr, self.keys))
            raise WrongForm(f"A dictionary with the keys {names} is wanted, and no others.")
        return ""

    @cached_property
    def keys(self) -> tuple[Any, ...]:
        """The keys of the dictionary that is always wanted; () where they depend on the input."""
        wanted = {
            tuple(trial.want) if isinstance(trial.want, dict) else () for trial in self.trials
        }
        return wanted.pop() if len(wanted) == 1 else ()

    def judge(self, answer: Any, tries: int) -> Feedback:
        need_function(answer)
        results = self._results(answer)
        if all(is_blank(got) and "Ellipsis" in repr(got) for got in results):
            raise Blank
        problems = [self._problem(*pair) for pair in zip(results, self.trials, strict=True)]
        differ = [i for i, problem in enumerate(problems) if problem is not None]
        if not differ:
            return Feedback(CORRECT, self.explanation)
        if message := self._mistake(results):
            return Feedback(INCORRECT, message)
        least = differ[0]
        text = f"Right for {len(results) - len(differ)} of {len(results)} inputs. "
        text += self._habit(answer, results, least)
        text += f"For this one yours gives {show(results[least])}"
        if has_gap(results[least]):
            text += ": a `...` is left there to fill in."
        elif problems[least]:
            text += f": {problems[least]}"
        elif tries:
            text += f", and {show(self.trials[least].want)} is right."
        else:
            text += "."
        return Feedback(INCORRECT, text, self._shown(self.trials[least]), general=True)

    def _habit(self, answer: Callable[..., Any], results: Sequence[Any], least: int) -> str:
        """What a wrong answer does that is wrong in every exercise, as a sentence, or ""."""
        trial, got = self.trials[least], results[least]

        def is_it(result: Any) -> bool:
            return self._alike(result, got) or repr(result) == repr(got)  # NaN is not itself

        if all(map(is_it, results)):
            return _CONSTANT
        if not is_it(_again(answer, trial.copies())):
            return _KEEPS
        if not self._order_matters and not is_it(_again(answer, _turned(trial))):
            return _BY_PLACE
        return ""

    @cached_property
    def _order_matters(self) -> bool:
        """Whether what is right depends on the order of a dictionary: "of equal ones the first"."""
        return any(
            not self._alike(plain(self.expected(*_turned(trial))), trial.want)
            for trial in self.trials
        )

    def _alike(self, one: Any, other: Any) -> bool:
        try:
            return same(one, other, self.tolerance)
        except (Unreadable, WrongForm):
            return False

    def _shown(self, trial: Trial) -> str:
        return call_of(self.answer_name, trial.args)

    def _results(self, answer: Callable[..., Any]) -> list[Any]:
        """What a learner's function gives for each input; what it prints is thrown away."""
        found = []
        with _silence() as printed, _builtins_kept():
            for trial in self.trials:
                copies = trial.copies()
                try:
                    found.append(result_of(answer, copies))
                except KeyboardInterrupt:
                    raise
                except Unreadable:
                    raise
                except BaseException as error:
                    text = _other_parameters(answer, trial.args) if not found else ""
                    text = text or f"Your function raised {_raised(error)}"
                    raise Ruling(
                        INCORRECT, f"{text}, for this input:", self._shown(trial)
                    ) from None
        if all(got is None for got in found):
            raise Ruling(INCORRECT, _PRINTED if printed.anything else _NOTHING)
        return found

    def _problem(self, got: Any, trial: Trial) -> str | None:
        """As `problem`; a result of another form ends the check, with the input in the message."""
        try:
            return self.problem(got, trial)
        except (Unreadable, WrongForm) as reason:
            word = CANNOT_CHECK if isinstance(reason, Unreadable) else INCORRECT
            raise Ruling(word, f"For this input: {reason}", self._shown(trial)) from None

    def _mistake(self, results: Sequence[Any]) -> str:
        """The message of the misconception that gives the same on every input, or ""."""

        def is_like(mistaken: Iterable[Any]) -> bool:
            return all(map(self._alike, results, mistaken))

        for i, (_, message) in enumerate(self.misconceptions):
            if is_like(trial.mistake(i) for trial in self.trials):
                return message
        right = [trial.want for trial in self.trials]

        def changed(change: Callable[[Any], Any], place: Any) -> list[Any] | None:
            """What is wanted, changed; None where the results are not like it, mostly from the
            first on, or where nothing changes: a text has no size."""
            if not is_like(_numbers_in(want, change, place) for want in right):
                return None
            found = [_numbers_in(want, change, place) for want in right]
            return found if found != right else None

        for place in (None, *_places(right)):
            where = "" if place is None else f"The number at `[{place!r}]`: "
            for factor, message in SCALES + _OF_TIME:
                if changed(partial(operator.mul, factor), place):
                    return where + message
            for digits, way in product(range(_MOST_DIGITS + 1), _ROUNDINGS):
                rounded = changed(partial(way, ndigits=digits), place)
                # Two different ones may be a yes and a no.
                if rounded and len(set(map(repr, rounded))) > 2:
                    return where + _ROUNDED
        return ""


def _round_by_scale(value: float, ndigits: int) -> float:
    """As numpy rounds, and many by hand: half a cent may go the other way than by `round`."""
    return round(value * 10**ndigits, 0) / 10**ndigits


_ROUNDINGS: tuple[Callable[..., float], ...] = (round, _round_by_scale)


def _places(right: Sequence[Any]) -> Sequence[Any]:
    """Where each of several numbers stands that are always wanted: its index, or its key."""
    first = right[0]
    if not all(type(want) is type(first) for want in right):
        return ()
    if type(first) is dict and all(set(want) == set(first) for want in right):
        return tuple(first)
    if type(first) is tuple and len({len(want) for want in right}) == 1:
        return range(len(first))
    return ()


def _numbers_in(want: Any, change: Callable[[Any], Any], place: Any = None) -> Any:
    """What is wanted, with a change made to each number in it, or in one place of it; all else
    stays."""
    if place is not None:
        parts = dict(want if type(want) is dict else enumerate(want))
        parts[place] = _numbers_in(parts[place], change)
        return parts if type(want) is dict else tuple(parts.values())
    if type(want) in (int, float):
        return change(want)
    if type(want) in (list, tuple):
        return type(want)(_numbers_in(each, change) for each in want)
    if type(want) is dict:
        return {key: _numbers_in(each, change) for key, each in want.items()}
    return want


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

    def judge(self, answer: Any, tries: int) -> Feedback:
        answer = plain(answer)
        told = answer.strip().strip("().").casefold() if isinstance(answer, str) else None
        for key, why in self.options.items():
            if told == key.casefold():
                return Feedback(CORRECT if key == self.answer else INCORRECT, why)
        known = ", ".join(f'"{key}"' for key in self.options)
        raise Unreadable(f"{show(answer)} is none of the options: write one of {known}, in quotes.")


@dataclass(frozen=True, kw_only=True)
class Design(Exercise):
    """Anything with many right answers: a validator accepts it, or says what is wrong with it."""

    validate: Callable[[Any], str]

    def judge(self, answer: Any, tries: int) -> Feedback:
        reason = self.validate(answer)
        return Feedback(INCORRECT, reason) if reason else Feedback(CORRECT, self.explanation)


class _Nowhere(io.TextIOBase):
    """Swallows what is printed, without keeping it: a learner's function may print for ever."""

    anything = False

    def write(self, text: str) -> int:
        self.anything = True
        return len(text)


@contextlib.contextmanager
def _silence() -> Iterator[_Nowhere]:
    """Shows nothing of what is printed, and asks nobody: a check runs a function many times."""
    asks, printed = builtins.input, _Nowhere()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(_Nowhere()):
        try:
            builtins.input = _no_input
            yield printed
        finally:
            builtins.input = asks


def _no_input(prompt: object = "") -> str:
    raise EOFError("`input` asks for what the parameters have: take it from them")


def _other_parameters(function: Callable[..., Any], args: Sequence[Any]) -> str:
    """What to say of a function that cannot be called with so many arguments; else ""."""
    try:
        parameters = inspect.signature(function)
    except (TypeError, ValueError):  # a built-in one may have none to tell
        return ""
    try:
        parameters.bind(*args)
    except TypeError:
        return (
            f"The check gives {counted(len(args), 'value')}, in the order of the statement, and "
            f"your function takes `{parameters}`"
        )
    return ""


@contextlib.contextmanager
def _builtins_kept() -> Iterator[None]:
    """Puts back what a learner's function did to Python's own functions, and tells of it."""
    kept = dict(vars(builtins))
    try:
        yield
    finally:
        now = dict(vars(builtins))
        vars(builtins).update(kept)
        changed = sorted(name for name in kept if now.get(name) is not kept[name] and name != "_")
        if changed:
            raise Ruling(
                INCORRECT,
                f"Your function changes Python's own `{changed[0]}`: give what you make another "
                "name, and restart the kernel.",
            ) from None


def result_of(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """What a learner's function returns; what a generator yields is read into a list."""
    result = function(*args)
    if inspect.iscoroutine(result):
        result.close()
        raise Unreadable("Your function is `async`: write it with `def` alone.")
    return list(islice(result, MOST_ITEMS)) if isinstance(result, Iterator) else result


def _turned(trial: Trial) -> tuple[Any, ...]:
    """The arguments, the keys of each dictionary from the last to the first."""
    turned: tuple[Any, ...] = in_order(trial.copies(), lambda keys: keys[::-1])
    return turned


def _again(function: Callable[..., Any], args: Sequence[Any]) -> Any:
    """What a learner's function gives this time; an exception is a result of its own."""
    with _silence(), _builtins_kept():
        try:
            return result_of(function, args)
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            return error


def _raised(error: BaseException) -> str:
    """An exception of a learner's function in a sentence, and the remedy of the commonest ones."""
    text = show_error(error).rstrip(".")
    if isinstance(error, AttributeError) and isinstance(error.obj, dict) and error.name:
        text += f' (of a dictionary a value is taken by its key: `["{error.name}"]`)'
    if not isinstance(error, TypeError):
        return text
    if "'float'" in text and "'decimal.Decimal'" in text:
        text += " (they do not mix: put `float(...)` around the Decimal, as `cost_of` gives it)"
    if "ellipsis" in text:
        text += " (a `...` is left there to fill in)"
    if "not callable" in text and (hidden := _hidden(error)):
        text += f" ({hidden})"
    return text


def _hidden(error: BaseException) -> str:
    """Which of Python's own functions has another meaning where an exception arose, and what to do
    about it, or ""."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None:
        return ""
    frame = trace.tb_frame
    for names, remedy in ((frame.f_locals, ""), (frame.f_globals, ", and restart the kernel")):
        for name in (*frame.f_code.co_varnames, *frame.f_code.co_names):
            if hasattr(builtins, name) and not callable(names.get(name, len)):
                what = kind(names[name])
                return f"`{name}` is {what} there: give that another name{remedy}"
    return ""


def need_function(answer: object) -> None:
    """Raise `Unreadable` for an answer that is no function."""
    if callable(answer):
        return
    instead = "its name without parentheses after it"
    if isinstance(answer, str):
        instead = "its name without quotes"
    elif any(map(callable, items(answer) or ())):
        instead = "its name alone, without a comma or brackets"
    raise Unreadable(_NO_FUNCTION.format(show(answer), instead))


def call(function: Callable[..., Any], *args: Any, shown: str) -> Any:
    """What a learner's function returns for copies of `args`; what it prints is thrown away.

    Raises `Ruling` (Incorrect), naming the input as `shown` says and the exception, whatever the
    function raised, SystemExit included; KeyboardInterrupt alone passes.
    """
    need_function(function)
    with _silence(), _builtins_kept():
        try:
            return result_of(function, deepcopy(args))
        except (KeyboardInterrupt, Ruling, Unreadable):
            raise
        except BaseException as error:
            text = f"With {shown} your function raised {_raised(error)}."
            raise Ruling(INCORRECT, text) from None
