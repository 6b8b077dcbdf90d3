"""One run given to children: each does a stretch of it, and the parent reads their summaries.

A child does not carry what others read and said, so that its prompts are short. It pays with a
prefix of its own, which no cache has seen, with a brief and with a summary. Without a cache a long
context is paid for in full at every turn, and children save; with one it is nearly free, and they
often do not. **Modelled**: children that need nothing beyond task and brief, and do just what the
one agent did. Units: tokens. Lesson 6 teaches it, lesson 5 their budgets.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from costlib.agents.cache_choices import settled
from costlib.agents.diet import UNMEASURED, with_calls
from costlib.agents.runs import MEASURED, Runs
from costlib.pricing.numbers import plausible


def split(
    runs: Runs, children: int, *, brief: int = 300, summary: int = 500, framing: int = 10
) -> Runs:
    """Each run done by so many children one after the other (fewer, where it has fewer turns).

    The parent writes a `brief` (tokens) for each child, waits, and reads its `summary`, which
    `framing` tokens wrap; at the end it writes a summary of them all. A child is sent definitions,
    the run's prefix and its brief, does its stretch of the turns as they were, and writes its
    summary in one more turn; the last one ends with the run's own last answer.

    Raises ValueError for runs that have children already, or whose reads were measured.
    """
    if children < 1 or min(brief, summary, framing) < 0:
        raise ValueError(
            f"children={children}, brief={brief}, summary={summary}, framing={framing}: give at "
            "least 1 child, and lengths of 0 or more"
        )
    for name, tokens in {"brief": brief, "summary": summary, "framing": framing}.items():
        plausible(name, tokens, high=1e9)
    plausible("children", children, high=100_000)
    if runs.thread.any():
        raise ValueError("these runs have children already: split runs of one thread")
    if runs.cache == MEASURED:
        settled(runs)  # says what to do
    many = np.minimum(children, runs.turns)
    child = runs.place * many[runs.run] // runs.turns[runs.run]
    starts = np.append(True, (np.diff(child) != 0) | (np.diff(runs.run) != 0))
    began = np.maximum.accumulate(np.where(starts, np.arange(len(child)), 0))
    done = replace(
        runs,
        prefix=runs.prefix + brief,
        history=np.maximum(runs.history - runs.history[began], 0),
        results=np.maximum(runs.results - runs.results[began], 0),
        thread=child + 1,
        read=np.zeros(len(child), np.int64),
        written={},
    )
    ends = np.append(starts[1:], True)
    ends[runs.first[1:] - 1] = False  # the last child's summary is the run's own last answer
    last = np.flatnonzero(ends)
    reports = {
        "history": np.maximum(done.history[last] + runs.grown(runs.history)[last], 0),
        "results": np.maximum(done.results[last] + runs.grown(runs.results)[last], 0),
        "answer": summary,
        "overhead": True,
        "beside": 0,
    }
    parent = (many, brief, summary + framing, summary)
    return settled(_with_parents(with_calls(done, last, reports), *parent)).noted(
        f"Each run is done by up to {children:,} children. {UNMEASURED}", solved=None
    )


def _with_parents(done: Runs, many: np.ndarray, brief: int, comes: int, closing: int) -> Runs:
    """The children's turns and, for each run, its parent's: before each child, and at the end.

    A parent's prompt has a `brief` and what `comes` back for each child that is done.
    """
    starts = np.flatnonzero(done.opens)
    rows = np.concatenate((starts, done.first[1:] - 1, np.arange(len(done.thread))))
    parent = np.arange(len(rows)) < len(rows) - len(done.thread)
    thread = np.where(parent, 0, done.thread[rows])
    # Before each child in turn, then after the last; then the children's own turns.
    order = np.lexsort((np.arange(len(rows)), thread, done.run[rows]))
    rows, parent, thread = rows[order], parent[order], thread[order]
    first = np.concatenate(([0], np.cumsum(done.turns + many + 1)))
    told = np.arange(len(rows)) - np.repeat(first[:-1], np.diff(first))  # children before it
    closes = parent & (told == np.repeat(many, np.diff(first)))
    return done.taken(
        rows,
        first=first,
        thread=thread,
        prefix=done.prefix[rows] - brief * parent,
        history=np.where(parent, told * brief, done.history[rows]),
        results=np.where(parent, told * comes, done.results[rows]),
        answer=np.where(closes, closing, np.where(parent, brief, done.answer[rows])),
        overhead=parent | done.overhead[rows],
        beside=np.where(parent, 0, done.beside[rows]),
    )
