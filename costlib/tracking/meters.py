"""What the tracked calls inside a block cost: the ledger's amounts, for whoever set money aside.

A budget opens a meter with its block; each attempt that a tracked client begins there is on it.
So the budget settles with what the ledger has, a stream that was left included. Whole
pico-dollars. Lesson 5 uses it.
"""

from __future__ import annotations

from contextlib import suppress
from contextvars import ContextVar, Token
from typing import Protocol


class Metered(Protocol):
    """An attempt as a meter sees it."""

    def ended(self, error: BaseException | None = None) -> None:
        """Take what has arrived as the whole answer, if it has not ended."""
        ...

    @property
    def over(self) -> bool:
        """Whether it has ended."""
        ...

    @property
    def pusd(self) -> int | None:
        """What it cost once it is over; None where nobody knows."""
        ...


_open: ContextVar[Meter | None] = ContextVar("costlib_meter", default=None)


class Meter:
    """The attempts begun between `open` and `close`, in this thread or task."""

    def __init__(self) -> None:
        self.attempts: list[Metered] = []
        self._token: Token[Meter | None] | None = None
        self._closed = False

    def open(self) -> None:
        """Attempts that begin from here on are this meter's, until it or an inner one is opened."""
        self._token = _open.set(self)

    def close(self, error: BaseException | None) -> int | None:
        """What the attempts cost; None where one is unknown or under way, or there was none.

        A block that ends in an error reads no stream on, so that what it left has ended too.
        """
        self._closed = True
        if self._token is not None:
            with suppress(ValueError):  # a generator may be closed in another task than it began
                _open.reset(self._token)
        total = 0
        for attempt in self.attempts:
            if error is not None and not attempt.over:
                attempt.ended(error)
            cost = attempt.pusd if attempt.over else None
            if cost is None:
                return None
            total += cost
        return total if self.attempts else None

    def began(self, attempt: Metered) -> None:
        """Put an attempt on the meter."""
        if not self._closed:
            self.attempts.append(attempt)


def current() -> Meter | None:
    """The innermost meter that is open here."""
    return _open.get()
