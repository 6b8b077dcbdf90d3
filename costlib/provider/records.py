"""What a provider writes down about each attempt at a model: the log that bills are made of.

Lesson 4 compares it with what the caller recorded.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

Outcome = Literal["complete", "refused", "timed out", "streaming", "interrupted"]
"""How a request ended for its caller. All but "refused" were generated, and are billed: a caller
whose connection timed out or whose stream was interrupted pays for what it never saw."""


@dataclass(frozen=True, slots=True)
class Record:
    """One attempt at a model, as the provider saw it; refused ones have a status and no usage.

    Tiers are in the provider's own words. A batch's requests appear when the batch completes.
    `usage` is what is billed. `latency` is modelled: seconds from the request to the last token,
    `first_token` to the first visible one. `attempt` counts the SDK's own retries from 0.
    `turns`: the usage of each turn of the model, where a request has several (web searches).
    """

    time: datetime
    route: str
    model: str
    tier_asked: str | None
    tier_served: str | None
    usage: dict[str, Any]
    status: int
    outcome: Outcome = "complete"
    request_id: str = ""
    attempt: int = 0
    project: str = "default"
    api_key_id: str = "key_offline"
    first_token: float | None = None
    latency: float | None = None
    turns: tuple[Mapping[str, Any], ...] = ()

    @property
    def vendor(self) -> str:
        """Whose API was called: "anthropic" or "openai"."""
        return "anthropic" if self.route.startswith("/v1/messages") else "openai"
