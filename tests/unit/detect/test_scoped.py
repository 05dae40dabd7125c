"""Which series all traffic and its segments have, and that the stored form keeps their seasons."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET, sample

from seamark.clock import HOUR_US
from seamark.detect.calibrated import Watched
from seamark.detect.monitors import monitors_for
from seamark.detect.scoped import scoped, signals_to_watch
from seamark.detect.stored import from_bytes, to_bytes
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Baseline, Calendar

OPTIONS = ModelOptions(baseline="seasonal", segments=("country",))
MONITORS = monitors_for(BIN_SET, Task.BINARY, OPTIONS, provisional=False, calibrated_us=HOUR_US)
WATCHED = Watched(("country=FR", "country=US"), signals_to_watch(BIN_SET, OPTIONS, {}))
PLAN = scoped(BIN_SET, MONITORS, BASELINE, WATCHED)
WINDOWS = 336


def cells(windows, first_seed=0):
    seeds = range(first_seed, first_seed + windows)
    return np.stack([PLAN.cells([sample(300, seed), sample(100, seed), sample(90, seed)]) for seed in seeds], axis=1)


def test_segments_watch_the_answers_and_the_features_that_matter_most():
    many = signals_to_watch(BIN_SET, OPTIONS, {"feature.country": 0.9, "feature.amount": 0.3})
    answers = [name for name in many if not name.startswith("feature.")]
    assert "score" in answers
    assert many[len(answers) :][:2] == ("feature.country", "feature.amount")


def test_the_owners_word_on_importance_comes_before_the_attributions():
    options = ModelOptions(importance={"amount": 2.0})
    features = [name for name in signals_to_watch(BIN_SET, options, {"feature.country": 0.9}) if "feature." in name]
    assert features[0] == "feature.amount"


def test_the_owner_may_name_what_segments_watch():
    options = ModelOptions(segment_signals=("amount", "score"))
    assert set(signals_to_watch(BIN_SET, options, {})) == {"feature.amount", "score"}


def test_every_series_of_a_segment_is_part_of_the_same_one_of_all_traffic():
    names = PLAN.names
    parts = names[len(PLAN.whole.names) :]
    assert [name.partition(" ")[2] for name in parts] == [names[parent] for parent in PLAN.parents]
    assert [monitor.name for _, monitor in PLAN.of_series][PLAN.series_of("country=US")] == [
        PLAN.segment.monitors[place].name for place in PLAN.segment.places
    ]


def test_a_stored_calibration_of_segments_scores_as_the_one_that_was_learned():
    calendar = Calendar(np.arange(WINDOWS) % 168, np.ones(WINDOWS, np.float32), 24)
    used = np.ones((len(PLAN.layout), WINDOWS), dtype=bool)
    smallest = np.array([monitor.rule.fire for _, monitor in PLAN.of_series], np.float32)
    wish = Wish(2.0, smallest, np.ones(len(PLAN.layout), np.float32))
    history = History(PLAN.layout, cells(WINDOWS), calendar, used, 24, PLAN.parents)
    learned = calibrate(history, wish, period=24)
    again, names, watched = from_bytes(to_bytes(learned, PLAN.names, PLAN.watched))
    assert (names, watched) == (PLAN.names, WATCHED)
    counts, slot = cells(30, 9_000), np.arange(30) % 24
    first, second = score(learned, counts, slot, 20), score(again, counts, slot, 20)
    assert np.allclose(first.surprise, second.surprise, atol=0.05)


LAYOUT = Layout.of([(SeriesKind.ORDERED, 3), (SeriesKind.ORDERED, 3)])


@settings(deadline=None, max_examples=50)
@given(
    st.lists(st.floats(5, 500), min_size=12, max_size=12),
    st.lists(st.floats(0.1, 3), min_size=4, max_size=4),
)
def test_a_part_that_is_like_the_whole_at_its_own_hours_has_the_season_of_the_whole(sums, traffic):
    whole = np.array(sums, np.float32).reshape(3, 4)
    found = Baseline.of(LAYOUT, np.concatenate([whole, whole * np.array(traffic, np.float32)]), 4)
    part = Baseline.of(
        LAYOUT, np.concatenate([whole, found.slots[:3] * 1000 * np.array(traffic, np.float32)]), 4, np.array([0])
    )
    assert np.allclose(part.slots[3:], part.slots[:3], atol=1e-4)
    assert (part.slot_rows[1] <= part.slot_rows[0] + 1e-3).all()


def test_a_part_without_rows_is_expected_to_be_like_the_whole():
    whole = np.arange(1, 13, dtype=np.float32).reshape(3, 4)
    found = Baseline.of(LAYOUT, np.concatenate([whole, np.zeros((3, 4), np.float32)]), 4, np.array([0]))
    assert np.allclose(found.slots[3:], found.slots[:3])
    assert np.allclose(found.flat[3:], found.flat[:3])


def test_a_part_keeps_its_difference_and_the_season_of_the_whole():
    hours = (
        np.array([[90] * 12 + [10] * 12, [10] * 12 + [90] * 12], np.float32) * 100
    )  # the first cell, then the second
    part = np.array([[70] * 12 + [5] * 12, [30] * 12 + [95] * 12], np.float32) * 50  # more of the second at any hour
    layout = Layout.of([(SeriesKind.SHARE, 2), (SeriesKind.SHARE, 2)])
    found = Baseline.of(layout, np.concatenate([hours, part]), 24, np.array([0]))
    assert found.slots[2, 5] > 3 * found.slots[2, 18]
    assert (found.slots[3] > found.slots[1]).all()
