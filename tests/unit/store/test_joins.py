"""Join files on disk: made anew whenever they cannot be trusted, and gone with their row file."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stored import BY_NUMBER, NOW_US, commit, found, listed, rows

from seamark.store.backends.local import BACKEND
from seamark.store.local import joins
from seamark.store.tables import matches

OWNER = ("predictions", "shop", "fraud")


@pytest.fixture
def store(tmp_path):
    opened = BACKEND.open(tmp_path / "store")
    yield opened
    opened.close()


def join_files(store):
    return sorted(Path(store._root).rglob("*.join"))


def many(count=5_000):
    return rows(*[NOW_US] * count)


def reopened(store):
    root = store._root
    store.close()
    return BACKEND.open(root)


keys = st.lists(st.integers(0, 30) | st.integers(2**64 - 30, 2**64 - 1))


@given(haystack=keys, needles=st.sets(st.integers(0, 30) | st.integers(2**64 - 30, 2**64 - 1)))
def test_matches_are_what_a_loop_finds(haystack, needles):
    ordered = np.array(sorted(haystack), dtype=np.uint64)
    sought = np.array(sorted(needles), dtype=np.uint64)
    places = [place for place, key in enumerate(sorted(haystack)) if key in needles]
    assert matches(ordered, sought).tolist() == places


@pytest.mark.parametrize("damage", [b"", b"ARROW1\0\0 but not for long", None])
def test_a_join_file_that_is_missing_or_torn_is_made_anew(store, damage):
    commit(store, new_files=tuple(store.rows.write(*OWNER, many(), 0, BY_NUMBER)))
    [path] = join_files(store)
    whole = path.read_bytes()
    path.unlink() if damage is None else path.write_bytes(damage)
    again = reopened(store)
    assert [row["id"] for row in found(again, again.rows.files(*OWNER), 17, 4_999)] == ["r17", "r4999"]
    assert path.read_bytes() == whole
    again.close()


def test_a_join_file_with_too_few_rows_is_made_anew(store):
    commit(store, new_files=tuple(store.rows.write(*OWNER, many(), 0, BY_NUMBER)))
    [path] = join_files(store)
    joins.write(path, BY_NUMBER, [many(100)])
    again = reopened(store)
    assert again.check() != []
    assert [row["id"] for row in found(again, again.rows.files(*OWNER), 4_999)] == ["r4999"]
    assert again.check() == []
    again.close()


def test_a_join_file_that_is_out_of_order_is_told(store):
    commit(store, new_files=tuple(store.rows.write(*OWNER, many(3), 0, BY_NUMBER)))
    [path] = join_files(store)
    content = path.read_bytes()
    key = np.arange(3, dtype=np.uint64).tobytes()
    assert content.count(key) == 1
    path.write_bytes(content.replace(key, np.arange(3, dtype=np.uint64)[::-1].tobytes()))
    [sentence] = store.check()
    assert "out of order" in sentence


def test_a_join_file_leaves_with_its_row_file(store):
    files = listed(store, many(10))
    found(store, files, 1)
    assert len(join_files(store)) == 1
    commit(store, dropped_files=(files[0].id,))
    assert join_files(store) == []


def test_the_sweep_takes_join_files_without_a_row_file(store):
    store.rows.write(*OWNER, many(10), 0, BY_NUMBER)
    again = reopened(store)
    assert join_files(again) == []
    again.close()


def test_a_join_file_of_many_runs_finds_the_same(store, monkeypatch):
    monkeypatch.setattr(joins, "RUN_ROWS", 700)
    monkeypatch.setattr("seamark.store.local.parquet.SCAN_ROWS", 300)
    files = listed(store, many())
    assert [row["id"] for row in found(store, files, 3, 2_500, 4_999, 5_000)] == ["r3", "r2500", "r4999"]


@pytest.mark.parametrize(("small", "held", "kept"), [(0, 0, 2), (1 << 20, 1 << 20, 5), (1 << 20, 1, 1)])
def test_only_so_many_join_files_are_open_or_held_at_once(store, monkeypatch, small, held, kept):
    monkeypatch.setattr(joins, "OPEN_FILES", 2)
    monkeypatch.setattr(joins, "SMALL", small)
    monkeypatch.setattr(joins, "HELD_BYTES", held)
    for number in range(5):
        files = listed(store, rows(NOW_US + number))
    for _ in range(2):
        assert len(found(store, files, 0)) == 5
    assert len(store.rows._joins._open) == kept


def test_large_files_that_are_closed_leave_what_is_held_of_small_ones(store, monkeypatch):
    monkeypatch.setattr(joins, "OPEN_FILES", 1)
    files = listed(store, rows(NOW_US))
    assert len(found(store, files, 0)) == 1
    monkeypatch.setattr(joins, "SMALL", 0)
    for number in range(1, 4):
        files = listed(store, rows(NOW_US + number))
    assert len(found(store, files, 0)) == 4
    still = store.rows._joins._open.values()
    assert sorted(bool(each.held) for each in still) == [False, True]
