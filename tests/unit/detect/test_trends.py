"""What a week's point is, and what weeks say together."""

import numpy as np
import pytest
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET, RNG, profile, sample

from seamark.detect.monitors import monitors_for
from seamark.detect.trends import FEWEST_WEEKS, judged, level_of, put_into, trend_plan
from seamark.records.evaluation import Status
from seamark.records.model import Task
from seamark.records.options import ModelOptions

MONITORS = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
PLAN = trend_plan(BIN_SET, MONITORS, BASELINE)
NAMES = [monitor.name for monitor in PLAN.watched]
AMOUNT, VOLUME = NAMES.index("feature.amount:trend"), NAMES.index("traffic:volume_trend")


def weeks(*shifts, rows=4_000):
    return np.stack([PLAN.point(sample(rows, seed, shift=shift)) for seed, shift in enumerate(shifts)], axis=1)


def told(points, budget=2.0):
    arrays = judged(PLAN, points, budget, 168)
    return {name: {key: array[place] for key, array in arrays.items()} for place, name in enumerate(NAMES)}


@pytest.mark.parametrize("shift", [-1.0, -0.3, 0.0, 0.3, 1.0])
def test_the_point_of_a_number_is_how_far_it_has_moved_in_standard_deviations(shift):
    assert PLAN.point(sample(40_000, 1, shift=shift))[AMOUNT] == pytest.approx(shift, abs=0.06)


def test_a_wild_value_moves_no_point():
    values = RNG.normal(size=5_000)
    wild = values.copy()
    wild[:5] = 1e12
    first, second = (PLAN.point(profile(amount=each))[AMOUNT] for each in (values, wild))
    assert first == pytest.approx(second, abs=0.01)


def test_a_week_without_values_has_no_points_but_that_of_its_traffic():
    point = PLAN.point(profile(rows=0))
    assert np.isfinite(point).nonzero()[0].tolist() == [VOLUME]


def test_what_rises_week_by_week_is_a_breach_of_its_trend_alone():
    found = told(weeks(*np.linspace(0, 0.6, 9)))
    assert [name for name, each in found.items() if each["status"] == Status.BREACH] == ["feature.amount:trend"]
    rise = found["feature.amount:trend"]
    assert rise["value"] == pytest.approx(0.6 / 8, rel=0.15)
    assert rise["now"] - rise["usual"] == pytest.approx(0.6, rel=0.15)
    assert rise["value"] >= rise["threshold"]
    assert (rise["n"], rise["span"]) == (9, 9 * 168)


def test_what_is_too_small_to_matter_is_none_however_steady():
    points = weeks(*[0.0] * 9)
    points[AMOUNT] = np.linspace(0, 0.15, 9)
    found = told(points)["feature.amount:trend"]
    assert found["p"] < 2e-3
    assert found["status"] == Status.ELEVATED
    assert found["value"] < found["threshold"]


def test_fewer_than_six_weeks_are_not_enough():
    points = weeks(*np.linspace(0, 3, FEWEST_WEEKS - 1))
    assert {each["status"] for each in told(points).values()} == {Status.INSUFFICIENT}


def test_a_larger_budget_needs_less_proof_and_more_series_more():
    assert level_of(10, 50) > level_of(2, 50) > level_of(2, 200)
    rise = weeks(*np.linspace(0, 0.4, 7))
    assert told(rise, budget=0.01)["feature.amount:trend"]["status"] != Status.BREACH
    assert told(rise, budget=10)["feature.amount:trend"]["status"] == Status.BREACH


def test_the_trends_stand_at_their_places_among_all_monitors():
    blank = {"value": np.full(len(MONITORS), np.nan), "status": np.zeros(len(MONITORS), np.uint8)}
    arrays = judged(PLAN, weeks(*np.linspace(0, 0.6, 9)), 2.0, 168)
    found = put_into(blank, MONITORS, {name: arrays[name] for name in ("value", "status")})
    place = [monitor.name for monitor in MONITORS].index("feature.amount:trend")
    assert found["status"][place] == Status.BREACH
    others = [number for number, monitor in enumerate(MONITORS) if monitor not in PLAN.watched]
    assert np.isnan(found["value"][others]).all()
    assert np.isnan(blank["value"]).all(), "what was given is left as it was"


def test_without_trends_there_is_no_plan():
    assert trend_plan(BIN_SET, [each for each in MONITORS if each not in PLAN.watched], BASELINE) is None
