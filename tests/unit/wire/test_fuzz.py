"""Whatever JSON arrives, the decoders answer with a batch or with a sentence."""

from __future__ import annotations

import json

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, TIME, request

from seamark.clock import from_iso
from seamark.errors import InvalidInput
from seamark.records import rows
from seamark.records.log import EntryKind
from seamark.wire import bodies, documents
from seamark.wire.batch import encode
from seamark.wire.json import CHANGE_KINDS

values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(10**300, 10**310)
    | st.floats()
    | st.text(max_size=6)
    | st.just(TIME),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def fields_of(struct):
    return st.dictionaries(st.sampled_from(struct.__struct_fields__) | st.text(max_size=6), values, max_size=8)


def bodies_of(struct, rows, row):
    plain = st.dictionaries(st.sampled_from([*struct.__struct_fields__, "x"]), values, max_size=4)
    some_rows = st.fixed_dictionaries({"model": st.just("m"), rows: st.lists(fields_of(row), max_size=4)})
    lists = st.dictionaries(
        st.sampled_from(
            ["id", "time", "feature.a", "feature.b", "score", "prediction", "segment.s", "value.v", "version"]
        ),
        st.lists(values, min_size=2, max_size=2),
    )
    good = {"id": st.just(["a", "b"]), "time": st.just([TIME, TIME])}
    columns = st.builds(lambda more, ours: {"model": "m", "columns": ours | more}, lists, st.fixed_dictionaries(good))
    return plain | some_rows | columns | values


def batch_or_sentence(decode, body, kind=EntryKind.PREDICTIONS, *, partial=False):
    """What `decode` makes of a body: (a sound batch, None) or (None, a refusal that a person can read)."""
    try:
        batch = decode(body, request(kind, partial=partial), LIMITS)
    except InvalidInput as error:
        check_refusal(error)
        return None, error
    check_sound(batch, kind, partial=partial)
    return batch, None


def check_refusal(error):
    check_sentence(error.message)
    assert error.row is None or error.row >= 0


def check_sentence(text):
    """One line of bounded length that ends as a sentence does, whatever it quotes."""
    assert text.endswith(".")
    assert 10 < len(text) < 2_000
    assert "\n" not in text


def check_sound(batch, kind, *, partial):
    """A batch as the log, the row files and the profiles expect one."""
    batch.table.validate(full=True)
    assert batch.kind is kind
    assert batch.model
    assert {"id", "time"} <= set(batch.table.column_names)
    assert batch.table["id"].null_count == batch.table["time"].null_count == 0
    known = rows.PREFIXES if kind is EntryKind.PREDICTIONS else (rows.VALUE,)
    fixed = {*rows.FIXED_COLUMNS, rows.PREDICTION_TIME}
    assert all(name in fixed or name.startswith(known) for name in batch.table.column_names)
    assert partial or not batch.refused
    places = [each.row for each in batch.refused]
    assert places == sorted(set(places))
    for each in batch.refused:
        check_sentence(each.message)
    assert pa.ipc.open_stream(encode(batch.table)).read_all().equals(batch.table)


@settings(max_examples=200)
@given(bodies_of(bodies.PredictionsBody, "predictions", bodies.PredictionRow), st.booleans())
def test_any_json_as_predictions_is_a_batch_or_a_sentence(document, partial):
    batch_or_sentence(documents.predictions, json.dumps(document).encode(), partial=partial)


@settings(max_examples=100)
@given(bodies_of(bodies.OutcomesBody, "outcomes", bodies.OutcomeRow), st.booleans())
def test_any_json_as_outcomes_is_a_batch_or_a_sentence(document, partial):
    batch_or_sentence(documents.outcomes, json.dumps(document).encode(), EntryKind.OUTCOMES, partial=partial)


@settings(max_examples=100)
@given(bodies_of(bodies.PredictionsBody, "predictions", bodies.PredictionRow))
def test_what_is_taken_whole_is_taken_row_by_row_too(document):
    """`partial` forgives rows; it never makes other rows of the good ones, and never takes fewer."""
    body = json.dumps(document).encode()
    whole, _ = batch_or_sentence(documents.predictions, body)
    forgiving, _ = batch_or_sentence(documents.predictions, body, partial=True)
    if whole is not None:
        assert forgiving is not None
        assert forgiving.table.equals(whole.table)
        assert forgiving.refused == ()


@settings(max_examples=100)
@given(fields_of(bodies.ChangeBody) | values)
def test_any_json_as_a_change_is_one_or_a_sentence(document):
    try:
        change = documents.change(json.dumps(document).encode(), "p", NOW, LIMITS)
    except InvalidInput as error:
        check_refusal(error)
        return
    assert change.project == "p"
    assert change.kind in CHANGE_KINDS
    assert change.time_us == from_iso(document["time"])
    assert change.summary == document["summary"]


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_sentence(body):
    batch, error = batch_or_sentence(documents.predictions, body)
    assert batch is None, "no random bytes are a batch with a model and rows"
    assert isinstance(error, InvalidInput)


@settings(max_examples=200)
@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=4))
def test_a_body_that_was_cut_or_overwritten_on_its_way_is_a_batch_or_a_sentence(place, noise):
    whole = json.dumps({"model": "m", "predictions": [{"id": "a", "time": TIME, "features": {"x": 1.5}}] * 2}).encode()
    at = place % len(whole)
    for body in (whole[:at], whole[:at] + noise + whole[at + len(noise) :]):
        batch_or_sentence(documents.predictions, body)
