"""A refusal on its way to the SDK, and which answers cost nothing. Lesson 1 meets the first one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FREE_STATUSES = frozenset({400, 401, 402, 403, 404, 405, 413, 415, 422, 429, 500, 503, 529})
"""Statuses in the place of an answer that are known to cost nothing: refusals, and servers that
were down or overloaded. A time-out or a gateway's failure (408, 409, 499, 502, 504, 524) is not
among them: what was asked may have been done. Neither vendor publishes a rule for the latter
(looked for on 2026-11-28)."""


def is_free(status: int) -> bool:
    """Whether a status in the place of an answer is known to cost nothing: a redirection, too."""
    return 300 <= status < 400 or status in _FREE_STATUSES


class ApiError(Exception):
    """What the SDK turns into its own exception for `status`; `retry_after` is in seconds.

    `details` are what Anthropic says beside a code.
    """

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.retry_after = retry_after
        self.details = details or {}
