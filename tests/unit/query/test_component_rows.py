"""Machines and services on the screen of the models they bear on."""

import base64
from dataclasses import replace

import pytest
from tests.unit.pipeline.test_components import API, ILL, POD, START_US, WELL, Running

from seamark.clock import DAY_US
from seamark.errors import Conflict, InvalidInput, NotFound
from seamark.query.answerable import answerable_alert, answerable_incident
from seamark.query.incidents import incident, incidents
from seamark.query.metrics import MetricQuestions
from seamark.query.models import models
from seamark.query.overview import overview
from seamark.query.questions import Questions
from seamark.records.answer import AnswerKind
from seamark.records.blocks import SlowStep
from seamark.records.model import Model
from seamark.records.window import Window


@pytest.fixture(scope="module")
def running():
    """A service that was well for two hours and then fails, beside a model that nobody has asked yet."""
    found = Running(ignored=("error_burn_slow",))
    of_model(found, "fraud")
    found.passes(120, **WELL)
    found.passes(5, **ILL)
    return found


def of_model(running, *names):
    made = tuple(Model("shop", name, START_US) for name in names)
    running.store.slow.commit(SlowStep(running.store.slow.watermark(), models=made))


def grid(running, model="fraud", **asked):
    window = Window(START_US, running.now_us)
    return overview(running.store, "shop", model, window, now_us=running.now_us, **asked)


def rows(shown):
    """monitor → state, layer, unit."""
    told = shown["signals"]
    return {name: (told["state"][at], told["layer"][at], told["unit"][at]) for at, name in enumerate(told["monitor"])}


def test_what_bears_on_a_model_has_rows_up_to_the_last_minute(running):
    shown = grid(running)
    assert rows(shown)["service/api:server_error_rate"] == ("firing", "serving", "share")
    place = shown["signals"]["monitor"].index("service/api:server_error_rate")
    assert shown["cells"]["status"][place] == [0, 0, 2]
    assert shown["signals"]["latest"][place] == pytest.approx(0.5, rel=1e-2)
    assert shown["signals"]["threshold"][place] == pytest.approx(0.05)
    assert len(shown["windows"]["start_ms"]) == len(shown["windows"]["rows"]) == 3
    assert shown["components"] == {"how": "only_model", "labels": ["service/api"]}


def test_a_firing_row_stands_first_and_a_burn_rate_only_where_it_was_past(running):
    assert grid(running)["signals"]["monitor"] == ["service/api:server_error_rate", "service/api:no_data"]
    burning = Running(min_requests=10)
    of_model(burning, "fraud")
    burning.passes(10, **ILL)
    assert "service/api:error_burn_fast" in grid(burning)["signals"]["monitor"]


def test_packed_cells_say_the_same(running):
    listed, packed = grid(running), grid(running, packed=True)
    for told, spelled in zip(listed["cells"]["status"], packed["cells"]["status"], strict=True):
        assert [255 if each is None else each for each in told] == list(base64.b64decode(spelled))


def test_a_version_or_a_segment_has_no_machines_of_its_own(running):
    assert grid(running, version="2")["signals"]["monitor"] == []


def test_a_model_shows_the_incidents_of_what_bears_on_it(running):
    [found] = incidents(running.store, "shop", model="fraud", now_us=running.now_us)["incidents"]
    assert "service/api:server_error_rate" in found["monitors"]
    assert grid(running)["incidents"][0]["id"] == found["id"]
    assert grid(running)["model"]["open_incidents"] == 1
    [alert, *_] = incident(running.store, "shop", found["id"], now_us=running.now_us)["alerts"]
    assert (alert["component"], alert["label"]) == ("service/api", "api")
    [line] = models(running.store, "shop", now_us=running.now_us)["models"]
    assert (line["layers"], line["open_incidents"]) == ({"serving": "firing"}, 1)


def test_a_row_is_a_series_with_its_threshold_by_the_minute_and_by_the_hour(running):
    questions = Questions(running.store)
    asked = {"monitor": "service/api:server_error_rate", "now_us": running.now_us}
    minutes = questions.series("shop", "fraud", window=Window(START_US, running.now_us), **asked)
    assert minutes["window_ms"] == 60_000
    assert minutes["points"]["status"] == [0] * 120 + [2] * 5
    assert minutes["points"]["threshold"][0] == pytest.approx(0.05)
    hours = questions.series("shop", "fraud", window=Window(START_US - 2 * DAY_US, running.now_us), **asked)
    assert (hours["window_ms"], hours["points"]["status"]) == (3_600_000, [0, 0, 2])


def test_there_is_no_new_normal_of_what_nobody_learned(running):
    [alert, *_] = [each for each in running.store.fast.alerts("shop") if each.opened_us]
    with pytest.raises(Conflict, match="told, not learned"):
        answerable_alert(running.store, "shop", alert.id, AnswerKind.ACCEPT)
    with pytest.raises(Conflict, match="told, not learned"):
        answerable_incident(running.store, "shop", alert.incident, AnswerKind.ACCEPT)
    assert answerable_incident(running.store, "shop", alert.incident, AnswerKind.EXPECTED)


def test_of_several_models_a_component_bears_on_the_one_whose_name_it_carries_or_that_rests_on_it():
    running = Running()
    of_model(running, "fraud", "api", "other")
    running.passes(3, **WELL)
    running.passes(1, POD, restarts=0)
    both = ["container/default/api-0/api", "service/api"]
    assert grid(running, "api")["components"] == {"how": "name", "labels": both}
    assert grid(running, "other")["components"] == {"how": "", "labels": []}
    edges = [("shop", "container/default/api-0/api", "pod/default/api-0"), ("shop", "pod/default/api-0", "model/fraud")]
    running.store.metrics.see(edges, running.now_us)
    running.passes(1)
    assert grid(running, "fraud")["components"] == {"how": "topology", "labels": ["container/default/api-0/api"]}


def test_components_are_listed_with_what_is_wrong(running):
    listed = MetricQuestions(running.store).components("shop")
    assert (listed["kind"], listed["name"], listed["state"]) == (["service"], ["api"], ["firing"])
    assert listed["wrong"] == [["error rate of api 50 %, threshold 5 %"]]
    assert listed["heard_ms"] == [running.now_us // 1000]


def test_what_a_component_is_held_to_is_told_without_any_model(running):
    questions = MetricQuestions(running.store)
    found = questions.component_rules("shop", "service", "api", window=None, now_us=running.now_us)
    by_rule = {each["statistic"]: each for each in found["rules"]}
    assert by_rule["server_error_rate"]["points"]["status"][-6:] == [0, 2, 2, 2, 2, 2]
    assert by_rule["no_data"]["unit"] == "s"
    later = Window(running.now_us + DAY_US, running.now_us + 2 * DAY_US)
    assert questions.component_rules("shop", "service", "api", window=later, now_us=running.now_us)["rules"] == []


def test_what_was_never_judged_and_what_is_no_kind_are_told_apart(running):
    questions = MetricQuestions(running.store)
    with pytest.raises(NotFound, match="Nothing was judged"):
        questions.component_rules("shop", "service", "cart", window=None, now_us=running.now_us)
    with pytest.raises(InvalidInput, match="no kind"):
        questions.component_rules("shop", "robot", "api", window=None, now_us=running.now_us)


def test_a_grid_with_very_many_rows_shows_those_that_moved():
    running = Running()
    of_model(running, "fraud")
    for number in range(40):
        running.tell(replace(API, name=f"s{number:02}"), **(ILL if number < 3 else WELL))
    running.passes(1)
    assert set(grid(running)["signals"]["label"]) == {"s00", "s01", "s02"}
