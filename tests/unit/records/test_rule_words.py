"""What rules found, in the words and units of people."""

import math

import pytest

from seamark.detect.metric_defaults import NAMES, rules_for
from seamark.records.metric import METRICS, ComponentKind
from seamark.records.metric_rule import ServiceOptions
from seamark.records.rule_words import RULE_WORDS, found_by_rule, sentence


@pytest.mark.parametrize(
    ("rule", "value", "threshold", "said"),
    [
        ("p99", 1.8, 0.5, "p99 of checkout 1.8 s, promised 500 ms"),
        ("p50", 0.0312, 0.02, "p50 of checkout 31.2 ms, promised 20 ms"),
        ("server_error_rate", 0.0721, 0.05, "error rate of checkout 7.21 %, threshold 5 %"),
        ("client_error_rate", 0.5, 0.25, "rate of 4xx answers of checkout 50 %, threshold 25 %"),
        ("unavailable", 1.0, 0.5, "failed availability checks of checkout 100 %, threshold 50 %"),
        ("restart_loop", 4.0, 3.0, "restarts of checkout 4 in 15 min, threshold 3"),
        ("memory_near_limit", 0.97, 0.9, "memory use of checkout 97 % of its limit, threshold 90 %"),
        ("no_data", 240.0, 180.0, "nothing heard of checkout for 4 min"),
        ("no_data", 100.0, 90.0, "nothing heard of checkout for 100 s"),
        ("crash_loop", 1.0, 1.0, "checkout crashes again and again (CrashLoopBackOff)"),
        (
            "error_burn_fast",
            20.0,
            14.4,
            "errors of checkout 20 times as many as promised in an hour, threshold 14.4",
        ),
        (
            "latency_burn_slow",
            2.0,
            1.0,
            "slow answers of checkout 2 times as many as promised in 3 days, threshold 1",
        ),
        ("a_rule_of_tomorrow", 3.0, 2.0, "a_rule_of_tomorrow of checkout 3, threshold 2"),
    ],
)
def test_an_alert_is_a_sentence_in_native_units(rule, value, threshold, said):
    assert sentence(rule, "checkout", value, threshold) == said


def test_a_value_that_is_not_known_is_said_to_be_so():
    assert found_by_rule("p99", math.nan, 0.5) == "unknown, promised 500 ms"


def test_there_are_words_for_every_rule_and_for_none_that_does_not_exist():
    assert set(RULE_WORDS) == set(NAMES)


def test_the_words_know_the_layer_that_the_rule_has():
    options = ServiceOptions(sla_seconds=1.0, thresholds={"p50": 1.0, "p95": 1.0, "p99": 1.0})
    rules = rules_for(ComponentKind.SERVICE, METRICS, options)
    assert {each.name: each.layer for each in rules} == {name: words.layer for name, words in RULE_WORDS.items()}
