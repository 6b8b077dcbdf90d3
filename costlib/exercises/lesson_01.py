"""The exercises of lesson 1, Pricing models. Amounts in USD, rates in USD per million tokens."""

from __future__ import annotations

import math
from random import Random
from typing import Any

from costlib.exercises.framework import Choice, Design, Function
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import AS_OF, find_model, rate_card, role
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


def _request_cases(rng: Random) -> list[tuple[int, int, int, Rates]]:
    # Floats, so that a learner who writes 1e6 or 0.5 is not told about Decimal.
    cards = [rate_card(role("anthropic", "flagship")), rate_card("gpt-4.1"), rate_card("gpt-5")]
    rates = [
        {kind: float(card.rates[kind]) for kind in ("input", "cached_input", "output")}
        for card in cards
    ]
    cases = []
    for i in range(9):
        total = rng.randrange(2_000, 50_000)
        cases.append((total, rng.randrange(1_024, total), rng.randrange(50, 4_000), rates[i % 3]))
    return [*cases, (1_500, 0, 300, rates[0])]


REQUEST_COST = Function(
    id="1.1",
    expected=_request_cost,
    cases=_request_cases,
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
            "You took off the price of the cached tokens: what comes off the full price is the "
            "discount, the difference between the two rates.",
        ),
        (
            lambda i, c, o, r: _request_cost(i, c, o, r) * 1e6,
            "You did not divide: rates are in dollars per million tokens.",
        ),
        (
            lambda i, c, o, r: _request_cost(i, c, o, r) * 1e3,
            "You divided by a thousand: rates are in dollars per million tokens.",
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
            lambda i, c, o, r: round(_request_cost(i, c, o, r), 2),
            "You rounded to cents: one request costs a fraction of a cent, so keep every digit.",
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
    wrong=(
        (
            lambda i, c, o, r: (i * r["input"] + c * r["cached_input"] + o * r["output"]) / 1e6,
            "twice",
        ),
        (lambda i, c, o, r: (i * r["input"] + o * r["output"]) / 1e6, "full input rate"),
        (lambda i, c, o, r: ((i - c) * r["input"] + o * r["output"]) / 1e6, "not free"),
        (lambda i, c, o, r: _request_cost(i, c, o, r) * 1e6, "did not divide"),
        (lambda i, c, o, r: _request_cost(i, c, o, r) * 1e3, "by a thousand"),
        (
            lambda i, c, o, r: (i * r["input"] - c * r["cached_input"] + o * r["output"]) / 1e6,
            "discount",
        ),
        (lambda i, c, o, r: _request_cost(i, c, 0, r), "output"),
        (lambda i, c, o, r: round(_request_cost(i, c, o, r), 2), "rounded"),
        (lambda i, c, o, r: r["inputs"], "KeyError"),
    ),
)

# --- 1.2 A hundredfold pair ---------------------------------------------------------------------

TASK = Usage(input_tokens=3_000, output_tokens=400)
"""The task of exercise 1.2, as its statement gives it."""

_PAIR = 'Give two model names in quotes, the dear one first: ("dear-model", "cheap-model").'


def _hundredfold(answer: Any) -> tuple[bool | None, str]:
    if not isinstance(answer, tuple | list):  # a set has no first and second
        return False, _PAIR
    pair = list(answer)
    if pair and all(name in (None, ..., "") for name in pair):
        return None, ""
    if len(pair) != 2 or not all(isinstance(name, str) for name in pair):
        return False, _PAIR
    try:
        models = [find_model(name) for name in pair]
    except LookupError as error:
        return False, str(error.args[0])
    for model in models:
        if model.kind != "chat":
            return False, f"`{model.id}` is not a chat model: it cannot do this task."
        if not model.live(AS_OF):
            return False, f"`{model.id}` cannot be called on {AS_OF}: pick a model that can."
    dear, cheap = models
    if dear.provider != cheap.provider:
        return False, "These are two vendors' models: find the pair within one vendor's range."
    costs = [cost_of(TASK, m.id, provider=m.provider).total for m in models]
    if not costs[1]:
        return False, f"`{cheap.id}` is listed at no charge, so there is no ratio: pick another."
    if costs[0] < costs[1]:
        return False, f"The order is reversed: `{cheap.id}` is the dearer of the two."
    ratio = costs[0] / costs[1]
    if ratio < 100:
        return False, (
            f"For this task `{dear.id}` costs {ratio:,.0f} times as much as `{cheap.id}`: look for "
            "a pair that is at least 100 times apart."
        )
    return True, ""


HUNDREDFOLD = Design(
    id="1.2",
    validate=_hundredfold,
    explanation="One word in your code, a hundredfold on the bill. Whether the cheap one is good "
    "enough is a question for your own evaluation (lesson 6).",
    hints=(
        "Look at the figure above: which vendor has models at both ends?",
        "`cost_of(TASK, name).total` prices the task: do it for one vendor's models, and sort.",
        "A flagship is not always the dearest of its vendor: look for a model above it.",
    ),
    right=(
        ("gpt-6-astra", "gpt-6-luna"),  # 3,000 x 10 + 400 x 50 = 50,000 against 300 + 200 = 500
        ["gpt-6-astra", "gpt-5-nano"],  # against 3,000 x 0.05 + 400 x 0.4 = 310
    ),
    wrong=(
        (("gpt-6-luna", "gpt-6-astra"), "reversed"),
        (("gpt-4", "gpt-6-luna"), "cannot be called"),
        (("claude-fable-5-2", "gpt-6-luna"), "two vendors"),
        (("gpt-6.1-sol", "gpt-6-luna"), "20 times"),
        (("gpt-6-astral", "gpt-6-luna"), "gpt-6-astra"),
        ("gpt-6-astra", "two model names"),
        ({"gpt-6-astra", "gpt-6-luna"}, "two model names"),
        (("gemini-4-argon", "gemma-3"), "no charge"),
    ),
)

# --- 1.3 The batch saving of a mixed workload ---------------------------------------------------

Job = dict[str, Any]
WORKER = role("openai", "mid")


def _jobs_cost(jobs: list[Job], tier: str) -> float:
    return float(
        sum(
            job["requests"]
            * cost_of(
                Usage(input_tokens=job["input_tokens"], output_tokens=job["output_tokens"]),
                WORKER,
                tier=tier,
            ).total
            for job in jobs
        )
    )


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


def _workloads(rng: Random) -> list[tuple[list[Job]]]:
    def job(can_wait: bool) -> Job:
        return _job(
            rng.randrange(100, 50_000),
            rng.randrange(200, 20_000),
            rng.randrange(10, 3_000),
            can_wait,
        )

    return [([job(False), job(True), job(rng.random() < 0.5)],) for _ in range(8)]


def _requests_that_wait(workload: list[Job]) -> float:
    return sum(j["requests"] for j in _moved(workload)) / sum(j["requests"] for j in workload)


def _tokens_that_wait(workload: list[Job]) -> float:
    def tokens(jobs: list[Job]) -> int:
        return sum(j["requests"] * (j["input_tokens"] + j["output_tokens"]) for j in jobs)

    return tokens(_moved(workload)) / tokens(workload)


BATCH_SAVING = Function(
    id="1.3",
    expected=_batch_saving,
    cases=_workloads,
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
            lambda w: _batch_saving(w) / (1 - _batch_saving(w)),
            "You divided by the bill after the change: the share is of the bill before it.",
        ),
        (
            lambda w: round(_batch_saving(w), 2),
            "You rounded: return the share with all its digits.",
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
            "That is what remains of the bill: the share that is saved is wanted.",
        ),
        (
            lambda w: 100 * _batch_saving(w),
            "That is a percentage: a share between 0 and 1 is wanted.",
        ),
        (
            lambda w: _batch_saving(w) * _jobs_cost(w, "standard"),
            "Those are dollars: divide by the bill before the change to get a share.",
        ),
    ),
    explanation="Half of what can wait, weighted by what it costs.",
    hints=(
        "What does each job cost a day at the standard tier? Which of these sums halve?",
        '`cost_of(Usage(...), WORKER, tier="batch").total` is the cost of one request in a batch.',
        "Sum the standard cost of all jobs. Sum the batch saving of those that can wait. Divide.",
    ),
    right=(
        _batch_saving,
        lambda w: (_jobs_cost(_moved(w), "standard") / _jobs_cost(w, "standard")) / 2,
    ),
    wrong=(
        (lambda w: 0.5, "That is a half"),
        (lambda w: _batch_saving([job | {"requests": 1} for job in w]), "how many"),
        (lambda w: _batch_saving(w) / (1 - _batch_saving(w)), "before it"),
        (lambda w: 2 * _batch_saving(w), "does not erase"),
        (lambda w: _requests_that_wait(w) / 2, "weight by money"),
        (lambda w: 1 - _batch_saving(w), "remains"),
        (lambda w: 100 * _batch_saving(w), "percentage"),
        (lambda w: _batch_saving(w) * _jobs_cost(w, "standard"), "dollars"),
        (lambda w: round(_batch_saving(w), 2), "rounded"),
        (lambda w: _tokens_that_wait(w) / 2, "number of tokens"),
        (lambda w: w["jobs"], "TypeError"),
    ),
)

# --- 1.4 Seat or tokens -------------------------------------------------------------------------


def _break_even(seat_fee: float, active_share: float, request_cost: float) -> int:
    return math.ceil(seat_fee / active_share / request_cost)


def _seat_cases(rng: Random) -> list[tuple[float, float, float]]:
    cases = []
    while len(cases) < 8:
        fee, share = rng.choice([10, 19, 30, 39]), rng.choice([0.25, 0.4, 0.6, 0.9])
        cost = rng.choice([0.004, 0.013, 0.031, 0.07])
        # Exactly on the border, floats decide which way to round.
        if 0.05 < fee / share / cost % 1 < 0.95:
            cases.append((fee, share, cost))
    return cases


BREAK_EVEN = Function(
    id="1.4",
    expected=_break_even,
    cases=_seat_cases,
    tolerance=0,
    by_hand=(
        # 19 / 0.6 = 31.667 a month for each active person; / 0.031 = 1,021.5
        ((19, 0.6, 0.031), 1022),
        # 30 / 0.5 / 0.0625 = 960 exactly: there the seats cost the same, so they are not dearer
        ((30, 0.5, 0.0625), 960),
    ),
    misconceptions=(
        (
            lambda fee, share, cost: math.ceil(fee / cost),
            "You forgot the seats that nobody uses: those who are active must earn them too.",
        ),
        (
            lambda fee, share, cost: math.ceil(fee * share / cost),
            "You multiplied by the active share: idle seats make each active person dearer, so "
            "the break-even goes up, not down.",
        ),
        (
            lambda fee, share, cost: math.floor(fee / share / cost),
            "You rounded down, or to the nearest: below the exact break-even tokens are cheaper.",
        ),
        (
            lambda fee, share, cost: math.floor(fee / share / cost) + 1,
            "When the division comes out even you are one too high: at equal cost the seats are "
            "not dearer.",
        ),
        (
            lambda fee, share, cost: fee / share / cost,
            "Requests come whole: round to the first number at which the seat is not dearer.",
        ),
    ),
    explanation="Idle seats are paid by those who work: the fewer are active, the later it pays.",
    hints=(
        "What does the company pay in a month for each person who really uses a seat?",
        "Divide that by what one request costs when it is paid by the token.",
        "`math.ceil` gives the first whole number that is not below.",
    ),
    right=(_break_even, lambda fee, share, cost: -int(-fee / share / cost // 1)),
    wrong=(
        (lambda fee, share, cost: math.ceil(fee / cost), "nobody uses"),
        (lambda fee, share, cost: math.ceil(fee * share / cost), "goes up"),
        (lambda fee, share, cost: math.floor(fee / share / cost), "rounded down"),
        (lambda fee, share, cost: fee / share / cost, "whole"),
        (lambda fee, share, cost: int(fee / share / cost) + 1, "comes out even"),
        (lambda fee, share, cost: fee, "The first that is"),
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


def _only(name: str, jobs: list[Job], tiers: dict[str, Tier]) -> float:
    return sum(_tier_cost(job, tiers[name]) for job in jobs)


def _slowest(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    total = 0.0
    for job in jobs:
        fitting = [t for t in tiers.values() if t["wait_hours"] <= job["deadline_hours"]]
        total += _tier_cost(job, max(fitting, key=lambda tier: tier["wait_hours"]))
    return total


def _strictly_before(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    total = 0.0
    for job in jobs:
        fitting = [
            tier
            for name, tier in tiers.items()
            if tier["wait_hours"] < job["deadline_hours"] or name == "standard"
        ]
        total += min(_tier_cost(job, tier) for tier in fitting)
    return total


def _cheapest_input(jobs: list[Job], tiers: dict[str, Tier]) -> float:
    total = 0.0
    for job in jobs:
        fitting = [t for t in tiers.values() if t["wait_hours"] <= job["deadline_hours"]]
        total += _tier_cost(job, min(fitting, key=lambda tier: tier["input"]))
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
# A vendor may price its slow tier above another: the rule is the cheapest, not the slowest.
# And the tier with the cheapest input need not be the cheapest for the job.
_ODD_TIERS = _TIERS | {
    "flex": {"wait_hours": 0.25, "input": 0.4, "output": 9.0},
    "batch": {"wait_hours": 24, "input": 0.8, "output": 4.0},
}


def _deadline_cases(rng: Random) -> list[tuple[list[Job], dict[str, Tier]]]:
    def job(hours: float) -> Job:
        return _deadline_job(
            rng.randrange(10, 5_000), rng.randrange(100, 9_000), rng.randrange(10, 900), hours
        )

    return [
        ([job(rng.choice([0, 0.1, 0.25, 1, 24, 72])) for _ in range(4)], tiers)
        for tiers in (_TIERS, _ODD_TIERS, _TIERS, _ODD_TIERS, _TIERS, _ODD_TIERS)
    ]


WAITING = Function(
    id="1.5",
    expected=_bill_with_deadlines,
    cases=_deadline_cases,
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
    ),
    misconceptions=(
        (
            lambda jobs, tiers: _only("standard", jobs, tiers),
            "You paid the standard rate for everything: which jobs have time for a cheaper tier?",
        ),
        (
            lambda jobs, tiers: _only("batch", jobs, tiers),
            "You sent everything to the batch tier: some of these answers would come too late.",
        ),
        (
            lambda jobs, tiers: sum(min(_tier_cost(j, t) for t in tiers.values()) for j in jobs),
            "You took the cheapest tier without looking at the deadline: some answers come too "
            "late.",
        ),
        (
            _slowest,
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
            lambda jobs, tiers: _bill_with_deadlines(jobs, tiers) * 1e6,
            "You did not divide: rates are in dollars per million tokens.",
        ),
        (
            _cheapest_input,
            "You chose by the input rate alone: a tier with cheap input can have dear output, so "
            "compare what the job costs.",
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
    wrong=(
        (lambda jobs, tiers: _only("standard", jobs, tiers), "standard rate for everything"),
        (lambda jobs, tiers: _only("batch", jobs, tiers), "everything to the batch"),
        (
            lambda jobs, tiers: sum(min(_tier_cost(j, t) for t in tiers.values()) for j in jobs),
            "without looking at the deadline",
        ),
        (_slowest, "slowest tier"),
        (_strictly_before, "exactly the deadline"),
        (
            lambda jobs, tiers: _bill_with_deadlines([j | {"requests": 1} for j in jobs], tiers),
            "how many",
        ),
        (lambda jobs, tiers: _bill_with_deadlines(jobs, tiers) * 1e6, "did not divide"),
        (_cheapest_input, "input rate alone"),
        (lambda jobs, tiers: 1.0, "The first that is"),
    ),
)

# --- 1.6 What the price file supports -----------------------------------------------------------

CLAIM = Choice(
    id="1.6",
    options={
        "a": "Not supported: the flagships of OpenAI and Anthropic cost less than in the summer, "
        "and Google has announced rises. A claim about all prices hides who pays more.",
        "b": "Not supported: DeepSeek's V4 Flash costs more than at its launch, and "
        "Google has announced the dates of its next rises.",
        "c": "Yes. The price climbed from release to release, then fell again within the year. "
        "The advice that follows: look at your model choice again at each release.",
        "d": "Not supported: the table and the figure show prices per token only. A new tokenizer "
        "can cut the same text into more tokens, and then the same price per token is a rise.",
    },
    answer="c",
    hints=(
        "Look for one counter-example to each statement in section 4.",
        "Unfold the numbers under the figure, and look for V4 Flash in the table.",
    ),
)

EXERCISES = (REQUEST_COST, HUNDREDFOLD, BATCH_SAVING, BREAK_EVEN, WAITING, CLAIM)
