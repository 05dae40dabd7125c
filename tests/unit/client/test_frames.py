"""One table in any library's frame becomes the same chunks, under the names the server knows."""

import itertools
import math
from datetime import UTC, datetime

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from seamark.client.frames import Defaults, Roles, cut
from seamark.client.reasons import Reason, Refused
from seamark.client.times import iso_times

NOW_US = 1_793_534_400_000_000
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
TABLE = {
    "id": ["a", "b", "c"],
    "time": [NOON, NOON, NOON],
    "amount": [1.5, math.nan, 3.0],
    "country": ["FR", None, "DE"],
    "prediction": [1, 0, 1],
    "score": [0.9, 0.1, 0.8],
    "tier": [1, 2, 3],
    "p_cat": [0.5, 0.25, 0.125],
    "ms": [1.0, 2.0, 3.0],
    "share": [10.0, 10.0, 10.0],
    "secret": ["x", "y", "z"],
}
NAMED = {"segment": ["tier"], "scores": {"cat": "p_cat"}, "latency_ms": "ms", "weight": "share", "exclude": ["secret"]}


def roles(**named):
    plain = {"id": "id", "time": "time", "prediction": "prediction", "score": "score", "scores": {}, "segment": ()}
    return Roles(**(plain | {"latency_ms": None, "weight": None, "exclude": ()} | named))


def chunks(frame, rows=100, assume_zone=None, **named):
    numbers = itertools.count()
    defaults = Defaults(lambda: f"new{next(numbers)}", NOW_US, assume_zone)
    return list(cut(frame, roles(**named), rows, defaults))


def only(frame, **named):
    (found,) = chunks(frame, **named)
    return found.chunk.columns


FRAMES = {
    "dict of lists": TABLE,
    "dict of arrays": {name: np.array(values, dtype=object) for name, values in TABLE.items()},
    "dict of tuples": {name: tuple(values) for name, values in TABLE.items()},
    "pandas": pd.DataFrame(TABLE),
    "pandas, odd index": pd.DataFrame(TABLE, index=[5.5, 1.5, 9.5]),
    "polars": pl.DataFrame(TABLE),
    "pyarrow": pa.table(TABLE),
    "record batch": pa.table(TABLE).to_batches()[0],
}


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_every_kind_of_frame_becomes_the_same_columns(frame):
    columns = only(frame, **NAMED)
    amount = columns.pop("feature.amount")
    assert math.isnan(amount[1]) or amount[1] is None
    assert amount[::2] == [1.5, 3.0]
    country = columns.pop("feature.country")
    assert country[1] is None or math.isnan(country[1])
    assert country[::2] == ["FR", "DE"]
    assert columns == {
        "id": ["a", "b", "c"],
        "time": ["2026-11-01T12:00:00.000000Z"] * 3,
        "prediction": [1, 0, 1],
        "score": [0.9, 0.1, 0.8],
        "segment.tier": ["1", "2", "3"],
        "score.cat": [0.5, 0.25, 0.125],
        "latency_ms": [1.0, 2.0, 3.0],
        "weight": [10.0, 10.0, 10.0],
    }


@pytest.mark.parametrize("frame", FRAMES.values(), ids=FRAMES)
def test_a_long_frame_is_cut_into_chunks_that_keep_its_order(frame):
    found = chunks(frame, rows=2, **NAMED)
    assert [each.chunk.rows for each in found] == [2, 1]
    assert [value for each in found for value in each.chunk.columns["id"]] == ["a", "b", "c"]


def test_a_frame_of_features_alone_gets_ids_and_the_present():
    columns = only({"amount": [1.0, 2.0]})
    assert columns["id"] == ["new0", "new1"]
    assert columns["time"] == iso_times([NOW_US] * 2)
    assert columns["feature.amount"] == [1.0, 2.0]


def test_names_that_say_what_they_are_are_believed():
    columns = only({"feature.amount": [1.0], "score.cat": [0.5], "segment.tier": ["1"], "feature.time": [3]})
    assert set(columns) == {"id", "time", "feature.amount", "score.cat", "segment.tier", "feature.time"}


def test_a_weight_or_latency_no_argument_names_is_a_feature():
    assert {"feature.weight", "feature.latency_ms"} <= set(only({"weight": [70.0], "latency_ms": [3.0]}))


def test_a_single_segment_or_exclusion_may_be_given_without_a_list():
    assert set(only(TABLE, segment="tier", exclude="secret")) >= {"segment.tier"}
    assert "feature.secret" not in only(TABLE, exclude="secret")


def test_rows_whose_id_time_or_weight_cannot_be_read_are_left_out_and_named():
    table = {
        "id": ["a", "x" * 300, None, "d", "e"],
        "time": [NOON, NOON, NOON, None, NOON],
        "w": [1.0, 1.0, 1.0, 1.0, -1.0],
        "amount": [1, 2, 3, 4, 5],
    }
    (found,) = chunks(table, weight="w")
    assert found.chunk.rows == 2
    assert found.chunk.columns["id"] == ["a", "new0"]
    assert found.chunk.columns["feature.amount"] == [1, 3]
    assert [each.reason for each in found.refused] == [Reason.INVALID_ID, Reason.INVALID_TIME, Reason.INVALID_WEIGHT]


def test_ids_that_met_a_missing_value_in_pandas_are_still_whole_numbers():
    assert only(pd.DataFrame({"id": [1, None, 3], "x": [1, 2, 3]}))["id"] == ["1", "new0", "3"]


def test_times_without_a_zone_need_an_assumed_one():
    naive = pd.DataFrame({"time": pd.to_datetime(["2026-11-01T12:00:00"]), "x": [1.0]})
    (refused,) = chunks(naive)
    assert refused.chunk.rows == 0
    assert [each.reason for each in refused.refused] == [Reason.INVALID_TIME]
    (found,) = chunks(naive, assume_zone=UTC)
    assert found.chunk.columns["time"] == ["2026-11-01T12:00:00.000000Z"]


@pytest.mark.parametrize(
    ("frame", "named", "words"),
    [
        ({"a": [1, 2], "b": [1]}, {}, "not equally long"),
        (7, {}, "A int has no columns"),
        ([{"a": 1}], {}, "A list has no columns"),
        ({"a": [1]}, {"weight": "w"}, r"There is no column 'w'; there are \['a'\]"),
        ({"a": [1]}, {"segment": ["tier"]}, "There is no column 'tier'"),
        ({"a": [1]}, {"scores": {"cat": "p"}}, "There is no column 'p'"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(frame, named, words):
    with pytest.raises(Refused, match=words) as refused:
        chunks(frame, **named)
    assert refused.value.reason is Reason.INVALID_BATCH


def test_an_empty_frame_has_no_chunks():
    assert chunks({"a": []}) == chunks({}) == chunks(pd.DataFrame({"a": []})) == []


def test_values_of_any_kind_are_plain_in_a_chunk():
    frame = pd.DataFrame(
        {"when": pd.to_datetime(["1970-01-02"]), "kind": pd.Categorical(["a"]), "n": pd.array([None], "Int64")}
    )
    columns = only(frame)
    assert (columns["feature.when"], columns["feature.kind"], columns["feature.n"]) == ([86_400.0], ["a"], [None])
