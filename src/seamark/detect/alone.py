"""Whether a segment has moved by itself: the rest of the traffic, measured the same way, has not gone with it."""

from __future__ import annotations

import numpy as np

from seamark.clock import DAY_US
from seamark.records.window import Window
from seamark.stats.cells import cells_of
from seamark.stats.distance import distances
from seamark.stats.profile import Profile
from seamark.stats.sample import Sample

_WITH_IT = 0.5  # of the segment's own distance: what has certainly moved less has not gone with it
_WEEKS_BEFORE = 3
_REACH_US = 7 * DAY_US


def hours_since(onset_us: int, end_us: int) -> Window:
    """The time to look at: since the onset, a week of it at most."""
    return Window(max(onset_us, end_us - _REACH_US), end_us)


def hours_before(hours: Window, onset_us: int, first_us: int) -> list[Window]:
    """The same hours of the weeks before the onset; of the days before, where no whole week is known."""
    for back_us in (_REACH_US, DAY_US):
        ago = [Window(hours.start_us - n * back_us, hours.end_us - n * back_us) for n in range(1, 2 * _WEEKS_BEFORE)]
        known = [window for window in ago if window.start_us >= first_us and window.end_us <= onset_us]
        if known:
            return known[:_WEEKS_BEFORE]
    return []


def is_alone(now: tuple[Profile, Profile], before: tuple[Profile, Profile], signal: str) -> bool:
    """Whether the rest is still; `now` and `before` are (the segment, all traffic).

    The segment's JS distance is taken debiased, the rest's as it is, which sampling makes too large: few rows say
    nothing rather than too much. Rows without a value count as a bin.
    """
    places = now[0].bin_set.members(signal).tolist()
    segment, position = max((_measure(now[0], before[0], place)[1], place) for place in places)
    rest = _measure(now[1] - now[0], before[1] - before[0], position)[0]
    return bool(rest < _WITH_IT * segment)


def _measure(now: Profile, before: Profile, position: int) -> tuple[float, float]:
    """(the distance, the same debiased)."""
    samples = [Sample.from_counts(cells_of(profile, np.array([position])).rows) for profile in (now, before)]
    found = distances()["jensen_shannon"].evaluate(*samples)
    return float(found.value[0]), float(found.debiased[0])
