"""The exercises of lesson 6, Prompt optimization. Tokens, USD, shares from 0 to 1."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from typing import Any

import numpy as np

from costlib.bank.traffic import handbook
from costlib.exercises.framework import Design, Function, Unreadable, call
from costlib.intents.neighbours import labelled, nearest, sentence_vectors, vote
from costlib.optimization.prompts import minify_json, needs, sections
from costlib.optimization.quality import questions_needed
from costlib.optimization.routing import outcomes, play, random_beside
from costlib.tokens.encodings import encoded_length

# --- 6.1 How many questions? --------------------------------------------------------------------

CONFIDENT, FOUND = 1.96, 0.84  # 95 % sure, and found four times in five, as the statement says


def _sample(now: float, points: float, z: float = CONFIDENT + FOUND) -> float:
    worse = now - points
    return (now * (1 - now) + worse * (1 - worse)) * (z / points) ** 2


def _sample_cases(rng: Random) -> list[tuple[float, float]]:
    return [
        (round(rng.uniform(0.5, 0.98), 2), rng.choice([0.01, 0.02, 0.03, 0.05, 0.1]))
        for _ in range(7)
    ]


SAMPLE = Function(
    id="6.1",
    expected=questions_needed,
    cases=_sample_cases,
    by_hand=(
        # 0.5 x 0.5 + 0.4 x 0.6 = 0.49; (2.8 / 0.1)^2 = 784; product 384.16
        ((0.5, 0.1), 385),
        # 0.9 x 0.1 + 0.88 x 0.12 = 0.1956; (2.8 / 0.02)^2 = 19,600; product 3,833.8
        ((0.9, 0.02), 3834),
    ),
    tolerance=0.005,  # 2.8 for the exact 2.8016, and rounding
    misconceptions=(
        (
            lambda now, points: _sample(now, points, CONFIDENT),
            "With 1.96 alone a true loss is found only every other time: add 0.84 to it.",
        ),
        (
            lambda now, points: now * (1 - now) * ((CONFIDENT + FOUND) / points) ** 2,
            "You counted the chance of one variant: both are measured, so add p (1 − p) of both.",
        ),
        (
            lambda now, points: 2 * now * (1 - now) * ((CONFIDENT + FOUND) / points) ** 2,
            "You took today's variance twice: after the loss the share is `now - points`, and its "
            "variance another one.",
        ),
        (
            lambda now, points: now * (1 - now) * (CONFIDENT / points) ** 2,
            "That is how many make the error bar of one share so wide: two shares are compared, "
            "and the loss must be found four times in five.",
        ),
        (
            lambda now, points: 2 * _sample(now, points),
            "That is the number for both variants together: the number for each is asked.",
        ),
        (
            lambda now, points: _sample(now, points, math.sqrt(CONFIDENT + FOUND)),
            "Square the sum of the two z-values too, not the loss alone.",
        ),
        (
            lambda now, points: _sample(now, points) * points,
            "Square the loss as well: half the loss needs four times the questions.",
        ),
        (
            lambda now, points: _sample(now, points) / 10_000,
            "You took `points` for a percentage: 0.02 is two points already.",
        ),
    ),
    explanation="Half the loss needs four times the questions, and shares near 1 need fewer.",
    hints=(
        "How much does chance move one share? Its variance for one question is p (1 − p).",
        "Add the variances of both shares, today's and the feared one.",
        "Multiply by the square of (1.96 + 0.84) / points, and round up with `math.ceil`.",
    ),
    right=(
        questions_needed,
        lambda now, points: math.ceil(_sample(now, points)),
        _sample,
    ),
    wrong=(
        (lambda now, points: math.ceil(_sample(now, points, CONFIDENT)), "every other time"),
        (lambda now, points: now * (1 - now) * (2.8 / points) ** 2, "both are measured"),
        (lambda now, points: math.ceil(2 * now * (1 - now) * (2.8 / points) ** 2), "twice"),
        (lambda now, points: now * (1 - now) * (1.96 / points) ** 2, "error bar"),
        (lambda now, points: 2 * math.ceil(_sample(now, points)), "for both variants"),
        (lambda now, points: _sample(now, points) * points, "Square the loss"),
        (lambda now, points: 1000, "The first that is"),
    ),
)

# --- 6.2 Send what the question needs -----------------------------------------------------------

RULES = (0, 1, 2, 13)  # what the assistant is, its tone, what it must never do, whom to call
BUDGET = 1_000
WANTED = 0.95
QUESTIONS = 500


@cache
def _library() -> tuple[list[int], np.ndarray, np.ndarray]:
    """The tokens of the handbook's sections; of some test questions the sections that hold the
    evidence, and scores: the votes of ten labelled questions for each section."""
    texts = [section.text for section in sections(handbook())]
    tokens = [encoded_length(text, "o200k_base") for text in texts]
    train, test = labelled("train"), labelled("test")
    step = len(test) // QUESTIONS
    asked = test["category"].to_numpy()[::step]
    rows, cosines = nearest(sentence_vectors("test")[::step], sentence_vectors("train"), 10)
    votes = needs(train["category"].to_numpy(), texts)[rows] * cosines[:, :, None]
    return tokens, needs(asked, texts), votes.sum(axis=1)


Select = Callable[[Sequence[float], Sequence[int], Sequence[int], int], Any]


def _select(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    tokens, needed, scores = _library()
    kept = 0
    for row, (score, need) in enumerate(zip(scores, needed, strict=True)):
        shown = f"the scores of question {row}, always={RULES} and budget={BUDGET}"
        sent = call(answer, score.tolist(), list(tokens), RULES, BUDGET, shown=shown)
        if sent is None or sent is ...:
            return None, ""
        problem = _unsound(sent, tokens)
        if problem:
            return False, f"For question {row} {problem}"
        kept += bool(need[list(sent)].any())
    share = kept / len(needed)
    if share < WANTED:
        return False, _lost(answer, share, tokens, scores)
    return True, ""


def _unsound(sent: Any, tokens: Sequence[int]) -> str:
    """What is wrong with a selection, whatever its evidence."""
    if isinstance(sent, np.ndarray):
        sent = sent.tolist()
    if not isinstance(sent, list | tuple | range | set) or not all(
        isinstance(number, int | np.integer) and 0 <= number < len(tokens) for number in sent
    ):
        raise Unreadable("A list of section numbers is wanted, such as [0, 1, 2, 5, 13].")
    sent = list(sent)
    if len(set(sent)) < len(sent):
        return "you send a section twice: it is paid twice, too."
    if not set(RULES) <= set(sent):
        return (
            "a section of `always` is missing: no question asks for the rules, and every answer "
            "needs them."
        )
    used = sum(tokens[number] for number in sent)
    if used > BUDGET:
        return (
            f"you send {used:,} tokens, and the budget is {BUDGET:,}: the sections of `always` "
            "count as well, and a section that does not fit is left out."
        )
    if sent != sorted(sent):
        return "the sections are out of order: send them as they stand in the handbook."
    return ""


def _lost(answer: Select, share: float, tokens: Sequence[int], scores: np.ndarray) -> str:
    found = f"The evidence is kept for {share:.0%} of the questions, and {WANTED:.0%} are asked for"
    first = [
        list(call(answer, score.tolist(), list(tokens), RULES, BUDGET, shown=""))
        for score in scores
    ]
    if all(sent == sorted(RULES) for sent in first):
        return f"{found}: beyond the rules you send nothing. Fill what is left of the budget."
    if all(sent == first[0] for sent in first):
        return f"{found}: you send every question the same sections. Let its scores decide."
    lowest = np.mean(
        [int(np.argmin(score)) in sent for sent, score in zip(first, scores, strict=True)]
    )
    highest = np.mean(
        [int(np.argmax(score)) in sent for sent, score in zip(first, scores, strict=True)]
    )
    if lowest > highest:
        return f"{found}: you begin with the lowest scores. High means like the question."
    return f"{found}: which sections with a high score are left out, and why?"


def _pack(
    scores: Sequence[float], tokens: Sequence[int], always: Sequence[int], budget: int
) -> list[int]:
    sent = list(always)
    left = budget - sum(tokens[number] for number in sent)
    for number in sorted(range(len(tokens)), key=lambda n: -scores[n]):
        if number not in sent and tokens[number] <= left:
            sent.append(number)
            left -= tokens[number]
    return sorted(sent)


def _pack_until_full(
    scores: Sequence[float], tokens: Sequence[int], always: Sequence[int], budget: int
) -> list[int]:
    sent = set(always)
    for number in np.argsort(scores)[::-1]:
        if sum(tokens[n] for n in sent | {int(number)}) > budget:
            break
        sent.add(int(number))
    return sorted(sent)


def _by_size(scores: Any, tokens: Any, always: Any, budget: int) -> list[int]:
    return _pack([-count for count in tokens], tokens, always, budget)


SELECT = Design(
    id="6.2",
    validate=_select,
    explanation="About a third of the handbook is sent, and nearly every question still finds its "
    "answer in it.",
    hints=(
        "Start with `always`, and see what they leave of the budget.",
        "Go through the sections by falling score, and take each that still fits.",
        "`sorted(range(len(scores)), key=lambda n: -scores[n])` is that order; return the numbers "
        "sorted.",
    ),
    right=(_pack, _pack_until_full),
    wrong=(
        (lambda s, t, a, b: _pack([-x for x in s], t, a, b), "lowest scores"),
        (lambda s, t, a, b: _pack(s, t, (), b), "no question asks for the rules"),
        (lambda s, t, a, b: sorted({*a, *np.argsort(s)[-5:].tolist()}), "the budget is"),
        (lambda s, t, a, b: [*a, *(set(_pack(s, t, a, b)) - set(a))], "out of order"),
        (_by_size, "the same sections"),
        (lambda s, t, a, b: list(a), "you send nothing"),
        (lambda s, t, a, b: [*_pack(s, t, a, b), 0], "twice"),
        (lambda s, t, a, b: s.best(), "AttributeError"),
    ),
)

# --- 6.3 Against random at equal cost -----------------------------------------------------------

Booleans, Dollars = list[bool], list[float]


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _router(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> tuple[float, float]:
    """The accuracy and the mean cost of a router."""
    right = [s if to else w for to, w, s in zip(sent, weak_right, strong_right, strict=True)]
    usd = [s if to else w for to, w, s in zip(sent, weak, strong, strict=True)]
    return _mean(right), _mean(usd)


def _lead(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    accuracy, usd = _router(sent, weak_right, strong_right, weak, strong)
    bought = (usd - _mean(weak)) / (_mean(strong) - _mean(weak))
    lot = _mean(weak_right) + bought * (_mean(strong_right) - _mean(weak_right))
    return accuracy - lot


def _lead_by_costlib(
    sent: Booleans, weak_right: Booleans, strong_right: Booleans, weak: Dollars, strong: Dollars
) -> float:
    import pandas as pd

    frame = pd.DataFrame(
        {
            "weak_right": weak_right,
            "strong_right": strong_right,
            "weak_usd": weak,
            "strong_usd": strong,
        }
    )
    played = play(frame, np.array(sent))
    return played.accuracy - random_beside(frame, played.usd)


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


def _lead_cases(rng: Random) -> list[tuple[Any, ...]]:
    rows = outcomes()
    cases = []
    for part in (0.2, 0.4, 0.6, 0.3, 0.5):
        some = rows.iloc[rng.sample(range(len(rows)), 80)]
        long = some["strong_usd"].rank(pct=True).to_numpy()  # mostly dear ones, as routers do
        sent = [place + 0.4 * rng.random() > 1.2 - part for place in long]
        cases.append(
            (
                sent,
                some["weak_right"].tolist(),
                some["strong_right"].tolist(),
                some["weak_usd"].tolist(),
                some["strong_usd"].tolist(),
            )
        )
    return cases


LEAD = Function(
    id="6.3",
    expected=_lead_by_costlib,
    cases=_lead_cases,
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
    tolerance=0.002,
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
            lambda *args: _router(*args)[0],
            "That is the router's accuracy: what would a lot get for the same money?",
        ),
        (
            _against(_paid_twice),
            "You paid the weak model as well where the strong one answers. A cascade does that; a "
            "router asks only the model that it picks.",
        ),
        (
            lambda *args: 100 * _lead(*args),
            "That is in points: a share is asked for, a hundredth of it.",
        ),
        (
            lambda *args: -_lead(*args),
            "The size is right and the sign is not: above the lot is positive.",
        ),
    ),
    explanation="A router earns its keep only above the line from always-weak to always-strong.",
    hints=(
        "What share of the questions is right with this router, and what does one cost?",
        "A lot that sends nothing costs the mean of `weak_usd`, one that sends all the mean of "
        "`strong_usd`. How far between the two is the router's cost?",
        "So far between the two accuracies is the lot's. Take it from the router's.",
    ),
    right=(_lead, _lead_by_costlib),
    wrong=(
        (_against(_equal_share), "equal share"),
        (_against(_cost_ratio), "starts from nothing"),
        (_against(lambda s, weak, *_: _mean(weak)), "always-weak"),
        (_against(lambda s, w, strong, *_: _mean(strong)), "always-strong"),
        (lambda *args: _router(*args)[0], "router's accuracy"),
        (lambda *args: -_lead(*args), "sign"),
        (_against(_paid_twice), "A cascade does that"),
        (lambda *args: 100 * _lead(*args), "in points"),
        (lambda *args: 0.01, "The first that is"),
    ),
)

# --- 6.4 Minify without loss --------------------------------------------------------------------

_ROW = {
    "date": "2026-11-03",
    "merchant": "Café  Zürich, 2 : 1",
    "amount": -12.5,
    "currency": "EUR",
    "note": 'said "keep: [1, 2]"',
}
_SAMPLES = (
    json.dumps([_ROW, _ROW | {"merchant": "Bäckerei", "amount": 3}], indent=4, ensure_ascii=False),
    json.dumps({"b": [1, 2, {"c": None, "a": True}], "a": "one two\nthree\t four"}, indent=2),
    '{ "z" : [ ] , "y" : { } , "x" : " , : " }',
)
_BETWEEN = re.compile(r'"(?:[^"\\]|\\.)*"')


def _shorter(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    for number, sample in enumerate(_SAMPLES, 1):
        shown = f"sample {number}"
        text = call(answer, sample, shown=shown)
        if text is None or text is ...:
            return None, ""
        if not isinstance(text, str):
            raise Unreadable(f"With {shown}: text is wanted, not a value: `return` the JSON.")
        problem = _changed(sample, text)
        if problem:
            return False, f"With {shown}: {problem}"
    return True, ""


def _changed(sample: str, text: str) -> str:
    """What a shorter text lost, or what it still carries."""
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
        return "the keys are in another order: nothing was gained by it, and models read in order."
    if re.search(r"\s", _BETWEEN.sub("", text)):
        return 'there is still white space between the tokens: `separators=(",", ":")` takes it.'
    if encoded_length(text, "o200k_base") > encoded_length(minify_json(sample), "o200k_base"):
        return (
            "letters such as é became \\u escapes, which are several tokens each: "
            "`ensure_ascii=False` keeps them."
        )
    return ""


MINIFY = Design(
    id="6.4",
    validate=_shorter,
    explanation="A parser reads the same value, in fewer tokens.",
    hints=(
        "`json.loads` and `json.dumps` know what is white space and what is content.",
        "`json.dumps` has a parameter for what stands between the tokens, and one for letters "
        "beyond ASCII.",
    ),
    right=(
        minify_json,
        lambda text: json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False),
    ),
    wrong=(
        (lambda text: "".join(text.split()), "is content"),
        (lambda text: re.sub(r"\s+", " ", text), "is content"),
        (lambda text: re.sub(r"\n\s*", "", text), "still white space"),
        (lambda text: json.dumps(json.loads(text)), "still white space"),
        (lambda text: json.dumps(json.loads(text), separators=(",", ":")), "escapes"),
        (
            lambda text: json.dumps(
                json.loads(text), separators=(",", ":"), ensure_ascii=False, sort_keys=True
            ),
            "another order",
        ),
        (lambda text: text.replace('"', ""), "no longer JSON"),
        (lambda text: text.minified, "AttributeError"),
    ),
)

# --- 6.5 Choose the examples --------------------------------------------------------------------

SHOTS = 5
POOL = 2_000


@cache
def _pool() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """A pool of labelled questions, and questions to test on: vectors and labels of both."""
    train, test = labelled("train"), labelled("test")
    some = np.random.default_rng(6).choice(len(train), POOL, replace=False)
    return (
        sentence_vectors("train")[some],
        train["category"].to_numpy()[some],
        sentence_vectors("test")[::40],
        test["category"].to_numpy()[::40],
    )


def _examples(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    pool, labels, asked, truth = _pool()
    chosen, right = [], []
    for row, (query, intent) in enumerate(zip(asked, truth, strict=True)):
        shown = f"question {row}, a pool of {POOL:,} and k={SHOTS}"
        rows = _call_quietly(answer, query, pool, shown)
        if rows is None or rows is ...:
            return None, ""
        rows = _rows(rows)
        if len(rows) != SHOTS or len(set(rows)) != SHOTS:
            return False, f"For question {row} you chose {len(set(rows))} rows: {SHOTS} are wanted."
        chosen.append(rows)
        told = vote(query[None, :], pool[rows], labels[rows], k=SHOTS)
        right.append(told.answers[0] == intent)
    share = float(np.mean(right))
    if share < 0.8:
        return False, _poor(share, chosen, pool, asked)
    return True, ""


def _call_quietly(answer: Any, query: np.ndarray, pool: np.ndarray, shown: str) -> Any:
    """The answer on a pool that it cannot write into: copying it each time would be slow."""
    pool.setflags(write=False)
    query = query.copy()
    return call(lambda: answer(query, pool, SHOTS), shown=shown)


def _rows(rows: Any) -> list[int]:
    rows = rows.tolist() if hasattr(rows, "tolist") else rows
    if not isinstance(rows, list | tuple) or not all(
        isinstance(row, int | np.integer) and -POOL <= row < POOL for row in rows
    ):
        raise Unreadable("A list of row numbers of the pool is wanted, such as [17, 4, 256].")
    return [int(row) % POOL for row in rows]


def _poor(share: float, chosen: list[list[int]], pool: np.ndarray, asked: np.ndarray) -> str:
    found = f"With your examples the stand-in is right for {share:.0%} of the questions"
    if all(rows == chosen[0] for rows in chosen):
        return (
            f"{found}: every question gets the same examples. Choose by likeness to the question."
        )
    likeness = np.mean([pool[rows] @ query for rows, query in zip(chosen, asked, strict=True)])
    if likeness < 0.1:
        return f"{found}: these are the least like the question. Sort from high to low."
    return f"{found}: are these the examples that are most like it?"


FEWSHOT = Design(
    id="6.5",
    validate=_examples,
    explanation="Five examples like the question do more than dozens that are the same for all.",
    hints=(
        "The vectors have length 1: what does `pool @ query` give?",
        "`np.argsort` sorts from low to high: which end is wanted?",
    ),
    right=(
        lambda query, pool, k: np.argsort(-(pool @ query))[:k],
        lambda query, pool, k: nearest(query[None, :], pool, k)[0][0].tolist(),
        lambda query, pool, k: np.argsort(((pool - query) ** 2).sum(axis=1))[:k].tolist(),
    ),
    wrong=(
        (lambda query, pool, k: np.argsort(pool @ query)[:k], "least like"),
        (lambda query, pool, k: list(range(k)), "the same examples"),
        (lambda query, pool, k: np.argsort(-(pool @ query))[: 2 * k], "are wanted"),
        (lambda query, pool, k: np.argsort(-pool[:, :4] @ query[:4])[:k], "most like"),
        (lambda query, pool, k: pool.nearest(query), "AttributeError"),
    ),
)

# --- 6.6 What a success costs -------------------------------------------------------------------


def _per_success(right: Booleans, usd: Dollars, wrong_usd: float) -> float:
    good = sum(right)
    return (sum(usd) + (len(right) - good) * wrong_usd) / good if good else math.inf


def _success_cases(rng: Random) -> list[tuple[Booleans, Dollars, float]]:
    cases = []
    for accuracy, wrong in ((0.9, 0.0), (0.6, 0.0), (0.8, 0.05), (0.6, 2.0), (0.5, 0.01)):
        right = [rng.random() < accuracy for _ in range(40)]
        usd = [round(rng.uniform(0.001, 0.02), 5) for _ in right]
        cases.append((right, usd, wrong))
    return cases


SUCCESS = Function(
    id="6.6",
    expected=_per_success,
    cases=_success_cases,
    by_hand=(
        # 1 + 1 + 2 + 4 = 8 for the calls, one wrong at 10: 18 for 3 that are right
        (([True, True, False, True], [1.0, 1.0, 2.0, 4.0], 10.0), 6.0),
        # 0.03 for two calls, one right, nothing else to pay
        (([True, False], [0.01, 0.02], 0.0), 0.03),
        (([False, False], [0.01, 0.02], 1.0), math.inf),
    ),
    misconceptions=(
        (
            lambda right, usd, wrong: _mean(usd),
            "That is what a question costs: wrong answers are paid too, and the right ones must "
            "carry them.",
        ),
        (
            lambda right, usd, wrong: (
                sum(u for r, u in zip(right, usd, strict=True) if r) / sum(right)
            ),
            "You left out the calls that went wrong: they were billed all the same.",
        ),
        (
            lambda right, usd, wrong: sum(usd) / sum(right),
            "You left out what a wrong answer costs besides its call.",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong * right.count(False)) / len(right),
            "You divided by all answers: divide by the right ones.",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong) / sum(right),
            "You paid for one wrong answer: each of them costs.",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong * len(right)) / sum(right),
            "You paid for every answer as if it were wrong.",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong * right.count(False)) / max(1, sum(right)),
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
    wrong=(
        (lambda right, usd, wrong: _mean(usd), "what a question costs"),
        (
            lambda right, usd, wrong: (
                sum(u for r, u in zip(right, usd, strict=True) if r) / sum(right)
                if any(right)
                else math.inf
            ),
            "went wrong",
        ),
        (
            lambda right, usd, wrong: sum(usd) / sum(right) if any(right) else math.inf,
            "besides its call",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong) / sum(right) if any(right) else math.inf,
            "each of them",
        ),
        (
            lambda right, usd, wrong: (sum(usd) + wrong * right.count(False)) / max(1, sum(right)),
            "math.inf",
        ),
        (lambda right, usd, wrong: 0.02, "The first that is"),
    ),
)

EXERCISES = (SAMPLE, SELECT, LEAD, MINIFY, FEWSHOT, SUCCESS)
