"""Rules that reach back for hours and days: what was bad, and of how much, is added up once per hour and kept.

What is kept is a function of what is stored: an hour that is written again is read again. A reach longer than seven
hours is counted from the full hour in which it begins.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US, MINUTE_US
from seamark.detect.metric_rules import FRESH_US, decide_sums, parts
from seamark.records.metric import Component
from seamark.records.metric_rule import Judgement, Measure, MetricRule
from seamark.records.window import Window
from seamark.store.drawer_of_metrics import Metrics
from seamark.store.stretches import Stretch

_BY_MINUTE: Final = 8  # hours, the present one included, of which every minute is kept: for reaches of up to 6 h
_MINUTES: Final = HOUR_US // MINUTE_US
_ADDITIVE: Final = (Measure.SHARE, Measure.SLOWER)

Floats = NDArray[np.float64]
Promise = tuple[Component, Measure, str, tuple[str, ...], float]  # rules of one promise differ by their reaches
Rules = Mapping[Component, Sequence[MetricRule]]


def is_long(rule: MetricRule) -> bool:
    """Whether a rule is decided here."""
    return rule.measure in _ADDITIVE and max(rule.reaches_us) > HOUR_US // 2


def _promise(component: Component, rule: MetricRule) -> Promise:
    return component, rule.measure, rule.metric, rule.wholes, rule.at


@dataclass(slots=True)
class _Hour:
    """What is known of one hour of a project: (bad, whole), by the numbers of the promises."""

    written: int
    sums: dict[int, tuple[float, float]] = field(default_factory=dict)
    minutes: dict[int, Floats] = field(default_factory=dict)  # float64[2, 60], NaN where nothing was heard
    is_old: bool = False  # then there are no minutes of it any more


@dataclass(slots=True)
class LongReaches:
    """The hours behind the present. For one thread at a time."""

    metrics: Metrics
    _numbers: dict[Promise, int] = field(default_factory=dict)
    _hours: dict[str, dict[int, _Hour]] = field(default_factory=dict)

    def decide(self, project: str, rules: Rules, at_us: int) -> dict[tuple[Component, str], Judgement]:
        """The long ones of the `rules` of a project's components, by component and rule."""
        asked = [(component, rule) for component, of in rules.items() for rule in of if is_long(rule)]
        if not asked:
            return {}
        numbers = [self._numbers.setdefault(_promise(*each), len(self._numbers)) for each in asked]
        wanted = dict(zip(numbers, asked, strict=True))
        self._read(project, wanted, at_us - max(reach_us for _, rule in asked for reach_us in rule.reaches_us), at_us)
        rows = {number: row for row, number in enumerate(wanted)}
        minutes = self._minutes(project, rows, at_us)
        first_us = _hour_of(at_us) - (_BY_MINUTE - 1) * HOUR_US
        ends_us = first_us + MINUTE_US * np.arange(1, minutes.shape[2] + 1)
        begun = ends_us - MINUTE_US < at_us
        fresh = np.where(np.isfinite(minutes[:, 1]) & begun, ends_us, 0).max(axis=1) > at_us - FRESH_US
        sums = {
            reach_us: self._sums(
                project, rows, minutes, begun & (ends_us > at_us - reach_us), at_us - reach_us, first_us
            )
            for reach_us in {reach_us for _, rule in asked for reach_us in rule.reaches_us}
        }
        judgements = {}
        for number, (component, rule) in zip(numbers, asked, strict=True):
            row = rows[number]
            told = [(float(sums[reach][row, 0]), float(sums[reach][row, 1])) for reach in rule.reaches_us]
            judgements[component, rule.name] = decide_sums(rule, told, at_us, is_fresh=bool(fresh[row]))
        return judgements

    def _minutes(self, project: str, rows: Mapping[int, int], at_us: int) -> Floats:
        """float64[rows, 2, minutes] of the hours of which every minute is kept."""
        minutes = np.full((len(rows), 2, _BY_MINUTE * _MINUTES), np.nan)
        for place in range(_BY_MINUTE):
            hour = self._hours[project][_hour_of(at_us) - (_BY_MINUTE - 1 - place) * HOUR_US]
            for number, found in hour.minutes.items():
                if number in rows:
                    minutes[rows[number], :, place * _MINUTES : (place + 1) * _MINUTES] = found
        return minutes

    def _sums(
        self,
        project: str,
        rows: Mapping[int, int],
        minutes: Floats,
        inside: NDArray[np.bool_],
        since_us: int,
        until_us: int,
    ) -> Floats:
        """float64[rows, 2] over the minutes `inside`, and the hours before them from that of `since_us` on."""
        total: Floats = np.nansum(minutes[:, :, inside], axis=2)
        for hour_us in range(since_us // HOUR_US * HOUR_US, until_us, HOUR_US):
            for number, sums in self._hours[project][hour_us].sums.items():
                if number in rows:
                    total[rows[number]] += sums
        return total

    def _read(
        self, project: str, wanted: Mapping[int, tuple[Component, MetricRule]], since_us: int, at_us: int
    ) -> None:
        """Bring what is kept up to date."""
        written = self.metrics.written(project)
        now_us = _hour_of(at_us)
        by_minute_us = now_us - (_BY_MINUTE - 1) * HOUR_US
        before, hours = self._hours.get(project, {}), dict[int, _Hour]()
        for hour_us in range(min(since_us // HOUR_US * HOUR_US, by_minute_us), now_us + 1, HOUR_US):
            hour = before.get(hour_us)
            is_old = hour_us < by_minute_us
            if hour is None or hour.written != written.get(hour_us, 0) or (hour.is_old and not is_old):
                hour = _Hour(written.get(hour_us, 0))
            self._complete(project, hour_us, hour, wanted)
            if is_old:
                hour.minutes.clear()
                hour.is_old = True
            hours[hour_us] = hour
        self._hours[project] = hours

    def _complete(
        self, project: str, hour_us: int, hour: _Hour, wanted: Mapping[int, tuple[Component, MetricRule]]
    ) -> None:
        """Read what is not known of an hour yet."""
        missing = {number: wanted[number] for number in wanted.keys() - hour.sums.keys()}
        if not missing:
            return
        components = {component for component, _ in missing.values()}
        names = {name for _, rule in missing.values() for name in rule.metrics}
        by_component: dict[Component, dict[str, Stretch]] = {}
        of_hour = Window(hour_us, hour_us + HOUR_US)
        for stretch in self.metrics.read(project, of_hour, components=components, metrics=names):
            by_component.setdefault(stretch.series.component, {})[stretch.series.metric] = stretch
        for number, (component, rule) in missing.items():
            found = parts(rule, by_component.get(component, {}))
            hour.sums[number] = (0.0, 0.0)
            if found is not None:
                bad, whole = np.nansum(found, axis=1)
                hour.sums[number] = (float(bad), float(whole))
                if found.shape[1] == _MINUTES:  # older hours may be kept in less detail
                    hour.minutes[number] = found


def _hour_of(at_us: int) -> int:
    """The start of the hour that goes on until a moment, or ends then."""
    return (at_us - 1) // HOUR_US * HOUR_US
