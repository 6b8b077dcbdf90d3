"""From a response to a `Usage`: the one place where the providers' ways of counting meet.

Units: tokens, as the provider reported them. Inclusive (OpenAI, Google, DeepSeek, xAI, Mistral):
the input total contains cached tokens. Exclusive (Anthropic, Bedrock): cached tokens stand beside
the input. A `Usage` is always inclusive. Reasoning is inside the output, except at Google and xAI,
which count it beside. Lesson 2 teaches this module; the record itself is in record.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costlib.usage.record import COUNTS, PART_RULES, Usage, whole_number

__all__ = ["COUNTS", "PART_RULES", "PROVIDERS", "Usage", "read_usage"]

PROVIDERS = (
    "anthropic", "aws", "azure", "deepseek", "google", "mistral", "openai", "openrouter", "x-ai",
)  # fmt: skip
"""Whose bodies `read_usage` knows; the ids are those of the genai-prices package."""

_SERVED = {
    "default": "standard",
    "on_demand": "standard",
    "on_demand_flex": "flex",
    "on_demand_priority": "priority",
}
_ONLY_ANTHROPIC = (
    "cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "server_tool_use",
)  # fmt: skip
_ONLY_OPENAI = ("total_tokens", "input_tokens_details", "input_token_details")


def read_usage(response: Any, *, provider: str | None = None) -> Usage:
    """The `Usage` of a response: an SDK object, its dict, or the bare usage object in either.

    Reads OpenAI Chat Completions, Responses, embeddings, transcriptions, images, realtime and
    batches; Anthropic Messages; one line of a batch's output file from OpenAI, Anthropic or
    Google; Gemini; Bedrock Converse; DeepSeek, Mistral and xAI. The fields tell them apart;
    `provider` settles what they leave open, and is not needed otherwise.

    Cache writes without a time to live get the API's default one: 5 minutes at Anthropic, 30 at
    OpenAI. Searches are read from Anthropic's usage and from the output of OpenAI's Responses;
    Google does not list them in its usage. Where the work was done is not part of a Usage: a
    surcharge for processing in one region (1.1 times at Anthropic and OpenAI) is on top.

    Raises ValueError when there is no usage (absent is not zero), when the counts contradict each
    other, and when the fields mix two conventions and `provider` does not say which.
    """
    if provider is not None and provider not in PROVIDERS:
        raise ValueError(f"provider={provider!r} is unknown: use one of {', '.join(PROVIDERS)}")
    body, batch = _open_envelope(_as_dict(response))
    usage = _find_usage(body)
    if "promptTokenCount" in usage or "prompt_token_count" in usage:
        record = _read_gemini(usage)
    elif "inputTokens" in usage:
        record = _read_bedrock(usage, body)
    elif _is_anthropic(usage, provider):
        record = _read_anthropic(usage)
    else:
        record = _read_openai(usage, body, provider)
    tier = record.pop("tier")
    tier = "batch" if batch else tier
    return Usage(**record, tier=_SERVED.get(tier.lower(), tier) if tier else None)


def _as_dict(response: Any) -> Mapping[str, Any]:
    if hasattr(response, "model_dump"):  # a pydantic object, as every SDK here returns
        return response.model_dump(warnings=False)
    if isinstance(response, Mapping):
        return response
    raise ValueError(
        f"a {type(response).__name__} is not a response: give the SDK's object or its dict "
        "(json.loads turns text into one)"
    )


def _open_envelope(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], bool]:
    """The body inside a batch line or a stream's last event, and whether it ran in a batch."""
    batch = "custom_id" in body or "key" in body or body.get("object") == "batch"
    inner = body.get("response") or body.get("result")
    if isinstance(inner, Mapping):
        inner = inner.get("body") or inner.get("message") or inner
        if isinstance(inner, Mapping):
            body = inner
    return body, batch


def _find_usage(body: Mapping[str, Any]) -> Mapping[str, Any]:
    if body.get("svg_usage"):
        raise ValueError(
            "svg_usage stands beside usage: two models worked, so read response.usage and "
            "response.svg_usage apart and price each with its own model"
        )
    for name in ("usage", "usageMetadata", "usage_metadata"):
        if name in body:
            found = body[name]
            if not found:
                break
            return _as_dict(found)
    else:
        if any("token" in key.lower() for key in body) or body.get("type") == "duration":
            return body
    if body.get("object") == "chat.completion.chunk":
        remedy = "stream with stream_options={'include_usage': True} and read the last chunk"
    elif body.get("status") in ("queued", "in_progress"):
        remedy = f"its status is {body['status']!r}, so read it again when it has completed"
    elif body.get("type") in ("errored", "canceled", "expired"):
        remedy = f"the batch request was {body['type']}, so there is no message to bill"
    elif body.get("error"):
        remedy = "it reports an error, so look up in the provider's console what was billed"
    else:
        remedy = "give the whole final response, or estimate it and mark it as an estimate"
    raise ValueError(f"the response carries no usage, and absent is not zero: {remedy}")


def _is_anthropic(usage: Mapping[str, Any], provider: str | None) -> bool:
    """Whether the input total leaves out the cached tokens, as Anthropic's does."""
    theirs = [name for name in _ONLY_ANTHROPIC if usage.get(name) is not None]
    if "prompt_tokens" in usage:
        others = ["prompt_tokens"]
    else:
        others = [name for name in _ONLY_OPENAI if usage.get(name) is not None]
        if provider in ("anthropic", "aws"):
            return True
    if theirs and others:
        raise ValueError(
            f"{others[0]} beside {theirs[0]} mixes OpenAI's and Anthropic's fields: if "
            "input_tokens leaves out the cached tokens pass provider='anthropic', else build "
            "Usage(...) from the numbers yourself"
        )
    return bool(theirs) or any(name in usage for name in _ONLY_ANTHROPIC)


def _read_openai(
    usage: Mapping[str, Any], body: Mapping[str, Any], provider: str | None
) -> dict[str, Any]:
    """OpenAI and the providers that kept its fields: cached, written and reasoning inside."""
    tier = body.get("service_tier")
    if usage.get("type") == "duration":
        return {"audio_seconds": _need(usage, "seconds"), "tier": tier}
    chat = "prompt_tokens" in usage
    into = _inner(usage, "prompt_tokens_details", "input_tokens_details", "input_token_details")
    out = _inner(
        usage, "completion_tokens_details", "output_tokens_details", "output_token_details"
    )
    cached_into = _inner(into, "cached_tokens_details")
    tokens_in = _tokens(usage, "prompt_tokens" if chat else "input_tokens", need=True)
    reasoning = _tokens(out, "reasoning_tokens") or _tokens(usage, "reasoning_tokens")
    total = _tokens(usage, "total_tokens") if usage.get("total_tokens") is not None else None
    only_input = chat and usage.get("completion_tokens") is None and total == tokens_in
    name = "completion_tokens" if chat else "output_tokens"
    tokens_out = 0 if only_input else _tokens(usage, name, need=True)  # embeddings have no output

    # xAI (and Google behind OpenAI's fields) counts reasoning beside the completion. The total
    # proves which it is; without a total the provider must be known.
    if total is None:
        ticks = "cost_in_usd_ticks" in usage or "num_sources_used" in usage
        if reasoning and chat and provider is None and not ticks:
            raise ValueError(
                f"reasoning_tokens={reasoning} may be inside completion_tokens={tokens_out} or "
                "beside it: keep total_tokens in the record, or pass provider="
            )
        beside = chat and (provider == "x-ai" or (provider is None and ticks))
    else:
        beside = total != tokens_in + tokens_out
        if beside and total != tokens_in + tokens_out + reasoning:
            raise ValueError(
                f"total_tokens={total} is not input {tokens_in} + output {tokens_out}, nor with "
                f"reasoning {reasoning} beside them: some tokens are missing from this record, so "
                "read the provider's own response"
            )
    written = _tokens(into, "cache_write_tokens")
    split = _inner(into, "cache_write_tokens_details")
    written_12h = _tokens(split, "ttl_12h_tokens")
    _same("cache_write_tokens", written, split, "ttl_30m_tokens", "ttl_12h_tokens")
    searches = [item for item in body.get("output") or () if _is_search(item)]
    counts = body.get("request_counts") or {}
    return {
        "input_tokens": tokens_in,
        "output_tokens": tokens_out + (reasoning if beside else 0),
        "cached_input_tokens": _tokens(into, "cached_tokens")
        or _tokens(usage, "prompt_cache_hit_tokens")  # DeepSeek
        or _tokens(usage, "num_cached_tokens"),  # Mistral
        "cache_write_30m_tokens": written - written_12h,
        "cache_write_12h_tokens": written_12h,
        "input_audio_tokens": _tokens(into, "audio_tokens"),
        "cached_audio_tokens": _tokens(cached_into, "audio_tokens"),
        "input_image_tokens": _tokens(into, "image_tokens"),
        "cached_image_tokens": _tokens(cached_into, "image_tokens"),
        "reasoning_tokens": reasoning,
        "output_audio_tokens": _tokens(out, "audio_tokens"),
        "output_image_tokens": _tokens(out, "image_tokens"),
        "accepted_prediction_tokens": _tokens(out, "accepted_prediction_tokens"),
        "rejected_prediction_tokens": _tokens(out, "rejected_prediction_tokens"),
        "web_searches": len(searches),
        "audio_seconds": usage.get("prompt_audio_seconds") or 0,  # Mistral
        "requests": _tokens(counts, "completed") or 1,
        "tier": tier,
    }


def _read_anthropic(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Anthropic: three numbers side by side make the input. Thinking is inside the output."""
    steps = [_as_dict(step) for step in usage.get("iterations") or ()]
    for step in steps:
        if step.get("type") not in ("message", "compaction"):
            raise ValueError(
                f"an iteration of type {step.get('type')!r} ran on model {step.get('model')!r}: "
                "read each entry of usage.iterations apart and price it with its own model"
            )
    # The top-level counts leave out what it took to compact the context: add it.
    runs = [usage, *(step for step in steps if step["type"] == "compaction")]
    read = sum(_tokens(run, "cache_read_input_tokens") for run in runs)
    written = written_1h = 0
    for run in runs:
        split = _inner(run, "cache_creation")
        names = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
        if run.get("cache_creation_input_tokens") is None:
            written += sum(_tokens(split, name) for name in names)
        else:
            run_written = _tokens(run, "cache_creation_input_tokens")
            _same("cache_creation_input_tokens", run_written, split, *names)
            written += run_written
        written_1h += _tokens(split, "ephemeral_1h_input_tokens")
    beside = sum(_tokens(run, "input_tokens", need=True) for run in runs)
    return {
        "input_tokens": beside + read + written,
        "output_tokens": sum(_tokens(run, "output_tokens", need=True) for run in runs),
        "cached_input_tokens": read,
        "cache_write_5m_tokens": written - written_1h,
        "cache_write_1h_tokens": written_1h,
        "reasoning_tokens": _tokens(_inner(usage, "output_tokens_details"), "thinking_tokens"),
        "web_searches": _tokens(_inner(usage, "server_tool_use"), "web_search_requests"),
        "requests": len(steps) or 1,
        "tier": "fast" if usage.get("speed") == "fast" else usage.get("service_tier"),
    }


def _read_bedrock(usage: Mapping[str, Any], body: Mapping[str, Any]) -> dict[str, Any]:
    """Bedrock Converse: exclusive, like Anthropic's own API, in other words."""
    read = _tokens(usage, "cacheReadInputTokens")
    written = _tokens(usage, "cacheWriteInputTokens")
    by_ttl = {entry["ttl"]: entry["inputTokens"] for entry in usage.get("cacheDetails") or ()}
    written_1h = _tokens(by_ttl, "1h")
    _same("cacheWriteInputTokens", written, by_ttl, "5m", "1h")
    return {
        "input_tokens": _tokens(usage, "inputTokens", need=True) + read + written,
        "output_tokens": _tokens(usage, "outputTokens", need=True),
        "cached_input_tokens": read,
        "cache_write_5m_tokens": written - written_1h,
        "cache_write_1h_tokens": written_1h,
        "tier": _inner(body, "serviceTier").get("type"),
    }


def _read_gemini(usage: Mapping[str, Any]) -> dict[str, Any]:
    """Gemini, in camelCase (REST) or snake_case (SDK). Thoughts stand beside the candidates.

    Zeros are left out of its JSON, so a missing part is a zero here, but not a missing prompt.
    """
    usage = {_snake(name): value for name, value in usage.items()}
    by_kind = {
        name: _by_modality(usage.get(f"{name}_tokens_details"))
        for name in ("prompt", "tool_use_prompt", "cache", "candidates", "response")
    }

    def modality(kind: str, *names: str) -> int:
        return sum(by_kind[name].get(kind, 0) for name in names)

    tokens_in = _tokens(usage, "prompt_token_count", need=True)
    tokens_in += _tokens(usage, "tool_use_prompt_token_count")  # what its tools read is input too
    thoughts = _tokens(usage, "thoughts_token_count")
    tokens_out = thoughts + (
        _tokens(usage, "candidates_token_count") or _tokens(usage, "response_token_count")
    )
    total = _tokens(usage, "total_token_count")
    if total and total != tokens_in + tokens_out:
        raise ValueError(
            f"totalTokenCount={total} is not input {tokens_in} + output {tokens_out} (candidates "
            "and thoughts): this record is not complete, so read the last chunk of the response"
        )
    into, out = ("prompt", "tool_use_prompt"), ("candidates", "response")
    return {
        "input_tokens": tokens_in,
        "output_tokens": tokens_out,
        "cached_input_tokens": _tokens(usage, "cached_content_token_count"),
        "input_audio_tokens": modality("AUDIO", *into),
        "cached_audio_tokens": modality("AUDIO", "cache"),
        "input_image_tokens": modality("IMAGE", *into),
        "cached_image_tokens": modality("IMAGE", "cache"),
        "input_video_tokens": modality("VIDEO", *into),
        "cached_video_tokens": modality("VIDEO", "cache"),
        "reasoning_tokens": thoughts,
        "output_audio_tokens": modality("AUDIO", *out),
        "output_image_tokens": modality("IMAGE", *out),
        "tier": _word(usage.get("service_tier") or usage.get("traffic_type")),
    }


# --- Small readers ----------------------------------------------------------------------------


def _need(record: Mapping[str, Any], name: str) -> Any:
    value = record.get(name)
    if value is None:
        raise ValueError(
            f"{name} is absent from the usage, and absent is not zero: give the final response "
            "or its whole usage object"
        )
    return value


def _tokens(record: Mapping[str, Any], name: str, *, need: bool = False) -> int:
    """A count; an optional part that is missing or None is 0."""
    value = _need(record, name) if need else record.get(name)
    return 0 if value is None else whole_number(name, value)


def _inner(record: Mapping[str, Any], *names: str) -> Mapping[str, Any]:
    """The first of these inner records that is there; every `*_details` may be None."""
    return next((_as_dict(record[name]) for name in names if record.get(name)), {})


def _same(name: str, total: int, split: Mapping[str, Any], *parts: str) -> None:
    """A split by time to live, when there is one, must add up to its total."""
    found = sum(_tokens(split, part) for part in parts)
    if any(part in split for part in parts) and found != total:
        raise ValueError(f"{name}={total} is not the sum of its parts, {found}: check the record")


def _is_search(item: Any) -> bool:
    """Whether an output item is a search that is charged; opening a page that was found is not."""
    item = item if isinstance(item, Mapping) else {}
    action = item.get("action") or {}
    return item.get("type") == "web_search_call" and action.get("type", "search") == "search"


def _by_modality(details: Any) -> dict[str, int]:
    counts: dict[str, int] = {}
    for entry in details or ():
        entry = {_snake(name): value for name, value in _as_dict(entry).items()}
        kind = _word(entry.get("modality")) or "TEXT"
        counts[kind] = counts.get(kind, 0) + _tokens(entry, "token_count")
    return counts


def _word(value: Any) -> str | None:
    """The text of an enum member or a plain string."""
    return None if value is None else str(getattr(value, "value", value))


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
