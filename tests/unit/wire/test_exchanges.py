"""What the values of an answer are: by the owner's words, by their names, by their form, and never by a guess."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, request

from seamark.errors import InvalidInput
from seamark.wire.exchanges import Exchange, Gathering, answers_of, batch_of, columns_of
from seamark.wire.payloads import Payload
from seamark.wire.sheets import Naming, Sheet, cell, sheet_of


def named(**columns):
    """An answer whose columns have names."""
    return Sheet(len(next(iter(columns.values()))), columns)


def unnamed(*rows):
    return sheet_of([list(row) for row in rows])


def told(sheet, *outputs):
    return answers_of(sheet, Naming(outputs=outputs))


@pytest.mark.parametrize(
    "name", ["prediction", "predict", "y_pred", "Predicted Label", "output_label", "class", "label"]
)
def test_a_column_called_like_a_prediction_is_one(name):
    assert told(named(**{name: [1, 0], "other": ["a", "b"]})) == {"prediction": [1, 0]}


@pytest.mark.parametrize("name", ["score", "probability", "predict_proba", "probabilities", "Confidence"])
def test_a_column_called_like_a_score_is_one_per_row_or_per_class(name):
    assert told(named(**{name: [0.5, 0.25]})) == {"score": [0.5, 0.25]}
    assert told(named(**{name: [[0.5, 0.5], [0.25, 0.75]]})) == {"score.0": [0.5, 0.25], "score.1": [0.5, 0.75]}
    assert told(named(**{name: [{"no": 0.5, "yes": 0.5}, {"yes": 1.0}]})) == {
        "score.no": [0.5, None],
        "score.yes": [0.5, 1.0],
    }


def test_a_prediction_and_its_probabilities_stand_beside_each_other():
    found = told(named(label=["yes", "no"], probabilities=[[0.1, 0.9], [0.8, 0.2]]))
    assert found == {"prediction": ["yes", "no"], "score.0": [0.1, 0.8], "score.1": [0.9, 0.2]}


def test_the_only_column_is_the_prediction_whatever_it_is_called():
    assert told(named(dense_2=[0.5, 0.25])) == {"prediction": [0.5, 0.25]}
    assert told(unnamed([3.5], [4.5])) == {"prediction": [3.5, 4.5]}


def test_rows_that_add_up_to_one_are_classes_and_the_likeliest_is_the_prediction():
    assert told(unnamed([0.2, 0.5, 0.3], [1, 0, 0])) == {
        "prediction": ["1", "0"], "score.0": [0.2, 1], "score.1": [0.5, 0], "score.2": [0.3, 0],
    }  # fmt: skip
    assert told(named(cat=[0.25], dog=[0.75])) == {"prediction": ["dog"], "score.cat": [0.25], "score.dog": [0.75]}


@pytest.mark.parametrize("row", [[0.5, 0.6], [1.5, -0.5], [3.0, 4.0], [0.5, None], ["a", "b"], [True, False]])
def test_values_that_may_be_anything_are_refused_until_the_owner_says_what_they_are(row):
    with pytest.raises(InvalidInput, match='as in outputs = \\["prediction", "score"\\]'):
        told(unnamed(row))
    assert told(unnamed(row), "", "prediction") == {"prediction": [row[1]]}


def test_one_row_that_is_no_distribution_makes_none_of_them_one():
    with pytest.raises(InvalidInput):
        told(unnamed([0.5, 0.5], [0.5, 0.6]))


def test_the_owners_words_go_before_every_name():
    sheet = named(prediction=[1], score=[0.5])
    assert told(sheet, "score", "") == {"score": [1]}
    with pytest.raises(InvalidInput, match="2 values a row, and the model's outputs are 1"):
        told(sheet, "prediction")


@given(st.lists(st.lists(st.floats(0.01, 1), min_size=3, max_size=3), min_size=1, max_size=6))
def test_of_any_probabilities_the_prediction_is_the_likeliest_class(weights):
    rows = [[weight / sum(row) for weight in row] for row in weights]
    found = told(unnamed(*rows))
    scores = list(zip(*(found[f"score.{place}"] for place in range(3)), strict=True))
    assert [list(row) for row in scores] == rows
    assert all(row[int(likeliest)] == max(row) for row, likeliest in zip(rows, found["prediction"], strict=True))


@pytest.mark.parametrize(
    ("value", "becomes"),
    [([7], 7), ([[7]], 7), ([1, 2], [1, 2]), ([[1, 2], [3, 4]], [1, 2, 3, 4]), ("x", "x"), (None, None), ([], [])],
)
def test_a_list_of_one_is_its_item_and_nested_lists_are_one_vector(value, becomes):
    assert cell(value) == becomes


def exchange(asked, said, **changed):
    payloads = (Payload("application/json", json.dumps(each).encode()) for each in (asked, said))
    return Exchange(changed.pop("id", "e"), NOW, "m", *payloads, **changed)


def test_weight_and_latency_of_a_request_are_those_of_each_of_its_rows():
    found = columns_of(exchange([[1], [2]], [0, 1], weight=4.0, latency_ms=12.5), Naming())
    assert (found["weight"], found["latency_ms"]) == ([4.0, 4.0], [12.5, 12.5])


def test_a_row_that_is_wrong_is_refused_and_the_others_are_kept():
    gathering = Gathering()
    for place, id in enumerate(["good", "x" * 300, "fine"]):
        gathering.add("m", columns_of(exchange([[1]], [0], id=id), Naming()), place)
    [group] = gathering.take()
    assert group.parts == [(0, 1), (1, 1), (2, 1)]
    batch = batch_of(group.columns, request(partial=True), LIMITS)
    assert batch.table.column("id").to_pylist() == ["good", "fine"]
    assert [refused.row for refused in batch.refused] == [1]


def test_a_feature_of_mixed_types_in_one_batch_is_mistyped_not_lost():
    gathering = Gathering()
    for amount in (1.5, 2.5, "three"):
        gathering.add("m", columns_of(exchange([{"amount": amount}], [0]), Naming()))
    batch = batch_of(gathering.take()[0].columns, request(partial=True), LIMITS)
    assert batch.table.column("feature.amount").to_pylist() == [1.5, 2.5, None]
    assert batch.table.column("mistyped.amount").to_pylist() == [None, None, "three"]


def test_an_answer_of_another_number_of_rows_is_no_answer_to_the_question():
    with pytest.raises(InvalidInput, match="The request has 2 rows and its response 3"):
        columns_of(exchange([[1], [2]], [0, 1, 2]), Naming())


@pytest.mark.parametrize(
    "said", [{"predictions": None}, {"outputs": []}, {"error": "no"}, {"choices": [{"text": "hi"}]}, []]
)
def test_an_answer_that_says_nothing_known_is_refused_or_kept_whole(said):
    try:
        found = columns_of(exchange([[1]], said), Naming())
    except InvalidInput:
        return
    assert set(found) == {"id", "time", "version", "feature.input_0", "prediction"}
