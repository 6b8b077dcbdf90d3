"""Whatever wire, tags and database do: the answer arrives, and a row says what is known."""

from __future__ import annotations

import base64
import gzip
import json
import struct
import warnings
from contextlib import suppress
from decimal import Decimal

import anthropic
import httpx2
import openai
import pandas
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.budgets.budget import Budget, Limit
from costlib.tracking import clients
from costlib.tracking.answers import Answer
from costlib.tracking.clients import track
from costlib.tracking.ledger import Ledger

SAID = [{"role": "user", "content": "hi there"}]
CHAT = {"model": "gpt-4.1-mini", "messages": SAID}
CLAUDE = {"model": "claude-sonnet-5-5", "messages": SAID, "max_tokens": 50}
REPLY = {
    "id": "c", "object": "chat.completion", "created": 1, "model": "gpt-4.1-mini",
    "choices": [{"index": 0, "finish_reason": "stop",
                 "message": {"role": "assistant", "content": "Hello."}}],
    "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
}  # fmt: skip
MESSAGE = {
    "id": "m", "type": "message", "role": "assistant", "model": "claude-sonnet-5-5",
    "content": [{"type": "text", "text": "Hello."}], "stop_reason": "end_turn",
    "stop_sequence": None, "usage": {"input_tokens": 10, "output_tokens": 5},
}  # fmt: skip


def answering(body, **head):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    head = {"content-type": "application/json", **head}
    return httpx2.MockTransport(lambda _: httpx2.Response(200, content=content, headers=head))


def gpt(ledger, body, *, host="https://api.openai.com/v1", head=None, **given):
    http = httpx2.Client(transport=answering(body, **(head or {})))
    client = openai.OpenAI(api_key="k", base_url=host, http_client=http, max_retries=0)
    return track(client, ledger, **given)


def the_row(ledger):
    (row,) = ledger.frame().to_dict("records")
    return row


# --- Streams ------------------------------------------------------------------------------------

STREAMS = {
    "chat": [
        {"model": "gpt-4.1-mini", "choices": [{"delta": {"content": "Hello"}, "index": 0}]},
        {"model": "gpt-4.1-mini", "choices": [{"delta": {}, "finish_reason": "stop"}]},
        {"choices": [], "usage": {"prompt_tokens": 10, "completion_tokens": 5}},
    ],
    "messages": [
        {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Hi"}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"},
         "usage": {"output_tokens": 5}},
        {"type": "message_stop"},
    ],
    "responses": [
        {"type": "response.created", "response": {"model": "gpt-5-mini"}},
        {"type": "response.output_text.delta", "delta": "Hello"},
        {"type": "response.completed", "response": {
            "model": "gpt-5-mini", "status": "completed", "output": [],
            "usage": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}}},
    ],
}  # fmt: skip
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)


def paths(value, path=()):
    yield path
    if isinstance(value, dict | list):
        for name, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield from paths(inner, (*path, name))


def damaged(events, path, junk):
    copy = json.loads(json.dumps(events))
    if not path:
        return junk if isinstance(junk, list) else [junk]
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = junk
    return copy


@settings(max_examples=100)
@given(data=st.data())
@pytest.mark.parametrize("operation", STREAMS)
def test_no_damage_to_a_stream_raises_and_every_answer_is_counted(operation, data):
    events = STREAMS[operation]
    path = data.draw(st.sampled_from(list(paths(events))))
    events = damaged(events, path, data.draw(JUNK))
    cut = data.draw(st.integers(0, len(events)))
    answer = Answer(operation, {**CHAT, "stream": True}, "openai")
    for event in events[:cut]:
        answer.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    answer.end()
    usage, estimated = answer.usage()
    assert 0 < usage.input_tokens < 2**62 and 0 <= usage.output_tokens < 2**62
    if cut == 0:
        assert estimated


@pytest.mark.parametrize("operation", STREAMS)
def test_a_stream_is_exact_whole_and_estimated_where_it_was_cut(operation):
    for cut in range(len(STREAMS[operation]) + 1):
        answer = Answer(operation, {**CHAT, "stream": True}, "openai")
        for event in STREAMS[operation][:cut]:
            answer.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
        answer.end()
        usage, estimated = answer.usage()
        whole = cut >= 3
        assert estimated is not whole
        if whole:
            assert (usage.input_tokens, usage.output_tokens) == (10, 5)


def test_later_counts_outgrow_the_first_split_and_zeros_erase_nothing():
    answer = Answer("messages", {**CLAUDE, "stream": True}, "anthropic")
    start = {
        "input_tokens": 3, "output_tokens": 1, "cache_creation_input_tokens": 456,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 456},
    }  # fmt: skip
    late = {"input_tokens": 0, "cache_creation_input_tokens": 7_345, "output_tokens": 510}
    for event in (
        {"type": "message_start", "message": {"usage": start}},
        {"type": "message_delta", "delta": {}, "usage": late},
        {"type": "message_stop"},
    ):
        answer.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
    usage, estimated = answer.usage()
    assert not estimated
    # 3 + 7,345, all written for an hour, the one lifetime that was in use
    assert (usage.input_tokens, usage.cache_write_1h_tokens) == (7_348, 7_345)
    assert usage.output_tokens == 510


# --- Whole answers ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        {"usage": {"prompt_tokens": 2**61, "completion_tokens": 2**61}},
        {"usage": {"prompt_tokens": 10, "completion_tokens": 5, "lunar_tokens": 7}},
        {"usage": {"prompt_tokens": -1, "completion_tokens": 5}},
        {"usage": [1, 2]}, {"usage": None}, {"service_tier": 5}, {"service_tier": "moon"},
        {"model": None}, {"choices": [None]}, {"choices": "none"}, {"error": 7},
    ],
)  # fmt: skip
def test_an_odd_body_arrives_and_leaves_one_row(change):
    ledger = Ledger()
    reply = gpt(ledger, {**REPLY, **change}).chat.completions.create(**CHAT)
    assert reply is not None
    row = the_row(ledger)
    assert row["input_tokens"] > 0 and row["model"] == "gpt-4.1-mini"
    if "usage" in change:
        assert row["estimated"]


TAGS = {"user": "nul \x00 in it", "feature": "half a pair \ud800", "project": "x" * 10_000}


def test_a_tag_that_no_database_holds_costs_no_answer_and_no_row(database_url):
    ledger = Ledger(database_url)
    client = gpt(ledger, REPLY, **TAGS)
    for _ in range(3):
        client.chat.completions.create(**CHAT)
    rows = ledger.frame()
    assert len(rows) == 3 and set(rows["user"]) == {"nul � in it"}
    ledger.close()


def test_one_bad_row_holds_back_no_other_and_is_named(database_url, monkeypatch):
    ledger = Ledger(database_url)
    client = gpt(ledger, REPLY)
    one = ledger.record

    def poisonous(call):
        if call.user == "bad":
            raise ValueError("a value that no column takes")
        return one(call)

    monkeypatch.setattr(ledger, "record", poisonous)
    monkeypatch.setattr(ledger, "record_many", lambda calls: [poisonous(call) for call in calls])
    with clients.tags(user="bad"), pytest.warns(RuntimeWarning, match=r"left out.*no column takes"):
        assert client.chat.completions.create(**CHAT).choices
    for _ in range(2):
        client.chat.completions.create(**CHAT)
    assert len(ledger.frame()) == 2
    ledger.close()


def test_warnings_that_are_errors_stop_no_call(tmp_path):
    ledger = Ledger(tmp_path / "x.sqlite")
    client = gpt(ledger, REPLY, host="https://somewhere.example/v1")
    with ledger.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE calls")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert client.chat.completions.create(**CHAT).choices


# --- Other doors --------------------------------------------------------------------------------


def framed(events):
    """Events as Bedrock sends them: frames without headers, their checksums not looked at."""
    out = b""
    for event in events:
        inner = base64.b64encode(json.dumps(event).encode()).decode()
        payload = json.dumps({"bytes": inner}).encode()
        out += struct.pack(">III", len(payload) + 16, 0, 0) + payload + b"\0\0\0\0"
    return out


def bedrock(ledger, body, head=None):
    http = httpx2.Client(transport=answering(body, **(head or {})))
    client = anthropic.AnthropicBedrock(
        api_key="k", aws_region="eu-west-1", http_client=http, max_retries=0
    )
    return track(client, ledger, provider="anthropic")


def test_bedrock_leaves_a_row():
    ledger = Ledger()
    bedrock(ledger, MESSAGE).messages.create(**CLAUDE)
    row = the_row(ledger)
    assert (row["operation"], row["model"]) == ("messages", "claude-sonnet-5-5")
    assert (row["input_tokens"], row["output_tokens"], row["estimated"]) == (10, 5, False)
    assert row["cost_pusd"] == 70_000_000  # 10 x 2 + 5 x 10 USD a million


def test_bedrock_s_binary_stream_is_read_in_any_pieces():
    data = framed(STREAMS["messages"])
    for size in (1, 7, len(data)):
        answer = Answer("messages", {**CLAUDE, "stream": True}, "anthropic")
        answer.begins("application/vnd.amazon.eventstream")
        for at in range(0, len(data), size):
            answer.feed(data[at : at + size])
        answer.end()
        assert answer.usage()[0].output_tokens == 5 and not answer.usage()[1]
        assert answer.complete
    answer = Answer("messages", {**CLAUDE, "stream": True}, "anthropic")
    answer.begins("application/vnd.amazon.eventstream")
    answer.feed(b"no frame at all, and long enough")
    assert answer.usage()[1]


def test_vertex_leaves_a_row():
    ledger = Ledger()
    http = httpx2.Client(transport=answering(MESSAGE))
    client = anthropic.AnthropicVertex(
        region="europe-west1", project_id="p", access_token="t", http_client=http, max_retries=0
    )
    track(client, ledger, provider="anthropic").messages.create(**CLAUDE)
    row = the_row(ledger)
    assert (row["model"], row["cost_pusd"]) == ("claude-sonnet-5-5", 70_000_000)


def test_azure_leaves_a_row_under_the_model_that_answered():
    ledger = Ledger()
    http = httpx2.Client(transport=answering(REPLY))
    client = openai.AzureOpenAI(
        azure_endpoint="https://bank.openai.azure.com", api_version="2026-01-01", api_key="k",
        http_client=http, max_retries=0,
    )  # fmt: skip
    track(client, ledger, provider="openai").chat.completions.create(**{**CHAT, "model": "ours"})
    row = the_row(ledger)
    assert (row["model"], row["cost_pusd"]) == ("gpt-4.1-mini", 12_000_000)  # 10 x .4 + 5 x 1.6


IMAGE = {
    "created": 1, "data": [{"b64_json": "AAAA"}],
    "usage": {"input_tokens": 20, "output_tokens": 300, "total_tokens": 320,
              "input_tokens_details": {"text_tokens": 20, "image_tokens": 0}},
}  # fmt: skip
COMPACTED = {
    "id": "r", "object": "response.compaction", "created_at": 1, "output": [],
    "usage": {"input_tokens": 900, "output_tokens": 80, "total_tokens": 980,
              "input_tokens_details": {"cached_tokens": 0},
              "output_tokens_details": {"reasoning_tokens": 0}},
}  # fmt: skip
HEARD = {"text": "Hello.", "usage": {"type": "tokens", "input_tokens": 14, "output_tokens": 3,
         "total_tokens": 17,
         "input_token_details": {"audio_tokens": 14, "text_tokens": 0}}}  # fmt: skip


def test_pictures_compaction_transcriptions_and_speech_leave_rows():
    ledger = Ledger()
    gpt(ledger, IMAGE).images.generate(model="gpt-image-1", prompt="a card")
    gpt(ledger, COMPACTED).responses.compact(model="gpt-5-mini", input="a long talk")
    gpt(ledger, HEARD).audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", b"RIFF" + bytes(range(256)))
    )
    gpt(ledger, b"\xff\xfb", head={"content-type": "audio/mpeg"}).audio.speech.create(
        model="gpt-4o-mini-tts", voice="alloy", input="Hello."
    )
    rows = ledger.frame().set_index("operation")
    assert list(rows.index) == ["images", "responses", "transcription", "speech"]
    assert list(rows["model"])[:3] == ["gpt-image-1", "gpt-5-mini", "gpt-4o-transcribe"]
    assert list(rows["input_tokens"])[:3] == [20, 900, 14]
    assert list(rows["output_tokens"])[:3] == [300, 80, 3]
    assert rows["estimated"].to_dict()["speech"], "nobody says what speech used"


def test_a_response_whose_stored_prompt_names_the_model_leaves_a_row():
    """`model` is optional there: such a call had no row, and its block was not told of it."""
    answered = {**COMPACTED, "object": "response", "model": "gpt-5-mini", "status": "completed"}
    ledger, budget = Ledger(), Budget("sqlite://", [Limit(usd="1.00")])
    with budget.reserve("0.10"):
        gpt(ledger, answered).responses.create(prompt={"id": "pmpt_1", "version": "2"})
    row = the_row(ledger)
    assert (row["operation"], row["model"], row["cost_pusd"]) == (
        "responses", "gpt-5-mini", 385_000_000,  # 900 x .25 + 80 x 2 USD a million
    )  # fmt: skip
    assert budget.accounts()[0].spent == Decimal("0.000385")


def test_an_answer_of_which_nothing_was_counted_has_no_price():
    ledger = Ledger()
    gpt(ledger, {"text": "Hello."}).audio.transcriptions.create(
        model="gpt-4o-transcribe", file=("a.wav", b"RIFF")
    )
    row = the_row(ledger)
    assert row["estimated"] and pandas.isna(row["cost_pusd"]), "missing is never zero"


def test_a_host_of_one_region_is_a_part_of_the_price():
    ledger = Ledger()
    reply = {**REPLY, "model": "gpt-5.5"}
    places = ("", "us", "eu", "au", "ca", "jp", "in", "sg", "kr", "gb", "ae")
    for place in places:
        host = f"{place}.api.openai.com".lstrip(".")
        client = gpt(ledger, reply, host=f"https://{host}/v1")
        client.chat.completions.create(**{**CHAT, "model": "gpt-5.5"})
    rows = ledger.frame()
    assert list(rows["region"]) == list(places)
    plain, *there = map(int, rows["cost_pusd"])
    assert plain > 0 and {usd * 10 for usd in there} == {plain * 11}


def test_what_leaves_no_row_and_what_has_no_price_is_said_once(monkeypatch):
    monkeypatch.setattr(clients, "_said", set())
    ledger = Ledger()
    film = {"id": "v", "object": "video", "status": "queued", "model": "sora-2"}
    for host in ("api.openai.com", "eu.openai.example", "openrouter.ai", "x.openai.azure.com"):
        client = gpt(ledger, REPLY, host=f"https://{host}/v1")
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            client.chat.completions.create(**CHAT)
            client.chat.completions.create(**CHAT)
        told = [str(each.message) for each in heard]
        assert told == [] if host.startswith("api.") else len(told) == 1 and host in told[0]
    client = gpt(ledger, film)
    with pytest.warns(RuntimeWarning, match="/v1/videos leave no row"):
        client.post("/videos", body={"model": "sora-2", "prompt": "a card"}, cast_to=object)
    rows = ledger.frame()
    assert list(rows["cost_pusd"].isna()) == [False] * 2 + [True] * 6


# --- What nobody can count ----------------------------------------------------------------------

QUEUED = {
    "id": "resp_1", "object": "response", "created_at": 1, "status": "queued", "output": [],
    "model": "gpt-5.5", "background": True, "parallel_tool_calls": True, "tool_choice": "auto",
    "tools": [], "usage": None,
}  # fmt: skip


def read(stream):
    return list(stream)


@pytest.mark.parametrize(
    ("body", "kind", "call"),
    [
        (QUEUED, "application/json", lambda gpt: gpt.responses.create(
            model="gpt-5.5", input="A long report.", background=True)),
        (b'data: {"type": "response.queued", "sequence_number": 1, "response": {}}\n\n',
         "text/event-stream", lambda gpt: read(gpt.responses.create(
             model="gpt-5.5", input="A long report.", background=True, stream=True))),
        (b"\xff\xfb", "audio/mpeg", lambda gpt: gpt.audio.speech.create(
            model="gpt-4o-mini-tts", voice="alloy", input="Hello.")),
        ({"created": 1, "data": [{"b64_json": "AAAA"}]}, "application/json",
         lambda gpt: gpt.images.generate(model="gpt-image-1", prompt="a card")),
        (b"<html>Sign in</html>", "text/html", lambda gpt: gpt.chat.completions.create(**CHAT)),
    ],
    ids=["background", "background stream", "speech", "picture", "sign-in page"],
)  # fmt: skip
def test_what_nobody_can_count_has_no_price_and_holds_its_whole_reservation(body, kind, call):
    """Its input alone had been its price: $0.00004 of a report, and a hard limit passed."""
    ledger, budget = Ledger(), Budget("sqlite://", [Limit(usd="1.00")])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with budget.reserve("0.10"):
            call(gpt(ledger, body, head={"content-type": kind}))
    row = the_row(ledger)
    assert row["estimated"] and pandas.isna(row["cost_pusd"])
    assert budget.accounts()[0].spent == Decimal("0.10")


def test_a_background_answer_that_is_done_has_its_price_and_is_said_once(monkeypatch):
    monkeypatch.setattr(clients, "_said", set())
    ledger = Ledger()
    done = {**QUEUED, "status": "completed", "usage": {
        "input_tokens": 10, "input_tokens_details": {"cached_tokens": 0}, "output_tokens": 5,
        "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 15}}  # fmt: skip
    client = gpt(ledger, done)
    with pytest.warns(RuntimeWarning, match="in the background") as told:
        for _ in range(2):
            client.responses.create(model="gpt-5.5", input="Hm?", background=True)
    assert len(told) == 1
    assert list(ledger.frame()["cost_pusd"]) == [200_000_000] * 2  # 10 x 5 + 5 x 30 USD a million


def test_a_total_that_its_parts_do_not_explain_is_not_forgotten():
    """Gemini behind OpenAI's API: the thoughts are in the total only (cloudwego/eino-ext 827)."""
    ledger = Ledger()
    host = "https://generativelanguage.googleapis.com/v1beta/openai/"
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 115}
    client = gpt(ledger, {**REPLY, "model": "gemini-2.5-flash", "usage": usage}, host=host)
    client.chat.completions.create(**{**CHAT, "model": "gemini-2.5-flash"})
    row = the_row(ledger)
    assert (row["input_tokens"], row["output_tokens"], row["estimated"]) == (10, 105, True)


def test_a_redirection_that_nobody_follows_costs_nothing():
    ledger = Ledger()
    moved = httpx2.MockTransport(lambda _: httpx2.Response(307, headers={"location": "/v2"}))
    http = httpx2.Client(transport=moved)
    client = openai.OpenAI(api_key="k", http_client=http, max_retries=0)
    with pytest.raises(openai.APIStatusError):
        track(client, ledger).chat.completions.create(**CHAT)
    row = the_row(ledger)
    assert (row["status"], row["error"], row["cost_pusd"]) == ("error", "307", 0)


# --- What the SDK reads, the ledger reads -------------------------------------------------------


class Pieces(httpx2.SyncByteStream):
    def __init__(self, data, size):
        self.data, self.size = data, size

    def __iter__(self):
        for at in range(0, len(self.data), self.size):
            yield self.data[at : at + self.size]


@pytest.mark.parametrize("size", [1, 50, 100_000])
@pytest.mark.parametrize("streams", [False, True])
def test_a_server_that_packs_all_the_same_is_read(streams, size):
    events = [*map(json.dumps, STREAMS["chat"]), "[DONE]"]
    plain = "".join(f"data: {event}\n\n" for event in events) if streams else json.dumps(REPLY)
    kind = "text/event-stream" if streams else "application/json"
    head = {"content-type": kind, "content-encoding": "gzip"}
    packed = gzip.compress(plain.encode())
    http = httpx2.Client(
        transport=httpx2.MockTransport(
            lambda _: httpx2.Response(200, headers=head, stream=Pieces(packed, size))
        )
    )
    ledger = Ledger()
    client = track(openai.OpenAI(api_key="k", http_client=http, max_retries=0), ledger)
    reply = client.chat.completions.create(**CHAT, stream=streams)
    assert len(read(reply)) == 3 if streams else reply.usage.completion_tokens == 5
    row = the_row(ledger)
    assert (row["input_tokens"], row["output_tokens"], row["estimated"]) == (10, 5, False)


@pytest.mark.parametrize("size", [1, 7, 100_000])
@pytest.mark.parametrize("end", ["\n", "\r", "\r\n"])
@pytest.mark.parametrize("indent", [None, 1])
def test_events_are_read_in_all_the_shapes_that_the_sdks_take(indent, end, size):
    """openai, tests/test_streaming.py: events of several lines of data, lines that end in CR."""
    text = ": a comment\n\nevent: x\n"
    for event in STREAMS["chat"]:
        lines = json.dumps(event, indent=indent).splitlines()
        text += "".join(f"data: {line}\n" for line in lines) + "\n"
    text += 'data: {"cut\n\ndata: [DONE]'  # an event that is none spoils no other
    data = text.replace("\n", end).encode()
    answer = Answer("chat", {**CHAT, "stream": True}, "openai")
    for at in range(0, len(data), size):
        answer.feed(data[at : at + size])
    answer.end()
    assert answer.complete and answer.finish_reason == "stop"
    usage, estimated = answer.usage()
    assert (usage.input_tokens, usage.output_tokens, estimated) == (10, 5, False)


# --- What leaves no row, and is paid all the same -----------------------------------------------

FILM = {"id": "v", "object": "video", "status": "queued", "model": "sora-2"}


@pytest.mark.parametrize(
    ("path", "body", "status", "spent"),
    [
        ("/videos", {"model": "sora-2", "prompt": "a card"}, 200, "0.10"),
        ("/batches", {"endpoint": "/v1/responses"}, 200, "0.10"),
        ("/agents/sessions", {"agent_id": "agent_1", "input": "Hi"}, 200, "0.10"),
        ("/agents/agent_1", {"model": "gpt-5.5"}, 200, "0.000012"),
        ("/assistants", {"model": "gpt-5.5"}, 200, "0.000012"),
        ("/v1/sessions/s_1/events", {"events": []}, 200, "0.10"),
        ("/v1/deployments/d_1/run", {}, 200, "0.10"),
        ("/v1/deployments/d_1/pause", {}, 200, "0.000012"),
        ("/evals/e_1/runs", {"data_source": {}}, 200, "0.10"),
        ("/videos/v_1/remix", {"prompt": "a card"}, 200, "0.10"),
        ("/videos/characters", {"name": "a card"}, 200, "0.000012"),
        ("/realtime/calls", {"sdp": "v=0"}, 200, "0.10"),
        ("/threads/t_1/messages", {"role": "user", "content": "Hi"}, 200, "0.000012"),
        ("/videos", {"model": "sora-2", "prompt": "a card"}, 400, "0.000012"),
        ("/files", {"purpose": "batch"}, 200, "0.000012"),
    ],
)
def test_a_block_with_work_that_is_not_read_costs_all_that_it_reserved(path, body, status, spent):
    """A film beside a chat had cost as much as the chat."""

    def serve(request):
        chat = request.url.path.endswith("/chat/completions")
        return httpx2.Response(200 if chat else status, json=REPLY if chat else FILM)

    http = httpx2.Client(transport=httpx2.MockTransport(serve))
    ledger, budget = Ledger(), Budget("sqlite://", [Limit(usd="1.00")])
    client = track(openai.OpenAI(api_key="k", http_client=http, max_retries=0), ledger)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with budget.reserve("0.10"):
            client.chat.completions.create(**CHAT)  # 10 x .4 + 5 x 1.6 USD a million
            with suppress(openai.APIStatusError):
                client.post(path, body=body, cast_to=object)
    assert budget.accounts()[0].spent == Decimal(spent)
