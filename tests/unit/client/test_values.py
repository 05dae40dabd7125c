"""Whatever a host logs becomes a number, a text, a boolean or None, and nothing it does can hurt."""

import enum
import math
import pathlib
import tracemalloc
import uuid
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from threading import TIMEOUT_MAX

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.client.odd_values import NAIVE, ODD, Bomb, Colour

from seamark.client.reasons import Reason, Refused
from seamark.client.values import (
    CELL_BYTES,
    MAX_ID_CHARS,
    MAX_TEXT_CHARS,
    ROW_BYTES,
    identity,
    missing,
    number,
    plain,
    plain_list,
    positive_weight,
    seconds,
    snapshot,
    text,
)

PLAIN_TYPES = {float, int, str, bool, list, type(None)}


class Size(enum.IntEnum):
    LARGE = 3


def scalars():
    return st.none() | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats() | st.text(max_size=50)


@given(scalars())
def test_a_plain_value_stays_the_very_same_object(value):
    assert plain(value) is value


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.float64(1.5), 1.5),
        (np.float32(0.5), 0.5),
        (np.int8(-3), -3),
        (np.uint64(2**63), float(2**63)),
        (np.bool_(True), True),
        (np.str_("FR"), "FR"),
        (np.array(2.5), 2.5),
        (np.array([7]), 7),
        (np.array([1, 2]), [1, 2]),
        (np.datetime64("1970-01-02T00:00:00.000000001"), 86400.0),
        (np.datetime64("NaT"), None),
        (np.timedelta64(90, "s"), 90.0),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("1970-01-01T00:01:00Z"), 60.0),
        (pd.Timedelta(minutes=2), 120.0),
        (Decimal("0.25"), 0.25),
        (Decimal("-Infinity"), -math.inf),
        (Fraction(1, 4), 0.25),
        (b"caf\xc3\xa9 \xff", "café �"),
        (bytearray(b"x"), "x"),
        (memoryview(b"xyz"), "xyz"),
        (Colour.RED, "red"),
        (Size.LARGE, 3),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (pathlib.PurePosixPath("a/b"), "a/b"),
        (datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))), 0.0),
        (NAIVE, NAIVE.replace(tzinfo=UTC).timestamp()),
        (date(1970, 1, 3), 172800.0),
        (time(1, 0, 1, 500_000), 3601.5),
        (timedelta(minutes=1), 60.0),
        (3 + 4j, "(3+4j)"),
        (["a", 1, None], '["a", 1, null]'),
        (("a",), '["a"]'),
        ({"zip": "75001"}, '{"zip": "75001"}'),
        (frozenset({3}), "[3]"),
        (2**63, float(2**63)),
        (-(2**100), -float(2**100)),
        (10**400, math.inf),
        (-(10**400), -math.inf),
    ],
)
def test_objects_become_what_stands_for_them(value, expected):
    made = plain(value)
    assert made == expected
    assert type(made) is type(expected)


def test_nan_stays_nan_in_every_box():
    for value in (float("nan"), np.float64("nan"), np.float32("nan"), Decimal("NaN")):
        assert math.isnan(plain(value))


def test_what_raises_becomes_a_text_that_says_so():
    assert plain(Bomb()) == "<unreadable Bomb: RuntimeError>"


def test_a_container_that_holds_itself_is_only_unreadable():
    circle = []
    circle.append(circle)
    assert plain(circle) == "<unreadable list: ValueError>"


def test_a_container_of_any_depth_is_only_unreadable():
    deep = []
    for _ in range(100_000):
        deep = [deep]
    assert isinstance(plain(deep), str)


def test_a_giant_container_costs_no_more_memory_than_a_small_one():
    giant = list(range(1_000_000))
    tracemalloc.start()
    made = plain(giant)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert made.startswith("[0, 1, 2, ")
    assert len(made) == 1_025
    assert peak < 500_000


def test_a_very_long_text_is_cut():
    assert plain("x" * 70_000) == "x" * MAX_TEXT_CHARS
    assert plain(b"x" * 70_000) == "x" * MAX_TEXT_CHARS
    assert len(plain(["x" * 70_000])) == 1_025


@pytest.mark.parametrize(
    "vector",
    [[1.0, 2, None], (1.0, 2, None), np.array([1.0, 2.0, np.nan]), np.array([1, 2], np.int8), [np.float32(1), 2.5]],
)
def test_numbers_in_a_row_are_a_vector_of_its_own(vector):
    made = plain(vector)
    assert type(made) is list
    assert all(type(each) in (float, int, type(None)) for each in made)
    assert np.array_equal(np.array(made, float), np.array(vector, float), equal_nan=True)
    assert made is not vector


@pytest.mark.parametrize("other", [[], [True, 1.0], ["a", 1.0], [[1.0]], np.eye(2), [0.0] * 8_193, np.zeros(8_193)])
def test_what_no_server_could_measure_is_no_vector(other):
    assert type(plain(other)) is str


@given(st.lists(scalars() | st.just(np.float64(2)) | st.just("y" * 2000), max_size=10))
def test_a_list_is_made_plain_value_by_value(values):
    made = plain_list(list(values))
    assert all(each is plain(value) or each == plain(value) for each, value in zip(made, values, strict=True))


@pytest.mark.parametrize("index", range(len(ODD)))
def test_anything_becomes_plain_and_nothing_raises(index):
    for value in (ODD[index], [ODD[index]], {"a": ODD[index]}, (ODD[index],) * 2):
        assert type(plain(value)) in PLAIN_TYPES
        assert type(number(value)) in {float, type(None)}
        assert type(text(value)) in {str, type(None)}
        assert type(seconds(value)) is float


def test_a_number_is_a_float_or_missing():
    assert [number(value) for value in (1, True, np.float32(0.5), Decimal(2), math.inf)] == [
        1.0,
        1.0,
        0.5,
        2.0,
        math.inf,
    ]
    assert [number(value) for value in (None, math.nan, "0.5", [1], pd.NA)] == [None] * 5


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2, 2.0), (0.5, 0.5), (-1, 0.0), (None, 0.0), (math.nan, 0.0), ("3", 0.0), (math.inf, TIMEOUT_MAX)],
)
def test_a_wait_is_always_one_a_lock_accepts(value, expected):
    assert seconds(value) == expected


def test_segments_are_texts():
    assert [text(value) for value in ("FR", 7, 2.5, True, None)] == ["FR", "7", "2.5", "true", None]


@pytest.mark.parametrize("value", ["p1", 7, np.int64(7), 7.0, uuid.UUID(int=7), b"p1", True])
def test_an_id_of_any_scalar_kind_is_text(value):
    assert identity(value) == {"7.0": "7", "b'p1'": "p1"}.get(str(value), str(value))


@pytest.mark.parametrize(
    "value", ["", None, math.nan, pd.NA, "x" * (MAX_ID_CHARS + 1)], ids=lambda value: repr(value)[:9]
)
def test_an_empty_or_overlong_id_is_refused_with_a_sentence(value):
    with pytest.raises(Refused, match="1 to 256 are accepted") as refused:
        identity(value)
    assert refused.value.reason is Reason.INVALID_ID


@pytest.mark.parametrize("value", [0, -1, math.nan, math.inf, "heavy", [2]])
def test_a_weight_that_is_no_positive_number_is_refused(value):
    with pytest.raises(Refused, match="is not a positive number") as refused:
        positive_weight(value)
    assert refused.value.reason is Reason.INVALID_WEIGHT


def test_a_positive_weight_is_kept_and_none_stays_none():
    assert positive_weight(np.int64(20)) == 20.0
    assert positive_weight(None) is None


@pytest.mark.parametrize(
    ("value", "expected"), [(None, True), (math.nan, True), (pd.NaT, True), (0, False), ("", False)]
)
def test_missing_is_none_nan_or_a_frames_word_for_it(value, expected):
    assert missing(value) is expected


def test_a_snapshot_does_not_follow_its_source():
    tags = ["new"]
    features = {"amount": 1.0, "tags": tags}
    kept = snapshot(features)
    features["amount"] = 2.0
    features["more"] = 3
    tags.append("changed")
    assert kept[:2] == (("amount", "tags"), (1.0, '["new"]'))


def test_snapshots_of_one_kind_share_their_names():
    first = snapshot({"amount": 1.0, "country": "FR"})
    second = snapshot({"amount": 2.0, "country": "DE"}, first[0])
    assert second[0] is first[0]
    assert snapshot({"country": "DE", "amount": 2.0}, first[0])[0] == ("country", "amount")


@given(st.dictionaries(st.text() | st.integers() | st.booleans() | st.none() | st.tuples(st.integers()), scalars()))
def test_a_snapshot_holds_every_value_under_its_name_as_text(features):
    names, values, _ = snapshot(features)
    assert names == tuple(str(name) for name in features)
    assert all(made is value for made, value in zip(values, features.values(), strict=True))


def test_a_snapshot_takes_what_can_be_read_like_a_mapping():
    row = pd.Series({"amount": 1.5, "country": "FR"})
    assert snapshot(row)[:2] == (("amount", "country"), (1.5, "FR"))
    assert snapshot([("amount", 1.5)])[:2] == (("amount",), (1.5,))
    assert snapshot(None) == snapshot({}) == ((), (), 0)


def test_the_size_of_a_row_is_about_what_it_takes_in_memory():
    """The bound on memory rests on it: never less than half the truth, for short and for long texts."""
    for width, make in (
        (20, lambda i, j: i + j / 7),
        (20, lambda i, j: f"{i} {j}" + "x" * 500),
        (3, lambda i, j: f"{i} {j}" + "é" * 90),
    ):
        known = ()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        kept = []
        for i in range(300):
            kept.append(snapshot({f"feature_{j}": make(i, j) for j in range(width)}, known))
            known = kept[-1][0]
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        estimated = sum(size for _, _, size in kept) + len(kept) * ROW_BYTES
        assert (after - before) / 2 < estimated < (after - before) * 4
    assert CELL_BYTES * 20 + ROW_BYTES < 2000
