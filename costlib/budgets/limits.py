"""What a budget is made of: limits, the accounts that they open, and what is said when one stops.

Limits and amounts are given in USD (numbers, Decimal, text, a `Cost`) and held as whole
pico-dollars (1e-12 USD). `costlib.budgets.budget` puts them to work. Taught in lesson 5.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, Decimal, InvalidOperation
from typing import Any

from costlib.display.amounts import money
from costlib.pricing.cost import Cost
from costlib.tracking.periods import KINDS, Period

MOST_USD = 9_000_000  # more pico-dollars than this do not fit into 64 bits


@dataclass(frozen=True)
class Limit:
    """At most `usd` in each calendar `period` ("day", "week", "month", or "ever": once).

    `by` names the tags that get an account each: `by="user"` is a limit for every user,
    `by=("project", "user")` for every user in every project, nothing for all together. `where`
    narrows it to calls with these tags. `hard` stops; a soft limit (`hard=False`) only notices.
    Notice is given once a period, when the spending reaches `warn_at` of the limit. `carry_over`
    is the share of the limit that may come over from the period before, if it was not used (from
    an account that was never opened, nothing does).
    """

    usd: Decimal | float | str
    period: str = "month"
    by: str | tuple[str, ...] = ()
    where: Mapping[str, str] | None = None
    hard: bool = True
    warn_at: float = 1.0
    carry_over: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", (self.by,) if isinstance(self.by, str) else tuple(self.by))
        object.__setattr__(self, "where", dict(self.where or {}))
        if self.period not in KINDS:
            raise ValueError(f"period {self.period!r} is unknown: choose one of {KINDS}")
        if not 0 < self.warn_at <= 1 or not 0 <= self.carry_over <= 1:
            raise ValueError(
                f"warn_at={self.warn_at} and carry_over={self.carry_over} are shares of the "
                "limit: give at most 1, and notice above 0"
            )
        picodollars(usd_of(self.pusd) * Decimal(str(1 + self.carry_over)))  # must fit as well

    @property
    def pusd(self) -> int:
        """The limit in whole pico-dollars."""
        return picodollars(self.usd)

    @property
    def rule(self) -> str:
        """What tells this limit from others, whatever its amount; part of its accounts' names."""
        return json.dumps([self.period, self.by, sorted(self.where.items())])


@dataclass(frozen=True)
class Account:
    """One limit for one scope in one period, in USD; `limit` includes what was carried over."""

    scope: str
    period: Period
    limit: Decimal
    spent: Decimal
    reserved: Decimal
    hard: bool = True

    @property
    def left(self) -> Decimal:
        """What a new reservation may be; below 0 when more was spent than reserved."""
        return self.limit - self.spent - self.reserved

    def __str__(self) -> str:
        kind = "in all" if self.period.kind == "ever" else f"a {self.period.kind}"
        return (
            f"{self.scope}: {money(self.spent)} of {money(self.limit)} {kind} spent, "
            f"{money(self.reserved)} reserved"
        )


class BudgetExceeded(Exception):
    """No room for a call: nothing was reserved, nothing should be sent.

    `account` is the limit that stood in the way, `asked` what the call may cost in USD, `ends`
    when the limit's period ends in the budget's time zone (None: it has no end).
    """

    def __init__(self, account: Account, asked: Decimal, ends: datetime | None) -> None:
        self.account, self.asked, self.ends = account, asked, ends
        again = f" It starts again at {ends:%Y-%m-%d %H:%M} ({ends.tzinfo})." if ends else ""
        super().__init__(
            f"Budget exceeded for {account}, {money(max(account.left, Decimal(0)))} left; this "
            f"call may cost {money(asked)}.{again}"
        )


class BudgetStopped(Exception):
    """Somebody stopped these calls with `Budget.stop`; nothing was reserved."""


def picodollars(usd: Any) -> int:
    """USD as whole pico-dollars, rounded up: what is set aside must suffice."""
    value = usd.total if isinstance(usd, Cost) else usd
    try:
        found = Decimal(str(value))
        pico = int(found.scaleb(12).to_integral_value(ROUND_CEILING))
    except (InvalidOperation, ValueError, OverflowError):
        pico = -1
    if isinstance(usd, bool) or not 0 <= pico <= MOST_USD * 10**12:
        raise ValueError(f"{usd!r} is no amount in USD: give from 0 to {MOST_USD:,}, such as 0.25")
    return pico


def usd_of(picodollars: int) -> Decimal:
    return Decimal(int(picodollars)).scaleb(-12)
