"""Whatever numbers, texts and dates are given to costlib's faces: an answer, or a sentence.

Every public function and dataclass whose arguments are of a kind in `KINDS` is called with values
of that kind, ordinary and hostile ones: zero, the largest, NaN, 2**53 + 1, the end of time. It must
give an answer that is a number where it promises one, or raise ValueError, TypeError or LookupError
with a sentence, within a second and 100 MB. COSTLIB_FUZZ is the number of calls to each
(40 without it): `COSTLIB_FUZZ=2000 pytest tests/course/test_public_surface.py`.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import math
import os
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from costlib.pricing.prices import TIERS, models, rate_card
from costlib.tokens.text import Count, count_text
from costlib.usage.record import Usage

CALLS = int(os.environ.get("COSTLIB_FUZZ", "40"))
ROOMS = ("usage", "pricing", "display", "tokens", "intents", "estimation", "optimization",
         "caching", "prediction", "bank")  # fmt: skip
SLOW = {
    "local_accuracy", "local_step", "month", "tried",  # train or simulate for seconds, by design
    "tracked_month",
}  # fmt: skip

WHOLE = st.sampled_from(
    [0, 1, 2, 7_000, 10**6, 10**9, -1, 2**31, 2**53 + 1, 2**63, 10**30, 10**400, True]
) | st.integers(0, 10**6)
REAL = st.sampled_from(
    [0.0, 0.5, 1.0, -0.0, -1.0, 1e-9, 5e-324, 1e300, math.nan, math.inf, -math.inf]
) | st.floats(0, 1e4)
EXACT = st.sampled_from(
    [Decimal(text) for text in ("0", "0.1", "1", "-1", "1e30", "1e999999", "1e-999999", "NaN",
                                "sNaN", "Infinity")]
)  # fmt: skip
NAMES = st.sampled_from(
    ["gpt-4.1", "gpt-5", "claude-opus-5-5", "deepseek-v4-pro", "openai", "anthropic", *TIERS, "",
     " ", "nobody", "input", "5m", "auto", "o200k_base", "\ud800", "\x00", "x" * 2_000,
     "gpt-4.1-2025-13-45"]
)  # fmt: skip
TEXTS = st.text(max_size=40) | NAMES
DAYS = st.dates() | st.sampled_from([date.min, date.max, date(2026, 11, 22)])
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
MOMENTS = st.datetimes(timezones=ZONES) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max, datetime.max.replace(tzinfo=UTC)]
)


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Possible records, of sizes that nobody has seen yet."""
    size = draw(st.sampled_from([1, 1_000, 10**6, 10**12, 10**70]))
    fields = draw(st.lists(st.sampled_from(["output_tokens", "web_searches", "requests"])))
    return Usage(input_tokens=size, cached_input_tokens=size // 3, **dict.fromkeys(fields, size),
                 audio_seconds=draw(st.sampled_from([0, Decimal("0.1"), 10**9])))  # fmt: skip


KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int": WHOLE,
    "float": REAL | WHOLE,
    "Decimal": EXACT,
    "str": NAMES | TEXTS,
    "bool": st.booleans(),
    "date": DAYS,
    "datetime": MOMENTS,
    "None": st.none(),
    "Usage": usages(),
    "Count": st.just(Count(10, 8, 12, False)),
    "RateCard": st.builds(rate_card, st.sampled_from(["gpt-4.1", "claude-haiku-5-5"])),
    "Sequence[str]": st.lists(TEXTS, max_size=4),
    "Iterable[str]": st.lists(NAMES, max_size=3),
    "Sequence[float]": st.lists(REAL, max_size=4),
    "Iterable[float]": st.lists(REAL, max_size=6),
    "Mapping[str, str]": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "Sequence[Message]": st.lists(
        st.fixed_dictionaries({"role": NAMES, "content": TEXTS}) | st.just({}), max_size=2
    ),
    "Literal['factor', 'share', 'change']": st.sampled_from(["factor", "share", "change"]),
}


def arguments(what: Callable[..., Any]) -> st.SearchStrategy[dict[str, Any]] | None:
    """Values for the parameters of a function; None where one is of no kind that we know."""
    required, optional = {}, {}
    for name, parameter in inspect.signature(what).parameters.items():
        kinds = [KINDS.get(kind) for kind in str(parameter.annotation).split(" | ")]
        known = st.one_of([kind for kind in kinds if kind is not None])
        if None not in kinds or parameter.default is not parameter.empty:
            (required if parameter.default is parameter.empty else optional)[name] = known
        if None in kinds and parameter.default is parameter.empty:
            return None
        if None in kinds:
            optional.pop(name)
    return st.fixed_dictionaries(required, optional=optional)


def surface() -> list[tuple[str, Callable[..., Any], st.SearchStrategy[dict[str, Any]]]]:
    found = []
    for room in ROOMS:
        face = importlib.import_module(f"costlib.{room}")
        for name in face.__all__:
            what = getattr(face, name)
            if not callable(what) or name in SLOW:
                continue
            values = arguments(what)
            if values is not None and inspect.signature(what).parameters:
                found.append((f"{room}.{name}", what, values))
    return found


SURFACE = surface()


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    """What is read once, so that no single call is blamed for it."""
    for model in ("gpt-4", "gpt-5"):
        count_text("warm", model)
    assert models()


@pytest.mark.parametrize(
    ("what", "values"), [pytest.param(w, v, id=name) for name, w, v in SURFACE]
)
def test_an_answer_or_a_sentence(what: Callable[..., Any], values: Any) -> None:
    @settings(max_examples=CALLS, derandomize=CALLS == 40, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(values)
    def call(given_values: dict[str, Any]) -> None:
        tracemalloc.start()
        began = time.thread_time()
        try:
            answer = what(**given_values)
            read(answer)
        except (ValueError, TypeError, LookupError) as error:
            # A key that is missing, or Python's own words about a float, help nobody.
            assert type(error) in (ValueError, TypeError, LookupError), repr(error)
            assert len(str(error).split()) >= 5, repr(error)
        finally:
            seconds, peak = time.thread_time() - began, tracemalloc.get_traced_memory()[1]
            tracemalloc.stop()
        assert seconds < 1, f"{seconds:.1f} s"
        assert peak < 100e6, f"{peak / 1e6:,.0f} MB"

    call()


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


def test_most_of_the_surface_is_called() -> None:
    assert len(SURFACE) >= 40
    names = {name for name, _, _ in SURFACE}
    assert {"pricing.cost_of", "pricing.rate_card", "tokens.count_chat", "display.money",
            "usage.Usage", "estimation.ceiling", "caching.reuses_to_pay"} <= names  # fmt: skip
