"""Usage objects as frameworks write them down: LangChain, pydantic-ai, the AI SDK, .NET and Java.

Units: tokens; costs are USD. Inclusive: they add cached tokens to the input themselves, but for the
AI SDK 5 with Claude. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import Dialect

_BESIDE = frozenset({"cached_input_tokens", "written"})


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

# What the vendor said besides, which pydantic-ai has sorted into its own fields.
PYDANTIC_DETAILS = {
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
        **{f"details.{name}": role for name, role in PYDANTIC_DETAILS.items()},
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

AGENT_FRAMEWORK = Dialect(
    "the Microsoft Agent Framework",
    "microsoft/agent-framework python UsageDetails, general record; 2026-11-28",
    {
        "input_token_count": "input_tokens",
        "output_token_count": "output_tokens",
        "total_token_count": "=",
        "cache_read_input_token_count": "cached_input_tokens",
        "cached_input_token_count": "cached_input_tokens",
        "reasoning_token_count": "reasoning_tokens",
    },
    need=("input_token_count", "output_token_count"),
)

DIALECTS = (
    LANGCHAIN, PYDANTIC_AI, AI_SDK_4, AI_SDK, AI_SDK_CLAUDE, AI_SDK_PROVIDER, DOTNET,
    AGENT_FRAMEWORK,
)  # fmt: skip
