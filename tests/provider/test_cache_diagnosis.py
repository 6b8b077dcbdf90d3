"""Lesson 7's table "cached_tokens is 0, why?", each row by both vendors' SDKs, and its money."""

from __future__ import annotations

import asyncio
from typing import Any

import anthropic
import openai
import pytest

from costlib import connect, connect_async, cost_of, provider_of, read_usage, role
from costlib.bank import traffic as bank

CLAUDE, GPT = role("anthropic", "flagship"), role("openai", "flagship")
SISTER = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6-luna"}
QUESTIONS = bank.questions()["text"].tolist()
HANDBOOK, TOOLS = bank.handbook(), bank.tools()

VENDORS = ("anthropic", "openai")


def claude_body(question: str, system=HANDBOOK, tools=TOOLS, mark=True, model=CLAUDE) -> dict:
    block = {"type": "text", "text": system}
    if mark:
        block["cache_control"] = {"type": "ephemeral"}
    messages = [{"role": "user", "content": question}]
    return {
        "model": model, "max_tokens": 30, "tools": tools, "system": [block], "messages": messages
    }  # fmt: skip


def gpt_body(question: str, system=HANDBOOK, tools=TOOLS, mark=True, model=GPT) -> dict:
    block = {"type": "input_text", "text": system}
    body: dict[str, Any] = {"model": model, "max_output_tokens": 30}
    if mark:
        block["prompt_cache_breakpoint"] = {"mode": "explicit"}
        body["prompt_cache_options"] = {"mode": "explicit"}
    if tools:
        body["tools"] = [
            {
                "type": "function",
                "name": tool["name"],
                "description": tool["description"],
                "parameters": tool["input_schema"],
                "strict": False,
            }
            for tool in tools
        ]
    user = {"role": "user", "content": question}
    return body | {"input": [{"role": "system", "content": [block]}, user]}


def call(client: Any, question: str, **options: Any):
    if hasattr(client, "messages"):
        return read_usage(client.messages.create(**claude_body(question, **options)))
    return read_usage(client.responses.create(**gpt_body(question, **options)))


def written(usage) -> int:
    return usage.cache_write_5m_tokens + usage.cache_write_30m_tokens


def second(vendor: str, first: dict, later: dict, minutes: float = 1):
    """Usage of a first call, and of a second one with another question."""
    client = connect(vendor)
    before = call(client, QUESTIONS[0], **first)
    provider_of(client).clock.advance(minutes=minutes)
    return before, call(client, QUESTIONS[1], **later)


@pytest.mark.parametrize("vendor", VENDORS)
def test_the_same_prefix_is_read_whole(vendor: str) -> None:
    first, later = second(vendor, {}, {})
    assert written(first) == later.cached_input_tokens > 3_000
    assert first.cached_input_tokens == written(later) == 0


@pytest.mark.parametrize("vendor", VENDORS)
def test_below_the_minimum_both_counters_are_0(vendor: str) -> None:
    short = {"system": HANDBOOK[:900], "tools": []}
    first, later = second(vendor, short, short)
    assert written(first) == written(later) == later.cached_input_tokens == 0


@pytest.mark.parametrize("vendor", VENDORS)
@pytest.mark.parametrize(
    ("change", "minutes"),
    [("timestamp", 1), ("tool order", 1), ("another model", 1), ("lifetime", 35)],
)
def test_another_prefix_model_or_time_reads_nothing_and_pays_again(
    vendor: str, change: str, minutes: int
) -> None:
    stamped = [
        {"system": HANDBOOK[:200] + f" (It is {clock}.) " + HANDBOOK[200:]}
        for clock in ("12:00", "12:01")
    ]
    first, later = {
        "timestamp": tuple(stamped),
        "tool order": ({}, {"tools": TOOLS[::-1]}),
        "another model": ({}, {"model": SISTER[vendor]}),
        "lifetime": ({}, {}),
    }[change]
    before, after = second(vendor, first, later, minutes)
    assert after.cached_input_tokens == 0
    assert written(after) == pytest.approx(written(before), rel=0.01)


def test_without_a_breakpoint_claude_caches_nothing_and_gpt_writes_all_and_reads_nothing() -> None:
    _, claude = second("anthropic", {"mark": False}, {"mark": False})
    assert claude.cached_input_tokens == written(claude) == 0
    _, gpt = second("openai", {"mark": False}, {"mark": False})
    assert gpt.cached_input_tokens == 0
    assert written(gpt) > 0.99 * gpt.input_tokens


@pytest.mark.parametrize("vendor", VENDORS)
def test_calls_in_parallel_each_pay_for_the_write(vendor: str) -> None:
    async def at_once() -> list:
        client = connect_async(vendor)
        if vendor == "anthropic":
            calls = [client.messages.create(**claude_body(q)) for q in QUESTIONS[:5]]
        else:
            calls = [client.responses.create(**gpt_body(q)) for q in QUESTIONS[:5]]
        return [read_usage(reply) for reply in await asyncio.gather(*calls)]

    used = asyncio.run(at_once())
    assert [usage.cached_input_tokens for usage in used] == [0] * 5
    assert len({written(usage) for usage in used}) == 1 and written(used[0]) > 3_000


@pytest.mark.parametrize(("blocks", "found"), [(19, True), (20, False)])
def test_claude_looks_back_20_blocks(blocks: int, found: bool) -> None:
    def body(more: int) -> dict:
        text = [{"type": "text", "text": HANDBOOK}]
        text += [{"type": "text", "text": f"Result {i}."} for i in range(more)]
        text[-1] |= {"cache_control": {"type": "ephemeral"}}
        return {"model": CLAUDE, "max_tokens": 30, "messages": [{"role": "user", "content": text}]}

    client = connect("anthropic")
    client.messages.create(**body(0))
    usage = client.messages.create(**body(blocks)).usage
    assert (usage.cache_read_input_tokens > 0) is found


def test_another_key_is_another_cache_at_openai() -> None:
    client = connect("openai")
    for key in ("one", "two"):
        usage = client.responses.create(**gpt_body(QUESTIONS[0]), prompt_cache_key=key).usage
        assert usage.input_tokens_details.cached_tokens == 0


def test_what_does_not_exist_is_refused() -> None:
    body = claude_body(QUESTIONS[0])
    body["system"][0]["cache_control"] = {"type": "cache"}
    with pytest.raises(anthropic.BadRequestError):
        connect("anthropic").messages.create(**body)
    body = claude_body(QUESTIONS[0])
    body["tools"] = [tool | {"cache_control": {"type": "ephemeral"}} for tool in TOOLS]
    with pytest.raises(anthropic.BadRequestError):
        connect("anthropic").messages.create(**body)  # 11 breakpoints, where 4 are allowed
    with pytest.raises(openai.BadRequestError):
        connect("openai").responses.create(**gpt_body(QUESTIONS[0], model="gpt-4.1"))


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_prefix_that_is_written_each_time_costs_a_quarter_more_than_no_cache(vendor: str) -> None:
    model = {"anthropic": CLAUDE, "openai": GPT}[vendor]
    stamped = connect(vendor)
    with_cache = without = 0
    for minute in range(5):
        system = HANDBOOK[:200] + f" (It is 12:0{minute}.) " + HANDBOOK[200:]
        usage = call(stamped, "Hm?", system=system)
        assert usage.cached_input_tokens == 0
        lines = {line.kind: line for line in cost_of(usage, model).lines}
        with_cache += sum(x.amount for kind, x in lines.items() if kind.startswith("cache_write"))
        without += written(usage) * cost_of(usage, model).card.input / 10**6
    assert with_cache / without == pytest.approx(1.25)
