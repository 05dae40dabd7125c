"""A changed part of the traffic is found and named, and noise is not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.binning import NumericBins, numeric_bins
from seamark.stats.slices import LITERALS, MOST_PAIRED, Answers, literal_bins, search

CELLS = 5
FEATURES = 8
SIZES = np.full(FEATURES, CELLS)


def rows(seed, count=20_000, features=FEATURES):
    """Cells that say something about a score of little noise."""
    rng = np.random.default_rng(seed)
    cells = rng.integers(0, CELLS, (features, count)).astype(np.uint8)
    return Answers(cells, 0.05 * cells[0] + 0.1 * (cells[1] == 2) + rng.normal(0, 0.2, count))


def changed(answers, inside, by):
    return Answers(answers.cells, answers.values + by * inside)


BASELINE = rows(1)
WINDOW = rows(2)


def named(found):
    """The slices as sets of (feature, cell)."""
    return [
        {(feature, cell) for feature, cell in zip(*pair, strict=True) if feature >= 0}
        for pair in zip(found.features.tolist(), found.cells.tolist(), strict=True)
    ]


def test_a_planted_slice_of_one_literal_is_the_only_finding():
    found = search(changed(WINDOW, WINDOW.cells[3] == 4, 0.05), BASELINE, SIZES)
    assert named(found) == [{(3, 4)}]
    assert found.mean - found.baseline_mean == pytest.approx([0.05], abs=0.01)


def test_a_planted_slice_of_two_literals_is_the_only_finding():
    inside = (WINDOW.cells[3] == 4) & (WINDOW.cells[6] == 0)
    found = search(changed(WINDOW, inside, -0.1), BASELINE, SIZES)
    assert named(found) == [{(3, 4), (6, 0)}]
    assert found.rows.tolist() == [inside.sum()]
    assert found.strength[0] > 2 * found.noise
    assert found.p[0] < 1e-6


def test_two_planted_slices_are_both_found_the_stronger_first():
    weak, strong = WINDOW.cells[3] == 4, (WINDOW.cells[5] == 1) & (WINDOW.cells[6] == 0)
    found = search(changed(changed(WINDOW, weak, 0.06), strong, 0.3), BASELINE, SIZES)
    assert named(found) == [{(5, 1), (6, 0)}, {(3, 4)}]


def test_a_change_that_cancels_out_in_either_feature_is_found_in_their_pairs():
    signs = [((WINDOW.cells[3] == a) & (WINDOW.cells[6] == b), 1 if a == b else -1) for a in (0, 1) for b in (0, 1)]
    by = sum(0.3 * sign * inside for inside, sign in signs)
    found = search(changed(WINDOW, 1, by), BASELINE, SIZES)
    assert sorted(map(sorted, named(found))) == [[(3, a), (6, b)] for a in (0, 1) for b in (0, 1)]


def test_a_slice_that_only_became_more_frequent_is_none():
    more = np.flatnonzero(WINDOW.cells[1] == 2)
    often = np.concatenate([np.arange(len(WINDOW.values)), more, more])
    found = search(Answers(WINDOW.cells[:, often], WINDOW.values[often]), BASELINE, SIZES)
    assert {(1, 2)} not in named(found)


def skewed(values):
    return np.exp(5 * values)


def yes_or_no(values):
    return (values > 0.4).astype(float)


@pytest.mark.parametrize("shape", [np.asarray, skewed, yes_or_no])
def test_without_a_change_there_is_hardly_ever_a_finding(shape):
    """An adjusted p below .01 allows one run in a hundred; each of these looks at more than a thousand slices."""
    false = 0
    for seed in range(30):
        now, then = (rows([seed, side], count=2_000, features=10) for side in (0, 1))
        found = search(
            Answers(now.cells, shape(now.values)), Answers(then.cells, shape(then.values)), np.full(10, CELLS)
        )
        false += len(found.rows) > 0
    assert false <= 2


def test_a_shift_of_everything_is_told_in_few_wide_slices():
    found = search(changed(WINDOW, True, 0.1), BASELINE, SIZES)
    assert 0 < len(found.rows) <= 20
    assert all(len(slice_) == 1 for slice_ in named(found)), "no pair is stronger than its literals"
    assert (found.mean > found.baseline_mean).all()


@settings(max_examples=10)
@given(st.integers(0, 1_000))
def test_the_order_of_rows_changes_nothing(seed):
    window = changed(WINDOW, WINDOW.cells[3] == 4, 0.05)
    order = np.random.default_rng(seed).permutation(len(window.values))
    one = search(window, BASELINE, SIZES)
    other = search(Answers(window.cells[:, order], window.values[order]), BASELINE, SIZES)
    assert named(one) == named(other)
    np.testing.assert_allclose(one.strength, other.strength)


def test_strengths_fall_and_supports_hold():
    inside = (WINDOW.cells[3] <= 1) | (WINDOW.cells[4] == 2)
    found = search(changed(WINDOW, inside, 0.2), BASELINE, SIZES, top=5)
    assert (np.diff(found.strength) <= 0).all()
    assert (found.rows >= 0.02 * len(WINDOW.values)).all()
    assert len(found.rows) <= 5


def test_too_few_rows_are_no_slice():
    few = Answers(WINDOW.cells[:, :90], WINDOW.values[:90] + 9)
    found = search(few, BASELINE, SIZES)
    assert (found.tested, len(found.rows), found.noise) == (0, 0, 0)


@pytest.mark.parametrize("count", [0, 1])
def test_nearly_no_rows_and_no_features_find_nothing(count):
    empty = Answers(np.zeros((2, count), np.uint8), np.zeros(count))
    assert search(empty, empty, np.array([3, 3])).tested == 0
    assert (
        search(Answers(WINDOW.cells[:0], WINDOW.values), Answers(BASELINE.cells[:0], BASELINE.values), SIZES[:0]).tested
        == 0
    )


def test_answers_that_are_all_the_same_have_not_changed():
    same = Answers(WINDOW.cells, np.ones_like(WINDOW.values))
    assert len(search(same, Answers(BASELINE.cells, np.ones_like(BASELINE.values)), SIZES).rows) == 0


def test_of_many_features_the_strongest_are_paired():
    features = MOST_PAIRED + 5
    window, baseline = rows(4, features=features), rows(5, features=features)
    inside = (window.cells[-1] == 0) & (window.cells[-2] == 0)
    found = search(changed(window, inside, 0.3), baseline, np.full(features, CELLS))
    assert named(found)[0] == {(features - 1, 0), (features - 2, 0)}


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=400))
def test_ordered_bins_are_merged_into_few_of_like_mass(values):
    bins = numeric_bins(values)
    counts = np.bincount(bins.index(np.array(values)), minlength=bins.count)
    merged = literal_bins(bins, counts)
    if merged is not None:
        assert merged.count <= LITERALS
        assert set(merged.edges) <= set(bins.edges)
        assert np.bincount(merged.index(np.array(values))).sum() == len(values)


def test_a_feature_without_values_has_no_literals():
    assert literal_bins(NumericBins(np.array([1.0, 2.0])), np.zeros(3, dtype=np.int64)) is None
