"""Which metrics are held to a tolerance, how, and what a window is told to be."""

from dataclasses import replace

import numpy as np
import pytest

from seamark.clock import DAY_US, HOUR_US
from seamark.detect.outcomes import EPOCH_US, Told, begin_of_evidence, gather, judged
from seamark.detect.tolerated import learned_monitor, shape_of, tolerance_from, tolerance_monitors, watched_metrics
from seamark.errors import InvalidInput
from seamark.records.business import BusinessOptions
from seamark.records.evaluation import Status
from seamark.records.monitor import RuleKind, monitors_from_json, monitors_to_json
from seamark.records.options import ModelOptions
from seamark.records.quality import QualityOptions
from seamark.records.window import Window
from seamark.stats.intervals import Metric, share
from seamark.stats.tolerance import Shape

CLICKS = BusinessOptions("clicked", better="higher", tolerance=0.1)
SHARE_OF_CLICKS = BusinessOptions("clicked = 1", tolerance=0.1)
WORTH = BusinessOptions(matrix={"1/1": 3.0})
OPTIONS = ModelOptions(
    quality={"accuracy": QualityOptions(0.9, "P1"), "mae": QualityOptions(3.0), "f1": QualityOptions(0.8)},
    business={"clicks": CLICKS, "share_of_clicks": SHARE_OF_CLICKS, "worth": WORTH},
)


def told(rates, complete=None, n=200.0):
    """One monitor's windows of an hour, with these accuracies."""
    windows = [
        Window(EPOCH_US * 700 + hour * HOUR_US, EPOCH_US * 700 + (hour + 1) * HOUR_US) for hour in range(len(rates))
    ]
    figures = np.array([[(m.value, m.low, m.high, m.n) for m in (share(rate, n) for rate in rates)]])
    nothing = np.full(len(rates), np.nan)
    known = np.ones(len(rates), dtype=bool) if complete is None else np.array(complete)
    return Told(windows, known, figures, np.full(figures.shape, np.nan), nothing, np.zeros(len(rates)))


def statuses(told_, options=OPTIONS):
    monitors = tolerance_monitors(["accuracy"], {}, options)[:1]
    evidence = gather(monitors, told_, options, scopes=1)
    return [Status(int(judged(monitors, told_, evidence, n, {})["status"][0])) for n in range(len(told_.windows))]


def test_what_is_stated_is_watched_and_what_every_such_model_has():
    assert watched_metrics("binary", [], ModelOptions()) == ["accuracy", "auc"]
    assert watched_metrics("regression", ["worth", "unknown"], OPTIONS) == ["accuracy", "mae", "f1", "worth"]


def test_a_stated_tolerance_is_the_threshold_and_others_wait_until_they_are_learned():
    monitors = {m.name: m for m in tolerance_monitors(["accuracy", "auc", "clicks"], {}, OPTIONS)}
    assert list(monitors) == ["quality.accuracy", "business.clicks", "outcomes"]
    accuracy = monitors["quality.accuracy"]
    assert (accuracy.rule.fire, accuracy.rule.kind, accuracy.rule.priority) == (0.9, RuleKind.SEQUENTIAL, "P1")
    assert (accuracy.better, accuracy.rule.breaches, accuracy.rule.of) == ("higher", 1, 1)
    learned = {"auc": learned_monitor("auc", 0.8, OPTIONS)}
    assert [m.name for m in tolerance_monitors(["auc"], learned, OPTIONS)] == ["quality.auc", "outcomes"]
    assert monitors_from_json(monitors_to_json(monitors.values())) == tuple(monitors.values())


@pytest.mark.parametrize(
    ("metric", "shape"),
    [
        ("accuracy", Shape.SHARE),
        ("mae", Shape.MEAN),
        ("f1", Shape.ESTIMATE),
        ("share_of_clicks", Shape.SHARE),
        ("clicks", Shape.ESTIMATE),
    ],
)
def test_evidence_is_exact_where_rows_are_bounded_or_losses(metric, shape):
    [monitor, _] = tolerance_monitors([metric], {}, OPTIONS)
    assert shape_of(monitor, OPTIONS) is shape


def test_what_has_no_best_value_may_lose_a_quarter_of_its_size():
    assert tolerance_from("worth", Metric(4.0, 4.0, 4.0, 900), OPTIONS) == pytest.approx(3.0)
    assert tolerance_from("auc", Metric(0.9, 0.9, 0.9, 900), OPTIONS) == pytest.approx(0.875)


def test_evidence_gathers_until_it_alarms_and_is_gone_soon_after_its_cause():
    found = statuses(told([0.93] * 30 + [0.84] * 20 + [0.93] * 60))
    assert set(found[:30]) == {Status.OK}
    assert found[40:50] == [Status.BREACH] * 10
    assert found[-1] is Status.OK


def test_windows_that_wait_are_not_judged_and_say_nothing():
    complete = [True] * 10 + [False] * 20
    assert statuses(told([0.93] * 10 + [0.2] * 20, complete)) == [Status.OK] * 10 + [Status.AWAITED] * 20


def test_what_is_said_of_a_window_is_a_function_of_eight_weeks_at_most():
    assert begin_of_evidence(EPOCH_US * 700 + 5 * DAY_US) == EPOCH_US * 699
    a_month = EPOCH_US // HOUR_US
    rates = np.where(np.arange(3 * a_month) % 300 < 12, 0.83, 0.93).tolist()
    whole = told(rates)
    later = replace(
        whole,
        windows=whole.windows[a_month:],
        complete=whole.complete[a_month:],
        figures=whole.figures[:, a_month:],
    )
    monitors = tolerance_monitors(["accuracy"], {}, OPTIONS)[:1]
    all_of_it, less = (gather(monitors, each, OPTIONS, scopes=1).share[0] for each in (whole, later))
    assert (all_of_it[2 * a_month :] == less[a_month:]).all()
    assert all_of_it.max() > 1


@pytest.mark.parametrize(
    ("metric", "tolerance"), [("accuracy", 1.0), ("accuracy", 0.0), ("mae", 0.0), ("r2", 1.5), ("bias", 0.1)]
)
def test_a_tolerance_that_no_value_of_the_metric_could_pass_is_refused(metric, tolerance):
    with pytest.raises(InvalidInput, match="quality must be"):
        ModelOptions(quality={metric: QualityOptions(tolerance)})
