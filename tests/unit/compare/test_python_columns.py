"""numpy arrays and Python lists of any types have a reading, and strange values are counted."""

import datetime as dt
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

import numpy as np
import pytest
from tests.unit.compare.readings import values_of

from seamark.compare.chunks import Reading
from seamark.compare.python_columns import hold_array, hold_objects


def mistyped_of(held):
    return held.open()(0, held.rows).mistyped


@pytest.mark.parametrize(
    ("values", "reading", "expected"),
    [
        ([1, None, 2.5], Reading.NUMBER, [1.0, None, 2.5]),
        ([True, False, None], Reading.NUMBER, [1.0, 0.0, None]),
        ([Decimal("1.5"), None], Reading.NUMBER, [1.5, None]),
        ([Fraction(1, 2), 1], Reading.NUMBER, [0.5, 1.0]),
        ([dt.timedelta(minutes=1), None], Reading.NUMBER, [60.0, None]),
        ([np.timedelta64(1, "s"), np.timedelta64("NaT")], Reading.NUMBER, [1.0, None]),
        ([np.float32(1.5), np.int8(2)], Reading.NUMBER, [1.5, 2.0]),
        (["a", None, "b", float("nan")], Reading.TEXT, ["a", None, "b", None]),
        ([b"a", b"b"], Reading.TEXT, ["a", "b"]),
        ([UUID(int=1)], Reading.TEXT, ["00000000-0000-0000-0000-000000000001"]),
        ([dt.date(1970, 1, 2), None], Reading.TIME, [86_400.0, None]),
        ([dt.datetime(1970, 1, 1, 1, tzinfo=dt.UTC), np.datetime64("NaT")], Reading.TIME, [3600.0, None]),
        ([dt.datetime(1970, 1, 1, 1, tzinfo=dt.timezone(dt.timedelta(hours=1)))], Reading.TIME, [0.0]),
        ([np.datetime64("1970-01-02")], Reading.TIME, [86_400.0]),
    ],
    ids=lambda value: str(value)[:30],
)
def test_lists_are_read_by_what_they_hold(values, reading, expected):
    held = hold_objects("x", values)
    assert held.column.reading is reading
    assert values_of(held.open()(0, held.rows)) == expected
    assert mistyped_of(held) == 0


def test_integers_past_the_largest_float_are_infinite():
    assert values_of(hold_objects("x", [10**400, -(10**400), 1]).open()(0, 3)) == [np.inf, -np.inf, 1.0]


@pytest.mark.parametrize(
    ("values", "reading", "mistyped"),
    [
        ([1, 2, 3, "x", None], Reading.NUMBER, 1),
        (["a", "b", 1, 2.5, None, float("nan")], Reading.TEXT, 2),
        ([dt.date(2020, 1, 1)] * 3 + ["soon", 7], Reading.TIME, 2),
        ([1, 2, 3, [4]], Reading.NUMBER, 1),
    ],
)
def test_values_of_the_rarer_types_are_mistyped(values, reading, mistyped):
    held = hold_objects("x", values)
    assert held.column.reading is reading
    assert mistyped_of(held) == mistyped


def test_only_booleans_make_a_boolean_column():
    assert hold_objects("x", [True, None]).column.boolean
    assert not hold_objects("x", [True, 1]).column.boolean
    assert hold_array("x", np.array([True])).column.boolean


@pytest.mark.parametrize("values", [[], [None, None]])
def test_nothing_but_missing_values_is_a_column_of_nothing(values):
    assert hold_objects("x", values).column.reading is Reading.NOTHING


@pytest.mark.parametrize("values", [[["a"]], [[[1]]], [{"a": 1}], [object()], [1j]])
def test_values_without_an_order_or_a_name_are_unreadable(values):
    column = hold_objects("x", values).column
    assert column.reading is Reading.UNREADABLE
    assert type(values[0]).__name__ in column.reason


@pytest.mark.parametrize(
    ("array", "reading", "expected"),
    [
        (np.array([1, 2], dtype=np.uint8), Reading.NUMBER, [1.0, 2.0]),
        (np.array([1.5, np.nan]), Reading.NUMBER, [1.5, None]),
        (np.array([True, False]), Reading.NUMBER, [1.0, 0.0]),
        (np.array(["1970-01-02", "NaT"], dtype="M8[D]"), Reading.TIME, [86_400.0, None]),
        (np.array([1, 2], dtype="m8[h]"), Reading.NUMBER, [3600.0, 7200.0]),
        (np.array(["a", "bb"]), Reading.TEXT, ["a", "bb"]),
        (np.array([b"a", b"bb"]), Reading.TEXT, ["a", "bb"]),
        (np.array(["a", "bb"], dtype=np.dtypes.StringDType()), Reading.TEXT, ["a", "bb"]),
        (np.array(["a", None], dtype=object), Reading.TEXT, ["a", None]),
        (np.ma.array([1.0, 2.0], mask=[False, True]), Reading.NUMBER, [1.0, None]),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_arrays_are_read_by_their_dtype(array, reading, expected):
    held = hold_array("x", array)
    assert held.column.reading is reading
    assert values_of(held.open()(0, held.rows)) == expected


@pytest.mark.parametrize("array", [np.ones((2, 2, 2)), np.ones(2, dtype=complex), np.zeros(2, dtype="i4,f4")])
def test_arrays_of_arrays_and_the_like_are_unreadable(array):
    held = hold_array("x", array)
    assert held.column.reading is Reading.UNREADABLE
    assert held.rows == 2
