"""What to do instead of refusing: steps that get cheaper, and a local one that is really there.

A ladder of steps (the planned model, a cheaper one, less context, a local answer, a queue) is
tried from the top until the budget has room. Each step says what it costs and what is known of its
quality: measured, or not. USD; shares from 0 to 1. Taught in lesson 5.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from costlib.budgets.budget import Budget, BudgetExceeded, Reservation
from costlib.intents.local import LocalStep
from costlib.pricing.cost import cost_of
from costlib.usage.record import Usage


@dataclass(frozen=True)
class Step:
    """One way to serve a request: USD that it may cost, and what is known of its answer.

    `accuracy` is a measured share of right answers, None where nobody has measured it; `quality`
    says the same in words. `now` is False for a step whose answer comes later, or never; what it
    costs is paid out of the budget of the day on which it runs.
    """

    name: str
    usd: Decimal
    quality: str
    accuracy: float | None = None
    now: bool = True


def ladder(
    request: Mapping[str, float], model: str, cheaper: str, *, history: int, local: LocalStep
) -> tuple[Step, ...]:
    """The steps for a request of so many tokens: "input", "history" (inside input), "output".

    `cheaper` is the model of the second step and of the third, which sends no more than `history`
    tokens of the conversation; it is taken to write and think as much as `model` does. The queue is
    the batch tier of `model`.
    """
    sent, said, written = (round(request[part]) for part in ("input", "history", "output"))
    short = sent - max(0, said - history)

    def usd(tokens: int, name: str, tier: str = "standard") -> Decimal:
        usage = Usage(input_tokens=tokens, output_tokens=written)
        return cost_of(usage, name, tier=tier).total

    coverage, accuracy = local.tested()
    return (
        Step("as planned", usd(sent, model), "what you have today"),
        Step("cheaper model", usd(sent, cheaper), "unmeasured"),
        Step("smaller context", usd(short, cheaper), "unmeasured"),
        Step(
            "local",
            Decimal(0),
            f"answers {coverage:.1%} of the test questions, and {accuracy:.1%} of these rightly",
            accuracy,
        ),
        Step("queue", usd(sent, model, "batch"), "as planned, within a day", now=False),
        Step("refuse", Decimal(0), "no answer", now=False),
    )


def descend(budget: Budget, steps: Iterable[Step], **tags: str) -> tuple[Step, Reservation | None]:
    """The first step that the budget has room for, and its reservation (None: it needs none now).

    The step's name is one more tag, `step`, so that a limit can say how much of the money a step
    may take: `Limit(60, "day", where={"step": "as planned"})`. Leave out the steps that this
    request cannot take, such as "local" below the margin. Raises the last step's `BudgetExceeded`
    when there is no room for any.
    """
    refused: BudgetExceeded | None = None
    for step in steps:
        if not step.usd or not step.now:
            return step, None
        try:
            return step, budget.reserve(step.usd, step=step.name, **tags)
        except BudgetExceeded as error:
            refused = error
    raise refused or ValueError("a ladder needs at least one step")
