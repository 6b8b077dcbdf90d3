"""OpenAI's moderations: free of charge, and modelled: nothing is ever flagged.

Lesson 1 has nothing of it; programs that ask before they answer run to their end with it.
"""

from __future__ import annotations

from typing import Any

from openai.types import moderation, moderation_create_params

from costlib.provider.openai.refusals import check_request
from costlib.provider.rules import known_model
from costlib.provider.state import Provider

_LATEST = "omni-moderation-latest"  # openai SDK, moderation_create_params.py: the default
_CALM = 1e-6  # the score of every category; modelled


def moderations(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
    """POST /v1/moderations: one result for each text, or one for a list of parts."""
    model = body.get("model") or _LATEST
    known_model(provider, "openai", {"model": model}, "moderation")
    check_request(body, moderation_create_params.ModerationCreateParams)
    given = body["input"]
    texts = given if isinstance(given, list) and given and isinstance(given[0], str) else [given]
    fields = moderation.Categories.model_fields
    names = [field.alias or name for name, field in fields.items()]
    result = {
        "flagged": False,
        "categories": dict.fromkeys(names, False),
        "category_scores": dict.fromkeys(names, _CALM),
        "category_applied_input_types": {name: ["text"] for name in names},
    }
    key = provider.digest("moderation", body)[:24]
    return {"id": f"modr-{key}", "model": model, "results": [result] * len(texts)}
