"""Codex's session logs: ~/.codex/sessions/YYYY/MM/DD/rollout-*.jsonl.

A `token_count` event has the running total of its session and the last request alone, and is
repeated when nothing was added. `turn_context` names the model from there on, and it or
`thread_settings_applied` the tier that is asked for. A forked session, or a sub-agent's, begins
with a copy of its parent's events, stamped anew; the totals in them are its parent's, so within one
line of descent a total is counted once. From 0.153 on a `token_usage_record` says the same of each
response, by its id: it counts in a file that has no `token_count`, and where it is the request that
wrote the summary of a `compacted` line, which the running total leaves out (openai/codex#47003,
2026-09-21). Format: openai/codex, protocol RolloutItem and TokenUsageInfo, as in rollouts of 0.40
to 0.155 that users published until 2026-11. Lesson 4.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from costlib.own_data.lines import LogReader, folder_name, provider_of_model
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.coding_tools import CODEX
from costlib.usage.fields import as_mapping
from costlib.usage.read import read_usage
from costlib.usage.record import whole_number

Counts = dict[str, int]
_MARKS = (b'"token_count"', b'"turn_context"', b'"session_meta"', b'"token_usage_record"',
          b'"thread_settings_applied"', b'"compacted"')  # fmt: skip
_TIERS = {"fast": "priority", "priority": "priority", "flex": "flex", "ultrafast": "ultrafast"}
"""Codex's service tiers, as the API calls them that it asks; no other changes the price."""


class Codex(LogReader):
    """Lines of Codex's rollouts, to the calls that they complete."""

    tool = "codex"

    def __init__(self) -> None:
        self._parent: dict[str, str] = {}  # session to the one that it was forked from
        self._seen: set[tuple[str, tuple[int, ...]]] = set()
        self._responses: set[str] = set()
        self._summaries: set[str] = set()  # the responses that wrote one
        self.start(Path())

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return any(mark in line for mark in _MARKS)

    def start(self, path: Path) -> None:
        """A file is one session, whatever it copies from others."""
        self._session = path.stem
        self._model = self._project = self._feature = ""
        self._metas = 0
        self._tier: str | None = None
        self._total: Counts | None = None
        self._records: list[Call] = []  # until a token_count comes, which says the same
        self._counted = False
        self._latest: tuple[str, Counts, Call] | None = None  # record: response, usage, call
        self._summary: tuple[Counts, Call] | None = None  # until a total shows that it lacks it

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Call]:
        """Its calls; a setting, or what a later line says once more, has none."""
        payload = as_mapping(record.get("payload")) or {}
        kind = record.get("type")
        if kind == "session_meta":
            self._meta(payload)
        elif kind == "turn_context":
            self._settings(payload)
            self._project = folder_name(payload.get("cwd")) or self._project
        elif kind == "token_usage_record":
            self._record(record, payload)
        elif kind == "compacted":
            self._compacted(payload)
        elif kind == "event_msg" and payload.get("type") == "thread_settings_applied":
            self._settings(as_mapping(payload.get("thread_settings")) or {})
        elif kind == "event_msg" and payload.get("type") == "token_count":
            info = as_mapping(payload.get("info"))
            if info is not None:
                self._counted = True
                yield from self._count(record.get("timestamp"), info)

    def end(self) -> Iterable[Call]:
        """What was counted response by response alone, or by no total any more."""
        return self._left_out() if self._counted else self._records

    def _settings(self, settings: Mapping[str, object]) -> None:
        self._model = str(settings.get("model") or self._model)
        if "service_tier" in settings:
            self._tier = _TIERS.get(str(settings["service_tier"]))

    def _record(self, line: Mapping[str, object], payload: Mapping[str, object]) -> None:
        usage = _counts(payload.get("usage"))
        response = str(payload.get("response_id") or line.get("timestamp"))
        if usage is None or not any(usage.values()):
            return
        call = self._call(line.get("timestamp"), usage, response)
        self._latest = response, usage, call
        if not self._counted and response not in self._responses:
            self._responses.add(response)
            self._records.append(call)

    def _compacted(self, payload: Mapping[str, object]) -> None:
        """A summary in place of the history; the record before it is the request that wrote it."""
        if self._latest is None or self._latest[0] != payload.get("compaction_response_id"):
            return
        response, usage, call = self._latest
        if response not in self._summaries:
            self._summaries.add(response)
            self._summary = usage, call

    def _left_out(self, step: Counts | None = None, last: Counts | None = None) -> Iterator[Call]:
        """The call that wrote a summary, unless the total's `step` is that call, or holds it beside
        the `last` request."""
        if self._summary is None:
            return
        (usage, call), self._summary = self._summary, None
        if step is not None and not any(_minus(step, usage).values()):
            return
        if step is None or last is None or min(_minus(_minus(step, last), usage).values()) < 0:
            yield call

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
        yield from self._left_out(_minus(total, before) if before is not None else None, last)
        if key in self._seen or not any(total.values()):
            return
        self._seen.add(key)
        step = _minus(total, before) if before is not None else None
        if step is None or min(step.values()) < 0:  # the first of a file, or begun anew
            step = last or total
        elif last is not None and last != step and min(_minus(step, last).values()) >= 0:
            # Lines are missing in between: what they counted is known only together.
            yield self._call(time, _minus(step, last), self._id((*key[1], 0)), estimated=True)
            step = last
        if any(step.values()):
            yield self._call(time, step, self._id(key[1]))

    def _id(self, total: tuple[int, ...]) -> str:
        """A request is known by the total that it led to, in all sessions of one descent."""
        return hashlib.sha256(repr((self._root(), total)).encode()).hexdigest()[:32]

    def _call(self, time: object, counts: Counts, own: str, *, estimated: bool = False) -> Call:
        return Call(
            time=moment(time),
            provider=provider_of_model(self._model, "openai"),
            model=self._model or "unknown",
            usage=replace(read_usage({"usage": counts}, provider="openai"), tier=self._tier),
            operation="responses",
            call_id=f"{self.tool}:{own}",
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
