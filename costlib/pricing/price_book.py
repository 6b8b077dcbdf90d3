"""What a rate card is, and the files that hold them: `data/prices.csv`, `models.csv`, `roles.csv`.

Units: USD per million tokens, except `web_search` (USD per 1,000 searches), `audio_hour` (USD per
hour of audio) and `input_characters` (USD per million characters). Rates are Decimal; None means
that the vendor publishes no such rate, never that it is free. `prices.py` finds the card that
applies; lesson 1 reads cards.
"""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from costlib.paths import data_path
from costlib.pricing.fees import Fee


def _as_of() -> date:
    """The day in `data/edition.json`; COSTLIB_AS_OF is another, to see the course on that day."""
    given = os.environ.get("COSTLIB_AS_OF")
    if not given:
        given = json.loads(data_path("edition.json").read_text("utf-8"))["as_of"]
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise ValueError(
            f"the as-of date {given!r} is no date: write COSTLIB_AS_OF or as_of in "
            "data/edition.json like 2026-11-22"
        ) from None


AS_OF = _as_of()
"""The day on which the course's prices were checked; what `at=None` means everywhere."""

TIERS = ("standard", "batch", "flex", "priority", "fast", "ultrafast")
"""Ways of serving a request that have a price of their own."""

TOKEN_KINDS = (
    "input",
    "cached_input",
    "cache_write_5m",
    "cache_write_30m",
    "cache_write_1h",
    "cache_write_12h",
    "output",
    "input_audio",
    "cached_audio",
    "output_audio",
    "input_image",
    "cached_image",
    "output_image",
    "input_video",
    "cached_video",
)
"""Rates in USD per million tokens; a long-context bound replaces all of them at once."""

RATE_KINDS = (*TOKEN_KINDS, "web_search", "audio_hour", "input_characters")
"""Every rate that a card can hold."""

Rates = Mapping[str, Decimal | None]


@dataclass(frozen=True, eq=False)
class LongContext:
    """The rates of a request whose input is long; they replace the card's for the whole request.

    `inclusive` says whether an input of exactly `threshold` tokens is already long (xAI) or not
    yet (OpenAI, Anthropic, Google). A None rate: the vendor refuses such a request, or does not
    publish its price.
    """

    threshold: int
    inclusive: bool
    rates: Rates

    def applies(self, input_tokens: int) -> bool:
        """Whether one request with this many input tokens, cached ones included, is long."""
        return input_tokens > self.threshold or (self.inclusive and input_tokens == self.threshold)


@dataclass(frozen=True, eq=False)
class RateCard:
    """The rates of one model and tier from `valid_from` until the day before `valid_until`.

    `window` is "" when the hour does not matter, else the name of the hours to which the card
    applies, and `hours` says which they are: "1-5 01:00-04:00 06:00-10:00" is Monday to Friday
    (ISO days), from 01:00 to 04:00 and from 06:00 to 10:00 UTC; an empty `hours` is the rest.

    `region` is "" for the list price, else where the work has to stay (see regions.py). `fees` are
    those by the call that differ from the list (see own_rates.py).

    Rates are read as `card.rates["input"]` or `card.input`. Cards are shared: compare with `is`.
    """

    provider: str
    model: str
    tier: str
    valid_from: date
    valid_until: date | None
    window: str
    hours: str
    rates: Rates
    long_context: LongContext | None
    source: str
    checked: date
    region: str = ""
    fees: Mapping[str, Fee] = field(default_factory=dict)

    def __getattr__(self, kind: str) -> Decimal | None:
        if kind in RATE_KINDS:
            return self.rates[kind]
        raise AttributeError(f"RateCard has no field or rate {kind!r}")

    def published(self, kind: str) -> Decimal:
        """The rate of a kind that the caller needs; LookupError when none is published."""
        rate = self.rates[kind]
        if rate is None:
            raise LookupError(
                f"{self.provider} publishes no {kind} rate for {self.model!r} in tier "
                f"{self.tier!r}: choose a model or tier that has one"
            )
        return rate

    @property
    def withdrawn(self) -> bool:
        """Whether this is the end of a tier and no price: it is not sold from `valid_from` on."""
        return self.source.startswith("withdrawn")

    def in_days(self, day: date) -> bool:
        """Whether a day (UTC) has hours of this card's window; `hours` must not be empty."""
        first, last = self.hours.split()[0].split("-")
        return int(first) <= day.isoweekday() <= int(last)

    def in_hours(self, moment: datetime) -> bool:
        """Whether the clock of a moment (UTC) is in this card's window, on its days."""
        clock = f"{moment:%H:%M}"
        spans = (span.split("-") for span in self.hours.split()[1:])
        return self.in_days(moment) and any(start <= clock < end for start, end in spans)


@dataclass(frozen=True)
class Model:
    """What is known of a model beside its rates. A date is None where no source gives one."""

    provider: str
    id: str
    kind: str
    aliases: tuple[str, ...]
    context_window: int | None
    released: date | None
    shutdown: date | None
    source: str

    def live(self, at: date = AS_OF) -> bool:
        """Whether the model can be called on a day: released, and not yet shut down."""
        return (self.released is None or self.released <= at) and (
            self.shutdown is None or at < self.shutdown
        )


class Role(NamedTuple):
    """The model that stands for a class of models (flagship, mid, ...) of a provider.

    `then` is the one that does once `model` is shut down, "" where no end is announced.
    """

    provider: str
    role: str
    model: str
    then: str = ""
    note: str = ""


class Book(NamedTuple):
    """The three files, indexed for quick questions."""

    models: tuple[Model, ...]
    roles: tuple[Role, ...]
    names: Mapping[str, tuple[Model, ...]]
    """Ids and aliases, to the models that bear them."""
    starts: Mapping[tuple[str, str, str], tuple[date, ...]]
    """The first days of a (provider, model, tier), in order."""
    cards: Mapping[tuple[str, str, str], tuple[tuple[RateCard, ...], ...]]
    """For each of these days its card, or its cards where the price depends on the hour."""

    @property
    def providers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(model.provider for model in self.models))


@cache
def book() -> Book:
    """The shipped files, read once."""
    return read_book(data_path("prices.csv"), data_path("models.csv"), data_path("roles.csv"))


def read_book(prices: Path, models: Path, roles: Path) -> Book:
    """Reads the three files; raises KeyError or ValueError where one is not as described."""
    known = tuple(_model(row) for row in _rows(models))
    names: dict[str, tuple[Model, ...]] = {}
    for model in known:
        for name in (model.id, *model.aliases):
            names[name] = (*names.get(name, ()), model)

    history: dict[tuple[str, str, str], dict[date, list[dict[str, str]]]] = {}
    for row in _rows(prices):
        days = history.setdefault((row["provider"], row["model"], row["tier"]), {})
        days.setdefault(date.fromisoformat(row["valid_from"]), []).append(row)
    starts = {key: tuple(sorted(days)) for key, days in history.items()}
    cards = {
        key: tuple(
            tuple(_card(row, end) for row in history[key][day])
            for day, end in zip(days, (*days[1:], None), strict=True)
        )
        for key, days in starts.items()
    }
    return Book(known, tuple(Role(**row) for row in _rows(roles)), names, starts, cards)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _card(row: Mapping[str, str], valid_until: date | None) -> RateCard:
    rates = {kind: _rate(row[kind]) for kind in RATE_KINDS}
    long_context = None
    if row["long_threshold"]:
        # Fees by the search, hour or character do not depend on the length of the context.
        long_rates = rates | {kind: _rate(row[f"long_{kind}"]) for kind in TOKEN_KINDS}
        long_context = LongContext(
            int(row["long_threshold"]), row["long_inclusive"] == "1", MappingProxyType(long_rates)
        )
    return RateCard(
        provider=row["provider"],
        model=row["model"],
        tier=row["tier"],
        valid_from=date.fromisoformat(row["valid_from"]),
        valid_until=valid_until,
        window=row["window"],
        hours=row["hours"],
        rates=MappingProxyType(rates),
        long_context=long_context,
        source=row["source"],
        checked=date.fromisoformat(row["checked"]),
    )


def _model(row: Mapping[str, str]) -> Model:
    return Model(
        provider=row["provider"],
        id=row["model"],
        kind=row["kind"],
        aliases=tuple(row["aliases"].split()),
        context_window=int(row["context_window"]) if row["context_window"] else None,
        released=date.fromisoformat(row["released"]) if row["released"] else None,
        shutdown=date.fromisoformat(row["shutdown"]) if row["shutdown"] else None,
        source=row["source"],
    )


def _rate(text: str) -> Decimal | None:
    return Decimal(text) if text else None
