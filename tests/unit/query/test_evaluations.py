"""Stored evaluations become one table: monitors joined by name, windows that never overlap."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.query.stored import BREACH, ELEVATED, OK, SHOP, Written, hours, monitor

from seamark.clock import HOUR_US
from seamark.query.evaluations import NOT_EVALUATED, nullable, read
from seamark.records.model import Model
from seamark.records.window import Window

AMOUNT, AGE, SCORE = monitor("feature.amount"), monitor("feature.age"), monitor("score")


def table(written, window=None, **filters):
    return read(written.store, written.model, window or hours(-99, 99), **filters)


def test_a_column_per_window_and_a_row_per_monitor():
    written = Written(AMOUNT, AGE)
    written.judge(hours(0, 1), OK, BREACH, values=[0.01, 0.4], n=250, rows=251)
    written.judge(hours(1, 2), ELEVATED, OK)
    found = table(written)
    assert [each.name for each in found.monitors] == [AMOUNT.name, AGE.name]
    assert found.windows == (hours(0, 1), hours(1, 2))
    assert found.rows == (251, 100)
    assert found.arrays["status"].tolist() == [[OK, ELEVATED], [BREACH, OK]]
    assert found.arrays["value"][:, 0] == pytest.approx([0.01, 0.4])
    assert found.arrays["exceedance"][1, 0] == pytest.approx(8)
    assert found.arrays["n"][0].tolist() == [250, 100]


def test_older_windows_are_joined_to_the_present_monitors_by_name():
    written = Written(AMOUNT, AGE)
    written.judge(hours(0, 1), BREACH, OK)
    written.watch(SCORE, AGE, AMOUNT)
    written.judge(hours(1, 2), OK, ELEVATED, BREACH)
    found = table(written)
    assert [each.name for each in found.monitors] == [SCORE.name, AGE.name, AMOUNT.name]
    assert found.arrays["status"].tolist() == [[NOT_EVALUATED, OK], [OK, ELEVATED], [BREACH, BREACH]]
    assert np.isnan(found.arrays["value"][0, 0])


def test_a_monitor_that_is_watched_no_longer_is_not_shown():
    written = Written(AMOUNT, AGE)
    written.judge(hours(0, 1), OK, BREACH)
    written.watch(AMOUNT)
    found = table(written)
    assert [each.name for each in found.monitors] == [AMOUNT.name]
    assert found.arrays["status"].tolist() == [[OK]]


def test_lists_of_monitors_that_have_none_in_common_leave_empty_cells():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), BREACH)
    written.watch(AGE)
    assert table(written).arrays["status"].tolist() == [[NOT_EVALUATED]]


def test_a_window_judged_again_says_the_newer_word():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    written.judge(hours(0, 1), BREACH)
    found = table(written)
    assert found.windows == (hours(0, 1),)
    assert found.arrays["status"].tolist() == [[BREACH]]


def test_windows_of_a_length_no_longer_used_give_way_where_newer_ones_overlap_them():
    written = Written(AMOUNT)
    for hour in range(6):
        written.judge(hours(hour, hour + 1), OK)
    written.judge(hours(3, 9), BREACH)
    assert table(written).windows == (hours(0, 1), hours(1, 2), hours(2, 3), hours(3, 9))


def test_longer_windows_give_way_to_newer_shorter_ones_too():
    written = Written(AMOUNT)
    written.judge(hours(0, 6), BREACH)
    written.judge(hours(6, 12), BREACH)
    written.judge(hours(5, 6), OK)
    assert table(written).windows == (hours(5, 6), hours(6, 12))


def test_only_the_version_and_segment_asked_for_are_read():
    written = Written(AMOUNT)
    written.judge(hours(0, 1), OK)
    written.judge(hours(0, 1), BREACH, version="2")
    written.judge(hours(0, 1), ELEVATED, segment="country=FR")
    assert table(written).arrays["status"].tolist() == [[OK]]
    assert table(written, version="2").arrays["status"].tolist() == [[BREACH]]
    assert table(written, segment="country=FR").arrays["status"].tolist() == [[ELEVATED]]
    assert table(written, version="3").windows == ()


def test_a_model_without_monitors_or_windows_has_an_empty_table():
    written = Written(AMOUNT)
    assert table(written).arrays["value"].shape == (1, 0)
    unwatched = read(written.store, Model(SHOP, "quiet", 0), hours(0, 9))
    assert unwatched.monitors == ()
    assert unwatched.place("anything") is None


def test_a_monitor_is_found_by_its_name():
    written = Written(AMOUNT, AGE)
    assert table(written).place(AGE.name) == 1
    assert table(written).place("feature.age") is None


judged = st.lists(st.tuples(st.integers(0, 20), st.sampled_from([1, 2, 6])), min_size=1, max_size=12)


@given(judged)
def test_no_two_windows_of_a_table_overlap_and_the_last_that_was_judged_is_among_them(story):
    written = Written(AMOUNT)
    for start, length in story:
        written.judge(hours(start, start + length), OK)
    found = table(written).windows
    assert not any(one.overlaps(other) for one, other in pairwise(found))
    assert list(found) == sorted(found)
    start, length = story[-1]
    assert hours(start, start + length) in found


@given(judged, st.integers(0, 20), st.integers(1, 10))
def test_a_table_holds_only_windows_that_touch_the_range(story, start, length):
    written = Written(AMOUNT)
    for first, hours_long in story:
        written.judge(hours(first, first + hours_long), OK)
    reach = hours(start, start + length)
    assert all(window.overlaps(reach) for window in table(written, reach).windows)


def test_what_json_cannot_say_is_none_and_the_rest_has_six_digits():
    values = np.array([np.nan, np.inf, -np.inf, 0.0, 1 / 3, 123456.789])
    assert nullable(values) == [None, None, None, 0.0, 0.333333, 123457.0]


def test_a_status_that_was_not_evaluated_is_none_of_the_real_ones():
    assert NOT_EVALUATED not in {int(status) for status in type(OK)}


def test_windows_of_other_lengths_that_only_touch_stay_side_by_side():
    written = Written(AMOUNT)
    written.judge(hours(0, 6), OK)
    written.judge(hours(6, 7), OK)
    assert table(written).windows == (hours(0, 6), Window(hours(6, 7).start_us, hours(6, 7).start_us + HOUR_US))
