"""Between profiles and calibration: which cells of which monitors, and the stored form of what was learned."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import OF_GROUPS
from seamark.detect.ratios import RATIOS
from seamark.errors import Corrupt
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, RuleKind
from seamark.stats import columns
from seamark.stats.calibration import Calibration
from seamark.stats.channels import Floats, Layout, Ranks, SeriesKind
from seamark.stats.coarse import COARSE, FINE, merging
from seamark.stats.distance import distances
from seamark.stats.profile import BinSet, Profile
from seamark.stats.scoring import Scores
from seamark.stats.seasonal import Baseline
from seamark.stats.tail import Tail
from seamark.stats.usual import Usual

_VERSION = 2


@dataclass(frozen=True, slots=True)
class Watched:
    """What is judged apart from all traffic: these signals of these segments ("DIMENSION=VALUE")."""

    segments: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """One series of one monitor: a signal's bins, or a share."""

    place: int  # of its monitor
    position: int  # of its signal in the bin set
    kind: SeriesKind
    merge: NDArray[np.int64] | None = None  # the coarse bin of each fine one


@dataclass(frozen=True, slots=True, eq=False)
class SeriesPlan:
    """The series that the calibrated monitors of a bin set watch, and their cells."""

    bin_set: BinSet
    monitors: tuple[Monitor, ...]
    series: tuple[_Series, ...]
    layout: Layout

    @property
    def names(self) -> tuple[str, ...]:
        """Of each series: its monitor's, with the signal where a monitor has several."""
        return tuple(
            f"{self.monitors[each.place].name}/{self.bin_set.signals[each.position].name}" for each in self.series
        )

    @property
    def places(self) -> NDArray[np.int64]:
        """int64[S]: the place of each series' monitor."""
        return np.array([each.place for each in self.series], dtype=np.int64)

    def cells(self, profile: Profile) -> Floats:
        """float32[T] of one window."""
        counts, offsets = profile.effective_counts(), self.bin_set.offsets
        parts: list[NDArray[np.float64]] = []
        shares = self._shares(profile)
        for number, each in enumerate(self.series):
            if each.kind is SeriesKind.SHARE:
                parts.append(shares[number])
                continue
            bins = counts[offsets[each.position] : offsets[each.position + 1]]
            parts.append(
                bins if each.merge is None else np.bincount(each.merge, bins, minlength=COARSE).astype(np.float64)
            )
        return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)

    def _shares(self, profile: Profile) -> dict[int, NDArray[np.float64]]:
        """(rows that are so, rows that are not) of each share, by its number."""
        by_statistic: dict[str, list[int]] = {}
        for number, each in enumerate(self.series):
            if each.kind is SeriesKind.SHARE:
                by_statistic.setdefault(self.monitors[each.place].statistic, []).append(number)
        found: dict[int, NDArray[np.float64]] = {}
        for statistic, numbers in by_statistic.items():
            positions = np.array([self.series[number].position for number in numbers], dtype=np.int64)
            subjects = [self.monitors[self.series[number].place].subject for number in numbers]
            part, whole = RATIOS[statistic](profile, positions, subjects)
            found |= {n: np.array([p, w - p]) for n, p, w in zip(numbers, part, whole, strict=True)}
        return found


def series_of(bin_set: BinSet, monitors: Sequence[Monitor], reference: Profile) -> SeriesPlan:
    """The series of the calibrated monitors. Scores of many bins are merged by the reference's mass."""
    known = distances()
    found: list[_Series] = []
    for place, monitor in enumerate(monitors):
        if monitor.rule.kind is not RuleKind.CALIBRATED:
            continue
        if monitor.statistic in OF_GROUPS:
            found += [_bins(bin_set, place, int(p), reference) for p in bin_set.members(monitor.signal)]
        elif monitor.statistic in known:
            found.append(_bins(bin_set, place, bin_set.position(monitor.signal), reference))
        elif monitor.statistic in RATIOS:
            found.append(_Series(place, int(bin_set.members(monitor.signal)[0]), SeriesKind.SHARE))
    sizes = [(each.kind, _size(bin_set, each)) for each in found]
    return SeriesPlan(bin_set, tuple(monitors), tuple(found), Layout.of(sizes))


def _bins(bin_set: BinSet, place: int, position: int, reference: Profile) -> _Series:
    kind = SeriesKind.ORDERED if bin_set.signals[position].kind == "numeric" else SeriesKind.UNORDERED
    counts = reference.counts_of(position).astype(np.float64)
    fine = kind is SeriesKind.ORDERED and len(counts) > FINE and counts.sum() > 0
    return _Series(place, position, kind, merging(counts) if fine else None)


def _size(bin_set: BinSet, series: _Series) -> int:
    if series.kind is SeriesKind.SHARE:
        return 2
    return bin_set.signals[series.position].bins.count if series.merge is None else COARSE


def overlay(
    arrays: Mapping[str, NDArray[np.generic]],
    plan: SeriesPlan,
    calibration: Calibration,
    scores: Scores,
    window: int,
    first: int = 0,
) -> dict[str, NDArray[np.generic]]:
    """An evaluation block's arrays with the calibrated monitors' verdicts on one window put in.

    A monitor of several series speaks for the most surprising one. `span` is how many trailing windows
    the leading view covers. The plan's series are the scores' from `first` on.
    """
    found = {name: array.copy() for name, array in arrays.items()}
    found["span"] = np.ones(len(plan.monitors), dtype=np.int16)
    mine = slice(first, first + len(plan.series))
    order = np.argsort(scores.surprise[mine, window], kind="stable")  # the most surprising is written last
    places = plan.places[order]
    order += first
    effect, threshold = scores.effect[order, window], scores.threshold[order, window]
    surprise, n = scores.surprise[order, window], scores.n[order, window]
    least = np.array([plan.monitors[place].rule.min_n for place in places.tolist()])
    status = np.select(
        [n < least, effect >= threshold, surprise >= calibration.ending],
        [Status.INSUFFICIENT, Status.BREACH, Status.ELEVATED],
        Status.OK,
    )
    status = np.where(found["status"][places] == Status.NO_DATA, Status.NO_DATA, status)
    for name, values in (
        ("value", effect),
        ("effect", effect),
        ("threshold", threshold),
        ("exceedance", effect / threshold),
        ("p", 10.0**-surprise),
        ("n", n),
        ("status", status),
        ("span", scores.scale[order, window]),
    ):
        found[name][places] = values
    return found


def to_bytes(calibration: Calibration, names: Sequence[str], watched: Watched | None = None) -> bytes:
    """A calibration, what its series are called and what it watches apart, in one compact, versioned form."""
    watched = watched or Watched()
    meta = {
        "version": _VERSION,
        "names": list(names),
        "segments": watched.segments,
        "signals": watched.signals,
        "scales": list(calibration.scales),
        "level": calibration.level,
        "levels": list(calibration.levels),
        "noise": calibration.noise,
        "tails": [[tail.scale, tail.shape] for tail in calibration.tails],
    }
    text = np.frombuffer(json.dumps(meta, ensure_ascii=False).encode("utf-8", "surrogatepass"), dtype=np.uint8)
    of, baseline = calibration, calibration.baseline
    wholes, cells = of.layout.part(0, len(of.layout) - len(baseline.parents))
    return columns.pack(
        {
            "meta": text,
            "kinds": of.layout.kinds,
            "sizes": of.layout.sizes,
            "flat": baseline.flat,
            "flat_rows": baseline.flat_rows,
            # Half precision: 1 in 2,000 of a share, far below what any number of rows can tell.
            "slots": baseline.slots[cells].astype(np.float16),
            "slot_rows": baseline.slot_rows[: len(wholes)],
            "parents": baseline.parents,
            "offset": baseline.offset,
            "overdispersion": of.usual.overdispersion,
            "median": of.usual.median,
            "spread": of.usual.spread,
            "points": np.stack([tail.points for tail in of.tails]),
            "smallest": of.smallest,
            "bonus": of.bonus,
        }
    )


def from_bytes(payload: bytes) -> tuple[Calibration, tuple[str, ...], Watched]:
    """Read `to_bytes`; raises Corrupt when the bytes are anything else."""
    stored = columns.unpack(payload)
    try:
        meta = json.loads(stored["meta"].tobytes().decode("utf-8", "surrogatepass"))
        if meta["version"] != _VERSION:
            raise Corrupt(f"A calibration has version {meta['version']}; this Seamark reads version {_VERSION}.")
        single = {name: np.asarray(array, dtype=np.float32) for name, array in stored.items() if name != "meta"}
        layout = Layout(stored["kinds"].astype(np.int8), stored["sizes"].astype(np.int64))
        baseline = _baseline(layout, single, stored.get("parents"))
        calibration = Calibration(
            layout=layout,
            baseline=baseline,
            ranks=Ranks.under(layout, baseline.flat),
            usual=Usual(single["overdispersion"], single["median"], single["spread"]),
            tails=tuple(
                Tail(points, scale, shape)
                for points, (scale, shape) in zip(single["points"], meta["tails"], strict=True)
            ),
            scales=tuple(meta["scales"]),
            smallest=single["smallest"],
            bonus=single["bonus"],
            level=float(meta["level"]),
            levels=tuple((float(budget), float(level)) for budget, level in meta.get("levels", ())),
            noise=float(meta["noise"]),
        )
        watched = Watched(tuple(meta.get("segments", ())), tuple(meta.get("signals", ())))
        return calibration, tuple(meta["names"]), watched
    except (KeyError, TypeError, ValueError) as error:
        raise Corrupt(f"A stored calibration contradicts itself: {error!r}.") from error


def _baseline(layout: Layout, stored: Mapping[str, Floats], parents: NDArray[np.generic] | None) -> Baseline:
    """The seasons of parts are not stored: they follow from those of the wholes."""
    of = np.zeros(0, np.int64) if parents is None else parents.astype(np.int64)
    many = len(layout) - len(of)
    _, cells = layout.part(0, many)
    flat, rows = stored["flat"], stored["flat_rows"]
    wholes = Baseline(flat[cells], rows[:many], stored["slots"], stored["slot_rows"])
    return wholes.joined(layout, flat[cells.stop :], rows[many:], of, stored["offset"]) if len(of) else wholes
