"""All monitors of a model on one window, at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seamark.detect.monitors import OF_GROUPS
from seamark.detect.ratios import RATIOS, Ratio, least_significant_change, two_proportion_p
from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, RuleKind
from seamark.stats.coarse import compared
from seamark.stats.distance import Distance, distances
from seamark.stats.profile import BinSet, Profile
from seamark.stats.verdict import benjamini_hochberg

Floats = NDArray[np.float64]
Places = NDArray[np.int64]
Against = tuple[str, int | None]  # `Monitor.against`


@dataclass(frozen=True, slots=True)
class _Group:
    """Monitors of one statistic: their places among all monitors, and how to measure them."""

    places: Places
    positions: Places  # of their signals in the bin set
    distance: Distance  # with `critical`, if any of them follows the one-shot rule
    against: Against  # which baseline


@dataclass(frozen=True, slots=True)
class _Shares:
    """Monitors of one ratio statistic."""

    places: Places
    positions: Places
    subjects: tuple[str, ...]
    ratio: Ratio
    against: Against


@dataclass(frozen=True, slots=True)
class _Rules:
    """The monitors' rules as arrays, one item per monitor."""

    fire: Floats
    clear: Floats
    alpha: Floats
    min_n: Floats
    one_shot: NDArray[np.bool_]
    calibrated: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Plan:
    """What `evaluate` needs to know of a bin set and its monitors; made once per monitor set."""

    bin_set: BinSet
    monitors: tuple[Monitor, ...]
    groups: tuple[_Group, ...]
    grouped: tuple[_Group, ...]  # of one monitor each, which speaks for all its signals
    shares: tuple[_Shares, ...]
    volume: int | None
    rules: _Rules
    overlaid: bool = False  # what is calibrated is not measured

    @property
    def measured(self) -> list[Monitor]:
        """The monitors that are measured here."""
        return [each for each in self.monitors if not (self.overlaid and each.rule.kind is RuleKind.CALIBRATED)]


def plan_of(bin_set: BinSet, monitors: Sequence[Monitor], *, overlaid: bool = False) -> Plan:
    """Sort monitors by how they are measured; where a calibration's verdicts are laid over, its monitors are not."""
    known = distances()
    by_distance: dict[tuple[str, Against, str], list[int]] = {}
    by_ratio: dict[tuple[str, Against], list[int]] = {}
    measured = [
        (place, monitor)
        for place, monitor in enumerate(monitors)
        if not (overlaid and monitor.rule.kind is RuleKind.CALIBRATED)
    ]
    for place, monitor in measured:
        if monitor.statistic in known:
            kind = bin_set.signals[bin_set.position(monitor.signal)].kind
            by_distance.setdefault((monitor.statistic, monitor.against, kind), []).append(place)
        elif monitor.statistic in RATIOS:
            by_ratio.setdefault((monitor.statistic, monitor.against), []).append(place)

    def positions(places: Sequence[int]) -> Places:
        return np.array([bin_set.members(monitors[place].signal)[0] for place in places], dtype=np.int64)

    return Plan(
        bin_set=bin_set,
        monitors=tuple(monitors),
        groups=tuple(
            _Group(np.array(places), positions(places), known[statistic], against)
            for (statistic, against, _), places in by_distance.items()
        ),
        grouped=tuple(
            _Group(np.array([place]), bin_set.members(monitor.signal), known["jensen_shannon"], monitor.against)
            for place, monitor in measured
            if monitor.statistic in OF_GROUPS
        ),
        shares=tuple(
            _Shares(
                np.array(places),
                positions(places),
                tuple(monitors[p].subject for p in places),
                RATIOS[statistic],
                against,
            )
            for (statistic, against), places in by_ratio.items()
        ),
        volume=next((place for place, monitor in enumerate(monitors) if monitor.statistic == "volume"), None),
        rules=_rules(monitors),
        overlaid=overlaid,
    )


def _rules(monitors: Sequence[Monitor]) -> _Rules:
    rules = [monitor.rule for monitor in monitors]
    return _Rules(
        fire=np.array([rule.fire for rule in rules]),
        clear=np.array([rule.clear for rule in rules]),
        alpha=np.array([rule.alpha for rule in rules]),
        min_n=np.array([rule.min_n for rule in rules], dtype=np.float64),
        one_shot=np.array([rule.kind is RuleKind.ONE_SHOT for rule in rules], dtype=np.bool_),
        calibrated=np.array([rule.kind is RuleKind.CALIBRATED for rule in rules], dtype=np.bool_),
    )


def evaluate(
    plan: Plan, current: Profile, baseline: Profile, usual_rows: float, others: Mapping[Against, Profile] | None = None
) -> dict[str, NDArray[np.generic]]:
    """The arrays of an evaluation block: value, threshold, exceedance, effect, p, n, status.

    A monitor is measured against what `others` has for its `against`, else against `baseline`.
    `value` and `threshold` are in the monitor's native unit, debiased; `exceedance` = value / threshold,
    so ≥ 1 is a breach; `now` and `usual` are shares, means or rows a window, where there is one such number.
    `usual_rows` is the volume expected of this window, NaN when unknown. `p` is
    adjusted over the one-shot monitors of this window (Benjamini-Hochberg).
    """
    against = defaultdict(lambda: baseline, others or {})
    measured, rules = _Measured(plan, current, against, usual_rows), plan.rules
    enough = measured.n >= rules.min_n
    judged = rules.one_shot & enough & np.isfinite(measured.p)
    adjusted = np.full(len(enough), np.nan)
    adjusted[judged] = benjamini_hochberg(measured.p[judged])
    least = measured.significant_at(_levels(adjusted, rules.alpha))
    threshold = np.where(rules.one_shot, np.fmax(rules.fire, least), rules.fire)
    exceedance = measured.value / threshold
    status = np.full(len(enough), Status.INSUFFICIENT, dtype=np.uint8)
    known = enough & np.isfinite(exceedance) & ~rules.calibrated  # theirs are put in by `calibrated.overlay`
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
        "threshold": threshold,
        "exceedance": exceedance,
        "effect": measured.value,
        "p": np.where(rules.one_shot, adjusted, measured.p),
        "n": measured.n,
        "now": measured.now,
        "usual": measured.usual,
        "status": status,
    }


def steadier(
    hour: Mapping[str, NDArray[np.generic]],
    day: Mapping[str, NDArray[np.generic]],
    since_yesterday: Mapping[str, NDArray[np.generic]] | None,
    plan: Plan,
    windows: int,
) -> dict[str, NDArray[np.generic]]:
    """A window's verdicts, or those of its trailing `day` of so many `windows` where these are further from alarm.

    For provisional one-shot monitors, of which nobody knows how they differ from hour to hour: what comes and goes
    within a day is a season as likely as not. Not so what is new `since_yesterday` at this time of the day.
    """
    unsure = plan.rules.one_shot & np.array([each.provisional for each in plan.monitors], dtype=np.bool_)
    rather = unsure & (hour["status"] != Status.NO_DATA) & np.less(day["exceedance"], hour["exceedance"])
    if since_yesterday is not None:
        rather &= since_yesterday["status"] != Status.BREACH
    found = {name: np.where(rather, day[name], array) for name, array in hour.items()}
    return found | {"span": np.where(rather, windows, 1).astype(np.int16)}


def blank(monitors: int) -> dict[str, NDArray[np.generic]]:
    """The same arrays of monitors that have not been judged."""
    nothing = np.full(monitors, np.nan)
    arrays: dict[str, NDArray[np.generic]] = dict.fromkeys(("value", "threshold", "exceedance", "effect", "p"), nothing)
    return arrays | {"n": np.zeros(monitors), "status": np.full(monitors, Status.INSUFFICIENT, dtype=np.uint8)}


def _levels(adjusted: Floats, alpha: Floats) -> Floats:
    """The p-value each monitor had to stay below to be rejected by Benjamini-Hochberg, given the others.

    With k of m rejected, those were held against alpha·k/m, and any further one would be against alpha·(k+1)/m.
    """
    tested = max(int(np.isfinite(adjusted).sum()), 1)
    rejected = adjusted < alpha
    return alpha * (int(rejected.sum()) + ~rejected) / tested


class _Measured:
    """One item per monitor in each array; NaN where a monitor was not measured."""

    def __init__(self, plan: Plan, current: Profile, against: Mapping[Against, Profile], usual_rows: float) -> None:
        size = len(plan.monitors)
        self.value, self.p = np.full(size, np.nan), np.full(size, np.nan)
        self.n = np.zeros(size)
        self.now, self.usual = np.full(size, np.nan), np.full(size, np.nan)
        self._groups = [_Compared(group, current, against[group.against]) for group in plan.groups]
        for group in self._groups:
            self.value[group.places] = group.measured.debiased
            self.p[group.places] = group.measured.p
            self.n[group.places] = group.now.n
            if group.group.distance.name == "mean_shift":
                self.now[group.places], self.usual[group.places] = group.means
        self._shares = [_SharesCompared(shares, current, against[shares.against]) for shares in plan.shares]
        for each in self._shares:
            self.value[each.places], self.p[each.places], self.n[each.places] = each.change, each.p, each.whole
            self.now[each.places], self.usual[each.places] = each.share, each.usual
        self._grouped = [_Compared(group, current, against[group.against]) for group in plan.grouped]
        for group in self._grouped:
            of_all, leading = group.measured, group.leading
            self.value[group.places] = of_all.debiased[leading]
            self.p[group.places] = min(1.0, float(of_all.p[leading]) * len(of_all.p))
            self.n[group.places] = group.now.n[leading]
        if plan.volume is not None:
            self.value[plan.volume] = max(0.0, 1.0 - current.rows / usual_rows) if usual_rows > 0 else np.nan
            self.n[plan.volume] = self.usual[plan.volume] = usual_rows
            self.now[plan.volume] = current.rows

    def significant_at(self, level: Floats) -> Floats:
        """The least value of each monitor whose p-value is below its level; NaN where there is no test."""
        least = np.full(len(level), np.nan)
        for group in self._groups:
            least[group.places] = group.significant_at(level[group.places])
        for each in self._shares:
            least[each.places] = each.significant_at(level[each.places])
        for group in self._grouped:
            count = len(group.group.positions)
            of_all = group.significant_at(np.full(count, float(level[group.places[0]]) / count))
            least[group.places] = of_all[group.leading]
        return least


class _Compared:
    """The signals of one group, window against baseline."""

    def __init__(self, group: _Group, current: Profile, baseline: Profile) -> None:
        self.group = group
        self.places = group.places
        self._profiles = (current, baseline)
        self.now, self.then = compared(current, baseline, group.positions)
        self.measured = group.distance.evaluate(self.now, self.then)

    @property
    def means(self) -> tuple[Floats, Floats]:
        """In this window, and in the baseline, in the unit of the signals."""
        now, then = (profile.moments()[0][self.group.positions] for profile in self._profiles)
        return now, then

    @property
    def leading(self) -> int:
        """The series that is least likely by chance."""
        p = self.measured.p
        return int(np.nanargmin(p)) if np.isfinite(p).any() else 0

    def significant_at(self, level: Floats) -> Floats:
        distance = self.group.distance
        if distance.critical is None:
            return np.full(len(level), np.nan)
        reached = distance.critical(level, self.now, self.then) ** (1 / distance.power)
        return distance.debias(reached, self.measured.null**distance.power)


class _SharesCompared:
    """The shares of one ratio, window against baseline."""

    def __init__(self, shares: _Shares, current: Profile, baseline: Profile) -> None:
        self.places = shares.places
        part, self.whole = shares.ratio(current, shares.positions, shares.subjects)
        other_part, self._other_whole = shares.ratio(baseline, shares.positions, shares.subjects)
        with np.errstate(divide="ignore", invalid="ignore"):
            self.share, self.usual = part / self.whole, other_part / self._other_whole
        self.change = np.abs(self.share - self.usual)
        self.p = two_proportion_p(part, self.whole, other_part, self._other_whole)

    def significant_at(self, level: Floats) -> Floats:
        return least_significant_change(level, self.usual, self.whole, self._other_whole, up=self.share >= self.usual)
