"""The one convention of the benchmarks: two sides, timed one after the other in the same run.

`python -m costlib bench` runs every function named `bench_*` in the files `bench_*.py` here; a file
may hold scripts beside them. A benchmark asks for `race` and calls it once:

    @pytest.mark.parametrize("rows", SIZES)           # where the cost depends on a size
    def bench_cost_table(race, rows):
        "`cost_table`"                                # the hot path, as the table names it
        frame = ledger(rows)
        race(lambda: cost_table(frame), lambda: float_gather(frame), against="float64 numpy")

`other` is a peer (another package doing the same) or the floor (the least that any code must do).
Times are CPU time, best of several rounds, so that other programs count little; where the work is
done in another process (a server, a subprocess), mark the benchmark with
`pytest.mark.benchmark(timer=time.perf_counter)`.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Side = Callable[[], object]


@pytest.fixture(params=["ours", "other"])
def race(request: pytest.FixtureRequest, benchmark: Any) -> Callable[..., None]:
    """Times one of the two sides; the other is timed by the next test."""

    def run(ours: Side, other: Side, *, against: str) -> None:
        given = dict(request.node.callspec.params)
        side = given.pop("race")
        benchmark.extra_info |= {
            "path": (request.function.__doc__ or request.node.originalname).strip(),
            "against": against,
            "side": side,
            "rows": given.pop("rows", None),
            "case": ", ".join(map(str, given.values())),
        }
        benchmark(ours if side == "ours" else other)

    return run
