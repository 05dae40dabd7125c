"""Which models are there, and how are they?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from seamark.clock import DAY_US, HOUR_US, SECOND_US
from seamark.errors import NotFound
from seamark.query.bearing import Around, Bearing
from seamark.query.monitoring import monitoring
from seamark.query.naming import milliseconds
from seamark.records.alert import Alert, AlertState
from seamark.records.evaluation import Status
from seamark.records.incident import Incident, IncidentState
from seamark.records.model import Model
from seamark.records.monitor import layers_from_json
from seamark.records.outcomes import Outcomes
from seamark.records.rows import OTHER
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.stats import columns
from seamark.store.protocol import Store

_JUDGED = {Status.OK, Status.ELEVATED, Status.BREACH}
_WORST_FIRST = ("firing", "pending", "no_data", "insufficient", "ok")


def models(store: Store, project: str, *, now_us: int) -> dict[str, Any]:
    """Every model of a project on one line each, with the state of its layers."""
    alerts = store.fast.alerts(project, live=True)
    incidents = store.fast.incidents(project, state=IncidentState.OPEN)
    around = Around.of(store, project, Window(now_us - DAY_US, now_us))
    lower = _lower_layers(store, project, alerts, now_us)
    found = []
    for model in store.slow.models(project):
        bearing = around.bearing_on(model.name)
        described = describe(store, model, alerts, [*incidents, *beneath(incidents, model, bearing)], now_us)
        found.append({**described, "layers": {**_worst_of(lower, bearing), **described["layers"]}})
    return {"models": found}


def find_model(store: Store, project: str, name: str, segment: str = "") -> Model:
    """One model; raises NotFound, naming those that exist, where there is no such model or it has no such segment."""
    model = store.slow.model(project, name)
    if model is None:
        known = ", ".join(repr(other.name) for other in store.slow.models(project)[:10]) or "none yet"
        raise NotFound(f"There is no model {name!r} in project {project!r}. Models: {known}.")
    if segment and segment not in model.segments:
        raise NotFound(_no_segment(model, segment))
    return model


def _no_segment(model: Model, segment: str) -> str:
    refused = f"Model {model.name!r} has no segment {segment!r}."
    if not model.segments:
        return f'{refused} It has none; declare dimensions in its configuration, as in segments = ["country"].'
    dimension = segment.partition("=")[0]
    near = [name for name in model.segments if name.startswith(f"{dimension}=")] or list(model.segments)
    known = f"{', '.join(map(repr, near[:10]))}{', …' if len(near) > 10 else ''}"
    rest = f"{dimension}={OTHER}"
    shared = f" Values without a segment of their own are in {rest!r}." if rest in near else ""
    return f"{refused} Segments: {known}.{shared}"


def outcomes_of(model: Model, now_us: int) -> dict[str, int]:
    """How many outcomes came, and how many of their ids have a prediction, wait for it, or have waited in vain."""
    counted = model.outcomes or Outcomes()
    waiting, expired = counted.split(now_us)
    return {"rows": counted.rows, "matched": counted.matched, "waiting": waiting, "expired": expired}


def describe(
    store: Store, model: Model, alerts: Sequence[Alert], incidents: Sequence[Incident], now_us: int
) -> dict[str, Any]:
    """One model for a person; `alerts` (live) and `incidents` (open) may hold those of other models."""
    own_incidents = [i for i in incidents if (i.project, i.model) == (model.project, model.name)]
    baselines = store.slow.baselines(model.project, model.name)
    baseline = next((b for b in baselines if b.id == model.baseline), None)
    bin_sets = store.slow.bin_sets(model.project, model.name)
    provisional = any(stored.provisional for stored in bin_sets if stored.id == model.bin_set)
    return {
        "project": model.project,
        "name": model.name,
        "task": model.task.value,
        "versions": list(model.versions),
        "segments": sorted(model.segments),
        "rows": model.rows,
        "duplicates": model.duplicates,
        "outcomes": None if model.outcomes is None else outcomes_of(model, now_us),
        "first_time_ms": milliseconds(model.first_time_us),
        "last_time_ms": milliseconds(model.last_time_us),
        "window_seconds": None if model.window_us is None else model.window_us // SECOND_US,
        "provisional": provisional,
        "baseline": None if baseline is None else baseline.source,
        "monitoring": monitoring(store, model, provisional=provisional),
        "open_incidents": len(own_incidents),
        "highest_priority": min((i.priority.value for i in own_incidents), default=None),
        "retired": model.retired,
        "layers": _layers(store, model, alerts),
    }


def beneath(incidents: Sequence[Incident], model: Model, bearing: Bearing) -> list[Incident]:
    """The incidents about what bears on a model, as if they were its own."""
    nodes = set(bearing.labels)
    return [replace(i, model=model.name) for i in incidents if not i.model and nodes & set(i.nodes)]


def _lower_layers(store: Store, project: str, alerts: Sequence[Alert], now_us: int) -> dict[tuple[str, str], str]:
    """By component and layer, the state of its worst live alert, else ok while it is heard."""
    heard = store.metrics.heard()
    found = {
        (series.component.label, series.layer.value): "ok"
        for series in store.metrics.series(project)
        if now_us - heard.get(series.component, 0) < HOUR_US
    }
    for alert in alerts:
        if alert.component and alert.state is not AlertState.ANSWERED:
            key = (alert.component, alert.layer.value)
            found[key] = min(_state_of(alert), found.get(key, "ok"), key=_WORST_FIRST.index)
    return found


def _worst_of(states: Mapping[tuple[str, str], str], bearing: Bearing) -> dict[str, str]:
    """By layer, of the components that bear on a model."""
    of, found = set(bearing.labels), dict[str, str]()
    for (label, layer), state in states.items() if of else ():
        if label in of:
            found[layer] = min(state, found.get(layer, "ok"), key=_WORST_FIRST.index)
    return found


def _state_of(alert: Alert) -> str:
    return "pending" if alert.state is AlertState.PENDING else "no_data" if alert.no_data else "firing"


def calibration_of(store: Store, model: Model) -> dict[str, Any] | None:
    """How thresholds were learned that judge now; None where the model's are not learned (yet)."""
    learned = store.slow.calibration(model.project, model.name, payload=False)
    if learned is None or (learned.bin_set, learned.window_us) != (model.bin_set, model.window_us):
        return None
    return {"summary": learned.summary, "through_ms": milliseconds(learned.through_us)}


def _layers(store: Store, model: Model, alerts: Sequence[Alert]) -> dict[str, str]:
    """The worst state in each layer that has a monitor: of its live alerts, else of the newest window."""
    if model.monitor_set is None:
        return {}
    states = _newest_states(store, model)
    for alert in alerts:
        is_own = (alert.project, alert.model) == (model.project, model.name)
        if is_own and alert.state is not AlertState.ANSWERED:
            state = _state_of(alert)
            states[alert.layer.value] = min(state, states.get(alert.layer.value, "ok"), key=_WORST_FIRST.index)
    return states


def _newest_states(store: Store, model: Model) -> dict[str, str]:
    """A layer is ok once one of its monitors could be judged in the newest window."""
    end_us, length_us = model.evaluated_through_us, model.window_us
    said: dict[str, set[int]] = {layer.value: set() for layer in _layers_of(store, model.monitor_set)}
    if end_us is None or length_us is None:
        return dict.fromkeys(said, "insufficient")
    said |= {layer.value: set() for layer in _layers_of(store, model.outcome_monitor_set)}
    newest = Window(end_us - length_us, end_us)
    for of_outcomes in (False, True):
        for block in store.slow.evaluations(model.project, model.name, newest, of_outcomes=of_outcomes)[-1:]:
            status = columns.unpack(block.payload)["status"].tolist()
            for layer, one in zip(_layers_of(store, block.monitor_set), status, strict=True):
                said.setdefault(layer.value, set()).add(one)
    return {layer: _summed_up(statuses) for layer, statuses in said.items()}


def _layers_of(store: Store, monitor_set: int | None) -> tuple[Layer, ...]:
    stored = store.slow.monitor_set(monitor_set) if monitor_set is not None else None
    return layers_from_json(stored.payload) if stored is not None else ()


def _summed_up(statuses: set[int]) -> str:
    if statuses & _JUDGED:
        return "ok"
    return "insufficient" if Status.INSUFFICIENT in statuses else "no_data"
