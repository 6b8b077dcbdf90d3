"""The prompt caches against a slow reference model, and the known reasons for cached_tokens = 0."""

from __future__ import annotations

import asyncio
import csv
from contextlib import nullcontext
from dataclasses import replace
from datetime import date
from typing import Any
from unittest import mock

import pytest
from cache_reference import MODELS, Reference, prefix_tokens
from hypothesis import event, given, settings
from hypothesis import strategies as st

from costlib.paths import data_path
from costlib.pricing.prices import AS_OF, models, rate_card
from costlib.provider import connect, connect_async
from costlib.provider.caches import entries
from costlib.provider.caches.blocks import blocks_of, prefixes
from costlib.provider.caches.entries import CacheUse, anthropic_use, caches_of, openai_use
from costlib.provider.caches.families import CacheRule, assumed, rule_of
from costlib.provider.errors import ApiError
from costlib.provider.state import Provider
from costlib.tokens.chat import count_chat

LONG = "Fees are shown before they are taken. " * 250  # about 2,000 tokens
TOOLS = [
    {"name": "balance", "description": "The balance. " * 30, "input_schema": {"type": "object"}},
    {"name": "block", "description": "Block a card. " * 30, "input_schema": {"type": "object"}},
]


def ask(provider: Provider, model: str, messages: list[Any], **more: Any) -> CacheUse:
    """One request, not yet answered."""
    tools = more.pop("tools", None)
    sent = count_chat(messages, model, tools).tokens
    common = {"model": model, "messages": messages, "tools": tools, "sent": sent}
    if model.startswith("claude"):
        return anthropic_use(provider, **common, **more)
    api = more.pop("api", "responses")
    return openai_use(provider, **common, options=more, api=api)


def call(provider: Provider, model: str, messages: list[Any], **more: Any) -> CacheUse:
    """One request, whose response has begun."""
    use = ask(provider, model, messages, **more)
    use.commit()
    return use


def marked(text: str, **mark: str) -> dict[str, Any]:
    """A text part with both vendors' breakpoint."""
    return {
        "type": "text",
        "text": text,
        "cache_control": {"type": "ephemeral", **mark},
        "prompt_cache_breakpoint": {"mode": "explicit", **mark},
    }


def claude_chat(question: str, system: str = LONG, **mark: str) -> list[dict[str, Any]]:
    return [
        {"role": "system", "content": [marked(system, **mark)]},
        {"role": "user", "content": question},
    ]


def openai_chat(question: str, system: str = LONG) -> list[dict[str, Any]]:
    return [{"role": "developer", "content": system}, {"role": "user", "content": question}]


# --- The differential test --------------------------------------------------------------------

TEXTS = ("hi", "alpha " * 130, "alpha " * 600, "alpha " * 600 + "beta " * 200, "gamma " * 1100)
MARKS = {
    "older": [None],
    "newer": [None, {}, {"ttl": "30m"}, {"ttl": "12h"}],
    "claude": [None, None, {}, {"ttl": "5m"}, {"ttl": "1h"}],
}
PAUSES = {
    "older": [1, 200, 299, 300, 86_400],
    "newer": [1, 1_000, 1_799, 1_800, 43_200],
    "claude": [1, 200, 299, 300, 3_599, 3_600],
}
OPTIONS: dict[str, dict[str, list[Any]]] = {
    "older": {"retention": [None, "in_memory", "24h"], "key": [None, None, None, "a"]},
    "newer": {
        "mode": [None, None, "implicit", "explicit"],
        "ttl": [None, "30m", "12h"],
        "key": [None, None, None, "a"],
    },
    "claude": {"automatic": [None, {"ttl": "5m"}, {"ttl": "1h"}]},
}


@st.composite
def requests(draw: st.DrawFn, who: str, base: list[list[str]]) -> dict[str, Any]:
    """A beginning of the conversation, sometimes with another end, and marks of its own."""
    chosen = [list(texts) for texts in base[: draw(st.integers(1, len(base)))]]
    if draw(st.integers(0, 3)) == 0:
        chosen[-1][-1] = draw(st.sampled_from(TEXTS))
    mark_name = "cache_control" if who == "claude" else "prompt_cache_breakpoint"
    messages, count = [], 0
    for i, texts in enumerate(chosen):
        parts: list[dict[str, Any]] = []
        for text in texts:
            mark = draw(st.sampled_from(MARKS[who])) if len(texts) < 9 else None
            parts.append({"type": "text", "text": text})
            if mark is not None and (count < 3 or who == "newer"):
                count += 1
                kind = {"type": "ephemeral"} if who == "claude" else {"mode": "explicit"}
                parts[-1][mark_name] = {**kind, **mark}
        role = "system" if i == 0 else "user" if i % 2 else "assistant"
        plain = len(parts) == 1 and mark_name not in parts[0] and draw(st.booleans())
        messages.append({"role": role, "content": texts[0] if plain else parts})
    return {"messages": messages, "tools": TOOLS[: draw(st.sampled_from([0, 0, 0, 1, 2]))]}


@st.composite
def days(draw: st.DrawFn, who: str) -> list[Any]:
    """Requests and pauses: (request, whether its response begins at once), or seconds."""
    small = st.lists(st.sampled_from(TEXTS), min_size=1, max_size=3)
    first = st.lists(st.sampled_from(TEXTS[2:]), min_size=1, max_size=3)
    more = st.one_of(small, small, st.just(["hi"] * 24))
    base = [draw(first), *draw(st.lists(more, min_size=1, max_size=5))]
    asked = [draw(requests(who, base)) for _ in range(draw(st.integers(2, 4)))]
    family = [model for model, (family, _) in MODELS.items() if family == who]
    one = [draw(st.sampled_from(family))]
    steps: list[Any] = []
    for _ in range(draw(st.integers(4, 20))):
        if draw(st.integers(0, 2)) == 0:
            steps.append(draw(st.sampled_from(PAUSES[who])))
        model = draw(st.sampled_from(one * 8 + family))
        request = {**draw(st.sampled_from(asked)), "model": model}
        for name, values in OPTIONS[who].items():
            request[name] = draw(st.sampled_from(values))
        if model in ("gpt-4o", "gpt-5.5"):
            request["retention"] = None
        request["sent"] = count_chat(request["messages"], model, request["tools"] or None).tokens
        steps.append((request, draw(st.integers(0, 4)) > 0))
    return steps


def real_answer(provider: Provider, request: dict[str, Any]) -> CacheUse:
    """The request as a handler would pass it on."""
    if request["model"].startswith("claude"):
        return anthropic_use(
            provider,
            model=request["model"],
            messages=request["messages"],
            tools=request["tools"],
            sent=request["sent"],
            automatic=request.get("automatic"),
        )
    chosen = {name: request[name] for name in ("mode", "ttl") if request.get(name)}
    options = {
        "prompt_cache_key": request.get("key"),
        "prompt_cache_options": chosen or None,
        "prompt_cache_retention": request.get("retention"),
    }
    return openai_use(
        provider,
        model=request["model"],
        messages=request["messages"],
        tools=request["tools"],
        sent=request["sent"],
        options=options,
        api="responses",
    )


@pytest.mark.parametrize("who", ["older", "newer", "claude"])
@settings(max_examples=100)
@given(
    data=st.data(),
    lookback=st.sampled_from([None, 1, 2, 3]),
    refresh=st.sampled_from(["used", "hit"]),
)
def test_it_answers_as_the_reference_model_does(
    who: str, data: st.DataObject, lookback: int | None, refresh: str
) -> None:
    provider, reference = Provider(), Reference()
    if who == "claude":
        provider.assume["anthropic.refresh"] = refresh
        reference.refresh_all = refresh == "used"
    looking_back: Any = nullcontext()
    if lookback:
        reference.lookback_claude = reference.lookback_openai = lookback
        looking_back = mock.patch.object(
            entries, "rule_of", lambda *args: shorter(rule_of(*args), lookback)
        )
    with looking_back:
        compare_a_day(who, provider, reference, data.draw(days(who)))


def shorter(rule: CacheRule | None, lookback: int) -> CacheRule | None:
    return replace(rule, lookback=lookback) if rule else None


def compare_a_day(who: str, provider: Provider, reference: Reference, day: list) -> None:
    waiting = []
    for step in day:
        if isinstance(step, int):
            provider.clock.advance(seconds=step)
            continue
        request, at_once = step
        now = provider.clock.now.timestamp()
        try:
            real = real_answer(provider, request)
        except ApiError as error:  # the reference does not check the order of lifetimes
            assert "must not come after" in error.message
            continue
        expected = reference.ask(request, now)
        assert real.cached == expected.cached
        names = ("5m", "30m", "1h", "12h")
        written = {name: getattr(real, f"write_{name}") for name in names}
        assert written == {name: expected.written.get(name, 0) for name in names}
        assert real.cached + real.written <= request["sent"]
        event(f"{who}: {'read' if real.cached else 'nothing read'}")
        waiting.append((real, expected))
        if at_once:
            for real, expected in waiting:
                real.commit()
                reference.begin_response(expected, now)
            waiting = []


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("tools", [[], TOOLS[:1], TOOLS])
def test_the_blocks_add_up_to_what_count_chat_counts(model: str, tools: list[Any]) -> None:
    messages = [
        {"role": "system", "content": LONG},
        {"role": "user", "content": [{"type": "text", "text": "One."}, marked("Two.")]},
        {"role": "assistant", "content": "Three."},
    ]
    found = prefixes(blocks_of(messages, tools, model), model, b"", 10**9)
    request = {"model": model, "messages": messages, "tools": tools}
    ends = range(1, len(found.tokens) + 1)
    assert found.tokens == [prefix_tokens(request, end) for end in ends]


# --- "cached_tokens is 0, why?" ---------------------------------------------------------------

FLAGSHIPS = ("claude-opus-5-5", "gpt-4.1", "gpt-6.1-sol")


def chat(model: str, question: str, system: str = LONG) -> list[dict[str, Any]]:
    """A system text that is marked where the model has breakpoints, and a question that is not."""
    if model == "gpt-4.1":
        return openai_chat(question, system)
    return claude_chat(question, system)


@pytest.mark.parametrize("model", FLAGSHIPS)
def test_the_same_instructions_are_read_for_another_question(model: str) -> None:
    provider = Provider()
    first = call(provider, model, chat(model, "Where is my card?"))
    again = call(provider, model, chat(model, "What does a transfer cost?"))
    assert first.cached == 0
    assert again.cached >= 1_900
    assert again.written < 20  # gpt-6.1-sol's implicit breakpoint writes the new question


@pytest.mark.parametrize("model", FLAGSHIPS)
def test_a_timestamp_at_byte_200_spoils_everything_after_it(model: str) -> None:
    provider = Provider()
    for minute in ("12:00", "12:01"):
        system = LONG[:200] + f" It is {minute}. " + LONG[200:]
        use = call(provider, model, chat(model, "Where is my card?", system))
        assert use.cached == 0
        assert use.written == 0 if model == "gpt-4.1" else use.written > 1_900


@pytest.mark.parametrize(
    ("model", "minimum"),
    [("claude-opus-5-5", 512), ("claude-haiku-4-5", 4_096), ("gpt-4.1", 1_024),
     ("gpt-6.1-sol", 1_024)],
)  # fmt: skip
def test_below_the_minimum_nothing_is_read_or_written(model: str, minimum: int) -> None:
    provider = Provider()
    word = count_chat([{"role": "system", "content": "fee " * 101}], model).tokens
    word -= count_chat([{"role": "system", "content": "fee"}], model).tokens
    short = "fee " * int(minimum / word * 100 * 0.95)
    for _ in range(2):
        use = call(provider, model, chat(model, "Hm?", short))
        assert (use.cached, use.written) == (0, 0)
    longer = "fee " * int(minimum / word * 100 * 1.1)
    for expected in (False, True):
        use = call(provider, model, chat(model, "Hm?", longer))
        assert (use.cached >= minimum) is expected


def test_the_minimum_is_reached_at_exactly_so_many_tokens() -> None:
    def prompt(words: int) -> list[dict[str, Any]]:
        return [{"role": "user", "content": " fee" * words}]

    # 4 tokens of framing and role come before the text; those that prime the reply come after.
    assert call(Provider(), "gpt-6-luna", prompt(1_020)).write_30m == 1_024
    assert call(Provider(), "gpt-6-luna", prompt(1_019)).write_30m == 0


@pytest.mark.parametrize("model", FLAGSHIPS)
def test_tools_in_another_order_are_another_prefix(model: str) -> None:
    provider = Provider()
    messages = chat(model, "Where is my card?")
    call(provider, model, messages, tools=TOOLS)
    assert call(provider, model, messages, tools=TOOLS[::-1]).cached == 0
    assert call(provider, model, messages, tools=TOOLS).cached > 1_900


@pytest.mark.parametrize(
    ("model", "lifetime", "seconds"),
    [("claude-opus-5-5", "5m", 300), ("claude-opus-5-5", "1h", 3_600),
     ("gpt-6.1-sol", "30m", 1_800), ("gpt-6.1-sol", "12h", 43_200),
     ("gpt-4o", "in_memory", 300), ("gpt-5.5", "24h", 86_400)],
)  # fmt: skip
def test_an_entry_lives_so_long_after_its_last_use(model: str, lifetime: str, seconds: int) -> None:
    provider = Provider()
    mark = {"ttl": lifetime} if lifetime in ("5m", "1h", "30m", "12h") else {}
    messages = claude_chat("Hm?", LONG * 2, **mark) if mark else openai_chat("Hm?", LONG * 2)
    first = call(provider, model, messages)
    for _ in range(2):  # the first read refreshes the entry for the second
        provider.clock.advance(seconds=seconds - 1)
        assert call(provider, model, messages).cached > 3_800
    provider.clock.advance(seconds=seconds)
    over = call(provider, model, messages)
    assert (over.cached, over.written) == (0, first.written)


@pytest.mark.parametrize("model", FLAGSHIPS)
def test_caches_are_shared_by_neither_models_nor_organisations(model: str) -> None:
    provider = Provider()
    messages = chat(model, "Where is my card?")
    sister = {"claude-opus-5-5": "claude-sonnet-5-5", "gpt-4.1": "gpt-4o"}.get(model, "gpt-6-luna")
    call(provider, model, messages)
    assert ask(Provider(), model, messages).cached == 0
    assert ask(provider, sister, messages).cached == 0
    assert ask(provider, model, messages).cached > 1_900


@pytest.mark.parametrize("model", FLAGSHIPS)
def test_a_parallel_fan_out_writes_once_for_each_request(model: str) -> None:
    provider = Provider()
    messages = chat(model, "Where is my card?")
    uses = [ask(provider, model, messages) for _ in range(8)]
    assert [use.cached for use in uses] == [0] * 8
    assert len({use.written for use in uses}) == 1
    for use in uses:
        use.commit()
    assert ask(provider, model, messages).cached > 1_900


def test_a_dynamic_last_message_is_written_each_time_and_never_read() -> None:
    """OpenAI from gpt-5.6 on: a shared prefix is not always a cached prefix."""
    provider = Provider()
    for question in ("Where is my card?", "What does a transfer cost?", "Is the app down?"):
        use = call(provider, "gpt-6.1-sol", [{"role": "user", "content": LONG + question}])
        assert (use.cached, use.write_30m > 1_900) == (0, True)


def test_an_explicit_breakpoint_makes_the_shared_prefix_a_cached_one() -> None:
    provider = Provider()
    uses = []
    for question in ("Where is my card?", "What does a transfer cost?", "Is the app down?"):
        content = [marked(LONG), {"type": "text", "text": question}]
        message = {"role": "user", "content": content}
        explicit = {"mode": "explicit"}
        uses.append(call(provider, "gpt-6.1-sol", [message], prompt_cache_options=explicit))
    prefix = uses[0].write_30m
    assert prefix > 1_900
    assert [(use.cached, use.write_30m) for use in uses] == [(0, prefix), (prefix, 0), (prefix, 0)]


# --- Rules of one vendor ----------------------------------------------------------------------


def test_older_models_read_the_common_tokens_in_steps_of_128() -> None:
    provider = Provider()
    call(provider, "gpt-4.1", [{"role": "user", "content": " fee" * 1_500}])
    changed = [{"role": "user", "content": " fee" * 1_300 + " rate" * 200}]
    # 4 tokens of framing and 1,300 in common: 1,304 = 10 x 128 + 24
    assert ask(provider, "gpt-4.1", changed).cached == 1_280


def test_a_conversation_reads_its_last_turn_and_writes_the_new_one() -> None:
    turn = [{"role": "user", "content": LONG}]
    longer = [*turn, {"role": "assistant", "content": "Done."}, {"role": "user", "content": "Why?"}]
    for model, options in (("gpt-6.1-sol", {}), ("claude-opus-5-5", {"automatic": {"ttl": "5m"}})):
        provider = Provider()
        first = call(provider, model, turn, **options)
        second = call(provider, model, longer, **options)
        assert second.cached == first.written > 1_900
        assert 0 < second.written < 40


def test_one_hour_before_five_minutes_is_charged_by_lifetime() -> None:
    messages = [
        {"role": "system", "content": [marked(LONG, ttl="1h")]},
        {"role": "user", "content": [marked("Where is my card? " * 50, ttl="5m")]},
    ]
    use = call(Provider(), "claude-opus-5-5", messages)
    assert use.write_1h > 1_900
    assert 200 < use.write_5m < 600
    assert use.write_30m == use.write_12h == 0
    with pytest.raises(ApiError, match="must not come after"):
        messages[0]["content"] = [marked(LONG, ttl="5m")]
        messages[1]["content"] = [marked("Hm?", ttl="1h")]
        ask(Provider(), "claude-opus-5-5", messages)


@pytest.mark.parametrize(("parts", "found"), [(19, True), (20, False)])
def test_anthropic_looks_back_twenty_blocks(parts: int, found: bool) -> None:
    provider = Provider()
    call(provider, "claude-opus-5-5", [{"role": "user", "content": [marked(LONG)]}])
    more = [{"type": "text", "text": str(i)} for i in range(parts)]
    content = [{"type": "text", "text": LONG}, *more]
    later = [{"role": "user", "content": content}]
    use = ask(provider, "claude-opus-5-5", later, automatic={"type": "ephemeral"})
    assert (use.cached > 0) is found


@pytest.mark.parametrize(("turns", "found"), [(9, True), (10, False)])
def test_a_run_of_tool_calls_is_one_place_of_the_look_back(turns: int, found: bool) -> None:
    """Each turn is a run of calls and a run of results, so nine turns are 18 places."""
    provider = Provider()
    start = {"role": "user", "content": [marked(LONG)]}
    call(provider, "claude-opus-5-5", [start])
    later = [start]
    for turn in range(turns):
        ids = [f"{turn}-{each}" for each in range(5)]
        calls = [{"type": "tool_use", "id": i, "name": "f", "input": {}} for i in ids]
        results = [{"type": "tool_result", "tool_use_id": i, "content": i} for i in ids]
        later += [{"role": "assistant", "content": calls}, {"role": "user", "content": results}]
    later.append({"role": "user", "content": [marked("And now?")]})
    later[0] = {"role": "user", "content": [{"type": "text", "text": LONG}]}
    assert (ask(provider, "claude-opus-5-5", later).cached > 0) is found


def test_the_automatic_breakpoint_stands_on_the_last_block_that_can_be_cached() -> None:
    ends = ({"type": "text", "text": ""}, {"type": "thinking", "thinking": "Hm. " * 100})
    written = set()
    for end in ends:
        messages = [{"role": "user", "content": LONG}, {"role": "assistant", "content": [end]}]
        use = ask(Provider(), "claude-opus-5-5", messages, automatic={"type": "ephemeral"})
        written.add(use.write_5m)
    assert len(written) == 1 and written.pop() > 1_900


@pytest.mark.parametrize("change", ["scope", "settings"])
def test_a_change_of_settings_loses_what_depends_on_them(change: str) -> None:
    provider = Provider()
    messages = claude_chat("Where is my card?")
    automatic = {"type": "ephemeral"}
    whole = call(provider, "claude-opus-5-5", messages, automatic=automatic, **{change: ["a"]})
    other = ask(provider, "claude-opus-5-5", messages, automatic=automatic, **{change: ["b"]})
    same = ask(provider, "claude-opus-5-5", messages, automatic=automatic, **{change: ["a"]})
    assert same.cached == whole.written
    # Anthropic: tool choice and thinking leave the cache of tools and system text valid.
    assert (0 < other.cached < whole.written) if change == "settings" else other.cached == 0


def test_a_mark_is_not_content() -> None:
    provider = Provider()
    part = {"type": "text", "text": LONG}
    call(provider, "claude-opus-5-5", [{"role": "user", "content": [marked(LONG)]}])
    for content in (LONG, [part], [marked(LONG, ttl="1h")]):
        messages = [{"role": "user", "content": content}]
        use = ask(provider, "claude-opus-5-5", messages, automatic={"ttl": "1h"})
        assert (use.cached > 1_900, use.written) == (True, 0)


def test_a_picture_is_a_block_counted_by_the_caller() -> None:
    provider = Provider()
    picture = {"type": "image", "source": {"type": "base64", "data": "AAAA"}}
    content = [picture, {"type": "text", "text": "What is it?"}]
    messages = [{"role": "user", "content": content}]
    options = {"automatic": {"type": "ephemeral"}, "part_tokens": lambda part: 4_000, "tools": None}
    common = {"model": "claude-opus-5-5", "messages": messages, "sent": 4_020, **options}
    first = anthropic_use(provider, **common)
    first.commit()
    assert 4_000 < first.write_5m <= 4_020
    assert anthropic_use(provider, **common).cached == first.write_5m
    picture["source"]["data"] = "BBBB"
    assert anthropic_use(provider, **common).cached == 0


def test_keys_separate_and_overflow_only_when_asked() -> None:
    messages = openai_chat("Where is my card?")
    provider = Provider()
    call(provider, "gpt-4.1", messages, prompt_cache_key="a")
    assert ask(provider, "gpt-4.1", messages, prompt_cache_key="b").cached == 0
    provider.assume["openai.key_separates"] = False
    call(provider, "gpt-4.1", messages, prompt_cache_key="a")
    assert ask(provider, "gpt-4.1", messages, prompt_cache_key="b").cached > 1_900

    busy = Provider(assume={"openai.requests_per_minute": 15})
    read = [call(busy, "gpt-6.1-sol", messages).cached > 0 for _ in range(32)]
    assert [i for i, hit in enumerate(read) if not hit] == [0, 15, 30]
    busy.clock.advance(seconds=60)
    assert ask(busy, "gpt-6.1-sol", messages).cached > 0


@pytest.mark.parametrize(
    ("model", "api", "options", "says"),
    [
        ("gpt-4.1", "chat", {"prompt_cache_options": {"mode": "explicit"}}, "gpt-5.6"),
        ("gpt-4o", "chat", {"prompt_cache_retention": "24h"}, "'in_memory'"),
        ("gpt-5.5", "chat", {"prompt_cache_retention": "in_memory"}, "'24h'"),
        ("gpt-6.1-sol", "responses", {"prompt_cache_retention": "in_memory"}, "'24h'"),
        ("gpt-6.1-sol", "chat", {"prompt_cache_options": {"ttl": "12h"}}, "'30m'"),
        ("gpt-6.1-sol", "responses", {"prompt_cache_options": {"ttl": "1h"}}, "'30m', '12h'"),
        ("gpt-6.1-sol", "responses", {"prompt_cache_options": {"mode": "off"}}, "'explicit'"),
    ],
)
def test_what_a_model_does_not_take_is_refused(
    model: str, api: str, options: dict[str, Any], says: str
) -> None:
    with pytest.raises(ApiError, match=says) as refused:
        ask(Provider(), model, openai_chat("Hm?"), api=api, **options)
    assert refused.value.status == 400
    assert str(refused.value.param) in options or "." in str(refused.value.param)


def test_expired_entries_are_swept() -> None:
    provider = Provider()
    for number in range(40):
        provider.clock.advance(minutes=6)
        call(provider, "gpt-4o", [{"role": "user", "content": f"{number}" + " fee" * 10_000}])
    # 78 steps of 128 tokens each time
    assert 78 <= len(caches_of(provider).entries) < 1_300


# --- Through the SDKs -------------------------------------------------------------------------


def test_the_clients_report_reads_and_writes_in_their_vendors_words() -> None:
    claude = connect("anthropic")
    seen = []
    for question in ("Where is my card?", "What does a transfer cost?"):
        usage = claude.messages.create(
            model="claude-opus-5-5",
            max_tokens=100,
            system=[{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}],
            messages=[{"role": "user", "content": question}],
        ).usage
        total = usage.input_tokens + usage.cache_creation_input_tokens
        seen.append((usage.cache_creation_input_tokens, usage.cache_read_input_tokens))
        assert total + usage.cache_read_input_tokens > 2_000
        assert usage.input_tokens < 40
        written = usage.cache_creation
        assert written.ephemeral_5m_input_tokens == usage.cache_creation_input_tokens
    assert seen[0][0] > 2_000 and seen == [(seen[0][0], 0), (0, seen[0][0])]

    openai, seen = connect("openai"), []
    for _ in range(2):
        usage = openai.responses.create(
            model="gpt-6.1-sol",
            instructions=LONG,
            input="Where is my card?",
            prompt_cache_options={"mode": "implicit", "ttl": "12h"},
        ).usage
        details = usage.input_tokens_details
        assert details.cache_write_tokens == details.cache_write_tokens_details.ttl_12h_tokens
        seen.append((details.cache_write_tokens, details.cached_tokens))
    assert seen == [(seen[0][0], 0), (0, seen[0][0])]
    assert 1_900 < seen[0][0] <= usage.input_tokens


def test_parallel_calls_of_an_async_client_each_pay_for_the_write() -> None:
    client = connect_async("anthropic")
    system = [{"type": "text", "text": LONG, "cache_control": {"type": "ephemeral"}}]

    async def one(number: int) -> tuple[int, int]:
        message = await client.messages.create(
            model="claude-opus-5-5",
            max_tokens=50,
            system=system,
            messages=[{"role": "user", "content": f"Question {number}?"}],
        )
        usage = message.usage
        return usage.cache_creation_input_tokens, usage.cache_read_input_tokens

    async def eight() -> list[tuple[int, int]]:
        return await asyncio.gather(*(one(number) for number in range(8)))

    first = asyncio.run(eight())
    assert len(set(first)) == 1 and first[0][0] > 2_000 and first[0][1] == 0
    assert asyncio.run(one(8)) == (0, first[0][0])


# --- The data ---------------------------------------------------------------------------------


def test_every_rule_and_assumption_has_its_source_and_date() -> None:
    for name, key in (("cache_rules.csv", "source"), ("cache_assumptions.csv", "why")):
        with data_path(name).open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert rows
        for row in rows:
            assert row[key], row
            assert date.fromisoformat(row["checked"]) <= date.today(), row
            assert None not in row and None not in row.values(), row


@pytest.mark.parametrize("vendor", ["openai", "anthropic"])
def test_a_model_caches_when_its_cached_rate_is_published(vendor: str) -> None:
    """So that no usage can come back that has no price, nor a discount that is never given."""
    for model in models(vendor, kind="chat"):
        if (model.shutdown and model.shutdown <= AS_OF) or model.id.startswith("gpt-oss"):
            continue
        rule, rates = rule_of(vendor, model.id, {}), rate_card(model.id, provider=vendor).rates
        assert (rule is not None) == (rates["cached_input"] is not None), model.id
        if rule and rule.match == "breakpoints":
            for lifetime in rule.lifetimes:
                assert rates[f"cache_write_{lifetime}"] is not None, (model.id, lifetime)
        elif rule:
            assert rates["cache_write_30m"] is None, model.id


def test_an_assumption_is_switched_by_name_and_checked() -> None:
    assert rule_of("openai", "gpt-6.1-sol", {}).lookback == 80
    assert rule_of("openai", "gpt-6.1-sol", {"openai.lookback": 50}).lookback == 50
    assert rule_of("openai", "gpt-5.1", {"openai.older_minimum": 2048}).minimum == 2_048
    for wrong in ({"openai.lookback": "many"}, {"openai.older_retention": "1y"}):
        with pytest.raises(ValueError, match="the cache rule of"):
            rule_of("openai", "gpt-6.1-sol", wrong)
            rule_of("openai", "gpt-5.1", wrong)
    with pytest.raises(ValueError, match="unknown"):
        assumed("openai.lookbak", {})
