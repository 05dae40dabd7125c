"""What the reference answered in each bin of each feature, kept when it is adopted."""

import json

import numpy as np
import pyarrow as pa
import pytest
from tests.unit.profile.traffic import FRAUD, START_US, absorb_all, absorber, entry, memory_store, predictions

from seamark.clock import HOUR_US
from seamark.profile.rebin import seed
from seamark.records.log import EntryKind, LogEntry
from seamark.records.model import AttributionSource
from seamark.records.options import ModelOptions
from seamark.stats.attribution import Attribution
from seamark.stats.cells import cell_offsets, feature_positions


def kept(store, lane):
    """The newest attributions by target, and for each feature its effects with the missing cell last."""
    stored = store.slow.attributions(*FRAUD)
    newest = max(each.bin_set for each in stored)
    bin_set = lane.bin_sets.get(*FRAUD, newest)
    features = feature_positions(bin_set)
    offsets = cell_offsets(bin_set, features)
    found = {}
    for each in stored:
        if each.bin_set == newest:
            attribution = Attribution.from_bytes(each.payload, each.target, bin_set)
            names = [bin_set.signals[feature].name for feature in features]
            parts = np.split(attribution.effects, offsets[1:-1])
            found[each.target] = (attribution, dict(zip(names, parts, strict=True)))
    return bin_set, found


def adopted(table, options=None):
    store = memory_store()
    lane = absorber(store, options)
    store.log.append([entry(table, EntryKind.REFERENCE)])
    absorb_all(store, lane)
    return store, kept(store, lane)


def test_the_mean_score_of_every_category_is_kept_against_the_mean_of_all():
    rng = np.random.default_rng(3)
    table = predictions(3_000)
    country, score = table["feature.country"].to_numpy(), table["score"].to_numpy()
    score = np.where(country == "BR", score + 0.2, score) + rng.normal(0, 0.01, 3_000)
    store, (bin_set, found) = adopted(table.set_column(7, "score", pa.array(score)))
    attribution, effects = found["score"]
    names = bin_set.signals[bin_set.position("feature.country")].bins.categories
    for place, name in enumerate(names):
        assert effects["feature.country"][place] == pytest.approx(
            score[country == name].mean() - score.mean(), abs=1e-6
        )
    assert attribution.baseline == pytest.approx(score.mean(), abs=1e-3)
    (stored,) = store.slow.attributions(*FRAUD)
    assert (stored.source, stored.created_us) == (AttributionSource.REFERENCE, START_US)


def test_missing_values_have_an_effect_and_unseen_ones_have_none():
    table = predictions(3_000)
    gone = np.arange(3_000) % 4 == 0
    score = np.where(gone, 0.9, table["score"].to_numpy())
    amount = pa.array(table["feature.amount"].to_numpy(), mask=gone)
    table = table.set_column(3, "feature.amount", amount).set_column(7, "score", pa.array(score))
    _, (_, found) = adopted(table)
    effects = found["score"][1]
    assert effects["feature.amount"][-1] == pytest.approx(0.9 - score.mean(), abs=1e-6)
    assert effects["feature.country"][-3:].tolist() == [0, 0, 0], "other, unseen and missing do not occur"
    assert effects["feature.amount"][0] == 0


def test_rows_without_a_score_are_left_out_and_heavy_rows_weigh():
    table = predictions(2_000)
    half = np.arange(2_000) < 1_000
    score = np.where(half, 0.2, 0.8)
    country = pa.array(np.where(np.arange(2_000) % 2 == 0, "FR", "US"))
    table = table.set_column(5, "feature.country", country)
    gap = pa.array(score, mask=np.arange(2_000) % 10 == 3)
    _, (_, plain) = adopted(table.set_column(7, "score", gap))
    assert plain["score"][0].baseline == pytest.approx(0.5, abs=0.01)
    weighted = table.set_column(7, "score", pa.array(score)).append_column("weight", pa.array(np.where(half, 3.0, 1.0)))
    _, (_, heavy) = adopted(weighted)
    assert heavy["score"][0].baseline == pytest.approx((3 * 0.2 + 0.8) / 4, abs=0.01)


def test_a_regression_has_its_predicted_number():
    table = predictions(2_000).drop_columns(["score", "prediction"])
    rent = 500 + 100 * table["feature.amount"].to_numpy()
    _, (_, found) = adopted(table.append_column("prediction", pa.array(rent)))
    attribution, effects = found["prediction"]
    assert attribution.baseline == pytest.approx(rent.mean(), rel=1e-3)
    assert effects["feature.amount"][1] < -100 < 100 < effects["feature.amount"][-3]


def test_a_multiclass_model_has_one_target_for_each_score():
    table = predictions(2_000).drop_columns(["score", "prediction"])
    cat = np.where(table["feature.country"].to_numpy() == "FR", 0.7, 0.1)
    table = table.append_column("score.cat", pa.array(cat)).append_column("score.dog", pa.array(1 - cat))
    _, (_, found) = adopted(table)
    assert set(found) == {"score.cat", "score.dog"}
    cat_effect, dog_effect = (found[name][1]["feature.country"] for name in ("score.cat", "score.dog"))
    np.testing.assert_allclose(cat_effect, -dog_effect, atol=1e-6)


def test_classes_without_scores_have_the_share_of_rows_they_are_predicted_for():
    table = predictions(2_000).drop_columns(["score", "prediction"])
    label = np.where(table["feature.country"].to_numpy() == "FR", "cat", "dog=big")
    _, (_, found) = adopted(table.append_column("prediction", pa.array(label)))
    assert set(found) == {"prediction=cat", "prediction=dog=big"}
    attribution, effects = found["prediction=cat"]
    assert attribution.baseline == pytest.approx((label == "cat").mean())
    assert effects["feature.country"].max() == pytest.approx((label != "cat").mean(), abs=1e-6)


def test_of_many_classes_the_most_frequent_are_kept():
    table = predictions(5_000).drop_columns(["score", "prediction"])
    label = np.minimum(np.random.default_rng(1).geometric(0.1, 5_000), 29).astype(str)
    _, (_, found) = adopted(table.append_column("prediction", pa.array(label)))
    assert len(found) == 20
    assert "prediction=1" in found
    assert "prediction=28" not in found


def test_a_model_that_answers_nothing_has_none():
    store = memory_store()
    lane = absorber(store)
    store.log.append([entry(predictions(500).drop_columns(["score", "prediction"]), EntryKind.REFERENCE)])
    absorb_all(store, lane)
    assert store.slow.attributions(*FRAUD) == []


def test_stored_traffic_and_early_traffic_give_them_too():
    store = memory_store()
    lane = absorber(store)
    store.log.append([entry(predictions(2_000))])
    absorb_all(store, lane)
    store.slow.commit(seed(store, store.slow.model(*FRAUD), ModelOptions(), START_US))
    wish = {"action": "baseline", "from_us": START_US, "to_us": START_US + HOUR_US, "version": None}
    store.log.append([LogEntry(EntryKind.ACTION, *FRAUD, START_US, 0, json.dumps(wish).encode())])
    absorb_all(store, lane)
    early, chosen = store.slow.baselines(*FRAUD)
    assert [each.bin_set for each in store.slow.attributions(*FRAUD)] == [early.id, chosen.id]
    assert START_US <= early.first_time_us < early.last_time_us < START_US + 3 * HOUR_US
    assert chosen.last_time_us < START_US + HOUR_US
