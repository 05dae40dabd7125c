"""Which feature an incident most likely comes from, and the sentences that say why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.correlate.alerts import NOON_US, alert

from seamark.clock import to_iso
from seamark.correlate.causes import rank_features
from seamark.correlate.labels import label_of
from seamark.correlate.titles import strength, title_of


def test_the_evidence_is_in_words_people_use():
    (cause,) = rank_features([alert(effect=0.25)], ())
    assert cause.evidence[0] == "amount: 0.25 against a threshold of 0.05 (JS distance, 400 predictions)."
    assert cause.summary == "amount changed its distribution"
    assert cause.subject == "feature.amount"


@pytest.mark.parametrize(
    ("statistic", "said"),
    [
        ("jensen_shannon", "JS distance"),
        ("psi", "PSI"),
        ("wasserstein", "baseline sd"),
        ("missing_rate", "missing rate"),
        ("a_statistic_nobody_has", "a statistic nobody has"),
    ],
)
def test_no_statistic_is_called_by_its_file(statistic, said):
    (cause,) = rank_features([alert(statistic=statistic, n=1.0)], ())
    assert cause.evidence[0].endswith(f"({said}, 1 prediction).")


def test_the_onset_is_told_where_it_is_known():
    (dated,) = rank_features([alert(onset_us=NOON_US)], ())
    (undated,) = rank_features([alert()], ())
    assert f"It began about {to_iso(NOON_US)}." in dated.evidence
    assert not any("It began" in sentence for sentence in undated.evidence)


def test_an_answer_that_moved_speaks_for_and_one_that_did_not_against():
    (moved,) = rank_features([alert(), alert("score"), alert("prediction")], ())
    (unmoved,) = rank_features([alert()], ())
    assert "What the model answers moved too: prediction, score." in moved.evidence
    assert moved.counter_evidence == ()
    assert unmoved.counter_evidence == ("What the model answers has not moved.",)


def test_five_unmoved_features_are_named_and_the_rest_counted():
    quiet = [f"feature.q{at}" for at in range(8)]
    (cause,) = rank_features([alert()], [*quiet, "score", "joint"])
    assert cause.counter_evidence[0] == "Unmoved: q0, q1, q2, q3, q4 and 3 more."


def test_of_several_alerts_of_one_feature_the_strongest_speaks():
    weak, strong = alert(effect=0.1), alert(hour=1, effect=0.4)
    for order in ([weak, strong], [strong, weak]):
        (cause,) = rank_features(order, ())
        assert cause.evidence[0].startswith("amount: 0.4 against")


def test_statistics_with_other_units_are_compared_by_their_thresholds():
    distance = alert("feature.a", effect=0.2, threshold=0.1)
    index = alert("feature.b", effect=0.9, threshold=0.2, statistic="psi")
    assert [cause.subject for cause in rank_features([distance, index], ())] == ["feature.b", "feature.a"]


def test_what_the_model_answers_and_the_joint_shift_are_no_causes():
    assert rank_features([alert("score"), alert("joint"), alert("prediction")], ()) == ()


effects = st.dictionaries(st.sampled_from("abcdefgh"), st.floats(0.001, 1.0), min_size=1)


@given(effects, st.sampled_from([None, "feature.a", "feature.z"]))
def test_scores_are_shares_in_descending_order(found, leader):
    alerts = [alert(f"feature.{name}", effect=effect) for name, effect in found.items()]
    causes = rank_features(alerts, (), leader=leader)
    scores = [cause.score for cause in causes]
    assert {cause.subject for cause in causes} == {each.signal for each in alerts}
    assert sum(scores) == pytest.approx(1.0)
    assert scores == sorted(scores, reverse=True)


@given(effects, st.permutations("abcdefgh"))
def test_the_order_of_alerts_does_not_matter(found, order):
    alerts = [alert(f"feature.{name}", effect=found[name]) for name in order if name in found]
    assert rank_features(alerts, ()) == rank_features(sorted(alerts, key=lambda each: each.signal), ())


def test_alerts_whose_value_is_nothing_share_nothing():
    (one, other) = rank_features([alert("feature.a", effect=0.0), alert("feature.b", effect=0.0)], ())
    assert (one.subject, one.score, other.score) == ("feature.a", 0.0, 0.0)


@given(st.floats(0.0, 10.0), st.floats(0.01, 5.0), st.floats(1.1, 3.0))
def test_strength_grows_with_the_value_and_knows_no_unit(value, threshold, factor):
    here = strength(alert(effect=value, threshold=threshold))
    assert strength(alert(effect=value * factor, threshold=threshold * factor)) == pytest.approx(here)
    assert strength(alert(effect=value * factor, threshold=threshold)) >= here


def test_without_a_threshold_the_value_itself_is_the_strength():
    assert strength(alert(effect=0.3, threshold=0.0)) == 0.3


@pytest.mark.parametrize(
    ("signals", "title"),
    [
        (["feature.a"], "a drifted"),
        (["feature.a", "feature.b"], "a and b drifted"),
        (["feature.a", "feature.b", "feature.c"], "a, b and c drifted"),
        (["feature.a", "feature.b", "feature.c", "feature.d"], "a, b and 2 more drifted"),
        (["score"], "score drifted"),
        (["feature.a", "score", "prediction"], "a drifted, and so did the score and prediction"),
    ],
)
def test_a_title_names_at_most_three_the_strongest_first(signals, title):
    alerts = [alert(signal, effect=0.9 - at / 10) for at, signal in enumerate(signals)]
    assert title_of(alerts) == title
    assert title_of(alerts[::-1]) == title


def test_the_joint_shift_is_named_where_no_feature_explains_it():
    joint = alert("joint", layer=alert().layer)
    assert title_of([joint]) == "how the features go together drifted"
    assert title_of([joint, alert("score")]) == "how the features go together drifted, and so did the score"
    assert title_of([joint, alert("feature.a")]) == "a drifted"


def test_traffic_that_stopped_is_said_where_nothing_else_moved():
    volume = alert("traffic", layer=alert().layer)
    assert title_of([volume]) == "traffic all but stopped"
    assert title_of([volume, alert("feature.a")]) == "a drifted"


def test_the_leader_of_a_title_changes_only_for_a_clearly_stronger_one():
    first, second = alert("feature.a", effect=0.30), alert("feature.b", effect=0.33)
    assert title_of([first, second]) == "b and a drifted"
    assert title_of([first, second], leader="feature.a") == "a and b drifted"
    assert title_of([first, alert("feature.b", effect=0.5)], leader="feature.a") == "b and a drifted"


def test_a_feature_is_called_by_its_own_name():
    assert label_of("feature.feature.x") == "feature.x"
    assert label_of("score.yes") == "score.yes"
