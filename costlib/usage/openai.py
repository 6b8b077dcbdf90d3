"""OpenAI's usage objects, and those of the vendors that kept its field names.

Units: tokens, seconds of audio. Inclusive: cached and written tokens are inside the input, and
reasoning and predictions inside the output. xAI alone counts reasoning beside, in Chat
Completions; there the total proves which it is. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import Dialect

MEDIA = ("audio", "image", "video")


def _inside(prefix: str, total: str) -> dict[str, str]:
    """The rows of a details object: media, cached tokens and writes, all parts of the input."""
    rows = {
        "text_tokens": f"<{total}",
        "cached_tokens": "cached_input_tokens",
        "cached_tokens_details.text_tokens": "<cached_input_tokens",
        "cache_write_tokens": "written",
        "cache_write_tokens_details.ttl_30m_tokens": "cache_write_30m_tokens",
        "cache_write_tokens_details.ttl_12h_tokens": "cache_write_12h_tokens",
    }
    for medium in MEDIA:
        rows[f"{medium}_tokens"] = f"input_{medium}_tokens"
        rows[f"cached_tokens_details.{medium}_tokens"] = f"cached_{medium}_tokens"
    return {f"{prefix}.{name}": role for name, role in rows.items()}


def made(prefix: str) -> dict[str, str]:
    """The rows of what is inside the output."""
    return {
        f"{prefix}.text_tokens": "<output_tokens",
        f"{prefix}.reasoning_tokens": "reasoning_tokens",
        f"{prefix}.audio_tokens": "output_audio_tokens",
        f"{prefix}.image_tokens": "output_image_tokens",
        f"{prefix}.accepted_prediction_tokens": "accepted_prediction_tokens",
        f"{prefix}.rejected_prediction_tokens": "rejected_prediction_tokens",
    }


# xAI lists what its own tools did; a search is charged by the call (docs.x.ai, 2026-11-28).
_XAI = {
    "cost_in_usd_ticks": "$ticks",
    "num_sources_used": "-",
    "context_details.input_tokens": "-",  # the size of the last of its own requests
    "context_details.output_tokens": "-",
    "num_server_side_tools_used": "<calls",
    "server_side_tool_usage_details.web_search_calls": "web_searches",
    "server_side_tool_usage_details.x_search_calls": "fee:x_search",
    "server_side_tool_usage_details.code_interpreter_calls": "fee:code_execution",
    "server_side_tool_usage_details.file_search_calls": "fee:file_search",
    "server_side_tool_usage_details.document_search_calls": "fee:document_search",
}

XAI_TOOLS = {
    "SERVER_SIDE_TOOL_WEB_SEARCH": "web_searches",
    "SERVER_SIDE_TOOL_X_SEARCH": "fee:x_search",
    "SERVER_SIDE_TOOL_CODE_EXECUTION": "fee:code_execution",
    "SERVER_SIDE_TOOL_COLLECTIONS_SEARCH": "fee:file_search",
    "SERVER_SIDE_TOOL_ATTACHMENT_SEARCH": "fee:document_search",
    **{f"SERVER_SIDE_TOOL_{name}": "-" for name in ("VIEW_IMAGE", "VIEW_X_VIDEO", "MCP")},
}
"""The tools that xAI's gRPC names in `server_side_tools_used`, once for each call (xai-sdk 1.21
usage.proto, ServerSideTool, and a printed usage in a public notebook; 2026-11-28). Their roles are
those of a table's rows; the last three cost tokens alone (docs.x.ai, Models and Pricing, Tools
Pricing, by excerpt; 2026-11-28)."""

CHAT_ROWS = {
    "prompt_tokens": "input_tokens",
    "completion_tokens": "output_tokens",
    "total_tokens": "=",
    "reasoning_tokens": "reasoning_tokens",
    **_inside("prompt_tokens_details", "input_tokens"),
    "prompt_token_details.cached_tokens": "cached_input_tokens",  # a run of the Assistants API
    **made("completion_tokens_details"),
    "prompt_cache_hit_tokens": "cached_input_tokens",  # DeepSeek
    "prompt_cache_miss_tokens": "<input_tokens",
    "extra_properties.google.traffic_type": "tier",  # Vertex in OpenAI's fields
    "num_cached_tokens": "cached_input_tokens",  # Mistral
    "prompt_audio_seconds": "audio_seconds",
    "request_count": "requests",
    "requests": "requests",  # Weave's sum for a model
    # Its Conversations API: what its connectors read comes on top of the prompt.
    "connector_tokens": "+input_tokens",
    "connectors.web_search": "web_searches",
    "connectors.web_search_premium": "fee:web_search_premium",
    "connectors.code_interpreter": "fee:code_execution",
    "connectors.image_generation": "fee:image_generation",
    "connectors.document_library": "fee:document_search",
    "cached_tokens": "cached_input_tokens",  # Moonshot, Together
    "effectiveCachedTokens": "cached_input_tokens",  # LongCat
    **{  # SGLang: from which memory
        f"cached_tokens_details.{place}": "<cached_input_tokens"
        for place in ("device", "host", "storage")
    },
    "prompt_eval_count": "input_tokens",  # Open WebUI before Ollama, by both names
    "eval_count": "output_tokens",
    "prompt_text_tokens": "<input_tokens",  # xAI's gRPC
    "prompt_image_tokens": "input_image_tokens",
    "cached_prompt_text_tokens": "cached_input_tokens",
    **_XAI,
    "num_sources_used": "fee:live_search_source",  # Live Search; the tools of Responses find freely
}

RESPONSES_ROWS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "total_tokens": "=",
    "reasoning_tokens": "reasoning_tokens",  # the svg_usage of the image endpoints
    "requests": "requests",  # the Agents SDK: a run is a sum
    **_inside("input_tokens_details", "input_tokens"),
    **_inside("input_token_details", "input_tokens"),  # audio and realtime
    # Alibaba's DashScope, which has its pictures, sounds and videos once more beside the details,
    # and all counts in `x_details`, where alone stands what was cached.
    **_inside("prompt_tokens_details", "input_tokens"),
    "x_details[].input_tokens": "input_tokens",
    "x_details[].output_tokens": "output_tokens",
    "x_details[].total_tokens": "=",
    **{f"x_details[].{medium}_tokens": f"input_{medium}_tokens" for medium in MEDIA},
    **_inside("x_details[].input_tokens_details", "input_tokens"),
    **_inside("x_details[].prompt_tokens_details", "input_tokens"),
    # What Alibaba keeps for those who ask for it lives five minutes.
    **{
        f"x_details[].prompt_tokens_details.{name}": "cache_write_5m_tokens"
        for name in ("cache_creation_input_tokens", "cache_creation.ephemeral_5m_input_tokens")
    },
    **made("x_details[].output_tokens_details"),
    "x_tools.web_search.count": "web_searches",
    **{f"{medium}_tokens": f"input_{medium}_tokens" for medium in MEDIA},
    **made("output_tokens_details"),
    **made("output_token_details"),
    **_XAI,
}

# What a body has beside its usage object.
_AROUND = {
    "service_tier": "tier",
    # GitHub Copilot's API: the same tokens once more, in the units of its plans
    "copilot_usage.total_nano_aiu": "-",
    **{
        f"copilot_usage.token_details[].{name}": "-"
        for name in ("batch_size", "cost_per_batch", "token_count")
    },
    "request_counts.completed": "requests",  # a whole batch
    "request_counts.failed": "-",
    "request_counts.total": "-",
    "timings.cache_n": "cached_input_tokens",  # llama.cpp's server
    # LM Studio: what a small model drafted, of which the output has what was accepted
    **{
        f"stats.{name}_draft_tokens_count": "-"
        for name in ("total", "accepted", "rejected", "ignored")
    },
}

# LiteLLM's StandardLoggingPayload, as its callbacks write it, around the provider's usage.
_LITELLM = {
    "prompt_tokens": "<input_tokens",
    "completion_tokens": "<output_tokens",
    "total_tokens": "-",
    "response_cost": "$",
    "cost": "$",  # the same in an entry of DSPy's history
    "saved_cache_cost": "-",  # what an answer of the gateway's own cache would have cost
    "hidden_params.response_cost": "-",  # the same once more
    **{
        f"metadata.{copy}.{name}": "-"  # what the answer beside it says
        for copy in ("usage_object", "additional_usage_values")
        for name in CHAT_ROWS
    },
    **{
        f"cost_breakdown.{name}_cost": "$part"
        for name in ("input", "output", "cache_read", "cache_creation", "reasoning", "tool_usage",
                     "guardrail", "original", "total")
    },
}  # fmt: skip

CHAT = Dialect(
    "OpenAI's Chat Completions",
    "openai 3 types.CompletionUsage; groq 1.7, mistralai 3.7, xai-sdk 1.21 types; Mistral's "
    "conversation.response in its guide on connectors; 2026-11-28",
    CHAT_ROWS,
    need=("prompt_tokens", "completion_tokens"),
    reasoning="unknown",
    writes="30m",
    body={**_AROUND, **_LITELLM},
)

RESPONSES = Dialect(
    "OpenAI's Responses",
    "openai 3 types.responses.ResponseUsage, ImagesResponse, realtime; openai-agents 0.24 Usage; "
    "2026-11-28",
    {
        **RESPONSES_ROWS,
        # The Agents SDK repeats each request of the run; older versions wrap details in a list.
        **{f"request_usage_entries[].{name}": "-" for name in RESPONSES_ROWS},
        **_inside("input_tokens_details[]", "input_tokens"),
        **made("output_tokens_details[]"),
    },
    need=("input_tokens", "output_tokens"),
    writes="30m",
    body={
        **_AROUND,
        # What hosted tools used, in a body's tool_usage; pictures are named by `ITEM_FEES`.
        "tool_usage.web_search.num_requests": "web_searches",
        **{
            f"tool_usage.image_gen.{name}": "-"
            for name in (
                "input_tokens",
                "output_tokens",
                "total_tokens",
                "cached_tokens",
                "input_tokens_details.text_tokens",
                "input_tokens_details.image_tokens",
                "output_tokens_details.text_tokens",
                "output_tokens_details.image_tokens",
                "cached_tokens_details.cached_text_tokens",
                "cached_tokens_details.cached_image_tokens",
            )
        },
    },
)

VOXTRAL = Dialect(
    "Mistral's chats with audio",
    "a Voxtral answer quoted in the tests of a public client (prompt_tokens 6, audio_tokens 375, "
    "total_tokens 383); 2026-11-28",
    {**CHAT_ROWS, "prompt_tokens_details.audio_tokens": "input_audio_tokens"},
    need=("prompt_tokens", "completion_tokens", "prompt_audio_seconds"),
    beside=frozenset({"input_audio_tokens"}),
    body=CHAT.body,
    providers=("mistral",),
    maker="voxtral",
)

MISTRAL_TRANSCRIPTION = Dialect(
    "Mistral's transcriptions",
    "Mistral's reference of POST /v1/audio/transcriptions, as public clients quote it "
    "(prompt_audio_seconds 203, prompt_tokens 4, completion_tokens 635, total_tokens 3264); "
    "2026-11-28",
    # Charged by the minute alone; the total has the tokens of the sound, which nothing else tells.
    {
        "prompt_audio_seconds": "audio_seconds",
        "prompt_tokens": "-",
        "completion_tokens": "-",
        "total_tokens": "-",
    },
    need=("prompt_audio_seconds", "total_tokens"),
    providers=("mistral",),
    maker="voxtral",
)

EMBEDDINGS = Dialect(
    "an embedding",
    "openai 3 types.CreateEmbeddingResponse; 2026-11-28",
    {"prompt_tokens": "input_tokens", "total_tokens": "=", "cost": "$"},
    need=("prompt_tokens", "total_tokens"),
)

SECONDS = Dialect(
    "audio by its seconds",
    "openai 3 types.audio.TranscriptionVerbose; 2026-11-28",
    {"seconds": "audio_seconds", "cost": "$"},  # OpenRouter's too
    need=("seconds",),
    body={"service_tier": "tier"},
)

DIALECTS = (CHAT, RESPONSES, VOXTRAL, MISTRAL_TRANSCRIPTION, EMBEDDINGS, SECONDS)

ITEM_FEES = {
    "file_search_call": "file_search",
    "code_interpreter_call": "code_session",
    "shell_call": "code_session",  # in a container of OpenAI's
    "image_generation_call": "image_generation",
    "bing_grounding_call": "bing_grounding",
    "bing_custom_search_preview_call": "bing_custom_search",
}
"""Items of a Responses' output that cost something beside the tokens, and the fee that they are
(openai.com/api/pricing, 2026-11-28; Microsoft Foundry's: azure.ai.agentserver.responses.models,
which Azure charges as Grounding with Bing, docs.litellm.ai/docs/search/bing_grounding, 2026-11-29).
A web search is counted in `web_searches`. The tokens of a picture are charged at the rates of the
model that made it, which the body does not name."""

CALL_FEES = {"$web_search": "kimi_web_search"}
"""Functions that a chat asks for, which cost something when it does (platform.kimi.ai/docs/pricing/
tools: $0.005 where finish_reason is tool_calls and the function's name is $web_search; 2026-11-29).
"""

SEARCHES_ALWAYS = ("-search-preview", "-search-api")
"""Parts of the names of models that search the web before each answer of Chat Completions, which
says nothing of it (OpenAI's guide on web search; rhyannonjoy.github.io/agent-ecosystem-testing,
methodology: "always performs web search"; 2026-11-29)."""
