"""Metrics from counts, by hand and by resampling."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats import quality
from seamark.stats.intervals import Metric


def values(found):
    return {name: round(metric.value, 6) for name, metric in found.items()}


def test_a_confusion_matrix_by_hand():
    found = quality.decisions(np.array([[50.0, 10.0], [5.0, 35.0]]))
    assert values(found) == {
        "accuracy": 0.85,
        "precision": 0.875,
        "recall": round(35 / 45, 6),
        "false_positive_rate": round(5 / 55, 6),
        "f1": round(70 / 85, 6),
    }
    assert found["precision"].n == 40
    assert found["recall"].n == 45


@pytest.mark.parametrize(
    ("confusion", "absent"),
    [
        ([[5, 0], [0, 0]], {"precision", "recall", "f1"}),
        ([[0, 5], [0, 0]], {"precision", "false_positive_rate"}),
        ([[0, 0], [5, 0]], {"recall"}),
        ([[0, 0], [0, 5]], {"false_positive_rate"}),
        ([[0, 0], [0, 0]], {"accuracy", "precision", "recall", "f1", "false_positive_rate"}),
    ],
)
def test_what_the_rows_do_not_define_is_absent(confusion, absent):
    everything = {"accuracy", "precision", "recall", "f1", "false_positive_rate"}
    assert set(quality.decisions(np.array(confusion, dtype=float))) == everything - absent


@pytest.mark.parametrize(
    ("counts", "area"),
    [
        ([[4, 0], [0, 4]], 1.0),
        ([[0, 4], [4, 0]], 0.0),
        ([[2, 2], [2, 2]], 0.5),
        ([[3, 1], [1, 3]], 0.75),
    ],
)
def test_auc_of_two_bins_by_hand(counts, area):
    assert quality.ranking_of_scores(np.array(counts, dtype=float))["auc"].value == area


def test_auc_needs_both_kinds():
    assert quality.ranking_of_scores(np.array([[3.0, 0.0], [1.0, 0.0]])) == {}
    assert quality.ranking_of_scores(np.array([[0.0, 3.0], [0.0, 1.0]])) == {}


def test_a_perfect_auc_of_few_rows_is_not_certain():
    few = quality.ranking_of_scores(np.array([[4.0, 0.0], [0.0, 4.0]]))["auc"]
    many = quality.ranking_of_scores(np.array([[400.0, 0.0], [0.0, 400.0]]))["auc"]
    assert few.low < 0.7
    assert many.low > 0.98
    assert few.high == many.high == 1.0


@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=1, max_size=12))
def test_average_precision_lies_between_all_wrong_and_all_right(bins):
    counts = np.array(bins, dtype=float)
    found = quality.ranking_of_scores(counts)
    if found:
        assert 0 < found["average_precision"].value <= 1
        assert 0 <= found["auc"].value <= 1


def test_average_precision_of_chance_is_the_share_of_positives():
    counts = np.tile([30.0, 10.0], (50, 1))
    assert quality.average_precision(counts) == pytest.approx(0.25)


def test_calibration_error_by_hand():
    counts = np.array([[80.0, 20.0], [40.0, 60.0]])
    exact = quality.calibration_error(counts, np.array([20.0, 60.0]))["calibration_error"]
    assert exact.value == 0.0
    off = quality.calibration_error(counts, np.array([10.0, 80.0]))["calibration_error"]
    assert off.value == pytest.approx(30 / 200)
    assert quality.calibration_error(np.zeros((2, 2)), np.zeros(2)) == {}


@pytest.mark.parametrize("name", ["accuracy", "macro_f1", "weighted_f1"])
def test_the_spread_of_an_f1_is_that_of_resampled_rows(name):
    random = np.random.default_rng(0)
    confusion = np.array([[60.0, 5.0, 5.0], [10.0, 80.0, 10.0], [0.0, 15.0, 115.0]])
    n = int(confusion.sum())
    resampled = [
        quality.classes(random.multinomial(n, confusion.ravel() / n).reshape(3, 3).astype(float))[name].value
        for _ in range(2_000)
    ]
    found = quality.classes(confusion)[name]
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(resampled), rel=0.1)


def test_the_spread_of_an_auc_is_that_of_resampled_rows():
    random = np.random.default_rng(1)
    shares = np.array([[0.4, 0.1], [0.3, 0.2], [0.2, 0.3], [0.1, 0.4]])
    sizes = (150, 100)
    resampled = []
    for _ in range(2_000):
        drawn = [random.multinomial(size, shares[:, side]) for side, size in enumerate(sizes)]
        resampled.append(quality.ranking_of_scores(np.stack(drawn, axis=1).astype(float))["auc"].value)
    found = quality.ranking_of_scores(shares * sizes)["auc"]
    assert (found.high - found.low) / (2 * 1.96) == pytest.approx(np.std(resampled), rel=0.1)


def test_positions_by_hand():
    counts = np.array([[8.0, 2.0], [9.0, 1.0], [10.0, 0.0]])
    found = quality.positions(counts, 2)
    assert values(found) == {
        "hit_rate_at_2": 0.3,
        "ndcg_at_2": round((2 + 1 / math.log2(3)) / 10, 6),
    }
    assert quality.positions(np.zeros((3, 2)), 2) == {}
    assert quality.positions(np.array([[0.0, 5.0], [0.0, 5.0]]), 1) == {}


def test_a_ratio_of_nothing_is_absent():
    assert quality.ratio_of_sums(np.array([5.0, 0.0, 1.0, 0.0, 0.0]), 10.0) is None
    assert quality.click_through(np.zeros(2)) == {}


def test_a_quantile_is_missed_on_either_side_at_its_own_price():
    error = np.array([-2.0, -1.0, 3.0])
    sums = {
        "error": error.sum(),
        "absolute": np.abs(error).sum(),
        "square": (error**2).sum(),
        "over_square": 9.0,
    }
    assert quality.quantile_loss(sums, 0.9, 3.0)["quantile_loss"].value == pytest.approx((2.7 + 0.3) / 3)


def test_an_interval_that_would_reach_below_nothing_is_cut():
    assert quality.at_least_0(Metric(1.0, -0.5, 2.5, 3.0)) == Metric(1.0, 0.0, 2.5, 3.0)
