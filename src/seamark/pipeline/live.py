"""The alerts of one step of the fast lane, and what the step comes to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from seamark.alert.identity import fingerprint
from seamark.alert.machine import answered, close, step
from seamark.correlate.incidents import correlate, models_asked_for
from seamark.notify.outbox import news
from seamark.pipeline.answering import Spent, quiet_now, unheard
from seamark.pipeline.looking import alone, newcomers, with_onset
from seamark.pipeline.surroundings import incidents_for, known_around
from seamark.records.alert import Alert, AlertState
from seamark.records.delivery import FastStep
from seamark.records.evaluation import Evaluation
from seamark.records.monitor import Monitor
from seamark.records.window import Window
from seamark.store.protocol import Store

ModelKey = tuple[str, str]  # project and model


@dataclass(slots=True)
class LiveAlerts:
    """The alerts as a step leaves them; `live` by fingerprint."""

    store: Store
    live: dict[str, Alert]
    touched: dict[str, Alert] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    _told: dict[str, int] = field(default_factory=dict)  # by fingerprint, the end of the last resolved evidence

    @classmethod
    def of(cls, store: Store, alerts: Iterable[Alert]) -> LiveAlerts:
        """As they are stored."""
        return cls(store, {alert.fingerprint: alert for alert in alerts})

    def hear(self, now_us: int) -> list[Alert]:
        """Act on what people answered since; the alerts that were answered."""
        heard = unheard(self.store, self.live.values())
        for alert, said in heard:
            self._put(alert.fingerprint, alert, answered(alert, said, now_us))
        return [alert for alert, _ in heard]

    def advance(
        self, evaluation: Evaluation, monitor: Monitor, spent: Spent, *, now_us: int, opens_after_us: int
    ) -> None:
        """One more evaluation."""
        identity = fingerprint(evaluation)
        before = self.live.get(identity)
        if before is not None and spent.ends(before, evaluation):
            self._put(identity, before, close(before, now_us))
            before = None
        if before is None and evaluation.window.start_us < self._told_us(identity):
            return  # of this stretch of time the whole story has been told
        after = step(before, evaluation, monitor, now_us=now_us, opens_after_us=opens_after_us)
        self._put(identity, before, after)

    def date(self, alert: Alert, onset_us: int) -> None:
        """Say when its condition began."""
        self._put(alert.fingerprint, alert, replace(alert, onset_us=onset_us))

    def close(self, alert: Alert, now_us: int) -> None:
        """Nobody watches its condition any more."""
        self._put(alert.fingerprint, alert, close(alert, now_us))

    def _told_us(self, identity: str) -> int:
        if identity not in self._told:
            self._told[identity] = self.store.fast.told_through(identity) or 0
        return self._told[identity]

    def _put(self, identity: str, before: Alert | None, after: Alert | None) -> None:
        if after is None:
            if before is not None:
                del self.live[identity]
                self.touched.pop(before.id, None)
                self.dropped.add(before.id)
            return
        self.touched[after.id] = after
        self.dropped.discard(after.id)
        if after.state is AlertState.RESOLVED:
            self.live.pop(identity, None)
            self._told[identity] = after.evidence.end_us
        else:
            self.live[identity] = after


def conclude(
    alerts: LiveAlerts,
    quiet: Mapping[ModelKey, Sequence[str]],
    newest: Mapping[ModelKey, Window | None],
    base_url: str,
    now_us: int,
) -> FastStep:
    """Incidents and news of the alerts, as a step that leaves all marks where they are.

    `quiet` names the models (and "" of the projects whose machines and services) were looked at, with the signals that
    have not moved; `newest` their newest windows, of the models whose profiles are worth a look.
    """
    store = alerts.store
    touched = [with_onset(store, alert, now_us) for alert in alerts.touched.values()]
    incidents = incidents_for(store, touched, now_us)
    others = {**store.fast.members(incidents), **{alert.id: alert for alert in store.fast.alerts(live=True)}}
    ids = {alert.id for alert in touched} | alerts.dropped
    all_alerts = [*touched, *(alert for id, alert in others.items() if id not in ids)]
    for model in sorted(models_asked_for(incidents, all_alerts) - quiet.keys()):
        quiet, newest = {**quiet, model: quiet_now(store, *model)}, {**newest, model: None}
    by_themselves = alone(store, all_alerts, newest)
    came = newcomers(store, all_alerts, newest)
    known = known_around(store, incidents, all_alerts, now_us)
    changed, joined = correlate(
        incidents, all_alerts, quiet, known=known, alone=by_themselves, newcomers=came, now_us=now_us
    )
    final = {alert.id: alert for alert in [*touched, *joined]}
    at_hand = {**{alert.id: alert for alert in all_alerts}, **final}
    before = {incident.id: incident for incident in incidents}
    return FastStep(
        evaluations_through=store.fast.evaluations_through(),
        alerts=tuple(final.values()),
        dropped_alerts=tuple(sorted(alerts.dropped)),
        incidents=tuple(changed),
        deliveries=tuple(news(before, changed, at_hand, base_url, now_us)),
    )
