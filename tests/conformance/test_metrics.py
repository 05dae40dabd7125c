"""The laws of `seamark.store.drawer_of_metrics.Metrics`, for every backend that is found."""

from contextlib import closing

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.stored import NOW_US, TODAY, fast_commit

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.errors import Conflict, Corrupt, Unavailable
from seamark.plugins import discover
from seamark.records.delivery import FastStep
from seamark.records.metric import METRICS, Component, ComponentKind, MetricKind
from seamark.records.topology import Edge
from seamark.records.verdict import VerdictBlock
from seamark.records.window import Window
from seamark.store.drawer_of_metrics import STEPS, UNSEEN_US
from seamark.store.stretches import Stretch, added, coarser, cut, fields_of, fitted, from_bytes, to_bytes

BACKENDS = discover("seamark.store.backends", "BACKEND")
START_US = TODAY.start_us
API = Component("shop", ComponentKind.SERVICE, "api")
NODE = Component("shop", ComponentKind.NODE, "n1")
FIVE = 5 * MINUTE_US
NAN = float("nan")


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    opened = BACKENDS[request.param].open(tmp_path / "store")
    yield opened
    opened.close()


@pytest.fixture(params=[name for name, backend in BACKENDS.items() if backend.durable])
def durable(request, tmp_path):
    return lambda: BACKENDS[request.param].open(tmp_path / "store")


def counted(*values, minute=0, metric="requests", component=API):
    """A counter's increases, a minute each."""
    series = METRICS[metric].of(component, metric)
    return Stretch(series, START_US + minute * MINUTE_US, MINUTE_US, np.array([values], dtype=float))


def gauged(*columns, minute=0, component=NODE):
    """A gauge's (sum, number, smallest, largest), a minute each."""
    series = METRICS["memory_bytes"].of(component, "memory_bytes")
    return Stretch(series, START_US + minute * MINUTE_US, MINUTE_US, np.array(columns, dtype=float).T)


def timed(bounds, *columns, minute=0):
    """A histogram's increases at or below its bounds, a minute each."""
    series = METRICS["latency_seconds"].of(API, "latency_seconds")
    return Stretch(series, START_US + minute * MINUTE_US, MINUTE_US, np.array(columns, dtype=float).T, tuple(bounds))


def minutes(first, last):
    return Window(START_US + first * MINUTE_US, START_US + last * MINUTE_US)


def read(store, first, last, step_us=MINUTE_US, **which):
    """metric → rows of values."""
    found = store.metrics.read("shop", minutes(first, last), step_us, **which)
    return {each.series.metric: [[None if np.isnan(v) else v for v in row] for row in each.values] for each in found}


def test_increases_of_one_minute_add_and_silence_is_not_zero(store):
    store.metrics.add([counted(1, 2)])
    store.metrics.add([counted(5, NAN, 0, minute=1)])
    assert read(store, 0, 5) == {"requests": [[1, 7, None, 0, None]]}


def test_a_gauge_keeps_its_mean_and_its_extremes(store):
    store.metrics.add([gauged((10, 2, 4, 6))])
    store.metrics.add([gauged((9, 1, 9, 9))])
    assert read(store, 0, 1) == {"memory_bytes": [[19], [3], [4], [9]]}


def test_buckets_of_other_bounds_are_kept_beside_each_other(store):
    store.metrics.add([timed((0.1, np.inf), (3, 5))])
    store.metrics.add([timed((0.1, 0.5, np.inf), (1, 1, 2))])
    assert read(store, 0, 1) == {"latency_seconds": [[4], [1], [7]]}


def test_a_stretch_over_midnight_is_one_stretch(store):
    store.metrics.add([counted(*range(120), minute=24 * 60 - 60)])
    assert read(store, 24 * 60 - 60, 24 * 60 + 60)["requests"] == [list(map(float, range(120)))]


def test_a_range_is_read_and_nothing_beside_it(store):
    store.metrics.add([counted(1, 2, 3, 4)])
    assert read(store, 1, 3) == {"requests": [[2, 3]]}
    assert read(store, 60, 70) == {}
    assert store.metrics.read("other", minutes(0, 9)) == []


def test_a_range_inside_a_minute_reads_that_minute(store):
    store.metrics.add([counted(1, 2, 3)])
    [found] = store.metrics.read("shop", Window(START_US + MINUTE_US + 1, START_US + MINUTE_US + 2))
    assert (found.start_us, found.values.tolist()) == (START_US + MINUTE_US, [[2]])


def test_one_component_is_read_without_the_others(store):
    store.metrics.add([counted(1), gauged((1, 1, 1, 1))])
    assert set(read(store, 0, 1)) == {"requests", "memory_bytes"}
    assert set(read(store, 0, 1, components=[API])) == {"requests"}
    assert read(store, 0, 1, components=[]) == {}


def test_a_coarser_step_is_the_sum_of_its_minutes(store):
    store.metrics.add([counted(*range(10)), gauged((4, 1, 4, 4), (2, 1, 2, 2), (9, 1, 9, 9))])
    assert read(store, 0, 10, FIVE) == {
        "requests": [[10, 35]],
        "memory_bytes": [[15, None], [3, None], [2, None], [9, None]],
    }


def test_folding_keeps_every_sum_and_reading_says_the_detail_there_is(store):
    store.metrics.add([counted(*range(180)), counted(7, minute=3 * 24 * 60)])
    assert store.metrics.fold(MINUTE_US, START_US + 2 * HOUR_US, 100) == 2
    old, new = store.metrics.read("shop", minutes(0, 180)), store.metrics.read("shop", minutes(4320, 4321))
    assert [each.step_us for each in [*old, *new]] == [FIVE, MINUTE_US]
    assert old[0].values.sum() == sum(range(180))
    assert store.metrics.fold(MINUTE_US, START_US + 10 * DAY_US, 1) == 1, "no more than asked for"
    assert store.metrics.fold(MINUTE_US, START_US + 10 * DAY_US, 9) == 1
    assert store.metrics.fold(FIVE, START_US + 10 * DAY_US, 9) == 2
    [whole] = store.metrics.read("shop", minutes(0, 5000))
    assert (whole.step_us, np.nansum(whole.values)) == (HOUR_US, sum(range(180)) + 7)


def test_late_minutes_add_to_what_has_been_folded(store):
    store.metrics.add([counted(*[1] * 60)])
    store.metrics.fold(MINUTE_US, START_US + HOUR_US, 9)
    store.metrics.add([counted(5)])
    [late] = store.metrics.read("shop", minutes(0, 5))
    assert (late.step_us, late.values.tolist()) == (FIVE, [[10]])
    assert store.metrics.fold(MINUTE_US, START_US + HOUR_US, 9) == 1
    assert store.metrics.read("shop", minutes(0, 5))[0].values.tolist() == [[10]]


def test_what_is_forgotten_is_gone_and_so_are_series_without_a_block(store):
    store.metrics.add([counted(1), gauged((1, 1, 1, 1), minute=60)])
    assert store.metrics.forget(START_US + HOUR_US) == 1
    assert [series.metric for series in store.metrics.series()] == ["memory_bytes"]
    assert store.metrics.forget(START_US + HOUR_US) == 0
    store.metrics.add([counted(2)])
    assert [series.metric for series in store.metrics.series("shop")] == ["memory_bytes", "requests"]


def test_series_past_the_cap_are_refused_and_counted(store):
    assert store.metrics.add([counted(1)], max_series=1) == 0
    assert store.metrics.add([counted(1), gauged((1, 1, 1, 1))], max_series=1) == 1
    assert read(store, 0, 1) == {"requests": [[2]]}
    facts = store.facts()
    assert (facts["metric_series"], facts["metric_refused_series"], facts["metric_blocks"]) == (1, 1, 1)


def test_the_cap_is_of_each_project(store):
    other = Component("other", ComponentKind.SERVICE, "api")
    assert store.metrics.add([counted(1), counted(1, component=other)], max_series=1) == 0
    assert len(store.metrics.series()) == 2


def test_states_come_with_what_they_stand_for(store):
    assert store.metrics.state("prometheus") is None
    store.metrics.add([counted(1)], {"prometheus": b"1", "other": b"x"})
    store.metrics.add([], {"prometheus": b"2"})
    assert (store.metrics.state("prometheus"), store.metrics.state("other")) == (b"2", b"x")


def test_metrics_survive_a_restart(durable):
    store = durable()
    store.metrics.add([counted(1, 2), timed((0.1, np.inf), (3, 5))], {"source": b"7"})
    store.close()
    store = durable()
    assert read(store, 0, 2) == {"requests": [[1, 2]], "latency_seconds": [[3, None], [5, None]]}
    assert store.metrics.state("source") == b"7"
    assert len(store.metrics.series()) == 2
    assert store.check() == []
    store.close()


def test_a_closed_store_refuses_metrics(store):
    store.close()
    with pytest.raises(Unavailable):
        store.metrics.add([counted(1)])


# --- stretches ---------------------------------------------------------------------------------


def stretches(kind=None):
    """Whole numbers, so that sums are exact."""

    @st.composite
    def drawn(draw):
        chosen = kind or draw(st.sampled_from(list(MetricKind)))
        metric = {"counter": "requests", "gauge": "memory_bytes", "histogram": "latency_seconds"}[chosen]
        bounds = (0.1, 0.5, float("inf")) if chosen is MetricKind.HISTOGRAM else ()
        points, first = draw(st.integers(1, 130)), draw(st.integers(0, 200))
        count = points * fields_of(chosen, bounds)
        values = draw(st.lists(st.one_of(st.integers(0, 50), st.just(NAN)), min_size=count, max_size=count))
        grid = np.array(values, dtype=float).reshape(-1, points)
        grid[:, np.isnan(grid).any(axis=0)] = NAN
        return Stretch(METRICS[metric].of(API, metric), START_US + first * MINUTE_US, MINUTE_US, grid, bounds)

    return drawn()


def same(one, other):
    start_us, end_us = min(one.start_us, other.start_us), max(one.end_us, other.end_us)
    start_us, end_us = start_us // HOUR_US * HOUR_US, -(-end_us // HOUR_US) * HOUR_US
    return np.array_equal(fitted(one, start_us, end_us).values, fitted(other, start_us, end_us).values, equal_nan=True)


@given(st.sampled_from(list(MetricKind)).flatmap(lambda kind: st.tuples(stretches(kind), stretches(kind))))
@settings(max_examples=50)
def test_adding_has_no_order_and_coarsening_may_come_before_or_after(pair):
    one, other = pair
    assert same(added([one, other]), added([other, one]))
    assert same(coarser(added([one, other]), FIVE), added([coarser(one, FIVE), coarser(other, FIVE)]))
    assert same(coarser(coarser(one, FIVE), HOUR_US), coarser(one, HOUR_US))


@given(stretches())
@settings(max_examples=50)
def test_a_block_is_read_as_it_was_written(stretch):
    for piece in cut(stretch, HOUR_US):
        [found] = from_bytes(to_bytes([piece]), API, piece.start_us, MINUTE_US, 60)
        assert (found.series, found.bounds) == (piece.series, piece.bounds)
        assert same(found, piece)


@given(st.lists(stretches(), min_size=1, max_size=6), st.data())
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_every_backend_answers_as_the_memory_does(tmp_path_factory, written, data):
    fold = st.sampled_from([0, *list(STEPS)[:2]])
    folds = [data.draw(fold) for _ in written]  # before a store is open: a draw may end the example
    first, length = data.draw(st.integers(0, 300)), data.draw(st.integers(1, 300))
    answers = []
    for name, backend in BACKENDS.items():
        with closing(backend.open(tmp_path_factory.mktemp(name))) as store:
            for stretch, step_us in zip(written, folds, strict=True):
                store.metrics.add([stretch])
                if step_us:
                    store.metrics.fold(step_us, START_US + 3 * HOUR_US, 2)
            answers.append(
                [
                    (each.series, each.start_us, each.step_us, each.bounds, np.nan_to_num(each.values, nan=-1).tolist())
                    for each in store.metrics.read("shop", minutes(first, first + length))
                ]
            )
    assert all(answer == answers[0] for answer in answers)


@pytest.mark.parametrize("payload", [b"", b"\x05\x00\x00\x00", b"\x00\x00\x00\x00rubbish", to_bytes([counted(1)])[:-3]])
def test_a_damaged_block_says_so(payload):
    with pytest.raises(Corrupt, match="service 'api'"):
        from_bytes(payload, API, START_US, MINUTE_US, 60)


def said(component=API, hour=0, payload=b"verdicts"):
    return VerdictBlock(component, START_US + hour * HOUR_US, payload)


def test_verdicts_are_kept_by_component_and_hour_and_the_newest_counts(store):
    fast_commit(store, verdicts=(said(), said(hour=1), said(NODE)), judged_us=NOW_US)
    fast_commit(store, verdicts=(said(payload=b"newer"),), judged_us=NOW_US + 1)
    day = Window(START_US, START_US + DAY_US)
    assert store.metrics.verdicts("shop", day) == [said(NODE), said(payload=b"newer"), said(hour=1)]
    assert store.metrics.verdicts("shop", Window(START_US + 1, START_US + 2), components=[API]) == [
        said(payload=b"newer")
    ]
    assert store.metrics.verdicts("shop", day, components=[]) == []
    assert store.metrics.verdicts("other", day) == []
    assert store.metrics.judged_us() == NOW_US + 1


def test_when_a_component_was_heard_is_kept_as_long_as_there_are_verdicts_of_it(store):
    assert store.metrics.heard() == {}
    fast_commit(store, verdicts=(said(), said(NODE, hour=2)), heard=((API, 5), (NODE, 6)))
    fast_commit(store, heard=((NODE, 7),))
    assert store.metrics.heard() == {API: 5, NODE: 7}
    fast_commit(store, forget_verdicts_us=START_US + HOUR_US)
    assert store.metrics.heard() == {NODE: 7}
    assert store.metrics.verdicts("shop", Window(0, 2**62)) == [said(NODE, hour=2)]


def test_what_was_judged_survives_a_restart(durable):
    opened = durable()
    fast_commit(opened, verdicts=(said(),), heard=((API, 5),), judged_us=NOW_US)
    opened.close()
    again = durable()
    assert again.metrics.verdicts("shop", Window(0, 2**62)) == [said()]
    assert (again.metrics.heard(), again.metrics.judged_us()) == ({API: 5}, NOW_US)
    again.close()


def test_a_step_that_is_refused_leaves_no_verdict(store):
    with pytest.raises(Conflict):
        store.fast.commit(FastStep(-1, verdicts=(said(),), heard=((API, 5),), judged_us=NOW_US))
    assert (store.metrics.heard(), store.metrics.judged_us()) == ({}, 0)


def test_chosen_metrics_are_read_without_the_others(store):
    store.metrics.add([counted(1), counted(2, metric="server_errors")])
    assert read(store, 0, 1, metrics=["server_errors"]) == {"server_errors": [[2]]}
    assert read(store, 0, 1, metrics=[]) == {}


def test_hours_that_are_written_again_are_told(store):
    assert store.metrics.written("shop") == {}
    store.metrics.add([counted(*range(90))])
    store.metrics.add([counted(1, minute=61)])
    assert store.metrics.written("shop") == {START_US: 1, START_US + HOUR_US: 2}
    assert store.metrics.written("other") == {}


def test_an_edge_holds_from_when_it_was_seen_until_it_was_not_for_a_while(store):
    edge, other = ("shop", "node/n1", "pod/a"), ("shop", "pod/a", "model/fraud")
    store.metrics.see([edge, other], NOW_US)
    store.metrics.see([edge], NOW_US + UNSEEN_US)
    store.metrics.see([edge], NOW_US + 4 * UNSEEN_US)
    store.metrics.see([], NOW_US + 4 * UNSEEN_US)
    assert store.metrics.topology().edges == (
        Edge(*edge, NOW_US, NOW_US + 2 * UNSEEN_US),
        Edge(*edge, NOW_US + 4 * UNSEEN_US, NOW_US + 5 * UNSEEN_US),
        Edge(*other, NOW_US, NOW_US + UNSEEN_US),
    )


def test_an_edge_that_is_told_late_neither_shortens_nor_repeats_what_is_known(store):
    edge = ("shop", "node/n1", "pod/a")
    store.metrics.see([edge], NOW_US)
    store.metrics.see([edge], NOW_US - HOUR_US)
    store.metrics.see([edge], NOW_US - DAY_US)
    assert store.metrics.topology().edges == (Edge(*edge, NOW_US, NOW_US + UNSEEN_US),)


def test_edges_are_forgotten_once_they_have_ended(store):
    edge, other = ("shop", "node/n1", "pod/a"), ("shop", "pod/a", "model/fraud")
    store.metrics.see([edge], NOW_US)
    store.metrics.see([edge, other], NOW_US + 3 * UNSEEN_US)
    store.metrics.forget(NOW_US + UNSEEN_US)
    assert len(store.metrics.topology().edges) == 3
    store.metrics.forget(NOW_US + UNSEEN_US + 1)
    assert store.metrics.topology().edges == tuple(
        Edge(*each, NOW_US + 3 * UNSEEN_US, NOW_US + 4 * UNSEEN_US) for each in (edge, other)
    )
