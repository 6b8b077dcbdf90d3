"""How fast a trace is replayed, against a loop over a dictionary that gives the same shares.

Run by `python -m costlib bench`. The trace: conversations of one to twelve turns, each turn sending
the blocks of all before it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from costlib.caching.multiples import cache_prices
from costlib.caching.replays import Trace, foreseen, replay
from costlib.course.bench import SIZES

LIFETIME = 300


@cache
def conversations(requests: int) -> Trace:
    """Requests of conversations that share a first block and grow by a block at each turn."""
    rng = np.random.default_rng(7)
    turns = rng.integers(1, 13, requests)
    turns = turns[: np.searchsorted(np.cumsum(turns), requests) + 1]
    talk = np.repeat(np.arange(len(turns)), turns)[:requests]
    turn = (np.arange(turns.sum()) - np.repeat(np.cumsum(turns) - turns, turns))[:requests]
    start = rng.uniform(0, 86_400, len(turns))
    gaps = rng.exponential(120, requests)
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
    """Blocks that were used less than LIFETIME seconds before."""
    last: dict[int, float] = {}
    hits = 0
    for now, row in zip(seconds, rows, strict=True):
        for block in row:
            then = last.get(block)
            if then is not None and now - then < LIFETIME:
                hits += 1
            last[block] = now
    return hits


@pytest.mark.parametrize("rows", SIZES)
def bench_replay(race: Callable[..., None], rows: int) -> None:
    """`replay` of a trace"""
    trace = conversations(rows)
    blocks = [row.tolist() for row in np.split(trace.blocks, trace.first[1:-1])]
    times = trace.seconds.tolist()
    assert int(replay(trace, LIFETIME).read.sum()) == 512 * by_dictionary(times, blocks)
    race(
        lambda: replay(trace, LIFETIME),
        lambda: by_dictionary(times, blocks),
        against="a loop over a dictionary",
    )


@pytest.mark.parametrize("rows", SIZES)
def bench_foreseen(race: Callable[..., None], rows: int) -> None:
    """`foreseen`, the best that could be known"""
    trace, prices = conversations(rows), cache_prices("claude-opus-5-5")
    race(
        lambda: foreseen(trace, prices),
        lambda: replay(trace, LIFETIME),
        against="`replay` of the same trace",
    )
