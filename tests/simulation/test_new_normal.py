"""A change that its owner accepts is the new normal from that moment on."""

from __future__ import annotations

import json

import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, shifted
from tests.simulation.test_seasons import WEEK, DailyModel

from seamark.clock import DAY_US, HOUR_US
from seamark.records.answer import AnswerKind
from seamark.records.log import EntryKind, LogEntry
from seamark.records.monitor import monitors_from_json
from seamark.records.options import ModelOptions

AGE = "feature.age:jensen_shannon"
HOURLY = ModelOptions(window_seconds=3600)


def narrow(rng, rows):
    """One feature is enough."""
    return {"feature.age": rng.normal(40, 10, rows)}


def answer(served, kind, monitor=AGE):
    """What the owner says of the newest alert of a monitor, through the log."""
    newest = max((a for a in served.alerts() if a.monitor == monitor), key=lambda alert: alert.opened_us)
    begin_us = newest.evidence.start_us if newest.onset_us is None else newest.onset_us
    names = ("fingerprint", "version", "segment", "monitor", "signal")
    about = {"alert": newest.id, "from_us": begin_us, **{name: getattr(newest, name) for name in names}}
    action = {"action": "answer", "kind": kind, "by": "ana", "comment": "", "alerts": [about]}
    payload = json.dumps(action).encode()
    served.store.log.append([LogEntry(EntryKind.ACTION, PROJECT, NAME, served.now_us, 0, payload)])
    served.pipeline.tick(served.now_us)


def opened_after(served, hour, monitor=AGE):
    return [a for a in served.alerts() if a.monitor == monitor and a.opened_us > START_US + hour * HOUR_US]


def changed(seed, baseline, step=4.0, back=None, kind=ServedModel):
    """A model calibrated for days when one feature steps; it may step back later."""
    faults = [(WEEK + 24, shifted("feature.age", step))]
    if back is not None:
        faults.append((back, shifted("feature.age", -step)))
    options = ModelOptions(window_seconds=3600, baseline=baseline, budget=0.2)
    served = kind(seed, options=options, columns=narrow, faults=faults)
    served.run(WEEK, tick_hours=12)
    served.run(40, tick_hours=2)
    assert AGE in served.firing()
    return served


@pytest.mark.parametrize(
    ("baseline", "kind"),
    [("seasonal", DailyModel), ("rolling", ServedModel), ("static", ServedModel)],
)
def test_after_an_accepted_step_the_new_level_is_quiet_at_once_and_the_old_one_is_not(baseline, kind):
    now = WEEK + 40
    served = changed(60, baseline, back=now + 60, kind=kind)
    before = served.store.slow.calibration(PROJECT, NAME)
    answer(served, AnswerKind.ACCEPT)
    learned = served.store.slow.calibration(PROJECT, NAME)
    assert learned.id != before.id
    assert learned.through_us - before.through_us < 2 * DAY_US
    served.run(58, tick_hours=2)
    assert opened_after(served, now) == []
    assert AGE not in served.firing()
    served.run(26, tick_hours=2)
    assert len(opened_after(served, now + 60)) == 1


def test_what_was_only_expected_or_repaired_is_no_new_normal():
    now = WEEK + 40
    served = changed(61, "rolling")
    answer(served, AnswerKind.EXPECTED)
    served.run(30, tick_hours=2)
    calibration = served.store.slow.calibration(PROJECT, NAME)
    assert calibration.through_us >= START_US + now * HOUR_US
    assert any(alert.monitor == AGE and alert.resolved_us is None for alert in served.alerts())


def test_before_anything_is_learned_an_accepted_change_is_compared_with_itself():
    served = ServedModel(
        62, options=HOURLY, faults=[(30, shifted("feature.age", 15.0)), (70, shifted("feature.age", -15.0))]
    )
    served.run(36)
    assert AGE in served.firing()
    answer(served, AnswerKind.ACCEPT)
    served.run(30)
    stored = monitors_from_json(served.store.slow.monitor_set(served.model.monitor_set).payload)
    since = {monitor.name: monitor.since_us for monitor in stored if monitor.since_us is not None}
    assert since == {AGE: START_US + 30 * HOUR_US}
    assert AGE not in served.firing()
    served.run(10)
    assert opened_after(served, 66) != []


def test_a_rolling_baseline_does_not_swallow_a_small_step_nobody_has_answered():
    """A third of a standard deviation that stays for a month stays an alert, because it is kept out."""
    options = ModelOptions(window_seconds=3600, baseline="rolling", budget=0.2)
    began = 2 * WEEK
    served = ServedModel(63, options=options, columns=narrow, faults=[(began, shifted("feature.age", 3.0))])
    served.run(began, tick_hours=12)
    assert opened_after(served, WEEK) == []
    served.run(4 * WEEK, tick_hours=12)
    (alert,) = opened_after(served, began)
    assert alert.resolved_us is None
    assert alert.monitor in served.firing()
