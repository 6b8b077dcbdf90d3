"""What OpenAI alone refuses: endpoints, tiers, efforts, sampling, predictions, limits.

Each rule names its source; README.md says which statuses and wordings were inferred.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from costlib.pricing.prices import Model, find_model
from costlib.provider.errors import ApiError
from costlib.provider.openai.model_rules import ModelRule
from costlib.provider.rules import has_rate, invalid, not_served, quoted, section
from costlib.provider.state import Provider

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


_SAMPLING = {
    "temperature": 1,
    "top_p": 1,
    "presence_penalty": 0,
    "frequency_penalty": 0,
    "logit_bias": {},
    "logprobs": False,
    "top_logprobs": 0,
}  # with the values that change nothing


# OpenAI renamed priority fast on this day. By LiteLLM's guide of 2026-10-06, models that came out
# later report either word as `fast`, and GPT-5.6 as `priority`, as the SDK says of all.
_RENAMED = date(2026, 7, 30)


def check_endpoint(rule: ModelRule, asked: str, endpoint: str) -> None:
    """A 404 for a model that the endpoint ("chat" or "responses") does not have (observed)."""
    if endpoint in rule.endpoints:
        return
    if endpoint == "chat":
        message = "This model is only supported in v1/responses and not in v1/chat/completions."
    else:
        message = f"The model {asked!r} is not supported in v1/responses: use v1/chat/completions."
    raise ApiError(404, message, param="model")


def served_tier(provider: Provider, model: Model, body: Mapping[str, Any]) -> str:
    """The tier that serves a request, in the words of a response.

    Fast and priority are one tier, reported by the name of the model's time. A tier whose rate is
    not published for the model is refused: inferred from the price page, not observed.
    """
    asked = body.get("service_tier") or "auto"
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
    if asked in ("fast", "priority"):
        return "fast" if model.released and model.released > _RENAMED else "priority"
    return asked


def chosen_effort(rule: ModelRule, model: Model, asked: Any, param: str) -> str:
    """How hard a model thinks: what the request says, else the model's default."""
    if asked is None:
        return rule.default_effort
    if not rule.reasons:
        raise unsupported(param)
    if asked not in rule.efforts:
        # Observed: openai-agents-python issue 2089 (minimal on gpt-5.1).
        raise ApiError(
            400,
            f"Unsupported value: '{param}' does not support {asked!r} with the '{model.id}' model. "
            f"Supported values are: {quoted(rule.efforts)}.",
            code="unsupported_value",
            param=param,
        )
    return asked


def check_sampling(rule: ModelRule, body: Mapping[str, Any], effort: str) -> None:
    """Reasoning models do not let the caller sample; from gpt-5.1 on they do at effort none.

    Source: OpenAI's GPT-5.2 guide; the wording about temperature was observed on many models.
    """
    if rule.sampling == "always" or (rule.sampling == "none" and effort == "none"):
        return
    for name, usual in _SAMPLING.items():
        value = body.get(name)
        if value is None or value == usual:
            continue
        if name == "temperature":
            raise ApiError(
                400,
                f"Unsupported value: 'temperature' does not support {value} with this model. Only "
                "the default (1) value is supported.",
                code="unsupported_value",
                param=name,
            )
        raise unsupported(name)
    # openai SDK, completion_create_params.py: not with the latest reasoning models.
    if rule.sampling == "never" and body.get("stop") is not None:
        raise unsupported("stop")


def check_verbosity(rule: ModelRule, asked: str | None, param: str) -> None:
    """Models before gpt-5 are of medium verbosity only (observed: google-deepmind/concordia issue
    164; which later ones are: enricoros/big-AGI issues 930 and 947, January 2026)."""
    if asked not in (None, "medium") and not rule.verbosity:
        raise ApiError(
            400,
            f"Unsupported value: '{param}' does not support {asked!r} with this model. Supported "
            "values are: 'medium'.",
            code="unsupported_value",
            param=param,
        )


def check_chat_tools(rule: ModelRule, model: Model, body: Mapping[str, Any], effort: str) -> None:
    """From gpt-5.4 on, tools in Chat Completions need reasoning effort none (observed).

    The default effort counts as well, so that from gpt-5.5 on leaving it out is not enough.
    """
    if body.get("tools") and rule.chat_tools == "none" and effort != "none":
        raise ApiError(
            400,
            f"Function tools with reasoning_effort are not supported for {model.id} in "
            "/v1/chat/completions. To use function tools, use /v1/responses or set "
            "reasoning_effort to 'none'.",
            code="invalid_value",
            param="reasoning_effort",
        )


def check_company(body: Mapping[str, Any]) -> None:
    """Chat Completions: parameters that are taken in another's company only (observed)."""
    if body.get("metadata") and not body.get("store"):
        raise ApiError(
            400,
            "The 'metadata' parameter is only allowed when 'store' is enabled.",
            param="metadata",
        )
    # Observed: RageAgainstThePixel/OpenAI-DotNet issue 479, vllm pull request 40311 ("none", too).
    for name in ("parallel_tool_calls", "tool_choice"):
        if body.get(name) is not None and not body.get("tools"):
            raise ApiError(
                400,
                f"Invalid value for '{name}': '{name}' is only allowed when 'tools' are specified.",
                param=name,
            )


def _negative(name: str, value: Any) -> bool:
    """A penalty below zero: the guide excludes those above it only."""
    return name.endswith("_penalty") and isinstance(value, (int, float)) and value < 0


def check_prediction(model: Model, body: Mapping[str, Any], today: date) -> None:
    """What OpenAI's guide says that `prediction` does not work with; the status is inferred.

    The refusal names the models that take one and are served on this day.
    """
    if not body.get("prediction"):
        return
    if model.id not in PREDICTS:
        served = [name for name in PREDICTS if find_model(name).live(today)]
        raise ApiError(
            400,
            f"Unsupported parameter: 'prediction' is not supported with {model.id}; it works with "
            f"{', '.join(served) or 'no model that is still served'}.",
            code="unsupported_parameter",
            param="prediction",
        )
    clashes = [name for name in _NOT_WITH_PREDICTION if body.get(name)]
    if body.get("modalities") not in (None, ["text"]):
        clashes.append("modalities")
    clashes = [name for name in clashes if not _negative(name, body[name])]
    if body.get("n") not in (None, 1):
        clashes.append("n")
    if clashes:
        raise ApiError(
            400,
            f"Unsupported parameter: '{clashes[0]}' cannot be used together with 'prediction'.",
            code="unsupported_parameter",
            param=clashes[0],
        )


def output_limit(rule: ModelRule, body: dict[str, Any], names: Sequence[str]) -> int | None:
    """The most tokens that a reply may have, or None; `names` are the endpoint's parameters."""
    if body.get("max_tokens") is not None and rule.reasons and "max_tokens" in names:
        # Observed on gpt-5 (langgenius/dify issue 24307) and gpt-5.5 (truefoundry/models 827).
        raise ApiError(
            400,
            "Unsupported parameter: 'max_tokens' is not supported with this model. Use "
            "'max_completion_tokens' instead.",
            code="unsupported_parameter",
            param="max_tokens",
        )
    limits = {name: body.get(name) for name in names}
    if sum(value is not None for value in limits.values()) > 1:
        # Observed: langchain-ai/langgraph issue 5943.
        raise ApiError(
            400,
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported.",
            code="invalid_parameter_combination",
            param="max_tokens",
        )
    for name, value in limits.items():
        if value is not None and rule.max_output is not None and value > rule.max_output:
            raise ApiError(
                400,
                f"{name} is too large: {value}. This model supports at most {rule.max_output} "
                f"completion tokens, whereas you provided {value}.",
                code="invalid_value",
                param=name,
            )
    return next((value for value in limits.values() if value is not None), None)


def unsupported(param: str) -> ApiError:
    """The 400 for a parameter that the model does not take, whatever its value."""
    return ApiError(
        400,
        f"Unsupported parameter: '{param}' is not supported with this model.",
        code="unsupported_parameter",
        param=param,
    )


def predicted_text(body: Mapping[str, Any]) -> str | None:
    """The text of a prediction, which may come in parts."""
    given = body.get("prediction")
    if given is None:
        return None
    content = given["content"]
    return content if isinstance(content, str) else "".join(part["text"] for part in content)


def check_context(body: Mapping[str, Any], items: Sequence[Mapping[str, Any]], sent: int) -> None:
    """Raises ApiError where the model would read another context than the one that was sent: that
    of how many tokens it is then, nothing is published.

    Below a threshold nothing is compacted (OpenAI's guide on compaction). Reasoning of earlier
    turns is not rendered back here, which is what "current_turn" asks for (the SDK on `Reasoning`).
    """
    earlier = body.get("previous_response_id") or any(i.get("type") == "reasoning" for i in items)
    if section(body, "reasoning").get("context") == "all_turns" and earlier:
        raise not_served(
            "'reasoning.context' all_turns after an earlier turn: how many tokens of its reasoning "
            "are input again is not published",
            "reasoning.context",
        )
    for place, entry in enumerate(body.get("context_management") or ()):
        where, threshold = f"context_management[{place}]", entry.get("compact_threshold")
        if entry["type"] != "compaction":
            raise invalid(f"{where}.type", entry["type"], "'compaction'")
        if threshold is None or sent >= threshold:
            raise not_served(
                f"a compaction: {sent:,} tokens are sent, and what is left of them is not "
                "published; a compact_threshold above them changes nothing",
                where,
            )
