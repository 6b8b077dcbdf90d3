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
from costlib.provider.rules import missing, section
from costlib.provider.schemas import check_schema, check_strict, example
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


def chat_form(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> Form:
    """The form that a Chat Completions request asks for: `tool_choice`, `response_format`."""
    given = section(body, "response_format")
    wanted = {**section(given, "json_schema"), "type": given.get("type", "text")}
    functions = [tool["function"] for tool in body.get("tools") or ()]
    return _form(body, messages, functions, wanted, "response_format")


def response_form(body: Mapping[str, Any], messages: Sequence[Mapping[str, Any]]) -> Form:
    """The form that a Responses request asks for: `tool_choice`, `text.format`."""
    given = section(section(body, "text"), "format")
    wanted = {**given, "type": given.get("type", "text")}
    asked = messages[1:] if body.get("instructions") else messages
    return _form(body, asked, body.get("tools") or (), wanted, "text.format")


def _form(
    body: Mapping[str, Any],
    messages: Sequence[Mapping[str, Any]],
    functions: Sequence[Mapping[str, Any]],
    wanted: Mapping[str, Any],
    param: str,
) -> Form:
    for i, function in enumerate(functions):
        where, place = f"function '{function['name']}'", f"tools[{i}].parameters"
        parameters = function.get("parameters")
        if parameters is not None:
            check_schema(parameters, where, place, "invalid_function_parameters")
        if function.get("strict"):
            check_strict(parameters, where, place, "invalid_function_parameters")
    choice = _choice(body.get("tool_choice"), [function["name"] for function in functions])
    if body.get("parallel_tool_calls") is False:
        choice = replace(choice, parallel=False)
    schema, counted = None, ""
    if wanted["type"] == "json_schema":
        schema, chat = wanted.get("schema"), param == "response_format"
        if schema is None:
            raise missing(f"{param}.json_schema.schema" if chat else f"{param}.schema")
        # Observed in Chat: moeru-ai/xsai issue 202; in Responses: mavam/pi-web-providers issue 14.
        place, code = (param, None) if chat else (f"{param}.schema", "invalid_json_schema")
        where = f"response_format '{wanted['name']}'"
        check_schema(schema, where, place, code)
        if wanted.get("strict"):
            check_strict(schema, where, place, code)
        counted = wanted["name"] + as_json(schema)
    elif wanted["type"] == "json_object":
        schema = _ANY_OBJECT
        _check_says_json(messages, param)
    return Form(tuple(map(_tool, functions)), choice, schema, counted)


def _check_says_json(messages: Sequence[Mapping[str, Any]], param: str) -> None:
    """OpenAI's guide on JSON mode: without the word in a message, the request is an error.

    Responses looks at its input alone, not at the instructions (observed: pydantic-ai 2.38 sends
    them as a message for that). Chat: ultimatejimmy/xray.koplugin issue 33.
    """
    if any("json" in text.lower() for each in messages for text in message_texts(each)):
        return
    if param == "response_format":
        subject, then, place = "'messages'", ", to use 'response_format'", "messages"
    else:
        subject, then, place = "Response input messages", " to use 'text.format'", "input"
    raise ApiError(
        400,
        f"{subject} must contain the word 'json' in some form{then} of type 'json_object'.",
        param=place,
    )


def _tool(function: Mapping[str, Any]) -> Tool:
    schema = function.get("parameters") or {"type": "object"}
    return Tool(function["name"], function.get("description") or "", schema)


def _choice(choice: Any, names: Sequence[str]) -> ToolChoice:
    """What `tool_choice` says, in the shapes of both endpoints, which were checked."""
    if choice is None or choice == "auto":
        return ToolChoice()
    if choice == "none":
        return ToolChoice("none")
    if not names:
        raise ApiError(
            400, "'tool_choice' is only allowed when 'tools' are specified.", param="tool_choice"
        )
    if choice == "required":
        return ToolChoice("any")
    if choice["type"] == "allowed_tools":
        inner = choice.get("allowed_tools") or choice
        allowed = tuple(_named(each, names) for each in inner["tools"])
        return ToolChoice("any" if inner["mode"] == "required" else "auto", allowed)
    return ToolChoice("any", (_named(choice, names),), named=True)


def _named(choice: Mapping[str, Any], names: Sequence[str]) -> str:
    inner = choice.get("function", choice)
    name = inner.get("name") if isinstance(inner, Mapping) else None
    if not isinstance(name, str) or name not in names:
        raise ApiError(
            400, f"Tool choice {name!r} not found in 'tools' parameter.", param="tool_choice"
        )
    return name
