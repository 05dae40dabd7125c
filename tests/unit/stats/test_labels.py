"""Labels are for people."""

import numpy as np
import pytest

from seamark.stats.binning import numeric_bins
from seamark.stats.labels import label_bins

TO = " \N{EN DASH} "


def test_plain_edges_read_as_ranges():
    assert label_bins(np.array([10.0, 20.0, 55.0])) == ["< 10", f"10{TO}20", f"20{TO}55", "≥ 55"]


def test_an_edge_just_above_a_number_closes_the_bin_on_it():
    assert label_bins(np.array([0.0, np.nextafter(0, 1), 2.5, np.nextafter(2.5, 3)])) == [
        "< 0",
        "= 0",
        f"0{TO}2.5",
        "= 2.5",
        "> 2.5",
    ]


def test_as_few_digits_as_keep_neighbours_apart():
    edges = np.array([1_700_000_000.21, 1_700_000_000.42, 1_700_000_000.78])
    assert label_bins(edges)[1:3] == [f"1700000000.2{TO}1700000000.4", f"1700000000.4{TO}1700000000.8"]
    assert label_bins(np.array([0.123456, 0.9]))[0] == "< 0.123"


def test_very_large_and_very_small_numbers_are_written_with_an_exponent():
    assert label_bins(np.array([1e-9, 2e20])) == ["< 1e-09", f"1e-09{TO}2e+20", "≥ 2e+20"]


def test_whole_numbers_read_inclusively():
    made = numeric_bins(np.arange(1000))
    assert made.labels()[:3] == ["< 0", f"0{TO}49", f"50{TO}99"]
    assert made.labels()[-1] == "> 999"


@pytest.mark.parametrize("seed", range(20))
def test_every_bin_has_a_label_of_its_own(seed):
    random = np.random.default_rng(seed)
    reference = random.choice(random.normal(0, 10 ** random.uniform(-6, 6), 300), 1000)
    made = numeric_bins(reference, extra_edges=[0.5])
    labels = made.labels()
    assert len(labels) == made.count
    assert len(set(labels)) == made.count
