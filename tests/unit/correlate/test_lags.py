"""How long after its cause an effect may begin, by what the two are about."""

from dataclasses import replace

import pytest
from tests.unit.correlate.alerts import NOON_US, alert, machine, service
from tests.unit.correlate.incidents import late_outcomes, traffic, worse

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.correlate.items import Aspect, Item
from seamark.correlate.lags import SKEW_US, after_change, follows, lag
from seamark.records.window import Window


def item(given, start_us, length_us):
    window = Window(NOON_US + start_us, NOON_US + start_us + length_us)
    return Item(replace(given, evidence=window, recent=()))


NODE, API = machine("node/n"), service("service/api")
FEATURE, SCORE = alert("feature.amount"), alert("score")


@pytest.mark.parametrize(
    ("cause", "effect", "length_us", "longest_us"),
    [
        (NODE, API, 5 * MINUTE_US, 10 * MINUTE_US),
        (NODE, FEATURE, HOUR_US, 2 * HOUR_US),
        (API, SCORE, HOUR_US, 2 * HOUR_US),
        (traffic(9000), API, 5 * MINUTE_US, 10 * MINUTE_US),
        (FEATURE, SCORE, HOUR_US, DAY_US),
        (SCORE, worse(), HOUR_US, DAY_US),
    ],
    ids=["node-service", "node-feature", "service-score", "traffic-service", "feature-score", "score-quality"],
)
def test_an_effect_begins_at_latest_so_long_after_its_cause(cause, effect, length_us, longest_us):
    first = item(cause, 0, 5 * MINUTE_US)
    ended_us = 5 * MINUTE_US + longest_us + SKEW_US
    assert follows(first, item(effect, ended_us, length_us))
    assert not follows(first, item(effect, ended_us + 1, length_us))


def test_an_effect_may_be_seen_one_interval_and_the_skew_of_clocks_before_its_cause():
    cause = item(NODE, 0, MINUTE_US)
    assert follows(cause, item(SCORE, -HOUR_US - SKEW_US, HOUR_US))
    assert not follows(cause, item(SCORE, -HOUR_US - SKEW_US - 1, HOUR_US))


def test_what_comes_true_causes_nothing_and_late_outcomes_come_from_nothing_a_model_does():
    assert not follows(item(worse(), 0, HOUR_US), item(SCORE, 0, HOUR_US))
    assert not follows(item(SCORE, 0, HOUR_US), item(late_outcomes(), 0, HOUR_US))


@pytest.mark.parametrize("pair", [(FEATURE, FEATURE), (NODE, API), (SCORE, FEATURE), (traffic(10), SCORE)])
def test_of_one_kind_evidence_has_to_touch(pair):
    one, other = pair
    assert lag(item(one, 0, HOUR_US), item(other, HOUR_US, HOUR_US)) == 1
    far = item(other, -3 * HOUR_US, HOUR_US), item(one, 0, HOUR_US)
    assert lag(*far) == lag(*reversed(far))


@pytest.mark.parametrize(("effect", "longest_us"), [(API, HOUR_US), (SCORE, DAY_US)], ids=["service", "drift"])
def test_a_change_shows_within_an_hour_and_in_drift_within_a_day(effect, longest_us):
    shown = item(effect, 0, MINUTE_US)
    assert after_change(NOON_US - longest_us, shown)
    assert not after_change(NOON_US - longest_us - 1, shown)
    assert not after_change(NOON_US + HOUR_US, shown)


def test_what_an_alert_is_about_is_read_off_it():
    assert [Item(each).aspect for each in (NODE, API, traffic(1), FEATURE, SCORE, worse(), late_outcomes())] == [
        Aspect.INFRASTRUCTURE,
        Aspect.SERVING,
        Aspect.TRAFFIC,
        Aspect.DATA,
        Aspect.PREDICTION,
        Aspect.QUALITY,
        Aspect.QUALITY,
    ]
