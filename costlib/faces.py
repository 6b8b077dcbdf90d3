"""A room's face: names that load on first use, and functions that say what was wrong with a call.

Inside costlib a function gets what it asks for, and checks what only it can know. What people write
comes in through a face. Where a call fails there in Python's own words (`'NoneType' object has no
attribute 'prompt'`, `KeyError: 'kind'`), the face looks at the arguments, and if one of them is of
another kind than the function says, or lacks what was looked up, it says so. The first error stays
attached as the cause. What a program has set for its own decimals changes no answer: functions of a
face, and methods of a class that is `counted_as_usual`, count in USUAL. No units. Lessons meet it
wherever an argument is wrong.
"""

from __future__ import annotations

import functools
import inspect
import linecache
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date, datetime, timedelta
from decimal import Context, Decimal, localcontext
from numbers import Number
from traceback import walk_tb
from typing import Any, NoReturn, TypeVar

# Kinds by the word that an annotation has for them. A numpy number is a number, too.
_KINDS: dict[str, Callable[[object], bool]] = {
    "str": lambda value: isinstance(value, str),
    "int": lambda value: isinstance(value, Number) and hasattr(value, "__index__"),
    "float": lambda value: isinstance(value, Number) and not isinstance(value, complex),
    "Decimal": lambda value: isinstance(value, Number) and not isinstance(value, complex),
    "date": lambda value: isinstance(value, date),
    "datetime": lambda value: isinstance(value, datetime),
    "timedelta": lambda value: isinstance(value, timedelta),
    "None": lambda value: value is None,
    "bool": lambda value: True,  # everything is true or false
    "Callable": callable,
    "Mapping": lambda value: isinstance(value, Mapping),
    "Sequence": lambda value: isinstance(value, Iterable) and hasattr(value, "__len__"),
    "Collection": lambda value: isinstance(value, Iterable) and hasattr(value, "__len__"),
    "Iterable": lambda value: isinstance(value, Iterable),
    "np.ndarray": lambda value: hasattr(value, "__array__") or isinstance(value, list | tuple),
    "pd.DataFrame": lambda value: type(value).__name__ == "DataFrame",
    "pd.Series": lambda value: type(value).__name__ == "Series",
}
Kind = TypeVar("Kind", bound=type)
USUAL = Context(prec=28)
"""How decimals are counted that need not be exact: as Python does before a program changes it."""
_IN_OWN_WORDS = {"cost_of"}  # it says itself what is wrong, and a wrapper is a third of its time
_STUMBLING = {"costlib", "decimal", "json", "numpy", "pandas", "statistics"}
_SEVERAL = ("Sequence", "Collection", "Iterable")
_MANY = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
_LONGEST = 60  # characters of a value in a sentence
_LOOKED_AT = 10_000  # numbers of a list
MOST = 1e15
"""More of anything than the course counts, and several times what the world earns in a year."""


def attach(room: str, file: str) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """`__getattr__`, `__dir__` and `__all__` of a room, from its `__init__.pyi` (SPEC 1)."""
    try:
        import lazy_loader
    except ModuleNotFoundError as error:  # a command that runs before anything is installed
        return functools.partial(_not_installed, error.with_traceback(None)), list, []
    load, names, everything = lazy_loader.attach_stub(room, file)

    def __getattr__(name: str) -> Any:
        found = load(name)
        if name not in _IN_OWN_WORDS and (inspect.isroutine(found) or hasattr(found, "cache_info")):
            found = vars(sys.modules[room])[name] = explained(found)
        return found

    return __getattr__, names, everything


def _not_installed(error: ModuleNotFoundError, name: str) -> NoReturn:
    """Modules can be imported by their paths all the same; a face needs its loader."""
    raise AttributeError(name) if name.startswith("__") else error


@functools.cache
def explained(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function; where a call of it fails in Python's words, in ours, if the call was wrong.

    Its decimals are counted as usual, whatever the program has set for its own.

    It raises TypeError for an argument of another kind than its annotation names, ValueError for
    a table or mapping that lacks what was looked up there, a number that is none or beyond MOST,
    and tables that do not fit.
    """

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        try:
            with localcontext(USUAL):
                return function(*args, **keywords)
        except Exception as error:
            problem = None if _raised_here(error) else _problem(function, args, keywords, error)
            if problem is None:
                raise
            raise problem from error

    # Where pickle finds it again: under its name in its room.
    call.__module__ = ".".join(function.__module__.split(".")[:2])
    return call


def counted_as_usual(kind: Kind) -> Kind:
    """A class whose own methods and properties count decimals in USUAL, generators left out.

    It stands below `@dataclass`, which brings methods that count nothing.
    """
    for name, member in list(vars(kind).items()):
        if isinstance(member, property) and member.fget is not None:
            setattr(kind, name, property(_as_usual(member.fget), member.fset, doc=member.__doc__))
        elif isinstance(member, functools.cached_property):
            member.func = _as_usual(member.func)
        elif inspect.isfunction(member) and _is_own(member, kind):
            setattr(kind, name, _as_usual(member))
    return kind


def _is_own(function: Callable[..., Any], kind: type) -> bool:
    mine = function.__globals__["__name__"] == kind.__module__  # not made by NamedTuple
    return mine and not inspect.isgeneratorfunction(inspect.unwrap(function))


def _as_usual(function: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(function) or inspect.isasyncgenfunction(function):
        return function

    @functools.wraps(function)
    def call(*args: Any, **keywords: Any) -> Any:
        with localcontext(USUAL):
            return function(*args, **keywords)

    return call


def _raised_here(error: Exception) -> bool:
    """Whether costlib raised it itself, in its own words, or knows that it is wrong."""
    frame, line = list(walk_tb(error.__traceback__))[-1]
    code = linecache.getline(frame.f_code.co_filename, line).lstrip()
    ours = str(frame.f_globals.get("__name__", "")).startswith("costlib")
    return isinstance(error, AssertionError) or (ours and code.startswith("raise"))


def _packages(error: Exception) -> set[str]:
    """Whose code was under way: of costlib alone, or of somebody that it called."""
    frames = (frame for frame, _ in walk_tb(error.__traceback__))
    return {str(frame.f_globals.get("__name__", "")).partition(".")[0] for frame in frames}


def _problem(
    function: Callable[..., Any], args: Any, keywords: Mapping[str, Any], error: Exception
) -> Exception | None:
    """What is wrong with these arguments; None when nothing is, as far as can be told."""
    signature, known = inspect.signature(function), inspect.unwrap(function).__globals__
    try:
        given = signature.bind(*args, **keywords).arguments
    except TypeError:  # Python's words name the argument that is missing
        return None
    name = function.__name__
    arrays: list[str] = []
    for argument, value in given.items():
        kind = str(signature.parameters[argument].annotation).replace("pandas.", "pd.")
        if signature.parameters[argument].kind in _MANY:
            continue
        if not _is(value, kind, known):
            words = kind.replace(" | ", " or ")
            return TypeError(
                f"{name}: {argument}={shown(value)} is of type {type(value).__name__}, and it must "
                f"be {words}: give one"
            )
        if re.search("ndarray|DataFrame|Series", kind) and value is not None:
            arrays.append(argument)
    if isinstance(error, RecursionError):
        return _too_deep(name, given)
    if not _packages(error) <= _STUMBLING:  # a callback's, or an SDK's
        return None
    found = _lacking(name, given, error) or _too_large(name, given, error)
    return found or _unfit(name, arrays, error)


Given = Mapping[str, object]


def _lacking(name: str, given: Given, error: Exception) -> Exception | None:
    """A table or mapping without what was looked up there."""
    key = error.args[0] if isinstance(error, KeyError) and error.args else None
    for argument, value in given.items():
        columns = getattr(value, "columns", value if isinstance(value, Mapping) else None)
        if isinstance(key, str) and columns is not None and key not in columns:
            return ValueError(f"{name}: {argument} has no {shown(key)}: give one that has it")
    return None


def _too_large(name: str, given: Given, error: Exception) -> Exception | None:
    """A number that is none, or beyond what a machine counts with."""
    own = isinstance(error, ValueError) and type(error) is not ValueError
    for argument, value in given.items():
        if (own or isinstance(error, ArithmeticError | MemoryError)) and _beyond(value):
            return ValueError(
                f"{name}: {argument}={shown(value)} is no number, or larger than anybody can "
                f"mean: give one below {MOST:g}"
            )
    return None


def _too_deep(name: str, given: Given) -> Exception | None:
    """Lists in lists, deeper than anything is read."""
    nested = [each for each, value in given.items() if isinstance(value, list | tuple | Mapping)]
    if not nested:
        return None
    return ValueError(f"{name}: {' or '.join(nested)} is nested too deep: give what is flatter")


def _unfit(name: str, tables: list[str], error: Exception) -> Exception | None:
    """What pandas and numpy stumble over: what is in a table, or how it fits another."""
    if not tables:
        return None
    return ValueError(
        f"{name}: {' and '.join(tables)} cannot be used as given ({shown(error)}): see its "
        "docstring for the columns, kinds and shapes"
    )


def _beyond(value: object) -> bool:
    """Whether a number is none, or more than anything that is counted; of several, whether one is.

    What is written out, such as "1e999999", is a text, and its reader's to judge.
    """
    if isinstance(value, Mapping):
        value = list(value.values())
    if hasattr(value, "tolist"):
        value = value.tolist()
    if isinstance(value, list | tuple):
        return any(_beyond(each) for each in value[:_LOOKED_AT] if not isinstance(each, list))
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        return False
    try:
        return not -MOST <= value <= MOST
    except ArithmeticError:  # a Decimal that is NaN
        return True


def _is(value: object, kind: str, known: Mapping[str, Any]) -> bool:
    """Whether a value may be of an annotated kind; what the annotation does not tell, may."""
    return any(_may_be(value, each, known) for each in _parts(kind))


def _parts(kind: str) -> Iterator[str]:
    depth, start = 0, 0
    for place, sign in enumerate(kind):
        depth += (sign == "[") - (sign == "]")
        if sign == "|" and not depth:
            yield kind[start:place].strip()
            start = place + 1
    yield kind[start:].strip()


def _may_be(value: object, kind: str, known: Mapping[str, Any]) -> bool:
    name, _, inside = kind.partition("[")
    if name in _KINDS:
        return _KINDS[name](value) and (
            not isinstance(value, list | tuple | bytes)
            or name not in _SEVERAL
            or all(_is(each, inside.rstrip("]"), known) for each in value[:_LOOKED_AT])
        )
    found = known.get(name)
    if found is Any or not isinstance(found, type):  # Any is a class, from Python 3.11 on
        return True
    if getattr(found, "_is_protocol", False):
        asked = (each for each in vars(found) if not each.startswith("_"))
        return not isinstance(value, type) and all(hasattr(value, each) for each in asked)
    return isinstance(value, found)


def shown(value: object) -> str:
    """A value in a sentence: short, on one line, whatever it holds."""
    try:
        text = " ".join(repr(value).split())
    except (RecursionError, ValueError):  # nested too deep, or a number of thousands of digits
        return f"a {type(value).__name__}"
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
