"""Projections see what no single feature shows."""

import numpy as np
import pytest

from seamark.stats.binning import numeric_bins
from seamark.stats.binset import BinSet, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.distance import distances
from seamark.stats.joint import joint_projections
from seamark.stats.sample import sample_of


def counts_of(bins, values):
    return np.bincount(bins.index(values), minlength=bins.count + 1)[:-1]


def projected(table, reference):
    bins = [numeric_bins(column) for column in reference.T]
    joint = joint_projections(
        range(len(bins)), [counts_of(one, column) for one, column in zip(bins, reference.T, strict=True)]
    )
    return joint, joint.project([one.index(column) for one, column in zip(bins, table.T, strict=True)])


def correlated(random, rows, features, pairs):
    table = random.normal(size=(rows, features))
    for one, other in pairs:
        table[:, other] = 0.9 * table[:, one] + np.sqrt(1 - 0.81) * table[:, other]
    return table


@pytest.mark.parametrize(("features", "expected"), [(0, 0), (1, 0), (2, 2), (3, 6), (5, 16), (60, 16), (1000, 16)])
def test_there_are_sixteen_projections_or_as_many_as_differ(features, expected):
    joint = joint_projections(range(features), [np.ones(4, dtype=np.int64)] * features)
    assert joint.count == expected
    columns = {tuple(column.tolist()) for column in joint.signs.T}
    assert len(columns) == expected
    assert not columns & {tuple((-column).tolist()) for column in joint.signs.T}


@pytest.mark.parametrize("features", [5, 10, 60, 200])
def test_every_feature_is_used_about_equally_often(features):
    used = np.abs(joint_projections(range(features), [np.ones(4, dtype=np.int64)] * features).signs).sum(axis=1)
    assert used.max() - used.min() <= 3
    assert used.min() >= 1


def test_projections_never_change_from_one_run_to_the_next():
    signs = joint_projections(range(7), [np.ones(4, dtype=np.int64)] * 7).signs
    again = joint_projections(range(7), [np.ones(4, dtype=np.int64)] * 7).signs
    assert signs.tolist() == again.tolist()


def test_independent_features_give_projections_of_mean_zero_and_unit_variance():
    reference = np.random.default_rng(0).lognormal(size=(20_000, 8))
    _, result = projected(reference, reference)
    assert np.abs(result.mean(axis=0)).max() < 0.02
    assert result.std(axis=0) == pytest.approx(np.ones(16), abs=0.03)


def test_missing_values_stand_in_the_middle():
    joint = joint_projections([0, 1], [np.full(4, 10), np.full(3, 5)])
    missing = [np.array([4], dtype=np.uint8), np.array([3], dtype=np.uint8)]
    assert joint.project(missing).tolist() == [[0.0, 0.0]]


def test_a_constant_feature_adds_nothing():
    joint = joint_projections([0, 1], [np.array([0, 9, 0]), np.array([5, 5])])
    one, other = (joint.project([np.array([bin_], dtype=np.uint8), np.array([1], dtype=np.uint8)]) for bin_ in (0, 2))
    assert one.tolist() == other.tolist()


def test_batches_of_any_size_project_bit_for_bit_alike():
    table = np.random.default_rng(1).normal(size=(20_000, 30))
    bins = [numeric_bins(column) for column in table.T]
    indices = [one.index(column) for one, column in zip(bins, table.T, strict=True)]
    joint = joint_projections(range(30), [np.bincount(index, minlength=23)[:-1] for index in indices])
    whole = joint.project(indices)
    parts = np.concatenate([joint.project([index[at : at + 777] for index in indices]) for at in range(0, 20_000, 777)])
    assert np.array_equal(whole, parts)


def test_no_rows_and_no_features_project_to_nothing():
    joint = joint_projections([0, 1], [np.full(4, 10), np.full(3, 5)])
    assert joint.project([np.empty(0, dtype=np.uint8)] * 2).shape == (0, 2)
    assert joint_projections([], []).project([]).shape == (0, 0)


def test_a_changed_correlation_is_seen_though_no_feature_moves():
    random = np.random.default_rng(3)
    reference = correlated(random, 20_000, 10, [(0, 1), (2, 3), (4, 5)])
    broken = correlated(random, 2000, 10, [])
    bins = [numeric_signal(f"feature.{at}", "feature", column) for at, column in enumerate(reference.T)]
    indices = [signal.bins.index(column) for signal, column in zip(bins, reference.T, strict=True)]
    joint = joint_projections(range(10), [np.bincount(index, minlength=23)[:-1] for index in indices])
    shadows = joint.project(indices)
    bin_set = BinSet((*bins, *(numeric_signal(f"joint.{at}", "joint", shadows[:, at]) for at in range(16))), joint)

    def profile(table):
        counter = Counter(bin_set)
        counter.add_joint([counter.add_numeric(at, column) for at, column in enumerate(table.T)])
        return counter.profile()

    result = distances()["jensen_shannon"].evaluate(sample_of(profile(broken)), sample_of(profile(reference)))
    assert result.debiased[:10].max() < 0.05
    assert (result.p[10:] < 1e-6).sum() >= 2
    assert result.debiased[10:].max() > 2 * result.debiased[:10].max()
