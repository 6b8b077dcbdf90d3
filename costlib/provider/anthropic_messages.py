"""Anthropic's Messages and its free token count.

Usage is exclusive: `input_tokens` does not contain what was written to a cache or read from one
(both are 0 as long as this provider has no caches). Lesson 1 makes the first call.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from costlib.prices import Model
from costlib.provider.replies import Reply, write_reply
from costlib.provider.rules import (
    check_messages,
    check_tools,
    has_rate,
    invalid,
    known_model,
    no_streaming,
    not_served,
    positive,
    section,
    stop_sequences,
)
from costlib.provider.state import ApiError, Provider
from costlib.tokens import count_chat

_ROLES = ("user", "assistant", "system")  # anthropic SDK 2.0: system is allowed in messages
_BREAKPOINTS = 4  # Anthropic's page on prompt caching

_ERROR_TYPES = {400: "invalid_request_error", 404: "not_found_error"}


def message(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/messages."""
    model, conversation = _conversation(provider, body)
    no_streaming(body)
    limit = positive(body, "max_tokens", at_least=0)
    if limit is None:
        raise ApiError(400, "max_tokens: Field required")
    if section(body, "thinking").get("type", "disabled") != "disabled":
        raise not_served("thinking")
    if section(body, "output_config").get("format"):
        raise not_served("structured output (output_config.format)")
    if body.get("service_tier", "auto") not in ("auto", "standard_only"):
        raise invalid("service_tier", body["service_tier"], "'auto', 'standard_only'")
    speed = _speed(provider, model, body)
    sent = _count_input(model, conversation, body.get("tools"))
    stops = stop_sequences(body.get("stop_sequences"), "stop_sequences")
    if limit == 0:  # Anthropic's page on prompt caching: warms the cache and writes nothing
        reply = Reply("", 0, 0, "limit")
    else:
        reply = write_reply(provider, model.id, conversation, limit=limit, stops=stops)
    ends = {"end": "end_turn", "limit": "max_tokens", "sequence": "stop_sequence"}
    return {
        "id": "msg_" + provider.digest("messages", body)[:24],
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": [{"type": "text", "text": reply.text, "citations": None}] if reply.text else [],
        "stop_reason": ends[reply.stop],
        "stop_sequence": reply.sequence,
        "usage": {
            "input_tokens": sent,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"thinking_tokens": 0},
            "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
            "service_tier": "standard",
            "inference_geo": "global",
            "speed": speed,
        },
    }


def count_tokens(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/messages/count_tokens: what a message's input would count, at no charge."""
    model, conversation = _conversation(provider, body)
    return {"input_tokens": _count_input(model, conversation, body.get("tools"))}


def _conversation(provider: Provider, body: dict[str, Any]) -> tuple[Model, list[dict[str, Any]]]:
    """The model, and the messages with the system text in front of them."""
    model = known_model(provider, "anthropic", body)
    messages = body.get("messages")
    check_messages(messages, "messages", _ROLES)
    check_tools(body.get("tools"), "custom")
    if body.get("inference_geo") not in (None, "global"):
        raise not_served("inference_geo other than 'global'")
    _check_breakpoints(body)
    system = body.get("system")
    if not system:
        return model, messages
    instructions = [{"role": "system", "content": system}]
    check_messages(instructions, "system", _ROLES)
    return model, [*instructions, *messages]


def _check_breakpoints(body: dict[str, Any]) -> None:
    """At most four, of the one type and the two lifetimes that exist (anthropic SDK types).

    The automatic breakpoint at the top of the request counts as one of the four (inferred).
    """
    found = list(_breakpoints(body))
    for control in found:
        kind = control.get("type") if isinstance(control, Mapping) else control
        if kind != "ephemeral":
            raise invalid("cache_control.type", kind, "'ephemeral'")
        if control.get("ttl", "5m") not in ("5m", "1h"):
            raise invalid("cache_control.ttl", control["ttl"], "'5m', '1h'")
    if len(found) > _BREAKPOINTS:
        raise ApiError(
            400,
            f"A maximum of {_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {len(found)}.",
        )


def _breakpoints(value: Any) -> Iterator[Any]:
    """Every `cache_control` of a request, wherever the SDK lets one stand."""
    if isinstance(value, list):
        for item in value:
            yield from _breakpoints(item)
    elif isinstance(value, dict):
        if value.get("cache_control") is not None:
            yield value["cache_control"]
        # A tool's schema and input are the caller's own data and may use any name.
        for name in ("tools", "system", "messages", "content"):
            yield from _breakpoints(value.get(name))


def _speed(provider: Provider, model: Model, body: Mapping[str, Any]) -> str:
    """Fast mode only where a fast rate is published; that the others refuse it is inferred."""
    asked = body.get("speed") or "standard"
    if asked not in ("standard", "fast"):
        raise invalid("speed", asked, "'standard', 'fast'")
    if asked == "fast" and not has_rate(provider, model, "fast"):
        raise ApiError(
            400,
            f"speed: 'fast' is not available for {model.id}, because Anthropic publishes no such "
            "rate for it.",
        )
    return asked


def _count_input(model: Model, conversation: list[dict[str, Any]], tools: Any) -> int:
    sent = count_chat(conversation, model.id, tools).tokens
    if model.context_window is not None and sent > model.context_window:
        raise ApiError(400, f"prompt is too long: {sent} tokens > {model.context_window} maximum")
    return sent


def error_body(error: ApiError, request_id: str) -> dict[str, Any]:
    """A refusal as Anthropic writes it."""
    return {
        "type": "error",
        "error": {
            "type": _ERROR_TYPES.get(error.status, "api_error"),
            "message": error.message,
        },
        "request_id": request_id,
    }


def tier_served(reply: Mapping[str, Any]) -> str | None:
    """The tier of a reply in Anthropic's words; a token count has none."""
    usage = reply.get("usage") or {}
    return "fast" if usage.get("speed") == "fast" else usage.get("service_tier")
