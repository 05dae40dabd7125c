"""The alert state machine.

    nothing ── breach ──► pending ── k of n ──► firing ── quiet ──► recovering ── still quiet ──► resolved
       ▲                     │                     ▲                    │
       └──── no breach left ─┘                     └────── breach ──────┘

    firing or recovering ── a person's answer ──► answered ── quiet, or the answer is spent ──► resolved

* Windows without enough rows neither alarm nor reassure: they never enter `recent`.
* Windows that wait for their outcomes have not been judged: they will be.
* No data never resolves an alert; after `rule.missed_windows` of it the alert says so.
* Between the clear and the fire threshold nothing changes (hysteresis).
* A late revision replaces what its window said before; it may complete `k of n`, never resolve.
* Each window counts once towards quiet or silence, however often it is judged again.
* Breaches further apart than twice `n` windows are not the same condition.
* An answered alert is silent: it stays, so that its condition opens no other one, until that is over.
* Nothing opens about windows that ended before `opens_after_us`: yesterday's news is no alert.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from seamark.alert.identity import alert_id, fingerprint
from seamark.clock import DAY_US
from seamark.records.alert import Alert, AlertState, Outcome
from seamark.records.answer import Answer, AnswerKind
from seamark.records.evaluation import Evaluation, Status
from seamark.records.model import StoredCalibration
from seamark.records.monitor import Monitor
from seamark.records.window import Window

_SILENT = (Status.NO_DATA, Status.INSUFFICIENT)


def step(
    alert: Alert | None, evaluation: Evaluation, monitor: Monitor, *, now_us: int, opens_after_us: int
) -> Alert | None:
    """The alert after one more evaluation; None where there is nothing to remember.

    `alert` is the live (not resolved) alert of this fingerprint, or None. A returned alert may be
    RESOLVED: the caller stores it and next time passes None.
    """
    if evaluation.status is Status.AWAITED:
        return alert
    if evaluation.status in _SILENT:
        return _miss(alert, evaluation, monitor, now_us)
    if alert is None:
        if evaluation.status is not Status.BREACH:
            return None
        alert = _begin(evaluation, monitor, now_us)
    is_news = evaluation.window.end_us > alert.heard_us
    alert = _remember(alert, evaluation, monitor, now_us, is_news=is_news)
    if alert.state is AlertState.PENDING:
        return _weigh(alert, evaluation, monitor, now_us, opens_after_us)
    return _follow(alert, evaluation, monitor, now_us) if is_news else alert


def _begin(evaluation: Evaluation, monitor: Monitor, now_us: int) -> Alert:
    identity = fingerprint(evaluation)
    return Alert(
        id=alert_id(identity, evaluation.window.start_us),
        fingerprint=identity,
        project=evaluation.project,
        model=evaluation.model,
        version=evaluation.version,
        segment=evaluation.segment,
        monitor=monitor.name,
        signal=monitor.signal,
        statistic=monitor.statistic,
        layer=monitor.layer,
        severity=monitor.rule.severity,
        priority=monitor.rule.priority,
        state=AlertState.PENDING,
        evidence=evaluation.evidence,
        detected_us=now_us,
        updated_us=now_us,
        value=evaluation.value,
        threshold=evaluation.threshold,
        effect=evaluation.effect,
        n=evaluation.n,
        evaluation_seq=evaluation.block_seq,
        provisional=evaluation.provisional,
        now=evaluation.now,
        usual=evaluation.usual,
        about=evaluation.evidence,
        p=_known(evaluation.p),
        component=evaluation.component,
    )


def _known(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _remember(alert: Alert, evaluation: Evaluation, monitor: Monitor, now_us: int, *, is_news: bool) -> Alert:
    """Put the outcome into `recent` (replacing an earlier word on the same window)."""
    others = [outcome for outcome in alert.recent if outcome.window != evaluation.window]
    outcomes = sorted(
        [*others, Outcome(evaluation.window, evaluation.status)], key=lambda outcome: outcome.window.start_us
    )
    newest = outcomes[-1].window
    reach_us = newest.end_us - 2 * monitor.rule.of * newest.length_us
    recent = tuple(outcome for outcome in outcomes[-monitor.rule.of :] if outcome.window.start_us >= reach_us)
    changes: dict[str, Any] = {"recent": recent, "updated_us": now_us}
    if is_news:
        changes |= {"heard_us": evaluation.window.end_us, "missed_windows": 0, "no_data": False}
    if evaluation.status is Status.BREACH and newest == evaluation.window:
        same = ("value", "threshold", "effect", "n", "provisional", "now", "usual")
        changes |= {name: getattr(evaluation, name) for name in same}
        changes |= {"evaluation_seq": evaluation.block_seq, "about": evaluation.evidence, "p": _known(evaluation.p)}
    return replace(alert, **changes)


def _weigh(alert: Alert, evaluation: Evaluation, monitor: Monitor, now_us: int, opens_after_us: int) -> Alert | None:
    """Pending: fire on k of n, forget when no breach is left in sight."""
    breaches = [outcome.window for outcome in alert.recent if outcome.status is Status.BREACH]
    if not breaches:
        return None
    evidence = Window(breaches[0].start_us, breaches[-1].end_us)
    if evaluation.window == breaches[-1]:
        evidence = evidence.cover(evaluation.evidence)
    alert = replace(alert, evidence=evidence)
    if len(breaches) < monitor.rule.breaches or breaches[-1].end_us < opens_after_us:
        return alert
    return replace(alert, state=AlertState.FIRING, opened_us=now_us)


def _follow(alert: Alert, evaluation: Evaluation, monitor: Monitor, now_us: int) -> Alert:
    """Firing, recovering or answered: stay, recover or resolve."""
    answered = alert.state is AlertState.ANSWERED
    if evaluation.status is Status.BREACH:
        return replace(
            alert,
            state=AlertState.ANSWERED if answered else AlertState.FIRING,
            quiet_windows=0,
            evidence=alert.evidence.cover(evaluation.evidence),
        )
    if evaluation.status is Status.ELEVATED:
        return alert
    quiet = alert.quiet_windows + 1
    if quiet > monitor.rule.keep_firing_windows:
        return replace(alert, state=AlertState.RESOLVED, quiet_windows=quiet, resolved_us=now_us)
    return replace(alert, state=AlertState.ANSWERED if answered else AlertState.RECOVERING, quiet_windows=quiet)


def _miss(alert: Alert | None, evaluation: Evaluation, monitor: Monitor, now_us: int) -> Alert | None:
    """A window that says nothing: count it, and let a pending suspicion lapse."""
    if alert is None or evaluation.window.end_us <= alert.heard_us:
        return alert
    missed = alert.missed_windows + 1
    if alert.state is AlertState.PENDING and missed >= monitor.rule.of:
        return None
    no_data = alert.no_data or (evaluation.status is Status.NO_DATA and missed >= monitor.rule.missed_windows)
    heard_us = evaluation.window.end_us
    return replace(alert, missed_windows=missed, no_data=no_data, heard_us=heard_us, updated_us=now_us)


def close(alert: Alert, now_us: int) -> Alert | None:
    """The end of an alert whose condition nobody watches any more; None for a mere suspicion."""
    if alert.state is AlertState.PENDING:
        return None
    return replace(alert, state=AlertState.RESOLVED, resolved_us=now_us, updated_us=now_us)


def answered(alert: Alert, answer: Answer, now_us: int) -> Alert:
    """A live alert after a person has said what it is; a later answer replaces an earlier one."""
    return replace(alert, state=AlertState.ANSWERED, answer=answer, updated_us=now_us)


def is_spent(answer: Answer, evaluation: Evaluation, learned: StoredCalibration | None) -> bool:
    """Whether an evaluation is about more than the answer spoke of, so that its breach is a condition of its own.

    A resolved fault is back when the evidence lies wholly after the answer, and so does all that breaches a day after
    it: no longer view is in alarm once the last day is clean. What is the new normal or was a false alarm stays
    answered until thresholds that have learned from it judge (`learned` is the model's newest calibration). An
    expected event lasts as long as it lasts.
    """
    if answer.kind is AnswerKind.RESOLVE:
        window = evaluation.window
        shadow_us = min(evaluation.evidence.length_us, max(DAY_US, window.length_us))
        return window.end_us - shadow_us >= answer.at_us
    if answer.kind is AnswerKind.EXPECTED or learned is None or learned.id == answer.calibration:
        return False
    return evaluation.window.start_us >= learned.through_us
