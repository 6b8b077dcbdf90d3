"""The exercises of lesson 3, Cost estimation. Tokens, USD, rates in USD per million tokens."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from typing import Any

import numpy as np
import numpy.typing as npt

from costlib.bank.traffic import questions
from costlib.estimation.economics import break_even_utilisation
from costlib.estimation.estimate import conversation, fit_interval
from costlib.exercises.framework import Function
from costlib.exercises.inputs import NotAllowed, Pick
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


@cache
def _texts() -> tuple[str, ...]:
    """Contents of messages: short ones first, some of which melt together with what precedes."""
    return (
        "",
        "Hello",
        "s",
        " there",
        "'s card",
        "12",
        "Zürich?",
        "\n",
        "Paid:\n\n- 5 €\n- 7 €",
        *questions()["text"][:60],
    )


def _any_chat(pick: Pick) -> tuple[Messages]:
    roles = ("user", "assistant", "system", "developer")
    return (
        pick.some(lambda: _message(pick.one_of(roles), pick.one_of(_texts())), 0, 8),
    )  # fmt: skip


CHAT = Function(
    id="3.1",
    expected=lambda messages: count_chat(messages, CHAT_MODEL).tokens,
    draw=_any_chat,
    draws=100,
    by_hand=(
        # role "user" 1, "Hello, world" 3 (Hello / , / world), framing 3, priming of the reply 3
        (([_message("user", "Hello, world")],), 10),
        # nothing but what opens the reply
        (([],), 3),
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
            lambda messages: _chat(messages, each=0),
            "You left out the frame around each message: it comes on top of role and content.",
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
            lambda messages: 3 + sum(3 + _text(m["role"] + m["content"]) for m in messages),
            "You joined role and content before counting: they melt together at the seam, so count "
            "each by itself.",
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
)

# --- 3.2 A calibrated range ---------------------------------------------------------------------

Lengths = Sequence[int]


def _closest(values: Lengths, share: float) -> tuple[int, int]:
    """For each low end the nearest high end that reaches the share, then the best of the pairs."""
    ordered = sorted(values)
    wanted = math.ceil(round(share * len(ordered), 6))
    counts = Counter(ordered)
    best, fewest = (ordered[0], ordered[-1]), math.inf
    first = 0
    for low in counts:
        if first + wanted > len(ordered):
            break
        high = ordered[first + wanted - 1]
        held = sum(low <= value <= high for value in ordered)
        if held < fewest:
            best, fewest = (low, high), held
        first += counts[low]
    return best


def _windows(
    values: Lengths, share: float, key: Callable[[int, int, int], Any], up: Callable[..., int]
) -> tuple[int, int]:
    """Of the runs of so many sorted lengths the one whose `key(held, low, high)` is least."""
    ordered = sorted(values)
    count = max(1, up(round(share * len(ordered), 6)))
    pairs = zip(ordered, ordered[count - 1 :], strict=False)
    return min(pairs, key=lambda pair: key(sum(pair[0] <= v <= pair[1] for v in ordered), *pair))


def _by_all_pairs(values: Lengths, share: float) -> tuple[int, int]:
    """Every pair of lengths, the rule as the statement says it."""
    pairs = []
    for low in set(values):
        for high in set(values):
            held = sum(low <= value <= high for value in values)
            if held >= round(share * len(values), 6):
                pairs.append((held, low, high))
    return min(pairs)[1:]


def _fitted(values: Lengths, share: float) -> tuple[float, float]:
    interval = fit_interval(values, share)
    return interval.low, interval.high


def _quantiles(values: Lengths, low: float, high: float) -> tuple[float, float]:
    ends = np.quantile(values, [low, high])
    return float(ends[0]), float(ends[1])


def _deviations(values: Lengths, share: float) -> tuple[float, float]:
    mean, spread = float(np.mean(values)), float(np.std(values))
    return mean - 2 * spread, mean + 2 * spread


def _any_lengths(pick: Pick) -> tuple[list[int], float]:
    lengths = pick.some(lambda: pick.one_of((pick.whole(0, 9), pick.whole(1, 400))), 1, 40)
    share = pick.one_of((0.5, 0.8, 0.9, pick.whole(1, 99) / 100))
    wanted = share * len(lengths)
    if math.ceil(wanted) != math.ceil(round(wanted, 6)):  # 0.56 of 25 is 14.000000000000002
        raise NotAllowed
    return lengths, share


RANGE = Function(
    id="3.2",
    expected=_closest,
    draw=_any_lengths,
    draws=200,
    by_hand=(
        # two of four: 5 to 6 hold two, and begin lowest of those that do
        (([5, 6, 7, 90], 0.5), (5, 6)),
        # three of five: 3 to 3 holds three, all others that reach it hold more
        (([2, 3, 3, 3, 8], 0.6), (3, 3)),
        # three of four: 1 to 4 and 4 to 9 both hold three, and the first begins lower
        (([1, 4, 4, 9], 0.75), (1, 4)),
        (([7], 0.9), (7, 7)),
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda values, share: _quantiles(values, (1 - share) / 2, (1 + share) / 2),
            "Two quantiles: where many answers have the same few lengths, an end at such a length "
            "keeps all of them. Count what each candidate range holds.",
        ),
        (
            lambda values, share: _quantiles(values, 0, share),
            "You cut at the top alone, by a quantile: many answers have the same few lengths, so "
            "count what each candidate range holds.",
        ),
        (
            lambda values, share: (min(values), max(values)),
            "From the least to the greatest holds everything, whatever was asked.",
        ),
        (
            _deviations,
            "Mean plus or minus so many deviations suits a bell, and these lengths have no such "
            "shape. Use the values themselves, sorted.",
        ),
        (
            lambda values, share: _quantiles(values, 1 - share, share),
            "You cut the whole remainder from each side; half of it belongs to each.",
        ),
        (
            lambda values, share: _closest(values, share)[::-1],
            "Your low end is above your high end: return low, high.",
        ),
        (
            lambda values, share: ((1 - share) / 2, (1 + share) / 2),
            "The ends must be lengths in tokens, not shares.",
        ),
        (
            _fitted,
            "That is `fit_interval`: of the ranges that hold fewest it takes the narrowest. Here "
            "the one that begins lowest is wanted.",
        ),
        (
            lambda values, share: _windows(
                values, share, lambda n, low, high: high - low, math.ceil
            ),
            "You took the narrowest range that reaches the share: the one that holds fewest is "
            "wanted.",
        ),
        (
            lambda values, share: _windows(values, share, lambda n, low, high: low, math.ceil),
            "You began at the least length: a range that begins at another may hold fewer.",
        ),
        (
            lambda values, share: _windows(values, share, lambda *pair: pair, math.floor),
            "You rounded the number of lengths down: the range must hold at least the share.",
        ),
    ),
    explanation="Fitted on half of a service's answers, the range keeps its promise on the other "
    "half within two points, ties and all.",
    hints=(
        "Which ranges are there at all, when both ends are lengths of the list?",
        "For each pair of a low and a high end, count the lengths inside, equal ones included.",
        "Keep the pairs that hold `share * len(values)` or more. Of these take the one that holds "
        "fewest, then the lowest: `min` compares tuples item by item.",
    ),
    right=(_closest, _by_all_pairs),
)

# --- 3.3 The cost of a conversation -------------------------------------------------------------

Rates = dict[str, float]
_SWAPPED = "You swapped the rates: what is sent is priced as input, and what is written as output."


def _swapped(rates: Rates) -> Rates:
    return {"input": rates["output"], "output": rates["input"]}


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
_NO_SYSTEM = _of_history(lambda n, q, a: (q + a) * n * (n - 1) / 2, lambda n: 0)
_NO_ANSWERS = _of_history(lambda n, q, a: q * n * (n - 1) / 2)
_ONE_TOO_MANY = _of_history(lambda n, q, a: (q + a) * n * (n + 1) / 2)
_SQUARE = _of_history(lambda n, q, a: (q + a) * n * (n - 1))
_LAST_ONLY = _of_history(lambda n, q, a: (q + a) * (n - 1))


def _output_again(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    again = answer * turns * (turns - 1) / 2 * rates["output"] / 1e6
    return _conversation(turns, system, question, answer, rates) + again


def _one_answer(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    written = answer * (turns - 1) * rates["output"] / 1e6
    return _conversation(turns, system, question, answer, rates) - written


def _last_request(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    sent = system + question + (turns - 1) * (question + answer)
    return (sent * rates["input"] + answer * rates["output"]) / 1e6


def _step_by_step(turns: int, system: int, question: int, answer: int, rates: Rates) -> float:
    total = 0.0
    for earlier in range(turns):
        sent = system + earlier * (question + answer) + question
        total += sent * rates["input"] + answer * rates["output"]
    return total / 1_000_000


def _any_conversation(pick: Pick) -> tuple[int, int, int, int, Rates]:
    return (
        pick.whole(1, 60),
        pick.whole(0, 8_000),
        pick.whole(0, 400),
        pick.whole(0, 900),
        {"input": pick.amount(0.05, 40, 2), "output": pick.amount(0.05, 90, 2)},
    )


CONVERSATION = Function(
    id="3.3",
    expected=_conversation,
    draw=_any_conversation,
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
        (_NO_SYSTEM, "You left the system prompt out: it stands in front of every request."),
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
            lambda n, system, q, a, rates: _conversation(n, system, q, a, rates | {"output": 0}),
            "You left out what the model writes: each turn's answer is output once.",
        ),
        (
            _one_answer,
            "You billed one answer as output: each turn writes one.",
        ),
        (
            _last_request,
            "That is the last turn alone: every turn before it was billed too.",
        ),
        (
            lambda n, *args: _conversation(n, *args) - _conversation(1, *args),
            "You left the first turn out: `range(1, n)` begins with the second.",
        ),
        (
            lambda n, system, q, a, rates: _conversation(n, system, q, a, _swapped(rates)),
            _SWAPPED,
        ),
    ),
    explanation="The history makes the input grow with the square of the number of turns.",
    hints=(
        "Write down what the first, the second and the third turn send.",
        "With `n` turns, how often is the first exchange sent again? And the last but one?",
        "0 + 1 + 2 + ... + (n - 1) is n (n - 1) / 2.",
    ),
    right=(_conversation, _step_by_step),
)

# --- 3.4 A month as an interval -----------------------------------------------------------------

Draws = list[float]


def _cut(months: npt.ArrayLike, share: float) -> tuple[float, float]:
    low, high = np.quantile(np.asarray(months), [(1 - share) / 2, (1 + share) / 2])
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


def _any_month(pick: Pick) -> tuple[Draws, Draws, float]:
    pairs = pick.some(lambda: (pick.whole(0, 2_000), pick.amount(0.01, 2, 2)), 1, 40)
    requests, usd = zip(*pairs, strict=True)
    return list(requests), list(usd), pick.whole(1, 99) / 100


MONTH = Function(
    id="3.4",
    expected=_month_range,
    draw=_any_month,
    by_hand=(
        # products 100, 60, 120, 40, 90: in order 40, 60, 90, 100, 120. A quarter from each end
        # of five values lies on the second and the fourth.
        (([100, 30, 60, 40, 90], [1.0, 2.0, 2.0, 1.0, 1.0], 0.5), (60, 100)),
        (([10], [0.5], 0.9), (5, 5)),
    ),
    tolerance=1e-6,
    misconceptions=(
        (
            _corners,
            "You multiplied the ends, low with low and high with high: the two seldom come "
            "together, so the range is too wide. Multiply draw by draw.",
        ),
        (
            lambda requests, usd, share: _cut(np.multiply(sorted(requests), sorted(usd)), share),
            "You sorted both lists first, which puts low with low: multiply draw by draw, in the "
            "order given.",
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
        (
            lambda *args: _month_range(*args)[::-1],
            "Your low end is above your high end: return low, high.",
        ),
        (
            lambda requests, usd, share: _quantiles(np.multiply(requests, usd), 0, share),
            "You cut at the top alone: half of what is left out belongs to each side.",
        ),
        (
            lambda requests, usd, share: _quantiles(
                np.multiply(requests, usd), (1 - share) / 200, (1 + share) / 200
            ),
            "`np.percentile` takes numbers from 0 to 100, and yours go from 0 to 1: take "
            "`np.quantile`.",
        ),
        (
            lambda requests, usd, share: _cut(np.outer(requests, usd), share),
            "You multiplied each number of requests with every price: the draws belong together "
            "pair by pair.",
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
)

# --- 3.5 When does it pay? ----------------------------------------------------------------------


Months = tuple[float, int, float, float, float, float]


def _gain(saved: float, checking: float, usd_an_hour: float, usd_a_task: float) -> Fraction:
    """What a task brings, by the numbers as they are written."""
    hour, task = Fraction(str(usd_an_hour)), Fraction(str(usd_a_task))
    return (Fraction(str(saved)) - Fraction(str(checking))) / 60 * hour - task


def _quotient(
    build_usd: float,
    months: float,
    saved: float,
    checking: float,
    usd_an_hour: float,
    usd_a_task: float,
) -> Fraction | None:
    """Tasks a month, not rounded; None where a task brings nothing."""
    gain = _gain(saved, checking, usd_an_hour, usd_a_task)
    return Fraction(str(build_usd)) / Fraction(str(months)) / gain if gain > 0 else None


def _tasks(*args: float) -> float:
    found = _quotient(*args)
    return math.inf if found is None else math.ceil(found)


def _hours_first(saved: float, checking: float, hour: float, task: float) -> float:
    """What a task brings, with the computer's own rounding, which the order of the sum decides."""
    return (saved - checking) / 60 * hour - task


def _dollars_first(saved: float, checking: float, hour: float, task: float) -> float:
    return (saved - checking) * hour / 60 - task


def _in_floats(brings: Callable[..., float], *args: float) -> float | None:
    """`_quotient` with the computer's own rounding."""
    build, months, *rest = args
    gain = brings(*rest)
    return build / months / gain if gain > 0 else None


def _as_told(brings: Callable[..., float], *args: float) -> float | None:
    """In floats, with what a task brings compared as the statement says, and not yet rounded up."""
    build, months, *rest = args
    gain = brings(*rest)
    return build / months / gain if round(gain, 6) > 0 else None


_ORDERS = (_hours_first, _dollars_first)
_FLOATS: tuple[Callable[..., Any], ...] = tuple(
    partial(how, brings) for brings in _ORDERS for how in (_in_floats, _as_told)
)


def _by_rounding(*args: float) -> float:
    found = _as_told(_hours_first, *args)
    return math.inf if found is None else math.ceil(round(found, 6))


def _rounded_late(found: float) -> int:
    return math.ceil(round(found, 6))


def _rounded_early(
    build: float, months: int, saved: float, checking: float, hour: float, task: float
) -> float:
    gain = round((saved - checking) / 60 * hour - task, 6)
    return math.inf if gain <= 0 else math.ceil(round(build / months / gain, 6))


def _any_build(pick: Pick) -> Months:
    args = (
        pick.whole(0, 60_000),
        pick.whole(1, 24),
        pick.amount(0, 12, 1),
        pick.amount(0, 4, 1),
        pick.whole(0, 60),
        pick.one_of((pick.amount(0, 1, 2), pick.amount(0, 0.03, 4))),
    )
    found = _quotient(*args)
    # What floats cannot tell from a whole number, nobody need tell.
    if found is not None and (found > 1e6 or 0 < abs(found - round(found)) < 1e-5):
        raise NotAllowed
    return args


def _slip(
    quotient: Callable[..., Any], how: Callable[[Any], float] = math.ceil, **changed: float
) -> Callable[..., float]:
    """The same sum, rounded in another way, or with one of the arguments forgotten."""
    names = ("build_usd", "months", "saved", "checking", "usd_an_hour", "usd_a_task")

    def tasks(*args: float) -> float:
        found = quotient(*(changed.get(name, arg) for name, arg in zip(names, args, strict=True)))
        return math.inf if found is None else how(found)

    return tasks


def _even_at_a_loss(*args: float) -> float:
    """Divides whatever a task brings; where it brings nothing at all, that fails by itself."""
    gain = _gain(*args[2:])
    return math.ceil(Fraction(str(args[0])) / Fraction(str(args[1])) / gain) if gain else math.inf


_SLIPS: tuple[tuple[Callable[[Any], float], dict[str, float], str], ...] = (
    (
        math.ceil,
        {"checking": 0},
        "You left checking out: somebody has to look at each result, and that takes paid time.",
    ),
    (math.ceil, {"usd_a_task": 0}, "You left the bill out: each task also costs its API calls."),
    (math.ceil, {"months": 1}, "You paid the build back in one month: it may take `months`."),
    (float, {}, "Tasks come whole: round up to the first number that is enough."),
    (math.floor, {}, "You rounded down: with one task fewer the build is not paid back yet."),
    (
        round,
        {},
        "You rounded to the nearest: with one task fewer the build may not be paid back yet.",
    ),
    (
        lambda found: int(found) + 1,
        {},
        "You took one task too many where the division comes out whole: `math.ceil` leaves a whole "
        "number as it is.",
    ),
)

PAYS = Function(
    id="3.5",
    expected=_tasks,
    draw=_any_build,
    edges=(
        (1_000, 12, 2, 1.5, 30, 0.25),
        (0, 1, 5, 1, 60, 0.1),
        (600, 6, 5, 1, 60, 4),
        (1_000, 12, 0.2, 0.1, 54, 0.09),
        (600, 6, 0.4, 0, 27, 0.18),  # 0, and in floats above it
        (5_000, 6, 5, 0, 60, 0.01),  # 167.0007, so that two digits are too few
        (30, 12, 0.1, 0, 12, 0.0165),  # brings a third of a cent
        (1, 1, 2.8, 1.5, 1, 0.02),  # 600, and in floats 1e-12 above it
    ),
    by_hand=(
        # (6 - 1) minutes at 36 an hour = 3.00; minus 0.50 = 2.50; 12,000 / 6 / 2.50
        ((12_000, 6, 6, 1, 36, 0.5), 800),
        # (5 - 2) minutes at 60 an hour = 3.00; minus 0.25 = 2.75; 1,000 / 12 / 2.75 = 30.3
        ((1_000, 12, 5, 2, 60, 0.25), 31),
        ((1_000, 12, 2, 2, 60, 0.25), math.inf),  # checking eats all the time that it saves
        ((1_000, 12, 1, 0, 30, 0.5), math.inf),  # 0.50 an hour's minute, and 0.50 to pay
        # 2 minutes at 40 an hour, minus 1: a third of a dollar each, so 3 pay back one dollar
        ((1, 1, 2, 0, 40, 1), 3),
    ),
    tolerance=0,
    misconceptions=(
        *(  # as people write it, and as it would be without the computer's own rounding
            (_slip(quotient, how, **changed), message)
            for quotient in (_quotient, *_FLOATS)
            for how, changed, message in _SLIPS
        ),
        (
            lambda b, m, s, c, h, t: _tasks(b, m, 60 * s, 60 * c, h, t),
            "You took minutes for hours: an hour has 60 of them.",
        ),
        (
            _even_at_a_loss,
            "Where a task brings less than it costs, no number is enough: return `math.inf`.",
        ),
        *(
            (
                _slip(quotient),
                "The computer's own rounding makes 90.00000000000001 of a division that gives 90, "
                "and you round that up: `round(..., 6)` first.",
            )
            for quotient in _FLOATS
        ),
        *(
            (
                _slip(partial(_in_floats, brings), _rounded_late),
                "Where a task brings nothing, floats may leave 0.00000000000000001 dollars of it: "
                "`round(..., 6)` before you compare with 0, too.",
            )
            for brings in _ORDERS
        ),
        (
            _rounded_early,
            "You divided by the rounded gain: round it to compare it with 0, and divide by the "
            "gain itself.",
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
    right=(_tasks, _by_rounding),
)

# --- 3.6 Own hardware ---------------------------------------------------------------------------


def _any_machine(pick: Pick) -> tuple[float, float, float]:
    return pick.amount(0.1, 12, 2), pick.whole(1, 6_000), pick.amount(0.05, 20, 2)


UTILISATION = Function(
    id="3.6",
    expected=break_even_utilisation,
    draw=_any_machine,
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
            lambda hour, tps, price: (
                share if (share := break_even_utilisation(hour, tps, price)) <= 1 else math.inf
            ),
            "You returned `math.inf` where the machine never pays: return the share itself, which "
            "says by how much.",
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
)

# --- 3.7 The worst case of a call ---------------------------------------------------------------


def _worst(sent: int, most: int, retries: int, rates: Rates) -> float:
    return (sent * rates["input"] + most * rates["output"]) * (retries + 1) / 1_000_000


def _attempt_by_attempt(sent: int, most: int, retries: int, rates: Rates) -> float:
    usd = 0.0
    for _ in range(1 + retries):
        usd += sent * rates["input"] / 1e6 + most * rates["output"] / 1e6
    return usd


def _any_call(pick: Pick) -> tuple[int, int, int, Rates]:
    """Nothing bounds a number of retries, a window or a rate but the statement."""
    rates = {"input": pick.amount(0, 200, 3), "output": pick.amount(0, 700, 3)}
    retries = pick.one_of((pick.whole(0, 6), pick.whole(0, 60)))
    return pick.whole(0, 3_000_000), pick.whole(1, 400_000), retries, rates


WORST = Function(
    id="3.7",
    expected=_worst,
    draw=_any_call,
    edges=(
        (800, 100, 1_500, {"input": 4.0, "output": 20.0}),
        (7, 3, 0, {"input": 0.05, "output": 0.4}),  # less than two millionths of a dollar
    ),
    by_hand=(
        # 5,000 x 4 + 1,000 x 20 = 40,000 per million, three attempts
        ((5_000, 1_000, 2, {"input": 4.0, "output": 20.0}), 0.12),
        # one attempt: 2,000 x 1 + 500 x 2
        ((2_000, 500, 0, {"input": 1.0, "output": 2.0}), 0.003),
    ),
    misconceptions=(
        (
            lambda sent, most, retries, rates: _worst(sent, most, 0, rates),
            "That is one attempt: with `max_retries` the SDK may send it again, and each attempt "
            "may be billed.",
        ),
        (
            lambda sent, most, retries, rates: _worst(sent, most, retries - 1, rates),
            "You took the retries for the attempts: the first attempt is no retry, so there is "
            "one more.",
        ),
        (
            lambda sent, most, retries, rates: _worst(sent, most, max(0, retries - 1), rates),
            "You took the retries for the attempts, with one at least: the first attempt is no "
            "retry, so there is always one more.",
        ),
        (
            lambda sent, most, retries, rates: (
                _worst(sent, 0, 0, rates) + _worst(0, most, retries, rates)
            ),
            "You counted the input once: every attempt sends it again.",
        ),
        (
            lambda sent, most, retries, rates: (
                _worst(sent, 0, retries, rates) + _worst(0, most, 0, rates)
            ),
            "You counted the output once: every attempt may write up to the limit.",
        ),
        (
            lambda sent, most, retries, rates: _worst(sent, 0, retries, rates),
            "You left the output out: an attempt may write up to `max_tokens`.",
        ),
        (
            lambda sent, most, retries, rates: (
                _worst(sent, 0, retries, rates) + 0.7 * _worst(0, most, retries, rates)
            ),
            "0.7 × `max_tokens` is no worst case: an answer may be as long as the limit.",
        ),
        (
            lambda sent, most, retries, rates: _worst(sent, most, retries, rates) * 1_000_000,
            "The rates are for a million tokens: divide by 1,000,000.",
        ),
        (lambda sent, most, retries, rates: _worst(sent, most, retries, _swapped(rates)), _SWAPPED),
    ),
    explanation="Each attempt may be billed in full: all of the input, and output up to the limit.",
    hints=(
        "What does one attempt cost when the answer is as long as it may be?",
        "How many attempts are there in all, when the SDK may try again twice?",
        "Add tokens × rate of input and output for one attempt. Multiply by the attempts, and "
        "divide by 1,000,000.",
    ),
    right=(_worst, _attempt_by_attempt),
)

EXERCISES = (CHAT, RANGE, CONVERSATION, MONTH, PAYS, UTILISATION, WORST)
