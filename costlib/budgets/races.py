"""Many callers and one limit: the race that a naive guard loses, and the crash in the middle.

`NaiveGuard` is here to be beaten. It checks, then spends, as most homemade limits do. A barrier
between the two makes every caller check before anybody spends, so that its overspending is the
same sum each time; without one it happens on busy days only, which is worse. The functions run
threads, or processes that share nothing but the database. USD. Taught in lesson 5.
"""

from __future__ import annotations

import multiprocessing
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from costlib.budgets.budget import Budget, BudgetExceeded, Limit
from costlib.budgets.limits import USD, picodollars, usd_of
from costlib.tracking.database import make_tables, open_database

_PATIENCE = 60  # seconds until a caller stops waiting for the others, so that nothing hangs
_TABLES = sa.MetaData()
_SPENT = sa.Table(
    "naive_spending",
    _TABLES,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("pusd", sa.BigInteger, nullable=False),
)


class NaiveGuard:
    """A limit in USD that is checked before the spending is booked, and so does not hold."""

    def __init__(self, url: str, limit: USD) -> None:
        self.limit = usd_of(picodollars(limit))
        self._engine = open_database(url, write_first=True)
        make_tables(self._engine, _TABLES)
        with self._engine.begin() as connection:
            if connection.execute(sa.select(_SPENT.c.id)).first() is None:
                connection.execute(_SPENT.insert().values(id=1, pusd=0))

    @property
    def spent(self) -> Decimal:
        """What was booked so far, in USD."""
        with self._engine.connect() as connection:
            return usd_of(connection.execute(sa.select(_SPENT.c.pusd)).scalar_one())

    def attempt(self, usd: USD, wait: Callable[[], Any]) -> bool:
        """Spend if there is room, and say whether; `wait` is where the others get their chance."""
        cost = picodollars(usd)
        has_room = self.spent + usd_of(cost) <= self.limit
        wait()
        if has_room:
            more = _SPENT.update().values(pusd=_SPENT.c.pusd + cost)
            with self._engine.begin() as connection:
                connection.execute(more)
        return has_room

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()


class ReservingGuard:
    """The same limit kept by a `Budget`, with the same pause while the money is set aside."""

    def __init__(self, url: str, limit: USD) -> None:
        self.budget = Budget(url, [Limit(limit, "ever")])

    @property
    def spent(self) -> Decimal:
        """What was settled so far, in USD."""
        return self.budget.accounts()[0].spent

    def attempt(self, usd: USD, wait: Callable[[], Any]) -> bool:
        """Reserve if there is room, wait for the others, settle; and say whether."""
        try:
            reservation = self.budget.reserve(usd)
        except BudgetExceeded:
            reservation = None
        wait()
        if reservation is not None:
            reservation.settle(usd)
        return reservation is not None

    def close(self) -> None:
        """Close the connections to the database."""
        self.budget.close()


GUARDS: dict[str, type[NaiveGuard | ReservingGuard]] = {
    "check, then spend": NaiveGuard,
    "reserve, then settle": ReservingGuard,
}


def race_threads(guard: NaiveGuard | ReservingGuard, usd: USD, threads: int) -> int:
    """Let so many threads try to spend `usd` at once; gives how many were allowed to."""
    barrier = threading.Barrier(threads, timeout=_PATIENCE)
    with ThreadPoolExecutor(threads) as pool:
        tries = [pool.submit(guard.attempt, usd, barrier.wait) for _ in range(threads)]
        return sum(each.result() for each in tries)


def race_processes(
    kind: str, url: str, limit: USD, usd: USD, processes: int, rounds: int = 1
) -> int:
    """The same with processes, each a caller of its own; every round all of them try once.

    `kind` is a name of GUARDS; `url` must be a database that processes can share. Gives how many
    attempts were allowed.
    """
    context = multiprocessing.get_context("spawn")  # the same on Linux, macOS and Windows
    barrier = context.Barrier(processes, timeout=_PATIENCE)
    GUARDS[kind](url, limit).close()  # so that the tables are there
    pipes = [context.Pipe(duplex=False) for _ in range(processes)]
    jobs = [(kind, url, limit, usd, rounds, barrier, theirs) for _, theirs in pipes]
    # Most of a caller's time goes to imports. Linux can fork, so that one process imports for all.
    crowds = [jobs] if sys.platform == "linux" else [[job] for job in jobs]
    running = []
    try:
        for crowd in crowds:
            running.append(context.Process(target=_crowd, args=(crowd,)))
            running[-1].start()
        for _, theirs in pipes:
            theirs.close()
        return sum(mine.recv() for mine, _ in pipes)
    finally:
        for process in running:
            process.join(_PATIENCE)
            process.kill()


def die_while_reserved(url: str, limit: USD, usd: USD) -> None:
    """Let a process reserve `usd` and kill it before it can settle (SIGKILL: no clean-up)."""
    context = multiprocessing.get_context("spawn")
    mine, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_victim, args=(url, limit, usd, theirs), daemon=True)
    process.start()
    theirs.close()
    mine.recv()  # it has reserved
    process.kill()
    process.join()


def _crowd(jobs: list[tuple[Any, ...]]) -> None:
    """Be the first caller, and start each of the others as a fork of this process."""
    first, *others = jobs
    forks = []
    for job in others:
        forks.append(multiprocessing.get_context("fork").Process(target=_caller, args=job))
        forks[-1].start()
    _caller(*first)
    for process in forks:
        process.join()


def _caller(
    kind: str, url: str, limit: USD, usd: USD, rounds: int, barrier: Any, report: Any
) -> None:
    guard = GUARDS[kind](url, limit)
    allowed = 0
    for _ in range(rounds):
        allowed += guard.attempt(usd, barrier.wait)
        barrier.wait()  # nobody begins the next round before all have booked this one
    guard.close()
    report.send(allowed)


def _victim(url: str, limit: USD, usd: USD, report: Any) -> None:
    budget = Budget(url, [Limit(limit, "ever")])
    reservation = budget.reserve(usd)
    report.send(reservation.id)
    threading.Event().wait()  # until it is killed
