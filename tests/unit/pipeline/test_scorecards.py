"""A model's scorecard is made when outcomes meet predictions, and counted anew when it changes."""

import numpy as np
import pyarrow as pa
import pytest
from tests.conformance.stored import EVER
from tests.simulation.recount import assert_counted
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US
from seamark.pipeline.tick import Pipeline
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.stats.grading import Grading

ROWS = 300
RETIRED = {"retired": True}  # counted, not judged


@pytest.fixture
def store():
    opened = memory_store()
    opened.log.append(
        [entry(predictions(1_200, seed=9, first_hour=-50), EntryKind.REFERENCE), entry(predictions(ROWS))]
    )
    return opened


def tick(store, **options):
    told = ModelOptions(**RETIRED | options)
    Pipeline(store, lambda _p, _m: told, receivers={}, base_url="http://localhost").tick(START_US + DAY_US)


def tell(store, labels, ids=None, hours=20):
    names = ids or [f"1-{number}" for number in range(len(labels))]
    times = pa.array([START_US + hours * 3_600_000_000] * len(names), pa.timestamp("us", "UTC"))
    store.log.append(
        [entry(pa.table({"id": names, "time": times, "value.label": pa.array(labels)}), EntryKind.OUTCOMES)]
    )


def active(store):
    model = store.slow.model(*FRAUD)
    return next((each for each in store.slow.scorecards(*FRAUD) if each.id == model.scorecard), None)


def test_there_is_no_scorecard_before_an_outcome_meets_a_prediction(store):
    tell(store, [1.0], ids=["nobody"])
    tick(store)
    assert store.slow.scorecards(*FRAUD) == []
    tell(store, [1.0])
    tick(store)
    assert active(store) is not None
    assert assert_counted(store) == 1


def test_another_decision_threshold_makes_another_scorecard_of_the_same_rows(store):
    tell(store, [float(number % 2) for number in range(ROWS)])
    tick(store)
    before = active(store)
    tick(store, decision_thresholds=(0.3,))
    after = active(store)
    assert after.id != before.id
    assert Grading.from_bytes(after.payload).card.threshold == 0.3
    assert assert_counted(store) == ROWS
    tick(store, decision_thresholds=(0.3,))
    assert active(store).id == after.id, "it is made once"


def test_another_reference_makes_another_scorecard_of_the_same_rows(store):
    tell(store, [float(number % 2) for number in range(ROWS)])
    tick(store)
    before = active(store)
    store.log.append([entry(predictions(1_500, seed=8, first_hour=-90), EntryKind.REFERENCE)])
    tick(store)
    assert active(store).bin_set == store.slow.model(*FRAUD).bin_set != before.bin_set
    assert assert_counted(store) == ROWS


def test_a_label_never_seen_is_joined_and_counted_as_unusable(store):
    tell(store, [float(number % 2) for number in range(ROWS - 1)])
    tell(store, ["perhaps"], ids=[f"1-{ROWS - 1}"])
    tick(store)
    grading = Grading.from_bytes(active(store).payload)
    assert grading.card.classes == ("0", "1")
    assert assert_counted(store) == ROWS


def test_outcomes_of_other_types_in_other_batches_are_the_same_labels(store):
    tell(store, [float(number % 2) for number in range(ROWS)])
    tick(store)
    tell(store, [str(number % 2) for number in range(ROWS)], hours=21)
    tick(store)
    tell(store, [bool(number % 2) for number in range(ROWS)], hours=22)
    tick(store)
    assert assert_counted(store) == ROWS
    grading = Grading.from_bytes(active(store).payload)
    hours = store.slow.profiles(*FRAUD, active(store).id, EVER)
    vector = grading.decode([block.payload for block in hours]).sum(axis=0)
    usable, unusable = grading.card.rows(vector[-grading.card.width :])
    assert (usable, unusable) == (ROWS, 0)


def test_a_regression_is_graded_by_its_errors():
    opened = memory_store()
    made = predictions(ROWS).drop_columns(["score"])
    actual = np.random.default_rng(2).normal(100, 20, ROWS)
    made = made.set_column(made.schema.get_field_index("prediction"), "prediction", pa.array(actual + 5.0))
    opened.log.append([entry(made, EntryKind.REFERENCE), entry(made)])
    tell(opened, actual.tolist())
    tick(opened)
    grading = Grading.from_bytes(active(opened).payload)
    assert grading.card.task == "regression"
    assert assert_counted(opened) == ROWS
    hours = opened.slow.profiles(*FRAUD, active(opened).id, EVER)
    vector = grading.decode([block.payload for block in hours]).sum(axis=0)
    found = grading.card.metrics(vector[-grading.card.width :])
    assert found["mae"].value == pytest.approx(5.0, rel=0.01)
