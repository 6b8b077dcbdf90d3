"""Mistral Vibe's sessions: ~/.vibe/logs/session/SESSION/meta.json, and messages.jsonl beside it.

An answer's line has the counts of its request, whose prompt contains what was cached; the model is
an alias, which the configuration in meta.json resolves. Older versions keep the session's totals
alone, in meta.json or in one document. Format: mistral-vibe, session usage (RequestUsage,
apply_usage), as its source was in 2026-11. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from costlib.own_data.lines import (
    Charged,
    LogReader,
    Problem,
    document,
    folder_name,
    provider_of_model,
    read_counts,
)
from costlib.own_data.numbers import moment
from costlib.own_data.sums import as_sum
from costlib.tracking.calls import Call
from costlib.usage.dialect import Dialect
from costlib.usage.fields import Body, as_mapping, at, entries
from costlib.usage.record import whole_number

_MESSAGES, _META = "messages.jsonl", "meta.json"
_COUNTS = Dialect(
    "an answer of Vibe's",
    "mistral-vibe, session usage: prompt_tokens has what was cached; 2026-11-29",
    {
        "prompt_tokens": "input_tokens",
        "cached_tokens": "cached_input_tokens",
        "completion_tokens": "output_tokens",
        "cost": "$",
    },
    need=("prompt_tokens", "completion_tokens"),
)
_TOTALS = {
    "prompt_tokens": "session_prompt_tokens",
    "cached_tokens": "session_cached_tokens",
    "completion_tokens": "session_completion_tokens",
}


def is_vibe(path: Path) -> bool:
    """Whether a file has the messages of a session, which name no tool themselves."""
    return path.name == _MESSAGES and path.with_name(_META).is_file()


class Vibe(LogReader):
    """Sessions of Vibe, to the calls in them."""

    tool = "vibe"

    def __init__(self) -> None:
        self._seen: set[str] = set()
        self._path = Path()
        self._meta: Body = {}
        self._read = 0

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        if self._meta:
            return b'"usage"' in line and b'"prompt_tokens"' in line
        return b'"session_prompt_tokens"' in line

    def start(self, path: Path) -> None:
        self._path, self._meta, self._read = path, {}, 0
        if is_vibe(path):
            self._meta = as_mapping(document(path.with_name(_META))) or {}

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Charged]:
        if not self._meta:
            yield from self._totals(as_mapping(record.get("metadata")) or record)
            return
        usage = as_mapping(record.get("usage"))
        if record.get("role") != "assistant" or not usage:
            return
        counts = {name: usage.get(name) for name in _TOTALS}
        self._read += whole_number("prompt_tokens", counts["prompt_tokens"] or 0)
        key = f"{self._meta.get('session_id')}:{record.get('timestamp') or number}"
        if key in self._seen:
            return
        self._seen.add(key)
        model = str(record.get("model") or "") or _alias(self._meta)
        time = record.get("timestamp") or self._meta.get("start_time")
        yield self._call(key, {**counts, "cost": record.get("cost")}, model, time, self._meta)

    def end(self) -> Iterator[Problem]:
        """What the session's totals have beyond its messages, as after a compaction."""
        total = (as_mapping(self._meta.get("stats")) or {}).get(_TOTALS["prompt_tokens"])
        if self._read and isinstance(total, int) and total > self._read:
            yield Problem(
                "", 1,
                f"of the session's {total:,} prompt tokens {total - self._read:,} stand in no "
                "message any more: they are in no sum",
            )  # fmt: skip

    def _totals(self, meta: Body) -> Iterator[Charged]:
        """The call of a session whose messages have no counts."""
        stats = as_mapping(meta.get("stats")) or {}
        counts = {name: stats.get(total) for name, total in _TOTALS.items()}
        beside = self._path.with_name(_MESSAGES)
        counted = beside.is_file() and b'"prompt_tokens"' in beside.read_bytes()
        key = str(meta.get("session_id") or self._path.stem)
        if not any(counts.values()) or counted or key in self._seen:
            return
        self._seen.add(key)
        time = meta.get("start_time") or meta.get("end_time")
        charged = self._call(key, counts, _alias(meta), time, meta)
        yield charged._replace(call=as_sum(charged.call, None))

    def _call(self, key: str, counts: Body, alias: str, time: object, meta: Body) -> Charged:
        model = _name(meta, alias)
        reading = read_counts(_COUNTS, counts, model)
        folder = meta.get("origin_directory") or at(meta, "environment.working_directory")
        call = Call(
            time=moment(time),
            provider=provider_of_model(model, "mistral"),
            model=model or "unknown",
            usage=reading.usage,
            call_id=f"{self.tool}:{key}",
            run=str(meta.get("session_id") or ""),
            project=folder_name(folder),
            feature="sub-agent" if self._path.parent.parent.name == "agents" else "",
        )
        return Charged(call, reading.reported or None)  # 0 also where the tool knows no price


def _alias(meta: Body) -> str:
    """The model that a session was configured with."""
    active = at(meta, "config.active_model") or meta.get("active_model")
    told = (as_mapping(active) or {}).get("alias") if as_mapping(active) else active
    return str(told or "")


def _name(meta: Body, alias: str) -> str:
    """The model that an alias stands for, by the configuration that the session was saved with."""
    models = at(meta, "config.models")
    named = as_mapping(models) or {str(each.get("alias")): each for each in entries(models)}
    return str((as_mapping(named.get(alias)) or {}).get("name") or alias)
