"""The tracked month: a 1-in-100 sample of the bank's calls with three incidents, and the truth.

Made by `data/build_ledger.py`. `tracked_month()` is what a ledger of that month holds;
`incidents()` and `wasted_calls()` are the truth about it, which no real month comes with, so that
a detector of `costlib.tracking.waste` can be scored: how many of the wasted dollars it finds
(`score`), and what it says of the same month with nothing wrong (`without_incidents`). Lessons 4
and 5 look at it. Units: whole pico-dollars (1e-12 USD), tokens, UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

import numpy as np
import pandas as pd

from costlib.bank.lent import lent
from costlib.paths import data_path
from costlib.tracking.calls import load_calls
from costlib.tracking.waste import Finding

__all__ = [
    "Score", "incidents", "score", "tracked_month", "wasted_calls", "wasted_usage",
    "without_incidents",
]  # fmt: skip

SHARE = 100
"""The tracked month holds one customer in this many, with all of their calls."""


@cache
def _month() -> pd.DataFrame:
    return load_calls(data_path("ledger", "calls.csv.gz"))


def tracked_month() -> pd.DataFrame:
    """The tracked month (see data/README.md): what `Ledger.frame()` gives, one row an attempt."""
    return lent(_month())


def incidents() -> pd.DataFrame:
    """What went wrong in the tracked month: kind, when, how many calls, exact `wasted_usd`."""
    usd = {"wasted_usd": Decimal, "cheaper_usd": Decimal}
    frame = pd.read_csv(data_path("ledger", "incidents.csv"), converters=usd)
    return frame.assign(
        **{at: pd.to_datetime(frame[at], format="ISO8601") for at in ("first", "last")}
    )


def wasted_calls() -> pd.DataFrame:
    """The calls that an incident took, by `id`: its name, the tokens and pico-dollars wasted."""
    return pd.read_csv(data_path("ledger", "wasted.csv.gz"), index_col="id")


def wasted_usage() -> pd.DataFrame:
    """The waste of the tracked month as usage: what `cost_table` prices at exactly that waste.

    Columns: time, model, tier, input_tokens, output_tokens. A call of the loop is wasted whole, of
    a prompt with the page only the page. The backfill ran at standard tier, which costs twice the
    batch tier: the half that was wasted is what the same tokens cost in a batch.
    """
    truth = wasted_calls()
    calls = tracked_month().set_index("id").loc[truth.index]
    page = truth["incident"] == "page-in-prompt"
    usage = calls[["time", "model", "tier", "input_tokens", "output_tokens"]].copy()
    usage["input_tokens"] = usage["input_tokens"].mask(page, truth["wasted_tokens"])
    usage["output_tokens"] = usage["output_tokens"].mask(page, 0)
    usage["tier"] = usage["tier"].mask(truth["incident"] == "backfill-on-flagship", "batch")
    return usage


def without_incidents(calls: pd.DataFrame, keep: str = "") -> pd.DataFrame:
    """The tracked month, or a part of it, as it would have been: clean traffic for a detector.

    The loop's calls and the backfill are gone, the page is taken out of the prompts. `keep` leaves
    one incident in, so that what a rule says is about that one.
    """
    truth = wasted_calls()
    known = sorted(truth["incident"].unique())
    if keep and keep not in known:
        raise ValueError(f"there is no incident {keep!r}: choose one of {', '.join(known)}")
    truth = truth[truth["incident"] != keep]
    gone = truth.index[truth["incident"] != "page-in-prompt"]
    kept = calls[~calls["id"].isin(gone)].copy()
    page = truth.drop(gone).reindex(kept["id"])
    for column, wasted in (("input_tokens", "wasted_tokens"), ("cost_pusd", "wasted_pusd")):
        kept[column] -= page[wasted].fillna(0).to_numpy(dtype=np.int64)
    return kept


@dataclass(frozen=True)
class Score:
    """How well findings meet the truth: dollars, and calls.

    `found_usd` is what the findings say was wasted, `true_usd` what was; `recall` is the share of
    wasted calls that are in a finding, `precision` the share of calls in findings that were wasted.
    """

    found_usd: Decimal
    true_usd: Decimal
    recall: float
    precision: float


def score(findings: Sequence[Finding], incident: str) -> Score:
    """Findings against the truth of one incident of the tracked month, such as "form-loop"."""
    truth = wasted_calls()
    truth = truth[truth["incident"] == incident]
    if not len(truth):
        raise ValueError(f"there is no incident {incident!r}: see incidents()['incident']")
    ids = np.concatenate([f.ids for f in findings]) if findings else np.array([], dtype=int)
    right = np.isin(ids, truth.index).sum()
    return Score(
        sum((f.usd for f in findings), Decimal(0)),
        Decimal(int(truth["wasted_pusd"].sum())).scaleb(-12),
        right / len(truth),
        right / len(ids) if len(ids) else 1.0,
    )
