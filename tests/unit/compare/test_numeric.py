"""Numbers: samples make bins, bins count both sides, and moments are those of the data."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare.chunks import Column, Numbers, Reading
from seamark.compare.numeric import BinRule, NumberBins, NumberLearner, NumberTally, Reservoir

NUMBER = Column("x", Reading.NUMBER, "float64")
RULE = BinRule(bins=20, extra_edges=(), sample_values=1_000)

floats = st.lists(st.floats(allow_nan=True, allow_infinity=True), max_size=60)
ordinary = st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60)


def learn(values, rule=RULE):
    """A baseline of all values, passing again where it must."""
    learner = NumberLearner(NUMBER, rule)
    parts = [Numbers(part) for part in np.array_split(np.asarray(values, dtype=np.float64), 7)]
    for part in parts:
        learner.add(part)
    baseline = learner.baseline()
    if baseline.recount is not None:
        for part in parts:
            baseline.recount.add(part)
    return baseline


def evidence(reference, current, rule=RULE):
    baseline = learn(reference, rule)
    tally = baseline.tally()
    tally.add(Numbers(np.asarray(current, dtype=np.float64)))
    return baseline.evidence(tally)


@given(reference=floats, current=floats)
def test_every_row_is_counted_once_in_every_set_of_bins(reference, current):
    found = evidence(reference, current)
    for side, values, bins, bars in (
        (found.reference, reference, found.reference_bins, found.bars.reference),
        (found.current, current, found.current_bins, found.bars.current),
    ):
        missing = int(np.isnan(values).sum()) if values else 0
        assert side.rows == len(values)
        assert side.missing == missing
        assert int(bins.sum()) == int(bars.sum()) == side.present == len(values) - missing


@given(reference=ordinary, current=ordinary)
def test_fine_bins_sum_up_to_what_the_coarse_bins_would_count(reference, current):
    baseline = learn(reference)
    bins = baseline.bins
    tally = baseline.tally()
    tally.add(Numbers(np.array(current)))
    for coarse in (bins.quantiles, bins.picture):
        expected = np.bincount(coarse.index(np.array(current)), minlength=coarse.count)
        assert bins.coarse(tally.counts, coarse).tolist() == expected.tolist()


@given(values=ordinary)
def test_moments_are_numpys(values):
    side = evidence(values, values).current
    assert side.mean == pytest.approx(np.mean(values), rel=1e-9, abs=1e-9)
    assert side.sd == pytest.approx(np.std(values), rel=1e-6, abs=1e-3)
    assert (side.minimum, side.maximum) == (min(values), max(values))


def test_moments_of_far_away_numbers_keep_their_digits():
    seconds = 1.7e9 + np.arange(1000.0)
    side = evidence(seconds, seconds).current
    assert side.sd == pytest.approx(np.std(np.arange(1000.0)), rel=1e-12)


def test_moments_leave_infinities_out_and_bins_do_not():
    found = evidence([1.0, 2.0, 3.0], [1.0, np.inf, -np.inf])
    assert (found.current.mean, found.current.maximum) == (1.0, 1.0)
    assert found.current_bins[0] == found.current_bins[-1] == 1


def test_without_a_finite_number_there_are_no_moments():
    side = evidence([np.nan, np.inf], [np.nan]).reference
    assert np.isnan([side.mean, side.sd, side.minimum, side.maximum]).all()


def test_rows_that_are_not_valid_are_missing_whatever_they_hold():
    baseline = learn([1.0, 2.0, 3.0])
    tally = baseline.tally()
    tally.add(Numbers(np.array([1.0, 1e300, np.nan]), np.array([True, False, False])))
    assert baseline.evidence(tally).current.missing == 2


def test_mistyped_rows_are_not_missing():
    baseline = learn([1.0, 2.0])
    tally = baseline.tally()
    tally.add(Numbers(np.array([1.0, np.nan, np.nan]), mistyped=1))
    side = baseline.evidence(tally).current
    assert (side.missing, side.mistyped, side.present) == (1, 1, 1)


def test_a_reservoir_keeps_everything_while_there_is_room():
    reservoir = Reservoir(100)
    reservoir.add(np.arange(60.0))
    reservoir.add(np.arange(40.0))
    assert reservoir.rate == 1
    assert reservoir.values().tolist() == [*np.arange(60.0), *np.arange(40.0)]


def test_a_full_reservoir_is_a_fair_sample_of_the_whole_stream():
    reservoir = Reservoir(10_000)
    for start in range(0, 1_000_000, 50_000):
        reservoir.add(np.arange(start, start + 50_000, dtype=np.float64))
    kept = reservoir.values()
    assert 2_500 < len(kept) <= 10_000
    assert reservoir.rate == 2.0**-7
    thirds = np.bincount((kept // 333_334).astype(int)) / len(kept)
    assert thirds == pytest.approx([1 / 3] * 3, abs=0.03)


def test_a_sampled_reference_is_counted_in_full_on_a_second_pass():
    values = np.random.default_rng(0).normal(size=20_000)
    baseline = learn(values)
    assert baseline.recount is baseline.counted
    side = baseline.counted.side()
    assert side.rows == 20_000
    assert side.mean == pytest.approx(values.mean(), rel=1e-9)


def test_the_extremes_of_a_sampled_reference_are_inside_its_bins():
    values = np.concatenate([np.zeros(5_000), [-7.5, 9.25], np.arange(5_000) / 10_000])
    baseline = learn(values)
    counts = baseline.bins.coarse(baseline.counted.counts, baseline.bins.quantiles)
    assert counts[0] == counts[-1] == 0


def test_few_values_make_few_bins():
    bins = NumberBins.of(np.arange(60.0) / 7, BinRule(100, (), 1_000), times=False)
    assert bins.quantiles.count <= 60 / 5 + 2


def test_decision_thresholds_are_among_the_edges():
    bins = NumberBins.of(np.linspace(0, 1, 5_000), BinRule(100, (0.5,), 10_000), times=False)
    assert 0.5 in bins.quantiles.edges


def test_an_empty_tally_is_a_side_of_nothing():
    side = NumberTally(NumberBins.of(np.empty(0), RULE, times=False)).side()
    assert (side.rows, side.present) == (0, 0)
