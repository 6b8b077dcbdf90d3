"""What both vendors refuse: an unknown or retired model, a tier without a price, bad messages.

A lesson must not teach a call that fails in production. Each rule names its source; where the
status or the wording was inferred and not observed, README.md says so.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from costlib.pricing.prices import Model, find_model, rate_card
from costlib.provider.errors import ApiError
from costlib.provider.state import Provider
from costlib.tokens.text import tokenizer_of


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
    today = provider.clock.now.date()
    if model.shutdown is not None and today >= model.shutdown:
        raise _not_found(vendor, name, f": it was shut down on {model.shutdown}")
    if not model.live(today):
        raise _not_found(vendor, name, f": it is released on {model.released}")
    try:
        if model.kind != kind:
            raise LookupError(f"{model.id!r} is a model for {model.kind}")
        tokenizer_of(model.id)
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


def not_served(what: str) -> ApiError:
    """The refusal of something that the real API takes and this provider does not model."""
    return ApiError(
        400,
        f"The offline provider does not serve {what}; costlib/provider/README.md lists what is "
        "missing.",
        code="offline_provider_missing",
    )


def has_rate(provider: Provider, model: Model, tier: str) -> bool:
    """Whether a price for the tier is published on the provider's day."""
    try:
        rate_card(model.id, provider=model.provider, tier=tier, at=provider.clock.now)
    except LookupError:
        return False
    return True


def check_messages(
    messages: Any, name: str, roles: tuple[str, ...], others: tuple[str, ...] = ()
) -> None:
    """The shape of a conversation: a list of objects with a known role and readable content.

    `others` are types of content parts that are not text; the caller checks those itself.
    """
    if messages is None:
        raise ApiError(
            400,
            f"Missing required parameter: '{name}'.",
            code="missing_required_parameter",
            param=name,
        )
    if not isinstance(messages, list) or not messages:
        raise ApiError(
            400,
            f"Invalid '{name}': expected an array with minimum length 1, but got "
            f"{'an empty array' if messages == [] else type(messages).__name__} instead.",
            code="empty_array",
            param=name,
        )
    for i, message in enumerate(messages):
        where = f"{name}[{i}]"
        if not isinstance(message, dict) or message.get("role") not in roles:
            role = message.get("role") if isinstance(message, dict) else message
            known = ", ".join(repr(role) for role in roles)
            raise invalid(f"{where}.role", role, known)
        if not isinstance(message.get("name", ""), str):
            raise invalid(f"{where}.name", message["name"], "a string")
        may_be_empty = bool(message.get("tool_calls"))
        _check_content(message.get("content"), where, others, may_be_empty=may_be_empty)
        calls = message.get("tool_calls") or []
        if not isinstance(calls, list):
            raise invalid(f"{where}.tool_calls", calls, "an array")
        for call in calls:
            function = call.get("function") if isinstance(call, dict) else None
            if not isinstance(function, dict) or not all(
                isinstance(function.get(key), str) for key in ("name", "arguments")
            ):
                raise invalid(f"{where}.tool_calls", call, "objects with a function")


def _check_content(
    content: Any, where: str, others: tuple[str, ...], *, may_be_empty: bool = False
) -> None:
    if isinstance(content, str) or (content is None and may_be_empty):
        return
    if not isinstance(content, list) or not content:
        raise invalid(f"{where}.content", content, "a string, or an array of content parts")
    for j, part in enumerate(content):
        kind = part.get("type") if isinstance(part, dict) else None
        key = {"refusal": "refusal", "thinking": "thinking"}.get(str(kind), "text")
        if kind == "tool_result":
            inner = f"{where}.content[{j}]"
            _check_content(part.get("content"), inner, others, may_be_empty=True)
        elif kind == "tool_use":
            if not isinstance(part.get("name"), str) or not isinstance(part.get("input"), dict):
                raise invalid(f"{where}.content[{j}]", part, "a name and an input object")
        elif kind in ("text", "input_text", "output_text", "refusal", "thinking"):
            if not isinstance(part.get(key), str):
                raise invalid(f"{where}.content[{j}].{key}", part.get(key), "a string")
        elif kind in others:
            continue
        elif isinstance(kind, str):
            raise not_served(f"content parts of type {kind!r} (pictures, audio and documents)")
        else:
            raise invalid(f"{where}.content[{j}].type", kind, "the name of a content type")


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


def positive(
    body: dict[str, Any], name: str, *, at_least: int = 1, at_most: int | None = None
) -> int | None:
    """An optional whole number of the body; a 400 when it is something else or out of bounds."""
    value = body.get(name)
    if value is None:
        return None
    whole = isinstance(value, int) and not isinstance(value, bool)
    if not whole or value < at_least or (at_most is not None and value > at_most):
        bound = f" to {at_most}" if at_most else ""
        raise invalid(name, value, f"whole numbers from {at_least}{bound}")
    return value


def section(body: dict[str, Any], name: str) -> dict[str, Any]:
    """An optional object of the body, {} when it is not there; a 400 when it is no object."""
    value = body.get(name)
    if value is not None and not isinstance(value, dict):
        raise invalid(name, value, "an object")
    return value or {}


def check_tools(tools: Any, own: str) -> None:
    """Tools of the caller's own (`own` is the vendor's word for them), each with a name."""
    if tools is None:
        return
    if not isinstance(tools, list):
        raise invalid("tools", tools, "an array of tools")
    for i, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise invalid(f"tools[{i}]", tool, "an object")
        if tool.get("type", "custom") != own:
            raise not_served(f"tools of type {tool.get('type')!r}")
        schema = tool.get("function", tool)
        if not isinstance(schema, dict) or not isinstance(schema.get("name"), str):
            raise invalid(f"tools[{i}].name", None, "the name of the tool")
        for key in ("parameters", "input_schema"):
            if not isinstance(section(schema, key).get("properties", {}), dict):
                raise invalid(f"tools[{i}].{key}.properties", None, "an object")


def stop_sequences(value: Any, name: str) -> list[str]:
    """Where a reply must end: a string (OpenAI), an array of strings, or nothing."""
    given = [value] if isinstance(value, str) else value or []
    if not isinstance(given, list) or not all(isinstance(stop, str) for stop in given):
        raise invalid(name, value, "an array of strings")
    return given
