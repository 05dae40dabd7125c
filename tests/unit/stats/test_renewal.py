"""A history moved to a new normal keeps its season, its strays and its rows."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.calibration import History
from seamark.stats.channels import Layout, SeriesKind
from seamark.stats.renewal import Acceptance, coupling, renewed
from seamark.stats.seasonal import Calendar

A_DAY, DAYS, ONSET, ROWS = 6, 28, 27, 4_000
LAYOUT = Layout.of([(SeriesKind.ORDERED, 6), (SeriesKind.SHARE, 2), (SeriesKind.VALUE, 2)])
WINDOWS, FIRST = A_DAY * DAYS, A_DAY * ONSET
CALENDAR = Calendar(np.arange(WINDOWS) % (7 * A_DAY), np.ones(WINDOWS, np.float32), A_DAY)
ALL = np.ones(3, np.bool_)
NOW = (Acceptance(ALL, FIRST, WINDOWS),)
PLAIN = np.arange(1, 7) / 21
RELAXED = settings(max_examples=25)


def history(seed, *, after=PLAIN, share=0.2, mean=3.0):
    """Bins, a share and a value that change at the onset."""
    rng = np.random.default_rng(seed)
    columns = []
    for window in range(WINDOWS):
        changed = window >= FIRST
        part = rng.binomial(ROWS, share if changed else 0.2)
        value = rng.normal(mean if changed else 3.0, 0.05)
        columns.append([*rng.multinomial(ROWS, after if changed else PLAIN), part, ROWS - part, value, 1])
    counts = np.array(columns, np.float32).T
    return History(LAYOUT, counts, CALENDAR, np.ones((3, WINDOWS), np.bool_), A_DAY)


def shares(counts, cells=slice(0, 6)):
    return counts[cells] / counts[cells].sum(axis=0)


def moved(of, accepted=NOW):
    return renewed(of, accepted)


@RELAXED
@given(st.integers(0, 1_000), st.floats(0.05, 0.6), st.floats(-2, 9))
def test_every_window_keeps_its_rows_and_those_since_the_onset_everything(seed, share, mean):
    before = history(seed, share=share, mean=mean)
    after, rows = moved(before)
    np.testing.assert_allclose(LAYOUT.sizes_behind(after.counts), LAYOUT.sizes_behind(before.counts), rtol=1e-4)
    assert (after.counts[:, FIRST:] == before.counts[:, FIRST:]).all()
    assert (after.counts[:8] >= 0).all()
    assert rows.tolist() == [ROWS * A_DAY, ROWS * A_DAY, A_DAY]


def test_without_a_change_hardly_anything_moves():
    before = history(1)
    after, _ = moved(before)
    assert np.abs(shares(after.counts) - shares(before.counts)).max() < 0.02


def test_what_came_before_lies_where_the_new_normal_is_and_strays_as_far():
    step = PLAIN[::-1].copy()
    after, _ = moved(history(2, after=step, share=0.5, mean=7.0))
    old = slice(0, FIRST)
    assert shares(after.counts[:, old]).mean(axis=1) == pytest.approx(step, abs=0.01)
    assert shares(after.counts[:, old], slice(6, 8))[0].mean() == pytest.approx(0.5, abs=0.01)
    assert after.counts[8, old].mean() == pytest.approx(7.0, abs=0.05)
    assert after.counts[8, old].std() == pytest.approx(0.05, rel=0.3)
    assert shares(after.counts[:, old])[0].std() == pytest.approx(np.sqrt(step[0] * (1 - step[0]) / ROWS), rel=0.3)


def of_normal(mean, edges):
    """The shares of a normal's cells."""
    below = np.array([0.0, *(0.5 * (1 + math.erf((edge - mean) / math.sqrt(2))) for edge in edges), 1.0])
    return np.diff(below)


def test_values_that_all_moved_by_one_rule_are_right_at_every_hour_of_the_season():
    """The onset is known for half a day; the other half is right because what was low stays low."""
    edges, season, rng = (
        np.linspace(-2.4, 2.8, 19),
        0.5 * np.sin(2 * np.pi * np.arange(A_DAY) / A_DAY),
        np.random.default_rng(3),
    )
    layout, first = Layout.of([(SeriesKind.ORDERED, 20)]), WINDOWS - A_DAY // 2
    means = season[np.arange(WINDOWS) % A_DAY] + 0.4 * (np.arange(WINDOWS) >= first)
    counts = np.array([rng.multinomial(ROWS, of_normal(mean, edges)) for mean in means], np.float32).T
    of = History(layout, counts, CALENDAR, np.ones((1, WINDOWS), np.bool_), A_DAY)
    after, _ = moved(of, (Acceptance(np.ones(1, np.bool_), first, WINDOWS),))
    for hour in range(A_DAY):
        found = shares(after.counts[:, hour:first:A_DAY], slice(0, 20)).mean(axis=1)
        assert np.abs(found - of_normal(season[hour] + 0.4, edges)).sum() / 2 < 0.04
        assert np.abs(found - of_normal(season[hour], edges)).sum() / 2 > 0.1


@RELAXED
@given(st.integers(0, 10_000), st.booleans())
def test_a_coupling_makes_one_distribution_of_the_other_and_loses_no_row(seed, ordered):
    rng = np.random.default_rng(seed)
    old, new = rng.dirichlet(np.full(8, 0.3)), rng.dirichlet(np.full(8, 0.3))
    moves = coupling(old, new, ordered=ordered)
    assert moves.sum(axis=1) == pytest.approx(1)
    assert (moves >= 0).all()
    assert old @ moves == pytest.approx(new, abs=1e-6)
    assert np.diag(coupling(old, old, ordered=ordered)) == pytest.approx(1, abs=1e-6)


def test_mass_where_there_was_none_is_put_there():
    unit_change = np.array([0, 0, 0, 0, 0, 1.0])
    before = history(4)
    before.counts[5, :FIRST] = 0
    before.counts[:6, FIRST:] = unit_change[:, None] * ROWS
    after, _ = moved(before)
    assert shares(after.counts[:, :FIRST])[5].min() > 0.99


def test_only_the_accepted_series_move_and_only_where_both_sides_may_teach():
    before = history(5, after=PLAIN[::-1].copy(), share=0.5)
    only = Acceptance(np.array([False, True, False]), FIRST, WINDOWS)
    after, rows = moved(before, (only,))
    assert (after.counts[:6] == before.counts[:6]).all()
    assert (after.counts[6:8, :FIRST] != before.counts[6:8, :FIRST]).any()
    assert np.isinf(rows[[0, 2]]).all()
    used = before.used.copy()
    used[:, FIRST:] = False
    silent = replace(before, used=used)
    assert (moved(silent)[0].counts == before.counts).all()
    early = (Acceptance(ALL, 0, WINDOWS),)
    assert (moved(before, early)[0].counts == before.counts).all()


def test_one_change_after_the_other_ends_at_the_last():
    before = history(6, share=0.6)
    middle = FIRST - 7 * A_DAY
    before.counts[6, middle:FIRST], before.counts[7, middle:FIRST] = 0.4 * ROWS, 0.6 * ROWS
    after, _ = moved(before, (Acceptance(ALL, middle, FIRST), Acceptance(ALL, FIRST, WINDOWS)))
    early, later = (
        shares(after.counts[:, part], slice(6, 8))[0].mean() for part in (slice(middle), slice(middle, FIRST))
    )
    assert (early, later) == (pytest.approx(0.6, abs=0.02), pytest.approx(0.6, abs=0.02))
