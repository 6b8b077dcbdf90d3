"""Another model than usual: a silent upgrade, a forgotten test, a stolen key.

What a feature is answered by changes on purpose, or by mistake: an alias that now means another
model, a default in a new SDK, a key that somebody else uses. Lesson 4 teaches this detector; it
takes the frame of a ledger and gives the `Finding`s of `waste`. Units: pico-dollars, tokens, UTC.
"""

from __future__ import annotations

from datetime import timedelta

import pandas as pd

from costlib.tracking.calls import by_time
from costlib.tracking.exact_sum import exact_sum
from costlib.tracking.reprice import reprice_frame
from costlib.tracking.waste import Finding


def model_change(
    calls: pd.DataFrame,
    *,
    by: str = "feature",
    learn: int = 7,
    share: float = 0.05,
    least: int = 20,
) -> list[Finding]:
    """Models that answer more of a feature than they used to.

    **Definition.** A day on which a model has at least `least` answered calls and its part of all
    calls of one `by` (a column: feature, project) is more than `share` above the largest part that
    it had on any of the `learn` days with calls before. Days are joined while it stays so. The
    dollars are what its calls cost above what the same tokens cost on the model that answered most
    before; where it is cheaper they are 0, and the change is a finding all the same.

    The first `learn` days of a feature are not judged. It cannot know whether somebody meant it.
    """
    rows = by_time(calls[(calls["status"] == "ok") & calls["cost_pusd"].notna()])
    if not len(rows):
        return []
    found = []
    for name, mine in rows.groupby(by):
        day = mine["time"].dt.floor("D")
        counts = mine.groupby([day, "model"]).size().unstack(fill_value=0).sort_index()
        part = counts.div(counts.sum(axis=1), axis=0)
        usual = part.rolling(learn).max().shift()
        for model in part:
            more = (part[model] > usual[model] + share) & (counts[model] >= least)
            if not more.any():
                continue
            first = part.index[int(more.to_numpy().argmax())]
            before = counts.loc[: first - timedelta(days=1)].sum()
            level = usual.loc[first, model] + share
            later = part[model].loc[first:]
            back = later[later <= level]
            until = back.index[0] if len(back) else part.index[-1] + timedelta(days=1)
            its = mine[(mine["model"] == model) & (day >= first) & (day < until)]
            found.append(_finding(its, str(name), str(model), str(before.idxmax())))
    return sorted(found, key=lambda finding: finding.first)


def _finding(its: pd.DataFrame, name: str, model: str, before: str) -> Finding:
    cost = exact_sum(its["cost_pusd"])
    dearer = 0
    if model != before:
        usual = reprice_frame(its, model=before)["repriced_pusd"].fillna(its["cost_pusd"])
        dearer = max(0, cost - exact_sum(usual))
    return Finding(
        "model change",
        name,
        f"{len(its):,} answers by {model}, a larger part than before; most were by {before}",
        its["time"].min().to_pydatetime(),
        its["time"].max().to_pydatetime(),
        its["id"].to_numpy(),
        dearer,
    )
