"""A range for a run's cost: by hand, on runs it has not seen, and where it fails."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest

from costlib.agents import Runs, backtest, on_model, spent, still_to_come, swe_runs, task_range

PROJECT = np.array([name.split("__")[0] for name in swe_runs().names])


@cache
def halves(seed: int) -> tuple[Runs, Runs]:
    order = np.random.default_rng(seed).permutation(500)
    return swe_runs()[order[:300]], swe_runs()[order[300:]]


def test_what_is_still_to_come_against_a_loop():
    runs = swe_runs()
    each = spent(runs).by_turn
    for after in (0, 1, 20):
        want = [
            each[first + after : end].sum() / 1e12
            for first, end in zip(runs.first, runs.first[1:], strict=False)
            if end - first > after
        ]
        assert still_to_come(runs, after) == pytest.approx(np.array(want))


@pytest.mark.parametrize("after", [0, 5, 10, 20, 30])
@pytest.mark.parametrize("probability", [0.5, 0.8, 0.9])
def test_ranges_hold_what_they_promise_on_unseen_runs(after: int, probability: float):
    found = [backtest(*halves(seed), probability, after=after, seed=seed) for seed in range(30)]
    assert abs(np.mean([each.coverage for each in found]) - probability) < 0.04


def test_against_the_mean_of_all():
    def mean(after: int, name: str) -> float:
        found = [backtest(*halves(seed), after=after, seed=seed) for seed in range(20)]
        return float(np.mean([getattr(each, name) for each in found]))

    assert mean(0, "error") < mean(0, "mean_error") < 1.6
    # after 40 calls the mean says of every third run that it should be over
    assert 0.2 < mean(40, "mean_gone") < 0.45
    assert mean(40, "error") + 0.3 < mean(40, "mean_error")


def test_a_run_of_40_calls_has_as_much_before_it_as_one_of_20():
    means = {after: still_to_come(swe_runs(), after).mean() for after in (20, 40)}
    assert (round(means[20], 2), round(means[40], 2)) == (0.28, 0.28)


def test_it_fails_on_another_project_on_long_runs_and_on_another_model():
    runs = swe_runs()
    sphinx = PROJECT == "sphinx-doc"
    assert backtest(runs[~sphinx], runs[sphinx]).coverage < 0.7
    found = task_range(runs)
    long = runs.turns >= 60
    assert found.coverage(still_to_come(runs)[long]) < 0.4
    assert found.coverage(still_to_come(on_model(runs, "claude-opus-5-5"))) < 0.7


@pytest.mark.parametrize("after", [5, 10, 20, 30, 40])
def test_neither_the_task_s_length_nor_the_first_calls_tell_what_is_to_come(after: int):
    runs = swe_runs()
    longer = runs.turns > after
    rest = np.log(still_to_come(runs, after))
    so_far = np.log(still_to_come(runs)[longer] - np.exp(rest))
    length = np.log(runs.prompt[runs.first[:-1]][longer])
    for known in (length, so_far):
        assert abs(np.corrcoef(known, rest)[0, 1]) < 0.2


def test_the_same_range_for_a_seed():
    runs = swe_runs()
    assert task_range(runs, seed=3) == task_range(runs, seed=3) != task_range(runs, seed=4)
    whole = task_range(runs)
    assert 0.15 < whole.low < 0.25 < 0.7 < whole.high < 0.9


@pytest.mark.parametrize(
    ("after", "words"),
    [(-1, "after=-1"), (145, "no run has more than 145 calls"), (100, "a range needs 20")],
)
def test_too_few_runs_give_a_sentence(after: int, words: str):
    with pytest.raises(ValueError, match=words):
        task_range(swe_runs(), after=after)
