"""What OTLP metrics mean, in whichever of its two encodings they come: names, labels, points as readings.

Names become those that a Prometheus shows for the same instrument (unit and `_total` behind them), attributes of the
resource and of the point become labels, so that one stack profile reads both. Histograms become cumulative buckets.
Exponential ones are brought to four buckets for each doubling; what is finer is merged exactly. Summaries are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from seamark.errors import Malformed
from seamark.wire.readings import Book, Readings, Sent

DELTA: Final = 1
CUMULATIVE: Final = 2
NO_VALUE: Final = 1  # of a point's flags

_UNITS: Final = {
    "s": "seconds",
    "ms": "milliseconds",
    "us": "microseconds",
    "ns": "nanoseconds",
    "min": "minutes",
    "By": "bytes",
    "KiBy": "kibibytes",
    "MiBy": "mebibytes",
    "%": "percent",
    "Cel": "celsius",
    "Hz": "hertz",
    "1": "ratio",
}
_NOT_IN_NAMES: Final = re.compile(r"[^a-zA-Z0-9_:]+")
_SCALE: Final = 2  # of exponential histograms: 2^2 buckets for each doubling
_DOUBLINGS: Final = 24
_HIGHEST: Final = {"ms": 20}  # the largest bound as a power of two; without a unit of that kind, 2^10
_NS_PER_MS: Final = 1_000_000
_END_OF_TIME_NS: Final = 1 << 63

Ints = NDArray[np.int64]


def series_name(name: str, unit: str, *, monotonic: bool, is_sum: bool) -> str:
    """The name a Prometheus gives an instrument.

    >>> series_name("http.server.request.duration", "s", monotonic=False, is_sum=False)
    'http_server_request_duration_seconds'
    >>> series_name("process.cpu.time", "s", monotonic=True, is_sum=True)
    'process_cpu_time_seconds_total'
    """
    clean = _NOT_IN_NAMES.sub("_", name)
    suffix = _UNITS.get(unit, "")
    if suffix == "ratio" and is_sum:
        suffix = ""
    if suffix and not clean.endswith(f"_{suffix}"):
        clean = f"{clean}_{suffix}"
    return f"{clean}_total" if monotonic and is_sum and not clean.endswith("_total") else clean


def label_name(attribute: str) -> str:
    """The label of an attribute: `http.route` is `http_route`."""
    return _NOT_IN_NAMES.sub("_", attribute)


@dataclass(frozen=True, slots=True)
class Instrument:
    """What the points of one metric have in common."""

    name: str  # a Prometheus name
    unit: str
    resource: Mapping[str, str]  # labels
    delta: bool

    def sent(self, labels: Mapping[str, str], start_ns: int, suffix: str = "", **more: str) -> Sent:
        """One of its series."""
        named = {**self.resource, **labels, **more}
        return Sent(self.name + suffix, named, self.delta, start_ns // 1_000 or None)


@dataclass(slots=True)
class Points:
    """Gathers the points of one request."""

    book: Book
    numbers: list[int] = field(default_factory=list)
    times_ns: list[int] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    histograms: list[tuple[Ints, int, NDArray[np.float64]]] = field(default_factory=list)
    ignored: int = 0

    def histogram(self, numbers: Ints, time_ns: int, counts: ArrayLike, total: float, summed: float) -> None:
        """A point of buckets that are not cumulative yet."""
        buckets = np.asarray(counts, dtype=np.float64)
        if len(numbers) != len(buckets) + 2:
            self.ignored += 1
            return
        cumulative = np.empty(len(numbers))
        np.cumsum(buckets, out=cumulative[:-2])
        cumulative[-2:] = total, summed
        self.histograms.append((numbers, time_ns, cumulative))

    def readings(self) -> Readings:
        """All of them."""
        if max((*self.times_ns, *(t for _, t, _ in self.histograms)), default=0) >= _END_OF_TIME_NS:
            raise Malformed("A point has a time that no clock shows.", accepted="nanoseconds since 1970")
        numbers = [np.array(self.numbers, dtype=np.int64), *(each for each, _, _ in self.histograms)]
        sizes = [1] * len(self.times_ns) + [len(n) for n, _, _ in self.histograms]
        times = np.repeat(np.array([*self.times_ns, *(t for _, t, _ in self.histograms)], dtype=np.int64), sizes)
        values = [np.array(self.values, dtype=np.float64), *(each for _, _, each in self.histograms)]
        return Readings(np.concatenate(numbers), times // _NS_PER_MS, np.concatenate(values), self.ignored)


def buckets(
    book: Book, key: bytes, instrument: Instrument, labels: Mapping[str, str], start_ns: int, bounds: Sequence[float]
) -> Ints:
    """The numbers of a histogram's series: a bucket for each bound, the infinite one, count and sum."""
    sent = [instrument.sent(labels, start_ns, "_bucket", le=repr(float(bound))) for bound in (*bounds, float("inf"))]
    others = [instrument.sent(labels, start_ns, suffix) for suffix in ("_count", "_sum")]
    return book.group(key, [*sent, *others])


def grid(unit: str) -> tuple[float, ...]:
    """The bounds that exponential histograms of a unit are brought to."""
    highest = _HIGHEST.get(unit, 10)
    return tuple(2.0 ** (highest - _DOUBLINGS + step / 4) for step in range(4 * _DOUBLINGS + 1))


def on_grid(unit: str, scale: int, offset: int, counts: Sequence[int], zeros: int) -> NDArray[np.float64]:
    """The counts between the bounds of `grid`, of the positive buckets of an exponential histogram.

    Bucket i of scale s holds what is in (2^(i/2^s), 2^((i+1)/2^s)]. Finer ones than the grid's are merged; wider ones
    are put at their upper bound, where their count is exact.
    """
    first = 4 * (_HIGHEST.get(unit, 10) - _DOUBLINGS)
    index = offset + np.arange(len(counts), dtype=np.int64)
    finer = scale - _SCALE
    upper = (index >> finer) + 1 if finer >= 0 else (index + 1) << -finer
    placed = np.zeros(4 * _DOUBLINGS + 2)
    np.add.at(placed, np.clip(upper - first, 0, len(placed) - 1), np.asarray(counts, dtype=np.float64))
    placed[0] += zeros
    return placed
