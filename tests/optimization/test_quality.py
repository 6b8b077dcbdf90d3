"""Error bars and sample sizes: worked by hand, and held against simulation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.optimization.quality import difference, share


def test_wilson_by_hand():
    # 8 of 10, z 1.96: centre (0.8 + 0.19208) / 1.38416, half width 1.96 sqrt(0.016 + 0.009604) / ..
    found = share(8, 10)
    assert (found.low, found.high) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert str(found) == "80.0% (49.0% to 94.3%)" and str(share(80, 100)) == "80.0% ± 7.8"
    assert share(0, 30).low == 0 and 0.10 < share(0, 30).high < 0.12
    assert share(30, 30).high == 1


@given(st.integers(1, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_an_interval_holds_its_share_and_shrinks_with_more_questions(counts):
    right, of = counts
    found = share(right, of)
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert share(4 * right, 4 * of).within < found.within


def test_the_interval_of_a_share_covers_the_truth_as_often_as_promised():
    rng = np.random.default_rng(0)
    seen = [share(int(right), 200) for right in rng.binomial(200, 0.92, 3_000)]
    covered = np.mean([one.low <= 0.92 <= one.high for one in seen])
    assert covered == pytest.approx(0.95, abs=0.015)


def test_a_paired_difference_by_hand_and_narrower_than_two_samples():
    # of ten: 6 both right, 3 only before, 1 only after; with half a question more of each, of 12
    # 3.5 and 1.5: middle -1/6, half width 1.96 sqrt(5 - 4/12) / 12
    before = np.array([1] * 6 + [1] * 3 + [0], bool)
    after = np.array([1] * 6 + [0] * 3 + [1], bool)
    found = difference(before, after)
    assert found.value == pytest.approx(-0.2)
    assert found.within == pytest.approx(1.95996 * (14 / 3) ** 0.5 / 12, rel=1e-4)
    assert (found.low + found.high) / 2 == pytest.approx(-1 / 6)
    # the example of R's PropCIs::diffpropci.mp: b = 40, c = 20, n = 160
    before, after = np.arange(160) < 40, np.arange(160) >= 140
    found = difference(before, after)
    assert (found.low, found.high) == pytest.approx((-0.21601726, -0.03089632), abs=1e-7)


def test_few_questions_that_come_out_alike_are_no_proof():
    alike, none = np.ones(10, bool), np.zeros(10, bool)
    # 1.96 x 1 / 12
    assert difference(alike, alike).within == pytest.approx(0.16333, abs=1e-5)
    fell = difference(alike, none)
    assert (fell.value, fell.low) == (-1, -1) and -0.6 < fell.high < -0.5


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: share(3, 2), "3 right of 2 is no share"),
        (lambda: share(0, 0), "no share"),
        (lambda: share(1, 2, confidence=95), "confidence=95"),
        (lambda: difference(np.ones(3), np.ones(4)), "results of 3 and of 4 questions"),
        (lambda: difference(np.ones(0), np.ones(0)), "do not pair up"),
        (lambda: difference([True, False], ["True", "False"]), "after has 'True'"),
        (lambda: difference([0.5, 1], [1, 0]), "before has 0.5"),
        (lambda: difference([True, None], [True, True]), "before has None"),
    ],
)
def test_bad_input_gives_a_sentence(call, sentence):
    with pytest.raises(ValueError, match=sentence):
        call()
