"""The rules that machines and services are judged by without any configuration, and with some."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Final

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.records.metric import ComponentKind
from seamark.records.metric_rule import Measure, MetricRule, ServiceOptions
from seamark.records.monitor import Priority, Rule, RuleKind, Severity
from seamark.records.signals import Layer

_KEEP_FIRING = 5  # evaluations of a minute
_LASTING: Final = frozenset(
    {ComponentKind.NODE, ComponentKind.GPU, ComponentKind.SERVICE, ComponentKind.MODEL, ComponentKind.ENDPOINT}
)
"""Pods, containers and processes come and go: their silence is no news."""


def _urgent(fire: float, clear: float, min_n: int = 1) -> Rule:
    """Now, after two evaluations of two."""
    return Rule(
        RuleKind.FIXED,
        fire,
        clear,
        min_n=min_n,
        breaches=2,
        of=2,
        keep_firing_windows=_KEEP_FIRING,
        severity=Severity.CRITICAL,
        priority=Priority.P1,
    )


def _patient(fire: float, clear: float, min_n: int = 1) -> Rule:
    """The same business day, after three evaluations of five."""
    return Rule(RuleKind.FIXED, fire, clear, min_n=min_n, breaches=3, of=5, keep_firing_windows=_KEEP_FIRING)


_BURNS: Final = {
    "fast": ((HOUR_US, 5 * MINUTE_US), _urgent(14.4, 7.2, 3)),
    "medium": ((6 * HOUR_US, 30 * MINUTE_US), _urgent(6.0, 3.0, 3)),
    "slow": ((3 * DAY_US, 6 * HOUR_US), _patient(1.0, 0.8, 3)),
}
"""Two reaches each, and the burn rate at which 2 %, 5 % and 10 % of the error budget of 30 days are gone in the longer.

Three checks say something; how many requests do, stands in the options.
"""

_SHARE, _GROWTH, _RATIO = Measure.SHARE, Measure.GROWTH, Measure.RATIO
_QUARTER = (15 * MINUTE_US,)
_MACHINE, _SERVING = Layer.INFRASTRUCTURE, Layer.SERVING

_MACHINES: Final = (
    MetricRule("restart_loop", _MACHINE, _GROWTH, "restarts", _urgent(3.0, 0.0), reaches_us=_QUARTER),
    MetricRule("crash_loop", _MACHINE, Measure.PEAK, "crash_loop", _urgent(1.0, 0.0)),
    MetricRule("oom_kills", _MACHINE, _GROWTH, "oom_kills", _patient(1.0, 0.0), reaches_us=_QUARTER),
    MetricRule(
        "oom_restarts",
        _MACHINE,
        Measure.GROWTH_WHILE,
        "restarts",
        _patient(1.0, 0.0),
        ("oom_terminated",),
        reaches_us=_QUARTER,
    ),
    MetricRule(
        "throttling", _MACHINE, _SHARE, "cpu_throttled_periods", _patient(0.25, 0.1, 100), ("cpu_periods",), _QUARTER
    ),
    MetricRule(
        "cpu_saturation", _MACHINE, _SHARE, "cpu_seconds", _patient(0.95, 0.85), ("cpu_available_seconds",), _QUARTER
    ),
    MetricRule("memory_near_limit", _MACHINE, _RATIO, "memory_bytes", _patient(0.9, 0.85, 3), ("memory_limit_bytes",)),
    MetricRule(
        "node_memory",
        _MACHINE,
        Measure.REMAINDER,
        "memory_available_bytes",
        _patient(0.95, 0.9, 3),
        ("memory_total_bytes",),
    ),
    MetricRule(
        "gpu_memory",
        _MACHINE,
        _RATIO,
        "gpu_memory_bytes",
        _patient(0.98, 0.95, 3),
        ("gpu_memory_bytes", "gpu_memory_free_bytes"),
    ),
)
_SERVICES: Final = (
    MetricRule("server_error_rate", _SERVING, _SHARE, "server_errors", _urgent(0.05, 0.02, 100), ("requests",)),
    MetricRule("client_error_rate", _SERVING, _SHARE, "client_errors", _patient(0.25, 0.15, 100), ("requests",)),
    MetricRule("unavailable", _SERVING, _SHARE, "failed_checks", _urgent(0.5, 0.2, 3), ("checks",)),
    MetricRule("saturation", _SERVING, Measure.MEAN, "saturation", _patient(0.9, 0.8, 3)),
    MetricRule("no_data", _SERVING, Measure.SILENCE, "", _patient(180.0, 120.0), reaches_us=_QUARTER),
)
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}  # no default: how fast is fast enough, only the owner knows
_JUST_BELOW: Final = 0.995
"""Where a quantile clears, as a share of where it fires.

Within a bucket a quantile is a guess: if all requests are in the first, which ends at the threshold, p99 is told as
0.99 of it, and would never clear at less. Against flapping: two of two to fire, and five quiet minutes to end.
"""
_COUNTS_REQUESTS: Final = frozenset({"requests", "latency_seconds"})

NAMES: Final = tuple(
    sorted(
        [each.name for each in (*_MACHINES, *_SERVICES)]
        + [f"{promise}_burn_{pace}" for promise in ("error", "latency", "availability") for pace in _BURNS]
        + list(_QUANTILES)
    )
)
"""What a threshold can be about."""


def rules_for(kind: ComponentKind, metrics: Collection[str], options: ServiceOptions) -> list[MetricRule]:
    """The rules of a component of which there are these metrics."""
    known = set(metrics)
    promises = [*_burns(options, "error", _SHARE, "server_errors", "requests", options.objective)]
    if "failed_checks" in known:
        promises += _burns(options, "availability", _SHARE, "failed_checks", "checks", options.objective)
    if options.sla_seconds is not None:
        promises += _burns(options, "latency", Measure.SLOWER, "latency_seconds", "", options.latency_objective)
    quantiles = [
        MetricRule(
            name, _SERVING, Measure.QUANTILE, "latency_seconds", _urgent(fire, _JUST_BELOW * fire), at=_QUANTILES[name]
        )
        for name, fire in options.thresholds.items()
        if name in _QUANTILES
    ]
    return [
        _adapted(each, options)
        for each in (*_MACHINES, *_SERVICES, *promises, *quantiles)
        if each.metrics <= known
        and each.name not in options.ignored
        and (each.measure is not Measure.SILENCE or kind in _LASTING)
    ]


def _burns(
    options: ServiceOptions, promise: str, measure: Measure, metric: str, whole: str, objective: float
) -> list[MetricRule]:
    """The three burn rates of a promise."""
    return [
        MetricRule(
            f"{promise}_burn_{pace}",
            _SERVING,
            measure,
            metric,
            rule,
            (whole,) if whole else (),
            reaches_us,
            options.sla_seconds or 0.0,
            1.0 - objective,
        )
        for pace, (reaches_us, rule) in _BURNS.items()
    ]


def _adapted(each: MetricRule, options: ServiceOptions) -> MetricRule:
    """With the owner's threshold, which moves the one to clear along, and the owner's least traffic."""
    rule = each.rule
    fire = options.thresholds.get(each.name, rule.fire)
    min_n = options.min_requests if each.metrics & _COUNTS_REQUESTS else rule.min_n
    return replace(each, rule=replace(rule, fire=fire, clear=rule.clear * fire / rule.fire, min_n=min_n))
