"""Dropped features are never stored; hashed ones only as something nobody can read back."""

from __future__ import annotations

import pyarrow as pa

from seamark.ingest.privacy import protect
from seamark.records.options import FeatureOptions, Handling

KEY = b"a key"
DROP, HASH, WATCH = (FeatureOptions(handling) for handling in (Handling.DROP, Handling.HASH, Handling.WATCH))


def table(**columns):
    return pa.table({"id": ["a", "b", "c"], **{name.replace("_", ".", 1): values for name, values in columns.items()}})


def hashed(values, key=KEY):
    return protect(table(feature_x=values), {"x": HASH}, key)["feature.x"].to_pylist()


def test_a_dropped_feature_is_gone_with_all_that_was_mistyped_in_it():
    found = protect(table(feature_x=[1, 2, 3], mistyped_x=["?", None, None], feature_y=[1, 2, 3]), {"x": DROP}, KEY)
    assert found.column_names == ["id", "feature.y"]


def test_what_was_attributed_to_a_dropped_feature_goes_with_it_and_to_a_hashed_one_stays():
    found = table(feature_x=["a", "b", "c"], attribution_x=[1.0, 2.0, 3.0])
    assert protect(found, {"x": DROP}, KEY).column_names == ["id"]
    assert protect(found, {"x": HASH}, KEY)["attribution.x"].to_pylist() == [1.0, 2.0, 3.0]


def test_a_watched_feature_and_an_unknown_name_change_nothing():
    found = table(feature_x=[1, 2, 3])
    assert protect(found, {"x": WATCH, "other": DROP, "another": HASH}, KEY).equals(found)


def test_hashing_keeps_equality_and_nothing_else():
    first, second, third = hashed(["alice", "bob", "alice"])
    assert first == third != second
    assert len(first) == 32
    assert "alice" not in first


def test_a_missing_value_stays_missing():
    assert hashed([None, "a", None])[::2] == [None, None]


def test_another_key_gives_other_hashes():
    assert set(hashed(["a", "b", "c"])).isdisjoint(hashed(["a", "b", "c"], b"another key"))


def test_a_key_of_any_length_works_in_full():
    assert hashed(["a"] * 3, b"k" * 100) != hashed(["a"] * 3, b"k" * 101)


def test_the_hash_is_the_same_for_ever():
    """Stored hashes of last month and of today are compared: BLAKE2b-128 of "alice" under the key "a key"."""
    assert hashed(["alice"] * 3)[0] == "6a4d88bdaf7be4246d8178dc2cfda364"


def test_numbers_hash_by_their_value_and_truth_values_by_their_name():
    assert hashed(pa.array([1.0, 2.0, 1.0]))[0] == hashed(["1.0", "", ""])[0]
    assert hashed([True, False, True])[:2] == hashed(["true", "false", ""])[:2]


def test_what_was_mistyped_in_a_hashed_feature_is_hashed_too():
    found = protect(table(feature_x=[1, 2, None], mistyped_x=[None, None, "secret"]), {"x": HASH}, KEY)
    assert "secret" not in str(found["mistyped.x"].to_pylist())
