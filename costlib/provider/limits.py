"""Rate limits and spend limits, and the 429s they bring.

Units: requests and tokens per virtual minute; US dollars per calendar month (UTC). There are no
limits until somebody sets them:
`provider_of(client).limits.set_rate("gpt-4.1", requests=3, tokens=10_000)`. A rate limit is a
bucket that holds a minute's worth and fills up evenly. A spend limit looks at the bill late.
Lesson 4 runs into both.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from costlib.provider.bill import cost_of_record
from costlib.provider.errors import ApiError
from costlib.provider.records import Record

# What each vendor limits, in the words of its headers. OpenAI: tokens are input plus output.
KINDS = {
    "openai": ("requests", "tokens"),
    "anthropic": ("requests", "input_tokens", "output_tokens"),
}
_DUST = 1e-6  # a bucket fills up in floating point
_SHORT = {"requests": "RPM", "tokens": "TPM"}
_FREE = ("/v1/responses/input_tokens", "/v1/messages/count_tokens")
_OUTPUT_BOUNDS = ("max_completion_tokens", "max_tokens", "max_output_tokens")


@dataclass
class _Bucket:
    """What is left of a limit at a moment; it may fall below 0, as output is counted late."""

    limit: int
    left: float
    at: datetime

    def now(self, moment: datetime) -> float:
        passed = (moment - self.at).total_seconds()
        self.left = min(float(self.limit), self.left + passed * self.limit / 60)
        self.at = moment
        return self.left

    def wait(self, needed: float) -> float:
        """Seconds until so much is there, rounded up to milliseconds."""
        return math.ceil(max(0.0, needed - self.left) * 60_000 / self.limit) / 1_000


@dataclass
class Limits:
    """The limits of one organisation.

    `spend_lag` and `spend_lag_requests`: enforcement is not instantaneous. It sees a request once
    it is that old, or once that many came after it (both numbers are modelled).
    """

    spend_lag: timedelta = timedelta(minutes=15)
    spend_lag_requests: int = 20
    _rates: dict[str, dict[str, int]] = field(default_factory=dict)
    _buckets: dict[tuple[str, str, str], _Bucket] = field(default_factory=dict)
    _spend_limits: dict[tuple[str, str | None], int] = field(default_factory=dict)
    _spent: defaultdict[tuple[Any, ...], Decimal] = field(
        default_factory=lambda: defaultdict(Decimal)
    )
    _counted: int = 0

    # --- What a lesson sets ---

    def set_rate(
        self,
        model: str = "",
        *,
        requests: int | None = None,
        tokens: int | None = None,
        input_tokens: int | None = None,
        output_tokens: int | None = None,
    ) -> None:
        """Limits per minute for each model whose name starts with `model`; "" means all.

        OpenAI limits `requests` and `tokens`; Anthropic `requests`, `input_tokens` (cache reads
        do not count) and `output_tokens`. Each model has its own buckets, full at first; the
        longest matching name wins. Raises ValueError for a limit that is not positive.
        """
        given = {
            "requests": requests,
            "tokens": tokens,
            "input_tokens": input_tokens,
            "output_tokens": output_tokens,
        }
        rates = {kind: limit for kind, limit in given.items() if limit is not None}
        for kind, limit in rates.items():
            if limit <= 0:
                raise ValueError(f"{kind}={limit} per minute lets nothing through: give 1 or more")
        self._rates[model] = rates
        self._buckets.clear()

    def set_spend_limit(
        self, cents: int | None, *, vendor: str = "openai", project: str | None = None
    ) -> None:
        """A hard limit for each calendar month, of a project or of all; None takes it away.

        OpenAI's `client.admin.organization.spend_limit.update` does the same; Anthropic's limit
        is set in its console. Raises ValueError for a negative amount.
        """
        if cents is None:
            self._spend_limits.pop((vendor, project), None)
        elif cents < 0:
            raise ValueError(f"a spend limit of {cents} cents is negative: give 0 or more")
        else:
            self._spend_limits[vendor, project] = cents

    # --- What the transport asks ---

    def admit(
        self,
        log: Sequence[Record],
        now: datetime,
        vendor: str,
        path: str,
        body: Mapping[str, Any],
        project: str,
    ) -> None:
        """Take a request's share of the rate limits; raise the 429 of a limit that is reached.

        `log` is what the organisation has used so far, `now` its virtual time.
        """
        if path in _FREE:
            return
        for scope in (None, project):
            if self.exceeded(log, now, vendor, scope):
                raise _spend_error(now, vendor, scope)
        buckets = dict(self._of_model(now, vendor, str(body["model"])))
        if not buckets:
            return
        sent = len(json.dumps(body)) // 4  # both vendors guess before they count
        needed = {"requests": 1, "tokens": max(sent, _bound(body)), "input_tokens": sent}
        for kind, bucket in buckets.items():
            need = needed.get(kind, 1)
            if need > bucket.limit or bucket.left < need - _DUST:
                raise _rate_error(vendor, str(body["model"]), kind, bucket, need)
        for kind in ("requests", "tokens"):
            if kind in buckets:
                buckets[kind].left -= needed[kind]

    def settle(self, now: datetime, vendor: str, model: str, usage: Mapping[str, Any]) -> None:
        """Take what Anthropic counts once it is known: fresh input, and output."""
        if vendor == "anthropic" and usage:
            fresh = usage.get("input_tokens") or 0
            counted = {
                "input_tokens": fresh + (usage.get("cache_creation_input_tokens") or 0),
                "output_tokens": usage.get("output_tokens") or 0,
            }
            for kind, bucket in self._of_model(now, vendor, model):
                bucket.left -= counted.get(kind, 0)

    def headers(self, now: datetime, vendor: str, model: str) -> dict[str, str]:
        """The vendor's headers about the limits that are set."""
        found: dict[str, str] = {}
        for kind, bucket in self._of_model(now, vendor, str(model)):
            name = kind.replace("_", "-")
            left, reset = str(max(0, int(bucket.left))), bucket.wait(bucket.limit)
            if vendor == "openai":
                found[f"x-ratelimit-limit-{name}"] = str(bucket.limit)
                found[f"x-ratelimit-remaining-{name}"] = left
                found[f"x-ratelimit-reset-{name}"] = _duration(reset)
            else:
                full = now + timedelta(seconds=math.ceil(reset))
                found[f"anthropic-ratelimit-{name}-limit"] = str(bucket.limit)
                found[f"anthropic-ratelimit-{name}-remaining"] = left
                found[f"anthropic-ratelimit-{name}-reset"] = f"{full:%Y-%m-%dT%H:%M:%SZ}"
        return found

    def spend_limit(self, vendor: str, project: str | None = None) -> int | None:
        """The monthly limit in cents, if one is set."""
        return self._spend_limits.get((vendor, project))

    def exceeded(
        self, log: Sequence[Record], now: datetime, vendor: str, project: str | None = None
    ) -> bool:
        """Whether what the enforcement has seen this month reaches the limit."""
        limit = self._spend_limits.get((vendor, project))
        if limit is None:
            return False
        while self._counted < len(log):
            record = log[self._counted]
            late = len(log) - self._counted <= self.spend_lag_requests
            if late and now - record.time < self.spend_lag:
                break
            self._counted += 1
            try:
                cost = cost_of_record(record)
            except (LookupError, ValueError):
                continue  # what has no price is on no bill, and must not stop every later call
            if cost is not None:
                for scope in (None, record.project):
                    month = record.time.year, record.time.month
                    self._spent[record.vendor, scope, month] += cost.total
        return self._spent[vendor, project, (now.year, now.month)] * 100 >= limit

    def _of_model(self, now: datetime, vendor: str, model: str) -> Iterator[tuple[str, _Bucket]]:
        names = [name for name in self._rates if model.startswith(name)]
        rates = self._rates[max(names, key=len)] if names else {}
        for kind in KINDS[vendor]:
            if kind in rates:
                full = _Bucket(rates[kind], rates[kind], now)
                bucket = self._buckets.setdefault((vendor, model, kind), full)
                bucket.now(now)
                yield kind, bucket


def _bound(body: Mapping[str, Any]) -> int:
    given = [body.get(name) for name in _OUTPUT_BOUNDS]
    return max((value for value in given if isinstance(value, int)), default=0)


def _rate_error(vendor: str, model: str, kind: str, bucket: _Bucket, need: int) -> ApiError:
    words, used = kind.replace("_", " "), bucket.limit - math.floor(bucket.left)
    wait = bucket.wait(min(need, bucket.limit))
    if vendor == "anthropic":
        message = (
            f"This request would exceed your organization's rate limit of {bucket.limit:,} "
            f"{words} per minute (model: {model})."
        )
    elif need > bucket.limit:
        message = (
            f"Request too large for {model} on {words} per min ({_SHORT[kind]}): Limit "
            f"{bucket.limit}, Requested {need}. The input or output tokens must be reduced in "
            "order to run successfully."
        )
    else:
        message = (
            f"Rate limit reached for {model} on {words} per min ({_SHORT[kind]}): Limit "
            f"{bucket.limit}, Used {used}, Requested {need}. Please try again in "
            f"{_duration(wait)}."
        )
    return ApiError(429, message, code="rate_limit_exceeded", retry_after=wait or None)


def _spend_error(now: datetime, vendor: str, project: str | None) -> ApiError:
    if vendor == "anthropic":  # the wording that users report; a 400 and not a 429
        again = (now.replace(day=1) + timedelta(days=32)).replace(day=1)
        return ApiError(
            400,
            "You have reached your specified API usage limits. You will regain access on "
            f"{again:%Y-%m-%d} at 00:00 UTC.",
        )
    scope = "organization" if project is None else "project"
    return ApiError(
        429,
        f"You have reached the monthly spend limit of your {scope}. Raise the limit, or wait for "
        "the next calendar month.",
        code=f"{scope}_spend_limit_exceeded",
    )


def _duration(seconds: float) -> str:
    """A wait as OpenAI writes it: "850ms", "12.5s", "6m0s"."""
    if seconds < 1:
        return f"{math.ceil(seconds * 1_000)}ms"
    if seconds < 60:
        return f"{seconds:g}s"
    return f"{int(seconds // 60)}m{math.ceil(seconds % 60)}s"
