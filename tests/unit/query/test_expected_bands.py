"""Bands of estimated quality: never narrower than chance, wider after every miss, and within what is possible."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.query.expected import widened
from seamark.stats.expected import Misses
from seamark.stats.intervals import Metric

shares = st.floats(0, 1)


@st.composite
def metrics(draw, most=1.0):
    low, value, high = sorted(draw(st.lists(st.floats(0, most), min_size=3, max_size=3)))
    return Metric(value, low, high, 100.0)


def missed(*pairs):
    misses = Misses()
    for estimated, realised in pairs:
        misses = misses.after(estimated, realised)
    return misses


pasts = st.lists(st.tuples(metrics(), metrics()), max_size=6)


@given(metrics(), pasts)
def test_a_band_that_knows_of_misses_holds_the_one_that_does_not(estimated, past):
    band = widened({"accuracy": estimated}, {"accuracy": missed(*past)})["accuracy"]
    assert (band.value, band.n) == (estimated.value, estimated.n)
    assert 0 <= band.low <= estimated.low + 1e-12
    assert estimated.high - 1e-12 <= band.high <= 1


@given(metrics(), pasts, st.randoms())
def test_the_order_of_past_windows_does_not_matter(estimated, past, random):
    shuffled = list(past)
    random.shuffle(shuffled)
    one, other = (missed(*each).widened(estimated) for each in (past, shuffled))
    assert (one.low, one.high) == pytest.approx((other.low, other.high))


@given(metrics(), st.floats(0.01, 0.5), st.integers(1, 20))
def test_the_same_miss_in_every_window_is_the_band_however_many_there_were(estimated, by, windows):
    sure = Metric(0.5, 0.5, 0.5, 100.0)
    off = Metric(0.5 + by, 0.5 + by, 0.5 + by, 100.0)
    band = missed(*[(sure, off)] * windows).widened(sure)
    assert band.high - band.value == pytest.approx(1.96 * by, rel=1e-3)
    assert missed(*[(sure, sure)] * windows).widened(estimated).high == pytest.approx(estimated.high)


@given(st.floats(-1, 1), st.integers(1, 20))
def test_misses_that_so_few_rows_explain_do_not_widen_the_band(share, windows):
    """The band of a window is 1.96 of its standard deviations wide: a miss of one of them is mere chance."""
    said = Metric(0.5, 0.304, 0.696, 100.0)
    came = Metric(0.5 + share * 0.0999, 0.5, 0.5, 100.0)
    band = missed(*[(said, came)] * windows).widened(said)
    assert (band.low, band.high) == pytest.approx((said.low, said.high))


def test_a_loss_has_no_upper_end_and_a_share_has():
    far = Misses(1, 25.0, 0.0)
    estimated = Metric(0.7, 0.6, 0.8, 100.0)
    bands = widened({"log_loss": estimated, "auc": estimated}, {"log_loss": far, "auc": far})
    assert bands["log_loss"].high > 5
    assert (bands["auc"].low, bands["auc"].high) == (0.0, 1.0)
    assert bands["log_loss"].low == 0.0


def test_a_metric_that_was_never_checked_keeps_its_band_and_the_others_do_not_lend_it_theirs():
    estimated = Metric(0.7, 0.6, 0.8, 100.0)
    bands = widened({"auc": estimated, "recall": estimated}, {"recall": Misses(1, 1.0, 0.0)})
    assert bands["auc"] == estimated
    assert bands["recall"].low == 0.0


@given(shares, shares)
def test_one_miss_is_counted_by_its_square_and_by_what_chance_explains(estimated, realised):
    said, came = Metric(estimated, estimated - 0.1, estimated + 0.1, 10.0), Metric(realised, realised, realised, 10.0)
    misses = Misses().after(said, came)
    assert misses.windows == 1
    assert misses.squares == pytest.approx((estimated - realised) ** 2)
    assert math.sqrt(misses.chance) == pytest.approx(0.1 / 1.96, rel=1e-3)
