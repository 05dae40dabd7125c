"""Which baseline a model has, and what its owner is told about that."""

from __future__ import annotations

import numpy as np
import pytest
from tests.unit.detect.test_evaluate import BASELINE, BIN_SET

from seamark.clock import HOUR_US
from seamark.detect.baselines import choose, season_days, stated
from seamark.detect.calibrated import Watched
from seamark.detect.monitors import monitors_for
from seamark.detect.scoped import scoped
from seamark.errors import InvalidInput
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.stats.channels import SeriesKind


def options(baseline="auto", **baselines):
    return ModelOptions(baseline=baseline, baselines=baselines)


def plan_for(words):
    monitors = monitors_for(BIN_SET, Task.BINARY, words, provisional=False, calibrated_us=HOUR_US)
    return scoped(BIN_SET, monitors, BASELINE, Watched(("country=FR",), ("feature.amount",)))


@pytest.mark.parametrize(
    ("baseline", "weeks", "a_day", "kind", "days", "why"),
    [
        (
            "auto",
            1.2,
            24,
            "seasonal",
            1,
            "each hour of the day, chosen automatically: 1.2 weeks",
        ),
        ("auto", 3.0, 24, "seasonal", 7, "each hour of the week, chosen automatically: 3.0 weeks of history hold it"),
        ("seasonal", 4.0, 4, "seasonal", 7, "each 6 hours of the week, as configured"),
        ("auto", 12.0, 1, "seasonal", 7, "each day of the week"),
        ("auto", 2.0, 1, "rolling", 0, "recent days"),
        ("rolling", 8.0, 24, "rolling", 0, "recent weeks, the newer the more, as configured"),
        ("static", 8.0, 24, "static", 0, "the reference, as configured"),
    ],
)
def test_a_model_has_the_longest_season_its_history_holds_and_says_why(baseline, weeks, a_day, kind, days, why):
    found = choose(options(baseline), weeks, a_day)
    assert (found.kind, found.season_days) == (kind, days)
    assert why in found.why


def test_traffic_has_a_season_whatever_the_rest_is_compared_with_unless_it_is_stated():
    assert season_days(options("static"), 8.0, 24) == season_days(options("rolling"), 8.0, 24) == 7
    assert season_days(options("static", traffic="rolling"), 8.0, 24) == 0
    assert season_days(options("auto"), 1.5, 24) == 1


def test_a_signal_with_another_baseline_is_named():
    words = options("static", amount="seasonal", score="rolling")
    assert choose(words, 8.0, 24).why == "the reference, as configured; amount: seasonal; score: rolling"
    assert season_days(words, 8.0, 24) == 7


def test_a_signal_s_own_baseline_goes_before_the_model_s_with_and_without_its_prefix():
    words = ModelOptions(baseline="rolling", baselines={"feature.amount": "static", "country": "seasonal"})
    found = [words.baseline_of(name) for name in ("feature.amount", "feature.country", "feature.age", "score")]
    assert found == ["static", "seasonal", "rolling", "rolling"]


@pytest.mark.parametrize("said", [{"*": "static"}, {"amount": "static", "feature.amount": "rolling"}])
def test_a_baseline_for_everything_or_two_for_one_signal_are_refused(said):
    with pytest.raises(InvalidInput, match="baselines"):
        ModelOptions(baselines=said)


def test_a_feature_called_like_an_answer_is_a_signal_of_its_own():
    words = ModelOptions(thresholds={"score": "psi > 0.2", "feature.score": "ks > 0.1"})
    assert len(words.thresholds) == 2


def test_only_whole_traffic_is_compared_with_the_reference_and_never_a_value():
    plan = plan_for(options("static"))
    cells = plan.cells_of(BASELINE)
    static, rolling = stated(plan, options("static"), cells, np.ones(len(plan.layout), np.bool_))
    of_whole = np.arange(len(plan.layout)) < len(plan.whole.layout)
    values = plan.layout.kinds == SeriesKind.VALUE
    assert ((static.flat_rows > 0) == (of_whole & ~values)).all()
    assert rolling.tolist() == [monitor.signal != "traffic" for _, monitor in plan.of_series]


def test_what_nothing_may_teach_falls_back_on_the_reference_alone():
    words = options("auto")
    plan = plan_for(words)
    taught = np.ones(len(plan.layout), np.bool_)
    taught[0] = False
    static, rolling = stated(plan, words, plan.cells_of(BASELINE), taught)
    assert np.flatnonzero(static.flat_rows > 0).tolist() == [0]
    assert not rolling.any()
