"""What join files keep of rows: enough to join them, and nothing else."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.profile.traffic import predictions

from seamark.profile.indexes import OUTCOMES, distinct, id_keys, prediction_index

keys = st.lists(st.integers(0, 9) | st.integers(2**64 - 5, 2**64 - 1))


@given(keys)
def test_distinct_keys_ascend(found):
    given_keys = np.array(found, dtype=np.uint64)
    assert distinct(given_keys).tolist() == sorted(set(found))


@given(st.lists(st.text(min_size=1, max_size=5), min_size=1), st.integers(0, 5))
def test_a_key_is_of_the_id_alone_and_the_same_in_every_batch(ids, start):
    whole = id_keys(pa.table({"id": pa.array(ids, pa.string())}))
    part = id_keys(pa.table({"id": pa.array(ids, pa.string())}).slice(start))
    assert whole[start:].tolist() == part.tolist()
    assert len(set(whole.tolist())) == len(set(ids))


def test_of_predictions_the_answers_are_kept_and_only_those_features_that_are_asked_for():
    table = predictions(5, **{"segment.country": pa.array(["FR"] * 5), "score.cat": pa.array([0.5] * 5)})
    kept = ["id", "time", "version", "prediction", "score", "segment.country", "score.cat"]
    assert prediction_index().needs(table.column_names) == kept
    assert set(prediction_index(("feature.age",)).needs(table.column_names)) == {*kept, "feature.age"}
    assert prediction_index(("feature.age",)).name != prediction_index().name == prediction_index().name


def test_of_outcomes_the_values_are_kept_and_when_they_came():
    names = ["id", "time", "value.label", "value.revenue", "prediction_time", "seq"]
    assert OUTCOMES.needs(names) == ["id", "time", "value.label", "value.revenue", "seq"]


@pytest.mark.parametrize("index", [prediction_index(["feature.position"]), OUTCOMES])
def test_what_is_kept_is_the_same_rows_in_the_same_order_with_their_key(index):
    table = predictions(5).select(["id", "time"])
    made = index.made(table)
    assert made.select(["id", "time"]).equals(table)
    assert made["key"].to_numpy().tolist() == id_keys(table).tolist()
