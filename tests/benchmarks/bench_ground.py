"""How fast the ground is: one price, a table of a million prices, and the import.

Run by `python -m costlib bench`; conftest.py has the convention.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from itertools import count
from time import perf_counter

import numpy as np
import pandas as pd
import pytest

from costlib.course.bench import SIZES
from costlib.paths import ROOT
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import price_periods
from costlib.pricing.table import cost_table
from costlib.tokens.encodings import load_encoding
from costlib.tokens.text import count_text
from costlib.usage.read import Usage

NAMES = ("claude-opus-5-5", "claude-haiku-5-5", "gpt-6.1-sol", "gpt-5.6-sol", "gpt-6-luna",
         "gemini-3.8-flash")  # fmt: skip
TIERS = ("standard", "batch")


@pytest.mark.parametrize("model", ["claude-opus-5-5", "gpt-6.1-sol"])
def bench_cost_of(race: Callable[..., None], model: str) -> None:
    """`cost_of`"""
    import genai_prices

    provider = "openai" if model.startswith("gpt") else "anthropic"
    usage = Usage(input_tokens=7170, output_tokens=211, cached_input_tokens=4000)
    theirs = genai_prices.Usage(input_tokens=7170, output_tokens=211, cache_read_tokens=4000)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    race(
        lambda: cost_of(usage, model, provider=provider, at=at),
        lambda: genai_prices.calc_price(
            theirs, model_ref=model, provider_id=provider, genai_request_timestamp=at
        ),
        against="`calc_price` of genai-prices",
    )


def bench_count_text(race: Callable[..., None]) -> None:
    """`count_text` of 10,000 words"""
    text, encoding = "Where is my card? It was declined. " * 1_400, load_encoding("o200k_base")
    assert count_text(text, "gpt-4.1").tokens == len(encoding.encode_ordinary(text))
    calls = count()  # each text is new: counts are remembered
    race(
        lambda: count_text(f"{next(calls)}{text}", "gpt-4.1"),
        lambda: encoding.encode_ordinary(f"{next(calls)}{text}"),
        against="tiktoken alone",
    )


@pytest.mark.parametrize("rows", SIZES)
def bench_cost_table(race: Callable[..., None], rows: int) -> None:
    """`cost_table`"""
    frame = ledger(rows)
    ours, floats = cost_table(frame), float_gather(frame)
    np.testing.assert_allclose(ours["cost_usd"], floats["cost_usd"], rtol=1e-12)
    race(
        lambda: cost_table(frame),
        lambda: float_gather(frame),
        against="the same gather in float64 numpy, unchecked",
    )


@pytest.mark.parametrize("rows", SIZES)
def bench_cost_table_of_categories(race: Callable[..., None], rows: int) -> None:
    """`cost_table` with names in category columns"""
    frame = ledger(rows).astype({"model": "category", "tier": "category"})
    race(
        lambda: cost_table(frame),
        lambda: float_gather(frame),
        against="the same gather in float64 numpy, unchecked",
    )


@pytest.mark.benchmark(timer=perf_counter, min_rounds=15)  # the time is another process's
@pytest.mark.parametrize("code", ["import costlib", "from costlib import cost_of"])
def bench_import(race: Callable[..., None], code: str) -> None:
    """starting Python with"""

    def start(what: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", what], cwd=ROOT, check=True)

    race(start(code), start("pass"), against="starting it with `pass`")


@cache
def ledger(rows: int) -> pd.DataFrame:
    """A made-up ledger over the two weeks before the course's date."""
    random = np.random.default_rng(7)
    tokens = random.integers(0, 150_000, rows)
    output = random.integers(0, 4_000, rows)
    start = np.datetime64("2026-11-08T00:00:00", "us")
    return pd.DataFrame(
        {
            "model": np.array(NAMES, dtype=object)[random.integers(0, len(NAMES), rows)],
            "tier": np.array(TIERS, dtype=object)[random.integers(0, len(TIERS), rows)],
            "time": start + random.integers(0, 14 * 86_400_000_000, rows).astype("timedelta64[us]"),
            "input_tokens": tokens,
            "output_tokens": output,
            "cached_input_tokens": tokens // 2,
            "reasoning_tokens": output // 2,
        }
    )


def float_gather(frame: pd.DataFrame) -> pd.DataFrame:
    """What `cost_table` does, in float64 and with no check of anything."""
    model, models = coded(frame["model"])
    tier, tiers = coded(frame["tier"])
    series = model * len(tiers) + tier
    keys, cards = [], []
    epoch = date(1970, 1, 1)
    for place in range(len(models) * len(tiers)):
        name, tier_name = models[place // len(tiers)], tiers[place % len(tiers)]
        for card in price_periods(name, tier=tier_name):
            keys.append(place * 10**6 + (card.valid_from - epoch).days)
            cards.append(card)
    days = frame["time"].to_numpy().astype("datetime64[D]").astype(np.int64)
    row = np.searchsorted(np.array(keys), series * 10**6 + days, side="right") - 1
    bounds = [card.long_context for card in cards]
    bound = np.array([float(long.threshold if long else "inf") for long in bounds])
    tokens = frame["input_tokens"].to_numpy()
    row = row + len(cards) * (tokens > bound[row])
    rates = [card.rates for card in cards]
    rates += [long.rates if long else base for long, base in zip(bounds, rates, strict=True)]

    def rate(kind: str) -> np.ndarray:
        return np.array([float(r[kind] or 0) for r in rates])[row]

    cached = frame["cached_input_tokens"].to_numpy()
    total = (tokens - cached) * rate("input") + cached * rate("cached_input")
    total += frame["output_tokens"].to_numpy() * rate("output")
    return frame.assign(cost_usd=total / 1e6)


def coded(column: pd.Series) -> tuple[np.ndarray, pd.Index]:
    """The codes of a column of names, which a category column has already, and the names."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.codes.to_numpy().astype(np.int64), column.cat.categories
    return pd.factorize(column)
