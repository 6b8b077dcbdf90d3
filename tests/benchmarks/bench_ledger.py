"""How many calls a second a ledger takes, into SQLite and PostgreSQL, one by one and many at once.

`python -m costlib bench` sets recording and reading, on SQLite, beside the least that they must do:
the same rows, priced already, through Python's own driver and pandas. For PostgreSQL,

    python tests/benchmarks/bench_ledger.py

prints rows a second of wall time (the best of three rounds), pricing included, with the share of
that time that pricing takes; then seconds to read 100,000 rows back as a frame, and how many rows
two processes write into one SQLite file. PostgreSQL runs on this machine, in a cluster of its own.
Ratios hold anywhere; rows a second are those of this machine's disk.
"""

from __future__ import annotations

import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import pandas as pd  # noqa: E402
import postgres  # noqa: E402
import pytest  # noqa: E402

from costlib.calls import price  # noqa: E402
from costlib.ledger import CALLS, Call, Ledger  # noqa: E402
from costlib.record import Usage  # noqa: E402

MANY, SINGLE, READ = 20_000, 1_000, 100_000
CALL = Call(
    time=datetime(2026, 11, 22, 12, tzinfo=UTC), provider="anthropic", model="claude-opus-5-5",
    usage=Usage(7170, 211, cached_input_tokens=4000, tier="standard"), operation="messages",
    request_id="req_011CZ8h5cT1YnXVj3kSg2mQp", call_id="0123456789abcdef", latency=2.5,
    user="u0042", feature="answer", project="support", run="c00417", finish_reason="end_turn",
    prompt_hash="0123456789abcdef",
)  # fmt: skip
WRITER = f"""
import sys
sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / "tests" / "benchmarks")!r}]
from bench_ledger import CALL, Ledger
ledger = Ledger(sys.argv[1])
sys.stdout.write("ready\\n"); sys.stdout.flush(); sys.stdin.readline()
for _ in range({SINGLE}): ledger.record(CALL)
"""


def floor(tmp_path: Path) -> tuple[sqlite3.Connection, str, tuple]:
    """A second ledger's file through Python's own driver, its INSERT, and the row of CALL."""
    path = tmp_path / "floor.sqlite"
    ledger = Ledger(f"sqlite:///{path}")
    ledger.record(CALL)
    ledger.close()
    plain = sqlite3.connect(path)
    plain.execute("PRAGMA synchronous=NORMAL")  # as costlib's connections have it
    row = plain.execute("SELECT * FROM calls").fetchone()
    return plain, f"INSERT INTO calls VALUES ({', '.join('?' * len(row))})", (None, *row[1:])


@pytest.mark.benchmark(timer=perf_counter)  # a commit waits for the disk
def bench_record(race: Callable[..., None], tmp_path: Path) -> None:
    """`Ledger.record`"""
    plain, insert, row = floor(tmp_path)
    ledger = Ledger(f"sqlite:///{tmp_path / 'calls.sqlite'}")

    def other() -> None:
        with plain:
            plain.execute(insert, row)

    race(lambda: ledger.record(CALL), other, against="`sqlite3`: one INSERT, committed")
    ledger.close()
    plain.close()


@pytest.mark.benchmark(timer=perf_counter)
@pytest.mark.parametrize("rows", [10**3, 10**4])
def bench_record_many(race: Callable[..., None], rows: int, tmp_path: Path) -> None:
    """`Ledger.record_many`"""
    plain, insert, row = floor(tmp_path)
    ledger = Ledger(f"sqlite:///{tmp_path / 'calls.sqlite'}")

    def other() -> None:
        with plain:
            plain.executemany(insert, [row] * rows)

    race(
        lambda: ledger.record_many([CALL] * rows),
        other,
        against="`sqlite3`: `executemany`, priced already",
    )
    ledger.close()
    plain.close()


@pytest.mark.parametrize("rows", [10**3, 10**4])
def bench_frame(race: Callable[..., None], rows: int, tmp_path: Path) -> None:
    """`Ledger.frame`"""
    ledger = Ledger(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    ledger.record_many([CALL] * rows)
    plain = sqlite3.connect(tmp_path / "calls.sqlite")
    assert len(ledger.frame()) == rows
    race(
        ledger.frame,
        lambda: pd.read_sql_query("SELECT * FROM calls", plain),
        against="`pandas.read_sql_query`, untyped",
    )
    ledger.close()
    plain.close()


def best(function: Callable[[], object], rounds: int = 3) -> float:
    """Seconds of the best round."""
    seconds = []
    for _ in range(rounds):
        start = perf_counter()
        function()
        seconds.append(perf_counter() - start)
    return min(seconds)


def one_by_one(ledger: Ledger) -> None:
    for _ in range(SINGLE):
        ledger.record(CALL)


def two_processes(url: str) -> float:
    """Seconds until both have written; they start when both are ready."""
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen([sys.executable, "-c", WRITER, url], **pipes) for _ in range(2)]
    for process in both:
        process.stdout.readline()
    start = perf_counter()
    for process in both:
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in both:
        process.communicate()
    return perf_counter() - start


def main() -> None:
    pricing = best(lambda: [price(CALL) for _ in range(MANY)]) / MANY
    print(f"pricing a row: {pricing * 1e6:.0f} microseconds")
    with ExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory())
        databases = {"SQLite": f"sqlite:///{Path(folder) / 'calls.sqlite'}"}
        if postgres.find_programs() is not None:
            databases["PostgreSQL"] = stack.enter_context(postgres.serve())
        for name, url in databases.items():
            ledger = Ledger(url)
            single = best(lambda ledger=ledger: one_by_one(ledger)) / SINGLE
            many = best(lambda ledger=ledger: ledger.record_many([CALL] * MANY)) / MANY
            print(
                f"{name}: record {1 / single:,.0f} rows/s, record_many {1 / many:,.0f} rows/s "
                f"({single / many:.0f} times; pricing is {pricing / many:.0%} of it)"
            )
            with ledger.engine.begin() as connection:
                connection.execute(CALLS.delete())
            ledger.record_many([CALL] * READ)
            print(f"   frame() of {READ:,} rows: {best(ledger.frame):.1f} s")
            both = two_processes(url)
            print(f"   two processes, record: {2 * SINGLE / both:,.0f} rows/s together")
            ledger.close()


if __name__ == "__main__":
    main()
