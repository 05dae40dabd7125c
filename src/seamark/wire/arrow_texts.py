"""Arrow's text types as plain `string`, without believing what they say about themselves.

A dictionary or a view may name one long text many times, so what they expand to is added up first. The slot of a
missing view may hold anything: validation skips it, kernels do not.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

_VIEW_INTEGERS = 4  # a view is 16 bytes that begin with the length (Arrow format, "Variable-size Binary View")


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of the values themselves, inside a dictionary."""
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def is_text(kind: pa.DataType) -> bool:
    """Whether a type is one of the text types."""
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def expanded_bytes(array: pa.Array) -> int:
    """How many bytes the texts of a column take once each stands for itself; 0 for types that cannot grow."""
    if not is_text(plain_type(array.type)):
        return 0
    if isinstance(array, pa.DictionaryArray):
        lengths = _lengths(array.dictionary)
        indices = array.indices.drop_null().to_numpy(zero_copy_only=False)
        return int(lengths[indices].sum(dtype=np.int64))
    return int(_lengths(array).sum(dtype=np.int64))


def as_strings(array: pa.Array) -> pa.Array:
    """A column of any text type as `string`."""
    if isinstance(array, pa.DictionaryArray):
        return pc.take(as_strings(array.dictionary), array.indices)
    if not pa.types.is_string_view(array.type):
        return array.cast(pa.string())
    buffers = array.buffers()
    whole = pa.Array.from_buffers(array.type, len(array), [None, pa.py_buffer(_views(array)), *buffers[2:]])
    texts = whole.cast(pa.string())
    return pc.if_else(array.is_valid(), texts, pa.scalar(None, pa.string())) if array.null_count else texts


def _lengths(array: pa.Array) -> npt.NDArray[np.int64]:
    """The bytes of each text."""
    if pa.types.is_string_view(array.type):
        return _views(array)[:, 0].astype(np.int64)
    lengths = pc.binary_length(array).fill_null(0).to_numpy(zero_copy_only=False)
    return np.asarray(lengths, np.int64)


def _views(array: pa.Array) -> npt.NDArray[np.int32]:
    """The views of an array, int32[N, 4], those of missing texts empty."""
    every = np.frombuffer(array.buffers()[1] or b"", np.int32).reshape(-1, _VIEW_INTEGERS)
    views = every[array.offset : array.offset + len(array)]
    if not array.null_count:
        return np.ascontiguousarray(views)
    return np.where(array.is_valid().to_numpy(zero_copy_only=False)[:, None], views, np.int32(0))
