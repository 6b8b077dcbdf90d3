"""An invoice divided to the cent, and a price from a ledger with a heavy tail."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.bank.tracked import tracked_month
from costlib.tracking import allocate, cost_by, offer
from costlib.tracking.ledger import Call, Ledger
from costlib.tracking.own_price import Offer
from costlib.tracking.showback import UNTAGGED
from costlib.usage.record import Usage

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def ledger(*rows: tuple[str, int], model: str = "claude-opus-5-5") -> pd.DataFrame:
    """Calls of a project with so many input tokens, at 4 USD a million."""
    about = {"time": NOON, "provider": "anthropic", "model": model}
    kept = Ledger()
    kept.record_many(
        Call(usage=Usage(input_tokens=tokens), project=project, **about) for project, tokens in rows
    )
    return kept.frame()


def usd(*amounts: str) -> list[Decimal]:
    return [Decimal(amount) for amount in amounts]


def named(names: list[str], *amounts: str) -> dict[str, Decimal]:
    return dict(zip(names, usd(*amounts), strict=True))


# --- Showback ---------------------------------------------------------------------------------


def test_three_equal_shares_of_a_dollar():
    shares = allocate(ledger(("a", 1_000), ("b", 1_000), ("c", 1_000)), "project", invoice="1.00")
    assert list(shares.index) == ["a", "b", "c"]
    assert list(shares["billed"]) == usd("0.34", "0.33", "0.33")
    assert list(shares["own_usd"]) == usd("0.004") * 3


def test_untagged_money_is_a_row_of_its_own():
    rows = ledger(("a", 750_000), ("", 250_000))
    for calls in (rows, rows.replace({"project": {"": None}})):  # as pandas.read_csv reads it
        shares = allocate(calls, "project")
        assert list(shares.index) == ["a", UNTAGGED]
        assert list(shares["billed"]) == usd("3.00", "1.00")


def test_the_key_of_a_shared_job_decides_whose_bill_it_moves():
    rows = ledger(("a", 500_000), ("b", 250_000), ("b", 250_000), ("", 250_000), ("job", 750_000))
    by_cost = allocate(rows, "project", shared=["job"])
    assert by_cost["billed"].to_dict() == named(["a", "b", UNTAGGED], "3.5", "3.5", "1")
    by_calls = allocate(rows, "project", shared=["job"], by="calls")
    assert by_calls["billed"].to_dict() == named(["a", "b", UNTAGGED], "3", "4", "1")
    tickets = allocate(rows, "project", shared=["job"], by={"a": 3, "b": 0})
    assert tickets["billed"].to_dict() == named(["a", "b", UNTAGGED], "5", "2", "1")
    by_tokens = allocate(rows, "project", shared=["job"], by="input_tokens")
    assert (by_tokens["billed"] == by_cost["billed"]).all()


def test_calls_without_a_price_are_counted():
    rows = pd.concat([ledger(("a", 1_000)), ledger(("a", 9_000), model="who-knows")])
    assert allocate(rows, "project")["unpriced"].to_dict() == {"a": 1}


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 10**9), min_size=1, max_size=8).filter(any),
    st.integers(-(10**7), 10**9),
    st.booleans(),
)
def test_shares_sum_to_the_invoice_and_none_is_a_cent_off(costs, cents, with_job):
    frame = ledger(*[(f"p{i}", 1) for i in range(len(costs))])
    frame["cost_pusd"] = pd.array(costs, dtype="Int64")
    job = ledger(("job", 1)) if with_job else frame[:0]
    rows = pd.concat([frame, job], ignore_index=True)
    invoice = Decimal(cents).scaleb(-2)
    shares = allocate(rows, "project", invoice=invoice, shared=["job"] if with_job else [])
    assert sum(shares["billed"]) == invoice
    assert sum(shares["shared_usd"]) == (Decimal("0.000004") if with_job else 0)
    total = sum(shares["own_usd"]) + sum(shares["shared_usd"])
    for _, row in shares.iterrows():
        exact = invoice * (row["own_usd"] + row["shared_usd"]) / total
        assert abs(row["billed"] - exact) < Decimal("0.01")


def test_the_tracked_month_by_project():
    shares = allocate(tracked_month(), "project", invoice="500.00")
    assert shares["billed"].to_dict() == named(
        ["support", "back-office", "disputes"], "382.61", "60.30", "57.09"
    )


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"key": "team"}, "the ledger has no column 'team'"),
        ({"key": "project", "shared": ["z"]}, "shared='z' is no project of these rows: a, b"),
        ({"key": "project", "invoice": "1.005"}, "1.005 is no whole number of 0.01"),
        ({"key": "project", "invoice": "480,00"}, "invoice='480,00': give an exact amount as text"),
        ({"key": "project", "invoice": float("nan")}, "invoice=nan: give an exact amount"),
        ({"key": "project", "shared": "b"}, r"shared='b' is one text: give a list, \['b'\]"),
        ({"key": "project", "shared": ["b"], "by": "call"}, "by='call' is no count to divide by"),
        ({"key": "project", "shared": ["b"], "by": "user"}, "by='user' is no count to divide by"),
        ({"key": "project", "shared": ["b"], "by": {}}, "by says nothing of 'a'"),
        ({"key": "project", "shared": ["b"], "by": {"a": 0}}, "cannot be divided"),
        ({"key": "project", "shared": ["a", "b"]}, "nobody is left to pay: shared has every proj"),
        ({"key": "project", "by": "price"}, "by='price' is no count to divide by"),
    ],
)
def test_bad_input_gets_a_sentence(given, words):
    with pytest.raises(ValueError, match=words):
        allocate(ledger(("a", 1_000), ("b", 1_000)), **given)


def test_an_invoice_needs_calls_and_may_be_a_count_of_numpy_s():
    with pytest.raises(ValueError, match="nobody is left to pay: give rows of some calls"):
        allocate(ledger(("a", 1_000)).iloc[:0], "project", invoice="480")
    shares = allocate(ledger(("a", 3_000), ("b", 1_000)), "project", invoice=np.int64(480))
    assert list(shares["billed"]) == usd("360", "120")


# --- A price ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def costs() -> np.ndarray:
    month = tracked_month()
    return cost_by(month[month["user"].str.startswith("customer")])


def test_what_1_382_customers_cost(costs: np.ndarray):
    assert len(costs) == 1_382
    assert round(costs.mean(), 2) == 0.30 and round(float(np.median(costs)), 2) == 0.17
    assert round(float(np.quantile(costs, 0.99)), 2) == 2.04
    assert round(costs[:138].sum() / costs.sum(), 2) == 0.41


def test_seventy_percent_on_the_median_is_forty_eight_on_all(costs: np.ndarray):
    assert round(Offer(costs, float(np.median(costs)) / 0.3).margin, 2) == 0.48
    flat = offer(costs, 0.7)
    assert round(flat.price, 2) == 1.01 and round(flat.margin, 9) == 0.7


def test_an_allowance_lowers_the_price_and_no_heavy_customer_loses_money(costs: np.ndarray):
    flat, capped = offer(costs, 0.7), offer(costs, 0.7, allowance=0.5, overage=2.0)
    assert round(capped.margin, 9) == 0.7 and capped.price < flat.price
    assert (round(flat.losing, 3), capped.losing) == (0.051, 0.0)
    assert round(capped.beyond, 3) == 0.156
    assert capped.revenue[0] == pytest.approx(capped.price + 2 * (costs[0] - 0.5))


def test_an_offer_by_hand():
    found = offer(np.array([4.0, 1.0, 1.0]), 0.5, allowance=2.0, overage=1.5)
    # 6 / (1 - 0.5) = 12 are needed, of which overage brings 2 x 1.5
    assert (found.price, found.margin, found.beyond) == (3.0, 0.5, pytest.approx(1 / 3))
    assert offer(np.array([4.0]), 0.0, allowance=0.0, overage=9.0).price == 0
    as_decimals = dict(allowance=Decimal(2), overage=Decimal("1.5"))
    assert offer(np.array([4.0, 1.0, 1.0]), Decimal("0.5"), **as_decimals).price == found.price


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: offer(np.array([1.0]), 1.0), "margin=1.0"),
        (lambda: offer(np.array([]), 0.5), "costs must be USD"),
        (lambda: offer(np.array([1.0]), 0.5, overage=0.5), "overage=0.5"),
        (lambda: offer(np.array([1.0]), 0.5, allowance=float("nan")), "allowance=nan is outside"),
        (lambda: cost_by(ledger(("a", 1))), "1 call without a user"),
        (lambda: cost_by(ledger(("a", 1), model="who-knows")), "1 call without a price"),
        (lambda: cost_by(ledger(("a", 1))[:0]), "there are no calls"),
    ],
)
def test_a_price_needs_costs(call, words):
    with pytest.raises(ValueError, match=words):
        call()
