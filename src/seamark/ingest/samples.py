"""Sent series by number: what each feeds, and where its counter stood. Arrays, because samples come by the thousand."""

from __future__ import annotations

import hashlib
import json
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seamark.ingest.links import Pair, links
from seamark.ingest.stack import Catalogue, Match, Use
from seamark.records.metric import METRICS, MetricKind, Series
from seamark.stats.counters import increase, previous
from seamark.stats.minutes import Minutes
from seamark.wire.readings import REFUSED, UNMATCHED, Readings, Sent

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

GAUGE, TOTAL, DELTA = 0, 1, 2
_MOST_FEEDS: Final = 4  # canonical series that one sent series feeds
_UNHEARD: Final = -(1 << 62)
_MINUTE_MS: Final = 60_000
_HOUR_MS: Final = 60 * _MINUTE_MS
_NEAR_MS: Final = 1_000  # samples of one scrape
_PLACES: Final = ("job", "instance", "service_name", "service_instance_id", "host_name")
_SAVED: Final = np.dtype([("who", "S16"), ("time", "<i8"), ("value", "<f8"), ("family", "S16"), ("since", "<i8")])


_COLUMNS: Final[dict[str, tuple[Any, ...]]] = {  # name → what stands in new rows, type, width
    "who": (b"", "S16"),
    "time": (_UNHEARD, np.int64),
    "value": (np.nan, np.float64),
    "start": (-1, np.int64),
    "family": (0, np.int64),
    "mode": (GAUGE, np.int8),
    "feeds": (-1, np.int64, _MOST_FEEDS),
    "scale": (1.0, np.float64, _MOST_FEEDS),
    "use": (0, np.int8, _MOST_FEEDS),
}


class Samples:
    """Turns readings into increases and gauge samples of canonical series, told apart by slot.

    The first value of a counter says nothing about what it counted, unless other series of the same name and sender
    have been heard before: then this one began with what it counts, at zero. `saved` is an earlier `save()`, so that a
    restart neither loses nor repeats an increase.
    """

    def __init__(self, catalogue: Catalogue, most: int, since_ms: int, saved: bytes = b"") -> None:
        self._catalogue = catalogue
        self._most = most
        self._since_ms = since_ms
        self.slots: list[tuple[Series, float | None]] = []  # (series, bound of a bucket)
        self._links: dict[int, tuple[Pair, ...]] = {}  # by number, those that tell any
        self._slot_of: dict[tuple[Series, float | None], int] = {}
        self._stack_of: dict[Series, str] = {}
        self._name_of: dict[tuple[Series, int], str] = {}
        self._families: dict[bytes, int] = {}
        self._count = 0
        self._family_first = np.full(64, 1 << 62, dtype=np.int64)
        self._family_who = np.zeros(64, dtype="S16")
        self._room(64)
        self._unheard: dict[bytes, tuple[bytes, int, float, bytes, int]] = {}  # rows of `saved`, by who
        self._load(saved)

    def __len__(self) -> int:
        return self._count

    def enter(self, project: str, sent: Sent) -> int:
        """The number of a new series."""
        matches = self._mine(sent, self._catalogue.matches(project, sent))
        if not matches:
            return UNMATCHED
        if self._count >= self._most:
            return REFUSED
        number = self._count
        if number == len(self._mode):
            self._room(2 * number)
        who = _digest(project, sent.name, sent.labels)
        counts = any(m.source.canonical.kind is not MetricKind.GAUGE and m.source.use is Use.VALUE for m in matches)
        self._count += 1
        if told := links(project, sent.labels, {match.component for match in matches}):
            self._links[number] = told
        self._who[number] = who
        self._mode[number] = (DELTA if sent.delta else TOTAL) if counts else GAUGE
        _, self._time[number], self._value[number], *_ = self._unheard.pop(who, (who, _UNHEARD, np.nan))
        self._start[number] = -1 if sent.start_us is None else sent.start_us // 1_000
        places = {label: sent.labels[label] for label in _PLACES if label in sent.labels}
        self._family[number] = self._family_number(_digest(project, sent.name, places))
        for place, match in enumerate(matches[:_MOST_FEEDS]):
            self._feeds[number, place] = self._slot(match)
            self._scale[number, place] = 1.0 if match.bound is not None else match.source.scale
            self._use[number, place] = list(Use).index(match.source.use)
        return number

    def linked(self, since_ms: int) -> set[Pair]:
        """What rests on what, as the series tell that were heard since."""
        return {pair for number, told in self._links.items() if self._time[number] >= since_ms for pair in told}

    def take(self, readings: Readings, oldest_ms: int, newest_ms: int) -> tuple[Minutes, dict[str, int]]:
        """(entries by slot, how many samples met which fate). Slots and minutes may repeat in the entries."""
        known = readings.series >= 0
        fates = {
            "unmatched": int((readings.series == UNMATCHED).sum()),
            "refused": int((readings.series == REFUSED).sum()),
            "ignored": readings.ignored,
        }
        series, time, value = readings.series[known], readings.time_ms[known], readings.value[known]
        no_number, early, late = np.isnan(value), time < oldest_ms, time > newest_ms
        order = np.lexsort((time, series))
        order = order[~(no_number | early | late)[order]]
        series, time, value = series[order], time[order], value[order]
        again = time <= self._time[series]
        again[1:] |= (series[1:] == series[:-1]) & (time[1:] == time[:-1])
        fates |= {"not_a_number": int(no_number.sum()), "too_old": int(early.sum()), "too_new": int(late.sum())}
        fates |= {"repeated": int(again.sum()), "accepted": len(series) - int(again.sum())}
        series, time, value = series[~again], time[~again], value[~again]
        return self._spread(series, time, self._grown(series, time, value), value), fates

    def save(self) -> bytes:
        """Where every counter stands that was heard in the last hour."""
        totals = np.flatnonzero(self._mode[: self._count] == TOTAL)
        table = np.zeros(len(totals), dtype=_SAVED)
        family = self._family[totals]
        table["who"], table["time"], table["value"] = self._who[totals], self._time[totals], self._value[totals]
        table["family"], table["since"] = self._family_who[family], self._family_first[family]
        table = np.concatenate([table, np.array(list(self._unheard.values()), dtype=_SAVED)])
        recent = table["time"] > max(table["time"].max(initial=_UNHEARD) - _HOUR_MS, _UNHEARD)
        saved: bytes = table[recent].tobytes()
        return saved

    def _grown(self, series: Ints, time: Ints, value: Floats) -> Floats:
        """The increase of each counter since its last sample (NaN where that is unknown), and gauges as they are."""
        before = previous(series, value)
        before = np.where(np.isnan(before), self._value[series], before)
        family = self._family[series]
        np.minimum.at(self._family_first, family, time)
        begun = (self._family_first[family] < time - _NEAR_MS) | (self._start[series] >= self._since_ms)
        before = np.where(np.isnan(before) & begun, 0.0, before)
        mode = self._mode[series]
        self._time[series], self._value[series] = time, value
        return np.where(mode == TOTAL, increase(before, value), value)

    def _spread(self, series: Ints, time: Ints, grown: Floats, value: Floats) -> Minutes:
        slots, minutes, values = [], [], []
        for place in range(_MOST_FEEDS):
            slot, use = self._feeds[series, place], self._use[series, place]
            if place and (slot < 0).all():
                break
            used = np.where(use == 0, grown * self._scale[series, place], np.where(use == 1, 1.0, value == 0.0))
            fed = (slot >= 0) & ~np.isnan(used)
            slots.append(slot[fed])
            minutes.append(time[fed] // _MINUTE_MS)
            values.append(used[fed])
        total = np.concatenate(values)
        return Minutes(np.concatenate(slots), np.concatenate(minutes), total, np.ones(len(total)), total, total)

    def _mine(self, sent: Sent, matches: list[Match]) -> list[Match]:
        """Those that nobody else feeds: of two stacks about one series the first counts, of two names too."""
        mine = []
        for match in matches:
            series = METRICS[match.source.metric].of(match.component, match.source.metric)
            base = sent.name.removesuffix("_bucket") if match.bound is not None else sent.name
            is_mine = self._stack_of.setdefault(series, match.source.stack) == match.source.stack
            if is_mine and self._name_of.setdefault((series, id(match.source)), base) == base:
                mine.append(match)
        return mine

    def _slot(self, match: Match) -> int:
        key = METRICS[match.source.metric].of(match.component, match.source.metric), match.bound
        found = self._slot_of.get(key)
        if found is None:
            found = self._slot_of[key] = len(self.slots)
            self.slots.append(key)
        return found

    def _family_number(self, digest: bytes) -> int:
        number = self._families.setdefault(digest, len(self._families))
        if number == len(self._family_first):
            self._family_first = np.concatenate([self._family_first, np.full(number, 1 << 62, dtype=np.int64)])
            self._family_who = np.concatenate([self._family_who, np.zeros(number, dtype="S16")])
        self._family_who[number] = digest
        return number

    def _room(self, rows: int) -> None:
        """Space for so many series."""
        old = getattr(self, "_columns", {})
        self._columns: dict[str, NDArray[Any]] = {}
        for name, (fill, dtype, *width) in _COLUMNS.items():
            column = np.full((rows, *width), fill, dtype=dtype)
            if name in old:
                column[: len(old[name])] = old[name]
            self._columns[name] = column
        (
            self._who,
            self._time,
            self._value,
            self._start,
            self._family,
            self._mode,
            self._feeds,
            self._scale,
            self._use,
        ) = self._columns.values()

    def _load(self, saved: bytes) -> None:
        table = np.frombuffer(saved[: len(saved) // _SAVED.itemsize * _SAVED.itemsize], dtype=_SAVED)
        self._unheard = {row[0]: row for row in table.tolist()}
        for _, _, _, family, since in self._unheard.values():
            self._family_first[self._family_number(family)] = since


def _digest(project: str, name: str, labels: object) -> bytes:
    """Who a series is, in 16 characters."""
    text = json.dumps([project, name, labels], sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest().encode()
