"""What calibrating and judging cost: CPU seconds for 10,000 series, beside just reading what must be read."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np
from simulator import WEEK, Fleet
from watched import calibrated

from seamark.stats.scoring import score

SERIES = 10_000
REPETITIONS = 5


def measure() -> dict[str, float]:
    large, small = Fleet(0, 9), Fleet(0, 9, numeric=3, categorical=1, ratio=0)
    found = {}
    for weeks in (4, 8):
        counts = large.counts().astype(np.float32)
        each = least(lambda c=counts, w=weeks: calibrated(large, c, 8 - w, 8, (2,)))
        found[f"calibrate, {weeks} weeks of hours, models of 200 series"] = each * SERIES / 200
    for fleet, models in ((large, 50), (small, 2_500)):
        counts = fleet.counts().astype(np.float32)
        calibration, (level,) = calibrated(fleet, counts, 0, 8, (2,))
        assert level > 0
        last = np.ascontiguousarray(counts[:, 8 * WEEK - WEEK + 1 : 8 * WEEK + 1])
        slot = np.arange(7 * WEEK + 1, 8 * WEEK + 1) % WEEK
        each = least(lambda c=calibration, n=last, s=slot: score(c, n, s, WEEK - 1))
        found[f"judge one hour, {models:,} models of {SERIES // models} series"] = each * models
        if fleet is large:
            reading = least(lambda n=last: n.sum(axis=1)) * models
            found["floor: read the week of counts that this hour completes"] = reading
    return found


def least(work: Callable[[], object]) -> float:
    """CPU seconds, the best of several."""
    taken = []
    for _ in range(REPETITIONS):
        begin = time.process_time()
        work()
        taken.append(time.process_time() - begin)
    return min(taken)
