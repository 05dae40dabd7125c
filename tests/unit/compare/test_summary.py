"""The words of a report: numbers, shares, days, and one sentence on what changed."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.compare import compare
from seamark.compare.summary import moment, number, numbers, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1, "1"),
        (-2.5, "-2.5"),
        (0.1435, "0.1435"),
        (0.00012, "0.00012"),
        (3.14159, "3.142"),
        (39.857, "39.86"),
        (29645.4, "29,645"),
        (1234567.8, "1,234,568"),
        (12345678.9, "1.23e+07"),
        (-4.8e-312, "-4.8e-312"),
        (100.0, "100"),
    ],
)
def test_numbers_have_the_digits_people_read(value, text):
    assert number(value) == text


@given(st.floats(-1e300, 1e300))
def test_any_number_can_be_written_and_read_back_roughly(value):
    assert float(number(value).replace(",", "")) == pytest.approx(value, rel=1e-2, abs=5e-5)


@pytest.mark.parametrize(
    ("pair", "texts"),
    [
        ((245.5, 290.0), ["245.5", "290.0"]),
        ((0.3, 0.4583), ["0.3000", "0.4583"]),
        ((100.0, 150.0), ["100", "150"]),
        ((0.0, 0.5), ["0", "0.5000"]),
        ((29645.4, 3.0), ["29,645", "3.000"]),
        ((1.2e9, 0.5), ["1.20e+09", "0.5000"]),
        ((2e-5, 3.1e-5), ["2.00e-05", "3.10e-05"]),
    ],
)
def test_numbers_beside_each_other_have_as_many_digits(pair, texts):
    assert numbers(*pair) == texts


@given(st.lists(st.floats(1e-3, 9e6), min_size=2, max_size=5))
def test_no_number_has_fewer_digits_than_its_neighbour(values):
    written = numbers(*values)
    digits = [len(text.replace(",", "").replace(".", "").lstrip("0")) for text in written]
    if not all(value.is_integer() for value in values):
        assert min(digits) >= 4
    for value, text in zip(values, written, strict=True):
        assert float(text.replace(",", "")) == pytest.approx(value, rel=1e-3)


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0 %"),
        (0.0001, "< 0.1 %"),
        (0.004, "0.4 %"),
        (0.0996, "10.0 %"),
        (0.1, "10 %"),
        (0.256, "26 %"),
        (1, "100 %"),
    ],
)
def test_shares_are_per_cent_with_a_digit_only_where_it_says_something(share, text):
    assert percent(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "1970-01-01"), (1_577_836_800.0, "2020-01-01"), (-1e18, "0001-01-01"), (1e18, "9999-12-31")],
)
def test_days_stay_inside_the_calendar(seconds, text):
    assert moment(seconds) == text


NORMAL = np.random.default_rng(5).normal(50, 10, 2_000)


@pytest.mark.parametrize(
    ("reference", "current", "sentence"),
    [
        (NORMAL, NORMAL + 5, r"mean 50\.\d+ → 55\.\d+ \(\+0\.51 sd\)"),
        (NORMAL, NORMAL - 5, r"mean 50\.\d+ → 45\.\d+ \(-0\.51 sd\)"),
        (NORMAL, 50 + 2 * (NORMAL - 50), r"sd \d+\.\d+ → \d+\.\d+"),
        (NORMAL, np.where(NORMAL > 50, 100 - NORMAL, NORMAL), "mean"),
        (["a"] * 90 + ["b"] * 10, ["a"] * 60 + ["b"] * 40, "a: 90 % → 60 %|b: 10 % → 40 %"),
        ([0, 1] * 100, [0, 1, 1, 1] * 50, "0: 50 % → 25 %"),
        ([False] * 100, [True] * 100, "false: 100 % → 0 %"),
        ([5.0] * 100, [6.0] * 100, "5: 100 % → 0 %"),
    ],
)
def test_the_shortest_true_sentence_is_said(reference, current, sentence):
    column = compare({"x": reference}, {"x": current})["x"]
    assert column.verdict == "drifted"
    assert re.search(sentence, column.summary)


def test_a_change_of_shape_alone_is_told_by_the_bin_that_changed_most():
    rng = np.random.default_rng(6)
    one_hump = rng.normal(0, 1, 4_000)
    two_humps = np.concatenate([rng.normal(-0.9, 0.44, 2_000), rng.normal(0.9, 0.44, 2_000)])
    summary = compare({"x": one_hump}, {"x": two_humps})["x"].summary
    assert "%" in summary
    assert "mean" not in summary
    assert "sd" not in summary
