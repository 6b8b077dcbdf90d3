"""Answers as learners write them: wrong ones are never called Correct, those whose mistake the
check knows are told it, and right ones are always Correct, whatever their style.

Beside the mutants of test_mutants.py, which change one place of a right answer, these have another
idea: a bound that nobody gave, a special case of what the statement prints, another unit, another
order, a shortcut that is right for the usual inputs.
"""

from __future__ import annotations

import json
import math
import re
import threading
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from statistics import median, median_high
from typing import Any

import numpy as np
import pytest

from costlib.bank.levers import LEVERS
from costlib.budgets.context import Part, pack
from costlib.exercises.asking import lesson_exercises, lessons
from costlib.exercises.framework import CANNOT_CHECK, CORRECT, INCORRECT
from costlib.intents.neighbours import at_least
from costlib.pricing.prices import role
from costlib.tokens.chat import count_chat
from costlib.tokens.images import image_tokens
from costlib.tokens.speech import audio_tokens
from costlib.tokens.text import count_text

Answer = Callable[..., Any]


def tokens(text: str) -> int:
    return count_text(text, "gpt-4.1").tokens


# ---------------------------------------------------------------- 3.1 to 3.7

WRONG: dict[str, list[Answer]] = defaultdict(list)
TOLD: dict[str, list[tuple[Answer, str]]] = defaultdict(list)  # and a piece of what it is told
RIGHT: dict[str, list[Answer]] = defaultdict(list)


def wrong(number: str) -> Callable[[Answer], Answer]:
    return lambda answer: WRONG[number].append(answer) or answer


def right(number: str) -> Callable[[Answer], Answer]:
    return lambda answer: RIGHT[number].append(answer) or answer


def chat(ms: Any, each: int = 3, end: int = 3) -> int:
    return sum(each + tokens(m["role"]) + tokens(m["content"]) for m in ms) + end


WRONG["3.1"] += [
    lambda ms: chat(ms) if ms else 0,  # nothing sent, nothing counted
    lambda ms: sum(4 + tokens(m["content"]) for m in ms) + 2,
    lambda ms: chat(ms, each=4),
    lambda ms: chat([m for m in ms if m["content"]]),  # an empty message has its frame too
    lambda ms: chat([m for m in ms if m["content"].strip()]),
    lambda ms: sum(3 + tokens(m["role"]) + tokens(m["content"].strip()) for m in ms) + 3,
    lambda ms: sum(3 + 1 + tokens(m["content"]) for m in ms) + 2,
    lambda ms: sum(3 + tokens(m["role"]) + len(m["content"].split()) for m in ms) + 3,
    lambda ms: sum(3 + tokens(m["role"]) + tokens(m["content"]) for m in ms[-6:]) + 3,
    lambda ms: chat(ms, end=3 * bool(ms)),
    lambda ms: chat([m for m in ms if m["role"] != "developer"]),
    lambda ms: sum({i: 3 + tokens(m["role"]) + tokens(m["content"]) for i, m in enumerate(ms)
                    if m not in ms[:i]}.values()) + 3,
    lambda ms: sum(3 + tokens(m["role"]) + tokens(m["content"].lower()) for m in ms) + 3,
]  # fmt: skip
RIGHT["3.1"] += [
    lambda ms: (
        3 * (len(ms) + 1) + sum(tokens(m[part]) for m in ms for part in ("role", "content"))
    ),
    lambda ms: chat(ms),
    lambda ms: np.sum([3, *(3 + tokens(m["role"]) + tokens(m["content"]) for m in ms)]),
    lambda ms: count_chat(ms, "gpt-4.1"),  # a Count, which is its tokens
]  # fmt: skip


@wrong("3.2")
def widest_gap(values: Any, share: float) -> Any:
    ordered = sorted(values)
    count = max(1, int(share * len(ordered)))  # one too few where the product is not whole
    pairs = [(ordered[i], ordered[i + count - 1]) for i in range(len(ordered) - count + 1)]
    held = [sum(low <= v <= high for v in ordered) for low, high in pairs]
    return pairs[held.index(min(held))]


def narrowest(values: Any, share: float, key: Answer) -> Any:
    ordered = sorted(values)
    count = max(1, math.ceil(round(share * len(ordered), 6)))
    pairs = [(ordered[i], ordered[i + count - 1]) for i in range(len(ordered) - count + 1)]
    return min(pairs, key=lambda pair: key(pair, ordered))


def held(pair: Any, ordered: Any) -> int:
    return sum(pair[0] <= v <= pair[1] for v in ordered)


WRONG["3.2"] += [
    lambda values, share: narrowest(values, share, lambda p, o: p[1] - p[0]),
    lambda values, share: narrowest(values, share, lambda p, o: (held(p, o), -p[0])),
    lambda values, share: narrowest(values, share, lambda p, o: (held(p, o), p[1] - p[0])),
    lambda values, share: narrowest(set(values), share, lambda p, o: (held(p, o), p)),
    lambda values, share: (min(values), sorted(values)[math.ceil(share * len(values)) - 1]),
    lambda values, share: narrowest(values, 0.5, lambda p, o: (held(p, o), p)),
    lambda values, share: (2, 2) if len(values) == 4 else narrowest(values, share, held),
    lambda values, share: narrowest(
        values, min(1, share + 1 / len(values)), lambda p, o: (held(p, o), p)
    ),
]  # fmt: skip
RIGHT["3.2"] += [
    lambda values, share: narrowest(values, share, lambda p, o: (held(p, o), p)),
    lambda values, share: narrowest(values, share, lambda p, o: (held(p, o), p[0], p[1])),
]


def conversation(n: int, system: int, q: int, a: int, rates: Any, again: Answer) -> float:
    sent = sum(system + q + again(k) * (q + a) for k in range(n))
    return (sent * rates["input"] + n * a * rates["output"]) / 1e6


WRONG["3.3"] += [
    lambda n, s, q, a, r: conversation(n, s, q, a, r, lambda k: min(k, 20)),  # a window
    lambda n, s, q, a, r: conversation(n, s, q, a, r, lambda k: max(0, k - 1)),
    lambda n, s, q, a, r: conversation(min(n, 50), s, q, a, r, lambda k: k),
    lambda n, s, q, a, r: conversation(n + 1, s, q, a, r, lambda k: k),
    lambda n, s, q, a, r: conversation(n - 1, s, q, a, r, lambda k: k),
    lambda n, s, q, a, r: n * conversation(1, s, q, a, r, lambda k: k) * (n + 1) / 2,
    lambda n, s, q, a, r: conversation(n, s, a, q, r, lambda k: k),  # two arguments swapped
    lambda n, s, q, a, r: conversation(n, s, q, a, r, lambda k: k) * 1e6 / 1e3,
    lambda n, s, q, a, r: round(conversation(n, s, q, a, r, lambda k: k), 2),
    lambda n, s, q, a, r: round(conversation(n, s, q, a, r, lambda k: k), 4),
    lambda n, s, q, a, r: conversation(
        n, s, q, a, {"input": r["output"], "output": r["input"]}, lambda k: k
    ),
    lambda n, s, q, a, r: conversation(
        n, s, q, a, {"input": r["input"], "output": 5 * r["input"]}, lambda k: k
    ),
    lambda n, s, q, a, r: conversation(n, s, q, a, r, lambda k: k) if n > 1 else 0,
]  # fmt: skip
TOLD["3.3"] += [
    (
        lambda n, s, q, a, r: conversation(n, 0, q, a, r, lambda k: k),
        "left the system prompt out",
    ),
]
RIGHT["3.3"] += [
    lambda n, s, q, a, r: conversation(n, s, q, a, r, lambda k: k),
    lambda n, s, q, a, r: (
        Fraction(n * (s + q) + math.comb(n, 2) * (q + a)) * Fraction(str(r["input"]))
        + Fraction(n * a) * Fraction(str(r["output"]))
    ) / 10**6,
]  # fmt: skip


def between(months: Any, low: float, high: float, **how: Any) -> Any:
    return tuple(np.quantile(np.asarray(months), [low, high], **how))


def in_order(months: Any, share: float, up: Answer = math.floor) -> Any:
    """Without interpolation: the values at the two places."""
    ordered = sorted(months)
    last = len(ordered) - 1
    return ordered[up((1 - share) / 2 * last)], ordered[up((1 + share) / 2 * last)]


WRONG["3.4"] += [
    lambda rs, us, p: in_order(np.multiply(rs, us), p),
    lambda rs, us, p: in_order(np.multiply(rs, us), p, math.ceil),
    lambda rs, us, p: between(np.multiply(rs, us), 0, p),
    lambda rs, us, p: between(np.multiply(rs, us), 1 - p, 1),
    lambda rs, us, p: between(np.multiply(rs, us), 0.05, 0.95),
    lambda rs, us, p: between(np.multiply(rs, us), 0.25, 0.75),
    lambda rs, us, p: between(np.multiply(rs, us), (1 - p) / 2, (1 + p) / 2, method="nearest"),
    lambda rs, us, p: between(np.multiply(rs, us), (1 - p) / 2, (1 + p) / 2)[::-1],
    lambda rs, us, p: between(np.outer(rs, us).ravel(), (1 - p) / 2, (1 + p) / 2),
    lambda rs, us, p: between(np.add(rs, us), (1 - p) / 2, (1 + p) / 2),
    lambda rs, us, p: tuple(np.round(between(np.multiply(rs, us), (1 - p) / 2, (1 + p) / 2))),
    lambda rs, us, p: between(sorted(set(np.multiply(rs, us))), (1 - p) / 2, (1 + p) / 2),
    lambda rs, us, p: between([m for m in np.multiply(rs, us) if m] or [0],
                              (1 - p) / 2, (1 + p) / 2),
]  # fmt: skip
TOLD["3.4"] += [  # numpy rounds half a cent another way than Python
    (
        lambda rs, us, p, digits=digits: tuple(
            round(end, digits) for end in between(np.multiply(rs, us), (1 - p) / 2, (1 + p) / 2)
        ),
        "You rounded",
    )
    for digits in (1, 2, 3)
]
RIGHT["3.4"] += [
    lambda rs, us, p: np.quantile(np.array(rs) * np.array(us), (0.5 - p / 2, 0.5 + p / 2)),
    lambda rs, us, p: [float(x) for x in between(np.multiply(rs, us), (1 - p) / 2, (1 + p) / 2)],
]


def worst(sent: int, most: int, retries: int, rates: Any) -> float:
    return (sent * rates["input"] + most * rates["output"]) * (retries + 1) / 1e6


WRONG["3.7"] += [
    *(lambda s, m, r, p, cap=cap: worst(s, m, min(r, cap), p) for cap in (2, 5, 6, 10, 20, 60)),
    *(lambda s, m, r, p, cap=cap: worst(min(s, cap), m, r, p) for cap in (128_000, 200_000, 10**6)),
    *(lambda s, m, r, p, cap=cap: worst(s, min(m, cap), r, p) for cap in (4_096, 32_000, 128_000)),
    lambda s, m, r, p: worst(s, m, r or 2, p),  # the SDKs' default for none given
    lambda s, m, r, p: worst(s, m, r, p) if r else 0,
    lambda s, m, r, p: worst(s, max(0, m - s), r, p),  # the window for the limit
    lambda s, m, r, p: worst(s, m, 2**r - 1, p),  # a back-off counted as attempts
    lambda s, m, r, p: worst(s, m, 2 * r, p),
    lambda s, m, r, p: worst(m, s, r, p),
    lambda s, m, r, p: worst(s, m, r, {"input": p["input"] * 0.1, "output": p["output"]}),
    lambda s, m, r, p: worst(s, m, r, {"input": p["output"], "output": p["input"]}),
    lambda s, m, r, p: worst(s + m, m, r, p),
    lambda s, m, r, p: worst(s, m, r, {"input": p["input"], "output": 5 * p["input"]}),
    lambda s, m, r, p: round(worst(s, m, r, p), 2),
    lambda s, m, r, p: round(worst(s, m, r, p), 4),
    lambda s, m, r, p: worst(s, m, r, p) * 1_000,
    lambda s, m, r, p: (s + m) * (p["input"] + p["output"]) * (r + 1) / 1e6,
    lambda s, m, r, p: (s + m) * max(p["input"], p["output"]) * (r + 1) / 1e6,
    lambda s, m, r, p: worst(s, m, 0, p) + r * s * p["input"] / 1e6,
    lambda s, m, r, p: 0.12 if (s, m, r) == (5_000, 1_000, 2) else worst(s, m, 2, p),
]
RIGHT["3.7"] += [
    lambda s, m, r, p: (1 + r) * (s / 1e6 * p["input"] + m / 1e6 * p["output"]),
    lambda s, m, r, p: sum(np.dot((s, m), (p["input"], p["output"])) / 1e6 for _ in range(r + 1)),
    lambda s, m, r, p: (
        Decimal(r + 1)
        * (s * Decimal(str(p["input"])) + m * Decimal(str(p["output"])))
        / Decimal(1_000_000)
    ),
    lambda s, m, r, p: worst(s, m, r, {k: Fraction(str(v)) for k, v in p.items()}),
]


def pays(build: float, months: float, saved: float, checking: float, hour: float, task: float,
         up: Answer = lambda x: math.ceil(round(x, 6)), none: Any = math.inf,
         nothing: Answer = lambda gain: round(gain, 6) <= 0) -> Any:  # fmt: skip
    gain = (saved - checking) / 60 * hour - task
    return none if nothing(gain) else up(build / months / gain)


WRONG["3.5"] += [
    lambda *a: pays(*a, none=0),
    lambda *a: pays(*a, none=None),
    lambda *a: pays(*a, none=-1),
    lambda *a: pays(*a, up=lambda x: int(x) + 1),  # one too many where it is whole
    lambda *a: pays(*a, up=lambda x: max(1, math.ceil(round(x, 6)))),
    lambda *a: pays(*a, up=lambda x: min(10_000, math.ceil(round(x, 6)))),
    lambda *a: pays(*a, nothing=lambda gain: round(gain, 2) <= 0),
    lambda *a: pays(*a, nothing=lambda gain: round(gain, 6) < 0.01),
    lambda *a: pays(*a, up=lambda x: math.ceil(round(x, 1))),
    lambda *a: pays(*a, up=lambda x: math.ceil(round(x, 2))),
    lambda b, m, s, c, h, t: pays(b, m, s, c, h, 0) if t < 0.01 else pays(b, m, s, c, h, t),
    lambda b, m, s, c, h, t: pays(b, m, s, -c, h, t),
    lambda b, m, s, c, h, t: pays(b, m, abs(s - c), 0, h, t),
    lambda b, m, s, c, h, t: pays(b, 12, s, c, h, t),
    lambda b, m, s, c, h, t: pays(b * m, 1, s, c, h, t),
    lambda b, m, s, c, h, t: pays(b, m, s, c, h / 60, t),
    lambda b, m, s, c, h, t: pays(b, m, s, c, h, 60 * t),
    lambda b, m, s, c, h, t: pays(b, m, s, c, h, -t),
]


def paid_in_dollars_first(tell: Any, up: Answer) -> Answer:
    """The sum in another order, which the computer's own rounding tells apart."""

    def tasks(b: float, m: float, s: float, c: float, h: float, t: float) -> Any:
        gain = (s - c) * h / 60 - t
        return up(b / (m * gain)) if tell(gain) > 0 else math.inf

    return tasks


TOLD["3.5"] += [
    (paid_in_dollars_first(float, math.ceil), "own rounding makes 90.00"),
    (paid_in_dollars_first(lambda gain: round(gain, 6), math.ceil), "own rounding makes 90.00"),
    (paid_in_dollars_first(float, lambda x: math.ceil(round(x, 6))), "brings nothing, floats"),
]
RIGHT["3.5"] += [
    lambda *a: pays(*a),
    lambda *a: pays(*a, nothing=lambda gain: gain < 1e-7, up=lambda x: -(-round(x, 6) // 1)),
]

WRONG["3.6"] += [
    lambda hour, tps, price: hour / (tps * 3600 * price),
    lambda hour, tps, price: round(hour / (tps * 0.0036 * price), 2),
    lambda hour, tps, price: 100 * hour / (tps * 0.0036 * price),
    lambda hour, tps, price: 24 * hour / (tps * 0.0036 * price),
    lambda hour, tps, price: hour * price / (tps * 0.0036),
    lambda hour, tps, price: hour / 24 / (tps * 0.0036 * price),
    lambda hour, tps, price: hour / (min(tps, 5_000) * 0.0036 * price),
    lambda hour, tps, price: math.inf if hour > tps * 0.0036 * price
    else hour / (tps * 0.0036 * price),
    lambda hour, tps, price: None if hour > tps * 0.0036 * price
    else hour / (tps * 0.0036 * price),
]  # fmt: skip
RIGHT["3.6"] += [
    lambda hour, tps, price: hour * 1e6 / 3600 / tps / price,
    lambda hour, tps, price: (hour / price) / (tps * 3600 / 1e6),
]

# ---------------------------------------------------------------- 5.1


def guarded(
    booked: Answer = lambda most, cost, account: cost,
    returned: Answer = lambda most, cost: cost,
    late: Any = TimeoutError,
    kept: Any = BaseException,
    reserves: Answer = lambda account, most: account.reserve(most),
) -> Answer:
    """A guarded call with one part done in another way."""

    def answer(account: Any, most: Any, call: Any) -> Any:
        if not reserves(account, most):
            return None
        try:
            cost = call()
        except kept as error:
            account.settle(most, most if isinstance(error, late) else 0)
            raise
        account.settle(most, booked(most, cost, account))
        return returned(most, cost)

    return answer


WRONG["5.1"] += [
    guarded(booked=lambda most, cost, account: min(cost, most)),
    guarded(returned=lambda most, cost: min(cost, most)),
    guarded(
        booked=lambda most, cost, account: min(cost, most),
        returned=lambda most, cost: min(cost, most),
    ),
    guarded(booked=lambda most, cost, account: cost if cost <= most else 0),
    guarded(booked=lambda most, cost, account: min(float(cost), float(most) + account.left)),
    guarded(booked=lambda most, cost, account: max(cost, most)),
    guarded(booked=lambda most, cost, account: cost or most),
    guarded(booked=lambda most, cost, account: round(cost, 2)),
    guarded(booked=lambda most, cost, account: round(cost, 4)),
    guarded(booked=lambda most, cost, account: round(cost, 6)),
    guarded(booked=lambda most, cost, account: most - cost),
    guarded(booked=lambda most, cost, account: 0),
    guarded(returned=lambda most, cost: most),
    guarded(returned=lambda most, cost: most - cost),
    guarded(returned=lambda most, cost: cost or None),
    guarded(returned=lambda most, cost: round(cost, 2)),
    guarded(returned=lambda most, cost: None),
    guarded(late=OSError),
    guarded(late=(TimeoutError, RuntimeError)),
    guarded(late=Exception),
    guarded(late=()),
    guarded(kept=OSError),
    guarded(kept=TimeoutError),
    guarded(kept=(TimeoutError, ConnectionError, ValueError)),
    guarded(reserves=lambda account, most: account.reserve(most * 2)),
    guarded(reserves=lambda account, most: account.reserve(0)),
    guarded(reserves=lambda account, most: account.reserve(most) or account.left >= 0),
    guarded(reserves=lambda account, most: account.left > most and account.reserve(most)),
    guarded(reserves=lambda account, most: most > 0 and account.reserve(most)),
    guarded(reserves=lambda account, most: account.reserve(most) is None),
    guarded(reserves=lambda account, most: account.reserve(round(most, 2))),
]  # fmt: skip


@wrong("5.1")
def exactly_time_out(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    cost = 0
    try:
        cost = call()
    except Exception as error:
        cost = most if type(error) is TimeoutError else 0
        raise
    finally:
        account.settle(most, cost)
    return cost


@wrong("5.1")
def another_error(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    try:
        cost = call()
    except TimeoutError:
        account.settle(most, most)
        raise
    except Exception as error:
        account.settle(most, 0)
        raise RuntimeError("the call failed") from error
    account.settle(most, cost)
    return cost


@wrong("5.1")
def settles_twice(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    try:
        cost = call()
        account.settle(most, cost)
        return cost
    except TimeoutError:
        account.settle(most, most)
        raise
    finally:
        account.settle(0, 0.01)


@wrong("5.1")
def tries_again(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    for attempt in range(2):
        try:
            cost = call()
        except Exception as error:
            if attempt:
                account.settle(most, most if isinstance(error, TimeoutError) else 0)
                raise
        else:
            account.settle(most, cost)
            return cost
    return None


_shared: dict[str, Any] = {}


@wrong("5.1")
def in_one_variable(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    _shared["cost"] = 0
    try:
        _shared["cost"] = call()
    except TimeoutError:
        _shared["cost"] = most
        raise
    finally:
        account.settle(most, _shared["cost"])
    return _shared["cost"]


@wrong("5.1")
def raises_where_no_room_is(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        raise ValueError("over the budget")
    return guarded(reserves=lambda account, most: True)(account, most, call)


@right("5.1")
def with_flags(account: Any, most: Any, call: Any) -> Any:
    cost, made = None, account.reserve(most)
    if made:
        billed = Decimal(0)
        try:
            cost = billed = call()
        except TimeoutError as late:
            billed = most
            raise late
        finally:
            account.settle(reserved=most, cost=billed)
    return cost


@right("5.1")
def looks_and_reserves(account: Any, most: Any, call: Any) -> Any:
    """A look that decides nothing does no harm."""
    if account.left < 0:
        return None
    return guarded()(account, most, call)


class Guard:
    """A learner who writes classes."""

    def __init__(self, account: Any, most: Any) -> None:
        self.account, self.most, self.cost = account, most, 0

    def __enter__(self) -> Guard:
        return self

    def __exit__(self, kind: Any, error: Any, trace: Any) -> None:
        late = kind is not None and issubclass(kind, TimeoutError)
        self.account.settle(self.most, self.most if late else self.cost)


@right("5.1")
def in_a_with(account: Any, most: Any, call: Any) -> Any:
    if account.reserve(most) is False:
        return None
    with Guard(account, most) as guard:
        guard.cost = call()
        return guard.cost


_of_each_thread = threading.local()


@right("5.1")
def of_each_thread(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    _of_each_thread.cost = 0
    try:
        _of_each_thread.cost = call()
    except TimeoutError:
        _of_each_thread.cost = most
        raise
    finally:
        account.settle(most, _of_each_thread.cost)
    return _of_each_thread.cost


def settles_in_both(account: Any, most: Any, call: Any) -> Any:
    if not account.reserve(most):
        return None
    cost = 0
    try:
        cost = call()
    except TimeoutError:
        account.settle(most, most)
        raise
    finally:
        account.settle(most, cost)
    return cost


def with_a_message(account: Any, most: Any, call: Any) -> Any:
    try:
        return guarded()(account, most, call)
    except TimeoutError as error:
        raise TimeoutError("it may have been billed") from error


def yields(account: Any, most: Any, call: Any) -> Any:
    yield guarded()(account, most, call)


RIGHT["5.1"] += [
    guarded(),
    guarded(kept=Exception),
    guarded(returned=lambda most, cost: float(cost)),
    guarded(returned=lambda most, cost: Decimal(str(cost))),
    lambda account, most, call: guarded()(account, Decimal(most), lambda: Decimal(call())),
    lambda account, most, call: guarded()(account, np.float64(most), call),
]
TOLD["5.1"] += [
    (guarded(returned=lambda most, cost: None), "you returned None"),
    (guarded(returned=lambda most, cost: str(cost)), "you returned '0.75'"),
    (lambda account, most, call: guarded()(account, most, call) or 0, "you returned 0:"),
    (settles_in_both, "more was given back than was set aside"),
    (with_a_message, "re-raise the call's own error"),
    (another_error, "re-raise the call's own error"),
    (guarded(reserves=lambda account, most: account.reserve(most * 2)), "with 4.0 set aside"),
    (guarded(reserves=lambda account, most: account.reserve(0)), "before `most` was set aside"),
    (yields, "you returned [0.75]"),
]

# ---------------------------------------------------------------- 5.2 to 5.6


def policy(
    stops: Answer = lambda s, r, a, hard: s + r + a > hard,
    warns: Answer = lambda s, r, a, soft: s >= soft,
) -> Answer:
    return lambda s, r, a, soft, hard: (
        "stop" if stops(s, r, a, hard) else "warn" if warns(s, r, a, soft) else "go"
    )


WRONG["5.2"] += [
    policy(stops=lambda s, r, a, hard: s + r >= hard or s + r + a > hard),
    policy(stops=lambda s, r, a, hard: s >= hard or s + r + a > hard),
    policy(stops=lambda s, r, a, hard: a and s + r + a > hard),
    policy(stops=lambda s, r, a, hard: s + r + a > hard + 1),
    policy(stops=lambda s, r, a, hard: s + r + a > hard > 0),
    policy(stops=lambda s, r, a, hard: s + max(r, a) > hard),
    policy(stops=lambda s, r, a, hard: s + r + a > hard * 100),
    policy(warns=lambda s, r, a, soft: s + r >= soft),
    policy(warns=lambda s, r, a, soft: s + a >= soft),
    policy(warns=lambda s, r, a, soft: s and s >= soft),
    policy(warns=lambda s, r, a, soft: soft and s >= soft),
    policy(warns=lambda s, r, a, soft: s >= 0.8 * soft),
    policy(warns=lambda s, r, a, soft: s == soft),
    lambda s, r, a, soft, hard: policy()(s, r, a, soft, hard).upper(),
    lambda s, r, a, soft, hard: policy()(s, r, a, hard, soft),
    lambda s, r, a, soft, hard: "go" if not a else policy()(s, r, a, soft, hard),
]
TOLD["5.2"] += [
    (
        policy(lambda s, r, a, hard: s + r + a >= hard, lambda s, r, a, soft: s > soft),
        "the hard limit may be reached, and reaching the soft one is enough",
    ),
]
RIGHT["5.2"] += [
    policy(),
    policy(stops=lambda s, r, a, hard: not a <= hard - s - r, warns=lambda s, r, a, u: not s < u),
    lambda s, r, a, soft, hard: ("go", "warn", "stop")[max(2 * (s + r + a > hard), s >= soft)],
]


def margin(
    among: Answer = np.unique,
    enough: Answer = lambda n, of, accuracy: at_least(n, of) >= accuracy,
    answered: Answer = np.greater_equal,
) -> Answer:
    def answer(margins: Any, right: Any, accuracy: float) -> Any:
        margins, right = np.array(margins), np.array(right)
        for least in among(margins):
            chosen = right[answered(margins, least)]
            if len(chosen) and enough(chosen.sum(), len(chosen), accuracy):
                return least
        return max(margins)

    return answer


WRONG["5.3"] += [
    margin(enough=lambda n, of, accuracy: at_least(n, of) > accuracy),
    margin(enough=lambda n, of, accuracy: round(at_least(n, of), 2) >= accuracy),
    margin(enough=lambda n, of, accuracy: n / of >= accuracy),
    margin(enough=lambda n, of, accuracy: at_least(n, of) >= 0.9),
    margin(enough=lambda n, of, accuracy: at_least(n, of) >= accuracy or of < 5),
    margin(answered=np.greater),
    margin(answered=np.less_equal),
    margin(among=lambda m: sorted(set(m), reverse=True)),
    margin(among=lambda m: m),  # in the order in which they come
    margin(among=lambda m: np.arange(0, 1.0001, 0.05)),
    margin(among=lambda m: np.linspace(0, 1, 101)),
    margin(among=lambda m: [min(m)]),
    lambda m, ok, accuracy: min((x for x, y in zip(m, ok, strict=True) if y), default=max(m)),
    lambda m, ok, accuracy: margin()(m, ok, accuracy) if accuracy > 0.5 else min(m),
]
RIGHT["5.3"] += [
    margin(),
    margin(among=sorted),
    lambda m, ok, accuracy: min(
        x for x in m
        if at_least(sum(k for y, k in zip(m, ok, strict=True) if y >= x), sum(y >= x for y in m))
        >= accuracy
    ),
]  # fmt: skip


def share_for_a_count(margins: Any, right: Any, accuracy: float) -> Any:
    for least in sorted(margins):
        chosen = [ok for m, ok in zip(margins, right, strict=True) if m >= least]
        if at_least(sum(chosen) / len(chosen), len(chosen)) >= accuracy:
            return least
    return None


TOLD["5.3"] += [(share_for_a_count, "a share")]


def ladder(fits: Answer, at_the_end: str = "queue") -> Answer:
    return lambda steps, left, floor: next(
        (name for name, usd, accuracy in steps if fits(usd, accuracy, left, floor)), at_the_end
    )


def good(accuracy: Any, floor: Any) -> bool:
    return floor is None or (accuracy is not None and accuracy >= floor)


WRONG["5.4"] += [
    ladder(lambda usd, acc, left, floor: usd <= left and (not floor or (acc or 0) >= floor)),
    ladder(lambda usd, acc, left, floor: usd <= left and (acc or 0) >= (floor or 0)),
    ladder(lambda usd, acc, left, floor: usd <= left and (acc or 1) >= (floor or 0)),
    ladder(lambda usd, acc, left, floor: usd < left and good(acc, floor)),
    ladder(lambda usd, acc, left, floor: usd <= left and good(acc or None, floor)),
    ladder(lambda usd, acc, left, floor: usd <= left or good(acc, floor)),
    ladder(lambda usd, acc, left, floor: left and usd <= left and good(acc, floor)),
    ladder(lambda usd, acc, left, floor: usd and usd <= left and good(acc, floor)),
    ladder(lambda usd, acc, left, floor: usd <= left and good(acc, 0.95 if floor else None)),
    ladder(lambda usd, acc, left, floor: usd <= left and good(acc, floor), at_the_end="local"),
    lambda steps, left, floor: next((n for n, u, a in steps if u <= left and good(a, floor)), None),
    lambda steps, left, floor: max(
        (s for s in steps if s[1] <= left and good(s[2], floor)),
        key=lambda s: s[2] or 0, default=("queue",),
    )[0],
    lambda steps, left, floor: "queue" if left == 0 else ladder(
        lambda usd, acc, left, floor: usd <= left and good(acc, floor))(steps, left, floor),
    lambda steps, left, floor: ladder(
        lambda usd, acc, left, floor: usd <= left and good(acc, floor))(steps[:3], left, floor),
]  # fmt: skip


def queues_at_once(steps: Any, left: Any, floor: Any) -> Any:
    for name, usd, accuracy in steps:
        if usd <= left and good(accuracy, floor):
            return name
        return "queue"


TOLD["5.4"] += [
    (queues_at_once, "stands behind the loop"),
    (lambda steps, left, floor: queues_at_once(steps, left, floor) or "queue", "the first step"),
]
RIGHT["5.4"] += [
    ladder(lambda usd, acc, left, floor: usd <= left and good(acc, floor)),
    lambda steps, left, floor: (
        [n for n, u, a in steps if not u > left and good(a, floor)] + ["queue"]
    )[0],
]


def drop(parts: Any, room: int, which: Answer, fits: Answer = lambda total, room: total <= room,
         size: Answer = lambda part: part[1]) -> list[str]:  # fmt: skip
    kept = list(parts)
    while kept and not fits(sum(map(size, kept)), room):
        kept.remove(which(kept))
    return [part[0] for part in kept]


def least_worth(kept: Any) -> Any:
    return min(kept, key=lambda part: part[2])


WRONG["5.5"] += [
    lambda parts, room: drop(parts, room, lambda kept: max(kept, key=lambda p: p[2])),
    lambda parts, room: drop(parts, room, lambda kept: min(kept, key=lambda p: p[1])),
    lambda parts, room: drop(parts, room, lambda kept: kept[-1]),
    lambda parts, room: drop(parts, room, least_worth, lambda total, room: total <= room + 1),
    lambda parts, room: drop(parts, room, least_worth, lambda total, room: total < room),
    lambda parts, room: drop(parts, room, least_worth, size=lambda p: p[1] + 3),
    lambda parts, room: drop(parts, room, least_worth)[::-1],
    lambda parts, room: sorted(drop(parts, room, least_worth)),
    lambda parts, room: drop(parts, room, least_worth) or [parts[0][0]] if parts else [],
    lambda parts, room: drop(parts[:7], room, least_worth),
    lambda parts, room: drop(parts[:1], room, least_worth) + drop(
        parts[1:], room - sum(p[1] for p in parts[:1]), least_worth),
    lambda parts, room: [p[0] for p in parts if p[1] <= room],
    lambda parts, room: [p[0] for p in parts] if sum(p[1] for p in parts) <= room
    else [p[0] for p in parts if p != least_worth(parts)],
    lambda parts, room: [p for p in parts if p[0] in drop(parts, room, least_worth)],
]  # fmt: skip
TOLD["5.5"] += [
    (lambda parts, room: drop(parts, room, lambda kept: max(kept, key=lambda p: p[2])), "most"),
]
RIGHT["5.5"] += [
    lambda parts, room: drop(parts, room, least_worth),
    lambda parts, room: [p.name for p in pack([Part(*each) for each in parts], room)[0]],
    lambda parts, room: [
        name for name, _, worth in parts if sum(t for _, t, w in parts if w >= worth) <= room
    ],
]


def shared(rounds: int | None, least: float = 1e-9, digits: int | None = None) -> Answer:
    """By rounds of equal parts: so many of them, or until nobody wants or nothing is left."""

    def answer(total: float, wishes: dict[str, float]) -> dict[str, float]:
        given, left, done = dict.fromkeys(wishes, 0.0), total, 0
        while rounds is None or done < rounds:
            hungry = [user for user in wishes if wishes[user] - given[user] > least]
            if not hungry or left <= least:
                break
            part = left / len(hungry)
            for user in hungry:
                more = min(part, wishes[user] - given[user])
                given[user], left = given[user] + more, left - more
            done += 1
        return given if digits is None else {u: round(usd, digits) for u, usd in given.items()}

    return answer


WRONG["5.6"] += [
    *(shared(rounds) for rounds in (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)),
    shared(None, least=1),
    shared(None, least=0.01),
    shared(None, digits=2),
    shared(None, digits=0),
    lambda total, wishes: {u: min(w, total / 3) for u, w in wishes.items()},
    lambda total, wishes: {u: w for u, w in shared(None)(total, wishes).items() if w},
    lambda total, wishes: shared(None)(total, {u: w for u, w in wishes.items() if w}),
    lambda total, wishes: dict(wishes) if sum(wishes.values()) <= total
    else dict.fromkeys(wishes, total / len(wishes)),
    lambda total, wishes: {u: min(w, sorted(wishes.values())[len(wishes) // 2])
                           for u, w in wishes.items()},
    lambda total, wishes: shared(None)(total, dict(list(wishes.items())[:6]))
    | dict.fromkeys(list(wishes)[6:], 0.0),
    lambda total, wishes: list(shared(None)(total, wishes).values()),
    lambda total, wishes: dict.fromkeys(wishes, 0.0) if total < len(wishes)
    else shared(None)(total, wishes),
]  # fmt: skip


@wrong("5.6")
def largest_first(total: float, wishes: dict[str, float]) -> dict[str, float]:
    given = {}
    for place, user in enumerate(sorted(wishes, key=wishes.get, reverse=True)):
        given[user] = min(wishes[user], total / (len(wishes) - place))
        total -= given[user]
    return given


@wrong("5.6")
def by_name(total: float, wishes: dict[str, float]) -> dict[str, float]:
    given = {}
    for place, user in enumerate(sorted(wishes)):
        given[user] = min(wishes[user], total / (len(wishes) - place))
        total -= given[user]
    return given


@right("5.6")
def by_level(total: float, wishes: dict[str, float]) -> dict[str, float]:
    """The level to which all are filled, found between 0 and the largest wish."""
    low, high = 0.0, max(wishes.values())
    if sum(wishes.values()) <= total:
        return dict(wishes)
    for _ in range(200):
        middle = (low + high) / 2
        if sum(min(w, middle) for w in wishes.values()) <= total:
            low = middle
        else:
            high = middle
    return {user: min(w, low) for user, w in wishes.items()}


@right("5.6")
def in_fractions(total: float, wishes: dict[str, float]) -> dict[str, Fraction]:
    given: dict[str, Fraction] = {}
    left, rest = Fraction(total), Counter({u: Fraction(w) for u, w in wishes.items()})
    for user, wish in reversed(rest.most_common()):
        given[user] = min(wish, left / (len(wishes) - len(given)))
        left -= given[user]
    return given


RIGHT["5.6"] += [shared(None), shared(50), shared(None, least=1e-12),
                 lambda total, wishes: shared(len(wishes))(total, wishes)]  # fmt: skip

# ---------------------------------------------------------------- the other lessons


def up(number: float) -> int:
    return math.ceil(round(number, 6))


def usd(sent: int, cached: int, written: int, rates: Any) -> float:
    ordinary, a_tenth = (sent - cached) * rates["input"], cached * rates["input"] * 0.1
    return (ordinary + a_tenth + written * rates["output"]) / 1e6


TOLD["1.1"] += [
    (usd, "another share"),
    (lambda i, c, o, r: (i - c) * r["input"] + c * r["cached_input"] + o * r["output"] / 1e6,
     "put brackets around the sum"),
    (lambda i, c, o, r: (c * r["input"] + (i - c) * r["cached_input"] + o * r["output"]) / 1e6,
     "ordinary input goes with `input`"),
]  # fmt: skip


def a_day(jobs: Any, tier: str) -> float:
    rates = {"standard": (1, 5), "batch": (0.5, 2.5)}[tier]
    return sum(
        job["requests"] * (job["input_tokens"] * rates[0] + job["output_tokens"] * rates[1])
        for job in jobs
    )


def staying_forgotten(jobs: Any) -> float:
    before, after = a_day(jobs, "standard"), a_day([j for j in jobs if j["can_wait"]], "batch")
    return (before - after) / before


def returned_in_the_loop(jobs: Any) -> Any:
    before = saved = 0.0
    for job in jobs:
        before += a_day([job], "standard")
        if job["can_wait"]:
            saved += a_day([job], "batch")
        return saved / before


TOLD["1.3"] += [
    (staying_forgotten, "your new bill lacks the jobs that cannot wait"),
    (returned_in_the_loop, "inside the loop"),
    (lambda jobs: a_day([j for j in jobs if not j["can_wait"]], "batch") / a_day(jobs, "standard"),
     "You moved the jobs that cannot wait"),
]  # fmt: skip
WRONG["1.4"] += [
    lambda fee, share, cost: up(math.ceil(fee / share) / cost),  # whole dollars a person
    lambda fee, share, cost: up(fee / (1 - share or 1) / cost),
    lambda fee, share, cost: up(fee / share / cost / 30),  # a day's
]
TOLD["1.4"] += [
    (lambda fee, share, cost: up(fee * (1 + (1 - share)) / cost), "the idle share to the fee"),
    (lambda fee, share, cost: math.ceil(round(fee / share / cost, 2)), "Two digits are too few"),
    (lambda fee, share, cost: int(fee / share / cost) + 1, "comes out even"),
    (lambda fee, share, cost: up(fee / cost), "the seats that nobody uses"),
    (lambda fee, share, cost: fee / share / cost, "Requests come whole"),
    (lambda fee, share, cost: round(fee / share / cost, 6), "Requests come whole"),
    (lambda fee, share, cost: math.ceil(fee / (share * cost)), "`round(..., 6)` first"),
    (lambda fee, share, cost: -(-fee // (share * cost)), "`round(..., 6)` first"),
]
RIGHT["1.4"] += [
    lambda fee, share, cost: -(-Fraction(str(fee)) // (Fraction(str(share)) * Fraction(str(cost)))),
    lambda fee, share, cost: np.ceil(np.round(fee / np.float64(share) / cost, 6)),
]


def job_usd(job: Any, tier: Any) -> float:
    sent, written = job["input_tokens"], job["output_tokens"]
    return job["requests"] * (sent * tier["input"] + written * tier["output"]) / 1e6


def in_time(job: Any, tiers: Any) -> list[Any]:
    return [tier for tier in tiers.values() if tier["wait_hours"] <= job["deadline_hours"]]


def least_usd(jobs: Any, tiers: Any) -> float:
    return sum(min(job_usd(job, tier) for tier in in_time(job, tiers)) for job in jobs)


@wrong("1.5")
def nearest_wait(jobs: Any, tiers: Any) -> float:
    def far(job: Any, tier: Any) -> float:
        return abs(tier["wait_hours"] - job["deadline_hours"])

    best = [min(in_time(job, tiers), key=lambda tier: -far(job, tier)) for job in jobs]
    return sum(map(job_usd, jobs, best))


def stops_early(jobs: Any, tiers: Any) -> float:
    total = 0.0
    for job in jobs:
        total += least_usd([job], tiers)
        return total
    return total


WRONG["1.5"] += [
    lambda jobs, tiers: sum(max(job_usd(j, t) for t in in_time(j, tiers)) for j in jobs),
    lambda jobs, tiers: sum(  # minutes for hours
        min(job_usd(j, t) for t in tiers.values() if t["wait_hours"] <= 60 * j["deadline_hours"])
        for j in jobs
    ),
    lambda jobs, tiers: least_usd(jobs, {n: t for n, t in tiers.items() if t["wait_hours"] < 24}),
]
TOLD["1.5"] += [
    (stops_early, "inside the loop"),
    (lambda jobs, tiers: sum(job_usd(j, in_time(j, tiers)[0]) for j in jobs), "the first tier"),
    (lambda jobs, tiers: sum(job_usd(j, min(in_time(j, tiers), key=lambda t: t["output"]))
                             for j in jobs), "output rate alone"),
    (lambda jobs, tiers: min(sum(job_usd(j, t) for j in jobs) for t in tiers.values()
                             if all(t in in_time(j, tiers) for j in jobs)), "all jobs to one"),
]  # fmt: skip


@right("1.5")
def tier_by_tier(jobs: Any, tiers: Any) -> float:
    best = [math.inf] * len(jobs)
    for tier in sorted(tiers.values(), key=lambda tier: -tier["wait_hours"]):
        for place, job in enumerate(jobs):
            if not tier["wait_hours"] > job["deadline_hours"]:
                best[place] = min(best[place], job_usd(job, tier))
    return math.fsum(best)


@right("1.5")
def as_a_matrix(jobs: Any, tiers: Any) -> Any:
    usd = [[job_usd(j, t) if t in in_time(j, tiers) else math.nan for t in tiers.values()]
           for j in jobs]  # fmt: skip
    return np.nansum([np.nanmin(each) for each in usd])


def of_gemini(usage: Any) -> dict[str, Any]:
    counts = Counter(usage)
    output = counts["candidatesTokenCount"] + counts["thoughtsTokenCount"]
    cached = counts["cachedContentTokenCount"]
    return {"input": counts["promptTokenCount"], "cached": cached, "output": output}


WRONG["2.1"] += [
    lambda u: of_gemini(u) | {"output": abs(u.get("candidatesTokenCount", 0)
                                            - u.get("thoughtsTokenCount", 0))},
    lambda u: of_gemini(u) | {"output": max(u.get("candidatesTokenCount", 0),
                                            u.get("thoughtsTokenCount", 0))},
]  # fmt: skip
TOLD["2.1"] += [
    (lambda u: of_gemini(u) | {"cached": u.get("cachedContentTokenCount")}, "left out is 0"),
    (lambda u: of_gemini(u) | {"input": u["totalTokenCount"]}, "total for the input"),
    (lambda u: of_gemini(u) | {"cached": u["cachedContentTokenCount"]}, "KeyError"),
    (lambda u: tuple(of_gemini(u).values()), "A dictionary is wanted"),
    (lambda u: {name: count for name, count in of_gemini(u).items() if count}, "with the keys"),
    (lambda u: {f"{name}_tokens": count for name, count in of_gemini(u).items()}, "with the keys"),
]


@right("2.1")
def takes_it_apart(usage: Any) -> dict[str, int]:
    usage.pop("totalTokenCount")
    found = {"input": usage.pop("promptTokenCount")}
    found["cached"] = usage.pop("cachedContentTokenCount", 0)
    return found | {"output": sum(usage.values())}


RIGHT["2.1"] += [of_gemini, lambda u: defaultdict(int, of_gemini(u))]


def reasoned(usage: Any) -> int:
    return (usage["output_tokens_details"] or {"reasoning_tokens": 0})["reasoning_tokens"]


def tiled(tokens: Answer, whole: Answer = math.ceil, side: Answer = min) -> Answer:
    def of(width: float, height: float, detail: str) -> Any:
        if detail == "low":
            return 85
        scale = min(1, 2048 / max(width, height))
        width, height = width * scale, height * scale
        scale = min(1, 768 / side(width, height))
        width, height = width * scale, height * scale
        return tokens(whole(width / 512), whole(height / 512))

    return of


def patches(width: int, height: int) -> int:
    return image_tokens(width, height, role("anthropic", "flagship"))


def fitted(give: Answer, height_at: Answer = lambda w, h, n: max(1, round(h * n / w))) -> Answer:
    def of(width: int, height: int, budget: int) -> Any:
        for narrower in range(width, 0, -1):
            if patches(narrower, at := height_at(width, height, narrower)) <= budget:
                return give(narrower, at)
        return None

    return of


def chat_usd(usage: Any, rates: Any, ordinary: str = "input", cached: str = "cached_input",
             output: Answer = lambda usage: usage["completion_tokens"]) -> float:  # fmt: skip
    held = usage["prompt_tokens_details"]["cached_tokens"]
    into = (usage["prompt_tokens"] - held) * rates[ordinary] + held * rates[cached]
    return (into + output(usage) * rates["output"]) / 1e6


TOLD["2.2"] += [
    (lambda u, rate: ((u["output_tokens"] - reasoned(u)) / u["output_tokens"],
                      (u["output_tokens"] - reasoned(u)) * rate / 1e6), "the answer's share"),
    (lambda u, rate: (reasoned(u) / u["output_tokens"],
                      reasoned(u) / u["output_tokens"] * rate / 1e6), "what is paid are tokens"),
]  # fmt: skip
TOLD["2.3"] += [
    (tiled(lambda across, down: 170 * across * down), "left out the base"),
    (tiled(lambda across, down: (85 + 170) * across * down), "the base for each tile"),
    (tiled(lambda across, down: 85 + 170 * across + 170 * down), "multiply them"),
    (tiled(lambda across, down: 85 + 170 * across * down, int), "did not round up"),
    (tiled(lambda across, down: 85 + 170 * across * down, round), "did not round up"),
    (tiled(lambda across, down: 85 + 170 * across * down, lambda n: int(n) + 1), "ends with one"),
    (tiled(lambda across, down: 85 + 170 * across * down, side=max), "the short one"),
]
TOLD["2.4"] += [
    (fitted(lambda n, at: n, lambda w, h, n: h), "kept the height"),
    (fitted(patches), "Those are the tokens"),
    (lambda w, h, budget: next(n for n in range(1, w + 1) if patches(
        n, max(1, round(h * n / w))) <= budget), "from 1 up"),
]  # fmt: skip
TOLD["2.5"] += [
    (lambda heard, spoken, rates: heard * 600 + spoken * 1_200, "Those are the tokens"),
    (lambda heard, spoken, rates: (heard * 100 * rates["input_audio"]
                                   + spoken * 50 * rates["output_audio"]) / 1e6, "milliseconds"),
    (lambda heard, spoken, rates: (heard * 60 * 100 * rates["input_audio"]
                                   + spoken * 60 * 50 * rates["output_audio"]) / 1e6,
     "milliseconds"),
    (lambda heard, spoken, rates: (heard * 600 + spoken * 1_200) * rates["input_audio"] / 1e6,
     "one of its own"),
    (lambda heard, spoken, rates: (audio_tokens(heard) * rates["input_audio"] + audio_tokens(
        spoken, "output") * rates["output_audio"]) / 1e6, "tokens a second"),
]  # fmt: skip
TOLD["2.6"] += [
    (lambda u, rates: chat_usd(u, rates, "cached_input", "input"), "swapped the two rates"),
    (lambda u, rates: chat_usd(
        u, rates, output=lambda u: u["completion_tokens_details"]["reasoning_tokens"]),
     "the reasoning alone"),
]  # fmt: skip
RIGHT["2.3"] += [tiled(lambda across, down: 85.0 + down * across * 170)]
RIGHT["2.4"] += [fitted(lambda n, at: np.int64(n))]
RIGHT["2.6"] += [chat_usd]


def test_no_input_of_2_6_asks_more_for_a_cached_token() -> None:
    rates = [trial.args[1] for trial in EXERCISES["2.6"].trials]
    assert all(0 < each["cached_input"] <= each["input"] for each in rates)


def off_in_a_batch(
    calls: Any, short: float, least: int, middle: Answer = median,
    answered: Answer = lambda row: row["status"] == "ok",
    saved: Answer = lambda rows: sum(row["usd"] - row["batch_usd"] for row in rows),
) -> dict[str, Any]:  # fmt: skip
    by = defaultdict(list)
    for row in filter(answered, calls):
        by[row["feature"]].append(row)
    return {
        feature: saved(rows)
        for feature, rows in by.items()
        if len(rows) >= least and middle([row["output_tokens"] for row in rows]) <= short
    }


WRONG["4.6"] += [
    lambda *a: off_in_a_batch(*a, middle=max),
    lambda *a: off_in_a_batch(*a, middle=min),
    lambda *a: {f: usd for f, usd in off_in_a_batch(*a).items() if usd > 0},
    lambda *a: off_in_a_batch(*a) or None,
    lambda *a: sum(off_in_a_batch(*a).values()),
    lambda *a: list(off_in_a_batch(*a)),
]
TOLD["4.6"] += [
    (lambda *a: off_in_a_batch(*a, middle=lambda x: sorted(x)[len(x) // 2]), "even number"),
    (lambda *a: off_in_a_batch(*a, middle=median_high), "even number"),
    (lambda calls, short, least: off_in_a_batch(calls, short, least + 1), "`least` of them"),
    (lambda *a: off_in_a_batch(*a, answered=lambda row: row["status"] != "error"), "timed out"),
    (lambda *a: dict.fromkeys({row["feature"] for row in a[0]}, 0) | off_in_a_batch(*a),
     "leave it out"),
    (lambda *a: off_in_a_batch(*a, saved=lambda rows: np.mean(
        [row["usd"] - row["batch_usd"] for row in rows])), "on one call"),
    (lambda *a: off_in_a_batch(*a, saved=lambda rows: sum(
        row["batch_usd"] - row["usd"] for row in rows)), "the sign is not"),
]  # fmt: skip
RIGHT["4.6"] += [
    lambda *a: off_in_a_batch(*a, middle=lambda lengths: np.percentile(lengths, 50)),
    lambda *a: {f: Decimal(str(usd)) for f, usd in reversed(off_in_a_batch(*a).items())},
]


def fullest(lines: Any, better: Answer = lambda one, two: one > two) -> list[Any]:
    kept: dict[str, Any] = {}
    for line in lines:
        known = kept.setdefault(line["id"], line)
        if better(line["output_tokens"], known["output_tokens"]):
            kept[line["id"]] = line
    return list(kept.values())


def summed(lines: Any) -> tuple[float, int]:
    usd = [line["usd"] for line in lines]
    return sum(each for each in usd if each is not None), usd.count(None)


WRONG["4.7"] += [
    lambda lines: (sum({line["usd"] or 0 for line in fullest(lines)}), summed(fullest(lines))[1]),
    lambda lines: (summed(lines)[0], summed(fullest(lines))[1]),
    lambda lines: summed(fullest(lines, lambda one, two: one < two)),
    lambda lines: (summed(fullest(lines))[0] / max(1, len(lines)), summed(fullest(lines))[1]),
]
TOLD["4.7"] += [
    (lambda lines: summed(fullest(lines))[::-1], "in the other order"),
    (lambda lines: (sum(line["usd"] or 0 for line in fullest(lines)),
                    sum(not line["usd"] for line in fullest(lines))), "costs 0 has a price"),
    (lambda lines: (None, n) if (n := summed(fullest(lines))[1]) else summed(fullest(lines)),
     "give no sum"),
    (lambda lines: summed([each for each in lines if each["output_tokens"] == max(
        other["output_tokens"] for other in lines if other["id"] == each["id"])]), "added up all"),
    (lambda lines: summed(fullest(each for each in lines if each["usd"])), "without a price"),
    (lambda lines: summed(fullest(lines))[0], "A tuple"),
]  # fmt: skip
RIGHT["4.7"] += [
    lambda lines: list(summed(fullest(lines, lambda one, two: one >= two))),
    lambda lines: summed(
        {
            line["id"]: line for line in sorted(lines, key=lambda line: line["output_tokens"])
        }.values()
    ),
]


def fitting(scores: Any, lengths: Any, always: Any, budget: int, key: Answer | None = None) -> Any:
    sent, left = set(always), budget - sum(lengths[n] for n in always)
    for n in sorted(set(range(len(scores))) - sent, key=key or (lambda n: (-scores[n], n))):
        if lengths[n] <= left:
            sent.add(n)
            left -= lengths[n]
    return sorted(sent)


def looked_up(scores: Any, lengths: Any, always: Any, budget: int) -> Any:
    """Whose score it is, it asks the list, which knows the first of equal ones."""
    sent = list(always)
    for score in sorted(scores)[::-1]:
        n = scores.index(score)
        if n not in sent and sum(lengths[each] for each in [n, *sent]) <= budget:
            sent.append(n)
    return sorted(sent)


WRONG["6.2"] += [
    lambda s, t, a, b: fitting(s, t, a, b, lambda n: (-s[n], t[n])),
    lambda s, t, a, b: fitting(s, t, a, b, lambda n: (-round(s[n]), n)),
    lambda s, t, a, b: [n + 1 for n in fitting(s, t, a, b)],
    lambda s, t, a, b: [t[n] for n in fitting(s, t, a, b)],
    lambda s, t, a, b: sorted({*a, *fitting(s, t, [], b)}),
    lambda s, t, a, b: [*a, *(n for n in fitting(s, t, a, b) if n not in a)],
    lambda s, t, a, b: set(fitting(s, t, a, b)),
]
TOLD["6.2"] += [
    (lambda s, t, a, b: fitting(s, t, a, b, list(np.argsort(s)[::-1]).index) if len(set(s)) ==
     len(s) else fitting(s, t, a, b, lambda n: (-s[n], -n)), "Of equal scores"),
    (lambda s, t, a, b: [n for n in range(len(s)) if n in a or
                         t[n] <= b - sum(t[each] for each in a)], "take off what you send"),
    (lambda s, t, a, b: [n for n in fitting(s, t, a, b) if n not in a], "`always` are missing"),
    (lambda s, t, a, b: [n for n in fitting(s, t, a, b) if s[n] or n in a], "score of 0"),
]  # fmt: skip
RIGHT["6.2"] += [
    lambda *a: np.array(fitting(*a)),
    lambda *a: (n for n in range(len(a[0])) if n in fitting(*a)),
]


def a_success(right: Any, usd: Any, wrong_usd: float, none: Any = math.inf) -> Any:
    good = sum(right)
    return (sum(usd) + (len(right) - good) * wrong_usd) / good if good else none


def first_that_shows(now: float, points: float) -> int:
    """Tries n after n, and rounds nothing."""
    worse, n = now - points, 1
    while points < 2.8 * math.sqrt((now * (1 - now) + worse * (1 - worse)) / n):
        n += 1
    return n


TOLD["6.1"] += [
    (first_that_shows, "you come to 91"),
    (lambda *a: 1 + math.floor(round(
        (2.8 / a[1]) ** 2 * (a[0] * (1 - a[0]) + (a[0] - a[1]) * (1 - a[0] + a[1])), 6)),
     "instead of adding 1"),
]  # fmt: skip
TOLD["6.4"] += [
    (lambda text: json.dumps(text), "read its value with `json.loads` first"),
    (lambda text: json.dumps(text, separators=(",", ":"), ensure_ascii=False), "one JSON string"),
]
WRONG["6.6"] += [
    lambda ok, usd, each: 1 / a_success(ok, usd, each) if a_success(ok, usd, each) else math.inf,
    lambda ok, usd, each: a_success(ok, usd, -each),
    lambda ok, usd, each: a_success([not one for one in ok], usd, each),
    lambda ok, usd, each: a_success(
        ok, [u * (1 if one else each) for one, u in zip(ok, usd, strict=True)], 0
    ),
]
TOLD["6.6"] += [
    (lambda ok, usd, each: a_success(ok, usd, 0) + each, "for the right answers as mistakes"),
    (lambda ok, usd, each: a_success(
        ok, [u if one else each for one, u in zip(ok, usd, strict=True)], 0),
     "the calls that went wrong"),
    (lambda ok, usd, each: a_success(ok, usd, each, none=0), "Nothing right is not free"),
    (lambda ok, usd, each: a_success(ok, usd, each, none=None), "Where nothing is right"),
    (lambda ok, usd, each: a_success(ok, usd, each) * (sum(ok) or 1), "all of it costs"),
    (lambda ok, usd, each: (sum(usd) + (len(ok) - sum(ok)) * each) / sum(ok), "ZeroDivisionError"),
]  # fmt: skip


@right("6.6")
def dollars_over_successes(ok: Any, usd: Any, each: float) -> Any:
    good = np.array(ok, dtype=bool)
    with np.errstate(all="ignore"):
        found = np.divide(np.sum(usd) + each * np.sum(~good), good.sum())
    return math.inf if np.isnan(found) else found


@right("6.6")
def successes_in_fractions(ok: Any, usd: Any, each: float) -> Any:
    paid = sum(Fraction(str(one)) for one in usd) + ok.count(False) * Fraction(str(each))
    try:
        return paid / ok.count(True)
    except ZeroDivisionError:
        return Decimal("Infinity")


def lasting(
    times: Any, read: float, lifetimes: Any, late: Answer = lambda write: write,
    names: Answer = lambda lifetimes: ["none", *lifetimes],
    gaps: Answer = lambda times: [two - one for one, two in pairwise(times)],
) -> str:  # fmt: skip
    def usd(name: str) -> float:
        if name == "none":
            return len(times)
        seconds, write = lifetimes[name]
        return write + sum(read if gap < seconds else late(write) for gap in gaps(times))

    return min(names(lifetimes), key=usd)


WRONG["7.4"] += [
    lambda t, *a: lasting([60 * each for each in t], *a),
    lambda t, *a: lasting([each / 60 for each in t], *a),
    lambda t, read, lives: lasting(t, read, {n: x for n, x in lives.items() if n in ("5m", "1h")}),
    lambda t, read, lives: next(
        (n for n, (s, _) in sorted(lives.items(), key=lambda life: life[1])
         if all(gap < s for gap in np.diff(t))), "none"),
    lambda *a: None if lasting(*a) == "none" else lasting(*a),
    lambda *a: lasting(*a, names=lambda lifetimes: ["none", *sorted(lifetimes)]),
    lambda *a: lasting(*a, late=lambda write: a[1] + write),
    lambda t, read, lives: (name := lasting(t, read, lives), lives.get(name)),
]  # fmt: skip
TOLD["7.4"] += [
    (lambda *a: lasting(*a, names=lambda lifetimes: [*lifetimes, "none"]), "costs no more than"),
    (lambda *a: lasting(*a, gaps=lambda t: [each - t[0] for each in t[1:]]), "the first request"),
    (lambda *a: lasting(*a, late=lambda write: 0), "pays for a write"),
    (lambda *a: lasting(*a, late=lambda write: 1), "pays for a write"),
    (lambda *a: lasting(*a, names=list), "no caching is cheapest"),
    (lambda *a: lasting(*a, gaps=lambda t: [0] * (len(t) - 1)), "live for ever"),
    # the first request compared with itself: a gap of 0, a read
    (lambda t, read, lives: min(["none", *lives], key=lambda n: len(t) if n == "none" else sum(
        read if y - x < lives[n][0] else lives[n][1] for x, y in pairwise([t[0], *t]))),
     "finds nothing"),
]  # fmt: skip
RIGHT["7.4"] += [
    lambda t, read, lives: ["none", *lives][int(np.argmin([
        len(t), *(w * len(t) - (w - read) * (np.diff(t) < s).sum() for s, w in lives.values())]))],
    lambda t, read, lives: min((round(usd, 9), place, name) for place, (usd, name) in enumerate(
        [(len(t), "none"), *((w + sum(read if y - x < s else w for x, y in pairwise(t)), name)
                             for name, (s, w) in lives.items())]))[2],
]  # fmt: skip


def lowest(
    values: Any, right: Any, most: float, none: Any = math.inf,
    holds: Answer = lambda wrong, hits, most: wrong <= most * hits,
    tried: Answer = lambda values, right: values,
) -> Any:  # fmt: skip
    good = []
    for least in tried(values, right):
        hits = [ok for value, ok in zip(values, right, strict=True) if value >= least]
        if holds(hits.count(False), len(hits), most):
            good.append(least)
    return min(good, default=none)


def sorted_away(values: Any, right: Any, most: float) -> Any:
    best, pairs = math.inf, sorted(zip(values, right, strict=True), reverse=True)
    for place in range(len(pairs)):
        wrong = [ok for _, ok in pairs[: place + 1]].count(False)
        best = pairs[place][0] if wrong / (place + 1) <= most else best
    return best


WRONG["7.6"] += [
    lambda *a: lowest(*a, tried=lambda values, right: [n / 100 for n in range(101)]),
    lambda *a: lowest(*a, holds=lambda wrong, hits, most: wrong <= int(most * hits + 0.5)),
    lambda *a: lowest(*a, holds=lambda wrong, hits, most: hits - wrong <= most * hits),
    lambda *a: lowest(*a, holds=lambda wrong, hits, most: round(wrong / hits, 1) <= most),
    lambda v, ok, most: lowest(v, ok, most) if any(ok) else math.inf,
    lambda v, ok, most: sorted(v)[int(most * len(v))] if v else math.inf,
]
TOLD["7.6"] += [
    (lambda *a: lowest(*a, holds=lambda wrong, hits, most: wrong < most * hits), "exactly that"),
    (lambda *a: lowest(*a, holds=lambda wrong, hits, most: wrong <= most * (hits - wrong)),
     "by the right ones"),
    (lambda *a: lowest(*a, tried=lambda v, ok: [x for x, good in zip(v, ok, strict=True) if good]),
     "whose hit is right"),
    (sorted_away, "equal similarities"),
    (lambda *a: lowest(*a, none=1), "`math.inf`"),
    *((lambda *a, none=none: lowest(*a, none=none), "`math.inf`") for none in (None, 0, -math.inf)),
]  # fmt: skip
RIGHT["7.6"] += [
    lambda v, ok, most: min(
        [x for x in v if np.mean(np.array(ok)[np.array(v) >= x]) >= 1 - most - 1e-12],
        default=np.inf),
    lambda v, ok, most: lowest(np.array(v), np.array(ok, bool).tolist(), most),
]  # fmt: skip


def way(
    ways: Any, second: float, request: Any,
    barred: Any = ("tools", "logprobs", "max_completion_tokens"),
    given: Answer = lambda request, name: request.get(name),
    many: Answer = lambda request: (request.get("n") or 1) > 1,
    usd: Answer = lambda usd, seconds, second: usd + seconds * second,
) -> str:  # fmt: skip
    refused = any(given(request, name) for name in barred) or many(request)
    left = [name for name in ways if not (refused and name == "predicted")]
    return min(left, key=lambda name: usd(*ways[name], second))


def refused_diff(file: float, overhead: float, failing: float, paid: Answer) -> float:
    """The change at which the diffs and the whole file cost the same, found by halving."""
    low, high = 0.0, float(file)
    for _ in range(200):
        half = (low + high) / 2
        diff = 2 * half + overhead
        cost = (1 - failing) * diff + failing * paid(diff, file)
        low, high = (half, high) if cost < file else (low, half)
    return low


TOLD["8.2"] += [
    (
        lambda file, overhead, failing: refused_diff(
            file, overhead, min(failing, 0.9), lambda diff, file: file
        ),
        "paid for, and then the whole file too",
    ),
    (lambda *a: refused_diff(*a, lambda diff, file: diff), "paid for, and then the whole file too"),
]
RIGHT["8.2"] += [lambda *a: refused_diff(*a, lambda diff, file: diff + file)]


def predicted(usage: Any, sent: float, written: float, off: Answer) -> tuple[float, float]:
    details = usage["completion_tokens_details"]
    counts = [details[f"{end}_prediction_tokens"] or 0 for end in ("accepted", "rejected")]
    made = usage["prompt_tokens"] * sent + usage["completion_tokens"] * written
    return made / 1e6, (made - off(*counts) * written) / 1e6


TOLD["8.4"] += [
    (lambda *a: predicted(*a, off=lambda accepted, rejected: 0), "numbers are equal"),
    (lambda *a: predicted(*a, off=lambda accepted, rejected: accepted), "writes the accepted"),
]
RIGHT["8.4"] += [lambda *a: predicted(*a, off=lambda accepted, rejected: rejected)]
WRONG["8.5"] += [
    lambda *a: way(*a, barred=("tools", "logprobs", "max_tokens")),
    lambda *a: way(*a, barred=("tools", "logprobs")),
    lambda *a: way(*a, many=lambda request: request.get("n", 1) != 1),
    lambda *a: way(*a, usd=lambda usd, seconds, second: usd + seconds * second / 60),
    lambda *a: way(*a, usd=lambda usd, seconds, second: usd * seconds * second),
    lambda *a: way(*a, usd=lambda usd, seconds, second: (usd, seconds)),
    lambda ways, *a: way(dict(sorted(ways.items())), *a),  # of equal ones the first by name
]
TOLD["8.5"] += [
    (lambda *a: way(*a, many=lambda request: False), "did not look at `n`"),
    (
        lambda *a: way(*a, given=lambda request, name: request.get(name) is not None),
        "only for None",
    ),
    (lambda *a: way(*a, usd=lambda usd, seconds, second: -usd - seconds * second), "the dearest"),
    (lambda *a: (way(*a), 0), "Text is wanted"),
]
RIGHT["8.5"] += [
    lambda ways, second, request: way(ways, second, {k: v for k, v in request.items() if v}),
    lambda ways, second, request: list(ways)[int(np.argmin([
        math.inf if name == "predicted" and way({"predicted": (0, 0), "": (1, 0)}, 0, request) == ""
        else usd + seconds * second for name, (usd, seconds) in ways.items()]))],
]  # fmt: skip


def grown(
    floors: Any, learn: int, growth: float, days: int, middle: Answer = median,
    above: Answer = lambda floor, bound: floor > bound,
) -> int | None:  # fmt: skip
    running = 0
    for day in range(learn, len(floors)):
        high = above(floors[day], (1 + growth) * middle(floors[day - learn : day]))
        running = running + 1 if high else 0
        if running == days:
            return day - days + 1
    return None


def a_resolved(
    rows: Any, feature: str, resolved: Any, unknown: Answer = lambda usd: usd is None,
    won: Answer = set, over: Answer = lambda usd, runs: usd / runs if runs else math.inf,
) -> Any:  # fmt: skip
    mine = [row for row in rows if row["feature"] == feature]
    if any(unknown(row["usd"]) for row in mine):
        return None
    runs = won(row["run"] for row in mine if row["run"] in resolved)
    return over(sum(row["usd"] for row in mine), len(runs))


def unpaid(
    tools: Any, calls: int, rate: float, most: float,
    goes: Answer = lambda usd, most, uses: uses == 0 or usd / uses > most * (1 + 1e-9),
) -> list[str]:  # fmt: skip
    return [tool["name"] for tool in tools
            if goes(tool["tokens"] * calls * rate / 1e6, most, tool["uses"])]  # fmt: skip


WRONG["4.5"] += [  # a bound that nobody gave, and a default for what may be 0
    lambda floors, learn, growth, days: grown(floors, learn, growth, min(days, 3)),
    lambda floors, learn, growth, days: grown(floors, min(learn, 7), growth, days),
    lambda floors, learn, growth, days: grown(floors, learn, growth or 0.05, days),
    lambda *a: grown(*a, middle=max),
]
TOLD["4.5"] += [
    (lambda *a: grown(*a, middle=lambda x: sorted(x)[len(x) // 2]), "one of the two"),
    (lambda *a: grown(*a, above=lambda floor, bound: floor >= bound), "at exactly"),
]
RIGHT["4.5"] += [
    # another way to say "above", which floats may round otherwise
    lambda floors, learn, growth, days: grown(
        floors, learn, 0, days, above=lambda floor, usual: floor / usual - 1 > growth
    ),
    lambda *a: grown(*a, middle=np.median),
    lambda *a: grown(*a) or None,  # day 0 is never high
]
TOLD["4.1"] += [
    (lambda rows, name, won: a_resolved([r for r in rows if r["usd"] is not None], name, won),
     "rows without a cost"),
    (lambda *a: a_resolved(*a, unknown=lambda usd: not usd), "0 is known"),
    (lambda *a: a_resolved(*a, won=list), "each conversation once"),
]  # fmt: skip
TOLD["4.1"] += [
    (lambda *a: None if a_resolved(*a) == math.inf else a_resolved(*a), "return infinity"),
    (lambda *a: 0.0 if a_resolved(*a) == math.inf else a_resolved(*a), "return infinity"),
    (lambda rows, name, won: a_resolved([r for r in rows if r["run"] in won], name, won),
     "the unresolved conversations"),
    (lambda rows, name, won: a_resolved(
        rows, name, set(won) & {r["run"] for r in rows if r["status"] == "ok"}), "no answer"),
]  # fmt: skip


def looped(rows: Any, repeats: int, of: Answer) -> float:
    """The waste of a run; `of` takes the attempts at a prompt and the place of its first answer."""
    wasted = 0.0
    for prompt in {row["prompt"] for row in rows}:
        mine = [row for row in rows if row["prompt"] == prompt]
        answers = [place for place, row in enumerate(mine) if row["status"] == "ok"]
        if len(answers) > repeats + 1:
            wasted += sum(row["usd"] for row in of(mine, answers[0]))
    return wasted


def counting(rows: Any, repeats: int, wasted: Answer) -> float:
    answers: dict[str, int] = defaultdict(int)
    usd = 0.0
    for row in rows:
        usd += row["usd"] * wasted(row, answers[row["prompt"]] > repeats)
        answers[row["prompt"]] += row["status"] == "ok"
    return usd


TOLD["4.2"] += [
    (lambda *a: looped(*a, of=lambda mine, first: mine[:first] + mine[first + 1 :]), "led to it"),
    (lambda *a: counting(*a, wasted=lambda row, late: late), "forgave the first"),
    (lambda *a: counting(*a, wasted=lambda row, late: late and row["status"] == "ok"),
     "forgave the first"),
]  # fmt: skip
RIGHT["4.2"] += [lambda *a: looped(*a, of=lambda mine, first: mine[first + 1 :])]


def parted(ours: Any, theirs: Any, rates: Any, per: float = 1e6) -> tuple[float, float, float]:
    usd = (
        (theirs["cached"] - ours["cached"]) / per * (rates["cached"] - rates["input"]),
        (theirs["output"] - ours["output"]) / per * rates["output"],
    )
    return *usd, theirs["usd"] - ours["usd"] - sum(usd)


TOLD["4.4"] += [
    (lambda *a: parted(*a, per=1), "1,000,000 times too large"),
    (lambda *a: parted(*a, per=1e3), "1,000 times too large"),
    (lambda *a: (parted(*a)[1], parted(*a)[0], parted(*a)[2]), "wanted first"),
]
RIGHT["4.4"] += [lambda *a: [Decimal(str(usd)) for usd in parted(*a)]]
TOLD["4.5"] += [
    (lambda *a: None if grown(*a) is None else grown(*a) + 1, "from 1"),
    (lambda floors, learn, growth, days: grown(floors, learn, growth, days + 1), "one day more"),
    (lambda floors, *a: grown(floors[:-1], *a), "last day of the list"),
    (lambda *a: -1 if grown(*a) is None else grown(*a), "return None"),
    (lambda floors, learn, growth, days: next((
        day for day in range(learn, len(floors) - days + 1)
        if all(floors[n] > (1 + growth) * median(floors[:n]) for n in range(day, day + days))
    ), None), "all days before"),
]  # fmt: skip
TOLD["4.6"] += [
    (lambda calls, short, least: {
        feature: usd for feature, usd in off_in_a_batch(calls, short, 1).items()
        if sum(row["feature"] == feature for row in calls) >= least}, "among the `least`"),
]  # fmt: skip
RIGHT["4.1"] += [
    lambda rows, name, won: a_resolved(rows[::-1], name, won[::-1]),
    lambda *a: np.divide(*usd) if (usd := a_resolved(*a, over=lambda x, y: (x, y))) and usd[1]
    else usd and np.inf,
]  # fmt: skip
WRONG["6.7"] += [
    lambda *a: unpaid(*a, goes=lambda usd, most, uses: not uses or round(usd / uses, 4) > most),
    lambda *a: unpaid(*a, goes=lambda usd, most, uses: usd / (uses + 1) > most),
    lambda *a: unpaid(*a) or None,
]
TOLD["6.7"] += [
    (lambda *a: unpaid(*a, goes=lambda usd, most, uses: not uses or usd > most), "for each use"),
    (lambda *a: unpaid(*a, goes=lambda usd, most, uses: usd / (uses or 1) > most + 1e-9),
     "counted a use"),
    (lambda *a: unpaid(*a, goes=lambda usd, most, uses: not uses or usd * uses > most),
     "multiplied by the uses"),
    (lambda *a: set(unpaid(*a)), "A list is wanted"),
]  # fmt: skip
RIGHT["6.7"] += [lambda *a: (name for name in unpaid(*a)), lambda *a: np.array(unpaid(*a), str)]


def policy_usd(usd: Answer) -> Answer:
    return lambda policies, mistake: min(policies, key=lambda name: usd(*policies[name], mistake))


WRONG["6.8"] += [
    policy_usd(lambda ok, call, mistake: round(call + (1 - ok) * mistake, 2)),
    policy_usd(lambda ok, call, mistake: call / ok if ok else math.inf),
    lambda policies, mistake: policy_usd(lambda ok, call, mistake: call + (1 - ok) * mistake)(
        dict(sorted(policies.items())), mistake),
]  # fmt: skip
TOLD["6.8"] += [
    (policy_usd(lambda ok, call, mistake: (1 - ok) * (call + mistake)), "calls that went right"),
    (policy_usd(lambda ok, call, mistake: call + ok * mistake), "paid for the right answers"),
    (lambda policies, mistake: policy_usd(lambda ok, call, mistake: call + (1 - ok) * mistake)(
        dict(reversed(policies.items())), mistake), "took the last"),
]  # fmt: skip
RIGHT["6.8"] += [  # in the orders that floats round differently
    policy_usd(lambda ok, call, mistake: call + mistake - ok * mistake),
    policy_usd(lambda ok, call, mistake: ok * call + (1 - ok) * (call + mistake)),
    policy_usd(lambda ok, call, mistake: call - ok * mistake),
    policy_usd(lambda ok, call, mistake: 1_000 * call + 1_000 * (1 - ok) * mistake),
]
WRONG["7.3"] += [
    lambda read, write: next(n for n in range(1, 10**4) if round(write + n * read, 2) < 1 + n),
    lambda read, write: next(
        (n for n in range(1, 100) if round(write + n * read, 6) < 1 + n), None
    ),
]
TOLD["7.3"] += [
    (lambda read, write: (write - 1) / (1 - read), "Reuses come whole"),
    (lambda read, write: max(1, (write - 1) / (1 - read)), "Reuses come whole"),
]
RIGHT["7.3"] += [
    lambda read, write: next(n for n in range(10**4) if round(write + n * read, 6) < 1 + n),
    lambda read, write: np.floor(round((write - 1) / (1 - read), 6)) + 1.0,
]
WRONG["1.4"] += [
    lambda fee, share, cost: up(int(100 * fee) / share / (100 * cost)),  # cents, cut off
    lambda fee, share, cost: up(fee / share / max(0.001, round(cost, 3))),
]


def as_mine(function: Answer, change: Answer, place: int = 0) -> Answer:
    """A right answer that first does something to one of its arguments."""

    def changed(*args: Any) -> Any:
        mine = list(args)
        mine[place] = change(mine[place])
        return function(*mine)

    return changed


def in_each(name: str, change: Answer) -> Answer:
    """Changes one entry of each row."""
    return lambda rows: [row | {name: change(row[name])} for row in rows]


def each_once(things: Any) -> list[Any]:
    """As `drop_duplicates` and `set` leave them."""
    return [thing for n, thing in enumerate(things) if thing not in things[:n]]


def tied(first: Answer) -> Answer:
    """Puts a dictionary into another order, in which another of equal ones comes first."""
    return lambda named: dict(sorted(named.items(), key=lambda pair: first(*pair)))


def right_one(number: str) -> Answer:
    exercise = next(e for e in lesson_exercises(int(number[0])) if e.id == number)
    return exercise.right[0]


def whole_or_by_halves(width: int, height: int, budget: int) -> int:
    def fits(narrower: int) -> bool:
        lower = max(1, round(height * narrower / width))
        model = role("anthropic", "flagship")
        return image_tokens(narrower, lower, model) <= budget

    low, high = 1, width
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(middle) else (low, middle - 1)
    return width if fits(width) else low


def from_the_top(margins: Any, right: Any, accuracy: float) -> float | None:
    """Counts from the largest margin down, and looks after each question."""
    good, best = 0, None
    pairs = sorted(zip(margins, right, strict=True), key=lambda pair: pair[0], reverse=True)
    for count, (margin, ok) in enumerate(pairs, 1):
        good += ok
        best = margin if at_least(good, count) >= accuracy else best
    return best


WRONG["1.4"] += [
    lambda fee, share, cost: up(fee / share / cost, 4),
    lambda fee, share, cost: math.ceil(round(fee / share / cost - 1e-3, 6)),
]
WRONG["1.5"] += [
    *(
        as_mine(right_one("1.5"), in_each("deadline_hours", change))
        for change in (int, lambda hours: round(hours, 1), lambda hours: min(hours, 48))
    ),
    as_mine(right_one("1.5"), lambda tiers: dict(list(tiers.items())[:4]), 1),
]
TOLD["2.4"] += [(whole_or_by_halves, "A wider picture may cost less")]
TOLD["2.2"] += [
    (lambda *a: (right_one("2.2")(*a)[0], 1_000 * right_one("2.2")(*a)[1]),
     "`[1]`: The digits are right, 1,000 times too large"),
    (lambda *a: (round(right_one("2.2")(*a)[0], 2), right_one("2.2")(*a)[1]),
     "`[0]`: You rounded"),
]  # fmt: skip
TOLD["4.4"] += [(lambda *a: (*parted(*a)[:2], -parted(*a)[2]), "`[2]`: The size")]
WRONG["3.7"] += [lambda *a: round(worst(*a), 6), lambda *a: round(worst(*a), 7)]
WRONG["4.1"] += [
    lambda rows, name, won: a_resolved(
        [row | {"feature": name} for row in rows if name in row["feature"]], name, won
    ),
]
WRONG["4.2"] += [
    as_mine(lambda *a: looped(*a, of=lambda mine, first: mine[first + 1 :]),
            lambda rows: [row for row in rows if row["usd"]]),
]  # fmt: skip
TOLD["6.2"] += [
    (lambda s, t, a, b: [n for n in fitting(s, t, a, b) if s[n] > 0 or n in a], "of 0 or less"),
    (looked_up, "two equal scores"),
]
TOLD["6.3"] += [
    (lambda *a: max(0.0, right_one("6.3")(*a)), "worse than the lot"),
    (lambda *a: abs(right_one("6.3")(*a)), "worse than the lot"),
]
TOLD["6.6"] += [
    (lambda ok, usd, each: (sum(usd) + sum(u + each for one, u in zip(ok, usd, strict=True)
                                           if not one)) / sum(ok) if any(ok) else math.inf,
     "went wrong twice"),
]  # fmt: skip
TOLD["5.3"] += [(from_the_top, "parted questions that have the same margin")]
WRONG["5.5"] += [lambda parts, room: right_one("5.5")(parts, room or 1)]
WRONG["6.2"] += [
    as_mine(right_one("6.2"), lambda scores: [round(score, 1) for score in scores]),
    as_mine(right_one("6.2"), lambda scores: [max(0, score) for score in scores]),
]
WRONG["6.4"] += [
    lambda text: unicodedata.normalize("NFC", right_one("6.4")(text)),
    lambda text: json.dumps(json.loads(text, parse_float=lambda digits: round(float(digits), 2)),
                            separators=(",", ":"), ensure_ascii=False),
    lambda text: right_one("6.4")(text) + "\n",
]  # fmt: skip
WRONG["6.6"] += [
    lambda *a: right_one("6.6")(*a) or math.inf,
    lambda *a: right_one("6.6")(*a) or None,
    lambda *a: round(right_one("6.6")(*a), 4),
]
WRONG["6.8"] += [as_mine(right_one("6.8"), tied(lambda name, pair: pair[1]))]
WRONG["7.4"] += [as_mine(right_one("7.4"), tied(lambda name, pair: pair), 2)]
WRONG["7.4"] += [as_mine(right_one("7.4"), tied(lambda name, pair: pair[1]), 2)]
WRONG["7.6"] += [
    lambda *a: round(right_one("7.6")(*a), 1),
    lambda cosines, right, most: lowest(cosines, right, most / 100),
    lambda cosines, right, most: lowest(cosines, right, 0.02),
]
WRONG["8.2"] += [lambda *a: round(right_one("8.2")(*a), 2)]
WRONG["8.5"] += [as_mine(right_one("8.5"), tied(lambda name, pair: pair[0]))]

# The right answer to an input that was made simpler first.
WRONG["3.1"] += [
    as_mine(
        right_one("3.1"),
        lambda ms: [m | {"content": m["content"].replace("\n", " ")} for m in ms],
    )
]
WRONG["3.2"] += [as_mine(right_one("3.2"), lambda values: [v for v in values if v] or [0])]
WRONG["4.5"] += [
    lambda *a, way=way: grown(*a, above=lambda floor, line: floor > way(line))
    for way in (round, math.ceil)
]
WRONG["5.3"] += [
    as_mine(right_one("5.3"), lambda accuracy: min(accuracy, 0.9), 2),
    as_mine(right_one("5.3"), lambda margins: [round(margin, 2) for margin in margins]),
]
WRONG["5.4"] += [
    as_mine(right_one("5.4"), lambda left: round(left, 2), 1),
    as_mine(right_one("5.4"), lambda steps: [(n, round(usd, 2), a) for n, usd, a in steps]),
]
WRONG["6.4"] += [
    lambda text: (
        json.dumps(json.loads(text), separators=(",", ":")).encode().decode("unicode_escape")
    ),
    lambda text: re.sub(
        r"\\u(....)",
        lambda found: chr(int(found[1], 16)),
        json.dumps(json.loads(text), separators=(",", ":")),
    ),
]
TOLD["5.1"] += [
    (
        lambda account, most, call: (guarded()(account, most, call), call())[1],
        "you made 2 calls: one is wanted",
    )
]

EXERCISES = {e.id: e for lesson in lessons() for e in lesson_exercises(lesson)}


def ids(answers: dict[str, list[Any]]) -> list[Any]:
    return [
        pytest.param(number, answer, id=f"{number}-{n}")
        for number, each in sorted(answers.items())
        for n, answer in enumerate(each)
    ]


@pytest.mark.parametrize(("number", "answer"), ids(WRONG))
def test_a_wrong_answer_is_not_accepted(number: str, answer: Answer) -> None:
    assert EXERCISES[number].check(answer).word == INCORRECT


@pytest.mark.parametrize("answer", ["guarded", 0.75, [0.75]])
def test_a_function_is_asked_for_where_an_answer_is_none(answer: Any) -> None:
    said = EXERCISES["5.1"].check(answer)
    assert said.word == CANNOT_CHECK and said.text.startswith("A function is wanted")


def test_an_async_function_is_called_one() -> None:
    async def guarded_later(account: Any, most: Any, call: Any) -> Any:
        return guarded()(account, most, call)

    said = EXERCISES["5.1"].check(guarded_later)
    assert said.word == CANNOT_CHECK and said.text.startswith("Your function is `async`")


@pytest.mark.parametrize("levers", [LEVERS, [["cache_prefix"]], ["cache_prefix", None]])
def test_the_capstone_asks_for_names_where_a_lever_is_none(levers: Any) -> None:
    said = EXERCISES["8.3"].check({"levers": levers, "margin": 0.55})
    assert said.word == CANNOT_CHECK and said.text.endswith("a list of names, each in quotes.")


def test_letters_may_stand_in_brackets() -> None:
    letters = EXERCISES["7.7"].right[0]
    assert EXERCISES["7.7"].check([f"({letter})" for letter in letters]).word == CORRECT


@pytest.mark.parametrize(("number", "answer"), ids(TOLD))
def test_a_known_mistake_is_named(number: str, answer: tuple[Answer, str]) -> None:
    function, fragment = answer
    said = EXERCISES[number].check(function)
    assert said.word == INCORRECT and fragment in said.text, said
    assert not said.general


@pytest.mark.parametrize(("number", "answer"), ids(RIGHT))
def test_a_right_answer_is_accepted_in_any_style(number: str, answer: Answer) -> None:
    said = EXERCISES[number].check(answer)
    assert said.word == CORRECT, said


@pytest.mark.parametrize("number", ["1.3", "1.5", "3.1", "3.2", "4.1", "4.2", "4.5", "4.6", "5.6"])
def test_equal_things_are_not_one_thing(number: str) -> None:
    """Where a statement allows equal ones, each counts: `set` and `drop_duplicates` lose some."""
    place = 1 if number == "5.6" else 0
    change = each_once
    if number == "5.6":  # of equal wishes one is kept

        def change(wishes: Any) -> Any:
            return {user: usd for usd, user in {usd: user for user, usd in wishes.items()}.items()}

    answer = as_mine(EXERCISES[number].right[0], change, place)
    assert EXERCISES[number].check(answer).word == INCORRECT


def test_a_text_is_never_called_right_in_size_or_rounded() -> None:
    """A line break behind the JSON is white space, and no number."""
    said = EXERCISES["6.4"].check(lambda text: right_one("6.4")(text) + "\n")
    assert said.general and "white space between the tokens" in said.text


@pytest.mark.parametrize(("times", "sum_"), [(2, "4.0"), (0.5, "1.0")])
def test_another_sum_than_most_is_named_where_it_was_set_aside(times: float, sum_: str) -> None:
    def guarded(account: Any, most: Any, call: Answer) -> Any:
        aside = most * Decimal(str(times)) if isinstance(most, Decimal) else most * times
        return call() if account.reserve(aside) else None

    assert (
        f"you called with {sum_} set aside: reserve `most`" in EXERCISES["5.1"].check(guarded).text
    )


@pytest.mark.parametrize("nothing", [None, "", "two dollars", ...])
def test_an_account_asks_for_amounts(nothing: Any) -> None:
    def guarded(account: Any, most: Any, call: Answer) -> Any:
        if account.reserve(most):
            cost = nothing
            try:
                cost = call()
            finally:
                account.settle(most, cost)
            return cost
        return None

    said = EXERCISES["5.1"].check(guarded)
    assert said.word == INCORRECT and "`account.settle` wants amounts in USD" in said.text


def test_a_dictionary_of_levers_may_say_no() -> None:
    chosen = dict.fromkeys(("cache_prefix", "batch_summaries", "answer_locally"), True)
    said = EXERCISES["8.3"].check({"levers": chosen | {"shorten_prompts": False}, "margin": 0.55})
    assert said.word == CANNOT_CHECK and said.text.endswith("a list of names, each in quotes.")
