"""Anthropic's Messages and its free token count.

Usage is exclusive: `input_tokens` does not contain what was written to a cache or read from one.
`output_tokens` contains the thinking, which current models do unless they are told not to, and
which may come back without its text. Lesson 1 makes the first call.
"""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_params
from anthropic.types.beta import message_create_params as beta_params

from costlib.provider.anthropic import stream as anthropic_stream
from costlib.provider.anthropic import threads
from costlib.provider.anthropic.accepts import (
    SAMPLING,
    Thinking,
    abilities,
    check_countable,
    check_last_turn,
    check_sampling,
    chosen_speed,
    chosen_thinking,
    chosen_tool,
)
from costlib.provider.anthropic.context import unedited
from costlib.provider.anthropic.conversation import check_thought
from costlib.provider.anthropic.diagnostics import diagnose
from costlib.provider.anthropic.input import Input, read_input, seal, starts_turn, summary_of
from costlib.provider.anthropic.tools import Search, own_tools, searches
from costlib.provider.caches.entries import CacheUse
from costlib.provider.errors import ApiError
from costlib.provider.event_stream import Stream
from costlib.provider.replies import Reply, Written, as_json, draw_for, last_said, write_reply
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
    turn = threads.turn_of(call.provider, call.json(), call.betas)
    made = answer(call.provider, turn.request, beta=call.beta, betas=call.betas)
    call.on_response.append(made.use.commit)
    call.turns.extend(made.turns)
    if turn.before is not None:
        turn.before.uses -= 1
    if turn.kept:
        call.on_response.append(lambda: threads.keep(call.provider, turn, made.reply))
    return anthropic_stream.stream(made.reply) if turn.request.get("stream") else made.reply


def count_tokens(call: Call) -> dict[str, Any]:
    """POST /v1/messages/count_tokens: what a message's input would count, at no charge."""
    params = beta_count_params if call.beta else message_count_tokens_params
    body = call.json()
    given = read_input(call.provider, body, params.MessageCountTokensParams)
    check_countable(given.tools)
    thinking = chosen_thinking(given.model, body)
    chosen_tool(given.model, body, thinking)
    check_thought(body["messages"], thinking.kind)
    return {"input_tokens": given.sent}


@dataclass(frozen=True)
class Answer:
    """A reply, its use of the caches, which the caller commits, and the usage of several turns."""

    reply: dict[str, Any]
    use: CacheUse
    turns: tuple[dict[str, Any], ...]


def answer(
    provider: Provider,
    body: dict[str, Any],
    *,
    batch: bool = False,
    beta: bool = False,
    betas: Sequence[str] = (),
) -> Answer:
    """The reply to a body, and what else the caller needs of it."""
    params = beta_params if beta else message_create_params
    given = read_input(provider, body, params.MessageCreateParamsBase, **SAMPLING)
    _check_length(given, body["max_tokens"])
    speed, place = chosen_speed(provider, given.model, body), body.get("inference_geo") or "global"
    thinking = chosen_thinking(given.model, body)
    check_sampling(given.model, body, thinking)
    choice = chosen_tool(given.model, body, thinking)
    check_thought(body["messages"], thinking.kind)
    check_last_turn(given.model, body["messages"])
    edits = unedited(body, betas, given.sent, abilities(given.model).keeps_thinking)
    written = _write(provider, given, body, body["max_tokens"], thinking, choice)
    # Anthropic's page on prompt caching: a change of these is a miss from the messages on.
    settings = (thinking.kind, thinking.effort, str(thinking.budget), str(body.get("tool_choice")))
    # That page again: what a message wrote, a batch does not count on, nor the other way round.
    # What is read in one place was written there (inferred).
    scope = (speed, place, "batch") if batch else (speed, place)
    use = given.cache_use(provider, body.get("cache_control"), scope, settings)
    about = {
        "service_tier": "batch" if batch else "standard",
        "inference_geo": place,
        "speed": speed,
    }
    turns = _turns(given, written, use)
    asked = {key: value for key, value in body.items() if key not in ("stream", "thread")}
    key = "msg_" + provider.digest("messages", asked)[:24]
    reply = {
        "id": key,
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "content": written.content,
        "stop_reason": written.stop,
        "stop_sequence": written.sequence,
        "usage": _usage(turns) | about,
        "diagnostics": diagnose(provider, body, key, settings, given.sent),
        **edits,
    }
    several = tuple(_usage([turn]) | about for turn in turns) if len(turns) > 1 else ()
    return Answer(reply, use, several)


def _check_length(given: Input, limit: int) -> None:
    longest = abilities(given.model).longest_output
    if limit > longest:
        raise ApiError(
            400,
            f"max_tokens: {limit} > {longest}, which is the maximum allowed number of output "
            f"tokens for {given.model.id}",
        )


# --- The reply --------------------------------------------------------------------------------


@dataclass
class _Written:
    """A reply as it grows: its blocks, their tokens, why it ended, what its searches read."""

    content: list[dict[str, Any]] = field(default_factory=list)
    output_tokens: int = 0
    thinking_tokens: int = 0
    stop: str = "end_turn"
    sequence: str | None = None
    searches: list[Search] = field(default_factory=list)


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
    said = _say(provider, given, act, left, shape, stops)
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


def _say(
    provider: Provider,
    given: Input,
    act: Act,
    limit: int,
    shape: Mapping[str, Any] | None,
    stops: Sequence[str],
) -> Reply:
    """The text and the calls that the model writes; a text fits the schema of the request."""
    text = act.text
    if text is None and shape is not None:
        text = as_json(example(shape, draw_for(provider, given.model.id, given.texts, 0)))
    return write_reply(
        provider,
        given.model.id,
        given.texts,
        limit=limit,
        stops=() if act.calls else stops,
        text=text,
        calls=act.calls,
    )


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
    summary = summary_of(tokens) if thinking.shown else ""
    return {"type": "thinking", "thinking": summary, "signature": seal(tokens, key)}


def _search(
    provider: Provider, given: Input, body: dict[str, Any], reply: _Written, limit: int
) -> None:
    """Search the web as often as the model wants; each search is one more turn of the model.

    Every turn reads the whole prompt and all that was found before, and usage sums the turns.
    """
    if section(body, "tool_choice").get("type") == "none":
        return
    for search in searches(given):
        if reply.output_tokens + search.asked_tokens >= limit:
            return
        reply.content += search.blocks
        reply.output_tokens += search.asked_tokens
        reply.searches.append(search)


# --- Usage -----------------------------------------------------------------------------------


def _turns(given: Input, written: _Written, use: CacheUse) -> list[dict[str, int]]:
    """The usage of each turn of the model: one for each search, and the one that answers.

    A turn reads the whole prompt and all that was found before it; what the first one wrote to the
    cache, the later ones read.
    """
    turns = []
    found, left = 0, written.output_tokens
    for place in range(len(written.searches) + 1):
        first, last = place == 0, place == len(written.searches)
        cached = use.cached if first else use.cached + use.written
        new = use.written if first else 0
        thought = written.thinking_tokens if first else 0
        said = left if last else written.searches[place].asked_tokens + thought
        turns.append(
            {
                "input_tokens": given.sent + found - cached - new,
                "cache_creation_input_tokens": new,
                "cache_read_input_tokens": cached,
                "ephemeral_5m_input_tokens": use.write_5m if first else 0,
                "ephemeral_1h_input_tokens": use.write_1h if first else 0,
                "output_tokens": said,
                "thinking_tokens": thought,
                "web_search_requests": 0 if last else 1,
            }
        )
        left -= said
        if not last:
            found += written.searches[place].asked_tokens + written.searches[place].result_tokens
    return turns


def _usage(turns: Sequence[Mapping[str, int]]) -> dict[str, Any]:
    """The sum of turns, in the shape of the wire."""
    total = {name: sum(turn[name] for turn in turns) for name in turns[0]}
    lifetimes = ("ephemeral_5m_input_tokens", "ephemeral_1h_input_tokens")
    return {
        "input_tokens": total["input_tokens"],
        "cache_creation_input_tokens": total["cache_creation_input_tokens"],
        "cache_read_input_tokens": total["cache_read_input_tokens"],
        "cache_creation": {name: total[name] for name in lifetimes},
        "output_tokens": total["output_tokens"],
        "output_tokens_details": {"thinking_tokens": total["thinking_tokens"]},
        "server_tool_use": {
            "web_search_requests": total["web_search_requests"],
            "web_fetch_requests": 0,
        },
    }


def tier_served(reply: Mapping[str, Any]) -> str | None:
    """The tier of a reply in Anthropic's words; a token count has none."""
    usage = reply.get("usage") or {}
    return "fast" if usage.get("speed") == "fast" else usage.get("service_tier")
