"""The spans of a trace as records that count once: OTLP files, lists of spans, Langfuse's exports.

A tracer repeats on a span what the spans inside it counted: the AI SDK has `ai.generateText` around
`ai.generateText.doGenerate`, agents have `invoke_agent` around each `chat`. The innermost span that
counts tokens is the request; those around it are sums and are left out. So are spans that count
nothing, such as a tool's. Both are said in a warning. Events in OTLP's logs, as Claude Code and
Codex send them, are read like spans. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from costlib.display.amounts import counted
from costlib.usage.envelopes import open_body
from costlib.usage.fields import Body, as_mapping, counting, entries, flat, is_quantity
from costlib.usage.telling import tell

_OWN = ("spanId", "span_id", "id")
_TRACE = ("traceId", "trace_id")
_SPAN = "spanContext"  # of an event, as OpenTelemetry's JavaScript writes it
_PARENT = (
    "parentSpanId", "parent_span_id", "parentObservationId", "parent_observation_id",
    "parent_run_id",
)  # fmt: skip
_TOKENS = (
    "gen_ai.usage.", "llm.token_count.", "llm.usage.", "ai.usage.", "mlflow.chat.tokenUsage",
    "usage", "input_token",
)  # fmt: skip
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
    traced = framed or any(map(_trace, records))
    if not any(parents.values()) and not traced:
        return unpacked
    ours = [each for each in unpacked if _counts(each)]
    sums = {above for each in ours for above in _above(_first(each, _PARENT), parents)}
    kept = [each for each in ours if _first(each, _OWN) not in sums]
    kept = _said_once(kept, nested=any(parents.values()))
    silent, doubled = len(unpacked) - len(ours), len(ours) - len(kept)
    why = {"others count the same": doubled, "no tokens": silent}
    if left_out := [f"{counted(many, 'span')} ({what})" for what, many in why.items() if many]:
        tell(f"{name!r}, left out: {' and '.join(left_out)}")
    return kept


def _said_once(records: list[Body], *, nested: bool) -> list[Body]:
    """The records without those that say once more what others of their trace do: an event beside
    the span of its request, a turn beside its requests, and an agent beside what it called, where
    no span names its parent (Copilot's files; ccusage, adapter/copilot, in this order; 2026-11-29).
    """
    ranked = [(each, _trace(each), _rank(each, nested=nested)) for each in records]
    first: dict[str, int] = {}
    for _, trace, rank in ranked:
        first[trace] = min(first.get(trace, rank), rank)
    return [each for each, trace, rank in ranked if not trace or rank == first[trace]]


def _trace(record: Body) -> str:
    return _first(record, _TRACE) or _first(as_mapping(record.get(_SPAN)) or {}, _TRACE)


def _rank(record: Body, *, nested: bool) -> int:
    said = as_mapping(record.get("attributes")) or {}
    if said.get("gen_ai.operation.name") == "invoke_agent" and not nested:
        return 3
    if said.get("event.name") == "copilot_chat.agent.turn":
        return 2
    return 1 if _SPAN in record else 0


def _unpacked(record: Body) -> Iterator[Body]:
    """The spans or events in a frame of OTLP's JSON; the record itself where it is none."""
    for outer, scopes, inner in _FRAMES:
        if isinstance(record.get(outer), list):
            for frame in entries(record[outer]):
                for scope in entries(next((frame[name] for name in scopes if name in frame), None)):
                    yield from entries(scope.get(inner))
            return
    yield record


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
