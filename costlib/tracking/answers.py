"""What an answer used, read from its bytes as they go by; estimated where nobody says.

Units: tokens. A provider reports usage at the end of an answer, so one that is cut, and an OpenAI
chat stream without `include_usage`, has none. Then the input is counted from the request (or read
from what Anthropic sends first) and taken as not cached, the output is counted as far as it
arrived, and the record says "estimated". Hidden reasoning that never arrived is not in it. Sound
and pictures, answers that nobody understands, and those of the background have no count then, and
so no price. Nothing here raises. Lesson 4 teaches this module.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from costlib.faces import counted_as_usual
from costlib.tokens.chat import count_chat
from costlib.tokens.encodings import encoded_length
from costlib.tokens.text import count_text
from costlib.tracking.frames import Frames
from costlib.usage.beside import searches_always
from costlib.usage.read import PROVIDERS, read_usage
from costlib.usage.record import COUNTS, Usage
from costlib.usage.streams import MOST_TOKENS, EventReader, StreamUsage, parsed

_TEXTUAL = ("chat", "responses", "messages", "text_completion", "embeddings")
_TEXTS = ("text", "thinking", "partial_json")  # of Anthropic's deltas
_MEDIA = ("data", "image_url", "file_data", "url", "signature", "encrypted_content", "b64_json")
_NO_TEXTS = ("role", "type", "id", "finish_reason", "status")
_TOTALS = ("prompt_tokens", "completion_tokens", "input_tokens", "output_tokens")
_FRAMED = "application/vnd.amazon.eventstream"  # how Bedrock sends events


@counted_as_usual
class Answer:
    """One answer to a request body, fed with its bytes in any pieces.

    operation: "chat", "responses", "messages", "embeddings", "images" ...
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
        self._usage = StreamUsage()
        self._text: list[str] = []
        self._wrote = False  # a block of content, thinking that is not shown included
        self._streams = bool(request.get("stream"))
        self._frames: Frames | None = None
        self._events = EventReader()
        self._body = bytearray()

    def begins(self, content_type: str) -> None:
        """What the response's head says its body is."""
        if content_type.startswith("text/event-stream"):
            self._streams = True
        if content_type.startswith(_FRAMED):
            self._frames = Frames()

    def feed(self, chunk: bytes) -> None:
        """The next bytes of the answer's body, uncompressed."""
        if self._frames is not None:
            for framed in self._frames.feed(chunk):
                self._safely(framed)
            return
        if not self._streams:
            self._body += chunk
            return
        for event in self._events.feed(chunk):
            self._take(event)

    def end(self) -> None:
        """The body has been read to its end."""
        if self._streams or self._frames is not None:
            for event in self._events.end():
                self._take(event)
            return
        self.complete = True
        self._usage.body = parsed(self._body)
        self._usage.done()
        if self._usage.body is not None:
            with suppress(Exception):
                self._whole(self._usage.body)

    def usage(self) -> tuple[Usage, bool]:
        """What was used, and whether that is an estimate."""
        if self._is_free():
            return Usage(tier=self._tier), False
        told = self._usage
        if told.body is not None and (told.final or self.finish_reason):
            read = self._read(told.body)
            if read is not None and not self._told_nothing(read):
                return read, False
        try:
            estimate = self._estimate()
        except Exception:  # a request that nobody can count
            return Usage(tier=self._tier), True
        if estimate.input_tokens and searches_always(self.model) and not estimate.web_searches:
            estimate = replace(estimate, web_searches=1)
        return estimate, True

    def _told_nothing(self, usage: Usage) -> bool:
        """Whether an answer that has text comes with zeros alone: its server counts nothing."""
        nothing = usage == Usage(tier=usage.tier, region=usage.region)
        return nothing and self.operation in _TEXTUAL and any(map(str.strip, self._text))

    def _is_free(self) -> bool:
        """Whether Claude's filter refused before any output: on Anthropic's own API such a request
        is not billed, whatever its usage counts (Anthropic on streaming refusals, 2026-11-28)."""
        refused = self.complete and self.finish_reason == "refusal" and not self._wrote
        return refused and self._provider == "anthropic"

    # --- Reading ------------------------------------------------------------------------------

    def _take(self, event: dict[str, Any] | None) -> None:
        """One event, or the mark of the end."""
        if event is None:
            self.complete = True
            self._usage.done()
        else:
            self._safely(event)

    def _safely(self, event: dict[str, Any]) -> None:
        """One event, whatever it holds: a damaged one tells nothing, and the next may."""
        self._usage.event(event)
        with suppress(Exception):
            self._event(event)

    def _read(self, body: Mapping[str, Any]) -> Usage | None:
        """The usage of a body; None where it cannot be read, or counts what cannot be."""
        try:
            usage = read_usage(body, provider=self._provider)
        except Exception:  # a server that speaks the protocol but counts otherwise
            return None
        return usage if all(getattr(usage, name) <= MOST_TOKENS for name in COUNTS) else None

    def _whole(self, body: Mapping[str, Any]) -> None:
        """A complete body, or the response inside the last event of a Responses stream."""
        self._note(body)
        choices = [choice for choice in body.get("choices") or () if isinstance(choice, Mapping)]
        details = body.get("incomplete_details") or {}
        reasons = [choice.get("finish_reason") for choice in choices]
        self.finish_reason = str(
            next(filter(None, reasons), None)
            or details.get("reason")
            or body.get("stop_reason")
            or (body.get("status") if self.operation == "responses" else None)
            or ""
        )
        if body.get("error"):
            self.error = _error_name(body["error"])
        self._wrote = self._wrote or bool(body.get("content"))
        self._text.extend(_strings(choices or body.get("output") or body.get("content")))

    def _event(self, event: dict[str, Any]) -> None:
        kind = str(event.get("type") or "")
        if event.get("error") and kind in ("", "error"):
            self.error = _error_name(event["error"])
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            self.complete = True
            if isinstance(event.get("response"), Mapping):
                self._text.clear()
                self._whole(event["response"])
        elif kind == "response.created":
            self._note(event["response"])
        elif kind == "message_start":
            self._note(event["message"])
        elif kind == "message_stop":
            self.complete = True
        elif kind == "message_delta":
            self.finish_reason = (event.get("delta") or {}).get("stop_reason") or ""
            for turn in (event.get("usage") or {}).get("iterations") or ():
                if turn.get("type") == "fallback_message":  # another model took over
                    self.model = str(turn.get("model") or self.model)
        elif kind == "content_block_start":
            self._wrote = True
        elif kind == "content_block_delta":
            delta = event["delta"]
            self._text.extend(str(delta[name]) for name in _TEXTS if delta.get(name))
        elif kind.endswith(".delta") and isinstance(event.get("delta"), str):
            self._text.append(event["delta"])
        else:
            self._chunk(event)

    def _chunk(self, event: Mapping[str, Any]) -> None:
        self._note(event)
        for choice in event.get("choices") or ():
            if isinstance(choice, Mapping):
                self.finish_reason = str(choice.get("finish_reason") or self.finish_reason)
                self._text.extend(_strings(choice.get("delta") or choice.get("text")))

    def _note(self, body: Mapping[str, Any]) -> None:
        self.model = str(body.get("model") or self.model)
        if isinstance(body.get("service_tier"), str) and body["service_tier"]:
            self._tier = _standard(body["service_tier"])

    # --- Estimating ---------------------------------------------------------------------------

    def _estimate(self) -> Usage:
        """As far as it is known: the provider's totals, what it said first, our own count."""
        output = _count("".join(self._text), self.model)
        told = (self._usage.body or {}).get("usage")
        for known in (told, self._usage.started):
            if not isinstance(known, Mapping):
                continue
            for part in (known, {name: known[name] for name in _TOTALS if known.get(name)}):
                usage = self._read({"usage": part}) if part else None
                if usage is not None and usage.input_tokens:
                    # A total that the rest does not explain: Gemini's thoughts behind OpenAI's API.
                    total = known.get("total_tokens")
                    rest = total - usage.input_tokens if type(total) is int else 0
                    most = max(output, usage.output_tokens, rest if rest <= MOST_TOKENS else 0)
                    return replace(usage, output_tokens=most, tier=self._tier)
        if self._uncountable:
            return Usage(tier=self._tier)
        return Usage(_count_input(self._request, self.model), output, tier=self._tier)

    @property
    def _uncountable(self) -> bool:
        """Whether nothing can be counted that would come near the bill: the answer is no text, came
        whole and was not understood, or is made in the background, whoever waits for it."""
        unread = self.complete and not self._streams and self._usage.body is None
        return unread or self.operation not in _TEXTUAL or bool(self._request.get("background"))


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
    if not messages:  # sound, say, of which nobody knows how many tokens it is
        return 0
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


def _strings(value: object) -> Iterator[str]:
    """Every text in a JSON value that a model reads or writes, media left out."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name not in _MEDIA and name not in _NO_TEXTS:
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


def _error_name(error: object) -> str:
    """A short name, never a message: messages may repeat what was sent, keys included."""
    if not isinstance(error, Mapping):
        return "error"
    return str(error.get("code") or error.get("type") or "error")
