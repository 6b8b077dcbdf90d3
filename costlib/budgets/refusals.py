"""What a budget says: an account as it stands, and why a call is not made.

USD; moments in the zone of the budget's calendar. An `Account` is what `Budget(notify=…)` is
called with, and `costlib.alerts.Messenger.send` takes it as it is. Taught in lesson 5.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

from costlib.budgets.limits import EXACT
from costlib.display.amounts import money
from costlib.tracking.alert import Alert
from costlib.tracking.periods import Period, label

Why = Literal["", "warned", "refused"]


@dataclass(frozen=True)
class Account:
    """One limit for one scope in one period, in USD; `limit` includes what was carried over.

    `why` says what brought a notice: the spending reached `warn_at` ("warned"), or a call found no
    room ("refused"); "" for an account that was asked for. `at` is when, `zone` the calendar's.
    """

    scope: str
    period: Period
    limit: Decimal
    spent: Decimal
    reserved: Decimal
    hard: bool = True
    why: Why = ""
    at: datetime | None = None
    zone: str = "UTC"

    @property
    def left(self) -> Decimal:
        """What a new reservation may be; below 0 when more was spent than reserved."""
        return EXACT.subtract(EXACT.subtract(self.limit, self.spent), self.reserved)

    def alert(self) -> Alert:
        """The same as an alert, which is sent once a period; its day is that of the zone."""
        at = (self.at or datetime.now(UTC)).astimezone(UTC)
        rule = "Budget: calls are refused" if self.why == "refused" else "Budget: limit reached"
        return Alert(
            rule=f"{rule} ({'hard' if self.hard else 'soft'}, {self.period.kind})",
            scope=self.scope,
            period=label(self.period, ZoneInfo(self.zone)),
            hour=at.replace(minute=0, second=0, microsecond=0),
            value=float(self.spent),
            limit=float(self.limit),
            text=f"{self}. {self._in_words()}",
        )

    def _in_words(self) -> str:
        if self.why == "refused":
            return "A call found no room and was not made."
        return "What follows is refused." if self.hard and self.left <= 0 else "Calls go on."

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
        super().__init__(account, asked, ends)
        self.account, self.asked, self.ends = account, asked, ends

    def __str__(self) -> str:
        ends, left = self.ends, max(self.account.left, Decimal(0))
        again = f" It starts again at {ends:%Y-%m-%d %H:%M} ({ends.tzinfo})." if ends else ""
        return (
            f"Budget exceeded for {self.account}, {money(left)} left; this "
            f"call may cost {money(self.asked)}.{again}"
        )


class BudgetStopped(Exception):
    """Somebody stopped these calls with `Budget.stop`; nothing was reserved."""


class BudgetUnavailable(Exception):
    """The budget's database did not answer, however often it was asked.

    A `reserve` that raises it has reserved nothing that stays. A `settle` or `release` may be
    called again; until it is, the budget tries by itself with the next call that reaches its
    database.
    """
