"""Databases in which coding tools keep what they used: of Goose, Hermes, opencode, Kilo Code, Zed.

A table here says which rows count and what they mean; a tool is known by the columns of its tables,
and a column that a version lacks is empty. A session that has rows of its own is not counted once
more by its totals. The database is opened to be read, as it stands. To add a tool, add a row here
and a small database of its kind to the tests. Lesson 4.
"""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from importlib import import_module
from typing import NamedTuple

from costlib.display.amounts import counted
from costlib.own_data.known import Export
from costlib.own_data.lines import Charged, folder_name
from costlib.own_data.records import of_body
from costlib.own_data.rows import About, of_row
from costlib.paths import own_path
from costlib.tracking.calls import REPORT
from costlib.usage.dialect import CACHED, Dialect
from costlib.usage.fields import as_mapping, counting, flat
from costlib.usage.telling import tell

_Row = dict[str, object]
_ABOUT = ("id", "session_id", "project", "feature")


class Stored(NamedTuple):
    """The rows of a table that count, and what they are: read by `export`, or JSON in `data`.

    `columns` tell the table from others of its name. `key` tells a row from all others, of other
    machines too. `sessions` and `session` are the table of sessions and the column that names one,
    whose columns the row gets with "session_" before them; `unless` is a table in which the session
    must have no rows. `costs` are columns of which the first above 0 is what it cost, `folder` is
    where it worked, and `parent` names a session that this one worked for. A row in which `others`
    is true is of somebody else. Where the columns that begin with `parts` count more than the row,
    its sum lacks something.
    """

    tool: str
    table: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    export: Export | None = None
    where: str = "1"
    sessions: str = ""
    session: str = "session_id"
    unless: str = ""
    costs: tuple[str, ...] = ()
    folder: str = ""
    parent: str = ""
    others: str = ""
    parts: str = ""


_GOOSE = (
    "block/goose session_manager.rs, usage_ledger, and Usage (the input is all of the prompt, what "
    "was cached too); 2026-11-29"
)
_LEDGER = Dialect(
    "Goose's ledger",
    _GOOSE,
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "=",
        "cache_read_tokens": "cached_input_tokens",
        "cache_write_tokens": "written",
        "cost": "$",
    },
    need=("input_tokens", "output_tokens"),
)
_ACCUMULATED = Dialect(
    "Goose's session",
    _GOOSE + "; no column says what of it was cached",
    {"accumulated_input_tokens": "input_tokens", "accumulated_output_tokens": "output_tokens",
     "cost": "$"},
    need=("accumulated_input_tokens", "accumulated_output_tokens"),
)  # fmt: skip
_HERMES = Dialect(
    "Hermes' usage",
    "NousResearch/hermes-agent, agent/usage_pricing.py, normalize_usage (the input is without what "
    "was cached), and session_model_usage; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "cache_read_tokens": "cached_input_tokens",
        "cache_write_tokens": "written",
        "output_tokens": "output_tokens",
        "reasoning_tokens": "reasoning_tokens",
        "api_call_count": "requests",
        "cost": "$",
    },
    need=("input_tokens", "output_tokens"),
    beside=CACHED,
)
_ZED = Dialect(
    "Zed's thread",
    "zed-industries/zed, agent DbThread and TokenUsage, whose counts exclude each other (older "
    "versions have no cached tokens of OpenAI's models); 2026-11-29",
    {
        "cumulative_token_usage_input_tokens": "input_tokens",
        "cumulative_token_usage_cache_read_input_tokens": "cached_input_tokens",
        "cumulative_token_usage_cache_creation_input_tokens": "written",
        "cumulative_token_usage_output_tokens": "output_tokens",
    },
    need=("cumulative_token_usage_input_tokens",),
    beside=CACHED,
)
_GOOSE_MODELS = ("model", "session_model_config_json_model_name", "model_config_json_model_name")
_OF_LEDGER = Export(_LEDGER, ("id",), ("created_timestamp",), _GOOSE_MODELS)
_OF_HERMES = Export(
    _HERMES, ("id",), ("first_seen", "session_started_at", "started_at"), ("model",),
    operation=REPORT,
)  # fmt: skip
_LEDGER_KEY = ("session_id", "id", "created_timestamp")
_HERMES_KEY = (
    "session_id", "model", "billing_provider", "billing_base_url", "billing_mode", "task",
)  # fmt: skip
_HERMES_COSTS = ("actual_cost_usd", "estimated_cost_usd")

DATABASES = (
    Stored(
        "goose", "usage_ledger", ("session_id", "cost_source", "is_compaction"), _LEDGER_KEY,
        _OF_LEDGER, where="cost_source IS NOT 'carried_forward'", sessions="sessions",
        costs=("cost",), folder="session_working_dir", parent="session_parent_session_id",
    ),
    # What a session had used before there was a ledger, once it is used again.
    Stored(
        "goose", "usage_ledger", ("session_id", "cost_source", "is_compaction"), _LEDGER_KEY,
        Export(_LEDGER, ("id",), ("session_created_at",), _GOOSE_MODELS, operation=REPORT,
               estimated=True),
        where="cost_source = 'carried_forward'", sessions="sessions", costs=("cost",),
        folder="session_working_dir", parent="session_parent_session_id",
    ),
    Stored(
        "goose", "sessions", ("accumulated_input_tokens", "model_config_json"),
        ("id", "created_at"),
        Export(_ACCUMULATED, ("id",), ("created_at",), _GOOSE_MODELS, operation=REPORT,
               estimated=True),
        session="id", unless="usage_ledger", costs=("accumulated_cost",), folder="working_dir",
        parent="parent_session_id",
    ),
    Stored(
        "hermes", "session_model_usage", ("billing_provider", "cache_read_tokens"), _HERMES_KEY,
        _OF_HERMES, sessions="sessions", costs=_HERMES_COSTS, folder="session_cwd",
    ),
    Stored(
        "hermes", "sessions", ("billing_provider", "cache_read_tokens"), ("id", "started_at"),
        _OF_HERMES, session="id", unless="session_model_usage", costs=_HERMES_COSTS, folder="cwd",
    ),
    Stored(
        "zed", "threads", ("data_type", "data", "updated_at"), ("id",),
        # Its model is the last one, and another may have worked before.
        Export(_ZED, ("id",), ("created_at", "updated_at"), ("model_model",), operation=REPORT,
               estimated=True),
        session="id", folder="folder_paths", parent="parent_id", others="imported",
        # From 2025 to June 2026 the sum stayed empty (zed-industries/zed#58378).
        parts="request_token_usage_",
    ),
    # packages/opencode/src/session/projector.ts; Kilo Code 7 has the same tables.
    Stored(
        "opencode", "message", ("session_id", "data"), ("id",), sessions="session",
        folder="session_directory", parent="session_parent_id",
    ),
)  # fmt: skip


def known_database(path: str | os.PathLike[str]) -> bool:
    """Whether a SQLite database is one of those that are read here."""
    try:
        with closing(_opened(path)) as connection:
            return bool(_tables(connection)[0])
    except (ValueError, sqlite3.Error):
        return False


def of_database(path: str | os.PathLike[str], about: About) -> Iterator[Charged]:
    """The calls in a tool's database. Raises ValueError for one of no tool that is known."""
    name = os.fspath(path)
    left: list[str] = []
    try:
        with closing(_opened(path)) as connection:
            found, tables = _tables(connection)
            if not found:
                raise ValueError(
                    f"{name!r} is a SQLite database of no tool that is known here; it has "
                    f"{', '.join(tables) or 'no table'}: open a ledger with "
                    "Ledger('sqlite:///...'), and export others as CSV or JSON"
                )
            for stored in found:
                yield from _charged(connection, stored, tables, about, left)
    except sqlite3.Error as error:
        raise ValueError(f"{name!r} cannot be read as a SQLite database: {error}") from None
    if left:
        tell(f"{name!r}, left out: {counted(len(left), 'row')}, the first because {left[0]}")


def _opened(path: str | os.PathLike[str]) -> sqlite3.Connection:
    file = own_path(path).resolve()
    connection = sqlite3.connect(f"{file.as_uri()}?mode=ro", uri=True)
    log = file.with_name(f"{file.name}-wal")
    try:
        connection.execute("SELECT name FROM sqlite_master LIMIT 1").fetchall()
    except sqlite3.OperationalError as error:
        connection.close()
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN):
            raise
        # A database with a write-ahead log needs files beside it even to be read, which a
        # read-only folder refuses. It is whole by itself if nothing stands in that log.
        if log.is_file() and log.stat().st_size:
            raise ValueError(
                f"{os.fspath(path)!r} cannot be read where it is, because its newest rows are in "
                f"{log.name!r}: copy both files to a folder that can be written, and read the copy"
            ) from None
        connection = sqlite3.connect(f"{file.as_uri()}?mode=ro&immutable=1", uri=True)
    connection.row_factory = sqlite3.Row
    return connection


def _tables(connection: sqlite3.Connection) -> tuple[list[Stored], dict[str, set[str]]]:
    """The rows of `DATABASES` that are there, and the columns of every table."""
    names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
    tables = {
        name: {row["name"] for row in connection.execute(f"PRAGMA table_info({_quoted(name)})")}
        for (name,) in connection.execute(names).fetchall()
    }
    found = [
        each for each in DATABASES if tables.get(each.table, set()) >= {*each.columns, each.session}
    ]
    return found, tables


def _charged(
    connection: sqlite3.Connection,
    stored: Stored,
    tables: Mapping[str, set[str]],
    about: About,
    left: list[str],
) -> Iterator[Charged]:
    where = stored.where
    if "session_id" in tables.get(stored.unless, ()):
        # NOT IN is true of no row where the list has a NULL.
        named = f"SELECT session_id FROM {stored.unless} WHERE session_id IS NOT NULL"
        where += f" AND {stored.session} NOT IN ({named})"
    sessions = {}
    if "id" in tables.get(stored.sessions, ()):
        sessions = {row["id"]: row for row in _rows(connection, stored.sessions)}
    for row in _rows(connection, stored.table, where):
        session = sessions.get(row[stored.session], {})
        whole = {**row, **{f"session_{name}": value for name, value in session.items()}}
        try:
            charged = _of_stored(stored, _unpacked(whole), about)
        except ValueError as error:
            left.append(str(error))
        else:
            if charged is not None:
                yield charged


def _of_stored(stored: Stored, row: _Row, about: About) -> Charged | None:
    """The call of a row; None for one that counts nothing."""
    own = ":".join(str(row.get(name) or "") for name in stored.key)
    row |= {"session_id": row[stored.session], "id": own}
    row["project"] = folder_name(str(row.get(stored.folder) or "").partition("\n")[0])
    row["feature"] = "sub-agent" if stored.parent and row.get(stored.parent) else ""
    if stored.export is None:
        data = as_mapping(row["data"]) or {}
        if data.get("role") != "assistant" or not any(counting(data).values()):
            return None
        record = {**data, **{name: row[name] for name in _ABOUT}}
        return of_body(record, record, about)
    if row.get(stored.others):
        return None
    row["cost"] = next((row[name] for name in stored.costs if row.get(name)), None)
    rows = stored.export.dialect.rows
    counts = [row.get(name) for name, role in rows.items() if role[0] not in "$="]
    parts = [row[name] for name in row if stored.parts and name.startswith(stored.parts)]
    if parts and _sum(parts) > _sum(counts):
        raise ValueError(
            "its sum is less than its requests, of which only the last of each turn is kept: what "
            "it used is not known"
        )
    if not any(counts):
        return None
    return of_row(row, stored.export, {*rows}, about.day_first)


def _sum(counts: list[object]) -> int:
    return sum(count for count in counts if isinstance(count, int))


def _unpacked(row: _Row) -> _Row:
    """A row with the fields of its JSON beside it, "model_config_json_model_name"; those of `data`
    under their own names, without its lists. The row's own columns stay."""
    found: _Row = {}
    data: Mapping[str, object] = {}
    for name, value in row.items():
        if isinstance(value, bytes):
            value = _decompressed(value, row.get("data_type"))
        if isinstance(value, str) and value[:1] == "{":
            try:
                inner = as_mapping(json.loads(value)) or {}
                kept = {key: each for key, each in inner.items() if not isinstance(each, list)}
                before = "" if name == "data" else f"{name}_"
                found |= {before + path.replace(".", "_"): v for path, v in flat(kept).items()}
            except (ValueError, RecursionError):
                if name == "data":  # in any other column, a text may begin so
                    raise ValueError(f"the JSON in {name!r} cannot be read") from None
                continue
            if name == "data":
                data = inner
    return {**found, **row, "data": data}


def _decompressed(value: bytes, form: object) -> str:
    """The text in a blob, with a library for zstd if there is one. Raises ValueError without, and
    for what no library unpacks."""
    if form != "zstd":
        return value.decode(errors="replace")
    for name in ("compression.zstd", "backports.zstd", "zstandard"):
        with suppress(ImportError):
            reader = import_module(name).ZstdDecompressor()
            if name == "zstandard":  # its own way needs the length of what comes out
                reader = reader.decompressobj()
            try:
                return str(reader.decompress(value), "utf-8")
            except Exception as error:  # each library has an error of its own
                raise ValueError(f"its zstd cannot be unpacked: {error}") from None
    raise ValueError(
        "it is compressed with zstd, and this Python reads none: pip install zstandard"
    )


def _rows(connection: sqlite3.Connection, table: str, where: str = "1") -> Iterator[_Row]:
    for row in connection.execute(f"SELECT * FROM {_quoted(table)} WHERE {where}"):
        yield dict(row)


def _quoted(table: str) -> str:
    return '"' + table.replace('"', '""') + '"'
