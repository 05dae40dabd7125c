import numpy as np
import pytest
from tests.unit.ingest.heard import START_US, Heard

from seamark.clock import DAY_US, MINUTE_US
from seamark.errors import InvalidInput, NotFound
from seamark.query.metrics import MetricQuestions
from seamark.records.window import Window

NOW_US = START_US + 10 * MINUTE_US
FOUR = Window(START_US, START_US + 4 * MINUTE_US)


@pytest.fixture
def heard():
    """A service with a minute of silence, and its process."""
    heard = Heard()
    for minute, total in ((0, 0), (1, 60), (3, 180)):
        heard.push(
            ("request_predict_seconds_count", {"model_name": "iris"}, total),
            ("request_predict_seconds_bucket", {"model_name": "iris", "le": "0.1"}, total / 2),
            ("request_predict_seconds_bucket", {"model_name": "iris", "le": "0.3"}, total),
            ("request_predict_seconds_bucket", {"model_name": "iris", "le": "+Inf"}, total),
            ("process_resident_memory_bytes", {"job": "iris", "instance": "a"}, 100 + minute),
            ("process_resident_memory_bytes", {"job": "iris", "instance": "a"}, 200 + minute, minute * 60 + 15.0),
            at=60 * minute,
        )
    heard.door.flush()
    return heard


def asked(heard, kind, name, window=FOUR):
    found = MetricQuestions(heard.store).component_metrics("shop", kind, name, window=window, now_us=NOW_US)
    return found, {each["metric"]: each for each in found["series"]}


def test_everything_there_are_metrics_of_is_listed(heard):
    assert MetricQuestions(heard.store).components("shop") == {
        "kind": ["model", "process"],
        "name": ["iris", "iris/a"],
        "layers": [["serving"], ["infrastructure"]],
        "metrics": [["latency_seconds", "requests"], ["memory_bytes"]],
        "heard_ms": [None, None],
        "state": ["", ""],
        "wrong": [[], []],
    }
    assert MetricQuestions(heard.store).components("other")["name"] == []


def test_a_counter_is_told_per_second_and_silence_is_null(heard):
    found, series = asked(heard, "model", "iris")
    assert found["step_ms"] == 60_000
    assert found["start_ms"] == [(START_US + minute * MINUTE_US) // 1000 for minute in range(4)]
    assert series["requests"]["value"] == [None, 1.0, None, 2.0]
    assert series["requests"]["unit"] == "requests/s"


def test_a_histogram_is_told_as_quantiles(heard):
    _, series = asked(heard, "model", "iris")
    latency = series["latency_seconds"]
    assert latency["p50"] == [None, pytest.approx(0.1), None, pytest.approx(0.1)]
    assert latency["p95"][1] == pytest.approx(0.28)
    assert latency["per_second"] == [None, 1.0, None, 2.0]


def test_a_gauge_is_told_with_its_extremes(heard):
    _, series = asked(heard, "process", "iris/a")
    memory = series["memory_bytes"]
    assert (memory["value"][0], memory["least"][0], memory["most"][0]) == (150, 100, 200)
    assert memory["label"] == "memory in use"


def test_a_long_range_has_wider_points_and_the_same_sum(heard):
    found, series = asked(heard, "model", "iris", Window(START_US - 2 * DAY_US, START_US + DAY_US))
    assert found["step_ms"] == 300_000
    assert len(found["start_ms"]) <= 1_000
    assert np.nansum(np.array(series["requests"]["value"], dtype=float)) * 300 == pytest.approx(180)


def test_by_default_the_last_three_hours_are_told(heard):
    found, series = asked(heard, "model", "iris", None)
    assert found["to_ms"] - found["from_ms"] == 3 * 3_600_000
    assert series["requests"]["layer"] == "serving"


def test_a_component_that_is_silent_is_known_and_one_that_never_was_is_not(heard):
    found, _ = asked(heard, "model", "iris", Window(START_US + DAY_US, START_US + 2 * DAY_US))
    assert (found["series"], found["start_ms"]) == ([], [])
    with pytest.raises(NotFound, match="no metrics of the model 'rose'"):
        asked(heard, "model", "rose")
    with pytest.raises(InvalidInput, match="no kind 'planet'"):
        asked(heard, "planet", "iris")
