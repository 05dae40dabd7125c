"""What the fast lane keeps, in dictionaries."""

# ruff: noqa: D102 - `protocol.py` says what each method does

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from seamark.clock import HOUR_US
from seamark.errors import Conflict
from seamark.records.alert import Alert, AlertState
from seamark.records.answer import Answer
from seamark.records.blocks import EvaluationBlock
from seamark.records.delivery import FastStep
from seamark.records.incident import Incident, IncidentState
from seamark.records.log import Change
from seamark.records.window import Window
from seamark.store.memory.state import State


class MemoryFast:
    """`seamark.store.protocol.Fast`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def evaluations_through(self) -> int:
        with self._state:
            return self._state.evaluations_through

    def new_evaluations(self, after_seq: int, limit: int) -> list[EvaluationBlock]:
        with self._state:
            numbers = range(after_seq + 1, self._state.evaluation_seq + 1)
            return list(islice((self._state.by_seq[n] for n in numbers if n in self._state.by_seq), limit))

    def commit(self, step: FastStep) -> None:
        with self._state:
            if not self._state.evaluations_through <= step.evaluations_through <= self._state.evaluation_seq:
                raise Conflict(
                    f"The fast lane cannot move to evaluation {step.evaluations_through}: it stands at "
                    f"{self._state.evaluations_through} and the newest is {self._state.evaluation_seq}."
                )
            self._state.evaluations_through = step.evaluations_through
            self._state.alerts |= {alert.id: alert for alert in step.alerts}
            for alert in step.alerts:
                if alert.state is not AlertState.RESOLVED:
                    self._state.live[alert.id] = alert
                else:
                    self._state.live.pop(alert.id, None)
            for id_ in step.dropped_alerts:
                self._state.alerts.pop(id_, None)
                self._state.live.pop(id_, None)
            self._state.incidents |= {incident.id: incident for incident in step.incidents}
            for delivery in step.deliveries:
                self._state.outbox.setdefault(delivery.identity, delivery)
            _put_verdicts(self._state, step)
            self._state.changes |= {(change.project, change.id): change for change in step.changes}

    def alerts(self, project: str | None = None, *, model: str | None = None, live: bool = False) -> list[Alert]:
        with self._state:
            found = [
                alert
                for alert in (self._state.live if live else self._state.alerts).values()
                if project in (None, alert.project) and model in (None, alert.model)
            ]
            return sorted(found, key=lambda alert: alert.id)

    def alert(self, id: str) -> Alert | None:
        with self._state:
            return self._state.alerts.get(id)

    def members(self, incidents: Sequence[Incident]) -> dict[str, Alert]:
        with self._state:
            ids = {id_ for incident in incidents for id_ in incident.alerts}
            return {id_: self._state.alerts[id_] for id_ in ids & self._state.alerts.keys()}

    def told_through(self, fingerprint: str) -> int | None:
        resolved = [alert for alert in self.alerts() if alert.state is AlertState.RESOLVED]
        return max((alert.evidence.end_us for alert in resolved if alert.fingerprint == fingerprint), default=None)

    def incidents(
        self,
        project: str | None = None,
        *,
        model: str | None = None,
        state: IncidentState | None = None,
        window: Window | None = None,
    ) -> list[Incident]:
        with self._state:
            found = [
                incident
                for incident in self._state.incidents.values()
                if project in (None, incident.project)
                and model in (None, incident.model)
                and state in (None, incident.state)
                and (window is None or window.overlaps(incident.evidence))
            ]
            return sorted(found, key=lambda incident: (incident.opened_us, incident.id), reverse=True)

    def incident(self, id: str) -> Incident | None:
        with self._state:
            return self._state.incidents.get(id)

    def changes(self, project: str, window: Window, model: str | None = None) -> list[Change]:
        with self._state:
            found = [
                change
                for change in self._state.changes.values()
                if change.project == project
                and window.start_us <= change.time_us < window.end_us
                and (model is None or change.model in (None, model))
            ]
            return sorted(found, key=lambda change: (change.time_us, change.id))

    def answers(self, project: str, model: str | None = None) -> list[Answer]:
        with self._state:
            found = [
                each for each in self._state.answers.values() if each.project == project and model in (None, each.model)
            ]
            return sorted(found, key=lambda each: (each.at_us, each.id))


def _put_verdicts(state: State, step: FastStep) -> None:
    state.judged_us = state.judged_us if step.judged_us is None else step.judged_us
    for block in step.verdicts:
        state.verdicts[block.component, block.hour_us] = block
        state.heard.setdefault(block.component, 0)
    state.heard.update(step.heard)
    if step.forget_verdicts_us:
        for key in [key for key in state.verdicts if key[1] + HOUR_US <= step.forget_verdicts_us]:
            del state.verdicts[key]
        alive = {component for component, _ in state.verdicts}
        state.heard = {component: heard_us for component, heard_us in state.heard.items() if component in alive}
