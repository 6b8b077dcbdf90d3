"""Each lever on calls small enough to work it out by hand, and what records cannot tell."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pandas as pd
import pytest

from costlib.agents.cache_choices import with_cache
from costlib.agents.reading import swe_runs
from costlib.audit.applied import READ_SHARE, Applied, Records
from costlib.audit.cache_account import cache_account
from costlib.audit.every_lever import applied
from costlib.audit.hidden_costs import hidden_costs
from costlib.audit.pauses import pauses
from costlib.tracking.calls import REPORT, Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

DAY = datetime(2026, 11, 2, 9, tzinfo=UTC)
OPUS, SONNET = "claude-opus-5-5", "claude-sonnet-5-5"  # 4 and 20, 2 and 10 USD per million tokens


def call(minute: float, into: int, out: int = 0, **about: Any) -> Call:
    counts = {name: about.pop(name) for name in list(about) if name.endswith("_tokens")}
    requests = about.pop("requests", 1)
    given = {"provider": "anthropic", "model": OPUS} | about
    usage = Usage(into, out, requests=requests, **counts)
    return Call(time=DAY + timedelta(minutes=minute), usage=usage, **given)


def frame(*calls: Call) -> pd.DataFrame:
    ledger = Ledger()
    ledger.record_many(calls)
    return ledger.frame()


def lever(name: str, *calls: Call) -> Applied:
    return next(each for each in applied(frame(*calls)) if each.lever.startswith(name))


def usd(*amounts: str) -> tuple[Decimal, ...]:
    return tuple(map(Decimal, amounts))


def test_a_cheaper_model_of_the_same_tokenizer_by_hand() -> None:
    found = lever(f"{OPUS} → {SONNET}", call(0, 1_000_000, 100_000))
    assert found.saved == usd("3", "3")  # 4 + 2 against 2 + 1
    assert "how good" in found.unmeasured


def test_another_tokenizer_makes_a_range() -> None:
    found = lever(
        "claude-opus-4-5 → claude-sonnet-5-5", call(0, 1_000_000, model="claude-opus-4-5")
    )
    assert found.saved is not None and found.saved[0] < found.saved[1]
    assert "est." in found.assumed


def test_a_longer_count_may_pass_the_long_bound() -> None:
    old = {"model": "claude-sonnet-4-5"}  # 3 USD; its 90,000 are 81,692 to 140,727 on Haiku 5.5
    found = lever("claude-sonnet-4-5 → claude-haiku-5-5", call(0, 90_000, **old))
    assert found.saved is not None
    least, most = found.saved  # above 100,000 the whole prompt costs 0.50 instead of 0.10
    assert least == Decimal("0.27") - Decimal(140_727) * Decimal("0.5") / 10**6
    assert most == Decimal("0.27") - Decimal(81_692) * Decimal("0.1") / 10**6


def test_a_smaller_model_that_reasons_more_unasked_is_told_the_effort() -> None:
    found = lever(f"{OPUS} → {SONNET}", call(0, 1_000_000))
    said = found.assumed
    assert found.unmeasured == "how good the answers are, and how long it reasons"
    assert said.endswith(
        f"the same effort: unless told, {SONNET} reasons at high, {OPUS} at medium"
    )
    old = {"provider": "openai", "model": "gpt-4.1"}
    said = lever("gpt-4.1 → gpt-6-luna", call(0, 1_000_000, **old)).assumed
    assert said.endswith("unless told, gpt-6-luna reasons at medium, gpt-4.1 not")
    assert "unless told" not in lever(f"{OPUS} → claude-haiku-5-5", call(0, 10_000)).assumed


def test_batches_take_in_what_nobody_waits_for() -> None:
    waits = call(0, 1_000_000, user="ada")
    found = lever("batches", call(1, 1_000_000), waits)
    assert found.saved == usd("0", "2")  # half of the one call that names no user
    assert "names a user" in lever("batches", waits).needs
    report = call(0, 1_000_000, operation=REPORT, requests=9)
    assert lever("batches", report).saved == usd("0", "2")


def test_off_peak_hours_are_asked_only_of_models_that_have_them() -> None:
    assert "depends on the hour" in lever("off-peak", call(0, 10)).needs
    hours = [call(60 * hour, 1_000_000, provider="deepseek", model="deepseek-v4-pro")
             for hour in range(24)]  # fmt: skip
    found = lever("off-peak", *hours)
    assert found.saved is not None and found.saved[0] == 0 < found.saved[1]


def test_off_peak_hours_are_those_of_each_call_s_own_day() -> None:
    """DeepSeek's weekends have one price, and its prices have changed: neither is a saving."""

    def flash(moment: datetime) -> Call:
        about: dict[str, Any] = {"provider": "deepseek", "model": "deepseek-flash"}
        return Call(time=moment, usage=Usage(1_000_000), **about)

    friday, saturday = (datetime(2026, 11, day, 2, tzinfo=UTC) for day in (20, 21))
    assert lever("off-peak", flash(friday), flash(saturday)).saved == usd("0", "0.15")
    assert "depends on the hour" in lever("off-peak", flash(saturday)).needs
    # deepseek-v4-flash: 0.44 at peak from 17 August on; before, an hour was like another.
    before = replace(flash(datetime(2026, 8, 14, 2, tzinfo=UTC)), model="deepseek-v4-flash")
    after = replace(before, time=datetime(2026, 8, 18, 2, tzinfo=UTC))
    assert lever("off-peak", before, after).saved == usd("0", "0.22")


def test_the_cache_account_by_hand() -> None:
    """Read 800,000 at 0.20 for 4.00, written 100,000 at 5.00 for 4.00."""
    rows = frame(
        call(0, 1_000_000, cached_input_tokens=800_000, cache_write_5m_tokens=100_000),
        call(1, 500_000),
    )
    account = cache_account(rows)
    assert (account.sent, account.read, account.written) == (1_500_000, 800_000, 100_000)
    assert (account.reads_saved, account.writes_cost) == usd("3.04", "0.1")
    assert account.saved == Decimal("2.94")


def test_a_cache_that_nobody_reads_lost_money() -> None:
    assert cache_account(frame(call(0, 10_000, cache_write_1h_tokens=10_000))).saved < 0


def session(*gaps: float, first: int = 20_000, step: int = 5_000, **about: Any) -> list[Call]:
    """Turns of a session that caches all it has sent for five minutes."""
    calls, at, held = [], 0.0, 0
    for turn, gap in enumerate((0.0, *gaps)):
        at += gap
        held = 0 if gap >= 5 else held
        into = first + turn * step
        calls.append(
            call(at, into, 1_000, run="s1", cached_input_tokens=held,
                 cache_write_5m_tokens=into - held, **about)
        )  # fmt: skip
        held = into
    return calls


def test_a_pause_costs_what_is_written_again() -> None:
    (found,) = pauses(frame(*session(1, 1, 47, 1)))
    # 30,000 tokens were in the cache and were written at 5.00 in place of read at 0.20.
    assert found.usd == Decimal("0.144") and "47 minutes in s1" in found.what
    assert pauses(frame(*session(1, 1, 4.9))) == []
    assert pauses(frame(*session(1, 1, 5)))[0].usd == Decimal("0.144")  # gone at that very moment
    assert pauses(frame(call(0, 10), call(90, 10))) == []


def test_a_longer_lifetime_by_hand() -> None:
    """Three turns, 40 minutes between the second and the third: 5m writes at 5, 1h at 8 USD."""
    found = lever("a cache that lives 1h", *session(1, 40))
    # Written for 5m: 20,000, 5,000 and again 30,000. For 1h: 20,000, 5,000 and 5,000, and 25,000
    # are read at 0.20; or none of them is.
    read = 55_000 * 5 - (30_000 * 8 + 25_000 * Decimal("0.2"))
    none = 55_000 * 5 - 55_000 * 8
    low = read * READ_SHARE + none * (1 - READ_SHARE)
    assert found.saved == (low / 1_000_000, read / 1_000_000)
    never = lever("a cache that lives 1h", *session(*[1.0] * 8))
    assert never.saved is not None and never.saved[1] < 0


def test_a_shorter_lifetime_loses_what_pauses_let_it_read() -> None:
    turns = [
        call(minute, 20_000, 100, run="s1", cached_input_tokens=read,
             cache_write_1h_tokens=20_000 - read)
        for minute, read in ((0, 0), (1, 20_000), (31, 20_000))
    ]  # fmt: skip
    found = lever("a cache that lives 5m", *turns)
    # 20,000 written at 5 in place of 8; 20,000 that were read at 0.20 are written at 5.
    assert found.saved is not None
    assert found.saved[0] == (20_000 * 3 - 20_000 * Decimal("4.8")) / 1_000_000
    assert found.saved[0] < found.saved[1]


def test_the_low_end_of_modelled_reads_is_what_recorded_runs_read() -> None:
    runs = swe_runs()
    share = runs.read.sum() / with_cache(runs, "5m").read.sum()
    assert float(READ_SHARE) == pytest.approx(share, abs=0.01)


def test_a_session_without_a_cache_would_read() -> None:
    turns = [call(minute, 20_000 + 5_000 * minute, 500, run="s1") for minute in range(8)]
    found = lever("a cache for sessions", *turns)
    assert found.saved is not None and 0 < found.saved[0] < found.saved[1]
    assert found.saved[0] == found.saved[1] * READ_SHARE


def test_a_job_is_no_session() -> None:
    lengths = [900, 300, 800, 200, 700, 100, 900, 400, 600, 200]
    job = [call(minute, into, 5, run="job") for minute, into in enumerate(lengths)]
    records = Records(frame(*job, *session(1, 1, 1)))
    assert set(records.turns["run"]) == {"s1"} and set(records.loose["run"]) == {"job"}


def test_calls_that_begin_alike_might_be_cached() -> None:
    alike = [call(minute, 10_000 + minute, 50, project="help") for minute in range(40)]
    found = lever("a cache for what single", *alike)
    # The first writes at 5.00, 35 of the others read at 0.20 what they would send at 4.00.
    assert found.saved is not None and found.saved[0] == 0 and found.saved[1] > Decimal("1.2")
    rare = [call(minute * 600, 10_000, 50) for minute in range(40)]
    assert "far apart" in lever("a cache for what single", *rare).needs


def test_output_and_reasoning_are_priced_as_output() -> None:
    thinks = call(0, 10, 1_000_000, reasoning_tokens=400_000)
    assert lever("less reasoning", thinks).saved == usd("0", "8")
    assert lever("shorter answers", thinks).saved == usd("0", "2")
    assert "apart" in lever("less reasoning", call(0, 10, 10)).needs


def test_equal_prompts_are_counted_after_the_first() -> None:
    twice = [call(minute, 1_000_000, prompt_hash="h") for minute in (0, 50)]
    assert lever("answers kept", *twice, call(2, 1, prompt_hash="i")).saved == usd("0", "4")


def test_what_records_cannot_tell_says_what_it_needs() -> None:
    for each in applied(frame(call(0, 10, user="ada"))):
        assert (each.saved is None) == bool(each.needs)
        assert each.saved is None or (each.certain and each.assumed and each.unmeasured)
    told = [each.saved[1] for each in applied(frame(*session(1, 9, 1))) if each.saved]
    assert told == sorted(told, reverse=True)


def test_hidden_costs_of_a_tracked_ledger_by_hand() -> None:
    rows = frame(
        call(0, 10, finish_reason="end_turn", request_id="q", latency=1.0),
        call(1, 0, status="error", error="429"),
        call(2, 0, 500_000, finish_reason="max_tokens", reasoning_tokens=500_000),
        *(call(10 + n / 10, 1_000_000, 1, run="r", prompt_hash="h") for n in range(6)),
    )
    hidden = {each.name: each for each in hidden_costs(rows)}
    assert hidden["attempts that failed"].calls == 1
    assert "429 1 time" in hidden["attempts that failed"].what
    cut = hidden["answers that were cut off"]
    assert (cut.calls, cut.usd) == (1, Decimal("10")) and "1 of them empty" in cut.what
    loop = hidden["one prompt again and again"]
    assert loop.calls == 5 and loop.usd == 5 * Decimal("4.00002")
    assert hidden["pauses longer than the cache lives"].calls == 0
    sums = {each.name: each for each in hidden_costs(frame(call(0, 9, operation=REPORT)))}
    assert "single calls" in sums["calls at regular gaps with nobody there"].needs
