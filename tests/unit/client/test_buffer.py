"""The buffer: bounded, first in first out per lane, and every row accounted for at every instant."""

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.client.buffer import Buffer
from seamark.client.entries import Chunk, Note, Outcome, Prediction
from seamark.client.reasons import Reason
from seamark.client.values import NOTHING
from seamark.clock import monotonic_seconds

LATER = 1e12  # past any waiting for a batch to fill


def buffer(rows=100, size=10**6, batch_rows=10, flush_seconds=1000.0):
    return Buffer(rows=rows, size=size, batch_rows=batch_rows, flush_seconds=flush_seconds)


def prediction(id="p", size=10):
    return Prediction(id, 0, NOTHING, None, None, NOTHING, NOTHING, None, None, size)


def outcome(id="p", size=10):
    return Outcome(id, 0, NOTHING, None, size)


def chunk(rows, size=10):
    return Chunk({"id": [""] * rows}, rows, size)


def settle(held, batch, acknowledged=None):
    kept = batch.rows if acknowledged is None else acknowledged
    held.settle(batch, acknowledged=kept, reason=Reason.REFUSED, why="because")


def test_rows_leave_in_the_order_they_came():
    held = buffer()
    for i in range(25):
        held.offer(prediction(f"p{i}"))
    batches = [held.next_batch(LATER)[0].entries for _ in range(3)]
    assert [len(entries) for entries in batches] == [10, 10, 5]
    assert [entry.id for entries in batches for entry in entries] == [f"p{i}" for i in range(25)]


def test_rows_left_over_by_a_full_batch_wait_no_longer_than_its_oldest_row():
    held = buffer(flush_seconds=5.0)
    for _ in range(12):
        held.offer(prediction())
    now = monotonic_seconds()
    assert held.next_batch(now)[0].rows == 10
    assert held.next_batch(now)[0] is None
    assert held.next_batch(now + 5.1)[0].rows == 2


def test_no_more_rows_wait_than_allowed_and_the_others_are_counted():
    held = buffer(rows=20)
    assert [held.offer(prediction()) for _ in range(23)] == [True] * 20 + [False] * 3
    assert held.stats().dropped == {"buffer_full": 3}


def test_no_more_bytes_wait_than_allowed():
    held = buffer(size=100)
    assert [held.offer(prediction(size=40)) for _ in range(3)] == [True, True, False]
    assert held.stats().waiting_bytes == 80


def test_rows_on_their_way_still_take_room_until_they_are_settled():
    held = buffer(rows=10)
    for _ in range(10):
        held.offer(prediction())
    batch, _ = held.next_batch(LATER)
    assert not held.offer(prediction())
    settle(held, batch)
    assert held.offer(prediction())


def test_a_batch_is_due_when_it_is_full_or_old_or_wanted():
    held = buffer(flush_seconds=5.0)
    assert held.next_batch(0.0) == (None, None)
    held.offer(prediction())
    now = monotonic_seconds()
    batch, due_in = held.next_batch(now)
    assert batch is None
    assert 0 < due_in <= 5.0
    assert held.next_batch(now + 5.1)[0].rows == 1
    for _ in range(10):
        held.offer(prediction())
    assert held.next_batch(now)[0].rows == 10
    held.offer(outcome())
    held.hurry()
    assert held.next_batch(now)[0].rows == 1


def test_lanes_do_not_mix():
    held = buffer()
    for entry in (prediction("a"), outcome("b"), Note({"summary": "c"}, 1), prediction("d")):
        held.offer(entry)
    batches = [held.next_batch(LATER)[0] for _ in range(3)]
    assert {batch.lane.path: len(batch.entries) for batch in batches} == {
        "/v1/predictions": 2,
        "/v1/outcomes": 1,
        "/v1/changes": 1,
    }


def test_each_change_travels_alone():
    held = buffer()
    held.offer(Note({"summary": "a"}, 1))
    held.offer(Note({"summary": "b"}, 1))
    assert [held.next_batch(LATER)[0].entries[0].members["summary"] for _ in range(2)] == ["a", "b"]


def test_a_chunk_travels_alone_and_keeps_its_place():
    held = buffer()
    for entry in (prediction("a"), prediction("b")):
        held.offer(entry)
    held.offer(chunk(7), 7)
    held.offer(prediction("c"))
    sizes = [(batch.rows, len(batch.entries)) for batch in (held.next_batch(LATER)[0] for _ in range(3))]
    assert sizes == [(2, 2), (7, 1), (1, 1)]


def test_the_sender_is_woken_by_the_first_row_and_by_a_full_batch_and_by_nothing_between():
    held = buffer(batch_rows=10)
    for _ in range(15):
        held.offer(prediction())
    assert held.bell.qsize() == 2


def test_a_row_too_large_for_the_whole_buffer_is_dropped():
    held = buffer(size=100)
    assert not held.offer(prediction(size=101))


def test_a_closed_buffer_drops_what_it_holds_and_what_still_comes():
    held = buffer()
    for _ in range(25):
        held.offer(prediction())
    batch, _ = held.next_batch(LATER)
    held.close("The client was closed.")
    assert not held.offer(prediction())
    assert held.stats().dropped == {"closed": 16}
    settle(held, batch)
    assert (held.stats().waiting, held.stats().waiting_bytes) == (0, 0)


def test_flush_waits_for_what_came_before_it_and_not_for_what_comes_after():
    held = buffer()
    held.offer(prediction("before"))
    done = []
    flusher = threading.Thread(target=lambda: done.append(held.flush(20)))
    flusher.start()
    while (batch := held.next_batch(0.0)[0]) is None:
        pass  # until flush has made it urgent
    held.offer(prediction("after"))
    settle(held, batch)
    flusher.join(20)
    assert done == [True]
    assert held.stats().waiting == 1


def test_flush_gives_up_when_its_time_is_over():
    held = buffer()
    held.offer(prediction())
    assert held.flush(0.01) is False
    assert buffer().flush(0) is True


def test_waiting_for_room_ends_when_there_is_some_or_the_buffer_closes():
    held = buffer(rows=10)
    held.offer(chunk(10), 10)
    batch, _ = held.next_batch(LATER)
    waiter = threading.Thread(target=held.wait_for_room, args=(5, 10, 20))
    waiter.start()
    settle(held, batch)
    waiter.join(20)
    assert not waiter.is_alive()
    held.offer(chunk(10), 10)
    second = threading.Thread(target=held.wait_for_room, args=(5, 10, 20))
    second.start()
    held.close("")
    second.join(20)
    assert not second.is_alive()


def test_why_rows_were_dropped_is_told_once():
    held = buffer()
    held.drop(Reason.INVALID_TIME, 1, "no zone")
    held.drop(Reason.INVALID_TIME, 1, "no zone either")
    held.drop(Reason.INVALID_ID, 1, "empty")
    assert held.complaints() == {"invalid_time": "no zone either", "invalid_id": "empty"}
    held.complained(["invalid_time"])
    assert held.complaints() == {"invalid_id": "empty"}
    assert held.bell.qsize() == 1


class LogsWhileItIsLogged:
    """An entry whose size asks the buffer to take another: what a signal handler or a finaliser may do."""

    def __init__(self, held):
        self.held = held
        self.entered = False

    @property
    def size(self):
        if not self.entered:
            self.entered = True
            self.held.offer(prediction("inner"))
        return 1


def test_logging_from_inside_logging_neither_deadlocks_nor_loses_a_row():
    held = buffer()
    held._lane_of[LogsWhileItIsLogged] = held._lanes[0]
    held.offer(LogsWhileItIsLogged(held))
    assert held.stats().logged == 2


def test_many_threads_lose_no_row():
    held = buffer(rows=10**6, size=10**9, batch_rows=100)
    threads = [threading.Thread(target=lambda: [held.offer(prediction()) for _ in range(2000)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    taken = 0
    while taken < 16_000:
        batch, _ = held.next_batch(LATER)
        if batch is not None:
            taken += batch.rows
            settle(held, batch)
    for thread in threads:
        thread.join()
    assert held.stats().acknowledged == held.stats().logged == 16_000


steps = st.one_of(
    st.tuples(st.just("offer"), st.integers(1, 40)),
    st.tuples(st.just("chunk"), st.integers(1, 15)),
    st.tuples(st.just("outcome"), st.integers(1, 40)),
    st.tuples(st.just("drop"), st.integers(1, 5)),
    st.tuples(st.just("take"), st.just(0)),
    st.tuples(st.just("settle"), st.integers(0, 20)),
    st.tuples(st.just("close"), st.just(0)),
)


@given(st.lists(steps, max_size=60))
def test_every_row_is_acknowledged_dropped_or_waiting_and_the_bounds_hold_at_every_instant(story):
    held = buffer(rows=50, size=1000)
    on_their_way = []
    for step, number in story:
        if step == "offer":
            held.offer(prediction(size=number))
        elif step == "outcome":
            held.offer(outcome(size=number))
        elif step == "chunk":
            held.offer(chunk(number, size=number * 10), number)
        elif step == "drop":
            held.drop(Reason.INVALID_ID, number, "")
        elif step == "close":
            held.close("")
        elif step == "take" and (batch := held.next_batch(LATER)[0]):
            on_their_way.append(batch)
        elif step == "settle" and on_their_way:
            batch = on_their_way.pop(0)
            settle(held, batch, min(number, batch.rows))
        stats = held.stats()
        assert stats.logged == stats.acknowledged + stats.waiting + sum(stats.dropped.values())
        assert 0 <= stats.waiting <= 50
        assert 0 <= stats.waiting_bytes <= 1000
        assert stats.sent <= stats.logged
    for batch in on_their_way:
        settle(held, batch)
    held.close("")
    assert (held.stats().waiting, held.stats().waiting_bytes) == (0, 0)


def test_stats_are_a_picture_that_cannot_be_painted_over():
    stats = buffer().stats()
    with pytest.raises(TypeError):
        stats.dropped["closed"] = 1
    with pytest.raises(AttributeError):
        stats.logged = 1
