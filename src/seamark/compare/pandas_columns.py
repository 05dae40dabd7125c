"""pandas columns to numbers and hashed texts, with and without pyarrow, without importing pandas."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
from arro3.core import ChunkedArray

from seamark.compare.arrow_columns import column_of, slicer_of
from seamark.compare.python_columns import HeldColumn, hold_array, hold_codes, hold_objects


def hold_series(name: str, series: Any) -> HeldColumn:
    """A pandas Series of any dtype."""
    dtype = series.dtype
    if isinstance(dtype, np.dtype):
        return hold_array(name, series.to_numpy())
    kind = type(dtype).__name__
    if kind == "CategoricalDtype":
        return _hold_category(name, series)
    if kind == "DatetimeTZDtype":
        return replace_type(hold_array(name, series.to_numpy(dtype="datetime64[us]")), str(dtype))
    if kind == "ArrowDtype" or getattr(dtype, "storage", "") == "pyarrow":
        held = hold_arrow(name, series.array.__arrow_array__())
        return replace_type(held, str(dtype), boolean=held.column.boolean)
    if getattr(dtype, "kind", "O") in "fiub":  # the nullable ones: Int64, Float32, boolean
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        return replace_type(hold_array(name, numbers), str(dtype), boolean=dtype.kind == "b")
    return hold_objects(name, series.to_numpy(dtype=object).tolist(), str(dtype))


def hold_arrow(name: str, values: Any) -> HeldColumn:
    """One Arrow array or chunked array of any library."""
    array = ChunkedArray.from_arrow(values)
    return HeldColumn(column_of(name, array.type), len(array), lambda: slicer_of(array.combine_chunks()))


def replace_type(held: HeldColumn, shown: str, *, boolean: bool = False) -> HeldColumn:
    """The same column under the name its own library has for its type."""
    return replace(held, column=replace(held.column, type=shown, boolean=boolean))


def _hold_category(name: str, series: Any) -> HeldColumn:
    categories, codes = series.cat.categories, series.cat.codes.to_numpy()
    if all(isinstance(category, str) for category in categories):
        return hold_codes(name, codes, list(categories), "category")
    if categories.dtype.kind in "fiub":
        numbers = np.append(categories.to_numpy(dtype=np.float64), np.nan)  # the code -1 of a missing value finds NaN
        return replace_type(hold_array(name, numbers[codes]), "category")
    return hold_objects(name, series.astype(object).tolist(), "category")
