"""The heat grid: every monitor of a model over time, with changes and incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from seamark.clock import DAY_US, HOUR_US
from seamark.query import evaluations, packing
from seamark.query.bearing import bearing_on
from seamark.query.component_rows import ComponentRow, component_rows
from seamark.query.component_rows import describe as describe_rows
from seamark.query.incidents import describe_all as describe_incidents
from seamark.query.incidents import incidents_of
from seamark.query.models import calibration_of, find_model
from seamark.query.models import describe as describe_model
from seamark.query.naming import label_of_monitor, unit_of
from seamark.records.alert import Alert, AlertState
from seamark.records.evaluation import Status
from seamark.records.incident import Incident, IncidentState
from seamark.records.model import Model
from seamark.records.monitor import Monitor, Priority
from seamark.records.signals import Layer, is_of_outcomes
from seamark.records.window import Window
from seamark.store.protocol import Store

_DEFAULT_US = 30 * DAY_US
_LEAD = 0.25  # of the time since the oldest open incident, shown before it
_ALWAYS_SHOWN = ("near_half_share", "volume")
_LAYERS = list(Layer)


def overview(
    store: Store,
    project: str,
    model: str,
    window: Window | None = None,
    version: str = "",
    segment: str = "",
    *,
    packed: bool = False,
    now_us: int,
) -> dict[str, Any]:
    """One row per monitor, sorted by layer and then by what is wrong now; one column per window.

    Without a `window`: the last 30 days, widened so that the oldest open incident and the time before
    it are in sight. Ratio monitors and trends appear once they were elevated in the range.
    `packed` cells are rows of bytes rather than lists: `packing.packed`.
    """
    found = find_model(store, project, model, segment)
    bearing = bearing_on(store, project, model, window or Window(now_us - _DEFAULT_US, now_us))
    open_incidents = incidents_of(store, project, model, bearing, state=IncidentState.OPEN)
    reach = window or _default(found, open_incidents, now_us)
    table = evaluations.read(store, found, reach, version=version, segment=segment, fields=packing.FIELDS)
    alerts = store.fast.alerts(project, model=model, live=True)
    live = {alert.monitor: alert for alert in alerts if (alert.version, alert.segment) == (version, segment)}
    order = _order(table, live)
    windows = _up_to_now(table.windows, found, reach) if bearing.components else table.windows
    beside = [] if version or segment else component_rows(store, project, bearing.components, windows)
    windows = windows if beside else table.windows
    incidents = incidents_of(store, project, model, bearing, window=reach)
    changes = store.fast.changes(project, reach, model)
    return {
        "model": {
            **describe_model(store, found, alerts, [replace(each, model=model) for each in open_incidents], now_us),
            "calibration": calibration_of(store, found),
        },
        "from_ms": reach.start_us // 1000,
        "to_ms": reach.end_us // 1000,
        "window_ms": (found.window_us or HOUR_US) // 1000,
        "windows": {
            "start_ms": [w.start_us // 1000 for w in windows],
            "rows": [*table.rows, *(None for _ in windows[len(table.windows) :])],
        },
        "components": {"how": bearing.how, "labels": bearing.labels},
        "signals": _joined(describe_rows(beside), _signals(table, live, order)),
        "cells": _cells(table, order, beside, len(windows), packed=packed),
        "changes": {
            "id": [change.id for change in changes],
            "time_ms": [change.time_us // 1000 for change in changes],
            "kind": [change.kind for change in changes],
            "summary": [change.summary for change in changes],
            "version": [change.version for change in changes],
        },
        "incidents": describe_incidents(store, project, incidents),
    }


def _up_to_now(windows: Sequence[Window], model: Model, reach: Window) -> tuple[Window, ...]:
    """With windows that no row has been judged in yet: of machines and services the last minute is known."""
    length_us = model.window_us or HOUR_US
    first_us = windows[-1].end_us if windows else reach.start_us // length_us * length_us
    coming = range(first_us, reach.end_us, length_us)
    return (*windows, *(Window(start_us, start_us + length_us) for start_us in coming))


def _joined(above: dict[str, list[Any]], below: dict[str, list[Any]]) -> dict[str, list[Any]]:
    return {name: [*above[name], *values] for name, values in below.items()}


def default_window(store: Store, project: str, model: str, now_us: int) -> Window:
    """What the overview shows when nobody asks for a range."""
    open_incidents = store.fast.incidents(project, model=model, state=IncidentState.OPEN)
    return _default(find_model(store, project, model), open_incidents, now_us)


def _default(model: Model, open_incidents: list[Incident], now_us: int) -> Window:
    start_us = now_us - _DEFAULT_US
    hasty = [incident for incident in open_incidents if incident.priority is not Priority.P3]  # a trend is months long
    began = [i.onset_us if i.onset_us is not None else i.evidence.start_us for i in hasty]
    if began and min(began) < start_us + DAY_US:
        start_us = min(start_us, min(began) - int((now_us - min(began)) * _LEAD) - DAY_US)
    start_us = max(start_us, (model.first_time_us or start_us) // DAY_US * DAY_US)
    return Window(start_us // HOUR_US * HOUR_US, now_us)


def _order(table: evaluations.Table, live: dict[str, Alert]) -> list[int]:
    """Rows worth showing: by layer, then firing before pending before quiet, then the furthest past its threshold."""
    status, exceedance = table.arrays["status"], table.arrays["exceedance"]
    moved = ((status == Status.ELEVATED) | (status == Status.BREACH)).any(axis=1) if table.windows else None

    def shown(place: int) -> bool:
        monitor = table.monitors[place]
        is_distance = not monitor.statistic.endswith(("_rate", "_share", "trend"))
        always = is_distance or monitor.statistic in _ALWAYS_SHOWN or is_of_outcomes(monitor.signal)
        return always or monitor.name in live or (moved is not None and bool(moved[place]))

    def rank(place: int) -> tuple[int, int, float, str]:
        monitor = table.monitors[place]
        alert = live.get(monitor.name)
        burns = alert is not None and alert.state in (AlertState.FIRING, AlertState.RECOVERING)
        urgency = 0 if burns else 2 if alert is None else 1
        recent = exceedance[place, -1] if table.windows else 0.0
        return _LAYERS.index(monitor.layer), urgency, -float(np.nan_to_num(recent)), monitor.name

    return sorted(filter(shown, range(len(table.monitors))), key=rank)


def _signals(table: evaluations.Table, live: dict[str, Alert], order: list[int]) -> dict[str, list[Any]]:
    monitors = [table.monitors[place] for place in order]
    latest = {field: [_latest(table, field, place) for place in order] for field in ("value", "threshold")}
    return {
        "name": [monitor.signal for monitor in monitors],
        "label": [label_of_monitor(monitor) for monitor in monitors],
        "layer": [monitor.layer.value for monitor in monitors],
        "role": [_role(monitor) for monitor in monitors],
        "monitor": [monitor.name for monitor in monitors],
        "statistic": [monitor.statistic for monitor in monitors],
        "unit": [unit_of(monitor.statistic) for monitor in monitors],
        "provisional": [monitor.provisional for monitor in monitors],
        "state": [_state(table, place, live.get(table.monitors[place].name)) for place in order],
        "latest": latest["value"],
        "threshold": latest["threshold"],
        "impact": [_peak(table, place) for place in order],
    }


def _state(table: evaluations.Table, place: int, alert: Alert | None) -> str:
    """The alert's state; without one, what the newest window said of the monitor (that waits for no outcomes)."""
    if alert is not None:
        return alert.state.value
    said = table.arrays["status"][place]
    if is_of_outcomes(table.monitors[place].signal):
        said = said[(said != Status.AWAITED) & (said != evaluations.NOT_EVALUATED)]
        return "insufficient" if not len(said) or said[-1] == Status.INSUFFICIENT else "ok"
    newest = said[-1] if table.windows else Status.NO_DATA
    return {Status.INSUFFICIENT: "insufficient", Status.NO_DATA: "no_data"}.get(newest, "ok")


def _role(monitor: Monitor) -> str:
    return monitor.signal.partition(".")[0]


def _latest(table: evaluations.Table, field: str, place: int) -> float | None:
    values = table.arrays[field][place]
    finite = values[np.isfinite(values)]
    return float(f"{finite[-1]:.6g}") if len(finite) else None


def _peak(table: evaluations.Table, place: int) -> float | None:
    """The furthest past its threshold a monitor was in the range."""
    values = table.arrays["exceedance"][place]
    finite = values[np.isfinite(values)]
    return float(f"{finite.max():.6g}") if len(finite) else None


def _cells(
    table: evaluations.Table, order: list[int], beside: Sequence[ComponentRow], windows: int, *, packed: bool
) -> dict[str, list[Any]]:
    """Rows of machines and services, and then of monitors, as long as there are `windows`."""
    spelled = packing.packed if packed else packing.listed
    coming = windows - len(table.windows)
    cells = {}
    for field in packing.FIELDS:
        nothing = np.full(coming, float(evaluations.NOT_EVALUATED) if field == "status" else np.nan)
        rows = [np.concatenate([table.arrays[field][place], nothing]) for place in order]
        cells[field] = [spelled(field, row) for row in (*(each.arrays[field] for each in beside), *rows)]
    return cells
