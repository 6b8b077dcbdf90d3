"""The exercises of lesson 4, Usage tracking & alerts. USD, tokens, UTC."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache, partial
from itertools import groupby
from statistics import mean, median, median_high, median_low
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
from costlib.exercises.framework import Design, Function
from costlib.exercises.inputs import NotAllowed, Pick
from costlib.exercises.values import Unreadable

Row = dict[str, Any]

# --- 4.1 The cost of a resolved conversation ------------------------------------------------------


def _unit(
    calls: list[Row],
    feature: str,
    resolved: list[str],
    *,
    wanted: Callable[[Row], bool] = lambda row: True,
    count: Callable[[list[Row], list[str]], float] | None = None,
    blind: bool = False,
    every: bool = False,
) -> float | None:
    """The unit cost, each keyword one way to get it wrong."""
    mine = [row for row in calls if every or row["feature"] == feature]
    if not blind and any(row["usd"] is None for row in mine):
        return None
    total = sum(row["usd"] or 0 for row in mine if wanted(row))
    runs = {row["run"] for row in mine}
    units = count(mine, resolved) if count else len(runs & set(resolved))
    return total / units if units else math.inf


def _resolved_usd(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, wanted=lambda row: row["run"] in resolved)


def _answered_usd(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, wanted=lambda row: row["status"] == "ok")


def _answered_rows(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit([row for row in calls if row["status"] == "ok"], feature, resolved)


def _in_resolved_runs(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit([row for row in calls if row["run"] in resolved], feature, resolved)


def _answered_runs(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    """Takes a run without an answer for one that cannot be resolved."""
    answered = {row["run"] for row in calls if row["status"] == "ok"}
    return _unit(calls, feature, [run for run in resolved if run in answered])


def _none_where_inf(
    calls: list[Row], feature: str, resolved: list[str], instead: float | None = None
) -> float | None:
    usd = _unit(calls, feature, resolved)
    return instead if usd == math.inf else usd


def _per_run(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda rows, _: len({row["run"] for row in rows}))


def _per_call(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda rows, _: len(rows))


def _all_features(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, every=True)


def _unknown_is_zero(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, blind=True)


def _any_unknown(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    elsewhere = any(row["usd"] is None for row in calls)
    return None if elsewhere else _unit(calls, feature, resolved)


def _known_alone(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit([row for row in calls if row["usd"] is not None], feature, resolved)


def _free_unknown(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    """As if 0 were no cost."""
    return _unit([row | {"usd": row["usd"] or None} for row in calls], feature, resolved)


def _none_resolved_first(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    runs = {row["run"] for row in calls if row["feature"] == feature}
    return _unit(calls, feature, resolved) if runs & set(resolved) else math.inf


def _resolved_calls(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(
        calls, feature, resolved, count=lambda rows, names: sum(r["run"] in names for r in rows)
    )


def _all_resolved(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    return _unit(calls, feature, resolved, count=lambda _, names: len(set(names)))


def _unit_in_pandas(calls: list[Row], feature: str, resolved: list[str]) -> float | None:
    frame = pd.DataFrame(calls, columns=["feature", "run", "status", "usd"])
    mine = frame[frame["feature"] == feature]
    if mine["usd"].isna().any():
        return None
    solved = mine.loc[mine["run"].isin(resolved), "run"].nunique()
    return float(mine["usd"].sum()) / solved if solved else math.inf


def _any_unit(pick: Pick) -> tuple[list[Row], str, list[str]]:
    names = ("answer", "form", "dispute-form")  # the last holds another's name
    features = {f"r{n}": pick.one_of(names) for n in range(1, 7)}
    runs = list(features)

    def row() -> Row:
        run = pick.one_of(runs)
        usd = None if pick.whole(0, 12) == 12 else pick.amount(0, 0.2, 4)
        return _call_row(features[run], run, pick.one_of(("ok", "error")), usd)

    resolved = [run for run in [*runs, "r7"] if pick.yes()]
    return pick.some(row, 0, 12), pick.one_of(("answer", "form")), resolved


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
    draw=_any_unit,
    draws=250,
    by_hand=(
        # 0.05 + 0.01 + 0.04 for the two conversations of "answer", of which one is resolved
        ((_THREE, "answer", ["r1"]), 0.10),
        ((_THREE, "form", ["r1"]), math.inf),
        (([], "form", ["r1"]), math.inf),
        (([_call_row("form", "r1", "ok", None)], "form", ["r1"]), None),
        (([_call_row("form", "r1", "ok", None)], "form", []), None),
        (([_call_row("form", "r1", "ok", None)], "answer", []), math.inf),
        (([_call_row("form", "r1", "ok", None), *_THREE], "answer", ["r1"]), 0.10),
        # two attempts that failed alike are two: 0.01 + 0.01 + 0.05
        (
            (
                [
                    *[_call_row("form", "r1", "error", 0.01)] * 2,
                    _call_row("form", "r1", "ok", 0.05),
                ],
                "form",
                ["r1"],
            ),
            0.07,
        ),
    ),
    misconceptions=(
        *(
            (
                resolved_alone,
                "You left out what the unresolved conversations cost: it was spent on the way to "
                "the resolved ones.",
            )
            for resolved_alone in (_resolved_usd, _in_resolved_runs)
        ),
        (
            _answered_runs,
            "You left out resolved runs that have no answer: `resolved` alone says what is "
            "resolved.",
        ),
        *(
            (
                partial(_none_where_inf, instead=instead),
                "Where nothing was resolved and all costs are known, return infinity: 0 would look "
                "cheap, and None says that a cost is unknown.",
            )
            for instead in (None, 0)
        ),
        (_answered_usd, "You left out failed attempts: some of them are billed too."),
        (
            _answered_rows,
            "You looked at answered rows only: a failed attempt has its cost, known or not, and "
            "its run may be resolved.",
        ),
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
        (
            _any_unknown,
            "You gave up because of another feature's unknown cost: only this feature's count.",
        ),
        (
            _known_alone,
            "You left out the rows without a cost: they were paid too, nobody knows how much, so "
            "return None.",
        ),
        (_free_unknown, "A cost of 0 is known: only None is not."),
        (
            _none_resolved_first,
            "Look for unknown costs first: where there is one, the answer is None, also where "
            "nothing was resolved.",
        ),
        (
            _resolved_calls,
            "You counted the calls of resolved conversations: count each conversation once.",
        ),
    ),
    explanation="All that the feature spent, failures and dead ends too, over what it resolved.",
    hints=(
        "Which rows belong to the feature? Does any of them have no cost?",
        "Add up the money of all its rows, whatever became of the conversation.",
        "Divide by how many different runs of the feature are in `resolved`. Where none is, it is "
        "`math.inf`.",
    ),
    right=(lambda calls, feature, resolved: _unit(calls, feature, resolved), _unit_in_pandas),
)

# --- 4.2 The retry loop ---------------------------------------------------------------------------


def _loop(
    calls: list[Row],
    repeats: int,
    *,
    key: Callable[[Row], Any] = lambda row: row["prompt"],
    counts: Callable[[Row], bool] = lambda row: row["status"] == "ok",
    start: int | None = None,
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
        after = same[answered[0] + 1 if start is None else start :]
        wasted += sum(row["usd"] for row in after if not only_answers or row["status"] == "ok")
    return wasted


def _any_attempt(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, counts=lambda row: True)


def _with_first(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, start=0)


def _after_the_first_try(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, start=1)


def _one_too_few(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, least=1)


def _only_answers(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, only_answers=True)


def _by_call(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, key=lambda row: row["call_id"])


def _whole_run(calls: list[Row], repeats: int) -> float:
    return _loop(calls, repeats, key=lambda row: None)


def _only_in_a_row(calls: list[Row], repeats: int) -> float:
    """Sees repeats only where nothing else was asked in between."""
    rows = groupby(calls, key=lambda row: row["prompt"])
    return sum(_loop(list(group), repeats) for _, group in rows)


def _only_beyond(calls: list[Row], repeats: int) -> float:
    """Forgives the first `repeats` repeats of a loop too."""
    wasted = 0.0
    for prompt in {row["prompt"] for row in calls}:
        same = [row for row in calls if row["prompt"] == prompt]
        ok = [place for place, row in enumerate(same) if row["status"] == "ok"]
        if len(ok) - 1 > repeats:
            wasted += sum(row["usd"] for row in same[ok[repeats] + 1 :])
    return wasted


def _all_but_the_first_answer(calls: list[Row], repeats: int) -> float:
    """Takes the attempts before the first answer for waste too."""
    return _loop(sorted(calls, key=lambda row: row["status"] != "ok"), repeats)


def _while_it_runs(calls: list[Row], repeats: int, *, only_answers: bool = False) -> float:
    """Sees a loop only from where it has become one."""
    wasted, answers = 0.0, Counter[str]()
    for row in calls:
        answered = row["status"] == "ok"
        if answers[row["prompt"]] > repeats and (answered or not only_answers):
            wasted += row["usd"]
        answers[row["prompt"]] += answered
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


def _any_run(pick: Pick) -> tuple[list[Row], int]:
    """Attempts in order: an SDK's own retry has the `call_id` of the failed one before it."""
    calls: list[Row] = []
    last: dict[str, Row] = {}

    def attempt() -> None:
        prompt = pick.one_of(("p", "q", "r"))
        before = last.get(prompt)
        again = before is not None and before["status"] != "ok" and pick.yes()
        number = int(before["call_id"][1:]) if before and again else len(calls) + 1
        status = pick.one_of(("ok", "ok", "error", "timeout"))
        usd = pick.amount(0.01, 0.2, 4) if status == "ok" else pick.amount(0, 0.05, 4)
        last[prompt] = _attempt(prompt, number, status, usd)
        calls.append(last[prompt])

    pick.some(attempt, 0, 16)
    return calls, pick.whole(0, 4)


def _attempt(prompt: str, call: int, status: str, usd: float) -> Row:
    return {"prompt": prompt, "call_id": f"c{call}", "status": status, "usd": usd}


LOOP = Function(
    id="4.2",
    expected=lambda calls, repeats: _loop(calls, repeats),
    draw=_any_run,
    by_hand=(
        # four answers, so three repeats, more than two: the last three are wasted
        (([_attempt("p", n, "ok", 0.04) for n in range(4)], 2), 0.12),
        (([_attempt("p", n, "ok", 0.04) for n in range(3)], 2), 0.0),
        # one call whose SDK tried four times: the vendor's trouble, no loop
        # three of each prompt by turns: two repeats of each, more than one
        (([_attempt("pq"[n % 2], n, "ok", 0.04) for n in range(6)], 1), 0.16),
        (([], 2), 0.0),
        (([_attempt("p", 1, "error", 0.03)] * 4 + [_attempt("p", 1, "ok", 0.04)], 2), 0.0),
        # equal rows are attempts of their own: two late answers, and two time-outs, each billed
        (
            (
                [
                    _attempt("p", 1, "ok", 0.04),
                    *[_attempt("p", 2, "timeout", 0.03)] * 2,
                    _attempt("p", 2, "ok", 0.04),
                    _attempt("p", 3, "ok", 0.04),
                ],
                1,
            ),
            0.14,
        ),
        # an answer that cost nothing is an answer
        (([_attempt("p", n, "ok", 0.04 * (n > 0)) for n in range(3)], 1), 0.08),
    ),
    misconceptions=(
        (
            _any_attempt,
            "You counted attempts that failed as repeats: an SDK tries again by itself after a 429 "
            "or a 500. A loop asks again although it was answered.",
        ),
        (_with_first, "You counted the first answer as waste: it was worth its money."),
        (
            _after_the_first_try,
            "You began after the first attempt: what comes before the first answer, and that "
            "answer, are no waste.",
        ),
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
            "You found no loop in any run. If you compare `call_id`: that joins an SDK's own "
            "retries, and a loop makes a new call each time, with the same prompt.",
        ),
        (
            _only_in_a_row,
            "You compared neighbours only: between two repeats other prompts may be asked.",
        ),
        (_whole_run, "You took all calls of the run for one loop: compare the prompts."),
        (
            _all_but_the_first_answer,
            "You counted attempts before the first answer as waste: they led to it.",
        ),
        *(
            (
                beyond,
                "You forgave the first repeats of a loop: once it is one, all after the first "
                "answer is wasted.",
            )
            for beyond in (
                _only_beyond,
                _while_it_runs,
                partial(_while_it_runs, only_answers=True),
            )
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
)

# --- 4.3 An alert that neither cries nor sleeps ---------------------------------------------------

WATCHED, INCIDENT = "dispute-form", "form-loop"
WITHIN_HOURS = 3
RULES = (Threshold, BurnRate, ForecastToExceed, Anomaly)
IN_THE_TABLE = (BurnRate(budget=40, factor=3), Anomaly(z=3))


@cache
def _watched() -> tuple[pd.Series, pd.Series]:
    """The feature's hours in a clean month, and with the loop alone."""
    month = tracked_month()
    clean = hourly(without_incidents(month), feature=WATCHED)
    return clean, hourly(without_incidents(month, keep=INCIDENT), feature=WATCHED)


def _line(rule: Any) -> tuple[Any, ...]:
    """What makes two rules the same, to a hundredth: a burn rate's line, whatever its budget."""
    if isinstance(rule, BurnRate):
        return BurnRate, round(float(rule.budget) * float(rule.factor), 2), rule.long, rule.short
    if isinstance(rule, Anomaly):
        return Anomaly, round(float(rule.z), 2), rule.weeks
    return (rule,)


def _tuned(rule: Any) -> str:
    if isinstance(rule, type) and issubclass(rule, RULES):
        raise Unreadable("This is the kind of rule: call it with its numbers in parentheses.")
    if not isinstance(rule, RULES):
        kinds = ", ".join(kind.__name__ for kind in RULES)
        raise Unreadable(f"A rule is wanted, one of {kinds}, with its numbers.")
    if _line(rule) in map(_line, IN_THE_TABLE):
        return (
            "That is one of the table's own rules, perhaps in other numbers: half the budget and "
            "twice the factor draw the same line. It passes; find another, and measure it."
        )
    clean, loop = _watched()
    cries = false_alarms(rule, clean)
    (truth,) = incidents().query("incident == @INCIDENT").to_dict("records")
    seen = delay(rule, loop, truth["first"], truth["last"])
    if cries > 1:
        return (
            f"It fires {cries:.0f} times in 30 clean days, and one false alarm is allowed: after "
            "more, people stop reading. Ask for more before it fires."
        )
    if seen is None:
        return (
            "It never sees the loop: it asks for more than the incident shows. Look at how high "
            "the hours of the weekend are beside the usual ones."
        )
    hours = seen.total_seconds() / 3600
    if hours > WITHIN_HOURS:
        late = (
            "It waits until money is gone"
            if isinstance(rule, Threshold)
            else "It asks for too much, or over too many hours"
        )
        if isinstance(rule, ForecastToExceed):
            late = "It is asked once a day"
        return f"It sees the loop after {hours:.1f} hours, and 3 are allowed. {late}."
    return ""


ALERT = Design(
    id="4.3",
    validate=_tuned,
    explanation="One rule, tuned on clean traffic for its false alarms and on an incident for its "
    "delay: both must be measured, and next month's traffic will differ.",
    hints=(
        "`Threshold` knows only the sum. Which kinds look at the speed, or at the hour?",
        "Take `BurnRate` with the feature's own budget, or `Anomaly`, and another number: with a "
        "higher `factor` or `z` a rule cries less and sees later.",
        "Measure both at once, as the statement says: `judged` counts the false alarms on clean "
        "traffic and the hours until the loop is seen.",
    ),
    right=(
        BurnRate(budget=40, factor=4),
        BurnRate(budget=40, factor=4, long=3, short=1),
        Anomaly(z=4),
        Anomaly(z=2.5),
    ),
    wrong=(
        (BurnRate(budget=40, factor=2), "people stop reading"),
        (BurnRate(budget=40, factor=3), "table's own rules"),
        (BurnRate(budget=20, factor=6), "table's own rules"),
        (BurnRate(budget=40, factor=3.0001), "table's own rules"),
        (Anomaly(z=3), "table's own rules"),
        (Anomaly(z=1.5), "people stop reading"),
        (Anomaly(z=6), "asks for too much"),
        (BurnRate(budget=450, factor=3), "never sees"),
        (Threshold(budget=40), "money is gone"),
        (ForecastToExceed(budget=40), "once a day"),
        (BurnRate(budget=40, factor=3, long=24, short=2), "too many hours"),
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


def _turned_rates(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached, output, left = _split(ours, theirs, rates)
    return -cached, output, left + 2 * cached


def _output_at_input(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached = (theirs["cached"] - ours["cached"]) * (rates["cached"] - rates["input"]) / 1e6
    output = (theirs["output"] - ours["output"]) * rates["input"] / 1e6
    return cached, output, theirs["usd"] - ours["usd"] - cached - output


def _times(ours: Side, theirs: Side, rates: Side, times: float) -> tuple[float, float, float]:
    return _split(ours, theirs, {kind: usd * times for kind, usd in rates.items()})


def _output_first(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached, output, left = _split(ours, theirs, rates)
    return output, cached, left


def _left_is_all(ours: Side, theirs: Side, rates: Side) -> tuple[float, float, float]:
    cached, output, _ = _split(ours, theirs, rates)
    return cached, output, theirs["usd"] - ours["usd"]


def _any_sides(pick: Pick) -> tuple[Side, Side, Side]:
    sent = pick.whole(0, 9_000_000)

    def side() -> Side:
        return {
            "input": sent,
            "cached": pick.whole(0, sent),
            "output": pick.whole(0, 900_000),
            "usd": pick.amount(0, 90, 2),
        }

    rates = {kind: pick.amount(0.05, 40, 2) for kind in ("input", "cached", "output")}
    return side(), side(), rates


SPLIT = Function(
    id="4.4",
    expected=lambda ours, theirs, rates: _split(ours, theirs, rates),
    draw=_any_sides,
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
        (
            _turned_rates,
            "You took the cached rate from the input rate: a token that moves into the cache stops "
            "paying the one and begins to pay the other.",
        ),
        (_output_at_input, "You valued output at the input rate."),
        *(
            (
                partial(_times, times=times),
                f"Your causes are {times:,} times too large: rates are per 1,000,000 tokens.",
            )
            for times in (1_000, 1_000_000)
        ),
        (_output_first, "What comes from the cached tokens is wanted first, then the output's."),
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
)

# --- 4.5 A prompt that grew -----------------------------------------------------------------------

Floors = list[int]
_ONE_OF_TWO = (
    "Of an even number of {} the median is the mean of the two in the middle: you took one of the "
    "two."
)


def _grown(
    floors: Floors,
    learn: int,
    growth: Any,  # a float, or a fraction where it must be exact
    days: int,
    *,
    middle: Callable[[Sequence[int]], float] = median,
    today: int = 0,
    moving: bool = True,
    steady: bool = False,
    last: bool = False,
    touching: bool = False,
) -> int | None:
    """The first day of a growth that lasts, each keyword one way to get it wrong."""

    def high(day: int, begun: int) -> bool:
        start = (begun if steady else day) - learn + today if moving else 0
        bound = (1 + growth) * middle(floors[start : start + learn])
        return floors[day] > bound or (touching and floors[day] == bound)

    for day in range(learn, len(floors) - days + 1):
        if all(high(each, day) for each in range(day, day + days)):
            return day + days - 1 if last else day
    return None


def _with_today(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, today=1)


def _first_week(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, moving=False)


def _before_the_run(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, steady=True)


def _mean_of(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, middle=mean)


def _one_day(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, 1)


def _last_day(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, last=True)


def _at_the_bound(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days, touching=True)


def _cut_off(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    """Does not mind that the list ends before the high days are enough."""
    for day in range(learn, len(floors)):
        running = range(day, min(day + days, len(floors)))
        if all(
            floors[each] > (1 + growth) * median(floors[each - learn : each]) for each in running
        ):
            return day
    return None


def _end_too_early(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors[:-1], learn, growth, days)


def _from_1(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    day = _grown(floors, learn, growth, days)
    return None if day is None else day + 1


def _one_more_day(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    return _grown(floors, learn, growth, days + 1)


def _less_than_no_day(floors: Floors, learn: int, growth: float, days: int) -> int:
    day = _grown(floors, learn, growth, days)
    return -1 if day is None else day


def _all_before(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    """Compares with all days before, however many to learn from are asked for."""
    high = [floor > (1 + growth) * median(floors[:day]) if day >= learn else False
            for day, floor in enumerate(floors)]  # fmt: skip
    begins = (day for day in range(len(floors) - days + 1) if all(high[day : day + days]))
    return next(begins, None)


def _not_running(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    """Enough high days, wherever they stand."""
    high = [
        day
        for day in range(learn, len(floors))
        if floors[day] > (1 + growth) * median(floors[day - learn : day])
    ]
    return high[0] if len(high) >= days else None


def _grown_in_pandas(floors: Floors, learn: int, growth: float, days: int) -> int | None:
    series = pd.Series(floors, dtype=float)
    high = series > (1 + growth) * series.rolling(learn).median().shift()
    lasts = high.rolling(days).sum() == days
    return int(lasts.idxmax()) - days + 1 if lasts.any() else None


def _any_floors(pick: Pick) -> tuple[Floors, int, float, int]:
    base = pick.one_of((4, 20, 100, 5_000))
    learn, days = pick.whole(1, 7), pick.whole(1, 4)
    growth = pick.one_of((0.5, 0.0, 0.25, 0.05, 0.1, 0.2, 1.0))

    def floor() -> int:
        usual = (base, base, base + pick.whole(0, 1 + base // 20))
        high = (round(base * (1 + growth)), round(base * (1 + growth)) + 1, 2 * base)
        return pick.one_of((*usual, *high, *high))

    floors = pick.some(floor, 0, 16)
    args = (learn, growth, days)
    exact = Fraction(str(growth))
    # An equality that floats may miss, as 105 / 100 - 1 misses 0.05, nobody need tell.
    if exact != Fraction(growth) and _grown(floors, learn, exact, days) != _grown(
        floors, learn, exact, days, touching=True
    ):
        raise NotAllowed
    return floors, *args


GROWN = Function(
    id="4.5",
    expected=lambda floors, learn, growth, days: _grown(floors, learn, growth, days),
    draw=_any_floors,
    draws=300,
    by_hand=(
        # the median of 100, 100, 102 is 100; 106 and 108 are above 105, twice running
        (([100, 100, 102, 106, 108, 100], 3, 0.05, 2), 3),
        # 120 alone is no growth; 107 is above 105, then 113 above 1.05 times the median 107
        (([100, 100, 100, 120, 100, 107, 113], 3, 0.05, 2), 5),
        # 125 is not above 125; the last day may be the last high one
        (([100, 100, 125, 150], 2, 0.25, 1), 3),
        (([100, 100, 106], 2, 0.05, 2), None),
        # 8 is above 7.5, which no rounding may make 8
        (([5, 8], 1, 0.5, 1), 1),
        # 40 is above 20, and the next 40 is not above 40
        (([20, 20, 40, 40, 40], 1, 0.0, 2), None),
        # a month to learn from, and ten days to be sure: nine are too few
        (([*[90] * 9, *[100] * 21, *[111] * 9, 100], 30, 0.1, 10), None),
        (([*[90] * 9, *[100] * 21, *[111] * 10], 30, 0.1, 10), 30),
        (([], 2, 0.05, 1), None),
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
        (
            _before_the_run,
            "You compared all days of the run with what came before its first: each day has its "
            "own median, high days in it.",
        ),
        (_mean_of, "You took a mean: one day of a spike moves it, and the median stays."),
        *(
            (partial(_grown, middle=middle), _ONE_OF_TWO.format("values"))
            for middle in (median_low, median_high)
        ),
        (_one_day, "One high day is enough for you: it must last `days` days running."),
        (
            _not_running,
            "You counted the high days wherever they stand: they must follow one another.",
        ),
        (
            _at_the_bound,
            "You took a day at exactly `(1 + growth)` times the median for high: above is asked.",
        ),
        (
            _cut_off,
            "You took high days that the end of the list cuts short for growth: it must be seen "
            "`days` days running.",
        ),
        (_last_day, "You gave the day on which you were sure: the first high day is wanted."),
        (_from_1, "You counted days from 1: the first of the list has the number 0."),
        (_one_more_day, "You want one day more than `days`: `days` high days running will do."),
        (
            _end_too_early,
            "You left out the last day of the list: a range ends before its second number.",
        ),
        (_less_than_no_day, "Where no day is found, return None: -1 would be a number of a day."),
        (
            _all_before,
            "You compared with all days before: the `learn` days just before are what is usual.",
        ),
    ),
    explanation="A median of the days before, and patience: a spike is not a change.",
    hints=(
        "For each day: what is the median of the `learn` days before it?",
        "They are `floors[day - learn : day]`; compare the day's own floor with their median.",
        "Look for the first day that is high together with the `days - 1` days after it; `None` "
        "when there is none.",
    ),
    right=(
        lambda floors, learn, growth, days: _grown(floors, learn, growth, days),
        _grown_in_pandas,
    ),
)

# --- 4.6 Short answers from a large model ---------------------------------------------------------


def _over(
    calls: list[Row],
    short: float,
    least: int,
    *,
    middle: Callable[[Sequence[float]], float] = median,
    answered: Callable[[Row], bool] = lambda row: row["status"] == "ok",
    only_short: bool = False,
    enough: bool = True,
    spent: bool = False,
    batch: bool = False,
    halved: bool = False,
) -> dict[str, float]:
    """The saving by feature, each keyword one way to get it wrong."""
    found = {}
    for feature in dict.fromkeys(row["feature"] for row in calls):
        mine = [row for row in calls if row["feature"] == feature]
        mine = [row for row in mine if answered(row)]
        if len(mine) < (least if enough else 1):
            continue
        if middle([row["output_tokens"] for row in mine]) > short:
            continue
        kept = [r for r in mine if r["output_tokens"] <= short] if only_short else mine
        usd, batch_usd = (sum(row[name] for row in kept) for name in ("usd", "batch_usd"))
        if halved:
            batch_usd = usd / 2
        found[feature] = usd if spent else batch_usd if batch else usd - batch_usd
    return found


def _each_alone(calls: list[Row], short: int, least: int) -> dict[str, float]:
    """Judges each call by itself, whatever the feature usually answers."""
    found: dict[str, float] = {}
    for row in calls:
        if row["status"] == "ok" and row["output_tokens"] <= short:
            saved = row["usd"] - row["batch_usd"]
            found[row["feature"]] = found.get(row["feature"], 0) + saved
    return found


def _short_alone(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over([row for row in calls if row["output_tokens"] <= short], short, least)


def _mean_length(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, middle=mean)


def _failed_too(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, answered=lambda row: True)


def _short_ones(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, only_short=True)


def _few_will_do(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, enough=False)


def _all_spent(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, spent=True)


def _batch_cost(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, batch=True)


def _half(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, halved=True)


def _late_too(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least, answered=lambda row: row["status"] != "error")


def _failed_are_enough(calls: list[Row], short: int, least: int) -> dict[str, float]:
    """Counts failed attempts to `least`, and looks at the answers for all else."""
    attempts = Counter(row["feature"] for row in calls)
    found = _over(calls, short, 1)
    return {feature: usd for feature, usd in found.items() if attempts[feature] >= least}


def _more_than_least(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short, least + 1)


def _with_zeros(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return dict.fromkeys((row["feature"] for row in calls), 0.0) | _over(calls, short, least)


def _a_call(calls: list[Row], short: int, least: int) -> dict[str, float]:
    answers = Counter(row["feature"] for row in calls if row["status"] == "ok")
    found = _over(calls, short, least)
    return {feature: usd / answers[feature] for feature, usd in found.items()}


def _failed_saved_too(calls: list[Row], short: int, least: int) -> dict[str, float]:
    """Judges by the answered calls, and then adds up all."""
    return {
        feature: sum(r["usd"] - r["batch_usd"] for r in calls if r["feature"] == feature)
        for feature in _over(calls, short, least)
    }


def _shorter_than(calls: list[Row], short: int, least: int) -> dict[str, float]:
    return _over(calls, short - 0.25, least)  # medians are whole or half


def _over_in_pandas(calls: list[Row], short: int, least: int) -> dict[str, float]:
    if not calls:
        return {}
    frame = pd.DataFrame(calls).query("status == 'ok'")
    by = frame.groupby("feature")
    sizes, lengths = by.size(), by["output_tokens"].median()
    saved = by["usd"].sum() - by["batch_usd"].sum()
    return saved[(sizes >= least) & (lengths <= short)].to_dict()


def _any_answers(pick: Pick) -> tuple[list[Row], int, int]:
    short = pick.whole(0, 12)

    def row() -> Row:
        usd = pick.amount(0, 0.9, 4)
        tokens = pick.one_of((short, short + 1, pick.whole(0, short), pick.whole(0, 900)))
        return {
            "feature": pick.one_of(("tag", "chat", "vote")),
            "status": pick.one_of(("ok", "ok", "error", "timeout")),
            "output_tokens": tokens,
            "usd": usd,
            "batch_usd": pick.amount(0, usd, 4),
        }

    return pick.some(row, 0, 16), short, pick.whole(1, 4)


def _short_row(feature: str, tokens: int, usd: float, status: str = "ok") -> Row:
    return {"feature": feature, "status": status, "output_tokens": tokens, "usd": usd,
            "batch_usd": usd / 2}  # fmt: skip


OVER = Function(
    id="4.6",
    expected=lambda calls, short, least: _over(calls, short, least),
    draw=_any_answers,
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
        (([], 20, 1), {}),
        # the median of 20 and 21 is 20.5, above 20; of 20 alone it is 20, which will do
        (([_short_row("a", 20, 0.04), _short_row("a", 21, 0.04)], 20, 1), {}),
        (([_short_row("a", 20, 0.04), _short_row("a", 0, 0.5, "error")], 20, 1), {"a": 0.02}),
        # the median of 0, 0 and 9 is 0; half of 0.04 + 0.04 + 0.12
        (
            (
                [_short_row("a", 0, 0.04), _short_row("a", 0, 0.04), _short_row("a", 9, 0.12)],
                0,
                1,
            ),
            {"a": 0.10},
        ),
        # the median of 19 and 21 is 20
        (([_short_row("a", 19, 0.04), _short_row("a", 21, 0.04)], 20, 1), {"a": 0.04}),
    ),
    misconceptions=(
        (
            _each_alone,
            "You judged each call alone: any feature has short answers now and then. Judge the "
            "feature by its median.",
        ),
        (
            _short_alone,
            "You left the long answers out before you judged the feature: count them, and let them "
            "into the median.",
        ),
        (_mean_length, "You took a mean: a few long answers move it, and the median stays."),
        (_failed_too, "You counted failed attempts: they have no answer whose length says much."),
        (
            _short_ones,
            "You saved on the short answers only: once a feature is found, all its answered calls "
            "would run in a batch.",
        ),
        (
            _failed_are_enough,
            "You counted failed attempts among the `least`: that many must be answered.",
        ),
        (_few_will_do, "You judged features with fewer than `least` answers: too few to tell."),
        (_all_spent, "That is what was spent: the saving is what the batch would cost less."),
        (_batch_cost, "That is what the batch would cost: the saving is what it costs less."),
        (_half, "You took half of what was spent: each row says what it would cost in a batch."),
        (_shorter_than, "You want a median below `short`: at most `short` is asked."),
        *(
            (
                partial(_over, middle=middle),
                _ONE_OF_TWO.format("lengths"),
            )
            for middle in (median_low, median_high)
        ),
        (_more_than_least, "You want more than `least` answers: `least` of them will do."),
        (_late_too, 'A call that timed out was not answered either: only `"ok"` is an answer.'),
        (
            _failed_saved_too,
            "You added up the failed attempts of a feature too: look at answered calls only.",
        ),
        (_with_zeros, "You return a feature with 0 that is not found: leave it out."),
        (_a_call, "That is what a batch saves on one call: all of the feature's are wanted."),
    ),
    explanation="A hint by length, with its dollars: the answers stay the same, only later. "
    "Whether a smaller model would do is another question, and an evaluation answers it.",
    hints=(
        "Group the answered calls by feature. Are there at least `least` of them?",
        "`statistics.median` of their output tokens: is it at most `short`?",
        "For each such feature: the sum of `usd` minus the sum of `batch_usd`.",
    ),
    right=(lambda calls, short, least: _over(calls, short, least), _over_in_pandas),
)

# --- 4.7 Each reply once --------------------------------------------------------------------------


def _log_total(
    lines: list[Row],
    *,
    chosen: Callable[[Row, Row], bool] = lambda line, known: (
        line["output_tokens"] > known["output_tokens"]
    ),
    key: Callable[[int, Row], Any] = lambda place, line: line["id"],
) -> tuple[float, int]:
    """The dollars and the replies without a price, each keyword one way to get it wrong."""
    replies: dict[Any, Row] = {}
    for place, line in enumerate(lines):
        name = key(place, line)
        if name not in replies or chosen(line, replies[name]):
            replies[name] = line
    amounts = [line["usd"] for line in replies.values()]
    return sum(usd for usd in amounts if usd is not None), amounts.count(None)


def _log_in_pandas(lines: list[Row]) -> tuple[float, int]:
    frame = pd.DataFrame(lines, columns=["id", "output_tokens", "usd"])
    frame = frame.astype({"usd": float, "output_tokens": float})
    whole = frame.sort_values("output_tokens").drop_duplicates("id", keep="last")
    return float(whole["usd"].sum()), int(whole["usd"].isna().sum())


def _unpriced_lines(lines: list[Row]) -> tuple[float, int]:
    return _log_total(lines)[0], sum(line["usd"] is None for line in lines)


def _all_replies(lines: list[Row]) -> tuple[float, int]:
    return _log_total(lines)[0], len({line["id"] for line in lines})


def _priced_replies(lines: list[Row]) -> tuple[float, int]:
    known = {line["id"] for line in lines if line["usd"] is not None}
    return _log_total(lines)[0], len(known)


def _no_unpriced(lines: list[Row]) -> tuple[float, int]:
    return _log_total(lines)[0], 0


def _free_unpriced(lines: list[Row]) -> tuple[float, int]:
    """As if 0 were no price."""
    return _log_total([line | {"usd": line["usd"] or None} for line in lines])


def _none_known(lines: list[Row]) -> tuple[float | None, int]:
    usd, unpriced = _log_total(lines)
    return None if unpriced else usd, unpriced


def _equal_lines_all(lines: list[Row]) -> tuple[float, int]:
    most: dict[str, int] = {}
    for line in lines:
        most[line["id"]] = max(line["output_tokens"], most.get(line["id"], 0))
    kept = [line for line in lines if line["output_tokens"] == most[line["id"]]]
    return _log_total(kept, key=lambda place, line: place)


def _neighbours(lines: list[Row]) -> tuple[float, int]:
    groups = [_log_total(list(group)) for _, group in groupby(lines, key=lambda line: line["id"])]
    return sum(usd for usd, _ in groups), sum(unpriced for _, unpriced in groups)


def _log_row(name: str, output_tokens: int, usd: float | None) -> Row:
    return {"id": name, "output_tokens": output_tokens, "usd": usd}


def _any_log(pick: Pick) -> tuple[list[Row]]:
    rates = {name: pick.one_of((0.0125, 0.02, None)) for name in ("m1", "m2", "m3", "m4")}
    fixed = pick.whole(0, 50) / 100  # what the input of a reply cost, the same on all its lines

    def line() -> Row:
        name = pick.one_of(("m1", "m2", "m3", "m4"))
        tokens, rate = pick.whole(0, 40), rates[name]
        return _log_row(name, tokens, None if rate is None else fixed + tokens * rate)

    return (pick.some(line, 0, 10),)


_LOG = [
    _log_row("m1", 1, 0.11),
    _log_row("m1", 20, 0.30),
    _log_row("m2", 7, None),
    _log_row("m1", 20, 0.30),
    _log_row("m2", 5, None),
]

LOG = Function(
    id="4.7",
    expected=lambda lines: _log_total(lines),
    draw=_any_log,
    draws=250,
    by_hand=(
        # m1 counts once, with 20 tokens; m2 has no price, on both of its lines
        ((_LOG,), (0.30, 1)),
        (([],), (0, 0)),
        # a copy of an earlier line stands behind the whole reply
        (([_log_row("m1", 9, 0.2), _log_row("m1", 2, 0.1)],), (0.2, 0)),
    ),
    misconceptions=(
        (
            lambda lines: _log_total(lines, key=lambda place, line: place),
            "You added up every line: lines with the same `id` are one reply.",
        ),
        (
            lambda lines: _log_total(lines, chosen=lambda line, known: False),
            "You took the first line of each reply: more of it may come on a later one.",
        ),
        (
            lambda lines: _log_total(lines, chosen=lambda line, known: True),
            "You took the last line of each reply: a copy of an earlier line may stand behind it.",
        ),
        (
            lambda lines: _log_total(
                lines, key=lambda place, line: (line["id"], line["output_tokens"])
            ),
            "You only left out lines that are equal: the pieces of one reply differ, and still "
            "are one reply.",
        ),
        (
            _neighbours,
            "You joined neighbours only: lines of another reply, or another file, may stand "
            "between two lines of one reply.",
        ),
        (
            _unpriced_lines,
            "You counted the *lines* without a price: several of them may be one reply.",
        ),
        (
            _all_replies,
            "The second value is how many replies have *no* price, not how many in all.",
        ),
        (
            _priced_replies,
            "The second value is how many replies have no price; you counted the others.",
        ),
        (
            lambda lines: _log_total(lines)[::-1],
            "Both are right, in the other order: the dollars first, then the number.",
        ),
        (
            _free_unpriced,
            "A reply that costs 0 has a price: only None is an unknown one.",
        ),
        (
            _none_known,
            "You give no sum where a reply has no price: the known ones are wanted all the same, "
            "with the number of the others beside them.",
        ),
        (
            _equal_lines_all,
            "Of lines with equally many tokens you added up all: they are one reply.",
        ),
        (
            _no_unpriced,
            "You left out the replies without a price: their number is the second value, since an "
            "unknown cost is not zero.",
        ),
    ),
    explanation="Each reply once, at its fullest, and what has no price is counted beside the sum.",
    hints=(
        "Which lines belong together? What do a later piece and a resumed copy have in common?",
        "Keep a dictionary from `id` to the fullest line so far.",
        "Then add up the prices that are known, and count the others.",
    ),
    right=(lambda lines: _log_total(lines), _log_in_pandas),
)

EXERCISES = (UNIT, LOOP, ALERT, SPLIT, GROWN, OVER, LOG)
