"""Google's usage objects: Gemini on AI Studio and Vertex, the Live API, the Interactions API.

Units: tokens. Cached tokens are inside the prompt; thoughts stand beside the candidates unless the
total proves that they are inside; what tools read comes on top of the prompt. JSON leaves zeros
out, so a part that is missing is a zero, but not a missing prompt. Lesson 2 reads these bodies.
"""

from __future__ import annotations

import re

from costlib.usage.dialect import Dialect

_KINDS = ("TEXT", "IMAGE", "VIDEO", "AUDIO", "DOCUMENT", "")
# Google's enum Modality in the order of its numbers, which protobuf's dicts hold, from 1 on
# (google-ai-generativelanguage 0.12.1), and as Python's str() writes its members (google-genai
# 3.6.1: "when a modality is not specified, it is treated as TEXT"); both read on 2026-11-29.
_LABELS = {
    kind: (kind, f"MediaModality.{kind}", f"Modality.{kind}", str(number)) if kind else ("",)
    for number, kind in enumerate(_KINDS, start=1)
}


def _medium(kind: str, text: str, role: str) -> str:
    return f"+{role.format(kind.lower())}" if kind in ("AUDIO", "IMAGE", "VIDEO") else f"<{text}"


def _modalities() -> dict[str, str]:
    rows = {}
    for kind, labels in _LABELS.items():
        made = _medium(kind, "output_tokens", "output_{}_tokens")
        roles = {
            **dict.fromkeys(
                ("promptTokensDetails", "toolUsePromptTokensDetails", "promptTokenDetails"),
                _medium(kind, "input_tokens", "input_{}_tokens"),
            ),
            "cacheTokensDetails": _medium(kind, "cached_input_tokens", "cached_{}_tokens"),
            **dict.fromkeys(
                ("candidatesTokensDetails", "responseTokensDetails"),
                "!video output" if kind == "VIDEO" else made,
            ),
            "thoughtsTokensDetails": "<reasoning_tokens",
        }
        for name, role in roles.items():
            for label in labels:
                rows[f"{name}[{label}].tokenCount"] = role
                rows[f"{name}[{label}].modality"] = "-"  # a number that counts nothing
    return rows


_CAMEL = {
    "promptTokenCount": "input_tokens",
    "toolUsePromptTokenCount": "+input_tokens",
    "cachedContentTokenCount": "cached_input_tokens",
    "candidatesTokenCount": "output_tokens",
    "responseTokenCount": "output_tokens",  # the Live API
    "thoughtsTokenCount": "reasoning_tokens",
    "totalTokenCount": "=",
    "trafficType": "tier",
    **_modalities(),
}


def _snake(path: str) -> str:
    return re.sub(r"(?<=[a-z])[A-Z]", lambda letter: f"_{letter[0].lower()}", path)


def _in_snake_case(path: str) -> str:
    """The name in the SDK's objects; the modality in brackets keeps its capitals."""
    head, bracket, rest = path.partition("[")
    label, closing, tail = rest.partition("]")
    return f"{_snake(head)}{bracket}{label}{closing}{_snake(tail)}"


CHARGED_BY_THE_PROMPT = ("gemini-1", "gemini-2")
"""Families in which a grounded answer is one charge, however many searches it took; from Gemini 3
on each search is charged (Google's page on grounding as quoted by you.com, 2026-09-17)."""

_SOURCE = "google-genai 3.6 types.GenerateContentResponseUsageMetadata, UsageMetadata; 2026-11-28"

REST = Dialect(
    "Gemini's usageMetadata", _SOURCE, _CAMEL, need=("promptTokenCount",), reasoning="beside",
    body={"candidates[].tokenCount": "-", "serviceTier": "tier"}, providers=("google",),
)  # fmt: skip
SDK = Dialect(
    "Gemini's usage_metadata", _SOURCE,
    {_in_snake_case(path): role for path, role in _CAMEL.items()},
    need=("prompt_token_count",), reasoning="beside",
    body={"candidates[].token_count": "-", "service_tier": "tier"}, providers=("google",),
)  # fmt: skip


def _by_modality(name: str, text: str, role: str) -> dict[str, str]:
    return {
        f"{name}[{label}].tokens": _medium(kind, text, role)
        for kind in _KINDS
        for label in (kind.lower(), kind)
        if not (role.startswith("output") and kind == "VIDEO")
    }


def _invocations() -> dict[str, str]:
    """What each of an interaction's calls of a model counted, Google's own words around the prompt
    included: the totals, which `total_tokens` sums up, leave that out."""
    lists = ("model_invocation_token_counts", "non_grounding_model_invocation_token_counts")
    names = ("prompt", "candidates", "thoughts", "tool_use_prompt", "cache")
    return {
        f"{each}[].{name}_tokens_details[{kind.lower()}].tokens": "-"
        for each in lists
        for name in names
        for kind in _KINDS
    }


INTERACTIONS = Dialect(
    "Gemini's Interactions",
    "google-genai 3.6 types.interactions.Usage; raw_prompt_token and the counts of invocations: "
    "live answers of August to October 2026 in five public repositories, googleapis/go-genai#924; "
    "2026-11-29",
    {
        "total_input_tokens": "input_tokens",
        "total_tool_use_tokens": "+input_tokens",
        "total_cached_tokens": "cached_input_tokens",
        "total_output_tokens": "output_tokens",
        "total_thought_tokens": "reasoning_tokens",
        "total_tokens": "=",
        "initial_input_tokens": "-",
        "raw_prompt_token": "-",
        **_invocations(),
        "grounding_tool_count[google_search].count": "web_searches",
        "grounding_tool_count[google_maps].count": "fee:maps_grounding",
        "grounding_tool_count[retrieval].count": "!a search of one's own data",
        **_by_modality("input_tokens_by_modality", "input_tokens", "input_{}_tokens"),
        **_by_modality("tool_use_tokens_by_modality", "input_tokens", "input_{}_tokens"),
        **_by_modality("cached_tokens_by_modality", "cached_input_tokens", "cached_{}_tokens"),
        **_by_modality("output_tokens_by_modality", "output_tokens", "output_{}_tokens"),
    },
    need=("total_input_tokens", "total_output_tokens"),
    reasoning="beside",
    providers=("google",),
)

CHARACTERS = Dialect(
    "Vertex's prediction by characters",
    "Vertex predict responses in several public repositories, metadata.billableCharacterCount; "
    "2026-11-28",
    {"billableCharacterCount": "input_characters"},
    need=("billableCharacterCount",),
    body={"predictions[].embeddings.statistics.token_count": "-"},
)

EMBEDDING = Dialect(
    "an embedding by Gemini on Vertex",
    "cloud.google.com/vertex-ai, text embeddings API, statistics.token_count; 2026-11-28",
    {"predictions[].embeddings.statistics.token_count": "input_tokens"},
    need=("predictions[].embeddings.statistics.token_count",),
    providers=("google",),
)

EMBEDDING_SDK = Dialect(
    "an embedding by Gemini, as the SDK has it",
    "google-genai 3.6 types.EmbedContentResponse, ContentEmbeddingStatistics; 2026-11-28",
    {"embeddings[].statistics.token_count": "input_tokens"},
    need=("embeddings[].statistics.token_count",),
    whole_floats=True,
    providers=("google",),
)

DIALECTS = (REST, SDK, INTERACTIONS, CHARACTERS, EMBEDDING, EMBEDDING_SDK)
