"""Response caches: what equals what, hits and wrong hits, and whether that is worth it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.caching.response_cache import Worth, curve, exact, similar
from costlib.intents.neighbours import Votes, labelled, sentence_vectors, threshold_for
from costlib.intents.tfidf import TfIdf, normal


def test_equal_texts_are_those_without_case_and_punctuation() -> None:
    assert normal("  Where's MY card?! ") == "where s my card"
    votes = exact(["WHERE is it", "Where was it?"], ["Where is it?", "where is it"], ["a", "b"])
    assert votes.answers.tolist() == ["a", ""]  # of two equal ones the first
    assert votes.margins.tolist() == [1, 0]


def test_tfidf_by_hand() -> None:
    words = TfIdf(["card lost", "card late"])
    card, rare = 1 + np.log(3 / 3), 1 + np.log(3 / 2)
    (vector,) = np.asarray(words.vectors(["Lost card"]))
    length = np.hypot(card, rare)
    assert vector[words.column["card"]] == pytest.approx(card / length)
    assert vector[words.column["lost"]] == pytest.approx(rare / length)
    assert not np.asarray(words.vectors(["something else"])).any()


def test_the_nearest_gives_its_label_and_cosine() -> None:
    known = np.eye(3, dtype=np.float32)
    votes = similar(np.array([[0.6, 0.8, 0]], dtype=np.float32), known, ["a", "b", "c"])
    assert votes.answers.tolist() == ["b"]
    assert votes.margins[0] == pytest.approx(0.8)


VOTES = st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30)


@given(VOTES)
def test_a_curve_counts_what_measure_counts(pairs) -> None:
    votes = Votes(
        np.array(["right" if good else "wrong" for _, good in pairs], dtype=object),
        np.array([margin / 5 for margin, _ in pairs]),
    )
    truth = ["right"] * len(pairs)
    found = curve(votes, truth)
    for threshold, hits, wrong in zip(found.threshold, found.hits, found.wrong, strict=True):
        coverage, accuracy = votes.measure(np.array(truth), threshold)
        assert hits == pytest.approx(coverage)
        assert wrong == pytest.approx(coverage * (1 - accuracy))
    assert (np.diff(found.hits) > 0).all() and (np.diff(found.threshold) < 0).all()


@given(VOTES, st.floats(0.01, 1), st.floats(0, 5))
def test_the_best_threshold_saves_most_or_none_saves_anything(pairs, call, wrong) -> None:
    votes = Votes(
        np.array(["right" if good else "wrong" for _, good in pairs], dtype=object),
        np.array([margin / 5 for margin, _ in pairs]),
    )
    found, worth = curve(votes, ["right"] * len(pairs)), Worth(call, wrong)
    nets = [worth.net(h, w) for h, w in zip(found.hits, found.wrong, strict=True)]
    place = found.best(worth)
    if place < 0:
        assert max(nets, default=0) <= 0
    else:
        assert nets[place] == max(nets) > 0


def test_a_share_of_wrong_hits_is_tolerable_up_to_the_price_of_a_call() -> None:
    worth = Worth(call=0.03, wrong=1.5)
    assert worth.tolerable == pytest.approx(0.02)
    assert worth.net(0.5, 0.5 * worth.tolerable) == pytest.approx(0)
    assert Worth(call=0.03, wrong=0).tolerable == np.inf


@pytest.fixture(scope="module")
def curves() -> dict:
    known, asked = labelled("train"), labelled("test")
    words = TfIdf(known["text"])
    found = {
        "exact": exact(asked["text"], known["text"], known["category"]),
        "tf-idf": similar(
            words.vectors(asked["text"]), words.vectors(known["text"]), known["category"]
        ),
    }
    for model in ("wordllama", "minilm"):
        vectors = (sentence_vectors(part, model) for part in ("test", "train"))
        found[model] = similar(*vectors, known["category"])
    return {name: curve(votes, asked["category"]) for name, votes in found.items()}


def hits_at(found, error: float) -> float:
    good = np.flatnonzero(found.wrong_of_hits <= error)
    return float(found.hits[good[-1]]) if good.size else 0.0


def test_on_banking77_better_vectors_hit_more_at_the_same_error(curves) -> None:
    at = {name: hits_at(found, 0.05) for name, found in curves.items()}
    assert at["exact"] < 0.01
    assert at["exact"] < at["tf-idf"] < at["wordllama"] < at["minilm"]
    assert at["tf-idf"] < 0.2 and at["minilm"] > 0.8


def test_one_threshold_means_another_error_with_each_way_to_compare(curves) -> None:
    errors = {}
    for name in ("tf-idf", "wordllama", "minilm"):
        found = curves[name]
        errors[name] = found.wrong_of_hits[np.flatnonzero(found.threshold >= 0.9)[-1]]
    assert errors["tf-idf"] > errors["wordllama"] > errors["minilm"] > 0.03


def test_a_threshold_chosen_on_some_of_train_keeps_the_rate_on_test_within_a_point() -> None:
    train, test = labelled("train"), labelled("test")
    vectors = sentence_vectors("train")
    tune = np.random.default_rng(7).permutation(len(train)) < 3_000
    labels = train["category"].to_numpy()
    trial = similar(vectors[tune], vectors[~tune], labels[~tune])
    threshold = threshold_for(trial, labels[tune], 0.95)
    real = similar(sentence_vectors("test"), vectors, labels)
    hits, accuracy = real.measure(test["category"].to_numpy(), threshold)
    assert hits > 0.7 and accuracy > 0.94
