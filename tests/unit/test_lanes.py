"""A lane goes on whatever its steps do."""

import logging
import threading
import time

import pytest

from seamark.clock import SECOND_US
from seamark.lanes import Lane, Pace, lane_measurements


def run_until(lane, done):
    lane.start()
    assert done.wait(10)
    assert lane.stop(10)


def test_a_busy_lane_does_not_pause():
    done, calls = threading.Event(), []

    def step(now_us):
        calls.append(now_us)
        if len(calls) == 50:
            done.set()
        return len(calls) < 50

    lane = Lane("slow", step, pause_seconds=3600.0)
    run_until(lane, done)
    assert len(calls) == 50
    assert calls == sorted(calls)
    assert lane.state().steps == 50


def test_a_failure_is_logged_recovered_from_and_tried_again(caplog):
    done, story = threading.Event(), []

    def step(_now_us):
        story.append("step")
        if story.count("step") < 3:
            raise OSError("The disk is full.")
        done.set()
        return False

    lane = Lane("slow", step, pause_seconds=0.001, recover=lambda: story.append("recover"))
    with caplog.at_level(logging.ERROR):
        run_until(lane, done)
    assert story[:5] == ["step", "recover", "step", "recover", "step"]
    assert lane.state().failures == 2
    assert "The disk is full." in lane.state().last_error
    assert "The slow lane failed" in caplog.text


def test_a_failing_recovery_is_a_failure_too():
    done, tries = threading.Event(), []

    def recover():
        tries.append(1)
        if len(tries) == 2:
            done.set()
        raise OSError("still")

    def step(_now_us):
        raise OSError("first")

    lane = Lane("slow", step, pause_seconds=0.001, recover=recover)
    run_until(lane, done)
    assert lane.state().failures >= 3


def test_stopping_does_not_wait_for_the_pause():
    stepped = threading.Event()

    def step(_now_us):
        stepped.set()
        return False

    lane = Lane("fast", step, pause_seconds=3600.0)
    run_until(lane, stepped)


def test_a_lane_that_is_hurried_ends_its_pause():
    steps = threading.Semaphore(0)
    lane = Lane("fast", lambda _now_us: bool(steps.release()), pause_seconds=3600.0)
    lane.start()
    assert steps.acquire(timeout=10)
    lane.hurry()
    assert steps.acquire(timeout=10)
    assert lane.stop(10)


def test_lanes_report_their_steps():
    done = threading.Event()
    lane = Lane("fast", lambda _now_us: bool(done.set()), pause_seconds=3600.0)
    run_until(lane, done)
    steps = next(m for m in lane_measurements([lane]) if m.name == "seamark_lane_steps")
    assert steps.samples == ((("fast",), 1.0),)


def test_what_took_long_rests_so_that_it_takes_its_share_of_the_time():
    pace = Pace(0.1)
    assert pace.is_due(0)
    assert pace.rest(100 * SECOND_US, 102 * SECOND_US) == pytest.approx(18)
    assert not pace.is_due(119 * SECOND_US)
    assert pace.is_due(120 * SECOND_US)


def test_a_rest_ends_after_five_minutes_or_when_somebody_waits():
    pace = Pace(0.01)
    assert pace.rest(0, 3600 * SECOND_US) == 300
    assert not pace.is_due(3601 * SECOND_US)
    pace.hurry()
    assert pace.is_due(3601 * SECOND_US)


def test_without_a_share_nothing_rests():
    pace = Pace()
    assert pace.rest(0, 3600 * SECOND_US) == 0
    assert pace.is_due(3600 * SECOND_US)


def test_a_lane_rests_as_its_steps_are_long():
    second, began = threading.Event(), []

    def step(_now_us):
        began.append(time.monotonic())
        time.sleep(0.02)
        if len(began) == 2:
            second.set()
        return False

    run_until(Lane("slow", step, pause_seconds=0.0, pace=Pace(0.1)), second)
    assert began[1] - began[0] >= 0.1  # 0.02 and nine times as much, at the least half of it
