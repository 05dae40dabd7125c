"""A tolerance may be watched for ever: false alarms are as rare as stated, and true ones come soon."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.stats.sequential import (
    STAKES,
    Watch,
    as_losses,
    evidence_of_means,
    evidence_of_shares,
    gathered,
    level_of,
    strength,
)

HOUR = 3_600_000_000


def first_alarms(evidence_of_hour, series, hours, level):
    """The window of each series' first alarm, or `hours`."""
    state = np.full((series, len(STAKES)), -np.inf)
    alarm = np.full(series, hours)
    for hour in range(hours):
        state = gathered(state, evidence_of_hour(hour))
        alarm = np.where((alarm == hours) & (strength(state) >= math.log(level)), hour, alarm)
    return alarm


@pytest.mark.parametrize("tolerance", [0.002, 0.05, 0.3, 0.8])
def test_at_the_edge_of_the_tolerance_the_run_to_a_false_alarm_is_at_least_the_level(tolerance):
    random = np.random.default_rng(0)
    rate = np.full(300, tolerance)

    def hour(_):
        n = random.integers(1, 400, 300).astype(float)
        return evidence_of_shares(random.binomial(n.astype(int), tolerance), n, rate)

    assert first_alarms(hour, 300, 1_000, level=100).mean() >= 100


def test_the_promise_holds_when_traffic_follows_the_losses():
    """Who sees an error tries again: hours after losses have seven times the rows."""
    random = np.random.default_rng(1)
    rate, n = np.full(400, 0.1), np.full(400, 3)

    def hour(_):
        lost = random.binomial(n, 0.1)
        evidence = evidence_of_shares(lost, n.astype(float), rate)
        n[:] = np.where(lost > 0, 21, 3)
        return evidence

    assert first_alarms(hour, 400, 800, level=80).mean() >= 80


def test_the_promise_holds_for_an_error_rate_that_wanders_below_the_tolerance():
    random = np.random.default_rng(2)
    tolerance, wander = np.full(300, 0.05), np.zeros(300)

    def hour(_):
        wander[:] = 0.98 * wander + random.normal(0, 0.2, 300)
        return evidence_of_shares(random.binomial(100, 0.05 / (1 + np.exp(wander))), np.full(300, 100.0), tolerance)

    assert first_alarms(hour, 300, 1_000, level=100).mean() >= 100


@pytest.mark.parametrize("draw", ["exponential", "lognormal", "pareto"])
def test_means_without_an_upper_bound_keep_the_promise_too(draw):
    random = np.random.default_rng(2)
    tolerance = np.full(200, 3.0)
    of_mean_3 = {
        "exponential": lambda: random.exponential(3.0, (200, 50)),
        "lognormal": lambda: random.lognormal(math.log(3.0) - 0.5, 1.0, (200, 50)),
        "pareto": lambda: 1.5 * random.pareto(1.5, (200, 50)) * 1.0,
    }[draw]

    def hour(_):
        values = of_mean_3()
        return evidence_of_means(values.sum(axis=1), (values**2).sum(axis=1), np.full(200, 50.0), tolerance)

    assert first_alarms(hour, 200, 500, level=50).mean() >= 50


def test_twice_the_tolerated_rate_is_told_within_hours():
    random = np.random.default_rng(3)
    rate, n = np.full(300, 0.05), np.full(300, 200.0)
    alarms = first_alarms(
        lambda _: evidence_of_shares(random.binomial(200, 0.1, 300), n, rate), 300, 60, level=level_of(2.0, series=10)
    )
    assert np.median(alarms) + 1 <= 4
    assert alarms.max() < 12


def test_a_mean_error_half_as_large_again_is_told_within_hours():
    random = np.random.default_rng(4)

    def hour(_):
        values = np.abs(random.normal(0, 1.5, (200, 200)))
        sums = values.sum(axis=1), (values**2).sum(axis=1)
        return evidence_of_means(*sums, np.full(200, 200.0), np.full(200, math.sqrt(2 / math.pi)))

    assert np.median(first_alarms(hour, 200, 60, level=level_of(2.0))) + 1 <= 4


@given(
    losses=st.lists(st.floats(0, 1), min_size=1, max_size=12),
    tolerance=st.floats(0.01, 0.99),
)
def test_evidence_is_never_more_than_what_the_fair_bets_pay(losses, tolerance):
    losses = np.array(losses)
    evidence = evidence_of_shares(losses.sum(), float(len(losses)), tolerance)[0]
    stakes = np.minimum(STAKES, 0.9 / tolerance)
    paid = np.log1p(stakes[:, None] * (losses - tolerance)).sum(axis=1)
    assert (evidence <= paid + 1e-9).all()


@given(
    losses=st.lists(st.floats(0, 50), min_size=1, max_size=12),
    tolerance=st.floats(0.1, 10),
)
def test_evidence_of_unbounded_losses_is_never_more_than_what_the_fair_bets_pay(losses, tolerance):
    losses = np.array(losses)
    evidence = evidence_of_means(losses.sum(), (losses**2).sum(), float(len(losses)), tolerance)[0]
    shares = np.array([0.02, 0.05, 0.1, 0.2, 0.4])
    paid = np.log1p(shares[:, None] * (losses / tolerance - 1)).sum(axis=1)
    assert (evidence <= paid + 1e-7).all()


def test_bounded_values_and_better_ones_become_losses():
    assert as_losses(30.0, 10.0, low=2.0, high=4.0, tolerance=3.5) == (5.0, 0.75)
    right, tolerance = as_losses(92.0, 100.0, low=1.0, high=0.0, tolerance=0.9)
    assert (right, tolerance) == (8.0, pytest.approx(0.1))


@pytest.mark.parametrize(
    ("losses", "n", "tolerance", "sentence"),
    [
        (1.0, 2.0, 0.0, "lies between 0 and 1"),
        (1.0, 2.0, 1.0, "lies between 0 and 1"),
        (3.0, 2.0, 0.5, "between 0 and their number"),
        (math.nan, 2.0, 0.5, "between 0 and their number"),
    ],
)
def test_what_is_no_share_is_refused(losses, n, tolerance, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        evidence_of_shares(losses, n, tolerance)
    with pytest.raises(InvalidInput, match="above 0"):
        evidence_of_means(1.0, 1.0, 1.0, 0.0)


def test_the_level_grows_with_the_tests_and_falls_with_the_budget():
    assert level_of(2.0) == 360.0
    assert level_of(4.0, series=10) == 1_800.0
    assert level_of(2.0, window_hours=24.0) == 15.0


# --- outcomes that arrive late --------------------------------------------------------------------------------------


@st.composite
def arrivals(draw):
    """What becomes known of three windows, step by step: (window, losses, outcomes)."""
    step = st.tuples(st.integers(0, 2), st.integers(0, 5), st.integers(0, 5))
    return [(window, min(lost, known), known) for window, lost, known in draw(st.lists(step, max_size=20))]


@given(arrivals())
def test_each_outcome_is_used_once_whatever_the_window_it_is_of(steps):
    watch, totals = Watch(0.2), {}
    state = np.full((1, len(STAKES)), -np.inf)
    for number, (window, lost, known) in enumerate(steps):
        before = totals.get(window, (0.0, 0.0))
        totals[window] = (before[0] + lost, before[1] + known)
        watch = watch.fed(totals, number)
        if known:
            state = gathered(state, evidence_of_shares(float(lost), float(known), 0.2))
        again = watch.fed(totals, number)
        assert again == watch
    assert watch.log_gathered == pytest.approx(state[0].tolist())
    assert watch.used == totals


def test_a_correction_is_set_off_against_what_comes_next():
    watch = Watch(0.2).fed({0: (3.0, 10.0)}, 0)
    corrected = watch.fed({0: (1.0, 10.0)}, 1)
    assert corrected.log_gathered == watch.log_gathered
    after = corrected.fed({0: (3.0, 12.0)}, 2)
    assert after == watch.fed({0: (3.0, 12.0)}, 2)
    assert after.used == {0: (3.0, 12.0)}


def test_evidence_begins_when_it_was_last_nothing():
    watch = Watch(0.1)
    for hour, lost in enumerate([0, 0, 1, 6, 7, 8]):
        watch = watch.fed({hour: (float(lost), 20.0)}, hour * HOUR)
    assert watch.since_us == 3 * HOUR
    assert watch.strength > 100
    restarted = watch.restarted()
    assert restarted.strength == 0
    assert restarted.since_us is None
    assert restarted.fed({5: (8.0, 20.0)}, 6 * HOUR) == restarted


def test_windows_that_nothing_is_expected_of_are_forgotten():
    watch = Watch(0.1).fed({0: (0.0, 5.0), HOUR: (1.0, 5.0)}, HOUR)
    assert watch.forgotten(HOUR).used == {HOUR: (1.0, 5.0)}
