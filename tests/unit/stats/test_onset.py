"""When it began."""

import numpy as np
import pytest

from seamark.stats.onset import estimate_onset, joint_onset

BASELINE = np.full(20, 0.05)
SHIFTED = np.linspace(0.01, 0.09, 20)


def hours(random, count, begins, rows, shifted=SHIFTED):
    before = random.multinomial(random.poisson(rows, begins), BASELINE)
    after = random.multinomial(random.poisson(rows, count - begins), shifted)
    return np.concatenate([before, after])


def errors(rows, *, signals=1, runs=200, shifted=SHIFTED):
    """Hours between estimate and truth: the change is in hour 60 of 120, the evidence the last 48."""
    found = []
    for seed in range(runs):
        random = np.random.default_rng(seed)
        series = [(hours(random, 120, 60, rows, shifted), BASELINE) for _ in range(signals)]
        found.append(joint_onset(series, slice(72, 120)) - 60)
    return np.abs(found)


def test_with_many_rows_the_hour_is_exact():
    assert errors(500, runs=50).max() == 0


def test_seven_rows_an_hour_are_enough_for_half_a_day():
    assert np.quantile(errors(7), 0.9) <= 12
    assert np.median(errors(7)) <= 4


def test_several_signals_together_find_it_more_closely():
    assert errors(7, signals=5).mean() < errors(7).mean() / 2
    assert np.quantile(errors(7, signals=5), 0.95) <= 3


def test_hours_without_rows_are_no_part_of_the_drift():
    counts = np.zeros((10, 2))
    counts[0], counts[6:] = [9, 1], [1, 9]
    assert estimate_onset(counts, [0.9, 0.1], slice(7, 10)) == 6


def test_evidence_may_be_a_mask():
    counts = np.array([[9, 1], [9, 1], [1, 9], [2, 8]])
    mask = np.array([False, False, False, True])
    assert estimate_onset(counts, [0.9, 0.1], mask) == estimate_onset(counts, [0.9, 0.1], slice(3, 4)) == 2


def test_drift_from_the_first_hour_on_begins_in_the_first_hour():
    assert estimate_onset([[1, 9]] * 5, [0.9, 0.1], slice(2, 5)) == 0


def test_drift_of_the_last_hour_begins_in_the_last_hour():
    assert estimate_onset([[90, 10]] * 9 + [[1, 99]], [0.9, 0.1], slice(9, 10)) == 9


@pytest.mark.parametrize("baseline", [[1.0, 0.0], [0.5, 0.5, 0.0]])
def test_a_bin_that_the_baseline_lacks_is_no_infinite_evidence(baseline):
    counts = np.zeros((6, len(baseline)))
    counts[:4, 0], counts[4:, -1], counts[1, -1] = 50, 50, 1
    assert estimate_onset(counts, baseline, slice(5, 6)) == 4


@pytest.mark.parametrize("counts", [np.zeros((4, 3)), np.tile([0, 0, 7], (4, 1))])
def test_evidence_without_rows_or_without_drift_still_gives_an_hour(counts):
    assert 0 <= estimate_onset(counts, [0.0, 0.0, 1.0], slice(3, 4)) < 4
