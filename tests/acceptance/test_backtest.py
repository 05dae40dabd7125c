"""A backtest of the bundled car-loan data tells what is known to be wrong with them, from a real command."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from importlib.resources import files

import pytest

pytestmark = pytest.mark.acceptance

ONSET = datetime(2019, 3, 31, 3, tzinfo=UTC)
DRIFTED = {"car_value", "salary_range", "loan_length", "repaid_loan_on_prev_car", "score"}
STABLE = {"debt_to_income_ratio", "size_of_downpayment", "driver_tenure"}


def command(*words):
    """`seamark backtest` of the car-loan data, in a pipe."""
    data = files("seamark.demo") / "data"
    columns = ["--prediction", "y_pred", "--score", "y_pred_proba", "--exclude", "repaid", "--time-zone", "UTC"]
    run = "import sys; from seamark.cli import main; sys.exit(main(sys.argv[1:]))"
    line = [
        "backtest",
        f"{data / 'analysis.parquet'}",
        "--reference",
        f"{data / 'reference.parquet'}",
        *columns,
        *words,
    ]
    done = subprocess.run([sys.executable, "-c", run, *line], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return done


@pytest.fixture(scope="module")
def found():
    return json.loads(command("--json").stdout)


def test_there_is_no_alert_before_the_shift_and_one_within_two_days(found):
    first = min(datetime.fromisoformat(alert["opened"]) for alert in found["alerts"])
    assert ONSET < first <= ONSET + timedelta(days=2)
    assert [month["alerts"] for month in found["months"] if month["month"] < "2019-04"] == [0] * 6


def test_it_is_one_incident_of_what_drifted_and_nothing_else(found):
    (incident,) = found["incidents"]
    signals = {signal.removeprefix("feature.") for signal in incident["signals"]}
    assert signals >= DRIFTED
    assert not signals & STABLE
    assert abs(datetime.fromisoformat(incident["onset"]) - ONSET) <= timedelta(hours=12)


def test_a_larger_budget_never_tells_less(found):
    lines = found["budgets"]
    assert [line["budget"] for line in lines] == [0.5, 1, 2, 5, 10]
    assert [line["present"] for line in lines] == [False, False, True, False, False]
    for key in ("incidents", "alarm_hours"):
        assert [line[key] for line in lines] == sorted(line[key] for line in lines)


def test_the_story_for_people_has_no_progress_bar_in_a_pipe():
    done = command()
    assert "\r" not in done.stderr
    assert "\x1b" not in done.stdout + done.stderr
    assert "1 incident of" in done.stdout
    assert "2019-04-01 00:10  still open" in done.stdout
    assert "2 (now)" in done.stdout
