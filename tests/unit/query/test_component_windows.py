"""Rows of machines and services, against a plain account of what was said in every minute."""

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conformance.stored import ALERT, TODAY, fast_commit, hours

from seamark.clock import HOUR_US, MINUTE_US
from seamark.errors import InvalidInput, NotFound
from seamark.plugins import discover
from seamark.query.component_rows import (
    component_of,
    component_rows,
    component_series,
    describe,
    monitor_name,
    parted,
)
from seamark.query.metrics import MetricQuestions
from seamark.records.alert import AlertState
from seamark.records.evaluation import Status
from seamark.records.metric import Component, ComponentKind
from seamark.records.metric_rule import Judgement
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.verdicts import Verdicts, to_bytes

MEMORY = discover("seamark.store.backends", "BACKEND")["memory"]
API = Component("shop", ComponentKind.SERVICE, "api")
NODE = Component("shop", ComponentKind.NODE, "n1")
WORST_FIRST = [Status.BREACH, Status.ELEVATED, Status.OK, Status.INSUFFICIENT, Status.NO_DATA]
WINDOWS = [hours(0, 2), hours(2, 4), hours(4, 6)]


def judged(status, value=1.0, threshold=2.0):
    return Judgement(status, value, threshold, 1.0, Window(0, 1))


def tell(store, component, story):
    """`story`: (hour, minute) → rule → judgement."""
    blocks = {}
    for (hour, minute), said in sorted(story.items()):
        blocks[hour] = blocks.get(hour, Verdicts.none()).said(minute, said)
    made = tuple(VerdictBlock(component, TODAY.start_us + h * HOUR_US, to_bytes(each)) for h, each in blocks.items())
    fast_commit(store, verdicts=made, heard=tuple((component, TODAY.end_us) for _ in made[:1]))


@pytest.fixture
def store():
    with closing(MEMORY.open(None)) as opened:
        yield opened


judgements = st.builds(judged, st.sampled_from(WORST_FIRST), st.integers(0, 9).map(float))
stories = st.dictionaries(
    st.tuples(st.integers(0, 5), st.sampled_from([0, 7, 59])),
    st.dictionaries(st.sampled_from(["p99", "saturation"]), judgements, min_size=1),
    max_size=8,
)


@given(stories)
def test_a_window_is_as_bad_as_its_worst_minute_with_the_largest_value_of_these(story):
    with closing(MEMORY.open(None)) as store:
        tell(store, API, story)
        rows = {row.rule: row for row in component_rows(store, "shop", [API], WINDOWS)}
    shown = {rule for said in story.values() for rule, each in said.items() if each.status in (0, 1, 2)}
    assert rows.keys() == shown
    for rule, row in rows.items():
        for place, window in enumerate(WINDOWS):
            inside = [
                said[rule]
                for (hour, _), said in story.items()
                if rule in said and window.start_us <= TODAY.start_us + hour * HOUR_US < window.end_us
            ]
            if not inside:
                assert np.isnan(row.arrays["value"][place])
                continue
            worst = min((each.status for each in inside), key=WORST_FIRST.index)
            assert row.arrays["status"][place] == worst
            assert row.arrays["value"][place] == max(each.value for each in inside if each.status == worst)
            assert row.arrays["exceedance"][place] == row.arrays["value"][place] / 2


@given(stories)
def test_a_row_tells_the_newest_minute_of_the_newest_hour(story):
    with closing(MEMORY.open(None)) as store:
        tell(store, API, story)
        for row in component_rows(store, "shop", [API], WINDOWS):
            newest_hour = max(hour for hour, _ in story)
            said = [each for (hour, _), each in sorted(story.items()) if hour == newest_hour and row.rule in each]
            if said:
                assert (row.value, row.status, row.threshold) == (
                    said[-1][row.rule].value,
                    said[-1][row.rule].status,
                    2.0,
                )
            else:
                assert np.isnan(row.value)


def test_without_windows_or_components_there_are_no_rows(store):
    tell(store, API, {(0, 0): {"p99": judged(Status.OK)}})
    assert component_rows(store, "shop", [API], []) == []
    assert component_rows(store, "shop", [], WINDOWS) == []
    assert component_rows(store, "bank", [API], WINDOWS) == []


def test_machines_stand_before_services_and_what_is_further_past_its_threshold_first(store):
    tell(store, API, {(0, 0): {"p99": judged(Status.OK, 1.0), "p95": judged(Status.BREACH, 8.0)}})
    tell(store, NODE, {(0, 0): {"node_memory": judged(Status.OK, 0.5)}})
    rows = component_rows(store, "shop", [API, NODE], WINDOWS)
    assert [row.monitor for row in rows] == ["node/n1:node_memory", "service/api:p95", "service/api:p99"]
    told = describe(rows)
    assert (told["layer"][0], told["role"][0], told["label"][0]) == ("infrastructure", "node", "n1")
    assert (told["latest"], told["threshold"], told["impact"]) == ([0.5, 8.0, 1.0], [2.0] * 3, [0.25, 4.0, 0.5])


def test_what_fires_stands_first_and_says_so_whatever_its_newest_minute_says(store):
    tell(store, API, {(0, 0): {"p99": judged(Status.OK, 0.1), "p95": judged(Status.BREACH, 8.0)}})
    alert = replace(ALERT, model="", component=API.label, monitor="p99", state=AlertState.FIRING)
    fast_commit(store, alerts=(alert,))
    rows = component_rows(store, "shop", [API], WINDOWS)
    assert [row.rule for row in rows] == ["p99", "p95"]
    assert describe(rows)["state"] == ["firing", "ok"]


@pytest.mark.parametrize(("status", "shown"), [(Status.OK, False), (Status.ELEVATED, True), (Status.BREACH, True)])
def test_a_burn_rate_is_a_row_once_it_moved(store, status, shown):
    tell(store, API, {(0, 0): {"error_burn_fast": judged(status)}})
    assert bool(component_rows(store, "shop", [API], WINDOWS)) is shown


@pytest.mark.parametrize(("status", "state"), [(Status.INSUFFICIENT, "insufficient"), (Status.NO_DATA, "no_data")])
def test_a_row_says_why_its_newest_minute_could_not_be_judged(store, status, state):
    tell(store, API, {(0, 0): {"p99": judged(Status.OK)}, (0, 1): {"p99": judged(status, float("nan"))}})
    [row] = component_rows(store, "shop", [API], WINDOWS)
    assert describe([row])["state"] == [state]
    assert describe([row])["latest"] == [None]


@given(st.sampled_from(ComponentKind), st.text(min_size=1, max_size=12), st.text("abc_0", min_size=1, max_size=6))
def test_a_row_is_found_again_by_the_name_it_was_shown_under(kind, name, rule):
    component = Component("shop", kind, name)
    monitor = monitor_name(component.label, rule)
    assert parted(monitor) == (component.label, rule)
    assert component_of("shop", monitor) == component


@pytest.mark.parametrize("monitor", ["feature.amount:psi", "data.volume:volume", "planet/mars:p99", "service:p99", ""])
def test_a_row_of_a_model_is_no_component(monitor):
    assert component_of("shop", monitor) is None


def test_a_series_is_told_by_the_minute_for_a_day_and_by_the_hour_beyond(store):
    story = {(0, 58): {"p99": judged(Status.OK, 1.0)}, (0, 59): {"p99": judged(Status.BREACH, 4.0)}}
    tell(store, API, story)
    day = component_series(store, "shop", API, "p99", TODAY)
    assert day["points"]["start_ms"] == [(TODAY.start_us + minute * MINUTE_US) // 1000 for minute in (58, 59)]
    assert (day["points"]["value"], day["points"]["exceedance"]) == ([1.0, 4.0], [0.5, 2.0])
    month = Window(TODAY.start_us, TODAY.start_us + 30 * 24 * HOUR_US)
    hourly = component_series(store, "shop", API, "p99", month)
    assert (hourly["points"]["start_ms"], hourly["points"]["value"]) == ([TODAY.start_us // 1000], [4.0])
    assert (day["window_ms"], hourly["window_ms"]) == (60_000, 3_600_000)


def test_a_series_keeps_to_its_range(store):
    tell(store, API, {(0, minute): {"p99": judged(Status.OK)} for minute in range(10)})
    inside = Window(TODAY.start_us + 3 * MINUTE_US, TODAY.start_us + 6 * MINUTE_US)
    found = component_series(store, "shop", API, "p99", inside)["points"]["start_ms"]
    assert found == [(TODAY.start_us + minute * MINUTE_US) // 1000 for minute in (3, 4, 5)]
    assert component_series(store, "shop", API, "p50", inside)["points"]["start_ms"] == []


def test_a_component_nobody_judged_and_a_kind_nobody_knows_are_told_apart(store):
    tell(store, API, {(0, 0): {"p99": judged(Status.OK)}})
    asked = MetricQuestions(store)
    rules = asked.component_rules("shop", "service", "api", window=hours(0, 1), now_us=TODAY.end_us)["rules"]
    assert [each["statistic"] for each in rules] == ["p99"]
    quiet = asked.component_rules("shop", "service", "api", window=hours(4, 5), now_us=TODAY.end_us)
    assert quiet["rules"] == [], "it was judged, though not then"
    with pytest.raises(NotFound, match="Nothing was judged of the service 'web'"):
        asked.component_rules("shop", "service", "web", window=None, now_us=TODAY.end_us)
    with pytest.raises(InvalidInput, match="no kind 'planet'; there are node, gpu"):
        asked.component_rules("shop", "planet", "mars", window=None, now_us=TODAY.end_us)
