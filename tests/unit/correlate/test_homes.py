"""Every alert that has fired has one home, and it stays there unless something new shows otherwise."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import SERVED, broken, incident_of, late_outcomes, traffic, worse
from tests.unit.correlate.scenes import scene_of

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.homes import (
    REOPENS_WITHIN_US,
    SETTLES_AFTER_US,
    are_new,
    came_back,
    find_homes,
    is_settled,
    taken_out,
)
from seamark.records.incident import EventKind, IncidentEvent, IncidentState
from seamark.records.window import Window

NOW_US = NOON_US + DAY_US
AMOUNT, SCORE = alert("feature.amount"), alert("score")
POOL = [
    AMOUNT,
    SCORE,
    alert("score", model="churn"),
    alert("score", hour=40),
    machine("node/n1", minute=5),
    service("service/api", minute=9),
    machine("node/elsewhere"),
    broken("age"),
    traffic(4000),
    worse(),
    late_outcomes(),
]
drawn = st.lists(st.sampled_from(POOL), unique_by=lambda each: each.id, max_size=8)


def homes_of(alerts, incidents=(), *, now_us=NOW_US):
    return find_homes(list(incidents), alerts, SERVED, {}, now_us)


def settled(homes):
    """The incidents and alerts as they stand afterwards."""
    alerts = [each for of in homes.members.values() for each in of]
    return list(homes.incidents.values()), alerts


@settings(max_examples=20, deadline=None)
@given(drawn)
def test_every_alert_that_has_fired_has_exactly_one_home(alerts):
    homes = homes_of(alerts)
    housed = sorted(each.id for of in homes.members.values() for each in of)
    assert housed == sorted(each.id for each in alerts)
    assert all(each.incident == name for name, of in homes.members.items() for each in of)
    assert set(homes.joined) == {each.id for each in alerts}


@settings(max_examples=20, deadline=None)
@given(drawn)
def test_looking_again_moves_nothing(alerts):
    incidents, housed = settled(homes_of(alerts))
    again = homes_of(housed, incidents, now_us=NOW_US + HOUR_US)
    assert (again.moved, again.joined, again.grounds) == (set(), {}, {})
    assert again.incidents == {each.id: each for each in incidents}


@settings(max_examples=20, deadline=None)
@given(drawn)
def test_a_replay_gives_every_incident_the_name_it_had(alerts):
    assert homes_of(alerts).incidents.keys() == homes_of(alerts, now_us=NOW_US + DAY_US).incidents.keys()


@settings(max_examples=20, deadline=None)
@given(drawn)
def test_the_evidence_of_an_incident_is_that_of_its_members(alerts):
    homes = homes_of(alerts)
    for name, incident in homes.incidents.items():
        windows = [each.evidence for each in homes.members[name]]
        assert incident.evidence.start_us == min(each.start_us for each in windows)
        assert incident.evidence.end_us == max(each.end_us for each in windows)


@settings(max_examples=20, deadline=None)
@given(drawn, st.data())
def test_alerts_that_come_later_leave_nobody_without_a_home(alerts, data):
    first = data.draw(st.integers(0, len(alerts)))
    incidents, housed = settled(homes_of(alerts[:first]))
    homes = homes_of([*housed, *alerts[first:]], incidents)
    live = {name for name, each in homes.incidents.items() if not each.merged_into}
    assert {each.id for name in live for each in homes.members[name]} == {each.id for each in alerts}
    assert all(homes.incidents[each.merged_into] for each in homes.incidents.values() if each.merged_into)


def test_projects_never_share_a_home():
    other = replace(AMOUNT, id="alt_other", project="other")
    homes = homes_of([AMOUNT, other])
    assert sorted(each.project for each in homes.incidents.values()) == ["default", "other"]
    assert set(homes.grounds) == {"default", "other"}


def test_a_suspicion_and_what_has_a_home_are_not_new():
    suspicion, housed = replace(AMOUNT, opened_us=None), replace(SCORE, incident="inc_1")
    assert are_new([suspicion, housed, AMOUNT]) == [AMOUNT]


def test_an_incident_that_was_taken_over_is_no_home():
    [incident] = homes_of([AMOUNT]).incidents.values()
    over = replace(incident, merged_into="inc_other")
    assert over.id not in find_homes([over], [], SERVED, {}, NOW_US).members


def test_an_alert_named_twice_is_housed_once():
    [members] = homes_of([AMOUNT, AMOUNT]).members.values()
    assert [each.id for each in members] == [AMOUNT.id]


@pytest.mark.parametrize(
    ("after_us", "back"),
    [(-1, False), (0, True), (REOPENS_WITHIN_US, True), (REOPENS_WITHIN_US + 1, False)],
)
def test_what_fires_within_half_an_hour_of_the_end_has_come_back(after_us, back):
    assert came_back(replace(AMOUNT, opened_us=NOON_US + after_us), NOON_US) is back


RESOLVED = replace(incident_of(AMOUNT), state=IncidentState.RESOLVED, resolved_us=NOW_US)
GROUND = scene_of(AMOUNT).ground
END_US = RESOLVED.evidence.end_us


@pytest.mark.parametrize(
    ("judged_until_us", "now_us", "is_over"),
    [
        (END_US + 2 * HOUR_US, NOW_US, True),  # two windows more: nothing of its time can alarm any more
        (END_US + 2 * HOUR_US - 1, NOW_US, False),
        (END_US, NOW_US + SETTLES_AFTER_US, False),
        (END_US, NOW_US + SETTLES_AFTER_US + 1, True),  # nobody judges
        (None, NOW_US, False),
        (None, NOW_US + SETTLES_AFTER_US + 1, True),
    ],
)
def test_an_incident_is_settled_when_its_models_are_judged_past_it_or_after_three_days(
    judged_until_us, now_us, is_over
):
    judged = {}
    if judged_until_us is not None:
        judged = {("default", "fraud"): Window(judged_until_us - HOUR_US, judged_until_us)}
    assert is_settled(RESOLVED, [AMOUNT], GROUND, judged, now_us) is is_over


def test_of_several_models_the_slowest_settles_an_incident():
    ground = scene_of(machine("node/n1"), pairs=(("node/n1", "model/fraud"), ("node/n1", "model/churn"))).ground
    far, near = Window(END_US + 5 * HOUR_US, END_US + 6 * HOUR_US), Window(END_US, END_US + HOUR_US)
    both = {("default", "fraud"): far, ("default", "churn"): far}
    assert is_settled(RESOLVED, [machine("node/n1")], ground, both, NOW_US)
    assert not is_settled(RESOLVED, [machine("node/n1")], ground, {**both, ("default", "churn"): near}, NOW_US)


def told(*events):
    return replace(RESOLVED, history=tuple(IncidentEvent(NOON_US + at, *each) for at, each in enumerate(events)))


def test_what_was_put_together_again_is_not_apart():
    split, merged = (EventKind.SPLIT, "inc_2", ("alt_1",)), (EventKind.MERGED, "inc_2", ("alt_1",))
    assert taken_out(told(split)) == [("alt_1",)]
    assert taken_out(told(split, merged)) == []
    assert taken_out(told(merged, split)) == [("alt_1",)]
    assert taken_out(told(split, (EventKind.SPLIT, "inc_3", ("alt_2",)))) == [("alt_1",), ("alt_2",)]
    assert taken_out(told((EventKind.MOVED, "inc_2", ("alt_1",)))) == []


def test_who_moved_is_written_into_both_histories():
    machine_first, score_later = machine("node/n1", minute=5), replace(SCORE, id="alt_score")
    incidents, housed = settled(homes_of([machine_first, alert("feature.amount", model="churn")]))
    homes = homes_of([*housed, score_later], incidents)
    assert {each.kind for name in homes.moved for each in homes.incidents[name].history} <= set(EventKind)
    both = homes_of(
        [replace(AMOUNT, incident="inc_a"), replace(SCORE, incident="inc_b"), broken("age")],
        [
            replace(RESOLVED, id=name, state=IncidentState.OPEN, resolved_us=None, opened_us=opened)
            for name, opened in (("inc_a", NOON_US), ("inc_b", NOON_US + MINUTE_US))
        ],
    )
    assert both.incidents["inc_b"].merged_into == "inc_a"
    for name, other in (("inc_a", "inc_b"), ("inc_b", "inc_a")):
        [event] = both.incidents[name].history
        assert (event.kind, event.other, event.alerts) == (EventKind.MERGED, other, (SCORE.id,))


def test_the_older_incident_keeps_its_name():
    opened = {"inc_a": NOON_US + MINUTE_US, "inc_b": NOON_US}
    incidents = [replace(RESOLVED, id=name, state=IncidentState.OPEN, opened_us=at) for name, at in opened.items()]
    homes = homes_of([replace(AMOUNT, incident="inc_a"), replace(SCORE, incident="inc_b"), broken("age")], incidents)
    assert {each.incident for each in homes.members["inc_b"]} == {"inc_b"}
    assert homes.members["inc_a"] == []
