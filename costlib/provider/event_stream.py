"""Server-sent events on their way to a client, and what its Record says about how far they came.

Lesson 4 leaves a stream early and finds it on the bill.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from costlib.provider.state import Provider


@dataclass(frozen=True)
class Stream:
    """A reply that goes out as server-sent events.

    events: (name of the event or None, its data), made as they are read; data that is a string is
    sent as it stands, such as "[DONE]".
    reply: the whole reply, as it would be without streaming: its usage is what is billed.
    finish: runs once the client has read the stream to its end, and not when it was interrupted.
    billed: the usage of a stream that was left after so many events; None bills the whole reply.
    """

    events: Iterator[tuple[str | None, dict[str, Any] | str]]
    reply: Mapping[str, Any]
    finish: Callable[[], None] = lambda: None
    billed: Callable[[int], dict[str, Any]] | None = None


class EventStream(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """Server-sent events, made as they are read; its Record follows how far the client came."""

    def __init__(
        self,
        provider: Provider,
        stream: Stream,
        place: int | None,
        cut_after: int | None,
        request: httpx2.Request,
    ) -> None:
        self._provider, self._stream, self._place = provider, stream, place
        self._cut_after, self._request = cut_after, request
        self._sent = 0
        self._ended = False

    def __iter__(self) -> Iterator[bytes]:
        # One event ahead, because a client stops reading at the last one it knows.
        following = next(self._stream.events, None)
        while following is not None:
            if self._sent == self._cut_after:
                self.close()
                raise httpx2.RemoteProtocolError(
                    "peer closed connection without sending complete message body "
                    "(incomplete chunked read)",
                    request=self._request,
                )
            (event, data), following = following, next(self._stream.events, None)
            self._sent += 1
            if following is None:
                self._end("complete")
            text = data if isinstance(data, str) else json.dumps(data)
            name = f"event: {event}\n" if event else ""
            yield f"{name}data: {text}\n\n".encode()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk

    def close(self) -> None:
        if not self._ended:
            billed = self._stream.billed
            usage = {"usage": billed(self._sent)} if billed else {}
            self._end("interrupted", **usage)

    async def aclose(self) -> None:
        self.close()

    def _end(self, outcome: str, **changes: Any) -> None:
        self._ended = True
        with self._provider.lock:
            if outcome == "complete":
                self._stream.finish()
            if self._place is not None:
                self._provider.amend(self._place, outcome=outcome, **changes)
