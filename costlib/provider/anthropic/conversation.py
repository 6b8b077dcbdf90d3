"""How the turns of a conversation with Claude must follow each other, and that texts say something.

The shapes of messages are the SDK's (`refusals.check_request`); here is what types cannot say. The
wordings were observed in many clients' issues (anthropics/claude-code 13460 and 7929 among them).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby, takewhile
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.pairs import Turn, first_unpaired


def check_turns(messages: Sequence[Mapping[str, Any]]) -> None:
    """Texts are not empty, and each call of a tool is answered in the next turn of the user."""
    for place, message in enumerate(messages):
        last = place == len(messages) - 1
        if not message["content"] and not (last and message["role"] == "assistant"):
            raise ApiError(
                400,
                f"messages.{place}: all messages must have non-empty content except for the "
                "optional final assistant message",
            )
    check_texts(messages)
    _check_ids(messages)
    if messages[-1]["role"] == "assistant" and _ends_in_blank(messages[-1]["content"]):
        raise ApiError(400, "messages: final assistant content cannot end with trailing whitespace")
    # Consecutive turns of the same role are one turn (anthropic SDK, message_create_params.py).
    spoken = [each for each in enumerate(messages) if each[1]["role"] != "system"]
    turns = [_turn(list(group)) for _, group in groupby(spoken, key=lambda each: each[1]["role"])]
    wrong = first_unpaired(turns)
    if wrong is None:
        return
    if wrong.stray_result is not None:
        raise ApiError(
            400,
            f"messages.{wrong.place}.content: unexpected `tool_use_id` found in `tool_result` "
            f"blocks: {wrong.stray_result}. Each `tool_result` block must have a corresponding "
            "`tool_use` block in the previous message.",
        )
    raise ApiError(
        400,
        f"messages.{wrong.place}: `tool_use` ids were found without `tool_result` blocks "
        f"immediately after: {', '.join(wrong.open_calls)}. Each `tool_use` block must have a "
        "corresponding `tool_result` block in the next message.",
    )


def check_thought(messages: Sequence[Mapping[str, Any]], thinking: str) -> None:
    """With manual thinking, the turn that results of tools go back to began with its thinking.

    Adaptive thinking asks for none of this (Anthropic's pages on extended and adaptive thinking);
    the wording was observed on many clients (anomalyco/opencode 3077).
    """
    if thinking != "enabled":
        return
    said = [place for place, each in enumerate(messages) if _says_something_new(each)]
    turn = [
        (place, each)
        for place, each in enumerate(messages)
        if place > max(said, default=-1) and each["role"] == "assistant"
    ]
    place, first = next(iter(turn), (0, None))
    if first is None:
        return
    blocks = _parts(first["content"])
    kind = blocks[0]["type"] if blocks else "text"
    if kind not in ("thinking", "redacted_thinking"):
        raise ApiError(
            400,
            f"messages.{place}.content.0.type: Expected `thinking` or `redacted_thinking`, but "
            f"found `{kind}`. When `thinking` is enabled, a final `assistant` message must start "
            "with a thinking block (preceeding the lastmost set of `tool_use` and `tool_result` "
            "blocks). To avoid this requirement, disable `thinking`.",
        )


def _says_something_new(message: Mapping[str, Any]) -> bool:
    kinds = [block["type"] for block in _parts(message["content"])]
    return message["role"] == "user" and "tool_result" not in kinds


def _check_ids(messages: Sequence[Mapping[str, Any]]) -> None:
    """Each call has an id of its own, and one result."""
    called: set[str] = set()
    answered: set[str] = set()
    for place, message in enumerate(messages):
        for i, block in enumerate(_parts(message["content"])):
            where = f"messages.{place}.content.{i}"
            if block["type"] == "tool_use":
                if block["id"] in called:
                    raise ApiError(400, f"{where}: `tool_use` ids must be unique")
                called.add(block["id"])
            elif block["type"] == "tool_result":
                if block["tool_use_id"] in answered:
                    raise ApiError(
                        400,
                        f"{where}: each tool_use must have a single result. Found multiple "
                        f"`tool_result` blocks with id: {block['tool_use_id']}",
                    )
                answered.add(block["tool_use_id"])


def check_texts(messages: Sequence[Mapping[str, Any]]) -> None:
    """No block of text is empty or blank, inside the results of tools neither."""
    for message in messages:
        for block in _blocks(message["content"]):
            if block["type"] == "text" and not block["text"].strip():
                how = "be non-empty" if not block["text"] else "contain non-whitespace text"
                raise ApiError(400, f"messages: text content blocks must {how}")


def _turn(messages: Sequence[tuple[int, Mapping[str, Any]]]) -> Turn:
    """What a turn calls and answers; results count where they stand first, as the API wants."""
    blocks = [block for _, each in messages for block in _parts(each["content"])]
    calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
    first = takewhile(lambda block: block["type"] == "tool_result", blocks)
    return Turn(messages[0][0], tuple(calls), tuple(block["tool_use_id"] for block in first))


def _parts(content: Any) -> list[Any]:
    return content if isinstance(content, list) else []


def _blocks(content: Any) -> Iterator[Mapping[str, Any]]:
    for block in _parts(content):
        yield block
        if block["type"] == "tool_result":
            yield from _blocks(block.get("content"))


def _ends_in_blank(content: Any) -> bool:
    last = content[-1].get("text", "") if isinstance(content, list) and content else content
    return isinstance(last, str) and last != last.rstrip()
