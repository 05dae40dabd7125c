"""A bin set: the ordered signals of a model and their bins, frozen from a reference.

It fixes the layout of every profile made with it: one flat vector of counts, signal after signal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from seamark.errors import Corrupt, InvalidInput, NotFound
from seamark.stats.binning import CategoricalBins, NumericBins, numeric_bins
from seamark.stats.columns import pack, plain, unpack
from seamark.stats.description import Descriptions, from_arrays, to_arrays
from seamark.stats.joint import JointProjections

NUMERIC: Final = "numeric"
CATEGORICAL: Final = "categorical"
JOINT: Final = "joint"  # the group of the joint projections, and their role
_VERSION: Final = 1


@dataclass(frozen=True, slots=True, eq=False)
class SignalBins:
    """One signal: its name (`feature.amount`), kind (`numeric` or `categorical`), role and bins.

    Moments are kept of (value - center) / scale; `scale` > 0 is the reference's standard deviation. Signals of one
    `group` (`joint`, or an embedding's or a text's `feature.prompt`) are watched as one.
    """

    name: str
    kind: str
    role: str
    bins: NumericBins | CategoricalBins
    center: float = 0.0
    scale: float = 1.0
    group: str = ""


def numeric_signal(
    name: str,
    role: str,
    reference: npt.ArrayLike,
    *,
    bins: int = 20,
    extra_edges: Sequence[float] = (),
    group: str = "",
) -> SignalBins:
    """A numeric signal with bins, center and scale from float64[N] of reference values.

    A constant reference has its own magnitude (or 1) as scale.
    """
    values = np.asarray(reference, dtype=np.float64).ravel()
    finite = values[np.isfinite(values)]
    center, scale = 0.0, 0.0
    if len(finite):
        with np.errstate(over="ignore", invalid="ignore"):
            center, scale = float(finite.mean()), float(finite.std())
    if not (np.isfinite(center) and np.isfinite(scale)):  # squares past the largest float
        center, scale = float(np.median(finite)), float(np.abs(finite).max())
    if scale <= 0 or not np.isfinite(1 / scale):
        scale = abs(center) or 1.0
    edges = numeric_bins(values, bins=bins, extra_edges=extra_edges)
    return SignalBins(name, NUMERIC, role, edges, center, scale, group)


def categorical_signal(name: str, role: str, bins: CategoricalBins) -> SignalBins:
    """A categorical signal."""
    return SignalBins(name, CATEGORICAL, role, bins)


@dataclass(frozen=True, slots=True, eq=False)
class BinSet:
    """Ordered signals; signal s has the counts `offsets[s]:offsets[s + 1]` of a profile."""

    signals: tuple[SignalBins, ...]
    joint: JointProjections | None = None  # projections of features; its signals have the role "joint"
    described: Descriptions = field(default_factory=dict)  # how embeddings and texts become groups of signals, by name
    offsets: npt.NDArray[np.int64] = field(init=False)
    digest: bytes = field(init=False)  # 8 bytes of BLAKE2b over the content
    _positions: dict[str, int] = field(init=False, repr=False)
    _groups: dict[str, list[int]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        sizes = [signal.bins.count for signal in self.signals]
        offsets = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
        positions = {signal.name: position for position, signal in enumerate(self.signals)}
        if len(positions) != len(self.signals):
            names = [signal.name for signal in self.signals]
            twice = next(name for name in names if names.count(name) > 1)
            raise InvalidInput(f"A bin set has two signals named {twice!r}; names must be distinct.", value=twice)
        object.__setattr__(self, "offsets", offsets)
        groups: dict[str, list[int]] = {}
        for position, signal in enumerate(self.signals):
            if signal.group or signal.role == JOINT:
                groups.setdefault(signal.group or JOINT, []).append(position)
        object.__setattr__(self, "_positions", positions)
        object.__setattr__(self, "_groups", groups)
        object.__setattr__(self, "digest", hashlib.blake2b(plain(_columns(self)), digest_size=8).digest())

    @property
    def width(self) -> int:
        """Number of bins of all signals together."""
        return int(self.offsets[-1])

    def position(self, name: str) -> int:
        """The place of a signal in the order; raises NotFound."""
        try:
            return self._positions[name]
        except KeyError:
            known = ", ".join(list(self._positions)[:20])
            raise NotFound(f"This bin set has no signal {name!r}; it has {known or 'none'}.") from None

    def members(self, name: str) -> npt.NDArray[np.int64]:
        """The places of the signals that `name` stands for: those of a group, the first of them its lead, or the one.

        Raises NotFound.
        """
        return np.array(self._groups.get(name) or [self.position(name)], dtype=np.int64)

    def group_of(self, name: str) -> str:
        """What a name is watched as: its group, or itself."""
        place = self._positions.get(name)
        if place is None:
            return name
        signal = self.signals[place]
        return signal.group or (JOINT if signal.role == JOINT else name)

    def positions(self, *, role: str | None = None, kind: str | None = None) -> npt.NDArray[np.int64]:
        """The places of all signals of a role or kind (or of any), in order."""
        wanted = [
            position
            for position, signal in enumerate(self.signals)
            if role in (None, signal.role) and kind in (None, signal.kind)
        ]
        return np.array(wanted, dtype=np.int64)

    def to_bytes(self) -> bytes:
        """A compact, versioned form; equal bin sets give equal bytes."""
        return pack(_columns(self))

    @classmethod
    def from_bytes(cls, payload: bytes) -> BinSet:
        """Read what `to_bytes` wrote; raises Corrupt when the bytes are anything else."""
        columns: dict[str, npt.NDArray[Any]] = unpack(payload)
        try:
            meta = json.loads(columns["meta"].tobytes().decode("utf-8", "surrogatepass"))
            if meta["version"] != _VERSION:
                raise Corrupt(f"A bin set has version {meta['version']}; this Seamark reads version {_VERSION}.")
            joint = None
            if "joint.signs" in columns:
                joint = JointProjections(*(columns[f"joint.{name}"] for name in JointProjections.__slots__))
            described = from_arrays(meta.get("described", {}), columns)
            return cls(_read_signals(meta["signals"], columns), joint, described)
        except (KeyError, TypeError, ValueError, InvalidInput) as error:
            raise Corrupt(f"A bin set contradicts itself: {error!r}.") from error


def _columns(bin_set: BinSet) -> dict[str, npt.NDArray[Any]]:
    """All there is to a bin set, as arrays."""
    meta: dict[str, Any] = {"version": _VERSION, "signals": [_describe(signal) for signal in bin_set.signals]}
    kinds, arrays = to_arrays(bin_set.described)
    if kinds:
        meta["described"] = kinds
    text = json.dumps(meta, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")
    numeric = [signal.bins.edges for signal in bin_set.signals if isinstance(signal.bins, NumericBins)]
    rare = [signal.bins.rare for signal in bin_set.signals if isinstance(signal.bins, CategoricalBins)]
    columns: dict[str, npt.NDArray[Any]] = {
        "meta": np.frombuffer(text, dtype=np.uint8),
        "moments": np.array([(signal.center, signal.scale) for signal in bin_set.signals]).reshape(-1, 2),
        "edges": np.concatenate([*numeric, np.empty(0)]),
        "rare": np.concatenate([*rare, np.empty(0, dtype=np.uint64)]),
    }
    if bin_set.joint is not None:
        columns |= {f"joint.{name}": getattr(bin_set.joint, name) for name in JointProjections.__slots__}
    return columns | arrays


def _describe(signal: SignalBins) -> dict[str, object]:
    described: dict[str, object] = {"name": signal.name, "kind": signal.kind, "role": signal.role}
    if signal.group:
        described["group"] = signal.group
    if isinstance(signal.bins, NumericBins):
        return described | {"edges": len(signal.bins.edges), "whole": signal.bins.whole}
    bins = signal.bins
    return described | {"categories": bins.categories, "rare": len(bins.rare), "capped": bins.capped}


def _read_signals(described: list[dict[str, Any]], columns: dict[str, npt.NDArray[Any]]) -> tuple[SignalBins, ...]:
    signals = []
    edge, rare = 0, 0
    for fields, (center, scale) in zip(described, columns["moments"].tolist(), strict=True):
        bins: NumericBins | CategoricalBins
        if fields["kind"] == NUMERIC:
            bins = NumericBins(columns["edges"][edge : edge + fields["edges"]], whole=fields["whole"])
            edge += fields["edges"]
        else:
            known = columns["rare"][rare : rare + fields["rare"]]
            bins = CategoricalBins(tuple(fields["categories"]), known, capped=fields["capped"])
            rare += fields["rare"]
        group = fields.get("group", "")
        signals.append(SignalBins(fields["name"], fields["kind"], fields["role"], bins, center, scale, group))
    return tuple(signals)
