"""The questions that costlib.pricing.prices answers, and those that it must refuse."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal

import pytest

from costlib.course.edition import edition
from costlib.paths import ROOT
from costlib.pricing import price_book, prices
from costlib.pricing.price_book import Model
from costlib.pricing.prices import (
    AS_OF,
    RATE_KINDS,
    TIERS,
    day_cards,
    find_model,
    history_of,
    models,
    price_periods,
    rate_card,
    role,
    roles,
    week_cards,
)


def utc(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


# --- Names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("gpt-4o", "gpt-4o"),
        ("gpt-4o-2024-08-06", "gpt-4o"),
        ("gpt-4o-2024-05-13", "gpt-4o-2024-05-13"),
        ("gpt-5.6", "gpt-5.6-sol"),
        ("gpt-6.1-sol-2026-09-29", "gpt-6.1-sol"),
        ("claude-sonnet-4-5-20250929", "claude-sonnet-4-5"),
        ("claude-sonnet-4-20250514", "claude-sonnet-4-0"),
        ("claude-opus-4-20250514", "claude-opus-4-0"),
        ("claude-3-5-haiku-20241022", "claude-3-5-haiku-latest"),
        ("claude-3-5-haiku", "claude-3-5-haiku-latest"),
        ("claude-3-haiku-20240307", "claude-3-haiku"),
        ("gemini-flash-latest", "gemini-3.8-flash"),
        ("gemini-1.5-flash-8b", "gemini-flash-1.5-8b"),
        ("mistral-large-latest", "mistral-large-latest"),
        ("grok-4", "grok-4-0709"),
    ],
)
def test_aliases_and_snapshots_resolve(name, model):
    assert find_model(name).id == model


@pytest.mark.parametrize(
    "name",
    [
        "gpt-9",
        "",
        None,
        "GPT-4o",
        "gpt-4o-2099-01-01",  # no such snapshot
        "claude-opus-5-5-20991231",  # after the as-of date
        "claude-opus-5-5-20261399",  # no such day
        "claude-opus-5-5-YYYYMMDD-",
        "claude-sonnet-4-2025",
    ],
)
def test_unknown_names_raise(name):
    with pytest.raises(LookupError, match="no price is known for model"):
        rate_card(name)


def test_an_unknown_name_brings_the_nearest():
    with pytest.raises(LookupError, match="claude-opus-5-5"):
        rate_card("claude-opus-55")
    with pytest.raises(LookupError, match="unknown provider 'azure': prices are known for openai"):
        rate_card("gpt-4o", provider="azure")
    with pytest.raises(LookupError, match="at provider 'google'"):
        rate_card("gpt-4o", provider="google")


def test_a_name_of_two_providers_asks_which(monkeypatch):
    shipped = price_book.book()
    resold = Model("google", "gpt-5", "chat", (), None, None, None, "made up")
    names = dict(shipped.names) | {"gpt-5": (*shipped.names["gpt-5"], resold)}
    monkeypatch.setattr("costlib.pricing.prices.book", lambda: shipped._replace(names=names))
    monkeypatch.setattr("costlib.pricing.prices.history_of", history_of.__wrapped__)
    with pytest.raises(LookupError, match="pass provider='openai' or 'google'"):
        rate_card("gpt-5")
    assert rate_card("gpt-5", provider="openai").provider == "openai"


def test_no_name_is_shared_in_the_shipped_file():
    assert {name for name, owners in price_book.book().names.items() if len(owners) > 1} == set()


# --- Tiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("tier", ["Flex", "default", "scale", "", "ultra"])
def test_a_tier_that_has_no_name_raises(tier):
    with pytest.raises(LookupError, match="no price is known for tier"):
        rate_card("gpt-5", tier=tier)


def test_a_tier_without_a_published_rate_raises():
    with pytest.raises(LookupError, match="tiers are standard, batch, priority, fast"):
        rate_card("gpt-4.1", tier="flex")
    with pytest.raises(LookupError, match="no priority rate"):
        rate_card("claude-opus-5-5", tier="priority")


@pytest.mark.parametrize(
    ("model", "tier", "first"),
    [
        ("gpt-4o-2024-05-13", "batch", date(2024, 5, 13)),
        ("gpt-4", "batch", date(2024, 4, 15)),
        ("o3", "flex", date(2025, 4, 17)),
        ("gpt-5", "flex", date(2025, 8, 7)),
        ("gpt-5", "fast", date(2026, 7, 30)),
        ("claude-3-opus-latest", "batch", date(2024, 10, 8)),
        ("gemini-2.5-pro", "batch", date(2025, 7, 7)),
        ("gemini-2.5-flash", "flex", date(2026, 4, 1)),
        ("grok-4.20", "batch", date(2026, 2, 17)),
    ],
)
def test_a_tier_starts_at_its_launch_or_at_the_models_release(model, tier, first):
    assert rate_card(model, tier=tier, at=first).tier == tier
    with pytest.raises(LookupError, match=f"ask for {first} or later"):
        rate_card(model, tier=tier, at=first - timedelta(days=1))


def test_a_tier_can_end():
    assert rate_card("claude-opus-4-8", tier="fast", at=date(2026, 11, 29)).input == 10
    with pytest.raises(LookupError, match=r"no fast tier on 2026-12-05: .* ended it on 2026-11-30"):
        rate_card("claude-opus-4-8", tier="fast", at=date(2026, 12, 5))


def test_unpublished_rates_are_none_and_not_the_standard_ones():
    for model in ("gpt-4.1", "gpt-4o", "o1", "o3", "o4-mini"):
        assert rate_card(model).cached_input is not None
        assert rate_card(model, tier="batch").cached_input is None
    bound = rate_card("gpt-5.4", tier="priority").long_context
    assert bound.applies(272_001)
    assert bound.rates["input"] is None
    assert bound.rates["output"] is None
    assert rate_card("gemini-2.5-flash", tier="batch").cached_input == Decimal("0.03")  # same as


# --- Dates ------------------------------------------------------------------------------------


def test_a_date_before_the_first_price_raises():
    with pytest.raises(LookupError, match="before the first known standard price of 'gpt-5'"):
        rate_card("gpt-5", at=date(2025, 8, 6))
    assert rate_card("gpt-5", at=date(2025, 8, 7)).output == 10


def test_a_price_change_takes_effect_on_its_day_in_utc():
    def price(at):
        return rate_card("o3", at=at).input

    assert price(date(2025, 6, 9)) == 10
    assert price(date(2025, 6, 10)) == 2
    assert price(utc(2025, 6, 9, 23, 59, 59)) == 10
    assert price(utc(2025, 6, 10)) == 2
    tokyo = timezone(timedelta(hours=9))
    assert price(datetime(2025, 6, 10, 8, 59, tzinfo=tokyo)) == 10
    assert price(datetime(2025, 6, 10, 9, 0, tzinfo=tokyo)) == 2


def test_announced_prices_are_there():
    assert rate_card("gemini-4-argon", at=date(2026, 11, 30)).input == 2
    assert rate_card("gemini-4-argon", at=date(2026, 12, 1)).input == 4
    assert rate_card("gemini-3.8-flash", at=date(2027, 1, 1)).output == Decimal("7.5")


def test_no_date_means_the_as_of_date():
    assert edition().day == AS_OF
    assert rate_card("gemini-4-argon") is rate_card("gemini-4-argon", at=AS_OF)


@pytest.mark.parametrize("at", [datetime(2026, 11, 22, 9), "2026-11-22", 20261122])
def test_other_times_are_refused(at):
    with pytest.raises(ValueError, match=r"time zone|neither"):
        rate_card("gpt-5", at=at)


@pytest.mark.parametrize(
    "at", [datetime.max, datetime.max.replace(tzinfo=timezone(-timedelta(hours=9)))]
)
def test_moments_at_the_end_of_time_are_refused(at):
    with pytest.raises(ValueError, match=r"at=datetime.datetime\(9999.*pass"):
        rate_card("gpt-5", at=at)


def test_names_that_are_no_text_are_refused():
    for names in ({"model": ["gpt-5"]}, {"provider": {}}, {"tier": ["batch"]}):
        with pytest.raises(TypeError, match="give each as a str"):
            rate_card(**{"model": "gpt-5", **names})


def test_a_retired_model_keeps_its_last_price():
    assert not find_model("claude-sonnet-4-0").live()
    assert rate_card("claude-sonnet-4-0").input == 3
    assert find_model("gpt-4.1").live(date(2027, 1, 13))
    assert not find_model("gpt-4.1").live(date(2027, 1, 14))


def test_periods_follow_each_other_without_a_gap():
    periods = price_periods("gpt-5.6-luna")
    assert [card.valid_from for card in periods] == [date(2026, 7, 9), date(2026, 7, 30)]
    assert [card.valid_until for card in periods] == [date(2026, 7, 30), None]
    assert price_periods("gpt-4.1", tier="flex") == ()
    assert len(price_periods("o3", "openai", "flex")) == 2


# --- Hours ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("at", "output"),
    [
        (utc(2026, 8, 16, 2), "0.28"),  # before the windows
        (utc(2026, 8, 17, 2), "1.32"),  # Monday, peak
        (utc(2026, 8, 22, 2), "1.32"),  # Saturday, before weekends were off-peak
        (utc(2026, 8, 23, 2), "0.66"),  # Sunday, the first off-peak weekend day
        (utc(2026, 8, 24, 2), "1.32"),
        (utc(2026, 9, 10, 3, 59), "1.2"),  # Thursday, new rates
        (utc(2026, 9, 10, 4, 0), "0.6"),
        (utc(2026, 9, 10, 5, 59), "0.6"),
        (utc(2026, 9, 10, 6, 0), "1.2"),
        (utc(2026, 9, 10, 10, 0), "0.6"),
        (utc(2026, 10, 1, 2), "0.6"),  # Thursday, a public holiday
        (utc(2027, 1, 1, 2), "0.6"),  # Friday, a public holiday
        (utc(2027, 1, 4, 2), "1.2"),
        (utc(2026, 10, 8, 2), "1.2"),
        (datetime(2026, 11, 20, 9, tzinfo=timezone(timedelta(hours=8))), "1.2"),
    ],
)
def test_deepseek_by_the_hour(at, output):
    assert rate_card("deepseek-v4-flash", at=at).output == Decimal(output)


def test_windows_of_2025_end_on_the_half_hour():
    assert rate_card("deepseek-chat", at=utc(2025, 3, 3, 16, 29)).window == "peak"
    assert rate_card("deepseek-chat", at=utc(2025, 3, 3, 16, 30)).window == "off-peak"
    assert rate_card("deepseek-chat", at=utc(2025, 3, 3, 0, 29)).input == Decimal("0.135")


def test_a_plain_date_is_refused_only_where_the_hour_matters():
    with pytest.raises(LookupError, match=r"depends on the hour .* pass at= an aware datetime"):
        rate_card("deepseek-flash", at=date(2026, 11, 20))  # a Friday
    assert rate_card("deepseek-flash", at=date(2026, 11, 21)).window == "off-peak"
    assert rate_card("deepseek-flash", at=date(2026, 10, 1)).window == ""


@pytest.mark.parametrize(
    ("model", "at", "windows"),
    [
        ("deepseek-v4-pro", date(2026, 11, 20), ["peak", "off-peak"]),  # a Friday
        ("deepseek-v4-pro", date(2026, 11, 21), ["off-peak"]),
        ("deepseek-flash", date(2026, 10, 1), [""]),
        ("claude-opus-5-5", date(2026, 11, 20), [""]),
    ],
)
def test_the_cards_of_a_day_are_one_or_one_a_window(model, at, windows):
    cards = day_cards(model, at=at)
    assert [card.window for card in cards] == windows
    noon = datetime.combine(at, time(12), UTC)
    at_two = datetime.combine(at, time(2), UTC)
    assert rate_card(model, at=noon) is cards[-1]
    assert rate_card(model, at=at_two) is cards[0]


@pytest.mark.parametrize("day", [date(2026, 11, 28), date(2026, 11, 30)])  # Saturday, Monday
def test_the_cards_of_a_week_are_those_of_its_weekdays(day):
    """0.3 and 1.2 dollars off-peak, twice as much at peak hours."""
    peak, off = week_cards("deepseek-flash", at=day)
    assert (peak.window, off.window) == ("peak", "off-peak")
    assert peak.input == 2 * off.input and peak.output == 2 * off.output
    assert week_cards("gpt-6.1-sol", at=day) == day_cards("gpt-6.1-sol", at=day)


def test_the_cards_of_a_day_are_refused_where_there_is_none():
    with pytest.raises(LookupError, match="before the first known standard price"):
        day_cards("claude-opus-5-5", at=date(2026, 1, 1))
    with pytest.raises(LookupError, match="no price is known"):
        day_cards("claude-opus-55")


@pytest.mark.parametrize("model", [entry.model for entry in roles()])
def test_every_role_has_a_price_on_every_day_to_come(model):
    """Weekday or not: what a table over the roles asks, `day_cards` answers."""
    for day in (AS_OF + timedelta(days=after) for after in range(130)):
        assert all(card.input and card.output for card in day_cards(model, at=day)), day


# --- Long context -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "threshold", "at_the_bound"),
    [
        ("gpt-6.1-sol", 272_000, False),
        ("claude-haiku-5-5", 100_000, False),
        ("gemini-2.5-pro", 200_000, False),
        ("grok-4.7", 200_000, True),
    ],
)
def test_bounds(model, threshold, at_the_bound):
    bound = rate_card(model).long_context
    assert bound.threshold == threshold
    assert not bound.applies(threshold - 1)
    assert bound.applies(threshold) is at_the_bound
    assert bound.applies(threshold + 1)


def test_a_long_request_is_repriced_whole():
    card = rate_card("claude-haiku-5-5")
    for kind in ("input", "cached_input", "cache_write_5m", "cache_write_1h", "output"):
        assert card.long_context.rates[kind] == 5 * card.rates[kind]
    assert card.long_context.rates["web_search"] == card.web_search  # a fee, not a token


def test_premiums_that_ended():
    assert rate_card("claude-opus-4-6", at=date(2026, 3, 12)).long_context is not None
    assert rate_card("claude-opus-4-6", at=date(2026, 3, 13)).long_context is None
    batch = rate_card("claude-opus-4-6", tier="batch", at=date(2026, 3, 12))
    assert batch.long_context.rates["input"] == 5
    refused = rate_card("claude-sonnet-4-5", at=date(2026, 4, 30)).long_context
    assert refused.applies(200_001)
    assert refused.rates["input"] is None


# --- Cards, models and roles ------------------------------------------------------------------


def test_a_card_reads_by_key_and_by_name():
    card = rate_card("gpt-6.1-terra")
    assert card.cache_write_12h == card.rates["cache_write_12h"] == Decimal("2.5")
    assert set(card.rates) == set(RATE_KINDS)
    with pytest.raises(AttributeError, match="no field or rate 'price'"):
        _ = card.price
    with pytest.raises(TypeError):
        card.rates["input"] = Decimal(0)
    with pytest.raises(AttributeError):
        card.tier = "batch"


def test_every_row_of_the_file_is_a_price():
    for model in models():
        assert price_periods(model.id, model.provider), model.id
        for tier in TIERS:
            for card in price_periods(model.id, model.provider, tier):
                known = [rate for rate in card.rates.values() if rate is not None]
                assert known or card.withdrawn, card
                assert all(rate >= 0 for rate in known), card
                assert card.source
                assert (
                    card.checked <= date.today()
                )  # looked at, perhaps after the course's own date
                assert model.released is None or card.valid_from >= model.released


def test_images_cost_what_text_costs_where_one_rate_is_published():
    assert rate_card("gpt-6.1-sol").input_image == 2
    assert rate_card("gemini-4-argon", at=date(2026, 11, 22)).cached_video == Decimal("0.1")
    assert rate_card("gpt-realtime").input_image == 5
    assert rate_card("gpt-3.5-turbo").input_image is None
    assert rate_card("gemini-4-argon").input_audio is None


def test_models_are_listed_by_provider_kind_and_day():
    assert {model.kind for model in models()} == {
        "chat", "audio", "image", "embedding", "transcription", "tts", "moderation",
    }  # fmt: skip
    embeddings = [model.id for model in models("openai", "embedding")]
    assert "text-embedding-3-small" in embeddings
    live = {model.id for model in models("openai", at=AS_OF)}
    assert "gpt-6.1-sol" in live
    assert "o1" not in live
    assert "gpt-6.1-sol" not in {model.id for model in models(at=date(2026, 9, 28))}


def test_every_role_is_a_model_that_can_be_called():
    assert len(roles()) == len({(entry.provider, entry.role) for entry in roles()})
    for entry in roles():
        assert role(entry.provider, entry.role) == entry.model
        model = find_model(entry.model, entry.provider)
        assert model.id == entry.model
        assert model.live(AS_OF), entry
        assert all(card.output > 0 for card in day_cards(entry.model, provider=entry.provider))
    with pytest.raises(LookupError, match="'openai' has no role 'giant'"):
        role("openai", "giant")


def test_a_role_whose_models_end_is_announced_passes_to_one_that_stays(
    monkeypatch: pytest.MonkeyPatch,
):
    ends = {
        entry: find_model(entry.model, entry.provider).shutdown for entry in price_book.book().roles
    }
    assert any(ends.values())
    for entry, end in ends.items():
        if end is not None:
            monkeypatch.setattr(prices, "AS_OF", end)
            assert role(entry.provider, entry.role) == entry.then
            assert find_model(entry.then, entry.provider).shutdown is None
        else:
            assert not entry.then, "nobody follows a model that stays"


def test_roles_of_a_vendor_are_in_order_of_price():
    for provider in ("anthropic", "google"):  # elsewhere a cut has overtaken the order
        prices = [rate_card(r.model).input for r in roles() if r.provider == provider]
        assert prices == sorted(prices, reverse=True)


def test_an_as_of_date_that_is_none_is_one_sentence() -> None:
    command = [sys.executable, "-c", "import costlib.pricing.prices"]
    env = os.environ | {"COSTLIB_AS_OF": "soon"}
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True)
    assert "ValueError: the as-of date 'soon' is no date: write" in run.stderr
