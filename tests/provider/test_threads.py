"""Message threads: the SDK's runner of tools as it comes, and what the server holds and refuses."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import pytest
from anthropic.types import (
    ThreadAlreadyContinuedError,
    ThreadFingerprintMismatchError,
    ThreadNotFoundError,
)

from costlib.provider import connect, connect_async, provider_of
from costlib.provider.anthropic.threads import BETA

MODEL = {"model": "claude-sonnet-5-5", "max_tokens": 2_000}
WEATHER = {"role": "user", "content": "What is the weather in Paris?"}
HELLO = {"role": "user", "content": "Hello, Claude"}


@anthropic.beta_tool
def get_weather(location: str) -> str:
    """Look up the weather for a city.

    Args:
        location: The city, e.g. San Francisco
    """
    return f"Sunny in {location}"


@anthropic.beta_async_tool(name="get_weather")
async def get_weather_later(location: str) -> str:
    """Look up the weather for a city."""
    return f"Sunny in {location}"


def turn(client: Any, thread: dict[str, str], message: dict[str, Any], **more: Any) -> Any:
    return client.beta.messages.create(
        **MODEL | {"betas": [BETA], "thread": thread, "messages": [message]} | more
    )


def go_on(client: Any, reply: Any, message: dict[str, Any] = HELLO, **more: Any) -> Any:
    thread = {"type": "continue", "previous_message_id": reply.id}
    return turn(client, thread, message, **more)


@pytest.mark.parametrize("stream", [False, True])
def test_the_sdks_runner_of_tools_runs_as_it_comes(stream):
    client = connect("anthropic")
    runner = client.beta.messages.tool_runner(
        **MODEL, tools=[get_weather], messages=[WEATHER], stream=stream
    )
    replies = [each.get_final_message() if stream else each for each in runner]
    assert [each.stop_reason for each in replies] == ["tool_use", "end_turn"]
    assert [each.status for each in provider_of(client).log] == [200, 200]
    # The second turn sent a result alone, and paid for the question and the call as well.
    assert replies[1].usage.input_tokens > replies[0].usage.input_tokens


@pytest.mark.parametrize("stream", [False, True])
def test_the_sdks_asynchronous_runner_runs_as_it_comes(stream):
    client = connect_async("anthropic")
    runner = client.beta.messages.tool_runner(
        **MODEL, tools=[get_weather_later], messages=[WEATHER], stream=stream
    )

    async def run() -> Any:
        final = await runner.until_done()
        return final.stop_reason

    assert asyncio.run(run()) == "end_turn"
    assert [each.status for each in provider_of(client).log] == [200, 200]


def test_a_continued_turn_is_billed_as_the_whole_conversation():
    kept, sent = connect("anthropic"), connect("anthropic")
    system = "You are a support agent. Keep replies short."
    first = turn(kept, {"type": "create"}, HELLO, system=system)
    second = go_on(kept, first, WEATHER)
    said = {"role": "assistant", "content": first.content}
    whole = sent.beta.messages.create(**MODEL, system=system, messages=[HELLO, said, WEATHER])
    assert second.usage == whole.usage
    assert second.content == whole.content


def test_a_script_sees_the_whole_conversation_of_a_thread():
    client, seen = connect("anthropic"), []
    provider_of(client).reply = lambda body: seen.append(len(body["messages"])) or "Yes."
    go_on(client, turn(client, {"type": "create"}, HELLO))
    assert seen == [1, 3]


def test_the_sdks_helper_replays_a_thread_that_expired_after_five_minutes():
    client = connect("anthropic")
    thread = client.beta.messages.thread(**MODEL, system="Be brief.")
    first = thread.send(HELLO)
    provider_of(client).clock.advance(minutes=5)
    with pytest.raises(ThreadNotFoundError, match="No thread state was found"):
        go_on(client, first)
    assert thread.send(WEATHER).usage.input_tokens > first.usage.input_tokens
    assert [each.status for each in provider_of(client).log] == [200, 404, 404, 200]


def test_each_reply_starts_the_five_minutes_again():
    client = connect("anthropic")
    reply = turn(client, {"type": "create"}, HELLO)
    for _ in range(3):
        provider_of(client).clock.advance(minutes=4)
        reply = go_on(client, reply)
    assert reply.stop_reason == "end_turn"


def test_a_reply_is_continued_once():
    client = connect("anthropic")
    first = turn(client, {"type": "create"}, HELLO)
    go_on(client, first)
    with pytest.raises(ThreadAlreadyContinuedError, match="already been continued"):
        go_on(client, first)


def test_the_same_cell_run_twice_does_the_same():
    client = connect("anthropic")
    twice = [go_on(client, turn(client, {"type": "create"}, HELLO)) for _ in range(2)]
    assert twice[0] == twice[1]


def test_a_request_that_is_refused_uses_nothing_up():
    client = connect("anthropic")
    first = turn(client, {"type": "create"}, HELLO)
    with pytest.raises(anthropic.BadRequestError, match="non-empty"):
        go_on(client, first, {"role": "user", "content": ""})
    assert go_on(client, first).stop_reason == "end_turn"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"model": "claude-haiku-4-5"}, "differing field.s.: model"),
        ({"output_config": {"effort": "low"}}, "differing field.s.: output_config"),
    ],
)
def test_what_a_thread_has_fixed_does_not_change(change, words):
    client = connect("anthropic")
    first = turn(client, {"type": "create"}, HELLO)
    with pytest.raises(ThreadFingerprintMismatchError, match=words):
        go_on(client, first, **change)


@pytest.mark.parametrize("field", [{"system": "Be brief."}, {"tools": [get_weather.to_dict()]}])
def test_a_later_turn_leaves_out_what_the_thread_keeps(field):
    client = connect("anthropic")
    first = turn(client, {"type": "create"}, HELLO, **field)
    with pytest.raises(anthropic.BadRequestError, match="must be left out"):
        go_on(client, first, **field)


def test_a_thread_needs_its_beta_header():
    with pytest.raises(anthropic.BadRequestError, match="thread: Extra inputs are not permitted"):
        turn(connect("anthropic"), {"type": "create"}, HELLO, betas=[])


def test_a_thread_of_another_organisation_is_not_found():
    first = turn(connect("anthropic"), {"type": "create"}, HELLO)
    with pytest.raises(ThreadNotFoundError):
        go_on(connect("anthropic"), first)


def test_a_thread_does_not_cache_by_itself_and_may_be_cached():
    client, mark = connect("anthropic"), {"type": "ephemeral"}
    handbook = "The bank answers within one working day. " * 400
    plain = go_on(client, turn(client, {"type": "create"}, HELLO, system=handbook))
    assert plain.usage.cache_read_input_tokens == plain.usage.cache_creation_input_tokens == 0
    first = turn(client, {"type": "create"}, WEATHER, system=handbook, cache_control=mark)
    second = go_on(client, first, cache_control=mark)
    assert second.usage.cache_read_input_tokens == first.usage.cache_creation_input_tokens > 0


def test_the_marks_of_earlier_turns_do_not_add_up():
    client, mark = connect("anthropic"), {"type": "ephemeral"}
    said = [{"type": "text", "text": "Hello, Claude", "cache_control": mark}]
    reply = turn(client, {"type": "create"}, {"role": "user", "content": said})
    for _ in range(5):
        reply = go_on(client, reply, {"role": "user", "content": said})
    assert reply.stop_reason == "end_turn"


def test_a_batch_has_no_threads():
    client = connect("anthropic")
    params = {**MODEL, "messages": [HELLO], "thread": {"type": "create"}}
    batch = client.beta.messages.batches.create(
        requests=[{"custom_id": "a", "params": params}], betas=[BETA]
    )
    provider_of(client).clock.advance(hours=1)
    (line,) = client.beta.messages.batches.results(batch.id)
    assert "does not serve the parameter 'thread'" in line.result.error.error.message


@pytest.mark.parametrize("thread", ["t", {"id": "t"}, {"type": "fork"}, {"type": "continue"}])
def test_a_thread_of_another_shape_is_refused(thread):
    with pytest.raises(anthropic.BadRequestError, match="thread"):
        turn(connect("anthropic"), thread, HELLO)
