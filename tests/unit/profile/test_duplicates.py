"""Which rows were stored before."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.profile.traffic import FRAUD, START_US, memory_store

from seamark.clock import HOUR_US
from seamark.errors import Corrupt
from seamark.profile import duplicates
from seamark.profile.duplicates import SeenRows, row_keys
from seamark.records.blocks import SlowStep

any_row = st.tuples(st.sampled_from("abc"), st.sampled_from(["1", "2"]), st.integers(0, 3))


def table(rows):
    return pa.table(
        {
            "id": pa.array([id for id, _, _ in rows], pa.string()),
            "version": pa.array([version for _, version, _ in rows], pa.string()),
            "time": pa.array([START_US + hour * HOUR_US for _, _, hour in rows], pa.timestamp("us", "UTC")),
        }
    )


def store_rows(store, seen, rows, seq):
    """What the slow lane does with a batch; the rows it kept."""
    fresh = seen.new(*FRAUD, table(rows))
    kept = table(rows).filter(pa.array(fresh))
    if kept.num_rows:
        files = store.rows.write("predictions", *FRAUD, kept, seq)
        store.slow.commit(SlowStep(watermark_seq=0, new_files=tuple(files)))
        seen.remember(*FRAUD, kept)
    return [row for row, is_fresh in zip(rows, fresh, strict=True) if is_fresh]


@given(st.lists(st.lists(any_row, min_size=1, max_size=8), max_size=6), st.sampled_from([1, 3, 10**6]), st.booleans())
def test_each_distinct_row_is_kept_exactly_once(batches, limit, restarts):
    store = memory_store()
    seen = SeenRows(store.rows, limit)
    kept = []
    for seq, rows in enumerate(batches, start=1):
        kept += store_rows(store, seen, rows, seq)
        if restarts:
            seen = SeenRows(store.rows, limit)
    assert sorted(kept) == sorted({row for rows in batches for row in rows})


def test_rows_whose_keys_agree_by_chance_are_both_kept(monkeypatch):
    monkeypatch.setattr(duplicates, "row_keys", lambda rows: np.zeros(rows.num_rows, dtype=np.uint64))
    store = memory_store()
    seen = SeenRows(store.rows)
    one, two, three = ("a", "1", 0), ("b", "1", 0), ("c", "1", 0)
    assert store_rows(store, seen, [one, two], 1) == [one, two]
    assert store_rows(store, seen, [two, three, one], 2) == [three]


def test_the_key_tells_id_version_and_time_apart():
    keys = row_keys(table([("a", "1", 0), ("b", "1", 0), ("a", "2", 0), ("a", "1", 1), ("a", "1", 0)]))
    assert len(set(keys[:4].tolist())) == 4
    assert keys[0] == keys[4]


def test_a_damaged_file_costs_certainty_about_its_rows_and_nothing_else(monkeypatch, caplog):
    store = memory_store()
    seen = SeenRows(store.rows)
    store_rows(store, seen, [("a", "1", 0)], 1)

    def damaged(*_arguments):
        raise Corrupt("The row file x.parquet is cut short.")

    monkeypatch.setattr(store.rows, "scan", damaged)
    again = SeenRows(store.rows).new(*FRAUD, table([("a", "1", 0), ("b", "1", 0)]))
    assert again.all()
    assert "x.parquet is cut short" in caplog.text


def test_rows_of_many_hours_ask_the_manifest_once(monkeypatch):
    store = memory_store()
    asked = []
    monkeypatch.setattr(store.rows, "files", lambda *arguments: asked.append(arguments) or [])
    rows = table([("a", "1", hour) for hour in range(0, 20_000, 24)])
    assert SeenRows(store.rows).new(*FRAUD, rows).all()
    assert len(asked) == 1
