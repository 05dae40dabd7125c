"""What an answer does to an alert, and when it has done its work."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.alert.test_machine import BREACH, ELEVATED, MONITOR, OK, START_US, evaluation, play

from seamark.alert.machine import answered, close, is_spent, step
from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import AlertState
from seamark.records.answer import Answer, AnswerKind, newest
from seamark.records.evaluation import Status
from seamark.records.model import StoredCalibration

KINDS = st.sampled_from(AnswerKind)


def said(kind=AnswerKind.EXPECTED, *, hour=2, id="ans_1_0", calibration=None, **fields):
    """An answer to the alert that fired in the second hour."""
    [*_, alert] = play([BREACH, BREACH])
    at_us = START_US + hour * HOUR_US
    where = ("default", "fraud", alert.id, alert.fingerprint, kind, "", "", MONITOR.name, MONITOR.signal)
    return Answer(id, *where, from_us=START_US, at_us=at_us, calibration=calibration, **fields)


def learned(id, *, through_hour):
    through_us = START_US + through_hour * HOUR_US
    return StoredCalibration(id, "default", "fraud", 1, through_us, through_us, HOUR_US, "", "", b"")


def follow(alert, statuses, first):
    """An answered alert through further windows."""
    for hour, status in enumerate(statuses, first):
        now_us = START_US + (hour + 1) * HOUR_US
        alert = step(alert, evaluation(hour, status), MONITOR, now_us=now_us, opens_after_us=now_us - DAY_US)
        yield alert


def fired():
    return play([BREACH, BREACH])[-1]


def test_an_answered_alert_stays_silent_while_its_condition_lasts_and_ends_with_it():
    alert = answered(fired(), said(), START_US + 2 * HOUR_US)
    states = [each.state.value for each in follow(alert, [BREACH, BREACH, OK, OK], 2)]
    assert states == ["answered", "answered", "answered", "resolved"]


def test_its_evidence_goes_on_growing_so_that_its_whole_time_is_known():
    alert = answered(fired(), said(), START_US + 2 * HOUR_US)
    *_, alert = follow(alert, [BREACH, BREACH], 2)
    assert alert.evidence.end_us == START_US + 4 * HOUR_US


@given(st.lists(st.sampled_from(Status), max_size=20), KINDS)
def test_whatever_comes_an_answered_alert_never_fires(statuses, kind):
    alert = answered(fired(), said(kind), START_US + 2 * HOUR_US)
    for hour, status in enumerate(statuses, 2):
        [alert] = follow(alert, [status], hour)
        assert alert.state in (AlertState.ANSWERED, AlertState.RESOLVED)
        if alert.state is AlertState.RESOLVED:
            break


def test_a_later_answer_replaces_an_earlier_one():
    alert = answered(fired(), said(), START_US)
    again = said(AnswerKind.DISMISS, id="ans_2_0")
    assert answered(alert, again, START_US).answer == again
    assert newest([said(), again]) == {fired().id: again}


def test_the_end_of_an_answered_alert_keeps_the_answer():
    alert = close(answered(fired(), said(), START_US), START_US)
    assert (alert.state, alert.answer) == (AlertState.RESOLVED, said())


@pytest.mark.parametrize("kind", [AnswerKind.ACCEPT, AnswerKind.DISMISS])
def test_what_thresholds_learn_from_is_answered_until_they_have(kind):
    answer = said(kind, calibration=7)
    assert not is_spent(answer, evaluation(9, BREACH), None), "nothing is ever learned for this model"
    assert not is_spent(answer, evaluation(9, BREACH), learned(7, through_hour=1)), "those before the answer"
    newer = learned(8, through_hour=5)
    assert not is_spent(answer, evaluation(4, BREACH), newer), "a window that the old thresholds judged"
    assert is_spent(answer, evaluation(5, BREACH), newer)


def test_the_first_thresholds_ever_have_learned_from_every_answer_before():
    assert is_spent(said(AnswerKind.ACCEPT), evaluation(5, BREACH), learned(1, through_hour=5))


@given(st.integers(0, 100), st.integers(0, 100))
def test_an_expected_event_lasts_as_long_as_it_lasts(hour, through):
    assert not is_spent(said(AnswerKind.EXPECTED), evaluation(hour, BREACH), learned(9, through_hour=through))


def test_a_resolved_fault_is_back_only_where_all_the_evidence_is_later_than_the_answer():
    answer = said(AnswerKind.RESOLVE, hour=6)
    assert not is_spent(answer, evaluation(5, BREACH), None)
    assert is_spent(answer, evaluation(6, BREACH), None)
    assert not is_spent(answer, replace(evaluation(6, BREACH), span=2), None), "the view still holds the fault"
    assert is_spent(answer, replace(evaluation(7, BREACH), span=2), None)


def test_a_repair_that_repaired_nothing_is_known_after_a_day_though_the_week_still_holds_the_fault():
    answer = said(AnswerKind.RESOLVE, hour=6)
    week = [replace(evaluation(hour, BREACH), span=168) for hour in range(6, 31)]
    assert [is_spent(answer, each, None) for each in week] == [False] * 23 + [True] * 2


def test_an_elevated_window_ends_nothing():
    alert = answered(fired(), said(), START_US + 2 * HOUR_US)
    assert [each.state.value for each in follow(alert, [ELEVATED] * 3, 2)] == ["answered"] * 3
