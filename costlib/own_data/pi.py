"""pi's session logs, and those of tools built on it: ~/.pi/agent/sessions/FOLDER/SESSION.jsonl.

A first line of type "session" has the id and the folder; each answer is one line of type "message",
with the usage of its request. Format: badlogic/pi-mono, docs/session.md, as in sessions that users
published until 2026-11. Lesson 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from costlib.own_data.lines import Charged, LogReader, Problem, folder_name, provider_of_model
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.fields import as_mapping
from costlib.usage.read import read_body

_FIRST = re.compile(rb'\{\s*"type":\s*"session"')


class Pi(LogReader):
    """Lines of pi's sessions, to the calls in them."""

    tool = "pi"

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._session, self._folder = "", ""

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return (b'"cacheRead"' in line and b'"assistant"' in line) or bool(_FIRST.match(line))

    def start(self, path: Path) -> None:
        self._session, self._folder = path.stem, ""

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Charged | Problem]:
        if record.get("type") == "session":
            self._session = str(record.get("id") or self._session)
            self._folder = folder_name(record.get("cwd"))
        message = as_mapping(record.get("message")) or {}
        usage = as_mapping(message.get("usage"))
        key = f"{self._session}:{record.get('id')}"
        if message.get("role") != "assistant" or not usage or key in self._seen:
            return
        self._seen.add(key)
        model = str(message.get("model") or "unknown")
        try:
            reading = read_body({"usage": usage, "model": model})
            call = Call(
                time=moment(record.get("timestamp") or message.get("timestamp")),
                provider=provider_of_model(model, str(message.get("provider") or "other")),
                model=model,
                usage=reading.usage,
                call_id=f"{self.tool}:{key}",
                finish_reason=str(message.get("stopReason") or ""),
                run=self._session,
                project=self._folder,
            )
            yield Charged(call, reading.reported)
        except ValueError as error:
            yield Problem("", number, f"message {record.get('id')}: {error}")
