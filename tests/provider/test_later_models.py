"""A model that came out after a table of rules was checked takes nothing from its family."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, time

import anthropic
import openai
import pytest
from later_model import LATER, add_later_model

from costlib.paths import data_rows
from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import find_model, models
from costlib.provider import connect
from costlib.provider.anthropic.accepts import abilities
from costlib.provider.caches.families import rule_of as cache_rule
from costlib.provider.openai.model_rules import rule_of as openai_rule
from costlib.provider.rules import RULES
from costlib.tokens.text import count_text, tokenizer_of

NOON = datetime.combine(LATER, time(12), UTC)


def new_claude(ask: Callable[[str], object], table: str, row: str) -> tuple[object, ...]:
    return ask, "claude-opus-5-9", "claude-opus-5-5", table, row


@pytest.mark.parametrize(
    ("ask", "name", "relative", "table", "row"),
    [
        new_claude(lambda name: count_text("a", name), "tokenizer_factors.csv", "claude-opus-5"),
        new_claude(tokenizer_of, "tokenizer_factors.csv", "claude-opus-5"),
        new_claude(lambda n: cache_rule("anthropic", n, {}), "cache_rules.csv", "claude-opus-5"),
        new_claude(
            lambda n: abilities(find_model(n)), "anthropic_model_rules.csv", "claude-opus-5"
        ),
        (tokenizer_of, "gpt-6-mini", "gpt-6-luna", "tokenizer_factors.csv", "gpt-6"),
        (
            lambda name: openai_rule(find_model(name), name),
            "gpt-6.1-sol-next",
            "gpt-6.1-sol",
            "openai_model_rules.csv",
            "gpt-6.1-sol",
        ),
    ],
)
@pytest.mark.parametrize("released", [LATER, None])
def test_a_prefix_covers_only_models_that_were_out_when_its_row_was_checked(
    monkeypatch, ask, name, relative, table, row, released
):
    add_later_model(monkeypatch, name, relative, released)
    sentence = f"data/{table} has no row for '{name}': it came out on {LATER}, and the row '{row}'"
    with pytest.raises(LookupError, match="add a row with the prefix") as caught:
        ask(name)
    assert str(caught.value).startswith(sentence)


def test_where_no_row_fits_a_later_model_gets_no_default(monkeypatch):
    add_later_model(monkeypatch, "gpt-9", "gpt-6.1-sol")
    for ask in (
        lambda: openai_rule(find_model("gpt-9"), "gpt-9"),
        lambda: cache_rule("openai", "gpt-9", {}),
    ):
        with pytest.raises(LookupError, match=r"the table was last checked on 20\d\d-\d\d-\d\d"):
            ask()
    with pytest.raises(LookupError, match="publishes no encoding"):
        tokenizer_of("gpt-9")
    gemini = add_later_model(monkeypatch, "gemini-9", "gemini-4-argon")
    assert cache_rule("google", gemini.id, {}) is None  # the table is not about its vendor


def test_a_row_of_its_own_covers_a_model_whenever_it_came_out(monkeypatch):
    model = add_later_model(monkeypatch, "claude", "claude-opus-5-5")
    row = fitting_row("tokenizer_factors.csv", model)
    assert row is not None and row["prefix"] == "claude"


def test_the_offline_provider_refuses_to_serve_a_later_model(monkeypatch):
    add_later_model(monkeypatch, "gpt-6-nano", "gpt-6-luna")
    gpt = connect("openai", at=NOON)
    with pytest.raises(openai.BadRequestError, match="no row for 'gpt-6-nano'"):
        gpt.responses.create(model="gpt-6-nano", input="Where is my card?")


def test_the_offline_provider_lists_a_later_claude_and_refuses_to_serve_it(monkeypatch):
    add_later_model(monkeypatch, "claude-haiku-5-9", "claude-haiku-5-5")
    claude = connect("anthropic", at=NOON)
    with pytest.raises(anthropic.BadRequestError, match="no row for 'claude-haiku-5-9'"):
        claude.messages.create(
            model="claude-haiku-5-9",
            max_tokens=100,
            messages=[{"role": "user", "content": "Where is my card?"}],
        )
    listed = {info.id: info.max_tokens for info in claude.models.list()}
    assert listed["claude-haiku-5-9"] is None and listed["claude-haiku-5-5"] == 128_000


def test_every_model_of_the_price_book_has_what_it_had():
    for vendor, tables in RULES.items():
        for model in models(vendor):
            for table in tables:
                fitting_row(table, model, complete=True)
    for model in models("anthropic", kind="chat"):
        assert abilities(model).thinking and tokenizer_of(model.id).factor > 1
    assert abilities(find_model("claude-3-5-sonnet")).thinking == ("disabled",)


def test_every_row_of_claude_has_a_source_a_day_and_values_that_exist():
    rows = data_rows("anthropic_model_rules.csv")
    assert len({row["prefix"] for row in rows}) == len(rows)
    efforts = ["low", "medium", "high", "xhigh", "max"]
    for row in rows:
        assert row["source"] and date.fromisoformat(row["checked"]) <= date.today(), row
        types = {"adaptive", "disabled", "enabled", "between_tools"}
        assert {*row["thinking"].split()} <= types and row["thinking"]
        assert row["efforts"].split() == sorted(row["efforts"].split(), key=efforts.index)
        assert row["effort"] in row["efforts"].split() or not row["efforts"]
        flags = ("forced_tools", "prefill", "shown", "keeps_thinking")
        assert {row[name] for name in flags} <= {"yes", "no"}, row
        assert int(row["longest_output"]) > 0
