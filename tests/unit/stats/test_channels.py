"""What a difference is: zero between equals, even or odd as it should be, and as noisy as sampling says."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seamark.stats.channels import (
    DIVERGENCE,
    SHIFT,
    SPREAD,
    Layout,
    Ranks,
    SeriesKind,
    differences,
    js_distance,
    trailing,
    trailings,
    within_reach,
)

MIXED = Layout.of([(SeriesKind.ORDERED, 7), (SeriesKind.UNORDERED, 4), (SeriesKind.SHARE, 2), (SeriesKind.VALUE, 2)])
ORDERED = Layout.of([(SeriesKind.ORDERED, 20)])
CELLS = hnp.arrays(np.float32, (MIXED.width, 3), elements=st.integers(0, 10**6).map(float), fill=st.nothing())
BINS = hnp.arrays(np.float32, 20, elements=st.integers(0, 10**4).map(float), fill=st.nothing())
RELAXED = settings(max_examples=50)


def column(cells):
    return np.asarray(cells, dtype=np.float32).reshape(-1, 1)


def shares(cells, layout=ORDERED):
    cells = column(cells)
    return (cells / np.maximum(layout.per_cell(layout.sizes_behind(cells)), 1e-30)).astype(np.float32)


def difference(counts, expected, layout=ORDERED, behind=1e12, under=None):
    counts, expected = column(counts), column(expected)
    ranks = Ranks.under(layout, shares(expected if under is None else under, layout)[:, 0])
    return differences(layout, counts, expected, np.full((len(layout), 1), behind, np.float32), ranks)


def of_dirichlet(count, rng, bins=20):
    return rng.dirichlet(np.ones(bins), count)


@RELAXED
@given(CELLS)
def test_what_is_as_expected_differs_by_nothing(cells):
    ranks = Ranks.under(MIXED, shares(cells[:, 0], MIXED)[:, 0])
    found = differences(MIXED, cells, cells, np.full((len(MIXED), 3), 100, np.float32), ranks)
    assert not found.x.any()
    assert not found.effect.any()


@RELAXED
@given(CELLS, CELLS)
def test_differences_are_finite_and_only_in_the_channels_a_series_has(cells, others):
    ranks = Ranks.under(MIXED, shares(others[:, 0], MIXED)[:, 0])
    found = differences(MIXED, cells, others, np.zeros((len(MIXED), 3), np.float32), ranks)
    for array in (found.x, found.null, found.effect, found.n):
        assert np.isfinite(array).all()
    assert (found.null >= 0).all()
    assert (found.effect >= 0).all()
    assert not found.x[~MIXED.has()].any()


@RELAXED
@given(CELLS)
def test_nothing_seen_or_nothing_expected_is_no_difference(cells):
    nothing = np.zeros_like(cells)
    ranks = Ranks.under(MIXED, shares(cells[:, 0], MIXED)[:, 0])
    behind = np.zeros((len(MIXED), 3), np.float32)
    for pair in ((nothing, cells), (cells, nothing)):
        found = differences(MIXED, *pair, behind, ranks)
        assert not found.x.any()
        assert not found.effect.any()


@pytest.mark.parametrize(("kind", "channels"), [(0, [1, 1, 1]), (1, [1, 0, 0]), (2, [0, 1, 0]), (3, [0, 1, 0])])
def test_each_kind_of_series_has_its_channels(kind, channels):
    assert Layout.of([(SeriesKind(kind), 2)]).has().tolist() == [[bool(each) for each in channels]]


@RELAXED
@given(BINS, BINS)
def test_the_shift_is_odd_and_the_spread_even_when_a_scale_is_turned_around(counts, expected):
    assume(counts.sum() > 0)
    assume(expected.sum() > 0)
    one, other = difference(counts, expected), difference(counts[::-1], expected[::-1])
    close = {"rtol": 1e-3, "atol": 2e-6}
    np.testing.assert_allclose(one.x[:, SHIFT], -other.x[:, SHIFT], **close)
    np.testing.assert_allclose(one.x[:, SPREAD], other.x[:, SPREAD], **close)
    np.testing.assert_allclose(one.x[:, DIVERGENCE], other.x[:, DIVERGENCE], **close)
    np.testing.assert_allclose(one.null, other.null, **close)


@RELAXED
@given(BINS, BINS)
def test_shift_and_spread_change_sign_and_the_divergence_stays_when_the_two_sides_are_exchanged(counts, expected):
    assume(counts.sum() > 0)
    assume(expected.sum() > 0)
    one = difference(counts, expected, under=expected)
    other = difference(expected, counts, under=expected)
    np.testing.assert_allclose(one.x[:, SHIFT:], -other.x[:, SHIFT:], atol=1e-6)
    np.testing.assert_allclose(one.x[:, DIVERGENCE], other.x[:, DIVERGENCE], rtol=1e-5, atol=1e-9)


@given(st.integers(0, 10_000))
def test_the_shift_is_the_area_under_the_roc_curve_less_a_half(seed):
    """P(a row of the window lies above one of the baseline), ties counting half."""
    p, q = of_dirichlet(2, np.random.default_rng(seed))
    above = np.tril(np.outer(p, q), -1).sum() + 0.5 * (p * q).sum()
    assert difference(p * 1e6, q * 1e6).x[0, SHIFT, 0] == pytest.approx(above - 0.5, abs=1e-5)


def test_the_spread_knows_wider_from_narrower():
    q = np.full(20, 50.0)
    outer = np.r_[np.full(5, 80.0), np.full(10, 20.0), np.full(5, 80.0)]
    assert difference(outer, q).x[0, SPREAD, 0] > 0.01
    assert difference(outer, q).x[0, SHIFT, 0] == pytest.approx(0, abs=1e-6)
    assert difference(np.roll(outer, 10), q).x[0, SPREAD, 0] < -0.01


@given(st.integers(0, 10_000), st.sampled_from([0.02, 0.2, 1.0, 20.0]))
def test_the_divergence_lies_between_jensen_shannons_less_28_percent_and_jensen_shannons(seed, concentration):
    """Topsøe 2000: Δ/4 ≤ JSD ≤ ln 2 · Δ/2, in nats."""
    rng = np.random.default_rng(seed)
    p, q = rng.dirichlet(np.full(20, concentration), 2) + 1e-12
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    jensen_shannon = (p * np.log(p / middle)).sum() / 2 + (q * np.log(q / middle)).sum() / 2
    found = difference(p * 1e6, q * 1e6).x[0, DIVERGENCE, 0]
    assert jensen_shannon / (2 * np.log(2)) <= found * (1 + 1e-5) + 1e-7
    assert found <= jensen_shannon * (1 + 1e-5) + 1e-7


def test_small_differences_are_jensen_shannons_and_disjoint_ones_are_the_largest():
    q = np.full(20, 1_000.0)
    p = q + np.tile([30.0, -30.0], 10)
    m, p_, q_ = (p + q) / 40_000, p / 20_000, q / 20_000
    jensen_shannon = (p_ * np.log(p_ / m)).sum() / 2 + (q_ * np.log(q_ / m)).sum() / 2
    found = difference(p, q)
    assert found.x[0, DIVERGENCE, 0] == pytest.approx(jensen_shannon, rel=1e-3)
    disjoint = difference(np.r_[np.ones(10), np.zeros(10)], np.r_[np.zeros(10), np.ones(10)])
    assert disjoint.x[0, DIVERGENCE, 0] == pytest.approx(0.5)


@RELAXED
@given(CELLS, CELLS, st.sampled_from([2.0, 64.0]))
def test_a_difference_does_not_depend_on_how_many_rows_are_expected(cells, others, factor):
    ranks, behind = Ranks.under(MIXED, shares(others[:, 0], MIXED)[:, 0]), np.full((4, 3), 50, np.float32)
    one = differences(MIXED, cells, others, behind, ranks)
    scaled = others * np.float32(factor)
    other = differences(MIXED, cells, scaled, behind, ranks)
    np.testing.assert_array_equal(one.x, other.x)
    np.testing.assert_array_equal(one.null, other.null)


SKEWED = np.r_[0.3, np.full(19, 0.7 / 19)]


@pytest.mark.parametrize("q", [np.full(20, 1 / 20), SKEWED, np.r_[np.full(2, 0.4), np.full(18, 0.2 / 18)]])
@pytest.mark.parametrize(("n", "m"), [(2_000, 1e9), (2_000, 3_000)])
def test_under_the_null_each_channel_spreads_as_multinomial_sampling_says(q, n, m):
    """Fixed seed; the mean of the divergence and the variances of the others, to a tenth."""
    rng, many = np.random.default_rng(5), 6_000
    counts = rng.multinomial(n, q, many).T.astype(np.float32)
    expected = (q[:, None] if m == 1e9 else rng.multinomial(m, q, many).T / m).astype(np.float32)
    expected = np.broadcast_to(expected, counts.shape)
    ranks = Ranks.under(ORDERED, q.astype(np.float32))
    found = differences(ORDERED, counts, expected, np.full((1, many), m, np.float32), ranks)
    null = found.null[0, :, 0]
    assert found.x[0, DIVERGENCE].mean() == pytest.approx(null[DIVERGENCE], rel=0.1)
    for channel in (SHIFT, SPREAD):
        x = found.x[0, channel].astype(float)
        assert x.var() == pytest.approx(null[channel], rel=0.1)
        assert abs(x.mean()) < 4 * np.sqrt(null[channel] / many)
    assert (found.effect == 0).mean() > 0.4, "a debiased effect is often nothing when nothing has changed"


@pytest.mark.parametrize("q", [0.02, 0.5, 0.97])
def test_a_share_has_the_same_noise_wherever_it_is(q):
    rng, many = np.random.default_rng(6), 20_000
    layout = Layout.of([(SeriesKind.SHARE, 2)])
    part = rng.binomial(1_000, q, many)
    counts = np.stack([part, 1_000 - part]).astype(np.float32)
    expected = np.broadcast_to(np.array([[q], [1 - q]], np.float32), counts.shape)
    ranks = Ranks.under(layout, expected[:, 0])
    found = differences(layout, counts, expected, np.full((1, many), 1e9, np.float32), ranks)
    assert found.x[0, SHIFT].var() == pytest.approx(found.null[0, SHIFT, 0], rel=0.05)
    assert found.effect[0] == pytest.approx(np.abs(part / 1_000 - q), abs=1e-6)


def test_many_bins_of_equal_mass_have_the_textbook_variances():
    layout = Layout.of([(SeriesKind.ORDERED, 200)])
    ranks = Ranks.under(layout, np.full(200, 1 / 200, np.float32))
    assert ranks.variance == pytest.approx(1 / 12, rel=1e-3)
    assert ranks.square_variance == pytest.approx(1 / 180, rel=1e-3)


def test_categories_have_no_ranks():
    ranks = Ranks.under(MIXED, shares(np.arange(1, 16), MIXED)[:, 0])
    assert not ranks.midrank[7:].any()


def test_a_value_is_the_mean_over_the_windows_it_was_seen_in():
    layout = Layout.of([(SeriesKind.VALUE, 2)])
    found = difference([12, 3], [5, 2], layout)
    assert (found.x[0, SHIFT, 0], found.effect[0, 0], found.n[0, 0]) == (1.5, 1.5, 3)
    assert found.null[0, SHIFT, 0] == 0


def test_the_distance_of_a_divergence_below_its_null_is_nothing():
    assert js_distance(np.float32([-0.1, 0])).tolist() == [0, 0]


def test_the_distance_of_a_divergence_is_exact_where_all_bins_change_by_the_same_factor():
    """Two bins that swap their shares (½ + u/2, ½ - u/2), and ends that nothing has in common."""
    for u in (1e-3, 0.1, 0.5, 0.9):
        p, q = np.array([1 + u, 1 - u]) / 2, np.array([1 - u, 1 + u]) / 2
        exact = np.sqrt(np.sum(p * np.log2(2 * p) + q * np.log2(2 * q)) / 2)
        divergence = np.sum((p - q) ** 2 / (p + q)) / 4
        assert js_distance(np.float32([divergence]))[0] == pytest.approx(exact, rel=1e-3)
    assert js_distance(np.float32([0.5]))[0] == pytest.approx(1, abs=1e-3)


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 40)), elements=st.integers(0, 10**5).map(float)),
    st.integers(1, 50),
    st.data(),
)
def test_trailing_sums_are_sums(cells, windows, data):
    first = data.draw(st.integers(0, cells.shape[1]))
    naive = [cells[:, max(end - windows + 1, 0) : end + 1].sum(axis=1) for end in range(first, cells.shape[1])]
    naive = np.array(naive, np.float32).reshape(-1, len(cells)).T
    np.testing.assert_array_equal(trailing(cells, windows, first), naive)


@given(st.lists(st.tuples(st.sampled_from(SeriesKind), st.integers(1, 5)), min_size=1, max_size=6), st.data())
def test_chosen_series_measure_what_they_do_among_others(series, data):
    layout = Layout.of([(kind, 2 if kind >= SeriesKind.SHARE else size) for kind, size in series])
    chosen = np.array(data.draw(st.lists(st.integers(0, len(layout) - 1), min_size=1, unique=True)))
    rng = np.random.default_rng(len(series))
    counts, expected = (rng.integers(0, 50, (layout.width, 2)).astype(np.float32) for _ in range(2))
    behind = np.full((len(layout), 2), 90, np.float32)
    ranks = Ranks.under(layout, shares(expected[:, 0], layout)[:, 0])
    part, cells = layout.chosen(chosen)
    whole = differences(layout, counts, expected, behind, ranks)
    some = differences(part, counts[cells], expected[cells], behind[chosen], ranks.chosen(chosen, cells))
    for of in ("x", "null", "effect", "n"):
        np.testing.assert_array_equal(getattr(some, of), getattr(whole, of)[chosen])


@given(
    hnp.arrays(np.float32, st.tuples(st.integers(1, 4), st.integers(1, 40)), elements=st.integers(0, 10**5).map(float)),
    st.lists(st.integers(1, 50), min_size=1, max_size=4),
)
def test_several_spans_are_summed_as_each_alone_and_nothing_is_written_over(cells, spans):
    before = cells.copy()
    for span, found in zip(spans, trailings(cells, spans), strict=True):
        np.testing.assert_array_equal(found, trailing(cells, span))
    np.testing.assert_array_equal(cells, before)


@given(
    st.integers(1, 50_000), st.lists(st.tuples(st.sampled_from(SeriesKind), st.integers(2, 4)), min_size=1, max_size=40)
)
def test_blocks_cover_every_series_once_with_those_alike_together(windows, series):
    layout = Layout.of(series)
    blocks = layout.blocks(windows)
    assert sorted(np.concatenate(blocks).tolist()) == list(range(len(series)))
    assert all(len({series[number] for number in block}) == 1 for block in blocks)


def test_few_rows_can_hide_what_many_cannot():
    layout = Layout.of([(SeriesKind.ORDERED, 4), (SeriesKind.SHARE, 2), (SeriesKind.MEAN, 2)])
    usual = np.array([25, 25, 25, 25, 10, 90, 0, 100], np.float32)[:, None]
    expected = np.repeat(usual, 2, axis=1)
    counts = expected * np.array([1.0, 100.0], np.float32)
    behind = np.full((3, 2), 1e6, np.float32)
    found = differences(layout, counts, expected, behind, Ranks.under(layout, usual[:, 0] / 100))
    few, many = within_reach(layout, found).T
    assert (found.effect == 0).all()
    assert (few > 0.02).all()
    assert (many < few / 3).all()
    deviation = np.sqrt(0.1 * 0.9 / 100)
    assert few[1] == pytest.approx(deviation, rel=0.1)


def test_a_share_that_never_happens_may_still_be_one_in_so_many_rows():
    layout = Layout.of([(SeriesKind.SHARE, 2)])
    counts, expected = np.array([[0], [50]], np.float32), np.array([[0], [50]], np.float32)
    found = differences(layout, counts, expected, np.full((1, 1), 1e6, np.float32), Ranks.under(layout, expected[:, 0]))
    assert 0 < within_reach(layout, found)[0, 0] < 0.02
