"""Usage as tracers write it down: OpenTelemetry's attributes, OpenInference, LangSmith, Langfuse.

Units: tokens; costs are USD. Inclusive but for Langfuse, whose buckets exclude each other. The AI
SDK and pydantic-ai write their own names beside those of the convention. Lesson 2 reads these
bodies.
"""

from __future__ import annotations

from dataclasses import replace

from costlib.usage.ai_sdk import AI_SDK, AI_SDK_4
from costlib.usage.dialect import CACHED, Dialect
from costlib.usage.frameworks import PYDANTIC_DETAILS
from costlib.usage.openai import MEDIA

LANGSMITH = Dialect(
    "a run of LangSmith",
    "langsmith schemas.Run, InputTokenDetails; reference.langchain.com, QueryRunResponse; "
    "2026-11-28",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "total_tokens": "=",
        "prompt_token_details.cache_read": "cached_input_tokens",
        "prompt_token_details.cache_creation": "written",
        "prompt_token_details.audio": "input_audio_tokens",
        "completion_token_details.reasoning": "reasoning_tokens",
        "completion_token_details.audio": "output_audio_tokens",
        "total_cost": "$",
        "prompt_cost": "$part",
        "completion_cost": "$part",
        **{
            f"{way}_cost_details.{name}": "$part"
            for way in ("prompt", "completion")
            for name in ("cache_read", "cache_creation", "audio", "reasoning")
        },
    },
    need=("prompt_tokens", "completion_tokens"),
)

_OTEL_PARTS = {
    # What the AI SDK writes on a span, beside the names of gen_ai.
    **{f"ai.usage.{name}": role for name, role in {**AI_SDK_4.rows, **AI_SDK.rows}.items()},
    "gen_ai.usage.cache_read.input_tokens": "cached_input_tokens",
    "gen_ai.usage.cache_creation.input_tokens": "written",
    "gen_ai.usage.reasoning.output_tokens": "reasoning_tokens",
    "gen_ai.usage.cache_read_input_tokens": "cached_input_tokens",  # Traceloop
    "gen_ai.usage.cache_creation_input_tokens": "written",
    "gen_ai.usage.reasoning_tokens": "reasoning_tokens",
    "gen_ai.usage.total_tokens": "=",
    "gen_ai.client.token.usage": "=",  # OpenLIT
    "llm.usage.total_tokens": "=",
    # Sentry, and OpenRouter where it sends its calls to a tracer
    "gen_ai.usage.input_tokens.cached": "cached_input_tokens",
    "gen_ai.usage.input_tokens.cache_write": "written",
    "gen_ai.usage.output_tokens.reasoning": "reasoning_tokens",
    "gen_ai.usage.total_cost": "$",
    "gen_ai.usage.input_cost": "$part",
    "gen_ai.usage.output_cost": "$part",
    "gen_ai.usage.cache_write.input_tokens": "written",  # Copilot, which has units of its plans too
    "github.copilot.cost": "-",
    "gen_ai.usage.cost": "$",
    "operation.cost": "$",  # Logfire
    **{f"gen_ai.usage.details.{name}": role for name, role in PYDANTIC_DETAILS.items()},
    "openai.response.service_tier": "tier",
    "gen_ai.openai.response.service_tier": "tier",
}

OTEL = Dialect(
    "OpenTelemetry's gen_ai attributes",
    "opentelemetry-semantic-conventions 0.66b2, gen_ai.usage.*; 2026-11-28",
    {
        "gen_ai.usage.input_tokens": "input_tokens",
        "gen_ai.usage.output_tokens": "output_tokens",
        **_OTEL_PARTS,
    },
    need=("gen_ai.usage.input_tokens", "gen_ai.usage.output_tokens"),
    whole_floats=True,  # OTLP's doubleValue
    texts=True,
)

OTEL_OLD = Dialect(
    "OpenTelemetry's older gen_ai attributes",
    "opentelemetry-semantic-conventions 0.66b2, deprecated names; 2026-11-28",
    {
        "gen_ai.usage.prompt_tokens": "input_tokens",
        "gen_ai.usage.completion_tokens": "output_tokens",
        **_OTEL_PARTS,
    },
    need=("gen_ai.usage.prompt_tokens", "gen_ai.usage.completion_tokens"),
    whole_floats=True,
    texts=True,
)

_SPANS = {
    "gen_ai.usage.input_tokens": "input_tokens",
    "gen_ai.usage.output_tokens": "output_tokens",
    **_OTEL_PARTS,
}

AI_SDK_SPAN = Dialect(
    "a span of the AI SDK",
    "ai-sdk.dev, telemetry: ai.usage.*; ai 5 general record; 2026-11-28",
    _SPANS, need=("ai.usage.inputTokens", "ai.usage.outputTokens"), whole_floats=True,
    texts=True,
)  # fmt: skip

AI_SDK_SPAN_4 = Dialect(
    "a span of the AI SDK 4",
    "ai-sdk.dev, telemetry: ai.usage.*; ai 4 general record; 2026-11-28",
    _SPANS, need=("ai.usage.promptTokens", "ai.usage.completionTokens"), whole_floats=True,
    texts=True,
)  # fmt: skip

TRACELOOP = Dialect(
    "Traceloop's first attributes",
    "traceloop/openllmetry semantic conventions before gen_ai, general record; 2026-11-28",
    {
        "llm.usage.prompt_tokens": "input_tokens",
        "llm.usage.completion_tokens": "output_tokens",
        "llm.usage.total_tokens": "=",
    },
    need=("llm.usage.prompt_tokens", "llm.usage.completion_tokens"),
    whole_floats=True,
    texts=True,
)

OPENINFERENCE = Dialect(
    "OpenInference's attributes",
    "Arize OpenInference semantic conventions, llm.token_count.*; 2026-11-28",
    {
        "llm.token_count.prompt": "input_tokens",
        "llm.token_count.completion": "output_tokens",
        "llm.token_count.total": "=",
        "llm.token_count.prompt_details.cache_read": "cached_input_tokens",
        "llm.token_count.prompt_details.cache_write": "written",
        "llm.token_count.prompt_details.audio": "input_audio_tokens",
        "llm.token_count.completion_details.reasoning": "reasoning_tokens",
        "llm.token_count.completion_details.audio": "output_audio_tokens",
        "llm.cost.total": "$",
        "llm.cost.prompt": "$part",
        "llm.cost.completion": "$part",
        **{
            f"llm.cost.prompt_details.{name}": "$part"
            for name in ("input", "cache_read", "cache_write", "cache_input", "audio")
        },
        **{
            f"llm.cost.completion_details.{name}": "$part"
            for name in ("output", "reasoning", "audio")
        },
    },
    need=("llm.token_count.prompt", "llm.token_count.completion"),
    whole_floats=True,
    texts=True,
)

_BUCKETS = {
    "input": "input_tokens",
    "output": "output_tokens",
    "total": "=",
    "input_cached_tokens": "cached_input_tokens",
    "input_cache_read": "cached_input_tokens",
    "cache_read_input_tokens": "cached_input_tokens",
    "input_cache_creation": "written",
    "cache_creation_input_tokens": "written",
    "input_cache_creation_5m": "cache_write_5m_tokens",
    "input_cache_creation_1h": "cache_write_1h_tokens",
    "input_audio_tokens": "input_audio_tokens",
    "input_image_tokens": "input_image_tokens",
    "output_reasoning_tokens": "reasoning_tokens",
    "output_reasoning": "reasoning_tokens",
    "output_audio_tokens": "output_audio_tokens",
}

LANGFUSE = Dialect(
    "a Langfuse observation",
    "langfuse 5 api ObservationV2, langfuse.openai; langfuse.com/docs token and cost tracking; "
    "2026-11-28",
    {
        **_BUCKETS,
        "inputCost": "$part",
        "outputCost": "$part",
        "totalCost": "$",
    },
    need=("input", "output"),
    whole_floats=True,
    texts=True,
    total_is_whole=True,  # where none is given, it adds up all of its buckets
    beside=CACHED
    | {"input_audio_tokens", "input_image_tokens", "reasoning_tokens", "output_audio_tokens"},
    body={
        **{name: "-" for name in ("promptTokens", "completionTokens", "totalTokens")},
        **{name: "-" for name in ("inputUsage", "outputUsage", "totalUsage")},  # of its exports
        "inputCost": "$part",
        "outputCost": "$part",
        **{f"costDetails.{name}": "$part" for name in _BUCKETS},
        **{f"cost_details.{name}": "$part" for name in _BUCKETS},
        "costDetails.total": "$",
        "cost_details.total": "$",
        "totalCost": "$",
        "total_cost": "$",
        "calculatedTotalCost": "$",
        "calculatedInputCost": "$part",
        "calculatedOutputCost": "$part",
    },
)

BRAINTRUST = Dialect(
    "a span in Braintrust",
    "braintrust 0.48 integrations (each adds what was cached and written to the prompt); "
    "2026-11-29",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "tokens": "=",
        "total_tokens": "=",
        "prompt_cached_tokens": "cached_input_tokens",
        "prompt_cache_creation_tokens": "written",
        "prompt_cache_creation_5m_tokens": "cache_write_5m_tokens",
        "prompt_cache_creation_1h_tokens": "cache_write_1h_tokens",
        "prompt_text_tokens": "<input_tokens",
        "prompt_audio_tokens": "input_audio_tokens",
        "prompt_image_tokens": "input_image_tokens",
        "completion_text_tokens": "<output_tokens",
        "completion_reasoning_tokens": "reasoning_tokens",
        "completion_audio_tokens": "output_audio_tokens",
        "completion_image_tokens": "output_image_tokens",
        "completion_accepted_prediction_tokens": "accepted_prediction_tokens",
        "completion_rejected_prediction_tokens": "rejected_prediction_tokens",
        "server_tool_use_web_search_requests": "web_searches",
        "server_tool_use_web_fetch_requests": "-",
        "server_tool_use_code_execution_requests": "fee:code_execution",
        "estimated_cost": "$",
        "cached": "-",  # whether Braintrust's own proxy answered
        "retries": "-",
    },
    need=("prompt_tokens", "completion_tokens", "tokens"),
    whole_floats=True,
)

_MLFLOW = "mlflow.chat.tokenUsage"
MLFLOW = Dialect(
    "a span of MLflow",
    "mlflow 3.17 tracing.constant.TokenUsageKey, CostKey, and its flavors (the input includes what "
    "was cached); 2026-11-29",
    {
        f"{_MLFLOW}.input_tokens": "input_tokens",
        f"{_MLFLOW}.output_tokens": "output_tokens",
        f"{_MLFLOW}.total_tokens": "=",
        f"{_MLFLOW}.cache_read_input_tokens": "cached_input_tokens",
        f"{_MLFLOW}.cache_creation_input_tokens": "written",
        f"{_MLFLOW}.cache_creation_input_tokens_above_1hr": "cache_write_1h_tokens",
        "mlflow.llm.cost.total_cost": "$",
        "mlflow.llm.cost.input_cost": "$part",
        "mlflow.llm.cost.output_cost": "$part",
    },
    need=(f"{_MLFLOW}.input_tokens", f"{_MLFLOW}.output_tokens"),
    rest_is_short=True,
)

POSTHOG = Dialect(
    "a generation in PostHog",
    "posthog.com/docs, LLM analytics, manual capture; PostHog/posthog nodejs input-costs.ts, "
    "resolveCacheReportingExclusive; 2026-11-29",
    {
        "$ai_input_tokens": "input_tokens",
        "$ai_output_tokens": "output_tokens",
        "$ai_total_tokens": "=",
        "$ai_cache_read_input_tokens": "cached_input_tokens",
        "$ai_cache_creation_input_tokens": "written",
        "$ai_cache_creation_5m_input_tokens": "cache_write_5m_tokens",
        "$ai_cache_creation_1h_input_tokens": "cache_write_1h_tokens",
        "$ai_cache_reporting_exclusive": "exclusive",  # written on each event that comes in
        "$ai_reasoning_tokens": "reasoning_tokens",
        "$ai_text_input_tokens": "<input_tokens",
        "$ai_text_output_tokens": "<output_tokens",
        **{f"$ai_{medium}_input_tokens": f"input_{medium}_tokens" for medium in MEDIA},
        "$ai_audio_output_tokens": "output_audio_tokens",
        "$ai_image_output_tokens": "output_image_tokens",
        "$ai_web_search_count": "web_searches",
        "$ai_request_count": "-",
        "$ai_total_cost_usd": "$",
        **{
            f"$ai_{part}_cost_usd": "$part"
            for part in ("input", "output", "request", "web_search", "audio", "image", "video")
        },
    },
    need=("$ai_input_tokens", "$ai_output_tokens"),
)

POSTHOG_CLAUDE = replace(
    POSTHOG, name="a generation of Claude's in PostHog", beside=CACHED,
    providers=("anthropic",), maker="claude",
)  # fmt: skip

# Its cost is reckoned as if reasoning stood beside the output of some of Gemini's models alone.
POSTHOG_GEMINI = replace(
    POSTHOG, name="a generation of Gemini's in PostHog", reasoning="unknown", maker="gemini",
)  # fmt: skip

DIALECTS = (
    POSTHOG, POSTHOG_CLAUDE, POSTHOG_GEMINI,
    BRAINTRUST, MLFLOW, LANGSMITH, OTEL, OTEL_OLD, AI_SDK_SPAN, AI_SDK_SPAN_4, TRACELOOP,
    OPENINFERENCE, LANGFUSE,
)  # fmt: skip
