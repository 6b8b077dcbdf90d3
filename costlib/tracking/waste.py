"""Money that bought nothing: three detectors that read a ledger, and how often they are wrong.

Lesson 4 teaches this module. Units: whole pico-dollars (1e-12 USD), tokens, UTC. A detector takes
the frame of a ledger (`Ledger.frame()`) and gives `Finding`s. It sees what a ledger holds, counts,
times and tags, and no text. The dollars of a finding are the difference between what its calls
cost and what the same answers would have cost. `false_alarms` is what a detector says of a month
in which nothing is wrong; `costlib.bank.tracked` has such a month, and one with incidents.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd

from costlib.faces import counted_as_usual, explained
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import role
from costlib.pricing.table import cost_table
from costlib.tracking.calls import COLUMNS, by_time
from costlib.tracking.exact_sum import exact_sum
from costlib.tracking.reprice import reprice_frame

__all__ = [
    "Finding", "context_growth", "false_alarms", "over_provisioned", "retry_loops",
    "transport_retries",
]  # fmt: skip

FEWEST_CALLS = 20
"""A day with fewer answered calls of a feature says nothing about its floor."""
FLOOR = 0.1
"""The share of calls below a feature's floor: nine in ten send more."""
STILL_SHORT = 1.02
"""A call up to 2% above the old floor is as short as calls used to be: counts wander a little."""
WORDIER = 0.5
"""Replies that grew by more than this share of the prompts' growth are what the prompts bought."""

Detector = Callable[[pd.DataFrame], "list[Finding]"]


@dataclass(frozen=True, eq=False, repr=False)
@counted_as_usual
class Finding:
    """What a detector found: a place in the ledger, and how much dearer it was than it had to be.

    `ids` are the calls that were dearer than they had to be; `picodollars` is by how much, for the
    same answers. `cheaper_picodollars` is what a smaller model would save on top: its answers are
    others, and their quality is not measured, so it is never added to the first.
    """

    kind: str
    feature: str
    what: str
    first: datetime
    last: datetime
    ids: np.ndarray
    picodollars: int
    cheaper_picodollars: int = 0

    @property
    def usd(self) -> Decimal:
        """What was wasted, in USD, to the last digit."""
        return Decimal(self.picodollars).scaleb(-12)

    @property
    def cheaper_usd(self) -> Decimal:
        """What a smaller model would save on top, in USD; its quality is not measured."""
        return Decimal(self.cheaper_picodollars).scaleb(-12)

    def __repr__(self) -> str:
        return f"<{self.kind} in {self.feature}: {self.what}, ${self.usd:.2f}>"


# --- Retry loops ------------------------------------------------------------------------------


@explained
def retry_loops(
    calls: pd.DataFrame, *, repeats: int = 3, within: timedelta = timedelta(minutes=2)
) -> list[Finding]:
    """Runs that send one prompt again and again although it is answered each time.

    **Definition.** The calls of one run with one prompt (`prompt_hash`), each begun `within` that
    time of the one before, of which more than `repeats` came back whole after the first. The first
    is what the answer was worth; every later one is wasted, its attempts that failed included.

    What it is not: a transport retry. An SDK that gets a 429, a 500 or no answer sends the same
    prompt again too, but under one `call_id`, and only its last attempt comes back whole. And a
    customer who taps "send" twice repeats once or twice, which is why `repeats` is not 1.

    Blind spot: a loop that adds its complaint to the prompt ("that was no JSON") has another hash
    each time.
    """
    plausible("repeats", repeats)
    rows = by_time(calls).sort_values(["run", "prompt_hash", "time", "id"])
    rows = rows[(rows["run"] != "") & (rows["prompt_hash"] != "")]
    same = rows[["run", "prompt_hash"]].eq(rows[["run", "prompt_hash"]].shift()).all(axis=1)
    soon = rows["time"].diff() <= within
    chain = (~(same & soon)).cumsum()
    answered = (rows["status"] == "ok").groupby(chain).transform("sum")
    found = []
    for _, loop in rows[answered > repeats + 1].groupby(chain):
        ok = (loop["status"] == "ok").to_numpy()
        first = int(np.argmax(ok))
        again = loop.iloc[first + 1 :]
        again = again[again["cost_pusd"].ne(0).fillna(True)]  # a refused attempt cost nothing
        found.append(
            Finding(
                "retry loop",
                loop["feature"].iloc[0],
                f"{loop['run'].iloc[0]} sent one prompt {ok.sum()} times",
                again["time"].iloc[0].to_pydatetime(),
                again["time"].iloc[-1].to_pydatetime(),
                again["id"].to_numpy(),
                exact_sum(again["cost_pusd"]),
            )
        )
    return sorted(found, key=lambda finding: finding.first)


@explained
def transport_retries(calls: pd.DataFrame) -> pd.DataFrame:
    """Attempts that failed, by error: how many, and what they cost (a refusal nothing).

    No waste to be mended by a better prompt: the vendor's trouble, or too high a rate of calls.
    """
    failed = calls[calls["status"] == "error"]
    by_error = failed.groupby("error")["cost_pusd"].agg(["size", "sum"])
    return pd.DataFrame({"attempts": by_error["size"], "usd": by_error["sum"] / 1e12})


# --- Context waste ----------------------------------------------------------------------------


@explained
def context_growth(
    calls: pd.DataFrame, *, learn: int = 7, growth: float = 0.05, days: int = 2
) -> list[Finding]:
    """Features that send more with every request from some day on, and get no more for it.

    **Definition.** A feature's floor on a day is the input that nine in ten of its answered calls
    exceed: what is sent whatever is asked. The floor has grown when it is more than `growth` (0.05
    is 5%) above the median floor of the `learn` days before, `days` days running, and the replies
    did not grow by half as much (`WORDIER`). What is wasted is the mean input since then above the
    mean input before, for each call, at the input rate of its own time and model.

    It cannot know whether the tokens are needed: it says where to look. Growth that is slower than
    `growth` in `learn` days passes unseen. Days with fewer than `FEWEST_CALLS` calls are not
    judged.
    """
    plausible("learn", learn, 1)
    plausible("growth", growth)
    plausible("days", days, 1)
    found = []
    for feature, mine in _answered(calls).groupby("feature"):
        day = mine["time"].dt.floor("D")
        by_day = mine.groupby(day)["input_tokens"]
        floor = by_day.quantile(FLOOR)[by_day.size() >= FEWEST_CALLS]
        usual = floor.rolling(learn).median().shift()
        grown = (floor > (1 + float(growth)) * usual).rolling(days).sum() == days
        if not grown.any():
            continue
        start = floor.index[int(np.argmax(grown.to_numpy())) - days + 1]
        begin = _since(mine[(day >= start) & (day < start + timedelta(days=1))], usual[start])
        before, since = mine[mine["time"] < begin], mine[mine["time"] >= begin]
        extra = _extra(before, since)
        if extra <= 0:
            continue
        alone = since[["time", "provider", "model", "tier"]].assign(input_tokens=extra)
        found.append(
            Finding(
                "context waste",
                feature,
                f"{extra:,} tokens more in each prompt",
                begin.to_pydatetime(),
                since["time"].max().to_pydatetime(),
                since["id"].to_numpy(),
                exact_sum(cost_table(alone)["cost_pusd"]),
            )
        )
    return found


def _extra(before: pd.DataFrame, since: pd.DataFrame) -> int:
    """The tokens more in each prompt; none where the replies grew with them, or the shortest
    prompts grew and the others shrank as much."""
    sent, written = (
        (before[name].mean(), since[name].mean()) for name in ("input_tokens", "output_tokens")
    )
    longer, wordier = (now / then - 1 for then, now in (sent, written))
    return 0 if wordier > longer * WORDIER else round(sent[1] - sent[0])


def _since(day: pd.DataFrame, usual: float) -> pd.Timestamp:
    """The moment of a day from which no call is as short as calls used to be at their shortest.

    `usual` is what nine in ten calls exceeded; after the last that does not exceed it clearly, it
    has changed.
    """
    day = day.sort_values("time")
    short = np.flatnonzero((day["input_tokens"] <= STILL_SHORT * usual).to_numpy())
    after = int(short[-1]) + 1 if len(short) else 0
    return day["time"].iloc[min(after, len(day) - 1)] if after else day["time"].iloc[0]


# --- Over-provisioned models ------------------------------------------------------------------


@explained
def over_provisioned(
    calls: pd.DataFrame, *, short: int = 20, least: int = 100, model_role: str = "small"
) -> list[Finding]:
    """Work that a smaller model, or a slower tier, would be the first thing to try for.

    **Definition.** At least `least` answered calls of one feature, model and tier with a median
    output of at most `short` tokens: a label, a number, a yes or no. Two amounts: the waste is what
    the calls of jobs (runs of `least` calls or more, for whose answers nobody waits one by one)
    cost above the same model's batch tier: the answers are the same. The other is what the vendor's
    `model_role` would have cost less than that for as many tokens: cheaper, its quality not
    measured, and dearer than that where it reasons unasked (switch it off, or set a low effort). So
    it is a reason for an evaluation (lesson 6) and not a saving.

    Output length is a hint, not a proof: a hard question can have a short answer. With `least=1`
    it judges each call alone, and flags many a short but honest reply.
    """
    plausible("short", short)
    plausible("least", least, 1)
    answered = _answered(calls)
    short_ones = answered if least > 1 else answered[answered["output_tokens"] <= short]
    found = []
    for (feature, model, _), mine in short_ones.groupby(["feature", "model", "tier"]):
        if len(mine) < least or mine["output_tokens"].median() > short:
            continue
        smaller = _smaller(mine["provider"].iloc[0], model_role)
        if smaller in (None, model):
            continue
        job = mine.groupby("run")["id"].transform("size") >= max(least, 2)
        best = mine[[name for name in COLUMNS if name in mine]].assign(
            tier=mine["tier"].mask(job, "batch")
        )
        same = reprice_frame(best)["repriced_pusd"].fillna(mine["cost_pusd"])  # no batch tier
        other = reprice_frame(best, model=smaller)["repriced_pusd"].fillna(same)
        found.append(
            Finding(
                "over-provisioned",
                feature,
                f"{len(mine):,} answers of {mine['output_tokens'].median():.0f} tokens by {model}",
                mine["time"].min().to_pydatetime(),
                mine["time"].max().to_pydatetime(),
                mine["id"].to_numpy(),
                exact_sum(mine["cost_pusd"]) - exact_sum(same),
                exact_sum(same) - exact_sum(other),
            )
        )
    return found


def _smaller(provider: str, model_role: str) -> str | None:
    try:
        return role(provider, model_role)
    except LookupError:  # a provider for which data/roles.csv names none
        return None


def _answered(calls: pd.DataFrame) -> pd.DataFrame:
    """What came back whole and has a price: without one there are no dollars to speak of."""
    return by_time(calls[(calls["status"] == "ok") & calls["cost_pusd"].notna()])


@explained
def false_alarms(detector: Detector, clean: pd.DataFrame) -> dict[str, float]:
    """What a detector says of traffic in which nothing is wrong.

    `findings` and their `usd`, both for 30 days of such traffic, and `calls`, the share of calls
    that are in one.
    """
    found = detector(clean)
    days = max(1, clean["time"].dt.date.nunique())
    flagged = sum(len(f.ids) for f in found)
    return {
        "findings": len(found) * 30 / days,
        "usd": float(sum(f.usd for f in found)) * 30 / days,
        "calls": flagged / len(clean) if len(clean) else 0.0,
    }
