"""The books of a budget: three tables, and the UPDATE that checks and reserves at once.

Amounts are whole pico-dollars (1e-12 USD) in BIGINT: an account holds up to 9.2 million USD.
`costlib.budgets.budget` keeps these books. Taught in lesson 5.
"""

from __future__ import annotations

import sqlalchemy as sa

TABLES = sa.MetaData()
ACCOUNTS = sa.Table(
    "budget_accounts",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),  # limit, scope and period
    sa.Column("spent_pusd", sa.BigInteger, nullable=False, default=0),
    sa.Column("reserved_pusd", sa.BigInteger, nullable=False, default=0),
    sa.Column("carried_pusd", sa.BigInteger, nullable=False, default=0),  # in, or out if below 0
    sa.Column("noticed", sa.Boolean, nullable=False, default=False),
)
RESERVATIONS = sa.Table(
    "budget_reservations",
    TABLES,
    sa.Column("id", sa.String, primary_key=True),
    sa.Column("accounts", sa.String, nullable=False),  # their ids, a JSON list
    sa.Column("reserved_pusd", sa.BigInteger, nullable=False),
    sa.Column("spent_pusd", sa.BigInteger),
    sa.Column("state", sa.String, nullable=False),  # open, settled, released, expired
    sa.Column("expires", sa.BigInteger, nullable=False),  # microseconds since 1970
    sa.Index("budget_open_reservations", "state", "expires"),
)
STOPS = sa.Table(
    "budget_stops",
    TABLES,
    sa.Column("tags", sa.String, primary_key=True),  # JSON
    sa.Column("reason", sa.String, nullable=False),
)

_LEFT = ACCOUNTS.c.carried_pusd - ACCOUNTS.c.spent_pusd - ACCOUNTS.c.reserved_pusd
ADD = (
    ACCOUNTS.update()
    .where(ACCOUNTS.c.id == sa.bindparam("account"))
    .values(reserved_pusd=ACCOUNTS.c.reserved_pusd + sa.bindparam("asked"))
)
# The heart of it: check and reserve in one statement, which the database runs on a row for one
# transaction at a time. No row changed: there was no room.
RESERVE = ADD.where(sa.bindparam("asked") <= sa.bindparam("at_most") + _LEFT)
BOOK = (
    ACCOUNTS.update()
    .where(ACCOUNTS.c.id == sa.bindparam("account"))
    .values(
        reserved_pusd=ACCOUNTS.c.reserved_pusd - sa.bindparam("held"),
        spent_pusd=ACCOUNTS.c.spent_pusd + sa.bindparam("more"),
    )
    .returning(ACCOUNTS)
)
