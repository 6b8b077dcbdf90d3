"""A ledger of more than int64 can add up: 9.2 million dollars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from costlib.tracking.calls import Call
from costlib.tracking.exact_sum import exact_sum, exact_sums
from costlib.tracking.export import export_month
from costlib.tracking.ledger import Ledger
from costlib.tracking.own_price import cost_by
from costlib.tracking.showback import allocate
from costlib.usage.record import Usage

WHOLE = st.integers(-(2**63), 2**63 - 1)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | WHOLE)))
def test_the_sum_is_that_of_whole_numbers(rows):
    names = pd.Series([name for name, _ in rows], dtype=object)
    column = pd.Series(pd.array([amount for _, amount in rows], dtype="Int64"))
    assert exact_sum(column) == sum(amount or 0 for _, amount in rows)
    assert exact_sums(column, names).to_dict() == {
        name: sum(amount or 0 for each, amount in rows if each == name) for name in set(names)
    }


def test_more_than_nine_million_dollars_through_every_door():
    ledger, start = Ledger(), datetime(2026, 11, 3, 9, tzinfo=UTC)
    # 400,000 million tokens at 2.50 and 40,000 million at 10: 1.4 million dollars a row.
    much = Usage(400 * 10**9, 40 * 10**9)
    ledger.record_many(
        Call(time=start + timedelta(hours=n), provider="openai", model="gpt-4o", usage=much,
             user=user, operation="report")
        for n, user in enumerate("aabbbbbbbb")
    )  # fmt: skip
    rows = ledger.frame()
    made = export_month(rows, "2026-11", by=["user"])
    assert made.listed == 14_000_000
    assert [row["list_cost_usd"] for row in made.rows] == [2_800_000, 11_200_000]
    assert allocate(rows, "user")["billed"].tolist() == [Decimal(11_200_000), Decimal(2_800_000)]
    assert cost_by(rows).tolist() == [11_200_000, 2_800_000]
