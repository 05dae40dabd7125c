"""A new version beside the old one, or in its place: is it the model or the population?"""

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, binary_columns, shifted

from seamark.clock import DAY_US, HOUR_US
from seamark.detect import blocks
from seamark.query.questions import Questions
from seamark.records.alert import AlertState
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.protocol import Store

EVER = Window(0, 2**62)
OPTIONS = ModelOptions(window_seconds=3600, baseline="static")


def rescored(_rng, columns):
    """Another model on the same rows."""
    score = columns["score"] * 0.7
    return {**columns, "score": score, "prediction": (score > 0.5).astype(float)}


def richer(rng, columns):
    """The same model on rows with larger amounts."""
    rows = len(columns["score"])
    many = binary_columns(rng, 4 * rows)
    chosen = np.argsort(-np.log(many["feature.amount"]) + rng.normal(0, 1.2, 4 * rows))[:rows]
    return {name: values[chosen] for name, values in many.items()}


def same(_rng, columns):
    return columns


def renamed(table: pa.Table, version: str) -> pa.Table:
    ids = pa.array([f"{version}-{id}" for id in table["id"].to_pylist()])
    return table.set_column(0, "id", ids).set_column(2, "version", pa.array([version] * table.num_rows))


def canary(seed, change, *, hours=8, rows=100):
    """Half a day of version 1, then version 2 beside it."""
    served = ServedModel(seed, options=OPTIONS)
    served.run(12, tick_hours=12)
    for _ in range(hours):
        rng = np.random.default_rng([seed, 7, served.hour])
        served.log(renamed(served._table(rng, change(rng, served.columns(rng, rows)), served.hour), "2"))
        served.run(1)
    return served


def of_version(served, version):
    firing = (alert for alert in served.alerts() if alert.state is AlertState.FIRING)
    return {alert.signal for alert in firing if alert.version == version}


def test_a_canary_that_answers_differently_is_told_from_its_population():
    served = canary(1, rescored)
    assert of_version(served, "2") == {"score", "prediction"}
    (incident,) = served.incidents()
    cause = incident.causes[0]
    assert (cause.kind, cause.subject) == ("version", "2")
    assert cause.summary == "Version 2 answers differently from the rest on the same population: prediction, score"
    assert abs(incident.onset_us - (START_US + 12 * HOUR_US)) <= HOUR_US


def test_a_canary_that_gets_another_population_is_not_taken_for_another_model():
    served = canary(2, richer)
    assert {"feature.amount", "score"} <= of_version(served, "2")
    (incident,) = served.incidents()
    cause = incident.causes[0]
    assert cause.summary.startswith("Version 2 gets another population than the rest (amount), which explains ")


@pytest.mark.parametrize("seed", [3, 4])
def test_a_canary_that_is_like_the_rest_is_no_news(seed):
    served = canary(seed, same, hours=24, rows=60)
    assert of_version(served, "2") == set()
    assert served.incidents() == []
    judged = served.store.slow.evaluations(PROJECT, NAME, EVER, version="2")
    assert len(judged) == 24


def test_a_small_canary_is_judged_on_more_hours():
    served = canary(5, same, hours=10, rows=30)
    stored = served.store.slow.evaluations(PROJECT, NAME, EVER, version="2")
    spans = [int(blocks.unpack(block)["span"].max()) for block in stored]
    assert (spans[0], spans[-1]) == (24, 24)
    assert [block.rows for block in stored] == [30 * hour for hour in range(1, 11)]


def test_the_comparison_ends_with_the_old_version_and_so_do_its_alerts():
    served = canary(6, rescored)
    for _ in range(50):
        served.log(renamed(served.traffic(served.hour, 100), "2"))
        served.hour += 1
    served.pipeline.tick(served.now_us)
    assert of_version(served, "2") == set()


def test_a_version_that_takes_over_is_blamed_for_what_begins_with_it():
    served = ServedModel(7, options=OPTIONS)
    served.run(30, tick_hours=6)
    for _ in range(6):
        rng = np.random.default_rng([7, 8, served.hour])
        rows = rescored(rng, served.columns(rng, 300))
        served.log(renamed(served._table(rng, rows, served.hour), "2"))
        served.hour += 1
        served.pipeline.tick(served.now_us)
    (incident,) = served.incidents()
    assert "score" in incident.title
    cause = incident.causes[0]
    assert (cause.kind, cause.subject) == ("version", "2")
    assert cause.summary == "version 2 began to answer when this began"
    assert cause.score > 0.5


def test_an_older_version_is_not_blamed():
    served = ServedModel(8, options=OPTIONS, faults=[(60, shifted("score", 0.2))])
    served.run(10, tick_hours=10)
    served.log(renamed(served.traffic(10, 300), "2"))
    served.run(56, tick_hours=6)
    assert served.incidents()
    assert all(cause.kind != "version" for incident in served.incidents() for cause in incident.causes)


def asked(served):
    window = Window(START_US + 12 * HOUR_US, served.now_us)
    answer = Questions(served.store).versions(PROJECT, NAME, window=window, now_us=served.now_us)
    return {each["version"]: each for each in answer["versions"]}


def test_the_question_about_versions_is_answered_alike():
    of = asked(canary(10, rescored, hours=5))
    assert of["1"]["verdict"] is None
    said = "Version 2 answers differently from the rest on the same population: prediction, score."
    assert of["2"]["verdict"] == said
    assert of["1"]["n"] + of["2"]["n"] == 5 * 400
    of = asked(canary(11, richer, hours=5))
    assert of["2"]["verdict"].startswith("Version 2 gets another population than the rest (amount), which explains")
    assert of["2"]["explained"] > 0.5
    of = asked(canary(12, same, hours=5))
    assert of["2"]["verdict"].startswith("Version 2 does not differ from the rest")


def test_a_model_knows_since_when_each_version_answers():
    served = canary(9, same, hours=2)
    late = renamed(served.traffic(5, 20), "2")
    served.log(late)
    served.run(1)
    store: Store = served.store
    first = store.slow.model(PROJECT, NAME).first_us
    assert first["1"] - START_US < HOUR_US
    assert START_US + 5 * HOUR_US <= first["2"] < START_US + 6 * HOUR_US
    assert first["2"] - START_US < DAY_US
