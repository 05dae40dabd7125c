"""What the screen is told, against what a simulated week really was."""

import base64
import json

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, times

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import InvalidInput, NotFound
from seamark.query.measurements import measurements
from seamark.query.questions import Questions
from seamark.records.log import EntryKind, LogEntry
from seamark.records.options import ModelOptions
from seamark.records.window import Window

AMOUNT = "feature.amount:jensen_shannon"


@pytest.fixture(scope="module")
def served():
    """Three days of which the last six hours are wrong, and a deploy."""
    model = ServedModel(50, faults=[(66, times("feature.amount", 100.0))])
    model.run(60, tick_hours=6)
    change = {"kind": "deploy", "time_us": START_US + 65 * HOUR_US, "summary": "v2 is out", "version": "2"}
    model.store.log.append([LogEntry(EntryKind.CHANGE, PROJECT, NAME, START_US, 0, json.dumps(change).encode())])
    model.run(12)
    return model


@pytest.fixture(scope="module")
def ask(served):
    questions = Questions(served.store)

    def question(name, *arguments, **filters):
        return getattr(questions, name)(PROJECT, *arguments, **filters, now_us=served.now_us)

    return question


def overview(ask, window=None):
    return ask("overview", NAME, window=window, version="", segment="")


def test_models_say_how_their_layers_are(ask):
    (model,) = ask("models")["models"]
    assert (model["name"], model["task"], model["rows"]) == (NAME, "binary", 72 * 300)
    assert model["layers"] == {"data": "firing", "model": "ok"}
    assert (model["open_incidents"], model["highest_priority"]) == (1, "P2")
    assert model["baseline"].startswith("reference of 20,000 rows")


def test_the_grid_has_a_row_per_monitor_and_a_column_per_window(ask):
    answer = overview(ask)
    width, height = len(answer["windows"]["start_ms"]), len(answer["signals"]["name"])
    assert width == 72
    assert all(len(column) == height for column in answer["signals"].values())
    for cells in answer["cells"].values():
        assert len(cells) == height
        assert {len(row) for row in cells} == {width}


def test_the_anomaly_is_the_first_row_of_its_layer(ask):
    answer = overview(ask)
    assert answer["signals"]["name"][0] == "feature.amount"
    assert answer["signals"]["state"][0] == "firing"
    statuses = answer["cells"]["status"][0]
    assert set(statuses[66:]) == {2}
    assert 2 not in statuses[:66]


def test_quiet_ratios_stay_out_of_the_way_and_loud_ones_do_not(ask):
    monitors = overview(ask)["signals"]["monitor"]
    assert "feature.amount:out_of_range_rate" in monitors
    assert "feature.age:missing_rate" not in monitors


def test_a_range_cuts_windows_changes_and_incidents(ask):
    early = Window(START_US, START_US + 10 * HOUR_US)
    answer = overview(ask, early)
    assert len(answer["windows"]["start_ms"]) == 10
    assert answer["incidents"] == []
    assert answer["changes"]["id"] == []


def test_changes_and_incidents_are_on_the_grid(ask):
    answer = overview(ask)
    assert answer["changes"]["summary"] == ["v2 is out"]
    (incident,) = answer["incidents"]
    assert set(incident["signals"]) == {"feature.amount", "joint"}
    assert incident["onset_ms"] == (START_US + 66 * HOUR_US) // 1000


def test_every_answer_is_plain_json(ask, served):
    window = Window(START_US + 66 * HOUR_US, START_US + 72 * HOUR_US)
    (incident,) = ask("incidents", model=None, state="open", window=None)["incidents"]
    answers = [
        overview(ask),
        ask("models"),
        ask("incident", incident["id"]),
        ask("series", NAME, AMOUNT, window=None),
        ask("rows", NAME, window=None, version="", limit=5),
    ]
    answers += [
        ask("distribution", NAME, signal, window=window, version="", segment="")
        for signal in ("feature.amount", "feature.country", "score", "prediction", "confidence")
    ]
    for answer in answers:
        json.dumps(answer, allow_nan=False)


def test_an_incident_has_its_alerts(ask):
    (listed,) = ask("incidents", model=NAME, state=None, window=None)["incidents"]
    whole = ask("incident", listed["id"])
    assert {alert["monitor"] for alert in whole["alerts"]} >= {AMOUNT}
    assert whole["alerts"][0]["unit"]


def test_a_series_has_its_threshold_and_onset(ask):
    answer = ask("series", NAME, AMOUNT, window=None)
    assert answer["onset_ms"] == (START_US + 66 * HOUR_US) // 1000
    points = answer["points"]
    assert {len(values) for values in points.values()} == {72}
    assert points["value"][-1] > points["threshold"][-1]


def test_a_distribution_adds_up(ask):
    window = Window(START_US + 66 * HOUR_US, START_US + 70 * HOUR_US)
    answer = ask("distribution", NAME, "feature.amount", window=window, version="", segment="")
    assert answer["n"] == 4 * 300
    assert sum(answer["bins"]["count"]) == 4 * 300
    assert sum(answer["bins"]["current"]) == pytest.approx(1)
    assert sum(answer["bins"]["baseline"]) == pytest.approx(1)
    assert {len(values) for values in answer["bins"].values()} == {len(answer["bins"]["label"])}
    assert answer["mean"]["current"] > 10 * answer["mean"]["baseline"]
    assert answer["out_of_range"]["current"] > 0.3
    assert {"jensen_shannon", "ks", "psi"} <= set(answer["distances"])


def test_categories_come_with_their_names(ask):
    window = Window(START_US, START_US + 10 * HOUR_US)
    answer = ask("distribution", NAME, "feature.country", window=window, version="", segment="")
    assert answer["bins"]["label"] == ["FR", "US", "BR", "DE", "other", "unseen"]
    assert "ks" not in answer["distances"]


@pytest.mark.parametrize("signal", ["score", "feature.amount", "feature.country"])
def test_the_evidence_shows_the_value_the_grid_was_judged_by(ask, signal):
    grid = overview(ask)
    row = grid["signals"]["monitor"].index(f"{signal}:jensen_shannon")
    told = ask("series", NAME, f"{signal}:jensen_shannon", window=None)
    window = Window(START_US + (70 - told["points"]["span"][69]) * HOUR_US, START_US + 70 * HOUR_US)
    shown = ask("distribution", NAME, signal, window=window, version="", segment="")
    assert shown["distances"]["jensen_shannon"]["debiased"] == pytest.approx(grid["cells"]["value"][row][69], abs=1e-5)


def test_a_model_nobody_could_judge_is_not_called_healthy():
    thin = ServedModel(52, rows_an_hour=5, options=ModelOptions(window_seconds=3600))
    thin.run(4)
    questions = Questions(thin.store)
    (model,) = questions.models(PROJECT, now_us=thin.now_us)["models"]
    assert set(model["layers"].values()) == {"insufficient"}
    grid = questions.overview(PROJECT, NAME, window=None, version="", segment="", now_us=thin.now_us)
    assert "ok" not in grid["signals"]["state"]


def test_a_resolved_alert_is_no_longer_on_the_screen():
    repaired = [(30, times("feature.amount", 100.0)), (36, times("feature.amount", 0.01))]
    served = ServedModel(53, faults=repaired)
    served.run(42)
    grid = Questions(served.store).overview(PROJECT, NAME, window=None, version="", segment="", now_us=served.now_us)
    assert grid["model"]["layers"] == {"data": "ok", "model": "ok"}
    assert grid["incidents"][0]["signals"], "what a resolved incident was about stays known"


def test_an_empty_period_has_no_distances_and_no_division(ask):
    window = Window(START_US - 10 * DAY_US, START_US - 9 * DAY_US)
    answer = ask("distribution", NAME, "feature.amount", window=window, version="", segment="")
    assert (answer["n"], answer["distances"], answer["missing"]["current"]) == (0, {}, None)


def test_sample_rows_are_as_they_were_logged(ask, served):
    answer = ask("rows", NAME, window=Window(START_US, START_US + HOUR_US), version="", limit=10)
    first = served.traffic(0, 300).slice(0, 10)
    assert answer["columns"]["id"] == first["id"].to_pylist()
    assert answer["columns"]["feature.amount"] == first["feature.amount"].to_pylist()
    with pytest.raises(InvalidInput, match="limit is 0"):
        ask("rows", NAME, window=None, version="", limit=0)


@pytest.mark.parametrize(
    ("name", "arguments", "filters", "sentence"),
    [
        ("overview", ["nobody"], {"window": None, "version": "", "segment": ""}, "no model 'nobody'.*'fraud'"),
        ("incident", ["inc_x"], {}, "no incident 'inc_x'"),
        ("series", [NAME, "amount:psi"], {"window": None}, "no monitor 'amount:psi'"),
        (
            "distribution",
            [NAME, "feature.nothing"],
            {"window": Window(0, 1), "version": "", "segment": ""},
            "no signal 'feature.nothing'",
        ),
    ],
)
def test_what_does_not_exist_is_said_with_what_does(ask, name, arguments, filters, sentence):
    with pytest.raises(NotFound, match=sentence):
        ask(name, *arguments, **filters)


def test_a_model_of_another_project_is_not_there(served):
    with pytest.raises(NotFound):
        Questions(served.store).overview("other", NAME, window=None, version="", segment="", now_us=served.now_us)


def test_metrics_carry_every_distance(served):
    found = {each.name: each for each in measurements(served.store, now_us=served.now_us)}
    distances = dict(found["seamark_drift_distance"].samples)
    assert distances[PROJECT, NAME, "", "feature.amount", "jensen_shannon"] > 0.3
    assert dict(found["seamark_incidents"].samples)["open",] == 1
    assert dict(found["seamark_predictions"].samples)[PROJECT, NAME] == 72 * 300


def test_infinite_and_missing_features_can_be_shown():
    odd = ServedModel(51, columns=lambda _rng, rows: {"feature.x": np.resize([np.inf, -np.inf, np.nan, 1.0], rows)})
    odd.run(2)
    rows = Questions(odd.store).rows(PROJECT, NAME, window=None, version="", limit=4, now_us=odd.now_us)
    assert rows["columns"]["feature.x"] == ["Infinity", "-Infinity", None, 1.0]


def test_a_packed_grid_is_the_same_grid(ask):
    listed, packed = (ask("overview", NAME, window=None, version="", segment="", packed=p) for p in (False, True))
    assert {**packed, "cells": None} == {**listed, "cells": None}
    statuses = [list(base64.b64decode(row)) for row in packed["cells"]["status"]]
    assert statuses == [[255 if code is None else code for code in row] for row in listed["cells"]["status"]]
