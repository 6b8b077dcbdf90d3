"""What a client sends back: reasoning, thinking, calls and their ids, as production takes them."""

from __future__ import annotations

import base64
import io
from typing import Any

import anthropic
import openai
import pytest
from anthropic.types import ImageDimensionsTooLargeError
from PIL import Image

from costlib.provider import ToolCall, connect, provider_of

ASKED = {"role": "user", "content": "What is the weather in Paris?"}
TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object"},
    "strict": False,
}
CLAUDE_TOOL = {"name": "get_weather", "input_schema": {"type": "object"}}
MANUAL = {
    "model": "claude-haiku-4-5",
    "max_tokens": 4_000,
    "tools": [CLAUDE_TOOL],
    "thinking": {"type": "enabled", "budget_tokens": 1_024},
}


# --- Responses: reasoning and what follows from it ----------------------------------------------


def loop(client: openai.OpenAI, **more: Any) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The items that a reasoning model said, a call among them, and the output of the call."""
    reply = client.responses.create(model="gpt-5", input=[ASKED], tools=[TOOL], **more)
    said = [item.model_dump(exclude_none=True) for item in reply.output]
    assert [item["type"] for item in said] == ["reasoning", "function_call"]
    output = {"type": "function_call_output", "call_id": said[-1]["call_id"], "output": "sunny"}
    return said, output


def respond(client: openai.OpenAI, items: list[Any], **more: Any) -> Any:
    return client.responses.create(model="gpt-5", input=items, tools=[TOOL], **more)


def test_what_was_said_goes_back_whole():
    client = connect("openai")
    said, output = loop(client)
    assert respond(client, [ASKED, *said, output]).status == "completed"


def test_a_call_needs_the_reasoning_it_followed_from():
    client = connect("openai")
    (reasoning, call), output = loop(client)
    with pytest.raises(openai.BadRequestError) as caught:
        respond(client, [ASKED, call, output])
    assert f"without its required 'reasoning' item: '{reasoning['id']}'" in str(caught.value)
    assert caught.value.param == "input"


def test_an_answer_needs_the_reasoning_it_followed_from():
    client = connect("openai")
    reply = client.responses.create(model="gpt-5", input=[ASKED])
    message = reply.output[-1].model_dump(exclude_none=True)
    with pytest.raises(openai.BadRequestError, match="of type 'message' was provided without"):
        respond(client, [ASKED, message, ASKED])


def test_without_its_id_a_call_is_taken_as_it_is():
    client = connect("openai")
    (_, call), output = loop(client)
    del call["id"]
    assert respond(client, [ASKED, call, output]).status == "completed"


def test_reasoning_does_not_stand_alone():
    client = connect("openai")
    (reasoning, _), _ = loop(client)
    with pytest.raises(openai.BadRequestError, match="without its required following item"):
        respond(client, [ASKED, reasoning, ASKED])


def test_after_previous_response_id_only_what_is_new_is_sent():
    client = connect("openai")
    said, output = loop(client)
    previous = f"resp_{said[0]['id'].removeprefix('rs_')}"
    with pytest.raises(
        openai.BadRequestError, match=f"Duplicate item found with id {said[0]['id']}"
    ):
        respond(client, [*said, output], previous_response_id=previous)
    reply = respond(client, [output], previous_response_id=previous)
    with pytest.raises(openai.BadRequestError, match="Duplicate item found"):
        respond(client, [said[0], ASKED], previous_response_id=reply.id)


def test_an_item_is_sent_once():
    client = connect("openai")
    said, output = loop(client)
    with pytest.raises(openai.BadRequestError, match="Duplicate item found"):
        respond(client, [ASKED, *said, output, said[0], said[1], output])


def test_reasoning_that_was_not_stored_is_not_found():
    client = connect("openai")
    said, output = loop(client, store=False)
    with pytest.raises(openai.NotFoundError, match="not persisted when `store` is set to false"):
        respond(client, [ASKED, *said, output], store=False)


def test_reasoning_that_was_not_stored_goes_back_encrypted():
    client = connect("openai")
    said, output = loop(client, store=False, include=["reasoning.encrypted_content"])
    assert respond(client, [ASKED, *said, output], store=False).status == "completed"
    said[0]["encrypted_content"] = "gAAAA" + "0" * 40
    with pytest.raises(openai.BadRequestError) as caught:
        respond(client, [ASKED, *said, output], store=False)
    assert caught.value.code == "invalid_encrypted_content"


# --- Chat Completions: lengths and companions ---------------------------------------------------


def call(name: str) -> list[dict[str, Any]]:
    function = {"name": "f", "arguments": "{}"}
    return [
        {
            "role": "assistant",
            "tool_calls": [{"id": name, "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": name, "content": "x"},
    ]


def tools(count: int) -> list[dict[str, Any]]:
    return [
        {"type": "function", "function": {"name": f"f{i}", "parameters": {"type": "object"}}}
        for i in range(count)
    ]


@pytest.mark.parametrize(
    ("taken", "refused", "code"),
    [
        ({"tools": tools(128)}, {"tools": tools(129)}, "array_above_max_length"),
        (
            {"messages": [ASKED, *call("c" * 40)]},
            {"messages": [ASKED, *call("c" * 41)]},
            "string_above_max_length",
        ),
        (
            {"prompt_cache_key": "k" * 64},
            {"prompt_cache_key": "k" * 65},
            "string_above_max_length",
        ),
        (
            {"store": True, "metadata": {"k": "v" * 512}},
            {"store": True, "metadata": {"k": "v" * 513}},
            "string_above_max_length",
        ),
        ({"store": True, "metadata": {"k": "v"}}, {"metadata": {"k": "v"}}, None),
        (
            {"tools": tools(1), "parallel_tool_calls": False},
            {"parallel_tool_calls": False},
            None,
        ),
        (
            {"max_tokens": 9},
            {"max_tokens": 9, "max_completion_tokens": 9},
            "invalid_parameter_combination",
        ),
    ],
)
def test_lengths_and_companions_in_chat(taken, refused, code):
    client = connect("openai")
    asked = {"model": "gpt-4.1", "messages": [ASKED]}
    assert client.chat.completions.create(**asked | taken).choices
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(**asked | refused)
    assert caught.value.code == code


def test_a_length_is_named_with_its_place():
    with pytest.raises(openai.BadRequestError, match=r"Invalid 'metadata.k': string too long"):
        connect("openai").responses.create(model="gpt-4.1", input="hi", metadata={"k": "v" * 513})


# --- Claude -------------------------------------------------------------------------------------


def claude_loop(client: anthropic.Anthropic) -> tuple[list[Any], dict[str, Any]]:
    provider_of(client).reply = lambda body: (
        ToolCall("get_weather") if body["messages"][-1] == ASKED else None
    )
    reply = client.messages.create(**MANUAL, messages=[ASKED])
    said = [block.model_dump(exclude_none=True) for block in reply.content]
    assert [block["type"] for block in said] == ["thinking", "tool_use"]
    result = {"type": "tool_result", "tool_use_id": said[-1]["id"], "content": "sunny"}
    return said, result


def turns(said: list[Any], *results: Any) -> list[dict[str, Any]]:
    return [ASKED, {"role": "assistant", "content": said}, {"role": "user", "content": [*results]}]


def test_manual_thinking_goes_back_with_the_call():
    client = connect("anthropic")
    said, result = claude_loop(client)
    assert client.messages.create(**MANUAL, messages=turns(said, result)).stop_reason == "end_turn"
    for send in (client.messages.create, client.beta.messages.create):
        with pytest.raises(anthropic.BadRequestError, match=r"messages.1.content.0.type: Expected"):
            send(**MANUAL, messages=turns(said[1:], result))


def test_a_later_round_of_the_same_turn_need_not_begin_with_thinking():
    client = connect("anthropic")
    said, result = claude_loop(client)
    again = {"type": "tool_use", "id": "toolu_2", "name": "get_weather", "input": {}}
    messages = turns(said, result) + turns([again], result | {"tool_use_id": "toolu_2"})[1:]
    assert client.messages.create(**MANUAL, messages=messages).stop_reason == "end_turn"


def test_earlier_turns_and_other_ways_of_thinking_need_no_thinking():
    client = connect("anthropic")
    said, result = claude_loop(client)
    earlier = [*turns(said[1:], result), {"role": "assistant", "content": "Sunny."}, ASKED]
    assert client.messages.create(**MANUAL, messages=earlier).content
    for thinking in ({"type": "disabled"}, {"type": "adaptive"}):
        model = "claude-opus-4-6"
        body = MANUAL | {"model": model, "thinking": thinking}
        assert client.messages.create(**body, messages=turns(said[1:], result)).content


def test_thinking_comes_back_as_it_went_out():
    client = connect("anthropic")
    said, result = claude_loop(client)
    forged = [{**said[0], "signature": "EqoBCkgIAxgCIkD"}, said[1]]
    with pytest.raises(
        anthropic.BadRequestError, match=r"messages.1.content.0: Invalid `signature`"
    ):
        client.messages.create(**MANUAL, messages=turns(forged, result))
    edited = [{**said[0], "thinking": "I thought otherwise."}, said[1]]
    with pytest.raises(anthropic.BadRequestError, match="cannot be modified"):
        client.messages.create(**MANUAL, messages=turns(edited, result))


def test_each_call_has_an_id_of_its_own_and_one_result():
    client = connect("anthropic")
    said, result = claude_loop(client)
    with pytest.raises(
        anthropic.BadRequestError, match=r"messages.1.content.2: `tool_use` ids must"
    ):
        client.messages.create(**MANUAL, messages=turns([*said, said[1]], result))
    with pytest.raises(anthropic.BadRequestError, match="each tool_use must have a single result"):
        client.messages.create(**MANUAL, messages=turns(said, result, result))


def test_among_many_pictures_each_may_be_2_000_pixels_long():
    def ask(count: int, side: int) -> Any:
        file = io.BytesIO()
        Image.new("L", (side, 8)).save(file, "PNG")
        data = base64.b64encode(file.getvalue()).decode()
        source = {"type": "base64", "media_type": "image/png", "data": data}
        content = [{"type": "image", "source": source}] * count
        messages = [{"role": "user", "content": [*content, {"type": "text", "text": "What?"}]}]
        return connect("anthropic").messages.count_tokens(
            model="claude-haiku-5-5", messages=messages
        )

    assert ask(20, 2_001).input_tokens
    assert ask(21, 2_000).input_tokens
    with pytest.raises(ImageDimensionsTooLargeError, match="many-image requests: 2000") as caught:
        ask(21, 2_001)
    assert caught.value.details.max_side_length_pixels == 2_000
    assert len(caught.value.details.paths) == 21


# --- Responses: what is stored, and what is left out --------------------------------------------


def test_a_reference_is_billed_as_the_stored_item_that_it_names():
    """Programs that store their responses send ids instead of items: such a loop ended in a 400."""
    client = connect("openai")
    said, output = loop(client)
    names = [{"type": "item_reference", "id": item["id"]} for item in said]
    whole = respond(client, [ASKED, *said, output])
    named = respond(client, [ASKED, *names, output])
    assert named.usage.input_tokens == whole.usage.input_tokens
    listed = client.responses.input_items.list(named.id)
    assert [item.type for item in listed] == [
        "function_call_output", "function_call", "reasoning", "message",
    ]  # fmt: skip
    first = listed.data[-1].id  # what was sent can be named, too
    again = respond(client, [{"id": first}, *names, output])
    assert again.usage.input_tokens == whole.usage.input_tokens
    counted = client.responses.input_tokens.count(
        model="gpt-5", input=[ASKED, *names, output], tools=[TOOL]
    )
    assert counted.input_tokens == whole.usage.input_tokens


def test_a_reference_to_what_is_not_stored_is_refused():
    client = connect("openai")
    said, output = loop(client, store=False)
    for name in ("msg_none", said[-1]["id"]):
        with pytest.raises(openai.NotFoundError, match=f"Item with id '{name}' not found"):
            respond(client, [ASKED, {"type": "item_reference", "id": name}, output])


def test_a_context_that_is_left_as_it_was_sent_is_served():
    client = connect("openai")
    asked: dict[str, Any] = {"model": "gpt-6.1-sol", "input": "Where is my card?"}
    first = client.responses.create(**asked)
    kept = client.responses.create(**asked, reasoning={"context": "current_turn"})
    assert kept.reasoning.context == "current_turn" and first.reasoning.context is None
    assert kept.usage.input_tokens == first.usage.input_tokens
    sent = first.usage.input_tokens
    managed = [{"type": "compaction", "compact_threshold": sent + 1}]
    assert client.responses.create(**asked, context_management=managed).usage == first.usage
    managed[0]["compact_threshold"] = sent
    for more in (
        {"context_management": managed},
        {"context_management": [{"type": "compaction"}]},
        {"reasoning": {"context": "all_turns"}, "previous_response_id": first.id},
    ):
        with pytest.raises(openai.BadRequestError, match=r"does not serve .* published"):
            client.responses.create(**asked, **more)


# --- Claude: the editing of a context -----------------------------------------------------------

EDITING, COMPACTING = "context-management-2025-06-27", "compact-2026-01-12"
CLEAR = "clear_tool_uses_20250919"


def used(times: int) -> list[dict[str, Any]]:
    """A conversation in which a tool was called so often."""
    turns: list[dict[str, Any]] = [ASKED]
    for number in range(times):
        call = {"type": "tool_use", "id": f"t{number}", "name": "get_weather", "input": {}}
        result = {"type": "tool_result", "tool_use_id": f"t{number}", "content": "sunny"}
        turns += [{"role": "assistant", "content": [call]}, {"role": "user", "content": [result]}]
    return turns


@pytest.mark.parametrize(
    ("edit", "calls", "served"),
    [
        ({"type": CLEAR}, 9, True),  # from 100,000 tokens on
        ({"type": CLEAR, "trigger": {"type": "tool_uses", "value": 5}}, 4, True),
        ({"type": CLEAR, "trigger": {"type": "tool_uses", "value": 5}}, 5, False),
        ({"type": CLEAR, "trigger": {"type": "input_tokens", "value": 10}}, 3, True),  # all kept
        ({"type": CLEAR, "trigger": {"type": "input_tokens", "value": 10}}, 4, False),
        ({"type": "clear_thinking_20251015"}, 2, True),  # there is none
        ({"type": "compact_20260112"}, 2, True),
        ({"type": "compact_20260112", "trigger": {"type": "input_tokens", "value": 50}}, 2, False),
    ],
)
@pytest.mark.parametrize("streams", [False, True])
def test_an_edit_that_changes_nothing_is_served(edit, calls, served, streams):
    client = connect("anthropic")
    client._strict_response_validation = True
    asked: dict[str, Any] = {
        "model": "claude-sonnet-5-5", "max_tokens": 4_000, "messages": used(calls),
        "tools": [CLAUDE_TOOL],
    }  # fmt: skip
    plain = client.messages.create(**asked)
    more = {"betas": [EDITING, COMPACTING], "context_management": {"edits": [edit]}}

    def ask() -> Any:
        if not streams:
            return client.beta.messages.create(**asked, **more)
        with client.beta.messages.stream(**asked, **more) as stream:
            return stream.get_final_message()

    if not served:
        with pytest.raises(anthropic.BadRequestError, match=r"does not serve the edit .*published"):
            ask()
        return
    reply = ask()
    assert reply.usage.input_tokens == plain.usage.input_tokens
    assert reply.context_management.applied_edits == []


def test_thinking_is_edited_only_where_the_model_would_read_another_conversation():
    client = connect("anthropic")
    for model, keep, served in (
        ("claude-opus-4-5", "all", True),  # which keeps it anyway
        ("claude-opus-4-5", {"type": "thinking_turns", "value": 1}, False),
        ("claude-haiku-4-5", "all", False),
    ):
        asked = {**MANUAL, "model": model}
        first = client.messages.create(**asked, messages=[ASKED])
        said = {"role": "assistant", "content": [each.model_dump() for each in first.content]}
        assert said["content"][0]["type"] == "thinking"
        calls = [each.id for each in first.content if each.type == "tool_use"]
        results = [{"type": "tool_result", "tool_use_id": n, "content": "sunny"} for n in calls]
        turn = {"role": "user", "content": results or "And tomorrow?"}
        edit = {"edits": [{"type": "clear_thinking_20251015", "keep": keep}]}
        more = {"messages": [ASKED, said, turn], "betas": [EDITING], "context_management": edit}
        if served:
            assert client.beta.messages.create(**asked, **more).context_management
            continue
        with pytest.raises(anthropic.BadRequestError, match="does not serve the edit"):
            client.beta.messages.create(**asked, **more)
