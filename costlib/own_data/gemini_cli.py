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

from costlib.own_data.lines import LogReader, Problem
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.fields import Body, as_mapping, entries
from costlib.usage.read import read_usage


class GeminiCli(LogReader):
    """Sessions of Gemini CLI, to the calls in them."""

    tool = "gemini-cli"

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._open: dict[str, tuple[Path, int, Body, Body]] = {}
        self._path, self._session = Path(), ""

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return b'"tokens"' in line or b'"projectHash"' in line

    def start(self, path: Path) -> None:
        self._path, self._session = path, path.stem

    def line(self, number: int, record: Mapping[str, object]) -> Iterable[Call | Problem]:
        self._session = str(record.get("sessionId") or self._session)
        for message in entries(record.get("messages", [record])):
            tokens = as_mapping(message.get("tokens"))
            key = f"{self._session}:{message.get('id')}"
            if message.get("type") != "gemini" or not tokens or key in self._seen:
                continue
            before = self._open.get(key)
            if before and _size(tokens) < _size(before[3]):  # an older copy
                continue
            first = before[2]["timestamp"] if before else None  # when it was asked
            about = {
                "id": message.get("id"),
                "timestamp": first or message.get("timestamp"),
                "model": message.get("model"),
                "session": self._session,
            }
            self._open[key] = self._path, number, about, tokens
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
        """The messages of the file, as they were written last; but for its last one, which another
        file may have in full where this is a copy that was cut off."""
        yield from self._close(list(self._open)[:-1])

    def last(self) -> Iterator[Call | Problem]:
        """The last messages of all files."""
        yield from self._close(list(self._open))

    def _close(self, keys: list[str]) -> Iterator[Call | Problem]:
        for key in keys:
            path, number, message, tokens = self._open.pop(key)
            self._seen.add(key)
            try:
                yield self._call(key, message, tokens)
            except ValueError as error:
                yield Problem(str(path), number, f"message {message['id']}: {error}")


def _size(tokens: Body) -> int:
    return sum(count for count in tokens.values() if isinstance(count, int))
