"""Requests against the SDKs' own parameter types: one pass over a body, every part at every depth.

The types of openai and anthropic say what a request may hold; `data/request_rules.csv` says which
of those names this provider serves and which make no difference to it. What a type does not know is
refused as the API refuses it; what a type knows and the table does not list is refused by name, so
that nothing is ignored silently. A newer SDK brings its new parameters by itself, refused until a
row lists them. Lesson 1 makes the first request.
"""

from __future__ import annotations

import csv
import json
import re
import types
import typing
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal

import typing_extensions

from costlib.paths import data_path

Path = tuple[str | int, ...]
Kind = Literal["unknown", "missing", "type", "value", "bounds", "pattern", "unserved"]

# A part of a request says by these names which of several shapes it has.
_TAGS = ("type", "role")
_SCALARS: Mapping[Any, tuple[str, tuple[type, ...]]] = {
    str: ("a string", (str,)),
    bool: ("a boolean", (bool,)),
    int: ("an integer", (int,)),
    float: ("a number", (int, float)),
}


class Problem(Exception):
    """What is wrong with a part of a request, in no vendor's words.

    `expected` is what would have been right: the values, the types, the bounds or the pattern.
    `what` names the thing in words, for what exists and is not served.
    """

    def __init__(
        self,
        kind: Kind,
        path: Path,
        value: Any = None,
        expected: Sequence[str] = (),
        what: str = "",
    ) -> None:
        super().__init__(kind, path)
        self.kind, self.path, self.value = kind, path, value
        self.expected, self.what = tuple(expected), what


@dataclass(frozen=True)
class _Rule:
    """A row of the table: the names of one shape that are taken, and what their values must be.

    `only`: names that are taken with one value only, the one that changes nothing. `optional`:
    names that the type calls required and the API does not. `bounds` are of numbers and of how
    many an array or object holds, `lengths` of a string or of each string that an object holds.
    """

    taken: frozenset[str]
    only: Mapping[str, Any]
    optional: frozenset[str]
    bounds: Mapping[str, tuple[float, float]]
    lengths: Mapping[str, tuple[float, float]]
    patterns: Mapping[str, re.Pattern[str]]


def check_shape(vendor: str, body: Mapping[str, Any], shape: Any, **more: Any) -> None:
    """Check a body against a `TypedDict` of the vendor's SDK; `more` are further fields of it.

    Raises Problem for the first thing that is wrong. None where a value is optional is no value.
    """
    fields = _fields(shape) | {name: (hint, False) for name, hint in more.items()}
    _check_fields(vendor, body, shape, (), fields)


def _check(vendor: str, value: Any, hint: Any, path: Path) -> None:
    origin = typing.get_origin(hint)
    if hint is Any or hint is object:
        return
    if typing_extensions.is_typeddict(hint):
        _check_fields(vendor, value, hint, path, _fields(hint))
    elif origin in (typing.Union, types.UnionType):
        _check_union(vendor, value, hint, path)
    elif origin is Literal:
        allowed = typing.get_args(hint)
        if not any(value == each and type(value) is type(each) for each in allowed):
            raise Problem("value", path, value, tuple(str(each) for each in allowed))
    elif hint in _SCALARS:
        words, kinds = _SCALARS[hint]
        if not isinstance(value, kinds) or (isinstance(value, bool) and hint is not bool):
            raise Problem("type", path, value, (words,))
    elif _is_mapping(hint):
        if not isinstance(value, dict):
            raise Problem("type", path, value, ("an object",))
        inner = typing.get_args(hint)
        for key, item in value.items() if inner else ():
            _check(vendor, item, inner[1], (*path, key))
    elif _is_array(hint):
        if not isinstance(value, list):
            raise Problem("type", path, value, ("an array",))
        (item_hint,) = typing.get_args(hint)
        for i, item in enumerate(value):
            _check(vendor, item, item_hint, (*path, i))
    elif hint is not type(None) or value is not None:  # what JSON cannot hold, such as a file
        raise Problem("type", path, value)


def _check_fields(
    vendor: str, value: Any, shape: Any, path: Path, fields: Mapping[str, tuple[Any, bool]]
) -> None:
    """One object: no name that does not exist, none missing, each value as it must be."""
    if not isinstance(value, dict):
        raise Problem("type", path, value, ("an object",))
    rule = _rules(vendor).get(_name(shape))
    if rule is None:
        raise Problem("unserved", path, value, what=_described(value, path))
    for name, (_, required) in fields.items():
        if required and name not in value and name not in rule.optional:
            raise Problem("missing", (*path, name))
    for name, item in value.items():
        here = (*path, name)
        if name not in fields and name not in rule.taken:
            raise Problem("unknown", here, item)
        hint, required = fields.get(name, (Any, False))
        if item is None and (not required or name in rule.optional):
            continue
        if name not in rule.taken and not (name in rule.only and rule.only[name] == item):
            raise Problem("unserved", here, item, what=f"the parameter {_dotted(here)!r}")
        _check(vendor, item, hint, here)
        _check_bounds(rule, name, item, here)


def _check_bounds(rule: _Rule, name: str, value: Any, path: Path) -> None:
    if name in rule.bounds and not isinstance(value, str):
        _check_size(rule.bounds[name], value, path)
    if name in rule.lengths:
        held = value.items() if isinstance(value, dict) else ()
        texts = [((*path, key), item) for key, item in held] or [(path, value)]
        for here, text in texts:
            if isinstance(text, str):
                _check_size(rule.lengths[name], text, here)
    if name in rule.patterns:
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, str) and not rule.patterns[name].search(each):
                raise Problem("pattern", path, each, (rule.patterns[name].pattern,))


def _check_size(bounds: tuple[float, float], value: Any, path: Path) -> None:
    low, high = bounds
    size = value if isinstance(value, int | float) else len(value)
    if not low <= size <= high:
        raise Problem("bounds", path, value, (f"{low:.0f}", f"{high:.0f}"))


def _check_union(vendor: str, value: Any, union: Any, path: Path) -> None:
    """A value of one of several types: an object is one of the shapes whose tags it carries."""
    shapes, others, any_object = _parts(union)
    if isinstance(value, dict) and shapes:
        if any_object:
            return
        fitting = [shape for shape in shapes if _carries_tags(vendor, value, shape)]
        served = [shape for shape in fitting if _name(shape) in _rules(vendor)]
        if not fitting:
            raise _no_such_shape(value, shapes, path)
        _first_that_fits(vendor, value, served or fitting, path)
        return
    if isinstance(value, list):
        others = tuple(each for each in others if _is_array(each)) or others
    try:
        _first_that_fits(vendor, value, others, path)
    except Problem as problem:
        if problem.path != path or problem.kind == "value":
            raise
        raise Problem("type", path, value, _words(_members(union))) from None
    except LookupError:
        raise Problem("type", path, value, _words(_members(union))) from None


def _first_that_fits(vendor: str, value: Any, hints: Sequence[Any], path: Path) -> None:
    """Raises what is wrong with the closest: the one in which the check came furthest."""
    problems = []
    for hint in hints:
        try:
            return _check(vendor, value, hint, path)
        except Problem as problem:
            problems.append(problem)
    if not problems:
        raise LookupError
    raise max(problems, key=lambda problem: (len(problem.path), problem.kind == "value"))


def _carries_tags(vendor: str, value: Mapping[str, Any], shape: Any) -> bool:
    """Whether an object says by its type and role that it has a shape, or may leave them out."""
    for tag, allowed, needed in _tags(vendor, shape):
        if value.get(tag) is None:
            if needed:
                return False
        elif allowed and value[tag] not in allowed:
            return False
    return True


@cache
def _tags(vendor: str, shape: Any) -> list[tuple[str, tuple[Any, ...], bool]]:
    """For each tag of a shape the values that it may have, and whether it must be there."""
    rule, fields = _rules(vendor).get(_name(shape)), _fields(shape)
    return [
        (tag, literals(fields[tag][0]), fields[tag][1] and not (rule and tag in rule.optional))
        for tag in _TAGS
        if tag in fields
    ]


def _no_such_shape(value: Mapping[str, Any], shapes: Sequence[Any], path: Path) -> Problem:
    """No shape has these tags: the first tag that none of them has, with the values that exist."""
    for tag in _TAGS:
        hints = [_fields(shape)[tag][0] for shape in shapes if tag in _fields(shape)]
        known = list(dict.fromkeys(name for hint in hints for name in literals(hint)))
        if known and value.get(tag) not in known:
            if tag not in value:
                return Problem("missing", (*path, tag))
            return Problem("value", (*path, tag), value[tag], tuple(known))
    tag = next((tag for tag in reversed(_TAGS) if tag in value), _TAGS[0])
    return Problem("value", (*path, tag), value.get(tag), ())


# --- What the types say -----------------------------------------------------------------------


@lru_cache(maxsize=1_024)
def _fields(shape: Any) -> dict[str, tuple[Any, bool]]:
    """Name -> its type, and whether it is required.

    The SDKs' modules postpone their annotations, so that `__required_keys__` is empty.
    """
    found = {}
    for name, hint in typing.get_type_hints(shape, include_extras=True).items():
        required = False
        while typing.get_origin(hint) in (
            typing.Required, typing.NotRequired, typing.Annotated, typing_extensions.Required,
            typing_extensions.NotRequired,
        ):  # fmt: skip
            required = required or typing.get_origin(hint) in (
                typing.Required,
                typing_extensions.Required,
            )
            hint = typing.get_args(hint)[0]
        found[name] = (hint, required)
    return found


@lru_cache(maxsize=1_024)
def _members(hint: Any) -> tuple[Any, ...]:
    """The members of a union, unions inside it opened."""
    flat: list[Any] = []
    for each in typing.get_args(hint):
        while typing.get_origin(each) is typing.Annotated:
            each = typing.get_args(each)[0]
        inner = typing.get_origin(each) in (typing.Union, types.UnionType)
        flat += _members(each) if inner else [each]
    return tuple(flat)


@lru_cache(maxsize=1_024)
def _parts(union: Any) -> tuple[tuple[Any, ...], tuple[Any, ...], bool]:
    """The shapes of a union, its other members, and whether any object at all is one of these."""
    members = _members(union)
    shapes = tuple(each for each in members if typing_extensions.is_typeddict(each))
    others = tuple(each for each in members if each not in shapes)
    return shapes, others, any(map(_is_mapping, others))


def literals(hint: Any) -> tuple[Any, ...]:
    """The values of a literal type, those inside a union included."""
    if typing.get_origin(hint) is Literal:
        return typing.get_args(hint)
    members = _members(hint) if typing.get_origin(hint) in (typing.Union, types.UnionType) else ()
    return tuple(each for member in members for each in literals(member))


@lru_cache(maxsize=1_024)
def _is_mapping(hint: Any) -> bool:
    origin = typing.get_origin(hint) or hint
    is_shape = typing_extensions.is_typeddict(origin)  # they are classes of dictionaries, too
    return isinstance(origin, type) and issubclass(origin, Mapping) and not is_shape


@lru_cache(maxsize=1_024)
def _is_array(hint: Any) -> bool:
    origin = typing.get_origin(hint)
    return (
        isinstance(origin, type)
        and bool(typing.get_args(hint))
        and not issubclass(origin, Mapping | str)
    )


def _words(members: Sequence[Any]) -> tuple[str, ...]:
    """The types of a union in words, once each."""
    words = []
    for each in members:
        if each in _SCALARS:
            words.append(_SCALARS[each][0])
        elif _is_array(each):
            words.append("an array")
        elif typing.get_origin(each) is Literal:
            words += [repr(value) for value in typing.get_args(each)]
        elif typing_extensions.is_typeddict(each) or _is_mapping(each):
            words.append("an object")
    return tuple(dict.fromkeys(words))


def _name(shape: Any) -> str:
    """The name of a shape in the table; beta types have the rows of the others."""
    return str(shape.__name__).removeprefix("Beta")


def _described(value: Mapping[str, Any], path: Path) -> str:
    """A thing that is not served, in words: by its type, or by where it stands."""
    kind = value.get("type")
    where = _dotted(path)
    return f"{where!r} of type {kind!r}" if isinstance(kind, str) else f"the parameter {where!r}"


def _dotted(path: Path) -> str:
    text = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in path)
    return text.removeprefix(".")


# --- The table --------------------------------------------------------------------------------


@cache
def _rules(vendor: str) -> dict[str, _Rule]:
    with data_path("request_rules.csv").open(encoding="utf-8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["vendor"] == vendor]
    return {row["shape"]: _rule(row) for row in rows}


def _rule(row: Mapping[str, str]) -> _Rule:
    harmless = row["harmless"].split()
    only = dict(each.split("=", 1) for each in harmless if "=" in each)
    limits = row["limits"].split()
    patterns = dict(each.split("~", 1) for each in limits if "~" in each)
    sizes = [each for each in limits if "~" not in each]
    bounds = dict(each.split(":", 1) for each in sizes if ":" in each)
    lengths = dict(each.split("#", 1) for each in sizes if "#" in each)
    return _Rule(
        taken=frozenset(row["served"].split()) | {each for each in harmless if "=" not in each},
        only={name: json.loads(value) for name, value in only.items()},
        optional=frozenset(row["optional"].split()),
        bounds={name: _range(value) for name, value in bounds.items()},
        lengths={name: _range(value) for name, value in lengths.items()},
        patterns={name: re.compile(value) for name, value in patterns.items()},
    )


def _range(text: str) -> tuple[float, float]:
    low, high = text.split("..")
    return float(low), float(high) if high else float("inf")
