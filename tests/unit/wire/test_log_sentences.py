"""Lines of prediction logs that cannot be read: each is refused by its number with a sentence, and the rest is kept."""

from __future__ import annotations

import base64
import json

import pytest
from tests.unit.wire.batches import LIMITS, NOW, TIME, request

from seamark.clock import from_iso
from seamark.errors import InvalidInput
from seamark.wire.inference_logs import files_in, is_of_lines, may_be_read, open_any, open_log, recognise
from seamark.wire.log_format import Told
from seamark.wire.roles import Roles


def captured(**changed):
    """A line of SageMaker's data capture."""
    half = {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2", "encoding": "CSV"}
    capture = {"endpointInput": half, "endpointOutput": half | {"mode": "OUTPUT", "data": "0.5"}}
    return {
        "captureData": capture,
        "eventMetadata": {"eventId": "e", "inferenceTime": TIME},
        "eventVersion": "0",
    } | changed


def served(**changed):
    """A row of a Databricks inference table."""
    asked = {"dataframe_records": [{"x": 1}]}
    return {
        "databricks_request_id": "d", "timestamp_ms": NOW // 1_000, "status_code": 200, "request": json.dumps(asked),
        "response": json.dumps({"predictions": [1]}),
    } | changed  # fmt: skip


def monitored(**changed):
    """A line of BentoML's monitoring data."""
    return {"timestamp": TIME, "request_id": "r", "trace_id": "t", "x": 1.5, "prediction": 1} | changed


MADE = {"sagemaker": captured, "databricks": served, "bentoml": monitored}


@pytest.fixture
def read(tmp_path):
    """rows (by id), and sentences by the number of their line, of a log in one format."""

    def opened(form, *records, **told):
        path = tmp_path / "data.0.log"
        path.write_text("".join((each if isinstance(each, str) else json.dumps(each)) + "\n" for each in records))
        rows, refused = {}, {}
        for batch in open_log(form, Told(path, "m", **told), request(), LIMITS).batches:
            rows |= {row["id"]: row for row in batch.predictions.table.to_pylist()}
            refused |= {batch.first_row + each.row: each.message for each in batch.predictions.refused}
        return rows, refused

    return opened


@pytest.mark.parametrize("form", MADE)
@pytest.mark.parametrize("torn", ['{"captureData": ', "[1, 2]", "7", '"text"', "{} {}"])
def test_a_line_that_is_no_object_is_refused_and_its_neighbours_are_kept(read, form, torn):
    rows, refused = read(form, MADE[form](), torn, MADE[form]())
    assert len(rows) == 1
    assert list(refused) == [1]
    assert refused[1].startswith("The line is no JSON object: ")


CAPTURE = captured()["captureData"]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"captureData": None}, "no object captureData"),
        ({"eventMetadata": []}, "no object eventMetadata"),
        ({"eventMetadata": {"inferenceTime": TIME}}, "neither inferenceId nor eventId"),
        ({"eventMetadata": {"eventId": "e"}}, "no inferenceTime"),
        ({"eventMetadata": {"eventId": "e", "inferenceTime": "today"}}, "'today' is not a time"),
        (
            {"captureData": {"endpointOutput": CAPTURE["endpointOutput"]}},
            "has no endpointInput; capture input and output",
        ),
        ({"captureData": {"endpointInput": CAPTURE["endpointInput"]}}, "has no endpointOutput"),
        (
            {"captureData": CAPTURE | {"endpointInput": {"data": "?", "encoding": "BASE64"}}},
            "data of endpointInput is not base64",
        ),
        ({"captureData": CAPTURE | {"endpointOutput": CAPTURE["endpointOutput"] | {"data": "1\n2"}}}, "1 rows and its"),
    ],
)
def test_a_capture_that_lacks_something_says_what(read, change, sentence):
    rows, refused = read("sagemaker", captured(**change), captured())
    assert list(rows) == ["e"]
    assert sentence in refused[0]


def test_the_id_a_caller_chose_stands_before_the_one_of_the_event(read):
    about = {"eventId": "e", "inferenceId": "order-7", "inferenceTime": TIME}
    assert list(read("sagemaker", captured(eventMetadata=about))[0]) == ["order-7"]


def test_a_capture_in_base64_is_what_it_encodes(read):
    coded = base64.b64encode(b"3,4").decode()
    half = CAPTURE["endpointInput"] | {"data": coded, "encoding": "BASE64"}
    rows, refused = read("sagemaker", captured(captureData=CAPTURE | {"endpointInput": half}))
    assert refused == {}
    assert (rows["e"]["feature.input_0"], rows["e"]["feature.input_1"]) == (3.0, 4.0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"request": None}, "lacks databricks_request_id, request or response"),
        ({"databricks_request_id": 7}, "lacks databricks_request_id"),
        ({"timestamp_ms": None}, "neither timestamp_ms nor request_time"),
        ({"timestamp_ms": None, "request_time": "noon"}, "'noon' is not a time"),
        ({"response": "oops"}, "not JSON"),
    ],
)
def test_a_served_request_that_lacks_something_says_what(read, change, sentence):
    rows, refused = read("databricks", served(**change), served())
    assert list(rows) == ["d"]
    assert sentence in refused[0]


@pytest.mark.parametrize(
    ("status", "kept"), [(200, True), ("200", True), (200.0, True), (None, True), (500, False), ("429", False)]
)
def test_requests_that_failed_are_left_out_without_a_word(read, status, kept):
    rows, refused = read("databricks", served(status_code=status))
    assert (len(rows), refused) == (int(kept), {})


@pytest.mark.parametrize(
    ("fraction", "weight"), [(0.25, 4.0), ("0.5", 2.0), (1, None), (0, None), (None, None), ("x", None)]
)
def test_a_sampled_request_weighs_as_many_as_it_stands_for(read, fraction, weight):
    rows, _ = read("databricks", served(sampling_fraction=fraction))
    assert rows["d"].get("weight") == weight


@pytest.mark.parametrize(
    ("change", "told", "sentence"),
    [
        ({"request_id": None}, {}, "no request_id"),
        ({"timestamp": 7}, {}, "no timestamp"),
        ({"timestamp": "2026-11-01T11:00:00"}, {}, "name the zone of the machine with time_zone or --time-zone"),
        ({"timestamp": "noon"}, {"time_zone": "Europe/Paris"}, "'noon'"),
    ],
)
def test_a_monitored_row_that_lacks_something_says_what(read, change, told, sentence):
    rows, refused = read("bentoml", monitored(**change), monitored(request_id="other"), **told)
    assert list(rows) == ["other"]
    assert sentence in refused[0]


def test_local_times_are_those_of_the_zone_that_is_named(read):
    rows, _ = read("bentoml", monitored(timestamp="2026-11-01T12:30:00"), time_zone="Europe/Paris")
    assert int(rows["r"]["time"].timestamp() * 1e6) == from_iso("2026-11-01T11:30:00Z")


def test_rows_of_one_request_follow_each_other_and_are_numbered(read):
    rows, _ = read("bentoml", monitored(), monitored(x=2.5), monitored(request_id="s"))
    assert {id: row["feature.x"] for id, row in rows.items()} == {"r:0": 1.5, "r:1": 2.5, "s": 1.5}


@pytest.mark.parametrize("form", MADE)
def test_a_format_is_known_by_its_first_line_however_the_file_is_called(tmp_path, form):
    path = tmp_path / "whatever.jsonl"
    path.write_text(json.dumps(MADE[form]()) + "\nrubbish\n")
    assert recognise(path) == form
    path.write_text("rubbish\n" + json.dumps(MADE[form]()) + "\n")
    assert recognise(path) is None


def test_a_format_nobody_knows_is_named_with_those_there_are(tmp_path):
    with pytest.raises(InvalidInput, match="no format 'seldon'; there are sagemaker, bentoml, databricks"):
        open_any("seldon", Told(tmp_path / "x.jsonl", "m"), Roles(), request(), LIMITS)


def test_a_folder_is_read_by_name_without_what_is_hidden(tmp_path):
    for name in ("b/two.jsonl", "a/one.log.1", ".hidden/x.jsonl", "_tmp/x.jsonl", "notes.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert [path.relative_to(tmp_path).as_posix() for path in files_in(tmp_path)] == ["a/one.log.1", "b/two.jsonl"]
    assert all(may_be_read(path.relative_to(tmp_path)) for path in files_in(tmp_path))
    (tmp_path / "empty").mkdir()
    with pytest.raises(InvalidInput, match="empty/ holds no file of predictions"):
        files_in(tmp_path / "empty")


@pytest.mark.parametrize(
    ("name", "of_lines"), [("a.log", True), ("a.jsonl", True), ("a.parquet", False), ("A.PARQUET", False)]
)
def test_only_lines_can_be_read_while_a_file_grows(tmp_path, name, of_lines):
    assert is_of_lines(tmp_path / name) is of_lines
