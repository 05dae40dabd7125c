"""People's own files, read in bounded batches."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.wire.batches import LIMITS, request

from seamark.errors import InvalidInput, Malformed
from seamark.wire.files import SUFFIXES, open_file
from seamark.wire.roles import Roles

FRAME = pd.DataFrame(
    {
        "timestamp": [f"2026-10-01T0{hour}:00:00Z" for hour in range(5)],
        "uuid": list("abcde"),
        "amount": [1.5, None, 3.0, 4.0, 5.0],
        "country": ["FR", "DE", None, "FR", "FR"],
        "y_pred": [1, 0, 1, 0, 1],
        "label": [1.0, None, 0.0, None, None],
    }
)


def write(frame, folder, suffix):
    path = folder / f"file{suffix}"
    if suffix == ".csv":
        frame.to_csv(path, index=False)
    elif suffix in (".jsonl", ".ndjson"):
        frame.to_json(path, orient="records", lines=True)
    elif suffix in (".parquet", ".pq"):
        frame.to_parquet(path)
    else:
        table = pa.Table.from_pandas(frame)
        make = pa.ipc.new_stream if suffix == ".arrows" else pa.ipc.new_file
        with make(path, table.schema) as writer:
            writer.write_table(table)
    return path


def read(path, roles=None, batch_rows=2):
    return open_file(path, roles or Roles(), request(), LIMITS, batch_rows=batch_rows)


def test_what_has_been_read_of_a_parquet_file_is_not_kept(tmp_path):
    rows, groups = 200_000, 20
    times = pa.array(np.arange(rows) * 1_000_000, pa.timestamp("us", "UTC"))
    amounts = {f"amount{number}": np.random.default_rng(number).normal(size=rows) for number in range(10)}
    pq.write_table(pa.table({"time": times, **amounts}), tmp_path / "large.parquet", row_group_size=rows // groups)
    before, most, read_rows = pa.total_allocated_bytes(), 0, 0
    for batch in read(tmp_path / "large.parquet", batch_rows=rows // groups).batches:
        read_rows += batch.rows
        most = max(most, pa.total_allocated_bytes() - before)
    assert read_rows == rows
    assert most < 0.5 * (tmp_path / "large.parquet").stat().st_size


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_same_rows_in_bounded_batches(tmp_path, suffix):
    opened = read(write(FRAME, tmp_path, suffix))
    batches = list(opened.batches)
    table = pa.concat_tables([batch.predictions.table for batch in batches])
    assert max(batch.rows for batch in batches) <= 2
    assert [batch.first_row for batch in batches] == [0, 2, 4]
    assert table["id"].to_pylist() == list("abcde")
    assert table["feature.amount"].to_pylist() == [1.5, None, 3.0, 4.0, 5.0]
    assert table["feature.country"].to_pylist() == ["FR", "DE", None, "FR", "FR"]
    assert opened.total_rows == (5 if suffix in (".parquet", ".pq") else None)
    assert "Column 'timestamp' is taken as the time." in opened.notes


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_known_outcomes_come_beside_their_predictions(tmp_path, suffix):
    batches = list(read(write(FRAME, tmp_path, suffix)).batches)
    found = [
        None if batch.outcomes is None else batch.outcomes.table.select(["id", "value.label"]).to_pydict()
        for batch in batches
    ]
    assert found == [{"id": ["a"], "value.label": [1.0]}, {"id": ["c"], "value.label": [0.0]}, None]


def test_rows_without_an_id_are_called_after_their_file_and_place(tmp_path):
    opened = read(write(FRAME.drop(columns="uuid"), tmp_path, ".csv"))
    ids = [id for batch in opened.batches for id in batch.predictions.table["id"].to_pylist()]
    assert ids == [f"file:{row}" for row in range(5)]
    assert opened.notes[-1].startswith("No column looks like an id")


def test_a_wrong_row_is_listed_and_the_others_are_kept(tmp_path):
    frame = FRAME.assign(timestamp=[*FRAME.timestamp[:3], "noon", FRAME.timestamp[4]])
    batches = list(read(write(frame, tmp_path, ".csv")).batches)
    assert [batch.predictions.table.num_rows for batch in batches] == [2, 1, 1]
    refused = batches[1].predictions.refused[0]
    assert (batches[1].first_row + refused.row, refused.field) == (3, "time")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_naive_times_are_read_in_the_zone_that_is_named(tmp_path, suffix):
    naive = pd.to_datetime(FRAME.timestamp).dt.tz_localize(None)
    frame = FRAME.assign(timestamp=naive if suffix == ".parquet" else naive.astype(str))
    opened = read(write(frame, tmp_path, suffix), Roles(time_zone="Europe/Paris"))
    first = next(opened.batches).predictions.table["time"][0].as_py()
    assert first.isoformat() == "2026-09-30T22:00:00+00:00"


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_with_a_zone_an_unreadable_time_refuses_its_row_and_not_the_file(tmp_path, suffix):
    times = ["2026-10-01T00:00:00", "noon", "2026-10-01T00:00:00Z", "2026-10-01 02:00:00", ""]
    path = write(FRAME.assign(timestamp=times), tmp_path, suffix)
    batches = list(read(path, Roles(time_zone="Europe/Paris")).batches)
    kept = [time.isoformat() for batch in batches for time in batch.predictions.table["time"].to_pylist()]
    refused = [batch.first_row + each.row for batch in batches for each in batch.predictions.refused]
    assert kept == ["2026-09-30T22:00:00+00:00", "2026-10-01T00:00:00+00:00", "2026-10-01T00:00:00+00:00"]
    assert refused == [1, 4]
    assert "time 'noon' is not a time" in batches[0].predictions.refused[0].message


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("zone", ["Mars/Olympus", "../zone", "/etc/passwd", "x" * 300])
def test_only_a_wrong_zone_is_called_wrong(tmp_path, suffix, zone):
    path = write(FRAME.assign(timestamp=["2026-10-01 00:00:00"] * 4 + ["noon"]), tmp_path, suffix)
    with pytest.raises(InvalidInput, match=r"^The times cannot be read in zone "):
        list(read(path, Roles(time_zone=zone)).batches)


def test_json_lines_may_be_rows_of_the_http_format(tmp_path):
    path = tmp_path / "rows.jsonl"
    rows = [
        {
            "id": "a",
            "time": "2026-10-01T00:00:00Z",
            "features": {"x": 1},
            "scores": {"yes": 0.5},
            "segment": {"c": "FR"},
        },
        {"id": "b", "time": "2026-10-01T00:00:00Z", "features": {"x": float("nan"), "z": ["a"]}},
    ]
    path.write_text("\n\n".join(map(json.dumps, rows)))
    table = next(read(path).batches).predictions.table
    assert table.column_names == [
        "id",
        "time",
        "version",
        "feature.x",
        "feature.z",
        "mistyped.z",
        "score.yes",
        "segment.c",
    ]
    assert table["feature.x"].to_pylist() == [1.0, None]


def test_a_broken_line_is_named(tmp_path):
    path = tmp_path / "rows.jsonl"
    path.write_text('{"time": "2026-10-01T00:00:00Z"}\n\n{"time": \n')
    with pytest.raises(Malformed, match="Line 3: The body is not JSON"):
        list(read(path).batches)


def test_a_file_without_times_says_how_to_name_them(tmp_path):
    path = write(FRAME.rename(columns={"timestamp": "when"}), tmp_path, ".csv")
    with pytest.raises(InvalidInput, match="has no column that looks like a time; name it with --time"):
        read(path)
    assert next(read(path, Roles(time="when")).batches).rows == 2


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("a.xlsx", b"x", "a.xlsx does not end in one of .parquet"),
        ("a.parquet", b"x", "a.parquet cannot be read: "),
        ("a.csv", b"", "a.csv cannot be read: "),
        ("a.csv", b"time\n", "a.csv holds no rows."),
        ("a.jsonl", b"\n", "a.jsonl holds no rows."),
        ("a.arrow", b"x", "a.arrow cannot be read: "),
    ],
)
def test_a_file_that_cannot_be_used_is_named(tmp_path, name, content, sentence):
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InvalidInput) as caught:
        read(tmp_path / name)
    assert caught.value.message.startswith(sentence)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInput, match=r"none.csv cannot be read: "):
        read(tmp_path / "none.csv")
