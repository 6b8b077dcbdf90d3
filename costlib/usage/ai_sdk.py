"""Usage objects as Vercel's AI SDK writes them down, from version 4 to 6.

Units: tokens; costs are USD. Inclusive, but for versions 4 and 5 with Claude, whose provider hands
on Anthropic's own input. What the provider said besides stands in `providerMetadata`. Lesson 2
reads these bodies.
"""

from __future__ import annotations

from dataclasses import replace

from costlib.usage.dialect import CACHED, Dialect

# What the provider said besides, beside the usage of an answer. Where its own usage object is
# kept there, that is read as a copy.
_METADATA = {
    "providerMetadata.openai.serviceTier": "tier",
    "providerMetadata.azure.serviceTier": "tier",
    "providerMetadata.gateway.cost": "$",  # Vercel's gateway
    "providerMetadata.gateway.marketCost": "$part",
}
_WRITTEN = {"providerMetadata.anthropic.cacheCreationInputTokens": "written"}

AI_SDK_4 = Dialect(
    "the AI SDK 4",
    "ai 4 LanguageModelUsage, general record; 2026-11-28",
    {
        "promptTokens": "input_tokens",
        "completionTokens": "output_tokens",
        "totalTokens": "=",
        # What the AI SDK's provider for OpenRouter keeps, and OpenRouter's and Mistral's own SDKs
        "promptTokensDetails.cachedTokens": "cached_input_tokens",
        "promptTokensDetails.cacheWriteTokens": "written",
        "promptTokensDetails.audioTokens": "input_audio_tokens",
        "promptTokensDetails.videoTokens": "input_video_tokens",
        "completionTokensDetails.reasoningTokens": "reasoning_tokens",
        "completionTokensDetails.audioTokens": "output_audio_tokens",
        "completionTokensDetails.imageTokens": "output_image_tokens",
        "cost": "$",
        "isByok": "own_key",
        "costDetails.upstreamInferenceCost": "$own",
        "numCachedTokens": "cached_input_tokens",
    },
    need=("promptTokens", "completionTokens"),
    body={
        **_METADATA,
        "providerMetadata.openai.cachedPromptTokens": "cached_input_tokens",
        "providerMetadata.openai.reasoningTokens": "reasoning_tokens",
        "providerMetadata.openai.acceptedPredictionTokens": "accepted_prediction_tokens",
        "providerMetadata.openai.rejectedPredictionTokens": "rejected_prediction_tokens",
    },
)

# Its provider for Anthropic hands on input_tokens, which leaves out what was cached.
AI_SDK_4_CLAUDE = Dialect(
    "the AI SDK 4 with Claude",
    "vercel/ai packages/anthropic, doGenerate of version 4, general record; 2026-11-28",
    {"promptTokens": "input_tokens", "completionTokens": "output_tokens", "totalTokens": "="},
    need=("promptTokens", "completionTokens"),
    beside=CACHED,
    body={
        **_METADATA,
        **_WRITTEN,
        "providerMetadata.anthropic.cacheReadInputTokens": "cached_input_tokens",
    },
    providers=("anthropic",),
    maker="claude",
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
    body=_METADATA,
)

# From version 6 on the input contains what was written, whoever the provider is.
AI_SDK_6 = replace(
    AI_SDK,
    name="the AI SDK 6",
    source="ai 6.0.41 src/types/usage.ts, LanguageModelUsage; 2026-11-28",
    need=(*AI_SDK.need, "inputTokenDetails.noCacheTokens"),
    body={**_METADATA, **_WRITTEN},
)

AI_SDK_EMBEDDING = Dialect(
    "an embedding by the AI SDK", "ai-sdk.dev, embed: usage.tokens; 2026-11-28",
    {"prompt_tokens": "input_tokens", "tokens": "="}, need=("prompt_tokens", "tokens"),
)  # fmt: skip

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
    beside=CACHED,
    body={**_METADATA, **_WRITTEN},
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

DIALECTS = (
    AI_SDK_4, AI_SDK_4_CLAUDE, AI_SDK_6, AI_SDK, AI_SDK_CLAUDE, AI_SDK_PROVIDER, AI_SDK_EMBEDDING,
)  # fmt: skip
