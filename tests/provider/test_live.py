"""Live mode against the offline handlers behind a loopback HTTP server: a cap, a hidden key."""

from __future__ import annotations

import asyncio
import json
import logging
import pickle
import socket
import threading
import traceback
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import anthropic
import httpx2
import openai
import pytest

from costlib.pricing.cost import cost_of
from costlib.pricing.regions import region_of_host
from costlib.provider import Failure, connect, connect_async, live, provider_of
from costlib.provider.errors import ApiError
from costlib.provider.live import SpendingCap, live_client, spending_cap
from costlib.provider.worst_case import most_it_can_cost
from costlib.usage.read import read_usage

KEY = "sk-loopback-0123456789"
QUESTION = [{"role": "user", "content": "My card was declined twice today. Why?"}]
CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION, "max_completion_tokens": 400}
RESPONSE = {"model": "gpt-5-mini", "input": "Why was it declined?", "max_output_tokens": 900}
CLAUDE = {"model": "claude-sonnet-5-5", "max_tokens": 600, "messages": QUESTION}


class Loopback:
    """The offline handlers of a vendor behind a port of this machine; `keys` is what arrived."""

    def __init__(self, vendor: str) -> None:
        offline = connect(vendor)
        self.provider, transport = provider_of(offline), offline._client._transport
        self.keys: list[str | None] = []
        self.refuse_with: tuple[int, bytes] | None = None
        loopback = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.0"

            def do_POST(self) -> None:
                loopback.keys.append(self.headers.get("authorization") or "")
                loopback.keys.append(self.headers.get("x-api-key") or "")
                content = self.rfile.read(int(self.headers.get("content-length") or 0))
                if loopback.refuse_with is not None:
                    status, body = loopback.refuse_with
                    self.send_response(status)
                    self.send_header("content-type", "application/json")
                    self.end_headers()
                    self.wfile.write(body)
                    return
                headers = {k: v for k, v in self.headers.items() if k.lower() != "host"}
                request = httpx2.Request(
                    self.command, f"http://offline{self.path}", headers=headers, content=content
                )
                try:
                    response = transport.handle_request(request)
                    self.send_response(response.status_code)
                    for name, value in response.headers.items():
                        if name not in ("content-length", "transfer-encoding"):
                            self.send_header(name, value)
                    self.end_headers()
                    for chunk in response.stream:
                        self.wfile.write(chunk)
                except (httpx2.TransportError, OSError):
                    self.close_connection = True  # what a cut or a time-out looks like from here

            do_GET = do_POST

            def log_message(self, *args: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True)
        self.thread.start()

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture(autouse=True)
def only_loopback(monkeypatch):
    def guarded(self, address, real=socket.socket.connect):
        assert address[0] == "127.0.0.1", "a test left this machine"
        return real(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)
    monkeypatch.setattr(live, "_cap", None)
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "COSTLIB_LIVE_CAP_USD"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def loopbacks(monkeypatch):
    """Both vendors' servers, with everything in the environment that live mode asks for."""
    found = {vendor: Loopback(vendor) for vendor in ("openai", "anthropic")}
    monkeypatch.setenv("COSTLIB_PROVIDER", "live")
    for vendor, path in (("openai", "/v1"), ("anthropic", "")):
        monkeypatch.setenv(f"{vendor.upper()}_API_KEY", KEY)
        monkeypatch.setenv(f"{vendor.upper()}_BASE_URL", found[vendor].address + path)
    yield found
    for server in found.values():
        server.close()


def strict(vendor, connecting=connect, **options):
    client = connecting(vendor).with_options(max_retries=0, **options)
    client._strict_response_validation = True
    return client


def price(reply, model, vendor):
    return cost_of(read_usage(reply), model, provider=vendor).total


# --- Opting in ---------------------------------------------------------------------------------


def test_a_key_alone_spends_nothing(monkeypatch):
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("COSTLIB_PROVIDER", raising=False)
    client = connect("openai")
    client.chat.completions.create(**CHAT)
    assert len(provider_of(client).log) == 1
    with pytest.raises(RuntimeError, match="need COSTLIB_PROVIDER=live"):
        live_client("openai")


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_live_without_a_key(monkeypatch, vendor):
    monkeypatch.setenv("COSTLIB_PROVIDER", "live")
    with pytest.raises(RuntimeError, match=f"{vendor.upper()}_API_KEY is not"):
        connect(vendor)


def test_a_key_does_not_travel_openly(monkeypatch):
    monkeypatch.setenv("COSTLIB_PROVIDER", "live")
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_BASE_URL", "http://api.openai.example/v1")
    with pytest.raises(RuntimeError, match="https"):
        connect("openai")


def test_a_live_client_shares_no_offline_provider(loopbacks):
    with pytest.raises(ValueError, match="shares no offline provider"):
        connect("openai", provider=loopbacks["openai"].provider)
    with pytest.raises(ValueError, match="not on the offline provider"):
        provider_of(connect("openai"))


# --- Calls -------------------------------------------------------------------------------------


def test_calls_are_settled_at_what_the_responses_say(loopbacks):
    gpt, claude = strict("openai"), strict("anthropic")
    assert type(gpt) is openai.OpenAI
    assert type(claude) is anthropic.Anthropic
    chat = gpt.chat.completions.create(**CHAT)
    response = gpt.responses.create(**RESPONSE)
    message = claude.messages.create(**CLAUDE)
    expected = price(chat, "gpt-4.1-mini", "openai")
    expected += price(response, "gpt-5-mini", "openai")
    expected += price(message, "claude-sonnet-5-5", "anthropic")
    assert spending_cap().spent == expected > 0
    assert spending_cap().reserved == 0
    assert spending_cap().limit == Decimal("0.25")


def test_streams_are_settled_once_they_have_ended(loopbacks):
    gpt, claude = strict("openai"), strict("anthropic")
    chunks = list(
        gpt.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    )
    expected = price(chunks[-1], "gpt-4.1-mini", "openai")
    assert spending_cap().spent == expected
    with gpt.responses.stream(**RESPONSE) as stream:
        for _ in stream:
            pass
    expected += price(stream.get_final_response(), "gpt-5-mini", "openai")
    assert spending_cap().spent == expected
    with claude.messages.stream(**CLAUDE) as stream:
        message = stream.get_final_message()
    expected += price(message, "claude-sonnet-5-5", "anthropic")
    assert spending_cap().spent == expected
    assert spending_cap().reserved == 0


def test_asynchronous_calls_and_streams(loopbacks):
    async def both():
        gpt = strict("openai", connect_async)
        chat = await gpt.chat.completions.create(**CHAT)
        claude = strict("anthropic", connect_async)
        async with claude.messages.stream(**CLAUDE) as stream:
            message = await stream.get_final_message()
        return chat, message

    chat, message = asyncio.run(both())
    expected = price(chat, "gpt-4.1-mini", "openai")
    expected += price(message, "claude-sonnet-5-5", "anthropic")
    assert spending_cap().spent == expected
    assert spending_cap().reserved == 0


def test_a_stream_without_usage_counts_as_its_worst_case(loopbacks):
    client = strict("openai")
    list(client.chat.completions.create(**CHAT, stream=True))
    (record,) = loopbacks["openai"].provider.log
    assert spending_cap().reserved == 0
    assert spending_cap().spent > price({"usage": record.usage}, "gpt-4.1-mini", "openai")


def test_a_cut_stream_counts_as_its_worst_case(loopbacks):
    loopbacks["anthropic"].provider.failures.script(Failure.cut(3))
    client = strict("anthropic")
    with pytest.raises((anthropic.APIError, httpx2.HTTPError, AssertionError)):
        with client.messages.stream(**CLAUDE) as stream:
            stream.get_final_message()
        raise AssertionError("closed early without an error")
    assert spending_cap().spent >= 600 * Decimal("10") / 1_000_000
    assert spending_cap().reserved == 0


def test_a_lost_connection_counts_as_its_worst_case_and_a_refused_one_as_nothing(loopbacks):
    loopbacks["openai"].provider.failures.script("timeout")
    client = strict("openai")
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**CHAT)
    spent = spending_cap().spent
    assert spent > 0
    loopbacks["openai"].close()
    with pytest.raises(openai.APIConnectionError):
        client.chat.completions.create(**CHAT)
    assert (spending_cap().spent, spending_cap().reserved) == (spent, 0)


def test_a_stream_may_be_dropped_while_its_own_thread_counts(loopbacks):
    """The garbage collector may do so, and a lock that is waited for would never come free."""
    stream = strict("openai").chat.completions.create(**CHAT, stream=True)
    cap = spending_cap()

    def drop():
        with cap._lock:
            stream.close()

    dropper = threading.Thread(target=drop, daemon=True)
    dropper.start()
    dropper.join(timeout=20)
    assert not dropper.is_alive()
    assert (cap.spent > 0, cap.reserved) == (True, 0)


def test_what_the_api_refuses_costs_nothing_and_retries_are_reserved_one_by_one(loopbacks):
    loopbacks["openai"].provider.failures.script(500, 429)
    client = connect("openai")
    reply = client.chat.completions.create(**CHAT)
    assert [record.status for record in loopbacks["openai"].provider.log] == [500, 429, 200]
    assert spending_cap().spent == price(reply, "gpt-4.1-mini", "openai")


def test_free_routes_need_no_room(loopbacks, monkeypatch):
    monkeypatch.setenv("COSTLIB_LIVE_CAP_USD", "0")
    gpt, claude = strict("openai"), strict("anthropic")
    assert gpt.responses.input_tokens.count(model="gpt-5-mini", input="Hi").input_tokens > 0
    assert claude.messages.count_tokens(model="claude-sonnet-5-5", messages=QUESTION)
    assert len(list(gpt.models.list())) > 5
    with pytest.raises(openai.APIStatusError, match="spending cap"):
        gpt.chat.completions.create(**CHAT)


DELTAS = [
    {"type": "message_start", "message": {"usage": {"input_tokens": 10, "output_tokens": 1}}},
    {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 4}},
    {"type": "message_delta", "delta": {}, "usage": {"input_tokens": 0, "output_tokens": 600}},
    {"type": "message_stop"},
]


def counting(output):
    return {"type": "message_delta", "delta": {}, "usage": {"output_tokens": output}}


CHUNKS = [
    {"choices": [{"delta": {}}], "usage": {"prompt_tokens": 10, "completion_tokens": 4}},
    {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 600}},
]


def on_the_wire(events, end=b""):
    return b"".join(b"data: " + json.dumps(each).encode() + b"\n\n" for each in events) + end


@pytest.mark.parametrize(
    ("vendor", "body", "stream", "usd"),
    [
        # sonnet-5-5 at 2 and 10 USD a million: 10 x 2 + 600 x 10
        ("anthropic", CLAUDE, on_the_wire(DELTAS), Decimal("0.00602")),
        # gpt-4.1-mini at 0.4 and 1.6: 10 x 0.4 + 600 x 1.6
        ("openai", CHAT, on_the_wire(CHUNKS, b"data: [DONE]\n\n"), Decimal("0.000964")),
        ("anthropic", CLAUDE, on_the_wire(DELTAS[:-1]), None),  # it may not have been the last
        *(
            ("anthropic", CLAUDE, on_the_wire([*DELTAS[:2], counted, DELTAS[-1]]), None)
            for counted in map(counting, (-5, float("nan"), 10**30, 5.5, "600", True))
        ),
        ("openai", CHAT, on_the_wire(CHUNKS[:1]), None),
        ("openai", CHAT, on_the_wire([{"choices": [None], "usage": "much"}, None, 5]), None),
        ("anthropic", CLAUDE, on_the_wire([{"type": "message_start"}, DELTAS[-1]]), None),
        ("openai", RESPONSE, on_the_wire([{"type": "response.completed"}]), None),
        ("openai", CHAT, b'{"usage": {"prompt_tokens": [], "completion_tokens": {}}}', None),
        ("openai", CHAT, b"[" * 100_000, None),
    ],
)
def test_the_last_usage_of_a_stream_counts_and_what_cannot_be_read_does_not(
    vendor, body, stream, usd
):
    assert live.charge_of(vendor, json.dumps(body).encode(), stream) == usd


@pytest.mark.parametrize(("place", "usd"), [("global", "0.00602"), ("us", "0.006622")])
def test_what_one_region_adds_counts_once(place, usd):
    usage = {"input_tokens": 10, "output_tokens": 600, "inference_geo": place}
    read = json.dumps({"type": "message", "usage": usage}).encode()
    assert live.charge_of("anthropic", json.dumps(CLAUDE).encode(), read) == Decimal(usd)


def test_an_accounting_that_fails_counts_the_reservation_and_reaches_nobody(loopbacks, monkeypatch):
    def fails(*_):
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(live, "charge_of", fails)
    reply = strict("openai").chat.completions.create(**CHAT)
    assert reply.choices
    assert spending_cap().reserved == 0
    assert spending_cap().spent > price(reply, "gpt-4.1-mini", "openai")


@pytest.mark.parametrize(("status", "free"), [(503, True), (529, True), (504, False), (408, False)])
def test_a_gateway_s_time_out_may_have_been_billed(loopbacks, status, free):
    loopbacks["openai"].refuse_with = (status, b"{}")
    with pytest.raises(openai.APIStatusError):
        strict("openai").chat.completions.create(**CHAT)
    assert spending_cap().reserved == 0
    assert (spending_cap().spent == 0) is free


# --- The cap -----------------------------------------------------------------------------------


def test_the_cap_is_one_for_both_vendors_and_stops_before_the_call(loopbacks, monkeypatch):
    monkeypatch.setenv("COSTLIB_LIVE_CAP_USD", "0.012")
    gpt, claude = strict("openai"), strict("anthropic")
    calls = 0
    with pytest.raises(anthropic.APIStatusError, match="was not sent") as caught:
        for _ in range(50):
            gpt.chat.completions.create(**CHAT)
            calls += 1
            claude.messages.create(**{**CLAUDE, "max_tokens": 500})
            calls += 1
    assert caught.value.status_code == 402
    log = [record for server in loopbacks.values() for record in server.provider.log]
    assert len(log) == calls > 0
    assert spending_cap().spent <= spending_cap().limit


def test_many_threads_cannot_overspend(loopbacks, monkeypatch):
    monkeypatch.setenv("COSTLIB_LIVE_CAP_USD", "0.01")
    client = strict("openai")
    barrier, refused = threading.Barrier(16), []

    def work():
        barrier.wait()
        try:
            client.chat.completions.create(**CHAT)
        except openai.APIStatusError as error:
            refused.append(error.status_code)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    log = loopbacks["openai"].provider.log
    assert refused and set(refused) == {402}
    assert len(log) == 16 - len(refused)
    assert spending_cap().spent <= Decimal("0.01")
    assert spending_cap().reserved == 0


@pytest.mark.parametrize(
    "change",
    [
        {"max_completion_tokens": None},
        {"tools": [{"type": "web_search"}]},
        {"web_search_options": {}},
        {"model": "gpt-4o-search-preview"},
        {"modalities": ["text", "audio"]},
        {"model": "gpt-9"},
        {"messages": [{"role": "user", "content": [
            {"type": "image_url", "image_url": {"url": "https://example.org/a.png"}}]}]},
    ],
)  # fmt: skip
def test_what_has_no_bound_is_not_sent(loopbacks, change):
    body = {k: v for k, v in {**CHAT, **change}.items() if v is not None}
    with pytest.raises(openai.BadRequestError, match=r"Live mode"):
        strict("openai").chat.completions.create(**body)
    assert loopbacks["openai"].keys == []


@pytest.mark.parametrize(
    "body",
    [{"tools": 5}, {"tools": {"a": 1}}, {"model": ["gpt-4.1"]}, {"messages": [[[{"type": {}}]]]},
     {"max_completion_tokens": "much"}],
)  # fmt: skip
def test_what_cannot_be_bounded_is_refused_in_a_sentence_and_reserves_nothing(loopbacks, body):
    with pytest.raises(openai.BadRequestError, match="Live mode"):
        strict("openai").chat.completions.create(**CHAT, extra_body=body)
    assert loopbacks["openai"].keys == []
    assert (spending_cap().spent, spending_cap().reserved) == (0, 0)


def test_other_routes_are_not_sent(loopbacks):
    client = strict("openai")
    for call in (
        lambda: client.batches.list(),
        lambda: client.responses.create(**RESPONSE, previous_response_id="resp_1"),
        lambda: client.responses.create(model="gpt-5-mini", input="Hi"),
        lambda: client.images.generate(prompt="a card", model="gpt-image-1"),
    ):
        with pytest.raises(openai.BadRequestError, match="Live mode"):
            call()
    assert loopbacks["openai"].keys == []


def test_the_worst_case_is_never_below_the_charge():
    for vendor, path, body in (
        ("openai", "/chat/completions", CHAT),
        ("openai", "/chat/completions", {**CHAT, "model": "gpt-4o", "n": 3}),
        ("openai", "/chat/completions", {**CHAT, "model": "gpt-6-luna", "service_tier": "fast"}),
        ("anthropic", "/v1/messages", {**CLAUDE, "messages": [
            {"role": "user", "content": "ünïcødé 你好 " * 300}]}),
        ("anthropic", "/v1/messages", {**CLAUDE, "model": "claude-haiku-4-5"}),
    ):  # fmt: skip
        client = connect(vendor)
        create = client.messages.create if vendor == "anthropic" else client.chat.completions.create
        reply = create(**body)
        bound = most_it_can_cost(vendor, "POST", path, json.dumps(body).encode())
        assert bound >= price(reply, body["model"], vendor)


def test_the_worst_case_of_ultrafast_and_of_a_project_that_may_ask_for_it():
    body = {"model": "gpt-6-astra", "input": "Hi", "max_output_tokens": 1_000}
    for asked, write, output in ((None, 150, 300), ("ultrafast", 150, 300), ("default", 25, 50)):
        content = json.dumps(body | ({"service_tier": asked} if asked else {})).encode()
        # gpt-6-astra: 12-hour writes 25 USD and output 50, six times that in ultrafast; regions 1.1
        expected = Decimal("1.1") * ((len(content) + 2_000) * write + 1_000 * output) / 1_000_000
        assert most_it_can_cost("openai", "POST", "/responses", content) == expected
    unknown = json.dumps(body | {"model": "gpt-6-luna", "service_tier": "ultrafast"}).encode()
    with pytest.raises(ApiError, match="whose price is unknown"):
        most_it_can_cost("openai", "POST", "/responses", unknown)


def test_the_worst_case_by_hand():
    content = json.dumps({**CLAUDE, "max_tokens": 1_000}).encode()
    # claude-sonnet-5-5: 1-hour writes cost twice the 2 USD of input, output 10; one region 1.1.
    expected = Decimal("1.1") * ((len(content) + 2_000) * 4 + 1_000 * 10) / 1_000_000
    assert most_it_can_cost("anthropic", "POST", "/v1/messages", content) == expected


@pytest.mark.parametrize(("region", "usd"), [(None, "0.02"), ("jp", "0.022")])
def test_a_host_of_one_region_charges_for_it(region, usd):
    body = {**CHAT, "model": "gpt-5.5"}
    read = {
        "model": "gpt-5.5",
        "object": "chat.completion",
        "usage": {"prompt_tokens": 1_000, "completion_tokens": 500, "total_tokens": 1_500},
    }
    sent, got = json.dumps(body).encode(), json.dumps(read).encode()  # fmt: skip
    assert live.charge_of("openai", sent, got, region) == Decimal(usd)  # 5 and 30 a million
    assert region_of_host(f"{region}.api.openai.com" if region else "api.openai.com") == region


@pytest.mark.parametrize("limit", ["-1", "nan", "lots", "inf", ""])
def test_a_cap_that_is_no_amount(limit):
    with pytest.raises(ValueError, match="spending cap"):
        SpendingCap(limit)


def test_a_reservation_that_does_not_fit():
    cap = SpendingCap("0.10")
    cap.reserve(Decimal("0.06"))
    with pytest.raises(ApiError, match=r"\$0.04 left"):
        cap.reserve(Decimal("0.05"))
    cap.settle(Decimal("0.06"), Decimal("0.01"))
    cap.reserve(Decimal("0.09"))
    assert cap.left == 0


# --- The key -----------------------------------------------------------------------------------


def test_the_key_arrives_and_is_nowhere_else(loopbacks, caplog, capsys):
    caplog.set_level(logging.DEBUG)
    shown = []
    for vendor in ("openai", "anthropic"):
        client = strict(vendor)
        if vendor == "openai":
            raw = client.chat.completions.with_raw_response.create(**CHAT)
        else:
            raw = client.messages.with_raw_response.create(**CLAUDE)
        shown += [repr(client), repr(client._client), repr(client._client._transport)]
        shown += [repr(vars(client)), repr(raw.http_request.headers.raw), repr(raw.headers.raw)]
        server = loopbacks[vendor]
        server.refuse_with = (
            401,
            json.dumps(
                {
                    "error": {
                        "message": f"Incorrect API key: {KEY}, or sk-loop*****6789",
                        "type": "x",
                    }
                }
            ).encode(),
        )
        with pytest.raises((openai.AuthenticationError, anthropic.AuthenticationError)) as caught:
            (client.models.list() if vendor == "openai" else client.messages.create(**CLAUDE))
        shown += [repr(caught.value), "".join(traceback.format_exception(caught.value))]
        shown += [repr(caught.value.request.headers.raw), caught.value.response.text]
        assert "[key]" in caught.value.response.text
        server.close()
        with pytest.raises((openai.APIConnectionError, anthropic.APIConnectionError)) as caught:
            (client.models.list() if vendor == "openai" else client.messages.create(**CLAUDE))
        shown += ["".join(traceback.format_exception(caught.value))]
        shown += [repr(caught.value.request.headers.raw)]
    everything = "".join([*shown, caplog.text, *capsys.readouterr()])
    assert f"Bearer {KEY}" in loopbacks["openai"].keys
    assert KEY in loopbacks["anthropic"].keys
    assert len(caplog.text) > 100, "the SDKs' debug log was on"
    assert KEY not in everything
    assert KEY[3:12] not in everything and "6789" not in everything


def test_the_key_goes_to_no_other_host(loopbacks):
    client = strict("openai")
    with pytest.raises(openai.PermissionDeniedError, match="was not sent"):
        client.with_options(base_url=loopbacks["anthropic"].address).chat.completions.create(**CHAT)
    assert loopbacks["anthropic"].keys == []


def test_a_transport_is_not_written_to_disk(loopbacks):
    with pytest.raises(TypeError):
        pickle.dumps(connect("openai")._client._transport)
