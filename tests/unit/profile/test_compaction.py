"""Small files of one day become one, and that ends."""

import pyarrow as pa
from tests.conformance.stored import EVER, MODEL, NOW_US, TODAY, commit, listed, rows, seen

from seamark.profile.compaction import compact
from seamark.profile.indexes import prediction_index
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore


def settle(store, at_least):
    """Compact until there is nothing to do; returns the number of steps."""
    steps = 0
    while step := compact(store, MODEL, EVER, at_least, prediction_index()):
        store.slow.commit(step)
        steps += 1
        assert steps < 100, "compaction never ends"
    return steps


def with_files(*tables):
    store = MemoryStore()
    commit(store, models=(MODEL,))
    for table in tables:
        listed(store, table)
    return store


def test_many_small_files_become_one_and_no_row_changes():
    store = with_files(*(rows(NOW_US + step) for step in range(10)))
    before = seen(store.rows.scan(store.rows.files("predictions", "shop", "fraud")))
    assert settle(store, at_least=8) == 1
    files = store.rows.files("predictions", "shop", "fraud")
    assert len(files) == 1
    assert seen(store.rows.scan(files)) == before


def test_the_newest_file_is_merged_with_those_of_earlier_hours():
    newest = TODAY.end_us - 1
    store = with_files(*(rows(newest - 3_600_000_000 * hours) for hours in range(8)))
    assert compact(store, MODEL, Window(newest, newest + 1), 8, prediction_index()) is not None


def test_a_few_files_are_left_alone():
    assert settle(with_files(*(rows(NOW_US + step) for step in range(7))), at_least=8) == 0


def test_files_of_different_days_are_left_alone():
    midnight = TODAY.end_us
    store = with_files(*(rows(midnight + offset) for offset in (-4, -3, -2, -1, 0, 1, 2, 3)))
    assert settle(store, at_least=8) == 0


def test_files_of_different_columns_are_not_merged_over_and_over():
    columns = [{f"mistyped.{name}": pa.array(["what?"])} for name in "abcdefgh"]
    store = with_files(*(rows(NOW_US, **extra) for extra in columns))
    assert settle(store, at_least=8) == 0
    assert len(store.rows.files("predictions", "shop", "fraud")) == 8
