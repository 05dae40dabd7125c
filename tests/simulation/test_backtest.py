"""The past, played: what a backtest tells is what was told at the time."""

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from tests.simulation.served_model import NAME, PROJECT, START_US, ServedModel, blanked, shifted

from seamark.clock import DAY_US, HOUR_US
from seamark.errors import InvalidInput
from seamark.pipeline.backtest.counted import count_history, notes_on, window_for
from seamark.pipeline.backtest.otherwise import as_it_was, at_budget, by_budget, by_threshold, tell_otherwise, times
from seamark.pipeline.backtest.play import play
from seamark.pipeline.backtest.report import report
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.store.memory.scratch import ScratchStore

WEEK = 168
FAULTS = [(30, shifted("feature.age", 15.0)), (38, shifted("feature.age", -15.0)), (50, blanked("feature.tenure", 0.3))]
LEARNING = ModelOptions(baseline="seasonal", window_seconds=3600)


class Witnessed(ServedModel):
    """A served model whose rows are kept."""

    def __post_init__(self):
        self.seen, self.reference = [], None
        super().__post_init__()

    def log(self, table, kind=None):
        if kind is None:
            self.seen.append(table)
            super().log(table)
        else:
            self.reference = table
            super().log(table, kind)


def words(alerts):
    """What an alert says, but for the place of its evidence in a store."""
    return {
        (a.id, a.monitor, a.segment, a.state, a.opened_us, a.resolved_us, a.onset_us, a.value, a.threshold, a.evidence)
        for a in alerts
        if a.opened_us is not None
    }


def stories(incidents):
    return {(i.id, i.title, i.state, i.opened_us, i.resolved_us, i.onset_us, i.alerts, i.causes) for i in incidents}


def backtest(served, tables=None):
    store = count_history(NAME, served.options, served.reference, served.seen if tables is None else tables)
    return play(store, PROJECT, NAME, served.options)


@pytest.fixture(scope="module")
def lived():
    """Ten days, an hour at a time; thresholds are learned after a week, and faults come before and after that."""
    faults = [*FAULTS, (WEEK + 20, shifted("feature.age", 9.0)), (WEEK + 26, shifted("feature.age", -9.0))]
    served = Witnessed(41, rows_an_hour=120, options=LEARNING, faults=faults)
    served.run(WEEK + 60)
    return served


@pytest.fixture(scope="module")
def played(lived):
    return backtest(lived)


def test_a_backtest_tells_what_the_live_run_told(lived, played):
    assert len(words(played.alerts)) > 2
    assert played.levels, "and thresholds were learned on the way"
    assert words(played.alerts) == words(lived.alerts())
    assert stories(played.incidents) == stories(lived.incidents())


def test_the_one_shot_rule_played_is_the_one_shot_rule_lived():
    served = Witnessed(42, options=ModelOptions(window_seconds=3600), faults=FAULTS)
    served.run(60)
    assert words(served.alerts())
    found = backtest(served)
    assert words(found.alerts) == words(served.alerts())
    assert stories(found.incidents) == stories(served.incidents())
    assert found.levels == ()
    assert by_budget(found) == {}, "a budget changes nothing where nothing is learned"


def test_segments_are_played_too():
    def with_region(rng, rows):
        from_columns = {"feature.age": rng.normal(40, 10, rows), "prediction": rng.integers(0, 2, rows).astype(float)}
        return {**from_columns, "segment.region": rng.choice(["north", "south"], rows)}

    def elsewhere(_rng, columns):
        older = np.where(columns["segment.region"] == "south", 12.0, 0.0)
        return {**columns, "feature.age": columns["feature.age"] + older}

    options = ModelOptions(baseline="seasonal", window_seconds=3600, segments=("region",))
    faults = [(WEEK + 12, elsewhere)]
    served = Witnessed(43, rows_an_hour=200, columns=with_region, options=options, faults=faults)
    served.run(WEEK + 18)
    assert {"", "region=south"} <= {alert.segment for alert in served.alerts()}
    assert words(backtest(served).alerts) == words(served.alerts())


@pytest.mark.parametrize("seed", range(2))
def test_neither_the_order_of_the_rows_nor_their_parts_nor_repeats_matter(seed):
    served = Witnessed(44, rows_an_hour=80, options=ModelOptions(window_seconds=3600), faults=FAULTS)
    served.run(56)
    rng = np.random.default_rng(seed)
    whole = pa.concat_tables(served.seen, promote_options="permissive")
    shuffled = whole.take(pa.array(rng.permutation(whole.num_rows)))
    cuts = [0, *sorted(rng.integers(0, whole.num_rows, 3).tolist()), whole.num_rows]
    parts = [shuffled.slice(a, b - a) for a, b in pairwise(cuts)]
    again = [*parts, shuffled.slice(100, 500)]
    expected = words(backtest(served).alerts)
    assert expected
    assert words(backtest(served, parts).alerts) == expected
    assert words(backtest(served, again).alerts) == expected


def test_the_present_budget_among_others_tells_what_was_told(played):
    """The level of a budget of 2 is known twice: as the owner's own, and as one of those that are always known."""
    again = tell_otherwise(played, at_budget(2.0))
    assert words(again.alerts) == words(played.alerts)
    assert stories(again.incidents) == stories(played.incidents)


def test_a_larger_budget_never_has_less_time_in_alarm(played):
    found = by_budget(played)
    assert list(found) == [0.5, 1.0, 2.0, 5.0, 10.0]
    assert found[2.0] == as_it_was(played)
    hours = [line["alarm_hours"] for line in report(played, 0, [])["budgets"]]
    assert hours == sorted(hours)


def test_thresholds_times_one_tell_what_was_told(played):
    assert words(tell_otherwise(played, times(1.0)).alerts) == words(played.alerts)
    assert by_threshold(played) == {}, "thresholds that are learned follow from the budget"
    served = Witnessed(42, options=ModelOptions(baseline="static", window_seconds=3600), faults=FAULTS)
    served.run(60)
    found = by_threshold(stated := backtest(served))
    assert found[1.0] == as_it_was(stated)
    assert {a.opened_us for a in found[2.0].alerts} != {a.opened_us for a in found[0.5].alerts}


def test_the_report_adds_up(lived, played):
    found = report(played, 5, ["A note."])
    assert (found["rows"], found["notes"], found["quality"]) == (5, ["A note."], [])
    assert found["windows"] == WEEK + 60
    assert sum(month["alerts"] for month in found["months"]) == len(found["alerts"])
    assert sum(month["incidents"] for month in found["months"]) == len(found["incidents"])
    assert sum(line["alerts"] for line in found["monitors"]) == len(found["alerts"])
    of_months = sum(month["alarm_hours"] for month in found["months"])
    assert 0 < of_months <= found["alarm_hours"] <= sum(month["hours"] for month in found["months"]) + 0.2
    assert max(line["alarm_hours"] for line in found["monitors"]) <= of_months
    assert [line["present"] for line in found["budgets"]].count(True) == 1
    present = next(line for line in found["budgets"] if line["present"])
    assert (present["alerts"], present["incidents"]) == (len(found["alerts"]), len(found["incidents"]))


def test_without_a_reference_the_first_rows_are_a_provisional_one():
    served = Witnessed(45, reference_rows=0, options=ModelOptions(window_seconds=3600), faults=FAULTS)
    served.run(60)
    found = backtest(served, [pa.concat_tables(served.seen, promote_options="permissive")])
    assert found.alerts
    assert all(alert.provisional for alert in found.alerts)
    with pytest.raises(InvalidInput, match="first 1,000 rows are one, and there are 300"):
        count_history(NAME, ModelOptions(), None, served.seen[:1])


def test_a_window_that_suits_the_traffic_is_found_and_one_that_does_not_fit_is_refused():
    busy, quiet = Witnessed(46), Witnessed(47, rows_an_hour=3)
    for served, hours in ((busy, 1), (quiet, 24)):
        served.run(50)
        store = count_history(NAME, served.options, served.reference, served.seen)
        length_us, why = window_for(store, store.slow.model(PROJECT, NAME), served.options)
        assert length_us == hours * HOUR_US
        assert f"{served.rows_an_hour} rows an hour" in why
    store = count_history(NAME, ModelOptions(), busy.reference, busy.seen[:5])
    with pytest.raises(InvalidInput, match="cover 5 hours and hold no whole window of 6 h"):
        window_for(store, store.slow.model(PROJECT, NAME), ModelOptions(window_seconds=6 * 3600))


def test_what_only_one_side_has_is_said_and_sides_that_share_nothing_are_refused():
    served = Witnessed(48)
    served.run(1)
    (rows,) = served.seen
    assert notes_on(served.reference, rows) == ()
    fewer = served.reference.drop(["feature.age"])
    assert notes_on(fewer, rows) == ("Not watched, because the reference has no such column: age.",)
    assert "--exclude" in notes_on(rows, fewer)[0]
    age, amount = (served.reference.select(["id", "time", "version", f"feature.{name}"]) for name in ("age", "amount"))
    with pytest.raises(InvalidInput, match="no column in common: age against amount"):
        count_history(NAME, ModelOptions(), age, [amount])
    with pytest.raises(InvalidInput, match="no rows to play"):
        count_history(NAME, ModelOptions(), served.reference, [rows.slice(0, 0)])
    with pytest.raises(InvalidInput, match="reference holds no rows"):
        count_history(NAME, ModelOptions(), served.reference.slice(0, 0), [rows])


def test_counted_rows_are_remembered_by_who_they_are_only():
    served = Witnessed(49)
    served.run(2)
    store = count_history(NAME, served.options, served.reference, served.seen)
    assert isinstance(store, ScratchStore)
    files = store.rows.files("predictions", PROJECT, NAME)
    assert {name for part in store.rows.scan(files) for name in part.column_names} == {"id", "version", "time"}
    assert store.slow.model(PROJECT, NAME).rows == 600
    assert len(store.slow.profiles(PROJECT, NAME, 1, Window(START_US, START_US + DAY_US))) == 2
