"""The rates themselves: against other tables, and against what the package says."""

from __future__ import annotations

import csv
import runpy
import sys
from argparse import Namespace
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from importlib import metadata

import pytest
from recorded_day import RECORDED

from costlib.course.edition import Edition
from costlib.paths import ROOT, data_path
from costlib.pricing import price_news
from costlib.pricing.prices import TIERS, find_model, models, price_periods, rate_card, roles


def read(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


LITERAL = read(ROOT / "tests" / "pricing" / "literal_rates.csv")
HISTORY = read(data_path("price_history.csv"))


def card_of(row):
    at = RECORDED  # the day on which the other tables were read
    if row["at"]:
        at = (datetime if "T" in row["at"] else date).fromisoformat(row["at"])
    return rate_card(row["model"], provider=row["provider"], tier=row["tier"], at=at)


@pytest.mark.parametrize(
    "row", LITERAL, ids=lambda row: f"{row['model']}-{row['tier']}-{row['kind']}-{row['at']}"
)
def test_literal_rates(row):
    """Rates written down from other tables than the package that our file is built from."""
    card, kind = card_of(row), row["kind"]
    rates = card.long_context.rates if kind.startswith("long_") else card.rates
    assert rates[kind.removeprefix("long_")] == Decimal(row["rate"]), row["source"]


def test_literal_rates_cover_what_lessons_name():
    covered = {row["model"] for row in LITERAL}
    assert {entry.model for entry in roles()} <= covered
    assert covered >= {
        "gpt-4.1", "gpt-4.1-mini", "gpt-4o", "claude-sonnet-4-0", "gpt-5.6-sol", "gpt-5.4",
        "gemini-2.5-flash", "o3", "whisper-1", "gpt-realtime", "gpt-image-2",
        "text-embedding-3-small",
    }  # fmt: skip
    assert {row["tier"] for row in LITERAL} == set(TIERS)
    assert all(row["source"] for row in LITERAL)


AFTER_A_CUT = {("2023-07-11", "claude-2"), ("2024-05-14", "gemini-1.5-flash")}
"""Rows of the history that give a later price under the launch date, and say so."""


@pytest.mark.parametrize(
    "row",
    [row for row in HISTORY if "alias" not in row["model"] and "/" not in row["model"]],
    ids=lambda row: f"{row['date']}-{row['model']}",
)
def test_price_history(row):
    """The history file was compiled apart from the price file; lessons use both."""
    model = row["model"].split(" ")[0]
    cards = [
        card
        for card in price_periods(model, row["provider"])
        if card.valid_from.isoformat() <= row["date"]
        and (card.valid_until is None or card.valid_until.isoformat() > row["date"])
        and card.window != "peak"
    ]
    (card,) = cards
    stated = {"input": row["input_usd_per_mtok"], "output": row["output_usd_per_mtok"],
              "cached_input": row["cached_input_usd_per_mtok"]}  # fmt: skip
    wrong = {kind for kind, rate in stated.items() if rate and card.rates[kind] != Decimal(rate)}
    assert bool(wrong) == ((row["date"], row["model"]) in AFTER_A_CUT), wrong


def test_differences_from_the_package_are_those_we_know():
    """A new one, or one that vanished, must be looked into: then edit price_differences.csv."""
    known = price_news.known_differences()
    assert set(price_news.differences()) == set(known)
    assert all(known.values()), "every difference needs its reason"


def test_a_price_after_a_models_end_says_who_answers():
    """Under a name that a vendor gives to another model; any other row is wrong, or the end is."""
    ends = {(model.provider, model.id): model.shutdown for model in models()}
    for row in read(data_path("prices.csv")):
        end = ends[row["provider"], row["model"]]
        if end and date.fromisoformat(row["valid_from"]) >= end:
            says = any(word in row["source"] for word in ("answered by", "routed to", "served and"))
            assert says, (row["model"], row["tier"], row["valid_from"], end)


def test_the_package_has_no_model_that_we_lack():
    assert price_news.model_news() == ([], [])


def test_a_rate_that_changed_is_reported(capsys, monkeypatch):
    card = rate_card("gpt-5")
    ours = replace(card, rates=dict(card.rates) | {"input": Decimal("1.5")})
    monkeypatch.setattr("costlib.pricing.prices.models", lambda: [find_model("gpt-5")])
    monkeypatch.setattr("costlib.pricing.prices.rate_card", lambda *_, **__: ours)
    assert price_news.main(Namespace()) == 0
    printed = capsys.readouterr().out
    assert "openai gpt-5 standard input at 2025-08-07T12:00Z: ours 1.5, now 1.25" in printed
    assert "New models: openai ada" in printed


def test_no_news_is_said(capsys):
    assert price_news.main(Namespace()) == 0
    assert "Nothing changed since." in capsys.readouterr().out


def test_without_the_package_one_sentence_says_so(capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "genai_prices.data_snapshot", None)
    assert price_news.main(Namespace()) == 1
    assert "genai-prices is not installed" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["prices.csv", "models.csv"])
def test_files_are_what_the_builder_makes(name, tmp_path):
    build = runpy.run_path(str(ROOT / "data" / "build_prices.py"))
    build["main"]([str(tmp_path)])
    assert (tmp_path / name).read_bytes() == data_path(name).read_bytes(), (
        "run: python data/build_prices.py"
    )


def built(tmp_path, monkeypatch, release):
    """The rows of prices.csv as an edition of 2031 would build them from a release."""
    monkeypatch.setattr(metadata, "version", lambda name: release)
    monkeypatch.setattr("costlib.course.edition.edition", lambda: Edition(date(2031, 5, 4)))
    runpy.run_path(str(ROOT / "data" / "build_prices.py"))["main"]([str(tmp_path)])
    return read(tmp_path / "prices.csv")


def test_a_later_edition_that_reads_the_same_release_has_checked_nothing(tmp_path, monkeypatch):
    rows = built(tmp_path, monkeypatch, price_news.price_data().release)
    assert rows == read(data_path("prices.csv"))


def test_another_release_checks_its_own_rows_and_none_that_a_person_checked(tmp_path, monkeypatch):
    overlay = read(data_path("price_overlay.csv"))
    key = ("provider", "model", "tier", "valid_from", "window")
    by_hand = {tuple(row[name] for name in key): row["checked"] for row in overlay}
    touched = {(row["provider"], row["model"]) for row in overlay}
    for row in built(tmp_path, monkeypatch, "99"):
        name = tuple(row[column] for column in key)
        if name in by_hand:
            assert row["checked"] == by_hand[name], name
        elif (row["provider"], row["model"]) not in touched:
            assert row["checked"] == "2031-05-04", name
    assert price_news.price_data().release != "99"  # built elsewhere, so the course is as it was


def test_shutdowns():
    """Dates that OpenAI's SDK states, and that lessons count on."""
    for model, day in {
        "gpt-4.1": date(2027, 1, 14), "gpt-4.1-mini": date(2027, 1, 14),
        "gpt-4o": date(2027, 1, 14), "gpt-4o-mini": date(2027, 1, 14),
        "gpt-4.1-nano": date(2026, 10, 23), "gpt-5": date(2026, 12, 11),
        "gpt-5-mini": date(2026, 12, 11), "gpt-5-nano": date(2026, 12, 11),
        "o3": date(2026, 12, 11), "o1": date(2026, 10, 23), "o4-mini": date(2026, 10, 23),
        "gpt-5.1": date(2027, 4, 1), "gpt-5.4-nano": date(2027, 4, 1),
        "gpt-4o-audio-preview": date(2026, 5, 7), "gpt-4o-mini-audio-preview": date(2026, 5, 7),
        "gpt-4o-audio-preview-2024-10-01": date(2025, 10, 10),
    }.items():  # fmt: skip
        assert find_model(model).shutdown == day, model
    # Two weeks before the earliest day of its end, Google still sent Imagen's users to this one.
    assert find_model("gemini-2.5-flash-image").shutdown == date(2027, 3, 15)
    assert all(m.shutdown is None or m.released is None or m.shutdown > m.released
               for m in models())  # fmt: skip
