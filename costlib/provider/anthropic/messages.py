"""Anthropic's Messages and its free token count.

Usage is exclusive: `input_tokens` does not contain what was written to a cache or read from one.
`output_tokens` contains the thinking, which current models do unless they are told not to, and
which may come back without its text. Lesson 1 makes the first call.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_params
from anthropic.types.beta import message_create_params as beta_params

from costlib.provider.anthropic import stream as anthropic_stream
from costlib.provider.anthropic.accepts import (
    Thinking,
    abilities,
    check_last_turn,
    chosen_speed,
    chosen_thinking,
    chosen_tool,
)
from costlib.provider.anthropic.diagnostics import diagnose
from costlib.provider.anthropic.input import Input, read_input, seal, starts_turn
from costlib.provider.anthropic.tools import own_tools, searches
from costlib.provider.caches.entries import CacheUse, anthropic_use
from costlib.provider.errors import ApiError
from costlib.provider.event_stream import Stream
from costlib.provider.replies import Written, as_json, draw_for, last_said, write_reply
from costlib.provider.rules import not_served, section
from costlib.provider.schemas import example
from costlib.provider.state import Provider
from costlib.provider.tool_use import Act, ToolChoice, act_of
from costlib.provider.transport import Call

# How often adaptive thinking thinks at all. Modelled on Anthropic's page on effort: at high almost
# always, below that it may skip simple questions.
_THINKS = {"low": 0.3, "medium": 0.7, "high": 1.0, "xhigh": 1.0, "max": 1.0}


def message(call: Call) -> dict[str, Any] | Stream:
    """POST /v1/messages, plain or streaming; with `?beta=true` the SDK's beta types hold."""
    body = call.json()
    reply, use = answer(call.provider, body, beta=call.beta)
    call.on_response.append(use.commit)
    return anthropic_stream.stream(reply) if body.get("stream") else reply


def count_tokens(call: Call) -> dict[str, Any]:
    """POST /v1/messages/count_tokens: what a message's input would count, at no charge."""
    params = beta_count_params if call.beta else message_count_tokens_params
    body = call.json()
    given = read_input(call.provider, body, params.MessageCountTokensParams)
    chosen_tool(given.model, body, chosen_thinking(given.model, body))
    return {"input_tokens": given.sent}


def answer(
    provider: Provider, body: dict[str, Any], *, batch: bool = False, beta: bool = False
) -> tuple[dict[str, Any], CacheUse]:
    """The reply to a body, and its use of the caches, which the caller commits."""
    params = beta_params if beta else message_create_params
    given = read_input(provider, body, params.MessageCreateParamsBase)
    limit = body["max_tokens"]
    longest = abilities(given.model).longest_output
    if limit > longest:
        raise ApiError(
            400,
            f"max_tokens: {limit} > {longest}, which is the maximum allowed number of output "
            f"tokens for {given.model.id}",
        )
    speed = chosen_speed(provider, given.model, body)
    thinking = chosen_thinking(given.model, body)
    choice = chosen_tool(given.model, body, thinking)
    check_last_turn(given.model, body["messages"])
    written = _write(provider, given, body, limit, thinking, choice)
    # Anthropic's page on prompt caching: a change of these is a miss from the messages on.
    settings = (
        thinking.kind,
        thinking.effort,
        str(thinking.budget),
        str(body.get("tool_choice")),
    )
    use = anthropic_use(
        provider,
        model=given.model.id,
        messages=given.messages,
        tools=given.tools,
        sent=given.sent,
        automatic=body.get("cache_control"),
        part_tokens=given.part_tokens,
        # That page again: what a message wrote, a batch does not count on, nor the other way round.
        scope=(speed, "batch") if batch else (speed,),
        settings=settings,
    )
    asked = {key: value for key, value in body.items() if key != "stream"}
    key = "msg_" + provider.digest("messages", asked)[:24]
    reply = {
        "id": key,
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": written.content,
        "stop_reason": written.stop,
        "stop_sequence": written.sequence,
        "usage": _usage(given, written, use)
        | {
            "service_tier": "batch" if batch else "standard",
            "inference_geo": "global",
            "speed": speed,
        },
        "diagnostics": diagnose(provider, body, key, settings, given.sent),
    }
    return reply, use


# --- The reply --------------------------------------------------------------------------------


@dataclass
class _Written:
    """A reply as it grows: its blocks, their tokens, why it ended, what its searches read."""

    content: list[dict[str, Any]] = field(default_factory=list)
    output_tokens: int = 0
    thinking_tokens: int = 0
    stop: str = "end_turn"
    sequence: str | None = None
    searches: int = 0
    read_again: int = 0  # tokens of queries and results, each time that the model reads them


def _write(
    provider: Provider,
    given: Input,
    body: dict[str, Any],
    limit: int,
    thinking: Thinking,
    choice: ToolChoice,
) -> _Written:
    """Think, then search or call a tool, then answer: `limit` caps all of it together."""
    stops = body.get("stop_sequences") or []
    shape = _output_schema(body)
    reply, full = _Written(), "max_tokens"
    if limit == 0:  # Anthropic's page on prompt caching: warms the cache and writes nothing
        reply.stop = full
        return reply
    room = (given.model.context_window or limit + given.sent) - given.sent
    if room < limit:  # from Claude 4.5 on the reply ends there, and the request is no error
        limit, full = room, "model_context_window_exceeded"
    thought = min(_thought(provider, given, thinking), limit)
    if thought:
        reply.content.append(_thinking_block(provider, given, thinking, thought))
        reply.output_tokens = reply.thinking_tokens = thought
    if choice.mode != "any":
        _search(provider, given, body, reply, limit)
    left = limit - reply.output_tokens
    if left <= 0:
        reply.stop = full
        return reply
    act = _act(provider, given, body, choice)
    text = act.text
    if text is None and shape is not None:
        text = as_json(example(shape, draw_for(provider, given.model.id, given.texts, 0)))
    said = write_reply(
        provider,
        given.model.id,
        given.texts,
        limit=left,
        stops=() if act.calls else stops,
        text=text,
        calls=act.calls,
    )
    reply.output_tokens += said.output_tokens
    reply.stop = {"end": "end_turn", "limit": full, "sequence": "stop_sequence"}[said.stop]
    reply.sequence = said.sequence
    if said.text:
        reply.content.append({"type": "text", "text": said.text, "citations": None})
    reply.content += [
        _tool_use(provider, given, call, place)
        for place, call in enumerate(said.calls)
        if call.complete  # of a call that does not fit, nothing usable comes back
    ]
    if act.calls and said.stop == "end":
        reply.stop = "tool_use"
    return reply


def _act(provider: Provider, given: Input, body: dict[str, Any], choice: ToolChoice) -> Act:
    """What the model does after its thinking: a text, calls of the caller's tools, or both."""
    tools = own_tools(given)
    if choice.mode == "any" and not any(
        choice.allowed is None or tool.name in choice.allowed for tool in tools
    ):
        raise not_served("tool_choice that forces a tool of Anthropic's own")
    question = last_said(given.texts) if starts_turn(given.messages[-1]) else ""
    draw = draw_for(provider, given.model.id, given.texts, 0)
    return act_of(provider, body, tools, choice, question, draw)


def _tool_use(provider: Provider, given: Input, call: Written, place: int) -> dict[str, Any]:
    key = provider.digest("tool_use", given.said, call.name, place)[:24]
    return {
        "type": "tool_use",
        "id": f"toolu_{key}",
        "name": call.name,
        "input": json.loads(call.arguments),
    }


def _output_schema(body: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The JSON schema that the answer must fit, if the request has one."""
    return section(section(body, "output_config"), "format").get("schema")


def _thought(provider: Provider, given: Input, thinking: Thinking) -> int:
    """The tokens that the model thinks: drawn by effort, and no more than a manual budget."""
    if thinking.kind not in ("adaptive", "enabled"):
        return 0
    if thinking.kind == "adaptive":
        draw = random.Random(f"thinks {given.said}")
        if draw.random() >= _THINKS[thinking.effort]:
            return 0
    drawn = write_reply(
        provider, given.model.id, given.texts, limit=None, effort=thinking.effort
    ).reasoning_tokens
    return drawn if thinking.budget is None else min(drawn, thinking.budget)


def _thinking_block(
    provider: Provider, given: Input, thinking: Thinking, tokens: int
) -> dict[str, Any]:
    """Thinking as it comes back: sealed, and with a summary or with no text at all."""
    key = provider.digest("thinking", given.said, tokens)[:32]
    summary = f"A simulated summary of {tokens:,} tokens of thinking." if thinking.shown else ""
    return {"type": "thinking", "thinking": summary, "signature": seal(tokens, key)}


def _search(
    provider: Provider, given: Input, body: dict[str, Any], reply: _Written, limit: int
) -> None:
    """Search the web as often as the model wants; each search is one more turn of the model.

    Every turn reads the whole prompt and all that was found before, and usage sums the turns.
    """
    if section(body, "tool_choice").get("type") == "none":
        return
    found = 0
    for search in searches(given):
        if reply.output_tokens + search.asked_tokens >= limit:
            return
        reply.content += search.blocks
        reply.output_tokens += search.asked_tokens
        reply.searches += 1
        found += search.asked_tokens + search.result_tokens
        reply.read_again += found


# --- Usage -----------------------------------------------------------------------------------


def _usage(given: Input, written: _Written, use: CacheUse) -> dict[str, Any]:
    """The usage of a reply. Later turns of a search loop read what the first one cached."""
    again = written.searches
    cached = use.cached + again * (use.cached + use.written)
    total = given.sent * (1 + again) + written.read_again
    return {
        "input_tokens": total - cached - use.written,
        "cache_creation_input_tokens": use.written,
        "cache_read_input_tokens": cached,
        "cache_creation": {
            "ephemeral_5m_input_tokens": use.write_5m,
            "ephemeral_1h_input_tokens": use.write_1h,
        },
        "output_tokens": written.output_tokens,
        "output_tokens_details": {"thinking_tokens": written.thinking_tokens},
        "server_tool_use": {"web_search_requests": written.searches, "web_fetch_requests": 0},
    }


def tier_served(reply: Mapping[str, Any]) -> str | None:
    """The tier of a reply in Anthropic's words; a token count has none."""
    usage = reply.get("usage") or {}
    return "fast" if usage.get("speed") == "fast" else usage.get("service_tier")
