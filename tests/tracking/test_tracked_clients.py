"""Tracking real SDK clients: each attempt is a row, whatever became of it."""

from __future__ import annotations

import asyncio
import gc
import gzip
import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import anthropic
import httpx2
import openai
import pandas
import pytest
import sqlalchemy as sa
from offline_clients import QUESTION, strict

from costlib.paths import ROOT
from costlib.pricing.cost import cost_of
from costlib.provider import Failure, connect, connect_async, provider_of
from costlib.provider.bill import cost_of_record
from costlib.tracking import clients
from costlib.tracking.answers import Answer
from costlib.tracking.clients import prompt_hash, tags, track
from costlib.tracking.ledger import Ledger
from costlib.usage.read import read_usage
from costlib.usage.record import Usage

CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION, "max_tokens": 50}
CLAUDE = {"model": "claude-sonnet-5-5", "messages": QUESTION, "max_tokens": 3000}
EMBED = {"model": "text-embedding-3-small", "input": "Card", "encoding_format": "float"}


@pytest.fixture
def ledger():
    return Ledger()


@pytest.fixture
def chat(ledger):
    return track(strict("openai"), ledger)


@pytest.fixture
def claude(ledger):
    return track(strict("anthropic"), ledger)


def rows(ledger):
    return ledger.query("SELECT * FROM calls ORDER BY id").to_dict("records")


def the_row(ledger):
    (row,) = rows(ledger)
    return row


# --- The same usage as the response says --------------------------------------------------------

ASKED = {
    "chat": ("openai", lambda c: c.chat.completions.create(**CHAT)),
    "responses": ("openai", lambda c: c.responses.create(model="gpt-5-mini", input="Hi")),
    "messages": ("anthropic", lambda c: c.messages.create(**CLAUDE)),
    "embeddings": ("openai", lambda c: c.embeddings.create(**EMBED)),
}


@pytest.mark.parametrize("operation", ASKED)
def test_a_row_for_each_operation(ledger, operation):
    vendor, ask = ASKED[operation]
    client = strict(vendor)
    reply = ask(track(client, ledger, user="ann", feature="answer", project="web", run="r1"))
    row = the_row(ledger)
    usage = read_usage(reply)
    cost = cost_of(usage, reply.model, provider=vendor, at=provider_of(client).clock.now)
    assert row["operation"] == operation and row["provider"] == vendor
    assert (row["input_tokens"], row["output_tokens"]) == (usage.input_tokens, usage.output_tokens)
    assert row["reasoning_tokens"] == usage.reasoning_tokens
    assert row["cost_pusd"] == int(cost.total.scaleb(12))
    assert (row["status"], row["error"], row["attempt"]) == ("ok", "", 0)
    assert (row["user"], row["feature"], row["project"], row["run"]) == (
        "ann", "answer", "web", "r1"
    )  # fmt: skip
    record = provider_of(client).log[-1]
    assert row["request_id"] == record.request_id and row["latency"] == record.latency
    assert not row["estimated"] and len(row["prompt_hash"]) == 16


def test_reasons_to_finish(chat, claude, ledger):
    chat.chat.completions.create(**{**CHAT, "max_tokens": 5})
    chat.responses.create(model="gpt-5-mini", input="Hi", max_output_tokens=16)
    chat.responses.create(model="gpt-4.1", input="Hi")
    claude.messages.create(**{**CLAUDE, "max_tokens": 20})
    tool = {"name": "look", "input_schema": {"type": "object", "properties": {}}}
    choice = {"type": "tool", "name": "look"}
    model = "claude-haiku-4-5"
    claude.messages.create(**{**CLAUDE, "model": model, "tools": [tool], "tool_choice": choice})
    found = [row["finish_reason"] for row in rows(ledger)]
    assert found == ["length", "max_output_tokens", "completed", "max_tokens", "tool_use"]


def test_the_tier_served_is_recorded(chat, ledger):
    chat.chat.completions.create(**{**CHAT, "model": "gpt-4o", "service_tier": "priority"})
    assert the_row(ledger)["tier"] == "priority"


def test_what_asks_no_model_is_no_row(chat, claude, ledger):
    chat.models.list()
    chat.responses.input_tokens.count(model="gpt-5-mini", input="Hi")
    claude.messages.count_tokens(model="claude-sonnet-5-5", messages=QUESTION)
    chat.files.create(file=("x.jsonl", b'{"model": "gpt-4.1"}'), purpose="batch")
    chat.admin.organization.usage.costs(start_time=0)
    assert rows(ledger) == []


# --- Attempts -----------------------------------------------------------------------------------


def test_retries_are_rows_of_one_call(chat, ledger):
    provider_of(chat).failures.script(429, 500, None)
    chat.chat.completions.create(**CHAT)
    chat.chat.completions.create(**CHAT)
    found = rows(ledger)
    assert [(r["attempt"], r["status"], r["error"]) for r in found] == [
        (0, "error", "429"), (1, "error", "500"), (2, "ok", ""), (0, "ok", ""),
    ]  # fmt: skip
    assert [row["cost_pusd"] for row in found][:2] == [0, 0]
    first, *_, last = [row["call_id"] for row in found]
    assert {row["call_id"] for row in found[:3]} == {first} and last != first
    times = [row["time"] for row in found]
    assert times == sorted(times) and times[0] < times[1], "the clock moved while it waited"


def test_a_call_that_fails_for_good(claude, ledger):
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.create(**{**CLAUDE, "model": "claude-none"})
    row = the_row(ledger)
    assert (row["model"], row["status"], row["error"]) == ("claude-none", "error", "404")
    assert (row["cost_pusd"], row["estimated"]) == (0, 0)


def test_a_time_out_is_estimated_and_the_bill_is_higher(ledger):
    patient = track(strict("openai").with_options(max_retries=0), ledger)
    provider_of(patient).failures.script("timeout")
    with pytest.raises(openai.APITimeoutError):
        patient.chat.completions.create(**CHAT)
    row, record = the_row(ledger), provider_of(patient).log[-1]
    assert (row["status"], row["error"], row["estimated"]) == ("error", "timeout", 1)
    assert row["input_tokens"] == record.usage["prompt_tokens"] and row["output_tokens"] == 0
    assert 0 < row["cost_pusd"] < int(cost_of_record(record).total.scaleb(12))
    assert row["latency"] == 600


class _Down(httpx2.BaseTransport):
    def __init__(self, error):
        self.error = error

    def handle_request(self, request):
        raise self.error("no route")


@pytest.mark.parametrize("error", [httpx2.ConnectError, httpx2.UnsupportedProtocol])
def test_what_was_never_sent_costs_nothing(ledger, error):
    http = httpx2.Client(transport=_Down(error))
    client = openai.OpenAI(api_key="k", http_client=http, max_retries=0)
    with pytest.raises(openai.APIConnectionError):
        track(client, ledger).chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert (row["error"], row["estimated"], row["cost_pusd"]) == ("connection", 0, 0)


# --- Streams ------------------------------------------------------------------------------------


def test_a_stream_with_usage_is_exact(chat, ledger):
    list(chat.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True}))
    row, record = the_row(ledger), provider_of(chat).log[-1]
    assert (row["status"], row["estimated"]) == ("ok", 0)
    assert row["output_tokens"] == record.usage["completion_tokens"]


def test_an_openai_stream_without_usage_is_estimated(chat, ledger):
    list(chat.chat.completions.create(**CHAT, stream=True))
    row, record = the_row(ledger), provider_of(chat).log[-1]
    assert (row["status"], row["estimated"], row["finish_reason"]) == ("ok", 1, "length")
    # gpt-4.1's tokenizer is public, so that the estimate is right here.
    assert row["input_tokens"] == record.usage["prompt_tokens"]
    assert row["output_tokens"] == record.usage["completion_tokens"]


def test_responses_and_claude_streams_say_their_usage(chat, claude, ledger):
    with chat.responses.stream(model="gpt-5-mini", input="Hi") as stream:
        final = stream.get_final_response()
    with claude.messages.stream(**CLAUDE) as stream:
        message = stream.get_final_message()
    for row, reply in zip(rows(ledger), (final, message), strict=True):
        usage = read_usage(reply)
        assert (row["status"], row["estimated"]) == ("ok", 0)
        assert row["input_tokens"] == usage.input_tokens
        assert row["output_tokens"] == usage.output_tokens
        assert row["reasoning_tokens"] == usage.reasoning_tokens


def read_some(stream, events):
    for count, _ in enumerate(stream, 1):
        if count == events:
            break


@pytest.mark.parametrize("leave", ["closed", "dropped", "with"])
def test_a_stream_that_is_left(chat, ledger, leave):
    long = {**CHAT, "max_tokens": 400}
    stream = chat.chat.completions.create(**long, stream=True)
    if leave == "with":
        with stream:
            read_some(stream, 6)
    else:
        read_some(stream, 6)
        stream.close() if leave == "closed" else None
        del stream
        gc.collect()
    row = the_row(ledger)
    assert (row["status"], row["estimated"], row["error"]) == ("interrupted", 1, "")
    # One chunk opens the message, five bring four tokens each.
    assert row["output_tokens"] == 20 and row["cost_pusd"] > 0


def test_a_stream_that_nobody_reads(chat, ledger):
    stream = chat.chat.completions.create(**CHAT, stream=True)
    assert rows(ledger) == []
    del stream
    gc.collect()
    row = the_row(ledger)
    assert (row["status"], row["output_tokens"]) == ("interrupted", 0) and row["cost_pusd"] > 0


def test_a_stream_that_breaks(chat, ledger):
    provider_of(chat).failures.script(Failure.cut(4))
    with pytest.raises(openai.APIConnectionError):
        list(chat.chat.completions.create(**{**CHAT, "max_tokens": 400}, stream=True))
    row = the_row(ledger)
    assert (row["status"], row["error"]) == ("interrupted", "connection")
    assert row["output_tokens"] == 12


def test_a_claude_stream_that_is_left_keeps_its_exact_input(claude, ledger):
    body = {**CLAUDE, "model": "claude-haiku-4-5", "cache_control": {"type": "ephemeral"}}
    body["system"] = "Rules of the bank. " * 1500
    with claude.messages.stream(**body) as stream:
        read_some(stream.text_stream, 3)
    row, record = the_row(ledger), provider_of(claude).log[-1]
    assert (row["status"], row["estimated"]) == ("interrupted", 1)
    assert row["cache_write_5m_tokens"] == record.usage["cache_creation_input_tokens"] > 4_096
    assert row["input_tokens"] == record.usage["input_tokens"] + row["cache_write_5m_tokens"]
    assert row["output_tokens"] > 1


def test_a_stream_with_tools_is_counted(chat, ledger):
    schema = {"type": "object", "properties": {"id": {"type": "string"}}, "required": ["id"]}
    tool = {"type": "function", "function": {"name": "find_card", "parameters": schema}}
    list(chat.chat.completions.create(**CHAT, tools=[tool], tool_choice="required", stream=True))
    row, record = the_row(ledger), provider_of(chat).log[-1]
    assert row["input_tokens"] == record.usage["prompt_tokens"]
    assert abs(row["output_tokens"] - record.usage["completion_tokens"]) <= 3


# --- Asynchronous -------------------------------------------------------------------------------


def test_asynchronous_clients_keep_their_tags_apart(ledger):
    gpt = track(strict("openai", connect_async), ledger, feature="answer")
    claude = track(strict("anthropic", connect_async), ledger, feature="answer")

    async def one(number):
        with tags(user=f"u{number}", run=f"r{number}"):
            await gpt.chat.completions.create(**CHAT)
            stream = await claude.messages.create(**CLAUDE, stream=True)
        async for _ in stream:  # outside the block: the tags are those it was opened with
            pass

    async def everyone():
        await asyncio.gather(*(one(number) for number in range(4)))

    asyncio.run(everyone())
    found = rows(ledger)
    assert len(found) == 8 and all(row["status"] == "ok" for row in found)
    assert all(row["run"] == row["user"].replace("u", "r") for row in found)
    assert sorted(row["user"] for row in found) == sorted(f"u{n}" for n in range(4) for _ in "ab")
    assert {row["feature"] for row in found} == {"answer"}
    assert len({row["call_id"] for row in found}) == 8


def test_an_asynchronous_retry_and_a_stream_left(ledger):
    client = track(strict("openai", connect_async), ledger)
    provider_of(client).failures.script(500, None)

    async def main():
        await client.chat.completions.create(**CHAT)
        stream = await client.chat.completions.create(**{**CHAT, "max_tokens": 400}, stream=True)
        async for _ in stream:
            break
        await stream.close()

    asyncio.run(main())
    found = rows(ledger)
    assert [(r["attempt"], r["status"]) for r in found] == [
        (0, "error"), (1, "ok"), (0, "interrupted")
    ]  # fmt: skip
    assert found[0]["call_id"] == found[1]["call_id"] != found[2]["call_id"]


class _Slow(httpx2.AsyncBaseTransport):
    """Never answers, and says when it was asked."""

    def __init__(self):
        self.asked = asyncio.Event()

    async def handle_async_request(self, request):
        self.asked.set()
        await asyncio.Event().wait()


def test_a_cancelled_call_is_a_row(ledger):
    async def main():
        slow = _Slow()
        http = httpx2.AsyncClient(transport=slow)
        client = track(openai.AsyncOpenAI(api_key="k", http_client=http), ledger)
        task = asyncio.create_task(client.chat.completions.create(**CHAT))
        await slow.asked.wait()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    asyncio.run(main())
    row = the_row(ledger)
    assert (row["status"], row["error"], row["estimated"]) == ("error", "cancelled", 1)


# --- Tags ---------------------------------------------------------------------------------------


def test_tags_nest_and_end(ledger):
    client = track(connect("openai"), ledger, user="service", feature="answer")
    with tags(user="ann", run="1"):
        client.chat.completions.create(**CHAT)
        with tags(feature="summary"):
            client.chat.completions.create(**CHAT)
        with pytest.raises(RuntimeError), tags(user="bob"):
            raise RuntimeError
        client.chat.completions.create(**CHAT)
    client.chat.completions.create(**CHAT)
    found = [(row["user"], row["feature"], row["run"]) for row in rows(ledger)]
    assert found == [
        ("ann", "answer", "1"), ("ann", "summary", "1"), ("ann", "answer", "1"),
        ("service", "answer", ""),
    ]  # fmt: skip


def test_a_tag_that_is_a_number_is_text(ledger):
    client = track(connect("openai"), ledger, user=17, run=None)
    with tags(project=4):
        client.chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert (row["user"], row["project"], row["run"]) == ("17", "4", "")


def test_tracking_twice_counts_once_and_with_options_keeps_it(ledger):
    once = track(connect("openai"), ledger, user="ann")
    twice = track(once, ledger, user="bob")
    twice.with_options(max_retries=0).chat.completions.create(**CHAT)
    assert the_row(ledger)["user"] == "bob"
    assert provider_of(twice) is provider_of(once)


def test_the_given_client_stays_as_it_was(ledger):
    client = connect("openai")
    track(client, ledger)
    client.chat.completions.create(**CHAT)
    assert rows(ledger) == []


@pytest.mark.parametrize("thing", [None, "openai", object(), httpx2.Client()])
def test_what_is_no_client(ledger, thing):
    with pytest.raises(ValueError, match="cannot be tracked"):
        track(thing, ledger)
    with pytest.raises(ValueError, match=r"is no ledger: give Ledger\('sqlite:///calls.sqlite'\)"):
        track(connect("openai"), thing)


# --- Any client, any server ---------------------------------------------------------------------

BODY = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4.1-2025-04-14",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello there, friend."}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}  # fmt: skip


def served(ledger, answer, host="https://api.openai.com/v1", **options):
    """A tracked ordinary client on a transport that answers as `answer(request)` does."""
    http = httpx2.Client(transport=httpx2.MockTransport(answer), headers={"x-team": "cards"})
    client = openai.OpenAI(
        api_key="sk-proj-" + "a1" * 20, base_url=host, http_client=http, max_retries=0
    )
    return track(client, ledger, **options)


def test_an_ordinary_client(ledger):
    seen = {}

    def answer(request):
        seen.update(request.headers)
        return httpx2.Response(200, json=BODY, headers={"x-request-id": "req_9"})

    before = datetime.now(UTC)
    reply = served(ledger, answer).chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert reply.choices[0].message.content == "Hello there, friend."
    # 10 in and 5 out of gpt-4.1 at 2 and 8 USD a million.
    assert (row["model"], row["cost_pusd"]) == ("gpt-4.1-2025-04-14", 60_000_000)
    assert row["request_id"] == "req_9" and row["latency"] >= 0
    assert str(before)[:13] == str(row["time"])[:13]
    assert seen["x-team"] == "cards", "headers of the inner client are sent"
    assert seen["accept-encoding"] == "identity"
    assert "sk-proj" not in str(rows(ledger))


@pytest.mark.parametrize(
    ("host", "options", "provider", "priced"),
    [
        ("https://api.openai.com/v1", {}, "openai", True),
        ("http://localhost:8000/v1", {}, "localhost", False),
        ("http://localhost:8000/v1", {"provider": "openai"}, "openai", True),
    ],
)
def test_whose_rates_apply_is_the_host_s_answer(ledger, host, options, provider, priced):
    client = served(ledger, lambda request: httpx2.Response(200, json=BODY), host, **options)
    client.chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert row["provider"] == provider and pandas.notna(row["cost_pusd"]) == priced


def test_a_server_that_reports_no_usage(ledger):
    silent = {key: value for key, value in BODY.items() if key != "usage"}
    served(ledger, lambda request: httpx2.Response(200, json=silent)).chat.completions.create(
        **CHAT
    )
    row = the_row(ledger)
    assert (row["status"], row["estimated"]) == ("ok", 1)
    assert 5 <= row["output_tokens"] <= 7 and row["input_tokens"] > 5


def test_zeros_beside_a_text_are_no_usage(ledger):
    """A server that counts nothing says 0 and 0: it was written as an exact answer for $0."""
    nothing = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}
    client = served(ledger, lambda request: httpx2.Response(200, json={**BODY, "usage": nothing}))
    client.chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert (row["status"], row["estimated"]) == ("ok", 1)
    assert 5 <= row["output_tokens"] <= 7 and row["input_tokens"] > 5 and row["cost_pusd"] > 0


def test_an_error_inside_a_stream(ledger):
    events = [
        {"id": "c", "object": "chat.completion.chunk", "model": "gpt-4.1", "created": 1,
         "choices": [{"index": 0, "delta": {"content": "Hello there"}}]},
        {"error": {"message": "key sk-proj-aaaaaaaaaaaaaaaaaaaa is over", "code": "server_error"}},
    ]  # fmt: skip
    text = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    client = served(ledger, lambda request: httpx2.Response(200, content=text.encode()))
    with pytest.raises(openai.APIError):
        list(client.chat.completions.create(**CHAT, stream=True))
    row = the_row(ledger)
    assert (row["status"], row["error"], row["estimated"]) == ("error", "server_error", 1)
    assert row["output_tokens"] == 2 and "sk-proj" not in str(row)


def test_events_in_any_pieces():
    events = [
        {"choices": [{"delta": {"content": "Déjà vu"}, "finish_reason": "stop"}]},
        {"model": "gpt-4.1", "choices": [], "usage": BODY["usage"]},
    ]
    text = "".join(f"data: {json.dumps(e, ensure_ascii=False)}\r\n\r\n" for e in events)
    text += "data: [DONE]\r\n\r\n"
    for size in (1, 3, 1000):
        answer = Answer("chat", {**CHAT, "stream": True}, "openai")
        data = text.encode()
        for at in range(0, len(data), size):
            answer.feed(data[at : at + size])
        assert answer.complete and answer.finish_reason == "stop"
        assert answer.usage()[0].output_tokens == 5


@pytest.mark.parametrize("streams", [False, True])
@pytest.mark.parametrize(
    ("content", "host", "used"),
    [
        ([], "anthropic", 0),
        ([], "aws", 106),
        ([{"type": "thinking", "thinking": ""}], "anthropic", 106),
    ],
)
@pytest.mark.filterwarnings("ignore:stop_reason is refusal")
def test_a_refusal_before_any_output_is_free_on_claude_s_own_api(streams, content, host, used):
    """Anthropic: then the request is not billed, and its usage only informs."""
    usage = {"input_tokens": 106, "output_tokens": 1}
    message = {"type": "message", "model": CLAUDE["model"], "content": content, "usage": usage,
               "stop_reason": "refusal"}  # fmt: skip
    events = [
        {"type": "message_start", "message": {**message, "content": [], "stop_reason": None}},
        *({"type": "content_block_start", "index": 0, "content_block": block} for block in content),
        {"type": "message_delta", "delta": {"stop_reason": "refusal"}, "usage": usage},
        {"type": "message_stop"},
    ]
    answer = Answer("messages", {**CLAUDE, "stream": streams}, host)
    text = "".join(f"event: {e['type']}\ndata: {json.dumps(e)}\n\n" for e in events)
    answer.feed((text if streams else json.dumps(message)).encode())
    answer.end()
    assert answer.usage()[0].input_tokens == used and not answer.usage()[1]


@pytest.mark.filterwarnings("ignore:a model declined")
def test_the_model_that_took_over_in_a_stream_is_the_one_that_is_priced():
    served = {"input_tokens": 412, "output_tokens": 264}
    turns = [{"type": "message", "model": CLAUDE["model"], "input_tokens": 408, "output_tokens": 0},
             {"type": "fallback_message", "model": "claude-opus-5", **served}]  # fmt: skip
    events = [
        {"type": "message_start", "message": {"type": "message", "model": CLAUDE["model"],
                                              "content": [], "usage": turns[0]}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
         "usage": {**served, "iterations": turns}},
        {"type": "message_stop"},
    ]  # fmt: skip
    answer = Answer("messages", {**CLAUDE, "stream": True}, "anthropic")
    answer.feed("".join(f"data: {json.dumps(event)}\n\n" for event in events).encode())
    answer.end()
    assert answer.model == "claude-opus-5"
    assert answer.usage() == (Usage(412, 264), False)


class _Server(BaseHTTPRequestHandler):
    """Answers as OpenAI does, plainly or as a stream, and compresses what it may."""

    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        streams = body.get("stream")
        text = json.dumps(BODY)
        if streams:
            text = f"data: {json.dumps({**BODY, 'choices': []})}\n\ndata: [DONE]\n\n"
        content = text.encode()
        if "gzip" in self.headers.get("accept-encoding", ""):
            content = gzip.compress(content)
        self.send_response(200)
        self.send_header("content-type", "text/event-stream" if streams else "application/json")
        self.send_header("x-request-id", "req_socket")
        if "gzip" in self.headers.get("accept-encoding", ""):
            self.send_header("content-encoding", "gzip")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *args):
        """Quiet."""


@pytest.fixture
def address():
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Server)
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_over_real_sockets_with_the_sdk_s_own_http_client(address, ledger, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")

    async def asynchronously():
        client = openai.AsyncOpenAI(api_key="k", base_url=address)
        async with track(client, ledger, provider="openai") as tracked:
            stream = await tracked.chat.completions.create(**CHAT, stream=True)
            async for _ in stream:
                pass

    with track(openai.OpenAI(api_key="k", base_url=address), ledger, provider="openai") as client:
        gc.collect()  # the client that was given is gone, its connections are not
        client.chat.completions.create(**CHAT)
        list(client.chat.completions.create(**CHAT, stream=True))
    asyncio.run(asynchronously())
    found = rows(ledger)
    assert [row["status"] for row in found] == ["ok"] * 3
    assert {row["cost_pusd"] for row in found} == {60_000_000}
    assert {row["request_id"] for row in found} == {"req_socket"}


def test_a_ledger_that_cannot_be_written_loses_no_answer_and_no_row(tmp_path):
    ledger = Ledger(tmp_path / "x.sqlite")
    client = track(connect("openai"), ledger)
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE calls RENAME TO away")
    with pytest.warns(RuntimeWarning, match="wait to be written"):
        assert client.chat.completions.create(**CHAT).choices
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO calls")
    client.chat.completions.create(**CHAT)
    assert len(ledger.frame()) == 2


def test_a_database_that_lets_callers_wait_is_asked_again_after_a_rest(chat, ledger, monkeypatch):
    """While a server was away, every call took the five seconds of its row's attempts, and then
    every client's first call, and a program with fifty clients four minutes to end."""
    now, tries, record_many = [0.0], [], ledger.record_many

    def away(calls):
        tries.append(now[0])
        now[0] += 5
        raise sa.exc.OperationalError("INSERT", {}, Exception("the server is away"))

    monkeypatch.setattr(clients, "monotonic", lambda: now[0])
    monkeypatch.setattr(ledger, "record_many", away)
    with pytest.warns(RuntimeWarning, match="the server is away"):
        for _ in range(4):
            chat.chat.completions.create(**CHAT)
        other = track(connect("openai"), ledger)
        other.chat.completions.create(**CHAT)
        assert tries == [0]
        now[0] = 105
        chat.chat.completions.create(**CHAT)
        assert tries == [0, 105]
        monkeypatch.setattr(clients, "_WATCHED", set())  # no other test's
        monkeypatch.setattr(clients, "_WAITING", {c._client._transport for c in (chat, other)})
        clients._before_python_ends()
        assert tries == [0, 105, 110]
    monkeypatch.setattr(ledger, "record_many", record_many)
    chat.chat.completions.create(**CHAT)
    assert len(ledger.frame()) == 0
    chat.close()  # whoever closes waits no longer
    other.close()
    assert len(ledger.frame()) == 7


def test_a_row_left_by_a_finalizer_while_others_are_written_is_known_to_wait(chat, ledger):
    """It was forgotten with the end of that writing, and a program that then ended lost it."""
    left = [chat.chat.completions.create(**CHAT, stream=True)]
    sa.event.listen(ledger.engine, "commit", lambda _: left.clear() or gc.collect(), once=True)
    chat.chat.completions.create(**CHAT)
    assert chat._client._transport in clients._WAITING
    assert len(ledger.frame()) == 1
    chat.close()
    assert len(ledger.frame()) == 2
    assert chat._client._transport not in clients._WAITING


def test_a_loop_that_ends_with_a_stream_open_says_nothing_and_keeps_the_row(ledger):
    client, said = track(connect_async("openai"), ledger), []

    async def leave():
        asyncio.get_running_loop().set_exception_handler(lambda loop, what: said.append(what))
        stream = await client.chat.completions.create(**CHAT, stream=True)
        async for _ in stream:
            return stream

    asyncio.run(leave())
    assert said == [] and the_row(ledger)["status"] == "interrupted"


def test_a_stream_that_is_dropped_while_the_ledger_is_read_is_written_later(chat, ledger):
    """Python may drop it at any moment, in the middle of a read too."""
    stream = chat.chat.completions.create(**CHAT, stream=True)
    with ledger._at_work(), ledger.engine.connect():  # the one connection of this database
        del stream
        gc.collect()
    assert rows(ledger) == []
    chat.close()
    assert the_row(ledger)["status"] == "interrupted"


LEFT_IN_THE_MIDDLE = """
import gc
from contextvars import ContextVar
from costlib import connect
from costlib.tracking import Ledger, track

ledger = Ledger()
client = track(connect("openai"), ledger)
chat = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 400}
for number in range(6):  # so that the context's tree has some depth
    ContextVar(f"other {number}").set(number)
mine = ContextVar("mine")
gc.disable()
for number in range(48):
    stream = client.chat.completions.create(**chat, stream=True)
    reader = iter(stream)
    if number % 2:
        next(reader)
    circle = [stream, reader]
    circle.append(circle)
    del stream, reader, circle
    gc.set_threshold(gc.get_count()[0] + number // 2 % 12)  # the objects that one `set` makes
    gc.enable()
    for value in range(300):
        mine.reset(mine.set(value))
    gc.disable()
gc.collect()
print(len(ledger.frame(status="interrupted")))
"""


def test_a_stream_that_is_dropped_while_a_context_variable_is_set_crashes_nothing():
    """CPython loses its place when a finalizer sets another one there: gh-148891."""
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LEFT_IN_THE_MIDDLE],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert (ran.returncode, ran.stdout.strip(), ran.stderr) == (0, "48", "")


# --- Prompts ------------------------------------------------------------------------------------


def test_prompt_hashes():
    base = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}]}
    same = [
        {**base, "model": "gpt-4o"},
        {**base, "stream": True, "service_tier": "flex", "max_tokens": 5, "metadata": {"a": "b"}},
        {"messages": [{"content": "Hi", "role": "user", "cache_control": {"type": "ephemeral"}}]},
    ]
    assert {prompt_hash(body) for body in same} == {prompt_hash(base)}
    other = [
        {**base, "messages": [{"role": "user", "content": "Hi."}]},
        {**base, "messages": [*base["messages"], {"role": "assistant", "content": "Yes?"}]},
        {**base, "response_format": {"type": "json_object"}},
        {**base, "tools": []} | {"tool_choice": "none"},
    ]
    assert len({prompt_hash(body) for body in (base, *other)}) == 5


def test_no_text_is_stored(chat, ledger):
    secret = "my account number is 42-4711"
    chat.chat.completions.create(**{**CHAT, "messages": [{"role": "user", "content": secret}]})
    assert "4711" not in str(rows(ledger))
