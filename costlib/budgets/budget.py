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

import json
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from costlib.budgets.accounts import ACCOUNTS, ADD, BOOK, RESERVATIONS, RESERVE, STOPS, TABLES
from costlib.budgets.limits import (
    Account,
    BudgetExceeded,
    BudgetStopped,
    Limit,
    picodollars,
    usd_of,
)
from costlib.display.amounts import money
from costlib.tracking.database import make_tables, open_database
from costlib.tracking.periods import Period, find_zone, period_before, period_of

__all__ = ["Account", "Budget", "BudgetExceeded", "BudgetStopped", "Limit", "Reservation"]


@dataclass(frozen=True)
class _Place:
    """Where a call's money is counted: one limit, one scope, one period."""

    limit: Limit
    scope: str
    period: Period
    id: str


class Budget:
    """Limits on one database, shared by every thread, process and machine that opens it.

    `clock` gives an aware datetime, now in UTC by default; calendar periods begin by `zone`.
    `notify` is called with an `Account` when it first reaches its `warn_at`. A reservation comes
    back when it was neither settled nor released within `lease`, because its holder died; the
    default outlasts three attempts of ten minutes, which both SDKs allow. `charge_expired=True`
    counts it as spent instead: the vendor may have billed a call whose caller died.
    """

    def __init__(
        self,
        url: str,
        limits: Iterable[Limit],
        *,
        zone: str = "UTC",
        clock: Callable[[], datetime] | None = None,
        notify: Callable[[Account], object] | None = None,
        lease: timedelta = timedelta(hours=1),
        charge_expired: bool = False,
    ) -> None:
        self.limits = tuple(limits)
        if len({limit.rule for limit in self.limits}) < len(self.limits):
            raise ValueError("two limits have the same period, by and where: keep one of them")
        if lease <= timedelta(0):
            raise ValueError(f"lease={lease} is over before it begins: give a positive time")
        self.zone, self.lease, self.charge_expired = find_zone(zone), lease, charge_expired
        self._clock = clock or (lambda: datetime.now(UTC))
        self._notify = notify or (lambda account: None)
        self._engine = open_database(url, write_first=True)
        make_tables(self._engine, TABLES)

    def reserve(self, usd: Any, **tags: str) -> Reservation:
        """Set aside the most that a call may cost, under every limit that its tags fall under.

        Raises `BudgetExceeded` when a hard limit has no room, `BudgetStopped` after `stop`,
        ValueError for an amount below 0, or when a limit is `by` a tag that the call lacks.
        """
        amount = picodollars(usd)
        now = self._clock()
        places = self._places(tags, now)
        expires = _microseconds(now + self.lease)
        try:
            name = self._reserve(places, amount, tags, expires)
        except BudgetExceeded:
            if not self.expire():
                raise
            name = self._reserve(places, amount, tags, expires)  # somebody's death made room
        return Reservation(self, name, places, amount)

    def expire(self) -> int:
        """Take back the reservations whose lease is over, and say how many there were.

        `reserve` does so by itself when it finds no room, `accounts` before it reports.
        """
        due = sa.select(RESERVATIONS.c.id).where(
            RESERVATIONS.c.state == "open", RESERVATIONS.c.expires <= _microseconds(self._clock())
        )
        with self._engine.connect() as connection:
            names = connection.execute(due).scalars().all()
        return sum(self._close(name, "expired", None) for name in names)

    def accounts(self, **tags: str) -> list[Account]:
        """Today's accounts that a call with these tags falls under, the narrowest first."""
        self.expire()
        with self._engine.connect() as connection:
            return [self._account(connection, place) for place in self._places(tags, self._clock())]

    def stop(self, reason: str, **tags: str) -> None:
        """The kill switch: refuse every call that has these tags (none: every call) from now on.

        Calls that are under way end, and are settled. It holds until `resume`.
        """
        self.resume(**tags)
        with self._engine.begin() as connection:
            connection.execute(STOPS.insert().values(tags=_json(tags), reason=reason))

    def resume(self, **tags: str) -> None:
        """Take back the `stop` for exactly these tags."""
        with self._engine.begin() as connection:
            connection.execute(STOPS.delete().where(STOPS.c.tags == _json(tags)))

    def close(self) -> None:
        """Close the connections to the database."""
        self._engine.dispose()

    # --- Inside ---

    def _places(self, tags: Mapping[str, str], now: datetime) -> tuple[_Place, ...]:
        """In an order that is the same for everybody, or two calls could wait for each other."""
        places = []
        for limit in self.limits:
            if any(tags.get(name) != value for name, value in limit.where.items()):
                continue
            if missing := [name for name in limit.by if not tags.get(name)]:
                raise ValueError(
                    f"the call has no {missing[0]}, and a limit is by {missing[0]}: reserve with "
                    f"{missing[0]}=…"
                )
            scope = {name: tags[name] for name in (*limit.by, *limit.where)}
            named = " in ".join(f"{name} {value}" for name, value in scope.items()) or "everything"
            period = period_of(now, limit.period, self.zone)
            place = _Place(limit, named, period, f"{_starts(period)} {limit.rule} {_json(scope)}")
            places.append((-len(scope), place.id, place))
        return tuple(place for _, _, place in sorted(places, key=lambda found: found[:2]))

    def _open(self, connection: sa.Connection, place: _Place) -> None:
        """Make the account's row, if nobody has yet, with what may be carried over."""
        make = postgresql if self._engine.dialect.name == "postgresql" else sqlite
        row = make.insert(ACCOUNTS).values(id=place.id).on_conflict_do_nothing()
        if connection.execute(row).rowcount and place.limit.carry_over:
            self._carry(connection, place)

    def _carry(self, connection: sa.Connection, place: _Place) -> None:
        """Move what the period before left, out of its account and into this one."""
        before = period_before(place.period, self.zone)
        if before is None:
            return
        a, limit = ACCOUNTS.c, place.limit
        earlier = a.id == _starts(before) + place.id.removeprefix(_starts(place.period))
        row = connection.execute(sa.select(ACCOUNTS).where(earlier).with_for_update()).first()
        if row is None:
            return
        unused = limit.pusd + row.carried_pusd - row.spent_pusd - row.reserved_pusd
        moved = min(max(unused, 0), int(limit.pusd * Decimal(str(limit.carry_over))))
        for which, by in ((earlier, -moved), (a.id == place.id, moved)):
            change = {"carried_pusd": a.carried_pusd + by}
            connection.execute(ACCOUNTS.update().where(which).values(change))

    def _reserve(
        self, places: tuple[_Place, ...], amount: int, tags: Mapping[str, str], expires: int
    ) -> str:
        with self._engine.begin() as connection:  # an exception inside undoes all of it
            for stopped, reason in connection.execute(sa.select(STOPS)).all():
                if json.loads(stopped).items() <= tags.items():
                    raise BudgetStopped(f"stopped for {stopped}: {reason}")
            name = uuid.uuid4().hex
            row = {"id": name, "reserved_pusd": amount, "state": "open", "expires": expires}
            row["accounts"] = json.dumps([place.id for place in places])
            connection.execute(RESERVATIONS.insert(), row)
            # The accounts come last, the widest at the very end: theirs are the rows that others
            # wait for, and they wait until this transaction ends.
            for place in places:
                values = {"account": place.id, "asked": amount}
                change = ADD
                if place.limit.hard:
                    change, values["at_most"] = RESERVE, place.limit.pusd
                if connection.execute(change, values).rowcount:
                    continue
                self._open(connection, place)
                if not connection.execute(change, values).rowcount:
                    end = place.period.end
                    raise BudgetExceeded(
                        self._account(connection, place),
                        usd_of(amount),
                        end and end.astimezone(self.zone),
                    )
        return name

    def _close(
        self, name: str, state: str, spent: int | None, places: Iterable[_Place] = ()
    ) -> bool:
        """End a reservation: True if this did it, False if somebody had ended it before.

        One that expired can still be settled: its holder was slow, not dead. Its money had come
        back, and is spent after all.
        """
        r = RESERVATIONS.c
        if state == "expired" and self.charge_expired:
            spent = r.reserved_pusd
        end = RESERVATIONS.update().where(r.id == name).values(state=state, spent_pusd=spent)
        notices = []
        with self._engine.begin() as connection:
            row = connection.execute(end.where(r.state == "open").returning(RESERVATIONS)).first()
            if row is not None:
                held, more = row.reserved_pusd, row.spent_pusd or 0
            else:
                expired = sa.select(RESERVATIONS).where(r.id == name, r.state == "expired")
                row = connection.execute(expired.with_for_update()).first()
                if row is None or state != "settled":
                    return False
                connection.execute(end)
                held, more = 0, spent - (row.spent_pusd or 0)
            watched = {place.id: place for place in places}
            for account in json.loads(row.accounts):
                notices += self._post(connection, account, held, more, watched.get(account))
        for account in notices:
            self._notify(account)
        return True

    def _post(
        self, connection: sa.Connection, account: str, held: int, spent: int, place: _Place | None
    ) -> list[Account]:
        """Take what was held out of an account and book what was spent; the notice to give, if any.

        The row is ours until the transaction ends, so that each notice is given once.
        """
        values = {"account": account, "held": held, "more": spent}
        row = connection.execute(BOOK, values).one()
        if place is None or row.noticed:
            return []
        found = _account(place, row)
        if found.spent < found.limit * Decimal(str(place.limit.warn_at)):
            return []
        mine = ACCOUNTS.update().where(ACCOUNTS.c.id == account)
        connection.execute(mine.values(noticed=True))
        return [found]

    def _account(self, connection: sa.Connection, place: _Place) -> Account:
        found = sa.select(ACCOUNTS).where(ACCOUNTS.c.id == place.id)
        return _account(place, connection.execute(found).first())


class Reservation:
    """Money set aside for one call. `usd` is how much; `overrun` what settling took beyond it.

    As a context manager it ends with the block: an error that says that nothing was billed gives
    the money back; where it is not known (a time-out, a lost connection, an interrupted cell, a
    block that forgot to settle) all of it counts as spent, which is the safe side.
    """

    def __init__(self, budget: Budget, name: str, places: tuple[_Place, ...], amount: int) -> None:
        self.id, self.usd, self.overrun = name, usd_of(amount), Decimal(0)
        self._budget, self._places, self._ended = budget, places, False

    def settle(self, cost: Any) -> None:
        """Replace the reservation by what the call did cost (a `Cost`, or USD).

        The rest is free again at once. More than was reserved is booked all the same, because the
        vendor bills it: `overrun` says how much, the account may end above its limit, and what
        comes next is refused. So it is after the lease is over. Spending counts in the period in
        which it was reserved. Raises ValueError when the reservation was ended already.
        """
        spent = picodollars(cost)
        ended, self._ended = self._ended, True
        if ended or not self._budget._close(self.id, "settled", spent, self._places):
            raise ValueError("this reservation was settled or released before: reserve anew")
        self.overrun = max(usd_of(spent) - self.usd, Decimal(0))

    def release(self) -> None:
        """Give all of it back, for a call that was not made or not billed."""
        self._ended = True
        self._budget._close(self.id, "released", None)

    def __enter__(self) -> Reservation:
        return self

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if self._ended:
            return
        if error is not None and not _maybe_billed(error):
            self.release()
        else:
            self.settle(self.usd)

    def __repr__(self) -> str:
        scopes = ", ".join(place.scope for place in self._places)
        return f"<{money(self.usd)} reserved for {scopes}>"


def _maybe_billed(error: BaseException) -> bool:
    """Whether a call that ended so may have been served: nobody heard the answer."""
    if not isinstance(error, Exception):
        return True  # KeyboardInterrupt, a cancelled task
    names = {kind.__name__ for kind in type(error).__mro__}  # APITimeoutError is one of these
    return bool(names & {"APIConnectionError", "TimeoutError", "ConnectionError"})


def _account(place: _Place, row: Any) -> Account:
    """The account of a place, from its row (None: nothing was reserved there yet)."""
    spent, reserved, carried = row[1:4] if row is not None else (0, 0, 0)
    amounts = map(usd_of, (place.limit.pusd + carried, spent, reserved))
    return Account(place.scope, place.period, *amounts, hard=place.limit.hard)


def _microseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1_000_000)


def _starts(period: Period) -> str:
    return period.start.isoformat() if period.start else "ever"


def _json(tags: Mapping[str, str]) -> str:
    return json.dumps(dict(sorted(tags.items())))
