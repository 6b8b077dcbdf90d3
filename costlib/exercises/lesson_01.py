"""The exercises of lesson 1, Pricing models. Amounts in USD, rates in USD per million tokens."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

from costlib.exercises.framework import Choice, Design, Function
from costlib.exercises.inputs import Pick
from costlib.exercises.values import items, own_words
from costlib.pricing.cost import cost_of
from costlib.pricing.price_book import AS_OF, Model
from costlib.pricing.prices import find_model, role
from costlib.usage.read import Usage

# --- 1.1 The cost of a request ------------------------------------------------------------------

Rates = dict[str, float]


def _request_cost(input_tokens: int, cached_tokens: int, output_tokens: int, rates: Rates) -> float:
    ordinary = input_tokens - cached_tokens
    return (
        ordinary * rates["input"]
        + cached_tokens * rates["cached_input"]
        + output_tokens * rates["output"]
    ) / 1e6


def _request(pick: Pick) -> tuple[int, int, int, Rates]:
    total = pick.whole(0, 50_000)
    # Floats, so that a learner who writes 1e6 or 0.5 is not told about Decimal.
    rates = {kind: pick.amount(0.05, 40, 2) for kind in ("input", "cached_input", "output")}
    return total, pick.whole(0, total), pick.whole(0, 4_000), rates


REQUEST_COST = Function(
    id="1.1",
    expected=_request_cost,
    draw=_request,
    by_hand=(
        # 1,000 x 4 + 6,000 x 0.2 + 200 x 20 = 9,200; per million
        ((7_000, 6_000, 200, {"input": 4.0, "cached_input": 0.2, "output": 20.0}), 0.0092),
    ),
    misconceptions=(
        (
            lambda i, c, o, r: (i * r["input"] + c * r["cached_input"] + o * r["output"]) / 1e6,
            "You billed the cached tokens twice: `input_tokens` already contains them, so take "
            "them out before you use the full rate.",
        ),
        (
            lambda i, c, o, r: (i * r["input"] + o * r["output"]) / 1e6,
            "You billed the cached tokens at the full input rate: they have a rate of their own.",
        ),
        (
            lambda i, c, o, r: ((i - c) * r["input"] + o * r["output"]) / 1e6,
            "You left the cached tokens out: cached is cheaper, not free.",
        ),
        (
            lambda i, c, o, r: (i * r["input"] - c * r["cached_input"] + o * r["output"]) / 1e6,
            "Your cached tokens cost the difference between the two rates: that is the discount, "
            "which comes off the full price.",
        ),
        (
            lambda i, c, o, r: _request_cost(i, c, 0, r),
            "You left the output out: it is billed too, at its own rate.",
        ),
        (
            lambda i, c, o, r: _request_cost(
                i, c, o, r | {"input": r["output"], "output": r["input"]}
            ),
            "You swapped two rates: input tokens go with `input`, output tokens with `output`.",
        ),
        (
            lambda i, c, o, r: _request_cost(i, i - c, o, r),
            "You swapped two rates: ordinary input goes with `input`, cached tokens with "
            "`cached_input`.",
        ),
        (
            lambda i, c, o, r: (i - c) * r["input"] + c * r["cached_input"] + o * r["output"] / 1e6,
            "You divided the last product alone: put brackets around the sum.",
        ),
        (
            lambda i, c, o, r: _request_cost(i, c, o, r | {"cached_input": r["input"] / 10}),
            "You took a tenth of the input rate for the cached tokens: with some models it is "
            "another share, so use `cached_input`.",
        ),
    ),
    explanation="Each token is billed once, at the rate of its kind, per million.",
    hints=(
        "How many of the input tokens are not cached?",
        "Multiply each of the three counts by its own rate, and remember what a rate is per.",
        "Ordinary input is `input_tokens - cached_tokens`; add the three products, then divide.",
    ),
    right=(
        _request_cost,
        lambda i, c, o, r: (
            (i * r["input"] - c * (r["input"] - r["cached_input"]) + o * r["output"]) / 1_000_000
        ),
    ),
    wrong=((lambda *args: round(_request_cost(*args), 4), "You rounded"),),
)

# --- 1.2 A hundredfold pair ---------------------------------------------------------------------

TASK = Usage(input_tokens=3_000, output_tokens=400)
"""The task of exercise 1.2, as its statement gives it."""

_PAIR = 'Give two model names in quotes, the dear one first: ("dear-model", "cheap-model").'
VENDOR, TIMES = "anthropic", 100


def _hundredfold(answer: Any) -> str:
    pair = items(answer)
    if pair is None or len(pair) != 2 or not all(isinstance(name, str) for name in pair):
        return _PAIR
    try:
        dear, cheap = (find_model(name) for name in pair)
    except LookupError as unknown:
        return own_words(unknown)
    return _unusable(dear) or _unusable(cheap) or _too_close(dear, cheap)


def _unusable(model: Model) -> str:
    """Why a model cannot do the task, or ""."""
    if model.kind != "chat":
        return f"`{model.id}` is not a chat model: it cannot do this task."
    if not model.live(AS_OF):
        return f"`{model.id}` cannot be called on {AS_OF}: pick a model that can."
    if model.provider != VENDOR:
        return f"`{model.id}` is not Anthropic's: find the pair within Anthropic's range."
    return ""


def _too_close(dear: Model, cheap: Model) -> str:
    """What is wrong with the two prices of the task, or ""."""
    much, little = (cost_of(TASK, m.id, provider=m.provider).total for m in (dear, cheap))
    if much < little:
        return f"The order is reversed: `{cheap.id}` is the dearer of the two."
    if much < TIMES * little:
        apart = float(much / little)
        return (
            f"For this task `{dear.id}` costs {apart:.3g} times as much as `{cheap.id}`: "
            f"look for a pair that is at least {TIMES} times apart."
        )
    return ""


HUNDREDFOLD = Design(
    id="1.2",
    validate=_hundredfold,
    explanation="One word in your code, a hundredfold on the bill. Whether the cheap one is good "
    "enough is a question for your own evaluation (lesson 6).",
    hints=(
        "The table shows one model of each step. Others can still be called, at their price.",
        "`cost_of(TASK, name).total` prices the task: do it for each name of the list.",
        "Take the dearest and the cheapest; `min` and `max` with a `key` find them.",
    ),
    right=(
        # 3,000 x 10 + 400 x 50 = 50,000 against 3,000 x 0.1 + 400 x 0.5 = 500
        ("claude-fable-5", "claude-haiku-5-5"),
        ["claude-fable-5-1", "claude-haiku-5-5"],
    ),
    wrong=(
        (("claude-haiku-5-5", "claude-fable-5"), "reversed"),
        (("claude-fable-5-2", "claude-haiku-5-5"), "80 times"),
        (("claude-opus-4-1", "claude-haiku-5-5"), "cannot be called"),
        (("gpt-6-astra", "gpt-6-luna"), "not Anthropic's"),
        (("claude-fable-6", "claude-haiku-5-5"), "claude-fable-5"),
        ("claude-fable-5", "two model names"),
        ({"claude-fable-5", "claude-haiku-5-5"}, "two model names"),
        (("claude-fable-5", 3), "two model names"),
    ),
)

# --- 1.3 The batch saving of a mixed workload ---------------------------------------------------

Job = dict[str, Any]
WORKER = role("openai", "mid")


def _request_of(job: Job, tier: str, requests: int = 1) -> Decimal:
    """The cost of so many requests of a job, sent as one."""
    used = Usage(
        input_tokens=requests * job["input_tokens"], output_tokens=requests * job["output_tokens"]
    )
    return cost_of(used, WORKER, tier=tier).total


def _jobs_cost(jobs: list[Job], tier: str) -> float:
    return float(sum(job["requests"] * _request_of(job, tier) for job in jobs))


def _summed_first(workload: list[Job]) -> float:
    """All requests of a job priced as one of their size, which no model takes."""
    before = sum(_request_of(job, "standard", job["requests"]) for job in workload)
    after = sum(
        _request_of(job, "batch" if job["can_wait"] else "standard", job["requests"])
        for job in workload
    )
    return float((before - after) / before)


def _moved(jobs: list[Job]) -> list[Job]:
    return [job for job in jobs if job["can_wait"]]


def _batch_saving(workload: list[Job]) -> float:
    moved = _moved(workload)
    return (_jobs_cost(moved, "standard") - _jobs_cost(moved, "batch")) / _jobs_cost(
        workload, "standard"
    )


def _job(requests: int, input_tokens: int, output_tokens: int, can_wait: bool) -> Job:
    return {
        "requests": requests,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "can_wait": can_wait,
    }


def _workload(pick: Pick) -> tuple[list[Job]]:
    def job() -> Job:
        return _job(pick.whole(1, 50_000), pick.whole(1, 20_000), pick.whole(0, 3_000), pick.yes())

    return (pick.some(job, 1, 5),)


def _requests_that_wait(workload: list[Job]) -> float:
    return sum(j["requests"] for j in _moved(workload)) / sum(j["requests"] for j in workload)


def _tokens_that_wait(workload: list[Job]) -> float:
    def tokens(jobs: list[Job]) -> int:
        return sum(j["requests"] * (j["input_tokens"] + j["output_tokens"]) for j in jobs)

    return tokens(_moved(workload)) / tokens(workload)


BATCH_SAVING = Function(
    id="1.3",
    expected=_batch_saving,
    draw=_workload,
    draws=60,
    by_hand=(
        # At 1 and 5 USD per million: 20,000 x 0.003 = 60.00; 50,000 x 0.0009 = 45.00;
        # 400 x 0.022 = 8.80. Half of the last two is 26.90, of 113.80.
        (
            (
                [
                    _job(20_000, 1_500, 300, False),
                    _job(50_000, 800, 20, True),
                    _job(400, 12_000, 2_000, True),
                ],
            ),
            0.236380,
        ),
        (([_job(10, 1_000, 100, False)],), 0),
        (([_job(10, 1_000, 100, True)],), 0.5),
        # Equal jobs are different jobs: two of three wait.
        (([_job(10, 1_000, 100, True)] * 2 + [_job(10, 1_000, 100, False)],), 1 / 3),
    ),
    misconceptions=(
        (
            lambda w: 0.5,
            "That is a half, whatever the workload: only the jobs that can wait move, and the "
            "share wanted is of the whole bill.",
        ),
        (
            lambda w: _batch_saving([job | {"requests": 1} for job in w]),
            "You priced one request of each job: multiply by how many it has.",
        ),
        (
            lambda w: _batch_saving(w) / (1 - _batch_saving(w)),  # never more than half is saved
            "You divided by the bill after the change: the share is of the bill before it.",
        ),
        (
            lambda w: 0.5 if _moved(w) else 0,
            "You divided by the bill of the jobs that move: the share is of the whole day's bill.",
        ),
        (
            lambda w: len(_moved(w)) / len(w) / 2,
            "You weighted all jobs alike: one costs more than another, so weight by money.",
        ),
        (
            lambda w: _tokens_that_wait(w) / 2,
            "You weighted by the number of tokens: output costs more than input, so weight by "
            "money.",
        ),
        (
            lambda w: 2 * _batch_saving(w),
            "That is the share of the bill that moves: batch halves it, it does not erase it.",
        ),
        (
            lambda w: _requests_that_wait(w) / 2,
            "You weighted by the number of requests: a request of one job costs more than a "
            "request of another, so weight by money.",
        ),
        (
            lambda w: 1 - _batch_saving(w),
            "That is what remains of the bill: the share that is saved is wanted. If you did "
            "subtract, your new bill lacks the jobs that cannot wait.",
        ),
        (
            lambda w: _batch_saving(w) * _jobs_cost(w, "standard"),
            "Those are dollars: divide by the bill before the change to get a share.",
        ),
        (
            lambda w: _batch_saving([job | {"can_wait": not job["can_wait"]} for job in w]),
            "You moved the jobs that cannot wait: a batch takes those that can.",
        ),
        (
            lambda w: _batch_saving(w[:1]),
            "You counted the first job alone: does your `return` stand inside the loop?",
        ),
    ),
    explanation="Half of what can wait, weighted by what it costs.",
    hints=(
        "What does each job cost a day at the standard tier? Which of these sums halve?",
        "A job costs its `requests` times the cost of one request; a batch takes off half of that.",
        "Sum the standard cost of all jobs. Sum the batch saving of those that can wait. Divide.",
    ),
    right=(
        _batch_saving,
        lambda w: (_jobs_cost(_moved(w), "standard") / _jobs_cost(w, "standard")) / 2,
        lambda w: (
            1
            - sum(
                j["requests"] * _request_of(j, "batch" if j["can_wait"] else "standard") for j in w
            )
            / sum(j["requests"] * _request_of(j, "standard") for j in w)
        ),
    ),
    wrong=(
        (_summed_first, "price each request and add"),
        (lambda w: round(_batch_saving(w), 2), "You rounded"),
    ),
)

# --- 1.4 Seat or tokens -------------------------------------------------------------------------


def _exact(seat_fee: float, active_share: float, request_cost: float) -> Fraction:
    """By the numbers as they are written, without the computer's own rounding."""
    fee, share, cost = (Fraction(str(n)) for n in (seat_fee, active_share, request_cost))
    return fee / share / cost


_IN_FLOATS: tuple[Callable[[float, float, float], float], ...] = (
    lambda fee, share, cost: fee / share / cost,
    lambda fee, share, cost: fee / (share * cost),
    lambda fee, share, cost: fee / cost / share,
)
"""The same division as people write it: the computer rounds each in its own way."""


def _break_even(seat_fee: float, active_share: float, request_cost: float) -> int:
    return math.ceil(_exact(seat_fee, active_share, request_cost))


def _seats(pick: Pick) -> tuple[float, float, float]:
    return pick.whole(1, 60), pick.amount(0.05, 1, 2), pick.amount(0.001, 0.2, 3)


BREAK_EVEN = Function(
    id="1.4",
    expected=_break_even,
    draw=_seats,
    edges=(
        (11, 1.0, 0.011),
        (19, 0.25, 0.004),
        (39, 1.0, 0.013),
        (30, 0.9, 0.07),
        (10, 0.4, 0.07),
        (50, 0.65, 0.189),  # 407.0004, so that two digits are too few
        (5, 0.5, 0.0271),  # 369.0037, of which a thousandth may be lost, and two digits not
        (5, 0.51, 0.04018),  # 244.00004, so that four digits are too few
        (19.99, 1.0, 0.01),  # fees have cents, and 100 times this one is below 1999
        (20, 0.75, 0.0004),  # a request may cost less than a tenth of a cent
    ),
    tolerance=0,
    by_hand=(
        # 19 / 0.6 = 31.667 a month for each active person; / 0.031 = 1,021.5
        ((19, 0.6, 0.031), 1022),
        # 30 / 0.5 / 0.0625 = 960 exactly: there the seats cost the same, so they are not dearer
        ((30, 0.5, 0.0625), 960),
        # 21 / 0.7 = 30 and 30 / 0.1 = 300, which floats make 300.00000000000006
        ((21, 0.7, 0.1), 300),
    ),
    misconceptions=(
        (
            lambda fee, share, cost: math.ceil(_exact(fee, 1, cost)),
            "You forgot the seats that nobody uses: those who are active must earn them too.",
        ),
        (
            lambda fee, share, cost: math.ceil(_exact(fee, 1, cost) * Fraction(str(share))),
            "You multiplied by the active share: idle seats make each active person dearer, so "
            "the break-even goes up, not down.",
        ),
        (
            lambda fee, share, cost: math.ceil(_exact(fee, 1, cost) * (2 - Fraction(str(share)))),
            "You added the idle share to the fee: with half of the seats idle an active person "
            "pays for two of them, not for one and a half.",
        ),
        *(
            (
                lambda *args, quotient=quotient: math.floor(quotient(*args)),
                "You rounded down: below the exact break-even tokens are cheaper.",
            )
            for quotient in (_exact, *_IN_FLOATS)
        ),
        (
            lambda *args: round(_IN_FLOATS[0](*args)),
            "You rounded to the nearest: below the exact break-even tokens are cheaper.",
        ),
        *(
            (
                lambda *args, quotient=quotient: math.floor(quotient(*args)) + 1,
                "When the division comes out even you are one too high: at equal cost the seats "
                "are not dearer.",
            )
            for quotient in (_exact, *_IN_FLOATS)
        ),
        *(
            (
                rounded_up,
                "The computer's own rounding makes 90.00000000000001 of a division that gives 90, "
                "and you round that up: `round(..., 6)` first.",
            )
            for rounded_up in (
                *(lambda *args, q=quotient: math.ceil(q(*args)) for quotient in _IN_FLOATS),
                lambda fee, share, cost: -(-fee // (share * cost)),
                lambda fee, share, cost: -(-fee / share // cost),
            )
        ),
        (
            lambda *args: math.ceil(round(_IN_FLOATS[0](*args), 2)),
            "Two digits are too few: what they cut off may be a true remainder, and then one "
            "request more is needed. Take `round(..., 6)`.",
        ),
        (
            lambda fee, share, cost: math.ceil(round(round(fee / share, 2) / cost, 6)),
            "You rounded what an active person costs to cents: divide by the exact amount.",
        ),
        *(
            (
                not_rounded,
                "Requests come whole: round up to the first number at which the seat is not "
                "dearer.",
            )
            for not_rounded in (
                lambda *args: float(_exact(*args)),
                lambda *args: round(_IN_FLOATS[0](*args), 6),
                *_IN_FLOATS,
            )
        ),
    ),
    explanation="Idle seats are paid by those who work: the fewer are active, the later it pays.",
    hints=(
        "What does the company pay in a month for each person who really uses a seat?",
        "Divide that by what one request costs when it is paid by the token.",
        "`math.ceil` gives the first whole number that is not below.",
    ),
    right=(
        _break_even,
        lambda fee, share, cost: -int(round(-fee / share / cost, 6) // 1),
        lambda fee, share, cost: math.ceil(round(fee / (share * cost), 6)),
    ),
)

# --- 1.5 The price of waiting -------------------------------------------------------------------

Tier = dict[str, float]


def _tier_cost(job: Job, tier: Tier) -> float:
    per_request = job["input_tokens"] * tier["input"] + job["output_tokens"] * tier["output"]
    return job["requests"] * per_request / 1e6


def _bill_with_deadlines(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    return sum(
        min(
            _tier_cost(job, tier)
            for tier in tiers.values()
            if tier["wait_hours"] <= job["deadline_hours"]
        )
        for job in jobs
    )


def _one_for_all(pick: Any, jobs: list[Job], tiers: dict[str, Tier]) -> float:
    """One tier for every job, whatever its deadline: that with the shortest or longest wait."""
    tier = pick(tiers.values(), key=lambda tier: tier["wait_hours"])
    return sum(_tier_cost(job, tier) for job in jobs)


def _chosen_by(
    key: Callable[[Tier], float],
) -> Callable[[list[Job], dict[str, Tier]], float]:
    """Of the tiers in time for a job that with the least key, whatever the job costs on it."""

    def bill(jobs: list[Job], tiers: dict[str, Tier]) -> float:
        total = 0.0
        for job in jobs:
            fitting = [t for t in tiers.values() if t["wait_hours"] <= job["deadline_hours"]]
            total += _tier_cost(job, min(fitting, key=key))
        return total

    return bill


def _all_the_same_way(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    """One tier for all jobs, the cheapest of those that are in time for every one."""
    first = min((job["deadline_hours"] for job in jobs), default=0)
    fitting = [tier for tier in tiers.values() if tier["wait_hours"] <= first]
    return min(sum(_tier_cost(job, tier) for job in jobs) for tier in fitting)


def _strictly_before(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    total = 0.0
    for job in jobs:
        fitting = [
            tier
            for tier in tiers.values()
            if tier["wait_hours"] < job["deadline_hours"] or not tier["wait_hours"]
        ]
        total += min(_tier_cost(job, tier) for tier in fitting)
    return total


def _deadline_job(requests: int, input_tokens: int, output_tokens: int, hours: float) -> Job:
    return {
        "requests": requests,
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "deadline_hours": hours,
    }


_TIERS: dict[str, Tier] = {
    "priority": {"wait_hours": 0, "input": 2.0, "output": 10.0},
    "standard": {"wait_hours": 0, "input": 1.0, "output": 5.0},
    "flex": {"wait_hours": 0.25, "input": 0.5, "output": 2.5},
    "batch": {"wait_hours": 24, "input": 0.5, "output": 2.5},
}

_NIGHT: dict[str, Tier] = {"night": {"wait_hours": 72, "input": 0.25, "output": 1.25}}

# Rounded, so that a deadline is often exactly some tier's wait.
_HOURS = (0, 0.1, 0.25, 1, 4, 24, 72)


def _waiting(pick: Pick) -> tuple[list[Job], dict[str, Tier]]:
    """Tiers under any name, one of which at least does not wait: a job is always in time."""

    def job() -> Job:
        return _deadline_job(
            pick.whole(1, 5_000), pick.whole(1, 9_000), pick.whole(0, 900), pick.one_of(_HOURS)
        )

    def tier(wait: float) -> Tier:
        rates = {kind: pick.amount(0.1, 12, 1) for kind in ("input", "output")}
        return {"wait_hours": wait, **rates}

    names = pick.shuffled(("standard", "flex", "batch", "night", "priority"))
    waits = pick.shuffled([0, *pick.some(lambda: pick.one_of(_HOURS), 0, 4)])
    tiers = {name: tier(wait) for name, wait in zip(names, waits, strict=False)}
    return pick.some(job, 0, 5), tiers


WAITING = Function(
    id="1.5",
    expected=_bill_with_deadlines,
    draw=_waiting,
    by_hand=(
        (
            (
                [
                    _deadline_job(1_000, 2_000, 100, 0),  # standard: 1,000 x 0.0025 = 2.50
                    _deadline_job(1_000, 2_000, 100, 24),  # flex or batch: 1.25
                ],
                _TIERS,
            ),
            3.75,
        ),
        # flex is in time to the minute, and equal jobs are two: 2 x 1.25
        (([_deadline_job(1_000, 2_000, 100, 0.25)] * 2, _TIERS), 2.5),
        # the fifth tier is the cheapest, and its three days are just in time
        (([_deadline_job(1_000, 2_000, 100, 72)], _TIERS | _NIGHT), 0.625),
    ),
    misconceptions=(
        (
            lambda jobs, tiers: _one_for_all(min, jobs, tiers),
            "You sent everything to one tier that does not wait: which jobs have time for a "
            "cheaper one?",
        ),
        (
            lambda jobs, tiers: _one_for_all(max, jobs, tiers),
            "You sent everything to the slowest tier: some of these answers would come too late.",
        ),
        (
            lambda jobs, tiers: sum(min(_tier_cost(j, t) for t in tiers.values()) for j in jobs),
            "You took the cheapest tier without looking at the deadline: some answers come too "
            "late.",
        ),
        (
            _chosen_by(lambda tier: -tier["wait_hours"]),
            "You took the slowest tier that is in time: the cheapest one is wanted, and with some "
            "price lists that is another.",
        ),
        (
            _strictly_before,
            "A tier whose wait is exactly the deadline is in time: you turned it away.",
        ),
        (
            lambda jobs, tiers: _bill_with_deadlines([j | {"requests": 1} for j in jobs], tiers),
            "You priced one request of each job: multiply by how many it has.",
        ),
        (
            lambda jobs, tiers: _bill_with_deadlines(jobs[:1], tiers),
            "You counted the first job alone: does your `return` stand inside the loop?",
        ),
        (
            _all_the_same_way,
            "You sent all jobs to one tier, early enough for each of them: a job that has more "
            "time may take a cheaper one.",
        ),
        (
            _chosen_by(lambda tier: 0),
            "You took the first tier that is in time: a cheaper one may stand behind it.",
        ),
        (
            _chosen_by(lambda tier: tier["input"]),
            "You chose by the input rate alone: a tier with cheap input can have dear output, so "
            "compare what the job costs.",
        ),
        (
            _chosen_by(lambda tier: tier["output"]),
            "You chose by the output rate alone: a tier with cheap output can have dear input, so "
            "compare what the job costs.",
        ),
        (
            _chosen_by(lambda tier: tier["input"] + tier["output"]),
            "You chose by the sum of the two rates: most jobs have more tokens of one kind than of "
            "the other, so compare what the job costs.",
        ),
    ),
    explanation="Each job goes to the cheapest tier that is in time; the rest of the difference "
    "is the price of being in a hurry.",
    hints=(
        "Treat each job by itself: which tiers are in time for it?",
        "Of those, which one is the cheapest for this job? Add up over the jobs.",
        '`min(cost(job, t) for t in tiers.values() if t["wait_hours"] <= ...)` does one job.',
    ),
    right=(
        _bill_with_deadlines,
        lambda jobs, tiers: sum(
            sorted(
                _tier_cost(job, tier)
                for tier in tiers.values()
                if not tier["wait_hours"] > job["deadline_hours"]
            )[0]
            for job in jobs
        ),
    ),
)

# --- 1.6 What the price file supports -----------------------------------------------------------

CLAIM = Choice(
    id="1.6",
    options={
        "a": "Not supported: the flagships of OpenAI and Anthropic cost less than in the summer, "
        "and Google has announced rises. A claim about all prices hides who pays more.",
        "b": "Not supported: `deepseek-v4-flash` costs more than at its launch, and "
        "Google has announced the dates of its next rises.",
        "c": "Yes. The price climbed from release to release, then fell again within the year. "
        "The advice that follows: look at your model choice again at each release.",
        "d": "Not supported: the table and the figure show prices per token only. A new tokenizer "
        "can cut the same text into more tokens, and then the same price per token is a rise.",
    },
    answer="c",
    hints=(
        "Look for one counter-example to each statement, in the figure or the table above.",
        "Unfold the numbers under the figure, and look for `deepseek-v4-flash` in the table.",
    ),
)

EXERCISES = (REQUEST_COST, HUNDREDFOLD, BATCH_SAVING, BREAK_EVEN, WAITING, CLAIM)
