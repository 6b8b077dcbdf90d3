"""How Anthropic says no: the words for what is wrong with a request, and the body of an error.

The words are those of the API where somebody published them. Lesson 1 meets the first one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.rules import not_served
from costlib.provider.shapes import Problem, check_shape

_ERROR_TYPES = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    413: "request_too_large",
    429: "rate_limit_error",
    504: "timeout_error",
    529: "overloaded_error",
}


def check_request(body: Mapping[str, Any], shape: Any, **more: Any) -> None:
    """Check a body against a type of the SDK; the API's 400 for what is wrong with it."""
    try:
        check_shape("anthropic", body, shape, **more)
    except Problem as problem:
        raise _refusal(problem) from None


def _refusal(problem: Problem) -> ApiError:
    if problem.kind == "unserved":
        return not_served(problem.what)
    return ApiError(400, f"{'.'.join(map(str, problem.path))}: {_why(problem)}")


def _why(problem: Problem) -> str:
    expected = problem.expected
    if problem.kind == "unknown":
        return "Extra inputs are not permitted"
    if problem.kind == "missing":
        return "Field required"
    if problem.kind == "value":
        values = ", ".join(map(repr, expected))
        return f"Input should be one of {values}, and {problem.value!r} is none of them"
    if problem.kind == "type":
        return f"Input should be {' or '.join(expected) or 'something that JSON can hold'}"
    if problem.kind == "pattern":
        return f"String should match pattern '{expected[0]}'"
    low, high = expected
    if isinstance(problem.value, int | float):
        below = problem.value < float(low)
        bound = f"greater than or equal to {low}" if below else f"less than or equal to {high}"
        return f"Input should be {bound}"
    below = len(problem.value) < float(low)
    bound = f"at least {low}" if below else f"at most {high}"
    if isinstance(problem.value, str):
        return f"String should have {bound} characters"
    return f"List should have {bound} items"


def error_body(error: ApiError, request_id: str) -> dict[str, Any]:
    """A refusal as Anthropic writes it; where it has a code, the SDK raises a class for it."""
    known = {"error_code": error.code, **error.details}
    details = {"details": known} if error.code else {}
    return {
        "type": "error",
        "error": {
            "type": _ERROR_TYPES.get(error.status, "api_error"),
            "message": error.message,
            **details,
        },
        "request_id": request_id,
    }
