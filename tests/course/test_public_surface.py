"""Whatever is given to costlib's faces: an answer, or a sentence.

Every name of every face is called with values of the kinds that it asks for, ordinary and hostile
ones (zero, the largest, NaN, 2**53 + 1, numbers of 5,000 digits, the end of time, damaged tables
and files, nesting without end), and one argument in six of a wrong type. It must give an answer
that is a number where it promises one, or raise ValueError, TypeError, LookupError or OSError with
a sentence, within a second and 100 MB. `surface.py` says how each name is called, or why it is not;
`surface_values.py` has the values. COSTLIB_FUZZ is the number of calls to each (12 without it):
`COSTLIB_FUZZ=2000 pytest tests/course/test_public_surface.py`.
"""

from __future__ import annotations

import dataclasses
import decimal
import inspect
import logging
import math
import os
import pickle
import sys
import time
import tracemalloc
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import anthropic
import numpy as np
import openai
import pandas as pd
import pytest
import surface
import surface_values
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

import costlib
from costlib import agents, alerts, bank, budgets, caching, optimization, pricing, tracking
from costlib.caching.replays import CacheUse
from costlib.provider.live import SpendingCap
from costlib.usage.record import Usage

CALLS = int(os.environ.get("COSTLIB_FUZZ", "12"))
CASES, UNKNOWN = surface.surface()
USUAL = decimal.Context()
CONTEXTS = [
    decimal.Context(), decimal.Context(prec=2), decimal.Context(prec=6, rounding=decimal.ROUND_UP),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def quiet_and_loaded() -> Iterator[None]:
    """What is read once is read first, so that no single call is blamed for it."""
    before = os.getcwd()
    os.chdir(surface_values.FOLDER)
    logging.disable(logging.CRITICAL)
    surface.warm()
    yield
    logging.disable(logging.NOTSET)
    os.chdir(before)


@contextmanager
def long_numbers_printed() -> Iterator[None]:
    """Hypothesis prints what it gives; costlib must do with as many digits as Python prints."""
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)


@pytest.mark.parametrize(
    ("what", "values", "most"),
    [pytest.param(w, v, surface.DRAWN.get(name, 10**9), id=name) for name, w, v in CASES],
)
def test_an_answer_or_a_sentence(what: Callable[..., Any], values: Any, most: int) -> None:
    @settings(max_examples=min(CALLS, most), derandomize=CALLS == 12, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(values, st.sampled_from(CONTEXTS), st.integers(0, 2))
    def call(given_values: dict[str, Any], context: decimal.Context, which: int) -> None:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)
        if which == 2:  # to follow the memory takes three times as long: not for every call
            tracemalloc.start()
        began = time.thread_time()
        try:
            with decimal.localcontext(context), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                answer = what(**given_values)
            read(answer)
        except Exception as error:
            check(error)
        finally:
            seconds, peak = time.thread_time() - began, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
            sys.set_int_max_str_digits(0)
        assert seconds < (1 if which < 2 else 5), f"{seconds:.1f} s"
        assert peak < 100e6, f"{peak / 1e6:,.0f} MB"

    with long_numbers_printed():
        call()


def check(error: Exception) -> None:
    """A sentence of a plain kind, or an error of costlib's own, which says what happened.

    A key that is missing, or Python's own words about a float, help nobody.
    """
    own = type(error).__module__.startswith("costlib.")
    own = own or isinstance(error, openai.APIError | anthropic.APIError)  # refused as in production
    plain = type(error) in (ValueError, TypeError, LookupError) or isinstance(error, OSError)
    if not own and not plain:
        raise error
    assert len(str(error).split()) >= 5, repr(error)


def read(answer: object) -> None:
    """Everything that an answer holds; a number that it holds is one."""
    if isinstance(answer, float | Decimal):
        assert not math.isnan(answer), answer
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        assert repr(answer)
        for name, member in inspect.getmembers(type(answer)):
            if isinstance(member, property) and not name.startswith("_"):
                read(getattr(answer, name))
        for field in dataclasses.fields(answer):
            read(getattr(answer, field.name))


# --- Nothing is left out --------------------------------------------------------------------------


def test_every_name_of_every_face_is_called_or_listed_with_a_reason() -> None:
    assert UNKNOWN == [], "add a kind, a play, or a reason to tests/surface.py"
    called = {name.split(" ")[0] for name, _, _ in CASES}
    names = {name for name, what in surface.public_names() if callable(what)}
    asked = {name for name, what in surface.public_names() if surface.takes_something(what)}
    assert asked <= called | set(surface.PLAYED) | set(surface.LEFT_OUT)
    for table in (surface.PLAYED, surface.LEFT_OUT, surface.PLAYS):
        assert set(table) <= names, "a name that is on no face any more"
    assert set(surface.PLAYED.values()) <= called
    assert all(len(reason.split()) >= 5 for reason in surface.LEFT_OUT.values())
    assert {f"{name.rpartition('.')[0]}" for name in surface.OWN} <= called | set(surface.LEFT_OUT)


def test_what_is_new_on_a_face_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    def fresh(thing: Nobody) -> None:  # type: ignore[name-defined]  # noqa: F821
        """A function of a kind that nobody has values for."""

    monkeypatch.setattr(surface, "public_names", lambda: [("usage.fresh", fresh)])
    assert surface.surface() == ([], ["usage.fresh"])


# --- How a face says it ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "kind", "sentence"),
    [
        (lambda: agents.spent(None), TypeError,
         "spent: runs=None is of type NoneType, and it must be Runs: give one"),
        (lambda: pricing.find_model([]), TypeError,
         r"find_model: name=\[\] is of type list, and it must be str: give one"),
        (lambda: costlib.cost_table(pd.DataFrame({"model": ["gpt-4.1"]})), ValueError,
         "the frame has no column 'time'"),
        (lambda: tracking.waste.retry_loops(pd.DataFrame({"status": ["ok"]})), ValueError,
         "retry_loops: calls has no 'run': give one that has it"),
        (lambda: agents.with_pauses(surface_values.planned(), float("nan")), ValueError,
         "seconds=nan is outside of 0"),
        (lambda: agents.play(None, None, None, "x"), ValueError, "not on the offline provider"),
        (lambda: budgets.pack([1], 5), TypeError, r"parts=\[1\].*must be Sequence\[Part\]"),
        (lambda: alerts.fires(alerts.BurnRate, pd.Series([1.0], [pd.Timestamp("2026-11-01")])),
         TypeError, "BurnRate'> is of type type, and it must be Rule: give one"),
    ],
)  # fmt: skip
def test_a_sentence_names_argument_value_and_remedy(
    call: Callable[[], object], kind: type[Exception], sentence: str
) -> None:
    with pytest.raises(kind, match=sentence) as refused:
        call()
    assert type(refused.value) is kind


STRANGE = [
    decimal.Context(prec=2, rounding=decimal.ROUND_UP),
    decimal.Context(prec=3, traps=[decimal.InvalidOperation, decimal.Inexact]),
]


@pytest.mark.parametrize(
    ("what", "values"), [pytest.param(what, values, id=name) for name, what, values in CASES]
)
def test_a_program_s_own_decimals_change_no_result(what: Callable[..., Any], values: Any) -> None:
    """Neither that of a call, nor what is asked of the result later."""

    @settings(max_examples=2, derandomize=True, database=None,
              suppress_health_check=list(HealthCheck), phases=[Phase.generate])  # fmt: skip
    @given(values, st.sampled_from(STRANGE))
    def call(given_values: dict[str, Any], context: decimal.Context) -> None:
        sys.set_int_max_str_digits(sys.int_info.default_max_str_digits)
        try:
            usual = outcome(what, given_values, USUAL)
            # A call that uses up what it is given differs from itself.
            assert outcome(what, given_values, context) == usual or (
                outcome(what, given_values, USUAL) != usual
            )
        finally:
            sys.set_int_max_str_digits(0)

    with long_numbers_printed():
        call()


def outcome(what: Callable[..., Any], values: dict[str, Any], context: decimal.Context) -> Any:
    with decimal.localcontext(context), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return held(what(**values))
        except Exception as error:
            return type(error)


def held(answer: object) -> object:
    """What an answer holds and computes, as values that can be compared."""
    if isinstance(answer, pd.DataFrame | pd.Series):
        return answer.to_csv()
    if isinstance(answer, dict):
        return {str(key): held(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [held(each) for each in answer]
    if dataclasses.is_dataclass(answer) and not isinstance(answer, type):
        names = [each.name for each in dataclasses.fields(answer)]
        names += [n for n, m in inspect.getmembers(type(answer)) if isinstance(m, property)]
        return {n: held(getattr(answer, n)) for n in names if not n.startswith("_")}
    return repr(answer) if isinstance(answer, str | int | float | Decimal) else type(answer)


def test_a_program_s_own_decimals_change_no_answer() -> None:
    """Of functions, and of methods that take something."""
    usage = Usage(1_234_567, 89, cached_input_tokens=1_000_001)
    heard = Usage(audio_seconds=Decimal("12.345"))
    prices = caching.cache_prices("claude-haiku-4-5")
    month = bank.bill(surface_values.a_month())
    less = bank.bill(surface_values.a_month().iloc[1:])
    runs = surface_values.planned()
    use = CacheUse(*map(np.array, ([123_457], [89], [891])))

    def capped() -> object:
        cap = SpendingCap("0.25")
        cap.reserve(Decimal("0.123456789"))
        cap.settle(Decimal("0.123456789"), Decimal("0.023456789"))
        return cap.left, cap.spent, cap.reserved

    def recorded() -> object:
        ledger = tracking.Ledger()
        client = tracking.track(costlib.connect("openai"), ledger)
        client.chat.completions.create(
            model="gpt-4.1", messages=[{"role": "user", "content": "Where is my card?"}]
        )
        row = ledger.frame().iloc[0]
        return row["cost_pusd"], row["estimated"], row["input_tokens"]

    questions: tuple[Callable[[], object], ...] = (
        lambda: pricing.cost_of(usage, "claude-haiku-4-5").total,
        lambda: (heard + heard).audio_seconds,
        lambda: optimization.usd_a_month(1_234_567, 891, Decimal("0.123456789")),
        lambda: str(budgets.Limit("1.234567")),
        lambda: prices.multiples("5m"),
        lambda: use.usd(prices, "5m"),
        lambda: less.saving(month),
        lambda: agents.spent(runs).by_part,
        capped,
        recorded,
    )
    for question in questions:
        expected = question()
        for context in STRANGE:
            with decimal.localcontext(context):
                assert question() == expected


def test_a_face_hides_no_fault_of_somebody_elses() -> None:
    """A callback's error stays what it is, and so does one with arguments that are as asked."""

    def rule(frame: pd.DataFrame) -> Any:
        return frame.no_such_column

    with pytest.raises(AttributeError):
        tracking.waste.false_alarms(rule, surface_values.frame_of_calls())


def test_a_function_of_a_face_is_the_function() -> None:
    """Its words, its parameters, and its way through another process."""
    from costlib.pricing.cost import cost_of

    assert inspect.unwrap(pricing.cost_of) is cost_of and costlib.cost_of is pricing.cost_of
    assert inspect.signature(pricing.cost_of) == inspect.signature(cost_of)
    assert pricing.cost_of.__doc__ == cost_of.__doc__
    assert pickle.loads(pickle.dumps(pricing.cost_of)) is pricing.cost_of
