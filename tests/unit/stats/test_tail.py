"""A surprise grows with the deviation, never ends, and is the share of deviations that go as far."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from seamark.stats.tail import LEVELS, Tail

FEW_VALUES = st.sampled_from([0.0, 0.0, 0.5, 3.0])
ANY = st.floats(-20, 200, width=32)
DEVIATIONS = hnp.arrays(np.float32, st.integers(0, 400), elements=st.one_of(ANY, FEW_VALUES), fill=FEW_VALUES)
RELAXED = settings(max_examples=50)


def of(seed, shape=1.0, count=20_000):
    """Heavy-tailed deviations."""
    return (np.random.default_rng(seed).standard_t(5, count) * shape).astype(np.float32)


@RELAXED
@given(DEVIATIONS, hnp.arrays(np.float32, 50, elements=st.floats(-(2**20), 2**100, width=32)))
def test_a_larger_deviation_is_no_less_surprising(deviations, z):
    tail, z = Tail.of(deviations), np.sort(z)
    surprise = tail.surprise(z)
    assert (np.diff(surprise) >= 0).all()
    assert (surprise >= 0).all()
    assert np.isfinite(surprise).all()


@RELAXED
@given(DEVIATIONS, st.floats(0.01, 14))
def test_the_deviation_of_a_surprise_is_that_surprising(deviations, surprise):
    tail = Tail.of(deviations)
    z = np.float32(tail.deviation(surprise))
    below, above = tail.surprise(np.array([np.nextafter(z, -np.inf), np.nextafter(z, np.inf)], np.float32))
    assert below - 1e-2 <= surprise <= above + 1e-2


def test_without_ties_the_deviation_is_the_exact_inverse():
    tail = Tail.of(of(0))
    surprises = np.linspace(0.05, 12, 200)
    deviations = np.array([tail.deviation(each) for each in surprises], np.float32)
    assert tail.surprise(deviations) == pytest.approx(surprises, rel=1e-4)


@given(DEVIATIONS)
def test_the_tail_never_ends(deviations):
    far = Tail.of(deviations).surprise(np.array([1e3, 1e6, 1e9, 1e12], np.float32))
    assert (np.diff(far) > 0).all()


@RELAXED
@given(DEVIATIONS.filter(lambda z: len(z) >= 100))
def test_no_deviation_is_called_rarer_than_it_was(deviations):
    """To the last percent, give or take one deviation and the grid of 60 points; ties count as going as far."""
    tail = Tail.of(deviations)
    reached = np.array([(deviations >= z).mean() for z in deviations])
    body = reached > 0.02
    surprise = tail.surprise(deviations)[body]
    assert (surprise <= -np.log10(reached[body] - 1 / len(deviations)) + LEVELS[1] + 1e-4).all()


def test_surprises_of_the_deviations_themselves_are_what_they_say():
    surprise = Tail.of(of(1)).surprise(of(2))
    for level in (0.5, 1, 1.5, 2, 2.5, 3):
        assert np.log10((surprise > level).mean()) == pytest.approx(-level, abs=0.15)


@pytest.mark.parametrize("true", [0.0, 0.2, 0.4])
def test_the_shape_of_a_pareto_tail_is_found(true):
    draws = stats.genpareto.rvs(true, scale=1.5, size=200_000, random_state=3).astype(np.float32)
    tail = Tail.of(draws)
    assert tail.shape == pytest.approx(true, abs=0.06)
    assert tail.scale == pytest.approx(1.5 * 0.01**-true, rel=0.15), "beyond the last percent"


def test_a_tail_that_ends_is_continued_without_an_end_and_a_very_heavy_one_is_held_at_a_half():
    rng = np.random.default_rng(4)
    assert Tail.of(rng.random(50_000).astype(np.float32)).shape == 0
    assert Tail.of((rng.random(50_000) ** -3.0).astype(np.float32)).shape == 0.5


def test_few_exceedances_hardly_move_the_shape():
    """Of 1,000 deviations ten lie beyond the last percent, and their shape is below 1; the prior is worth thirty."""
    shapes = [Tail.of(np.random.default_rng(seed).pareto(0.5, 1_000).astype(np.float32)).shape for seed in range(20)]
    assert max(shapes) < 0.29


@pytest.mark.parametrize("count", [0, 1, 99])
def test_few_deviations_give_a_normals_tail(count):
    tail = Tail.of(np.full(count, 1e3, np.float32))
    z = np.linspace(0, 3.2, 50).astype(np.float32)
    assert tail.surprise(z) == pytest.approx(-np.log10(2 * stats.norm.sf(z)), abs=0.05)


def test_deviations_that_are_all_the_same_are_no_surprise_and_anything_else_is():
    tail = Tail.of(np.zeros(500, np.float32))
    same, more = tail.surprise(np.array([0, 0.5], np.float32))
    assert same == 0
    assert more > 2


@RELAXED
@given(DEVIATIONS.filter(lambda z: len(z) >= 100), st.sampled_from([0.25, 8.0]))
def test_the_unit_of_deviations_does_not_matter(deviations, unit):
    one, other = Tail.of(deviations), Tail.of(deviations * np.float32(unit))
    np.testing.assert_allclose(other.points, one.points * np.float32(unit), rtol=1e-5, atol=1e-30)
    assert other.shape == pytest.approx(one.shape, abs=1e-4)


def test_the_order_of_deviations_does_not_matter():
    deviations = of(5, count=500)
    one, other = Tail.of(deviations), Tail.of(deviations[::-1].reshape(5, 100))
    np.testing.assert_array_equal(one.points, other.points)
    assert (one.scale, one.shape) == (other.scale, other.shape)
