"""What each series of a calibration is compared with: its season, what is usual at any hour, or a reference."""

from __future__ import annotations

import numpy as np
import pytest

from seamark.stats.calibration import History, Wish, calibrate
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.scoring import score
from seamark.stats.seasonal import Baseline, Calendar

SERIES, BINS, A_DAY, WINDOWS, ROWS = 6, 8, 24, 24 * 21, 2_000
LAYOUT = Layout.of([(SeriesKind.ORDERED, BINS)] * SERIES)
EVEN = np.full(BINS, 1 / BINS)
TILTED = np.linspace(0.5, 1.5, BINS) / BINS
WISH = Wish(2.0, np.full(SERIES, 0.05, np.float32), np.ones(SERIES, np.float32))
CALENDAR = Calendar(np.arange(WINDOWS) % (7 * A_DAY), np.ones(WINDOWS, np.float32), A_DAY)
ROLLING = np.arange(SERIES) == 1


def traffic(seed, windows, shares=EVEN):
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.multinomial(ROWS, shares, windows).T for _ in range(SERIES)]).astype(np.float32)


def reference(series, shares=EVEN, rows=20_000):
    """A baseline of a few series."""
    of = np.zeros((SERIES, BINS), np.float32)
    of[series] = shares * rows
    return Baseline.of(LAYOUT, of.reshape(-1, 1), A_DAY)


def learned(used=None, counts=None, **stated):
    counts = traffic(1, WINDOWS) if counts is None else counts
    used = np.ones((SERIES, WINDOWS), np.bool_) if used is None else used
    return calibrate(History(LAYOUT, counts, CALENDAR, used, A_DAY), WISH, period=A_DAY, **stated)


def judged(calibration, counts):
    """How far past the level each series of some windows was."""
    slots = np.arange(counts.shape[1])
    return score(calibration, counts, slots, 0).surprise.max(axis=1) - calibration.level


@pytest.fixture(scope="module")
def mixed():
    return learned(static=reference(series=[0]), rolling=ROLLING)


def test_one_calibration_holds_a_reference_a_plain_average_and_seasons(mixed):
    assert mixed.baselines == 2
    assert mixed.baseline.seasonal.tolist() == [False, False, True, True, True, True]
    assert mixed.baseline.flat[:BINS] == pytest.approx(EVEN)
    assert mixed.baseline.flat_rows[0] == pytest.approx(20_000)
    assert (mixed.baseline.flat_rows[1:] > ROWS * WINDOWS * 0.7).all()


def test_a_change_passes_the_level_under_every_kind_of_baseline_and_quiet_windows_do_not(mixed):
    assert (judged(mixed, traffic(2, 48, TILTED / TILTED.sum())) > 0).all()
    assert (judged(mixed, traffic(3, 48)) < 0).all()


def test_a_series_without_a_season_is_never_led_by_one(mixed):
    found = score(mixed, traffic(4, 24, TILTED / TILTED.sum()), np.arange(24), 0)
    assert np.isfinite(found.threshold).all()
    assert (found.effect[:2] > 0.05).all()


def test_traffic_that_always_differed_from_its_reference_is_usual_only_where_it_may_teach():
    """One series is unlike its reference from the first window on; nobody has said yet what that means."""
    counts = traffic(5, WINDOWS)
    away = slice(0, BINS)
    counts[away] = np.random.default_rng(6).multinomial(ROWS, TILTED / TILTED.sum(), WINDOWS).T
    quarantined = np.ones((SERIES, WINDOWS), np.bool_)
    quarantined[0] = False
    beside = np.random.default_rng(7).multinomial(ROWS, TILTED / TILTED.sum(), 24).T
    now = traffic(8, 24)
    now[away] = beside
    kept = learned(quarantined, counts, static=reference(series=[0]))
    assert judged(kept, now)[0] > 0
    taught = learned(None, counts, static=reference(series=[0]))
    assert judged(taught, now)[0] < 0


def test_days_of_which_nothing_may_be_learned_are_no_history():
    used = np.ones((SERIES, WINDOWS), np.bool_)
    whole = History(LAYOUT, traffic(1, WINDOWS), CALENDAR, used, A_DAY)
    used_less = used.copy()
    used_less[:, : 7 * A_DAY] = False
    used_less[:, ::2] = False  # every other hour is no gap of days
    assert whole.weeks == 3
    assert History(LAYOUT, traffic(1, WINDOWS), CALENDAR, used_less, A_DAY).weeks == 2


def test_the_number_of_threads_changes_nothing_but_the_time():
    one, three = learned(threads=1), learned(threads=3)
    assert one.level == three.level
    for part in ("overdispersion", "median", "spread"):
        assert np.array_equal(getattr(one.usual, part), getattr(three.usual, part))
