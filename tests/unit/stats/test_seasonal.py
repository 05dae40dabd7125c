"""What a seasonal baseline learns, from whom, and what it does where it knows nothing."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.seasonal import WORKING_DAYS, Baseline, Calendar, gather, learn

LAYOUT = Layout.of([(SeriesKind.ORDERED, 6), (SeriesKind.SHARE, 2), (SeriesKind.VALUE, 2)])
A_DAY = 4
WEEK = 7 * A_DAY
PERIODS = [1, A_DAY, WEEK]
RELAXED = settings(max_examples=30)


def calendar(windows, free=()):
    teaches = np.ones(windows, np.float32)
    teaches[list(free)] = 0
    return Calendar(np.arange(windows) % WEEK, teaches, A_DAY)


def traffic(seed, weeks=6, rows=400):
    """Without any season."""
    rng, windows = np.random.default_rng(seed), weeks * WEEK
    bins = rng.multinomial(rows, np.arange(1, 7) / 21, windows)
    part = rng.binomial(rows, 0.2, windows)
    value = [rng.normal(3, 0.1, windows), np.ones(windows)]
    return np.vstack([bins.T, part, rows - part, *value]).astype(np.float32)


def learned(counts, period, when=None, weight=None):
    windows = counts.shape[1]
    weight = np.ones((len(LAYOUT), windows), np.float32) if weight is None else weight
    return learn(LAYOUT, counts, when or calendar(windows), weight, period=period)


def same(one, other, **close):
    for of in ("flat", "flat_rows", "slots", "slot_rows"):
        np.testing.assert_allclose(getattr(one, of), getattr(other, of), **close)


def sums_to_one(shares):
    """Of the series with rows: bins and shares add up, a value stands on one window."""
    return LAYOUT.sizes_behind(shares.reshape(LAYOUT.width, -1)) == pytest.approx(1, abs=1e-5)


@RELAXED
@given(st.integers(0, 1_000), st.sampled_from(PERIODS))
def test_the_shares_of_every_slot_add_up(seed, period):
    baseline = learned(traffic(seed), period)
    assert sums_to_one(baseline.flat)
    assert sums_to_one(baseline.slots)
    assert baseline.slots.shape == (LAYOUT.width, period)


@pytest.mark.parametrize("period", [A_DAY, WEEK])
def test_without_a_season_every_slot_is_the_flat_baseline_up_to_noise(period):
    rows = 4_000
    baseline = learned(traffic(1, rows=rows), period)
    shares = baseline.slots[:8]
    sd = np.sqrt(shares / np.repeat(baseline.slot_rows[:2], [6, 2], axis=0))
    assert (np.abs(shares - baseline.flat[:8, None]) < 5 * sd).all()
    assert np.abs(shares - baseline.flat[:8, None]).max() > 0, "yet each has learned its own"


def test_without_slots_the_season_is_the_flat_baseline():
    baseline = learned(traffic(2), 1)
    np.testing.assert_array_equal(baseline.slots[:, 0], baseline.flat)
    np.testing.assert_array_equal(baseline.slot_rows[:, 0], baseline.flat_rows)
    counts = traffic(2)[:6].sum(axis=1)
    np.testing.assert_allclose(baseline.flat[:6], counts / counts.sum(), rtol=1e-5)


@RELAXED
@given(st.integers(0, 1_000), st.sampled_from(PERIODS), st.sampled_from([0.5, 3.0, 1_000.0]))
def test_ten_times_the_traffic_is_the_same_baseline_with_more_rows_behind_it(seed, period, factor):
    counts = traffic(seed)
    one, other = learned(counts, period), learned(counts * np.float32(factor), period)
    np.testing.assert_allclose(other.flat, one.flat, rtol=1e-4)
    np.testing.assert_allclose(other.slots, one.slots, rtol=1e-4)
    np.testing.assert_allclose(other.slot_rows, one.slot_rows * factor, rtol=1e-4)


@RELAXED
@given(st.integers(0, 1_000), st.sampled_from(PERIODS), st.sets(st.integers(0, 6 * WEEK - 1), max_size=40))
def test_windows_that_do_not_teach_might_hold_anything(seed, period, windows):
    counts, chosen = traffic(seed), sorted(windows)
    garbage = counts.copy()
    garbage[:, chosen] = np.random.default_rng(seed).integers(0, 10**6, (LAYOUT.width, len(chosen)))
    weight = np.ones((len(LAYOUT), counts.shape[1]), np.float32)
    weight[:, chosen] = 0
    same(learned(counts, period, weight=weight), learned(garbage, period, weight=weight))
    holidays = calendar(counts.shape[1], free=chosen)
    same(learned(counts, period, holidays), learned(garbage, period, holidays))


def test_a_series_in_quarantine_keeps_nobody_else_from_learning():
    counts = traffic(3)
    weight = np.ones((3, counts.shape[1]), np.float32)
    weight[0] = 0
    baseline, everything = learned(counts, WEEK, weight=weight), learned(counts, WEEK)
    assert not baseline.flat[:6].any()
    assert not baseline.slot_rows[0].any()
    np.testing.assert_array_equal(baseline.slots[6:], everything.slots[6:])


def test_a_slot_that_nothing_is_known_about_is_expected_to_be_like_all_together():
    """A Wednesday without traffic: its first and last slots learn from their neighbours, all from other days."""
    counts = traffic(4)
    weight = np.ones((3, counts.shape[1]), np.float32)
    open_hours = np.isin(np.arange(counts.shape[1]) % A_DAY, [1])
    weight[:, ~open_hours] = 0
    baseline = learned(counts, WEEK, weight=weight)
    unseen = np.arange(3, WEEK, A_DAY)
    np.testing.assert_allclose(
        baseline.slots[:, unseen], np.broadcast_to(baseline.flat[:, None], (LAYOUT.width, 7)), rtol=1e-5
    )
    assert (baseline.slot_rows[:, unseen] <= 1).all(), "and hardly anything is said to stand behind that"


def test_a_day_that_was_never_seen_is_expected_to_be_like_the_other_working_days():
    counts = traffic(5)
    slot = np.arange(counts.shape[1]) % WEEK
    mornings = slot % A_DAY == 1
    counts[:6, mornings] = counts[:6, mornings][::-1]
    wednesday = slot // A_DAY == 2
    weight = np.broadcast_to(~wednesday, (3, len(slot))).astype(np.float32)
    baseline = learned(counts, WEEK, weight=weight)
    others = counts[:6, mornings & (slot // A_DAY < WORKING_DAYS) & ~wednesday].sum(axis=1)
    np.testing.assert_allclose(baseline.slots[:6, 2 * A_DAY + 1], others / others.sum(), rtol=1e-4)


def test_working_days_teach_each_other_and_not_the_weekend():
    sums = np.zeros((LAYOUT.width, WEEK), np.float32)
    sums[0, 1] = 90  # a Monday in bin 0 of the first series
    baseline = Baseline.of(LAYOUT, sums, A_DAY)
    same_hour = np.arange(1, WEEK, A_DAY)
    np.testing.assert_allclose(baseline.slot_rows[0, same_hour[1:WORKING_DAYS]], 90 / 5 / 3, rtol=1e-5)
    assert (baseline.slot_rows[0, same_hour[WORKING_DAYS:]] == 1).all(), "nothing but the flat baseline"


def test_a_slot_learns_half_as_much_from_each_neighbour_also_around_midnight_and_the_weeks_end():
    sums = np.zeros((LAYOUT.width, A_DAY), np.float32)
    sums[0, 0] = 100
    rows = Baseline.of(LAYOUT, sums, A_DAY).slot_rows[0]
    assert rows.tolist() == [100, 50, 1, 50]


def test_a_season_is_learned_and_only_where_it_is():
    counts = traffic(6, rows=4_000)
    nights = np.arange(counts.shape[1]) % A_DAY == 0
    counts[:6, nights] = counts[:6, nights][::-1]
    baseline = learned(counts, WEEK)
    night, noon = baseline.slots[:6, ::A_DAY], baseline.slots[:6, 2::A_DAY]
    assert (night[0] > 2 * noon[0]).all()
    np.testing.assert_allclose(noon, np.broadcast_to(np.arange(1, 7)[:, None] / 21, noon.shape), atol=0.01)


@RELAXED
@given(st.integers(0, 1_000), st.sampled_from(PERIODS), st.integers(0, 6 * WEEK))
def test_what_two_stretches_of_time_teach_adds_up(seed, period, cut):
    counts, when = traffic(seed), calendar(6 * WEEK, free=[5, 40])
    weight = np.random.default_rng(seed).random((3, 6 * WEEK)).astype(np.float32)
    parts = [
        gather(LAYOUT, counts[:, at], when[at], weight[:, at], period=period) for at in (slice(cut), slice(cut, None))
    ]
    whole = gather(LAYOUT, counts, when, weight, period=period)
    np.testing.assert_allclose(sum(parts), whole, rtol=1e-4, atol=1e-3)


@RELAXED
@given(st.integers(0, 1_000), st.sampled_from(PERIODS))
def test_expected_counts_have_the_rows_of_their_windows(seed, period):
    baseline = learned(traffic(seed), period)
    n = np.random.default_rng(seed).integers(0, 500, (3, 40)).astype(np.float32)
    slot = np.arange(40) % WEEK
    for expected in baseline.expected(LAYOUT, n, slot):
        np.testing.assert_allclose(LAYOUT.sizes_behind(expected), n, rtol=1e-4)
    assert baseline.at(slot).max() < period


def test_a_series_without_any_rows_expects_nothing_anywhere():
    counts = traffic(7)
    counts[:6] = 0
    for period in PERIODS:
        baseline = learned(counts, period)
        assert not baseline.slots[:6].any()
        assert np.isfinite(baseline.slots).all()
        assert not baseline.flat_rows[0]


@given(st.integers(0, 1_000), st.sampled_from(PERIODS))
def test_a_part_of_a_baseline_is_that_of_its_series(seed, period):
    counts = traffic(seed, weeks=2)
    layout, cells = LAYOUT.chosen(np.array([1, 2]))
    weight = np.ones((3, counts.shape[1]), np.float32)
    alone = learn(layout, counts[cells], calendar(counts.shape[1]), weight[1:], period=period)
    same(learned(counts, period).chosen(np.array([1, 2]), cells), alone, rtol=1e-5)
