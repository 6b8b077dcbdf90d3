"""The exercises of lesson 4, Usage tracking & alerts. USD, tokens, UTC."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import cache
from random import Random
from statistics import mean, median
from typing import Any

import pandas as pd

from costlib.alerts.conditions import (
    Anomaly,
    BurnRate,
    ForecastToExceed,
    Threshold,
    delay,
    false_alarms,
    hourly,
)
from costlib.bank.tracked import incidents, tracked_month, without_incidents
from costlib.exercises.framework import Design, Function, Unreadable

Row = dict[str, Any]

# --- 4.1 The cost of a resolved conversation ------------------------------------------------------


def _unit(
    calls: list[Row],
    feature: str,
    resolved: list[str],
    *,
    wanted: Callable[[Row], bool] = lambda row: True,
    count: Callable[[list[Row], list[str]], float] | None = None,
    unknown: Callable[[list[Row]], bool] = lambda rows: any(r["usd"] is None for r in rows),
    every: bool = False,
) -> float | None:
    """The unit cost, each keyword one way to get it wrong."""
    mine = [row for row in calls if every or row["feature"] == feature]
    if unknown(mine):
        return None
    total = sum(row["usd"] or 0 for row in mine if wanted(row))
    runs = {row["run"] for row in mine}
    units = count(mine, resolved) if count else len(runs & set(resolved))
    return total / units if units else math.inf


def _resolved_usd(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, wanted=lambda row: row["run"] in resolved)


def _answered_usd(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, wanted=lambda row: row["status"] == "ok")


def _per_run(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda rows, _: len({row["run"] for row in rows}))


def _per_call(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda rows, _: len(rows))


def _all_features(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, every=True)


def _unknown_is_zero(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, unknown=lambda rows: False)


def _all_resolved(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda _, names: len(set(names)))


def _unit_in_pandas(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    frame = pd.DataFrame(calls)
    mine = frame[frame["feature"] == feature]
    if mine["usd"].isna().any():
        return None
    solved = mine.loc[mine["run"].isin(resolved), "run"].nunique()
    return float(mine["usd"].sum()) / solved if solved else math.inf


def _unit_cases(rng: Random) -> list[tuple[list[Row], str, list[str]]]:
    cases = []
    for case in range(8):
        calls, resolved = [], []
        for number in range(rng.randrange(6, 12)):
            feature = rng.choice(["answer", "form"])
            run = f"r{number}"
            if rng.random() < 0.6:
                resolved.append(run)
            for _ in range(rng.randrange(1, 4)):
                status = rng.choice(["ok", "ok", "ok", "error"])
                usd = round(rng.uniform(0.01, 0.09), 4)
                calls.append({"feature": feature, "run": run, "status": status, "usd": usd})
        if case == 3:
            calls[0]["usd"] = None
        if case == 4:
            resolved = []
        cases.append((calls, calls[0]["feature"], resolved))
    return cases


def _call_row(feature: str, run: str, status: str, usd: float | None) -> Row:
    return {"feature": feature, "run": run, "status": status, "usd": usd}


_THREE = [
    _call_row("answer", "r1", "ok", 0.05),
    _call_row("answer", "r1", "error", 0.01),
    _call_row("answer", "r2", "ok", 0.04),
    _call_row("form", "r3", "ok", 0.50),
]

UNIT = Function(
    id="4.1",
    expected=lambda calls, feature, resolved: _unit(calls, feature, resolved),
    cases=_unit_cases,
    by_hand=(
        # 0.05 + 0.01 + 0.04 for the two conversations of "answer", of which one is resolved
        ((_THREE, "answer", ["r1"]), 0.10),
        ((_THREE, "form", ["r1"]), math.inf),
    ),
    misconceptions=(
        (
            _resolved_usd,
            "You left out what the unresolved conversations cost: it was spent on the way to the "
            "resolved ones.",
        ),
        (_answered_usd, "You left out failed attempts: some of them are billed too."),
        (
            _per_run,
            "You divided by all conversations: a unit is one that was resolved.",
        ),
        (_per_call, "You divided by calls: a conversation has several, and only some resolve it."),
        (_all_features, "You added up every feature: the tag says which rows to take."),
        (
            _all_resolved,
            "You divided by everything that was resolved: count the conversations of this feature.",
        ),
        (
            _unknown_is_zero,
            "You took an unknown cost for zero: where a row has none, the answer is not known "
            "either, so return None.",
        ),
    ),
    explanation="All that the feature spent, failures and dead ends too, over what it resolved.",
    hints=(
        "Which rows belong to the feature? Does any of them have no cost?",
        "The money of all its rows goes above the line, whatever became of the conversation.",
        "Below the line: how many different runs of the feature are in `resolved`? None of them "
        "is `math.inf`.",
    ),
    right=(lambda calls, feature, resolved: _unit(calls, feature, resolved), _unit_in_pandas),
    wrong=(
        (_resolved_usd, "unresolved"),
        (_answered_usd, "failed attempts"),
        (_per_run, "all conversations"),
        (_per_call, "by calls"),
        (_all_features, "every feature"),
        (_all_resolved, "everything that was resolved"),
        (_unknown_is_zero, "unknown cost for zero"),
        (lambda calls, feature, resolved: 0.2, "The first that is"),
    ),
)

# --- 4.2 The retry loop ---------------------------------------------------------------------------


def _loop(
    calls: list[Row],
    repeats: int,
    *,
    key: Callable[[Row], Any] = lambda row: row["prompt"],
    counts: Callable[[Row], bool] = lambda row: row["status"] == "ok",
    with_first: bool = False,
    only_answers: bool = False,
    least: int = 0,
) -> float:
    """The wasted dollars of one run, each keyword one way to get it wrong."""
    wasted = 0.0
    for prompt in dict.fromkeys(map(key, calls)):
        same = [row for row in calls if key(row) == prompt]
        answered = [place for place, row in enumerate(same) if counts(row)]
        if len(answered) - 1 + least <= repeats:
            continue
        start = 0 if with_first else answered[0] + 1
        wasted += sum(
            row["usd"] for row in same[start:] if not only_answers or row["status"] == "ok"
        )
    return wasted


def _any_attempt(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, counts=lambda row: True)


def _with_first(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, with_first=True)


def _one_too_few(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, least=1)


def _only_answers(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, only_answers=True)


def _by_call(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, key=lambda row: row["call_id"])


def _whole_run(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, key=lambda row: None)


def _only_beyond(calls: list[Row], repeats: int) -> float:
    """Forgives the first `repeats` repeats of a loop too."""
    wasted = 0.0
    for prompt in {row["prompt"] for row in calls}:
        same = [row for row in calls if row["prompt"] == prompt]
        ok = [place for place, row in enumerate(same) if row["status"] == "ok"]
        if len(ok) - 1 > repeats:
            wasted += sum(row["usd"] for row in same[ok[repeats] + 1 :])
    return wasted


def _loop_step_by_step(calls: list[Row], repeats: int) -> float:
    answers: dict[str, int] = {}
    after: dict[str, float] = {}
    for row in calls:
        prompt = row["prompt"]
        if answers.get(prompt):
            after[prompt] = after.get(prompt, 0) + row["usd"]
        answers[prompt] = answers.get(prompt, 0) + (row["status"] == "ok")
    return sum(usd for prompt, usd in after.items() if answers[prompt] > repeats + 1)


def _loop_cases(rng: Random) -> list[tuple[list[Row], int]]:
    cases = []
    for _ in range(9):
        calls: list[Row] = []
        number = 0
        for prompt in ("p1", "p2", "p3"):
            for _ in range(rng.choice([1, 1, 2, 3, 4, 5, 6, 8])):
                number += 1
                usd = round(rng.uniform(0.02, 0.06), 4)
                for _ in range(rng.choice([0, 0, 0, 1, 2])):  # the SDK's own retries
                    calls.append(_attempt(prompt, number, "error", rng.choice([0.0, 0.03])))
                calls.append(_attempt(prompt, number, "ok", usd))
        cases.append((calls, rng.choice([2, 3])))
    return cases


def _attempt(prompt: str, call: int, status: str, usd: float) -> Row:
    return {"prompt": prompt, "call_id": f"c{call}", "status": status, "usd": usd}


LOOP = Function(
    id="4.2",
    expected=lambda calls, repeats: _loop(calls, repeats),
    cases=_loop_cases,
    by_hand=(
        # four answers, so three repeats, more than two: the last three are wasted
        (([_attempt("p", n, "ok", 0.04) for n in range(4)], 2), 0.12),
        (([_attempt("p", n, "ok", 0.04) for n in range(3)], 2), 0.0),
        # one call whose SDK tried four times: the vendor's trouble, no loop
        (([_attempt("p", 1, "error", 0.03)] * 4 + [_attempt("p", 1, "ok", 0.04)], 2), 0.0),
    ),
    misconceptions=(
        (
            _any_attempt,
            "You counted attempts that failed as repeats: an SDK tries again by itself after a 429 "
            "or a 500. A loop asks again although it was answered.",
        ),
        (_with_first, "You counted the first answer as waste: it was worth its money."),
        (
            _one_too_few,
            "You flagged a prompt with exactly `repeats` repeats: it takes more than that.",
        ),
        (
            _only_answers,
            "You left out attempts of the loop that failed: a time-out may be billed.",
        ),
        (
            _by_call,
            "You looked for the same `call_id`: that joins an SDK's own retries. A loop makes a "
            "new call each time, with the same prompt.",
        ),
        (_whole_run, "You took all calls of the run for one loop: compare the prompts."),
        (
            _only_beyond,
            "You forgave the first repeats of a loop: once it is one, all after the first answer "
            "is wasted.",
        ),
    ),
    explanation="The same prompt, answered again and again under new call ids: that is no retry "
    "of the transport, and only a better prompt or parser ends it.",
    hints=(
        "Put the calls with the same prompt together. How many of them were answered?",
        "One answer is what you wanted; the others are repeats. Are there more than `repeats`?",
        "If so, add the dollars of every call with that prompt after its first answer.",
    ),
    right=(lambda calls, repeats: _loop(calls, repeats), _loop_step_by_step),
    wrong=(
        (_any_attempt, "tries again by itself"),
        (_with_first, "first answer as waste"),
        (_one_too_few, "more than that"),
        (_only_answers, "time-out"),
        (_by_call, "call_id"),
        (_whole_run, "compare the prompts"),
        (_only_beyond, "forgave"),
        (lambda calls, repeats: 0.12, "The first that is"),
    ),
)

# --- 4.3 An alert that neither cries nor sleeps ---------------------------------------------------

WATCHED, INCIDENT = "dispute-form", "form-loop"
WITHIN_HOURS = 3
RULES = (Threshold, BurnRate, ForecastToExceed, Anomaly)
IN_THE_TABLE = BurnRate(budget=40, factor=3)


@cache
def _watched() -> tuple[pd.Series, pd.Series]:
    """The feature's hours in a clean month, and with the loop alone."""
    month = tracked_month()
    clean = hourly(without_incidents(month), feature=WATCHED)
    return clean, hourly(without_incidents(month, keep=INCIDENT), feature=WATCHED)


def _tuned(rule: Any) -> tuple[bool | None, str]:
    if isinstance(rule, type) and issubclass(rule, RULES):
        raise Unreadable("This is the kind of rule: call it with its numbers in parentheses.")
    if not isinstance(rule, RULES):
        kinds = ", ".join(kind.__name__ for kind in RULES)
        raise Unreadable(f"A rule is wanted, one of {kinds}, with its numbers.")
    if rule == IN_THE_TABLE:
        return False, "That is the table's own rule, and it passes. Find another, and measure it."
    clean, loop = _watched()
    cries = false_alarms(rule, clean)
    (truth,) = incidents().query("incident == @INCIDENT").to_dict("records")
    seen = delay(rule, loop, truth["first"], truth["last"])
    if cries > 1:
        return False, (
            f"On the clean month it cries {cries:.0f} times in 30 days, and one is allowed: "
            "people stop reading. Ask for more before it fires."
        )
    if seen is None:
        return False, (
            "It never sees the loop: it asks for more than the incident shows. Look at how high "
            "the hours of the weekend are beside the usual ones."
        )
    hours = seen.total_seconds() / 3600
    if hours > WITHIN_HOURS:
        late = "It waits until money is gone" if isinstance(rule, Threshold) else "It looks too far"
        if isinstance(rule, ForecastToExceed):
            late = "It is asked once a day"
        return False, f"It sees the loop after {hours:.1f} hours, and 3 are allowed. {late}."
    return True, ""


ALERT = Design(
    id="4.3",
    validate=_tuned,
    explanation="One rule, tuned on clean traffic for its false alarms and on an incident for its "
    "delay: both must be measured, and next month's traffic will differ.",
    hints=(
        "`Threshold` knows only the sum. Which kinds look at the speed, or at the hour?",
        "Take `BurnRate` with the feature's own budget and another `long`, or `Anomaly`, and raise "
        "`factor` or `z` until clean traffic is quiet.",
        "Measure both as above: `false_alarms(rule, clean)` and `delay(rule, loop, ...)`.",
    ),
    right=(
        BurnRate(budget=40, factor=4),
        BurnRate(budget=40, factor=4, long=3, short=1),
        Anomaly(z=6),
    ),
    wrong=(
        (BurnRate(budget=40, factor=2), "people stop reading"),
        (BurnRate(budget=40, factor=3), "table's own rule"),
        (Anomaly(z=3), "people stop reading"),
        (BurnRate(budget=450, factor=3), "never sees"),
        (Threshold(budget=40), "money is gone"),
        (ForecastToExceed(budget=40), "once a day"),
        (BurnRate(budget=40, factor=3, long=24, short=2), "looks too far"),
        (Anomaly(z=60), "never sees"),
    ),
)

# --- 4.4 Reconcile a difference -------------------------------------------------------------------

Side = dict[str, float]


def _split(
    ours: Side, theirs: Side, rates: Side, *, sign: int = 1, sold: str = "input"
) -> tuple[float, float, float]:
    """Cached, output, and what is left, in USD."""
    cached = (theirs["cached"] - ours["cached"]) * (rates["cached"] - rates[sold]) / 1e6
    output = (theirs["output"] - ours["output"]) * rates["output"] / 1e6
    left = theirs["usd"] - ours["usd"] - cached - output
    return sign * cached, sign * output, sign * left


def _full_discount(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached = (theirs["cached"] - ours["cached"]) * rates["cached"] / 1e6
    output = (theirs["output"] - ours["output"]) * rates["output"] / 1e6
    return cached, output, theirs["usd"] - ours["usd"] - cached - output


def _minus_input(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached = (theirs["cached"] - ours["cached"]) * -rates["input"] / 1e6
    output = (theirs["output"] - ours["output"]) * rates["output"] / 1e6
    return cached, output, theirs["usd"] - ours["usd"] - cached - output


def _output_at_input(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached = (theirs["cached"] - ours["cached"]) * (rates["cached"] - rates["input"]) / 1e6
    output = (theirs["output"] - ours["output"]) * rates["input"] / 1e6
    return cached, output, theirs["usd"] - ours["usd"] - cached - output


def _left_is_all(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached, output, _ = _split(ours, theirs, rates)
    return cached, output, theirs["usd"] - ours["usd"]


def _split_cases(rng: Random) -> list[tuple[Side, Side, Side]]:
    cases = []
    for _ in range(8):
        rates = rng.choice(
            [
                {"input": 2.0, "cached": 0.5, "output": 8.0},
                {"input": 4.0, "cached": 0.2, "output": 20.0},
            ]
        )
        sent = rng.randrange(10, 90) * 100_000
        ours: Side = {"input": sent, "cached": sent // rng.choice([3, 4, 10]),
                      "output": rng.randrange(1, 9) * 100_000}  # fmt: skip
        theirs: Side = {"input": sent, "cached": sent // rng.choice([2, 5]),
                        "output": ours["output"] + rng.randrange(1, 9) * 10_000}  # fmt: skip
        for side in (ours, theirs):
            plain = side["input"] - side["cached"]
            amount = plain * rates["input"] + side["cached"] * rates["cached"]
            side["usd"] = (amount + side["output"] * rates["output"]) / 1e6
        theirs["usd"] = round(theirs["usd"] + rng.choice([0.0, 0.3, 1.25]), 6)
        cases.append((ours, theirs, rates))
    return cases


SPLIT = Function(
    id="4.4",
    expected=lambda ours, theirs, rates: _split(ours, theirs, rates),
    cases=_split_cases,
    by_hand=(
        (
            (
                {"input": 1_000_000, "cached": 0, "output": 100_000, "usd": 2.80},
                {"input": 1_000_000, "cached": 400_000, "output": 150_000, "usd": 3.10},
                {"input": 2.0, "cached": 0.5, "output": 8.0},
            ),
            # 0.4 million at 0.50 - 2.00; 0.05 million at 8; 0.30 - (-0.60) - 0.40
            (-0.60, 0.40, 0.50),
        ),
    ),
    misconceptions=(
        (
            lambda ours, theirs, rates: _split(ours, theirs, rates, sign=-1),
            "The signs are turned: a cause is what it adds to the provider's bill.",
        ),
        (
            _full_discount,
            "You added the cached tokens at their own rate: they are inside the input, so they "
            "move from one rate to the other.",
        ),
        (
            _minus_input,
            "You took the moved tokens off the input and forgot that they are paid as cached.",
        ),
        (_output_at_input, "You valued output at the input rate."),
        (
            _left_is_all,
            "What is left is the difference after both causes are taken away: the three must add "
            "up to it.",
        ),
    ),
    explanation="Value each cause at a rate, and the remainder shows itself: here money that no "
    "token explains.",
    hints=(
        "What does a token save when it is read from the cache instead of sent plain?",
        "The first cause: extra cached tokens times (cached rate minus input rate), per million.",
        "The second: extra output at the output rate. The third: the difference minus both.",
    ),
    right=(
        lambda ours, theirs, rates: _split(ours, theirs, rates),
        lambda o, t, r: [
            x := (r["input"] - r["cached"]) * (o["cached"] - t["cached"]) / 1e6,
            y := r["output"] * (t["output"] - o["output"]) / 1e6,
            t["usd"] - o["usd"] - x - y,
        ],
    ),
    wrong=(
        (lambda o, t, r: _split(o, t, r, sign=-1), "signs are turned"),
        (_full_discount, "move from one rate"),
        (_minus_input, "paid as cached"),
        (_output_at_input, "input rate"),
        (_left_is_all, "add up"),
        (lambda o, t, r: (0.0, 0.0, t["usd"] - o["usd"]), "The first that is"),
    ),
)

# --- 4.5 A prompt that grew -----------------------------------------------------------------------

Floors = list[int]


def _grown(
    floors: Floors,
    learn: int,
    growth: float,
    days: int,
    *,
    middle: Callable[[Sequence[int]], float] = median,
    today: int = 0,
    moving: bool = True,
    last: bool = False,
) -> int | None:
    """The first day of a growth that lasts, each keyword one way to get it wrong."""

    def high(day: int) -> bool:
        start = day - learn + today if moving else 0
        return floors[day] > (1 + growth) * middle(floors[start : start + learn])

    for day in range(learn, len(floors) - days + 1):
        if all(high(each) for each in range(day, day + days)):
            return day + days - 1 if last else day
    return None


def _with_today(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, today=1)


def _first_week(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, moving=False)


def _mean_of(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, middle=mean)


def _one_day(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, 1)


def _last_day(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, last=True)


def _grown_in_pandas(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    series = pd.Series(floors, dtype=float)
    high = series > (1 + growth) * series.rolling(learn).median().shift()
    lasts = high.rolling(days).sum() == days
    return int(lasts.idxmax()) - days + 1 if lasts.any() else None


def _grown_cases(rng: Random) -> list[tuple[Floors, int, float, int]]:
    cases = []
    for case in range(10):
        base = rng.randrange(2_000, 7_000)
        floors = [round(base * rng.uniform(0.99, 1.01)) for _ in range(20)]
        if case % 5:  # a step on some day, after a spike of one day
            step = rng.randrange(9, 17)
            floors = [round(f * 1.12) if day >= step else f for day, f in enumerate(floors)]
            if case % 2:
                floors[step - 2] = base * 2
                floors[3] = round(base * 1.4)
        if case == 5:  # a slow drift, which no week sees
            floors = [round(base * 1.004**day) for day in range(20)]
        cases.append((floors, 7 if case % 3 else 5, 0.05, 2 if case % 4 else 3))
    return cases


GROWN = Function(
    id="4.5",
    expected=lambda floors, learn, growth, days: _grown(floors, learn, growth, days),
    cases=_grown_cases,
    by_hand=(
        # the median of 100, 100, 102 is 100; 106 and 108 are above 105, twice running
        (([100, 100, 102, 106, 108, 100], 3, 0.05, 2), 3),
        # 120 alone is no growth; 107 is above 105, then 113 above 1.05 times the median 107
        (([100, 100, 100, 120, 100, 107, 113], 3, 0.05, 2), 5),
    ),
    tolerance=0,
    misconceptions=(
        (
            _with_today,
            "You let the day itself into what it is compared with: look at the days before it.",
        ),
        (
            _first_week,
            "You compared with the first days only: the days just before are what is usual.",
        ),
        (_mean_of, "You took a mean: one day of a spike moves it, and the median stays."),
        (_one_day, "One high day is enough for you: it must last `days` days running."),
        (_last_day, "You gave the day on which you were sure: the first high day is wanted."),
    ),
    explanation="A median of the days before, and patience: a spike is not a change.",
    hints=(
        "For each day: what is the median of the `learn` days before it?",
        "A day is high when it is above `(1 + growth)` times that median.",
        "Look for the first day that is high together with the `days - 1` days after it; `None` "
        "when there is none.",
    ),
    right=(
        lambda floors, learn, growth, days: _grown(floors, learn, growth, days),
        _grown_in_pandas,
    ),
    wrong=(
        (_with_today, "the day itself"),
        (_first_week, "first days only"),
        (_mean_of, "a mean"),
        (_one_day, "must last"),
        (_last_day, "first high day"),
        (lambda floors, learn, growth, days: 8, "The first that is"),
    ),
)

# --- 4.6 Short answers from a large model ---------------------------------------------------------


def _over(
    calls: list[Row],
    short: int,
    least: int,
    *,
    middle: Callable[[Sequence[float]], float] = median,
    answered: bool = True,
    only_short: bool = False,
    enough: bool = True,
    share: bool = False,
) -> dict[str, float]:
    """The saving by feature, each keyword one way to get it wrong."""
    found = {}
    for feature in dict.fromkeys(row["feature"] for row in calls):
        mine = [row for row in calls if row["feature"] == feature]
        mine = [row for row in mine if row["status"] == "ok" or not answered]
        if len(mine) < (least if enough else 1):
            continue
        if middle([row["output_tokens"] for row in mine]) > short:
            continue
        kept = [r for r in mine if r["output_tokens"] <= short] if only_short else mine
        spent = sum(row["usd"] for row in kept)
        found[feature] = spent if share else spent - sum(row["batch_usd"] for row in kept)
    return found


def _each_alone(calls: list[Row], short: int, least: int) -> dict[str, float]:
    """Judges each call by itself, whatever the feature usually answers."""
    found: dict[str, float] = {}
    for row in calls:
        if row["status"] == "ok" and row["output_tokens"] <= short:
            saved = row["usd"] - row["batch_usd"]
            found[row["feature"]] = found.get(row["feature"], 0) + saved
    return found


def _mean_length(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, middle=mean)


def _failed_too(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, answered=False)


def _short_ones(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, only_short=True)


def _few_will_do(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, enough=False)


def _all_spent(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, share=True)


def _over_in_pandas(calls: list[Row], short: int, least: int) -> dict[str, float]:
    frame = pd.DataFrame(calls).query("status == 'ok'")
    if frame.empty:
        return {}
    by = frame.groupby("feature")
    sizes, lengths = by.size(), by["output_tokens"].median()
    saved = by["usd"].sum() - by["batch_usd"].sum()
    return saved[(sizes >= least) & (lengths <= short)].to_dict()


def _over_cases(rng: Random) -> list[tuple[list[Row], int, int]]:
    cases = []
    for _ in range(8):
        calls = []
        for feature, typical, size in (("tag", 3, 14), ("chat", 180, 14), ("vote", 4, 5)):
            for _ in range(size):
                long = rng.random() < 0.2
                tokens = rng.randrange(200, 900) if long else rng.randrange(1, 2 * typical)
                usd = round(0.004 + tokens * 2e-5, 6)
                calls.append({"feature": feature, "status": "ok", "output_tokens": tokens,
                              "usd": usd, "batch_usd": usd / 2})  # fmt: skip
            for _ in range(3):
                calls.append({"feature": feature, "status": "error", "output_tokens": 0,
                              "usd": 0.004, "batch_usd": 0.002})  # fmt: skip
        rng.shuffle(calls)
        cases.append((calls, 20, 8))
    return cases


def _short_row(feature: str, tokens: int, usd: float, status: str = "ok") -> Row:
    return {"feature": feature, "status": status, "output_tokens": tokens, "usd": usd,
            "batch_usd": usd / 2}  # fmt: skip


OVER = Function(
    id="4.6",
    expected=lambda calls, short, least: _over(calls, short, least),
    cases=_over_cases,
    by_hand=(
        # "tag": 2, 3 and 400 tokens, median 3; 0.04 + 0.04 + 0.12, half of it saved
        (
            (
                [
                    _short_row("tag", 2, 0.04),
                    _short_row("tag", 3, 0.04),
                    _short_row("tag", 400, 0.12),
                    _short_row("chat", 300, 0.10),
                ],
                20,
                3,
            ),
            {"tag": 0.10},
        ),
        (([_short_row("chat", 300, 0.10), _short_row("tag", 2, 0.04)], 20, 2), {}),
    ),
    misconceptions=(
        (
            _each_alone,
            "You judged each call alone: any feature has short answers now and then. Judge the "
            "feature by its median.",
        ),
        (_mean_length, "You took a mean: a few long answers move it, and the median stays."),
        (_failed_too, "You counted failed attempts: they have no answer whose length says much."),
        (
            _short_ones,
            "You saved on the short answers only: once a feature is found, all its answered calls "
            "would run in a batch.",
        ),
        (_few_will_do, "You judged features with fewer than `least` answers: too few to tell."),
        (_all_spent, "That is what was spent: the saving is what the batch would cost less."),
    ),
    explanation="A hint by length, with its dollars: the answers stay the same, only later. "
    "Whether a smaller model would do is another question, and an evaluation answers it.",
    hints=(
        "Group the answered calls by feature. Are there at least `least` of them?",
        "`statistics.median` of their output tokens: is it at most `short`?",
        "For each such feature: the sum of `usd` minus the sum of `batch_usd`.",
    ),
    right=(lambda calls, short, least: _over(calls, short, least), _over_in_pandas),
    wrong=(
        (_each_alone, "each call alone"),
        (_mean_length, "a mean"),
        (_failed_too, "failed attempts"),
        (_short_ones, "short answers only"),
        (_few_will_do, "too few"),
        (_all_spent, "what was spent"),
        (lambda calls, short, least: {"tag": 1.0}, "The first that is"),
    ),
)

EXERCISES = (UNIT, LOOP, ALERT, SPLIT, GROWN, OVER)
