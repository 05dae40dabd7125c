import numpy as np
import pytest
from tests.conformance.test_metrics import START_US, counted, gauged, timed

from seamark.clock import HOUR_US, MINUTE_US
from seamark.records.window import Window
from seamark.stats.buckets import quantile
from seamark.store.stretches import added, coarser, cut, fitted, on_one_grid, together

NAN = float("nan")
INF = float("inf")


def values(stretch):
    return [[None if np.isnan(value) else value for value in row] for row in stretch.values]


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        (0, 3, [1, 2, 3]),
        (1, 2, [2]),
        (-2, 1, [None, None, 1]),
        (2, 5, [3, None, None]),
        (-1, 4, [None, 1, 2, 3, None]),
        (5, 7, [None, None]),
        (-4, -2, [None, None]),
    ],
)
def test_a_part_of_a_stretch_is_its_points_there_and_silence_around(first, last, expected):
    found = fitted(counted(1, 2, 3), START_US + first * MINUTE_US, START_US + last * MINUTE_US)
    assert values(found) == [expected]
    assert (found.start_us, found.end_us) == (START_US + first * MINUTE_US, START_US + last * MINUTE_US)


def test_blocks_are_aligned_and_those_without_a_value_are_left_out():
    stretch = counted(*[1] * 10, *[NAN] * 60, 2, minute=55)
    found = list(cut(stretch, HOUR_US))
    assert [piece.start_us for piece in found] == [START_US, START_US + HOUR_US, START_US + 2 * HOUR_US]
    assert [piece.values.shape for piece in found] == [(1, 60)] * 3
    assert sum(np.nansum(piece.values) for piece in found) == 12
    assert list(cut(counted(NAN), HOUR_US)) == []


def test_adding_leaves_what_is_added_as_it_was():
    one, other = counted(1, 2), counted(10, minute=1)
    assert values(added([one, other])) == [[1, 12]]
    assert (values(one), values(other)) == ([[1, 2]], [[10]])
    assert added([one]) is one


def test_instances_with_other_buckets_agree_at_the_bounds_they_share():
    fine = timed((0.1, 0.2, 0.5, INF), (10, 20, 30, 30))
    rough = timed((0.2, INF), (5, 40))
    total = added([fine, rough])
    assert total.bounds == (0.1, 0.2, 0.5, INF)
    assert values(total) == [[10], [25], [30], [70]]
    assert quantile(np.array(total.bounds), total.values, 25 / 70) == pytest.approx([0.2])


def test_a_wide_point_of_a_gauge_has_the_extremes_of_its_minutes():
    wide = coarser(gauged((4, 2, 1, 3), (NAN, NAN, NAN, NAN), (9, 1, 9, 9)), 5 * MINUTE_US)
    assert values(wide) == [[13], [3], [1], [9]]


def test_a_grid_begins_where_its_step_does():
    reach = Window(START_US + 3 * MINUTE_US, START_US + 6 * MINUTE_US)
    found = on_one_grid([counted(1, 2, 3, minute=3)], reach, 5 * MINUTE_US)
    assert [(each.start_us - START_US, values(each)) for each in found] == [(0, [[3, 3]])]


def test_series_come_together_in_their_order():
    found = together([gauged((1, 1, 1, 1)), counted(1), counted(2, minute=2)])
    assert [each.series.metric for each in found] == ["memory_bytes", "requests"]
    assert values(found[1]) == [[1, None, 2]]
