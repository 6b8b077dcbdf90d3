"""Spending with nobody there: a heartbeat that sends its transcript again and again.

An agent that wakes up every half hour to see whether there is anything to do sends all that it
knows each time. No customer asked, and the answer is short. Lesson 4 teaches this detector; it
takes the frame of a ledger and gives the `Finding`s of `waste`. Units: pico-dollars, tokens, UTC.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import numpy as np
import pandas as pd

from costlib.tracking.calls import by_time
from costlib.tracking.exact_sum import exact_sum
from costlib.tracking.waste import Finding


def unattended(
    calls: pd.DataFrame,
    *,
    person: Callable[[str], bool] = bool,
    beats: int = 6,
    jitter: float = 0.1,
    least: timedelta = timedelta(minutes=2),
) -> list[Finding]:
    """Calls for nobody, at regular gaps, that send the same transcript again.

    **Definition.** Answered calls of one feature, project and model whose `user` is no `person`
    (by default: is empty), of which at least `beats` in a row come at gaps of `least` or more that
    differ from the one before by at most a share `jitter`, and of which none sends less than nine
    tenths of what the one before sent. All that they cost after the first is in the finding.

    It says where to look, not that nobody wants it: a monitor beats too. A job that works through
    a list sends other prompts each time, of other lengths, and at no gaps; a batch comes at once.
    Blind spot: a heartbeat at random gaps.
    """
    rows = by_time(calls[(calls["status"] == "ok") & calls["cost_pusd"].notna()])
    if not len(rows):
        return []
    rows = rows[~rows["user"].map(person).astype(bool)]
    found = []
    for (feature, _, model), mine in rows.groupby(["feature", "project", "model"]):
        mine = mine.sort_values(["time", "id"])
        for start, end in _chains(mine, jitter, least):
            if end - start < beats:
                continue
            beat = mine.iloc[start:end]
            again = beat.iloc[1:]
            gap = beat["time"].diff().median()
            found.append(
                Finding(
                    "unattended",
                    str(feature),
                    f"{len(beat):,} calls of {model}, one every {gap.total_seconds() / 60:,.0f} "
                    f"minutes, {beat['input_tokens'].median():,.0f} tokens each",
                    again["time"].iloc[0].to_pydatetime(),
                    again["time"].iloc[-1].to_pydatetime(),
                    again["id"].to_numpy(),
                    exact_sum(again["cost_pusd"]),
                )
            )
    return sorted(found, key=lambda finding: finding.first)


def _chains(calls: pd.DataFrame, jitter: float, least: timedelta) -> list[tuple[int, int]]:
    """Stretches of calls at regular gaps that send what the call before sent: from, to before."""
    gap = calls["time"].diff().dt.total_seconds().to_numpy()
    sent = calls["input_tokens"].to_numpy()
    before = np.append(np.inf, sent[:-1])
    same = (gap >= least.total_seconds()) & (sent >= 0.9 * before)
    steady = np.abs(np.diff(gap, prepend=np.nan)) <= jitter * gap
    chains, at = [], 0
    while at < len(calls):
        end = at + 1
        # The second call of a stretch has a gap, and none to compare it with.
        while end < len(calls) and same[end] and (end == at + 1 or steady[end]):
            end += 1
        chains.append((at, end))
        at = end - 1 if end < len(calls) and same[end] else end  # it may begin another rhythm
    return chains
