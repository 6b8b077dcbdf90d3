"""From the ledger to an invoice, line by line, to the last cent."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.pricing.own_rates import Currency, OwnRates, read_own_rates
from costlib.tracking import reconcile_invoice
from costlib.tracking.calls import Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

settings.register_profile("course", derandomize=True, database=None)
settings.load_profile("course")

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EURO = Currency("EUR", Decimal("0.8612"), date(2026, 11, 30), "ECB reference rate")


def calls(*tokens: int, model: str = "gpt-4.1") -> pd.DataFrame:
    """Calls of so many input tokens, at 2 USD a million."""
    ledger = Ledger()
    ledger.record_many(
        Call(time=NOON, provider="openai", model=model, usage=Usage(each)) for each in tokens
    )
    return ledger.frame()


def lines(check: object) -> dict[str, str]:
    return {line.what: str(line.amount) for line in check.lines}  # type: ignore[attr-defined]


def test_an_invoice_in_euros_with_discount_credits_and_tax_by_hand():
    # 500 USD at list = 430.60 EUR; 10% off = 43.06; credits 50; net 337.54; 19% = 64.13
    check = reconcile_invoice(
        calls(200_000_000, 50_000_000), "410.00", discount_percent=10, currency=EURO,
        credits="50", vat_percent=19,
    )  # fmt: skip
    assert lines(check) == {
        "calls at list price": "430.60", "discount": "-43.06", "credits": "-50.00",
        "value-added tax": "64.13", "not explained": "8.33",
    }  # fmt: skip
    assert sum(line.amount for line in check.lines) == check.total == Decimal("410.00")
    text = str(check)
    assert "0.8612 EUR for 1 USD (ECB reference rate, 2026-11-30)" in text and "410.00" in text
    assert "the invoice has more" in text and check.left == Decimal("8.33")


def test_a_plain_invoice_is_explained_to_the_cent():
    check = reconcile_invoice(calls(1_000_000), "2.00")
    assert check.currency == "USD" and check.left == 0 and "every cent is explained" in str(check)
    assert "a cent or two" in str(reconcile_invoice(calls(1_000_000), "2.01"))
    assert "has less" in str(reconcile_invoice(calls(1_000_000), "1.00"))
    printed = reconcile_invoice(calls(1_000_000), "2.38", vat="0.38")
    assert printed.left == 0


def test_calls_without_a_price_are_named_and_in_no_line():
    frame = pd.concat([calls(1_000_000), calls(7, model="gpt-99")])
    check = reconcile_invoice(frame, "5")
    assert check.unpriced.calls == 1
    assert "1 call with 7 tokens has no price" in str(check)
    assert lines(check)["calls at list price"] == "2.00"
    for total in ("2.00", "2.01"):  # explained, or all but a cent: the call is still without one
        assert "1 call with 7 tokens has no price" in reconcile_invoice(frame, total).lines[-1].how


@pytest.fixture
def own(tmp_path) -> OwnRates:
    (tmp_path / "rates.toml").write_text(
        'source = "Contract"\n[[rate]]\nprovider = "openai"\ndiscount_percent = 25\n'
        '[currency]\ncode = "EUR"\nper_usd = 0.5\ndate = 2026-11-30\nsource = "ECB"\n',
        encoding="utf-8",
    )
    return read_own_rates(tmp_path / "rates.toml")


def test_own_rates_bring_their_currency(own):
    check = reconcile_invoice(calls(4_000_000), "3.00", rates=own)
    assert lines(check) == {
        "calls at list price": "4.00", "own rates": "-1.00", "not explained": "0.00",
    }  # fmt: skip
    with pytest.raises(ValueError, match="an invoice has one"):
        reconcile_invoice(calls(1), "3", rates=own, currency=EURO)
    with pytest.raises(ValueError, match="discount_percent and rates"):
        reconcile_invoice(calls(1), "3", rates=own, discount_percent=5)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"total": "much"}, "total='much'"),
        ({"total": 1.5}, "as text or Decimal"),
        ({"total": "NaN"}, "total='NaN'"),
        ({"total": 1, "discount_percent": -1}, "discount_percent=-1"),
        ({"total": 1, "discount_percent": 101}, "from 0 to 100"),
        ({"total": 1, "credits": "-3"}, "credits='-3'"),
        ({"total": 1, "vat": 1, "vat_percent": 19}, "the amount or the percentage"),
    ],
)
def test_what_is_no_amount_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        reconcile_invoice(calls(1), **arguments)


@given(
    tokens=st.lists(st.integers(0, 10**8), min_size=1, max_size=3),
    total=st.decimals(-1000, 10_000, places=2),
    off=st.decimals(0, 100, places=2),
    credits=st.decimals(0, 100, places=2),
    vat=st.decimals(0, 30, places=1),
)
def test_the_lines_always_add_up_to_the_invoice(tokens, total, off, credits, vat):
    check = reconcile_invoice(
        calls(*tokens), total, discount_percent=off, currency=EURO, credits=credits, vat_percent=vat
    )
    assert sum(line.amount for line in check.lines) == total
    assert all(line.amount == round(line.amount, 2) for line in check.lines)
