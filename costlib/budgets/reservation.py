"""Money set aside for one call, and how it ends: settled, released, or by itself with its block.

USD outside, whole pico-dollars (1e-12 USD) in the books. Taught in lesson 5.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager
from decimal import Decimal
from types import TracebackType
from typing import TypeVar

from costlib.budgets.books import LOG, Books, Ending, State
from costlib.budgets.limits import EXACT, USD, picodollars, usd_of
from costlib.budgets.places import Place
from costlib.budgets.refusals import BudgetUnavailable
from costlib.budgets.unbilled import costs_nothing
from costlib.display.amounts import money
from costlib.tracking.database import Opened
from costlib.tracking.meters import Meter

T = TypeVar("T")


class Reservation(Opened):
    """Money set aside for one call. `usd` is how much; `overrun` what settling took beyond it.

    `state` is how it stood in the database when it was last heard of: open, settled, released or
    expired. As a context manager, plain or `async with`, it ends with the block:

    - what tracked clients did inside it counts as the ledger has it, each attempt included; where
      a row is an estimate, the block counts in full: a stream that was left, and a chat stream
      without `stream_options={"include_usage": True}`;
    - a thread that begins inside it is part of it only with its context (`asyncio.to_thread`,
      `pool.submit(contextvars.copy_context().run, work)`); where a tracked call begins on one
      without, or on an older thread of a pool whose work the block waits for at that moment, the
      block counts in full. Other work of older threads is not seen: hand the context to it;
    - without tracked calls, an error that is known to cost nothing (`costs_nothing`) gives the
      money back, so such a block should hold one call: an earlier answer would be given back with
      it;
    - everything else counts in full: a block that forgot to settle, a lost connection, an error
      after the answer came. Somebody may have been billed, and that is the safe side.

    An ending that the database does not take costs the block neither its answer nor its error: it
    is logged, and booked with the budget's next transaction, `close` or the end of the program.
    """

    def __init__(self, books: Books, name: str, places: tuple[Place, ...], amount: int) -> None:
        self.id, self.usd, self.overrun = name, usd_of(amount), Decimal(0)
        self.state: State = "open"
        self._books, self._places, self._amount = books, places, amount
        self._meter, self._spent = Meter(), Decimal(0)
        self._unsure = self._handed_over = False
        self._process = os.getpid()

    def settle(self, cost: USD) -> None:
        """Replace the reservation by what the call did cost (a `Cost`, or USD).

        The rest is free again at once. More than was reserved is booked all the same, because the
        vendor bills it: `overrun` says how much, the account may end above its limit, and what
        comes next is refused. So it is after the lease is over. Spending counts in the period in
        which it was reserved. Raises BudgetUnavailable when the database does not take it: call it
        again. Raises ValueError when the reservation has ended already, naming how.
        """
        self._settle(picodollars(cost))

    def release(self) -> None:
        """Give all of it back, for a call that was not made or not billed.

        Releasing twice, or after the settling, changes nothing: `state` says how it ended. After
        a `settle` that the database did not take, it settles: somebody was billed. Raises
        BudgetUnavailable when the database does not take it: call it again.
        """
        self._end("released", None)

    async def asettle(self, cost: USD) -> None:
        """`settle` without blocking the event loop. It is done even when the task is cancelled."""
        spent = picodollars(cost)
        self._handed_over = True
        await self._aside(lambda: self._settle(spent))

    async def arelease(self) -> None:
        """`release` without blocking the event loop."""
        self._handed_over = True
        await self._aside(self.release)

    # --- Inside -------------------------------------------------------------------------------

    @property
    def lane(self) -> str:
        """What others may wait for: the account that is locked first."""
        return self._places[0].id if self._places else ""

    def _settle(self, spent: int) -> None:
        if not self._end("settled", spent):
            before = f"settled at {money(self._spent)}" if self.state == "settled" else self.state
            raise ValueError(f"this reservation was {before} before: reserve anew")
        self.overrun = max(EXACT.subtract(usd_of(spent), self.usd), Decimal(0))

    def _end(self, state: State, spent: int | None) -> bool:
        ending = Ending(self.id, state, spent, self._places)
        unsure, self._unsure = self._unsure, True  # until the database has answered
        ended = self._books.end(ending, again=unsure)
        self._unsure = False
        self.state, self._spent = ended.state, usd_of(ended.spent or 0)
        return ended.done

    def _close(self, error: BaseException | None) -> Callable[[], None] | None:
        """What is still to be done when the block ends so; the meter is read here and now."""
        known, all_known = self._meter.close(error)
        ended = self.state in ("settled", "released") or self._process != os.getpid()
        if ended or self._unsure or self._handed_over:
            # What is under way is finished, what failed is owed by the books, and what the child
            # of a fork leaves is its parent's.
            return None
        if all_known:
            return lambda: self._settle(known)
        free = error is not None and not self._meter.attempts and costs_nothing(error)
        return self.release if free else lambda: self._settle(max(known, self._amount))

    def __enter__(self) -> Reservation:
        self._meter.open()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        end = self._close(error)
        if end is not None:
            with _kept_from_the_caller():
                end()

    async def __aenter__(self) -> Reservation:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        end = self._close(error)
        if end is not None:
            with _kept_from_the_caller():
                await self._aside(end)

    async def _aside(self, work: Callable[[], T]) -> T:
        """In a thread of the budget's; given up only by who waits, never by who works."""
        return await asyncio.shield(asyncio.wrap_future(self._books.aside(self.lane, work)))

    def __repr__(self) -> str:
        scopes = ", ".join(place.scope for place in self._places)
        return f"<{money(self.usd)} reserved for {scopes}, {self.state}>"


@contextmanager
def _kept_from_the_caller() -> Iterator[None]:
    """The answer, or the block's own error, is what its caller must have, whatever the database
    says: an ending that it does not take is owed by the books."""
    try:
        yield
    except BudgetUnavailable as unavailable:
        LOG.warning("a reservation waits to be ended: %s", unavailable)
    except Exception:
        LOG.exception("a reservation was not ended by its block")


class Reserving:
    """A reservation that is on its way: await it, or open it with `async with`."""

    def __init__(self, start: Callable[[], Coroutine[object, object, Reservation]]) -> None:
        self._start = start
        self._reservation: Reservation | None = None

    def __await__(self) -> Generator[object, object, Reservation]:
        return self._start().__await__()

    async def __aenter__(self) -> Reservation:
        self._reservation = await self
        return await self._reservation.__aenter__()

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._reservation is not None:
            await self._reservation.__aexit__(kind, error, trace)
