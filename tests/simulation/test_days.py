"""Days of simulated traffic through the whole pipeline, on a clock of our own."""

import json
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, blanked, shifted, times

from seamark.clock import DAY_US, HOUR_US
from seamark.notify.notifier import DeliveryFailed, Notifier, Receiver, notifiers
from seamark.pipeline.judge import Judge
from seamark.pipeline.tick import Pipeline
from seamark.profile.rebin import seed
from seamark.query.questions import Questions
from seamark.records.incident import IncidentState
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.records.signals import Layer
from seamark.records.window import Window
from seamark.stats.profile import Profile

EVER = Window(0, 2**62)


@pytest.mark.parametrize("seed", range(3))
def test_quiet_days_raise_nothing(seed):
    served = ServedModel(seed)
    served.run(4 * 24, tick_hours=2)
    assert served.model.window_us == HOUR_US
    assert served.alerts() == []
    assert served.incidents() == []


def test_a_unit_change_upstream_is_one_incident_that_names_the_feature():
    served = ServedModel(11, faults=[(40, times("feature.amount", 100.0))])
    served.run(44)
    (incident,) = served.incidents()
    assert incident.causes[0].subject == "feature.amount"
    assert incident.onset_us == START_US + 40 * HOUR_US
    assert incident.opened_us == START_US + 42 * HOUR_US + 600_000_000
    assert {"feature.amount:jensen_shannon", "feature.amount:out_of_range_rate"} <= served.firing()
    unmoved = " ".join(incident.causes[0].counter_evidence)
    assert all(name in unmoved for name in ("age", "tenure", "visits", "country", "device"))


def test_an_incident_resolves_when_the_fault_is_repaired():
    repaired = [(40, shifted("feature.age", 15.0)), (50, shifted("feature.age", -15.0))]
    served = ServedModel(12, faults=repaired)
    served.run(56)
    (incident,) = served.incidents()
    assert incident.state is IncidentState.RESOLVED
    assert incident.resolved_us == START_US + 52 * HOUR_US + 600_000_000
    assert served.firing() == set()


def test_missing_values_are_an_alert_of_their_own():
    served = ServedModel(13, faults=[(30, blanked("feature.tenure", 0.3))])
    served.run(34)
    assert "feature.tenure:missing_rate" in served.firing()
    assert "feature.tenure:jensen_shannon" not in served.firing()


def test_text_in_a_numeric_feature_is_counted_as_mistyped_and_told():
    def broken(rng, columns):
        return {**columns, "feature.age": np.array([f"{age:.0f} years" for age in columns["feature.age"]])}

    served = ServedModel(14, faults=[(30, broken)])
    served.run(34)
    assert "feature.age:mistyped_rate" in served.firing()


def test_a_new_category_is_told():
    def moved(rng, columns):
        country = columns["feature.country"].copy().astype("<U3")
        country[rng.random(len(country)) < 0.15] = "UK"
        return {**columns, "feature.country": country}

    served = ServedModel(15, faults=[(30, moved)])
    served.run(34)
    assert "feature.country:unseen_rate" in served.firing()


def test_features_that_stop_going_together_are_a_joint_shift_though_none_moves():
    def correlated(rng, rows):
        base = rng.normal(size=(rows, 4))
        mixed = {f"feature.x{i}": base[:, 0] + 0.5 * base[:, i] for i in range(4)}
        return {**mixed, "prediction": (base[:, 0] > 0).astype(float)}

    def scrambled(rng, columns):
        return {name: rng.permutation(values) if "feature" in name else values for name, values in columns.items()}

    served = ServedModel(16, columns=correlated, rows_an_hour=600, faults=[(30, scrambled)])
    served.run(36)
    assert served.firing() == {"joint:joint_shift"}
    (incident,) = served.incidents()
    assert incident.title == "how the features go together drifted"


def test_scores_that_cluster_near_one_half_are_told():
    def unsure(rng, columns):
        return {**columns, "score": 0.5 + (columns["score"] - 0.5) * 0.2}

    served = ServedModel(17, faults=[(30, unsure)])
    served.run(34)
    assert {"score:near_half_share", "score:jensen_shannon", "confidence:jensen_shannon"} <= served.firing()
    assert {alert.layer for alert in served.alerts()} == {Layer.MODEL}


def test_traffic_that_stops_is_told_and_resolves_nothing():
    served = ServedModel(18, rows_an_hour=220, faults=[(24 * 8, shifted("feature.age", 15.0))])
    served.run(24 * 8, tick_hours=12)
    served.run(4)
    assert "feature.age:jensen_shannon" in served.firing()
    served.run(6, rows=0)
    assert {"traffic:volume", "feature.age:jensen_shannon"} <= served.firing()
    age = next(a for a in served.alerts() if a.monitor == "feature.age:jensen_shannon")
    assert age.no_data


def test_too_few_rows_are_neither_alarm_nor_health():
    served = ServedModel(19, options=ModelOptions(window_seconds=3600), rows_an_hour=20)
    served.faults = [(0, times("feature.amount", 100.0))]
    served.run(30)
    assert served.alerts() == []
    overview = Questions(served.store).overview(
        PROJECT, NAME, window=None, version="", segment="", now_us=served.now_us
    )
    row = overview["signals"]["monitor"].index("feature.amount:jensen_shannon")
    assert set(overview["cells"]["status"][row]) == {3}


def test_a_regression_is_watched_by_the_mean_of_what_it_answers():
    def prices(rng, rows):
        size = rng.normal(100, 20, rows)
        return {"feature.size": size, "prediction": 2_000 * size + rng.normal(0, 10_000, rows)}

    served = ServedModel(20, columns=prices, faults=[(30, shifted("prediction", 20_000.0))])
    served.run(34)
    assert served.model.task is Task.REGRESSION
    assert "prediction:mean_shift" in served.firing()


def test_a_multiclass_model_is_watched_by_shares_scores_and_confidence():
    def classes(rng, rows, tilt=0.0):
        logits = rng.normal([1.0 + tilt, 0.5, 0.0], size=(rows, 3))
        scores = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
        names = np.array(["cat", "dog", "owl"])
        columns = {f"score.{name}": scores[:, i] for i, name in enumerate(names)}
        return {"prediction": names[scores.argmax(axis=1)], **columns}

    served = ServedModel(21, columns=classes, faults=[(30, lambda rng, c: classes(rng, len(c["prediction"]), 2.0))])
    served.run(34)
    assert served.model.task is Task.MULTICLASS
    expected = {"prediction:class_share:cat", "score.cat:jensen_shannon", "confidence.margin:jensen_shannon"}
    assert expected <= served.firing()


def test_a_model_without_a_reference_learns_one_and_says_that_it_is_provisional():
    served = ServedModel(22, reference_rows=0, faults=[(40, times("feature.amount", 100.0))])
    served.run(44)
    assert {alert.monitor for alert in served.alerts()} >= {"feature.amount:jensen_shannon"}
    assert all(alert.provisional for alert in served.alerts())


def test_a_fixed_threshold_of_the_owner_counts_instead():
    strict = ModelOptions(thresholds={"age": "psi > 0.2"})
    shift = shifted("feature.age", 4.0)
    watched, by_default = ServedModel(23, options=strict, faults=[(30, shift)]), ServedModel(23, faults=[(30, shift)])
    watched.run(36)
    by_default.run(36)
    assert not any(monitor.startswith("feature.age") for monitor in watched.firing())
    assert "feature.age:jensen_shannon" in by_default.firing()
    big = ServedModel(24, options=strict, faults=[(30, shifted("feature.age", 10.0))])
    big.run(34)
    assert "feature.age:psi" in big.firing()


def test_new_words_of_the_owner_take_effect_without_losing_history():
    served = ServedModel(25)
    served.run(10)
    served.configure(thresholds={"*": "ks > 0.3"})
    served.run(10)
    sets = {block.monitor_set for block in served.store.slow.evaluations(PROJECT, NAME, EVER)}
    assert len(sets) == 2
    names = Questions(served.store).overview(PROJECT, NAME, window=None, version="", segment="", now_us=served.now_us)[
        "signals"
    ]["monitor"]
    assert "feature.age:ks" in names
    assert "feature.country:jensen_shannon" in names, "ks does not suit categories: the default stays"


def test_a_rolling_baseline_forgives_what_lasts():
    def drifting(options):
        served = ServedModel(26, options=options, rows_an_hour=250, faults=[(60, shifted("feature.age", 6.0))])
        served.run(24 * 19, tick_hours=24)
        return served

    assert "feature.age:jensen_shannon" in drifting(ModelOptions()).firing()
    forgiven = drifting(ModelOptions(baseline="rolling"))
    assert any(a.monitor == "feature.age:jensen_shannon" for a in forgiven.alerts())
    assert forgiven.firing() == set()
    newest = Window(forgiven.now_us // HOUR_US * HOUR_US - HOUR_US, forgiven.now_us // HOUR_US * HOUR_US)
    shown = Questions(forgiven.store).distribution(
        PROJECT, NAME, "feature.age", window=newest, version="", segment="", now_us=forgiven.now_us
    )
    assert shown["baseline"] == "the two weeks before this window"
    assert shown["distances"]["jensen_shannon"]["debiased"] < 0.05


def test_late_rows_revise_their_window_and_count_once():
    served = ServedModel(27)
    served.run(10)
    held_back = served.traffic(10, 600)
    served.hour += 1
    served.log(held_back.slice(0, 300))
    served.pipeline.tick(served.now_us)
    served.run(3)
    window = Window(START_US + 10 * HOUR_US, START_US + 11 * HOUR_US)
    before = served.store.slow.evaluations(PROJECT, NAME, window)[0]
    served.log(held_back)
    served.pipeline.tick(served.now_us)
    after = served.store.slow.evaluations(PROJECT, NAME, window)[0]
    assert (before.rows, after.rows, after.late) == (300, 600, True)
    assert after.seq > before.seq
    assert served.model.duplicates == 300


def test_late_rows_revise_a_window_in_the_length_it_was_judged_in():
    served = ServedModel(16, options=ModelOptions(window_seconds=86_400))
    served.run(48)
    served.configure(window_seconds=3_600)
    served.run(6)
    served.log(ServedModel(17).traffic(5, 40))
    served.run(1)
    first = Window(START_US, START_US + DAY_US)
    found = served.store.slow.evaluations(PROJECT, NAME, first)
    assert [(block.window, block.rows, block.late) for block in found] == [(first, 24 * 300 + 40, True)]


def test_history_that_is_filled_in_later_raises_no_old_news():
    served = ServedModel(28, faults=[(0, times("feature.amount", 100.0)), (48, times("feature.amount", 0.01))])
    for hour in range(96):
        served.log(served.traffic(hour, 300))
    served.hour = 96
    served.pipeline.tick(served.now_us)
    assert served.alerts() == []
    evaluated = served.store.slow.evaluations(PROJECT, NAME, EVER)
    assert len(evaluated) == 96


def test_a_condition_found_in_filled_in_history_that_still_lasts_opens_now():
    served = ServedModel(29, faults=[(24, times("feature.amount", 100.0))])
    for hour in range(96):
        served.log(served.traffic(hour, 300))
    served.hour = 96
    served.pipeline.tick(served.now_us)
    (incident,) = served.incidents()
    assert incident.opened_us == served.now_us


def test_a_restart_between_any_two_ticks_changes_nothing():
    def story(restarts):
        served = ServedModel(30, faults=[(30, shifted("feature.age", 15.0))])
        for _ in range(36):
            served.run(1)
            if restarts:
                served.restart()
        return served

    one, other = story(restarts=False), story(restarts=True)
    assert one.incidents() == other.incidents()
    assert one.alerts(opened=False) == other.alerts(opened=False)
    assert one.model == other.model


def test_profiles_of_a_window_are_the_sum_of_what_came():
    served = ServedModel(31)
    served.run(5)
    model = served.model
    bin_set = served.pipeline._absorber.bin_sets.get(PROJECT, NAME, model.bin_set)
    blocks = served.store.slow.profiles(PROJECT, NAME, model.bin_set, EVER)
    total = Profile.total([Profile.from_bytes(block.payload, bin_set) for block in blocks])
    assert total.rows == model.rows == 5 * 300


def test_news_is_told_once_per_incident_and_once_when_it_ends():
    repaired = [(40, shifted("feature.age", 15.0)), (50, shifted("feature.age", -15.0))]
    served = ServedModel(32, faults=repaired)
    console = Receiver("console", "console", notifiers()["console"].options())
    served.pipeline = Pipeline(
        served.store, lambda _p, _m: served.options, receivers={"console": console}, base_url="http://localhost:8420"
    )
    served.run(56)
    assert [delivery.reason for delivery in served.store.post.deliveries()] == ["opened", "resolved"]
    assert {delivery.state.value for delivery in served.store.post.deliveries()} == {"delivered"}


def test_a_retired_model_is_left_in_peace():
    served = ServedModel(33, options=ModelOptions(retired=True), faults=[(0, times("feature.amount", 100.0))])
    served.run(10)
    assert served.store.slow.evaluations(PROJECT, NAME, EVER) == []


def test_weighted_rows_count_as_many_but_are_no_surer():
    def sampled(rng, rows):
        return {"feature.x": rng.normal(size=rows), "weight": np.full(rows, 50.0)}

    served = ServedModel(34, columns=sampled, rows_an_hour=250)
    served.run(48)
    assert served.alerts() == []
    series = Questions(served.store).series(
        PROJECT, NAME, "feature.x:jensen_shannon", window=EVER, now_us=served.now_us
    )
    assert series["points"]["n"][-1] == 250


def test_versions_are_told_apart_on_the_screen():
    served = ServedModel(35)
    served.run(4)
    table = served.traffic(4, 300)
    shadow = table.set_column(2, "version", pa.array(["2"] * 300))
    served.log(shadow)
    served.run(1)
    window = Window(START_US + 4 * HOUR_US, START_US + 5 * HOUR_US)
    answer = Questions(served.store).distribution(
        PROJECT, NAME, "feature.amount", window=window, version="", segment="", now_us=served.now_us
    )
    assert [(each["version"], each["n"]) for each in answer["versions"]] == [("1", 300), ("2", 300)]
    series = Questions(served.store).series(
        PROJECT, NAME, "feature.amount:jensen_shannon", window=None, now_us=served.now_us
    )
    assert [line["version"] for line in series["versions"]] == ["1", "2"]
    assert series["versions"][1]["n"][-1] == 300


def test_a_low_traffic_model_gets_days_and_waits_for_them():
    served = ServedModel(36, rows_an_hour=7, faults=[(24 * 6, times("feature.amount", 100.0))])
    served.run(24 * 9, tick_hours=6)
    assert served.model.window_us == DAY_US
    (incident,) = served.incidents()
    assert abs(incident.onset_us - (START_US + 6 * DAY_US)) <= 12 * HOUR_US


def test_idle_nights_and_weekends_are_no_outage_and_stop_nothing():
    served = ServedModel(40, rows_an_hour=220)
    for hour in range(24 * 16):
        awake = 8 <= hour % 24 < 20 and (hour // 24) % 7 < 5
        served.run(1, rows=220 if awake else 0, tick_hours=24)
    assert served.alerts() == []
    assert served.model.evaluated_through_us == START_US + 24 * 16 * HOUR_US


def test_one_row_from_last_week_stops_nothing():
    served = ServedModel(41)
    served.run(4)
    old = served.traffic(0, 1).set_column(1, "time", pa.array([START_US - 5 * DAY_US], pa.timestamp("us", "UTC")))
    served.log(old)
    served.run(4)
    assert served.model.evaluated_through_us == START_US + 8 * HOUR_US


def test_late_rows_do_not_tell_a_resolved_story_again():
    repaired = [(40, shifted("feature.age", 15.0)), (46, shifted("feature.age", -15.0))]
    served = ServedModel(42, faults=repaired)
    served.run(52)
    (before,), alerts = served.incidents(), served.alerts(opened=False)
    assert before.state is IncidentState.RESOLVED
    for hour in (40, 41, 42):
        late = served.traffic(hour, 40)
        served.log(late.set_column(0, "id", pa.array([f"late-{hour}-{i}" for i in range(40)])))
    served.run(2)
    assert served.incidents() == [before]
    assert served.alerts(opened=False) == alerts


def test_an_alert_whose_threshold_was_changed_ends_with_its_incident():
    served = ServedModel(43, faults=[(30, shifted("feature.age", 15.0))])
    served.run(34)
    assert served.incidents()[0].state is IncidentState.OPEN
    served.configure(thresholds={"age": "psi > 50"})
    served.run(4)
    assert not any("age:jensen" in monitor or "age:psi" in monitor for monitor in served.firing())


def test_an_incident_of_a_retired_model_ends():
    served = ServedModel(44, faults=[(30, shifted("feature.age", 15.0))])
    served.run(34)
    served.configure(retired=True)
    served.run(1)
    assert served.firing() == set()
    assert served.incidents()[0].state is IncidentState.RESOLVED


def test_a_baseline_of_stored_traffic_takes_effect_without_new_rows():
    served = ServedModel(45)
    served.run(6)
    before = served.model.bin_set
    wish = {"action": "baseline", "from_us": START_US, "to_us": START_US + 4 * HOUR_US, "version": None}
    served.store.log.append([LogEntry(EntryKind.ACTION, PROJECT, NAME, served.now_us, 0, json.dumps(wish).encode())])
    served.pipeline.tick(served.now_us)
    assert served.model.bin_set > before


def test_a_new_reference_takes_effect_under_steady_traffic():
    served = ServedModel(46)
    served.run(3)
    before = served.model.bin_set
    served.log(served.traffic(99, 5_000), EntryKind.REFERENCE)
    for part in range(20):
        served.log(served.traffic(100 + part, 50))
        served.pipeline.slow_lane(served.now_us)
    assert served.model.bin_set > before


def test_the_backlog_of_one_model_does_not_hold_up_another():
    slow = ServedModel(47, name="aardvark")
    quick = ServedModel(48, name="zebra", store=slow.store)
    for hour in range(600):
        slow.log(slow.traffic(hour, 10))
    slow.hour = quick.hour = 600
    quick.log(quick.traffic(599, 300))
    slow.configure(window_seconds=3600)
    for _ in range(6):
        slow.pipeline.slow_lane(slow.now_us)
    assert quick.model.evaluated_through_us is not None
    assert slow.model.evaluated_through_us is not None


def test_a_model_that_cannot_be_judged_does_not_stop_the_others(caplog):
    broken = ServedModel(49, name="aardvark")
    sound = ServedModel(50, name="zebra", store=broken.store)
    broken.run(4)
    broken.options = replace(broken.options, thresholds={"age": "nonsense > 1"})
    broken.pipeline._judge = Judge(
        broken.store,
        lambda _project, model: broken.options if model == "aardvark" else sound.options,
        broken.pipeline._judge.bins,
        broken.pipeline._judge.windows,
    )
    for hour in range(5):
        broken.log(broken.traffic(4 + hour, 300))
        sound.log(sound.traffic(hour, 300))
    broken.hour = 9
    for _ in range(3):
        broken.pipeline.slow_lane(broken.now_us)
    assert sound.model.evaluated_through_us == START_US + 9 * HOUR_US
    assert "'aardvark' of project 'default' cannot be judged" in caplog.text


def test_a_receiver_that_was_away_hears_the_story_in_its_order():
    heard, away = [], [True]

    def deliver(_options, message):
        if away[0]:
            raise DeliveryFailed("Nobody is there.")
        heard.append(message.reason)

    repaired = [(40, shifted("feature.age", 15.0)), (46, shifted("feature.age", -15.0))]
    served = ServedModel(51, faults=repaired)
    served.pipeline = Pipeline(
        served.store,
        lambda _p, _m: served.options,
        receivers={"team": Receiver("team", "console", None)},
        base_url="http://localhost:8420",
    )
    served.pipeline.post_office.notifiers = {"console": Notifier("Fake", object, deliver)}
    served.run(50)
    away[0] = False
    served.run(4)
    assert heard == ["opened", "resolved"]


def test_one_row_with_a_wrong_year_makes_no_decades_due():
    served = ServedModel(54, options=ModelOptions(window_seconds=3600))
    served.log(served.traffic(0, 1).set_column(1, "time", pa.array([0], pa.timestamp("us", "UTC"))))
    served.run(6)
    evaluated = served.store.slow.evaluations(PROJECT, NAME, EVER)
    assert len(evaluated) < 1_000
    assert served.model.evaluated_through_us == START_US + 6 * HOUR_US


def test_a_model_that_cannot_be_counted_anew_does_not_stop_the_others(monkeypatch, caplog):
    broken = ServedModel(55, name="aardvark", reference_rows=0)
    sound = ServedModel(56, name="zebra", store=broken.store, reference_rows=0)

    def seed_unless_broken(store, model, options, now_us):
        if model.name == "aardvark":
            raise ValueError("no bins for these values")
        return seed(store, model, options, now_us)

    monkeypatch.setattr("seamark.pipeline.tick.seed", seed_unless_broken)
    for served in (broken, sound):
        served.log(served.traffic(0, 1_500))
    sound.hour = 2
    sound.pipeline.tick(sound.now_us)
    assert sound.model.bin_set is not None
    assert "'aardvark' of project 'default' cannot be counted anew" in caplog.text
