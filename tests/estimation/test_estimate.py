"""Estimates: ranges that keep their promise, conversations against a slow sum, months by hand."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib import connect, cost_table, count_chat, read_usage
from costlib.bank import traffic as bank
from costlib.estimation.estimate import CAUSES, Interval, Month, Spread, conversation, fit_interval

PROMISES = (0.5, 0.8, 0.9, 0.95)
tokens = st.integers(0, 5_000)


# ------------------------------------------------------------------------------- ranges


@pytest.fixture(scope="module", params=["conversation", "code"])
def lengths(request: pytest.FixtureRequest) -> np.ndarray:
    return bank.trace(request.param)["GeneratedTokens"].to_numpy()


@pytest.mark.parametrize("promised", PROMISES)
@pytest.mark.parametrize("first", [0, 1])
def test_every_other_answer_is_covered_within_two_points(lengths, promised, first):
    fitted = fit_interval(lengths[first::2], promised)
    assert fitted.coverage(lengths[1 - first :: 2]) == pytest.approx(promised, abs=0.02)


def test_plain_quantiles_fail_where_lengths_are_tied():
    code = bank.trace("code")["GeneratedTokens"].to_numpy()
    low, high = np.quantile(code[::2], (0.05, 0.95))
    assert Interval(low, high, 0.9).coverage(code[1::2]) > 0.94


def test_in_order_of_time_the_chat_drifts():
    chat = bank.trace("conversation")["GeneratedTokens"].to_numpy()
    half = len(chat) // 2
    assert fit_interval(chat[:half], 0.5).coverage(chat[half:]) > 0.55
    assert fit_interval(chat[:half], 0.8).coverage(chat[half:]) > 0.84


def test_the_rule_of_seven_tenths_lies_beyond_nearly_all_answers(lengths):
    assert (lengths < 700).mean() > 0.99
    assert lengths.mean() * 3 < 700


@given(st.lists(st.integers(0, 30), min_size=1, max_size=60), st.sampled_from(PROMISES))
def test_a_range_holds_its_share_of_what_it_was_fitted_on(values, promised):
    found = fit_interval(values, promised)
    assert {found.low, found.high} <= set(values)
    assert found.coverage(values) >= promised - 1e-9
    # No range between two observed values comes closer to the share by more than the slack.
    every = [
        Interval(low, high, promised).coverage(values)
        for low in set(values)
        for high in set(values)
        if low <= high
    ]
    closest = min(share for share in every if share >= promised - 1e-9)
    assert found.coverage(values) <= closest + 0.005 + 1e-9


def test_of_equal_ranges_the_narrowest_is_taken():
    assert fit_interval([1, 2, 3, 4, 100], 0.8) == Interval(1, 4, 0.8)
    assert fit_interval([1, 90, 91, 92, 93], 0.8) == Interval(90, 93, 0.8)
    assert fit_interval([7], 0.9) == Interval(7, 7, 0.9)


def test_both_ends_are_inside():
    assert Interval(2, 4, 0.5).coverage([1, 2, 3, 4, 5]) == 0.6


@pytest.mark.parametrize("values", [[], [1, math.nan], [math.inf]])
def test_a_range_of_nothing_or_of_no_numbers_is_refused(values):
    with pytest.raises(ValueError, match="finite"):
        fit_interval(values, 0.9)


@pytest.mark.parametrize("probability", [0, 1, 90, -0.1, math.nan])
def test_a_probability_lies_between_0_and_1(probability):
    with pytest.raises(ValueError, match=r"0\.9 is 90%"):
        fit_interval([1, 2], probability)


def test_coverage_of_nothing_is_refused():
    with pytest.raises(ValueError, match="no values"):
        Interval(1, 2, 0.5).coverage([])


# ------------------------------------------------------------------------------- conversations


def slowly(turns, system, question, answer, keep=None):
    """The input of all turns, and the part of it with which the turn before also began."""
    sent = read = last_input = 0
    last: list[int] | None = None  # the numbers of the exchanges that the last turn sent
    for turn in range(turns):
        first = 0 if keep is None else max(0, turn - keep)
        exchanges = list(range(first, turn))
        size = system + len(exchanges) * (question + answer) + question
        if last is not None:
            continues = exchanges == [*last, turn - 1]  # what was sent, and the answer to it
            read += last_input if continues else system
        sent, last, last_input = sent + size, exchanges, size
    return sent, read


@given(st.integers(1, 12), tokens, tokens, tokens, st.none() | st.integers(0, 14))
def test_the_closed_form_is_the_sum_over_the_turns(turns, system, question, answer, keep):
    shape = {"system": system, "question": question, "answer": answer, "keep": keep}
    sent, read = slowly(turns, **shape)
    plain, cached = conversation(turns, **shape), conversation(turns, **shape, cached=True)
    assert plain.input_tokens == cached.input_tokens == sent
    assert plain.output_tokens == turns * answer and plain.requests == turns
    assert cached.cached_input_tokens == read
    assert cached.cache_write_5m_tokens == sent - read


def test_a_conversation_by_hand():
    # 1,100 + 1,400 + 1,700; the second turn reads 1,100 and the third 1,400
    used = conversation(3, system=1_000, question=100, answer=200, cached=True)
    assert (used.input_tokens, used.output_tokens) == (4_200, 600)
    assert (used.cached_input_tokens, used.cache_write_5m_tokens) == (2_500, 1_700)
    # Only the latest exchange: 1,100 + 1,400 + 1,400
    assert conversation(3, system=1_000, question=100, answer=200, keep=1).input_tokens == 3_900


def test_the_closed_form_meets_the_providers_count():
    client, model = connect("openai"), "gpt-4.1"
    messages = [{"role": "system", "content": "You answer briefly."}]
    sizes, sent, system = set(), 0, count_chat(messages, model).tokens
    for _ in range(4):
        messages.append({"role": "user", "content": "Why was my card declined?"})
        reply = client.chat.completions.create(model=model, messages=messages)
        sent += read_usage(reply).input_tokens
        before = count_chat(messages, model).tokens
        messages.append({"role": "assistant", "content": "Please check the limit of your card."})
        sizes.add(count_chat(messages, model).tokens - before)
    (answer,) = sizes
    one = {"role": "user", "content": "Why was my card declined?"}
    question = count_chat([messages[0], one], model).tokens - system
    expected = conversation(4, system=system, question=question, answer=answer)
    assert sent == expected.input_tokens


@pytest.mark.parametrize(
    "wrong", [{"turns": 0}, {"system": -1}, {"question": -5}, {"answer": -1}, {"keep": -1}]
)
def test_impossible_conversations_are_refused(wrong):
    with pytest.raises(ValueError, match=r"one turn|0 or more"):
        conversation(**({"turns": 2, "system": 1, "question": 1, "answer": 1} | wrong))


# ------------------------------------------------------------------------------- beliefs


@given(
    st.sampled_from(["factor", "share", "change"]),
    st.floats(0.05, 0.9),
    st.floats(0.01, 0.09),
    st.floats(-6, 6),
)
def test_a_belief_stays_possible_and_ordered(kind, low, more, z):
    spread = Spread(low, low + more, kind)
    assert spread.at(z) <= spread.at(z + 0.5)
    assert spread.at(z) > -1 and (kind == "change" or spread.at(z) > 0)
    assert kind != "share" or spread.at(z) < 1


@pytest.mark.parametrize("kind", ["factor", "share", "change"])
def test_a_belief_holds_its_range_with_its_probability(kind):
    spread = Spread(0.4, 0.8, kind, probability=0.8)
    z = np.random.default_rng(1).standard_normal(200_000)
    inside = (spread.at(z) >= 0.4) & (spread.at(z) <= 0.8)
    assert inside.mean() == pytest.approx(0.8, abs=0.005)
    assert (spread.at(z) < 0.4).mean() == pytest.approx(0.1, abs=0.005)


@pytest.mark.parametrize(
    ("low", "high", "kind"),
    [(2, 1, "factor"), (0, 1, "factor"), (0.5, 1, "share"), (0, 0.5, "share"), (-1, 0, "change")],
)
def test_impossible_beliefs_are_refused(low, high, kind):
    ends = {"factor": "0 and below inf", "share": "0 and below 1", "change": "-1 and below inf"}
    with pytest.raises(ValueError, match=f"not possible: .* both above {ends[kind]}"):
        Spread(low, high, kind)


# ------------------------------------------------------------------------------- months


PLAN = Month(
    prefix=600,
    history=300,
    rest=100,
    requests=1_000_000,
    request_sd=0.2,
    volume=Spread(0.8, 1.25),
    growth=Spread(-0.1, 1 / 0.9 - 1, "change"),
    history_length=Spread(0.7, 1 / 0.7),
)


def test_the_middle_is_the_plan():
    assert PLAN.usd() == pytest.approx(1_000)
    assert np.median(PLAN.draws()) == pytest.approx(1_000, rel=0.01)


def test_a_month_by_hand():
    # 1.25 x (600 + 2 x 300 + 100); growth of 100% makes the mean 1 / ln 2 of the first day
    known = replace(PLAN, volume=Spread(1.25, 1.25), history_length=Spread(2, 2))
    assert known.usd() == pytest.approx(1_625)
    grown = replace(known, growth=Spread(1, 1, "change"))
    assert grown.usd() == pytest.approx(1_625 / math.log(2))
    # 80% of the prefix read at a twentieth, the rest written at 1.25: 600 x (0.04 + 0.25)
    cached = replace(known, hit_rate=Spread(0.8, 0.8, "share"), read_price=0.05, write_price=1.25)
    assert cached.usd() == pytest.approx(1.25 * (174 + 700))


def test_what_is_known_exactly_leaves_only_chance():
    sure = Month(prefix=600, history=300, rest=100, requests=10_000, request_sd=0.2)
    # 1.645 x 0.2 / 100 = 0.00329 of 1,000
    interval = sure.interval(0.9)
    assert interval.low == pytest.approx(996.71, abs=0.1)
    assert interval.high == pytest.approx(1_003.29, abs=0.1)
    certain = replace(sure, request_sd=0.0).interval(0.9)
    assert certain.low == certain.high == pytest.approx(1_000)


@given(st.floats(0.01, 0.6))
def test_more_doubt_about_one_cause_widens_its_swing_and_the_month(off):
    less = replace(PLAN, volume=Spread(1 / (1 + off), 1 + off))
    more = replace(PLAN, volume=Spread(1 / (1.1 + off), 1.1 + off))
    width = {swing.cause: swing.width for swing in less.swings()}["volume"]
    assert {swing.cause: swing.width for swing in more.swings()}["volume"] > width
    a, b = less.interval(0.9, 4_000), more.interval(0.9, 4_000)
    assert b.high - b.low > a.high - a.low


def test_the_interval_holds_its_share_of_other_draws():
    other = PLAN.draws(count=20_000, seed=9)
    assert PLAN.interval(0.9).coverage(other) == pytest.approx(0.9, abs=0.01)
    assert np.array_equal(PLAN.draws(100, seed=3), PLAN.draws(100, seed=3))


def test_swings_are_in_order_and_name_every_cause():
    cached = replace(PLAN, hit_rate=Spread(0.6, 0.95, "share"), read_price=0.05, write_price=1.25)
    swings = cached.swings()
    assert sorted(swing.cause for swing in swings) == sorted(CAUSES)
    assert [s.width for s in swings] == sorted((s.width for s in swings), reverse=True)
    assert swings[0].cause == "cache hits" and swings[0].low > swings[0].high
    assert "cache hits" not in {swing.cause for swing in PLAN.swings()}


def test_request_sampling_moves_the_banks_month_by_less_than_two_thousandths():
    month = bank.month()
    bill = bank.bill(month)
    usd = [float(amount) for amount in bill.by_part.values()]
    each = cost_table(month)["cost_pusd"].to_numpy() / 1e12
    rng = np.random.default_rng(4)
    totals = [each[rng.integers(0, len(each), len(each))].sum() for _ in range(30)]
    plan = Month(
        prefix=usd[0],
        history=usd[1],
        rest=sum(usd[2:]),
        requests=len(month),
        request_sd=float(each.std() / each.mean()),
    )
    assert plan.usd() == pytest.approx(float(bill.total))
    (chance,) = (s for s in plan.swings(0.9) if s.cause == "request sampling")
    assert chance.width / 2 / plan.usd() < 0.002
    # What the formula says about chance is what redrawing the requests shows.
    assert np.std(totals) == pytest.approx(chance.width / 2 / 1.645, rel=0.4)
    # Another month altogether, drawn by the example itself, lies as close.
    assert float(bank.bill(bank.month(seed=1)).total) == pytest.approx(plan.usd(), rel=0.002)


@pytest.mark.parametrize("wrong", [{"prefix": -1}, {"rest": -0.1}, {"requests": 0}])
def test_impossible_months_are_refused(wrong):
    with pytest.raises(ValueError, match=f"{next(iter(wrong))}=.* (is outside|a month needs)"):
        replace(PLAN, **wrong)


def test_requests_too_few_and_different_for_a_range_are_refused():
    """A sum taken for normal is no month where its range would reach below zero."""
    few = replace(PLAN, requests=100, request_sd=5.0)
    assert few.interval(0.9).low > 0
    with pytest.raises(ValueError, match="100 requests that differ so much"):
        replace(PLAN, requests=100, request_sd=5.01)
