"""Tasks of Cline, Roo Code and Kilo Code: tasks/TASK/ui_messages.json in an editor's globalStorage.

A message "api_req_started" has the counts of its request as JSON in its text, once the reply is
complete. What `tokensIn` means differs by tool, provider and date, and no record says which it is:
the tables below, or a refusal. Roo's and Kilo's messages name no model: it stands in the prompts of
api_conversation_history.json, of which only that is read; Cline's stand on the message or in
task_metadata.json. Format and tables: cline/cline v3.89.2 (core/api/providers, core/task/utils.ts),
RooCodeInc/Roo-Code (Task.ts, shared/cost.ts), and sturdynut/Ullage, docs/harnesses/cline.md;
2026-11-29. Lesson 4.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from costlib.display.amounts import counted
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
from costlib.usage.dialect import CACHED, Dialect
from costlib.usage.fields import Body, as_mapping, entries
from costlib.usage.record import whole_number

_WHOLE = Dialect(
    "a request of Cline's or Roo's",
    "ClineApiReqInfo, where tokensIn is the whole input; 2026-11-29",
    {
        "tokensIn": "input_tokens",
        "tokensOut": "output_tokens",
        "cacheReads": "cached_input_tokens",
        "cacheWrites": "written",
        "cost": "$",
    },
    need=("tokensIn", "tokensOut"),
)
_REST = replace(_WHOLE, beside=CACHED)  # tokensIn is what no cache was read or written for
_COUNTS = ("tokensIn", "tokensOut", "cacheReads", "cacheWrites")

_OF_PROVIDER = {
    **dict.fromkeys(
        ("anthropic", "cline", "deepseek", "gemini", "openai-native", "openrouter",
         "vercel-ai-gateway"), _REST,
    ),
    **dict.fromkeys(
        ("doubao", "fireworks", "hicap", "litellm", "lmstudio", "openai", "qwen", "xai", "zai"),
        _WHOLE,
    ),
}  # fmt: skip
"""Cline's providers: `openai` and its kin hand on prompt_tokens, the others take the cache off."""
_NO_WRITES = ("cline", "openrouter", "vercel-ai-gateway")  # whose cacheWrites Cline sets to 0

_WHOLE_SINCE = {
    "roo": datetime(2025, 11, 1, tzinfo=UTC),  # 3.29.5 (RooCodeInc/Roo-Code#8954)
    "kilo": datetime(2025, 11, 12, tzinfo=UTC),  # 4.119.0
}
"""From when on requests in Anthropic's protocol have the whole input; the others always had it."""

_TOOLS = {"roo-cline": "roo", "kilo-code": "kilo", "claude-dev": "cline", ".cline": "cline"}
_ASKED = "api_req_started"
_SUMS = ("deleted_api_reqs", "subagent_usage")
_MODEL = re.compile(r"<environment_details>.*?<model>([^<]+)</model>", re.DOTALL)
_OWN_LOG = "claude-code"  # Cline adds up its running counts, and Claude Code logs the same


class _Named(NamedTuple):
    """A model from a time on (milliseconds), and Cline's provider."""

    since: float
    model: str
    provider: str


class _Task(NamedTuple):
    tool: str
    run: str
    began: object  # when its first message was written, by which a copy of it is known
    named: list[_Named]
    project: str
    feature: str


class ClineTasks(LogReader):
    """Tasks, to the requests in them."""

    tool = "cline"

    def __init__(self) -> None:
        self._path = Path()
        self._seen: set[str] = set()
        self._said: list[Body] = []

    def concerns(self, line: bytes) -> bool:
        """Whether a document may have what is read here, before it is parsed."""
        return b'"api_req_started"' in line

    def start(self, path: Path) -> None:
        self._path, self._said = path, []

    def line(self, number: int, record: Mapping[str, object]) -> Iterable[Charged | Problem]:
        """A message: what it says of a request depends on the whole task."""
        if record.get("type") == "say":
            text = {} if record.get("say") in (_ASKED, *_SUMS) else {"text": ""}
            self._said.append({**record, **text})
        return ()

    def end(self) -> Iterator[Charged | Problem]:
        asked = [each for each in self._said if each.get("say") in (_ASKED, *_SUMS)]
        if not asked:
            return
        task = _task(self._path, self._said)
        silent = 0
        for place, message in enumerate(asked):
            counts = _counts(message.get("text"))
            if not any(counts.get(name) for name in _COUNTS):
                silent += message.get("say") == _ASKED
                continue
            key = f"{task.began}:{message.get('ts')}"
            if key in self._seen:
                continue
            self._seen.add(key)
            until = asked[place + 1].get("ts") if place + 1 < len(asked) else None
            try:
                yield _charged(key, message, counts, task, until)
            except ValueError as error:
                yield Problem("", 1, f"the request of {message.get('ts')}: {error}")
        if silent:
            yield Problem(
                "", 1,
                f"{counted(silent, 'request')} without counts, as when one is cancelled or fails: "
                "what they cost is in no sum",
            )  # fmt: skip
        condensed = [each for each in self._said if as_mapping(each.get("contextCondense"))]
        if condensed:
            yield Problem(
                "", 1,
                f"the context was condensed {counted(len(condensed), 'time')}, by requests with "
                "a cost here and without counts: they are in no sum",
            )  # fmt: skip
        self._said = []


def _charged(key: str, message: Body, counts: Body, task: _Task, until: object) -> Charged:
    model, provider = _model(message, task.named, until)
    if provider == _OWN_LOG:
        raise ValueError("Claude Code answered it, whose own session log has its counts")
    time = moment(message.get("ts"))
    dialect = _dialect(counts, task.tool, provider, time)
    if "deepseek" in model.lower() or (provider == "openai" and task.tool == "cline"):
        counts = _without_misses(counts, dialect)
    reading = read_counts(dialect, counts, model)
    call = Call(
        time=time,
        provider=provider_of_model(model, "other"),
        model=model or "unknown",
        usage=reading.usage,
        estimated=provider in _NO_WRITES and "claude" in model.lower(),
        call_id=f"{ClineTasks.tool}:{key}",
        run=task.run,
        project=task.project,
        feature="sub-agent" if message["say"] == "subagent_usage" else task.feature,
    )
    if message["say"] in _SUMS:
        call = as_sum(call, None)
    return Charged(call, reading.reported or None)  # 0 also where the tool knows no price


def _dialect(counts: Body, tool: str, provider: str, time: datetime) -> Dialect:
    """What `tokensIn` means; ValueError where nothing says it."""
    told = {name: whole_number(name, counts.get(name) or 0) for name in _COUNTS}
    cached = told["cacheReads"] + told["cacheWrites"]
    if not cached:
        return _WHOLE
    if told["tokensIn"] < cached:
        return _REST
    protocol = counts.get("apiProtocol")
    if tool == "cline" and provider in _OF_PROVIDER:
        return _OF_PROVIDER[provider]
    if tool != "cline" and protocol == "openai":
        return _WHOLE
    if tool != "cline" and protocol == "anthropic":
        meant = {time >= since for name, since in _WHOLE_SINCE.items() if tool in (name, "")}
        if len(meant) == 1:
            return _WHOLE if meant.pop() else _REST
    raise ValueError(
        f"tokensIn={told['tokensIn']} may contain the {cached} tokens of cacheReads and "
        f"cacheWrites or leave them out, which differs by provider, and {provider or 'its'!r} is "
        "not known: look the request up with the provider"
    )


def _without_misses(counts: Body, dialect: Dialect) -> Body:
    """The counts where cacheWrites are the tokens that the cache of DeepSeek did not have, which
    cost what input costs."""
    misses = whole_number("cacheWrites", counts.get("cacheWrites") or 0)
    told = whole_number("tokensIn", counts.get("tokensIn") or 0)
    whole = told if dialect is _WHOLE else told + misses
    return {**counts, "tokensIn": whole, "cacheWrites": 0}


def _counts(text: object) -> Body:
    """The counts of a request, without its words."""
    with suppress(ValueError, RecursionError):
        found = as_mapping(json.loads(str(text))) or {}
        return {name: found.get(name) for name in (*_COUNTS, "cost", "apiProtocol")}
    return {}


# --- What stands beside the messages ----------------------------------------------------------


def _task(path: Path, messages: list[Body]) -> _Task:
    folder = path.parent
    history = as_mapping(document(folder / "history_item.json")) or {}
    metadata = as_mapping(document(folder / "task_metadata.json")) or {}
    named = [
        _Named(
            _millis(each.get("ts")), str(each.get("model_id")), str(each.get("model_provider_id"))
        )
        for each in entries(metadata.get("model_usage"))
    ]
    of_cline = bool(named) or any(as_mapping(each.get("modelInfo")) for each in messages)
    if not named:
        named = [
            _Named(_millis(each.get("ts")), said[-1].strip(), "")
            for each in entries(document(folder / "api_conversation_history.json"))
            if (said := _MODEL.findall(_text(each.get("content"))))
        ]
    whose = {tool for name, tool in _TOOLS.items() for part in path.parts if part.endswith(name)}
    return _Task(
        tool=whose.pop() if len(whose) == 1 else "cline" if of_cline else "",
        run=folder.name,
        began=messages[0].get("ts"),
        named=named,
        project=folder_name(history.get("workspace")),
        feature="sub-agent" if history.get("parentTaskId") else "",
    )


def _model(message: Body, named: list[_Named], until: object) -> tuple[str, str]:
    """The model of a request, and Cline's provider: as the message has it, or the last that was
    named before the next request; "" where nothing says it."""
    if told := as_mapping(message.get("modelInfo")):
        return str(told.get("modelId") or ""), str(told.get("providerId") or "")
    if len({each.model for each in named}) == 1:
        return named[0].model, named[0].provider
    end = float("inf") if until is None else _millis(until)
    before = [each for each in named if 0 < each.since < end]
    return (before[-1].model, before[-1].provider) if before else ("", "")


def _text(content: object) -> str:
    if isinstance(content, str):
        return content
    return "\n".join(str(each.get("text") or "") for each in entries(content))


def _millis(time: object) -> float:
    return float(time) if isinstance(time, int | float) else 0.0


# --- Cline since 4.1 --------------------------------------------------------------------------

_METRICS = Dialect(
    "the metrics of a message of Cline's",
    "cline/cline, apps/vscode/src/sdk/message-translator.ts: inputTokens has what was cached; "
    "2026-11-29",
    {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "cacheReadTokens": "cached_input_tokens",
        "cacheWriteTokens": "written",
        "cost": "$",
    },
    need=("inputTokens", "outputTokens"),
)


class ClineSessions(LogReader):
    """Sessions of Cline 4.1 and its CLI, sessions/ID/ID.messages.json, to the requests in them."""

    tool = "cline"

    def __init__(self) -> None:
        self._path = Path()
        self._seen: set[str] = set()

    def concerns(self, line: bytes) -> bool:
        """Whether a document may have what is read here, before it is parsed."""
        return all(mark in line for mark in (b'"messages"', b'"metrics"', b'"modelInfo"'))

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Charged | Problem]:
        session = str(record.get("sessionId") or self._path.name.partition(".")[0])
        for message in entries(record.get("messages", [record])):
            metrics = as_mapping(message.get("metrics")) or {}
            counts = {name: metrics.get(name) for name in _METRICS.rows}
            key = f"{session}:{message.get('id') or message.get('ts')}"
            if not any(counts.values()) or key in self._seen:
                continue
            self._seen.add(key)
            told = as_mapping(message.get("modelInfo")) or {}
            model = str(told.get("id") or "unknown")
            try:
                reading = read_counts(_METRICS, counts, model)
                call = Call(
                    time=moment(message.get("ts")),
                    provider=provider_of_model(model, "other"),
                    model=model,
                    usage=reading.usage,
                    call_id=f"{self.tool}:{key}",
                    run=self._path.parent.name,
                    feature="" if record.get("agent") in ("lead", None) else "sub-agent",
                )
                yield Charged(call, reading.reported or None)
            except ValueError as error:
                yield Problem("", number, f"message {message.get('id')}: {error}")
