"""Cells: bins and one more for what is missing, of many signals in one vector."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.cells import Cells, cell_offsets, cells_of, feature_positions
from seamark.stats.counter import Counter
from seamark.stats.profile import Profile

BIN_SET = BinSet(
    (
        numeric_signal("feature.a", "feature", np.arange(100.0)),
        numeric_signal("score", "score", np.linspace(0, 1, 50)),
        categorical_signal("feature.b", "feature", categorical_bins(["x", "y"])),
    )
)
PLACES = feature_positions(BIN_SET)


def profile(numbers, texts):
    counter = Counter(BIN_SET)
    counter.add_rows(len(numbers))
    counter.add_numeric(0, np.array(numbers, dtype=float))
    bins = BIN_SET.signals[2].bins
    index = bins.index_texts([text or "" for text in texts])
    index[[text is None for text in texts]] = bins.count
    counter.add_categories(2, index)
    return counter.profile()


rows = st.lists(
    st.tuples(st.floats(-10, 110) | st.just(float("nan")), st.sampled_from(["x", "y", "z", None])), max_size=50
)


@given(rows)
def test_every_row_is_in_one_cell_of_every_feature(drawn):
    cells = cells_of(profile([a for a, _ in drawn], [b for _, b in drawn]), PLACES)
    assert cells.totals().tolist() == [len(drawn)] * 2


@given(rows.filter(bool))
def test_the_last_cell_of_a_feature_is_of_missing_values(drawn):
    cells = cells_of(profile([a for a, _ in drawn], [b for _, b in drawn]), PLACES)
    missing = [sum(np.isnan(a) for a, _ in drawn), sum(b is None for _, b in drawn)]
    assert cells.rows[cells.offsets[1:] - 1].tolist() == missing
    np.testing.assert_allclose(cells.add(cells.shares()), [1, 1])


def test_signals_between_the_features_are_left_out():
    cells = cells_of(profile([1.0], ["y"]), PLACES)
    sizes = [BIN_SET.signals[0].bins.count + 1, 2 + 2 + 1]
    assert np.diff(cells.offsets).tolist() == np.diff(cell_offsets(BIN_SET, PLACES)).tolist() == sizes
    counted = profile([1.0], ["y"])
    np.testing.assert_array_equal(cells.rows[: sizes[0] - 1], counted.counts_of(0))
    np.testing.assert_array_equal(cells.rows[cells.offsets[1] : -1], counted.counts_of(2))


def test_any_order_of_signals_may_be_asked_for():
    counted = profile([1.0, 2.0], ["y", None])
    both, turned = cells_of(counted, PLACES), cells_of(counted, PLACES[::-1])
    middle = both.offsets[1]
    np.testing.assert_array_equal(np.concatenate([both.rows[middle:], both.rows[:middle]]), turned.rows)


def test_no_signals_have_no_cells():
    none = cells_of(Profile.empty(BIN_SET), PLACES[:0])
    assert (len(none.rows), none.totals().tolist(), none.add(none.rows).tolist()) == (0, [], [])


def test_a_signal_without_rows_has_no_shares():
    assert np.isnan(Cells.single([0, 0]).shares()).all()
    assert Cells.single([1, 3]).shares() == pytest.approx([0.25, 0.75])
