"""What Claude refuses in a JSON schema: of a tool, of a strict tool, of an answer.

The `parse` helpers of the SDK take out of a model's schema what is refused here; a schema that is
written by hand, or was made for OpenAI, meets it. Lesson 4 asks for answers that fit a schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.schemas import check_schema

_NUMBERS = ("exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf")
# Anthropic's page on structured outputs, JSON schema limitations.
_UNSUPPORTED = {
    "integer": _NUMBERS,
    "number": _NUMBERS,
    "string": ("maxLength", "minLength"),
    "array": ("maxItems",),
}


def check_tool_schema(tool: Mapping[str, Any], place: int) -> None:
    """The API's 400 for the input schema of the tool at a place in the list.

    Observed: anthropics/claude-code issue 40075 (unions, 2026-03-28), vercel/ai issue 20681 (strict
    tools).
    """
    schema, where = tool["input_schema"], f"tools.{place}.custom"
    check_schema(schema, f"tools.{place}.input_schema", None, None)
    if "type" not in schema:
        raise ApiError(400, f"{where}.input_schema.type: Field required")
    if schema["type"] != "object":
        raise ApiError(400, f"{where}.input_schema.type: Input should be 'object'")
    if {"oneOf", "allOf", "anyOf"} & schema.keys():
        raise ApiError(
            400,
            f"{where}.input_schema: input_schema does not support oneOf, allOf, or anyOf at the "
            "top level",
        )
    if tool.get("strict"):
        check_closed(schema, where)


def check_closed(schema: Mapping[str, Any], where: str) -> None:
    """The API's 400 for what cannot be made a grammar: objects that are open, and bounds.

    Observed: ax-llm/ax issue 458 (open objects), agentjido/req_llm issue 302 (bounds); the wording
    for several bounds and for `minItems` is near the observed one.
    """
    for part in _parts(schema):
        kinds = part.get("type")
        for kind in kinds if isinstance(kinds, list) else [kinds]:
            if kind == "object" and part.get("additionalProperties") is not False:
                raise ApiError(
                    400,
                    f"{where}: For 'object' type, 'additionalProperties' must be explicitly set to "
                    "false",
                )
            found = [name for name in _UNSUPPORTED.get(str(kind), ()) if name in part]
            if kind == "array" and part.get("minItems") not in (None, 0, 1):
                found.append("minItems")
            if found:
                words = f"property '{found[0]}' is"
                if len(found) > 1:
                    words = f"properties {', '.join(found)} are"
                raise ApiError(400, f"{where}: For '{kind}' type, {words} not supported")


def _parts(schema: Any) -> Iterator[Mapping[str, Any]]:
    """The schema and all schemas inside it."""
    if not isinstance(schema, Mapping):
        return
    yield schema
    for group in ("properties", "$defs", "definitions"):
        inner = schema.get(group)
        for value in inner.values() if isinstance(inner, Mapping) else ():
            yield from _parts(value)
    for name in ("anyOf", "allOf", "oneOf"):
        options = schema.get(name)
        for option in options if isinstance(options, list) else ():
            yield from _parts(option)
    yield from _parts(schema.get("items"))
