"""Which windows teach: what alerts keep out of the history, and what people's answers make of that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET
from tests.unit.query.stored import FRAUD, SHOP, Written, hours, monitor

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.calibrated import Watched
from seamark.detect.monitors import monitors_for
from seamark.detect.scoped import scoped
from seamark.pipeline.quarantine import new_normals, what_people_said
from seamark.records.alert import AlertState
from seamark.records.answer import Answer, AnswerKind
from seamark.records.delivery import FastStep
from seamark.records.model import Task
from seamark.records.options import ModelOptions

AMOUNT = "feature.amount:jensen_shannon"
MONITORS = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False, calibrated_us=HOUR_US)
PLAN = scoped(BIN_SET, MONITORS, BASELINE, Watched(("country=FR",), ("feature.amount",)))
SPAN = hours(0, 240)
MINE = [number for number, (_, each) in enumerate(PLAN.of_series) if each.name == AMOUNT]
OTHERS = [number for number in range(len(PLAN.of_series)) if number not in MINE]


@pytest.fixture
def written():
    return Written(monitor("feature.amount"))


def alarmed(written, first=100, last=120, **fields):
    """An alert of the amount over some hours; resolved where it has a last one."""
    made = written.alarm("feature.amount", window=hours(first, first + 1))
    times = {"opened_us": hours(0, first + 1).end_us, "onset_us": hours(first, first).start_us}
    ended = {} if last is None else {"resolved_us": hours(0, last).end_us, "state": AlertState.RESOLVED}
    alert = replace(made, **times, **ended, **fields)
    written.store.fast.commit(FastStep(evaluations_through=0, alerts=(alert,)))
    return alert


def said(written, alert, kind, *, at, **fields):
    answer = Answer(
        id=f"ans_{at}",
        project=SHOP,
        model=FRAUD,
        alert=alert.id,
        fingerprint=alert.fingerprint,
        kind=kind,
        version="",
        segment=alert.segment,
        monitor=AMOUNT,
        signal="feature.amount",
        from_us=alert.onset_us,
        at_us=hours(0, at).end_us,
    )
    written.commit(answers=(replace(answer, **fields),))


def left_out(written):
    """The first and last hour that teach nothing, of the amount; of all else, none must be."""
    found = what_people_said(written.store, written.model, PLAN, SPAN)
    assert found.used[OTHERS].all()
    hidden = [number for number in range(SPAN.length_us // HOUR_US) if not found.used[MINE[0], number]]
    return (hidden[0], hidden[-1] + 1) if hidden else None


def test_without_alerts_everything_teaches(written):
    assert left_out(written) is None


@pytest.mark.parametrize(("last", "expected"), [(120, (100, 120)), (None, (100, 240))])
def test_an_alert_keeps_its_windows_out_from_its_onset_until_it_resolves(written, last, expected):
    alarmed(written, last=last)
    assert left_out(written) == expected


@pytest.mark.parametrize(
    ("kind", "expected"),
    [(AnswerKind.EXPECTED, (100, 120)), (AnswerKind.RESOLVE, (100, 120)), (AnswerKind.DISMISS, None)],
)
def test_an_expected_event_and_a_fault_stay_out_and_a_false_alarm_is_taught(written, kind, expected):
    said(written, alarmed(written), kind, at=110)
    assert left_out(written) == expected


def test_the_newest_answer_counts(written):
    alert = alarmed(written)
    said(written, alert, AnswerKind.DISMISS, at=110)
    said(written, alert, AnswerKind.RESOLVE, at=115)
    assert left_out(written) == (100, 120)


@pytest.mark.parametrize(("last", "expected"), [(120, None), (None, (100, 240))])
def test_what_the_one_shot_rule_saw_and_went_away_by_itself_teaches(written, last, expected):
    alarmed(written, last=last, provisional=True)
    assert left_out(written) == expected


def test_a_suspicion_and_the_alert_of_a_version_keep_nothing_out(written):
    alert = alarmed(written)
    written.store.fast.commit(FastStep(evaluations_through=0, alerts=(replace(alert, opened_us=None),)))
    assert left_out(written) is None
    written.store.fast.commit(FastStep(evaluations_through=0, alerts=(replace(alert, version="2"),)))
    assert left_out(written) is None


def test_segments_are_in_alarm_with_all_traffic_and_all_traffic_not_with_a_segment(written):
    alert = alarmed(written)
    used = what_people_said(written.store, written.model, PLAN, SPAN).used
    assert [bool(used[number, 110]) for number in MINE] == [False, False]
    written.store.fast.commit(FastStep(evaluations_through=0, alerts=(replace(alert, segment="country=FR"),)))
    used = what_people_said(written.store, written.model, PLAN, SPAN).used
    assert [bool(used[number, 110]) for number in MINE] == [True, False]


def test_what_is_accepted_teaches_from_a_day_before_the_answer_and_what_led_there_does_not(written):
    said(written, alarmed(written, last=None), AnswerKind.ACCEPT, at=150)
    found = what_people_said(written.store, written.model, PLAN, SPAN)
    (accepted,) = found.accepted
    assert (accepted.first, accepted.last, accepted.series[MINE].all()) == (126, 240, True)
    assert left_out(written) == (100, 126)
    assert found.unsure[MINE].all()
    assert not found.unsure[OTHERS].any()
    assert new_normals(written.store, written.model) == {AMOUNT: hours(126, 127).start_us}


def test_an_answer_within_a_day_takes_the_onset_and_a_week_later_it_is_sure(written):
    said(written, alarmed(written, first=20, last=None), AnswerKind.ACCEPT, at=30)
    found = what_people_said(written.store, written.model, PLAN, SPAN)
    assert found.accepted[0].first == 20
    assert left_out(written) is None
    assert not found.unsure.any()


def test_of_two_new_normals_the_first_ends_where_the_second_begins(written):
    first = alarmed(written, first=40, last=60)
    said(written, first, AnswerKind.ACCEPT, at=45)
    second = replace(
        first, id="alt_second", onset_us=first.onset_us + 4 * DAY_US, opened_us=first.opened_us + 4 * DAY_US
    )
    written.store.fast.commit(FastStep(evaluations_through=0, alerts=(second,)))
    said(written, second, AnswerKind.ACCEPT, at=140)
    found = what_people_said(written.store, written.model, PLAN, SPAN).accepted
    assert [(each.first, each.last) for each in found] == [(40, 136), (136, 240)]
