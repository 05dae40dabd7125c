"""What is checked, against what, and when it counts as wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

from seamark.errors import Corrupt
from seamark.records.signals import Layer
from seamark.records.window import Window


class Priority(StrEnum):
    """How fast a person should look."""

    P1 = "P1"  # now
    P2 = "P2"  # the same business day
    P3 = "P3"  # the weekly digest


class Severity(StrEnum):
    """How bad it is."""

    CRITICAL = "critical"
    HIGH = "high"
    WARNING = "warning"
    INFO = "info"


class RuleKind(StrEnum):
    """How a threshold comes about."""

    FIXED = "fixed"  # the owner's number, on the debiased value
    ONE_SHOT = "one_shot"  # adjusted p below alpha AND effect at least the smallest that matters
    TREND = "trend"  # a slope that so many weeks would hardly show by chance, AND a change that matters in all
    SEQUENTIAL = "sequential"  # evidence of many windows that a tolerance is passed: `stats.sequential`
    CALIBRATED = "calibrated"  # more surprising than the model's budget of false incidents allows, AND as above


ROLLING_NEEDS = (
    10  # a rolling baseline holds at least so many times the rows a window needs; else the static one serves
)


@dataclass(frozen=True, slots=True)
class Rule:
    """When one evaluation is a breach, and how many of them make an alert.

    `fire` and `clear` are in the statistic's native unit: a value past `fire` breaches, a value
    within `clear` recovers, between the two nothing changes.
    """

    kind: RuleKind
    fire: float
    clear: float
    alpha: float = 0.01  # one_shot: false discovery rate over the signals of one window
    min_n: int = 50
    breaches: int = 2
    of: int = 3
    keep_firing_windows: int = 1
    missed_windows: int = 3  # evaluations without data before the no-data flag is set
    severity: Severity = Severity.WARNING
    priority: Priority = Priority.P2


@dataclass(frozen=True, slots=True)
class Monitor:
    """One check of one signal. `name` is unique in its monitor set, e.g. `feature.amount:jensen_shannon`.

    `statistic` is a distance's file name or one of the ratio statistics: `missing_rate`,
    `mistyped_rate`, `unseen_rate`, `out_of_range_rate`, `class_share` (of class `subject`),
    `near_half_share`, `volume`; or the slope of one of these, as `missing_rate_trend`, or of a signal: `trend` of a
    number in standard deviations, `distance_trend` of categories.
    """

    name: str
    signal: str  # "traffic" for volume
    layer: Layer
    statistic: str
    rule: Rule
    subject: str = ""
    baseline: str = "static"  # static | rolling
    since_us: int | None = None  # the rows since then are the new normal that its owner accepted
    better: str = ""  # which values are better, "higher" or "lower", of what is no distance from what is usual
    provisional: bool = False  # its threshold is not learned yet, or its reference is made of early traffic

    @property
    def against(self) -> tuple[str, int | None]:
        """What tells its baseline from those of other monitors."""
        return self.baseline, self.since_us

    def traffic_behind(self, window: Window) -> Window | None:
        """The rows that a window is compared with where that is not the reference; None where it is.

        Of a new normal, the first two weeks: then it stands still, as a reference does.
        """
        recent = window.rolling_reach()
        if self.baseline == "rolling":
            start_us = max(recent.start_us, self.since_us or 0)
            return Window(start_us, max(recent.end_us, start_us))
        if self.since_us is None:
            return None
        return Window(self.since_us, max(min(window.start_us, self.since_us + recent.length_us), self.since_us))


def monitors_to_json(monitors: Iterable[Monitor]) -> bytes:
    """Monitors as a monitor set stores them."""
    return json.dumps(list(monitors), separators=(",", ":"), default=_fields).encode()


def _fields(record: Monitor | Rule) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record.__slots__}


@lru_cache(maxsize=2_048)  # a pointer each: the page of all models asks it of every one
def layers_from_json(payload: bytes) -> tuple[Layer, ...]:
    """The layer of each monitor of a stored set; raises Corrupt when the bytes are anything else."""
    return tuple(monitor.layer for monitor in monitors_from_json.__wrapped__(payload))


@lru_cache(maxsize=600)  # as many models as one server has; a thousand monitors take 15 ms to read and hold half a MB
def monitors_from_json(payload: bytes) -> tuple[Monitor, ...]:
    """Read `monitors_to_json`; raises Corrupt when the bytes are anything else."""
    try:
        return tuple(_monitor(fields) for fields in json.loads(payload))
    except (ValueError, TypeError, KeyError) as problem:
        raise Corrupt(f"A stored monitor set cannot be read: {problem!r}.") from problem


def _monitor(fields: dict[str, Any]) -> Monitor:
    rule = fields["rule"]
    named = {
        "kind": RuleKind(rule["kind"]),
        "severity": Severity(rule["severity"]),
        "priority": Priority(rule["priority"]),
    }
    return Monitor(**{**fields, "layer": Layer(fields["layer"]), "rule": Rule(**{**rule, **named})})
