"""Gemini CLI's session logs: ~/.gemini/tmp/PROJECT/chats/session-*.json, or .jsonl.

One document with all messages, or one message a line; a message of type "gemini" has the tokens of
its request, and may be written again with more of them, the last time with all. `tool` comes on
top of `input`, `thoughts` beside `output`; `total` is their sum.
Format: google-gemini/gemini-cli, ChatRecordingService, as in sessions that users published
until 2026-11. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from costlib.own_data.lines import Problem
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.fields import Body, as_mapping, entries
from costlib.usage.read import read_usage


class GeminiCli:
    """Sessions of Gemini CLI, to the calls in them."""

    tool = "gemini-cli"

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._open: dict[str, tuple[int, Body, Body]] = {}
        self._session = ""

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return b'"tokens"' in line or b'"projectHash"' in line

    def start(self, path: Path) -> None:
        self._session = path.stem

    def line(self, number: int, record: Mapping[str, object]) -> Iterable[Call | Problem]:
        self._session = str(record.get("sessionId") or self._session)
        for message in entries(record.get("messages", [record])):
            tokens = as_mapping(message.get("tokens"))
            key = f"{self._session}:{message.get('id')}"
            if message.get("type") != "gemini" or not tokens or key in self._seen:
                continue
            before = self._open.get(key)
            first = before[1]["timestamp"] if before else None  # when it was asked
            about = {
                "id": message.get("id"),
                "timestamp": first or message.get("timestamp"),
                "model": message.get("model"),
                "session": self._session,
            }
            self._open[key] = number, about, tokens
        return ()

    def _call(self, key: str, message: Body, tokens: Body) -> Call:
        return Call(
            time=moment(message.get("timestamp")),
            provider="google",
            model=str(message.get("model") or "unknown"),
            usage=read_usage({"usage": tokens}, provider="google"),
            operation="generate_content",
            call_id=f"{self.tool}:{key}",
            run=str(message["session"]),
        )

    def end(self) -> Iterator[Call | Problem]:
        """The messages of the file, as they were written last."""
        for key, (number, message, tokens) in self._open.items():
            self._seen.add(key)
            try:
                yield self._call(key, message, tokens)
            except ValueError as error:
                yield Problem("", number, f"message {message['id']}: {error}")
        self._open.clear()
