"""Pauses in sessions: what they made a cache write again, and what another lifetime would do.

Both are worked out from the calls as they were: how long each pause took, what was in the cache
before it, what was read and written after it. Units: tokens, seconds, Decimal USD. Lesson 7.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import numpy as np
import pandas as pd

from costlib.audit.applied import NOTHING, READ_SHARE, Applied, Records
from costlib.audit.cache_account import WRITES
from costlib.audit.otherwise import otherwise
from costlib.pricing.prices import rate_card
from costlib.tracking.reprice import reprice_frame
from costlib.tracking.waste import Finding

_SECONDS = {"5m": 300, "30m": 1_800, "1h": 3_600, "12h": 43_200}
_THREAD = ["run", "feature", "model"]


def _column(lifetime: str) -> str:
    return f"cache_write_{lifetime}_tokens"


def _gaps(calls: pd.DataFrame) -> tuple[pd.DataFrame, pd.Series, pd.Series]:
    """The calls in order; the seconds since the call before in the same run (NaN for the first);
    and how many tokens that one left in the cache and this one did not read, but wrote.
    """
    rows = calls.sort_values([*_THREAD, "time", "id"])
    same = rows[_THREAD].eq(rows[_THREAD].shift()).all(axis=1)
    written = rows[list(WRITES)].sum(axis=1)
    held = (rows["cached_input_tokens"] + written).shift(fill_value=0)
    missed = (held - rows["cached_input_tokens"]).clip(lower=0).where(same, 0)
    gap = rows["time"].diff().dt.total_seconds().where(same)
    return rows, gap, np.minimum(missed, written)


def _reading(rows: pd.DataFrame, tokens: pd.Series) -> pd.DataFrame:
    """The rows when so many tokens were read that were written."""
    changed = rows.assign(cached_input_tokens=rows["cached_input_tokens"] + tokens)
    rest = tokens
    for name in WRITES:
        taken = np.minimum(rest, rows[name])
        changed[name], rest = rows[name] - taken, rest - taken
    return changed


# --- What pauses cost -------------------------------------------------------------------------


def pauses(calls: pd.DataFrame) -> list[Finding]:
    """Contexts that were written to a cache again, because a pause outlasted what was written.

    **Definition.** Within a run and model, an answered call after a pause of the longest lifetime
    that the run writes, or more, which writes what the call before had in the cache. The dollars
    are what writing these tokens cost above reading them: what the pause cost.
    """
    rows = calls[(calls["status"] == "ok") & calls["cost_pusd"].notna() & (calls["run"] != "")]
    if not len(rows):
        return []
    rows, gap, again = _gaps(rows)
    lives = np.max(
        [np.where(rows[_column(name)] > 0, seconds, 0) for name, seconds in _SECONDS.items()],
        axis=0,
    )
    longest = pd.Series(lives, rows.index).groupby([rows[key] for key in _THREAD]).transform("max")
    late = (gap >= longest) & (longest > 0) & (again > 0)
    rows, gap, again = rows[late], gap[late], again[late]
    if not len(rows):
        return []
    read = reprice_frame(_reading(rows, again))["repriced_pusd"]
    dearer = reprice_frame(rows)["repriced_pusd"] - read
    return [
        Finding(
            "pause",
            str(mine["feature"].iloc[0]),
            f"{gap[mine.index].max() / 60:,.0f} minutes in {run}, then "
            f"{int(again[mine.index].sum()):,} tokens were written again",
            mine["time"].iloc[0].to_pydatetime(),
            mine["time"].iloc[-1].to_pydatetime(),
            mine["id"].to_numpy(),
            int(dearer[mine.index].fillna(0).sum()),
        )
        for run, mine in rows.groupby("run")
    ]


# --- Another lifetime -------------------------------------------------------------------------


def another_lifetime(records: Records) -> Iterator[Applied]:
    """An hour's cache for sessions that write one of five minutes, and the other way round."""
    rows = records.turns
    for now, other in (("5m", "1h"), ("1h", "5m")):
        models = {
            model
            for (provider, model), mine in rows.groupby(["provider", "model"])
            if mine[_column(now)].sum() > mine[_column(other)].sum()
            and _sells(str(provider), str(model), mine, other)
        }
        mine = rows[rows["model"].isin(models)]
        if not len(mine):
            continue
        ends = _with_lifetime(mine, now, other)
        yield Applied(
            7,
            f"a cache that lives {other} instead of {now}",
            (min(ends), max(ends)),
            "the pauses of these sessions, what was written after them, and both rates",
            f"entries live as long as promised; what pauses decide comes about to {READ_SHARE:.0%} "
            "or all of it",
            NOTHING,
        )


def _sells(provider: str, model: str, rows: pd.DataFrame, lifetime: str) -> bool:
    try:
        card = rate_card(model, provider=provider, at=rows["time"].max().to_pydatetime())
    except LookupError:
        return False
    return card.rates.get(f"cache_write_{lifetime}") is not None


def _with_lifetime(calls: pd.DataFrame, now: str, other: str) -> tuple[Decimal, Decimal]:
    """USD saved when all writes live for another time: if what the pauses between both lifetimes
    decide comes about to READ_SHARE, and if all of it does.
    """
    rows, gap, again = _gaps(calls)
    short, long = sorted((_SECONDS[now], _SECONDS[other]))
    between = (gap >= short) & (gap < long)
    if _SECONDS[other] == long:  # what was written again could have been read
        changed = _reading(rows, again.where(between, 0))
    else:  # what was read would have been gone
        gone = rows["cached_input_tokens"].where(between, 0)
        changed = rows.assign(cached_input_tokens=rows["cached_input_tokens"] - gone)
        changed[_column(now)] = rows[_column(now)] + gone
    all_of_it = otherwise(rows, _relabelled(changed, now, other)).saved
    nothing = otherwise(rows, _relabelled(rows, now, other)).saved
    return all_of_it * READ_SHARE + nothing * (1 - READ_SHARE), all_of_it


def _relabelled(rows: pd.DataFrame, now: str, other: str) -> pd.DataFrame:
    """Rows whose writes of one lifetime are of another."""
    moved = rows[_column(other)] + rows[_column(now)]
    return rows.assign(**{_column(other): moved, _column(now): 0})
