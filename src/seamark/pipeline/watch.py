"""The fast lane: evaluations not yet accounted for become alerts, incidents and news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from seamark.alert.identity import fingerprint
from seamark.alert.machine import answered, close, step
from seamark.clock import DAY_US, SECOND_US
from seamark.correlate.incidents import correlate
from seamark.detect.blocks import has_breach, quiet_signals, worth_a_look
from seamark.notify.outbox import news
from seamark.pipeline.answering import Spent, quiet_now, unheard
from seamark.pipeline.looking import alone, monitors_of, newcomers, with_onset
from seamark.records.alert import Alert, AlertState
from seamark.records.blocks import EvaluationBlock
from seamark.records.delivery import FastStep
from seamark.records.incident import IncidentState
from seamark.records.monitor import Monitor
from seamark.records.options import ModelOptions
from seamark.records.signals import is_of_outcomes
from seamark.records.window import Window
from seamark.store.protocol import Store

BLOCKS_A_STEP = 500

OptionsFor = Callable[[str, str], ModelOptions]


@dataclass(slots=True)
class _Alerts:
    """The alerts as this step leaves them; `live` by fingerprint."""

    live: dict[str, Alert]
    touched: dict[str, Alert] = field(default_factory=dict)
    dropped: set[str] = field(default_factory=set)
    told: dict[str, int] = field(default_factory=dict)  # by fingerprint, the end of the last resolved evidence

    def told_us(self, identity: str, store: Store) -> int:
        if identity not in self.told:
            self.told[identity] = store.fast.told_through(identity) or 0
        return self.told[identity]

    def put(self, identity: str, before: Alert | None, after: Alert | None) -> None:
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
            self.told[identity] = after.evidence.end_us
        else:
            self.live[identity] = after


def watch(
    store: Store,
    options_for: OptionsFor,
    receivers: Sequence[str],
    base_url: str,
    now_us: int,
    most: int = BLOCKS_A_STEP,
) -> FastStep | None:
    """What the next evaluation blocks, at `most` so many, change; None when there are none."""
    through = store.fast.evaluations_through()
    blocks = _sealed(store.fast.new_evaluations(through, most), options_for, now_us)
    alerts = _Alerts({alert.fingerprint: alert for alert in store.fast.alerts(live=True)})
    if blocks and not alerts.live and not any(map(has_breach, blocks)):
        return FastStep(evaluations_through=blocks[-1].seq)
    quiet: dict[tuple[str, str], list[str]] = {}
    newest: dict[tuple[str, str], Window | None] = {}
    spent = Spent(store)
    for alert, said in unheard(store, alerts.live.values()):
        alerts.put(alert.fingerprint, alert, answered(alert, said, now_us))
        quiet[alert.project, alert.model] = quiet_now(store, alert.project, alert.model)
        newest[alert.project, alert.model] = None
    for block in blocks:
        monitors = monitors_of(store, block)
        _close_unwatched(alerts, block, monitors, store, now_us)
        _advance(alerts, block, monitors, options_for(block.project, block.model), store, spent, now_us)
        if not (block.version or block.segment or block.late or block.of_outcomes):
            quiet[block.project, block.model] = quiet_signals(block, monitors)
            newest[block.project, block.model] = block.window
        quiet.setdefault((block.project, block.model), [])
        newest.setdefault((block.project, block.model), None)
    for model in _close_retired(alerts, options_for, now_us):
        quiet.setdefault(model, [])
    if not blocks and not alerts.touched and not alerts.dropped:
        return None
    touched = [with_onset(store, alert, now_us) for alert in alerts.touched.values()]
    open_incidents = [
        incident
        for incident in store.fast.incidents(state=IncidentState.OPEN)
        if (incident.project, incident.model) in quiet
    ]
    ids = {alert.id for alert in touched}
    others = [alert for alert in alerts.live.values() if alert.id not in ids]
    all_alerts = [*touched, *others]
    by_themselves = alone(store, all_alerts, newest)
    came = newcomers(store, all_alerts, newest)
    changed, joined = correlate(open_incidents, all_alerts, quiet, alone=by_themselves, newcomers=came, now_us=now_us)
    final = {alert.id: alert for alert in [*touched, *joined]}
    before = {incident.id: incident for incident in open_incidents}
    return FastStep(
        evaluations_through=blocks[-1].seq if blocks else through,
        alerts=tuple(final.values()),
        dropped_alerts=tuple(sorted(alerts.dropped)),
        incidents=tuple(changed),
        deliveries=tuple(news(before, changed, receivers, base_url, now_us)),
    )


def _sealed(blocks: Sequence[EvaluationBlock], options_for: OptionsFor, now_us: int) -> list[EvaluationBlock]:
    """Those of windows that are sealed by now: where the past is played, more have been judged already."""

    def is_sealed(block: EvaluationBlock) -> bool:
        lateness_us = options_for(block.project, block.model).lateness_seconds * SECOND_US
        return block.window.end_us + lateness_us <= now_us

    return list(takewhile(is_sealed, blocks))


def _advance(
    alerts: _Alerts,
    block: EvaluationBlock,
    monitors: Sequence[Monitor],
    options: ModelOptions,
    store: Store,
    spent: Spent,
    now_us: int,
) -> None:
    """Step every alert this block can change."""
    here = (block.project, block.model, block.version, block.segment)
    live = {a.monitor for a in alerts.live.values() if (a.project, a.model, a.version, a.segment) == here}
    opens_after_us = _opens_after_us(block, options, store, now_us)
    for monitor, evaluation in worth_a_look(block, monitors, live):
        identity = fingerprint(evaluation)
        before = alerts.live.get(identity)
        if before is not None and spent.ends(before, evaluation):
            alerts.put(identity, before, close(before, now_us))
            before = None
        if before is None and evaluation.window.start_us < alerts.told_us(identity, store):
            continue  # of this stretch of time the whole story has been told
        after = step(before, evaluation, monitor, now_us=now_us, opens_after_us=opens_after_us)
        alerts.put(identity, before, after)


def _opens_after_us(block: EvaluationBlock, options: ModelOptions, store: Store, now_us: int) -> int:
    """What ended before is no news. Outcomes may take months: there the newest that are known are news."""
    newest_us = now_us - options.lateness_seconds * SECOND_US
    if not block.of_outcomes:
        return newest_us - DAY_US
    model = store.slow.model(block.project, block.model)
    through_us = None if model is None else model.outcomes_through_us
    return min(newest_us, through_us or block.window.end_us) - max(DAY_US, block.window.length_us)


def _close_unwatched(
    alerts: _Alerts, block: EvaluationBlock, monitors: Sequence[Monitor], store: Store, now_us: int
) -> None:
    """End the alerts of what the model no longer watches: other words of the owner, another reference."""
    names = {monitor.name for monitor in monitors}
    here = (block.project, block.model, block.version, block.segment)
    for identity, alert in list(alerts.live.items()):
        if is_of_outcomes(alert.signal) != block.of_outcomes:
            continue
        of_block = (alert.project, alert.model, alert.version, alert.segment) == here
        if (of_block and alert.monitor not in names) or _is_forgotten(alert, block, store):
            alerts.put(identity, alert, close(alert, now_us))


def _is_forgotten(alert: Alert, block: EvaluationBlock, store: Store) -> bool:
    """Whether the alert's segment or version was not judged for a day, nor is in this window of all traffic."""
    of_model = (alert.project, alert.model, "", "") == (block.project, block.model, block.version, block.segment)
    if not of_model or not (alert.version or alert.segment):
        return False
    if alert.heard_us >= block.window.end_us - DAY_US - block.window.length_us:
        return False
    return not store.slow.evaluations(
        *(alert.project, alert.model, block.window),
        version=alert.version,
        segment=alert.segment,
        of_outcomes=block.of_outcomes,
    )


def _close_retired(alerts: _Alerts, options_for: OptionsFor, now_us: int) -> set[tuple[str, str]]:
    """End the alerts of models that were retired; which they are."""
    watched = {(alert.project, alert.model) for alert in alerts.live.values()}
    retired = {(project, model) for project, model in watched if options_for(project, model).retired}
    for identity, alert in list(alerts.live.items()):
        if (alert.project, alert.model) in retired:
            alerts.put(identity, alert, close(alert, now_us))
    return retired
