"""Whoever sends attributions is told at once whether they belong to the model."""

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, ServedModel

from seamark.errors import Conflict, InvalidInput
from seamark.query.questions import Questions
from seamark.records.attribution import Explained, Scale


@pytest.fixture(scope="module")
def served():
    return ServedModel(63)


def told(served, explained=None, **features):
    columns = {f"feature.{name}": pa.array(values) for name, values in features.items()}
    columns |= {f"attribution.{name}": pa.array(np.zeros(len(values))) for name, values in features.items()}
    table = pa.table(columns).replace_schema_metadata((explained or Explained()).to_metadata())
    return Questions(served.store).attributable(PROJECT, NAME, table)


def test_what_will_be_used_is_said(served):
    assert told(served, amount=[1.0], age=[2.0]) == [
        "Attributions of amount, age are put on the bins of fraud at the next tick."
    ]


def test_what_the_model_does_not_have_is_said_too(served):
    assert told(served, amount=[1.0], shoes=[2.0])[1] == "Not a feature of fraud, and not used: shoes."


PER_BIN = Explained(per_bin=True)


@pytest.mark.parametrize(
    ("explained", "features", "sentence"),
    [
        (None, {"shoes": [1.0]}, "Not one is a feature of fraud: shoes. It has age, amount, country, device"),
        (Explained("score.cat"), {"age": [1.0]}, "The model has no target 'score.cat' that .*; it has score"),
        (PER_BIN, {"age": ["old"]}, "age is a number in this model; send edges and not categories"),
        (PER_BIN, {"country": [1.0]}, "country is a category in this model; send categories and not edges"),
        (PER_BIN, {"country": ["XX", "YY"]}, "knows none of the categories of country; it knows FR, US, BR, DE"),
    ],
)
def test_what_does_not_fit_is_refused(served, explained, features, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        told(served, explained, **features)


def test_rows_may_have_any_values_as_predictions_may(served):
    assert told(served, age=["old", "41"], country=[1.0, 2.0])
    assert told(served, PER_BIN, country=["XX", "FR"])


def test_a_model_without_bins_cannot_take_any():
    with pytest.raises(Conflict, match=r"no bins yet.*send its reference first"):
        told(ServedModel(64, reference_rows=0), age=[1.0])


def classes(rng, rows):
    return {"feature.age": rng.normal(40, 10, rows), "score.cat": rng.random(rows), "score.dog": rng.random(rows)}


def test_of_several_targets_one_must_be_named():
    served = ServedModel(65, columns=classes)
    with pytest.raises(InvalidInput, match=r"not one target .*; it has score\.cat, score\.dog"):
        told(served, age=[1.0])
    assert told(served, Explained("score.dog", Scale.LOG_ODDS), age=[1.0])


def test_a_predicted_number_has_no_log_odds():
    served = ServedModel(66, columns=lambda rng, rows: {"feature.x": rng.random(rows), "prediction": rng.random(rows)})
    assert told(served, x=[1.0])
    with pytest.raises(InvalidInput, match="'prediction' cannot be in log-odds"):
        told(served, Explained(scale=Scale.LOG_ODDS), x=[1.0])


def test_a_model_that_answers_nothing_has_nothing_to_explain():
    served = ServedModel(67, columns=lambda rng, rows: {"feature.x": rng.random(rows)})
    with pytest.raises(InvalidInput, match="neither scores nor predictions"):
        told(served, x=[1.0])
