"""Message threads: conversations that the server keeps, so that a turn sends only what is new.

A thread saves upload and waiting, not money: every turn reads the whole conversation again, that
is what usage counts, and only `cache_control` makes it cheaper. So a turn of a thread becomes the
request that it stands for, and everything else serves that. Rules: Anthropic's page on message
threads; refusals: the anthropic SDK (2.12, `types/thread_*_error.py`). The SDK's own runner of
tools sends threads. Lesson 5 runs such loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from costlib.provider.anthropic.diagnostics import unmarked
from costlib.provider.errors import ApiError
from costlib.provider.state import Provider

BETA = "message-threads-2026-08-12"
_LIFETIME = timedelta(minutes=5)  # after the last reply of a thread
_KEPT = ("system", "tools")  # a later turn takes them from the thread, and must not repeat them
# What must stay as it was: the model by the SDK's example, the other one observed.
_FIXED = ("model", "output_config")


@dataclass
class KeptThread:
    """The conversation up to a reply; `uses` says how often it may still be gone on from.

    Each reply may be once. The same request brings the same id here, so that an id may stand for
    several replies.
    """

    fields: Mapping[str, Any]
    messages: Sequence[Any]
    expires: datetime
    uses: int


@dataclass(frozen=True)
class Turn:
    """The request that a body stands for, whether its reply is kept, and what it goes on from."""

    request: dict[str, Any]
    kept: bool = False
    before: KeptThread | None = None


def turn_of(provider: Provider, body: Mapping[str, Any], betas: Sequence[str]) -> Turn:
    """What a body asks, with the conversation that its thread holds.

    Raises ApiError: 400 for a thread without its beta header, for a reply that was gone on from
    already and for a field that the thread has fixed; 404 for a reply that is not kept any more.
    """
    thread = body.get("thread")
    if thread is None:
        return Turn(dict(body))
    if BETA not in betas:
        raise ApiError(400, "thread: Extra inputs are not permitted")
    name = thread.get("previous_message_id") if isinstance(thread, Mapping) else None
    if not isinstance(name, str):  # a new thread, or a shape that is refused with the rest
        return Turn(dict(body), kept=True)
    before = _found(provider, name)
    _check_fields(body, before.fields)
    fixed = {name: before.fields[name] for name in _KEPT if name in before.fields}
    new = body.get("messages")
    whole = [*before.messages, *new] if isinstance(new, list) else new
    return Turn({**body, **fixed, "messages": whole}, kept=True, before=before)


def keep(provider: Provider, turn: Turn, reply: Mapping[str, Any]) -> None:
    """Keep the conversation with its reply, for five minutes from now.

    Of a turn's messages the `cache_control` is not kept: it was meant for that turn (modelled).
    """
    said = [*unmarked(turn.request["messages"]), {"role": "assistant", "content": reply["content"]}]
    known = provider.threads.get(reply["id"])
    provider.threads[reply["id"]] = KeptThread(
        fields={name: turn.request[name] for name in (*_KEPT, *_FIXED) if name in turn.request},
        messages=said,
        expires=provider.clock.now + _LIFETIME,
        uses=1 + (known.uses if known else 0),
    )


def _found(provider: Provider, name: str) -> KeptThread:
    kept = provider.threads.get(name)
    if kept is None or provider.clock.now >= kept.expires:
        raise ApiError(
            404,
            f"No thread state was found for previous_message_id {name!r}. Replay the full "
            'conversation with thread: {"type": "create"}.',
            code="thread_not_found",
        )
    if not kept.uses:
        raise ApiError(
            400,
            f"thread: {name!r} has already been continued, and each response can be continued only "
            "once. Continue from the thread's most recent response.",
            code="thread_already_continued",
        )
    return kept


def _check_fields(request: Mapping[str, Any], fields: Mapping[str, Any]) -> None:
    for name in _KEPT:
        if request.get(name) is not None:
            raise ApiError(
                400, f"{name}: must be left out when a thread is continued, which keeps its own"
            )
    differing = [name for name in _FIXED if request.get(name) != fields.get(name)]
    if differing:
        raise ApiError(
            400,
            f"thread: differing field(s): {', '.join(differing)}. They must stay the same across "
            "the turns of a thread.",
            code="thread_fingerprint_mismatch",
        )
