"""What an answer used, read from its bytes as they go by; estimated where nobody says.

Units: tokens. A provider reports usage at the end of an answer, so one that is cut, and an OpenAI
chat stream without `include_usage`, has none. Then the input is counted from the request (or read
from what Anthropic sends first) and taken as not cached, the output is counted as far as it
arrived, and the record says "estimated". Hidden reasoning that never arrived is not in it.
Lesson 4 teaches this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from costlib.tokens.chat import count_chat
from costlib.tokens.encodings import encoded_length
from costlib.tokens.text import count_text
from costlib.usage.read import PROVIDERS, read_usage
from costlib.usage.record import Usage

_ENDS = ("response.completed", "response.incomplete", "response.failed")
_TEXTS = ("text", "thinking", "partial_json")  # of Anthropic's deltas
_MEDIA = ("data", "image_url", "file_data", "url", "signature", "encrypted_content")


class Answer:
    """One answer to a request body, fed with its bytes in any pieces.

    operation: "chat", "responses", "messages", "embeddings" or "text_completion".
    `model` is the one that answered, the one asked for until then. `finish_reason` and `error` are
    the vendor's words, "" where it said nothing. `complete` says that the answer reached its end.
    """

    def __init__(self, operation: str, request: Mapping[str, Any], provider: str) -> None:
        self.operation, self._request = operation, request
        self._provider = provider if provider in PROVIDERS else None
        self.model = str(request.get("model") or "")
        self.finish_reason = self.error = ""
        self.complete = False
        self._tier = _tier_asked(request)
        self._usage: dict[str, Any] | None = None  # the body that holds the final usage
        self._first: dict[str, Any] | None = None  # Anthropic's message as it starts
        self._text: list[str] = []
        self._streams = bool(request.get("stream"))
        self._waiting = bytearray()

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the answer's body, uncompressed."""
        self._waiting += chunk
        if not self._streams:
            return
        *lines, rest = self._waiting.split(b"\n")
        self._waiting = rest
        for line in lines:
            if line.startswith(b"data:"):
                self._event(line[5:].strip())

    def end(self) -> None:
        """The body has been read to its end."""
        if self._streams:
            if self._waiting:
                self.feed(b"\n")
            return
        body = _parse(self._waiting)
        if body is not None:
            self._whole(body)
            self.complete = True

    def usage(self) -> tuple[Usage, bool]:
        """What was used, and whether that is an estimate."""
        if self._usage is not None:
            try:
                return read_usage(self._usage, provider=self._provider), False
            except ValueError:  # a server that speaks the protocol but counts otherwise
                pass
        return self._estimate(), True

    # --- Reading ------------------------------------------------------------------------------

    def _whole(self, body: dict[str, Any]) -> None:
        """A complete body, or the response inside the last event of a Responses stream."""
        self._note(body)
        if body.get("usage"):
            self._usage = body
        details = body.get("incomplete_details") or {}
        reasons = [choice.get("finish_reason") for choice in body.get("choices") or ()]
        self.finish_reason = str(
            next(filter(None, reasons), None)
            or details.get("reason")
            or body.get("stop_reason")
            or (body.get("status") if self.operation == "responses" else None)
            or ""
        )
        if body.get("error"):
            self.error = _error_name(body["error"])
        self._text.extend(
            _strings(body.get("choices") or body.get("output") or body.get("content"))
        )

    def _event(self, data: bytes) -> None:
        if data == b"[DONE]":
            self.complete = True
            return
        event = _parse(data)
        if event is None:
            return
        kind = event.get("type")
        if event.get("error") and kind in (None, "error"):
            self.error = _error_name(event["error"])
        elif self.operation == "messages":
            self._anthropic(kind, event)
        elif self.operation == "responses":
            if kind in _ENDS:
                self._text.clear()
                self._whole(event["response"])
                self.complete = True
            elif str(kind).endswith(".delta") and isinstance(event.get("delta"), str):
                self._text.append(event["delta"])
            elif kind == "response.created":
                self._note(event["response"])
        else:
            self._chunk(event)

    def _chunk(self, event: dict[str, Any]) -> None:
        self._note(event)
        if event.get("usage"):
            self._usage = {"usage": event["usage"], "service_tier": event.get("service_tier")}
        for choice in event.get("choices") or ():
            self.finish_reason = choice.get("finish_reason") or self.finish_reason
            self._text.extend(_strings(choice.get("delta") or choice.get("text")))

    def _anthropic(self, kind: Any, event: dict[str, Any]) -> None:
        if kind == "message_start":
            self._first = event["message"]
            self._note(self._first)
        elif kind == "content_block_delta":
            delta = event["delta"]
            self._text.extend(delta[name] for name in _TEXTS if delta.get(name))
        elif kind == "message_delta":
            self.finish_reason = (event.get("delta") or {}).get("stop_reason") or ""
            said = {name: n for name, n in event["usage"].items() if n is not None}
            start = (self._first or {}).get("usage") or {}
            self._usage = {"usage": {**start, **said}}
        elif kind == "message_stop":
            self.complete = True

    def _note(self, body: Mapping[str, Any]) -> None:
        self.model = str(body.get("model") or self.model)
        if body.get("service_tier"):
            self._tier = _standard(str(body["service_tier"]))

    # --- Estimating ---------------------------------------------------------------------------

    def _estimate(self) -> Usage:
        output = _count("".join(self._text), self.model)
        if self._first is not None:
            usage = {**self._first["usage"]}
            usage["output_tokens"] = max(output, usage.get("output_tokens") or 0)
            try:
                return replace(read_usage({"usage": usage}), tier=self._tier)
            except ValueError:
                pass
        return Usage(_count_input(self._request, self.model), output, tier=self._tier)


def _count_input(request: Mapping[str, Any], model: str) -> int:
    """The tokens of a request: its texts, framing and tools. Pictures and sound are left out."""
    messages: list[Any] = []
    for name, role in (("system", "system"), ("instructions", "system"), ("input", "user")):
        given = request.get(name)
        if isinstance(given, str):
            messages.append({"role": role, "content": given})
        elif given:
            messages.extend(given if name == "input" else [{"role": role, "content": given}])
    messages.extend(request.get("messages") or ())
    if isinstance(request.get("prompt"), str):
        return _count(request["prompt"], model)
    try:
        return count_chat(messages, model, request.get("tools")).tokens
    except (LookupError, ValueError, TypeError, AttributeError):
        # Other content than text, or a model whose tokenizer is not known.
        texts = _strings([messages, request.get("tools")])
        return sum(_count(text, model) for text in texts)


def _count(text: str, model: str) -> int:
    try:
        return count_text(text, model).tokens
    except LookupError:
        return encoded_length(text, "o200k_base")


def _strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value that a model reads or writes, media left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _MEDIA and name not in ("role", "type", "id", "finish_reason", "status"):
                yield from _strings(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _strings(inner)


def _tier_asked(request: Mapping[str, Any]) -> str:
    if request.get("speed") == "fast":
        return "fast"
    return _standard(str(request.get("service_tier") or "auto"))


def _standard(tier: str) -> str:
    return "standard" if tier in ("auto", "default", "standard_only") else tier


def _error_name(error: Any) -> str:
    """A short name, never a message: messages may repeat what was sent, keys included."""
    if not isinstance(error, Mapping):
        return "error"
    return str(error.get("code") or error.get("type") or "error")


def _parse(data: bytes | bytearray) -> dict[str, Any] | None:
    try:
        body = json.loads(data)
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
