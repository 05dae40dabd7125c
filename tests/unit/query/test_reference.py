"""Whoever gives a reference hears what it replaces and how its features differ, in words that are true."""

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel

from seamark.clock import to_iso
from seamark.errors import Corrupt
from seamark.ingest.features import feature_kinds
from seamark.profile.reference import build_bin_set
from seamark.query.reference import notes_on, reference
from seamark.records.log import EntryKind
from seamark.records.model import Task
from seamark.records.options import FeatureOptions, Handling, ModelOptions

FEATURES = {
    "age": "numeric",
    "amount": "numeric",
    "country": "categorical",
    "device": "categorical",
    "tenure": "numeric",
    "visits": "numeric",
}
OF_A_MODEL = {"replaced": "It replaces one.", "features": {"a": "numeric", "b": "categorical"}, "of": "the old"}


def present(served):
    return reference(served.store, PROJECT, NAME)


def test_a_model_nobody_has_heard_of_gets_its_first_reference():
    served = ServedModel(80, reference_rows=0)
    assert notes_on(present(served), FEATURES) == ["It is the first reference of fraud."]


def test_a_reference_that_is_replaced_is_named_by_its_day_and_rows():
    served = ServedModel(81, reference_rows=500)
    assert notes_on(present(served), FEATURES) == [
        f"It replaces the reference of {to_iso(START_US)[:10]}, which has 500 rows."
    ]


def test_the_newest_reference_is_the_one_that_is_replaced():
    served = ServedModel(82, reference_rows=500)
    served.run(1, rows=20)
    table = served.traffic(0, 300).select(["id", "time", "version", "feature.age"])
    served.hour += 48
    served.log(table, EntryKind.REFERENCE)
    served.pipeline.tick(served.now_us)
    found = present(served)
    assert found["replaced"] == f"It replaces the reference of {to_iso(served.now_us)[:10]}, which has 300 rows."
    assert found["features"] == {"age": "numeric"}


def test_a_provisional_reference_is_said_to_be_one():
    served = ServedModel(83, reference_rows=0)
    served.run(5)
    assert present(served)["replaced"].endswith("which was made of the first traffic.")
    assert present(served)["features"] == FEATURES


def test_traffic_too_short_for_a_reference_of_its_own_is_compared_by_its_rows():
    served = ServedModel(84, reference_rows=0)
    served.run(1, rows=30)
    assert served.model.bin_set is None
    (first, second) = notes_on(present(served), {**FEATURES, "age": "categorical", "Amount": "numeric"})
    assert first == "It is the first reference of fraud."
    assert second == (
        "Its features, beside those of the stored traffic: new Amount; "
        "of another kind age (was numeric, is categorical)."
    )


def test_what_is_damaged_keeps_no_reference_out(monkeypatch):
    served = ServedModel(85, reference_rows=0)
    served.run(1, rows=30)

    def torn(*_):
        raise Corrupt("The row file is torn.")
        yield

    monkeypatch.setattr(served.store.rows, "scan", torn)
    assert notes_on(present(served), FEATURES) == ["It is the first reference of fraud."]


def test_features_that_are_missing_new_or_of_another_kind_are_one_sentence():
    (_, said) = notes_on(OF_A_MODEL, {"b": "numeric", "c": "numeric"})
    assert said == (
        "Its features, beside those of the old: missing a; new c; of another kind b (was categorical, is numeric)."
    )


def test_of_many_features_the_first_five_are_named():
    (_, said) = notes_on(OF_A_MODEL, {**OF_A_MODEL["features"], **{f"n{at}": "numeric" for at in range(7)}})
    assert said == "Its features, beside those of the old: new n0, n1, n2, n3, n4 and 2 more."


kinds = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["numeric", "categorical"]))


@given(kinds, kinds)
def test_there_is_a_second_sentence_exactly_where_features_differ(known, given_now):
    notes = notes_on({**OF_A_MODEL, "features": known}, given_now)
    assert notes[0] == OF_A_MODEL["replaced"]
    assert len(notes) == (2 if known and known != given_now else 1)
    for name in set(known) ^ set(given_now) if known else ():
        assert f" {name}" in notes[1]


COLUMNS = {
    "feature.whole": pa.array([1, 2], pa.int64()),
    "feature.real": pa.array([1.5, None]),
    "feature.exact": pa.array([1, 2]).cast(pa.decimal128(22, 2)),
    "feature.word": pa.array(["a", "b"]),
    "feature.yes": pa.array([True, False]),
    "feature.coded": pa.array([1, 2], pa.int64()),
    "feature.secret": pa.array(["x", "y"]),
    "feature.gone": pa.array([1.0, 2.0]),
    "prediction": pa.array([0.0, 1.0]),
}
STATED = {
    "coded": FeatureOptions(kind="categorical"),
    "secret": FeatureOptions(Handling.HASH),
    "gone": FeatureOptions(Handling.DROP),
}


@pytest.mark.parametrize("stated", [{}, STATED], ids=["inferred", "stated"])
def test_the_kinds_that_are_said_are_those_the_bins_will_have(stated):
    """The door says them before the slow lane adopts the reference; both must come to the same."""
    table = pa.table(COLUMNS)
    bins = build_bin_set(table, Task.BINARY, ModelOptions(features=stated))
    adopted = {each.name.removeprefix("feature."): each.kind for each in bins.signals if each.role == "feature"}
    assert feature_kinds(table, stated) == adopted
