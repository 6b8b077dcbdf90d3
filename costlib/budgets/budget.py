"""Limits that hold: money is set aside before a call, and what was not needed is given back.

A check that reads what is spent and then spends is a race. Here one conditional UPDATE both checks
and reserves, so that no number of threads, processes or machines can overspend: the database lets
one of them at a time change a row. A call that falls under several limits (a user inside a project
inside the whole) reserves under all of them in one transaction, or under none.

    budget = Budget("sqlite:///budget.sqlite", [Limit(500, "month"), Limit(2, "day", by="user")])
    with budget.reserve(ceiling(model, count, max_tokens), user="ann") as reservation:
        reply = client.messages.create(...)
        reservation.settle(cost_of(read_usage(reply), model))

Amounts go in as USD (numbers, Decimal, text, a `Cost`) and are held as whole pico-dollars (1e-12
USD) in BIGINT. Taught in lesson 5.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from costlib.budgets.books import Books
from costlib.budgets.limits import USD, Limit, picodollars, tag_texts, usd_of
from costlib.budgets.places import Branch, places_of
from costlib.budgets.refusals import Account, BudgetExceeded, BudgetStopped, BudgetUnavailable
from costlib.budgets.reservation import Reservation, Reserving
from costlib.display.amounts import money
from costlib.tracking.database import Opened

__all__ = [
    "Account", "Budget", "BudgetExceeded", "BudgetStopped", "BudgetUnavailable", "Limit",
    "Reservation", "Run",
]  # fmt: skip


LONGEST_LEASE = timedelta(days=366)


class Budget(Opened):
    """Limits on one database, shared by every thread, process and machine that opens it.

    `clock` gives an aware datetime, now in UTC by default. Calendar periods begin by `zone`, an
    IANA name; the database keeps the zone that it was first opened with (UTC if none was given),
    and no other is taken. Other limits than those of the opening before bring a warning.

    `notify` is called with an `Account` once a period when its spending reaches `warn_at`, and
    once when a call first finds no room there; `Messenger.send` of `costlib.alerts` will do. What
    it raises is logged. It runs on the thread that settles or is refused, with asyncio on one of
    the budget's, for which nobody waits.

    A reservation comes back when it was neither settled nor released within `lease`, because its
    holder died; the default outlasts three attempts of ten minutes, which both SDKs allow.
    `charge_expired=True` counts it as spent instead: the vendor may have billed a call whose
    caller died. Raises ValueError for a database, zone, clock, lease or limits that cannot be.
    """

    def __init__(
        self,
        url: str,
        limits: Iterable[Limit],
        *,
        zone: str | None = None,
        clock: Callable[[], datetime] | None = None,
        notify: Callable[[Account], object] | None = None,
        lease: timedelta = timedelta(hours=1),
        charge_expired: bool = False,
    ) -> None:
        if not isinstance(limits, Iterable):
            raise TypeError(
                f"limits={limits!r} is no list: give the limits as [Limit(50, 'month')]"
            )
        self.limits = tuple(limits)
        if odd := [limit for limit in self.limits if not isinstance(limit, Limit)]:
            raise TypeError(f"{odd[0]!r} is no limit: give each as Limit(50, 'month')")
        if len({limit.rule for limit in self.limits}) < len(self.limits):
            raise ValueError("two limits have the same period, by and where: keep one of them")
        if lease <= timedelta(0):
            raise ValueError(f"lease={lease} is over before it begins: give a positive time")
        if lease > LONGEST_LEASE:
            raise ValueError(f"lease={lease} is longer than a year: nothing would come back")
        clock = clock or (lambda: datetime.now(UTC))
        now = clock() if callable(clock) else clock
        if not callable(clock) or not isinstance(now, datetime) or now.tzinfo is None:
            raise ValueError(
                f"clock={clock!r} is no clock: give a function whose answer is an aware datetime, "
                "such as lambda: datetime.now(UTC)"
            )
        notify = notify or (lambda account: None)
        self._books = Books(url, self.limits, zone, clock, notify, lease, charge_expired)

    @property
    def zone(self) -> ZoneInfo:
        """The zone of the calendar by which periods begin."""
        return self._books.zone

    # --- Calls --------------------------------------------------------------------------------

    def reserve(self, usd: USD, **tags: object) -> Reservation:
        """Set aside the most that a call may cost, under every limit that its tags fall under.

        A tag is text, or a whole number, which is the same as its digits. Raises `BudgetExceeded`
        when a hard limit has no room, `BudgetStopped` after `stop`, `BudgetUnavailable` when the
        database does not answer, ValueError for an amount below 0, a tag that is neither, or when
        a limit is `by` a tag that the call lacks.
        """
        return self._reserve(picodollars(usd), tag_texts(tags))

    def areserve(self, usd: USD, **tags: object) -> Reserving:
        """`reserve` for asyncio: `async with budget.areserve(usd, user="ann") as reservation:`.

        The database is asked in a thread; calls that wait for one locked account hold back no
        other. Awaited, it gives the `Reservation`. A task that is cancelled while it waits leaves
        nothing reserved.
        """
        amount, known = picodollars(usd), tag_texts(tags)

        async def start() -> Reservation:
            lane = self._lane(known)
            done = self._books.aside(lane, lambda: self._reserve(amount, known))
            try:
                return await asyncio.shield(asyncio.wrap_future(done))
            except asyncio.CancelledError:
                if not done.cancel():
                    done.add_done_callback(self._give_back)
                raise

        return Reserving(start)

    def run(self, name: object, *, parent: object = None, cap: USD | None = None) -> Run:
        """A run by its name: part of the run `parent`, capped at `cap` USD, all its children in.

        The database keeps both, so that every process that names the run means the same one. Its
        calls, and those of its children, count under its own cap and under that of every run
        above it, as they do under a `Limit` by "run". Raises ValueError for a run that is known
        as something else, and for one that would be inside itself.
        """
        found = tag_texts({"run": name, "parent": parent})
        if "run" not in found:
            raise ValueError("a run needs a name, such as the conversation's id")
        capped = None if cap is None else picodollars(cap)
        branch = self._books.open_run(Branch(found["run"], found.get("parent"), capped))
        return Run(self, branch)

    # --- Looking, stopping --------------------------------------------------------------------

    def expire(self) -> int:
        """Take back the reservations whose lease is over, and say how many there were.

        `reserve` does so by itself when it finds no room, `accounts` before it reports.
        """
        return self._books.expire()

    def accounts(self, **tags: object) -> list[Account]:
        """Today's accounts that a call with these tags falls under, the narrowest first."""
        self.expire()
        return self._books.accounts(self.limits, tag_texts(tags))

    def stop(self, reason: str, **tags: object) -> None:
        """The kill switch: refuse every call that has these tags (none: every call) from now on.

        Calls that are under way end, and are settled. A stopped run stops its children. It holds
        until `resume`; stopping again only changes the reason.
        """
        self._books.stop(tag_texts(tags), reason)

    def resume(self, **tags: object) -> None:
        """Take back the `stop` for exactly these tags."""
        self._books.resume(tag_texts(tags))

    def close(self) -> None:
        """End what is under way, and close the connections to the database."""
        self._books.close()

    # --- Inside -------------------------------------------------------------------------------

    def _reserve(self, amount: int, tags: dict[str, str]) -> Reservation:
        try:
            name, places = self._books.reserve(self.limits, amount, tags)
        except BudgetExceeded:
            if not self.expire():
                raise
            name, places = self._books.reserve(self.limits, amount, tags)  # expiry made room
        return Reservation(self._books, name, places, amount)

    def _lane(self, tags: dict[str, str]) -> str:
        """What a call may wait for: the account that it locks first."""
        branches = [Branch(tags["run"])] if "run" in tags else []
        places = places_of(self.limits, tags, branches, self._books.clock(), self.zone)
        return places[0].id if places else ""

    def _give_back(self, done: Future[Reservation]) -> None:
        if done.exception() is None:
            reservation = done.result()
            self._books.aside(reservation.lane, reservation.release)


class Run:
    """A run, such as an agent's or a conversation, whose money is capped with its children's.

    run = budget.run("run-1", cap=1)
    part = run.child("run-1/search", cap="0.30")
    with part.reserve(most, user="ann") as reservation: ...
    """

    def __init__(self, budget: Budget, branch: Branch) -> None:
        self.budget, self.name, self.parent = budget, branch.run, branch.parent
        self.cap = None if branch.cap_pusd is None else usd_of(branch.cap_pusd)

    def child(self, name: object, *, cap: USD | None = None) -> Run:
        """A run that reserves inside this one's room, and at most `cap` USD of it."""
        return self.budget.run(name, parent=self.name, cap=cap)

    def reserve(self, usd: USD, **tags: object) -> Reservation:
        """`Budget.reserve` for a call of this run."""
        return self.budget.reserve(usd, run=self.name, **tags)

    def areserve(self, usd: USD, **tags: object) -> Reserving:
        """`Budget.areserve` for a call of this run."""
        return self.budget.areserve(usd, run=self.name, **tags)

    def accounts(self, **tags: object) -> list[Account]:
        """The accounts of this run and of those above it."""
        return self.budget.accounts(run=self.name, **tags)

    def __repr__(self) -> str:
        inside = f" in {self.parent}" if self.parent else ""
        return (
            f"<run {self.name}{inside}{'' if self.cap is None else f', at most {money(self.cap)}'}>"
        )
