"""One organisation at a provider: its clock, its log, its files and batches.

Time is virtual: it starts at noon UTC on the course's as-of date and moves only when somebody
calls `clock.advance(...)`. Nothing sleeps. Lesson 1 uses it to wait for a batch.
"""

from __future__ import annotations

import hashlib
import heapq
import itertools
import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any

from costlib.prices import AS_OF


class ApiError(Exception):
    """A refusal on its way to the SDK, which raises its own exception for the status."""

    def __init__(
        self, status: int, message: str, *, code: str | None = None, param: str | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param


class Clock:
    """A clock that moves by hand, and runs what falls due on the way."""

    def __init__(self) -> None:
        self._now = datetime.combine(AS_OF, time(12), UTC)
        self._due: list[tuple[datetime, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._lock = threading.RLock()

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
        with self._lock:
            end = self._now + step
            while self._due and self._due[0][0] <= end:
                self._now, _, job = heapq.heappop(self._due)
                job()
            self._now = end
        return self._now

    def call_in(self, delay: timedelta, job: Callable[[], None]) -> None:
        """Run `job` once the clock has moved on by `delay`."""
        with self._lock:
            heapq.heappush(self._due, (self._now + delay, next(self._order), job))

    def __repr__(self) -> str:
        return f"<virtual clock at {self._now:%Y-%m-%d %H:%M:%S} UTC>"


@dataclass(frozen=True)
class Record:
    """One request to a model, as the provider saw it; failed ones have their status and no usage.

    Tiers are in the provider's own words. A batch's requests appear when the batch completes.
    """

    time: datetime
    route: str
    model: str
    tier_asked: str | None
    tier_served: str | None
    usage: dict[str, Any]
    status: int


@dataclass(frozen=True)
class StoredFile:
    """A file of the organisation: what `files.retrieve` shows, and its bytes."""

    info: dict[str, Any]
    content: bytes


@dataclass
class Provider:
    """The state behind the clients of one organisation; replies depend on `seed` as well."""

    seed: int = 0
    clock: Clock = field(default_factory=Clock)
    log: list[Record] = field(default_factory=list)
    files: dict[str, StoredFile] = field(default_factory=dict)
    batches: dict[str, dict[str, Any]] = field(default_factory=dict)

    def digest(self, *content: Any) -> str:
        """A long hexadecimal number that depends on the content and the seed only."""
        text = json.dumps([self.seed, *content], sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def record(
        self,
        route: str,
        body: dict[str, Any],
        reply: dict[str, Any],
        status: int,
        tier_served: str | None,
    ) -> None:
        """Add one request to the log, at the virtual time."""
        self.log.append(
            Record(
                time=self.clock.now,
                route=route,
                model=str(body.get("model")),
                tier_asked=body.get("service_tier"),
                tier_served=tier_served,
                usage=reply.get("usage") or {},
                status=status,
            )
        )

    def __repr__(self) -> str:
        return f"<offline organisation, {self.clock.now:%Y-%m-%d %H:%M} UTC, {len(self.log)} calls>"
