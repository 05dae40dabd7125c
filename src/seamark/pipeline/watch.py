"""The fast lane: evaluations not yet accounted for become alerts, incidents and news."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import takewhile

from seamark.clock import DAY_US, SECOND_US
from seamark.detect.blocks import has_breach, quiet_signals, worth_a_look
from seamark.pipeline.answering import Spent, quiet_now
from seamark.pipeline.live import LiveAlerts, ModelKey, conclude
from seamark.pipeline.looking import monitors_of
from seamark.records.alert import Alert
from seamark.records.blocks import EvaluationBlock
from seamark.records.delivery import FastStep
from seamark.records.monitor import Monitor
from seamark.records.options import ModelOptions
from seamark.records.signals import is_of_outcomes
from seamark.records.window import Window
from seamark.store.protocol import Store

BLOCKS_A_STEP = 500

OptionsFor = Callable[[str, str], ModelOptions]


def watch(
    store: Store,
    options_for: OptionsFor,
    base_url: str,
    now_us: int,
    most: int = BLOCKS_A_STEP,
) -> FastStep | None:
    """What the next evaluation blocks, at `most` so many, change; None when there are none.

    Alerts about machines and services stay as they are: `components.py` steps these.
    """
    through = store.fast.evaluations_through()
    blocks = _sealed(store.fast.new_evaluations(through, most), options_for, now_us)
    alerts = LiveAlerts.of(store, (alert for alert in store.fast.alerts(live=True) if not alert.component))
    if blocks and not alerts.live and not any(map(has_breach, blocks)):
        return FastStep(evaluations_through=blocks[-1].seq)
    quiet: dict[ModelKey, list[str]] = {}
    newest: dict[ModelKey, Window | None] = {}
    spent = Spent(store)
    for alert in alerts.hear(now_us):
        quiet[alert.project, alert.model] = quiet_now(store, alert.project, alert.model)
        newest[alert.project, alert.model] = None
    for block in blocks:
        monitors = monitors_of(store, block)
        _close_unwatched(alerts, block, monitors, store, now_us)
        _advance(alerts, block, monitors, options_for(block.project, block.model), spent, now_us)
        if not (block.version or block.segment or block.late or block.of_outcomes):
            quiet[block.project, block.model] = quiet_signals(block, monitors)
            newest[block.project, block.model] = block.window
        quiet.setdefault((block.project, block.model), [])
        newest.setdefault((block.project, block.model), None)
    for model in _close_retired(alerts, options_for, now_us):
        quiet.setdefault(model, [])
    if not blocks and not alerts.touched and not alerts.dropped:
        return None
    step = conclude(alerts, quiet, newest, base_url, now_us)
    return replace(step, evaluations_through=blocks[-1].seq) if blocks else step


def _sealed(blocks: Sequence[EvaluationBlock], options_for: OptionsFor, now_us: int) -> list[EvaluationBlock]:
    """Those of windows that are sealed by now: where the past is played, more have been judged already."""

    def is_sealed(block: EvaluationBlock) -> bool:
        lateness_us = options_for(block.project, block.model).lateness_seconds * SECOND_US
        return block.window.end_us + lateness_us <= now_us

    return list(takewhile(is_sealed, blocks))


def _advance(
    alerts: LiveAlerts,
    block: EvaluationBlock,
    monitors: Sequence[Monitor],
    options: ModelOptions,
    spent: Spent,
    now_us: int,
) -> None:
    """Step every alert this block can change."""
    here = (block.project, block.model, block.version, block.segment)
    live = {a.monitor for a in alerts.live.values() if (a.project, a.model, a.version, a.segment) == here}
    opens_after_us = _opens_after_us(block, options, alerts.store, now_us)
    for monitor, evaluation in worth_a_look(block, monitors, live):
        alerts.advance(evaluation, monitor, spent, now_us=now_us, opens_after_us=opens_after_us)


def _opens_after_us(block: EvaluationBlock, options: ModelOptions, store: Store, now_us: int) -> int:
    """What ended before is no news. Outcomes may take months: there the newest that are known are news."""
    newest_us = now_us - options.lateness_seconds * SECOND_US
    if not block.of_outcomes:
        return newest_us - DAY_US
    model = store.slow.model(block.project, block.model)
    through_us = None if model is None else model.outcomes_through_us
    return min(newest_us, through_us or block.window.end_us) - max(DAY_US, block.window.length_us)


def _close_unwatched(
    alerts: LiveAlerts, block: EvaluationBlock, monitors: Sequence[Monitor], store: Store, now_us: int
) -> None:
    """End the alerts of what the model no longer watches: other words of the owner, another reference."""
    names = {monitor.name for monitor in monitors}
    here = (block.project, block.model, block.version, block.segment)
    for alert in list(alerts.live.values()):
        if is_of_outcomes(alert.signal) != block.of_outcomes:
            continue
        of_block = (alert.project, alert.model, alert.version, alert.segment) == here
        if (of_block and alert.monitor not in names) or _is_forgotten(alert, block, store):
            alerts.close(alert, now_us)


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


def _close_retired(alerts: LiveAlerts, options_for: OptionsFor, now_us: int) -> set[tuple[str, str]]:
    """End the alerts of models that were retired; which they are."""
    watched = {(alert.project, alert.model) for alert in alerts.live.values()}
    retired = {(project, model) for project, model in watched if options_for(project, model).retired}
    for alert in list(alerts.live.values()):
        if (alert.project, alert.model) in retired:
            alerts.close(alert, now_us)
    return retired
