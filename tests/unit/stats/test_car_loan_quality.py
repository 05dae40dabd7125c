"""On the bundled data quality falls after the onset, estimates say so without outcomes, and a tolerance is passed."""

import math
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn import metrics as sk

import seamark.demo
from seamark.stats.binning import numeric_bins
from seamark.stats.expected import Calibration, Misses
from seamark.stats.joined import BusinessSum, Joined
from seamark.stats.scorecard import Scorecard
from seamark.stats.sequential import Watch, level_of

DATA = Path(seamark.demo.__file__).parent / "data"
CHUNK, ONSET = 5_000, 5  # the population changes after the fifth chunk
HOUR = 3_600_000_000


def joined_rows(frame, outcomes):
    score = frame["y_pred_proba"].to_numpy().astype(float)
    said = frame["y_pred"].to_numpy().astype(float)
    return Joined(
        outcomes,
        said,
        score[:, None],
        business={"refused": (1 - said, np.ones(len(said)))},
    )


def part(joined, start):
    rows = slice(start, start + CHUNK)
    refused = tuple(side[rows] for side in joined.business["refused"])
    return Joined(joined.outcome[rows], joined.predicted[rows], joined.scores[rows], business={"refused": refused})


def load():
    reference = pq.read_table(DATA / "reference.parquet")
    analysis = pq.read_table(DATA / "analysis.parquet")
    outcomes = pq.read_table(DATA / "outcomes.parquet")
    came = dict(zip(outcomes["id"].to_pylist(), outcomes["repaid"].to_pylist(), strict=True))
    later = np.array([came[each] for each in analysis["id"].to_pylist()], dtype=float)
    return joined_rows(reference, reference["repaid"].to_numpy()), joined_rows(analysis, later)


REFERENCE, ANALYSIS = load()
CARD = Scorecard(
    "binary",
    ("0", "1"),
    edges=(numeric_bins(REFERENCE.scores[:, 0], bins=100, extra_edges=(0.5,)).edges,),
    threshold=0.5,
    business=(BusinessSum("refused"),),
)
CHUNKS = [part(ANALYSIS, start) for start in range(0, ANALYSIS.rows, CHUNK)]
VECTORS = [CARD.count(chunk) for chunk in CHUNKS]
REALISED = [CARD.metrics(vector) for vector in VECTORS]
KNOWN = Calibration.of(CARD, CARD.count(REFERENCE))
ESTIMATED = [KNOWN.metrics(CARD.score_counts(chunk)) for chunk in CHUNKS]


def values(found, name):
    return np.array([each[name].value for each in found])


def test_accuracy_falls_from_944_to_912_at_the_onset():
    before, after = (sum(VECTORS[each]) for each in (slice(0, ONSET), slice(ONSET, None)))
    assert CARD.metrics(before)["accuracy"].value == pytest.approx(0.944, abs=0.001)
    assert CARD.metrics(after)["accuracy"].value == pytest.approx(0.916, abs=0.001)
    assert REALISED[-1]["accuracy"].value == pytest.approx(0.912, abs=0.001)


@pytest.mark.parametrize(("name", "most"), [("accuracy", 0.005), ("auc", 0.005), ("f1", 0.005), ("brier_score", 0.005)])
def test_estimates_without_outcomes_are_off_by_no_more_than_half_a_point(name, most):
    assert np.abs(values(ESTIMATED, name) - values(REALISED, name)).mean() <= most


def test_the_estimate_falls_as_soon_as_the_population_changes():
    accuracy = values(ESTIMATED, "accuracy")
    assert accuracy[ONSET:].max() < accuracy[:ONSET].min() - 0.02


def test_a_band_that_learned_from_past_chunks_holds_the_realised_value():
    misses, inside = Misses(), []
    for estimated, realised in zip(ESTIMATED, REALISED, strict=True):
        band = misses.widened(estimated["accuracy"], least=0.0, most=1.0)
        inside.append(band.low <= realised["accuracy"].value <= band.high)
        misses = misses.after(estimated["accuracy"], realised["accuracy"])
    assert sum(inside) >= 9


def test_all_chunks_together_are_the_whole():
    assert np.array_equal(sum(VECTORS), CARD.count(ANALYSIS))
    whole = CARD.metrics(sum(VECTORS))
    score = ANALYSIS.scores[:, 0]
    assert whole["auc"].value == pytest.approx(sk.roc_auc_score(ANALYSIS.outcome, score), abs=1e-4)
    assert whole["average_precision"].value == pytest.approx(
        sk.average_precision_score(ANALYSIS.outcome, score), abs=2e-3
    )
    assert whole["log_loss"].value == pytest.approx(sk.log_loss(ANALYSIS.outcome, score), abs=1e-4)
    assert whole["refused"].value == pytest.approx(1 - ANALYSIS.predicted.mean(), abs=1e-9)


def test_a_tolerated_error_of_six_and_a_half_percent_is_passed_soon_after_the_onset_and_never_before():
    watch, level, told = Watch(0.065), level_of(2.0), []
    wrong = (ANALYSIS.outcome != ANALYSIS.predicted).astype(float)
    for hour, start in enumerate(range(0, ANALYSIS.rows, 250)):
        rows = wrong[start : start + 250]
        watch = watch.fed({hour * HOUR: (float(rows.sum()), float(len(rows)))}, hour * HOUR)
        if watch.strength >= level:
            told.append(start)
            watch = watch.restarted()
    assert told
    assert math.isclose(watch.tolerance, 0.065)
    assert ONSET * CHUNK < told[0] < ONSET * CHUNK + 2 * CHUNK
