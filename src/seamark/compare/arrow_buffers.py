"""The buffers of an Arrow array as numpy views, without a copy.

Arrow libraries differ in how they hand out memory; all of them speak the Arrow C data interface
(https://arrow.apache.org/docs/format/CDataInterface.html), so one small reader of its struct serves
pyarrow, polars, DuckDB, arro3 and whatever comes next. numpy's own conversion would not do: it
turns a column of strings into Python objects.
"""

from __future__ import annotations

import ctypes
from dataclasses import dataclass
from typing import Any, Final, Protocol

import numpy as np
import numpy.typing as npt

_CAPSULE_NAME: Final = b"arrow_array"


class _ArrowArray(ctypes.Structure):
    """`struct ArrowArray`, up to the fields read here (the rest are the producer's own)."""

    _fields_ = (
        ("length", ctypes.c_int64),
        ("null_count", ctypes.c_int64),
        ("offset", ctypes.c_int64),
        ("n_buffers", ctypes.c_int64),
        ("n_children", ctypes.c_int64),
        ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    )


_pointer_of = ctypes.pythonapi.PyCapsule_GetPointer
_pointer_of.restype = ctypes.c_void_p
_pointer_of.argtypes = (ctypes.py_object, ctypes.c_char_p)


class ExportsArrow(Protocol):
    """Anything with the Arrow PyCapsule interface for arrays."""

    def __arrow_c_array__(self, requested_schema: object | None = None) -> tuple[object, object]:
        """The schema and array capsules."""
        ...


@dataclass(frozen=True, slots=True)
class ArrowBuffers:
    """The memory of one array of a primitive, boolean, string or dictionary-index type.

    Views made from it keep the exporting array alive through their `base`.
    """

    length: int
    offset: int
    null_count: int  # -1: not known
    addresses: tuple[int, ...]  # 0 where the producer left a buffer out
    owner: object

    @classmethod
    def of(cls, array: ExportsArrow) -> ArrowBuffers:
        """Export `array` through the C data interface."""
        _, capsule = array.__arrow_c_array__()
        struct = _ArrowArray.from_address(_pointer_of(capsule, _CAPSULE_NAME))
        addresses = tuple(struct.buffers[i] or 0 for i in range(struct.n_buffers))
        return cls(struct.length, struct.offset, struct.null_count, addresses, capsule)

    def validity(self) -> npt.NDArray[np.bool_] | None:
        """bool[length], False where null; None when nothing is null."""
        if self.null_count == 0 or not self.addresses[0]:
            return None
        return self.bits(0)

    def bits(self, buffer: int) -> npt.NDArray[np.bool_]:
        """bool[length] from a bitmap."""
        first = self.offset // 8
        packed = self._view(buffer, np.dtype(np.uint8), first, (self.offset + self.length + 7) // 8 - first)
        skip = self.offset % 8
        return np.unpackbits(packed, bitorder="little")[skip : skip + self.length].view(np.bool_)

    def items(self, buffer: int, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """`dtype`[length]: the values of a primitive array, or the indices of a dictionary."""
        return self._view(buffer, np.dtype(dtype), self.offset, self.length)

    def offsets(self, dtype: npt.DTypeLike) -> npt.NDArray[Any]:
        """int[length + 1] into `text_bytes`, of a string array."""
        if not self.length:
            return np.zeros(1, dtype=dtype)
        return self._view(1, np.dtype(dtype), self.offset, self.length + 1)

    def text_bytes(self, end: int) -> npt.NDArray[np.uint8]:
        """The UTF-8 bytes of a string array up to its last offset `end`."""
        return self._view(2, np.dtype(np.uint8), 0, end)

    def _view(self, buffer: int, dtype: np.dtype[Any], start: int, count: int) -> npt.NDArray[Any]:
        if not count or not self.addresses[buffer]:
            return np.empty(0, dtype=dtype)
        memory = (ctypes.c_char * (count * dtype.itemsize)).from_address(
            self.addresses[buffer] + start * dtype.itemsize
        )
        # numpy keeps `memory` as the base of the view; hung on it, the capsule lives as long.
        setattr(memory, "owner", self.owner)  # noqa: B010  # typeshed gives ctypes arrays no attributes
        return np.frombuffer(memoryview(memory).toreadonly(), dtype=dtype)
