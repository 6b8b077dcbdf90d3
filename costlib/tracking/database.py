"""Opens a database that many threads and processes may write to at once: SQLite or PostgreSQL.

SQLite needs to be told: readers do not block the writer (write-ahead log), and whoever finds the
write lock taken waits. PostgreSQL needs nothing. The ledger of lesson 4 and the budget of lesson 5
are kept in such databases.
"""

from __future__ import annotations

import os
import re
from typing import Any

import sqlalchemy as sa
from sqlalchemy.schema import CreateIndex, CreateTable

WAIT_SECONDS = 60
"""How long a transaction waits for the write lock, or a thread for a connection."""


def open_database(url: str | os.PathLike[str], *, write_first: bool = False) -> sa.Engine:
    """An engine for `sqlite:///calls.sqlite`, `postgresql+psycopg://user@host/name`, or a path.

    "sqlite://" is a database in memory, shared by the threads of this process. `write_first` is for
    transactions that read before they write and may not be lost: in SQLite they take the write
    lock when they begin, or two that both read first could each wait for the other, and they
    outlast a power cut. Raises ValueError for a URL that cannot be opened; a password in it is
    not shown.
    """
    text = os.fspath(url)
    try:
        parsed = sa.make_url(text if "://" in text else f"sqlite:///{text}")
        engine = sa.create_engine(parsed, **_options(parsed))
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _write_ahead)
            if write_first:
                sa.event.listen(engine, "connect", _no_transactions_of_its_own)
                sa.event.listen(engine, "begin", _take_write_lock)
            else:
                sa.event.listen(engine, "connect", _quicker)
        engine.connect().close()
    except (sa.exc.SQLAlchemyError, ImportError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise ValueError(
            f"the database {_without_password(text)!r} cannot be opened ({reason}): write "
            "sqlite:///a_file.sqlite, or postgresql+psycopg://user@host/name with the package "
            "psycopg installed"
        ) from None
    return engine


def make_tables(engine: sa.Engine, tables: sa.MetaData) -> None:
    """Make the tables and indexes that are not there yet, also when several processes try."""
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":  # IF NOT EXISTS races with itself there
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0xC0571B)))
        for table in tables.sorted_tables:
            connection.execute(CreateTable(table, if_not_exists=True))
            for index in table.indexes:
                connection.execute(CreateIndex(index, if_not_exists=True))


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


def _write_ahead(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL").close()


def _quicker(connection: Any, _: Any) -> None:
    # A killed process loses nothing; a power cut may lose the last moments, and damages nothing.
    connection.execute("PRAGMA synchronous = NORMAL").close()


def _no_transactions_of_its_own(connection: Any, _: Any) -> None:
    connection.isolation_level = None


def _take_write_lock(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _without_password(url: str) -> str:
    return re.sub(r"(://[^:/@]*):[^@]*@", r"\1:***@", url)
