"""What the tracked calls inside a block cost: the ledger's amounts, for whoever set money aside.

A budget opens a meter with its block; each attempt that a tracked client begins there is on it.
So the budget settles with what the ledger has, unless that is an estimate. A plain thread begins
without any context, so a call there cannot be told whose it is (`unmetered`). Whole pico-dollars.
Lesson 5 uses it.
"""

from __future__ import annotations

import threading
from contextlib import suppress
from contextvars import ContextVar, Token
from typing import Protocol

from costlib.tracking.pool_work import waits_for, work_here


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
_running: set[Meter] = set()  # of all threads


class Meter:
    """The attempts begun between `open` and `close`, in this thread or task."""

    def __init__(self) -> None:
        self.attempts: list[Metered] = []
        self._token: Token[Meter | None] | None = None
        self._around: Meter | None = None
        self._closed = False
        self._thread = 0  # in which it was opened
        self._older: frozenset[threading.Thread] = frozenset()  # threads that began before it

    def open(self) -> None:
        """Attempts that begin from here on are this meter's, until it or an inner one is opened."""
        self._thread, self._older = threading.get_ident(), frozenset(threading.enumerate())
        _running.add(self)
        self._around = _innermost()
        self._token = _open.set(self)

    def close(self, error: BaseException | None) -> tuple[int, bool]:
        """What is known of what the attempts cost, and whether that is all: not where one is
        unknown or under way, nor where there was none.

        A block that ends in an error reads no stream on, so that what it left has ended too.
        """
        self._closed = True
        _running.discard(self)
        self._older = frozenset()
        if self._token is not None:
            with suppress(ValueError):  # a generator may be closed in another task than it began
                _open.reset(self._token)
        known, all_known = 0, bool(self.attempts)
        for attempt in self.attempts:
            if error is not None and not attempt.over:
                attempt.ended(error)
            cost = attempt.pusd if attempt.over else None
            all_known = all_known and cost is not None
            known += cost or 0
        return known, all_known


def _innermost() -> Meter | None:
    """The innermost meter that is open here.

    One that is closed may still be set: a task may outlive the block in which it began, and a
    generator that is closed in another task takes back nothing in its own.
    """
    meter = _open.get()
    while meter is not None and meter._closed:
        meter = meter._around
    return meter


class _Elsewhere:
    """An attempt that may be a block's, and may not: what it adds to the block nobody knows."""

    over, pusd = True, None

    def ended(self, error: BaseException | None = None) -> None:
        """It ends by itself."""


def begin(attempt: Metered) -> None:
    """Put an attempt on the innermost meter that is open here.

    Blocks that it may belong to unseen (`unmetered`) have a cost that nobody knows from here on.
    """
    meter = _innermost()
    if meter is not None:
        meter.attempts.append(attempt)
    for other in unmetered():
        other.attempts.append(_Elsewhere())


def metered() -> bool:
    """Whether a block is to pay for what begins here."""
    return _innermost() is not None


def unmetered() -> list[Meter]:
    """The open blocks that a call on this thread may belong to without being on their meter.

    Those that were open when the thread began, and those that wait for the work which it does for a
    pool: threads do not inherit the context, unless it is handed to them (`asyncio.to_thread`,
    `contextvars.copy_context().run`). Work of a pool older than its block is not seen where nobody
    waits for it yet, nor what an event loop awaits (`run_in_executor`).
    """
    if _open.get() is not None or not _running:
        return []
    here, work = threading.current_thread(), work_here()
    return [
        meter
        for meter in tuple(_running)
        if here not in meter._older or (work is not None and waits_for(meter._thread, work))
    ]
