"""All monitors of a model on one window, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import JOINT_SHIFT
from seamark.detect.ratios import RATIOS, Ratio, two_proportion_p
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, RuleKind
from seamark.records.signals import Kind
from seamark.stats.coarse import coarsened
from seamark.stats.distance import Distance, distances
from seamark.stats.profile import BinSet, Profile
from seamark.stats.sample import sample_of
from seamark.stats.verdict import benjamini_hochberg

Floats = NDArray[np.float64]
Places = NDArray[np.int64]

_SMALLEST_P = 1e-300


@dataclass(frozen=True, slots=True)
class _Group:
    """Monitors of one statistic: their places among all monitors, and how to measure them."""

    places: Places
    positions: Places  # of their signals in the bin set
    distance: Distance
    test: Distance  # where the p-value comes from


@dataclass(frozen=True, slots=True)
class _Shares:
    """Monitors of one ratio statistic."""

    places: Places
    positions: Places
    subjects: tuple[str, ...]
    ratio: Ratio


@dataclass(frozen=True, slots=True)
class _Rules:
    """The monitors' rules as arrays, one item per monitor."""

    fire: Floats
    clear: Floats
    alpha: Floats
    min_n: Floats
    one_shot: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `evaluate` needs to know of a bin set and its monitors; made once per monitor set."""

    bin_set: BinSet
    monitors: tuple[Monitor, ...]
    groups: tuple[_Group, ...]
    joint: _Group | None
    shares: tuple[_Shares, ...]
    volume: int | None
    rules: _Rules


@dataclass(frozen=True, slots=True)
class _Measured:
    """One item per monitor; NaN where a monitor was not measured."""

    value: Floats
    effect: Floats
    p: Floats
    n: Floats


def plan_of(bin_set: BinSet, monitors: Sequence[Monitor]) -> Plan:
    """Sort monitors by how they are measured."""
    known = distances()
    by_distance: dict[tuple[str, str], list[int]] = {}
    by_ratio: dict[str, list[int]] = {}
    for place, monitor in enumerate(monitors):
        if monitor.statistic in known:
            kind = bin_set.signals[bin_set.position(monitor.signal)].kind
            by_distance.setdefault((monitor.statistic, kind), []).append(place)
        elif monitor.statistic in RATIOS:
            by_ratio.setdefault(monitor.statistic, []).append(place)

    def positions(places: Sequence[int]) -> Places:
        return np.array([bin_set.position(monitors[place].signal) for place in places], dtype=np.int64)

    joint = [place for place, monitor in enumerate(monitors) if monitor.statistic == JOINT_SHIFT]
    projections = bin_set.positions(role="joint")
    return Plan(
        bin_set=bin_set,
        monitors=tuple(monitors),
        groups=tuple(
            _Group(np.array(places), positions(places), known[statistic], _test_for(known, statistic, kind))
            for (statistic, kind), places in by_distance.items()
        ),
        joint=_Group(np.array(joint), projections, known["jensen_shannon"], known["ks"]) if joint else None,
        shares=tuple(
            _Shares(np.array(places), positions(places), tuple(monitors[p].subject for p in places), RATIOS[statistic])
            for statistic, places in by_ratio.items()
        ),
        volume=next((place for place, monitor in enumerate(monitors) if monitor.statistic == "volume"), None),
        rules=_rules(monitors),
    )


def _rules(monitors: Sequence[Monitor]) -> _Rules:
    rules = [monitor.rule for monitor in monitors]
    return _Rules(
        fire=np.array([rule.fire for rule in rules]),
        clear=np.array([rule.clear for rule in rules]),
        alpha=np.array([rule.alpha for rule in rules]),
        min_n=np.array([rule.min_n for rule in rules], dtype=np.float64),
        one_shot=np.array([rule.kind is RuleKind.ONE_SHOT for rule in rules], dtype=np.bool_),
    )


def evaluate(plan: Plan, current: Profile, baseline: Profile, usual_rows: float) -> dict[str, NDArray[np.generic]]:
    """The arrays of an evaluation block: value, threshold, exceedance, effect, p, n, status.

    `value` and `threshold` are in the monitor's native unit, debiased; `exceedance` ≥ 1 is a breach.
    `usual_rows` is the volume expected of this window, NaN when unknown. `p` is adjusted over the
    one-shot monitors of this window (Benjamini-Hochberg).
    """
    measured, rules = _measure(plan, current, baseline, usual_rows), plan.rules
    enough = measured.n >= rules.min_n
    judged = rules.one_shot & enough & np.isfinite(measured.p)
    adjusted = np.full(len(enough), np.nan)
    adjusted[judged] = benjamini_hochberg(measured.p[judged])
    surprise = _surprise(measured.p, adjusted, rules.alpha)
    one_shot = np.minimum(measured.effect / rules.fire, surprise)
    exceedance = np.where(rules.one_shot, one_shot, measured.value / rules.fire)
    known = enough & np.isfinite(exceedance)
    status = np.full(len(enough), Status.INSUFFICIENT, dtype=np.uint8)
    status[known] = np.select(
        [exceedance[known] >= 1, exceedance[known] >= (rules.clear / rules.fire)[known]],
        [Status.BREACH, Status.ELEVATED],
        Status.OK,
    )
    if current.rows == 0:
        is_volume = np.arange(len(enough)) == (-1 if plan.volume is None else plan.volume)
        status[~is_volume] = Status.NO_DATA
    return {
        "value": measured.value,
        "threshold": _native_threshold(measured.value, exceedance, rules),
        "exceedance": exceedance,
        "effect": measured.effect,
        "p": np.where(rules.one_shot, adjusted, measured.p),
        "n": measured.n,
        "status": status,
    }


def _surprise(p: Floats, adjusted: Floats, alpha: Floats) -> Floats:
    """How far past significance a p-value is, on the scale of the effect: ≥ 1 exactly where adjusted < alpha.

    Test statistics grow with the square of an effect, and -log p with the statistic, hence the root.
    The level each p is held against is alpha times what the adjustment made of it.
    """
    p, adjusted = np.maximum(p, _SMALLEST_P), np.maximum(adjusted, _SMALLEST_P)
    return np.sqrt(np.log(p) / np.log(alpha * np.minimum(p / adjusted, 1.0)))


def _native_threshold(value: Floats, exceedance: Floats, rules: _Rules) -> Floats:
    """The value at which this window would have been a breach; the smallest effect where none was seen."""
    seen = rules.one_shot & np.isfinite(exceedance) & (exceedance > 0) & (value > 0)
    return np.divide(value, exceedance, out=rules.fire.copy(), where=seen)


def _measure(plan: Plan, current: Profile, baseline: Profile, usual_rows: float) -> _Measured:
    blank = np.full(len(plan.monitors), np.nan)
    measured = _Measured(blank, blank.copy(), blank.copy(), np.zeros(len(plan.monitors)))
    for group in plan.groups:
        value, p, n = _distances(group, current, baseline)
        measured.value[group.places] = measured.effect[group.places] = value
        measured.p[group.places] = p
        measured.n[group.places] = n
    if plan.joint is not None:
        value, p, n = _distances(plan.joint, current, baseline)
        measured.value[plan.joint.places] = measured.effect[plan.joint.places] = np.sqrt(np.mean(value**2))
        measured.p[plan.joint.places] = min(1.0, float(p.min()) * len(p))
        measured.n[plan.joint.places] = n.min()
    for shares in plan.shares:
        _measure_shares(measured, shares, current, baseline)
    if plan.volume is not None:
        measured.value[plan.volume] = measured.effect[plan.volume] = max(0.0, 1.0 - current.rows / usual_rows)
        measured.n[plan.volume] = usual_rows
    return measured


def _distances(group: _Group, current: Profile, baseline: Profile) -> tuple[Floats, Floats, Floats]:
    """(debiased value, p, n) of each monitor in the group."""
    now, then = coarsened(sample_of(current, group.positions), sample_of(baseline, group.positions))
    measured = group.distance.evaluate(now, then)
    p = measured.p if group.test is group.distance else group.test.evaluate(now, then).p
    return measured.debiased, p, now.n


def _measure_shares(measured: _Measured, shares: _Shares, current: Profile, baseline: Profile) -> None:
    part, whole = shares.ratio(current, shares.positions, shares.subjects)
    other_part, other_whole = shares.ratio(baseline, shares.positions, shares.subjects)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = np.abs(part / whole - other_part / other_whole)
    measured.value[shares.places] = measured.effect[shares.places] = change
    measured.p[shares.places] = two_proportion_p(part, whole, other_part, other_whole)
    measured.n[shares.places] = whole


def _test_for(known: Mapping[str, Distance], statistic: str, kind: str) -> Distance:
    """The statistic's own test where it has one; else Kolmogorov-Smirnov or chi-squared, by kind."""
    own = known[statistic]
    return own if own.p_value is not None else known["ks" if kind == Kind.NUMERIC else "chi_squared"]
