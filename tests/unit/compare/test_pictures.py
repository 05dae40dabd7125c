"""The bins people see: round, even, and without long empty tails."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare.chunks import Column, Reading
from seamark.compare.pictures import draw_bars, picture_bins, without_tails
from seamark.stats.binning import NumericBins, numeric_bins

NUMBER = Column("x", Reading.NUMBER, "float64")


def picture(values, *, times=False):
    ordered = np.sort(np.asarray(values, dtype=np.float64))
    return picture_bins(ordered, numeric_bins(ordered), times=times)


def width(bins):
    return np.diff(bins.edges)


def test_bins_are_even_and_their_width_is_a_round_number():
    bins = picture(np.random.default_rng(0).normal(100, 15, 5_000))
    assert width(bins) == pytest.approx(5.0)
    assert (bins.edges % 5 == 0).all()


def test_there_are_bins_beyond_the_reference_on_both_sides():
    values = np.random.default_rng(0).normal(size=5_000)
    bins = picture(values)
    assert bins.edges[0] < values.min() - 1
    assert bins.edges[-1] > values.max() + 1


def test_few_integers_have_a_bin_each():
    assert picture([0, 1, 2, 3] * 50).labels() == ["< 0", "= 0", "= 1", "= 2", "= 3", "> 3"]


def test_integers_with_gaps_between_them_make_no_comb():
    assert width(picture(100 + 10 * np.arange(30))) == pytest.approx(20.0)


def test_of_few_values_only_those_that_occur_are_drawn():
    bins = picture([0, 10, 20] * 50)
    counts = np.bincount(bins.index(np.array([0.0, 10.0, 20.0])), minlength=bins.count)
    assert draw_bars(NUMBER, bins, counts, counts).labels == ("= 0", "= 10", "= 20")


def test_many_integers_have_bins_of_equally_many():
    bins = picture(np.random.default_rng(0).poisson(400, 5_000))
    assert (width(bins) == np.rint(width(bins))).all()
    assert len(set(width(bins)[:-1])) == 1


def test_the_largest_value_has_no_bin_for_itself_alone():
    bins = picture(np.linspace(0, 1, 1_001))
    index = bins.index(np.array([0.99, 1.0]))
    assert index[0] == index[1]


@pytest.mark.parametrize(("days", "step_seconds"), [(1, 3_600), (30, 172_800), (365, 1_728_000)])
def test_times_are_cut_at_hours_and_days(days, step_seconds):
    seconds = np.linspace(1.6e9, 1.6e9 + days * 86_400, 2_000)
    found = set(width(picture(seconds, times=True)).round(3))
    assert min(found) == pytest.approx(min(step_seconds, max(found)), rel=0.5) or step_seconds in found
    assert all(step % 3_600 == 0 for step in found if step > 3_600 * 0.99)


@pytest.mark.parametrize(
    "values", [[], [5.0], [5.0] * 9, [1e308, -1e308, 0.5], [5e-324, 1e-323, 0.0], [2.0**60 + 1, 2.0**60]]
)
def test_strange_references_have_bins_too(values):
    assert picture(values).count >= 2


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=50))
def test_any_reference_has_ascending_bins(values):
    edges = picture(values).edges
    assert (edges[1:] > edges[:-1]).all()


def test_tails_that_hold_next_to_nothing_become_one_bin():
    bins = NumericBins(np.arange(0.0, 101.0))
    counts = np.zeros(102, dtype=np.int64)
    counts[10:20] = 1_000
    counts[90] = 1
    shown = without_tails(bins, counts, counts)
    assert shown.edges[0] == 9.0
    assert shown.edges[-1] == 19.0


def test_a_current_tail_that_holds_something_is_kept():
    bins = NumericBins(np.arange(0.0, 101.0))
    reference, current = np.zeros((2, 102), dtype=np.int64)
    reference[10:20] = 1_000
    current[80] = 1_000
    assert without_tails(bins, reference, current).edges[-1] == 80.0


def test_empty_outer_bins_are_not_drawn():
    bars = draw_bars(NUMBER, NumericBins(np.array([0.0, 1.0, 2.0])), np.array([0, 3, 0, 0]), np.array([0, 0, 1, 0]))
    assert bars.labels == ("0 – 1", "1 – 2")  # noqa: RUF001  # ranges are written with an en dash
    assert (bars.lows.tolist(), bars.highs.tolist()) == ([0.0, 1.0], [1.0, 2.0])


def test_booleans_are_called_true_and_false():
    column = Column("x", Reading.NUMBER, "bool", boolean=True)
    bars = draw_bars(column, numeric_bins([0.0, 1.0]), np.array([0, 1, 2, 0]), np.array([0, 1, 2, 0]))
    assert bars.labels == ("false", "true")


def test_times_are_labelled_as_dates():
    column = Column("x", Reading.TIME, "date")
    bins = NumericBins(1.5778368e9 + 86_400.0 * np.arange(3))
    bars = draw_bars(column, bins, np.array([1, 1, 1, 1]), np.zeros(4, dtype=np.int64))
    assert bars.labels[0] == "< 2020-01-01"
    assert bars.labels[-1] == "≥ 2020-01-03"


def test_hours_are_labelled_with_the_time_of_day_in_any_century():
    column = Column("x", Reading.TIME, "timestamp")
    bins = NumericBins(-62_135_596_800.0 + 3_600.0 * np.arange(3))
    bars = draw_bars(column, bins, np.array([1, 1, 1, 1]), np.zeros(4, dtype=np.int64))
    assert bars.labels[0] == "< 0001-01-01 00:00"
