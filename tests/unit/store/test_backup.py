"""A backup is one state of the store, whole and checked, or it is not there."""

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest
from tests.conformance.stored import MODEL, NOW_US, block, commit, entry, listed, rows, seen
from tests.unit.store import killed

from seamark.errors import Conflict, Corrupt, NotFound, Unavailable
from seamark.profile.indexes import OUTCOMES
from seamark.records.blocks import SlowStep
from seamark.store.backends.local import LocalStore, back_up, restore, verify
from seamark.store.local import backup

TAKES_ANOTHER_SNAPSHOT = 3


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "store"


@pytest.fixture
def store(folder):
    with closing(LocalStore(folder)) as opened:
        listed(opened, rows(NOW_US, NOW_US + 1), last_seq=0)
        opened.log.append([entry(b"waits")])
        commit(opened, models=(MODEL,), blocks=(block(0), block(1)))
        yield opened


def everything(store):
    files = store.rows.files("predictions", "shop", "fraud")
    known = (store.log.read(0, 100), store.slow.models(), store.slow.dirty(), files, seen(store.rows.scan(files)))
    return *known, store.slow.profiles("shop", "fraud", 1, killed.EVER)


def copies(folder):
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def test_what_is_restored_says_what_the_store_said(store, folder, tmp_path):
    said = everything(store)
    back_up(folder, tmp_path / "backup", NOW_US)
    store.close()
    shutil.rmtree(folder)
    restore(tmp_path / "backup", folder)
    with closing(LocalStore(folder)) as restored:
        assert everything(restored) == said
        assert restored.check() == []


def test_a_backup_holds_what_was_there_when_it_was_made(store, folder, tmp_path):
    said = everything(store)
    back_up(folder, tmp_path / "backup", NOW_US)
    listed(store, rows(NOW_US + 5), last_seq=0)
    store.log.append([entry(b"later")])
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert everything(restored) == said


def test_join_files_are_part_of_it(store, folder, tmp_path):
    table = rows(NOW_US, **{"outcome.label": ["1"], "seq": [1]})
    files = store.rows.write("outcomes", "shop", "fraud", table, 0, OUTCOMES)
    commit(store, new_files=tuple(files))
    copied = back_up(folder, tmp_path / "backup", NOW_US)
    assert sum(file.path.endswith(".join") for file in copied.files) == 1
    assert copies(tmp_path / "backup") == sorted([*(file.path for file in copied.files), "backup.json"])


def test_rows_merged_away_while_it_is_made_are_in_it_all_the_same(store, folder, tmp_path, monkeypatch):
    """Between the snapshot and the links, the server merges: another snapshot lists what there is then."""
    listed(store, rows(NOW_US + 2), last_seq=0)
    hold, merges = backup._hold, []

    def merging(root, path):
        if len(merges) < TAKES_ANOTHER_SNAPSHOT:
            merges.append(path)
            files = store.rows.files("predictions", "shop", "fraud")
            merged = tuple(store.rows.compact(files))
            commit(store, new_files=merged, dropped_files=tuple(file.id for file in files))
        return hold(root, path)

    monkeypatch.setattr(backup, "_hold", merging)
    back_up(folder, tmp_path / "backup", NOW_US)
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert sorted(row["id"] for row in everything(restored)[4]) == ["r0", "r0", "r1"]


def test_it_is_the_same_without_links(store, folder, tmp_path, monkeypatch):
    """As on another file system, or on one that has none."""
    monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError(18, "Invalid cross-device link")))
    said = everything(store)
    back_up(folder, tmp_path / "backup", NOW_US)
    verify(tmp_path / "backup")
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert everything(restored) == said


@pytest.mark.parametrize("damage", ["flip", "cut", "delete"])
def test_damage_is_found_and_named_and_nothing_is_restored(store, folder, tmp_path, damage):
    copied = back_up(folder, tmp_path / "backup", NOW_US)
    victim = tmp_path / "backup" / copied.files[-1].path
    content = victim.read_bytes()
    victim.unlink()  # it may be a link to the store's own file
    if damage != "delete":
        victim.write_bytes(bytes([content[0] ^ 1, *content[1:]]) if damage == "flip" else content[:-1])
    with pytest.raises(Corrupt, match=victim.name):
        verify(tmp_path / "backup")
    with pytest.raises(Corrupt, match=victim.name):
        restore(tmp_path / "backup", tmp_path / "other")
    assert copies(tmp_path / "other") == []


def test_a_damaged_database_is_not_copied(folder, tmp_path):
    with closing(LocalStore(folder)) as store:
        commit(store, blocks=tuple(block(hour, payload=os.urandom(3_000)) for hour in range(24)))
    with (folder / "seamark.db").open("r+b") as database:
        database.seek(16_384 * 12)
        database.write(b"\xa5" * 16_384 * 12)
    with pytest.raises(Corrupt, match="damaged"):
        back_up(folder, tmp_path / "backup", NOW_US)
    assert not (tmp_path / "backup").exists()


def test_a_listed_row_file_that_is_gone_is_named(store, folder, tmp_path):
    [file] = store.rows.files("predictions", "shop", "fraud")
    (folder / file.path).unlink()
    with pytest.raises(Corrupt, match="is not on the disk"):
        back_up(folder, tmp_path / "backup", NOW_US)
    assert not (tmp_path / "backup").exists()


def test_places_that_hold_something_are_left_alone(store, folder, tmp_path):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine").write_text("mine")
    for target in (tmp_path / "full", folder, folder / "inside"):
        with pytest.raises(Conflict):
            back_up(folder, target, NOW_US)
    back_up(folder, tmp_path / "backup", NOW_US)
    for root in (tmp_path / "full", folder):
        with pytest.raises(Conflict, match="not empty"):
            restore(tmp_path / "backup", root)
    with pytest.raises(NotFound, match="no store"):
        back_up(tmp_path / "full", tmp_path / "new", NOW_US)
    with pytest.raises(NotFound, match="not a backup"):
        restore(tmp_path / "full", tmp_path / "new")
    assert (tmp_path / "full" / "mine").read_text() == "mine"


def test_two_at_a_time_are_refused(store, folder, tmp_path):
    with backup._alone(folder), pytest.raises(Conflict, match="Another backup"):
        back_up(folder, tmp_path / "backup", NOW_US)


@pytest.mark.parametrize(
    ("change", "error"),
    [
        ({"format": 99}, Conflict),
        ({"schema": 10_000}, Conflict),
        ({"files": [{"path": "../../etc/passwd", "size_bytes": 1, "sha256": ""}]}, Corrupt),
        ({"files": "all"}, Corrupt),
        ({"made": "yesterday"}, Corrupt),
    ],
)
def test_a_list_that_cannot_be_followed_is_refused(store, folder, tmp_path, change, error):
    back_up(folder, tmp_path / "backup", NOW_US)
    said = json.loads((tmp_path / "backup" / "backup.json").read_text())
    (tmp_path / "backup" / "backup.json").write_text(json.dumps({**said, **change}))
    with pytest.raises(error):
        restore(tmp_path / "backup", tmp_path / "other")


def test_an_interrupted_restore_is_never_served_and_may_be_done_again(store, folder, tmp_path):
    back_up(folder, tmp_path / "backup", NOW_US)
    restore(tmp_path / "backup", tmp_path / "other")
    (tmp_path / "other" / "restore.unfinished").touch()
    with pytest.raises(Conflict, match="interrupted"):
        LocalStore(tmp_path / "other")
    restore(tmp_path / "backup", tmp_path / "other")
    with closing(LocalStore(tmp_path / "other")) as restored:
        assert everything(restored) == everything(store)


def test_a_disk_that_refuses_leaves_nothing_behind(store, folder, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(backup, "write_list", full)
    with pytest.raises(Unavailable, match="No space left"):
        back_up(folder, tmp_path / "backup", NOW_US)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["store"]
    assert not (folder / "backup-held").exists()


BACK_UP = """
import sys, pathlib
from seamark.store.local import backup
place = backup._placed
def slowly(*given):
    sys.stdout.write("placing\\n"); sys.stdout.flush()
    sys.stdin.readline()
    return place(*given)
backup._placed = slowly
backup.back_up(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), 0)
"""


def test_one_that_is_killed_leaves_no_half_one(store, folder, tmp_path):
    command = [sys.executable, "-c", BACK_UP, str(folder), str(tmp_path / "backup")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert not (tmp_path / "backup").exists()
    assert (folder / "backup-held").exists()
    store.close()
    with closing(LocalStore(folder)) as again:
        assert again.check() == []
        assert not (folder / "backup-held").exists()
        back_up(folder, tmp_path / "backup", NOW_US)
    verify(tmp_path / "backup")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "store"]


def test_backups_of_a_store_that_is_written_to_are_each_one_state(folder, tmp_path):
    """Profiles count exactly the stored rows in each of them, though files are merged and dropped all the time."""
    stopping = threading.Event()
    with closing(LocalStore(folder)) as store:
        store.log.append([killed.entry("first")])
        writer = threading.Thread(target=write, args=(store, stopping))
        writer.start()
        try:
            for number in range(5):
                back_up(folder, tmp_path / f"backup{number}", NOW_US)
        finally:
            stopping.set()
            writer.join()
    for number in range(5):
        restore(tmp_path / f"backup{number}", tmp_path / f"restored{number}")
        with closing(LocalStore(tmp_path / f"restored{number}")) as restored:
            assert restored.check() == []
            files = restored.rows.files("predictions", *killed.OWNER)
            profiled = sum(each.rows for each in restored.slow.profiles(*killed.OWNER, 1, killed.EVER))
            assert len(seen(restored.rows.scan(files))) == profiled


def write(store, stopping):
    hour_us, number = killed.START_US, 0
    while not stopping.is_set():
        number += 1
        files = store.rows.write("predictions", *killed.OWNER, killed.batch_rows(str(number)), 1)
        old = store.rows.files("predictions", *killed.OWNER, killed.Window(hour_us, hour_us + killed.DAY_US))
        dropped = old if len(old) > 3 else []
        merged = store.rows.compact(dropped) if dropped else []
        key = killed.ProfileKey(*killed.OWNER, 1, "", "", hour_us)
        counted = killed.ProfileBlock(key, number * killed.ROWS, b"")
        ids = tuple(file.id for file in dropped)
        store.slow.commit(SlowStep(1, new_files=(*files, *merged), dropped_files=ids, blocks=(counted,)))


def test_the_copy_of_the_database_is_one_file(store, folder, tmp_path):
    back_up(folder, tmp_path / "backup", NOW_US)
    with closing(sqlite3.connect(tmp_path / "backup" / "seamark.db")) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
