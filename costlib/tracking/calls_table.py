"""The table of calls in a database: the columns of calls.py as SQL, the same in SQLite and
PostgreSQL. It stands apart, so that a row is read and priced without a database's library. Units
and meaning are those of calls.py. Lesson 4 uses it through `costlib.tracking.ledger`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import sqlalchemy as sa

from costlib.tracking.calls import TYPES


class _Utc(sa.types.TypeDecorator[datetime]):
    """An aware datetime, kept in UTC without its zone: SQL is the same on both databases."""

    impl = sa.DateTime
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.astimezone(UTC).replace(tzinfo=None)

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        return None if value is None else value.replace(tzinfo=UTC)


_SQL: dict[type, Any] = {
    datetime: _Utc,
    str: sa.Text,
    int: sa.BigInteger,
    float: sa.Double,
    date: sa.Date,
    bool: sa.Boolean,
}
_NONE_YET: dict[type, Any] = {str: "", int: "0", float: "0", bool: sa.false()}
"""What a column holds of a row that does not say it."""
_DEFAULTS: dict[str, Any] = {"status": "ok", "tier": "standard"}
_NULL = ("cost_pusd", "rate_valid_from", "latency")  # unknown, which is not 0


def _column(name: str, holds: type) -> sa.Column[Any]:
    if name == "id":
        # BIGSERIAL in PostgreSQL; only INTEGER numbers rows by itself in SQLite
        return sa.Column(name, sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    kind = sa.Integer if name == "attempt" else _SQL[holds]
    if name in _NULL:
        return sa.Column(name, kind)
    default = _DEFAULTS.get(name, _NONE_YET.get(holds))
    return sa.Column(name, kind, nullable=False, server_default=default)


CALLS = sa.Table("calls", sa.MetaData(), *(_column(*each) for each in TYPES.items()))
_BY_TIME = sa.Index("calls_time", CALLS.c.time)
IMPORTED = sa.text("call_id LIKE '%:%'")
"""The rows that came from a file: their `call_id` begins with what wrote it, such as "codex:"."""
ONCE = sa.Index(
    "calls_once",
    CALLS.c.call_id,
    unique=True,
    sqlite_where=IMPORTED,
    postgresql_where=IMPORTED,
)
"""A call of a file is one row, however many processes import that file at once."""
