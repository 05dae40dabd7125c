"""Laws of what is gathered over windows: evidence, tolerances, delays and trailing sums."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.clock import DAY_US
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.coarse import COARSE, merging
from seamark.stats.delays import BUCKETS, EDGES_US, DelayCurve, bucket
from seamark.stats.intervals import Metric
from seamark.stats.sequential import STAKES, as_losses, gathered, gathered_over, level_of, strength
from seamark.stats.tolerance import WORSE, Shape, evidence, usual_tolerance

few = settings(max_examples=20, deadline=None)

HIGHEST = math.log(1000) + 3
logs = st.floats(-5, 5) | st.just(np.nan)
several = hnp.arrays(np.float64, (2, 6, len(STAKES)), elements=st.floats(-5, 5))
shares = st.floats(0.02, 0.98)
short = settings(max_examples=20)


# --- evidence gathered over windows ------------------------------------------------------------------------------


@short
@given(several)
def test_evidence_is_gathered_window_by_window_as_it_is_all_at_once(drawn):
    means, _ = gathered_over(drawn, HIGHEST)
    log_w = np.full((2, len(STAKES)), -np.inf)
    for window in range(drawn.shape[1]):
        log_w = gathered(np.minimum(log_w, HIGHEST), drawn[:, window])
        assert means[:, window] == pytest.approx(strength(log_w))


@short
@given(several)
def test_a_series_is_judged_as_if_it_were_alone(drawn):
    means, spans = gathered_over(drawn, HIGHEST)
    for series in range(2):
        alone = gathered_over(drawn[series : series + 1], HIGHEST)
        assert np.array_equal(alone[0][0], means[series])
        assert np.array_equal(alone[1][0], spans[series])


@short
@given(several, st.integers(0, 5), st.floats(0.1, 3))
def test_a_worse_window_is_never_less_evidence_from_then_on(drawn, window, more):
    worse = drawn.copy()
    worse[:, window] += more
    before, after = gathered_over(drawn, HIGHEST)[0], gathered_over(worse, HIGHEST)[0]
    assert np.array_equal(before[:, :window], after[:, :window])
    assert (after[:, window:] >= before[:, window:] - 1e-9).all()


@short
@given(several, st.integers(0, 5))
def test_a_window_that_says_nothing_changes_nothing_but_the_span(drawn, window):
    silent = drawn.copy()
    silent[:, window] = np.nan
    means, _ = gathered_over(silent, HIGHEST)
    without, _ = gathered_over(np.delete(drawn, window, axis=1), HIGHEST)
    assert np.delete(means, window, axis=1) == pytest.approx(without)
    if window:
        assert np.array_equal(means[:, window], means[:, window - 1])


@short
@given(hnp.arrays(np.float64, (2, 6, len(STAKES)), elements=logs))
def test_the_windows_that_speak_are_among_those_there_were(drawn):
    _, spans = gathered_over(drawn, HIGHEST)
    assert (spans >= 1).all()
    assert (spans <= np.arange(1, 7)).all()


def test_an_alarm_loses_at_most_what_is_carried():
    bad, good = np.full((1, 50, len(STAKES)), 2.0), np.full((1, 10, len(STAKES)), -2.0)
    means, _ = gathered_over(np.concatenate([bad, good], axis=1), HIGHEST)
    assert means[0, 49] <= HIGHEST + 2.0 + 0.01
    assert means[0, -1] < math.log(1000)


@few
@given(st.floats(0.1, 50), st.floats(0.25, 24), st.integers(1, 100))
def test_a_level_is_higher_for_more_tests_a_smaller_budget_and_shorter_windows(budget, hours, series):
    level = level_of(budget, window_hours=hours, series=series)
    assert level_of(budget, window_hours=hours, series=series + 1) > level
    assert level_of(budget / 2, window_hours=hours, series=series) == pytest.approx(2 * level)
    assert level_of(budget, window_hours=hours / 2, series=series) == pytest.approx(2 * level)


@few
@given(st.floats(-10, 10), st.floats(0.1, 5), st.lists(shares, min_size=1, max_size=9), shares)
def test_values_between_two_ends_are_losses_between_nothing_and_their_number(low, width, parts, tolerated):
    values = [low + width * each for each in parts]
    ends = {"low": low, "high": low + width, "tolerance": low + width * tolerated}
    losses, tolerance = as_losses(sum(values), len(values), **ends)
    assert losses == pytest.approx(sum(parts), abs=1e-6)
    assert tolerance == pytest.approx(tolerated, abs=1e-6)
    turned = {"low": low + width, "high": low, "tolerance": low + width * tolerated}
    other, other_tolerance = as_losses(sum(values), len(values), **turned)
    assert other == pytest.approx(len(values) - losses, abs=1e-6)
    assert other_tolerance == pytest.approx(1 - tolerance, abs=1e-6)


# --- tolerances --------------------------------------------------------------------------------------------------


def figures(value, width=0.02, n=400.0):
    return np.array([[value, value - width, value + width, n]])


@few
@given(shares, shares, st.floats(0.05, 0.95), st.sampled_from(Shape))
def test_what_is_worse_is_more_evidence_by_every_stake(one, other, tolerance, shape):
    worse, better = max(one, other), min(one, other)
    of_worse, of_better = (evidence(figures(each), shape, tolerance, higher=False) for each in (worse, better))
    if shape is not Shape.MEAN:  # there a larger mean comes with larger squares
        assert (of_worse >= of_better - 1e-9).all()
    assert np.isfinite(of_worse).all()


@few
@given(shares, st.floats(0.05, 0.95), st.sampled_from([Shape.SHARE, Shape.ESTIMATE]))
def test_a_share_and_what_is_left_of_it_are_the_same_evidence(value, tolerance, shape):
    of_errors = evidence(figures(1 - value), shape, 1 - tolerance, higher=False)
    assert evidence(figures(value), shape, tolerance, higher=True) == pytest.approx(of_errors, abs=1e-6)


@few
@given(shares, st.floats(0.05, 0.95), st.sampled_from([Shape.SHARE, Shape.ESTIMATE]))
def test_what_keeps_the_tolerance_is_evidence_against_by_the_smallest_stake(value, tolerance, shape):
    kept = evidence(figures(value), shape, tolerance, higher=True)
    if value >= tolerance:
        assert kept[0, 0] <= 1e-9


@few
@given(st.integers(1, 99))
def test_an_estimate_of_few_rows_says_nothing_and_a_share_of_few_rows_does(n):
    row = figures(0.5, n=float(n))
    assert np.isnan(evidence(row, Shape.ESTIMATE, 0.9, higher=True, fewest=50)).all() == (n < 50)
    assert np.isfinite(evidence(row, Shape.SHARE, 0.9, higher=True, fewest=50)).all()


@few
@given(shares, st.floats(0, 0.02), st.floats(0, 0.1))
def test_a_usual_tolerance_mirrors_itself(value, width, least):
    usual = Metric(value, value - width, value + width, 1000.0)
    turned = Metric(1 - value, 1 - value - width, 1 - value + width, 1000.0)
    up = usual_tolerance(usual, higher=True, best=1.0, least=least)
    down = usual_tolerance(turned, higher=False, best=0.0, least=least)
    assert up == pytest.approx(1 - down)
    assert (value - width) - up == pytest.approx(max(WORSE * (1 - value + width), least))


@few
@given(st.floats(0.1, 100), st.floats(1.5, 10))
def test_a_figure_without_a_best_value_may_lose_a_quarter_in_any_unit(value, factor):
    def tolerance(scale):
        return usual_tolerance(Metric(value * scale, value * scale, value * scale, 10.0), higher=True)

    assert tolerance(1) == pytest.approx(0.75 * value)
    assert tolerance(factor) == pytest.approx(factor * tolerance(1))


# --- delays --------------------------------------------------------------------------------------------------------

curves = hnp.arrays(np.int64, (4, BUCKETS), elements=st.integers(0, 3)).map(
    lambda delays: DelayCurve.learned(delays, delays.sum(axis=1) + 10, np.arange(4) * 90 * DAY_US)
)


@short
@given(curves, st.floats(0.01, 1))
def test_the_age_by_which_a_part_has_come_is_late_enough_and_no_later(curve, part):
    reached_us = curve.reached_us(part)
    if curve.final == 0:
        assert reached_us == 0
        return
    known = curve.share[min(int(np.flatnonzero(reached_us == EDGES_US)[0]), BUCKETS - 1)]
    assert known >= part * curve.final or reached_us == EDGES_US[-1]
    assert reached_us <= curve.reached_us(1.0)


@short
@given(curves, st.lists(st.integers(0, int(EDGES_US[-1])), min_size=2, max_size=6))
def test_the_older_a_prediction_the_likelier_is_its_outcome_known(curve, ages):
    shares_ = curve.at(np.array(sorted(ages)))
    assert (np.diff(shares_) >= -1e-12).all()
    assert ((shares_ >= 0) & (shares_ <= curve.final + 1e-12)).all()


@few
@given(st.integers(-DAY_US, 4_000 * DAY_US))
def test_a_delay_is_in_the_bucket_whose_edges_hold_it(delay_us):
    at = int(bucket(np.array([delay_us]))[0])
    assert at == 0 or EDGES_US[at - 1] <= delay_us
    assert at == BUCKETS - 1 or delay_us < EDGES_US[at]


# --- series of many kinds, and merged bins ----------------------------------------------------------------------

kinds = st.lists(
    st.tuples(st.sampled_from([SeriesKind.ORDERED, SeriesKind.UNORDERED]), st.integers(2, 6)), min_size=1, max_size=8
)


@few
@given(kinds, st.integers(1, 5_000))
def test_blocks_hold_every_series_once_and_only_what_is_alike(drawn, windows):
    layout = Layout.of(drawn)
    blocks = layout.blocks(windows)
    assert sorted(np.concatenate(blocks).tolist()) == list(range(len(layout)))
    for block in blocks:
        assert len({(int(layout.kinds[each]), int(layout.sizes[each])) for each in block}) == 1


@few
@given(kinds, st.data())
def test_chosen_series_keep_their_cells(drawn, data):
    layout = Layout.of(drawn)
    series = np.array(data.draw(st.lists(st.integers(0, len(drawn) - 1), min_size=1, unique=True)))
    part, cells = layout.chosen(series)
    assert part.sizes.tolist() == [drawn[each][1] for each in series]
    own = [np.arange(layout.offsets[each], layout.offsets[each + 1]) for each in series]
    assert cells.tolist() == np.concatenate(own).tolist()


@short
@given(hnp.arrays(np.float64, 60, elements=st.integers(0, 1000).map(float)).filter(lambda counts: counts.sum() > 0))
def test_merged_bins_are_neighbours_and_all_of_them_within_twenty(counts):
    into = merging(counts)
    assert (np.diff(into) >= 0).all()
    assert 0 <= into[0] <= into[-1] < COARSE
    heavy = counts / counts.sum() > 2 / COARSE
    assert len(set(into[heavy].tolist())) == heavy.sum(), "what is a bin's worth by itself is merged with no other such"
