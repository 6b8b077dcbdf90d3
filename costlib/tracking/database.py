"""Opens a database that many threads and processes may write to at once: SQLite or PostgreSQL.

SQLite needs to be told: readers do not block the writer (write-ahead log), and whoever finds the
write lock taken waits. PostgreSQL needs nothing. The ledger of lesson 4 and the budget of lesson 5
are kept in such databases; `transact` is how they write, `Lanes` how they do it without blocking an
event loop.
"""

from __future__ import annotations

import os
import random
import re
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any, Never, TypeVar
from weakref import WeakSet

import sqlalchemy as sa
from sqlalchemy.schema import CreateColumn, CreateIndex, CreateTable

T = TypeVar("T")

WAIT_SECONDS = 60
"""How long a transaction waits for the write lock, or a thread for a connection."""
ATTEMPTS = 8
"""How often a transaction is tried while the database is locked, deadlocked or restarting."""
FIRST_WAIT = 0.05
"""Seconds before the second attempt; each later wait is up to twice as long: 6 s in all."""

# https://www.postgresql.org/docs/current/errcodes-appendix.html, read on 2026-11-28: what is over
# when it is tried again. Class 08 is a lost connection, 57P01 to 57P03 a server that stops or
# starts, 40001 and 40P01 transactions in each other's way, 55P03 a lock that was not to be had.
_PASSING_STATES = re.compile(r"08...|57P0[123]|40001|40P01|55P03|53300")
_PASSING_SQLITE = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
# What a question may do in SQLite: https://www.sqlite.org/c3ref/c_alter_table.html
_READING = {
    sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE,
}  # fmt: skip
# In what was taken for a file's name: user:password@host without its scheme, and password=...
_SECRET = re.compile(r"(?<=:)[^:/@]+(?=@)|(?<=password=)\S+")
_SQLITE_FILE = re.compile(r"sqlite(?:\+pysqlite)?:///(.*)", re.DOTALL)


def open_database(url: str | os.PathLike[str], *, write_first: bool = False) -> sa.Engine:
    """An engine for `sqlite:///calls.sqlite`, `postgresql+psycopg://user@host/name`, or a path.

    "sqlite://" is a database in memory, shared by the threads of this process. The name of a file
    is taken literally, `?` and `%20` included. `write_first` is for transactions that read before
    they write and may not be lost: in SQLite they take the write lock when they begin, or two that
    both read first could each wait for the other, and they outlast a power cut. A process that
    forks may go on in both halves. Raises ValueError for a URL that cannot be opened; a password
    in it is not shown.
    """
    text = os.fspath(url) if isinstance(url, str | os.PathLike) else None
    if not isinstance(text, str):
        raise ValueError(
            f"an address of type {type(url).__name__} opens no database: give text, such as "
            "sqlite:///a_file.sqlite, or the path of a file"
        )
    file = _SQLITE_FILE.fullmatch(text)
    if not (file[1] if file else text).strip():
        # SQLAlchemy would take it for one in memory, gone with this process.
        raise ValueError(
            "the address of the database is empty: give sqlite:///a_file.sqlite or the path of a "
            "file, or sqlite:// for one in memory"
        )
    parsed: sa.URL | None = None
    try:
        parsed = _parse(text)
        engine = sa.create_engine(parsed, **_options(parsed))
        if _in_memory(parsed):
            sa.event.listen(engine, "handle_error", _keep_the_connection)
        if engine.dialect.name == "sqlite":
            sa.event.listen(engine, "connect", _write_ahead)
            if write_first:
                sa.event.listen(engine, "connect", _no_transactions_of_its_own)
                sa.event.listen(engine, "begin", _take_write_lock)
            else:
                sa.event.listen(engine, "connect", _quicker)
        engine.connect().close()
    except (sa.exc.SQLAlchemyError, ImportError, ValueError) as error:
        raise ValueError(
            f"the database {shown(parsed or text)!r} cannot be opened ({reason(error, parsed)}): "
            "write sqlite:///a_file.sqlite, or postgresql+psycopg://user@host/name with the "
            "package psycopg installed"
        ) from None
    _OPEN.add(engine)
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


def add_columns(engine: sa.Engine, columns: list[sa.Column[Any]]) -> set[str]:
    """Add columns to a table that was made before they were thought of; gives their names."""
    for column in columns:
        words = f"ALTER TABLE {column.table} ADD COLUMN {CreateColumn(column).compile(engine)}"
        try:
            with engine.begin() as connection:
                connection.execute(sa.text(words))
        except sa.exc.DBAPIError:  # another process was quicker, or nobody may
            there = {each["name"] for each in sa.inspect(engine).get_columns(str(column.table))}
            if column.name not in there:
                raise
    return {str(column.name) for column in columns}


def add_index(engine: sa.Engine, index: sa.Index) -> bool:
    """Make an index that a table was made without; False where the rows do not allow it."""
    name = str(index.table)
    if index.name not in {each["name"] for each in sa.inspect(engine).get_indexes(name)}:
        try:
            with engine.begin() as connection:
                connection.execute(CreateIndex(index, if_not_exists=True))
        except sa.exc.IntegrityError:
            return False
    return True


def transact(engine: sa.Engine, work: Callable[[sa.Connection], T]) -> T:
    """Do `work` in one transaction: all of it, or none.

    It is tried again, at most ATTEMPTS times, while the database is locked, finds a deadlock or
    restarts. A connection may be lost after the commit and before its answer, so `work` must see
    by itself what an earlier attempt has done. Raises the last `sqlalchemy.exc.DBAPIError`.
    """
    ends = time.monotonic() + WAIT_SECONDS
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with engine.begin() as connection:
                return work(connection)
        except sa.exc.DBAPIError as error:
            if not passes(error) or attempt == ATTEMPTS or time.monotonic() > ends:
                raise
        time.sleep(FIRST_WAIT * 2 ** (attempt - 1) * random.uniform(0.5, 1))
    raise AssertionError("the last attempt returns or raises")


def passes(error: sa.exc.DBAPIError) -> bool:
    """Whether trying again may help: a lock, a deadlock, a server that restarts."""
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return bool(_PASSING_STATES.fullmatch(state))
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", 0)
        return code & 0xFF in _PASSING_SQLITE  # the low byte; the rest says which kind of busy
    return isinstance(error, sa.exc.OperationalError)  # a server that nobody answers at


@contextmanager
def reading(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A connection on which a statement reads, and the database refuses all else.

    PostgreSQL: a read-only transaction, and a cursor, which takes one SELECT. SQLite: an
    authorizer, because a read-only connection can still attach and write other files.
    """
    with engine.connect() as connection:
        if connection.dialect.name != "sqlite":
            connection.execute(sa.text("SET TRANSACTION READ ONLY"))
            yield connection.execution_options(stream_results=True)
            return
        driver = connection.connection.driver_connection
        assert isinstance(driver, sqlite3.Connection)
        driver.set_authorizer(_only_reading)
        try:
            yield connection
        finally:
            driver.set_authorizer(None)


def shown(url: sa.URL | str) -> str:
    """A database's address for people: no password, and nothing that may hold one."""
    if isinstance(url, str):  # it could not be read, so nobody knows where its password ends
        scheme, found, _ = url.partition("://")
        return f"{scheme}://…" if found else url
    if url.get_backend_name() == "sqlite":
        return f"sqlite:///{_SECRET.sub('***', url.database)}" if url.database else "sqlite://"
    return url.set(query={}).render_as_string(hide_password=True)


def reason(error: BaseException, url: sa.URL | None = None) -> str:
    """The database's own words, one line, without the secrets of its address."""
    if url is None and isinstance(error, ValueError | sa.exc.ArgumentError):
        return "it is no address of a database; in a password @ is written %40"
    words = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
    line = words.splitlines()[0]
    if url is not None:
        values = [value for each in url.query.values() for value in _texts(each)]
        for secret in filter(None, (url.password, *values)):
            line = line.replace(str(secret), "***")
    return line


class Opened:
    """What holds an open database: it cannot be sent to another process, nor be there twice."""

    def __reduce_ex__(self, protocol: object) -> Never:
        kind = type(self).__name__
        raise TypeError(
            f"a {kind} holds an open database and cannot be copied or pickled: open it in each "
            "process by the same address of a file or server; threads share this one"
        )


class Lanes:
    """Work done in threads, in the order in which it came for each key.

    One piece of each key is under way at a time, so that a hundred requests that wait for one
    locked row hold one thread, and the others go on. Work that was given is done even when nobody
    waits for it any more.
    """

    def __init__(self, threads: int = 32) -> None:
        self._threads = threads
        self._start()
        _LANES.add(self)

    def _start(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[str, deque[tuple[Future[Any], Callable[[], Any]]]] = {}
        self._pool = ThreadPoolExecutor(self._threads, thread_name_prefix="costlib")

    def submit(self, key: str, work: Callable[[], T]) -> Future[T]:
        """Do the work when the earlier work of this key is done; the future has its result."""
        done: Future[T] = Future()
        with self._lock:
            if key in self._waiting:
                self._waiting[key].append((done, work))
                return done
            self._waiting[key] = deque([(done, work)])
        try:
            self._pool.submit(self._drain, key)
        except RuntimeError:  # Python is ending, and starts no thread any more
            self._drain(key)
        return done

    def wait(self) -> None:
        """Return when nothing is under way that was given before."""
        with self._lock:
            keys = list(self._waiting)
        for done in [self.submit(key, lambda: None) for key in keys]:
            done.result()

    def _drain(self, key: str) -> None:
        while True:
            with self._lock:
                if not self._waiting[key]:
                    del self._waiting[key]
                    return
                done, work = self._waiting[key].popleft()
            if done.set_running_or_notify_cancel():
                try:
                    done.set_result(work())
                except BaseException as error:
                    done.set_exception(error)


# --- Inside -----------------------------------------------------------------------------------

_OPEN: WeakSet[sa.Engine] = WeakSet()
_LANES: WeakSet[Lanes] = WeakSet()
_LEFT_TO_THE_PARENT: list[sa.Pool] = []


def _after_fork() -> None:
    """A child process opens connections and threads of its own: two must not share a socket."""
    for engine in list(_OPEN):
        if not _in_memory(engine.url):
            _LEFT_TO_THE_PARENT.append(engine.pool)  # closing them here would close them there
            engine.dispose(close=False)
    for lanes in list(_LANES):
        lanes._start()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _parse(text: str) -> sa.URL:
    name = _SQLITE_FILE.fullmatch(text)
    if "://" in text and name is None:
        url = sa.make_url(text)
        if "@" in (url.host or ""):  # else the rest of a password would be shown as the host
            raise ValueError("a password's @ is written %40")
        return url
    path = name[1] if name else text
    # SQLite would read a name that begins with file: as an address with options.
    path = f"./{path}" if path.startswith("file:") else path
    return sa.URL.create("sqlite", database=path)


def _options(url: sa.URL) -> dict[str, Any]:
    if url.get_backend_name() != "sqlite":
        return {"pool_timeout": WAIT_SECONDS, "max_overflow": 30}
    return {
        "poolclass": sa.QueuePool,
        # A database in memory belongs to its connection: all threads take turns on that one.
        "pool_size": 1 if _in_memory(url) else 5,
        "max_overflow": 0,
        "pool_timeout": WAIT_SECONDS,
        "connect_args": {"timeout": WAIT_SECONDS, "check_same_thread": False},
    }


def _in_memory(url: sa.URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _keep_the_connection(context: sa.engine.ExceptionContext) -> None:
    """An interrupted kernel loses no database: one in memory is gone with its connection."""
    context.is_disconnect = False


def _write_ahead(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA journal_mode = WAL").close()


def _quicker(connection: Any, _: Any) -> None:
    # A killed process loses nothing; a power cut may lose the last moments, and damages nothing.
    connection.execute("PRAGMA synchronous = NORMAL").close()


def _no_transactions_of_its_own(connection: Any, _: Any) -> None:
    connection.isolation_level = None


def _take_write_lock(connection: sa.Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _only_reading(action: int, *_: Any) -> int:
    return sqlite3.SQLITE_OK if action in _READING else sqlite3.SQLITE_DENY


def _texts(value: str | tuple[str, ...]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else value
