"""What an alert says of itself."""

import pytest
from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Outcome
from seamark.records.evaluation import Status
from seamark.records.sentences import measured, told
from seamark.records.window import Window


def traffic(hours, **fields):
    recent = (Outcome(Window(NOON_US, NOON_US + hours * HOUR_US), Status.BREACH),)
    return alert("traffic", statistic="volume", recent=recent, n=410.0, usual=410.0, **fields)


@pytest.mark.parametrize(("hours", "every"), [(1, "an hour"), (6, "in 6 hours"), (DAY_US // HOUR_US, "a day")])
def test_traffic_is_said_in_predictions(hours, every):
    fell = traffic(hours, now=212.0, value=198 / 410, threshold=150 / 410)
    assert measured(fell, "") == f"212 predictions {every}, usual 410, threshold 260"
    rose = traffic(hours, now=820.0, value=1.0, threshold=0.5)
    assert measured(rose, "") == f"820 predictions {every}, usual 410, threshold 615"


def test_a_share_is_said_in_percent():
    missing = alert(statistic="missing_rate", now=0.12, usual=0.03, value=0.09, threshold=0.02)
    assert measured(missing, "") == "missing rate 12 %, usual 3 %, threshold 5 % (400 predictions)"


def test_a_mean_is_said_in_its_own_unit():
    mean = alert("prediction", statistic="mean_shift", now=812.0, usual=640.0, value=0.86, threshold=0.3)
    assert measured(mean, "") == "mean 812, usual 640, threshold 700 (400 predictions)"


def test_a_distribution_has_a_distance():
    assert measured(alert(), "JS distance") == "0.3 against a threshold of 0.05 (JS distance, 400 predictions)"


def test_nothing_off_is_its_own_threshold():
    assert measured(traffic(1, now=410.0, value=0.0, threshold=0.4), "").endswith("usual 410, threshold 410")


@pytest.mark.parametrize(
    ("statistic", "fields", "said"),
    [
        ("trend", {"value": 0.04, "usual": 0.0, "now": 0.2}, "amount has risen 0.04 sd a week for 6 weeks (p 0.0028)"),
        (
            "missing_rate_trend",
            {"value": 0.003, "usual": 0.03, "now": 0.01},
            "amount has fallen in its missing rate by 0.3 points",
        ),
        (
            "distance_trend",
            {"value": 0.01, "usual": 0.1, "now": 0.2},
            "amount has moved away from its reference by 0.01 JS distance",
        ),
        ("distance_trend", {"value": 0.01, "usual": 0.2, "now": 0.1}, "amount has moved back to its reference"),
        ("volume_trend", {"value": 0.05, "usual": 9.0, "now": 8.0}, "amount has fallen 4.9 % a week"),
    ],
)
def test_a_trend_is_a_sentence_with_a_direction(statistic, fields, said):
    assert told("amount", alert(statistic=statistic, n=6.0, p=0.00278, **fields), "").startswith(said)


def test_everything_else_is_a_name_and_what_was_measured():
    assert told("amount", alert(), "JS distance").startswith("amount: 0.3 against")
