"""Slices and groups cover everything once."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare.chunks import SLICE_ROWS, Column, Numbers, Reading, Texts, groups, slices


@given(rows=st.integers(0, 500), at_most=st.integers(1, 90))
def test_slices_cover_all_rows_in_order_and_none_twice(rows, at_most):
    covered = [row for start, stop in slices(rows, at_most) for row in range(start, stop)]
    assert covered == list(range(rows))
    assert all(stop - start <= at_most for start, stop in slices(rows, at_most))


def test_no_rows_are_one_empty_slice_so_that_every_column_is_asked_once():
    assert list(slices(0)) == [(0, 0)]


def test_a_slice_is_small_enough_for_the_cache():
    assert next(slices(10_000_000)) == (0, SLICE_ROWS)


@given(count=st.integers(0, 40), size=st.integers(1, 50))
def test_groups_hold_every_column_once_and_in_order(count, size):
    columns = [Column(str(at), Reading.NUMBER, "") for at in range(count)]
    found = list(groups(columns, size))
    assert [column for group in found for column in group] == columns
    assert all(len(group) <= size for group in found)


@pytest.mark.parametrize(
    ("chunk", "rows"),
    [
        (Numbers(np.zeros(3)), 3),
        (Texts(np.zeros(4, dtype=np.uint64), None, None, str), 4),
        (Texts(np.zeros(2, dtype=np.uint64), np.array([0, 1, 1, 0, 1]), None, str), 5),
    ],
)
def test_a_chunk_knows_its_rows(chunk, rows):
    assert chunk.rows == rows
