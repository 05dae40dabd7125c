"""All monitors on one window: what is a breach, what is silence, what the numbers mean."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.detect import blocks
from seamark.detect.evaluate import evaluate, plan_of, steadier
from seamark.detect.monitors import monitors_for
from seamark.detect.ratios import two_proportion_p
from seamark.errors import Corrupt
from seamark.records.blocks import EvaluationBlock
from seamark.records.evaluation import Status
from seamark.records.model import Task
from seamark.records.options import ModelOptions
from seamark.records.window import Window
from seamark.stats import columns
from seamark.stats.binning import categorical_bins
from seamark.stats.binset import BinSet, categorical_signal, numeric_signal
from seamark.stats.counter import Counter
from seamark.stats.profile import Profile

RNG = np.random.default_rng(7)
REFERENCE = {
    "amount": RNG.normal(size=20_000),
    "country": RNG.choice(["FR", "US", "BR"], 20_000, p=[0.6, 0.3, 0.1]),
    "score": RNG.beta(2, 5, 20_000),
}
BIN_SET = BinSet(
    (
        numeric_signal("feature.amount", "feature", REFERENCE["amount"]),
        categorical_signal(
            "feature.country", "feature", categorical_bins(*np.unique(REFERENCE["country"], return_counts=True))
        ),
        numeric_signal("score", "score", REFERENCE["score"], bins=100, extra_edges=(np.nextafter(0.4, 1), 0.6)),
    )
)


def profile(amount=None, country=None, score=None, rows=None):
    """A profile of some rows; what is not given is all missing."""
    sized = next(values for values in (amount, country, score, np.empty(rows or 0)) if values is not None)
    counter = Counter(BIN_SET)
    counter.add_rows(len(sized))
    blank = np.full(len(sized), np.nan)
    counter.add_numeric(0, blank if amount is None else amount)
    bins = BIN_SET.signals[1].bins
    missing = np.full(len(sized), bins.count, dtype=np.uint8)
    counter.add_categories(1, missing if country is None else bins.index_texts(list(country)))
    counter.add_numeric(2, blank if score is None else score)
    return counter.profile()


BASELINE = profile(REFERENCE["amount"], REFERENCE["country"], REFERENCE["score"])


def sample(rows, seed, *, shift=0.0, sd=1.0):
    rng = np.random.default_rng(seed)
    return profile(
        rng.normal(shift, sd, rows), rng.choice(["FR", "US", "BR"], rows, p=[0.6, 0.3, 0.1]), rng.beta(2, 5, rows)
    )


def judged(current, options=None, usual_rows=float("nan"), baseline=BASELINE, *, provisional=False):
    monitors = monitors_for(BIN_SET, Task.BINARY, options or ModelOptions(), provisional=provisional)
    arrays = evaluate(plan_of(BIN_SET, monitors), current, baseline, usual_rows)
    return {
        monitor.name: {name: values[place] for name, values in arrays.items()} for place, monitor in enumerate(monitors)
    }


def breaches(*arguments, **options):
    verdicts = judged(*arguments, **options)
    return {name for name, verdict in verdicts.items() if verdict["status"] == Status.BREACH}


def test_a_window_like_the_baseline_is_fine():
    verdicts = judged(sample(2_000, 1))
    del verdicts["traffic:volume"]
    assert {Status(each["status"]) for name, each in verdicts.items() if "trend" not in name} == {Status.OK}


def test_a_shift_is_a_breach_of_its_own_feature_alone():
    assert breaches(sample(500, 2, shift=0.6)) == {"feature.amount:jensen_shannon"}


def test_a_wider_spread_is_a_breach_too():
    assert "feature.amount:jensen_shannon" in breaches(sample(1_000, 3, sd=2.0))


def test_a_harmless_jitter_is_none_however_many_rows_prove_it():
    verdict = judged(sample(400_000, 4, shift=0.03))["feature.amount:jensen_shannon"]
    assert verdict["p"] < 0.01
    assert verdict["status"] == Status.OK


def test_the_value_is_a_breach_exactly_where_it_passes_the_threshold_shown():
    for seed in range(20):
        for name, verdict in judged(sample(400, seed, shift=0.1 * (seed % 6))).items():
            if verdict["status"] in (Status.OK, Status.ELEVATED, Status.BREACH) and verdict["value"] > 0:
                past = verdict["value"] >= verdict["threshold"]
                assert past == (verdict["status"] == Status.BREACH), name


def test_few_rows_are_not_enough_and_none_are_no_data():
    few = judged(sample(30, 5, shift=5.0))
    assert few["feature.amount:jensen_shannon"]["status"] == Status.INSUFFICIENT
    none = judged(Profile.empty(BIN_SET))
    assert {verdict["status"] for name, verdict in none.items() if name != "traffic:volume"} == {Status.NO_DATA}


def test_a_feature_that_vanished_is_missing_and_has_nothing_to_measure():
    rng = np.random.default_rng(6)
    gone = judged(profile(None, rng.choice(["FR", "US", "BR"], 500), rng.beta(2, 5, 500)))
    assert gone["feature.amount:missing_rate"]["status"] == Status.BREACH
    assert gone["feature.amount:jensen_shannon"]["status"] == Status.INSUFFICIENT


@pytest.mark.parametrize(("rows", "usual", "status"), [(500, 500, 0), (90, 500, 2), (0, 500, 2), (0, 5, 3)])
def test_traffic_is_judged_by_what_is_usual(rows, usual, status):
    current = sample(rows, 8) if rows else Profile.empty(BIN_SET)
    assert judged(current, usual_rows=usual)["traffic:volume"]["status"] == status


def test_traffic_nobody_knows_the_usual_of_is_not_judged():
    assert judged(sample(10, 8))["traffic:volume"]["status"] == Status.INSUFFICIENT


def test_a_provisional_baseline_alarms_only_at_twice_the_effect():
    shifted = sample(2_000, 9, shift=0.18)
    assert "feature.amount:jensen_shannon" in breaches(shifted)
    assert "feature.amount:jensen_shannon" not in breaches(shifted, provisional=True)


def test_an_owner_may_choose_the_statistic_and_its_threshold():
    options = ModelOptions(thresholds={"amount": "mean_shift > 0.5", "feature.country": "psi > 0.2"})
    assert "feature.amount:mean_shift" in breaches(sample(500, 10, shift=0.8), options)
    assert breaches(sample(500, 10, shift=0.3), options) == set()


def test_scores_near_one_half_are_counted_exactly():
    rng = np.random.default_rng(11)
    score = np.concatenate([np.full(500, 0.45), rng.beta(2, 5, 500), [0.4, 0.6]])
    verdict = judged(profile(score=score))["score:near_half_share"]
    inside = np.mean((score > 0.4) & (score < 0.6))
    base = np.mean((REFERENCE["score"] > 0.4) & (REFERENCE["score"] < 0.6))
    assert verdict["value"] == pytest.approx(abs(inside - base), abs=1e-9)


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**31), st.integers(0, 600), st.floats(-3, 3), st.floats(0, 3))
def test_whatever_comes_the_arrays_are_whole_and_the_status_known(seed, rows, shift, sd):
    current = sample(rows, seed, shift=shift, sd=sd) if rows else Profile.empty(BIN_SET)
    monitors = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
    arrays = evaluate(plan_of(BIN_SET, monitors), current, BASELINE, 100.0)
    assert {len(values) for values in arrays.values()} == {len(monitors)}
    assert set(arrays["status"].tolist()) <= {int(status) for status in Status}
    known = np.isin(arrays["status"], [Status.OK, Status.ELEVATED, Status.BREACH])
    assert np.isfinite(arrays["value"][known]).all()
    assert ((arrays["exceedance"] >= 1) == (arrays["status"] == Status.BREACH))[known].all()


def test_false_breaches_without_drift_stay_near_the_promised_share():
    monitors = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
    plan = plan_of(BIN_SET, monitors)
    alarmed = sum(
        (evaluate(plan, sample(300, seed), BASELINE, 300.0)["status"] == Status.BREACH).any() for seed in range(400)
    )
    assert alarmed / 400 <= 0.02


def test_two_proportions_match_the_textbook():
    part, whole = np.array([50.0, 60.0, 0.0]), np.array([100.0, 100.0, 0.0])
    p = two_proportion_p(part, whole, np.array([50.0, 40.0, 1.0]), np.full(3, 100.0))
    assert p[0] == 1.0
    assert p[1] == pytest.approx(0.0046, abs=3e-4)
    assert np.isnan(p[2])


def block(arrays):
    return EvaluationBlock("default", "fraud", "", "", Window(0, 10), 1, 300, blocks.pack(arrays), seq=5)


def test_a_block_gives_back_what_was_packed_to_single_precision():
    monitors = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
    arrays = evaluate(plan_of(BIN_SET, monitors), sample(500, 2, shift=0.6), BASELINE, 500.0)
    unpacked = blocks.unpack(block(arrays))
    assert np.array_equal(unpacked["status"], arrays["status"])
    assert np.allclose(unpacked["value"], arrays["value"], rtol=1e-6, equal_nan=True)


def test_only_breaches_and_live_monitors_are_worth_a_look():
    monitors = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
    arrays = evaluate(plan_of(BIN_SET, monitors), sample(500, 2, shift=0.6), BASELINE, 500.0)
    seen = blocks.worth_a_look(block(arrays), monitors, {"score:jensen_shannon"})
    assert {monitor.name for monitor, _ in seen} == {"feature.amount:jensen_shannon", "score:jensen_shannon"}
    assert {evaluation.block_seq for _, evaluation in seen} == {5}


def test_quiet_signals_are_those_that_were_judged_and_found_unmoved():
    monitors = monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False)
    arrays = evaluate(plan_of(BIN_SET, monitors), sample(500, 2, shift=0.6), BASELINE, float("nan"))
    assert blocks.quiet_signals(block(arrays), monitors) == ["feature.country", "score"]


def test_a_block_without_its_arrays_is_corrupt():
    lacking = {"value": np.zeros(3)}

    with pytest.raises(Corrupt, match="lacks"):
        blocks.unpack(EvaluationBlock("p", "m", "", "", Window(0, 1), 1, 0, columns.pack(lacking)))


def test_while_nobody_knows_the_season_an_hour_alarms_if_its_day_does_or_yesterday_was_otherwise():
    plan = plan_of(BIN_SET, monitors_for(BIN_SET, Task.BINARY, ModelOptions(), provisional=False, young=True))
    now, day = (evaluate(plan, each, BASELINE, np.nan) for each in (sample(500, 1, shift=1.0), sample(12_000, 2)))
    place = [monitor.name for monitor in plan.monitors].index("feature.amount:jensen_shannon")
    assert now["status"][place] == Status.BREACH
    as_yesterday, otherwise = (
        evaluate(plan, sample(500, 1, shift=1.0), sample(500, 3, shift=then), np.nan) for then in (1.0, 0.0)
    )
    for yesterday in (as_yesterday, None):
        found = steadier(now, day, yesterday, plan, 24)
        assert (found["status"][place], found["span"][place]) == (Status.OK, 24)
        assert found["n"][place] == day["n"][place]
    found = steadier(now, day, otherwise, plan, 24)
    assert (found["status"][place], found["span"][place]) == (Status.BREACH, 1)
    ended = steadier(day, now, as_yesterday, plan, 24)
    assert (ended["status"][place], ended["span"][place]) == (Status.OK, 1)
