"""Which windows a model is judged on, and which are due."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from seamark.clock import DAY_US, HOUR_US
from seamark.records.window import Window

LENGTHS_US = (HOUR_US, 6 * HOUR_US, DAY_US)
ENOUGH_ROWS = 200
_OBSERVED_HOURS = 24  # before a longer window than an hour is chosen
_MARGIN = 1.5  # a chosen window only gives way to one that fits this much better


def choose_length(first_hour_us: int, hourly_rows: NDArray[np.int64], present_us: int | None = None) -> int | None:
    """The shortest of 1 h, 6 h, 1 d whose median window holds 200 rows; None until traffic has shown.

    `hourly_rows[i]` are the rows of the hour `first_hour_us + i h`, gaps as zeros. A model too quiet
    for any of them gets the day. With a `present_us` choice, a change needs a margin, so that traffic
    near a border does not make the window flap.
    """
    fits = [_median(first_hour_us, hourly_rows, length) for length in LENGTHS_US]
    if present_us in LENGTHS_US:
        present = LENGTHS_US.index(present_us)
        for index in range(present):
            if fits[index] >= ENOUGH_ROWS * _MARGIN:
                return LENGTHS_US[index]
        if present < len(LENGTHS_US) - 1 and fits[present] < ENOUGH_ROWS / _MARGIN:
            return LENGTHS_US[present + 1]
        return present_us
    if len(hourly_rows) >= 3 and fits[0] >= ENOUGH_ROWS:
        return LENGTHS_US[0]
    if len(hourly_rows) < _OBSERVED_HOURS:
        return None
    return next((length for length, fit in zip(LENGTHS_US, fits, strict=True) if fit >= ENOUGH_ROWS), DAY_US)


def _median(first_hour_us: int, hourly_rows: NDArray[np.int64], length_us: int) -> float:
    """Median rows of the whole aligned windows of `length_us`; a pro-rated guess while none is whole."""
    hours = length_us // HOUR_US
    skipped = (-first_hour_us // HOUR_US) % hours
    whole = (len(hourly_rows) - skipped) // hours
    if whole < 1:
        return float(hourly_rows.mean()) * hours if len(hourly_rows) else 0.0
    return float(np.median(hourly_rows[skipped : skipped + whole * hours].reshape(whole, hours).sum(axis=1)))


def due(
    *,
    length_us: int,
    first_time_us: int,
    evaluated_through_us: int | None,
    dirty_hours_us: Iterable[int],
    now_us: int,
    lateness_us: int,
    limit: int,
) -> list[tuple[Window, bool]]:
    """Sealed windows to evaluate, at most `limit`: (window, late).

    A window is sealed `lateness_us` after its end. Due are all sealed windows after
    `evaluated_through_us`, oldest first, and then those before it with an hour that changed since
    (late = True): news comes before revisions, but a quarter of the places is the revisions'.
    """
    sealed_us = (now_us - lateness_us) // length_us * length_us
    begin_us = first_time_us if evaluated_through_us is None else evaluated_through_us
    begin_us = begin_us // length_us * length_us
    late = sorted({hour // length_us * length_us for hour in dirty_hours_us if hour < min(begin_us, sealed_us)})
    fresh = range(begin_us, sealed_us, length_us)[: limit - min(len(late), limit // 4)]
    windows = [(Window(start, start + length_us), False) for start in fresh]
    return windows + [(Window(start, start + length_us), True) for start in late[: limit - len(windows)]]
