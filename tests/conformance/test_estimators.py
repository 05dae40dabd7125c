"""Laws every estimator obeys, found by discovery: a new file in `stats/estimators/` is tested at once."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from seamark.errors import InvalidInput
from seamark.stats.binning import numeric_bins
from seamark.stats.estimator import Rows, estimators
from seamark.stats.joined import Joined
from seamark.stats.scorecard import Scorecard

ESTIMATORS = estimators()
CASES = [(name, task) for name, estimator in ESTIMATORS.items() for task in estimator.estimates]
every_case = pytest.mark.parametrize(("name", "task"), CASES)


def rows_of(task, seed, rows, shift=0.0):
    """A model that knows half of what decides; the rest is noise, larger where the second feature is."""
    random = np.random.default_rng(seed)
    features = random.normal(size=(rows, 3))
    features[:, 1] += shift
    if task == "regression":
        outcome = 5 * features[:, 0] + random.normal(size=rows) * np.exp(0.5 * features[:, 1])
        return Rows(Joined(outcome, 5 * features[:, 0]), features)
    strength = 2 * features[:, 0] / np.exp(0.5 * features[:, 1])
    if task == "binary":
        score = 1 / (1 + np.exp(-strength))
        outcome = (random.random(rows) < score).astype(float)
        return Rows(Joined(outcome, (score >= 0.5).astype(float), score[:, None]), features)
    scores = np.exp(np.column_stack([strength, -strength, features[:, 2]]))
    scores /= scores.sum(axis=1, keepdims=True)
    outcome = (random.random(rows)[:, None] > scores.cumsum(axis=1)).sum(axis=1).clip(0, 2).astype(float)
    return Rows(Joined(outcome, scores.argmax(axis=1).astype(float), scores), features)


def card_of(task):
    scores = rows_of(task, 0, 5_000).joined.scores
    if task == "regression":
        return Scorecard(task, scale=5.0, error_scale=1.0)
    classes = ("0", "1") if task == "binary" else ("a", "b", "c")
    edges = tuple(numeric_bins(column, bins=50, extra_edges=(0.5,)).edges for column in scores.T)
    return Scorecard(task, classes, edges, threshold=0.5 if task == "binary" else None)


@pytest.fixture(scope="module")
def learned():
    return {
        (name, task): (card_of(task), ESTIMATORS[name].learn(card_of(task), rows_of(task, 1, 3_000)))
        for name, task in CASES
    }


def blind(rows):
    return Rows(replace(rows.joined, outcome=np.full(rows.joined.rows, np.nan)), rows.features)


@every_case
@pytest.mark.parametrize("shift", [0.0, 0.7])
def test_an_estimate_is_nearer_to_the_truth_than_the_reference_or_within_noise(learned, name, task, shift):
    card, expect = learned[name, task]
    window = rows_of(task, 2, 3_000, shift)
    realised = card.metrics(card.count(window.joined))
    reference = card.metrics(card.count(rows_of(task, 1, 3_000).joined))
    for metric, estimated in ESTIMATORS[name].metrics(card, expect(blind(window))).items():
        noise = 2 * (realised[metric].high - realised[metric].low)
        missed = abs(estimated.value - realised[metric].value)
        assert missed <= max(noise, abs(reference[metric].value - realised[metric].value)), metric


@every_case
def test_all_that_is_promised_is_estimated_inside_an_interval(learned, name, task):
    card, expect = learned[name, task]
    found = ESTIMATORS[name].metrics(card, expect(blind(rows_of(task, 3, 1_000))))
    assert set(found) == set(ESTIMATORS[name].estimates[task])
    for metric in found.values():
        assert metric.low <= metric.value <= metric.high


@every_case
def test_outcomes_of_the_window_play_no_part(learned, name, task):
    card, expect = learned[name, task]
    window = rows_of(task, 4, 500)
    assert expect(window) == pytest.approx(expect(blind(window)))
    assert len(expect(window)) == card.width


@every_case
def test_no_rows_have_no_estimate(learned, name, task):
    card, expect = learned[name, task]
    empty = rows_of(task, 5, 0)
    assert ESTIMATORS[name].metrics(card, expect(empty)) == {}


@pytest.mark.parametrize("name", ESTIMATORS)
def test_another_task_is_refused_in_a_sentence(name):
    with pytest.raises(InvalidInput, match="not of ranking ones"):
        ESTIMATORS[name].learn(Scorecard("ranking"), rows_of("binary", 6, 10))


@pytest.mark.parametrize("name", [name for name, estimator in ESTIMATORS.items() if estimator.needs])
def test_without_its_package_an_estimator_says_what_to_install(name, monkeypatch):
    for module in [each for each in sys.modules if each.partition(".")[0] == "sklearn"]:
        monkeypatch.setitem(sys.modules, module, None)
    task = next(iter(ESTIMATORS[name].estimates))
    with pytest.raises(InvalidInput, match=r"needs scikit-learn: run `pip install 'seamark\[estimate\]'`"):
        ESTIMATORS[name].learn(card_of(task), rows_of(task, 7, 100))
