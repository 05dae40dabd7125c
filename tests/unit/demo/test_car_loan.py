"""The bundled story, moved so that it ends today: by whole days, whatever the hour, and otherwise unchanged."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from seamark.clock import DAY_US, HOUR_US, from_iso
from seamark.demo.car_loan import OUTCOME_DELAY_US, between, load
from seamark.records.rows import FEATURE

NOW_US = from_iso("2026-11-01T15:30:00Z")


@pytest.fixture(scope="module")
def story():
    return load(NOW_US)


def micros(column):
    return pc.cast(column, pa.int64()).to_numpy()


@pytest.mark.parametrize("later_us", [0, 1, HOUR_US, DAY_US - HOUR_US, DAY_US, 400 * DAY_US])
def test_the_story_ends_within_a_day_from_now_and_moves_by_whole_days(later_us):
    told = load(NOW_US + later_us)
    assert told.shift_us % DAY_US == 0
    assert 0 <= int(told.times_us[-1]) - (NOW_US + later_us) < DAY_US


def test_a_day_later_everything_is_a_day_later_and_nothing_else_changes(story):
    later = load(NOW_US + DAY_US)
    assert later.shift_us - story.shift_us == DAY_US
    assert (later.times_us - story.times_us == DAY_US).all()
    assert later.predictions.drop_columns(["time"]).equals(story.predictions.drop_columns(["time"]))


def test_rows_come_in_the_order_of_their_time(story):
    assert (np.diff(story.times_us) >= 0).all()
    assert (np.diff(micros(story.outcomes["time"])) >= 0).all()


def test_every_row_has_what_a_canonical_row_needs(story):
    for table in (story.reference, story.predictions):
        assert table.column_names[:3] == ["id", "time", "version"]
        assert [name for name in table.column_names[3:] if not name.startswith(FEATURE)] == ["prediction", "score"]
        assert table["id"].null_count == table["time"].null_count == 0
        assert len(pc.unique(table["id"])) == table.num_rows == 50_000
        assert pc.min_max(table["score"]).as_py()["max"] <= 1


def test_the_reference_ends_before_the_story_begins(story):
    assert micros(story.reference["time"]).max() <= story.times_us.min()


def test_a_loans_fate_is_known_two_weeks_after_its_prediction(story):
    assert story.outcomes["id"].equals(story.predictions["id"])
    made, known = micros(story.outcomes["prediction_time"]), micros(story.outcomes["time"])
    assert (known - made == OUTCOME_DELAY_US).all()
    assert (made == story.times_us).all()
    assert set(pc.unique(story.outcomes["value.repaid"]).to_pylist()) == {0.0, 1.0}


@pytest.mark.parametrize("days", [1, 7, 30])
def test_the_days_of_a_story_follow_each_other_and_hold_all_of_it(story, days):
    first = int(story.times_us[0]) // DAY_US * DAY_US
    last = int(story.times_us[-1]) + 1
    parts = [between(story.predictions, at, at + days * DAY_US) for at in range(first, last, days * DAY_US)]
    assert pa.concat_tables(parts).equals(story.predictions)


def test_a_stretch_of_time_is_half_open(story):
    moment = int(story.times_us[100])
    assert moment not in micros(between(story.predictions, moment + 1, moment + DAY_US)["time"])
    assert moment not in micros(between(story.predictions, moment - DAY_US, moment)["time"])
    assert micros(between(story.predictions, moment, moment + 1)["time"]).tolist().count(moment) >= 1
    assert between(story.predictions, moment, moment).num_rows == 0
