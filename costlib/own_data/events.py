"""Logs of events, of which only some say what was used, and the result of a run by its models.

A log is known by an event that counts. Its other events are left out, with a warning: they count
nothing, or an event that counts says it once more. To add a log, add a row here and a file to the
tests. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple

from costlib.display.amounts import counted
from costlib.usage.fields import as_mapping, at, counting
from costlib.usage.telling import tell


class EventLog(NamedTuple):
    """A log: where its events say what they are, which of them count, and what those have.

    `repeated` are events with counts that one of `counted` has too; where the log `restates`, a
    later one of those goes on from the totals of an earlier one.
    """

    name: str
    path: str
    counted: tuple[str, ...]
    mark: str
    repeated: tuple[str, ...] = ()
    restates: bool = False


BREAKDOWN = "model_breakdown"

EVENT_LOGS = (
    EventLog("PostHog's events", "event", ("$ai_generation",), "properties.$ai_input_tokens"),
    EventLog(
        "Kimi CLI's wire.jsonl", "message.type", ("StatusUpdate",), "message.payload.token_usage"
    ),
    EventLog("Qwen Code's chats", "type", ("assistant",), "usageMetadata.promptTokenCount"),
    EventLog(
        "LiveKit's metrics", "type",
        ("llm_metrics", "realtime_model_metrics", "stt_metrics", "tts_metrics"), "label",
    ),
    EventLog("a thread of Amp's", "role", ("assistant",), "usage.totalInputTokens"),
    # A message comes with the counts of its beginning; the result has what the run used.
    EventLog(
        "claude -p --output-format stream-json", "type", ("result",), "total_cost_usd",
        repeated=("assistant", "stream_event"), restates=True,
    ),
)  # fmt: skip
"""Sources: posthog.com/docs, LLM analytics; files that public readers of Kimi CLI and Amp have in
their tests; QwenLM/qwen-code, converter.ts; livekit-agents 1.8, metrics; code.claude.com/docs,
headless mode, and results that users published; 2026-11-29."""


def counted_events(records: list[Mapping[str, object]], name: str) -> list[Mapping[str, object]]:
    """The records of a file; of a log of events only those that count.

    Raises ValueError for a log of which the event that counts is missing.
    """
    for log in EVENT_LOGS:
        kinds = [at(record, log.path) for record in records]
        pairs = list(zip(records, kinds, strict=True))
        if not any(kind in log.counted and at(each, log.mark) is not None for each, kind in pairs):
            if any(kind in log.repeated for kind in kinds):
                raise ValueError(
                    f"{name!r}: {log.name} without a {' or '.join(log.counted)} that has "
                    f"{log.mark}, as when a run is stopped: its other events have only the counts "
                    "of their beginning, so read the session log that the tool keeps"
                )
            continue
        kept = [
            each
            for each, kind in pairs
            if kind in log.counted or (kind not in log.repeated and counting(each))
        ]
        if len(kept) < len(records):
            tell(
                f"{name!r}, left out: {counted(len(records) - len(kept), 'event')} of {log.name} "
                f"(no counts beside those of {' or '.join(log.counted)})"
            )
        return _last_totals(kept, name) if log.restates else kept
    return records


def _last_totals(results: list[Mapping[str, object]], name: str) -> list[Mapping[str, object]]:
    """The results of runs of Claude Code without those that a later one of the session contains:
    `modelUsage` and the cost go on from turn to turn within a process, and since version 0.3.277 of
    the SDK within a session that is resumed (claude-code#83239, claude-agent-sdk-typescript#469).
    """
    last: dict[str, int] = {}
    kept: dict[int, Mapping[str, object]] = {}
    for place, result in enumerate(results):
        session = str(result.get("session_id") or place)
        before = kept.get(last.get(session, -1))
        if before is not None and _contains(result, before):
            del kept[last[session]]
            turn = ("usage", "num_turns")  # of the last turn alone
            result = {field: value for field, value in result.items() if field not in turn}
        kept[place] = result
        last[session] = place
    if len(kept) < len(results):
        tell(
            f"{name!r}: {counted(len(results) - len(kept), 'result')} left out, contained in a "
            "later one of the session, which goes on from the totals before"
        )
    return list(kept.values())


_OF_A_MODEL = {
    "inputTokens": "input_tokens",
    "outputTokens": "output_tokens",
    "cacheReadInputTokens": "cache_read_input_tokens",
    "cacheCreationInputTokens": "cache_creation_input_tokens",
}


def _contains(result: Mapping[str, object], before: Mapping[str, object]) -> bool:
    """Whether a result's counts go on from those of the one before. They do not where a model has
    less, or just what the turn used."""
    now, then = (
        {name: _counts(counts, _OF_A_MODEL) for name, counts in (as_mapping(models) or {}).items()}
        for models in (result.get("modelUsage"), before.get("modelUsage"))
    )
    own = _counts(result.get("usage"), _OF_A_MODEL.values())
    return (
        any(map(any, then.values()))
        and own not in now.values()
        and all(
            name in now and all(more >= less for more, less in zip(now[name], counts, strict=True))
            for name, counts in then.items()
        )
    )


def _counts(counts: object, names: Iterable[str]) -> list[int]:
    found = as_mapping(counts) or {}
    return [each if isinstance(each := found.get(name), int) else 0 for name in names]


def by_model(record: Mapping[str, object]) -> Iterator[Mapping[str, object]]:
    """A record that sums up for each model, as one record for each: the result of a run of Claude
    Code, and a day of a person's in Anthropic's Claude Code Analytics API (its reference of
    GET /v1/organizations/usage_report/claude_code; 2026-11-29).
    """
    models = as_mapping(record.get("modelUsage")) or {}
    if len(models) > 1:
        of_all = ("usage", "total_cost_usd", "num_turns")
        rest = {field: value for field, value in record.items() if field not in of_all}
        for model, counts in models.items():
            yield {**rest, "modelUsage": {model: counts}}
    elif isinstance(shares := record.get(BREAKDOWN), list) and "actor" in record:
        actor = as_mapping(record["actor"]) or {}
        person = actor.get("email_address") or actor.get("api_key_name")
        for share in shares:
            yield {
                "date": record.get("date"),
                "user": person,
                **(as_mapping(share) or {}),
                BREAKDOWN: True,
            }
    else:
        yield record


def sums_up(record: Mapping[str, object]) -> bool:
    """Whether a record that `by_model` gives may be of many requests."""
    return bool(record.get(BREAKDOWN) or as_mapping(record.get("modelUsage")))
