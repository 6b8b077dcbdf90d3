"""A budget against the simplest model that could be true, on SQLite and PostgreSQL.

The model is a dictionary behind one lock. Both see the same calls, clocks, restarts, kills and
databases that fail before a commit or after it; after each step their accounts must be equal.
"""

from __future__ import annotations

import copy
import sqlite3
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal

import sqlalchemy as sa
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from costlib.budgets import Budget, BudgetExceeded, BudgetUnavailable, Limit
from costlib.tracking import database

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LEASE = timedelta(minutes=10)
# What each limit is by, its USD, whether it is hard, its share to carry over; all but one daily.
LIMITS = {
    "all": ((), Decimal(2), True, Decimal("0.5")),
    "user": (("user",), Decimal("0.60"), True, Decimal(0)),
    "soft": (("user",), Decimal("0.30"), False, Decimal("0.5")),
    "run": (("run",), Decimal("0.90"), True, Decimal(0)),
}
PERIODS = {"all": "day", "user": "ever", "soft": "day", "run": "ever"}
PARENTS = {"r1": None, "r2": "r1", "r3": "r2"}
CAPS = {"r2": Decimal("0.50")}
# How often the next commits fail, and whether they fail after all (the answer is lost).
_BAD = [(1, False), (2, True), (24, False), (24, True)]
BAD, FAULTS = st.sampled_from(_BAD), st.sampled_from([(0, False)] * 3 + _BAD)
SMALL = st.integers(0, 9).map(lambda cents: Decimal(cents) / 100)
USD = st.integers(0, 60).map(lambda cents: Decimal(cents) / 100)


@dataclass
class Books:
    """The model: spent, reserved and carried of each account."""

    spent: dict = field(default_factory=dict)
    reserved: dict = field(default_factory=dict)
    carried: dict = field(default_factory=dict)

    def left(self, account):
        name = account[0]
        limit = min(LIMITS[name][1], CAPS.get(account[1], 9)) if name == "run" else LIMITS[name][1]
        return limit + self.carried[account] - self.spent[account] - self.reserved[account]

    def open(self, account):
        if account in self.spent:
            return
        self.spent[account] = self.reserved[account] = self.carried[account] = Decimal(0)
        name, scope, day = account
        before = (name, scope, day - timedelta(days=1)) if day else None
        share = LIMITS[name][3]
        if share and before in self.spent:
            moved = min(max(self.left(before), Decimal(0)), LIMITS[name][1] * share)
            self.carried[before] -= moved
            self.carried[account] += moved

    def reserve(self, accounts, usd):
        """Whether there was room; if not, nothing has changed."""
        tried = copy.deepcopy(self)
        for account in accounts:
            tried.open(account)
            if LIMITS[account[0]][2] and tried.left(account) < usd:
                return False
            tried.reserved[account] += usd
        self.__dict__ = tried.__dict__
        return True


def accounts_of(user, run, now):
    day = now.date()
    names = [("all", "", day), ("user", user, None), ("soft", user, day)]
    while run is not None:
        names.append(("run", run, None))
        run = PARENTS[run]
    return names


class Faults:
    """Makes the database fail so often, before a commit or after it."""

    def __init__(self, engine):
        self.left, self.after = 0, False
        commit = engine.dialect.do_commit

        def failing(connection):
            if self.left and self.after:
                commit(connection)
            if self.left:
                self.left -= 1
                error = sqlite3.OperationalError("database is locked")
                error.sqlite_errorcode = sqlite3.SQLITE_BUSY
                raise error if engine.dialect.name == "sqlite" else _deadlock()
            commit(connection)

        engine.dialect.do_commit = failing


def _deadlock():
    import psycopg

    return psycopg.errors.DeadlockDetected("deadlock detected")


class BudgetAndModel(RuleBasedStateMachine):
    held = Bundle("held")
    url: str

    @initialize(charge=st.booleans())
    def open_it(self, charge):
        self.now, self.charge = NOON, charge
        self.model, self.open, self.beyond = Books(), {}, Decimal(0)
        engine = sa.create_engine(self.url)
        with engine.begin() as connection:
            for table in sa.inspect(engine).get_table_names():
                connection.execute(sa.text(f"DELETE FROM {table}"))
        engine.dispose()
        self.start()

    def start(self):
        limits = [
            Limit(usd, PERIODS[name], by=by, hard=hard, carry_over=float(share))
            for name, (by, usd, hard, share) in LIMITS.items()
        ]
        self.budget = Budget(
            self.url, limits, clock=lambda: self.now, lease=LEASE, charge_expired=self.charge
        )
        for run, parent in PARENTS.items():
            self.budget.run(run, parent=parent, cap=CAPS.get(run))
        self.faults = Faults(self.budget._books.engine)

    # --- What callers do --------------------------------------------------------------------

    @rule(
        target=held,
        usd=USD,
        user=st.sampled_from("ab"),
        run=st.sampled_from(list(PARENTS)),
        faults=FAULTS,
    )
    def reserve(self, usd, user, run, faults):
        accounts = accounts_of(user, run, self.now)
        self.faults.left, self.faults.after = faults
        try:
            reservation = self.budget.reserve(usd, user=user, run=run)
        except BudgetUnavailable:
            assert faults[0] >= database.ATTEMPTS
            if faults[1] and self.model.reserve(accounts, usd):  # and was given back at once
                for account in accounts:
                    self.model.reserved[account] -= usd
            return None
        except BudgetExceeded:
            assert not copy.deepcopy(self.model).reserve(accounts, usd)
            return None
        finally:
            self.faults.left = 0
        assert self.model.reserve(accounts, usd)
        self.open[reservation.id] = accounts, usd, self.now + LEASE
        return reservation, accounts

    @rule(item=consumes(held), cost=USD, faults=FAULTS, gives_up=st.booleans())
    def settle(self, item, cost, faults, gives_up):
        if item is None:
            return
        reservation, accounts = item
        self.faults.left, self.faults.after = faults
        try:
            reservation.settle(cost)
        except BudgetUnavailable:
            self.faults.left = 0
            if gives_up:
                reservation.release()  # as in `except Exception`; it was billed all the same
            else:
                reservation.settle(cost)  # repeated until it is committed
        self.faults.left = 0
        assert reservation.state == "settled"
        self.ended(reservation, accounts, cost)
        reservation.release()  # nobody gives back what was billed
        assert reservation.state == "settled"

    @rule(item=consumes(held), faults=FAULTS)
    def release(self, item, faults):
        if item is not None:
            self.faults.left, self.faults.after = faults
            with suppress(BudgetUnavailable):  # it is owed, and written by the next call
                item[0].release()
            self.faults.left = 0
            self.ended(*item, Decimal(0))

    @rule(item=consumes(held), faults=FAULTS)
    def leave_a_block_with_an_error(self, item, faults):
        if item is not None:
            self.faults.left, self.faults.after = faults
            with suppress(ZeroDivisionError), item[0]:
                raise ZeroDivisionError
            self.faults.left = 0
            self.ended(*item, item[0].usd)

    @rule(
        usd=USD,
        cost=USD,
        user=st.sampled_from("ab"),
        run=st.sampled_from(list(PARENTS)),
        settles=st.booleans(),
        faults=FAULTS,
    )
    def end_late(self, usd, cost, user, run, settles, faults):
        """Its holder was slow: the lease was over, and the money taken back, before it ended."""
        item = self.reserve(usd=usd, user=user, run=run, faults=(0, False))
        self.time_passes(minutes=LEASE.seconds // 60)
        self.books_agree()
        if settles:
            self.settle(item=item, cost=cost, faults=faults, gives_up=False)
        else:
            self.release(item=item, faults=faults)
        self.books_agree()

    @rule(
        usd=SMALL,
        cost=SMALL,
        user=st.sampled_from("ab"),
        faults=BAD,
        how=st.sampled_from(["settle", "give up", "release", "leave"]),
    )
    def a_call_ends_badly(self, usd, cost, user, faults, how):
        item = self.reserve(usd=usd, user=user, run="r1", faults=(0, False))
        if how == "release":
            self.release(item=item, faults=faults)
        elif how == "leave":
            self.leave_a_block_with_an_error(item=item, faults=faults)
        else:
            self.settle(item=item, cost=cost, faults=faults, gives_up=how == "give up")

    def ended(self, reservation, accounts, cost):
        _, held, _ = self.open.pop(reservation.id, (None, Decimal(0), None))
        late = not held and reservation.id in self.expired
        charged = reservation.usd if late and self.charge else Decimal(0)
        for account in accounts:
            self.model.reserved[account] -= held
            self.model.spent[account] += cost - charged
        # What may go beyond a limit: more than was reserved, or a return after the lease.
        self.beyond += max(cost - held, 0)

    # --- What the world does ----------------------------------------------------------------

    expired: frozenset = frozenset()

    @rule(minutes=st.sampled_from([1, 3, 8, 1440]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)
        for name, (accounts, usd, until) in list(self.open.items()):
            if until <= self.now:
                self.expired |= {name}
                del self.open[name]
                for account in accounts:
                    self.model.reserved[account] -= usd
                    self.model.spent[account] += usd if self.charge else 0

    @rule(first=USD, second=USD, user=st.sampled_from("ab"), run=st.sampled_from(list(PARENTS)))
    def a_day_ends_between_two_calls(self, first, second, user, run):
        """The first is under way when the day ends: what it holds does not come over."""
        evening = datetime.combine(self.now.date(), time(23, 55), UTC)
        self.time_passes(minutes=max(0, (evening - self.now) // timedelta(minutes=1)))
        self.books_agree()
        self.reserve(usd=first, user=user, run=run, faults=(0, False))
        self.time_passes(minutes=8)
        self.reserve(usd=second, user=user, run=run, faults=(0, False))
        self.books_agree()
        self.now -= timedelta(days=1)
        self.books_agree()  # what was carried over is no longer there
        self.now += timedelta(days=1)

    @rule()
    def the_process_starts_again(self):
        self.budget.close()
        self.start()

    @invariant()
    def books_agree(self):
        if not hasattr(self, "budget"):
            return
        for user in "ab":
            self.accounts_agree(user)

    def accounts_agree(self, user):
        found = {}
        for each in self.budget.accounts(user=user, run="r3"):
            kind = "all" if each.scope == "everything" else each.scope.split()[0]
            kind = kind if each.hard else "soft"
            found[kind, each.scope.split()[-1] if kind != "all" else ""] = each
        for account in accounts_of(user, "r3", self.now):
            each, m = found[account[:2]], self.model
            assert each.spent == m.spent.get(account, 0)
            assert each.reserved == m.reserved.get(account, 0)
            if account in m.spent:
                assert each.limit - each.spent - each.reserved == m.left(account)
            if each.hard:
                assert each.spent + each.reserved <= each.limit + self.beyond

    def teardown(self):
        if hasattr(self, "budget"):
            self.now += timedelta(days=1)
            for user in "ab":
                assert all(a.reserved == 0 for a in self.budget.accounts(user=user, run="r3"))
            self.budget.close()


def test_the_budget_is_as_its_model_says(database_url, monkeypatch):
    monkeypatch.setattr(database, "FIRST_WAIT", 0)
    kind = type("BudgetOnIt", (BudgetAndModel,), {"url": database_url})
    run_state_machine_as_test(kind, settings=settings(max_examples=20, stateful_step_count=20))
