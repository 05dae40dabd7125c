"""The demo finds what is known to be wrong with the car-loan data, and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

pytestmark = pytest.mark.acceptance

ONSET = datetime(2019, 3, 31, 3, tzinfo=UTC)
RELEASE = ONSET - timedelta(minutes=10)  # simulated, beside the real data
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


def test_there_is_no_alert_before_the_release_that_came_with_the_shift(found):
    assert min(datetime.fromisoformat(alert["opened"]) for alert in found["alerts"]) > RELEASE


def test_the_release_that_changed_nothing_two_months_earlier_alarms_nobody(found):
    harmless = ONSET - timedelta(days=61)
    assert [alert for alert in found["alerts"] if datetime.fromisoformat(alert["opened"]) < RELEASE] == []
    assert harmless < RELEASE


def test_the_first_alert_comes_within_two_days_and_all_five_within_four(found):
    delays = {signal: opened(found, signal) - ONSET for signal in DRIFTED}
    assert min(delays.values()) <= timedelta(days=2)
    assert max(delays.values()) <= timedelta(days=4)


def test_it_is_one_incident_whose_onset_is_right_to_half_a_day(found):
    (incident,) = found["incidents"]
    assert incident["state"] == "open"
    assert abs(datetime.fromisoformat(incident["onset"]) - ONSET) <= timedelta(hours=12)
    assert found["onset"] == incident["onset"]


def test_its_members_are_of_all_five_layers(found):
    (incident,) = found["incidents"]
    assert set(incident["layers"]) == {"infrastructure", "serving", "data", "model", "business"}


def test_what_was_released_is_the_leading_cause_and_the_strongest_feature_is_named(found):
    (incident,) = found["incidents"]
    assert incident["causes"][0] == "pod/applicant-features (simulated)"
    assert "feature.car_value" in incident["causes"]
    assert incident["confidence"] in {"high", "medium"}


def test_slow_answers_page_within_minutes_and_are_over_when_they_are(found):
    (p99,) = (alert for alert in found["alerts"] if alert["monitor"] == "p99")
    assert p99["priority"] == "P1"
    assert datetime.fromisoformat(p99["opened"]) - RELEASE <= timedelta(minutes=5)
    ended = datetime.fromisoformat(p99["closed"]) - (ONSET + timedelta(days=2))
    assert timedelta(0) < ended <= timedelta(minutes=15)


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
