"""Every row counts exactly once: in the row files, in the blocks, in the model's totals."""

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.profile.traffic import (
    FRAUD,
    START_US,
    absorb_all,
    absorber,
    entry,
    memory_store,
    predictions,
    settle,
    stored_rows,
)

from seamark.clock import HOUR_US
from seamark.profile.counting import count_by_hour
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import Task
from seamark.records.window import Window
from seamark.stats.profile import Profile

EVER = Window(0, 2**62)


def with_reference(store, lane, rows=2_000):
    store.log.append([entry(predictions(rows, seed=99), EntryKind.REFERENCE)])
    absorb_all(store, lane)
    settle(store, lane)


def assert_profiles_equal_a_recount(store, lane):
    model = store.slow.model(*FRAUD)
    bin_set = lane.bin_sets.get(*FRAUD, model.bin_set)
    recount = count_by_hour(stored_rows(store), bin_set)
    blocks = store.slow.profiles(*FRAUD, model.bin_set, EVER)
    assert {("", block.key.version, block.key.hour_us) for block in blocks} == set(recount)
    for block in blocks:
        profile = Profile.from_bytes(block.payload, bin_set)
        counted = recount["", block.key.version, block.key.hour_us]
        assert np.array_equal(profile.totals, counted.totals)
        assert np.array_equal(profile.minimum, counted.minimum)
        assert block.rows == counted.rows


@settings(deadline=None, max_examples=25)
@given(
    batches=st.lists(st.tuples(st.integers(1, 60), st.integers(0, 3), st.sampled_from(["1", "2"])), max_size=8),
    slice_rows=st.integers(1, 200),
    reference_at=st.integers(0, 8),
)
def test_profiles_equal_a_recount_however_rows_are_cut_and_whenever_the_reference_comes(
    batches, slice_rows, reference_at
):
    store = memory_store()
    lane = absorber(store, slice_rows=slice_rows)
    for number, (rows, hour, version) in enumerate(batches):
        if number == reference_at:
            store.log.append([entry(predictions(500, seed=99), EntryKind.REFERENCE)])
        store.log.append([entry(predictions(rows, seed=number, first_hour=hour, version=version))])
    if reference_at >= len(batches):
        store.log.append([entry(predictions(500, seed=99), EntryKind.REFERENCE)])
    absorb_all(store, lane)
    settle(store, lane, slice_rows=slice_rows)
    model = store.slow.model(*FRAUD)
    assert model.bin_set is not None
    assert model.rows == sum(rows for rows, _, _ in batches)
    if batches:
        assert_profiles_equal_a_recount(store, lane)


def test_the_same_rows_sent_again_count_once():
    store = memory_store()
    lane = absorber(store)
    with_reference(store, lane)
    rows = predictions(300)
    store.log.append([entry(rows), entry(rows.slice(100, 50))])
    absorb_all(store, lane)
    store.log.append([entry(rows.slice(10, 200))])
    absorb_all(store, lane)
    model = store.slow.model(*FRAUD)
    assert (model.rows, model.duplicates) == (300, 250)
    assert stored_rows(store).num_rows == 300
    assert_profiles_equal_a_recount(store, lane)


def test_the_same_rows_sent_again_after_a_restart_count_once():
    store = memory_store()
    with_reference(store, absorber(store))
    rows = predictions(300)
    store.log.append([entry(rows)])
    absorb_all(store, absorber(store))
    store.log.append([entry(rows)])
    restarted = absorber(store)
    absorb_all(store, restarted)
    assert store.slow.model(*FRAUD).duplicates == 300
    assert_profiles_equal_a_recount(store, restarted)


def test_a_shadow_version_may_score_the_same_id():
    store = memory_store()
    lane = absorber(store)
    with_reference(store, lane)
    rows = predictions(100)
    store.log.append([entry(rows), entry(rows.set_column(2, "version", pa.array(["shadow"] * 100)))])
    absorb_all(store, lane)
    model = store.slow.model(*FRAUD)
    assert (model.rows, model.duplicates, model.versions) == (200, 0, ("1", "shadow"))


def test_the_first_thousand_rows_make_a_provisional_reference_and_count_themselves():
    store = memory_store()
    lane = absorber(store)
    store.log.append([entry(predictions(999))])
    absorb_all(store, lane)
    settle(store, lane)
    assert store.slow.model(*FRAUD).bin_set is None
    store.log.append([entry(predictions(1, seed=2))])
    absorb_all(store, lane)
    settle(store, lane)
    model = store.slow.model(*FRAUD)
    assert model.bin_set is not None
    assert lane.bin_sets.is_provisional(*FRAUD, model.bin_set)
    assert_profiles_equal_a_recount(store, lane)


def test_a_reference_replaces_the_provisional_one_and_old_windows_are_judged_again():
    store = memory_store()
    lane = absorber(store)
    store.log.append([entry(predictions(1_500))])
    absorb_all(store, lane)
    settle(store, lane)
    with_reference(store, lane)
    model = store.slow.model(*FRAUD)
    assert not lane.bin_sets.is_provisional(*FRAUD, model.bin_set)
    assert model.evaluated_through_us is None
    assert_profiles_equal_a_recount(store, lane)


def test_a_period_of_stored_traffic_can_become_the_baseline():
    store = memory_store()
    lane = absorber(store)
    with_reference(store, lane)
    before = store.slow.model(*FRAUD).bin_set
    store.log.append([entry(predictions(800, hours=4))])
    wish = {"action": "baseline", "from_us": START_US, "to_us": START_US + 2 * HOUR_US, "version": None}
    store.log.append([LogEntry(EntryKind.ACTION, *FRAUD, START_US, 0, json.dumps(wish).encode())])
    absorb_all(store, lane)
    settle(store, lane)
    model = store.slow.model(*FRAUD)
    assert model.bin_set > before
    baseline = lane.bin_sets.baseline(*FRAUD, model.bin_set)
    in_period = [
        row for row in stored_rows(store)["time"].to_pylist() if row.timestamp() * 1e6 < START_US + 2 * HOUR_US
    ]
    assert baseline.rows == len(in_period)


def test_a_wish_for_an_empty_period_changes_nothing():
    store = memory_store()
    lane = absorber(store)
    with_reference(store, lane)
    before = store.slow.model(*FRAUD)
    wish = {"action": "baseline", "from_us": 0, "to_us": HOUR_US, "version": None}
    store.log.append([LogEntry(EntryKind.ACTION, *FRAUD, START_US, 0, json.dumps(wish).encode())])
    absorb_all(store, lane)
    assert store.slow.model(*FRAUD) == before


def test_changes_get_the_id_their_sender_was_told():
    store = memory_store()
    fields = {"kind": "deploy", "time_us": START_US, "summary": "v2", "service": None, "version": "2", "url": None}
    seqs = store.log.append([LogEntry(EntryKind.CHANGE, *FRAUD, START_US, 0, json.dumps(fields).encode())])
    absorb_all(store, absorber(store))
    (change,) = store.fast.changes("default", EVER)
    assert (change.id, change.kind, change.version, change.model) == (f"chg_{seqs[0]}", "deploy", "2", "fraud")


def test_outcomes_are_kept_even_for_a_model_nobody_has_seen():
    store = memory_store()
    outcomes = predictions(5).select(["id", "time"]).append_column("value.label", pa.array([1.0] * 5))
    store.log.append([entry(outcomes, EntryKind.OUTCOMES)])
    absorb_all(store, absorber(store))
    assert sum(file.rows for file in store.rows.files("outcomes", *FRAUD)) == 5


def test_a_model_that_logs_only_predictions_is_served():
    store = memory_store()
    lane = absorber(store)
    bare = predictions(1_200).select(["id", "time", "version", "prediction"])
    store.log.append([entry(bare)])
    absorb_all(store, lane)
    settle(store, lane)
    model = store.slow.model(*FRAUD)
    bin_set = lane.bin_sets.get(*FRAUD, model.bin_set)
    assert [signal.name for signal in bin_set.signals] == ["prediction"]
    assert model.task is Task.BINARY


def test_batches_that_type_a_feature_differently_are_all_counted():
    store = memory_store()
    lane = absorber(store)
    with_reference(store, lane)
    texts = pa.array([*(str(number) for number in range(48)), "broken", None])
    column = predictions(50).schema.get_field_index("feature.amount")
    as_text = predictions(50, seed=7).set_column(column, "feature.amount", texts)
    store.log.append([entry(predictions(50)), entry(as_text)])
    absorb_all(store, lane)
    model = store.slow.model(*FRAUD)
    bin_set = lane.bin_sets.get(*FRAUD, model.bin_set)
    blocks = store.slow.profiles(*FRAUD, model.bin_set, EVER)
    total = Profile.total([Profile.from_bytes(block.payload, bin_set) for block in blocks])
    place = bin_set.position("feature.amount")
    assert (total.rows, total.mistyped[place], total.missing[place]) == (100, 1, 1)
    assert_profiles_equal_a_recount(store, lane)
