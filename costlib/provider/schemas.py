"""A JSON value that fits a JSON Schema: what a model writes when it is held to one.

The values are drawn and mean nothing; that they fit is checked by the `jsonschema` library, which
also says whether a schema is one. `check_strict` refuses what OpenAI refuses in a strict schema.
Lesson 4 uses it: a reply that must be JSON needs no second attempt.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.replies import sentence
from costlib.provider.rules import not_served

_DEEP, _TOO_DEEP = 6, 40  # levels: from the first on no optional value is written
_LONGEST = 10_000  # items or characters that a schema may ask for
_FORMATS = {
    "date-time": "2026-11-22T12:00:00Z",
    "date": "2026-11-22",
    "time": "12:00:00Z",
    "duration": "P3D",
    "email": "someone@example.com",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uuid": "123e4567-e89b-12d3-a456-426614174000",
}  # the formats of OpenAI's guide on structured outputs
_UNSERVED = ("allOf", "pattern", "not", "patternProperties", "if", "contains", "propertyNames")


def check_schema(schema: Any, where: str, param: str | None, code: str | None) -> None:
    """The API's 400 for what is no JSON Schema; `where` says whose it is.

    Raises ApiError.
    """
    why = _fault(json.dumps(schema, sort_keys=True))
    if why is None and where.startswith("function") and schema.get("type") != "object":
        kind = schema.get("type")
        why = f"schema must be a JSON Schema of 'type: \"object\"', got 'type: \"{kind}\"'"
    if why is not None:
        raise _bad(f"Invalid schema for {where}: {why}.", param, code)


@lru_cache(maxsize=256)
def _fault(schema: str) -> str | None:
    """What is wrong with a schema (as JSON), None for a good one."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError

    try:
        Draft202012Validator.check_schema(json.loads(schema))
    except SchemaError as error:
        place = ".".join(map(str, error.absolute_path)) or "its top"
        return f"{error.message} (at {place})"
    return None


def example(schema: Any, draw: random.Random) -> Any:
    """A value that fits the schema. Raises ApiError for a schema that cannot be read or met."""
    from jsonschema import Draft202012Validator

    why = _fault(json.dumps(schema, sort_keys=True))
    if why is not None:
        raise _unreadable(why)
    value = _Writer(schema, draw).value(schema, 0)
    if not Draft202012Validator(schema).is_valid(value):
        raise _unreadable("no value that fits it was found")
    return value


def check_strict(schema: Any, where: str, param: str, code: str | None) -> None:
    """OpenAI's rules for strict schemas (its guide): objects are closed, and name every property.

    `where` says whose schema it is, as in "response_format 'ticket'".
    """
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        kind = schema.get("type") if isinstance(schema, Mapping) else schema
        raise _bad(
            f"Invalid schema for {where}: schema must be a JSON Schema of 'type: \"object\"', got "
            f"'type: \"{kind}\"'.",
            param,
            code,
        )
    _strict(schema, (), where, param, code)


def _strict(
    schema: Any, context: tuple[str, ...], where: str, param: str, code: str | None
) -> None:
    if not isinstance(schema, Mapping):
        return
    start = f"Invalid schema for {where}: In context={context}, "
    properties = schema.get("properties")
    if schema.get("type") == "object" or properties is not None:
        if schema.get("additionalProperties") is not False:
            raise _bad(
                start + "'additionalProperties' is required to be supplied and to be false.",
                param,
                code,
            )
        named = schema.get("required")
        named = named if isinstance(named, list) else []
        every = properties if isinstance(properties, Mapping) else {}
        missing = [key for key in every if key not in named]
        if missing:
            raise _bad(
                start + "'required' is required to be supplied and to be an array including every "
                f"key in properties. Missing '{missing[0]}'.",
                param,
                code,
            )
    for group in ("properties", "$defs", "definitions"):
        inner = schema.get(group)
        for key, value in inner.items() if isinstance(inner, Mapping) else ():
            _strict(value, (*context, group, key), where, param, code)
    _strict(schema.get("items"), (*context, "items"), where, param, code)
    options = schema.get("anyOf")
    for i, option in enumerate(options if isinstance(options, list) else ()):
        _strict(option, (*context, "anyOf", str(i)), where, param, code)


class _Writer:
    """Draws values for the parts of one schema; what it cannot know is checked afterwards."""

    def __init__(self, root: Any, draw: random.Random) -> None:
        self._root, self._draw = root, draw

    def value(self, schema: Any, depth: int) -> Any:
        """A value for a part of the schema, so many levels down."""
        if depth > _TOO_DEEP:
            raise _unreadable("it never ends: give its recursion a way out, such as null")
        if not isinstance(schema, Mapping) or not schema:
            return sentence(self._draw)  # true, {}: anything will do
        if unserved := [name for name in _UNSERVED if name in schema]:
            raise not_served(f"schemas with {unserved[0]}")
        if "$ref" in schema:
            return self.value(self._target(schema["$ref"]), depth + 1)
        if "const" in schema:
            return schema["const"]
        if "enum" in schema:
            if not schema["enum"]:
                raise _unreadable("'enum' lists nothing")
            return self._draw.choice(schema["enum"])
        for key in ("anyOf", "oneOf"):
            if key in schema:
                return self.value(self._option(schema[key], depth), depth + 1)
        kind = schema.get("type") or ("object" if "properties" in schema else "string")
        if isinstance(kind, list):
            kind = "null" if depth > _DEEP and "null" in kind else self._draw.choice(kind)
        writers = {
            "null": lambda: None,
            "boolean": lambda: self._draw.random() < 0.5,
            "integer": lambda: self._multiple(schema),
            "number": lambda: self._number(schema),
            "string": lambda: self._string(schema),
            "array": lambda: self._array(schema, depth),
            "object": lambda: self._object(schema, depth),
        }
        return writers[kind]()

    def _option(self, options: list[Any], depth: int) -> Any:
        ends = [
            each for each in options if isinstance(each, Mapping) and each.get("type") == "null"
        ]
        return ends[0] if ends and depth > _DEEP else self._draw.choice(options)

    def _target(self, reference: str) -> Any:
        found = self._root
        for name in reference.removeprefix("#").split("/")[1:]:
            found = found.get(name) if isinstance(found, Mapping) else None
        if found is None or not reference.startswith("#"):
            raise _unreadable(f"$ref {reference!r} is not in it")
        return found

    def _number(self, schema: Mapping[str, Any]) -> float:
        if "multipleOf" in schema:
            return self._multiple(schema)
        low, high = _range(schema)
        value = round(self._draw.uniform(low, high), 2)
        return value if low < value < high else (low + high) / 2

    def _multiple(self, schema: Mapping[str, Any]) -> int | float:
        """A whole number of steps, each 1 unless `multipleOf` says otherwise."""
        step = schema.get("multipleOf", 1)
        low, high = _range(schema)
        first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
        first += first * step == schema.get("exclusiveMinimum")
        last -= last * step == schema.get("exclusiveMaximum")
        times = self._draw.randint(first, max(first, last))
        return times * int(step) if step == int(step) else round(times * step, 9)

    def _string(self, schema: Mapping[str, Any]) -> str:
        known = schema.get("format")
        if known is not None:
            if known not in _FORMATS:
                raise not_served(f"schemas with the string format {known!r}")
            return _FORMATS[known]
        text = sentence(self._draw)
        while len(text) < _count(schema, "minLength", 0):
            text += " " + sentence(self._draw)
        return text[: _count(schema, "maxLength", len(text))]

    def _array(self, schema: Mapping[str, Any], depth: int) -> list[Any]:
        least = _count(schema, "minItems", 0)
        most = _count(schema, "maxItems", max(least, 3))
        some = min(max(least, 1), most)
        count = least if depth > _DEEP else self._draw.randint(some, max(some, most))
        return [self.value(schema.get("items", True), depth + 1) for _ in range(count)]

    def _object(self, schema: Mapping[str, Any], depth: int) -> dict[str, Any]:
        properties, named = schema.get("properties", {}), schema.get("required", [])
        wanted = [key for key in properties if key in named or depth <= _DEEP]
        return {key: self.value(properties[key], depth + 1) for key in wanted}


def _range(schema: Mapping[str, Any]) -> tuple[float, float]:
    """Between what a number must lie; 100 apart where only one bound is given."""
    lows = [schema[name] for name in ("minimum", "exclusiveMinimum") if name in schema]
    highs = [schema[name] for name in ("maximum", "exclusiveMaximum") if name in schema]
    low = max(lows) if lows else min(0, *highs, min(highs) - 100) if highs else 0
    return low, min(highs) if highs else low + 100


def _count(schema: Mapping[str, Any], name: str, default: int) -> int:
    value = int(schema.get(name, default))
    if value > _LONGEST:
        raise _unreadable(f"{name} {value!r} is more than {_LONGEST:,}")
    return value


def _unreadable(why: str) -> ApiError:
    return _bad(f"Invalid schema: {why}.", None, "invalid_json_schema")


def _bad(message: str, param: str | None, code: str | None) -> ApiError:
    return ApiError(400, message, code=code, param=param)
