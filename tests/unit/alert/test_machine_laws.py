"""What holds of the alert state machine whatever a monitor says, under any rule."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.alert.test_machine import MONITOR, START_US, evaluation, play

from seamark.alert.identity import alert_id, fingerprint
from seamark.alert.machine import close, step
from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import AlertState
from seamark.records.evaluation import Status
from seamark.records.monitor import Priority, Severity

LIVE = (AlertState.FIRING, AlertState.RECOVERING)
verdicts = st.lists(st.sampled_from(Status), max_size=30)
rules = st.builds(
    lambda of, breaches, keep, missed: replace(
        MONITOR.rule, of=of, breaches=min(breaches, of), keep_firing_windows=keep, missed_windows=missed
    ),
    st.integers(1, 6),
    st.integers(1, 6),
    st.integers(0, 4),
    st.integers(1, 4),
)
monitors = st.builds(lambda rule: replace(MONITOR, rule=rule), rules)


@given(verdicts, monitors)
def test_an_alert_opens_once_and_keeps_its_name(statuses, monitor):
    for before, after in pairwise(play(statuses, monitor=monitor)):
        if before is not None and after is not None and before.state is not AlertState.RESOLVED:
            assert (after.id, after.fingerprint) == (before.id, before.fingerprint)
            assert before.opened_us in (None, after.opened_us)


@given(verdicts, monitors)
def test_what_fires_has_been_pending_unless_one_breach_is_enough(statuses, monitor):
    states = [None if alert is None else alert.state for alert in play(statuses, monitor=monitor)]
    for before, after in pairwise([None, *states]):
        if after is AlertState.FIRING and before in (None, AlertState.RESOLVED):
            assert monitor.rule.breaches == 1
        if after is AlertState.RECOVERING:
            assert before in LIVE
        if after is AlertState.RESOLVED:
            assert before in LIVE


@given(verdicts, monitors)
def test_evidence_of_a_live_alert_only_grows(statuses, monitor):
    for before, after in pairwise(play(statuses, monitor=monitor)):
        if before is not None and after is not None and before.state in LIVE and after.state in LIVE:
            assert after.evidence.start_us <= before.evidence.start_us
            assert after.evidence.end_us >= before.evidence.end_us


@given(verdicts, monitors)
def test_it_takes_as_many_quiet_windows_as_the_rule_says(statuses, monitor):
    for at, alert in enumerate(play(statuses, monitor=monitor)):
        if alert is not None and alert.state is AlertState.RESOLVED:
            spoken = [status for status in statuses[: at + 1] if status in (Status.OK, Status.BREACH)]
            quiet = monitor.rule.keep_firing_windows + 1
            assert alert.quiet_windows == quiet
            assert spoken[-quiet:] == [Status.OK] * quiet


@given(verdicts, monitors)
def test_a_window_that_is_told_twice_is_told_once(statuses, monitor):
    alert = None
    for hour, status in enumerate(statuses):
        now_us = START_US + (hour + 1) * HOUR_US
        told = {"now_us": now_us, "opens_after_us": now_us - DAY_US}
        alert = step(alert, evaluation(hour, status), monitor, **told)
        if alert is None or alert.state is AlertState.RESOLVED:
            alert = None
            continue
        assert step(alert, evaluation(hour, status), monitor, **told) == alert


@given(verdicts, monitors)
def test_the_same_past_gives_the_same_alerts(statuses, monitor):
    assert play(statuses, monitor=monitor) == play(list(statuses), monitor=monitor)


@given(verdicts, monitors)
def test_the_no_data_flag_is_said_of_silence_alone(statuses, monitor):
    for at, alert in enumerate(play(statuses, monitor=monitor)):
        if alert is not None and alert.no_data:
            judged = [status for status in statuses[: at + 1] if status is not Status.AWAITED]
            recent = judged[-monitor.rule.missed_windows :]
            assert all(status in (Status.NO_DATA, Status.INSUFFICIENT) for status in recent)


@given(st.lists(st.sampled_from([Status.OK, Status.ELEVATED, Status.INSUFFICIENT, Status.NO_DATA]), max_size=20))
def test_without_a_breach_there_is_no_alert(statuses):
    assert play(statuses) == [None] * len(statuses)


@given(monitors, st.integers(2, 12))
def test_a_condition_that_lasts_fires_at_the_breach_the_rule_asks_for(monitor, hours):
    states = [None if alert is None else alert.state for alert in play([Status.BREACH] * hours, monitor=monitor)]
    fired = states.index(AlertState.FIRING) if AlertState.FIRING in states else hours
    assert fired == min(monitor.rule.breaches - 1, hours)


@pytest.mark.parametrize("severity", list(Severity))
@pytest.mark.parametrize("priority", list(Priority))
def test_how_bad_and_how_urgent_it_is_comes_from_the_rule(severity, priority):
    monitor = replace(MONITOR, rule=replace(MONITOR.rule, severity=severity, priority=priority))
    alert = play([Status.BREACH] * 2, monitor=monitor)[-1]
    assert (alert.severity, alert.priority) == (severity, priority)


def test_a_wider_span_of_evidence_is_covered_by_the_alert():
    wide = replace(evaluation(10, Status.BREACH), span=4)
    alert = step(None, wide, MONITOR, now_us=START_US + 11 * HOUR_US, opens_after_us=0)
    assert alert.evidence == wide.evidence
    assert alert.evidence.length_us == 4 * HOUR_US


names = st.text(st.characters(categories=["L", "N", "P"]), max_size=6)


@given(st.tuples(names, names, names, names, names), st.tuples(names, names, names, names, names))
def test_two_conditions_have_one_fingerprint_only_if_they_are_one(first, second):
    fields = ("project", "model", "version", "segment", "monitor")
    prints = [
        fingerprint(replace(evaluation(0, Status.BREACH), **dict(zip(fields, each, strict=True))))
        for each in (first, second)
    ]
    assert (prints[0] == prints[1]) is (first == second)
    assert all(each.startswith("v1:") and len(each) == 3 + 64 for each in prints)


@given(st.text(max_size=10), st.integers(0, 2**50), st.integers(0, 2**50))
def test_an_alert_seen_again_in_its_window_has_its_id_and_in_another_one_has_not(condition, first, second):
    assert (alert_id(condition, first) == alert_id(condition, second)) is (first == second)


@given(verdicts)
def test_closing_ends_what_fired_and_forgets_what_was_only_suspected(statuses):
    for alert in play(statuses):
        if alert is None or alert.state is AlertState.RESOLVED:
            continue
        ended = close(alert, START_US + 99 * HOUR_US)
        if alert.state is AlertState.PENDING:
            assert ended is None
        else:
            assert ended == replace(
                alert,
                state=AlertState.RESOLVED,
                resolved_us=START_US + 99 * HOUR_US,
                updated_us=START_US + 99 * HOUR_US,
            )
