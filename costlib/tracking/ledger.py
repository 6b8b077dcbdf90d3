"""Every attempt at a model, kept: one table, one row an attempt, its cost fixed when it is written.

SQLite in a file is the default; a team shares one ledger by giving a PostgreSQL URL. The row itself
is in calls.py: UTC, whole pico-dollars, counts as in `Usage`. `Ledger.reprice` answers "what if"
without touching what was stored. Lesson 4 teaches this module.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeVar, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from costlib.tracking.calls import (
    COLUMNS,
    LATER,
    OTEL_NAMES,
    Call,
    known,
    load_calls,
    row_of,
    typed,
)
from costlib.tracking.calls_table import CALLS, IMPORTED, ONCE
from costlib.tracking.database import (
    Lanes,
    Opened,
    add_columns,
    add_index,
    make_tables,
    open_database,
    reading,
    reason,
    shown,
    transact,
)

if TYPE_CHECKING:
    import pandas

T = TypeVar("T")

__all__ = ["CALLS", "COLUMNS", "OTEL_NAMES", "Call", "Ledger", "load_calls"]

_SOME = 1_000  # rows that are turned, or sent to the database, at a time


class Ledger(Opened):
    """Calls in a database: `sqlite:///calls.sqlite` (a file), `sqlite://` (in memory, gone with
    the process), `postgresql+psycopg://user@host/name`, or any path to an SQLite file.

    Threads and processes may write at once. A row is committed when `record` returns; killing the
    process loses none of them (a power cut may lose the last moments of an SQLite file). A ledger
    of an earlier edition gets what it lacks (two columns, and the index that keeps an imported call
    to one row) when it is opened. Raises ValueError for a URL that cannot be opened and for a table
    that is not a ledger's.
    """

    def __init__(self, url: str | os.PathLike[str] = "sqlite://") -> None:
        self.engine = open_database(url)
        self._here, self._lanes, self._once = threading.local(), Lanes(threads=1), False
        if "calls" not in sa.inspect(self.engine).get_table_names():
            make_tables(self.engine, CALLS.metadata)
        there = {column["name"] for column in sa.inspect(self.engine).get_columns("calls")}
        if there >= set(COLUMNS) - set(LATER):
            there |= self._brought_up_to_date(there)
        missing = [name for name in COLUMNS if name not in there]
        if missing:
            raise ValueError(
                f"the table 'calls' of {self!r} is not a ledger's (it lacks {missing[0]!r}): "
                "choose another database"
            )

    def _brought_up_to_date(self, there: set[str]) -> set[str]:
        """Gives a ledger of an earlier edition what it lacks; the names of the new columns."""
        try:
            lacking = [CALLS.c[name] for name in LATER if name not in there]
            new = add_columns(self.engine, lacking)
            self._once = add_index(self.engine, ONCE)
        except sa.exc.DBAPIError as error:
            raise ValueError(
                f"{self!r} is of an earlier edition and cannot be brought up to date "
                f"({reason(error)}): open it once as somebody who may change its tables"
            ) from None
        return new

    # --- Writing ------------------------------------------------------------------------------

    def record(self, call: Call | Mapping[str, Any]) -> int:
        """Write one row, priced at the rates of its time; gives its id. See `record_many`."""
        row = row_of(call)
        with self._at_work():
            return transact(self.engine, _inserting([row]))

    def record_many(self, calls: Iterable[Call | Mapping[str, Any]] | pandas.DataFrame) -> int:
        """Write all of them or none; gives how many.

        A mapping has columns of the table, as a row of `frame()` does; `id` is left out. A mapping
        that has `cost_pusd` keeps it (it was priced when it was first written), any other is
        priced now. Raises ValueError, naming the field, for what no row can hold, and for a call
        from a file that is there already (`costlib.own_data.import_calls` takes it again).
        """
        rows = [row_of(call) for call in _each(calls)]
        if rows:
            self._write(_inserting(rows))
        return len(rows)

    def put(self, calls: Iterable[Call]) -> tuple[int, int, int]:
        """Write calls that came from a file, each once: a row that is there already is replaced.

        All of them or none, also while other processes put the same calls. Gives how many calls
        they are, how many were not there, and how many have no price. Each needs a `call_id` with
        a colon ("codex:3f0c"), which says what it came from.
        """
        if not self._once:
            raise ValueError(
                f"{self!r} has calls of a file twice (rows whose call_id is the same and has a "
                "colon): delete one of each, or import into a new ledger"
            )
        rows = {call.call_id: row_of(call) for call in calls}
        for name in rows:
            if ":" not in name:
                raise ValueError(
                    f"call_id={name!r} does not say what it came from: write it like 'codex:3f0c'"
                )
        there = self._write(lambda connection: _put(connection, rows))
        without_price = sum(row["cost_pusd"] is None for row in rows.values())
        return len(rows), len(rows) - there, without_price

    def _write(self, work: Callable[[sa.Connection], T]) -> T:
        try:
            with self._at_work():
                return transact(self.engine, work)
        except sa.exc.IntegrityError as error:
            raise ValueError(
                f"one of these calls is in {self!r} already ({reason(error)}), and a call of a "
                "file is one row: costlib.own_data.import_calls replaces it"
            ) from None

    def aside(self, work: Callable[[], None]) -> Future[None]:
        """Do the work in a thread of this ledger's, after what was given before.

        Reading waits for it, so that whoever asks sees what was written aside.
        """
        with self._at_work():  # a finalizer in here must not wait for the same lock
            return self._lanes.submit("", work)

    # --- Reading ------------------------------------------------------------------------------

    def frame(
        self,
        since: date | datetime | None = None,
        until: date | datetime | None = None,
        **equal: Any,
    ) -> pandas.DataFrame:
        """The rows from `since` (included) to `until` (not), in the order of their time.

        A date means its midnight in UTC. Further arguments are columns and the value, or list of
        values, that they must have: `frame(feature="answer", status=["ok", "interrupted"])`.
        `cost_pusd` is nullable Int64. The frame can be given to `cost_table` as it is.
        """
        chosen = sa.select(CALLS).order_by(CALLS.c.time, CALLS.c.id)
        if since is not None:
            chosen = chosen.where(CALLS.c.time >= _moment("since", since))
        if until is not None:
            chosen = chosen.where(CALLS.c.time < _moment("until", until))
        for name, value in equal.items():
            column = CALLS.c[known(name)]
            many = isinstance(value, Sequence) and not isinstance(value, str)
            chosen = chosen.where(column.in_(value) if many else column == value)
        return typed(self._read(chosen))

    def query(self, sql: str, **parameters: Any) -> pandas.DataFrame:
        """The answer to a question in SQL: `query("SELECT ... WHERE feature = :f", f="answer")`.

        The table is `calls`. Write "user" in double quotes: it is a reserved word in PostgreSQL.
        It can only read: the database refuses all else. Raises ValueError with its own words for
        that, and for bad SQL.
        """
        return self._read(sa.text(sql), parameters, reading).apply(_plain)

    def unpriced(self) -> pandas.DataFrame:
        """What no rate is known for: one row for each provider, model and tier, and why."""
        frame = self._read(
            sa.select(
                CALLS.c.provider,
                CALLS.c.model,
                CALLS.c.tier,
                sa.func.count().label("calls"),
                sa.func.sum(CALLS.c.input_tokens).label("input_tokens"),
                sa.func.sum(CALLS.c.output_tokens).label("output_tokens"),
            )
            .where(CALLS.c.cost_pusd.is_(None))
            .group_by(CALLS.c.provider, CALLS.c.model, CALLS.c.tier)
            .order_by(sa.func.count().desc(), CALLS.c.model)
        )
        counts = ["calls", "input_tokens", "output_tokens"]
        return frame.astype(dict.fromkeys(counts, "int64"))

    def reprice(
        self,
        *,
        model: str | None = None,
        tier: str | None = None,
        at: date | datetime | None = None,
        **chosen: Any,
    ) -> pandas.DataFrame:
        """The rows that `chosen` picks (as in `frame`), with `repriced_pusd`: what the same tokens
        would cost on another model, in another tier, or at the prices of another date.

        Nothing is stored. Another model's tokenizer and answers would differ, so a model swap is
        an answer about price alone. Cache writes that the new model's vendor does not sell count
        as the writes it does sell, or as plain input. What cannot be priced is null. Raises
        LookupError for a model or a tier that is unknown.
        """
        from costlib.tracking.reprice import reprice_frame

        return reprice_frame(self.frame(**chosen), model=model, tier=tier, at=at)

    def _read(
        self,
        sql: sa.Executable,
        parameters: Mapping[str, Any] | None = None,
        connect: Callable[[sa.Engine], AbstractContextManager[sa.Connection]] = sa.Engine.connect,
    ) -> pandas.DataFrame:
        """The answer as a frame whose columns hold what the database gave, whatever that is."""
        import pandas

        self._lanes.wait()
        try:
            with self._at_work(), connect(self.engine) as connection:
                answer = connection.execute(sql, parameters or {})
                rows, names = answer.all(), list(map(str, answer.keys()))
        except sa.exc.ResourceClosedError:
            raise ValueError("this SQL gives no rows: ask with SELECT") from None
        except sa.exc.StatementError as error:
            raise ValueError(
                f"the database refused the query ({error.orig or error}): ask with SELECT"
            ) from None
        columns = dict(enumerate(zip(*rows, strict=True))) if rows else {}
        # As objects: a null beside large integers would make rounded floats of them.
        frame = pandas.DataFrame(
            {n: pandas.Series(columns.get(n, ()), dtype=object) for n in range(len(names))}
        )
        return frame.set_axis(names, axis=1)

    @property
    def at_work(self) -> bool:
        """Whether this thread is inside a read or a write of this ledger.

        Python may run a finalizer there (of a stream that was dropped, say), which would wait for a
        lock that its own thread holds: it must leave its row for later.
        """
        return getattr(self._here, "at_work", False)

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        self._here.at_work = True
        try:
            yield
        finally:
            self._here.at_work = False

    def close(self) -> None:
        """Close the connections; the file may then be moved or deleted."""
        self._lanes.wait()
        self.engine.dispose()

    def __repr__(self) -> str:
        return f"<Ledger {shown(self.engine.url)}>"


def open_ledger(where: str | os.PathLike[str]) -> Ledger:
    """The ledger at a URL or path that must be there: nothing is made.

    Raises ValueError where no such file is, and as `Ledger` does.
    """
    path = os.fspath(where).removeprefix("sqlite+pysqlite:///").removeprefix("sqlite:///")
    if "://" not in path and not os.path.isfile(path):
        raise ValueError(f"there is no ledger {path!r}: give the file or URL that Ledger(...) got")
    return Ledger(where)


def _each(calls: Iterable[T] | pandas.DataFrame) -> Iterator[T | Mapping[str, Any]]:
    """The calls one after the other; a frame's rows are mappings, made some at a time."""
    if hasattr(calls, "to_dict"):
        frame = cast("pandas.DataFrame", calls)
        names = list(frame)
        for start in range(0, len(frame), _SOME):
            # As to_dict("records") gives them, which takes each value by itself, for longer.
            some = frame.iloc[start : start + _SOME].to_numpy(dtype=object)
            yield from (dict(zip(names, row, strict=True)) for row in some)
    else:
        yield from calls


def _inserting(rows: Sequence[Mapping[str, Any]]) -> Callable[[sa.Connection], int]:
    """Work for `transact` that writes rows once, also where the answer to a commit was lost; it
    gives the first one's id."""
    first = rows[0]
    numbers: list[int] = []

    def work(connection: sa.Connection) -> int:
        for number in numbers:  # of an earlier attempt, whose end nobody knows
            same = (CALLS.c[name] == first[name] for name in ("time", "call_id", "attempt"))
            if connection.execute(sa.select(CALLS.c.id).where(CALLS.c.id == number, *same)).first():
                return number
        new = sa.insert(CALLS)
        numbers.append(connection.execute(new.returning(CALLS.c.id), first).scalar_one())
        for start in range(1, len(rows), _SOME):
            connection.execute(new, rows[start : start + _SOME])
        return numbers[-1]

    return work


_VARIABLES = 500  # in one statement: every database takes as many


def _put(connection: sa.Connection, rows: Mapping[str, dict[str, Any]]) -> int:
    """Insert the rows, or replace those that are there; gives how many were."""
    # One order for all processes, so that none waits for another that waits for it.
    names = sorted(rows)
    there = 0
    for start in range(0, len(names), _VARIABLES):
        some = CALLS.c.call_id.in_(names[start : start + _VARIABLES])
        there += connection.execute(sa.select(sa.func.count()).where(some)).scalar_one()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    new = insert(CALLS)
    connection.execute(
        new.on_conflict_do_update(
            index_elements=[CALLS.c.call_id],
            index_where=IMPORTED,
            set_={name: new.excluded[name] for name in COLUMNS if name != "id"},
        ),
        [rows[name] for name in names],
    )
    return there


def _plain(column: pandas.Series) -> pandas.Series:
    """A column of an answer in its own type; whole numbers beside nulls stay whole."""
    import pandas

    # PostgreSQL's sums of integers are Decimals; SQLite's are ints.
    kinds = {type(value) for value in column if value is not None}
    if kinds == {Decimal}:
        whole = all(value is None or value == int(value) for value in column)
        to = int if whole else float
        kinds = {to}
        column = column.map(lambda value: None if value is None else to(value))
    if kinds == {int}:
        return column.astype("Int64") if column.isna().any() else column.astype("int64")
    return pandas.Series(list(column), name=column.name)


def _moment(name: str, value: date | datetime) -> datetime:
    if not isinstance(value, datetime):
        return datetime.combine(value, time(), UTC)
    if value.tzinfo is None:
        raise ValueError(f"{name}={value!r}: give a date, or a datetime with a zone")
    return value
