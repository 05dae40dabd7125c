"""Segments share the budget of their model: without drift they bring no storm, with drift they are seen apart."""

import numpy as np
import pytest

from seamark.stats.alarms import alarms
from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Calendar

BINS, SERIES, WEEK, MONTH = 12, 4, 168, 720
SHARES = (0.5, 0.25, 0.15, 0.07, 0.03)
PARTS = len(SHARES)
HISTORY, TEST = 4 * WEEK, 4 * WEEK
LAYOUT = Layout.of([(SeriesKind.ORDERED, BINS)] * SERIES * (1 + PARTS))
PARENTS = np.tile(np.arange(SERIES), PARTS)
CALENDAR = Calendar(np.arange(HISTORY) % WEEK, np.ones(HISTORY, np.float32), 24)


def traffic(seed, shift=None):
    """float32[T, N] of hours: all traffic, then its segments, each a population and with opening hours of its own.

    `shift` = (segment, series, size): from the test weeks on, this much more weight for higher bins.
    """
    rng = np.random.default_rng(seed)
    hours = np.arange(HISTORY + TEST)
    season = 0.4 * np.sin(2 * np.pi * hours / 24)[:, None] * np.linspace(-1, 1, BINS)
    parts = []
    for number, share in enumerate(SHARES):
        rows = rng.poisson(400 * share * (1 + 0.5 * np.sin(2 * np.pi * (hours + 3 * number) / 24)))
        of_part = []
        for series in range(SERIES):
            weight = np.log(rng.dirichlet(np.full(BINS, 5.0))) + season
            if shift is not None and shift[:2] == (number, series):
                weight[HISTORY:] += shift[2] * np.linspace(-1, 1, BINS)
            share_of_bins = np.exp(weight)
            of_part.append(rng.multinomial(rows, share_of_bins / share_of_bins.sum(axis=1, keepdims=True)).T)
        parts.append(np.concatenate(of_part))
    return np.concatenate([np.sum(parts, axis=0), *parts]).astype(np.float32)


def judged(counts, budget):
    """(the calibration, its surprises of the test weeks)."""
    used = np.ones((len(LAYOUT), HISTORY), dtype=bool)
    wish = Wish(budget, np.full(len(LAYOUT), 0.02, np.float32), np.ones(len(LAYOUT), np.float32))
    history = History(LAYOUT, counts[:, :HISTORY], CALENDAR, used, 24, PARENTS)
    found = calibrate(history, wish, period=WEEK)
    since = HISTORY - WEEK + 1
    slot = np.arange(since, HISTORY + TEST) % WEEK
    return found, score(found, counts[:, since:], slot, WEEK - 1).surprise


def test_five_segments_without_drift_stay_within_the_budget_they_share():
    budget, incidents = 5.0, 0
    for seed in range(4):
        found, surprise = judged(traffic(seed), budget)
        incidents += int(
            alarms(
                surprise, np.array([found.level], np.float32), np.array([found.ending], np.float32), rest=24
            ).incidents[0]
        )
    expected = budget * 4 * TEST / MONTH
    assert incidents <= 1.8 * expected, f"{incidents} of {expected:.0f}"


@pytest.mark.parametrize("segment", [0, 2])
def test_a_segment_that_shifts_is_seen_in_its_own_series_and_its_neighbours_are_still(segment):
    found, surprise = judged(traffic(9, shift=(segment, 1, 0.6)), 2.0)
    fires = (surprise > found.level).mean(axis=1)
    mine = SERIES * (1 + segment) + 1
    assert fires[mine] > 0.9
    others = [SERIES * (1 + number) + 1 for number in range(PARTS) if number != segment]
    assert fires[others].max() < 0.1
