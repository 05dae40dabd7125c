"""How far windows of a series are from what their baseline expects: three views of one difference.

    divergence   Σ(p - q)²/(p + q) / 4        any change of shape        ordered and unordered series
    shift        Σ(p - q)·r                   lower or higher            ordered series
    spread       Σ(p - q)·(r - ½)²            narrower or wider          ordered series

p are a window's shares of bins, q the expected ones, r the midrank of a bin under the baseline. `shift` is
the area under the ROC curve less ½, and it sees a small move long before the divergence does, because it has
one degree of freedom. A `share` series has the shift asin√p - asin√q, whose variance does not depend on p,
and a `value` or `mean` series the plain difference.

The divergence is the triangular discrimination (F. Topsøe, IEEE Trans. Inf. Theory 46(4), 2000): the leading
term of Jensen-Shannon's, between 1 and 1.39 of it, without logarithms and without cancellation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
import numpy.typing as npt

DIVERGENCE, SHIFT, SPREAD = range(3)
CHANNELS: Final = 3
POOLS: Final = 4
_TINY: Final = np.float32(1e-30)
_BELOW_ONE: Final = np.float32(1 - 1e-6)
_FEW_WINDOWS: Final = 8  # are summed one by one
_TOGETHER: Final = 100_000  # cells times windows that are measured at once: they fit into the processor's cache

Floats = npt.NDArray[np.float32]
Series = npt.NDArray[np.int64]  # their numbers, or those of their cells


class SeriesKind(IntEnum):
    """What the cells of a series are."""

    ORDERED = 0  # bins of a number, in order
    UNORDERED = 1  # categories
    SHARE = 2  # (rows that are so, rows that are not)
    VALUE = 3  # (sum of a value, number of windows it was seen in)
    MEAN = 4  # (sum of a value in its standard deviations, rows)


# Of one row: of asin√ of a share, of a mean in its own standard deviations; nothing is known of other values.
_VARIANCES: Final = {SeriesKind.SHARE: 1 / 4, SeriesKind.VALUE: 0.0, SeriesKind.MEAN: 1.0}


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Which cells belong to which of S series: `kinds[s]` has `sizes[s]` cells, T in all."""

    kinds: npt.NDArray[np.int8]
    sizes: npt.NDArray[np.int64]
    offsets: npt.NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "offsets", np.concatenate([[0], np.cumsum(self.sizes)]).astype(np.int64))

    @classmethod
    def of(cls, series: Sequence[tuple[SeriesKind, int]]) -> Layout:
        """From (kind, number of cells) of each series."""
        return cls(
            np.array([kind for kind, _ in series], dtype=np.int8),
            np.array([size for _, size in series], dtype=np.int64),
        )

    def __len__(self) -> int:
        return len(self.sizes)

    @property
    def width(self) -> int:
        """Cells of all series."""
        return int(self.offsets[-1])

    def part(self, first: int, last: int) -> tuple[Layout, slice]:
        """The series first:last, and where their cells are."""
        return Layout(self.kinds[first:last], self.sizes[first:last]), slice(
            int(self.offsets[first]), int(self.offsets[last])
        )

    def blocks(self, windows: int) -> list[Series]:
        """All series, those of the same kind and size together, as many as fit the processor's cache over `windows`."""
        found = []
        for series in self.alike():
            step = max(_TOGETHER // max(windows * int(self.sizes[series[0]]), 1), 1)
            found += [series[first : first + step] for first in range(0, len(series), step)]
        return found

    def alike(self) -> list[Series]:
        """All series, by their kind and number of cells."""
        keys = self.sizes * len(SeriesKind) + self.kinds
        return [np.flatnonzero(keys == key) for key in np.unique(keys).tolist()]

    def chosen(self, series: Series) -> tuple[Layout, Series]:
        """Some series, and the places of their cells."""
        sizes = self.sizes[series]
        within = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return Layout(self.kinds[series], sizes), np.repeat(self.offsets[series], sizes) + within

    def per_series(self, cells: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """[S, M] sums of [T, M] cells."""
        return np.add.reduceat(cells, self.offsets[:-1], axis=0)

    def per_cell(self, series: npt.NDArray[np.floating]) -> npt.NDArray[np.floating]:
        """[T, M]: each cell gets what its series [S, M] has."""
        return np.repeat(series, self.sizes, axis=0)

    def sizes_behind(self, cells: Floats) -> Floats:
        """float32[S, M]: the rows of bins, shares and means, the windows of values."""
        n = self.per_series(cells)
        values = self.kinds >= SeriesKind.VALUE
        n[values] = cells[self.offsets[1:][values] - 1]
        return np.asarray(n, dtype=np.float32)

    def has(self) -> npt.NDArray[np.bool_]:
        """bool[S, 3]: which channels each series has."""
        kinds = self.kinds[:, None]
        bins = (kinds == SeriesKind.ORDERED) | (kinds == SeriesKind.UNORDERED)
        ordered = kinds == SeriesKind.ORDERED
        return np.concatenate([bins, kinds != SeriesKind.UNORDERED, ordered], axis=1)

    def pools(self) -> list[tuple[int, npt.NDArray[np.bool_]]]:
        """(channel, bool[S]) of the series whose deviations are taken together: shares apart from all others.

        Most shares are of what hardly ever happens. Their deviations are nothing or enormous.
        """
        is_share = self.kinds == SeriesKind.SHARE
        return [*((channel, ~is_share) for channel in range(CHANNELS)), (SHIFT, is_share)]

    def views(self, baselines: int, seasonal: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
        """bool[S, B, 3]: which channels each series has against the season, where there is one, and the flat baseline.

        A value is compared with its season alone: traffic of noon and night has no plain average worth the name.
        """
        found = np.repeat(self.has()[:, None], baselines, axis=1)
        if baselines > 1:
            found[~seasonal, 0] = False
            found[seasonal & (self.kinds == SeriesKind.VALUE), 1] = False
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Ranks:
    """The midrank of each cell under a baseline, less ½, as float32[T]; 0 where order means nothing."""

    midrank: Floats
    variance: Floats  # float32[S] of r under the baseline: 1/12 for many bins
    square_variance: Floats  # float32[S] of (r - ½)²: 1/180 for many bins

    @classmethod
    def under(cls, layout: Layout, shares: Floats) -> Ranks:
        """From float32[T] baseline shares."""
        midrank = np.zeros(layout.width, dtype=np.float32)
        for series in np.flatnonzero(layout.kinds == SeriesKind.ORDERED).tolist():
            cells = slice(layout.offsets[series], layout.offsets[series + 1])
            midrank[cells] = np.cumsum(shares[cells]) - shares[cells] / 2 - 0.5
        return cls(midrank, _variance(layout, shares, midrank), _variance(layout, shares, midrank**2))

    def chosen(self, series: Series, cells: Series) -> Ranks:
        """Those of some series, whose cells are these."""
        return Ranks(self.midrank[cells], self.variance[series], self.square_variance[series])


def _variance(layout: Layout, shares: Floats, of: Floats) -> Floats:
    mean = layout.per_series((shares * of)[:, None])[:, 0]
    square = layout.per_series((shares * of * of)[:, None])[:, 0]
    return np.asarray(np.maximum(square - mean**2, 1e-9), dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Of S series in M stretches of time."""

    x: Floats  # [S, 3, M]; 0 where the series lacks the channel
    null: Floats  # [S, 3, M]: what sampling alone gives: the mean of the divergence, the variance of the others
    effect: Floats  # [S, M]: debiased JS distance, points of share, or difference of a value or mean
    usual: Floats  # [S, M]: the share, value or mean that is expected; NaN for bins
    n: Floats  # [S, M] rows (windows, of values)


def differences(layout: Layout, counts: Floats, expected: Floats, behind: Floats, ranks: Ranks) -> Differences:
    """Measure `counts` float32[T, M] against `expected` of the same shape; `behind` [S, M] rows stand behind q."""
    groups = layout.alike()
    if len(groups) == 1:
        return _of_alike(layout, counts, expected, behind, ranks)
    series, windows = len(layout), counts.shape[1]
    by_channel, by_series = (series, CHANNELS, windows), (series, windows)
    found = Differences(*(np.zeros(shape, np.float32) for shape in (*[by_channel] * 2, *[by_series] * 3)))
    for group in groups:
        part, cells = layout.chosen(group)
        some = _of_alike(part, counts[cells], expected[cells], behind[group], ranks.chosen(group, cells))
        for name in ("x", "null", "effect", "usual", "n"):
            getattr(found, name)[group] = getattr(some, name)
    return found


def _of_alike(layout: Layout, counts: Floats, expected: Floats, behind: Floats, ranks: Ranks) -> Differences:
    """The same of series of one kind and size."""
    kind, cells = SeriesKind(layout.kinds[0]), (len(layout), int(layout.sizes[0]), counts.shape[1])
    counts, expected = counts.reshape(cells), expected.reshape(cells)
    of_values = kind >= SeriesKind.VALUE
    n, e = (each[:, -1] if of_values else each.sum(axis=1) for each in (counts, expected))
    known = (n > 0) & (e > 0)
    v = 1 / np.maximum(n, 1) + 1 / np.maximum(behind, 1)
    x = np.zeros((len(layout), CHANNELS, counts.shape[2]), np.float32)
    null = np.empty_like(x)
    null[:, DIVERGENCE] = (cells[1] - 1) / 8 * v
    null[:, SHIFT] = ranks.variance[:, None] * v
    null[:, SPREAD] = ranks.square_variance[:, None] * v
    of_p, of_q = (np.where(known, 1 / np.maximum(each, _TINY), 0) for each in (n, e))
    if kind in _VARIANCES:
        p, q = counts[:, 0] * of_p, expected[:, 0] * of_q
        x[:, SHIFT] = _angle(p) - _angle(q) if kind == SeriesKind.SHARE else p - q
        null[:, SHIFT] = v * _VARIANCES[kind]
        return Differences(x, null, np.abs(p - q), q, n)
    together, gap = counts * of_p[:, None], expected * of_q[:, None]
    np.subtract(together, gap, out=gap)  # p - q; together - gap is q
    if kind == SeriesKind.ORDERED:
        midrank = ranks.midrank.reshape(cells[:2])
        np.einsum("skm,sk->sm", gap, midrank, out=x[:, SHIFT])
        np.einsum("skm,sk->sm", gap, midrank**2, out=x[:, SPREAD])
    together *= 2
    together -= gap  # p + q
    np.maximum(together, _TINY, out=together)
    gap *= gap
    gap /= together
    np.sum(gap, axis=1, out=x[:, DIVERGENCE])
    x[:, DIVERGENCE] /= 4
    effect = js_distance(x[:, DIVERGENCE] - null[:, DIVERGENCE])
    return Differences(x, null, effect, np.full_like(effect, np.nan), n)


def within_reach(layout: Layout, of: Differences) -> Floats:
    """float32[S, M]: the effects that so few rows could still hide: those seen and a standard deviation of sampling.

    The divergence is about v/8 times a noncentral χ² of K - 1 degrees of freedom, whose variance is 2(K - 1 + 2λ);
    of values, nothing is known.
    """
    found = of.effect + np.sqrt(of.null[:, SHIFT])  # of values and means
    bins = layout.kinds < SeriesKind.SHARE
    if bins.any():
        null = of.null[bins, DIVERGENCE]
        unit = null / np.maximum(layout.sizes[bins] - 1, 1).astype(np.float32)[:, None]
        seen = np.maximum(of.x[bins, DIVERGENCE] - null, 0)
        found[bins] = js_distance(seen + np.sqrt(2 * null * unit + 4 * unit * seen))
    shares = layout.kinds == SeriesKind.SHARE
    if shares.any():
        usual, deviation = of.usual[shares], np.sqrt(of.null[shares, SHIFT])
        angle = _angle(usual) + of.x[shares, SHIFT]
        ends = (np.sin(np.clip(angle + side * deviation, 0, np.pi / 2)) ** 2 for side in (-1, 1))
        found[shares] = np.maximum(*(np.abs(end - usual) for end in ends))
    return found


def js_distance(divergence: Floats) -> Floats:
    """The Jensen-Shannon distance (base 2) that a debiased divergence stands for; 0 for what is below its null.

    Exact where |p - q|/(p + q) is the same in all bins, and the least it can be elsewhere: 0 to 1.
    """
    u = np.sqrt(np.clip(2 * divergence, 0, _BELOW_ONE))
    nats = u * np.arctanh(u) + np.log1p(-u * u) / 2  # ½·((1 + u)·ln(1 + u) + (1 - u)·ln(1 - u)), for any small u
    return np.asarray(np.sqrt(np.maximum(nats, 0) / np.float32(np.log(2))), dtype=np.float32)


def _angle(share: Floats) -> Floats:
    return np.arcsin(np.sqrt(np.clip(share, 0, 1)))


def trailing(cells: Floats, windows: int, first: int = 0) -> Floats:
    """float32[T, N - first]: each window from `first` on and the `windows` - 1 before it, summed, as far as known."""
    count = cells.shape[1]
    if 0 < count - first <= _FEW_WINDOWS:
        ends = range(first + 1, count + 1)
        return np.stack([cells[:, max(end - windows, 0) : end].sum(axis=1) for end in ends], axis=1)
    return trailings(cells, [windows])[0][:, first:]


def trailings(cells: Floats, spans: Sequence[int]) -> list[Floats]:
    """float32[T, N] for each of several numbers of windows.

    A sum of 6 windows is one of 2 and, before them, one of 4; those of 2, 4, 8 … are sums of two halves.
    """
    found: list[Floats | None] = [None] * len(spans)
    reached, halves, width = [0] * len(spans), cells, 1
    while True:
        for place, span in enumerate(spans):
            if span & width:
                found[place] = _before(found[place], halves, reached[place])
                reached[place] += width
        if 2 * width > max(spans):
            return [cells if each is None else each for each in found]
        halves, width = _before(halves, halves, width), 2 * width


def _before(sums: Floats | None, others: Floats, windows: int) -> Floats:
    """Sums and those of `others` so many windows before; new arrays but where there is nothing to add."""
    if sums is None:
        return others
    found = sums.copy()
    if windows < found.shape[1]:
        found[:, windows:] += others[:, : found.shape[1] - windows]
    return found
