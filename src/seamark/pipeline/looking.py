"""What the fast lane looks up in the profiles behind an alert: when it began, and what it comes from."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache

from seamark.clock import DAY_US
from seamark.correlate.versions import Newcomer
from seamark.detect.alone import hours_before, hours_since, is_alone
from seamark.detect.onset import estimate_onset_us, hours_to_look_at
from seamark.profile.bins import read_bin_set, read_profile
from seamark.query.versions import explained_by_population
from seamark.records.alert import Alert
from seamark.records.blocks import EvaluationBlock
from seamark.records.model import Model, prevailing
from seamark.records.monitor import Monitor, monitors_from_json
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.stats.profile import BinSet, Profile
from seamark.store.protocol import Store

_MONITOR_SETS = 64  # are kept as they were read
_BEFORE_US = 7 * DAY_US  # of a segment's own past, which is what it is compared with

_read = lru_cache(maxsize=_MONITOR_SETS)(monitors_from_json)


def monitors_of(store: Store, block: EvaluationBlock) -> tuple[Monitor, ...]:
    """The monitors that a block's arrays are about."""
    stored = store.slow.monitor_set(block.monitor_set)
    return _read(stored.payload) if stored else ()


def with_onset(store: Store, alert: Alert, now_us: int) -> Alert:
    """The alert with its onset, estimated once, when it opens."""
    if alert.onset_us is not None or alert.opened_us != now_us or alert.is_trend:
        return alert
    model = store.slow.model(alert.project, alert.model)
    if model is None or model.bin_set is None:
        return alert
    if alert.version:
        since_us = model.first_us.get(alert.version, 0)
        recent = since_us > alert.evidence.start_us - DAY_US
        return replace(alert, onset_us=since_us if recent else alert.evidence.start_us)
    bin_set, hours = _bin_set(store, model), hours_to_look_at(alert)
    if bin_set is None:
        return alert
    before = _before(store, model, alert, bin_set, Window(hours.start_us - _BEFORE_US, hours.start_us))
    if before is None:
        return alert
    hourly = _hourly(store, model, alert, bin_set, hours)
    return replace(alert, onset_us=estimate_onset_us(alert, hourly, before, bin_set))


def _before(store: Store, model: Model, alert: Alert, bin_set: BinSet, past: Window) -> Profile | None:
    """What the alert's rows looked like: in the reference, or in a segment's own past."""
    if alert.segment:
        return Profile.total(list(_hourly(store, model, alert, bin_set, past).values()), bin_set)
    baseline = next((b for b in store.slow.baselines(alert.project, alert.model) if b.id == model.bin_set), None)
    return None if baseline is None else read_profile(baseline.payload, bin_set)


def _hourly(store: Store, model: Model, alert: Alert, bin_set: BinSet, window: Window) -> dict[int, Profile]:
    hourly: dict[int, Profile] = {}
    found = store.slow.profiles(model.project, model.name, model.bin_set or 0, window, segment=alert.segment)
    for block in found:
        profile = read_profile(block.payload, bin_set)
        hour = block.key.hour_us
        hourly[hour] = hourly[hour] + profile if hour in hourly else profile
    return hourly


def alone(store: Store, alerts: Iterable[Alert], newest: Mapping[tuple[str, str], Window | None]) -> set[str]:
    """The ids of the alerts of segments without which the rest of the traffic has not moved, up to the newest window.

    Where that is None it is the last one that was judged.
    """
    found = set()
    for alert in _single(each for each in alerts if (each.project, each.model) in newest):
        model = store.slow.model(alert.project, alert.model)
        if model is None:
            continue
        window = newest[alert.project, alert.model]
        end_us = model.evaluated_through_us or 0 if window is None else window.end_us
        if _is_alone(store, model, alert, max(end_us, alert.evidence.end_us)):
            found.add(alert.id)
    return found


def _single(alerts: Iterable[Alert]) -> list[Alert]:
    """Of each signal the alerts of segments beside which no other segment of their dimension alarms."""
    beside: dict[tuple[str, str, str, str], list[Alert]] = {}
    for alert in alerts:
        if alert.segment and not alert.version and alert.opened_us is not None:
            dimension = alert.segment.partition("=")[0]
            beside.setdefault((alert.project, alert.model, alert.signal, dimension), []).append(alert)
    return [alert for of in beside.values() if len({each.segment for each in of}) == 1 for alert in of]


def _is_alone(store: Store, model: Model, alert: Alert, end_us: int) -> bool:
    onset_us = alert.evidence.start_us if alert.onset_us is None else alert.onset_us
    hours = hours_since(onset_us, end_us)
    before = hours_before(hours, onset_us, model.first_time_us or 0)
    bin_set = _bin_set(store, model)
    if not before or bin_set is None or not any(signal.name == alert.signal for signal in bin_set.signals):
        return False
    all_traffic = replace(alert, segment="")

    def both(windows: Iterable[Window]) -> tuple[Profile, Profile]:
        of = [[_hourly(store, model, each, bin_set, w).values() for w in windows] for each in (alert, all_traffic)]
        segment, whole = (Profile.total([p for hours in each for p in hours], bin_set) for each in of)
        return segment, whole

    return is_alone(both([hours]), both(before), alert.signal)


def _bin_set(store: Store, model: Model) -> BinSet | None:
    stored = next((s for s in store.slow.bin_sets(model.project, model.name) if s.id == model.bin_set), None)
    return None if stored is None else read_bin_set(stored.payload)


def newcomers(
    store: Store, alerts: Iterable[Alert], newest: Mapping[tuple[str, str], Window | None]
) -> dict[tuple[str, str], list[Newcomer]]:
    """The versions that came later than the first, of the models that have alerts."""
    alerts = [alert for alert in alerts if alert.opened_us is not None and (alert.project, alert.model) in newest]
    found: dict[tuple[str, str], list[Newcomer]] = {}
    for key in sorted({(alert.project, alert.model) for alert in alerts}):
        model = store.slow.model(*key)
        if model is None or len(model.versions) < 2:
            continue
        explained = _explained(store, model, [alert for alert in alerts if (alert.project, alert.model) == key])
        first_us = min(model.first_us.values())
        found[key] = [
            Newcomer(version, since_us, explained.get(version, math.nan))
            for version, since_us in model.first_us.items()
            if since_us > first_us
        ]
    return found


def _explained(store: Store, model: Model, alerts: Iterable[Alert]) -> dict[str, float]:
    """Of each version that gets and answers something else, how much of the latter is due to the former."""
    layers: dict[str, set[Layer]] = {}
    until_us: dict[str, int] = {}
    for alert in alerts:
        if alert.version:
            layers.setdefault(alert.version, set()).add(alert.layer)
            until_us[alert.version] = max(until_us.get(alert.version, 0), alert.evidence.end_us)
    both = [version for version, of in layers.items() if {Layer.DATA, Layer.MODEL} <= of]
    return {version: _of_last_day(store, model, version, until_us[version]) for version in both}


def _of_last_day(store: Store, model: Model, version: str, end_us: int) -> float:
    bin_set = _bin_set(store, model)
    if bin_set is None:
        return math.nan
    mine: list[Profile] = []
    rest: list[Profile] = []
    day = Window(end_us - DAY_US, end_us)
    for block in store.slow.profiles(model.project, model.name, model.bin_set or 0, day):
        (mine if block.key.version == version else rest).append(read_profile(block.payload, bin_set))
    stored = prevailing(store.slow.attributions(model.project, model.name), model.bin_set or 0)
    return explained_by_population(Profile.total(mine, bin_set), Profile.total(rest, bin_set), stored)
