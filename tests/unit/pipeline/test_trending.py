"""Which weeks stand beside each other, and when they are read again."""

import numpy as np
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, shifted

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.blocks import unpack
from seamark.records.evaluation import Status
from seamark.records.monitor import monitors_from_json
from seamark.records.options import ModelOptions
from seamark.records.window import Window

DAY, WEEK = 24, 168
TO_MONDAY = int(-(START_US - 4 * DAY_US) % (7 * DAY_US) // HOUR_US)  # hours from the start to the first Monday


def few_columns(rng, rows):
    return {"feature.amount": rng.normal(size=rows), "prediction": (rng.random(rows) < 0.5).astype(float)}


@pytest.fixture(scope="module")
def served():
    """Seven whole weeks, of which the third was silent for three days."""
    options = ModelOptions(baseline="static", window_seconds=DAY * 3600)
    served = ServedModel(61, rows_an_hour=8, columns=few_columns, options=options, reference_rows=2_000)
    served.run(TO_MONDAY + 2 * WEEK + DAY, tick_hours=12 * DAY)
    served.run(3 * DAY, rows=0, tick_hours=12 * DAY)
    served.run(5 * WEEK - 4 * DAY + 1, tick_hours=12 * DAY)
    served.pipeline.tick(served.now_us)
    return served


def told(served, end_us):
    """What the window that ended then says of each trend, by the monitor's name."""
    (block,) = served.store.slow.evaluations(PROJECT, NAME, Window(end_us - DAY_US, end_us))
    monitors = monitors_from_json(served.store.slow.monitor_set(block.monitor_set).payload)
    arrays = unpack(block)
    return {
        monitor.name: {name: array[place] for name, array in arrays.items()}
        for place, monitor in enumerate(monitors)
        if "trend" in monitor.name
    }


def monday(weeks):
    """The end of so many whole weeks."""
    return START_US + (TO_MONDAY + weeks * WEEK) * HOUR_US


def test_before_six_weeks_nothing_is_said(served):
    found = told(served, monday(5))
    assert {each["status"] for each in found.values()} == {Status.INSUFFICIENT}
    assert not any(each["n"] for each in found.values())


def test_a_week_that_was_silent_for_days_counts_for_its_traffic_alone(served):
    found = told(served, monday(7))
    assert found["feature.amount:trend"]["n"] == 6
    assert found["traffic:volume_trend"]["n"] == 7


def test_with_a_week_less_the_others_are_not_enough(served):
    found = told(served, monday(6))
    assert found["feature.amount:trend"]["status"] == Status.INSUFFICIENT
    assert found["traffic:volume_trend"]["status"] != Status.INSUFFICIENT


def test_the_verdict_of_a_week_is_that_of_all_its_windows(served):
    first, second = (told(served, monday(6) + days * DAY_US) for days in (1, 5))
    for name, each in first.items():
        assert np.array_equal(each["value"], second[name]["value"], equal_nan=True), name


def test_rows_that_come_late_are_in_the_next_verdict(served):
    before = told(served, monday(7))["feature.amount:trend"]
    served.faults.append((0, shifted("feature.amount", 5.0)))
    served.log(served.traffic(TO_MONDAY + 6 * WEEK + DAY, 4_000))
    served.faults.clear()
    served.run(DAY, tick_hours=DAY)
    end_us = START_US + served.hour // DAY * DAY * HOUR_US
    assert told(served, end_us)["feature.amount:trend"]["value"] != before["value"]
