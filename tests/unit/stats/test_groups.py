"""The gap that speaks for a dimension is the one that is most certainly wide."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.stats.binning import CategoricalBins
from seamark.stats.binset import BinSet, categorical_signal
from seamark.stats.groups import Groups, selected_class, widest_gap


def groups(**counts):
    """Groups by name: (selected, rows)."""
    selected, rows = np.array(list(counts.values()), dtype=float).reshape(-1, 2).T
    return Groups(tuple(counts), rows, selected)


def test_a_small_group_with_an_extreme_rate_does_not_speak_for_the_large_ones():
    found = widest_gap(groups(a=(500, 1_000), b=(300, 1_000), tiny=(33, 60)), 50)
    assert (found.high, found.low) == ("a", "b")
    assert found.size == pytest.approx(0.2)
    assert found.n == 1_000


def test_groups_of_too_few_rows_are_left_out():
    assert widest_gap(groups(a=(500, 1_000), b=(0, 49)), 50) is None
    assert widest_gap(groups(), 50) is None
    assert widest_gap(groups(a=(500, 1_000)), 50) is None


def test_groups_without_rows_have_no_rate_and_an_interval_that_says_nothing():
    of = groups(a=(0, 0))
    center, margin = of.intervals()
    assert np.isnan(of.rates()[0])
    assert center[0] - margin[0] == pytest.approx(0)
    assert center[0] + margin[0] == pytest.approx(1)


@settings(deadline=None, max_examples=100)
@given(st.lists(st.tuples(st.integers(0, 400), st.integers(50, 400)), min_size=2, max_size=8))
def test_the_gap_is_of_two_different_groups_and_no_pair_is_more_certainly_wide(drawn):
    of = groups(**{f"g{number}": (min(chosen, rows), rows) for number, (chosen, rows) in enumerate(drawn)})
    found = widest_gap(of, 50)
    assert found.high != found.low
    assert -1 <= found.size <= 1
    rates = dict(zip(of.names, of.rates(), strict=True))
    assert found.size == pytest.approx(rates[found.high] - rates[found.low])
    assert found.size - found.margin >= -2


def test_without_a_difference_a_gap_is_rarely_wider_than_its_margin():
    rng = np.random.default_rng(5)
    wide = 0
    for _ in range(2_000):
        rows = rng.integers(60, 600, 6)
        found = widest_gap(groups(**{f"g{n}": (rng.binomial(r, 0.3), r) for n, r in enumerate(rows)}), 50)
        wide += found.size > found.margin
    assert wide <= 10


@pytest.mark.parametrize(
    ("categories", "named", "selected"),
    [
        (("0", "1"), "", "1"),
        (("no", "Yes"), "", "Yes"),
        (("approved", "denied"), "", None),
        (("approved", "denied"), "approved", "approved"),
        (("0", "1"), "2", None),
    ],
)
def test_who_is_selected_is_who_is_named_or_who_gets_a_yes(categories, named, selected):
    signal = categorical_signal("prediction", "prediction", CategoricalBins(categories, np.zeros(0, np.uint64)))
    assert selected_class(BinSet((signal,)), named) == selected


def test_a_model_without_classes_selects_nobody():
    assert (
        selected_class(
            BinSet((categorical_signal("feature.a", "feature", CategoricalBins(("1",), np.zeros(0, np.uint64))),))
        )
        is None
    )
