"""Simulated machines beside the real data: what serves the car-loan model, minute by minute.

The data set has predictions and outcomes only. So that all five layers have something to say, this plays what might
have stood around it; every name says that it is simulated. On the day the data really shifted, a release of what
computes the applicants' features came out: it needs more processor than it may use, and the service that waits for it
becomes slow, until it is given more two days later. Two months earlier another release changed nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US, MINUTE_US, to_iso
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.topology import NodeKind, label_of_node
from seamark.records.window import Window
from seamark.store.stretches import Stretch

SERVICE: Final = "loan-api (simulated)"
FEATURES: Final = "applicant-features (simulated)"
NODE: Final = "node-1 (simulated)"
SLA_SECONDS: Final = 0.5

_BOUNDS: Final = (0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, np.inf)
_CORES, _LIMIT = 4.0, 1.0  # of the node, and of the features' container
_GIB: Final = 2.0**30
_MINUTES_A_DAY: Final = DAY_US // MINUTE_US

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Around:
    """When what happens around the model. The release has too little processor from `released_us` to `relieved_us`."""

    since_us: int  # nothing is known of the machines before
    harmless_us: int
    released_us: int
    relieved_us: int

    @classmethod
    def of(cls, since_us: int, shifted_us: int) -> Around:
        """What stood around data that shifted at a time."""
        return cls(since_us, shifted_us - 61 * DAY_US, shifted_us - 10 * MINUTE_US, shifted_us + 2 * DAY_US)

    @property
    def changed_us(self) -> tuple[int, int, int]:
        """When machines begin to behave otherwise, or might."""
        return self.harmless_us, self.released_us, self.relieved_us

    def changes(self, window: Window) -> list[dict[str, str]]:
        """What was told of in a window, as POST /v1/changes takes it."""
        told = (
            (self.harmless_us, "deploy", SERVICE, "loan-api 1.8 is released (simulated)", "1.8"),
            (self.released_us, "feature_pipeline", FEATURES, "applicant-features 2.4 is released (simulated)", "2.4"),
        )
        return [
            {"kind": kind, "time": to_iso(at_us), "service": service, "summary": summary, "version": version}
            for at_us, kind, service, summary, version in told
            if window.start_us <= at_us < window.end_us
        ]


def rests(project: str, model: str, features: Sequence[str]) -> list[tuple[str, str, str]]:
    """What rests on what, as (project, cause, effect): the service waits for the features that the release computes."""
    pod, service = f"pod/{FEATURES}", f"service/{SERVICE}"
    pipeline = label_of_node(NodeKind.FEATURE_PIPELINE, FEATURES)
    pairs = [
        (f"node/{NODE}", pod),
        (pod, pipeline),
        (pipeline, service),
        (service, label_of_node(NodeKind.MODEL, model)),
    ]
    made = [(pipeline, label_of_node(NodeKind.FEATURE, model, name)) for name in features]
    return [(project, *pair) for pair in (*pairs, *made)]


def minutes(project: str, around: Around, window: Window) -> list[Stretch]:
    """What was measured in the whole minutes of a window; a minute is the same however the windows are cut."""
    first_us = max(-(-window.start_us // MINUTE_US) * MINUTE_US, around.since_us)
    times_us = np.arange(first_us, window.end_us // MINUTE_US * MINUTE_US, MINUTE_US)
    if not times_us.size:
        return []
    noise = _noise(times_us)
    hour_of_day = times_us % DAY_US / HOUR_US
    load = 1 + 0.5 * np.sin((hour_of_day - 9) / 24 * 2 * np.pi)  # most in the afternoon
    requests = np.round(240 * load * (1 + 0.05 * noise[0]))
    hungry = (times_us >= around.released_us) & (times_us < around.relieved_us)
    released = times_us >= around.released_us
    wanted = 0.35 * load * np.where(released, 2.6, 1.0) * (1 + 0.05 * noise[1])  # cores
    limit = np.where(times_us >= around.relieved_us, 2 * _LIMIT, _LIMIT)
    # The least that is throttled by bursts, and the share of periods that ran into the limit.
    throttled = np.where(hungry, 0.45 + 0.25 * np.clip(wanted - 0.6, 0, 1), 0.01) * (1 + 0.1 * noise[2])
    median_seconds = np.where(hungry, 0.38, 0.07) * (1 + 0.03 * noise[3])
    memory = (0.6 + 0.1 * released + 0.01 * noise[4]) * _GIB
    service = Component(project, ComponentKind.SERVICE, SERVICE)
    pod = Component(project, ComponentKind.POD, FEATURES)
    node = Component(project, ComponentKind.NODE, NODE)
    latency = _latency(requests, median_seconds)
    cores = np.minimum(wanted, limit)
    return [
        _counted(service, "requests", first_us, requests),
        _counted(service, "server_errors", first_us, np.round(requests * 0.0004 * (1 + np.abs(noise[5])))),
        _counted(service, "client_errors", first_us, np.round(requests * 0.002 * (1 + np.abs(noise[6])))),
        _stretch(service, "latency_seconds", first_us, latency, _BOUNDS),
        _counted(pod, "cpu_seconds", first_us, 60 * cores),
        _counted(pod, "cpu_available_seconds", first_us, 60 * limit),
        _counted(pod, "cpu_periods", first_us, np.full(times_us.size, 600.0)),
        _counted(pod, "cpu_throttled_periods", first_us, np.round(600 * np.clip(throttled, 0, 1))),
        _gauged(pod, "memory_bytes", first_us, memory),
        _gauged(pod, "memory_limit_bytes", first_us, np.full(times_us.size, 1.5 * _GIB)),
        _counted(pod, "restarts", first_us, np.zeros(times_us.size)),
        _counted(node, "cpu_seconds", first_us, 60 * (cores + 0.8 * load)),
        _counted(node, "cpu_available_seconds", first_us, np.full(times_us.size, 60 * _CORES)),
        _gauged(node, "memory_available_bytes", first_us, 9 * _GIB - 2 * memory),
        _gauged(node, "memory_total_bytes", first_us, np.full(times_us.size, 16 * _GIB)),
    ]


def _noise(times_us: NDArray[np.int64]) -> Floats:
    """float64[7, minutes] about standard normal; each day of the calendar has its own, whenever it is asked for."""
    days = np.unique(times_us // DAY_US)
    drawn = np.concatenate(
        [np.random.default_rng(int(day) + 1).standard_normal((7, _MINUTES_A_DAY)) for day in days], axis=1
    )
    found: Floats = drawn[:, (times_us - days[0] * DAY_US) // MINUTE_US]
    return found


def _latency(requests: Floats, median_seconds: Floats) -> Floats:
    """float64[bounds, minutes]: how many requests were answered within each bound, if latencies are log-logistic."""
    with np.errstate(divide="ignore"):
        share = 1 / (1 + (median_seconds / np.array(_BOUNDS)[:, None]) ** 5)
    within: Floats = np.round(requests * share)
    return within


def _counted(component: Component, metric: str, start_us: int, grown: Floats) -> Stretch:
    return _stretch(component, metric, start_us, grown[None])


def _gauged(component: Component, metric: str, start_us: int, level: Floats) -> Stretch:
    return _stretch(component, metric, start_us, np.stack([level, np.ones_like(level), level, level]))


def _stretch(component: Component, metric: str, start_us: int, values: Floats, bounds: Sequence[float] = ()) -> Stretch:
    return Stretch(METRICS[metric].of(component, metric), start_us, MINUTE_US, values, tuple(bounds))
