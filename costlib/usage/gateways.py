"""Usage objects of gateways, and of vendors with field names of their own.

Units: tokens; costs are USD. LiteLLM, OpenRouter and most others send OpenAI's fields with
Anthropic's cache fields beside them: they are inclusive, whatever the names suggest. Lesson 2.
"""

from __future__ import annotations

from costlib.usage.anthropic import MESSAGES
from costlib.usage.dialect import CACHED, Dialect
from costlib.usage.openai import CHAT, CHAT_ROWS, EMBEDDINGS, RESPONSES, RESPONSES_ROWS, made

_LIFETIMES = {
    "ephemeral_5m_input_tokens": "cache_write_5m_tokens",
    "ephemeral_30m_input_tokens": "cache_write_30m_tokens",
    "ephemeral_1h_input_tokens": "cache_write_1h_tokens",
    "ephemeral_12h_input_tokens": "cache_write_12h_tokens",
}


# `cost` is what the gateway charges. With a key of one's own (`is_byok`) that is its fee, and the
# vendor charges the key's owner `upstream_inference_cost` besides; else that repeats `cost`.
_COSTS = {
    "cost": "$",
    "is_byok": "own_key",
    "estimated_cost": "$",  # DeepInfra
    "market_cost": "$part",  # Vercel: the list price
    "cost_details.upstream_inference_cost": "$own",
    **{
        f"cost_details.upstream_inference_{name}_cost": "$part"
        for name in ("prompt", "completions", "input", "output")
    },
    "cost_details.server_tool_cost": "$part",
    "cost.total_cost": "$",  # Bifrost
    **{
        f"cost.{name}_cost": "$part"
        for name in (
            "input",
            "output",
            "input_cost_details.text",
            "output_cost_details.text",
            "output_cost_details.search_queries",
        )
    },
}
_TOOLS = {
    "server_tool_use_details.web_search_requests": "web_searches",
    "server_tool_use_details.tool_calls_requested": "-",
    "server_tool_use_details.tool_calls_executed": "-",
}


def _gateway(details: str) -> dict[str, str]:
    """What gateways add to OpenAI's fields; `details` is the name of the input's details."""
    split = f"{details}.cache_creation_token_details"
    return {
        "cache_read_input_tokens": "cached_input_tokens",
        "cache_creation_input_tokens": "written",
        f"{details}.cache_read_input_tokens": "cached_input_tokens",
        f"{details}.cache_creation_tokens": "written",
        f"{details}.cache_creation_input_tokens": "written",
        **{f"{split}.{name}": role for name, role in _LIFETIMES.items()},
        # Alibaba's Qwen in OpenAI's fields
        **{f"{details}.cache_creation.{name}": role for name, role in _LIFETIMES.items()},
        **{f"cache_creation.{name}": role for name, role in _LIFETIMES.items()},
        # Bifrost
        f"{details}.cached_read_tokens": "cached_input_tokens",
        f"{details}.cached_write_tokens": "written",
        # Requesty
        f"{details}.caching_tokens": "written",
        f"{details}.caching_token_details.caching_5m_tokens": "cache_write_5m_tokens",
        f"{details}.caching_token_details.caching_1h_tokens": "cache_write_1h_tokens",
        "completion_tokens_details.num_search_queries": "web_searches",
        f"{details}.tool_use_tokens": "<input_tokens",
        f"{details}.initial_prompt_tokens": "<input_tokens",
        f"{details}.character_count": "input_characters",
        f"{details}.web_search_requests": "web_searches",
        f"{details}.google_maps_grounding_requests": "fee:maps_grounding",
        "server_tool_use.web_search_requests": "web_searches",
        "server_tool_use.web_fetch_requests": "-",
        "server_tool_use.tool_search_requests": "-",
        **_COSTS,
        **_TOOLS,
    }


_SOURCE = (
    "litellm 1.110 types.utils.Usage, StandardLoggingPayload; openrouter.ai/docs, usage "
    "accounting, and its OpenAPI in OpenRouterTeam/python-sdk, ChatUsage, CostDetails; the "
    "tests of Bifrost's log store; 2026-11-29"
)
_BODY = {
    **(CHAT.body or {}),
    "_hidden_params.response_cost": "$",
    **{
        f"metadata.{copy}.{name}": "-"
        for copy in ("usage_object", "additional_usage_values")
        for name in _gateway("prompt_tokens_details")
    },
}

# Claude's fields beside OpenAI's totals, which frameworks write too. Their input leaves out what
# was cached in Haystack before anthropic-haystack 6, and in its and LlamaIndex's answers of
# Bedrock, whose totals tell (the packages of 2026-11-29, and an older file of Haystack's).
_CLAUDES = {
    "cache_read_input_tokens": "cached_input_tokens",
    "cache_creation_input_tokens": "written",
    "cache_write_input_tokens": "written",
    **{f"cache_creation.{name}": role for name, role in _LIFETIMES.items()},
    "cache_details[5m].inputTokens": "cache_write_5m_tokens",
    "cache_details[1h].inputTokens": "cache_write_1h_tokens",
}

CHAT_GATEWAY = Dialect(
    "a gateway (LiteLLM, OpenRouter)", _SOURCE,
    {**CHAT_ROWS, **_gateway("prompt_tokens_details"), **_CLAUDES},
    need=CHAT.need, reasoning="unknown", body=_BODY, providers=("litellm", "openrouter"),
    cached=tuple(_CLAUDES),
)  # fmt: skip
RESPONSES_GATEWAY = Dialect(
    "a gateway's Responses (LiteLLM, OpenRouter)", _SOURCE,
    {
        **RESPONSES_ROWS,
        **made("completion_tokens_details"),  # LiteLLM's pictures by Gemini have both names
        **{name: role for name, role in _gateway("input_tokens_details").items()
           if name not in ("cache_read_input_tokens", "cache_creation_input_tokens")},
    },
    need=RESPONSES.need, body=_BODY, providers=("litellm", "openrouter"),
)  # fmt: skip

MESSAGES_GATEWAY = Dialect(
    "a gateway's Messages (OpenRouter)",
    "OpenRouter's OpenAPI in OpenRouterTeam/python-sdk, MessagesResult, AnthropicUsage; 2026-11-28",
    {**MESSAGES.rows, **_COSTS},
    need=MESSAGES.need, beside=MESSAGES.beside, body=MESSAGES.body, providers=("openrouter",),
    added=MESSAGES.added,
)  # fmt: skip

# "Number of input tokens billed for this request": a model without a price by the token has none.
TRANSCRIPTION = Dialect(
    "a transcription through OpenRouter",
    "openrouter.ai/docs, STTUsage, whose example costs what its tokens cost; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "total_tokens": "=",
        "seconds": "or_seconds",
        "cost": "$",
    },
    need=("input_tokens", "output_tokens", "seconds"),
    providers=("openrouter",),
)

EMBEDDINGS_GATEWAY = Dialect(
    "a gateway's embeddings (OpenRouter)", _SOURCE, {**EMBEDDINGS.rows, **_COSTS},
    need=EMBEDDINGS.need, providers=("litellm", "openrouter"),
)  # fmt: skip

GENERATION = Dialect(
    "OpenRouter's generation",
    "OpenRouterTeam/typescript-sdk, GenerationResponse (GET /generation); 2026-11-28",
    {
        "native_tokens_prompt": "input_tokens",
        "native_tokens_completion": "output_tokens",
        "native_tokens_reasoning": "reasoning_tokens",
        "native_tokens_cached": "cached_input_tokens",
        "native_tokens_completion_images": "output_image_tokens",
        "tokens_prompt": "-",  # the same text, counted with one tokenizer for all models
        "tokens_completion": "-",
        "num_media_prompt": "-",
        "num_media_completion": "-",
        "num_search_results": "-",
        "num_input_audio_prompt": "-",
        "num_fetches": "-",
        "billable_web_search_calls": "web_searches",  # Vercel's, which has the same fields
        "provider_responses[].status": "-",  # of each attempt
        "total_cost": "$",
        "usage": "$",
        "is_byok": "own_key",
        "upstream_inference_cost": "$own",
        "cache_discount": "$part",
    },
    need=("native_tokens_prompt", "native_tokens_completion"),
    providers=("openrouter",),
)

PERPLEXITY = Dialect(
    "Perplexity's Sonar",
    "docs.perplexity.ai, chat completions; genai-prices 0.2.3; 2026-11-28",
    {
        "prompt_tokens": "input_tokens",
        "completion_tokens": "output_tokens",
        "total_tokens": "=",
        "reasoning_tokens": "!reasoning is charged apart at Perplexity",
        "citation_tokens": "!citations are charged apart at Perplexity",
        "num_search_queries": "web_searches",
        "cost.total_cost": "$",
        "cost.input_tokens_cost": "$part",
        "cost.output_tokens_cost": "$part",
        "cost.reasoning_tokens_cost": "$part",
        "cost.citation_tokens_cost": "$part",
        "cost.search_queries_cost": "$part",
        "cost.request_cost": "$part",
    },
    need=("prompt_tokens", "completion_tokens"),
    providers=("perplexity",),
)

# Its tools are charged by the call, at prices that depend on how they searched: what it says that
# the whole cost is exact.
PERPLEXITY_AGENT = Dialect(
    "Perplexity's Agent API",
    "docs.perplexity.ai, POST /v1/responses: a printed usage and its guide on pricing, stored in "
    "public repositories until 2026-10; 2026-11-29",
    {
        **RESPONSES_ROWS,
        "input_tokens_details.cache_read_input_tokens": "cached_input_tokens",
        "input_tokens_details.cache_creation_input_tokens": "written",
        "cost.total_cost": "$",
        **{
            f"cost.{name}_cost": "$part"
            for name in ("input", "output", "cache_read", "cache_creation", "tool_calls")
        },
        **{
            f"tool_calls_details.{tool}.{name}": role.format(tool)
            for tool in (
                "search_web",
                "web_search",
                "fetch_url",
                "image_search",
                "people_search",
                "finance_search",
                "sandbox",
            )
            for name, role in (("invocation", "fee:perplexity_{}"), ("cost_usd", "$part"))
        },
    },
    need=("input_tokens", "output_tokens"),
    body=RESPONSES.body,
    providers=("perplexity",),
)


def _cohere(around: str) -> dict[str, str]:
    """Billed units are what is charged; `tokens` also has what Cohere adds to a prompt itself."""
    return {
        f"{around}billed_units.input_tokens": "input_tokens",
        f"{around}billed_units.output_tokens": "output_tokens",
        f"{around}billed_units.search_units": "!a search unit of Rerank",
        f"{around}billed_units.classifications": "!a classification",
        f"{around}billed_units.images": "!an image",
        f"{around}billed_units.pages": "!a page",
        f"{around}billed_units.text_tokens": "<input_tokens",
        f"{around}billed_units.image_tokens": "input_image_tokens",
        f"{around}tokens.input_tokens": "-",
        f"{around}tokens.output_tokens": "-",
        f"{around}cached_tokens": "-",  # of `tokens`; no part of what is billed
    }


COHERE = Dialect(
    "Cohere's billed units", "cohere 7.3 types.Usage, ApiMetaBilledUnits; 2026-11-28",
    _cohere(""), need=("billed_units.input_tokens",), whole_floats=True, providers=("cohere",),
)  # fmt: skip

RANKING = Dialect(
    "a ranking through LiteLLM", "litellm 1.110 types.rerank.RerankBilledUnits; 2026-11-28",
    {"billed_units.total_tokens": "input_tokens", "tokens.input_tokens": "-"},
    need=("billed_units.total_tokens",), providers=("litellm",),
)  # fmt: skip

OLLAMA = Dialect(
    "Ollama",
    "ollama 0.6 types.BaseGenerateResponse; docs.ollama.com/api/usage; 2026-11-28",
    {
        "prompt_eval_count": "input_tokens",
        "prompt_eval_cached_count": "cached_input_tokens",  # of the prompt; the rest was evaluated
        "eval_count": "output_tokens",
    },
    need=("prompt_eval_count", "eval_count"),
)

OLLAMA_EMBEDDING = Dialect(
    "an embedding by Ollama",
    "docs.ollama.com/api/embed; 2026-11-28",
    {"prompt_eval_count": "input_tokens", "embeddings[][]": "-"},
    need=("prompt_eval_count", "embeddings[][]"),
)

LLAMA_CPP = Dialect(
    "llama.cpp's own completion",
    "github.com/ggml-org/llama.cpp tools/server README, POST /completion; 2026-11-28",
    {
        "tokens_evaluated": "input_tokens",
        "tokens_predicted": "output_tokens",
        "tokens_cached": "-",  # the size of the context afterwards
        "timings.cache_n": "cached_input_tokens",
    },
    need=("tokens_evaluated", "tokens_predicted"),
)

LM_STUDIO = Dialect(
    "LM Studio's own chat",
    "lmstudio.ai/docs, POST /api/v1/chat: stats, general record; answers printed in public "
    "benchmarks of 2026; 2026-11-29",
    {
        "input_tokens": "input_tokens",
        "total_output_tokens": "output_tokens",
        "reasoning_output_tokens": "reasoning_tokens",
    },
    need=("input_tokens", "total_output_tokens"),
)

CURSOR = Dialect(
    "Cursor's tokenUsage",
    "cursor.com/docs, Admin API, filtered usage events; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "cacheReadTokens": "cached_input_tokens",
        "cacheWriteTokens": "written",
        "totalCents": "$cents",
    },
    need=("inputTokens", "outputTokens"),
    beside=CACHED,
    body={
        "requestsCosts": "-",  # in requests of its plans
        "chargedCents": "$part",  # with Cursor's own fee, which its exports leave out of the cost
        "cursorTokenFee": "$part",
    },
)

DIALECTS = (
    CHAT_GATEWAY, RESPONSES_GATEWAY, MESSAGES_GATEWAY, TRANSCRIPTION, EMBEDDINGS_GATEWAY,
    GENERATION, PERPLEXITY,
    PERPLEXITY_AGENT,
    COHERE, RANKING, OLLAMA, OLLAMA_EMBEDDING, LLAMA_CPP, LM_STUDIO, CURSOR,
)  # fmt: skip
