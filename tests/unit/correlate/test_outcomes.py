"""What a title says of what came true."""

from dataclasses import replace

import pytest
from tests.conformance.stored import ALERT

from seamark.correlate.outcomes import parted, with_outcomes
from seamark.query.naming import label_of
from seamark.records.signals import Layer, is_of_outcomes

FELL = replace(
    ALERT,
    monitor="quality.accuracy",
    signal="quality.accuracy",
    statistic="accuracy",
    layer=Layer.MODEL,
    version="",
    segment="",
    value=0.9,
    threshold=0.93,
)
ROSE = replace(FELL, signal="business.bad_loans", statistic="bad_loans", value=0.07, threshold=0.06)
LATE = replace(FELL, signal="outcomes", statistic="outcomes_late")


def test_a_title_says_on_which_side_of_what_is_tolerated_a_metric_is():
    assert with_outcomes("amount drifted", [FELL]) == "amount drifted; accuracy fell below 0.93"
    assert with_outcomes("", [FELL, ROSE]) == "bad_loans rose above 0.06; accuracy fell below 0.93"
    assert with_outcomes("", [LATE]) == "outcomes are late"
    assert with_outcomes("amount drifted", []) == "amount drifted"


def test_a_segment_or_version_is_named_where_it_is_alone():
    france = replace(FELL, segment="country=FR")
    assert with_outcomes("", [france]) == "accuracy fell below 0.93 in country=FR"
    assert with_outcomes("", [replace(FELL, version="2")]) == "accuracy fell below 0.93 in version 2"
    assert with_outcomes("", [FELL, france]) == "accuracy fell below 0.93"


def test_an_estimate_is_called_one():
    estimate = replace(FELL, signal="estimated.accuracy")
    assert with_outcomes("", [estimate]) == "estimated accuracy fell below 0.93"
    assert label_of("estimated.accuracy") == "estimated accuracy"


def test_an_estimate_is_not_repeated_once_outcomes_confirm_it():
    guess = replace(FELL, id="guess", signal="estimated.accuracy")
    assert with_outcomes("", [guess, FELL]) == with_outcomes("", [FELL])
    other = replace(guess, signal="estimated.auc")
    assert "estimated auc" in with_outcomes("", [other, FELL])


@pytest.mark.parametrize("signal", ["outcomes", "quality.auc", "business.worth", "estimated.auc"])
def test_alerts_are_parted_by_what_tells_them(signal):
    assert is_of_outcomes(signal)
    drift, known = replace(ALERT, signal="feature.outcomes"), replace(FELL, signal=signal)
    assert parted([drift, known]) == ([drift], [known])
