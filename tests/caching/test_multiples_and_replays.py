"""Break-evens equal their closed forms, replays a plain dictionary, and nothing beats foresight."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.bank import traffic as bank
from costlib.caching.multiples import (
    CachePrices,
    cache_prices,
    hit_rate_to_pay,
    length_to_pay,
    pings_to_pay,
    reuses_to_pay,
)
from costlib.caching.replays import Trace, foreseen, mooncake, one_prefix, prefix_use, replay
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import RateCard, rate_card, role
from costlib.provider import connect, provider_of
from costlib.usage.read import Usage, read_usage

FLAGSHIP = role("anthropic", "flagship")
MODELS = ("claude-opus-5-5", "claude-sonnet-5-5", "claude-fable-5-2", "claude-haiku-5-5",
          "claude-haiku-4-5", "gpt-6.1-sol", "gpt-6-luna", "gpt-5.5", "gpt-4.1")  # fmt: skip

# --- Prices -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "minimum", "read", "write"),
    [  # facts, 2026-11-22: Anthropic 1.25 and 2; OpenAI 1.25 and 2.5 from gpt-5.6 on, free before
        ("claude-opus-5-5", 512, "0.05", {"5m": "1.25", "1h": "2"}),
        ("claude-sonnet-5-5", 512, "0.05", {"5m": "1.25", "1h": "2"}),
        ("claude-fable-5-2", 512, "0.025", {"5m": "1.25", "1h": "2"}),
        ("claude-haiku-5-5", 512, "0.1", {"5m": "1.25", "1h": "2"}),
        ("claude-haiku-4-5", 4096, "0.1", {"5m": "1.25", "1h": "2"}),
        ("gpt-6.1-sol", 1024, "0.05", {"30m": "1.25", "12h": "2.5"}),
        ("gpt-5.6-sol", 1024, "0.1", {"30m": "1.25", "12h": "2.5"}),
        ("gpt-5.5", 2048, "0.1", {"24h": "1"}),
        ("gpt-4.1", 1024, "0.25", {"in_memory": "1", "24h": "1"}),
        ("gpt-4o", 1024, "0.5", {"in_memory": "1"}),
    ],
)
def test_multiples_come_from_the_dated_rate_card(model, minimum, read, write) -> None:
    prices = cache_prices(model)
    assert prices.minimum == minimum
    got = {lifetime: prices.multiples(lifetime) for lifetime in prices.write}
    assert got == {name: (Decimal(read), Decimal(times)) for name, times in write.items()}


def test_the_multiples_of_a_batch_are_those_of_the_standard_tier() -> None:
    """At Anthropic both discounts stack: half of everything."""
    batch, standard = cache_prices(FLAGSHIP, tier="batch"), cache_prices(FLAGSHIP)
    for lifetime in standard.write:
        assert batch.multiples(lifetime) == standard.multiples(lifetime)
    assert batch.read * 2 == standard.read


@pytest.mark.parametrize("model", ["gpt-5-pro", "gemini-3.8-flash", "claude-unknown-9"])
def test_a_model_that_does_not_cache_is_named(model: str) -> None:
    with pytest.raises(LookupError, match=model):
        cache_prices(model)


def test_a_lifetime_that_a_model_does_not_have_is_named_with_those_it_has() -> None:
    with pytest.raises(LookupError, match="'30m' is not one of claude-opus-5-5: choose '5m' or"):
        cache_prices(FLAGSHIP).multiples("30m")


# --- Closed forms -----------------------------------------------------------------------------

READS = st.decimals("0.01", "0.95", places=3)
WRITES = st.decimals("1", "4", places=3)


def cost(read: Decimal, write: Decimal, reuses: int) -> Fraction:
    return Fraction(write) + reuses * Fraction(read)


@given(READS, WRITES)
def test_the_break_even_in_reuses_is_the_first_that_is_cheaper(read, write) -> None:
    first = reuses_to_pay(read, write)
    assert first >= 1
    assert cost(read, write, first) < 1 + first
    assert first == 1 or cost(read, write, first - 1) >= first


@pytest.mark.parametrize("model", MODELS)
def test_five_minutes_win_on_the_first_reuse_and_one_hour_from_the_second(model: str) -> None:
    prices = cache_prices(model)
    wanted = {"5m": 1, "30m": 1, "in_memory": 1, "24h": 1, "1h": 2, "12h": 2}
    for lifetime in prices.write:
        assert reuses_to_pay(*prices.multiples(lifetime)) == wanted[lifetime]


def test_the_break_even_by_hand() -> None:
    assert reuses_to_pay(0.1, 2) == 2  # 2.1 against 2, then 2.2 against 3
    assert reuses_to_pay(0.5, 2) == 3  # 2 reuses: 3 against 3, which is not cheaper yet
    assert reuses_to_pay(0.1, 1) == 1
    assert hit_rate_to_pay(0.05, 1.25) == pytest.approx(0.25 / 1.2)
    assert hit_rate_to_pay(0.5, 1) == 0
    # OpenAI's guide: 1,024 tokens, read at 0.1, written at 1.25, ten requests
    assert length_to_pay(1024, 10, 0.1, 1.25) == pytest.approx(220.16)
    assert pings_to_pay(0.1, 1.25) == 11  # 12 reads at 0.1 make 1.2; 13 would make 1.3
    assert pings_to_pay(0.05, 1.25) == 23  # the 24th would only draw level


@given(READS, WRITES, st.integers(1, 60), st.integers(2, 4096))
def test_the_other_closed_forms_are_where_both_sides_cost_the_same(read, write, n, minimum) -> None:
    share = hit_rate_to_pay(read, write)
    assert share * float(read) + (1 - share) * float(write) == pytest.approx(1)
    length = length_to_pay(minimum, n, read, write)
    assert length * n == pytest.approx(minimum * (float(write) + (n - 1) * float(read)))
    pings = pings_to_pay(read, write)
    assert pings == 0 or (pings + 1) * read < write
    assert (pings + 2) * read >= write


@pytest.mark.parametrize(
    ("read", "write"), [(1, 1.25), (0, 1.25), (0.1, 0.9), (Decimal("1e-999999"), 1.25)]
)
def test_multiples_that_cannot_be_are_refused(read, write) -> None:
    with pytest.raises(ValueError, match="multiples of the input price"):
        reuses_to_pay(read, write)


# --- Replay -----------------------------------------------------------------------------------


@st.composite
def traces(draw: st.DrawFn) -> Trace:
    """Some requests over a few trees of prefixes; block ids are scattered over a wide range."""
    ids: dict[tuple[int, ...], int] = {}
    apart = draw(st.sampled_from([1, 7919, 2**57]))
    seconds, rows, tokens = [], [], []
    now = 0
    for _ in range(draw(st.integers(1, 14))):
        now += draw(st.integers(0, 9))
        path = draw(st.lists(st.integers(0, 1), min_size=1, max_size=4))
        row = [ids.setdefault(tuple(path[: i + 1]), apart * len(ids)) for i in range(len(path))]
        seconds.append(now)
        rows.append(row)
        tokens += [100 + block % 97 for block in row]
    first = np.concatenate(([0], np.cumsum([len(row) for row in rows])))
    return Trace(np.array(seconds), first, np.concatenate(rows), np.array(tokens))


def by_dictionary(
    trace: Trace, lifetime: float, minimum: int, starts_after: float, only_seen: bool
) -> list[tuple[int, int, int]]:
    """The same with a plain dictionary, request by request: read, written, plain."""
    uses: dict[int, list[float]] = {}
    live: dict[int, float] = {}
    found = []
    for i, now in enumerate(trace.seconds):
        places = range(trace.first[i], trace.first[i + 1])
        read = written = 0
        for place in places:
            block, size = int(trace.blocks[place]), int(trace.tokens[place])
            if only_seen:
                hit = now - live.get(block, -np.inf) < lifetime
                seen = block in uses
            else:
                ready = [then for then in uses.get(block, ()) if then <= now - starts_after]
                hit = bool(ready) and now - ready[-1] < lifetime
                seen = True
            read += size * hit
            written += size * (not hit and seen)
            if hit or seen:
                live[block] = now
        for place in places:
            uses.setdefault(int(trace.blocks[place]), []).append(now)
        sent = sum(int(trace.tokens[place]) for place in places)
        if read < minimum:
            read, written = 0, read + written
        if read + written < minimum:
            written = 0
        found.append((read, written, sent - read - written))
    return found


@given(traces(), st.sampled_from([1, 4, 7, 30]), st.sampled_from([0, 150, 350]),
       st.sampled_from([0, 2, 5]), st.booleans())  # fmt: skip
def test_a_replay_is_what_a_plain_dictionary_gives(trace, lifetime, minimum, start, seen) -> None:
    start = 0 if seen else start
    options = {"minimum": minimum, "starts_after": start, "only_seen": seen}
    tally = replay(trace, lifetime, **options)
    got = list(zip(tally.read.tolist(), tally.written.tolist(), tally.plain.tolist(), strict=True))
    assert got == by_dictionary(trace, lifetime, minimum, start, seen)
    assert (tally.read + tally.written + tally.plain == trace.sent).all()


@pytest.mark.parametrize("start", [1, 3, 20])
@pytest.mark.parametrize("lifetime", [2, 9, 60])
def test_dense_traffic_reads_what_a_plain_dictionary_gives(start: int, lifetime: int) -> None:
    """Many uses in the time that a response takes to begin, and pauses that no entry outlives."""
    seconds = np.random.default_rng(start).choice([0, 0, 0, 1, 1, 2, 5, 70], 400).cumsum()
    trace = one_prefix(seconds, 100)
    tally = replay(trace, lifetime, starts_after=start)
    got = list(zip(tally.read.tolist(), tally.written.tolist(), tally.plain.tolist(), strict=True))
    assert got == by_dictionary(trace, lifetime, 0, start, False)


@settings(max_examples=20)
@given(st.lists(st.sampled_from([20, 250, 299, 300, 301, 900]), min_size=1, max_size=8))
def test_a_replay_reads_what_the_offline_provider_reads(gaps: list[int]) -> None:
    client = connect("anthropic")
    text = "The fee for a transfer abroad is two per cent, at least five dollars. " * 60
    body = {
        "model": FLAGSHIP,
        "max_tokens": 10,
        "system": [{"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}],
        "messages": [{"role": "user", "content": "Where is my card?"}],
    }
    used = []
    for gap in (0, *gaps):
        provider_of(client).clock.advance(seconds=gap)
        used.append(read_usage(client.messages.create(**body)))
    trace = one_prefix(np.cumsum([0, *gaps]), used[0].cache_write_5m_tokens)
    tally = replay(trace, 300)
    assert tally.read.tolist() == [usage.cached_input_tokens for usage in used]
    assert tally.written.tolist() == [usage.cache_write_5m_tokens for usage in used]


@pytest.mark.parametrize(("seconds", "share"), [(60, 10.5), (300, 29.3), (3600, 37.4)])
def test_the_mooncake_hour_reads_the_published_shares(seconds: int, share: float) -> None:
    trace = mooncake()
    assert (len(trace.seconds), int(trace.sent.sum())) == (12_031, 144_793_823)
    within = np.nextafter(seconds, np.inf)  # the published count takes the last second too
    assert round(100 * replay(trace, within).hit_rate, 1) == share


def test_a_trace_says_what_is_wrong_with_it() -> None:
    with pytest.raises(ValueError, match="in order of time, and request 2 comes before"):
        one_prefix([5, 3], 100)
    with pytest.raises(ValueError, match="request 2 of the trace comes at nan"):
        one_prefix([5, math.nan], 100)
    dates = pd.Series(pd.to_datetime(["2026-11-28T10:00"])).astype("datetime64[ns]")
    for times, odd in ((["12:00"], "12:00"), ([5, None], "None"), (dates, "datetime64[ns]")):
        with pytest.raises(ValueError, match=re.escape(f"seconds has {odd}, which is no number")):
            one_prefix(times, 100)
    with pytest.raises(ValueError, match=r"tokens=6000\.5 is not whole"):
        one_prefix([5], 6000.5)
    with pytest.raises(ValueError, match="first must have 2 entries"):
        Trace(np.array([1]), np.array([0, 1]), np.array([1, 2]), np.array([5, 5]))
    with pytest.raises(ValueError, match="lives more than 0"):
        replay(one_prefix([1], 100), 0)
    with pytest.raises(ValueError, match="leave one of the two out"):
        replay(one_prefix([1], 100), 60, starts_after=1, only_seen=True)


def test_nothing_comes_of_no_requests() -> None:
    empty = one_prefix([], 100)
    assert replay(empty, 300, starts_after=1).hit_rate == 0
    assert foreseen(empty, cache_prices(FLAGSHIP)) == 0


# --- Foresight --------------------------------------------------------------------------------


def invented(read: str, write: dict[str, str]) -> CachePrices:
    """Prices of a made-up model whose lifetimes are 4 and 15 seconds."""
    card: RateCard = rate_card(FLAGSHIP)
    rates = type(card.rates)({**card.rates, "input": Decimal(1), "cached_input": Decimal(read)})
    lives = {"short": 4.0, "long": 15.0}
    return CachePrices(
        replace(card, rates=rates), 0, {k: Decimal(v) for k, v in write.items()}, lives
    )


def best_by_trying(times: list[int], prices: CachePrices) -> Decimal:
    """The cheapest way to serve the uses of one block, over every choice at every use."""
    lives = {name: prices.seconds[name] for name in prices.write}
    states = {None: Decimal(0)}  # what lives (its lifetime) -> the least paid until now
    for i, now in enumerate(times):
        after: dict[str | None, Decimal] = {}
        for living, paid in states.items():
            alive = living if living and now - times[i - 1] < lives[living] else None
            ways = (
                [(alive, prices.read)] if alive else [(None, prices.input), *prices.write.items()]
            )
            for state, rate in ways:
                after[state] = min(paid + rate, after.get(state, paid + rate))
        states = after
    return min(states.values())


@given(
    st.lists(st.integers(0, 9), min_size=1, max_size=14),
    st.sampled_from(["0.05", "0.5", "0.9"]),
    st.sampled_from(["1", "1.25", "1.9"]),
    st.sampled_from(["1", "2", "2.5"]),
)
def test_foresight_is_the_cheapest_of_all_choices(gaps, read, short, long) -> None:
    prices = invented(read, {"short": short, "long": long})
    times = np.cumsum(gaps).tolist()
    paid = foreseen(one_prefix(times, 1_000_000), prices)
    assert paid == best_by_trying(times, prices)


@given(traces(), st.sampled_from([0, 250]))
def test_no_policy_beats_foresight(trace: Trace, minimum: int) -> None:
    prices = replace(invented("0.1", {"short": "1.25", "long": "2"}), minimum=minimum)
    least = foreseen(trace, prices)
    none = prices.input * int(trace.sent.sum()) / 10**6
    assert least <= none
    for lifetime, seconds in prices.seconds.items():
        for only_seen in (False, True):
            use = replay(trace, seconds, minimum=minimum, only_seen=only_seen)
            assert least <= use.usd(prices, lifetime)


def test_foresight_saves_nothing_where_nothing_is_cached_and_no_more_than_free_writes() -> None:
    short, prices = one_prefix([0, 40, 95], 300), cache_prices(FLAGSHIP)
    assert foreseen(short, prices) == prices.input * 900 / 10**6
    trace, free = mooncake(), cache_prices("gpt-5.5")
    all_written = replay(trace, free.seconds["24h"], minimum=free.minimum)
    assert foreseen(trace, free) == all_written.usd(free, "24h")


def test_the_cost_of_a_replay_is_what_cost_of_gives() -> None:
    trace = mooncake()
    for model, lifetime in (("claude-opus-5-5", "1h"), ("gpt-6.1-sol", "30m")):
        prices = cache_prices(model)
        tally = replay(trace, prices.seconds[lifetime], minimum=prices.minimum)
        some = range(0, 12_031, 1_500)
        usages = [
            Usage(
                input_tokens=int(trace.sent[i]),
                cached_input_tokens=int(tally.read[i]),
                **{f"cache_write_{lifetime}_tokens": int(tally.written[i])},
            )
            for i in some
        ]
        picked = type(tally)(
            *(part[list(some)] for part in (tally.read, tally.written, tally.plain))
        )
        assert picked.usd(prices, lifetime) == sum(cost_of(u, model).total for u in usages)


def test_a_trace_beyond_the_long_context_bound_is_not_priced() -> None:
    prices = cache_prices("claude-haiku-5-5")  # 100,000 tokens; the trace has 126,195
    with pytest.raises(ValueError, match="126,195 tokens is beyond the long-context bound"):
        foreseen(mooncake(), prices)
    with pytest.raises(ValueError, match="long-context bound"):
        replay(mooncake(), 300).usd(prices, "5m")


def test_a_request_longer_than_a_model_reads_is_not_priced() -> None:
    prices = cache_prices("claude-haiku-4-5")
    fits, too_long = one_prefix(np.arange(3), 200_000), one_prefix(np.arange(3), 200_001)
    # 1 dollar a million: one write at 1.25 and two reads at 0.10
    assert replay(fits, 300).usd(prices, "5m") == Decimal("0.29")
    with pytest.raises(ValueError, match="200,001 tokens does not fit into claude-haiku-4-5"):
        replay(too_long, 300).usd(prices, "5m")
    with pytest.raises(ValueError, match="reads at most 200,000"):
        foreseen(too_long, prices)


# --- The month --------------------------------------------------------------------------------


def month_of(seconds: list[float], **columns) -> pd.DataFrame:
    times = pd.to_datetime(seconds, unit="s", origin=bank.FIRST_DAY, utc=True)
    base = {"time": times, "model": FLAGSHIP, "tier": "standard", "prefix": 6_000}
    return pd.DataFrame(base | columns)


def test_the_prefix_of_a_month_by_hand() -> None:
    # 0 writes; 0.5 comes before its response begins; 200 reads, and refreshes; 499 reads; 800 late
    read, written = prefix_use(month_of([0, 0.5, 200, 499, 800]), "5m")
    assert read.tolist() == [0, 0, 6_000, 6_000, 0]
    assert written.tolist() == [6_000, 6_000, 0, 0, 6_000]
    assert [part.tolist() for part in prefix_use(month_of([]), "5m")] == [[], []]
    _, written = prefix_use(month_of([0, 0.5, 200, 499, 800]), "1h", starts_after=0)
    assert written.tolist() == [6_000, 0, 0, 0, 0]


def test_batches_models_and_prefixes_have_entries_of_their_own() -> None:
    month = month_of(
        [0, 10, 20, 30, 40, 50],
        tier=["standard", "batch", "standard", "batch", "standard", "standard"],
        model=[FLAGSHIP] * 4 + ["claude-sonnet-5-5", FLAGSHIP],
        prefix=[6_000, 6_000, 5_000, 6_000, 6_000, 400],
    )
    read, written = prefix_use(month, "5m")
    assert read.tolist() == [0, 0, 0, 6_000, 0, 0]
    assert written.tolist() == [6_000, 6_000, 5_000, 0, 6_000, 0]


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return bank.month()


def test_the_lever_reads_all_but_the_first_of_the_month_and_adds_up(month) -> None:
    before, cached = bank.bill(month), bank.cache_prefix(month)
    after = bank.bill(cached)
    wrote = cached["cache_write_5m_tokens"] > 0
    assert 1 <= wrote.sum() <= 5 and wrote.to_numpy()[0]
    assert (
        (cached["cached_input_tokens"] + cached["cache_write_5m_tokens"]).eq(month["prefix"]).all()
    )
    card = rate_card(FLAGSHIP).rates
    tokens = cached[["cached_input_tokens", "cache_write_5m_tokens"]].sum()
    prefix = (
        int(tokens.iloc[0]) * card["cached_input"] + int(tokens.iloc[1]) * card["cache_write_5m"]
    ).scaleb(-6)
    assert after.by_part["prefix"] == prefix
    saved = before.by_part["prefix"] - prefix
    assert before.total - after.total == saved
    others = [part for part in before.by_part if part != "prefix"]
    assert [after.by_part[p] for p in others] == [before.by_part[p] for p in others]


def test_caching_and_batch_stack_and_one_hour_is_no_better_here(month) -> None:
    batch = bank.batch_summaries(month)
    bills = {lifetime: bank.bill(bank.cache_prefix(batch, lifetime)) for lifetime in ("5m", "1h")}
    assert bills["5m"].total < bills["1h"].total
    wrote = bank.cache_prefix(batch)["cache_write_5m_tokens"] > 0
    nights = month["time"].dt.date[wrote & (batch["tier"] == "batch")]
    assert nights.nunique() == 30  # nothing keeps the batches' entry alive through a day
    half = bills["5m"].picodollars.loc["summary"]
    whole = bank.bill(bank.cache_prefix(month)).picodollars.loc["summary"]
    assert half["history"] * 2 == whole["history"]
    assert half["prefix"] / whole["prefix"] == pytest.approx(0.5, rel=0.01)


def test_is_it_90_percent(month) -> None:
    """Of the prefix, of all input, of the bill; then with the summaries in batch."""
    before, after = bank.bill(month), bank.bill(bank.cache_prefix(month))

    def saved(parts) -> float:
        old, new = (sum(bill.by_part[part] for part in parts) for bill in (before, after))
        return round(float(100 * (1 - new / old)), 1)

    assert saved(["prefix"]) == 95.0
    assert saved(bank.INPUT_PARTS) == 77.6
    assert saved(before.by_part) == 67.8


def test_the_lever_taken_again_begins_anew_and_follows_what_is_still_sent(month) -> None:
    part = month.iloc[:5_000]
    hour = bank.cache_prefix(bank.cache_prefix(part), "1h")
    assert "cache_write_5m_tokens" not in hour
    bank.bill(hour)
    fewer = part[part.index % 3 > 0]
    assert bank.cache_prefix(fewer)["cache_write_5m_tokens"].iloc[0] == fewer["prefix"].iloc[0]
    shorter = part.assign(prefix=part["prefix"] - 500, input_tokens=part["input_tokens"] - 500)
    cached = bank.cache_prefix(shorter)
    assert cached["cached_input_tokens"].max() == part["prefix"].max() - 500
    bank.bill(cached)
