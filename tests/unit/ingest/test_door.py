"""The way in: what is acknowledged is in the log, what is refused is not."""

from __future__ import annotations

import asyncio
import json

import pyarrow as pa
import pytest

from seamark.clock import from_iso
from seamark.errors import InvalidInput, Malformed, NotFound, TooLarge, Unavailable
from seamark.ingest.door import Door
from seamark.ingest.options import IngestOptions
from seamark.records.attribution import Explained, Scale
from seamark.records.log import EntryKind
from seamark.records.options import FeatureOptions, Handling, ModelOptions
from seamark.records.secret import Secret
from seamark.store import tables
from seamark.store.backends.memory import MemoryStore
from seamark.wire.batch import encode
from seamark.wire.media import Media
from seamark.wire.submission import Submission

NOW = from_iso("2026-11-01T12:00:00Z")
TIME = "2026-11-01T11:00:00Z"


@pytest.fixture
def store():
    return MemoryStore()


@pytest.fixture
def doors(store):
    """Makes doors and drains them at the end."""
    made = []

    def make(models=None, **options):
        models = models or {}
        door = Door(
            store.log,
            IngestOptions(**options),
            now_us=lambda: NOW,
            options_for=lambda _project, model: models.get(model, ModelOptions()),
            known_models=lambda _project: {"fraud", "churn"},
        )
        made.append(door)
        return door

    yield make
    for door in made:
        door.drain()


def rows(*found, model="fraud", **changed):
    predictions = [{"id": f"p{n}", "time": TIME, **row} for n, row in enumerate(found)]
    body = json.dumps({"model": model, "predictions": predictions}).encode()
    return Submission(EntryKind.PREDICTIONS, "shop", Media.JSON, body, **changed)


def submit(door, submission):
    return asyncio.run(door.submit(submission))


def logged(store):
    return [each.entry for each in store.log.read(0, 10**9)]


def metric(door, name, label=None):
    found = next(each for each in door.measurements() if each.name == name)
    return sum(value for labels, value in found.samples if label is None or labels == (label,))


def test_an_accepted_batch_is_in_the_log_as_a_canonical_table(doors, store):
    receipt = submit(doors(), rows({"features": {"x": 1}}, {"features": {"x": 2}}))
    (entry,) = logged(store)
    assert (receipt.accepted, receipt.seq) == (2, 1)
    assert (entry.kind, entry.project, entry.model, entry.rows, entry.received_us) == (
        EntryKind.PREDICTIONS, "shop", "fraud", 2, NOW,
    )  # fmt: skip
    assert store.rows.decode(entry.payload)["feature.x"].to_pylist() == [1.0, 2.0]


@pytest.mark.parametrize(
    ("submission", "error", "reason"),
    [
        (Submission(EntryKind.PREDICTIONS, "shop", Media.JSON, b"{"), Malformed, "malformed"),
        (rows({"time": "noon"}), InvalidInput, "invalid"),
        (rows(*[{}] * 11), TooLarge, "too_large"),
        (rows({}, model="fraude"), NotFound, "unknown_model"),
    ],
)
def test_a_refused_batch_leaves_nothing_and_is_counted(doors, store, submission, error, reason):
    door = doors(max_rows=10, auto_create=False)
    with pytest.raises(error):
        submit(door, submission)
    assert logged(store) == []
    assert metric(door, "seamark_ingest_refused_batches", reason) == 1


def test_an_unknown_model_is_answered_with_the_known_ones(doors):
    with pytest.raises(NotFound, match=r"no model 'fraude'; the nearest one is 'fraud'. Known are: churn, fraud"):
        submit(doors(auto_create=False), rows({}, model="fraude"))


def test_a_new_model_is_created_by_its_traffic_unless_told_otherwise(doors):
    assert submit(doors(), rows({}, model="new")).accepted == 1
    assert submit(doors(auto_create=False), rows({}, model="churn")).accepted == 1


def test_dropped_and_hashed_features_never_reach_the_log(doors, store):
    features = {"name": FeatureOptions(Handling.DROP), "email": FeatureOptions(Handling.HASH)}
    door = doors({"fraud": ModelOptions(features=features)}, hash_key=Secret("key", "env:KEY"))
    submit(door, rows({"features": {"name": "Alice", "email": "alice@example.org", "amount": 1}}))
    (entry,) = logged(store)
    assert b"Alice" not in entry.payload
    assert b"alice@example.org" not in entry.payload
    table = store.rows.decode(entry.payload)
    assert table.column_names[3:] == ["feature.email", "feature.amount"]
    assert len(table["feature.email"][0].as_py()) == 32


def test_a_partial_batch_stores_the_good_rows_and_counts_the_others(doors, store):
    door = doors()
    receipt = submit(door, rows({}, {"time": "noon"}, {"score": "high"}, partial=True))
    assert (receipt.accepted, [each.field for each in receipt.refused]) == (1, ["time", "score"])
    assert logged(store)[0].rows == 1
    assert metric(door, "seamark_ingest_refused_rows", "time") == 1


def test_a_partial_batch_without_a_good_row_stores_nothing(doors, store):
    receipt = submit(doors(), rows({"time": "noon"}, partial=True))
    assert (receipt.accepted, receipt.seq, len(receipt.refused)) == (0, None, 1)
    assert logged(store) == []


def test_a_repeated_key_stores_the_batch_once(doors, store):
    door = doors()
    receipts = [submit(door, rows({}, idempotency_key="k")) for _ in range(2)]
    assert [receipt.seq for receipt in receipts] == [1, 1]
    assert len(logged(store)) == 1


def test_a_large_body_is_decoded_beside_the_loop_with_the_same_result(doors, store):
    text = "x" * 1_000
    receipt = submit(doors(), rows(*[{"features": {"x": text}}] * 1_500))
    assert receipt.accepted == 1_500
    assert store.rows.decode(logged(store)[0].payload)["feature.x"].unique().to_pylist() == [text]


def test_arrow_and_outcomes_come_in_too(doors, store):
    door = doors()
    time = pa.array([NOW], pa.int64()).cast(pa.timestamp("us", "UTC"))
    body = encode(pa.table({"id": ["a"], "time": time, "value.label": [1]}))
    submit(door, Submission(EntryKind.OUTCOMES, "shop", Media.ARROW, body, model="fraud"))
    body = json.dumps({"model": "fraud", "outcomes": [{"id": "a", "time": TIME, "values": {"label": 1}}]}).encode()
    submit(door, Submission(EntryKind.OUTCOMES, "shop", Media.JSON, body))
    assert [store.rows.decode(entry.payload)["value.label"].to_pylist() for entry in logged(store)] == [[1.0], [1.0]]
    assert metric(door, "seamark_ingest_rows", "outcomes") == 2


def test_a_change_is_logged_and_named_by_its_place(doors, store):
    door = doors()
    submit(door, rows({}))
    body = {"kind": "deploy", "time": TIME, "summary": "v2", "model": "fraud", "version": "2"}
    change = asyncio.run(door.change("shop", json.dumps(body).encode()))
    entry = logged(store)[1]
    assert change.id == "chg_2"
    assert (entry.kind, entry.model) == (EntryKind.CHANGE, "fraud")
    assert json.loads(entry.payload) == {
        "kind": "deploy", "time_us": from_iso(TIME), "summary": "v2", "service": None, "version": "2", "url": None,
    }  # fmt: skip


def test_a_reference_may_have_more_rows_than_a_batch_and_says_what_it_inferred(doors, store):
    door = doors(max_rows=10, max_baseline_rows=100)
    body = ("amount,y_pred\n" + "1.5,1\n" * 50).encode()
    receipt = asyncio.run(door.baseline(Submission(EntryKind.REFERENCE, "shop", Media.CSV, body, model="fraud")))
    assert (receipt.accepted, receipt.notes) == (50, ("Column 'y_pred' is taken as the prediction.",))
    assert logged(store)[0].kind is EntryKind.REFERENCE
    with pytest.raises(TooLarge, match="The batch has 101 rows; at most 100 are accepted"):
        asyncio.run(
            door.baseline(Submission(EntryKind.REFERENCE, "shop", Media.CSV, b"a\n" + b"1\n" * 101, model="fraud"))
        )


def test_a_reference_is_for_a_model_with_a_name(doors):
    with pytest.raises(InvalidInput, match="model '' is not a name"):
        asyncio.run(doors().baseline(Submission(EntryKind.REFERENCE, "shop", Media.CSV, b"a\n1\n")))


def explaining(document, model="fraud", explained=None):
    body = json.dumps(document).encode()
    return Submission(EntryKind.ATTRIBUTIONS, "shop", Media.JSON, body, model, explained=explained)


MEANS = {"features": {"country": {"categories": ["FR", "US"], "mean": [0.5, -0.5]}}}


def test_attributions_are_logged_with_what_they_explain_and_what_was_said_of_them(doors, store):
    said = explaining(MEANS, explained=Explained("score.cat", Scale.LOG_ODDS))
    receipt = asyncio.run(doors().attributions(said, lambda table: [f"{table.num_rows} bins"]))
    assert (receipt.seq, receipt.notes) == (1, ("2 bins",))
    (entry,) = logged(store)
    assert (entry.kind, entry.model, entry.rows) == (EntryKind.ATTRIBUTIONS, "fraud", 2)
    table = tables.decode(entry.payload)
    assert table.to_pydict() == {"feature.country": ["FR", "US"], "attribution.country": [0.5, -0.5]}
    assert Explained.from_metadata(table.schema.metadata) == Explained("score.cat", Scale.LOG_ODDS, per_bin=True)


def test_attributions_that_do_not_fit_are_not_logged(doors, store):
    def refuse(_table):
        raise InvalidInput("They are of another model.")

    door = doors()
    with pytest.raises(InvalidInput, match="of another model"):
        asyncio.run(door.attributions(explaining(MEANS), refuse))
    with pytest.raises(InvalidInput, match="model '' is not a name"):
        asyncio.run(door.attributions(explaining(MEANS, model=""), lambda _: []))
    with pytest.raises(NotFound):
        asyncio.run(doors(auto_create=False).attributions(explaining(MEANS, model="none"), lambda _: []))
    assert logged(store) == []


def test_attributions_of_hashed_features_name_hashed_categories(doors, store):
    features = {"country": FeatureOptions(Handling.HASH)}
    door = doors({"fraud": ModelOptions(features=features)}, hash_key=Secret("key", "env:KEY"))
    asyncio.run(door.attributions(explaining(MEANS), lambda _: []))
    rows = {"columns": {"feature.country": ["US"], "attribution.country": [0.1]}}
    asyncio.run(door.attributions(explaining(rows), lambda _: []))
    means, single = (tables.decode(entry.payload)["feature.country"].to_pylist() for entry in logged(store))
    assert means[1] == single[0] != "US"


def test_the_wish_for_a_baseline_of_stored_traffic_is_logged(doors, store):
    body = {"from": "2026-10-01T00:00:00Z", "to": "2026-10-08T00:00:00Z"}
    window, seq = asyncio.run(doors().baseline_from_traffic("shop", "fraud", json.dumps(body).encode()))
    entry = logged(store)[0]
    assert (seq, entry.kind, entry.model) == (1, EntryKind.ACTION, "fraud")
    assert json.loads(entry.payload) == {
        "action": "baseline", "from_us": window.start_us, "to_us": window.end_us, "version": None,
    }  # fmt: skip
    with pytest.raises(NotFound):
        asyncio.run(doors(auto_create=False).baseline_from_traffic("shop", "none", json.dumps(body).encode()))


def test_a_table_decoded_elsewhere_is_logged_with_its_privacy(doors, store):
    door = doors({"fraud": ModelOptions(features={"name": FeatureOptions(Handling.DROP)})})
    table = pa.table({"id": ["a"], "feature.name": ["Alice"]})
    assert door.table_blocking("shop", EntryKind.PREDICTIONS, "fraud", table).seq == 1
    assert door.table_blocking("shop", EntryKind.PREDICTIONS, "fraud", table).seq == 2
    assert all(b"Alice" not in entry.payload for entry in logged(store))


def test_a_drained_door_takes_nothing_more(doors, store):
    door = doors()
    assert door.drain() is True
    with pytest.raises(Unavailable, match="Seamark is stopping"):
        submit(door, rows({}))
    assert metric(door, "seamark_ingest_refused_batches", "unavailable") == 1


def test_what_clients_dropped_counts_once_however_often_they_say_it(doors):
    door = doors()

    def say(instance, dropped):
        note = {"sdk": "x/1", "instance": instance, "dropped": dropped}
        body = {"model": "fraud", "client": note, "predictions": [{"id": "a", "time": TIME}]}
        submit(door, Submission(EntryKind.PREDICTIONS, "shop", Media.JSON, json.dumps(body).encode()))

    for instance, dropped in [
        ("i", {"full": 2}),
        ("i", {"full": 2}),
        ("j", {"full": 3}),
        ("i", {"full": 5, "late": 1}),
    ]:
        say(instance, dropped)
    assert metric(door, "seamark_client_dropped_rows", "full") == 8
    assert metric(door, "seamark_client_dropped_rows", "late") == 1


def test_shortened_texts_are_counted(doors):
    door = doors(max_string_chars=5)
    submit(door, rows({"features": {"x": "123456"}}, {"features": {"x": "12345"}}))
    assert metric(door, "seamark_ingest_shortened_texts") == 1


@pytest.mark.parametrize("name", ["max_body_bytes", "queue_rows", "drain_seconds"])
def test_a_bound_that_lets_nothing_in_is_refused(name):
    with pytest.raises(InvalidInput, match=f"{name} must be at least 1, not 0"):
        IngestOptions(**{name: 0})
