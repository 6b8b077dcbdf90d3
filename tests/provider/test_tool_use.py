"""Calls of tools: a script's, a forced one, and the loop of an ordinary program to its end."""

from __future__ import annotations

import json
from typing import Any

import anthropic
import openai
import pytest

from costlib.provider import ToolCall, connect, provider_of
from costlib.provider.clients import connect_async

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
ABOUT = "The weather of a city, today."
CHAT_TOOLS = [
    {
        "type": "function",
        "function": {"name": "get_weather", "description": ABOUT, "parameters": SCHEMA},
    },
    {"type": "function", "function": {"name": "send_mail", "parameters": {"type": "object"}}},
]
FLAT_TOOLS = [{"type": "function", "strict": False, **tool["function"]} for tool in CHAT_TOOLS]
CLAUDE_TOOLS = [
    {
        "name": tool["function"]["name"],
        "description": tool["function"].get("description", ""),
        "input_schema": tool["function"]["parameters"],
    }
    for tool in CHAT_TOOLS
]
ASKED = "What is the weather in Paris?"
CLAUDE = {"model": "claude-sonnet-5-5", "max_tokens": 1_024, "tools": CLAUDE_TOOLS}


def run(name: str, arguments: str) -> str:
    return f"{name} says {len(json.loads(arguments))}"


def chat_loop(client: openai.OpenAI, asked: str = ASKED) -> tuple[list[str], str]:
    """What people write: call until the model calls no more."""
    messages: list[Any] = [{"role": "user", "content": asked}]
    called: list[str] = []
    for _ in range(9):
        reply = client.chat.completions.create(
            model="gpt-4.1", messages=messages, tools=CHAT_TOOLS
        ).choices[0]
        messages.append(reply.message)
        if reply.finish_reason != "tool_calls":
            return called, reply.message.content or ""
        for call in reply.message.tool_calls or ():
            called.append(call.function.name)
            said = run(call.function.name, call.function.arguments)
            messages.append({"role": "tool", "tool_call_id": call.id, "content": said})
    raise AssertionError("the loop never ended")


def response_loop(client: openai.OpenAI, asked: str = ASKED) -> tuple[list[str], str]:
    items: list[Any] = [{"role": "user", "content": asked}]
    called: list[str] = []
    for _ in range(9):
        reply = client.responses.create(model="gpt-6-luna", input=items, tools=FLAT_TOOLS)
        items += reply.output
        calls = [item for item in reply.output if item.type == "function_call"]
        if not calls:
            return called, reply.output_text
        for call in calls:
            called.append(call.name)
            said = run(call.name, call.arguments)
            items.append({"type": "function_call_output", "call_id": call.call_id, "output": said})
    raise AssertionError("the loop never ended")


def claude_loop(client: anthropic.Anthropic, asked: str = ASKED) -> tuple[list[str], str]:
    messages: list[Any] = [{"role": "user", "content": asked}]
    called: list[str] = []
    for _ in range(9):
        reply = client.messages.create(**CLAUDE, messages=messages)
        messages.append({"role": "assistant", "content": reply.content})
        if reply.stop_reason != "tool_use":
            return called, "".join(b.text for b in reply.content if b.type == "text")
        calls = [block for block in reply.content if block.type == "tool_use"]
        called += [block.name for block in calls]
        results = [
            {
                "type": "tool_result",
                "tool_use_id": b.id,
                "content": run(b.name, json.dumps(b.input)),
            }
            for b in calls
        ]
        messages.append({"role": "user", "content": results})
    raise AssertionError("the loop never ended")


LOOPS = [("openai", chat_loop), ("openai", response_loop), ("anthropic", claude_loop)]


@pytest.mark.parametrize(("vendor", "loop"), LOOPS)
def test_a_question_that_names_a_tool_calls_it_once_and_then_is_answered(
    vendor: Any, loop: Any
) -> None:
    called, text = loop(connect(vendor))
    assert called == ["get_weather"] and text
    called, text = loop(connect(vendor), "Thank you, goodbye.")
    assert called == [] and text


@pytest.mark.parametrize(("vendor", "loop"), LOOPS)
def test_a_scripted_agent_calls_what_the_script_says(vendor: Any, loop: Any) -> None:
    client = connect(vendor)
    steps = iter(
        [
            ["I look it up.", ToolCall("get_weather", {"city": "Paris"}), ToolCall("send_mail")],
            ToolCall("send_mail"),
            "Done: 12 degrees.",
        ]
    )
    provider_of(client).reply = lambda body: next(steps)
    assert loop(client) == (["get_weather", "send_mail", "send_mail"], "Done: 12 degrees.")
    outputs = [record.usage for record in provider_of(client).log]
    assert len(outputs) == 3 and all(outputs)


def test_what_a_script_calls_is_sent_and_billed_as_it_is() -> None:
    client = connect("openai")
    city = {"city": "Zürich", "depth": [1, None]}
    provider_of(client).reply = lambda body: ToolCall("get_weather", city)
    ask: dict[str, Any] = {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": "Hm?"}],
        "tools": CHAT_TOOLS,
    }
    whole = client.chat.completions.create(**ask)
    (call,) = whole.choices[0].message.tool_calls or ()
    assert json.loads(call.function.arguments) == city and whole.choices[0].message.content is None
    cut = client.chat.completions.create(**ask, max_completion_tokens=8)
    assert cut.choices[0].finish_reason == "length" and cut.usage.completion_tokens <= 8
    assert whole.usage.completion_tokens > 8
    with client.chat.completions.stream(**ask) as stream:
        said = stream.get_final_completion().choices[0].message
    assert said.tool_calls[0].function.arguments == call.function.arguments


def test_streams_of_text_and_several_calls_add_up() -> None:
    def script(body: Any) -> list[Any]:
        return ["Two things.", ToolCall("get_weather", {"city": "Rome"}), ToolCall("send_mail")]

    gpt, claude = connect("openai"), connect("anthropic")
    provider_of(gpt).reply = provider_of(claude).reply = script
    ask: dict[str, Any] = {"messages": [{"role": "user", "content": "Hm?"}], "tools": CHAT_TOOLS}
    with gpt.chat.completions.stream(model="gpt-4.1", **ask) as stream:
        message = stream.get_final_completion().choices[0].message
    assert message.content == "Two things."
    assert [call.function.name for call in message.tool_calls] == ["get_weather", "send_mail"]
    with gpt.responses.stream(model="gpt-6-luna", input="Hm?", tools=FLAT_TOOLS) as stream:
        output = stream.get_final_response().output
    assert [item.type for item in output][-3:] == ["message", "function_call", "function_call"]
    with claude.messages.stream(**CLAUDE, messages=ask["messages"]) as stream:
        final = stream.get_final_message()
    assert [block.type for block in final.content][-3:] == ["text", "tool_use", "tool_use"]
    assert final.content[-2].input == {"city": "Rome"} and final.stop_reason == "tool_use"


@pytest.mark.parametrize(
    ("script", "more", "why"),
    [
        (ToolCall("nothing"), {}, "has no such tool, only get_weather, send_mail"),
        (ToolCall("send_mail"), {"tool_choice": {"type": "none"}}, "tool_choice does not allow it"),
        (
            [ToolCall("send_mail"), ToolCall("send_mail")],
            {"tool_choice": {"type": "auto", "disable_parallel_tool_use": True}},
            "one call at a time",
        ),
        (7, {}, "gave int"),
        (["text", None], {}, "gave NoneType"),
    ],
)
def test_a_script_that_calls_what_it_may_not_is_told_so(script: Any, more: Any, why: str) -> None:
    client = connect("anthropic")
    provider_of(client).reply = lambda body: script
    with pytest.raises(anthropic.BadRequestError, match=why):
        client.messages.create(**CLAUDE, messages=[{"role": "user", "content": "Hm?"}], **more)


def test_tool_choice_is_obeyed() -> None:
    gpt = connect("openai")
    ask: dict[str, Any] = {
        "model": "gpt-4.1",
        "messages": [{"role": "user", "content": ASKED}],
        "tools": CHAT_TOOLS,
    }

    def called(choice: Any) -> list[str]:
        message = gpt.chat.completions.create(**ask, tool_choice=choice).choices[0].message
        return [call.function.name for call in message.tool_calls or ()]

    mail = {"type": "function", "function": {"name": "send_mail"}}
    assert called("none") == [] and called("required") == ["get_weather"]
    assert called(mail) == ["send_mail"]
    only = {"type": "allowed_tools", "allowed_tools": {"mode": "auto", "tools": [mail]}}
    assert called(only) == []  # what the question names is not allowed
    provider_of(gpt).reply = lambda body: "I would rather talk."
    assert called("auto") == [] and called(mail) == ["send_mail"]


def test_asynchronous_clients_take_scripts_too() -> None:
    import asyncio

    client = connect_async("anthropic")
    provider_of(client).reply = lambda body: ToolCall("send_mail", {"to": "me"})
    message = asyncio.run(
        client.messages.create(**CLAUDE, messages=[{"role": "user", "content": "Hm?"}])
    )
    assert message.content[-1].type == "tool_use" and message.content[-1].input == {"to": "me"}


# --- Thinking ---------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5"])
def test_hello_claude_gets_its_answer(model: str) -> None:
    for seed in range(100):
        reply = connect("anthropic", seed=seed).messages.create(
            model=model, max_tokens=1_024, messages=[{"role": "user", "content": "Hello, Claude"}]
        )
        assert reply.content[-1].type == "text" and reply.content[-1].text, seed


def test_thinking_grows_with_the_task_and_with_the_effort() -> None:
    def thought(asked: str, effort: str) -> float:
        counts = [
            connect("openai", seed=seed)
            .responses.create(model="gpt-6-luna", input=asked, reasoning={"effort": effort})
            .usage.output_tokens_details.reasoning_tokens
            for seed in range(15)
        ]
        return sum(counts) / len(counts)

    hard = "A card was declined twice at one shop. List every fee that could apply, and why. " * 2
    efforts = ("low", "medium", "high", "xhigh", "max")
    grown = [thought(hard, effort) for effort in efforts]
    assert grown == sorted(grown) and grown[-1] > 10 * grown[0]
    assert thought("Hello", "high") < grown[2] / 3
