"""Quality and business metrics are judged when their outcomes are known, against what is tolerated."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US, HOUR_US, MINUTE_US
from seamark.detect.blocks import unpack
from seamark.pipeline.tick import Pipeline
from seamark.query.questions import Questions
from seamark.records.alert import AlertState
from seamark.records.business import BusinessOptions
from seamark.records.evaluation import Status
from seamark.records.incident import IncidentState
from seamark.records.log import EntryKind
from seamark.records.monitor import monitors_from_json
from seamark.records.options import ModelOptions
from seamark.records.quality import QualityOptions
from seamark.records.signals import is_of_outcomes
from seamark.records.window import Window

AN_HOUR = 12
DELAY_US = 2 * DAY_US
ALL_TIME = Window(START_US - 400 * DAY_US, START_US + 400 * DAY_US)
STATED = ModelOptions(window_seconds=21_600, quality={"accuracy": QualityOptions(tolerance=0.75)})


class Story:
    """A model whose answers are right as often as the story tells, and outcomes that come `DELAY_US` later."""

    def __init__(self, options=STATED, days=14, seed=1):
        self.options, self.store, self.random = options, memory_store(), np.random.default_rng(seed)
        self.pipeline = Pipeline(self.store, lambda _p, _m: self.options, receivers={}, base_url="http://localhost")
        self.send(predictions(2_000, seed=7, first_hour=-200), EntryKind.REFERENCE)
        table = predictions(AN_HOUR * 24 * days, hours=24 * days, seed=seed)
        self.table = table.append_column("segment.country", table["feature.country"])
        self.times = self.table["time"].cast(pa.int64()).to_numpy()
        self.said = self.table["prediction"].to_numpy()
        self.now_us = START_US

    def send(self, table, kind=EntryKind.PREDICTIONS):
        self.store.log.append([entry(table, kind)])

    def labels(self, accuracy):
        """Outcomes with which so many answers are right; `accuracy` is a number or one for each row."""
        right = self.random.random(len(self.said)) < accuracy
        return np.where(right, self.said, 1 - self.said)

    def tell(self, chosen, labels, delay_us=DELAY_US):
        rows = np.flatnonzero(chosen)
        made = {
            "id": self.table["id"].take(pa.array(rows)),
            "time": pa.array(self.times[rows] + delay_us, pa.timestamp("us", "UTC")),
            "value.label": pa.array(labels[rows]),
        }
        self.send(pa.table(made), EntryKind.OUTCOMES)

    def live(self, until_us, labels, *, step_us=DAY_US, told=None):
        """Predictions and outcomes as they come, a tick every `step_us`; `told`: the rows that ever get an outcome."""
        told = np.ones(len(self.said), dtype=bool) if told is None else told
        while self.now_us < until_us:
            since_us, self.now_us = self.now_us, self.now_us + step_us
            came = (self.times >= since_us) & (self.times < self.now_us)
            if came.any():
                self.send(self.table.filter(pa.array(came)))
            known = (self.times + DELAY_US >= since_us) & (self.times + DELAY_US < self.now_us) & told
            if known.any():
                self.tell(known, labels)
            self.pipeline.tick(self.now_us + 11 * MINUTE_US)

    def alerts(self, *, opened=True):
        found = self.store.fast.alerts("default")
        return [a for a in found if is_of_outcomes(a.signal) and (a.opened_us is not None) == opened]

    def verdicts(self, version="", segment=""):
        """By window: the status of each monitor, and the payload."""
        found = {}
        blocks = self.store.slow.evaluations(*FRAUD, ALL_TIME, version=version, segment=segment, of_outcomes=True)
        for block in blocks:
            monitors = monitors_from_json(self.store.slow.monitor_set(block.monitor_set).payload)
            status = unpack(block)["status"].tolist()
            found[block.window] = ({m.name: Status(s) for m, s in zip(monitors, status, strict=True)}, block.payload)
        return found


def at(story, day, before, after):
    """One accuracy before a day of the story, another from then on."""
    return np.where(story.times < START_US + day * DAY_US, before, after)


def test_an_accuracy_below_what_is_tolerated_alarms_once_its_outcomes_are_known():
    story = Story()
    story.live(START_US + 13 * DAY_US, story.labels(at(story, 8, 0.85, 0.6)))
    [alert] = story.alerts()
    assert (alert.monitor, alert.layer, alert.priority) == ("quality.accuracy", "model", "P2")
    assert START_US + 8 * DAY_US + DELAY_US < alert.opened_us <= START_US + 10 * DAY_US + DELAY_US
    assert alert.value == pytest.approx(0.6, abs=0.08)
    assert alert.threshold == 0.75
    assert START_US + 7.7 * DAY_US < alert.evidence.start_us < START_US + 8.6 * DAY_US
    [incident] = story.store.fast.incidents("default", state=IncidentState.OPEN)
    assert incident.title == "accuracy fell below 0.75"


def test_what_waits_for_its_outcomes_is_shown_so_and_not_judged():
    story = Story()
    story.live(START_US + 10 * DAY_US, story.labels(0.85))
    statuses = [status["quality.accuracy"] for status, _ in story.verdicts().values()]
    judged = [status for status in statuses if status is not Status.AWAITED]
    assert set(judged) == {Status.OK}
    assert statuses[-8:] == [Status.AWAITED] * 8, "two days of windows wait"
    overview = Questions(story.store).overview(*FRAUD, window=None, version="", segment="", now_us=story.now_us)
    row = overview["signals"]["monitor"].index("quality.accuracy")
    assert overview["signals"]["state"][row] == "ok"
    assert overview["signals"]["label"][row] == "accuracy"
    assert overview["cells"]["status"][row][-8:] == [Status.AWAITED] * 8


def test_it_recovers_and_an_answer_keeps_it_silent():
    story = Story(days=20)
    accuracy = at(story, 8, 0.85, 0.6)
    accuracy[story.times >= START_US + 12 * DAY_US] = 0.85
    story.live(START_US + 20 * DAY_US, story.labels(accuracy))
    [alert] = story.alerts()
    assert alert.state is AlertState.RESOLVED
    assert alert.resolved_us < START_US + 18 * DAY_US + DELAY_US


def test_an_improvement_is_no_alarm():
    story = Story()
    story.live(START_US + 13 * DAY_US, story.labels(at(story, 8, 0.8, 0.95)))
    assert story.alerts() == []


def test_where_no_tolerance_is_stated_a_quarter_more_of_what_is_lost_is_tolerated():
    story = Story(replace(STATED, quality={}), days=42)
    story.live(START_US + 40 * DAY_US, story.labels(at(story, 30, 0.8, 0.6)))
    [alert] = [alert for alert in story.alerts() if alert.monitor == "quality.accuracy"]
    assert 0.72 < alert.threshold < 0.76
    assert START_US + 30 * DAY_US + DELAY_US < alert.opened_us < START_US + 34 * DAY_US + DELAY_US


def test_a_business_metric_alarms_in_its_own_layer_and_priority():
    harmful = BusinessOptions("label = 0", where="prediction = 1", better="lower", tolerance=0.3, priority="P1")
    story = Story(replace(STATED, quality={}, business={"harmful": harmful}))
    story.live(START_US + 13 * DAY_US, story.labels(at(story, 8, 0.85, 0.4)))
    found = {alert.monitor: alert for alert in story.alerts()}
    assert (found["business.harmful"].layer, found["business.harmful"].priority) == ("business", "P1")
    [incident] = story.store.fast.incidents("default")
    assert "harmful rose above 0.3" in incident.title
    assert incident.priority == "P1"


def test_a_segment_alarms_that_all_traffic_hides():
    story = Story(replace(STATED, segments=("country",)))
    brazil = np.array(story.table["segment.country"].to_pylist()) == "BR"
    accuracy = np.where(brazil & (story.times >= START_US + 8 * DAY_US), 0.6, 0.9)
    story.live(START_US + 13 * DAY_US, story.labels(accuracy))
    assert {alert.segment for alert in story.alerts()} == {"country=BR"}
    [incident] = story.store.fast.incidents("default")
    assert incident.title == "accuracy fell below 0.75 in country=BR"
    overview = Questions(story.store).overview(
        *FRAUD, window=None, version="", segment="country=BR", now_us=story.now_us
    )
    assert "outcomes" not in overview["signals"]["monitor"]
    assert overview["signals"]["state"][overview["signals"]["monitor"].index("quality.accuracy")] == "firing"


def test_outcomes_that_stop_are_an_alert_of_its_own():
    story = Story()
    told = story.times < START_US + 9 * DAY_US
    story.live(START_US + 13 * DAY_US, story.labels(0.85), told=told)
    [alert] = story.alerts()
    assert (alert.monitor, alert.layer, alert.value) == ("outcomes", "data", 1.0)
    assert START_US + 9 * DAY_US + DELAY_US < alert.opened_us < START_US + 12 * DAY_US + DELAY_US
    [incident] = story.store.fast.incidents("default")
    assert incident.title == "outcomes are late"


def test_nothing_opens_about_a_past_that_is_told_at_once():
    """A year of old outcomes is no news, as far as the newest are fine."""
    story = Story(days=30)
    accuracy = at(story, 5, 0.85, 0.6)
    accuracy[story.times >= START_US + 10 * DAY_US] = 0.85
    story.send(story.table)
    story.tell(np.ones(len(story.said), dtype=bool), story.labels(accuracy))
    story.pipeline.tick(START_US + 33 * DAY_US)
    assert story.alerts() == []
    assert Status.BREACH in {status["quality.accuracy"] for status, _ in story.verdicts().values()}


def test_judging_corrections_one_by_one_equals_judging_all_in_one_go():
    options = replace(STATED, segments=("country",))

    @settings(max_examples=3, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.5, 0.9, 1.0])), min_size=1, max_size=3))
    def law(corrections):
        one, other = Story(options, days=6), Story(options, days=6)
        labels = one.labels(0.8)
        one.live(START_US + 8 * DAY_US, labels)
        for number, (day, accuracy) in enumerate(corrections, start=1):
            again = (one.times // DAY_US - START_US // DAY_US) == day
            labels = np.where(again, one.labels(accuracy), labels)
            one.tell(again, labels, DELAY_US + number * MINUTE_US)
            one.pipeline.tick(one.now_us + number * HOUR_US)
        end_us = one.now_us + (len(corrections) + 2) * HOUR_US
        one.pipeline.tick(end_us)
        other.send(other.table)
        other.tell(np.ones(len(labels), dtype=bool), labels)
        other.pipeline.tick(end_us)
        for segment in ("", *(f"country={name}" for name in ("FR", "US", "BR"))):
            assert one.verdicts(segment=segment) == other.verdicts(segment=segment)

    law()
