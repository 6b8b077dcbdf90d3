"""Nearest neighbours on the shipped vectors: published accuracies, margins, thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from costlib.intents.neighbours import (
    Votes,
    _first,
    labelled,
    nearest,
    sentence_vectors,
    threshold_for,
    vote,
)
from costlib.intents.tfidf import TfIdf


@pytest.mark.parametrize(("model", "right"), [("minilm", 0.920), ("wordllama", 0.881)])
def test_the_nearest_training_question_is_as_often_right_as_published(model, right):
    known, queries = sentence_vectors("train", model), sentence_vectors("test", model)
    votes = vote(queries, known, labelled("train")["category"], k=1)
    coverage, accuracy = votes.measure(labelled("test")["category"], 0)
    assert coverage == 1
    assert round(accuracy, 3) == right


def test_ten_neighbours_with_a_margin_cover_most_questions_at_98_percent():
    known, queries = sentence_vectors("train"), sentence_vectors("test")
    truth = labelled("test")["category"]
    votes = vote(queries, known, labelled("train")["category"])
    coverage, accuracy = votes.measure(truth, threshold_for(votes, truth, 0.98))
    assert accuracy >= 0.98
    assert 0.80 < coverage < 0.90  # the course's data notes say 85 % with plain votes


def test_vectors_have_length_one_and_stand_in_the_order_of_their_questions():
    assert sentence_vectors("train").shape == (10_003, 384)
    assert np.allclose(np.linalg.norm(sentence_vectors("test"), axis=1), 1, atol=1e-5)


def test_equally_near_rows_come_in_their_own_order():
    known = np.array([[1.0, 0.0], [0.0, 1.0], [1.0, 0.0]])
    rows, cosines = nearest(np.array([[1.0, 0.0]]), known, 3)
    assert rows.tolist() == [[0, 2, 1]]
    assert cosines.tolist() == [[1.0, 1.0, 0.0]]


@given(
    arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 40)),
           elements=st.sampled_from([-1, 0, 0.25, 0.5, 1, np.nan])),
    st.integers(1, 40),
)  # fmt: skip
def test_the_first_of_a_row_are_those_of_a_stable_sort(values, k):
    wanted = np.argsort(values, axis=1, kind="stable")[:, :k]
    assert _first(values, k).tolist() == wanted.tolist()


TEXTS = st.lists(st.text("ab ", max_size=8), min_size=1, max_size=6)


@given(TEXTS, TEXTS)
def test_weighted_words_are_compared_as_the_arrays_they_stand_for(queries, known):
    words = TfIdf(known)
    sparse = words.vectors(queries), words.vectors(known)
    dense = tuple(np.asarray(each) for each in sparse)
    assert dense[0].shape == sparse[0].shape
    assert np.asarray(sparse[0][1:]).tolist() == dense[0][1:].tolist()
    assert np.allclose(sparse[0] @ sparse[1].T, dense[0] @ dense[1].T, atol=1e-6)


def test_the_margin_is_the_lead_as_a_share_of_the_votes():
    known = np.array([[1.0, 0.0], [0.6, 0.8], [0.6, -0.8]])
    votes = vote(np.array([[1.0, 0.0]]), known, np.array(["a", "b", "b"]), k=3)
    assert votes.answers.tolist() == ["b"]  # 0.6 + 0.6 against 1
    assert votes.margins[0] == pytest.approx(0.2 / 2.2)


def test_a_lone_label_leads_by_all_the_votes():
    votes = vote(np.array([[1.0, 0.0]]), np.array([[0.6, 0.8]]), np.array(["a"]))
    assert (votes.answers.tolist(), votes.margins.tolist()) == (["a"], [1.0])


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=30))
def test_a_threshold_keeps_its_promise_on_its_own_data_and_is_the_smallest(items):
    votes = Votes(np.array(["x"] * len(items)), np.array([margin / 5 for margin, _ in items]))
    truth = np.array(["x" if right else "y" for _, right in items])
    try:
        threshold = threshold_for(votes, truth, 0.75)
    except ValueError:
        for margin in set(votes.margins):
            assert votes.measure(truth, margin)[1] < 0.75
        return
    assert votes.measure(truth, threshold)[1] >= 0.75
    for margin in set(votes.margins[votes.margins < threshold]):
        assert votes.measure(truth, margin)[1] < 0.75


@pytest.mark.parametrize("call", [lambda: labelled("dev"), lambda: sentence_vectors("test", "x")])
def test_unknown_names_are_refused_with_the_known_ones(call):
    with pytest.raises(ValueError, match="choose"):
        call()
