"""How many calls a second a ledger takes, into SQLite and PostgreSQL, one by one and many at once.

    python tests/benchmarks/bench_ledger.py

prints rows a second of wall time (the best of three rounds), pricing included, with the share of
that time that pricing takes; then seconds to read 100,000 rows back as a frame, and how many rows
two processes write into one SQLite file. PostgreSQL runs on this machine, in a cluster of its own.
Rows a second are those of this machine and its disk. `python -m costlib bench` runs the two races
below the script, whose ratios hold anywhere.
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
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import postgres  # noqa: E402

from costlib.provider import connect  # noqa: E402
from costlib.tracking.calls import COLUMNS, price, row_of  # noqa: E402
from costlib.tracking.clients import track  # noqa: E402
from costlib.tracking.ledger import CALLS, Call, Ledger  # noqa: E402
from costlib.usage.record import Usage  # noqa: E402

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


@pytest.mark.parametrize("rows", [1_000, 10_000])
def bench_record_many(race: Any, rows: int) -> None:
    """`Ledger.record_many`"""
    calls, ledger = [CALL] * rows, Ledger()
    names = [name for name in COLUMNS if name != "id"]
    values = [tuple(str(row_of(CALL)[name]) for name in names)] * rows
    plain = sqlite3.connect(":memory:")
    plain.execute(f"CREATE TABLE calls ({', '.join(map(repr, names))})")
    insert = f"INSERT INTO calls VALUES ({', '.join('?' * len(names))})"
    race(
        lambda: ledger.record_many(calls),
        lambda: plain.executemany(insert, values),
        against="executemany of sqlite3, neither priced nor checked",
    )


def bench_tracked_call(race: Any) -> None:
    """a call of a tracked client"""
    body = {"model": "gpt-4.1-mini", "messages": [{"role": "user", "content": "Hi"}]}
    client = connect("openai")
    tracked = track(client, Ledger())
    race(
        lambda: tracked.chat.completions.create(**body),
        lambda: client.chat.completions.create(**body),
        against="the same call, not tracked",
    )


if __name__ == "__main__":
    main()
