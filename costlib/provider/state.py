"""One organisation at a provider: its clock, its log, its files, batches, caches and limits.

Time is virtual: it starts at noon UTC on the course's as-of date and moves when somebody calls
`clock.advance(...)`, and when a client comes back after a wait that the provider asked for. A
call takes no virtual time; its `Record.latency` says how many seconds it would have taken.
Lesson 1 uses the clock to wait for a batch.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any, Literal

from costlib.pricing.prices import AS_OF
from costlib.provider.errors import ApiError
from costlib.provider.failures import Failures
from costlib.provider.limits import Limits

if TYPE_CHECKING:
    from costlib.provider.latency import Latency

__all__ = ["ApiError", "Clock", "Outcome", "Provider", "Record", "StoredFile"]


class Clock:
    """A clock that moves by hand, and runs what falls due on the way.

    It starts at noon UTC on the as-of date, or at another moment (aware): then models and prices
    are those of that day.
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and start.tzinfo is None:
            raise ValueError(f"the clock cannot start at {start}: give a datetime with a zone")
        self._now = start.astimezone(UTC) if start else datetime.combine(AS_OF, time(12), UTC)
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        # The one lock of an organisation: a due job may change what a request reads, so that a
        # second lock could be taken in the other order.
        self.lock = threading.RLock()

    @property
    def now(self) -> datetime:
        """The virtual time, in UTC."""
        return self._now

    @property
    def timestamp(self) -> int:
        """The virtual time in whole seconds since 1970, as OpenAI writes it."""
        return int(self._now.timestamp())

    def advance(
        self, *, days: float = 0, hours: float = 0, minutes: float = 0, seconds: float = 0
    ) -> datetime:
        """Move on, run what falls due in order of time, and give the new time.

        Raises ValueError for a step back.
        """
        step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta(0):
            raise ValueError(f"the clock cannot go back by {-step}: give positive numbers")
        with self.lock:
            end = self._now + step
            while self._due and self._due[0][0] <= end:
                self._now, _, job = heapq.heappop(self._due)
                job()
            self._now = end
        return self._now

    def advance_to(self, moment: datetime) -> None:
        """Move on to `moment`, unless it has passed: waits that run side by side do not add up."""
        with self.lock:
            if moment > self._now:
                self.advance(seconds=(moment - self._now).total_seconds())

    def call_in(self, delay: timedelta, job: Callable[[], None]) -> None:
        """Run `job` once the clock has moved on by `delay`."""
        with self.lock:
            heapq.heappush(self._due, (self._now + delay, next(self._order), job))

    def __repr__(self) -> str:
        return f"<virtual clock at {self._now:%Y-%m-%d %H:%M:%S} UTC>"


Outcome = Literal["complete", "refused", "timed out", "streaming", "interrupted"]
"""How a request ended for its caller. All but "refused" were generated, and are billed: a caller
whose connection timed out or whose stream was interrupted pays for what it never saw."""


@dataclass(frozen=True, slots=True)
class Record:
    """One attempt at a model, as the provider saw it; refused ones have a status and no usage.

    Tiers are in the provider's own words. A batch's requests appear when the batch completes.
    `usage` is what is billed. `latency` is modelled: seconds from the request to the last token,
    `first_token` to the first visible one. `attempt` counts the SDK's own retries from 0.
    """

    time: datetime
    route: str
    model: str
    tier_asked: str | None
    tier_served: str | None
    usage: dict[str, Any]
    status: int
    outcome: Outcome = "complete"
    request_id: str = ""
    attempt: int = 0
    project: str = "default"
    api_key_id: str = "key_offline"
    first_token: float | None = None
    latency: float | None = None

    @property
    def vendor(self) -> str:
        """Whose API was called: "anthropic" or "openai"."""
        return "anthropic" if self.route.startswith("/v1/messages") else "openai"


@dataclass(frozen=True)
class StoredFile:
    """A file of the organisation: what `files.retrieve` shows, and its bytes."""

    info: dict[str, Any]
    content: bytes


def _feed(hashing: Any, value: Any) -> None:
    """Hash a JSON value, each part with its type and length, so that no two values look alike.

    A prompt is hashed several times in a call; writing it as JSON first would take longer.
    """
    if isinstance(value, Mapping):
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


@dataclass
class Provider:
    """The state behind the clients of one organisation; replies depend on `seed` as well.

    `assume` switches rules on which the sources disagree; README.md names them. `reply` gives the
    text that the model writes for a request body, or None for a modelled one.
    """

    seed: int = 0
    clock: Clock = field(default_factory=Clock)
    log: list[Record] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)
    message_batches: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    responses: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    assume: dict[str, Any] = field(default_factory=dict)
    caches: dict[str, Any] = field(default_factory=dict)
    failures: Failures = field(default_factory=Failures)
    limits: Limits = field(default_factory=Limits)
    reply: Callable[[dict[str, Any]], str | None] | None = None
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
        return f"<offline organisation, {self.clock.now:%Y-%m-%d %H:%M} UTC, {len(self.log)} calls>"
