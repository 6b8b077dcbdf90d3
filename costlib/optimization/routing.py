"""Routers on recorded outcomes: which questions need the dear model, and what a success costs.

A *router* looks at a question and picks the model. A *cascade* asks the weak model first and asks
the strong one only when the answer looks wrong; it then pays for both. What both may look at is
known when they decide: never whether the answer is right. The yardstick is *random at equal cost*:
questions sent to the strong model by lot, as many as the same money buys. Taught in lesson 6.

**Measured**: 1,319 questions of GSM8K with the answers of GPT-4 (1106-preview) and
Mixtral-8x7B-Instruct of 2023 and whether each was right (RouteLLM's data, see data/README.md).
**Estimated**: tokens. Question and recorded answer are counted; what else was sent is not in the
data, and the answers' form shows that there was something (worked examples, most likely), so real
input was dearer, by the same tokens for both models. GPT-4's are exact (cl100k_base), Mixtral's
are cl100k_base times MIXTRAL. Money is USD a question, at the list prices of PRICED_ON.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, lru_cache
from typing import TypeAlias

import numpy as np
import pandas as pd

from costlib.paths import data_path
from costlib.pricing.table import cost_table
from costlib.tokens.encodings import encoded_length

STRONG, WEAK = "gpt-4-1106-preview", "open-mixtral-8x7b"
PRICED_ON = datetime(2024, 3, 1, tzinfo=UTC)
"""The first day of a month on which prices.csv has list prices of both."""

# Tokens of Mixtral for one of cl100k_base, in question and answer. Counted over the whole file on
# 2026-11-25 with Mixtral's tokenizer (version 1) in the Python package mistral-common 1.13.1, which
# the course does not ship; the band holds 90% of single texts.
MIXTRAL = {"question": (1.02, 1.10, 1.21), "answer": (1.12, 1.27, 1.51)}


@cache
def outcomes(band: int = 1) -> pd.DataFrame:
    """The recorded questions: `question`, `weak_answer`, `weak_right`, `strong_right`, `weak_usd`,
    `strong_usd` (USD for the call). Treat it as read-only.

    `band` chooses Mixtral's token factors: 0 the low ends, 1 the best guess, 2 the high ends.
    """
    if band not in (0, 1, 2):
        raise ValueError(f"band={band!r} is none of the factors: choose 0 (low), 1 or 2 (high)")
    weak, strong = "mistralai/Mixtral-8x7B-Instruct-v0.1", "gpt-4-1106-preview"
    file = pd.read_csv(data_path("routing", "gsm8k_responses.csv"))
    asked = _lengths(file["prompt"])
    of_weak, of_strong = _lengths(file[weak + "_response"]), _lengths(file[strong + "_response"])
    question, answer = (MIXTRAL[part][band] for part in ("question", "answer"))
    return pd.DataFrame(
        {
            "question": file["prompt"],
            "weak_answer": file[weak + "_response"],
            "weak_right": file[weak],
            "strong_right": file[strong],
            "weak_usd": _usd(WEAK, np.rint(asked * question), np.rint(of_weak * answer)),
            "strong_usd": _usd(STRONG, asked, of_strong),
        }
    )


def _lengths(texts: pd.Series) -> np.ndarray:
    return np.array([encoded_length(text, "cl100k_base") for text in texts], dtype=np.int64)


def _usd(model: str, sent: np.ndarray, written: np.ndarray) -> np.ndarray:
    usage = pd.DataFrame({"input_tokens": sent, "output_tokens": written}).astype(np.int64)
    usage = usage.assign(model=model, tier="standard", time=pd.Timestamp(PRICED_ON))
    return cost_table(usage)["cost_pusd"].to_numpy() / 1e12


# --- Playing a policy -------------------------------------------------------------------------


PLAYED = ("strong_right", "weak_right", "strong_usd", "weak_usd")
Outcomes: TypeAlias = pd.DataFrame | Mapping[str, np.ndarray]
"""The columns PLAYED of recorded questions; arrays are played many times faster than a frame."""


@dataclass(frozen=True)
class Played:
    """A policy on a set of questions: share right, USD a question, share the strong one answers."""

    accuracy: float
    usd: float
    strong_share: float


def play(outcomes: Outcomes, strong: np.ndarray, *, weak_first: bool = False) -> Played:
    """What happens when the strong model answers the questions marked in `strong`, the weak the
    others; with `weak_first` (a cascade) the weak call is paid for all of them."""
    strong = np.asarray(strong, bool)
    strong_right, weak_right, strong_usd, weak_usd = (np.asarray(outcomes[key]) for key in PLAYED)
    right = np.where(strong, strong_right, weak_right)
    usd = np.where(strong, strong_usd, 0.0)
    usd = usd + np.where(strong & (not weak_first), 0.0, weak_usd)
    return Played(float(right.mean()), float(usd.mean()), float(strong.mean()))


def random_beside(outcomes: Outcomes, usd: float) -> float:
    """The accuracy to expect of *random at equal cost*: questions sent to the strong model by lot,
    as many as `usd` a question buys; on the line from always-weak to always-strong.

    Above the cost of always-strong, where a cascade may end, always-strong is the rival. Raises
    ValueError below that of always-weak.
    """
    return _by_lot(*_always(outcomes), usd)


def _always(outcomes: Outcomes) -> tuple[Played, Played]:
    """Always the weak model, and always the strong one."""
    count = len(outcomes["weak_right"])
    return play(outcomes, np.zeros(count)), play(outcomes, np.ones(count))


def _by_lot(weak: Played, strong: Played, usd: float) -> float:
    if usd < weak.usd * (1 - 1e-9):
        raise ValueError(f"{usd:.6f} USD a question is less than always-weak, {weak.usd:.6f}")
    bought = min(1.0, (usd - weak.usd) / (strong.usd - weak.usd))
    return weak.accuracy + bought * (strong.accuracy - weak.accuracy)


def oracle(outcomes: pd.DataFrame) -> np.ndarray:
    """Whom a router that knew the outcome would send to the strong model: only those that it alone
    gets right. No real router can do this; it is the ceiling."""
    return (outcomes["strong_right"] & ~outcomes["weak_right"]).to_numpy()


def most_doubtful(doubt: np.ndarray, share: float) -> np.ndarray:
    """Marks the given share of questions, those with the greatest doubt (equal ones in order)."""
    marked = np.zeros(len(doubt), bool)
    marked[np.argsort(-np.asarray(doubt), kind="stable")[: round(share * len(doubt))]] = True
    return marked


def splits(count: int, times: int = 20, seed: int = 0) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Random halves of `count` rows, one to learn on and one to test on; `times` such pairs."""
    rng = np.random.default_rng(seed)
    for _ in range(times):
        order = rng.permutation(count)
        yield order[: count // 2], order[count // 2 :]


# --- What can be known ------------------------------------------------------------------------

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")
_FINAL = re.compile(r"####\s*[-$]*\d")
_SUM = re.compile(r"<<([^<>=]+)=([^<>=]+)>>")
_COMPARES = re.compile(r"\b(?:half|twice|times|more than|less than|fewer|percent|each|per)\b|%")


def looks_wrong(answer: str) -> bool:
    """Whether a recorded Mixtral answer shows a fault without knowing the truth: no final number
    after "####", or a calculation in its "<<a=b>>" notes that does not hold."""
    return not _FINAL.search(answer) or _false_sums(answer) > 0


@lru_cache(4_096)  # each trial of a rule asks of the same thousand answers
def _false_sums(answer: str) -> int:
    return sum(not _holds(left, right) for left, right in _SUM.findall(answer))


def _holds(left: str, right: str) -> bool:
    try:
        value, claimed = _value(left), _value(right)
    except (SyntaxError, TypeError, ValueError, ArithmeticError, KeyError):
        return False
    return math.isclose(value, claimed, rel_tol=0.01, abs_tol=0.01)  # answers round to cents


_OPERATORS: dict[type, Callable[..., float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.USub: operator.neg,
}


def _value(expression: str) -> float:
    """An arithmetic expression, without eval: only numbers, + - * / and parentheses."""

    def walk(node: ast.AST) -> float:
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return float(node.value)
        if isinstance(node, ast.BinOp):
            return _OPERATORS[type(node.op)](walk(node.left), walk(node.right))
        if isinstance(node, ast.UnaryOp):
            return _OPERATORS[type(node.op)](walk(node.operand))
        raise ValueError(expression)

    plain = re.sub(r"[,$\s]", "", expression).replace("%", "/100")
    return walk(ast.parse(re.sub(r"(?<![\d.])0+(?=\d)", "", plain), mode="eval").body)


def before_the_call(outcomes: pd.DataFrame) -> np.ndarray:
    """Measures of a question for a router: its length, numbers, sentences and comparisons."""
    return np.array(
        [
            [
                math.log(len(text)),
                len(_NUMBER.findall(text)),
                text.count(".") + text.count("?"),
                len(_COMPARES.findall(text.lower())),
            ]
            for text in outcomes["question"]
        ]
    )


def after_the_weak_answer(outcomes: pd.DataFrame) -> np.ndarray:
    """Further measures for a cascade: faults that show in the answer, its length, its steps."""
    seen = [
        [
            float(not _FINAL.search(answer)),
            _false_sums(answer),
            math.log(len(answer)),
            len(_SUM.findall(answer)),
            float(not _SUM.search(answer)),
        ]
        for answer in outcomes["weak_answer"]
    ]
    return np.hstack([before_the_call(outcomes), np.array(seen)])


def learn(features: np.ndarray, needed: np.ndarray, penalty: float = 1.0) -> Callable:
    """A logistic regression: learns from rows of `features` where the strong model was `needed`,
    and returns a function that gives the doubt (0 to 1) for other rows.

    Newton's method on standardised features; `penalty` holds the weights small.
    """
    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-9

    def ready(rows: np.ndarray) -> np.ndarray:
        return np.hstack([np.ones((len(rows), 1)), (rows - mean) / spread])

    x, y = ready(np.asarray(features)), np.asarray(needed, float)
    held = penalty * np.eye(x.shape[1])
    held[0, 0] = 0  # the intercept is free
    weights = np.zeros(x.shape[1])
    for _ in range(10):
        p = _logistic(x @ weights)
        slope = x.T @ (y - p) - held @ weights
        weights = weights + np.linalg.solve((x.T * (p * (1 - p))) @ x + held, slope)
    return lambda rows: _logistic(ready(np.asarray(rows)) @ weights)


def _logistic(x: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(x, -30, 30)))


# --- Trials -----------------------------------------------------------------------------------

POLICIES = {"by lot": False, "learned router": False, "learned cascade": True}
"""Policies that can be tried, and whether the weak model is asked first."""


@dataclass(frozen=True)
class Trial:
    """One random split: the questions not learned from, and the policy's doubt about each."""

    tested: Mapping[str, np.ndarray]
    doubt: np.ndarray


@dataclass(frozen=True)
class Tried:
    """A policy over many splits: means, and standard deviations from split to split.

    `usd` is for one question; `lead` is the accuracy above random at equal cost.
    """

    accuracy: float
    accuracy_sd: float
    usd: float
    lead: float
    lead_sd: float

    @property
    def usd_per_success(self) -> float:
        """What one right answer costs: wrong ones were paid too."""
        return self.usd / self.accuracy


@cache
def trials(policy: str, times: int = 20) -> tuple[Trial, ...]:
    """A policy trained on a random half of the recorded questions, `times` over.

    Raises ValueError for a policy that is not in POLICIES.
    """
    if policy not in POLICIES:
        raise ValueError(f"policy {policy!r} is not known: choose one of {tuple(POLICIES)}")
    rows = outcomes()
    features = (after_the_weak_answer if POLICIES[policy] else before_the_call)(rows)
    needed = oracle(rows)
    lot = np.random.default_rng(1)
    found = []
    for seen, unseen in splits(len(rows), times):
        if policy == "by lot":
            doubt = lot.random(len(unseen))
        else:
            doubt = learn(features[seen], needed[seen])(features[unseen])
        found.append(Trial({key: rows[key].to_numpy()[unseen] for key in PLAYED}, doubt))
    return tuple(found)


def tried(policy: str, strong_share: float, *, times: int = 20, strong_times: float = 1.0) -> Tried:
    """What a policy does when the most doubtful `strong_share` of the questions goes to the strong
    model, whose price may be taken `strong_times` its list price."""
    played, by_lot = [], []
    for tested, ends, doubt in _priced(policy, times, strong_times):
        sent = most_doubtful(doubt, strong_share)
        played.append(play(tested, sent, weak_first=POLICIES[policy]))
        by_lot.append(_by_lot(*ends, played[-1].usd))
    return _summary(played, by_lot)


@lru_cache(maxsize=4)  # a frontier asks for many shares at one price
def _priced(
    policy: str, times: int, strong_times: float
) -> tuple[tuple[Outcomes, tuple[Played, Played], np.ndarray], ...]:
    """For each trial its questions at a price, what always-weak and always-strong make of them,
    and the doubts."""
    found = []
    for trial in trials(policy, times):
        tested = {**trial.tested, "strong_usd": trial.tested["strong_usd"] * strong_times}
        found.append((tested, _always(tested), trial.doubt))
    return tuple(found)


def tried_rule(
    rule: Callable[[pd.DataFrame], np.ndarray], *, weak_first: bool = False, times: int = 20
) -> Tried:
    """The same for a rule that learns nothing: it gets outcomes and marks whom the strong model
    answers. The halves are those on which the learned policies are tested."""
    halves = [outcomes().iloc[unseen] for _, unseen in splits(len(outcomes()), times)]
    played = [play(half, rule(half), weak_first=weak_first) for half in halves]
    by_lot = [random_beside(half, one.usd) for half, one in zip(halves, played, strict=True)]
    return _summary(played, by_lot)


def _summary(played: Sequence[Played], by_lot: Sequence[float]) -> Tried:
    """Means over splits, from what was played in each and the accuracy of a lot at equal cost."""
    accuracy = [one.accuracy for one in played]
    leads = [mine - lot for mine, lot in zip(accuracy, by_lot, strict=True)]
    return Tried(
        accuracy=float(np.mean(accuracy)),
        accuracy_sd=float(np.std(accuracy, ddof=1)),
        usd=float(np.mean([one.usd for one in played])),
        lead=float(np.mean(leads)),
        lead_sd=float(np.std(leads, ddof=1)),
    )
