"""When a condition began: the hour from which on the rows look like the evidence, not like the baseline."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Alert
from seamark.records.window import Window
from seamark.stats.onset import estimate_onset
from seamark.stats.profile import BinSet, Profile


def hours_to_look_at(alert: Alert) -> Window:
    """The evidence and as much time again before it (at least a day)."""
    before_us = max(alert.evidence.length_us, DAY_US)
    return Window(alert.evidence.start_us - before_us, alert.evidence.end_us)


def estimate_onset_us(alert: Alert, hourly: Mapping[int, Profile], baseline: Profile, bin_set: BinSet) -> int | None:
    """The start of the hour in which the signal's distribution changed; None where it has no bins.

    `hourly` maps the start of each hour with rows to its profile.
    """
    positions = [place for place, signal in enumerate(bin_set.signals) if signal.name == alert.signal]
    hours = sorted(hourly)
    if not positions or not hours:
        return None
    counts = np.stack([hourly[hour].counts_of(positions[0]) for hour in hours]).astype(np.float64)
    evidence = np.array([alert.evidence.start_us <= hour < alert.evidence.end_us for hour in hours], dtype=np.bool_)
    reference = baseline.counts_of(positions[0]).astype(np.float64)
    if not evidence.any() or reference.sum() <= 0 or counts[evidence].sum() <= 0:
        return None
    return hours[estimate_onset(counts, reference / reference.sum(), evidence)] // HOUR_US * HOUR_US
