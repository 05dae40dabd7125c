"""A folder that is looked into: every row of every file is logged, once, however files come and grow."""

from __future__ import annotations

import functools
import json
import logging
import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.clock import DAY_US, SECOND_US, from_iso
from seamark.config import parse
from seamark.errors import InvalidConfig
from seamark.ingest.pulling import SourceFailed, pull
from seamark.ingest.source import ConfiguredSource
from seamark.ingest.sources import folder as source
from seamark.ingest.stack import Catalogue, bundled
from seamark.wire.inference_logs import open_any

NOW = from_iso("2026-11-01T12:00:00Z")
CATALOGUE = Catalogue(bundled())
TIME = "2026-11-01T11:00:00Z"


class Looked:
    """A folder, what was logged of it, and a state that survives, as in a store."""

    def __init__(self, path: Path, **options):
        self.path = path
        self.options = source.Options(path=str(path), model="m", **options)
        self.states: dict[str, bytes] = {}
        self.batches = []
        self.now_us = NOW
        self.fails_after = None

    def look(self, later_seconds=60):
        """One look; files that were written before it have settled if `later_seconds` say so."""
        self.now_us += later_seconds * SECOND_US
        configured = ConfiguredSource("logs", "folder", self.options)
        pull(configured, self._nothing, self.states.update, self.states.get, CATALOGUE, self.now_us, self._log)
        return self.ids()

    def ids(self):
        return [id for _, batch in self.batches if batch.table.num_rows for id in batch.table.column("id").to_pylist()]

    def write(self, name, content, *, append=False):
        path = self.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab" if append else "wb") as file:
            file.write(content)
        os.utime(path, (self.now_us / 1e6, self.now_us / 1e6))
        return path

    def _log(self, batches):
        if self.fails_after is not None:
            self.fails_after -= 1
            if self.fails_after < 0:
                raise OSError("the machine stops")
        self.batches += batches

    def _nothing(self, *_):
        raise AssertionError("a folder tells no series")


@pytest.fixture
def looked(tmp_path):
    return Looked(tmp_path)


def lines(*ids):
    """Data capture of one row each."""

    def half(data):
        return {"observedContentType": "text/csv", "mode": "INPUT", "data": data, "encoding": "CSV"}

    return b"".join(
        json.dumps(
            {
                "captureData": {"endpointInput": half("1,2"), "endpointOutput": half("0.5")},
                "eventMetadata": {"eventId": id, "inferenceTime": TIME},
            }
        ).encode()
        + b"\n"
        for id in ids
    )


def table(path, *ids):
    pq.write_table(pa.table({"id": list(ids), "time": [TIME] * len(ids), "x": [1.0] * len(ids)}), path)
    return path.read_bytes()


def test_new_files_are_read_once_the_oldest_first(looked):
    looked.write("b/02.jsonl", lines("a", "b"))
    looked.now_us += SECOND_US
    looked.write("a/01.jsonl", lines("c"))
    assert looked.look() == ["a", "b", "c"]
    assert looked.look() == ["a", "b", "c"]
    looked.write("a/03.jsonl", lines("d"))
    assert looked.look() == ["a", "b", "c", "d"]


def test_what_has_been_read_is_known_after_a_restart(looked):
    looked.write("01.jsonl", lines("a"))
    looked.look()
    again = Looked(looked.path)
    again.states, again.now_us = looked.states, looked.now_us
    assert again.look() == []


def test_a_log_is_read_as_it_grows_up_to_its_last_whole_line(looked):
    whole = lines("a", "b", "c")
    looked.write("data.jsonl", whole[:-40])
    assert looked.look(1) == ["a", "b"]
    assert looked.look(1) == ["a", "b"]
    looked.write("data.jsonl", whole[-40:], append=True)
    assert looked.look(1) == ["a", "b", "c"]
    looked.write("data.jsonl", lines("d"), append=True)
    assert looked.look() == ["a", "b", "c", "d"]


def test_a_log_that_was_replaced_is_read_from_its_beginning(looked):
    looked.write("data.0.jsonl", lines("a", "b"))
    looked.look()
    (looked.path / "data.0.jsonl").unlink()
    looked.write("data.0.jsonl", lines("c", "d", "e"))
    assert looked.look() == ["a", "b", "c", "d", "e"]


def test_a_table_that_is_still_being_written_waits(looked, tmp_path_factory, caplog):
    whole = table(tmp_path_factory.mktemp("beside") / "t.parquet", "a", "b")
    looked.write("t.parquet", whole[: len(whole) // 2])
    assert looked.look(1) == []
    with caplog.at_level(logging.WARNING):
        assert looked.look(60) == []
        assert looked.look(60) == []
    assert [each.message.count("t.parquet cannot be read and is left until it changes") for each in caplog.records] == [
        1
    ]
    looked.write("t.parquet", whole)
    assert looked.look() == ["a", "b"]


def test_hidden_and_other_files_are_left_alone(looked):
    for name in (".a.jsonl", "_b.jsonl", "c.txt", ".git/d.jsonl", "_delta_log/0.jsonl", "e.jsonl.tmp"):
        looked.write(name, lines(name))
    assert looked.look() == []


def test_lines_that_cannot_be_read_are_told_and_the_rest_is_logged(looked, caplog):
    looked.write("01.jsonl", lines("a") + b"nonsense\n" + lines("b"))
    with caplog.at_level(logging.WARNING):
        assert looked.look() == ["a", "b"]
    assert "1 records are left out; the first is record 1: The line is no JSON object" in caplog.text


def test_what_was_logged_before_a_crash_comes_again_and_nothing_is_left_out(looked, monkeypatch):
    monkeypatch.setattr(source, "_GATHERED_FILES", 1)
    for number in range(4):
        looked.write(f"{number}.jsonl", lines(f"p{number}"))
    looked.fails_after = 2
    with pytest.raises(OSError, match="stops"):
        looked.look()
    looked.fails_after = None
    assert looked.look() == ["p0", "p1", "p2", "p3"]


def test_a_large_file_is_logged_in_parts_and_begun_anew_after_a_crash(looked, monkeypatch):
    monkeypatch.setattr(source, "_GATHERED_ROWS", 1)
    monkeypatch.setattr(source, "open_any", functools.partial(open_any, batch_rows=2))
    looked.write("01.jsonl", lines(*"abcdef"))
    looked.fails_after = 2
    with pytest.raises(OSError, match="stops"):
        looked.look()
    looked.fails_after = None
    assert sorted(set(looked.look())) == list("abcdef")


def test_columns_and_places_are_named_as_for_the_command(tmp_path):
    named = Looked(tmp_path, inputs=("amount", "age"), outputs=("score",), version="7")
    named.write("01.jsonl", lines("a"))
    named.look()
    [(_, batch)] = named.batches
    assert batch.table.select(["version", "feature.amount", "feature.age", "score"]).to_pylist() == [
        {"version": "7", "feature.amount": 1.0, "feature.age": 2.0, "score": 0.5}
    ]
    rows = Looked(tmp_path / "rows", id="key", time="at", prediction="said", outcome="truth", segments=("land",))
    row = {"key": "k", "at": TIME, "said": 1, "truth": 0, "land": "FR", "x": 2}
    rows.write("01.jsonl", json.dumps(row).encode() + b"\n")
    rows.look()
    [predictions, outcomes] = [batch for _, batch in rows.batches]
    assert {"id", "time", "version", "feature.x", "prediction", "segment.land"} == set(predictions.table.column_names)
    assert outcomes.table.column("value.label").to_pylist() == [0.0]


def test_a_folder_that_is_not_there_is_a_sentence(tmp_path):
    with pytest.raises(SourceFailed, match="There is no folder"):
        Looked(tmp_path / "none").look()


def test_too_many_files_are_a_sentence(looked, monkeypatch):
    monkeypatch.setattr(source, "_MOST_FILES", 2)
    for number in range(3):
        looked.write(f"{number}.jsonl", b"")
    with pytest.raises(SourceFailed, match="more than 2 files"):
        looked.look()


@pytest.mark.parametrize(
    ("key", "value"), [("path", '""'), ("model", '""'), ("every_seconds", "0"), ("format", '"excel"')]
)
def test_a_folder_that_cannot_be_is_refused_by_its_key(key, value):
    given = {"type": '"folder"', "path": '"x"', "model": '"m"', key: value}
    text = "[sources.logs]\n" + "\n".join(f"{name} = {each}" for name, each in given.items())
    with pytest.raises(InvalidConfig, match=rf"sources\.logs\.{key}"):
        parse(text)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 2), st.integers(1, 400), st.booleans(), st.booleans()), max_size=12))
def test_however_logs_grow_every_row_is_logged_exactly_once(steps):
    """Three files are written some bytes at a time, with looks and restarts in between, and then to their end."""
    contents = {f"{name}.jsonl": lines(*(f"{name}{row}" for row in range(4))) for name in "abc"}
    written = dict.fromkeys(contents, 0)
    with TemporaryDirectory() as folder:
        looked = Looked(Path(folder))
        for which, size, looks, restarts in steps:
            name = sorted(contents)[which]
            part = contents[name][written[name] : written[name] + size]
            written[name] += len(part)
            looked.write(name, part, append=True)
            if looks:
                looked.look(1)
            if restarts:
                looked.states = {key: bytes(state) for key, state in looked.states.items()}
        for name, content in contents.items():
            looked.write(name, content[written[name] :], append=True)
        assert sorted(looked.look()) == sorted(f"{name}{row}" for name in "abc" for row in range(4))
        assert len(looked.look(DAY_US // SECOND_US)) == 12


def test_the_state_of_a_source_is_small_and_forgets_what_is_gone(looked):
    for number in range(50):
        looked.write(f"{number}.jsonl", lines(str(number)))
    looked.look()
    size = len(looked.states["source logs"])
    assert size < 50 * 60
    for path in looked.path.iterdir():
        path.unlink()
    looked.write("new.jsonl", lines("new"))
    looked.look()
    assert len(looked.states["source logs"]) < size / 3
