"""Small routes and manners of the wire: pages, what is stored, polling, the last resort."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from unittest import mock

import anthropic
import openai
import pytest

from costlib.estimation.ceilings import ceiling
from costlib.provider import Clock, Provider, connect, provider_of
from costlib.provider.bill import cost_of_record
from costlib.provider.openai import text
from costlib.tracking import track
from costlib.tracking.ledger import Ledger

ASKED = [{"role": "user", "content": "Where is my card?"}]
CHAT: dict[str, Any] = {"model": "gpt-4.1", "messages": ASKED}
SEARCH = {"type": "web_search_20250305", "name": "web_search"}


@pytest.fixture
def gpt() -> openai.OpenAI:
    return connect("openai")


def order_batch(gpt: openai.OpenAI) -> str:
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": CHAT}
    file = gpt.files.create(file=("a.jsonl", json.dumps(line).encode()), purpose="batch")
    return gpt.batches.create(
        input_file_id=file.id, endpoint="/v1/chat/completions", completion_window="24h"
    ).id


def test_polling_a_batch_ends_by_itself(gpt: openai.OpenAI) -> None:
    name = order_batch(gpt)
    seen = [gpt.batches.retrieve(name).status for _ in range(5)]
    assert seen[0] == "validating" and seen[-1] == "completed"
    now = provider_of(gpt).clock.now
    assert gpt.batches.retrieve(name).status == "completed" and provider_of(gpt).clock.now == now
    claude = connect("anthropic")
    params = {"model": "claude-haiku-5-5", "max_tokens": 50, "messages": ASKED}
    batch = claude.messages.batches.create(requests=[{"custom_id": "a", "params": params}])
    for _ in range(5):
        if claude.messages.batches.retrieve(batch.id).processing_status == "ended":
            break
    assert [line.custom_id for line in claude.messages.batches.results(batch.id)] == ["a"]


def test_a_batch_is_served_although_its_file_is_deleted(gpt: openai.OpenAI) -> None:
    name = order_batch(gpt)
    batch = gpt.batches.retrieve(name)  # validated from now on
    assert gpt.files.delete(batch.input_file_id).deleted
    with pytest.raises(openai.NotFoundError):
        gpt.files.retrieve(batch.input_file_id)
    provider_of(gpt).clock.advance(hours=1)
    assert gpt.batches.retrieve(name).request_counts.completed == 1


def test_lists_come_in_pages(gpt: openai.OpenAI) -> None:
    made = [
        gpt.files.create(file=(f"{i}.jsonl", b"{}%d" % i), purpose="batch").id for i in range(5)
    ]
    page = gpt.files.list(limit=2)
    assert [file.id for file in page.data] == made[:2:-1] and page.has_more
    assert [file.id for file in gpt.files.list(limit=2)] == made[::-1]  # the SDK turns the pages
    assert [file.id for file in gpt.files.list(order="asc", after=made[2])] == made[3:]
    assert gpt.files.list(purpose="assistants").data == []
    for wrong in ({"limit": 0}, {"order": "up"}, {"after": "nothing"}):
        with pytest.raises(openai.BadRequestError):
            gpt.files.list(**wrong)
    claude = connect("anthropic")
    models = [model.id for model in claude.models.list()]
    assert [model.id for model in claude.models.list(limit=2).data] == models[:2]


def test_what_is_streamed_is_open_until_it_is_read(gpt: openai.OpenAI) -> None:
    with gpt.chat.completions.with_streaming_response.create(**CHAT) as response:
        assert not response.is_closed
        assert response.parse().choices
    assert response.is_closed
    assert gpt.chat.completions.with_raw_response.create(**CHAT).is_closed


def test_stored_completions_are_there_until_they_are_deleted(gpt: openai.OpenAI) -> None:
    gpt.chat.completions.create(**CHAT)  # not stored
    made = gpt.chat.completions.create(**CHAT, store=True, metadata={"desk": "1"})
    store = gpt.chat.completions
    assert [each.id for each in store.list(model="gpt-4.1")] == [made.id]
    assert store.retrieve(made.id).choices == made.choices
    assert store.messages.list(made.id).data[0].content == "Where is my card?"
    assert store.update(made.id, metadata={"desk": "2"}).metadata == {"desk": "2"}
    assert store.delete(made.id).deleted
    with pytest.raises(openai.NotFoundError):
        store.retrieve(made.id)


def test_responses_are_listed_streamed_again_and_repeat_what_was_asked(
    gpt: openai.OpenAI,
) -> None:
    asked = {"prompt_cache_key": "k", "user": "u", "parallel_tool_calls": False}
    made = gpt.responses.create(
        model="gpt-6-luna", input="Hello", include=["reasoning.encrypted_content"], **asked
    )
    assert {name: getattr(made, name) for name in asked} == asked
    assert made.output[0].encrypted_content
    events = list(gpt.responses.retrieve(made.id, stream=True))
    assert events[-1].response == made and len(provider_of(gpt).log) == 1
    (item,) = gpt.responses.input_items.list(made.id)
    assert item.content[0].text == "Hello"
    with pytest.raises(openai.BadRequestError, match="synchronous"):
        gpt.responses.cancel(made.id)


def test_nothing_is_flagged_by_moderation_and_it_is_free(gpt: openai.OpenAI) -> None:
    many = gpt.moderations.create(input=["one", "two"])
    assert [result.flagged for result in many.results] == [False, False]
    assert gpt.moderations.create(input="y", model="omni-moderation-latest").results
    assert all(cost_of_record(record) is None for record in provider_of(gpt).log)


def test_moderation_takes_the_parts_of_one_text_and_picture(gpt: openai.OpenAI) -> None:
    """They had been refused as no string: the openai SDK has them."""
    picture = {"type": "image_url", "image_url": {"url": "https://example.com/card.png"}}
    parts: Any = [{"type": "text", "text": "one"}, picture]
    (result,) = gpt.moderations.create(input=parts).results
    assert not result.flagged


def test_stored_completions_are_listed_by_their_metadata(gpt: openai.OpenAI) -> None:
    """The filter had been ignored, and all of them were listed."""
    store = gpt.chat.completions
    for desk, hour in (("1", "a"), ("2", "a"), ("2", "b")):
        asked = [{"role": "user", "content": desk + hour}]
        store.create(model="gpt-4.1", messages=asked, store=True,
                     metadata={"desk": desk, "hour": hour})  # fmt: skip
    for filter, count in (({"desk": "2"}, 2), ({"desk": "2", "hour": "b"}, 1), ({"x": "y"}, 0)):
        found = list(store.list(metadata=filter))
        assert len(found) == count and all(
            filter.items() <= each.metadata.items() for each in found
        )
    assert len(list(store.list())) == 3


def test_a_stored_stream_goes_on_after_the_event_that_was_seen(gpt: openai.OpenAI) -> None:
    made = gpt.responses.create(model="gpt-4.1", input="Hello")
    whole = list(gpt.responses.retrieve(made.id, stream=True))
    rest = list(gpt.responses.retrieve(made.id, stream=True, starting_after=3))
    assert rest == whole[4:] and rest[0].sequence_number == 4
    with pytest.raises(openai.BadRequestError, match="starting_after"):
        gpt.responses.retrieve(made.id, stream=True, starting_after="last")  # type: ignore[call-overload]


ORDER = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}


@pytest.mark.parametrize(
    ("vendor", "path", "body", "says"),
    [
        ("openai", "/batches", {"foo": 1}, "Unknown parameter: 'foo'."),
        ("openai", "/batches", {"metadata": "x"}, "Invalid type for 'metadata'"),
        ("openai", "/batches", {"metadata": {"a": "x" * 513}}, "string too long"),
        ("openai", "/batches", {"output_expires_after": {"anchor": "created_at", "seconds": 9}},
         "does not serve the parameter 'output_expires_after'"),
        ("openai", "/batches", {"completion_window": None}, "'completion_window'"),
        ("openai", "/chat/completions/{stored}", {"metadata": "x"}, "Invalid type for 'metadata'"),
        ("openai", "/chat/completions/{stored}", {"metadata": {}, "foo": 1}, "parameter: 'foo'."),
        ("anthropic", "/v1/messages/batches", {"foo": 1}, "foo: Extra inputs are not permitted"),
        ("anthropic", "/v1/messages/batches", {"requests": "x"}, "requests: Input should be an ar"),
        ("anthropic", "/v1/messages/batches", {"requests": [{"custom_id": "a", "params": {},
         "mood": "glum"}]}, "requests.0.mood: Extra inputs are not permitted"),
    ],
)  # fmt: skip
def test_orders_of_batches_and_updates_are_compared_with_the_sdk_s_types(
    vendor: Any, path: str, body: dict[str, Any], says: str
) -> None:
    """They had not been: metadata could be anything, and what was not known was ignored."""
    client: Any = connect(vendor)
    if vendor == "openai":
        made = client.chat.completions.create(**CHAT, store=True)
        file = client.files.create(file=("a.jsonl", b"{}"), purpose="batch")
        path = path.replace("{stored}", made.id)
        body = body if made.id in path else {**ORDER, "input_file_id": file.id, **body}
    with pytest.raises((openai.BadRequestError, anthropic.BadRequestError), match=says):
        client.post(path, body=body, cast_to=object)


def test_reports_take_the_filters_that_the_sdk_documents(gpt: openai.OpenAI) -> None:
    usage = gpt.admin.organization.usage
    assert usage.images(start_time=0, sizes=["256x256"], group_by=["size"]).data[0].results == []
    assert usage.file_search_calls(start_time=0, vector_store_ids=["v"]).data
    with pytest.raises(openai.BadRequestError, match="nonsense"):
        usage.completions(start_time=0, extra_query={"nonsense": 1})


def test_searches_are_priced_turn_by_turn() -> None:
    """Their sum passes the bound of long input, which no turn passes, and so has no price."""
    claude = connect("anthropic")
    provider = provider_of(claude)
    long = [{"role": "user", "content": "What is new? " + "word " * 60_000}]
    ask: dict[str, Any] = {"model": "claude-sonnet-4-5", "max_tokens": 900, "messages": long}
    with pytest.warns(DeprecationWarning):
        usage = claude.messages.create(**ask, tools=[SEARCH]).usage
    (record,) = provider.log
    assert usage.input_tokens > 200_000
    turns = [turn["input_tokens"] for turn in record.turns]
    assert sum(turns) == usage.input_tokens and max(turns) < 200_000
    kinds = {line.kind: line.quantity for line in cost_of_record(record).lines}
    assert kinds["input"] == usage.input_tokens and kinds["output"] == usage.output_tokens
    assert kinds["web_search"] == usage.server_tool_use.web_search_requests
    provider.limits.set_spend_limit(10**6, vendor="anthropic")
    with pytest.warns(DeprecationWarning):
        assert claude.messages.create(**ask | {"messages": ASKED}).content
    report = claude.get(
        "/v1/organizations/cost_report",
        cast_to=object,
        options={"params": {"starting_at": "2026-11-22T00:00:00Z"}},
    )
    assert float(report["data"][0]["results"][0]["amount"]) > 60


def test_what_has_no_price_does_not_stop_later_calls() -> None:
    provider = Provider(clock=Clock())
    claude = connect("anthropic", provider=provider)
    ask: dict[str, Any] = {"model": "claude-haiku-5-5", "max_tokens": 50, "messages": ASKED}
    claude.messages.create(**ask)
    with mock.patch("costlib.provider.limits.cost_of_record", side_effect=LookupError("no rate")):
        provider.limits.set_spend_limit(100, vendor="anthropic")
        provider.clock.advance(hours=1)
        assert claude.messages.create(**ask).content


def test_a_fault_of_the_provider_is_an_answer_and_not_a_lost_connection(
    gpt: openai.OpenAI,
) -> None:
    with (
        mock.patch.object(text, "served_tier", side_effect=ZeroDivisionError("oh")),
        pytest.raises(openai.InternalServerError, match=r"ZeroDivisionError: oh.*please report"),
    ):
        gpt.chat.completions.create(**CHAT)


def test_a_fault_is_told_by_anthropics_sdk_too() -> None:
    claude = connect("anthropic")
    provider_of(claude).caches = None  # type: ignore[assignment]  # broken from inside
    marked = [{"type": "text", "text": "x", "cache_control": {"type": "ephemeral"}}]
    with pytest.raises(anthropic.InternalServerError, match="fault of the course"):
        claude.messages.create(
            model="claude-haiku-5-5", max_tokens=9, system=marked, messages=ASKED
        )


def test_answers_carry_the_headers_that_both_vendors_document() -> None:
    """Refusals and lists too: OpenAI's "debugging requests" and Anthropic's overview of the API."""
    gpt, claude = connect("openai"), connect("anthropic")
    raw = gpt.chat.completions.with_raw_response.create(**CHAT)
    (record,) = provider_of(gpt).log
    assert record.latency and raw.headers["openai-processing-ms"] == str(
        round(1_000 * record.latency)
    )
    answers = [raw, gpt.models.with_raw_response.list()]
    with pytest.raises(openai.NotFoundError) as refused:
        gpt.models.retrieve("gpt-0")
    for headers in [each.headers for each in answers] + [refused.value.response.headers]:
        assert headers["openai-organization"] == "offline"
        assert headers["openai-version"] == "2020-10-01" and headers["x-request-id"]
    with pytest.raises(anthropic.NotFoundError) as lost:
        claude.models.retrieve("claude-0")
    for headers in (claude.models.with_raw_response.list().headers, lost.value.response.headers):
        assert headers["anthropic-organization-id"] == "offline" and headers["request-id"]


def test_the_bill_and_the_ledger_have_the_fee_of_a_model_that_searches_always() -> None:
    ledger = Ledger()
    gpt = track(connect("openai"), ledger)
    model = "gpt-5-search-api"
    ask: dict[str, Any] = {"model": model, "messages": ASKED, "max_completion_tokens": 20}
    gpt.chat.completions.create(**ask)
    list(gpt.chat.completions.create(**ask, stream=True, stream_options={"include_usage": True}))
    list(gpt.chat.completions.create(**ask, stream=True))  # estimated: the input is counted exactly
    bill = [cost_of_record(record) for record in provider_of(gpt).log]
    amounts = [cost.total for cost in bill if cost is not None]
    assert [Decimal(int(each)).scaleb(-12) for each in ledger.frame()["cost_pusd"]] == amounts
    sent = int(ledger.frame()["input_tokens"][0])
    # 1.25 and 10 USD a million, and 10 USD for a thousand searches
    usd = Decimal(sent) * Decimal("1.25e-6") + 20 * Decimal("1e-5") + Decimal("0.01")
    assert amounts == [usd] * 3 == [ceiling(model, sent, 20)] * 3
