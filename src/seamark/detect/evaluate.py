"""All monitors of a model on one window, at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import JOINT_SHIFT
from seamark.detect.ratios import RATIOS, two_proportion_p
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
class Plan:
    """What `evaluate` needs to know of a bin set and its monitors; made once per monitor set."""

    bin_set: BinSet
    monitors: tuple[Monitor, ...]
    groups: tuple[_Group, ...]
    joint: _Group | None
    ratios: tuple[int, ...]
    volume: int | None


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
    groups: dict[tuple[str, str], list[int]] = {}
    for place, monitor in enumerate(monitors):
        if monitor.statistic in known:
            kind = bin_set.signals[bin_set.position(monitor.signal)].kind
            groups.setdefault((monitor.statistic, kind), []).append(place)
    joint = [place for place, monitor in enumerate(monitors) if monitor.statistic == JOINT_SHIFT]
    volume = [place for place, monitor in enumerate(monitors) if monitor.statistic == "volume"]
    return Plan(
        bin_set=bin_set,
        monitors=tuple(monitors),
        groups=tuple(
            _Group(
                places=np.array(places),
                positions=np.array([bin_set.position(monitors[place].signal) for place in places]),
                distance=known[statistic],
                test=_test_for(known, statistic, kind),
            )
            for (statistic, kind), places in groups.items()
        ),
        joint=_Group(
            places=np.array(joint),
            positions=bin_set.positions(role="joint"),
            distance=known["jensen_shannon"],
            test=known["ks"],
        )
        if joint
        else None,
        ratios=tuple(place for place, monitor in enumerate(monitors) if monitor.statistic in RATIOS),
        volume=volume[0] if volume else None,
    )


def evaluate(plan: Plan, current: Profile, baseline: Profile, usual_rows: float) -> dict[str, NDArray[np.generic]]:
    """The arrays of an evaluation block: value, threshold, exceedance, effect, p, n, status.

    `value` and `threshold` are in the monitor's native unit, debiased; `exceedance` ≥ 1 is a breach.
    `usual_rows` is the volume expected of this window, NaN when unknown. `p` is adjusted over the
    one-shot monitors of this window (Benjamini-Hochberg).
    """
    measured = _measure(plan, current, baseline, usual_rows)
    rules = [monitor.rule for monitor in plan.monitors]
    fire = np.array([rule.fire for rule in rules])
    clear = np.array([rule.clear for rule in rules])
    enough = measured.n >= np.array([rule.min_n for rule in rules])
    one_shot = np.array([rule.kind is RuleKind.ONE_SHOT for rule in rules], dtype=np.bool_)
    judged = one_shot & enough & np.isfinite(measured.p)
    adjusted = np.full(len(rules), np.nan)
    adjusted[judged] = benjamini_hochberg(measured.p[judged])
    alpha = np.array([rule.alpha for rule in rules])
    surprise = _surprise(measured.p, adjusted, alpha)
    exceedance = np.where(one_shot, np.minimum(measured.effect / fire, surprise), measured.value / fire)
    known = enough & np.isfinite(exceedance)
    status = np.full(len(rules), Status.INSUFFICIENT, dtype=np.uint8)
    status[known] = np.select(
        [exceedance[known] >= 1, exceedance[known] >= (clear / fire)[known]],
        [Status.BREACH, Status.ELEVATED],
        Status.OK,
    )
    if current.rows == 0:
        is_volume = np.arange(len(rules)) == (-1 if plan.volume is None else plan.volume)
        status[~is_volume] = Status.NO_DATA
    return {
        "value": measured.value,
        "threshold": _native_threshold(measured.value, exceedance, fire, one_shot),
        "exceedance": exceedance,
        "effect": measured.effect,
        "p": np.where(one_shot, adjusted, measured.p),
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


def _native_threshold(value: Floats, exceedance: Floats, fire: Floats, one_shot: NDArray[np.bool_]) -> Floats:
    """The value at which this window would have been a breach; the smallest effect where none was seen."""
    seen = one_shot & np.isfinite(exceedance) & (exceedance > 0) & (value > 0)
    return np.divide(value, exceedance, out=fire.copy(), where=seen)


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
    for place in plan.ratios:
        _measure_ratio(measured, plan, place, current, baseline)
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


def _measure_ratio(measured: _Measured, plan: Plan, place: int, current: Profile, baseline: Profile) -> None:
    monitor = plan.monitors[place]
    position = plan.bin_set.position(monitor.signal)
    part_now, whole_now = RATIOS[monitor.statistic](current, position, monitor.subject)
    part_then, whole_then = RATIOS[monitor.statistic](baseline, position, monitor.subject)
    measured.n[place] = whole_now
    if whole_now > 0 and whole_then > 0:
        measured.value[place] = measured.effect[place] = abs(part_now / whole_now - part_then / whole_then)
        measured.p[place] = two_proportion_p(part_now, whole_now, part_then, whole_then)


def _test_for(known: Mapping[str, Distance], statistic: str, kind: str) -> Distance:
    """The statistic's own test where it has one; else Kolmogorov-Smirnov or chi-squared, by kind."""
    own = known[statistic]
    return own if own.p_value is not None else known["ks" if kind == Kind.NUMERIC else "chi_squared"]
