"""The usage of a stream of events: what the last one says, on top of the first.

Counts on the way are totals so far, never steps. Anthropic says the input when a message starts and
the output when it ends, and raises both when its own tools have run in between; where it compacted
the context first, the input at the start is that of the compaction, and the end has each by itself
in `iterations`. OpenAI says all at the end; other servers repeat a growing count in each chunk.
Nothing here raises on an event that is not as expected: it tells nothing, and the next one may.
Lesson 4 reads streams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TypeGuard

Body = dict[str, object]
MOST_TOKENS = 10**10
"""No single answer counts more; what says so is no count (and would not fit into a row)."""

_RESPONSE_ENDS = ("response.completed", "response.incomplete", "response.failed")
_LIFETIMES = "cache_creation"  # the object that splits Anthropic's writes by their lifetime
_WRITES = "cache_creation_input_tokens"
_SHORTEST = "ephemeral_5m_input_tokens"


class StreamUsage:
    """The usage of one answer, fed with its events.

    `body` is what `read_usage` takes, None until something said what was used. `started` is what
    Anthropic said at the beginning, before any output. `final` says that no later event can change
    it: the stream reached its end.
    """

    def __init__(self) -> None:
        self.body: Body | None = None
        self.started: Body | None = None
        self.final = False
        self._tier: object = None
        self._chat: Body = {}  # what the chunks of a chat have said so far

    def event(self, event: Mapping[str, object]) -> None:
        """Take the next event."""
        kind = event.get("type")
        self._tier = event.get("service_tier") or self._tier
        if kind in _RESPONSE_ENDS:
            response = _mapping(event.get("response"))
            if _mapping(response.get("usage")):
                self.body = response
            self.final = True
        elif kind == "message_start":
            self.started = _mapping(_mapping(event.get("message")).get("usage")) or None
        elif kind == "message_delta":
            late = _mapping(event.get("usage"))
            if late:
                before = _mapping((self.body or {}).get("usage")) or self.started or {}
                if _began_otherwise(late.get("iterations")):
                    before = {name: word for name, word in before.items() if isinstance(word, str)}
                self.body = {"usage": brought_up_to_date(before, late)}
        elif kind == "message_stop":
            self.final = True
        elif late := _mapping(event.get("usage")) or _mapping(
            _mapping(event.get("x_groq")).get("usage")
        ):
            self._chat = brought_up_to_date(self._chat, late)
            self.body = {**event, "usage": self._chat, "service_tier": self._tier}
            # The last event of a transcription or a picture; a chat says [DONE].
            self.final = str(kind).endswith((".done", ".completed"))

    def done(self) -> None:
        """The stream's own mark of its end, "[DONE]", has come."""
        self.final = True


def _began_otherwise(turns: object) -> bool:
    """Whether the counts at the start were of a compaction or of a model that declined: then the
    end's are no later state of them."""
    return isinstance(turns, list) and any(
        _mapping(turn).get("type") != "message" for turn in turns
    )


def brought_up_to_date(before: Mapping[str, object], late: Mapping[str, object]) -> Body:
    """An earlier usage object with what a later one says: the larger count, the newer word.

    A zero or a null erases nothing, because counts only grow; what is no count (-5, NaN, true)
    does, so that the whole is refused when it is read. Where the later object has a larger
    total of cache writes and no split by lifetime, the growth is of the one lifetime that was in
    use, else of the shortest, which is the API's default.
    """
    found: Body = dict(before)
    for name, value in late.items():
        old = found.get(name)
        if value is None:
            continue
        if isinstance(value, Mapping):
            found[name] = brought_up_to_date(_mapping(old), value)
        elif _counts(value) and _counts(old):
            found[name] = max(old, value)
        else:
            found[name] = value
    split, total = _mapping(found.get(_LIFETIMES)), found.get(_WRITES)
    parts = {name: value for name, value in split.items() if isinstance(value, int)}
    missing = total - sum(parts.values()) if isinstance(total, int) and parts else 0
    if missing > 0:
        used = [name for name, value in parts.items() if value]
        grown = used[0] if len(used) == 1 else _SHORTEST
        found[_LIFETIMES] = {**split, grown: parts.get(grown, 0) + missing}
    return found


class EventReader:
    """Server-sent events, from bytes in any pieces, as both SDKs read them.

    A line ends with \\n, \\r or both; the lines of data up to a blank one are one event.
    """

    def __init__(self) -> None:
        self._line = bytearray()  # the last one, which may go on
        self._data = bytearray()  # of an event that is not complete

    def feed(self, chunk: bytes) -> Iterator[Body | None]:
        """The JSON objects that the chunk completes, None for the mark of the end."""
        self._line += chunk
        if b"\n" not in chunk and b"\r" not in chunk:
            return
        lines = self._line.splitlines(keepends=True)
        # A \r at the end may be the first half of \r\n.
        self._line = bytearray() if lines[-1].endswith(b"\n") else lines.pop()
        for line in lines:
            yield from self._take(bytes(line.strip()))

    def end(self) -> Iterator[Body | None]:
        """What a stream whose last line did not end had left."""
        for line in self._line.splitlines():
            yield from self._take(bytes(line.strip()))
        self._line.clear()

    def _take(self, line: bytes) -> Iterator[Body | None]:
        if line.startswith(b"data:"):
            said = line[5:].strip()
            self._data += (b"\n" if self._data else b"") + said
            done = said == b"[DONE]"
            # Only a } can complete an object, so that a long one is not parsed at each line.
            event = self._completed(said) if said.endswith(b"}") else None
            if done or event is not None:
                self._data.clear()
                yield event
        elif not line:
            self._data.clear()

    def _completed(self, said: bytes) -> Body | None:
        """The object that a line completes, or is by itself where what came before it can be no
        beginning of one: a broken line without a blank one behind it spoils no more than itself.
        """
        event = parsed(self._data)
        if event is None and len(self._data) > len(said) and _is_broken(self._data, said):
            self._data[:] = said
            event = parsed(said)
        return event


def events(data: bytes) -> Iterator[Body | None]:
    """The JSON objects of server-sent events, None for the mark of the end; no other lines."""
    reader = EventReader()
    yield from reader.feed(data)
    yield from reader.end()


def parsed(data: bytes | bytearray) -> Body | None:
    """A JSON object; None for whatever else it is."""
    try:
        body = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _is_broken(data: bytes | bytearray, last: bytes) -> bool:
    """Whether JSON breaks before its last line, which so far may lack its end."""
    text = data.decode(errors="replace")
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos <= len(text) - len(last.decode(errors="replace"))
    except RecursionError:
        pass
    return False


def _counts(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and value >= 0


def _mapping(value: object) -> Body:
    return dict(value) if isinstance(value, Mapping) else {}
