"""Every dialect's body is read right, and no body hides a count from the reader, at any depth."""

from __future__ import annotations

import copy
import json
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import test_read_usage

from costlib.calculators.usage_decoder import UsageBody, UsageDecoder
from costlib.pricing.cost import cost_of
from costlib.usage import dialect as dialect_module
from costlib.usage.read import DIALECTS, named_model, read_body, read_usage, reported_cost
from costlib.usage.record import COUNTS, Usage

# Bodies in our own numbers: small primes, so that no sum equals another by chance.
BODIES: dict[str, tuple[Any, Usage]] = {
    "ollama with a cache": (
        {"model": "gemma3", "done": True, "total_duration": 174560334, "prompt_eval_count": 11,
         "prompt_eval_cached_count": 7, "prompt_eval_duration": 13074791, "eval_count": 17},
        Usage(11, 17, cached_input_tokens=7),
    ),
    "crewai with openai": (
        {"model": "gpt-4.1", "provider": "openai", "total_tokens": 124, "prompt_tokens": 101,
         "cached_prompt_tokens": 61, "completion_tokens": 23, "reasoning_tokens": 7,
         "cache_creation_tokens": 0, "successful_requests": 3},
        Usage(101, 23, cached_input_tokens=61, reasoning_tokens=7, requests=3),
    ),
    "agno with openai": (
        {"model": "gpt-4.1", "model_provider": "OpenAI", "metrics": {
            "input_tokens": 101, "output_tokens": 23, "total_tokens": 124, "cache_read_tokens": 61,
            "reasoning_tokens": 7, "duration": 1.5, "time_to_first_token": 0.4}},
        Usage(101, 23, cached_input_tokens=61, reasoning_tokens=7),
    ),
    # Its input is Anthropic's own, which leaves out what was cached.
    "agno with claude": (
        {"model": "claude-sonnet-4-5", "metrics": {
            "input_tokens": 11, "output_tokens": 23, "total_tokens": 34, "cache_read_tokens": 61,
            "cache_write_tokens": 31, "duration": 1.5, "details": {"model": [
                {"id": "claude-sonnet-4-5", "provider": "Anthropic", "input_tokens": 11,
                 "output_tokens": 23, "total_tokens": 34, "cache_read_tokens": 61,
                 "cache_write_tokens": 31}]}}},
        Usage(103, 23, cached_input_tokens=61, cache_write_5m_tokens=31),
    ),
    # Its output is Gemini's candidates, and the total is made of that.
    "agno with gemini": (
        {"id": "gemini-2.5-flash", "provider": "Google", "input_tokens": 101, "output_tokens": 23,
         "total_tokens": 124, "cache_read_tokens": 61, "reasoning_tokens": 7},
        Usage(101, 30, cached_input_tokens=61, reasoning_tokens=7),
    ),
    "strands with openai": (
        {"provider": "openai", "usage": {"inputTokens": 101, "outputTokens": 23,
                                         "totalTokens": 124, "cacheReadInputTokens": 61}},
        Usage(101, 23, cached_input_tokens=61),
    ),
    "livekit": (
        {"type": "llm_metrics", "label": "llm", "request_id": "r", "timestamp": 1790000000.5,
         "duration": 1.5, "ttft": 0.4, "cancelled": False, "completion_tokens": 23,
         "prompt_tokens": 101, "prompt_cached_tokens": 61, "cache_creation_tokens": 31,
         "reasoning_tokens": 7, "total_tokens": 124, "tokens_per_second": 15.3,
         "metadata": {"model_name": "claude-haiku-4-5", "model_provider": "anthropic"}},
        Usage(101, 23, cached_input_tokens=61, cache_write_5m_tokens=31, reasoning_tokens=7),
    ),
    "livekit session": (
        {"type": "llm_usage", "provider": "openai", "model": "gpt-realtime", "input_tokens": 101,
         "input_cached_tokens": 61, "input_audio_tokens": 67, "input_cached_audio_tokens": 47,
         "input_text_tokens": 34, "input_cached_text_tokens": 14, "output_tokens": 23,
         "output_audio_tokens": 19, "output_text_tokens": 4, "session_duration": 12.5},
        Usage(101, 23, cached_input_tokens=61, input_audio_tokens=67, cached_audio_tokens=47,
              output_audio_tokens=19),
    ),
    "livekit hears, charged by the second": (
        {"type": "stt_metrics", "label": "stt", "request_id": "r", "timestamp": 1790000000.5,
         "duration": 0.0, "audio_duration": 9.5, "streamed": True, "input_tokens": 0,
         "output_tokens": 0, "total_tokens": 0},
        Usage(audio_seconds=Decimal("9.5")),
    ),
    "livekit speaks": (
        {"type": "tts_metrics", "label": "tts", "request_id": "r", "timestamp": 1790000000.5,
         "ttfb": 0.2, "duration": 1.5, "audio_duration": 9.5, "cancelled": False,
         "characters_count": 127, "input_tokens": 0, "output_tokens": 0, "streamed": False},
        Usage(input_characters=127),
    ),
    "braintrust": (
        {"id": "s", "span_attributes": {"type": "llm"}, "metadata": {"model": "claude-sonnet-4-5"},
         "metrics": {"start": 1790000000.5, "end": 1790000002.0, "time_to_first_token": 0.4,
                     "prompt_tokens": 103.0, "completion_tokens": 23.0, "tokens": 126.0,
                     "prompt_cached_tokens": 61.0, "prompt_cache_creation_5m_tokens": 13.0,
                     "prompt_cache_creation_1h_tokens": 17.0, "completion_reasoning_tokens": 7.0,
                     "server_tool_use_web_search_requests": 2.0}},
        Usage(103, 23, cached_input_tokens=61, cache_write_5m_tokens=13, cache_write_1h_tokens=17,
              reasoning_tokens=7, web_searches=2),
    ),
    # As Span.to_dict() writes it: each attribute is JSON in a text.
    "mlflow": (
        {"name": "messages", "trace_id": "t", "attributes": {
            "mlflow.spanType": '"CHAT_MODEL"', "mlflow.llm.model": '"claude-sonnet-4-5"',
            "mlflow.llm.cost": '{"input_cost": 0.1, "output_cost": 0.2, "total_cost": 0.3}',
            "mlflow.chat.tokenUsage": json.dumps({
                "input_tokens": 103, "output_tokens": 23, "total_tokens": 126,
                "cache_read_input_tokens": 61, "cache_creation_input_tokens": 31,
                "cache_creation_input_tokens_above_1hr": 17})}},
        Usage(103, 23, cached_input_tokens=61, cache_write_5m_tokens=14, cache_write_1h_tokens=17),
    ),
    "nova sonic": (
        {"completionId": "c", "promptName": "p", "sessionId": "s", "details": {
            "delta": {"input": {"speechTokens": 0, "textTokens": 3},
                      "output": {"speechTokens": 19, "textTokens": 0}},
            "total": {"input": {"speechTokens": 67, "textTokens": 101},
                      "output": {"speechTokens": 43, "textTokens": 23}}},
         "totalInputTokens": 168, "totalOutputTokens": 66, "totalTokens": 234},
        Usage(168, 66, input_audio_tokens=67, output_audio_tokens=43),
    ),
    "droid": (
        {"model": "claude-opus-4-5", "providerLock": "anthropic",
         "providerLockTimestamp": "2026-11-01T10:00:00.000Z", "tokenUsage": {
             "inputTokens": 11, "outputTokens": 23, "cacheCreationTokens": 31,
             "cacheReadTokens": 61, "thinkingTokens": 0}},
        Usage(103, 23, cached_input_tokens=61, cache_write_5m_tokens=31),
    ),
    "amp": (
        {"role": "assistant", "messageId": 3, "usage": {
            "model": "claude-haiku-4-5-20251001", "maxInputTokens": 168000, "inputTokens": 11,
            "outputTokens": 23, "cacheCreationInputTokens": 31, "cacheReadInputTokens": 61,
            "totalInputTokens": 103, "credits": 1.5, "timestamp": "2026-01-19T11:42:10.652Z"}},
        Usage(103, 23, cached_input_tokens=61, cache_write_5m_tokens=31),
    ),
    "a transcription through openrouter": (
        {"text": "Hello.", "usage": {"seconds": 9.2, "input_tokens": 83, "output_tokens": 30,
                                     "total_tokens": 113, "cost": 0.000508}},
        Usage(83, 30),
    ),
    "langsmith run": (
        {"run_type": "llm", "prompt_tokens": 101, "completion_tokens": 23, "total_tokens": 124,
         "prompt_token_details": {"cache_read": 61, "cache_creation": 31},
         "completion_token_details": {"reasoning": 13}, "total_cost": "0.00131",
         "prompt_cost": "0.00031", "completion_cost": "0.001",
         "prompt_cost_details": {"cache_read": "0.0001"}},
        Usage(101, 23, cached_input_tokens=61, cache_write_5m_tokens=31, reasoning_tokens=13),
    ),
    "litellm callback": (
        {"model": "gpt-4.1", "prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108,
         "response_cost": 0.0001, "saved_cache_cost": 0.0,
         "cost_breakdown": {"input_cost": 0.00004, "output_cost": 0.00006, "total_cost": 0.0001},
         "metadata": {"usage_object": {"prompt_tokens": 101, "completion_tokens": 7,
                                       "total_tokens": 108,
                                       "prompt_tokens_details": {"cached_tokens": 89}}}},
        Usage(101, 7, cached_input_tokens=89),
    ),
    "ai sdk 6 by itself": (
        {"inputTokens": 101, "outputTokens": 23, "totalTokens": 124,
         "inputTokenDetails": {"noCacheTokens": 59, "cacheReadTokens": 31, "cacheWriteTokens": 11},
         "outputTokenDetails": {"textTokens": 10, "reasoningTokens": 13},
         "raw": {"input_tokens": 59, "cache_read_input_tokens": 31,
                 "cache_creation_input_tokens": 11, "output_tokens": 23}},
        Usage(101, 23, cached_input_tokens=31, cache_write_5m_tokens=11, reasoning_tokens=13),
    ),
    "cerebras": (
        {"usage": {"prompt_tokens": 31, "completion_tokens": 5, "total_tokens": 36,
                   "prompt_tokens_details": {"cached_tokens": 7},
                   "completion_tokens_details": {"accepted_prediction_tokens": 0,
                                                 "rejected_prediction_tokens": 0}},
         "time_info": {"queue_time": 0.1, "prompt_time": 0.1, "created": 1700000000}},
        Usage(31, 5, cached_input_tokens=7),
    ),
    "xai live search": (
        {"model": "grok-3", "usage": {
            "prompt_tokens": 100, "completion_tokens": 50, "total_tokens": 150,
            "num_sources_used": 4}},
        Usage(100, 50, fees=(("live_search_source", 4),)),
    ),
    "a picture by Gemini through LiteLLM": (
        {"created": 1, "data": [{"b64_json": "iVBORw0K"}], "usage": {
            "input_tokens": 12, "output_tokens": 1340, "total_tokens": 1352,
            "input_tokens_details": {"text_tokens": 12, "image_tokens": 0},
            "output_tokens_details": {"text_tokens": 10, "image_tokens": 1290,
                                      "reasoning_tokens": 40},
            "completion_tokens_details": {"text_tokens": 10, "image_tokens": 1290,
                                          "reasoning_tokens": 40}}},
        Usage(12, 1340, output_image_tokens=1290, reasoning_tokens=40),
    ),
    "fireworks": (
        {"usage": {"prompt_tokens": 31, "completion_tokens": 5, "total_tokens": 36,
                   "prompt_tokens_details": {"cached_tokens": 7}},
         "perf_metrics": {"prompt-tokens": "31", "cached-prompt-tokens": "7"}},
        Usage(31, 5, cached_input_tokens=7),
    ),
    "deepseek": (
        {"model": "deepseek-chat", "usage": {
            "prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108,
            "prompt_cache_hit_tokens": 97, "prompt_cache_miss_tokens": 4}},
        Usage(101, 7, cached_input_tokens=97),
    ),
    "groq": (
        {"model": "llama", "usage": {
            "queue_time": 0.04, "prompt_tokens": 31, "prompt_time": 0.01, "completion_tokens": 17,
            "completion_time": 0.2, "total_tokens": 48, "total_time": 0.21},
         "x_groq": {"id": "req_1"}},
        Usage(31, 17),
    ),
    "moonshot": (
        {"usage": {"prompt_tokens": 103, "completion_tokens": 11, "total_tokens": 114,
                   "cached_tokens": 89}},
        Usage(103, 11, cached_input_tokens=89),
    ),
    "xai grpc": (
        {"prompt_tokens": 71, "completion_tokens": 5, "total_tokens": 89, "reasoning_tokens": 13,
         "cached_prompt_text_tokens": 61},
        Usage(71, 18, cached_input_tokens=61, reasoning_tokens=13),
    ),
    "xai grpc with its tools": (
        {"usage": {"prompt_tokens": 5317, "completion_tokens": 334, "total_tokens": 6595,
                   "reasoning_tokens": 944, "prompt_text_tokens": 4549, "prompt_image_tokens": 768,
                   "cached_prompt_text_tokens": 2360, "server_side_tools_used": [
                       *["SERVER_SIDE_TOOL_ATTACHMENT_SEARCH"] * 3, "SERVER_SIDE_TOOL_WEB_SEARCH",
                       "SERVER_SIDE_TOOL_MCP", "SERVER_SIDE_TOOL_NEW"]}},
        Usage(5317, 1278, 2360, reasoning_tokens=944, input_image_tokens=768, web_searches=1,
              fees=(("document_search", 3), ("server_side_tool_new", 1))),
    ),
    "openrouter messages": (
        {"type": "message", "model": "anthropic/claude-sonnet-4.5", "usage": {
            "input_tokens": 10, "output_tokens": 20, "cache_creation_input_tokens": 30,
            "cache_read_input_tokens": 5, "service_tier": "standard", "cost": 0.0005,
            "is_byok": False, "cost_details": {"upstream_inference_cost": 0.0005}}},
        Usage(45, 20, 5, cache_write_5m_tokens=30, tier="standard"),
    ),
    "litellm's log of a call, which has the usage twice": (
        {"id": "1", "model": "gpt-4o", "response_cost": 0.00125, "total_tokens": 160,
         "prompt_tokens": 130, "completion_tokens": 30, "saved_cache_cost": 0.0,
         "hidden_params": {"response_cost": 0.00125,
                           "additional_headers": {"x_ratelimit_remaining_tokens": 9}},
         "metadata": {"usage_object": {"completion_tokens": 30, "prompt_tokens": 130,
                                       "total_tokens": 160, "cache_read_input_tokens": 100,
                                       "prompt_tokens_details": {"cached_tokens": 100}},
                      "additional_usage_values": {"prompt_tokens_details": {"cached_tokens": 100}}},
         "response": {"id": "x", "model": "gpt-4o", "usage": {
             "completion_tokens": 30, "prompt_tokens": 130, "total_tokens": 160,
             "cache_read_input_tokens": 100, "prompt_tokens_details": {"cached_tokens": 100}}}},
        Usage(130, 30, 100),
    ),
    "sglang's own generate": (
        {"text": "x", "meta_info": {"finish_reason": {"type": "stop"}, "prompt_tokens": 9,
                                    "completion_tokens": 3, "cached_tokens": 4,
                                    "e2e_latency": 0.1}},
        Usage(9, 3, 4),
    ),
    "converse with low latency": (
        {"usage": {"inputTokens": 30, "outputTokens": 20, "totalTokens": 50},
         "performanceConfig": {"latency": "optimized"}},
        Usage(30, 20, tier="optimized"),
    ),
    "xai responses with its tools": (
        {"usage": {"input_tokens": 263, "output_tokens": 19, "total_tokens": 282,
                   "num_sources_used": 9, "num_server_side_tools_used": 2,
                   "server_side_tool_usage_details": {"web_search_calls": 2, "x_search_calls": 0},
                   "cost_in_usd_ticks": 158_000_000,
                   "context_details": {"input_tokens": 200, "output_tokens": 10}}},
        Usage(263, 19, web_searches=2),
    ),
    "openai agents run": (
        {"requests": 2, "input_tokens": 300, "output_tokens": 40, "total_tokens": 340,
         "input_tokens_details": {"cached_tokens": 128, "cache_write_tokens": 0},
         "output_tokens_details": {"reasoning_tokens": 23},
         "request_usage_entries": [
             {"input_tokens": 100, "output_tokens": 10, "total_tokens": 110},
             {"input_tokens": 200, "output_tokens": 30, "total_tokens": 230}]},
        Usage(300, 40, cached_input_tokens=128, reasoning_tokens=23, requests=2),
    ),
    "image endpoint without details of its output": (
        {"created": 1, "data": [{"b64_json": "x"}], "usage": {
            "input_tokens": 53, "input_tokens_details": {"image_tokens": 0, "text_tokens": 53},
            "output_tokens": 4160, "total_tokens": 4213}},
        Usage(53, 4160, output_image_tokens=4160),
    ),
    "compaction alone marks Anthropic": (
        {"model": "claude-opus-4-6", "usage": {
            "input_tokens": 400, "output_tokens": 7,
            "iterations": [{"type": "compaction", "input_tokens": 900, "output_tokens": 30},
                           {"type": "message", "input_tokens": 400, "output_tokens": 7}]}},
        Usage(1300, 37, requests=2),
    ),
    "all zeros for lifetimes": (
        {"usage": {"input_tokens": 3, "output_tokens": 5, "cache_creation_input_tokens": 700,
                   "cache_creation": {"ephemeral_5m_input_tokens": 0,
                                      "ephemeral_1h_input_tokens": 0}}},
        Usage(703, 5, cache_write_5m_tokens=700),
    ),
    "a line of Claude Code": (
        {"type": "assistant", "requestId": "r", "message": {
            "id": "m", "model": "claude-sonnet-4-6", "usage": {
                "input_tokens": 3, "output_tokens": 5, "cache_read_input_tokens": 19,
                "cache_creation_input_tokens": 0, "service_tier": "standard"}}},
        Usage(22, 5, cached_input_tokens=19, tier="standard"),
    ),
    "claude code, one model": (
        {"type": "result", "num_turns": 3, "total_cost_usd": 0.25, "modelUsage": {
            "claude-opus-4-6": {"inputTokens": 3, "outputTokens": 5, "cacheReadInputTokens": 19,
                                "cacheCreationInputTokens": 23, "webSearchRequests": 1,
                                "costUSD": 0.25, "contextWindow": 200000}}},
        Usage(45, 5, cached_input_tokens=19, cache_write_5m_tokens=23, web_searches=1, requests=3),
    ),
    "codex": (
        {"type": "turn.completed", "usage": {
            "input_tokens": 211, "cached_input_tokens": 192, "output_tokens": 13,
            "reasoning_output_tokens": 11}},
        Usage(211, 13, cached_input_tokens=192, reasoning_tokens=11),
    ),
    "gemini cli": (
        {"tokens": {"input": 100, "output": 9, "cached": 60, "thoughts": 30, "tool": 7,
                    "total": 146}},
        Usage(107, 39, cached_input_tokens=60, reasoning_tokens=30),
    ),
    "langchain": (
        {"type": "ai", "content": "hi", "response_metadata": {
            "model_name": "gpt-4o", "token_usage": {
                "prompt_tokens": 60, "completion_tokens": 9, "total_tokens": 69,
                "prompt_tokens_details": {"cached_tokens": 32}}},
         "usage_metadata": {
             "input_tokens": 60, "output_tokens": 9, "total_tokens": 69,
             "input_token_details": {"audio": 0, "cache_read": 32},
             "output_token_details": {"reasoning": 2}}},
        Usage(60, 9, cached_input_tokens=32, reasoning_tokens=2),
    ),
    "langchain, claude, an hour": (
        {"input_tokens": 107, "output_tokens": 9, "total_tokens": 116, "input_token_details": {
            "cache_read": 41, "cache_creation": 0, "ephemeral_5m_input_tokens": 0,
            "ephemeral_1h_input_tokens": 59}},
        Usage(107, 9, cached_input_tokens=41, cache_write_1h_tokens=59),
    ),
    "langchain, served by another tier": (
        {"type": "ai", "response_metadata": {"service_tier": "flex", "token_usage": {
            "prompt_tokens": 61, "completion_tokens": 9, "total_tokens": 70}},
         "usage_metadata": {"input_tokens": 61, "output_tokens": 9, "total_tokens": 70}},
        Usage(61, 9, tier="flex"),
    ),
    "langchain for javascript": (
        {"type": "ai", "response_metadata": {
            "tokenUsage": {"promptTokens": 61, "completionTokens": 9, "totalTokens": 70},
            "usage": {"prompt_tokens": 61, "completion_tokens": 9, "total_tokens": 70,
                      "prompt_tokens_details": {"cached_tokens": 31}}},
         "usage_metadata": {"input_tokens": 61, "output_tokens": 9, "total_tokens": 70}},
        Usage(61, 9, 31),
    ),
    "vertex in openai's fields": (
        {"usage": {"prompt_tokens": 13, "completion_tokens": 7, "total_tokens": 20,
                   "extra_properties": {"google": {"traffic_type": "ON_DEMAND_FLEX"}}}},
        Usage(13, 7, tier="flex"),
    ),
    "a gateway with cached tokens among the details": (
        {"usage": {"prompt_tokens": 131, "completion_tokens": 7, "total_tokens": 138,
                   "prompt_tokens_details": {"cached_tokens": 61,
                                             "cache_read_input_tokens": 61}}},
        Usage(131, 7, 61),
    ),
    "langchain, flex": (
        {"input_tokens": 60, "output_tokens": 9, "total_tokens": 69,
         "input_token_details": {"flex_cache_read": 32, "flex": 28},
         "output_token_details": {"flex_reasoning": 2, "flex": 7}},
        Usage(60, 9, cached_input_tokens=32, reasoning_tokens=2, tier="flex"),
    ),
    "pydantic-ai": (
        {"input_tokens": 500, "cache_read_tokens": 300, "cache_write_tokens": 100,
         "cache_write_1h_tokens": 60, "output_tokens": 20, "requests": 4, "tool_calls": 3,
         "details": {"reasoning_tokens": 12}},
        Usage(500, 20, cached_input_tokens=300, cache_write_5m_tokens=40, cache_write_1h_tokens=60,
              reasoning_tokens=12, requests=4),
    ),
    "ai sdk 4": (
        {"usage": {"promptTokens": 137, "completionTokens": 9, "totalTokens": 146}},
        Usage(137, 9),
    ),
    "ai sdk 5": (
        {"usage": {"inputTokens": 137, "outputTokens": 9, "totalTokens": 146,
                   "cachedInputTokens": 128, "reasoningTokens": 4}},
        Usage(137, 9, cached_input_tokens=128, reasoning_tokens=4),
    ),
    "ai sdk 6": (
        {"usage": {"inputTokens": 474, "outputTokens": 25, "totalTokens": 499,
                   "inputTokenDetails": {"noCacheTokens": 5, "cacheReadTokens": 0,
                                         "cacheWriteTokens": 469},
                   "outputTokenDetails": {"textTokens": 25, "reasoningTokens": 0}}},
        Usage(474, 25, cache_write_5m_tokens=469),
    ),
    "ai sdk provider": (
        {"usage": {"inputTokens": {"total": 474, "noCache": 5, "cacheRead": 400, "cacheWrite": 69},
                   "outputTokens": {"total": 25, "text": 20, "reasoning": 5}}},
        Usage(474, 25, cached_input_tokens=400, cache_write_5m_tokens=69, reasoning_tokens=5),
    ),
    "opentelemetry": (
        {"name": "chat", "attributes": {
            "gen_ai.request.max_tokens": 500, "gen_ai.response.model": "gpt-5.1",
            "gen_ai.usage.input_tokens": 100, "gen_ai.usage.output_tokens": 5,
            "gen_ai.usage.cache_read.input_tokens": 64,
            "gen_ai.usage.details.reasoning_tokens": 2}},
        Usage(100, 5, cached_input_tokens=64, reasoning_tokens=2),
    ),
    "otlp": (
        {"attributes": [
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "100"}},
            {"key": "gen_ai.usage.output_tokens", "value": {"intValue": "5"}},
            {"key": "gen_ai.response.model", "value": {"stringValue": "gpt-5.1"}}]},
        Usage(100, 5),
    ),
    "opentelemetry, older": (
        {"gen_ai.usage.prompt_tokens": 100, "gen_ai.usage.completion_tokens": 5,
         "llm.usage.total_tokens": 105},
        Usage(100, 5),
    ),
    "openinference": (
        {"attributes": {
            "llm.model_name": "gpt-5.1", "llm.token_count.prompt": 100,
            "llm.token_count.completion": 5, "llm.token_count.total": 105,
            "llm.token_count.prompt_details.cache_read": 64}},
        Usage(100, 5, cached_input_tokens=64),
    ),
    "langfuse": (
        {"model": "gpt-4o", "promptTokens": 100, "completionTokens": 20, "totalTokens": 120,
         "usageDetails": {"input": 30, "input_cached_tokens": 70, "output": 15,
                          "output_reasoning_tokens": 5, "total": 120},
         "costDetails": {"input": 0.1, "total": 0.2}},
        Usage(100, 20, cached_input_tokens=70, reasoning_tokens=5),
    ),
    "langfuse, in the vendor's words": (
        {"usageDetails": {"input_tokens": 30, "cache_read_input_tokens": 70, "output_tokens": 15}},
        Usage(100, 15, cached_input_tokens=70),
    ),
    "litellm, both sets of fields": (
        {"model": "claude-sonnet-4-6", "usage": {
            "prompt_tokens": 988, "completion_tokens": 51, "total_tokens": 1039,
            "prompt_tokens_details": {"cached_tokens": 663, "cache_creation_tokens": 324,
                                      "cache_creation_token_details": {
                                          "ephemeral_5m_input_tokens": 24,
                                          "ephemeral_1h_input_tokens": 300}},
            "completion_tokens_details": {"reasoning_tokens": 17, "text_tokens": 34},
            "cache_read_input_tokens": 663, "cache_creation_input_tokens": 324}},
        Usage(988, 51, cached_input_tokens=663, cache_write_5m_tokens=24,
              cache_write_1h_tokens=300, reasoning_tokens=17),
    ),
    "openrouter, claude": (
        {"model": "anthropic/claude-sonnet-4.6", "usage": {
            "prompt_tokens": 157, "completion_tokens": 10, "total_tokens": 167, "cost": 0.0042,
            "is_byok": False, "cost_details": {"upstream_inference_cost": 0.0041},
            "prompt_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 150}}},
        Usage(157, 10, cache_write_5m_tokens=150),
    ),
    "openrouter's generation": (
        {"data": {"model": "openai/gpt-4o", "tokens_prompt": 90, "tokens_completion": 8,
                  "native_tokens_prompt": 100, "native_tokens_completion": 10,
                  "native_tokens_reasoning": 4, "native_tokens_cached": 64, "total_cost": 0.01,
                  "usage": 0.01, "latency": 900}},
        Usage(100, 10, cached_input_tokens=64, reasoning_tokens=4),
    ),
    "perplexity": (
        {"model": "sonar", "usage": {
            "prompt_tokens": 14, "completion_tokens": 50, "total_tokens": 64,
            "search_context_size": "low", "cost": {
                "input_tokens_cost": 0.0, "output_tokens_cost": 0.008, "request_cost": 0.006,
                "total_cost": 0.014}}},
        Usage(14, 50),
    ),
    "cohere": (
        {"usage": {"billed_units": {"input_tokens": 17.0, "output_tokens": 12.0},
                   "tokens": {"input_tokens": 215.0, "output_tokens": 12.0}}},
        Usage(17, 12),
    ),
    # What was cached is of all that Cohere sent to its model, and no part of what it bills.
    "cohere with its cache": (
        {"usage": {"billed_units": {"input_tokens": 12, "output_tokens": 65},
                   "tokens": {"input_tokens": 212, "output_tokens": 65}, "cached_tokens": 208}},
        Usage(12, 65),
    ),
    # The split is of the last sampling, the total of all.
    "claude's own search with a cache": (
        {"type": "message", "usage": {
            "input_tokens": 10, "cache_creation_input_tokens": 12174,
            "cache_read_input_tokens": 39695, "output_tokens": 437,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 291},
            "server_tool_use": {"web_search_requests": 1}}},
        Usage(51879, 437, 39695, cache_write_1h_tokens=12174, web_searches=1),
    ),
    # A compaction's lifetimes, which a stream began with, are no part of the message's.
    "claude's compaction with a cache": (
        {"type": "message", "usage": {
            "input_tokens": 181, "output_tokens": 8, "cache_creation_input_tokens": 0,
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 503},
            "iterations": [
                {"type": "compaction", "input_tokens": 101, "output_tokens": 83,
                 "cache_creation_input_tokens": 503, "cache_creation": {
                     "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 503}},
                {"type": "message", "input_tokens": 181, "output_tokens": 8,
                 "cache_creation_input_tokens": 0, "cache_creation": {
                     "ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0}}]}},
        Usage(785, 91, cache_write_1h_tokens=503, requests=2),
    ),
    "converse with a guardrail": (
        {"usage": {"inputTokens": 28, "outputTokens": 26, "totalTokens": 54}, "trace": {
            "guardrail": {
                "inputAssessment": {"g": {"invocationMetrics": {
                    "guardrailProcessingLatency": 236, "usage": {
                        "topicPolicyUnits": 1, "contentPolicyUnits": 1, "wordPolicyUnits": 1,
                        "sensitiveInformationPolicyUnits": 0, "newPolicyUnits": 1},
                    "guardrailCoverage": {"textCharacters": {"guarded": 0, "total": 70}}}}},
                "outputAssessments": {"g": [{"invocationMetrics": {"usage": {
                    "contentPolicyUnits": 2, "sensitiveInformationPolicyFreeUnits": 1}}}]}}}},
        Usage(28, 26, fees=(("guardrail_content", 3), ("guardrail_newPolicyUnits", 1),
                            ("guardrail_topics", 1))),
    ),
    "titan through a guardrail": (
        {"outputText": "", "totalOutputTextTokenCount": 188.0,
         "amazon-bedrock-invocationMetrics": {"inputTokenCount": 28, "outputTokenCount": 188},
         "amazon-bedrock-trace": {"guardrail": {"outputs": [{"g": {"invocationMetrics": {
             "usage": {"contentPolicyUnits": 1}}}}]}}},
        Usage(28, 188, fees=(("guardrail_content", 1),)),
    ),
    "groq's compound, the end of a stream": (
        {"object": "chat.completion.chunk", "model": "groq/compound-mini", "x_groq": {
            "id": "r", "usage": {"prompt_tokens": 31, "completion_tokens": 17, "total_tokens": 48},
            "usage_breakdown": {"models": [{"model": "openai/gpt-oss-120b", "usage": {
                "prompt_tokens": 31, "completion_tokens": 17, "total_tokens": 48}}]}}},
        Usage(31, 17),
    ),
    "requesty": (
        {"usage": {"prompt_tokens": 131, "completion_tokens": 7, "total_tokens": 138,
                   "cost": 0.0001, "prompt_tokens_details": {
                       "cached_tokens": 13, "caching_tokens": 101, "caching_token_details": {
                           "caching_5m_tokens": 0, "caching_1h_tokens": 101}}}},
        Usage(131, 7, 13, cache_write_1h_tokens=101),
    ),
    "open webui before ollama": (
        {"object": "chat.completion.chunk", "usage": {
            "response_token/s": 8.21, "prompt_token/s": 880.33, "total_duration": 36922045757,
            "load_duration": 160576369, "prompt_eval_count": 103, "prompt_tokens": 103,
            "prompt_eval_duration": 118137228, "eval_count": 307, "completion_tokens": 307,
            "eval_duration": 36552831904, "approximate_total": "0h0m36s", "total_tokens": 410}},
        Usage(103, 307),
    ),
    "mlx-vlm's server": (
        {"usage": {"input_tokens": 31, "output_tokens": 97, "total_tokens": 128,
                   "prompt_tps": 1034.2, "generation_tps": 81.2, "peak_memory": 5.7}},
        Usage(31, 97),
    ),
    "lm studio's own chat": (
        {"model_instance_id": "m", "output": [{"type": "message", "content": "x"}], "stats": {
            "input_tokens": 419, "total_output_tokens": 367, "reasoning_output_tokens": 193,
            "tokens_per_second": 27.6, "time_to_first_token_seconds": 1.4}},
        Usage(419, 367, reasoning_tokens=193),
    ),
    "a ranking by dashscope": (
        {"output": {"results": [{"index": 0, "relevance_score": 0.9}]}, "request_id": "r",
         "usage": {"total_tokens": 79}},
        Usage(79),
    ),
    # The total has what was cached, which the input leaves out.
    "haystack with bedrock": (
        {"meta": {"model": "anthropic.claude-sonnet-4-5", "usage": {
            "prompt_tokens": 11, "completion_tokens": 23, "total_tokens": 126,
            "cache_read_input_tokens": 61, "cache_write_input_tokens": 31,
            "cache_details": [{"ttl": "1h", "inputTokens": 31}]}}},
        Usage(103, 23, 61, cache_write_1h_tokens=31),
    ),
    "a node of n8n": (
        {"response": {"generations": [[{"text": "x", "generationInfo": {}}]]},
         "tokenUsage": {"completionTokens": 9, "promptTokens": 61, "totalTokens": 70}},
        Usage(61, 9),
    ),
    "openrouter's own sdk": (
        {"model": "anthropic/claude-sonnet-4.5", "usage": {
            "promptTokens": 103, "completionTokens": 23, "totalTokens": 126, "cost": 0.001,
            "isByok": False, "costDetails": {"upstreamInferenceCost": 0.001},
            "promptTokensDetails": {"cachedTokens": 61, "cacheWriteTokens": 31},
            "completionTokensDetails": {"reasoningTokens": 7}}},
        Usage(103, 23, 61, cache_write_5m_tokens=31, reasoning_tokens=7),
    ),
    "weave's sum for a model": (
        {"requests": 3, "prompt_tokens": 101, "completion_tokens": 23, "total_tokens": 124,
         "prompt_tokens_details": {"cached_tokens": 61}},
        Usage(101, 23, 61, requests=3),
    ),
    "langchain with openrouter": (
        {"type": "ai", "response_metadata": {
            "model_name": "anthropic/claude-sonnet-4.5", "cost": 0.001,
            "cost_details": {"upstream_inference_cost": 0.001}},
         "usage_metadata": {"input_tokens": 103, "output_tokens": 23, "total_tokens": 126,
                            "input_token_details": {"cache_read": 61, "cache_creation": 31},
                            "output_token_details": {"reasoning": 7}}},
        Usage(103, 23, 61, cache_write_5m_tokens=31, reasoning_tokens=7),
    ),
    "an entry of dspy's history": (
        {"prompt": None, "messages": [], "outputs": ["x"], "cost": 0.0001, "uuid": "u",
         "model": "openai/gpt-4o-mini", "model_type": "chat",
         "usage": {"completion_tokens": 7, "prompt_tokens": 83, "total_tokens": 90,
                   "completion_tokens_details": None, "prompt_tokens_details": None}},
        Usage(83, 7),
    ),
    "cohere v1": (
        {"meta": {"api_version": {"version": "1"},
                  "billed_units": {"input_tokens": 17, "output_tokens": 12}}},
        Usage(17, 12),
    ),
    "ollama": (
        {"model": "llama", "done": True, "total_duration": 5_000_000, "prompt_eval_count": 26,
         "eval_count": 298},
        Usage(26, 298),
    ),
    "cursor": (
        {"tokenUsage": {"inputTokens": 10, "outputTokens": 20, "cacheReadTokens": 300,
                        "cacheWriteTokens": 40, "totalCents": 5.5}},
        Usage(350, 20, cached_input_tokens=300, cache_write_5m_tokens=40),
    ),
    "nova": (
        {"usage": {"inputTokens": 10, "outputTokens": 2, "totalTokens": 112,
                   "cacheReadInputTokenCount": 100}},
        Usage(110, 2, cached_input_tokens=100),
    ),
    "bedrock's stream": (
        {"metadata": {"usage": {"inputTokens": 10, "outputTokens": 2, "totalTokens": 12},
                      "metrics": {"latencyMs": 7}}},
        Usage(10, 2),
    ),
    "bedrock's metrics": (
        {"amazon-bedrock-invocationMetrics": {
            "inputTokenCount": 25, "outputTokenCount": 8, "invocationLatency": 900,
            "firstByteLatency": 90, "cacheReadInputTokenCount": 100}},
        Usage(125, 8, cached_input_tokens=100),
    ),
    "llama on bedrock": (
        {"generation": "hi", "prompt_token_count": 19, "generation_token_count": 3}, Usage(19, 3),
    ),
    "titan": (
        {"inputTextTokenCount": 19, "results": [{"tokenCount": 3, "outputText": "hi"}]},
        Usage(19, 3),
    ),
    "longcat": (
        {"usage": {"effectiveCachedTokens": 128, "completion_tokens": 376, "prompt_tokens": 224,
                   "total_tokens": 600, "prompt_tokens_details": {"cached_tokens": 128},
                   "input_tokens": 0, "output_tokens": 0, "cached_tokens": 0}},
        Usage(224, 376, cached_input_tokens=128),
    ),
    "gemini's interactions": (
        {"usage": {"total_input_tokens": 100, "total_cached_tokens": 60, "total_output_tokens": 9,
                   "total_thought_tokens": 30, "total_tokens": 139,
                   "input_tokens_by_modality": [{"modality": "text", "tokens": 40},
                                                {"modality": "audio", "tokens": 60}]}},
        Usage(100, 39, cached_input_tokens=60, input_audio_tokens=60, reasoning_tokens=30),
    ),
    "gemini's thoughts inside, as the total proves": (
        {"usageMetadata": {"promptTokenCount": 100, "candidatesTokenCount": 120,
                           "thoughtsTokenCount": 20, "totalTokenCount": 220}},
        Usage(100, 120, reasoning_tokens=20),
    ),
    "vertex by characters": (
        {"predictions": [{"embeddings": {"values": [0.1, 0.2],
                                         "statistics": {"token_count": 7, "truncated": False}}}],
         "metadata": {"billableCharacterCount": 31}},
        Usage(input_characters=31),
    ),
    "vertex by tokens": (
        {"predictions": [{"embeddings": {"values": [0.1, 0.2],
                                         "statistics": {"token_count": 7, "truncated": False}}}]},
        Usage(7),
    ),
    "gemini's embedding": (
        {"usageMetadata": {"promptTokenCount": 11, "promptTokenDetails": [
            {"modality": "TEXT", "tokenCount": 7}, {"modality": "IMAGE", "tokenCount": 4}]}},
        Usage(11, input_image_tokens=4),
    ),
    "vertex's batch": (
        {"status": "", "processed_time": "2026-09-01T18:13:16.826+00:00", "response": {
            "modelVersion": "gemini-2.5-flash@default", "usageMetadata": {
                "promptTokenCount": 11, "candidatesTokenCount": 7, "totalTokenCount": 18}}},
        Usage(11, 7, tier="batch"),
    ),
    "gemini's picture without details": (
        {"candidates": [{"content": {"parts": [
            {"inlineData": {"mimeType": "image/png", "data": "x"}}]}}],
         "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 1290,
                           "totalTokenCount": 1297}},
        Usage(7, 1290, output_image_tokens=1290),
    ),
    "image endpoint that gives an address": (
        {"created": 1, "data": [{"url": "https://images.example/1"}], "usage": {
            "input_tokens": 53, "output_tokens": 4160, "total_tokens": 4213}},
        Usage(53, 4160, output_image_tokens=4160),
    ),
    "transcript with segments": (
        {"text": "a", "segments": [{"id": 3, "tokens": [50364, 440], "avg_logprob": -0.3}],
         "usage": {"type": "duration", "seconds": 9}},
        Usage(audio_seconds=9),
    ),
    "a run of the assistants": (
        {"object": "thread.run", "usage": {
            "prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108,
            "prompt_token_details": {"cached_tokens": 61}}},
        Usage(101, 7, cached_input_tokens=61),
    ),
    "llama.cpp's chat": (
        {"usage": {"prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108},
         "timings": {"cache_n": 97, "prompt_n": 4, "prompt_ms": 31.0, "predicted_n": 7}},
        Usage(101, 7, cached_input_tokens=97),
    ),
    "llama.cpp's completion": (
        {"content": "x", "tokens_evaluated": 101, "tokens_predicted": 7, "tokens_cached": 107},
        Usage(101, 7),
    ),
    "dashscope": (
        {"request_id": "r", "usage": {"input_tokens": 101, "output_tokens": 7, "total_tokens": 108,
                                      "prompt_tokens_details": {"cached_tokens": 61}}},
        Usage(101, 7, cached_input_tokens=61),
    ),
    "qwen": (
        {"model": "qwen-plus", "usage": {
            "prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108,
            "prompt_tokens_details": {
                "cached_tokens": 61, "cache_creation_input_tokens": 23, "cache_type": "ephemeral",
                "cache_creation": {"ephemeral_5m_input_tokens": 23}}}},
        Usage(101, 7, cached_input_tokens=61, cache_write_5m_tokens=23),
    ),
    "voxtral": (
        {"model": "voxtral-small-latest", "usage": {
            "prompt_audio_seconds": 30, "prompt_tokens": 7, "completion_tokens": 3,
            "total_tokens": 385, "prompt_tokens_details": {"cached_tokens": 0,
                                                           "audio_tokens": 375}}},
        Usage(382, 3, input_audio_tokens=375, audio_seconds=30),
    ),
    "cohere's stream": (
        {"type": "message-end", "delta": {"finish_reason": "COMPLETE", "usage": {
            "billed_units": {"input_tokens": 5, "output_tokens": 11},
            "tokens": {"input_tokens": 71, "output_tokens": 11}}}},
        Usage(5, 11),
    ),
    "bedrock's log of invocations": (
        {"schemaType": "ModelInvocationLog", "modelId": "anthropic.claude-sonnet-4-5",
         "requestId": "r", "operation": "Converse", "region": "us-east-1",
         "input": {"inputTokenCount": 13, "cacheReadInputTokenCount": 1009},
         "output": {"outputTokenCount": 101, "outputBodyJson": {
             "stopReason": "end_turn", "metrics": {"latencyMs": 900}, "usage": {
                 "inputTokens": 13, "outputTokens": 101, "totalTokens": 1123,
                 "cacheReadInputTokens": 1009}}}},
        Usage(1022, 101, cached_input_tokens=1009),
    ),
    "bedrock's batch": (
        {"recordId": "CALL0000001", "modelOutput": {
            "model": "claude-sonnet-4-5", "usage": {"input_tokens": 101, "output_tokens": 7}}},
        Usage(101, 7, tier="batch"),
    ),
    "haystack": (
        {"role": "assistant", "meta": {"model": "gpt-4o-mini", "index": 0, "usage": {
            "prompt_tokens": 13, "completion_tokens": 7, "total_tokens": 20}}},
        Usage(13, 7),
    ),
    "llamaindex": (
        {"raw": {"model": "gpt-4o", "usage": {
            "prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108,
            "prompt_tokens_details": {"cached_tokens": 61}}},
         "additional_kwargs": {"prompt_tokens": 101, "completion_tokens": 7, "total_tokens": 108}},
        Usage(101, 7, cached_input_tokens=61),
    ),
    "microsoft extensions": (
        {"modelId": "gpt-4o", "usage": {
            "inputTokenCount": 101, "outputTokenCount": 7, "totalTokenCount": 108,
            "cachedInputTokenCount": 61, "reasoningTokenCount": 3}},
        Usage(101, 7, cached_input_tokens=61, reasoning_tokens=3),
    ),
    "ai sdk 5 with claude": (
        {"usage": {"inputTokens": 13, "outputTokens": 7, "totalTokens": 20,
                   "cachedInputTokens": 1009},
         "response": {"modelId": "claude-sonnet-4-5"},
         "providerMetadata": {"anthropic": {"cacheCreationInputTokens": 31}}},
        Usage(1053, 7, cached_input_tokens=1009, cache_write_5m_tokens=31),
    ),
    "a span of ai sdk 5": (
        {"attributes": {"operation.name": "ai.generateText", "ai.model.id": "gpt-5-mini",
                        "ai.usage.inputTokens": 101, "ai.usage.outputTokens": 7,
                        "ai.usage.cachedInputTokens": 61, "ai.response.msToFinish": 900}},
        Usage(101, 7, cached_input_tokens=61),
    ),
    "a span of ai sdk 5 in both languages": (
        {"attributes": {"gen_ai.request.model": "gpt-5-mini", "ai.usage.inputTokens": 101,
                        "ai.usage.outputTokens": 7, "ai.usage.reasoningTokens": 3,
                        "gen_ai.usage.input_tokens": 101, "gen_ai.usage.output_tokens": 7}},
        Usage(101, 7, reasoning_tokens=3),
    ),
    "a span of ai sdk 4": (
        {"attributes": {"ai.model.id": "gpt-4o", "ai.usage.promptTokens": 101,
                        "ai.usage.completionTokens": 7,
                        "ai.response.avgCompletionTokensPerSecond": 41.5}},
        Usage(101, 7),
    ),
    "traceloop": (
        {"llm.response.model": "gpt-4o", "llm.usage.prompt_tokens": 101,
         "llm.usage.completion_tokens": 7.0, "llm.usage.total_tokens": 108},
        Usage(101, 7),
    ),
    "codex's app server": (
        {"inputTokens": 211, "cachedInputTokens": 101, "cacheWriteInputTokens": 53,
         "outputTokens": 13, "reasoningOutputTokens": 11, "totalTokens": 224},
        Usage(211, 13, cached_input_tokens=101, cache_write_30m_tokens=53, reasoning_tokens=11),
    ),
    "a model in gemini cli's stats": (
        {"api": {"totalRequests": 2, "totalErrors": 1, "totalLatencyMs": 5053},
         "tokens": {"prompt": 101, "input": 40, "candidates": 7, "cached": 61, "thoughts": 3,
                    "tool": 5, "total": 116}},
        Usage(106, 10, cached_input_tokens=61, reasoning_tokens=3, requests=2),
    ),
    "opencode": (
        {"role": "assistant", "modelID": "claude-sonnet-4-5", "cost": 0.0123, "tokens": {
            "input": 5, "output": 101, "reasoning": 0, "cache": {"read": 1009, "write": 211}}},
        Usage(1225, 101, cached_input_tokens=1009, cache_write_5m_tokens=211),
    ),
    "opencode with reasoning beside": (
        {"tokens": {"input": 5, "output": 101, "reasoning": 7, "total": 113,
                    "cache": {"read": 0, "write": 0}}},
        Usage(5, 108, reasoning_tokens=7),
    ),
    "pi": (
        {"role": "assistant", "model": "claude-opus-4-5", "usage": {
            "input": 5, "output": 101, "cacheRead": 1009, "cacheWrite": 211, "totalTokens": 1326,
            "cost": {"input": 0.00002, "output": 0.0025, "cacheRead": 0.0005, "cacheWrite": 0.0013,
                     "total": 0.00432}}},
        Usage(1225, 101, cached_input_tokens=1009, cache_write_5m_tokens=211),
    ),
    "claude code's event": (
        {"attributes": {"event.name": "api_request", "model": "claude-sonnet-4-5",
                        "cost_usd": "0.01", "duration_ms": "1200", "input_tokens": "11",
                        "output_tokens": "53", "cache_read_tokens": "1009",
                        "cache_creation_tokens": "211"}},
        Usage(1231, 53, cached_input_tokens=1009, cache_write_5m_tokens=211),
    ),
    "microsoft agent framework": (
        {"usage_details": {"input_token_count": 101, "output_token_count": 7,
                           "total_token_count": 108}},
        Usage(101, 7),
    ),
    "opentelemetry, as text": (
        {"attributes": {"gen_ai.usage.input_tokens": "101", "gen_ai.usage.output_tokens": "7"}},
        Usage(101, 7),
    ),
    "a line of pi's session": (
        {"type": "message", "id": "m", "message": {"role": "assistant", "model": "gpt-5", "usage": {
            "input": 5, "output": 7, "cacheRead": 101, "cacheWrite": 0}}},
        Usage(106, 7, cached_input_tokens=101),
    ),
    "langfuse in floats": (
        {"usage_details": {"input": 13.0, "output": 7.0, "total": 20.0}},
        Usage(13, 7),
    ),
    "langfuse with its copy and costs": (
        {"model": "gpt-4o", "usageDetails": {"input": 13, "output": 7, "total": 20},
         "usage": {"input": 13, "output": 7, "total": 20, "unit": "TOKENS"},
         "costDetails": {"input": 0.01, "output": 0.02, "cache_read_input_tokens": 0.0,
                         "total": 0.03}},
        Usage(13, 7),
    ),
    "openrouter with its own tools": (
        {"model": "openai/gpt-5.2", "usage": {
            "prompt_tokens": 41, "completion_tokens": 7, "total_tokens": 48, "cost": 0.021,
            "cost_details": {"upstream_inference_cost": 0.021, "server_tool_cost": 0.02},
            "server_tool_use_details": {"tool_calls_requested": 2, "tool_calls_executed": 2,
                                        "web_search_requests": 2}}},
        Usage(41, 7, web_searches=2),
    ),
    "vercel's gateway": (
        {"model": "x", "generationId": "gen_1", "usage": {
            "prompt_tokens": 41, "completion_tokens": 7, "total_tokens": 48, "cost": 0.001,
            "is_byok": False, "market_cost": 0.001, "cache_creation_input_tokens": 0,
            "completion_tokens_details": {"reasoning_tokens": 3,
                                          "reasoning_tokens_estimated": True}}},
        Usage(41, 7, reasoning_tokens=3),
    ),
    "an embedding through openrouter": (
        {"object": "list", "data": [], "usage": {
            "prompt_tokens": 7, "total_tokens": 7, "cost": 2e-7,
            "cost_details": {"upstream_inference_cost": 2e-7}}},
        Usage(7),
    ),
    "openrouter's generation with a key of one's own": (
        {"data": {"model": "openai/gpt-4o", "is_byok": True, "native_tokens_prompt": 101,
                  "native_tokens_completion": 7, "num_fetches": 1, "num_input_audio_prompt": 1,
                  "total_cost": 0.00005, "usage": 0.00005, "upstream_inference_cost": 0.001,
                  "service_tier": "flex", "provider_responses": [{"status": 200}]}},
        Usage(101, 7, tier="flex"),
    ),
    "a ranking through litellm": (
        {"results": [{"index": 0, "relevance_score": 0.9}],
         "meta": {"billed_units": {"total_tokens": 1201}, "tokens": {"input_tokens": 1201}}},
        Usage(1201),
    ),
    "a ranking by vllm": (
        {"results": [{"index": 0, "relevance_score": 0.9}], "usage": {"total_tokens": 53}},
        Usage(53),
    ),
    "an embedding by voyage": (
        {"object": "list", "data": [{"embedding": [0.1]}], "usage": {"total_tokens": 53}},
        Usage(53),
    ),
    "an embedding by ollama": (
        {"model": "all-minilm", "embeddings": [[0.1, 0.2]], "load_duration": 1019500,
         "prompt_eval_count": 7},
        Usage(7),
    ),
    "an embedding by the ai sdk": ({"embedding": [0.1], "usage": {"tokens": 7}}, Usage(7)),
    "embeddings by the ai sdk": ({"embeddings": [[0.1]], "usage": {"tokens": 7}}, Usage(7)),
    "an embedding by google's sdk": (
        {"embeddings": [{"values": [0.1], "statistics": {"token_count": 5.0}},
                        {"values": [0.2], "statistics": {"token_count": 3.0}}]},
        Usage(8),
    ),
    "llama.cpp's completion with a cache": (
        {"content": "x", "tokens_evaluated": 101, "tokens_predicted": 7, "tokens_cached": 107,
         "timings": {"cache_n": 97, "prompt_n": 4, "predicted_n": 7}},
        Usage(101, 7, 97),
    ),
    "lm studio with a draft model": (
        {"usage": {"prompt_tokens": 23, "completion_tokens": 53, "total_tokens": 76},
         "stats": {"tokens_per_second": 51.4, "total_draft_tokens_count": 48,
                   "accepted_draft_tokens_count": 30, "rejected_draft_tokens_count": 18}},
        Usage(23, 53),
    ),
    "titan's stream": (
        {"outputText": "hi", "inputTextTokenCount": 19, "totalOutputTextTokenCount": 3},
        Usage(19, 3),
    ),
    "mistral's conversations": (
        {"object": "conversation.response", "usage": {
            "prompt_tokens": 188, "completion_tokens": 55, "total_tokens": 7355,
            "connector_tokens": 7112, "connectors": {"web_search": 1, "code_interpreter": 2}}},
        Usage(7300, 55, web_searches=1, fees=(("code_execution", 2),)),
    ),
    "mistral's transcriptions": (
        {"model": "voxtral-mini-2602", "text": "x", "segments": [], "usage": {
            "prompt_audio_seconds": 203, "prompt_tokens": 4, "completion_tokens": 635,
            "total_tokens": 3264}},
        Usage(audio_seconds=203),
    ),
    "dashscope with a picture": (
        {"request_id": "r", "usage": {
            "input_tokens": 1270, "output_tokens": 53, "total_tokens": 1323, "image_tokens": 1247,
            "input_tokens_details": {"text_tokens": 23, "image_tokens": 1247}}},
        Usage(1270, 53, input_image_tokens=1247),
    ),
    "replicate": (
        {"model": "meta/llama", "metrics": {
            "input_token_count": 13, "output_token_count": 7, "predict_time": 0.7,
            "time_to_first_token": 0.2, "tokens_per_second": 99}},
        Usage(13, 7),
    ),
    "autogen": ({"models_usage": {"prompt_tokens": 13, "completion_tokens": 7}}, Usage(13, 7)),
    "langchain's callback": (
        {"total_tokens": 1300, "prompt_tokens": 1000, "prompt_tokens_cached": 211,
         "completion_tokens": 300, "reasoning_tokens": 101, "successful_requests": 3,
         "total_cost": 0.0123},
        Usage(1000, 300, 211, reasoning_tokens=101, requests=3),
    ),
    "langchain, whose provider says more": (
        {"type": "ai", "response_metadata": {"model_name": "claude-sonnet-4-5", "usage": {
            "input_tokens": 7, "cache_creation_input_tokens": 101, "output_tokens": 31,
            "cache_creation": {"ephemeral_1h_input_tokens": 101, "ephemeral_5m_input_tokens": 0},
            "server_tool_use": {"web_search_requests": 2}, "service_tier": "standard"}},
         "usage_metadata": {"input_tokens": 108, "output_tokens": 31, "total_tokens": 139,
                            "input_token_details": {"cache_creation": 101}}},
        Usage(108, 31, cache_write_1h_tokens=101, web_searches=2, tier="standard"),
    ),
    "openhands": (
        {"model": "anthropic/claude-sonnet-4-5", "prompt_tokens": 5003, "completion_tokens": 101,
         "cache_read_tokens": 4001, "cache_write_tokens": 503, "reasoning_tokens": 0,
         "context_window": 200000, "per_turn_token": 5104},
        Usage(5003, 101, 4001, cache_write_5m_tokens=503),
    ),
    "pydantic-ai before 1.0": (
        {"requests": 2, "request_tokens": 53, "response_tokens": 5, "total_tokens": 58,
         "details": {"cached_tokens": 31}},
        Usage(53, 5, 31, requests=2),
    ),
    "pydantic-ai with gemini": (
        {"input_tokens": 150, "output_tokens": 60, "cache_read_tokens": 30,
         "input_audio_tokens": 26, "cache_audio_read_tokens": 12, "cache_text_read_tokens": 11,
         "output_audio_tokens": 12, "output_text_tokens": 11, "input_text_tokens": 24,
         "input_tool_tokens": 50, "input_text_tool_tokens": 13, "input_audio_tool_tokens": 14,
         "output_reasoning_tokens": 40,
         "details": {"cached_content_tokens": 30, "thoughts_tokens": 40,
                     "tool_use_prompt_tokens": 50, "text_prompt_tokens": 11,
                     "audio_prompt_tokens": 12, "text_cache_tokens": 11, "audio_cache_tokens": 12,
                     "text_response_tokens": 11, "audio_response_tokens": 12,
                     "audio_tool_use_prompt_tokens": 14}},
        Usage(150, 60, 30, input_audio_tokens=26, cached_audio_tokens=12, output_audio_tokens=12,
              reasoning_tokens=40),
    ),
    "ai sdk 4 with claude": (
        {"usage": {"promptTokens": 5, "completionTokens": 23, "totalTokens": 28},
         "response": {"modelId": "claude-3-5-sonnet-20240620"},
         "providerMetadata": {"anthropic": {"cacheCreationInputTokens": 2111,
                                            "cacheReadInputTokens": 101}}},
        Usage(2217, 23, 101, cache_write_5m_tokens=2111),
    ),
    "ai sdk 4 with openai": (
        {"usage": {"promptTokens": 1201, "completionTokens": 23, "totalTokens": 1224},
         "response": {"modelId": "gpt-4o"},
         "providerMetadata": {"openai": {"cachedPromptTokens": 1024, "reasoningTokens": 7}}},
        Usage(1201, 23, 1024, reasoning_tokens=7),
    ),
    "ai sdk 5 through vercel's gateway, flex": (
        {"usage": {"inputTokens": 137, "outputTokens": 9, "totalTokens": 146},
         "response": {"modelId": "openai/gpt-5"},
         "providerMetadata": {"openai": {"serviceTier": "flex"},
                              "gateway": {"cost": "0.000325", "marketCost": "0.000325"}}},
        Usage(137, 9, tier="flex"),
    ),
    "ai sdk 5, whose provider says more": (
        {"usage": {"inputTokens": 13, "outputTokens": 7, "totalTokens": 20,
                   "cachedInputTokens": 1009},
         "response": {"modelId": "claude-sonnet-4-5"},
         "providerMetadata": {"anthropic": {"cacheCreationInputTokens": 31, "usage": {
             "input_tokens": 13, "cache_creation_input_tokens": 31, "output_tokens": 7,
             "cache_read_input_tokens": 1009, "speed": "fast",
             "cache_creation": {"ephemeral_5m_input_tokens": 0,
                                "ephemeral_1h_input_tokens": 31}}}}},
        Usage(1053, 7, 1009, cache_write_1h_tokens=31, tier="fast"),
    ),
    "ai sdk 6 with claude": (
        {"usage": {"inputTokens": 1053, "outputTokens": 7, "totalTokens": 1060,
                   "inputTokenDetails": {"noCacheTokens": 13, "cacheReadTokens": 1009,
                                         "cacheWriteTokens": 31}},
         "response": {"modelId": "claude-sonnet-4-5"},
         "providerMetadata": {"anthropic": {"cacheCreationInputTokens": 31}}},
        Usage(1053, 7, 1009, cache_write_5m_tokens=31),
    ),
    "ai sdk 5 with openrouter": (
        {"usage": {"inputTokens": 137, "outputTokens": 9, "totalTokens": 146},
         "providerMetadata": {"openrouter": {"provider": "OpenAI", "usage": {
             "promptTokens": 137, "completionTokens": 9, "totalTokens": 146, "cost": 0.0003,
             "promptTokensDetails": {"cachedTokens": 31}}}}},
        Usage(137, 9, 31),
    ),
    "spring ai": (
        {"metadata": {"model": "gpt-4o", "usage": {
            "promptTokens": 13, "completionTokens": 7, "totalTokens": 20, "nativeUsage": {
                "prompt_tokens": 13, "completion_tokens": 7, "total_tokens": 20,
                "prompt_tokens_details": {"cached_tokens": 5}}}}},
        Usage(13, 7, 5),
    ),
    "langchain4j with claude": (
        {"tokenUsage": {"inputTokenCount": 13, "outputTokenCount": 11, "totalTokenCount": 24,
                        "cacheCreationInputTokens": 101, "cacheReadInputTokens": 907}},
        Usage(1021, 11, 907, cache_write_5m_tokens=101),
    ),
    "langchain4j with gemini": (
        {"tokenUsage": {"inputTokenCount": 13, "outputTokenCount": 11, "totalTokenCount": 53,
                        "thoughtsTokenCount": 29}},
        Usage(13, 40, reasoning_tokens=29),
    ),
    "semantic kernel": (
        {"Usage": {"InputTokenCount": 101, "OutputTokenCount": 23, "TotalTokenCount": 124,
                   "InputTokenDetails": {"CachedTokenCount": 61, "AudioTokenCount": 0},
                   "OutputTokenDetails": {"ReasoningTokenCount": 3, "AudioTokenCount": 0}}},
        Usage(101, 23, 61, reasoning_tokens=3),
    ),
    "gemini cli's event": (
        {"attributes": {"event.name": "gemini_cli.api_response", "model": "gemini-2.5-pro",
                        "input_token_count": 101, "output_token_count": 23, "duration_ms": 1200,
                        "cached_content_token_count": 41, "thoughts_token_count": 31,
                        "tool_token_count": 7, "total_token_count": 162}},
        Usage(108, 54, 41, reasoning_tokens=31),
    ),
    "copilot cli": (
        {"requests": {"count": 3, "cost": 1}, "totalNanoAiu": 386345000, "usage": {
            "inputTokens": 19849, "outputTokens": 113, "cacheReadTokens": 5888,
            "cacheWriteTokens": 0, "reasoningTokens": 61}},
        Usage(19849, 113, 5888, reasoning_tokens=61, requests=3),
    ),
    "cursor with its fee": (
        {"model": "claude-4.5-sonnet", "requestsCosts": 5, "chargedCents": 21.36232,
         "cursorTokenFee": 1.18, "tokenUsage": {
             "inputTokens": 126, "outputTokens": 450, "cacheWriteTokens": 6112,
             "cacheReadTokens": 11964, "totalCents": 20.18232}},
        Usage(18202, 450, 11964, cache_write_5m_tokens=6112),
    ),
    "codex's event": (
        {"attributes": {"event.name": "codex.sse_event", "model": "gpt-5-codex",
                        "input_token_count": "1201", "output_token_count": "31",
                        "cached_token_count": "1009", "reasoning_token_count": "11",
                        "tool_token_count": "1232"}},
        Usage(1201, 31, 1009, reasoning_tokens=11),
    ),
    "openinference with its costs": (
        {"attributes": {
            "llm.token_count.prompt": 101, "llm.token_count.completion": 5,
            "llm.cost.total": 0.0003, "llm.cost.prompt_details.input": 0.0001,
            "llm.cost.completion_details.output": 0.0002}},
        Usage(101, 5),
    ),
    "a span of Sentry's": (
        {"op": "gen_ai.responses", "data": {
            "gen_ai.request.model": "gpt-4o", "gen_ai.usage.input_tokens": 31,
            "gen_ai.usage.input_tokens.cached": 17, "gen_ai.usage.input_tokens.cache_write": 5,
            "gen_ai.usage.output_tokens": 13, "gen_ai.usage.output_tokens.reasoning": 7,
            "gen_ai.usage.total_tokens": 44}}["data"],
        Usage(31, 13, 17, cache_write_30m_tokens=5, reasoning_tokens=7),
    ),
    "openrouter's spans": (
        {"attributes": {
            "gen_ai.response.model": "openai/gpt-4o", "gen_ai.usage.input_tokens": 151,
            "gen_ai.usage.output_tokens": 53, "gen_ai.usage.input_tokens.cached": 11,
            "gen_ai.usage.output_tokens.reasoning": 5, "gen_ai.usage.total_cost": 0.0035,
            "gen_ai.usage.input_cost": 0.002, "gen_ai.usage.output_cost": 0.0015}},
        Usage(151, 53, 11, reasoning_tokens=5),
    ),
    "a span of copilot's": (
        {"gen_ai.response.model": "gpt-4.1", "gen_ai.usage.input_tokens": 29,
         "gen_ai.usage.output_tokens": 11, "gen_ai.usage.cache_read.input_tokens": 13,
         "gen_ai.usage.cache_write.input_tokens": 7, "gen_ai.usage.reasoning.output_tokens": 2},
        Usage(29, 11, 13, cache_write_30m_tokens=7, reasoning_tokens=2),
    ),
    "copilot's api": (
        {"object": "chat.completion", "model": "gpt-4.1", "copilot_usage": {
            "token_details": [
                {"batch_size": 1000000, "cost_per_batch": 200000000000, "token_count": 6,
                 "token_type": "input"},
                {"batch_size": 1000000, "cost_per_batch": 800000000000, "token_count": 3,
                 "token_type": "output"}],
            "total_nano_aiu": 1000000000},
         "usage": {"prompt_tokens": 11, "completion_tokens": 3, "total_tokens": 14,
                   "prompt_tokens_details": {"cached_tokens": 5}}},
        Usage(11, 3, 5),
    ),
    "qwen's responses": (
        {"model": "qwen3-max", "usage": {
            "input_tokens": 127, "output_tokens": 41, "total_tokens": 168,
            "output_tokens_details": {"reasoning_tokens": 13},
            "x_details": [{
                "input_tokens": 127, "output_tokens": 41, "total_tokens": 168,
                "output_tokens_details": {"reasoning_tokens": 13},
                "prompt_tokens_details": {"cached_tokens": 61, "cache_creation_input_tokens": 23,
                                          "cache_type": "ephemeral"},
                "x_billing_type": "response_api"}],
            "x_tools": {"web_search": {"count": 2}}}},
        Usage(127, 41, 61, cache_write_5m_tokens=23, reasoning_tokens=13, web_searches=2),
    ),
    "sglang, from which memory": (
        {"meta_info": {"prompt_tokens": 97, "completion_tokens": 3, "cached_tokens": 71,
                       "cached_tokens_details": {"device": 0, "host": 71}}},
        Usage(97, 3, 71),
    ),
    "gemini's modalities as numbers": (
        {"usage_metadata": {
            "prompt_token_count": 83, "candidates_token_count": 7, "total_token_count": 101,
            "thoughts_token_count": 11,
            "prompt_tokens_details": [{"modality": 1, "token_count": 53},
                                      {"modality": 4, "token_count": 11},
                                      {"modality": 2, "token_count": 19}],
            "thoughts_tokens_details": [{"modality": 1, "token_count": 11}],
            "candidates_tokens_details": [{"modality": 1, "token_count": 7}]}},
        Usage(83, 18, input_audio_tokens=11, input_image_tokens=19, reasoning_tokens=11),
    ),
    "gemini's modalities as text of an enum": (
        {"usage_metadata": {
            "prompt_token_count": 61, "candidates_token_count": 7, "total_token_count": 68,
            "cached_content_token_count": 19,
            "cache_tokens_details": [{"modality": "MediaModality.IMAGE", "token_count": 19}],
            "prompt_tokens_details": [{"modality": "MediaModality.TEXT", "token_count": 42},
                                      {"modality": "MediaModality.IMAGE", "token_count": 19}]}},
        Usage(61, 7, 19, input_image_tokens=19, cached_image_tokens=19),
    ),
    "perplexity's agent": (
        {"object": "response", "model": "openai/gpt-5.1", "usage": {
            "cost": {"currency": "USD", "input_cost": 0.0046, "output_cost": 0.0078,
                     "cache_read_cost": 0.0001, "cache_creation_cost": 0.0002,
                     "tool_calls_cost": 0.005, "total_cost": 0.0177},
            "input_tokens": 3681,
            "input_tokens_details": {"cached_tokens": 211, "cache_read_input_tokens": 211,
                                     "cache_creation_input_tokens": 101},
            "output_tokens": 781, "output_tokens_details": {"reasoning_tokens": 0},
            "tool_calls_details": {"search_web": {"invocation": 2}}, "total_tokens": 4462}},
        Usage(3681, 781, 211, cache_write_30m_tokens=101, fees=(("perplexity_search_web", 2),)),
    ),
    "kimi cli": (
        {"timestamp": 1770983426.420942, "message": {"type": "StatusUpdate", "payload": {
            "context_usage": 0.067, "message_id": "chatcmpl-x",
            "token_usage": {"input_other": 11, "output": 17, "input_cache_read": 101,
                            "input_cache_creation": 3}}}},
        Usage(115, 17, 101, cache_write_5m_tokens=3),
    ),
    "qwen code": (
        {"schemaVersion": 1, "model": "qwen3.6-flash", "inputTokens": 127, "outputTokens": 31,
         "cachedTokens": 113, "thoughtsTokens": 7, "totalTokens": 158, "apiDurationMs": 1905},
        Usage(127, 31, 113, reasoning_tokens=7),
    ),
    "qwen code with thoughts beside, as the total proves": (
        {"model": "qwen3-coder", "inputTokens": 31, "outputTokens": 13, "cachedTokens": 9,
         "thoughtsTokens": 5, "totalTokens": 49},
        Usage(31, 18, 9, reasoning_tokens=5),
    ),
    "opik": (
        {"model": "gpt-4o", "usage": {
            "prompt_tokens": 211, "completion_tokens": 101, "total_tokens": 312,
            "original_usage.prompt_tokens": 211, "original_usage.completion_tokens": 101,
            "original_usage.total_tokens": 312,
            "original_usage.completion_tokens_details.reasoning_tokens": 53,
            "original_usage.prompt_tokens_details.cached_tokens": 31}},
        Usage(211, 101, 31, reasoning_tokens=53),
    ),
    "opik with claude": (
        {"model": "claude-sonnet-4-5", "usage": {
            "prompt_tokens": 23, "completion_tokens": 5, "total_tokens": 28,
            "original_usage.input_tokens": 11, "original_usage.output_tokens": 5,
            "original_usage.cache_read_input_tokens": 7,
            "original_usage.cache_creation_input_tokens": 5}},
        Usage(23, 5, 7, cache_write_5m_tokens=5),
    ),
    "a span of anthropic's managed agents": (
        {"type": "span.model_request_end", "id": "e", "model_usage": {
            "input_tokens": 11, "output_tokens": 23, "cache_read_input_tokens": 101,
            "cache_creation_input_tokens": 5, "speed": "standard"}},
        Usage(117, 23, 101, cache_write_5m_tokens=5),
    ),
    "posthog": (
        {"event": "$ai_generation", "timestamp": "2026-10-01T00:00:00Z", "properties": {
            "$ai_model": "gpt-4o", "$ai_input_tokens": 151, "$ai_output_tokens": 41,
            "$ai_total_tokens": 192, "$ai_cache_read_input_tokens": 101,
            "$ai_reasoning_tokens": 5, "$ai_cache_reporting_exclusive": False,
            "$ai_total_cost_usd": 0.002, "$ai_input_cost_usd": 0.001, "$ai_output_cost_usd": 0.001,
            "$ai_http_status": 200, "$ai_model_parameters": {"temperature": 0.7}}},
        Usage(151, 41, 101, reasoning_tokens=5),
    ),
    "posthog with claude": (
        {"event": "$ai_generation", "properties": {
            "$ai_model": "claude-sonnet-4-5", "$ai_input_tokens": 23, "$ai_output_tokens": 17,
            "$ai_cache_read_input_tokens": 101, "$ai_cache_creation_input_tokens": 31,
            "$ai_cache_creation_5m_input_tokens": 12, "$ai_cache_creation_1h_input_tokens": 19}},
        Usage(155, 17, 101, cache_write_5m_tokens=12, cache_write_1h_tokens=19),
    ),
    "pi with reasoning inside, as the total proves": (
        {"input": 2889, "output": 201, "cacheRead": 6656, "cacheWrite": 0, "reasoning": 26,
         "totalTokens": 9746,
         "cost": {"input": 0.0005778, "output": 0.0002412, "cacheRead": 0.00013312,
                  "cacheWrite": 0, "total": 0.00095212}},
        Usage(9545, 201, 6656, reasoning_tokens=26),
    ),
    "claude code's analytics": (
        {"date": "2026-03-01", "model": "claude-sonnet-4-6",
         "tokens": {"input": 11, "output": 7, "cache_read": 23, "cache_creation": 5},
         "estimated_cost": {"amount": 150, "currency": "USD"}},
        Usage(39, 7, 23, cache_write_5m_tokens=5),
    ),
    "posthog with reasoning and no total": (
        {"properties": {"$ai_model": "gpt-5.4", "$ai_input_tokens": 151, "$ai_output_tokens": 41,
                        "$ai_reasoning_tokens": 17}},
        Usage(151, 41, reasoning_tokens=17),
    ),
    "posthog with gemini": (
        {"properties": {"$ai_model": "gemini-2.5-pro", "$ai_input_tokens": 151,
                        "$ai_output_tokens": 41, "$ai_total_tokens": 209,
                        "$ai_reasoning_tokens": 17}},
        Usage(151, 58, reasoning_tokens=17),
    ),
    "bifrost": (
        {"model": "openai/gpt-5.4", "usage": {
            "prompt_tokens": 1532, "completion_tokens": 412, "total_tokens": 1944,
            "prompt_tokens_details": {"text_tokens": 1532, "cached_read_tokens": 1024,
                                      "cached_write_tokens": 0, "cached_tokens": 1024},
            "completion_tokens_details": {"text_tokens": 284, "reasoning_tokens": 128,
                                          "num_search_queries": 2},
            "cost": {"input_cost": 0.00213, "input_cost_details": {"text_cost": 0.00213},
                     "output_cost": 0.02618, "total_cost": 0.02831,
                     "output_cost_details": {"text_cost": 0.00618, "search_queries_cost": 0.02}}}},
        Usage(1532, 412, 1024, reasoning_tokens=128, web_searches=2),
    ),
    "an event of gemini's interactions": (
        {"event_type": "interaction.complete", "interaction": {
            "model": "gemini-3.5-flash", "usage": {
                "total_input_tokens": 11, "total_output_tokens": 5, "total_thought_tokens": 2,
                "total_cached_tokens": 3, "total_tokens": 18}}},
        Usage(11, 7, 3, reasoning_tokens=2),
    ),
    "vercel's generation": (
        {"data": {"model": "openai/gpt-4o", "total_cost": 0.01, "upstream_inference_cost": 0,
                  "usage": 0.01, "is_byok": False, "latency": 963, "generation_time": 963,
                  "tokens_prompt": 23, "tokens_completion": 11, "native_tokens_prompt": 23,
                  "native_tokens_completion": 11, "native_tokens_reasoning": 3,
                  "native_tokens_cached": 7, "native_tokens_cache_creation": 0,
                  "billable_web_search_calls": 1}},
        Usage(23, 11, 7, reasoning_tokens=3, web_searches=1),
    ),
    "a tier that was asked for": (
        {"service_tier": "auto", "usage": {"prompt_tokens": 13, "completion_tokens": 7}},
        Usage(13, 7),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES)
def test_every_shape_is_read(name):
    body, read = BODIES[name]
    assert read_usage(body) == read


@pytest.mark.parametrize("name", [name for name in BODIES if isinstance(BODIES[name][0], dict)])
def test_the_decoder_reads_every_shape_and_says_what_it_lacks(name):
    """Lesson 2's calculator: the same record, or a sentence about the price."""
    body, _ = BODIES[name]
    pasted = json.dumps(body, default=str)
    if named_model(body) is None:
        assert (
            "names no model, so what it counts" in UsageDecoder(body=pasted).answer_now().sentence
        )
        body, pasted = {**body, "model": "gpt-5"}, json.dumps({**body, "model": "gpt-5"})
    try:
        assert UsageBody(body=pasted).result().usage == read_usage(body)
    except (LookupError, ValueError) as error:  # of the price: the record itself is read
        assert "names no model" not in str(error) and read_usage(body)
    assert UsageDecoder(body=pasted).answer_now().sentence


def test_every_dialect_has_a_body():
    """A table that no body here is read by is not tested."""
    seen = {dialect_of(body).name for body, _ in BODIES.values()}
    vendors = {"OpenAI's Chat Completions", "OpenAI's Responses", "an embedding"}
    vendors |= {"audio by its seconds", "Anthropic's Messages", "Gemini's usageMetadata"}
    vendors |= {"Gemini's usage_metadata", "Bedrock's Converse"}  # test_read_usage.py has these
    vendors |= {"a gateway's Responses (LiteLLM, OpenRouter)", "an embedding by Amazon Titan"}
    assert {dialect.name for dialect in DIALECTS} - seen - vendors == set()


def dialect_of(body: Any) -> dialect_module.Dialect:
    return read_body(body).dialect


def test_every_row_has_a_known_role():
    words = {"written", "=", "tier", "speed", "region", "audio_seconds", "-", *COUNTS}
    words |= {"$", "$cents", "$ticks", "$part", "$own", "own_key", "tier:flex", "tier:priority"}
    words |= {"calls", "fees", "exclusive", "or_seconds"}
    for dialect in DIALECTS:
        for path, role in {**dialect.rows, **(dialect.body or {}), **(dialect.told or {})}.items():
            plain = role[1:] if role[0] in "+<" else role
            assert plain in words or role.startswith(("!", "fee:")), (dialect.name, path, role)
        assert all(path in dialect.rows for path in dialect.need), dialect.name


def test_the_readme_lists_every_dialect_with_its_source():
    text = Path(dialect_module.__file__).with_name("README.md").read_text(encoding="utf-8")
    for dialect in DIALECTS:
        assert f"| {dialect.name} | {dialect.source} |" in text


# --- Nothing is dropped -----------------------------------------------------------------------


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every object inside a body."""
    if isinstance(value, dict):
        yield path
        for name, inner in value.items():
            yield from places(inner, (*path, name))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))


def with_field(body: Any, path: tuple[Any, ...], name: str, value: Any) -> Any:
    changed = copy.deepcopy(body)
    place = changed
    for step in path:
        place = place[step]
    place[name] = value
    return changed


VENDORS = {
    "chat": test_read_usage.CHAT,
    "responses": test_read_usage.RESPONSE,
    "messages": test_read_usage.MESSAGE,
    "xai": test_read_usage.GROK,
}


@pytest.mark.parametrize("name", [*BODIES, *VENDORS])
@pytest.mark.parametrize(
    ("field_name", "value"),
    [("mystery_tokens", 17), ("newCacheTokens", 3), ("extra_requests", 1), ("surprise_cost", 0.5)],
)
def test_an_unknown_count_is_refused_by_name_at_every_depth(name, field_name, value):
    body = VENDORS[name] if name in VENDORS else BODIES[name][0]
    for path in places(body):
        if name == "otlp" and path:
            continue  # an attribute's own frame has no room for another field
        with pytest.raises(ValueError) as refused:
            read_usage(with_field(body, path, field_name, value))
        assert field_name in str(refused.value), (path, str(refused.value))
        assert "KeyError" not in repr(refused.value)


@pytest.mark.parametrize("name", BODIES)
def test_a_zero_a_limit_or_a_time_is_no_count(name):
    body, read = BODIES[name]
    for path in places(body):
        for field_name, value in [
            ("mystery_tokens", 0), ("max_tokens", 500), ("latency_ms", 12), ("extra_cost", None),
            ("requestDurationMillis", 3),
        ]:  # fmt: skip
            if path and path[-1] in ("modelUsage", "value"):
                continue
            assert read_usage(with_field(body, path, field_name, value)) == read


def test_what_the_model_wrote_is_no_count():
    body = {
        "content": [{"type": "tool_use", "name": "count", "input": {"tokens": 7, "cost": 2}}],
        "tools": [{"name": "count", "input_schema": {"properties": {"tokens": {"minimum": 1}}}}],
        "usage": {"input_tokens": 3, "output_tokens": 5},
    }
    assert read_usage(body) == Usage(3, 5)


def test_a_refusal_names_the_field_and_says_what_to_do():
    body = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6, "judge_tokens": 40}
    with pytest.raises(ValueError, match=r"judge_tokens=40: .*leave it out of the body"):
        read_usage(body)


@pytest.mark.parametrize(
    ("body", "word"),
    [
        ({"object": "fine_tuning.job", "trained_tokens": 5768}, "trained_tokens=5768"),
        ({"pages": [{"index": 0}], "usage_info": {"pages_processed": 29}}, "pages_processed=29"),
        ({"data": [{"url": "a"}], "usage": {"cost_in_usd_ticks": 200000000}}, "ticks=200000000"),
        ({"results": [], "meta": {"billed_units": {"search_units": 1}}}, "search_units=1"),
        ({"totalTokens": 31, "promptTokensDetails": []}, "totalTokens=31"),
        ({"object": "video", "model": "sora-2", "seconds": "8"}, "a video is charged"),
        ({"object": "video.generation.job", "model": "sora", "seconds": 8}, "a video is charged"),
        ({"object": "chat.completion.chunk", "seconds": 8}, "read the last chunk"),
        ({"object": ["video"], "type": "assistant"}, "carries no usage"),
        (
            {
                "type": "message_start",
                "message": {"usage": {"input_tokens": 9, "output_tokens": 1}},
            },
            "opens a stream before there is output",
        ),
        ({"usage": {"input": 3, "output": 2, "total": 5, "unit": "CHARACTERS"}}, "are no tokens"),
        ({"usageDetails": {"total": 10}}, "usageDetails.total=10"),
        (
            {"ai": {"proxy": {"usage": {"prompt_tokens": 9, "completion_tokens": 5}}}},
            "its counts stand in ai.proxy.usage: read_usage(body['ai']['proxy']['usage'])",
        ),
        # A running total, of which a file of events has many: the last is read by itself.
        (
            {"event": {"usageEvent": {"totalInputTokens": 5, "totalOutputTokens": 7}}},
            "its counts stand in event.usageEvent: read_usage(body['event']['usageEvent'])",
        ),
        ({"resourceMetrics": [{"scopeMetrics": []}]}, "export the tool's logs or spans"),
        (
            {"type": "token_usage_record", "payload": {"usage": {"input_tokens": 9}}},
            "read_session_log",
        ),
        ({"type": "assistant"}, "carries no usage"),
    ],
)
def test_what_no_table_knows_is_named(body, word):
    """Pages, searches, seconds of video, counted prompts: refused by what the body does have."""
    with pytest.raises(ValueError) as refused:
        read_usage(body)
    assert word in str(refused.value)


GEMINIS = {"promptTokenCount": 10, "totalTokenCount": 10}


@pytest.mark.parametrize(
    "part",
    [{"text": "Hello"}, {"functionCall": {"name": "f", "args": {}}}, {"inlineData": {"data": "x"}}],
)
def test_an_answer_of_geminis_without_its_count_is_not_of_zero_tokens(part):
    """The chunks before the last of a stream: what was written had been read as nothing."""
    body = {"candidates": [{"content": {"parts": [part]}}], "usageMetadata": GEMINIS}
    with pytest.raises(ValueError, match="candidatesTokenCount is absent, though there is an answ"):
        read_usage(body)


@pytest.mark.parametrize(
    "body",
    [
        {"promptFeedback": {"blockReason": "SAFETY"}},
        {"candidates": [{"content": {"parts": [{"text": ""}]}, "finishReason": "STOP"}]},
        {"candidates": [{"content": {"role": "model"}, "finishReason": "MAX_TOKENS"}]},
    ],
)
def test_geminis_body_without_an_answer_has_no_output(body):
    assert read_usage({**body, "usageMetadata": GEMINIS}) == Usage(10)
    thought = {"candidates": [{"content": {"parts": [{"text": "hm", "thought": True}]}}]}
    usage = {"promptTokenCount": 10, "thoughtsTokenCount": 97, "totalTokenCount": 107}
    assert read_usage({**thought, "usageMetadata": usage}) == Usage(10, 97, reasoning_tokens=97)


def test_what_contradicts_itself_is_said_before_what_another_shape_would_need():
    usage = {"input_tokens": 10, "output_tokens": 2, "cache_read_tokens": 30}
    with pytest.raises(ValueError, match="cached_input_tokens=30 is more than input_tokens=10"):
        read_usage(usage)


def test_pictures_beside_text_count_as_pictures_and_say_so():
    parts = [{"text": "Here:"}, {"inlineData": {"mimeType": "image/png", "data": "x"}}]
    body = {
        "candidates": [{"content": {"parts": parts}}],
        "usageMetadata": {"promptTokenCount": 7, "candidatesTokenCount": 1299},
    }
    with pytest.warns(UserWarning, match="candidatesTokenCount=1299 is of text and pictures"):
        assert read_usage(body).output_image_tokens == 1299


def test_claude_through_the_ai_sdk_5_leaves_cached_tokens_out_of_its_input():
    usage = {"inputTokens": 1000, "outputTokens": 7, "cachedInputTokens": 600}
    gpt = read_usage({"usage": usage, "response": {"modelId": "gpt-5"}})
    claude = read_usage({"usage": usage, "response": {"modelId": "claude-sonnet-4-5"}})
    assert (gpt.input_tokens, claude.input_tokens) == (1000, 1600)
    assert read_usage(usage, provider="anthropic").input_tokens == 1600


@pytest.mark.parametrize("outcome", ["redeemed", "not_applied"])
def test_a_credit_that_was_redeemed_for_a_refusal_warns(outcome):
    usage = {"input_tokens": 5, "output_tokens": 3, "cache_creation_input_tokens": 101,
             "fallback_credit": {"status": {"type": outcome}}}  # fmt: skip
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert read_usage({"usage": usage}) == Usage(106, 3, cache_write_5m_tokens=101)
    assert len(heard) == (outcome == "redeemed")


@pytest.mark.parametrize("content", [[], [{"type": "text", "text": "Hello.."}]])
def test_a_refusal_before_any_output_warns_that_it_is_not_billed(content):
    """The body of a refusal as AWS's page on fallback credit prints it."""
    body = {"type": "message", "model": "claude-fable-5", "content": content,
            "stop_reason": "refusal",
            "usage": {"input_tokens": 106, "output_tokens": 1}}  # fmt: skip
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        assert read_usage(body) == Usage(106, 1)
    assert [("does not bill" in str(each.message)) for each in heard] == [True] * (not content)


def test_an_adviser_or_a_fallback_is_another_model():
    """Anthropic lists their requests in iterations; the totals leave the other model's out."""
    message = {"type": "message", "input_tokens": 5, "output_tokens": 3}
    usage = {"input_tokens": 5, "output_tokens": 3}
    for other, said in (
        ("advisor_message", r"advisor_message.*claude-opus-4-7"),
        ("fallback_message", r"declined_message.*claude-fable-5"),
    ):
        more = {**message, "type": other, "model": "claude-opus-4-7", "input_tokens": 2728}
        first = {**message, "model": "claude-fable-5"}
        with pytest.raises(ValueError, match=said):
            read_usage({"usage": {**usage, "iterations": [first, more]}})


def test_the_messages_of_a_loop_count_where_the_top_level_has_the_first_alone():
    """Anthropic's page on its advisor tool: the input of the top level is of the first iteration.
    Without the adviser's entry, which has its own price, its example is 2,172 tokens, not 412.
    """
    first = {"type": "message", "input_tokens": 412, "cache_read_input_tokens": 0,
             "cache_creation_input_tokens": 0, "output_tokens": 89}  # fmt: skip
    second = {**first, "input_tokens": 1348, "cache_read_input_tokens": 412, "output_tokens": 442}
    usage = {**first, "output_tokens": 531, "iterations": [first, second]}
    together = Usage(2172, 531, cached_input_tokens=412, requests=2)
    assert read_usage({"usage": usage}) == together
    nothing = dict.fromkeys(("input_tokens", "output_tokens"), 0)
    assert read_usage({"usage": {**usage, **nothing}}) == together


def test_a_system_of_several_models_is_read_apart():
    """Groq's compound systems and a run of Agno's agents count once more for each model."""
    usage = {"prompt_tokens": 60, "completion_tokens": 10, "total_tokens": 70}
    one = {"model": "llama-3.3-70b-versatile", "usage": usage}
    body = {"model": "groq/compound", "usage": usage, "usage_breakdown": {"models": [one]}}
    assert read_usage(body) == Usage(60, 10) and named_model(body) == "llama-3.3-70b-versatile"
    body["usage_breakdown"] = {"models": [one, {**one, "model": "openai/gpt-oss-120b"}]}
    with pytest.raises(ValueError, match=r"several models \(llama-3.3.*gpt-oss-120b\)"):
        read_usage(body)
    counted = {"input_tokens": 60, "output_tokens": 10, "total_tokens": 70}
    lists = {"model": [{"id": "gpt-4.1", **counted}], "memory_model": [{"id": "o3", **counted}]}
    with pytest.raises(ValueError, match=r"metrics.details counts several models \(gpt-4.1, o3\)"):
        read_usage({"metrics": {**counted, "details": lists}})


@pytest.mark.parametrize("usage", [
    {"input_tokens": 60, "output_tokens": 10, "total_tokens": 70, "cache_read_tokens": 50},
    {"prompt_tokens": 60, "completion_tokens": 10, "total_tokens": 70, "cached_prompt_tokens": 50,
     "successful_requests": 1},
])  # fmt: skip
def test_a_framework_that_hands_on_a_vendors_counts_needs_its_name(usage):
    with pytest.raises(ValueError, match=r"=50 is inside the input or beside it.* 'openai'"):
        read_usage(usage)
    assert read_usage(usage, provider="openai") == Usage(60, 10, 50)
    # CrewAI's versions differ in what they hand on of Claude's
    if "successful_requests" in usage:
        with pytest.raises(ValueError, match="of another vendor read its own response"):
            read_usage(usage, provider="anthropic")
    else:
        assert read_usage(usage, provider="anthropic") == Usage(110, 10, 50)


def test_a_total_without_cached_tokens_may_be_a_frameworks():
    """Bedrock's own total has them. Strands has OpenAI's counts by Bedrock's names: 160 for 100."""
    usage = {"inputTokens": 100, "outputTokens": 30, "totalTokens": 130, "cacheReadInputTokens": 60}
    with pytest.raises(ValueError, match=r"totalTokens=130 .*pass provider=, 'aws'"):
        read_usage(usage)
    assert read_usage(usage, provider="openai") == Usage(100, 30, 60)
    assert read_usage(usage, provider="aws") == Usage(160, 30, 60)
    assert read_usage({**usage, "totalTokens": 190}) == Usage(160, 30, 60)


@pytest.mark.filterwarnings("ignore:containers that ran code")
@pytest.mark.parametrize(
    ("environment", "sessions"),
    [({"type": "container_reference", "container_id": "c"}, 1), ({"type": "local"}, 0), (None, 0)],
)
def test_a_shell_in_a_container_of_openais_is_a_session(environment, sessions):
    call = {"type": "shell_call", "action": {"commands": ["ls"]}, "environment": environment}
    body = {"output": [call, call], "usage": {"input_tokens": 5, "output_tokens": 3}}
    assert sum(count for _, count in read_usage(body).fees) == sessions


def test_two_models_in_one_body_are_not_one():
    entry = {"inputTokens": 3, "outputTokens": 5}
    with pytest.raises(ValueError, match=r"several models \(claude-a, claude-b\)"):
        read_usage({"modelUsage": {"claude-a": entry, "claude-b": entry}})


def test_claude_codes_result_keeps_the_lifetimes_that_its_sums_by_model_lack():
    entry = {"inputTokens": 3, "outputTokens": 5, "cacheCreationInputTokens": 23, "costUSD": 0.1}
    usage = {"input_tokens": 3, "output_tokens": 5, "cache_creation_input_tokens": 23,
             "cache_creation": {"ephemeral_1h_input_tokens": 23}}  # fmt: skip
    body = {"type": "result", "num_turns": 2, "total_cost_usd": 0.1, "usage": usage,
            "modelUsage": {"claude-opus-4-6": entry}}  # fmt: skip
    assert read_usage(body) == Usage(26, 5, cache_write_1h_tokens=23, requests=2)
    assert reported_cost(body) == Decimal("0.1")


def test_usage_by_model_is_read_apart():
    body = {"gpt-4o": {"input_tokens": 8, "output_tokens": 10, "total_tokens": 18}}
    with pytest.raises(ValueError, match="counts apart for gpt-4o"):
        read_usage(body)


def test_what_the_provider_itself_said_is_a_copy():
    usage = {"inputTokens": 8, "outputTokens": 5, "totalTokens": 13}
    raw = {"prompt_tokens": 8, "completion_tokens": 5, "total_tokens": 13}
    assert read_usage({"usage": {**usage, "raw": raw}}) == Usage(8, 5)
    with pytest.raises(ValueError, match=r"usage and usage\.raw .* count differently"):
        read_usage({"usage": {**usage, "raw": {**raw, "prompt_tokens": 9, "total_tokens": 14}}})


def test_writes_of_claude_through_the_ai_sdk_5_need_to_be_said_beside_what_was_cached():
    """Without `cachedInputTokens` they may be inside or beside the input."""
    body = {"usage": {"inputTokens": 100, "outputTokens": 7, "totalTokens": 107},
            "response": {"modelId": "claude-sonnet-4-5"},
            "providerMetadata": {"anthropic": {"cacheCreationInputTokens": 31}}}  # fmt: skip
    with pytest.raises(ValueError, match="cacheCreationInputTokens=31"):
        read_usage(body)


def test_what_a_span_asked_for_is_no_count():
    span = {"gen_ai.usage.input_tokens": 8, "gen_ai.usage.output_tokens": 5,
            "gen_ai.request.top_k": 40, "gen_ai.request.choice.count": 2}  # fmt: skip
    assert read_usage(span) == read_usage({"attributes": span}) == Usage(8, 5)


def test_two_usage_objects_must_agree():
    body = {"usage": {"inputTokens": 3, "outputTokens": 5, "totalTokens": 8},
            "totalUsage": {"inputTokens": 30, "outputTokens": 50, "totalTokens": 80}}  # fmt: skip
    with pytest.raises(ValueError, match=r"usage and totalUsage .* count differently"):
        read_usage(body)


def test_two_names_for_one_count_must_agree():
    usage = {"prompt_tokens": 50, "completion_tokens": 1, "cache_read_input_tokens": 40,
             "prompt_tokens_details": {"cached_tokens": 30}}  # fmt: skip
    with pytest.raises(ValueError, match=r"cache_read_input_tokens=40 but .*cached_tokens=30"):
        read_usage(usage)


def test_a_fee_without_a_field_is_refused_and_says_why():
    body = {"usage": {"billed_units": {"input_tokens": 3, "search_units": 1}}}
    with pytest.raises(ValueError, match="search_units=1 is charged on top"):
        read_usage(body)


# --- Facts beside the counts ------------------------------------------------------------------


def test_a_log_with_a_key_or_an_id_of_its_own_is_no_batch():
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    assert read_usage({"key": "k", "usage": usage}).tier is None
    assert read_usage({"custom_id": "k", "usage": usage}).tier is None
    assert read_usage({"key": "k", "response": {"usage": usage}}).tier is None
    assert read_usage({"custom_id": "k", "response": {"body": {"usage": usage}}}).tier == "batch"


def test_speed_and_region_are_seen_without_cache_fields():
    usage = {"input_tokens": 3, "output_tokens": 5}
    assert read_usage({**usage, "speed": "fast"}).tier == "fast"
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # a region is a part of the price, so nothing is left to say
        assert read_usage({**usage, "inference_geo": "us"}) == Usage(3, 5, region="us")
        for nowhere in ("global", "not_available"):
            assert read_usage({**usage, "inference_geo": nowhere}) == Usage(3, 5)


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8},
        {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8},
        {"inputTokens": 3, "outputTokens": 5, "cacheReadInputTokens": 0},
        {"input": 3, "output": 5},
        {"promptTokenCount": 3, "candidatesTokenCount": 5},
    ],
)
def test_a_word_that_decides_the_price_is_read_in_every_shape(usage):
    """A place that costs a tenth more, and a tier of half the price, had been passed over."""
    assert read_usage({"usage": {**usage, "inference_geo": "us"}}).region == "us"
    assert read_usage({"usage": {**usage, "service_tier": "flex"}}).tier == "flex"
    by_model = {"modelUsage": {"claude-opus-4-6": {"inputTokens": 3, "outputTokens": 5,
                                                   "inference_geo": "us"}}}  # fmt: skip
    assert read_usage(by_model) == Usage(3, 5, region="us")


@pytest.mark.parametrize(
    ("model", "exclusive", "into"),
    [
        ("claude-opus-5", None, 130), ("claude-opus-5", True, 130), ("claude-opus-5", False, 100),
        ("gpt-5", None, 100), ("gpt-5", "true", 130), ("gpt-5", "false", 100),
    ],
)  # fmt: skip
def test_a_generation_in_posthog_says_itself_whether_its_input_excludes_what_was_cached(
    model, exclusive, into
):
    """Its documentation: true by default for Claude, false for others."""
    said = {
        "$ai_model": model, "$ai_input_tokens": 100, "$ai_output_tokens": 7,
        "$ai_cache_read_input_tokens": 30, "$ai_cache_reporting_exclusive": exclusive,
    }  # fmt: skip
    assert read_usage({"properties": said}).input_tokens == into


def test_geminis_reasoning_in_posthog_stands_where_the_total_proves_it():
    said = {"$ai_model": "gemini-3-pro", "$ai_input_tokens": 9, "$ai_output_tokens": 7}
    with pytest.raises(ValueError, match="reasoning_tokens=3 may be inside"):
        read_usage({"properties": {**said, "$ai_reasoning_tokens": 3}})


def test_fees_by_the_call_are_read():
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    searched = {"output": [{"type": "file_search_call"}, {"type": "file_search_call"}],
                "usage": usage}  # fmt: skip
    assert read_usage(searched) == Usage(3, 5, fees=(("file_search", 2),))
    ran = [{"type": "code_interpreter_call", "container_id": name} for name in ("c1", "c1", "c2")]
    with pytest.warns(UserWarning, match="containers that ran code: 2;.*1 GB"):
        assert read_usage({"output": ran, "usage": usage}).fees == (("code_session", 2),)
    drawn = {"output": [{"type": "image_generation_call"}], "usage": usage}
    assert read_usage(drawn).fees == (("image_generation", 1),)


def test_what_hosted_tools_say_of_themselves():
    usage = {"input_tokens": 3, "output_tokens": 5, "total_tokens": 8}
    tools = {
        "web_search": {"num_requests": 2},
        "image_gen": {"input_tokens": 10, "output_tokens": 4, "total_tokens": 14,
                      "input_tokens_details": {"image_tokens": 0, "text_tokens": 10}},
    }  # fmt: skip
    opened = [{"type": "web_search_call", "action": {"type": "open_page"}}] * 3
    read = read_usage({"output": opened, "usage": usage, "tool_usage": tools})
    assert read == Usage(3, 5, web_searches=2, fees=(("image_generation", 1),))
    asked = {"web_search_calls": 1, "x_search_calls": 2}
    xai = {"prompt_tokens": 3, "completion_tokens": 5, "total_tokens": 8,
           "num_server_side_tools_used": 3, "server_side_tool_usage_details": asked}  # fmt: skip
    assert read_usage(xai) == Usage(3, 5, web_searches=1, fees=(("x_search", 2),))


def test_grounding_counts_searches_or_prompts_as_the_model_is_charged():
    grounded = {
        "candidates": [{"groundingMetadata": {"webSearchQueries": ["a", "b"]}}],
        "usageMetadata": {"promptTokenCount": 3, "candidatesTokenCount": 5},
    }
    assert read_usage({**grounded, "modelVersion": "gemini-3.5-flash"}).web_searches == 2
    assert read_usage({**grounded, "modelVersion": "gemini-2.5-pro"}).web_searches == 1
    with pytest.warns(UserWarning, match="2 grounding queries and no name of a model") as said:
        assert read_usage(grounded) == Usage(3, 5, web_searches=2)
    assert said[0].filename == __file__  # it points at the line that asked
    both = {"groundingMetadata": {"webSearchQueries": ["a", "b"], "imageSearchQueries": ["c"]}}
    read = read_usage({**grounded, "candidates": [both], "modelVersion": "gemini-3.1-flash-image"})
    assert read.web_searches == 3
    found = {"groundingMetadata": {"groundingChunks": [{"web": {"uri": "x"}}, {"web": {}}]}}
    read = read_usage({**grounded, "candidates": [found], "modelVersion": "gemini-3.5-flash"})
    assert read.web_searches == 1
    maps = {"groundingMetadata": {"groundingChunks": [{"maps": {"placeId": "x"}}, {"maps": {}}]}}
    read = read_usage({**grounded, "candidates": [maps], "modelVersion": "gemini-2.5-pro"})
    assert read == Usage(3, 5, fees=(("maps_grounding", 1),))


def test_a_model_that_declined_before_any_output_is_not_counted():
    usage = {"input_tokens": 412, "output_tokens": 264, "cache_read_input_tokens": 0}
    declined = {"type": "message", "model": "claude-fable-5", "input_tokens": 508}
    served = {"type": "fallback_message", "model": "claude-opus-5", **usage}

    def body(wrote):
        turns = [{**declined, "output_tokens": wrote}, served]
        return {
            "type": "message",
            "model": "claude-opus-5",
            "usage": {**usage, "iterations": turns},
        }

    with pytest.warns(UserWarning, match="declined before any output") as said:
        assert read_usage(body(0)) == Usage(412, 264)
    assert said[0].filename == __file__
    with pytest.raises(ValueError, match=r"declined_message.*of model 'claude-fable-5'"):
        read_usage(body(30))


def test_an_inline_response_of_a_batch_of_gemini_s_is_told_from_a_log_s():
    response = {"usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 5}}
    assert read_usage({"metadata": {"key": "r1"}, "response": response}).tier == "batch"
    of_a_log = {"metadata": {"key": "r1", "user": "u"}, "response": response}
    assert read_usage(of_a_log) == Usage(11, 5)


@pytest.mark.parametrize("units", [2, 2.0, Decimal(2)])
def test_what_a_guardrail_counts_is_a_fee_however_it_is_written(units):
    """Units as 2.0, as a guardrail writes Titan's tokens, were dropped without a word."""

    def body(units):
        metrics = {"invocationMetrics": {"usage": {"contentPolicyUnits": units}}}
        usage = {"inputTokens": 28, "outputTokens": 26, "totalTokens": 54}
        return {"usage": usage, "trace": {"guardrail": {"inputAssessment": {"g": metrics}}}}

    assert read_usage(body(units)).fees == (("guardrail_content", 2),)
    with pytest.raises(ValueError, match=r"contentPolicyUnits=1\.5: a count is a whole number"):
        read_usage(body(1.5))


def test_whole_decimals_are_counts():
    """DynamoDB gives back every number so."""
    usage = {"prompt_tokens": Decimal(101), "completion_tokens": Decimal("23")}
    assert read_usage({"usage": {**usage, "total_tokens": Decimal(124)}}) == Usage(101, 23)
    for wrong in ("2.5", "NaN", "Infinity", "-3"):
        with pytest.raises(ValueError, match="prompt_tokens="):
            read_usage({"usage": {**usage, "prompt_tokens": Decimal(wrong)}})
    # Where a count is looked at before a table reads it: 10 tokens had been read for 362, and a
    # picture as text.
    turn = {"type": "message", "input_tokens": Decimal(181), "output_tokens": Decimal(8)}
    loop = {"input_tokens": Decimal(10), "output_tokens": Decimal(8), "iterations": [turn, turn]}
    assert read_usage({"type": "message", "usage": loop}) == Usage(362, 16, requests=2)
    picture = {"inlineData": {"mimeType": "image/png", "data": "x"}}
    drawn = {"promptTokenCount": Decimal(5), "candidatesTokenCount": Decimal(1290)}
    body = {"candidates": [{"content": {"parts": [picture]}}], "usageMetadata": drawn}
    assert read_usage(body) == Usage(5, 1290, output_image_tokens=1290)


@pytest.mark.parametrize(
    ("page", "told", "searches"),
    [
        ("https://rvest.tidyverse.org", {"urlContextMetadata": {"urlMetadata": [{}]}}, 0),
        ("https://rvest.tidyverse.org", {}, 0),  # the last chunk of a stream, after the metadata
        ("https://vertexaisearch.cloud.google.com/grounding-api-redirect/AbC", {}, 1),
    ],
)
def test_a_page_that_gemini_read_by_its_address_is_no_search(page, told, searches):
    """3.5 cents were charged for it on gemini-2.5-flash; URL context costs tokens alone."""
    grounding = {"groundingChunks": [{"web": {"uri": page, "title": "x"}}]}
    body = {
        "modelVersion": "gemini-2.5-flash",
        "candidates": [{"finishReason": "STOP", "groundingMetadata": grounding, **told}],
        "usageMetadata": {"promptTokenCount": 25, "candidatesTokenCount": 49,
                          "toolUsePromptTokenCount": 1130, "totalTokenCount": 1204},
    }  # fmt: skip
    assert read_usage(body) == Usage(1155, 49, web_searches=searches)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"object": "response.input_tokens", "input_tokens": 11}, "counts a request that was not"),
        # Cohere's old text model on Bedrock repeats the prompt, by a name that elsewhere counts it.
        ({"generations": [{"text": "x"}], "prompt": "a joke"}, "carries no usage"),
        ({"usageMetadata": {"candidatesTokenCount": 18}}, "^promptTokenCount is absent"),
    ],
)
def test_a_body_whose_fields_are_no_usage_says_so(body, words):
    with pytest.raises(ValueError, match=words):
        read_usage(body)


def test_a_search_that_the_vendor_runs_for_a_function_or_an_item_is_a_fee():
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    call = {"type": "builtin_function", "function": {"name": "$web_search", "arguments": "{}"}}
    own = {"type": "function", "function": {"name": "web_search", "arguments": "{}"}}
    choice = {"finish_reason": "tool_calls", "message": {"tool_calls": [call, own]}}
    kimi = {"model": "kimi-k2.5", "choices": [choice, {"message": {"tool_calls": None}}],
            "usage": usage}  # fmt: skip
    assert read_usage(kimi) == Usage(10, 5, fees=(("kimi_web_search", 1),))
    foundry = {"model": "gpt-4.1", "usage": {"input_tokens": 10, "output_tokens": 5},
               "output": [{"type": "bing_grounding_call", "arguments": "{}"},
                          {"type": "bing_grounding_call_output"}]}  # fmt: skip
    assert read_usage(foundry) == Usage(10, 5, fees=(("bing_grounding", 1),))
    with pytest.raises(LookupError, match="the fee 'bing_grounding' is charged beside the tokens"):
        cost_of(read_usage(foundry), "gpt-4.1")


@pytest.mark.parametrize(
    "body",
    [
        {"response_metadata": {"model_name": "gemini-MODEL", "grounding_metadata": {
            "web_search_queries": ["a", "b"]}},
         "usage_metadata": {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}},
        {"usage": {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15},
         "providerMetadata": {"google": {"groundingMetadata": {"webSearchQueries": ["a", "b"]}}},
         "response": {"modelId": "gemini-MODEL"}},
        {"model": "gemini-MODEL",
         "vertex_ai_grounding_metadata": [{"webSearchQueries": ["a", "b"]}],
         "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15,
                   "prompt_tokens_details": {"web_search_requests": 2}}},
    ],
    ids=["LangChain", "the AI SDK", "LiteLLM"],
)  # fmt: skip
def test_what_frameworks_keep_of_an_answers_grounding_is_counted(body):
    def read(model):
        return read_usage(json.loads(json.dumps(body).replace("MODEL", model)))

    assert read("3.5-flash") == Usage(10, 5, web_searches=2)
    assert read("2.5-flash") == Usage(10, 5, web_searches=1)


def test_what_hosted_tools_did_is_counted_in_a_message_of_langchain():
    usage = {"input_tokens": 10, "output_tokens": 5, "total_tokens": 15}
    calls = [{"type": "web_search_call", "id": "ws", "action": {"type": "search"}},
             {"type": "file_search_call", "id": "fs"}]  # fmt: skip
    want = Usage(10, 5, web_searches=1, fees=(("file_search", 1),))
    text = {"type": "text", "text": "x"}
    assert read_usage({"content": [*calls, text], "usage_metadata": usage}) == want
    beside = {"content": "x", "additional_kwargs": {"tool_outputs": calls}}
    assert read_usage({**beside, "usage_metadata": usage}) == want


def test_searches_in_a_message_of_claudes_are_counted_where_its_usage_lacks_them():
    asked = {"type": "server_tool_use", "name": "web_search", "id": "s", "input": {"query": "q"}}
    found = {"type": "web_search_tool_result", "tool_use_id": "s", "content": [{"url": "u"}]}
    failed = {**found, "content": {"type": "web_search_tool_result_error",
                                   "error_code": "max_uses_exceeded"}}  # fmt: skip
    usage = {"input_tokens": 10, "output_tokens": 5}
    message = {"type": "message", "model": "claude-opus-4-6", "usage": usage,
               "content": [asked, found, asked, failed]}  # fmt: skip
    assert read_usage(message) == Usage(10, 5, web_searches=1)
    counted = {**usage, "server_tool_use": {"web_search_requests": 0}}
    assert read_usage({**message, "usage": counted}) == Usage(10, 5)


def test_tools_that_the_provider_ran_and_nobody_counts_are_told_of():
    usage = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}
    call = {"type": "tool-call", "toolName": "web_search", "toolCallId": "ws",
            "input": {}, "providerExecuted": True}  # fmt: skip
    own = {**call, "providerExecuted": False}
    chat = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    compound = {"choices": [{"message": {"executed_tools": [{"type": "search"}]}}], "usage": chat}
    with pytest.warns(UserWarning, match=r"tools that the provider ran: 1 \(search\)"):
        assert read_usage(compound) == Usage(10, 5)
    zhipu = {"model": "glm-4.6", "web_search": [{"title": "A", "link": "b"}], "usage": chat}
    with pytest.warns(UserWarning, match=r"the provider ran: 1 \(web_search\)"):
        assert read_usage(zhipu) == Usage(10, 5)
    with pytest.warns(UserWarning, match=r"tools that the provider ran: 1 \(web_search\)"):
        assert read_usage({"content": [call, own], "usage": usage}) == Usage(10, 5)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert read_usage({"content": [own], "usage": usage}) == Usage(10, 5)


def _interaction(*steps, model="gemini-3.5-flash", **more):
    usage = {"total_input_tokens": 120, "total_output_tokens": 35, "total_thought_tokens": 4,
             "total_tokens": 159}  # fmt: skip
    return {"model": model, "status": "completed", "steps": list(steps), "usage": {**usage, **more}}


def test_an_interaction_counts_its_searches_as_the_model_is_charged():
    search = {"type": "google_search_call", "arguments": {"queries": ["a", "b"]}}
    said = {"grounding_tool_count": [{"type": "google_search", "count": 3}]}
    assert read_usage(_interaction(search)) == Usage(120, 39, reasoning_tokens=4, web_searches=2)
    assert read_usage(_interaction(search, **said)).web_searches == 3
    assert read_usage(_interaction({"type": "google_search_call"})).web_searches == 1
    earlier = _interaction(search)
    assert read_usage({**earlier, "outputs": earlier.pop("steps")}).web_searches == 2
    assert read_usage(_interaction(search, model="gemini-2.5-flash", **said)).web_searches == 1
    with pytest.warns(UserWarning, match="3 grounding queries and no name of a model") as warned:
        assert read_usage(_interaction(model=None, **said)).web_searches == 3
    assert warned[0].filename == __file__
    maps = {"grounding_tool_count": [{"type": "google_maps", "count": 2}]}
    assert read_usage(_interaction(**maps)).fees == (("maps_grounding", 2),)
    assert read_usage(_interaction(model="gemini-2.5-pro", **maps)).fees == (("maps_grounding", 1),)
    assert read_usage(_interaction({"type": "google_maps_call"})).fees == (("maps_grounding", 1),)
    with pytest.raises(ValueError, match="a search of one's own data"):
        read_usage(_interaction(grounding_tool_count=[{"type": "retrieval", "count": 1}]))


def test_an_interaction_is_counted_by_its_totals_and_not_by_its_invocations():
    # A live answer of gemini-3.8-flash of 2026-09-16, in a public repository's tests.
    counts = [{"prompt_tokens_details": [{"modality": "text", "tokens": 33}],
               "candidates_tokens_details": [{"modality": "text", "tokens": 13}],
               "thoughts_tokens_details": [{"modality": "text", "tokens": 176}]}]  # fmt: skip
    usage = {"total_tokens": 187, "total_input_tokens": 2, "total_output_tokens": 9,
             "input_tokens_by_modality": [{"modality": "TEXT", "tokens": 2}],
             "total_thought_tokens": 176, "raw_prompt_token": 33,
             "model_invocation_token_counts": counts}  # fmt: skip
    assert read_usage(usage) == Usage(2, 185, reasoning_tokens=176)
    transcription = {
        **usage,
        "total_tokens": 2,
        "total_output_tokens": 0,
        "total_thought_tokens": 0,
    }
    with pytest.raises(ValueError, match=r"total_output_tokens=0, though .* says that 13 tokens"):
        read_usage(transcription)
    video = [{"modality": "VIDEO", "tokens": 1}, {"modality": "TEXT", "tokens": 1}]
    assert read_usage({**usage, "input_tokens_by_modality": video}).input_video_tokens == 1


def test_an_interaction_of_pictures_without_details_costs_what_pictures_cost():
    picture = {"type": "model_output", "content": [{"type": "image", "data": "aGVsbG8="}]}
    details = [{"modality": "image", "tokens": 30}]
    assert read_usage(_interaction(picture)).output_image_tokens == 35
    read = read_usage(_interaction(picture, output_tokens_by_modality=details))
    assert read.output_image_tokens == 30


@pytest.mark.parametrize(
    "usage",
    [
        {"total_input_tokens": 120, "total_output_tokens": 39},
        {"prompt_tokens": 120, "completion_tokens": 39, "search_context_size": "low"},
        {"prompt_eval_count": 120, "eval_count": 39},
    ],
)
def test_the_tier_beside_any_usage_object_is_read(usage):
    assert read_usage({"model": "m", "service_tier": "flex", "usage": usage}).tier == "flex"
    assert read_usage({"model": "m", "serviceTier": "PRIORITY", "usage": usage}).tier == "priority"
    assert read_usage({"model": "m", "service_tier": "auto", "usage": usage}).tier is None


def _of_llm(model, into, out, details):
    return {"id": "01k", "model": model, "response": "x", "datetime_utc": "2026-03-01T00:00:00",
            "input_tokens": into, "output_tokens": out, "token_details": details}  # fmt: skip


@pytest.mark.parametrize(
    ("model", "details", "usage"),
    [
        ("gpt-4o", {"prompt_tokens_details": {"cached_tokens": 4}}, {"cached_input_tokens": 4}),
        ("gpt-5", {"completion_tokens_details": {"reasoning_tokens": 3}}, {"reasoning_tokens": 3}),
        ("gpt-5", {"output_tokens_details": {"reasoning_tokens": 3}}, {"reasoning_tokens": 3}),
        ("anthropic/claude-sonnet-4-0",
         {"cache_read_input_tokens": 90, "cache_creation": {"ephemeral_1h_input_tokens": 10}},
         {"input_tokens": 110, "cached_input_tokens": 90, "cache_write_1h_tokens": 10}),
        ("gemini-2.5-flash",
         {"candidatesTokenCount": 12, "thoughtsTokenCount": 38, "toolUsePromptTokenCount": 2,
          "promptTokensDetails": [{"modality": "AUDIO", "tokenCount": 8}]},
         {"input_audio_tokens": 8, "reasoning_tokens": 38}),
        ("gemini-2.5-flash", {"thoughtsTokenCount": 50}, {"reasoning_tokens": 50}),
        ("some-model", None, {}),
    ],
)  # fmt: skip
def test_the_log_of_llm_has_the_rest_of_the_usage_object_as_text(model, details, usage):
    # simonw/llm, Response.log_to_db: token_details is json.dumps of what the plugin gave.
    want = replace(Usage(10, 50), **usage)
    assert read_usage(_of_llm(model, 10, 50, details)) == want
    assert read_usage(_of_llm(model, 10, 50, json.dumps(details))) == want


def test_details_of_tokens_may_be_text_in_a_row_of_a_database():
    row = {"model": "gpt-realtime", "total_tokens": 15, "input_tokens": 10, "output_tokens": 5,
           "input_token_details": json.dumps({"audio_tokens": 6, "cached_tokens": 0}),
           "output_token_details": json.dumps({"audio_tokens": 4})}  # fmt: skip
    assert read_usage(row) == Usage(10, 5, input_audio_tokens=6, output_audio_tokens=4)
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    assert read_usage({"usage": json.dumps(usage)}) == Usage(10, 5)
    strange = {
        "prompt_tokens": 10,
        "completion_tokens": 5,
        "token_details": '{"strange_tokens": 4}',
    }
    with pytest.raises(ValueError, match="strange_tokens=4"):
        read_usage(strange)
    assert read_usage({**usage, "token_details": "{not JSON"}) == Usage(10, 5)


def test_a_result_of_xai_s_batches_ran_in_a_batch():
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    response = {"chat_get_completion": {"model": "grok-4", "usage": usage}}
    line = {"batch_request_id": "r1", "batch_result": {"response": response}}
    assert read_usage(line) == Usage(10, 5, tier="batch")


def test_cache_writes_without_a_lifetime_follow_the_maker():
    usage = {"prompt_tokens": 50, "completion_tokens": 1, "total_tokens": 51,
             "prompt_tokens_details": {"cache_write_tokens": 40}}  # fmt: skip
    assert read_usage(usage).cache_write_30m_tokens == 40
    assert read_usage(usage, provider="openrouter").cache_write_5m_tokens == 40
    assert read_usage({"model": "claude-opus-5", "usage": usage}).cache_write_5m_tokens == 40
    langchain = {"input_tokens": 50, "output_tokens": 1, "total_tokens": 51,
                 "input_token_details": {"cache_creation": 40}}  # fmt: skip
    assert read_usage(langchain).cache_write_5m_tokens == 40
    assert read_usage(langchain, provider="openai").cache_write_30m_tokens == 40


def test_a_sum_is_never_priced_as_one_long_request():
    run = {"requests": 10, "input_tokens": 500_000, "output_tokens": 5, "total_tokens": 500_005}
    with pytest.raises(ValueError, match="requests=10"):
        cost_of(read_usage(run), "gpt-5.4")
    thread = {"input_tokens": 2_800_000, "output_tokens": 5, "cached_input_tokens": 2_700_000}
    with pytest.raises(ValueError, match="sum of several requests"):
        cost_of(read_usage(thread), "gpt-6-astra")


@dataclass
class _RunUsage:  # as pydantic-ai's: a plain dataclass
    input_tokens: int = 50
    output_tokens: int = 2
    cache_read_tokens: int = 40
    requests: int = 2
    details: dict[str, int] = field(default_factory=dict)


def test_a_dataclass_is_read_like_its_dict():
    assert read_usage(_RunUsage()) == Usage(50, 2, cached_input_tokens=40, requests=2)


# --- What the provider says it costs ----------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "cost"),
    [
        ("openrouter, claude", "0.0042"),
        ("xai responses with its tools", "0.0158"),
        ("perplexity", "0.014"),
        ("claude code, one model", "0.25"),
        ("cursor", "0.055"),
        ("cursor with its fee", "0.2018232"),
        ("langfuse", "0.2"),
        ("openrouter's generation", "0.01"),
        ("openrouter's generation with a key of one's own", "0.00105"),
        ("vercel's gateway", "0.001"),
        ("ai sdk 5 through vercel's gateway, flex", "0.000325"),
        ("ai sdk 5 with openrouter", "0.0003"),
        ("langchain's callback", "0.0123"),
        ("openrouter's spans", "0.0035"),
        ("posthog", "0.002"),
        ("bifrost", "0.02831"),
        ("claude code's analytics", "1.5"),
        ("perplexity's agent", "0.0177"),
        ("deepseek", None),
    ],
)
def test_the_providers_own_cost(name, cost):
    assert reported_cost(BODIES[name][0]) == (None if cost is None else Decimal(cost))


@pytest.mark.parametrize(("own", "cost"), [(True, "0.0361"), (False, "0.0001"), (None, "0.0001")])
def test_a_key_of_ones_own_is_charged_besides(own, cost):
    """OpenRouter's `cost` is then its fee alone (its docs on usage accounting)."""
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6, "cost": 0.0001,
             "is_byok": own, "cost_details": {"upstream_inference_cost": 0.036}}  # fmt: skip
    assert reported_cost(usage) == Decimal(cost)


def test_a_cost_that_is_no_number_is_refused():
    usage = {"prompt_tokens": 5, "completion_tokens": 1, "total_tokens": 6, "cost": float("nan")}
    with pytest.raises(ValueError, match="cost=nan is no amount"):
        reported_cost(usage)


@pytest.mark.parametrize(
    ("name", "model"),
    [("langchain", "gpt-4o"), ("opentelemetry", "gpt-5.1"), ("otlp", "gpt-5.1"),
     ("a line of Claude Code", "claude-sonnet-4-6"), ("openinference", "gpt-5.1"),
     ("claude code, one model", "claude-opus-4-6"), ("codex", None), ("spring ai", "gpt-4o"),
     ("claude code's event", "claude-sonnet-4-5"), ("codex's event", "gpt-5-codex"),
     ("openrouter's generation", "openai/gpt-4o")],
)  # fmt: skip
def test_the_model_that_a_body_names(name, model):
    assert named_model(BODIES[name][0]) == model


# --- Tables of calls ---------------------------------------------------------------------------


def test_a_table_drops_no_column_that_counts():
    import pandas as pd

    from costlib.pricing.table import cost_table

    row = {"time": [pd.Timestamp("2026-11-01", tz="UTC")], "model": ["claude-sonnet-4-6"],
           "input_tokens": [1000], "output_tokens": [50]}  # fmt: skip
    for name in ("cache_read", "cacheWrite", "Cached Input", "prompt", "n_requests"):
        with pytest.raises(ValueError, match=f"column '{name}' looks like a"):
            cost_table(pd.DataFrame({**row, name: [8]}))
        cost_table(pd.DataFrame({**row, name: [0]}))
    kept = {"prompt": ["say hi"], "cached": [True], "input_cost": [0.1], "cache_hit_rate": [0.5]}
    assert cost_table(pd.DataFrame({**row, **kept}))["cost_usd"].iloc[0] == 0.00375


def test_a_table_prices_no_sum_as_one_long_request():
    import pandas as pd

    from costlib.pricing.table import cost_table

    frame = pd.DataFrame({"time": [pd.Timestamp("2026-11-01", tz="UTC")],
                          "model": ["gpt-6-astra"], "input_tokens": [2_800_000]})  # fmt: skip
    with pytest.raises(ValueError, match="row 0: input_tokens=2,800,000 is more than the context"):
        cost_table(frame)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"request_model": "gpt-4.1", "prompt_tokens": 10, "completion_tokens": 5,
          "total_tokens": 15, "prompt_cache_read_tokens": 4}, "prompt_cache_read_tokens=4"),
        ({"model": "m", "provider": "openai", "tokens_in": 10, "tokens_out": 5, "cost": 0.1},
         "leaves out what was cached"),
        ({"ai_model": "m", "prompt_tokens": 10, "completion_tokens": 5, "total_units": 15},
         "total_units=15"),
        ({"attributes": {"model": "m", "usage": {"inputTokens": 10, "outputTokens": 5,
                                                 "inputDetails": {"cacheRead": 3}}}},
         "inputDetails.cacheRead=3"),
        ({"prompt_llm_token_count": 10, "completion_llm_token_count": 5},
         "a tokenizer of its own, over several calls"),
        ({"prompt_tokens": 10, "completion_tokens": 5,
          "prompt_token_details": {"cache_read_over_200k": 3}}, "cache_read_over_200k=3"),
        ({"date": "2025-08-24", "model": "openai/gpt-4.1", "usage": 0.015, "requests": 5,
          "prompt_tokens": 50, "completion_tokens": 125}, "own_data.read_calls"),
    ],
)  # fmt: skip
def test_what_is_not_read_is_refused_by_name(body, words):
    with pytest.raises(ValueError, match=re.escape(words)):
        read_usage(body)
