"""What both vendors refuse: an unknown or retired model, a tier without a price, bad messages.

A lesson must not teach a call that fails in production. Each rule names its source; where the
status or the wording was inferred and not observed, README.md says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import Model, find_model, rate_card
from costlib.provider.errors import ApiError
from costlib.provider.ids import end_of, is_own, own_names
from costlib.provider.state import Provider
from costlib.tokens.text import tokenizer_of

RULES = {
    "openai": ("openai_model_rules.csv", "cache_rules.csv"),
    "anthropic": ("anthropic_model_rules.csv", "cache_rules.csv"),
}
"""The tables of rules that a vendor's model needs before it can be served."""


def known_model(provider: Provider, vendor: str, body: dict[str, Any], kind: str = "chat") -> Model:
    """The model of a kind that a body names, if it is served on the provider's day; else a 404.

    Retired models: dates in the openai SDK's chat_model.py and Anthropic's deprecation page.
    """
    name = body.get("model")
    if not isinstance(name, str) or not name:
        raise ApiError(400, "you must provide a model parameter", param="model")
    try:
        model = find_model(name, vendor)
    except LookupError as error:
        raise _not_found(vendor, name, f" ({error})") from None
    own = own_names(vendor, model)
    if model.kind == kind and name not in own and not is_own(vendor, name):
        hint = f", where it is {own[0]!r}" if own else ""
        raise _not_found(vendor, name, f" (no name of {vendor}'s own API{hint})")
    today = provider.clock.now.date()
    end = end_of(vendor, name, model)
    if end is not None and today >= end:
        raise _not_found(vendor, name, f": it was shut down on {end}")
    if not model.live(today):
        raise _not_found(vendor, name, f": it is released on {model.released}")
    try:
        if model.kind != kind:
            raise LookupError(f"{model.id!r} is a model for {model.kind}")
        if kind != "moderation":  # which is free, so that nothing is counted
            tokenizer_of(model.id)
            for table in RULES[vendor]:
                fitting_row(table, model, complete=True)
    except LookupError as error:
        raise not_served(f"model {name!r} ({error})") from None
    return model


def _not_found(vendor: str, name: str, why: str) -> ApiError:
    if vendor == "anthropic":
        return ApiError(404, f"model: {name}{why}")
    return ApiError(
        404,
        f"The model `{name}` does not exist or you do not have access to it{why}.",
        code="model_not_found",
        param="model",
    )


def not_served(what: str, param: str | None = None) -> ApiError:
    """The refusal of something that the real API takes and this provider does not model."""
    return ApiError(
        400,
        f"The offline provider does not serve {what}; costlib/provider/README.md lists what is "
        "missing.",
        code="offline_provider_missing",
        param=param,
    )


def has_rate(provider: Provider, model: Model, tier: str) -> bool:
    """Whether a price for the tier is published on the provider's day."""
    try:
        rate_card(model.id, provider=model.provider, tier=tier, at=provider.clock.now)
    except LookupError:
        return False
    return True


def missing(param: str) -> ApiError:
    """The 400 for a parameter that must be given."""
    return ApiError(
        400,
        f"Missing required parameter: '{param}'.",
        code="missing_required_parameter",
        param=param,
    )


def invalid(param: str, value: Any, known: str) -> ApiError:
    """The 400 for a value that is not one of those that the API takes."""
    return ApiError(
        400,
        f"Invalid value: {value!r} for '{param}'. Supported values are: {known}.",
        code="invalid_value",
        param=param,
    )


def quoted(values: Iterable[str]) -> str:
    """Values as a refusal lists them: 'low', 'high'."""
    return ", ".join(repr(value) for value in values)


def section(body: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """An optional object of a body that was checked, {} when it is not there."""
    return body.get(name) or {}


def stop_sequences(value: str | list[str] | None) -> list[str]:
    """Where a reply must end: a string (OpenAI), an array of strings, or nothing."""
    return [value] if isinstance(value, str) else value or []
