"""The spans of a trace as records that count once: OTLP files, lists of spans, Langfuse's exports.

A tracer repeats on a span what the spans inside it counted: the AI SDK has `ai.generateText` around
`ai.generateText.doGenerate`, agents have `invoke_agent` around each `chat`. The innermost span that
counts tokens is the request; those around it are sums and are left out. So are spans that count
nothing, such as a tool's. Both are said in a warning. Events in OTLP's logs, as Claude Code and
Codex send them, are read like spans. Lesson 4.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping

from costlib.usage.envelopes import open_body
from costlib.usage.fields import Body, as_mapping, counting, flat, is_quantity

_OWN = ("spanId", "span_id", "id")
_TRACE = ("traceId", "trace_id")
_PARENT = ("parentSpanId", "parent_span_id", "parentObservationId", "parent_observation_id")
_TOKENS = ("gen_ai.usage.", "llm.token_count.", "llm.usage.", "ai.usage.", "usage", "input_token")
# OTLP's frames of spans and of events: the outer list, the lists in it, and what is in those.
_FRAMES = (
    ("resourceSpans", ("scopeSpans", "instrumentationLibrarySpans"), "spans"),
    ("resourceLogs", ("scopeLogs",), "logRecords"),
)


def requests(records: list[Mapping[str, object]], name: str) -> list[Mapping[str, object]]:
    """The records of a file, OTLP's frames unpacked, without sums over other records.

    Records that are no spans of OTLP and name neither parent nor trace are all kept, as they are.
    """
    unpacked = [span for record in records for span in _unpacked(record)]
    parents = {_first(each, _OWN): _first(each, _PARENT) for each in unpacked}
    framed = [name for name, _, _ in _FRAMES if any(name in record for record in records)]
    traced = framed or any(_first(record, _TRACE) for record in records)
    if not any(parents.values()) and not traced:
        return unpacked
    counted = [each for each in unpacked if _counts(each)]
    sums = {above for each in counted for above in _above(_first(each, _PARENT), parents)}
    kept = [each for each in counted if _first(each, _OWN) not in sums]
    silent, doubled = len(unpacked) - len(counted), len(counted) - len(kept)
    if silent or doubled:
        warnings.warn(
            f"{name!r}: {doubled} spans sum up what spans inside them count, and {silent} count "
            "no tokens: they are left out",
            stacklevel=6,
        )
    return kept


def _unpacked(record: Body) -> Iterator[Body]:
    """The spans or events in a frame of OTLP's JSON; the record itself where it is none."""
    for outer, scopes, inner in _FRAMES:
        if isinstance(record.get(outer), list):
            for frame in _objects(record[outer]):
                for scope in _objects(
                    next((frame[name] for name in scopes if name in frame), None)
                ):
                    yield from _objects(scope.get(inner))
            return
    yield record


def _objects(value: object) -> Iterable[Body]:
    return [as_mapping(each) or {} for each in value] if isinstance(value, list) else []


def _first(record: Body, names: tuple[str, ...]) -> str:
    return next((str(record[name]) for name in names if record.get(name)), "")


def _above(parent: str, parents: Mapping[str, str]) -> Iterator[str]:
    """A span's parent, its parent's, and so on."""
    seen: set[str] = set()
    while parent and parent not in seen:
        seen.add(parent)
        yield parent
        parent = parents.get(parent, "")


def _counts(record: Body) -> bool:
    """Whether a span says how many tokens were used."""
    body = open_body(record).body
    attributes = flat(as_mapping(body.get("attributes")) or {})
    if any(path.startswith(_TOKENS) and is_quantity(value) for path, value in attributes.items()):
        return True
    outside = {name: value for name, value in body.items() if name != "attributes"}
    return bool(counting(outside))
