"""A step that ends half-way, wherever that is, is there whole or not at all."""

import sqlite3
from itertools import count

import pytest
from tests.conformance.stored import (
    ALERT,
    CHANGE,
    DELIVERY,
    EVER,
    INCIDENT,
    MODEL,
    NOW_US,
    block,
    entry,
    evaluation,
    hours,
    listed,
    rows,
    seen,
)

from seamark.records.blocks import SlowStep
from seamark.records.delivery import FastStep
from seamark.records.model import StoredBaseline, StoredBinSet, StoredMonitorSet
from seamark.store.backends.local import LocalStore
from seamark.store.local import parquet


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


def everything(store):
    """All that a store answers."""
    files = store.rows.files("predictions", "shop", "fraud")
    return (
        [store.log.read(0, 1_000), store.log.last_seq(), store.log.pending(), store.slow.watermark()],
        [files, seen(store.rows.scan(files))],
        [store.slow.models(), store.slow.dirty(), store.slow.monitor_set(1), store.fast.changes("shop", EVER)],
        [store.slow.bin_sets("shop", "fraud"), store.slow.baselines("shop", "fraud")],
        [store.slow.profiles("shop", "fraud", 1, EVER), store.slow.evaluations("shop", "fraud", EVER)],
        [store.fast.evaluations_through(), store.fast.alerts(), store.fast.incidents(), store.post.deliveries()],
    )


class Interruption:
    """Stops a statement of SQLite after so many of its instructions, once."""

    def __init__(self, instructions):
        self.left = instructions

    def __call__(self):
        self.left -= 1
        return self.left == 0


def append(store):
    store.log.append([entry(key="k1"), entry(key="k2")])


def slow_step(store):
    files = store.rows.files("predictions", "shop", "fraud")
    new = store.rows.write("predictions", "shop", "fraud", rows(NOW_US + 1, NOW_US + 2), 1)
    return SlowStep(
        1,
        models=(MODEL,),
        new_files=tuple(new),
        dropped_files=tuple(file.id for file in files),
        blocks=(block(0, payload=b"new"), block(1)),
        dirty=(("shop", "fraud", 0),),
        evaluations=(evaluation(hours(0, 1)),),
        bin_sets=(StoredBinSet(1, "shop", "fraud", NOW_US, False, 1, b""),),
        baselines=(StoredBaseline(1, "shop", "fraud", 1, "static", NOW_US, 1, "reference", b""),),
        monitor_sets=(StoredMonitorSet(1, "shop", "fraud", b""),),
        changes=(CHANGE,),
    )


def slow_commit(store):
    store.slow.commit(slow_step(store))


def fast_commit(store):
    store.fast.commit(FastStep(1, alerts=(ALERT,), incidents=(INCIDENT,), deliveries=(DELIVERY,)))


def prepared(folder):
    """A store in which every part of the steps above replaces, drops or passes something."""
    store = LocalStore(folder)
    store.log.append([entry(b"passed"), entry(b"stays")])
    listed(store, rows(NOW_US))
    store.slow.commit(
        SlowStep(0, blocks=(block(0, payload=b"old"),), evaluations=(evaluation(hours(0, 1), payload=b""),))
    )
    return store


@pytest.mark.parametrize("write", [append, slow_commit, fast_commit])
def test_a_write_that_is_interrupted_at_any_instruction_changes_nothing(folder, write):
    store = prepared(folder)
    before, interrupted = everything(store), 0
    for instructions in count(1, step=7):
        store._database._writer.set_progress_handler(Interruption(instructions), 1)
        try:
            write(store)
        except sqlite3.OperationalError:
            interrupted += 1
            assert everything(store) == before
        else:
            break
    store._database._writer.set_progress_handler(None, 0)
    assert interrupted > 20, "the interruptions came too late to prove anything"
    assert everything(store) != before
    after = everything(store)
    store.close()
    store = LocalStore(folder)
    assert everything(store) == after
    assert store.check() == []
    store.close()


class Crash(BaseException):
    """The end of the process: nothing of ours may catch it and go on."""


MOMENTS = {
    "the file is half written": (parquet.pq.ParquetWriter, "write_table"),
    "the file is written but not synced": (parquet, "sync"),
    "the file has no final name yet": (parquet.Path, "rename"),
    "the step is committed and old files are still there": (parquet.Path, "unlink"),
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_after_a_crash_a_step_is_there_whole_or_not_at_all(folder, monkeypatch, moment):
    store = prepared(folder)
    before = everything(store)

    def crash(*_, **__):
        raise Crash

    with monkeypatch.context() as patched:
        patched.setattr(*MOMENTS[moment], crash)
        with pytest.raises(Crash):
            slow_commit(store)
    store.close()
    store = LocalStore(folder)
    after = everything(store)
    on_disk = {path.relative_to(folder).as_posix() for path in (folder / "rows").rglob("*") if path.is_file()}
    assert on_disk == {file.path for file in store.rows.files("predictions", "shop", "fraud")}
    committed = "committed" in moment
    assert (after[0] == before[0], after[1] == before[1], after[2:] == before[2:]) == (not committed,) * 3
    assert store.check() == []
    store.close()
