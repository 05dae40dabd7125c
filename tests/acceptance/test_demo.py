"""The demo finds what is known to be wrong with the car-loan data, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.acceptance

ONSET = datetime(2019, 3, 31, 3, tzinfo=UTC)
DRIFTED = {"car_value", "salary_range", "loan_length", "repaid_loan_on_prev_car", "score"}
STABLE = {"debt_to_income_ratio", "size_of_downpayment", "driver_tenure"}


@pytest.fixture(scope="module")
def found():
    command = "import sys; from seamark.cli import main; sys.exit(main(['demo', '--no-serve', '--json']))"
    done = subprocess.run([sys.executable, "-c", command], capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def opened(found, signal):
    """When the first alert of a signal opened, in the data's own time."""
    times = [alert["opened"] for alert in found["alerts"] if alert["signal"].removeprefix("feature.") == signal]
    return datetime.fromisoformat(min(times)) if times else None


def test_every_signal_that_drifted_is_found_and_none_that_did_not(found):
    assert set(found["drifted"]) >= DRIFTED
    assert not set(found["drifted"]) & STABLE


def test_there_is_no_alert_before_the_onset(found):
    assert min(datetime.fromisoformat(alert["opened"]) for alert in found["alerts"]) > ONSET


def test_the_first_alert_comes_within_two_days_and_all_five_within_four(found):
    delays = {signal: opened(found, signal) - ONSET for signal in DRIFTED}
    assert min(delays.values()) <= timedelta(days=2)
    assert max(delays.values()) <= timedelta(days=4)


def test_it_is_one_incident_whose_onset_is_right_to_half_a_day(found):
    (incident,) = found["incidents"]
    assert incident["state"] == "open"
    assert abs(datetime.fromisoformat(incident["onset"]) - ONSET) <= timedelta(hours=12)
    assert found["onset"] == incident["onset"]


def test_the_strongest_feature_is_the_leading_cause(found):
    (incident,) = found["incidents"]
    assert incident["causes"][0] == "feature.car_value"
    assert {cause.removeprefix("feature.") for cause in incident["causes"]} == DRIFTED - {"score"}


def test_outcomes_that_come_two_weeks_late_confirm_that_the_answers_became_worse(found):
    before, since = found["accuracy"]["before"], found["accuracy"]["since"]
    assert before["value"] == pytest.approx(0.9438, abs=0.0005)
    assert since["value"] == pytest.approx(0.9158, abs=0.0015)
    assert since["high"] < before["low"]
    assert since["n"] < 23_000  # the fate of the last two weeks' loans is not known yet


def test_the_estimate_warns_weeks_before_the_outcomes_confirm_it_in_accuracy_and_in_business(found):
    opened_at = {alert["monitor"]: datetime.fromisoformat(alert["opened"]) for alert in reversed(found["alerts"])}
    estimated, realised = opened_at["estimated.accuracy"], opened_at["quality.accuracy"]
    assert ONSET < estimated < realised - timedelta(days=14)
    assert opened_at["business.bad_loan_share"] > ONSET + timedelta(days=14)
