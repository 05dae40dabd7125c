"""What every backend lets go of, and in which order: each asked the same as a small model of what is promised."""

from contextlib import ExitStack, closing
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.conformance.stored import (
    ALERT,
    DELIVERY,
    EVER,
    INCIDENT,
    NOW_US,
    TODAY,
    block,
    commit,
    evaluation,
    fast_commit,
    hours,
)

from seamark.clock import HOUR_US, MINUTE_US
from seamark.errors import NotFound
from seamark.plugins import discover
from seamark.records.alert import AlertState
from seamark.records.delivery import DeliveryState, FastStep, PostStep, Thread
from seamark.records.incident import IncidentState
from seamark.records.monitor import Priority
from seamark.records.silence import Acknowledgement
from seamark.records.topology import Edge
from seamark.records.window import Window
from seamark.store.drawer_of_metrics import UNSEEN_US

BACKENDS = discover("seamark.store.backends", "BACKEND")
FEW = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
PAIRS = [("shop", "node/n1", "pod/a"), ("shop", "pod/a", "model/fraud"), ("bank", "node/n1", "pod/a")]


@pytest.fixture(params=BACKENDS)
def store(request, tmp_path):
    with closing(BACKENDS[request.param].open(tmp_path / "store")) as opened:
        yield opened


@pytest.fixture
def every(tmp_path_factory):
    """One new store of each backend, as often as a test asks."""
    with ExitStack() as opened:
        yield lambda: [
            opened.enter_context(closing(backend.open(tmp_path_factory.mktemp(name))))
            for name, backend in BACKENDS.items()
        ]


def spans_of(times_us):
    """What the drawer promises of one pair: spans that a pause longer than UNSEEN_US parts; stragglers change none."""
    spans = []
    for at_us in times_us:
        if spans and abs(at_us - spans[-1][1]) <= UNSEEN_US:
            spans[-1] = (spans[-1][0], max(at_us, spans[-1][1]))
        elif not spans or at_us > spans[-1][1]:
            spans.append((at_us, at_us))
    return spans


sightings = st.lists(
    st.tuples(
        st.sets(st.sampled_from(PAIRS), max_size=3), st.integers(0, 40).map(lambda n: NOW_US + n * 30 * MINUTE_US)
    ),
    max_size=12,
)


@FEW
@given(sightings, st.integers(-2, 44).map(lambda n: NOW_US + n * 30 * MINUTE_US))
def test_every_backend_knows_the_same_edges_and_forgets_the_same(every, seen, before_us):
    expected = [
        Edge(*pair, since_us, last_us + UNSEEN_US)
        for pair in sorted(PAIRS)
        for since_us, last_us in spans_of([at_us for pairs, at_us in seen if pair in pairs])
    ]
    for store in every():
        for pairs, at_us in seen:
            store.metrics.see(pairs, at_us)
        assert list(store.metrics.topology().edges) == expected
        store.metrics.forget(before_us)
        left = [edge for edge in expected if edge.until_us >= before_us]
        assert list(store.metrics.topology().edges) == left


def test_an_edge_seen_at_the_last_moment_goes_on_and_one_a_moment_later_begins_anew(store):
    store.metrics.see(PAIRS[:1], NOW_US)
    store.metrics.see(PAIRS[:1], NOW_US + UNSEEN_US)
    assert len(store.metrics.topology().edges) == 1
    store.metrics.see(PAIRS[:1], NOW_US + 2 * UNSEEN_US + 1)
    assert [edge.since_us - NOW_US for edge in store.metrics.topology().edges] == [0, 2 * UNSEEN_US + 1]


def test_the_same_names_in_two_projects_are_two_edges(store):
    store.metrics.see(PAIRS, NOW_US)
    topology = store.metrics.topology()
    around = Window(NOW_US, NOW_US + 1)
    assert topology.pairs("shop", around) == {pair[1:] for pair in PAIRS[:2]}
    assert topology.pairs("bank", around) == {PAIRS[2][1:]}


ends = st.lists(st.integers(1, 6), min_size=1, max_size=8)


@FEW
@given(ends, st.integers(0, 7), st.integers(0, 4))
def test_the_oldest_incidents_go_first_however_few_at_a_time(every, ended, before, most):
    told = []
    for store in every():
        old = replace(INCIDENT, state=IncidentState.RESOLVED, alerts=())
        made = [replace(old, id=f"inc_{n}", evidence=hours(0, end)) for n, end in enumerate(ended)]
        fast_commit(store, incidents=tuple(made))
        before_us = hours(0, before).end_us
        gone = store.forget.incidents(before_us, most)
        left = {each.id for each in store.fast.incidents()}
        doomed = sorted((end, f"inc_{n}") for n, end in enumerate(ended) if end < before)[:most]
        assert gone == len(doomed)
        assert left == {each.id for each in made} - {id_ for _, id_ in doomed}
        told.append((gone, left))
    assert all(each == told[0] for each in told)


@FEW
@given(ends, st.integers(0, 8), st.integers(0, 4))
def test_the_oldest_windows_go_first_and_only_those_that_were_seen(every, ended, seen, most):
    for store in every():
        blocks = tuple(evaluation(hours(0, end), segment=f"s={n}") for n, end in enumerate(ended))
        commit(store, evaluations=blocks)
        through = min(seen, len(ended))
        store.fast.commit(FastStep(through))
        gone = store.forget.evaluations(EVER.end_us, most)
        assert gone == min(most, through)
        left = [
            each.segment
            for number in range(len(ended))
            for each in store.slow.evaluations("shop", "fraud", EVER, segment=f"s={number}")
        ]
        oldest = sorted((end, n) for n, end in enumerate(ended[:through]))[:most]
        assert left == [f"s={n}" for n in range(len(ended)) if (ended[n], n) not in oldest]


@FEW
@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), st.integers(0, 6), st.integers(1, 4))
def test_profiles_that_are_forgotten_a_few_at_a_time_are_all_forgotten_in_the_end(every, started, before, most):
    for store in every():
        commit(store, blocks=tuple(block(hour, version=str(n)) for n, hour in enumerate(started)))
        old = sum(hour < before for hour in started)
        gone = [store.forget.profiles(hours(0, before).end_us, most) for _ in range(len(started) + 1)]
        assert sum(gone) == old
        assert gone == sorted(gone, reverse=True)
        left = [each.key.hour_us for each in store.slow.profiles("shop", "fraud", 1, EVER)]
        assert sorted(left) == sorted(TODAY.start_us + hour * HOUR_US for hour in started if hour >= before)


OVER = replace(INCIDENT, state=IncidentState.RESOLVED, evidence=hours(0, 1))


@pytest.mark.parametrize("state", DeliveryState)
def test_an_incident_waits_for_every_message_that_has_not_been_settled(store, state):
    fast_commit(store, incidents=(OVER,), deliveries=(replace(DELIVERY, state=state),))
    settled = state in (DeliveryState.DELIVERED, DeliveryState.DEAD, DeliveryState.FOLDED)
    assert store.forget.incidents(EVER.end_us, 10) == settled
    assert store.post.deliveries() == ([] if settled else [replace(DELIVERY, state=state)])


def test_with_an_incident_go_what_was_told_of_it_and_who_was_at_it_and_nothing_of_others(store):
    other = replace(OVER, id="inc_2", state=IncidentState.OPEN)
    fast_commit(store, incidents=(OVER, other))
    threads = [
        Thread(id_, "team", open=False, revision=1, priority=Priority.P2, told_us=NOW_US) for id_ in ("inc_1", "inc_2")
    ]
    store.post.commit(PostStep(threads=tuple(threads)))
    said = tuple(Acknowledgement(id_, "shop", "ana", "", NOW_US) for id_ in ("inc_1", "inc_2"))
    commit(store, acknowledgements=said)
    assert store.forget.incidents(EVER.end_us, 10) == 1
    assert store.post.threads(["inc_1", "inc_2"]) == [threads[1]]
    assert store.post.acknowledgements(["inc_1", "inc_2"]) == {"inc_2": said[1]}


def test_an_alert_of_two_incidents_goes_with_the_last_of_them(store):
    ended = replace(ALERT, state=AlertState.RESOLVED)
    late = replace(OVER, id="inc_2", evidence=hours(0, 2))
    fast_commit(store, alerts=(ended,), incidents=(OVER, late))
    assert store.forget.incidents(EVER.end_us, 1) == 1
    assert [each.id for each in store.fast.alerts()] == ["alt_1"]
    assert store.forget.incidents(EVER.end_us, 1) == 1
    assert store.fast.alerts() == []


# --- messages ----------------------------------------------------------------------------------

deliveries = st.builds(
    lambda incident, revision, receiver, occasion, state, due, released: replace(
        DELIVERY,
        incident=f"inc_{incident}",
        revision=revision,
        receiver=receiver,
        occasion=occasion,
        state=state,
        next_attempt_us=due,
        released_us=released,
    ),
    st.integers(1, 2),
    st.integers(1, 3),
    st.sampled_from(["team", "boss"]),
    st.sampled_from(["", "reminder_1"]),
    st.sampled_from(DeliveryState),
    st.integers(0, 3),
    st.integers(0, 2),
)
outboxes = st.lists(deliveries, max_size=8, unique_by=lambda each: each.identity)


@FEW
@given(outboxes, st.integers(0, 3), st.integers(0, 4))
def test_of_an_incident_and_receiver_only_the_message_let_out_first_is_due(every, outbox, now_us, limit):
    pending = [each for each in outbox if each.state is DeliveryState.PENDING]

    def is_first(one):
        line = [each for each in pending if (each.incident, each.receiver) == (one.incident, one.receiver)]
        return one == min(line, key=lambda each: (each.released_us, each.revision, each.occasion))

    due = [each for each in pending if each.next_attempt_us <= now_us and is_first(each)]
    for store in every():
        fast_commit(store, deliveries=tuple(outbox))
        assert store.post.due_deliveries(now_us, limit) == sorted(due, key=lambda each: each.identity)[:limit]


@FEW
@given(outboxes)
def test_messages_are_counted_and_found_by_what_they_are(every, outbox):
    for store in every():
        fast_commit(store, deliveries=tuple(outbox))
        for state in DeliveryState:
            found = store.post.deliveries(state)
            assert {each.identity for each in found} == {each.identity for each in outbox if each.state is state}
            assert store.post.counts().get(state, 0) == len(found)
        by_receiver = [each for name in ("boss", "team") for each in store.post.deliveries(receiver=name)]
        assert sorted(by_receiver, key=lambda each: each.identity) == store.post.deliveries()


@FEW
@given(deliveries, deliveries)
def test_what_is_on_its_way_keeps_its_words_and_all_else_may_be_decided_again(every, first, decided):
    again = replace(
        decided, incident=first.incident, revision=first.revision, receiver=first.receiver, occasion=first.occasion
    )
    again = replace(again, payload=b"other words")
    final = first.state not in (DeliveryState.WAITING, DeliveryState.BATCHED, DeliveryState.DIGEST)
    for store in every():
        fast_commit(store, deliveries=(first,))
        store.post.commit(PostStep(deliveries=(again,)))
        assert store.post.deliveries() == [first if final else again]


def test_news_that_were_routed_leave_the_outbox_and_a_message_nobody_knows_cannot_be_recorded(store):
    news = replace(DELIVERY, receiver="", state=DeliveryState.WAITING)
    fast_commit(store, deliveries=(news,))
    store.post.commit(PostStep(deliveries=(DELIVERY,), routed=(news,)))
    assert store.post.deliveries() == [DELIVERY]
    with pytest.raises(NotFound, match="no message with the identity"):
        store.post.record_delivery(news)
