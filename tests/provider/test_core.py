"""The offline provider's core: streams, asynchronous clients, failures, limits, latency, locks."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from datetime import datetime, timedelta, timezone

import anthropic
import httpx2
import openai
import pytest
from offline_clients import QUESTION, strict

from costlib.provider import Clock, Failure, Provider, connect, connect_async, provider_of
from costlib.provider.failures import Failures
from costlib.provider.latency import latency_of

CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION}
CLAUDE = {"model": "claude-sonnet-5-5", "max_tokens": 1_000, "messages": QUESTION}


@pytest.fixture(autouse=True)
def no_sleep(no_network, monkeypatch):
    """No socket, and any pause long enough to notice is a failure."""

    def no_pause(seconds, real=time.sleep):
        assert seconds < 0.01, f"an SDK slept {seconds} s"
        real(seconds)

    monkeypatch.setattr(time, "sleep", no_pause)


def ask(client, **more):
    if hasattr(client, "chat"):
        return client.chat.completions.create(**{**CHAT, **more})
    return client.messages.create(**{**CLAUDE, **more})


VENDORS = pytest.mark.parametrize("vendor", ["openai", "anthropic"])


# --- Asynchronous clients ----------------------------------------------------------------------


@VENDORS
def test_the_asynchronous_client_is_the_real_one_and_answers_the_same(vendor):
    client = strict(vendor, connect_async)
    assert type(client) in (openai.AsyncOpenAI, anthropic.AsyncAnthropic)
    plain = ask(connect(vendor))
    assert asyncio.run(ask(client)).model_dump() == plain.model_dump()
    assert len(provider_of(client).log) == 1


def test_both_kinds_of_client_share_a_provider():
    one = connect("openai")
    other = connect_async("openai", provider=provider_of(one))
    ask(one)
    asyncio.run(ask(other))
    assert len(provider_of(one).log) == 2


@VENDORS
def test_a_gather_begins_every_request_before_any_response(vendor):
    """What one response makes readable must not reach the others of the same gather."""
    client = connect_async(vendor)
    transport = client._client._transport
    order = []

    def handler(call):
        order.append("begin")
        call.on_response.append(lambda: order.append("response"))
        return {"usage": {}}

    path = "/v1/chat/completions" if vendor == "openai" else "/v1/messages"
    transport._find = lambda method, found: (handler, "") if found == path else None

    async def many():
        await asyncio.gather(*(ask(client) for _ in range(30)))

    asyncio.run(many())
    assert order == ["begin"] * 30 + ["response"] * 30


def test_n_equal_requests_in_parallel_pay_n_writes_and_one_after_another_pay_one():
    system = [{"type": "text", "text": "Be kind. " * 1_500, "cache_control": {"type": "ephemeral"}}]

    async def both():
        client = connect_async("anthropic")
        at_once = await asyncio.gather(*(ask(client, system=system) for _ in range(20)))
        return at_once, [await ask(client, system=system) for _ in range(3)]

    at_once, later = asyncio.run(both())
    assert all(reply.usage.cache_creation_input_tokens > 1_000 for reply in at_once)
    assert all(reply.usage.cache_read_input_tokens == 0 for reply in at_once)
    assert [reply.usage.cache_creation_input_tokens for reply in later] == [0, 0, 0]
    assert all(reply.usage.cache_read_input_tokens > 1_000 for reply in later)


# --- Streams -----------------------------------------------------------------------------------


def test_a_stream_says_the_same_as_the_whole_reply():
    client = strict("openai")
    whole = ask(client)
    chunks = list(ask(client, stream=True, stream_options={"include_usage": True}))
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert [record.outcome for record in provider_of(client).log] == ["complete", "complete"]


def test_an_anthropic_stream_ends_with_the_whole_usage():
    client = strict("anthropic")
    with client.messages.stream(**CLAUDE) as stream:
        final = stream.get_final_message()
    assert final.usage.output_tokens == ask(client).usage.output_tokens
    assert provider_of(client).log[0].outcome == "complete"


@VENDORS
def test_an_asynchronous_stream(vendor):
    client = strict(vendor, connect_async)

    async def read():
        return [event async for event in await ask(client, stream=True)]

    assert len(asyncio.run(read())) > 3
    assert provider_of(client).log[0].outcome == "complete"


@VENDORS
def test_a_stream_that_is_left_is_logged_as_interrupted_and_billed(vendor):
    client = strict(vendor)
    with ask(client, stream=True) as stream:
        assert provider_of(client).log[0].outcome == "streaming"
        for _ in zip(range(3), stream, strict=False):
            pass
    (record,) = provider_of(client).log
    assert record.outcome == "interrupted"
    assert record.usage.get("prompt_tokens") or record.usage.get("input_tokens")


@VENDORS
def test_a_stream_cut_by_the_provider(vendor):
    client = strict(vendor)
    provider_of(client).failures.script(Failure.cut(4))
    seen = []
    with pytest.raises((httpx2.RemoteProtocolError, openai.APIError, anthropic.APIError)):
        seen.extend(ask(client, stream=True))
        pytest.fail("the stream ended as if it were whole")
    (record,) = provider_of(client).log
    assert record.outcome == "interrupted"
    assert record.status == 200


def test_a_cut_waits_for_a_streamed_request():
    client = connect("openai")
    provider_of(client).failures.script(Failure.cut(0))
    assert ask(client).usage.total_tokens > 0
    with pytest.raises((httpx2.RemoteProtocolError, openai.APIError)):
        list(ask(client, stream=True))


# --- Failures ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("vendor", "status"),
    [("openai", 429), ("openai", 500), ("openai", 503), ("anthropic", 429), ("anthropic", 529)],
)
def test_the_sdk_tries_again_by_itself_and_each_attempt_is_counted(vendor, status):
    client = strict(vendor)
    provider = provider_of(client)
    provider.failures.script(status, status)
    ask(client)
    assert [(r.status, r.attempt) for r in provider.log] == [(status, 0), (status, 1), (200, 2)]
    assert len({record.request_id for record in provider.log}) == 3


@VENDORS
def test_the_asynchronous_sdk_tries_again_as_well(vendor):
    client = strict(vendor, connect_async)
    provider_of(client).failures.script(429, 500)
    asyncio.run(ask(client))
    assert [record.status for record in provider_of(client).log] == [429, 500, 200]


@pytest.mark.parametrize(
    ("vendor", "status", "error"),
    [
        ("openai", 429, openai.RateLimitError),
        ("openai", 500, openai.InternalServerError),
        ("anthropic", 429, anthropic.RateLimitError),
        ("anthropic", 529, anthropic.InternalServerError),
    ],
)
def test_after_three_attempts_the_sdk_gives_up(vendor, status, error):
    client = connect(vendor)
    provider_of(client).failures.script(*[status] * 3)
    with pytest.raises(error) as caught:
        ask(client)
    assert caught.value.status_code == status
    assert len(provider_of(client).log) == 3
    assert all(record.usage == {} for record in provider_of(client).log)


def test_a_wait_moves_the_virtual_clock_once_the_client_is_back():
    client = connect("openai")
    provider = provider_of(client)
    start = provider.clock.now
    provider.failures.script(Failure(status=429, retry_after=20), 500)
    ask(client)
    # 20 s as told, then the SDK's own second back-off of 1 s.
    assert [(record.time - start).total_seconds() for record in provider.log] == [0, 20, 21]
    provider.failures.script(429)
    with pytest.raises(openai.RateLimitError) as caught:
        ask(client.with_options(max_retries=0))
    assert (provider.clock.now - start).total_seconds() == 21, "nobody came back"
    assert caught.value.response.headers["retry-after"] == "20"


def test_an_organisation_can_live_on_another_day():
    start = datetime(2026, 10, 23, 1, tzinfo=timezone(timedelta(hours=2)))
    client = connect("openai", provider=Provider(clock=Clock(start)))
    assert ask(client, model="gpt-4.1-nano").created == int(start.timestamp()), "its last day"
    provider_of(client).clock.advance(days=1)
    with pytest.raises(openai.NotFoundError):
        ask(client, model="gpt-4.1-nano")
    with pytest.raises(ValueError, match="give a datetime with a zone"):
        Clock(datetime(2026, 10, 23))


def test_openai_gives_up_when_it_is_told_to_wait_for_minutes_and_anthropic_waits():
    gpt, claude = connect("openai"), connect("anthropic")
    for client in (gpt, claude):
        provider_of(client).failures.script(Failure(status=429, retry_after=300))
    with pytest.raises(openai.RateLimitError):
        ask(gpt)
    assert len(provider_of(gpt).log) == 1
    ask(claude)
    waited = provider_of(claude).log[1].time - provider_of(claude).log[0].time
    assert waited == timedelta(seconds=300)


def test_waits_side_by_side_do_not_add_up():
    client = connect_async("openai")
    provider = provider_of(client)
    provider.failures.script(*[429] * 10)
    start = provider.clock.now

    async def many():
        await asyncio.gather(
            *(ask(client, messages=[{"role": "user", "content": f"{i}"}]) for i in range(10))
        )

    asyncio.run(many())
    assert provider.clock.now - start == timedelta(seconds=20)


@VENDORS
def test_a_time_out_is_billed_although_nobody_sees_the_reply(vendor):
    client = connect(vendor).with_options(max_retries=0)
    provider = provider_of(client)
    provider.failures.script("timeout")
    with pytest.raises((openai.APITimeoutError, anthropic.APITimeoutError)):
        ask(client)
    seen = ask(client).usage
    lost, kept = provider.log
    assert (lost.outcome, kept.outcome) == ("timed out", "complete")
    assert (lost.usage.get("completion_tokens") or lost.usage["output_tokens"]) == (
        getattr(seen, "completion_tokens", None) or seen.output_tokens
    )


def test_a_time_out_that_is_tried_again_takes_the_time_of_the_limit(monkeypatch):
    """The one pause of an SDK that no header can shorten: half a second, not slept here."""
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    client = connect("openai").with_options(timeout=30)
    provider = provider_of(client)
    provider.failures.script("timeout")
    ask(client)
    assert provider.log[1].time - provider.log[0].time == timedelta(seconds=30.5)


def outcomes(seed, order):
    client = connect("openai", seed=seed).with_options(max_retries=0)
    provider_of(client).failures.at_rate(0.3, (500, 429))
    found = {}
    for number in order:
        try:
            ask(client, messages=[{"role": "user", "content": f"{number}"}], max_tokens=5)
            found[number] = 200
        except openai.APIStatusError as error:
            found[number] = error.status_code
    return found


def test_failures_at_a_rate_depend_on_the_seed_and_not_on_the_order():
    once = outcomes(1, range(200))
    assert once == outcomes(1, reversed(range(200)))
    assert once != outcomes(2, range(200))
    failed = Counter(once.values())
    assert 35 < failed[500] + failed[429] < 85
    assert failed[500] > 10 < failed[429]


def test_the_same_request_does_not_always_fail():
    client = connect("openai").with_options(max_retries=0)
    provider_of(client).failures.at_rate(0.5, (500,))
    for _ in range(40):
        try:
            ask(client, max_tokens=5)
        except openai.InternalServerError:
            continue
    assert {record.status for record in provider_of(client).log} == {200, 500}
    provider_of(client).failures.clear()
    ask(client)


@pytest.mark.parametrize("step", [200, "lost", True, 3.5])
def test_a_step_that_is_no_failure(step):
    with pytest.raises(ValueError):
        Failures().script(step)


@pytest.mark.parametrize(
    "wrong", [{}, {"status": 429, "timed_out": True}, {"cut_after": -1}, {"status": 429,
              "retry_after": 0}]
)  # fmt: skip
def test_a_failure_that_cannot_be(wrong):
    with pytest.raises(ValueError):
        Failure(**wrong)


@pytest.mark.parametrize("rate", [-0.1, 1.1, float("nan")])
def test_a_rate_that_cannot_be(rate):
    with pytest.raises(ValueError):
        Failures().at_rate(rate)


def test_reports_and_counts_do_not_fail():
    client = connect("openai")
    provider_of(client).failures.script(500)
    client.models.list()
    assert provider_of(client).log == []
    ask(client)
    assert len(provider_of(client).log) == 2


# --- Rate limits -------------------------------------------------------------------------------


def test_no_limit_and_no_header_until_one_is_set():
    client = connect("openai")
    headers = client.chat.completions.with_raw_response.create(**CHAT).headers
    assert not [name for name in headers if "ratelimit" in name]


def test_openai_requests_per_minute():
    client = connect("openai")
    provider = provider_of(client)
    provider.limits.set_rate("gpt-4.1", requests=2, tokens=100_000)
    raw = client.chat.completions.with_raw_response
    assert raw.create(**CHAT).headers["x-ratelimit-remaining-requests"] == "1"
    headers = raw.create(**CHAT).headers
    assert headers["x-ratelimit-limit-requests"] == "2"
    assert headers["x-ratelimit-remaining-requests"] == "0"
    assert headers["x-ratelimit-reset-requests"] == "1m0s"
    with pytest.raises(openai.RateLimitError, match="requests per min") as caught:
        ask(client.with_options(max_retries=0))
    assert caught.value.code == "rate_limit_exceeded"
    assert caught.value.response.headers["retry-after"] == "30"
    provider.clock.advance(seconds=29.9)
    with pytest.raises(openai.RateLimitError):
        ask(client.with_options(max_retries=0))
    provider.clock.advance(seconds=0.1)
    ask(client.with_options(max_retries=0))
    # The SDK's own retry waits as told, and then gets through.
    assert client.chat.completions.with_raw_response.create(**CHAT).retries_taken == 1


def test_openai_counts_the_output_that_is_asked_for():
    client = connect("openai").with_options(max_retries=0)
    provider_of(client).limits.set_rate(tokens=1_000)
    ask(client, max_tokens=900)
    with pytest.raises(openai.RateLimitError, match="tokens per min"):
        ask(client, max_tokens=200)
    with pytest.raises(openai.RateLimitError, match="Request too large"):
        ask(client, max_tokens=1_001)


def test_anthropic_counts_output_as_it_was_written():
    client = connect("anthropic").with_options(max_retries=0)
    provider = provider_of(client)
    provider.limits.set_rate("claude", requests=100, input_tokens=10_000, output_tokens=60)
    raw = client.messages.with_raw_response.create(**CLAUDE)
    written = raw.parse().usage
    assert raw.headers["anthropic-ratelimit-requests-remaining"] == "99"
    assert raw.headers["anthropic-ratelimit-input-tokens-remaining"] == str(
        10_000 - written.input_tokens
    )
    assert raw.headers["anthropic-ratelimit-output-tokens-reset"].endswith("Z")
    assert written.output_tokens > 60
    with pytest.raises(anthropic.RateLimitError, match="60 output tokens per minute") as caught:
        ask(client)
    wait = int(caught.value.response.headers["retry-after"])
    assert wait == pytest.approx(written.output_tokens - 60 + 1, abs=1.5)
    provider.clock.advance(seconds=wait)
    ask(client)


def test_models_have_buckets_of_their_own_and_the_longest_name_wins():
    client = connect("openai").with_options(max_retries=0)
    provider_of(client).limits.set_rate("gpt-4.1", requests=1)
    provider_of(client).limits.set_rate("gpt-4.1-nano", requests=2)
    for model in ("gpt-4.1", "gpt-4.1-mini"):
        ask(client, model=model)
        with pytest.raises(openai.RateLimitError):
            ask(client, model=model)
    client.models.list()


def test_a_limit_that_lets_nothing_through():
    with pytest.raises(ValueError, match="requests=0"):
        provider_of(connect("openai")).limits.set_rate(requests=0)


# --- Latency -----------------------------------------------------------------------------------


def test_latency_of_the_published_measurement_of_a_prediction():
    plain = {"prompt_tokens": 300, "completion_tokens": 118}
    predicted = {
        "prompt_tokens": 300,
        "completion_tokens": 226,
        "completion_tokens_details": {
            "accepted_prediction_tokens": 49,
            "rejected_prediction_tokens": 107,
        },
    }
    assert latency_of("gpt-4o", "default", plain).total == pytest.approx(5.2, abs=0.2)
    assert latency_of("gpt-4o", "default", predicted).total == pytest.approx(3.3, abs=0.2)


def test_latency_by_tier_cache_and_reasoning():
    usage = {"prompt_tokens": 50_000, "completion_tokens": 600}
    base = latency_of("gpt-5", "default", usage)
    assert latency_of("gpt-5", "flex", usage).total > base.total
    assert latency_of("gpt-5", "priority", usage).total < base.total
    cached = {**usage, "prompt_tokens_details": {"cached_tokens": 49_920}}
    assert latency_of("gpt-5", "default", cached).first_token < base.first_token - 3
    thought = {**usage, "completion_tokens_details": {"reasoning_tokens": 500}}
    slow = latency_of("gpt-5", "default", thought)
    assert slow.first_token > base.first_token + 5
    assert slow.total == base.total
    # Anthropic counts beside: the same input, all of it read from the cache.
    beside = {"input_tokens": 0, "cache_read_input_tokens": 50_000, "output_tokens": 600}
    fresh = {"input_tokens": 50_000, "output_tokens": 600}
    model = "claude-sonnet-5-5"
    assert latency_of(model, None, beside).first_token < latency_of(model, None, fresh).first_token


def test_a_call_takes_no_virtual_time_and_says_how_long_it_would_have_taken():
    client = connect("openai")
    before = provider_of(client).clock.now
    ask(client)
    (record,) = provider_of(client).log
    assert provider_of(client).clock.now == before
    assert 0 < record.first_token < record.latency


# --- Many at once ------------------------------------------------------------------------------


def usage_counts(provider):
    return Counter((record.model, record.usage["total_tokens"]) for record in provider.log)


def many_bodies():
    return [{"messages": [{"role": "user", "content": f"Order {i % 50}"}]} for i in range(200)]


def test_200_threads_lose_no_record_and_count_no_token_twice():
    client = connect("openai")
    barrier, replies = threading.Barrier(200), []

    def work(body):
        barrier.wait()
        replies.append(ask(client, **body))

    threads = [threading.Thread(target=work, args=(body,)) for body in many_bodies()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seen = Counter((reply.model, reply.usage.total_tokens) for reply in replies)
    assert sum(seen.values()) == 200
    assert usage_counts(provider_of(client)) == seen


def test_200_tasks_lose_no_record_and_count_no_token_twice():
    client = connect_async("openai")

    async def many():
        return await asyncio.gather(*(ask(client, **body) for body in many_bodies()))

    replies = asyncio.run(many())
    seen = Counter((reply.model, reply.usage.total_tokens) for reply in replies)
    assert usage_counts(provider_of(client)) == seen


def test_the_clock_may_move_while_threads_call():
    """A batch falls due on the clock's thread: two locks in two orders would never end."""
    client = connect("openai")
    provider = provider_of(client)
    for minute in range(50):
        provider.clock.call_in(timedelta(minutes=minute), lambda: ask(client))
    threads = [threading.Thread(target=ask, args=(client,)) for _ in range(20)]
    threads += [
        threading.Thread(target=provider.clock.advance, kwargs={"minutes": 10}) for _ in range(5)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert len(provider.log) == 70


def test_keys_are_told_apart_without_being_shown():
    client = connect("openai")
    ask(client.with_options(api_key="sk-secret-of-team-a", project="team-a"))
    ask(client)
    first, second = provider_of(client).log
    assert (first.project, second.project) == ("team-a", "default")
    assert first.api_key_id != second.api_key_id
    assert "secret" not in repr(provider_of(client).log)
