"""Which alerts may get which answer?"""

from __future__ import annotations

from seamark import clock
from seamark.errors import Conflict, NotFound
from seamark.query.naming import label_of
from seamark.records.alert import Alert, AlertState
from seamark.records.answer import Answer, AnswerKind
from seamark.records.incident import Incident
from seamark.store.protocol import Store

_BURNING = (AlertState.FIRING, AlertState.RECOVERING)
_NOT_LEARNED = (
    "is held to a threshold that is told, not learned; change it in [services.NAME.thresholds],"
    " or say that it was a false alarm."
)
_IN_HINDSIGHT = (AnswerKind.EXPECTED, AnswerKind.DISMISS)  # say what a time was; the others end what goes on


def answerable_alert(store: Store, project: str, id: str, kind: AnswerKind) -> list[Answer]:
    """One alert; raises NotFound for none, Conflict where this cannot be said of it."""
    alert = store.fast.alert(id)
    if alert is None or alert.project != project:
        raise NotFound(f"There is no alert {id!r} in project {project!r}.")
    if alert.opened_us is None:
        raise Conflict(f"Alert {id!r} is only a suspicion: it has not fired, so there is nothing to answer yet.")
    if alert.component and kind is AnswerKind.ACCEPT:
        raise Conflict(f"Alert {id!r} ({label_of(alert.signal)}) {_NOT_LEARNED}")
    if not _fits(alert, kind):
        raise Conflict(f"Alert {id!r} ({label_of(alert.signal)}) {_over(alert.resolved_us)}")
    return [_answer(alert, kind)]


def answerable_incident(store: Store, project: str, id: str, kind: AnswerKind) -> list[Answer]:
    """The alerts of an incident that burn or, once none does, all that this can be said of; raises as for an alert."""
    incident = store.fast.incident(id)
    if incident is None or incident.project != project:
        raise NotFound(f"There is no incident {id!r} in project {project!r}.")
    alerts = _members(store, incident)
    burning = [alert for alert in alerts if alert.state in _BURNING and _can_be(alert, kind)]
    chosen = burning or [alert for alert in alerts if _fits(alert, kind)]
    if not chosen and any(alert.state in _BURNING for alert in alerts):
        raise Conflict(f"Incident {id!r} {_NOT_LEARNED}")
    if not chosen:
        raise Conflict(f"Incident {id!r} {_over(incident.resolved_us)}")
    return [_answer(alert, kind) for alert in chosen]


def _members(store: Store, incident: Incident) -> list[Alert]:
    known = store.fast.members([incident])
    return [known[id] for id in incident.alerts if id in known]


def _fits(alert: Alert, kind: AnswerKind) -> bool:
    return _can_be(alert, kind) and (alert.state is not AlertState.RESOLVED or kind in _IN_HINDSIGHT)


def _can_be(alert: Alert, kind: AnswerKind) -> bool:
    """Thresholds of machines and services are told, not learned: there is no new normal of them."""
    return not (alert.component and kind is AnswerKind.ACCEPT)


def _over(resolved_us: int | None) -> str:
    since = f" since {clock.to_iso(resolved_us)}" if resolved_us is not None else ""
    words = " or ".join(kind.value for kind in _IN_HINDSIGHT)
    return f"is over{since}, so there is nothing left to end. What it was can still be said: {words}."


def _answer(alert: Alert, kind: AnswerKind) -> Answer:
    """As the log will hold it; id, time, person and comment are added there."""
    return Answer(
        id="",
        project=alert.project,
        model=alert.model,
        alert=alert.id,
        fingerprint=alert.fingerprint,
        kind=kind,
        version=alert.version,
        segment=alert.segment,
        monitor=alert.monitor,
        signal=alert.signal,
        from_us=alert.evidence.start_us if alert.onset_us is None else alert.onset_us,
        at_us=0,
    )
