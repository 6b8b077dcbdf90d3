"""Reserve and settle under 8 processes, on SQLite and PostgreSQL: how fast, and how exact.

`python -m costlib bench` sets one pair beside the least that it must do, two committed updates;

    python tests/benchmarks/bench_budget.py

prints pairs of reserve and settle a second, with all processes on one account (the whole) and
with a second account for each process (a user inside the whole); then what a naive and a
reserving guard spend of the same limit when 8 processes race for it. Pairs a second depend on the
machine and its disk: each commit waits for it.
"""

from __future__ import annotations

import multiprocessing
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

import postgres  # noqa: E402
import pytest  # noqa: E402
import sqlalchemy as sa  # noqa: E402

from costlib.budgets.budget import Budget, Limit  # noqa: E402
from costlib.budgets.races import GUARDS, race_processes  # noqa: E402

PROCESSES, PAIRS = 8, 250
LIMITS = {
    "one account": [Limit(1_000, "month")],
    "user in the whole": [Limit(1_000, "month"), Limit(1_000, "day", by="user")],
}


@pytest.mark.benchmark(timer=perf_counter)  # a commit waits for the disk
@pytest.mark.parametrize("limits", LIMITS)
def bench_reserve_and_settle(race: Callable[..., None], limits: str, tmp_path: Path) -> None:
    """`reserve` and `settle`"""
    budget = Budget(f"sqlite:///{tmp_path / 'budget.sqlite'}", LIMITS[limits])
    plain = sqlite3.connect(tmp_path / "floor.sqlite")
    plain.execute("PRAGMA journal_mode=WAL")
    plain.execute("PRAGMA synchronous=NORMAL")  # as costlib's connections have it
    plain.execute("CREATE TABLE account (reserved INTEGER, spent INTEGER)")
    plain.execute("INSERT INTO account VALUES (0, 0)")
    plain.commit()

    def other() -> None:
        with plain:
            plain.execute(
                "UPDATE account SET reserved = reserved + 2 WHERE spent + reserved < 1e18"
            )
        with plain:
            plain.execute("UPDATE account SET reserved = reserved - 2, spent = spent + 1")

    race(
        lambda: budget.reserve("0.002", user="u0").settle("0.001"),
        other,
        against="`sqlite3`: two UPDATEs, committed",
    )
    budget.close()
    plain.close()


def work(url: str, limits: str, user: str, barrier: Any) -> None:
    budget = Budget(url, LIMITS[limits])
    barrier.wait()
    for _ in range(PAIRS):
        budget.reserve("0.002", user=user).settle("0.001")
    barrier.wait()
    budget.close()


def pairs_a_second(url: str, limits: str) -> float:
    Budget(url, LIMITS[limits]).close()  # makes the tables
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(PROCESSES + 1)
    jobs = [(url, limits, f"u{n}", barrier) for n in range(PROCESSES)]
    running = [context.Process(target=work, args=job) for job in jobs]
    for process in running:
        process.start()
    barrier.wait()
    start = perf_counter()
    barrier.wait()
    took = perf_counter() - start
    for process in running:
        process.join()
    whole = Budget(url, LIMITS[limits])
    account = whole.accounts(user="u0")[-1]
    whole.close()
    assert (account.spent * 1_000, account.reserved) == (PROCESSES * PAIRS, 0), account
    return PROCESSES * PAIRS / took


@contextmanager
def databases() -> Iterator[dict[str, list[str]]]:
    """Four empty databases of each kind."""
    with tempfile.TemporaryDirectory() as folder, postgres.serve() as server:
        engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for n in range(4):
                connection.execute(sa.text(f"CREATE DATABASE b{n}"))
        engine.dispose()
        yield {
            "SQLite": [f"sqlite:///{folder}/b{n}.sqlite" for n in range(4)],
            "PostgreSQL": [server.rpartition("/")[0] + f"/b{n}" for n in range(4)],
        }


def main() -> None:
    with databases() as found:
        for name, urls in found.items():
            for limits, url in zip(LIMITS, urls[:2], strict=True):
                print(f"{name}, {limits}: {pairs_a_second(url, limits):,.0f} pairs a second")
            for (kind, guard), url in zip(GUARDS.items(), urls[2:], strict=True):
                race_processes(kind, url, "1.00", "0.07", PROCESSES, rounds=5)
                made = guard(url, "1.00")
                print(f"{name}, {kind}: {made.spent:.2f} USD spent of a limit of 1.00")
                made.close()


if __name__ == "__main__":
    main()
