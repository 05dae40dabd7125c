"""A gap between groups that is wider than tolerated is an incident, and what is due to chance is not."""

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, binary_columns

from seamark.clock import HOUR_US
from seamark.errors import InvalidInput, NotFound
from seamark.query.questions import Questions
from seamark.records.options import ModelOptions
from seamark.records.window import Window

MONITOR = "fairness.sex:selection_rate_gap"


def of_two_sexes(rng, rows):
    return {**binary_columns(rng, rows), "segment.sex": rng.choice(["f", "m"], rows)}


def against_women(_rng, columns):
    fewer = columns["segment.sex"] == "f"
    return {**columns, "prediction": np.where(fewer & (columns["score"] < 0.8), 0.0, columns["prediction"])}


def served(seed, faults, tolerance=0.1):
    options = ModelOptions(window_seconds=3600, baseline="static", segments=("sex",), fairness={"sex": tolerance})
    model = ServedModel(seed, rows_an_hour=150, columns=of_two_sexes, options=options, faults=faults)
    model.run(36, tick_hours=3)
    return model


def gaps(model):
    return [alert for alert in model.alerts() if alert.monitor == MONITOR]


def ask(model, dimension="sex", selected=""):
    window = Window(START_US + 24 * HOUR_US, START_US + 36 * HOUR_US)
    return Questions(model.store).groups(
        PROJECT, NAME, dimension, window=window, selected=selected, now_us=model.now_us
    )


def test_a_gap_wider_than_tolerated_is_an_incident_that_says_so():
    model = served(1, [(20, against_women)])
    (alert,) = gaps(model)
    assert alert.value > alert.threshold > 0.1
    assert alert.opened_us > START_US + 20 * HOUR_US
    (cause,) = [each for incident in model.incidents() for each in incident.causes if each.kind == "groups"]
    assert cause.summary == "groups of sex are selected too differently"
    assert "are selected, a gap of" in cause.evidence[0]
    answer = ask(model)
    assert (answer["gap"]["high"], answer["gap"]["low"]) == ("sex=m", "sex=f")
    assert answer["gap"]["size"] - answer["gap"]["margin"] > 0.1
    low, rate, high = (np.array(answer["groups"][name]) for name in ("low", "rate", "high"))
    assert ((low <= rate) & (rate <= high)).all()


def test_groups_that_are_selected_alike_are_no_news():
    model = served(2, [])
    assert gaps(model) == []
    assert abs(ask(model)["gap"]["size"]) < 0.1


def test_a_gap_that_is_tolerated_is_no_news():
    assert gaps(served(3, [(20, against_women)], tolerance=0.6)) == []


def test_a_question_about_what_is_not_there_says_what_is():
    model = served(4, [])
    with pytest.raises(NotFound, match="no segments of a dimension 'age'; dimensions: sex"):
        ask(model, "age")
    with pytest.raises(NotFound, match="does not predict a class 'maybe'"):
        ask(model, selected="maybe")


@pytest.mark.parametrize("fairness", [{"sex": 0.1}, {"country": 0.0}, {"country": 1.0}])
def test_a_tolerance_is_a_share_of_a_declared_dimension(fairness):
    with pytest.raises(InvalidInput, match="fairness must be"):
        ModelOptions(segments=("country",), fairness=fairness)
