"""How fast lesson 4's dashboard refreshes on a ledger of 1,000,000 rows.

    python tests/benchmarks/bench_dashboard.py

prints, for the best of several rounds in one run: adding up what the filters let through against a
plain pandas groupby of the same rows by hour and feature (a ratio, which holds on any machine);
the whole refresh, drawing included; and making the ledger ready, which happens once. pytest does
not collect this file.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from costlib.calculators.dashboard import Dashboard, view_of
from costlib.running_example import FIRST_DAY

ROWS = 1_000_000


def ledger() -> pd.DataFrame:
    """A made-up ledger of 90 days with the columns that the dashboard reads."""
    random = np.random.default_rng(11)
    seconds = np.sort(random.integers(0, 90 * 86_400, ROWS))

    def names(prefix: str, count: int) -> np.ndarray:
        weights = 1 / (np.arange(count) + 5)
        return random.choice(
            [f"{prefix}-{n}" for n in range(count)], ROWS, p=weights / weights.sum()
        )

    return pd.DataFrame(
        {
            "time": pd.to_datetime(seconds, unit="s", origin=FIRST_DAY, utc=True),
            "feature": names("feature", 6),
            "project": names("project", 3),
            "user": names("user", 5_000),
            "model": names("model", 4),
            "status": random.choice(["ok", "error"], ROWS, p=[0.98, 0.02]),
            "cost_pusd": random.integers(10**9, 10**11, ROWS),
            "requests": 1,
            "input_tokens": random.integers(0, 20_000, ROWS),
            "output_tokens": random.integers(0, 1_000, ROWS),
        }
    )


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
    view = view_of(calls)
    print(f"making {ROWS:,} rows ready, once: {perf_counter() - start:.2f} s")
    for chosen in ({}, {"feature": "feature-1", "status": "ok"}):

        def plain(chosen: dict[str, str] = chosen) -> object:
            rows = calls
            for name, value in chosen.items():
                rows = rows[rows[name] == value]
            return rows.groupby([rows["time"].dt.floor("h"), "feature"])["cost_pusd"].sum()

        ours, theirs = best(lambda chosen=chosen: view(**chosen).result()), best(plain)
        print(
            f"adding up, filters {chosen or 'none'}: {ours * 1e3:.0f} ms; plain groupby "
            f"{theirs * 1e3:.0f} ms; groupby/ours {theirs / ours:.2f}"
        )
    board = Dashboard(calls)
    whole = best(lambda: board.answer_now().html(), rounds=3)
    print(f"a whole refresh, drawing included: {whole:.2f} s")


if __name__ == "__main__":
    main()
