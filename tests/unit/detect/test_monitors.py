"""Which monitors a model gets."""

import numpy as np
import pytest

from seamark.clock import HOUR_US
from seamark.detect.monitors import base_of, monitors_for
from seamark.detect.scoped import signals_to_watch
from seamark.errors import Corrupt
from seamark.records.model import Task
from seamark.records.monitor import Priority, RuleKind, monitors_from_json, monitors_to_json
from seamark.records.options import ModelOptions
from seamark.records.signals import Layer
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.embedding import Embedding
from seamark.stats.joint import joint_projections

VALUES = np.arange(1_000.0)
AMOUNT = numeric_signal("feature.amount", "feature", VALUES)
COUNTRY = categorical_signal("feature.country", "feature", categorical_bins(["FR", "US"], [3, 1]))
CLASSES = categorical_signal("prediction", "prediction", categorical_bins(["0", "1"], [9, 1]))
SCORE = numeric_signal("score", "score", VALUES / 1_000)
CONFIDENCE = numeric_signal("confidence", "confidence", VALUES / 1_000)


def names(signals, task=Task.BINARY, options=None, *, joint=None):
    monitors = monitors_for(BinSet(tuple(signals), joint), task, options or ModelOptions(), provisional=False)
    return [monitor.name for monitor in monitors if monitor.rule.kind is not RuleKind.TREND]


def test_a_binary_classifier_is_watched_on_every_side():
    assert names([AMOUNT, COUNTRY, CLASSES, SCORE, CONFIDENCE]) == [
        "feature.amount:jensen_shannon",
        "feature.amount:missing_rate",
        "feature.amount:mistyped_rate",
        "feature.amount:out_of_range_rate",
        "feature.country:jensen_shannon",
        "feature.country:missing_rate",
        "feature.country:mistyped_rate",
        "feature.country:unseen_rate",
        "prediction:jensen_shannon",
        "prediction:missing_rate",
        "prediction:mistyped_rate",
        "prediction:unseen_rate",
        "score:jensen_shannon",
        "score:missing_rate",
        "score:mistyped_rate",
        "score:out_of_range_rate",
        "confidence:jensen_shannon",
        "prediction:class_share:0",
        "prediction:class_share:1",
        "score:near_half_share",
        "traffic:volume",
    ]


def test_whatever_is_watched_has_a_trend_for_the_weekly_digest():
    monitors = monitors_for(BinSet((AMOUNT, COUNTRY, CLASSES)), Task.BINARY, ModelOptions(), provisional=False)
    trends = [monitor for monitor in monitors if monitor.rule.kind is RuleKind.TREND]
    assert {monitor.rule.priority for monitor in trends} == {Priority.P3}
    assert [monitor.name for monitor in trends] == [
        "feature.amount:trend",
        "feature.amount:missing_rate_trend",
        "feature.amount:out_of_range_rate_trend",
        "feature.country:distance_trend",
        "feature.country:missing_rate_trend",
        "feature.country:unseen_rate_trend",
        "prediction:distance_trend",
        "prediction:missing_rate_trend",
        "prediction:unseen_rate_trend",
        "prediction:class_share_trend:0",
        "prediction:class_share_trend:1",
        "traffic:volume_trend",
    ]
    bases = {monitor.statistic: base_of(monitor.statistic) for monitor in trends}
    assert bases["trend"] == bases["distance_trend"] == "jensen_shannon"
    assert bases["missing_rate_trend"] == "missing_rate"


def test_a_regression_has_a_mean_and_no_classes():
    found = names([AMOUNT, numeric_signal("prediction", "prediction", VALUES)], Task.REGRESSION)
    assert "prediction:mean_shift" in found
    assert not any("class_share" in name for name in found)


def test_a_model_that_logs_nothing_but_its_existence_is_watched_by_traffic():
    assert names([]) == ["traffic:volume"]


def test_projections_are_one_monitor_together():
    joint = joint_projections([0, 1], [np.ones(20, dtype=np.int64), np.ones(4, dtype=np.int64)])
    projections = [numeric_signal(f"joint.{i:02d}", "joint", VALUES) for i in range(joint.count)]
    found = names([AMOUNT, COUNTRY, *projections], joint=joint)
    assert [name for name in found if "joint" in name] == ["joint:joint_shift"]


def test_layers_follow_roles():
    monitors = monitors_for(BinSet((AMOUNT, SCORE)), Task.BINARY, ModelOptions(), provisional=False)
    layers = {monitor.signal: monitor.layer for monitor in monitors}
    assert layers == {"feature.amount": Layer.DATA, "score": Layer.MODEL, "traffic": Layer.DATA}


@pytest.mark.parametrize("key", ["amount", "feature.amount", "*"])
def test_a_threshold_is_found_by_short_name_full_name_or_star(key):
    monitors = monitors_for(
        BinSet((AMOUNT,)), Task.BINARY, ModelOptions(thresholds={key: "ks > 0.1"}), provisional=False
    )
    assert (monitors[0].name, monitors[0].rule.kind, monitors[0].rule.fire) == (
        "feature.amount:ks",
        RuleKind.FIXED,
        0.1,
    )


def test_the_more_particular_threshold_wins():
    options = ModelOptions(thresholds={"*": "ks > 0.1", "amount": "psi > 0.3"})
    assert names([AMOUNT], options=options)[0] == "feature.amount:psi"


def test_a_ratio_may_have_a_fixed_threshold_too():
    options = ModelOptions(thresholds={"amount": "missing_rate > 0.1"})
    monitors = monitors_for(BinSet((AMOUNT,)), Task.BINARY, options, provisional=False)
    rules = {monitor.name: monitor.rule.kind for monitor in monitors}
    assert rules["feature.amount:missing_rate"] is RuleKind.FIXED
    assert rules["feature.amount:jensen_shannon"] is RuleKind.ONE_SHOT


def test_until_a_model_is_calibrated_its_alerts_are_provisional_and_at_first_need_twice_the_effect():
    def found(**state):
        options = ModelOptions(baseline="seasonal", thresholds={"amount": "missing_rate > 0.1"})
        monitors = monitors_for(BinSet((AMOUNT,)), Task.BINARY, options, provisional=False, **state)
        names = ("feature.amount:jensen_shannon", "feature.amount:missing_rate")
        return [(m.rule.kind, m.rule.fire, m.provisional) for m in monitors if m.name in names]

    stated = (RuleKind.FIXED, 0.1, False)
    assert found(young=True) == [(RuleKind.ONE_SHOT, 0.1, True), stated]
    assert found(young=False) == [(RuleKind.ONE_SHOT, 0.05, True), stated]
    assert found(calibrated_us=HOUR_US) == [(RuleKind.CALIBRATED, 0.05, False), stated]


def test_a_learned_threshold_does_not_care_what_the_reference_was_made_of():
    options = ModelOptions(baseline="seasonal")
    monitors = monitors_for(
        BinSet((AMOUNT,)), Task.BINARY, options, provisional=True, young=True, calibrated_us=HOUR_US
    )
    learned = [m for m in monitors if m.rule.kind is RuleKind.CALIBRATED]
    assert {m.name: m.rule.fire for m in learned}["feature.amount:jensen_shannon"] == ModelOptions().smallest_effect
    assert not any(m.provisional for m in learned)


def test_monitors_survive_storage():
    monitors = monitors_for(BinSet((AMOUNT, CLASSES, SCORE)), Task.BINARY, ModelOptions(), provisional=True)
    assert monitors_from_json(monitors_to_json(monitors)) == monitors


@pytest.mark.parametrize("payload", [b"", b"{}x", b'[{"name": 1}]', b"[1]"])
def test_bytes_that_are_no_monitors_are_corrupt(payload):
    with pytest.raises(Corrupt, match="monitor set"):
        monitors_from_json(payload)


def test_an_embedding_or_a_text_is_watched_as_one():
    series = [
        numeric_signal(f"feature.v/{name}", "feature", VALUES, group="feature.v") for name in ("norm", "distance")
    ]
    vector = Embedding(np.zeros(2), np.ones(2), 1.0)
    bin_set = BinSet((AMOUNT, *series), described={"feature.v": vector})
    options = ModelOptions(thresholds={"v": "group_shift > 0.3"})
    monitors = monitors_for(bin_set, Task.UNKNOWN, options, provisional=False)
    of_vector = [each for each in monitors if each.signal == "feature.v" and each.rule.kind is not RuleKind.TREND]
    assert [each.statistic for each in of_vector] == ["group_shift", "missing_rate", "mistyped_rate"]
    assert (of_vector[0].rule.kind, of_vector[0].rule.fire) == (RuleKind.FIXED, 0.3)
    assert not any("/" in each.name for each in monitors)


def test_segments_watch_an_embedding_by_its_own_name():
    series = [
        numeric_signal(f"feature.v/{name}", "feature", VALUES, group="feature.v") for name in ("norm", "distance")
    ]
    bin_set = BinSet((AMOUNT, *series))
    assert signals_to_watch(bin_set, ModelOptions(), {"feature.v/distance": 0.5}) == ("feature.v", "feature.amount")
    assert signals_to_watch(bin_set, ModelOptions(segment_signals=("v",)), {}) == ("feature.v",)
