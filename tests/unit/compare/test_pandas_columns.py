"""Every pandas dtype has a reading, with and without pyarrow behind it."""

import datetime as dt

import pandas as pd
import pytest
from tests.unit.compare.readings import values_of

from seamark.compare.chunks import Reading
from seamark.compare.pandas_columns import hold_series

NEW_YEAR = 1_577_836_800.0


@pytest.mark.parametrize(
    ("series", "reading", "expected"),
    [
        (pd.Series([1, 2]), Reading.NUMBER, [1.0, 2.0]),
        (pd.Series([1.5, None]), Reading.NUMBER, [1.5, None]),
        (pd.Series([True, False]), Reading.NUMBER, [1.0, 0.0]),
        (pd.Series([1, None], dtype="Int64"), Reading.NUMBER, [1.0, None]),
        (pd.Series([1.5, None], dtype="Float32"), Reading.NUMBER, [1.5, None]),
        (pd.Series([True, None], dtype="boolean"), Reading.NUMBER, [1.0, None]),
        (pd.Series([1, None], dtype="int64[pyarrow]"), Reading.NUMBER, [1.0, None]),
        (pd.Series(["a", None]), Reading.TEXT, ["a", None]),
        (pd.Series(["a", None], dtype=object), Reading.TEXT, ["a", None]),
        (pd.Series(["a", None], dtype=pd.StringDtype("python")), Reading.TEXT, ["a", None]),
        (pd.Series(["a", None], dtype=pd.StringDtype("pyarrow")), Reading.TEXT, ["a", None]),
        (pd.Series(["a", None, "a"], dtype="category"), Reading.TEXT, ["a", None, "a"]),
        (pd.Series([5, None, 5], dtype="category"), Reading.NUMBER, [5.0, None, 5.0]),
        (pd.Series([dt.date(2020, 1, 1), None], dtype="category"), Reading.TIME, [NEW_YEAR, None]),
        (pd.Series(pd.to_datetime(["2020-01-01", None])), Reading.TIME, [NEW_YEAR, None]),
        (
            pd.Series(pd.to_datetime(["2020-01-01", None])).dt.tz_localize("Asia/Tokyo"),
            Reading.TIME,
            [NEW_YEAR - 32_400, None],
        ),
        (pd.Series(pd.to_timedelta([1, None], unit="s")), Reading.NUMBER, [1.0, None]),
        (pd.Series(pd.arrays.SparseArray([0.0, 1.0])), Reading.NUMBER, [0.0, 1.0]),
    ],
    ids=lambda value: str(getattr(value, "dtype", value)),
)
def test_values_of_every_dtype(series, reading, expected):
    held = hold_series("x", series)
    assert held.column.reading is reading
    assert values_of(held.open()(0, held.rows)) == expected


@pytest.mark.parametrize(
    "series", [pd.Series(pd.period_range("2020", periods=2, freq="D")), pd.Series(pd.interval_range(0, 2))]
)
def test_periods_and_intervals_are_unreadable(series):
    assert hold_series("x", series).column.reading is Reading.UNREADABLE


def test_a_column_is_called_what_pandas_calls_its_type():
    types = [pd.Series([1], dtype=dtype).dtype for dtype in ("Int64", "boolean", "category", "float32")]
    found = [hold_series("x", pd.Series([1], dtype=dtype)).column.type for dtype in types]
    assert found == ["Int64", "boolean", "category", "float32"]
