"""Monitors of what came true: quality and business metrics against a tolerance, and whether outcomes come at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from seamark.records.business import BusinessOptions
from seamark.records.expression import Kind, parse_expression
from seamark.records.monitor import Monitor, Priority, Rule, RuleKind, Severity
from seamark.records.options import ModelOptions
from seamark.records.quality import BETTER, BOUNDED, MEANS, SHARES
from seamark.records.signals import BUSINESS, ESTIMATED, OUTCOMES, QUALITY, Layer
from seamark.stats.intervals import Metric
from seamark.stats.tolerance import Shape, usual_tolerance

STATED: Final = "stated"  # by the owner
LEARNED: Final = "usual"  # a quarter worse than what was usual when outcomes first came
OUTCOMES_LATE: Final = "outcomes_late"
_LATE: Final = 0.5  # of the outcomes that should have come
_FEWEST_LATE: Final = 20
_POINT: Final = 0.01
_BY_THEMSELVES: Final = {  # watched where nobody said anything, as far as the model has them
    "binary": ("accuracy", "auc"),
    "multiclass": ("accuracy",),
    "regression": ("mae",),
    "ranking": ("click_through_rate",),
}


def watched_metrics(task: str, business: Sequence[str], options: ModelOptions) -> list[str]:
    """The metrics that are held to a tolerance; `business` are those that can be counted."""
    built_in = dict.fromkeys([*options.quality, *_BY_THEMSELVES.get(task, ())])
    return [*built_in, *(name for name in business if name in options.business)]


def stated_tolerance(metric: str, options: ModelOptions) -> float | None:
    """What its owner tolerates at worst; None where that is not said."""
    said = options.business.get(metric) or options.quality.get(metric)
    return None if said is None else said.tolerance


def tolerance_from(metric: str, usual: Metric, options: ModelOptions) -> float:
    """The tolerance of a metric whose owner states none, from what it is usually."""
    higher = better_of(metric, options) == "higher"
    least = _POINT if metric in {*SHARES, *BOUNDED} or _is_share(options.business.get(metric)) else 0.0
    best = None if metric in options.business else 1.0 if higher else 0.0
    return usual_tolerance(usual, higher=higher, best=best, least=least)


def better_of(metric: str, options: ModelOptions) -> str:
    """Which values are better."""
    declared = options.business.get(metric)
    return BETTER[metric] if declared is None else declared.better


def shape_of(monitor: Monitor, options: ModelOptions) -> Shape:
    """How the evidence of a monitor's metric is computed."""
    declared = options.business.get(monitor.statistic)
    if is_estimated(monitor):
        return Shape.ESTIMATE
    if monitor.statistic in SHARES or _is_share(declared):
        return Shape.SHARE if 0 < monitor.rule.fire < 1 else Shape.ESTIMATE
    return Shape.MEAN if declared is None and monitor.statistic in MEANS else Shape.ESTIMATE


def tolerance_monitors(
    metrics: Sequence[str], learned: Mapping[str, Monitor], options: ModelOptions
) -> tuple[Monitor, ...]:
    """One for each metric with a tolerance, stated or `learned` (by metric), and one for late outcomes."""
    found = [
        _monitor(metric, stated_tolerance(metric, options), options)
        if stated_tolerance(metric, options) is not None
        else learned.get(metric)
        for metric in metrics
    ]
    return (*filter(None, found), _late())


def estimated_monitors(monitors: Sequence[Monitor], metrics: Sequence[str]) -> tuple[Monitor, ...]:
    """Those of quality, for what of it is estimated: `metrics`. An estimate is a warning, however bad it is."""
    found = []
    for monitor in monitors:
        if monitor.signal.startswith(QUALITY) and monitor.statistic in metrics:
            name = f"{ESTIMATED}{monitor.statistic}"
            priority = max(monitor.rule.priority, Priority.P2)
            rule = replace(monitor.rule, severity=Severity.WARNING, priority=priority)
            found.append(replace(monitor, name=name, signal=name, rule=rule))
    return tuple(found)


def is_estimated(monitor: Monitor) -> bool:
    """Whether it is about what scores let expect, of which no outcome has to be known."""
    return monitor.signal.startswith(ESTIMATED)


def learned_monitor(metric: str, tolerance: float, options: ModelOptions, since_us: int | None = None) -> Monitor:
    """The monitor of a metric against what was usual; of a new normal since it began."""
    return _monitor(metric, None, options, tolerance, since_us)


def late_place(monitors: Sequence[Monitor]) -> int | None:
    """Where among them is the one for late outcomes."""
    return next((place for place, each in enumerate(monitors) if each.statistic == OUTCOMES_LATE), None)


def sequential(monitors: Sequence[Monitor]) -> Iterator[tuple[int, Monitor]]:
    """Those that gather evidence, with their places."""
    return ((place, each) for place, each in enumerate(monitors) if each.rule.kind is RuleKind.SEQUENTIAL)


def _monitor(
    metric: str,
    stated: float | None,
    options: ModelOptions,
    tolerance: float = float("nan"),
    since_us: int | None = None,
) -> Monitor:
    declared = options.business.get(metric)
    said = declared or options.quality.get(metric)
    fire = tolerance if stated is None else stated
    rule = Rule(
        RuleKind.SEQUENTIAL,
        fire=fire,
        clear=fire,
        min_n=options.min_rows,
        breaches=1,
        of=1,
        severity=Severity.WARNING if stated is None else Severity.HIGH,
        priority=Priority.P2 if said is None else Priority(said.priority),
    )
    return Monitor(
        name=f"{QUALITY if declared is None else BUSINESS}{metric}",
        signal=f"{QUALITY if declared is None else BUSINESS}{metric}",
        layer=Layer.MODEL if declared is None else Layer.BUSINESS,
        statistic=metric,
        rule=rule,
        baseline=LEARNED if stated is None else STATED,
        since_us=since_us,
        better=better_of(metric, options),
    )


def _late() -> Monitor:
    rule = Rule(RuleKind.FIXED, _LATE, clear=_LATE * 0.8, min_n=_FEWEST_LATE, severity=Severity.HIGH)
    return Monitor(OUTCOMES, OUTCOMES, Layer.DATA, OUTCOMES_LATE, rule, baseline="the learned delay", better="lower")


def _is_share(declared: BusinessOptions | None) -> bool:
    """Whether each row that counts adds 0 or 1, out of 1."""
    if declared is None or declared.matrix or declared.denominator:
        return False
    return parse_expression(declared.numerator).root.kind is Kind.TRUTH
