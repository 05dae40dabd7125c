"""Joint shift: random projections of rank-transformed features.

A change in how features go together can leave each of them as it was. So the features are put on one
scale (centred midranks of the reference, unit variance, missing in the middle) and summed in 16 fixed
random groups with random signs; each sum is a numeric signal like any other, and its distribution
moves when the dependence inside its group does. A group has about √F of F features: fewer see few
pairs, more drown each pair (very sparse random projections: Li, Hastie & Church, KDD 2006).

All terms are small integers, so the sums are exact in any order, in any batch and on any machine.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.stats.grid import Index

PROJECTIONS: Final = 16
_UNIT: Final = 256  # one reference standard deviation
_CLIP_SD: Final = 8.0
_CHUNK: Final = 8192
_SEED: Final = 0x5EA_3A12
_TRIES: Final = 64


@dataclass(frozen=True, slots=True, eq=False)
class JointProjections:
    """P projections of F signals of a bin set."""

    signals: npt.NDArray[np.int64]  # [F] their positions in the bin set
    starts: npt.NDArray[np.int64]  # [F + 1] where each signal's scores begin
    scores: npt.NDArray[np.int16]  # per signal one for each bin, and 0 for missing; 256 = 1 sd
    signs: npt.NDArray[np.int8]  # [F, P] of -1, 0, 1

    @property
    def count(self) -> int:
        """Number of projections."""
        return int(self.signs.shape[1])

    def project(self, indices: Sequence[Index]) -> npt.NDArray[np.float64]:
        """The projections (float64[N, P], about unit variance) of N rows given F bin-index arrays.

        `indices` follows `signals`; a missing value has the index one past its last bin. Each column of
        the result is contiguous.
        """
        rows = len(indices[0]) if len(indices) else 0
        result = np.empty((self.count, rows))
        tables = [self.scores[a:b].astype(np.int32) for a, b in zip(self.starts, self.starts[1:], strict=False)]
        plus = [np.flatnonzero(column > 0).tolist() for column in self.signs.T]
        minus = [np.flatnonzero(column < 0).tolist() for column in self.signs.T]
        for start in range(0, rows, _CHUNK):
            stop = min(start + _CHUNK, rows)
            scored = np.empty((len(tables), stop - start), dtype=np.int32)
            for row, table, index in zip(scored, tables, indices, strict=True):
                np.take(table, index[start:stop], out=row, mode="clip")
            for projection, added, subtracted in zip(result, plus, minus, strict=True):
                total = np.zeros(stop - start, dtype=np.int32)
                for feature in added:
                    np.add(total, scored[feature], out=total)
                for feature in subtracted:
                    np.subtract(total, scored[feature], out=total)
                np.divide(total, _UNIT * math.sqrt(len(added) + len(subtracted)), out=projection[start:stop])
        return result.T


def joint_projections(
    signals: Sequence[int], counts: Sequence[npt.NDArray[np.int64]], *, projections: int = PROJECTIONS
) -> JointProjections:
    """Fix the projections of F signals from the reference's counts in their bins.

    Categories are ranked by their frequency in the reference. Few features allow fewer distinct
    projections than asked for (two allow two: their sum and their difference), one or none allow none.
    """
    scores = [_rank_scores(per_bin) for per_bin in counts]
    starts = np.concatenate([[0], np.cumsum([len(table) for table in scores])]).astype(np.int64)
    return JointProjections(
        signals=np.asarray(signals, dtype=np.int64),
        starts=starts,
        scores=np.concatenate([*scores, np.empty(0, dtype=np.int16)]),
        signs=_signs(len(scores), projections),
    )


def _rank_scores(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int16]:
    """Centred midranks per bin, scaled to unit variance under `counts`; 0 for missing."""
    total = max(int(counts.sum()), 1)
    share = counts / total
    midrank = np.cumsum(share) - share / 2 - 0.5
    sd = math.sqrt(float(share @ midrank**2))
    scaled = np.clip(midrank / sd, -_CLIP_SD, _CLIP_SD) if sd > 0 else np.zeros(len(counts))
    scores: npt.NDArray[np.int16] = np.rint(np.append(scaled, 0.0) * _UNIT).astype(np.int16)
    return scores


def _signs(features: int, projections: int) -> npt.NDArray[np.int8]:
    """Random sparse ±1 columns, none the same as another or its opposite, all features used alike."""
    random = np.random.default_rng(_SEED)
    size = min(features, max(2, math.ceil(math.sqrt(features))))
    columns: list[npt.NDArray[np.int8]] = []
    seen: set[bytes] = set()
    used = np.zeros(features)
    for _ in range(_TRIES * projections if features > 1 else 0):
        chosen = np.lexsort((random.random(features), used))[:size]
        column = np.zeros(features, dtype=np.int8)
        column[np.sort(chosen)] = np.concatenate([[1], random.choice([-1, 1], size - 1)])
        if column.tobytes() not in seen:
            seen.add(column.tobytes())
            columns.append(column)
            used[chosen] += 1
        if len(columns) == projections:
            break
    return np.stack(columns, axis=1) if columns else np.zeros((features, 0), dtype=np.int8)
