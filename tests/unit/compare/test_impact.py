"""How much a feature's drift should have moved the score."""

import numpy as np
import pytest

from seamark.compare import compare


def world(seed, rows=4_000, shift=0.0, poor=0.3):
    """A score that depends on `income` and on `poor`, and not at all on `noise`."""
    rng = np.random.default_rng(seed)
    income = rng.normal(shift, 1.0, rows)
    group = np.where(rng.random(rows) < poor, "poor", "rich")
    score = 0.5 + 0.1 * np.tanh(income) + np.where(group == "poor", 0.2, 0.0)
    return {"income": income, "group": group, "noise": rng.normal(3 * shift, 1.0, rows), "score": score}


def test_what_moves_the_score_comes_before_what_moved_further():
    report = compare(world(1), world(2, shift=0.8))
    names = [column.name for column in report.columns if column.impact]
    assert names == ["income", "noise"]
    assert report["noise"].leading.effect > report["income"].leading.effect
    # Not quite 0: most of its current values lie in bins that hold few rows of the reference.
    assert abs(report["noise"].impact.in_sd) < abs(report["income"].impact.in_sd) / 3


def test_the_impact_of_a_lone_cause_is_the_shift_of_the_mean_score():
    for reference, current, name in (
        (world(1), world(2, shift=0.8), "income"),
        (world(1), world(2, poor=0.6), "group"),
    ):
        shift = current["score"].mean() - reference["score"].mean()
        impact = compare(reference, current)[name].impact
        assert impact.score == "score"
        assert impact.change == pytest.approx(shift, rel=0.2)
        assert impact.in_sd == pytest.approx(impact.change / reference["score"].std())


def test_missing_values_have_an_impact_too():
    reference, current = world(1), world(2)
    gap = np.arange(len(reference["income"])) % 10 == 0
    reference["income"] = np.where(gap, np.nan, reference["income"])
    reference["score"] = np.where(gap, 0.9, reference["score"])
    current["income"] = np.where(np.arange(4_000) % 2 == 0, np.nan, current["income"])
    impact = compare(reference, current)["income"].impact
    assert impact.change == pytest.approx(0.4 * (0.9 - reference["score"][~gap].mean()), rel=0.05)


def test_a_number_that_is_predicted_stands_in_for_a_score():
    reference, current = world(1), world(2, shift=0.8)
    for data in (reference, current):
        data["prediction"] = data.pop("score") * 100
    assert compare(reference, current)["income"].impact.score == "prediction"


def test_without_a_score_there_is_no_impact():
    reference, current = world(1), world(2, shift=0.8)
    del reference["score"], current["score"]
    assert compare(reference, current)["income"].impact is None


def test_the_score_itself_has_no_impact_on_itself():
    assert compare(world(1), world(2, shift=2.0))["score"].impact is None


def test_rows_without_a_score_do_not_count():
    reference, current = world(1), world(2, shift=0.8)
    whole = compare(reference, current)["income"].impact.change
    reference["score"] = np.where(np.arange(4_000) % 3 == 0, np.nan, reference["score"])
    assert compare(reference, current)["income"].impact.change == pytest.approx(whole, rel=0.1)


def test_a_score_that_is_always_missing_gives_no_impact():
    reference, current = world(1), world(2, shift=0.8)
    reference["score"] = np.full(4_000, np.nan)
    assert compare(reference, current, score="score")["income"].impact is None
