"""Quality that is estimated from scores: right where it can be, additive, and honest about the rest."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression

from seamark.errors import InvalidInput
from seamark.stats.binning import numeric_bins
from seamark.stats.expected import ESTIMATED, Calibration, Misses, isotonic
from seamark.stats.intervals import Metric
from seamark.stats.joined import Joined
from seamark.stats.scorecard import Scorecard


def binary_rows(seed, rows, *, mean=0.4, threshold=0.5):
    """A model whose scores are too sure of themselves: .9 comes true 82 times in 100."""
    random = np.random.default_rng(seed)
    true = 0.12 + 0.76 * random.beta(4 * mean, 4 * (1 - mean), rows)
    score = true + (true - 0.5) * 0.2
    return Joined((random.random(rows) < true).astype(float), (score >= threshold).astype(float), score[:, None])


def class_rows(seed, rows, *, tilt=0.0):
    random = np.random.default_rng(seed)
    true = random.dirichlet([1.0 + tilt, 1.0, 1.0], rows)
    outcome = (random.random(rows)[:, None] > true.cumsum(axis=1)).sum(axis=1).clip(0, 2).astype(float)
    scores = true**1.5 / (true**1.5).sum(axis=1, keepdims=True)
    return Joined(outcome, scores.argmax(axis=1).astype(float), scores)


BINARY = Scorecard(
    "binary",
    ("0", "1"),
    edges=(numeric_bins(binary_rows(0, 20_000).scores[:, 0], bins=100, extra_edges=(0.5,)).edges,),
    threshold=0.5,
)
CLASSES = Scorecard(
    "multiclass",
    ("a", "b", "c"),
    edges=tuple(numeric_bins(column, bins=50).edges for column in class_rows(0, 20_000).scores.T),
)
OF_BINARY = Calibration.of(BINARY, BINARY.count(binary_rows(1, 40_000)))
OF_CLASSES = Calibration.of(CLASSES, CLASSES.count(class_rows(1, 40_000)))


@pytest.mark.parametrize("mean", [0.2, 0.4, 0.6])
def test_a_window_of_another_mix_of_scores_is_estimated_to_within_its_noise(mean):
    window = binary_rows(2, 20_000, mean=mean)
    realised = BINARY.metrics(BINARY.count(window))
    estimated = OF_BINARY.metrics(BINARY.score_counts(window))
    assert set(estimated) == set(ESTIMATED["binary"])
    for name, metric in estimated.items():
        assert metric.value == pytest.approx(realised[name].value, abs=0.015), name


def test_several_classes_are_estimated_to_within_their_noise():
    window = class_rows(3, 20_000, tilt=2.0)
    realised = CLASSES.metrics(CLASSES.count(window))
    estimated = OF_CLASSES.metrics(CLASSES.score_counts(window))
    assert set(estimated) == set(ESTIMATED["multiclass"])
    for name, metric in estimated.items():
        assert metric.value == pytest.approx(realised[name].value, abs=0.025), name


@pytest.mark.parametrize(
    ("card", "known", "rows"), [(BINARY, OF_BINARY, binary_rows), (CLASSES, OF_CLASSES, class_rows)]
)
def test_the_reference_itself_is_estimated_as_it_was(card, known, rows):
    reference = rows(1, 40_000)
    realised = card.metrics(card.count(reference))
    for name, metric in known.metrics(card.score_counts(reference)).items():
        assert metric.value == pytest.approx(realised[name].value, abs=0.01), name


@given(st.integers(0, 1_000), st.integers(0, 1_000))
def test_expectations_of_two_periods_add_up_to_that_of_both(one, other):
    counts = [BINARY.score_counts(binary_rows(seed, 1 + seed)) for seed in (one, other)]
    both = OF_BINARY.expected(counts[0] + counts[1])
    assert OF_BINARY.expected(counts[0]) + OF_BINARY.expected(counts[1]) == pytest.approx(both, rel=1e-9)


def test_no_rows_have_no_estimate():
    assert OF_BINARY.metrics(np.zeros(OF_BINARY.true.shape)) == {}
    assert OF_CLASSES.metrics(np.zeros(OF_CLASSES.true.shape)) == {}


def test_the_interval_holds_what_so_few_rows_realise():
    inside = 0
    for seed in range(200):
        window = binary_rows(500 + seed, 400)
        realised = BINARY.metrics(BINARY.count(window))["accuracy"].value
        estimated = OF_BINARY.metrics(BINARY.score_counts(window))["accuracy"]
        inside += estimated.low <= realised <= estimated.high
    assert inside >= 185


def test_decisions_that_do_not_follow_the_score_are_learned_from_the_reference():
    """An owner who overrules the score in a third of the cases."""

    def overruled(seed, rows, mean):
        joined = binary_rows(seed, rows, mean=mean)
        flip = np.random.default_rng(seed).random(rows) < 0.3
        return replace(joined, predicted=np.where(flip, 1 - joined.predicted, joined.predicted))

    card = replace(BINARY, threshold=None)
    known = Calibration.of(card, card.count(overruled(4, 40_000, 0.4)))
    window = overruled(5, 20_000, 0.25)
    realised, estimated = card.metrics(card.count(window)), known.metrics(card.score_counts(window))
    for name in ("accuracy", "precision", "recall", "f1"):
        assert estimated[name].value == pytest.approx(realised[name].value, abs=0.02), name


def test_a_reference_without_decisions_or_probabilities_leaves_those_estimates_out():
    rows = binary_rows(6, 5_000)
    wide = Joined(rows.outcome, scores=rows.scores * 10 - 5)
    card = Scorecard("binary", ("0", "1"), edges=(numeric_bins(wide.scores[:, 0], bins=50).edges,))
    known = Calibration.of(card, card.count(wide))
    assert set(known.metrics(card.score_counts(wide))) == {"auc", "average_precision"}


def test_bins_that_the_reference_left_empty_lie_between_their_neighbours():
    reference = binary_rows(7, 30)
    known = Calibration.of(BINARY, BINARY.count(reference))
    assert (np.diff(known.true[0]) >= 0).all()
    assert np.isfinite(BINARY.metrics(known.expected(np.ones(known.true.shape)))["accuracy"].value)


@pytest.mark.parametrize(
    ("card", "rows", "sentence"),
    [
        (Scorecard("regression"), Joined(np.ones(3), np.ones(3)), "this one is of a regression"),
        (Scorecard("binary", ("0", "1")), Joined(np.ones(3), np.ones(3)), "need the scores of a classifier"),
        (BINARY, Joined(np.ones(3), scores=np.ones((3, 1))), "outcomes of one kind alone"),
        (BINARY, Joined(np.array([0.0, 1.0])), "has no scores with an outcome"),
    ],
)
def test_a_reference_that_teaches_nothing_is_refused_in_a_sentence(card, rows, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Calibration.of(card, card.count(rows))


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(0.1, 100)), min_size=1, max_size=40),
)
def test_isotonic_is_scikit_learns(points):
    values, weights = np.array(points).T
    expected = IsotonicRegression().fit_transform(np.arange(len(values)), values, sample_weight=weights)
    assert isotonic(values, weights) == pytest.approx(expected, abs=1e-9)


# --- the band -------------------------------------------------------------------------------------------------------


def test_a_band_widens_by_what_past_misses_had_beyond_chance():
    estimated = Metric(0.9, 0.88, 0.92, 800)
    assert Misses().widened(estimated) == estimated
    missed = Misses()
    for _ in range(10):
        missed = missed.after(estimated, Metric(0.86, 0.8, 0.9, 100))
    wide = missed.widened(estimated)
    assert wide.low < 0.83
    assert wide.high > 0.97
    assert missed.widened(estimated, most=1.0).high <= 1.0
    assert missed.widened(replace(estimated, value=0.01, low=0.0, high=0.02), least=0.0).low == 0.0


def test_misses_that_chance_explains_widen_nothing():
    estimated = Metric(0.9, 0.88, 0.92, 800)
    near = Misses().after(estimated, Metric(0.905, 0.8, 0.9, 100))
    assert near.widened(estimated).low == pytest.approx(0.88)


def test_a_widened_band_holds_the_realised_value_under_a_drift_that_scores_cannot_see():
    """Each window has a concept of its own; estimates miss by more than chance, and the band learns it."""
    random = np.random.default_rng(8)
    misses, inside = Misses(), []
    for seed in range(60):
        window = binary_rows(900 + seed, 2_000)
        lost = random.random(2_000) < np.abs(random.normal(0, 0.06))
        window = replace(window, outcome=np.where(lost, 1 - window.outcome, window.outcome))
        realised = BINARY.metrics(BINARY.count(window))["accuracy"]
        estimated = OF_BINARY.metrics(BINARY.score_counts(window))["accuracy"]
        if misses.windows >= 10:
            band = misses.widened(estimated, least=0.0, most=1.0)
            inside.append(band.low <= realised.value <= band.high)
        misses = misses.after(estimated, realised)
    assert np.mean(inside) >= 0.85
