"""Whole numbers of joined rows: weights, sections, groups."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.stats.joined import UNIT, WEIGHT_UNIT, Joined, Tally, squared

NAN = math.nan
OFFSETS = {"rows": 0, "cells": 4, "sums": 7, "": 10}


def tallied(weights, group=None, groups=1):
    return Tally(OFFSETS, np.array(weights, dtype=np.int64), group, groups)


@pytest.mark.parametrize(
    ("weight", "fixed"),
    [
        (1.0, WEIGHT_UNIT),
        (2.5, 2.5 * WEIGHT_UNIT),
        (0.0, WEIGHT_UNIT),
        (-3.0, WEIGHT_UNIT),
        (NAN, WEIGHT_UNIT),
        (1e-9, 1),
        (1e9, 4096 * WEIGHT_UNIT),
        (math.inf, 4096 * WEIGHT_UNIT),
    ],
)
def test_a_weight_is_a_whole_number_within_bounds(weight, fixed):
    assert Joined(np.ones(1), weights=np.array([weight])).fixed_weights().tolist() == [fixed]


def test_rows_without_weights_weigh_one():
    assert Joined(np.ones(3)).fixed_weights().tolist() == [WEIGHT_UNIT] * 3


def test_a_column_that_is_not_there_is_not_known():
    joined = Joined(np.ones(2), scores=np.array([[0.1], [0.2]]))
    assert np.isnan(joined.column("predicted")).all()
    assert np.isnan(joined.column("position")).all()
    assert joined.score(0).tolist() == [0.1, 0.2]
    assert np.isnan(joined.score(1)).all()
    assert np.isnan(Joined(np.ones(2)).score(0)).all()
    assert joined.rows == 2


@given(st.lists(st.integers(1, 4096 * WEIGHT_UNIT), min_size=1, max_size=30))
def test_squared_weights_are_at_least_the_square(weights):
    exact = [weight**2 / WEIGHT_UNIT for weight in weights]
    found = squared(np.array(weights, dtype=np.int64)).tolist()
    assert all(0 <= one - other < 1 for one, other in zip(found, exact, strict=True))


def test_usable_and_unusable_rows_are_told_apart():
    tally = tallied([256, 512, 256])
    tally.rows(np.array([True, True, False]))
    assert tally.totals[0, :4].tolist() == [2, 1, 768, 256 + 1024]


def test_cells_get_the_weights_of_their_rows():
    tally = tallied([256, 512, 256])
    tally.count("cells", np.array([0, 1, 2]), np.array([0, 2, 2]))
    assert tally.totals[0, 4:7].tolist() == [256, 0, 768]


def test_amounts_are_in_fixed_point_and_times_the_weight():
    tally = tallied([256, 512])
    rows = np.array([0, 1])
    tally.count("cells", rows, np.array([0, 1]), np.array([0.5, 0.25]))
    tally.sum("sums", rows, [None, np.array([1.0, -1.0])])
    tally.sum("sums", rows, [np.array([1.0, 1.0])], start=2, unit=1)
    assert tally.totals[0, 4:7].tolist() == [128 * UNIT, 128 * UNIT, 0]
    assert tally.totals[0, 7:].tolist() == [768, -256 * UNIT, 768]


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.integers(1, 900)), max_size=30))
def test_groups_are_counted_as_if_each_were_alone(rows):
    group, cells, weights = (
        (np.array(each, dtype=np.int64) for each in zip(*rows, strict=True)) if rows else [np.zeros(0, np.int64)] * 3
    )
    together = tallied(weights, group, 4)
    together.count("cells", np.arange(len(cells)), cells)
    together.squares("sums", 1, np.arange(len(cells)))
    for number in range(4):
        mine = np.flatnonzero(group == number)
        alone = tallied(weights)
        alone.count("cells", mine, cells[mine])
        alone.squares("sums", 1, mine)
        assert np.array_equal(together.totals[number], alone.totals[0])
