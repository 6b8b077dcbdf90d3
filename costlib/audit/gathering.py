"""Any mix of files and ledgers as one table of calls, each once: what they are, what was left out.

A folder is walked; session logs, vendors' reports, exports, JSON of responses and ledgers are told
apart by their content. A file that is none of these costs itself: it is named with what it has, and
the others are read. Message texts are not kept. Units: as in a ledger's frame. Lesson 4.
"""

from __future__ import annotations

import gzip
import os
import sqlite3
import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

from costlib.display.amounts import counted
from costlib.own_data.calls import is_session_log, read_calls, read_charges
from costlib.own_data.cost_reports import read_cost_report
from costlib.own_data.databases import known_database
from costlib.own_data.files import SQLITE, first_bytes
from costlib.own_data.imports import import_calls
from costlib.own_data.sessions import SessionLog, beside_a_log, packed_logs
from costlib.paths import own_path
from costlib.tracking.calls import COLUMNS, Call, load_calls, without_gaps
from costlib.tracking.database import shown
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.ledger import Ledger
from costlib.tracking.unpriced import Unpriced, unpriced_in

if TYPE_CHECKING:
    from typing import TypeAlias

    import pandas

    Where: TypeAlias = str | os.PathLike[str] | Ledger | pandas.DataFrame

Say = Callable[[str], None]

_SUFFIXES = (".jsonl", ".ndjson", ".json", ".csv", ".csv.gz", ".tsv")
_DATABASES = (".sqlite", ".sqlite3", ".db")
_YEARS = range(2020, 2100)  # before, nobody sold calls of a model by the token
_KINDS = {
    "claude-code": "Claude Code, session logs",
    "codex": "Codex, session logs",
    "gemini-cli": "Gemini CLI, session logs",
    "pi": "pi, session logs",
    "cline": "Cline, Roo Code and Kilo Code, tasks",
    "openai": "OpenAI, usage report",
    "anthropic": "Anthropic, usage report",
    "litellm": "LiteLLM, export",
    "openrouter": "OpenRouter, export",
    "cursor": "Cursor, export",
    "vibe": "Mistral Vibe, sessions",
    "mux": "Mux, workspaces",
    "goose": "Goose, database",
    "hermes": "Hermes, database",
    "zed": "Zed, threads",
    "opencode": "opencode or Kilo Code, database",
    "json": "JSON of responses, spans or observations",
}


@dataclass(frozen=True)
class Source:
    """What files of one kind gave: how many they are, their calls, and what these cost (USD).

    `unpriced` of the calls are not in that; `reported` is what the files say themselves that the
    calls cost, None where they say nothing.
    """

    kind: str
    files: int
    calls: int
    usd: Decimal
    unpriced: Unpriced
    notes: tuple[str, ...] = ()
    reported: Decimal | None = None


@dataclass(frozen=True)
class Left:
    """A file, or a part of one, that was left out, and why."""

    name: str
    reason: str


@dataclass
class Gathered:
    """The calls as a ledger's frame, where they come from, what was left out, and what cost
    reports say was charged (USD, None without one).
    """

    frame: pandas.DataFrame
    sources: list[Source]
    left: list[Left]
    charged: Decimal | None = None


@dataclass
class _Found:
    """Files by what they are, in the order in which they are read."""

    sessions: list[Path] = field(default_factory=list)
    others: list[Path] = field(default_factory=list)
    ledgers: dict[str, str] = field(default_factory=dict)  # what is opened, to what is shown
    frames: list[tuple[str, pandas.DataFrame]] = field(default_factory=list)  # of ledgers
    left: list[Left] = field(default_factory=list)


def gather(places: Sequence[Where], say: Say = lambda text: None) -> Gathered:
    """All calls that the places hold: files, folders, and ledgers (their URL, or the table itself).

    `say` hears how far it is. Raises ValueError for a place that does not exist; what is there and
    cannot be read is in `left`.
    """
    import pandas

    found = _Found()
    seen: set[str] = set()
    for place in places:
        _sort(place, found, seen)
    reading = _Reading(found.left, say)
    own = Ledger()
    import_calls(own, reading.calls(found), left_out=reading.left_out)
    frames = [own.frame()]
    own.close()
    sources = reading.sources(frames[0])
    for url, name in found.ledgers.items():
        say(f"reading {name}")
        ledger = Ledger(url)
        found.frames.append((name, ledger.frame()))
        ledger.close()
    for name, rows in found.frames:
        frames.append(rows)
        sources.append(Source(f"ledger, {name}", 1, len(rows), sum_usd(rows), unpriced_in(rows)))
    frame = pandas.concat(frames, ignore_index=True) if len(frames) > 1 else frames[0]
    # A call that was imported into a ledger, and whose log is given too, is one call.
    twice = frame.duplicated(["call_id", "attempt", "time"]) & (frame["call_id"] != "")
    if twice.any():
        note = f"{int(twice.sum()):,} of all calls stand in two of these and count once"
        sources[-1] = replace(sources[-1], notes=(*sources[-1].notes, note))
        frame = frame[~twice]
    frame = frame.sort_values(["time", "call_id", "attempt"], kind="stable", ignore_index=True)
    frame["id"] = range(1, len(frame) + 1)
    return Gathered(frame, sources, found.left, reading.charged)


# --- What is there ----------------------------------------------------------------------------


def _sort(place: Where, found: _Found, seen: set[str]) -> None:
    if isinstance(place, Ledger):
        found.frames.append((shown(place.engine.url), place.frame()))
        return
    if not isinstance(place, str | os.PathLike):
        found.frames.append(("a frame", _checked(place)))
        return
    text = os.fspath(place)
    if "://" in text:
        if text not in seen:
            seen.add(text)
            _ledger(text, found)
        return
    path = own_path(text)
    if path.is_dir():
        files = sorted(each for each in path.rglob("*") if each.name.lower().endswith(_SUFFIXES))
        files += sorted(each for each in path.rglob("*") if each.suffix.lower() in _DATABASES)
        found.left += [Left(Path(each.path).name, each.reason) for each in packed_logs(path)]
    elif path.exists():
        files = [path]
    else:
        raise ValueError(f"{text!r} does not exist: give a file, a folder, or a ledger's URL")
    for each in files:
        key = str(each.resolve())
        if key in seen or each.is_dir() or (path.is_dir() and beside_a_log(each)):
            continue
        seen.add(key)
        if first_bytes(each).startswith(SQLITE):
            if known_database(each):
                found.others.append(each)
            else:
                _ledger(str(each), found)
        elif _is_ledger_table(each):
            try:
                found.frames.append((each.name, load_calls(each)))
            except Exception as error:  # a stranger's file may break anything
                found.left.append(Left(each.name, _sentence(error, each)))
        else:
            (found.sessions if is_session_log(each) else found.others).append(each)


def _checked(frame: pandas.DataFrame) -> pandas.DataFrame:
    """A ledger's frame; ValueError for any other."""
    columns = getattr(frame, "columns", ())
    missing = [name for name in COLUMNS if name not in columns and name != "id"]
    if missing:
        raise ValueError(f"the frame is no ledger's: it has no column {missing[0]!r}")
    return without_gaps(frame)


def _is_ledger_table(path: Path) -> bool:
    """Whether a CSV file, compressed or not, holds the rows of a ledger."""
    if not path.name.lower().endswith((".csv", ".csv.gz")):
        return False
    opener = gzip.open if path.suffix.lower() == ".gz" else open
    try:
        with opener(path, "rb") as file:
            head = file.readline(20_000)
    except (OSError, EOFError):
        return False
    return all(name.encode() in head for name in ("call_id", "cost_pusd", "attempt"))


def _ledger(url: str, found: _Found) -> None:
    """Notes a ledger; a database that is none is left as it is, without a new table in it."""
    name = url if "://" not in url else url.partition("://")[0]
    path = url.removeprefix("sqlite:///")
    try:
        if "://" not in path:
            if not Path(path).is_file():
                raise ValueError(f"{path!r} does not exist: give a ledger that is there")
            name = Path(path).name
            tables = _tables(path)
            if "calls" not in tables:
                raise ValueError(
                    "it is a SQLite database without the table 'calls' of a ledger; it has "
                    + (", ".join(tables) or "no table")
                )
        ledger = Ledger(url)
        found.ledgers[url] = shown(ledger.engine.url) if "://" in path else name
        ledger.close()
    except (ValueError, sqlite3.Error) as error:
        found.left.append(Left(name, str(error)))


def _tables(path: str) -> list[str]:
    connection = sqlite3.connect(f"{Path(path).resolve().as_uri()}?mode=ro", uri=True)
    try:
        names = "SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name"
        return [row[0] for row in connection.execute(names)]
    finally:
        connection.close()


# --- Reading ----------------------------------------------------------------------------------


class _Reading:
    """The calls of files, one after the other, and what is worth saying of each kind."""

    def __init__(self, left: list[Left], say: Say) -> None:
        self.charged: Decimal | None = None
        self._left, self._say = left, say
        self._files: dict[str, set[str]] = {}
        self._notes: dict[str, list[str]] = {}
        self._reported: dict[str, Decimal] = {}

    def calls(self, found: _Found) -> Iterator[Call]:
        yield from self._sessions(found.sessions)
        for number, path in enumerate(found.others, start=1):
            self._say(f"reading {path.name}, file {number:,} of {len(found.others):,}")
            yield from self._export(path)

    def left_out(self, call: Call, error: ValueError) -> None:
        self._left.append(Left(_kind(call), f"a call of {call.time:%Y-%m-%d %H:%M}: {error}"))

    def sources(self, frame: pandas.DataFrame) -> list[Source]:
        """What each kind of file gave, by the calls of all of them."""
        kinds = frame["call_id"].map(_prefix)
        return [
            Source(
                _KINDS.get(kind, kind),
                len(files),
                int((kinds == kind).sum()),
                sum_usd(frame[kinds == kind]),
                unpriced_in(frame[kinds == kind]),
                tuple(self._notes.get(kind, ())),
                self._reported.get(kind),
            )
            for kind, files in self._files.items()
        ]

    def _sessions(self, paths: list[Path]) -> Iterator[Call]:
        if not paths:
            return

        def progress(done: int, size: int) -> None:
            self._say(f"reading session logs, {done / 1e6:,.0f} of {size / 1e6:,.0f} MB")

        log = SessionLog(paths, progress)
        try:
            for call, reported in log.charged:
                yield from self._sound(call)
                if reported is not None:
                    self._add_reported(_kind(call), reported)
        except (ValueError, OSError) as error:
            self._left.append(Left("session logs", str(error)))
        for tool, files in log.files.items():
            self._files[tool] = set(map(str, files))
        by_file = Counter(problem.path for problem in log.problems)
        first = {problem.path: problem for problem in reversed(log.problems)}
        for name, many in by_file.items():
            problem = first[name]
            lines = counted(many, "line") + ("" if many == 1 else ", the first")
            self._left.append(Left(Path(name).name, f"{lines} ({problem.line}): {problem.reason}"))

    def _export(self, path: Path) -> Iterator[Call]:
        """The calls of any other file; whatever is wrong with it costs only itself."""
        try:
            with warnings.catch_warnings(record=True) as heard:
                warnings.simplefilter("always")
                calls = read_calls(path)
        except Exception as error:  # a stranger's file may break anything
            if not self._charge(path):
                self._left.append(Left(path.name, _sentence(error, path)))
            return
        kinds = Counter(map(_kind, calls))
        kind = kinds.most_common(1)[0][0] if kinds else "nothing"
        self._files.setdefault(kind, set()).add(str(path))
        notes = self._notes.setdefault(kind, [])
        notes.extend(_sentence(each.message, path) for each in heard)
        if not calls:
            self._left.append(Left(path.name, "it holds no call"))
            del self._files[kind]
        for call in calls:
            yield from self._sound(call)
        self._report(path, kind)

    def _sound(self, call: Call) -> Iterable[Call]:
        if call.time.year in _YEARS:
            yield call
        else:
            year = f"the year is {call.time.year}, when no model was sold by the token"
            self.left_out(call, ValueError(year))

    def _report(self, path: Path, kind: str) -> None:
        """What the tool itself says that the calls cost, where it says it."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                amounts = read_charges(path)["amount_usd"]
            except Exception:  # it was read a moment ago: only the amounts can be at fault
                return
        if len(amounts):
            self._add_reported(kind, sum(amounts, Decimal(0)))

    def _add_reported(self, kind: str, amount: Decimal) -> None:
        self._reported[kind] = self._reported.get(kind, Decimal(0)) + amount

    def _charge(self, path: Path) -> bool:
        """Whether a file is a vendor's cost report; adds up what it says was charged."""
        try:
            costs = read_cost_report(path)
        except Exception:  # the caller words what is wrong with it
            return False
        self.charged = sum(costs["amount_usd"], self.charged or Decimal(0))
        return len(costs) > 0


def _kind(call: Call) -> str:
    return _prefix(call.call_id)


def _prefix(call_id: str) -> str:
    return call_id.partition(":")[0]


def _sentence(error: object, path: Path) -> str:
    """What is wrong, without the file's whole path, which may hold a person's name."""
    return str(error).replace(str(path), path.name) or type(error).__name__
