"""Failures on demand: what the caller's code must survive, scripted or at a seeded rate.

`provider_of(client).failures.script(429, "timeout", None, Failure.cut(3))` says what the next
requests to a model meet, in order (None lets one through); every attempt of the SDK takes a step.
`at_rate(0.05)` lets a request fail by chance: the draw depends on the seed, the request and how
often it came before, never on the order of different requests. Seconds. Lesson 4 uses it.
"""

from __future__ import annotations

import hashlib
from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from costlib.faces import MOST
from costlib.pricing.numbers import plausible
from costlib.provider.errors import ApiError

_MESSAGES = {
    429: "Rate limit reached. Please try again later.",
    500: "The server had an error while processing your request. Sorry about that!",
    503: "The engine is currently overloaded, please try again later.",
    529: "Overloaded",
}


@dataclass(frozen=True)
class Failure:
    """One thing that goes wrong: exactly one of the three.

    status: the API answers with it and generates nothing; `retry_after` seconds, if the answer
    names any. timed_out: the caller's own time limit passes; the reply was generated and is
    billed. cut_after: the connection breaks after so many events of a stream.
    """

    status: int | None = None
    retry_after: float | None = None
    timed_out: bool = False
    cut_after: int | None = None

    def __post_init__(self) -> None:
        given = [self.status is not None, self.timed_out, self.cut_after is not None]
        if sum(given) != 1:
            raise ValueError("a Failure has one of status, timed_out and cut_after: give one")
        if self.status is not None and not 400 <= self.status <= 599:
            raise ValueError(f"status {self.status} is no failure: give one from 400 to 599")
        if self.cut_after is not None and self.cut_after < 0:
            raise ValueError(f"cut_after={self.cut_after} is negative: give a number of events")
        if self.retry_after is not None and not 0 < self.retry_after < float("inf"):
            raise ValueError(f"retry_after={self.retry_after} must be a positive number of seconds")

    @classmethod
    def cut(cls, events: int) -> Failure:
        """A stream that breaks after so many events; other requests leave it for the next one."""
        return cls(cut_after=events)

    def error(self) -> ApiError:
        """The refusal of a failure that has a status."""
        assert self.status is not None
        code = {429: "rate_limit_exceeded"}.get(self.status)
        message = _MESSAGES.get(self.status, f"Simulated failure with status {self.status}.")
        return ApiError(self.status, message, code=code, retry_after=self.retry_after)


def _failure(step: Failure | int | str) -> Failure:
    if isinstance(step, Failure):
        return step
    if step == "timeout":
        return Failure(timed_out=True)
    if isinstance(step, int) and not isinstance(step, bool):
        # 429 comes with a wait, as the APIs' own does; the number is modelled.
        return Failure(status=step, retry_after=20.0 if step == 429 else None)
    raise ValueError(
        f'{step!r} is no failure: give a status such as 429, "timeout", a Failure, or None'
    )


@dataclass
class Failures:
    """What the requests to models of one organisation meet. Counts of what happened: the log."""

    _script: deque[Failure | None] = field(default_factory=deque)
    _rate: float = 0.0
    _kinds: tuple[Failure, ...] = ()
    _seen: Counter[str] = field(default_factory=Counter)

    def script(self, *steps: Failure | int | str | None) -> None:
        """Add steps for the next requests, one for each attempt; None is a success.

        Raises ValueError for a step that is no failure.
        """
        self._script.extend(None if step is None else _failure(step) for step in steps)

    def at_rate(
        self, probability: float, kinds: Sequence[Failure | int | str] = (429, 500, 529, "timeout")
    ) -> None:
        """Let each attempt fail with this probability, evenly in one of the kinds; 0 stops it.

        Raises ValueError for a number outside [0, 1] and for a kind that is no failure.
        """
        plausible("probability", probability, low=-MOST)
        if not 0 <= probability <= 1 or (probability and not kinds):
            raise ValueError(
                f"a rate of {probability} over {len(kinds)} kinds cannot be: give a number from "
                "0 to 1, and at least one kind"
            )
        self._rate, self._kinds = probability, tuple(_failure(kind) for kind in kinds)

    def clear(self) -> None:
        """Forget the script and the rate."""
        self._script.clear()
        self._rate = 0.0

    def next(self, key: str, streaming: bool) -> Failure | None:
        """What this attempt meets; `key` identifies the request's content and the seed."""
        if self._script:
            step = self._script[0]
            if step is None or step.cut_after is None or streaming:
                return self._script.popleft()
            return None
        if not self._rate:
            return None
        self._seen[key] += 1
        draw = hashlib.sha256(f"{key} {self._seen[key]}".encode()).digest()
        if int.from_bytes(draw[:8]) >= self._rate * 2**64:
            return None
        failure = self._kinds[int.from_bytes(draw[8:16]) % len(self._kinds)]
        return None if failure.cut_after is not None and not streaming else failure
