"""The same requests at another price: a smaller model, a batch, cheaper hours.

The rates are certain. What is not: another vendor's tokenizer, who can wait, and whether a smaller
model's answers will do. Units: Decimal USD. Lesson 1 teaches these levers.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time
from decimal import Decimal

import numpy as np
import pandas as pd

from costlib.agents.cards import token_factor
from costlib.audit.applied import QUALITY, SAME_TURNS, WAITING, Applied, Records, placed
from costlib.audit.otherwise import otherwise
from costlib.display.amounts import counted
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import Model, day_cards, find_model, role
from costlib.provider.efforts import default_effort
from costlib.tracking.calls import REPORTS
from costlib.tracking.exact_sum import sum_usd
from costlib.tracking.waste import over_provisioned
from costlib.usage.record import COUNTS, Usage

_SHARE = Decimal("0.05")  # of all spending: models below it get no row of their own


def cheaper_models(records: Records) -> Iterator[Applied]:
    """The calls of each larger model on its vendor's smaller ones."""
    rows = records.priced
    total = sum_usd(rows)
    for (provider, model), mine in rows.groupby(["provider", "model"]):
        if sum_usd(mine) < total * _SHARE:
            continue
        for size in ("mid", "small"):
            found = _on_smaller(mine, str(provider), str(model), size)
            if found is not None:
                yield found


def _on_smaller(rows: pd.DataFrame, provider: str, model: str, size: str) -> Applied | None:
    try:
        smaller, own = role(provider, size), find_model(model, provider).id
    except LookupError:  # a vendor without such a role
        return None
    if smaller == own:
        return None
    factor = token_factor(own, smaller)
    ends = [otherwise(rows, _scaled(rows, by), model=smaller) for by in (factor.high, factor.low)]
    low, high = (each.saved for each in ends)
    calls = ends[-1].calls
    if not calls or high <= 0:
        return None
    exact = factor.low == factor.high
    unasked = _unasked(find_model(own, provider), find_model(smaller, provider))
    return Applied(
        1,
        f"{model} → {smaller}",
        (low, high),
        f"the rates of both, on {counted(calls, 'row')}" + (", and their tokens" if exact else ""),
        SAME_TURNS + ("" if exact else f"; {factor} tokens for each: another tokenizer") + unasked,
        f"{QUALITY}, and how long it reasons" if unasked else QUALITY,
    )


def _scaled(rows: pd.DataFrame, by: float) -> pd.DataFrame:
    """The rows with so many tokens for each: a prompt may then pass its model's long bound."""
    if by == 1:
        return rows
    tokens = [name for name in COUNTS if name.endswith("_tokens")]
    more = np.floor(rows[tokens] * by).astype("int64")  # so no part outgrows its whole
    return rows.assign(**{name: more[name] for name in tokens})


def _unasked(own: Model, smaller: Model) -> str:
    """What effort would have to be asked for, where the smaller model reasons more by itself."""
    before, after = (default_effort(each.id, each.provider) for each in (own, smaller))
    if after in (None, "none", before):
        return ""
    mine = "" if before is None else f", {own.id} {'not' if before == 'none' else f'at {before}'}"
    return f"; the same effort: unless told, {smaller.id} reasons at {after}{mine}"


def batches(records: Records) -> Iterator[Applied]:
    """What can wait a day, at the batch price."""
    rows = records.priced[records.priced["tier"] == "standard"]
    jobs = [each for each in over_provisioned(placed(records.single)) if each.picodollars]
    loose = records.loose
    alone = loose[(loose["user"] == "") & (loose["tier"] == "standard")]
    sums = rows[rows["operation"].isin(REPORTS)]
    ids = {*alone["id"], *sums["id"], *(call for each in jobs for call in each.ids)}
    some = rows[rows["id"].isin(ids)]
    sure = sum((each.usd for each in jobs), Decimal(0))
    most = otherwise(some, tier="batch")
    if not most.calls or most.saved <= 0:
        why = "calls that can wait a day: each here is a turn of a session, names a user, or is of "
        yield Applied(1, "batches", None, needs=why + "a model without a batch price")
        return
    yield Applied(
        1,
        "batches",
        (min(sure, most.saved), most.saved),
        "the batch price; the answers are the same",
        "at least jobs of 100 short answers can wait a day; at most all calls without a user and "
        "a session, and all daily sums",
        WAITING,
    )


def _cheapest(model: str, provider: str, day: date) -> datetime | None:
    """The first cheapest hour of a day (UTC); None where all its hours have one price."""
    try:
        if len(day_cards(model, provider=provider, at=day)) == 1:
            return None
    except LookupError:
        return None
    hours = (datetime.combine(day, time(hour), UTC) for hour in range(24))
    one = Usage(1, 1)
    return min(hours, key=lambda hour: cost_of(one, model, provider=provider, at=hour).total)


def off_peak(records: Records) -> Iterator[Applied]:
    """Calls of models whose price depends on the hour, at the cheapest hour of their own day."""
    rows = records.priced
    low = high = Decimal(0)
    named = []
    for (provider, model), mine in rows.groupby(["provider", "model"]):
        day = mine["time"].dt.date
        cheap = {each: _cheapest(str(model), str(provider), each) for each in day.unique()}
        if not any(cheap.values()):
            continue
        moved = pd.to_datetime(day.map(cheap), utc=True).fillna(mine["time"])
        high += otherwise(mine, mine.assign(time=moved)).saved
        named.append(str(model))
    if not named:
        need = "a model whose price depends on the hour: none of these has one"
        yield Applied(1, "off-peak hours", None, needs=need)
        return
    yield Applied(
        1,
        "off-peak hours",
        (low, high),
        f"the prices by hour of {', '.join(named)}",
        "at most all of its calls can wait for the cheaper hours",
        WAITING,
    )
