"""OpenAI's embeddings: tokens are counted as the API counts them, the vectors mean nothing.

A vector is drawn from its text, the model and the seed, and has length 1: the same text has the
same vector, and two texts are as far apart as chance puts them. Lesson 7 pays for some.
"""

from __future__ import annotations

import base64
from typing import Any

import numpy as np
from openai.types import embedding_create_params

from costlib.provider.errors import ApiError
from costlib.provider.openai.refusals import check_request
from costlib.provider.rules import invalid, known_model
from costlib.provider.state import Provider
from costlib.tokens.text import count_text

_DIMENSIONS = {
    "text-embedding-3-small": 1536,
    "text-embedding-3-large": 3072,
    "text-embedding-ada-002": 1536,
}  # OpenAI's guide on embeddings
_INPUTS, _TOTAL = 2048, 300_000  # openai SDK, embedding_create_params.py: texts, tokens a request


def embeddings(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/embeddings."""
    model = known_model(provider, "openai", body, "embedding")
    check_request(body, embedding_create_params.EmbeddingCreateParams)
    full = _DIMENSIONS[model.id]
    size = body.get("dimensions") or full
    if size > full:
        raise invalid("dimensions", size, f"whole numbers from 1 to {full}")
    if body.get("dimensions") and model.id == "text-embedding-ada-002":
        raise ApiError(
            400, "This model does not support specifying dimensions.", param="dimensions"
        )
    encoding = body.get("encoding_format") or "float"
    texts = _inputs(body["input"])
    counts = [count_text(t, model.id).tokens if isinstance(t, str) else len(t) for t in texts]
    longest = model.context_window or max(counts)
    if max(counts) > longest:
        raise ApiError(
            400,
            f"This model's maximum context length is {longest} tokens, however you requested "
            f"{max(counts)} tokens ({max(counts)} in your prompt; 0 for the completion). Please "
            "reduce your prompt; or completion length.",
        )
    used = sum(counts)
    if used > _TOTAL:
        raise ApiError(
            400,
            f"Requested {used} tokens, max {_TOTAL} tokens per request",
            code="max_tokens_per_request",
        )
    data = []
    for index, text in enumerate(texts):
        vector = _vector(provider, model.id, text, full)[:size]
        vector = (vector / np.linalg.norm(vector)).astype("<f4")
        shown = vector.tolist() if encoding == "float" else base64.b64encode(vector).decode()
        data.append({"object": "embedding", "index": index, "embedding": shown})
    return {
        "object": "list",
        "data": data,
        "model": body["model"],
        "usage": {"prompt_tokens": used, "total_tokens": used},
    }


def _inputs(given: Any) -> list[str | list[int]]:
    """One text or many, as strings or as tokens; a 400 for anything else."""
    one = isinstance(given, str) or _tokens(given)
    texts = [given] if one else given
    fits = isinstance(texts, list) and 0 < len(texts) <= _INPUTS
    if not fits or not all(each and (isinstance(each, str) or _tokens(each)) for each in texts):
        raise ApiError(
            400,
            f"'$.input' is invalid: send a text, an array of tokens, or an array of 1 to {_INPUTS} "
            "of either, none of them empty.",
            param="input",
        )
    return texts


def _tokens(given: Any) -> bool:
    whole = isinstance(given, list) and given
    return bool(whole) and all(
        isinstance(t, int) and not isinstance(t, bool) and t >= 0 for t in given
    )


def _vector(provider: Provider, model: str, text: str | list[int], size: int) -> np.ndarray:
    dice = np.random.default_rng(int(provider.digest("embedding", model, text), 16))
    return dice.standard_normal(size)
