"""`seamark backtest`: files in, a story out; what cannot be played is a sentence."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from seamark.cli import main
from seamark.clock import HOUR_US

START_US = 20_000 * 24 * HOUR_US
HOURS = 36


def traffic(seed, hours=HOURS, moves_at=None, rows=200):
    """Rows with names of their own; from the hour `moves_at` on, amounts are twice as large."""
    rng = np.random.default_rng(seed)
    hour = np.repeat(np.arange(hours), rows)
    amount = rng.lognormal(3, 1, len(hour)) * (2.0 if moves_at is None else np.where(hour >= moves_at, 4.0, 2.0))
    columns = {
        "ts": pa.array(START_US + hour * HOUR_US + rng.integers(0, HOUR_US, len(hour)), pa.timestamp("us", "UTC")),
        "amount": amount,
        "country": rng.choice(["FR", "DE"], len(hour)),
        "proba": rng.beta(2, 5, len(hour)),
    }
    return pa.table(columns)


@pytest.fixture
def files(tmp_path, monkeypatch):
    """A reference, and a day and a half of data in which amounts double after a day; no configuration lies about."""
    monkeypatch.chdir(tmp_path)
    pq.write_table(traffic(1, hours=20).drop(["ts"]), "reference.parquet")
    pq.write_table(traffic(2, moves_at=24), "fraud.parquet")
    return tmp_path


def backtest(*words):
    return main(["backtest", "fraud.parquet", *words])


def found(capsys):
    return json.loads(capsys.readouterr().out)


def refused(capsys, *words):
    assert backtest(*words) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("seamark: ")
    assert err.count("\n") == 1
    return err


def test_a_shift_is_found_when_it_would_have_been_and_said_for_people(files, capsys):
    assert backtest("--reference", "reference.parquet") == 0
    out, err = capsys.readouterr()
    assert "Column 'ts' is taken as the time." in err
    assert "No column looks like an id" in err
    assert "Windows of 1 h: the shortest of 1 h, 6 h and 1 d that suits 200 rows an hour." in err
    assert out.startswith(
        "fraud, 2024-10-04 to 2024-10-05: 7,200 predictions in 36 windows of an hour.\n1 incident of "
    )
    assert "2024-10-05 02:10  still open" in out
    assert "amount:jensen_shannon" in out
    assert "thresholds times" in out
    assert "1 (now)" in out
    assert max(map(len, out.splitlines())) <= 120


def test_json_has_every_key_that_is_documented_and_nothing_on_the_side(files, capsys):
    assert backtest("--reference", "reference.parquet", "--json") == 0
    document = found(capsys)
    assert list(document) == [
        *("model", "from", "to", "rows", "window_seconds", "windows", "budget", "learned", "notes", "alerts"),
        *("incidents", "alarm_hours", "months", "monitors", "budgets", "thresholds", "quality"),
    ]
    amount = next(alert for alert in document["alerts"] if alert["monitor"] == "feature.amount:jensen_shannon")
    assert amount["opened"] == "2024-10-05T02:10:00Z"
    assert amount["onset"] == "2024-10-05T00:00:00Z"
    assert amount["closed"] is None
    assert amount["value"] > amount["threshold"] > 0
    assert document["quality"] == []
    assert document["windows"] == HOURS
    assert [month["month"] for month in document["months"]] == ["2024-10"]
    assert all(line["month"] == "2024-10" for line in document["monitors"])


def test_without_a_shift_there_is_no_alert(files, capsys):
    pq.write_table(traffic(3), "fraud.parquet")
    assert backtest("--reference", "reference.parquet") == 0
    out = capsys.readouterr().out
    assert "No alert." in out
    assert "alert opened" not in out


def test_csv_plays_like_parquet(files, capsys):
    assert backtest("--reference", "reference.parquet", "--json") == 0
    expected = found(capsys)["alerts"]
    table = pq.read_table("fraud.parquet")
    text = pa.compute.strftime(table["ts"], "%Y-%m-%dT%H:%M:%SZ")
    pa.csv.write_csv(table.set_column(0, "ts", text), "fraud.csv")
    assert main(["backtest", "fraud.csv", "--reference", "reference.parquet", "--json"]) == 0
    assert [(a["monitor"], a["opened"]) for a in found(capsys)["alerts"]] == [
        (a["monitor"], a["opened"]) for a in expected
    ]


def test_the_words_of_the_owner_are_tried(files, capsys):
    files.joinpath("try.toml").write_text('[models.fraud]\nthresholds = { amount = "psi > 5" }\nmin_rows = 10\n')
    assert backtest("--reference", "reference.parquet", "--config", "try.toml", "--window", "6h", "--json") == 0
    document = found(capsys)
    assert document["window_seconds"] == 6 * 3600
    assert not [alert for alert in document["alerts"] if alert["monitor"].startswith("feature.amount:p")]
    assert backtest("--reference", "reference.parquet", "--budget", "7", "--json") == 0
    assert found(capsys)["budget"] == 7


def test_which_model_of_a_configuration_is_meant_is_asked_when_it_is_not_clear(files, capsys):
    files.joinpath("one.toml").write_text("[models.other]\nbudget = 3.0\n")
    assert backtest("--reference", "reference.parquet", "--config", "one.toml", "--json") == 0
    document = found(capsys)
    assert (document["model"], document["budget"]) == ("other", 3)
    files.joinpath("two.toml").write_text("[models.other]\nbudget = 3.0\n[models.another]\n")
    assert "name one with --model: another, other" in refused(capsys, "--config", "two.toml")
    assert "no model 'fraudd'; it has another, other" in refused(capsys, "--config", "two.toml", "--model", "fraudd")


def test_rows_without_a_time_are_left_out_and_counted(files, capsys):
    table = pq.read_table("fraud.parquet")
    times = table["ts"].to_pylist()
    times[7] = None
    pq.write_table(table.set_column(0, "ts", pa.array(times, pa.timestamp("us", "UTC"))), "fraud.parquet")
    assert backtest("--reference", "reference.parquet", "--json") == 0
    document = found(capsys)
    assert document["rows"] == HOURS * 200 - 1
    assert any(note.startswith("Left out: 1 row; row 7:") for note in document["notes"])


def test_what_only_one_file_has_is_said(files, capsys):
    reference = pq.read_table("reference.parquet")
    pq.write_table(reference.drop(["country"]).append_column("repaid", pa.array([1] * len(reference))), "other.parquet")
    assert backtest("--reference", "other.parquet", "--json") == 0
    notes = " ".join(found(capsys)["notes"])
    assert "the reference has no such column: country." in notes
    assert "the data lack the column: repaid" in notes
    assert backtest("--reference", "other.parquet", "--exclude", "repaid", "--json") == 0
    assert "repaid" not in " ".join(found(capsys)["notes"])


def test_without_a_reference_the_first_rows_are_one(files, capsys):
    assert backtest("--json") == 0
    document = found(capsys)
    assert "There is no --reference, so the first 1,000 rows are a provisional one." in document["notes"]
    assert document["alerts"][0]["provisional"]


def test_outcomes_are_read_and_it_is_said_that_they_are_not_joined(files, capsys):
    pq.write_table(pa.table({"id": ["fraud:0", "fraud:1"], "label": [0, 1]}), "outcomes.parquet")
    assert backtest("--reference", "reference.parquet", "--outcomes", "outcomes.parquet", "--json") == 0
    assert any(note.startswith("2 outcomes read; outcomes are not joined") for note in found(capsys)["notes"])
    pq.write_table(pa.table({"label": [0, 1]}), "outcomes.parquet")
    assert "no column that looks like an id" in refused(capsys, "--outcomes", "outcomes.parquet")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--budget", "0"], "budget must be above 0"),
        (["--window", "90m"], "--window must be whole hours like 1h or 6h, or 1d, not '90m'"),
        (["--window", "5h"], "1, 2, 3, 4, 6, 8, 12 or 24 hours"),
        (["--window", "2d"], "1, 2, 3, 4, 6, 8, 12 or 24 hours"),
        (["--reference", "nothing.parquet"], "'nothing.parquet' cannot be read"),
        (["--reference", "words.txt"], "'words.txt' does not end in one of .parquet"),
        (["--time", "when"], "There is no column 'when'"),
        (["--exclude", "ts"], "no column that looks like a time"),
        (["--config", "nothing.toml"], "'nothing.toml' cannot be read"),
        (["--bugdet", "2"], "did you mean --budget?"),
    ],
)
def test_what_cannot_be_played_is_one_sentence(files, capsys, words, sentence):
    assert sentence in refused(capsys, *words)


def test_data_without_a_zone_a_time_or_rows_are_refused(files, capsys):
    table = pq.read_table("fraud.parquet")
    pq.write_table(table.set_column(0, "ts", table["ts"].cast(pa.timestamp("us"))), "fraud.parquet")
    assert "have no zone; name it, as time_zone or --time-zone" in refused(capsys, "--reference", "reference.parquet")
    assert "There is no zone" not in refused(capsys, "--time-zone", "Mars/Olympus")
    assert backtest("--reference", "reference.parquet", "--time-zone", "Europe/Paris", "--json") == 0
    assert found(capsys)["from"] == "2024-10-03T22:00:00Z"
    pq.write_table(table.slice(0, 0), "fraud.parquet")
    assert "fraud.parquet holds no rows" in refused(capsys, "--reference", "reference.parquet")
    pq.write_table(table.slice(0, 600), "fraud.parquet")
    assert "hold no whole window of 6 h" in refused(capsys, "--reference", "reference.parquet", "--window", "6h")
    assert "Without a reference the first 1,000 rows are one, and there are 600." in refused(capsys)
