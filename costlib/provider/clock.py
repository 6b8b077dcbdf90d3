"""The virtual time of an organisation: noon UTC on the as-of date, until somebody moves it.

`clock.advance(hours=1)` moves it; so does a client that comes back after a wait, and a look at a
batch that is under way.

Lesson 1 uses the clock to wait for a batch.
"""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, time, timedelta

from costlib.pricing.prices import AS_OF

# How far the clock moves when somebody looks at a batch that is under way: a program that polls
# ends after a few looks, without anybody's `advance`. Modelled.
POLL = timedelta(minutes=10)


@contextmanager
def _within_the_calendar() -> Iterator[None]:
    try:
        yield
    except OverflowError as error:
        raise ValueError(
            f"the clock cannot move there ({error}): its years are 1 to 9999, so give less"
        ) from None


class Clock:
    """A clock that moves by hand, and runs what falls due on the way.

    It starts at noon UTC on the as-of date, or at another moment (aware): then models and prices
    are those of that day.
    """

    def __init__(self, start: datetime | None = None) -> None:
        if start is not None and (not isinstance(start, datetime) or start.tzinfo is None):
            raise ValueError(f"the clock cannot start at {start}: give a datetime with a zone")
        with _within_the_calendar():
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
        with _within_the_calendar():
            step = timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)
        if step < timedelta(0):
            raise ValueError(f"the clock cannot go back by {-step}: give positive numbers")
        with self.lock:
            with _within_the_calendar():
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
