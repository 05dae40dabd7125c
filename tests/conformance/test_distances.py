"""Laws every distance obeys, found by discovery: a new file in `stats/distances/` is tested at once."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import stats

from seamark.stats.distance import Distance, distances
from seamark.stats.sample import Sample

DISTANCES = distances()
ORDERED = {name for name, distance in DISTANCES.items() if "categorical" not in distance.kinds}
UNORDERED = sorted(set(DISTANCES) - ORDERED)
TESTED = sorted(name for name, distance in DISTANCES.items() if distance.p_value is not None)
CENTERS = stats.norm.ppf((np.arange(22) + 0.5) / 22)

every_distance = pytest.mark.parametrize("name", sorted(DISTANCES))
COUNTS = hnp.arrays(np.int64, (4, 6), elements=st.one_of(st.just(0), st.integers(0, 5), st.integers(0, 10**7)))
RELAXED = settings(deadline=None, derandomize=True, max_examples=40)


def sample(counts, centers=None):
    counts = np.atleast_2d(counts)
    return Sample.from_counts(counts, centers=np.arange(counts.shape[1], dtype=float) if centers is None else centers)


def shifted_shares(shift, bins=22, spread=1.0):
    """A normal's shares in the quantile bins of the standard normal."""
    edges = stats.norm.ppf(np.linspace(0, 1, bins + 1))
    return np.diff(stats.norm.cdf((edges - shift) / spread))


def evaluate(name, current, baseline):
    """Any warning (a division by zero, a NaN compared) fails the test."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return DISTANCES[name].evaluate(current, baseline)


@every_distance
def test_is_named_like_its_file_and_says_what_it_is(name):
    distance = DISTANCES[name]
    assert isinstance(distance, Distance)
    assert distance.name == name
    assert distance.title
    assert distance.unit
    assert set(distance.kinds) <= {"numeric", "categorical"}
    assert distance.kinds
    assert distance.smallest_effect > 0


@every_distance
def test_explains_itself_with_an_example(name):
    # Sentence, formula, when it misleads, a runnable example (run by tests/unit/stats/test_doctests.py).
    text = DISTANCES[name].measure.__doc__
    assert ">>> " in text
    assert text.index(".") < text.index(">>> ")


@every_distance
@RELAXED
@given(counts=COUNTS)
def test_is_zero_between_a_sample_and_itself(name, counts):
    result = evaluate(name, sample(counts), sample(counts))
    filled = counts.sum(axis=1) > 0
    assert result.value[filled] == pytest.approx(np.zeros(filled.sum()), abs=1e-7)
    assert (result.debiased[filled] == 0).all()


@every_distance
@RELAXED
@given(current=COUNTS, baseline=COUNTS)
def test_is_finite_whenever_both_sides_have_rows_and_unknown_otherwise(name, current, baseline):
    result = evaluate(name, sample(current), sample(baseline))
    filled = (current.sum(axis=1) > 0) & (baseline.sum(axis=1) > 0)
    for part in (result.value, result.null, result.debiased):
        assert (np.isfinite(part) == filled).all()
        assert (part[filled] >= 0).all()
    if name in TESTED:
        assert (np.isfinite(result.p) == filled).all()
        assert ((result.p[filled] >= 0) & (result.p[filled] <= 1)).all()
    else:
        assert np.isnan(result.p).all()


@every_distance
@RELAXED
@given(current=COUNTS, baseline=COUNTS)
def test_never_says_more_after_debiasing_than_before(name, current, baseline):
    result = evaluate(name, sample(current), sample(baseline))
    filled = ~np.isnan(result.value)
    assert (result.debiased[filled] <= result.value[filled]).all()


@every_distance
@RELAXED
@given(current=COUNTS, baseline=COUNTS)
def test_padding_changes_nothing(name, current, baseline):
    plain = evaluate(name, sample(current), sample(baseline))
    centers = np.concatenate([np.arange(6.0), np.zeros(3)])
    wide = [np.pad(counts, ((0, 0), (0, 3))) for counts in (current, baseline)]
    padded = evaluate(name, *(sample(counts, centers) for counts in wide))
    for ours, theirs in zip((plain.value, plain.null, plain.p), (padded.value, padded.null, padded.p), strict=True):
        assert ours == pytest.approx(theirs, rel=1e-6, abs=1e-9, nan_ok=True)


@every_distance
@RELAXED
@given(current=COUNTS, baseline=COUNTS)
def test_series_do_not_influence_each_other(name, current, baseline):
    together = evaluate(name, sample(current), sample(baseline))
    for at in range(len(current)):
        alone = evaluate(name, sample(current[at]), sample(baseline[at]))
        assert alone.value[0] == pytest.approx(together.value[at], nan_ok=True)
        assert alone.p[0] == pytest.approx(together.p[at], nan_ok=True)


@pytest.mark.parametrize("name", UNORDERED)
@RELAXED
@given(current=COUNTS, baseline=COUNTS, order=st.permutations(range(6)))
def test_the_order_of_categories_does_not_matter(name, current, baseline, order):
    plain = evaluate(name, sample(current), sample(baseline))
    shuffled = evaluate(name, sample(current[:, order]), sample(baseline[:, order]))
    assert plain.value == pytest.approx(shuffled.value, rel=1e-9, abs=1e-9, nan_ok=True)
    assert plain.null == pytest.approx(shuffled.null, rel=1e-6, abs=1e-9, nan_ok=True)
    assert plain.p == pytest.approx(shuffled.p, rel=1e-6, abs=1e-9, nan_ok=True)


@pytest.mark.parametrize("name", sorted(ORDERED))
def test_the_direction_of_an_ordered_signal_does_not_matter(name):
    random = np.random.default_rng(0)
    current, baseline = (
        random.multinomial(500, shifted_shares(0.3), size=5),
        random.multinomial(900, shifted_shares(0), 5),
    )
    plain = evaluate(name, sample(current, CENTERS), sample(baseline, CENTERS))
    mirrored = evaluate(name, sample(current[:, ::-1], -CENTERS[::-1]), sample(baseline[:, ::-1], -CENTERS[::-1]))
    assert plain.value == pytest.approx(mirrored.value)
    assert plain.p == pytest.approx(mirrored.p, nan_ok=True)


@every_distance
@pytest.mark.parametrize("direction", [1, -1])
def test_grows_with_a_growing_shift_and_its_p_falls(name, direction):
    shifts = np.linspace(0, 3, 31) * direction
    current = np.stack([shifted_shares(shift) for shift in shifts]) * 1000
    baseline = np.tile(shifted_shares(0), (31, 1)) * 5000
    result = evaluate(name, sample(current, CENTERS), sample(baseline, CENTERS))
    assert (np.diff(result.value) > 0).all()
    assert (np.diff(result.debiased) >= 0).all()
    if name in TESTED:
        assert (np.diff(result.p) <= 1e-12).all()
        assert result.p[-1] < 1e-6


@every_distance
def test_sees_a_shift_that_matters_in_a_thousand_rows(name):
    random = np.random.default_rng(1)
    current = random.multinomial(1000, shifted_shares(0.5), size=200)
    baseline = random.multinomial(20_000, shifted_shares(0), size=200)
    result = evaluate(name, sample(current, CENTERS), sample(baseline, CENTERS))
    assert (result.debiased > DISTANCES[name].smallest_effect).mean() > 0.99


NULL_CASES = {
    "a day of seven rows an hour": (np.full(22, 1 / 22), 168, 50_000),
    "few rows": (np.full(22, 1 / 22), 60, 50_000),
    "two windows": (np.full(22, 1 / 22), 2000, 2000),
    "many rows": (np.full(22, 1 / 22), 20_000, 200_000),
    "hundred bins": (np.full(100, 1 / 100), 1000, 50_000),
    "yes and no": (np.array([0.97, 0.03]), 500, 50_000),
    "frequent and rare": (1 / np.arange(1, 33) ** 1.3, 300, 50_000),
    "one atom": (np.array([4.0] + [0.05] * 20), 500, 50_000),
}
ROUGH = {"ks": 0.3, "l_infinity": 0.15, "wasserstein": 0.12}  # fits, as their docstrings say


@every_distance
@pytest.mark.parametrize("case", NULL_CASES)
def test_the_null_mean_is_what_sampling_alone_shows(name, case):
    shares, n, m = NULL_CASES[case]
    shares = shares / shares.sum()
    random = np.random.default_rng(2)
    centers = stats.norm.ppf(np.cumsum(shares) - shares / 2)
    current = sample(random.multinomial(n, shares, size=3000), centers)
    baseline = sample(random.multinomial(m, shares, size=3000), centers)
    distance = DISTANCES[name]
    simulated = (distance.measure(current, baseline) ** distance.power).mean()
    assert distance.null_mean(current, baseline).mean() == pytest.approx(simulated, rel=ROUGH.get(name, 0.1))


@pytest.mark.parametrize("name", TESTED)
@pytest.mark.parametrize("case", NULL_CASES)
def test_p_is_small_no_more_often_than_it_says(name, case):
    shares, n, m = NULL_CASES[case]
    shares = shares / shares.sum()
    random = np.random.default_rng(3)
    centers = stats.norm.ppf(np.cumsum(shares) - shares / 2)
    current = sample(random.multinomial(n, shares, size=4000), centers)
    baseline = sample(random.multinomial(m, shares, size=4000), centers)
    p = evaluate(name, current, baseline).p
    # Three standard errors of 4,000 draws, and what few bins cost the continuous laws.
    assert (p < 0.05).mean() < 0.05 + 0.011 + (0.03 if name in ORDERED else 0.01)
    assert (p < 0.001).mean() < 0.001 + 0.0035


@pytest.mark.parametrize("name", sorted(name for name, distance in DISTANCES.items() if distance.critical is not None))
@pytest.mark.parametrize("level", [0.05, 1e-4])
def test_the_critical_value_is_where_the_test_turns_significant(name, level):
    distance, random = DISTANCES[name], np.random.default_rng(11)
    baseline = sample(np.full((40, 22), 500), CENTERS)
    current = sample([random.multinomial(300, shifted_shares(shift)) for shift in np.linspace(0, 0.6, 40)], CENTERS)
    result = evaluate(name, current, baseline)
    reached = distance.critical(np.full(40, level), current, baseline)
    far = np.abs(result.value**distance.power / reached - 1) > 1e-3
    assert ((result.value**distance.power > reached) == (result.p < level))[far].all()
    assert far.sum() > 30
