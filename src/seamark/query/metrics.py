"""How are the machines and services?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from seamark.clock import HOUR_US, MINUTE_US, SECOND_US
from seamark.errors import InvalidInput, NotFound
from seamark.query.component_rows import component_series
from seamark.query.evaluations import nullable
from seamark.query.naming import label_of, milliseconds
from seamark.records.alert import Alert, AlertState
from seamark.records.metric import METRICS, Component, ComponentKind, MetricKind
from seamark.records.rule_words import sentence
from seamark.records.window import Window
from seamark.stats.buckets import quantile
from seamark.store.protocol import Store
from seamark.store.stretches import Stretch
from seamark.store.verdicts import from_bytes

_DEFAULT_US: Final = 3 * HOUR_US
_MOST_POINTS: Final = 1_000
_STEPS_US: Final = tuple(MINUTE_US * minutes for minutes in (1, 5, 15, 60, 360, 1440))
_QUANTILES: Final = {"p50": 0.5, "p95": 0.95, "p99": 0.99}

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MetricQuestions:
    """The questions about machines and services, of one store."""

    store: Store

    def components(self, project: str) -> dict[str, Any]:
        """What are there metrics of?"""
        return components(self.store, project)

    def component_rules(
        self, project: str, kind: str, name: str, *, window: Window | None, now_us: int
    ) -> dict[str, Any]:
        """What is one machine or service held to, and does it hold?"""
        return component_rules(self.store, project, kind, name, window, now_us=now_us)

    def component_metrics(
        self, project: str, kind: str, name: str, *, window: Window | None, now_us: int
    ) -> dict[str, Any]:
        """How is one machine or service?"""
        return component_metrics(self.store, project, kind, name, window, now_us=now_us)


def components(store: Store, project: str) -> dict[str, Any]:
    """Everything there are metrics of, as columns: which, and what is wrong with it now."""
    metrics: dict[Component, list[str]] = {}
    layers: dict[Component, set[str]] = {}
    for series in store.metrics.series(project):
        metrics.setdefault(series.component, []).append(series.metric)
        layers.setdefault(series.component, set()).add(series.layer.value)
    heard = store.metrics.heard()
    wrong: dict[str, list[Alert]] = {}
    for alert in store.fast.alerts(project, live=True):
        if alert.component and alert.state in (AlertState.FIRING, AlertState.RECOVERING):
            wrong.setdefault(alert.component, []).append(alert)
    for of in wrong.values():
        of.sort(key=lambda alert: ("_burn_" in alert.monitor, alert.priority.value, alert.monitor))
    return {
        "kind": [component.kind.value for component in metrics],
        "name": [component.name for component in metrics],
        "layers": [sorted(layers[component]) for component in metrics],
        "metrics": list(metrics.values()),
        "heard_ms": [milliseconds(heard.get(component)) for component in metrics],
        "state": [_state(component, heard, wrong.get(component.label, [])) for component in metrics],
        "wrong": [[_sentence(alert) for alert in wrong.get(component.label, [])] for component in metrics],
    }


def _state(component: Component, heard: Mapping[Component, int], wrong: Sequence[Alert]) -> str:
    """firing, else ok where it is judged; "" where it never was."""
    return "firing" if wrong else "ok" if component in heard else ""


def _sentence(alert: Alert) -> str:
    return sentence(alert.monitor, label_of(alert.signal), alert.value, alert.threshold)


def component_rules(
    store: Store, project: str, kind: str, name: str, window: Window | None, *, now_us: int
) -> dict[str, Any]:
    """What the rules said of one component over `window`, by default the last three hours: a series each."""
    component = _component(project, kind, name)
    reach = window or Window(now_us - _DEFAULT_US, now_us)
    blocks = store.metrics.verdicts(project, reach, components=[component])
    if not blocks and component not in store.metrics.heard():
        raise NotFound(f"Nothing was judged of the {kind} {name[:80]!r}; GET /v1/components lists what there is.")
    rules = dict.fromkeys(rule for block in blocks for rule in from_bytes(block.payload).rules)
    return {
        "kind": kind,
        "name": name,
        "from_ms": reach.start_us // 1000,
        "to_ms": reach.end_us // 1000,
        "rules": [component_series(store, project, component, rule, reach) for rule in rules],
    }


def _component(project: str, kind: str, name: str) -> Component:
    if kind not in list(ComponentKind):
        accepted = ", ".join(ComponentKind)
        raise InvalidInput(f"There is no kind {kind[:80]!r}; there are {accepted}.", field="kind", accepted=accepted)
    return Component(project, ComponentKind(kind), name)


def component_metrics(
    store: Store, project: str, kind: str, name: str, window: Window | None, *, now_us: int
) -> dict[str, Any]:
    """All series of one component over `window`, by default the last three hours; a column per point.

    A counter is told per second, a gauge as mean, least and most, a histogram as quantiles and samples per second;
    null where nothing was heard. Points are as wide as keeps them at a thousand, or as old ones are kept.
    """
    component = _component(project, kind, name)
    reach = window or Window(now_us - _DEFAULT_US, now_us)
    step_us = next((step for step in _STEPS_US if reach.length_us <= step * _MOST_POINTS), _STEPS_US[-1])
    found = store.metrics.read(project, reach, step_us, components=[component])
    if not found and all(series.component != component for series in store.metrics.series(project)):
        raise NotFound(f"There are no metrics of the {kind} {name[:80]!r}; GET /v1/components lists what there is.")
    first = found[0] if found else None
    return {
        "kind": kind,
        "name": name,
        "from_ms": reach.start_us // 1000,
        "to_ms": reach.end_us // 1000,
        "step_ms": (first.step_us if first else step_us) // 1000,
        "start_ms": list(range(first.start_us // 1000, first.end_us // 1000, first.step_us // 1000)) if first else [],
        "series": [_described(each) for each in found],
    }


def _described(stretch: Stretch) -> dict[str, Any]:
    series = stretch.series
    known = METRICS.get(series.metric)
    return {
        "metric": series.metric,
        "label": series.metric if known is None else known.label,
        "layer": series.layer.value,
        "kind": series.kind.value,
        "unit": f"{series.unit}/s" if series.kind is MetricKind.COUNTER else series.unit,
        **{name: nullable(values) for name, values in _told(stretch).items()},
    }


def _told(stretch: Stretch) -> dict[str, Floats]:
    seconds = stretch.step_us / SECOND_US
    values = stretch.values
    if stretch.series.kind is MetricKind.COUNTER:
        return {"value": values[0] / seconds}
    if stretch.series.kind is MetricKind.GAUGE:
        with np.errstate(invalid="ignore", divide="ignore"):
            return {"value": values[0] / values[1], "least": values[2], "most": values[3]}
    bounds = np.array(stretch.bounds)
    told = {name: quantile(bounds, values, q) for name, q in _QUANTILES.items()}
    return {**told, "per_second": values[-1] / seconds}
