"""The editing of a context, which is served as long as it edits nothing.

A program that sends its edits with every request pays what it would pay without them until a
conversation is long. What an edit then leaves in its place is not published, so that such a
request is refused. The defaults are those of Anthropic's pages on context editing and on compaction
at a threshold, and of the SDK's types; that the header is asked for was observed (Wei-Shaw/sub2api
pull request 2833). Units: tokens. Lesson 5 runs such loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.rules import not_served

_EDITING, _COMPACTING = "context-management-2025-06-27", "compact-2026-01-12"
_CLEARS_FROM, _COMPACTS_FROM = 100_000, 150_000  # where a request names no trigger
_KEPT_USES = 3


def unedited(
    body: Mapping[str, Any], betas: Sequence[str], sent: int, keeps_thinking: bool
) -> dict[str, Any]:
    """What a reply says of the edits of its request: that none was applied.

    `keeps_thinking`: the model reads the thinking of earlier turns anyway. Raises ApiError for
    edits without their beta header, and for one that would change the conversation.
    """
    config = body.get("context_management")
    if config is None:
        return {}
    if not {_EDITING, _COMPACTING} & set(betas):
        raise ApiError(400, "context_management: Extra inputs are not permitted")
    blocks = [
        block
        for message in body["messages"]
        if isinstance(message["content"], list)
        for block in message["content"]
    ]
    for edit in config.get("edits") or ():
        if _edits(edit, blocks, sent, keeps_thinking):
            raise not_served(
                f"the edit {edit['type']!r} once it changes the conversation (of {sent:,} tokens "
                "here): what it leaves in its place is not published"
            )
    return {"context_management": {"applied_edits": []}}


def _edits(
    edit: Mapping[str, Any], blocks: Sequence[Mapping[str, Any]], sent: int, keeps_thinking: bool
) -> bool:
    trigger = edit.get("trigger") or {}
    if edit["type"] == "compact_20260112":
        return sent >= trigger.get("value", _COMPACTS_FROM)
    if edit["type"] == "clear_thinking_20251015":
        keep = edit.get("keep")
        all_kept = keep == "all" or (isinstance(keep, Mapping) and keep["type"] == "all")
        thought = any("thinking" in block["type"] for block in blocks)
        return thought and not (all_kept and keeps_thinking)
    uses = sum(block["type"] == "tool_use" for block in blocks)
    reached = uses if trigger.get("type") == "tool_uses" else sent
    kept = (edit.get("keep") or {}).get("value", _KEPT_USES)
    return uses > kept and reached >= trigger.get("value", _CLEARS_FROM)
