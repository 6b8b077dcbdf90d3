"""Whether it is worth the money: return, payback, cost of a result, and owning against renting.

What a feature saves is worth people's time; what it costs is the bill, the people who check it and
the people who built it. Units: USD, hours, minutes, tokens a second, shares from 0 to 1. Taught in
lesson 3. All results follow from what the caller believes: vary it before you trust one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from costlib.faces import MOST
from costlib.pricing.numbers import LEAST, plausible


@dataclass(frozen=True)
class Case:
    """A feature over a month, as money.

    `tasks` a month; of each, `minutes_saved` when its result is `useful_share` of the times good
    enough, and `minutes_checking` every time, since somebody has to look before they know. An hour
    of people's time is worth `usd_an_hour`; `bill` is what the API charges, `upkeep_hours` what
    engineers spend on it, both a month; `build_hours` were spent once, at `usd_engineer_hour`.
    `other_value` is what else it is worth in a month: better results, or work that was not done
    before. Raises ValueError for an amount below 0 and a share above 1.
    """

    tasks: float
    minutes_saved: float
    minutes_checking: float
    usd_an_hour: float
    bill: float
    useful_share: float = 1.0
    build_hours: float = 0.0
    upkeep_hours: float = 0.0
    usd_engineer_hour: float = 0.0
    other_value: float = 0.0

    def __post_init__(self) -> None:
        for name, value in vars(self).items():
            plausible(name, value, high=1 if name == "useful_share" else MOST)

    @property
    def time_value(self) -> float:
        """USD a month of time saved, where the result was good enough."""
        minutes = self.tasks * self.useful_share * self.minutes_saved
        return minutes / 60 * self.usd_an_hour

    @property
    def checking(self) -> float:
        """USD a month of time spent checking, good result or not."""
        return self.minutes_checking / 60 * self.tasks * self.usd_an_hour

    @property
    def upkeep(self) -> float:
        """USD a month of engineers' time that looks after it."""
        return self.upkeep_hours * self.usd_engineer_hour

    @property
    def running(self) -> float:
        """USD a month that it costs to run: bill, checking, upkeep."""
        return self.bill + self.checking + self.upkeep

    @property
    def net(self) -> float:
        """USD a month that are left: all value minus all running cost."""
        return self.time_value + self.other_value - self.running

    @property
    def build(self) -> float:
        """USD spent once."""
        return self.build_hours * self.usd_engineer_hour

    @property
    def payback_months(self) -> float:
        """Months until the build is paid back; infinite when nothing is left over."""
        if self.build == 0 and self.net >= 0:
            return 0.0
        return self.build / self.net if self.net > 0 else math.inf

    def roi(self, months: int = 12) -> float:
        """(value - cost) / cost over a number of months, build included: 0.5 is 50% above cost."""
        cost = self.build + months * self.running
        if cost == 0:
            raise ValueError("a case that costs nothing has no return on its cost: give its costs")
        return (months * (self.time_value + self.other_value) - cost) / cost


def cost_per_resolved(
    attempt: float, resolved_share: float, *, checking: float = 0.0, fallback: float = 0.0
) -> float:
    """USD for each question that the assistant resolves.

    Every question costs an `attempt` and its `checking`; those it does not resolve cost
    `fallback` on top, the person who then answers. All of it is carried by the resolved ones.
    Raises ValueError for a share that is not above 0 and at most 1.
    """
    plausible("resolved_share", resolved_share, LEAST, 1)
    for name, value in (("attempt", attempt), ("checking", checking), ("fallback", fallback)):
        plausible(name, value)
    return (attempt + checking + (1 - resolved_share) * fallback) / resolved_share


def break_even_units(fixed: float, per_unit: float) -> int:
    """The least whole number of units at which a fixed price is not dearer than paying for each.

    For a seat or a subscription: requests a month; for provisioned capacity: requests an hour.
    Raises ValueError when a unit costs nothing, or the fixed price is below 0.
    """
    plausible("fixed", fixed)
    plausible("per_unit", per_unit, LEAST)
    return math.ceil(round(fixed / per_unit, 9))


def own_usd_per_mtok(
    usd_an_hour: float, tokens_per_second: float, utilisation: float = 1.0, operations: float = 1.0
) -> float:
    """USD per million tokens on a machine of one's own.

    USD/h / (tokens/s x 3600 / 1e6) / utilisation: an idle hour costs as much as a busy one.
    `tokens_per_second` is measured under load, for all requests together. `operations` multiplies
    for the people who keep it running (1 is none).
    """
    plausible("usd_an_hour", usd_an_hour)
    plausible("operations", operations)
    plausible("tokens_per_second", tokens_per_second, LEAST)
    plausible("utilisation", utilisation, LEAST, 1)
    return usd_an_hour * operations / (tokens_per_second * 3600 / 1e6) / utilisation


def break_even_utilisation(
    usd_an_hour: float, tokens_per_second: float, usd_per_mtok: float, operations: float = 1.0
) -> float:
    """The share of the time that one's own machine must work to cost what an API does.

    Above 1 it never does, however busy.
    """
    plausible("usd_per_mtok", usd_per_mtok, LEAST)
    return own_usd_per_mtok(usd_an_hour, tokens_per_second, 1.0, operations) / usd_per_mtok
