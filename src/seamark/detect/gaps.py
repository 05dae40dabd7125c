"""Monitors of the gaps between groups, against what their owner tolerates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from seamark.records.evaluation import Status
from seamark.records.monitor import Monitor, Rule, RuleKind
from seamark.records.options import ModelOptions
from seamark.records.signals import Layer
from seamark.stats.binset import BinSet
from seamark.stats.groups import Gap, selected_class

GAP: Final = "selection_rate_gap"
_CLEAR_AT: Final = 0.8


def gap_monitors(bin_set: BinSet, options: ModelOptions) -> list[Monitor]:
    """One for each dimension with a tolerance; none for a model that selects nobody."""
    if selected_class(bin_set, options.selected) is None:
        return []
    found = []
    for dimension, tolerance in options.fairness.items():
        rule = Rule(RuleKind.FIXED, fire=tolerance, clear=tolerance * _CLEAR_AT, min_n=options.min_rows)
        signal, against = f"fairness.{dimension}", "the other groups"
        found.append(Monitor(f"{signal}:{GAP}", signal, Layer.BUSINESS, GAP, rule, dimension, baseline=against))
    return found


def judged(
    arrays: Mapping[str, NDArray[np.generic]], monitors: Sequence[Monitor], gaps: Mapping[str, Gap | None], span: int
) -> dict[str, NDArray[np.generic]]:
    """An evaluation block's arrays with the gaps put in, by dimension. To breach, a gap is wide beyond its margin."""
    found = {name: array.copy() for name, array in arrays.items()}
    found.setdefault("span", np.ones(len(monitors), dtype=np.int16))
    for place, monitor in enumerate(monitors):
        gap = gaps.get(monitor.subject) if monitor.statistic == GAP else None
        if gap is None:
            continue
        threshold = monitor.rule.fire + gap.margin
        status = Status.BREACH if gap.size >= threshold else Status.OK
        if status is Status.OK and gap.size >= monitor.rule.fire:
            status = Status.ELEVATED
        said = {"value": gap.size, "effect": gap.size, "threshold": threshold, "exceedance": gap.size / threshold}
        said |= {"n": gap.n, "now": gap.rates[0], "usual": gap.rates[1], "span": span, "status": status}
        for name, value in said.items():
            found[name][place] = value
    return found
