"""A ledger against the provider's report: every cause alone, and all together."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_clients import QUESTION

from costlib.own_data.cost_reports import COST_COLUMNS, read_cost_report
from costlib.own_data.usage_reports import read_usage_report
from costlib.pricing.cost import cost_of
from costlib.provider import Failure, connect, provider_of
from costlib.tracking.clients import track
from costlib.tracking.ledger import Call, Ledger
from costlib.tracking.reconciliation import CAUSES, reconcile
from costlib.usage.record import Usage

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
START = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())


def call(usage, model="gpt-4.1", **about):
    return Call(time=NOON, provider="openai", model=model, usage=usage, **about)


def report(*usages, model="gpt-4.1", charged=None):
    """What a provider would report for requests with these usages: costs, and usage."""
    rows, calls = [], []
    for usage in usages:
        amount = cost_of(usage, model, at=NOON).total if charged is None else charged
        rows.append((NOON.date(), "openai", "", model, usage.tier, "", None, amount))
        calls.append(call(usage, model, operation="report"))
    return pandas.DataFrame(rows, columns=list(COST_COLUMNS)), calls


def ledger_frame(*calls):
    ledger = Ledger()
    ledger.record_many(calls)
    return ledger.frame()


def only(found, cause):
    assert found.causes[cause] == found.difference != 0
    assert all(not amount for name, amount in found.causes.items() if name != cause)
    return found.difference


PLAIN = Usage(1_000_000, 100_000, tier="standard")  # 2.80 USD on gpt-4.1


def test_nothing_to_explain():
    found = reconcile(ledger_frame(call(PLAIN)), *report(PLAIN))
    assert found.difference == 0 and not len(found.lines) and found.table() == []


def test_another_tier():
    found = reconcile(ledger_frame(call(PLAIN)), *report(Usage(1_000_000, 100_000, tier="batch")))
    assert only(found, "tier") == Decimal("-1.40")


def test_cached_or_not():
    cached = Usage(1_000_000, 100_000, 400_000, tier="standard")
    found = reconcile(ledger_frame(call(PLAIN)), *report(cached))
    assert only(found, "cached") == Decimal("-0.60")  # 400,000 at 2.00 - 0.50


def test_a_call_that_was_never_tracked():
    frame = ledger_frame(call(PLAIN))
    found = reconcile(frame, *report(PLAIN, Usage(10_000, 500, tier="standard")))
    assert only(found, "unseen") == Decimal("0.024")
    found = reconcile(ledger_frame(call(PLAIN), call(PLAIN)), *report(PLAIN))
    assert only(found, "unseen") == Decimal("-2.80")


def test_an_estimate():
    frame = ledger_frame(call(Usage(1_000_000, 10), status="interrupted", estimated=True))
    found = reconcile(frame, *report(PLAIN))
    assert only(found, "estimates") == Decimal("0.79992")


def test_other_rates():
    found = reconcile(ledger_frame(call(PLAIN)), *report(PLAIN, charged=Decimal("3.08")))
    assert only(found, "rates") == Decimal("0.28"), "a surcharge of 10%"


def test_a_model_without_a_price():
    costs, usage = report(PLAIN, charged=Decimal(2))
    costs["model"], usage = "gpt-99", [call(PLAIN, "gpt-99", operation="report")]
    found = reconcile(ledger_frame(call(PLAIN, "gpt-99")), costs, usage)
    assert only(found, "unpriced") == 2


def test_days_that_are_not_complete():
    frame = ledger_frame(call(PLAIN), call(PLAIN))
    found = reconcile(frame, *report(PLAIN), complete_until=date(2026, 11, 22))
    assert only(found, "late") == Decimal("-2.80")
    found = reconcile(frame, *report(PLAIN), complete_until=date(2026, 11, 23))
    assert only(found, "unseen")


def test_dated_snapshots_are_their_model():
    costs, usage = report(PLAIN, model="gpt-4.1-2025-04-14")
    assert reconcile(ledger_frame(call(PLAIN)), costs, usage).difference == 0


def test_what_cannot_be_compared():
    with pytest.raises(ValueError, match="empty"):
        reconcile(ledger_frame(call(PLAIN)), report()[0], [])
    with pytest.raises(ValueError, match="read_usage_report"):
        reconcile(ledger_frame(call(PLAIN)), report(PLAIN)[0], [call(PLAIN)])


usages = st.builds(
    lambda total, cached, out, tier: Usage(total, out, min(total, cached), tier=tier),
    st.integers(0, 5_000), st.integers(0, 5_000), st.integers(0, 900),
    st.sampled_from(["standard", "priority"]),
)  # fmt: skip
sides = st.lists(st.tuples(st.sampled_from(["gpt-4.1", "gpt-4o"]), usages), max_size=4)


@settings(max_examples=25)
@given(sides, sides.filter(bool), st.booleans())
def test_the_causes_add_up_exactly(ours, theirs, estimated):
    frame = ledger_frame(*(call(usage, model, estimated=estimated) for model, usage in ours))
    parts = [report(usage, model=model) for model, usage in theirs]
    costs = pandas.concat([part[0] for part in parts])
    found = reconcile(frame, costs, [row for part in parts for row in part[1]])
    assert set(found.causes) == set(CAUSES)
    assert sum(found.causes.values()) == found.difference == found.theirs - found.ours
    assert found.causes["rates"] == 0, "both sides were priced from the same card"
    for row in found.lines.to_dict("records"):
        assert sum(row[name] for name in CAUSES) == row["theirs"] - row["ours"]


def test_a_day_of_real_clients():
    """A time-out, a stream that was left, and a script that nobody tracked."""
    ledger = Ledger()
    untracked = connect("openai")
    provider = provider_of(untracked)
    gpt = track(untracked.with_options(max_retries=0), ledger)
    body = {"model": "gpt-4.1", "messages": QUESTION, "max_tokens": 300}
    gpt.chat.completions.create(**body)
    provider.failures.script(Failure(timed_out=True))
    with pytest.raises(Exception, match="timed out"):
        gpt.chat.completions.create(**{**body, "model": "gpt-4o"})
    with gpt.chat.completions.create(**{**body, "model": "gpt-4o-mini"}, stream=True) as stream:
        next(iter(stream))
    seen = untracked.chat.completions.create(**{**body, "model": "gpt-4.1-mini"})
    usage = gpt.admin.organization.usage
    costs = read_cost_report(usage.costs(start_time=START, group_by=["line_item"]))
    page = usage.completions(start_time=START, group_by=["model", "service_tier", "batch"])
    found = reconcile(ledger.frame(), costs, read_usage_report(page))
    assert (
        found.causes["unseen"]
        == cost_of(
            Usage(seen.usage.prompt_tokens, seen.usage.completion_tokens), "gpt-4.1-mini"
        ).total
    )
    assert found.causes["estimates"] == found.difference - found.causes["unseen"] > 0
    assert set(found.lines["model"]) == {"gpt-4o", "gpt-4o-mini", "gpt-4.1-mini"}
    assert [row["cause"] for row in found.table()] == ["estimates", "unseen"]
