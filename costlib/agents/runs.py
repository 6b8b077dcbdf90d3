"""An agent's run as a record: turns, and of what each of their prompts consists.

A turn is one call of a model. Its prompt has four parts, in this order from the front:
`definitions` (of the tools), `prefix` (the system prompt and the task), and then, one after the
other, `history` (what the agent said before, sent again) and `results` (what its tools gave back,
sent again). The fifth part is the `answer`. `Runs` holds many runs at once, a number for each turn
in each array, so that a question about 500 runs is one expression. Units: tokens, seconds.
Lessons 3, 5, 6 and 7 teach this room.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from costlib.display.amounts import counted
from costlib.pricing.prices import RateCard

PARTS = ("definitions", "prefix", "history", "results", "answer")
"""The parts of a turn: four of its prompt, from the front, and what the model wrote."""

MEASURED, NONE = "measured", "none"

_EACH_TURN = ("seconds", *PARTS, "read", "card", "thread", "overhead", "beside")
_KEY = 1 << 40  # between the keys of two threads: more tokens than any prompt has


@dataclass(frozen=True, eq=False, repr=False)
class Runs:
    """Runs, laid end to end: run i has the turns `first[i]` to `first[i + 1]`.

    For each turn: `seconds` since its run began, the tokens of the five `PARTS`, `read`, those of
    its prompt that were read from a cache, and in `written`, by lifetime ("5m", "1h"), those that
    were written to one, which follow the ones read. `card` says at which of `cards` it is priced;
    a string there is a model without a price. `thread` is 0 for the agent itself and counts its
    children, each of which has a context of its own; the turns of a thread stand together.
    `overhead` marks calls that do none of the task's work, such as a compaction. `beside` is what
    else a call was billed (searches, pictures), in pico-dollars.

    `solved` has one entry for each run, None when nobody measured it. `cache` is "measured",
    "none", or the lifetime that `with_cache` modelled; `tail` counts the tokens of each request
    that follow the last cache breakpoint. `notes` say what is modelled.
    """

    names: tuple[str, ...]
    first: np.ndarray
    seconds: np.ndarray
    definitions: np.ndarray
    prefix: np.ndarray
    history: np.ndarray
    results: np.ndarray
    answer: np.ndarray
    read: np.ndarray
    card: np.ndarray
    thread: np.ndarray
    overhead: np.ndarray
    beside: np.ndarray
    cards: tuple[RateCard | str, ...]
    written: Mapping[str, np.ndarray] = field(default_factory=dict)
    solved: np.ndarray | None = None
    cache: str = MEASURED
    tail: int = 0
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        turns = int(self.first[-1])
        if len(self.first) != len(self.names) + 1 or (np.diff(self.first) < 1).any():
            raise ValueError("first needs an entry for each run and its end; no run is empty")
        for name in _EACH_TURN:
            if len(getattr(self, name)) != turns:
                raise ValueError(f"{name} has {len(getattr(self, name))} entries for {turns} turns")
        for name in (*PARTS, "read"):
            if (getattr(self, name) < 0).any():
                where = int(np.argmax(getattr(self, name) < 0))
                raise ValueError(
                    f"{name}={getattr(self, name)[where]} in a turn of "
                    f"{self.names[self.run[where]]!r}: tokens are 0 or more"
                )
        if (self.read + self.all_written > self.prompt).any():
            where = int(np.argmax(self.read + self.all_written > self.prompt))
            raise ValueError(
                f"a turn of {self.names[self.run[where]]!r} reads and writes "
                f"{self.read[where] + self.all_written[where]} tokens of a prompt of "
                f"{self.prompt[where]}: both lie inside the prompt"
            )
        if self.solved is not None and len(self.solved) != len(self.names):
            raise ValueError(f"solved has {len(self.solved)} entries for {len(self.names)} runs")

    def __len__(self) -> int:
        return len(self.names)

    def __repr__(self) -> str:
        turns = counted(len(self.seconds), "turn")
        return f"<{counted(len(self), 'run')}, {turns}, cache {self.cache}>"

    @property
    def prompt(self) -> np.ndarray:
        """The input tokens of each turn."""
        return self.definitions + self.prefix + self.body

    @property
    def body(self) -> np.ndarray:
        """The tokens of each prompt that earlier turns left there: history and results."""
        return self.history + self.results

    @property
    def all_written(self) -> np.ndarray:
        """The tokens that each turn wrote to a cache, whatever their lifetime."""
        return sum(self.written.values(), start=np.zeros(len(self.seconds), np.int64))

    @property
    def turns(self) -> np.ndarray:
        """How many turns each run has."""
        return np.diff(self.first)

    @property
    def run(self) -> np.ndarray:
        """For each turn the number of its run, from 0."""
        return np.repeat(np.arange(len(self.names)), self.turns)

    @property
    def turn(self) -> np.ndarray:
        """For each turn its place in its run, from 1."""
        return np.arange(len(self.seconds)) - self.first[:-1][self.run] + 1

    @property
    def opens(self) -> np.ndarray:
        """Whether a turn is the first of its thread: nothing stands before it."""
        new = np.ones(len(self.seconds), bool)
        new[1:] = (self.run[1:] != self.run[:-1]) | (self.thread[1:] != self.thread[:-1])
        return new

    @property
    def place(self) -> np.ndarray:
        """For each turn its place in its thread, from 0."""
        at = np.arange(len(self.seconds))
        return at - np.maximum.accumulate(np.where(self.opens, at, 0))

    @property
    def by_time(self) -> np.ndarray:
        """The turns in order of time within each run, those of its children among them."""
        return np.lexsort((self.seconds, self.run))  # stable: turns at one moment stay in order

    def per_run(self, values: np.ndarray) -> np.ndarray:
        """Sums, for each run, of what is given for each turn."""
        return np.add.reduceat(values, self.first[:-1])

    def grown(self, part: np.ndarray) -> np.ndarray:
        """By how much a part of the prompt grows from each turn to the next of its thread.

        0 for the last turn of a thread: what it left was never sent. Negative where the context
        shrank.
        """
        more = np.zeros(len(part), np.int64)
        more[:-1] = part[1:] - part[:-1]
        more[:-1][self.opens[1:]] = 0
        return more

    @property
    def rewritten(self) -> np.ndarray:
        """Whether a turn's context lost something that the turn before it in its thread had."""
        parts = (self.definitions + self.prefix, self.history, self.results)
        less = np.any([np.diff(part, prepend=0) < 0 for part in parts], axis=0)
        return less & ~self.opens

    def reach(self, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Where the first `tokens` of each prompt end: a turn whose body is inside them, and how
        many of them lie beyond it.

        The context only grows from the latest turn that opens or rewrites it; where they end
        before that turn's body does, it is that turn, and the number is negative.
        """
        starts = self.opens | self.rewritten
        grows = np.cumsum(starts) - 1
        beyond = np.maximum(tokens - self.definitions - self.prefix, 0)
        keys = grows * _KEY + self.body
        found = np.searchsorted(keys, grows * _KEY + beyond, side="right") - 1
        turn = np.clip(found, np.flatnonzero(starts)[grows], np.arange(len(beyond)))
        return turn, beyond - self.body[turn]

    def front(self, tokens: np.ndarray) -> np.ndarray:
        """How many of the first `tokens` of each prompt are of each part: an array (turns, 4).

        What an answer and a result left stands in their order; in what a rewriting left, history
        and results are taken to be mixed evenly.
        """
        definitions = np.minimum(tokens, self.definitions)
        prefix = np.minimum(tokens - definitions, self.prefix)
        beyond = tokens - definitions - prefix
        turn, rest = self.reach(tokens)
        mixed = beyond * self.history[turn] // np.maximum(self.body[turn], 1)
        grown = np.maximum(self.grown(self.history)[turn], 0)
        history = np.where(rest < 0, mixed, self.history[turn] + np.minimum(rest, grown))
        history = np.clip(history, beyond - self.results, self.history)
        return np.stack((definitions, prefix, history, beyond - history), axis=1)

    def __getitem__(self, chosen: str | slice | np.ndarray | Sequence[int]) -> Runs:
        """Some of the runs: by name, by a slice, by numbers, or by True and False for each."""
        if isinstance(chosen, str):
            if chosen not in self.names:
                raise LookupError(
                    f"there is no run {chosen!r}: names has the {len(self)} there are"
                )
            chosen = [self.names.index(chosen)]
        runs = np.arange(len(self))[chosen]
        if not runs.size:
            raise ValueError("no run is chosen: choose at least one")
        rows = np.concatenate([np.arange(self.first[i], self.first[i + 1]) for i in runs])
        return self.taken(
            rows,
            names=tuple(self.names[i] for i in runs),
            first=np.concatenate(([0], np.cumsum(self.turns[runs]))),
            solved=None if self.solved is None else self.solved[runs],
        )

    def taken(self, rows: np.ndarray, **changes: Any) -> Runs:
        """The turns at `rows`, some fields changed: for what-ifs that drop or repeat turns."""
        each = {name: getattr(self, name)[rows] for name in _EACH_TURN}
        each["written"] = {name: tokens[rows] for name, tokens in self.written.items()}
        return replace(self, **(each | changes))

    def noted(self, *notes: str, **changes: Any) -> Runs:
        """The same with fields changed, and with notes on what was modelled."""
        new = tuple(note for note in notes if note not in self.notes)
        return replace(self, notes=self.notes + new, **changes)
