"""What a Claude request sends, in tokens: texts, tools, pictures, and blocks of earlier replies.

Text and tools are counted by `tokens.count_chat`, pictures by `media`. Thinking and search
results come back from the client unreadable, as with the real API, but sealed with the number of
tokens they stand for: earlier thinking is input again, although nobody sees its text. Lesson 2.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

from costlib.pricing.prices import Model
from costlib.pricing.regions import region_factor
from costlib.provider.anthropic.accepts import abilities, check_breakpoints
from costlib.provider.anthropic.conversation import check_texts, check_turns
from costlib.provider.anthropic.refusals import check_request
from costlib.provider.anthropic.schemas import check_closed, check_tool_schema
from costlib.provider.caches.entries import CacheUse, anthropic_use
from costlib.provider.errors import ApiError
from costlib.provider.media import image_data, image_kind, image_size, image_tokens_of
from costlib.provider.rules import invalid, known_model, not_served, section
from costlib.provider.state import Provider
from costlib.tokens.chat import count_chat, message_texts
from costlib.tokens.images import longest_side
from costlib.tokens.text import count_text

_EMPTY = {"type": "text", "text": ""}  # stands where a block was that is not text
# Pixels on a side among more than twenty pictures, observed in anthropics/claude-code 49537; the
# numbers of pictures are those of Anthropic's vision guide.
_LONGEST_SIDE_OF_MANY, _MANY = 2_000, 20
_PICTURES, _PICTURES_SMALL_WINDOW, _SMALL_WINDOW = 600, 100, 200_000
_SEAL = b"costlib offline, not a real signature; tokens: "


@dataclass(frozen=True)
class Input:
    """The prompt of a request. `sent` counts all of it, whatever a cache may save.

    `messages` are as sent, the system text in front; `texts` are the same with an empty text for
    every block that is none, and `part_tokens` counts such a block. `said` stands for all that
    was said, so that what is drawn for a conversation depends on nothing else.
    """

    model: Model
    messages: list[dict[str, Any]]
    texts: list[dict[str, Any]]
    tools: list[dict[str, Any]] | None
    sent: int
    part_tokens: Callable[[Mapping[str, Any]], int]
    said: str

    def cache_use(
        self,
        provider: Provider,
        automatic: Mapping[str, Any] | None,
        scope: Sequence[str],
        settings: Sequence[str],
    ) -> CacheUse:
        """What the request reads from the prompt cache and writes to it; see `anthropic_use`."""
        return anthropic_use(
            provider,
            model=self.model.id,
            messages=self.messages,
            tools=self.tools,
            sent=self.sent,
            automatic=automatic,
            part_tokens=self.part_tokens,
            scope=scope,
            settings=settings,
        )


def read_input(provider: Provider, body: dict[str, Any], shape: Any, **more: Any) -> Input:
    """The checked and counted prompt of a body; `shape` is the body's type in the SDK, `more` what
    the API takes beside it.

    Raises ApiError for what the API refuses.
    """
    model = known_model(provider, "anthropic", body)
    # Anthropic's page on structured outputs: the older name of output_config.format is still taken.
    check_request(body, shape, stream=bool, output_format=object, **more)
    check_breakpoints(body)
    check_turns(body["messages"])
    _check_thinking(body["messages"])
    tools = body.get("tools")
    _check_tools(tools or ())
    _check_place(model, body.get("inference_geo"))
    messages = _in_prompt(body["messages"], abilities(model).keeps_thinking)
    if body.get("system"):
        instructions = {"role": "system", "content": body["system"]}
        check_texts([instructions])
        messages = [instructions, *messages]
    texts = [_as_text(message) for message in messages]

    def part_tokens(part: Mapping[str, Any]) -> int:
        return _part_tokens(part, model.id)

    _check_pictures(model, body["messages"])
    # A cache marker is no part of the prompt: with or without one a tool has the same tokens.
    plain = tools and [{k: v for k, v in tool.items() if k != "cache_control"} for tool in tools]
    sent = count_chat(texts, model.id, plain).tokens
    sent += sum(part_tokens(part) for part in _blocks(messages) if _special(part))
    schema = section(section(body, "output_config"), "format").get("schema")
    if schema is not None:  # the schema is shown to the model; how is not published
        check_closed(schema, "output_config.format.schema")
        sent += count_text(json.dumps(schema), model.id).tokens
    if model.context_window is not None and sent > model.context_window:
        raise ApiError(400, f"prompt is too long: {sent} tokens > {model.context_window} maximum")
    said = provider.digest("said", model.id, [list(message_texts(each)) for each in texts])
    return Input(model, messages, texts, tools, sent, part_tokens, said)


def seal(tokens: int, *identity: str) -> str:
    """An unreadable text that says how many tokens a block stands for."""
    return base64.b64encode(_SEAL + f"{tokens}; {' '.join(identity)}".encode()).decode()


def summary_of(tokens: int) -> str:
    """The text of thinking that comes back with one (modelled)."""
    return f"A simulated summary of {tokens:,} tokens of thinking."


def _sealed(text: Any) -> int | None:
    try:
        content = base64.b64decode(text, validate=True)
        return int(content.removeprefix(_SEAL).split(b";")[0]) if _SEAL in content else None
    except (ValueError, TypeError):
        return None


# --- Blocks -----------------------------------------------------------------------------------


def _in_prompt(messages: list[dict[str, Any]], keeps_thinking: bool) -> list[dict[str, Any]]:
    """The messages as the model sees them: older models lose the thinking of earlier turns."""
    turn = max((i for i, each in enumerate(messages) if starts_turn(each)), default=0)
    return [
        _rename_thinking(message, drop=not keeps_thinking and i < turn)
        for i, message in enumerate(messages)
    ]


def starts_turn(message: Mapping[str, Any]) -> bool:
    """Whether a user says something new, instead of handing in the results of tools."""
    content = message.get("content")
    results = isinstance(content, list) and any(
        isinstance(part, Mapping) and part.get("type") == "tool_result" for part in content
    )
    return message.get("role") == "user" and not results


def _rename_thinking(message: dict[str, Any], drop: bool) -> dict[str, Any]:
    """Thinking under a name that is not that of a text: its text is not what is billed."""
    content = message.get("content")
    if not isinstance(content, list) or not any(_is(part, "thinking") for part in content):
        return message
    renamed = [
        {**part, "type": "sealed_thinking"} if _is(part, "thinking") else part
        for part in content
        if not (drop and _is(part, "thinking"))
    ]
    return {**message, "content": renamed or [_EMPTY]}


def _is(part: Any, kind: str) -> bool:
    return isinstance(part, Mapping) and part.get("type") == kind


def _special(part: Any) -> bool:
    """Whether `tokens.count_chat` cannot count a block."""
    kinds = ("image", "sealed_thinking", "server_tool_use", "web_search_tool_result")
    return isinstance(part, Mapping) and part.get("type") in kinds


def _as_text(message: dict[str, Any]) -> dict[str, Any]:
    content = message.get("content")
    if not isinstance(content, list):
        return message
    plain = [
        _EMPTY if _special(part) else _as_text(part) if _is(part, "tool_result") else part
        for part in content
    ]
    return {**message, "content": plain}


def _blocks(messages: list[dict[str, Any]]) -> Iterator[Any]:
    """Every block, those inside the results of tools too."""
    for message in messages:
        content = message.get("content")
        for part in content if isinstance(content, list) else ():
            yield part
            if _is(part, "tool_result"):
                yield from _blocks([part])


def _part_tokens(part: Mapping[str, Any], model: str) -> int:
    kind = part["type"]
    if kind == "image":
        return image_tokens_of(part, model, "auto")
    if kind == "sealed_thinking":
        return _sealed(part["signature"]) or 0
    if kind == "server_tool_use":
        return call_tokens(part["name"], part["input"], model)
    results = part["content"] if isinstance(part["content"], list) else ()  # else an error
    return sum(_sealed(result.get("encrypted_content")) or 0 for result in results)


def call_tokens(name: str, given: Any, model: str) -> int:
    """The tokens of a tool call, as `tokens.count_chat` counts one that is sent back."""
    text = json.dumps(given, ensure_ascii=False, separators=(",", ":"))
    return count_text(name, model).tokens + count_text(text, model).tokens


# --- Checks -----------------------------------------------------------------------------------


def _check_place(model: Model, place: str | None) -> None:
    """Anthropic's page on data residency: "us" or "global", on the models that take it; these are
    the ones for which it is charged."""
    if place not in (None, "global", "us"):
        raise invalid("inference_geo", place, "'global' and 'us'")
    if place == "us" and region_factor(model, "us") == 1:
        raise ApiError(400, f"inference_geo: not supported on {model.id}.")


def _check_pictures(model: Model, messages: Sequence[Mapping[str, Any]]) -> None:
    """Each one is decoded here; Anthropic's vision guide for the limits."""
    pictures = [found for found in _located(messages) if _is(found[1], "image")]
    small = model.context_window is not None and model.context_window <= _SMALL_WINDOW
    most = _PICTURES_SMALL_WINDOW if small else _PICTURES
    if len(pictures) > most:
        raise ApiError(400, f"Too many images: {len(pictures)} > {most} maximum per request")
    many = len(pictures) > _MANY
    longest: float = 0
    too_large = []
    for path, part in pictures:
        try:
            data = image_data(part)
            size, kind = image_size(data), image_kind(data)
            longest = min(longest_side(model.id), _LONGEST_SIDE_OF_MANY if many else inf)
            if max(size) > longest:
                too_large.append(path)
        except ValueError as error:
            raise ApiError(400, f"Could not process image: {error}") from None
        except LookupError as error:
            raise not_served(f"pictures on {model.id} ({error})") from None
        if part["source"].get("media_type") != kind:
            raise ApiError(
                400,
                "Image does not match the provided media type "
                f"{part['source'].get('media_type')}: it is {kind}",
            )
    if too_large:
        requests = " for many-image requests" if many else ""
        raise ApiError(
            400,
            f"{too_large[0]}.image.source.base64.data: At least one of the image dimensions exceed "
            f"max allowed size{requests}: {longest} pixels",
            code="image_dimensions_too_large",
            details={"max_side_length_pixels": longest, "paths": too_large},
        )


def _located(messages: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every block with its path, those inside the results of tools too."""
    for place, message in enumerate(messages):
        content = message.get("content")
        for i, part in enumerate(content if isinstance(content, list) else ()):
            path = f"messages.{place}.content.{i}"
            yield path, part
            if _is(part, "tool_result"):
                inner = part.get("content")
                for k, each in enumerate(inner if isinstance(inner, list) else ()):
                    yield f"{path}.content.{k}", each


def _check_thinking(messages: Sequence[Mapping[str, Any]]) -> None:
    """Thinking comes back as it went out; both wordings were observed in many clients' issues."""
    last = max((i for i, each in enumerate(messages) if each["role"] == "assistant"), default=0)
    for path, block in _located(messages):
        if not _is(block, "thinking"):
            continue
        tokens = _sealed(block["signature"])
        if tokens is None:
            raise ApiError(400, f"{path}: Invalid `signature` in `thinking` block")
        latest = path.startswith(f"messages.{last}.")
        if latest and block["thinking"] not in ("", summary_of(tokens)):
            raise ApiError(
                400,
                f"{path}: `thinking` or `redacted_thinking` blocks in the latest assistant message "
                "cannot be modified. These blocks must remain as they were in the original "
                "response.",
            )


def _check_tools(tools: Sequence[Mapping[str, Any]]) -> None:
    for tool in tools:
        if tool.get("allowed_domains") and tool.get("blocked_domains"):
            raise ApiError(400, "tools: use either allowed_domains or blocked_domains, not both.")
    names = [tool["name"] for tool in tools]
    if len(set(names)) < len(names):
        raise ApiError(400, "tools: Tool names must be unique.")
    for i, tool in enumerate(tools):
        if "input_schema" in tool:
            check_tool_schema(tool, i)
