"""Opens a database that many threads and processes may write to at once: SQLite or PostgreSQL.

SQLite needs three things said for that: a transaction takes the write lock when it begins and not
at its first write (two that both read first could each wait for the other), whoever finds it taken
waits, and readers do not block the writer (write-ahead log). PostgreSQL needs nothing. Lesson 5
uses it for a budget that several processes share.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

WAIT_SECONDS = 60
"""How long a transaction waits for the write lock, or a thread for a connection."""


def open_database(url: str, tables: sa.MetaData) -> sa.Engine:
    """An engine for `url` ("sqlite:///budget.sqlite", "postgresql+psycopg://…"), `tables` made.

    "sqlite://" is a database in memory, shared by the threads of this process. Raises ValueError
    for a URL that SQLAlchemy cannot read, or whose driver is not installed.
    """
    try:
        parsed = sa.make_url(url)
        engine = sa.create_engine(parsed, **_options(parsed))
    except (sa.exc.ArgumentError, ImportError) as error:
        raise ValueError(
            f"{url!r} opens no database ({error}): write sqlite:///a_file.sqlite, or "
            "postgresql+psycopg://user@host/name with the package psycopg installed"
        ) from None
    if engine.dialect.name == "sqlite":
        sa.event.listen(engine, "connect", _prepare_sqlite)
        sa.event.listen(engine, "begin", _take_write_lock)
    try:
        tables.create_all(engine)
    except (sa.exc.IntegrityError, sa.exc.ProgrammingError):
        tables.create_all(engine)  # PostgreSQL: another process made them at the same moment
    return engine


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {"pool_timeout": WAIT_SECONDS}
    in_memory = url.database in (None, "", ":memory:")
    return {
        "poolclass": sa.QueuePool,
        # A database in memory belongs to its connection: all threads take turns on that one.
        "pool_size": 1 if in_memory else 5,
        "max_overflow": 0,
        "pool_timeout": WAIT_SECONDS,
        "connect_args": {"timeout": WAIT_SECONDS, "check_same_thread": False},
    }


def _prepare_sqlite(connection: Any, _: Any) -> None:
    connection.isolation_level = None  # or the driver would begin transactions of its own
    connection.execute("PRAGMA journal_mode = WAL").close()


def _take_write_lock(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
