"""A JSON value that fits a JSON Schema: what a model writes when OpenAI holds it to one.

The values are drawn and mean nothing; that they fit is real. `check_strict` refuses what OpenAI
refuses in a strict schema. Lesson 4 uses it: a reply that must be JSON needs no second attempt.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.replies import sentence
from costlib.provider.rules import not_served

_DEEP, _TOO_DEEP = 6, 40  # levels: from the first on no optional value is written
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


def example(schema: Any, draw: random.Random) -> Any:
    """A value that fits the schema. Raises ApiError for a schema that cannot be read or met."""
    return _value(schema, schema, draw, 0)


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


def _value(schema: Any, root: Any, draw: random.Random, depth: int) -> Any:
    if depth > _TOO_DEEP:
        raise _unreadable("it never ends: give its recursion a way out, such as null")
    if schema is True or schema == {}:
        return sentence(draw)
    if not isinstance(schema, Mapping):
        raise _unreadable(f"{schema!r} is no schema")
    if "$ref" in schema:
        return _value(_target(schema["$ref"], root), root, draw, depth + 1)
    if "const" in schema:
        return schema["const"]
    for key in ("enum", "anyOf", "oneOf"):
        options = schema.get(key)
        if options is None:
            continue
        if not isinstance(options, list) or not options:
            raise _unreadable(f"'{key}' must be an array that is not empty")
        if key == "enum":
            return draw.choice(options)
        return _value(_option(options, draw, depth), root, draw, depth + 1)
    if "allOf" in schema or "pattern" in schema or "not" in schema:
        raise not_served("schemas with allOf, not or pattern")
    kind = schema.get("type") or ("object" if "properties" in schema else "string")
    if isinstance(kind, list) and kind:
        kind = "null" if depth > _DEEP and "null" in kind else draw.choice(kind)
    return _of_type(kind, schema, root, draw, depth)


def _option(options: list[Any], draw: random.Random, depth: int) -> Any:
    ends = [each for each in options if isinstance(each, Mapping) and each.get("type") == "null"]
    return ends[0] if ends and depth > _DEEP else draw.choice(options)


def _target(reference: Any, root: Any) -> Any:
    found = root
    for name in str(reference).removeprefix("#").split("/")[1:]:
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None or not str(reference).startswith("#"):
        raise _unreadable(f"$ref {reference!r} is not in it")
    return found


def _of_type(
    kind: Any, schema: Mapping[str, Any], root: Any, draw: random.Random, depth: int
) -> Any:
    if kind == "null":
        return None
    if kind == "boolean":
        return draw.random() < 0.5
    if kind == "integer" or (kind == "number" and "multipleOf" in schema):
        return _multiple(schema, draw)
    if kind == "number":
        low, high = _range(schema)
        value = round(draw.uniform(low, high), 2)
        return value if low < value < high else (low + high) / 2
    if kind == "string":
        return _string(schema, draw)
    if kind == "array":
        least = _count(schema, "minItems", 0)
        most = _count(schema, "maxItems", max(least, 3))
        count = least if depth > _DEEP else draw.randint(min(max(least, 1), most), most)
        items = schema.get("items", True)
        return [_value(items, root, draw, depth + 1) for _ in range(count)]
    if kind == "object":
        properties, named = schema.get("properties") or {}, schema.get("required") or []
        if not isinstance(properties, Mapping) or not isinstance(named, list):
            raise _unreadable("'properties' must be an object and 'required' an array")
        wanted = [key for key in properties if key in named or depth <= _DEEP]
        return {key: _value(properties[key], root, draw, depth + 1) for key in wanted}
    raise _unreadable(f"type {kind!r} is not known")


def _range(schema: Mapping[str, Any]) -> tuple[float, float]:
    """Between what a number must lie; 100 apart where only one bound is given."""
    lows = [_bound(schema, name) for name in ("minimum", "exclusiveMinimum") if name in schema]
    highs = [_bound(schema, name) for name in ("maximum", "exclusiveMaximum") if name in schema]
    low = max(lows) if lows else min(0, *highs, min(highs) - 100) if highs else 0
    high = min(highs) if highs else low + 100
    if low > high:
        raise _unreadable(f"no number lies between {low} and {high}")
    return low, high


def _multiple(schema: Mapping[str, Any], draw: random.Random) -> int | float:
    """A whole number of steps, each 1 unless `multipleOf` says otherwise."""
    step = _bound(schema, "multipleOf") if "multipleOf" in schema else 1
    if step <= 0 or (schema.get("type") == "integer" and step != int(step)):
        raise _unreadable(f"multipleOf {step!r} gives no such number")
    low, high = _range(schema)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    first += first * step == schema.get("exclusiveMinimum")
    last -= last * step == schema.get("exclusiveMaximum")
    if first > last:
        raise _unreadable(f"no multiple of {step} lies between {low} and {high}")
    times = draw.randint(first, last)
    return times * int(step) if step == int(step) else round(times * step, 9)


def _string(schema: Mapping[str, Any], draw: random.Random) -> str:
    known = schema.get("format")
    if known is not None:
        if not isinstance(known, str) or known not in _FORMATS:
            raise not_served(f"schemas with the string format {known!r}")
        return _FORMATS[known]
    text = sentence(draw)
    least = _count(schema, "minLength", 0)
    while len(text) < least:
        text += " " + sentence(draw)
    return text[: _count(schema, "maxLength", len(text))]


def _bound(schema: Mapping[str, Any], name: str) -> int | float:
    value = schema[name]
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not abs(value) < 1e12:
        raise _unreadable(f"{name} {value!r} is not a number")
    return value


def _count(schema: Mapping[str, Any], name: str, default: int) -> int:
    value = schema.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= 10_000:
        raise _unreadable(f"{name} {value!r} is not a whole number from 0 to 10,000")
    return value


def _unreadable(why: str) -> ApiError:
    return _bad(f"Invalid schema: {why}.", None, "invalid_json_schema")


def _bad(message: str, param: str | None, code: str | None) -> ApiError:
    return ApiError(400, message, code=code, param=param)
