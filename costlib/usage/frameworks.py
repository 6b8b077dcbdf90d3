"""Usage objects as Python's frameworks write them down: LangChain, pydantic-ai, Agno, LiveKit ...

Units: tokens; costs are USD. Inclusive: they add cached tokens to the input themselves, but for
those that hand on what each vendor counts (Agno, CrewAI, Strands). Lesson 2 reads these bodies.
"""

from __future__ import annotations

from dataclasses import replace

from costlib.usage.bedrock import CONVERSE
from costlib.usage.dialect import CACHED, Dialect
from costlib.usage.openai import MEDIA


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
    "langchain-core 1.8 messages.ai.UsageMetadata; langchain-openai 1.7, -anthropic 1.7, "
    "-openrouter 0.2; 2026-11-29",
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
    body={
        "response_metadata.service_tier": "tier",
        "response_metadata.cost": "$",  # langchain-openrouter, which leaves out whose key it was
        **{
            f"response_metadata.cost_details.upstream_inference_{part}cost": "$part"
            for part in ("", "prompt_", "completions_", "input_", "output_")
        },
    },
)

# What the vendor said besides, which pydantic-ai has sorted into its own fields.
_MEDIA = ("text", "audio", "image", "video", "document")
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
    # Google's, which the totals and media of the record itself contain
    "cached_content_tokens": "cached_input_tokens",
    **{
        f"{medium}_{place}_tokens": total
        for medium in _MEDIA
        for place, total in (
            ("prompt", "<input_tokens"),
            ("cache", "<cached_input_tokens"),
            ("candidates", "<output_tokens"),
            ("response", "<output_tokens"),
        )
    },
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
        **{f"input_{medium}_tokens": f"input_{medium}_tokens" for medium in MEDIA},
        **{f"cache_{medium}_read_tokens": f"cached_{medium}_tokens" for medium in MEDIA},
        **{f"output_{medium}_tokens": f"output_{medium}_tokens" for medium in ("audio", "image")},
        "input_text_tokens": "<input_tokens",
        "cache_text_read_tokens": "<cached_input_tokens",
        "output_text_tokens": "<output_tokens",
        "audio_seconds": "audio_seconds",
        "requests": "requests",
        "tool_calls": "-",
        "cost": "$",
        **{f"details.{name}": role for name, role in PYDANTIC_DETAILS.items()},
    },
    need=("input_tokens", "output_tokens"),
    rest_is_short=True,
)

# What a tool of Google's read is inside the input since there is a field for it.
PYDANTIC_AI_TOOLS = replace(
    PYDANTIC_AI,
    name="pydantic-ai's usage with tools of Google's",
    source="pydantic-ai tests/realtime of 2026, RequestUsage; 2026-11-28",
    rows={
        **PYDANTIC_AI.rows,
        "input_tool_tokens": "<input_tokens",
        "details.tool_use_prompt_tokens": "<input_tokens",
        **{f"input_{medium}_tool_tokens": "<input_tokens" for medium in _MEDIA},
        **{f"details.{medium}_tool_use_prompt_tokens": "<input_tokens" for medium in _MEDIA},
    },
    need=(*PYDANTIC_AI.need, "input_tool_tokens"),
)

PYDANTIC_AI_OLD = Dialect(
    "pydantic-ai's usage before 1.0",
    "pydantic-ai 0 usage.Usage, general record; 2026-11-28",
    {
        "request_tokens": "input_tokens",
        "response_tokens": "output_tokens",
        "total_tokens": "=",
        "requests": "requests",
        **{f"details.{name}": role for name, role in PYDANTIC_DETAILS.items()},
    },
    need=("request_tokens", "response_tokens"),
)

LANGCHAIN_CALLBACK = Dialect(
    "LangChain's get_openai_callback",
    "langchain-community OpenAICallbackHandler, general record; 2026-11-28",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "total_tokens": "=",
        "prompt_tokens_cached": "cached_input_tokens",
        "reasoning_tokens": "reasoning_tokens",
        "successful_requests": "requests",
        "total_cost": "$",
    },
    need=("prompt_tokens", "completion_tokens", "successful_requests"),
    writes="30m",
)

_INCLUSIVE = ("openai", "azure", "deepseek", "groq", "mistral", "openrouter", "litellm", "x-ai")

# Of Claude's cached tokens its versions up to 1.15.5 leave out of the prompt what 1.15.30 adds.
CREWAI = Dialect(
    "CrewAI's usage_metrics",
    "crewai 1.9 to 1.15.30 types.usage_metrics, llms.providers; 2026-11-29",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "total_tokens": "=",
        "cached_prompt_tokens": "cached_input_tokens",
        "cache_creation_tokens": "written",
        "reasoning_tokens": "reasoning_tokens",
        "successful_requests": "requests",
    },
    need=("prompt_tokens", "completion_tokens", "cached_prompt_tokens"),
    providers=(*_INCLUSIVE, "google"),
    vendors=frozenset(_INCLUSIVE),
)

AGNO = Dialect(
    "Agno's metrics",
    "agno 3.1 metrics.MessageMetrics, models: each hands on what its vendor counts; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "=",
        "cache_read_tokens": "cached_input_tokens",
        "cache_write_tokens": "written",
        "reasoning_tokens": "reasoning_tokens",
        "audio_input_tokens": "input_audio_tokens",
        "audio_output_tokens": "output_audio_tokens",
        "audio_total_tokens": "-",
        "cost": "$",
        "provider_metrics.service_tier": "tier",
        "provider_metrics.traffic_type": "tier",
        "provider_metrics.server_tool_use.web_search_requests": "web_searches",
        "provider_metrics.server_tool_use.web_fetch_requests": "-",
    },
    need=("input_tokens", "output_tokens", "total_tokens"),
    providers=_INCLUSIVE,
    vendors=frozenset({
        "openai", "azure", "azurefoundry", "deepseek", "groq", "litellm", "mistral", "openrouter",
        "openresponses", "perplexity", "vercel", "xai",
    }),
)  # fmt: skip
AGNO_CLAUDE = replace(
    AGNO, name="Agno's metrics of Claude and Bedrock", beside=CACHED,
    providers=("anthropic", "aws"), vendors=frozenset({"anthropic", "awsbedrock", "vertexai"}),
)  # fmt: skip
# Its total is of the candidates alone, which do not contain the thoughts.
AGNO_GEMINI = replace(
    AGNO, name="Agno's metrics of Gemini", beside=frozenset({"reasoning_tokens"}),
    providers=("google",), vendors=frozenset({"google"}),
)  # fmt: skip

# It has everyone's counts by Bedrock's names, and what was cached in the total of Claude's alone.
STRANDS = replace(
    CONVERSE,
    name="Strands' usage of OpenAI and Google",
    source="strands-agents 1.10 to 1.62 models.openai, .gemini, .anthropic; 2026-11-29",
    beside=frozenset(),
    providers=(*_INCLUSIVE, "google"),
    vendors=frozenset({*_INCLUSIVE, "google"}),
    total_is_whole=False,
)

LIVEKIT = Dialect(
    "LiveKit's llm_metrics",
    "livekit-agents 1.8 metrics.LLMMetrics, llm.CompletionUsage (the prompt includes what was "
    "cached); 2026-11-29",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "total_tokens": "=",
        "prompt_cached_tokens": "cached_input_tokens",
        "cache_read_tokens": "cached_input_tokens",
        "cache_creation_tokens": "written",
        "reasoning_tokens": "reasoning_tokens",
    },
    need=("prompt_tokens", "completion_tokens", "prompt_cached_tokens"),
)

LIVEKIT_MODEL = Dialect(
    "a model in LiveKit's session usage",
    "livekit-agents 1.8 metrics.usage.LLMModelUsage; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "input_cached_tokens": "cached_input_tokens",
        "input_cache_creation_tokens": "written",
        "input_text_tokens": "<input_tokens",
        "input_cached_text_tokens": "<cached_input_tokens",
        **{f"input_{medium}_tokens": f"input_{medium}_tokens" for medium in ("audio", "image")},
        **{
            f"input_cached_{medium}_tokens": f"cached_{medium}_tokens"
            for medium in ("audio", "image")
        },
        "output_tokens": "output_tokens",
        "output_audio_tokens": "output_audio_tokens",
        "output_text_tokens": "<output_tokens",
        "output_reasoning_tokens": "reasoning_tokens",
    },
    need=("input_tokens", "output_tokens", "input_cached_tokens"),
)

LIVEKIT_SPEECH = Dialect(
    "LiveKit's stt_metrics",
    "livekit-agents 1.8 metrics.STTMetrics, STTModelUsage; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "=",
        "input_audio_tokens": "input_audio_tokens",
        "audio_duration": "or_seconds",
    },
    need=("input_tokens", "output_tokens", "audio_duration"),
)

LIVEKIT_VOICE = Dialect(
    "LiveKit's tts_metrics",
    "livekit-agents 1.8 metrics.TTSMetrics, TTSModelUsage; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "characters_count": "input_characters",
        "audio_duration": "-",  # of what was spoken
    },
    need=("input_tokens", "output_tokens", "characters_count"),
)

OPENHANDS = Dialect(
    "OpenHands' TokenUsage",
    "OpenHands llm/metrics, TokenUsage (LiteLLM's prompt_tokens, which contain what was cached), "
    "general record; 2026-11-28",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "cache_read_tokens": "cached_input_tokens",
        "cache_write_tokens": "written",
        "reasoning_tokens": "reasoning_tokens",
        "per_turn_token": "-",
    },
    need=("prompt_tokens", "completion_tokens", "cache_read_tokens", "cache_write_tokens"),
)

DIALECTS = (
    LANGCHAIN, LANGCHAIN_CALLBACK, CREWAI, AGNO, AGNO_CLAUDE, AGNO_GEMINI, STRANDS, LIVEKIT,
    LIVEKIT_MODEL, LIVEKIT_SPEECH, LIVEKIT_VOICE, OPENHANDS, PYDANTIC_AI, PYDANTIC_AI_TOOLS,
    PYDANTIC_AI_OLD,
)  # fmt: skip
