"""The exercises of lesson 3, Cost estimation. Tokens, USD, rates in USD per million tokens."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np

from costlib.bank.traffic import questions, trace
from costlib.estimation.economics import break_even_utilisation
from costlib.estimation.estimate import conversation, fit_interval
from costlib.exercises.framework import Design, Function, Unreadable, call, number
from costlib.tokens.chat import count_chat
from costlib.tokens.text import count_text

# --- 3.1 The tokens of a chat -------------------------------------------------------------------

Messages = list[dict[str, str]]
CHAT_MODEL = "gpt-4.1"


def _text(text: str) -> int:
    return count_text(text, CHAT_MODEL).tokens


def _chat(messages: Messages, each: int = 3, priming: int = 3, roles: bool = True) -> int:
    said = sum(_text(m["content"]) + (_text(m["role"]) if roles else 0) for m in messages)
    return said + each * len(messages) + priming


def _message(role: str, content: str) -> dict[str, str]:
    return {"role": role, "content": content}


def _chat_cases(rng: Random) -> list[tuple[Messages]]:
    texts = list(questions()["text"])
    cases = []
    for turns in (1, 1, 2, 3, 5, 8):
        messages = [_message("system", "You answer questions about our cards and accounts.")]
        for _ in range(turns):
            messages.append(_message("user", rng.choice(texts)))
            messages.append(_message("assistant", rng.choice(texts)))
        cases.append((messages[:-1],))
    return cases


CHAT = Function(
    id="3.1",
    expected=lambda messages: count_chat(messages, CHAT_MODEL).tokens,
    cases=_chat_cases,
    by_hand=(
        # role "user" 1, "Hello, world" 3 (Hello / , / world), framing 3, priming of the reply 3
        (([_message("user", "Hello, world")],), 10),
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda messages: _chat(messages, 0, 0, False),
            "That is the text alone: each message is wrapped in tokens of its own, its role is one "
            "more, and the reply is primed.",
        ),
        (
            lambda messages: _chat(messages, 0, 0),
            "You left the framing out: there are tokens around every message, and some at the end.",
        ),
        (
            lambda messages: _chat(messages, priming=0),
            "You left out the tokens that open the reply: they come once, after the last message.",
        ),
        (
            lambda messages: _chat(messages, roles=False),
            "You left the roles out: the word in `role` is sent too.",
        ),
        (
            lambda messages: _chat(messages) + 3 * (len(messages) - 1),
            "You primed the reply once for every message: it happens once, at the end.",
        ),
        (
            lambda messages: (
                _text("".join(m["content"] for m in messages))
                + sum(_text(m["role"]) + 3 for m in messages)
                + 3
            ),
            "You joined the texts before counting: words melt together at the seams, so count each "
            "message by itself.",
        ),
        (
            lambda messages: sum(len(m["content"]) for m in messages) // 4,
            "You counted four characters a token: that is a rule of thumb, and the encoding of "
            "this model is public, so count.",
        ),
    ),
    explanation="Text, roles, the frame around each message, and the opening of the reply.",
    hints=(
        "What does the API receive besides the words of each message?",
        "For each message: the tokens of its content, of its role, and the frame around it.",
        "Add what opens the reply once, when all messages are counted.",
    ),
    right=(
        lambda messages: count_chat(messages, CHAT_MODEL).tokens,
        lambda messages: 3 + sum(3 + _text(m["role"]) + _text(m["content"]) for m in messages),
        _chat,
    ),
    wrong=(
        (lambda messages: sum(_text(m["content"]) for m in messages), "text alone"),
        (lambda messages: _chat(messages, 0, 0), "framing"),
        (lambda messages: _chat(messages, priming=0), "open the reply"),
        (lambda messages: _chat(messages, roles=False), "roles"),
        (lambda messages: _chat(messages) + 3 * (len(messages) - 1), "once for every"),
        (lambda messages: sum(len(m["content"]) for m in messages) // 4, "four characters"),
        (lambda messages: 10, "The first that is"),
    ),
)

# --- 3.2 A calibrated range ---------------------------------------------------------------------

SHARES = (0.5, 0.8, 0.9)
WITHIN = 0.02  # two points, as the statement says


@cache
def _halves(service: str) -> tuple[list[int], np.ndarray]:
    """Every other answer's length to fit on, the rest to test on."""
    lengths = trace(service)["GeneratedTokens"].to_numpy()
    return lengths[::2].tolist(), lengths[1::2]


def _ends(answer: Any, values: Sequence[int], share: float) -> tuple[float, float]:
    shown = f"{len(values):,} lengths and share={share}"
    result = call(answer, values, share, shown=shown)
    if result is None or result is ...:
        return math.nan, math.nan
    if not isinstance(result, tuple | list | np.ndarray) or len(result) != 2:
        raise Unreadable(f"With {shown}: two numbers are wanted, `return low, high`.")
    return number(result[0]), number(result[1])


def _calibrated(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    for service in ("conversation", "code"):
        fitted, unseen = _halves(service)
        for share in SHARES:
            low, high = _ends(answer, fitted, share)
            if math.isnan(low) and math.isnan(high):
                return None, ""
            covered = float(np.mean((unseen >= low) & (unseen <= high)))
            if abs(covered - share) > WITHIN:
                return False, _off(service, share, covered, low, high, fitted)
    return True, ""


def _off(
    service: str, share: float, covered: float, low: float, high: float, fitted: list[int]
) -> str:
    """What is wrong with a range, by the mistake that it looks like."""
    found = f"On the {service} trace the range for {share:.0%} held {covered:.1%} of unseen answers"
    if low > high:
        return f"On the {service} trace your low end is above your high end: return low, high."
    if high <= 1 < max(fitted):
        return f"{found}: the ends must be lengths in tokens, not shares."
    if low <= min(fitted) and high >= max(fitted):
        return f"{found}: from the least to the greatest holds everything, whatever was asked."
    mean, spread = float(np.mean(fitted)), float(np.std(fitted))
    if abs((low + high) / 2 - mean) < 0.02 * spread:
        return (
            f"{found}: mean plus or minus so many deviations suits a bell, and these lengths "
            "have no such shape. Use the values themselves, sorted."
        )
    if math.isclose(high, float(np.quantile(fitted, share)), rel_tol=0.02, abs_tol=0.5) and (
        low > min(fitted)
    ):
        return f"{found}: you cut the whole remainder from each side; half of it belongs to each."
    if service == "code" and covered > share:
        return (
            f"{found}: many answers have the same few lengths, and an end at such a length keeps "
            "all of them. Look for the pair of ends that holds closest to the share."
        )
    return f"{found}: {'too many' if covered > share else 'too few'}, by more than two points."


def _quantiles(values: Sequence[int], share: float) -> tuple[float, float]:
    low, high = np.quantile(values, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _from_the_least(values: Sequence[int], share: float) -> tuple[float, float]:
    return float(min(values)), float(np.quantile(values, share))


def _fitted(values: Sequence[int], share: float) -> tuple[float, float]:
    interval = fit_interval(values, share)
    return interval.low, interval.high


def _closest(values: Sequence[int], share: float) -> tuple[int, int]:
    """By search: for each low end the nearest high end, then the pair closest to the share."""
    ordered = np.sort(values)
    wanted = share * len(ordered)
    best, best_gap = (0, 0), math.inf
    for low in np.unique(ordered):
        first = np.searchsorted(ordered, low)
        if len(ordered) - first < wanted:
            break
        high = ordered[first + math.ceil(wanted) - 1]
        gap = np.searchsorted(ordered, high, side="right") - first - wanted
        if gap < best_gap:
            best, best_gap = (int(low), int(high)), gap
    return best


RANGE = Design(
    id="3.2",
    validate=_calibrated,
    explanation="The range keeps its promise on answers that it has not seen, ties and all.",
    hints=(
        "Sort the lengths. How many of them must lie inside, and where could the range begin?",
        "If it begins at one of the values, the high end follows: count `share * len(values)` on.",
        "Count what each candidate really holds, equal lengths included, and keep the pair whose "
        "share is closest to the one asked for.",
    ),
    right=(_fitted, _closest),
    wrong=(
        (_quantiles, "the same few lengths"),
        (_from_the_least, "the same few lengths"),
        (lambda values, share: (min(values), max(values)), "holds everything"),
        (
            lambda values, share: (
                np.mean(values) - 2 * np.std(values),
                np.mean(values) + 2 * np.std(values),
            ),
            "suits a bell",
        ),
        (
            lambda values, share: (np.quantile(values, 1 - share), np.quantile(values, share)),
            "half of it",
        ),
        (lambda values, share: _fitted(values, share)[::-1], "above your high end"),
        (lambda values, share: ((1 - share) / 2, (1 + share) / 2), "not shares"),
        (lambda values, share: (0, 0.7 * max(values)), "too many"),
        (lambda values, share: (values.low, values.high), "AttributeError"),
    ),
)

# --- 3.3 The cost of a conversation -------------------------------------------------------------

Rates = dict[str, float]


def _conversation(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    used = conversation(turns, system=system, question=question, answer=answer)
    return (used.input_tokens * rates["input"] + used.output_tokens * rates["output"]) / 1e6


def _of_history(
    history: Callable[[int, int, int], float],
    systems: Callable[[int], float] = lambda n: n,
) -> Callable[..., float]:
    """The cost when the history that is sent again is counted in another way."""

    def cost(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
        sent = systems(turns) * system + turns * question + history(turns, question, answer)
        return (sent * rates["input"] + turns * answer * rates["output"]) / 1e6

    return cost


_LINEAR = _of_history(lambda n, q, a: 0)
_ONE_SYSTEM = _of_history(lambda n, q, a: (q + a) * n * (n - 1) / 2, lambda n: 1)
_NO_ANSWERS = _of_history(lambda n, q, a: q * n * (n - 1) / 2)
_ONE_TOO_MANY = _of_history(lambda n, q, a: (q + a) * n * (n + 1) / 2)
_SQUARE = _of_history(lambda n, q, a: (q + a) * n * (n - 1))
_LAST_ONLY = _of_history(lambda n, q, a: (q + a) * (n - 1))


def _output_again(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    again = answer * turns * (turns - 1) / 2 * rates["output"] / 1e6
    return _conversation(turns, system, question, answer, rates) + again


def _step_by_step(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    total = 0.0
    for earlier in range(turns):
        sent = system + earlier * (question + answer) + question
        total += sent * rates["input"] + answer * rates["output"]
    return total / 1_000_000


def _conversation_cases(rng: Random) -> list[tuple[int, int, int, int, Rates]]:
    rates = ({"input": 4.0, "output": 20.0}, {"input": 0.1, "output": 0.5})
    return [
        (
            turns,
            rng.randrange(200, 8_000),
            rng.randrange(10, 400),
            rng.randrange(20, 900),
            rates[turns % 2],
        )
        for turns in (1, 2, 3, 5, 10, 25, 60)
    ]


CONVERSATION = Function(
    id="3.3",
    expected=_conversation,
    cases=_conversation_cases,
    by_hand=(
        # input 1,100 + 1,400 + 1,700 = 4,200 at 4; output 600 at 20: 16,800 + 12,000, per million
        ((3, 1_000, 100, 200, {"input": 4.0, "output": 20.0}), 0.0288),
        # 550 at 4 and 80 at 20: 2,200 + 1,600
        ((1, 500, 50, 80, {"input": 4.0, "output": 20.0}), 0.0038),
    ),
    misconceptions=(
        (
            _LINEAR,
            "You sent no history: the API remembers nothing, so each turn sends every earlier "
            "question and answer again.",
        ),
        (_ONE_SYSTEM, "You sent the system prompt once: it stands in front of every request."),
        (
            _NO_ANSWERS,
            "You sent only the earlier questions again: the model's answers are part of the "
            "history, and are input the next time.",
        ),
        (
            _ONE_TOO_MANY,
            "You counted one exchange too many in each turn: the first turn has no history yet.",
        ),
        (
            _SQUARE,
            "You sent the whole conversation with each turn: the history grows from nothing, so on "
            "average half of it is sent.",
        ),
        (
            _LAST_ONLY,
            "You sent only the exchange before: each turn sends all the earlier ones.",
        ),
        (
            _output_again,
            "You billed earlier answers as output again: sent back, they are input.",
        ),
        (
            lambda turns, system, question, answer, rates: (
                _conversation(turns, system, question, answer, rates) * 1e6
            ),
            "You did not divide: rates are in dollars per million tokens.",
        ),
    ),
    explanation="The history makes the input grow with the square of the number of turns.",
    hints=(
        "Write down what the first, the second and the third turn send.",
        "With `n` turns, how often is the first exchange sent again? And the last but one?",
        "0 + 1 + 2 + ... + (n - 1) is n (n - 1) / 2.",
    ),
    right=(_conversation, _step_by_step),
    wrong=(
        (_LINEAR, "no history"),
        (_ONE_SYSTEM, "in front of every"),
        (_NO_ANSWERS, "model's answers"),
        (_ONE_TOO_MANY, "one exchange too many"),
        (_SQUARE, "half of it"),
        (_LAST_ONLY, "all the earlier"),
        (_output_again, "they are input"),
        (lambda n, s, q, a, r: _step_by_step(n, s, q, a, r) * 1e6, "did not divide"),
        (lambda n, s, q, a, r: 0.01, "The first that is"),
    ),
)

# --- 3.4 A month as an interval -----------------------------------------------------------------

Draws = list[float]


def _cut(months: Sequence[float], share: float) -> tuple[float, float]:
    low, high = np.quantile(months, [(1 - share) / 2, (1 + share) / 2])
    return float(low), float(high)


def _month_range(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    return _cut(np.multiply(requests, usd), share)


def _corners(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    (few, many), (cheap, dear) = _cut(requests, share), _cut(usd, share)
    return few * cheap, many * dear


def _all_of_it(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    months = np.multiply(requests, usd)
    return float(months.min()), float(months.max())


def _volume_only(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    return _cut(np.multiply(requests, np.mean(usd)), share)


def _cost_only(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    return _cut(np.multiply(usd, np.mean(requests)), share)


def _tails_twice(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    low, high = np.quantile(np.multiply(requests, usd), [1 - share, share])
    return float(low), float(high)


def _sorted_apart(requests: Draws, usd: Draws, share: float) -> tuple[float, float]:
    return _cut(np.multiply(np.sort(requests), np.sort(usd)), share)


def _month_cases(rng: Random) -> list[tuple[Draws, Draws, float]]:
    cases = []
    for share in (0.8, 0.9, 0.8, 0.9, 0.5):
        requests = [round(1e6 * rng.lognormvariate(0, 0.25)) for _ in range(201)]
        usd = [round(0.03 * rng.lognormvariate(0, 0.2), 6) for _ in range(201)]
        cases.append((requests, usd, share))
    return cases


MONTH = Function(
    id="3.4",
    expected=_month_range,
    cases=_month_cases,
    by_hand=(
        # products 100, 60, 120, 40, 90: in order 40, 60, 90, 100, 120. A quarter from each end
        # of five values lies on the second and the fourth.
        (([100, 30, 60, 40, 90], [1.0, 2.0, 2.0, 1.0, 1.0], 0.5), (60, 100)),
    ),
    tolerance=0.005,  # there are several customs for a quantile between two values
    misconceptions=(
        (
            _corners,
            "You put low with low and high with high, by multiplying the ends or by sorting both "
            "lists first: the two seldom come together, so the range is too wide. Multiply draw by "
            "draw, in the order given.",
        ),
        (_all_of_it, "You kept every draw, the least and the greatest too: cut both tails."),
        (
            _volume_only,
            "You used the mean cost of a request: its uncertainty belongs into the month as well.",
        ),
        (
            _cost_only,
            "You used the mean number of requests: its uncertainty belongs into the month as well.",
        ),
        (
            _tails_twice,
            "You cut the whole remainder on both sides: half of it belongs to each side.",
        ),
    ),
    explanation="Multiply draw by draw, then cut half of what is left over from each end.",
    hints=(
        "Each pair of draws is one possible month: what does it cost?",
        "Of all these months, the range leaves out `1 - share`: how much on each side?",
        "`np.quantile(months, [(1 - share) / 2, (1 + share) / 2])` gives both ends.",
    ),
    right=(
        _month_range,
        lambda requests, usd, share: tuple(
            np.percentile(
                [r * u for r, u in zip(requests, usd, strict=True)],
                [50 - 50 * share, 50 + 50 * share],
            )
        ),
    ),
    wrong=(
        (_corners, "low with low"),
        (_all_of_it, "cut both tails"),
        (_volume_only, "mean cost"),
        (_cost_only, "mean number"),
        (_tails_twice, "half of it"),
        (_sorted_apart, "sorting both"),
        (lambda requests, usd, share: (0.0, 1.0), "The first that is"),
    ),
)

# --- 3.5 When does it pay? ----------------------------------------------------------------------


def _tasks(
    build_usd: float,
    months: int,
    saved: float,
    checking: float,
    usd_an_hour: float,
    usd_a_task: float,
) -> float:
    gain = (saved - checking) / 60 * usd_an_hour - usd_a_task
    return math.inf if gain <= 0 else math.ceil(round(build_usd / months / gain, 9))


def _tasks_cases(rng: Random) -> list[tuple[float, int, float, float, float, float]]:
    cases: list[tuple[float, int, float, float, float, float]] = [
        (
            rng.randrange(2_000, 60_000),
            rng.choice([3, 6, 12, 24]),
            rng.uniform(2, 12),
            rng.uniform(0.1, 1.8),
            rng.choice([24, 40, 60]),
            rng.uniform(0.02, 0.4),
        )
        for _ in range(7)
    ]
    return [*cases, (5_000, 6, 2.0, 1.5, 30, 0.5), (5_000, 6, 1.0, 2.0, 30, 0.05)]


def _with(**changed: float) -> Callable[..., float]:
    """The same sum with one of the arguments forgotten."""
    names = ("build_usd", "months", "saved", "checking", "usd_an_hour", "usd_a_task")

    def tasks(*args: float) -> float:
        return _tasks(**(dict(zip(names, args, strict=True)) | changed))

    return tasks


def _unrounded(*args: Any) -> float:
    build, months, saved, checking, hour, task = args
    gain = (saved - checking) / 60 * hour - task
    return math.inf if gain <= 0 else build / months / gain


def _floor(value: float) -> float:
    return value if math.isinf(value) else math.floor(value)


PAYS = Function(
    id="3.5",
    expected=_tasks,
    cases=_tasks_cases,
    by_hand=(
        # (6 - 1) minutes at 36 an hour = 3.00; minus 0.50 = 2.50; 12,000 / 6 / 2.50
        ((12_000, 6, 6, 1, 36, 0.5), 800),
        # (5 - 2) minutes at 60 an hour = 3.00; minus 0.25 = 2.75; 1,000 / 12 / 2.75 = 30.3
        ((1_000, 12, 5, 2, 60, 0.25), 31),
        ((1_000, 12, 2, 2, 60, 0.25), math.inf),  # checking eats all the time that it saves
    ),
    tolerance=0,
    misconceptions=(
        (
            _with(checking=0),
            "You left checking out: somebody has to look at each result, and that takes paid time.",
        ),
        (_with(usd_a_task=0), "You left the bill out: each task also costs its API calls."),
        (_with(months=1), "You paid the build back in one month: it may take `months`."),
        (
            lambda b, m, s, c, h, t: _tasks(b, m, 60 * s, 60 * c, h, t),
            "You took minutes for hours: an hour has 60 of them.",
        ),
        (_unrounded, "Tasks come whole: round up to the first number that is enough."),
        (
            lambda *args: _floor(_unrounded(*args)),
            "You rounded down: with one task fewer the build is not paid back yet.",
        ),
        (
            lambda b, m, s, c, h, t: math.ceil(b / m / ((s - c) / 60 * h - t)),
            "Where a task brings less than it costs, no number is enough: return `math.inf`.",
        ),
        (
            lambda b, m, s, c, h, t: _tasks(b, m, s, c, h, t) * m,
            "That is the number over all the months: the number a month is wanted.",
        ),
    ),
    explanation="What a task is worth is the time left after checking, minus its share of the "
    "bill; where nothing is left, more tasks lose more.",
    hints=(
        "What is one task worth, in dollars, when its result has been checked and its bill paid?",
        "The build is spread over the months: how much must each month bring?",
        "Divide, round up with `math.ceil`; return `math.inf` when a task brings nothing or less.",
    ),
    right=(
        _tasks,
        lambda b, m, s, c, h, t: (
            math.ceil(round(b / (m * gain), 9)) if (gain := h * (s - c) / 60 - t) > 0 else math.inf
        ),
    ),
    wrong=(
        (_with(checking=0), "left checking out"),
        (_with(usd_a_task=0), "bill out"),
        (_with(months=1), "one month"),
        (lambda b, m, s, c, h, t: _tasks(b, m, 60 * s, 60 * c, h, t), "60 of them"),
        (_unrounded, "whole"),
        (
            lambda *args: _floor(_unrounded(*args)),
            "rounded down",
        ),
        (lambda b, m, s, c, h, t: math.ceil(b / m / ((s - c) / 60 * h - t)), "enough: return"),
        (lambda b, m, s, c, h, t: 1, "The first that is"),
    ),
)

# --- 3.6 Own hardware ---------------------------------------------------------------------------


def _utilisation_cases(rng: Random) -> list[tuple[float, float, float]]:
    return [
        (rng.uniform(1.5, 12), rng.uniform(200, 6_000), rng.choice([0.18, 0.6, 2.5, 5, 20]))
        for _ in range(9)
    ]


UTILISATION = Function(
    id="3.6",
    expected=break_even_utilisation,
    cases=_utilisation_cases,
    by_hand=(
        # 1,000 x 3,600 = 3.6 million tokens an hour, worth 1.80 at 0.50; 0.90 / 1.80
        ((0.9, 1_000, 0.5), 0.5),
        # 0.36 million an hour, worth 0.72 at 2: the machine at 1.44 costs twice that
        ((1.44, 100, 2.0), 2.0),
    ),
    misconceptions=(
        (
            lambda hour, tps, price: tps * 3600 / 1e6 * price / hour,
            "That is the reciprocal: how many times the machine, always busy, earns its hour. The "
            "share of the time is wanted.",
        ),
        (
            lambda hour, tps, price: hour / (tps / 1e6) / price,
            "You took seconds for hours: an hour has 3,600 of them.",
        ),
        (
            lambda hour, tps, price: hour / (tps * 60 / 1e6) / price,
            "You took minutes for hours: an hour has 3,600 seconds.",
        ),
        (
            lambda hour, tps, price: min(1.0, break_even_utilisation(hour, tps, price)),
            "You cut the result off at 1: above it the machine never pays, and that must be seen.",
        ),
        (
            lambda hour, tps, price: 100 * break_even_utilisation(hour, tps, price),
            "That is a percentage: a share is wanted, where 1 is always busy.",
        ),
        (
            lambda hour, tps, price: hour / (tps * 3600 / 1e6),
            "Those are dollars per million tokens, always busy: set them against the API's price.",
        ),
    ),
    explanation="An idle hour costs as much as a busy one, so the machine must be busy enough.",
    hints=(
        "How many million tokens does the machine make in an hour in which it is always busy?",
        "What would the API charge for those? What does the hour cost?",
        "The share of the time is the cost of the hour over what the API would charge for it.",
    ),
    right=(
        break_even_utilisation,
        lambda hour, tps, price: hour / (tps * 0.0036 * price),
    ),
    wrong=(
        (lambda hour, tps, price: tps * 3600 / 1e6 * price / hour, "reciprocal"),
        (lambda hour, tps, price: hour / (tps / 1e6) / price, "seconds for hours"),
        (lambda hour, tps, price: hour / (tps * 60 / 1e6) / price, "minutes for hours"),
        (lambda hour, tps, price: min(1.0, hour / (tps * 0.0036 * price)), "cut the result"),
        (lambda hour, tps, price: 100 * hour / (tps * 0.0036 * price), "percentage"),
        (lambda hour, tps, price: hour / (tps * 0.0036), "always busy"),
        (lambda hour, tps, price: 0.3, "The first that is"),
    ),
)

EXERCISES = (CHAT, RANGE, CONVERSATION, MONTH, PAYS, UTILISATION)
