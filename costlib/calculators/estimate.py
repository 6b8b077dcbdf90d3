"""Lesson 3's calculator, What will a feature cost, and is it worth it?

A month as a 90 % interval, the cause that moves it most, and what is left of the value when bill,
checking and the build are paid. Tokens, USD, minutes; a month is 30 days; prices of the course's
as-of date. The inputs that say "may be off" are beliefs of whoever types them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

from costlib.calculators.bars import Bars
from costlib.calculators.base import Calculator, Finding, billed_output, rounded_usd, too_short
from costlib.calculators.inputs import PERCENT, Inputs, dearest_time, decades, model_choice, number
from costlib.display.amounts import money
from costlib.display.tables import table
from costlib.estimation.economics import Case
from costlib.estimation.estimate import Interval, Month, Spread, Swing
from costlib.pricing.prices import AS_OF, RateCard, find_model, rate_card, roles

DAYS = 30
_NAMES = {"history": "other input"}  # a feature need not be a conversation
_LONG = NormalDist().inv_cdf(0.95)  # "long" is the answer that one in twenty exceeds
_FAR = math.floor(math.exp(2 * _LONG**2))  # times: beyond, their log-normal mean is above "long"
_SURE, _WORTH = "How sure that is, and the cache", "What it is worth"


def role_models() -> tuple[tuple[str, str], ...]:
    """The models of the course's roles, as (what is shown, "provider/model")."""
    return tuple((f"{r.model} · {r.provider} {r.role}", f"{r.provider}/{r.model}") for r in roles())


@dataclass(frozen=True)
class Estimate:
    """What the inputs lead to, in USD: a request, a month, what moves it, and the case for it.

    `output` says what the output has to hold on this model.
    """

    model: str
    output: str
    typical_request: float
    long_request: float
    middle: float
    month: Interval
    swings: tuple[Swing, ...]
    cases: tuple[tuple[str, Case], ...]


@dataclass(frozen=True)
class Feature(Inputs):
    """A feature that is not built yet: what it sends, how sure that is, and what it is worth."""

    model: str = model_choice("Model", ("anthropic", "flagship"), role_models)
    prefix: int = number("Same in each request, tokens", 6_000, high=1_000_000, whole=True)
    other: int = number("Other input, tokens", 1_200, high=1_000_000, whole=True)
    output: int = number("Typical output, tokens", 130, low=1, high=200_000, whole=True)
    long_output: int = number("Output that 1 in 20 exceeds", 450, low=1, high=200_000, whole=True)
    requests_a_day: int = number(
        "Requests a day", 1_000, low=1, high=100_000_000, whole=True, stops=decades(10, 100_000)
    )
    sent_again: float = number("Sent again and billed, %", 2.0, high=500, group=_SURE)
    volume_off: float = number("Volume may be off by, %", 25.0, high=900, group=_SURE)
    growth_off: float = number("Growth in the month, up to ± %", 10.0, high=90, group=_SURE)
    other_off: float = number("Other input may be off by, %", 40.0, high=900, group=_SURE)
    hits_low: float = number("Same part read from cache, at least %", 0.0, high=99, group=_SURE)
    hits_high: float = number("… and at most %, 0 for no cache", 0.0, high=99, group=_SURE)
    minutes_saved: float = number("Minutes saved by a good answer", 2.0, high=10_000, group=_WORTH)
    minutes_checking: float = number("Minutes to check any answer", 0.5, high=10_000, group=_WORTH)
    useful: float = number("Good answers, %", 80.0, high=100, group=_WORTH, stops=PERCENT)
    usd_an_hour: float = number("An hour of people's time, USD", 40.0, high=10_000, group=_WORTH)
    build_hours: float = number("Engineers' hours to build", 200.0, high=1e6, group=_WORTH)
    upkeep_hours: float = number("Engineers' hours a month", 10.0, high=1e5, group=_WORTH)
    engineer: float = number("An engineer's hour, USD", 90.0, high=10_000, group=_WORTH)

    def result(self) -> Estimate:
        """Price a request, spread it over a month, and set the month against its value."""
        provider, name = self.model.split("/", 1)
        at, shown = dearest_time(name, provider)
        card = rate_card(name, provider=provider, at=at)
        rates = self._rates(card)
        answer, spread = self._output()
        times = self.requests_a_day * DAYS * (1 + self.sent_again / 100)
        prefix, other = self.prefix * rates["input"], self.other * rates["input"]
        written = answer * rates["output"]
        request = prefix + other + written
        plan = Month(
            prefix=prefix * times,
            history=other * times,
            rest=written * times,
            requests=max(1, round(times)),
            request_sd=spread * written / request if request else 0.0,
            volume=_around(self.volume_off),
            growth=Spread(1 / (1 + self.growth_off / 100) - 1, self.growth_off / 100, "change"),
            history_length=_around(self.other_off),
            hit_rate=self._hits(),
            read_price=rates["read"] / rates["input"],
            write_price=rates["write"] / rates["input"],
        )
        sent = plan.usd() / times - written  # as the middle of the month pays it: read or written
        month = plan.interval(0.9)
        ends = (("dear", month.high), ("in the middle", plan.usd()), ("cheap", month.low))
        return Estimate(
            model=shown,
            output=billed_output(find_model(name, provider)),
            typical_request=sent + self.output * rates["output"],
            long_request=sent + self.long_output * rates["output"],
            middle=plan.usd(),
            month=month,
            swings=tuple(plan.swings(0.9)),
            cases=tuple((how, self._case(usd)) for how, usd in ends),
        )

    def _rates(self, card: RateCard) -> dict[str, float]:
        """USD for one token of each kind."""
        sent = self.prefix + self.other
        if card.long_context and card.long_context.applies(sent):
            raise ValueError(
                f"{sent:,} input tokens are beyond the long-context bound of {card.model}, where "
                "the whole request is repriced: price it with lesson 1's calculator"
            )
        read = card.rates["cached_input"]
        write = card.rates["cache_write_5m"] or card.rates["cache_write_30m"]
        if self.hits_high and read is None:
            raise LookupError(f"{card.model} has no published price for cached input: set 0%")
        if self.hits_high and (
            why := too_short(find_model(card.model, card.provider), self.prefix)
        ):
            raise ValueError(f"{why}: set the shares that are read to 0%")
        plain = card.published("input")
        kinds = {
            "input": plain,
            "output": card.published("output"),
            "read": plain if read is None else read,
            # A vendor without a price for writing charges it as ordinary input.
            "write": plain if write is None else write,
        }
        return {kind: float(rate) / 1e6 for kind, rate in kinds.items()}

    def _output(self) -> tuple[float, float]:
        """Mean length of an answer, and standard deviation over mean: log-normal by its two."""
        if self.long_output < self.output:
            raise ValueError(
                f"The output that 1 in 20 exceeds ({self.long_output:,}) must not be below the "
                f"typical one ({self.output:,})."
            )
        if self.long_output > _FAR * self.output:
            raise ValueError(
                f"The output that 1 in 20 exceeds ({self.long_output:,}) is more than {_FAR} times "
                f"the typical one ({self.output:,}): the mean of such answers would be beyond both "
                "and has no use. Estimate short and long answers as two features."
            )
        sigma = math.log(self.long_output / self.output) / _LONG
        return self.output * math.exp(sigma**2 / 2), math.sqrt(math.expm1(sigma**2))

    def _hits(self) -> Spread | None:
        if not self.hits_low and not self.hits_high:
            return None
        if not 0 < self.hits_low <= self.hits_high:
            raise ValueError(
                f"The share read from cache is at least {self.hits_low:g}% and at most "
                f"{self.hits_high:g}%: give a low end from above 0 to the high end, or 0 for both, "
                "which is no cache."
            )
        return Spread(self.hits_low / 100, self.hits_high / 100, "share")

    def _case(self, bill: float) -> Case:
        return Case(
            tasks=self.requests_a_day * DAYS,
            minutes_saved=self.minutes_saved,
            minutes_checking=self.minutes_checking,
            usd_an_hour=self.usd_an_hour,
            bill=bill,
            useful_share=self.useful / 100,
            build_hours=self.build_hours,
            upkeep_hours=self.upkeep_hours,
            usd_engineer_hour=self.engineer,
        )


def _around(percent: float) -> Spread:
    """A factor that is that much above or, by the same factor, below the plan."""
    return Spread(1 / (1 + percent / 100), 1 + percent / 100)


class FeatureCalculator(Calculator):
    """A feature's month and its return. Leave it as a cell's last expression, with values or not:

    FeatureCalculator(requests_a_day=40_000)
    """

    title = "What will a feature cost, and is it worth it?"
    inputs_type = Feature

    def answer(self, result: Estimate) -> Finding:
        """The month and what dominates it in a sentence; what moves it and what is left, below."""
        month, first = result.month, result.swings[0]
        sentence = (
            f"{result.model}: {rounded_usd(month.low)} to {rounded_usd(month.high)} a month "
            f"(90%), {rounded_usd(result.middle)} in the middle."
        )
        if first.width:
            sentence += f" What moves it most: {_name(first)}."
        bars = [(_name(s), float(s.width), rounded_usd(s.width)) for s in result.swings]
        drawn = Bars("What moves the month, and by how much", bars)
        moves = table(
            [
                {
                    "cause alone": _name(swing),
                    "month at its low end": rounded_usd(swing.low),
                    "at its high end": rounded_usd(swing.high),
                    "moves the month by": rounded_usd(swing.width),
                }
                for swing in result.swings
            ],
            caption=f"What moves the month, USD at the rates of {AS_OF}",
        )
        worth = table(
            [
                {
                    "when the month is": how,
                    "value of time": rounded_usd(case.time_value),
                    "bill": rounded_usd(case.bill),
                    "checking": rounded_usd(case.checking),
                    "upkeep": rounded_usd(case.upkeep),
                    "left a month": rounded_usd(case.net),
                    "pays back in": _months(case.payback_months),
                    "return in a year": f"{case.roi():.0%}" if case.running or case.build else None,
                }
                for how, case in result.cases
            ],
            caption="Is it worth it? USD a month, at the planned number of requests",
        )
        notes = (
            f"A request costs {money(result.typical_request)} with a typical answer, and "
            f"{money(result.long_request)} with one that 1 in 20 exceeds. The month uses the mean "
            "answer, not the typical one.",
            result.output,
            "You are taken to be 80% sure of each 'may be off', and the causes to be unrelated.",
        )
        return Finding(sentence, (drawn, moves, worth), notes)


def _name(swing: Swing) -> str:
    return _NAMES.get(swing.cause, swing.cause)


def _months(months: float) -> str:
    return "never" if math.isinf(months) else f"{months:.1f} months"
