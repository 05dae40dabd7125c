"""Finding rows by a key: the laws of `seamark.store.protocol.Rows.find`, for every backend that is found."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.conformance.stored import BY_NUMBER, NOW_US, commit, found, listed, rows

from seamark.clock import DAY_US
from seamark.errors import Unavailable
from seamark.plugins import discover

BACKENDS = discover("seamark.store.backends", "BACKEND")


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    opened = BACKENDS[request.param].open(tmp_path / "store")
    yield opened
    opened.close()


def numbered(*numbers, start_us=NOW_US):
    """Rows with the ids `r7`, `r3`, … at one time, each with its place as a column."""
    table = rows(*[start_us] * len(numbers), place=pa.array(range(len(numbers))))
    return table.set_column(0, "id", pa.array([f"r{number}" for number in numbers]))


def test_rows_are_found_by_their_key_and_no_others(store):
    files = listed(store, numbered(5, 3, 9, 3))
    assert [row["id"] for row in found(store, files, 3, 9, 4)] == ["r3", "r3", "r9"]
    assert found(store, files, 4, 10**12) == []
    assert found(store, files) == []


def test_rows_of_one_key_are_found_in_the_order_they_were_written_in(store):
    files = listed(store, numbered(*[2] * 20, 1, *[2] * 20))
    assert [row["place"] for row in found(store, files, 2)] == [*range(20), *range(21, 41)]


@pytest.mark.parametrize("keys", [1, 3, 500])
def test_many_keys_and_few_find_the_same(store, keys):
    files = listed(store, numbered(*(number % 100 for number in range(300))))
    sought = np.linspace(0, 999, keys).astype(int).tolist()
    assert sorted(row["place"] for row in found(store, files, *sought)) == [
        place for place in range(300) if place % 100 in sought
    ]


def test_all_files_are_searched_in_their_order(store):
    listed(store, numbered(1, 2, start_us=NOW_US + DAY_US))
    files = listed(store, numbered(2, 2))
    assert len(files) == 2
    assert [row["time"].timestamp() for row in found(store, files, 2)] == [
        *[NOW_US / 1e6] * 2,
        (NOW_US + DAY_US) / 1e6,
    ]


def test_rows_are_found_before_their_file_is_listed(store):
    files = store.rows.write("predictions", "shop", "fraud", numbered(1, 2), 0, BY_NUMBER)
    assert [row["id"] for row in found(store, files, 2)] == ["r2"]


def test_a_merged_file_finds_what_its_parts_found(store):
    for numbers in ((1, 2), (2, 3), (2, 1)):
        files = listed(store, numbered(*numbers))
    before = found(store, files, 2, 3)
    commit(
        store,
        new_files=tuple(store.rows.compact(files, BY_NUMBER)),
        dropped_files=tuple(file.id for file in files),
    )
    merged = store.rows.files("predictions", "shop", "fraud")
    assert len(merged) == 1
    assert sorted(found(store, merged, 2, 3), key=str) == sorted(before, key=str)
    with pytest.raises(Unavailable, match="ask again"):
        found(store, files, 2)


def test_all_rows_are_found_without_keys(store):
    files = listed(store, numbered(5, 3, 9, 3))
    tables = list(store.rows.find(files, BY_NUMBER, None))
    assert sorted(place for table in tables for place in table["place"].to_pylist()) == [0, 1, 2, 3]


def test_another_index_keeps_other_columns(store):
    files = listed(store, numbered(1, 2))
    assert "place" in found(store, files, 1)[0]
    slim = replace(BY_NUMBER, name="slim", needs=lambda names: [name for name in names if name != "place"])
    assert "place" not in found(store, files, 1, index=slim)[0]
    assert "place" in found(store, files, 1)[0]
