"""A run that has not happened: so many turns of the same length, to ask what if of.

Units: tokens, seconds. Lesson 3's calculator of a run uses it.
"""

from __future__ import annotations

import numpy as np

from costlib.agents.runs import NONE, Runs
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import RateCard


def planned(
    card: RateCard,
    turns: int,
    *,
    definitions: int,
    prefix: int,
    result: int,
    answer: int,
    seconds: float = 4.0,
) -> Runs:
    """A run of `turns` on a card, without a cache: each turn writes an `answer`, and gets a
    `result` back before the next, `seconds` later.

    Raises ValueError for no turns and for negative lengths.
    """
    if turns < 1 or min(definitions, prefix, result, answer, seconds) < 0:
        raise ValueError(
            f"turns={turns}, definitions={definitions}, prefix={prefix}, result={result}, "
            f"answer={answer}, seconds={seconds}: give at least 1 turn, the others 0 or more"
        )
    plausible("turns", turns, high=100_000)
    lengths = {"definitions": definitions, "prefix": prefix, "result": result, "answer": answer}
    for name, tokens in lengths.items():
        plausible(name, tokens, high=1e9)
    plausible("seconds", seconds)
    place = np.arange(turns)
    return Runs(
        names=("planned",),
        first=np.array([0, turns]),
        seconds=place * float(seconds),
        definitions=np.full(turns, definitions),
        prefix=np.full(turns, prefix),
        history=place * answer,
        results=place * result,
        answer=np.full(turns, answer),
        read=np.zeros(turns, np.int64),
        card=np.zeros(turns, np.int64),
        thread=np.zeros(turns, np.int64),
        overhead=np.zeros(turns, bool),
        beside=np.zeros(turns, np.int64),
        cards=(card,),
        cache=NONE,
    )
