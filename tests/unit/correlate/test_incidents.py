"""Alerts of one model with overlapping evidence are one incident; nothing else is."""

import random
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import DAY_US
from seamark.correlate.incidents import correlate
from seamark.records.alert import AlertState
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority, Severity
from seamark.records.signals import Layer

FRAUD = ("default", "fraud")


def open_with(*alerts, quiet=(), now_us=NOON_US + DAY_US):
    return correlate([], alerts, {FRAUD: list(quiet)}, now_us=now_us)


def test_alerts_of_one_model_whose_evidence_overlaps_are_one_incident():
    incidents, joined = open_with(alert("feature.amount"), alert("feature.age", hour=1), alert("score", hour=1))
    assert len(incidents) == 1
    assert {a.incident for a in joined} == {incidents[0].id}
    assert incidents[0].layers == (Layer.DATA, Layer.MODEL)
    assert incidents[0].revision == 1


def test_windows_that_touch_belong_together():
    incidents, _ = open_with(alert(hour=0, hours=2), alert("feature.age", hour=2))
    assert len(incidents) == 1


def test_alerts_far_apart_in_time_are_two_incidents():
    incidents, _ = open_with(alert(hour=0), alert("feature.age", hour=30))
    assert len(incidents) == 2


def test_models_never_share_an_incident():
    incidents, _ = open_with(alert(), alert(model="churn"))
    assert {incident.model for incident in incidents} == {"fraud", "churn"}


def test_a_pending_suspicion_opens_nothing():
    assert open_with(alert(state=AlertState.PENDING, opened_us=None)) == ([], [])


def test_a_later_alert_joins_the_open_incident_and_is_a_new_revision():
    (first,), (member,) = open_with(alert())
    (second,), _ = correlate([first], [member, alert("score", hour=1)], {}, now_us=NOON_US + DAY_US)
    assert second.id == first.id
    assert second.revision == 2
    assert len(second.alerts) == 2


def test_nothing_new_is_no_change():
    (incident,), (member,) = open_with(alert())
    assert correlate([incident], [member], {FRAUD: []}, now_us=NOON_US + 2 * DAY_US) == ([], [])


def test_it_resolves_when_its_last_alert_does():
    (incident,), (member,) = open_with(alert())
    resolved = replace(member, state=AlertState.RESOLVED)
    (ended,), _ = correlate([incident], [resolved], {}, now_us=NOON_US + 3 * DAY_US)
    assert ended.state is IncidentState.RESOLVED
    assert ended.resolved_us == NOON_US + 3 * DAY_US
    assert ended.title == incident.title


def test_a_recovering_alert_keeps_it_open():
    (incident,), (member,) = open_with(alert())
    recovering = replace(member, state=AlertState.RECOVERING)
    changed, _ = correlate([incident], [recovering], {}, now_us=NOON_US + DAY_US)
    assert all(each.state is IncidentState.OPEN for each in changed)


def test_the_strongest_feature_leads_and_what_stood_still_speaks_against():
    weak, strong = alert("feature.age", effect=0.1), alert("feature.amount", effect=0.4)
    (incident,), _ = open_with(weak, strong, alert("score"), quiet=["feature.tenure", "prediction"])
    assert [cause.subject for cause in incident.causes] == ["feature.amount", "feature.age"]
    assert sum(cause.score for cause in incident.causes) == 1
    assert "Unmoved: tenure." in incident.causes[0].counter_evidence
    assert "What the model answers moved too: score." in incident.causes[0].evidence


def test_without_a_drifted_feature_there_is_no_clear_cause():
    (incident,), _ = open_with(alert("score"))
    assert incident.causes == ()
    assert incident.title == "score drifted"


def test_the_title_names_the_strongest_and_counts_the_rest():
    names = ("a", "b", "c", "d", "e")
    drifted = [alert(f"feature.{name}", effect=0.5 - i / 10) for i, name in enumerate(names)]
    (incident,), _ = open_with(*drifted, alert("score"))
    assert incident.title == "a, b and 3 more drifted, and so did the score"


def test_three_signals_at_once_are_at_least_high():
    few, _ = open_with(alert("feature.a"), alert("feature.b"))
    many, _ = open_with(alert("feature.a"), alert("feature.b"), alert("feature.c"))
    assert (few[0].severity, many[0].severity) == (Severity.WARNING, Severity.HIGH)


def test_the_onset_is_the_strongest_members_and_stays():
    strong = alert(onset_us=NOON_US + 5, effect=0.5)
    (incident,), (member,) = open_with(strong)
    assert incident.onset_us == NOON_US + 5
    stronger = alert("score", hour=1, effect=0.9, onset_us=NOON_US + 9)
    (later,), _ = correlate([incident], [member, stronger], {}, now_us=NOON_US + DAY_US)
    assert later.onset_us == NOON_US + 5


def test_the_leading_cause_changes_only_for_a_clearly_stronger_one():
    first, second = alert("feature.a", effect=0.30), alert("feature.b", effect=0.29)
    (incident,), members = open_with(first, second)
    assert incident.causes[0].subject == "feature.a"

    def told(effect):
        moved = [replace(m, value=effect) if m.signal == "feature.b" else m for m in members]
        (changed,), _ = correlate([incident], moved, {FRAUD: []}, now_us=NOON_US + DAY_US)
        return changed.causes[0].subject

    assert told(0.33) == "feature.a"
    assert told(0.45) == "feature.b"


def test_what_drifts_is_no_counter_evidence_against_itself():
    (incident,), _ = open_with(alert("feature.a", state=AlertState.RECOVERING), quiet=["feature.a", "feature.z"])
    assert incident.causes[0].counter_evidence[0] == "Unmoved: z."


def test_an_alert_that_came_and_went_at_once_still_has_its_incident():
    gone = alert(state=AlertState.RESOLVED, resolved_us=NOON_US + DAY_US)
    (incident,), (member,) = open_with(gone)
    assert incident.state is IncidentState.RESOLVED
    assert (incident.title, incident.alerts) == ("amount drifted", (member.id,))


def test_the_highest_priority_of_its_members_is_its_own():
    (incident,), _ = open_with(alert(), alert("score", priority=Priority.P1))
    assert incident.priority is Priority.P1


@given(
    st.lists(st.tuples(st.sampled_from("abcdef"), st.integers(0, 40), st.integers(1, 5)), max_size=12, unique=True),
    st.randoms(use_true_random=False),
)
def test_the_order_of_arrival_does_not_matter(shape, rng: random.Random):
    alerts = [alert(f"feature.{name}", hour=hour, hours=hours) for name, hour, hours in shape]
    unique = list({each.id: each for each in alerts}.values())
    shuffled = unique.copy()
    rng.shuffle(shuffled)
    one, joined_one = open_with(*unique)
    two, joined_two = open_with(*shuffled)
    assert sorted(one, key=lambda i: i.id) == sorted(two, key=lambda i: i.id)
    assert {a.id: a.incident for a in joined_one} == {a.id: a.incident for a in joined_two}
