"""What another budget or other thresholds would have given for windows that have been played.

Nothing is learned anew: the windows keep the surprises and the values they were given at the time, by what had been
learned until then, and only the level or the threshold they are held against is another. So it stays out of sample.
What would differ in truth is only that other alerts would have kept other windows out of what is learned next.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.detect.blocks import pack, unpack
from seamark.pipeline.backtest.play import Played, Verdicts, pipeline_on, tell, told
from seamark.records.alert import Alert
from seamark.records.blocks import SlowStep
from seamark.records.evaluation import Status
from seamark.records.incident import Incident
from seamark.records.monitor import Monitor, RuleKind

FACTORS: Final = (0.5, 0.75, 1.0, 1.5, 2.0)
_LEARNED: Final = (RuleKind.CALIBRATED, RuleKind.TREND)
_JUDGED: Final = (Status.OK, Status.ELEVATED, Status.BREACH)

Statuses = NDArray[np.uint8]
Judge = Callable[[Played, Verdicts], Statuses]
"""uint8[N, M]: the status of each monitor in each window."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one way to judge would have raised."""

    alerts: tuple[Alert, ...]
    incidents: tuple[Incident, ...]


def by_budget(played: Played) -> dict[float, Told]:
    """What other budgets would have given, the present one among them; empty where nothing was learned."""
    if not played.levels:
        return {}
    own = played.options.budget
    budgets = sorted({own, *played.levels[0].by_budget})
    return {
        budget: as_it_was(played) if budget == own else tell_otherwise(played, at_budget(budget)) for budget in budgets
    }


def by_threshold(played: Played) -> dict[float, Told]:
    """What stated and one-shot thresholds times a factor would have given; empty where others are in use.

    A model whose thresholds are learned has one-shot ones only until then, which are no choice to make.
    """
    kinds = {m.rule.kind for verdicts in played.verdicts for m in verdicts.monitors if m.statistic != "volume"}
    if RuleKind.FIXED not in kinds and (played.levels or RuleKind.ONE_SHOT not in kinds):
        return {}
    return {factor: as_it_was(played) if factor == 1 else tell_otherwise(played, times(factor)) for factor in FACTORS}


def as_it_was(played: Played) -> Told:
    """What was told."""
    return Told(played.alerts, played.incidents)


def tell_otherwise(played: Played, judge: Judge) -> Told:
    """The fast lane over the same windows with other verdicts."""
    blocks = list(played.blocks)
    for verdicts in played.verdicts:
        found = judge(played, verdicts)
        for row in np.flatnonzero((found != verdicts.status).any(axis=1)).tolist():
            place = verdicts.places[row]
            blocks[place] = replace(blocks[place], payload=pack(unpack(blocks[place]) | {"status": found[row]}))
    store = played.store.unjudged()
    store.slow.commit(SlowStep(watermark_seq=0, evaluations=tuple(blocks)))
    tell(store, pipeline_on(store, played.options), played.options)
    return Told(*told(store))


def _calibrated(monitors: Sequence[Monitor]) -> NDArray[np.bool_]:
    return np.array([monitor.rule.kind is RuleKind.CALIBRATED for monitor in monitors], dtype=np.bool_)


def at_budget(budget: float) -> Judge:
    """Calibrated monitors held against the level of another budget; others as they were."""

    def judge(played: Played, verdicts: Verdicts) -> Statuses:
        starts = np.array([each.from_us for each in played.levels])
        levels = np.array([(np.nan, np.nan), *(each.by_budget[budget] for each in played.levels)], np.float32)
        windows = [played.blocks[place].window.start_us for place in verdicts.places.tolist()]
        mine = levels[np.searchsorted(starts, windows, side="right")]
        begins, ends = mine[:, :1], mine[:, 1:]
        verdict = np.select(
            [verdicts.surprise > begins, verdicts.surprise >= ends], [Status.BREACH, Status.ELEVATED], Status.OK
        )
        open_to_it = _calibrated(verdicts.monitors) & np.isin(verdicts.status, _JUDGED) & np.isfinite(begins)
        return np.where(open_to_it, verdict, verdicts.status).astype(np.uint8)

    return judge


def times(factor: float) -> Judge:
    """Stated and one-shot thresholds times a factor; calibrated monitors as they were."""

    def judge(_played: Played, verdicts: Verdicts) -> Statuses:
        exceedance = verdicts.exceedance / np.float32(factor)
        clears_at = np.array([monitor.rule.clear / monitor.rule.fire for monitor in verdicts.monitors])
        verdict = np.select([exceedance >= 1, exceedance >= clears_at], [Status.BREACH, Status.ELEVATED], Status.OK)
        learned = np.array([monitor.rule.kind in _LEARNED for monitor in verdicts.monitors], dtype=np.bool_)
        open_to_it = ~learned & np.isin(verdicts.status, _JUDGED)
        return np.where(open_to_it, verdict, verdicts.status).astype(np.uint8)

    return judge
