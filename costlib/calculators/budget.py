"""Lesson 5's calculator, When does it stop, and for whom?

Traffic against three limits: a user's day, everybody's day, the month. A call goes through while
its reservation fits. USD, tokens, hours; a month is 30 days, and requests arrive evenly over the
day, which real ones do not. A few heavy users may send a large share of the requests. Prices of the
course's as-of date.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from costlib.calculators.bars import Bars
from costlib.calculators.base import Calculator, Finding, billed_output, rounded_usd
from costlib.calculators.estimate import role_models
from costlib.calculators.inputs import Inputs, dearest_time, decades, model_choice, number
from costlib.display.amounts import money
from costlib.display.tables import Table, table
from costlib.estimation.ceilings import ceiling
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import AS_OF, find_model
from costlib.usage.record import Usage

DAYS = 30
_ANY = float("inf")  # calls, or USD, where nothing limits them
_MORE = "Heavy users, notice and calls at once"


@dataclass(frozen=True)
class Group:
    """Users who are alike: how many, what each asks for in a day, what their own limit allows.

    The name is "" where all are alike.
    """

    name: str
    users: int
    asks: float
    allowed: float

    def served(self, hour: float) -> float:
        """Requests of the whole group that its users' own limits let through until then."""
        return self.users * min(self.asks * hour / 24, self.allowed)

    @property
    def stops(self) -> float:
        """The hour at which its users have used up their day; 24 if they do not."""
        return 24 * min(1.0, self.allowed / self.asks) if self.asks else 24.0


@dataclass(frozen=True)
class Cutoffs:
    """What the limits do. Hours run from 0 to 24, days from 1; None: the limit is not reached.

    `output` says what the output has to hold on this model.
    """

    model: str
    output: str
    usd: float
    most: float
    planned: float
    spent: float
    limit: float
    groups: tuple[Group, ...]
    day_stops: float | None
    month_stops: tuple[int, float] | None
    warns: int | None
    refused: float
    locked: float


@dataclass(frozen=True)
class PlannedLimits(Inputs):
    """Limits and the traffic that meets them."""

    model: str = model_choice("Model", ("anthropic", "flagship"), role_models)
    input_tokens: int = number("Input, tokens", 7_400, low=1, high=900_000, whole=True)
    output: int = number("Typical output, tokens", 210, high=200_000, whole=True)
    max_tokens: int = number("Output at most (max_tokens)", 1_000, low=1, high=200_000, whole=True)
    requests_a_day: int = number(
        "Requests a day",
        40_000,
        low=1,
        high=100_000_000,
        whole=True,
        stops=decades(1_000, 1_000_000),
    )
    users: int = number("Users", 8_000, low=1, high=100_000_000, whole=True)
    heavy_users: float = number("Heavy users, % of them", 1.0, high=100, group=_MORE)
    heavy_share: float = number("Requests they send, %", 30.0, high=100, group=_MORE)
    month_limit: float = number(
        "Limit a month, USD", 30_000.0, high=9_000_000, stops=decades(100, 100_000)
    )
    day_limit: float = number("Limit a day, USD (0: none)", 0.0, high=9_000_000)
    user_limit: float = number(
        "Limit a user and day, USD (0: none)", 0.0, high=9e6, stops=(0, *decades(0.02, 10))
    )
    warn_at: float = number("Notice at, % of the month's limit", 80.0, low=1, high=100, group=_MORE)
    at_once: int = number("Calls at once", 20, low=1, high=100_000, whole=True, group=_MORE)

    def result(self) -> Cutoffs:
        """Follow a day's spending until a limit stops it, and the days until the month's does."""
        provider, name = self.model.split("/", 1)
        shown, usd, most = self._call(provider, name)
        groups = self._groups(_calls(self.user_limit, usd, most) if self.user_limit else _ANY)

        def spent_by(hour: float) -> float:
            return usd * sum(group.served(hour) for group in groups)

        whole_day = spent_by(24)
        day_stops = None
        a_day = usd * _calls(self.day_limit, usd, most) if self.day_limit else _ANY
        if whole_day > a_day:
            day_stops = _hour_of(a_day, spent_by)
            whole_day = a_day
        a_month = usd * _calls(self.month_limit, usd, most)
        days = a_month / whole_day if whole_day else _ANY
        month_stops = None
        spent = whole_day * DAYS
        if days < DAYS - 1e-9:
            month_stops = int(days) + 1, _hour_of(a_month - int(days) * whole_day, spent_by)
            spent = a_month
        warns = month_stops[0] if month_stops else None  # a refusal gives notice, too
        warned = self.month_limit * self.warn_at / 100
        if whole_day and warned <= spent:
            warns = min(int(warned / whole_day) + 1, DAYS)
        asked = usd * self.requests_a_day * DAYS
        return Cutoffs(
            model=shown,
            output=billed_output(find_model(name, provider)),
            usd=usd,
            most=most,
            planned=asked,
            spent=spent,
            limit=self.month_limit,
            groups=groups,
            day_stops=day_stops,
            month_stops=month_stops,
            warns=warns,
            refused=1 - spent / asked if asked else 0.0,
            locked=self.at_once * (most - usd),
        )

    def _call(self, provider: str, name: str) -> tuple[str, float, float]:
        """The model with the hours that hold, and USD: what a call costs, and what it reserves."""
        usage = Usage(input_tokens=self.input_tokens, output_tokens=self.output)
        at, shown = dearest_time(name, provider)
        usd = float(cost_of(usage, name, provider=provider, at=at).total)
        if self.output > self.max_tokens:
            raise ValueError(
                f"The typical output ({self.output:,}) cannot be above max_tokens "
                f"({self.max_tokens:,}): the answer would be cut."
            )
        most = ceiling(
            name,
            self.input_tokens,
            self.max_tokens,
            provider=provider,
            cache_writes=provider != "anthropic",  # Claude writes only what is marked
            at=at,
        )
        return shown, usd, float(most)

    def _groups(self, allowed: float) -> tuple[Group, ...]:
        """Heavy users and the others, if there are both."""
        heavy = round(self.users * self.heavy_users / 100)
        by_heavy = self.requests_a_day * self.heavy_share / 100
        rest = self.users - heavy
        if not (heavy and rest):  # a share of few users may be less than one of them
            return (Group("", self.users, self.requests_a_day / self.users, allowed),)
        sizes = (("heavy", heavy, by_heavy), ("other", rest, self.requests_a_day - by_heavy))
        return tuple(Group(who, n, asks / n, allowed) for who, n, asks in sizes)


def _calls(limit: float, usd: float, most: float) -> float:
    """The calls that a limit lets through: the last must still find room for all it reserves."""
    room = limit - most
    if room < -1e-12:
        return 0
    return int(room / usd + 1e-9) + 1 if usd else _ANY


def _hour_of(usd: float, spent_by: Callable[[float], float]) -> float:
    """The hour of the day at which so much is spent, to a second; spending only grows."""
    low, high = 0.0, 24.0
    for _ in range(20):
        middle = (low + high) / 2
        low, high = (middle, high) if spent_by(middle) < usd else (low, middle)
    return high


class BudgetPlanner(Calculator):
    """When limits stop a feature, and for whom. Leave it as a cell's last expression:

    BudgetPlanner(month_limit=20_000, user_limit=0.5)
    """

    title = "When does it stop, and for whom?"
    inputs_type = PlannedLimits

    def answer(self, result: Cutoffs) -> Finding:
        """Who is cut off and when in a sentence; limits, users and reservations below."""
        amounts = (
            ("asked for", result.planned),
            ("spent", result.spent),
            ("limit", result.limit),
        )
        drawn = Bars("USD a month", [(name, usd, rounded_usd(usd)) for name, usd in amounts])
        notice = (
            f"Notice is given on day {result.warns}." if result.warns else "No notice is given."
        )
        notes = (
            notice,
            result.output,
            "Requests come evenly over the day here. Where they crowd, a day's limit stops sooner, "
            "and in the busiest hours.",
        )
        return Finding(_sentence(result), (drawn, _users(result), _money(result)), notes)


def _sentence(result: Cutoffs) -> str:
    stops = []
    if result.month_stops:
        day, hour = result.month_stops
        stops.append(f"the month stops for everybody on day {day} at {_clock(hour)}")
    if result.day_stops is not None:
        stops.append(f"each day stops for everybody at {_clock(result.day_stops)}")
    cut = [group for group in result.groups if group.stops < 24]
    stops += [f"{_whom(group)} stops at {_clock(group.stops)} every day" for group in cut]
    return (
        f"{result.model}: {rounded_usd(result.planned)} a month if nothing stops it. "
        f"{'; '.join(stops).capitalize() if stops else 'No limit is reached'}. "
        f"Refused: {_percent(result.refused)} of the requests."
    )


def _users(result: Cutoffs) -> Table:
    rows = [
        {
            "users": f"{group.users:,} {group.name or 'alike'}",
            "ask a day, each": f"{group.asks:,.1f}",
            "may ask": "all" if group.stops >= 24 else f"{group.allowed:,.0f}",
            "until": _clock(group.stops),
            "would cost a day, each": money(group.asks * result.usd),
        }
        for group in result.groups
    ]
    caption = f"Who is cut off by the limit of a user; USD at the rates of {AS_OF}"
    return table(rows, caption=caption)


def _money(result: Cutoffs) -> Table:
    rows = {
        "spent a month": rounded_usd(result.spent),
        "not spent, because refused": rounded_usd(result.planned - result.spent),
        "a call costs": money(result.usd),
        "a call reserves": money(result.most),
        "reserved beyond need, all calls at once": money(result.locked),
    }
    return table([{"": name, "USD": usd} for name, usd in rows.items()], caption="Money")


def _whom(group: Group) -> str:
    kind = f"{group.name} user".strip()
    return f"the only {kind}" if group.users == 1 else f"each of the {group.users:,} {kind}s"


def _clock(hour: float) -> str:
    minutes = min(round(hour * 60), 24 * 60)
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def _percent(share: float) -> str:
    """A share of the requests in words where it is none or all, and where it rounds to that."""
    if share < 1e-9 or share > 1 - 1e-9:
        return "none" if share < 0.5 else "all"
    rounded = f"{share:.1%}"
    return {"0.0%": "less than 0.1%", "100.0%": "more than 99.9%"}.get(rounded, rounded)
