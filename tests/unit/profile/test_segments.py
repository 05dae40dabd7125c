"""The blocks of a dimension's segments are the all-traffic blocks of the rows that have a value, taken apart."""

from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.profile.traffic import (
    FRAUD,
    START_US,
    absorb_all,
    absorber,
    entry,
    memory_store,
    predictions,
    settle,
    stored_rows,
)

from seamark.clock import HOUR_US
from seamark.profile import counting
from seamark.profile.counting import count_by_hour
from seamark.profile.segments import Segments
from seamark.records.log import EntryKind
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats.profile import Profile
from seamark.store.backends import local

EVER = Window(0, 2**62)
BY_COUNTRY = ModelOptions(segments=("country",))
BY_BOTH = ModelOptions(segments=("country", "plan"))


def segmented(rows, seed=1, values=4, *, weighted=False, **options):
    """Predictions of `values` countries, a fifth without one, and of two plans."""
    rng = np.random.default_rng([seed, values])
    countries = [None if rng.random() < 0.2 else f"C{rng.integers(values):03d}" for _ in range(rows)]
    made = {
        "segment.country": pa.array(countries, pa.string()),
        "segment.plan": pa.array(rng.choice(["free", "paid"], rows)),
    }
    if weighted:
        made["weight"] = pa.array(rng.uniform(0.5, 20, rows))
    return predictions(rows, seed=seed, **made, **options)


def of_country(*countries, **options):
    return predictions(len(countries), **{"segment.country": pa.array(countries, pa.string())}, **options)


def reference(table):
    return entry(table, EntryKind.REFERENCE)


def adopted(store, lane, table=None, options=BY_COUNTRY):
    store.log.append([reference(predictions(500, seed=99) if table is None else table)])
    absorb_all(store, lane)
    settle(store, lane, options)
    return store.slow.model(*FRAUD)


def blocks_of(store, lane, segment):
    model = store.slow.model(*FRAUD)
    bin_set = lane.bin_sets.get(*FRAUD, model.bin_set)
    blocks = store.slow.profiles(*FRAUD, model.bin_set, EVER, segment=segment)
    return {(b.key.version, b.key.hour_us): Profile.from_bytes(b.payload, bin_set) for b in blocks}


def recounted(store, lane, chosen):
    """What a count of the stored rows that `chosen` (bool[N] of the table) marks gives, by version and hour."""
    model, rows = store.slow.model(*FRAUD), stored_rows(store)
    table = rows.filter(chosen(rows))
    if not table.num_rows:
        return {}
    counted = count_by_hour(table, lane.bin_sets.get(*FRAUD, model.bin_set))
    return {(version, hour): profile for (_, version, hour), profile in counted.items()}


def assert_alike(found, expected):
    assert set(found) == set(expected)
    for key, profile in found.items():
        one, other = weighed(profile), weighed(expected[key])
        assert one.to_bytes() == other.to_bytes()


def weighed(profile):
    """The same with weights: rows without one weigh 1, whether or not rows beside them had one."""
    nothing = Profile.empty(profile.bin_set)
    return profile + replace(nothing, weighted=np.zeros_like(nothing.totals))


def together(maps):
    total = {}
    for each in maps:
        for key, profile in each.items():
            total[key] = total[key] + profile if key in total else profile
    return total


def assert_segments_take_the_traffic_apart(store, lane, dimension):
    column = f"segment.{dimension}"
    names = [name for name in store.slow.model(*FRAUD).segments if name.startswith(f"{dimension}=")]
    own = pa.array([name.split("=", 1)[1] for name in names if name != f"{dimension}=OTHER"], pa.string())
    assert len(own) <= 50
    for name in names:
        value = name.split("=", 1)[1]
        if value == "OTHER":
            expected = recounted(
                store, lane, lambda rows: pc.and_(rows[column].is_valid(), pc.invert(pc.is_in(rows[column], own)))
            )
        else:
            expected = recounted(store, lane, lambda rows, value=value: pc.equal(rows[column], value))
        assert_alike(blocks_of(store, lane, name), expected)
    with_value = recounted(store, lane, lambda rows: rows[column].is_valid())
    assert_alike(together(blocks_of(store, lane, name) for name in names), with_value)


@settings(deadline=None, max_examples=12)
@given(
    batches=st.lists(
        st.tuples(st.integers(1, 60), st.integers(0, 3), st.sampled_from(["1", "2"]), st.booleans()),
        min_size=1,
        max_size=6,
    ),
    repeated=st.integers(1, 30),
    values=st.sampled_from([1, 4, 70]),
    slice_rows=st.integers(1, 200),
    reference_at=st.integers(0, 6),
    reference_has_segments=st.booleans(),
)
def test_segments_add_up_to_the_traffic_that_has_a_value(
    batches, repeated, values, slice_rows, reference_at, reference_has_segments
):
    store = memory_store()
    lane = absorber(store, BY_BOTH, slice_rows=slice_rows)
    first = segmented(500, 99, values) if reference_has_segments else predictions(500, seed=99)
    for number, (rows, hour, version, weighted) in enumerate(batches):
        if number == reference_at:
            store.log.append([reference(first)])
        table = segmented(rows, number, values, weighted=weighted, first_hour=hour, version=version)
        store.log.append([entry(table), entry(table.slice(0, repeated))])
    if reference_at >= len(batches):
        store.log.append([reference(first)])
    absorb_all(store, lane)
    settle(store, lane, BY_BOTH, slice_rows)
    for dimension in ("country", "plan"):
        assert_segments_take_the_traffic_apart(store, lane, dimension)
    assert_alike(blocks_of(store, lane, ""), recounted(store, lane, lambda rows: rows["id"].is_valid()))


def test_late_rows_reach_their_segment():
    store = memory_store()
    lane = absorber(store, BY_COUNTRY)
    adopted(store, lane)
    for hour in (5, 0, 5):
        store.log.append([entry(segmented(100, seed=hour + store.log.pending()[0], first_hour=hour, hours=1))])
        absorb_all(store, lane)
    assert_segments_take_the_traffic_apart(store, lane, "country")


def test_a_new_reference_counts_the_stored_rows_anew_in_the_segments_it_names():
    store = memory_store()
    lane = absorber(store, BY_COUNTRY)
    adopted(store, lane)
    many = [f"early-{number}" for number in range(60)]
    store.log.append([entry(of_country(*many)), entry(of_country(*["FR"] * 40, seed=2))])
    absorb_all(store, lane)
    assert "country=FR" not in store.slow.model(*FRAUD).segments
    model = adopted(store, lane, of_country(*["FR"] * 300, *["US"] * 200, seed=98))
    assert model.segments[:3] == ("country=FR", "country=US", "country=early-0")
    assert sum(profile.rows for profile in blocks_of(store, lane, "country=FR").values()) == 40
    assert_segments_take_the_traffic_apart(store, lane, "country")


def test_the_first_traffic_of_a_model_without_a_reference_is_counted_by_segment():
    store = memory_store()
    lane = absorber(store, BY_COUNTRY)
    store.log.append([entry(segmented(1_500))])
    absorb_all(store, lane)
    settle(store, lane, BY_COUNTRY)
    assert lane.bin_sets.is_provisional(*FRAUD, store.slow.model(*FRAUD).bin_set)
    assert_segments_take_the_traffic_apart(store, lane, "country")


def test_a_dimension_that_is_not_declared_has_no_blocks():
    store = memory_store()
    lane = absorber(store, ModelOptions())
    adopted(store, lane, segmented(500, seed=99), ModelOptions())
    store.log.append([entry(segmented(100))])
    absorb_all(store, lane)
    assert store.slow.model(*FRAUD).segments == ()
    assert blocks_of(store, lane, "country=C000") == {}


def test_a_dimension_declared_later_is_counted_from_then_on_and_in_full_after_the_next_reference():
    store = memory_store()
    adopted(store, absorber(store, ModelOptions()), options=ModelOptions())
    store.log.append([entry(of_country("FR", "US"))])
    absorb_all(store, absorber(store, ModelOptions()))
    lane = absorber(store, BY_COUNTRY)
    store.log.append([entry(of_country("FR", seed=2))])
    absorb_all(store, lane)
    assert store.slow.model(*FRAUD).segments == ("country=FR",)
    assert sum(profile.rows for profile in blocks_of(store, lane, "country=FR").values()) == 1
    assert set(adopted(store, lane).segments) == {"country=FR", "country=US"}
    assert_segments_take_the_traffic_apart(store, lane, "country")


def test_segments_are_known_in_the_order_of_their_first_rows_however_the_log_is_cut():
    def known(slice_rows):
        store = memory_store()
        lane = absorber(store, BY_COUNTRY, slice_rows=slice_rows)
        adopted(store, lane)
        store.log.append([entry(segmented(40, seed=number, values=200)) for number in range(5)])
        absorb_all(store, lane)
        return store.slow.model(*FRAUD).segments

    assert known(1) == known(90) == known(1_000)


def test_a_reference_names_its_most_frequent_values_and_equals_by_name():
    table = of_country(*"bbbaaacccc", None, "d")
    assert Segments.of_reference(("country",), table).names == tuple(f"country={value}" for value in "cabd")
    crowd = [f"v{number:02d}" for number in range(60)]
    names = Segments.of_reference(("country",), of_country(*crowd, *crowd[55:])).names
    assert names == tuple(f"country={value}" for value in (*crowd[55:], *crowd[:45], "OTHER"))


def test_beyond_fifty_values_the_rest_share_one_segment_for_good():
    table = of_country(*(f"v{number}" for number in range(52)), None)
    known = Segments(("country",)).grown(table)
    assert known.names == (*(f"country=v{number}" for number in range(50)), "country=OTHER")
    assert known.grown(of_country("v51", "new")) == known
    assert list(next(known.of_rows(table))) == [*range(50), 50, 50, -1]


def test_a_value_that_is_called_other_joins_the_rest_and_takes_no_place():
    table = of_country("OTHER", *(f"v{number}" for number in range(50)))
    known = Segments(("country",)).grown(table)
    assert len(known.names) == 51
    assert list(next(known.of_rows(table))) == [known.names.index("country=OTHER"), *range(50)]


def test_dimensions_are_told_apart_though_one_name_begins_like_another():
    table = predictions(2, **{"segment.a": pa.array(["b", None]), "segment.ab": pa.array(["b", "b=c"])})
    known = Segments(("a", "ab")).grown(table)
    assert known.names == ("a=b", "ab=b", "ab=b=c")
    assert [list(places) for places in known.of_rows(table)] == [[0, -1], [1, 2]]


def test_a_column_of_nothing_but_missing_values_adds_no_segment():
    table = predictions(3, **{"segment.country": pa.nulls(3)})
    known = Segments(("country",)).grown(table)
    assert known.names == Segments.of_reference(("country",), table).names == ()
    assert list(next(known.of_rows(table))) == [-1, -1, -1]


def test_counting_some_hours_at_a_time_changes_nothing(monkeypatch):
    def blocks():
        store = memory_store()
        lane = absorber(store, BY_BOTH)
        adopted(store, lane)
        store.log.append([entry(segmented(400, hours=12, weighted=True))])
        step = lane.absorb(START_US)
        return sorted(step.blocks, key=lambda block: block.key)

    at_once = blocks()
    monkeypatch.setattr(counting, "_LARGEST_PART", 1)
    assert blocks() == at_once
    assert len({block.key.hour_us for block in at_once}) == 12


def test_both_backends_keep_the_same_segments(tmp_path):
    stores = [memory_store(), local.BACKEND.open(tmp_path)]
    found = []
    for store in stores:
        lane = absorber(store, BY_BOTH, slice_rows=150)
        store.log.append([entry(segmented(200, seed=number, values=70)) for number in range(3)])
        store.log.append([reference(segmented(500, seed=99, values=70))])
        store.log.append([entry(segmented(200, seed=7, values=70))])
        absorb_all(store, lane)
        settle(store, lane, BY_BOTH)
        model = store.slow.model(*FRAUD)
        assert store.slow.traffic(*FRAUD, EVER) == {
            hour: profile.rows for (_, hour), profile in blocks_of(store, lane, "").items()
        }
        blocks = [store.slow.profiles(*FRAUD, model.bin_set, EVER, segment=name) for name in ("", *model.segments)]
        found.append((model, blocks))
    stores[1].close()
    assert found[0] == found[1]
    assert sum(name.startswith("country=") for name in found[0][0].segments) == 51


@pytest.mark.parametrize("hours", [1, 48])
def test_a_lone_late_row_of_a_segment_touches_no_other_block(hours):
    store = memory_store()
    lane = absorber(store, BY_COUNTRY)
    adopted(store, lane)
    store.log.append([entry(segmented(300, hours=hours))])
    absorb_all(store, lane)
    store.log.append([entry(of_country("C001", seed=5, hours=1))])
    step = lane.absorb(START_US)
    assert [(block.key.segment, block.key.hour_us) for block in step.blocks] == [
        ("", START_US),
        ("country=C001", START_US),
    ]
    assert step.dirty == (("default", "fraud", START_US // HOUR_US * HOUR_US),)
