"""Departures from normal, and who explains whose."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.causes import Departure, Kind, Suspect, Weights, departure, lost, reach, scored, suspects_below

RNG = np.random.default_rng(5)
NORMAL = RNG.normal(100, 5, 500)


def suspect(name, *, strength=10.0, explains=1.0, explained=0.0, begins=2, demoted=False):
    return Suspect(name, "latency", Departure(1, 1, strength, begins), 1.0, explains, explained, (), demoted)


def test_what_normal_stretches_do_is_not_unusual():
    found = [departure(NORMAL[:300], NORMAL[start : start + 6], 2) for start in range(300, 490, 6)]
    assert np.mean([each.unusual for each in found]) <= 0.05


@given(st.floats(-1e6, 1e6), st.floats(0.01, 1e3))
@settings(max_examples=50, deadline=None)
def test_a_departure_does_not_depend_on_the_unit(offset, scale):
    recent = np.array([100, 101, 160, 150, 140.0])
    one, other = departure(NORMAL, recent, 2), departure(NORMAL * scale, recent * scale, 2)
    assert other.strength == pytest.approx(one.strength, rel=1e-6)
    assert other.begins == one.begins == 2
    assert one.unusual


def test_a_level_that_has_been_another_for_long_is_no_departure():
    assert not departure(NORMAL, NORMAL[:5] + 60, 2).unusual
    assert departure(NORMAL, NORMAL[:5] + 60, 0).unusual  # unless nothing is known of the time just before


def test_without_traffic_nothing_is_said():
    nothing = np.full(5, np.nan)
    assert departure(NORMAL, nothing, 2) is None
    assert departure(np.full(500, np.nan), NORMAL[:5], 2) is None
    assert departure(NORMAL[:6], NORMAL[:5], 2) is None


def test_gaps_are_no_departure():
    recent = np.array([100, np.nan, 101, np.nan, 99.0])
    assert not departure(NORMAL, recent, 1).unusual


def test_a_series_that_never_moved_departs_by_more_than_dust():
    still = np.full(300, 100.0)
    assert not departure(still, np.array([100, 100, 100.05, 100.05]), 2).unusual
    assert departure(still, np.array([100, 100, 98.0, 97.0]), 2).unusual


def test_time_and_failures_add_up_over_calls():
    calls = np.array([10, 20.0, np.nan])
    assert lost(Kind.TIME, np.array([3, 4, 9.0]), 1.0, calls) == 2 * 10 + 3 * 20
    assert lost(Kind.SUCCESSES, np.array([90, 95, 0.0]), 100.0, calls) == 10 * 10 + 5 * 20
    assert lost(Kind.FAILURES, np.array([1, 2, np.nan]), 0.0, None) == 3
    assert lost(Kind.OTHER, calls, 0.0, None) == 0


def test_a_walk_goes_through_suspects_only():
    calls = {"site": ["shop", "search"], "shop": ["db"], "search": ["cache"], "cache": ["site"]}
    assert reach(calls, "site", {"shop", "db", "cache"}) == {"site": None, "shop": "site", "db": "shop"}
    assert set(suspects_below(calls, "site", {"db", "cache"})) == {"db", "cache"}
    assert set(suspects_below(calls, "site", {"shop", "db"})) == {"shop"}


def test_of_a_chain_the_one_that_nobody_explains_leads():
    found = scored([suspect("site", explained=1.0), suspect("shop", explained=0.9), suspect("db")], 1, Weights())
    assert [each.component for each in found] == ["db", "shop", "site"]
    assert found[0].score == pytest.approx(1.0)


def test_who_began_first_counts_only_when_rows_can_tell():
    late, early = suspect("a", begins=5), suspect("b", begins=2)
    assert scored([late, early], 1, Weights())[0].component == "b"
    assert scored([late, suspect("b", begins=4)], 1, Weights())[0].component == "a"


def test_a_view_of_another_component_is_demoted_not_deleted():
    found = scored([suspect("shop_client", demoted=True), suspect("shop", strength=8)], 1, Weights())
    assert [each.component for each in found] == ["shop", "shop_client"]


def test_nobody_suspected_is_nobody_ranked():
    assert scored([], 1, Weights()) == []
