"""What changed since the price file was made: `python -m costlib prices`.

The course's rates stand still in `data/prices.csv`, so that its numbers do. This module holds them
against the installed genai-prices package, period by period. Rates are USD per million tokens, or
the units of `costlib.pricing`. Lesson 1 uses it when it asks how long a price table stays true.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from costlib.paths import ROOT, data_path
from costlib.pricing import prices

if TYPE_CHECKING:
    from genai_prices.types import ModelInfo, TieredPrices

PACKAGE_KINDS = {
    "input": "input_mtok",
    "cached_input": "cache_read_mtok",
    "cache_write_5m": "cache_write_mtok",
    "cache_write_30m": "cache_write_mtok",
    "cache_write_1h": "cache_write_1h_mtok",
    "output": "output_mtok",
    "input_audio": "input_audio_mtok",
    "cached_audio": "cache_audio_read_mtok",
    "output_audio": "output_audio_mtok",
    "input_image": "input_image_mtok",
    "cached_image": "cache_image_read_mtok",
    "output_image": "output_image_mtok",
    "input_video": "input_video_mtok",
    "web_search": "web_searches_kcount",
    "audio_hour": "audio_hours",
    "input_characters": "input_mchars",
}
"""Our kinds of rates and the package's names for them."""

SHORT_WRITE = {"anthropic": "cache_write_5m", "openai": "cache_write_30m"}
"""The package knows one cache write a vendor: ours with the shortest life that is sold."""

CONDITIONS = {
    "batch": [{"processing": "batch"}],
    "flex": [{"service_tier": "flex"}],
    "priority": [{"service_tier": "priority"}],
    "fast": [{"service_tier": "fast"}, {"speed": "fast"}],
    "ultrafast": [{"service_tier": "ultrafast"}],
}
"""How the package names our tiers."""


class PriceData(NamedTuple):
    """The release of genai-prices that data/prices.csv is built from, and the day on which it was
    read. An edition of a later day that reads the same release has compared nothing anew."""

    release: str
    read: date


def price_data(file: Path | None = None) -> PriceData:
    """Where the prices come from, by an edition.json (None: the shipped one)."""
    said = json.loads((file or data_path("edition.json")).read_text("utf-8"))
    return PriceData(said["genai_prices"], date.fromisoformat(said["read"]))


class Difference(NamedTuple):
    """A rate that the package states otherwise than we do, at a moment (UTC). "" is no rate."""

    provider: str
    model: str
    tier: str
    kind: str
    at: str
    package: str
    ours: str


def differences() -> list[Difference]:
    """Every rate of the installed package that is not ours, at the times named by `_moments`.

    Only what the package itself states for a tier counts; where it has none it falls back to the
    standard rate, which is no statement. Raises ModuleNotFoundError without genai-prices.
    """
    found: list[Difference] = []
    for known in prices.models():
        theirs = _package_models().get((known.provider, known.id))
        if theirs is None:
            continue
        for tier in prices.TIERS:
            cards = prices.price_periods(known.id, known.provider, tier)
            for moment in _moments(cards, theirs):
                found += _compare(known, theirs, tier, moment)
    return found


def model_news() -> tuple[list[str], list[str]]:
    """Models that the installed package has and we lack, and those that it no longer has."""
    ours = {(model.provider, model.id) for model in prices.models()}
    theirs = set(_package_models())
    own = {(r["provider"], r["model"]) for r in _read("data/price_overlay.csv")}
    return (
        [" ".join(key) for key in sorted(theirs - ours) if covered(*key)],
        [" ".join(key) for key in sorted(ours - theirs - own)],
    )


def main(options: argparse.Namespace) -> int:
    """Prints what changed; 0 when it could be compared, 1 when it could not."""
    try:
        news = set(differences()) - known_differences().keys()
        added, gone = model_news()
    except ModuleNotFoundError:
        print(
            "genai-prices is not installed, so there is nothing to compare with: "
            "install the packages for development (pip install -e '.[dev]') and run this again"
        )
        return 1
    print(
        "data/prices.csv was read from genai-prices {} on {}; ".format(*price_data())
        + f"installed for comparison: {version('genai-prices')}"
    )
    for title, names in (("New models", added), ("Models gone", gone)):
        if names:
            print(f"{title}: {', '.join(names)}")
    for item in sorted(news):
        print(
            f"{item.provider} {item.model} {item.tier} {item.kind} at {item.at}: "
            f"ours {item.ours or 'none'}, now {item.package or 'none'}"
        )
    if not (news or added or gone):
        print("Nothing changed since.")
    return 0


def known_differences() -> dict[Difference, str]:
    """The differences that were looked into when the file was made, each with the reason."""
    rows = _read("tests/pricing/price_differences.csv")
    return {Difference(*(row[name] for name in Difference._fields)): row["reason"] for row in rows}


def _read(name: str) -> list[dict[str, str]]:
    with ROOT.joinpath(name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _package_models() -> dict[tuple[str, str], ModelInfo]:
    from genai_prices.data_snapshot import get_snapshot

    vendors = {model.provider for model in prices.models()}
    listed = get_snapshot().providers
    return {(p.id, m.id): m for p in listed if p.id in vendors for m in p.models}


def covered(provider: str, name: str) -> bool:
    """Whether the price file means to have a model of the package: the vendor's own, and charged
    by the token, hour or character."""
    resold = provider == "google" and "claude" in name  # the anthropic rows hold them
    elsewhere = ":" in name and not name.startswith("ft:")  # a name of OpenRouter
    return not (resold or elsewhere or "ocr" in name or "omni" in name)


def _moments(cards: tuple[prices.RateCard, ...], theirs: ModelInfo) -> Iterator[datetime]:
    """The noon of each period's first day and of its middle, and of each day on which the package
    starts a price; where the hour matters, also 02:00 of these days."""
    if not cards:
        return
    starts = {card.valid_from for card in cards}
    stated = {condition.start_date for condition in _constraints(theirs)
              if hasattr(condition, "start_date")}  # fmt: skip
    days = starts | {day for day in stated if day >= min(starts)}
    for card in cards:
        end = card.valid_until or card.valid_from + timedelta(days=730)
        days.add(card.valid_from + (end - card.valid_from) / 2)
    by_hour = any(card.window for card in cards)
    for day in sorted(days):
        for hour in (2, 12) if by_hour else (12,):
            yield datetime.combine(day, time(hour), UTC)


def _constraints(theirs: ModelInfo) -> Iterator[object]:
    if isinstance(theirs.prices, list):
        yield from (price.constraint for price in theirs.prices if price.constraint)
    yield from (item.constraint for item in theirs.price_variants or () if item.constraint)


def _compare(
    known: prices.Model, theirs: ModelInfo, tier: str, moment: datetime
) -> Iterator[Difference]:
    stated = _stated(theirs, tier, moment)
    try:
        card = prices.rate_card(known.id, provider=known.provider, tier=tier, at=moment)
    except LookupError:
        card = None
    for kind, unit in PACKAGE_KINDS.items():
        other_life = unit == "cache_write_mtok" and kind != SHORT_WRITE.get(known.provider)
        if unit not in stated or other_life:
            continue
        rate = stated[unit]
        mine = card.rates[kind] if card else None
        pairs: list[tuple[str, object, object]] = [(kind, getattr(rate, "base", rate), mine)]
        if hasattr(rate, "tiers"):
            long = card.long_context if card else None
            above = long.rates[kind] if long else None
            pairs.append((f"long_{kind}", rate.tiers[0].price, above))
            first = long.threshold + (not long.inclusive) if long else None
            pairs.append(("first_long_token", rate.tiers[0].start + 1, first))
        for name, package, ours in pairs:
            if package != ours:
                yield Difference(
                    known.provider, known.id, tier, name, moment.strftime("%Y-%m-%dT%H:%MZ"),
                    _text(package), _text(ours),
                )  # fmt: skip


def _stated(theirs: ModelInfo, tier: str, moment: datetime) -> dict[str, Decimal | TieredPrices]:
    """The rates that the package itself states for a tier at a moment."""
    if tier == "standard":
        rates = vars(theirs.get_prices(moment))
    else:
        rates = {}
        for variant in theirs.price_variants or ():
            active = variant.constraint is None or variant.constraint.active(moment)
            if active and variant.when in CONDITIONS[tier]:
                rates = vars(variant.prices) | rates  # the first that applies wins
    return {unit: rate for unit, rate in rates.items() if rate is not None}


def _text(value: object) -> str:
    return "" if value is None else f"{value:f}" if isinstance(value, Decimal) else str(value)
