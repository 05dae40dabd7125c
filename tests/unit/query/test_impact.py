"""Which drift matters, asked of a model in service."""

import json

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, times

from seamark.clock import HOUR_US
from seamark.errors import InvalidInput, NotFound
from seamark.query.questions import Questions
from seamark.records.window import Window

QUIET, DRIFTED = (Window(START_US + first * HOUR_US, START_US + last * HOUR_US) for first, last in ((0, 12), (12, 24)))


def more_tenure(rng, columns):
    """A change of a feature the model does not use."""
    return times("feature.tenure", 3.0)(rng, columns)


def worse_amounts(_rng, columns):
    """Amounts triple, and the model answers them as it always did."""
    amount = columns["feature.amount"] * 3
    score = 1 / (1 + np.exp(-(np.log(columns["score"] / (1 - columns["score"])) + 0.8 * np.log(3))))
    return {**columns, "feature.amount": amount, "score": score, "prediction": (score > 0.5).astype(float)}


@pytest.fixture(scope="module")
def served():
    model = ServedModel(60, faults=[(12, more_tenure), (12, worse_amounts)])
    model.run(24, tick_hours=12)
    return model


def ask(served, window=DRIFTED, **asked):
    asked = {"version": "", "target": None, "top": 20, **asked}
    return Questions(served.store).impact(PROJECT, NAME, window=window, **asked, now_us=served.now_us)


def test_the_feature_that_moved_the_score_comes_before_the_one_that_moved_for_nothing(served):
    answer = ask(served)
    features = dict(zip(answer["features"]["feature"], answer["features"]["impact"], strict=True))
    assert next(iter(features)) == "feature.amount"
    assert features["feature.amount"] == pytest.approx(answer["shift"], rel=0.25)
    tenure = answer["features"]["feature"].index("feature.tenure")
    assert answer["features"]["moved_share"][tenure] > 0.3, "it drifted as visibly"
    assert abs(features["feature.tenure"]) < 0.1 * features["feature.amount"]


def test_the_answer_says_what_is_explained_and_of_what(served):
    answer = ask(served)
    assert answer["explained"] == pytest.approx(1, abs=0.25)
    assert answer["shift"] == pytest.approx(answer["mean"]["current"] - answer["mean"]["baseline"])
    assert (answer["target"], answer["attributions"], answer["n"]) == ("score", "reference", 12 * 300)
    assert answer["summary"].startswith("The mean of score moved by +0.")


def half_as_sure(_rng, columns):
    """The model itself changes; what comes in does not."""
    return {**columns, "score": columns["score"] / 2}


def against_the_amounts(rng, columns):
    columns = worse_amounts(rng, columns)
    return {**columns, "score": columns["score"] - 0.1}


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (worse_amounts, "% of that."),
        (half_as_sure, "look at the model itself"),
        (against_the_amounts, "works against it"),
    ],
)
def test_the_summary_says_whether_the_features_explain_it(fault, sentence):
    served = ServedModel(68, faults=[(12, fault)])
    served.run(24, tick_hours=12)
    assert sentence in ask(served)["summary"]


def test_a_quiet_window_has_nothing_to_explain(served):
    answer = ask(served, QUIET)
    assert answer["explained"] is None
    assert set(answer["features"]["share_explained"]) == {None}
    impacts, noise = (np.array(answer["features"][name]) for name in ("impact", "noise"))
    assert (np.abs(impacts) < 4 * noise).all()
    assert "no shift to explain" in answer["summary"]


def test_the_shift_of_a_feature_is_told_in_its_bins(served):
    features = ask(served)["features"]
    amount = features["feature"].index("feature.amount")
    assert features["gained"][amount].startswith((">", "1", "2", "3"))
    assert features["gained_by"][amount] > 0 < features["lost_by"][amount]


def test_columns_are_equally_long_plain_json_and_as_many_as_asked_for(served):
    answer = ask(served, top=3)
    assert {len(values) for values in answer["features"].values()} == {3}
    json.dumps(answer, allow_nan=False)
    assert answer["features"]["feature"] == ask(served)["features"]["feature"][:3]


def test_a_window_without_rows_answers_with_nulls(served):
    answer = ask(served, Window(0, HOUR_US))
    assert (answer["n"], answer["shift"], answer["explained"]) == (0, None, None)
    assert set(answer["features"]["impact"]) == {None}
    json.dumps(answer, allow_nan=False)


def test_a_version_that_never_answered_has_no_rows(served):
    assert ask(served, version="9")["n"] == 0
    assert ask(served, version="1")["n"] == 12 * 300


def test_a_target_nobody_attributed_to_is_refused_with_those_there_are(served):
    with pytest.raises(InvalidInput, match=r"of a target 'score\.cat'; there is score\."):
        ask(served, target="score.cat")


def three_classes(rng, rows):
    visits = rng.poisson(4, rows).astype(float)
    cat = np.where(visits > 5, 0.6, 0.2)
    return {"feature.visits": visits, "score.cat": cat, "score.dog": 0.9 - cat, "score.cow": np.full(rows, 0.1)}


def many_visits(_rng, columns):
    cat = np.full(len(columns["score.cat"]), 0.6)
    return {**columns, "feature.visits": columns["feature.visits"] + 6, "score.cat": cat, "score.dog": 0.9 - cat}


def test_of_several_classes_the_one_that_rose_most_is_explained():
    served = ServedModel(61, columns=three_classes, faults=[(12, many_visits)])
    served.run(24, tick_hours=12)
    answer = ask(served)
    assert answer["target"] == "score.cat"
    assert answer["targets"] == ["score.cat", "score.cow", "score.dog"]
    assert ask(served, target="score.dog")["shift"] == pytest.approx(-answer["shift"], abs=1e-6)


def test_a_model_that_answers_nothing_is_told_what_it_lacks():
    served = ServedModel(62, columns=lambda rng, rows: {"feature.x": rng.normal(0, 1, rows)})
    served.run(1)
    with pytest.raises(NotFound, match="neither scores nor predictions"):
        ask(served)
