"""The vendors' own reports: what the admin APIs serve, and what the dashboards export."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pandas
import pytest
from offline_clients import QUESTION

from costlib.own_data.cost_reports import COST_COLUMNS, read_cost_report
from costlib.own_data.usage_reports import read_usage_report
from costlib.pricing.cost import cost_of
from costlib.provider import connect, provider_of
from costlib.tracking.clients import track
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

START = int(datetime(2026, 11, 22, tzinfo=UTC).timestamp())
CHAT = {"messages": QUESTION, "max_tokens": 60}
BY_MODEL = ["model", "service_tier", "batch", "project_id"]


@pytest.fixture
def traffic():
    """A ledger and the two clients behind it, with some of everything that reports tell apart."""
    ledger = Ledger()
    gpt = track(connect("openai"), ledger)
    claude = track(connect("anthropic", provider=provider_of(gpt)), ledger)
    gpt.chat.completions.create(model="gpt-4.1", **CHAT)
    gpt.chat.completions.create(model="gpt-4.1", **CHAT)
    gpt.chat.completions.create(model="gpt-4o", service_tier="priority", **CHAT)
    provider_of(gpt).clock.advance(days=1)
    gpt.responses.create(model="gpt-5.6-sol", input="rule " * 2000)
    gpt.responses.create(model="gpt-5.6-sol", input="rule " * 2000)
    gpt.embeddings.create(model="text-embedding-3-small", input="Card", encoding_format="float")
    body = {"model": "claude-haiku-4-5", "system": "Rules of the bank. " * 1500, **CHAT}
    for _ in range(2):
        claude.messages.create(**body, cache_control={"type": "ephemeral", "ttl": "1h"})
    return ledger, gpt, claude


def openai_pages(gpt):
    usage = gpt.admin.organization.usage
    return [
        usage.completions(start_time=START, group_by=BY_MODEL),
        usage.embeddings(start_time=START, group_by=["model"]),
    ]


def anthropic_page(claude, kind, **query):
    params = {"starting_at": "2026-11-22T00:00:00Z", **query}
    path = f"/v1/organizations/{kind}"
    return claude.get(path, cast_to=dict[str, object], options={"params": params})


def test_usage_reports_meet_the_ledger_to_the_last_digit(traffic):
    ledger, gpt, claude = traffic
    grouped = ["model", "service_tier", "speed"]
    calls = read_usage_report(
        [*openai_pages(gpt), anthropic_page(claude, "usage_report/messages", group_by=grouped)]
    )
    imported = Ledger()
    imported.record_many(calls)
    ours, theirs = ledger.frame(), imported.frame()
    assert theirs["cost_pusd"].sum() == ours["cost_pusd"].sum() > 0
    names = ["input_tokens", "output_tokens", "cached_input_tokens", "cache_write_1h_tokens"]
    by_model = ours.groupby("model")[names].sum()
    assert by_model.equals(theirs.groupby("model")[names].sum())
    assert set(theirs["operation"]) == {"report"} and set(theirs["tier"]) == {
        "standard", "priority"
    }  # fmt: skip
    days = theirs.groupby("model")["time"].min().dt.day
    assert days["gpt-4.1"] == 22 and days["claude-haiku-4-5"] == 23
    batch = imported.reprice(tier="batch", model=None, provider="openai")
    assert (batch.loc[batch["model"] == "gpt-4.1", "repriced_pusd"] * 2).sum() == (
        batch.loc[batch["model"] == "gpt-4.1", "cost_pusd"].sum()
    )


def test_cost_reports_meet_the_ledger(traffic):
    ledger, gpt, claude = traffic
    page = gpt.admin.organization.usage.costs(
        start_time=START, group_by=["line_item", "project_id"]
    )
    costs = pandas.concat(
        [
            read_cost_report(page),
            read_cost_report(anthropic_page(claude, "cost_report", group_by=["description"])),
        ]
    )
    assert tuple(costs) == COST_COLUMNS
    frame = ledger.frame()
    for provider in ("openai", "anthropic"):
        ours = int(frame.loc[frame["provider"] == provider, "cost_pusd"].sum())
        theirs = costs.loc[costs["provider"] == provider, "amount_usd"].sum()
        assert theirs == Decimal(ours).scaleb(-12)
    (dear,) = costs[(costs["tier"] == "priority") & (costs["kind"] == "output")].to_dict("records")
    assert (dear["model"], dear["project"], dear["quantity"]) == ("gpt-4o", "default", 60)
    assert set(costs["kind"]) == {"input", "output", "cached_input", "cache_write_30m",
                                  "cache_write_1h"}  # fmt: skip


@pytest.mark.parametrize("form", ["page", "list", "lines", "dict"])
def test_json_in_any_wrapping(traffic, tmp_path, form):
    _, gpt, _ = traffic
    pages = [page.model_dump(mode="json") for page in openai_pages(gpt)]
    path = tmp_path / "report.json"
    if form == "lines":
        path.write_text("\n".join(json.dumps(page) for page in pages))
    elif form == "list":
        path.write_text(json.dumps(pages, indent=2))
    else:
        path.write_text(json.dumps(pages[0]))
        pages = pages[:1]
    source = pages[0] if form == "dict" else path
    assert read_usage_report(source) == read_usage_report(pages)


# --- Sums and the bound of long context ---------------------------------------------------------


def result(**changes):
    row = {"model": "gpt-5.6-sol", "num_model_requests": 40, "input_tokens": 400_000,
           "output_tokens": 8_000, "input_cached_tokens": 0}  # fmt: skip
    return {"data": [{"start_time": START, "results": [{**row, **changes}]}]}


def test_a_sum_that_may_hide_a_long_request_says_so():
    ledger = Ledger()
    ledger.record_many(read_usage_report([result(), result(input_tokens=100_000)]))
    frame = ledger.frame()
    # gpt-5.6-sol: 4 in, 20 out USD a million below 272,000 tokens of one request.
    assert frame["cost_pusd"].tolist() == [1_760_000_000_000, 560_000_000_000]
    assert frame["estimated"].tolist() == [True, False]


def test_tokens_are_inclusive_where_the_report_is_not():
    page = {"data": [{"starting_at": "2026-11-22T00:00:00Z", "results": [{
        "model": "claude-sonnet-5-5", "uncached_input_tokens": 100, "cache_read_input_tokens": 700,
        "cache_creation": {"ephemeral_5m_input_tokens": 150, "ephemeral_1h_input_tokens": 50},
        "output_tokens": 30, "server_tool_use": {"web_search_requests": 2},
        "service_tier": "batch",
    }]}]}  # fmt: skip
    (call,) = read_usage_report(page)
    assert call.usage == Usage(
        1000, 30, 700, cache_write_5m_tokens=150, cache_write_1h_tokens=50, web_searches=2,
        tier="batch",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("written", "short", "long"),
    [
        ({"input_cache_write_tokens": 30}, 30, 0),  # "may be absent or null for older responses"
        ({"input_cache_write_tokens": 30, "input_cache_write_30m_tokens": None,
          "input_cache_write_12h_tokens": 10}, 20, 10),
        ({"input_cache_write_tokens": 30, "input_cache_write_30m_tokens": 20,
          "input_cache_write_12h_tokens": 10}, 20, 10),
    ],
)  # fmt: skip
def test_writes_of_no_stated_lifetime_are_openais_default(written, short, long):
    (call,) = read_usage_report(result(input_tokens=100, output_tokens=5, **written))
    assert call.usage.cache_write_30m_tokens == short
    assert call.usage.cache_write_12h_tokens == long


# --- The dashboards' CSV ------------------------------------------------------------------------

OPENAI_USAGE = """\
start_time,end_time,start_time_iso,end_time_iso,project_id,num_model_requests,user_id,api_key_id,\
model,batch,service_tier,input_tokens,output_tokens,input_cached_tokens,input_uncached_tokens
1759622400,1759708800,2025-10-05T00:00:00+00:00,2025-10-06T00:00:00+00:00,proj_1,10.0,u,key_1,\
gpt-4o-2024-08-06,FALSE,default,59200.0,10646.0,5760.0,53440.0
1759708800,1759795200,2025-10-06T00:00:00+00:00,2025-10-07T00:00:00+00:00,proj_1,8.0,u,key_1,\
gpt-5-2025-08-07,TRUE,default,46264.0,60000.0,0,46264.0
1759881600,1759968000,2025-10-08T00:00:00+00:00,2025-10-09T00:00:00+00:00,,,,,,,,,,,
"""
OPENAI_COSTS = """\
start_time\tend_time\tstart_time_iso\tend_time_iso\tamount_value\tamount_currency\tline_item\tproject_id
1759622400\t1759708800\t2025-10-05\t2025-10-06\t0.895874000000000\tusd\tgpt-4o, output_tokens\tp_1
1759708800\t1759795200\t2025-10-06\t2025-10-07\t\t\t\t
1759795200\t1759881600\t2025-10-07\t2025-10-08\t0.5\tusd\t\tp_1
"""
ANTHROPIC_USAGE = """\
usage_date_utc,model_version,api_key,workspace,usage_type,context_window,\
usage_input_tokens_no_cache,usage_input_tokens_cache_write_5m,usage_input_tokens_cache_write_1h,\
usage_input_tokens_cache_read,usage_output_tokens,web_search_count,inference_geo,speed
2026-08-05,claude-haiku-4-5-20251001,app,Default,standard,≤ 200k,100,20,30,50,40,1,not_available,
2026-08-06,claude-haiku-4-5-20251001,app,Default,batch,≤ 200k,"1,000",0,0,0,40,0,not_available,
"""
ANTHROPIC_COSTS = """\
usage_date_utc,model,workspace,api_key,usage_type,context_window,token_type,cost_usd,list_price_usd,\
cost_type,inference_geo,speed
2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,input_no_cache,0.05,0.05,token,global,
2026-08-04,Claude Haiku 4.5,Default,k,message,≤ 200k,input_cache_read,18.71,18.71,token,global,
2026-08-04,,Default,k,,,,0.30,0.30,web_search,global,
"""


def test_openai_s_usage_csv(tmp_path):
    path = tmp_path / "completions_usage.csv"
    path.write_text("\ufeff" + OPENAI_USAGE, encoding="utf-8")
    first, second = read_usage_report(path)
    assert first.usage == Usage(59_200, 10_646, 5_760, requests=10, tier="standard")
    assert (first.time, first.project) == (datetime(2025, 10, 5, tzinfo=UTC), "proj_1")
    assert second.usage.tier == "batch"
    ledger = Ledger()
    ledger.record_many([first, second])
    whole = cost_of(first.usage, "gpt-4o", at=first.time).total
    assert ledger.frame()["cost_pusd"][0] == int(whole.scaleb(12))


def test_openai_s_cost_csv(tmp_path):
    path = tmp_path / "costs.csv"
    path.write_text(OPENAI_COSTS)
    costs = read_cost_report(path)
    assert costs["amount_usd"].tolist() == [Decimal("0.895874"), Decimal("0.5")]
    assert costs["model"].tolist() == ["gpt-4o", ""] and costs["kind"].tolist() == ["output", ""]


def test_anthropic_s_usage_csv(tmp_path):
    path = tmp_path / "usage.csv"
    path.write_text(ANTHROPIC_USAGE, encoding="utf-8")
    first, second = read_usage_report(path)
    assert first.usage == Usage(
        200, 40, 50, cache_write_5m_tokens=20, cache_write_1h_tokens=30, web_searches=1,
        tier="standard",
    )  # fmt: skip
    assert second.usage == Usage(1000, 40, tier="batch")
    assert (first.project, first.time.day) == ("Default", 5)


def test_anthropic_s_cost_csv(tmp_path):
    path = tmp_path / "cost.csv"
    path.write_text(ANTHROPIC_COSTS, encoding="utf-8")
    costs = read_cost_report(path)
    assert costs["amount_usd"].sum() == Decimal("19.06"), "dollars here, cents in the JSON"
    assert costs["model"].tolist() == ["claude-haiku-4-5", "claude-haiku-4-5", ""]
    assert costs["kind"].tolist() == ["input", "cached_input", "web_search"]
    assert set(costs["tier"]) == {"standard"}


# --- Refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"data": [{"start_time": 1, "results": [{"num_model_requests": 1}]}]}', "group_by"),
        ('{"data": [{"start_time": 1, "results": [{"amount": 3}]}]}', "no usage report"),
        ('{"data": [{"start_time": "noon", "results": [{}]}]}', "start of a bucket"),
        ("{broken", "no JSON"),
        ("day,spent\n2026-11-22,5\n", "start of a bucket"),
        ("start_time,num_model_requests,model,input_tokens\n1,1,gpt-4o,2.5\n", "whole number"),
        ("start_time,num_model_requests,model,input_tokens\n1,1,gpt-4o,\n", "absent is not zero"),
    ],
)
def test_files_that_are_no_usage_report(tmp_path, text, message):
    path = tmp_path / "file"
    path.write_text(text)
    with pytest.raises(ValueError, match=message):
        read_usage_report(path)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ({"amount": {"value": 1, "currency": "eur"}}, "only US dollars"),
        ({"amount": {"value": "much", "currency": "usd"}}, "no number of dollars"),
        ({"input_tokens": 5}, "no cost report"),
    ],
)
def test_rows_that_are_no_cost(row, message):
    with pytest.raises(ValueError, match=message):
        read_cost_report({"data": [{"start_time": START, "results": [row]}]})


@pytest.mark.parametrize("source", [5, "no-such-file.csv", [3]])
def test_sources_that_are_none(source):
    with pytest.raises(ValueError, match=r"no report|cannot be read|no page"):
        read_usage_report(source)
