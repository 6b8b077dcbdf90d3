"""Usage objects as coding tools write them down: Codex, Claude Code, Gemini CLI, Qwen Code, Kimi.

Units: tokens; costs are USD. Codex adds cached tokens to the input itself; in the others the counts
of Claude Code, opencode and pi exclude each other. Lesson 2 reads these bodies.
"""

from __future__ import annotations

from costlib.usage.dialect import CACHED, Dialect

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
    beside=CACHED,
    body={"total_cost_usd": "$", "num_turns": "requests"},
)

CLAUDE_CODE_EVENT = Dialect(
    "an api_request event of Claude Code",
    "code.claude.com/docs, monitoring: attributes of claude_code.api_request; 2026-11-28",
    {
        "input_tokens": "input_tokens",
        "output_tokens": "output_tokens",
        "cache_read_tokens": "cached_input_tokens",
        "cache_creation_tokens": "written",
        "cost_usd": "$",
    },
    need=("input_tokens", "output_tokens", "cache_creation_tokens"),
    beside=CACHED,
    whole_floats=True,
    texts=True,
    providers=("anthropic",),
)

CLAUDE_CODE_DAY = Dialect(
    "a model in Claude Code's analytics",
    "platform.claude.com/docs, Claude Code Analytics API: model_breakdown[].tokens, as tests of "
    "three public readers have it (cents); 2026-11-29",
    {
        "input": "input_tokens",
        "output": "output_tokens",
        "cache_read": "cached_input_tokens",
        "cache_creation": "written",
    },
    need=("input", "output", "cache_read", "cache_creation"),
    beside=CACHED,
    body={"estimated_cost.amount": "$cents"},
    providers=("anthropic",),
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

GEMINI_CLI_EVENT = Dialect(
    "an api_response event of Gemini CLI",
    "google-gemini/gemini-cli packages/core/src/telemetry, ApiResponseEvent; 2026-11-28",
    {
        "input_token_count": "input_tokens",
        "tool_token_count": "+input_tokens",
        "cached_content_token_count": "cached_input_tokens",
        "output_token_count": "output_tokens",
        "thoughts_token_count": "reasoning_tokens",
        "total_token_count": "=",
    },
    need=("input_token_count", "output_token_count", "cached_content_token_count"),
    reasoning="beside",
    texts=True,
    whole_floats=True,
    providers=("google",),
)

CODEX_EVENT = Dialect(
    "an sse_event of Codex",
    "openai/codex codex-rs/otel, attributes of codex.sse_event; 2026-11-28",
    {
        "input_token_count": "input_tokens",
        "cached_token_count": "cached_input_tokens",
        "output_token_count": "output_tokens",
        "reasoning_token_count": "reasoning_tokens",
        "tool_token_count": "=",  # so it is called, and holds the total
    },
    need=("input_token_count", "output_token_count", "tool_token_count"),
    texts=True,
    whole_floats=True,
    providers=("openai",),
)

COPILOT_CLI = Dialect(
    "a model in Copilot CLI's session.shutdown",
    "events.jsonl of GitHub Copilot CLI, modelMetrics, as public readers of it describe it (the "
    "input contains what was cached); 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "cacheReadTokens": "cached_input_tokens",
        "cacheWriteTokens": "written",
        "outputTokens": "output_tokens",
        "reasoningTokens": "reasoning_tokens",
    },
    need=("inputTokens", "outputTokens", "cacheReadTokens", "cacheWriteTokens"),
    body={"requests.count": "requests", "requests.cost": "-", "totalNanoAiu": "-"},
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
    beside=CACHED,
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
        "reasoning": "reasoning_tokens",
        "totalTokens": "=",
        "cost.total": "$",
        **{f"cost.{name}": "$part" for name in ("input", "output", "cacheRead", "cacheWrite")},
    },
    need=("input", "output"),
    beside=CACHED,
    reasoning="unknown",
)

KIMI = Dialect(
    "Kimi CLI",
    "a StatusUpdate in its wire.jsonl, as the tests of several public readers have it (counts of "
    "one request, which exclude each other); 2026-11-29",
    {
        "input_other": "input_tokens",
        "input_cache_read": "cached_input_tokens",
        "input_cache_creation": "written",
        "output": "output_tokens",
    },
    need=("input_other", "output"),
    beside=CACHED,
    body={  # how full the context is
        f"message.payload.context_{name}": "-" for name in ("usage", "tokens")
    },
)

QWEN_CODE = Dialect(
    "Qwen Code",
    "a line of its usage/token-usage-YYYY-MM.jsonl, as the tests of three public readers have it "
    "(the total proves that the input contains what was cached); 2026-11-29",
    {
        "inputTokens": "input_tokens",
        "cachedTokens": "cached_input_tokens",
        "outputTokens": "output_tokens",
        "thoughtsTokens": "reasoning_tokens",
        "totalTokens": "=",
    },
    need=("inputTokens", "outputTokens", "cachedTokens", "thoughtsTokens"),
    reasoning="unknown",
)

DROID = Dialect(
    "Factory's Droid",
    "tokenUsage in its *.settings.json, the sum of a session, as ccusage and tokscale read it "
    "(counts that exclude each other); 2026-11-29",
    {
        "inputTokens": "input_tokens",
        "cacheReadTokens": "cached_input_tokens",
        "cacheCreationTokens": "written",
        "outputTokens": "output_tokens",
        "thinkingTokens": "reasoning_tokens",
    },
    need=("inputTokens", "outputTokens", "cacheCreationTokens"),
    beside=CACHED,
    reasoning="unknown",
)

AMP = Dialect(
    "a message of Amp",
    "usage in its threads/T-*.json, as the tests of ccusage have it (totalInputTokens is the sum "
    "of the other three); 2026-11-29",
    {
        "inputTokens": "input_tokens",
        "cacheReadInputTokens": "cached_input_tokens",
        "cacheCreationInputTokens": "written",
        "totalInputTokens": "<input_tokens",
        "outputTokens": "output_tokens",
        "credits": "-",  # in units of its plans
    },
    need=("inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"),
    beside=CACHED,
)

DIALECTS = (
    DROID, AMP, CODEX, CODEX_APP, CLAUDE_CODE, CLAUDE_CODE_EVENT, CLAUDE_CODE_DAY, GEMINI_CLI,
    GEMINI_CLI_MODEL, GEMINI_CLI_EVENT, CODEX_EVENT, COPILOT_CLI, OPENCODE, PI, KIMI, QWEN_CODE,
)  # fmt: skip
