"""The same runs with their context compacted: at a threshold, a call sums up all that was said.

It is sent the whole context and writes a summary; from then on the summary stands in place of what
it sums up, so that every later turn is shorter and the cache, which held the long context, is of
no more use beyond the prefix. **Modelled**: the length of summaries; an agent that goes on as if it
had forgotten nothing. Units: tokens. Lesson 7 teaches it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from costlib.agents.cache_choices import settled
from costlib.agents.diet import UNMEASURED, with_calls
from costlib.agents.runs import MEASURED, Runs
from costlib.pricing.numbers import plausible


def compacted(
    runs: Runs, threshold: int, *, summary: int = 2_000, prompt: int = 100, framing: int = 10
) -> Runs:
    """The runs, compacted before each turn whose prompt would be longer than `threshold` tokens.

    The compaction is a call of its own (`overhead`) in the same thread: it is sent the context and
    a `prompt` that asks for the summary, and answers with `summary` tokens, which `framing` tokens
    wrap where they stand from then on. A context that is no longer than that is left alone.

    Raises ValueError for runs whose reads from a cache were measured: choose a cache first.
    """
    if threshold < 1 or summary < 1 or min(prompt, framing) < 0:
        raise ValueError(
            f"threshold={threshold}, summary={summary}, prompt={prompt}, framing={framing}: give 1 "
            "or more, prompt and framing of 0 or more"
        )
    for name, tokens in {"threshold": threshold, "summary": summary, "prompt": prompt}.items():
        plausible(name, tokens, high=1e9)
    plausible("framing", framing, high=1e9)
    if runs.cache == MEASURED:
        settled(runs)  # says what to do
    history, results, at, whole = _levels(runs, threshold, summary + framing)
    shorter = replace(runs, history=history, results=results, read=0 * history, written={})
    calls = {
        "history": whole[0] + prompt,
        "results": whole[1],
        "answer": summary,
        "overhead": True,
        "beside": 0,
    }
    return settled(with_calls(shorter, at, calls, before=True)).noted(
        f"Contexts above {threshold:,} tokens are compacted to {summary:,}. {UNMEASURED}",
        solved=None,
    )


def _levels(
    runs: Runs, threshold: int, stands: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """History and results of each turn, the turns before which a compaction comes, and what it is
    sent: turn by turn, all threads at once. A summary `stands` there with so many tokens.
    """
    opens = np.flatnonzero(runs.opens)
    longest = int(runs.place.max()) + 1
    length = np.diff(np.append(opens, len(runs.place)))
    gone = np.zeros((2, len(opens)), np.int64)  # history and results that a summary stands for
    kept = np.zeros(len(opens), np.int64)  # the summary
    standing = runs.definitions + runs.prefix
    levels = np.zeros((2, len(runs.place)), np.int64)
    at, whole = [], []
    for place in range(longest):
        threads = np.flatnonzero(length > place)
        rows = opens[threads] + place
        said = np.maximum(runs.history[rows] - gone[0, threads], 0) + kept[threads]
        got = np.maximum(runs.results[rows] - gone[1, threads], 0)
        full = (standing[rows] + said + got > threshold) & (said + got > stands)
        at.append(rows[full])
        whole.append(np.stack((said[full], got[full])))
        gone[0, threads[full]] = runs.history[rows[full]]
        gone[1, threads[full]] = runs.results[rows[full]]
        kept[threads[full]] = stands
        levels[0, rows] = np.where(full, stands, said)
        levels[1, rows] = np.where(full, 0, got)
    turns = np.concatenate(at)
    order = np.argsort(turns)
    sent = np.concatenate(whole, axis=1)[:, order]
    return levels[0], levels[1], turns[order], (sent[0], sent[1])
