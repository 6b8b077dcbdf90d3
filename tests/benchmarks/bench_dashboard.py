"""How fast lesson 4's dashboard refreshes on a ledger of 1,000,000 rows.

`python -m costlib bench` sets adding up what the filters let through beside a plain pandas groupby
of the same rows by hour and feature.

    python tests/benchmarks/bench_dashboard.py

prints the whole refresh, drawing included, and making the ledger ready, which happens once.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from costlib._bench import SIZES
from costlib.calculators.dashboard import Dashboard, view_of
from costlib.running_example import FIRST_DAY

ROWS = 1_000_000


@cache
def ledger(rows: int = ROWS) -> pd.DataFrame:
    """A made-up ledger of 90 days with the columns that the dashboard reads."""
    random = np.random.default_rng(11)
    seconds = np.sort(random.integers(0, 90 * 86_400, rows))

    def names(prefix: str, count: int) -> np.ndarray:
        weights = 1 / (np.arange(count) + 5)
        return random.choice(
            [f"{prefix}-{n}" for n in range(count)], rows, p=weights / weights.sum()
        )

    return pd.DataFrame(
        {
            "time": pd.to_datetime(seconds, unit="s", origin=FIRST_DAY, utc=True),
            "feature": names("feature", 6),
            "project": names("project", 3),
            "user": names("user", 5_000),
            "model": names("model", 4),
            "status": random.choice(["ok", "error"], rows, p=[0.98, 0.02]),
            "cost_pusd": random.integers(10**9, 10**11, rows),
            "requests": 1,
            "input_tokens": random.integers(0, 20_000, rows),
            "output_tokens": random.integers(0, 1_000, rows),
        }
    )


@pytest.mark.parametrize("rows", SIZES)
@pytest.mark.parametrize("filters", ["none", "two"])
def bench_dashboard(race: Callable[..., None], rows: int, filters: str) -> None:
    """the dashboard's sums, filters:"""
    chosen = {} if filters == "none" else {"feature": "feature-1", "status": "ok"}
    calls = ledger(rows)
    view = view_of(calls)

    def plain() -> object:
        kept = calls
        for name, value in chosen.items():
            kept = kept[kept[name] == value]
        return kept.groupby([kept["time"].dt.floor("h"), "feature"])["cost_pusd"].sum()

    race(lambda: view(**chosen).result(), plain, against="a pandas groupby")


def best(function: Callable[[], object], rounds: int = 5) -> float:
    """Seconds of the fastest round."""
    times = []
    for _ in range(rounds):
        start = perf_counter()
        function()
        times.append(perf_counter() - start)
    return min(times)


def main() -> None:
    calls = ledger()
    start = perf_counter()
    view_of(calls)
    print(f"making {ROWS:,} rows ready, once: {perf_counter() - start:.2f} s")
    board = Dashboard(calls)
    whole = best(lambda: board.answer_now().html(), rounds=3)
    print(f"a whole refresh, drawing included: {whole:.2f} s")


if __name__ == "__main__":
    main()
