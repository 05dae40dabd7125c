"""Embeddings and texts in canonical columns: what they become, what is mistyped, what is learned and what stays."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.errors import Corrupt
from seamark.profile.describing import (
    described,
    described_table,
    learned,
    read_descriptions,
    write_descriptions,
)
from seamark.records.options import FeatureOptions, Handling
from seamark.stats.embedding import EMBEDDING_SERIES, Embedding
from seamark.stats.text import TEXT_SERIES, Text

VECTOR = pa.list_(pa.float64())
PLAIN = {"feature.v": Embedding(np.zeros(2), np.ones(2), 1.0)}
NUMBERS = st.one_of(st.none(), st.floats())
VECTORS = st.lists(st.one_of(st.none(), st.lists(NUMBERS, max_size=3)), min_size=1, max_size=10)
LONG = [f"the {number}th of many sentences that nobody has ever written before" for number in range(100)]


def vectors(values):
    return {"feature.v": pa.array(values, VECTOR)}


def norms(found):
    return found["feature.v/norm"].to_pylist()


@given(VECTORS)
def test_a_vector_of_another_length_or_with_a_hole_is_mistyped_and_none_is_missing(values):
    found = described(vectors(values), PLAIN, {})
    whole = [
        value is not None and len(value) == 2 and not any(x is None or np.isnan(x) for x in value) for value in values
    ]
    wrong = found.get("mistyped.v", pa.nulls(len(values)))
    assert [norm is not None for norm in norms(found)] == whole
    assert wrong.is_valid().to_pylist() == [v is not None and not fine for v, fine in zip(values, whole, strict=True)]
    assert "feature.v" not in found
    assert {f"feature.v/{name}" for name in EMBEDDING_SERIES} <= found.keys()


@settings(max_examples=50)
@given(VECTORS, st.integers(0, 10))
def test_batches_say_the_same_as_one_and_slices_the_same_as_copies(values, cut):
    whole = described(vectors(values), PLAIN, {})
    sliced = pa.array([[7.0], *values], VECTOR).slice(1)
    assert described({"feature.v": sliced}, PLAIN, {}) == whole
    parts = [described(vectors(part), PLAIN, {}) for part in (values[:cut], values[cut:]) if part]
    assert [norm for part in parts for norm in norms(part)] == norms(whole)


def test_what_is_wrong_is_told_without_its_content():
    found = described(vectors([[1.0], [1.0, None], [], [1.0, 2.0]]), PLAIN, {})
    assert found["mistyped.v"].to_pylist() == ["<1 numbers>", "<a hole>", "<0 numbers>", None]
    texts = {"feature.t": pa.array([1.0, None]), "mistyped.t": pa.array([None, "my secret"])}
    assert described(texts, {"feature.t": Text()}, {})["mistyped.t"].to_pylist() == ["<another type>"] * 2


@pytest.mark.parametrize("kind", ["text", "embedding"])
def test_a_value_of_another_type_is_mistyped(kind):
    known = {"feature.v": Text() if kind == "text" else PLAIN["feature.v"]}
    found = described({"feature.v": pa.array([True, None])}, known, {})
    assert found["mistyped.v"].to_pylist() == ["<another type>", None]


def test_a_text_is_told_by_long_distinct_values_or_by_its_owner():
    stated = {"said": FeatureOptions(kind="text"), "codes": FeatureOptions(kind="categorical")}
    columns = {
        "feature.long": pa.array(LONG),
        "feature.repeated": pa.array(LONG[:10] * 10),
        "feature.short": pa.array([f"code {number}" for number in range(100)]),
        "feature.said": pa.array(["yes", "no"] * 50),
        "feature.codes": pa.array(LONG),
    }
    found = learned(columns, {}, stated)
    assert set(found.descriptions) == {"feature.long", "feature.said"}
    assert {name for name in found.columns if "/" not in name} == {"feature.repeated", "feature.short", "feature.codes"}
    (note,) = found.notes
    assert "'long' is watched as a text" in note
    assert 'models.NAME.features.long.kind = "categorical"' in note


def test_dropped_and_hashed_features_are_left_to_those_who_drop_and_hash():
    stated = {"v": FeatureOptions(Handling.DROP), "t": FeatureOptions(Handling.HASH)}
    columns = {"feature.v": pa.array([[1.0, 2.0]], VECTOR), "feature.t": pa.array(["x" * 200])}
    assert described(columns, {}, stated) == columns


def test_a_content_stays_where_its_owner_asks_to_keep_it():
    stated = {"v": FeatureOptions(keep_content=True)}
    found = described(vectors([[3.0, 4.0]]), PLAIN, stated)
    assert found["feature.v"].to_pylist() == [[3.0, 4.0]]
    assert norms(found) == pytest.approx([5.0], rel=1e-3)


def test_before_any_reference_only_long_texts_are_taken_for_texts():
    columns = {"feature.a": pa.array(["x" * 200, None]), "feature.b": pa.array(["FR", "US"]), **vectors([[1.0], [2.0]])}
    found = described(columns, {}, {})
    assert found["feature.a/length"].to_pylist() == [200.0, None]
    assert found["feature.a/unknown_words"].null_count == 2
    assert {"feature.b", "feature.v"} <= found.keys()


def test_how_a_feature_is_measured_stays_while_it_fits():
    rng = np.random.default_rng(0)
    first = learned(vectors(list(rng.normal(size=(200, 8)))), {}, {}).descriptions
    alike = learned(vectors(list(rng.normal(0.1, 1.1, (200, 8)))), first, {}).descriptions
    other = learned(vectors(list(rng.normal(9, 1, (200, 8)))), first, {}).descriptions
    longer = learned(vectors(list(rng.normal(size=(200, 9)))), first, {}).descriptions
    assert alike["feature.v"] is first["feature.v"]
    assert other["feature.v"].center.mean() == pytest.approx(9, abs=0.3)
    assert longer["feature.v"].dimensions == 9


def test_the_usual_length_of_a_references_vectors_is_its_own():
    found = learned(vectors([[1.0, 2.0], [3.0, 5.0], [1.0], None, [2.0, None]]), {}, {})
    assert found.descriptions["feature.v"].dimensions == 2
    assert found.columns["mistyped.v"].to_pylist() == [None, None, "<1 numbers>", None, "<a hole>"]


@pytest.mark.parametrize("values", [[None, None], [[], []], [[None], [None]]])
def test_a_reference_without_a_single_vector_teaches_nothing(values):
    found = learned(vectors(values), {}, {})
    assert found.descriptions == {}
    assert "feature.v" in found.columns


def test_descriptions_travel_unchanged():
    found = learned({"feature.t": pa.array(LONG), **vectors([[1.0, 2.0]] * 100)}, {}, {}).descriptions
    again = read_descriptions(write_descriptions(found))
    assert np.array_equal(again["feature.t"].words, found["feature.t"].words)
    assert np.array_equal(again["feature.t"].frequent, found["feature.t"].frequent)
    assert again["feature.v"].size == found["feature.v"].size
    assert read_descriptions(write_descriptions({"feature.t": Text()}))["feature.t"].words is None
    with pytest.raises(Corrupt):
        read_descriptions(b"SMC")


def test_rows_that_came_as_content_are_completed_and_others_stay():
    table = pa.table(
        {
            "feature.v": pa.array([None, [3.0, 4.0], [1.0]], VECTOR),
            "feature.v/norm": pa.array([7.0, None, None]),
            "mistyped.v": pa.array([None, None, None], pa.string()),
        }
    )
    found = described_table(table, PLAIN)
    assert found["feature.v/norm"].to_pylist() == [7.0, pytest.approx(5.0, rel=1e-3), None]
    assert found["mistyped.v"].to_pylist() == [None, None, "<1 numbers>"]
    assert described_table(found.drop(["feature.v"]), PLAIN).num_columns == found.num_columns - 1


def test_every_series_of_a_text_has_a_column():
    found = described({"feature.t": pa.array(["a b", None, ""])}, {"feature.t": Text()}, {})
    assert list(found) == [f"feature.t/{name}" for name in TEXT_SERIES]
    assert found["feature.t/length"].to_pylist() == [3.0, None, 0.0]
