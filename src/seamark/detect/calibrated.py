"""Between profiles and calibration: which cells of which monitors, and verdicts in the words of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import OF_GROUPS, VOLUME
from seamark.detect.ratios import RATIOS, Ratio
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, RuleKind
from seamark.stats.calibration import Calibration
from seamark.stats.channels import Floats, Layout, SeriesKind
from seamark.stats.coarse import COARSE, FINE, merging
from seamark.stats.distance import distances
from seamark.stats.profile import BinSet, Profile
from seamark.stats.scoring import Scores

_STARTED = 50.0  # rows added before the logarithm, below which chance rather than a factor rules how many there are
_MOST_LOG_ROWS = 80.0  # whose exponential a single-precision number holds
_TRAFFIC = -1  # the position of what is no signal


@dataclass(frozen=True, slots=True)
class Watched:
    """What is judged apart from all traffic: these signals of these segments ("DIMENSION=VALUE")."""

    segments: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class _Series:
    """One series of one monitor: a signal's bins, a share, a mean, or how many rows there are."""

    place: int  # of its monitor
    position: int  # of its signal in the bin set, or `_TRAFFIC`
    kind: SeriesKind
    merge: NDArray[np.int64] | None = None  # the coarse bin of each fine one


@dataclass(frozen=True, slots=True, eq=False)
class SeriesPlan:
    """The series that the calibrated monitors of a bin set watch, and their cells."""

    bin_set: BinSet
    monitors: tuple[Monitor, ...]
    series: tuple[_Series, ...]
    layout: Layout
    where: _Where = field(init=False)

    def __post_init__(self) -> None:
        where = _Where.of(self.bin_set, self.monitors, self.series, self.layout.offsets[:-1])
        object.__setattr__(self, "where", where)

    @property
    def names(self) -> tuple[str, ...]:
        """Of each series: its monitor's, with the signal where a monitor has several."""
        return tuple(f"{self.monitors[each.place].name}/{self._signal(each)}" for each in self.series)

    def _signal(self, series: _Series) -> str:
        return "" if series.position == _TRAFFIC else self.bin_set.signals[series.position].name

    def repeated(self, times: int) -> SeriesPlan:
        """The same monitors and series so many times, one after the other."""
        many = len(self.monitors)
        return SeriesPlan(
            self.bin_set,
            self.monitors * times,
            tuple(replace(each, place=each.place + many * number) for number in range(times) for each in self.series),
            Layout(np.tile(self.layout.kinds, times), np.tile(self.layout.sizes, times)),
        )

    @property
    def places(self) -> NDArray[np.int64]:
        """int64[S]: the place of each series' monitor."""
        return np.array([each.place for each in self.series], dtype=np.int64)

    @property
    def smallest(self) -> Floats:
        """float32[S]: the effect of each series that matters, in the unit of its cells."""
        effects = np.array([self.monitors[each.place].rule.fire for each in self.series], dtype=np.float32)
        traffic = self.series_of_kind(SeriesKind.VALUE)
        effects[traffic] = -np.log1p(-np.minimum(effects[traffic], 0.99))  # a fifth less, or a quarter more
        return effects

    def series_of_kind(self, kind: SeriesKind) -> NDArray[np.int64]:
        """The numbers of the series of one kind."""
        return np.flatnonzero(self.layout.kinds == kind)

    @property
    def silence(self) -> Floats:
        """float32[T] cells of a window without rows, which says nothing but how many there are."""
        cells = np.zeros(self.layout.width, np.float32)
        for number in self.series_of_kind(SeriesKind.VALUE).tolist():
            cells[self.layout.offsets[number] : self.layout.offsets[number + 1]] = _volume(0)
        return cells

    def cells(self, profile: Profile) -> Floats:
        """float32[T] of one window.

        Rows are counted as log(rows + 50) (a started logarithm: J. W. Tukey, Exploratory Data Analysis, 1977):
        traffic varies by factors, a season multiplies it, and 0 rows are a number like any other.
        """
        of, counts = self.where, profile.effective_counts()
        found = np.asarray(np.bincount(of.cell_of_bin, counts[of.bins], minlength=self.layout.width), np.float64)
        for ratio, first, positions, subjects in of.shares:
            part, whole = ratio(profile, positions, subjects)
            found[first], found[first + 1] = part, whole - part
        if len(of.means):
            found[of.means], found[of.means + 1] = _means(profile, of.of_means)
        for first in of.traffic.tolist():
            found[first : first + 2] = _volume(profile.rows)
        return found.astype(np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class _Where:
    """Which of a profile's numbers each cell is made of: the first cells of series, and the positions of signals."""

    bins: NDArray[np.int64]  # [B] of the bin set, signal after signal, some of them several times
    cell_of_bin: NDArray[np.int64]  # [B]
    shares: tuple[tuple[Ratio, NDArray[np.int64], NDArray[np.int64], tuple[str, ...]], ...]  # with their subjects
    means: NDArray[np.int64]
    of_means: NDArray[np.int64]
    traffic: NDArray[np.int64]

    @classmethod
    def of(
        cls, bin_set: BinSet, monitors: Sequence[Monitor], series: Sequence[_Series], offsets: NDArray[np.int64]
    ) -> _Where:
        """`offsets` are the first cells of the series."""
        by_statistic: dict[str, list[int]] = {}
        bins, cells = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for number, each in enumerate(series):
            if each.kind is SeriesKind.SHARE:
                by_statistic.setdefault(monitors[each.place].statistic, []).append(number)
            elif each.kind < SeriesKind.SHARE:
                mine = np.arange(*bin_set.offsets[each.position : each.position + 2])
                bins.append(mine)
                cells.append(offsets[number] + (np.arange(len(mine)) if each.merge is None else each.merge))
        positions = np.array([each.position for each in series], np.int64)
        kinds = np.array([each.kind for each in series], np.int64)
        means, traffic = (np.flatnonzero(kinds == kind) for kind in (SeriesKind.MEAN, SeriesKind.VALUE))
        return cls(
            np.concatenate(bins),
            np.concatenate(cells),
            tuple(
                (
                    RATIOS[name],
                    offsets[numbers],
                    positions[numbers],
                    tuple(monitors[series[number].place].subject for number in numbers),
                )
                for name, numbers in by_statistic.items()
            ),
            offsets[means],
            positions[means],
            offsets[traffic],
        )


def series_of(bin_set: BinSet, monitors: Sequence[Monitor], reference: Profile) -> SeriesPlan:
    """The series of the calibrated monitors. Scores of many bins are merged by the reference's mass."""
    known = distances()
    found: list[_Series] = []
    for place, monitor in enumerate(monitors):
        if monitor.rule.kind is not RuleKind.CALIBRATED:
            continue
        if monitor.statistic in OF_GROUPS:
            found += [_bins(bin_set, place, int(p), reference) for p in bin_set.members(monitor.signal)]
        elif monitor.statistic == VOLUME:
            found.append(_Series(place, _TRAFFIC, SeriesKind.VALUE))
        elif monitor.statistic == "mean_shift":
            found.append(_Series(place, bin_set.position(monitor.signal), SeriesKind.MEAN))
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
    if series.kind >= SeriesKind.SHARE:
        return 2
    return bin_set.signals[series.position].bins.count if series.merge is None else COARSE


def _means(profile: Profile, positions: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(sums in standard deviations of the reference, rows) of numbers."""
    signals, n = [profile.bin_set.signals[position] for position in positions.tolist()], profile.n()[positions]
    center, scale = (np.array([getattr(signal, name) for signal in signals]) for name in ("center", "scale"))
    return np.where(n > 0, (profile.moments()[0][positions] - center) / scale * n, 0.0), n


def _volume(rows: int) -> NDArray[np.float64]:
    return np.array([np.log(rows + _STARTED), 1.0])


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
    for name in ("now", "usual"):
        found.setdefault(name, np.full(len(plan.monitors), np.nan))
    mine = slice(first, first + len(plan.series))
    order = np.argsort(scores.surprise[mine, window], kind="stable")  # the most surprising is written last
    places, kinds = plan.places[order], plan.layout.kinds[order]
    told = [each[order] for each in _native(plan, scores, window, mine)]
    order += first
    effect, threshold, usual, now = told
    surprise, n = scores.surprise[order, window], scores.n[order, window]
    least = np.array([plan.monitors[place].rule.min_n for place in places.tolist()])
    status = np.select(
        [n < np.maximum(least, 1), effect >= threshold, surprise >= calibration.ending],
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
        ("n", np.where(kinds == SeriesKind.VALUE, usual, n)),
        ("now", now),
        ("usual", usual),
        ("status", status),
        ("span", scores.scale[order, window]),
    ):
        found[name][places] = values
    return found


def _native(plan: SeriesPlan, scores: Scores, window: int, mine: slice) -> tuple[Floats, Floats, Floats, Floats]:
    """(effect, threshold, usual, now) of each series as people read them: float32[S] each.

    Of traffic the effect is the share by which it is off its usual, and `usual` and `now` are rows a window; of a
    mean those two are in the unit of its signal.
    """
    effect, threshold, usual, now = (
        each[mine, window].copy() for each in (scores.effect, scores.threshold, scores.usual, scores.now)
    )
    traffic = plan.series_of_kind(SeriesKind.VALUE)
    sign = np.where(now[traffic] < usual[traffic], -1, 1)
    limit = np.exp(np.minimum(usual[traffic] + sign * threshold[traffic], _MOST_LOG_ROWS)) - _STARTED
    usual[traffic], now[traffic] = (np.maximum(np.exp(each[traffic]) - _STARTED, 0) for each in (usual, now))
    off = np.maximum(usual[traffic], 1)
    effect[traffic], threshold[traffic] = np.abs(now[traffic] - off) / off, np.abs(limit - off) / off
    for number in plan.series_of_kind(SeriesKind.MEAN).tolist():
        signal = plan.bin_set.signals[plan.series[number].position]
        usual[number], now[number] = (signal.center + signal.scale * each[number] for each in (usual, now))
    return effect, threshold, usual, now
