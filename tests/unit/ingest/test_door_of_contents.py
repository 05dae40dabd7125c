"""The door with its describer: no content passes it, and what comes behind a reference is measured by that one."""

import asyncio
import io
import json

import numpy as np
import pyarrow as pa
import pytest

from seamark.clock import from_iso
from seamark.errors import InvalidInput
from seamark.ingest.door import Door
from seamark.ingest.options import IngestOptions
from seamark.profile.describer import Describer
from seamark.records.log import EntryKind
from seamark.records.options import FeatureOptions, Handling, ModelOptions
from seamark.records.secret import Secret
from seamark.store.backends.memory import MemoryStore
from seamark.store.tables import decode
from seamark.wire.media import Media
from seamark.wire.submission import Submission

TIME = "2026-11-01T12:00:00Z"
NOW = from_iso(TIME)
TEXTS = [f"the order {number} of a customer who has waited for far too long" for number in range(80)]


@pytest.fixture
def doors():
    made = []

    def make(**features):
        store = MemoryStore()
        options = ModelOptions(features=features)
        door = Door(
            store.log,
            IngestOptions(hash_key=Secret("key", "env:KEY")),
            now_us=lambda: NOW,
            options_for=lambda _project, _model: options,
            known_models=lambda _project: (),
            describer=Describer(store.slow, lambda _project, _model: options),
        )
        made.append(door)
        return door, store

    yield make
    for door in made:
        door.drain()


def reference(**changed):
    table = pa.table({"prompt": TEXTS, "vector": list(np.random.default_rng(0).normal(size=(80, 4))), **changed})
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return Submission(EntryKind.REFERENCE, "shop", Media.ARROW, sink.getvalue(), "fraud")


def batch(**features):
    body = {"model": "fraud", "predictions": [{"id": "p", "time": TIME, "features": features}]}
    return Submission(EntryKind.PREDICTIONS, "shop", Media.JSON, json.dumps(body).encode())


def logged(store):
    return decode(store.log.read(0, 10**9)[-1].entry.payload).to_pylist()[-1]


def test_rows_behind_a_reference_are_measured_by_it_before_anybody_has_adopted_it(doors):
    door, store = doors()
    said = asyncio.run(door.baseline(reference()))
    assert said.features == {"prompt": "text", "vector": "embedding"}
    asyncio.run(door.submit(batch(prompt="an order of spaceships", vector=[0.1, 0.2, 0.3, 0.4])))
    row = logged(store)
    assert row["feature.prompt/unknown_words"] == 0.5  # "an" and "spaceships"
    assert row["feature.vector/projection.15"] is not None
    assert {"feature.prompt", "feature.vector"}.isdisjoint(row)


def test_a_refused_reference_teaches_nothing(doors):
    door, store = doors()
    with pytest.raises(InvalidInput):
        asyncio.run(door.baseline(reference(weight=[-1.0] * 80)))
    asyncio.run(door.submit(batch(vector=[0.1, 0.2, 0.3, 0.4])))
    assert logged(store)["feature.vector"] == [0.1, 0.2, 0.3, 0.4]


def test_dropped_and_hashed_contents_stay_what_their_owner_said(doors):
    door, store = doors(prompt=FeatureOptions(Handling.DROP), vector=FeatureOptions(Handling.HASH))
    asyncio.run(door.submit(batch(prompt="x" * 300, vector=[1.0, 2.0])))
    row = logged(store)
    assert not any(name.startswith("feature.prompt") for name in row)
    assert len(row["feature.vector"]) == 32


def test_a_kept_content_is_stored_beside_its_series(doors):
    door, store = doors(prompt=FeatureOptions(kind="text", keep_content=True))
    asyncio.run(door.submit(batch(prompt="hello")))
    assert (logged(store)["feature.prompt"], logged(store)["feature.prompt/length"]) == ("hello", 5.0)


def test_a_category_of_its_owner_stays_one_however_long(doors):
    door, store = doors(prompt=FeatureOptions(kind="categorical"))
    assert asyncio.run(door.baseline(reference())).features["prompt"] == "categorical"
    asyncio.run(door.submit(batch(prompt="x" * 300)))
    assert logged(store)["feature.prompt"] == "x" * 300
