"""How fast lesson 4's dashboard refreshes.

`python -m costlib bench -k dashboard` sets adding up what the filters let through against a plain
pandas groupby of the same rows by hour and feature. As a script, this file prints for a ledger of
1,000,000 rows: making it ready, which happens once; adding up; and a whole refresh, drawing and
movers included, in seconds of CPU time.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from costlib.bank.traffic import FIRST_DAY
from costlib.calculators.dashboard import Dashboard, view_of
from costlib.course.bench import SIZES

CHOSEN = {"none": {}, "two": {"feature": "feature-1", "status": "ok"}}


def ledger(rows: int) -> pd.DataFrame:
    """A made-up ledger of 90 days with the columns that the dashboard reads."""
    random = np.random.default_rng(11)
    seconds = np.sort(random.integers(0, 90 * 86_400, rows))

    def names(prefix: str, count: int) -> np.ndarray:
        weights = 1 / (np.arange(count) + 5)
        found = random.choice(count, rows, p=weights / weights.sum())
        return np.array([f"{prefix}-{n}" for n in range(count)], dtype=object)[found]

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


def plain(calls: pd.DataFrame, chosen: dict[str, str]) -> pd.Series:
    """The same sums by pandas."""
    for name, value in chosen.items():
        calls = calls[calls[name] == value]
    return calls.groupby([calls["time"].dt.floor("h"), "feature"])["cost_pusd"].sum()


@pytest.mark.parametrize("filters", list(CHOSEN))
@pytest.mark.parametrize("rows", SIZES)
def bench_dashboard(race: Callable[..., None], rows: int, filters: str) -> None:
    """dashboard, filters:"""
    calls, chosen = ledger(rows), CHOSEN[filters]
    view = view_of(calls)(**chosen)
    ours, other = view.result().hourly, plain(calls, chosen)
    assert ours.to_numpy().sum() == other.sum()
    race(view.result, lambda: plain(calls, chosen), against="pandas groupby")


def best(function: Callable[[], Any], rounds: int = 5) -> float:
    """Seconds of CPU time of the fastest round."""
    times = []
    for _ in range(rounds):
        start = process_time()
        function()
        times.append(process_time() - start)
    return min(times)


def main() -> None:
    calls = ledger(SIZES[-1])
    made = best(lambda: view_of(calls), rounds=1)
    print(f"making {len(calls):,} rows ready, once: {made:.2f} s")
    for filters, chosen in CHOSEN.items():
        view = view_of(calls)(**chosen)
        ours, other = best(view.result), best(lambda chosen=chosen: plain(calls, chosen))
        print(
            f"adding up, filters {filters}: {ours:.3f} s; pandas groupby {other:.3f} s; "
            f"ours ÷ groupby {ours / other:.2f}"
        )
    board = Dashboard(calls)
    whole = best(lambda: board.answer_now().html(), rounds=3)
    print(f"a whole refresh, drawing included: {whole:.2f} s")


if __name__ == "__main__":
    main()
