"""What a request says about the form of its reply: a call of a function, or JSON by a schema.

Simulated models never decide to call a function. They do when `tool_choice` forces them, with
arguments that fit the function's schema; and a reply held to a JSON schema fits it. Lesson 3 counts
what schemas cost, lesson 4 what they save.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.openai.schema import check_strict, example
from costlib.provider.rules import check_tools, invalid, section
from costlib.tokens.chat import message_texts

_ANY_OBJECT = {
    "type": "object",
    "properties": {"reply": {"type": "string"}},
    "required": ["reply"],
}


@dataclass(frozen=True)
class Form:
    """The form that a reply must have: the function that must be called, or a schema, or neither.

    `named` says that the request named the very function; `counted` is the schema as the model
    reads it, which costs input tokens, or "".
    """

    function: Mapping[str, Any] | None = None
    schema: Mapping[str, Any] | None = None
    named: bool = False
    counted: str = ""

    @property
    def shaped(self) -> bool:
        """Whether the reply must be JSON, as the arguments of a call or by itself."""
        return self.function is not None or self.schema is not None

    def write(self, draw: random.Random) -> tuple[str | None, str | None]:
        """The name of the function to call, and the JSON text; None for what is not asked for."""
        if self.function is not None:
            schema = self.function.get("parameters") or {"type": "object"}
            return self.function["name"], _json(example(schema, draw))
        return None, None if self.schema is None else _json(example(self.schema, draw))


def chat_form(body: dict[str, Any], messages: Sequence[Mapping[str, Any]]) -> Form:
    """The form that a Chat Completions request asks for: `tool_choice`, `response_format`."""
    given = section(body, "response_format")
    inner = section(given, "json_schema")
    return _form(body, messages, {**inner, "type": given.get("type", "text")}, "response_format")


def response_form(body: dict[str, Any], messages: Sequence[Mapping[str, Any]]) -> Form:
    """The form that a Responses request asks for: `tool_choice`, `text.format`."""
    given = section(section(body, "text"), "format")
    return _form(body, messages, {**given, "type": given.get("type", "text")}, "text.format")


def _form(
    body: dict[str, Any],
    messages: Sequence[Mapping[str, Any]],
    wanted: dict[str, Any],
    param: str,
) -> Form:
    tools = body.get("tools")
    check_tools(tools, "function")
    for i, tool in enumerate(tools or ()):
        function = tool.get("function", tool)
        if function.get("strict"):
            where, place = f"function '{function['name']}'", f"tools[{i}].parameters"
            check_strict(function.get("parameters"), where, place, "invalid_function_parameters")
    function, named = _forced(body.get("tool_choice"), tools)
    kind, schema, counted = wanted["type"], None, ""
    if kind == "json_schema":
        schema, name = wanted.get("schema"), wanted.get("name")
        if not isinstance(name, str) or not name:
            raise invalid(f"{param}.name", name, "the name of the schema")
        if not isinstance(schema, dict):
            raise invalid(f"{param}.schema", schema, "a JSON schema")
        if wanted.get("strict"):
            # Observed in Chat: moeru-ai/xsai issue 202; in Responses: mavam/pi-web-providers 14.
            chat = param == "response_format"
            place, code = (param, None) if chat else (f"{param}.schema", "invalid_json_schema")
            check_strict(schema, f"response_format '{name}'", place, code)
        counted = name + _json(schema)
    elif kind == "json_object":
        schema = _ANY_OBJECT
        if not any("json" in text.lower() for each in messages for text in message_texts(each)):
            # OpenAI's guide on JSON mode: without the word, the request is an error.
            raise ApiError(
                400,
                "'messages' must contain the word 'json' in some form, to use 'response_format' "
                "of type 'json_object'.",
                param=param,
            )
    elif kind != "text":
        raise invalid(f"{param}.type", kind, "'text', 'json_object', 'json_schema'")
    return Form(function, schema, named, counted)


def _forced(choice: Any, tools: Any) -> tuple[Mapping[str, Any] | None, bool]:
    """The function that must be called, if one must, and whether it was named.

    Of several that may be called the first is: the dice decide on words, not on acts.
    """
    if choice is None or (choice in ("auto", "none") and isinstance(choice, str)):
        return None, False
    if not tools:
        raise ApiError(
            400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice"
        )
    functions = {}
    for tool in tools:
        function = tool.get("function", tool)
        functions[function["name"]] = function
    if choice == "required":
        return next(iter(functions.values())), False
    kind = choice.get("type") if isinstance(choice, dict) else choice
    if kind == "allowed_tools":
        inner = section(choice, "allowed_tools") or choice
        mode, listed = inner.get("mode"), inner.get("tools")
        if mode not in ("auto", "required") or not isinstance(listed, list) or not listed:
            raise invalid("tool_choice", choice, "a mode ('auto', 'required') and tools")
        first = _named(listed[0], functions)
        return (first, False) if mode == "required" else (None, False)
    if kind != "function":
        raise invalid("tool_choice", kind, "'none', 'auto', 'required', or an object")
    return _named(choice, functions), True


def _named(choice: Any, functions: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    inner = choice.get("function", choice) if isinstance(choice, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(name, str) or name not in functions:
        raise ApiError(
            400, f"Tool choice {name!r} not found in 'tools' parameter.", param="tool_choice"
        )
    return functions[name]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
