"""Samples at any time become one entry per series and minute."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Minutes:
    """What was heard of each (series, minute), ascending: five arrays of one length and the counts beside them."""

    series: Ints
    minute: Ints
    total: Floats
    count: Floats
    least: Floats
    most: Floats


def gather(series: Ints, minute: Ints, values: Floats) -> Minutes:
    """Samples [N] in any order → one entry per series and minute."""
    return merge([Minutes(series, minute, values, np.ones(len(values)), values, values)])


def merge(parts: Sequence[Minutes]) -> Minutes:
    """Add entries; the order of the parts changes nothing but rounding."""
    series, minute = (np.concatenate([getattr(part, name) for part in parts]) for name in ("series", "minute"))
    order = np.lexsort((minute, series))
    series, minute = series[order], minute[order]
    new = np.ones(len(series), dtype=np.bool_)
    new[1:] = (series[1:] != series[:-1]) | (minute[1:] != minute[:-1])
    starts = np.flatnonzero(new)

    def reduced(name: str, reduce: np.ufunc) -> Floats:
        found: Floats = np.concatenate([getattr(part, name) for part in parts])[order]
        return reduce.reduceat(found, starts) if len(starts) else found

    sums = (reduced("total", np.add), reduced("count", np.add))
    return Minutes(series[starts], minute[starts], *sums, reduced("least", np.fmin), reduced("most", np.fmax))
