"""The one-shot rule: significant among all checks *and* larger than what matters."""

import numpy as np
import pytest

from seamark.compare import Rule, compare
from seamark.errors import InvalidInput


def normal(seed, rows, mean=0.0, sd=1.0):
    return np.random.default_rng(seed).normal(mean, sd, rows)


def check(report, name, column="x"):
    return next(check for check in report[column].checks if check.name == name)


def test_a_shift_too_small_to_matter_is_no_drift_however_significant():
    report = compare({"x": normal(1, 200_000)}, {"x": normal(2, 200_000, 0.05)})
    assert check(report, "distribution").p_adjusted < 1e-6
    assert report.drifted == []


def test_a_large_effect_of_few_rows_is_no_drift_without_significance():
    report = compare({"x": normal(1, 60)}, {"x": normal(4, 60, 0.2)}, rule=Rule(smallest_distance=0.0))
    assert check(report, "distribution").p_adjusted > 0.01
    assert report.drifted == []


def test_a_shift_that_matters_is_drift():
    report = compare({"x": normal(1, 5_000)}, {"x": normal(2, 5_000, 0.3)})
    assert report.drifted == ["x"]


def test_the_effect_is_free_of_what_sampling_alone_would_show():
    report = compare({"x": normal(1, 300)}, {"x": normal(2, 300)})
    distribution = check(report, "distribution")
    assert distribution.value > 0.1
    assert distribution.effect < distribution.value


def test_the_smallest_effect_can_be_set():
    data = {"x": normal(1, 20_000)}, {"x": normal(2, 20_000, 0.2)}
    assert compare(*data).drifted == ["x"]
    assert compare(*data, rule=Rule(smallest_distance=0.2)).drifted == []


def test_more_columns_ask_for_stronger_evidence():
    quiet = {f"q{i}": normal(i, 200) for i in range(300)}
    alone = compare({"x": normal(1, 200)}, {"x": normal(2, 200, 0.4)})
    among = compare({"x": normal(1, 200), **quiet}, {"x": normal(2, 200, 0.4), **quiet})
    assert check(alone, "distribution").p == check(among, "distribution").p
    assert check(alone, "distribution").p_adjusted < check(among, "distribution").p_adjusted


def test_two_points_more_missing_values_are_drift_and_one_is_not():
    def with_missing(share):
        values = normal(3, 20_000)
        values[: int(share * len(values))] = np.nan
        return {"x": values}

    report = compare(with_missing(0.01), with_missing(0.035))
    assert report.drifted == ["x"]
    assert check(report, "missing").drifted
    assert compare(with_missing(0.01), with_missing(0.02)).drifted == []


def test_fewer_missing_values_are_drift_too():
    values = normal(3, 1_000)
    assert compare({"x": np.where(np.arange(1_000) % 5, values, np.nan)}, {"x": values}).drifted == ["x"]


def test_unseen_categories_are_drift():
    report = compare({"x": ["a", "b"] * 500}, {"x": ["a", "b"] * 480 + ["c"] * 40})
    assert check(report, "unseen").effect == pytest.approx(0.04)
    assert check(report, "unseen").drifted


def test_as_many_unseen_categories_as_chance_would_show_are_no_drift():
    def visits(seed):
        return {"page": [str(page) for page in np.random.default_rng(seed).zipf(1.4, 3_000)]}

    report = compare(visits(1), visits(2))
    assert check(report, "unseen", "page").value > 0.05
    assert check(report, "unseen", "page").effect < 0.02
    assert report.drifted == []


def test_a_category_that_few_reference_rows_may_have_missed_is_no_drift():
    report = compare({"x": ["a", "b", "c"] * 20}, {"x": ["a", "b", "c"] * 320 + ["d"] * 40})
    assert check(report, "unseen").effect > 0.02
    assert not check(report, "unseen").drifted


def test_mistyped_values_are_drift():
    report = compare({"x": [1, 2, 3] * 100}, {"x": [1, 2, 3] * 90 + ["?"] * 30})
    assert check(report, "mistyped").drifted


@pytest.mark.parametrize(("rows", "verdict"), [(49, "not enough data"), (50, "drifted")])
def test_below_the_fewest_rows_there_is_not_enough_data(rows, verdict):
    report = compare({"x": normal(1, 1_000)}, {"x": normal(2, rows, 5.0)})
    assert report["x"].verdict == verdict


def test_every_distance_of_counts_is_shown_debiased():
    shown = compare({"x": normal(1, 500)}, {"x": normal(2, 500, 0.5)})["x"].distances
    assert {"jensen_shannon", "ks", "psi", "wasserstein", "chi_squared"} <= set(shown)
    assert shown["ks"].debiased == pytest.approx(0.2, abs=0.06)
    assert shown["wasserstein"].debiased == pytest.approx(0.5, abs=0.1)


def test_distances_of_numbers_are_not_shown_for_categories():
    shown = compare({"x": ["a", "b"] * 50}, {"x": ["a", "b"] * 50})["x"].distances
    assert "psi" in shown
    assert "ks" not in shown


@pytest.mark.parametrize(
    ("rule", "field"),
    [
        (Rule(alpha=2.0), "alpha"),
        (Rule(smallest_distance=-0.1), "smallest_distance"),
        (Rule(smallest_share=float("nan")), "smallest_share"),
        (Rule(min_rows=0), "min_rows"),
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(rule, field):
    with pytest.raises(InvalidInput, match=field) as refused:
        compare({}, {}, rule=rule)
    assert refused.value.field == field


SHAPES = {
    "normal": lambda rng, n: rng.normal(size=n),
    "lognormal": lambda rng, n: np.exp(rng.normal(size=n)),
    "zero-inflated": lambda rng, n: np.where(rng.random(n) < 0.6, 0.0, rng.gamma(2.0, 50.0, n)),
    "poisson": lambda rng, n: rng.poisson(5, n),
    "rounded": lambda rng, n: rng.normal(size=n).round(1),
    "rare truth": lambda rng, n: rng.random(n) < 0.03,
    "gaps": lambda rng, n: np.where(rng.random(n) < 0.05, np.nan, rng.normal(size=n)),
    "few categories": lambda rng, n: rng.choice(list("abcde"), n, p=[0.5, 0.3, 0.12, 0.06, 0.02]),
    "many categories": lambda rng, n: (500 * rng.random(n) ** 4).astype(int).astype(str),
    "even categories": lambda rng, n: rng.integers(0, 200, n).astype(str),
}


@pytest.mark.parametrize(
    ("reference_rows", "current_rows"), [(60, 60), (60, 900), (900, 60), (400, 400), (3_000, 1_000)]
)
def test_samples_of_one_population_are_called_stable(reference_rows, current_rows):
    """400 columns a case; at alpha 0.01 even one that drifts is more than the rule promises on average."""
    rng = np.random.default_rng(7)
    reference, current = (
        {f"{name} {i}": shape(rng, rows) for name, shape in SHAPES.items() for i in range(40)}
        for rows in (reference_rows, current_rows)
    )
    report = compare(reference, current)
    assert len(report.drifted) <= 1
