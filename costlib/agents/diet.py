"""The same runs with less in their prompts: shorter tool results, other tool definitions.

Each function takes runs and gives runs, whose money `spent` tells. What would change in tokens is
computed; whether an agent that sees less solves as much **nobody has measured**, so that the runs
it gives do not say which are solved (`may_lose` says how much room a saving leaves). Measured reads
keep their place: a turn that read everything up to some earlier turn still does. Units: tokens.
Lesson 6 teaches it.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np

from costlib.agents.cache_choices import settled
from costlib.agents.runs import MEASURED, Runs
from costlib.pricing.numbers import plausible

UNMEASURED = "Whether as many tasks are solved was not measured."


def cut_results(runs: Runs, tokens: int) -> Runs:
    """Each tool result cut after so many tokens.

    What the agent then does is taken to be what it did. Raises ValueError for a negative length.
    """
    _at_least(0, tokens=tokens)
    results = regrown(runs, runs.results, np.minimum(runs.grown(runs.results), tokens))
    return _with_results(runs, results, f"Tool results are cut at {tokens:,} tokens. {UNMEASURED}")


def summarise_results(
    runs: Runs, *, longer_than: int, to: int, by_model: bool = True, prompt: int = 50
) -> Runs:
    """Each result longer than `longer_than` tokens summarised once, in `to` tokens, when it comes.

    The summary is a call of its own (`overhead`): it is sent the result and a `prompt`, with
    nothing before it, and answers with the summary. With `by_model=False` the summary costs
    nothing, as by a local program. Raises ValueError for lengths that make no sense.
    """
    _at_least(1, longer_than=longer_than, to=to)
    _at_least(0, prompt=prompt)
    came = runs.grown(runs.results)
    long = came > longer_than
    results = regrown(runs, runs.results, np.where(long, np.minimum(came, to), came))
    shorter = _with_results(
        runs,
        results,
        f"Results above {longer_than:,} tokens are summarised in {to:,}. {UNMEASURED}",
    )
    if not by_model or not long.any():
        return shorter
    rows = np.flatnonzero(long)
    fresh = int(runs.thread.max()) + 1
    calls = {
        "definitions": 0,
        "prefix": came[rows] + prompt,
        "history": 0,
        "results": 0,
        "answer": np.minimum(came[rows], to),
        "read": 0,
        "thread": fresh + np.arange(len(rows)),  # each stands alone
        "overhead": True,
        "beside": 0,
    }
    longer = with_calls(shorter, rows, calls)
    return longer if runs.cache == MEASURED else settled(longer)


def with_definitions(
    runs: Runs,
    tools: int,
    tokens_each: int,
    *,
    on_demand: bool = False,
    used: int = 0,
    search: int = 500,
    query: int = 40,
) -> Runs:
    """The runs with the definitions of so many more tools, of `tokens_each` tokens.

    Always loaded, they stand in front of every prompt. **Modelled** `on_demand`: only the
    definition of a search tool (`search` tokens) stands there; each of the first `used` turns asks
    for one tool (`query` tokens of answer), whose definition comes back with the turn's result and
    rides along from then on. Whether an agent finds the tool that it needs is not modelled.
    """
    _at_least(0, tools=tools, tokens_each=tokens_each, used=used, search=search, query=query)
    if used > tools:
        raise ValueError(f"used={used} of tools={tools}: it cannot use more than there are")
    if not on_demand:
        more = _changed(runs, definitions=runs.definitions + tools * tokens_each)
        note = f"{tools:,} more tool definitions stand in each prompt. {UNMEASURED}"
        return more.noted(note, solved=None)
    asks = (runs.place < used) & (runs.thread == 0)
    loaded = np.minimum(runs.place, used) * (runs.thread == 0)
    more = _changed(
        runs,
        definitions=runs.definitions + search,
        history=runs.history + loaded * query,
        results=runs.results + loaded * tokens_each,
        answer=runs.answer + asks * query,
    )
    return more.noted(
        f"{tools:,} more tools, of which {used:,} are looked up when first used. {UNMEASURED}",
        solved=None,
    )


def regrown(runs: Runs, level: np.ndarray, came: np.ndarray) -> np.ndarray:
    """A part of the prompts when so much of it came after each turn instead of what did.

    Where it shrank, it shrinks by the same share.
    """
    grew = runs.grown(level)
    place = runs.place
    now = np.zeros(len(level), np.int64)
    now[place == 0] = level[place == 0]
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(1, int(place.max()) + 2))
    for start, end in pairwise(ends):
        rows = order[start:end]
        was = rows - 1
        share = now[was] * level[rows] // np.maximum(level[was], 1)
        now[rows] = np.where(grew[was] >= 0, now[was] + came[was], share)
    return now


def with_calls(
    runs: Runs, at: np.ndarray, calls: dict[str, object], *, before: bool = False
) -> Runs:
    """The runs with one more call after each of the turns `at`, or before it, at the turn's time.

    `calls` has the fields in which it differs from that turn. `at` is in order.
    """
    rows = np.sort(np.concatenate((np.arange(len(runs.seconds)), at)), kind="stable")
    twice = rows[1:] == rows[:-1]
    new = np.append(twice, False) if before else np.append(False, twice)
    longer = runs.taken(rows, first=runs.first + np.searchsorted(at, runs.first))
    fields = {name: getattr(longer, name).copy() for name in calls}
    for name, values in calls.items():
        fields[name][new] = values
    written = {name: np.where(new, 0, tokens) for name, tokens in longer.written.items()}
    run, thread = longer.run, fields.get("thread", longer.thread)
    order = np.lexsort((np.arange(len(rows)), thread, run))  # a thread's turns stand together
    return replace(longer, **fields, written=written).taken(order)


def _with_results(runs: Runs, results: np.ndarray, note: str) -> Runs:
    return _changed(runs, results=results).noted(note, solved=None)


def _changed(was: Runs, **parts: Any) -> Runs:
    """Runs with other parts; their cache modelled anew, or measured reads as far as before."""
    now = replace(was, read=np.zeros(len(was.read), np.int64), written={}, **parts)
    if was.cache != MEASURED:
        return settled(now)
    if was.written:
        raise ValueError(
            "these runs wrote to a cache: choose one to model, "
            'with_cache(runs, "5m"), before their prompts change'
        )
    turn, beyond = was.reach(was.read)
    step = np.minimum(turn + 1, len(turn) - 1)
    after = np.where(now.opens[step], 0, np.maximum(now.body[step] - now.body[turn], 0))
    standing = np.where(
        was.read >= was.definitions + was.prefix,
        now.definitions + now.prefix,
        np.minimum(was.read, now.definitions + now.prefix),
    )
    inside = now.body[turn] * (was.body[turn] + beyond) // np.maximum(was.body[turn], 1)
    read = standing + np.where(beyond < 0, inside, now.body[turn] + np.minimum(beyond, after))
    return replace(now, read=np.where(was.read > 0, np.minimum(read, now.prompt), 0))


def _at_least(least: int, **values: int) -> None:
    for name, value in values.items():
        if value < least:
            raise ValueError(f"{name}={value}: give {least} or more")
        plausible(name, value, least, high=1e9)
