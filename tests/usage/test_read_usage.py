"""costlib.usage.read: what is impossible, and the bodies that providers really return."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest
from anthropic.types import Message
from anthropic.types.beta import BetaUsage
from anthropic.types.messages import MessageBatchIndividualResponse
from hypothesis import given, settings
from hypothesis import strategies as st
from openai.types import Batch, CreateEmbeddingResponse, ImagesResponse
from openai.types.audio import Transcription, TranscriptionVerbose
from openai.types.chat import ChatCompletion, ChatCompletionChunk
from openai.types.realtime import RealtimeResponse
from openai.types.responses import Response

from costlib.usage.read import COUNTS, PART_RULES, Usage, read_usage

# The same examples each time, and no verdict on this machine's speed.
settings.register_profile("course", derandomize=True, database=None)
settings.load_profile("course")

# --- The record -------------------------------------------------------------------------------


@pytest.mark.parametrize("value", [-1, 1.0, "7", True, None, Decimal(7), np.bool_(True)])
@pytest.mark.parametrize("name", COUNTS)
def test_a_count_is_a_whole_number_of_at_least_zero(name, value):
    with pytest.raises(ValueError, match=f"{name}=.*: a count"):
        Usage(**{name: value})


def test_numpy_integers_become_plain_ones():
    usage = Usage(input_tokens=np.int64(5))
    assert usage == Usage(5) and type(usage.input_tokens) is int


@pytest.mark.parametrize(("parts", "total"), PART_RULES)
def test_parts_are_at_most_their_total(parts, total):
    totals = {"input_tokens": 100, "output_tokens": 100, "cached_input_tokens": 100}
    totals |= dict.fromkeys(("input_audio_tokens",), 50) if "audio" in total else {}
    totals[total] = 10
    for part in parts:
        record = Usage(**{"input_tokens": 10, "output_tokens": 10})
        with pytest.raises(ValueError, match=part):
            replace(record, **{total: 10, part: 11})
    if len(parts) > 1:
        with pytest.raises(ValueError, match=f"{parts[0]}=6 and {parts[1]}=5 are together more"):
            Usage(**{"input_tokens": 10, "output_tokens": 10, total: 10, parts[0]: 6, parts[1]: 5})


def test_the_error_names_value_total_and_remedy():
    with pytest.raises(ValueError) as error:
        Usage(input_tokens=400, cached_input_tokens=500)
    assert str(error.value) == (
        "cached_input_tokens=500 is more than input_tokens=400: input_tokens contains them, so "
        "give the inclusive total (read_usage does it for a response)"
    )


@pytest.mark.parametrize("value", [-1, float("nan"), float("inf"), "long", None, True])
def test_impossible_seconds(value):
    with pytest.raises(ValueError, match="audio_seconds="):
        Usage(audio_seconds=value)


def test_seconds_keep_the_digits_that_were_written():
    assert Usage(audio_seconds=0.1).audio_seconds == Decimal("0.1")
    assert Usage(audio_seconds=3).audio_seconds == Usage(audio_seconds="3.0").audio_seconds == 3


def test_no_request_and_no_name_are_refused():
    with pytest.raises(ValueError, match="requests=0"):
        Usage(requests=0)
    for tier in ("", 3):
        with pytest.raises(ValueError, match="tier="):
            Usage(tier=tier)


def test_repr_shows_only_what_is_there():
    assert repr(Usage(7, 2, tier="batch")) == (
        "Usage(input_tokens=7, output_tokens=2, tier='batch')"
    )


def test_different_tiers_do_not_add():
    with pytest.raises(ValueError, match="tier='batch' and tier=None"):
        Usage(1, tier="batch") + Usage(1)
    with pytest.raises(TypeError):
        Usage(1) + 1


@st.composite
def usages(draw):
    """Possible records: parts are drawn first, totals hold them."""
    n = st.integers(0, 500)
    cached_audio, cached_image, cached_video = draw(n), draw(n), draw(n)
    cached = cached_audio + cached_image + cached_video + draw(n)
    audio, image, video = (c + draw(n) for c in (cached_audio, cached_image, cached_video))
    writes = [draw(n) for _ in range(4)]
    reasoning, out_audio, out_image, accepted, rejected = (draw(n) for _ in range(5))
    return Usage(
        input_tokens=max(cached + sum(writes), audio + image + video) + draw(n),
        output_tokens=max(reasoning + out_audio + out_image, accepted + rejected) + draw(n),
        cached_input_tokens=cached,
        cache_write_5m_tokens=writes[0],
        cache_write_30m_tokens=writes[1],
        cache_write_1h_tokens=writes[2],
        cache_write_12h_tokens=writes[3],
        input_audio_tokens=audio,
        cached_audio_tokens=cached_audio,
        input_image_tokens=image,
        cached_image_tokens=cached_image,
        input_video_tokens=video,
        cached_video_tokens=cached_video,
        reasoning_tokens=reasoning,
        output_audio_tokens=out_audio,
        output_image_tokens=out_image,
        accepted_prediction_tokens=accepted,
        rejected_prediction_tokens=rejected,
        web_searches=draw(n),
        input_characters=draw(n),
        audio_seconds=draw(st.decimals(0, 100, places=3)),
    )


@given(st.lists(usages(), min_size=1, max_size=4))
def test_adding_adds_every_field(records):
    total = sum(records)
    for name in (*COUNTS, "audio_seconds"):
        assert getattr(total, name) == sum(getattr(record, name) for record in records)
    assert total.requests == len(records)


# --- OpenAI -----------------------------------------------------------------------------------

CHAT = {
    "id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "gpt-4.1",
    "service_tier": "default",
    "choices": [
        {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": "hello"}}
    ],
    "usage": {
        "prompt_tokens": 2006, "completion_tokens": 300, "total_tokens": 2306,
        "prompt_tokens_details": {
            "cached_tokens": 1920, "audio_tokens": 0, "cache_write_tokens": 0,
            "text_tokens": 2006, "image_tokens": 0,
        },
        "completion_tokens_details": {
            "reasoning_tokens": 0, "audio_tokens": 0, "accepted_prediction_tokens": 180,
            "rejected_prediction_tokens": 40, "text_tokens": 300,
        },
    },
}  # fmt: skip
CHAT_READ = Usage(
    2006, 300, cached_input_tokens=1920, accepted_prediction_tokens=180,
    rejected_prediction_tokens=40, tier="standard",
)  # fmt: skip
RESPONSE = {
    "id": "resp_1", "object": "response", "created_at": 1, "model": "gpt-6.1-sol",
    "status": "completed", "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
    "service_tier": "flex",
    "output": [
        {"id": "ws_1", "type": "web_search_call", "status": "completed",
         "action": {"type": "search", "query": "rates"}},
        {"id": "ws_2", "type": "web_search_call", "status": "completed",
         "action": {"type": "open_page", "url": "https://example.org"}},
        {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed",
         "content": [{"type": "output_text", "text": "hello", "annotations": []}]},
    ],
    "usage": {
        "input_tokens": 2000,
        "input_tokens_details": {
            "cached_tokens": 1024, "cache_write_tokens": 512,
            "cache_write_tokens_details": {"ttl_30m_tokens": 500, "ttl_12h_tokens": 12},
        },
        "output_tokens": 450, "output_tokens_details": {"reasoning_tokens": 400},
        "total_tokens": 2450,
    },
}  # fmt: skip
RESPONSE_READ = Usage(
    2000, 450, cached_input_tokens=1024, cache_write_30m_tokens=500, cache_write_12h_tokens=12,
    reasoning_tokens=400, web_searches=1, tier="flex",
)  # fmt: skip


@pytest.mark.parametrize("provider", [None, "openai"])
def test_chat_completion(provider):
    completion = ChatCompletion.model_validate(CHAT)
    assert read_usage(completion, provider=provider) == CHAT_READ
    assert read_usage(CHAT, provider=provider) == CHAT_READ
    assert read_usage(completion.usage, provider=provider) == replace(CHAT_READ, tier=None)
    assert read_usage(CHAT["usage"], provider=provider) == replace(CHAT_READ, tier=None)


def test_every_details_object_may_be_none():
    body = {
        **CHAT,
        "usage": {
            "prompt_tokens": 9,
            "completion_tokens": 1,
            "total_tokens": 10,
            "prompt_tokens_details": None,
            "completion_tokens_details": None,
        },
    }
    assert read_usage(ChatCompletion.model_validate(body)) == Usage(9, 1, tier="standard")
    body["usage"]["prompt_tokens_details"] = {"cached_tokens": None, "audio_tokens": None}
    assert read_usage(ChatCompletion.model_validate(body)) == Usage(9, 1, tier="standard")


def test_cache_writes_without_a_ttl_are_30_minute_writes():
    usage = {
        "prompt_tokens": 2000,
        "completion_tokens": 5,
        "total_tokens": 2005,
        "prompt_tokens_details": {"cache_write_tokens": 1500},
    }
    assert read_usage(usage) == Usage(2000, 5, cache_write_30m_tokens=1500)


def test_chat_audio_and_images_are_inside():
    usage = {
        "prompt_tokens": 900, "completion_tokens": 200, "total_tokens": 1100,
        "prompt_tokens_details": {"audio_tokens": 600, "image_tokens": 200, "cached_tokens": 0},
        "completion_tokens_details": {"audio_tokens": 150},
    }  # fmt: skip
    assert read_usage(usage) == Usage(
        900, 200, input_audio_tokens=600, input_image_tokens=200, output_audio_tokens=150
    )


def test_the_last_chunk_of_a_stream():
    chunk = {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "gpt-4.1",
        "choices": [],
        "service_tier": "priority",
        "usage": CHAT["usage"],
    }
    last = ChatCompletionChunk.model_validate(chunk)
    assert read_usage(last) == replace(CHAT_READ, tier="priority")
    with pytest.raises(ValueError, match=r"absent is not zero.*include_usage"):
        read_usage(ChatCompletionChunk.model_validate({**chunk, "usage": None}))


def test_response():
    response = Response.model_validate(RESPONSE)
    assert read_usage(response) == read_usage(RESPONSE) == RESPONSE_READ
    bare = replace(RESPONSE_READ, tier=None, web_searches=0)
    assert read_usage(response.usage) == bare
    event = {"type": "response.completed", "sequence_number": 9, "response": RESPONSE}
    assert read_usage(event) == RESPONSE_READ


def test_a_response_that_is_not_finished():
    with pytest.raises(ValueError, match="'in_progress'"):
        read_usage({**RESPONSE, "status": "in_progress", "usage": None})


@pytest.mark.parametrize(("body", "read"), [(CHAT, CHAT_READ), (RESPONSE, RESPONSE_READ)])
def test_openai_batch_lines(body, read):
    line = {
        "id": "b",
        "custom_id": "1",
        "error": None,
        "response": {"status_code": 200, "request_id": "r", "body": body},
    }
    assert read_usage(line) == replace(read, tier="batch")


def test_a_failed_batch_line_has_no_usage():
    line = {"id": "b", "custom_id": "1", "response": None, "error": {"code": "batch_expired"}}
    with pytest.raises(ValueError, match="reports an error"):
        read_usage(line)


def test_a_whole_batch_counts_its_requests():
    batch = Batch.model_validate({
        "id": "batch_1", "object": "batch", "completion_window": "24h", "created_at": 1,
        "endpoint": "/v1/responses", "input_file_id": "f", "status": "completed",
        "request_counts": {"completed": 3, "failed": 1, "total": 4},
        "usage": {"input_tokens": 90, "input_tokens_details": {"cached_tokens": 0},
                  "output_tokens": 30, "output_tokens_details": {"reasoning_tokens": 6},
                  "total_tokens": 120},
    })  # fmt: skip
    assert read_usage(batch) == Usage(90, 30, reasoning_tokens=6, requests=3, tier="batch")


@pytest.mark.parametrize("total", ["tokens", "total_tokens", "totalTokens"])
@pytest.mark.parametrize("around", [{}, {"model": "gpt-5-mini", "data": [{"text": "a"}]}])
def test_a_total_alone_has_no_price(total, around):
    """It may be input, output or both, which cost differently, as lesson 2 says."""
    for body in ({**around, total: 7_500}, {**around, "usage": {total: 7_500}}):
        with pytest.raises(ValueError, match="absent"):
            read_usage(body)


def test_embeddings_have_no_output():
    body = {
        "object": "list",
        "model": "text-embedding-3-small",
        "data": [],
        "usage": {"prompt_tokens": 8, "total_tokens": 8},
    }
    assert read_usage(CreateEmbeddingResponse.model_validate(body)) == Usage(8)


def test_transcription_by_tokens_and_by_time():
    tokens = {
        "type": "tokens",
        "input_tokens": 140,
        "output_tokens": 30,
        "total_tokens": 170,
        "input_token_details": {"audio_tokens": 126, "text_tokens": 14},
    }
    by_token = Transcription.model_validate({"text": "hello", "usage": tokens})
    assert read_usage(by_token) == Usage(140, 30, input_audio_tokens=126)
    by_time = Transcription.model_validate(
        {"text": "hello", "usage": {"type": "duration", "seconds": 9.5}}
    )
    assert read_usage(by_time) == Usage(audio_seconds="9.5") == read_usage(by_time.usage)
    verbose = TranscriptionVerbose.model_validate(
        {
            "text": "hello",
            "duration": 9,
            "language": "en",
            "usage": {"type": "duration", "seconds": 9},
        }
    )
    assert read_usage(verbose) == Usage(audio_seconds=9)
    with pytest.raises(ValueError, match="no usage"):
        read_usage(Transcription.model_validate({"text": "hello"}))


def test_images():
    body = {"created": 1, "usage": {
        "input_tokens": 250, "input_tokens_details": {"image_tokens": 200, "text_tokens": 50},
        "output_tokens": 4160, "output_tokens_details": {"image_tokens": 4160, "text_tokens": 0},
        "total_tokens": 4410,
    }}  # fmt: skip
    read = Usage(250, 4160, input_image_tokens=200, output_image_tokens=4160)
    assert read_usage(ImagesResponse.model_validate(body)) == read
    body["svg_usage"] = {
        "model": "gpt-6-luna",
        "input_tokens": 9,
        "output_tokens": 5,
        "reasoning_tokens": 2,
        "total_tokens": 14,
    }
    both = ImagesResponse.model_validate(body)
    with pytest.raises(ValueError, match="two models worked"):
        read_usage(both)
    assert read_usage(both.svg_usage) == Usage(9, 5, reasoning_tokens=2)


def test_realtime():
    body = {"object": "realtime.response", "id": "r", "status": "completed", "usage": {
        "total_tokens": 1300, "input_tokens": 1000, "output_tokens": 300,
        "input_token_details": {
            "text_tokens": 400, "audio_tokens": 500, "image_tokens": 100, "cached_tokens": 640,
            "cached_tokens_details": {"text_tokens": 256, "audio_tokens": 320, "image_tokens": 64},
        },
        "output_token_details": {"text_tokens": 50, "audio_tokens": 250},
    }}  # fmt: skip
    assert read_usage(RealtimeResponse.model_validate(body)) == Usage(
        1000, 300, cached_input_tokens=640, input_audio_tokens=500, cached_audio_tokens=320,
        input_image_tokens=100, cached_image_tokens=64, output_audio_tokens=250,
    )  # fmt: skip
    assert read_usage({"type": "response.done", "response": body}).output_audio_tokens == 250


def test_a_tier_without_a_name_here_stays_as_it_is():
    assert read_usage({**CHAT, "service_tier": "scale"}).tier == "scale"
    assert read_usage({**CHAT, "service_tier": None}).tier is None


# --- Anthropic and Bedrock --------------------------------------------------------------------

MESSAGE = {
    "id": "msg_1", "type": "message", "role": "assistant", "model": "claude-opus-5-5",
    "content": [{"type": "text", "text": "hello"}], "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {
        "input_tokens": 50, "cache_creation_input_tokens": 1200, "cache_read_input_tokens": 4000,
        "cache_creation": {"ephemeral_5m_input_tokens": 1000, "ephemeral_1h_input_tokens": 200},
        "output_tokens": 120, "output_tokens_details": {"thinking_tokens": 80},
        "server_tool_use": {"web_search_requests": 2, "web_fetch_requests": 1},
        "service_tier": "standard", "inference_geo": "global", "speed": "standard",
    },
}  # fmt: skip
# 50 beside the cache + 1200 written + 4000 read = 5250
MESSAGE_READ = Usage(
    5250, 120, cached_input_tokens=4000, cache_write_5m_tokens=1000, cache_write_1h_tokens=200,
    reasoning_tokens=80, web_searches=2, tier="standard",
)  # fmt: skip


@pytest.mark.parametrize("provider", [None, "anthropic"])
def test_message(provider):
    message = Message.model_validate(MESSAGE)
    for response in (message, MESSAGE, message.usage, MESSAGE["usage"]):
        assert read_usage(response, provider=provider) == MESSAGE_READ


def test_cache_writes_without_a_split_are_5_minute_writes():
    usage = {"input_tokens": 5, "output_tokens": 1, "cache_creation_input_tokens": 70}
    assert read_usage(usage) == Usage(75, 1, cache_write_5m_tokens=70)


def test_the_split_must_add_up():
    usage = {**MESSAGE["usage"], "cache_creation_input_tokens": 1300}
    with pytest.raises(ValueError, match=r"1300 is not the sum of its parts, 1200"):
        read_usage(usage)


def test_fast_and_batch_and_priority():
    fast = {**MESSAGE, "usage": {**MESSAGE["usage"], "speed": "fast"}}
    assert read_usage(fast).tier == "fast"
    priority = {**MESSAGE, "usage": {**MESSAGE["usage"], "service_tier": "priority"}}
    assert read_usage(priority).tier == "priority"
    line = {"custom_id": "a", "result": {"type": "succeeded", "message": MESSAGE}}
    result = MessageBatchIndividualResponse.model_validate(line)
    assert read_usage(result) == read_usage(line) == replace(MESSAGE_READ, tier="batch")
    expired = MessageBatchIndividualResponse.model_validate(
        {"custom_id": "a", "result": {"type": "expired"}}
    )
    with pytest.raises(ValueError, match="was expired"):
        read_usage(expired)


def test_a_preliminary_stream_event_is_no_usage():
    with pytest.raises(ValueError, match="absent is not zero"):
        read_usage({"type": "message_start", "message": MESSAGE})


def test_iterations_of_a_server_side_loop():
    step = {
        "input_tokens": 100,
        "output_tokens": 10,
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": 30,
    }
    usage = {
        **step,
        "input_tokens": 200,
        "output_tokens": 20,
        "cache_read_input_tokens": 60,
        "iterations": [
            {"type": "message", **step},
            {"type": "message", **step},
            {"type": "compaction", **step},
        ],
    }
    # The top level holds both messages: 200 + 60. The compaction comes on top: 100 + 30.
    read = read_usage(BetaUsage.model_validate(usage))
    assert read == Usage(390, 30, cached_input_tokens=90, requests=3)
    usage["iterations"].append({"type": "advisor_message", "model": "claude-haiku-5-5", **step})
    with pytest.raises(ValueError, match=r"advisor_message.*claude-haiku-5-5"):
        read_usage(usage)


def test_bedrock_converse():
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": "hello"}]}},
        "stopReason": "end_turn", "metrics": {"latencyMs": 12}, "serviceTier": {"type": "flex"},
        "usage": {"inputTokens": 50, "outputTokens": 120, "totalTokens": 5370,
                  "cacheReadInputTokens": 4000, "cacheWriteInputTokens": 1200,
                  "cacheDetails": [{"ttl": "1h", "inputTokens": 200},
                                   {"ttl": "5m", "inputTokens": 1000}]},
    }  # fmt: skip
    assert read_usage(body) == Usage(
        5250, 120, cached_input_tokens=4000, cache_write_5m_tokens=1000,
        cache_write_1h_tokens=200, tier="flex",
    )  # fmt: skip
    plain = {"usage": {"inputTokens": 50, "outputTokens": 2, "totalTokens": 52}}
    assert read_usage(plain) == Usage(50, 2)


# --- Google, xAI, DeepSeek, Mistral -----------------------------------------------------------


def test_gemini_in_camel_case():
    body = {
        "candidates": [{"content": {"parts": [{"text": "hello"}]}}], "modelVersion": "gemini",
        "usageMetadata": {
            "promptTokenCount": 1500, "cachedContentTokenCount": 1100, "candidatesTokenCount": 90,
            "thoughtsTokenCount": 400, "toolUsePromptTokenCount": 60, "totalTokenCount": 2050,
            "promptTokensDetails": [
                {"modality": "TEXT", "tokenCount": 500}, {"modality": "AUDIO", "tokenCount": 300},
                {"modality": "IMAGE", "tokenCount": 258}, {"modality": "VIDEO", "tokenCount": 442},
            ],
            "cacheTokensDetails": [
                {"modality": "TEXT", "tokenCount": 400}, {"modality": "AUDIO", "tokenCount": 300},
                {"modality": "VIDEO", "tokenCount": 400},
            ],
            "candidatesTokensDetails": [{"modality": "TEXT", "tokenCount": 90}],
            "serviceTier": "flex",
        },
    }  # fmt: skip
    # input 1500 + 60 that tools read; output 90 candidates + 400 thoughts
    read = Usage(
        1560, 490, cached_input_tokens=1100, input_audio_tokens=300, cached_audio_tokens=300,
        input_image_tokens=258, input_video_tokens=442, cached_video_tokens=400,
        reasoning_tokens=400, tier="flex",
    )  # fmt: skip
    assert read_usage(body) == read_usage(body["usageMetadata"]) == read
    assert read_usage({"key": "r1", "response": body}) == replace(read, tier="batch")


def test_gemini_in_snake_case_with_enums():
    modality = SimpleNamespace(value="IMAGE")
    usage = {
        "prompt_token_count": 10, "candidates_token_count": 1290, "thoughts_token_count": None,
        "cached_content_token_count": None, "total_token_count": 1300,
        "prompt_tokens_details": None,
        "candidates_tokens_details": [{"modality": modality, "token_count": 1290}],
        "traffic_type": "ON_DEMAND_PRIORITY",
    }  # fmt: skip
    read = Usage(10, 1290, output_image_tokens=1290, tier="priority")
    assert read_usage({"usage_metadata": usage}, provider="google") == read


def test_a_gemini_chunk_that_does_not_add_up():
    with pytest.raises(ValueError, match="totalTokenCount=99"):
        read_usage({"usageMetadata": {"promptTokenCount": 10, "totalTokenCount": 99}})


GROK = {
    "prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
    "prompt_tokens_details": {"text_tokens": 32, "audio_tokens": 0, "image_tokens": 0,
                              "cached_tokens": 6},
    "completion_tokens_details": {"reasoning_tokens": 94, "audio_tokens": 0,
                                  "accepted_prediction_tokens": 0,
                                  "rejected_prediction_tokens": 0},
    "num_sources_used": 0, "cost_in_usd_ticks": 5_000_000,
}  # fmt: skip


def test_xai_counts_reasoning_beside_the_completion():
    read = Usage(32, 103, cached_input_tokens=6, reasoning_tokens=94)  # 9 + 94
    assert read_usage(GROK) == read_usage(GROK, provider="x-ai") == read
    no_total = {name: value for name, value in GROK.items() if name != "total_tokens"}
    assert read_usage(no_total) == read
    del no_total["num_sources_used"], no_total["cost_in_usd_ticks"]
    assert read_usage(no_total, provider="x-ai") == read
    with pytest.raises(ValueError, match="pass provider="):
        read_usage(no_total)


def test_the_total_proves_that_reasoning_is_inside():
    inside = {**GROK, "completion_tokens": 103}
    assert read_usage(inside, provider="x-ai").output_tokens == 103


def test_a_total_that_cannot_be():
    with pytest.raises(ValueError, match="total_tokens=140"):
        read_usage({**GROK, "total_tokens": 140})


def test_deepseek_and_mistral():
    deepseek = {
        "prompt_tokens": 500, "completion_tokens": 80, "total_tokens": 580,
        "prompt_cache_hit_tokens": 384, "prompt_cache_miss_tokens": 116,
        "completion_tokens_details": {"reasoning_tokens": 50},
    }  # fmt: skip
    assert read_usage(deepseek) == Usage(500, 80, cached_input_tokens=384, reasoning_tokens=50)
    mistral = {
        "prompt_tokens": 500,
        "completion_tokens": 80,
        "total_tokens": 580,
        "num_cached_tokens": 448,
        "prompt_audio_seconds": 12,
    }
    assert read_usage(mistral) == Usage(500, 80, cached_input_tokens=448, audio_seconds=12)


# --- What cannot be read ----------------------------------------------------------------------


def test_mixed_conventions_ask_for_the_provider():
    mixed = {
        "input_tokens": 5,
        "output_tokens": 1,
        "total_tokens": 6,
        "cache_read_input_tokens": 40,
    }
    with pytest.raises(ValueError, match="provider='anthropic'"):
        read_usage(mixed)
    assert read_usage(mixed, provider="anthropic") == Usage(45, 1, cached_input_tokens=40)
    gateway = {"prompt_tokens": 5, "completion_tokens": 1, "cache_read_input_tokens": 40}
    with pytest.raises(ValueError, match="cache_read_input_tokens=40 may be inside prompt_tokens"):
        read_usage(gateway)
    with pytest.raises(ValueError, match="prompt_tokens beside cache_read_input_tokens"):
        read_usage(gateway, provider="litellm")
    assert read_usage(gateway, provider="anthropic") == Usage(45, 1, cached_input_tokens=40)
    whole = {**gateway, "total_tokens": 46}  # LlamaIndex has it of Bedrock
    assert read_usage(whole) == Usage(45, 1, cached_input_tokens=40)


def test_without_cached_tokens_both_conventions_agree():
    assert read_usage({"input_tokens": 5, "output_tokens": 1}) == Usage(5, 1)


@pytest.mark.parametrize("body", [{}, {**CHAT, "usage": None}, {**MESSAGE, "usage": {}}])
def test_absent_is_not_zero(body):
    with pytest.raises(ValueError, match="carries no usage, and absent is not zero"):
        read_usage(body)


@pytest.mark.parametrize(
    ("usage", "name"),
    [
        ({"prompt_tokens": 5, "total_tokens": 6}, "completion_tokens"),
        ({"input_tokens": 5, "total_tokens": 6}, "output_tokens"),
        ({"output_tokens": 5, "cache_read_input_tokens": 0, "input_tokens": None}, "input_tokens"),
        ({"inputTokens": 4}, "outputTokens"),
        ({"type": "duration", "seconds": None}, "seconds"),
    ],
)
def test_an_absent_total_is_not_zero(usage, name):
    with pytest.raises(ValueError, match=f"^{name} is absent"):
        read_usage(usage)


@pytest.mark.parametrize("value", ["5", -5, 5.0, True])
def test_counts_on_the_wire_are_checked(value):
    with pytest.raises(ValueError, match="prompt_tokens="):
        read_usage({"prompt_tokens": value, "completion_tokens": 1, "total_tokens": 6})


def test_what_is_no_response():
    for thing in ("text", 5, None, [CHAT]):
        with pytest.raises(ValueError, match="is not a response"):
            read_usage(thing)
    with pytest.raises(ValueError, match="provider='antropic' is unknown"):
        read_usage(CHAT, provider="antropic")


@pytest.mark.parametrize(
    ("model", "searches"),
    [
        ("gpt-4o-search-preview", 1),
        ("gpt-4o-mini-search-preview-2025-03-11", 1),
        ("gpt-5-search-api", 1),
        ("gpt-4o", 0),
    ],
)
def test_a_model_that_searches_before_each_answer_has_its_fee(model, searches):
    """No field tells it. Its fee of $0.025 had been left out of an answer of $0.0003."""
    usage = {"prompt_tokens": 8, "completion_tokens": 30, "total_tokens": 38}
    body = {"object": "chat.completion", "model": model, "choices": [], "usage": usage}
    assert read_usage(body) == Usage(8, 30, web_searches=searches)
    assert read_usage({**body, "object": "chat.completion.chunk"}).web_searches == searches
    assert read_usage(usage) == Usage(8, 30)  # of no model that is named


@pytest.mark.parametrize(
    "body",
    [
        {"input_tokens": 100, "output_tokens": 5, "token_details": "{'cached_tokens': 50}"},
        {
            "usage": {"prompt_tokens": 100, "completion_tokens": 5},
            "prompt_tokens_details": "{'cached_tokens': 50}",
        },
        {
            "usage": {
                "prompt_tokens": 100,
                "completion_tokens": 5,
                "prompt_tokens_details": '{"cached_tokens": 50}',
            }
        },
    ],
)
def test_details_that_are_a_text_with_numbers_in_it_are_refused(body):
    with pytest.raises(ValueError, match=r"_details=.*is text, in which no count can be read"):
        read_usage(body)


def test_a_tier_that_is_an_object_is_its_type_and_never_the_object_as_text():
    claude = {"usage": {"input_tokens": 1, "output_tokens": 2}, "serviceTier": {"type": "flex"}}
    assert read_usage(claude) == Usage(1, 2, tier="flex")
    nova = {"usage": {"inputTokens": 1, "outputTokens": 2}, "serviceTier": {"type": ""}}
    assert read_usage(nova) == Usage(1, 2)
