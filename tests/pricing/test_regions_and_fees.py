"""Regions as a part of the price, and what is charged by the call."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest

from costlib.pricing.bulk import price_frame
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import find_model, rate_card
from costlib.pricing.regions import region_factor
from costlib.usage.record import Usage, read_fees

DAY = date(2026, 11, 20)


@pytest.mark.parametrize(
    ("model", "region", "factor"),
    [
        ("claude-opus-4-6", "us", "1.1"),  # the first model that takes inference_geo
        ("claude-sonnet-4-5", "bedrock/eu", "1.1"),
        ("claude-3-5-sonnet-20241022", "bedrock/eu", "1"),  # before Bedrock charged for regions
        ("claude-3-haiku", "bedrock/us-gov-west-1", "1.2"),
        ("claude-opus-5-5", "bedrock/us-gov", "1.2"),
        ("claude-opus-5-5", "vertex/europe-west1", "1.1"),
        ("gpt-5.6-luna", "bedrock/us-gov-west-1", "1.32"),
        ("gpt-5.6-luna", "bedrock/us-west-2", "1.1"),
        ("gpt-5.5", "eu", "1.1"),
        ("gpt-4.1", "eu", "1"),  # released before 5 March 2026
        ("gpt-4.1", "azure/eu", "1.1"),
        ("gpt-4o", "azure/eu", "1.1"),  # 2.75 and 11 dollars there
        ("gpt-4o-mini", "azure/us", "1.1"),
        ("text-embedding-3-small", "azure/us", "1.1"),
        ("gpt-6-sol", "azure/eu", "1.2"),
        ("gpt-6.1-sol", "azure/eu", "1.2"),
        ("gpt-6-sol", "azure/us", "1.1"),
        ("gemini-3.5-flash", "vertex/us-central1", "1.1"),
        ("gemini-2.5-pro", "vertex/us-central1", "1"),
        ("gemini-3.1-flash-lite-image", "vertex/us-central1", "1"),
        ("gemini-3.5-flash-lite", "vertex/europe-west4", "1.1"),
    ],
)
def test_the_factor_of_a_region(model, region, factor):
    assert region_factor(find_model(model), region) == Decimal(factor)


def test_a_region_multiplies_tokens_and_no_search():
    usage = Usage(1_000_000, 1_000_000, cached_input_tokens=500_000, web_searches=1_000)
    listed = cost_of(usage, "claude-sonnet-4-6", at=DAY)
    there = cost_of(usage, "claude-sonnet-4-6", at=DAY, region="us")
    # 500,000 in at 3, 500,000 cached at 0.30, 1,000,000 out at 15: 16.65; searches 10
    assert listed.total == Decimal("26.65") and there.total == Decimal("28.315")
    assert there.card.region == "us" and "1.1 times in region 'us'" in there.card.source
    assert "region us" in repr(there)
    served = Usage(1_000_000, region="us")
    assert cost_of(served, "claude-sonnet-4-6", at=DAY).total == Decimal("3.3")
    with pytest.raises(ValueError, match=r"usage\.region='us' is a part of the price"):
        cost_of(served, rate_card("claude-sonnet-4-6", at=DAY))
    with pytest.raises(ValueError, match="the card is for 'us': take rate_card"):
        cost_of(Usage(1, region="bedrock/us"), rate_card("claude-sonnet-4-6", at=DAY, region="us"))
    with pytest.raises(LookupError, match="in region 'eu' is known"):
        cost_of(usage, "claude-sonnet-4-6", at=DAY, region="eu")
    for model, place in (("mistral-large-latest", "us"), ("gpt-5.5", "atlantis")):
        with pytest.raises(LookupError, match=f"in region '{place}' is known"):
            cost_of(Usage(1), model, at=DAY, region=place)


def test_global_is_the_list_price_by_name_and_by_card():
    usage = Usage(1_000_000, region="global")
    by_card = cost_of(usage, rate_card("claude-sonnet-4-6", at=DAY, region="Global"))
    assert by_card.total == cost_of(usage, "claude-sonnet-4-6", at=DAY).total == Decimal(3)


@pytest.mark.parametrize(
    "name",
    [
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "projects/p/locations/us-east5/publishers/anthropic/models/claude-sonnet-4-5@20250929",
    ],
)
def test_a_name_that_says_a_region_is_priced_in_it(name):
    # ((1000 * 3 + 100 * 15) * 1.1) / 1e6
    assert cost_of(Usage(1000, 100), name).total == Decimal("0.00495")
    assert rate_card(name) is rate_card(name)


def test_long_requests_are_repriced_in_a_region_too():
    card = rate_card("gpt-5.5", at=DAY)
    there = rate_card("gpt-5.5", at=DAY, region="eu")
    assert there.long_context.threshold == card.long_context.threshold
    assert there.long_context.rates["output"] == card.long_context.rates["output"] * Decimal("1.1")


def test_fees_are_lines_that_add_up():
    usage = Usage(1000, 100, fees=(("file_search", 3), ("code_session", 2)))
    cost = cost_of(usage, "gpt-4.1", at=DAY)
    # 1000 at 2 and 100 at 8: 0.0028; three searches at 2.50 a thousand; two containers at 0.03
    assert cost.total == Decimal("0.0028") + Decimal("0.0075") + Decimal("0.06")
    assert [line.kind for line in cost.lines] == ["input", "output", "code_session", "file_search"]
    assert sum(line.amount for line in cost.lines) == cost.total
    assert cost.lines[3].unit == "1,000 calls"
    assert (cost + cost).total == 2 * cost.total and len((cost + cost).lines) == 4
    grok = cost_of(Usage(1000, web_searches=3, fees=(("x_search", 2),)), "grok-4.5", at=DAY)
    assert [(line.kind, line.amount) for line in grok.lines[1:]] == [
        ("web_search", Decimal("0.015")), ("x_search", Decimal("0.010")),
    ]  # fmt: skip


def test_a_source_of_xais_live_search_is_charged_until_it_was_retired():
    usage = Usage(100, 50, fees=(("live_search_source", 4),))
    cost = cost_of(usage, "grok-3", at=date(2025, 8, 1))
    # 100 at 3 and 50 at 15 a million: 0.00105; four sources at 25 a thousand
    assert cost.total == Decimal("0.00105") + Decimal("0.1")
    assert cost_of(usage, "grok-3", at=DAY).total == cost_of(Usage(100, 50), "grok-3", at=DAY).total


def test_a_search_through_deepseek_is_charged_since_november():
    usage = Usage(1000, 100, web_searches=4)
    cost = cost_of(usage, "deepseek-flash", at=datetime(2026, 11, 20, 12, tzinfo=UTC))
    assert cost.lines[-1].amount == Decimal("0.003")  # four at 0.75 a thousand
    october = datetime(2026, 10, 20, 12, tzinfo=UTC)
    free = cost_of(usage, "deepseek-v4-pro", at=october)
    assert free.total == cost_of(Usage(1000, 100), "deepseek-v4-pro", at=october).total
    with pytest.raises(LookupError):
        cost_of(usage, "deepseek-flash", at=datetime(2026, 10, 1, 12, tzinfo=UTC))


def test_a_fee_without_a_price_is_named():
    drawn = Usage(1000, 100, fees=(("image_generation", 1),))
    with pytest.raises(
        LookupError, match="'image_generation' is charged beside the tokens, and no"
    ):
        cost_of(drawn, "gpt-4.1", at=DAY)
    with pytest.raises(LookupError, match="first known price at 'openai' is of 2025-03-11"):
        cost_of(Usage(fees=(("file_search", 1),)), "gpt-4o", at=date(2025, 3, 1))
    with pytest.raises(ValueError, match="has no time zone"):
        cost_of(Usage(fees=(("file_search", 1),)), rate_card("gpt-4o"), at=datetime(2025, 3, 11))
    with pytest.raises(LookupError, match="no web_search rate"):
        cost_of(Usage(1, web_searches=1), "gpt-3.5-turbo", at=DAY)


def test_fees_are_pairs_of_a_name_and_a_count():
    assert Usage(fees=(("b", 1), ("a", 2), ("b", 3))).fees == (("a", 2), ("b", 4))
    assert Usage(fees=(("a", 0),)) == Usage()
    assert (Usage(fees=(("a", 1),)) + Usage(fees=(("a", 2),))).fees == (("a", 3),)
    for wrong in ((("a", -1),), (("a b", 1),), ("a",), (("", 1),)):
        with pytest.raises(ValueError, match="fees"):
            Usage(fees=wrong)
    with pytest.raises(ValueError, match="region='us' and region=None do not add"):
        Usage(1, region="us") + Usage(1)


def test_a_table_prices_regions_and_fees_as_single_requests_are():
    rows = [
        ("claude-opus-5-5", "", ""), ("claude-opus-5-5", "us", ""),
        ("us.anthropic.claude-opus-5-5", "", ""), ("gpt-4.1", "", "file_search=2"),
        ("gpt-5.5", "eu", "code_session=1"), ("grok-4.5", "", "x_search=1"),
    ]  # fmt: skip
    frame = pd.DataFrame(rows, columns=["model", "region", "fees"])
    frame = frame.assign(
        time=pd.Timestamp("2026-11-20", tz="UTC"), input_tokens=1000, output_tokens=10,
        web_searches=[0, 0, 0, 0, 0, 2],
    )  # fmt: skip
    one_by_one = [
        cost_of(
            Usage(
                1000, 10, web_searches=2 if model.startswith("grok") else 0,
                region=region or None,
                fees=read_fees(fees),
            ),
            model, at=DAY,
        ).picodollars
        for model, region, fees in rows
    ]  # fmt: skip
    assert price_frame(frame)["cost_pusd"].tolist() == one_by_one
    assert one_by_one[1] == one_by_one[2] == one_by_one[0] * 11 // 10
