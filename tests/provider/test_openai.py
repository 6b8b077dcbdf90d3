"""OpenAI on the offline provider: streams, tools, JSON, predictions, embeddings, batches."""

from __future__ import annotations

import asyncio
import base64
import difflib
import io
import itertools
import json
import random
import wave

import jsonschema
import openai
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from offline_clients import QUESTION, strict
from pydantic import BaseModel

from costlib.pricing.cost import cost_of
from costlib.provider import connect, connect_async, provider_of
from costlib.provider.alignment import Alignment, align, draft
from costlib.provider.errors import ApiError
from costlib.provider.openai.refusals import error_body
from costlib.provider.schemas import example
from costlib.tokens.chat import count_chat
from costlib.tokens.encodings import load_encoding
from costlib.tokens.images import image_tokens
from costlib.tokens.text import count_text
from costlib.usage.read import read_usage

CHAT = {"model": "gpt-4.1-mini", "messages": QUESTION}
EMBED = {"model": "text-embedding-3-small", "input": "a", "encoding_format": "float"}
EDIT = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Rename the property."}]}


pytestmark = pytest.mark.usefixtures("no_network")


def refusal(call, error=openai.BadRequestError, **body):
    with pytest.raises(error) as raised:
        call(**body)
    return raised.value


# --- Streams ----------------------------------------------------------------------------------


def test_a_chat_stream_is_the_same_reply_in_pieces(gpt):
    whole = gpt.chat.completions.create(**CHAT)
    chunks = list(gpt.chat.completions.create(**CHAT, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == whole.choices[0].message.content
    assert chunks[0].choices[0].delta.role == "assistant"
    assert chunks[-1].choices[0].finish_reason == "stop"
    assert all(chunk.usage is None for chunk in chunks) and len(chunks) > 5
    assert {chunk.model for chunk in chunks} == {"gpt-4.1-mini"}


def test_usage_comes_in_the_last_chunk_only_when_it_is_asked_for(gpt):
    whole = gpt.chat.completions.create(**CHAT)
    chunks = list(
        gpt.chat.completions.create(**CHAT, stream=True, stream_options={"include_usage": True})
    )
    assert [chunk.usage for chunk in chunks[:-1]] == [None] * (len(chunks) - 1)
    assert chunks[-1].choices == [] and chunks[-1].usage == whole.usage
    error = refusal(
        gpt.chat.completions.create, **CHAT, extra_body={"stream_options": {"include_usage": True}}
    )
    assert error.param == "stream_options"


def test_a_stream_that_is_left_early_is_billed_and_its_usage_is_lost(gpt):
    stream = gpt.chat.completions.create(
        **CHAT, stream=True, stream_options={"include_usage": True}
    )
    seen = [chunk.usage for chunk in itertools.islice(stream, 3)]
    stream.close()
    assert seen == [None] * 3
    (record,) = provider_of(gpt).log
    assert record.outcome == "interrupted"
    assert record.usage["completion_tokens"] > 20


def test_a_response_stream_ends_with_its_usage(gpt):
    body = {"model": "gpt-5-mini", "input": "Why?"}
    whole = gpt.responses.create(**body)
    with gpt.responses.stream(**body) as stream:
        kinds = [event.type for event in stream]
        final = stream.get_final_response()
    assert kinds[0] == "response.created" and kinds[-1] == "response.completed"
    assert kinds.count("response.output_text.delta") > 3
    assert final.output_text == whole.output_text
    assert final.usage == whole.usage


def test_the_sdks_own_stream_of_chat_works(gpt):
    with gpt.chat.completions.stream(**CHAT) as stream:
        final = stream.get_final_completion()
    whole = gpt.chat.completions.create(**CHAT)
    assert final.choices[0].message.content == whole.choices[0].message.content
    with gpt.chat.completions.stream(**CHAT, response_format=Ticket) as stream:
        assert isinstance(stream.get_final_completion().choices[0].message.parsed, Ticket)


def test_a_response_stream_that_hits_the_limit_ends_as_incomplete(gpt):
    events = list(
        gpt.responses.create(model="gpt-4.1", input="Why?", max_output_tokens=16, stream=True)
    )
    assert events[-1].type == "response.incomplete"
    assert events[-1].response.usage.output_tokens == 16
    assert [event.sequence_number for event in events] == list(range(len(events)))


def test_all_of_it_works_asynchronously():
    async def talk():
        client = strict("openai", connect_async)
        chat = await client.chat.completions.create(**CHAT)
        pieces = [
            chunk.choices[0].delta.content or ""
            async for chunk in await client.chat.completions.create(**CHAT, stream=True)
        ]
        async with client.responses.stream(model="gpt-5-mini", input="Why?") as stream:
            final = await stream.get_final_response()
        vectors = await client.embeddings.create(**EMBED)
        return chat, "".join(pieces), final, vectors

    chat, text, final, vectors = asyncio.run(talk())
    assert chat == strict("openai").chat.completions.create(**CHAT)
    assert text == chat.choices[0].message.content
    assert final.usage.output_tokens > 0 and len(vectors.data) == 1


def test_several_choices_and_letters_of_many_bytes_survive_a_stream(gpt):
    provider_of(gpt).reply = lambda body: "Grüße 🏦🇩🇪 — 你好" * 5
    chunks = list(gpt.chat.completions.create(**CHAT, n=2, stream=True))
    for index in (0, 1):
        mine = [chunk.choices[0] for chunk in chunks if chunk.choices[0].index == index]
        assert "".join(each.delta.content or "" for each in mine) == "Grüße 🏦🇩🇪 — 你好" * 5


# --- What a lesson lets the model write -------------------------------------------------------


def test_a_lesson_can_say_what_the_model_writes(gpt):
    provider_of(gpt).reply = lambda body: "Hello." if body["model"] == "gpt-4.1-mini" else None
    chat = gpt.chat.completions.create(**CHAT)
    assert chat.choices[0].message.content == "Hello."
    assert chat.usage.completion_tokens == count_text("Hello.", "gpt-4.1-mini").tokens
    cut = gpt.chat.completions.create(**CHAT, max_tokens=1)
    assert (cut.choices[0].message.content, cut.choices[0].finish_reason) == ("Hello", "length")
    assert "simulated" in gpt.responses.create(model="gpt-5", input="Hi").output_text


def broken(body):
    raise KeyError("prompt")


@pytest.mark.parametrize(("reply", "words"), [(broken, "raised KeyError"), (len, "gave int")])
def test_a_wrong_reply_function_is_named_and_not_retried(gpt, reply, words):
    provider_of(gpt).reply = reply
    assert words in refusal(gpt.chat.completions.create, **CHAT).message
    assert len(provider_of(gpt).log) == 1


# --- Tools and JSON ---------------------------------------------------------------------------

PARAMETERS = {
    "type": "object",
    "properties": {
        "card": {"type": "string", "enum": ["debit", "credit"]},
        "amount": {"type": "number", "minimum": 0.5, "maximum": 2},
        "tags": {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": 2},
    },
    "required": ["card", "amount", "tags"],
    "additionalProperties": False,
}
FUNCTION = {"name": "block_card", "description": "Blocks a card.", "parameters": PARAMETERS}
TOOL = {"type": "function", "function": {**FUNCTION, "strict": True}}
NAMED = {"type": "function", "function": {"name": "block_card"}}
SCHEMA = {"name": "ticket", "strict": True, "schema": PARAMETERS}


def test_a_forced_tool_call_fits_the_schema_and_its_tokens_are_counted(gpt):
    for choice, reason in (("required", "tool_calls"), (NAMED, "stop")):
        chat = gpt.chat.completions.create(**CHAT, tools=[TOOL], tool_choice=choice)
        (call,) = chat.choices[0].message.tool_calls
        assert chat.choices[0].finish_reason == reason
        assert call.function.name == "block_card" and chat.choices[0].message.content is None
        jsonschema.validate(json.loads(call.function.arguments), PARAMETERS)
        written = ("block_card", call.function.arguments)
        counted = sum(count_text(text, "gpt-4.1-mini").tokens for text in written)
        assert chat.usage.completion_tokens == counted
        assert chat.usage.prompt_tokens == count_chat(QUESTION, "gpt-4.1-mini", [TOOL]).tokens
    for choice in ("auto", "none"):
        free = gpt.chat.completions.create(**CHAT, tools=[TOOL], tool_choice=choice)
        assert free.choices[0].message.tool_calls is None


def test_a_tool_call_can_be_streamed(gpt):
    body = {**CHAT, "tools": [TOOL], "tool_choice": "required"}
    whole = gpt.chat.completions.create(**body).choices[0].message.tool_calls[0]
    deltas = [
        chunk.choices[0].delta.tool_calls[0]
        for chunk in gpt.chat.completions.create(**body, stream=True)
        if chunk.choices[0].delta.tool_calls
    ]
    assert deltas[0].function.name == "block_card"
    assert [bool(delta.id) for delta in deltas] == [True] + [False] * (len(deltas) - 1)
    arguments = "".join(delta.function.arguments for delta in deltas)
    assert arguments == whole.function.arguments
    with gpt.responses.stream(
        model="gpt-5", input="Hi", tools=[{"type": "function", **FUNCTION}], tool_choice="required"
    ) as stream:
        item = stream.get_final_response().output[-1]
    jsonschema.validate(json.loads(item.arguments), PARAMETERS)


def test_an_agent_turn_goes_back_with_its_result(gpt):
    tools = [{"type": "function", "strict": True, **FUNCTION}]
    body = {"model": "gpt-5", "tools": tools}
    first = gpt.responses.create(**body, input="Block my card.", tool_choice="required")
    call = first.output[-1]
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "blocked"}
    by_id = gpt.responses.create(**body, previous_response_id=first.id, input=[result])
    by_hand = gpt.responses.create(
        **body,
        input=[
            {"role": "user", "content": "Block my card."},
            *[item.to_dict() for item in first.output],
            result,
        ],
    )
    assert by_id.usage.input_tokens == by_hand.usage.input_tokens > first.usage.input_tokens
    assert by_id.output_text == by_hand.output_text


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"tool_choice": "required"}, "only allowed when 'tools' are specified"),
        ({"tool_choice": "auto"}, "'tool_choice' is only allowed when 'tools' are specified"),
        ({"tool_choice": "none"}, "'tool_choice' is only allowed when 'tools' are specified"),
        ({"tools": []}, "Invalid 'tools': empty array. Expected an array with minimum length 1"),
        ({"tools": [TOOL], "tool_choice": "always"}, "Supported values are"),
        (
            {"tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "x"}}},
            "'x' not found in 'tools'",
        ),
        (
            {"tools": [{"type": "function", "function": {"name": "f", "strict": True,
             "parameters": {"type": "object", "properties": {"a": {"type": "string"}}}}}]},
            "'additionalProperties' is required to be supplied and to be false",
        ),
        ({"response_format": {"type": "json_object"}}, "must contain the word 'json'"),
        (
            {"response_format": {"type": "json_schema", "json_schema": {**SCHEMA, "schema": {
             **PARAMETERS, "required": ["card"]}}}},
            "Missing 'amount'",
        ),
        (
            {"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}},
            "json_schema.schema",
        ),
        ({"response_format": {"type": "xml"}}, "'json_schema'"),
    ],
)  # fmt: skip
def test_forms_that_the_api_refuses(gpt, more, words):
    assert words in refusal(gpt.chat.completions.create, **CHAT, extra_body=more).message


def test_json_mode_of_responses_looks_at_its_input_alone(gpt):
    """The word in the instructions was enough here, and is a 400 in production."""
    form = {"model": "gpt-4.1-mini", "text": {"format": {"type": "json_object"}}}
    for said in ({"input": "Hi"}, {"input": "Hi", "instructions": "Answer in JSON."}):
        error = refusal(gpt.responses.create, **form, **said)
        assert (
            "Response input messages must contain the word 'json' in some form to use "
            "'text.format' of type 'json_object'."
        ) in error.message
        assert error.param == "input"
    asked = [{"role": "developer", "content": "Answer in JSON."}, {"role": "user", "content": "Hi"}]
    for more in ({}, {"instructions": "Be kind."}):
        assert isinstance(
            json.loads(gpt.responses.create(**form, input=asked, **more).output_text), dict
        )


def test_truncation_changes_nothing_where_the_input_fits(gpt):
    """Agents send it with every request, and cookbooks on computer use ask for it."""
    ask = {"model": "gpt-4o", "input": "Hi", "max_output_tokens": 30}
    cut, plain = gpt.responses.create(**ask, truncation="auto"), gpt.responses.create(**ask)
    assert (cut.truncation, cut.usage, cut.output_text) == ("auto", plain.usage, plain.output_text)
    long = {**ask, "input": "a " * 128_010}
    error = refusal(gpt.responses.create, **long, truncation="auto")
    assert error.code == "offline_provider_missing" and error.param == "truncation"
    error = refusal(gpt.responses.create, **long)
    assert (error.code, error.param) == ("context_length_exceeded", "input")
    assert "Your input exceeds the context window of this model." in error.message


def test_a_result_may_name_its_function(gpt):
    """The cookbook on calling functions sends it; it counts like the name of any message."""
    call = {"id": "c1", "type": "function", "function": {"name": "balance", "arguments": "{}"}}
    result = {"role": "tool", "tool_call_id": "c1", "content": "15"}
    asked = [CHAT["messages"][-1], {"role": "assistant", "content": None, "tool_calls": [call]}]
    plain, named = (
        gpt.chat.completions.create(model="gpt-4.1-mini", messages=[*asked, last]).usage
        for last in (result, {**result, "name": "balance"})
    )
    assert plain.prompt_tokens < named.prompt_tokens <= plain.prompt_tokens + 3


def test_structured_output_fits_the_schema_and_the_schema_is_input(gpt):
    plain = gpt.chat.completions.create(**CHAT)
    chat = gpt.chat.completions.create(
        **CHAT, response_format={"type": "json_schema", "json_schema": SCHEMA}
    )
    jsonschema.validate(json.loads(chat.choices[0].message.content), PARAMETERS)
    as_json = json.dumps(PARAMETERS, separators=(",", ":"))
    extra = chat.usage.prompt_tokens - plain.usage.prompt_tokens
    assert extra == count_text("ticket" + as_json, "gpt-4.1-mini").tokens
    reply = gpt.responses.create(
        model="gpt-5", input="Hi", text={"format": {"type": "json_schema", **SCHEMA}}
    )
    jsonschema.validate(json.loads(reply.output_text), PARAMETERS)
    asked = [{"role": "user", "content": "Answer in JSON."}]
    loose = gpt.chat.completions.create(
        model="gpt-4.1", messages=asked, response_format={"type": "json_object"}
    )
    assert isinstance(json.loads(loose.choices[0].message.content), dict)


class Ticket(BaseModel):
    class Step(BaseModel):
        done: bool
        minutes: int | None

    title: str
    steps: list[Step]
    parent: Ticket | None


def test_the_sdks_own_parsing_works(gpt):
    parsed = gpt.chat.completions.parse(**CHAT, response_format=Ticket).choices[0].message.parsed
    assert isinstance(parsed, Ticket)
    reply = gpt.responses.parse(model="gpt-5", input="Hi", text_format=Ticket)
    assert isinstance(reply.output_parsed, Ticket)
    with pytest.raises(openai.LengthFinishReasonError):
        gpt.chat.completions.parse(**CHAT, response_format=Ticket, max_tokens=5)


BOUNDS = st.integers(-50, 50)
LENGTHS = st.integers(0, 300)
FEW = st.integers(0, 3)
LEAVES = st.one_of(
    st.just({"type": "boolean"}),
    st.just({"type": ["string", "null"]}),
    st.builds(lambda a, n: {"type": "integer", "minimum": a, "maximum": a + n}, BOUNDS, FEW),
    st.builds(lambda a: {"type": "number", "exclusiveMinimum": a, "maximum": a + 0.001}, BOUNDS),
    st.builds(lambda a: {"type": "integer", "multipleOf": 5, "exclusiveMaximum": a}, BOUNDS),
    st.builds(lambda a: {"type": "number", "maximum": a}, BOUNDS),
    st.builds(lambda a: {"type": "string", "minLength": a, "maxLength": a + 3}, LENGTHS),
    st.just({"enum": [1, "two", None]}),
    st.just({"const": {"a": 1}}),
    st.just({"type": "string", "format": "date"}),
)  # fmt: skip
SCHEMAS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.builds(lambda s, n: {"type": "array", "items": s, "minItems": n}, inner, FEW),
        st.builds(lambda a, b: {"anyOf": [a, b]}, inner, inner),
        st.builds(
            lambda named: {"type": "object", "properties": named, "required": list(named)[:1]},
            st.dictionaries(st.text(max_size=3), inner, max_size=3),
        ),
    ),
    max_leaves=8,
)


@settings(max_examples=150)
@given(SCHEMAS, FEW)
def test_examples_fit_any_schema(schema, seed):
    jsonschema.validate(example(schema, random.Random(seed)), schema)


# --- Limits and reasoning ---------------------------------------------------------------------


def test_600_of_600_tokens_can_be_reasoning(gpt):
    hard = [{"role": "user", "content": "List every fee that could apply, and why. " * 5}]
    chat = gpt.chat.completions.create(
        model="gpt-5", messages=hard, reasoning_effort="high", max_completion_tokens=600
    )
    assert (chat.choices[0].message.content, chat.choices[0].finish_reason) == ("", "length")
    assert chat.usage.completion_tokens == 600
    assert chat.usage.completion_tokens_details.reasoning_tokens == 600
    assert cost_of(read_usage(chat), "gpt-5").total > 0
    reply = gpt.responses.create(
        model="gpt-5", input=hard, reasoning={"effort": "high"}, max_output_tokens=600
    )
    assert (reply.status, reply.output_text) == ("incomplete", "")
    assert reply.usage.output_tokens_details.reasoning_tokens == 600


@pytest.mark.parametrize(
    ("model", "effort", "taken"),
    [
        ("gpt-5", "minimal", True),
        ("gpt-5", "xhigh", False),
        ("o3", "xhigh", False),
        ("gpt-5.1", "none", True),
        ("gpt-5.1", "xhigh", False),
        ("gpt-5.2", "xhigh", True),
        ("gpt-6.1-sol", "max", True),
    ],
)
def test_efforts_as_the_models_have_them(gpt, model, effort, taken):
    ask = gpt.responses.create
    body = {"model": model, "input": "Hi", "reasoning": {"effort": effort}}
    if taken:
        assert ask(**body).reasoning.effort == effort
    else:
        assert refusal(ask, **body).code == "unsupported_value"


# --- Predictions ------------------------------------------------------------------------------


def user_class(third, start="\n"):
    """The example of OpenAI's guide in 2024, a C# class of three properties, rebuilt from parts."""
    rows = [("FirstName", "first name"), ("LastName", "last name"), (third.title(), third)]
    head = f"/// <summary>\n/// Represents a user with a first name, last name, and {third}.\n"
    head += "/// </summary>\npublic class User\n{\n"
    body = [
        f"    /// <summary>\n    /// Gets or sets the user's {text}.\n    /// </summary>\n"
        f"    public string {name} {{ get; set; }}\n"
        for name, text in rows
    ]
    return start + head + "\n".join(body) + "}" + start


BEFORE, AFTER = user_class("username"), user_class("email", "")


def predict(client, after, before=BEFORE, **more):
    provider_of(client).reply = lambda body: after
    return client.chat.completions.create(
        **EDIT, prediction={"type": "content", "content": before}, **more
    )


def prediction_usage(chat):
    details = chat.usage.completion_tokens_details
    return (
        chat.usage.completion_tokens,
        details.accepted_prediction_tokens,
        details.rejected_prediction_tokens,
    )


def test_the_reply_without_a_prediction_is_as_long_as_the_published_one():
    assert count_text(AFTER, "gpt-4o").tokens == 118


def test_a_diff_is_the_best_case_and_drafts_are_fitted_to_the_published_case(gpt):
    assert prediction_usage(predict(gpt, AFTER)) == (118 + 5, 114, 5)
    provider_of(gpt).assume["openai.prediction"] = "draft"
    # Published: 226, 49, 107; the API counted one token more than 118 + 107.
    assert prediction_usage(predict(gpt, AFTER)) == (225, 49, 107)
    provider_of(gpt).assume["openai.prediction"] = "guess"
    assert '"diff" or "draft"' in refusal(predict, client=gpt, after=AFTER).message


@pytest.mark.parametrize("assumed", ["diff", "draft"])
def test_a_prediction_never_makes_a_call_cheaper(gpt, assumed):
    provider_of(gpt).assume["openai.prediction"] = assumed
    provider_of(gpt).reply = lambda body: AFTER
    plain = cost_of(read_usage(gpt.chat.completions.create(**EDIT)), "gpt-4.1").total
    for before in (AFTER, BEFORE, "Something else entirely.", AFTER[:200], AFTER + BEFORE):
        usage = read_usage(predict(gpt, AFTER, before))
        assert cost_of(usage, "gpt-4.1").total >= plain
    perfect = predict(gpt, AFTER, AFTER)
    assert prediction_usage(perfect) == (118, 118, 0)
    assert cost_of(read_usage(perfect), "gpt-4.1").total == plain


def test_a_prediction_streams_and_may_come_in_parts(gpt):
    provider_of(gpt).reply = lambda body: AFTER
    half = len(BEFORE) // 2
    parts = [{"type": "text", "text": text} for text in (BEFORE[:half], BEFORE[half:])]
    *chunks, last = gpt.chat.completions.create(
        **EDIT,
        prediction={"type": "content", "content": parts},
        stream=True,
        stream_options={"include_usage": True},
    )
    assert "".join(chunk.choices[0].delta.content or "" for chunk in chunks) == AFTER
    assert prediction_usage(last) == (123, 114, 5)


def test_rejected_tokens_fill_the_limit_too(gpt):
    chat = predict(gpt, AFTER, "Nothing of this is in it." * 10, max_tokens=130)
    completion, accepted, rejected = prediction_usage(chat)
    assert completion == 130 and chat.choices[0].finish_reason == "length"
    text = chat.choices[0].message.content
    assert AFTER.startswith(text) and count_text(text, "gpt-4.1").tokens + rejected == 130
    assert 0 <= accepted <= 130 - rejected


@pytest.mark.parametrize(
    ("more", "param"),
    [
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"audio": {"voice": "ash", "format": "wav"}}, "audio"),
        ({"frequency_penalty": 0.1}, "frequency_penalty"),
        ({"n": 2}, "n"),
        ({"model": "gpt-5.1"}, "prediction"),
    ],
)
def test_predictions_that_the_api_refuses(gpt, more, param):
    body = {**EDIT, "prediction": {"type": "content", "content": BEFORE}, **more}
    error = refusal(gpt.chat.completions.create, **body)
    assert (error.code, error.param) == ("unsupported_parameter", param)


def test_penalties_below_zero_go_with_a_prediction(gpt):
    assert predict(gpt, AFTER, presence_penalty=-0.5).usage.completion_tokens == 123


def test_no_model_takes_predictions_after_the_shutdown(gpt):
    provider_of(gpt).clock.advance(days=54)  # 2027-01-15
    error = refusal(predict, openai.NotFoundError, client=gpt, after=AFTER)
    assert "2027-01-14" in error.message


@settings(max_examples=150)
@given(
    st.lists(st.sampled_from(["the", " card", "\n", " was", " x"]), max_size=60),
    st.lists(st.sampled_from(["the", " card", "\n", " was", " x"]), max_size=60),
)
def test_alignments_agree_with_a_slow_table(one, other):
    left, right = "".join(one), "".join(other)
    encode = load_encoding("o200k_base").encode_ordinary
    a, b = encode(left), encode(right)
    table = [[0] * (len(b) + 1) for _ in range(len(a) + 1)]
    for i, j in itertools.product(range(len(a)), range(len(b))):
        same = a[i] == b[j]
        table[i + 1][j + 1] = table[i][j] + 1 if same else max(table[i][j + 1], table[i + 1][j])
    found = align(left, right, "o200k_base")
    assert found == Alignment(table[-1][-1], len(a) - table[-1][-1])
    assert found.accepted >= sum(
        block.size for block in difflib.SequenceMatcher(None, a, b, False).get_matching_blocks()
    )
    drafted = draft(left, right, "o200k_base")
    assert 0 <= drafted.accepted <= len(b)
    assert drafted.rejected >= 0


# --- Earlier responses ------------------------------------------------------------------------


def test_an_earlier_response_is_billed_again(gpt):
    model = {"model": "gpt-4.1"}
    one = gpt.responses.create(**model, input="My card was declined.", instructions="Be brief.")
    two = gpt.responses.create(**model, input="Why?", previous_response_id=one.id)
    three = gpt.responses.create(**model, input="Thanks.", previous_response_id=two.id)
    messages = [
        {"role": "user", "content": "My card was declined."},
        {"role": "assistant", "content": one.output_text},
        {"role": "user", "content": "Why?"},
    ]  # the instructions of an earlier response are not carried over
    assert two.usage.input_tokens == count_chat(messages, "gpt-4.1").tokens
    assert three.usage.input_tokens > two.usage.input_tokens + two.usage.output_tokens
    counted = gpt.responses.input_tokens.count(
        **model, input="Thanks.", previous_response_id=two.id
    )
    assert counted.input_tokens == three.usage.input_tokens
    assert gpt.responses.retrieve(one.id) == one


def test_responses_that_cannot_be_continued(gpt):
    hidden = gpt.responses.create(model="gpt-4.1", input="Hi", store=False)
    kept = gpt.responses.create(model="gpt-4.1", input="Hello")
    gpt.responses.delete(kept.id)
    for name in (hidden.id, kept.id, "resp_1"):
        error = refusal(
            gpt.responses.create, model="gpt-4.1", input="Why?", previous_response_id=name
        )
        assert error.code == "previous_response_not_found"
        refusal(gpt.responses.retrieve, openai.NotFoundError, response_id=name)
    other = connect("openai")
    refusal(
        other.responses.create, model="gpt-4.1", input="Why?", previous_response_id=kept.id
    )  # fmt: skip


# --- Pictures ---------------------------------------------------------------------------------


def picture(width, height):
    from PIL import Image

    file = io.BytesIO()
    Image.new("RGB", (width, height), "navy").save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.mark.parametrize("model", ["gpt-4o", "gpt-4.1-mini", "gpt-5"])
def test_pictures_are_counted_by_their_real_size(gpt, model):
    url = picture(1024, 768)
    text = {"type": "text", "text": "What is this?"}
    content = [text, {"type": "image_url", "image_url": {"url": url, "detail": "high"}}]
    chat = gpt.chat.completions.create(model=model, messages=[{"role": "user", "content": content}])
    expected = image_tokens(1024, 768, model, "high")
    words = count_chat([{"role": "user", "content": [text]}], model).tokens
    assert chat.usage.prompt_tokens == words + expected
    details = chat.usage.prompt_tokens_details
    assert (details.image_tokens, details.text_tokens) == (expected, words)
    content = [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": url, "detail": "high"},
    ]
    body = {"model": model, "input": [{"role": "user", "content": content}]}
    assert gpt.responses.create(**body).usage.input_tokens == words + expected
    assert gpt.responses.input_tokens.count(**body).input_tokens == words + expected
    content[1]["detail"] = "auto"
    auto = gpt.responses.create(**body).usage.input_tokens
    del content[1]["detail"]  # OpenAI's guide leaves it out
    assert gpt.responses.create(**body).usage.input_tokens == auto


@pytest.mark.parametrize(
    ("role", "url", "words"),
    [
        ("user", "data:image/png;base64,AAAA", "Invalid image"),
        ("user", "https://example.com/a.png", "nothing is fetched offline"),
        ("assistant", "data:image/png;base64,AAAA", "'text', 'refusal'"),
    ],
)
def test_pictures_that_are_refused(gpt, role, url, words):
    content = [{"type": "image_url", "image_url": {"url": url}}]
    body = {"model": "gpt-4o", "messages": [{"role": role, "content": content}]}
    assert words in refusal(gpt.chat.completions.create, **body).message


# --- Caches -----------------------------------------------------------------------------------

HANDBOOK = "A fee is shown before it is taken. " * 400
LONG = [{"role": "system", "content": HANDBOOK}, *QUESTION]


def test_older_models_read_a_prefix_in_steps_of_128(gpt):
    first = gpt.chat.completions.create(model="gpt-4.1", messages=LONG).usage
    second = gpt.chat.completions.create(model="gpt-4.1", messages=LONG).usage
    assert first.prompt_tokens_details.cached_tokens == 0
    cached = second.prompt_tokens_details.cached_tokens
    assert cached % 128 == 0 and second.prompt_tokens - 128 <= cached <= second.prompt_tokens
    assert second.prompt_tokens_details.cache_write_tokens == 0
    saved = cost_of(read_usage({"usage": first.to_dict()}), "gpt-4.1").total
    assert cost_of(read_usage({"usage": second.to_dict()}), "gpt-4.1").total < saved


def test_newer_models_report_and_charge_their_writes_by_lifetime(gpt):
    marked = [{"type": "text", "text": HANDBOOK, "prompt_cache_breakpoint": {"mode": "explicit"}}]
    for ttl, kind in (("30m", "cache_write_30m"), ("12h", "cache_write_12h")):
        body = {
            "model": "gpt-6.1-sol",
            "prompt_cache_key": ttl,
            "prompt_cache_options": {"mode": "explicit", "ttl": ttl},
            "reasoning": {"effort": "low"},
        }
        content = [{**marked[0], "type": "input_text", "text": ttl + HANDBOOK}]
        system = {"role": "system", "content": content}
        writes = gpt.responses.create(**body, input=[system, {"role": "user", "content": "One?"}])
        reads = gpt.responses.create(**body, input=[system, {"role": "user", "content": "Two?"}])
        written = writes.usage.input_tokens_details.cache_write_tokens
        assert written > 1_024
        assert reads.usage.input_tokens_details.cached_tokens == written
        assert reads.usage.input_tokens_details.cache_write_tokens == 0
        bill = cost_of(read_usage(writes), "gpt-6.1-sol")
        assert [line.quantity for line in bill.lines if line.kind == kind] == [written]


def test_equal_calls_at_the_same_time_read_nothing():
    async def fan_out():
        client = connect_async("openai")
        ask = client.chat.completions.create
        replies = await asyncio.gather(*[ask(model="gpt-4.1", messages=LONG) for _ in range(4)])
        replies.append(await ask(model="gpt-4.1", messages=LONG))
        return [reply.usage.prompt_tokens_details.cached_tokens for reply in replies]

    *at_once, after = asyncio.run(fan_out())
    assert at_once == [0] * 4 and after > 1_024


# --- Embeddings -------------------------------------------------------------------------------


def test_embeddings_are_counted_and_drawn_from_their_text(gpt):
    # The SDK's own default is base64, which its strict validation does not know.
    ask = connect("openai", provider=provider_of(gpt)).embeddings.create
    texts = ["My card was declined.", "Meine Karte wurde abgelehnt."]
    both = ask(model="text-embedding-3-small", input=texts)
    assert both.usage.prompt_tokens == both.usage.total_tokens
    counted = [count_text(text, "text-embedding-3-small").tokens for text in texts]
    assert both.usage.prompt_tokens == sum(counted)
    alone = gpt.embeddings.create(**{**EMBED, "input": texts[1]})
    assert alone.data[0].embedding == pytest.approx(both.data[1].embedding)
    assert sum(x * x for x in alone.data[0].embedding) == pytest.approx(1)
    assert len(alone.data[0].embedding) == 1536
    short = ask(model="text-embedding-3-large", input=texts[1], dimensions=256)
    assert len(short.data[0].embedding) == 256
    tokens = load_encoding("cl100k_base").encode_ordinary(texts[0])
    assert ask(model="text-embedding-3-large", input=tokens).usage.prompt_tokens == len(tokens)
    assert cost_of(read_usage(both), "text-embedding-3-small").total > 0


@pytest.mark.parametrize(
    "more",
    [
        {"input": ""},
        {"input": []},
        {"input": ["a", ""]},
        {"input": ["a"] * 2_049},
        {"input": "a " * 9_000},
        {"input": ["word " * 8_000] * 40},
        {"input": 7},
        {"dimensions": 1_537},
        {"dimensions": 0},
        {"model": "text-embedding-ada-002", "dimensions": 10},
        {"encoding_format": "int8"},
        {"model": "gpt-4.1"},
    ],
)
def test_embeddings_that_are_refused(gpt, more):
    body = {"model": "text-embedding-3-small", "input": "a"}
    refusal(gpt.embeddings.create, model="x", input="y", extra_body={**body, **more})


# --- Batches ----------------------------------------------------------------------------------


def run_batch(client, url, bodies):
    lines = [
        {"custom_id": str(i), "method": "POST", "url": url, "body": body}
        for i, body in enumerate(bodies)
    ]
    content = "\n".join(map(json.dumps, lines)).encode()
    upload = client.files.create(file=("jobs.jsonl", content), purpose="batch")
    job = client.batches.create(input_file_id=upload.id, endpoint=url, completion_window="24h")
    provider_of(client).clock.advance(hours=1)
    job = client.batches.retrieve(job.id)
    output = client.files.content(job.output_file_id).text if job.output_file_id else ""
    return job, [json.loads(line) for line in output.splitlines()]


def test_a_batch_of_embeddings_costs_half(gpt):
    body = {**EMBED, "input": ["one two three", "four"]}
    job, (line,) = run_batch(gpt, "/v1/embeddings", [body])
    at_once = cost_of(read_usage(gpt.embeddings.create(**body)), body["model"]).total
    batched = cost_of(read_usage(line), body["model"])
    assert batched.tier == "batch" and batched.total * 2 == at_once
    assert job.usage.input_tokens == 4 and job.usage.output_tokens == 0
    job, _ = run_batch(gpt, "/v1/embeddings", [{"model": "gpt-4.1", "input": "a"}])
    assert job.status == "failed"


def test_batch_usage_is_the_sum_with_its_cached_part(gpt):
    bodies = [
        {"model": "gpt-5", "input": HANDBOOK + question, "reasoning": {"effort": "low"}}
        for question in ("Why?", "When?", "How?")
    ]
    job, lines = run_batch(gpt, "/v1/responses", bodies)
    used = [read_usage(line) for line in lines]
    assert job.usage.input_tokens == sum(each.input_tokens for each in used)
    assert job.usage.output_tokens_details.reasoning_tokens == sum(
        each.reasoning_tokens for each in used
    )
    cached = job.usage.input_tokens_details.cached_tokens
    assert cached == sum(each.cached_input_tokens for each in used) > 2_048


def test_streams_are_refused_in_a_batch(gpt):
    job, lines = run_batch(gpt, "/v1/chat/completions", [{**CHAT, "stream": True}])
    assert lines == [] and job.request_counts.failed == 1


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, None, "invalid_request_error"),
        (401, "invalid_api_key", "invalid_request_error"),
        (429, "rate_limit_exceeded", "requests"),
        (429, "organization_spend_limit_exceeded", "insufficient_quota"),
        (500, None, "server_error"),
        (503, None, "server_error"),
    ],
)
def test_refusals_have_openais_type(status, code, kind):
    body = error_body(ApiError(status, "No.", code=code), "req_1")
    assert body["error"] == {"message": "No.", "type": kind, "param": None, "code": code}


# --- Seeds ------------------------------------------------------------------------------------


def test_every_route_depends_on_the_seed_and_repeats():
    def everything(seed):
        client = connect("openai", seed=seed)
        form = {"type": "json_schema", "json_schema": SCHEMA}
        return (
            client.chat.completions.create(**CHAT, tools=[TOOL], tool_choice="required"),
            client.chat.completions.create(**CHAT, response_format=form),
            client.responses.create(model="gpt-5", input="Hi"),
            client.embeddings.create(model="text-embedding-3-small", input="a"),
        )

    assert everything(3) == everything(3)
    for one, other in zip(everything(3), everything(4), strict=True):
        assert one != other


# --- Speech -----------------------------------------------------------------------------------


def spoken(seconds):
    """A message with a recording of silence, as Chat Completions takes it."""
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(2)
        recording.setframerate(8_000)
        recording.writeframes(b"\0\0" * int(8_000 * seconds))
    audio = {"data": base64.b64encode(file.getvalue()).decode(), "format": "wav"}
    said = {"type": "input_audio", "input_audio": audio}
    return [{"role": "user", "content": [{"type": "text", "text": "What is said?"}, said]}]


def test_speech_is_counted_by_its_length_and_billed_as_audio(gpt):
    reply = gpt.chat.completions.create(model="gpt-audio", messages=spoken(6))
    details = reply.usage.prompt_tokens_details
    assert details.audio_tokens == 60  # 6 s at 10 tokens a second
    assert reply.usage.prompt_tokens == details.text_tokens + 60
    lines = {line.kind: line.quantity for line in cost_of(read_usage(reply), "gpt-audio").lines}
    assert lines["input_audio"] == 60


def test_speech_is_refused_by_models_that_do_not_hear(gpt):
    error = refusal(gpt.chat.completions.create, model="gpt-4.1-mini", messages=spoken(1))
    assert "takes no audio" in str(error)
    broken = spoken(1)
    broken[0]["content"][1]["input_audio"]["data"] = "AAAA"
    error = refusal(gpt.chat.completions.create, model="gpt-audio", messages=broken)
    assert "Invalid audio" in str(error)
