"""One's own rates stand beside the list price, and never replace it silently."""

from __future__ import annotations

import textwrap
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.pricing import own_rates as room
from costlib.pricing.cost import cost_of
from costlib.pricing.own_cost import own_cost_of
from costlib.pricing.own_rates import OwnRates, read_own_rates
from costlib.usage.record import Usage

settings.register_profile("course", derandomize=True, database=None)
settings.load_profile("course")

DAY = date(2026, 11, 20)
SOURCE = 'source = "Contract 4711"\n'


def rates_of(tmp_path, text: str) -> OwnRates:
    path = tmp_path / "rates.toml"
    path.write_text(SOURCE + text, encoding="utf-8")
    return read_own_rates(path)


def test_the_example_in_the_docstring_is_read_and_priced(tmp_path):
    example = room.__doc__.partition("source = ")[2].partition("An entry holds")[0]
    path = tmp_path / "rates.toml"
    path.write_text(textwrap.dedent(f"    source = {example}"), encoding="utf-8")
    rates = read_own_rates(path)
    assert rates.source == "Contract 4711 of 15 January 2026" and len(rates.terms) == 3
    usage = Usage(1_000_000, 1_000_000)
    claude = own_cost_of(usage, "claude-sonnet-4-6", rates, at=DAY)
    assert (claude.list_cost, claude.contracted_cost) == (Decimal(18), Decimal("15.75"))
    assert claude.billed_cost == Decimal("15.75") * Decimal("0.8612") and claude.saved == Decimal(
        "2.25"
    )
    # 3.30 and 16.50 in the region, 12.5% off, 3% on: 19.80 * 0.875 * 1.03
    there = own_cost_of(usage, "eu.anthropic.claude-sonnet-4-6", rates, at=DAY)
    assert there.contracted_cost == Decimal("19.8") * Decimal("0.875") * Decimal("1.03")
    gpt = own_cost_of(usage, "gpt-4.1", rates, at=DAY)
    assert (gpt.list_cost, gpt.contracted_cost) == (Decimal(10), Decimal("8.4"))
    assert own_cost_of(usage, "claude-sonnet-4-6", rates, at=date(2027, 1, 1)).saved == 0


def test_the_path_may_begin_at_home(tmp_path, monkeypatch):
    for home in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(home, str(tmp_path))
    rates_of(tmp_path, '[[rate]]\nprovider = "openai"\ndiscount_percent = 10\n')
    assert read_own_rates("~/rates.toml").source == "Contract 4711"


def test_both_columns_are_shown_and_the_source_is_named(tmp_path):
    rates = rates_of(tmp_path, '[[rate]]\nprovider = "openai"\ndiscount_percent = 10\n')
    cost = own_cost_of(Usage(1000, 100, fees=(("file_search", 2),)), "gpt-4.1", rates, at=DAY)
    text = str(cost)
    assert "By own rates (Contract 4711), beside the list price" in text
    assert next(row for row in text.splitlines() if row.startswith("total")).split() == [
        "total", "$0.0078", "$0.00702",
    ]  # fmt: skip
    assert "ListCost" in cost.html() and "ContractedCost" in cost.html()
    assert cost.contracted.card.source == "own rates: Contract 4711"
    assert "own rates: Contract 4711" in repr(cost.contracted)
    assert "own rates" not in repr(cost.listed)
    assert sum(line.amount for line in cost.contracted.lines) == cost.contracted_cost


def test_the_narrower_entry_counts(tmp_path):
    rates = rates_of(
        tmp_path,
        '[[rate]]\ndiscount_percent = 5\n'
        '[[rate]]\nprovider = "openai"\ndiscount_percent = 10\n'
        '[[rate]]\nprovider = "openai"\nmodel = "gpt-4.1-2025-04-14"\ndiscount_percent = 20\n',
    )  # fmt: skip
    usage = Usage(1_000_000)
    for model, left in (("gpt-4.1", "0.8"), ("gpt-4o", "0.9"), ("claude-opus-5-5", "0.95")):
        cost = own_cost_of(usage, model, rates, at=DAY)
        assert cost.contracted_cost == cost.list_cost * Decimal(left)


def test_a_deployment_that_no_list_has(tmp_path):
    rates = rates_of(
        tmp_path,
        '[[rate]]\nprovider = "azure"\nmodel = "prod-chat"\nkind = "input"\nusd = 1.5\n'
        '[[rate]]\nprovider = "azure"\nmodel = "prod-chat"\nkind = "output"\nusd = 6\n',
    )  # fmt: skip
    cost = own_cost_of(Usage(1_000_000, 500_000), "prod-chat", rates, at=DAY)
    assert cost.contracted_cost == Decimal("4.5") and cost.list_cost is None and cost.saved is None
    assert "the list has none" in str(cost) and "–" in str(cost)
    with pytest.raises(LookupError, match="no cached_input rate"):
        own_cost_of(Usage(10, 0, cached_input_tokens=5), "prod-chat", rates, at=DAY)
    with pytest.raises(LookupError, match="no price is known for model 'prod-chat2'"):
        own_cost_of(Usage(10), "prod-chat2", rates, at=DAY)


def test_a_negotiated_price_says_nothing_of_long_requests_unless_it_does(tmp_path):
    short = '[[rate]]\nprovider = "openai"\nmodel = "gpt-5.5"\nkind = "input"\nusd = 4\n'
    usage = Usage(300_000)
    assert own_cost_of(Usage(1000), "gpt-5.5", rates_of(tmp_path, short), at=DAY).saved > 0
    with pytest.raises(LookupError, match="above its long-context bound"):
        own_cost_of(usage, "gpt-5.5", rates_of(tmp_path, short), at=DAY)
    both = rates_of(tmp_path, short + "long_usd = 8\n")
    assert own_cost_of(usage, "gpt-5.5", both, at=DAY).contracted_cost == Decimal("2.4")


def test_a_fee_may_have_a_price_of_ones_own(tmp_path):
    text = (
        '[[rate]]\nprovider = "openai"\nkind = "image_generation"\nusd = 0.04\n'
        '[[rate]]\nprovider = "openai"\nkind = "file_search"\nusd = 2\n'
    )
    rates = rates_of(tmp_path, text)
    usage = Usage(0, 0, fees=(("file_search", 500), ("image_generation", 2)))
    cost = own_cost_of(usage, "gpt-4.1", rates, at=DAY)
    assert cost.contracted_cost == Decimal("1.08") and cost.list_cost is None


@given(
    discount=st.decimals("0.001", 100, places=3),
    factor=st.decimals("0.5", 2, places=4),
    tokens=st.integers(0, 10**9),
    output=st.integers(0, 10**9),
)
def test_discount_and_factor_are_exact(tmp_path_factory, discount, factor, tokens, output):
    text = f"[[rate]]\ndiscount_percent = {discount}\n[[rate]]\nmultiplier = {factor}\n"
    rates = rates_of(tmp_path_factory.mktemp("rates"), text)
    usage = Usage(tokens, output)
    listed = cost_of(usage, "gpt-4.1", at=DAY).total
    own = own_cost_of(usage, "gpt-4.1", rates, at=DAY).contracted_cost
    assert own == listed * (100 - discount) / 100 * factor


RATE = "[[rate]]\n"
WRONG = {
    RATE + "discount_percent = -5": r"discount_percent=-5: give a number above 0",
    RATE + "discount_percent = 120": "up to 100",
    RATE + "multiplier = 0": "multiplier=0",
    RATE + "multiplier = nan": "multiplier=NaN",
    RATE + 'multiplier = "1.1"': "without quotes",
    RATE + "multiplier = true": "give a number",
    RATE + "multiplier = 1.1\nusd = 3": "multiplier and usd",
    RATE + 'provider = "openai"': "no rate: give one of",
    RATE + "usd = 3": "one kind at one provider",
    RATE + 'provider = "openai"\nkind = "output"\nusd = 3': "give its model",
    RATE + 'provider = "openai"\nmodel = "gpt-4.1"\nkind = "output"\nusd = -3': "usd=-3",
    RATE + "discont_percent = 5": "did you mean 'discount_percent'",
    RATE + 'kind = "ouput"\nmultiplier = 2': "did you mean 'output'",
    RATE + 'tier = "bach"\nmultiplier = 2': "did you mean 'batch'",
    RATE + 'model = "gpt-4.11"\nmultiplier = 2': "gpt-4.11",
    RATE + 'multiplier = 2\nvalid_from = "2026-01-01"': "is no day",
    RATE + "multiplier = 2\nvalid_from = 2026-02-01\nvalid_until = 2026-01-31": "is before",
    RATE + "multiplier = 2\nlong_usd = 3": "beside usd",
    RATE + "multiplier = 2\n" + RATE + "multiplier = 3": "numbers 1 and 2 overlap",
    RATE + 'provider = "openai"\nmultiplier = 2\n' + RATE + 'tier = "batch"\nmultiplier = 3':
        "neither is the narrower",
    RATE + 'model = "gpt-4.1"\nmultiplier = 2\n' + RATE
    + 'model = "gpt-4.1-2025-04-14"\nmultiplier = 3': "overlap",
    "[currency]\ncode = 'EUR'\nper_usd = 0.9\nsource = 'ECB'": "has no date",
    "[currency]\ncode = 'EUR'\nper_usd = 0.9\ndate = 2026-11-27": "source=None",
    "[currency]\ncode = 'Euro'\nper_usd = 0.9\ndate = 2026-11-27\nsource = 'E'": "three letters",
    "[currency]\ncode = 'EUR'\nper_usd = 0\ndate = 2026-11-27\nsource = 'E'": "per_usd=0",
    "rate = 5": "has no entry",
    "[[rate]\n": "is no TOML",
    "": "has no entry",
}  # fmt: skip


@pytest.mark.parametrize("text", WRONG)
def test_what_cannot_be_meant_is_refused_by_name(tmp_path, text):
    with pytest.raises(ValueError, match=WRONG[text]) as refused:
        rates_of(tmp_path, text)
    assert "rates.toml" in str(refused.value)


def test_entries_that_follow_each_other_do_not_overlap(tmp_path):
    rates = rates_of(
        tmp_path,
        "[[rate]]\ndiscount_percent = 5\nvalid_until = 2026-10-31\n"
        "[[rate]]\ndiscount_percent = 8\nvalid_from = 2026-11-01\n",
    )
    usage = Usage(1_000_000)
    before, after = (
        own_cost_of(usage, "gpt-4.1", rates, at=day) for day in (date(2026, 10, 31), DAY)
    )
    assert (before.contracted_cost, after.contracted_cost) == (Decimal("1.9"), Decimal("1.84"))


def test_a_file_without_a_source_or_none_at_all(tmp_path):
    (tmp_path / "r.toml").write_text("[[rate]]\nmultiplier = 2\n", encoding="utf-8")
    with pytest.raises(ValueError, match="source=None: give it as a text"):
        read_own_rates(tmp_path / "r.toml")
    with pytest.raises(ValueError, match="cannot be read"):
        read_own_rates(tmp_path / "none.toml")
