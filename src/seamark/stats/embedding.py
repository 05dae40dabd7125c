"""Embeddings: a vector stands for its norm, its distance from the reference and 16 fixed random projections.

A vector's single coordinates mean nothing and are too many to watch. Its projections on fixed random directions
do not keep all of a distribution, but what moves a distribution of vectors moves most of them (Cramér & Wold,
1936; Johnson & Lindenstrauss, 1984). Coordinates are first put on one scale, or a few large ones would speak alone.

Every sum is one of whole numbers below 2⁵³ (projections: 2²⁴), so the result is the same in any order, in any batch
and on any machine, whichever library multiplies the matrices.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.stats.grid import Floats

PROJECTIONS: Final = 16
MAX_DIMENSIONS: Final = 8192  # up to which all sums are exact
EMBEDDING_SERIES: Final = ("norm", "distance", *(f"projection.{number:02d}" for number in range(PROJECTIONS)))
_UNIT: Final = 256  # one reference standard deviation of a coordinate
_CLIP_SD: Final = 8.0
_NORM_UNIT: Final = 1024  # one root mean square of the reference's coordinates
_NORM_CLIP: Final = 2.0**20
_NORM_STEPS: Final = 1024  # norms are read to a thousandth of the usual one: rounding in a float16 is no drift
_STILL_FITS: Final = 2.0  # reference standard deviations of a coordinate, or their inverse
_SEED: Final = 0x5EA_3E3B
_CHUNK_VALUES: Final = (
    1 << 14
)  # that a cache holds; of larger products BLAS makes threads, which cost ten times as much


@dataclass(frozen=True, slots=True, eq=False)
class Embedding:
    """How vectors of D dimensions are measured, fixed by a reference.

    `center` and `scale` (float64[D], > 0) are the mean and standard deviation of each coordinate, `size` (> 0)
    the root mean square of all of them.
    """

    center: Floats
    scale: Floats
    size: float

    @property
    def dimensions(self) -> int:
        """D."""
        return len(self.center)

    def measure(self, vectors: Floats) -> Floats:
        """float64[N, S] of float64[N, D] without NaN: the series named EMBEDDING_SERIES; infinities are clipped.

        The norm is in steps of a thousandth of √D · `size`. The distance is the root mean square of the
        coordinates, and a projection about their sum with random signs, in standard deviations of the reference.
        """
        found = np.empty((len(vectors), len(EMBEDDING_SERIES)))
        signs = _signs(self.dimensions)
        step = max(_CHUNK_VALUES // max(self.dimensions, 1), 1)
        for start in range(0, len(vectors), step):
            part = vectors[start : start + step]
            found[start : start + step, 0] = self._norms(part)
            with np.errstate(over="ignore"):
                scaled = np.subtract(part, self.center)
                np.multiply(scaled, _UNIT / self.scale, out=scaled)
            np.clip(scaled, -_CLIP_SD * _UNIT, _CLIP_SD * _UNIT, out=scaled)
            np.rint(scaled, out=scaled)
            found[start : start + step, 1] = np.sqrt(np.einsum("ij,ij->i", scaled, scaled) / self.dimensions) / _UNIT
            sums = scaled.astype(np.float32) @ signs  # exact: whole numbers, none of their sums past 2²⁴
            found[start : start + step, 2:] = sums.astype(np.float64) / (_UNIT * math.sqrt(self.dimensions))
        return found

    def fits(self, measured: Floats) -> bool:
        """Whether float64[N, S] measured of new reference vectors says that they can go on being measured like this."""
        usual = float(np.median(measured[:, EMBEDDING_SERIES.index("distance")]))
        return 1 / _STILL_FITS <= usual <= _STILL_FITS

    def _norms(self, vectors: Floats) -> Floats:
        with np.errstate(over="ignore"):
            whole = np.multiply(vectors, _NORM_UNIT / self.size)
        np.clip(whole, -_NORM_CLIP, _NORM_CLIP, out=whole)
        np.rint(whole, out=whole)
        usual = self.size * math.sqrt(self.dimensions)
        relative = np.sqrt(np.einsum("ij,ij->i", whole, whole) / self.dimensions) / _NORM_UNIT
        norms: Floats = np.rint(relative * _NORM_STEPS) * (usual / _NORM_STEPS)
        return norms


def learn_embedding(vectors: npt.ArrayLike) -> Embedding:
    """From float64[N, D] of reference vectors without NaN; a coordinate that is constant there has `size` as its scale.

    Raises InvalidInput for no vectors, and for more than MAX_DIMENSIONS dimensions or none.
    """
    values = np.asarray(vectors, dtype=np.float64)
    if values.ndim != 2 or not 1 <= values.shape[1] <= MAX_DIMENSIONS or not len(values):
        raise InvalidInput(
            f"An embedding is learned from vectors of 1 to {MAX_DIMENSIONS} numbers; these have the shape"
            f" {values.shape}.",
            accepted=f"1 to {MAX_DIMENSIONS} dimensions",
        )
    largest = np.sqrt(np.finfo(np.float64).max) / values.size  # so that no square, and no sum of them, overflows
    values = np.clip(values, -largest, largest)
    size = math.sqrt(float(np.mean(values**2))) or 1.0
    center, scale = values.mean(axis=0), values.std(axis=0)
    return Embedding(center, np.where(scale > size * 1e-9, scale, size), size)


@lru_cache(maxsize=16)
def _signs(dimensions: int) -> npt.NDArray[np.float32]:
    """Random signs, float32[D, PROJECTIONS], from the bits of a generator whose stream is frozen.

    The first signs do not depend on D, and none of them on a library's version: SplitMix64 (Steele, Lea & Flood,
    OOPSLA 2014) of the coordinate's number, one bit for each projection.
    """
    with np.errstate(over="ignore"):
        state = (np.arange(dimensions, dtype=np.uint64) + np.uint64(_SEED)) * np.uint64(0x9E3779B97F4A7C15)
        state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        state ^= state >> np.uint64(31)
    bits = (state[:, None] >> np.arange(PROJECTIONS, dtype=np.uint64)) & np.uint64(1)
    return (2 * bits.astype(np.float32) - 1).astype(np.float32)
