"""Any interleaving of callers, transactions and failures: acknowledged is exactly what is stored.

The store fails when the script says so; callers come in bursts, leave, and retry what was not acknowledged.
"""

from __future__ import annotations

import asyncio
import threading
from contextlib import suppress

from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.errors import Overloaded, Unavailable
from seamark.ingest.queue import CommitQueue, QueueLimits
from seamark.records.log import EntryKind, LogEntry


class ScriptedLog:
    """Stores whole groups or nothing, as the script says for each transaction in turn; then always."""

    def __init__(self, script):
        self.script = list(script)
        self.stored = []
        self.inside = threading.Lock()

    def append(self, entries):
        assert self.inside.acquire(blocking=False), "two transactions at once"
        try:
            if self.script and not self.script.pop(0):
                raise OSError("the disk says no")
            first = len(self.stored) + 1
            self.stored += [entry.payload for entry in entries]
            return list(range(first, len(self.stored) + 1))
        finally:
            self.inside.release()


def entry(name, rows):
    return LogEntry(EntryKind.PREDICTIONS, "p", "m", 0, rows, name.encode())


sizes = st.lists(st.integers(1, 8), min_size=1, max_size=25)


def run(script, rows, limits, leavers=()):
    """Send one entry per size at once; returns the log and what each caller heard."""
    log = ScriptedLog(script)
    queue = CommitQueue(log.append, limits)

    async def send(number, size):
        try:
            return await queue.append(entry(f"e{number}", size))
        except (Overloaded, Unavailable) as error:
            return error

    async def everybody():
        tasks = [asyncio.create_task(send(number, size)) for number, size in enumerate(rows)]
        await asyncio.sleep(0)
        for number in leavers:
            tasks[number % len(tasks)].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    heard = asyncio.run(everybody())
    assert queue.drain(10) is True
    return log, queue, heard


@settings(max_examples=60, deadline=None)
@given(st.lists(st.booleans(), max_size=8), sizes, st.integers(1, 20), st.integers(5, 200))
def test_acknowledged_is_exactly_what_is_stored(script, rows, commit_rows, queue_rows):
    log, queue, heard = run(script, rows, QueueLimits(queue_rows, 10**6, commit_rows))
    acknowledged = {f"e{number}".encode(): seq for number, seq in enumerate(heard) if isinstance(seq, int)}
    assert sorted(acknowledged) == sorted(log.stored)
    assert all(log.stored[seq - 1] == name for name, seq in acknowledged.items())
    state = queue.state()
    assert (state.waiting_entries, state.waiting_rows, state.waiting_bytes) == (0, 0, 0)
    assert state.committed_entries == len(log.stored)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.booleans(), max_size=4), sizes, st.sets(st.integers(0, 24), max_size=5))
def test_callers_that_leave_change_nothing_for_the_others(script, rows, leavers):
    log, _, heard = run(script, rows, QueueLimits(10**6, 10**6, 10), leavers)
    for number, said in enumerate(heard):
        if isinstance(said, int):
            assert log.stored[said - 1] == f"e{number}".encode()
        elif isinstance(said, Unavailable):
            assert f"e{number}".encode() not in log.stored


@settings(max_examples=25, deadline=None)
@given(st.lists(st.booleans(), max_size=6), st.integers(1, 12), st.integers(1, 6))
def test_callers_that_retry_all_come_through_in_the_end(script, callers, commit_rows):
    log = ScriptedLog(script)
    queue = CommitQueue(log.append, QueueLimits(queue_rows=3, queue_bytes=10**6, commit_rows=commit_rows))

    def insist(number):
        while True:
            with suppress(Overloaded, Unavailable):
                return queue.append_blocking(entry(f"e{number}", 1))

    threads = [threading.Thread(target=insist, args=(number,)) for number in range(callers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert queue.drain(10) is True
    assert sorted(log.stored) == sorted(f"e{number}".encode() for number in range(callers))


@settings(max_examples=20, deadline=None)
@given(sizes, st.integers(1, 5))
def test_a_drain_in_the_midst_keeps_its_word_to_everybody(rows, callers):
    log = ScriptedLog([])
    queue = CommitQueue(log.append, QueueLimits(10**6, 10**6, 7))
    heard = {}

    def send(caller):
        for number, size in enumerate(rows):
            name = f"{caller}-{number}"
            try:
                heard[name] = queue.append_blocking(entry(name, size))
            except Unavailable:
                heard[name] = None

    threads = [threading.Thread(target=send, args=(caller,)) for caller in range(callers)]
    for thread in threads:
        thread.start()
    assert queue.drain(10) is True
    for thread in threads:
        thread.join(10)
    assert sorted(name.encode() for name, seq in heard.items() if seq is not None) == sorted(log.stored)
