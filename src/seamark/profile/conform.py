"""Columns of rows as the arrays the counting kernel takes, whatever type a caller sent.

A feature's kind is fixed by its bin set; the values of a later batch may come as numbers, text or
booleans. Numbers in text are read; what cannot be read is *mistyped*, never an error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

_NUMBER = r"^\s*[+-]?((\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[iI]nf(inity)?|[nN]a[nN])\s*$"


@dataclass(frozen=True, slots=True)
class Numbers:
    """float64[N] with NaN for missing; `mistyped` bool[N] or None where all could be read."""

    values: NDArray[np.float64]
    mistyped: NDArray[np.bool_] | None = None


@dataclass(frozen=True, slots=True)
class Texts:
    """UTF-8 text as offsets int32|int64[N+1] and bytes; `missing` bool[N] or None."""

    offsets: NDArray[np.int64]
    data: NDArray[np.uint8]
    missing: NDArray[np.bool_] | None = None


def numbers(column: pa.ChunkedArray | pa.Array) -> Numbers:
    """The column as numbers; booleans are 0 and 1, text is read where it holds a number."""
    array = flat(column)
    if is_list(array.type):
        return Numbers(np.full(len(array), np.nan), array.is_valid().to_numpy(zero_copy_only=False))
    if pa.types.is_boolean(array.type):
        array = pc.cast(array, pa.int8())
    if is_text(array.type):
        return _numbers_in_text(array)
    return Numbers(_with_nan(array))


def texts(column: pa.ChunkedArray | pa.Array) -> Texts:
    """The column as text; whole numbers print without a fraction, booleans as true and false."""
    array = _as_text(flat(column))
    if isinstance(array, pa.StringViewArray):
        array = pc.cast(array, pa.large_string())
    wide = pa.types.is_large_string(array.type)
    _, offset_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int64 if wide else np.int32) if offset_buffer else np.zeros(1)
    offsets = offsets[array.offset : array.offset + len(array) + 1].astype(np.int64, copy=False)
    data = np.frombuffer(data_buffer, dtype=np.uint8) if data_buffer else np.empty(0, dtype=np.uint8)
    missing = array.is_null().to_numpy(zero_copy_only=False) if array.null_count else None
    return Texts(offsets, data, missing)


def text_values(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column as an Arrow string array."""
    return _as_text(flat(column))


def flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """The column in one piece, without a dictionary."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # combine_chunks of an empty column stays chunked
        array = pa.concat_arrays(array.chunks) if array.num_chunks else pa.array([], type=array.type)
    return array.dictionary_decode() if isinstance(array, pa.DictionaryArray) else array


def is_list(kind: pa.DataType) -> bool:
    """Whether values of this type are vectors."""
    return bool(pa.types.is_list(kind))


def is_text(kind: pa.DataType) -> bool:
    """Whether values of this type are texts."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _with_nan(array: pa.Array) -> NDArray[np.float64]:
    if pa.types.is_null(array.type):
        return np.full(len(array), np.nan)
    values = array if pa.types.is_float64(array.type) else pc.cast(array, pa.float64(), safe=False)
    if values.null_count:
        values = pc.fill_null(values, float("nan"))
    return np.asarray(values.to_numpy(zero_copy_only=False), dtype=np.float64)


def _numbers_in_text(array: pa.Array) -> Numbers:
    readable = pc.match_substring_regex(array, _NUMBER)
    values = _with_nan(pc.cast(pc.utf8_trim_whitespace(pc.if_else(readable, array, None)), pa.float64()))
    mistyped = pc.fill_null(pc.invert(readable), fill_value=False).to_numpy(zero_copy_only=False)
    return Numbers(values, mistyped if mistyped.any() else None)


def _as_text(array: pa.Array) -> pa.Array:
    if is_text(array.type):
        return array
    if is_list(array.type):  # no category; counting calls it mistyped
        return pa.nulls(len(array), pa.string())
    if pa.types.is_null(array.type) or pa.types.is_boolean(array.type) or pa.types.is_integer(array.type):
        return pc.cast(array, pa.string())
    values = _with_nan(array)
    whole = np.isfinite(values) & (values == np.floor(values)) & (np.abs(values) < 2.0**53)
    as_integer = pc.cast(pa.array(np.where(whole, values, 0.0).astype(np.int64)), pa.string())
    as_float = pc.cast(pa.array(values, mask=np.isnan(values)), pa.string())
    return pc.if_else(pa.array(whole), as_integer, as_float)
