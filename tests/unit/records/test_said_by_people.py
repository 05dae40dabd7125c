"""What people and owners may say: silences, how long things are kept, which metrics matter; and where it is refused."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seamark.clock import DAY_US
from seamark.errors import InvalidInput
from seamark.records.metric_rule import MetricRule, Need, ServiceOptions
from seamark.records.options import ModelOptions
from seamark.records.quality import BETTER, BOUNDED, MEANS, SHARES, QualityOptions
from seamark.records.retention import KEEP_ALL, RetentionOptions, moment_before
from seamark.records.signals import BUSINESS, ESTIMATED, OUTCOMES, QUALITY, Layer, Role, is_of_outcomes
from seamark.records.silence import (
    LABELS,
    MOST_MATCHERS,
    MOST_PATTERN_CHARS,
    Matcher,
    labels_text,
    matchers_of,
    parse_matcher,
)

few = settings(max_examples=20, deadline=None)

metrics = st.sampled_from(sorted(BETTER))
texts = st.text(max_size=20)


def refused(make):
    with pytest.raises(InvalidInput) as wrong:
        make()
    return wrong.value


# --- silences ------------------------------------------------------------------------------------------------


@few
@given(st.lists(st.sampled_from([f'{label}="x"' for label in LABELS]), min_size=1, max_size=MOST_MATCHERS))
def test_matchers_are_read_in_their_order(written):
    found = matchers_of(written, "match")
    assert [str(each) for each in found] == written
    assert matchers_of(tuple(written), "match") == found


pieces = st.sampled_from(["model", "layer", "=", "!=", "=~", "!~", '"', "\\", "x", " ", "(", "\n", "|", "1"])


@few
@given(st.lists(pieces, max_size=7).map("".join))
def test_a_text_is_a_matcher_that_reads_as_it_is_written_or_refused_in_a_sentence(text):
    try:
        found = parse_matcher(text)
    except InvalidInput as wrong:
        said = wrong.message
    else:
        said = "."
        assert parse_matcher(str(found)) == found
    assert said.endswith(".")


@few
@given(st.integers(0, 30), st.integers(1, 9))
def test_the_one_matcher_that_is_wrong_is_named_by_its_place(before, after):
    texts_ = ['model="x"'] * min(before, 10) + ["no matcher"] + ['model="x"'] * after
    wrong = refused(lambda: matchers_of(texts_, "routes.x.match"))
    assert wrong.field == f"routes.x.match[{min(before, 10)}]"
    assert wrong.message.startswith(wrong.field)


@pytest.mark.parametrize("operator", ["=", "!="])
def test_only_patterns_have_to_be_patterns(operator):
    assert parse_matcher(f"model{operator}(").value == "("
    assert parse_matcher(f"model{operator}{'a' * (MOST_PATTERN_CHARS + 1)}").operator == operator


def test_a_long_text_that_is_no_matcher_is_cut_in_its_sentence():
    assert len(refused(lambda: parse_matcher("x" * 5_000)).message) < 300


@few
@given(texts)
def test_quotes_and_backslashes_in_a_value_are_kept(value):
    value = f'"{value}\\'.replace("\n", "")
    assert parse_matcher(str(Matcher("model", "=", value))).value == value


def test_labels_that_say_nothing_are_left_out():
    assert labels_text({}) == labels_text({"model": ""}) == ""


# --- retention -----------------------------------------------------------------------------------------------


@few
@given(st.integers(0, 10**17), st.integers(1, 10**6))
def test_what_is_kept_for_longer_goes_later_and_nothing_before_the_beginning_of_time(now_us, days):
    moment_us = moment_before(now_us, days)
    assert moment_us == max(0, now_us - days * DAY_US)
    assert moment_before(now_us, days + 1) <= moment_us
    assert moment_before(now_us, None) == 0


@pytest.mark.parametrize("field", ["rows_days", "profiles_days", "evaluations_days", "incidents_days"])
@pytest.mark.parametrize("days", [0, -1])
def test_nothing_is_kept_for_less_than_a_day(field, days):
    wrong = refused(lambda: RetentionOptions(**{field: days}))
    assert wrong.message == f"{field} must be at least 1 day, not {days}."
    assert getattr(RetentionOptions(**{field: 1}), field) == 1
    assert getattr(KEEP_ALL, field) is None


# --- quality -------------------------------------------------------------------------------------------------


def test_every_metric_is_of_one_kind_and_known_to_be_better_one_way():
    assert not set(SHARES) & set(MEANS) | set(SHARES) & set(BOUNDED) | set(MEANS) & set(BOUNDED)
    assert set(BETTER.values()) == {"higher", "lower"}
    assert {*SHARES, *MEANS, *BOUNDED} < set(BETTER)
    assert set(MEANS.values()) == {"lower"}


@few
@given(metrics, st.floats(-2, 3, allow_nan=False))
def test_a_tolerance_that_no_value_could_pass_is_refused(metric, tolerance):
    possible = tolerance < 1 if metric in BOUNDED else 0 < tolerance < 1 if metric in SHARES else tolerance > 0
    quality = {metric: QualityOptions(tolerance)}
    if possible:
        assert ModelOptions(quality=quality).quality == quality
    else:
        wrong = refused(lambda: ModelOptions(quality=quality))
        assert wrong.message.startswith(f"quality must be with a tolerance of {metric} ")
        assert wrong.field == "quality"


@few
@given(metrics)
def test_a_tolerance_that_is_no_number_is_refused(metric):
    refused(lambda: ModelOptions(quality={metric: QualityOptions(float("nan"))}))


def test_a_metric_that_does_not_exist_is_refused_with_those_that_do():
    message = refused(lambda: ModelOptions(quality={"acuracy": QualityOptions()})).message
    assert message.startswith("quality must be about accuracy, auc, ")
    assert all(metric in message for metric in BETTER)


# --- what stands in a tensor -----------------------------------------------------------------------------------


@pytest.mark.parametrize("outputs", [("prediction",), ("", "score"), ("score.yes", "score.no", "", ""), ()])
def test_answers_may_stand_in_any_places_of_a_tensor(outputs):
    assert ModelOptions(outputs=outputs).outputs == outputs


@pytest.mark.parametrize("outputs", [("label",), ("score.",), ("score", "score"), ("prediction ",)])
def test_what_is_no_answer_of_a_model_has_no_place_in_a_tensor(outputs):
    words = re.escape('outputs must be a list of "prediction", "score", "score.CLASS" or "", each once')
    assert re.match(words, refused(lambda: ModelOptions(outputs=outputs)).message)


@pytest.mark.parametrize("inputs", [("age", "age"), ("", "age"), ("",)])
def test_every_place_of_a_tensor_has_a_feature_of_its_own(inputs):
    message = refused(lambda: ModelOptions(inputs=inputs)).message
    assert message.startswith('inputs must be a list of different features, such as ["age", "income"]')


# --- services ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"objective": 1.0}, "objective must be between 0 and 1, not 1.0."),
        ({"latency_objective": 0.0}, "latency_objective must be between 0 and 1, not 0.0."),
        ({"sla_seconds": 0.0}, "sla_seconds must be above 0, not 0.0."),
        ({"sla_seconds": float("inf")}, "sla_seconds must be above 0, not inf."),
        ({"gone_seconds": 899}, "gone_seconds must be 900 or more, not 899."),
        ({"min_requests": 0}, "min_requests must be 1 or more, not 0."),
        ({"thresholds": {"p99": 0.0}}, "thresholds must be a number above 0 for each rule, not {'p99': 0.0}."),
        ({"thresholds": {"p99": float("nan")}}, "thresholds must be a number above 0 for each rule"),
    ],
)
def test_a_promise_that_nobody_can_keep_is_refused_in_a_sentence(wrong, words):
    assert refused(lambda: ServiceOptions(**wrong)).message.startswith(words)


@few
@given(st.lists(st.integers(1, 200), min_size=1, max_size=3), st.integers(0, 10**15))
def test_what_a_rule_needs_covers_its_longest_reach_and_ends_now(minutes, now_us):
    reaches_us = tuple(each * 60_000_000 for each in minutes)
    rule = MetricRule("x", Layer.SERVING, "share", "errors", None, ("requests",), reaches_us)
    need = Need.of(rule, now_us)
    assert (need.window.end_us, need.window.length_us) == (now_us, max(reaches_us))
    assert need.metrics == {"errors", "requests"}


# --- signals -------------------------------------------------------------------------------------------------


@few
@given(texts)
def test_what_came_true_is_known_by_how_its_signal_begins(name):
    assert all(is_of_outcomes(f"{prefix}{name}") for prefix in (QUALITY, BUSINESS, ESTIMATED))
    assert is_of_outcomes(OUTCOMES)
    assert not is_of_outcomes(f"feature.{name}")


def test_what_a_model_gets_is_data_and_what_it_answers_is_model():
    assert {role: role.layer for role in Role} == {
        Role.FEATURE: Layer.DATA,
        Role.JOINT: Layer.DATA,
        Role.PREDICTION: Layer.MODEL,
        Role.SCORE: Layer.MODEL,
        Role.CONFIDENCE: Layer.MODEL,
    }
