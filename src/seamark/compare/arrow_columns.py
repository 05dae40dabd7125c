"""Arrow types to readings, and Arrow arrays to numbers and hashed texts."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import numpy as np
from arro3.core import (
    Array,
    DataType,
    RecordBatch,
    dictionary_dictionary,
    dictionary_indices,
    list_flatten,
    list_offsets,
)

from seamark.compare.arrow_buffers import ArrowBuffers
from seamark.compare.chunks import (
    SLICE_ROWS,
    Chunk,
    Column,
    Floats,
    Hashes,
    Mask,
    Numbers,
    Reading,
    Slicer,
    Texts,
    Vectors,
    slices,
)
from seamark.stats.hashing import hash_strings

# Whatever a conversion allocates is at most this many rows of one column.
_BLOCK_ROWS: Final = 16 * SLICE_ROWS
_DAY_SECONDS: Final = 86_400.0
_UNIT_SECONDS: Final = {"s": 1.0, "ms": 1e-3, "us": 1e-6, "ns": 1e-9}
_PLAIN: Final[dict[str, Any]] = {
    "Int8": np.int8,
    "Int16": np.int16,
    "Int32": np.int32,
    "Int64": np.int64,
    "UInt8": np.uint8,
    "UInt16": np.uint16,
    "UInt32": np.uint32,
    "UInt64": np.uint64,
    "Float16": np.float16,
    "Float32": np.float32,
    "Float64": np.float64,
}
_TEXT_OFFSETS: Final[dict[str, Any]] = {
    "Utf8": np.int32,
    "Binary": np.int32,
    "LargeUtf8": np.int64,
    "LargeBinary": np.int64,
}

Test = Callable[[DataType], bool]


def type_name(type_: DataType) -> str:
    """`Int64`, `Timestamp(µs)`, …: the type's own name without the wrapper arro3 prints."""
    return str(type_).strip().removeprefix("arro3.core.DataType<").removesuffix(">").strip()


def _is_decimal(type_: DataType) -> bool:
    # arro3's own test (0.9) does not know the 32- and 64-bit ones.
    return type_name(type_).startswith("Decimal")


def _is_run_end_encoded(type_: DataType) -> bool:
    # arro3's own test (0.9) denies it of types that came in from elsewhere.
    return type_name(type_).startswith("RunEndEncoded")


_IS_TEXT: Final[tuple[Test, ...]] = (
    DataType.is_string,
    DataType.is_large_string,
    DataType.is_string_view,
    DataType.is_binary,
    DataType.is_large_binary,
    DataType.is_binary_view,
    DataType.is_fixed_size_binary,
)
_READINGS: Final[tuple[tuple[Reading, tuple[Test, ...]], ...]] = (
    (Reading.NOTHING, (DataType.is_null,)),
    (Reading.NUMBER, (DataType.is_boolean, DataType.is_numeric, _is_decimal)),
    (Reading.NUMBER, (DataType.is_time, DataType.is_duration)),
    (Reading.TIME, (DataType.is_date, DataType.is_timestamp)),
    (Reading.TEXT, _IS_TEXT),
)
_LISTS: Final[tuple[Test, ...]] = (DataType.is_list, DataType.is_large_list, DataType.is_fixed_size_list)
_WRAPPED: Final[tuple[Test, ...]] = (DataType.is_dictionary, _is_run_end_encoded)


def column_of(name: str, type_: DataType) -> Column:
    """How a column of this Arrow type is read."""
    shown = type_name(type_)
    inner = _values_type(type_)
    if _is_vector(type_):
        return Column(name, Reading.VECTOR, shown)
    for reading, tests in _READINGS:
        if _any(tests, inner):
            return Column(name, reading, shown, boolean=_any((DataType.is_boolean,), inner))
    return Column(name, Reading.UNREADABLE, shown, reason=f"values of the type {shown} have no distribution to compare")


def _is_vector(type_: DataType) -> bool:
    """Whether values are lists of numbers."""
    if not _any(_LISTS, type_) or type_.value_type is None:
        return False
    return type_name(type_.value_type) in _PLAIN


def read_batch(batch: RecordBatch, columns: Sequence[Column]) -> Iterator[tuple[Chunk, ...]]:
    """The batch's `columns`, found by name, slice by slice."""
    places = [batch.schema.get_field_index(column.name) for column in columns]
    for first, last in slices(batch.num_rows, _BLOCK_ROWS):
        block = batch.slice(first, last - first)
        slicers = [slicer_of(block.column(place)) for place in places]
        for start, stop in slices(last - first):
            yield tuple(slicer(start, stop) for slicer in slicers)


def _any(tests: Sequence[Test], type_: DataType) -> bool:
    return any(test(type_) for test in tests)


def _values_type(type_: DataType) -> DataType:
    inner = type_.value_type if _any(_WRAPPED, type_) else None
    return type_ if inner is None else inner


def slicer_of(array: Array) -> Slicer:
    """What cuts chunks from rows [start, stop) of a readable array."""
    if type_name(array.type) in _PLAIN:
        return _plain_slicer(array)
    if _is_vector(array.type):
        return _vector_slicer(array)
    type_ = _values_type(array.type)
    if _any(_IS_TEXT, type_):
        return _dictionary_slicer(array) if _any((DataType.is_dictionary,), array.type) else _text_slicer(array)
    flat = array if array.type == type_ else array.cast(type_)
    if _any((DataType.is_null,), type_):
        return lambda start, stop: Numbers(np.full(stop - start, np.nan))
    if _is_decimal(type_):
        flat = flat.cast(DataType.float64())
    if _any((DataType.is_boolean,), type_):
        memory = ArrowBuffers.of(flat)
        return _number_slicer(memory.bits(1), memory.validity(), 1.0)
    return _plain_slicer(flat)


def _plain_slicer(array: Array) -> Slicer:
    dtype, scale = _layout(array.type)
    memory = ArrowBuffers.of(array)
    return _number_slicer(memory.items(1, dtype), memory.validity(), scale)


def _layout(type_: DataType) -> tuple[Any, float]:
    """The numpy type of the values buffer, and what one unit of it is in seconds (1 for plain numbers)."""
    name = type_name(type_)
    if name in _PLAIN:
        return _PLAIN[name], 1.0
    if name == "Date32":
        return np.int32, _DAY_SECONDS
    if name == "Date64":
        return np.int64, _UNIT_SECONDS["ms"]
    return np.int32 if name.startswith("Time32") else np.int64, _UNIT_SECONDS[type_.time_unit or "us"]


def _number_slicer(raw: Any, valid: Mask | None, scale: float) -> Slicer:
    def cut(start: int, stop: int) -> Numbers:
        values: Floats = raw[start:stop].astype(np.float64, copy=False)
        if scale != 1.0:
            values = values * scale
        return Numbers(values, None if valid is None else valid[start:stop])

    return cut


def _vector_slicer(array: Array) -> Slicer:
    memory = _plain_slicer(Array.from_arrow(list_flatten(array)))
    size = array.type.list_size
    if size is None:
        width = np.int32 if DataType.is_list(array.type) else np.int64
        offsets = ArrowBuffers.of(Array.from_arrow(list_offsets(array))).items(1, width)
        offsets = offsets.astype(np.int64) - offsets[0]
    else:
        offsets = np.arange(len(array) + 1) * size
    valid = ArrowBuffers.of(array).validity()

    def cut(start: int, stop: int) -> Vectors:
        values = memory(int(offsets[start]), int(offsets[stop]))
        assert isinstance(values, Numbers)  # noqa: S101 lists of numbers hold nothing else
        numbers = values.values if values.valid is None else np.where(values.valid, values.values, np.nan)
        inside = offsets[start : stop + 1] - offsets[start]
        return Vectors(inside, numbers, None if valid is None else valid[start:stop])

    return cut


def _text_slicer(array: Array) -> Slicer:
    hash_rows, text, valid = _texts(array)

    def cut(start: int, stop: int) -> Texts:
        return Texts(
            hash_rows(start, stop), None, None if valid is None else valid[start:stop], lambda i: text(start + i)
        )

    return cut


def _dictionary_slicer(array: Array) -> Slicer:
    indices = ArrowBuffers.of(Array.from_arrow(dictionary_indices(array)))
    dictionary = Array.from_arrow(dictionary_dictionary(array))
    hash_rows, text, known = _texts(dictionary)
    hashes = hash_rows(0, len(dictionary))
    codes = indices.items(1, _PLAIN[type_name(Array.from_arrow(dictionary_indices(array)).type)])
    valid = indices.validity()
    if known is not None:  # a null can also stand in the dictionary
        safe = np.where(valid, codes, 0) if valid is not None else codes
        valid = known[safe] if valid is None else valid & known[safe]

    def cut(start: int, stop: int) -> Texts:
        return Texts(hashes, codes[start:stop], None if valid is None else valid[start:stop], text)

    return cut


def _texts(array: Array) -> tuple[Callable[[int, int], Hashes], Callable[[int], str], Mask | None]:
    """(hashes of rows [start, stop), text of a row, validity) of a string or binary array."""
    plain = type_name(array.type)
    if plain not in _TEXT_OFFSETS:
        array = array.cast(DataType.large_binary())
        plain = type_name(array.type)
    memory = ArrowBuffers.of(array)
    offsets = memory.offsets(_TEXT_OFFSETS[plain])
    data = memory.text_bytes(int(offsets[-1]))

    def hash_rows(start: int, stop: int) -> Hashes:
        return hash_strings(offsets[start : stop + 1], data)

    def text(row: int) -> str:
        return data[offsets[row] : offsets[row + 1]].tobytes().decode("utf-8", "replace")

    return hash_rows, text, memory.validity()
