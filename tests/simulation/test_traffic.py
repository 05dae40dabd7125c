"""Traffic with a daily season: what is silence at noon is sleep at night."""

import pytest
from tests.simulation.served_model import START_US, ServedModel

from seamark.clock import HOUR_US
from seamark.records.alert import AlertState
from seamark.records.options import ModelOptions

WEEK = 168


def usual(hour):
    return 260 if 8 <= hour % 24 < 20 else 8


@pytest.fixture(scope="module")
def served():
    """Nine days of a model that sleeps at night, learned after the first seven."""
    served = ServedModel(41, options=ModelOptions(baseline="seasonal", window_seconds=3600))
    for hour in range(9 * 24):
        served.run(1, rows=usual(hour), tick_hours=4)
    return served


def of_traffic(served):
    return [alert for alert in served.alerts() if alert.monitor == "traffic:volume"]


def test_an_hour_without_rows_is_an_alarm_at_noon_and_none_at_night(served):
    calibrated_us = START_US + (WEEK + 4) * HOUR_US
    assert [alert for alert in of_traffic(served) if alert.opened_us > calibrated_us] == []
    served.run(3, rows=0)  # midnight to three
    assert [alert for alert in of_traffic(served) if alert.state is AlertState.FIRING] == []
    for hour in range(3, 12):
        served.run(1, rows=usual(hour))
    served.run(1, rows=0)
    (alert,) = [alert for alert in of_traffic(served) if alert.state is AlertState.FIRING]
    assert (alert.now, round(alert.usual, -1)) == (0, 260)
    (told,) = [incident for incident in served.incidents() if incident.id == alert.incident]
    assert told.title == "traffic all but stopped"
