"""The provider's own reports: OpenAI's usage, costs and spend limits, Anthropic's reports."""

from __future__ import annotations

import asyncio
import json
import math
import random
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import anthropic
import openai
import pytest
from offline_clients import QUESTION, strict

from costlib.pricing.cost import cost_of
from costlib.provider import Failure, connect, connect_async, provider_of
from costlib.provider.bill import cost_of_record
from costlib.usage.read import read_usage

CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION, "max_tokens": 50}
CLAUDE = {"model": "claude-sonnet-5-5", "messages": QUESTION, "max_tokens": 50}
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())
MIDNIGHT = NOON - 43_200
DAY = 86_400


def costs(client, **query):
    """Every result of a cost report, with the start of its bucket."""
    page = client.admin.organization.usage.costs(**{"start_time": MIDNIGHT, "limit": 31, **query})
    assert not page.has_more
    return [(bucket.start_time, result) for bucket in page.data for result in bucket.results]


def usage(client, **query):
    page = client.admin.organization.usage.completions(**{"start_time": MIDNIGHT, **query})
    return [result for bucket in page.data for result in bucket.results]


def report(client, kind, **query):
    """A report of Anthropic's, which its SDK has no method for."""
    params = {"starting_at": "2026-11-22T00:00:00Z", **query}
    return client.get(
        f"/v1/organizations/{kind}", cast_to=dict[str, object], options={"params": params}
    )


def results(found):
    return [result for bucket in found["data"] for result in bucket["results"]]


def total(client):
    return sum(Decimal(str(result.amount.value)) for _, result in costs(client))


# --- OpenAI: usage -----------------------------------------------------------------------------


def test_usage_adds_up_what_the_responses_said(gpt):
    said = [gpt.chat.completions.create(**CHAT).usage for _ in range(3)]
    answer = gpt.responses.create(model="gpt-5-mini", input="Hi").usage
    (result,) = usage(gpt)
    assert result.num_model_requests == 4
    assert result.input_tokens == sum(u.prompt_tokens for u in said) + answer.input_tokens
    assert result.output_tokens == sum(u.completion_tokens for u in said) + answer.output_tokens
    assert result.input_uncached_tokens + result.input_cached_tokens == result.input_tokens
    assert result.model is None


def test_usage_by_model_project_key_and_tier(gpt):
    gpt.chat.completions.create(**CHAT)
    gpt.with_options(project="web", api_key="sk-web").chat.completions.create(**CHAT)
    gpt.chat.completions.create(**{**CHAT, "model": "gpt-4o", "service_tier": "priority"})
    names = ["model", "project_id", "service_tier", "batch", "api_key_id"]
    found = {
        (r.model, r.project_id, r.service_tier, r.batch): r for r in usage(gpt, group_by=names)
    }
    assert set(found) == {
        ("gpt-4.1-mini", "default", "default", False),
        ("gpt-4.1-mini", "web", "default", False),
        ("gpt-4o", "default", "priority", False),
    }
    keys = {result.api_key_id for result in found.values()}
    assert len(keys) == 2 and not any("sk-web" in key for key in keys)
    assert [r.num_model_requests for r in usage(gpt, project_ids=["web"])] == [1]
    assert [r.num_model_requests for r in usage(gpt, models=["gpt-4o"])] == [1]
    assert usage(gpt, batch=True) == []


def test_usage_in_minutes_hours_and_days(gpt):
    clock = provider_of(gpt).clock
    for minutes in (0, 30, 30, 23 * 60):
        clock.advance(minutes=minutes)
        gpt.chat.completions.create(**CHAT)
    find = gpt.admin.organization.usage.completions
    days = find(start_time=NOON).data
    # The first bucket begins when it was asked to, and ends at midnight like the others.
    assert [(b.start_time, len(b.results)) for b in days] == [(NOON, 1), (MIDNIGHT + DAY, 1)]
    assert days[0].end_time == MIDNIGHT + DAY
    assert find(start_time=NOON + 60).data[0].results[0].num_model_requests == 2
    assert [b.results[0].num_model_requests for b in days] == [3, 1]
    hours = find(start_time=NOON, bucket_width="1h", end_time=NOON + 7_200).data
    assert [b.results[0].num_model_requests for b in hours] == [2, 1]
    late = find(start_time=NOON + 30, bucket_width="1m", limit=31)
    assert sum(len(bucket.results) for bucket in late.data) == 1  # not what came before
    minutes = find(start_time=NOON, bucket_width="1m", limit=31)
    assert len(minutes.data) == 31 and minutes.has_more
    assert sum(len(bucket.results) for bucket in minutes.data) == 2
    following = find(start_time=NOON, bucket_width="1m", limit=31, page=minutes.next_page)
    assert following.data[0].start_time == minutes.data[-1].end_time


def test_other_kinds_of_usage_are_empty(gpt):
    gpt.chat.completions.create(**CHAT)
    reports = gpt.admin.organization.usage
    for kind in (reports.images, reports.moderations, reports.audio_speeches):
        assert [bucket.results for bucket in kind(start_time=MIDNIGHT).data] == [[]]


def test_embeddings_have_a_report_of_their_own(gpt):
    said = gpt.embeddings.create(
        model="text-embedding-3-small", input="Card declined", encoding_format="float"
    ).usage
    page = gpt.admin.organization.usage.embeddings(start_time=MIDNIGHT, group_by=["model"])
    (result,) = page.data[0].results
    assert (result.input_tokens, result.model) == (said.prompt_tokens, "text-embedding-3-small")
    assert usage(gpt) == []
    (cost,) = [result for _, result in costs(gpt)]
    assert cost.amount.value == pytest.approx(said.prompt_tokens * 0.02e-6)


@pytest.mark.parametrize(
    "query",
    [
        {"limit": 0},
        {"limit": 32},
        {"bucket_width": "1w"},
        {"group_by": ["team"]},
        {"end_time": MIDNIGHT},
        {"page": "page_x"},
        {"extra_query": {"model": "gpt-4o"}},
    ],
)
def test_reports_that_cannot_be(gpt, query):
    with pytest.raises(openai.BadRequestError):
        gpt.admin.organization.usage.completions(start_time=MIDNIGHT, **query)


# --- OpenAI: costs -----------------------------------------------------------------------------


def test_costs_by_line_item_worked_by_hand(gpt):
    said = gpt.chat.completions.create(**CHAT).usage
    found = {r.line_item: r for _, r in costs(gpt, group_by=["line_item"])}
    assert set(found) == {"gpt-4.1-mini, input_tokens", "gpt-4.1-mini, output_tokens"}
    line = found["gpt-4.1-mini, output_tokens"]
    assert (line.quantity, line.quantity_unit) == (said.completion_tokens, "tokens")
    # gpt-4.1-mini: 0.40 and 1.60 USD per million tokens.
    assert line.amount.value == pytest.approx(said.completion_tokens * 1.60e-6, abs=1e-12)
    line = found["gpt-4.1-mini, input_tokens"]
    assert line.amount.value == pytest.approx(said.prompt_tokens * 0.40e-6, abs=1e-12)
    only = costs(gpt, group_by=["line_item"], line_items=["gpt-4.1-mini, input_tokens"])
    assert len(only) == 1


def test_costs_by_project_and_day(gpt):
    gpt.chat.completions.create(**CHAT)
    provider_of(gpt).clock.advance(hours=24)
    gpt.with_options(project="web").chat.completions.create(**CHAT)
    found = [(day, r.project_id) for day, r in costs(gpt, group_by=["project_id"])]
    assert found == [(MIDNIGHT, "default"), (MIDNIGHT + DAY, "web")]
    with pytest.raises(openai.BadRequestError):
        costs(gpt, bucket_width="1h")


def test_a_day_is_a_day_in_utc(gpt):
    provider_of(gpt).clock.advance(hours=11, minutes=59, seconds=59)
    gpt.chat.completions.create(**CHAT)
    provider_of(gpt).clock.advance(seconds=1)
    gpt.chat.completions.create(**CHAT)
    assert [day for day, _ in costs(gpt)] == [MIDNIGHT, MIDNIGHT + DAY]


def test_the_bill_has_what_the_caller_never_saw(gpt):
    provider = provider_of(gpt)
    seen = gpt.chat.completions.create(**CHAT)
    price = cost_of(read_usage(seen), "gpt-4.1-mini", provider="openai").total
    provider.failures.script("timeout", Failure.cut(2), 500, 429)
    patient = gpt.with_options(max_retries=0)
    with pytest.raises(openai.APITimeoutError):
        patient.chat.completions.create(**CHAT)
    assert total(gpt) == 2 * price
    with pytest.raises(Exception, match=r"peer closed|Connection"):
        list(patient.chat.completions.create(**CHAT, stream=True))
    after_the_cut = total(gpt)
    assert 2 * price < after_the_cut <= 3 * price
    gpt.chat.completions.create(**CHAT)
    assert total(gpt) == after_the_cut + price, "refusals are free, the third attempt is not"


def test_token_counts_are_free(gpt, claude):
    gpt.responses.input_tokens.count(model="gpt-5-mini", input="Hi")
    claude.messages.count_tokens(model="claude-sonnet-5-5", messages=QUESTION)
    assert costs(gpt) == [] == usage(gpt)
    assert results(report(claude, "cost_report")) == []


# --- OpenAI: spend limits ----------------------------------------------------------------------


def spend(client, count):
    """How many of `count` requests get through."""
    client = client.with_options(max_retries=0)
    for done in range(count):
        try:
            client.chat.completions.create(**{**CHAT, "model": "gpt-4.1"})
        except openai.RateLimitError as error:
            return done, error
    return count, None


def test_a_spend_limit_is_not_instantaneous(gpt):
    limit = gpt.admin.organization.spend_limit
    one = gpt.chat.completions.create(**{**CHAT, "model": "gpt-4.1"})
    price = cost_of(read_usage(one), "gpt-4.1", provider="openai").total
    made = limit.update(currency="USD", interval="month", threshold_amount=1)
    assert made.enforcement.status == "inactive"
    done, error = spend(gpt, 500)
    assert error.code == "organization_spend_limit_exceeded"
    assert error.status_code == 429
    needed = math.ceil(Decimal("0.01") / price)
    assert done + 1 == needed + provider_of(gpt).limits.spend_lag_requests
    assert total(gpt) > Decimal("0.01")
    assert limit.retrieve().enforcement.status == "enforcing"
    provider_of(gpt).clock.advance(days=10)  # December
    assert limit.retrieve().enforcement.status == "inactive"
    assert spend(gpt, 5) == (5, None)


def test_time_lets_the_enforcement_catch_up(gpt):
    gpt.admin.organization.spend_limit.update(currency="USD", interval="month", threshold_amount=0)
    gpt.admin.organization.spend_limit.update(currency="USD", interval="month", threshold_amount=1)
    limits = provider_of(gpt).limits
    limits.spend_lag_requests = 10_000
    assert spend(gpt, 60) == (60, None)
    provider_of(gpt).clock.advance(minutes=14)
    assert spend(gpt, 1) == (1, None)
    provider_of(gpt).clock.advance(minutes=1)
    assert spend(gpt, 1)[0] == 0
    limits.set_spend_limit(100)
    assert spend(gpt, 1) == (1, None)


def test_a_limit_of_a_project_stops_that_project(gpt):
    limit = gpt.admin.organization.projects.spend_limit
    limit.update("web", currency="USD", interval="month", threshold_amount=0)
    done, error = spend(gpt.with_options(project="web"), 1)
    assert (done, error.code) == (0, "project_spend_limit_exceeded")
    assert spend(gpt, 1) == (1, None)
    assert limit.retrieve("web").threshold_amount == 0
    assert limit.delete("web").deleted
    assert spend(gpt.with_options(project="web"), 1) == (1, None)
    with pytest.raises(openai.NotFoundError):
        limit.retrieve("web")


@pytest.mark.parametrize(
    "wrong", [{"threshold_amount": -1}, {"interval": "day"}, {"currency": "EUR"}]
)
def test_spend_limits_that_cannot_be(gpt, wrong):
    body = {"currency": "USD", "interval": "month", "threshold_amount": 5, **wrong}
    with pytest.raises(openai.BadRequestError):
        gpt.admin.organization.spend_limit.update(**body)
    with pytest.raises(openai.NotFoundError):
        gpt.admin.organization.spend_limit.delete()


def test_anthropic_refuses_in_its_own_way(claude):
    provider_of(claude).limits.set_spend_limit(0, vendor="anthropic")
    with pytest.raises(anthropic.BadRequestError, match="regain access on 2026-12-01"):
        claude.messages.create(**CLAUDE)


def test_the_asynchronous_client_reads_the_same_reports(gpt):
    gpt.chat.completions.create(**CHAT)
    other = strict("openai", connect_async, provider=provider_of(gpt))

    async def read():
        return await other.admin.organization.usage.costs(start_time=MIDNIGHT)

    assert asyncio.run(read()).data == gpt.admin.organization.usage.costs(start_time=MIDNIGHT).data


# --- Anthropic ---------------------------------------------------------------------------------


def test_anthropic_usage_is_exclusive_and_by_model(claude):
    said = [claude.messages.create(**CLAUDE).usage for _ in range(2)]
    other = claude.messages.create(**{**CLAUDE, "model": "claude-haiku-4-5"}).usage
    found = results(report(claude, "usage_report/messages", group_by=["model"]))
    by_model = {result["model"]: result for result in found}
    one = by_model["claude-sonnet-5-5"]
    assert one["uncached_input_tokens"] == sum(u.input_tokens for u in said)
    assert one["output_tokens"] == sum(u.output_tokens for u in said)
    assert by_model["claude-haiku-4-5"]["output_tokens"] == other.output_tokens
    (all_of_them,) = results(report(claude, "usage_report/messages"))
    assert all_of_them["model"] is None
    (only,) = results(report(claude, "usage_report/messages", models=["claude-haiku-4-5"]))
    assert only["output_tokens"] == other.output_tokens


def test_anthropic_costs_are_in_cents(claude):
    said = claude.messages.create(**CLAUDE).usage
    found = results(report(claude, "cost_report", group_by=["description"]))
    by_type = {result["token_type"]: result for result in found}
    # claude-sonnet-5-5: 2 and 10 USD per million tokens, so 0.0002 and 0.001 cents a token.
    assert Decimal(by_type["output_tokens"]["amount"]) == said.output_tokens * Decimal("0.001")
    assert Decimal(by_type["uncached_input_tokens"]["amount"]) == (
        said.input_tokens * Decimal("0.0002")
    )
    assert "E" not in by_type["output_tokens"]["amount"]
    assert by_type["output_tokens"]["cost_type"] == "tokens"
    assert by_type["output_tokens"]["model"] == "claude-sonnet-5-5"
    (whole,) = results(report(claude, "cost_report"))
    assert Decimal(whole["amount"]) == sum(Decimal(r["amount"]) for r in found)


def test_anthropic_pages_and_buckets(claude):
    for _ in range(3):
        claude.messages.create(**CLAUDE)
        provider_of(claude).clock.advance(hours=24)
    first = report(claude, "cost_report", limit=2)
    assert [len(bucket["results"]) for bucket in first["data"]] == [1, 1]
    assert first["data"][0]["ending_at"] == first["data"][1]["starting_at"]
    second = report(claude, "cost_report", limit=2, page=first["next_page"])
    assert second["data"][0]["starting_at"] == "2026-11-24T00:00:00Z"
    assert not second["has_more"]
    hour = report(
        claude, "usage_report/messages", bucket_width="1h", starting_at="2026-11-22T13:30:00+01:00"
    )
    assert hour["data"][0]["starting_at"] == "2026-11-22T12:00:00Z"


@pytest.mark.parametrize(
    "query",
    [
        {"bucket_width": "1h"},
        {"starting_at": "yesterday"},
        {"group_by": ["model"]},
        {"group_by[]": ["description"]},  # the SDK adds the brackets itself
        {"limit": 40},
    ],
)
def test_anthropic_reports_that_cannot_be(claude, query):
    with pytest.raises(anthropic.BadRequestError):
        report(claude, "cost_report", **query)


# --- The ledger meets the bill -----------------------------------------------------------------


def a_day_of_traffic(seed):
    """Random calls to both vendors over a day; what a careful ledger writes down, by vendor."""
    draw = random.Random(seed)
    gpt = strict("openai", seed=seed)
    provider = provider_of(gpt)
    claude = strict("anthropic", provider=provider)
    ledger = defaultdict(list)
    prefix = "Rules of the bank: answer kindly, and never promise a refund. " * 250
    batch = claude_batch = None
    # A refusal or two each hour; the SDKs try again, and none of it is billed.
    provider.failures.at_rate(0.05, (429, 500, 529))
    for step in range(72):
        text = f"{draw.choice(['Card', 'Loan', 'Rent'])} question {draw.randrange(20)}?"
        system = prefix if draw.random() < 0.5 else "Be brief."
        messages = [{"role": "user", "content": text}]
        kind = draw.randrange(6)
        if kind < 3:
            model, tier = draw.choice(
                [("gpt-4.1-mini", "default"), ("gpt-5-mini", "flex"), ("gpt-4o", "priority"),
                 ("gpt-5.6-luna", "default"), ("gpt-6-luna", "auto")]
            )  # fmt: skip
            body = {"model": model, "service_tier": tier, "max_completion_tokens": 300}
            body["messages"] = [{"role": "developer", "content": system}, *messages]
            if kind == 0:
                reply = gpt.chat.completions.create(**body)
            else:
                options = {"stream": True, "stream_options": {"include_usage": True}}
                *_, reply = gpt.chat.completions.create(**body, **options)
            ledger["openai"].append(cost_of(read_usage(reply), model, at=provider.clock.now))
        elif kind == 3:
            model = draw.choice(["gpt-5-mini", "gpt-6-luna"])
            reply = gpt.responses.create(model=model, instructions=system, input=text)
            ledger["openai"].append(cost_of(read_usage(reply), model, at=provider.clock.now))
        else:
            model = draw.choice(["claude-sonnet-5-5", "claude-haiku-4-5", "claude-opus-5-5"])
            ttl = draw.choice(["5m", "1h"])
            control = {"type": "ephemeral", "ttl": ttl}
            body = {"model": model, "max_tokens": 300, "messages": messages}
            body["system"] = [{"type": "text", "text": system, "cache_control": control}]
            if kind == 4:
                reply = claude.messages.create(**body)
            else:
                with claude.messages.stream(**body) as stream:
                    reply = stream.get_final_message()
            ledger["anthropic"].append(cost_of(read_usage(reply), model, at=provider.clock.now))
        if step == 30:
            lines = [
                {"custom_id": f"{i}", "method": "POST", "url": "/v1/chat/completions",
                 "body": {"model": "gpt-4.1-mini", "messages": messages, "max_tokens": 40 + i}}
                for i in range(10)
            ]  # fmt: skip
            content = "\n".join(map(json.dumps, lines)).encode()
            source = gpt.files.create(file=("in.jsonl", content), purpose="batch")
            batch = gpt.batches.create(
                input_file_id=source.id, endpoint="/v1/chat/completions", completion_window="24h"
            )
        if step == 40:
            params = {"model": "claude-haiku-4-5", "max_tokens": 60, "messages": messages}
            requests = [{"custom_id": f"r{i}", "params": params} for i in range(5)]
            claude_batch = claude.messages.batches.create(requests=requests)
        provider.clock.advance(minutes=draw.choice([1, 4, 7, 20]))
    provider.clock.advance(hours=1)
    done = gpt.batches.retrieve(batch.id)
    for line in gpt.files.content(done.output_file_id).text.splitlines():
        usage = read_usage(json.loads(line))
        when = datetime.fromtimestamp(done.completed_at, UTC)
        ledger["openai"].append(cost_of(usage, "gpt-4.1-mini", provider="openai", at=when))
    for line in claude.messages.batches.results(claude_batch.id):
        usage = read_usage(line)
        assert usage.tier == "batch"
        ledger["anthropic"].append(cost_of(usage, "claude-haiku-4-5", at=provider.clock.now))
    return gpt, claude, ledger


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_ledger_of_responses_meets_the_bill_of_a_random_day(seed):
    gpt, claude, ledger = a_day_of_traffic(seed)
    log = provider_of(gpt).log
    assert sum(record.outcome == "refused" for record in log) >= 1
    assert sum(record.outcome == "complete" for record in log) == 72 + 10 + 5
    theirs = {
        "openai": total(gpt),
        "anthropic": sum(
            Decimal(result["amount"]) / 100
            for result in results(report(claude, "cost_report", group_by=["description"]))
        ),
    }
    for vendor, ours in ledger.items():
        mine = sum(ours).total
        assert mine > 0
        assert abs(theirs[vendor] - mine) < Decimal("1e-9"), vendor
    # By line as well: quantities of the report against those of the ledger.
    lines = defaultdict(int)
    for _, result in costs(gpt, group_by=["line_item"]):
        lines[result.line_item.split(", ")[1]] += result.quantity
    summed = {line.kind: 0 for line in sum(ledger["openai"]).lines}
    for line in sum(ledger["openai"]).lines:
        summed[line.kind] += line.quantity
    assert lines["output_tokens"] == summed["output"]
    assert lines["input_tokens"] == summed["input"]
    assert lines["input_cached_tokens"] == summed.get("cached_input", 0)


def test_cached_tokens_of_a_batch_without_a_published_rate_keep_the_standard_one():
    provider = provider_of(connect("openai"))
    usage = {
        "prompt_tokens": 2_000,
        "prompt_tokens_details": {"cached_tokens": 1_024},
        "completion_tokens": 10,
        "total_tokens": 2_010,
    }
    provider.record("/v1/chat/completions", {"model": "gpt-4.1"}, {"usage": usage}, 200, "batch")
    with pytest.raises(LookupError):
        cost_of(read_usage(usage), "gpt-4.1", tier="batch")
    # gpt-4.1: 2, 0.50 and 8 USD per million tokens; a batch halves the first and the last.
    expected = (Decimal(976) * 1 + Decimal(1_024) * Decimal("0.50") + 10 * 4) / 1_000_000
    assert cost_of_record(provider.log[0]).total == expected


def test_the_calendar_decides_the_rate():
    """A record is priced at the rates of its own time, not at those of the report's."""
    gpt = strict("openai")
    provider = provider_of(gpt)
    gpt.chat.completions.create(**CHAT)
    before = costs(gpt)[0][1].amount.value
    provider.clock.advance(days=45)
    assert costs(gpt, end_time=NOON + DAY)[0][1].amount.value == before
    assert provider.log[0].time + timedelta(days=45) == provider.clock.now
