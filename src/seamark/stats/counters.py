"""Counters that start again from zero when their process does."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def increase(before: Floats, after: Floats) -> Floats:
    """By how much counters grew between two readings; one that fell has started again from zero.

    float64[N] each, NaN where there was no earlier reading (then nothing is known, and the answer is NaN). What a
    counter counted between its last reading and its reset is lost: nobody has read it.

    >>> increase(np.array([10.0, 10.0, np.nan]), np.array([13.0, 4.0, 7.0]))
    array([ 3.,  4., nan])
    """
    return np.where(after < before, after, after - before)


def previous(groups: NDArray[np.int64], values: Floats) -> Floats:
    """The value before each one in its own group; NaN for the first. `groups` come together, in order of time.

    >>> previous(np.array([4, 4, 9]), np.array([1.0, 2.0, 5.0]))
    array([nan,  1., nan])
    """
    before = np.full(len(values), np.nan)
    same = groups[1:] == groups[:-1]
    before[1:][same] = values[:-1][same]
    return before
