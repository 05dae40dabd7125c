"""How sure a model is, from its scores alone."""

import math

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.profile.scores import CONFIDENCE, ENTROPY, MARGIN, confidence

shares = st.lists(st.floats(0.001, 1.0), min_size=2, max_size=6)


def classes(*rows):
    """A table of one score per class, each row summing to 1."""
    scores = np.array(rows, dtype=np.float64)
    scores = scores / scores.sum(axis=1, keepdims=True)
    return pa.table({f"score.{at}": column for at, column in enumerate(scores.T)})


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_a_binary_model_is_as_sure_as_its_likelier_class(scores):
    found = confidence(pa.table({"score": scores}))
    assert list(found) == [CONFIDENCE]
    assert found[CONFIDENCE].tolist() == [max(score, 1 - score) for score in scores]
    assert (found[CONFIDENCE] >= 0.5).all()


def test_a_score_and_its_complement_are_equally_sure():
    scores = np.linspace(0, 1, 11)
    one, other = (confidence(pa.table({"score": each}))[CONFIDENCE] for each in (scores, 1 - scores))
    assert one.tolist() == pytest.approx(other.tolist())


@given(st.lists(shares, min_size=1, max_size=5).filter(lambda rows: len({len(row) for row in rows}) == 1))
def test_of_several_classes_the_likeliest_its_lead_and_the_spread_are_told(rows):
    table = classes(*rows)
    found = confidence(table)
    for at in range(len(rows)):
        ranked = sorted((table[name][at].as_py() for name in table.column_names), reverse=True)
        assert found[CONFIDENCE][at] == pytest.approx(ranked[0])
        assert found[MARGIN][at] == pytest.approx(ranked[0] - ranked[1], abs=1e-12)
        assert -1e-9 <= found[ENTROPY][at] <= math.log(len(ranked)) + 1e-9


def test_certainty_has_no_entropy_and_ignorance_the_most():
    found = confidence(
        pa.table({"score.a": [1.0, 0.25], "score.b": [0.0, 0.25], "score.c": [0.0, 0.25], "score.d": [0.0, 0.25]})
    )
    assert found[ENTROPY].tolist() == pytest.approx([0.0, math.log(4)])
    assert found[MARGIN].tolist() == [1.0, 0.0]


@given(st.permutations(["a", "b", "c"]))
def test_the_order_of_the_classes_does_not_matter(order):
    scores = {"a": [0.7, 0.1], "b": [0.2, 0.1], "c": [0.1, 0.8]}
    found = confidence(pa.table({f"score.{name}": scores[name] for name in order}))
    assert found[CONFIDENCE].tolist() == [0.7, 0.8]
    assert found[MARGIN].tolist() == pytest.approx([0.5, 0.7])


def test_a_missing_score_leaves_the_row_unknown_and_the_others_alone():
    found = confidence(pa.table({"score.a": [0.5, None], "score.b": [0.5, 0.5]}))
    assert [math.isnan(value) for value in found[ENTROPY]] == [False, True]
    assert math.isnan(confidence(pa.table({"score": pa.array([None], pa.float64())}))[CONFIDENCE][0])


@pytest.mark.parametrize("table", [pa.table({"prediction": [1.0]}), pa.table({"score.only": [0.3]})])
def test_without_scores_to_compare_nothing_is_said(table):
    assert confidence(table) == {}
