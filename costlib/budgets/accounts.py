"""The books of a budget: its tables, and the UPDATE that checks and reserves at once.

Amounts are whole pico-dollars (1e-12 USD) in BIGINT: an account holds up to 9 million USD.
`costlib.budgets.books` keeps them. Taught in lesson 5.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from costlib.budgets.limits import MOST_USD

TABLES = sa.MetaData()
ACCOUNTS = sa.Table(
    "budget_accounts",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),  # limit, scope and period
    sa.Column("spent_pusd", sa.BigInteger, nullable=False, default=0),
    sa.Column("reserved_pusd", sa.BigInteger, nullable=False, default=0),
    sa.Column("carried_pusd", sa.BigInteger, nullable=False, default=0),  # in, or out if below 0
)
RESERVATIONS = sa.Table(
    "budget_reservations",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("accounts", sa.String, nullable=False),  # their ids, a JSON list in locking order
    sa.Column("reserved_pusd", sa.BigInteger, nullable=False),
    sa.Column("spent_pusd", sa.BigInteger),
    sa.Column("state", sa.String, nullable=False),  # open, settled, released, expired
    sa.Column("expires", sa.BigInteger, nullable=False),  # microseconds since 1970
    sa.Index("budget_open_reservations", "state", "expires"),
)
NOTICES = sa.Table(
    "budget_notices",
    TABLES,
    sa.Column("account", sa.String, primary_key=True),
    sa.Column("why", sa.String, primary_key=True),  # warned, refused
)
RUNS = sa.Table(
    "budget_runs",
    TABLES,
    sa.Column("run", sa.String, primary_key=True),
    sa.Column("parent", sa.String),
    sa.Column("cap_pusd", sa.BigInteger),
)
STOPS = sa.Table(
    "budget_stops",
    TABLES,
    sa.Column("tags", sa.String, primary_key=True),  # JSON
    sa.Column("reason", sa.String, nullable=False),
)
SETTINGS = sa.Table(
    "budget_settings",
    TABLES,
    sa.Column("name", sa.String, primary_key=True),  # zone, limits
    sa.Column("value", sa.String, nullable=False),
)

FULL = MOST_USD * 10**12
"""No account goes beyond this: a soft limit stops here too, because 64 bits end soon after."""

_A = ACCOUNTS.c
_LEFT = _A.carried_pusd - _A.spent_pusd - _A.reserved_pusd
_ASK = (
    ACCOUNTS.update()
    .where(_A.id == sa.bindparam("account"))
    .values(reserved_pusd=_A.reserved_pusd + sa.bindparam("asked"))
)
# The heart of it: check and reserve in one statement, which the database runs on a row for one
# transaction at a time. No row changed: there was no room.
RESERVE = _ASK.where(sa.bindparam("asked") <= sa.bindparam("at_most") + _LEFT)
# A soft limit has room as long as its account can count.
ADD = _ASK.where(sa.bindparam("asked") <= FULL - _A.spent_pusd - _A.reserved_pusd)
# What was spent is booked whatever the limit says; a full account stays full.
BOOK = (
    ACCOUNTS.update()
    .where(_A.id == sa.bindparam("account"))
    .values(
        reserved_pusd=_A.reserved_pusd - sa.bindparam("held"),
        spent_pusd=sa.case(
            (sa.bindparam("more") > FULL - _A.spent_pusd, FULL),
            else_=_A.spent_pusd + sa.bindparam("more"),
        ),
    )
    .returning(ACCOUNTS)
)
# What every call executes is made once: to make a statement takes longer than to execute it.
_R = RESERVATIONS.c
RESERVED = sa.select(RESERVATIONS).where(_R.id == sa.bindparam("name")).with_for_update()
END = (
    RESERVATIONS.update()
    .where(_R.id == sa.bindparam("name"))
    .values(state=sa.bindparam("becomes"), spent_pusd=sa.bindparam("spent"))
)
DUE = sa.select(_R.id).where(_R.state == "open", _R.expires <= sa.bindparam("now")).order_by(_R.id)
THESE = (
    sa.select(RESERVATIONS)
    .where(_R.id.in_(sa.bindparam("names", expanding=True)))
    .order_by(_R.id)  # the order in which all who expire lock them
    .with_for_update()
)
ACCOUNT = sa.select(ACCOUNTS).where(_A.id == sa.bindparam("account"))
RUN = sa.select(RUNS).where(RUNS.c.run == sa.bindparam("name"))
STOPPED = sa.select(STOPS)
NEW = {
    dialect.dialect.name: {
        table: dialect.insert(table).on_conflict_do_nothing().returning(*table.primary_key)
        for table in TABLES.sorted_tables
    }
    for dialect in (postgresql, sqlite)
}
"""For each dialect and table the insert of a row, unless it is there."""
