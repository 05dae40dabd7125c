"""Who is told what when: each stage on a clock that the test moves."""

from dataclasses import replace

import pytest
from tests.conformance.stored import ALERT
from tests.unit.notify.office import HOUR, MONDAY_US, P1, P3, Office, quick
from tests.unit.notify.test_outbox import INCIDENT

from seamark.clock import HOUR_US, MINUTE_US
from seamark.notify.options import MaintenanceOptions, NotificationOptions, RouteOptions
from seamark.notify.stages import STAGES
from seamark.pipeline.posting import PostOptions
from seamark.records.delivery import DeliveryState
from seamark.records.incident import Cause
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement, Silence, parse_matcher


def test_the_way_of_a_message_is_a_list_of_names():
    assert [name for name, _ in STAGES] == ["route", "mute", "group", "storm", "batch", "digest", "release"]


def alert(id, **fields):
    return replace(ALERT, id=id, **fields)


def silence(*matchers, from_us=MONDAY_US, to_us=MONDAY_US + HOUR_US, project="default"):
    found = tuple(map(parse_matcher, matchers))
    return Silence("sil_1", project, found, from_us, to_us, "ana", "a load test", MONDAY_US)


# --- route ---------------------------------------------------------------------------------------


def test_without_routes_every_receiver_is_told():
    office = Office({"a": {"paced": True}, "b": {}}, quick())
    office.opens(**P1)
    office.passes()
    assert sorted(name for name, _ in office.heard) == ["a", "b"]


ROUTES = {
    "fraud": RouteOptions(("model=fraud",), ("a",)),
    "urgent": RouteOptions(("priority=P1", 'layer=~"data|model"'), ("b",)),
}


@pytest.mark.parametrize(
    ("model", "priority", "told"),
    [
        ("fraud", Priority.P2, ["a"]),
        ("fraud", Priority.P1, ["a", "b"]),
        ("churn", Priority.P1, ["b"]),
        ("churn", Priority.P2, ["rest"]),
    ],
)
def test_an_incident_takes_every_route_that_fits_and_else_goes_to_those_no_route_names(model, priority, told):
    office = Office({"a": {}, "b": {}, "rest": {}}, PostOptions(routes=ROUTES))
    incident = replace(INCIDENT, model=model, priority=priority)
    office.tell(incident, alerts=[alert("alt_1", model=model)])
    office.passes()
    assert sorted(name for name, _ in office.heard) == told


def test_who_was_told_that_it_opened_is_told_that_it_is_over_and_nobody_else():
    office = Office({"a": {}, "b": {}}, PostOptions(routes={"urgent": RouteOptions(("priority=P1",), ("b",))}))
    urgent = office.opens(**P1)
    office.passes()
    office.resolves(replace(urgent, priority=Priority.P2))
    office.passes()
    assert office.words("b") == [("opened", "incident 1"), ("resolved", "incident 1")]
    assert office.words("a") == []


# --- mute ----------------------------------------------------------------------------------------


def test_a_silence_that_fits_every_alert_keeps_quiet_until_it_ends():
    office = Office(options=quick())
    office.says(silences=(silence("model=fraud"),))
    office.opens(model="fraud", **P1)
    office.passes(HOUR - 60)
    assert office.heard == []
    [waiting] = office.store.post.deliveries()
    assert waiting.note.startswith("Silenced by ana until 2026-11-23T09:00:00Z (sil_1): a load test.")
    office.passes(120)
    assert office.words() == [("opened", "incident 1")]


@pytest.mark.parametrize(
    "other",
    [
        silence("model=other"),
        silence("model!=fraud"),
        silence("model=fraud", 'layer!~"d.*"'),
        silence("model=fraud", project="another"),
        silence("model=fraud", to_us=MONDAY_US - 1),
        silence("model=fraud", from_us=MONDAY_US + HOUR_US),
    ],
)
def test_a_silence_about_something_else_is_none(other):
    office = Office(options=quick())
    office.says(silences=(other,))
    office.tell(replace(INCIDENT, **P1), alerts=[alert("alt_1", model="fraud")])
    office.passes()
    assert len(office.heard) == 1


def test_one_alert_that_nobody_has_silenced_is_enough():
    office = Office(options=quick())
    office.says(silences=(silence("signal=feature.amount"),))
    both = replace(INCIDENT, alerts=("alt_1", "alt_2"), priority=Priority.P1)
    office.tell(both, alerts=[alert("alt_1", signal="feature.amount"), alert("alt_2", signal="feature.age")])
    office.passes()
    assert len(office.heard) == 1


def test_what_was_silent_all_its_life_is_a_line_of_the_digest():
    office = Office({"team": {"paced": True}, "hook": {}}, quick())
    office.says(silences=(silence("model=fraud"),))
    incident = office.opens(model="fraud", **P1)
    office.passes(600)
    office.resolves(incident)
    office.passes(600)
    assert office.heard == []
    states = {(each.receiver, each.revision): each.state for each in office.store.post.deliveries()}
    assert states["team", 2] is DeliveryState.DIGEST
    assert states["team", 1] is states["hook", 1] is states["hook", 2] is DeliveryState.FOLDED
    assert all(each.note for each in office.store.post.deliveries())


def test_that_something_is_over_is_told_through_a_silence_to_those_who_know_of_it():
    office = Office(options=quick())
    incident = office.opens(model="fraud", **P1)
    office.passes(60)
    office.says(silences=(silence("model=fraud"),))
    more = replace(incident, revision=2, causes=(Cause("feature", "x", 1.0, "x"),))
    office.tell(more, incident)
    office.passes(60)
    assert office.words() == [("opened", "incident 1")]
    office.resolves(more)
    office.passes(60)
    assert [reason for reason, _ in office.words()] == ["opened", "resolved"]


def test_nobody_is_told_during_maintenance():
    nightly = MaintenanceOptions(("model=fraud",), "22:00", "02:00", days=("mon",), time_zone="Europe/Berlin")
    office = Office({"hook": {}}, PostOptions(maintenance={"nightly": nightly}))
    office.until("2026-11-23T21:00:00Z", step=3600)
    office.opens(model="fraud", **P1)
    office.until("2026-11-24T00:58:00Z")
    assert office.heard == []
    office.until("2026-11-24T01:01:00Z")
    assert len(office.heard) == 1


def test_what_follows_from_an_open_incident_waits_for_its_end():
    office = Office({"hook": {}}, quick())
    root = office.opens(1, **P1)
    office.passes()
    office.opens(2, aftermath_of="inc_1", **P1)
    office.passes(600)
    assert office.words("hook") == [("opened", "incident 1")]
    office.resolves(root)
    office.passes(120)
    assert office.words("hook")[1:] == [("resolved", "incident 1"), ("opened", "incident 2")]


# --- group ---------------------------------------------------------------------------------------


def test_people_are_told_after_a_moment_and_then_the_newest():
    office = Office()
    incident = office.opens(**P1)
    office.passes(15)
    assert office.heard == []
    office.tell(replace(incident, revision=2, causes=(), title="more is known"), replace(incident, causes=()))
    office.tell(
        replace(incident, revision=3, title="most is known", causes=(Cause("version", "7", 1.0, "7"),)), incident
    )
    office.passes(45)
    assert office.words() == [("opened", "most is known")]


def test_an_incident_that_keeps_growing_is_told_after_three_waits():
    office = Office()
    before = office.opens(**P1)
    for number in range(10):
        office.passes(15)
        if office.heard:
            break
        after = replace(before, revision=number + 2, causes=(Cause("version", str(number), 1.0, "?"),))
        office.tell(after, before)
        before = after
    assert number == 5


def test_what_came_and_went_within_the_moment_disturbs_nobody():
    office = Office()
    office.resolves(office.opens(**P1))
    office.passes(120)
    assert office.heard == []
    [first, second] = office.store.post.deliveries()
    assert (first.state, second.state) == (DeliveryState.FOLDED, DeliveryState.DIGEST)


def test_machines_are_told_everything_at_once_and_in_order():
    office = Office({"hook": {}})
    office.resolves(office.opens(**P3))
    office.passes()
    office.passes()
    assert [reason for reason, _ in office.words("hook")] == ["opened", "resolved"]


def test_a_receiver_may_be_told_at_once_whatever_it_is():
    office = Office({"team": {"paced": True}}, PostOptions(NotificationOptions(at_once=("team",))))
    office.opens(**P3)
    office.passes()
    assert len(office.heard) == 1


# --- budget: storms, batches, digest -------------------------------------------------------------


def test_beyond_five_alarms_an_hour_one_summary_rolls_on_and_ends():
    office = Office(options=quick(reminder_seconds=()))
    incidents = [office.opens(number, **P1) for number in range(8)]
    office.passes()
    assert [reason for reason, _ in office.words()] == ["opened"] * 5 + ["storm"]
    assert office.heard[-1][1].held_back == 3
    office.opens(8, **P1)
    office.passes(9 * 60)
    assert len(office.heard) == 6
    office.passes(120)
    newest = office.heard[-1][1]
    assert (newest.reason, newest.revision, newest.held_back, len(newest.items)) == ("storm", 2, 4, 4)
    office.resolves(incidents[0])
    office.resolves(incidents[7])
    office.passes(60)
    assert office.words()[7:] == [("resolved", "incident 0")]
    office.passes(3 * HOUR)
    [over] = [message for _, message in office.heard if message.reason == "storm" and message.state == "resolved"]
    assert over.title.startswith("The storm is over: 5 messages of priority P1 since 2026-11-23T08:00:00Z")


def test_p2_is_told_in_at_most_three_batches_of_a_working_day():
    office = Office(options=PostOptions(NotificationOptions(time_zone="Europe/Berlin", reminder_seconds=())))
    times = set()
    for number in range(60):
        office.opens(number)
        office.passes(HOUR, step=600)
    office.passes(24 * HOUR, step=600)
    sent = {each.released_us for each in office.store.post.deliveries() if each.released_us}
    for moment in sent:
        day, second = divmod(moment + HOUR_US - MONDAY_US // (24 * HOUR_US) * 24 * HOUR_US, 24 * HOUR_US)
        times.add((day, second // MINUTE_US))
    assert len(times) == 3 * 3
    assert {minute for _, minute in times} == {9 * 60, 13 * 60, 16 * 60 + 30}


def test_p2_waits_for_monday_and_for_the_end_of_a_holiday():
    office = Office(options=quick(holidays=("2026-11-30",)))
    office.until("2026-11-27T18:00:00Z", step=3600)
    office.opens()
    office.until("2026-12-01T08:59:00Z", step=3600)
    assert office.heard == []
    office.passes(120, step=60)
    assert office.words() == [("opened", "incident 1")]


def test_a_batch_is_one_message_where_that_can_be_read_and_several_where_not():
    office = Office({"team": {"paced": True}, "tickets": {"paced": True, "summarises": False}}, quick())
    first, *_ = [office.opens(number) for number in range(3)]
    office.until("2026-11-23T09:01:00Z")
    assert office.words("team") == [("batch", "3 incidents to look at today")]
    assert [reason for reason, _ in office.words("tickets")] == ["opened"] * 3
    office.resolves(first)
    office.until("2026-11-23T13:01:00Z")
    assert office.words("team")[1:] == [("resolved", "incident 0")]
    assert office.heard[-1][1].thread or office.heard[-2][1].thread, "it answers the batch that told of it"


def test_what_becomes_urgent_does_not_wait_for_the_batch():
    office = Office(options=quick())
    incident = office.opens()
    office.passes(60)
    office.tell(replace(incident, revision=2, **P1), incident)
    office.passes()
    assert office.words() == [("opened", "incident 1")]
    assert office.heard[0][1].priority == "P1"
    office.until("2026-11-23T09:10:00Z")
    assert [reason for reason, _ in office.words()] == ["opened", "reminder"]


def test_p3_waits_for_the_digest_and_where_there_is_none_for_its_day():
    office = Office({"team": {"paced": True}, "tickets": {"paced": True, "summarises": False}}, quick())
    office.until("2026-11-24T10:00:00Z", step=3600)
    office.opens(**P3)
    office.until("2026-11-30T08:59:00Z", step=3600)
    assert office.heard == []
    office.passes(120, step=60)
    assert office.words("tickets") == [("opened", "incident 1")]


# --- reminders and acknowledgement ---------------------------------------------------------------


def test_p1_is_said_again_after_half_an_hour_then_every_four_until_somebody_is_at_it():
    office = Office(options=quick())
    incident = office.opens(**P1)
    office.passes(29 * 60)
    assert len(office.heard) == 1
    office.passes(60)
    assert office.words()[1:] == [("reminder", "incident 1")]
    office.passes(4 * HOUR, step=60)
    office.passes(4 * HOUR, step=60)
    assert [reason for reason, _ in office.words()] == ["opened"] + ["reminder"] * 3
    assert len({message.key for _, message in office.heard}) == 4
    office.says(acknowledgements=(Acknowledgement(incident.id, "default", "ana", "on it", office.now_us),))
    office.passes(24 * HOUR, step=600)
    assert len(office.heard) == 4


def test_who_can_change_what_was_said_is_told_silently_of_members_and_of_who_is_at_it():
    office = Office({"chat": {"paced": True, "edits": True}, "team": {"paced": True}}, quick())
    incident = office.opens(**P1)
    office.passes()
    grown = replace(incident, revision=2, alerts=("alt_1", "alt_2"))
    office.tell(grown, incident)
    office.passes(15)
    office.says(acknowledgements=(Acknowledgement(incident.id, "default", "ana", "on it", office.now_us),))
    office.passes(15)
    assert [reason for reason, _ in office.words("chat")] == ["opened", "member", "acknowledged"]
    assert office.heard[-1][1].note == "Acknowledged by ana: on it"
    assert [message.thread for name, message in office.heard if name == "chat"][1:] == ["chat 1", "chat 3"]
    assert [reason for reason, _ in office.words("team")] == ["opened"]


def test_a_flood_is_a_few_messages_and_nothing_of_it_is_lost():
    office = Office(options=quick(reminder_seconds=()))
    for number in range(1_200):
        office.opens(number, **P1)
    office.passes(1_300)
    reasons = [reason for reason, _ in office.words()]
    assert reasons[:5] == ["opened"] * 5
    assert set(reasons[5:]) == {"storm"}
    assert office.heard[-1][1].held_back == 1_195
    assert len(office.heard[-1][1].items) == 100
    told = {each.incident for each in office.store.post.deliveries() if each.state is not DeliveryState.WAITING}
    assert told >= {f"inc_{number}" for number in range(1_200)}
