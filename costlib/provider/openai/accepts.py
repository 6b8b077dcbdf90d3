"""What OpenAI alone refuses: tiers, reasoning effort, predictions, limits. And who reasons.

Each rule names its source; README.md says which statuses and wordings were inferred.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from costlib.pricing.prices import Model
from costlib.provider.errors import ApiError
from costlib.provider.replies import EFFORTS
from costlib.provider.rules import has_rate, invalid, positive
from costlib.provider.state import Provider

CHAT_TIERS = ("auto", "default", "flex", "scale", "priority", "fast")  # openai SDK, types/chat
RESPONSE_TIERS = (*CHAT_TIERS, "ultrafast")  # openai SDK, types/responses

# OpenAI's guide on predicted outputs: the models that take `prediction`, and what excludes it. All
# of them are shut down by 2027-01-14 (data/models.csv): `known_model` refuses them from then on.
PREDICTS = ("gpt-4o", "gpt-4o-mini", "gpt-4.1", "gpt-4.1-mini", "gpt-4.1-nano")
_NOT_WITH_PREDICTION = (
    "max_completion_tokens",
    "tools",
    "functions",
    "logprobs",
    "audio",
    "presence_penalty",
    "frequency_penalty",
)


# The o-series and GPT-5 or later reason; their chat variants do not (OpenAI's reasoning guide).
_REASONS = re.compile(r"(o\d|gpt-[5-9]|gpt-oss)(?!.*chat)")

_THINKS_BY_DEFAULT = re.compile(r"(o\d|gpt-5(?!\.)|gpt-oss)(?!.*chat)")

_BEFORE_XHIGH = re.compile(r"o\d.*|gpt-oss.*|gpt-5(-.*)?|gpt-5\.1(?!-codex-max).*")


def reasons(model: Model) -> bool:
    """Whether an OpenAI model spends reasoning tokens."""
    return _REASONS.match(model.id) is not None


def default_effort(model: Model) -> str:
    """How hard an OpenAI model thinks when nobody says.

    None from gpt-5.1 on, medium before it, high for gpt-5-pro (docstring of the openai SDK 2.x;
    that the models after gpt-5.1 keep its default is assumed).
    """
    if model.id == "gpt-5-pro":
        return "high"
    return "medium" if _THINKS_BY_DEFAULT.match(model.id) else "none"


def served_tier(
    provider: Provider, model: Model, body: Mapping[str, Any], known: tuple[str, ...]
) -> str:
    """The tier that serves a request, in the words of a response.

    The openai SDK says that fast and priority are both reported as priority. A tier whose rate is
    not published for the model is refused: inferred from the price page, not observed.
    """
    asked = body.get("service_tier") or "auto"
    if asked not in known:
        raise invalid("service_tier", asked, ", ".join(repr(tier) for tier in known))
    if asked in ("auto", "default"):
        return "default"
    if not has_rate(provider, model, asked):
        raise ApiError(
            400,
            f"Invalid service_tier argument: {asked!r} is not available for {model.id}, because "
            "OpenAI publishes no such rate for it.",
            code="invalid_value",
            param="service_tier",
        )
    return "priority" if asked == "fast" else asked


def chosen_effort(model: Model, asked: Any, param: str) -> str:
    """How hard a model thinks: what the request says, else the model's default."""
    if asked is None:
        return default_effort(model)
    if not reasons(model):
        raise ApiError(
            400,
            f"Unsupported parameter: '{param}' is not supported with this model.",
            code="unsupported_parameter",
            param=param,
        )
    if asked not in EFFORTS:
        raise invalid(param, asked, ", ".join(repr(effort) for effort in EFFORTS))
    # openai SDK 2.x: models before gpt-5.1 do not take none, and those before gpt-5.1-codex-max not
    # xhigh; openai-agents-python issue 2089 shows this refusal of minimal by gpt-5.1. That max came
    # no earlier than xhigh is inferred.
    refused = {"none"} if default_effort(model) != "none" else {"minimal"}
    if _BEFORE_XHIGH.fullmatch(model.id):
        refused |= {"xhigh", "max"}
    if asked in refused:
        raise ApiError(
            400,
            f"Unsupported value: {asked!r} is not supported with the '{model.id}' model.",
            code="unsupported_value",
            param=param,
        )
    return asked


def _negative(name: str, value: Any) -> bool:
    """A penalty below zero: the guide excludes those above it only."""
    return name.endswith("_penalty") and isinstance(value, (int, float)) and value < 0


def check_prediction(model: Model, body: Mapping[str, Any]) -> None:
    """What OpenAI's guide says that `prediction` does not work with; the status is inferred."""
    if not body.get("prediction"):
        return
    if model.id not in PREDICTS:
        raise ApiError(
            400,
            f"Unsupported parameter: 'prediction' is not supported with {model.id}; it works with "
            f"{', '.join(PREDICTS)}.",
            code="unsupported_parameter",
            param="prediction",
        )
    clashes = [name for name in _NOT_WITH_PREDICTION if body.get(name)]
    if body.get("modalities") not in (None, ["text"]):
        clashes.append("modalities")
    clashes = [name for name in clashes if not _negative(name, body[name])]
    if (body.get("n") or 1) > 1:
        clashes.append("n")
    if clashes:
        raise ApiError(
            400,
            f"Unsupported parameter: '{clashes[0]}' cannot be used together with 'prediction'.",
            code="unsupported_parameter",
            param=clashes[0],
        )


def output_limit(model: Model, body: dict[str, Any]) -> int | None:
    """The most tokens that a chat completion may write, or None."""
    if body.get("max_tokens") is not None and reasons(model):
        # Observed on gpt-5 (langgenius/dify issue 24307) and gpt-5.5 (truefoundry/models 827).
        raise ApiError(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            code="unsupported_parameter",
            param="max_tokens",
        )

    limits = [positive(body, name) for name in ("max_completion_tokens", "max_tokens")]
    return next((value for value in limits if value is not None), None)


def predicted_text(body: Mapping[str, Any]) -> str | None:
    """The text of a prediction, which may come in parts; a 400 for what is no prediction."""
    given = body.get("prediction")
    if given is None:
        return None
    kind = given.get("type") if isinstance(given, Mapping) else None
    if kind != "content":
        raise invalid("prediction.type", kind, "'content'")
    content = given.get("content")
    if isinstance(content, str):
        return content
    texts = (
        [part.get("text") for part in content if isinstance(part, Mapping)]
        if isinstance(content, list)
        else [None]
    )
    if not all(isinstance(text, str) for text in texts) or len(texts) != len(content or [None]):
        raise invalid("prediction.content", content, "a string, or an array of text parts")
    return "".join(texts)
