"""Where the usage stands in a body: inside batch lines, events and log lines, under which name.

Nothing is counted here. `open_body` takes wrappers off, `usage_objects` finds the objects that hold
counts, `named_model` the model that a body names. Lesson 2 reads such bodies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import NamedTuple

from costlib.usage.fields import OWN_DATA, Body, as_mapping, at, counting, entries, is_quantity

_PLACES = {path: path.partition(".")[0] for path in (
    "usageDetails", "usage_details", "usage", "usageMetadata", "usage_metadata", "totalUsage",
    "tokenUsage", "token_usage", "tokens", "metadata.usage", "amazon-bedrock-invocationMetrics",
    "response_metadata.token_usage", "response_metadata.usage", "response_metadata.usage_metadata",
    "response_metadata.tokenUsage",
    "llm_output.token_usage", "x_groq.usage", "metadata.usage_object", "attributes.usage",
    "meta.usage", "delta.usage", "raw.usage", "additional_kwargs", "models_usage", "Usage",
    "meta", "metadata", "data", "attributes", "meta_info", "metrics",
    "providerMetadata.anthropic.usage", "providerMetadata.openrouter.usage",
    "providerMetadata.google.usageMetadata", "providerMetadata.vertex.usageMetadata",
    "model_usage", "message.payload.token_usage", "properties", "stats",
)}  # fmt: skip
_HEADS = {  # these names hold other things too: what must be in them to be usage
    "meta": ("billed_units",),
    "metadata": ("billableCharacterCount",),
    "meta_info": ("prompt_tokens",),  # SGLang's own /generate
    "data": ("native_tokens_prompt",),
    "additional_kwargs": ("prompt_tokens",),  # LlamaIndex's copy of what is in raw.usage
    "metrics": ("input_token_count", "prompt_tokens", "input_tokens"),  # Replicate, tracers, Agno
    "properties": ("$ai_input_tokens",),  # PostHog
    "stats": ("total_output_tokens",),  # LM Studio's own chat
    "model_usage": ("input_tokens",),  # a span of Anthropic's managed agents
    "message.payload.token_usage": ("input_other",),  # Kimi CLI
}
# Where the AI SDK and Spring AI keep the provider's own usage object inside theirs.
_RAW = ("raw", "nativeUsage")
_FLAT_RAW = "original_usage."  # and Opik, in names that begin so
_MODELS = (
    "model", "modelVersion", "model_version", "modelId", "model_id", "model_name", "modelName",
    "response_metadata.model_name", "response_metadata.model", "gen_ai.response.model",
    "gen_ai.request.model", "attributes.llm.model_name", "attributes.gen_ai.response.model",
    "attributes.gen_ai.request.model", "llm.model_name", "providedModelName", "provided_model_name",
    "response.modelId", "data.model", "meta.model", "raw.model", "ai.response.model", "ai.model.id",
    "attributes.ai.response.model", "attributes.ai.model.id", "llm.response.model",
    "llm.request.model", "modelID", "attributes.model", "metadata.model",
    "properties.$ai_model", "$ai_model", "metadata.model_name", "attributes.mlflow.llm.model",
    "model.id", "usage.model",  # opencode 2, Amp
    "extra.metadata.ls_model_name", "extra.invocation_params.model",  # LangSmith
)  # fmt: skip


_VIDEO = "a video is charged by its seconds, at rates that costlib does not have"
_WITHOUT_USAGE = {
    "video": _VIDEO,  # its `seconds` are not those of a transcription
    "video.generation.job": _VIDEO,  # Azure's
    "chat.completion.chunk": (
        "stream with stream_options={'include_usage': True} and read the last chunk"
    ),
    "response.input_tokens": "it counts a request that was not sent, which costs nothing",
    "message_start": (
        "this event opens a stream before there is output: read the message that it ends in, as "
        "the SDK's stream.get_final_message() gives it"
    ),
}
"""Bodies, by their `object` or `type`, whose own fields are no usage, and what to do about it."""


class Opened(NamedTuple):
    """A body without its wrappers: whether it ran in a batch, and the counts in the wrappers."""

    body: Body
    batch: bool
    around: Mapping[str, object]


def open_body(response: object) -> Opened:
    """The body inside a batch line, a stream's last event or a line of a log.

    Raises ValueError for what is no object.
    """
    body = as_mapping(response)
    if body is None:
        raise ValueError(
            f"a {type(response).__name__} is not a response: give the SDK's object or its dict "
            "(json.loads turns text into one)"
        )
    attributes = body.get("attributes")
    if isinstance(attributes, list):  # a span as OTLP writes it
        body = {**body, "attributes": dict(_otlp(attributes))}
    if body.get("schemaType") == "ModelInvocationLog":
        body = _bedrock_log(body)
    body = _of_one_model(_of_mlflow(_of_llm(_unpacked(body))))
    outer = body
    around: dict[str, object] = {}
    wrapped: list[str] = []
    while (name := _wrapper(body, wrapped)) is not None:
        inner = as_mapping(body[name])
        if inner is None:
            break
        around.update(counting({key: value for key, value in body.items() if key != name}))
        wrapped.append(name)
        body = inner
    return Opened(body, _is_batch(outer, body, wrapped), around)


_XAI_RESULT = ("response", "chat_get_completion", "responses")
"""Inside a result of xAI's batches (batch_result.response.chat_get_completion, as several public
clients read it; 2026-11-29)."""

_OF_TOKENS = ("token_details", "tokens_details")
_DETAILS = (*_OF_TOKENS, "usage")
_NOT_ZERO = re.compile(r"[1-9]")


def _unpacked(body: Body) -> Body:
    """A row of a database whose details of tokens are JSON in a column of text."""
    found: dict[str, object] = {}
    for name, value in body.items():
        if isinstance(value, str) and value[:1] == "{" and name.endswith(_DETAILS):
            with suppress(ValueError):  # `refuse_texts` has a word for details that are no JSON
                found[name] = json.loads(value)
    return {**body, **found} if found else body


def refuse_texts(fields: Body) -> None:
    """Refuses details of tokens that are text with numbers in it, by name: no count is dropped."""
    for name, value in fields.items():
        if isinstance(value, str) and str(name).endswith(_OF_TOKENS) and _NOT_ZERO.search(value):
            raise ValueError(
                f"{name}={value!r} is text, in which no count can be read: give it as an object "
                "(json.loads, where it is JSON)"
            )


_OF_LLM = ("input_tokens", "output_tokens", "token_details")


def _of_llm(body: Body) -> Body:
    """A response in the log of llm, which splits the provider's usage object: its totals stand in
    columns, and the rest of it in `token_details` (of Gemini: simonw/llm-gemini, set_usage;
    2026-11-29)."""
    details = as_mapping(body.get("token_details"))
    into, out = body.get("input_tokens"), body.get("output_tokens")
    if not details or not isinstance(into, int) or not isinstance(out, int):
        return body
    rest = {name: value for name, value in body.items() if name not in _OF_LLM}
    if any(name.endswith(("TokenCount", "TokensDetails")) for name in details):
        tools = details.get("toolUsePromptTokenCount")  # inside the input there, as thoughts are
        told = into - (tools if isinstance(tools, int) else 0)  # inside the output
        thoughts = details.get("thoughtsTokenCount")
        wrote = out - (thoughts if isinstance(thoughts, int) else 0)
        usage = {"candidatesTokenCount": wrote, **details, "promptTokenCount": told}
        return {**rest, "usageMetadata": usage}
    if any(name.startswith(("prompt_", "completion_")) for name in details):
        return {**rest, "usage": {"prompt_tokens": into, "completion_tokens": out, **details}}
    return {**rest, "usage": {"input_tokens": into, "output_tokens": out, **details}}


def _of_mlflow(span: Body) -> Body:
    """A span of MLflow, which writes each of its attributes as JSON in a text."""
    attributes = as_mapping(span.get("attributes"))
    if not attributes or not isinstance(attributes.get("mlflow.chat.tokenUsage"), str):
        return span
    found = dict(attributes)
    for name, value in attributes.items():
        if isinstance(value, str) and str(name).startswith("mlflow."):
            with suppress(ValueError):
                found[name] = json.loads(value)
    return {**span, "attributes": found}


def _of_one_model(body: Body) -> Body:
    """A body that counts once more for each model that worked, if only one did, as that one's: what
    it counts is a copy. Groq's compound systems write so, and a run of Agno's agents.

    Raises ValueError where several worked.
    """
    of_groq = as_mapping(body.get("x_groq")) or {}
    if "usage_breakdown" in of_groq:  # the last event of its streams
        rest = dict(of_groq)
        told = {name: rest.pop(name, None) for name in ("usage_breakdown", "usage")}
        body = {**told, **{k: v for k, v in body.items() if v is not None}, "x_groq": rest}
    if "usage_breakdown" in body:
        outer = dict(as_mapping(body["usage_breakdown"]) or {})
        entry = _only("usage_breakdown.models", outer.pop("models", None), "model")
        usage = {**(as_mapping(body.get("usage")) or {}), "raw": entry.pop("usage", None)}
        model = entry.pop("model", None) or body.get("model")
        left = {**outer, **entry}  # which nobody writes, and a count in there is refused
        return {**body, "model": model, "usage": usage, "usage_breakdown": left}
    metrics = as_mapping(body.get("metrics")) or {}
    if not as_mapping(metrics.get("details")):
        return body
    details = dict(as_mapping(metrics["details"]) or {})
    worked: list[object] = []
    for name in list(details):
        if isinstance(found := details[name], list):
            worked += found
            del details[name]
    entry = _only("metrics.details", worked, "id")
    vendor = {"model_provider": entry["provider"]} if "provider" in entry else {}
    return {**body, **vendor, "metrics": {**metrics, "details": details, "raw": entry}}


def _only(place: str, found: object, name: str) -> dict[str, object]:
    """The only model's entry in a list of them, {} for none; ValueError for several."""
    models = list(entries(found))
    if len(models) > 1:
        named = ", ".join(str(each.get(name)) for each in models)
        raise ValueError(
            f"{place} counts several models ({named}), and each has its own price: read_usage "
            "each of its entries"
        )
    return dict(models[0]) if models else {}


_NAMES = ("usage", "usageMetadata", "usage_metadata", "tokenUsage")  # the last is n8n's


def _wrapper(body: Body, wrapped: list[str]) -> str | None:
    """The name under which the body proper stands, None where it is open already."""
    if any(as_mapping(body.get(name)) for name in _NAMES):
        return None
    if wrapped[:1] == ["batch_result"]:
        return next((name for name in _XAI_RESULT if as_mapping(body.get(name))), None)
    if not wrapped:
        if "batch_request_id" in body and as_mapping(body.get("batch_result")):
            return "batch_result"
        # The last two are Vertex's log and an event of Google's Interactions.
        for name in ("response", "result", "full_response", "interaction"):
            if as_mapping(body.get(name)):
                return name
        if as_mapping(body.get("modelOutput")) and "recordId" in body:
            return "modelOutput"  # a line of Bedrock's batches
        # A line of Claude Code's or pi's
        inner = body.get("type") in ("assistant", "message") and as_mapping(body.get("message"))
        return "message" if inner else None
    return next((name for name in ("body", "message") if as_mapping(body.get(name))), None)


def _is_batch(outer: Body, body: Body, wrapped: list[str]) -> bool:
    """Whether it is a batch's line: a log may have a field `key` or `custom_id` of its own."""
    if outer.get("object") == "batch" or wrapped[:1] in (["modelOutput"], ["batch_result"]):
        return True
    if "custom_id" in outer:
        return bool(wrapped)
    if "processed_time" in outer:  # Vertex
        return wrapped[:1] == ["response"]
    of_google = any(name in body for name in ("usageMetadata", "usage_metadata"))
    inline = list(as_mapping(outer.get("metadata")) or ()) == ["key"]  # among a job's own responses
    return ("key" in outer or inline) and wrapped == ["response"] and of_google


def usage_objects(body: Body) -> Iterator[tuple[str, Body]]:
    """Every usage object of a body with its path, the one to read first; then its copies."""
    for path, head in _PLACES.items():
        if head not in body and path not in body:  # of most places there is nothing
            continue
        found = as_mapping(at(body, path))
        if not found or (path in _HEADS and not any(map(found.__contains__, _HEADS[path]))):
            continue
        yield from with_raw(path, found)
    # Claude Code's sums by model say less than its usage: no lifetimes of cache writes.
    by_model = as_mapping(body.get("modelUsage")) or {}
    if len(by_model) > 1:
        raise ValueError(
            f"modelUsage counts several models ({', '.join(map(str, by_model))}), and each has "
            "its own price: read_usage(body['modelUsage'][model]) for each of them"
        )
    for model, entry in by_model.items():
        yield f"modelUsage.{model}", as_mapping(entry) or {}


def with_raw(path: str, usage: Body) -> Iterator[tuple[str, Body]]:
    """A usage object with its path, "" for a body itself, and the provider's own inside it."""
    raws = {name: raw for name in _RAW if (raw := as_mapping(usage.get(name)))}
    own = {name: value for name, value in usage.items() if name not in raws}
    if spread := [name for name in own if str(name).startswith(_FLAT_RAW)]:
        original = {name.removeprefix(_FLAT_RAW): own.pop(name) for name in spread}
        raws[_FLAT_RAW.rstrip(".")] = original
    yield path, own
    yield from ((f"{path}.{name}".lstrip("."), raw) for name, raw in raws.items())


def named_model(response: object) -> str | None:
    """The model that a body names, or else what is around it; None where neither does."""
    return model_in(open_body(response).body, as_mapping(response) or {})


def model_in(body: Body, *around: Body) -> str | None:
    """As `named_model`, of a body that is open."""
    for place in (body, *around):
        for path in _MODELS:
            found = at(place, path)
            if isinstance(found, str) and found:
                return found
    by_model = as_mapping(body.get("modelUsage"))
    return next(iter(by_model)) if by_model and len(by_model) == 1 else None


def has_none(body: Body) -> str:
    """What to do about a body whose own fields are no usage; "" for any other."""
    kinds = (str(body.get(name)) for name in ("object", "type"))
    return next((_WITHOUT_USAGE[kind] for kind in kinds if kind in _WITHOUT_USAGE), "")


def no_usage(body: Body) -> ValueError:
    """The error for a body without usage, with what to do about it."""
    if told := has_none(body):
        remedy = told
    elif body.get("status") in ("queued", "in_progress"):
        remedy = f"its status is {body['status']!r}, so read it again when it has completed"
    elif body.get("type") in ("errored", "canceled", "expired"):
        remedy = f"the batch request was {body['type']}, so there is no message to bill"
    elif body.get("error"):
        remedy = "it reports an error, so look up in the provider's console what was billed"
    elif is_quantity(body.get("usage")) or "tokens_in" in body:
        remedy = (
            "this is a row of a gateway's export or log: costlib.own_data.read_calls reads those "
            "that say enough (Cloudflare's leaves out what was cached: read the response itself)"
        )
    elif "prompt_llm_token_count" in body:
        remedy = (
            "LlamaIndex's TokenCountingHandler counts with a tokenizer of its own, over several "
            "calls: read the usage in each response's raw"
        )
    elif pages := at(body, "usage_info.pages_processed"):
        remedy = (
            f"pages_processed={pages} of Mistral's OCR is charged by the page, and Usage has no "
            "field for it: add their price yourself"
        )
    elif ticks := at(body, "usage.cost_in_usd_ticks"):
        remedy = (
            "xAI charges its pictures and videos by the piece, and says itself what this cost: "
            f"cost_in_usd_ticks={ticks}, of which 10,000,000,000 are a dollar"
        )
    elif "resourceMetrics" in body:
        remedy = (
            "OpenTelemetry's metrics are sums over calls, without the counts of each: export the "
            "tool's logs or spans (Claude Code's with OTEL_LOGS_EXPORTER) and read those"
        )
    elif _of_a_session(body):
        remedy = "this is a line of a session log: costlib.own_data.read_session_log reads the log"
    elif places := list(_counted_in(body)):
        remedy = _read_apart(places)
    elif found := [f"{path}={value}" for path, value in counting(body).items()]:
        more = f" and {len(found) - 3} more" if len(found) > 3 else ""
        remedy = (
            f"it has {', '.join(found[:3])}{more}, which no table here knows as the tokens of a "
            "request: give the final response, or build Usage(...) from the numbers yourself"
        )
    else:
        remedy = "give the whole final response, or estimate it and mark it as an estimate"
    return ValueError(f"the response carries no usage, and absent is not zero: {remedy}")


def _bedrock_log(line: Body) -> Body:
    """A line of Bedrock's invocation log as the response that it tells of, with its metrics."""
    asked, answered = (dict(as_mapping(line.get(name)) or {}) for name in ("input", "output"))
    said = as_mapping(answered.pop("outputBodyJson", None)) or {}
    rest = {name: value for name, value in line.items() if name not in ("input", "output")}
    metrics = {"amazon-bedrock-invocationMetrics": {**asked, **answered}}
    return {**said, **rest, **metrics, "model": line.get("modelId")}


def _of_a_session(body: Body) -> bool:
    """Whether it is a line of Codex's or Claude Code's session log."""
    payload = as_mapping(body.get("payload")) or {}
    inside = as_mapping(payload.get("usage")) or as_mapping(body.get("info"))
    return "type" in payload or inside is not None


def _read_apart(places: list[tuple[str, ...]]) -> str:
    """What to do about counts that stand deeper in a body than they are looked for."""
    first = places[0]
    found_in = "".join(f"[{name!r}]" for name in first)
    of_a_model = len(first) == 1 and not first[0].isidentifier()  # "gpt-5.4" is none
    if len(places) > 1 or of_a_model:
        return (
            f"it counts apart for {', '.join('.'.join(each) for each in places[:5])}: "
            f"read_usage(body{found_in if len(first) > 1 else '[name]'}) for each of them, and "
            "price each with its own model"
        )
    return (
        f"its counts stand in {'.'.join(first)}: read_usage(body{found_in}) reads them, or says "
        "what they lack"
    )


def _counted_in(body: Body, around: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The names that lead to each object that counts tokens directly, as a usage object does."""
    for name, value in body.items():
        inside = {} if name in OWN_DATA else as_mapping(value) or {}
        place = (*around, str(name))
        if any("token" in str(field).lower() and is_quantity(inside[field]) for field in inside):
            yield place
        else:
            yield from _counted_in(inside, place)


def _otlp(attributes: list[object]) -> Iterator[tuple[str, object]]:
    """[{"key": "a", "value": {"intValue": "7"}}] as pairs; OTLP writes integers as text."""
    for entry in attributes:
        pair = as_mapping(entry) or {}
        value = as_mapping(pair.get("value")) or {}
        for kind, found in value.items():
            whole = kind == "intValue" and str(found).lstrip("-").isdecimal()
            yield str(pair.get("key")), int(str(found)) if whole else found
