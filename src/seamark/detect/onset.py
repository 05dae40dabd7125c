"""When a condition began: the hour from which on the rows look like the evidence, not like the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import NotFound
from seamark.records.alert import Alert
from seamark.records.window import Window
from seamark.stats.onset import joint_onset
from seamark.stats.profile import BinSet, Profile


def hours_to_look_at(alert: Alert) -> Window:
    """The evidence and as much time again before it (at least a day)."""
    before_us = max(alert.evidence.length_us, DAY_US)
    return Window(alert.evidence.start_us - before_us, alert.evidence.end_us)


def estimate_onset_us(alert: Alert, hourly: Mapping[int, Profile], baseline: Profile, bin_set: BinSet) -> int | None:
    """The start of the hour in which the signal's distribution changed; None where it has no bins.

    `hourly` maps the start of each hour with rows to its profile.
    """
    hours = sorted(hourly)
    evidence = np.array([alert.evidence.start_us <= hour < alert.evidence.end_us for hour in hours], dtype=np.bool_)
    series = [
        (np.stack([hourly[hour].counts_of(place) for hour in hours]).astype(np.float64), baseline.counts_of(place))
        for place in _places(alert.signal, bin_set)
        if hours
    ]
    told = [
        (counts, reference / reference.sum())
        for counts, reference in series
        if reference.sum() > 0 and counts[evidence].sum() > 0
    ]
    if not told:
        return None
    return hours[joint_onset(told, evidence)] // HOUR_US * HOUR_US


def _places(signal: str, bin_set: BinSet) -> list[int]:
    """A signal's bins, or those of all of its group; none of traffic."""
    try:
        return bin_set.members(signal).tolist()  # type: ignore[no-any-return]  # numpy says Any
    except NotFound:
        return []
