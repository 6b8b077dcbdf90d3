"""What OpenAI keeps of earlier calls: responses, and chat completions that were to be stored.

Responses are stored unless a request says otherwise, completions only when it asks. Lesson 3 goes
on from a stored response, and pays again for all that was said.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from openai.types.chat.completion_update_params import CompletionUpdateParams

from costlib.provider.errors import ApiError
from costlib.provider.event_stream import Stream
from costlib.provider.openai.items import input_id
from costlib.provider.openai.refusals import check_request
from costlib.provider.openai.stream import response_events
from costlib.provider.paging import one, openai_page
from costlib.provider.rules import invalid
from costlib.provider.state import Provider
from costlib.provider.transport import Call


def keep_response(
    provider: Provider, reply: Mapping[str, Any], messages: Sequence[Any], items: Sequence[Any]
) -> None:
    """Store a response: `messages` is the conversation to go on from, `items` what was sent."""
    kept = {"reply": reply, "messages": list(messages), "items": list(items)}
    provider.responses[reply["id"]] = _interned(kept)


def keep_completion(provider: Provider, reply: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """Store a chat completion with its messages."""
    shown = {**reply, "metadata": body.get("metadata") or {}}
    messages = [
        {"id": f"{reply['id']}-{i}", "name": None, **message}
        for i, message in enumerate(body["messages"])
    ]
    provider.completions[reply["id"]] = _interned({"reply": shown, "messages": messages})


def _interned(value: Any) -> Any:
    """The same value with equal texts kept once: thousands of responses share their handbook."""
    if isinstance(value, dict):
        return {key: _interned(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_interned(item) for item in value]
    return sys.intern(value) if isinstance(value, str) else value


# --- Responses --------------------------------------------------------------------------------


def retrieve_response(call: Call) -> dict[str, Any] | Stream:
    """GET /v1/responses/{id}: a response that was stored, as a stream of events if asked for."""
    reply = _response(call)["reply"]
    if one(call.query, "stream") != "true":
        return reply
    seen = one(call.query, "starting_after") or "-1"
    if not seen.removeprefix("-").isdecimal():
        raise invalid("starting_after", seen, "whole numbers")
    events = islice(response_events(reply), max(0, int(seen) + 1), None)
    return Stream(events, {})  # it was billed when it was made


def delete_response(call: Call) -> dict[str, Any]:
    """DELETE /v1/responses/{id}."""
    _response(call)
    del call.provider.responses[call.name]
    return {"id": call.name, "object": "response", "deleted": True}


def cancel_response(call: Call) -> dict[str, Any]:
    """POST /v1/responses/{id}/cancel: only background responses can be, and there are none here."""
    _response(call)
    raise ApiError(400, "Cannot cancel a synchronous response.")


def input_items(call: Call) -> dict[str, Any]:
    """GET /v1/responses/{id}/input_items: what was sent, newest first."""
    stored = _response(call)
    items = [_input_item(call.name, i, item) for i, item in enumerate(stored["items"])]
    return openai_page(items, call.query, order="desc")


def _input_item(name: str, place: int, item: Mapping[str, Any]) -> dict[str, Any]:
    """An item as it is listed: with an id, and with the content of a message in parts."""
    shown = {"id": input_id(name.removeprefix("resp_"), place), "type": "message", **item}
    if shown["type"] == "message":
        content = shown["content"]
        kind = "output_text" if shown["role"] == "assistant" else "input_text"
        parts = [{"type": kind, "text": content}] if isinstance(content, str) else content
        shown |= {"status": "completed", "content": [_listed(part) for part in parts]}
    return shown


def _listed(part: Mapping[str, Any]) -> dict[str, Any]:
    return {"annotations": [], **part} if part["type"] == "output_text" else dict(part)


def _response(call: Call) -> dict[str, Any]:
    if call.name not in call.provider.responses:
        raise ApiError(404, f"Response with id '{call.name}' not found.")
    return call.provider.responses[call.name]


# --- Chat completions -------------------------------------------------------------------------


def list_completions(call: Call) -> dict[str, Any]:
    """GET /v1/chat/completions: the stored ones, of one `model` or of all, and those only that have
    each key of `metadata` that is asked for (`metadata[key]=value`)."""
    replies = [stored["reply"] for stored in call.provider.completions.values()]
    model = one(call.query, "model")
    asked = {
        name.removeprefix("metadata[").removesuffix("]"): value
        for name in call.query
        if name.startswith("metadata[") and (value := one(call.query, name)) is not None
    }
    found = [
        each
        for each in replies
        if model in (None, each["model"]) and asked.items() <= each["metadata"].items()
    ]
    return openai_page(found, call.query)


def retrieve_completion(call: Call) -> dict[str, Any]:
    """GET /v1/chat/completions/{id}."""
    return _completion(call)["reply"]


def update_completion(call: Call) -> dict[str, Any]:
    """POST /v1/chat/completions/{id}: its metadata can be replaced."""
    reply = _completion(call)["reply"]
    check_request(call.json(), CompletionUpdateParams)
    reply["metadata"] = call.json()["metadata"] or {}
    return reply


def delete_completion(call: Call) -> dict[str, Any]:
    """DELETE /v1/chat/completions/{id}."""
    _completion(call)
    del call.provider.completions[call.name]
    return {"id": call.name, "object": "chat.completion.deleted", "deleted": True}


def completion_messages(call: Call) -> dict[str, Any]:
    """GET /v1/chat/completions/{id}/messages."""
    return openai_page(_completion(call)["messages"], call.query)


def _completion(call: Call) -> dict[str, Any]:
    if call.name not in call.provider.completions:
        raise ApiError(404, f"Chat completion with id '{call.name}' not found.")
    return call.provider.completions[call.name]
