"""What is kept of joined predictions adds, can be taken back, and says what scikit-learn says of the rows."""

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from seamark.errors import Corrupt, InvalidInput
from seamark.stats.binning import numeric_bins
from seamark.stats.joined import BusinessSum, Joined
from seamark.stats.outcome_sums import business_scale
from seamark.stats.scorecard import Scorecard

NAN = math.nan
CLASSES = ("low", "middle", "high")


def score_edges(random, bins=100):
    return numeric_bins(random.beta(2, 3, 20_000), bins=bins, extra_edges=(0.0, 0.5, 1.0)).edges


def a_card(task):
    random = np.random.default_rng(0)
    ratios = (BusinessSum("revenue", 64.0), BusinessSum("share"))
    if task == "multiclass":
        return Scorecard(task, CLASSES, edges=(score_edges(random, 50),) * 3, business=ratios)
    if task == "regression":
        return Scorecard(task, center=10.0, scale=3.0, error_scale=1.0, quantile=0.9, business=ratios)
    classes = ("0", "1") if task == "binary" else ()
    return Scorecard(task, classes, edges=(score_edges(random),), threshold=0.5, business=ratios)


CARDS = {task: a_card(task) for task in ("binary", "multiclass", "regression", "ranking")}


def some_rows(task, seed, rows, *, odd=True):
    """Joined rows of a model that is right more often than not; `odd`: with all that can be missing or wild."""
    random = np.random.default_rng(seed)
    if task == "regression":
        outcome = random.normal(10, 3, rows)
        joined = Joined(outcome, outcome + random.normal(0.2, 1, rows))
    elif task == "multiclass":
        scores = random.dirichlet([1, 1, 1], rows)
        outcome = np.array([random.choice(3, p=each) for each in scores], dtype=float).reshape(rows)
        joined = Joined(outcome, scores.argmax(axis=1).astype(float) if rows else np.empty(0), scores)
    else:
        scores = random.beta(2, 3, rows)
        outcome = (random.random(rows) < scores).astype(float)
        joined = Joined(outcome, (scores >= 0.5).astype(float), scores[:, None])
    if task == "ranking":
        joined = replace(joined, position=random.integers(1, 30, rows).astype(float))
    money = random.lognormal(3, 1, rows)
    joined = replace(joined, business={"revenue": (money, np.ones(rows)), "share": (outcome, np.ones(rows))})
    return with_odd_values(random, joined) if odd and rows else joined


def with_odd_values(random, joined):
    def spoiled(values):
        odd = random.choice([NAN, math.inf, -math.inf, -1.0, 0.0, 1e300, 7.0], len(values))
        return np.where(random.random(len(values)) < 0.2, odd, values)

    return replace(
        joined,
        outcome=spoiled(joined.outcome),
        predicted=spoiled(joined.predicted),
        scores=None if joined.scores is None else np.column_stack([spoiled(each) for each in joined.scores.T]),
        weights=spoiled(random.lognormal(0, 1, joined.rows)),
        business={name: (spoiled(one), spoiled(other)) for name, (one, other) in joined.business.items()},
    )


def chosen(joined, rows):
    def part(values):
        return None if values is None else values[rows]

    return Joined(
        joined.outcome[rows],
        part(joined.predicted),
        part(joined.scores),
        part(joined.weights),
        part(joined.position),
        {name: (one[rows], other[rows]) for name, (one, other) in joined.business.items()},
    )


@pytest.mark.parametrize("task", CARDS)
@given(seed=st.integers(0, 10_000), rows=st.integers(0, 60), groups=st.integers(1, 4))
def test_vectors_of_parts_add_up_to_the_vector_of_all(task, seed, rows, groups):
    card, joined = CARDS[task], some_rows(task, seed, rows)
    group = np.random.default_rng(seed).integers(0, groups, rows)
    parts = [card.count(chosen(joined, np.flatnonzero(group == number))) for number in range(groups)]
    assert np.array_equal(sum(parts), card.count(joined))
    assert np.array_equal(card.count_groups(joined, group, groups), parts)


@pytest.mark.parametrize("task", CARDS)
@given(seed=st.integers(0, 10_000), wrong=st.integers(1, 30))
def test_a_correction_leaves_what_would_be_if_the_newest_value_had_come_at_once(task, seed, wrong):
    card, joined = CARDS[task], some_rows(task, seed, 60)
    random = np.random.default_rng(seed + 1)
    before = replace(
        joined, outcome=np.concatenate([random.permutation(joined.outcome[:wrong]), joined.outcome[wrong:]])
    )
    rows = np.arange(wrong)
    vector = card.count(before) - card.count(chosen(before, rows)) + card.count(chosen(joined, rows))
    assert np.array_equal(vector, card.count(joined))


@pytest.mark.parametrize("task", CARDS)
@given(seed=st.integers(0, 10_000))
def test_the_order_of_rows_changes_nothing(task, seed):
    card, joined = CARDS[task], some_rows(task, seed, 40)
    shuffled = chosen(joined, np.random.default_rng(seed).permutation(40))
    assert np.array_equal(card.count(shuffled), card.count(joined))


@pytest.mark.parametrize("task", CARDS)
@given(seed=st.integers(0, 10_000), rows=st.integers(0, 40))
def test_every_metric_is_a_number_inside_its_interval(task, seed, rows):
    found = CARDS[task].metrics(CARDS[task].count(some_rows(task, seed, rows)))
    for name, metric in found.items():
        assert metric.low <= metric.value <= metric.high, name
        assert math.isfinite(metric.low), name
        assert math.isfinite(metric.high), name
        assert metric.n > 0, name


@pytest.mark.parametrize("task", CARDS)
def test_no_rows_have_no_metrics(task):
    card = CARDS[task]
    assert card.metrics(card.count(some_rows(task, 0, 0))) == {}
    unknown = replace(some_rows(task, 0, 3, odd=False), outcome=np.full(3, NAN), business={})
    assert card.metrics(card.count(unknown)) == {}
    assert card.rows(card.count(unknown)) == (0, 3)


@pytest.mark.parametrize("task", CARDS)
def test_a_card_survives_json(task):
    card = CARDS[task]
    again = Scorecard.from_dict(json.loads(json.dumps(card.to_dict())))
    assert again.digest == card.digest
    rows = some_rows(task, 1, 50)
    assert np.array_equal(again.count(rows), card.count(rows))


def test_another_card_has_another_digest():
    cards = [*CARDS.values(), replace(CARDS["binary"], threshold=0.4), replace(CARDS["binary"], business=())]
    assert len({card.digest for card in cards}) == len(cards)


@pytest.mark.parametrize("document", [{}, {"version": 99}, CARDS["binary"].to_dict() | {"edges": [[3, 1]]}])
def test_what_is_no_card_is_refused(document):
    with pytest.raises(Corrupt):
        Scorecard.from_dict(document)


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"task": "guessing"}, "cannot be for the task 'guessing'; the tasks are binary, multiclass"),
        ({"task": "binary", "classes": ("a",)}, "has 2 to 2 classes; 1 were given"),
        (
            {"task": "multiclass", "classes": ("a", "b"), "edges": (np.zeros(1),)},
            "edges for 2 columns of scores, not 1",
        ),
        ({"task": "regression", "error_scale": 0.0}, "scales of a scorecard are finite and above 0, not 1.0 and 0.0"),
    ],
)
def test_a_card_that_does_not_fit_together_is_refused_in_a_sentence(fields, sentence):
    with pytest.raises(InvalidInput, match=sentence):
        Scorecard(**fields)


def test_labels_are_one_class_however_they_are_written():
    binary = CARDS["binary"]
    assert [binary.class_number(text) for text in ("0", "1", "1.0", "true", "False", "TRUE")] == [0, 1, 1, 1, 0, 1]
    assert math.isnan(binary.class_number("2"))
    assert [Scorecard("binary", ("False", "True")).class_number(text) for text in ("0", "1", "true")] == [0, 1, 1]
    assert [Scorecard("binary", ("1.0", "1")).class_number(text) for text in ("1.0", "1", "true")] == [0, 1, 1]


# --- beside scikit-learn --------------------------------------------------------------------------------------------


@pytest.fixture(scope="module", params=[1, 2])
def binary(request):
    joined = some_rows("binary", request.param, 20_000, odd=False)
    return joined, CARDS["binary"].metrics(CARDS["binary"].count(joined))


def test_losses_and_decisions_of_a_binary_model_are_scikit_learns(binary):
    joined, found = binary
    y, said, p = joined.outcome, joined.predicted, joined.scores[:, 0]
    assert found["log_loss"].value == pytest.approx(sk.log_loss(y, p), abs=1e-6)
    assert found["brier_score"].value == pytest.approx(sk.brier_score_loss(y, p), abs=1e-6)
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(y, said), abs=1e-12)
    assert found["precision"].value == pytest.approx(sk.precision_score(y, said), abs=1e-12)
    assert found["recall"].value == pytest.approx(sk.recall_score(y, said), abs=1e-12)
    assert found["f1"].value == pytest.approx(sk.f1_score(y, said), abs=1e-12)
    assert found["false_positive_rate"].value == pytest.approx(said[y == 0].mean(), abs=1e-12)
    assert found["accuracy"].n == 20_000


def test_auc_is_scikit_learns_within_half_the_pairs_that_share_a_bin(binary):
    joined, found = binary
    counts = CARDS["binary"].sections(CARDS["binary"].count(joined))["score"].sum(axis=-1)
    shares = counts / counts.sum(axis=0)
    together = (shares[:, 0] * shares[:, 1]).sum() / 2
    assert together < 0.005
    exact = sk.roc_auc_score(joined.outcome, joined.scores[:, 0])
    assert abs(found["auc"].value - exact) <= together
    assert abs(found["auc"].value - exact) < 1e-4


def test_average_precision_is_scikit_learns_within_two_thousandths(binary):
    joined, found = binary
    exact = sk.average_precision_score(joined.outcome, joined.scores[:, 0])
    assert found["average_precision"].value == pytest.approx(exact, abs=2e-3)


def test_auc_and_average_precision_are_exact_when_every_score_has_a_bin():
    random = np.random.default_rng(3)
    p = random.choice(np.arange(1, 10) / 10, 5_000)
    y = (random.random(5_000) < p).astype(float)
    card = Scorecard("binary", ("no", "yes"), edges=(np.arange(1, 10) / 10,))
    found = card.metrics(card.count(Joined(y, scores=p[:, None])))
    assert found["auc"].value == pytest.approx(sk.roc_auc_score(y, p), abs=1e-12)
    assert "accuracy" not in found


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.8])
def test_any_threshold_can_be_asked_for_at_the_nearest_edge(binary, threshold):
    joined, _ = binary
    card = CARDS["binary"]
    edge = card.nearest_threshold(threshold)
    assert abs(edge - threshold) < 0.02
    found = card.metrics(card.count(joined), threshold=threshold)
    said = joined.scores[:, 0] >= edge
    assert found["precision"].value == pytest.approx(sk.precision_score(joined.outcome, said), abs=1e-12)
    assert found["recall"].value == pytest.approx(sk.recall_score(joined.outcome, said), abs=1e-12)


def test_a_row_without_a_prediction_is_decided_by_the_threshold():
    joined = some_rows("binary", 4, 1_000, odd=False)
    silent = replace(joined, predicted=np.where(np.arange(1_000) % 2, NAN, joined.predicted))
    assert np.array_equal(CARDS["binary"].count(silent), CARDS["binary"].count(joined))


def test_calibration_error_is_near_0_for_calibrated_scores_and_the_gap_for_others(binary):
    joined, found = binary
    assert found["calibration_error"].value < 0.015
    outcome = (np.random.default_rng(5).random(20_000) < joined.scores[:, 0] * 0.5).astype(float)
    worse = CARDS["binary"].metrics(CARDS["binary"].count(Joined(outcome, scores=joined.scores)))
    assert worse["calibration_error"].value == pytest.approx(joined.scores.mean() * 0.5, abs=0.01)


def test_scores_that_are_no_probabilities_have_an_auc_and_no_log_loss():
    joined = some_rows("binary", 6, 2_000, odd=False)
    wide = replace(joined, scores=joined.scores * 10 - 3)
    card = Scorecard("binary", ("0", "1"), edges=(numeric_bins(wide.scores[:, 0], bins=100).edges,))
    found = card.metrics(card.count(wide))
    assert found["auc"].value == pytest.approx(sk.roc_auc_score(joined.outcome, joined.scores[:, 0]), abs=1e-3)
    assert not {"log_loss", "brier_score", "calibration_error"} & set(found)


def test_multiclass_is_scikit_learns():
    joined = some_rows("multiclass", 7, 20_000, odd=False)
    found = CARDS["multiclass"].metrics(CARDS["multiclass"].count(joined))
    y, said, p = joined.outcome, joined.predicted, joined.scores
    assert found["accuracy"].value == pytest.approx(sk.accuracy_score(y, said), abs=1e-12)
    assert found["macro_f1"].value == pytest.approx(sk.f1_score(y, said, average="macro"), abs=1e-9)
    assert found["weighted_f1"].value == pytest.approx(sk.f1_score(y, said, average="weighted"), abs=1e-9)
    assert found["log_loss"].value == pytest.approx(sk.log_loss(y, p), abs=1e-6)
    assert found["auc"].value == pytest.approx(sk.roc_auc_score(y, p, multi_class="ovr"), abs=1e-3)
    confusion = CARDS["multiclass"].sections(CARDS["multiclass"].count(joined))["confusion"]
    assert np.array_equal(confusion // 256, sk.confusion_matrix(y, said).T)


def test_a_class_that_never_occurs_counts_for_nothing():
    joined = some_rows("multiclass", 8, 3_000, odd=False)
    without = chosen(joined, np.flatnonzero((joined.outcome != 2) & (joined.predicted != 2)))
    found = CARDS["multiclass"].metrics(CARDS["multiclass"].count(without))
    assert found["macro_f1"].value == pytest.approx(
        sk.f1_score(without.outcome, without.predicted, average="macro"), abs=1e-9
    )


def test_regression_is_scikit_learns():
    joined = some_rows("regression", 9, 20_000, odd=False)
    found = CARDS["regression"].metrics(CARDS["regression"].count(joined))
    y, said = joined.outcome, joined.predicted
    expected = {
        "mae": sk.mean_absolute_error(y, said),
        "rmse": sk.root_mean_squared_error(y, said),
        "r2": sk.r2_score(y, said),
        "mape": sk.mean_absolute_percentage_error(y, said),
        "bias": (said - y).mean(),
        "quantile_loss": sk.mean_pinball_loss(y, said, alpha=0.9),
    }
    for name, value in expected.items():
        assert found[name].value == pytest.approx(value, abs=1e-4), name
    # Buckets are 19 % wide, and values lie evenly enough within one.
    assert found["median_absolute_error"].value == pytest.approx(sk.median_absolute_error(y, said), rel=0.02)


def test_outcomes_of_zero_have_no_percentage_and_all_else():
    found = CARDS["regression"].metrics(CARDS["regression"].count(Joined(np.zeros(5), np.ones(5))))
    assert found["mae"].value == 1.0
    assert "mape" not in found
    assert "r2" not in found


def test_one_wild_error_counts_as_64_scales():
    joined = Joined(np.array([10.0, 11.0]), np.array([10.0, 1e300]))
    assert CARDS["regression"].metrics(CARDS["regression"].count(joined))["mae"].value == 32.0


def test_a_ranking_with_one_hit_a_list_has_scikit_learns_ndcg():
    random = np.random.default_rng(10)
    lists, length = 800, 20
    hit = np.where(random.random(lists) < 0.6, random.integers(0, length, lists), -1)
    relevance = (np.arange(length) == hit[:, None]).astype(float)
    position = np.tile(np.arange(1, length + 1), lists).astype(float)
    card = CARDS["ranking"]
    found = card.metrics(card.count(Joined(relevance.reshape(-1), position=position)))
    shown = -np.tile(np.arange(length, dtype=float), (lists, 1))
    assert found["ndcg_at_10"].value == pytest.approx(sk.ndcg_score(relevance, shown, k=10), abs=1e-9)
    assert found["hit_rate_at_10"].value == relevance[:, :10].any(axis=1).mean()
    assert found["click_through_rate"].value == relevance.mean()


def test_a_ranking_with_more_hits_than_lists_says_its_click_through_rate_alone():
    joined = Joined(np.ones(40), position=np.tile(np.arange(1, 11), 4).astype(float))
    found = CARDS["ranking"].metrics(CARDS["ranking"].count(joined))
    assert found["click_through_rate"].value == 1.0
    assert not {"ndcg_at_10", "hit_rate_at_10"} & set(found)


def test_business_ratios_are_those_of_the_rows():
    joined = some_rows("binary", 11, 5_000, odd=False)
    money, clicks = joined.business["revenue"][0], (np.arange(5_000) % 3 == 0).astype(float)
    joined = replace(joined, business={"revenue": (money, clicks), "share": (joined.outcome, np.ones(5_000))})
    found = CARDS["binary"].metrics(CARDS["binary"].count(joined))
    assert found["revenue"].value == pytest.approx(money.sum() / clicks.sum(), rel=1e-5)
    assert found["share"].value == pytest.approx(joined.outcome.mean(), abs=1e-9)


def test_a_business_ratio_over_nothing_is_absent():
    joined = replace(some_rows("binary", 12, 10, odd=False), business={"revenue": (np.ones(10), np.zeros(10))})
    assert not {"revenue", "share"} & set(CARDS["binary"].metrics(CARDS["binary"].count(joined)))


@given(st.lists(st.floats(-1e9, 1e9, allow_subnormal=False), min_size=1, max_size=50))
def test_the_scale_of_a_business_sum_is_a_power_of_two_that_nearly_all_values_stay_below(values):
    scale = business_scale(np.array([*values, NAN]))
    assert math.log2(scale) == round(math.log2(scale))
    assert scale >= np.quantile(np.abs(values), 0.999) or scale == 1


# --- weights and intervals ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("task", CARDS)
def test_equal_weights_change_no_metric(task):
    joined = some_rows(task, 13, 500, odd=False)
    plain, heavy = (
        CARDS[task].metrics(CARDS[task].count(each)) for each in (joined, replace(joined, weights=np.full(500, 20.0)))
    )
    assert plain.keys() == heavy.keys()
    for name, metric in plain.items():
        assert heavy[name].value == pytest.approx(metric.value, rel=1e-6), name
        assert heavy[name].low == pytest.approx(metric.low, rel=1e-6), name


def test_a_row_counts_as_its_weight_and_widens_the_interval():
    joined = some_rows("binary", 14, 4_000, odd=False)
    weights = np.where(np.arange(4_000) % 2, 9.0, 1.0)
    found = CARDS["binary"].metrics(CARDS["binary"].count(replace(joined, weights=weights)))
    right = joined.outcome == joined.predicted
    assert found["accuracy"].value == pytest.approx(np.average(right, weights=weights), abs=1e-9)
    assert found["accuracy"].n == pytest.approx(weights.sum() ** 2 / (weights**2).sum())


COVERED = (
    "auc",
    "accuracy",
    "f1",
    "log_loss",
    "average_precision",
    "macro_f1",
    "weighted_f1",
    "mae",
    "rmse",
    "r2",
)


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression"])
def test_intervals_hold_the_truth_about_95_times_in_100(task):
    card = CARDS[task]
    truth = card.metrics(card.count(some_rows(task, 15, 200_000 if task != "multiclass" else 40_000, odd=False)))
    inside = dict.fromkeys((name for name in truth if name in COVERED), 0)
    for seed in range(200):
        found = card.metrics(card.count(some_rows(task, 100 + seed, 300, odd=False)))
        for name in inside:
            inside[name] += found[name].low <= truth[name].value <= found[name].high
    assert {name: count for name, count in inside.items() if count < 180} == {}
