"""What the same tokens would have cost: another model, another tier, the prices of another day.

Units: whole pico-dollars (1e-12 USD), null where no rate is known. This is an answer about price
alone: another model counts tokens in its own way and writes answers of its own length, and nobody
has measured whether they are right. `Ledger.reprice` is its usual door. Lesson 4 teaches it.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING, Any

from costlib.pricing.price_book import TIERS
from costlib.pricing.prices import find_model, rate_card, tier_hint
from costlib.pricing.table import cost_table
from costlib.tracking.calls import REPORTS, call_of, price
from costlib.usage.record import COUNTS

if TYPE_CHECKING:
    import pandas

_WRITES = ("cache_write_5m", "cache_write_30m", "cache_write_1h", "cache_write_12h")


def reprice_frame(
    frame: pandas.DataFrame,
    *,
    model: str | None = None,
    tier: str | None = None,
    at: date | datetime | None = None,
) -> pandas.DataFrame:
    """A copy of a ledger's frame with `repriced_pusd`; see `Ledger.reprice`."""
    import pandas

    asked = frame.copy()
    if model is not None:
        found = find_model(model)
        asked["model"], asked["provider"] = found.id, found.provider
    if tier is not None:
        if tier not in TIERS:  # else no row had a price, and nothing adds up to 0
            raise LookupError(f"no price is known for tier {tier!r}: {tier_hint(tier)}")
        asked["tier"] = tier
    if at is not None:
        moment = at if isinstance(at, datetime) else datetime.combine(at, time(12), UTC)
        if moment.tzinfo is None:
            raise ValueError(f"at={at!r}: give a date, or a datetime with a zone")
        asked["time"] = pandas.Timestamp(moment).tz_convert("UTC").as_unit("us")
    repriced = _repriced(asked, moved=model is not None)
    # Where nothing was counted a model changes nothing: a refusal is free, an estimate unknown.
    nothing = _nothing(frame)
    repriced[nothing & (frame["status"] == "error")] = 0
    repriced[nothing & frame["estimated"]] = pandas.NA
    return frame.assign(repriced_pusd=repriced)


def _repriced(asked: pandas.DataFrame, *, moved: bool) -> pandas.Series:
    """The costs of rows; where they moved to another model, with the cache writes that it sells."""
    import pandas

    report = asked["operation"].isin(REPORTS).rename("report")
    if not moved and not report.any():
        try:
            return cost_table(asked)["cost_pusd"].astype("Int64")
        except (LookupError, ValueError):
            pass  # some rows have no price: their groups tell which
    repriced = pandas.Series(pandas.NA, index=asked.index, dtype="Int64")
    days = asked["time"].dt.date if moved else None
    for _, rows in asked.groupby(["provider", "model", "tier", report], sort=False):
        if days is not None:
            rows = _sold(rows, days.loc[rows.index].max())
        repriced.loc[rows.index] = _costs(rows)
    return repriced


def _nothing(frame: pandas.DataFrame) -> pandas.Series:
    """The rows in which nothing was counted that could cost something."""
    counted = [*(name for name in COUNTS if name != "requests"), "audio_seconds"]
    return (frame[counted] == 0).all(axis=1) & (frame["fees"] == "")


def _costs(rows: pandas.DataFrame) -> Any:
    """Costs of rows that share a model and a tier: at once, or one by one where some have none."""
    import pandas

    if rows["operation"].isin(REPORTS).any():  # sums of requests are priced apart
        costs = [price(call_of(row))[0] for row in rows.to_dict("records")]
        return pandas.Series(costs, index=rows.index, dtype="Int64")
    try:
        return cost_table(rows)["cost_pusd"].astype("Int64")
    except (LookupError, ValueError):
        if len(rows) == 1:
            return pandas.Series([pandas.NA], index=rows.index, dtype="Int64")
        half = len(rows) // 2  # most rows share the reason, so halves settle it soon
        return pandas.concat([_costs(rows.iloc[:half]), _costs(rows.iloc[half:])])


def _sold(rows: pandas.DataFrame, day: date) -> pandas.DataFrame:
    """Cache writes in the lifetimes that the rows' model has a rate for.

    OpenAI sells 30 minutes and 12 hours, Anthropic 5 minutes and 1 hour. Each write becomes the
    shortest that is sold, or plain input where the vendor writes for free.
    """
    first = rows.iloc[0]
    try:
        card = rate_card(first["model"], provider=first["provider"], tier=first["tier"], at=day)
    except LookupError:
        return rows
    sold = [kind for kind in _WRITES if card.rates[kind] is not None]
    rows = rows.copy()
    for kind in _WRITES:
        if kind not in sold:
            moved = rows[f"{kind}_tokens"]
            rows[f"{kind}_tokens"] = 0
            if sold:
                rows[f"{sold[0]}_tokens"] += moved
    return rows
