"""Anthropic's usage object, on its own API, on Bedrock's InvokeModel and on Vertex.

Units: tokens. Exclusive: what was read from a cache and what was written to one stand beside
`input_tokens`; thinking is inside the output. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import CACHED, Dialect

WRITTEN = "cache_creation_input_tokens"
LIFETIMES = {
    "cache_creation.ephemeral_5m_input_tokens": "cache_write_5m_tokens",
    "cache_creation.ephemeral_1h_input_tokens": "cache_write_1h_tokens",
}
ROWS = {
    "input_tokens": "input_tokens",
    "output_tokens": "output_tokens",
    "cache_read_input_tokens": "cached_input_tokens",
    WRITTEN: "written",
    **LIFETIMES,
    "output_tokens_details.thinking_tokens": "reasoning_tokens",
}

MESSAGES = Dialect(
    "Anthropic's Messages",
    "anthropic 2 types.Usage, types.beta.BetaUsage; platform.claude.com/docs, advisor tool, Usage "
    "and billing; 2026-11-29",
    {
        **ROWS,
        "server_tool_use.web_search_requests": "web_searches",
        "server_tool_use.web_fetch_requests": "-",
        "server_tool_use.tool_search_requests": "-",
        "server_tool_use.code_execution_requests": "fee:code_execution",
        # Each sampling of a server-side loop, which `beside.complete` holds against the top level;
        # what it took to compact the context comes on top of it.
        **{f"iterations[message].{name}": "-" for name in ROWS},
        "iterations[#]": "requests",
        "requests": "requests",  # Weave's sum for a model
    },
    need=("input_tokens", "output_tokens"),
    beside=CACHED,
    body={
        "service_tier": "tier",
        "total_cost_usd": "$",  # the result of a run of Claude Code, and its number of requests
        "num_turns": "requests",
        "costUSD": "$",
    },
    providers=("anthropic", "aws"),
    told={"total_tokens": "="},
    added="iterations[compaction].",
)

DIALECTS = (MESSAGES,)
