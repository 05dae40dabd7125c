"""How good were the answers: read from the blocks, per window, and honest about what is not known yet."""

import logging
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.profile.traffic import FRAUD, START_US, entry, memory_store, predictions

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import NotFound
from seamark.pipeline.tick import Pipeline
from seamark.query.measurements import measurements
from seamark.query.models import models
from seamark.query.questions import Questions
from seamark.records.business import BusinessOptions
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.window import Window

DAYS, AN_HOUR = 4, 60
SPAN = Window(START_US, START_US + DAYS * DAY_US)
OPTIONS = ModelOptions(window_seconds=21_600, segments=("country",))


class Story:
    """Four days of two versions; each prediction's outcome comes three hours after it."""

    def __init__(self):
        self.store, self.options = memory_store(), OPTIONS
        self.begin()
        self.send(predictions(2_000, seed=7, first_hour=-200), EntryKind.REFERENCE)
        parts = [
            predictions(AN_HOUR * 24 * DAYS // 2, hours=24 * DAYS, seed=seed, version=str(seed)) for seed in (1, 2)
        ]
        table = pa.concat_tables(parts)
        self.table = table.append_column("segment.country", table["feature.country"])
        score = self.table["score"].to_numpy()
        self.label = (np.random.default_rng(3).random(len(score)) < score).astype(float)
        self.send(self.table)

    def begin(self, **business):
        """Start (again), with these business metrics declared."""
        self.options = replace(self.options, business=business)
        options = self.options
        self.pipeline = Pipeline(self.store, lambda _p, _m: options, receivers={}, base_url="http://localhost")

    def send(self, table, kind=EntryKind.PREDICTIONS):
        self.store.log.append([entry(table, kind)])

    def tell(self, chosen, *, delay_us=3 * HOUR_US, label=None):
        """The outcomes of some rows."""
        rows = self.table.filter(pa.array(chosen))
        times = rows["time"].cast(pa.int64()).to_numpy() + delay_us
        self.send(
            pa.table(
                {
                    "id": rows["id"],
                    "time": pa.array(times, pa.timestamp("us", "UTC")),
                    "value.label": pa.array((self.label if label is None else label)[chosen]),
                }
            ),
            EntryKind.OUTCOMES,
        )

    def review(self, chosen):
        rows = self.table.filter(pa.array(chosen)).select(["id", "time"])
        self.send(rows.append_column("value.reviewed", pa.array([True] * rows.num_rows)), EntryKind.OUTCOMES)

    def made_before(self, us):
        return self.table["time"].cast(pa.int64()).to_numpy() < us

    def ask(self, now_us=SPAN.end_us, window=SPAN, **scope):
        self.pipeline.tick(now_us)
        asked = {"version": "", "segment": ""} | scope
        return Questions(self.store).quality(*FRAUD, window=window, now_us=now_us, **asked)

    def accuracy(self, chosen=None):
        right = (self.table["prediction"].to_numpy() == self.label)[slice(None) if chosen is None else chosen]
        return right.mean()


@pytest.fixture
def story():
    return Story()


def test_the_metrics_of_each_window_are_those_of_its_rows(story):
    story.tell(story.made_before(SPAN.end_us))
    answer = story.ask(SPAN.end_us + DAY_US)
    assert (answer["task"], answer["outcome"], answer["classes"], answer["why"]) == (
        "binary",
        "label",
        ["0", "1"],
        None,
    )
    assert answer["window_ms"] == 6 * 3_600_000
    assert len(answer["windows"]["start_ms"]) == 4 * DAYS
    times = story.table["time"].cast(pa.int64()).to_numpy()
    for place, start_ms in enumerate(answer["windows"]["start_ms"]):
        inside = (times >= start_ms * 1000) & (times < start_ms * 1000 + 6 * HOUR_US)
        assert answer["windows"]["rows"][place] == answer["windows"]["joined"][place] == inside.sum()
        assert answer["metrics"]["accuracy"]["value"][place] == pytest.approx(story.accuracy(inside))
    whole = answer["overall"]["metrics"]["accuracy"]
    assert whole["value"] == pytest.approx(story.accuracy())
    assert whole["low"] < whole["value"] < whole["high"]
    assert all(answer["windows"]["complete"])


def test_a_correction_changes_the_window_of_its_prediction(story):
    story.tell(story.made_before(SPAN.end_us))
    before = story.ask()["overall"]["metrics"]["accuracy"]["value"]
    story.tell(story.made_before(START_US + HOUR_US), label=1 - story.label, delay_us=5 * HOUR_US)
    after = story.ask()
    story.label = np.where(story.made_before(START_US + HOUR_US), 1 - story.label, story.label)
    assert after["overall"]["metrics"]["accuracy"]["value"] == pytest.approx(story.accuracy()) != before
    assert after["overall"]["joined"] == story.table.num_rows


def test_versions_and_segments_are_parts_of_the_whole(story):
    story.tell(story.made_before(START_US + DAY_US))
    whole = story.ask()["overall"]["joined"]
    assert whole == story.made_before(START_US + DAY_US).sum()
    assert sum(story.ask(version=each)["overall"]["joined"] for each in ("1", "2")) == whole
    assert sum(story.ask(segment=f"country={each}")["overall"]["joined"] for each in ("FR", "US", "BR")) == whole
    with pytest.raises(NotFound, match="has no segment"):
        story.ask(segment="country=XX")


def test_a_window_whose_outcomes_are_still_to_come_is_incomplete(story):
    now_us = SPAN.end_us
    story.tell(story.made_before(now_us - 3 * HOUR_US))
    complete = story.ask(now_us)["windows"]["complete"]
    assert complete[:-1] == [True] * (4 * DAYS - 1)
    assert complete[-1] is False


def test_a_window_whose_outcomes_fail_to_come_is_incomplete(story):
    day = Window(START_US + 2 * DAY_US, START_US + 3 * DAY_US)
    lost = story.made_before(day.end_us) & ~story.made_before(day.start_us)
    story.tell(~lost)
    answer = story.ask(SPAN.end_us + DAY_US)
    assert answer["windows"]["complete"] == [True] * 8 + [False] * 4 + [True] * 4
    assert answer["windows"]["joined"][8:12] == [0] * 4
    assert answer["metrics"]["accuracy"]["value"][8:12] == [None] * 4
    assert answer["windows"]["expected"][8] > 0.5 * answer["windows"]["rows"][8]


def test_a_share_of_predictions_with_an_outcome_is_all_there_is_to_wait_for(story):
    story.tell(np.arange(story.table.num_rows) % 10 == 0)
    answer = story.ask(SPAN.end_us + DAY_US)
    assert sum(answer["windows"]["complete"]) > 3 * DAYS
    assert answer["overall"]["expected"] == pytest.approx(0.1 * story.table.num_rows, rel=0.1)


def test_it_says_why_there_is_nothing_to_tell(story):
    assert "has come yet" in story.ask()["why"]
    story.send(
        pa.table(
            {
                "id": ["nobody"],
                "time": pa.array([START_US], pa.timestamp("us", "UTC")),
                "value.label": pa.array([1.0]),
            }
        ),
        EntryKind.OUTCOMES,
    )
    answer = story.ask()
    assert "has met its prediction" in answer["why"]
    assert (answer["windows"]["start_ms"], answer["metrics"], answer["task"]) == ([], {}, None)
    assert answer["outcomes"] == {"rows": 1, "matched": 0, "waiting": 1, "expired": 0}
    with pytest.raises(NotFound):
        Questions(story.store).quality(*FRAUD[:1], "nothing", window=None, version="", segment="", now_us=0)


def test_models_and_metrics_tell_what_waits_and_what_has_waited_in_vain(story):
    story.tell(story.made_before(START_US + HOUR_US))
    ids = pa.array(["x", "y", "z", "x"])
    days = (0, 0, 50, 3)
    times = pa.array([START_US + day * DAY_US for day in days], pa.timestamp("us", "UTC"))
    story.send(pa.table({"id": ids, "time": times, "value.label": pa.array([1.0] * 4)}), EntryKind.OUTCOMES)
    story.ask()
    matched = int(story.made_before(START_US + HOUR_US).sum())
    now_us = START_US + 92 * DAY_US
    [model] = models(story.store, "default", now_us=now_us)["models"]
    assert model["outcomes"] == {"rows": matched + 4, "matched": matched, "waiting": 1, "expired": 2}
    found = {each.name: dict(each.samples) for each in measurements(story.store, now_us=now_us)}
    assert found["seamark_outcomes"][FRAUD] == matched + 4
    assert found["seamark_outcome_ids"] == {
        (*FRAUD, "matched"): matched,
        (*FRAUD, "waiting"): 1,
        (*FRAUD, "expired"): 2,
    }


def test_the_default_range_is_that_of_the_overview(story):
    story.tell(story.made_before(SPAN.end_us))
    assert story.ask(window=None)["overall"]["rows"] == story.table.num_rows


AMOUNT = BusinessOptions("amount", where="outcome = 1")
REVIEWED = BusinessOptions("reviewed", "age")


def test_a_metric_that_is_declared_later_is_counted_over_stored_rows_and_kept_up(story):
    early = story.made_before(START_US + 2 * DAY_US)
    story.tell(early)
    assert story.ask()["business"] == {}
    story.begin(amount=AMOUNT)
    for told in (early, np.ones_like(early)):
        story.tell(told)
        answer = story.ask()
        chosen = told & (story.label == 1)
        found = answer["overall"]["metrics"]["amount"]
        assert found["value"] == pytest.approx(story.table["feature.amount"].to_numpy()[chosen].mean(), abs=1e-3)
        assert (found["n"], answer["business"]) == (chosen.sum(), {"amount": None})
    parts = [story.ask(version=version)["overall"]["metrics"]["amount"]["n"] for version in ("1", "2")]
    assert sum(parts) == chosen.sum()
    assert sum(answer["metrics"]["amount"]["n"]) == chosen.sum()


def test_a_metric_that_is_no_longer_declared_is_gone(story):
    story.begin(amount=AMOUNT, other=REVIEWED)
    story.tell(story.made_before(SPAN.end_us))
    assert set(story.ask()["business"]) == {"amount", "other"}
    story.begin(other=REVIEWED)
    answer = story.ask()
    assert (set(answer["business"]), "amount" in answer["metrics"]) == ({"other"}, False)


def test_a_metric_waits_for_the_value_it_names_and_says_so_once(story, caplog):
    caplog.set_level(logging.WARNING, "seamark.profile")
    story.begin(reviewed=REVIEWED)
    first = story.made_before(START_US + DAY_US)
    story.tell(first)
    answer = story.ask()
    assert "there is no column 'reviewed'" in answer["business"]["reviewed"]
    assert set(answer["metrics"]["reviewed"]["value"]) == {None}
    assert "reviewed" not in answer["overall"]["metrics"]
    assert answer["overall"]["joined"] == first.sum()
    story.ask()
    [said] = [each.getMessage() for each in caplog.records]
    assert said.startswith(
        "Business metric 'reviewed' of model 'fraud' in project 'default' is not counted yet. Column 1:"
    )
    everything = np.ones_like(first)
    story.tell(everything)
    story.review(everything)
    answer = story.ask()
    ages = story.table["feature.age"].to_numpy()
    assert answer["business"] == {"reviewed": None}
    assert answer["overall"]["metrics"]["reviewed"]["value"] == pytest.approx(1 / ages.mean(), rel=1e-3)
    assert len(caplog.records) == 1
