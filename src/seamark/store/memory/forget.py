"""Deletes what is too old from dictionaries."""

# ruff: noqa: D102 - `drawer_of_age.py` says what each method does

from __future__ import annotations

from seamark.records.delivery import SETTLED
from seamark.records.incident import IncidentState
from seamark.store.memory.state import State


class MemoryForget:
    """`seamark.store.drawer_of_age.Forget`."""

    def __init__(self, state: State) -> None:
        self._state = state

    def profiles(self, before_us: int, most: int) -> int:
        with self._state:
            old = [
                (hour_us, series, version)
                for series, hours in self._state.blocks.items()
                for hour_us, versions in hours.items()
                for version in versions
                if hour_us < before_us
            ]
            doomed = sorted(old, key=lambda each: each[0])[:most]
            for hour_us, series, version in doomed:
                hours = self._state.blocks[series]
                del hours[hour_us][version]
                if not hours[hour_us]:
                    del hours[hour_us]
            return len(doomed)

    def evaluations(self, before_us: int, most: int) -> int:
        with self._state:
            seen = self._state.evaluations_through
            old = [
                (block.window.end_us, block.seq, key)
                for key, block in self._state.evaluations.items()
                if block.window.end_us < before_us and block.seq <= seen
            ]
            doomed = sorted(old, key=lambda each: each[:2])[:most]
            for _, seq, key in doomed:
                del self._state.evaluations[key], self._state.by_seq[seq]
            return len(doomed)

    def incidents(self, before_us: int, most: int) -> int:
        with self._state:
            waiting = {each.incident for each in self._state.outbox.values() if each.state not in SETTLED}
            old = [
                incident
                for incident in self._state.incidents.values()
                if incident.state is IncidentState.RESOLVED
                and incident.evidence.end_us < before_us
                and incident.id not in waiting
            ]
            doomed = sorted(old, key=lambda each: (each.evidence.end_us, each.id))[:most]
            ids = {incident.id for incident in doomed}
            self._state.incidents = {id_: each for id_, each in self._state.incidents.items() if id_ not in ids}
            self._state.outbox = {key: each for key, each in self._state.outbox.items() if each.incident not in ids}
            self._state.threads = {key: each for key, each in self._state.threads.items() if key[0] not in ids}
            for id_ in ids & self._state.acknowledgements.keys():
                del self._state.acknowledgements[id_]
            held = {alert for incident in self._state.incidents.values() for alert in incident.alerts}
            gone = {alert for incident in doomed for alert in incident.alerts} - held - self._state.live.keys()
            for id_ in gone & self._state.alerts.keys():
                del self._state.alerts[id_]
            return len(doomed)
