"""The fields of a body as one flat list of paths and values, and which of them count something.

`{"usage": {"details": [{"modality": "AUDIO", "tokenCount": 7}]}}` has one field, of the path
`usage.details[AUDIO].tokenCount`. Lists are told apart by what labels their entries (a modality, a
time to live, a type); entries with the same label are added up. `read.py` and the tables of the
dialects speak of fields by these paths. Lesson 2 teaches what stands in them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from numbers import Real

Body = Mapping[str, object]

# What an entry of a list of counts is of: modality in Google's ModalityTokenCount (google-genai
# 3.6.1), ttl in Bedrock's CacheDetail, type in other vendors' lists (read on 2026-11-29).
_LABELS = ("modality", "ttl", "type")

OWN_DATA = frozenset({
    "arguments", "args", "embedding", "headers", "HTTPHeaders", "input", "inputBodyJson",
    "input_schema", "inputSchema", "json_schema", "logprobs", "logprobsResult", "modelInput",
    "parameters", "parsed", "request", "schema",
})  # fmt: skip
"""A model's or a user's own data: what is called "tokens" in there is no count of this request."""
_COUNTS = re.compile(
    r"(^|_)(tokens?|cached?|caching|requests?|calls?|search(es)?|costs?|credits?|spend|fees?|"
    r"usd|billed|billable|charged?|characters?|units?|usage)(_|$)"
)
_SETTINGS = re.compile(
    r"(^|_)(max|min|limits?|budget|remaining|window|threshold|per|ids?|prices?|retention)(_|$)"
)
_TIMES = re.compile(  # a local server's memory, too, and its rates: token/s
    r"(^|_)(time|times|date|day|utc|latency|ms|millis|at|created|timestamp|ttft|speed|percent|ratio|rate|"
    r"index|tps|memory|(total|load|eval)_duration)(_|$)|/s$"
)
_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def as_mapping(value: object) -> Body | None:
    """The fields of an SDK's object, a dataclass or a dict by name; None for anything else."""
    if type(value) is dict:
        return value
    if value is None or isinstance(value, str | int | float | list | tuple):  # most are
        return None
    if isinstance(value, Mapping):
        return value
    dump = getattr(value, "model_dump", None)
    if callable(dump):  # a pydantic object, as every SDK here returns
        found: Body = dump(warnings=False)
        return found
    if is_dataclass(value) and not isinstance(value, type):  # pydantic-ai, the Agents SDK
        return {field.name: getattr(value, field.name) for field in fields(value)}
    return None


def entries(found: object) -> Iterator[Body]:
    """The entries of a list, each by its fields; none of what is no list."""
    for each in found if isinstance(found, list | tuple) else ():
        yield as_mapping(each) or {}


def flat(record: Body, prefix: str = "") -> dict[str, object]:
    """Every field of a record by its path, in its order; see the module's docstring."""
    found: dict[str, object] = {}
    for path, value in _walk(record, prefix, frozenset()):
        _add(found, path, value)
    return found


def counting(body: Body) -> dict[str, object]:
    """The fields of a body, at any depth, whose names and values say that they count something.

    A count of tokens, requests or money. What the model wrote or the user sent (arguments,
    schemas, embeddings) is not looked into; limits and settings are no counts, and neither are
    the numbers of a list, such as the ids of a transcript's tokens.
    """
    found: dict[str, object] = {}
    for path, value in _walk(body, "", OWN_DATA):
        if path.endswith(("[#]", "[]")) or not is_quantity(value, texts=False):
            continue
        if counts(path):
            _add(found, path, value)
    return found


@lru_cache(4096)
def counts(path: str) -> bool:
    """Whether a field's name speaks of tokens, requests or money, and not of a limit or a time."""
    names = [_CAMEL.sub("_", name).lower() for name in re.split(r"[.\[\]]+", path) if name]
    last = names[-1] if names else ""  # a table's first column may have no title
    if _SETTINGS.search(last) or _TIMES.search(last):
        return False
    return any(_COUNTS.search(name.replace("-", "_")) for name in names)


@lru_cache(4096)
def is_free(path: str) -> bool:
    """Whether a field's name speaks of a limit, a time or a rate, which nobody bills."""
    last = _CAMEL.sub("_", path.rpartition(".")[2]).lower()
    return bool(_TIMES.search(last) or _SETTINGS.search(last))


def is_quantity(value: object, *, texts: bool = True) -> bool:
    """Whether a value is a number other than zero; with `texts`, also one written as text."""
    if type(value) is int or type(value) is float:
        return value != 0
    if value is None or isinstance(value, bool):
        return False
    if isinstance(value, str):
        try:
            return texts and Decimal(value) != 0
        except InvalidOperation:
            return False
    return (isinstance(value, Real | Decimal) or hasattr(value, "__index__")) and value != 0


def at(body: Body, path: str) -> object:
    """The value at a path; a name with dots in it, as a span's attributes have, comes first."""
    if path in body:
        return body[path]
    head, dot, rest = path.partition(".")
    if not dot or head not in body:
        return None
    inner = as_mapping(body[head])
    return at(inner, rest) if inner is not None else None


def word(value: object) -> str:
    """The text of an enum's member or of a plain value; "" for None."""
    return "" if value is None else str(getattr(value, "value", value))


def _walk(record: Body, prefix: str, skipped: frozenset[str]) -> Iterator[tuple[str, object]]:
    for name, value in record.items():
        if name in skipped:
            continue
        path = f"{prefix}{name}"
        if value is None or isinstance(value, str | int | float):
            yield path, value
            continue
        inner = as_mapping(value)
        if inner is not None:
            yield from _walk(inner, f"{path}.", skipped)
        elif isinstance(value, list | tuple):
            yield from _walk_list(value, path, skipped)
        else:
            yield path, value


def _walk_list(
    values: list[object] | tuple[object, ...], path: str, skipped: frozenset[str]
) -> Iterator[tuple[str, object]]:
    entries = 0
    for value in values:
        inner = None if isinstance(value, str | int | float) else as_mapping(value)
        if inner is not None:
            entries += 1
            label = next((word(inner[name]) for name in _LABELS if inner.get(name)), "")
            yield from _walk(inner, f"{path}[{label}].", skipped)
        elif isinstance(value, list | tuple):
            yield from _walk_list(value, f"{path}[]", skipped)
        elif not isinstance(value, str):
            yield f"{path}[]", value
    if entries:
        yield f"{path}[#]", entries


def _add(found: dict[str, object], path: str, value: object) -> None:
    """One more value for a path: numbers of a list's entries with one label add up."""
    before = found.get(path)
    if before is None:
        found[path] = value
    elif _is_number(value) and _is_number(before):
        exact = Decimal(str(before)) + Decimal(str(value))
        both_whole = isinstance(before, int) and isinstance(value, int)
        found[path] = int(exact) if both_whole else exact


def _is_number(value: object) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)
