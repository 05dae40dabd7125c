"""Machines and services by rules: how a rule is decided on the points of one component.

* What was not heard is not zero: a rule whose metrics fell silent says NO_DATA, whatever it said before. That something
  fell silent is a rule of its own.
* Only the part of a share may be silent: errors of which nothing was heard in a minute with requests are none.
* All reaches of a rule must be past its threshold. With burn rates (Beyer et al., The Site Reliability Workbook, 2018,
  chapter 5) the long one says that it matters, the short one that it still goes on.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from seamark.clock import MINUTE_US, SECOND_US
from seamark.records.evaluation import Status
from seamark.records.metric_rule import Judgement, Measure, MetricRule
from seamark.records.monitor import Rule
from seamark.records.window import Window
from seamark.stats.buckets import quantile, share_above

FRESH_US: Final = 3 * MINUTE_US
"""What was last heard longer ago, or longer than one point of its grid, is silent: three evaluations of a minute."""

Floats = NDArray[np.float64]
Inside = NDArray[np.bool_]


class Points(Protocol):
    """A series on a grid of time, as stretches of the store are: float64[fields, points], NaN where nothing was heard.

    Fields are the increase of a counter; sum, number, smallest and largest of a gauge; the increases of a histogram's
    cumulative buckets.
    """

    @property
    def start_us(self) -> int: ...  # noqa: D102 said above

    @property
    def step_us(self) -> int: ...  # noqa: D102 said above

    @property
    def values(self) -> Floats: ...  # noqa: D102 said above

    @property
    def bounds(self) -> tuple[float, ...]: ...  # noqa: D102 said above


Data = Mapping[str, Points]
Measured = tuple[float, float]  # the value, and how much it rests on


def decide(rule: MetricRule, data: Data, now_us: int) -> Judgement:
    """Judge one component by its points, which are on one grid, by metric."""
    evidence = Window(now_us - max(rule.reaches_us), now_us)
    if rule.measure is Measure.SILENCE:
        value, n = _silence(data, evidence), 1.0
    elif not _is_fresh(rule, data, now_us):
        value, n = math.nan, 0.0
    else:
        measured = [_measured(rule, data, now_us - reach_us, now_us) for reach_us in rule.reaches_us]
        value = float(np.min([each for each, _ in measured])) / rule.budget  # NaN if one is
        n = min(each for _, each in measured)
        if n < rule.rule.min_n:
            return Judgement(Status.INSUFFICIENT, value, rule.rule.fire, n, evidence)
    return Judgement(_status(value, rule.rule), value, rule.rule.fire, n, evidence)


def _status(value: float, rule: Rule) -> Status:
    if math.isnan(value):
        return Status.NO_DATA
    if value >= rule.fire:
        return Status.BREACH
    return Status.OK if value <= rule.clear else Status.ELEVATED


def _heard(points: Points) -> Inside:
    heard: Inside = np.isfinite(points.values[-1])
    return heard


def _ends_us(points: Points) -> NDArray[np.int64]:
    return points.start_us + points.step_us * np.arange(1, points.values.shape[1] + 1, dtype=np.int64)


def _inside(points: Points, start_us: int, end_us: int) -> Inside:
    """The points that touch the time."""
    ends_us = _ends_us(points)
    return (ends_us > start_us) & (ends_us - points.step_us < end_us)


def last_heard_us(points: Points, before_us: int) -> int | None:
    """The end of the last point that was heard, of those that begin before a time."""
    ends_us = _ends_us(points)
    heard = ends_us[_heard(points) & (ends_us - points.step_us < before_us)]
    return int(heard[-1]) if len(heard) else None


def _silence(data: Data, evidence: Window) -> float:
    """Seconds since the last point that was heard, at most those of the evidence."""
    known = [last_us for points in data.values() if (last_us := last_heard_us(points, evidence.end_us)) is not None]
    last_us = max([evidence.start_us, *known])
    return max(evidence.end_us - last_us, 0) / SECOND_US


def _is_fresh(rule: MetricRule, data: Data, now_us: int) -> bool:
    for name in rule.wholes or (rule.metric,):
        last_us = last_heard_us(data[name], now_us) if name in data else None
        if last_us is None or now_us - last_us >= max(FRESH_US, data[name].step_us):
            return False
    return rule.measure is Measure.SHARE or rule.metric in data


def _measured(rule: MetricRule, data: Data, start_us: int, end_us: int) -> Measured:
    inside = _inside(next(iter(data.values())), start_us, end_us)
    return _MEASURES[rule.measure](rule, data, inside)


def _mean(values: Floats) -> Measured:
    """Of those that are numbers, and how many they are."""
    told = values[np.isfinite(values)]
    return (float(told.mean()) if len(told) else math.nan), float(len(told))


def _level(points: Points) -> Floats:
    """The mean of a gauge at each point."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(points.values[0] / points.values[1])


def onset_us(rule: MetricRule, data: Data, now_us: int) -> int | None:
    """The start of the first of the last minutes that were bad each by itself; None where the last one was not.

    Minutes that say nothing are passed over, and not more is looked at than `data` holds.
    """
    if not data:
        return None
    alone = replace(rule, reaches_us=(MINUTE_US,), rule=replace(rule.rule, min_n=1))
    began_us, first_us = None, min(points.start_us for points in data.values())
    for end_us in range(now_us, first_us, -MINUTE_US):
        said = decide(alone, data, end_us)
        if said.status is Status.BREACH:
            began_us = end_us - MINUTE_US
        elif said.status not in (Status.NO_DATA, Status.INSUFFICIENT):
            break
    return began_us


def parts(rule: MetricRule, data: Data) -> Floats | None:
    """How much of each point is bad, and of how much: float64[2, points], NaN where nothing was heard; they add.

    Of a SHARE or SLOWER; None where nothing at all is known of the whole.
    """
    if rule.measure is Measure.SLOWER:
        points = data.get(rule.metric)
        if points is None:
            return None
        whole = points.values[-1]
        rising = np.maximum.accumulate(np.nan_to_num(points.values), axis=0)
        bad = rising[-1] * np.nan_to_num(share_above(np.array(points.bounds), rising, rule.at))
        return np.stack([np.where(np.isfinite(whole), bad, np.nan), np.where(np.isfinite(whole), rising[-1], np.nan)])
    if any(name not in data for name in rule.wholes):
        return None
    whole = np.sum([data[name].values[0] for name in rule.wholes], axis=0)
    bad = np.nan_to_num(data[rule.metric].values[0]) if rule.metric in data else np.zeros_like(whole)
    return np.stack([np.where(np.isfinite(whole), bad, np.nan), whole])


def decide_sums(rule: MetricRule, sums: Sequence[Measured], now_us: int, *, is_fresh: bool) -> Judgement:
    """Judge a component by how much was bad, and of how much, in each of the rule's reaches; as `decide` does."""
    evidence = Window(now_us - max(rule.reaches_us), now_us)
    if not is_fresh:
        return Judgement(Status.NO_DATA, math.nan, rule.rule.fire, 0.0, evidence)
    shares = [_share_of(bad, n) for bad, n in sums]
    value = min((share / rule.budget for share, _ in shares), key=lambda each: (not math.isnan(each), each))
    n = min(n for _, n in shares)
    if n < rule.rule.min_n:
        return Judgement(Status.INSUFFICIENT, value, rule.rule.fire, n, evidence)
    return Judgement(_status(value, rule.rule), value, rule.rule.fire, n, evidence)


def _share_of(bad: float, n: float) -> Measured:
    return (min(bad / n, 1.0), n) if n > 0 else (math.nan, 0.0)  # two sources may count in different minutes


def _part(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    found = parts(rule, data)
    if found is None:
        return math.nan, 0.0
    bad, n = found[:, inside & np.isfinite(found[1])].sum(axis=1)
    return _share_of(float(bad), float(n))


def _counts(rule: MetricRule, data: Data, inside: Inside) -> tuple[Floats, Floats]:
    """Bounds, and the cumulative counts as one column."""
    points = data[rule.metric]
    rising = np.maximum.accumulate(np.nan_to_num(points.values[:, inside & _heard(points)]), axis=0)
    return np.array(points.bounds), rising.sum(axis=1, keepdims=True)


def _quantile(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    bounds, counts = _counts(rule, data, inside)
    return float(quantile(bounds, counts, rule.at)[0]), float(counts[-1, 0])


def _growth(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    told = data[rule.metric].values[0][inside & _heard(data[rule.metric])]
    return (float(told.sum()) if len(told) else math.nan), float(len(told))


def _growth_while(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    is_up = data[rule.wholes[0]].values[-1] > 0  # NaN is not
    growth, _ = _growth(rule, data, inside & is_up)
    _, n = _growth(rule, data, inside)
    return (growth if math.isfinite(growth) or not n else 0.0), n


def _gauge_mean(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    return _mean(_level(data[rule.metric])[inside])


def _peak(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    told = data[rule.metric].values[-1][inside & _heard(data[rule.metric])]
    return (float(told.max()) if len(told) else math.nan), float(len(told))


def _ratio(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    whole = np.sum([_level(data[name]) for name in rule.wholes], axis=0)
    whole = np.where(whole > 0, whole, np.nan)  # a limit of zero is none
    return _mean((_level(data[rule.metric]) / whole)[inside])


def _remainder(rule: MetricRule, data: Data, inside: Inside) -> Measured:
    ratio, n = _ratio(rule, data, inside)
    return 1.0 - ratio, n


_MEASURES: Final[Mapping[Measure, Callable[[MetricRule, Data, Inside], Measured]]] = {
    Measure.SHARE: _part,
    Measure.SLOWER: _part,
    Measure.QUANTILE: _quantile,
    Measure.GROWTH: _growth,
    Measure.GROWTH_WHILE: _growth_while,
    Measure.MEAN: _gauge_mean,
    Measure.PEAK: _peak,
    Measure.RATIO: _ratio,
    Measure.REMAINDER: _remainder,
}
