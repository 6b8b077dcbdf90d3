"""Nearest neighbours on the shipped vectors: published accuracies, margins, thresholds."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.intents.neighbours import (
    Votes,
    labelled,
    nearest,
    sentence_vectors,
    threshold_for,
    vote,
)


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
