"""What mathematics says of these distances, whatever the data: a wrong formula breaks one of these."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.stats.distance import distances
from seamark.stats.sample import Sample

DISTANCES = distances()
BINS = 7
CENTERS = np.array([-3.0, -1.0, 0.0, 0.5, 2.0, 4.0, 10.0])
COUNTS = hnp.arrays(np.int64, BINS, elements=st.integers(0, 10**6)).filter(lambda counts: counts.sum() > 0)
SYMMETRIC = [
    "chi_squared",
    "cramer_von_mises",
    "hellinger",
    "jensen_shannon",
    "ks",
    "l_infinity",
    "psi",
    "total_variation",
]
METRICS = ["hellinger", "jensen_shannon", "ks", "l_infinity", "total_variation"]
DIVERGENCES = ["chi_squared", "hellinger", "jensen_shannon", "kl", "psi", "total_variation"]
LINEAR = ["ks", "l_infinity", "total_variation", "wasserstein"]
MANY = 1e12  # rows: the half row that keeps logarithms finite is gone
CLOSE = 1e-9
QUICK = settings(max_examples=50)


def measure(name, current, baseline):
    current, baseline = (Sample.from_counts(one, centers=CENTERS[: len(one)]) for one in (current, baseline))
    return DISTANCES[name].measure(current, baseline)[0]


def populations(counts):
    """As shares of very many rows, none of them empty."""
    return (counts + 1) / (counts + 1).sum() * MANY


@pytest.mark.parametrize("name", SYMMETRIC)
@QUICK
@given(p=COUNTS, q=COUNTS)
def test_neither_side_is_special(name, p, q):
    assert measure(name, p, q) == pytest.approx(measure(name, q, p), abs=CLOSE)


@pytest.mark.parametrize("name", METRICS)
@QUICK
@given(p=COUNTS, q=COUNTS, r=COUNTS)
def test_a_detour_is_never_shorter(name, p, q, r):
    assert measure(name, p, r) <= measure(name, p, q) + measure(name, q, r) + CLOSE


@pytest.mark.parametrize("name", [*METRICS, "chi_squared"])
@QUICK
@given(p=COUNTS, q=COUNTS)
def test_one_is_the_most_there_is(name, p, q):
    assert measure(name, p, q) <= 1 + CLOSE


@pytest.mark.parametrize("name", DIVERGENCES)
@QUICK
@given(p=COUNTS, q=COUNTS, at=st.integers(0, BINS - 2))
def test_looking_less_closely_never_shows_more(name, p, q, at):
    p, q = populations(p), populations(q)
    merged = [np.concatenate([one[:at], [one[at] + one[at + 1]], one[at + 2 :]]) for one in (p, q)]
    assert measure(name, *merged) <= measure(name, p, q) * (1 + 1e-6) + 1e-7


@pytest.mark.parametrize("name", DIVERGENCES)
@QUICK
@given(p=COUNTS, q=COUNTS, share=st.floats(0.1, 0.9))
def test_splitting_a_bin_alike_on_both_sides_shows_nothing_new(name, p, q, share):
    p, q = populations(p), populations(q)
    split = [np.concatenate([one[:-2], [one[-2] + one[-1]]]) for one in (p, q)]
    finer = [np.concatenate([one[:-1], [one[-1] * share, one[-1] * (1 - share)]]) for one in split]
    assert measure(name, *finer) == pytest.approx(measure(name, *split), rel=1e-5, abs=1e-6)


@pytest.mark.parametrize("name", LINEAR)
@QUICK
@given(q=COUNTS, r=COUNTS, share=st.floats(0.05, 1))
def test_a_mixture_is_as_far_as_its_share(name, q, r, share):
    q, r = populations(q), populations(r)
    assert measure(name, (1 - share) * q + share * r, q) == pytest.approx(share * measure(name, r, q), abs=1e-9)


@QUICK
@given(p=COUNTS, q=COUNTS)
def test_the_distances_bound_each_other(p, q):
    p, q = populations(p), populations(q)
    tv, hellinger = measure("total_variation", p, q), measure("hellinger", p, q)
    assert hellinger**2 <= tv + CLOSE  # Le Cam
    assert tv <= hellinger * np.sqrt(2 - hellinger**2) + CLOSE  # Le Cam
    assert tv**2 <= measure("kl", p, q) / 2 + 1e-6  # Pinsker
    assert measure("jensen_shannon", p, q) ** 2 <= tv + CLOSE  # Lin
    assert measure("ks", p, q) <= tv + CLOSE
    assert measure("l_infinity", p, q) <= tv + CLOSE
    assert measure("chi_squared", p, q) ** 2 <= tv + CLOSE
    assert measure("psi", p, q) == pytest.approx(measure("kl", p, q) + measure("kl", q, p), rel=1e-4, abs=1e-6)


@QUICK
@given(p=COUNTS, q=COUNTS)
def test_moving_rows_costs_at_least_the_shift_of_their_mean(p, q):
    assert measure("mean_shift", p, q) <= measure("wasserstein", p, q) + 1e-6


@pytest.mark.parametrize("name", ["wasserstein", "mean_shift"])
@QUICK
@given(p=COUNTS, q=COUNTS, factor=st.floats(0.01, 100), offset=st.floats(-50, 50))
def test_the_unit_of_measurement_does_not_matter(name, p, q, factor, offset):
    plain, scaled = (
        DISTANCES[name].measure(*(Sample.from_counts(one, centers=centers) for one in (p, q)))[0]
        for centers in (CENTERS, CENTERS * factor + offset)
    )
    assert scaled == pytest.approx(plain, rel=1e-4, abs=1e-6)


@pytest.mark.parametrize("name", ["ks", "cramer_von_mises", "anderson_darling"])
@QUICK
@given(p=COUNTS, q=COUNTS)
def test_only_the_order_of_values_matters(name, p, q):
    plain, stretched = (
        DISTANCES[name].measure(*(Sample.from_counts(one, centers=centers) for one in (p, q)))[0]
        for centers in (CENTERS, np.exp(CENTERS))
    )
    assert stretched == plain


@pytest.mark.parametrize("name", sorted(DISTANCES))
@QUICK
@given(p=COUNTS, q=COUNTS, times=st.integers(2, 50))
def test_more_rows_of_the_same_shares_are_the_same_distance_and_stronger_evidence(name, p, q, times):
    p, q = p + 50, q + 50
    few, many = (
        DISTANCES[name].evaluate(*(Sample.from_counts(one * factor, centers=CENTERS) for one in (p, q)))
        for factor in (1, times)
    )
    if name in ("kl", "psi"):
        assert many.value[0] >= few.value[0] - CLOSE  # the half row weighs less
    else:
        assert many.value[0] == pytest.approx(few.value[0])
    assert many.null[0] <= few.null[0]
    assert many.debiased[0] >= few.debiased[0] - CLOSE
    if not np.isnan(few.p[0]):
        assert many.p[0] <= few.p[0] + 1e-6
