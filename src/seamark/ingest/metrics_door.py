"""The way in for metrics: requests of every format become minutes of canonical series, written a few times a minute.

What has been taken and not yet written is lost in a crash: the gauges and deltas of the last seconds. Totals lose
nothing: where they stood is written in the same transaction as what they added.
"""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

import numpy as np

from seamark.clock import DAY_US, HOUR_US, MINUTE_US, SECOND_US
from seamark.errors import Unavailable
from seamark.ingest.links import Pair
from seamark.ingest.options import MetricsOptions
from seamark.ingest.samples import Samples
from seamark.ingest.stack import Catalogue
from seamark.records.measurement import Measurement, MeasurementKind
from seamark.records.metric import MetricKind, Series
from seamark.stats.minutes import Minutes, merge
from seamark.store.drawer_of_metrics import Metrics
from seamark.store.stretches import GAUGE_FIELDS, Stretch
from seamark.wire.readings import Book, Readings

STATE: Final = "counters"  # the name under which the store keeps where they stood
_GATHERED: Final = 500_000  # entries that wait before they are added up
_WAITING: Final = 4_000_000  # the most that may wait while the store cannot be written
_WAITING_REQUESTS: Final = 64
_FOLDED_BLOCKS: Final = 500  # a transaction
_REJECTED: Final = ("refused", "too_old", "too_new")

Decode = Callable[[bytes, Book], Readings]


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of the samples of one request."""

    accepted: int
    rejected: int
    message: str  # why, for whoever sent them


class MetricsDoor:
    """Takes metrics from any thread, one request at a time; `age` comes from one lane, `flush` from any."""

    def __init__(
        self, metrics: Metrics, options: MetricsOptions, catalogue: Catalogue, *, now_us: Callable[[], int]
    ) -> None:
        self.catalogue = catalogue
        self._metrics = metrics
        self._options = options
        self._now_us = now_us
        self._turn = threading.Lock()
        self._writing = threading.Lock()
        self._thread = ThreadPoolExecutor(1, "seamark-metrics")
        self._submitted = 0
        self._since_ms = now_us() // 1_000
        self._waiting: list[Minutes] = []
        self._entries = 0
        self._fates: Counter[str] = Counter()
        self._renew(metrics.state(STATE) or b"")

    async def submit(self, project: str, body: bytes, decode: Decode) -> Taken:
        """`receive` on the receiver's own thread, so that others are answered meanwhile."""
        if self._submitted >= _WAITING_REQUESTS:
            raise Unavailable("Too many requests with metrics wait already; send this one again later.")
        self._submitted += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, self.receive, project, body, decode)
        finally:
            self._submitted -= 1

    def receive(self, project: str, body: bytes, decode: Decode) -> Taken:
        """Take one request; raises Malformed, or Unavailable while nothing can be written."""
        with self._turn:
            if self._entries > _WAITING:
                raise Unavailable("The store cannot be written, and no more metrics can wait; send them again later.")
            full = len(self._samples) >= self._options.max_sent_series
            if full and self._now_us() - self._renewed_us > HOUR_US:
                self._renew(self._samples.save())
            book = self._books.get(project)
            if book is None:
                samples = self._samples
                book = self._books[project] = Book(lambda sent: samples.enter(project, sent))
            return self._take(decode(body, book))

    def flush(self, states: dict[str, bytes] | None = None) -> int:
        """Write what waits, with where the counters stand and the `states` of sources; returns how many series."""
        with self._writing:  # in the order of what is written, or where the counters stand would be older than that
            return self._flush(states)

    def _flush(self, states: dict[str, bytes] | None) -> int:
        with self._turn:
            waiting, self._waiting, self._entries = self._waiting, [], 0
            slots, saved = self._samples.slots, self._samples.save()
        if not waiting and not states:
            return 0
        try:
            stretches = list(_stretches(merge(waiting), slots)) if waiting else []
            self._metrics.add(stretches, {STATE: saved, **(states or {})}, max_series=self._options.max_series)
        except BaseException:
            with self._turn:
                self._waiting = [*waiting, *self._waiting]
                self._entries += sum(len(each.series) for each in waiting)
            raise
        return len(stretches)

    def stop(self) -> None:
        """Take nothing more and write what waits."""
        self._thread.shutdown(wait=True)
        self.flush()

    def age(self, now_us: int) -> bool:
        """Put what is old into coarser blocks and forget what is too old; whether there is more to do."""
        options = self._options
        folded = self._metrics.fold(MINUTE_US, now_us - options.minutes_days * DAY_US, _FOLDED_BLOCKS)
        folded += self._metrics.fold(5 * MINUTE_US, now_us - options.five_minutes_days * DAY_US, _FOLDED_BLOCKS)
        self._metrics.forget(now_us - options.keep_days * DAY_US)
        return folded >= _FOLDED_BLOCKS

    def linked(self) -> set[Pair]:
        """What rests on what, as what was heard in the last ten minutes tells."""
        with self._turn:
            return self._samples.linked((self._now_us() - 10 * MINUTE_US) // 1_000)

    def measurements(self) -> list[Measurement]:
        """What has come in since the start."""
        with self._turn:
            fates = tuple(((fate,), float(count)) for fate, count in sorted(self._fates.items()))
            sent, waiting = float(len(self._samples)), float(self._entries)
        counter, gauge = MeasurementKind.COUNTER, MeasurementKind.GAUGE
        return [
            Measurement(
                "seamark_metric_samples", "Samples of metrics, by what became of them.", counter, ("fate",), fates
            ),
            Measurement("seamark_metric_sent_series", "Series that senders name.", gauge, (), (((), sent),)),
            Measurement("seamark_metric_waiting_entries", "To be written.", gauge, (), (((), waiting),)),
        ]

    def _take(self, readings: Readings) -> Taken:
        now_ms = self._now_us() // 1_000
        oldest_ms = now_ms - self._options.max_age_seconds * 1_000
        entries, fates = self._samples.take(readings, oldest_ms, now_ms + self._options.max_future_seconds * 1_000)
        self._fates.update(fates)
        if len(entries.series):
            self._waiting.append(entries)
            self._entries += len(entries.series)
        if self._entries > _GATHERED and len(self._waiting) > 1:
            self._waiting = [merge(self._waiting)]
            self._entries = len(self._waiting[0].series)
        rejected = {fate: fates[fate] for fate in _REJECTED if fates[fate]}
        return Taken(fates["accepted"], sum(rejected.values()), self._why(rejected))

    def _why(self, rejected: dict[str, int]) -> str:
        said = {
            "refused": f"belong to more than the {self._options.max_sent_series:,} series that are taken",
            "too_old": f"are older than {self._options.max_age_seconds / HOUR_US * SECOND_US:g} hours",
            "too_new": f"are more than {self._options.max_future_seconds} s ahead of this server's clock",
        }
        return "; ".join(f"{count:,} samples {said[fate]}" for fate, count in rejected.items())

    def _renew(self, saved: bytes) -> None:
        """Begin numbering anew, so that series nobody sends any more make room; counters go on where they stood."""
        if hasattr(self, "_samples") and self._waiting:
            self._flush_held(saved)
        self._samples = Samples(self.catalogue, self._options.max_sent_series, self._since_ms, saved)
        self._books: dict[str, Book] = {}
        self._renewed_us = self._now_us()

    def _flush_held(self, saved: bytes) -> None:
        """Write what waits under the numbers that are about to go."""
        stretches = list(_stretches(merge(self._waiting), self._samples.slots))
        self._metrics.add(stretches, {STATE: saved}, max_series=self._options.max_series)
        self._waiting, self._entries = [], 0


def _stretches(minutes: Minutes, slots: list[tuple[Series, float | None]]) -> Iterator[Stretch]:
    """Entries by slot, ascending, as one stretch per series."""
    edges = np.flatnonzero(np.diff(minutes.series, prepend=-1, append=-1))
    by_series: dict[Series, list[tuple[float, slice]]] = {}
    for start, stop in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        series, bound = slots[int(minutes.series[start])]
        by_series.setdefault(series, []).append((bound or 0.0, slice(start, stop)))
    for series, parts in by_series.items():
        parts.sort(key=lambda part: part[0])
        first = min(int(minutes.minute[part.start]) for _, part in parts)
        last = max(int(minutes.minute[part.stop - 1]) for _, part in parts)
        bounds = tuple(bound for bound, _ in parts) if series.kind is MetricKind.HISTOGRAM else ()
        fields = GAUGE_FIELDS if series.kind is MetricKind.GAUGE else len(parts)
        values = np.full((fields, last - first + 1), np.nan)
        for row, (_, part) in enumerate(parts):
            columns = minutes.minute[part] - first
            values[row, columns] = minutes.total[part]
            if series.kind is MetricKind.GAUGE:
                values[1, columns], values[2, columns] = minutes.count[part], minutes.least[part]
                values[3, columns] = minutes.most[part]
        yield Stretch(series, first * MINUTE_US, MINUTE_US, values, bounds)
