"""An alert as data: which rule holds, for whom, in which period, and what to say.

USD and shares, UTC. The rules of `costlib.alerts` and the accounts of `costlib.budgets` make them,
`costlib.alerts.Messenger` sends them. Lesson 4 teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Alert:
    """A rule that holds: which, since which hour (its start, UTC), in which period, and why.

    `rule`, `scope` and `period` together are the alert: sent once, however often it is found.
    `scope` says whose spending it is: "all", or a feature, a user, a project.
    """

    rule: str
    scope: str
    period: str
    hour: datetime
    value: float
    limit: float
    text: str

    @property
    def title(self) -> str:
        """One line for the head of a message."""
        return f"{self.rule}: {self.scope}, {self.period}"
