"""Metrics of windows as evidence against a tolerance: false alarms are as rare as stated."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.intervals import Metric, mean, share
from seamark.stats.sequential import (
    STAKES,
    evidence_of_means,
    evidence_of_shares,
    gathered,
    gathered_over,
    level_of,
    strength,
)
from seamark.stats.tolerance import Shape, evidence, usual_tolerance


def figures(*metrics):
    nothing = (np.nan,) * 4
    return np.array([nothing if m is None else (m.value, m.low, m.high, m.n) for m in metrics])


@given(st.integers(1, 500), st.floats(0, 1), st.floats(0.01, 0.99))
def test_a_share_says_what_its_rows_say_whichever_way_it_is_turned(n, value, tolerance):
    told = figures(share(value, n))
    lower = evidence(told, Shape.SHARE, tolerance, higher=False)
    assert lower == pytest.approx(evidence_of_shares(np.array([value * n]), np.array([n * 1.0]), np.array([tolerance])))
    turned = evidence(figures(share(1 - value, n)), Shape.SHARE, 1 - tolerance, higher=True)
    assert turned == pytest.approx(lower, abs=1e-6 * n)


@given(st.lists(st.floats(0, 1_000), min_size=2, max_size=30), st.floats(0.5, 500))
def test_a_mean_says_what_its_sums_say(losses, tolerance):
    values = np.array(losses)
    total, squares, n = values.sum(), (values**2).sum(), float(len(values))
    found = evidence(figures(mean(total, squares, n)), Shape.MEAN, tolerance, higher=False)
    exact = evidence_of_means(np.array([total]), np.array([squares]), np.array([n]), np.array([tolerance]))
    assert found == pytest.approx(exact, rel=1e-6, abs=1e-6 * (1 + np.abs(exact).max()))


def test_windows_without_the_metric_and_estimates_of_few_rows_say_nothing():
    told = figures(None, Metric(0.9, 0.8, 1.0, 49), Metric(0.9, 0.8, 1.0, 50))
    assert np.isfinite(evidence(told, Shape.ESTIMATE, 0.95, higher=True)[:, 0]).tolist() == [False, False, True]
    assert np.isfinite(evidence(told, Shape.SHARE, 0.95, higher=True)[:, 0]).tolist() == [False, True, True]


def test_a_figure_without_any_spread_is_judged_by_its_value():
    told = figures(Metric(0.9, 0.9, 0.9, 100))
    assert (evidence(told, Shape.ESTIMATE, 0.95, higher=True) > 100).all()
    assert (evidence(told, Shape.ESTIMATE, 0.85, higher=True) < -100).all()


def first_alarms(evidence_of, level):
    """The number of the window of each series' first alarm; as many as there are windows where none comes."""
    means, _ = gathered_over(evidence_of, math.log(level) + 2)
    alarmed = means >= math.log(level)
    return np.where(alarmed.any(axis=1), alarmed.argmax(axis=1), alarmed.shape[1])


@pytest.mark.parametrize("tolerance", [0.7, 0.93])
def test_at_the_edge_of_the_tolerance_false_alarms_are_as_rare_as_the_level_says(tolerance):
    random, series, windows = np.random.default_rng(0), 100, 900
    right = random.binomial(165, tolerance, (series, windows)) / 165
    told = np.stack([[(v, v, v, 165.0) for v in row] for row in right])
    said = np.stack([evidence(each, Shape.SHARE, tolerance, higher=True) for each in told])
    level = level_of(20.0, window_hours=24.0, series=100)
    assert first_alarms(said, level).mean() >= level


def test_estimates_keep_the_level_as_far_as_they_are_normal():
    random, series, windows = np.random.default_rng(1), 100, 900
    values = 0.8 + 0.01 * random.standard_normal((series, windows))
    told = np.stack([values, values - 0.0196, values + 0.0196, np.full_like(values, 200.0)], axis=2)
    said = np.stack([evidence(each, Shape.ESTIMATE, 0.8, higher=True) for each in told])
    assert first_alarms(said, 150.0).mean() >= 150


@given(st.integers(0, 2**32 - 1))
def test_carrying_on_less_never_alarms_sooner_and_empty_windows_change_nothing(seed):
    random = np.random.default_rng(seed)
    said = random.normal(0.1, 2, (2, 40, len(STAKES)))
    limited, _ = gathered_over(said, 3.0)
    state, free = np.full((2, len(STAKES)), -np.inf), []
    for window in range(40):
        state = gathered(state, said[:, window])
        free.append(strength(state))
    assert (limited <= np.stack(free, axis=1) + 1e-9).all()
    gaps = np.insert(said, 20, np.nan, axis=1)
    with_gaps, _ = gathered_over(gaps, 3.0)
    assert np.delete(with_gaps, 20, axis=1) == pytest.approx(limited)


def test_evidence_is_of_the_windows_since_it_began():
    said = np.full((1, 6, len(STAKES)), -5.0)
    said[0, 3:] = 2.0
    _, spans = gathered_over(said, 10.0)
    assert spans[0].tolist() == [1, 1, 1, 1, 2, 3]


def test_what_is_usual_is_tolerated_a_quarter_worse():
    assert usual_tolerance(Metric(800.0, 780.0, 820.0, 5_000), higher=False, best=0.0) == pytest.approx(1_025)
    assert usual_tolerance(Metric(0.99, 0.985, 0.995, 5_000), higher=True, best=1.0, least=0.01) == pytest.approx(0.975)
    assert usual_tolerance(Metric(-4.0, -5.0, -3.0, 900), higher=True) == pytest.approx(-6.25)
