"""Which price applies: the rate card of a model, for a tier, on a date.

Units are those of `price_book.py`: USD per million tokens unless a rate's name says otherwise;
None means "not published", never free. Nothing here reads the clock: a question without a date is
about `AS_OF`. What cannot be answered raises, with the nearest name or the first known date; it is
never answered with a standard price. Lesson 1 teaches this module.
"""

from __future__ import annotations

import csv
import re
from bisect import bisect_right
from collections.abc import Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import get_close_matches
from functools import lru_cache
from typing import NamedTuple

from costlib.paths import data_path
from costlib.pricing.names import is_cloud, meanings, price_at_host
from costlib.pricing.price_book import (
    AS_OF,
    RATE_KINDS,
    TIERS,
    TOKEN_KINDS,
    LongContext,
    Model,
    RateCard,
    Rates,
    Role,
    book,
)
from costlib.pricing.regions import in_region, place_of, region_factor

__all__ = [
    "AS_OF",
    "RATE_KINDS",
    "TIERS",
    "TOKEN_KINDS",
    "ListPrice",
    "LongContext",
    "Model",
    "RateCard",
    "Rates",
    "Role",
    "day_cards",
    "find_model",
    "list_prices",
    "models",
    "price_periods",
    "rate_card",
    "role",
    "roles",
]


def rate_card(
    model: str,
    *,
    provider: str | None = None,
    tier: str = "standard",
    at: date | datetime | None = None,
    region: str | None = None,
) -> RateCard:
    """The rates of a model and tier that are in force on a date.

    `model` may be an alias or a dated snapshot. `at` is a date or an aware datetime; None is
    `AS_OF`. Days are UTC days. A model that was shut down keeps its last rates. `region` is where
    the work has to stay ("us", or with a cloud "bedrock/eu"), where that is a part of the price;
    a name may say it (`eu.anthropic.claude-opus-5-5`). None and "global" are the list price.

    Raises LookupError for an unknown model (naming the nearest), a name that two providers share,
    a region without a published price, a date before the model's first known price, a tier without
    a published rate on that date, and a plain date on which the price depends on the hour. Raises
    ValueError for a naive datetime, and TypeError for names that are no text.
    """
    try:
        history = history_of(model, provider, tier, region)
    except TypeError:
        raise TypeError(
            f"model={model!r}, provider={provider!r}, tier={tier!r}, region={region!r}: give each "
            "as a str, the name that the provider uses"
        ) from None
    day, moment = when(at)
    card = history.on(day)
    if isinstance(card, tuple):
        card = _card_at(card, day, moment)
    if card is None:
        raise LookupError(_no_price(history.model, tier, day))
    return card


def day_cards(
    model: str, *, provider: str | None = None, tier: str = "standard", at: date | None = None
) -> tuple[RateCard, ...]:
    """The cards that are in force at some hour of a day (None: `AS_OF`): one, or one a window.

    Where the price depends on the hour, the windows' names say which card is which, as in
    `[(card.window, cost_of(usage, card).total) for card in day_cards("deepseek-v4-pro")]`. On a
    day whose hours have one price (DeepSeek's weekends) there is one card. Raises as `rate_card`.
    """
    cards, day = week_cards(model, provider=provider, tier=tier, at=at), when(at)[0]
    return tuple(card for card in cards if not card.hours or card.in_days(day))


def week_cards(
    model: str, *, provider: str | None = None, tier: str = "standard", at: date | None = None
) -> tuple[RateCard, ...]:
    """As `day_cards`, of the whole week that has a day's price list: what a month meets.

    On a Saturday DeepSeek's list has a price for peak hours too. Raises as `rate_card`.
    """
    history = history_of(model, provider, tier)
    day = when(at)[0]
    cards = history.on(day)
    if cards is None:
        raise LookupError(_no_price(history.model, tier, day))
    if isinstance(cards, RateCard):
        return (cards,)
    return tuple(sorted(cards, key=lambda card: not card.hours))  # the rest of the hours last


class History(NamedTuple):
    """The prices of a model and tier over time.

    `cards[0]` holds before the first of the `starts`, `cards[1]` from it on, and so forth. None
    means that there is no price; in a tuple of cards, the hour decides.
    """

    model: Model
    starts: tuple[date, ...]
    cards: tuple[RateCard | tuple[RateCard, ...] | None, ...]
    region: str = ""

    def on(self, day: date) -> RateCard | tuple[RateCard, ...] | None:
        """The card, or cards, of a day."""
        return self.cards[bisect_right(self.starts, day)]


@lru_cache(maxsize=4_096)
def history_of(model: str, provider: str | None, tier: str, region: str | None = None) -> History:
    """The prices of a model and tier, in a region if one is given or named. LookupErrors as
    `rate_card`.

    Kept for each way to name them, because `rate_card` is asked for every single request.
    """
    found, named, host = _resolve(model, provider)
    place = place_of(region) or named
    factor = region_factor(found, place) if place else None
    key = (found.provider, found.id, tier)
    cards: list[RateCard | tuple[RateCard, ...] | None] = [None]
    starts = book().starts.get(key, ())
    if found.shutdown and is_cloud(host or place.rpartition("/")[0]):
        # What its maker bills under a name whose model has ended is no price of a cloud's.
        starts = tuple(start for start in starts if start < found.shutdown)
    for group in book().cards.get(key, ())[: len(starts)]:
        if group[0].withdrawn and len(group) == 1:
            cards.append(None)
            continue
        if factor is not None:
            group = tuple(in_region(card, place, factor) for card in group)
        cards.append(group if len(group) > 1 else group[0])
    return History(found, starts, tuple(cards), place)


def price_periods(
    model: str, provider: str | None = None, tier: str = "standard"
) -> tuple[RateCard, ...]:
    """Every card of a model and tier, in order of date: the history, and what is announced.

    Where the price depends on the hour, cards with the same `valid_from` follow each other, one
    for each window. Empty when no rate was ever published. Raises LookupError like `find_model`.
    """
    found = find_model(model, provider)
    groups = book().cards.get((found.provider, found.id, tier), ())
    return tuple(card for group in groups for card in group)


def find_model(name: str, provider: str | None = None) -> Model:
    """The model that a name means: its id, an alias, a dated snapshot, or one of these as clouds,
    gateways and tools write it (`azure/gpt-4o`, `claude-opus-4-8[1m]`), where that is certain.

    Raises LookupError for an unknown name or provider, naming the nearest; for a name that several
    providers use when `provider` does not say which; and for a name whose price differs from that
    of the model it contains (one region, a fine-tuned model), saying what to price instead.
    """
    found, region, _ = _resolve(name, provider)
    if region and (factor := region_factor(found, region)) != 1:
        raise LookupError(
            f"{name!r} runs {found.id!r} in one region, which costs {factor} times its list price: "
            f"price {found.id!r} and multiply by {factor}, as cost_of and rate_card do by "
            "themselves when they are given this name"
        )
    return found


def maker_of(name: str) -> str:
    """The provider of the model that a name means, whatever it costs under that name: in one
    region, too. Raises LookupError as `find_model` does for a name that is not known."""
    return _resolve(name, None)[0].provider


@lru_cache(4096)
def costs_more_in(name: str, region: str) -> bool:
    """Whether a model is known to cost more in a region; False for a name or a place that is not
    known."""
    try:
        return bool(place_of(region)) and region_factor(_resolve(name, None)[0], region) != 1
    except LookupError:
        return False


@lru_cache(4096)
def region_in_name(name: str, provider: str | None = None) -> str:
    """Where a name says that its model runs, as data/regions.csv writes it: "bedrock/us" of
    `us.anthropic.claude-opus-4-5`; "" where it does not say, and for a name that is not known."""
    try:
        return _resolve(name, provider)[1]
    except LookupError:
        return ""


def _resolve(name: str, provider: str | None) -> tuple[Model, str, str]:
    """The model that a name means, and the region and the host that the name says it runs in and
    at ("" for none)."""
    found = _bearing(name, provider)
    if len(found) == 1:
        return found[0], "", ""
    plain = name
    if not found and isinstance(name, str):
        for meant in meanings(name, book().names):
            plain = meant.name
            models = _bearing(meant.name, provider or meant.maker)
            why_not = meant.why_not
            if len(models) == 1 and not why_not:
                why_not = price_at_host(meant.host, models[0].provider, models[0].id)
            if why_not and (models or meant.name.startswith("ft:")):
                raise LookupError(f"no price is known for model {name!r}: {why_not}")
            if len(models) == 1:
                return models[0], meant.region, meant.host
    raise LookupError(_no_model(name, plain, provider, found))


def _bearing(name: str, provider: str | None) -> tuple[Model, ...]:
    """The models of a name that is written as the price book has it."""
    names = book().names
    found = names.get(name) or names.get(_template(name)) or ()
    return tuple(model for model in found if provider in (None, model.provider))


def models(
    provider: str | None = None, kind: str | None = None, at: date | None = None
) -> list[Model]:
    """The models of a provider and kind; if `at` is given, those that can be called on that day.

    Kinds: chat, audio, image, embedding, transcription, tts, moderation. An unknown provider
    raises LookupError.
    """
    if provider is not None and provider not in book().providers:
        raise LookupError(_no_provider(provider))
    return [
        model
        for model in book().models
        if provider in (None, model.provider)
        and kind in (None, model.kind)
        and (at is None or model.live(at))
    ]


class ListPrice(NamedTuple):
    """What a model's tokens cost from one day on, in USD per million."""

    day: date
    model: str
    input: Decimal
    output: Decimal


def list_prices(provider: str, place: str) -> list[ListPrice]:
    """Launches and changes of list price in a place of a vendor's range, oldest first.

    Places are the tier classes of `data/price_history.csv`: top, flagship, mid, small, nano and
    a few more; previews are left out. Raises LookupError where the file has none.
    """
    with data_path("price_history.csv").open(encoding="utf-8", newline="") as file:
        found = [
            ListPrice(
                date.fromisoformat(row["date"]),
                row["model"],
                Decimal(row["input_usd_per_mtok"]),
                Decimal(row["output_usd_per_mtok"]),
            )
            for row in csv.DictReader(file)
            if (row["provider"], row["tier_class"]) == (provider, place)
            and "preview" not in row["model"]
        ]
    if not found:
        raise LookupError(f"data/price_history.csv has no {place!r} models of {provider!r}")
    return sorted(found)


def role(provider: str, role: str) -> str:
    """The id of the model that plays a role, for example `role("anthropic", "flagship")`.

    Roles are top, flagship, mid, small and nano; not every provider has each. They live in
    `data/roles.csv`, so that a retired model is replaced in one line. Raises LookupError.
    """
    for entry in roles():
        if (entry.provider, entry.role) == (provider, role):
            return entry.model
    known = ", ".join(f"{entry.provider} {entry.role}" for entry in roles())
    raise LookupError(f"{provider!r} has no role {role!r}: known are {known}")


def roles() -> tuple[Role, ...]:
    """All roles, in the order of the file, each with the model that plays it on `AS_OF`."""
    return tuple(
        entry._replace(model=entry.then)
        if entry.then and not find_model(entry.model, entry.provider).live(AS_OF)
        else entry
        for entry in book().roles
    )


_SNAPSHOT = re.compile(r"([-@])(20\d\d)(-?)(\d\d)\3(\d\d)$")


def _template(name: str) -> str:
    """The alias under which the file lists a dated snapshot: `x-20250929` is `x-YYYYMMDD`.

    Only real days up to `AS_OF` count, because the file knows no later snapshot.
    """
    match = _SNAPSHOT.search(str(name))
    try:
        day = date(int(match[2]), int(match[4]), int(match[5])) if match else None
    except ValueError:
        day = None
    if match is None or day is None or day > AS_OF:
        return ""
    return name[: match.start()] + match[1] + ("YYYY-MM-DD" if match[3] else "YYYYMMDD")


def when(at: date | datetime | None) -> tuple[date, datetime | None]:
    """The UTC day of a question, and its moment when the question gave one."""
    if type(at) is datetime and at.tzinfo is UTC:  # as calls are recorded: nothing to convert
        return at.date(), at
    if at is None:
        return AS_OF, None
    if isinstance(at, datetime):
        if at.utcoffset() is None:
            raise ValueError(
                f"at={at!r} has no time zone: pass an aware datetime, for example "
                "datetime(2026, 11, 22, 9, tzinfo=UTC), or a date"
            )
        try:
            moment = at.astimezone(UTC)
        except OverflowError:
            raise ValueError(
                f"at={at!r} is no moment of the years 1 to 9999 in UTC: pass when the request was"
            ) from None
        return moment.date(), moment
    if isinstance(at, date):
        return at, None
    raise ValueError(f"at={at!r} is neither a date nor a datetime: pass one of them")


def _card_at(group: tuple[RateCard, ...], day: date, moment: datetime | None) -> RateCard:
    """The card of a day whose price depends on the hour.

    A plain date is enough where all its hours have one price, as on DeepSeek's weekends.
    """
    (rest,) = (card for card in group if not card.hours)
    named = [card for card in group if card.hours and card.in_days(day)]
    if named and moment is None:
        raise LookupError(
            f"the price of {rest.model!r} on {day} depends on the hour "
            f"({' or '.join(card.window for card in group)}): pass at= an aware datetime"
        )
    return next((card for card in named if moment and card.in_hours(moment)), rest)


def _no_provider(provider: str) -> str:
    return f"unknown provider {provider!r}: prices are known for {', '.join(book().providers)}"


def _no_model(name: str, plain: str, provider: str | None, found: tuple[Model, ...]) -> str:
    """Why a name gives no model, in one sentence; `plain` is the name without its wrappers."""
    if provider is not None and provider not in book().providers:
        return _no_provider(provider)
    if found:
        owners = " or ".join(repr(model.provider) for model in found)
        return f"{name!r} is a model of several providers: pass provider={owners}"
    where = f" at provider {provider!r}" if provider else ""
    known = {
        key: owners[0]
        for key, owners in book().names.items()
        if "YYYY" not in key and any(provider in (None, model.provider) for model in owners)
    }
    return f"no price is known for model {name!r}{where}: {_nearest(str(plain).lower(), known)}"


def _nearest(name: str, known: Mapping[str, Model]) -> str:
    """A hint that cannot mislead: a misspelling is one only where no number differs, and the rest
    differs by less than "mythos" from "opus".

    Other models are named as such, and only those that cost about what the nearest does.
    """
    near = get_close_matches(name, known, n=3, cutoff=0.7)
    spelled = get_close_matches(name, near, n=3, cutoff=0.8)
    same = [key for key in spelled if re.findall(r"\d+", key) == re.findall(r"\d+", name)]
    if same:
        return f"did you mean {' or '.join(same)}?"
    about = [(key, _input_rate(known[key])) for key in near]
    first = about[0][1] if about else None
    if first is None:
        return "pricing.models() lists those known"
    like = [key for key, rate in about if rate is not None and first / 2 < rate < first * 2]
    return (
        "only other models with prices of their own are known, such as "
        f"{' and '.join(like)}, and pricing.models() lists all"
    )


def _input_rate(model: Model) -> Decimal | None:
    cards = book().cards.get((model.provider, model.id, "standard"), ())
    return cards[-1][-1].rates["input"] if cards else None


def tier_hint(tier: str) -> str:
    """What a name that is no tier of the price file may have meant."""
    near = get_close_matches(str(tier).lower(), TIERS, n=1)
    return f"did you mean {near[0]!r}?" if near else f"known are {', '.join(TIERS)}"


def _no_price(model: Model, tier: str, day: date) -> str:
    """Why a model has no card for a tier on a day, in one sentence."""
    if tier not in TIERS:
        return f"no price is known for tier {tier!r} of {model.id!r}: {tier_hint(tier)}"
    starts = book().starts
    if (model.provider, model.id, tier) not in starts:
        offered = ", ".join(t for t in TIERS if (model.provider, model.id, t) in starts)
        return f"no {tier} rate of {model.id!r} is published: its tiers are {offered}"
    days = starts[model.provider, model.id, tier]
    if day < days[0]:
        return (
            f"{day} is before the first known {tier} price of {model.id!r}: "
            f"ask for {days[0]} or later"
        )
    ended = days[bisect_right(days, day) - 1]
    return f"{model.id!r} has no {tier} tier on {day}: {model.provider} ended it on {ended}"
