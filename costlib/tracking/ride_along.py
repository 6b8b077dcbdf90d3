"""A result that rides along: one long tool result, sent again with every later turn of a run.

It is needed once. After that it stays in the context until the run ends, and each turn pays for it,
less where a cache reads it. Lesson 6 teaches what to do about it; this detector takes the frame of
a ledger and gives the `Finding`s of `waste`. Units: pico-dollars, tokens, UTC.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from costlib.display.amounts import counted
from costlib.pricing.table import cost_table
from costlib.tracking.exact_sum import exact_sum
from costlib.tracking.waste import Finding

_FRONT = (
    "cached_input_tokens",
    "cache_write_1h_tokens",
    "cache_write_12h_tokens",
    "cache_write_30m_tokens",
    "cache_write_5m_tokens",
)
"""What a cache covers of a prompt, from its front: read, then written, long lifetimes first."""


def riding_results(calls: pd.DataFrame, *, least: int = 10_000, turns: int = 3) -> list[Finding]:
    """Runs in which a prompt grew by `least` tokens or more at once and kept them.

    **Definition.** Within a run, an answered call whose input exceeds that of the call before it,
    and that call's output, by at least `least` tokens, followed by at least `turns` calls none of
    which sends less. The dollars are what these tokens cost in the calls after the one that first
    sent them, read from a cache or not by their place in the prompt.

    It cannot know whether a later turn needs the result. Calls without a `run` are passed over; so
    are two long results in one turn, of which it sees one.
    """
    rows = calls[(calls["status"] == "ok") & calls["cost_pusd"].notna() & (calls["run"] != "")]
    rows = rows.sort_values(["run", "time", "id"])
    sent, same = rows["input_tokens"], rows["run"].eq(rows["run"].shift())
    before = sent.shift(fill_value=0) + rows["output_tokens"].shift(fill_value=0)
    grown = (sent - before).where(same, 0)
    codes = pd.factorize(rows["run"], sort=True)[0]
    ends = np.searchsorted(codes, codes, side="right")
    found = []
    for at in np.flatnonzero(grown >= least):
        rest = rows.iloc[at + 1 : ends[at]]
        short = (rest["input_tokens"] < sent.iloc[at]).to_numpy()
        rest = rest[: int(short.argmax())] if short.any() else rest
        if len(rest) < turns:
            continue
        extra, run = int(grown.iloc[at]), rows["run"].iloc[at]
        found.append(
            Finding(
                "riding result",
                rest["feature"].iloc[0],
                f"{extra:,} tokens that {run} got once and sent {counted(len(rest), 'time')} more",
                rest["time"].iloc[0].to_pydatetime(),
                rest["time"].iloc[-1].to_pydatetime(),
                rest["id"].to_numpy(),
                _cost(rest, int(before.iloc[at]), extra),
            )
        )
    return sorted(found, key=lambda finding: finding.first)


def _cost(calls: pd.DataFrame, start: int, tokens: int) -> int:
    """What the tokens from `start` on cost in each of the calls, together."""
    alone = calls[["time", "provider", "model", "tier"]].assign(input_tokens=tokens)
    end = np.zeros(len(calls), np.int64)
    done = np.zeros(len(calls), np.int64)
    for name in _FRONT:
        end = end + calls[name].to_numpy()
        upto = np.clip(end - start, 0, tokens)
        alone[name] = upto - done
        done = upto
    return exact_sum(cost_table(alone)["cost_pusd"])
