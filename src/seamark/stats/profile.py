"""The additive profile: what is kept of a window of rows.

Counts in frozen bins, and moments as integers of a fixed point relative to the reference, so that
adding is exact: order and grouping never matter, and what was added can be taken back.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt, InvalidInput
from seamark.stats import varint
from seamark.stats.binset import CATEGORICAL, BinSet, SignalBins

__all__ = ["CLIP_SD", "UNIT", "WEIGHT_UNIT", "BinSet", "Profile", "SignalBins"]

UNIT: Final = 1024  # fixed point of moments: one scale of the signal
CLIP_SD: Final = 64.0  # moments count a value further than this from the center as if it were this far
WEIGHT_UNIT: Final = 4096  # fixed point of weights
_MAGIC: Final = b"SMP"
_VERSION: Final = 1
_WEIGHTED_FLAG: Final = 1
_DROPPED_BITS: Final = 0xFF
_HEADER_BYTES: Final = len(_MAGIC) + 2 + 8

Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What S signals with T bins in all looked like in some rows.

    All that adds stands in one vector, `totals` = [rows | counts T | missing S | mistyped S |
    sums S | squares S]; sampled logs have a second one of the same layout, `weighted`, in which a row
    counts as its weight (rows are unused, `mistyped` holds the sum of squared weights; counts, missing and
    squared weights are in units of 1/4096).
    Extremes are kept to 16 significant bits, rounded outwards; NaN means *stale*: a subtraction may have
    taken the extreme row away. An empty profile has minimum inf and maximum -inf.
    """

    bin_set: BinSet
    totals: Counts
    minimum: Floats
    maximum: Floats
    weighted: Counts | None = None

    @classmethod
    def empty(cls, bin_set: BinSet) -> Profile:
        """The profile of no rows: the zero of addition."""
        size = len(bin_set.signals)
        totals = np.zeros(totals_size(bin_set), dtype=np.int64)
        return cls(bin_set, totals, np.full(size, np.inf), np.full(size, -np.inf))

    @classmethod
    def total(cls, profiles: Sequence[Profile], bin_set: BinSet | None = None) -> Profile:
        """The sum of many profiles of one bin set; of none, the empty profile of `bin_set`."""
        if not profiles:
            if bin_set is None:
                raise InvalidInput("The sum of no profiles needs a bin set.", accepted="at least one profile")
            return cls.empty(bin_set)
        first = profiles[0].bin_set
        for profile in profiles:
            _require_same(first, profile.bin_set)
        weighted = None
        if any(profile.weighted is not None for profile in profiles):
            weighted = _together(np.add, (_weigh(profile) for profile in profiles))
        return cls(
            first,
            _together(np.add, (profile.totals for profile in profiles)),
            _together(np.minimum, (profile.minimum for profile in profiles)),  # NaN (stale) stays NaN
            _together(np.maximum, (profile.maximum for profile in profiles)),
            weighted,
        )

    def __add__(self, other: Profile) -> Profile:
        """Both together."""
        return Profile.total([self, other])

    def __sub__(self, other: Profile) -> Profile:
        """Take back what was added; extremes that may have come from `other` become stale (NaN)."""
        _require_same(self.bin_set, other.bin_set)
        weighted = None
        if self.weighted is not None or other.weighted is not None:
            weighted = _weigh(self) - _weigh(other)
        return Profile(
            self.bin_set,
            self.totals - other.totals,
            np.where((other.minimum > self.minimum) | (other.minimum == np.inf), self.minimum, np.nan),
            np.where((other.maximum < self.maximum) | (other.maximum == -np.inf), self.maximum, np.nan),
            weighted,
        )

    @property
    def rows(self) -> int:
        """Rows, weights aside."""
        return int(self.totals[0])

    @property
    def counts(self) -> Counts:
        """int64[T]: rows per bin, signal after signal."""
        return _part(self.bin_set, self.totals, 0)

    @property
    def missing(self) -> Counts:
        """int64[S]: rows without a value."""
        return _part(self.bin_set, self.totals, 1)

    @property
    def mistyped(self) -> Counts:
        """int64[S]: rows whose value could not be read as the signal's type; not counted as missing."""
        return _part(self.bin_set, self.totals, 2)

    def counts_of(self, signal: int) -> Counts:
        """int64[K]: rows per bin of one signal."""
        start, stop = self.bin_set.offsets[signal : signal + 2]
        return self.counts[start:stop]

    def n(self) -> Floats:
        """float64[S]: rows with a value; of weighted rows the effective number, (Σw)² / Σw²."""
        if self.weighted is None:
            return _per_signal(self.bin_set, self.counts)
        weight = _per_signal(self.bin_set, _part(self.bin_set, self.weighted, 0)) / WEIGHT_UNIT
        squares = _part(self.bin_set, self.weighted, 2) / WEIGHT_UNIT
        return np.divide(weight**2, squares, out=np.zeros_like(weight), where=squares > 0)

    def effective_counts(self) -> Floats:
        """float64[T]: weighted counts scaled so that each signal's sum is its effective n."""
        if self.weighted is None:
            return self.counts.astype(np.float64)
        counts: Floats = _part(self.bin_set, self.weighted, 0).astype(np.float64)
        weight = _per_signal(self.bin_set, counts)
        factor = np.divide(self.n(), weight, out=np.zeros_like(weight), where=weight > 0)
        counts *= np.repeat(factor, np.diff(self.bin_set.offsets))
        return counts

    def moments(self) -> tuple[Floats, Floats]:
        """float64[S] mean and standard deviation; NaN without rows and for categories.

        Values further than 64 reference standard deviations from the reference's mean enter as if they
        were that far: one wild value does not make the mean meaningless.
        """
        source = self.totals if self.weighted is None else self.weighted
        unit = 1 if self.weighted is None else WEIGHT_UNIT
        n = _per_signal(self.bin_set, _part(self.bin_set, source, 0)) / unit
        numeric = np.array([signal.kind != CATEGORICAL for signal in self.bin_set.signals], dtype=np.bool_)
        known = (n > 0) & numeric
        scale = np.array([signal.scale for signal in self.bin_set.signals])
        center = np.array([signal.center for signal in self.bin_set.signals])
        blank = np.full(len(n), np.nan)
        mean = np.divide(_part(self.bin_set, source, 3) / UNIT, n, out=blank.copy(), where=known)
        square = np.divide(_part(self.bin_set, source, 4) / UNIT**2, n, out=blank, where=known)
        return center + scale * mean, scale * np.sqrt(np.maximum(square - mean**2, 0.0))

    def outside(self) -> Counts:
        """int64[S]: rows outside the reference: below or above its range, or in an unseen category."""
        offsets = self.bin_set.offsets
        last = self.counts[offsets[1:] - 1]
        numeric = np.array([signal.kind != CATEGORICAL for signal in self.bin_set.signals], dtype=np.bool_)
        return last + np.where(numeric, self.counts[offsets[:-1]], 0)

    def to_bytes(self) -> bytes:
        """A compact, versioned form (without the bin set, which it names by digest)."""
        parts = [self.totals] if self.weighted is None else [self.totals, self.weighted]
        flags = 0 if self.weighted is None else _WEIGHTED_FLAG
        sections = [_extreme_bytes(np.concatenate([self.minimum, self.maximum]))]
        for part in parts:
            head = 1 + self.bin_set.width
            sections += [varint.encode(part[:head]), varint.encode(part[head:])]
        # Section by section, because counts and moments compress with different codes.
        packed = [zlib.compress(section) for section in sections]
        return b"".join([_MAGIC, bytes([_VERSION, flags]), self.bin_set.digest, *packed])

    @classmethod
    def from_bytes(cls, payload: bytes, bin_set: BinSet) -> Profile:
        """Read what `to_bytes` wrote; raises Corrupt when the bytes are anything else or of another bin set."""
        sections = _open(payload, bin_set)
        size = len(bin_set.signals)
        extremes = _read_extremes(sections[0], 2 * size)
        vectors = [
            np.concatenate([varint.decode(counts, 1 + bin_set.width), varint.decode(moments, 4 * size)])
            for counts, moments in zip(sections[1::2], sections[2::2], strict=True)
        ]
        return cls(bin_set, vectors[0], extremes[:size], extremes[size:], vectors[1] if len(vectors) > 1 else None)


def _together(how: np.ufunc, vectors: Iterable[Any]) -> Any:
    """One vector of many, in place: stacked first, a month of hours would be copied whole."""
    rest = iter(vectors)
    total = next(rest).copy()
    for vector in rest:
        how(total, vector, out=total)
    return total


def weighed_rows(profile: Profile) -> tuple[Floats, Floats]:
    """float64[T] rows per bin and float64[S] rows without a value (missing or mistyped), each row as its weight.

    The weights of mistyped rows are not kept: such a row counts as the average of the others.
    """
    if profile.weighted is None:
        return profile.counts.astype(np.float64), (profile.missing + profile.mistyped).astype(np.float64)
    counts, missing = (_part(profile.bin_set, profile.weighted, part) / WEIGHT_UNIT for part in (0, 1))
    typed = np.maximum(profile.rows - profile.mistyped, 1)
    mean_weight = (_per_signal(profile.bin_set, counts) + missing) / typed
    return counts, missing + profile.mistyped * np.where(mean_weight > 0, mean_weight, 1.0)


def totals_size(bin_set: BinSet) -> int:
    """Length of the vector of all that adds."""
    return 1 + bin_set.width + 4 * len(bin_set.signals)


def _part(bin_set: BinSet, totals: Counts, part: int) -> Counts:
    """A view: 0 counts, 1 missing, 2 mistyped (or squared weights), 3 sums, 4 squares."""
    after_counts = 1 + bin_set.width
    if part == 0:
        return totals[1:after_counts]
    size = len(bin_set.signals)
    return totals[after_counts + (part - 1) * size : after_counts + part * size]


def _weigh(profile: Profile) -> Counts:
    """The weighted vector; unweighted rows weigh 1."""
    if profile.weighted is not None:
        return profile.weighted
    weighted = profile.totals.copy()
    weighted[0] = 0
    for part in (0, 1):
        _part(profile.bin_set, weighted, part)[:] *= WEIGHT_UNIT
    _part(profile.bin_set, weighted, 2)[:] = _per_signal(profile.bin_set, profile.counts) * WEIGHT_UNIT
    return weighted


def _per_signal(bin_set: BinSet, counts: npt.NDArray[np.int64] | Floats) -> Floats:
    if not bin_set.signals:
        return np.zeros(0)
    return np.add.reduceat(counts, bin_set.offsets[:-1]).astype(np.float64)


def _require_same(one: BinSet, other: BinSet) -> None:
    if one is not other and one.digest != other.digest:
        raise InvalidInput(
            f"Profiles of different bin sets ({one.digest.hex()} and {other.digest.hex()}) do not add.",
            accepted="profiles of one bin set",
        )


def round_outwards(minimum: Floats, maximum: Floats) -> tuple[Floats, Floats]:
    """The nearest extremes that the byte form can hold: 16 significant bits, minimum down, maximum up."""
    return -_round_up(-minimum), _round_up(maximum)


def _round_up(values: Floats) -> Floats:
    with np.errstate(over="ignore"):
        single = values.astype(np.float32)
        single = np.where(single < values, np.nextafter(single, np.float32(np.inf)), single)
    bits = single.view(np.uint32)
    short = bits & ~np.uint32(_DROPPED_BITS)
    away = (short != bits) & (bits >> np.uint32(31) == 0) & np.isfinite(single)
    return (short + np.where(away, np.uint32(_DROPPED_BITS + 1), np.uint32(0))).view(np.float32).astype(np.float64)


def _extreme_bytes(extremes: Floats) -> bytes:
    """The three leading bytes of each single-precision number, all first bytes first."""
    octets = extremes.astype(">f4").view(np.uint8).reshape(-1, 4)
    return octets[:, :3].T.tobytes()


def _read_extremes(section: bytes, count: int) -> Floats:
    if len(section) != 3 * count:
        raise Corrupt(f"A profile has {len(section)} bytes of extremes; expected {3 * count}.")
    octets = np.zeros((count, 4), dtype=np.uint8)
    octets[:, :3] = np.frombuffer(section, dtype=np.uint8).reshape(3, count).T
    return octets.reshape(-1).view(">f4").astype(np.float64)


def _open(payload: bytes, bin_set: BinSet) -> list[bytes]:
    """The decompressed sections: extremes, then counts and moments (twice when weighted)."""
    if payload[: len(_MAGIC)] != _MAGIC or len(payload) < _HEADER_BYTES:
        raise Corrupt(f"A profile starts with {payload[:4]!r}; expected {_MAGIC!r}, a version and a digest.")
    version, flags = payload[len(_MAGIC)], payload[len(_MAGIC) + 1]
    if version != _VERSION or flags not in (0, _WEIGHTED_FLAG):
        raise Corrupt(f"A profile has version {version} and flags {flags}; this Seamark reads version {_VERSION}.")
    digest = payload[_HEADER_BYTES - 8 : _HEADER_BYTES]
    if digest != bin_set.digest:
        raise Corrupt(f"A profile belongs to bin set {digest.hex()}, not to {bin_set.digest.hex()}.")
    sections = []
    rest = payload[_HEADER_BYTES:]
    try:
        for _ in range(5 if flags else 3):
            stream = zlib.decompressobj()
            sections.append(stream.decompress(rest))
            if not stream.eof:
                raise Corrupt(f"A profile of {len(payload)} bytes is cut short.")
            rest = stream.unused_data
    except zlib.error as error:
        raise Corrupt(f"A profile cannot be decompressed: {error}.") from error
    if rest:
        raise Corrupt(f"A profile has {len(rest)} bytes after its end.")
    return sections
