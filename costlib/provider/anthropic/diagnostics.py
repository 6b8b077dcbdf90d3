"""Why a prompt cache missed: what changed since the request that a caller names.

A request that carries `diagnostics` leaves a fingerprint; the next one names its reply, and is
told what differs first in the order of the prompt: model, tools, system, messages. It costs
nothing. Lesson 7 finds a broken cache with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costlib.provider.rules import invalid, section
from costlib.provider.state import Provider


@dataclass(frozen=True, slots=True)
class _Fingerprint:
    """Digests of the parts of a prompt, and how many tokens it had."""

    model: str
    tools: str
    system: str
    messages: tuple[str, ...]
    settings: str
    tokens: int


def diagnose(
    provider: Provider, body: dict[str, Any], reply_id: str, settings: Sequence[str], sent: int
) -> dict[str, Any] | None:
    """The `diagnostics` of a reply: None when they were not asked for or nothing differs.

    `settings` are what else the prompt depends on (thinking, tool choice), `sent` its tokens.
    """
    if body.get("diagnostics") is None:
        return None
    named = section(body, "diagnostics").get("previous_message_id")
    if named is not None and not isinstance(named, str):
        raise invalid("diagnostics.previous_message_id", named, "the id of a message, or null")
    now = _Fingerprint(
        model=str(body["model"]),
        tools=provider.digest(unmarked(body.get("tools"))),
        system=provider.digest(unmarked(body.get("system"))),
        messages=tuple(provider.digest(unmarked(each)) for each in body["messages"]),
        settings=provider.digest(list(settings)),
        tokens=sent,
    )
    with provider.lock:
        known: dict[str, _Fingerprint] = provider.caches.setdefault("fingerprints", {})
        before = known.get(named) if named else None
        known[reply_id] = now
    if named is None:
        return None
    reason = _difference(before, now)
    return {"cache_miss_reason": reason} if reason else None


def _difference(before: _Fingerprint | None, now: _Fingerprint) -> dict[str, Any] | None:
    if before is None:
        return {"type": "previous_message_not_found"}
    for part in ("model", "tools", "system"):
        if getattr(before, part) != getattr(now, part):
            return {"type": f"{part}_changed", "cache_missed_input_tokens": before.tokens}
    if before.messages != now.messages[: len(before.messages)]:
        return {"type": "messages_changed", "cache_missed_input_tokens": before.tokens}
    return None if before.settings == now.settings else {"type": "unavailable"}


def unmarked(value: Any) -> Any:
    """Content without its cache markers, which may move from turn to turn."""
    if isinstance(value, list):
        return [unmarked(each) for each in value]
    if not isinstance(value, Mapping):
        return value
    kept = {key: each for key, each in value.items() if key != "cache_control"}
    return kept | {"content": unmarked(kept["content"])} if "content" in kept else kept
