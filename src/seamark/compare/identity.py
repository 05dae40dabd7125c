"""Columns that name rows instead of describing them: ids differ from the reference's, and mean nothing by it."""

from __future__ import annotations

import shlex
from typing import Final

import numpy as np

from seamark.compare.chunks import Floats

_SURE: Final = 28.0  # 2·ln(10⁶): by chance, numbers would all be different once in a million columns
_FIRST: Final = 1_000  # values that tell most columns from ids


def hint(name: str) -> str:
    """What to do about such a column."""
    return f"unique per row: an id? exclude it with --exclude {shlex.quote(name)}"


def are_distinct_integers(values: Floats) -> bool:
    """Whether float64[N] are whole numbers without a repetition. The first of them settle it for most columns."""
    return _distinct_integers(values[:_FIRST]) and _distinct_integers(values)


def _distinct_integers(values: Floats) -> bool:
    if not np.isfinite(values).all() or (values != np.floor(values)).any():
        return False
    return bool((np.diff(np.sort(values)) >= 1).all())


def are_ids(values: Floats) -> bool:
    """Whether float64[N] are distinct integers, and too many in too small a range to be so by chance.

    n values drawn from R equally likely ones are all different with a probability below exp(-n(n - 1)/2R), and from
    unequally likely ones more rarely still (the birthday problem: D. Bloom, American Mathematical Monthly 80, 1973).
    So a few large amounts in cents are no ids, and a counter is one from its hundredth row.
    """
    if len(values) < 2 or not are_distinct_integers(values):
        return False
    reach = float(values.max()) - float(values.min()) + 1
    return len(values) * (len(values) - 1) > _SURE * reach
