"""Bedrock's usage objects: Converse, and what InvokeModel gives for Amazon's and Meta's models.

Units: tokens. Exclusive, like Anthropic's own API: cached and written tokens stand beside the
input, and `totalTokens` counts them. Lesson 2 reads these bodies.
"""

from __future__ import annotations

import re

from costlib.usage.dialect import CACHED, Dialect

CONVERSE = Dialect(
    "Bedrock's Converse",
    "botocore 1.44 bedrock-runtime TokenUsage, CacheDetail; Amazon Nova's InvokeModel; 2026-11-28",
    {
        "inputTokens": "input_tokens",
        "outputTokens": "output_tokens",
        "totalTokens": "=",
        "cacheReadInputTokens": "cached_input_tokens",
        "cacheWriteInputTokens": "written",
        "cacheReadInputTokenCount": "cached_input_tokens",
        "cacheWriteInputTokenCount": "written",
        "cacheDetails[5m].inputTokens": "cache_write_5m_tokens",
        "cacheDetails[1h].inputTokens": "cache_write_1h_tokens",
    },
    need=("inputTokens", "outputTokens"),
    beside=CACHED,
    body={
        **{f"{around}serviceTier.type": "tier" for around in ("", "metadata.")},
        **{f"{around}performanceConfig.latency": "speed" for around in ("", "metadata.")},
    },
    providers=("aws",),
    total_is_whole=True,
)

METRICS = Dialect(
    "Bedrock's invocationMetrics",
    "docs.aws.amazon.com/bedrock, InvokeModelWithResponseStream; 2026-11-28",
    {
        "inputTokenCount": "input_tokens",
        "outputTokenCount": "output_tokens",
        "cacheReadInputTokenCount": "cached_input_tokens",
        "cacheWriteInputTokenCount": "written",
    },
    need=("inputTokenCount", "outputTokenCount"),
    beside=CACHED,
    body={  # Amazon Titan's own, in the last chunk of a stream
        "inputTextTokenCount": "<input_tokens",
        "totalOutputTextTokenCount": "<output_tokens",
    },
    providers=("aws",),
    whole_floats=True,  # as a guardrail writes Titan's counts
)

LLAMA = Dialect(
    "Meta's models on Bedrock",
    "docs.aws.amazon.com/bedrock, Meta Llama models; 2026-11-28",
    {"prompt_token_count": "input_tokens", "generation_token_count": "output_tokens"},
    need=("prompt_token_count", "generation_token_count"),
    providers=("aws",),
)

TITAN = Dialect(
    "Amazon Titan on Bedrock",
    "docs.aws.amazon.com/bedrock, Amazon Titan Text models; 2026-11-28",
    {"inputTextTokenCount": "input_tokens", "results[].tokenCount": "output_tokens"},
    need=("inputTextTokenCount", "results[].tokenCount"),
    providers=("aws",),
    whole_floats=True,
)

TITAN_STREAM = Dialect(
    "the end of Amazon Titan's stream",
    "docs.aws.amazon.com/bedrock, Amazon Titan Text models: the last chunk, general record; "
    "2026-11-28",
    {"inputTextTokenCount": "input_tokens", "totalOutputTextTokenCount": "output_tokens"},
    need=("inputTextTokenCount", "totalOutputTextTokenCount"),
    providers=("aws",),
    whole_floats=True,
)

TITAN_EMBEDDINGS = Dialect(
    "an embedding by Amazon Titan",
    "docs.aws.amazon.com/bedrock, Amazon Titan Embeddings; 2026-11-28",
    {"inputTextTokenCount": "input_tokens"},
    need=("inputTextTokenCount",),
    providers=("aws",),
)

# Running totals of a session, so that the last event is read, by itself; what was said since the
# event before stands in `delta`.
NOVA_SONIC = Dialect(
    "a usageEvent of Nova Sonic",
    "docs.aws.amazon.com/nova, Handling output events: usageEvent, as tests of pipecat and three "
    "other public clients have it; 2026-11-29",
    {
        "totalInputTokens": "input_tokens",
        "totalOutputTokens": "output_tokens",
        "totalTokens": "=",
        **{
            f"details.{span}.{way}put.{kind}Tokens": role.format(way) if span == "total" else "-"
            for span in ("total", "delta")
            for way in ("in", "out")
            for kind, role in (("speech", "{}put_audio_tokens"), ("text", "<{}put_tokens"))
        },
    },
    need=("totalInputTokens", "totalOutputTokens"),
    providers=("aws",),
)

DIALECTS = (CONVERSE, METRICS, NOVA_SONIC, LLAMA, TITAN, TITAN_STREAM, TITAN_EMBEDDINGS)

GUARDRAILS = ("trace.guardrail", "metadata.trace.guardrail", "amazon-bedrock-trace.guardrail")
"""Where Converse, its stream and InvokeModel say what a guardrail did."""

GUARDRAIL_COUNTS = re.compile(
    r"(metadata\.|amazon-bedrock-)?trace\.guardrail\..*(Units|Policies|\.guarded|\.total)$"
)
"""The paths of what it counts: units, of which some are fees, policies, and letters."""

GUARDRAIL_FEES = {
    "contentPolicyUnits": "guardrail_content",
    "contentPolicyImageUnits": "guardrail_images",
    "topicPolicyUnits": "guardrail_topics",
    "sensitiveInformationPolicyUnits": "guardrail_sensitive_information",
    "contextualGroundingPolicyUnits": "guardrail_grounding",
    "automatedReasoningPolicyUnits": "guardrail_reasoning",
    "wordPolicyUnits": "",
    "sensitiveInformationPolicyFreeUnits": "",
}
"""The fee of each unit that a guardrail used, "" for what costs nothing: lists of words and regular
expressions (botocore 1.44 bedrock-runtime GuardrailUsage; live answers in the tests of
opentelemetry-instrumentation-bedrock 0.62; two public guides on AWS's page of prices; 2026-11-29).
"""
