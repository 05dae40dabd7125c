"""Sums that are kept say what the points say, whatever is written in between."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.metric_defaults import rules_for
from seamark.detect.metric_rules import decide
from seamark.pipeline.long_reaches import LongReaches, is_long
from seamark.records.evaluation import Status
from seamark.records.metric import METRICS, Component, ComponentKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.window import Window
from seamark.store.backends.memory import MemoryStore
from seamark.store.stretches import Stretch

AT_US = 20_000 * DAY_US
OPTIONS = ServiceOptions(sla_seconds=0.3, min_requests=10)
RULES = [each for each in rules_for(ComponentKind.SERVICE, METRICS, OPTIONS) if is_long(each)]
API, CART = (Component("shop", ComponentKind.SERVICE, name) for name in ("api", "cart"))
BOUNDS = (0.1, 0.5, math.inf)


def tell(store, component, start_us, requests, errors, slow):
    """Some minutes of a service."""
    grid = np.array([requests, errors], dtype=float)
    buckets = np.array([requests, requests, requests], dtype=float) - np.array([[2.0], [1.0], [0.0]]) * slow
    names = (("requests", grid[:1], ()), ("server_errors", grid[1:], ()), ("latency_seconds", buckets, BOUNDS))
    store.metrics.add(
        [
            Stretch(METRICS[name].of(component, name), start_us, MINUTE_US, values, bounds)
            for name, values, bounds in names
        ]
    )


def expected(store, component, rule, at_us):
    """What the rule says of the points themselves."""
    since_us = at_us - max(rule.reaches_us)
    found = store.metrics.read("shop", Window(since_us, at_us), components=[component], metrics=rule.metrics)
    return decide(rule, {each.series.metric: each for each in found}, at_us)


deeds = st.lists(
    st.tuples(st.sampled_from([API, CART]), st.integers(1, 4400), st.integers(1, 200), st.integers(0, 9)),
    min_size=1,
    max_size=6,
)


@settings(max_examples=40, deadline=None)
@given(deeds, st.integers(0, 90))
def test_what_is_kept_is_what_is_stored(story, later):
    store = MemoryStore()
    reaches = LongReaches(store.metrics)
    for at_us in (AT_US, AT_US + later * MINUTE_US):
        for component, ago, minutes, bad in story:
            tell(
                store, component, at_us - ago * MINUTE_US, np.full(minutes, 10.0), np.full(minutes, bad), float(bad) / 3
            )
            said = reaches.decide("shop", {API: RULES, CART: RULES}, at_us)
            for each in (API, CART):
                for rule in RULES:
                    whole_hours = (
                        max(rule.reaches_us) > DAY_US and at_us % HOUR_US
                    )  # then up to an hour more is counted
                    if whole_hours:
                        continue
                    found, should = said[each, rule.name], expected(store, each, rule, at_us)
                    assert (found.status, found.threshold) == (should.status, should.threshold), rule.name
                    assert (found.value, found.n) == pytest.approx((should.value, should.n), nan_ok=True)


def test_a_clock_that_was_set_back_reads_the_minutes_again():
    store = MemoryStore()
    reaches = LongReaches(store.metrics)
    tell(store, API, AT_US - 300 * MINUTE_US, np.full(700, 10.0), np.full(700, 5.0), 0.0)
    first = reaches.decide("shop", {API: RULES}, AT_US)
    reaches.decide("shop", {API: RULES}, AT_US + 12 * HOUR_US)
    assert reaches.decide("shop", {API: RULES}, AT_US) == first


def test_without_a_rule_nothing_is_read():
    assert LongReaches(MemoryStore().metrics).decide("shop", {API: []}, AT_US) == {}


def test_what_fell_silent_is_no_data():
    store = MemoryStore()
    tell(store, API, AT_US - 300 * MINUTE_US, np.full(200, 10.0), np.full(200, 5.0), 0.0)
    said = LongReaches(store.metrics).decide("shop", {API: RULES}, AT_US)
    assert {each.status for each in said.values()} == {Status.NO_DATA}
