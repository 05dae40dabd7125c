"""Ingests, ticks and makes backups until it is killed; run as a process of its own by `test_kill.py`.

Each line it prints names what has just been acknowledged: the seq and the batch.
"""

import sys
import threading
from itertools import count
from pathlib import Path

import pyarrow as pa

from seamark.clock import DAY_US, HOUR_US
from seamark.plugins import discover
from seamark.records.blocks import ProfileBlock, ProfileKey, SlowStep
from seamark.records.log import EntryKind, LogEntry
from seamark.records.window import Window
from seamark.store.backends.local import back_up

ROWS = 20
START_US = 20_000 * DAY_US
EVER = Window(0, 2**62)
OWNER = ("shop", "fraud")


def batch_rows(batch):
    """Ids say the batch and the place in it; times spread over two days."""
    places = range(ROWS)
    return pa.table(
        {
            "id": [f"{batch}/{place}" for place in places],
            "time": pa.array([START_US + place * 2 * DAY_US // ROWS for place in places], pa.timestamp("us", "UTC")),
            "score": [place / ROWS for place in places],
        }
    )


def entry(batch):
    sink = pa.BufferOutputStream()
    table = batch_rows(batch)
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table)
    return LogEntry(EntryKind.PREDICTIONS, *OWNER, START_US, ROWS, sink.getvalue().to_pybytes())


def ingest(store, run):
    for number in count():
        batches = [f"{run}-{number}-{part}" for part in range(1 + number % 3)]
        seqs = store.log.append([entry(batch) for batch in batches])
        sys.stdout.write("".join(f"{seq} {batch}\n" for seq, batch in zip(seqs, batches, strict=True)))
        sys.stdout.flush()


def tick(store):
    """What the slow lane does: files, profiles and watermark in one step; sometimes it merges files."""
    for number in count():
        entries = store.log.read(store.slow.watermark(), 5 * ROWS)
        if not entries:
            continue
        last_seq = entries[-1].seq
        table = pa.concat_tables([store.rows.decode(each.entry.payload) for each in entries])
        files = store.rows.write("predictions", *OWNER, table, last_seq)
        day = Window(START_US, START_US + DAY_US)
        dropped = store.rows.files("predictions", *OWNER, day) if number % 4 == 3 else []
        if dropped:
            files += store.rows.compact(dropped)
        known = {block.key.hour_us: block.rows for block in store.slow.profiles(*OWNER, 1, EVER)}
        for time in table.column("time").cast(pa.int64()).to_pylist():
            hour_us = time // HOUR_US * HOUR_US
            known[hour_us] = known.get(hour_us, 0) + 1
        blocks = [ProfileBlock(ProfileKey(*OWNER, 1, "", "", hour), rows, b"") for hour, rows in known.items()]
        ids = tuple(file.id for file in dropped)
        store.slow.commit(SlowStep(last_seq, new_files=tuple(files), dropped_files=ids, blocks=tuple(blocks)))


def back_up_again_and_again(folder, run):
    for number in range(2):
        back_up(folder, folder.with_name(f"backup-{run}-{number}"), START_US)


if __name__ == "__main__":
    backend, folder, run = sys.argv[1:]
    opened = discover("seamark.store.backends", "BACKEND")[backend].open(Path(folder))
    threading.Thread(target=tick, args=(opened,), daemon=True).start()
    if backend == "local":
        threading.Thread(target=back_up_again_and_again, args=(Path(folder), run), daemon=True).start()
    ingest(opened, run)
