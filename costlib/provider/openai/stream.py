"""OpenAI's streams: the same reply, in pieces.

A chat stream says what it cost only when `stream_options={"include_usage": True}` asks for it, in a
last chunk without choices; a Responses stream always does, in its last event. Whoever leaves a
stream early never sees its usage, and pays all the same. Lesson 4 loses one on purpose.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from costlib.tokens.encodings import encoded, load_encoding

Event = tuple[str | None, dict[str, Any] | str]

_PIECE = 4  # tokens in a piece; the API sends one or more, as it sees fit


def chat_events(reply: dict[str, Any], usage_asked: bool) -> Iterator[Event]:
    """The chunks of a Chat Completions reply, then "[DONE]".

    With `usage_asked` every chunk has a `usage`, null in all but the last.
    """
    shared = {key: value for key, value in reply.items() if key not in ("choices", "usage")}
    shared |= {"object": "chat.completion.chunk"} | ({"usage": None} if usage_asked else {})

    def chunk(index: int, delta: dict[str, Any], reason: str | None = None) -> Event:
        choice = {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}
        return None, {**shared, "choices": [choice]}

    for choice in reply["choices"]:
        index, message = choice["index"], choice["message"]
        calls = message.get("tool_calls") or []
        yield chunk(index, {"role": "assistant", "content": None if calls else "", "refusal": None})
        for piece in _pieces(message["content"] or ""):
            yield chunk(index, {"content": piece})
        for place, call in enumerate(calls):
            head = {**call, "index": place, "function": {**call["function"], "arguments": ""}}
            yield chunk(index, {"tool_calls": [head]})
            for piece in _pieces(call["function"]["arguments"]):
                part = {"index": place, "function": {"arguments": piece}}
                yield chunk(index, {"tool_calls": [part]})
        yield chunk(index, {}, choice["finish_reason"])
    if usage_asked:
        yield None, {**shared, "choices": [], "usage": reply["usage"]}
    yield None, "[DONE]"


def response_events(reply: dict[str, Any]) -> Iterator[Event]:
    """The events of a Responses reply; the last one holds the reply and its usage."""
    open_reply = {**reply, "status": "in_progress", "completed_at": None, "output": []}
    open_reply |= {"incomplete_details": None, "usage": None}
    number = 0

    def event(name: str, /, **about: Any) -> Event:
        nonlocal number
        kind = f"response.{name}"
        number += 1
        return kind, {"type": kind, "sequence_number": number - 1, **about}

    yield event("created", response=open_reply)
    yield event("in_progress", response=open_reply)
    for place, item in enumerate(reply["output"]):
        at = {"output_index": place, "item_id": item["id"]}
        started = {**item, "status": "in_progress"} if "status" in item else item
        if item["type"] == "function_call":
            started = {**started, "arguments": ""}
            yield event("output_item.added", output_index=place, item=started)
            for piece in _pieces(item["arguments"]):
                yield event("function_call_arguments.delta", **at, delta=piece)
            yield event(
                "function_call_arguments.done",
                **at,
                name=item["name"],
                arguments=item["arguments"],
            )
        elif item["type"] == "message":
            started = {**started, "content": []}
            yield event("output_item.added", output_index=place, item=started)
            at["content_index"] = 0
            (part,) = item["content"]
            yield event("content_part.added", **at, part={**part, "text": ""})
            for piece in _pieces(part["text"]):
                yield event("output_text.delta", **at, delta=piece, logprobs=[])
            yield event("output_text.done", **at, text=part["text"], logprobs=[])
            yield event("content_part.done", **at, part=part)
        else:
            yield event("output_item.added", output_index=place, item=started)
        yield event("output_item.done", output_index=place, item=item)
    yield event(reply["status"], response=reply)


def _pieces(text: str) -> Iterator[str]:
    """The text in pieces of a few tokens, cut where no character is torn."""
    encoding = load_encoding("o200k_base")
    tokens, waiting = encoded(text, encoding.name), b""
    for start in range(0, len(tokens), _PIECE):
        waiting += encoding.decode_bytes(tokens[start : start + _PIECE])
        try:
            piece = waiting.decode()
        except UnicodeDecodeError:
            continue
        waiting = b""
        yield piece
    if waiting:
        yield waiting.decode(errors="replace")
