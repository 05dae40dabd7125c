"""What happens to machines and services shows on the models above them, and on no others."""

from dataclasses import replace

import numpy as np
import pytest
from tests.unit.query.stored import FRAUD, NOON_US, OK, SHOP, Written, hours, monitor

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.query.incidents import incident, incidents
from seamark.query.models import models
from seamark.records.alert import AlertState
from seamark.records.answer import Answer, AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.delivery import FastStep
from seamark.records.incident import IncidentState
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.model import Model
from seamark.records.signals import Layer
from seamark.store.stretches import Stretch

NOW_US = NOON_US + 2 * HOUR_US
API = Component(SHOP, ComponentKind.SERVICE, "api")
NODE = Component(SHOP, ComponentKind.NODE, "n1")
METRIC = {API: "requests", NODE: "memory_bytes"}


@pytest.fixture
def written():
    """The model fraud, which a service and a machine bear on, and churn, which nothing bears on."""
    found = Written(monitor("feature.amount"))
    found.judge(hours(0, 1), OK)
    found.commit(models=(Model(SHOP, "churn", NOON_US),))
    found.store.metrics.see([(SHOP, API.label, f"model/{FRAUD}"), (SHOP, NODE.label, API.label)], NOON_US)
    for component in (API, NODE):
        hear(found, component, NOW_US)
    return found


def hear(written, component, at_us):
    series = METRICS[METRIC[component]].of(component, METRIC[component])
    rows = 4 if component is NODE else 1
    written.store.metrics.add([Stretch(series, NOW_US, MINUTE_US, np.ones((rows, 1)))])
    fast(written, heard=((component, at_us),))


def fast(written, **parts):
    written.store.fast.commit(FastStep(written.store.fast.evaluations_through(), **parts))


def fails(written, component, layer, **fields):
    """A live alert of a component."""
    alert = written.alarm("feature.amount", layer=layer, **fields)
    alert = replace(alert, id=f"alt_{component.name}", model="", component=component.label, monitor="p99")
    fast(written, alerts=(alert,), dropped_alerts=(f"alt_{FRAUD}_feature.amount",))
    return alert


def layers(written, model=FRAUD, now_us=NOW_US):
    return next(
        each["layers"] for each in models(written.store, SHOP, now_us=now_us)["models"] if each["name"] == model
    )


def test_what_bears_on_a_model_is_well_while_it_is_heard(written):
    assert layers(written) == {"infrastructure": "ok", "serving": "ok", "data": "ok"}
    assert layers(written, "churn") == {}


def test_a_component_that_is_silent_for_an_hour_is_not_called_well(written):
    hear(written, NODE, NOW_US - HOUR_US)
    assert layers(written) == {"serving": "ok", "data": "ok"}


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({}, "firing"),
        ({"state": AlertState.PENDING}, "pending"),
        ({"no_data": True}, "no_data"),
        ({"state": AlertState.RECOVERING}, "firing"),
        ({"state": AlertState.ANSWERED}, "ok"),
    ],
)
def test_the_layer_of_a_component_is_as_bad_as_its_alert(written, fields, state):
    fails(written, API, Layer.SERVING, **fields)
    assert layers(written) == {"infrastructure": "ok", "serving": state, "data": "ok"}
    assert layers(written, "churn") == {}


def test_of_several_components_the_worst_speaks_for_their_layer(written):
    fails(written, NODE, Layer.SERVING, state=AlertState.PENDING)
    assert layers(written)["serving"] == "pending"
    fails(written, API, Layer.SERVING)
    assert layers(written)["serving"] == "firing"


def test_a_topology_of_yesterday_says_nothing_of_today(written):
    later = NOW_US + 3 * DAY_US
    for component in (API, NODE):
        hear(written, component, later)
    assert layers(written, now_us=later) == {"data": "ok"}


def told(written, **asked):
    return [each["id"] for each in incidents(written.store, SHOP, now_us=NOW_US, **asked)["incidents"]]


def test_an_incident_of_a_machine_is_one_of_every_model_it_bears_on(written):
    alert = fails(written, NODE, Layer.INFRASTRUCTURE)
    written.explain(alert, id="inc_node", model="", nodes=(NODE.label,))
    written.explain(id="inc_own", opened_us=NOW_US)
    written.explain(id="inc_elsewhere", model="", nodes=("node/n9",))
    assert told(written, model=FRAUD) == ["inc_own", "inc_node"]
    assert told(written, model="churn") == []
    assert set(told(written)) == {"inc_node", "inc_own", "inc_elsewhere"}
    counted = {each["name"]: each["open_incidents"] for each in models(written.store, SHOP, now_us=NOW_US)["models"]}
    assert counted == {FRAUD: 2, "churn": 0}


def test_an_incident_beneath_is_found_by_its_state_and_its_time(written):
    written.explain(id="inc_1", model="", nodes=(API.label,), window=hours(0, 1))
    written.explain(id="inc_2", model="", nodes=(API.label,), window=hours(1, 2), state=IncidentState.RESOLVED)
    assert told(written, model=FRAUD, state="open") == ["inc_1"]
    assert told(written, model=FRAUD, state="resolved") == ["inc_2"]
    assert told(written, model=FRAUD, window=hours(0, 1)) == ["inc_1"]


def test_answers_to_every_member_are_told_whichever_model_it_is_of(written):
    own = written.alarm("feature.amount")
    other = replace(own, id="alt_churn", model="churn")
    fast(written, alerts=(other,))
    found = written.explain(own, other, nodes=("model/churn", "model/fraud"))
    said = [
        Answer(f"ans_{each.model}", SHOP, each.model, each.id, each.fingerprint, AnswerKind.DISMISS, "", "",
               each.monitor, each.signal, NOON_US, NOW_US, "ana", f"about {each.model}")
        for each in (own, other)
    ]  # fmt: skip
    written.store.slow.commit(SlowStep(written.store.slow.watermark(), answers=tuple(said)))
    shown = incident(written.store, SHOP, found.id, now_us=NOW_US)
    [listed] = incidents(written.store, SHOP, now_us=NOW_US)["incidents"]
    assert shown["answers"] == listed["answers"]
    assert {each["answer"]["comment"] for each in shown["alerts"]} == {"about fraud", "about churn"}
