"""A Claude reply as a stream of events, and what a stream that was left early is billed.

`message_start` carries the whole input and a preliminary `output_tokens` of 1; only the usage of
`message_delta` is final, and it is cumulative: it replaces what came before. Who leaves early
never sees it, and still pays for what was generated. Lesson 4 records streams.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any

from costlib.provider.anthropic.input import call_tokens
from costlib.provider.event_stream import Stream

_CHUNK = 24  # characters in one delta; modelled
_INPUT_BLOCKS = ("tool_use", "server_tool_use")
_IN_DELTA = (
    "input_tokens",
    "cache_creation_input_tokens",
    "cache_read_input_tokens",
    "output_tokens",
    "output_tokens_details",
    "server_tool_use",
)
_AT_THE_END = ("context_management",)

Event = dict[str, Any]


def stream(reply: Mapping[str, Any]) -> Stream:
    """The stream of a whole reply."""
    return Stream(
        events=((event["type"], event) for event, _ in _steps(reply)),
        reply=reply,
        billed=lambda sent: _billed(reply, sent),
    )


def _steps(reply: Mapping[str, Any]) -> Iterator[tuple[Event, float]]:
    """Each event, and how many output tokens had been generated when it was sent."""
    final = reply["usage"]
    done = float(min(1, final["output_tokens"]))
    first = final | {"output_tokens": int(done), "output_tokens_details": None}
    start = {**reply, "content": [], "stop_reason": None, "stop_sequence": None, "usage": first}
    edits = {name: start.pop(name) for name in _AT_THE_END if name in start}
    yield {"type": "message_start", "message": start}, done
    yield {"type": "ping"}, done
    done = 0.0
    sizes = _block_tokens(reply)
    for index, (block, tokens) in enumerate(zip(reply["content"], sizes, strict=True)):
        empty, deltas = _opened(block)
        yield _of("content_block_start", index, content_block=empty), done
        for delta in deltas:
            done += tokens / len(deltas)
            yield _of("content_block_delta", index, delta=delta), done
        yield _of("content_block_stop", index), done
    usage = {name: final[name] for name in _IN_DELTA}
    why = {"stop_reason": reply["stop_reason"], "stop_sequence": reply["stop_sequence"]}
    yield {"type": "message_delta", "delta": why, "usage": usage, **edits}, final["output_tokens"]
    yield {"type": "message_stop"}, final["output_tokens"]


def _of(kind: str, index: int, **rest: Any) -> Event:
    return {"type": kind, "index": index, **rest}


def _opened(block: Mapping[str, Any]) -> tuple[dict[str, Any], list[Event]]:
    """A block as it starts, without its content, and the deltas that fill it."""
    kind = block["type"]
    if kind == "text":
        deltas = [{"type": "text_delta", "text": piece} for piece in _pieces(block["text"])]
        return {**block, "text": ""}, deltas
    if kind == "thinking":
        # A thinking whose text is omitted has no delta but that of its signature.
        deltas = [
            {"type": "thinking_delta", "thinking": piece} for piece in _pieces(block["thinking"])
        ]
        deltas.append({"type": "signature_delta", "signature": block["signature"]})
        return {**block, "thinking": "", "signature": ""}, deltas
    if kind in _INPUT_BLOCKS:
        text = json.dumps(block["input"], ensure_ascii=False)
        deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in _pieces(text)]
        return {**block, "input": {}}, deltas
    return dict(block), []  # results of a server tool come whole


def _pieces(text: str) -> list[str]:
    return [text[at : at + _CHUNK] for at in range(0, len(text), _CHUNK)]


def _block_tokens(reply: Mapping[str, Any]) -> list[int]:
    """The output tokens of each block; what thinking and calls do not account for is text."""
    sizes = []
    for block in reply["content"]:
        if block["type"] == "thinking":
            sizes.append(reply["usage"]["output_tokens_details"]["thinking_tokens"])
        elif block["type"] in _INPUT_BLOCKS:
            sizes.append(call_tokens(block["name"], block["input"], reply["model"]))
        else:
            sizes.append(0)
    rest = reply["usage"]["output_tokens"] - sum(sizes)
    return [
        rest if block["type"] == "text" else size
        for block, size in zip(reply["content"], sizes, strict=True)
    ]


def _billed(reply: Mapping[str, Any], sent: int) -> dict[str, Any]:
    """The usage of a reply whose caller left after so many events.

    That generation stops with the stream is inferred: Anthropic says only that the connection
    is closed. Thinking comes first, so it is billed before any text.
    """
    made = [done for _, done in islice(_steps(reply), sent)]
    usage = reply["usage"]
    output = min(round(made[-1]), usage["output_tokens"]) if made else 0
    thought = min(output, usage["output_tokens_details"]["thinking_tokens"])
    return {
        **usage,
        "output_tokens": output,
        "output_tokens_details": {"thinking_tokens": thought},
    }
