"""Attributions in every form become one table, or a sentence that says what is wrong."""

import io
import json
import re

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.wire.batches import LIMITS

from seamark.errors import InvalidInput, Malformed, TooLarge
from seamark.records.attribution import Explained, Scale
from seamark.wire.attributions import read
from seamark.wire.batch import encode
from seamark.wire.limits import Limits
from seamark.wire.media import Media

AMOUNT, COUNTRY = [12.5, None, 3.0], ["FR", "US", None]
COLUMNS = {
    "feature.amount": AMOUNT,
    "attribution.amount": [0.1, -0.2, 0.3],
    "feature.country": COUNTRY,
    "attribution.country": [0.01, None, -0.03],
}


def as_json(document, limits=LIMITS, explained=None):
    return read(Media.JSON, json.dumps(document).encode(), "m", explained or Explained(), limits)


def test_the_same_rows_are_the_same_table_in_every_format():
    table = pa.table(COLUMNS)
    parquet, text = io.BytesIO(), io.BytesIO()
    pq.write_table(table, parquet)
    pa.csv.write_csv(table, text)
    bodies = {
        Media.ARROW: encode(table),
        Media.PARQUET: parquet.getvalue(),
        Media.CSV: text.getvalue(),
        Media.JSON: json.dumps({"columns": COLUMNS}).encode(),
    }
    for media, body in bodies.items():
        batch, notes = read(media, body, "m", Explained("score"), LIMITS)
        assert (batch.table.to_pydict(), notes) == (COLUMNS, ()), media


def test_what_they_explain_travels_with_them():
    explained = Explained("score.cat", Scale.LOG_ODDS)
    (batch, _) = as_json({"columns": COLUMNS}, explained=explained)
    assert Explained.from_metadata(pa.ipc.open_stream(encode(batch.table)).read_all().schema.metadata) == explained


def test_numbers_of_any_width_are_read():
    table = pa.table({"feature.x": pa.array([1, 2], pa.int8()), "attribution.x": np.array([0.5, 0.25], np.float32)})
    batch, _ = read(Media.ARROW, encode(table), "m", Explained(), LIMITS)
    assert batch.table.to_pydict() == {"feature.x": [1.0, 2.0], "attribution.x": [0.5, 0.25]}


def test_other_columns_are_left_out_and_said():
    batch, (note,) = as_json({"columns": {**COLUMNS, "feature.age": [1, 2, 3], "base_value": [0, 0, 0]}})
    assert batch.table.column_names == list(COLUMNS)
    assert note == "Not used: feature.age, base_value. Only pairs of columns feature.NAME and attribution.NAME are."


def test_a_value_that_is_no_number_among_numbers_is_missing():
    batch, _ = as_json({"columns": {"feature.x": [1, "?", 3], "attribution.x": [1, 2, 3]}})
    assert batch.table.to_pydict() == {"feature.x": [1.0, None, 3.0], "attribution.x": [1.0, 2.0, 3.0]}


def test_texts_are_cut_as_they_are_in_predictions():
    batch, _ = as_json({"columns": {"feature.x": ["a" * 50], "attribution.x": [1]}}, Limits(max_string_chars=10))
    assert batch.table["feature.x"].to_pylist() == ["a" * 10]


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=20), st.lists(st.floats(-9, 9), min_size=3, max_size=3))
def test_means_per_bin_are_rows_of_lower_edges(edges, means):
    edges = sorted(set(edges))
    outer = [float(number) for number in range(len(edges) + 1)]
    batch, _ = as_json(
        {"features": {"x": {"edges": edges, "mean": outer}, "c": {"categories": list("abc"), "mean": means}}}
    )
    read_back = batch.table.to_pydict()
    assert [value for value in read_back["feature.x"] if value is not None] == [-np.inf, *edges]
    assert [value for value in read_back["attribution.x"] if value is not None] == outer
    assert read_back["feature.c"][:3] == list("abc")
    assert read_back["attribution.c"][:3] == means
    assert Explained.from_metadata(batch.table.schema.metadata).per_bin


def features(**fields):
    return {"features": {"x": fields}}


@pytest.mark.parametrize(
    ("document", "sentence"),
    [
        ({}, "The body has neither 'features' nor 'columns'; send exactly one of them."),
        ({"columns": COLUMNS, "features": {}}, "The body has both 'features' and 'columns'"),
        ({"features": {}}, "'features' names no feature"),
        ({"columns": {"amount": [1]}}, "No column is named 'attribution.NAME'; the columns are amount."),
        ({"columns": {"attribution.x": [1]}}, "a column 'attribution.x' but no 'feature.x'"),
        (
            {"columns": {"feature.x": [1, 2], "attribution.x": [1]}},
            "Column 'attribution.x' has 1 value where column 'feature.x' has 2",
        ),
        ({"columns": {"feature.x": [1], "attribution.x": ["much"]}}, "Row 0: attribution.x 'much' is not a number"),
        ({"columns": {"feature.x": [], "attribution.x": []}}, "The batch holds no rows"),
        ({"means": {}}, "'means' is not a known field"),
        (features(mean=[1]), "features.x has neither edges nor categories"),
        (features(mean=[1], edges=[1, 2], categories=["a"]), "features.x has edges and categories"),
        (features(mean=[1], edges=[2, 1]), "features.x has edges that do not ascend"),
        (features(mean=[1], edges=[1, 1]), "features.x has edges that do not ascend"),
        (features(mean=[1, 2], edges=[1, 2]), "features.x has 2 edges and 2 means; send one mean fewer than edges"),
        (features(mean=[], edges=[]), "features.x has 0 edges and 0 means"),
        (features(mean=[1], categories=["a", "b"]), "features.x has 2 categories and 1 means; send one mean for each"),
        (features(mean=[1, 2], categories=["a", "a"]), "features.x has a category twice, or null"),
        (features(mean=[1], categories=[None]), "features.x has a category twice, or null"),
        (features(mean=["a"], edges=[1, 2]), "features.x: "),
        (features(edges=[1, 2]), "features.x: "),
        (features(mean=[1], edgs=[1, 2]), "features.x: 'edgs' is not a known field; the nearest one is 'edges'"),
    ],
)
def test_what_is_wrong_is_said(document, sentence):
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        as_json(document)


def test_infinite_means_are_refused():
    with pytest.raises(InvalidInput, match=r"^features\.x: "):
        read(Media.JSON, b'{"features": {"x": {"edges": [0, 1], "mean": [1e999]}}}', "m", Explained(), LIMITS)


def test_limits_hold():
    with pytest.raises(TooLarge, match="rows"):
        as_json({"columns": COLUMNS}, Limits(max_rows=2))
    with pytest.raises(TooLarge, match="columns"):
        as_json({"features": {name: {"edges": [0, 1], "mean": [1]} for name in "abc"}}, Limits(max_columns=2))
    with pytest.raises(InvalidInput, match="characters"):
        as_json({"features": {"a" * 90: {"edges": [0, 1], "mean": [1]}}}, Limits(max_name_chars=50))


@pytest.mark.parametrize("media", Media)
def test_a_body_of_another_format_is_malformed(media):
    with pytest.raises((Malformed, InvalidInput)):
        read(media, b"\x00\xffnonsense", "m", Explained(), LIMITS)


@given(
    st.recursive(
        st.none() | st.floats() | st.text(max_size=3),
        lambda inner: (
            st.dictionaries(
                st.sampled_from(
                    ["features", "columns", "x", "mean", "edges", "categories", "feature.x", "attribution.x"]
                ),
                inner,
                max_size=4,
            )
            | st.lists(inner, max_size=4)
        ),
        max_leaves=12,
    )
)
def test_any_json_is_a_table_or_a_sentence(document):
    try:
        batch, _ = as_json(document)
    except InvalidInput as refused:
        said = refused.message
    else:
        said = "." if len(batch.table.column_names) % 2 == 0 else "a column without its pair"
    assert said.endswith(".")
