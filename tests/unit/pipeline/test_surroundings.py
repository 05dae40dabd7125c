"""What is looked up around alerts before they are joined and explained."""

import pytest
from tests.unit.pipeline.test_components import Running
from tests.unit.query.stored import BREACH, FRAUD, NOON_US, OK, SHOP, Written, hours, monitor

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.incidents import Known
from seamark.pipeline.surroundings import incidents_for, known_around
from seamark.records.alert import AlertState
from seamark.records.delivery import FastStep
from seamark.records.incident import Incident, IncidentState
from seamark.records.log import Change
from seamark.records.metric import Component, ComponentKind
from seamark.records.monitor import Priority, Severity
from seamark.records.window import Window

AMOUNT = monitor("feature.amount")
ACCURACY = monitor("quality.accuracy", "accuracy")
NOW_US = NOON_US + DAY_US


@pytest.fixture
def written():
    return Written(AMOUNT, ACCURACY)


def stored(written, id, state, *, ended_us=NOON_US + HOUR_US, **fields):
    incident = Incident(
        id=id,
        project=SHOP,
        model=FRAUD,
        title="amount drifted",
        state=state,
        severity=Severity.WARNING,
        priority=Priority.P2,
        layers=(),
        alerts=(),
        evidence=Window(NOON_US, ended_us),
        opened_us=NOON_US,
        updated_us=NOON_US,
        **fields,
    )
    written.store.fast.commit(FastStep(written.store.fast.evaluations_through(), incidents=(incident,)))
    return incident


def test_only_open_incidents_are_looked_at_while_nothing_new_comes(written):
    stored(written, "inc_open", IncidentState.OPEN)
    stored(written, "inc_over", IncidentState.RESOLVED)
    assert [each.id for each in incidents_for(written.store, [], NOW_US)] == ["inc_open"]


def test_a_new_alert_is_held_against_what_was_resolved_lately(written):
    new = written.alarm("feature.amount")
    stored(written, "inc_over", IncidentState.RESOLVED)
    stored(written, "inc_gone", IncidentState.RESOLVED, merged_into="inc_over")
    assert [each.id for each in incidents_for(written.store, [new], NOW_US)] == ["inc_over"]
    assert incidents_for(written.store, [new], NOW_US + 20 * DAY_US) == []


def test_nothing_is_read_where_nothing_is_open(written):
    resolved = stored(written, "inc_over", IncidentState.RESOLVED)
    assert known_around(written.store, [resolved], [], NOW_US) == Known()


def test_changes_of_the_day_before_an_incident_are_known(written):
    changes = [
        Change(f"chg_{hour}", SHOP, "deploy", NOON_US + hour * HOUR_US, "live", model=FRAUD) for hour in (-30, -20, 3)
    ]
    written.commit(changes=tuple(changes))
    open_ = stored(written, "inc_open", IncidentState.OPEN)
    known = known_around(written.store, [open_], [], NOW_US)
    assert [change.id for change in known.changes] == ["chg_-20", "chg_3"]


def test_the_newest_judged_window_of_each_model_is_known(written):
    written.judge(hours(0, 1), OK, OK)
    written.judge(hours(1, 2), OK, OK)
    new = written.alarm("feature.amount")
    assert known_around(written.store, [], [new], NOW_US).judged == {(SHOP, FRAUD): hours(1, 2)}


def test_machines_that_were_heard_a_moment_ago_are_watched():
    running = Running()
    written = Written(AMOUNT, store=running.store)
    running.passes(3, component=Component(SHOP, ComponentKind.SERVICE, "api"), requests=200, server_errors=0)
    open_ = stored(written, "inc_open", IncidentState.OPEN)
    soon, later = running.now_us + MINUTE_US, running.now_us + HOUR_US
    assert known_around(written.store, [open_], [], soon).watched == {SHOP: {"service/api"}}
    assert known_around(written.store, [open_], [], later).watched == {SHOP: frozenset()}


def test_what_rests_on_what_is_known(written):
    written.store.metrics.see([(SHOP, "service/api", f"model/{FRAUD}")], NOON_US)
    open_ = stored(written, "inc_open", IncidentState.OPEN)
    [edge] = known_around(written.store, [open_], [], NOW_US).topology.edges
    assert (edge.cause, edge.effect) == ("service/api", "model/fraud")


def test_a_recovering_alert_without_an_incident_counts_as_new(written):
    new = written.alarm("feature.amount", state=AlertState.RECOVERING)
    assert known_around(written.store, [], [new], NOW_US) != Known()


@pytest.mark.parametrize("status", [OK, BREACH])
def test_without_graded_outcomes_quality_is_not_called_fine(written, status):
    written.judge(hours(0, 1), OK, status)
    open_ = stored(written, "inc_open", IncidentState.OPEN)
    assert known_around(written.store, [open_], [], NOW_US).fine == {}
