"""Usage objects as .NET's and Java's libraries write them down, and Microsoft's for Python.

Units: tokens. Inclusive, but for LangChain4j with Claude. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import CACHED, Dialect

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
        "cachedContentTokenCount": "cached_input_tokens",  # LangChain4j with Gemini
        "thoughtsTokenCount": "reasoning_tokens",
    },
    need=("inputTokenCount", "outputTokenCount"),
)

LANGCHAIN4J_CLAUDE = Dialect(
    "LangChain4j with Claude",
    "langchain4j AnthropicTokenUsage, general record; 2026-11-28",
    {
        "inputTokenCount": "input_tokens",
        "outputTokenCount": "output_tokens",
        "totalTokenCount": "=",
        "cacheReadInputTokens": "cached_input_tokens",
        "cacheCreationInputTokens": "written",
    },
    need=("inputTokenCount", "outputTokenCount", "cacheReadInputTokens"),
    beside=CACHED,
)

OPENAI_DOTNET = Dialect(
    "OpenAI's .NET SDK (Semantic Kernel)",
    "openai-dotnet ChatTokenUsage, general record; 2026-11-28",
    {
        "InputTokenCount": "input_tokens",
        "OutputTokenCount": "output_tokens",
        "TotalTokenCount": "=",
        "InputTokenDetails.CachedTokenCount": "cached_input_tokens",
        "InputTokenDetails.AudioTokenCount": "input_audio_tokens",
        "OutputTokenDetails.ReasoningTokenCount": "reasoning_tokens",
        "OutputTokenDetails.AudioTokenCount": "output_audio_tokens",
        "OutputTokenDetails.AcceptedPredictionTokenCount": "accepted_prediction_tokens",
        "OutputTokenDetails.RejectedPredictionTokenCount": "rejected_prediction_tokens",
    },
    need=("InputTokenCount", "OutputTokenCount"),
    writes="30m",
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

DIALECTS = (DOTNET, LANGCHAIN4J_CLAUDE, OPENAI_DOTNET, AGENT_FRAMEWORK)
