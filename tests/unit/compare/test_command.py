"""`seamark compare REF CUR`: what it prints, writes and exits with."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from seamark.cli import main


@pytest.fixture
def files(tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    calm = pa.table({"x": rng.normal(size=400), "when": rng.normal(size=400), "proba_a": rng.random(400)})
    wild = pa.table({"x": rng.normal(1, 1, 400), "when": rng.normal(size=400), "proba_a": rng.random(400)})
    pq.write_table(calm, tmp_path / "calm.parquet")
    pq.write_table(wild, tmp_path / "wild.parquet")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_table_is_printed_and_drift_alone_is_no_failure(files, capsys):
    assert main(["compare", "calm.parquet", "wild.parquet"]) == 0
    out, err = capsys.readouterr()
    assert out.startswith("1 of 3 columns drifted")
    assert "\x1b" not in out
    assert err == ""


@pytest.mark.parametrize(("current", "code"), [("wild.parquet", 1), ("calm.parquet", 0)])
def test_fail_on_drift_exits_with_1_when_there_is_some(files, current, code):
    assert main(["compare", "calm.parquet", current, "--fail-on", "drift"]) == code


def test_a_column_that_is_gone_fails_too(files):
    pq.write_table(pq.read_table("calm.parquet").drop_columns(["when"]), "less.parquet")
    assert main(["compare", "calm.parquet", "less.parquet", "--fail-on", "drift"]) == 1


def test_json_is_the_whole_report_and_nothing_else(files, capsys):
    assert main(["compare", "calm.parquet", "wild.parquet", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["drifted"] == ["x"]
    assert len(document["columns"]) == 3


def test_the_page_is_written(files, capsys):
    assert main(["compare", "calm.parquet", "wild.parquet", "--html", "report.html"]) == 0
    assert "written to report.html" in capsys.readouterr().out
    assert (files / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")


def test_with_json_a_written_page_is_not_mentioned_in_between(files, capsys):
    main(["compare", "calm.parquet", "wild.parquet", "--html", "report.html", "--json"])
    assert json.loads(capsys.readouterr().out)


def test_columns_have_the_roles_they_are_named_in(files, capsys):
    main(
        [
            "compare",
            "calm.parquet",
            "wild.parquet",
            "--json",
            "--time",
            "when",
            "--score",
            "proba_a=a",
            "--exclude",
            "x",
        ]
    )
    roles = json.loads(capsys.readouterr().out)["roles"]
    assert {role: entry["columns"] for role, entry in roles.items()} == {
        "time": ["when"],
        "score": ["proba_a"],
        "excluded": ["x"],
    }
    assert not any(entry["inferred"] for entry in roles.values())


def test_the_rule_can_be_set(files, capsys):
    main(["compare", "calm.parquet", "wild.parquet", "--json", "--smallest-distance", "0.9", "--alpha", "0.001"])
    document = json.loads(capsys.readouterr().out)
    assert document["drifted"] == []
    assert document["rule"]["alpha"] == 0.001


def test_all_lists_every_stable_column(files, capsys):
    rng = np.random.default_rng(1)
    pq.write_table(pa.table({f"c{at}": rng.normal(size=100) for at in range(30)}), "wide.parquet")
    main(["compare", "wide.parquet", "wide.parquet"])
    assert "and 20 more stable" in capsys.readouterr().out
    main(["compare", "wide.parquet", "wide.parquet", "--all"])
    assert capsys.readouterr().out.count("  stable") == 30


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["calm.parquet", "cam.parquet"], "There is no file 'cam.parquet'; did you mean 'calm.parquet'?"),
        (["calm.parquet"], "CUR"),
        (
            ["calm.parquet", "wild.parquet", "--time", "wen"],
            "No column is called 'wen', named as time; did you mean 'when'?",
        ),
        (["calm.parquet", "wild.parquet", "--fail-on", "rain"], "rain"),
        (["calm.parquet", "wild.parquet", "--alpha", "7"], "alpha must lie between 0 and 1; it is 7.0."),
        (["calm.parquet", "wild.parquet", "--html", "no/such/folder.html"], "'no/such/folder.html' cannot be written"),
    ],
)
def test_wrong_usage_and_input_exit_with_2_and_one_sentence(files, capsys, words, sentence):
    assert main(["compare", *words]) == 2
    err = capsys.readouterr().err
    assert sentence in err
    assert "Traceback" not in err
