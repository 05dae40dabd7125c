"""The default rule on seeded streams: quiet without drift, quick with it, where folklore's thresholds are neither."""

import numpy as np
import pytest
from scipy import stats

from seamark.stats.distance import distances
from seamark.stats.sample import Sample
from seamark.stats.verdict import benjamini_hochberg, drifted

DISTANCES = distances()
EDGES = stats.norm.ppf(np.linspace(0, 1, 21))
SHARES = np.full(20, 0.05)


def windows(rows, count, *, shift=0.0, seed=0):
    shares = np.diff(stats.norm.cdf(EDGES - shift))
    return Sample.from_counts(np.random.default_rng(seed).multinomial(rows, shares, count))


def baselines(count, rows=50_000):
    return Sample.from_counts(np.random.default_rng(99).multinomial(rows, SHARES, count))


def verdicts(rows, *, shift=0.0, name="jensen_shannon", models=300, signals=20):
    """Share of windows of a model with a verdict of drift on any of its signals, and of all series."""
    result = DISTANCES[name].evaluate(windows(rows, models * signals, shift=shift), baselines(models * signals))
    p = result.p.reshape(models, signals)
    adjusted = np.stack([benjamini_hochberg(row) for row in p])
    found = drifted(adjusted, result.debiased.reshape(models, signals), DISTANCES[name].smallest_effect)
    return found.any(axis=1).mean(), found.mean()


@pytest.mark.parametrize("rows", [50, 168, 1000, 20_000])
def test_without_drift_at_most_one_window_in_fifty_has_any_verdict(rows):
    assert verdicts(rows, models=3000)[0] <= 0.02


@pytest.mark.parametrize(("rows", "shift"), [(168, 0.8), (1000, 0.35), (20_000, 0.15)])
def test_with_drift_nearly_every_window_has_one(rows, shift):
    assert verdicts(rows, shift=shift)[1] > 0.95


def test_a_harmless_jitter_is_no_drift_however_many_rows_show_it():
    # .05 sd between windows: KS p < .05 alone fires on more and more of them.
    assert verdicts(200_000, shift=0.05)[1] < 0.01
    p = DISTANCES["ks"].evaluate(windows(200_000, 200, shift=0.05), baselines(200, 10**7)).p
    assert (p < 0.05).all()


def test_raw_values_misfire_where_debiased_ones_do_not():
    # 100 rows in ten bins, no drift: the raw distance is mostly noise.
    random = np.random.default_rng(1)
    current = Sample.from_counts(random.multinomial(100, np.full(10, 0.1), 4000))
    baseline = Sample.from_counts(random.multinomial(10**6, np.full(10, 0.1), 4000))
    js, psi = (DISTANCES[name].evaluate(current, baseline) for name in ("jensen_shannon", "psi"))
    assert (js.value > 0.1).mean() > 0.75
    assert (js.debiased > 0.1).mean() < 0.15
    assert (psi.value > 0.1).mean() > 0.3
    assert (psi.debiased > 0.1).mean() < 0.05


def test_debiasing_takes_off_noise_and_leaves_the_shift():
    for name in ("jensen_shannon", "psi", "ks", "hellinger", "total_variation"):
        truth = DISTANCES[name].measure(
            Sample.from_counts(np.diff(stats.norm.cdf(EDGES - 0.6)) * 1e12), Sample.from_counts(SHARES * 1e12)
        )[0]
        result = DISTANCES[name].evaluate(windows(300, 2000, shift=0.6), baselines(2000))
        assert abs(result.debiased.mean() - truth) < abs(result.value.mean() - truth), name
        assert result.debiased.mean() == pytest.approx(truth, rel=0.12), name


def test_a_vocabulary_of_five_hundred_words_is_noise_and_its_thirty_most_frequent_are_not():
    shares = 1 / np.arange(1, 501)
    shares /= shares.sum()
    grouped = np.append(shares[:30], shares[30:].sum())
    random = np.random.default_rng(2)
    raw, top = (
        DISTANCES["jensen_shannon"].evaluate(
            Sample.from_counts(random.multinomial(3000, each, 200)),
            Sample.from_counts(random.multinomial(3000, each, 200)),
        )
        for each in (shares, grouped)
    )
    assert raw.value.mean() > 0.15
    assert top.value.mean() < 0.08
    assert np.mean(top.debiased > 0.05) < 0.02
