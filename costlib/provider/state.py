"""One organisation at a provider: its clock, its log, its files, batches, caches and limits.

Time is virtual: it starts at noon UTC on the course's as-of date and moves when somebody calls
`clock.advance(...)`, and when a client comes back after a wait that the provider asked for. A
call takes no virtual time; its `Record.latency` says how many seconds it would have taken.
Lesson 1 uses the clock to wait for a batch.
"""

from __future__ import annotations

import hashlib
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from costlib.display.amounts import counted
from costlib.provider.clock import Clock
from costlib.provider.failures import Failures
from costlib.provider.limits import Limits
from costlib.provider.records import Outcome, Record

if TYPE_CHECKING:
    from costlib.provider.latency import Latency


@dataclass(frozen=True)
class StoredFile:
    """A file of the organisation: what `files.retrieve` shows, and its bytes."""

    info: dict[str, Any]
    content: bytes


@dataclass(frozen=True)
class ToolCall:
    """A call of a tool that a scripted model makes: `provider.reply` may return one, or several.

    `arguments` is the object that the tool is called with; it is sent as it is, even where it does
    not fit the tool's schema, as a real model's may not.
    """

    name: str
    arguments: Mapping[str, Any] = field(default_factory=dict)


def _feed(hashing: Any, value: Any) -> None:
    """Hash a JSON value, each part with its type and length, so that no two values look alike.

    A prompt is hashed several times in a call; writing it as JSON first would take longer.
    """
    if not isinstance(value, str) and isinstance(value, Mapping):  # most are texts: asked first
        value = [each for key in sorted(value) for each in (key, value[key])]
        hashing.update(b"{%d" % len(value))
    elif isinstance(value, list | tuple):
        hashing.update(b"[%d" % len(value))
    else:
        text = str(value).encode("utf-8", "surrogatepass")
        hashing.update(b"%s%d:" % (type(value).__name__.encode(), len(text)))
        hashing.update(text)
        return
    for each in value:
        _feed(hashing, each)


Script = Callable[[dict[str, Any]], str | ToolCall | Sequence[str | ToolCall] | None]


@dataclass
class Provider:
    """The state behind the clients of one organisation; replies depend on `seed` as well.

    `assume` switches rules on which the sources disagree; README.md names them.

    `reply` is a function of the request body that says what the model does: a text; a `ToolCall`,
    or a list of texts and `ToolCall`s (texts come first in the reply), to call tools that the
    request has; or None for a modelled reply. A loop of calls and results is scripted by looking
    at what the body's messages already hold:

        def agent(body):
            if body["messages"][-1]["role"] == "user":
                return ["I look it up.", ToolCall("balance", {"account": "4711"})]
            return "The balance is 12.50."

    `tool_choice` is obeyed: a forced call that the script does not make is modelled, and a script
    that calls what it may not brings a 400 that says so.
    """

    seed: int = 0
    clock: Clock = field(default_factory=Clock)
    log: list[Record] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    batch_requests: dict[str, list[dict[str, Any]]] = field(default_factory=dict, repr=False)
    message_batches: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    completions: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    threads: dict[str, Any] = field(default_factory=dict, repr=False)
    assume: dict[str, Any] = field(default_factory=dict)
    caches: dict[str, Any] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    limits: Limits = field(default_factory=Limits)
    reply: Script | None = None
    # When a client that was told to wait, or timed out, comes back; by the content of its request.
    waits: dict[str, datetime] = field(default_factory=dict, repr=False)

    @property
    def lock(self) -> threading.RLock:
        """Held while a request changes the organisation; the clock holds it as it moves."""
        return self.clock.lock

    def digest(self, *content: Any) -> str:
        """A long hexadecimal number that depends on the content and the seed only."""
        hashing = hashlib.sha256(str(self.seed).encode())
        _feed(hashing, content)
        return hashing.hexdigest()

    def record(
        self,
        route: str,
        body: Mapping[str, Any],
        reply: Mapping[str, Any],
        status: int,
        tier_served: str | None,
        *,
        outcome: Outcome | None = None,
        latency: Latency | None = None,
        **about: Any,
    ) -> int:
        """Add one request to the log, at the virtual time; gives its place in the log.

        `about` is the rest of a Record: request_id, attempt, project, api_key_id.
        """
        with self.lock:
            self.log.append(
                Record(
                    time=self.clock.now,
                    route=route,
                    model=sys.intern(str(body.get("model"))),  # one string for the whole log
                    tier_asked=body.get("service_tier"),
                    tier_served=tier_served,
                    usage=reply.get("usage") or {},
                    status=status,
                    outcome=outcome or ("complete" if status == 200 else "refused"),
                    first_token=latency.first_token if latency else None,
                    latency=latency.total if latency else None,
                    **about,
                )
            )
            return len(self.log) - 1

    def amend(self, place: int, **changes: Any) -> None:
        """Replace fields of a Record whose stream has ended since."""
        with self.lock:
            self.log[place] = replace(self.log[place], **changes)

    def __repr__(self) -> str:
        calls = counted(len(self.log), "call")
        return f"<offline organisation, {self.clock.now:%Y-%m-%d %H:%M} UTC, {calls}>"
