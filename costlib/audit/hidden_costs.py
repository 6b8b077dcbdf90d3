"""The hidden costs of lesson 4, looked for in one's own calls: each found, absent, or not to see.

The detectors of `costlib.tracking` do the looking. What a record does not hold cannot be found in
it: then the row says what it would need, and never 0. Amounts may overlap (a heartbeat also sends
results again), so they are not added up. Units: Decimal USD, tokens. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pandas as pd

from costlib.audit.applied import placed
from costlib.audit.breakdown import calls_in
from costlib.audit.otherwise import otherwise
from costlib.audit.pauses import pauses
from costlib.display.amounts import counted
from costlib.tracking.calls import REPORTS
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.heartbeats import unattended
from costlib.tracking.model_mix import model_change
from costlib.tracking.ride_along import riding_results
from costlib.tracking.waste import Finding, context_growth, retry_loops

_CUT = ("length", "max_tokens", "MAX_TOKENS", "incomplete", "model_context_window_exceeded")


@dataclass(frozen=True)
class Hidden:
    """A hidden cost: how many calls, what they cost (USD; None where there are no dollars to say),
    what was found in words, and what the records would need where they cannot tell.
    """

    name: str
    calls: int
    usd: Decimal | None
    what: str
    needs: str = ""


Look = Callable[[pd.DataFrame, pd.DataFrame], Hidden]
"""Looks at all calls, and at those that stand for a single request."""


def hidden_costs(frame: pd.DataFrame) -> list[Hidden]:
    """Every kind, in the order of the lesson."""
    single = frame[~frame["operation"].isin(REPORTS) & (frame["requests"] <= 1)]
    return [look(frame, single) for look in _LOOKS]


# --- What calls say of themselves -------------------------------------------------------------


def _failed(frame: pd.DataFrame, single: pd.DataFrame) -> Hidden:
    name = "attempts that failed"
    failed = single[single["status"] == "error"]
    if not len(failed):
        tells = single["request_id"].ne("").any() and single["latency"].notna().any()
        needs = "" if tells else "a ledger of tracked calls: logs and exports leave failures out"
        return Hidden(name, 0, None, "none", needs)
    errors = failed["error"].value_counts()
    worst = ", ".join(f"{error} {counted(many, 'time')}" for error, many in errors.head(3).items())
    return Hidden(name, len(failed), sum_usd(failed), worst)


def _cut(frame: pd.DataFrame, single: pd.DataFrame) -> Hidden:
    name = "answers that were cut off"
    if not single["finish_reason"].ne("").any():
        return Hidden(name, 0, None, "", "why each answer ended (finish_reason)")
    cut = single[single["finish_reason"].isin(_CUT) | (single["status"] == "interrupted")]
    empty = cut[(cut["reasoning_tokens"] == cut["output_tokens"]) & (cut["output_tokens"] > 0)]
    what = f"{len(empty):,} of them empty: all reasoning" if len(empty) else ""
    return Hidden(name, len(cut), sum_usd(cut), what or ("at their limit" if len(cut) else "none"))


def _reasoning(frame: pd.DataFrame, single: pd.DataFrame) -> Hidden:
    name = "reasoning that nobody reads"
    reasons = frame[frame["reasoning_tokens"] > 0]
    if not len(reasons):
        need = "reasoning tokens apart: these records count them as output, or there were none"
        return Hidden(name, 0, None, "", need)
    without = reasons.assign(
        output_tokens=reasons["output_tokens"] - reasons["reasoning_tokens"], reasoning_tokens=0
    )
    share = reasons["reasoning_tokens"].sum() / max(int(frame["output_tokens"].sum()), 1)
    return Hidden(
        name,
        calls_in(reasons),
        otherwise(reasons, without).saved,
        f"{share:.0%} of all output tokens",
    )


def _sub_agents(frame: pd.DataFrame, single: pd.DataFrame) -> Hidden:
    name = "sub-agents"
    theirs = frame[frame["feature"] == "sub-agent"]
    if not len(theirs):
        return Hidden(name, 0, None, "none that a log marks")
    models = ", ".join(theirs["model"].value_counts().index[:3])
    sessions = theirs["run"].nunique()
    what = f"in {counted(sessions, 'session')}, by {models}; in the sums of their sessions"
    return Hidden(name, len(theirs), sum_usd(theirs), what)


# --- What detectors find ----------------------------------------------------------------------


def _detected(
    name: str, detector: Callable[[pd.DataFrame], list[Finding]], needs: dict[str, str]
) -> Look:
    """A look by a detector, which needs calls with the columns of `needs` filled."""

    def look(frame: pd.DataFrame, single: pd.DataFrame) -> Hidden:
        for column, words in needs.items():
            if not single[column].ne("").any():
                return Hidden(name, 0, None, "", words)
        if not len(single):
            return Hidden(name, 0, None, "", "single calls: these records have sums only")
        return _summed(name, detector(placed(single)))

    return look


def _summed(name: str, found: list[Finding]) -> Hidden:
    if not found:
        return Hidden(name, 0, None, "none")
    most = max(found, key=lambda each: each.picodollars)
    # A call may carry two long results: both are paid for, but it is one call.
    calls = len(np.unique(np.concatenate([each.ids for each in found])))
    usd = sum((each.usd for each in found), Decimal(0))
    many = "" if len(found) == 1 else f"{len(found):,} times; the dearest: "
    return Hidden(name, calls, usd, f"{many}{most.what}")


_RUNS = "a session for each call (run): exports of daily sums have none"
_LOOKS: tuple[Look, ...] = (
    _failed,
    _detected(
        "one prompt again and again",
        retry_loops,
        {"prompt_hash": "a hash of each prompt, which a ledger of tracked calls has", "run": _RUNS},
    ),
    _cut,
    _reasoning,
    _detected("long results sent again", riding_results, {"run": _RUNS}),
    _detected("prompts that grew from some day on", context_growth, {}),
    _detected("pauses longer than the cache lives", pauses, {"run": _RUNS}),
    _detected("calls at regular gaps with nobody there", unattended, {}),
    _detected("more of another model than before", model_change, {}),
    _sub_agents,
)
