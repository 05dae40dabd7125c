"""What an incident of machines and services is called."""

from dataclasses import replace

import pytest
from tests.conformance.stored import ALERT

from seamark.correlate.titles import title_of
from seamark.records.monitor import Priority
from seamark.records.signals import Layer


def found(rule, value, threshold, component="service/checkout", priority=Priority.P1, at=0):
    return replace(
        ALERT,
        id=f"alt_{component}_{rule}",
        model="",
        component=component,
        signal=component,
        monitor=rule,
        statistic=rule,
        layer=Layer.SERVING,
        value=value,
        threshold=threshold,
        priority=priority,
        detected_us=at,
    )


SLOW = found("p99", 1.8, 0.5, at=1)
FAILING = found("server_error_rate", 0.2, 0.05, at=2)
BURNING = found("error_burn_fast", 20.0, 14.4)
SATURATED = found("saturation", 0.95, 0.9, priority=Priority.P2)
POD = found("restart_loop", 4, 3, component="container/default/checkout-0/api", priority=Priority.P1, at=3)
DRIFT = replace(ALERT, signal="feature.amount")


@pytest.mark.parametrize(
    ("alerts", "title"),
    [
        ([SLOW], "p99 of checkout 1.8 s, promised 500 ms"),
        ([SLOW, FAILING], "p99 of checkout 1.8 s, promised 500 ms; and 1 more"),
        ([SATURATED, FAILING], "error rate of checkout 20 %, threshold 5 %; and 1 more"),
        ([BURNING, FAILING], "error rate of checkout 20 %, threshold 5 %; and 1 more"),
        ([POD], "restarts of default/checkout-0/api 4 in 15 min, threshold 3"),
        ([SLOW, DRIFT], "p99 of checkout 1.8 s, promised 500 ms; amount drifted"),
    ],
)
def test_the_most_urgent_and_plainest_is_said_first(alerts, title):
    assert title_of(alerts) == title
    assert title_of(alerts[::-1]) == title
