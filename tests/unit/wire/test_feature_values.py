"""A feature value never refuses a batch; it gets a type, or is kept aside as mistyped."""

from __future__ import annotations

import math

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, columns, predictions

from seamark.errors import InvalidInput
from seamark.wire.lists import features


def typed(values):
    array, mistyped = features(values, "feature.x", LIMITS)
    return array.type, array.to_pylist(), None if mistyped is None else mistyped.to_pylist()


@pytest.mark.parametrize(
    ("values", "kind", "read"),
    [
        ([1, 2.5, None], pa.float64(), [1.0, 2.5, None]),
        ([1, 2], pa.float64(), [1.0, 2.0]),
        ([True, False, None], pa.bool_(), [True, False, None]),
        (["a", None], pa.string(), ["a", None]),
        ([None, None], pa.float64(), [None, None]),
        ([2**60, 0.5], pa.float64(), [float(2**60), 0.5]),
        ([2**70, -(2**64)], pa.float64(), [float(2**70), -float(2**64)]),
    ],
)
def test_a_column_of_one_kind_gets_its_type(values, kind, read):
    assert typed(values) == (kind, read, None)


def test_an_integer_no_double_reaches_is_infinite():
    assert typed([10**400, -(10**400)])[1] == [math.inf, -math.inf]


@pytest.mark.parametrize(
    ("values", "read", "aside"),
    [
        ([1, "x", 2], [1.0, None, 2.0], [None, "x", None]),
        (["a", "b", 1, True], ["a", "b", None, None], [None, None, "1", "true"]),
        ([True, False, 1], [True, False, None], [None, None, "1"]),
        ([1.5, True], [1.5, None], [None, "true"]),
        ([1, [1, 2], {"a": None}], [1.0, None, None], [None, "[1,2]", '{"a":null}']),
    ],
)
def test_a_mixed_column_takes_the_kind_of_most_and_keeps_the_rest_aside(values, read, aside):
    assert typed(values)[1:] == (read, aside)


def test_the_first_kind_wins_a_tie():
    assert typed([1, "x"])[0] == pa.float64()
    assert typed(["x", 1])[0] == pa.string()


def test_a_column_of_nested_values_is_all_mistyped():
    assert typed([["a"], {}]) == (pa.float64(), [None, None], ['["a"]', "{}"])


def test_lists_of_numbers_are_vectors_whatever_stands_in_for_some_of_them():
    vector = pa.list_(pa.float64())
    assert typed([[1, 2.5], None, [], [None]]) == (vector, [[1.0, 2.5], None, [], [None]], None)
    assert typed([[1, "Infinity"], ["NaN", 2**80]])[1:] == ([[1.0, math.inf], [None, 2.0**80]], None)
    assert typed([[1.0], [2.0], 3, ["a"]])[1:] == ([[1.0], [2.0], None, None], [None, None, "3", '["a"]'])
    assert typed([1, 2, [3.0]])[1:] == ([1.0, 2.0, None], [None, None, "[3.0]"])


def test_infinities_and_nan_may_be_written_as_text_among_numbers():
    assert typed([1, "Infinity", "-Infinity", "NaN"])[1:] == ([1.0, math.inf, -math.inf, None], None)
    assert typed(["Infinity"])[1:] == ([math.inf], None)


def test_the_word_nan_is_a_category_among_categories():
    assert typed(["red", "NaN", "red"])[1:] == (["red", "NaN", "red"], None)


def test_python_programs_may_send_bare_nan_and_infinity():
    table = predictions({"features": {"x": math.nan, "y": math.inf}}, {"features": {"x": 1.0, "y": 2.0}}).table
    assert table["feature.x"].to_pylist() == [None, 1.0]
    assert table["feature.y"].to_pylist() == [math.inf, 2.0]


def test_rows_may_have_different_features():
    table = predictions({"features": {"a": 1}}, {"features": {"b": "x"}}, {"features": None}, {}).table
    assert table["feature.a"].to_pylist() == [1.0, None, None, None]
    assert table["feature.b"].to_pylist() == [None, "x", None, None]


def test_as_many_features_under_other_names_are_not_confused():
    table = predictions({"features": {"a": 1, "b": 2}}, {"features": {"b": 3, "c": 4}}).table
    assert table["feature.b"].to_pylist() == [2.0, 3.0]
    assert table["feature.c"].to_pylist() == [None, 4.0]


def test_long_texts_are_cut_and_counted():
    batch = columns(feature_x=["ä" * 2_000, "short", None])
    assert batch.table["feature.x"].to_pylist() == ["ä" * 1_024, "short", None]
    assert batch.shortened == 1


def test_a_text_of_exactly_the_limit_is_whole():
    batch = columns(feature_x=["ä" * 1_024])
    assert (batch.table["feature.x"][0].as_py(), batch.shortened) == ("ä" * 1_024, 0)


def test_a_value_nested_too_deeply_refuses_the_batch():
    value = "x"
    for _ in range(LIMITS.max_nesting + 1):
        value = [value]
    with pytest.raises(InvalidInput, match=r"A value of 'feature.x' is nested more than 32 levels deep"):
        predictions({"features": {"x": value}})


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=5,
)


@given(st.lists(json_values, min_size=1, max_size=20))
def test_every_value_is_read_or_missing_or_aside_and_never_two_of_them(values):
    array, mistyped = features(values, "feature.x", LIMITS)
    aside = [None] * len(values) if mistyped is None else mistyped.to_pylist()
    for value, read, text in zip(values, array.to_pylist(), aside, strict=True):
        assert read is None or text is None
        if value is None:
            assert read is None
            assert text is None
        elif not (isinstance(value, float) and math.isnan(value)) and value != "NaN":
            assert read is not None or text is not None
