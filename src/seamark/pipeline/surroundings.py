"""What is known around alerts when they are joined and explained: resolved incidents, changes, what is well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from seamark.clock import DAY_US, MINUTE_US
from seamark.correlate.homes import are_new
from seamark.correlate.incidents import Known
from seamark.correlate.lags import OUTCOMES_KNOWN_WITHIN_US
from seamark.detect.blocks import quiet_signals
from seamark.pipeline.looking import monitors_of
from seamark.records.alert import Alert
from seamark.records.incident import Incident, IncidentState
from seamark.records.log import Change
from seamark.records.model import Model
from seamark.records.signals import QUALITY
from seamark.records.window import Window
from seamark.store.protocol import Store

_WATCHED_US = 15 * MINUTE_US


def incidents_for(store: Store, alerts: Iterable[Alert], now_us: int) -> list[Incident]:
    """The open incidents, and where something new has come those that were resolved lately."""
    found = store.fast.incidents(state=IncidentState.OPEN)
    window = Window(now_us - OUTCOMES_KNOWN_WITHIN_US, now_us)
    for project in sorted({alert.project for alert in are_new(alerts)}):
        found += store.fast.incidents(project, state=IncidentState.RESOLVED, window=window)
    return [each for each in found if not each.merged_into]


def known_around(store: Store, incidents: Sequence[Incident], alerts: Iterable[Alert], now_us: int) -> Known:
    """What `correlate` may ask about incidents that are open, or about to be; nothing is read where there are none."""
    new = are_new(alerts)
    open_ = [each for each in incidents if each.state is IncidentState.OPEN]
    concerned: list[Incident | Alert] = [*open_, *new]
    if not concerned:
        return Known()
    projects = sorted({each.project for each in concerned})
    models = {(each.project, each.name): each for project in projects for each in store.slow.models(project)}
    judged = {key: Window(through - length, through) for key, (through, length) in _judged(models.values()).items()}
    about = {(each.project, each.model) for each in concerned} & models.keys()
    fine = {key: window for key in sorted(about) if (window := _fine(store, models[key])) is not None}
    return Known(
        topology=store.metrics.topology(),
        changes=[change for project in projects for change in _changes(store, project, open_, new)],
        judged=judged,
        watched={project: _watched(store, project, now_us) for project in projects},
        fine=fine,
    )


def _judged(models: Iterable[Model]) -> dict[tuple[str, str], tuple[int, int]]:
    return {
        (each.project, each.name): (each.evaluated_through_us, each.window_us)
        for each in models
        if each.evaluated_through_us is not None and each.window_us is not None
    }


def _changes(store: Store, project: str, open_: Iterable[Incident], new: Iterable[Alert]) -> list[Change]:
    """Of the time from a day before the first of them on."""
    everything: list[Incident | Alert] = [*open_, *new]
    times = [each.evidence for each in everything if each.project == project]
    window = Window(min(each.start_us for each in times) - DAY_US, max(each.end_us for each in times) + DAY_US)
    return store.fast.changes(project, window)


def _watched(store: Store, project: str, now_us: int) -> frozenset[str]:
    """The machines and services that were heard a moment ago."""
    return frozenset(
        component.label
        for component, heard_us in store.metrics.heard().items()
        if component.project == project and heard_us > now_us - _WATCHED_US
    )


def _fine(store: Store, model: Model) -> Window | None:
    """The newest window of a model whose outcomes are known, if its quality is as it should be there."""
    end_us = model.outcomes_through_us
    if end_us is None or model.window_us is None:
        return None
    window = Window(end_us - model.window_us, end_us)
    blocks = store.slow.evaluations(model.project, model.name, window, of_outcomes=True)
    if not blocks:
        return None
    monitors = monitors_of(store, blocks[-1])
    graded = {monitor.signal for monitor in monitors if monitor.signal.startswith(QUALITY)}
    quiet = set(quiet_signals(blocks[-1], monitors))
    return blocks[-1].window if graded and graded <= quiet else None
