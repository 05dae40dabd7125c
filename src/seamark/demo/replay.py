"""Plays the car-loan story through the same rooms that serve a user, on the clock of the story."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from typing import Any

from seamark import clock
from seamark.app import App
from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.demo.car_loan import FEATURES, MODEL, Replay, between
from seamark.demo.machines import Around, minutes, rests
from seamark.records.log import EntryKind
from seamark.records.signals import is_of_outcomes
from seamark.records.window import Window

PROJECT = "default"
_STEP_US = DAY_US
_SEALED_AFTER_US = 10 * MINUTE_US  # the day's window is judged then, so the story is told from there on
_WATCHED_US = HOUR_US  # so long after machines change, every minute is looked at


def play(app: App, story: Replay, now_us: int, progress: Callable[[float], None] = lambda _share: None) -> None:
    """Send the reference, then the predictions and outcomes day by day, ticking as each day is sealed.

    Seamark sees each day when it would have been over, so the alerts are those it would have raised.
    """
    app.door.table_blocking(PROJECT, EntryKind.REFERENCE, MODEL, story.reference)
    start_us = since_us = int(story.times_us[0]) // DAY_US * DAY_US
    for until_us in _moments(story.around, start_us + _SEALED_AFTER_US, now_us):
        send(app, story, since_us, until_us)
        app.pipeline.tick(until_us)
        progress((until_us - start_us) / (now_us - start_us))
        since_us = until_us


def _moments(around: Around, first_us: int, now_us: int) -> Iterator[int]:
    """When to look, ascending up to now: once a day, and every minute after machines have changed."""
    daily = range(first_us, now_us, _STEP_US)
    closely = [
        each
        for changed_us in around.changed_us
        for each in range(changed_us, min(changed_us + _WATCHED_US, now_us), MINUTE_US)
    ]
    yield from sorted({*daily, *closely, now_us})


def send(app: App, story: Replay, since_us: int, until_us: int) -> int:
    """Log what came in [since, until); the number of predictions."""
    app.store.metrics.add(minutes(PROJECT, story.around, Window(since_us, until_us)))
    app.store.metrics.see(rests(PROJECT, MODEL, FEATURES), until_us)
    for change in story.around.changes(Window(since_us, until_us)):
        asyncio.run(app.door.change(PROJECT, json.dumps(change).encode()))
    predictions = between(story.predictions, since_us, until_us)
    outcomes = between(story.outcomes, since_us, until_us)
    for kind, table in ((EntryKind.PREDICTIONS, predictions), (EntryKind.OUTCOMES, outcomes)):
        if table.num_rows:
            app.door.table_blocking(PROJECT, kind, MODEL, table)
    return int(predictions.num_rows)


def summary(app: App, story: Replay) -> dict[str, Any]:
    """What was found, in the data's own time, so that anyone can check it against the known truth."""

    def original(time_us: int | None) -> str | None:
        return None if time_us is None else clock.to_iso(time_us - story.shift_us)

    incidents = list(reversed(app.store.fast.incidents(PROJECT, model=MODEL)))
    alerts = sorted(app.store.fast.alerts(PROJECT), key=lambda alert: (alert.opened_us or 0, alert.monitor))
    opened = [alert for alert in alerts if alert.opened_us is not None]
    return {
        "model": MODEL,
        "time_shift_days": story.shift_us // DAY_US,
        "onset": original(incidents[0].onset_us) if incidents else None,
        "drifted": sorted(
            {a.signal.removeprefix("feature.") for a in opened if a.model and not is_of_outcomes(a.signal)}
        ),
        "alerts": [
            {
                "signal": alert.signal,
                "monitor": alert.monitor,
                "opened": original(alert.opened_us),
                "onset": original(alert.onset_us),
                "closed": original(alert.resolved_us),
                "value": alert.value,
                "threshold": alert.threshold,
                "priority": alert.priority.value,
            }
            for alert in opened
        ],
        "incidents": [
            {
                "id": incident.id,
                "title": incident.title,
                "state": incident.state.value,
                "priority": incident.priority.value,
                "onset": original(incident.onset_us),
                "opened": original(incident.opened_us),
                "layers": [layer.value for layer in incident.layers],
                "causes": [cause.subject for cause in incident.causes],
                "confidence": incident.causes[0].confidence if incident.causes else "",
            }
            for incident in incidents
        ],
    }
