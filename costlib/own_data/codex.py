"""Codex's session logs: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl.

A `token_count` event has the running total of its session and the last request alone, and is
repeated when nothing was added. `turn_context` names the model from there on. A forked session,
or a sub-agent's, begins with a copy of its parent's events, stamped anew; the totals in them are
its parent's, so within one line of descent a total is counted once. Format: openai/codex, protocol
RolloutItem and TokenUsageInfo, as in rollouts of 0.40 to 0.150 that users published until 2026-11.
Lesson 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from costlib.own_data.lines import folder_name, provider_of_model
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.coding_tools import CODEX
from costlib.usage.fields import as_mapping
from costlib.usage.read import read_usage
from costlib.usage.record import whole_number

Counts = dict[str, int]
_MARKS = (b'"token_count"', b'"turn_context"', b'"session_meta"')


class Codex:
    """Lines of Codex's rollouts, to the calls that they complete."""

    tool = "codex"

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}  # session to the one that it was forked from
        self._seen: set[tuple[str, tuple[int, ...]]] = set()
        self.start(Path())

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return any(mark in line for mark in _MARKS)

    def start(self, path: Path) -> None:
        """A file is one session, whatever it copies from others."""
        self._session = path.stem
        self._model = self._project = self._feature = ""
        self._metas = 0
        self._total: Counts | None = None

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Call]:
        payload = as_mapping(record.get("payload")) or {}
        kind = record.get("type")
        if kind == "session_meta":
            self._meta(payload)
        elif kind == "turn_context":
            self._model = str(payload.get("model") or self._model)
            self._project = folder_name(payload.get("cwd")) or self._project
        elif kind == "event_msg" and payload.get("type") == "token_count":
            info = as_mapping(payload.get("info"))
            if info is not None:
                yield from self._count(record.get("timestamp"), info)

    def end(self) -> Iterable[Call]:
        return ()

    def _meta(self, payload: Mapping[str, object]) -> None:
        """The session itself comes first; what it copies brings its ancestors' along."""
        session = str(payload.get("id") or payload.get("session_id") or self._session)
        self._metas += 1
        if self._metas == 1:
            self._session = session
            self._project = folder_name(payload.get("cwd"))
            source = payload.get("source")
            self._feature = "sub-agent" if "subagent" in str(source) else ""
        elif session != self._session:
            self._parent.setdefault(self._session, session)
        parent = payload.get("forked_from_id")
        if parent and parent != session:
            self._parent[session] = str(parent)

    def _root(self) -> str:
        session, known = self._session, set()
        while session in self._parent and session not in known:
            known.add(session)
            session = self._parent[session]
        return session

    def _count(self, time: object, info: Mapping[str, object]) -> Iterator[Call]:
        total = _counts(info.get("total_token_usage"))
        last = _counts(info.get("last_token_usage"))
        if total is None:
            if last is not None:
                raise ValueError("a token_count without its running total may be a repetition")
            return
        key = self._root(), tuple(total.values())
        before, self._total = self._total, total
        if key in self._seen or not any(total.values()):
            return
        self._seen.add(key)
        step = _minus(total, before) if before is not None else None
        if step is None or min(step.values()) < 0:  # the first of a file, or begun anew
            step = last or total
        elif last is not None and last != step and min(_minus(step, last).values()) >= 0:
            # Lines are missing in between: what they counted is known only together.
            yield self._call(time, _minus(step, last), (*key[1], 0), estimated=True)
            step = last
        if any(step.values()):
            yield self._call(time, step, key[1])

    def _call(
        self, time: object, counts: Counts, total: tuple[int, ...], *, estimated: bool = False
    ) -> Call:
        said = repr((self._root(), total)).encode()
        return Call(
            time=moment(time),
            provider=provider_of_model(self._model, "openai"),
            model=self._model or "unknown",
            usage=read_usage({"usage": counts}, provider="openai"),
            operation="responses",
            call_id=f"{self.tool}:{hashlib.sha256(said).hexdigest()[:32]}",
            estimated=estimated,
            run=self._session,
            project=self._project,
            feature=self._feature,
        )


def _counts(usage: object) -> Counts | None:
    """The counts of a usage object in a fixed order; one that is not known stays in it, so that
    `read_usage` refuses it by name.
    """
    found = as_mapping(usage)
    if found is None:
        return None
    names = dict.fromkeys((*CODEX.rows, *found))
    return {name: whole_number(name, found.get(name) or 0) for name in names}


def _minus(counts: Counts, other: Counts) -> Counts:
    return {name: count - other.get(name, 0) for name, count in counts.items()}
