"""Rows of the heat grid as they travel: lists that anybody can read, or bytes that a browser need not parse.

A grid of 500 rows and 720 windows is two million numbers. As JSON they take a second to write and block a page while it
reads them; as bytes they take milliseconds, and a page looks only into the rows it draws.
"""

from __future__ import annotations

import base64
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seamark.query import evaluations

FIELDS: Final = ("value", "threshold", "exceedance", "n", "status")
_STATUS: Final = "status"


def listed(field: str, row: NDArray[np.float64]) -> list[Any]:
    """A row of W windows as numbers; None where there is none."""
    if field == _STATUS:
        return [None if status == evaluations.NOT_EVALUATED else int(status) for status in row]
    return evaluations.nullable(row)


def packed(field: str, row: NDArray[np.float64]) -> str:
    """A row of W windows in base64: little-endian floats of 4 bytes, NaN for none; of `status` a byte, 255 for none."""
    if field == _STATUS:
        return base64.b64encode(row.astype(np.uint8).tobytes()).decode("ascii")
    finite = np.where(np.isfinite(row), row, np.nan)
    return base64.b64encode(finite.astype("<f4").tobytes()).decode("ascii")
