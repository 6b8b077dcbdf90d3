"""Claude on the offline provider: thinking, tools, caches, streams, pictures, batches, refusals."""

from __future__ import annotations

import asyncio
import base64
import copy
import io
import json
from decimal import Decimal

import anthropic
import pytest
from anthropic import transform_schema
from offline_clients import QUESTION, strict
from PIL import Image
from pydantic import BaseModel, Field

from costlib.pricing.cost import cost_of
from costlib.pricing.prices import find_model, models
from costlib.provider import connect_async, provider_of
from costlib.provider.anthropic.accepts import abilities
from costlib.provider.anthropic.input import seal
from costlib.provider.bill import cost_of_record
from costlib.tokens.images import image_tokens
from costlib.tokens.text import count_text
from costlib.usage.read import read_usage

OPUS, SONNET, HAIKU = "claude-opus-5-5", "claude-sonnet-5", "claude-haiku-4-5"
CLAUDE = {"model": OPUS, "max_tokens": 8_000, "messages": QUESTION}
HARD = {"output_config": {"effort": "high"}}  # at which adaptive thinking always thinks
PLAIN = CLAUDE | {"model": HAIKU}  # does not think unless it is asked to
LONG = "A rule of the bank, with its number and its date. " * 700
TOOL = {
    "name": "find_card",
    "description": "Look up a card.",
    "input_schema": {
        "type": "object",
        "properties": {"number": {"type": "string"}, "kind": {"enum": ["debit", "credit"]}},
        "required": ["number", "kind"],
    },
}
SEARCH = {"type": "web_search_20260318", "name": "web_search"}


pytestmark = pytest.mark.usefixtures("no_network")


def refused(call, says, error=anthropic.BadRequestError, **body):
    with pytest.raises(error) as raised:
        call(**body)
    assert says in raised.value.body["error"]["message"], raised.value.body
    return raised.value


def kinds(message):
    return [block.type for block in message.content]


def said(message):
    return "".join(block.text for block in message.content if block.type == "text")


def read(message):
    """(input, written for 5 minutes, for 1 hour, read from a cache) of a reply."""
    usage = message.usage
    assert usage.cache_creation_input_tokens == (
        usage.cache_creation.ephemeral_5m_input_tokens
        + usage.cache_creation.ephemeral_1h_input_tokens
    )
    return (
        usage.input_tokens,
        usage.cache_creation.ephemeral_5m_input_tokens,
        usage.cache_creation.ephemeral_1h_input_tokens,
        usage.cache_read_input_tokens,
    )


# --- Thinking ---------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning")
def test_every_live_model_answers_and_its_tokens_add_up(claude):
    for model in models("anthropic", kind="chat", at=provider_of(claude).clock.now.date()):
        reply = claude.messages.create(**CLAUDE | {"model": model.id})
        thought = reply.usage.output_tokens_details.thinking_tokens
        visible = count_text(said(reply), model.id).tokens
        assert reply.usage.output_tokens == thought + visible
        assert ("thinking" in kinds(reply)) == (thought > 0)
        default_on = abilities(find_model(model.id)).thinking[0] == "adaptive"
        assert default_on or not thought, model.id
        assert cost_of(read_usage(reply), model.id).total > 0


def test_effort_buys_thinking_which_is_billed_as_output(claude):
    spent = []
    for effort in ("high", "xhigh", "max"):
        reply = claude.messages.create(
            **CLAUDE | {"max_tokens": 60_000}, output_config={"effort": effort}, timeout=900
        )
        spent.append(reply.usage.output_tokens_details.thinking_tokens)
    assert 0 < spent[0] < spent[1] < spent[2]
    quiet = claude.messages.create(
        **CLAUDE | {"model": "claude-opus-5"}, thinking={"type": "disabled"}
    )
    assert quiet.usage.output_tokens_details.thinking_tokens == 0
    assert kinds(quiet) == ["text"]


def test_low_effort_skips_thinking_for_some_questions(claude):
    thought = [
        claude.messages.create(
            model=OPUS,
            max_tokens=8_000,
            messages=[{"role": "user", "content": f"Question {n}"}],
            output_config={"effort": "low"},
        ).usage.output_tokens_details.thinking_tokens
        for n in range(20)
    ]
    assert 0 < sum(bool(tokens) for tokens in thought) < 20


def test_a_budget_caps_manual_thinking(claude):
    for n in range(6):
        reply = claude.messages.create(
            model=HAIKU,
            max_tokens=2_000,
            messages=[{"role": "user", "content": f"Question {n}"}],
            thinking={"type": "enabled", "budget_tokens": 1_024},
        )
        assert 0 < reply.usage.output_tokens_details.thinking_tokens <= 1_024
        assert "summary" in reply.content[0].thinking  # older models show it


def test_thinking_that_is_not_shown_costs_the_same(claude):
    shown = claude.messages.create(
        **CLAUDE | HARD, thinking={"type": "adaptive", "display": "summarized"}
    )
    hidden = claude.messages.create(**CLAUDE | HARD)
    assert shown.usage == hidden.usage and "thinking" in kinds(hidden)
    assert shown.content[0].thinking and not hidden.content[0].thinking
    assert shown.content[0].signature == hidden.content[0].signature


def test_thinking_can_eat_the_whole_answer(claude):
    reply = claude.messages.create(**CLAUDE | {"max_tokens": 50}, output_config={"effort": "high"})
    assert reply.stop_reason == "max_tokens" and said(reply) == ""
    assert reply.usage.output_tokens == 50
    assert reply.usage.output_tokens_details.thinking_tokens == 50


@pytest.mark.filterwarnings("ignore:Using Claude with:UserWarning")
def test_earlier_thinking_is_input_again_on_models_that_keep_it(claude):
    for model, kept in (("claude-opus-4-6", True), (HAIKU, False)):
        body = {"model": model, "max_tokens": 8_000}
        first = claude.messages.create(
            **body, messages=QUESTION, thinking={"type": "enabled", "budget_tokens": 4_000}
        )
        thought = first.usage.output_tokens_details.thinking_tokens
        assert thought > 0
        more = [{"role": "user", "content": "And now?"}]
        content = [block.to_dict() for block in first.content]
        both = [*QUESTION, {"role": "assistant", "content": content}, *more]
        text_only = [*QUESTION, {"role": "assistant", "content": content[1:]}, *more]
        sizes = [
            claude.messages.count_tokens(model=model, messages=messages).input_tokens
            for messages in (both, text_only)
        ]
        assert sizes[0] - sizes[1] == (thought if kept else 0)
        reply = claude.messages.create(**body, messages=both)
        assert reply.usage.input_tokens == sizes[0]


@pytest.mark.parametrize(
    ("model", "more", "says"),
    [
        (OPUS, {"thinking": {"type": "disabled"}}, '"thinking.type.disabled" is not supported'),
        (OPUS, {"thinking": {"type": "enabled", "budget_tokens": 2_000}}, "thinking.type.adaptive"),
        ("claude-sonnet-5-5", {"thinking": {"type": "disabled"}}, "thinking.type.between_tools"),
        (SONNET, {"thinking": {"type": "between_tools"}}, "between_tools"),
        (HAIKU, {"thinking": {"type": "adaptive"}}, "adaptive thinking is not supported"),
        (HAIKU, {"output_config": {"effort": "low"}}, "has no effort levels"),
        ("claude-opus-4-5", {"output_config": {"effort": "max"}}, "takes low, medium, high"),
        (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 1_000}}, "equal to 1024"),
        (HAIKU, {"thinking": {"type": "enabled", "budget_tokens": 8_000}}, "must be greater than"),
        (HAIKU, {"thinking": {"type": "enabled"}}, "budget_tokens"),
        (
            "claude-opus-5",
            {"thinking": {"type": "disabled"}, "output_config": {"effort": "max"}},
            "when thinking is disabled",
        ),
        (OPUS, {"output_config": {"effort": "huge"}}, "output_config.effort"),
    ],
)
def test_thinking_that_a_model_refuses(claude, model, more, says):
    refused(claude.messages.create, says, **CLAUDE | {"model": model}, **more)


# --- Limits and refusals ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"max_tokens": 64_001, "timeout": 900}, "64001 > 64000"),
        ({"service_tier": "flex"}, "service_tier"),
        ({"inference_geo": "us"}, "inference_geo: not supported on claude-haiku-4-5"),
        ({"inference_geo": "eu"}, "'global' and 'us'"),
        ({"tool_choice": {"type": "any"}}, "while providing tools"),
        ({"tools": [TOOL], "tool_choice": {"type": "tool", "name": "x"}}, "not found"),
        ({"tools": [TOOL, TOOL]}, "unique"),
        ({"tools": [SEARCH | {"max_uses": 0}]}, "max_uses"),
        ({"tools": [SEARCH | {"name": "google"}]}, "web_search"),
        ({"tools": [{"type": "bash_20250124", "name": "bash"}]}, "does not serve"),
        ({"output_config": {"format": {"type": "xml"}}}, "json_schema"),
    ],
)
def test_what_claude_refuses(claude, more, says):
    refused(claude.messages.create, says, **PLAIN | more)


def test_what_stays_in_the_us_costs_more_and_is_cached_there(claude):
    """Anthropic's page on data residency: 1.1 times every rate for tokens."""
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]
    asked = CLAUDE | {"system": system}
    everywhere = claude.messages.create(**asked)
    there, again = (claude.messages.create(**asked, inference_geo="us") for _ in range(2))
    assert (everywhere.usage.inference_geo, there.usage.inference_geo) == ("global", "us")
    assert there.usage.cache_read_input_tokens == 0 < again.usage.cache_read_input_tokens
    first, second, _ = (cost_of_record(record).total for record in provider_of(claude).log)
    assert second == first * Decimal("1.1") == cost_of(read_usage(there), OPUS).total


def test_newer_models_cannot_be_prefilled_nor_forced(claude):
    prefilled = [*QUESTION, {"role": "assistant", "content": "Because"}]
    assert claude.messages.create(**PLAIN | {"messages": prefilled}).content
    refused(claude.messages.create, "prefill", **CLAUDE | {"messages": prefilled})
    force = {"tools": [TOOL], "tool_choice": {"type": "any"}}
    refused(claude.messages.create, 'type "tool" and "any"', **CLAUDE, **force)
    refused(claude.messages.count_tokens, "any", model=OPUS, messages=QUESTION, **force)
    manual = {"thinking": {"type": "enabled", "budget_tokens": 2_000}}
    refused(claude.messages.create, "forces tool use", **PLAIN, **force, **manual)


def test_a_full_context_window_ends_the_reply(claude):
    model = find_model(HAIKU)
    unit = "word " * 1_000
    size = claude.messages.count_tokens(
        model=HAIKU, messages=[{"role": "user", "content": unit * 100}]
    ).input_tokens
    fits = unit * int(100 * (model.context_window - 10) / size)
    left = model.context_window - count_text(fits, HAIKU).tokens - 7
    fits += "word " * int(left / 1.18 - 3)
    reply = claude.messages.create(
        model=HAIKU, max_tokens=5_000, messages=[{"role": "user", "content": fits}]
    )
    assert reply.stop_reason == "model_context_window_exceeded"
    assert reply.usage.input_tokens + reply.usage.output_tokens <= model.context_window


# --- Tools and structured output --------------------------------------------------------------


def test_a_forced_tool_is_called_and_its_result_can_be_sent_back(claude):
    body = PLAIN | {"tools": [TOOL]}
    call = claude.messages.create(**body, tool_choice={"type": "tool", "name": "find_card"})
    assert call.stop_reason == "tool_use" and kinds(call) == ["tool_use"]
    block = call.content[0]
    assert block.name == "find_card" and block.input["kind"] in ("debit", "credit")
    written = json.dumps(block.input, separators=(",", ":"))
    assert call.usage.output_tokens == (
        count_text("find_card", HAIKU).tokens + count_text(written, HAIKU).tokens
    )
    result = {"type": "tool_result", "tool_use_id": block.id, "content": "Active"}
    messages = [
        *QUESTION,
        {"role": "assistant", "content": [block.to_dict()]},
        {"role": "user", "content": [result]},
    ]
    reply = claude.messages.create(**body | {"messages": messages})
    assert reply.stop_reason == "end_turn"
    assert reply.usage.input_tokens > call.usage.input_tokens + call.usage.output_tokens


def test_a_tool_call_that_does_not_fit_is_paid_for_and_lost(claude):
    reply = claude.messages.create(
        **PLAIN | {"max_tokens": 3, "tools": [TOOL]}, tool_choice={"type": "any"}
    )
    assert (reply.stop_reason, reply.content, reply.usage.output_tokens) == ("max_tokens", [], 3)


def test_tools_are_input_with_their_hidden_prompt(claude):
    bare = claude.messages.count_tokens(model=OPUS, messages=QUESTION).input_tokens
    tools = claude.messages.count_tokens(model=OPUS, messages=QUESTION, tools=[TOOL]).input_tokens
    assert tools - bare > 346  # Anthropic's page on tool use: the hidden prompt alone


def test_structured_output_fits_its_schema_and_the_schema_is_input(claude):
    schema = TOOL["input_schema"] | {"additionalProperties": False}
    shape = {"format": {"type": "json_schema", "schema": schema}}
    plain = claude.messages.create(**CLAUDE)
    reply = claude.messages.create(**CLAUDE, output_config=shape)
    assert set(json.loads(said(reply))) == {"number", "kind"}
    assert reply.usage.input_tokens > plain.usage.input_tokens
    again = claude.messages.count_tokens(model=OPUS, messages=QUESTION, output_config=shape)
    assert again.input_tokens == reply.usage.input_tokens


# --- Web search -------------------------------------------------------------------------------


def test_searches_cost_a_fee_and_their_results_are_input(claude):
    body = CLAUDE | {"model": SONNET, "tools": [SEARCH]}
    sent = claude.messages.create(**body, tool_choice={"type": "none"}).usage.input_tokens
    for n in range(5):
        asked = body | {"messages": [{"role": "user", "content": f"What is new? {n}"}]}
        reply = claude.messages.create(**asked)
        count = reply.usage.server_tool_use.web_search_requests
        assert kinds(reply).count("server_tool_use") == count >= 1
        assert kinds(reply).count("web_search_tool_result") == count
        assert reply.usage.input_tokens > sent * (count + 1)  # the prompt is read once a turn
        cost = cost_of(read_usage(reply), SONNET)
        fee = sum(line.amount for line in cost.lines if line.kind == "web_search")
        assert fee == count * Decimal("0.01")  # $10 for 1,000


def test_a_tool_that_anthropic_runs_cannot_be_counted(claude):
    """Observed: pydantic/pydantic-ai pull request 5703."""
    count, body = claude.messages.count_tokens, {"model": SONNET, "messages": QUESTION}
    refused(count, f"count_tokens endpoint: {SEARCH['type']}.", **body, tools=[TOOL, SEARCH])
    assert count(**body, tools=[TOOL]).input_tokens > 0


def test_max_uses_and_tool_choice_none_hold_searches_back(claude):
    for n in range(6):
        body = {
            "model": SONNET,
            "max_tokens": 8_000,
            "messages": [{"role": "user", "content": f"News {n}?"}],
        }
        once = claude.messages.create(**body, tools=[SEARCH | {"max_uses": 1}])
        assert once.usage.server_tool_use.web_search_requests == 1
        none = claude.messages.create(**body, tools=[SEARCH], tool_choice={"type": "none"})
        assert none.usage.server_tool_use.web_search_requests == 0


def test_search_results_that_come_back_are_input_again(claude):
    body = {"model": SONNET, "tools": [SEARCH | {"max_uses": 1}]}
    first = claude.messages.create(**body, max_tokens=8_000, messages=QUESTION)
    content = [block.to_dict() for block in first.content]
    more = {"role": "user", "content": "Thanks."}
    with_results = [*QUESTION, {"role": "assistant", "content": content}, more]
    without = [*QUESTION, {"role": "assistant", "content": content[-1:]}, more]
    asked = body | {"max_tokens": 100, "tool_choice": {"type": "none"}}
    sizes = [
        claude.messages.create(**asked, messages=messages).usage.input_tokens
        for messages in (with_results, without)
    ]
    assert sizes[0] - sizes[1] > 5 * 300  # five pages of 300 tokens or more


# --- Caches -----------------------------------------------------------------------------------


def marked(text=LONG, ttl=None):
    control = {"type": "ephemeral"} | ({"ttl": ttl} if ttl else {})
    return [{"type": "text", "text": text, "cache_control": control}]


def test_an_explicit_breakpoint_is_written_once_and_then_read(claude):
    first = claude.messages.create(**CLAUDE, system=marked())
    again = claude.messages.create(**CLAUDE, system=marked())
    sent, wrote, _, _ = read(first)
    assert wrote > 5_000 and read(first)[3] == 0
    assert read(again) == (sent, 0, 0, wrote)
    counted = claude.messages.count_tokens(model=OPUS, messages=QUESTION, system=marked())
    assert counted.input_tokens == sent + wrote
    costs = [cost_of(read_usage(each), OPUS) for each in (first, again)]
    assert {line.kind for line in costs[0].lines} >= {"input", "cache_write_5m", "output"}
    assert costs[1].total < costs[0].total


def test_one_hour_and_five_minutes_are_reported_apart_and_expire(claude):
    tools = [TOOL | {"description": LONG, "cache_control": {"type": "ephemeral", "ttl": "1h"}}]
    body = CLAUDE | {"tools": tools, "system": marked()}
    _, five, hour, _ = read(claude.messages.create(**body))
    assert five > 0 and hour > 0
    assert read(claude.messages.create(**body))[3] == five + hour
    provider_of(claude).clock.advance(minutes=6)
    assert read(claude.messages.create(**body))[1:] == (five, 0, hour)
    provider_of(claude).clock.advance(minutes=61)
    assert read(claude.messages.create(**body))[1:] == (five, hour, 0)


def test_five_minutes_before_one_hour_is_refused(claude):
    body = CLAUDE | {"system": [*marked(), *marked("More. " + LONG, "1h")]}
    refused(claude.messages.create, "must not come after", **body)


@pytest.mark.parametrize(
    ("block", "says"),
    [
        ({"type": "text", "text": ""}, "empty text blocks"),
        ({"type": "thinking", "thinking": "", "signature": "x"}, "cache_control: Extra inputs"),
    ],
)
def test_blocks_that_cannot_be_marked(claude, block, says):
    block = block | {"cache_control": {"type": "ephemeral"}}
    messages = [*QUESTION, {"role": "assistant", "content": [block]}, *QUESTION]
    refused(claude.messages.create, says, **CLAUDE | {"messages": messages})


def test_automatic_caching_follows_the_conversation(claude):
    messages = [{"role": "user", "content": LONG}]
    body = HARD | {"model": OPUS, "max_tokens": 8_000, "cache_control": {"type": "ephemeral"}}
    first = claude.messages.create(**body, messages=messages)
    messages += [
        {"role": "assistant", "content": [block.to_dict() for block in first.content]},
        {"role": "user", "content": "And then?"},
    ]
    second = claude.messages.create(**body, messages=messages)
    assert read(second)[3] == read(first)[1]
    # The reply, its thinking included, is part of the prompt now, and is written to the cache.
    assert first.usage.output_tokens_details.thinking_tokens > 0
    assert first.usage.output_tokens <= read(second)[1]


def test_max_tokens_0_warms_the_cache_and_writes_nothing(claude):
    warm = claude.messages.create(**CLAUDE | {"max_tokens": 0}, system=marked())
    assert (warm.content, warm.usage.output_tokens) == ([], 0)
    used = claude.messages.create(**CLAUDE, system=marked())
    assert read(used)[3] == read(warm)[1] > 0


def test_thinking_settings_are_part_of_the_cached_prompt_from_the_messages_on(claude):
    messages = [{"role": "user", "content": marked("Question: " + LONG)}]
    body = {"model": OPUS, "max_tokens": 8_000, "messages": messages, "system": marked()}
    wrote = read(claude.messages.create(**body))[1]
    changed = claude.messages.create(**body, output_config={"effort": "high"})
    assert 0 < read(changed)[3] < wrote  # the system text is read, the messages are not


def test_parallel_calls_write_n_times_and_streams_write_too():
    client = strict("anthropic", connect_async)

    async def fan_out():
        body = CLAUDE | {"system": marked()}
        return await asyncio.gather(*(client.messages.create(**body) for _ in range(4)))

    replies = asyncio.run(fan_out())
    assert all(read(reply)[1] > 0 and read(reply)[3] == 0 for reply in replies)
    sync = strict("anthropic", provider=provider_of(client))
    with sync.messages.stream(**CLAUDE, system=marked()) as stream:
        assert read(stream.get_final_message())[3] == read(replies[0])[1]


def test_diagnostics_name_what_changed(claude):
    body = CLAUDE | {"system": "Be brief.", "tools": [TOOL]}
    first = claude.messages.create(**body, diagnostics={"previous_message_id": None})
    assert first.diagnostics is None
    named = {"diagnostics": {"previous_message_id": first.id}}
    grown = [*QUESTION, {"role": "assistant", "content": "Hm."}, *QUESTION]
    changes = {
        "model_changed": {"model": "claude-opus-5"},
        "tools_changed": {"tools": []},
        "system_changed": {"system": "Be long."},
        "messages_changed": {"messages": [{"role": "user", "content": "Other"}]},
        "unavailable": {"output_config": {"effort": "max"}},
        None: {"messages": grown},
    }
    for reason, change in changes.items():
        found = claude.messages.create(**body | change, **named).diagnostics
        assert (found and found.cache_miss_reason.type) == reason
    lost = claude.messages.create(**body, diagnostics={"previous_message_id": "msg_0"})
    assert lost.diagnostics.cache_miss_reason.type == "previous_message_not_found"
    missed = claude.messages.create(**body | changes["system_changed"], **named)
    assert missed.diagnostics.cache_miss_reason.cache_missed_input_tokens > 346


# --- Streams ----------------------------------------------------------------------------------

STREAMED = [
    CLAUDE,
    CLAUDE | HARD,
    CLAUDE | HARD | {"thinking": {"type": "adaptive", "display": "summarized"}},
    PLAIN | {"tools": [TOOL], "tool_choice": {"type": "any"}},
    CLAUDE | {"model": SONNET, "tools": [SEARCH]},
    CLAUDE | HARD | {"max_tokens": 20},
    CLAUDE | {"max_tokens": 0},
    CLAUDE | {"system": marked(), "stop_sequences": ["simulated"]},
]


@pytest.mark.parametrize("body", STREAMED)
def test_a_stream_adds_up_to_the_same_message(body):
    plain = strict("anthropic").messages.create(**body)
    client = strict("anthropic")
    with client.messages.stream(**body) as stream:
        streamed = stream.get_final_message()
    assert streamed.to_dict()["usage"] == plain.to_dict()["usage"]
    for name in ("id", "stop_reason", "stop_sequence", "model"):
        assert getattr(streamed, name) == getattr(plain, name)
    assert [block.to_dict() for block in streamed.content] == [
        block.to_dict() for block in plain.content
    ]
    record = provider_of(client).log[-1]
    assert record.outcome == "complete"
    assert record.usage["output_tokens"] == plain.usage.output_tokens


def test_the_order_of_events_and_where_the_true_usage_is(claude):
    events = list(claude.messages.create(**CLAUDE | HARD, stream=True))
    names = [event.type for event in events]
    assert names[0] == "message_start" and names[-2:] == ["message_delta", "message_stop"]
    start, delta = events[0].message.usage, events[-2].usage
    whole = strict("anthropic").messages.create(**CLAUDE | HARD).usage
    assert start.input_tokens == delta.input_tokens == whole.input_tokens
    assert start.output_tokens == 1 and start.output_tokens_details is None
    assert delta.output_tokens == whole.output_tokens
    assert delta.output_tokens_details == whole.output_tokens_details
    signed = [i for i, event in enumerate(events) if "signature_delta" in event.to_json()]
    assert names[signed[0] + 1] == "content_block_stop"


def test_the_raw_stream_has_a_ping(claude):
    with claude.messages.with_streaming_response.create(**CLAUDE, stream=True) as raw:
        text = raw.read().decode()
    assert 'event: ping\ndata: {"type": "ping"}\n\n' in text


def test_who_leaves_a_stream_pays_for_what_was_generated(claude):
    whole = strict("anthropic").messages.create(**CLAUDE | HARD).usage
    paid = []
    for leave_after in (1, 4, 6, 9):
        with claude.messages.create(**CLAUDE | HARD, stream=True) as stream:
            for _ in zip(range(leave_after), stream, strict=False):
                pass
        record = provider_of(claude).log[-1]
        assert record.outcome == "interrupted"
        assert record.usage["input_tokens"] == whole.input_tokens
        paid.append(record.usage["output_tokens"])
    assert paid == sorted(paid) and paid[0] < paid[-1] < whole.output_tokens


def test_an_asynchronous_stream(claude):
    async def go():
        client = strict("anthropic", connect_async)
        async with client.messages.stream(**CLAUDE) as stream:
            text = "".join([piece async for piece in stream.text_stream])
            return text, await stream.get_final_message()

    text, message = asyncio.run(go())
    whole = claude.messages.create(**CLAUDE)
    assert text == said(message) == said(whole) and message.usage == whole.usage


# --- Pictures ---------------------------------------------------------------------------------


def picture(width=800, height=600, kind="PNG", media_type=None):
    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, kind)
    source = {
        "type": "base64",
        "media_type": media_type or f"image/{kind.lower()}",
        "data": base64.b64encode(file.getvalue()).decode(),
    }
    return {"type": "image", "source": source}


def shown(*parts):
    return [{"role": "user", "content": [*parts, {"type": "text", "text": "What is it?"}]}]


@pytest.mark.parametrize("model", [OPUS, HAIKU])
def test_a_picture_is_counted_by_its_pixels(claude, model):
    counts = [
        claude.messages.count_tokens(model=model, messages=messages).input_tokens
        for messages in (shown(), shown(picture()), shown(picture(), picture(1_500, 100, "WEBP")))
    ]
    assert counts[1] - counts[0] == image_tokens(800, 600, model)
    assert counts[2] - counts[1] == image_tokens(1_500, 100, model)
    reply = claude.messages.create(model=model, max_tokens=500, messages=shown(picture()))
    assert reply.usage.input_tokens == counts[1]


def test_a_picture_in_the_result_of_a_tool(claude):
    use = {"type": "tool_use", "id": "toolu_1", "name": "find_card", "input": {}}
    for content, tokens in (("", 0), ([picture()], image_tokens(800, 600, OPUS))):
        result = {"type": "tool_result", "tool_use_id": "toolu_1", "content": content}
        messages = [
            *QUESTION,
            {"role": "assistant", "content": [use]},
            {"role": "user", "content": [result]},
        ]
        count = claude.messages.count_tokens(model=OPUS, messages=messages).input_tokens
        if not tokens:
            bare = count
    assert count - bare == tokens


def test_a_picture_is_cached_with_its_prefix(claude):
    messages = shown(picture(2_000, 2_000) | {"cache_control": {"type": "ephemeral"}})
    wrote = read(claude.messages.create(model=OPUS, max_tokens=50, messages=messages))[1]
    assert wrote >= image_tokens(2_000, 2_000, OPUS)
    assert read(claude.messages.create(model=OPUS, max_tokens=50, messages=messages))[3] == wrote
    other = shown(picture(1_999, 2_000) | {"cache_control": {"type": "ephemeral"}})
    assert read(claude.messages.create(model=OPUS, max_tokens=50, messages=other))[3] == 0


def url_picture(url):
    return {"type": "image", "source": {"type": "url", "url": url}}


def broken(**source):
    return {"type": "image", "source": picture()["source"] | source}


@pytest.mark.parametrize(
    ("part", "says"),
    [
        (broken(data="AAAA"), "Could not process image"),
        (broken(data=picture()["source"]["data"][:400]), "damaged"),
        (broken(data="***"), "not base64"),
        (broken(media_type="image/jpeg"), "does not match the provided media type image/jpeg"),
        (url_picture("https://example.com/a.png"), "nothing is fetched"),
        ({"type": "image"}, "source: Field required"),
        ({"type": "image", "source": 7}, "source: Input should be an object"),
        (picture(8_001, 10), "max allowed size: 8000 pixels"),
    ],
)
def test_pictures_that_are_refused(claude, part, says):
    error = refused(claude.messages.create, says, **CLAUDE | {"messages": shown(part)})
    assert "\n" not in error.body["error"]["message"]


def test_too_many_pictures(claude):
    refused(
        claude.messages.count_tokens,
        "101 > 100",
        model=HAIKU,
        messages=shown(*[picture(10, 10)] * 101),
    )


# --- Batches ----------------------------------------------------------------------------------


def requests(*bodies):
    return [{"custom_id": f"r{n}", "params": body} for n, body in enumerate(bodies)]


def test_a_batch_from_start_to_results_at_half_price(claude):
    single = strict("anthropic").messages.create(**PLAIN)
    batch = claude.messages.batches.create(requests=requests(PLAIN, PLAIN | {"max_tokens": -1}))
    assert (batch.processing_status, batch.request_counts.processing) == ("in_progress", 2)
    assert (batch.expires_at - batch.created_at).total_seconds() == 86_400
    with pytest.raises(anthropic.AnthropicError):
        claude.messages.batches.results(batch.id)
    provider_of(claude).clock.advance(hours=1)
    batch = claude.messages.batches.retrieve(batch.id)
    assert batch.processing_status == "ended" and batch.ended_at > batch.created_at
    assert (batch.request_counts.succeeded, batch.request_counts.errored) == (1, 1)
    good, bad = claude.messages.batches.results(batch.id)
    assert (good.custom_id, bad.custom_id) == ("r0", "r1")
    assert bad.result.error.error.type == "invalid_request_error"
    message = good.result.message
    assert message.usage.service_tier == "batch"
    assert message.content == single.content
    paid = cost_of(read_usage(message), HAIKU)
    assert paid.tier == "batch"
    assert paid.total * 2 == cost_of(read_usage(single), HAIKU).total
    assert [(each.status, each.tier_served) for each in provider_of(claude).log] == [
        (200, "batch"),
        (400, None),
    ]


def test_batches_read_the_cache_that_their_first_request_wrote(claude):
    claude.messages.batches.create(requests=requests(*[CLAUDE | {"system": marked()}] * 3))
    provider_of(claude).clock.advance(hours=1)
    wrote, *others = (record.usage for record in provider_of(claude).log)
    assert wrote["cache_creation_input_tokens"] > 0
    assert all(
        other["cache_read_input_tokens"] == wrote["cache_creation_input_tokens"] for other in others
    )


def test_a_batch_does_not_read_what_a_message_wrote_nor_the_other_way_round(claude):
    body = CLAUDE | {"system": marked()}
    written = claude.messages.create(**body).usage.cache_creation_input_tokens
    claude.messages.batches.create(requests=requests(body))
    provider_of(claude).clock.advance(minutes=4)
    claude.messages.create(**body)
    provider_of(claude).clock.advance(hours=1)
    used = {record.tier_served: [] for record in provider_of(claude).log}
    for record in provider_of(claude).log:
        wrote, read = (record.usage[f"cache_{w}_input_tokens"] for w in ("creation", "read"))
        used[record.tier_served].append((wrote, read))
    assert written > 0
    assert used == {"standard": [(written, 0), (0, written)], "batch": [(written, 0)]}


def test_a_cancelled_batch_costs_nothing(claude):
    batch = claude.messages.batches.create(requests=requests(PLAIN, PLAIN))
    assert claude.messages.batches.cancel(batch.id).processing_status == "canceling"
    provider_of(claude).clock.advance(hours=1)
    done = claude.messages.batches.retrieve(batch.id)
    assert done.processing_status == "ended" and done.request_counts.canceled == 2
    assert [line.result.type for line in claude.messages.batches.results(batch.id)] == [
        "canceled",
        "canceled",
    ]
    assert provider_of(claude).log == []
    with pytest.raises(anthropic.BadRequestError, match="processing has ended"):
        claude.messages.batches.cancel(batch.id)


def test_batches_are_listed_newest_first_over_pages(claude):
    made = [claude.messages.batches.create(requests=requests(PLAIN)).id for _ in range(5)]
    assert len(set(made)) == 5
    assert [batch.id for batch in claude.messages.batches.list(limit=2)] == made[::-1]
    page = claude.messages.batches.list(limit=2, before_id=made[0])
    assert [batch.id for batch in page.data] == [made[2], made[1]]
    provider_of(claude).clock.advance(hours=1)
    assert claude.messages.batches.delete(made[0]).type == "message_batch_deleted"
    with pytest.raises(anthropic.NotFoundError):
        claude.messages.batches.retrieve(made[0])


def test_results_are_kept_for_29_days(claude):
    batch = claude.messages.batches.create(requests=requests(PLAIN))
    provider_of(claude).clock.advance(days=28)
    assert list(claude.messages.batches.results(batch.id))
    provider_of(claude).clock.advance(days=2)
    with pytest.raises(anthropic.NotFoundError, match="29 days"):
        claude.messages.batches.results(batch.id)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([], "at least 1 item"),
        (requests(PLAIN) * 2, "used twice"),
        ([{"custom_id": "a b", "params": PLAIN}], "custom_id"),
        ([{"custom_id": "a"}], "params"),
    ],
)
def test_batches_that_are_refused(claude, given, says):
    refused(claude.messages.batches.create, says, requests=given)


def test_a_stream_or_an_unknown_model_in_a_batch_fails_alone(claude):
    bodies = (PLAIN | {"stream": True}, PLAIN | {"model": "claude-9"}, PLAIN)
    batch = claude.messages.batches.create(requests=requests(*bodies))
    provider_of(claude).clock.advance(hours=1)
    found = [line.result for line in claude.messages.batches.results(batch.id)]
    assert [result.type for result in found] == ["errored", "errored", "succeeded"]
    assert found[1].error.error.type == "not_found_error"


# --- Models, junk -----------------------------------------------------------------------------


def test_models_are_those_that_can_be_called(claude):
    listed = {model.id: model for model in claude.models.list()}
    assert OPUS in listed and "claude-opus-4-1" not in listed
    assert listed[OPUS].display_name == "Claude Opus 5.5"
    assert listed["claude-sonnet-4-5"].lifecycle == "deprecated"
    assert claude.models.retrieve(OPUS) == listed[OPUS]
    with pytest.raises(anthropic.NotFoundError):
        claude.models.retrieve("claude-opus-4-1")


RICH = {
    "model": "claude-sonnet-4-6",
    "max_tokens": 3_000,
    "cache_control": {"type": "ephemeral"},
    "thinking": {"type": "enabled", "budget_tokens": 1_500, "display": "omitted"},
    "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {}}},
    "tool_choice": {"type": "auto"},
    "tools": [SEARCH | {"max_uses": 2}, {"name": "f", "input_schema": {"type": "object"}}],
    "diagnostics": {"previous_message_id": "msg_1"},
    "messages": [
        {"role": "user", "content": [picture(9, 9)]},
        {
            "role": "assistant",
            "content": [
                {"type": "thinking", "thinking": "", "signature": seal(40, "x")},
                {"type": "server_tool_use", "id": "s", "name": "web_search", "input": {}},
                {
                    "type": "web_search_tool_result",
                    "tool_use_id": "s",
                    "content": [
                        {
                            "type": "web_search_result",
                            "title": "T",
                            "url": "https://example.com",
                            "encrypted_content": "x",
                        }
                    ],
                },
                {"type": "tool_use", "id": "t", "name": "f", "input": {}},
            ],
        },
        {
            "role": "user",
            "content": [{"type": "tool_result", "tool_use_id": "t", "content": [picture(9, 9)]}],
        },
    ],
}
JUNK = [None, True, 0, -1, 2.5, "", "junk", "\ud800", [], [1], [None], {}, {"type": "image"}]


def places(value, here=()):
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        yield (*here, key)
        if isinstance(item, (dict, list)):
            yield from places(item, (*here, key))


def test_no_junk_anywhere_in_a_rich_body_breaks_the_provider(claude):
    url = f"{str(claude.base_url).rstrip('/')}/v1/messages"
    first = claude._client.post(url, json=RICH)
    assert first.status_code == 200, first.text
    for place in places(RICH):
        for junk in JUNK:
            body = copy.deepcopy(RICH)
            inner = body
            for key in place[:-1]:
                inner = inner[key]
            inner[place[-1]] = junk
            answer = claude._client.post(url, content=json.dumps(body))
            assert answer.status_code in (200, 400, 404), (place, junk)


# --- Schemas ----------------------------------------------------------------------------------

CLOSED = {"type": "object", "properties": {}, "additionalProperties": False}
OPEN = "For 'object' type, 'additionalProperties' must be explicitly set to false"


def holding(part):
    return CLOSED | {"properties": {"a": {"anyOf": [{"type": "null"}, part]}}}


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"type": "object"}, OPEN),
        (CLOSED | {"additionalProperties": True}, OPEN),
        (holding({"type": "object"}), OPEN),
        (CLOSED | {"$defs": {"x": {"type": "object"}}}, OPEN),
        (holding({"type": "array", "items": {"type": "object"}}), OPEN),
        (holding({"type": "integer", "minimum": 1}),
         "For 'integer' type, property 'minimum' is not supported"),
        (holding({"type": ["number", "null"], "minimum": 1, "maximum": 9}),
         "For 'number' type, properties maximum, minimum are not supported"),
        (holding({"type": "string", "minLength": 1}),
         "For 'string' type, property 'minLength' is not supported"),
        (holding({"type": "array", "minItems": 2}),
         "For 'array' type, property 'minItems' is not supported"),
    ],
)  # fmt: skip
def test_a_schema_that_no_grammar_holds_is_refused(claude, schema, says):
    """It had been taken, and is a 400 in production: a port from OpenAI, say, or one by hand."""
    output = {"format": {"type": "json_schema", "schema": schema}}
    refused(
        claude.messages.create, f"output_config.format.schema: {says}",
        **PLAIN, output_config=output,
    )  # fmt: skip
    refused(claude.messages.count_tokens, says, model=HAIKU, messages=QUESTION,
            output_config=output)  # fmt: skip
    tool = {"name": "f", "input_schema": schema}
    refused(claude.messages.create, f"tools.0.custom: {says}", **PLAIN,
            tools=[tool | {"strict": True}])  # fmt: skip
    assert claude.messages.create(**PLAIN, tools=[tool]).content  # not held to it


@pytest.mark.parametrize(
    ("schema", "says"),
    [
        ({"properties": {}}, "tools.0.custom.input_schema.type: Field required"),
        ({"type": "string"}, "tools.0.custom.input_schema.type: Input should be 'object'"),
        ({"type": "object", "anyOf": [{"required": ["a"]}]},
         "input_schema does not support oneOf, allOf, or anyOf at the top level"),
    ],
)  # fmt: skip
def test_the_input_of_a_tool_is_an_object_and_no_union(claude, schema, says):
    tool = {"name": "f", "input_schema": schema}
    refused(claude.messages.create, says, **PLAIN, tools=[tool])


class Ticket(BaseModel):
    topic: str = Field(min_length=1, max_length=20)
    days: int | None = Field(ge=1, le=30)
    parts: list[str] = Field(max_length=3)


def test_what_the_sdk_makes_of_a_model_is_taken(claude):
    schema = transform_schema(Ticket)
    reply = claude.messages.create(
        **PLAIN, output_config={"format": {"type": "json_schema", "schema": schema}}
    )
    assert json.loads(said(reply)).keys() == {"topic", "days", "parts"}
