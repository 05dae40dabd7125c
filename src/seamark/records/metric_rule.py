"""Rules about machines and services: what of a component is measured, and when it is wrong."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from seamark.clock import HOUR_US, MINUTE_US
from seamark.records.evaluation import Status
from seamark.records.monitor import Rule
from seamark.records.options import require
from seamark.records.signals import Layer
from seamark.records.window import Window

_FINE_REACH_US = 6 * HOUR_US  # longer ones are read in points of five minutes


class Measure(StrEnum):
    """What is made of the points of a stretch of time."""

    SHARE = "share"  # growth of the counter `metric`, of that of `wholes`
    SLOWER = "slower"  # share of the histogram `metric` above `at`
    QUANTILE = "quantile"  # of the histogram `metric`, `at` between 0 and 1
    GROWTH = "growth"  # of the counter `metric`
    GROWTH_WHILE = "growth_while"  # the same in the minutes in which the flag `wholes` is up
    MEAN = "mean"  # of the gauge `metric`
    PEAK = "peak"  # the largest sample of the gauge `metric`
    RATIO = "ratio"  # of the gauge `metric` to the sum of the gauges `wholes`
    REMAINDER = "remainder"  # one less that ratio
    SILENCE = "silence"  # seconds since anything was heard of the component


@dataclass(frozen=True, slots=True)
class MetricRule:
    """One check of one component; the larger the value the worse.

    It is measured over each of `reaches_us`, which all end now, and divided by `budget`. The smallest of these values
    counts, so that all must be past `rule.fire`. `rule.min_n` is in requests, periods, checks or points.
    """

    name: str
    layer: Layer
    measure: Measure
    metric: str
    rule: Rule
    wholes: tuple[str, ...] = ()
    reaches_us: tuple[int, ...] = (5 * MINUTE_US,)
    at: float = 0.0
    budget: float = 1.0  # of errors, where the value is a burn rate

    @property
    def metrics(self) -> frozenset[str]:
        """What has to be known of a component; of silence, anything will do."""
        return frozenset({self.metric, *self.wholes} - {""})


@dataclass(frozen=True, slots=True)
class Need:
    """What to read from the store; no metrics means all of the component."""

    metrics: frozenset[str]
    window: Window
    step_us: int

    @classmethod
    def of(cls, rule: MetricRule, now_us: int) -> Need:
        """What a rule needs to be decided at `now_us`."""
        reach_us = max(rule.reaches_us)
        step_us = MINUTE_US if reach_us <= _FINE_REACH_US else 5 * MINUTE_US
        return cls(rule.metrics, Window(now_us - reach_us, now_us), step_us)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a rule says of a component at one moment, in the rule's native unit."""

    status: Status
    value: float  # NaN where there is none
    threshold: float
    n: float
    evidence: Window


@dataclass(frozen=True, slots=True)
class ServiceOptions:
    """What an owner may say about one service; every field has a default."""

    objective: float = 0.99  # share of requests, and of availability checks, that succeed over 30 days
    sla_seconds: float | None = None  # None = nobody promised how fast an answer comes
    latency_objective: float = 0.99  # share of requests that are answered within sla_seconds
    min_requests: int = 100  # fewer in the shortest stretch of time say nothing
    thresholds: Mapping[str, float] = field(default_factory=dict)  # rule → the value it fires at
    ignored: tuple[str, ...] = ()  # rules that are not judged
    model: str | None = None  # the model that rests on it; else labels, or its name, may tell
    gone_seconds: int = 86_400  # nothing heard for so long: no longer judged; a pod, container or process after an hour

    def __post_init__(self) -> None:
        """Raises InvalidInput for a promise nobody can keep, and for a threshold that always fires."""
        for name in ("objective", "latency_objective"):
            require(self, name, 0 < getattr(self, name) < 1, "between 0 and 1")
        fine = self.sla_seconds is None or 0 < self.sla_seconds < float("inf")
        require(self, "sla_seconds", fine, "above 0")
        require(self, "gone_seconds", self.gone_seconds >= 900, "900 or more")
        require(self, "min_requests", self.min_requests >= 1, "1 or more")
        fine = all(0 < each < float("inf") for each in self.thresholds.values())
        require(self, "thresholds", fine, "a number above 0 for each rule")
