"""What is in one's own calls, worked out once: sums, caches, hidden costs, levers, a month.

`Facts` is what the table, the page and the JSON of an audit are made of. Units: Decimal USD of the
records' own period; a month is 30 days. Amounts a month say what these days would make if they went
on, and are given from `ENOUGH_DAYS` days on. Lesson 4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

import pandas as pd

from costlib.audit.applied import Applied
from costlib.audit.breakdown import Part, days_of, parts_of, places_of, total_of, unit_of
from costlib.audit.cache_account import CacheAccount, cache_account, cache_accounts
from costlib.audit.every_lever import applied
from costlib.audit.gathering import Left, Source
from costlib.audit.hidden_costs import Hidden, hidden_costs
from costlib.display.amounts import money
from costlib.faces import counted_as_usual
from costlib.pricing.own_rates import OwnRates
from costlib.tracking.calls import call_of, cost_of_call
from costlib.tracking.exact_sum import sum_usd

ENOUGH_DAYS = 7
"""Fewer days do not show a week, and are not scaled to a month."""
MONTH_DAYS = 30
_MOST_DAYS = 62  # above, months stand in place of days


@dataclass(frozen=True, eq=False, repr=False)
@counted_as_usual
class Facts:
    """What calls cost and why: `frame` has them (a ledger's columns), each once.

    `sources` says what was read, `left` what was left out, `charged` what cost reports say (USD).
    Days are those of `zone`, from `first` to `last`, both included.
    `rates` are one's own, which stand beside the list prices and change no other amount.
    """

    frame: pd.DataFrame
    sources: tuple[Source, ...]
    left: tuple[Left, ...]
    charged: Decimal | None
    zone: ZoneInfo
    first: date
    last: date
    top: int = 10
    rates: OwnRates | None = None

    @property
    def days(self) -> int:
        """How many days the records cover."""
        return (self.last - self.first).days + 1

    @cached_property
    def active_days(self) -> int:
        """On how many of them calls were made."""
        return int(days_of(self.frame, self.zone).nunique())

    @cached_property
    def total(self) -> Part:
        """All calls: what those with a price cost, and what has none."""
        return total_of(self.frame)

    @property
    def unit(self) -> Decimal:
        """What amounts are rounded to: cents, or less where the total is small."""
        return unit_of(self.total.exact)

    @cached_property
    def estimated(self) -> Decimal:
        """USD of the total that rest on counts which nobody reported, but a tool estimated."""
        return sum_usd(self.frame[self.frame["estimated"]])

    def usd(self, amount: Decimal) -> str:
        """An amount as text, with as many digits as the total has; never zero for what costs."""
        return money(amount, digits=places_of(self.unit))

    def span(self, low: Decimal, high: Decimal) -> str:
        """A range of amounts as text; one amount where both ends show alike."""
        ends = self.usd(low), self.usd(high)
        return ends[0] if ends[0] == ends[1] else f"{ends[0]} to {ends[1]}"

    def span_of_month(self, low: Decimal, high: Decimal) -> str:
        """A range as 30 such days make it; a dash where the days are too few to say."""
        ends = self.a_month(low), self.a_month(high)
        return "–" if ends[0] is None or ends[1] is None else self.span(ends[0], ends[1])

    def saving(self, low: Decimal, high: Decimal) -> str:
        """What a lever saves, as text: an amount, a range, or how much more it costs."""
        if low < 0 <= high:
            return f"{self.usd(-low)} more to {self.usd(high)} less"
        if high < 0:
            return f"{self.span(-high, -low)} more"
        return self.span(low, high) if low == high or low else f"up to {self.usd(high)}"

    def saving_of_month(self, low: Decimal, high: Decimal) -> str:
        """The same as 30 such days make it; a dash where the days are too few to say."""
        ends = self.a_month(low), self.a_month(high)
        return "–" if ends[0] is None or ends[1] is None else self.saving(ends[0], ends[1])

    @cached_property
    def contracted(self) -> tuple[Decimal, int]:
        """What the calls cost by one's own rates (USD), and how many have no price by them."""
        if self.rates is None:
            raise ValueError("rates is None: give audit(..., rates=read_own_rates(file))")
        rows = self.frame.drop(columns="id").to_dict("records")
        costs = [cost_of_call(call_of(row), self.rates.rate_card)[0] for row in rows]
        return sum((cost for cost in costs if cost is not None), Decimal(0)), costs.count(None)

    def a_month(self, usd: Decimal) -> Decimal | None:
        """An amount as 30 days like these would make it; None where they are too few to say."""
        if self.days < ENOUGH_DAYS:
            return None
        return usd * MONTH_DAYS / self.days

    @cached_property
    def by_day(self) -> list[Part]:
        """A row for each day with calls, or for each month where there are more than 62 days."""
        days = days_of(self.frame, self.zone)
        names = days.map(lambda day: f"{day:%Y-%m}" if self.days > _MOST_DAYS else f"{day}")
        return parts_of(self.frame, names, by_name=True)

    @cached_property
    def by_model(self) -> list[Part]:
        """The dearest models, and the rest."""
        return parts_of(self.frame, self.frame["model"], top=self.top)

    @cached_property
    def by_project(self) -> list[Part]:
        """The dearest projects, and the rest; what names none is one row."""
        return parts_of(self.frame, self.frame["project"], top=self.top)

    @cached_property
    def by_session(self) -> list[Part]:
        """The dearest sessions (runs), and the rest; what names none is one row."""
        return parts_of(self.frame, self.frame["run"], top=self.top)

    @cached_property
    def unpriced(self) -> list[Part]:
        """The models that have calls without a price."""
        rows = self.frame[self.frame["cost_pusd"].isna()]
        return parts_of(rows, rows["model"])

    @cached_property
    def cache(self) -> CacheAccount:
        """What all caches together saved or lost against none."""
        return cache_account(self.frame)

    @cached_property
    def caches(self) -> list[CacheAccount]:
        """The same for each model that read or wrote."""
        return cache_accounts(self.frame)

    @cached_property
    def hidden(self) -> list[Hidden]:
        """The hidden costs of lesson 4, found or not."""
        return hidden_costs(self.frame)

    @cached_property
    def levers(self) -> list[Applied]:
        """Each lever on these calls by itself, those that save most first, those untold last."""
        return applied(self.frame)
