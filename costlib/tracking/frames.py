"""Amazon's binary framing of a stream of events, as Bedrock sends it: taken apart, never checked.

A frame is its length and that of its headers (4 bytes each, big-endian), a checksum (4), headers,
payload, a checksum (4): https://docs.aws.amazon.com/AmazonS3/latest/API/RESTSelectObjectAppendix.html
(read on 2026-11-28). The payload is JSON whose `bytes` are an event of Anthropic's in base64.
Lesson 4's tracking reads it.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

from costlib.usage.streams import parsed

_PRELUDE, _CHECKSUM = 12, 4


class Frames:
    """Events out of frames that arrive in any pieces."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def feed(self, chunk: bytes) -> Iterator[dict[str, Any]]:
        """The events that are whole by now."""
        self._waiting += chunk
        while len(self._waiting) >= _PRELUDE:
            length = int.from_bytes(self._waiting[:4], "big")
            headers = int.from_bytes(self._waiting[4:8], "big")
            if length < _PRELUDE + headers + _CHECKSUM:  # no frame: nothing more can be read
                self._waiting.clear()
                return
            if len(self._waiting) < length:
                return
            payload = bytes(self._waiting[_PRELUDE + headers : length - _CHECKSUM])
            del self._waiting[:length]
            body = parsed(payload)
            event = _inside(body) if body is not None else None
            if event is not None:
                yield event


def _inside(body: dict[str, Any]) -> dict[str, Any] | None:
    try:
        return parsed(base64.b64decode(body["bytes"]))
    except (KeyError, TypeError, ValueError):
        return None
