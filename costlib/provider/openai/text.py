"""OpenAI's two text endpoints, Chat Completions and Responses, and the count of input tokens.

Both end in the same steps: refuse what the API refuses, count what was sent, look into the cache,
write a reply, count what was written, report usage in the words of the endpoint. Usage is
inclusive: cached and written tokens lie inside the input, reasoning and rejected predictions inside
the output. Lesson 1 makes the first call; lesson 2 reads the usage.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from openai.types.responses import input_token_count_params, response_create_params

from costlib.provider.caches.entries import CacheUse
from costlib.provider.errors import ApiError
from costlib.provider.event_stream import Stream
from costlib.provider.openai.accepts import (
    check_chat_tools,
    check_sampling,
    check_verbosity,
    chosen_effort,
    output_limit,
    predicted_text,
    served_tier,
)
from costlib.provider.openai.input import Prompt, chat_prompt, response_prompt
from costlib.provider.openai.items import resolved, seal
from costlib.provider.openai.reply import with_prediction, written
from costlib.provider.openai.stored import keep_completion, keep_response
from costlib.provider.openai.stream import chat_events, response_events
from costlib.provider.replies import Reply
from costlib.provider.rules import section, stop_sequences
from costlib.provider.state import Provider
from costlib.provider.transport import Call

# What a response repeats of its request.
_ECHOED = ("max_tool_calls", "prompt_cache_key", "safety_identifier", "user")


def chat_completion(call: Call) -> dict[str, Any] | Stream:
    """POST /v1/chat/completions."""
    body = call.json()
    reply, use = answer_chat(call.provider, body)
    call.on_response.append(use.commit)
    if not body.get("stream"):
        if body.get("stream_options") is not None:
            raise _only_when_streaming()
        return reply
    usage_asked = bool(section(body, "stream_options").get("include_usage"))
    return Stream(chat_events(reply, usage_asked), reply)


def response(call: Call) -> dict[str, Any] | Stream:
    """POST /v1/responses."""
    reply, use = answer_response(call.provider, call.json())
    call.on_response.append(use.commit)
    return Stream(response_events(reply), reply) if call.json().get("stream") else reply


def count_input(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/responses/input_tokens: what the input of a response would count, at no charge."""
    prompt = response_prompt(provider, body, input_token_count_params.InputTokenCountParams)
    return {"object": "response.input_tokens", "input_tokens": prompt.tokens}


def tier_served(reply: Mapping[str, Any]) -> str | None:
    """The tier of a reply in OpenAI's words; a token count has none."""
    return reply.get("service_tier")


# --- Answers ----------------------------------------------------------------------------------


def answer_chat(provider: Provider, body: dict[str, Any]) -> tuple[dict[str, Any], CacheUse]:
    """A Chat Completions reply, and the cache use that counts once the response begins."""
    prompt = chat_prompt(provider, body)
    model, rule = prompt.model, prompt.rule
    predicted = predicted_text(body)
    limit = output_limit(rule, body, ("max_completion_tokens", "max_tokens"))
    tier = served_tier(provider, model, body)
    effort = chosen_effort(rule, model, body.get("reasoning_effort"), "reasoning_effort")
    check_verbosity(rule, body.get("verbosity"), "verbosity")
    check_chat_tools(rule, model, body, effort)
    check_sampling(rule, body, effort)
    stops = stop_sequences(body.get("stop"))
    choices = body.get("n") or 1
    use = prompt.cache_use(provider, body, "chat")
    replies = [
        written(provider, prompt, body, limit, effort, stops=stops, choice=choice)
        for choice in range(choices)
    ]
    if predicted is not None:
        replies = [with_prediction(provider, model.id, each, predicted, limit) for each in replies]
    key, named = provider.digest("chat", body), prompt.form.choice.named
    reply = {
        "id": "chatcmpl-" + key[:29],
        "object": "chat.completion",
        "created": provider.clock.timestamp,
        "model": body["model"],
        "choices": [_choice(i, each, named, key) for i, each in enumerate(replies)],
        "service_tier": tier,
        "system_fingerprint": None,
        "usage": _chat_usage(prompt, use, replies),
    }
    if body.get("store"):
        keep_completion(provider, reply, body)
    return reply, use


def answer_response(provider: Provider, body: dict[str, Any]) -> tuple[dict[str, Any], CacheUse]:
    """A Responses reply, and the cache use that counts once the response begins."""
    prompt = response_prompt(provider, body, response_create_params.ResponseCreateParamsBase)
    model, rule = prompt.model, prompt.rule
    limit = output_limit(rule, body, ("max_output_tokens",))
    tier = served_tier(provider, model, body)
    asked = section(body, "reasoning")
    effort = chosen_effort(rule, model, asked.get("effort"), "reasoning.effort")
    # The SDK: where a response names it, this is the mode that it had; "auto" is the model's own.
    context = {} if asked.get("context") in (None, "auto") else {"context": asked["context"]}
    check_verbosity(rule, section(body, "text").get("verbosity"), "text.verbosity")
    check_sampling(rule, body, effort)
    use = prompt.cache_use(provider, body, "responses")
    reply = written(provider, prompt, body, limit, effort)
    complete = reply.stop != "limit"
    key = provider.digest("responses", body)[:40]
    whole = {
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
        "output": _output(reply, key, "reasoning.encrypted_content" in (body.get("include") or ())),
        "parallel_tool_calls": body.get("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "reasoning": {"effort": effort if rule.reasons else None, "summary": None, **context},
        "service_tier": tier,
        **{name: body.get(name) for name in _ECHOED},
        "background": False,
        "store": body.get("store") is not False,
        "temperature": body.get("temperature", 1.0),
        "text": {"format": {"type": "text"}, **section(body, "text")},
        "tool_choice": body.get("tool_choice", "auto"),
        "tools": [{"strict": True, "parameters": None, **tool} for tool in body.get("tools") or ()],
        "top_p": body.get("top_p", 1.0),
        "truncation": body.get("truncation", "disabled"),
        "usage": _response_usage(prompt, use, reply),
    }
    if body.get("store") is not False:
        said = prompt.messages[1:] if body.get("instructions") else prompt.messages
        messages = [*said, _as_message(reply, key)] if reply.text or reply.calls else said
        keep_response(provider, whole, messages, resolved(provider, body["input"]))
    return whole, use


# --- In the words of the endpoint -------------------------------------------------------------


def _choice(index: int, reply: Reply, named: bool, key: str) -> dict[str, Any]:
    message: dict[str, Any] = {
        "role": "assistant",
        "content": reply.text,
        "refusal": None,
        "annotations": [],
    }
    reason = "length" if reply.stop == "limit" else "stop"
    if reply.calls:
        calls = _calls(reply, f"call_{key[:20]}{index:02}")
        message |= {"content": reply.text or None, "tool_calls": calls}
        # Observed: a function that was named ends in stop (vllm-project/vllm pull request 25054).
        if reason == "stop" and not named:
            reason = "tool_calls"
    return {"index": index, "finish_reason": reason, "logprobs": None, "message": message}


def _calls(reply: Reply, start: str) -> list[dict[str, Any]]:
    """The calls of a reply as Chat Completions writes them; the ids begin with `start`."""
    return [
        {
            "id": f"{start}{i:02}",
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for i, call in enumerate(reply.calls)
    ]


def _chat_usage(prompt: Prompt, use: CacheUse, replies: list[Reply]) -> dict[str, Any]:
    output = sum(reply.output_tokens for reply in replies)
    reasoning = sum(reply.reasoning_tokens for reply in replies)
    return {
        "prompt_tokens": prompt.tokens,
        "completion_tokens": output,
        "total_tokens": prompt.tokens + output,
        "prompt_tokens_details": {
            "cached_tokens": use.cached,
            "cache_write_tokens": use.written,
            "audio_tokens": prompt.audio_tokens,
            "text_tokens": prompt.tokens - prompt.image_tokens - prompt.audio_tokens,
            "image_tokens": prompt.image_tokens,
        },
        "completion_tokens_details": {
            "reasoning_tokens": reasoning,
            "audio_tokens": 0,
            "text_tokens": output - reasoning,
            "accepted_prediction_tokens": sum(reply.accepted_tokens for reply in replies),
            "rejected_prediction_tokens": sum(reply.rejected_tokens for reply in replies),
        },
    }


def _response_usage(prompt: Prompt, use: CacheUse, reply: Reply) -> dict[str, Any]:
    return {
        "input_tokens": prompt.tokens,
        "input_tokens_details": {
            "cached_tokens": use.cached,
            "cache_write_tokens": use.written,
            "cache_write_tokens_details": {
                "ttl_30m_tokens": use.write_30m,
                "ttl_12h_tokens": use.write_12h,
            },
        },
        "output_tokens": reply.output_tokens,
        "output_tokens_details": {"reasoning_tokens": reply.reasoning_tokens},
        "total_tokens": prompt.tokens + reply.output_tokens,
    }


def _output(reply: Reply, key: str, encrypted: bool) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    status = "incomplete" if reply.stop == "limit" else "completed"
    if reply.reasoning_tokens:
        item = {"id": f"rs_{key}", "type": "reasoning", "summary": []}
        sealed = {"encrypted_content": seal(key)} if encrypted else {}
        items.append(item | sealed)
    if reply.text:
        items.append(
            {
                "id": f"msg_{key}",
                "type": "message",
                "role": "assistant",
                "status": status,
                "content": [{"type": "output_text", "text": reply.text, "annotations": []}],
            }
        )
    items += [
        {
            "id": f"fc_{key}{i:02}",
            "type": "function_call",
            "call_id": f"call_{key[:22]}{i:02}",
            "name": call.name,
            "arguments": call.arguments,
            "status": "completed" if call.complete else "incomplete",
        }
        for i, call in enumerate(reply.calls)
    ]
    return items


def _as_message(reply: Reply, key: str) -> dict[str, Any]:
    """The reply as the next request sends it."""
    if not reply.calls:
        return {"role": "assistant", "content": reply.text}
    calls = _calls(reply, f"call_{key[:22]}")
    return {"role": "assistant", "content": reply.text or None, "tool_calls": calls}


def _only_when_streaming() -> ApiError:
    return ApiError(
        400,
        "The 'stream_options' parameter is only allowed when 'stream' is enabled.",
        param="stream_options",
    )
