"""The offline provider: real SDK clients, honest usage, real refusals, no network."""

from __future__ import annotations

import copy
import gc
import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import anthropic
import openai
import pytest
from offline_clients import QUESTION

from costlib.pricing.cost import cost_of
from costlib.pricing.prices import find_model
from costlib.provider import Provider, connect, provider_of, replies
from costlib.tokens.chat import count_chat
from costlib.tokens.text import count_text
from costlib.usage.read import read_usage

CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION}
CLAUDE = {"model": "claude-opus-5-5", "max_tokens": 1_000, "messages": QUESTION}


pytestmark = pytest.mark.usefixtures("no_network")


def said(message):
    """The text of a Claude reply: current models put their thinking in front of it."""
    return "".join(block.text for block in message.content if block.type == "text")


# --- Clients ----------------------------------------------------------------------------------


def test_the_clients_are_the_real_ones(gpt, claude):
    assert type(gpt) is openai.OpenAI
    assert type(claude) is anthropic.Anthropic


def test_connecting_leaves_the_search_for_garbage_as_it_was():
    connect("openai")
    assert gc.isenabled()
    gc.disable()
    try:
        connect("anthropic")
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_keys_and_addresses_of_the_environment_do_not_matter(monkeypatch):
    for name in ("OPENAI_API_KEY", "ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "OPENAI_ORG_ID"):
        monkeypatch.setenv(name, "secret-of-the-learner")
    for name in ("OPENAI_BASE_URL", "ANTHROPIC_BASE_URL", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for client in (connect("openai"), connect("anthropic")):
        assert "secret" not in str(client.default_headers)
        assert "offline" in str(client.base_url)
    assert connect("openai").chat.completions.create(**CHAT).choices[0].message.content
    assert said(connect("anthropic").messages.create(**CLAUDE))


def test_live_is_refused_rather_than_quietly_offline(monkeypatch):
    monkeypatch.setenv("COSTLIB_PROVIDER", "live")
    with pytest.raises(RuntimeError, match="COSTLIB_PROVIDER=live is set"):
        connect("openai")
    monkeypatch.setenv("COSTLIB_PROVIDER", "offline")
    connect("openai")


def test_unknown_vendors_and_foreign_clients_raise():
    with pytest.raises(ValueError, match="'google' is not served"):
        connect("google")
    with pytest.raises(ValueError, match="OpenAI is not on the offline provider"):
        provider_of(openai.OpenAI(api_key="x", base_url="http://localhost:9"))


def test_what_connect_cannot_use_is_said_before_the_first_call():
    """A client in the provider's place had failed at its first call, on an attribute."""
    with pytest.raises(ValueError, match=r"is no organisation: give provider_of\(client\)"):
        connect("anthropic", provider=connect("openai"))
    with pytest.raises(ValueError, match="at='2026-11-22' is no date"):
        connect("openai", at="2026-11-22")


def test_each_connect_is_an_organisation_and_sharing_is_explicit():
    one, other = connect("openai"), connect("openai")
    shared = connect("anthropic", provider=provider_of(one))
    one.chat.completions.create(**CHAT)
    shared.messages.create(**CLAUDE)
    assert provider_of(shared) is provider_of(one)
    assert [record.route for record in provider_of(one).log] == [
        "/v1/chat/completions",
        "/v1/messages",
    ]
    assert provider_of(other).log == []
    upload = one.files.create(file=("a.jsonl", b"{}"), purpose="batch")
    with pytest.raises(openai.NotFoundError):
        other.files.retrieve(upload.id)
    provider_of(one).clock.advance(hours=1)
    assert provider_of(other).clock.now == datetime(2026, 11, 22, 12, tzinfo=UTC)


# --- Time -------------------------------------------------------------------------------------


def test_the_clock_starts_at_noon_of_the_as_of_date_and_moves_by_hand(gpt):
    clock = provider_of(gpt).clock
    assert clock.now == datetime(2026, 11, 22, 12, tzinfo=UTC)
    assert clock.advance(hours=1, minutes=30) == datetime(2026, 11, 22, 13, 30, tzinfo=UTC)
    assert gpt.chat.completions.create(**CHAT).created == clock.timestamp
    with pytest.raises(ValueError, match="cannot go back"):
        clock.advance(minutes=-1)


def test_a_client_lives_on_the_day_that_it_is_given():
    """A model that is gone can still be shown, in its time."""
    then, later = date(2026, 11, 22), date(2027, 2, 7)
    client = connect("openai", at=then)
    assert provider_of(client).clock.now == datetime(2026, 11, 22, 12, tzinfo=UTC)
    ask = {"model": "gpt-4.1", "messages": QUESTION}
    usage = read_usage(client.chat.completions.create(**ask))
    assert cost_of(usage, "gpt-4.1", at=then).total
    with pytest.raises(openai.NotFoundError, match="shut down on 2027-01-14"):
        connect("openai", at=later).chat.completions.create(**ask)
    with pytest.raises(ValueError, match="at=2026-11-22 is for a new organisation"):
        connect("openai", provider=provider_of(client), at=then)


def test_what_falls_due_runs_in_order_at_its_own_time():
    clock = Provider().clock
    start, seen = clock.now, []
    clock.call_in(timedelta(minutes=5), lambda: seen.append(("b", clock.now - start)))
    clock.call_in(timedelta(minutes=2), lambda: seen.append(("a", clock.now - start)))
    clock.call_in(timedelta(minutes=9), lambda: seen.append(("c", clock.now - start)))
    clock.advance(minutes=6)
    assert seen == [("a", timedelta(minutes=2)), ("b", timedelta(minutes=5))]
    assert clock.now - start == timedelta(minutes=6)


# --- Usage ------------------------------------------------------------------------------------


def test_chat_usage_is_what_tokens_counts(gpt):
    reply = gpt.chat.completions.create(**CHAT)
    usage, text = reply.usage, reply.choices[0].message.content
    assert usage.prompt_tokens == count_chat(QUESTION, "gpt-4.1-mini").tokens
    assert usage.completion_tokens == count_text(text, "gpt-4.1-mini").tokens
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert usage.to_dict()["prompt_tokens_details"] == {
        "cached_tokens": 0,
        "cache_write_tokens": 0,
        "audio_tokens": 0,
        "text_tokens": usage.prompt_tokens,
        "image_tokens": 0,
    }
    assert usage.to_dict()["completion_tokens_details"] == {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "text_tokens": usage.completion_tokens,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    }


def test_several_choices_are_all_billed(gpt):
    reply = gpt.chat.completions.create(**CHAT, n=3)
    texts = [choice.message.content for choice in reply.choices]
    assert len(set(texts)) == 3
    assert reply.usage.completion_tokens == sum(count_text(t, "gpt-4.1-mini").tokens for t in texts)


def test_responses_usage_is_what_tokens_counts(gpt):
    reply = gpt.responses.create(
        model="gpt-5-mini", input=QUESTION[0]["content"], instructions="Be brief."
    )
    messages = [{"role": "developer", "content": "Be brief."}, *QUESTION]
    assert reply.usage.input_tokens == count_chat(messages, "gpt-5-mini").tokens
    reasoning = reply.usage.output_tokens_details.reasoning_tokens
    assert reasoning > 0
    visible = count_text(reply.output_text, "gpt-5-mini").tokens
    assert reply.usage.output_tokens == reasoning + visible
    assert reply.usage.input_tokens_details.cache_write_tokens_details.ttl_12h_tokens == 0


def test_the_input_of_a_response_can_be_counted_first(gpt):
    parameters = {"type": "object", "additionalProperties": False}
    tool = {"type": "function", "name": "f", "parameters": parameters, "strict": True}
    body = {"model": "gpt-5.5", "input": QUESTION, "tools": [tool]}
    counted = gpt.responses.input_tokens.count(**body)
    reply = gpt.responses.create(**body)
    assert counted.input_tokens == reply.usage.input_tokens
    assert reply.tools[0].name == "f"


def test_claude_usage_is_the_central_estimate(claude):
    tools = [{"name": "f", "description": "d", "input_schema": {"type": "object"}}]
    body = {"model": "claude-opus-5-5", "system": "Be brief.", "messages": QUESTION, "tools": tools}
    reply = claude.messages.create(max_tokens=1_000, **body)
    messages = [{"role": "system", "content": "Be brief."}, *QUESTION]
    assert reply.usage.input_tokens == count_chat(messages, "claude-opus-5-5", tools).tokens
    thought = reply.usage.output_tokens_details.thinking_tokens
    visible = count_text(said(reply), "claude-opus-5-5").tokens
    assert reply.usage.output_tokens == visible + thought
    assert claude.messages.count_tokens(**body).input_tokens == reply.usage.input_tokens
    assert reply.usage.to_dict() == {
        "input_tokens": reply.usage.input_tokens,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 0,
        "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
        "output_tokens": reply.usage.output_tokens,
        "output_tokens_details": {"thinking_tokens": thought},
        "server_tool_use": {"web_search_requests": 0, "web_fetch_requests": 0},
        "service_tier": "standard",
        "inference_geo": "global",
        "speed": "standard",
    }


def test_every_usage_can_be_read_and_priced(gpt, claude):
    chat = gpt.chat.completions.create(**CHAT)
    usage = read_usage(chat)
    assert usage.tier == "standard"
    assert usage.output_tokens == chat.usage.completion_tokens
    assert cost_of(usage, "gpt-4.1-mini").total > 0
    message = read_usage(claude.messages.create(**CLAUDE))
    assert cost_of(message, "claude-opus-5-5").total > 0
    reply = gpt.responses.create(model="gpt-5-mini", input="Hello")
    assert read_usage(reply).reasoning_tokens > 0


def test_the_log_has_every_request_to_a_model(gpt):
    gpt.chat.completions.create(**CHAT)
    with pytest.raises(openai.BadRequestError):
        gpt.chat.completions.create(**CHAT, service_tier="flex")
    gpt.models.list()
    served, refused = provider_of(gpt).log
    assert (served.model, served.status, served.tier_served) == ("gpt-4.1-mini", 200, "default")
    assert served.usage["prompt_tokens"] > 0
    assert (refused.tier_asked, refused.tier_served, refused.status) == ("flex", None, 400)
    assert refused.usage == {}


# --- Replies ----------------------------------------------------------------------------------


def test_replies_depend_on_content_and_seed_never_on_order():
    def ask(client, text):
        return client.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": text}]
        )

    one, other = connect("openai"), connect("openai")
    forwards = {text: ask(one, text) for text in ("a", "b", "c")}
    backwards = {text: ask(other, text) for text in ("c", "a", "b")}
    assert forwards == backwards
    assert ask(one, "a") == forwards["a"]
    assert len({reply.choices[0].message.content for reply in forwards.values()}) == 3
    assert len({reply.id for reply in forwards.values()}) == 3
    seeded = ask(connect("openai", seed=7), "a")
    assert seeded.choices[0].message.content != forwards["a"].choices[0].message.content
    assert seeded == ask(connect("openai", seed=7), "a")


def test_tier_and_limit_do_not_change_what_is_said():
    client = connect("openai")
    body = {"model": "gpt-6.1-terra", "messages": QUESTION}
    full = client.chat.completions.create(**body).choices[0].message.content
    flex = client.chat.completions.create(**body, service_tier="flex").choices[0].message.content
    cut = client.chat.completions.create(**body, max_completion_tokens=16)
    assert flex == full
    assert full.startswith(cut.choices[0].message.content)


def test_a_reply_says_that_it_is_simulated_and_what_was_asked(claude):
    text = said(claude.messages.create(**CLAUDE))
    assert 'simulated reply to "My card was declined twice today. Why?"' in text


@pytest.mark.parametrize("limit", [1, 2, 17, 40])
def test_limits_end_a_reply(gpt, claude, limit):
    chat = gpt.chat.completions.create(**CHAT, max_tokens=limit)
    assert chat.choices[0].finish_reason == "length"
    assert chat.usage.completion_tokens == limit
    message = claude.messages.create(**CLAUDE | {"max_tokens": limit})
    assert message.stop_reason == "max_tokens"
    assert message.usage.output_tokens <= limit


def test_enough_room_ends_naturally(gpt, claude):
    assert gpt.chat.completions.create(**CHAT, max_tokens=5_000).choices[0].finish_reason == "stop"
    assert claude.messages.create(**CLAUDE | {"max_tokens": 5_000}).stop_reason == "end_turn"


def test_reasoning_can_eat_the_whole_answer(gpt):
    chat = gpt.chat.completions.create(
        model="o3", messages=QUESTION, reasoning_effort="high", max_completion_tokens=100
    )
    assert chat.choices[0].message.content == ""
    assert chat.choices[0].finish_reason == "length"
    assert chat.usage.completion_tokens == 100
    assert chat.usage.completion_tokens_details.reasoning_tokens == 100
    reply = gpt.responses.create(model="gpt-5", input="Why?", max_output_tokens=16)
    assert reply.status == "incomplete"
    assert reply.incomplete_details.reason == "max_output_tokens"
    assert reply.output_text == "" and reply.usage.output_tokens == 16


def test_more_effort_means_more_reasoning(gpt):
    spent = []
    for effort in ("none", "low", "medium", "high", "xhigh"):
        reply = gpt.responses.create(model="gpt-5.5", input="Why?", reasoning={"effort": effort})
        spent.append(reply.usage.output_tokens_details.reasoning_tokens)
    assert spent[0] == 0
    assert spent == sorted(set(spent))


def test_stop_sequences_end_a_reply(gpt, claude):
    full = said(claude.messages.create(**CLAUDE))
    stopped = claude.messages.create(**CLAUDE, stop_sequences=["simulated"])
    assert (stopped.stop_reason, stopped.stop_sequence) == ("stop_sequence", "simulated")
    assert said(stopped) == full[: full.index("simulated")]
    chat = gpt.chat.completions.create(**CHAT, stop="simulated")
    assert chat.choices[0].message.content == "This is a "
    assert chat.choices[0].finish_reason == "stop"


def test_lengths_follow_the_modelled_distribution():
    provider = Provider()
    lengths = sorted(
        replies.write_reply(
            provider, "gpt-4.1", [{"role": "user", "content": str(n)}], limit=None
        ).output_tokens
        for n in range(400)
    )
    assert 100 < lengths[200] < 170
    assert lengths[40] < 80 and lengths[360] > 250
    assert lengths[-1] < 800


# --- Tiers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "served", "billed"),
    [
        (None, "default", "standard"),
        ("auto", "default", "standard"),
        ("default", "default", "standard"),
        ("flex", "flex", "flex"),
        ("priority", "fast", "fast"),
        ("fast", "fast", "fast"),
    ],
)
def test_the_tier_served_is_reported_as_openai_does(gpt, asked, served, billed):
    options = {} if asked is None else {"service_tier": asked}
    chat = gpt.chat.completions.create(model="gpt-6.1-terra", messages=QUESTION, **options)
    reply = gpt.responses.create(model="gpt-6.1-terra", input="Why?", **options)
    assert chat.service_tier == reply.service_tier == served
    assert read_usage(chat).tier == read_usage(reply).tier == billed


def test_ultrafast_costs_six_times_standard_in_responses(gpt):
    reply = gpt.responses.create(model="gpt-6-astra", input="Why?", service_tier="ultrafast")
    usage = read_usage(reply)
    assert reply.service_tier == usage.tier == "ultrafast"
    plain = cost_of(replace(usage, tier=None), "gpt-6-astra").total
    assert cost_of(usage, "gpt-6-astra").total == 6 * plain
    with pytest.raises(openai.BadRequestError, match="ultrafast"):
        gpt.responses.create(model="gpt-6-luna", input="Why?", service_tier="ultrafast")


@pytest.mark.parametrize("asked", ["priority", "fast"])
@pytest.mark.parametrize(
    ("model", "served"), [("gpt-5.6-terra", "priority"), ("gpt-6-luna", "fast")]
)
def test_a_renamed_tier_has_the_name_of_the_model_s_time(gpt, model, served, asked):
    reply = gpt.responses.create(model=model, input="Why?", service_tier=asked)
    assert reply.service_tier == served
    usage = read_usage(reply)
    assert cost_of(usage, model).total == 2 * cost_of(replace(usage, tier=None), model).total


@pytest.mark.parametrize(
    ("model", "tier"),
    [("gpt-4.1", "flex"), ("gpt-4o", "flex"), ("gpt-5-nano", "priority"), ("gpt-4.1", "scale")],
)
def test_a_tier_without_a_published_rate_is_refused(gpt, model, tier):
    with pytest.raises(openai.BadRequestError, match="publishes no such rate") as error:
        gpt.chat.completions.create(model=model, messages=QUESTION, service_tier=tier)
    assert error.value.param == "service_tier"


def test_fast_mode_of_claude_is_reported_and_refused(claude):
    fast = claude.messages.create(**CLAUDE | {"model": "claude-opus-4-8"}, speed="fast")
    assert fast.usage.speed == "fast"
    assert read_usage(fast).tier == "fast"
    assert provider_of(claude).log[-1].tier_served == "fast"
    with pytest.raises(anthropic.BadRequestError, match="'fast' is not available"):
        claude.messages.create(**CLAUDE | {"model": "claude-sonnet-4-6"}, speed="fast")


# --- Refusals ---------------------------------------------------------------------------------


def refusal(call, error, **body):
    with pytest.raises(error) as raised:
        call(**body)
    return raised.value


def test_unknown_models(gpt, claude):
    error = refusal(
        gpt.chat.completions.create, openai.NotFoundError, **CHAT | {"model": "gpt-4.1x"}
    )
    assert error.code == "model_not_found"
    assert "`gpt-4.1x` does not exist" in error.message and "did you mean gpt-4.1" in error.message
    error = refusal(
        claude.messages.create, anthropic.NotFoundError, **CLAUDE | {"model": "claude-opus-9"}
    )
    assert error.body["error"]["type"] == "not_found_error"
    assert "model: claude-opus-9" in error.message
    # A vendor knows its own models only.
    refusal(gpt.responses.create, openai.NotFoundError, model="claude-opus-5-5", input="Hi")
    refusal(claude.messages.create, anthropic.NotFoundError, **CLAUDE | {"model": "gpt-5"})


def test_retired_models(gpt):
    error = refusal(
        gpt.chat.completions.create, openai.NotFoundError, **CHAT | {"model": "gpt-4.1-nano"}
    )
    assert "it was shut down on 2026-10-23" in error.message
    gpt.chat.completions.create(**CHAT)
    provider_of(gpt).clock.advance(days=60)
    error = refusal(gpt.chat.completions.create, openai.NotFoundError, **CHAT)
    assert "it was shut down on 2027-01-14" in error.message


def test_models_that_are_not_for_text_are_not_served(gpt):
    for model in ("whisper-1", "gpt-image-2"):
        error = refusal(
            gpt.chat.completions.create, openai.BadRequestError, **CHAT | {"model": model}
        )
        assert error.code == "offline_provider_missing"


PREDICTION = {"type": "content", "content": "x = 1"}


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"max_completion_tokens": 10}, "max_completion_tokens"),
        ({"tools": [{"type": "function", "function": {"name": "f"}}]}, "tools"),
        ({"n": 2}, "n"),
        ({"logprobs": True}, "logprobs"),
        ({"presence_penalty": 0.5}, "presence_penalty"),
        ({"model": "gpt-5"}, "prediction"),
        ({"model": "gpt-6.1-terra"}, "prediction"),
    ],
)
def test_what_does_not_go_with_a_prediction(gpt, more, param):
    error = refusal(
        gpt.chat.completions.create,
        openai.BadRequestError,
        **{**CHAT, "prediction": PREDICTION, **more},
    )
    assert (error.code, error.param) == ("unsupported_parameter", param)


def test_a_refused_prediction_names_the_models_that_can_be_called():
    """gpt-4.1-nano was shut down on 2026-10-23, the others that take one on 2027-01-14."""
    for day, works in (
        (date(2026, 10, 22), "gpt-4o, gpt-4o-mini, gpt-4.1, gpt-4.1-mini, gpt-4.1-nano"),
        (date(2026, 11, 28), "gpt-4o, gpt-4o-mini, gpt-4.1, gpt-4.1-mini"),
        (date(2027, 1, 14), "no model that is still served"),
    ):
        error = refusal(
            connect("openai", at=day).chat.completions.create,
            openai.BadRequestError,
            **CHAT | {"model": "gpt-5.4-nano", "prediction": PREDICTION},
        )
        assert error.message.endswith(f"; it works with {works}."), day


@pytest.mark.parametrize("model", ["o3", "gpt-5-mini", "gpt-5.5", "gpt-6.1-sol"])
def test_reasoning_models_want_max_completion_tokens(gpt, model):
    error = refusal(
        gpt.chat.completions.create,
        openai.BadRequestError,
        **CHAT | {"model": model, "max_tokens": 50},
    )
    assert (error.code, error.param) == ("unsupported_parameter", "max_tokens")
    assert "Use 'max_completion_tokens' instead" in error.message


@pytest.mark.parametrize(
    ("model", "effort", "code"),
    [
        ("gpt-4.1", "low", "unsupported_parameter"),
        ("gpt-5", "none", "unsupported_value"),
        ("gpt-5.1", "minimal", "unsupported_value"),
        ("gpt-5.1", "huge", "invalid_value"),
    ],
)
def test_efforts_that_a_model_does_not_take(gpt, model, effort, code):
    error = refusal(
        gpt.responses.create,
        openai.BadRequestError,
        model=model,
        input="Hi",
        reasoning={"effort": effort},
    )
    assert error.code == code


def long_text(model):
    """A little more than the model's context window."""
    return "a " * (find_model(model).context_window + 10)


def test_a_context_that_is_too_long(gpt, claude):
    body = CHAT | {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": long_text("gpt-4o")}],
    }
    error = refusal(gpt.chat.completions.create, openai.BadRequestError, **body)
    assert error.code == "context_length_exceeded"
    assert "maximum context length is 128000 tokens" in error.message
    model = "claude-haiku-4-5"
    body = CLAUDE | {"model": model, "messages": [{"role": "user", "content": long_text(model)}]}
    error = refusal(claude.messages.create, anthropic.BadRequestError, **body)
    assert "prompt is too long" in error.message and "> 200000 maximum" in error.message


@pytest.mark.parametrize(
    "messages",
    [
        [],
        "Hello",
        [{"role": "robot", "content": "Hello"}],
        [{"role": "user"}],
        [{"role": "user", "content": []}],
        [{"role": "user", "content": [{"type": "text"}]}],
        [{"role": "user", "content": [{"text": "Hello"}]}],
        [{"role": "user", "content": [7]}],
        ["Hello"],
        [{"role": "assistant", "tool_calls": [{"function": {"name": "f"}}]}],
    ],
)
def test_malformed_conversations(gpt, claude, messages):
    # extra_body goes past the SDK's own preparation of the messages.
    body = {"extra_body": {"messages": messages}}
    refusal(gpt.chat.completions.create, openai.BadRequestError, **CHAT, **body)
    refusal(claude.messages.create, anthropic.BadRequestError, **CLAUDE, **body)


@pytest.mark.parametrize(
    "more",
    [
        {"tools": "f"},
        {"tools": ["f"]},
        {"tools": [{"type": "function", "function": {"description": "no name"}}]},
        {"response_format": "json"},
        {"n": 0},
        {"n": 10**9},
        {"max_tokens": "many"},
        {"max_tokens": True},
        {"stop": ["a", "b", "c", "d", "e"]},
        {"service_tier": "cheap"},
        {"model": ""},
        {"model": 7},
    ],
)
def test_malformed_parameters(gpt, more):
    refusal(gpt.chat.completions.create, openai.BadRequestError, **CHAT, extra_body=more)


def test_bodies_that_are_no_json_and_routes_that_do_not_exist(gpt, claude):
    import httpx2

    for client in (gpt, claude):
        http = client._client
        url = str(client.base_url).rstrip("/")
        path = "/v1/messages" if client is claude else "/chat/completions"
        assert http.post(url + path, content=b"{not json").status_code == 400
        assert http.post(url + path, content=b"[1]").status_code == 400
        assert http.get(url + "/nowhere").status_code == 404
        assert isinstance(http, httpx2.Client)
    error = refusal(gpt.vector_stores.create, openai.NotFoundError, name="y")
    assert "the offline provider does not serve it" in error.message


def test_claude_wants_max_tokens_and_takes_no_temperature(claude):
    with pytest.raises(TypeError, match="max_tokens"):
        claude.messages.create(model="claude-opus-5-5", messages=QUESTION)
    with pytest.raises(TypeError, match="temperature"):
        claude.messages.create(**CLAUDE, temperature=0)
    refusal(claude.messages.create, anthropic.BadRequestError, **CLAUDE | {"max_tokens": -1})
    warm = claude.messages.create(**CLAUDE | {"max_tokens": 0})
    assert warm.content == [] and warm.usage.output_tokens == 0


def marked(count, **control):
    mark = {"type": "ephemeral", **control}
    return [{"type": "text", "text": f"Part {i}", "cache_control": mark} for i in range(count)]


def test_breakpoints_within_the_rules_are_accepted(claude):
    for control in ({}, {"ttl": "5m"}, {"ttl": "1h"}):
        claude.messages.create(**CLAUDE, system=marked(4, **control))
    properties = {"cache_control": {"type": "string"}}
    tool = {"name": "f", "input_schema": {"type": "object", "properties": properties}}
    claude.messages.create(**CLAUDE, system=marked(4), tools=[tool])


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (
            {"system": marked(5)},
            "A maximum of 4 blocks with cache_control may be provided. Found 5",
        ),
        ({"system": marked(4), "cache_control": {"type": "ephemeral"}}, "Found 5"),
        ({"system": marked(1, type="cache")}, "'ephemeral'"),
        ({"system": marked(1, ttl="24h")}, "'5m', '1h'"),
        ({"messages": [{"role": "user", "content": marked(5)}]}, "Found 5"),
        (
            {
                "system": marked(4),
                "tools": [
                    {"name": "f", "input_schema": {}, "cache_control": {"type": "ephemeral"}}
                ],
            },
            "Found 5",
        ),
    ],
)
def test_breakpoints_that_anthropic_refuses(claude, more, message):
    error = refusal(claude.messages.create, anthropic.BadRequestError, **{**CLAUDE, **more})
    assert message in error.message
    assert error.body["error"]["type"] == "invalid_request_error"


def test_breakpoints_do_not_change_the_reply(claude):
    plain = [{"type": "text", "text": "Part 0"}]
    one = claude.messages.create(**CLAUDE, system=plain)
    other = claude.messages.create(**CLAUDE, system=marked(1))
    assert one.content == other.content and one.usage == other.usage


PDF = {"type": "document", "source": {"type": "url", "url": "https://example.com/a.pdf"}}


def test_what_is_missing_says_so(gpt, claude):
    chat, message, response = (
        gpt.chat.completions.create,
        claude.messages.create,
        gpt.responses.create,
    )
    answer = {"model": "gpt-5", "input": "Hi"}
    for call, error, body in [
        (chat, openai.BadRequestError, {**CHAT, "logprobs": True}),
        (chat, openai.BadRequestError, {**CHAT, "web_search_options": {"a": "b"}}),
        (response, openai.BadRequestError, {**answer, "conversation": "conv_1"}),
        (response, openai.BadRequestError, {**answer, "background": True}),
        (response, openai.BadRequestError, {**answer, "tools": [{"type": "web_search"}]}),
        (
            message,
            anthropic.BadRequestError,
            {**CLAUDE, "messages": [{"role": "user", "content": [PDF]}]},
        ),
    ]:
        assert "The offline provider does not serve" in refusal(call, error, **body).message


FULL = {
    "/chat/completions": {
        "model": "gpt-5.2",
        "messages": [
            {"role": "system", "name": "bank", "content": [{"type": "text", "text": "Be brief."}]},
            {"role": "user", "content": "Hello"},
            {
                "role": "assistant",
                "content": None,
                "tool_calls": [
                    {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
                ],
            },
            {"role": "tool", "tool_call_id": "c", "content": "Sunny"},
        ],
        "tools": [
            {
                "type": "function",
                "function": {
                    "name": "f",
                    "description": "d",
                    "parameters": {"type": "object", "properties": {"a": {"enum": ["x"]}}},
                },
            }
        ],
        "tool_choice": {"type": "function", "function": {"name": "f"}},
        "stop": ["z"],
        "max_completion_tokens": 50,
        "reasoning_effort": "low",
        "response_format": {
            "type": "json_schema",
            "json_schema": {
                "name": "s",
                "schema": {
                    "type": "object",
                    "properties": {
                        "a": {"type": ["integer", "null"], "minimum": 1, "multipleOf": 2},
                        "b": {"type": "array", "items": {"$ref": "#/$defs/c"}, "maxItems": 2},
                        "d": {"anyOf": [{"type": "string", "maxLength": 5}]},
                    },
                    "required": ["a"],
                    "$defs": {"c": {"type": "number", "exclusiveMaximum": 3}},
                },
            },
        },
        "prompt_cache_key": "k",
        "service_tier": "flex",
        "n": 2,
    },
    "/responses": {
        "model": "gpt-5.4",
        "input": [
            {"role": "user", "content": [{"type": "input_text", "text": "Hello"}]},
            {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
            {"type": "function_call_output", "call_id": "c", "output": "x"},
        ],
        "instructions": "Be brief.",
        "tools": [{"type": "function", "name": "f", "parameters": {"type": "object"}}],
        "reasoning": {"effort": "low"},
        "text": {
            "format": {
                "type": "json_schema",
                "name": "s",
                "strict": True,
                "schema": {"type": "object", "properties": {}, "additionalProperties": False},
            }
        },
        "tool_choice": "required",
        "prompt_cache_key": "k",
        "max_output_tokens": 50,
        "service_tier": "flex",
    },
    "/v1/messages": {
        "model": "claude-opus-5",
        "max_tokens": 50,
        "system": [{"type": "text", "text": "Hi", "cache_control": {"type": "ephemeral"}}],
        "messages": [
            {"role": "user", "content": "Hi"},
            {
                "role": "assistant",
                "content": [{"type": "tool_use", "id": "t", "name": "f", "input": {}}],
            },
            {
                "role": "user",
                "content": [
                    {
                        "type": "tool_result",
                        "tool_use_id": "t",
                        "content": [{"type": "text", "text": "x"}],
                    }
                ],
            },
        ],
        "tools": [{"name": "f", "input_schema": {"type": "object"}}],
        "stop_sequences": ["z"],
        "thinking": {"type": "disabled"},
        "output_config": {"effort": "low"},
        "service_tier": "auto",
        "speed": "standard",
    },
}


def paths(value, here=()):
    """Every place in a body, as a tuple of keys."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner if isinstance(value, (dict, list)) else ():
        yield (*here, key)
        if isinstance(item, (dict, list)):
            yield from paths(item, (*here, key))


JUNK = [
    None,
    True,
    0,
    -1,
    7,
    2.5,
    "",
    "junk",
    "\ud800",
    [],
    [1],
    ["a"],
    [None],
    {},
    {"type": "text"},
]


@pytest.mark.parametrize("route", FULL)
def test_no_junk_anywhere_in_a_body_breaks_the_provider(route):
    client = connect("anthropic" if route == "/v1/messages" else "openai")
    url = str(client.base_url).rstrip("/") + route
    assert client._client.post(url, json=FULL[route]).status_code == 200
    for path in paths(FULL[route]):
        for junk in JUNK:
            body = copy.deepcopy(FULL[route])
            place = body
            for key in path[:-1]:
                place = place[key]
            place[path[-1]] = junk
            answer = client._client.post(url, content=json.dumps(body))
            assert answer.status_code in (200, 400, 404), (path, junk)


# --- Files, batches, models -------------------------------------------------------------------


def line(custom_id, text, **more):
    body = {"model": "gpt-6.1-terra", "messages": [{"role": "user", "content": text}], **more}
    return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}


def send(client, lines, endpoint="/v1/chat/completions"):
    content = "\n".join(each if isinstance(each, str) else json.dumps(each) for each in lines)
    upload = client.files.create(file=("jobs.jsonl", content.encode()), purpose="batch")
    return client.batches.create(
        input_file_id=upload.id, endpoint=endpoint, completion_window="24h"
    )


def results(client, file_id):
    return [json.loads(text) for text in client.files.content(file_id).text.splitlines()]


def test_files_come_back_as_they_were_sent(gpt):
    content = b'{"text": "\xc3\xbc --boundary \\r\\n"}\r\n\r\n{"b": 2}\n'
    upload = gpt.files.create(file=("jobs.jsonl", content), purpose="batch")
    assert gpt.files.content(upload.id).content == content
    assert gpt.files.retrieve(upload.id) == upload
    assert (upload.bytes, upload.filename, upload.purpose) == (len(content), "jobs.jsonl", "batch")
    assert [file.id for file in gpt.files.list()] == [upload.id]
    refusal(gpt.files.content, openai.NotFoundError, file_id="file-1")
    refusal(gpt.files.create, openai.BadRequestError, file=("jobs.txt", content), purpose="batch")


def test_a_batch_lives_by_the_virtual_clock_at_half_the_price(gpt):
    job = send(gpt, [line("a", "First ticket"), line("b", "Zweites Ticket: Überweisung")])
    clock = provider_of(gpt).clock
    assert (job.status, job.output_file_id, job.usage) == ("validating", None, None)
    clock.advance(minutes=5)
    job = gpt.batches.retrieve(job.id)
    assert (job.status, job.model, job.request_counts.total) == ("in_progress", "gpt-6.1-terra", 2)
    assert provider_of(gpt).log == []
    clock.advance(hours=24)
    job = gpt.batches.retrieve(job.id)
    assert job.status == "completed"
    assert (job.request_counts.completed, job.request_counts.failed) == (2, 0)
    assert job.created_at < job.in_progress_at < job.completed_at < job.expires_at
    assert job.error_file_id is None
    lines = results(gpt, job.output_file_id)
    assert [each["custom_id"] for each in lines] == ["a", "b"]
    for each, text in zip(lines, ("First ticket", "Zweites Ticket: Überweisung"), strict=True):
        at_once = gpt.chat.completions.create(
            model="gpt-6.1-terra", messages=[{"role": "user", "content": text}]
        )
        body = each["response"]["body"]
        assert body["choices"][0]["message"]["content"] == at_once.choices[0].message.content
        batched = cost_of(read_usage(each), "gpt-6.1-terra")
        assert batched.tier == "batch"
        assert batched.total * 2 == cost_of(read_usage(at_once), "gpt-6.1-terra").total
    used = [each["response"]["body"]["usage"] for each in lines]
    assert job.usage.input_tokens == sum(usage["prompt_tokens"] for usage in used)
    assert job.usage.output_tokens == sum(usage["completion_tokens"] for usage in used)
    batched = [record for record in provider_of(gpt).log if record.tier_served == "batch"]
    assert [record.time for record in batched] == [datetime(2026, 11, 22, 12, 30, tzinfo=UTC)] * 2
    assert [each.id for each in gpt.batches.list()] == [job.id]


def test_a_batch_of_responses(gpt):
    job = send(
        gpt,
        [{"custom_id": "a", "method": "POST", "url": "/v1/responses",
          "body": {"model": "gpt-5-mini", "input": "Hello"}}],
        "/v1/responses",
    )  # fmt: skip
    provider_of(gpt).clock.advance(hours=1)
    job = gpt.batches.retrieve(job.id)
    assert job.usage.output_tokens_details.reasoning_tokens > 0
    assert read_usage(results(gpt, job.output_file_id)[0]).tier == "batch"


def test_a_bad_request_fails_alone_and_is_not_charged(gpt):
    job = send(gpt, [line("good", "Hello"), line("bad", "Hello", max_tokens=5)])
    provider_of(gpt).clock.advance(hours=1)
    job = gpt.batches.retrieve(job.id)
    assert job.status == "completed"
    assert (job.request_counts.completed, job.request_counts.failed) == (1, 1)
    (failed,) = results(gpt, job.error_file_id)
    assert (failed["custom_id"], failed["response"]["status_code"]) == ("bad", 400)
    assert failed["response"]["body"]["error"]["param"] == "max_tokens"
    assert (
        job.usage.input_tokens
        == count_chat([{"role": "user", "content": "Hello"}], "gpt-6.1-terra").tokens
    )


@pytest.mark.parametrize(
    ("lines", "code", "number"),
    [
        ([line("a", "x"), "{not json"], "invalid_json_line", 2),
        ([], "empty_file", None),
        ([line("a", "x"), line("a", "y")], "duplicate_custom_id", 2),
        ([line("a", "x"), line("b", "y", model="gpt-5")], "model_mismatch", 2),
        ([line("a", "x") | {"url": "/v1/responses"}], "url_mismatch", 1),
        ([line("a", "x") | {"custom_id": ["a"]}], "missing_required_parameter", 1),
        ([line("a", "x") | {"body": "x"}], "missing_required_parameter", 1),
        ([line("a", "x", model="gpt-99")], "model_not_found", 1),
        ([line("a", "x", model=["gpt-5"])], "model_not_found", 1),
    ],
)
def test_a_malformed_file_fails_the_whole_batch(gpt, lines, code, number):
    job = send(gpt, lines)
    assert job.status == "validating"
    provider_of(gpt).clock.advance(hours=1)
    job = gpt.batches.retrieve(job.id)
    assert job.status == "failed"
    assert (job.errors.data[0].code, job.errors.data[0].line) == (code, number)
    assert job.output_file_id is None and provider_of(gpt).log == []


def test_batches_that_cannot_be_created(gpt):
    upload = gpt.files.create(file=("jobs.jsonl", b"{}"), purpose="batch")
    body = {"endpoint": "/v1/chat/completions", "completion_window": "24h"}
    create = gpt.batches.create
    error = refusal(create, openai.BadRequestError, **body, input_file_id="file-1")
    assert error.param == "input_file_id"
    for more in ({"endpoint": "/v1/audio/speech"}, {"completion_window": "1h"}):
        error = refusal(create, openai.BadRequestError, **{**body, **more}, input_file_id=upload.id)
        assert "Supported values are" in error.message
    error = refusal(
        create, openai.BadRequestError, **{**body, "endpoint": "/v1/moderations"},
        input_file_id=upload.id,
    )  # fmt: skip
    assert "does not serve batches for /v1/moderations" in error.message
    refusal(gpt.batches.retrieve, openai.NotFoundError, batch_id="batch_1")


def test_a_cancelled_batch_is_not_served(gpt):
    job = send(gpt, [line("a", "Hello")])
    provider_of(gpt).clock.advance(minutes=2)
    assert gpt.batches.cancel(job.id).status == "cancelling"
    provider_of(gpt).clock.advance(hours=1)
    job = gpt.batches.retrieve(job.id)
    assert (job.status, job.output_file_id) == ("cancelled", None)
    assert provider_of(gpt).log == []
    refusal(gpt.batches.cancel, openai.BadRequestError, batch_id=job.id)


def test_two_equal_batches_are_two_bills(gpt):
    first, second = send(gpt, [line("a", "Hello")]), send(gpt, [line("a", "Hello")])
    assert first.id != second.id
    assert first.input_file_id == second.input_file_id
    provider_of(gpt).clock.advance(hours=1)
    assert len(provider_of(gpt).log) == 2


def test_models_can_be_listed_and_looked_up(gpt):
    listed = {model.id: model for model in gpt.models.list()}
    assert "gpt-6.1-sol" in listed and "gpt-4.1-nano" not in listed
    assert listed["gpt-4.1"].shutdown_date == "2027-01-14"
    assert gpt.models.retrieve("gpt-4.1") == listed["gpt-4.1"]
    refusal(gpt.models.retrieve, openai.NotFoundError, model="gpt-99")
