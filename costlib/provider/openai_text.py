"""OpenAI's two text endpoints, Chat Completions and Responses, and the count of input tokens.

Both end in the same steps: refuse what the API refuses, count what was sent, write a reply, count
what was written, report usage in the words of the endpoint. Usage is inclusive: reasoning lies
inside the output tokens. Lesson 1 makes the first call; lesson 2 reads the usage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costlib.prices import Model
from costlib.provider.openai_rules import (
    CHAT_TIERS,
    RESPONSE_TIERS,
    check_prediction,
    chosen_effort,
    output_limit,
    reasons,
    served_tier,
)
from costlib.provider.replies import Reply, write_reply
from costlib.provider.rules import (
    check_messages,
    check_tools,
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

_CHAT_ROLES = ("system", "developer", "user", "assistant", "tool", "function")
_INPUT_ROLES = ("system", "developer", "user", "assistant")


def chat_completion(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/chat/completions."""
    model = known_model(provider, "openai", body)
    messages = body.get("messages")
    check_messages(messages, "messages", _CHAT_ROLES)
    check_prediction(model, body)
    check_tools(body.get("tools"), "function")
    no_streaming(body)
    for name in ("prediction", "functions", "audio", "logprobs", "web_search_options"):
        if body.get(name):
            raise not_served(f"the parameter '{name}'")
    if section(body, "response_format").get("type", "text") != "text":
        raise not_served("structured output (response_format)")
    limit = output_limit(model, body)
    tier = served_tier(provider, model, body, CHAT_TIERS)
    sent = _count_input(model, messages, body.get("tools"))
    effort = chosen_effort(model, body.get("reasoning_effort"), "reasoning_effort")
    stops = stop_sequences(body.get("stop"), "stop")
    if len(stops) > 4:  # openai SDK, completion_create_params.py
        raise invalid("stop", stops, "up to 4 sequences")
    replies = [
        write_reply(
            provider,
            model.id,
            messages,
            limit=limit,
            effort=effort,
            stops=stops,
            choice=choice,
        )
        for choice in range(positive(body, "n", at_most=128) or 1)
    ]
    return {
        "id": "chatcmpl-" + provider.digest("chat", body)[:29],
        "object": "chat.completion",
        "created": provider.clock.timestamp,
        "model": body["model"],
        "choices": [_choice(index, reply) for index, reply in enumerate(replies)],
        "service_tier": tier,
        "system_fingerprint": None,
        "usage": _chat_usage(sent, replies),
    }


def response(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/responses."""
    model, messages = _response_input(provider, body)
    no_streaming(body)
    if section(section(body, "text"), "format").get("type", "text") != "text":
        raise not_served("structured output (text.format)")
    # The reference of the Responses API: max_output_tokens is 16 or more.
    limit = positive(body, "max_output_tokens", at_least=16)
    tier = served_tier(provider, model, body, RESPONSE_TIERS)
    sent = _count_input(model, messages, body.get("tools"))
    reasoning = section(body, "reasoning")
    effort = chosen_effort(model, reasoning.get("effort"), "reasoning.effort")
    reply = write_reply(provider, model.id, messages, limit=limit, effort=effort)
    complete = reply.stop != "limit"
    key = provider.digest("responses", body)[:40]
    return {
        "id": f"resp_{key}",
        "object": "response",
        "created_at": provider.clock.timestamp,
        "completed_at": provider.clock.timestamp if complete else None,
        "status": "completed" if complete else "incomplete",
        "incomplete_details": None if complete else {"reason": "max_output_tokens"},
        "error": None,
        "model": body["model"],
        "instructions": body.get("instructions"),
        "max_output_tokens": limit,
        "metadata": body.get("metadata") or {},
        "output": _output(reply, key),
        "parallel_tool_calls": True,
        "reasoning": {"effort": effort if reasons(model) else None, "summary": None},
        "service_tier": tier,
        "temperature": body.get("temperature", 1.0),
        "text": {"format": {"type": "text"}},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": [{"strict": True, "parameters": None, **tool} for tool in body.get("tools") or ()],
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation", "disabled"),
        "usage": {
            "input_tokens": sent,
            "input_tokens_details": {
                "cached_tokens": 0,
                "cache_write_tokens": 0,
                "cache_write_tokens_details": {"ttl_30m_tokens": 0, "ttl_12h_tokens": 0},
            },
            "output_tokens": reply.output_tokens,
            "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
            "total_tokens": sent + reply.output_tokens,
        },
    }


def count_input(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/responses/input_tokens: what the input of a response would count, at no charge."""
    model, messages = _response_input(provider, body)
    sent = _count_input(model, messages, body.get("tools"))
    return {"object": "response.input_tokens", "input_tokens": sent}


# --- Requests ---------------------------------------------------------------------------------


def _response_input(provider: Provider, body: dict[str, Any]) -> tuple[Model, list[dict[str, Any]]]:
    """The model and the conversation of a Responses body, as Chat Completions messages."""
    model = known_model(provider, "openai", body)
    for name in ("previous_response_id", "conversation", "background", "prompt"):
        if body.get(name):
            raise not_served(f"the parameter '{name}'")
    check_tools(body.get("tools"), "function")
    given = body.get("input")
    messages = [{"role": "user", "content": given}] if isinstance(given, str) else given
    if isinstance(messages, list):
        # Reasoning items of an earlier turn may be sent back; their text is not visible.
        messages = [item for item in messages if not _has_type(item, "reasoning")]
        other = [item for item in messages if isinstance(item, dict) and "role" not in item]
        if other:
            raise not_served(f"input items of type {other[0].get('type')!r}")
    check_messages(messages, "input", _INPUT_ROLES)
    instructions = body.get("instructions")
    if instructions is not None and not isinstance(instructions, str):
        raise invalid("instructions", instructions, "a string")
    if instructions:
        messages = [{"role": "developer", "content": instructions}, *messages]
    return model, messages


def _has_type(item: Any, kind: str) -> bool:
    return isinstance(item, Mapping) and item.get("type") == kind


def _count_input(model: Model, messages: list[dict[str, Any]], tools: Any) -> int:
    sent = count_chat(messages, model.id, tools).tokens
    if model.context_window is not None and sent > model.context_window:
        raise ApiError(
            400,
            f"This model's maximum context length is {model.context_window} tokens. However, your "
            f"messages resulted in {sent} tokens. Please reduce the length of the messages.",
            code="context_length_exceeded",
            param="messages",
        )
    return sent


# --- Responses --------------------------------------------------------------------------------


def _choice(index: int, reply: Reply) -> dict[str, Any]:
    return {
        "index": index,
        "finish_reason": "length" if reply.stop == "limit" else "stop",
        "logprobs": None,
        "message": {
            "role": "assistant",
            "content": reply.text,
            "refusal": None,
            "annotations": [],
        },
    }


def _chat_usage(sent: int, replies: list[Reply]) -> dict[str, Any]:
    output = sum(reply.output_tokens for reply in replies)
    reasoning = sum(reply.reasoning_tokens for reply in replies)
    return {
        "prompt_tokens": sent,
        "completion_tokens": output,
        "total_tokens": sent + output,
        "prompt_tokens_details": {
            "cached_tokens": 0,
            "cache_write_tokens": 0,
            "audio_tokens": 0,
            "text_tokens": sent,
            "image_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "text_tokens": output - reasoning,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def tier_served(reply: Mapping[str, Any]) -> str | None:
    """The tier of a reply in OpenAI's words; a token count has none."""
    return reply.get("service_tier")


def _output(reply: Reply, key: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if reply.reasoning_tokens:
        items.append({"id": f"rs_{key}", "type": "reasoning", "summary": []})
    if reply.text:
        items.append(
            {
                "id": f"msg_{key}",
                "type": "message",
                "role": "assistant",
                "status": "incomplete" if reply.stop == "limit" else "completed",
                "content": [{"type": "output_text", "text": reply.text, "annotations": []}],
            }
        )
    return items
