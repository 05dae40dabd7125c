"""`seamark ingest`: a file's rows arrive as canonical Arrow batches, and what cannot be taken is named."""

import json
from urllib.parse import parse_qs, urlsplit

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seamark.cli import main

TIMES = ["2025-11-01T12:00:00Z", "2025-11-01T12:00:01Z", "2025-11-01T12:00:02Z"]


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "november.parquet"
    columns = {"ts": TIMES, "amount": [1.0, None, 3.0], "proba": [0.1, 0.9, 0.2], "is_fraud": [0, 1, None]}
    pq.write_table(pa.table(columns), path)
    return str(path)


@pytest.fixture
def lines(tmp_path):
    """JSON lines whose second row has no readable time."""
    path = tmp_path / "rows.jsonl"
    rows = [{"id": name, "time": time, "a": 1} for name, time in zip("abc", ["x", *TIMES[:2]], strict=True)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def sent(server):
    """(path, query, table) of every request."""
    for target, headers, body in server.requests:
        assert headers["Content-Type"] == "application/vnd.apache.arrow.stream"
        split = urlsplit(target)
        yield split.path, parse_qs(split.query), pa.ipc.open_stream(body).read_all()


def test_rows_arrive_under_their_canonical_names(server, file, capsys):
    assert (
        main(["ingest", file, "--model", "fraud", "--version", "7", "--exclude", "is_fraud", "--url", server.url]) == 0
    )
    [(path, query, table)] = sent(server)
    assert (path, query) == ("/v1/predictions", {"model": ["fraud"]})
    assert table.column("id").to_pylist() == ["november:0", "november:1", "november:2"]
    assert table.column("version").to_pylist() == ["7"] * 3
    assert table.column("feature.amount").to_pylist() == [1.0, None, 3.0]
    assert table.column("score").to_pylist() == [0.1, 0.9, 0.2]
    err = capsys.readouterr().err
    assert "Column 'ts' is taken as the time." in err
    assert "No column looks like an id" in err


def test_an_outcome_column_becomes_outcomes_of_the_rows_that_have_one(server, file, capsys):
    assert main(["ingest", file, "--model", "fraud", "--outcome", "is_fraud", "--url", server.url]) == 0
    (predictions, _, rows), (outcomes, _, known) = sent(server)
    assert (predictions, outcomes) == ("/v1/predictions", "/v1/outcomes")
    assert "feature.is_fraud" not in rows.column_names
    assert known.column("id").to_pylist() == ["november:0", "november:1"]
    assert known.column("value.label").to_pylist() == [0.0, 1.0]
    assert "Accepted of fraud: 1 prediction and 1 outcome;" in capsys.readouterr().out


def test_a_long_file_is_sent_in_batches(server, file):
    main(["ingest", file, "--model", "fraud", "--batch-rows", "2", "--exclude", "is_fraud", "--url", server.url])
    assert [table.num_rows for _, _, table in sent(server)] == [2, 1]


@pytest.mark.parametrize("rows", ["0", "-5"])
def test_a_batch_of_no_rows_is_refused_before_anything_is_sent(server, file, capsys, rows):
    assert main(["ingest", file, "--model", "fraud", "--batch-rows", rows, "--url", server.url]) == 2
    assert capsys.readouterr().err == f"seamark: --batch-rows must be 1 or more, not {rows}.\n"
    assert server.requests == []


def test_rows_that_cannot_be_taken_are_named_and_the_others_sent(server, lines, capsys):
    server.answers = [(202, {}, {"accepted": 2})]
    assert main(["ingest", lines, "--model", "fraud", "--url", server.url]) == 2
    [(_, _, table)] = sent(server)
    assert table.column("id").to_pylist() == ["b", "c"]
    out, err = capsys.readouterr()
    assert out == "Accepted of fraud: 2 predictions; predictions that were sent before count once.\n"
    assert "Left out: 1 row.\n  row 0: time 'x' is not a time" in err


def test_refused_rows_are_numbered_by_the_file_and_not_by_the_batch(server, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    times = [TIMES[0], TIMES[0], TIMES[0], "x"]
    path.write_text("".join(json.dumps({"id": str(n), "time": time}) + "\n" for n, time in enumerate(times)))
    main(["ingest", str(path), "--model", "fraud", "--batch-rows", "2", "--url", server.url, "--json"])
    document = json.loads(capsys.readouterr().out)
    assert [refused["row"] for refused in document["refused"]] == [3]
    assert document["refused_rows"] == 1


def test_only_the_first_refusals_are_listed_and_all_are_counted(server, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text("".join(json.dumps({"id": str(n), "time": "x"}) + "\n" for n in range(50)))
    assert main(["ingest", str(path), "--model", "fraud", "--url", server.url, "--json"]) == 2
    document = json.loads(capsys.readouterr().out)
    assert (document["predictions"], document["refused_rows"], len(document["refused"])) == (0, 50, 5)
    assert server.requests == []


def test_rows_refused_for_the_same_reason_are_one_line(server, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    times = ["x", "2025-11-01 12:00:00", "y", TIMES[0], "2025-11-01 12:00:01", "z"]
    path.write_text("".join(json.dumps({"id": str(n), "time": time}) + "\n" for n, time in enumerate(times)))
    assert main(["ingest", str(path), "--model", "fraud", "--batch-rows", "2", "--url", server.url]) == 2
    said = capsys.readouterr().err.splitlines()
    said = said[said.index("Left out: 5 rows.") + 1 :]
    assert [line.partition(";")[0] for line in said] == [
        "  row 0 and 2 more: time 'x' is not a time",
        "  row 1 and 1 more: time '2025-11-01 12:00:00' has no time zone",
        "The zone of times that name none is said with --time-zone, like --time-zone UTC.",
    ]


def test_a_zone_that_a_long_file_lacks_is_mentioned_once(server, tmp_path, capsys):
    path = tmp_path / "rows.csv"
    path.write_text("id,time\n" + "".join(f"{n},2025-11-01 12:00:{n % 60:02}\n" for n in range(1_000)))
    main(["ingest", str(path), "--model", "fraud", "--batch-rows", "100", "--url", server.url])
    err = capsys.readouterr().err
    assert err.count("no time zone") == err.count("--time-zone,") == 1
    assert "row 0 and 999 more" in err


def test_no_more_than_five_reasons_are_listed(server, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    rows = [
        {"id": "x" * 300, "time": TIMES[0]},
        {"id": "", "time": TIMES[0]},
        {"id": None, "time": TIMES[0]},
        {"id": "a", "time": "x"},
        {"id": "b", "time": None},
        {"id": "c", "time": TIMES[0], "weight": -1},
        {"id": "d", "time": TIMES[0], "version": "v" * 300},
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    main(["ingest", str(path), "--model", "fraud", "--url", server.url])
    err = capsys.readouterr().err
    assert err.count("  row ") == 5
    assert "Left out: 7 rows." in err


def test_repeats_are_not_called_new(server, file, capsys):
    """Whether a row was sent before is found out after the acknowledgement, so nothing else can be said of it."""
    for _ in range(2):
        main(["ingest", file, "--model", "fraud", "--exclude", "is_fraud", "--url", server.url])
    first, second = capsys.readouterr().out.splitlines()
    assert first == second
    assert "predictions that were sent before count once" in second
    assert "stored" not in second
    assert len({body for _, _, body in server.requests}) == 1


def test_where_nothing_was_accepted_nothing_is_said_of_repeats(server, tmp_path, capsys):
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps({"id": "a", "time": "x"}) + "\n")
    main(["ingest", str(path), "--model", "fraud", "--url", server.url])
    assert capsys.readouterr().out == "Accepted of fraud: 0 predictions.\n"


def test_times_without_a_zone_say_how_to_name_it(server, tmp_path, capsys):
    path = tmp_path / "rows.csv"
    path.write_text("id,time\na,2025-11-01 12:00:00\n")
    assert main(["ingest", str(path), "--model", "fraud", "--url", server.url]) == 2
    assert "said with --time-zone" in capsys.readouterr().err
    assert main(["ingest", str(path), "--model", "fraud", "--url", server.url, "--time-zone", "Europe/Paris"]) == 0
    [(_, _, table)] = sent(server)
    assert str(table.column("time").to_pylist()[0]) == "2025-11-01 11:00:00+00:00"


@pytest.mark.parametrize(("name", "content"), [("rows.xlsx", b"PK"), ("rows.parquet", b"no"), ("rows.csv", b"")])
def test_a_file_that_cannot_be_read_is_one_sentence(server, tmp_path, capsys, name, content):
    path = tmp_path / name
    path.write_bytes(content)
    assert main(["ingest", str(path), "--model", "fraud", "--url", server.url]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"seamark: {name} ")
    assert err.count("\n") == 1
    assert server.requests == []


def test_a_file_that_is_not_there_is_one_sentence(server, tmp_path, capsys):
    assert main(["ingest", str(tmp_path / "gone.parquet"), "--model", "fraud", "--url", server.url]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_model_must_be_named(file, capsys):
    assert main(["ingest", file]) == 2
    assert "--model" in capsys.readouterr().err


def captured(id, features="1,2", answer="0.5"):
    """A line of SageMaker's data capture."""
    halves = {"endpointInput": features, "endpointOutput": answer}
    capture = {
        name: {"observedContentType": "text/csv", "mode": name[8:].upper(), "data": data, "encoding": "CSV"}
        for name, data in halves.items()
    }
    line = {"captureData": capture, "eventMetadata": {"eventId": id, "inferenceTime": TIMES[0]}, "eventVersion": "0"}
    return json.dumps(line) + "\n"


@pytest.fixture
def folder(tmp_path):
    """Two hours of data capture, and what others left there."""
    for hour, ids in (("01", "ab"), ("02", "c")):
        place = tmp_path / "fraud" / "AllTraffic" / "2025" / "11" / "01" / hour
        place.mkdir(parents=True)
        (place / "00-10-uuid.jsonl").write_text("".join(map(captured, ids)))
        (place / ".00-11-uuid.jsonl.part").write_text(captured("hidden"))
    (tmp_path / "fraud" / "_temporary.jsonl").write_text(captured("temporary"))
    (tmp_path / "fraud" / "notes.txt").write_text("read me")
    return tmp_path / "fraud"


def test_a_folder_of_logs_is_sent_file_by_file(server, folder, capsys):
    named = ["--input", "amount", "--input", "age", "--output", "score"]
    assert main(["ingest", str(folder), "--model", "fraud", "--version", "7", *named, "--url", server.url]) == 0
    tables = [table for _, _, table in sent(server)]
    assert [table.column("id").to_pylist() for table in tables] == [["a", "b"], ["c"]]
    assert tables[1].select(["version", "feature.amount", "feature.age", "score"]).to_pylist() == [
        {"version": "7", "feature.amount": 1.0, "feature.age": 2.0, "score": 0.5}
    ]
    assert "00-10-uuid.jsonl is read as SageMaker data capture." in capsys.readouterr().err


def test_records_that_cannot_be_read_are_named_by_their_line(server, tmp_path, capsys):
    log = tmp_path / "log.jsonl"
    log.write_text(captured("a") + captured("b", answer="nothing,of,it") + captured("c")[:50])
    assert main(["ingest", str(log), "--model", "fraud", "--url", server.url]) == 2
    err = capsys.readouterr().err
    assert "Left out: 2 rows." in err
    assert "row 1: The response has 3 values a row" in err
    assert "row 2: The line is no JSON object" in err


def test_a_log_is_read_as_plain_rows_when_that_is_said(server, folder, capsys):
    [log, _] = sorted(folder.rglob("0*.jsonl"))
    assert main(["ingest", str(log), "--model", "fraud", "--format", "rows", "--url", server.url]) == 2
    assert "no column that looks like a time" in capsys.readouterr().err


def test_a_folder_without_predictions_is_said_to_be_one(server, tmp_path, capsys):
    (tmp_path / "empty").mkdir()
    assert main(["ingest", str(tmp_path / "empty"), "--model", "fraud", "--url", server.url]) == 2
    assert "empty/ holds no file of predictions" in capsys.readouterr().err


def test_a_format_that_does_not_fit_refuses_every_record(server, lines, capsys):
    assert main(["ingest", lines, "--model", "fraud", "--format", "sagemaker", "--url", server.url]) == 2
    assert "row 0 and 2 more: The line has no object captureData" in capsys.readouterr().err
    assert server.requests == []
