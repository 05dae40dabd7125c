"""Rows as cells and answers, whatever type a caller sent."""

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.profile.traffic import predictions

from seamark.profile.cells import answers_of, index_of
from seamark.profile.counting import count_all
from seamark.profile.reference import build_bin_set
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.attribution import response_of

REFERENCE = predictions(1_000)
BIN_SET = build_bin_set(REFERENCE, Task.BINARY, ModelOptions())
AMOUNT, COUNTRY = (BIN_SET.signals[BIN_SET.position(f"feature.{name}")] for name in ("amount", "country"))


@pytest.mark.parametrize("signal", [AMOUNT, COUNTRY])
def test_the_cells_of_rows_are_the_counts_of_their_profile(signal):
    counted = count_all(REFERENCE, BIN_SET).counts_of(BIN_SET.position(signal.name))
    np.testing.assert_array_equal(np.bincount(index_of(REFERENCE, signal), minlength=signal.bins.count), counted)


@pytest.mark.parametrize(
    "values", [pa.array([None, 0.5]), pa.array(["?", "0.5"]), pa.array([None, "0.5"]), pa.array([np.nan, 0.5])]
)
def test_what_cannot_be_read_as_a_number_has_no_value(values):
    first, second = index_of(pa.table({"feature.amount": values}), AMOUNT)
    assert first == AMOUNT.bins.count
    assert second == AMOUNT.bins.index(np.array([0.5]))[0]


@pytest.mark.parametrize("signal", [AMOUNT, COUNTRY])
def test_a_column_that_is_not_there_is_missing_throughout(signal):
    assert index_of(pa.table({"id": ["a", "b"]}), signal).tolist() == [signal.bins.count] * 2


def test_the_mean_answer_of_rows_is_that_of_their_profile():
    profile = count_all(REFERENCE, BIN_SET)
    assert answers_of(REFERENCE, BIN_SET, "score").mean() == pytest.approx(response_of(profile, "score").mean, abs=1e-3)
    for label in ("0", "1"):
        target = f"prediction={label}"
        assert answers_of(REFERENCE, BIN_SET, target).mean() == pytest.approx(response_of(profile, target).mean)


def test_an_answer_that_is_missing_or_infinite_says_nothing():
    table = pa.table({"score": [0.5, None, float("inf")], "prediction": ["1", None, "0"]})
    assert np.isnan(answers_of(table, BIN_SET, "score")).tolist() == [False, True, True]
    np.testing.assert_array_equal(answers_of(table, BIN_SET, "prediction=1"), [1, np.nan, 0])
    assert np.isnan(answers_of(pa.table({"id": ["a"]}), BIN_SET, "score")).all()
