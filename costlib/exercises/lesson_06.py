"""The exercises of lesson 6, Prompt optimization. Tokens, USD, shares from 0 to 1."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence, Set
from fractions import Fraction
from typing import Any

import numpy as np

from costlib.exercises.framework import Function
from costlib.exercises.inputs import NotAllowed, Pick
from costlib.exercises.values import WrongForm, items, kind, plain
from costlib.intents.neighbours import nearest
from costlib.optimization.prompts import minify_json
from costlib.tokens.encodings import encoded_length

# --- 6.1 How many questions? --------------------------------------------------------------------

# 1.96 keeps chance from fooling more than once in twenty, 0.84 finds a true loss four times in five
DEVIATIONS = Fraction("2.8")


def _needed(
    now: float,
    points: float,
    deviations: Fraction = DEVIATIONS,
    variance: Callable[[Fraction, Fraction], Fraction] = lambda p, q: p * (1 - p) + q * (1 - q),
) -> Fraction:
    """Questions, not rounded, by the numbers as they are written."""
    share, loss = Fraction(str(now)), Fraction(str(points))
    return variance(share, share - loss) * (deviations / loss) ** 2


def _by_trying(now: float, points: float) -> int:
    """Doubles the number until the loss shows, then halves the steps."""
    worse = now - points
    variance = now * (1 - now) + worse * (1 - worse)

    def shows(questions: int) -> bool:
        return points + 1e-12 >= 2.8 * math.sqrt(variance / questions)

    high = 1
    while not shows(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if shows(middle) else (middle, high)
    return high


def _in_floats(now: float, points: float) -> float:
    worse = now - points
    variance = now * (1 - now) + worse * (1 - worse)
    return variance * (2.8 / points) ** 2


def _squared_apart(now: float, points: float) -> float:
    """The same as others write it: floats round it otherwise."""
    worse = now - points
    return 2.8**2 * (now * (1 - now) + worse * (1 - worse)) / points**2


def _deviations_added(now: float, points: float) -> int:
    deviations = [math.sqrt(share * (1 - share)) for share in (now, now - points)]
    return math.ceil(round((2.8 * sum(deviations) / points) ** 2, 6))


def _any_loss(pick: Pick) -> tuple[float, float]:
    now = pick.amount(0.02, 1, 2)
    points = pick.amount(0.01, now, 2)
    if now == points == 1:  # neither share leaves anything to chance
        raise NotAllowed
    return now, points


SAMPLE = Function(
    id="6.1",
    expected=lambda now, points: math.ceil(_needed(now, points)),
    draw=_any_loss,
    by_hand=(
        # 0.5 x 0.5 + 0.4 x 0.6 = 0.49; (2.8 / 0.1)^2 = 784; product 384.16
        ((0.5, 0.1), 385),
        # 0.9 x 0.1 + 0.88 x 0.12 = 0.1956; (2.8 / 0.02)^2 = 19,600; product 3,833.76
        ((0.9, 0.02), 3834),
        # 0.9 x 0.1 + 0.5 x 0.5 = 0.34; (2.8 / 0.4)^2 = 49; product 16.66
        ((0.9, 0.4), 17),
        # 0.7 x 0.3 + 0 = 0.21; (2.8 / 0.7)^2 = 16; product 3.36
        ((0.7, 0.7), 4),
        # 0.44 x 0.56 + 0.42 x 0.58 = 0.49; 0.49 x 19,600 = 9,604, floats make it 9,604.000000000002
        ((0.44, 0.02), 9604),
    ),
    # 0.96 x 0.04 + 0.68 x 0.32 = 0.256; (2.8 / 0.28)^2 = 100; product 25.6. 0.8 and 0.4: 19.6.
    # The last is 799.002, so that two digits are too few.
    edges=(
        (0.96, 0.28),
        (0.8, 0.4),
        (1.0, 0.5),
        (0.5, 0.5),
        (0.02, 0.01),
        (0.34, 0.21),
        (0.905, 0.045),
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda now, points: math.ceil(_needed(now, points, Fraction("1.96"))),
            "With 1.96 alone a true loss is found only every other time: add 0.84 to it.",
        ),
        (
            lambda now, points: math.ceil(_needed(now, points, variance=lambda p, q: p * (1 - p))),
            "You counted the chance of one variant: both are measured, so add p (1 − p) of both.",
        ),
        (
            lambda now, points: math.ceil(
                _needed(now, points, variance=lambda p, q: 2 * p * (1 - p))
            ),
            "You took today's variance twice: after the loss the share is `now - points`, and its "
            "variance another one.",
        ),
        (
            lambda now, points: 2 * math.ceil(_needed(now, points)),
            "That is the number for both variants together: the number for each is asked.",
        ),
        (
            _deviations_added,
            "You added the standard deviations: the variances add up, and the root comes after.",
        ),
        (
            lambda now, points: math.ceil(
                _needed(
                    now, points, variance=lambda p, q: p * (1 - p) + (2 * p - q) * (1 - 2 * p + q)
                )
            ),
            "You took a gain: after a loss the share is `now - points`.",
        ),
        (
            lambda now, points: math.ceil(_needed(now, points) / DEVIATIONS),
            "Square the 2.8 too: it stands beside the root of the variance.",
        ),
        (
            lambda now, points: math.ceil(
                _needed(now, points) * Fraction(str(points)) / DEVIATIONS
            ),
            "Square 2.8 and the loss: both stand beside the root of the variance.",
        ),
        (
            lambda now, points: math.ceil(_needed(now, points) * Fraction(str(points))),
            "Square the loss as well: half the loss needs four times the questions.",
        ),
        (
            lambda now, points: math.ceil(_needed(now, points) / 10_000),
            "You took `points` for a percentage: 0.02 is two points already.",
        ),
        *(  # exactly, and as two write it in floats
            (lambda now, points, needed=needed, whole=whole: whole(needed(now, points)), message)
            for needed in (_needed, _in_floats, _squared_apart)
            for whole, message in (
                (math.floor, "You rounded down: with so many the loss does not show yet."),
                (
                    round,
                    "You rounded to the nearest: with fewer than that the loss does not show yet.",
                ),
            )
        ),
        *(
            (
                lambda now, points, needed=needed: math.ceil(needed(now, points)),
                "The computer's own rounding makes 90.00000000000001 of a number that is 90, and "
                "you come to 91: `round(n, 6)` keeps it out.",
            )
            for needed in (_in_floats, _squared_apart)
        ),
        (
            lambda now, points: math.floor(_needed(now, points)) + 1,
            "Where the number is whole already, as many are enough: round up instead of adding 1.",
        ),
        (
            lambda now, points: float(_needed(now, points)),
            "Questions come whole: give the first number at which the loss shows.",
        ),
    ),
    explanation="Half the loss needs four times the questions, and shares near 1 need fewer.",
    hints=(
        "How much does chance move the difference of two shares that n questions each measured?",
        "Write the variance of the difference as something divided by n: what does the something "
        "take from `now` and `points`?",
        "Set 2.8 of them equal to `points` and solve for n, or try n after n. Round up.",
    ),
    right=(lambda now, points: math.ceil(round(_in_floats(now, points), 6)), _by_trying),
)

# --- 6.2 Send what the question needs -----------------------------------------------------------

Numbers = Sequence[int]


def _select(
    scores: Sequence[float], tokens: Numbers, always: Numbers, budget: float, stop: bool = False
) -> list[int]:
    """By falling score what still fits; with `stop` not beyond the first that does not."""
    sent = list(always)
    left = budget - sum(tokens[number] for number in sent)
    for number in sorted(range(len(tokens)), key=lambda n: -scores[n]):
        if number in sent:
            continue
        if tokens[number] <= left:
            sent.append(number)
            left -= tokens[number]
        elif stop:
            break
    return sorted(sent)


def _by_argsort(
    scores: Sequence[float], tokens: Numbers, always: Numbers, budget: int
) -> list[int]:
    sent = set(always)
    for number in np.argsort(-np.array(scores), kind="stable"):
        if sum(tokens[n] for n in sent | {int(number)}) <= budget:
            sent.add(int(number))
    return sorted(sent)


def _in_order_of_score(s: Sequence[float], t: Numbers, a: Numbers, b: int) -> list[int]:
    sent = _select(s, t, a, b)
    return [*a, *sorted((n for n in sent if n not in a), key=lambda n: -s[n])]


def _found_by_score(s: Sequence[float], t: Numbers, a: Numbers, b: int) -> list[int]:
    """Sorts the scores, and looks up whose each is: of equal ones always the first."""
    sent, left = list(a), b - sum(t[n] for n in a)
    for number in map(s.index, sorted(s, reverse=True)):
        if number not in sent and t[number] <= left:
            sent.append(number)
            left -= t[number]
    return sorted(sent)


def _each_alone(s: Sequence[float], t: Numbers, a: Numbers, b: int) -> list[int]:
    """Whatever fits beside the rules, were it the only one."""
    left = b - sum(t[n] for n in a)
    return [n for n in range(len(t)) if n in a or t[n] <= left]


def _free_rules(s: Sequence[float], t: Numbers, a: Numbers, b: int) -> list[int]:
    """Takes what `always` sends for free."""
    return _select(s, t, a, b + sum(t[n] for n in a))


def _any_sections(pick: Pick) -> tuple[list[float], list[int], list[int], int]:
    pairs = pick.some(lambda: (pick.whole(0, 8) / 4, pick.whole(1, 12)), 0, 9)
    scores, tokens = [score for score, _ in pairs], [count for _, count in pairs]
    always = [number for number in range(len(tokens)) if pick.whole(0, 3) == 3]
    rules = sum(tokens[number] for number in always)
    return scores, tokens, always, rules + pick.whole(0, sum(tokens) - rules + 2)


SELECT = Function(
    id="6.2",
    expected=_select,
    draw=_any_sections,
    draws=300,
    edges=(
        ([0.0, 1.5, 0.25, 2.0], [4, 12, 1, 4], [2], 2),  # the budget is a section's number
        ([0.81, 0.84], [1, 1], [], 1),  # a digit would make them equal
        ([-0.5, -0.25], [1, 1], [], 1),  # a score may be below 0
    ),
    by_hand=(
        # 0 always, 2 left of 5; 3 is best and too long, 2 is next and fits
        (([0.0, 0.1, 0.5, 0.9], [3, 2, 2, 4], [0], 5), [0, 2]),
        # 2 first, then 1 in 3 left; 0 no longer fits
        (([0.2, 0.4, 0.9], [2, 3, 1], [], 4), [1, 2]),
        # of equal scores the lower number
        (([0.5, 0.5], [3, 3], [], 3), [0]),
        (([], [], [], 9), []),
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda s, t, a, b: _select([-x for x in s], t, a, b),
            "You begin with the lowest scores. High means like the question.",
        ),
        (
            lambda s, t, a, b: _select(s, t, (), b),
            "A section of `always` may be missing: no question asks for the rules, and every "
            "answer needs them.",
        ),
        (
            lambda s, t, a, b: list(range(len(t))),
            "You send everything: look at the budget.",
        ),
        (
            lambda s, t, a, b: [n for n in _select(s, t, a, b) if n not in a],
            "The sections of `always` are missing: they are sent, too.",
        ),
        (
            lambda s, t, a, b: sorted([*a, *_select(s, t, (), b - sum(t[n] for n in a))]),
            "A section of `always` stands twice in your list: leave those out of the others.",
        ),
        (
            lambda s, t, a, b: sorted({*a, *_select(s, t, (), b - sum(t[n] for n in a))}),
            "You paid for a section of `always` twice: leave those out of the others.",
        ),
        (
            lambda s, t, a, b: [
                len(t) - 1 - n for n in _select(s[::-1], t[::-1], [len(t) - 1 - n for n in a], b)
            ][::-1],
            "Of equal scores you took the higher number first.",
        ),
        (_free_rules, "You did not count the sections of `always`: they are paid, too."),
        (
            _in_order_of_score,
            "The right sections, in order of score: send them as they stand in the handbook.",
        ),
        (
            lambda s, t, a, b: _select([-count for count in t], t, a, b),
            "You take the shortest sections first: let the scores decide.",
        ),
        (
            lambda s, t, a, b: _select([x / n for x, n in zip(s, t, strict=True)], t, a, b),
            "You rank by score for each token: here the score alone decides what comes first.",
        ),
        (
            _found_by_score,
            "`scores.index` finds the first of two equal scores both times: sort the numbers of "
            "the sections, and not the scores.",
        ),
        (
            lambda s, t, a, b: _select(s, t, a, b, stop=True),
            "You stop at the first section that does not fit: leave it out and go on, a shorter "
            "one may still fit.",
        ),
        (
            lambda s, t, a, b: _select(s, t, a, b - 0.5),
            "You leave a section out that fits exactly: the budget itself may be reached.",
        ),
        (
            _each_alone,
            "You hold each section against what the rules leave: take off what you send, the next "
            "one finds less room.",
        ),
        (
            lambda s, t, a, b: [n for n in _select(s, t, a, b) if n in a or s[n]],
            "You leave out sections with a score of 0: as long as they fit they are sent.",
        ),
        (
            lambda s, t, a, b: [n for n in _select(s, t, a, b) if n in a or s[n] > 0],
            "You leave out sections with a score of 0 or less: as long as they fit they are sent.",
        ),
        (lambda s, t, a, b: list(a), "Beyond the rules you send nothing. Fill what is left."),
    ),
    explanation="On the bank's own test questions about a third of the handbook is sent, and "
    "nearly every question still finds its answer in it.",
    hints=(
        "Start with `always`, and see what they leave of the budget.",
        "A section of `always` is neither paid nor listed twice, and one that does not fit is no "
        "reason to stop.",
        "`sorted(range(len(scores)), key=lambda n: -scores[n])` is that order; return the numbers "
        "sorted.",
    ),
    right=(_select, _by_argsort),
)

# --- 6.3 Against random at equal cost -----------------------------------------------------------

Booleans = Sequence[bool]
Dollars = Sequence[float]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _router(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> tuple[float, float]:
    """The accuracy and the mean cost of a router."""
    good = [s if to else w for to, w, s in zip(sent, weak_right, strong_right, strict=True)]
    usd = [s if to else w for to, w, s in zip(sent, weak, strong, strict=True)]
    return _mean(good), _mean(usd)


def _lead(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    accuracy, usd = _router(sent, weak_right, strong_right, weak, strong)
    bought = (usd - _mean(weak)) / (_mean(strong) - _mean(weak))
    lot = _mean(weak_right) + bought * (_mean(strong_right) - _mean(weak_right))
    return accuracy - lot


def _lead_in_numpy(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    accuracy = np.where(sent, strong_right, weak_right).mean()
    above = np.where(sent, strong, weak).mean() - np.mean(weak)
    slope = (np.mean(strong_right) - np.mean(weak_right)) / (np.mean(strong) - np.mean(weak))
    return float(accuracy - np.mean(weak_right) - above * slope)


def _lead_by_interpolation(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    accuracy = np.where(sent, strong_right, weak_right).mean()
    usd, ends = np.where(sent, strong, weak).mean(), [np.mean(weak), np.mean(strong)]
    return float(accuracy - np.interp(usd, ends, [np.mean(weak_right), np.mean(strong_right)]))


def _against(rival: Callable[..., float]) -> Callable[..., float]:
    """The lead over something else than random at equal cost."""
    return lambda *args: _router(*args)[0] - rival(*args)


def _equal_share(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, *_: Dollars
) -> float:
    share = _mean(sent)
    return (1 - share) * _mean(weak_right) + share * _mean(strong_right)


def _cost_ratio(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    share = _router(sent, weak_right, strong_right, weak, strong)[1] / _mean(strong)
    return (1 - share) * _mean(weak_right) + share * _mean(strong_right)


def _paid_twice(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    both = [w + s if to else w for to, w, s in zip(sent, weak, strong, strict=True)]
    bought = (_mean(both) - _mean(weak)) / (_mean(strong) - _mean(weak))
    return _mean(weak_right) + bought * (_mean(strong_right) - _mean(weak_right))


def _any_routing(pick: Pick) -> tuple[Any, ...]:
    def question() -> tuple[bool, bool, bool, float, float]:
        usd = (pick.amount(0.01, 0.3, 2), pick.amount(0.01, 2, 2))
        return pick.yes(), pick.yes(), pick.yes(), *usd

    columns = tuple(list(column) for column in zip(*pick.some(question, 1, 12), strict=True))
    if not round(sum(columns[4]) - sum(columns[3]), 6) > 0:
        raise NotAllowed  # the strong model is the dearer one, and not by a float's noise
    if not _mean(columns[3]) <= _router(*columns)[1] <= _mean(columns[4]):
        raise NotAllowed  # the line goes from always-weak to always-strong, and no further
    return columns


LEAD = Function(
    id="6.3",
    expected=_lead,
    draw=_any_routing,
    by_hand=(
        # Router: first by strong (right), others by weak (right, wrong, wrong): 2/4 right.
        # Cost (8 + 1 + 1 + 1) / 4 = 2.75; weak 1.00, strong 5.00 in the mean, so 1.75 / 4 = 0.4375
        # of the way. Weak 1/4 right, strong 3/4: a lot gets 0.25 + 0.4375 x 0.5 = 0.46875
        (
            (
                [True, False, False, False],
                [False, True, False, False],
                [True, True, True, False],
                [1.0, 1.0, 1.0, 1.0],
                [8.0, 4.0, 4.0, 4.0],
            ),
            0.03125,
        ),
    ),
    misconceptions=(
        (
            _against(_equal_share),
            "You compared at an equal share, not at equal cost: the questions that a router sends "
            "tend to be the long, dear ones, and a lot could send more for the same money.",
        ),
        (
            _against(_cost_ratio),
            "Your lot starts from nothing: for the cost of always-weak it already gets what the "
            "weak model gets. Share out only what lies above that.",
        ),
        (
            _against(lambda sent, weak_right, *_: _mean(weak_right)),
            "That is the lead over always-weak, which costs far less.",
        ),
        (
            _against(lambda sent, weak_right, strong_right, *_: _mean(strong_right)),
            "That is the lead over always-strong, which costs more.",
        ),
        (
            _against(lambda sent, weak, strong, *_: (_mean(weak) + _mean(strong)) / 2),
            "Your lot sends half of the questions: let it send as many as the same money buys.",
        ),
        (
            lambda *args: -_lead(*args),
            "The size is right and the sign is not: take the lot's accuracy from the router's, and "
            "send to the strong model where `sent` is True.",
        ),
        *(
            (
                lambda *args, cut=cut: cut(_lead(*args)),
                "A router may be worse than the lot: its lead is then below 0.",
            )
            for cut in (abs, lambda lead: max(0, lead))
        ),
        (
            lambda *args: _router(*args)[0] - _lead(*args),
            "That is the lot's accuracy: how far above it is the router's?",
        ),
        (
            lambda *args: _lead(*args) + _mean(args[1]),
            "Your lot begins with nothing right: for the cost of always-weak it gets "
            "always-weak's accuracy.",
        ),
        (
            lambda *args: _router(*args)[0],
            "That is the router's accuracy: what would a lot get for the same money?",
        ),
        (
            _against(_paid_twice),
            "You paid the weak model as well where the strong one answers. A cascade does that; a "
            "router asks only the model that it picks.",
        ),
    ),
    explanation="A router earns its keep only above the line from always-weak to always-strong.",
    hints=(
        "What share of the questions is right with this router, and what does one cost?",
        "A lot that sends nothing costs the mean of `weak_usd`, one that sends all the mean of "
        "`strong_usd`. How far between the two is the router's cost?",
        "So far between the two accuracies is the lot's. Take it from the router's.",
    ),
    right=(_lead, _lead_in_numpy, _lead_by_interpolation),
)

# --- 6.4 Minify without loss --------------------------------------------------------------------

_BETWEEN = re.compile(r'"(?:[^"\\]|\\.)*"')


def _compact(text: str) -> str:
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)


def _unlike(text: Any, sample: str) -> str:
    """What a shorter text lost, or what it still carries; "" for none of it."""
    if not isinstance(text, str):
        raise WrongForm(f"Text is wanted, and this is {kind(text)}: `return` the JSON.")
    before = json.loads(sample)
    try:
        after = json.loads(text)
    except json.JSONDecodeError:
        return "this is no longer JSON."
    if after != before:
        return (
            "the value has changed. White space inside of strings is content: only that between "
            "the tokens may go."
        )
    if json.dumps(after) != json.dumps(before):
        return "the keys are in another order, or a number is of another kind: keep them."
    if re.search(r"\s", _BETWEEN.sub("", text)):
        return 'there is still white space between the tokens: `separators=(",", ":")` takes it.'
    if encoded_length(text, "o200k_base") > encoded_length(_compact(sample), "o200k_base"):
        return (
            "letters such as é stand there as \\u escapes, which are several tokens each: "
            "`ensure_ascii=False` writes them as they are."
        )
    return ""


def _any_json(pick: Pick) -> tuple[str]:
    """A value, written in one of the ways in which JSON arrives."""
    texts = (
        "a",
        "one two",
        "Café  Zürich, 2 : 1",
        'said "keep: [1, 2]"',
        "a\n\tb",
        "",
        "\\u00e9",
        "👍",
    )

    def value(depth: int) -> Any:
        shape = pick.whole(0, 8 if depth else 5)
        if shape == 6 or shape == 7:
            return {text: value(depth - 1) for text in pick.some(lambda: pick.one_of(texts), 0, 4)}
        if shape == 8:
            return pick.some(lambda: value(depth - 1), 0, 4)
        plain = (None, True, pick.whole(-9, 9), pick.whole(-99, 99) / 4, 2**60)
        return plain[shape] if shape < 5 else pick.one_of(texts)

    written = json.dumps(
        value(2),
        indent=pick.one_of((None, 0, 2, "\t")),
        separators=pick.one_of(((", ", ": "), (" ,", " : "), (",", ":"))),
        ensure_ascii=pick.yes(),
    )
    return (pick.one_of(("", " ", "\n")) + written + pick.one_of(("", "\n")),)


MINIFY = Function(
    id="6.4",
    expected=_compact,
    fits=_unlike,
    draw=_any_json,
    by_hand=(
        (('{ "z" : [ ] , "y" : { } , "x" : " , : " }',), '{"z":[],"y":{},"x":" , : "}'),
        (('{"b": 1,\n "a": "Caf\\u00e9  Zürich"}',), '{"b":1,"a":"Café  Zürich"}'),
    ),
    edges=(
        ('{"usd": 0.00025}',),
        ('"Cafe\\u0301"',),  # an accent that stands by itself is another text than the letter é
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda text: json.dumps(json.loads(text)),
            "There is still white space between the tokens: `json.dumps` has a parameter for what "
            "stands there.",
        ),
        (
            lambda text: json.dumps(json.loads(text), separators=(",", ":")),
            "Letters such as é became \\u escapes, which are several tokens each: "
            "`ensure_ascii=False` keeps them.",
        ),
        (
            lambda text: json.dumps(
                json.loads(text), separators=(",", ":"), ensure_ascii=False, sort_keys=True
            ),
            "The keys are in another order: nothing was gained by it, and models read in order.",
        ),
        (
            minify_json,
            "White space is gone, and \\u escapes that the text came with are still there: read "
            "the value and write it anew.",
        ),
        (
            lambda text: "".join(text.split()),
            "The value has changed. White space inside of strings is content: only that between "
            "the tokens may go.",
        ),
        *(
            (
                lambda text, ascii=ascii: json.dumps(text, ensure_ascii=ascii),
                "You wrote the text as one JSON string: read its value with `json.loads` first.",
            )
            for ascii in (True, False)
        ),
    ),
    explanation="A parser reads the same value, in fewer tokens.",
    hints=(
        "`json.loads` and `json.dumps` know what is white space and what is content.",
        "`json.dumps` has a parameter for what stands between the tokens, and one for letters "
        "beyond ASCII.",
    ),
    right=(
        _compact,
        lambda text: json.JSONEncoder(separators=(",", ":"), ensure_ascii=False).encode(
            json.loads(text)
        ),
    ),
)

# --- 6.5 Choose the examples --------------------------------------------------------------------


def _most_like(query: np.ndarray, pool: np.ndarray, k: int) -> list[int]:
    return sorted(range(len(pool)), key=lambda row: -float(pool[row] @ query))[:k]


def _less_like(rows: Any, query: np.ndarray, pool: np.ndarray, k: int) -> str:
    """What is wrong with a choice of rows, or ""; equally like ones may stand for each other."""
    given = items(list(rows) if isinstance(rows, Set) else rows)
    found = [] if given is None else [plain(row) for row in given]
    if given is None or not all(row in range(len(pool)) for row in found):  # 17.0 is one, too
        raise WrongForm(
            "A list of row numbers of the pool is wanted, such as [17, 4, 256]; the first row is 0."
        )
    found = [int(row) for row in found]
    if len(found) != k or len(set(found)) != k:
        return f"k is {k}: give as many rows, each once."
    likeness = pool @ query
    if min(likeness[found]) < np.sort(likeness)[-k] - 1e-6:
        return "a row that is left out is more like the question."
    return ""


def _any_pool(pick: Pick) -> tuple[np.ndarray, np.ndarray, int]:
    size = pick.whole(2, 4)

    def vector() -> np.ndarray:
        found = np.array([pick.whole(-4, 4) for _ in range(size)], dtype=float)
        if not found.any():
            raise NotAllowed
        return found / np.linalg.norm(found)

    pool = np.array(pick.some(vector, 1, 8))
    return vector(), pool, pick.whole(1, len(pool))


_CORNER = np.array([[1.0, 0.0], [0.6, 0.8], [0.0, 1.0], [-1.0, 0.0]])

FEWSHOT = Function(
    id="6.5",
    expected=_most_like,
    fits=_less_like,
    draw=_any_pool,
    by_hand=(
        # likeness to the first axis: 1, 0.6, 0, -1
        ((np.array([1.0, 0.0]), _CORNER, 2), [0, 1]),
        ((np.array([0.0, -1.0]), _CORNER, 1), [0]),
    ),
    tolerance=0,
    misconceptions=(
        (
            lambda query, pool, k: np.argsort(pool @ query)[:k],
            "These are the least like the question. Sort from high to low.",
        ),
        (
            lambda query, pool, k: list(range(k)),
            "The first rows, whatever is asked: choose by likeness to the question.",
        ),
        (
            lambda query, pool, k: np.argsort(-np.abs(pool @ query))[:k],
            "You dropped the sign: a vector that points the other way is as unlike as can be.",
        ),
        (
            lambda query, pool, k: np.argsort(-pool.sum(axis=1), kind="stable")[:k],
            "The same rows for every question: choose by likeness to it.",
        ),
    ),
    explanation="Five examples like the question do more than dozens that are the same for all.",
    hints=(
        "The vectors have length 1: what does `pool @ query` give?",
        "`np.argsort` sorts from low to high: which end is wanted?",
    ),
    right=(
        lambda query, pool, k: np.argsort(-(pool @ query))[:k],
        lambda query, pool, k: nearest(query[None, :], pool, k)[0][0].tolist(),
        lambda query, pool, k: np.argsort(((pool - query) ** 2).sum(axis=1))[:k].tolist(),
        lambda query, pool, k: set(_most_like(query, pool, k)),
        lambda query, pool, k: [row for row in np.argsort(-(pool @ query))[:k]],  # numpy's numbers
    ),
)

# --- 6.6 What a success costs -------------------------------------------------------------------


def _per_success(right: Booleans, usd: Dollars, wrong_usd: float) -> float:
    good = sum(right)
    return (sum(usd) + (len(right) - good) * wrong_usd) / good if good else math.inf


def _carried(paid: Callable[[Booleans, Dollars, float], float]) -> Callable[..., float]:
    """What the right answers carry, when something else is paid for."""
    return lambda right, usd, wrong: (
        paid(right, usd, wrong) / sum(right) if any(right) else math.inf
    )


def _any_answers(pick: Pick) -> tuple[list[bool], list[float], float]:
    calls = pick.some(lambda: (pick.yes(), pick.amount(0, 0.9, 4)), 0, 12)
    return [ok for ok, _ in calls], [usd for _, usd in calls], pick.amount(0, 5, 2)


SUCCESS = Function(
    id="6.6",
    expected=_per_success,
    draw=_any_answers,
    by_hand=(
        # 1 + 1 + 2 + 4 = 8 for the calls, one wrong at 10: 18 for 3 that are right
        (([True, True, False, True], [1.0, 1.0, 2.0, 4.0], 10.0), 6.0),
        # 0.03 for two calls, one right, nothing else to pay
        (([True, False], [0.01, 0.02], 0.0), 0.03),
        (([False, False], [0.01, 0.02], 1.0), math.inf),
        (([], [], 1.0), math.inf),
        # a call of one's own machine is free, and a right answer then costs nothing
        (([True], [0.0], 0.04), 0.0),
        (([True, True], [0.0, 0.0009], 1.0), 0.00045),
    ),
    misconceptions=(
        (
            lambda right, usd, wrong: _mean(usd) if any(right) else math.inf,
            "That is what a question costs: wrong answers are paid too, and the right ones must "
            "carry them.",
        ),
        (
            _carried(lambda right, usd, _: sum(u for r, u in zip(right, usd, strict=True) if r)),
            "You left out the calls that went wrong: they were billed all the same.",
        ),
        (
            _carried(
                lambda right, usd, wrong: sum(
                    u if r else wrong for r, u in zip(right, usd, strict=True)
                )
            ),
            "You left out the calls that went wrong: they were billed all the same.",
        ),
        (
            _carried(
                lambda right, usd, wrong: sum(
                    u if r else 2 * u + wrong for r, u in zip(right, usd, strict=True)
                )
            ),
            "You paid for the calls that went wrong twice: `usd` has them already.",
        ),
        (
            _carried(lambda right, usd, wrong: sum(usd) + wrong * sum(right)),
            "You paid for the right answers as mistakes: pay for the wrong ones.",
        ),
        (
            lambda right, usd, wrong: (
                sum(usd) + wrong * (len(right) - sum(right)) if any(right) else math.inf
            ),
            "That is what all of it costs: the right answers share it.",
        ),
        (
            lambda right, usd, wrong: _per_success(right, usd, wrong) if any(right) else 0,
            "Nothing right is not free: where no money buys a success, return `math.inf`.",
        ),
        (
            _carried(lambda right, usd, _: sum(usd)),
            "You left out what a wrong answer costs besides its call.",
        ),
        (
            lambda right, usd, wrong: (
                (sum(usd) + wrong * (len(right) - sum(right))) / len(right)
                if any(right)
                else math.inf
            ),
            "You divided by all answers: divide by the right ones.",
        ),
        (
            _carried(lambda right, usd, wrong: sum(usd) + wrong),
            "You paid for one wrong answer: each of them costs.",
        ),
        (
            _carried(lambda right, usd, wrong: sum(usd) + wrong * len(right)),
            "You paid for every answer as if it were wrong.",
        ),
        (
            lambda right, usd, wrong: (
                (sum(usd) + wrong * (len(right) - sum(right))) / max(1, sum(right))
            ),
            "Where nothing is right no money buys a success: return `math.inf`.",
        ),
        (
            lambda *args: _per_success(*args) if any(args[0]) else None,
            "Where nothing is right no money buys a success: return `math.inf`.",
        ),
    ),
    explanation="All that was paid, mistakes included, over the answers that were right.",
    hints=(
        "What was paid for the calls, and what for the mistakes?",
        "Who carries all of that? And what if there is nobody?",
    ),
    right=(
        _per_success,
        lambda right, usd, wrong: (
            (np.sum(usd) + wrong * np.sum(~np.array(right))) / np.sum(right)
            if any(right)
            else math.inf
        ),
    ),
)

# --- 6.7 Tools that do not pay ------------------------------------------------------------------

Tool = dict[str, Any]


def _dropped(
    tools: list[Tool],
    calls: int,
    rate: float,
    most: float,
    *,
    unused: bool = True,
    sent: int | None = None,
    per_million: float = 1e6,
    equal: bool = False,
    kept: bool = False,
    ordered: bool = False,
    uses: Callable[[int], float] = lambda uses: uses,
) -> list[str]:
    """The names to drop, each keyword one way to get it wrong."""
    found = []
    for tool in tools:
        usd = tool["tokens"] * (calls if sent is None else sent) * rate / per_million
        over = round(usd - most * uses(tool["uses"]), 9)
        goes = over > 0 or (equal and over == 0)
        if uses(tool["uses"]) == 0:
            goes = unused
        if goes != kept:
            found.append(tool)
    if ordered:
        found.sort(key=lambda tool: -tool["tokens"])
    return [tool["name"] for tool in found]


def _by_use(tools: list[Tool], calls: int, rate: float, most: float) -> list[str]:
    return [
        tool["name"]
        for tool in tools
        if not tool["uses"]
        or round(Fraction(tool["tokens"] * calls) * Fraction(str(rate)) / 10**6, 12)
        > Fraction(str(most)) * tool["uses"]
    ]


def _any_tools(pick: Pick) -> tuple[list[Tool], int, float, float]:
    names = iter("dbfaec")  # the order of the list is no alphabet's

    def tool() -> Tool:
        return {
            "name": next(names),
            "tokens": pick.one_of((100, 250, 500, 1_000, 4_000, 16_000)),
            "uses": pick.whole(0, 12),
        }

    rate, most = (
        pick.one_of((1.0, 2.0, 4.0, 5.0)),
        pick.one_of((0.0, 0.0005, 0.001, 0.002, 0.004, 0.01, 0.1, 0.5, 1.0, 2.0)),
    )
    return pick.some(tool, 0, 6), pick.one_of((100, 500, 1_000, 2_000)), rate, most


_TOOLS = [
    {"name": "search", "tokens": 500, "uses": 10},
    {"name": "draw", "tokens": 1_000, "uses": 1},
    {"name": "mail", "tokens": 100, "uses": 0},
]

TO_DROP = Function(
    id="6.7",
    expected=lambda tools, calls, rate, most: _dropped(tools, calls, rate, most),
    draw=_any_tools,
    draws=250,
    edges=(
        ([{"name": "d", "tokens": 250, "uses": 12}], 100, 1.0, 0.002),  # 4% above
        ([{"name": "d", "tokens": 1_000, "uses": 3}], 100, 1.0, 0.0333),  # 0.1% above
    ),
    by_hand=(
        # 1,000 calls at 2: search 1.00 for ten uses, draw 2.00 for one, mail never used
        ((_TOOLS, 1_000, 2.0, 0.5), ["draw", "mail"]),
        # exactly as much stays
        (([{"name": "search", "tokens": 500, "uses": 2}], 1_000, 2.0, 0.5), []),
        (([], 1_000, 2.0, 0.5), []),
    ),
    misconceptions=(
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, unused=False),
            "You kept a tool that was never used: its definition is paid in every call.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, sent=1),
            "You priced the definition once: it is sent with every call.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, per_million=1),
            "The rate is for a million tokens: divide by 1,000,000.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, equal=True),
            "You dropped a tool that costs exactly `most` for each use: only above it goes.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, kept=True),
            "Those are the tools to keep: the ones to drop are wanted.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, ordered=True),
            "Return the names in the order of the list.",
        ),
        (
            lambda tools, calls, rate, most: sorted(_dropped(tools, calls, rate, most)),
            "Return the names in the order of the list.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(
                tools, calls, rate, most, uses=lambda uses: min(uses, 1)
            ),
            "You compared what the definition cost in all with `most`: that is for each use.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(
                tools, calls, rate, most, uses=lambda uses: max(uses, 1)
            ),
            "You counted a use for a tool that has none: it goes, however little it costs.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(
                tools, calls, rate, most, uses=lambda uses: uses and 1 / uses
            ),
            "You multiplied by the uses: they share what the definition cost in all the calls.",
        ),
        (
            lambda tools, calls, rate, most: _dropped(tools, calls, rate, most, per_million=1e3),
            "The rate is for a million tokens: divide by 1,000,000.",
        ),
        (
            lambda tools, calls, rate, most: [t["name"] for t in tools if not t["uses"]],
            "A tool that is used may still cost too much for each use.",
        ),
    ),
    explanation="A definition is paid in every call, so a tool must be used often enough for it.",
    hints=(
        "What did the definition of one tool cost in all the calls?",
        "Divide it by the uses. What about a tool without any?",
        "`tokens * calls * rate / 1_000_000`, against `most * uses`.",
    ),
    right=(lambda tools, calls, rate, most: _dropped(tools, calls, rate, most), _by_use),
)

# --- 6.8 Mistakes paid --------------------------------------------------------------------------

Policies = dict[str, tuple[float, float]]


def _policy(
    policies: Policies,
    mistake: float,
    usd: Callable[[float, float, float], float] = lambda right, price, mistake: (
        price + (1 - right) * mistake
    ),
    last: bool = False,
) -> str:
    """The name, each keyword one way to get it wrong."""
    names = list(policies)[::-1] if last else list(policies)
    return min(names, key=lambda name: round(usd(*policies[name], mistake), 9))


def _exact_usd(policies: Policies, mistake: float) -> dict[str, Fraction]:
    found = {}
    for name, pair in policies.items():
        right, price = (Fraction(str(value)) for value in pair)
        found[name] = price + (1 - right) * Fraction(str(mistake))
    return found


def _in_fractions(policies: Policies, mistake: float) -> str:
    usd = _exact_usd(policies, mistake)
    return min(usd, key=usd.__getitem__)


def _any_policies(pick: Pick) -> tuple[Policies, float]:
    names = ["weak", "cascade", "strong", "oracle"][: pick.whole(1, 4)]
    policies = {
        name: (pick.whole(0, 20) / 20, pick.one_of((0.0, 0.001, 0.002, 0.005, 0.01, 0.02)))
        for name in pick.shuffled(names)
    }
    mistake = pick.one_of((0.0, 0.001, 0.01, 0.02, 0.1, 1.0))
    least, *others = sorted(_exact_usd(policies, mistake).values())
    if mistake and least in others:  # equal sums that floats may take for different
        raise NotAllowed
    return policies, mistake


_POLICIES = {"weak": (0.6, 0.001), "strong": (0.9, 0.005)}

PAID = Function(
    id="6.8",
    expected=lambda policies, mistake: _policy(policies, mistake),
    draw=_any_policies,
    draws=250,
    by_hand=(
        # 0.001 + 0.4 x 0.01 = 0.005 against 0.005 + 0.1 x 0.01 = 0.006
        ((_POLICIES, 0.01), "weak"),
        # 0.001 + 0.4 x 0.1 = 0.041 against 0.005 + 0.1 x 0.1 = 0.015
        ((_POLICIES, 0.1), "strong"),
        # 0.25 + 0.5 x 0.5 = 0.5 for both
        (({"a": (0.5, 0.25), "b": (1.0, 0.5)}, 0.5), "a"),
        (({"b": (1.0, 0.5), "a": (0.5, 0.25)}, 0.5), "b"),
    ),
    misconceptions=(
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: p),
            "That is the policy with the cheapest calls: its mistakes cost as well.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: -r),
            "That is the policy that is right most often: what its calls cost counts too.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: p + r * m),
            "You paid for the right answers: the wrong ones are the share 1 minus that.",
        ),
        (
            lambda policies, mistake: _policy(
                policies, mistake, lambda r, p, m: (p + (1 - r) * m) / r if r else math.inf
            ),
            "You divided by the right answers: here a question is the unit.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, last=True),
            "Of equal ones you took the last: the first is wanted.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: r + (1 - p) * m),
            "You took the pair the wrong way round: the share of right answers comes first.",
        ),
        (
            lambda policies, mistake: _policy(
                policies, mistake, lambda r, p, m: r * p + (1 - r) * m
            ),
            "A wrong answer's call is billed as well: its mistake comes on top.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: (1 - r) * (p + m)),
            "You left out the calls that went right: they were billed, too.",
        ),
        (
            lambda policies, mistake: _policy(policies, mistake, lambda r, p, m: -p - (1 - r) * m),
            "That is the policy that costs most.",
        ),
    ),
    explanation="A question costs its call, and its share of the mistakes.",
    hints=(
        "Of 100 questions, how many are wrong, and what do these cost?",
        "For one question: `price + (1 - right) * mistake_usd`.",
        "`min(policies, key=…)` gives the first of equal ones.",
    ),
    right=(lambda policies, mistake: _policy(policies, mistake), _in_fractions),
)

EXERCISES = (SAMPLE, SELECT, LEAD, MINIFY, FEWSHOT, SUCCESS, TO_DROP, PAID)
