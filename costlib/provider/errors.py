"""A refusal on its way to the SDK, and which failures are free. Lesson 1 meets the first one."""

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


# By name, because a program may use httpx, httpx2, or requests and urllib3, and none of them has to
# be installed for this.
_NEVER_CONNECTED = frozenset(
    {
        "ConnectError",
        "ConnectTimeout",
        "PoolTimeout",
        "UnsupportedProtocol",
        "ConnectionRefusedError",
    }
)


def never_sent(error: BaseException) -> bool:
    """Whether a connection was never made, so that nothing was sent and nothing can be billed."""
    return bool(names_of(error) & _NEVER_CONNECTED)


def names_of(error: BaseException) -> set[str]:
    """The names of an error's class and of those above it."""
    return {kind.__name__ for kind in type(error).__mro__}


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
