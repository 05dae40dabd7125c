"""The hash table is a dictionary."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.lookup import build_table

KEYS = st.one_of(
    st.integers(1, 2**64 - 1),
    st.integers(2**64 - 40, 2**64 - 1),  # all at the end of the table
    st.integers(1, 40),  # all in its first slot
)


@given(st.dictionaries(KEYS, st.integers(0, 200), max_size=80), st.lists(KEYS, max_size=50))
def test_finds_what_a_dictionary_finds(entries, others):
    keys = np.array(list(entries), dtype=np.uint64)
    table = build_table(keys, np.array(list(entries.values()), dtype=np.uint8), absent=255)
    wanted = np.array([*entries, *others, 0], dtype=np.uint64)
    assert table.find(wanted).tolist() == [entries.get(int(key), 255) for key in wanted]


def test_a_table_of_many_crowded_keys_still_ends_every_search():
    keys = np.arange(2**64 - 5000, 2**64, dtype=np.uint64)
    table = build_table(keys, np.zeros(5000, dtype=np.uint8), absent=9)
    assert (table.find(keys) == 0).all()
    assert table.find(np.array([2**64 - 5001, 7], dtype=np.uint64)).tolist() == [9, 9]


def test_an_empty_table_finds_nothing():
    table = build_table(np.empty(0, dtype=np.uint64), np.empty(0, dtype=np.uint8), absent=3)
    assert table.find(np.arange(5, dtype=np.uint64)).tolist() == [3] * 5
