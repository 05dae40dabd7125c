"""Bins frozen from a reference: the one definition of which value counts where.

Numeric: `[below, b₀, b₁, …, above]`, closed on the left, open on the right; the last edge is
`nextafter(max, inf)`, so the reference's own maximum is inside. ±inf falls into the outer bins. NaN
is *missing*: it gets the index `count`, one past the last bin.
Categorical: `[the most frequent categories…, OTHER (known but rare), UNSEEN (not in the reference)]`;
the caller gives missing values the index `count`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import numpy.typing as npt

from seamark.errors import InvalidInput
from seamark.stats.grid import Floats, Grid, Index, build_grid, index_dtype
from seamark.stats.hashing import hash_texts
from seamark.stats.labels import label_bins
from seamark.stats.lookup import HashTable, build_table

MAX_BINS: Final = 60_000  # indices, the missing slot included, fit into 16 bits
MAX_RARE: Final = 100_000
_MAX_DISTINCT_INTEGERS: Final = 50


@dataclass(frozen=True, slots=True, eq=False)
class NumericBins:
    """Ascending edges e₀ < … < eₘ₋₁ make m + 1 bins: below e₀, [e₀, e₁), …, from eₘ₋₁ on."""

    edges: Floats
    whole: bool = False  # the reference held integers only; matters for labels
    _grid: list[Grid] = field(default_factory=list, repr=False)  # built when first needed

    def __post_init__(self) -> None:
        edges = np.ascontiguousarray(self.edges, dtype=np.float64)
        if (
            edges.ndim != 1
            or not 1 <= len(edges) < MAX_BINS
            or not (edges[1:] > edges[:-1]).all()
            or np.isnan(edges[0])
        ):
            raise InvalidInput(
                f"Bin edges must be 1 to {MAX_BINS - 1} ascending, distinct numbers; these are {self.edges!r:.200}.",
                field="edges",
            )
        edges.flags.writeable = False
        object.__setattr__(self, "edges", edges)

    @property
    def count(self) -> int:
        """Number of bins, below and above included; also the index of missing values."""
        return len(self.edges) + 1

    def index(self, values: Floats) -> Index:
        """The bin of each of N values (uint8[N], or uint16[N] past 254 bins); NaN → `count`."""
        if not self._grid:
            self._grid.append(build_grid(self.edges))
        return self._grid[0].index(np.ascontiguousarray(values, dtype=np.float64))

    def lows(self) -> Floats:
        """Lower bound of each bin (included); -inf for the first."""
        return np.concatenate([[-np.inf], self.edges])

    def highs(self) -> Floats:
        """Upper bound of each bin (excluded); inf for the last."""
        return np.concatenate([self.edges, [np.inf]])

    def centers(self) -> Floats:
        """A value for each bin: its midpoint; the outer bins stand at the outermost edges."""
        largest = np.finfo(np.float64).max
        edges = np.clip(self.edges, -largest, largest)
        return np.concatenate([edges[:1], edges[:-1] / 2 + edges[1:] / 2, edges[-1:]])

    def labels(self) -> list[str]:
        """What people call each bin, like `< 10`, `= 0` or `> 55`."""
        return label_bins(self.edges, whole=self.whole)


def numeric_bins(reference: npt.ArrayLike, *, bins: int = 20, extra_edges: Iterable[float] = ()) -> NumericBins:
    """Cut a reference into about `bins` bins of equal mass, plus below and above.

    * At most 50 distinct integers get one bin each (and one for each gap between them).
    * A value that holds more than 1/bins of the mass (an atom) gets the bin [v, nextafter(v)) to itself;
      the other bins share out the rest.
    * `extra_edges` (decision thresholds) are added wherever they lie.
    * NaN and ±inf do not shape the bins. A reference without a finite value gets the single edge 0,
      so that whatever comes lies outside of it.

    >>> numeric_bins([0, 0, 0, 0, 1.5, 2.5, 3.5, 4.5], bins=5).edges.round(3).tolist()
    [0.0, 0.0, 1.5, 2.5, 3.5, 4.5, 4.5]
    """
    values = np.asarray(reference, dtype=np.float64).ravel()
    ordered = np.sort(values[np.isfinite(values)]) + 0.0  # adding 0 makes -0.0 the 0.0 it equals
    extra = np.array([edge for edge in extra_edges if np.isfinite(edge)], dtype=np.float64)
    if len(ordered) == 0:
        return NumericBins(np.unique(extra) if len(extra) else np.zeros(1))
    starts = np.concatenate([[0], np.flatnonzero(ordered[1:] != ordered[:-1]) + 1])
    distinct = ordered[starts]
    whole = bool((np.rint(distinct) == distinct).all())
    if whole and len(distinct) <= _MAX_DISTINCT_INTEGERS:
        inner = np.concatenate([distinct, distinct + 1])
        inner = inner[inner <= distinct[-1]]
    else:
        inner = _quantile_edges(ordered, starts, bins)
    edges = np.concatenate([inner, _next_above(distinct[-1:]), extra])
    return NumericBins(np.unique(edges + 0.0), whole=whole)


def _quantile_edges(ordered: Floats, starts: npt.NDArray[np.intp], bins: int) -> Floats:
    """Edges of the atoms, and quantiles of what is left."""
    runs = np.diff(starts, append=len(ordered))
    heavy = runs * bins > len(ordered)
    atoms = ordered[starts[heavy]]
    rest = ordered[~np.repeat(heavy, runs)] if len(atoms) else ordered
    parts = max(bins - len(atoms), 1)
    quantiles = rest[np.arange(parts) * len(rest) // parts] if len(rest) else rest
    return np.concatenate([ordered[:1], quantiles, atoms, _next_above(atoms)])


def _next_above(values: Floats) -> Floats:
    """The next larger floats; inf after the largest."""
    with np.errstate(over="ignore"):
        return np.nextafter(values, np.inf)


@dataclass(frozen=True, slots=True, eq=False)
class CategoricalBins:
    """Categories by name, the most frequent first; then OTHER and UNSEEN.

    `rare` holds the hashes (ascending) of the reference's other categories. When they were too many to
    keep (`capped`), nothing can be called unseen any more: an unknown category counts as OTHER.
    """

    categories: tuple[str, ...]
    rare: npt.NDArray[np.uint64]
    capped: bool = False
    _table: list[HashTable] = field(default_factory=list, repr=False)  # built when first needed

    @property
    def count(self) -> int:
        """Number of bins, OTHER and UNSEEN included; also the index of missing values."""
        return len(self.categories) + 2

    @property
    def other(self) -> int:
        """The bin of known, rare categories."""
        return len(self.categories)

    @property
    def unseen(self) -> int:
        """The bin of categories that the reference does not have."""
        return len(self.categories) + 1

    def index_hashes(self, hashes: npt.NDArray[np.uint64]) -> Index:
        """The bin of each of N categories given by `hashing.hash_strings`; never missing."""
        if not self._table:
            keys = np.concatenate([hash_texts(self.categories), self.rare])
            bins = np.full(len(keys), self.other, dtype=index_dtype(self.count))
            bins[: len(self.categories)] = np.arange(len(self.categories))
            self._table.append(build_table(keys, bins, absent=self.other if self.capped else self.unseen))
        return self._table[0].find(hashes)

    def index_texts(self, texts: Sequence[str]) -> Index:
        """The bin of each of N categories given as text."""
        return self.index_hashes(hash_texts(texts))

    def labels(self) -> list[str]:
        """What people call each bin."""
        return [*self.categories, "other", "unseen"]


def categorical_bins(
    texts: Sequence[str], counts: npt.ArrayLike | None = None, *, top: int = 30, max_rare: int = MAX_RARE
) -> CategoricalBins:
    """Bins from the distinct categories of a reference and how often each occurs (once when not given).

    >>> categorical_bins(["FR", "US", "DE"], [5, 9, 1], top=2).labels()
    ['US', 'FR', 'other', 'unseen']
    """
    weights = np.ones(len(texts)) if counts is None else np.asarray(counts)
    return categorical_bins_from_hashes(hash_texts(texts), weights, texts.__getitem__, top=top, max_rare=max_rare)


def categorical_bins_from_hashes(
    hashes: npt.NDArray[np.uint64],
    counts: npt.NDArray[np.generic],
    text_at: Callable[[int], str],
    *,
    top: int = 30,
    max_rare: int = MAX_RARE,
) -> CategoricalBins:
    """The same from distinct hashes; `text_at(i)` is asked for the `top` most frequent only.

    Equally frequent categories stand in the order of their hashes. Raises InvalidInput when hashes and
    counts differ in length, or a hash comes twice.
    """
    if len(hashes) != len(counts):
        raise InvalidInput(
            f"Categories must have one count each; got {len(hashes)} categories and {len(counts)} counts."
        )
    # Texts can be made up whose hashes agree: they share a bin under the first one's name.
    hashes, first, group = np.unique(hashes, return_index=True, return_inverse=True)
    counts = np.bincount(group, counts.astype(np.float64), minlength=len(hashes))
    order = np.lexsort((hashes, -counts.astype(np.float64)))
    rare = order[top:]
    return CategoricalBins(
        categories=tuple(text_at(int(first[position])) for position in order[:top]),
        rare=np.sort(hashes[rare[:max_rare]]),
        capped=len(rare) > max_rare,
    )
