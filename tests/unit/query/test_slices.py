"""Where answers changed, asked of a model in service."""

import json

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel

from seamark.clock import HOUR_US
from seamark.errors import InvalidInput, NotFound
from seamark.profile import cells
from seamark.query import slices as searching
from seamark.query.questions import Questions
from seamark.records.log import EntryKind, LogEntry
from seamark.records.window import Window

QUIET, CHANGED = (Window(START_US + first * HOUR_US, START_US + last * HOUR_US) for first, last in ((0, 12), (12, 24)))


def worse_on_phones_in_france(_rng, columns):
    inside = (columns["feature.country"] == "FR") & (columns["feature.device"] == "phone")
    score = np.where(inside, np.minimum(columns["score"] + 0.3, 1), columns["score"])
    return {**columns, "score": score, "prediction": (score > 0.5).astype(float)}


@pytest.fixture(scope="module")
def served():
    model = ServedModel(70, faults=[(12, worse_on_phones_in_france)], rows_an_hour=500)
    model.run(24, tick_hours=12)
    return model


def ask(served, window=CHANGED, **asked):
    asked = {"target": None, "top": 20, **asked}
    return Questions(served.store, cells).slices(PROJECT, NAME, window=window, **asked, now_us=served.now_us)


def test_the_part_of_the_traffic_that_changed_is_named(served):
    answer = ask(served)
    found = answer["slices"]
    assert len(found["label"]) == 1
    literals = {(found["feature"][0], found["bin"][0]), (found["second_feature"][0], found["second_bin"][0])}
    assert literals == {("feature.country", "= FR"), ("feature.device", "= phone")}
    assert set(found["label"][0].split(" and ")) == {"country = FR", "device = phone"}
    assert found["shift"][0] == pytest.approx(0.3, abs=0.05)
    assert found["share"][0] == pytest.approx(0.25, abs=0.03)
    assert found["strength"][0] > 3 * answer["noise"]


def test_the_answer_says_what_was_looked_at(served):
    answer = ask(served)
    assert (answer["target"], answer["targets"], answer["n"], answer["baseline_n"]) == (
        "score",
        ["score"],
        6000,
        20_000,
    )
    assert answer["tested"] > 100
    assert answer["baseline"].startswith("reference of 20,000 rows")
    assert answer["mean"]["current"] > answer["mean"]["baseline"] + 0.05
    json.dumps(answer, allow_nan=False)


def test_a_quiet_window_has_no_slices(served):
    answer = ask(served, QUIET)
    assert {len(values) for values in answer["slices"].values()} == {0}
    assert answer["noise"] > 0


def test_a_window_without_rows_finds_nothing(served):
    answer = ask(served, Window(0, HOUR_US))
    assert (answer["n"], answer["tested"], answer["mean"]["current"]) == (0, 0, None)


def test_the_same_question_has_the_same_answer_also_of_a_sample(served, monkeypatch):
    monkeypatch.setattr(searching, "MOST_ROWS", 3_000)
    first = ask(served)
    assert first == ask(served)
    assert (first["n"], first["baseline_n"]) == (3_000, 3_000)
    assert first["slices"]["label"] == ask(served)["slices"]["label"]
    assert "device = phone" in first["slices"]["label"][0]


def test_of_very_many_rows_some_files_are_read(served, monkeypatch):
    monkeypatch.setattr(searching, "MOST_READ", 1_000)
    assert 1_000 <= ask(served)["n"] <= 6_000


def test_a_target_may_be_named_and_must_exist(served):
    assert ask(served, target="score") == ask(served)
    with pytest.raises(InvalidInput, match="there is score"):
        ask(served, target="prediction")


def wishing(served, **wish):
    """The baseline is made anew of stored traffic."""
    wish = {"action": "baseline", "version": None, **wish}
    entry = LogEntry(EntryKind.ACTION, PROJECT, NAME, served.now_us, 0, json.dumps(wish).encode())
    served.store.log.append([entry])
    served.pipeline.tick(served.now_us)


def test_a_baseline_of_stored_traffic_is_compared_with_the_rows_of_its_period():
    served = ServedModel(71, faults=[(12, worse_on_phones_in_france)], rows_an_hour=500)
    served.run(24, tick_hours=12)
    wishing(served, from_us=QUIET.start_us, to_us=QUIET.end_us)
    answer = ask(served)
    assert answer["baseline_n"] == 12 * 500
    assert "device = phone" in answer["slices"]["label"][0]
    wishing(served, from_us=CHANGED.start_us, to_us=CHANGED.end_us)
    assert ask(served)["slices"]["label"] == []


def test_a_provisional_baseline_is_compared_with_the_first_rows():
    served = ServedModel(72, faults=[(12, worse_on_phones_in_france)], rows_an_hour=500, reference_rows=0)
    served.run(24, tick_hours=4)
    answer = ask(served)
    assert answer["baseline"].startswith("first traffic")
    assert answer["baseline_n"] >= 1_000
    assert "device = phone" in answer["slices"]["label"][0]


def test_the_newest_reference_is_the_one_compared_with():
    later = ServedModel(73, faults=[(12, worse_on_phones_in_france)], rows_an_hour=500)
    later.run(24, tick_hours=12)
    columns = later.columns(np.random.default_rng(5), 9_000)
    later.log(later._table(np.random.default_rng(6), columns, 0), EntryKind.REFERENCE)
    later.pipeline.tick(later.now_us)
    assert ask(later)["baseline_n"] == 9_000


def test_rows_of_a_baseline_that_are_gone_are_missed(served, monkeypatch):
    rows = served.store.rows
    listed = rows.files
    monkeypatch.setattr(rows, "files", lambda kind, *where: [] if kind == "reference" else listed(kind, *where)[:0])
    with pytest.raises(NotFound, match="not stored any more; send its reference again"):
        ask(served)


def classes(rng, rows):
    age = rng.normal(40, 10, rows)
    return {
        "feature.age": age,
        "feature.gap": np.where(rng.random(rows) < 0.3, np.nan, age),
        "prediction": pick(rng, rows),
    }


def pick(rng, rows):
    return rng.choice(["cat", "dog", "cow"], rows)


def cats_where_the_gap_is(_rng, columns):
    return {**columns, "prediction": np.where(np.isnan(columns["feature.gap"]), "cat", columns["prediction"])}


def test_missing_values_and_shares_of_classes_make_slices_too():
    served = ServedModel(74, columns=classes, faults=[(12, cats_where_the_gap_is)], rows_an_hour=500)
    served.run(24, tick_hours=12)
    answer = ask(served)
    assert answer["target"] == "prediction=cat"
    assert answer["slices"]["label"] == ["gap missing"]
    assert answer["slices"]["second_feature"] == [None]
    assert answer["slices"]["mean"] == [1.0]


def test_ordered_features_are_cut_into_few_parts():
    def older(_rng, columns):
        score = np.where(columns["feature.age"] > 53, columns["score"] / 2, columns["score"])
        return {**columns, "score": score}

    aged = ServedModel(75, faults=[(12, older)], rows_an_hour=500)
    aged.run(24, tick_hours=12)
    found = ask(aged)["slices"]
    assert found["feature"][0] == "feature.age"
    assert found["bin"][0].startswith(("≥", ">"))
    assert found["share"][0] == pytest.approx(1 / 6, abs=0.06)


def test_a_model_without_answers_has_no_slices():
    served = ServedModel(76, columns=lambda rng, rows: {"feature.x": rng.random(rows)})
    served.run(1)
    with pytest.raises(NotFound, match="neither scores nor predictions"):
        ask(served)
