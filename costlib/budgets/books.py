"""The transactions of a budget: reserve, end, carry over, tell; each of them whole or not at all.

Every transaction locks rows in one order (`Place.key`) and is tried again when the database is
locked, finds a deadlock or restarts (`transact`). What could not be written in the end is owed:
it is kept and written with the next transaction. Whole pico-dollars, UTC. Taught in lesson 5.
"""

from __future__ import annotations

import atexit
import json
import logging
import threading
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Literal, TypeVar
from weakref import WeakSet
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from costlib.budgets.accounts import (
    ACCOUNT,
    ACCOUNTS,
    ADD,
    BOOK,
    DUE,
    END,
    NEW,
    NOTICES,
    RESERVATIONS,
    RESERVE,
    RESERVED,
    RUN,
    RUNS,
    SETTINGS,
    STOPPED,
    STOPS,
    TABLES,
    THESE,
)
from costlib.budgets.limits import EXACT, Limit, usd_of
from costlib.budgets.places import Branch, Place, as_json, order_of, places_of, scope_of, views_of
from costlib.budgets.refusals import (
    Account,
    BudgetExceeded,
    BudgetStopped,
    BudgetUnavailable,
    Why,
)
from costlib.tracking.database import Lanes, make_tables, open_database, reason, transact
from costlib.tracking.periods import find_zone
from costlib.usage.telling import tell

T = TypeVar("T")
State = Literal["open", "settled", "released", "expired"]
LOG = logging.getLogger("costlib.budgets")

_MICROSECOND = timedelta(microseconds=1)
_NOTICES_LANE = "notices"  # no account is called so
_SOME = 500  # reservations that expire in one transaction
_DEEPEST = 50  # runs inside runs; a circle would never end


@dataclass(frozen=True)
class Ending:
    """How a reservation is to end; `spent` is in pico-dollars, None for one that costs nothing."""

    name: str
    state: State
    spent: int | None
    places: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Ended:
    """How a reservation stands after a transaction: `done` if it is as the `Ending` wanted."""

    done: bool
    state: State
    spent: int | None
    notices: list[Account] = field(default_factory=list)


class Books:
    """A budget's database, and what is told when its accounts reach something."""

    def __init__(
        self,
        url: str,
        limits: Sequence[Limit],
        zone: str | None,
        clock: Callable[[], datetime],
        notify: Callable[[Account], object],
        lease: timedelta,
        charge_expired: bool,
    ) -> None:
        self.engine = open_database(url, write_first=True)
        make_tables(self.engine, TABLES)
        self.clock, self.lease = clock, lease
        self._notify, self._charge_expired = notify, charge_expired
        self._owed: dict[str, Ending] = {}
        self._owed_lock = threading.RLock()  # the garbage collector may end a block in here
        self._here, self._lanes = threading.local(), Lanes()
        _OPEN.add(self)
        self.zone = self._agree_on_zone(zone)
        self._tell_of_other_limits(limits)

    def _agree_on_zone(self, name: str | None) -> ZoneInfo:
        """The zone that the database was first opened with: two calendars would spend twice."""
        given = None if name is None else find_zone(name)
        known = self._setting("zone", given.key if given else "UTC")
        if given is not None and known != given.key:
            self.engine.dispose()
            raise ValueError(
                f"this database counts by the calendar of {known}, and zone={name!r} would count "
                f"the same days a second time: open it with zone={known!r}, or a new database"
            )
        return find_zone(known)

    def _tell_of_other_limits(self, limits: Sequence[Limit]) -> None:
        """Two programs with other limits share accounts: no error, and worth a word."""
        mine = "; ".join(sorted(map(str, limits)))
        known = self._setting("limits", mine)
        if known == mine:
            return
        tell(
            f"this database was opened with other limits before ({known or 'none'}), and now with "
            f"{mine or 'none'}: whoever has it open keeps the old ones"
        )
        change = SETTINGS.update().where(SETTINGS.c.name == "limits").values(value=mine)
        self._transact(lambda connection: connection.execute(change).rowcount)

    def _setting(self, name: str, value: str) -> str:
        """What was stored first under this name: `value`, unless another came before."""

        def work(connection: sa.Connection) -> str:
            self._is_new(connection, SETTINGS, name=name, value=value)
            chosen = sa.select(SETTINGS.c.value).where(SETTINGS.c.name == name)
            return str(connection.execute(chosen).scalar_one())

        return self._transact(work)

    # --- Reserving ----------------------------------------------------------------------------

    def reserve(
        self, limits: Iterable[Limit], amount: int, tags: Mapping[str, str]
    ) -> tuple[str, tuple[Place, ...]]:
        """Set the amount aside in every account of the call; gives the reservation's id.

        Raises BudgetExceeded, BudgetStopped, BudgetUnavailable; then nothing is set aside.
        """
        self.pay()
        name, now = uuid.uuid4().hex, self.clock()
        expires = _microseconds(now) + self.lease // _MICROSECOND

        def work(connection: sa.Connection) -> tuple[Place, ...]:
            branches = _branches(connection, tags.get("run"))
            _check_stops(connection, tags, branches)
            places = places_of(limits, tags, branches, now, self.zone)
            ids = json.dumps([place.id for place in places])
            row = {"id": name, "reserved_pusd": amount, "state": "open", "expires": expires}
            if not self._is_new(connection, RESERVATIONS, accounts=ids, **row):
                return places  # committed before, but the answer was lost
            # The accounts come last, the widest at the very end: most callers share those rows,
            # and each waits for them until the transaction before it ends.
            for place in places:
                self._take(connection, place, amount)
            return places

        try:
            return name, self._transact(work)
        except _NoRoom as error:
            self._tell_refusal(error)
            ends = error.place.period.end
            raise BudgetExceeded(
                error.account, usd_of(amount), ends and ends.astimezone(self.zone)
            ) from None
        except (BudgetStopped, ValueError):  # before anything was written
            raise
        except BaseException:
            self._owe(Ending(name, "released", None))  # in case its commit came through
            raise

    def _take(self, connection: sa.Connection, place: Place, amount: int) -> None:
        values = {"account": place.id, "asked": amount}
        change = ADD
        if place.limit.hard:
            change, values["at_most"] = RESERVE, place.limit.pusd
        if connection.execute(change, values).rowcount:
            return
        self._open(connection, place)
        if not connection.execute(change, values).rowcount:
            raise _NoRoom(place, self.account(connection, place, "refused"))

    def _open(self, connection: sa.Connection, place: Place) -> None:
        """Make the account's row, if nobody has yet, with what may be carried over.

        The period before is locked first, as whoever settles there and here does.
        """
        before = place.before(self.zone) if place.limit.carry_over else None
        earlier = None
        if before is not None:
            found = ACCOUNT.with_for_update()
            earlier = connection.execute(found, {"account": before.id}).first()
        new = self._is_new(connection, ACCOUNTS, id=place.id)
        if not new or before is None or earlier is None:
            return
        left = place.limit.pusd + earlier.carried_pusd - earlier.spent_pusd - earlier.reserved_pusd
        moved = min(max(left, 0), place.limit.carried_pusd)
        for account, by in ((before.id, -moved), (place.id, moved)):
            change = {"carried_pusd": ACCOUNTS.c.carried_pusd + by}
            connection.execute(ACCOUNTS.update().where(ACCOUNTS.c.id == account).values(change))

    # --- Ending -------------------------------------------------------------------------------

    def end(self, ending: Ending, *, again: bool = False) -> Ended:
        """End a reservation, and say how it stands now.

        One that expired can still be settled or released: its holder was slow, not dead. `again`
        says that this was tried before and nobody knows how that ended. Raises BudgetUnavailable;
        then the ending is owed, and tried again with the next transaction. A release while a
        settling is owed is that settling: what was billed is not given back.
        """
        with self._owed_lock:
            owed = self._owed.get(ending.name)
        if owed is not None and (owed.state, ending.state) == ("settled", "released"):
            ending, again = owed, True
        try:
            ended = self._end(ending, again)
        except BaseException:
            self._owe(ending)
            raise
        self._paid(ending)
        return ended

    def _end(self, ending: Ending, again: bool) -> Ended:
        tries = 0

        def work(connection: sa.Connection) -> Ended:
            nonlocal tries
            tries += 1
            row = connection.execute(RESERVED, {"name": ending.name}).first()
            if row is None:  # its `reserve` failed, and so it reserved nothing
                return Ended(ending.state == "released", "released", None)
            late = row.state == "expired" and ending.state in ("settled", "released")
            if row.state != "open" and not late:
                same = (row.state, row.spent_pusd) == (ending.state, ending.spent)
                return Ended(same and (again or tries > 1), row.state, row.spent_pusd)
            change = {"name": ending.name, "becomes": ending.state, "spent": ending.spent}
            connection.execute(END, change)
            held = 0 if late else row.reserved_pusd
            more = (ending.spent or 0) - (row.spent_pusd or 0)
            watched = {place.id: place for place in ending.places}
            notices: list[Account] = []
            for account in json.loads(row.accounts):
                values = {"account": account, "held": held, "more": more}
                booked = connection.execute(BOOK, values).one()
                if account in watched:
                    notices += self._reached(connection, watched[account], booked)
            return Ended(True, ending.state, ending.spent, notices)

        ended = self._transact(work)
        for account in ended.notices:
            self._tell(account)
        return ended

    def expire(self) -> int:
        """Take back the reservations whose lease is over; gives how many there were.

        Many in one transaction, because a service that was killed may leave thousands behind.
        """
        self.pay()
        now = {"now": _microseconds(self.clock())}
        names = self._transact(lambda connection: connection.execute(DUE, now).scalars().all())
        some = [names[start : start + _SOME] for start in range(0, len(names), _SOME)]
        return sum(self._expire(each) for each in some)

    def _expire(self, names: Sequence[str]) -> int:
        tries = 0

        def work(connection: sa.Connection) -> int:
            nonlocal tries
            tries += 1
            rows = connection.execute(THESE, {"names": names}).all()
            due = [row for row in rows if row.state == "open"]
            before = [row for row in rows if row.state == "expired"] if tries > 1 else []
            held: Counter[str] = Counter()
            changes = []
            for row in due:
                spent = row.reserved_pusd if self._charge_expired else None
                changes.append({"name": row.id, "becomes": "expired", "spent": spent})
                held.update(dict.fromkeys(json.loads(row.accounts), row.reserved_pusd))
            if changes:
                connection.execute(END, changes)
            for account in sorted(held, key=order_of):
                more = held[account] if self._charge_expired else 0
                values = {"account": account, "held": held[account], "more": more}
                connection.execute(BOOK, values)
            return len(due) + len(before)

        return self._transact(work)

    # --- What is owed -------------------------------------------------------------------------

    def _owe(self, ending: Ending) -> None:
        with self._owed_lock:
            self._owed[ending.name] = ending

    def _paid(self, ending: Ending) -> None:
        with self._owed_lock:
            self._owed.pop(ending.name, None)

    def pay(self) -> None:
        """Write the endings that the database did not take before; what fails stays owed."""
        with self._owed_lock:
            waiting = list(self._owed.values())
        try:
            for ending in waiting:
                self._end(ending, True)
                self._paid(ending)
        except BudgetUnavailable as error:
            LOG.warning("%d reservations wait to be ended: %s", len(self._owed), error)

    # --- Accounts and notices -----------------------------------------------------------------

    def accounts(self, limits: Iterable[Limit], tags: Mapping[str, str]) -> list[Account]:
        """The accounts that a call with these tags falls under now, the narrowest first."""

        def work(connection: sa.Connection) -> list[Account]:
            branches = _branches(connection, tags.get("run"))
            places = places_of(limits, tags, branches, self.clock(), self.zone)
            return [self.account(connection, place) for place in places]

        return self._transact(work)

    def account(self, connection: sa.Connection, place: Place, why: Why = "") -> Account:
        """An account as its row says, or as it is before anything was reserved there."""
        row = connection.execute(ACCOUNT, {"account": place.id}).first()
        return self._account(place, row, why)

    def _account(self, place: Place, row: sa.Row[tuple[object, ...]] | None, why: Why) -> Account:
        spent = reserved = carried = 0
        if row is not None:
            spent, reserved, carried = row.spent_pusd, row.reserved_pusd, row.carried_pusd
        return Account(
            scope=place.scope,
            period=place.period,
            limit=usd_of(place.limit.pusd + carried),
            spent=usd_of(spent),
            reserved=usd_of(reserved),
            hard=place.limit.hard,
            why=why,
            at=self.clock() if why else None,
            zone=self.zone.key,
        )

    def _reached(
        self, connection: sa.Connection, place: Place, row: sa.Row[tuple[object, ...]]
    ) -> list[Account]:
        """The notice to give now that this row was booked, if any."""
        account = self._account(place, row, "warned")
        line = EXACT.multiply(account.limit, Decimal(str(place.limit.warn_at)))
        told = account.spent >= line and self._first(connection, place, "warned")
        return [account] if told else []

    def _first(self, connection: sa.Connection, place: Place, why: Why) -> bool:
        """Whether nobody has given this notice in this period; from now on somebody has."""
        return self._is_new(connection, NOTICES, account=place.id, why=why)

    def _tell_refusal(self, refused: _NoRoom) -> None:
        try:
            first = self._transact(
                lambda connection: self._first(connection, refused.place, "refused")
            )
        except BudgetUnavailable as error:
            LOG.warning("whether %s was told is not known: %s", refused.place.scope, error)
            return
        if first:
            self._tell(refused.account)

    def _tell(self, account: Account) -> None:
        if getattr(self._here, "aside", False):
            self._lanes.submit(_NOTICES_LANE, lambda: self._notice(account))
        else:
            self._notice(account)

    def _notice(self, account: Account) -> None:
        try:
            self._notify(account)
        except Exception:  # somebody else's code: it must not undo what was booked
            LOG.exception("the notice %r could not be delivered", str(account))

    # --- Runs and stops -----------------------------------------------------------------------

    def open_run(self, run: Branch) -> Branch:
        """Note a run once and for all, and give it as it is known.

        Asked with neither parent nor cap, it only looks. Raises ValueError for a run that is known
        as something else, and for one inside itself.
        """

        def work(connection: sa.Connection) -> Branch:
            above = _branches(connection, run.parent)
            if run.run in [each.run for each in above] or len(above) >= _DEEPEST:
                names = " in ".join(each.run for each in above)
                raise ValueError(
                    f"run {run.run} cannot be part of {names}: runs nest without circles, and no "
                    f"deeper than {_DEEPEST}"
                )
            values = {"run": run.run, "parent": run.parent, "cap_pusd": run.cap_pusd}
            if self._is_new(connection, RUNS, **values):
                return run
            known = _branches(connection, run.run)[0]
            if run not in (known, Branch(run.run)):
                raise ValueError(
                    f"run {run.run} is known as {_described(known)}, and now as "
                    f"{_described(run)}: open it as it was, or give the new one another name"
                )
            return known

        return self._transact(work)

    def stop(self, tags: Mapping[str, str], why: str) -> None:
        """Refuse calls with these tags; one statement, so that a renewal leaves no gap."""
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        row = dialect.insert(STOPS).values(tags=as_json(tags), reason=why)
        change = row.on_conflict_do_update(index_elements=["tags"], set_={"reason": why})
        self._transact(lambda connection: connection.execute(change).rowcount)

    def resume(self, tags: Mapping[str, str]) -> None:
        """Take back a stop."""
        gone = STOPS.delete().where(STOPS.c.tags == as_json(tags))
        self._transact(lambda connection: connection.execute(gone).rowcount)

    # --- Aside --------------------------------------------------------------------------------

    def aside(self, lane: str, work: Callable[[], T]) -> Future[T]:
        """Do the work in a thread, after what was given before for this lane.

        Its notices are told in a lane of theirs: a message that does not arrive holds up nobody.
        """

        def marked() -> T:
            self._here.aside = True
            try:
                return work()
            finally:
                self._here.aside = False

        return self._lanes.submit(lane, marked)

    def close(self) -> None:
        """End what is under way, tell what came of it, and close the connections."""
        self._lanes.wait()
        self._lanes.wait()  # for the notices of that
        self.pay()
        self.engine.dispose()

    # --- Inside -------------------------------------------------------------------------------

    def _transact(self, work: Callable[[sa.Connection], T]) -> T:
        if getattr(self._here, "at_work", False):
            # It would wait for what its own thread has locked.
            raise BudgetUnavailable(
                "a block was ended, by the garbage collector it seems, in the middle of a "
                "transaction of its own budget and thread: it is booked with the next one"
            )
        self._here.at_work = True
        try:
            return transact(self.engine, work)
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            raise BudgetUnavailable(
                f"the budget's database does not answer ({reason(error, self.engine.url)})"
            ) from error
        finally:
            self._here.at_work = False

    def _is_new(self, connection: sa.Connection, table: sa.Table, **values: object) -> bool:
        """Insert a row unless it is there; True if it was not."""
        new = NEW[self.engine.dialect.name][table]
        return connection.execute(new, values).first() is not None


_OPEN: WeakSet[Books] = WeakSet()


@atexit.register
def _before_python_ends() -> None:
    """What a signal interrupted is booked all the same, if the database takes it now."""
    for books in list(_OPEN):
        books.pay()


class _NoRoom(Exception):
    """Undoes a transaction that found an account full."""

    def __init__(self, place: Place, account: Account) -> None:
        super().__init__(place.id)
        self.place, self.account = place, account


def _branches(connection: sa.Connection, run: str | None) -> list[Branch]:
    """A run and those that it is part of, the innermost first; an unknown run is part of none."""
    found: list[Branch] = []
    while run is not None and len(found) <= _DEEPEST:
        row = connection.execute(RUN, {"name": run}).first()
        found.append(Branch(run) if row is None else Branch(row.run, row.parent, row.cap_pusd))
        run = found[-1].parent
    return found


def _check_stops(
    connection: sa.Connection, tags: Mapping[str, str], branches: Sequence[Branch]
) -> None:
    for stopped, why in connection.execute(STOPPED).all():
        wanted = json.loads(stopped)
        if any(wanted.items() <= view.items() for view in views_of(tags, branches)):
            raise BudgetStopped(f"stopped for {scope_of(wanted)}: {why}")


def _described(branch: Branch) -> str:
    cap = "" if branch.cap_pusd is None else f", capped at ${usd_of(branch.cap_pusd).normalize():f}"
    place = f"part of {branch.parent}" if branch.parent else "a run of its own"
    return f"{place}{cap}"


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)
