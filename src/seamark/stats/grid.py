"""The binning kernel: where does a value stand among sorted edges?

`np.searchsorted` walks a tree for every value. A grid is faster: a monotone map sends a value to one
of G cells, a table says how many edges lie in earlier cells, and the few edges inside the cell are
settled by comparing with each of them. Because the edges went through the very same map, and every
step of it (subtract, multiply, clip, truncate; or shift of the bit pattern) is monotone, the answer is
that of `searchsorted(edges, value, side="right")` bit for bit.

Two maps are on offer, and the one that leaves the fewest edges per cell is taken: a *linear* one over
the edges' range, or over their inner range where the outermost edges lie far out; and the *bits* of
the float, which order like the float itself and grow like its logarithm, for heavy tails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

_CHUNK: Final = 8192  # values at a time: all temporaries stay in the L2 cache
_CELLS: Final = (1024, 4096)  # the smallest grid with few edges per cell wins
_GOOD_DEPTH: Final = 2  # an atom [v, nextafter(v)) always puts two edges into one cell
_MAX_DEPTH: Final = 12  # beyond this many comparisons per value the tree is faster
_TRIMS: Final = ((0, 0), (1, 1), (2, 0), (0, 2), (2, 2), (3, 3))  # edges left outside a linear grid, low and high
_SMALLEST_NORMAL: Final = float(np.finfo(np.float64).tiny)
_TOP_BIT: Final = 63
_MAGNITUDE: Final = np.int64(0x7FFF_FFFF_FFFF_FFFF)

Index = npt.NDArray[np.unsignedinteger[Any]]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Linear:
    """cell = (value - origin) · scale, clipped to the grid."""

    origin: float
    scale: float
    cells: int

    def __call__(self, values: Floats) -> npt.NDArray[np.int64]:
        position = np.subtract(values, self.origin)
        np.multiply(position, self.scale, out=position)
        # fmin and fmax turn NaN into a bound, so the cast below is defined.
        np.fmax(position, 0.0, out=position)
        np.fmin(position, self.cells - 1.0, out=position)
        return position.astype(np.int64)


@dataclass(frozen=True, slots=True)
class _Bits:
    """cell = the leading bits of the float, counted from those of the lowest edge.

    Cells outside the grid are left as they are: the table look-up clips them.
    """

    origin: int
    shift: int
    signed: bool  # some edge is negative

    def __call__(self, values: Floats) -> npt.NDArray[np.int64]:
        cell = np.right_shift(_ordered_bits(values) if self.signed else values.view(np.int64), self.shift)
        np.subtract(cell, self.origin, out=cell)
        return cell


def _ordered_bits(values: Floats) -> npt.NDArray[np.int64]:
    """Integers that order as the floats do (all of them but NaN)."""
    bits = np.add(values, 0.0).view(np.int64)  # adding 0 makes -0.0 the 0.0 it equals
    sign = np.right_shift(bits, _TOP_BIT)
    np.bitwise_and(sign, _MAGNITUDE, out=sign)
    return np.bitwise_xor(bits, sign, out=sign)


@dataclass(frozen=True, slots=True, eq=False)
class Grid:
    """A look-up table over `edges`; `cell_of` is None where only the tree is fast."""

    edges: Floats
    cell_of: _Linear | _Bits | None
    before: Index  # [G] edges in earlier cells
    reached: Floats  # [depth, G] the edges inside each cell, then NaN (which no value reaches)
    passed: Floats  # [0 or 1, G] the same for the edge just above 0, as the 0 to be passed

    @property
    def depth(self) -> int:
        """Comparisons per value."""
        return len(self.reached) + len(self.passed)

    def index(self, values: Floats) -> Index:
        """How many edges are ≤ each value: `searchsorted(edges, values, side="right")`; NaN → len(edges) + 1."""
        index = np.empty(len(values), dtype=self.before.dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            for start in range(0, len(values), _CHUNK):
                chunk = values[start : start + _CHUNK]
                self._index_chunk(chunk, index[start : start + _CHUNK])
        return index

    def _index_chunk(self, values: Floats, out: Index) -> None:
        if self.cell_of is None:
            out[:] = np.searchsorted(self.edges, values, side="right")
        else:
            cell = self.cell_of(values)
            np.take(self.before, cell, out=out, mode="clip")
            cut = np.empty(len(values))
            yes = np.empty(len(values), dtype=np.bool_)
            for cuts in self.reached:
                np.take(cuts, cell, out=cut, mode="clip")
                np.greater_equal(values, cut, out=yes)
                np.add(out, yes.view(np.uint8), out=out)
            for cuts in self.passed:
                np.take(cuts, cell, out=cut, mode="clip")
                np.greater(values, cut, out=yes)
                np.add(out, yes.view(np.uint8), out=out)
        missing = np.isnan(values)
        if missing.any():
            np.putmask(out, missing, len(self.edges) + 1)


def index_dtype(largest: int) -> np.dtype[np.unsignedinteger[Any]]:
    """The smallest type that holds bin indices up to `largest`."""
    return np.dtype(np.uint8) if largest <= np.iinfo(np.uint8).max else np.dtype(np.uint16)


def build_grid(edges: Floats) -> Grid:
    """The fastest exact grid over ascending, distinct edges (±inf and an empty list are allowed)."""
    dtype = index_dtype(len(edges) + 1)
    best: tuple[int, _Linear | _Bits, int, npt.NDArray[np.int64]] | None = None
    with np.errstate(over="ignore", invalid="ignore"):
        for cell_of, cells in _candidates(edges):
            at = np.clip(cell_of(edges), 0, cells - 1)
            depth = int(np.bincount(at).max())
            if best is None or depth < best[0]:
                best = (depth, cell_of, cells, at)
            if depth <= _GOOD_DEPTH:
                break
    if best is None or best[0] > _MAX_DEPTH:
        return Grid(edges, None, np.empty(0, dtype=dtype), np.empty((0, 0)), np.empty((0, 0)))
    _, cell_of, cells, at = best
    before = np.searchsorted(at, np.arange(cells), side="left").astype(dtype)
    # Processors take ten times as long to compare with a denormal, and the atom at 0 ends at one; but v ≥ 5e-324
    # is v > 0.
    denormal = edges == np.nextafter(0.0, 1.0)
    reached = _table(edges[~denormal], at[~denormal], cells)
    return Grid(edges, cell_of, before, reached, _table(np.zeros(int(denormal.sum())), at[denormal], cells))


def _table(cuts: Floats, at: npt.NDArray[np.int64], cells: int) -> Floats:
    """[depth, G]: the cuts of each cell one below the other, NaN where a cell has fewer than another."""
    first = np.searchsorted(at, at, side="left")
    place = np.arange(len(at)) - first
    table = np.full((int(place.max(initial=-1)) + 1, cells), np.nan)
    table[place, at] = cuts
    return table


def _candidates(edges: Floats) -> Iterator[tuple[_Linear | _Bits, int]]:
    """Monotone maps with the size of their grid, cheapest first."""
    if not len(edges):
        return
    for cells in _CELLS:
        yield _bits(edges, cells), cells
        for low, high in _TRIMS:
            if low + high + 2 <= len(edges):
                origin, end = float(edges[low]), float(edges[-1 - high])
                if abs(origin) < _SMALLEST_NORMAL:
                    origin = 0.0  # for speed, as below
                width = end - origin
                scale = cells / width if width > 0 else np.inf
                if 0 < scale < np.inf:
                    yield _Linear(origin, scale, cells), cells


def _bits(edges: Floats, cells: int) -> _Bits:
    signed = bool(edges[0] < 0)
    keys = _ordered_bits(edges) if signed else (edges + 0.0).view(np.int64)
    low, high = int(keys[0]), int(keys[-1])
    shift = 1  # at least one, so that no difference of two shifted patterns overflows
    while (high >> shift) - (low >> shift) >= cells:
        shift += 1
    return _Bits(low >> shift, shift, signed)
