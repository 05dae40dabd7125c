"""What the screen shows first, and what it says of models and incidents, told by hand."""

import json
from dataclasses import replace

import pytest
from tests.unit.query.stored import (
    BREACH,
    ELEVATED,
    FRAUD,
    NOON_US,
    OK,
    SHOP,
    Written,
    hours,
    monitor,
)

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import NotFound
from seamark.query.drift import latest
from seamark.query.incidents import incident, incidents
from seamark.query.measurements import _ABOUT, measurements
from seamark.query.models import find_model, models
from seamark.query.naming import label_of_monitor, milliseconds, unit_of
from seamark.query.overview import default_window, overview
from seamark.records.alert import AlertState
from seamark.records.evaluation import Status
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority
from seamark.records.signals import Layer
from seamark.stats.distance import distances

AMOUNT, AGE, SCORE = monitor("feature.amount"), monitor("feature.age"), monitor("score")
MISSING = monitor("feature.age", "missing_rate")
NOW_US = NOON_US + 2 * HOUR_US


def grid(written, window=None):
    return overview(written.store, SHOP, FRAUD, window or hours(0, 9), now_us=NOW_US)


def one_model(written):
    (found,) = models(written.store, SHOP, now_us=NOW_US)["models"]
    return found


# --- the order of the grid --------------------------------------------------------------------------------------------


def test_data_comes_before_the_model_and_what_is_further_past_its_threshold_before_the_rest():
    written = Written(SCORE, AGE, AMOUNT)
    written.judge(hours(0, 1), OK, OK, OK, values=[0.9, 0.01, 0.02])
    assert grid(written)["signals"]["name"] == ["feature.amount", "feature.age", "score"]


def test_what_fires_comes_before_what_is_pending_and_that_before_what_is_quiet():
    written = Written(monitor("feature.quiet"), monitor("feature.pending"), monitor("feature.firing"))
    written.judge(hours(0, 1), OK, OK, OK, values=[0.9, 0.5, 0.1])
    written.alarm("feature.pending", state=AlertState.PENDING)
    written.alarm("feature.firing")
    signals = grid(written)["signals"]
    assert signals["label"] == ["firing", "pending", "quiet"]
    assert signals["state"] == ["firing", "pending", "ok"]


@pytest.mark.parametrize(("status", "shown"), [(OK, False), (ELEVATED, True), (BREACH, True), (Status.NO_DATA, False)])
def test_a_rate_is_on_the_grid_once_it_was_elevated(status, shown):
    written = Written(MISSING, AMOUNT)
    written.judge(hours(0, 1), status, OK)
    assert (MISSING.name in grid(written)["signals"]["monitor"]) is shown


def test_a_rate_with_a_live_alert_is_shown_whatever_it_says_now():
    written = Written(MISSING)
    written.judge(hours(0, 1), OK)
    written.alarm("feature.age")
    assert grid(written)["signals"]["monitor"] == [MISSING.name]


@pytest.mark.parametrize("statistic", ["joint_shift", "near_half_share", "volume"])
def test_some_shares_are_always_worth_a_row(statistic):
    written = Written(monitor("traffic", statistic))
    written.judge(hours(0, 1), OK)
    assert grid(written)["signals"]["statistic"] == [statistic]


def test_a_cell_nobody_judged_is_empty_and_not_zero():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), BREACH, values=[0.4])
    written.watch(AMOUNT, AGE)
    written.judge(hours(1, 2), OK, OK, values=[0.0, 0.2])
    answer = grid(written)
    row = answer["signals"]["name"].index("feature.age")
    assert answer["cells"]["status"][row] == [None, 0]
    assert answer["cells"]["value"][row] == [None, 0.2]
    json.dumps(answer, allow_nan=False)


def test_the_newest_value_and_the_furthest_are_told_of_each_row():
    written = Written(AMOUNT)
    for hour, value in enumerate([0.1, 0.4, 0.2]):
        written.judge(hours(hour, hour + 1), OK, values=[value])
    signals = grid(written)["signals"]
    assert signals["latest"] == [pytest.approx(0.2)]
    assert signals["impact"] == [pytest.approx(8)]
    assert signals["threshold"] == [pytest.approx(0.05)]


def test_a_monitor_without_windows_has_no_value():
    signals = grid(Written(AMOUNT))["signals"]
    assert (signals["latest"], signals["impact"], signals["state"]) == ([None], [None], ["no_data"])


@pytest.mark.parametrize(("status", "state"), [(Status.INSUFFICIENT, "insufficient"), (Status.NO_DATA, "no_data")])
def test_a_row_says_when_the_newest_window_could_not_be_judged(status, state):
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    written.judge(hours(1, 2), status)
    assert grid(written)["signals"]["state"] == [state]


# --- its range --------------------------------------------------------------------------------------------------------


def test_by_default_a_month_is_shown_but_nothing_before_the_first_row():
    written = Written(AMOUNT)
    young = default_window(written.store, SHOP, FRAUD, NOW_US)
    assert young.start_us == NOON_US // DAY_US * DAY_US
    written.know(first_time_us=NOON_US - 300 * DAY_US)
    old = default_window(written.store, SHOP, FRAUD, NOW_US)
    assert (old.length_us, old.end_us) == (30 * DAY_US, NOW_US)


def test_an_old_incident_that_is_open_still_and_the_time_before_it_are_in_sight():
    written = Written(AMOUNT)
    written.know(first_time_us=NOON_US - 300 * DAY_US)
    began_us = NOON_US - 80 * DAY_US
    written.explain(written.alarm("feature.amount"), onset_us=began_us)
    reach = default_window(written.store, SHOP, FRAUD, NOW_US)
    assert began_us - 22 * DAY_US < reach.start_us < began_us - 20 * DAY_US
    written.explain(onset_us=began_us, state=IncidentState.RESOLVED)
    assert default_window(written.store, SHOP, FRAUD, NOW_US).length_us == 30 * DAY_US


def test_an_incident_nobody_dated_began_with_its_evidence():
    written = Written(AMOUNT)
    written.know(first_time_us=NOON_US - 300 * DAY_US)
    written.explain(written.alarm("feature.amount"), window=hours(-24 * 80, -24 * 79))
    assert default_window(written.store, SHOP, FRAUD, NOW_US).start_us < NOON_US - 80 * DAY_US


# --- models -----------------------------------------------------------------------------------------------------------


def test_a_layer_is_as_bad_as_its_worst_alert():
    written = Written(AMOUNT, AGE, SCORE)
    written.judge(hours(0, 1), OK, OK, OK)
    written.alarm("feature.amount", state=AlertState.PENDING)
    assert one_model(written)["layers"] == {"data": "pending", "model": "ok"}
    written.alarm("feature.age")
    assert one_model(written)["layers"] == {"data": "firing", "model": "ok"}


def test_a_resolved_alert_makes_no_layer_bad():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    written.alarm("feature.amount", state=AlertState.RESOLVED)
    assert one_model(written)["layers"] == {"data": "ok"}


def test_an_alert_that_hears_nothing_says_so():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    written.alarm("feature.amount", no_data=True)
    assert one_model(written)["layers"] == {"data": "no_data"}


def test_an_alert_of_another_model_says_nothing_of_this_one():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    other = Written(AMOUNT, model="churn", store=written.store)
    other.judge(hours(0, 1), OK)
    other.explain(other.alarm("feature.amount"), id="inc_2")
    found = {each["name"]: each for each in models(written.store, SHOP, now_us=NOW_US)["models"]}
    assert found["fraud"]["layers"] == {"data": "ok"}
    assert found["churn"]["layers"] == {"data": "firing"}
    assert (found["fraud"]["open_incidents"], found["churn"]["open_incidents"]) == (0, 1)


@pytest.mark.parametrize(
    ("status", "state"),
    [(OK, "ok"), (ELEVATED, "ok"), (BREACH, "ok"), (Status.INSUFFICIENT, "insufficient"), (Status.NO_DATA, "no_data")],
)
def test_without_an_alert_the_newest_window_speaks_for_a_layer(status, state):
    written = Written(AMOUNT)
    written.judge(hours(0, 1), status)
    assert one_model(written)["layers"] == {"data": state}


def test_one_monitor_that_could_be_judged_is_enough_for_its_layer():
    written = Written(AMOUNT, AGE)
    written.judge(hours(0, 1), Status.INSUFFICIENT, OK)
    assert one_model(written)["layers"] == {"data": "ok"}


def test_a_model_that_was_never_judged_is_not_called_healthy():
    written = Written(AMOUNT, SCORE)
    assert one_model(written)["layers"] == {"data": "insufficient", "model": "insufficient"}
    assert models(written.store, "other", now_us=NOW_US) == {"models": []}


def test_the_most_urgent_open_incident_is_told_of_a_model():
    written = Written(AMOUNT)
    alert = written.alarm("feature.amount")
    written.explain(alert, id="inc_1", priority=Priority.P3)
    written.explain(alert, id="inc_2", priority=Priority.P1)
    written.explain(alert, id="inc_3", priority=Priority.P1, state=IncidentState.RESOLVED)
    found = one_model(written)
    assert (found["open_incidents"], found["highest_priority"]) == (2, "P1")


def test_a_model_that_is_not_there_is_told_with_those_that_are():
    written = Written(AMOUNT)
    with pytest.raises(NotFound, match=r"no model 'frod' in project 'shop'\. Models: 'fraud'\."):
        find_model(written.store, SHOP, "frod")
    with pytest.raises(NotFound, match=r"Models: none yet\."):
        find_model(written.store, "elsewhere", FRAUD)


# --- incidents --------------------------------------------------------------------------------------------------------


def test_incidents_are_listed_newest_first_and_filtered():
    written = Written(AMOUNT)
    alert = written.alarm("feature.amount")
    written.explain(alert, id="inc_old", window=hours(-48, -47), state=IncidentState.RESOLVED)
    written.explain(alert, id="inc_new", window=hours(0, 1))

    def listed(**filters):
        return [each["id"] for each in incidents(written.store, SHOP, **filters, now_us=NOW_US)["incidents"]]

    assert listed() == ["inc_new", "inc_old"]
    assert listed(state="open") == ["inc_new"]
    assert listed(state="resolved") == ["inc_old"]
    assert listed(window=hours(-50, -40)) == ["inc_old"]
    assert listed(model="churn") == []


def test_an_incident_names_each_signal_once_however_many_alerts_it_has():
    written = Written(AMOUNT, MISSING, AGE)
    found = [written.alarm("feature.amount"), written.alarm("feature.age")]
    twice = written.alarm("feature.age", id="alt_again", monitor="feature.age:psi")
    written.explain(*found, twice)
    answer = incident(written.store, SHOP, "inc_1", now_us=NOW_US)
    assert answer["signals"] == ["feature.amount", "feature.age"]
    assert [alert["id"] for alert in answer["alerts"]] == [*(each.id for each in found), "alt_again"]
    assert answer["causes"][0]["subject"] == "feature.amount"


def test_an_alert_that_was_forgotten_leaves_its_incident_readable():
    written = Written(AMOUNT)
    written.explain(replace(written.alarm("feature.amount"), id="alt_gone"))
    answer = incident(written.store, SHOP, "inc_1", now_us=NOW_US)
    assert (answer["alerts"], answer["signals"]) == ([], [])


def test_an_incident_of_another_project_is_not_there():
    written = Written(AMOUNT)
    written.explain(written.alarm("feature.amount"))
    with pytest.raises(NotFound, match="no incident 'inc_1' in project 'other'"):
        incident(written.store, "other", "inc_1", now_us=NOW_US)


# --- metrics and names ------------------------------------------------------------------------------------------------


def test_the_newest_number_of_each_monitor_is_a_metric():
    written = Written(AMOUNT, monitor("prediction", "class_share", subject="yes"))
    written.judge(hours(0, 1), OK, OK, values=[0.1, 0.2])
    written.judge(hours(1, 2), OK, OK, values=[0.3, float("nan")])
    found = {each.signal: each.value for each in latest(written.store, now_us=NOW_US)}
    assert found == {"feature.amount": pytest.approx(0.3), "prediction=yes": pytest.approx(0.2)}


def test_a_model_that_fell_silent_a_month_ago_is_no_metric():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    assert len(list(latest(written.store, now_us=NOON_US + 29 * DAY_US))) == 1
    assert list(latest(written.store, now_us=NOON_US + 32 * DAY_US)) == []


def test_metrics_count_alerts_and_incidents_by_what_they_are():
    written = Written(AMOUNT, AGE, SCORE)
    written.explain(written.alarm("feature.amount"), id="inc_1")
    written.explain(written.alarm("score", state=AlertState.RESOLVED), id="inc_2", state=IncidentState.RESOLVED)
    written.alarm("feature.age", state=AlertState.PENDING)
    found = {each.name: dict(each.samples) for each in measurements(written.store, now_us=NOW_US)}
    assert found["seamark_alerts"] == {("firing", "data", "P2"): 1, ("pending", "data", "P2"): 1}
    assert found["seamark_incidents"] == {("open",): 1, ("resolved",): 1}


def test_live_alerts_are_told_by_what_they_are_about():
    written = Written(AMOUNT, AGE, SCORE)
    written.alarm("feature.amount")
    written.alarm("feature.age")
    written.alarm("score", state=AlertState.RESOLVED)
    [(about, count)] = _told(written, "seamark_model_alerts").items()
    assert dict(zip(_ABOUT, about, strict=True)) | {"project": "", "version": "", "segment": ""} == {
        "project": "", "model": "fraud", "component": "", "version": "", "segment": "",
        "layer": "data", "priority": "P2", "state": "firing",
    }  # fmt: skip
    assert count == 2


def test_a_flood_of_alerts_is_told_without_versions_and_segments(monkeypatch):
    written = Written(AMOUNT, AGE, SCORE)
    for segment in ("country=FR", "country=DE", "country=IT"):
        written.alarm("feature.amount", segment=segment, id=f"alt_{segment}", fingerprint=f"v1:{segment}")
    assert len(_told(written, "seamark_model_alerts")) == 3
    monkeypatch.setattr("seamark.query.measurements._MOST_ABOUT", 2)
    [(about, count)] = _told(written, "seamark_model_alerts").items()
    assert (dict(zip(_ABOUT, about, strict=True))["segment"], count) == ("", 3)


def _told(written, name):
    return next(dict(each.samples) for each in measurements(written.store, now_us=NOW_US) if each.name == name)


def test_every_metric_has_a_sentence_and_as_many_values_as_labels():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    for each in measurements(written.store, now_us=NOW_US):
        assert each.help.endswith(".")
        assert all(len(values) == len(each.labels) for values, _ in each.samples)


def test_every_statistic_has_a_unit_for_people():
    assert all("_" not in unit_of(name) for name in distances())
    assert unit_of("jensen_shannon") == "JS distance"
    assert unit_of("missing_rate") == "missing, share"
    assert unit_of("something_new") == "something_new"


def test_a_monitor_of_one_class_is_called_by_it():
    assert label_of_monitor(monitor("prediction", "class_share", subject="yes")) == "prediction = yes"
    assert label_of_monitor(AMOUNT) == "amount"
    assert (milliseconds(None), milliseconds(1_999)) == (None, 1)


def test_a_range_that_holds_nothing_is_an_empty_grid():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), BREACH)
    answer = grid(written, hours(50, 60))
    assert answer["windows"] == {"start_ms": [], "rows": []}
    assert answer["cells"]["value"] == [[]]
    assert (answer["from_ms"], answer["to_ms"]) == (hours(50, 60).start_us // 1000, hours(50, 60).end_us // 1000)


def test_layers_are_listed_from_the_machine_up_to_the_purpose():
    written = Written(SCORE, AMOUNT, monitor("traffic", "volume", layer=Layer.SERVING))
    written.judge(hours(0, 1), OK, OK, OK)
    assert grid(written)["signals"]["layer"] == ["serving", "data", "model"]
