"""`kill -9` at random moments: nothing acknowledged is lost, nothing counts twice, nothing is left lying about."""

import random
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest
from tests.conformance.stored import EVER, seen
from tests.unit.store import killed

from seamark.clock import HOUR_US
from seamark.plugins import discover
from seamark.store.backends.local import restore
from seamark.store.backends.local import verify as check_backup

BACKENDS = discover("seamark.store.backends", "BACKEND")
DURABLE = [name for name, backend in BACKENDS.items() if backend.durable]


def run_and_kill(backend, folder, run, seconds):
    """Start the child, kill it `seconds` after its first acknowledgement; returns what it acknowledged."""
    command = [sys.executable, killed.__file__, backend, str(folder), str(run)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        first = child.stdout.readline()
        assert first, child.stderr.read().decode()
        time.sleep(seconds)
        child.send_signal(signal.SIGKILL)
        rest, errors = child.communicate()
    assert errors == b"", errors.decode()
    lines = (first + rest).decode().splitlines(keepends=True)
    return [line.split() for line in lines if line.endswith("\n")]


def verify(backend, folder, acknowledged):
    store = BACKENDS[backend].open(folder)
    try:
        files = store.rows.files("predictions", *killed.OWNER)
        stored = seen(store.rows.scan(files, ["id", "time"]))
        waiting = store.log.read(store.slow.watermark(), 10**9)
        logged = [row for each in waiting for row in store.rows.decode(each.entry.payload).to_pylist()]
        times_seen = Counter(row["id"] for row in stored + logged)
        assert set(times_seen.values()) <= {1}, "a row counts twice"
        wanted = {f"{batch}/{place}" for _, batch in acknowledged for place in range(killed.ROWS)}
        assert wanted <= set(times_seen), "an acknowledged row is lost"
        profiled = {block.key.hour_us: block.rows for block in store.slow.profiles(*killed.OWNER, 1, EVER)}
        assert profiled == Counter(int(row["time"].timestamp()) * 1_000_000 // HOUR_US * HOUR_US for row in stored)
        assert store.check() == []
        listed = {file.path for file in files}
        assert {path.relative_to(folder).as_posix() for path in Path(folder).rglob("rows/**/*.p*")} == listed
        return len(stored)
    finally:
        store.close()


def verify_backups(backend, folder):
    """Each that has its name is whole, and the last one opens as a store of which the same is true; all go then."""
    found = sorted(folder.parent.glob("backup-*"), key=lambda path: path.stat().st_ctime_ns)
    made = [path for path in found if path.suffix != ".unfinished"]
    for path in made:
        check_backup(path)
    if made:
        restore(made[-1], folder.with_name("restored"))
        verify(backend, folder.with_name("restored"), [])
        shutil.rmtree(folder.with_name("restored"))
    for path in found:
        shutil.rmtree(path)
    return len(made)


def survive(backend, folder, kills):
    moments = random.Random(f"{folder}" if kills > 10 else kills)
    acknowledged, stored, backups = [], 0, 0
    for run in range(kills):
        acknowledged += run_and_kill(backend, folder, run, moments.uniform(0, 0.25))
        stored = verify(backend, folder, acknowledged)
        backups += verify_backups(backend, folder)
    seqs = [int(seq) for seq, _ in acknowledged]
    assert len(seqs) == len(set(seqs)), "two batches have one seq"
    assert backups > 0, "no backup was finished, so this proved nothing about them"
    assert stored > 0, "no kill came after a step of the slow lane, so this proved nothing"


@pytest.mark.parametrize("backend", DURABLE)
def test_kill_9_loses_nothing_and_doubles_nothing(backend, tmp_path):
    survive(backend, tmp_path / "store", kills=10)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("backend", DURABLE)
def test_a_hundred_kills_lose_nothing_and_double_nothing(backend, tmp_path):
    survive(backend, tmp_path / "store", kills=100)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("backend", DURABLE)
def test_nine_hundred_kills_lose_nothing_and_double_nothing(backend, tmp_path):
    for story in range(90):
        survive(backend, tmp_path / f"story{story}" / "store", kills=10)
