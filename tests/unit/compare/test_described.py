"""Embeddings and texts in a comparison: one finding each, whatever holds them."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seamark.compare import compare
from seamark.compare.chunks import Reading
from seamark.compare.findings import Verdict
from seamark.compare.sources import open_source

WORDS = ["".join(word) for word in np.random.default_rng(1).choice(list("abcdefghinorst"), (2_000, 5))]
OTHERS = ["".join(word) for word in np.random.default_rng(2).choice(list("abcdefghinorst"), (2_000, 5))]
FREQUENCY = np.cumsum(1 / np.arange(1.0, 2_001))


def sentences(rng, rows, words=WORDS):
    chosen = np.array(words)[np.searchsorted(FREQUENCY, rng.random((rows, 12)) * FREQUENCY[-1] * 0.999)]
    return [" ".join(row) for row in chosen]


def data(seed, rows=1_200, moved=0.0, words=WORDS):
    rng = np.random.default_rng(seed)
    vectors = (rng.normal(size=(rows, 12)) + moved).astype(np.float32)
    return {"vector": vectors, "prompt": sentences(rng, rows, words), "age": rng.normal(size=rows)}


def as_parquet(columns, folder, name):
    path = folder / f"{name}.parquet"
    pq.write_table(as_arrow(columns), path)
    return path


def as_arrow(columns):
    return pa.table({**columns, "vector": list(columns["vector"])})


def as_fixed(columns):
    flat = pa.array(columns["vector"].ravel())
    return pa.table({**columns, "vector": pa.FixedSizeListArray.from_arrays(flat, 12)})


HOLDERS = {
    "dict": lambda columns, *_: columns,
    "lists": lambda columns, *_: {**columns, "vector": columns["vector"].tolist()},
    "pandas": lambda columns, *_: pd.DataFrame({**columns, "vector": list(columns["vector"])}),
    "polars": lambda columns, *_: pl.DataFrame(columns),
    "arrow": lambda columns, *_: as_arrow(columns),
    "fixed": lambda columns, *_: as_fixed(columns),
    "stream": lambda columns, *_: as_arrow(columns).to_reader(max_chunksize=500),
    "parquet": as_parquet,
}


@pytest.mark.parametrize("holder", HOLDERS)
def test_vectors_and_texts_are_compared_wherever_they_lie(tmp_path, holder):
    hold = HOLDERS[holder]

    def held(name, columns):
        return hold(columns, tmp_path, name)

    assert compare(held("a", data(1)), held("b", data(2))).drifted == []
    moved = compare(held("c", data(1)), held("d", data(3, moved=0.5, words=OTHERS)))
    assert set(moved.drifted) == {"vector", "prompt"}
    assert len(moved.findings.columns) == 3


def test_the_series_that_says_most_speaks_for_its_column():
    report = compare(data(1), data(2, words=OTHERS))
    (prompt,) = (column for column in report.findings.columns if column.name == "prompt")
    assert prompt.summary.startswith("unknown words: mean 0.0")


@pytest.mark.parametrize("spoiled", [[0.5], [], [None] * 12, ["a"] * 12, "text", 7])
def test_what_is_no_vector_of_that_length_is_mistyped(spoiled):
    ours, theirs = data(1), data(2)
    theirs["vector"] = [spoiled if row % 4 == 0 else vector for row, vector in enumerate(theirs["vector"].tolist())]
    (finding,) = (column for column in compare(ours, theirs).findings.columns if column.name == "vector")
    assert finding.verdict is Verdict.DRIFTED
    assert finding.current.mistyped == 300


def test_missing_vectors_and_texts_are_missing():
    theirs = data(2)
    theirs |= {
        name: [None if row % 4 == 0 else v for row, v in enumerate(theirs[name])] for name in ("vector", "prompt")
    }
    for finding in compare(data(1), theirs).findings.columns[:2]:
        assert finding.verdict is Verdict.DRIFTED
        assert (finding.current.missing, finding.current.mistyped) == (300, 0)


def test_a_column_that_stops_being_a_vector_has_changed_its_type():
    report = compare(data(1), {**data(2), "vector": np.ones(1_200)})
    (finding,) = (column for column in report.findings.columns if column.name == "vector")
    assert finding.verdict is Verdict.TYPE_CHANGED


def test_short_or_repeated_texts_stay_categories():
    ours = {
        "short": [f"id{row % 60}" for row in range(600)],
        "long": [f"{'long ' * 9}{row % 60}" for row in range(600)],
    }
    for finding in compare(ours, ours).findings.columns:
        assert finding.reading is Reading.TEXT


@pytest.mark.parametrize(
    "kind", [pa.list_(pa.float32()), pa.large_list(pa.int32()), pa.list_(pa.float64(), 2)], ids=str
)
def test_arrow_lists_are_read_whatever_slice_they_are_and_whatever_lies_in_missing_slots(kind):
    table = pa.table({"x": pa.array([[9, 9], [1, 2], None, [3, 4]], kind).slice(1)})
    source = open_source(table)
    ((chunk,),) = source.read(source.columns)
    assert source.columns[0].reading is Reading.VECTOR
    assert chunk.valid.tolist() == [True, False, True]
    read = [chunk.numbers[a:b].tolist() for a, b in zip(chunk.offsets, chunk.offsets[1:], strict=False)]
    assert (read[0], read[2]) == ([1, 2], [3, 4])
