"""How the turns of a conversation with OpenAI must follow each other: calls, then their results.

The shapes of messages are the SDK's (`refusals.check_request`); here is what types cannot say. The
wordings were observed in many clients' issues (anomalyco/opencode, continue, CLIProxyAPI).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.pairs import Turn, first_unpaired
from costlib.provider.rules import invalid, missing

_SAID = ("output_text", "refusal")  # what an answer consists of, in Responses


def check_turns(messages: Sequence[Mapping[str, Any]]) -> None:
    """Chat Completions: after an answer with calls come messages of tools, one for each call."""
    turns: list[Turn] = []
    numbered = enumerate(messages)
    for is_tool, group in groupby(numbered, key=lambda each: each[1]["role"] == "tool"):
        if is_tool:
            results = list(group)
            ids = tuple(message["tool_call_id"] for _, message in results)
            turns.append(Turn(results[0][0], results=ids))
        else:
            for place, message in group:
                if message["role"] == "assistant" and not _says(message):
                    raise invalid(f"messages[{place}].content", None, "a string, or tool_calls")
                calls = tuple(call["id"] for call in message.get("tool_calls") or ())
                turns.append(Turn(place, calls))
    wrong = first_unpaired(turns)
    if wrong is None:
        return
    if wrong.stray_result is not None:
        raise ApiError(
            400,
            "Invalid parameter: messages with role 'tool' must be a response to a preceeding "
            f"message with 'tool_calls'; {wrong.stray_result!r} is the id of none.",
            param=f"messages.[{wrong.place}].role",
        )
    raise ApiError(
        400,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to "
        "each 'tool_call_id'. The following tool_call_ids did not have response messages: "
        f"{', '.join(wrong.open_calls)}",
        param=f"messages.[{wrong.place}].role",
    )


def _says(message: Mapping[str, Any]) -> bool:
    return any(message.get(name) is not None for name in ("content", "tool_calls", "refusal"))


def check_items(
    items: Sequence[Mapping[str, Any]], earlier: Sequence[Mapping[str, Any]] = ()
) -> None:
    """Responses: every call has an output after it, every output a call before it.

    `earlier` are the messages of the response that the request goes on from.
    """
    if not items:
        raise ApiError(400, "Invalid 'input': empty array.", code="empty_array", param="input")
    open_calls = _open_calls(earlier)
    for place, item in enumerate(items):
        where = f"input[{place}]"
        content = item.get("content")
        for i, part in enumerate(content if isinstance(content, list) else ()):
            # The types let an answer consist of inputs; the API does not (observed).
            if item.get("role") == "assistant" and part["type"] not in _SAID:
                known = ", ".join(map(repr, _SAID))
                raise invalid(f"{where}.content[{i}].type", part["type"], known)
        if item.get("type") == "function_call":
            open_calls.add(item["call_id"])
        elif item.get("type") == "function_call_output":
            name = item.get("call_id")
            if name is None:
                raise missing(f"{where}.call_id")
            if name not in open_calls:
                raise ApiError(
                    400,
                    f"No tool call found for function call output with call_id {name}.",
                    param="input",
                )
            open_calls.discard(name)
    if open_calls:
        first = sorted(open_calls)[0]
        raise ApiError(400, f"No tool output found for function call {first}.", param="input")


def _open_calls(messages: Sequence[Mapping[str, Any]]) -> set[str]:
    """The calls of an earlier response that have no result yet."""
    asked = {call["id"] for each in messages for call in each.get("tool_calls") or ()}
    return asked - {each.get("tool_call_id") for each in messages}
