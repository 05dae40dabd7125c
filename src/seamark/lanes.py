"""Threads that keep the lanes of the pipeline going, each at its own pace."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from seamark import clock
from seamark.records.measurement import Measurement, MeasurementKind

_LOG = logging.getLogger("seamark.lanes")
_LONGEST_PAUSE_SECONDS = 60.0  # after failures
_LONGEST_REST_SECONDS = 300.0  # half of what rows may be late by default


@dataclass(frozen=True, slots=True)
class LaneState:
    """How a lane is doing."""

    steps: int
    failures: int
    last_step_us: int | None  # when it last came to the end of a step without failing
    last_error: str


class Pace:
    """How soon what took long may be done again: so that in the long run it takes a `share` of the time.

    Work with a fixed cost, such as that of each of five hundred models, is cheaper when more has come together.
    """

    def __init__(self, share: float = 1.0) -> None:
        self._rests = 1 / share - 1
        self._next_us = 0

    def is_due(self, now_us: int) -> bool:
        """Whether it has rested long enough."""
        return now_us >= self._next_us

    def rest(self, began_us: int, ended_us: int) -> float:
        """Note how long it took; the seconds to rest, five minutes at most."""
        seconds = min((ended_us - began_us) / clock.SECOND_US * self._rests, _LONGEST_REST_SECONDS)
        self._next_us = ended_us + int(seconds * clock.SECOND_US)
        return seconds

    def hurry(self) -> None:
        """Rest no longer."""
        self._next_us = 0


class Lane:
    """Calls `step(now_us)` again at once while it returns True, else after a pause that suits how long it took.

    A step that raises is logged and tried again, later and later up to a minute apart; `recover` is
    called before. One lane's failure never stops another.
    """

    def __init__(
        self,
        name: str,
        step: Callable[[int], bool],
        pause_seconds: float,
        *,
        recover: Callable[[], None] | None = None,
        pace: Pace | None = None,
    ) -> None:
        self.name = name
        self._step = step
        self._pause_seconds = pause_seconds
        self._pace = pace or Pace()
        self._recover = recover
        self._stopping = threading.Event()
        self._hurried = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"seamark-{name}", daemon=True)
        self._state = LaneState(0, 0, None, "")
        self._failed_in_a_row = 0

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self, timeout_seconds: float) -> bool:
        """Finish the step in hand and end; whether that took less than the timeout."""
        self._stopping.set()
        self._hurried.set()
        if self._thread.is_alive():
            self._thread.join(timeout_seconds)
        return not self._thread.is_alive()

    def hurry(self) -> None:
        """End the present pause, if any: there is something to do."""
        self._hurried.set()

    def state(self) -> LaneState:
        """Counters since the start."""
        return self._state

    def _run(self) -> None:
        while not self._stopping.is_set():
            pause = self._once()
            if pause > 0:
                self._hurried.wait(pause)
                self._hurried.clear()

    def _once(self) -> float:
        """One step; the seconds to wait after it."""
        state, began_us = self._state, clock.now_us()
        try:
            if self._failed_in_a_row and self._recover is not None:
                self._recover()
            busy = self._step(began_us)
        except Exception as failure:  # noqa: BLE001 this is the door of the lane: it must survive what it meets
            self._failed_in_a_row += 1
            _LOG.exception("The %s lane failed; it will try again.", self.name)
            self._state = LaneState(state.steps, state.failures + 1, state.last_step_us, repr(failure))
            return min(self._pause_seconds * 2.0**self._failed_in_a_row, _LONGEST_PAUSE_SECONDS)
        self._failed_in_a_row = 0
        ended_us = clock.now_us()
        self._state = LaneState(state.steps + 1, state.failures, ended_us, state.last_error)
        return 0.0 if busy else max(self._pause_seconds, self._pace.rest(began_us, ended_us))


def lane_measurements(lanes: Sequence[Lane]) -> list[Measurement]:
    """Steps, failures and the time of the last success of each lane."""
    states = [((lane.name,), lane.state()) for lane in lanes]
    last = tuple((name, state.last_step_us / clock.SECOND_US) for name, state in states if state.last_step_us)
    counter, gauge = MeasurementKind.COUNTER, MeasurementKind.GAUGE
    return [
        Measurement(
            "seamark_lane_steps", "Steps done.", counter, ("lane",), tuple((n, float(s.steps)) for n, s in states)
        ),
        Measurement(
            "seamark_lane_failures",
            "Steps failed.",
            counter,
            ("lane",),
            tuple((n, float(s.failures)) for n, s in states),
        ),
        Measurement("seamark_lane_last_success_seconds", "When a step last ended well.", gauge, ("lane",), last),
    ]
