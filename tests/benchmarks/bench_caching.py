"""How fast a trace of 1,000,000 requests is replayed, against a plain dictionary in the same run.

    python tests/benchmarks/bench_caching.py

prints requests a second of `replay` (and of `foreseen`) and of a loop over a Python dictionary that
gives the same shares, and the ratio; best of several rounds, CPU time. The trace: conversations of
one to twelve turns, each turn sending the blocks of all before it. pytest does not collect this.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import process_time

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from costlib.caching import Trace, cache_prices, foreseen, replay

REQUESTS = 1_000_000
LIFETIME = 300
ROUNDS = 3


def conversations() -> Trace:
    """Requests of conversations that share a first block and grow by a block at each turn."""
    rng = np.random.default_rng(7)
    turns = rng.integers(1, 13, REQUESTS)
    turns = turns[: np.searchsorted(np.cumsum(turns), REQUESTS) + 1]
    talk = np.repeat(np.arange(len(turns)), turns)[:REQUESTS]
    turn = (np.arange(turns.sum()) - np.repeat(np.cumsum(turns) - turns, turns))[:REQUESTS]
    start = rng.uniform(0, 86_400, len(turns))
    gaps = rng.exponential(120, REQUESTS)
    gaps[turn == 0] = 0
    elapsed = np.cumsum(gaps)
    elapsed -= elapsed[np.flatnonzero(turn == 0)][talk]
    seconds = start[talk] + elapsed
    order = np.argsort(seconds, kind="stable")
    seconds, talk, counts = seconds[order], talk[order], turn[order] + 2
    first = np.concatenate(([0], np.cumsum(counts)))
    place = np.arange(first[-1]) - np.repeat(first[:-1], counts)
    blocks = np.where(place == 0, 0, 1 + np.repeat(talk, counts) * 12 + place - 1)
    return Trace(seconds, first, blocks, np.full(first[-1], 512))


def by_dictionary(seconds: list[float], rows: list[list[int]]) -> int:
    """Blocks that were used within the last LIFETIME seconds."""
    last: dict[int, float] = {}
    hits = 0
    for now, row in zip(seconds, rows, strict=True):
        for block in row:
            then = last.get(block)
            if then is not None and now - then <= LIFETIME:
                hits += 1
            last[block] = now
    return hits


def best(function, *args) -> tuple[float, object]:
    """The least CPU seconds of several rounds, and what the function gave."""
    seconds, result = float("inf"), None
    for _ in range(ROUNDS):
        start = process_time()
        result = function(*args)
        seconds = min(seconds, process_time() - start)
    return seconds, result


def main() -> None:
    trace = conversations()
    rows = [row.tolist() for row in np.split(trace.blocks, trace.first[1:-1])]
    times = trace.seconds.tolist()
    plain, hits = best(by_dictionary, times, rows)
    ours, tally = best(replay, trace, LIFETIME)
    assert int(tally.read.sum()) == 512 * hits
    ahead, _ = best(foreseen, trace, cache_prices("claude-opus-5-5"))
    print(f"{REQUESTS:,} requests, {len(trace.blocks):,} blocks, {tally.hit_rate:.1%} read")
    for name, seconds in (("dictionary", plain), ("replay", ours), ("foreseen", ahead)):
        print(f"{name:<10}  {REQUESTS / seconds:>12,.0f} requests a second")
    print(f"dictionary / replay {plain / ours:.2f}")


if __name__ == "__main__":
    main()
