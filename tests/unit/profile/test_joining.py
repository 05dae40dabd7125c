"""Batches that type a column differently are joined without losing a row or inventing a value."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.profile.conform import numbers
from seamark.profile.joining import join_tables

doubles = st.lists(st.none() | st.floats(-1e6, 1e6), min_size=1, max_size=5).map(lambda v: pa.array(v, pa.float64()))
wholes = st.lists(st.none() | st.integers(-1000, 1000), min_size=1, max_size=5).map(lambda v: pa.array(v, pa.int64()))
words = st.lists(st.none() | st.text("abc", max_size=3), min_size=1, max_size=5).map(lambda v: pa.array(v, pa.string()))
truths = st.lists(st.none() | st.booleans(), min_size=1, max_size=5).map(lambda v: pa.array(v, pa.bool_()))
nothing = st.integers(1, 5).map(pa.nulls)
columns = doubles | wholes | words | truths | nothing


def table(column, name="feature.x"):
    return pa.table({"id": [f"p{at}" for at in range(len(column))], name: column})


@given(st.lists(columns, min_size=1, max_size=4))
def test_every_row_is_there_once_and_in_order(parts):
    joined = join_tables([table(part) for part in parts])
    assert joined["id"].to_pylist() == [f"p{at}" for part in parts for at in range(len(part))]
    missing = [value is None for part in parts for value in part.to_pylist()]
    assert [value is None for value in joined["feature.x"].to_pylist()] == missing


@given(st.lists(doubles | wholes, min_size=1, max_size=4))
def test_numbers_stay_the_numbers_they_are(parts):
    found = numbers(join_tables([table(part) for part in parts])["feature.x"]).values
    expected = [float("nan") if value is None else float(value) for part in parts for value in part.to_pylist()]
    assert found.tolist() == pytest.approx(expected, nan_ok=True)


@given(doubles, words)
def test_numbers_beside_words_are_read_back_as_numbers(some, others):
    joined = join_tables([table(some), table(others)])["feature.x"]
    assert pa.types.is_string(joined.type)
    found = numbers(joined)
    expected = [float("nan") if value is None else value for value in some.to_pylist()]
    assert found.values[: len(some)].tolist() == pytest.approx(expected, nan_ok=True)
    assert found.mistyped is None or not found.mistyped[: len(some)].any()


@given(truths, words)
def test_yes_and_no_beside_words_read_as_they_are_shown(some, others):
    joined = join_tables([table(some), table(others)])["feature.x"].to_pylist()
    shown = {True: "true", False: "false", None: None}
    assert joined == [*(shown[value] for value in some.to_pylist()), *others.to_pylist()]


def test_a_column_that_a_batch_lacks_is_missing_in_its_rows():
    joined = join_tables([table(pa.array([1.0])), table(pa.array([2.0]), "feature.y")])
    assert joined["feature.x"].to_pylist() == [1.0, None]
    assert joined["feature.y"].to_pylist() == [None, 2.0]


def test_other_columns_keep_their_type_where_one_becomes_text():
    first = table(pa.array([1.0])).append_column("score", pa.array([0.5]))
    second = table(pa.array(["a"])).append_column("score", pa.array([0.7]))
    joined = join_tables([first, second])
    assert joined["score"].type == pa.float64()
    assert joined["feature.x"].to_pylist() == ["1", "a"]


def test_a_single_batch_is_itself():
    only = table(pa.array([1.0, None]))
    assert join_tables([only]).equals(only)
