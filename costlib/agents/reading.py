"""Runs from what was recorded: the 500 published runs, a ledger's `run` tag, a session log's calls.

A record says how long each prompt was and what was written, not of what a prompt consists. So it is
**inferred**: from one prompt to the next, the context first grows by the answer, and what it grows
beyond that is the tool's result. Where it grows by less than the answer, the vendor or the agent
left something out (earlier thinking, most often). Where it falls to half or less, it was rewritten,
and what is left is history. Units: tokens, seconds, pico-dollars. Lessons 3 and 4 use it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import numpy as np
import pandas as pd

from costlib.agents.runs import Runs
from costlib.agents.spending import spent
from costlib.display.amounts import counted
from costlib.paths import data_path
from costlib.pricing.prices import RateCard, rate_card
from costlib.tracking.calls import COLUMNS, LATER, Call, known, without_gaps
from costlib.usage.record import COUNTS

RECORDED_ON = date(2025, 11, 18)
"""The day on which the 500 runs began: they are priced at its rates."""

_INFERRED = "What a prompt consists of is inferred from how prompts and answers grow."
_PRIMING = 16  # tokens: the most that may prime a reply, after the last breakpoint
_LIFETIMES = ("5m", "30m", "1h", "12h")
_TEXT = (
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    *(f"cache_write_{name}_tokens" for name in _LIFETIMES),
    "reasoning_tokens",
    "accepted_prediction_tokens",
    "rejected_prediction_tokens",
    "requests",
)
"""Counts that the price of text covers: what else a call counts is billed beside its parts."""


@cache
def _published() -> tuple[pd.DataFrame, pd.DataFrame]:
    return (
        pd.read_csv(data_path("agents", "swe_runs.csv")),
        pd.read_csv(data_path("agents", "swe_runs_calls.csv.gz")),
    )


def swe_tables() -> tuple[pd.DataFrame, pd.DataFrame]:
    """The 500 runs and their 20,163 calls as published: see data/README.md for the columns."""
    runs, calls = _published()
    return runs.copy(), calls.copy()


@cache
def swe_runs() -> Runs:
    """The 500 runs of a coding agent, priced at the model's rates on the day they were made.

    Its tools are described in its system prompt, so that `definitions` are 0.
    """
    runs, calls = _published()
    first = np.concatenate(([0], np.cumsum(runs["calls"].to_numpy())))
    found = _runs(
        tuple(runs["run"]),
        first,
        seconds=calls["seconds"].to_numpy(float),
        prompt=calls["prompt_tokens"].to_numpy(np.int64),
        answer=calls["completion_tokens"].to_numpy(np.int64),
        read=calls["cached_tokens"].to_numpy(np.int64),
        cards=(rate_card("gemini-3-pro-preview", at=RECORDED_ON),),
        solved=(runs["resolved"] == "yes").to_numpy(),
    )
    for values in vars(found).values():
        if isinstance(values, np.ndarray):
            values.setflags(write=False)  # everybody gets the same ones
    return found


def runs_of(
    calls: pd.DataFrame | Iterable[Call | Mapping[str, Any]],
    *,
    definitions: int = 0,
    parents: Mapping[str, str] | None = None,
    apart: str = "",
    solved: Mapping[str, bool] | None = None,
) -> Runs:
    """The runs in a ledger's frame, or in calls (of a session log, say), by their `run` tag.

    A call that was refused and cost nothing is no turn; calls without a `run` are left out, and a
    note says how many. `definitions` is how many tokens of each prompt define tools. `parents`
    names the run whose child a run is: it becomes a thread of it. `apart` names a column that tells
    the contexts of one run apart, such as "feature" in a session log that marks its sub-agents
    there (those that ran at once are then one thread). `solved` says which runs were; without it,
    nobody measured.

    Raises ValueError when no call has a run, and when one stands for several requests.
    """
    frame = _frame(calls)
    named = frame[frame["run"] != ""]
    notes = [_INFERRED]
    if missing := len(frame) - len(named):
        notes.append(f"Without a run, and not among these: {counted(missing, 'call')}.")
    used = named[(named["input_tokens"] > 0) | (named["output_tokens"] > 0)]
    if not len(used):
        raise ValueError("no call with tokens has a run: tag calls with run=, once for each task")
    if (used["requests"] > 1).any():
        run = used["run"][used["requests"] > 1].iloc[0]
        raise ValueError(f"a row of {run!r} sums up several requests: a turn is a single call")
    used = _by_run(used, parents or {}, apart)
    names, counts = np.unique(used["family"].to_numpy(object), return_counts=True)
    first = np.concatenate(([0], np.cumsum(counts)))
    cards, card = _cards(used)
    begun = used.groupby("family")["time"].transform("min")
    threads = used.groupby("family")["context"].transform(lambda each: pd.factorize(each)[0])
    unknown = sorted(set(names) - set(solved)) if solved is not None else []
    if unknown:
        raise ValueError(f"solved says nothing of run {unknown[0]!r}: give True or False for each")
    runs = _runs(
        tuple(names),
        first,
        seconds=(used["time"] - begun).dt.total_seconds().to_numpy(),
        prompt=used["input_tokens"].to_numpy(np.int64),
        answer=used["output_tokens"].to_numpy(np.int64),
        read=used["cached_input_tokens"].to_numpy(np.int64),
        definitions=definitions,
        cards=cards,
        card=card,
        thread=threads.to_numpy(np.int64),
        written={
            name: used[f"cache_write_{name}_tokens"].to_numpy(np.int64)
            for name in _LIFETIMES
            if used[f"cache_write_{name}_tokens"].any()
        },
        solved=None if solved is None else np.array([solved[name] for name in names]),
    )
    return runs.noted(*notes, tail=_tail(runs), beside=_beside(used, runs))


def _by_run(used: pd.DataFrame, parents: Mapping[str, str], apart: str) -> pd.DataFrame:
    """The calls run after run, a run's children after it, a thread's calls in order of time.

    Adds `family` (the run that all of its children belong to), `child`, `context` and when that
    was `opened`.
    """
    family = used["run"].map(lambda run: _ancestor(run, parents))
    context = used["run"] + ("\0" + used[known(apart)] if apart else "")
    used = used.assign(family=family, child=used["run"] != family, context=context)
    used["opened"] = used.groupby(["family", "context"])["time"].transform("min")
    return used.sort_values(["family", "child", "opened", "context", "time"], kind="stable")


def _tail(runs: Runs) -> int:
    """The tokens at the end of each prompt that no cache entry covers: the framing of the reply."""
    uncovered = (runs.prompt - runs.read - runs.all_written)[runs.all_written > 0]
    tail = int(uncovered.min()) if len(uncovered) else 0
    # More is no framing of the reply but a prompt of which only the front is marked.
    return tail if tail <= _PRIMING else 0


def _frame(calls: pd.DataFrame | Iterable[Call | Mapping[str, Any]]) -> pd.DataFrame:
    if isinstance(calls, pd.DataFrame):
        missing = [name for name in COLUMNS if name not in calls and name not in ("id", *LATER)]
        if missing:
            raise ValueError(f"the frame is no ledger's: it has no column {missing[0]!r}")
        return without_gaps(calls.assign(**{name: "" for name in LATER if name not in calls}))
    from costlib.tracking.ledger import Ledger  # loads SQLAlchemy, which no frame needs

    ledger = Ledger()
    ledger.record_many(calls)
    return ledger.frame()


def _ancestor(run: str, parents: Mapping[str, str]) -> str:
    seen = [run]
    while seen[-1] in parents:
        seen.append(parents[seen[-1]])
        if seen[-1] in seen[:-1]:
            raise ValueError(f"parents goes round in a circle at {run!r}: a run has one parent")
    return seen[-1]


def _cards(calls: pd.DataFrame) -> tuple[tuple[RateCard | str, ...], np.ndarray]:
    """The rate cards of the calls, a model's name where there is none, and for each call which."""
    found: dict[RateCard | str, int] = {}
    codes = np.empty(len(calls), np.int64)
    columns = (calls[name] for name in ("provider", "model", "tier", "time", "region"))
    for row, (provider, model, tier, time, region) in enumerate(zip(*columns, strict=True)):
        card: RateCard | str
        try:
            card = rate_card(
                model, provider=provider, tier=tier, at=time.to_pydatetime(), region=region
            )
        except LookupError:
            card = model
        codes[row] = found.setdefault(card, len(found))
    return tuple(found), codes


def _beside(calls: pd.DataFrame, runs: Runs) -> np.ndarray:
    """What the ledger says beyond the price of the text: searches, and pictures at own rates."""
    others = [name for name in COUNTS if name not in _TEXT]
    more = (calls[[*others, "audio_seconds"]] != 0).any(axis=1) | (calls["fees"] != "")
    more &= calls["cost_pusd"].notna()
    stored = calls["cost_pusd"].fillna(0).to_numpy(np.int64)
    return np.where(more, stored - spent(runs).by_turn, 0)


def _runs(
    names: tuple[str, ...],
    first: np.ndarray,
    *,
    seconds: np.ndarray,
    prompt: np.ndarray,
    answer: np.ndarray,
    read: np.ndarray,
    cards: tuple[RateCard | str, ...],
    card: np.ndarray | None = None,
    thread: np.ndarray | None = None,
    definitions: int = 0,
    written: Mapping[str, np.ndarray] | None = None,
    solved: np.ndarray | None = None,
) -> Runs:
    """Runs from the lengths that a record has; what prompts consist of is inferred from them."""
    nothing = np.zeros(len(prompt), np.int64)
    thread = nothing if thread is None else thread
    run = np.repeat(np.arange(len(names)), np.diff(first))
    opens = np.append(True, (np.diff(run) != 0) | (np.diff(thread) != 0))
    tools, prefix, history, results = _inferred(prompt, answer, opens, definitions)
    return Runs(
        names,
        first,
        seconds,
        definitions=tools,
        prefix=prefix,
        history=history,
        results=results,
        answer=answer,
        read=read,
        card=nothing if card is None else card,
        thread=thread,
        overhead=nothing.astype(bool),
        beside=nothing,
        cards=cards,
        written=written or {},
        solved=solved,
        notes=(_INFERRED,),
    )


def _inferred(
    prompt: np.ndarray, answer: np.ndarray, opens: np.ndarray, definitions: int
) -> tuple[np.ndarray, ...]:
    """Definitions, prefix, history and results of each prompt, as the module's docstring says."""
    rows = []
    standing = said = got = 0
    for turn, (now, new) in enumerate(zip(prompt.tolist(), opens.tolist(), strict=True)):
        if new:
            standing, said, got = now, 0, 0
        else:
            standing = min(standing, now)
            grown = now - standing - said - got
            if 2 * now <= int(prompt[turn - 1]):  # rewritten
                said, got = now - standing, 0
            else:
                written = min(grown, int(answer[turn - 1]))
                said, got = said + written, got + grown - written
                if said < 0:
                    said, got = 0, got + said
        tools = min(definitions, standing)
        rows.append((tools, standing - tools, said, got))
    return tuple(np.array(rows, np.int64).reshape(-1, 4).T.copy())
