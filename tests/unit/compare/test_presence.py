"""Of columns whose sides are read differently, what is there and what is missing is still counted."""

import numpy as np
import pytest

from seamark.compare import Verdict, compare
from seamark.compare.chunks import Column, Numbers, Reading, Texts
from seamark.compare.presence import PresenceLearner, PresenceTally


def texts(valid):
    valid = None if valid is None else np.array(valid)
    rows = 3 if valid is None else len(valid)
    return Texts(np.zeros(rows, dtype=np.uint64), None, valid, str)


@pytest.mark.parametrize(
    ("chunk", "missing", "mistyped"),
    [
        (Numbers(np.array([1.0, 2.0, 3.0])), 0, 0),
        (Numbers(np.array([1.0, np.nan, 3.0])), 1, 0),
        (Numbers(np.array([1.0, np.nan, 3.0]), np.array([False, True, True])), 2, 0),
        (Numbers(np.array([1.0, np.nan, np.nan]), mistyped=1), 1, 1),
        (texts(None), 0, 0),
        (texts([True, False, False]), 2, 0),
    ],
)
def test_rows_missing_and_mistyped_values_of_any_reading_are_counted(chunk, missing, mistyped):
    tally = PresenceTally()
    tally.add(chunk)
    tally.add(chunk)
    side = tally.side()
    assert (side.rows, side.missing, side.mistyped) == (6, 2 * missing, 2 * mistyped)


def test_a_learner_becomes_a_baseline_that_can_be_compared():
    learner = PresenceLearner(Column("x", Reading.NUMBER, ""))
    learner.add(Numbers(np.array([1.0, np.nan])))
    baseline = learner.baseline()
    tally = baseline.tally()
    tally.add(texts([True, True, False]))
    evidence = baseline.evidence(tally)
    assert (evidence.reference.missing, evidence.current.missing) == (1, 1)
    assert len(evidence.reference_bins) == 0
    assert baseline.index(texts([True, True])).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("reference", "current", "verdict"),
    [
        ([1.0] * 100, [None] * 100, Verdict.DRIFTED),
        ([None] * 100, ["a"] * 100, Verdict.DRIFTED),
        ([1.0] * 100, ["a"] * 100, Verdict.TYPE_CHANGED),
        ([1.0] * 10, [None] * 10, Verdict.NOT_ENOUGH),
        ([1.0] + [None] * 99, ["a"] + [None] * 99, Verdict.TYPE_CHANGED),
    ],
)
def test_a_column_without_values_has_no_type_to_change(reference, current, verdict):
    assert compare({"x": reference}, {"x": current})["x"].verdict is verdict
