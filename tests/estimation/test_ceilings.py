"""What a budget sets aside for a call in one region: never less than the call costs there.

tests/budgets/test_budget.py has the ceilings at list prices.
"""

from __future__ import annotations

from decimal import Decimal

import httpx2
import numpy as np
import openai
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib import cost_of
from costlib.budgets import Budget, Limit
from costlib.estimation.ceilings import ceiling
from costlib.paths import data_rows
from costlib.pricing.price_book import AS_OF
from costlib.pricing.prices import models
from costlib.pricing.regions import region_of_host
from costlib.tracking import Ledger, track
from costlib.usage.record import Usage


def test_ceilings_in_a_region_by_hand():
    # opus 5.5: 1,000 x 4 + 500 x 20, written for an hour 8; a tenth more where it has to stay
    there = ceiling("claude-opus-5-5", 1_000, 500, cache_writes=False, region="us")
    assert there == Decimal("0.0154")
    assert ceiling("claude-opus-5-5", 1_000, 500, region="us") == Decimal("0.0198")
    # gpt-5.5: 1,000 x 5 + 500 x 30, a tenth more on any host of one region; gpt-4.1 is older
    assert ceiling("gpt-5.5", 1_000, 500, cache_writes=False, region="sg") == Decimal("0.022")
    assert ceiling("gpt-4.1", 1_000, 500, region="sg") == Decimal("0.006")
    # through a cloud, by its name or by the region
    by_name = ceiling("azure/eu/gpt-5.5", 1_000, 500, attempts=3)
    assert by_name == ceiling("gpt-5.5", 1_000, 500, attempts=3, region="azure/eu")
    plain = ceiling("claude-opus-5-5", 1_000, 500)
    assert ceiling("claude-opus-5-5", 1_000, 500, region="global") == plain
    for region, tiers, why in (
        ("mars", ("standard",), "in region 'mars' is known"),
        ("us", ("priority",), "no priority rate of 'claude-opus-5-5' is published"),
        ("us", (), "has no published rate in"),
    ):
        with pytest.raises(LookupError, match=why):
            ceiling("claude-opus-5-5", 1_000, 500, region=region, tiers=tiers)


def test_one_tier_is_given_by_its_name_and_a_missing_max_tokens_is_named():
    # gpt-6.1-sol in a batch: 1 and 5 USD a million
    one = ceiling("gpt-6.1-sol", 1_000, 500, cache_writes=False, tiers="batch")
    assert one == ceiling("gpt-6.1-sol", 1_000, 500, cache_writes=False, tiers=["batch"])
    assert one == Decimal("0.0035")
    with pytest.raises(ValueError, match="max_tokens=None: a count is a whole number"):
        ceiling("gpt-6.1-sol", 1_000, None)


def test_attempts_are_counted_in_any_whole_number():
    assert ceiling("gpt-4.1", 1_000, 500, attempts=np.int64(3)) == Decimal("0.018")
    for wrong, why in ((0, "send nothing"), (2.0, "a whole number"), (True, "a whole number")):
        with pytest.raises(ValueError, match=f"attempts={wrong}.*{why}"):
            ceiling("gpt-4.1", 1_000, 500, attempts=wrong)


@st.composite
def calls_in_a_region(draw):
    """A model of today's, where its vendor may have to keep the work, and what a call uses."""
    row = draw(st.sampled_from(data_rows("regions.csv")))
    names = [model.id for model in models(row["provider"], kind="chat", at=AS_OF)]
    place = row["place"] or draw(st.sampled_from(["us", "eu", "jp", "us-east-1"]))
    sent, most = draw(st.integers(0, 150_000)), draw(st.integers(0, 9_000))
    written = draw(st.integers(0, sent))
    usage = Usage(sent, draw(st.integers(0, most)), cache_write_5m_tokens=written)
    return draw(st.sampled_from(names)), row["provider"], f"{row['host']}/{place}".strip("/"), usage


@given(calls_in_a_region())
def test_no_call_costs_more_than_its_ceiling_in_its_region(drawn):
    model, provider, region, usage = drawn
    about = {"provider": provider, "region": region}
    try:
        cost = cost_of(usage, model, **about).total
    except LookupError:  # no writes of that lifetime, or no price in that place
        return
    assert cost <= ceiling(model, usage.input_tokens, usage.output_tokens, **about)


def test_a_client_of_one_region_fits_into_its_reservation():
    """What a tracked client did inside is booked as it is billed there."""
    ledger, budget = Ledger(), Budget("sqlite://", [Limit(1, "ever")])
    reply = {"id": "c", "object": "chat.completion", "created": 0, "model": "gpt-5.5",
             "choices": [], "usage": {"prompt_tokens": 1_000, "completion_tokens": 500,
                                      "total_tokens": 1_500}}  # fmt: skip
    http = httpx2.Client(transport=httpx2.MockTransport(lambda _: httpx2.Response(200, json=reply)))
    host = "https://kr.api.openai.com/v1"
    client = openai.OpenAI(api_key="k", base_url=host, http_client=http, max_retries=0)
    client = track(client, ledger, provider="openai")
    most = ceiling("gpt-5.5", 1_000, 500, region=region_of_host(client.base_url.host))
    with budget.reserve(most) as reservation:
        client.chat.completions.create(model="gpt-5.5", messages=[])
    # 1.1 times 1,000 x 5 + 500 x 30 per million
    assert budget.accounts()[0].spent == Decimal("0.022") and reservation.overrun == 0
    assert most >= Decimal("0.022") > ceiling("gpt-5.5", 1_000, 500, cache_writes=False)
