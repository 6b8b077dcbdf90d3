"""What a sum of money does not contain: calls and tokens that have no price.

Missing is not zero: 2.4 billion tokens of an unknown model are not free. Whoever adds up the costs
of calls says this beside the sum. Lesson 4 teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from costlib.display.amounts import counted

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True)
class Unpriced:
    """Calls without a price, and their tokens in and out; false when there are none."""

    calls: int = 0
    tokens: int = 0

    def __bool__(self) -> bool:
        return self.calls > 0

    def __str__(self) -> str:
        have = "has" if self.calls == 1 else "have"
        return f"{counted(self.calls, 'call')} with {counted(self.tokens, 'token')} {have} no price"


def unpriced_in(frame: pandas.DataFrame) -> Unpriced:
    """What of a ledger's frame has no price. A row that sums up requests counts as that many."""
    without = frame["cost_pusd"].isna()
    if not without.any():  # as nearly always, and taking no rows takes long
        return Unpriced()
    rows = frame[without]
    tokens = sum(int(rows[name].sum()) for name in ("input_tokens", "output_tokens"))
    calls = int(rows["requests"].sum()) if "requests" in rows else len(rows)
    return Unpriced(max(calls, len(rows)), tokens)
