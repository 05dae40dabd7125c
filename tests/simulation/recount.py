"""What outcomes say of predictions, counted by loops over the stored rows: the oracle of the join."""

import math
from collections import Counter, defaultdict

import numpy as np
import pyarrow as pa

from seamark.clock import DAY_US, HOUR_US
from seamark.profile.grading import as_joined
from seamark.records.window import Window
from seamark.stats.delays import BUCKETS, bucket
from seamark.stats.grading import Grading

EVER = Window(0, 2**62)
WAIT_US = 90 * DAY_US


def stored(store, kind, project, model):
    """All rows as dictionaries, with the time as microseconds."""
    rows = []
    for table in store.rows.scan(store.rows.files(kind, project, model)):
        times = table["time"].cast(pa.int64())
        rows += table.set_column(table.schema.get_field_index("time"), "time", times).to_pylist()
    return rows


def is_nan(value):
    return isinstance(value, float) and math.isnan(value)


def known_of(prediction, outcomes):
    """({name: newest value}, time of the first outcome) of one prediction; None when nothing is known."""
    said = [(o["time"], o["seq"], place, o) for place, o in enumerate(outcomes)]
    values = {}
    informative = []
    for time, _, _, outcome in sorted(said, key=lambda each: each[:3]):
        told = {
            name: value
            for name, value in outcome.items()
            if name.startswith("value.") and value is not None and not is_nan(value)
        }
        if told:
            informative.append(time)
        for name, value in told.items():
            values[name] = (time, value)
    values = {name: value for name, (time, value) in values.items() if time >= prediction["time"] - WAIT_US}
    return (values, min(informative)) if values else None


def recount(store, project, model, grading, segments):
    """{(segment, version, hour_us): vector} of everything that is stored."""
    by_id = defaultdict(list)
    for outcome in stored(store, "outcomes", project, model):
        by_id[outcome["id"]].append(outcome)
    rows, delays = defaultdict(list), defaultdict(lambda: np.zeros(BUCKETS, np.int64))
    for prediction in stored(store, "predictions", project, model):
        known = known_of(prediction, by_id[prediction["id"]])
        if known is None:
            continue
        values, first_us = known
        hour_us = prediction["time"] // HOUR_US * HOUR_US
        for segment in ("", *segments_of(prediction, grading.dimensions, segments)):
            place = (segment, prediction["version"], hour_us)
            rows[place].append(prediction | values)
            delays[place][bucket(np.array([first_us - prediction["time"]]))[0]] += 1
    return {place: np.concatenate([delays[place], count(grading, rows[place])]) for place in rows}


def count(grading, rows):
    names = dict.fromkeys(name for row in rows for name in row)
    table = pa.table({name: pa.array([row.get(name) for row in rows]) for name in names})
    return grading.card.count(as_joined(table, grading))


def segments_of(prediction, dimensions, segments):
    for dimension in dimensions:
        value = prediction.get(f"segment.{dimension}")
        if value is not None:
            named = f"{dimension}={value}"
            yield named if named in segments else f"{dimension}=OTHER"


def blocks(store, project, model, stored_card, grading, segments):
    """The same as the store has it; what has been taken back altogether is left out."""
    found = {}
    for segment in ("", *segments):
        for block in store.slow.profiles(project, model, stored_card.id, EVER, segment=segment):
            [vector] = grading.decode([block.payload])
            assert block.rows == vector[:BUCKETS].sum()
            if vector.any():
                found[segment, block.key.version, block.key.hour_us] = vector
    return found


def matches(store, project, model):
    """(ids with a prediction, {UTC day of the first outcome: ids without})."""
    times = defaultdict(list)
    for outcome in stored(store, "outcomes", project, model):
        times[outcome["id"]].append(outcome["time"])
    made = defaultdict(list)
    for prediction in stored(store, "predictions", project, model):
        made[prediction["id"]].append(prediction["time"])
    waiting = {id: said for id, said in times.items() if not any(at - WAIT_US <= max(said) for at in made[id])}
    return len(times) - len(waiting), dict(Counter(min(said) // DAY_US for said in waiting.values()))


def assert_counted(store, project="default", model="fraud"):
    """What stands in the store is what a recount of its rows gives; returns the rows that are joined."""
    known = store.slow.model(project, model)
    if known is None or known.outcomes is None:
        assert stored(store, "outcomes", project, model) == []
        return 0
    matched, waiting = matches(store, project, model)
    assert (known.outcomes.matched, dict(zip(known.outcomes.days, known.outcomes.waiting, strict=True))) == (
        matched,
        waiting,
    )
    assert known.outcomes.rows == len(stored(store, "outcomes", project, model))
    active = [each for each in store.slow.scorecards(project, model) if each.id == known.scorecard]
    if not active:
        return 0
    grading = Grading.from_bytes(active[0].payload)
    expected = recount(store, project, model, grading, known.segments)
    found = blocks(store, project, model, active[0], grading, known.segments)
    assert set(found) == set(expected)
    for place, vector in expected.items():
        assert np.array_equal(found[place], vector), place
    return sum(int(vector[:BUCKETS].sum()) for (segment, _, _), vector in found.items() if not segment)
