"""What `doctor` finds, and that the database does not grow without bound."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing

import pytest
from tests.conformance.stored import ALERT, MODEL, NOW_US, block, commit, entry, evaluation, fast_commit, listed, rows

from seamark.clock import DAY_US
from seamark.errors import Conflict, Corrupt, DiskFull, Unavailable
from seamark.records.blocks import SlowStep
from seamark.records.log import EntryKind
from seamark.store.backends.local import DATABASE, LocalStore
from seamark.store.local import database as database_module

BATCH = bytes(range(256)) * 200  # 50 KB


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(folder):
    opened = LocalStore(folder)
    yield opened
    opened.close()


def ingest_and_pass(store, batches):
    """A backlog of batches, then the slow lane catches up a few at a time."""
    for _ in range(batches):
        store.log.append([entry(BATCH)])
    for seq in range(store.slow.watermark() + 1, store.log.last_seq() + 1):
        store.slow.commit(SlowStep(seq))


def test_the_space_of_forgotten_batches_is_used_again(store):
    ingest_and_pass(store, 20)
    pages = store._database.query("PRAGMA page_count")
    for _ in range(5):
        ingest_and_pass(store, 20)
    assert store._database.query("PRAGMA page_count") == pages


def test_a_large_backlog_gives_its_space_back(folder, monkeypatch):
    monkeypatch.setattr(database_module, "FREE_KEPT_PAGES", 8)
    store = LocalStore(folder)
    for _ in range(60):
        store.log.append([entry(BATCH)])
    store.slow.commit(SlowStep(60))
    for _ in range(3):
        commit(store)
    facts = store.facts()
    store.close()
    assert facts["database_free_bytes"] <= 8 * database_module.PAGE_BYTES
    assert (folder / DATABASE).stat().st_size < 30 * len(BATCH), "half of what it held"


def test_idempotency_keys_older_than_a_day_are_forgotten(store):
    for day in range(5):
        store.log.append([entry(key=f"{day}/{number}", received_us=NOW_US + day * DAY_US) for number in range(10)])
    assert store._database.query("SELECT count(*) FROM idempotency") == [(10,)]


def test_what_people_did_stays_when_batches_go(store):
    store.log.append([entry(b"{}", kind=EntryKind.ACTION)])
    ingest_and_pass(store, 3)
    assert [each.entry.kind for each in store.log.read(0, 100)] == [EntryKind.ACTION]


def damage(folder, *statements):
    connection = sqlite3.connect(folder / DATABASE)
    with connection:
        for statement in statements:
            connection.execute(statement)
    connection.close()


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE marks SET value = 7 WHERE name = 'watermark'", "slow lane's watermark is 7, past .* 1"),
        ("UPDATE marks SET value = 7 WHERE name = 'evaluations_through'", "fast lane's mark is 7, past .* 1"),
        ("UPDATE marks SET value = 0 WHERE name = 'log_seq'", "newest log entry is 1, past .* 0"),
        ("UPDATE marks SET value = 0 WHERE name = 'evaluation_seq'", "newest evaluation is 1, past .* 0"),
        ("DELETE FROM labels", "'labels' that does not exist"),
    ],
)
def test_contradictions_are_found_and_said(folder, statement, fault):
    store = LocalStore(folder)
    store.log.append([entry(kind=EntryKind.ACTION)])
    commit(store, models=(MODEL,), blocks=(block(),), evaluations=(evaluation(),))
    store.close()
    damage(folder, statement)
    store = LocalStore(folder)
    faults = store.check()
    store.close()
    assert any(re.search(fault, each) for each in faults), faults


def test_damaged_pages_are_found_and_said(folder):
    store = LocalStore(folder)
    commit(store, blocks=tuple(block(hour, payload=BATCH) for hour in range(24)))
    store.close()
    path = folder / DATABASE
    raw = bytearray(path.read_bytes())
    pages = len(raw) // database_module.PAGE_BYTES
    for page in range(pages - 8, pages):  # of the blocks just written, not of the tables an opening reads
        raw[page * database_module.PAGE_BYTES : page * database_module.PAGE_BYTES + 64] = b"\xff" * 64
    path.write_bytes(raw)
    store = LocalStore(folder)
    faults = store.check()
    store.close()
    assert any("damaged" in fault for fault in faults), faults


def test_a_folder_that_cannot_be_used_is_unavailable(tmp_path):
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Unavailable, match="cannot be used"):
        LocalStore(tmp_path / "file" / "store")


HOLDER = """
import sys, pathlib
from seamark.store.backends.local import LocalStore
store = LocalStore(pathlib.Path(sys.argv[1]))
print("open", flush=True)
sys.stdin.read()
"""


def test_a_second_server_is_told_which_process_has_the_folder_and_death_frees_it(folder):
    command = [sys.executable, "-c", HOLDER, str(folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout.readline() == b"open\n"
        with pytest.raises(Conflict, match=f"in use by another Seamark \\(process {holder.pid}\\)"):
            LocalStore(folder)
        holder.kill()
        holder.wait()
    LocalStore(folder).close()


def test_a_store_that_fails_to_open_holds_on_to_nothing(folder):
    folder.mkdir()
    (folder / DATABASE).write_bytes(b"garbage" * 1_000)
    for _ in range(2):
        with pytest.raises(Corrupt):
            LocalStore(folder)
    (folder / DATABASE).unlink()
    LocalStore(folder).close()


def test_the_log_leaves_room_for_what_it_has_taken(tmp_path):
    """Below the reserve nothing more comes in; what counts, judges and tells what is there can still be written."""
    with closing(LocalStore(tmp_path / "store")) as store:
        store.log.append([entry(b"accepted")])
    with closing(LocalStore(tmp_path / "store", reserve_bytes=2**62)) as store:
        with pytest.raises(DiskFull, match="are kept for what was accepted before"):
            store.log.append([entry(b"refused")])
        assert store.log.last_seq() == 1
        listed(store, rows(NOW_US))
        commit(store, blocks=(block(0),))
        fast_commit(store, alerts=(ALERT,))
        assert store.fast.alerts() == [ALERT]
