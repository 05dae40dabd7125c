"""Theil and Sen's slope and Mann and Kendall's test: what they are, what they do not mind, how often they err."""

import itertools

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from seamark.stats.trend import likeness, trends

LEVEL = 0.01
POINTS = hnp.arrays(np.float64, st.integers(2, 14), elements=st.integers(-50, 50).map(float))
HOLED = hnp.arrays(np.float64, st.integers(1, 14), elements=st.just(np.nan) | st.integers(-5, 5).map(float))
DIFFERENT = st.lists(st.integers(-1000, 1000), min_size=3, max_size=12, unique=True).map(lambda of: np.array(of, float))


def of(points, level=LEVEL, alike=0.0):
    return trends(np.atleast_2d(points), level, alike=alike)


@given(POINTS)
def test_the_slope_is_the_median_of_the_slopes_of_all_pairs(points):
    pairs = [(points[j] - points[i]) / (j - i) for i, j in itertools.combinations(range(len(points)), 2)]
    assert of(points).slope[0] == pytest.approx(np.median(pairs))


@given(POINTS)
def test_slope_and_p_are_scipys(points):
    found = of(points)
    assert found.slope[0] == pytest.approx(stats.theilslopes(points, np.arange(len(points))).slope)
    if len(set(points.tolist())) == len(points):
        tau = stats.kendalltau(np.arange(len(points)), points, method="exact")
        assert found.p[0] == pytest.approx(tau.pvalue, abs=1e-9)


def test_ties_have_the_textbooks_variance():
    """Gilbert, Statistical Methods for Environmental Pollution Monitoring (1987), 16.4.2: Var = 87 for these ties."""
    points = np.array([10.0, 22, 21, 30, 22, 30, 40, 41])
    ties = 8 * 7 * 21 - 2 * (2 * 1 * 9)
    score = sum(np.sign(b - a) for a, b in itertools.combinations(points, 2))
    z = (abs(score) - 1) / np.sqrt(ties / 18)
    assert of(points).p[0] == pytest.approx(2 * stats.norm.sf(z))


@given(POINTS, st.integers(-100, 100), st.sampled_from([0.25, 2.0, 1024.0]), st.integers(-8, 8))
def test_moved_scaled_and_tilted_points_have_moved_scaled_and_tilted_lines(points, by, factor, tilt):
    at = np.arange(len(points))
    one, moved, scaled, tilted = (of(each) for each in (points, points + by, points * factor, points + tilt * at))
    assert (moved.slope[0], moved.p[0]) == (pytest.approx(one.slope[0]), one.p[0])
    assert moved.start[0] == pytest.approx(one.start[0] + by)
    assert (scaled.slope[0], scaled.p[0]) == (pytest.approx(one.slope[0] * factor), one.p[0])
    assert tilted.slope[0] == pytest.approx(one.slope[0] + tilt)


@given(DIFFERENT)
def test_p_depends_on_the_order_alone(points):
    ranks = np.argsort(np.argsort(points)).astype(float)
    assert of(points).p[0] == of(ranks).p[0] == of(np.cbrt(points)).p[0]


@given(POINTS)
def test_time_turned_round_turns_the_slope_round(points):
    one, other = of(points), of(points[::-1])
    assert other.slope[0] == pytest.approx(-one.slope[0])
    assert (other.p[0], other.least[0]) == (one.p[0], pytest.approx(one.least[0]))


@pytest.mark.parametrize("n", [3, 5, 6])
def test_over_all_permutations_p_is_how_many_are_as_extreme(n):
    orders = np.array(list(itertools.permutations(range(n))), float)
    p = of(orders).p
    for each in np.unique(p):
        assert (p <= each + 1e-12).mean() == pytest.approx(each)


@given(HOLED, st.sampled_from([0.3, 0.05, 0.01]), st.sampled_from([0.0, 0.4]))
def test_past_the_least_slope_and_below_the_level_are_one_statement(points, level, alike):
    found = of(points, level, alike)
    if found.n[0] >= 2:
        assert (abs(found.slope[0]) >= found.least[0]) == (found.p[0] <= level)


@given(st.integers(2, 12), st.integers(-5, 5))
def test_a_constant_series_has_no_trend(n, value):
    found = of(np.full(n, float(value)))
    assert (found.slope[0], found.start[0], found.p[0]) == (0, value, 1)
    assert found.least[0] > 0


@given(DIFFERENT, st.data())
def test_points_that_are_not_known_are_left_out(points, data):
    keep = np.sort(data.draw(st.lists(st.integers(0, 14), min_size=len(points), max_size=len(points), unique=True)))
    holed = np.full(15, np.nan)
    holed[keep] = points
    found = of(holed)
    assert (found.n[0], found.p[0]) == (len(points), of(points).p[0])


@pytest.mark.parametrize("points", [np.empty((1, 0)), np.full((1, 3), np.nan), np.array([[4.0]])])
def test_fewer_than_two_points_say_nothing(points):
    found = trends(points, LEVEL)
    assert np.isnan(found.slope[0])
    assert (found.p[0], found.least[0]) == (1, np.inf)


def test_a_line_is_found_as_early_as_its_points_can_prove_it():
    p = [of(np.arange(float(n))).p[0] for n in (4, 5, 6, 7)]
    assert p == pytest.approx([2 / 24, 2 / 120, 2 / 720, 2 / 5040])
    assert of(np.arange(5.0)).least[0] == np.inf
    assert of(np.arange(6.0)).least[0] <= 1


def of_memory(alike, many, n, seed=3):
    rng = np.random.default_rng(seed)
    noise = rng.normal(size=(many, n + 50))
    for at in range(1, n + 50):
        noise[:, at] = alike * noise[:, at - 1] + np.sqrt(1 - alike**2) * noise[:, at]
    return noise[:, 50:]


@pytest.mark.parametrize("n", [8, 12])
@pytest.mark.parametrize("alike", [0.0, 0.3, 0.6])
def test_noise_with_a_memory_errs_no_more_often_than_the_level(alike, n):
    """Fixed seed. Uncorrected, one in twenty is called a trend where one in a hundred may be."""
    points = of_memory(alike, 4_000, n)
    assert (of(points, alike=likeness(points)).p <= LEVEL).mean() <= LEVEL * 1.2
    if alike == 0.6:
        assert (of(points).p <= LEVEL).mean() > 4 * LEVEL


@pytest.mark.parametrize("true", [0.0, 0.3, 0.6])
def test_the_likeness_of_neighbours_is_about_what_it_is(true):
    assert likeness(of_memory(true, 400, 12)) == pytest.approx(true, abs=0.12)


@given(st.integers(0, 1000))
def test_likeness_forgives_lines_and_the_few_series_that_bend(seed):
    points = of_memory(0.0, 60, 12, seed)
    tilted = points + np.linspace(-3, 3, 60)[:, None] * np.arange(12)
    bent = np.concatenate([points, np.maximum(np.arange(12) - 5.0, 0)[None] * np.ones((6, 1))])
    assert likeness(tilted) == pytest.approx(likeness(points), abs=0.1)
    assert likeness(bent) == pytest.approx(likeness(points), abs=0.15)


@pytest.mark.parametrize("points", [np.empty((0, 8)), np.zeros((5, 8)), np.full((5, 8), np.nan), np.ones((5, 3))])
def test_nothing_to_compare_is_not_alike(points):
    assert likeness(points) == 0


@given(st.lists(DIFFERENT, min_size=2, max_size=2))
def test_series_do_not_disturb_each_other(series):
    n = max(map(len, series))
    both = np.array([np.pad(each, (0, n - len(each)), constant_values=np.nan) for each in series])
    together = trends(both, LEVEL)
    assume(n > 2)
    for row, each in enumerate(both):
        alone = of(each)
        for name in ("slope", "start", "least", "p", "n"):
            np.testing.assert_array_equal(getattr(together, name)[row], getattr(alone, name)[0])
