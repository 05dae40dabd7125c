"""Which value counts where."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.errors import InvalidInput
from seamark.stats.binning import NumericBins, numeric_bins

REFERENCE = hnp.arrays(
    np.float64,
    st.integers(0, 200),
    elements=st.one_of(
        st.floats(width=64),
        st.sampled_from([0.0, -0.0, 1.0, np.nan, np.inf, -np.inf]),
        st.integers(-5, 5).map(float),
    ),
)


def shares(bins, values):
    return np.bincount(bins.index(np.asarray(values, dtype=float)), minlength=bins.count + 1) / len(values)


@given(REFERENCE, st.integers(2, 100))
def test_the_finite_reference_lies_inside_its_own_range(reference, bins):
    made = numeric_bins(reference, bins=bins)
    index = made.index(reference)
    finite = np.isfinite(reference)
    assert ((index[finite] > 0) & (index[finite] < made.count - 1)).all()
    assert (index[reference == np.inf] == made.count - 1).all()
    assert (index[reference == -np.inf] == 0).all()
    assert (index[np.isnan(reference)] == made.count).all()


@given(REFERENCE, st.integers(2, 50))
def test_edges_ascend_and_there_are_at_most_twice_as_many_bins_as_asked_for(reference, bins):
    made = numeric_bins(reference, bins=bins)
    assert (np.diff(made.edges) > 0).all()
    assert made.count <= max(2 * bins + 3, 2 * 50 + 2)


def test_twenty_bins_share_a_continuous_reference_equally():
    reference = np.random.default_rng(0).lognormal(size=10_000)
    made = numeric_bins(reference)
    assert made.count == 22
    assert shares(made, reference)[1:-2] == pytest.approx(np.full(20, 0.05), abs=1e-3)


def test_the_maximum_is_inside_and_the_next_float_is_above():
    made = numeric_bins([0.5, 1.5, 2.5, 3.25])
    assert made.index(np.array([3.25, np.nextafter(3.25, 4)])).tolist() == [made.count - 2, made.count - 1]
    assert made.index(np.array([0.5, np.nextafter(0.5, 0)])).tolist() == [1, 0]


def test_bins_are_closed_on_the_left_and_open_on_the_right():
    made = NumericBins(np.array([1.0, 2.0, 3.0]))
    assert made.index(np.array([0.999, 1.0, 1.999, 2.0, 2.999, 3.0])).tolist() == [0, 1, 1, 2, 2, 3]


def test_a_zero_inflated_reference_gives_zero_a_bin_of_its_own_and_the_rest_the_others():
    random = np.random.default_rng(1)
    reference = np.where(random.random(20_000) < 0.6, 0.0, random.lognormal(size=20_000))
    made = numeric_bins(reference)
    at_zero = made.index(np.zeros(1))[0]
    assert made.lows()[at_zero] == 0.0
    assert made.highs()[at_zero] == np.nextafter(0, 1)
    assert made.index(np.array([5e-324, 1e-9])).tolist() == [at_zero + 1] * 2
    mass = shares(made, reference)
    assert mass[at_zero] == pytest.approx(0.6, abs=0.01)
    rest = np.delete(mass[1:-2], at_zero - 1)
    assert rest[rest > 0] == pytest.approx(np.full((rest > 0).sum(), 0.4 / 19), rel=0.02)


def test_several_atoms_each_get_a_bin():
    random = np.random.default_rng(2)
    reference = np.concatenate([np.full(3000, -1.5), np.full(3000, 7.25), random.normal(size=4000)])
    made = numeric_bins(reference)
    for atom in (-1.5, 7.25):
        at = made.index(np.array([atom]))[0]
        assert made.lows()[at] == atom
        assert made.highs()[at] == np.nextafter(atom, np.inf)


def test_few_distinct_integers_get_one_bin_each_and_one_for_each_gap():
    made = numeric_bins([1, 2, 3, 9, 20, 20, 20])
    assert made.labels() == ["< 1", "= 1", "= 2", "= 3", "4 – 8", "= 9", "10 – 19", "= 20", "> 20"]  # noqa: RUF001 - the label's own dash
    assert made.index(np.array([0, 1, 2, 3, 5, 9, 15, 20, 21.0])).tolist() == list(range(9))


def test_fifty_one_distinct_integers_are_cut_by_quantiles():
    assert numeric_bins(np.arange(50)).count == 52
    assert numeric_bins(np.arange(51)).count == 22


@pytest.mark.parametrize("reference", [[], [np.nan], [np.nan, np.nan], [np.inf, -np.inf, np.nan], np.empty(0)], ids=str)
def test_a_reference_without_a_finite_value_leaves_everything_outside(reference):
    made = numeric_bins(reference)
    assert made.edges.tolist() == [0.0]
    assert made.index(np.array([-1.0, 0.0, 1.0, np.nan])).tolist() == [0, 1, 1, 2]


def test_a_constant_reference_tells_less_equal_and_greater_apart():
    made = numeric_bins([7.25] * 100)
    assert made.labels() == ["< 7.25", "= 7.25", "> 7.25"]
    assert made.index(np.array([7.0, 7.25, 7.5])).tolist() == [0, 1, 2]


def test_one_row_is_a_constant():
    assert numeric_bins([3.5]).labels() == ["< 3.5", "= 3.5", "> 3.5"]


def test_negative_and_positive_zero_are_one_atom():
    made = numeric_bins([0.0, -0.0] * 10)
    assert made.count == 3
    assert made.index(np.array([0.0, -0.0])).tolist() == [1, 1]


def test_the_largest_float_is_inside_too():
    largest = np.finfo(np.float64).max
    made = numeric_bins([-largest, 0.5, largest])
    assert made.index(np.array([largest, np.inf, -largest, -np.inf])).tolist() == [
        made.count - 2,
        made.count - 1,
        1,
        0,
    ]


def test_extra_edges_become_edges_wherever_they_lie():
    made = numeric_bins(np.linspace(0.1, 0.3, 100), bins=100, extra_edges=[0.5, 0.2123, -1.0])
    assert {0.5, 0.2123, -1.0} <= set(made.edges.tolist())
    assert made.index(np.array([-2.0, 0.4, 0.6])).tolist() == [0, made.count - 2, made.count - 1]


def test_infinite_and_missing_extra_edges_are_ignored():
    plain = numeric_bins([1.5, 2.5])
    assert numeric_bins([1.5, 2.5], extra_edges=[np.nan, np.inf]).edges.tolist() == plain.edges.tolist()


def test_single_precision_and_integer_values_count_like_their_doubles():
    made = numeric_bins(np.random.default_rng(0).normal(size=500))
    values = np.random.default_rng(1).normal(size=500).astype(np.float32)
    assert made.index(values).tolist() == made.index(values.astype(np.float64)).tolist()
    assert made.index(np.array([0, 1, -1])).tolist() == made.index(np.array([0.0, 1.0, -1.0])).tolist()


def test_a_strided_view_counts_like_its_copy():
    made = numeric_bins(np.random.default_rng(0).normal(size=500))
    table = np.random.default_rng(1).normal(size=(300, 3))
    assert made.index(table[:, 1]).tolist() == made.index(table[:, 1].copy()).tolist()


def test_centers_lie_in_their_bins_and_the_outer_ones_at_the_border():
    made = numeric_bins(np.random.default_rng(0).normal(size=1000))
    centers = made.centers()
    assert len(centers) == made.count
    assert (made.index(centers)[1:-1] == np.arange(1, made.count - 1)).all()
    assert centers[0] == made.edges[0]
    assert centers[-1] == made.edges[-1]


@pytest.mark.parametrize("edges", [[], [2.0, 1.0], [1.0, 1.0], [np.nan], [1.0, np.nan], [[1.0, 2.0]]], ids=str)
def test_edges_that_are_not_ascending_numbers_are_refused(edges):
    with pytest.raises(InvalidInput, match="ascending, distinct numbers"):
        NumericBins(np.array(edges))


def test_edges_cannot_be_changed_afterwards():
    with pytest.raises(ValueError, match="read-only"):
        numeric_bins([1.5, 2.5]).edges[0] = 0
