"""How OpenAI says no: the words for what is wrong with a request, and the body of an error.

The words are those of the API where somebody published them. Lesson 1 meets the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.rules import invalid, not_served
from costlib.provider.shapes import Problem, check_shape

_JSON = {str: "a string", bool: "a boolean", int: "an integer", float: "a decimal",
         list: "an array", dict: "an object", type(None): "null"}  # fmt: skip


def check_request(body: Mapping[str, Any], shape: Any, **more: Any) -> None:
    """Check a body against a type of the SDK; the API's 400 for what is wrong with it."""
    try:
        check_shape("openai", body, shape, **more)
    except Problem as problem:
        raise _refusal(problem) from None


def _refusal(problem: Problem) -> ApiError:
    param = dotted(problem)
    expected = problem.expected
    if problem.kind == "unserved":
        return not_served(problem.what, param)
    if problem.kind == "unknown":
        message, code = f"Unknown parameter: '{param}'.", "unknown_parameter"
    elif problem.kind == "missing":
        message, code = f"Missing required parameter: '{param}'.", "missing_required_parameter"
    elif problem.kind == "value":
        return invalid(param, problem.value, ", ".join(map(repr, expected)))
    elif problem.kind == "type":
        words = f"one of {' or '.join(expected)}" if len(expected) > 1 else " ".join(expected)
        got = _JSON.get(type(problem.value), "something else")
        message = f"Invalid type for '{param}': expected {words}, but got {got} instead."
        code = "invalid_type"
    elif problem.kind == "pattern":
        message = (
            f"Invalid '{param}': string does not match pattern. Expected a string that matches the "
            f"pattern '{expected[0]}'."
        )
        code = "invalid_value"
    else:
        message, code = _out_of_bounds(problem, param)
    return ApiError(400, message, code=code, param=param)


def _out_of_bounds(problem: Problem, param: str) -> tuple[str, str]:
    low, high = problem.expected
    value = problem.value
    if not isinstance(value, int | float):
        return _wrong_length(value, low, high, param)
    kind = "integer" if isinstance(value, int) else "decimal"
    if value < float(low):
        return (
            f"Invalid '{param}': {kind} below minimum value. Expected a value >= {low}, but got "
            f"{value} instead.",
            f"{kind}_below_min_value",
        )
    return (
        f"Invalid '{param}': {kind} above maximum value. Expected a value <= {high}, but got "
        f"{value} instead.",
        f"{kind}_above_max_value",
    )


def _wrong_length(value: Any, low: str, high: str, param: str) -> tuple[str, str]:
    """An array, a string or an object that is empty or too long."""
    kind = _JSON[type(value)].split()[1]
    if not value:
        return (
            f"Invalid '{param}': empty {kind}. Expected {_JSON[type(value)]} with minimum length "
            f"{low}, but got an empty {kind} instead.",
            f"empty_{kind}",
        )
    if kind == "object":
        return (
            f"Invalid '{param}': too many properties. Expected an object with at most {high} "
            f"properties, but got an object with {len(value)} properties instead.",
            "object_above_max_properties",
        )
    return (
        f"Invalid '{param}': {kind} too long. Expected {_JSON[type(value)]} with maximum length "
        f"{high}, but got {_JSON[type(value)]} with length {len(value)} instead.",
        f"{kind}_above_max_length",
    )


def dotted(problem: Problem) -> str:
    """A place in a body as OpenAI writes it: messages[0].content."""
    parts = [f"[{each}]" if isinstance(each, int) else f".{each}" for each in problem.path]
    return "".join(parts).removeprefix(".")


def error_body(error: ApiError, request_id: str) -> dict[str, Any]:
    """A refusal as OpenAI writes it; its request id is in a header, not in the body."""
    return {
        "error": {
            "message": error.message,
            "type": _error_type(error),
            "param": error.param,
            "code": error.code,
        }
    }


def _error_type(error: ApiError) -> str:
    """OpenAI's word for a kind of refusal (its guide on error codes)."""
    if error.status == 429:
        limit = "requests" if error.code in (None, "rate_limit_exceeded") else "insufficient_quota"
        return "tokens" if error.param == "tokens" else limit
    return "server_error" if error.status >= 500 else "invalid_request_error"
