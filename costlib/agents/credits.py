"""Credits and plans: a usage record in a vendor's credits, and a month's plan for a team.

A plan sells an allowance in credits; what a call takes of it follows from its tokens where the
vendor publishes a rate. Rates and plans are rows of `data/credit_rates.csv` and `data/plans.csv`,
each with its source: where a vendor publishes none (a window of five hours, a share of a week),
nothing is answered. Units: credits, for a million tokens in the rates; Decimal USD. Lesson 1
teaches it.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from costlib.faces import shown
from costlib.paths import data_path
from costlib.pricing.kinds import quantities
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import find_model
from costlib.usage.record import Usage

_RATE_OF = {
    "input": "input",
    "cached_input": "cached_input",
    "cache_write_5m": "cache_write",
    "cache_write_30m": "cache_write",
    "output": "output",
}
"""Which credit rate a kind of token takes. Writes for longer have no rate of their own there."""


def credits_of(usage: Usage, model: str, plan_of: str) -> Decimal:
    """How many credits one request takes under the plans of "copilot" or "codex".

    Raises LookupError where no rate is published: an unknown plan or model, tokens of a kind
    without a rate, a prompt above a bound beyond which none is known. Raises ValueError for a sum
    of several requests where such a bound matters.
    """
    row = _rate(find_model(model).id, plan_of)
    bound = int(row["long_threshold"] or 0)
    if bound and usage.requests > 1:
        raise ValueError(
            f"a sum of {usage.requests} requests may hide one above {bound:,} tokens: add the "
            "credits of each"
        )
    long = "long_" if bound and usage.input_tokens > bound else ""
    total = Decimal(0)
    for kind, quantity in quantities(usage).items():
        if not quantity:
            continue
        rate = row.get(long + _RATE_OF.get(kind, kind))
        if not rate:
            above = f" above {bound:,} input tokens" if long else ""
            raise LookupError(
                f"no credits for {kind} of {model!r}{above} are known under {plan_of}: what it "
                "takes of the plan cannot be said"
            )
        total += Decimal(rate) * quantity
    return total.scaleb(-6)


@dataclass(frozen=True)
class PlanMonth:
    """A month of a team on one plan, in USD.

    `unpooled` is the bill if each person's allowance is their own, `pooled` if all draw from one
    pool; None where the plan has no pool. `equivalent` is what the credits used cost without plan.
    """

    people: int
    fee: Decimal
    included: Decimal
    used: Decimal
    equivalent: Decimal
    unpooled: Decimal
    pooled: Decimal | None

    @property
    def usd(self) -> Decimal:
        """The bill by the plan's own rule."""
        return self.unpooled if self.pooled is None else self.pooled


def plan_month(
    plan_of: str, plan: str, used: Sequence[Decimal | float], *, flex: bool = True
) -> PlanMonth:
    """What a plan costs a team whose members used so many credits each; beyond it credits are
    bought. `flex` counts the allotment that the vendor may change.

    Raises LookupError for an unknown plan, ValueError for no people and for credits that are
    negative or endless, TypeError for what is no list of numbers.
    """
    row = _plan(plan_of, plan)
    if isinstance(used, str | bytes | Mapping):  # whose letters and keys are numbers at times
        raise TypeError(f"used={shown(used)}: give a list of numbers, the credits of each person")
    given = list(used)
    if not given:
        raise ValueError("used=[]: give the credits of one person at least")
    for place, credits in enumerate(given):
        plausible(f"used[{place}]", credits)
    each = [Decimal(str(credits)) for credits in given]
    allowance = Decimal(row["credits_month"]) + (Decimal(row["flex_credits"]) if flex else 0)
    price, fee = Decimal(row["usd_per_credit"]), Decimal(row["usd_month"]) * len(each)
    total = sum(each, Decimal(0))
    over = sum((max(credits - allowance, Decimal(0)) for credits in each), Decimal(0))
    together = max(total - allowance * len(each), Decimal(0))
    return PlanMonth(
        len(each),
        fee,
        allowance * len(each),
        total,
        total * price,
        fee + over * price,
        fee + together * price if row["pooled"] == "yes" else None,
    )


def _rate(model: str, plan_of: str) -> Mapping[str, str]:
    rows = [row for row in _rows("credit_rates.csv") if row["plan_of"] == plan_of]
    if not rows:
        known = sorted({row["plan_of"] for row in _rows("credit_rates.csv")})
        raise LookupError(f"no credit rates of {plan_of!r} are known: choose {' or '.join(known)}")
    for row in rows:
        if row["model"] == model:
            return row
    raise LookupError(
        f"no credits for {model!r} are published by {plan_of}, as far as our source goes: it has "
        f"{', '.join(row['model'] for row in rows)}"
    )


def _plan(plan_of: str, plan: str) -> Mapping[str, str]:
    for row in _rows("plans.csv"):
        if (row["plan_of"], row["plan"]) == (plan_of, plan):
            return row
    known = ", ".join(f"{row['plan_of']} {row['plan']}" for row in _rows("plans.csv"))
    raise LookupError(f"plan {plan!r} of {plan_of!r} is not known: there are {known}")


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with data_path(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
