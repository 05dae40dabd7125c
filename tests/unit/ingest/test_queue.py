"""Group commit: bounded, in order, and never a false yes."""

from __future__ import annotations

import asyncio
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from seamark.errors import DiskFull, Overloaded, Unavailable
from seamark.ingest.queue import CommitQueue, QueueLimits
from seamark.records.log import EntryKind, LogEntry

ROOMY = QueueLimits(queue_rows=10**6, queue_bytes=10**9, commit_rows=10**6)


def entry(rows=1, size=10):
    return LogEntry(EntryKind.PREDICTIONS, "p", "m", 0, rows, bytes(size))


class Log:
    """Remembers its groups; waits at a gate; fails when told to."""

    def __init__(self):
        self.groups = []
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.failure = None
        self.seq = 0

    def append(self, entries):
        self.entered.set()
        assert self.gate.wait(10)
        if self.failure:
            raise self.failure
        self.groups.append(len(entries))
        first = self.seq + 1
        self.seq += len(entries)
        return list(range(first, self.seq + 1))


@pytest.fixture
def log():
    return Log()


@pytest.fixture
def queues():
    """Makes queues and drains them at the end."""
    made = []

    def make(log, limits=ROOMY):
        made.append(CommitQueue(log.append, limits))
        return made[-1]

    yield make
    for queue in made:
        queue.drain(5)


def wait_until(condition):
    """Until another thread has got that far."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def hold(log, queue):
    """Start an append that stays in the store until the gate opens."""
    log.gate.clear()
    log.entered.clear()
    pool = ThreadPoolExecutor(1)
    held = pool.submit(queue.append_blocking, entry())
    pool.shutdown(wait=False)
    assert log.entered.wait(5)
    return held


def test_every_caller_gets_the_place_of_its_own_entry(log, queues):
    queue = queues(log)
    assert [queue.append_blocking(entry()) for _ in range(3)] == [1, 2, 3]


def test_what_arrives_during_a_commit_shares_the_next_one(log, queues):
    queue = queues(log)

    async def run():
        held = await asyncio.to_thread(hold, log, queue)
        tasks = [asyncio.create_task(queue.append(entry())) for _ in range(5)]
        await asyncio.sleep(0)
        log.gate.set()
        return await asyncio.gather(*tasks), await asyncio.wrap_future(held)

    assert asyncio.run(run()) == ([2, 3, 4, 5, 6], 1)
    assert log.groups == [1, 5]
    assert queue.state().commits == 2
    assert queue.state().committed_entries == 6


def test_one_transaction_takes_a_bounded_number_of_rows_but_at_least_one_entry(log, queues):
    queue = queues(log, QueueLimits(10**6, 10**9, commit_rows=10))
    held = hold(log, queue)

    async def run():
        tasks = [asyncio.create_task(queue.append(entry(rows))) for rows in (6, 4, 1, 50, 3)]
        await asyncio.sleep(0)
        log.gate.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert held.result(5) == 1
    assert log.groups == [1, 2, 1, 1, 1]


@pytest.mark.parametrize(
    "limits",
    [
        QueueLimits(queue_rows=10, queue_bytes=10**9, commit_rows=99),
        QueueLimits(10**6, queue_bytes=100, commit_rows=99),
    ],
)
def test_a_full_queue_says_when_to_come_again(log, queues, limits):
    queue = queues(log, limits)
    held = hold(log, queue)
    with pytest.raises(Overloaded, match="The queue has 1 row to commit and takes") as caught:
        queue.append_blocking(entry(rows=10, size=95))
    assert caught.value.retry_after_seconds >= 1
    log.gate.set()
    assert held.result(5) == 1
    assert queue.append_blocking(entry(rows=10, size=95)) == 2


def test_an_entry_larger_than_the_queue_is_taken_when_nothing_waits(log, queues):
    queue = queues(log, QueueLimits(queue_rows=10, queue_bytes=10, commit_rows=5))
    assert queue.append_blocking(entry(rows=1_000, size=1_000)) == 1


def test_a_failing_store_fails_the_callers_and_not_the_queue(log, queues, caplog):
    queue = queues(log)
    log.failure = OSError("No space left on device")
    with pytest.raises(Unavailable, match="nothing of this batch was stored; send it again"):
        queue.append_blocking(entry())
    assert "No space left on device" in caplog.text
    log.failure = None
    assert queue.append_blocking(entry()) == 1
    state = queue.state()
    assert (state.failed_commits, state.commits, state.waiting_rows, state.waiting_bytes) == (1, 1, 0, 0)


def test_a_full_disk_is_told_as_one_and_forgotten_when_there_is_room(log, queues):
    queue = queues(log)
    log.failure = DiskFull("Only 3 MB are free.")
    with pytest.raises(DiskFull, match="Only 3 MB"):
        queue.append_blocking(entry())
    log.failure = None
    assert queue.append_blocking(entry()) == 1


def test_draining_commits_what_waits_and_takes_nothing_more(log):
    queue = CommitQueue(log.append, ROOMY)
    held = hold(log, queue)
    threading.Timer(0.05, log.gate.set).start()
    assert queue.drain(5) is True
    assert held.result(5) == 1
    with pytest.raises(Unavailable, match="Seamark is stopping and takes nothing more"):
        queue.append_blocking(entry())


def test_draining_gives_up_after_its_time(log):
    queue = CommitQueue(log.append, ROOMY)
    held = hold(log, queue)
    assert queue.drain(0.01) is False
    log.gate.set()
    assert held.result(5) == 1
    assert queue.drain(5) is True


def test_a_caller_that_left_does_not_disturb_the_others(log, queues):
    queue = queues(log)

    async def run():
        await asyncio.to_thread(hold, log, queue)
        leaving = asyncio.create_task(queue.append(entry()))
        staying = asyncio.create_task(queue.append(entry()))
        await asyncio.sleep(0)
        leaving.cancel()
        log.gate.set()
        return await staying

    assert asyncio.run(run()) == 3
    assert log.seq == 3


def test_a_loop_that_has_closed_leaves_its_entries_stored(log, queues, caplog):
    queue = queues(log)
    log.gate.clear()

    async def leave():
        asyncio.create_task(queue.append(entry()))  # noqa: RUF006 the point is that nobody waits for it
        await asyncio.sleep(0)

    asyncio.run(leave())
    log.gate.set()
    assert queue.append_blocking(entry()) == 2
    assert "1 callers left before their batches were acknowledged" in caplog.text


def test_after_a_shared_transaction_the_next_waits_until_as_many_have_come(log, queues):
    """The interval is endless, so nothing but their number begins a transaction."""
    queue = queues(log, QueueLimits(10**6, 10**9, commit_rows=10**6, commit_interval_seconds=3_600))
    with ThreadPoolExecutor(8) as pool:
        held = hold(log, queue)
        shared = [pool.submit(queue.append_blocking, entry()) for _ in range(3)]
        wait_until(lambda: queue.state().waiting_entries == 3)
        log.gate.set()
        assert [held.result(5), *sorted(each.result(5) for each in shared)] == [1, 2, 3, 4]
        early = [pool.submit(queue.append_blocking, entry()) for _ in range(2)]
        wait_until(lambda: queue.state().waiting_entries == 2)
        assert not any(each.done() for each in early)
        assert queue.append_blocking(entry()) in (5, 6, 7)
        assert all(each.done() or each.result(5) for each in early)
    assert log.groups == [1, 3, 3]


def test_who_sends_alone_waits_for_no_interval(log, queues):
    queue = queues(log, QueueLimits(10**6, 10**9, commit_rows=10**6, commit_interval_seconds=3_600))
    assert [queue.append_blocking(entry()) for _ in range(3)] == [1, 2, 3]
    assert log.groups == [1, 1, 1]


def test_the_interval_ends_the_wait_for_those_who_do_not_come_again(log, queues, monkeypatch):
    """By a clock that jumps to the end of the interval as soon as somebody waits."""
    moments = iter(range(0, 10**6, 3_600))
    monkeypatch.setattr("seamark.clock.monotonic_seconds", lambda: float(next(moments)))
    queue = queues(log, QueueLimits(10**6, 10**9, commit_rows=10**6, commit_interval_seconds=3_600))
    with ThreadPoolExecutor(8) as pool:
        held = hold(log, queue)
        shared = [pool.submit(queue.append_blocking, entry()) for _ in range(3)]
        wait_until(lambda: queue.state().waiting_entries == 3)
        log.gate.set()
        assert held.result(5) == 1
        assert sorted(each.result(5) for each in shared) == [2, 3, 4]
    assert queue.append_blocking(entry()) == 5
    assert log.groups == [1, 3, 1]


def test_many_threads_lose_and_double_nothing(log, queues):
    queue = queues(log, QueueLimits(10**6, 10**9, commit_rows=7))
    with ThreadPoolExecutor(8) as pool:
        seqs = list(pool.map(lambda _: queue.append_blocking(entry()), range(400)))
    assert sorted(seqs) == list(range(1, 401))
    assert sum(log.groups) == 400


def test_entries_offered_together_share_transactions_and_hear_their_own_places(log, queues):
    queue = queues(log)
    assert queue.append_all_blocking([entry() for _ in range(50)]) == list(range(1, 51))
    assert len(log.groups) < 50
    assert queue.append_all_blocking([]) == []


def test_more_entries_than_the_queue_has_room_for_wait_for_those_before_them(log, queues):
    queue = queues(log, QueueLimits(queue_rows=3, queue_bytes=10**9, commit_rows=10**6))
    assert queue.append_all_blocking([entry() for _ in range(20)]) == list(range(1, 21))


def test_entries_for_which_others_leave_no_room_are_refused_together(log, queues):
    log.gate.clear()
    queue = queues(log, QueueLimits(queue_rows=2, queue_bytes=10**9, commit_rows=10**6))
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(queue.append_blocking, entry(rows=2))
        assert log.entered.wait(10)
        with pytest.raises(Overloaded):
            queue.append_all_blocking([entry(), entry()])
        log.gate.set()
        assert first.result(10) == 1


def test_a_store_that_fails_is_heard_by_all_that_were_offered_together(log, queues):
    log.failure = OSError("the disk is gone")
    with pytest.raises(Unavailable):
        queues(log).append_all_blocking([entry(), entry()])
