"""How fast the ground is, as ratios that hold on any machine: both sides run in turn, in one run.

    python tests/benchmarks/bench_ground.py

prints, for the best of several rounds: `cost_of` against `calc_price` of genai-prices for the same
usage; `cost_table` of 1,000,000 rows against the same work in plain float64 numpy, unchecked; and
`import costlib` net of Python's own start. pytest does not collect this file.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from time import perf_counter, process_time

import numpy as np
import pandas as pd

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from costlib.cost import cost_of, cost_table  # noqa: E402
from costlib.prices import price_periods  # noqa: E402
from costlib.usage import Usage  # noqa: E402

ROWS = 1_000_000
NAMES = ("claude-opus-5-5", "claude-haiku-5-5", "gpt-6.1-sol", "gpt-5.6-sol", "gpt-6-luna",
         "gemini-3.8-flash")  # fmt: skip
TIERS = ("standard", "batch")


def compare(
    ours: Callable[[], object],
    theirs: Callable[[], object],
    rounds: int,
    clock: Callable[[], float] = process_time,  # CPU time: other programs do not count
) -> None:
    """Time both in turn and print the best of each, and the ratio of the bests."""
    best = [float("inf"), float("inf")]
    for _ in range(rounds):
        for side, function in enumerate((ours, theirs)):
            start = clock()
            function()
            best[side] = min(best[side], clock() - start)
    print(
        f"   ours {best[0] * 1e3:.1f} ms, other {best[1] * 1e3:.1f} ms, other/ours "
        f"{best[1] / best[0]:.2f}, ours - other {(best[0] - best[1]) * 1e3:.1f} ms"
    )


def one_request() -> None:
    import genai_prices

    usage = Usage(input_tokens=7170, output_tokens=211, cached_input_tokens=4000)
    theirs = genai_prices.Usage(input_tokens=7170, output_tokens=211, cache_read_tokens=4000)
    at = datetime(2026, 11, 22, tzinfo=UTC)
    for model, provider in (("claude-opus-5-5", "anthropic"), ("gpt-6.1-sol", "openai")):
        print(f"1,000 x cost_of against calc_price, {model}")

        def ours(model: str = model, provider: str = provider) -> None:
            for _ in range(1000):
                cost_of(usage, model, provider=provider, at=at)

        def other(model: str = model, provider: str = provider) -> None:
            for _ in range(1000):
                genai_prices.calc_price(
                    theirs, model_ref=model, provider_id=provider, genai_request_timestamp=at
                )

        compare(ours, other, rounds=5)


def ledger() -> pd.DataFrame:
    """A made-up ledger over the two weeks before the course's date."""
    random = np.random.default_rng(7)
    tokens = random.integers(0, 150_000, ROWS)
    output = random.integers(0, 4_000, ROWS)
    start = np.datetime64("2026-11-08T00:00:00", "us")
    return pd.DataFrame(
        {
            "model": np.array(NAMES, dtype=object)[random.integers(0, len(NAMES), ROWS)],
            "tier": np.array(TIERS, dtype=object)[random.integers(0, len(TIERS), ROWS)],
            "time": start + random.integers(0, 14 * 86_400_000_000, ROWS).astype("timedelta64[us]"),
            "input_tokens": tokens,
            "output_tokens": output,
            "cached_input_tokens": tokens // 2,
            "reasoning_tokens": output // 2,
        }
    )


def float_gather(frame: pd.DataFrame) -> pd.DataFrame:
    """What `cost_table` does, in float64 and with no check of anything."""
    model, models = pd.factorize(frame["model"])
    tier, tiers = pd.factorize(frame["tier"])
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


def one_ledger() -> None:
    frame = ledger()
    ours, floats = cost_table(frame), float_gather(frame)
    np.testing.assert_allclose(ours["cost_usd"], floats["cost_usd"], rtol=1e-12)
    print(f"cost_table of {ROWS:,} rows against the same gather in float64")
    compare(lambda: cost_table(frame), lambda: float_gather(frame), rounds=9)


def start_up() -> None:
    def run(code: str) -> Callable[[], object]:
        return lambda: subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)

    for code in ("import costlib", "from costlib import cost_of"):
        print(f"python -c {code!r} against python -c 'pass'")
        compare(run(code), run("pass"), rounds=15, clock=perf_counter)


if __name__ == "__main__":
    one_request()
    one_ledger()
    start_up()
