"""What scores let expect of a window before its outcomes come, and how honest the band is."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US, HOUR_US
from seamark.pipeline.tick import Pipeline
from seamark.query.expected import why_none
from seamark.query.questions import Questions
from seamark.records.evaluation import Status
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.quality import QualityOptions
from seamark.records.window import Window
from seamark.stats.scorecard import BINARY, REGRESSION, Scorecard

DAYS, A_DAY = 20, 400
SPAN = Window(START_US, START_US + DAYS * DAY_US)
OPTIONS = ModelOptions(window_seconds=86_400, segments=("country",))


class Story:
    """Twenty days of a model whose scores are probabilities; its outcomes of the first fourteen are known."""

    def __init__(self, known_days=14, options=OPTIONS):
        self.store = memory_store()
        self.pipeline = Pipeline(self.store, lambda _p, _m: options, receivers={}, base_url="http://localhost")
        self.send(predictions(2_000, seed=7, first_hour=-200), EntryKind.REFERENCE)
        table = predictions(A_DAY * DAYS, hours=24 * DAYS, seed=3)
        score = table["score"].to_numpy().copy()
        times = table["time"].cast(pa.int64()).to_numpy()
        score[times >= START_US + 16 * DAY_US] = 0.3 + score[times >= START_US + 16 * DAY_US] / 2  # less sure
        table = table.set_column(table.column_names.index("score"), "score", pa.array(score))
        said = (score > 0.5).astype(float)
        table = table.set_column(table.column_names.index("prediction"), "prediction", pa.array(said))
        self.table = table.append_column("segment.country", table["feature.country"])
        self.score, self.times, self.said = score, times, said
        self.label = (np.random.default_rng(5).random(len(score)) < score).astype(float)
        self.send(self.table)
        self.tell(times < START_US + known_days * DAY_US)
        self.now_us = SPAN.end_us + HOUR_US
        self.pipeline.tick(self.now_us)

    def send(self, table, kind=EntryKind.PREDICTIONS):
        self.store.log.append([entry(table, kind)])

    def tell(self, chosen):
        rows = pa.array(np.flatnonzero(chosen))
        told = {"id": self.table["id"].take(rows), "time": self.table["time"].take(rows)}
        self.send(pa.table({**told, "value.label": pa.array(self.label[chosen])}), EntryKind.OUTCOMES)

    def ask(self, **scope):
        asked = {"version": "", "segment": ""} | scope
        return Questions(self.store).quality(*FRAUD, window=SPAN, now_us=self.now_us, **asked)


@pytest.fixture(scope="module")
def story():
    return Story()


def test_windows_without_outcomes_have_an_estimate_that_their_outcomes_confirm(story):
    answer = story.ask()
    assert answer["metrics"]["accuracy"]["value"][14:] == [None] * 6
    told = answer["estimated"]["metrics"]["accuracy"]
    days = (story.times - START_US) // DAY_US
    right = story.said == story.label
    came_true = [right[days == day].mean() for day in range(DAYS)]
    inside = [low <= real <= high for low, real, high in zip(told["low"], came_true, told["high"], strict=True)]
    assert sum(inside) >= 18, "95 % of the windows lie in their band"
    assert np.mean(told["value"][16:]) < np.mean(told["value"][:16]) - 0.05, "it falls before any outcome says so"
    assert np.mean(told["value"][16:]) == pytest.approx(np.mean(came_true[16:]), abs=0.03)


def test_an_estimate_is_never_shown_without_what_it_cannot_see(story):
    told = story.ask()["estimated"]
    assert "cannot see concept drift" in told["caveat"]
    assert told["source"].startswith("the first 2,0")
    assert told["why"] is None


def test_estimates_of_segments_are_of_their_own_scores(story):
    answers = [story.ask(segment=f"country={name}") for name in ("FR", "US", "BR")]
    rows = np.sum([each["estimated"]["metrics"]["accuracy"]["n"] for each in answers], axis=0)
    assert rows == pytest.approx(story.ask()["estimated"]["metrics"]["accuracy"]["n"])


def test_the_estimate_is_what_calibrated_scores_add_up_to(story):
    """Scores are calibrated here, so the expected accuracy of rows is the mean of what they said, as far as bins go."""
    told = story.ask()["estimated"]["metrics"]["accuracy"]["value"]
    days = (story.times - START_US) // DAY_US
    sure = np.maximum(story.score, 1 - story.score)
    assert told == pytest.approx([sure[days == day].mean() for day in range(DAYS)], abs=0.05)


def test_an_estimate_below_what_is_tolerated_is_a_warning_before_any_outcome_says_so():
    story = Story(options=replace(OPTIONS, quality={"accuracy": QualityOptions(tolerance=0.66, priority="P1")}))
    [alert] = [a for a in story.store.fast.alerts("default", live=True) if a.signal == "estimated.accuracy"]
    assert (alert.state, alert.priority, alert.severity, alert.layer) == ("firing", "P2", "warning", "model")
    assert alert.evidence.start_us >= START_US + 15 * DAY_US
    assert alert.value < alert.threshold == pytest.approx(0.66)
    titles = [incident.title for incident in story.store.fast.incidents("default")]
    assert any("estimated accuracy fell below 0.66" in title for title in titles)
    assert not any(a.signal == "quality.accuracy" for a in story.store.fast.alerts("default"))
    overview = Questions(story.store).overview(*FRAUD, window=None, version="", segment="", now_us=story.now_us)
    place = overview["signals"]["monitor"].index("estimated.accuracy")
    assert overview["signals"]["label"][place] == "estimated accuracy"
    assert overview["cells"]["status"][place][-1] == Status.BREACH


def test_without_enough_outcomes_it_says_what_is_missing():
    answer = Story(known_days=2).ask()
    assert answer["estimated"]["metrics"] == {}
    assert "once 2,000 predictions of complete windows have an outcome" in answer["estimated"]["why"]


def test_models_whose_quality_no_score_tells_are_told_so():
    assert "seamark[estimate]" in why_none(Scorecard(REGRESSION))
    assert why_none(Scorecard(BINARY, ("0", "1"))) == "Quality is estimated from scores, and this model logs none."
    assert why_none(Scorecard(BINARY, ("0", "1"), (np.array([0.5]),))) is None
