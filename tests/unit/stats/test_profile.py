"""Profiles add: in any order, in any grouping, and back again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.errors import Corrupt, InvalidInput
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.profile import Profile

RANDOM = np.random.default_rng(0)
BIN_SET = BinSet(
    (
        numeric_signal("feature.amount", "feature", RANDOM.lognormal(3, 1, 2000)),
        categorical_signal("feature.country", "feature", categorical_bins(["FR", "US", "DE"], [5, 4, 1], top=2)),
        numeric_signal("feature.flag", "feature", [0, 1, 1]),
    )
)
OTHER_BIN_SET = BinSet(BIN_SET.signals[:2])
GOLDEN = bytes.fromhex(
    "534d5001002c99ade93e2ca79b789cb3776238c6c00000051c0148789ce360606002422009000074000f789c636238"
    "f29ebde35c7ba302001588043b"
)
AMOUNTS = st.one_of(st.floats(-100, 1000), st.sampled_from([np.nan, np.inf, -np.inf, 1e300]))
ROWS = st.lists(st.tuples(AMOUNTS, st.integers(0, 4), st.sampled_from([0.0, 1.0, 2.0])), max_size=12)
WEIGHTS = st.one_of(st.none(), st.floats(0.01, 1000))


def profile_of(rows, weight=None):
    amounts, countries, flags = (list(column) for column in zip(*rows, strict=True)) if rows else ([], [], [])
    counter = Counter(BIN_SET, weights=None if weight is None else np.full(len(rows), weight))
    counter.add_rows(len(rows))
    counter.add_numeric(0, np.array(amounts, dtype=float))
    counter.add_categories(1, np.array(countries, dtype=np.uint8))
    counter.add_numeric(2, np.array(flags, dtype=float))
    return counter.profile()


PROFILES = st.builds(profile_of, ROWS, WEIGHTS)


def assert_same(one, other, *, extremes=True):
    assert one.totals.tolist() == other.totals.tolist()
    assert (one.weighted is None) == (other.weighted is None)
    if one.weighted is not None:
        assert one.weighted.tolist() == other.weighted.tolist()
    if extremes:
        np.testing.assert_array_equal(one.minimum, other.minimum)
        np.testing.assert_array_equal(one.maximum, other.maximum)


@given(PROFILES, PROFILES)
def test_addition_is_commutative(a, b):
    assert_same(a + b, b + a)


@given(PROFILES, PROFILES, PROFILES)
def test_addition_is_associative(a, b, c):
    assert_same((a + b) + c, a + (b + c))


@given(PROFILES)
def test_the_empty_profile_is_zero(a):
    assert_same(a + Profile.empty(BIN_SET), a)


@given(st.lists(PROFILES, min_size=1, max_size=6), st.randoms())
def test_the_total_is_the_sum_in_any_order(profiles, shuffler):
    total = Profile.total(profiles)
    shuffler.shuffle(profiles)
    running = Profile.empty(BIN_SET)
    for profile in profiles:
        running = running + profile
    assert_same(total, running)


@given(PROFILES, PROFILES)
def test_what_was_added_can_be_taken_back(a, b):
    back = (a + b) - b
    weighted = (
        a
        if back.weighted is None or a.weighted is not None
        else a + Profile(BIN_SET, 0 * a.totals, np.full(3, np.inf), np.full(3, -np.inf), 0 * a.totals)
    )
    assert_same(back, weighted, extremes=False)


@given(PROFILES, PROFILES)
def test_extremes_after_taking_back_are_right_or_stale(a, b):
    back = (a + b) - b
    for kept, true in ((back.minimum, a.minimum), (back.maximum, a.maximum)):
        known = ~np.isnan(kept)
        np.testing.assert_array_equal(kept[known], true[known])


def test_extremes_stay_known_when_what_is_taken_back_lies_inside():
    wide = profile_of([(1.0, 0, 0.0), (500.0, 0, 1.0)])
    inside = profile_of([(20.0, 0, 1.0)])
    back = (wide + inside) - inside
    assert (back.minimum[0], back.maximum[0]) == (wide.minimum[0], wide.maximum[0])


def test_a_stale_extreme_stays_stale_when_more_is_added():
    a = profile_of([(1.0, 0, 0.0)])
    stale = (a + a) - a
    assert np.isnan((stale + profile_of([(-50.0, 0, 0.0)])).minimum[0])


@given(PROFILES)
def test_bytes_read_back_as_the_same_profile(a):
    again = Profile.from_bytes(a.to_bytes(), BIN_SET)
    assert_same(a, again)
    assert_same(a + a, again + a)


@given(PROFILES, PROFILES)
def test_stale_extremes_survive_bytes(a, b):
    stale = (a + b) - b
    assert_same(stale, Profile.from_bytes(stale.to_bytes(), BIN_SET))


@settings(max_examples=300)
@given(st.integers(0, 2**16), st.integers(1, 255), st.booleans())
def test_a_changed_byte_is_corrupt_or_harmless(at, flip, weighted):
    a = profile_of([(float(n), n % 5, 1.0) for n in range(40)], 2.5 if weighted else None)
    payload = bytearray(a.to_bytes())
    payload[at % len(payload)] ^= flip
    try:
        assert_same(a, Profile.from_bytes(bytes(payload), BIN_SET))
    except Corrupt as error:
        assert str(error).endswith(".")  # noqa: PT017 - both outcomes are right, the message must be a sentence


@pytest.mark.parametrize("weight", [None, 3.0])
def test_a_profile_cut_anywhere_is_corrupt(weight):
    payload = profile_of([(1.0, 0, 1.0)], weight).to_bytes()
    for length in range(len(payload)):
        with pytest.raises(Corrupt):
            Profile.from_bytes(payload[:length], BIN_SET)
    with pytest.raises(Corrupt, match="after its end"):
        Profile.from_bytes(payload + b"x", BIN_SET)


def test_another_version_and_another_bin_set_are_corrupt_by_name():
    payload = profile_of([]).to_bytes()
    with pytest.raises(Corrupt, match="version 9"):
        Profile.from_bytes(payload[:3] + b"\x09" + payload[4:], BIN_SET)
    with pytest.raises(Corrupt, match=f"not to {OTHER_BIN_SET.digest.hex()}"):
        Profile.from_bytes(payload, OTHER_BIN_SET)


def test_profiles_of_different_bin_sets_do_not_add():
    with pytest.raises(InvalidInput, match="do not add"):
        Profile.empty(BIN_SET) + Profile.empty(OTHER_BIN_SET)
    with pytest.raises(InvalidInput, match="do not add"):
        Profile.empty(BIN_SET) - Profile.empty(OTHER_BIN_SET)


def test_profiles_of_equal_bin_sets_read_twice_do_add():
    again = BinSet.from_bytes(BIN_SET.to_bytes())
    assert (Profile.empty(BIN_SET) + Profile.empty(again)).rows == 0


def test_the_total_of_nothing_needs_a_bin_set():
    assert Profile.total([], BIN_SET).rows == 0
    with pytest.raises(InvalidInput, match="needs a bin set"):
        Profile.total([])


def test_every_row_of_a_signal_is_counted_once():
    rows = [(np.nan, 4, 0.0), (5.0, 0, 1.0), (1e9, 3, 1.0), (-np.inf, 1, np.nan)]
    profile = profile_of(rows)
    assert profile.rows == 4
    assert (profile.n() + profile.missing + profile.mistyped).tolist() == [4, 4, 4]
    assert profile.missing.tolist() == [1, 1, 1]
    assert profile.counts_of(1).tolist() == [1, 1, 0, 1]
    assert profile.outside().tolist() == [2, 1, 0]


def test_mean_and_sd_are_those_of_the_values():
    values = RANDOM.lognormal(3, 1, 5000)
    profile = profile_of([(value, 0, 1.0) for value in values])
    mean, sd = profile.moments()
    scale = BIN_SET.signals[0].scale
    assert mean[0] == pytest.approx(values.mean(), abs=scale * 5e-4)
    assert sd[0] == pytest.approx(values.std(), abs=scale * 5e-4)
    assert (mean[2], sd[2]) == (pytest.approx(1.0, abs=5e-4), pytest.approx(0.0, abs=1e-3))
    assert np.isnan(mean[1])


def test_moments_of_nothing_are_unknown():
    mean, sd = profile_of([(np.nan, 0, np.nan)]).moments()
    assert np.isnan(mean).all()
    assert np.isnan(sd).all()


def test_one_wild_value_moves_the_mean_by_at_most_sixty_four_sd():
    signal = BIN_SET.signals[0]
    for wild in (1e300, np.inf):
        mean, _ = profile_of([(signal.center, 0, 1.0)] * 99 + [(wild, 0, 1.0)]).moments()
        assert mean[0] == pytest.approx(signal.center + 0.64 * signal.scale, rel=1e-2)


@given(st.lists(st.floats(-1e9, 1e9).filter(lambda value: value == 0 or abs(value) > 1e-30), min_size=1, max_size=9))
def test_extremes_enclose_the_values_to_five_digits(values):
    profile = profile_of([(value, 0, 1.0) for value in values])
    low, high = profile.minimum[0], profile.maximum[0]
    assert low <= min(values)
    assert high >= max(values)
    assert low == pytest.approx(min(values), rel=2**-14)
    assert high == pytest.approx(max(values), rel=2**-14)


def test_extremes_past_single_precision_are_infinite():
    profile = profile_of([(1e300, 0, 1.0), (-1e300, 0, 1.0)])
    assert (profile.minimum[0], profile.maximum[0]) == (-np.inf, np.inf)


def test_effective_n_is_the_square_of_the_weights_over_the_weights_squared():
    light, heavy = profile_of([(5.0, 0, 1.0)] * 30, 1.0), profile_of([(50.0, 1, 0.0)] * 10, 9.0)
    profile = light + heavy
    assert profile.n() == pytest.approx(np.full(3, (30 + 90) ** 2 / (30 + 10 * 81)), rel=1e-3)
    assert profile.rows == 40
    counts = profile.effective_counts()[BIN_SET.offsets[1] : BIN_SET.offsets[2]]
    assert counts[:2] / counts.sum() == pytest.approx([0.25, 0.75], rel=1e-3)
    assert counts.sum() == pytest.approx(profile.n()[1])


def test_equal_weights_change_no_share_no_moment_and_no_effective_n():
    rows = [(float(n), n % 4, 1.0) for n in range(1, 60)]
    plain, weighted = profile_of(rows), profile_of(rows, 20.0)
    assert weighted.n() == pytest.approx(plain.n(), rel=1e-3)
    assert weighted.effective_counts() == pytest.approx(plain.effective_counts(), rel=1e-3)
    for ours, theirs in zip(weighted.moments(), plain.moments(), strict=True):
        assert ours == pytest.approx(theirs, abs=1e-2, nan_ok=True)


def test_unweighted_rows_weigh_one_beside_weighted_ones():
    rows = [(float(n), n % 4, 1.0) for n in range(1, 20)]
    mixed = profile_of(rows) + profile_of(rows, 5.0)
    explicit = profile_of(rows, 1.0) + profile_of(rows, 5.0)
    assert mixed.weighted.tolist() == explicit.weighted.tolist()


def test_a_weighted_mean_is_the_mean_of_the_weighted_values():
    profile = profile_of([(10.0, 0, 1.0)], 3.0) + profile_of([(50.0, 0, 1.0)], 1.0)
    assert profile.moments()[0][0] == pytest.approx(20.0, abs=0.05)


def test_an_hour_of_sixty_features_takes_about_one_and_a_half_kilobytes():
    references = [RANDOM.lognormal(0, 1, 5000) if at % 2 else RANDOM.normal(size=5000) for at in range(60)]
    bin_set = BinSet(tuple(numeric_signal(f"f{at}", "feature", one) for at, one in enumerate(references)))
    counter = Counter(bin_set)
    counter.add_rows(200)
    for at, reference in enumerate(references):
        counter.add_numeric(at, RANDOM.choice(reference, 200))
    assert len(counter.profile().to_bytes()) < 1600


def test_golden_bytes_of_a_profile_never_change():
    # Stored blocks must stay readable: when this fails, the format needs a new version and a reader for this one.
    bin_set = BinSet((numeric_signal("x", "feature", [0.0, 1.5, 2.5, 4.0]),))
    counter = Counter(bin_set)
    counter.add_rows(4)
    counter.add_numeric(0, np.array([0.5, 2.0, 99.0, np.nan]))
    payload = counter.profile().to_bytes()
    again = Profile.from_bytes(GOLDEN, bin_set)
    assert payload[:13] == GOLDEN[:13]
    assert_same(counter.profile(), again)


def test_summing_in_any_batches_gives_the_same_bytes():
    rows = [(float(RANDOM.lognormal(3, 1)), int(RANDOM.integers(0, 5)), 1.0) for _ in range(50)]
    whole = profile_of(rows).to_bytes()
    for size in (1, 7, 49):
        parts = [profile_of(rows[at : at + size]) for at in range(0, len(rows), size)]
        assert Profile.total(parts).to_bytes() == whole
