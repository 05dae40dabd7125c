"""What rules said of machines and services, as rows of the heat grid."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US
from seamark.records.alert import Alert, AlertState
from seamark.records.evaluation import Status
from seamark.records.metric import Component, ComponentKind
from seamark.records.rule_words import RULE_WORDS, RuleWords
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.store.protocol import Store
from seamark.store.verdicts import NOT_JUDGED, Verdicts, from_bytes

_HOURS = 20_000  # are kept as they were summed up: a month of some thirty services
_MOST_ROWS = 60  # more rows show only what moved
_MOVED = (Status.ELEVATED, Status.BREACH)
_RANKS = np.full(256, 9, np.uint8)
_RANKS[[Status.BREACH, Status.ELEVATED, Status.OK, Status.INSUFFICIENT, Status.NO_DATA]] = np.arange(5)

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class ComponentRow:
    """One rule of one component; `arrays` are float64[windows] as in an evaluation table, the worst of each window."""

    component: Component
    rule: str
    arrays: Mapping[str, Floats]
    value: float  # the newest
    threshold: float
    status: int
    alert: Alert | None

    @property
    def monitor(self) -> str:
        """What the grid and series call it: `service/checkout:p99`."""
        return monitor_name(self.component.label, self.rule)

    @property
    def words(self) -> RuleWords:
        """Its layer and unit."""
        return RULE_WORDS.get(self.rule, RuleWords(Layer.SERVING, self.rule))


def monitor_name(component: str, rule: str) -> str:
    """`service/checkout:p99`."""
    return f"{component}:{rule}"


def parted(monitor: str) -> tuple[str, str]:
    """Component and rule of `monitor_name`."""
    component, _, rule = monitor.rpartition(":")
    return component, rule


def component_of(project: str, monitor: str) -> Component | None:
    """The component a grid's row is about; None where it is a model's own."""
    label, _ = parted(monitor)
    kind, slash, name = label.partition("/")
    return Component(project, ComponentKind(kind), name) if slash and kind in list(ComponentKind) else None


@lru_cache(maxsize=_HOURS)
def _worst(payload: bytes) -> Verdicts:
    return from_bytes(payload).worst()


def component_rows(
    store: Store, project: str, components: Collection[Component], windows: Sequence[Window]
) -> list[ComponentRow]:
    """The rules that say something, by layer and then by what is wrong now; burn rates only once they were past."""
    if not windows or not components:
        return []
    alerts = {(a.component, a.monitor): a for a in store.fast.alerts(project, live=True) if a.component}
    starts = [window.start_us for window in windows]
    found: dict[tuple[Component, str], dict[str, Floats]] = {}
    newest: dict[Component, bytes] = {}
    reach = Window(starts[0], windows[-1].end_us)
    for block in store.metrics.verdicts(project, reach, components=components):
        newest[block.component] = block.payload
        place = bisect_right(starts, block.hour_us) - 1
        if place >= 0 and block.hour_us < windows[place].end_us:
            _enter(found, block.component, _worst(block.payload), place, len(windows))
    rows = [
        ComponentRow(component, rule, arrays, *_present(newest[component], rule), alerts.get((component.label, rule)))
        for (component, rule), arrays in found.items()
    ]
    shown = [row for row in rows if _is_shown(row)]
    if len(shown) > _MOST_ROWS:
        shown = [row for row in shown if _has_moved(row)]
    return sorted(shown, key=_rank)


def _enter(
    found: dict[tuple[Component, str], dict[str, Floats]],
    component: Component,
    said: Verdicts,
    place: int,
    windows: int,
) -> None:
    """Put an hour into its window, unless a worse one is there."""
    for row, rule in enumerate(said.rules):
        arrays = found.get((component, rule))
        if arrays is None:
            arrays = {name: np.full(windows, np.nan) for name in ("value", "threshold", "exceedance", "n")}
            arrays["status"] = np.full(windows, float(NOT_JUDGED))
            found[component, rule] = arrays
        status, value, threshold = int(said.status[row, 0]), float(said.value[row, 0]), float(said.threshold[row])
        new, old = (_RANKS[status], -value), (_RANKS[int(arrays["status"][place])], -arrays["value"][place])
        if new[0] < old[0] or (new[0] == old[0] and not new[1] >= old[1]):
            arrays["status"][place], arrays["value"][place], arrays["threshold"][place] = status, value, threshold
            arrays["exceedance"][place] = value / threshold if threshold > 0 else np.nan


def _present(payload: bytes, rule: str) -> tuple[float, float, int]:
    """(value, threshold, status) of the newest minute."""
    said = from_bytes(payload)
    if rule not in said.rules:
        return np.nan, np.nan, NOT_JUDGED
    row = said.rules.index(rule)
    judged = np.flatnonzero(said.status[row] != NOT_JUDGED)
    if not len(judged):
        return np.nan, float(said.threshold[row]), NOT_JUDGED
    return float(said.value[row, judged[-1]]), float(said.threshold[row]), int(said.status[row, judged[-1]])


def _has_moved(row: ComponentRow) -> bool:
    return row.alert is not None or bool(np.isin(row.arrays["status"], _MOVED).any())


def _is_shown(row: ComponentRow) -> bool:
    says_something = _has_moved(row) or bool((row.arrays["status"] == Status.OK).any())
    return says_something and ("_burn_" not in row.rule or _has_moved(row))


def _rank(row: ComponentRow) -> tuple[int, int, float, str]:
    burns = row.alert is not None and row.alert.state in (AlertState.FIRING, AlertState.RECOVERING)
    urgency = 0 if burns else 2 if row.alert is None else 1
    past = row.value / row.threshold if row.threshold > 0 else 0.0
    return list(Layer).index(row.words.layer), urgency, -float(np.nan_to_num(past)), row.monitor


def describe(rows: Sequence[ComponentRow]) -> dict[str, list[Any]]:
    """The columns of the grid's `signals`."""
    return {
        "name": [row.component.label for row in rows],
        "label": [row.component.name for row in rows],
        "layer": [row.words.layer.value for row in rows],
        "role": [row.component.kind.value for row in rows],
        "monitor": [row.monitor for row in rows],
        "statistic": [row.rule for row in rows],
        "unit": [row.words.unit for row in rows],
        "provisional": [False for _ in rows],
        "state": [_state(row) for row in rows],
        "latest": [_number(row.value) for row in rows],
        "threshold": [_number(row.threshold) for row in rows],
        "impact": [_number(np.fmax.reduce(row.arrays["exceedance"])) for row in rows],
    }


def _state(row: ComponentRow) -> str:
    if row.alert is not None:
        return row.alert.state.value
    return {Status.INSUFFICIENT: "insufficient", Status.NO_DATA: "no_data"}.get(Status(row.status), "ok")


def _number(value: float) -> float | None:
    return float(f"{value:.4g}") if np.isfinite(value) else None


def component_series(store: Store, project: str, component: Component, rule: str, window: Window) -> dict[str, Any]:
    """One rule over time: by the minute up to a day and two hours, else the worst of each hour."""
    by_minute = window.length_us <= 26 * HOUR_US
    points: dict[str, list[Any]] = {name: [] for name in ("start_ms", "end_ms", "value", "threshold", "status")}
    for block in store.metrics.verdicts(project, window, components=[component]):
        said = from_bytes(block.payload) if by_minute else _worst(block.payload)
        if rule not in said.rules:
            continue
        row, columns = said.rules.index(rule), said.status.shape[1]
        step_us = HOUR_US // columns
        for column in np.flatnonzero(said.status[row] != NOT_JUDGED).tolist():
            start_us = block.hour_us + column * step_us
            if window.start_us - step_us < start_us < window.end_us:
                points["start_ms"].append(start_us // 1000)
                points["end_ms"].append((start_us + step_us) // 1000)
                points["value"].append(_number(float(said.value[row, column])))
                points["threshold"].append(_number(float(said.threshold[row])))
                points["status"].append(int(said.status[row, column]))
    nothing = [None for _ in points["start_ms"]]
    past = [v / t if v is not None and t else None for v, t in zip(points["value"], points["threshold"], strict=True)]
    alerts = store.fast.alerts(project, live=True)
    alert = next((each for each in alerts if (each.component, each.monitor) == (component.label, rule)), None)
    words = RULE_WORDS.get(rule, RuleWords(Layer.SERVING, rule))
    return {
        "monitor": monitor_name(component.label, rule),
        "signal": component.label,
        "label": component.name,
        "layer": words.layer.value,
        "statistic": rule,
        "unit": words.unit,
        "rule": "fixed",
        "provisional": False,
        "direction": "above",
        "window_ms": (HOUR_US // 60 if by_minute else HOUR_US) // 1000,
        "points": {
            **points,
            "exceedance": past,
            "n": nothing,
            "now": points["value"],
            "usual": nothing,
            "span": [1 for _ in nothing],
        },
        "versions": [],
        "onset_ms": None if alert is None or alert.onset_us is None else alert.onset_us // 1000,
        "baseline": None,
    }
