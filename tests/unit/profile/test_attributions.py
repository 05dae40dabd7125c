"""Uploaded attributions on the bins of the model they explain."""

import logging

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.profile.test_effects import kept
from tests.unit.profile.traffic import FRAUD, START_US, absorb_all, absorber, entry, ipc, memory_store, predictions

from seamark.profile.attributions import on_bins
from seamark.profile.counting import count_all
from seamark.profile.rebin import rebin
from seamark.profile.reference import build_bin_set
from seamark.records.attribution import Explained, Scale
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import AttributionSource, Task, prevailing
from seamark.records.options import ModelOptions
from seamark.stats.attribution import response_of
from seamark.stats.cells import cells_of, feature_positions

REFERENCE = predictions(2_000, seed=9)
BIN_SET = build_bin_set(REFERENCE, Task.BINARY, ModelOptions())
BASELINE = count_all(REFERENCE, BIN_SET)
FEATURES = feature_positions(BIN_SET)
CELLS = cells_of(BASELINE, FEATURES)


def table(explained=None, **columns):
    """`a_amount=` is the column attribution.amount, `f_amount=` feature.amount."""
    long = {"a": "attribution.", "f": "feature."}
    named = {long[name[0]] + name[2:]: pa.array(values) for name, values in columns.items()}
    return pa.table(named).replace_schema_metadata((explained or Explained()).to_metadata())


def effects(attribution, name):
    place = [BIN_SET.signals[feature].name for feature in FEATURES].index(f"feature.{name}")
    return attribution.effects[CELLS.offsets[place] : CELLS.offsets[place + 1]]


def upload(*tables):
    """A model that was given attributions after its reference."""
    store = memory_store()
    lane = absorber(store)
    store.log.append([entry(REFERENCE, EntryKind.REFERENCE)])
    absorb_all(store, lane)
    store.log.append(logged(*tables))
    absorb_all(store, lane)
    return store, lane


def logged(*tables):
    return [LogEntry(EntryKind.ATTRIBUTIONS, *FRAUD, START_US, one.num_rows, ipc(one)) for one in tables]


def test_rows_become_the_mean_attribution_of_each_bin():
    country = np.array(["FR", "US", "BR", "FR"])
    found = on_bins(table(f_country=country, a_country=[0.1, 0.2, -0.4, 0.3]), BIN_SET, BASELINE)
    names = BIN_SET.signals[BIN_SET.position("feature.country")].bins.categories
    means = dict(zip(names, effects(found, "country"), strict=False))
    assert means["US"] - means["FR"] == pytest.approx(0.2 - 0.2)
    assert means["BR"] - means["FR"] == pytest.approx(-0.4 - 0.2)


def test_they_are_centred_on_the_baseline():
    rng = np.random.default_rng(1)
    amount = rng.normal(0, 1, 5_000)
    found = on_bins(table(f_amount=amount, a_amount=amount * 2 + 7), BIN_SET, BASELINE)
    mine = effects(found, "amount")
    shares = CELLS.shares()[CELLS.offsets[1] : CELLS.offsets[2]]
    assert float(shares @ mine) == pytest.approx(0, abs=1e-9)
    assert mine[1] < -2 < 2 < mine[-3]
    assert found.baseline == pytest.approx(response_of(BASELINE, "score").mean)


def test_a_feature_nobody_attributed_to_stays_unknown_and_an_unknown_one_is_left_out():
    found = on_bins(table(f_amount=[0.1], a_amount=[1.0], f_shoe_size=[43.0], a_shoe_size=[9.0]), BIN_SET, BASELINE)
    assert np.isnan(effects(found, "country")).all()
    assert not np.isnan(effects(found, "amount")).any()


def test_rows_whose_attribution_is_unknown_do_not_count():
    values = {"f_country": ["FR", "FR", "US"], "a_country": [1.0, None, 0.0]}
    found = on_bins(table(**values), BIN_SET, BASELINE)
    same = on_bins(table(f_country=["FR", "US"], a_country=[1.0, 0.0]), BIN_SET, BASELINE)
    np.testing.assert_array_equal(effects(found, "country"), effects(same, "country"))


@settings(deadline=None, max_examples=30)
@given(st.lists(st.floats(-5, 5), min_size=BIN_SET.signals[1].bins.count, max_size=BIN_SET.signals[1].bins.count))
def test_means_of_the_models_own_bins_come_through_as_they_are(means):
    edges = [-np.inf, *BIN_SET.signals[1].bins.edges.tolist()]
    found = on_bins(table(Explained(per_bin=True), f_amount=edges, a_amount=means), BIN_SET, BASELINE)
    mine = effects(found, "amount")[:-1]
    inside = np.arange(1, len(means) - 1)  # the outer bins stand at the outermost edges, inside their neighbours
    np.testing.assert_allclose(np.diff(mine[inside]), np.diff(np.array(means)[inside]), atol=1e-9)


def test_intervals_are_found_by_the_center_of_each_bin():
    explained = Explained(per_bin=True)
    found = on_bins(table(explained, f_amount=[-np.inf, 0.0, None], a_amount=[-1.0, 1.0, 5.0]), BIN_SET, BASELINE)
    mine, centers = effects(found, "amount"), BIN_SET.signals[1].bins.centers()
    np.testing.assert_allclose(mine[:-1] - mine[0], np.where(centers >= 0, 2.0, 0.0), atol=1e-9)
    assert mine[-1] - mine[0] == pytest.approx(6)


def test_values_outside_the_intervals_belong_to_the_nearest():
    found = on_bins(table(Explained(per_bin=True), f_age=[39.0, 41.0], a_age=[-1.0, 1.0]), BIN_SET, BASELINE)
    mine = effects(found, "age")
    assert mine[0] == mine[1] < mine[-2]
    assert mine[-1] == 0, "missing ages were not spoken of"


def test_categories_are_found_by_name_whatever_their_order():
    explained = Explained(per_bin=True)
    found = on_bins(table(explained, f_country=["ZZ", "BR", "FR"], a_country=[9.0, 0.5, -0.5]), BIN_SET, BASELINE)
    names = BIN_SET.signals[BIN_SET.position("feature.country")].bins.categories
    mine = dict(zip(names, effects(found, "country"), strict=False))
    assert mine["BR"] - mine["FR"] == pytest.approx(1.0)
    assert mine["US"] == 0


def test_log_odds_have_a_baseline_in_log_odds():
    explained = Explained("score", Scale.LOG_ODDS)
    found = on_bins(table(explained, f_amount=[0.0], a_amount=[1.0]), BIN_SET, BASELINE)
    assert found.log_odds
    assert found.baseline == pytest.approx(response_of(BASELINE, "score", log_odds=True).mean)


def test_an_upload_wins_over_the_reference_and_a_newer_one_over_an_older():
    first, second = (table(f_country=["FR", "US"], a_country=[size, 0.0]) for size in (0.1, 0.7))
    store, lane = upload(first, second)
    _, found = kept(store, lane)
    (stored,) = prevailing(store.slow.attributions(*FRAUD), store.slow.bin_sets(*FRAUD)[0].id).values()
    assert stored.source is AttributionSource.UPLOADED
    mine = found["score"][1]["feature.country"]
    assert np.ptp(mine) == pytest.approx(0.7, abs=1e-6)
    assert len(store.slow.attributions(*FRAUD)) == 2, "the reference's are kept"


def test_a_replay_gives_the_same_bytes():
    rng = np.random.default_rng(4)
    sent = table(f_amount=rng.normal(0, 1, 500), a_amount=rng.normal(0, 1, 500))
    one, other = upload(sent)[0], upload(sent)[0]
    assert one.slow.attributions(*FRAUD) == other.slow.attributions(*FRAUD)


def test_they_reach_a_bin_set_that_is_still_building():
    store, lane = upload()
    store.log.append([entry(predictions(500))])
    absorb_all(store, lane)
    while (step := rebin(store, lane.bin_sets, store.slow.model(*FRAUD), ModelOptions(), 200_000)) is not None:
        store.slow.commit(step)
    store.log.append([entry(predictions(2_000, seed=10), EntryKind.REFERENCE)])
    store.log.append(logged(table(f_amount=[0.0, 1.0], a_amount=[0.0, 1.0])))
    absorb_all(store, lane)
    active, building = (stored.id for stored in store.slow.bin_sets(*FRAUD))
    assert store.slow.model(*FRAUD).bin_set == active
    uploaded = [each.bin_set for each in store.slow.attributions(*FRAUD) if each.source is AttributionSource.UPLOADED]
    assert uploaded == [active, building]


def test_what_no_longer_fits_changes_nothing_and_is_logged(caplog):
    with caplog.at_level(logging.WARNING):
        store, _ = upload(table(Explained("score.cat"), f_amount=[0.0], a_amount=[1.0]))
    assert [each.source for each in store.slow.attributions(*FRAUD)] == [AttributionSource.REFERENCE]
    assert "no target 'score.cat'" in caplog.text
    assert store.log.pending() == (0, 0)


def test_attributions_of_a_model_without_bins_are_passed_over():
    store = memory_store()
    store.log.append(logged(table(f_amount=[0.0], a_amount=[1.0])))
    absorb_all(store, absorber(store))
    assert store.slow.attributions(*FRAUD) == []
