"""costlib.pricing: bills worked by hand, cliffs, properties, and the table against `cost_of`."""

from __future__ import annotations

import decimal
import subprocess
import sys
import tracemalloc
from dataclasses import FrozenInstanceError, replace
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.display.amounts import money
from costlib.pricing.bulk import _MOST, _pico, picodollars_of_parts
from costlib.pricing.cost import Cost, cost_of
from costlib.pricing.prices import (
    RATE_KINDS,
    TIERS,
    day_cards,
    models,
    price_periods,
    rate_card,
)
from costlib.pricing.table import cost_table
from costlib.usage.read import COUNTS, Usage

DAY = date(2026, 11, 20)

# The same examples each time, and no verdict on this machine's speed.
settings.register_profile("course", derandomize=True, database=None)
settings.load_profile("course")

# --- By hand ----------------------------------------------------------------------------------


def total(usage: Usage, model: str, **options) -> Decimal:
    return cost_of(usage, model, **{"at": DAY, **options}).total


def test_opus_by_hand():
    # Opus 5.5 costs $4 in and $20 out: 7,170 x 4 = 28,680; 211 x 20 = 4,220; sum 32,900 millionths
    cost = cost_of(Usage(7170, 211), "claude-opus-5-5", at=DAY)
    assert cost.total == Decimal("0.0329")
    assert [(line.kind, line.quantity, line.rate, line.amount) for line in cost.lines] == [
        ("input", 7170, Decimal(4), Decimal("0.02868")),
        ("output", 211, Decimal(20), Decimal("0.00422")),
    ]
    assert (cost.provider, cost.model, cost.tier) == ("anthropic", "claude-opus-5-5", "standard")


def test_the_cache_by_hand():
    usage = Usage(
        10_000, 500, cached_input_tokens=6_000, cache_write_5m_tokens=2_000,
        cache_write_1h_tokens=1_000, reasoning_tokens=400, web_searches=3,
    )  # fmt: skip
    # ordinary 10,000 - 6,000 - 2,000 - 1,000 = 1,000 x 4     =  4,000 millionths
    # cached   6,000 x 0.2 = 1,200; 5m 2,000 x 5 = 10,000; 1h 1,000 x 8 = 8,000
    # output   500 x 20 = 10,000 (the 400 of reasoning are inside)
    # searches 3 x $10 / 1,000 = $0.03                         sum 33,200 + 30,000 millionths
    assert total(usage, "claude-opus-5-5") == Decimal("0.0632")


def test_openai_writes_by_hand():
    usage = Usage(3_000, 0, cache_write_30m_tokens=2_000, cache_write_12h_tokens=1_000)
    # gpt-6.1-sol: 2,000 x 2.50 + 1,000 x 5 = 10,000 millionths
    assert total(usage, "gpt-6.1-sol") == Decimal("0.01")


def test_cached_audio_and_images_at_their_own_rates():
    usage = Usage(
        1_000, 300, cached_input_tokens=640, input_audio_tokens=500, cached_audio_tokens=320,
        input_image_tokens=100, cached_image_tokens=64, output_audio_tokens=250,
    )  # fmt: skip
    # gpt-realtime. Text: 1,000 - 500 - 100 = 400, of them 640 - 320 - 64 = 256 cached:
    #   144 x 4 + 256 x 0.40 = 678.4
    # audio: 180 x 32 + 320 x 0.40 = 5,888;  images: 36 x 5 + 64 x 0.50 = 212
    # output: 50 x 16 + 250 x 64 = 16,800;   sum 23,578.4 millionths
    cost = cost_of(usage, "gpt-realtime", at=DAY)
    assert cost.total == Decimal("0.0235784")
    assert sum(line.quantity for line in cost.lines) == 1_300


def test_rounding_happens_only_by_the_hour():
    # $0.36 an hour: 10 s are 0.001 exactly; 1/3 s is 0.0000333333333333... to a pico-dollar
    assert total(Usage(audio_seconds=10), "whisper-1") == Decimal("0.001")
    # $0.27 an hour = 0.000075 a second; 0.0000005 s are 37.5 pico-dollars, half to even: 38
    assert total(Usage(audio_seconds="0.0000005"), "gpt-transcribe") == Decimal("38e-12")
    # 0.0000001 s are 7.5 pico-dollars: 8; 0.0000006 s are 45 exactly
    assert total(Usage(audio_seconds="0.0000001"), "gpt-transcribe") == Decimal("8e-12")
    assert total(Usage(audio_seconds="0.0000006"), "gpt-transcribe") == Decimal("45e-12")


def test_characters():
    assert total(Usage(input_characters=200), "tts-1") == Decimal("0.003")  # $15 per million


@pytest.mark.parametrize(
    ("model", "tokens", "expected"),
    [
        # Haiku 5.5, 0.10/0.50 up to and at 100,000, then 0.50/2.50 for all of it; 1,000 out
        ("claude-haiku-5-5", 100_000, "0.0105"),
        ("claude-haiku-5-5", 100_001, "0.0525005"),
        # gpt-6.1-sol, 2/10 up to and at 272,000, then 4/15
        ("gpt-6.1-sol", 272_000, "0.554"),
        ("gpt-6.1-sol", 272_001, "1.103004"),
        # grok-4.7, 2/6 below 200,000, from 200,000 on 4/12
        ("grok-4.7", 199_999, "0.405998"),
        ("grok-4.7", 200_000, "0.812"),
    ],
)
def test_long_context_reprices_the_whole_request(model, tokens, expected):
    assert total(Usage(tokens, 1_000), model) == Decimal(expected)
    frame = pd.DataFrame(
        {"model": [model], "time": [DAY], "input_tokens": [tokens], "output_tokens": [1_000]}
    )
    assert cost_table(frame)["cost_pusd"].tolist() == [int(Decimal(expected).scaleb(12))]


def test_the_bound_is_on_all_input_cached_too():
    usage = Usage(100_001, cached_input_tokens=100_001)
    assert total(usage, "claude-haiku-5-5") == Decimal("0.00500005")  # at 0.05, not 0.01


def test_a_sum_of_requests_has_no_bound():
    two = Usage(10) + Usage(10)
    with pytest.raises(ValueError, match=r"requests=2.*100,000 input tokens.*add the Costs"):
        cost_of(two, "claude-haiku-5-5", at=DAY)
    assert total(two, "claude-opus-5-5") == Decimal("0.00008")  # no bound, no doubt


def test_the_tier_served_wins():
    asked, served = Usage(1_000), Usage(1_000, tier="standard")
    assert total(asked, "claude-opus-5-5", tier="batch") == Decimal("0.002")
    cost = cost_of(served, "claude-opus-5-5", tier="batch", at=DAY)
    assert (cost.total, cost.tier) == (Decimal("0.004"), "standard")
    with pytest.raises(LookupError, match="tier 'scale'"):
        cost_of(Usage(1, tier="scale"), "gpt-4.1", at=DAY)


def test_the_date_and_the_hour_decide():
    assert total(Usage(1_000_000), "gemini-4-argon", at=date(2026, 11, 30)) == 2
    assert total(Usage(1_000_000), "gemini-4-argon", at=date(2026, 12, 1)) == 4
    friday = datetime(2026, 11, 20, 2, tzinfo=UTC)
    assert total(Usage(1_000_000), "deepseek-flash", at=friday) == Decimal("0.3")
    assert total(Usage(1_000_000), "deepseek-flash", at=friday + timedelta(days=1)) == Decimal(
        "0.15"
    )


def test_a_card_stands_for_a_model():
    friday = date(2026, 11, 20)
    peak, rest = day_cards("deepseek-flash", at=friday)
    assert cost_of(Usage(1_000_000), peak).total == Decimal("0.3")
    assert cost_of(Usage(1_000_000), rest).total == Decimal("0.15")
    batch = rate_card("claude-opus-5-5", tier="batch")
    assert (
        cost_of(Usage(10, tier="batch"), batch).total
        == cost_of(Usage(10, tier="batch"), "claude-opus-5-5").total
    )
    with pytest.raises(ValueError, match=r"'flex' was served, and the card is for 'batch'"):
        cost_of(Usage(10, tier="flex"), batch)


def test_a_kind_without_a_rate_is_no_zero():
    with pytest.raises(LookupError) as error:
        cost_of(Usage(10, cached_input_tokens=4), "gpt-4.1", tier="batch", at=DAY)
    for word in ("openai", "cached_input", "gpt-4.1", "'batch'", "has 4 of it", "choose"):
        assert word in str(error.value)
    assert total(Usage(10), "gpt-4.1", tier="batch") == Decimal("0.00001")  # none used, none needed
    with pytest.raises(LookupError, match="output_audio"):
        cost_of(Usage(0, 10, output_audio_tokens=10), "gpt-4.1", at=DAY)
    with pytest.raises(LookupError, match="above its long-context bound"):
        cost_of(Usage(200_001), "claude-sonnet-4-5", at=DAY)  # the 1M beta ended 2026-04-30


def test_cached_images_without_a_split():
    # 1,900 of 2,000 tokens are an image, 1,500 were cached: at least 1,400 of the image.
    usage = Usage(2_000, 0, input_image_tokens=1_900, cached_input_tokens=1_500)
    # gpt-4.1 bills images as text: 500 x 2 + 1,500 x 0.5 = 1,750 millionths
    assert total(usage, "gpt-4.1") == Decimal("0.00175")
    with pytest.raises(ValueError, match="1400 of the cached or written input tokens"):
        cost_of(usage, "gpt-realtime", at=DAY)


def test_cost_of_wants_a_usage():
    with pytest.raises(TypeError, match=r"read_usage\(response\)"):
        cost_of({"prompt_tokens": 5}, "gpt-4.1")


# --- Cost as a value --------------------------------------------------------------------------


def test_costs_add_and_merge():
    one = cost_of(Usage(1_000, 10), "claude-opus-5-5", at=DAY)
    two = cost_of(Usage(500, web_searches=1), "claude-opus-5-5", at=DAY)
    three = cost_of(Usage(1_000), "gpt-4.1", at=DAY)
    both = one + two
    assert both.total == one.total + two.total
    assert [(line.kind, line.quantity) for line in both.lines] == [
        ("input", 1_500), ("output", 10), ("web_search", 1),
    ]  # fmt: skip
    assert both.card is one.card and both.model == "claude-opus-5-5"
    everything = sum([one, two, three])
    assert isinstance(everything, Cost)
    assert (everything.model, everything.provider, everything.tier) == (None, None, "standard")
    assert sum(line.amount for line in everything.lines) == everything.total
    assert "several models (several providers, standard)" in repr(everything)
    with pytest.raises(TypeError):
        one + 1


def test_repr_shows_what_adds_up():
    text = repr(cost_of(Usage(7170, 211, tier="batch"), "claude-opus-5-5", at=DAY))
    assert text.splitlines() == [
        "Cost $0.01645: claude-opus-5-5 (anthropic, batch, rates since 2026-09-22)",
        "  input   7,170 x $2 / 1M tokens  = $0.01434",
        "  output    211 x $10 / 1M tokens = $0.00211",
    ]
    assert repr(cost_of(Usage(), "gpt-4.1", at=DAY)).startswith("Cost $0: gpt-4.1")


def test_html_is_an_accessible_table():
    html = cost_of(Usage(7170, 211, web_searches=1), "claude-opus-5-5", at=DAY)._repr_html_()
    seen = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            seen.append((tag, dict(attrs)))

    Reader().feed(html)
    tags = [tag for tag, _ in seen]
    assert tags.count("caption") == 1
    assert all("scope" in attrs for tag, attrs in seen if tag == "th")
    assert "color:" not in html and "#" not in html.replace(
        "&#", ""
    )  # the page's own, in any theme
    shown = html.replace("\u2007", "")  # room behind shorter numbers
    assert ">0.02868<" in shown and "1,000 searches" in shown and ">0.0429<" in shown


# --- money ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "$0"), (0.0, "$0"), (Decimal("0.000"), "$0"), (-0.0, "$0"),
        (1, "$1.00"), (12, "$12.00"), (1234.56, "$1,234.56"), (Decimal("1234567.891"),
                                                              "$1,234,567.89"),
        (0.5, "$0.50"), (0.05, "$0.05"), (0.125, "$0.125"), (0.0329, "$0.0329"),
        (0.123456, "$0.123"), (0.00001234, "$0.0000123"), (1e-12, "$0.000000000001"),
        (0.9994, "$0.999"), (0.9996, "$1.00"), (999.999, "$1,000.00"), (2.675, "$2.68"),
        (-2, "-$2.00"), (-0.004, "-$0.004"), (Decimal("1E+3"), "$1,000.00"),
        (np.float64(0.25), "$0.25"), (np.int64(3), "$3.00"),
    ],
)  # fmt: skip
def test_money(amount, text):
    assert money(amount) == text


@pytest.mark.parametrize(
    ("amount", "digits", "text"),
    [
        (1.5, 0, "$2"), (1.5, 4, "$1.5000"), (0.0329, 2, "$0.03"), (0.0329, 1, "$0.03"),
        (0.004, 2, "$0.004"), (0, 2, "$0"), (0.006, 2, "$0.01"), (-0.0001, 2, "-$0.0001"),
    ],
)  # fmt: skip
def test_money_with_digits(amount, digits, text):
    assert money(amount, digits=digits) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-10**12, max_value=10**12)
       | st.floats(-1e15, 1e15), st.none() | st.integers(0, 6))  # fmt: skip
def test_money_shows_zero_only_for_zero(amount, digits):
    shown = money(amount, digits=digits)
    assert any(digit in shown for digit in "123456789") == (amount != 0)
    assert shown.startswith("-") == (amount < 0)


@given(st.decimals(min_value="1e-9", max_value=10**9, places=12))
def test_money_is_within_half_a_percent(amount):
    shown = Decimal(money(amount).replace("$", "").replace(",", ""))
    assert abs(shown - amount) <= amount / 200


@pytest.mark.parametrize(
    "amount",
    [
        *(float("nan"), float("-inf"), Decimal("NaN"), "much", None, True, [1]),
        *(Decimal("1e999999"), Decimal("1e-999999"), "1e500"),
    ],
)
def test_money_refuses(amount):
    with pytest.raises(ValueError, match="amount="):
        money(amount)


@pytest.mark.parametrize("digits", [-1, 401, 1.5, True, "2"])
def test_money_refuses_digits(digits):
    with pytest.raises(ValueError, match=r"digits=.*a whole number from 0 to 400"):
        money(1, digits=digits)


# --- Properties on random ledgers -------------------------------------------------------------

PRICED = [
    (model.provider, model.id, tier)
    for model in models()
    for tier in TIERS
    if price_periods(model.id, model.provider, tier)
]
FIELD_OF = {
    "cached_input": "cached_input_tokens",
    "input_audio": "input_audio_tokens",
    "input_image": "input_image_tokens",
    "input_video": "input_video_tokens",
    "output_audio": "output_audio_tokens",
    "output_image": "output_image_tokens",
    "web_search": "web_searches",
    "input_characters": "input_characters",
    "audio_hour": "audio_seconds",
} | {f"cache_write_{ttl}": f"cache_write_{ttl}_tokens" for ttl in ("5m", "30m", "1h", "12h")}


@st.composite
def requests(draw):
    """A priced model, tier and moment, and a usage with only kinds that have a rate there."""
    provider, model, tier = draw(st.sampled_from(PRICED))
    period = draw(st.sampled_from(price_periods(model, provider, tier)))
    last = period.valid_until or period.valid_from + timedelta(days=60)
    days = (last - period.valid_from).days
    day = period.valid_from + timedelta(days=draw(st.integers(0, days - 1)))
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(
        minutes=draw(st.integers(0, 24 * 60 - 1))
    )
    usage = {name: 0 for name in COUNTS if name != "requests"}
    largest = draw(st.sampled_from([50, 30_000, 150_000]))
    rates = dict(period.rates)
    if period.long_context:  # kinds that have a rate on both sides of the bound
        rates = {kind: rates[kind] if period.long_context.rates[kind] is not None else None
                 for kind in rates}  # fmt: skip
    for kind, name in FIELD_OF.items():
        if rates[kind] is not None and draw(st.booleans()):
            usage[name] = draw(st.integers(0, largest))
    for medium in ("audio", "image", "video"):
        if rates[f"cached_{medium}"] is not None:
            cached = draw(st.integers(0, usage[f"input_{medium}_tokens"]))
            usage[f"cached_{medium}_tokens"] = cached
            usage["cached_input_tokens"] += cached
    media = sum(usage[f"input_{medium}_tokens"] - usage[f"cached_{medium}_tokens"]
                for medium in ("audio", "image", "video"))  # fmt: skip
    writes = sum(usage[f"cache_write_{ttl}_tokens"] for ttl in ("5m", "30m", "1h", "12h"))
    usage["input_tokens"] = usage["cached_input_tokens"] + writes + media
    usage["output_tokens"] = usage["output_audio_tokens"] + usage["output_image_tokens"]
    for kind in ("input", "output"):
        if rates[kind] is not None:
            usage[f"{kind}_tokens"] += draw(st.integers(0, largest))
    return provider, model, tier, at, Usage(**usage)


def price(request) -> Cost | LookupError:
    provider, model, tier, at, usage = request
    try:
        return cost_of(usage, model, provider=provider, tier=tier, at=at)
    except LookupError as error:  # withdrawn, or no such rate in this hour or above the bound
        return error


@given(requests())
def test_lines_add_up_and_hold_every_token_once(request_):
    cost, usage = price(request_), request_[-1]
    if isinstance(cost, LookupError):
        return
    assert sum((line.amount for line in cost.lines), Decimal(0)) == cost.total
    kinds = [line.kind for line in cost.lines]
    assert kinds == sorted(set(kinds), key=RATE_KINDS.index)
    tokens = [line.quantity for line in cost.lines if line.unit == "1M tokens"]
    assert sum(tokens) == usage.input_tokens + usage.output_tokens
    assert all(line.amount == line.amount.quantize(Decimal("1e-12")) for line in cost.lines)


@given(requests(), st.integers(0, 40), st.integers(0, 40))
def test_below_the_bound_costs_are_additive(request_, tokens, output):
    provider, model, tier, at, usage = request_
    cost = price(request_)
    if isinstance(cost, LookupError) or cost.card.rates["input"] is None:
        return
    bound = cost.card.long_context
    if bound and bound.applies(usage.input_tokens + tokens):
        return
    output = output if cost.card.rates["output"] is not None else 0
    more = Usage(tokens, output)
    apart = cost + price((provider, model, tier, at, more))
    together = price((provider, model, tier, at, replace(usage + more, requests=1)))
    assert together.total == apart.total
    assert together.lines == apart.lines


@given(requests(), st.integers(1, 10**6), st.data())
def test_more_of_anything_never_costs_less(request_, more, data):
    provider, model, tier, at, usage = request_
    cost = price(request_)
    if isinstance(cost, LookupError):
        return
    name = data.draw(st.sampled_from([*(n for n in COUNTS if n != "requests"), "audio_seconds"]))
    grown = {name: getattr(usage, name) + more}
    # A part grows with the totals that hold it; only then is there more of anything.
    for medium in ("audio", "image", "video"):
        if name == f"cached_{medium}_tokens":
            whole = f"input_{medium}_tokens"
            grown |= {whole: getattr(usage, whole) + more,
                      "cached_input_tokens": usage.cached_input_tokens + more}  # fmt: skip
    if name.startswith(("cache", "input_audio", "input_image", "input_video")):
        grown["input_tokens"] = usage.input_tokens + more
    if name.startswith(("output_", "reasoning", "accepted", "rejected")):
        grown["output_tokens"] = usage.output_tokens + more
    dearer = price((provider, model, tier, at, replace(usage, **grown)))
    if not isinstance(dearer, LookupError):
        assert dearer.total >= cost.total


def as_frame(ledger) -> pd.DataFrame:
    rows = [
        {"provider": provider, "model": model, "tier": tier, "time": at,
         "audio_seconds": usage.audio_seconds} | {name: getattr(usage, name) for name in COUNTS}
        for provider, model, tier, at, usage in ledger
    ]  # fmt: skip
    return pd.DataFrame(rows)


@settings(max_examples=60)
@given(st.lists(requests(), min_size=1, max_size=40), st.booleans())
def test_the_table_equals_cost_of_row_by_row(ledger, only_tokens):
    priced = [(row, price(row)) for row in ledger]
    priced = [(row, cost) for row, cost in priced if isinstance(cost, Cost)]
    if not priced:
        return
    frame = as_frame([row for row, _ in priced])
    if only_tokens:
        frame["audio_seconds"] = 0
        priced = [(row, price((*row[:4], replace(row[4], audio_seconds=0)))) for row, _ in priced]
    table = cost_table(frame)
    assert table["cost_pusd"].dtype == np.int64
    assert table["cost_pusd"].tolist() == [int(cost.total.scaleb(12)) for _, cost in priced]
    names = frame.astype({"model": "category", "provider": "category", "tier": "category"})
    pd.testing.assert_series_equal(cost_table(names)["cost_pusd"], table["cost_pusd"])


@settings(max_examples=60)
@given(st.lists(requests(), min_size=1, max_size=10))
def test_the_table_raises_what_cost_of_raises_first(ledger):
    errors = [(row, cost) for row, cost in enumerate(map(price, ledger))
              if isinstance(cost, LookupError)]  # fmt: skip
    if errors:
        with pytest.raises(LookupError) as raised:
            cost_table(as_frame(ledger))
        assert str(raised.value) == f"row {errors[0][0]}: {errors[0][1]}"


def test_every_published_rate_is_whole_pico_dollars_a_unit():
    for provider, model, tier in PRICED:
        for card in price_periods(model, provider, tier):
            for rates in (card.rates, card.long_context.rates if card.long_context else {}):
                for kind, rate in rates.items():
                    if rate is not None and kind != "audio_hour":
                        assert rate.scaleb(6) % 1 == 0, (model, tier, kind, rate)


def test_the_callers_decimal_context_changes_nothing():
    usage = Usage(input_tokens=1_234_567, output_tokens=7_654_321, cached_input_tokens=3)
    expected = [cost_of(usage, model).total for model in ("gpt-4.1", "claude-opus-5-5")]
    expected += [cost_of(Usage(audio_seconds=1_234_567), "whisper-1").total]
    in_pico = [int(usd.scaleb(12)) for usd in expected]
    with decimal.localcontext(prec=2, rounding=decimal.ROUND_UP):
        costs = [cost_of(usage, model) for model in ("gpt-4.1", "claude-opus-5-5")]
        costs += [cost_of(Usage(audio_seconds=1_234_567), "whisper-1")]
        assert [cost.total for cost in costs] == expected
        assert [cost.picodollars for cost in costs] == in_pico
        frame = small(input_tokens=[1_234_567, 7_654_321])
        assert cost_table(frame)["cost_pusd"].tolist() == [2_469_134 * 10**6, 30_617_284 * 10**6]
        assert money(Decimal("1234.567")) == "$1,234.57"


def test_a_count_that_nobody_can_use_is_refused_and_not_rounded():
    with pytest.raises(ValueError, match=r"input=1\.000e\+70 is more than one request can use"):
        cost_of(Usage(input_tokens=10**70), "gpt-4.1")
    with pytest.raises(ValueError, match=r"audio_hour=.* is more than one request can use"):
        cost_of(Usage(audio_seconds=Decimal("1e999999")), "whisper-1")


def test_a_cost_has_all_its_fields_whoever_reads_them_first():
    cost, same = (cost_of(Usage(input_tokens=10), "gpt-4.1") for _ in range(2))
    assert (cost.tier, cost.provider, cost.model) == ("standard", "openai", "gpt-4.1")
    assert cost == same and hash(cost) == hash(same)
    assert cost != replace(same, model="gpt-4o")
    with pytest.raises(AttributeError, match="no field 'totl'"):
        _ = cost.totl
    with pytest.raises(FrozenInstanceError):
        cost.total = Decimal(0)


# --- The table --------------------------------------------------------------------------------


def small(**columns) -> pd.DataFrame:
    base = {"model": ["gpt-4.1", "claude-opus-5-5"],
            "time": pd.to_datetime(["2026-11-20 02:00", "2026-11-21 02:00"]),
            "input_tokens": [1_000, 1_000]}  # fmt: skip
    return pd.DataFrame(base | columns, index=["a", "b"])


def test_a_small_table():
    frame = small(user=["x", "y"])
    table = cost_table(frame)
    assert table["cost_pusd"].tolist() == [2_000_000_000, 4_000_000_000]
    assert table["cost_usd"].tolist() == [0.002, 0.004]
    assert table["user"].tolist() == ["x", "y"] and list(table.index) == ["a", "b"]
    assert "cost_pusd" not in frame


def test_an_empty_tier_is_standard_and_the_provider_is_optional():
    table = cost_table(small(tier=["batch", None], provider=["openai", None]))
    assert table["cost_pusd"].tolist() == [1_000_000_000, 4_000_000_000]


def test_an_empty_table():
    table = cost_table(small().iloc[:0])
    assert len(table) == 0 and table["cost_pusd"].dtype == np.int64


def test_times_are_utc_whatever_their_form():
    # 2026-11-20 is a Friday: peak from 01:00 to 04:00 UTC, double the off-peak 0.15.
    columns = {"model": "deepseek-flash", "input_tokens": 1_000_000}
    naive = pd.to_datetime(["2026-11-20 02:00", "2026-11-20 05:00", "2026-11-21 02:00"])
    expected = [300_000_000_000, 150_000_000_000, 150_000_000_000]
    shanghai = naive.tz_localize("UTC").tz_convert(timezone(timedelta(hours=8)))
    for times in (naive, shanghai, naive.astype("datetime64[s]"),
                  pd.Index(list(shanghai.to_pydatetime()), dtype=object)):  # fmt: skip
        frame = pd.DataFrame({"time": times, **columns})
        assert cost_table(frame)["cost_pusd"].tolist() == expected
    dates = pd.DataFrame({"time": [date(2026, 11, 21), date(2026, 11, 20)], **columns})
    assert cost_table(dates.iloc[:1])["cost_pusd"].tolist() == expected[2:]
    with pytest.raises(LookupError, match=r"row 1: .*depends on the hour"):
        cost_table(dates)


@pytest.mark.parametrize("dtype", ["int32", "uint16", "float64", "Int64", object])
def test_counts_in_any_type_that_holds_whole_numbers(dtype):
    table = cost_table(small(input_tokens=pd.array([1_000, 500], dtype=dtype)))
    assert table["cost_pusd"].tolist() == [2_000_000_000, 2_000_000_000]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"output_tokens": [1.0, np.nan]}, "row 'b': output_tokens is empty.*absent is not zero"),
        ({"output_tokens": pd.array([None, 1], dtype="Int64")}, "row 'a': output_tokens is empty"),
        ({"audio_seconds": [0.0, np.nan]}, "row 'b': audio_seconds is empty"),
        ({"output_tokens": [1, -1]}, "row 'b': output_tokens=-1: a count cannot be negative"),
        ({"output_tokens": [1, 1.5]}, "row 'b': output_tokens=1.5 is not a whole number"),
        ({"output_tokens": [1, np.inf]}, "row 'b': output_tokens=inf is not a whole number"),
        ({"output_tokens": [True, True]}, "row 'a': output_tokens=True: a count"),
        ({"output_tokens": ["1", "2"]}, "row 'a': output_tokens='1': a count"),
        ({"cached_input_tokens": [1_000, 1_001]}, "row 'b': cached_input_tokens=1001 is more than"),
        ({"reasoning_tokens": [0, 1]}, "row 'b': reasoning_tokens=1 is more than output_tokens=0"),
        ({"requests": [1, 0]}, "row 'b': requests=0"),
        ({"input_tokens": [1, 2**62]}, "row 'b': .*too much for one row"),
        ({"input_tokens": [1, 2**63]}, "row 'b': .*too much for one row"),
        ({"input_tokens": [1.0, 2.0**53]}, "row 'b': .*it can hold exactly"),
        ({"input_tokens": np.array([1, 2**24], dtype="float32")}, "it can hold exactly"),
        ({"model": ["gpt-4.1", None]}, "row 'b': model is empty"),
        ({"time": pd.to_datetime(["2026-11-20", None])}, "row 'b': time is empty"),
        ({"time": ["2026-11-20", "2026-11-21"]}, "pd.to_datetime"),
        ({"time": [1, 2]}, "pd.to_datetime"),
        ({"cached_tokens": [0, 0]}, "'cached_tokens' looks like.*nearest is 'cached_input_tokens'"),
        ({"prompt_tokens": [0, 0]}, "'prompt_tokens' looks like a token count.*'input_tokens'"),
        ({"audio_seconds": [0.0, -1.0]}, "row 'b': audio_seconds=-1.0"),
        ({"service_tier": ["default", "batch"]}, "'service_tier' has 'batch', .* column 'tier'"),
        ({"batch": [False, True]}, "'batch' has 'True', which changes the price"),
        ({"speed": [None, "fast"]}, "'speed' has 'fast', which changes the price"),
        ({"inference_geo": ["global", "us"]}, "'inference_geo' has 'us', .* column 'region'"),
    ],
)
def test_what_a_table_refuses(columns, words):
    with pytest.raises(ValueError, match=words):
        cost_table(small(**columns))


@pytest.mark.parametrize(
    "columns",
    [
        {"service_tier": ["default", None]},
        {"service_tier": ["batch", "flex"], "tier": ["standard", "standard"]},  # what was served
        {"batch": [False, False]},
        {"speed": [41.5, 60.0]},  # tokens a second
        {"inference_geo": ["global", "not_available"]},
    ],
)
def test_facts_that_change_no_price_may_stand_in_a_table(columns):
    assert cost_table(small(**columns))["cost_pusd"].equals(cost_table(small())["cost_pusd"])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"model": ["gpt-4.1", "claude-opus-55"]}, "row 'b': .*'claude-opus-55'"),
        ({"tier": ["standard", "flex"]}, "row 'b': .*flex"),
        ({"time": pd.to_datetime(["2026-11-20", "2020-01-01"])}, "row 'b': .*before"),
        ({"tier": ["batch", "standard"], "cached_input_tokens": [4, 4]}, "row 'a': .*cached_input"),
        ({"provider": ["openai", "openai"]}, "row 'b': .*claude-opus-5-5"),
    ],
)
def test_rates_that_are_not_known(columns, words):
    with pytest.raises(LookupError, match=words):
        cost_table(small(**columns))


def test_a_table_of_the_largest_counts_does_not_wrap_around():
    # 9 x 10^8 searches at 10 USD per 1,000 are 9 x 10^18 pico-dollars, 10^9 more than int64 holds.
    searches = small(model="gpt-4.1", web_searches=[9 * 10**8, 10**8], input_tokens=0)
    assert cost_table(searches)["cost_pusd"].tolist() == [9 * 10**18, 10**18]
    with pytest.raises(ValueError, match=r"row 'a': .*too much for one row"):
        cost_table(searches.assign(web_searches=10**9))
    for provider, model, tier in PRICED:  # so many of every kind at once
        for card in price_periods(model, provider, tier):
            for rated in filter(None, (card, card.long_context)):
                rates = (_pico(kind, rated) for kind in RATE_KINDS if kind != "audio_hour")
                assert sum(rates) * _MOST < 2**63, card


def test_rows_that_all_differ_need_no_table_of_their_combinations():
    rows = 1_000
    frame = pd.DataFrame({"time": date(2026, 11, 20), "input_tokens": 1,
                          "model": [f"model-{i}" for i in range(rows)],
                          "provider": [f"provider-{i}" for i in range(rows)],
                          "tier": [f"tier-{i}" for i in range(rows)]})  # fmt: skip
    frame.loc[0, ["model", "provider", "tier"]] = ["gpt-4.1", "openai", "batch"]
    tracemalloc.start()
    with pytest.raises(LookupError, match="row 1: unknown provider 'provider-1'"):
        cost_table(frame)
    assert tracemalloc.get_traced_memory()[1] < 50e6
    tracemalloc.stop()


def test_missing_columns_are_named():
    for name in ("model", "time"):
        with pytest.raises(ValueError, match=f"no column '{name}'"):
            cost_table(small().drop(columns=name))


def test_a_sum_of_requests_in_a_table():
    frame = small(model=["gpt-4.1", "claude-haiku-5-5"], requests=[2, 1])
    assert cost_table(frame)["cost_pusd"].tolist() == [2_000_000_000, 100_000_000]
    with pytest.raises(ValueError, match="row 'b': requests=2"):
        cost_table(frame.assign(requests=[2, 2]))
    with pytest.raises(ValueError, match="row 'b': requests=2"):
        cost_table(frame.assign(requests=[2, 2]).drop(columns="input_tokens"))


def test_a_part_costs_what_a_request_of_its_own_costs():
    """Above 100,000 tokens Haiku 5.5 charges five times as much, for the whole and for no part."""
    frame = small(model=["deepseek-flash", "claude-haiku-5-5"], input_tokens=[900, 120_000],
                  history=[500, 70_000], question=[400, 50_000], output_tokens=[10, 20],
                  fees="")  # fmt: skip
    parts = {
        "history": {"input_tokens": "history"},
        "question": {"input_tokens": "question"},
        "reply": {"output_tokens": "output_tokens"},
    }
    whole, priced = picodollars_of_parts(frame, parts)
    assert whole.tolist() == cost_table(frame)["cost_pusd"].tolist()
    for part, columns in parts.items():
        alone = frame[["model", "time"]].assign(**{k: frame[v] for k, v in columns.items()})
        assert priced[part].tolist() == cost_table(alone)["cost_pusd"].tolist()
    less = whole - sum(priced.values())
    assert less[0] == 0 and less[1] > 4 * priced["history"][1]


# --- What importing costs ---------------------------------------------------------------------


def test_importing_loads_no_large_package():
    code = (
        "import sys, costlib\n"
        "from costlib import cost_of, cost_table, money, read_usage\n"
        "heavy = ('numpy', 'pandas', 'matplotlib', 'openai', 'anthropic', 'pydantic', 'tiktoken',"
        " 'jinja2')\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    run = subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2],
                         capture_output=True, text=True, check=True)  # fmt: skip
    assert run.stdout.strip() == "[]"


def test_a_day_beside_moments_is_refused():
    """It would be priced as midnight, and DeepSeek's price depends on the hour."""
    times = [date(2026, 11, 20), datetime(2026, 11, 20, 2, tzinfo=UTC)]
    frame = pd.DataFrame({"model": "deepseek-flash", "time": times, "input_tokens": 1})
    with pytest.raises(ValueError, match="holds days beside moments"):
        cost_table(frame)
