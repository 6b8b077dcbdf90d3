"""What Anthropic's models take and refuse: thinking, effort, forced tools, cache breakpoints.

Units: tokens. What differs by model stands in `data/anthropic_model_rules.csv`, with its sources
and what is uncertain. Lesson 2 meets thinking, lesson 7 breakpoints.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import Model
from costlib.provider.errors import ApiError
from costlib.provider.rules import has_rate, section
from costlib.provider.state import Provider
from costlib.provider.tool_use import ToolChoice

_BREAKPOINTS = 4  # Anthropic's page on prompt caching

# SDK types, web_search_tool_*_param.py: the versions of the one server tool that is served.
WEB_SEARCH = ("web_search_20250305", "web_search_20260209", "web_search_20260318")


@dataclass(frozen=True)
class Abilities:
    """What a model takes. `thinking`: the types accepted, the first one when none is given.

    `effort` is the default, `efforts` what is accepted; `shown`: thinking comes back as text
    unless the request says otherwise; `prefill`: a conversation may end with the assistant;
    `keeps_thinking`: thinking of earlier turns stays in the prompt, and is input again.
    `sampling`: which of `temperature` and `top_p` may be set: "both", "one" at a time, or "none".
    """

    thinking: tuple[str, ...]
    effort: str
    efforts: tuple[str, ...]
    forced_tools: bool
    prefill: bool
    shown: bool
    keeps_thinking: bool
    sampling: str
    longest_output: int


@lru_cache(maxsize=256)
def abilities(model: Model) -> Abilities:
    """What a model takes: its row of `data/anthropic_model_rules.csv`.

    Raises LookupError for a model without a row, or that came out after its family's was checked.
    """
    row = fitting_row("anthropic_model_rules.csv", model, complete=True)
    if row is None:
        raise LookupError(
            f"data/anthropic_model_rules.csv has no row for {model.id!r}: add what it takes, with "
            "a source and the day"
        )
    return Abilities(
        thinking=tuple(row["thinking"].split()),
        effort=row["effort"],
        efforts=tuple(row["efforts"].split()),
        longest_output=int(row["longest_output"]),
        forced_tools=row["forced_tools"] == "yes",
        prefill=row["prefill"] == "yes",
        shown=row["shown"] == "yes",
        keeps_thinking=row["keeps_thinking"] == "yes",
        sampling=row["sampling"],
    )


@dataclass(frozen=True)
class Thinking:
    """How a request thinks: the type, the effort, the budget (manual thinking only).

    `shown`: the thinking comes back as (modelled) text; else the block is empty but for its
    signature. Billed are the tokens thought either way.
    """

    kind: str
    effort: str
    budget: int | None
    shown: bool


def chosen_thinking(model: Model, body: dict[str, Any]) -> Thinking:
    """How the request asks the model to think; the API's 400 for what the model does not take."""
    can = abilities(model)
    asked = section(body, "thinking")
    kind = asked.get("type", can.thinking[0])
    if kind not in can.thinking:
        raise ApiError(400, _refused_thinking(kind, can))
    effort = section(body, "output_config").get("effort")
    if effort is not None and effort not in can.efforts:
        known = f"it takes {', '.join(can.efforts)}" if can.efforts else "it has no effort levels"
        raise ApiError(
            400, f"output_config.effort '{effort}' is not supported on {model.id}: {known}."
        )
    off = kind in ("disabled", "between_tools")
    if off and effort in ("xhigh", "max") and "adaptive" in can.thinking[:1]:
        raise ApiError(
            400,
            f"output_config.effort '{effort}' is not supported when thinking is disabled on this "
            "model. Use effort 'high' or below, or enable thinking.",
        )
    display = asked.get("display")
    shown = can.shown if display is None else display == "summarized"
    return Thinking(kind, effort or can.effort, _budget(kind, asked, body), shown)


def _refused_thinking(kind: str, can: Abilities) -> str:
    if "adaptive" not in can.thinking:
        return "adaptive thinking is not supported on this model"
    instead = '"thinking.type.adaptive" and "output_config.effort" to control thinking behavior.'
    if kind == "disabled" and "between_tools" in can.thinking:
        lowest = '"thinking.type.between_tools" for the lowest thinking setting, or '
        return f'"thinking.type.{kind}" is not supported for this model. Use {lowest}{instead}'
    return f'"thinking.type.{kind}" is not supported for this model. Use {instead}'


def _budget(kind: str, asked: Mapping[str, Any], body: Mapping[str, Any]) -> int | None:
    """Manual thinking has a budget, less than max_tokens."""
    if kind != "enabled":
        return None
    budget, limit = asked["budget_tokens"], body.get("max_tokens")
    if limit is not None and budget >= limit:  # a token count has no max_tokens
        raise ApiError(
            400,
            f"`max_tokens` must be greater than `thinking.budget_tokens`: {limit} is not greater "
            f"than {budget}.",
        )
    return budget


# --- Sampling ---------------------------------------------------------------------------------

# What the API takes and the SDK's types no longer have: anthropic 2, MIGRATION.md, which sends
# them by `extra_body` to the models that still use them.
SAMPLING: Mapping[str, Any] = {"temperature": float, "top_p": float, "top_k": int}
_USUAL = {"temperature": 1, "top_p": 1}  # what changes nothing where the rest is refused


def check_sampling(model: Model, body: Mapping[str, Any], thinking: Thinking) -> None:
    """The API's 400 for what a model does not let the caller sample by.

    Observed: earendil-works/pi pull request 7961 (deprecated), BerriAI/litellm issue 15097 (both,
    October 2025), MartialBE/one-hub issue 529 and quarkus-langchain4j issue 1812 (thinking). That
    top_p may be 0.95 and more with thinking is documented; its wording is near the observed one.
    """
    given = {name: body[name] for name in SAMPLING if body.get(name) is not None}
    takes = abilities(model).sampling
    for name, value in given.items():
        if takes == "none" and value != _USUAL.get(name):
            raise ApiError(400, f"`{name}` is deprecated for this model.")
    if takes == "one" and {"temperature", "top_p"} <= given.keys():
        raise ApiError(
            400,
            "`temperature` and `top_p` cannot both be specified for this model. Please use only "
            "one.",
        )
    if thinking.kind not in ("adaptive", "enabled"):
        return
    if given.get("temperature", 1) != 1:
        raise ApiError(400, "`temperature` may only be set to 1 when thinking is enabled.")
    if given.get("top_p", 1) < 0.95:
        raise ApiError(400, "`top_p` must be at least 0.95 or unset when thinking is enabled.")
    if "top_k" in given:
        raise ApiError(400, "`top_k` must be unset when thinking is enabled.")


# --- Tools ------------------------------------------------------------------------------------


def chosen_tool(model: Model, body: dict[str, Any], thinking: Thinking) -> ToolChoice:
    """What `tool_choice` says; the API's 400 for what the model does not take."""
    choice = section(body, "tool_choice")
    if not choice:
        return ToolChoice()
    kind = choice["type"]
    tools = body.get("tools") or []
    if not tools:
        raise ApiError(400, "tool_choice: may only be specified while providing tools")
    parallel = choice.get("disable_parallel_tool_use") is not True
    if kind in ("auto", "none"):
        return ToolChoice(kind, parallel=parallel)
    if not abilities(model).forced_tools:
        raise ApiError(400, 'tool_choice: type "tool" and "any" are not supported for this model.')
    if thinking.kind == "enabled":
        raise ApiError(400, "Thinking may not be enabled when tool_choice forces tool use.")
    if kind == "any":
        return ToolChoice("any", parallel=parallel)
    name = choice.get("name")
    if name not in [tool.get("name") for tool in tools]:
        raise ApiError(400, f"Tool '{name}' not found in provided tools")
    return ToolChoice("any", (str(name),), named=True, parallel=parallel)


def check_countable(tools: Iterable[Mapping[str, Any]] | None) -> None:
    """The API's 400 for a token count of a request whose tools Anthropic runs.

    Observed: pydantic/pydantic-ai pull request 5703 (May 2026); its page on token counting says so.
    """
    served = [tool["type"] for tool in tools or () if tool.get("type") in WEB_SEARCH]
    if served:
        raise ApiError(
            400,
            f"Server tools are not supported in the count_tokens endpoint: {', '.join(served)}. "
            "Use the /v1/messages endpoint instead.",
        )


# --- The rest ---------------------------------------------------------------------------------


def check_last_turn(model: Model, messages: list[dict[str, Any]]) -> None:
    """From Claude 4.6 on a conversation ends with the user (observed, several clients' issues)."""
    if messages[-1]["role"] == "assistant" and not abilities(model).prefill:
        raise ApiError(
            400,
            "This model does not support assistant message prefill. The conversation must end "
            "with a user message.",
        )


def check_breakpoints(body: dict[str, Any]) -> None:
    """At most four, and none on an empty text.

    The automatic breakpoint at the top of the request counts as one of the four (inferred). That
    one hour comes before five minutes is checked with the caches.
    """
    found = list(_breakpoints(body))
    for block in found:
        if block.get("type") == "text" and block.get("text") == "":
            raise ApiError(400, "cache_control cannot be set for empty text blocks")
    if len(found) > _BREAKPOINTS:
        raise ApiError(
            400,
            f"A maximum of {_BREAKPOINTS} blocks with cache_control may be provided. "
            f"Found {len(found)}.",
        )


def _breakpoints(value: Any) -> Iterator[dict[str, Any]]:
    """What bears a `cache_control`, wherever in a request the SDK lets one stand."""
    if isinstance(value, list):
        for item in value:
            yield from _breakpoints(item)
    elif isinstance(value, dict):
        if value.get("cache_control") is not None:
            yield value
        # A tool's schema and input are the caller's own data and may use any name.
        for name in ("tools", "system", "messages", "content"):
            yield from _breakpoints(value.get(name))


def chosen_speed(provider: Provider, model: Model, body: Mapping[str, Any]) -> str:
    """Fast mode only where a fast rate is published; that the others refuse it is inferred."""
    asked = body.get("speed") or "standard"
    if asked == "fast" and not has_rate(provider, model, "fast"):
        raise ApiError(
            400,
            f"speed: 'fast' is not available for {model.id}, because Anthropic publishes no such "
            "rate for it.",
        )
    return asked
