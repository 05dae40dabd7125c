"""What an alert says of itself."""

import pytest
from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import DAY_US, HOUR_US
from seamark.records.alert import Outcome
from seamark.records.evaluation import Status
from seamark.records.sentences import measured
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
