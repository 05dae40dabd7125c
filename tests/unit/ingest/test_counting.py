"""What ingest counts about itself, and how /metrics is told."""

from __future__ import annotations

import threading

import pyarrow as pa
import pytest

from seamark.errors import (
    Conflict,
    InvalidInput,
    Malformed,
    NotFound,
    Overloaded,
    TooLarge,
    Unavailable,
)
from seamark.ingest.counters import Counters
from seamark.ingest.measurements import measurements
from seamark.ingest.queue import QueueState
from seamark.records.log import EntryKind
from seamark.records.measurement import MeasurementKind
from seamark.wire.batch import Batch
from seamark.wire.bodies import ClientNote
from seamark.wire.refusal import Refusal

EMPTY = pa.table({"id": pa.array([], pa.string())})
IDLE = QueueState(0, 0, 0, 0, 0, 0, 0.0)


def batch(**changed):
    return Batch(EntryKind.PREDICTIONS, "m", EMPTY, **changed)


def refusal(field):
    return Refusal(0, field, None, "", "")


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (Malformed("x"), "malformed"),
        (TooLarge("x"), "too_large"),
        (InvalidInput("x"), "invalid"),
        (NotFound("x"), "unknown_model"),
        (Overloaded("x", retry_after_seconds=1), "overloaded"),
        (Unavailable("x"), "unavailable"),
        (Conflict("x"), "other"),
    ],
)
def test_a_refused_batch_is_counted_under_its_reason(error, reason):
    counters = Counters()
    counters.refused(error)
    assert counters.totals().refused_batches == {reason: 1}


def test_accepted_batches_rows_and_bytes_are_counted_by_kind():
    counters = Counters()
    counters.accepted(EntryKind.PREDICTIONS, 10, 500)
    counters.accepted(EntryKind.PREDICTIONS, 5, 100)
    counters.accepted(EntryKind.OUTCOMES, 1, 20)
    totals = counters.totals()
    assert totals.batches == {"predictions": 2, "outcomes": 1}
    assert totals.rows == {"predictions": 15, "outcomes": 1}
    assert totals.body_bytes == {"predictions": 600, "outcomes": 20}


def test_refused_rows_are_counted_by_the_first_part_of_their_field():
    """A label per feature name would let a caller fill the memory of whoever scrapes."""
    counters = Counters()
    counters.decoded(batch(refused=(refusal("time"), refusal("score.cat"), refusal("score.dog"))))
    assert counters.totals().refused_rows == {"time": 1, "score": 2}


def test_a_sender_that_starts_anew_counts_from_nothing():
    counters = Counters()
    for instance, dropped in [("a", 5), ("b", 2), ("b", 2), ("a", 6)]:
        counters.decoded(batch(client=ClientNote("sdk", instance, {"full": dropped})))
    assert counters.totals().dropped_by_clients == {"full": 8}


def test_a_batch_that_comes_late_takes_nothing_back():
    """Retries overtake each other: an older total must not make the count grow again."""
    counters = Counters()
    for dropped in (5, 3, 5):
        counters.decoded(batch(client=ClientNote("sdk", "a", {"full": dropped})))
    assert counters.totals().dropped_by_clients == {"full": 5}


def test_senders_and_reasons_are_bounded():
    counters = Counters()
    for number in range(3_000):
        counters.decoded(batch(client=ClientNote("sdk", f"instance {number}", {f"reason {number}": 1})))
    assert len(counters.totals().dropped_by_clients) == 100
    assert len(counters._senders) == 1_000


def test_counting_from_many_threads_loses_nothing():
    counters = Counters()

    def count():
        for _ in range(500):
            counters.accepted(EntryKind.PREDICTIONS, 2, 3)

    threads = [threading.Thread(target=count) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counters.totals().rows == {"predictions": 8_000}


def test_a_snapshot_does_not_change_afterwards():
    counters = Counters()
    counters.accepted(EntryKind.PREDICTIONS, 1, 1)
    before = counters.totals()
    counters.accepted(EntryKind.PREDICTIONS, 1, 1)
    assert before.rows == {"predictions": 1}


def test_every_measurement_follows_the_rules_of_prometheus():
    counters = Counters()
    counters.accepted(EntryKind.PREDICTIONS, 1, 1)
    found = measurements(counters.totals(), IDLE)
    names = [each.name for each in found]
    assert len(set(names)) == len(names)
    for each in found:
        assert each.name.startswith("seamark_")
        assert not each.name.endswith("_total")  # the exposition adds it to counters
        assert each.help.endswith(".")
        for values, _ in each.samples:
            assert len(values) == len(each.labels)


def test_only_what_waits_may_shrink():
    gauges = [each.name for each in measurements(Counters().totals(), IDLE) if each.kind is MeasurementKind.GAUGE]
    assert gauges == ["seamark_ingest_queue_entries", "seamark_ingest_queue_rows", "seamark_ingest_queue_bytes"]


def test_the_state_of_the_queue_is_told():
    state = QueueState(1, 20, 300, commits=4, committed_entries=50, failed_commits=6, commit_seconds=7.5)
    found = {each.name: each.samples[0][1] for each in measurements(Counters().totals(), state) if each.samples}
    assert found["seamark_ingest_queue_entries"] == 1
    assert found["seamark_ingest_queue_rows"] == 20
    assert found["seamark_ingest_queue_bytes"] == 300
    assert found["seamark_ingest_commits"] == 4
    assert found["seamark_ingest_committed_entries"] == 50
    assert found["seamark_ingest_failed_commits"] == 6
    assert found["seamark_ingest_commit_seconds"] == 7.5
