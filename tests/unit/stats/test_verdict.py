"""The one-shot rule."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seamark.stats.verdict import benjamini_hochberg, drifted

P_VALUES = st.lists(st.floats(0, 1), min_size=1, max_size=40)


@given(P_VALUES)
def test_adjusted_p_values_are_scipys(p):
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))


@given(P_VALUES, st.randoms())
def test_order_does_not_matter_and_ranks_are_kept(p, shuffler):
    adjusted = dict(zip(p, benjamini_hochberg(p).tolist(), strict=True))
    shuffled = list(p)
    shuffler.shuffle(shuffled)
    assert benjamini_hochberg(shuffled).tolist() == [adjusted[one] for one in shuffled]
    in_order = [adjusted[one] for one in sorted(p)]
    assert in_order == sorted(in_order)


@given(P_VALUES)
def test_series_without_a_test_neither_count_nor_change(p):
    beside = benjamini_hochberg([np.nan, *p, np.nan])
    assert np.isnan(beside[[0, -1]]).all()
    assert beside[1:-1].tolist() == benjamini_hochberg(p).tolist()


def test_nothing_and_nothing_known_are_answered():
    assert benjamini_hochberg([]).tolist() == []
    assert np.isnan(benjamini_hochberg([np.nan, np.nan])).all()


def test_few_of_the_discoveries_are_false():
    random = np.random.default_rng(0)
    false_shares = []
    for _ in range(300):
        p = random.random(100)
        p[:20] = random.random(20) * 1e-5
        found = benjamini_hochberg(p) < 0.05
        false_shares.append(found[20:].sum() / found.sum())
    assert np.mean(false_shares) < 0.05


@pytest.mark.parametrize(
    ("p", "effect", "expected"),
    [
        (0.001, 0.2, True),
        (0.001, 0.05, True),
        (0.001, 0.0499, False),
        (0.01, 0.2, False),
        (np.nan, 0.2, False),
        (0.001, np.nan, False),
    ],
)
def test_drift_needs_a_small_p_and_an_effect_that_matters(p, effect, expected):
    assert drifted(np.array([p]), np.array([effect]), 0.05).tolist() == [expected]


def test_each_series_may_have_a_smallest_effect_of_its_own():
    result = drifted(np.full(2, 1e-9), np.array([0.06, 0.06]), np.array([0.05, 0.1]), alpha=0.001)
    assert result.tolist() == [True, False]
