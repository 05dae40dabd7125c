"""Whatever JSON arrives, the decoders answer with a batch or with a sentence."""

from __future__ import annotations

import json
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS, NOW, TIME, request

from seamark.errors import InvalidInput
from seamark.records.log import EntryKind
from seamark.wire import bodies, documents
from seamark.wire.batch import encode

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


@settings(max_examples=200)
@given(bodies_of(bodies.PredictionsBody, "predictions", bodies.PredictionRow), st.booleans())
def test_any_json_as_predictions_is_a_batch_or_a_sentence(document, partial):
    body = json.dumps(document).encode()
    with suppress(InvalidInput):
        batch = documents.predictions(body, request(partial=partial), LIMITS)
        batch.table.validate(full=True)
        assert len(encode(batch.table)) > 0
        assert batch.table["id"].null_count == batch.table["time"].null_count == 0


@settings(max_examples=100)
@given(bodies_of(bodies.OutcomesBody, "outcomes", bodies.OutcomeRow), st.booleans())
def test_any_json_as_outcomes_is_a_batch_or_a_sentence(document, partial):
    with suppress(InvalidInput):
        documents.outcomes(json.dumps(document).encode(), request(EntryKind.OUTCOMES, partial=partial), LIMITS)


@settings(max_examples=100)
@given(fields_of(bodies.ChangeBody) | values)
def test_any_json_as_a_change_is_one_or_a_sentence(document):
    with suppress(InvalidInput):
        documents.change(json.dumps(document).encode(), "p", NOW, LIMITS)


@settings(max_examples=200)
@given(st.binary(max_size=200))
def test_any_bytes_are_a_batch_or_a_sentence(body):
    with suppress(InvalidInput):
        documents.predictions(body, request(), LIMITS)
