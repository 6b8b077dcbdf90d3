"""Usage objects as frameworks, tracers and coding tools write them down.

Units: tokens; costs are USD. Inclusive unless a table says otherwise: the AI SDK, LangChain,
pydantic-ai, OpenTelemetry and Codex add cached tokens to the input themselves; Langfuse's buckets
and Claude Code's counts exclude each other. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import Dialect

_BESIDE = frozenset({"cached_input_tokens", "written"})

CODEX = Dialect(
    "Codex",
    "openai/codex protocol TokenUsage, as in its rollouts and `exec --json`; 2026-11-28",
    {
        "input_tokens": "input_tokens",
        "cached_input_tokens": "cached_input_tokens",
        "cache_write_input_tokens": "written",
        "output_tokens": "output_tokens",
        "reasoning_output_tokens": "reasoning_tokens",
        "total_tokens": "=",
    },
    need=("input_tokens", "output_tokens"),
    writes="30m",
)

CODEX_APP = Dialect(
    "Codex's app server",
    "openai/codex app-server thread/tokenUsage/updated, TokenUsageBreakdown; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "cachedInputTokens": "cached_input_tokens",
        "cacheWriteInputTokens": "written",
        "outputTokens": "output_tokens",
        "reasoningOutputTokens": "reasoning_tokens",
        "totalTokens": "=",
    },
    need=("inputTokens", "outputTokens", "reasoningOutputTokens"),
    writes="30m",
)

GEMINI_CLI_MODEL = Dialect(
    "a model in Gemini CLI's stats",
    "google-gemini/gemini-cli docs, headless mode, stats.models; 2026-11-28",
    {
        "prompt": "input_tokens",
        "input": "<input_tokens",  # what of it was not cached
        "tool": "+input_tokens",
        "cached": "cached_input_tokens",
        "candidates": "output_tokens",
        "thoughts": "reasoning_tokens",
        "total": "=",
    },
    need=("prompt", "candidates"),
    reasoning="beside",
    body={"api.totalRequests": "requests", "api.totalErrors": "-"},
    providers=("google",),
)

OPENCODE = Dialect(
    "opencode",
    "sst/opencode session getUsage, as forks of it have it: input without cached and written "
    "tokens, reasoning at the rate of output; 2026-11-28",
    {
        "input": "input_tokens",
        "cache.read": "cached_input_tokens",
        "cache.write": "written",
        "output": "output_tokens",
        "reasoning": "reasoning_tokens",
        "total": "=",
    },
    need=("input", "output"),
    beside=_BESIDE,
    reasoning="unknown",  # inside or beside, by its version
    body={"cost": "$"},
)

PI = Dialect(
    "pi",
    "badlogic/pi-mono Usage, as in its sessions and the tests of its ports; 2026-11-28",
    {
        "input": "input_tokens",
        "cacheRead": "cached_input_tokens",
        "cacheWrite": "written",
        "output": "output_tokens",
        "totalTokens": "=",
        "cost.total": "$",
        **{f"cost.{name}": "$part" for name in ("input", "output", "cacheRead", "cacheWrite")},
    },
    need=("input", "output"),
    beside=_BESIDE,
)

GEMINI_CLI = Dialect(
    "Gemini CLI",
    "google-gemini/gemini-cli ChatRecordingService, TokensSummary; 2026-11-28",
    {
        "input": "input_tokens",
        "tool": "+input_tokens",
        "cached": "cached_input_tokens",
        "output": "output_tokens",
        "thoughts": "reasoning_tokens",
        "total": "=",
    },
    need=("input", "output"),
    reasoning="beside",
    providers=("google",),
)

CLAUDE_CODE = Dialect(
    "an entry of Claude Code's modelUsage",
    "claude-agent-sdk ModelUsage, `claude -p --output-format json`; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "cacheReadInputTokens": "cached_input_tokens",
        "cacheCreationInputTokens": "written",
        "thinkingTokens": "reasoning_tokens",
        "webSearchRequests": "web_searches",
        "costUSD": "$",
        "contextWindow": "-",
        "maxOutputTokens": "-",
    },
    need=("inputTokens", "outputTokens"),
    beside=_BESIDE,
    body={"total_cost_usd": "$", "num_turns": "requests"},
)


def _langchain(tier: str) -> dict[str, str]:
    """LangChain's details; a prefix says that another tier than the standard one served it."""
    prefix = f"{tier}_" if tier else ""
    rows = {
        f"input_token_details.{prefix}cache_read": "cached_input_tokens",
        f"input_token_details.{prefix}cache_creation": "written",
        f"output_token_details.{prefix}reasoning": "reasoning_tokens",
    }
    if tier:
        rows[f"input_token_details.{tier}"] = rows[f"output_token_details.{tier}"] = f"tier:{tier}"
    return rows


LANGCHAIN = Dialect(
    "LangChain's usage_metadata",
    "langchain-core 1.8 messages.ai.UsageMetadata; langchain-openai 1.7, -anthropic 1.7; "
    "2026-11-28",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "=",
        **_langchain(""),
        **_langchain("flex"),
        **_langchain("priority"),
        "input_token_details.audio": "input_audio_tokens",
        "input_token_details.image": "input_image_tokens",
        "input_token_details.video": "input_video_tokens",
        "input_token_details.text": "<input_tokens",
        "input_token_details.ephemeral_5m_input_tokens": "cache_write_5m_tokens",
        "input_token_details.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
        "output_token_details.audio": "output_audio_tokens",
        "output_token_details.image": "output_image_tokens",
        "output_token_details.text": "<output_tokens",
        "input_cost": "$part",  # LangSmith
        "output_cost": "$part",
        "total_cost": "$",
        **{f"input_cost_details.{name}": "$part" for name in ("cache_read", "cache_creation")},
        "output_cost_details.reasoning": "$part",
    },
    need=("input_tokens", "output_tokens"),
)

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

# What the vendor said besides, which pydantic-ai has sorted into its own fields.
_PYDANTIC_DETAILS = {
    "input_tokens": "-",
    "output_tokens": "-",
    "reasoning_tokens": "reasoning_tokens",
    "thinking_tokens": "reasoning_tokens",
    "thoughts_tokens": "reasoning_tokens",
    "cached_tokens": "cached_input_tokens",
    "cache_read_tokens": "cached_input_tokens",
    "cache_read_input_tokens": "cached_input_tokens",
    "cache_write_tokens": "written",
    "cache_creation_input_tokens": "written",
    "input_audio_tokens": "input_audio_tokens",
    "cache_audio_read_tokens": "cached_audio_tokens",
    "output_audio_tokens": "output_audio_tokens",
    "text_prompt_tokens": "<input_tokens",
    "text_candidates_tokens": "<output_tokens",
    "accepted_prediction_tokens": "accepted_prediction_tokens",
    "rejected_prediction_tokens": "rejected_prediction_tokens",
}

PYDANTIC_AI = Dialect(
    "pydantic-ai's usage",
    "pydantic-ai 2.68 usage.RequestUsage, RunUsage; 2026-11-28",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cached_input_tokens",
        "cache_write_tokens": "written",
        "cache_write_1h_tokens": "cache_write_1h_tokens",
        "output_reasoning_tokens": "reasoning_tokens",
        "input_audio_tokens": "input_audio_tokens",
        "cache_audio_read_tokens": "cached_audio_tokens",
        "output_audio_tokens": "output_audio_tokens",
        "audio_seconds": "audio_seconds",
        "requests": "requests",
        "tool_calls": "-",
        "cost": "$",
        **{f"details.{name}": role for name, role in _PYDANTIC_DETAILS.items()},
    },
    need=("input_tokens", "output_tokens"),
    rest_is_short=True,
)

AI_SDK_4 = Dialect(
    "the AI SDK 4",
    "ai 4 LanguageModelUsage, general record; 2026-11-28",
    {"promptTokens": "input_tokens", "completionTokens": "output_tokens", "totalTokens": "="},
    need=("promptTokens", "completionTokens"),
)

_AI_SDK_PARTS = {
    "reasoningTokens": "reasoning_tokens",
    "cachedInputTokens": "cached_input_tokens",
    "inputTokenDetails.cacheReadTokens": "cached_input_tokens",
    "inputTokenDetails.cacheWriteTokens": "written",
    "inputTokenDetails.noCacheTokens": "<input_tokens",
    "outputTokenDetails.reasoningTokens": "reasoning_tokens",
    "outputTokenDetails.textTokens": "<output_tokens",
}
AI_SDK = Dialect(
    "the AI SDK 5 or 6",
    "ai 6.0.41 src/types/usage.ts, LanguageModelUsage; ai 5 general record; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "totalTokens": "=",
        **_AI_SDK_PARTS,
    },
    need=("inputTokens", "outputTokens"),
)
# Version 5's provider for Anthropic hands on input_tokens, which leaves out what was cached.
AI_SDK_CLAUDE = Dialect(
    "the AI SDK 5 with Claude",
    "vercel/ai packages/anthropic, doGenerate of version 5; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "cachedInputTokens": "cached_input_tokens",
        "outputTokens": "output_tokens",
        "reasoningTokens": "reasoning_tokens",
        "totalTokens": "=",
    },
    need=("inputTokens", "outputTokens", "cachedInputTokens"),
    beside=_BESIDE,
    body={"providerMetadata.anthropic.cacheCreationInputTokens": "written"},
    providers=("anthropic",),
    maker="claude",
)
AI_SDK_PROVIDER = Dialect(
    "the AI SDK's providers",
    "vercel/ai packages/provider, LanguageModelV3Usage; 2026-11-28",
    {
        "inputTokens.total": "input_tokens",
        "inputTokens.noCache": "<input_tokens",
        "inputTokens.cacheRead": "cached_input_tokens",
        "inputTokens.cacheWrite": "written",
        "outputTokens.total": "output_tokens",
        "outputTokens.text": "<output_tokens",
        "outputTokens.reasoning": "reasoning_tokens",
    },
    need=("inputTokens.total", "outputTokens.total"),
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
    "llm.usage.total_tokens": "=",
    "gen_ai.usage.cost": "$",
    "operation.cost": "$",  # Logfire
    **{f"gen_ai.usage.details.{name}": role for name, role in _PYDANTIC_DETAILS.items()},
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
)  # fmt: skip
AI_SDK_SPAN_4 = Dialect(
    "a span of the AI SDK 4",
    "ai-sdk.dev, telemetry: ai.usage.*; ai 4 general record; 2026-11-28",
    _SPANS, need=("ai.usage.promptTokens", "ai.usage.completionTokens"), whole_floats=True,
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
    },
    need=("llm.token_count.prompt", "llm.token_count.completion"),
    whole_floats=True,
)

LANGFUSE = Dialect(
    "a Langfuse observation",
    "langfuse 5 api ObservationV2, langfuse.openai; langfuse.com/docs token and cost tracking; "
    "2026-11-28",
    {
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
        "inputCost": "$part",
        "outputCost": "$part",
        "totalCost": "$",
    },
    need=("input", "output"),
    whole_floats=True,
    beside=_BESIDE
    | {"input_audio_tokens", "input_image_tokens", "reasoning_tokens", "output_audio_tokens"},
    body={
        **{name: "-" for name in ("promptTokens", "completionTokens", "totalTokens")},
        **{f"costDetails.{name}": "$part" for name in ("input", "output", "input_cached_tokens")},
        **{f"cost_details.{name}": "$part" for name in ("input", "output", "input_cached_tokens")},
        "costDetails.total": "$",
        "cost_details.total": "$",
        "totalCost": "$",
        "total_cost": "$",
        "calculatedTotalCost": "$",
        "calculatedInputCost": "$part",
        "calculatedOutputCost": "$part",
    },
)

DOTNET = Dialect(
    "Microsoft.Extensions.AI and LangChain4j",
    "dotnet/extensions UsageDetails (cached tokens are inside); langchain4j TokenUsage, "
    "OpenAiTokenUsage, general record; 2026-11-28",
    {
        "inputTokenCount": "input_tokens",
        "outputTokenCount": "output_tokens",
        "totalTokenCount": "=",
        "cachedInputTokenCount": "cached_input_tokens",
        "reasoningTokenCount": "reasoning_tokens",
        "additionalCounts.input_tokens_details.cache_write_tokens": "written",
        "inputTokensDetails.cachedTokens": "cached_input_tokens",
        "outputTokensDetails.reasoningTokens": "reasoning_tokens",
    },
    need=("inputTokenCount", "outputTokenCount"),
)

DIALECTS = (
    CODEX, CODEX_APP, GEMINI_CLI, GEMINI_CLI_MODEL, OPENCODE, PI, CLAUDE_CODE, LANGCHAIN, LANGSMITH,
    PYDANTIC_AI, AI_SDK_4, AI_SDK, AI_SDK_CLAUDE, AI_SDK_PROVIDER, DOTNET, OTEL, OTEL_OLD,
    AI_SDK_SPAN, AI_SDK_SPAN_4, TRACELOOP, OPENINFERENCE, LANGFUSE,
)  # fmt: skip
