"""The most that a request can cost, before it is sent, and what it did cost, from its bytes.

Live mode reserves the first and settles with the second. Both are exact US dollars. Lesson 5
builds the same thing for a team (`costlib.estimation.ceilings`, `costlib.budgets.budget`).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from costlib.estimation.ceilings import ceiling
from costlib.pricing.cost import EXACT, cost_of
from costlib.pricing.prices import find_model
from costlib.pricing.regions import dearest_region
from costlib.provider.errors import ApiError
from costlib.usage.beside import searches_always
from costlib.usage.read import read_usage
from costlib.usage.streams import MOST_TOKENS, StreamUsage, events, parsed

_OUTPUT = {
    "/chat/completions": ("max_completion_tokens", "max_tokens"),
    "/responses": ("max_output_tokens",),
    "/v1/messages": ("max_tokens",),
}
_INPUT_ONLY = ("/embeddings",)
_FREE = ("/responses/input_tokens", "/v1/messages/count_tokens")
# Only what is known to bring no other charge than tokens in and out.
_KNOWN = {
    "model", "messages", "input", "system", "instructions", "max_completion_tokens", "max_tokens",
    "max_output_tokens", "n", "stop", "stop_sequences", "stream", "stream_options", "temperature",
    "top_p", "top_k", "service_tier", "speed", "metadata", "user", "prompt_cache_key",
    "prompt_cache_options", "prompt_cache_retention", "cache_control", "reasoning",
    "reasoning_effort", "thinking", "output_config", "prediction", "response_format", "text",
    "tools", "tool_choice", "parallel_tool_calls", "seed", "safety_identifier", "store", "logprobs",
    "top_logprobs", "presence_penalty", "frequency_penalty", "verbosity", "truncation",
    "dimensions", "encoding_format", "inference_geo",
}  # fmt: skip
_PARTS = (
    None, "text", "input_text", "output_text", "refusal", "thinking", "redacted_thinking",
    "tool_use", "tool_result", "message", "function_call", "function_call_output", "reasoning",
)  # fmt: skip
# Hidden prompts, such as the 346 tokens that tools bring at Anthropic: several times the largest.
_HIDDEN = 2_000


def most_it_can_cost(vendor: str, method: str, path: str, content: bytes) -> Decimal:
    """An upper bound: every byte of the request a token, and all the output that is allowed.

    Raises ApiError for a request that no bound can be given for.
    """
    if path in _FREE or (method == "GET" and path.removeprefix("/v1").startswith("/models")):
        return Decimal(0)
    if method != "POST" or path not in (*_OUTPUT, *_INPUT_ONLY):
        raise _unbounded(f"{method} {path}")
    body = _json(content)
    _check(body)
    output = _most_output(path, body) if path in _OUTPUT else 0
    return _dearest(vendor, str(body.get("model")), len(content) + _HIDDEN, output, body)


def _json(content: bytes) -> dict[str, Any]:
    """The body, which must be a JSON object."""
    try:
        body = json.loads(content)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise ApiError(400, "Live mode reads the request to bound its cost: send a JSON object.")
    return body


def _most_output(path: str, body: Mapping[str, Any]) -> int:
    """The most tokens that all copies of the answer may bill, rejected predicted ones included."""
    limits = [body[name] for name in _OUTPUT[path] if body.get(name) is not None]
    if not limits or not all(type(limit) is int and limit >= 0 for limit in limits):
        raise ApiError(
            400,
            f"Live mode sends no request without a bound on its output: give {_OUTPUT[path][0]}.",
            code="no_output_bound",
        )
    copies = body.get("n") or 1
    if type(copies) is not int or copies < 1:
        raise _unbounded(f"n={copies!r}")
    predicted = len(json.dumps(body["prediction"])) if body.get("prediction") else 0
    return (max(limits) + predicted) * copies


def _dearest(vendor: str, model: str, sent: int, output: int, body: Mapping[str, Any]) -> Decimal:
    """At the dearest tier that may serve it, in the dearest region, with all of the input plain or
    written to a cache."""
    tiers, asked = {"standard"}, body.get("service_tier")
    if vendor == "openai" and asked == "ultrafast":
        tiers = {"ultrafast"}  # no other tier's rate bounds it
    elif vendor == "openai" and asked not in ("default", "flex"):
        tiers |= {"priority", "fast", "ultrafast"}  # "auto" is what the project's settings say
    if body.get("speed") == "fast":
        tiers.add("fast")
    try:
        most = ceiling(model, sent, output, provider=vendor, tiers=sorted(tiers))
        return EXACT.multiply(most, dearest_region(vendor))
    except LookupError:
        raise ApiError(
            400,
            f"Live mode sends nothing whose price is unknown, and {model!r} has no published "
            "rate: choose a model of costlib.pricing.models().",
            code="unknown_price",
        ) from None


def charge_of(vendor: str, sent: bytes, read: bytes, region: str | None = None) -> Decimal | None:
    """What a response costs, from its usage, and where the host keeps the work if the usage does
    not say; None when it carries no usage that is final and read."""
    usage = _usage(read)
    if usage is None:
        return None
    try:
        model = find_model(str(json.loads(sent).get("model")), vendor).id
        used = read_usage(usage, provider=vendor)
        if max(used.input_tokens, used.output_tokens) > MOST_TOKENS:
            return None
        return cost_of(used, model, provider=vendor, region=region).total
    except (LookupError, TypeError, ValueError, ArithmeticError):
        return None


def _usage(read: bytes) -> dict[str, Any] | None:
    """The body with the final usage, of a JSON response or of a stream that reached its end."""
    whole = parsed(read)
    if whole is not None:
        return whole if whole.get("usage") else None
    told = StreamUsage()
    for event in events(read):
        if event is None:
            told.done()
        else:
            told.event(event)
    return told.body if told.final else None


def _check(body: Mapping[str, Any]) -> None:
    """Refuse what may cost more than the tokens that are seen here."""
    unknown = sorted(set(body) - _KNOWN)
    if unknown:
        raise _unbounded(f"the parameter {unknown[0]!r}")
    if searches_always(str(body.get("model"))):
        raise _unbounded("a model that searches the web")
    for tool in body.get("tools") or ():
        if not isinstance(tool, dict) or tool.get("type", "custom") not in ("function", "custom"):
            raise _unbounded("tools that the vendor runs")
    for name in ("messages", "input", "system"):
        for part in _parts(body.get(name)):
            if part.get("type") not in _PARTS:
                raise _unbounded(f"content of type {part.get('type')!r}")


def _parts(value: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(value, list):
        for item in value:
            yield from _parts(item)
    elif isinstance(value, dict):
        yield value
        yield from _parts(value.get("content"))
        yield from _parts(value.get("output"))


def _unbounded(what: str) -> ApiError:
    return ApiError(
        400,
        f"Live mode cannot tell what {what} may cost at most: it was not sent. Use the offline "
        "provider, or the vendor's SDK without this course.",
        code="unbounded_cost",
    )
