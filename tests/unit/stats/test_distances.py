"""Each distance against SciPy or its closed form."""

import numpy as np
import pytest
from scipy import stats
from scipy.spatial.distance import jensenshannon
from scipy.stats import contingency

from seamark.errors import InvalidInput
from seamark.stats.distance import distances
from seamark.stats.distances.chi_squared import chi_squared
from seamark.stats.sample import Sample

DISTANCES = distances()
RANDOM = np.random.default_rng(0)
CURRENT = RANDOM.multinomial(3000, [0.3, 0.2, 0.1, 0.25, 0.15], size=20)
BASELINE = RANDOM.multinomial(5000, [0.2, 0.25, 0.15, 0.2, 0.2], size=20)
P, Q = CURRENT / 3000, BASELINE / 5000


def measure(name, current, baseline, centers=None):
    return DISTANCES[name].evaluate(
        Sample.from_counts(current, centers=centers), Sample.from_counts(baseline, centers=centers)
    )


def counted(x, y):
    """Both samples counted on their distinct values: binning without any loss."""
    values = np.unique(np.concatenate([x, y]))
    return (np.bincount(np.searchsorted(values, one), minlength=len(values)) for one in (x, y)), values


def test_jensen_shannon_is_scipys_distance_in_base_two():
    expected = [jensenshannon(p, q, base=2) for p, q in zip(P, Q, strict=True)]
    assert measure("jensen_shannon", CURRENT, BASELINE).value == pytest.approx(expected, rel=1e-12)


def test_jensen_shannon_of_disjoint_samples_is_one():
    assert measure("jensen_shannon", [5, 0], [0, 9]).value == pytest.approx([1.0])


def test_kl_and_psi_become_scipys_entropies_as_rows_grow():
    current, baseline = CURRENT * 10**6, BASELINE * 10**6
    forward, backward = stats.entropy(P, Q, axis=1), stats.entropy(Q, P, axis=1)
    assert measure("kl", current, baseline).value == pytest.approx(forward, rel=1e-6)
    assert measure("psi", current, baseline).value == pytest.approx(forward + backward, rel=1e-6)


@pytest.mark.parametrize("name", ["kl", "psi"])
def test_a_bin_that_one_side_lacks_keeps_divergences_finite(name):
    assert 0 < measure(name, [50, 0, 50], [50, 50, 0]).value[0] < 10


def test_psi_is_within_a_few_per_cent_of_the_textbook_at_a_few_thousand_rows():
    textbook = ((P - Q) * np.log(P / Q)).sum(axis=1)
    assert measure("psi", CURRENT, BASELINE).value == pytest.approx(textbook, rel=0.01)


def test_hellinger_is_its_closed_form():
    expected = np.sqrt(1 - np.sqrt(P * Q).sum(axis=1))
    assert measure("hellinger", CURRENT, BASELINE).value == pytest.approx(expected, rel=1e-9)


def test_total_variation_and_l_infinity_are_their_closed_forms():
    assert measure("total_variation", CURRENT, BASELINE).value == pytest.approx(np.abs(P - Q).sum(axis=1) / 2)
    assert measure("l_infinity", CURRENT, BASELINE).value == pytest.approx(np.abs(P - Q).max(axis=1))


def test_chi_squared_is_scipys_contingency_test():
    statistic, degrees = chi_squared(Sample.from_counts(CURRENT), Sample.from_counts(BASELINE))
    p = measure("chi_squared", CURRENT, BASELINE).p
    for at, table in enumerate(zip(CURRENT, BASELINE, strict=True)):
        expected = stats.chi2_contingency(table, correction=False)
        assert statistic[at] == pytest.approx(expected.statistic)
        assert degrees[at] == expected.dof
        assert p[at] == pytest.approx(expected.pvalue, rel=1e-9)


def test_cramers_v_is_scipys_for_samples_of_one_size():
    other = RANDOM.multinomial(3000, [0.2, 0.25, 0.15, 0.2, 0.2], size=20)
    expected = [contingency.association(np.array(table)) for table in zip(CURRENT, other, strict=True)]
    assert measure("chi_squared", CURRENT, other).value == pytest.approx(expected)


def test_cramers_v_does_not_depend_on_the_size_of_the_baseline():
    small, large = measure("chi_squared", CURRENT, BASELINE), measure("chi_squared", CURRENT, BASELINE * 1000)
    assert small.value == pytest.approx(large.value)


def test_chi_squared_pools_bins_that_expect_less_than_five_rows():
    current, baseline = [40, 60, 1, 2, 4], [400, 600, 20, 20, 30]
    statistic, degrees = chi_squared(Sample.from_counts(current), Sample.from_counts(baseline))
    pooled = stats.chi2_contingency([[40, 60, 7], [400, 600, 70]], correction=False)
    assert statistic[0] == pytest.approx(pooled.statistic)
    assert degrees[0] == 2


def test_a_single_row_in_a_hopeless_bin_is_not_significant():
    assert measure("chi_squared", [100, 100, 1], [50_000, 50_000, 1]).p[0] > 0.5


def test_ks_is_scipys_when_every_value_has_a_bin():
    x, y = RANDOM.normal(size=400), RANDOM.normal(0.2, 1.1, size=700)
    (current, baseline), values = counted(x, y)
    result = measure("ks", current, baseline, values)
    expected = stats.ks_2samp(x, y, method="asymp")
    assert result.value[0] == pytest.approx(expected.statistic)
    assert result.p[0] == pytest.approx(expected.pvalue, rel=0.15)


def test_cramer_von_mises_is_scipys_when_every_value_has_a_bin():
    x, y = RANDOM.normal(size=400), RANDOM.normal(0.12, 1.0, size=700)
    (current, baseline), values = counted(x, y)
    result = measure("cramer_von_mises", current, baseline, values)
    expected = stats.cramervonmises_2samp(x, y, method="asymptotic")
    assert result.value[0] / (1 / 400 + 1 / 700) == pytest.approx(expected.statistic, rel=0.01)
    assert result.p[0] == pytest.approx(expected.pvalue, rel=0.05)


def test_anderson_darling_is_scipys_when_every_value_has_a_bin():
    x, y = RANDOM.normal(size=400), RANDOM.normal(0.1, 1.0, size=700)
    (current, baseline), values = counted(x, y)
    result = measure("anderson_darling", current, baseline, values)
    # Scholz and Stephens standardise A² by the mean 1 and this variance of its two-sample law.
    expected = stats.anderson_ksamp([x, y], variant="midrank")
    standardised = (result.value[0] / (1 / 400 + 1 / 700) - 1) / np.sqrt(2 * (np.pi**2 - 9) / 3)
    assert standardised == pytest.approx(expected.statistic, abs=0.05)
    assert result.p[0] == pytest.approx(expected.pvalue, rel=0.1)


def test_wasserstein_is_scipys_over_the_baseline_sd_when_every_value_has_a_bin():
    x, y = RANDOM.normal(size=400), RANDOM.normal(0.3, 2.0, size=700)
    (current, baseline), values = counted(x, y)
    expected = stats.wasserstein_distance(x, y) / y.std()
    assert measure("wasserstein", current, baseline, values).value[0] == pytest.approx(expected)


def test_mean_shift_is_glass_delta_and_students_test():
    x, y = RANDOM.normal(size=400), RANDOM.normal(0.15, 2.0, size=700)
    (current, baseline), values = counted(x, y)
    result = measure("mean_shift", current, baseline, values)
    assert result.value[0] == pytest.approx(abs(x.mean() - y.mean()) / y.std())
    assert result.p[0] == pytest.approx(stats.ttest_ind(x, y).pvalue, rel=0.02)


def test_a_constant_that_changes_has_shifted_for_sure():
    result = measure("mean_shift", [0, 50], [50, 0], [1.0, 2.0])
    assert np.isfinite(result.value[0])
    assert result.value[0] >= 2
    assert result.p[0] == 0


def test_a_constant_that_stays_has_not_shifted():
    result = measure("mean_shift", [50, 0], [70, 0], [1.0, 2.0])
    assert (result.value[0], result.p[0]) == (0.0, 1.0)


@pytest.mark.parametrize(("name", "lacks"), [("wasserstein", "centers"), ("mean_shift", "moments")])
def test_a_sample_that_lacks_what_a_distance_needs_is_refused(name, lacks):
    with pytest.raises(InvalidInput, match="needs") as caught:
        measure(name, [1, 2], [2, 1])
    assert caught.value.accepted == f"a Sample with {lacks}"


def test_the_smallest_effects_are_about_the_same_shift_of_a_normal():
    # What each distance says of a shift by 0.12 sd in twenty quantile bins and a million rows.
    edges = stats.norm.ppf(np.linspace(0, 1, 21))
    shares = np.diff(stats.norm.cdf(edges))
    shifted = np.diff(stats.norm.cdf(edges - 0.12))
    centers = stats.norm.ppf((np.arange(20) + 0.5) / 20)
    for name, distance in DISTANCES.items():
        if name == "l_infinity":
            continue  # depends on the number of bins like no other
        value = measure(name, shifted * 1e9, shares * 1e9, centers).value[0]
        assert value == pytest.approx(distance.smallest_effect, rel=0.15), name
