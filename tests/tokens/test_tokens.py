"""Tokens: the shipped encodings, exact and estimated counts, chat framing, pictures, speech."""

from __future__ import annotations

import gc
import gzip
import json
import socket
from base64 import b64encode

import numpy as np
import openai
import pytest

from costlib import bank, connect
from costlib.paths import data_path, data_rows
from costlib.pricing.prices import find_model
from costlib.tokens import chat, encodings
from costlib.tokens.chat import count_chat
from costlib.tokens.encodings import load_encoding
from costlib.tokens.images import image_tokens
from costlib.tokens.speech import audio_tokens
from costlib.tokens.text import Count, count_text, tokenizer_of


@pytest.fixture(autouse=True)
def no_network(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a test opened a socket")

    monkeypatch.setattr(socket.socket, "connect", refuse)


# --- Encodings --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "size", "text", "ids"),
    [
        # The first token ids are those of OpenAI's own tokenizer page for "hello world".
        ("o200k_base", 200_019, "hello world", [24912, 2375]),
        ("cl100k_base", 100_277, "hello world", [15339, 1917]),
    ],
)
def test_encodings_are_the_published_ones(name, size, text, ids):
    encoding = load_encoding(name)
    assert encoding.n_vocab == size
    assert encoding.encode_ordinary(text) == ids
    assert encoding.decode(ids) == text


def test_no_variable_or_cache_folder_matters(monkeypatch, tmp_path):
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").write_text("damaged")
    fresh = load_encoding.__wrapped__("cl100k_base")
    assert fresh.encode_ordinary("hello world") == [15339, 1917]
    assert (tmp_path / "fb374d419588a4632f3f557e76b4b70aebbca790").read_text() == "damaged"


@pytest.mark.parametrize(
    "content",
    [
        b"not a gzip file",
        gzip.compress(b"aGVsbG8= 0\n"),
        gzip.compress(b"aGVsbG8= 0\n")[:-9],
        gzip.compress(b"aGVsbG8= 0\n")[:12] + b"\xff" * 20,
    ],
    ids=["not gzip", "other ranks", "cut off", "overwritten"],
)
def test_a_damaged_rank_file_is_named(monkeypatch, tmp_path, content):
    (tmp_path / "encodings.json").write_bytes(data_path("tokenizers/encodings.json").read_bytes())
    (tmp_path / "cl100k_base.tiktoken.gz").write_bytes(content)
    monkeypatch.setattr(encodings, "data_path", lambda name: tmp_path / name.split("/")[1])
    with pytest.raises(ValueError, match=r"cl100k_base\.tiktoken\.gz is damaged .*git checkout"):
        load_encoding.__wrapped__("cl100k_base")


def test_an_encoding_that_does_not_ship():
    with pytest.raises(LookupError, match=r"'p50k_base' does not ship: choose o200k_base or cl100"):
        load_encoding("p50k_base")


# --- Text -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "encoding"),
    [
        ("gpt-4", "cl100k_base"),
        ("gpt-3.5-turbo", "cl100k_base"),
        ("text-embedding-3-small", "cl100k_base"),
        ("gpt-4o-mini", "o200k_base"),
        ("gpt-4.1", "o200k_base"),
        ("o3", "o200k_base"),
        ("gpt-5", "o200k_base"),
        ("gpt-5.6-sol", "o200k_base"),
    ],
)
def test_public_encodings_are_counted_exactly(model, encoding):
    text = "Überweisung nach 中文, 3f2c9a1e-77aa"
    count = count_text(text, model)
    assert count.exact
    assert count.low == count.tokens == count.high
    assert count.tokens == len(load_encoding(encoding).encode_ordinary(text))


def test_claude_is_o200k_times_the_factor_of_its_tokenizer():
    text = "The card was declined twice today. " * 60
    base = count_text(text, "gpt-5").tokens
    assert base == 421
    older, newer = count_text(text, "claude-sonnet-4-5"), count_text(text, "claude-opus-5-5")
    assert (older.tokens, older.low, older.high) == (497, 463, 548)  # 1.18 (1.10 to 1.30)
    assert (newer.tokens, newer.low, newer.high) == (644, 496, 725)  # 1.53 (1.18 to 1.72)
    assert not older.exact and not newer.exact


@pytest.mark.parametrize("text", [b64encode(bytes(range(256))).decode(), "7", "", "中文", "\ud83d"])
def test_no_estimate_has_more_tokens_than_the_text_has_bytes(text):
    size = len(text.encode("utf-8", "surrogatepass"))
    base, newer = count_text(text, "gpt-5").tokens, count_text(text, "claude-opus-5-5")
    assert newer.tokens == min(round(base * 1.53), size) and newer.high <= size
    chat = count_chat([{"role": "user", "content": text}], "claude-opus-5-5")
    assert chat.tokens == newer.tokens + 7  # 4 for the message, 3 that prime the reply


@pytest.mark.parametrize(
    "model",
    ["claude-opus-4-7", "claude-opus-4-8", "claude-opus-5", "claude-sonnet-5", "claude-sonnet-5-5",
     "claude-haiku-5-5", "claude-fable-5-2", "claude-mythos-5-2"],
)  # fmt: skip
def test_the_new_claude_tokenizer_came_with_opus_4_7(model):
    assert tokenizer_of(model).factor == 1.53


@pytest.mark.parametrize("model", ["claude-opus-4-6", "claude-haiku-4-5", "claude-3-haiku"])
def test_older_claude_models_keep_the_old_factor(model):
    assert tokenizer_of(model).factor == 1.18


def test_gpt_6_is_an_estimate_because_nobody_published_its_tokenizer():
    count = count_text("hello world " * 100, "gpt-6.1-sol")
    assert not count.exact
    assert count.low < count.tokens < count.high


def test_every_factor_has_a_range_a_source_and_a_date():
    for row in data_rows("tokenizer_factors.csv"):
        assert float(row["low"]) <= float(row["factor"]) <= float(row["high"])
        assert row["source"] and row["checked"].startswith("2026-")


@pytest.mark.parametrize("model", ["gemini-4-argon", "deepseek-flash", "grok-4.7", "whisper-1"])
def test_vendors_without_a_tokenizer_raise(model):
    with pytest.raises(LookupError, match=r"cannot be counted offline"):
        count_text("hello", model)


def test_an_unknown_model_raises_with_near_names():
    with pytest.raises(LookupError, match=r"gpt-4\.1-mini"):
        count_text("hello", "gpt-4.1-minu")


def test_special_tokens_in_a_text_are_text():
    assert count_text("<|endoftext|>", "gpt-4o").tokens > 1


def test_counts_add_up_and_say_when_they_are_estimates():
    exact, estimate = Count(1_500, 1_500, 1_500, True), Count(123, 110, 150, False)
    assert repr(exact) == "1,500" and repr(estimate) == "est. 123 (110-150)"
    assert exact + estimate == Count(1_623, 1_610, 1_650, False)
    with pytest.raises(TypeError, match="'Count' and 'int'"):
        exact + 3
    assert int(estimate) == 123


# --- Conversations ----------------------------------------------------------------------------


def test_openai_framing_is_that_of_its_cookbook():
    # The cookbook's example: 129 tokens on gpt-4 and gpt-3.5-turbo, 124 on gpt-4o and gpt-4o-mini,
    # each equal to what the API reported.
    messages = [
        {
            "role": "system",
            "content": "You are a helpful, pattern-following assistant that translates corporate "
            "jargon into plain English.",
        },
        {
            "role": "system",
            "name": "example_user",
            "content": "New synergies will help drive top-line growth.",
        },
        {
            "role": "system",
            "name": "example_assistant",
            "content": "Things working well together will increase revenue.",
        },
        {
            "role": "system",
            "name": "example_user",
            "content": "Let's circle back when we have more bandwidth to touch base on "
            "opportunities for increased leverage.",
        },
        {
            "role": "system",
            "name": "example_assistant",
            "content": "Let's talk later when we're less busy about how to do better.",
        },
        {
            "role": "user",
            "content": "This late pivot means we don't have time to boil the ocean for the client "
            "deliverable.",
        },
    ]
    assert count_chat(messages, "gpt-4") == Count(129, 129, 129, True)
    assert count_chat(messages, "gpt-4o") == Count(124, 124, 124, True)


@pytest.mark.parametrize(
    ("messages", "published"),
    [
        ([{"role": "user", "content": "Hello, world"}], 10),
        (
            [
                {"role": "system", "content": "You are a scientist"},
                {"role": "user", "content": "Hello, Claude"},
            ],
            14,
        ),
    ],
)
def test_claude_framing_meets_published_counts(messages, published):
    count = count_chat(messages, "claude-sonnet-4-5")
    assert not count.exact
    assert abs(count.tokens - published) <= 1
    assert count.low <= published <= count.high


TOOL = {
    "name": "get_current_weather",
    "description": "Get the current weather in a given location",
    "parameters": {
        "type": "object",
        "properties": {
            "location": {"type": "string", "description": "The city, e.g. San Francisco, CA"},
            "unit": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["location"],
    },
}


def test_tool_schemas_are_an_estimate_even_where_text_is_exact():
    messages = [{"role": "user", "content": "Weather in Boston?"}]
    plain = count_chat(messages, "gpt-4o")
    chat = count_chat(messages, "gpt-4o", [{"type": "function", "function": TOOL}])
    responses = count_chat(messages, "gpt-4o", [{"type": "function", **TOOL}])
    assert plain.exact and not chat.exact
    assert 40 < chat.tokens - plain.tokens < 120
    assert chat.low <= chat.tokens <= chat.high and chat.low < chat.high
    assert responses.tokens >= chat.tokens
    assert count_chat(messages, "gpt-4o", []) == plain


def test_nested_properties_cost_tokens():
    inner = {"type": "object", "properties": {"city": {"type": "string", "description": "A city"}}}
    flat = {"name": "f", "parameters": {"properties": {"at": {"type": "object"}, "x": True}}}
    nested = {"name": "f", "parameters": {"properties": {"at": inner, "x": True}}}
    assert chat._rendered(nested, "o200k_base") > chat._rendered(flat, "o200k_base") + 5


@pytest.mark.parametrize(
    ("model", "reported"), [("gpt-3.5-turbo", 105), ("gpt-4", 105), ("gpt-4o", 101)]
)
def test_tools_count_what_the_api_reported_for_the_cookbooks_example(model, reported):
    unit = {"type": "string", "description": "The unit of temperature to return"}
    location = {"type": "string", "description": "The city and state, e.g. San Francisco, CA"}
    function = {
        "name": "get_current_weather",
        "description": "Get the current weather in a given location",
        "parameters": {
            "type": "object",
            "properties": {
                "location": location,
                "unit": {**unit, "enum": ["celsius", "fahrenheit"]},
            },
            "required": ["location"],
        },
    }
    system = "You are a helpful assistant that can answer to questions about the weather."
    messages = [
        {"role": "system", "content": system},
        {"role": "user", "content": "What's the weather like in San Francisco?"},
    ]
    count = count_chat(messages, model, [{"type": "function", "function": function}])
    assert count.tokens == reported
    assert count.low <= reported <= count.high and not count.exact


def test_claude_tools_bring_a_hidden_system_prompt():
    messages = [{"role": "user", "content": "Weather in Boston?"}]
    tool = {"name": "t", "description": "d", "input_schema": {"type": "object"}}
    more = count_chat(messages, "claude-opus-5-5", [tool]).tokens
    assert more > count_chat(messages, "claude-opus-5-5").tokens + 346


def test_tool_calls_and_results_are_counted():
    call = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": '{"city": "X"}'}}
    openai = [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c1", "content": "Sunny and 21 degrees"},
    ]
    texts = [text for message in openai for text in chat.message_texts(message)]
    assert texts == ["f", '{"city": "X"}', "Sunny and 21 degrees"]
    claude = [
        {"role": "assistant", "content": [{"type": "tool_use", "name": "f", "input": {"a": 1}}]},
        {"role": "user", "content": [{"type": "tool_result", "content": "Sunny"}]},
    ]
    texts = [text for message in claude for text in chat.message_texts(message)]
    assert texts == ["f", '{"a":1}', "Sunny"]


def test_content_that_is_not_text_raises():
    picture = {"type": "image_url", "image_url": {"url": "data:image/png;base64,AAAA"}}
    with pytest.raises(ValueError, match=r"'image_url' is not text: count it with image_tokens"):
        count_chat([{"role": "user", "content": [picture]}], "gpt-4o")


def test_the_banks_prefix_is_about_six_thousand_tokens_for_claude():
    tools = json.loads(data_path("bank/tools.json").read_text("utf-8"))
    handbook = data_path("bank/handbook.md").read_text("utf-8")
    count = count_chat([{"role": "system", "content": handbook}], "claude-opus-5-5", tools)
    assert 5_000 < count.tokens < 7_500


# --- Pictures and speech ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("width", "height", "model", "detail", "expected"),
    [
        (1024, 1024, "gpt-4o", "high", 765),  # 4 tiles: 85 + 4 * 170
        (2048, 2048, "gpt-4o", "auto", 765),  # shrunk to 768 x 768
        (2048, 4096, "gpt-4o", "high", 1_105),  # OpenAI's guide: 768 x 1536, 6 tiles
        (4096, 8192, "gpt-4o", "low", 85),
        (1024, 1024, "gpt-4o-mini", "high", 25_501),  # 2,833 + 4 * 5,667
        (1024, 1024, "gpt-5.1", "high", 630),  # 70 + 4 * 140
        (1024, 1024, "o3", "high", 675),  # 75 + 4 * 150
        (1024, 1024, "gpt-5.4", "high", 1_229),  # 1,024 patches * 1.2, rounded up
        (2048, 2048, "gpt-5.4", "high", 3_000),  # 2,500 patches * 1.2
        (2048, 2048, "gpt-5.6-sol", "auto", 4_916),  # no cap: 4,096 patches * 1.2
        (8000, 8000, "gpt-5.5", "auto", 12_000),  # auto is original: 10,000 patches * 1.2
        (1024, 1024, "gpt-6-astra", "auto", 1_229),  # OpenAI's guide, like the next one
        (4096, 512, "gpt-6-astra", "auto", 2_458),
        (2048, 2048, "gpt-6-astra", "high", 3_000),
        (2048, 2048, "gpt-6-astra", "low", 308),  # fits in 512 x 512: 256 patches * 1.2
        (1024, 512, "gpt-5.5", "low", 154),  # 512 x 256: its shape counts
        (2048, 2048, "gpt-5.4", "low", 4_916),  # low has a limit of 6,144 patches there
        (2048, 2048, "gpt-5.4-mini", "auto", 3_000),  # as gpt-5.4
        (1800, 2400, "o4-mini", "high", 2_498),  # OpenAI's guide: 1,452 patches, * 1.72
        (1800, 2400, "gpt-4.1-mini", "high", 4_977),  # 1,536 x 2,048: 48 * 64 patches * 1.62
        (2048, 2048, "gpt-5.2", "low", 4_916),
        (4000, 1813, "gpt-5.4", "high", 2_228),  # 928.3 pixels are read as 928: 64 * 29 patches
        (1000, 1334, "gpt-4o", "high", 765),  # 1,024.5 pixels are cut to 1,024: 2 * 2 tiles
        (1024, 1024, "gpt-4.1-mini", "low", 1_659),  # low changes nothing on this family
        (200, 200, "claude-sonnet-4-6", "auto", 64),  # 8 * 8 patches of 28 pixels
        (1092, 1092, "claude-sonnet-4-6", "auto", 1_521),  # 39 * 39
        (3000, 3000, "claude-sonnet-4-6", "auto", 1_521),
        (1290, 2796, "claude-opus-5-5", "auto", 3_956),  # long side 2,576: 43 * 92
        # Anthropic's guides to vision and to coordinates: their tables, and a page of A4
        (1920, 1080, "claude-sonnet-4-6", "auto", 1_560),  # 1,456 x 819
        (1920, 1080, "claude-opus-5-5", "auto", 2_691),
        (2000, 1500, "claude-sonnet-4-6", "auto", 1_564),
        (2000, 1500, "claude-opus-5-5", "auto", 3_888),
        (3840, 2160, "claude-sonnet-4-6", "auto", 1_560),
        (3840, 2160, "claude-opus-5-5", "auto", 4_784),  # 2,576 x 1,449
        (1075, 1520, "claude-sonnet-4-6", "auto", 1_551),  # 924 x 1,307
        (436, 4010, "claude-opus-5-5", "auto", 920),  # 280.08 pixels are read as 280: 10 * 92
        (np.uint16(1290), np.float32(2796), "claude-opus-5-5", "auto", 3_956),  # from a table
        (1, 1, "gpt-4o", "high", 255),
    ],
)
def test_pictures_cost_what_the_vendors_formulas_say(width, height, model, detail, expected):
    assert image_tokens(width, height, model, detail) == expected
    assert image_tokens(height, width, model, detail) == expected


@pytest.mark.parametrize(("model", "cap"), [("gpt-5-mini", 1_844), ("claude-opus-5-5", 4_784)])
@pytest.mark.parametrize("size", [(7_999, 7_777), (8_000, 1), (5_000, 40), (1_537, 1_023)])
def test_no_picture_costs_more_than_the_cap(model, cap, size):
    assert 1 <= image_tokens(*size, model) <= cap


def test_pictures_that_cannot_be_priced_raise():
    with pytest.raises(LookupError, match=r"no published rule says what a picture costs"):
        image_tokens(100, 100, "gpt-6.1-sol")
    with pytest.raises(LookupError, match=r"detail='low' is .* 'claude-opus-5-5': give auto$"):
        image_tokens(100, 100, "claude-opus-5-5", "low")
    with pytest.raises(LookupError, match=r"'gpt-5': give auto or high or low$"):
        image_tokens(100, 100, "gpt-5", "original")
    assert image_tokens(8_000, 28, "claude-opus-5-5") == 92
    with pytest.raises(ValueError, match=r"claude-opus-5-5, which rejects more than 8,000 on a s"):
        image_tokens(28, 8_001, "claude-opus-5-5")
    with pytest.raises(ValueError, match=r"0 x 100 pixels"):
        image_tokens(0, 100, "gpt-4o")
    assert image_tokens(6_400, 4_800, "gpt-6-astra") == 36_000  # 30,000 patches, the most
    with pytest.raises(ValueError, match=r"30,150 patches, and gpt-6-astra rejects more than 30,0"):
        image_tokens(6_401, 4_800, "gpt-6-astra")


def test_every_image_rule_names_known_models():
    for row in data_rows("image_rules.csv"):
        assert row["source"]
        for name in row["models"].split():
            assert find_model(name).id == name


def test_speech_is_ten_tokens_a_second_in_and_twenty_out():
    assert audio_tokens(60) == 600
    assert audio_tokens(60, "output") == 1_200
    assert audio_tokens(0.05) == 1
    with pytest.raises(ValueError, match="direction='both'"):
        audio_tokens(1, "both")
    with pytest.raises(ValueError, match="seconds=-1"):
        audio_tokens(-1)


# --- What is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("blank", [" ", "\t", "\u00a0", " \t"])
def test_more_blanks_than_the_tokenizer_can_split_are_a_sentence(blank):
    """With a million in a row tiktoken panics, which `except Exception` would not catch."""
    with pytest.raises(ValueError, match=r"999,998 blanks in a row.*at most 500,000: shorten"):
        count_text("a" + blank * (999_998 // len(blank)) + "b", "gpt-4.1")
    assert count_text("a" + blank * (500_000 // len(blank)) + "b", "gpt-4.1").tokens > 2
    with pytest.raises(openai.BadRequestError, match="cannot count this request: the text has"):
        asked = [{"role": "user", "content": blank * 600_000}]
        connect("openai").chat.completions.create(model="gpt-4.1", messages=asked)


@pytest.mark.parametrize("text", [None, 5, b"bytes", ["text"]])
def test_what_is_no_text_is_refused(text):
    with pytest.raises(TypeError, match="give the text itself, as a str"):
        count_text(text, "gpt-5")


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"content": "Hello"},
        None,
        "Hello",
        {"role": "user", "content": 5},
        {"role": "user", "content": [{"type": "text"}]},
        {"role": "assistant", "content": None, "tool_calls": [{"function": None}]},
    ],
)
def test_what_is_no_message_is_refused_by_its_place(message):
    with pytest.raises(ValueError, match=r"messages\[1\] is .* which is no message: give"):
        count_chat([{"role": "user", "content": "Hello"}, message], "gpt-5")


def test_tools_that_are_no_schemas_are_refused():
    with pytest.raises(ValueError, match=r"tools=.*give a list of the schemas"):
        count_chat([{"role": "user", "content": "Hello"}], "gpt-5", tools=[5])


def test_tools_in_either_vendor_s_form_count_alike_on_a_model_of_openai() -> None:
    """Claude's `input_schema` went uncounted: 3,098 tokens for the bank's 3,533."""
    theirs = bank.tools()
    ours = [{"type": "function", "function": {"name": tool["name"],
             "description": tool["description"], "parameters": tool["input_schema"]}}
            for tool in theirs]  # fmt: skip
    said = [{"role": "system", "content": bank.handbook()}]
    counts = [count_chat(said, "gpt-6.1-sol", tools=tools).tokens for tools in (theirs, ours)]
    assert counts == [3_533, 3_533]


@pytest.mark.parametrize("side", [0, -1, float("nan"), float("inf"), 10**400, None, "512"])
def test_a_picture_without_a_size_is_refused(side):
    with pytest.raises(ValueError, match="give both sides"):
        image_tokens(side, 512, "gpt-5")


@pytest.mark.parametrize("seconds", [-1, float("nan"), float("inf"), 10**400, None, "60"])
def test_speech_without_a_length_is_refused(seconds):
    with pytest.raises(ValueError, match=r"seconds=.* is not a length of time"):
        audio_tokens(seconds)


def test_counts_are_remembered_and_texts_are_not():
    texts = [f"{i} " + "a few words more " * 3_000 for i in range(40)]  # 2 MB
    counts = [encodings.encoded_length(text, "o200k_base") for text in texts]
    before = encodings._length.cache_info().hits
    assert [encodings.encoded_length(text, "o200k_base") for text in texts] == counts
    assert encodings._length.cache_info().hits == before + 40
    held = [key for key in gc.get_objects() if type(key) is encodings._Digest]
    assert len(held) >= 40 and not any(key.text for key in held)
