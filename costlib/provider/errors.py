"""A refusal on its way to the SDK. Lesson 1 meets the first one."""

from __future__ import annotations


class ApiError(Exception):
    """What the SDK turns into its own exception for `status`; `retry_after` is in seconds."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        code: str | None = None,
        param: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.code = code
        self.param = param
        self.retry_after = retry_after
