"""What a request says about the form of its reply: calls of functions, or JSON by a schema.

A reply held to a JSON schema fits it; which functions are called is decided in `tool_use`. Lesson 3
counts what schemas cost, lesson 4 what they save.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.replies import as_json
from costlib.provider.rules import check_tools, invalid, section
from costlib.provider.schemas import check_strict, example
from costlib.provider.tool_use import Tool, ToolChoice
from costlib.tokens.chat import message_texts

_ANY_OBJECT = {
    "type": "object",
    "properties": {"reply": {"type": "string"}},
    "required": ["reply"],
}


@dataclass(frozen=True)
class Form:
    """The form that a reply may have: functions that it may call, or the schema of its text.

    `counted` is the schema as the model reads it, which costs input tokens, or "".
    """

    tools: tuple[Tool, ...] = ()
    choice: ToolChoice = field(default_factory=ToolChoice)
    schema: Mapping[str, Any] | None = None
    counted: str = ""

    def write(self, draw: random.Random) -> str | None:
        """A text that fits the schema; None when there is none."""
        return None if self.schema is None else as_json(example(self.schema, draw))


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
    choice = _choice(body.get("tool_choice"), tools)
    if body.get("parallel_tool_calls") is False:
        choice = replace(choice, parallel=False)
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
        counted = name + as_json(schema)
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
    return Form(tuple(map(_tool, tools or ())), choice, schema, counted)


def _tool(tool: Mapping[str, Any]) -> Tool:
    function = tool.get("function", tool)
    schema = function.get("parameters") or {"type": "object"}
    return Tool(function["name"], function.get("description") or "", schema)


def _choice(choice: Any, tools: Any) -> ToolChoice:
    """What `tool_choice` says, in the shapes of both endpoints."""
    if choice is None or choice == "auto":
        return ToolChoice()
    if choice == "none":
        return ToolChoice("none")
    if not tools:
        raise ApiError(
            400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice"
        )
    names = [tool.get("function", tool)["name"] for tool in tools]
    if choice == "required":
        return ToolChoice("any")
    kind = choice.get("type") if isinstance(choice, dict) else choice
    if kind == "allowed_tools":
        inner = section(choice, "allowed_tools") or choice
        mode, listed = inner.get("mode"), inner.get("tools")
        if mode not in ("auto", "required") or not isinstance(listed, list) or not listed:
            raise invalid("tool_choice", choice, "a mode ('auto', 'required') and tools")
        allowed = tuple(_named(each, names) for each in listed)
        return ToolChoice("any" if mode == "required" else "auto", allowed)
    if kind != "function":
        raise invalid("tool_choice", kind, "'none', 'auto', 'required', or an object")
    return ToolChoice("any", (_named(choice, names),), named=True)


def _named(choice: Any, names: Sequence[str]) -> str:
    inner = choice.get("function", choice) if isinstance(choice, dict) else None
    name = inner.get("name") if isinstance(inner, dict) else None
    if not isinstance(name, str) or name not in names:
        raise ApiError(
            400, f"Tool choice {name!r} not found in 'tools' parameter.", param="tool_choice"
        )
    return name
