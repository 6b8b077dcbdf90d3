"""Calls of tools and their results: each call is answered at once, and nothing else is.

Both vendors refuse a conversation in which a call has no result or a result no call; loops of
tools break there more often than anywhere else. Lesson 5 runs such loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Turn:
    """What one turn calls and answers, by the ids of the calls; `place` is where it stands."""

    place: int
    calls: tuple[str, ...] = ()
    results: tuple[str, ...] = ()


@dataclass(frozen=True)
class Unpaired:
    """The turn that is wrong: calls that the next turn leaves open, or a result without a call."""

    place: int
    open_calls: tuple[str, ...] = ()
    stray_result: str | None = None


def first_unpaired(turns: Sequence[Turn]) -> Unpaired | None:
    """The first call that the turn after it does not answer, or result that answers none."""
    asked: tuple[str, ...] = ()
    place = 0
    for turn in (*turns, Turn(len(turns))):
        stray = next((each for each in turn.results if each not in asked), None)
        if stray is not None:
            return Unpaired(turn.place, stray_result=stray)
        missing = tuple(each for each in asked if each not in turn.results)
        if missing:
            return Unpaired(place, missing)
        asked, place = turn.calls, turn.place
    return None
