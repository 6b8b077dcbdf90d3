"""How many input tokens a conversation is: its texts, what frames each message, and its tools.

Units: tokens of the model asked about. Lesson 2 teaches this module, lesson 3 measures its error.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten
from typing import Any, NamedTuple

from costlib.tokens.encodings import encoded_length
from costlib.tokens.text import Count, Tokenizer, size_of, tokenizer_of

Message = Mapping[str, Any]


class _Frame(NamedTuple):
    """Tokens around each message and a name in it, and those that prime the reply."""

    each: int
    name: int
    priming: int


# OpenAI's cookbook, "How to count tokens with tiktoken".
_OPENAI_FRAME = _Frame(each=3, name=1, priming=3)
# count_tokens says 10 for "Hello, world" (3 tokens) in one user message and 14 for "Hello, Claude"
# (3) with the system text "You are a scientist" (4).
_CLAUDE_FRAME = _Frame(each=4, name=0, priming=3)
_CLAUDE_TOOL_PROMPT = 346  # Anthropic's page on tool use: hidden system prompt, tool_choice auto


def count_chat(
    messages: Sequence[Message],
    model: str,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> Count:
    """The input tokens of a conversation: texts, the framing of each message, tool schemas.

    Messages are those of OpenAI's Chat Completions or of Anthropic, whose system text goes in as
    a message with role "system". OpenAI's framing is 3 tokens a message, 1 for a name, and 3 that
    prime the reply; Claude's is inferred from published counts. Tool schemas, in the form of either
    vendor, are always an estimate: between the rendering that OpenAI's cookbook describes and plain
    JSON.

    Raises LookupError like `count_text`, ValueError for a message without a role or with content
    that is not text (`image_tokens` and `audio_tokens` count pictures and speech).
    """
    tokenizer = tokenizer_of(model)
    frame = _CLAUDE_FRAME if _is_claude(tokenizer) else _OPENAI_FRAME
    framing, encoded, size = frame.priming, 0, 0
    for place, message in enumerate(messages):
        try:
            framing += _framing(message, frame, tokenizer)
            for text in _texts(message, tokenizer):
                encoded += encoded_length(text, tokenizer.encoding)
                size += size_of(text)
        except (AttributeError, KeyError, TypeError):
            raise ValueError(
                f"messages[{place}] is {shorten(repr(message), 200)}, which is no message: give a "
                'mapping such as {"role": "user", "content": "Hello"}'
            ) from None
    framed = Count(framing, framing, framing, tokenizer.exact)
    total = tokenizer.count(encoded).at_most(size) + framed
    return total + _count_tools(tools, tokenizer) if tools else total


def _is_claude(tokenizer: Tokenizer) -> bool:
    return tokenizer.prefix.startswith("claude")


def _framing(message: Message, frame: _Frame, tokenizer: Tokenizer) -> int:
    """The tokens around a message; Claude's system text stands outside the messages."""
    outside = _is_claude(tokenizer) and message["role"] == "system"
    return frame.each * (not outside) + frame.name * ("name" in message)


def _texts(message: Message, tokenizer: Tokenizer) -> list[str]:
    """The texts of a message that are encoded; for OpenAI's models the role is one of them."""
    texts = [message.get("name", ""), *message_texts(message)]
    if not _is_claude(tokenizer):
        texts.append(message["role"])
    return [text for text in texts if text]


def message_texts(message: Message) -> Iterable[str]:
    """Every text that a message holds: its content, its tool calls, the results of tools."""
    content = message.get("content") or ()
    for part in [content] if isinstance(content, str) else content:
        yield from _part_texts(part)
    for call in message.get("tool_calls") or ():
        yield call["function"]["name"]
        yield call["function"]["arguments"]


def _part_texts(part: str | Mapping[str, Any]) -> Iterable[str]:
    if isinstance(part, str):
        yield part
        return
    kind = part.get("type")
    if kind in ("text", "input_text", "output_text"):
        yield part["text"]
    elif kind == "refusal":
        yield part["refusal"]
    elif kind == "thinking":
        yield part["thinking"]
    elif kind == "tool_use":
        yield part["name"]
        yield _json(part["input"])
    elif kind == "tool_result":
        yield from message_texts(part)
    else:
        raise ValueError(
            f"a content part of type {kind!r} is not text: count it with image_tokens or "
            "audio_tokens and add the result"
        )


def _count_tools(tools: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> Count:
    """An estimate: vendors render schemas for the model in formats that they do not publish."""
    try:
        schemas = [tool.get("function", tool) for tool in tools]
        as_json = [encoded_length(_json(schema), tokenizer.encoding) for schema in schemas]
    except (AttributeError, TypeError, ValueError):
        raise ValueError(
            f"tools={shorten(repr(tools), 200)}: give a list of the schemas that you send, as the "
            "dicts that the API takes"
        ) from None
    if _is_claude(tokenizer):
        hidden = Count(_CLAUDE_TOOL_PROMPT, _CLAUDE_TOOL_PROMPT, _CLAUDE_TOOL_PROMPT, False)
        return tokenizer.count(sum(as_json)) + hidden
    # OpenAI's cookbook ("How to count tokens with tiktoken"): 7 a function (10 before gpt-4o), 3
    # for a list of properties, 3 each, 3 less for an enum plus 3 for each value, 12 at the end. It
    # gives what the API reported for the cookbook's example; for others it is an estimate.
    each = 10 if tokenizer.encoding == "cl100k_base" else 7
    rendered = 12 + sum(each + _rendered(schema, tokenizer.encoding) for schema in schemas)
    low, high = sorted((rendered, sum(as_json)))
    estimate = tokenizer.count(rendered)
    return Count(estimate.tokens, tokenizer.count(low).low, tokenizer.count(high).high, False)


def _rendered(schema: Mapping[str, Any], encoding: str) -> int:
    """Tokens of a schema written as `name:type:description` lines, as the cookbook counts them."""
    head = f"{schema.get('name', '')}:{str(schema.get('description', '')).removesuffix('.')}"
    given = schema.get("parameters") or schema.get("input_schema") or {}  # OpenAI's name, Claude's
    properties = given.get("properties") or {}
    total = encoded_length(head, encoding) + 3 * bool(properties)
    for key, value in properties.items():
        if not isinstance(value, Mapping):  # JSON Schema allows true and false
            continue
        text = (
            f"{key}:{value.get('type', '')}:{str(value.get('description', '')).removesuffix('.')}"
        )
        total += 3 + encoded_length(text, encoding)
        options = value.get("enum")
        if options and isinstance(options, list):
            total += sum(3 + encoded_length(str(option), encoding) for option in options) - 3
        for inner in (value, value.get("items", {})):
            if isinstance(inner, Mapping) and "properties" in inner:
                total += _rendered({"parameters": inner}, encoding)
    return total


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
