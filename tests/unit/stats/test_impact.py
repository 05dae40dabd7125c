"""What the drift of a feature should have done to the mean prediction."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seamark.errors import Corrupt, NotFound
from seamark.stats.attribution import Attribution, response_of
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.cells import Cells, cells_of, feature_positions
from seamark.stats.counter import Counter
from seamark.stats.impact import centred, impacts, impacts_of, importances, ranked

ROWS = 4_000
EFFECT = {"FR": -0.1, "US": 0.0, "BR": 0.2}
BIN_SET = BinSet(
    (
        numeric_signal("score", "score", np.linspace(0, 1, 500), bins=100),
        categorical_signal("prediction", "prediction", categorical_bins(["no", "yes"], [7, 3])),
        numeric_signal("feature.amount", "feature", np.linspace(-3, 3, 1_000)),
        categorical_signal("feature.country", "feature", categorical_bins(["FR", "US", "BR"], [5, 4, 3])),
    )
)


def rows(seed, *, shift=0.0, brazil=0.2, missing=0.0, extra=0.0):
    """An amount and a country that add to a score, and nothing else does but `extra`."""
    rng = np.random.default_rng(seed)
    amount = rng.normal(shift, 1, ROWS)
    country = rng.choice(list(EFFECT), ROWS, p=[0.5, 0.5 - brazil, brazil])
    score = 0.4 + 0.1 * np.tanh(amount) + np.array([EFFECT[name] for name in country]) + extra
    amount[rng.random(ROWS) < missing] = np.nan
    return {"amount": amount, "country": country, "score": np.clip(score, 0, 1)}


def profile(data, weights=None):
    counter = Counter(BIN_SET, weights=weights)
    counter.add_rows(len(data["score"]))
    counter.add_numeric(0, data["score"])
    texts = np.where(data["score"] > 0.5, "yes", "no").tolist()
    counter.add_categories(1, BIN_SET.signals[1].bins.index_texts(texts))
    counter.add_numeric(2, data["amount"])
    counter.add_categories(3, BIN_SET.signals[3].bins.index_texts(data["country"].tolist()))
    return counter.profile()


def attribution(data, target="score"):
    """The mean score per cell, as the adoption of a reference takes it."""
    cells = cells_of(profile(data), feature_positions(BIN_SET))
    amount = BIN_SET.signals[2].bins.index(data["amount"])
    country = BIN_SET.signals[3].bins.index_texts(data["country"].tolist())
    at = np.concatenate([amount, country.astype(np.int64) + cells.offsets[1]])
    sums = np.bincount(at, np.tile(data["score"], 2), minlength=len(cells.rows))
    mean = np.divide(sums, cells.rows, out=np.full(len(sums), np.nan), where=cells.rows > 0)
    return Attribution(target, centred(mean, cells), float(data["score"].mean()))


REFERENCE = rows(1)
BASELINE = profile(REFERENCE)
KNOWN = attribution(REFERENCE)

counts = st.integers(2, 9).flatmap(
    lambda size: st.tuples(
        st.lists(st.integers(0, 1_000), min_size=size, max_size=size).filter(any),
        st.lists(st.integers(0, 1_000), min_size=size, max_size=size).filter(any),
        st.lists(st.floats(-10, 10), min_size=size, max_size=size),
    )
)


@given(counts)
def test_a_distribution_has_no_impact_against_itself(drawn):
    now, _, effects = drawn
    assert impacts(Cells.single(now), Cells.single(now), np.array(effects))[0] == pytest.approx(0, abs=1e-9)


@given(counts)
def test_the_way_back_has_the_opposite_impact(drawn):
    now, then, effects = drawn
    there = impacts(Cells.single(now), Cells.single(then), np.array(effects))
    back = impacts(Cells.single(then), Cells.single(now), np.array(effects))
    assert there[0] == pytest.approx(-back[0], abs=1e-9)


@given(counts, st.floats(-100, 100))
def test_where_the_zero_of_the_attributions_lies_changes_nothing(drawn, offset):
    now, then, effects = drawn
    plain, moved = np.array(effects), np.array(effects) + offset
    sides = Cells.single(now), Cells.single(then)
    assert impacts(*sides, moved)[0] == pytest.approx(impacts(*sides, plain)[0], abs=1e-8)
    assert importances(sides[1], moved)[0] == pytest.approx(importances(sides[1], plain)[0], abs=1e-5)


@given(counts)
def test_centred_attributions_are_zero_on_average(drawn):
    _, then, effects = drawn
    cells = Cells.single(then)
    assert cells.add(cells.shares() * centred(np.array(effects), cells))[0] == pytest.approx(0, abs=1e-6)


@given(counts, counts)
def test_many_features_at_once_are_each_as_alone(one, other):
    def together(place):
        sizes = [0, len(one[0]), len(one[0]) + len(other[0])]
        return Cells(np.array([*one[place], *other[place]], dtype=float), np.array(sizes))

    found = impacts(together(0), together(1), np.array([*one[2], *other[2]]))
    alone = [impacts(Cells.single(now), Cells.single(then), np.array(phi))[0] for now, then, phi in (one, other)]
    np.testing.assert_allclose(found, alone, atol=1e-9)


def test_impacts_of_features_that_add_up_add_up():
    found = impacts_of(profile(rows(2, shift=0.8, brazil=0.4)), BASELINE, KNOWN)
    assert found.impact.sum() == pytest.approx(found.shift, rel=0.1)
    assert found.explained == pytest.approx(1, abs=0.1)
    np.testing.assert_allclose(found.share, found.impact / found.shift)


def test_an_impact_has_the_direction_of_what_it_does_to_the_prediction():
    up, down = (impacts_of(profile(rows(2, shift=shift)), BASELINE, KNOWN) for shift in (0.5, -0.5))
    assert up.impact[0] > 0.02
    assert down.impact[0] < -0.02


def test_what_did_not_drift_stays_within_its_noise():
    found = impacts_of(profile(rows(3, shift=0.8)), BASELINE, KNOWN)
    assert abs(found.impact[1]) < 3 * found.noise[1]
    assert abs(found.impact[0]) > 10 * found.noise[0]


def test_the_noise_is_the_spread_of_impacts_without_drift():
    drawn = np.array([impacts_of(profile(rows(seed)), BASELINE, KNOWN).impact for seed in range(100, 140)])
    expected = impacts_of(profile(rows(99)), BASELINE, KNOWN).noise
    spread = drawn.std(axis=0) * np.sqrt(2)  # the baseline is the same in all of them
    assert ((spread / expected > 0.6) & (spread / expected < 1.6)).all()


def test_missing_values_are_a_cell_of_their_own():
    gap = rows(1, missing=0.1)
    gap["score"][np.isnan(gap["amount"])] = 0.9
    now = rows(2, missing=0.5)
    found = impacts_of(profile(now), profile(gap), attribution(gap))
    assert found.impact[0] == pytest.approx(0.4 * (0.9 - gap["score"][~np.isnan(gap["amount"])].mean()), rel=0.1)


def test_categories_never_seen_count_as_average():
    now = rows(2)
    now["country"] = np.full(ROWS, "XX", dtype=object)
    found = impacts_of(profile(now), BASELINE, KNOWN)
    assert found.impact[1] == pytest.approx(0, abs=1e-9)


def test_a_feature_without_attributions_has_no_impact_and_takes_none_from_others():
    effects = KNOWN.effects.copy()
    effects[cells_of(BASELINE, feature_positions(BIN_SET)).offsets[1] :] = np.nan
    found = impacts_of(profile(rows(2, shift=0.8)), BASELINE, Attribution("score", effects, KNOWN.baseline))
    assert np.isnan([found.impact[1], found.importance[1], found.share[1]]).all()
    assert found.explained == pytest.approx(found.impact[0] / found.shift)
    assert ranked(found.impact).tolist() == [0, 1]


def test_nothing_is_explained_where_the_prediction_did_not_move():
    found = impacts_of(profile(rows(5)), BASELINE, KNOWN)
    assert np.isnan(found.explained)
    assert np.isnan(found.share).all()
    assert np.isfinite(found.impact).all()


def test_features_that_pull_against_the_shift_explain_a_negative_share():
    found = impacts_of(profile(rows(2, shift=0.8, extra=-0.3)), BASELINE, KNOWN)
    assert found.shift < 0 < found.impact[0]
    assert found.share[0] < 0
    assert found.explained < 0


def test_a_window_without_rows_has_no_impact():
    empty = {"score": np.empty(0), "amount": np.empty(0), "country": np.empty(0, dtype=object)}
    found = impacts_of(profile(empty), BASELINE, KNOWN)
    assert np.isnan(found.impact).all()
    assert np.isnan([found.explained, found.shift]).all()


def test_importance_is_what_the_feature_does_to_the_reference():
    found = impacts_of(BASELINE, BASELINE, KNOWN)
    country = np.array([EFFECT[name] for name in REFERENCE["country"]])
    assert found.importance[1] == pytest.approx(country.std(), rel=0.05)


def test_a_row_of_weight_two_is_two_rows():
    data = rows(2, shift=0.5, missing=0.2)
    doubled = {name: np.concatenate([values, values[:1_000]]) for name, values in data.items()}
    weights = np.where(np.arange(ROWS) < 1_000, 2.0, 1.0)
    once, twice = (impacts_of(one, BASELINE, KNOWN) for one in (profile(data, weights), profile(doubled)))
    np.testing.assert_allclose(once.impact, twice.impact, atol=1e-12)
    assert once.shift == pytest.approx(twice.shift, abs=1e-3)


def test_mistyped_values_have_none():
    counter = Counter(BIN_SET)
    counter.add_rows(10)
    counter.add_numeric(2, np.full(10, np.nan), mistyped=np.arange(10) < 4)
    cells = cells_of(counter.profile(), np.array([2]))
    assert (cells.rows[-1], cells.rows.sum()) == (10, 10)


@pytest.mark.parametrize(
    ("target", "mean"),
    [
        ("score", lambda data: data["score"].mean()),
        ("prediction=yes", lambda data: (data["score"] > 0.5).mean()),
        ("prediction=no", lambda data: (data["score"] <= 0.5).mean()),
    ],
)
def test_the_mean_of_every_target_comes_out_of_the_profile(target, mean):
    found = response_of(BASELINE, target)
    assert (found.mean, found.n) == (pytest.approx(mean(REFERENCE), abs=1e-3), ROWS)


def test_log_odds_are_read_from_the_bins_of_the_score():
    found = response_of(BASELINE, "score", log_odds=True)
    score = np.clip(REFERENCE["score"], 1e-4, 1 - 1e-4)
    assert found.mean == pytest.approx(np.log(score / (1 - score)).mean(), abs=0.01)


@pytest.mark.parametrize(
    ("target", "sentence"),
    [("score.cat", "no signal 'score.cat'"), ("prediction=maybe", "no predicted class 'maybe'.*no, yes")],
)
def test_a_target_that_does_not_exist_is_named(target, sentence):
    with pytest.raises(NotFound, match=sentence):
        response_of(BASELINE, target)


def test_attributions_survive_their_bytes():
    read = Attribution.from_bytes(KNOWN.to_bytes(), "score", BIN_SET)
    np.testing.assert_allclose(read.effects, KNOWN.effects, atol=1e-7)
    assert (read.target, read.baseline, read.log_odds) == ("score", KNOWN.baseline, False)


def test_attributions_of_another_bin_set_are_corrupt():
    with pytest.raises(Corrupt, match="the bin set has"):
        Attribution.from_bytes(Attribution("score", np.zeros(3), 0.0).to_bytes(), "score", BIN_SET)
