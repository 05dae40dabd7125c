"""Counting many groups at once is counting each of them alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.errors import InvalidInput
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter, Groups
from seamark.stats.joint import joint_projections
from seamark.stats.profile import UNIT, WEIGHT_UNIT

RANDOM = np.random.default_rng(0)
SCORES = RANDOM.normal(size=(3000, 2))
BIN_SET = BinSet(
    (
        numeric_signal("feature.a", "feature", SCORES[:, 0]),
        categorical_signal("feature.b", "feature", categorical_bins(["x", "y", "z"], [3, 2, 1])),
        numeric_signal("joint.00", "joint", SCORES[:, 0]),
        numeric_signal("joint.01", "joint", SCORES[:, 1]),
    ),
    joint_projections([0, 1], [np.full(22, 100), np.array([3, 2, 1, 0, 0])]),
)


def table(rows, seed, groups):
    random = np.random.default_rng(seed)
    return {
        "values": np.where(random.random(rows) < 0.2, np.nan, random.normal(0, 2, rows)),
        "categories": random.integers(0, 6, rows).astype(np.uint8),
        "group": random.integers(0, groups, rows),
        "weights": random.uniform(0.1, 50, rows),
        "mistyped": random.random(rows) < 0.5,
    }


def count(rows, groups=1, *, weighted=False, grouped=True):
    return count_in(rows, Groups.of(rows["group"], groups) if grouped else None, weighted=weighted)


def count_in(rows, groups, *, weighted=False):
    counter = Counter(BIN_SET, groups, weights=rows["weights"] if weighted else None)
    counter.add_rows(len(rows["values"]))
    wrong = np.isnan(rows["values"]) & rows["mistyped"]
    first = counter.add_numeric(0, rows["values"], mistyped=wrong)
    second = counter.add_categories(1, rows["categories"])
    counter.add_joint([first, second])
    return counter.profiles()


@settings(max_examples=25)
@given(st.integers(0, 400), st.integers(1, 9), st.integers(0, 1000), st.booleans())
def test_each_group_is_counted_as_if_alone(rows, groups, seed, weighted):
    whole = table(rows, seed, groups)
    together = count(whole, groups, weighted=weighted)
    assert len(together) == groups
    for group, profile in enumerate(together):
        mine = whole["group"] == group
        alone = count({name: column[mine] for name, column in whole.items()}, weighted=weighted, grouped=False)[0]
        assert profile.to_bytes() == alone.to_bytes()


@settings(max_examples=25)
@given(
    st.integers(0, 400),
    st.lists(st.lists(st.booleans(), min_size=1, max_size=7), min_size=1, max_size=5),
    st.integers(0, 1000),
    st.booleans(),
)
def test_a_row_counts_in_every_group_it_stands_in_and_in_no_other(rows, patterns, seed, weighted):
    whole = table(rows, seed, 1)
    member = [np.resize(pattern, rows).astype(bool) for pattern in patterns]
    numbers = [np.flatnonzero(mine) for mine in member]
    group = np.repeat(np.arange(len(member)), [len(mine) for mine in numbers])
    together = count_in(whole, Groups.of(group, len(member), np.concatenate(numbers)), weighted=weighted)
    for mine, profile in zip(member, together, strict=True):
        alone = count({name: column[mine] for name, column in whole.items()}, weighted=weighted, grouped=False)[0]
        assert profile.to_bytes() == alone.to_bytes()


@pytest.mark.parametrize("weighted", [False, True])
def test_chunks_and_batches_change_nothing(weighted):
    whole = table(40_000, 1, 5)
    together = count(whole, 5, weighted=weighted)
    counter = [count({name: column[at::3] for name, column in whole.items()}, 5, weighted=weighted) for at in range(3)]
    for group, profile in enumerate(together):
        assert profile.to_bytes() == (counter[0][group] + counter[1][group] + counter[2][group]).to_bytes()


def test_counts_moments_and_extremes_are_those_of_numpy():
    rows = table(30_000, 2, 1)
    profile = count(rows, grouped=False)[0]
    values, signal = rows["values"], BIN_SET.signals[0]
    present = values[~np.isnan(values)]
    by_numpy = np.histogram(present, np.concatenate([[-np.inf], signal.bins.edges, [np.inf]]))[0]
    assert profile.counts_of(0).tolist() == by_numpy.tolist()
    fixed = np.rint((present - signal.center) * (UNIT / signal.scale)).astype(np.int64)
    at = 1 + BIN_SET.width + 2 * len(BIN_SET.signals)
    assert profile.totals[at] == fixed.sum()
    assert profile.totals[at + len(BIN_SET.signals)] == (fixed**2).sum()
    assert profile.minimum[0] <= present.min() <= profile.minimum[0] * 0.999
    assert profile.maximum[0] >= present.max() >= profile.maximum[0] * 0.999
    assert profile.missing[0] + profile.mistyped[0] == np.isnan(values).sum()


def test_weighted_counts_are_sums_of_weights():
    rows = table(5000, 3, 1)
    profile = count(rows, weighted=True, grouped=False)[0]
    fixed = np.rint(rows["weights"] * WEIGHT_UNIT).astype(np.int64)
    by_numpy = np.bincount(rows["categories"], weights=fixed, minlength=6).astype(np.int64)
    start, stop = BIN_SET.offsets[1:3]
    assert profile.weighted[1 + start : 1 + stop].tolist() == by_numpy[:-1].tolist()
    present = rows["categories"] < 5
    exact = rows["weights"][present].sum() ** 2 / (rows["weights"][present] ** 2).sum()
    assert profile.n()[1] == pytest.approx(exact, rel=1e-3)


def test_weights_outside_the_limits_count_as_the_limits():
    counter = Counter(BIN_SET, weights=np.array([1e12, 1e-12]))
    counter.add_categories(1, np.zeros(2, dtype=np.uint8))
    start = 1 + BIN_SET.offsets[1]
    assert counter.profile().weighted[start] == 65_536 * WEIGHT_UNIT + 1


def test_what_could_not_be_read_is_mistyped_and_not_missing():
    counter = Counter(BIN_SET)
    counter.add_rows(3)
    counter.add_numeric(0, np.array([np.nan, np.nan, 1.0]), mistyped=np.array([True, False, False]))
    counter.add_categories(1, np.array([5, 5, 0], dtype=np.uint8), mistyped=np.array([True, True, False]))
    profile = counter.profile()
    assert profile.mistyped[:2].tolist() == [1, 2]
    assert profile.missing[:2].tolist() == [1, 0]


def test_missing_values_touch_neither_moments_nor_extremes():
    counter = Counter(BIN_SET)
    counter.add_numeric(0, np.full(10, np.nan))
    profile = counter.profile()
    assert profile.missing[0] == 10
    assert (profile.minimum[0], profile.maximum[0]) == (np.inf, -np.inf)
    assert np.isnan(profile.moments()[0][0])


def test_the_sum_of_the_groups_is_the_profile():
    rows = table(500, 4, 3)
    counter = Counter(BIN_SET, Groups.of(rows["group"], 3))
    counter.add_rows(500)
    counter.add_numeric(0, rows["values"])
    assert counter.profile().rows == 500


def test_a_signal_takes_only_values_of_its_kind():
    counter = Counter(BIN_SET)
    with pytest.raises(InvalidInput, match=r"'feature\.b' is not numeric"):
        counter.add_numeric(1, np.zeros(1))
    with pytest.raises(InvalidInput, match=r"'feature\.a' is not categorical"):
        counter.add_categories(0, np.zeros(1, dtype=np.uint8))


def test_a_bin_set_without_projections_ignores_them():
    counter = Counter(BinSet(BIN_SET.signals[:2]))
    counter.add_joint([np.zeros(4, dtype=np.uint8)] * 2)
    assert counter.profile().counts.sum() == 0
